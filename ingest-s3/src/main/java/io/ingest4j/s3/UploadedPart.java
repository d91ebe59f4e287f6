package io.ingest4j.s3;

/**
 * A part that the server has.
 *
 * @param etag as the server gave it
 * @param crc32c Base64, as in the request that completes the upload; empty if none was sent
 */
record UploadedPart(int number, String etag, long size, String crc32c) {}
