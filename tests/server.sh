# shellcheck shell=bash
# A server for a script, with data of its own, which ends with the script: GOPRO_TEST_BINARY, or the release
# binary. To be sourced from the root of the repository.

binary="$(realpath "${GOPRO_TEST_BINARY:-./target/release/gopro}")"
data="$(mktemp -d)"
server=""
stop_server() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$data"
}
trap stop_server EXIT

# start_server PORT LOG [ARGUMENT...]: serves at $url.
start_server() {
    local port="$1" log="$2"
    shift 2
    url="http://127.0.0.1:$port"
    "$binary" serve --set data.folder="$data" --set server.address="127.0.0.1:$port" \
        --set server.internal_address="127.0.0.1:$((port + 1))" --set server.public_url="$url" \
        --set limits.auth_requests_per_minute=10000 --set log.level=warn "$@" >"$log" 2>&1 &
    server=$!
    for _ in $(seq 600); do
        if curl -fs "$url/readyz" >/dev/null; then return; fi
        sleep 0.1
    done
    cat "$log" >&2
    exit 1
}
