package io.ingest4j.core.csv;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.Position;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of one record, read again. They lie between two line ends, so that an empty record is one
 * and nothing is taken for a byte order mark.
 */
final class CsvLetter implements ByteSource {

    private static final long serialVersionUID = 1;
    private static final String NAME = "letter";

    private final byte[] bytes;

    private CsvLetter(byte[] bytes) {
        this.bytes = bytes;
    }

    static Row parse(CsvOptions format, DeadLetter letter) {
        CsvOptions options = new CsvOptions(false, format);
        options.skipLines = 0;
        options.charset = charset(format, letter);
        if (!letter.fields().isEmpty()) {
            options.names = letter.fields().toArray(String[]::new);
        } else if (options.names.length == 0) {
            // Any number of fields, named by their numbers.
            options.names = new String[] {"1"};
            options.raggedRows = CsvFormat.RaggedRows.ALLOW;
        }
        byte[] lineEnd = "\n".getBytes(options.charset());
        int length = letter.raw().remaining();
        byte[] bytes = Arrays.copyOf(lineEnd, length + 2 * lineEnd.length);
        letter.raw().duplicate().get(bytes, lineEnd.length, length);
        System.arraycopy(lineEnd, 0, bytes, lineEnd.length + length, lineEnd.length);
        CsvLetter source = new CsvLetter(bytes);
        SourceSplit split = CsvSplit.whole(options, source.object());
        Position from = new Position(split.id(), 0, lineEnd.length, "");
        try (CsvReader reader = new CsvReader(options, source, split, from, false)) {
            Optional<SourceBatch<Row>> batch = reader.read(2, Math.max(1, bytes.length));
            return row(letter, batch);
        } catch (IOException e) {
            throw bad(letter, String.valueOf(e.getMessage()));
        }
    }

    /** Returns the format's charset, with the byte order that the record was read in. */
    private static String charset(CsvOptions format, DeadLetter letter) {
        Charset charset = format.charset();
        boolean byMark = CsvCharset.isWide(charset) && new CsvWideText(charset).isOrderByMark();
        if (!byMark) {
            return format.charset;
        }
        String found = CsvPlace.of(letter.position()).charset();
        if (!found.startsWith(format.charset)) {
            throw bad(
                    letter,
                    "the byte order must be known, the letter's position doesn't say it; charset(...) can be "
                            + format.charset
                            + "LE or "
                            + format.charset
                            + "BE");
        }
        return found;
    }

    private static Row row(DeadLetter letter, Optional<SourceBatch<Row>> batch) {
        if (batch.isEmpty()) {
            throw bad(letter, "there must be one record, was none");
        }
        SourceBatch<Row> records = batch.get();
        if (!records.rejected().isEmpty()) {
            throw bad(letter, records.rejected().get(0).reason());
        }
        if (records.size() != 1) {
            throw bad(letter, "there must be one record, was " + records.size());
        }
        return records.record(0).copy();
    }

    private static BadRecordException bad(DeadLetter letter, String reason) {
        Position at = letter.position();
        String detail = at.detail().isEmpty() ? "" : ", " + at.detail();
        return new BadRecordException(
                at, letter.source() + ", byte " + at.offset() + detail + ": " + reason);
    }

    private ByteObject object() {
        return new ByteObject(NAME, "", bytes.length, true);
    }

    @Override
    public List<ByteObject> objects() {
        return List.of(object());
    }

    @Override
    public InputStream open(ByteObject object, long offset) throws IOException {
        InputStream in = new ByteArrayInputStream(bytes);
        in.skipNBytes(offset);
        return in;
    }
}
