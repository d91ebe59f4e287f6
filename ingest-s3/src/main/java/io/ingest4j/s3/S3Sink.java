package io.ingest4j.s3;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.bytes.Bytes;
import io.ingest4j.s3.ObjectHeaders.Field;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Writes all records to one object on S3, which appears as a whole at the end of a run or not at all.
 * Immutable; every setter returns a changed copy, and several threads may use one sink.
 *
 * <pre>{@code
 * S3Sink<Row> sink = S3Sink.object(S3Access.defaults(), "my-bucket", "out/customers.csv", encoder)
 *         .storageClass("STANDARD_IA")
 *         .failIfExists();
 * }</pre>
 *
 * <p><b>How it writes.</b> Records are gathered in memory in parts of {@link #partBytes} (50 MiB). A
 * full part is uploaded on a thread of its own while the next one is filled; {@link #partsInFlight}
 * (4) such parts are in memory at most, the one that is being filled among them, and beyond that
 * writing waits. Memory is taken as it is needed; the batch that is being encoded, and what is made
 * for a checkpoint, come on top. The run's {@code attemptTimeout} must be longer than a part takes, and
 * its {@code stopTimeout} than the parts in flight take and the object takes to be completed. An object
 * smaller than one part takes one PutObject. In a job with checkpoints its {@link #expectedLength} must
 * say so; where it doesn't, an upload is begun at first, and aborted before that PutObject.
 *
 * <p>S3 allows 10,000 parts ("Amazon S3 multipart upload limits" in the S3 User Guide). With {@link
 * #expectedLength} all parts are as large as it takes to need 5,000 of them. Without it the size
 * doubles after every 2,500 parts, up to half of the memory: with the default settings an object may
 * have 854 GiB, or 180 GiB if each checkpoint cuts a part as small as can be. When the parts are used
 * up, writing fails and says so.
 *
 * <p><b>How it goes on.</b> The first checkpoint, which is written before any record is, begins the
 * upload and keeps its id, so that a run that continues finds the upload of one that was killed. A
 * checkpoint waits for the parts that are under way, and keeps which there are. What is in memory
 * becomes a smaller part if it is large enough for that, and otherwise goes into the checkpoint itself.
 * Large enough is 5 MiB up to part 2,500, then in proportion to the part's number, 16 MiB at most;
 * after part 9,000, or if what is missing of the {@link #expectedLength} needs all numbers that are
 * left, up to a whole part goes into each checkpoint. That is only so after thousands of checkpoints;
 * then take them less often. A run that continues compares the parts with those on the server, and
 * goes on after them: given deterministic mappers, the object has byte for byte what a run has that
 * was never interrupted. Where the checkpoint has no parts, it aborts the upload and begins another. If
 * the object was finished just before the checkpoint could say so, that is recognized by the upload's
 * token, a UUID in the metadata {@code ingest4j-upload}. If parts are not there any more, opening fails
 * with {@link CheckpointException} and changes nothing. Servers that want parts of one size, such as
 * Cloudflare R2, need jobs without checkpoints.
 *
 * <p><b>What it insists on.</b> Each part is sent with its CRC-32C, or MD5 ({@link #checksum}), and
 * what the server answers must be that, as far as it answers; so must the checksum of the whole, which
 * AWS makes of those of the parts, and keeps with the object. A server that knows no CRC-32C checks
 * nothing but lengths: give it the MD5. When the object is there, its length, token, ETag and number
 * of parts are compared with what was sent. Where the answer to the last step was lost, the object
 * tells whether it was done.
 *
 * <p><b>When something breaks.</b> After a broken connection, a time-out, a 5xx answer or a request
 * to slow down, each request is sent again, signed anew, with pauses that double from 100 ms to 10 s
 * ({@link #backoff}), up to {@link #maxAttempts} (16) times or {@link #giveUpAfter} (5 minutes). If a
 * part fails for good, so does the run. The SDK's own retries are off for these requests, also in the
 * caller's client.
 *
 * <p><b>What is left behind.</b> A run that doesn't complete aborts its multipart upload, unless a
 * checkpoint needs it. A process that was killed can't; what it uploaded is invisible and billed until
 * the job is continued. For jobs that nobody continues, that start over, or that have no checkpoints,
 * set {@link #abortOrphans}, call {@link #abortOrphanedUploads} or {@link S3Uploads}, or give the
 * bucket a lifecycle rule ("Configuring a bucket lifecycle configuration to delete incomplete multipart
 * uploads" in the S3 User Guide), with a time longer than a job may rest between two runs.
 *
 * <p><b>Rights.</b> {@code s3:PutObject}, {@code s3:GetObject} to look at the object, {@code
 * s3:AbortMultipartUpload}; {@code s3:ListMultipartUploadParts} to continue; {@code
 * s3:ListBucketMultipartUploads} to sweep orphans. Without {@code s3:ListBucket} AWS answers 403 for
 * an object that is not there, which {@link #failIfExists} and continuing look for.
 *
 * <p><b>Who closes what.</b> From an {@link S3Access}, a client is made when the sink is opened, and
 * closed about a second after its last writer. A client given to the sink is never closed by it, and
 * makes the sink impossible to serialize. Writers have threads of their own, which end when they are
 * closed; that waits for requests that are under way: at most for their {@link #uploadTimeout}, or for
 * 5 minutes if one is completing the object, as such a request can't be taken back. The sink is
 * serializable if its access, encoder and listener are.
 *
 * @param <T> the record type
 * @since 0.1
 */
public final class S3Sink<T> implements RecordSink<T> {

    private static final long serialVersionUID = 1;

    /** What proves to the server that a part arrived as it was sent. */
    public enum Checksum {
        /**
         * {@code Content-MD5}, which every server knows; also compared with the ETag. Costs more than
         * the others, as both sides must compute it and no CPU has instructions for it.
         */
        MD5,
        /**
         * {@code x-amz-checksum-crc32c}, computed before the request is sent, so that no trailer is
         * needed. Compared with what the server answers, also for the whole object, if it does.
         * Servers that don't know it ignore it, and check nothing then.
         */
        CRC32C,
        /** Nothing but TCP and TLS, and the length. */
        NONE
    }

    private final SharedClient client;
    private final String bucket;
    private final String key;
    private final RecordEncoder<? super T> encoder;
    private final WriteOptions options;
    private final ObjectHeaders headers;

    private S3Sink(
            SharedClient client,
            String bucket,
            String key,
            RecordEncoder<? super T> encoder,
            WriteOptions options,
            ObjectHeaders headers) {
        this.client = client;
        this.bucket = bucket;
        this.key = key;
        this.encoder = encoder;
        this.options = options;
        this.headers = headers;
    }

    /**
     * Writes records as one object.
     *
     * @param <T> the record type
     * @param access how to reach the server
     * @param bucket name of the bucket, or ARN of an access point
     * @param key key of the object, 1 to 1,024 bytes in UTF-8; it is replaced if it exists
     * @param encoder makes the bytes, one message after the other
     * @return a sink with the default settings
     * @throws IllegalArgumentException if bucket or key is no such name, or one message can't follow
     *     another, as with JSON arrays
     */
    public static <T> S3Sink<T> object(
            S3Access access, String bucket, String key, RecordEncoder<? super T> encoder) {
        Objects.requireNonNull(access, "access");
        return of(SharedClient.of(access), bucket, key, encoder);
    }

    /**
     * Writes records as one object, with the caller's client.
     *
     * @param <T> the record type
     * @param client used and never closed
     * @param bucket name of the bucket, or ARN of an access point
     * @param key key of the object, 1 to 1,024 bytes in UTF-8; it is replaced if it exists
     * @param encoder makes the bytes, one message after the other
     * @return a sink with the default settings, which can't be serialized
     * @throws IllegalArgumentException if bucket or key is no such name, or one message can't follow
     *     another, as with JSON arrays
     */
    public static <T> S3Sink<T> object(
            S3Client client, String bucket, String key, RecordEncoder<? super T> encoder) {
        Objects.requireNonNull(client, "client");
        return of(SharedClient.of(client), bucket, key, encoder);
    }

    /**
     * Writes bytes as one object: the remaining bytes of each record, one after the other. The records'
     * positions don't move.
     *
     * @param access how to reach the server
     * @param bucket name of the bucket, or ARN of an access point
     * @param key key of the object, 1 to 1,024 bytes in UTF-8; it is replaced if it exists
     * @return a sink with the default settings and the content type {@code application/octet-stream}
     * @throws IllegalArgumentException if bucket or key is no such name
     */
    public static S3Sink<ByteBuffer> object(S3Access access, String bucket, String key) {
        return object(access, bucket, key, Bytes.encoder());
    }

    /**
     * Writes bytes as one object with the caller's client, as {@link #object(S3Access, String, String)}
     * does.
     *
     * @param client used and never closed
     * @param bucket name of the bucket, or ARN of an access point
     * @param key key of the object, 1 to 1,024 bytes in UTF-8; it is replaced if it exists
     * @return a sink with the default settings, which can't be serialized
     * @throws IllegalArgumentException if bucket or key is no such name
     */
    public static S3Sink<ByteBuffer> object(S3Client client, String bucket, String key) {
        return object(client, bucket, key, Bytes.encoder());
    }

    private static <T> S3Sink<T> of(
            SharedClient client, String bucket, String key, RecordEncoder<? super T> encoder) {
        S3Names.requireKey(key);
        S3Names.requireBucket(bucket);
        Objects.requireNonNull(encoder, "encoder");
        encoder.after("");
        ObjectHeaders typed =
                ObjectHeaders.NONE.with(Field.CONTENT_TYPE, "contentType", encoder.contentType());
        return new S3Sink<>(client, bucket, key, encoder, WriteOptions.DEFAULT, typed);
    }

    /**
     * Sets how large a part is. 50 MiB by default. Larger with {@link #expectedLength}, if needed.
     *
     * @param partBytes from 5 MiB to 5 GiB
     * @return a changed copy
     * @throws IllegalArgumentException if it is out of range
     */
    public S3Sink<T> partBytes(long partBytes) {
        return with(options.withPlan(options.plan().withPartBytes(partBytes)));
    }

    /**
     * Sets for how many parts there is memory, and by how many threads and connections they are
     * uploaded. 4 by default. With 1, nothing is filled while a part is uploaded.
     *
     * @param partsInFlight from 1 to 256; not more than the client has connections
     * @return a changed copy
     * @throws IllegalArgumentException if it is out of range
     */
    public S3Sink<T> partsInFlight(int partsInFlight) {
        return with(options.withPlan(options.plan().withPartsInFlight(partsInFlight)));
    }

    /**
     * Says about how long the object will be, so that 10,000 parts suffice. Parts, and the memory for
     * them, become larger if that is more than 5,000 times {@link #partBytes}: the other half of the
     * numbers is for parts that a checkpoint cuts early. Unknown by default. An object that becomes
     * longer is written as long as parts are left.
     *
     * @param expectedLength in bytes, from 0 to 10,000 times 5 GiB
     * @return a changed copy
     * @throws IllegalArgumentException if it is out of range
     */
    public S3Sink<T> expectedLength(long expectedLength) {
        return with(options.withPlan(options.plan().withExpectedLength(expectedLength)));
    }

    /**
     * Sets how often one request may be sent. 16 by default. What seldom passes is tried at most 3
     * times, such as expired credentials.
     *
     * @param maxAttempts at least 1, which means no retry
     * @return a changed copy
     * @throws IllegalArgumentException if it is less than 1
     */
    public S3Sink<T> maxAttempts(int maxAttempts) {
        return with(options.withTries(options.tries().withMaxAttempts(maxAttempts)));
    }

    /**
     * Sets how long to go on trying one request. 5 minutes by default.
     *
     * @param giveUpAfter more than zero; longer than {@link #uploadTimeout}, for a second attempt
     *     after one that timed out
     * @return a changed copy
     * @throws IllegalArgumentException if it is not positive
     */
    public S3Sink<T> giveUpAfter(Duration giveUpAfter) {
        return with(options.withTries(options.tries().withGiveUpAfter(giveUpAfter)));
    }

    /**
     * Sets the pauses between attempts, which double from one to the other; the actual pause is
     * random, from half of that to all of it. 100 ms and 10 s by default.
     *
     * @param first at least zero
     * @param longest at least {@code first}
     * @return a changed copy
     * @throws IllegalArgumentException if one is too small
     */
    public S3Sink<T> backoff(Duration first, Duration longest) {
        return with(options.withTries(options.tries().withBackoff(first, longest)));
    }

    /**
     * Sets how long one request without a body may take. 30 s by default. The one that makes the
     * object of its parts may take 5 minutes, or this if it is longer.
     *
     * @param timeout more than zero
     * @return a changed copy
     * @throws IllegalArgumentException if it is not positive
     */
    public S3Sink<T> timeout(Duration timeout) {
        return with(options.withTries(options.tries().withTimeout(timeout)));
    }

    /**
     * Sets how long one attempt to upload a part, or an object that needs no parts, may take. 2 minutes
     * by default.
     *
     * @param uploadTimeout more than zero
     * @return a changed copy
     * @throws IllegalArgumentException if it is not positive
     */
    public S3Sink<T> uploadTimeout(Duration uploadTimeout) {
        return with(options.withUploadTimeout(uploadTimeout));
    }

    /**
     * Sets what is sent with each part so that the server can check it. CRC32C by default. A run that
     * continues must keep to what its parts were sent with; opening it with another fails.
     *
     * @param checksum the kind
     * @return a changed copy
     */
    public S3Sink<T> checksum(Checksum checksum) {
        return with(options.withChecksum(Objects.requireNonNull(checksum, "checksum")));
    }

    /**
     * Refuses to replace an object. Looked at when the sink is opened, and insisted on in the request
     * that makes the object ({@code If-None-Match: *}), by servers that heed it. A run that continues
     * accepts the object that it made itself, since a run before it may have been killed right after it
     * finished.
     *
     * @return a changed copy
     */
    public S3Sink<T> failIfExists() {
        return with(options.withFailIfExists());
    }

    /**
     * Lets the sink, when it is opened, abort multipart uploads of exactly this key that were begun at
     * least so long ago, but not the one that it continues; opening fails if that fails. Off by
     * default.
     *
     * @param olderThan longer than any run of another writer to this key may take; zero if there is no
     *     other
     * @return a changed copy
     * @throws IllegalArgumentException if it is negative
     */
    public S3Sink<T> abortOrphans(Duration olderThan) {
        requireAge(olderThan);
        return with(options.withOrphanAge(olderThan));
    }

    /**
     * Sets who is told of the steps of an upload. Nobody by default.
     *
     * @param listener told on the writer's threads
     * @return a changed copy
     */
    public S3Sink<T> listener(UploadListener listener) {
        return with(options.withListener(Objects.requireNonNull(listener, "listener")));
    }

    /**
     * Sets the object's content type. The encoder's by default.
     *
     * @param contentType such as {@code text/csv}
     * @return a changed copy
     * @throws IllegalArgumentException if it is empty or not printable ASCII
     */
    public S3Sink<T> contentType(String contentType) {
        return with(Field.CONTENT_TYPE, "contentType", contentType);
    }

    /**
     * Sets the object's metadata, in place of what was set before. None by default, but for {@code
     * ingest4j-upload}, which is always there.
     *
     * @param metadata values by name, without the prefix {@code x-amz-meta-}; names become lower case.
     *     Printable ASCII, and 1,997 bytes in all: S3 allows 2 KB ("Working with object metadata" in
     *     the S3 User Guide), and {@code ingest4j-upload} takes its part
     * @return a changed copy
     * @throws IllegalArgumentException if it is not so
     */
    public S3Sink<T> metadata(Map<String, String> metadata) {
        return with(headers.withMetadata(metadata));
    }

    /**
     * Sets the storage class. The server's default unless set.
     *
     * @param storageClass such as {@code STANDARD_IA}
     * @return a changed copy
     * @throws IllegalArgumentException if it is empty or not printable ASCII
     */
    public S3Sink<T> storageClass(String storageClass) {
        return with(Field.STORAGE_CLASS, "storageClass", storageClass);
    }

    /**
     * Sets how the server encrypts the object. As the bucket says unless set.
     *
     * @param algorithm {@code AES256}, {@code aws:kms} or {@code aws:kms:dsse}
     * @return a changed copy
     * @throws IllegalArgumentException if it is empty or not printable ASCII
     */
    public S3Sink<T> serverSideEncryption(String algorithm) {
        return with(Field.ENCRYPTION, "serverSideEncryption", algorithm);
    }

    /**
     * Sets the KMS key that the server encrypts with. Opening the sink fails unless {@link
     * #serverSideEncryption} is {@code aws:kms} or {@code aws:kms:dsse}.
     *
     * @param keyId id, alias or ARN of the key
     * @return a changed copy
     * @throws IllegalArgumentException if it is empty or not printable ASCII
     */
    public S3Sink<T> kmsKey(String keyId) {
        return with(Field.KMS_KEY, "kmsKey", keyId);
    }

    /**
     * Sets the object's {@code Cache-Control}.
     *
     * @param cacheControl such as {@code no-cache}
     * @return a changed copy
     * @throws IllegalArgumentException if it is empty or not printable ASCII
     */
    public S3Sink<T> cacheControl(String cacheControl) {
        return with(Field.CACHE_CONTROL, "cacheControl", cacheControl);
    }

    /**
     * Sets the object's {@code Content-Disposition}.
     *
     * @param contentDisposition such as {@code attachment; filename="a.csv"}
     * @return a changed copy
     * @throws IllegalArgumentException if it is empty or not printable ASCII
     */
    public S3Sink<T> contentDisposition(String contentDisposition) {
        return with(Field.CONTENT_DISPOSITION, "contentDisposition", contentDisposition);
    }

    /**
     * Sets the object's {@code Content-Encoding}. Says what the bytes are; encodes nothing.
     *
     * @param contentEncoding such as {@code gzip}
     * @return a changed copy
     * @throws IllegalArgumentException if it is empty or not printable ASCII
     */
    public S3Sink<T> contentEncoding(String contentEncoding) {
        return with(Field.CONTENT_ENCODING, "contentEncoding", contentEncoding);
    }

    private S3Sink<T> with(WriteOptions changed) {
        return new S3Sink<>(client, bucket, key, encoder, changed, headers);
    }

    private S3Sink<T> with(Field field, String name, String value) {
        return with(headers.with(field, name, value));
    }

    private S3Sink<T> with(ObjectHeaders changed) {
        return new S3Sink<>(client, bucket, key, encoder, options, changed);
    }

    private static void requireAge(Duration olderThan) {
        Objects.requireNonNull(olderThan, "olderThan must not be null");
        TryOptions.require(!olderThan.isNegative(), "olderThan must be >= 0", olderThan);
    }

    /**
     * {@inheritDoc}
     *
     * @throws CheckpointException if what the context's state tells of is not there, or it is not a
     *     state of such a sink
     * @throws java.nio.file.FileAlreadyExistsException if the object exists and {@link #failIfExists}
     *     is set
     * @throws IllegalArgumentException if {@link #kmsKey} is set without an encryption that uses it
     * @throws IngestException if no region is set and the SDK finds none
     */
    @Override
    public RecordWriter<T> open(WriterContext context) throws IOException {
        return openWriter(context);
    }

    S3SinkWriter<T> openWriter(WriterContext context) throws IOException {
        headers.requireKmsIfKeyed();
        SharedClient.Lease lease = client.lease();
        ObjectFill fill = new ObjectFill(upload(lease), options.plan());
        return S3SinkWriter.open(fill, lease, encoder, context.state());
    }

    /**
     * Aborts now the multipart uploads of exactly this key that were begun at least so long ago, by the
     * server's clock; also one that a checkpoint needs, if it is so old.
     *
     * @param olderThan zero for all
     * @return how many were aborted
     * @throws IOException if that is not allowed, or failed; some may have been aborted
     * @throws IllegalArgumentException if {@code olderThan} is negative
     */
    public int abortOrphanedUploads(Duration olderThan) throws IOException {
        requireAge(olderThan);
        try (SharedClient.Lease lease = client.lease()) {
            return Orphans.of(upload(lease)).abort(olderThan);
        }
    }

    private ObjectUpload upload(SharedClient.Lease lease) {
        return new ObjectUpload(new UploadRequests(lease, bucket, key, options), headers, options);
    }

    @Override
    public int maxBatchSize() {
        return encoder.maxBatchSize();
    }

    /**
     * {@inheritDoc} Made of bucket, key and content type, and of the endpoint if it is set in the {@link
     * S3Access} or the client.
     */
    @Override
    public String identity() {
        return client.identityOf(bucket, key) + " as " + headers.contentType();
    }

    /** {@inheritDoc} Asks for the object's head, which has the upload's token in its metadata. */
    @Override
    public boolean isIntact(byte[] state) throws IOException {
        UploadState made = UploadState.decode(state);
        try (SharedClient.Lease lease = client.lease()) {
            ObjectUpload object = upload(lease);
            object.identify(made.token(), made.uploadId());
            return object.find()
                    .filter(found -> object.isOurs(found) && found.length() == made.length())
                    .isPresent();
        }
    }

    /**
     * {@inheritDoc} The kinds are {@code put_object}, {@code create_multipart}, {@code upload_part},
     * {@code complete_multipart}, {@code abort_multipart}, {@code head_object}, {@code list_parts},
     * {@code list_multipart_uploads}, and {@code get_object} where a look at the object is refused.
     */
    @Override
    public Map<String, Long> requests() {
        return client.requests();
    }

    /**
     * Names the object and what is in it.
     *
     * @return such as {@code s3://bucket/key as text/csv}
     */
    @Override
    public String toString() {
        return Pin.nameOf(bucket, key) + " as " + headers.contentType();
    }
}
