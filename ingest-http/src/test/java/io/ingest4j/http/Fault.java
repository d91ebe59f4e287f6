package io.ingest4j.http;

import io.ingest4j.http.FaultServer.Connection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a server can do instead of going on, wherever it is. */
enum Fault {
    STALLS {
        @Override
        void happen(Connection connection) throws IOException {
            connection.stall();
        }
    },
    CLOSES {
        @Override
        void happen(Connection connection) throws IOException {
            connection.close();
        }
    },
    RESETS {
        @Override
        void happen(Connection connection) throws IOException {
            connection.reset();
        }
    },
    TALKS_NONSENSE {
        @Override
        void happen(Connection connection) throws IOException {
            connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
            connection.close();
        }
    },
    TRICKLES {
        @Override
        void happen(Connection connection) throws IOException {
            connection.trickle("x".repeat(LONG).getBytes(StandardCharsets.UTF_8));
            connection.close();
        }
    };

    /** Which part of an answer is under way. */
    enum Phase {
        BEFORE_THE_ANSWER(0, 0),
        IN_THE_STATUS_LINE(1, STATUS_LINE - 1),
        IN_THE_HEADERS(STATUS_LINE, HEAD - 1),
        BEFORE_THE_BODY(HEAD, HEAD),
        IN_THE_BODY(HEAD + 1, ANSWER.length - 1),
        AFTER_THE_ANSWER(ANSWER.length, ANSWER.length);

        private final int first;
        private final int last;

        Phase(int first, int last) {
            this.first = first;
            this.last = last;
        }

        int middle() {
            return (first + last) / 2;
        }
    }

    /** So many pauses last for ten seconds: longer than anyone waits here, but not for ever. */
    static final int LONG = 2_000;

    private static final String BODY = "hello";
    private static final byte[] ANSWER =
            FaultServer.response(200, BODY, "Server: bad").getBytes(StandardCharsets.UTF_8);
    private static final byte[] ENDLESS =
            "HTTP/1.1 200 Text\r\nServer: bad\r\nContent-Length: 9999999\r\n\r\nhello"
                    .getBytes(StandardCharsets.UTF_8);
    private static final int STATUS_LINE = "HTTP/1.1 200 Text\r\n".length();
    private static final int HEAD = ANSWER.length - BODY.length();

    static int answerBytes() {
        return ANSWER.length;
    }

    abstract void happen(Connection connection) throws IOException;

    /** Sends so many bytes of an answer, which is a success if it is whole, before the fault. */
    void happenAfter(int sent, Connection connection) throws IOException {
        boolean endless = this == TRICKLES && sent < ANSWER.length;
        connection.send(Arrays.copyOf(endless ? ENDLESS : ANSWER, sent));
        happen(connection);
    }

    /** Nonsense inside an answer may make another good one; what trickles must not be nonsense. */
    boolean canFollow(int sent) {
        boolean inside = sent > 0 && sent < ANSWER.length;
        return switch (this) {
            case TALKS_NONSENSE -> !inside;
            case TRICKLES -> !inside || ANSWER[sent - 1] != '\r';
            default -> true;
        };
    }

    boolean isHttp() {
        return this != TALKS_NONSENSE;
    }

    /** Tells whether it takes the client's deadline to end it. */
    boolean isEndless() {
        return this == STALLS || this == TRICKLES;
    }
}
