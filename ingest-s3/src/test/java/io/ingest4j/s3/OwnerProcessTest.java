package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** With a directory in the place of /proc, and with the real one. */
class OwnerProcessTest {

    private static final String STAT =
            "%d (a b) c) S 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 9 0 %d 33 8\n";

    @TempDir Path proc;

    @BeforeEach
    void makeProc() throws IOException {
        Files.createDirectories(proc.resolve("sys/kernel/random"));
        Files.writeString(proc.resolve("sys/kernel/random/boot_id"), "one-boot\n");
        name("one");
        Files.createDirectories(proc.resolve("7/ns"));
        Files.createSymbolicLink(proc.resolve("self"), Path.of("7"));
        Files.createSymbolicLink(proc.resolve("7/ns/pid"), Path.of("pid:[1]"));
        Files.createSymbolicLink(proc.resolve("7/ns/time"), Path.of("time:[2]"));
        Files.writeString(proc.resolve("7/mountinfo"), "22 27 0:21 / /proc rw - proc proc rw\n");
        start(7, 100);
    }

    private void name(String host) throws IOException {
        Files.writeString(proc.resolve("sys/kernel/hostname"), host + '\n');
    }

    private void start(long id, long start) throws IOException {
        Files.createDirectories(proc.resolve("" + id));
        Files.writeString(proc.resolve(id + "/stat"), STAT.formatted(id, start));
    }

    private Optional<OwnerProcess> here() {
        return OwnerProcess.current(proc, 7);
    }

    private boolean isDead(OwnerProcess owner) {
        return owner.isDead(proc, here());
    }

    @Test
    void process_is_dead_that_is_gone_or_began_at_another_time() throws IOException {
        String place = here().orElseThrow().place();
        start(8, 200);
        assertThat(here()).contains(new OwnerProcess(place, 7, 100));
        assertThat(isDead(new OwnerProcess(place, 7, 100))).isFalse();
        assertThat(isDead(new OwnerProcess(place, 8, 200))).isFalse();
        assertThat(isDead(new OwnerProcess(place, 8, 199))).isTrue();
        assertThat(isDead(new OwnerProcess(place, 9, 200))).isTrue();
    }

    @Test
    void process_whose_start_can_not_be_read_may_live() throws IOException {
        String place = here().orElseThrow().place();
        Files.createDirectories(proc.resolve("8/stat"));
        assertThat(isDead(new OwnerProcess(place, 8, 200))).isFalse();
    }

    @Test
    void nobody_knows_about_another_boot_or_namespace() throws IOException {
        OwnerProcess owner = new OwnerProcess(here().orElseThrow().place(), 9, 200);
        for (String link : new String[] {"pid", "time"}) {
            Path path = proc.resolve("7/ns/" + link);
            Path before = Files.readSymbolicLink(path);
            Files.delete(path);
            Files.createSymbolicLink(path, Path.of(link + ":[3]"));
            assertThat(isDead(owner)).as(link).isFalse();
            Files.delete(path);
            Files.createSymbolicLink(path, before);
        }
        assertThat(isDead(owner)).isTrue();
        Files.writeString(proc.resolve("sys/kernel/random/boot_id"), "other-boot\n");
        assertThat(isDead(owner)).isFalse();
    }

    @Test
    void nobody_knows_about_another_machine_made_from_the_same_template() throws IOException {
        OwnerProcess owner = new OwnerProcess(here().orElseThrow().place(), 9, 200);
        name("other");
        assertThat(isDead(owner)).isFalse();
        name("one");
        assertThat(isDead(owner)).isTrue();
    }

    @Test
    void nobody_knows_where_processes_may_be_hidden_or_have_other_ids() throws IOException {
        assertThat(OwnerProcess.current(proc, 8)).isEmpty();
        Files.writeString(
                proc.resolve("7/mountinfo"), "22 27 0:21 / /proc rw - proc proc rw,hidepid=2\n");
        assertThat(here()).isEmpty();
        assertThat(OwnerProcess.current(proc.resolve("none"), 7)).isEmpty();
    }

    @Test
    void what_is_written_is_read() {
        OwnerProcess owner = here().orElseThrow();
        assertThat(OwnerProcess.parse(owner.toString())).contains(owner);
        assertThat(OwnerProcess.parse("")).isEmpty();
        assertThat(OwnerProcess.parse(owner + "1234567890123456789")).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void this_process_lives_and_a_child_until_it_is_killed() throws Exception {
        OwnerProcess self = OwnerProcess.current().orElseThrow();
        assertThat(self.isDead()).isFalse();
        Process child = new ProcessBuilder("sleep", "600").start();
        try {
            OwnerProcess owner =
                    new OwnerProcess(self.place(), child.pid(), OwnerProcess.startOf(child.pid()));
            assertThat(owner.isDead()).isFalse();
            child.destroyForcibly().waitFor();
            assertThat(owner.isDead()).isTrue();
        } finally {
            child.destroyForcibly();
        }
    }
}
