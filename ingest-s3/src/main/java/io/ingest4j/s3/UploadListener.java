package io.ingest4j.s3;

import java.io.Serializable;

/**
 * Is told what an {@link S3Sink} does. Called on the writer's threads, one call at a time for each
 * writer; while a call lasts, uploading may wait for it. What it throws is logged, and does no harm.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface UploadListener extends Serializable {

    /**
     * Tells of a step of an upload.
     *
     * @param event what began or ended
     */
    void onUpload(UploadEvent event);
}
