#!/usr/bin/env bash
# Files from HTTP into S3: throughput beside the SDK's S3TransferManager, which has the same bytes in memory, on the same
# server; then the example with a file of 6 GB in the heap that its parts need and 64 MB.
# Usage: benchmarks/upload.sh [ROUNDS] [MEGABYTES] [DIRECTORY]
# Uses `java` of the PATH, or of JAVA_HOME; twice the file's size in the directory (/tmp). A disk that is slow decides the
# throughput of both; /dev/shm takes it out, if there is memory enough. Either of the numbers may be 0.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-7}
megabytes=${2:-6000}
directory=${3:-/tmp}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
examples=$PWD/ingest-examples/target/ingest-examples.jar
benchmarks=$PWD/benchmarks/target/benchmarks.jar
[ -f "$examples" ] && [ -f "$benchmarks" ] || mvn -q package -DskipTests

work=$(mktemp -d -p "$directory")
servers=
stop() {
    [ -z "$servers" ] || { kill -9 "$servers" 2> /dev/null && wait "$servers" 2> /dev/null || true; }
    servers=
    rm -rf "$work"/s3 "$work"/ingest4j-*
}
trap 'stop; rm -rf "$work"' EXIT

# Starts servers in a process of their own, and takes over the settings that they print.
serve() {
    "$java" -Xmx1g -Djava.io.tmpdir="$work" -cp "$@" > "$work/settings" 2> "$work/log" &
    servers=$!
    until grep -q "^S3_ENDPOINT=" "$work/settings"; do
        kill -0 "$servers" 2> /dev/null || { cat "$work/log" >&2; exit 1; }
        sleep 0.2
    done
    set -a
    . "$work/settings"
    set +a
}

"$java" -version 2>&1 | head -1
if [ "$rounds" -gt 0 ]; then
    keytool -genkeypair -keyalg RSA -alias s3 -dname CN=localhost -ext SAN=dns:localhost -validity 3650 \
        -keystore "$work/keys.p12" -storetype PKCS12 -storepass password 2> /dev/null
    for tls in "$work/keys.p12 password" ""; do
        if [ -n "$tls" ]; then echo "S3 server with TLS, as AWS:"; else echo "S3 server without TLS:"; fi
        # shellcheck disable=SC2086
        serve "$benchmarks" io.ingest4j.benchmarks.TlsS3Server "$work/s3" $tls
        "$java" -Xmx2g -Djavax.net.ssl.trustStore="$work/keys.p12" -Djavax.net.ssl.trustStorePassword=password \
            -cp "$benchmarks" io.ingest4j.benchmarks.UploadThroughput "$rounds"
        stop
    done
fi

[ "$megabytes" -gt 0 ] || exit 0
serve "$examples" io.ingest4j.examples.HttpToS3 --serve --file-mb "$megabytes"
# One file at a time, four parts of 50 MiB: 200 MiB, and 64.
CONCURRENCY=1 S3_PARTS_IN_FLIGHT=4 LOG_LEVEL=WARNING \
    /usr/bin/env time -f "%e s, %M KiB resident" "$java" -Xmx264m -cp "$examples" io.ingest4j.examples.HttpToS3
