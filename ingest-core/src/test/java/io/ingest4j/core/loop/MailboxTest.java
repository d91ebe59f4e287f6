package io.ingest4j.core.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MailboxTest {

    private static final long NANOS = 20_000_000;

    private final Mailbox mailbox = new Mailbox();

    @Test
    void a_permit_that_somebody_left_ends_no_wait() {
        long since = System.nanoTime();
        LockSupport.unpark(Thread.currentThread());
        mailbox.await(NANOS);
        assertThat(System.nanoTime() - since).isGreaterThanOrEqualTo(NANOS);
    }

    @Test
    void an_interrupt_that_somebody_left_ends_no_wait() {
        long since = System.nanoTime();
        Thread.currentThread().interrupt();
        mailbox.await(NANOS);
        assertThat(System.nanoTime() - since).isGreaterThanOrEqualTo(NANOS);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void an_event_ends_a_wait_without_end() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        Thread waiting =
                new Thread(
                        () -> {
                            mailbox.await(Long.MAX_VALUE);
                            ended.countDown();
                        });
        waiting.start();
        mailbox.post(() -> {});
        ended.await();
        assertThat(mailbox.poll()).isNotNull();
        mailbox.await(0);
    }
}
