package io.ingest4j.s3;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Judges what went wrong with a request: whether it is worth another try, and how to say it.
 *
 * <p>Codes as in "Error responses" of the Amazon S3 API reference.
 */
final class Trouble {

    /** How long to go on trying. */
    enum Patience {
        /** As long as the options say: this passes. */
        FULL,
        /** A few times: this seldom passes. */
        BRIEF,
        /** Not at all. */
        NONE
    }

    private static final Set<String> BRIEF_CODES =
            Set.of(
                    "ExpiredToken",
                    "RequestExpired",
                    "TokenRefreshRequired",
                    "RequestTimeTooSkewed",
                    "OperationAborted");

    /** What arrived was not what was sent, or not all of it. */
    private static final Set<String> DAMAGE_CODES =
            Set.of(
                    "BadDigest",
                    "IncompleteBody",
                    "XAmzContentSHA256Mismatch",
                    "XAmzContentChecksumMismatch");

    private static final Set<String> PASSING_CODES =
            Set.of("InternalError", "SlowDown", "ServiceUnavailable");
    private static final int LONGEST_MESSAGE = 300;
    private static final Pattern NO_TEXT = Pattern.compile("[\\p{IsControl}\\p{IsWhite_Space}]+");
    private static final Set<String> REGION_CODES =
            Set.of(
                    "PermanentRedirect",
                    "TemporaryRedirect",
                    "AuthorizationHeaderMalformed",
                    "IncorrectEndpoint");

    private Trouble() {}

    static Patience patience(Throwable trouble) {
        if (trouble instanceof AwsServiceException answer) {
            return patience(answer);
        }
        if (trouble instanceof ApiCallAttemptTimeoutException
                || trouble instanceof ApiCallTimeoutException
                || trouble instanceof AbortedException
                // The deadline of an attempt that had no connection yet.
                || trouble instanceof CancellationException
                || trouble instanceof RetryableException) {
            return Patience.FULL;
        }
        if (trouble instanceof IOException || ioCause(trouble) != null) {
            return Patience.FULL;
        }
        return trouble instanceof SdkClientException ? Patience.BRIEF : Patience.NONE;
    }

    private static Patience patience(AwsServiceException answer) {
        int status = answer.statusCode();
        String code = code(answer);
        if (code.equals("RequestTimeout")
                || code.equals("ConditionalRequestConflict")
                || DAMAGE_CODES.contains(code)
                || answer.isThrottlingException()) {
            return Patience.FULL;
        }
        // Without a body, as an answer to HEAD, 400 may stand for an expired token.
        if (BRIEF_CODES.contains(code) || (status == 400 && code.isEmpty())) {
            return Patience.BRIEF;
        }
        // The answer that completes an upload begins before it is known how that ends.
        if (status == 200) {
            return PASSING_CODES.contains(code) ? Patience.FULL : Patience.NONE;
        }
        boolean passing = (status >= 500 && status != 501) || status == 429 || status == 408;
        return passing ? Patience.FULL : Patience.NONE;
    }

    /** Tells whether the server was not even spoken to. */
    static boolean isUnreachable(Throwable trouble) {
        IOException cause = ioCause(trouble);
        return cause instanceof ConnectException
                || cause instanceof UnknownHostException
                || cause instanceof NoRouteToHostException
                || cause instanceof SSLException;
    }

    /** Says what is wrong and what to check. */
    static String describe(Throwable trouble) {
        if (trouble instanceof AwsServiceException answer) {
            return describe(answer);
        }
        if (isUnreachable(trouble)) {
            return "the server can't be reached ("
                    + named(ioCause(trouble))
                    + "); check endpoint, region, network, proxy and certificates";
        }
        String text =
                trouble instanceof SdkException sdk
                        ? String.valueOf(sdk.rawMessage())
                        : named(trouble);
        if (text.contains("credentials")) {
            return text
                    + "; check that this machine has credentials that the SDK finds, or set them in S3Access";
        }
        IOException cause = ioCause(trouble);
        return cause == null || cause == trouble ? text : text + " (" + named(cause) + ')';
    }

