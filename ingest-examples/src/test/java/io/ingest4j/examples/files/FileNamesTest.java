package io.ingest4j.examples.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileNamesTest {

    private static FileNames names() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("rent_contracts", "rent_contracts.csv");
        names.put("units", "units.csv");
        return new FileNames(names);
    }

    @ParameterizedTest
    @CsvSource({
        "https://host/a/Rent_Contracts_2025.zip?x=1, rent_contracts.csv",
        "https://host/download?table=UNITS, units.csv",
        "https://host/a/b/export%202025.json, export_2025.json",
        "https://host/a/export.csv?sig=secret#top, export.csv",
        "https://host/a/x%2F..%2Fy.csv, x_.._y.csv",
        "https://host/a+b.csv, a_b.csv",
        "https://host/a/, data.csv",
        "https://host, data.csv",
        "https://host/.., data.csv",
        "https://host/%zz, _zz",
        "not a url, not_a_url",
    })
    void a_file_is_named_after_its_url(String url, String name) {
        assertThat(names().next(url)).isEqualTo(name);
    }

    @Test
    void no_two_files_have_one_name() {
        FileNames names = names();

        assertThat(names.next("https://host/units-1")).isEqualTo("units.csv");
        assertThat(names.next("https://host/units-2")).isEqualTo("units-2.csv");
        assertThat(names.next("https://host/units-1")).isEqualTo("units-3.csv");
        assertThat(names.next("https://host/LIST")).isEqualTo("LIST");
        assertThat(names.next("https://host/list")).isEqualTo("list-2");
    }

    @Test
    void a_long_name_keeps_its_end() {
        String name = names().next("https://host/" + "a".repeat(500) + ".csv");

        assertThat(name).hasSize(200).endsWith("a.csv");
    }
}
