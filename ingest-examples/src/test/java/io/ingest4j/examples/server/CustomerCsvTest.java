package io.ingest4j.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CustomerCsvTest {

    private static final int RECORDS = 5_000;

    @Test
    void anotherParser_readsWhatWasMeant() throws IOException {
        try (CsvReader<CsvRecord> reader = CsvReader.builder().ofCsvRecord(csv(7))) {
            List<CsvRecord> records = reader.stream().toList();
            assertThat(records).hasSize(RECORDS + 1);
            assertThat(records.get(0).getFields()).isEqualTo(Customer.FIELDS);
            Customer customer = new Customer(7);
            for (int id = 1; id <= RECORDS; id++) {
                customer.become(id);
                assertThat(records.get(id).getFields()).isEqualTo(fields(customer));
                assertThat(records.get(id).getField(0)).isEqualTo(String.valueOf(id));
            }
        }
    }

    @Test
    void content_isRealisticAndAboutAHundredBytesARecord() throws IOException {
        String csv = csv(7);
        assertThat(csv).contains("\"\"", ", Apt ", "\r\n", "\\", "\t", "東京", "𠮷", "👍");
        assertThat(csv.getBytes(UTF_8).length / RECORDS).isBetween(90, 115);
    }

    @Test
    void content_followsFromTheSeed() throws IOException {
        assertThat(csv(7)).isEqualTo(csv(7)).isNotEqualTo(csv(8));
    }

    @Test
    void words_haveAMailboxForEachName() {
        assertThat(Words.FIRST_MAILBOXES.length).isEqualTo(Words.FIRST_NAMES.length);
        assertThat(Words.LAST_MAILBOXES.length).isEqualTo(Words.LAST_NAMES.length);
    }

    @Test
    void largestId_fits() {
        new Customer(1).become(Long.MAX_VALUE);
    }

    static List<String> fields(Customer customer) {
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < Customer.FIELDS.size(); i++) {
            int start = customer.start(i);
            fields.add(new String(customer.text(), start, customer.end(i) - start, UTF_8));
        }
        return fields;
    }

    private static String csv(long seed) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CustomerCsv.write(RECORDS, seed, out);
        return out.toString(UTF_8);
    }
}
