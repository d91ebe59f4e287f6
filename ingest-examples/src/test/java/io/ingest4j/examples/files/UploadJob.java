package io.ingest4j.examples.files;

import io.ingest4j.core.Ingest;
import io.ingest4j.core.bytes.Bytes;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.examples.settings.S3Variables;
import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import io.ingest4j.http.HttpDownload;
import io.ingest4j.s3.S3Sink;
import io.ingest4j.s3.UploadEvent;
import io.ingest4j.s3.UploadListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A program that streams one file, and kills itself with SIGKILL at a step of the upload. */
final class UploadJob {

    private static final int PART = 5 << 20;

    private UploadJob() {}

    /**
     * Arguments: the file's URI, the object's key, the directory of the checkpoints, at which step to die,
     * 0 for not at all, and whether uploads that others have begun are aborted.
     */
    public static void main(String[] args) throws SettingsException {
        run(System.getenv(), args);
    }

    /** The same in this process. Returns the requests. */
    static Map<String, Long> run(Map<String, String> environment, String... args)
            throws SettingsException {
        Variables variables = new Variables(Map.of(), environment, Map.of());
        S3Sink<ByteBuffer> object =
                S3Sink.object(S3Variables.access(variables), Bucket.NAME, args[1])
                        .partBytes(PART)
                        .partsInFlight(3)
                        .listener(new Death(Integer.parseInt(args[3])));
        boolean sweeps = Boolean.parseBoolean(args[4]);
        S3Sink<ByteBuffer> sink = sweeps ? object.abortOrphans(Duration.ZERO) : object;
        Ingest.from(
                        HttpDownload.of(URI.create(args[0]))
                                .allowPrivateAddresses(true)
                                .as(Bytes.chunks()))
                .name("upload")
                .checkpoint(CheckpointStores.directory(Path.of(args[2])))
                .checkpointInterval(Duration.ofMillis(20))
                .to(sink)
                .run();
        return sink.requests();
    }

    private static final class Death implements UploadListener {

        private static final long serialVersionUID = 1;

        private final int dieAt;
        private int steps;

        Death(int dieAt) {
            this.dieAt = dieAt;
        }

        @Override
        public void onUpload(UploadEvent event) {
            if (++steps == dieAt) {
                System.out.println(event.kind());
                System.out.flush();
                kill();
            }
        }

        private static void kill() {
            try {
                String self = String.valueOf(ProcessHandle.current().pid());
                new ProcessBuilder("kill", "-9", self).start().waitFor();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
