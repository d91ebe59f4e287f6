package io.ingest4j.http;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Tells what an http or https URI stands for without its secrets: scheme, host, port and path, and a
 * digest of its query, which may select the data. Scheme and host are in lower case, the scheme's usual
 * port is left out, and an empty path is "/" (RFC 3986, section 6.2.3). Path and query are as they are sent, in ASCII. What only signs a request is
 * left out, as it changes each time:
 *
 * <ul>
 *   <li>AWS Signature Version 4 ("Authenticating Requests: Using Query Parameters" in the S3 API
 *       Reference), and the same of Google Cloud Storage ("V4 signing process") and Alibaba OSS
 *   <li>their older signatures, with the security tokens of temporary credentials, and those of
 *       CloudFront ("Use signed URLs" in its Developer Guide)
 *   <li>shared access signatures of Azure Storage ("Create a service SAS" in its REST reference)
 * </ul>
 */
final class UriIdentity {

    /**
     * The ends of names by their beginnings. They mean this only beside the signature of their kind.
     * The last of each kind sign nothing but can't select data either; clients sign them with the rest.
     */
    private static final Map<String, Set<String>> PREFIXED =
            Map.of(
                    "x-amz-",
                    Set.of(
                            "algorithm",
                            "content-sha256",
                            "credential",
                            "date",
                            "expires",
                            "region-set",
                            "s3session-token",
                            "security-token",
                            "signature",
                            "signedheaders",
                            "checksum-mode",
                            "expected-bucket-owner",
                            "request-payer",
                            "user-agent"),
                    "x-goog-",
                    Set.of(
                            "algorithm",
                            "content-sha256",
                            "credential",
                            "date",
                            "expires",
                            "security-token",
                            "signature",
                            "signedheaders",
                            "user-project"),
                    "x-oss-",
                    Set.of(
                            "additional-headers",
                            "credential",
                            "date",
                            "expires",
                            "security-token",
                            "signature",
                            "signature-version",
                            "request-payer",
                            "traffic-limit"));

    private static final Set<String> KEY_IDS =
            Set.of("awsaccesskeyid", "googleaccessid", "ossaccesskeyid", "key-pair-id");

    /** Mean this only beside a signature and one of the {@link #KEY_IDS}. */
    private static final Set<String> SIGNED =
            Set.of("signature", "expires", "policy", "x-amz-security-token", "security-token");

    /** Mean this only beside a {@code sig}, and a version or a policy's name. */
    private static final Set<String> AZURE =
            Set.of(
                    "sig", "sv", "st", "se", "sr", "sp", "sip", "spr", "si", "ss", "srt", "skoid",
                    "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid", "scid", "sdd", "ses");

    private static final int DIGEST_BYTES = 8;

    private UriIdentity() {}

    static String of(URI uri) {
        URI sent = WebUri.ascii(uri);
        String query = sent.getRawQuery();
        String selecting = query == null ? "" : withoutSignature(query);
        String digest = selecting.isEmpty() ? "" : "?sha256=" + digest(selecting);
        return WebUri.origin(sent) + WebUri.pathOf(sent) + digest;
    }

    /** The parameters that may select data, as they stand. */
    private static String withoutSignature(String query) {
        List<String> parameters = List.of(query.split("&", -1));
        Set<String> names = parameters.stream().map(UriIdentity::name).collect(Collectors.toSet());
        boolean isOld = names.contains("signature") && names.stream().anyMatch(KEY_IDS::contains);
        boolean isAzure = names.contains("sig") && (names.contains("sv") || names.contains("si"));
        return parameters.stream()
                .filter(parameter -> !parameter.isEmpty())
                .filter(parameter -> !signs(name(parameter), names, isOld, isAzure))
                .collect(Collectors.joining("&"));
    }

    private static boolean signs(String name, Set<String> names, boolean isOld, boolean isAzure) {
        return PREFIXED.entrySet().stream().anyMatch(kind -> signs(name, names, kind))
                || (isOld && (KEY_IDS.contains(name) || SIGNED.contains(name)))
                || (isAzure && AZURE.contains(name));
    }

    private static boolean signs(
            String name, Set<String> names, Map.Entry<String, Set<String>> kind) {
        String prefix = kind.getKey();
        return name.startsWith(prefix)
                && kind.getValue().contains(name.substring(prefix.length()))
                && names.contains(prefix + "signature");
    }

    private static String name(String parameter) {
        int equals = parameter.indexOf('=');
        return (equals < 0 ? parameter : parameter.substring(0, equals)).toLowerCase(Locale.ROOT);
    }

    private static String digest(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(Arrays.copyOf(digest, DIGEST_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
