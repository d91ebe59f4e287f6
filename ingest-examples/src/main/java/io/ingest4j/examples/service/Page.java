package io.ingest4j.examples.service;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;

/** A file of the class path as the service serves it. */
final class Page implements Endpoint {

    private static final String OWN = "ingest-service/";
    private static final Pattern INLINE =
            Pattern.compile("<(script|style)>(.*?)</\\1>", Pattern.DOTALL);

    private final String contentType;
    private final byte[] content;

    /** The Content-Security-Policy; empty for what is no page. */
    private final String policy;

    private Page(String contentType, byte[] content, String policy) {
        this.contentType = contentType;
        this.content = content;
        this.policy = policy;
    }

    /** A page whose own scripts and styles are allowed by their digests, and nothing else is. */
    static Page closed(String file) {
        String html = new String(read(OWN + file), StandardCharsets.UTF_8);
        StringBuilder scripts = new StringBuilder();
        StringBuilder styles = new StringBuilder();
        Matcher inline = INLINE.matcher(html);
        while (inline.find()) {
            (inline.group(1).equals("script") ? scripts : styles)
                    .append(" 'sha256-")
                    .append(digest(inline.group(2)))
                    .append('\'');
        }
        return html(
                html,
                "default-src 'none'; connect-src 'self'; img-src data:; script-src"
                        + scripts
                        + "; style-src"
                        + styles);
    }

    /** A page for a program that brings its own styles, images and workers along. */
    static Page forProgram(String file) {
        return html(
                new String(read(OWN + file), StandardCharsets.UTF_8),
                "default-src 'none'; connect-src 'self'; script-src 'self'; font-src data:;"
                        + " style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src blob:");
    }

    private static Page html(String html, String policy) {
        return new Page(
                "text/html; charset=utf-8",
                html.getBytes(StandardCharsets.UTF_8),
                policy + "; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    }

    static Page own(String file, String contentType) {
        return new Page(contentType, read(OWN + file), "");
    }

    /** A file of a webjar, whose version stands in the path. */
    static Page webjar(String name, String file, String contentType) {
        Properties properties = new Properties();
        String where = "META-INF/maven/org.webjars/" + name + "/pom.properties";
        try (InputStream in = open(where)) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String version = properties.getProperty("version");
        return new Page(
                contentType,
                read("META-INF/resources/webjars/" + name + "/" + version + "/" + file),
                "");
    }

    /** The same with other text in place of some, such as an address elsewhere that would be refused. */
    Page with(String text, String other) {
        String old = new String(content, StandardCharsets.UTF_8);
        if (!old.contains(text)) {
            throw new IllegalStateException("not in the file: " + text);
        }
        return new Page(
                contentType, old.replace(text, other).getBytes(StandardCharsets.UTF_8), policy);
    }

    @Override
    public void handle(Exchange exchange) {
        if (policy.isEmpty()) {
            exchange.headers().put(HttpHeader.CACHE_CONTROL, "public, max-age=3600");
        } else {
            exchange.headers().put(HttpHeader.CACHE_CONTROL, "no-cache");
            exchange.headers().put("Content-Security-Policy", policy);
            exchange.headers().put("Referrer-Policy", "no-referrer");
        }
        exchange.send(200, contentType, content);
    }

    private static byte[] read(String resource) {
        try (InputStream in = open(resource)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String resource) {
        InputStream in = Page.class.getClassLoader().getResourceAsStream(resource);
        if (in == null) {
            throw new IllegalStateException("not on the class path: " + resource);
        }
        return in;
    }

    private static String digest(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
