package io.ingest4j.examples.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
        "https://host/gr%C3%B6%C3%9Fe.csv, größe.csv",
        "https://host/größe.csv, größe.csv",
        "https://host/%D1%8F%D0%BD%D0%B2%D0%B0%D1%80%D1%8C.csv, январь.csv",
        "https://host/%E5%90%8D%20%E5%89%8D.csv, 名_前.csv",
        "https://host/u%CC%88.csv, ü.csv",
        "https://host/%F0%9F%98%80.csv, _.csv",
        "https://host/%01%E2%80%A8.csv, _.csv",
    })
    void a_file_is_named_after_its_url(String url, String name) {
        assertThat(names().all(List.of(url))).containsExactly(name);
    }

    @Test
    void no_two_files_have_one_name() {
        assertThat(
                        names().all(
                                        List.of(
                                                "https://host/units-1",
                                                "https://host/units-2",
                                                "https://host/units-1",
                                                "https://host/LIST",
                                                "https://host/list")))
                .containsExactly("units.csv", "units-2.csv", "units-3.csv", "LIST", "list-2");
    }

    @Test
    void another_order_of_the_urls_swaps_no_files() {
        List<String> urls =
                List.of(
                        "https://host/%E5%90%8D.csv",
                        "https://host/b/%F0%9F%98%80.csv",
                        "https://host/a/%F0%9F%98%81.csv",
                        "https://host/export.csv?day=2",
                        "https://host/export.csv?day=1",
                        "https://host/export-2.csv");
        Map<String, String> expected = byUrl(urls);
        List<String> shuffled = new ArrayList<>(urls);
        for (int seed = 0; seed < 20; seed++) {
            Collections.shuffle(shuffled, new Random(seed));
            assertThat(byUrl(shuffled)).isEqualTo(expected);
        }
        assertThat(expected.values()).doesNotHaveDuplicates();
    }

    private static Map<String, String> byUrl(List<String> urls) {
        List<String> all = names().all(urls);
        Map<String, String> byUrl = new HashMap<>();
        for (int i = 0; i < urls.size(); i++) {
            byUrl.put(urls.get(i), all.get(i));
        }
        return byUrl;
    }

    @Test
    void a_long_name_keeps_its_end() {
        String name = names().all(List.of("https://host/" + "a".repeat(500) + ".csv")).get(0);

        assertThat(name).hasSize(200).endsWith("a.csv");
        String wide = names().all(List.of("https://host/" + "𐍈".repeat(500) + "a.csv")).get(0);
        assertThat(wide).isEqualTo("𐍈".repeat(48) + "a.csv");
    }
}
