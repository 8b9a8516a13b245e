#!/usr/bin/env bash
# The split deployment as local processes: four services and the gateway in front of them, on an
# existing PostgreSQL server and RabbitMQ server. Ends with Ctrl-C.
# Usage: tests/split.sh   (DATABASE_URL, AMQP_URL, and GOPRO_TEST_PORT override the defaults)
set -euo pipefail
cd "$(dirname "$0")/.."
database="${DATABASE_URL:-postgres://postgres@127.0.0.1:5432/gopro_split}"
broker="${AMQP_URL:-amqp://guest:guest@127.0.0.1:5672/%2f}"
port="${GOPRO_TEST_PORT:-8082}"
binary="${GOPRO_TEST_BINARY:-./target/release/gopro}"
folder="target/split"
mkdir -p "$folder"
if ! psql -qAt "$database" -c 'SELECT 1' >/dev/null 2>&1; then
    psql -q "${database%/*}/postgres" -c "CREATE DATABASE ${database##*/}"
fi
[ -s "$folder/master.key" ] || head -c 32 /dev/urandom | base64 >"$folder/master.key"

export GOPRO__AUTH__MASTER_KEY_FILE="$folder/master.key"
export GOPRO__BUS__KIND=rabbitmq
export GOPRO__BUS__URL="$broker"
# Each address is an installation of its own.
export GOPRO__BUS__PREFIX="gopro-split-$port"
export GOPRO__DATABASE__URL="$database"
export GOPRO__DATA__FOLDER="$folder/data"
export GOPRO__MIGRATE__ON_START=always
export GOPRO__SERVER__PUBLIC_URL="http://127.0.0.1:$port"
export GOPRO__RPC__USER="http://127.0.0.1:$((port + 21))"
export GOPRO__RPC__COURSE="http://127.0.0.1:$((port + 22))"

processes=()
stop() {
    trap - EXIT INT TERM
    kill "${processes[@]}" 2>/dev/null || true
    wait "${processes[@]}" 2>/dev/null || true
}
trap stop EXIT INT TERM

# The demo comes first: it prints the passwords of its accounts when it creates them.
"$binary" seed demo
number=0
for module in user course progress notification; do
    number=$((number + 1))
    rpc=""
    case "$module" in
    user | course) rpc="127.0.0.1:$((port + 20 + number))" ;;
    esac
    # A service only sees the gateway, which enforces the rate limits.
    "$binary" serve --modules "$module" \
        --set limits.requests_per_minute=100000000 \
        --set limits.auth_requests_per_minute=100000000 \
        --set server.trusted_proxies=127.0.0.1 \
        --set "server.address=127.0.0.1:$((port + number))" \
        --set "server.internal_address=127.0.0.1:$((port + 10 + number))" \
        --set "rpc.address=$rpc" >"$folder/$module.log" 2>&1 &
    processes+=("$!")
done
"$binary" gateway \
    --set "server.address=127.0.0.1:$port" \
    --set "server.internal_address=127.0.0.1:$((port + 10))" \
    --set "gateway.user=http://127.0.0.1:$((port + 1))" \
    --set "gateway.course=http://127.0.0.1:$((port + 2))" \
    --set "gateway.progress=http://127.0.0.1:$((port + 3))" \
    --set "gateway.notification=http://127.0.0.1:$((port + 4))" >"$folder/gateway.log" 2>&1 &
processes+=("$!")
for number in 0 1 2 3 4; do
    for _ in $(seq 100); do
        if curl -fs "http://127.0.0.1:$((port + number))/readyz" >/dev/null; then continue 2; fi
        sleep 0.1
    done
    echo "a process did not start; see $folder/*.log" >&2
    exit 1
done
echo "GO-PRO is running as five processes at http://127.0.0.1:$port; Swagger UI is at /docs."
echo "Their logs are in $folder; Ctrl-C ends all of them."
wait -n "${processes[@]}"
echo "a process has exited; see $folder/*.log" >&2
exit 1
