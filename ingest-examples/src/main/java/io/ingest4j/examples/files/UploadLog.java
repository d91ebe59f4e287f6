package io.ingest4j.examples.files;

import io.ingest4j.s3.UploadEvent;
import io.ingest4j.s3.UploadListener;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.spi.LoggingEventBuilder;

/** Logs the steps of an upload, and counts its parts. */
final class UploadLog implements UploadListener {

    private static final long serialVersionUID = 1;

    private final transient Set<Integer> parts = new HashSet<>();

    synchronized int parts() {
        return parts.size();
    }

    @Override
    public synchronized void onUpload(UploadEvent event) {
        switch (event.kind()) {
            case CREATE_START -> log("multipart_create_start", event);
            case CREATE_COMPLETE -> log("multipart_create_complete", event);
            case PART_START -> log("part_upload_start", event);
            case PART_COMPLETE -> {
                parts.add(event.part());
                log("part_upload_complete", event);
            }
            case PUT_START -> log("put_object_start", event);
            case PUT_COMPLETE -> {
                if (event.bytes() > 0) {
                    parts.add(1);
                }
                log("put_object_complete", event);
            }
            case COMPLETE_START -> log("multipart_complete_start", event);
            case COMPLETE_DONE -> log("multipart_complete_done", event);
            case ABORT_START -> log("multipart_abort_start", event);
            case ABORT_DONE -> log("multipart_abort_done", event);
        }
    }

    private static void log(String name, UploadEvent event) {
        LoggingEventBuilder line = Events.info(name).addKeyValue("s3_key", event.key());
        if (!event.uploadId().isEmpty()) {
            line = line.addKeyValue("upload_id", event.uploadId());
        }
        if (event.part() > 0) {
            line = line.addKeyValue("part", event.part());
        }
        if (event.bytes() > 0) {
            line = line.addKeyValue("bytes", event.bytes());
        }
        if (!event.elapsed().isZero()) {
            line = line.addKeyValue("elapsed_ms", event.elapsed().toMillis());
        }
        line.log();
    }
}
