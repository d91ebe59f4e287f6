#!/usr/bin/env bash
# The main job's figures: the rate reached under the limit, batches as fast as they go, and memory.
# Usage: benchmarks/main-job.sh [RUNS]
# Uses `java` of the PATH, or of JAVA_HOME. Each part prints a line a run.
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-3}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=$PWD/ingest-examples/target/ingest-examples.jar
mvn -q package -DskipTests

work=$(mktemp -d)
servers=
job_pid=
stop() {
    for pid in $job_pid $servers; do
        kill "$pid" 2> /dev/null && wait "$pid" || true
    done
    rm -rf "$work"
}
trap stop EXIT
cd "$work"

job() { # JVM options, then --, then arguments
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    exec "$java" "${options[@]}" -cp "$jar" io.ingest4j.examples.S3ToApi "$@"
}

value() { # the number of a member in report.json
    sed -E "s/.*\"$1\":([0-9.E-]+).*/\1/" report.json
}

read_records() {
    sed -E 's/.*"records":\{"read":([0-9]+).*/\1/' report.json
}

"$java" -version 2>&1 | head -1

echo "limit: 150,000 records, one a request, 5,000/s"
for run in $(seq "$runs"); do
    (job -- --batch-size 1 --records 150000 --report report.json > job.log)
    echo "run $run: $(value averagePerSecond) records/s on average, latency $(value meanLatencySeconds) s," \
        "rejected $(value rejected), fullest second $(value maxPerWindow), read $(read_records)," \
        "received $(value records), unique $(value unique), missing $(value missing)"
done

echo "batches: 10,000,000 records, 1,000 a request, no limit, servers in the same JVM"
for run in $(seq "$runs"); do
    (job -- --rate 0 --batch-size 1000 --records 10000000 --report report.json > job.log)
    echo "run $run: $(value averagePerSecond) records/s on average, $(value peakPerSecond) at the peak," \
        "unique $(value unique), missing $(value missing), duplicates $(value duplicates)"
done

echo "memory: batches of 1,000, the job in a JVM of its own, -Xmx64m -XX:MaxDirectMemorySize=32m"
for records in 1000000 5000000; do
    (job -- --serve --rate 0 --records "$records" > .env 2> servers.log) &
    servers=$!
    until grep -q RATE_LIMIT_PERIOD .env; do
        kill -0 "$servers" 2> /dev/null || { cat servers.log >&2; exit 1; }
        sleep 0.2
    done
    (job -Xmx64m -XX:MaxDirectMemorySize=32m -- --batch-size 1000 --report report.json > job.log) &
    job_pid=$!
    rss=0
    while now=$(sed -nE 's/^VmHWM:\s*([0-9]+) kB/\1/p' "/proc/$job_pid/status" 2> /dev/null) && [ -n "$now" ]; do
        rss=$now
        sleep 0.2
    done
    wait "$job_pid"
    job_pid=
    endpoint=$(sed -nE 's/^API_ENDPOINT=(.*)\/process$/\1/p' .env)
    echo "$records records: largest RSS $((rss / 1024)) MiB, $(value averagePerSecond) records/s," \
        "counts $(curl -s "$endpoint/counts")"
    kill "$servers"
    wait "$servers" || true
    servers=
    rm .env
done
