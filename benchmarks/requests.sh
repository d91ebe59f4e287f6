#!/usr/bin/env bash
# One request per record, unthrottled: the main job against nginx, beside wrk with as many connections
# and the same kind of body, and beside a bare loop of HttpClient.send(). Usage: benchmarks/requests.sh [RUNS] [RECORDS] [CONNECTIONS]
# Uses `java` of the PATH, or of JAVA_HOME. Installs nginx and wrk from Debian's packages if missing.
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-5}
records=${2:-500000}
connections=${3:-20}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=ingest-examples/target/ingest-examples.jar
s3ToApi=("$java" -cp "$PWD/$jar" io.ingest4j.examples.S3ToApi)

missing=()
for tool in nginx wrk; do
    command -v "$tool" > /dev/null || missing+=("$tool")
done
if [ ${#missing[@]} -gt 0 ]; then
    apt-get install -y --no-install-recommends "${missing[@]}" > /dev/null
fi
mvn -q package -DskipTests

work=$(mktemp -d)
servers=
stop() {
    [ -z "$servers" ] || kill "$servers" 2> /dev/null || true
    [ ! -f "$work/nginx.pid" ] || kill "$(cat "$work/nginx.pid")" 2> /dev/null || true
    rm -rf "$work"
}
trap stop EXIT

port=$((20000 + RANDOM % 10000))
cat > "$work/nginx.conf" << CONF
worker_processes 2;
pid $work/nginx.pid;
error_log $work/error.log;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    server {
        listen 127.0.0.1:$port;
        location / { default_type application/json; return 200 '{"received":1}'; }
    }
}
CONF
nginx -c "$work/nginx.conf"

cat > "$work/post.lua" << 'LUA'
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"id":"12345","name":"Jane Miller","email":"jane.miller7@example.com",' ..
    '"address":"12 High Street","city":"Leeds","amount":"17.25","date":"2020-01-02","note":""}'
LUA

"${s3ToApi[@]}" --serve --records "$records" > "$work/.env" 2> "$work/servers.log" &
servers=$!
until grep -q RATE_LIMIT_PERIOD "$work/.env"; do
    kill -0 "$servers" 2> /dev/null || { cat "$work/servers.log" >&2; exit 1; }
    sleep 0.2
done
sed -i -e '/^API_ENDPOINT=/d' -e '/^RATE_LIMIT/d' "$work/.env"
printf 'API_ENDPOINT=http://127.0.0.1:%s/process\nMAX_WORKERS=%s\n' "$port" "$connections" >> "$work/.env"

ratio() {
    awk "BEGIN { printf \"%.2f\", $1 / $2 }"
}

"$java" -version 2>&1 | head -1
echo "requests/s with $connections connections, $records records:"
for run in $(seq "$runs"); do
    (cd "$work" && "${s3ToApi[@]}" --rate 0 --batch-size 1 --report report.json > job.log)
    job=$(sed -E 's/.*"averagePerSecond":([0-9]+).*/\1/' "$work/report.json")
    peak=$(sed -E 's/.*"peakPerSecond":([0-9]+).*/\1/' "$work/report.json")
    wrk -t 2 -c "$connections" -d 10s -s "$work/post.lua" "http://127.0.0.1:$port/process" > "$work/wrk.log"
    wrk=$(sed -nE 's/^Requests\/sec: *([0-9]+).*/\1/p' "$work/wrk.log")
    bare=$("$java" -cp benchmarks/target/benchmarks.jar io.ingest4j.benchmarks.SendLoop \
        "http://127.0.0.1:$port/process" "$connections")
    echo "run $run: job $job on average, $peak in its best second, bare send() $bare, wrk $wrk," \
        "job/wrk $(ratio "$job" "$wrk")"
done
