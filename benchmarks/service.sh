#!/usr/bin/env bash
# POST /ingest per second over keep-alive connections, with the memory store: ./service.sh [seconds] [connections] [rate]
# Without a rate as fast as it goes; with one, each connection waits between its requests.
# Needs wrk, and the jar of the examples (mvn -q package -DskipTests).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
seconds=${1:-20} connections=${2:-64} rate=${3:-0}
export PAUSE_MS=$((rate == 0 ? 0 : 1000 * connections / rate))
jar=../ingest-examples/target/ingest-examples.jar
out=$(mktemp -d)
trap 'kill "$service" 2>/dev/null || true; wait "$service" 2>/dev/null || true; rm -rf "$out"' EXIT

DATABASE_URL=memory MAX_QUEUED=100000000 HOST=127.0.0.1 PORT=0 STOP_SECONDS=0 \
    java -Xmx1g -cp "$jar" io.ingest4j.examples.IngestService >"$out/out" 2>"$out/err" &
service=$!
until url=$(sed -n 's/^listening on //p' "$out/out") && [[ -n "$url" ]]; do
    kill -0 "$service" || { cat "$out/err" >&2; exit 1; }
    sleep 0.1
done

wrk -t 1 -c "$connections" -d 5 -s service.lua "${url}ingest" >/dev/null   # warm-up
wrk -t 1 -c "$connections" -d "$seconds" -s service.lua --latency "${url}ingest"
