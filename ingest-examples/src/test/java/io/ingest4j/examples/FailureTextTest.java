package io.ingest4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class FailureTextTest {

    @Test
    void theLastCause_isSaid_once() {
        IOException root = new IOException("Connection refused");
        RuntimeException middle = new RuntimeException("no connection", root);
        assertThat(FailureText.of(new IOException("the store can't be opened", middle)))
                .isEqualTo("the store can't be opened: Connection refused");
        assertThat(FailureText.of(new IOException("refused: Connection refused", root)))
                .isEqualTo("refused: Connection refused");
        assertThat(FailureText.of(new IOException("no", new StackOverflowError())))
                .isEqualTo("no: java.lang.StackOverflowError");
    }

    @Test
    void whatAUrlKeepsSecret_isNotSaid() {
        String url = "jdbc:postgresql://user:secret@db:5432/a?password=secret&b=c";
        assertThat(FailureText.of(new IOException("can't open " + url + " now")))
                .isEqualTo("can't open jdbc:postgresql://db:5432/a now");
    }
}
