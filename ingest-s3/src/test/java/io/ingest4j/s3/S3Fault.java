package io.ingest4j.s3;

import io.ingest4j.s3.FaultFront.Answer;
import io.ingest4j.s3.FaultFront.Exchange;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntUnaryOperator;

/** What can go wrong with the answer to a range. */
enum S3Fault {
    CLOSED(End.PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.sendPart(good, at);
            exchange.fin();
        }
    },
    RESET(End.PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.sendPart(good, at);
            exchange.rst();
        }
    },
    STALLED(End.TAKES_A_TIMEOUT) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.sendPart(good, at);
            exchange.awaitPeerToClose();
            throw new EOFException("given up");
        }
    },
    TRICKLED_HEAD(End.TAKES_A_TIMEOUT) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.sendPart(good, "HTTP/1.1 20".length());
            exchange.trickle("0".repeat(LONG).getBytes(StandardCharsets.US_ASCII));
        }
    },
    TRICKLED_BODY(End.TAKES_A_TIMEOUT) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.send(good, 0);
            exchange.trickle(good.body());
        }
    },
    SLOW_DOWN(End.PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.error(503, "SlowDown");
        }
    },
    INTERNAL_ERROR(End.PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.error(500, "InternalError");
        }
    },
    NONSENSE(End.PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.send(new Answer("SSH-2.0-OpenSSH_9.2\r\n\r\n", new byte[0]));
            exchange.fin();
        }
    },
    OTHER_RANGE(End.PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.send(good.withHeader("Content-Range", "bytes 1-2/3"));
        }
    },
    SHORTER_THAN_ASKED_FOR(End.PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            Answer shorter = good.withHeader("Content-Length", "1");
            exchange.send(shorter, 1);
        }
    },
    LONGER_THAN_ASKED_FOR(End.PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            int length = good.body().length + 7;
            exchange.send(good.withHeader("Content-Length", String.valueOf(length)));
            exchange.fin();
        }
    },
    LONGER_THAN_PROMISED(End.PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.send(good);
            exchange.send(new Answer("surplus", new byte[0]));
            exchange.fin();
        }
    },
    EXPIRED(End.SELDOM_PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.error(400, "ExpiredToken");
        }
    },
    OTHER_ETAG(End.PASSES) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.send(good.withHeader("ETag", "\"other\""));
        }
    },
    PRECONDITION_FAILED(End.CHANGED) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.error(412, "PreconditionFailed");
        }
    },
    DENIED(End.LASTS) {
        @Override
        void happen(Exchange exchange, Answer good, int at) throws IOException {
            exchange.error(403, "AccessDenied");
        }
    };

    /** What comes of it. */
    enum End {
        PASSES,
        TAKES_A_TIMEOUT,
        SELDOM_PASSES,
        CHANGED,
        LASTS
    }

    /** So many pauses last for much longer than anyone waits here. */
    private static final int LONG = 2_000;

    private final End end;

    S3Fault(End end) {
        this.end = end;
    }

    End end() {
        return end;
    }

    /** Spoils an answer, some at a chosen byte of it, head and body taken together. */
    void happen(Exchange exchange, Answer good, IntUnaryOperator chosen) throws IOException {
        byte[] head = good.head().getBytes(StandardCharsets.ISO_8859_1);
        happen(exchange, good, chosen.applyAsInt(head.length + good.body().length));
    }

    abstract void happen(Exchange exchange, Answer good, int at) throws IOException;
}