    private static String describe(AwsServiceException answer) {
        String code = code(answer);
        String what = answer.statusCode() + (code.isEmpty() ? "" : " " + oneLine(code));
        if (REGION_CODES.contains(code)
                || answer.statusCode() == 301
                || answer.statusCode() == 307) {
            return what
                    + ", the bucket is in another region"
                    + regionOf(answer)
                    + "; check region and endpoint in S3Access";
        }
        return what
                + switch (code) {
                    case "InvalidAccessKeyId" ->
                            ", the server does not know the access key id; check it, and the endpoint";
                    case "SignatureDoesNotMatch" ->
                            ", the secret access key is not that of the access key id; check it";
                    case "InvalidToken" ->
                            ", the session token is not valid; check it, and that it belongs to the keys";
                    case "ExpiredToken", "RequestExpired", "TokenRefreshRequired" ->
                            ", the credentials have expired; check the keys, their expiry and the clock";
                    case "RequestTimeTooSkewed" ->
                            ", the clock of this machine is too far from the server's; set it";
                    case "NoSuchBucket" ->
                            ", there is no such bucket; check its name, region and endpoint";
                    case "NoSuchUpload" ->
                            ", there is no such multipart upload; it was completed or aborted,"
                                    + " perhaps by a lifecycle rule of the bucket";
                    default -> describeStatus(answer, code);
                };
    }

    private static String describeStatus(AwsServiceException answer, String code) {
        return switch (answer.statusCode()) {
            case 403 ->
                    code.equals("AccessDenied")
                            ? ", the right is missing; allow " + rightFor(answer) + said(answer)
                            : ", access denied; check that the credentials are right and allow "
                                    + rightFor(answer)
                                    + said(answer);
            case 404 -> ", there is no such object; check bucket and key";
            case 503 -> ", the server asks for fewer requests";
            default ->
                    messageOf(answer).map(message -> ", " + message).orElseGet(() -> asked(answer));
        };
    }

    private static String rightFor(AwsServiceException answer) {
        return request(answer).map(Asked::right).orElse("what was asked for");
    }

    /** The server's own words, where they say more than its code. */
    private static String said(AwsServiceException answer) {
        return messageOf(answer)
                .filter(message -> !message.replaceAll("[ .]", "").equalsIgnoreCase("AccessDenied"))
                .map(message -> "; the server says: " + message)
                .orElse("");
    }

    private static Optional<String> messageOf(AwsServiceException answer) {
        return Optional.ofNullable(answer.awsErrorDetails())
                .map(AwsErrorDetails::errorMessage)
                .map(Trouble::oneLine)
                .filter(message -> !message.isEmpty());
    }

    /** A server must not write lines of the log. */
    private static String oneLine(String words) {
        String line = NO_TEXT.matcher(words).replaceAll(" ").strip();
        if (line.length() <= LONGEST_MESSAGE) {
            return line;
        }
        boolean cutsPair = Character.isHighSurrogate(line.charAt(LONGEST_MESSAGE - 1));
        return line.substring(0, cutsPair ? LONGEST_MESSAGE - 1 : LONGEST_MESSAGE);
    }

    private static String asked(AwsServiceException answer) {
        return request(answer)
                .map(asked -> ", for which the server gives no reason, to " + asked.getMessage())
                .orElse("");
    }

    private static Optional<Asked> request(AwsServiceException answer) {
        return Arrays.stream(answer.getSuppressed())
                .filter(Asked.class::isInstance)
                .map(Asked.class::cast)
                .findFirst();
    }

    private static String regionOf(AwsServiceException answer) {
        if (answer.awsErrorDetails() == null
                || answer.awsErrorDetails().sdkHttpResponse() == null) {
            return "";
        }
        return answer.awsErrorDetails()
                .sdkHttpResponse()
                .firstMatchingHeader("x-amz-bucket-region")
                .map(region -> " (" + oneLine(region) + ')')
                .orElse("");
    }

    static String code(AwsServiceException answer) {
        String code =
                answer.awsErrorDetails() == null ? null : answer.awsErrorDetails().errorCode();
        return code == null || code.equals(String.valueOf(answer.statusCode())) ? "" : code;
    }

    private static @Nullable IOException ioCause(@Nullable Throwable trouble) {
        Throwable cause = trouble;
        for (int depth = 0; cause != null && depth < 10; depth++) {
            if (cause instanceof IOException found) {
                return found;
            }
            cause = cause.getCause();
        }
        return null;
    }

    private static String named(@Nullable Throwable cause) {
        if (cause == null) {
            return "unknown";
        }
        String message = cause.getMessage();
        return cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }
}
