#!/usr/bin/env bash
# How long a killed job takes, from the start of its process, to the first request that continues it: wherever in an
# object of 10 GB it was killed. The limit is 5,000/s, so two seconds are its period and lateArrival.
# Usage: benchmarks/restart.sh [KILLS] [RECORDS]
# Uses `java` of the PATH, or of JAVA_HOME; curl; twice the object's size on the disk of /tmp.
set -euo pipefail
cd "$(dirname "$0")/.."

kills=${1:-10}
records=${2:-100000000}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=$PWD/ingest-examples/target/ingest-examples.jar
[ -f "$jar" ] || mvn -q package -DskipTests

work=$(mktemp -d)
servers=
job=
stop() {
    for pid in $job $servers; do
        kill -9 "$pid" 2> /dev/null && wait "$pid" 2> /dev/null || true
    done
    rm -rf "$work"
}
trap stop EXIT
cd "$work"

requests() {
    curl -s "$endpoint/counts" | sed -E 's/.*"requests":([0-9]+).*/\1/'
}

"$java" -version 2>&1 | head -1
"$java" -Djava.io.tmpdir="$work" -cp "$jar" io.ingest4j.examples.S3ToApi --serve --rate 0 --records "$records" \
    > .env 2> servers.log &
servers=$!
until grep -q RATE_LIMIT_PERIOD .env; do
    kill -0 "$servers" 2> /dev/null || { cat servers.log >&2; exit 1; }
    sleep 0.5
done
sed -i 's/^RATE_LIMIT_CALLS=.*/RATE_LIMIT_CALLS=5000/' .env
endpoint=$(sed -nE 's/^API_ENDPOINT=(.*)\/process$/\1/p' .env)
echo "the object: $(du -sh --apparent-size "$work" | cut -f1)"

for run in $(seq "$kills"); do
    # On through the object, as fast as it goes.
    "$java" -Xmx256m -cp "$jar" io.ingest4j.examples.S3ToApi --batch-size 1000 --rate 0 > job.log 2>&1 &
    job=$!
    sleep $((8 + RANDOM % 5))
    kill -9 "$job" 2> /dev/null || { cat job.log; exit 0; }
    wait "$job" 2> /dev/null || true
    sleep 1
    before=$(requests)
    start=$(date +%s%N)
    "$java" -Xmx256m -cp "$jar" io.ingest4j.examples.S3ToApi --batch-size 1000 > job.log 2>&1 &
    job=$!
    until [ "$(requests)" -gt "$before" ]; do
        kill -0 "$job" 2> /dev/null || { cat job.log; exit 0; }
        sleep 0.02
    done
    echo "restart $run: $((($(date +%s%N) - start) / 1000000)) ms, $(grep -h continuing job.log)"
    sleep 1
    kill -9 "$job"
    wait "$job" 2> /dev/null || true
done
