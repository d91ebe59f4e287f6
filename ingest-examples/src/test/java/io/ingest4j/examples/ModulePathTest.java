package io.ingest4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.ingest4j.examples.server.LocalS3;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Real programs on the module path of the JDK that runs the build: compiled against the published
 * modules and what these bring along, and nothing else, and run in a JVM of their own.
 */
class ModulePathTest {

    private static final Pattern SERVICE = Pattern.compile("META-INF/services/[^/]+");

    private static final String CSV = "id,name\n1,Anna\n2,Ben\n3,Cem\n";

    /** What the published modules bring along, as parts of the paths of jars. */
    private static final List<String> FOR_HTTP =
            List.of(
                    "jspecify-",
                    "slf4j-api-",
                    "failsafe-",
                    "jackson-core-",
                    "httpcore5-",
                    "httpclient5-");

    private static final List<String> FOR_S3 =
            Stream.concat(FOR_HTTP.stream(), Stream.of("awssdk", "reactive-streams-")).toList();

    private static LocalS3 s3;
    private static HttpServer http;
    @TempDir Path directory;

    @BeforeAll
    static void startServers() throws IOException {
        s3 = LocalS3.start();
        try (S3Client client = s3.access().client()) {
            client.createBucket(request -> request.bucket("bucket"));
            client.putObject(
                    request -> request.bucket("bucket").key("in/customers.csv"),
                    RequestBody.fromString(CSV));
        }
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", ModulePathTest::answer);
        http.start();
    }

    @AfterAll
    static void stopServers() {
        http.stop(0);
        s3.close();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            byte[] body = CSV.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("ETag", "\"1\"");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(200, head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Test
    void programThatRequiresCore() throws Exception {
        List<Path> path = modulePath(FOR_HTTP);

        compile(path, "io.ingest4j.core", "CoreJobs");

        assertThat(runWithNothingElse(path, "CoreJobs")).contains("core 1");
    }

    @Test
    void programThatRequiresS3() throws Exception {
        List<Path> path = modulePath(FOR_S3, "ingest-s3");

        compile(path, "io.ingest4j.s3", "S3Jobs");

        assertThat(runWithNothingElse(path, "S3Jobs")).contains("s3 3 3 3");
    }

    @Test
    void programThatRequiresHttp() throws Exception {
        List<Path> path = modulePath(FOR_HTTP, "ingest-http");

        compile(path, "io.ingest4j.http", "HttpJobs");

        assertThat(runWithNothingElse(path, "HttpJobs")).contains("http 3 3");
    }

    @Test
    void programThatRequiresBoth() throws Exception {
        List<Path> path = modulePath(FOR_S3, "ingest-s3", "ingest-http");

        compile(path, "io.ingest4j.s3; requires io.ingest4j.http", "S3Jobs", "HttpJobs", "AllJobs");

        assertThat(java(path, "AllJobs", List.of())).contains("s3 3 3 3").contains("http 3 3");
    }

    /** The class path reads the files, the module path the descriptor. */
    @ParameterizedTest
    @ValueSource(strings = {"ingest-core", "ingest-http", "ingest-s3"})
    void providersAreTheSameOnBothPaths(String module) throws IOException {
        ModuleReference reference = ModuleFinder.of(classes(module)).findAll().iterator().next();
        Map<String, Set<String>> provided = new TreeMap<>();
        for (ModuleDescriptor.Provides provides : reference.descriptor().provides()) {
            provided.put(provides.service(), new LinkedHashSet<>(provides.providers()));
        }
        Map<String, Set<String>> named = new TreeMap<>();
        try (ModuleReader reader = reference.open()) {
            for (String file :
                    reader.list().filter(name -> SERVICE.matcher(name).matches()).toList()) {
                CharBuffer lines = StandardCharsets.UTF_8.decode(reader.read(file).orElseThrow());
                named.put(
                        file.substring(file.lastIndexOf('/') + 1),
                        new LinkedHashSet<>(lines.toString().lines().toList()));
            }
        }

        assertThat(provided).isNotEmpty().isEqualTo(named);
    }

    private static List<Path> modulePath(List<String> jars, String... modules) {
        List<Path> path = new ArrayList<>(List.of(classes("ingest-api"), classes("ingest-core")));
        for (String module : modules) {
            path.add(classes(module));
        }
        classPath()
                .filter(entry -> entry.getFileName().toString().endsWith(".jar"))
                .filter(jar -> jars.stream().anyMatch(jar.toString()::contains))
                .forEach(path::add);
        return path;
    }

    /** What the build has made of a module: a directory, or its jar. */
    private static Path classes(String module) {
        String sep = Pattern.quote(File.separator);
        Pattern place =
                Pattern.compile(
                        ".*"
                                + sep
                                + module
                                + sep
                                + "target"
                                + sep
                                + "(classes|"
                                + module
                                + "-.*jar)");
        return classPath()
                .filter(entry -> place.matcher(entry.toString()).matches())
                .findFirst()
                .orElseThrow();
    }

    private static Stream<Path> classPath() {
        String real = System.getProperty("surefire.test.class.path");
        String path = real != null ? real : System.getProperty("java.class.path");
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(path)
                .map(Path::of);
    }

    private void compile(List<Path> path, String required, String... sources) throws IOException {
        Path source = Files.createDirectories(directory.resolve("source"));
        Path descriptor = source.resolve("module-info.java");
        Files.writeString(descriptor, "module app { requires " + required + "; }\n");
        List<String> arguments = new ArrayList<>(List.of("-p", join(path)));
        arguments.addAll(List.of("-d", directory.resolve("app").toString(), descriptor.toString()));
        for (String name : sources) {
            Path file = source.resolve(name + ".java");
            try (InputStream text =
                    ModulePathTest.class.getResourceAsStream("/module-path/" + name + ".java")) {
                Files.write(file, Objects.requireNonNull(text, name).readAllBytes());
            }
            arguments.add(file.toString());
        }
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        int code =
                ToolProvider.findFirst("javac")
                        .orElseThrow()
                        .run(
                                new PrintStream(output),
                                new PrintStream(output),
                                arguments.toArray(String[]::new));
        assertThat(code).as(output.toString(StandardCharsets.UTF_8)).isZero();
    }

    /**
     * With the modules that the program and those it requires name, and no others of the JDK: the
     * providers of services that a whole JDK has would bring many more in.
     */
    private String runWithNothingElse(List<Path> path, String main) throws Exception {
        return java(path, main, List.of("--limit-modules", "app"));
    }

    private String java(List<Path> path, String main, List<String> options) throws Exception {
        List<Path> all = new ArrayList<>(path);
        all.add(directory.resolve("app"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of("-p", join(all), "-m", "app/app." + main));
        Path output = directory.resolve("output.txt");
        Path home = Files.createTempDirectory(directory, "home");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(home.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().putAll(environment());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
        String text = Files.readString(output);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }

    private static Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("AWS_ENDPOINT_URL_S3", s3.endpoint().toString());
        environment.put("AWS_REGION", LocalS3.REGION);
        environment.put("AWS_ACCESS_KEY_ID", LocalS3.ACCESS_KEY_ID);
        environment.put("AWS_SECRET_ACCESS_KEY", LocalS3.SECRET_ACCESS_KEY);
        environment.put("HTTP_SERVER", "http://127.0.0.1:" + http.getAddress().getPort());
        return environment;
    }

    private static String join(List<Path> path) {
        return String.join(File.pathSeparator, path.stream().map(Path::toString).toList());
    }
}
