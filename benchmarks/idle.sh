#!/usr/bin/env bash
# The ingestion service with nothing to do, on each store: ./idle.sh [seconds]
# Prints the share of a core that the service takes, and for PostgreSQL what its server takes, and transactions a second.
# Needs the jar of the examples (mvn -q package -DskipTests), and root and Debian's postgresql for the last store.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
seconds=${1:-60} warm_up=30
jar=../ingest-examples/target/ingest-examples.jar
out=$(mktemp -d)
chmod 755 "$out"
stop() {
    [[ -z "${service:-}" ]] || { kill "$service" 2>/dev/null; wait "$service" 2>/dev/null; } || true
    service=""
}
trap 'stop; [[ ! -d "$out/data" ]] || as_nobody "$bin/pg_ctl" -D "$out/data" -m immediate stop >/dev/null; rm -rf "$out"' EXIT

as_nobody() { setpriv --reuid nobody --regid nogroup --clear-groups "$@"; }

# CPU time of processes, in seconds; a server's backends come and go, so theirs is that of all of its kind.
cpu() { awk -v tick="$(getconf CLK_TCK)" '{ sum += $14 + $15 } END { print sum / tick }' "$@"; }
service_cpu() { cpu "/proc/$service/stat"; }
server_cpu() { cat $(pgrep -u nobody postgres | sed 's|.*|/proc/&/stat|') | cpu; }
transactions() {
    as_nobody "$bin/psql" -h "$out" -U nobody -d postgres -Atc \
        "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'schedule'"
}

measure() { # name, DATABASE_URL and more settings
    local name=$1 before after
    shift
    env "$@" HOST=127.0.0.1 PORT=0 java -Xmx256m -cp "$jar" io.ingest4j.examples.IngestService >"$out/out" 2>"$out/err" &
    service=$!
    until grep -q '^listening on' "$out/out"; do
        kill -0 "$service" || { cat "$out/err" >&2; exit 1; }
        sleep 0.1
    done
    sleep "$warm_up"
    before=$(service_cpu)
    [[ "$name" != postgres ]] || { server_before=$(server_cpu) transactions_before=$(transactions); }
    sleep "$seconds"
    after=$(service_cpu)
    awk -v name="$name" -v a="$before" -v b="$after" -v s="$seconds" \
        'BEGIN { printf "%-10s service %.2f %% of a core\n", name, 100 * (b - a) / s }'
    if [[ "$name" == postgres ]]; then
        awk -v a="$server_before" -v b="$(server_cpu)" -v s="$seconds" \
            -v c="$transactions_before" -v d="$(transactions)" \
            'BEGIN { printf "%-10s server %.2f %% of a core, %.1f transactions/s\n", "", 100 * (b - a) / s, (d - c) / s }'
    fi
    stop
}

measure memory DATABASE_URL=memory
measure sqlite DATABASE_FILE="$out/idle.db"
bin=$(echo /usr/lib/postgresql/*/bin)
if [[ -x "$bin/postgres" ]] && ((EUID == 0)); then
    install -d -o nobody -g nogroup "$out/data"
    chown nobody "$out"
    as_nobody "$bin/initdb" -D "$out/data" -U nobody -A trust >/dev/null
    as_nobody "$bin/pg_ctl" -D "$out/data" -w -l "$out/log" -o "-p 54329 -k $out" start >/dev/null
    as_nobody "$bin/createdb" -h "$out" -p 54329 -U nobody schedule
    export PGPORT=54329
    measure postgres DATABASE_URL="postgresql://nobody@127.0.0.1:54329/schedule"
fi
