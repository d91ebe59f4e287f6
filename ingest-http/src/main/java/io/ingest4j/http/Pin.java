package io.ingest4j.http;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.SourceChangedException;

/** The state of a resource that reading insists on. */
record Pin(String name, DownloadVersion version, long length) {

    static Pin of(ByteObject object) {
        return new Pin(object.name(), DownloadVersion.parse(object.version()), object.length());
    }

    /** The same, with a length that is known by now. */
    Pin withLength(long known) {
        return new Pin(name, version, known);
    }

    SourceChangedException changed(String found) {
        return new SourceChangedException(name, described(version, length), found);
    }

    SourceChangedException changed(Answer found, long total) {
        return changed(described(DownloadVersion.of(found, total), total));
    }

    static String described(DownloadVersion version, long length) {
        String text = version.isNone() ? "unknown" : version.text();
        return length == ByteObject.UNKNOWN ? text : text + " (" + length + " bytes)";
    }
}
