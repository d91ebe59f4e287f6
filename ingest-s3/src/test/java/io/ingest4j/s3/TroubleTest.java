package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.s3.Trouble.Patience;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.s3.model.S3Exception;

class TroubleTest {

    @ParameterizedTest
    @CsvSource({
        "400,BadDigest,FULL",
        "400,IncompleteBody,FULL",
        "400,XAmzContentSHA256Mismatch,FULL",
        "400,XAmzContentChecksumMismatch,FULL",
        "400,InvalidDigest,NONE",
        "400,InvalidPart,NONE",
        "400,ExpiredToken,BRIEF",
        "403,AccessDenied,NONE",
        "503,SlowDown,FULL"
    })
    void body_that_was_damaged_on_its_way_is_sent_again(
            int status, String code, Patience patience) {
        AwsErrorDetails details = AwsErrorDetails.builder().errorCode(code).build();
        Throwable answer =
                S3Exception.builder().statusCode(status).awsErrorDetails(details).build();
        assertThat(Trouble.patience(answer)).isEqualTo(patience);
    }

    private static String describe(String code, String message) {
        AwsErrorDetails details =
                AwsErrorDetails.builder().errorCode(code).errorMessage(message).build();
        return Trouble.describe(
                S3Exception.builder().statusCode(403).awsErrorDetails(details).build());
    }

    @Test
    void words_of_the_server_are_one_line_of_text() {
        assertThat(
                        describe(
                                "Access\nDenied",
                                "not\r\n\tyou\u001b[31m\u2028ERROR forged\u0085line\u0000\n"))
                .startsWith("403 Access Denied, access denied")
                .endsWith("; the server says: not you [31m ERROR forged line");
    }

    @Test
    void words_of_the_server_are_not_cut_within_a_character() {
        String words = "a".repeat(299);
        assertThat(describe("AccessDenied", words + "\ud83d\ude00")).endsWith(": " + words);
        assertThat(describe("AccessDenied", words + "bc")).endsWith(": " + words + 'b');
    }
}
