package io.ingest4j.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the JDK's client reaches on this machine with nothing around it, once it is compiled: so many threads that post
 * the same small body again and again.
 */
public final class SendLoop {

    private static final byte[] BODY =
            ("{\"id\":\"12345\",\"name\":\"Jane Miller\",\"email\":\"jane.miller7@example.com\","
                            + "\"address\":\"12 High Street\",\"city\":\"Leeds\",\"amount\":\"17.25\","
                            + "\"date\":\"2020-01-02\",\"note\":\"\"}")
                    .getBytes(StandardCharsets.US_ASCII);

    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .executor(Runnable::run)
                    .build();
    private final AtomicLong sent = new AtomicLong();
    private final URI uri;

    private SendLoop(URI uri) {
        this.uri = uri;
    }

    /**
     * Prints the requests per second between the 10th and the 20th second.
     *
     * @param args the URI to post to, and the number of threads
     * @throws InterruptedException if the main thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        SendLoop loop = new SendLoop(URI.create(args[0]));
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            Thread thread = new Thread(loop::send);
            thread.setDaemon(true);
            thread.start();
        }
        TimeUnit.SECONDS.sleep(10);
        long before = loop.sent.get();
        TimeUnit.SECONDS.sleep(10);
        System.out.println((loop.sent.get() - before) / 10);
    }

    private void send() {
        try {
            while (true) {
                HttpRequest request =
                        HttpRequest.newBuilder(uri)
                                .header("Content-Type", "application/json")
                                .header("Idempotency-Key", "0123456789abcdef-" + sent.get())
                                .POST(BodyPublishers.ofByteArray(BODY))
                                .build();
                int status = client.send(request, BodyHandlers.ofByteArray()).statusCode();
                if (status != 200) {
                    throw new IOException("the server answered " + status);
                }
                sent.incrementAndGet();
            }
        } catch (IOException e) {
            e.printStackTrace();
            System.exit(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
