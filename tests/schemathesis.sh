#!/usr/bin/env bash
# All checks of schemathesis, its default, as three users against a running server:
# GOPRO_TEST_BINARY, or the release binary. tests/schemathesis.toml lists the expected responses.
# Usage: tests/schemathesis.sh [examples per operation, 200]
set -euo pipefail
cd "$(dirname "$0")/.."
examples="${1:-200}"
data="$(mktemp -d)"
port="${GOPRO_TEST_PORT:-18080}"
config="$PWD/tests/schemathesis.toml"
url="http://127.0.0.1:$port"
password="correct horse battery staple"
server=""
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$data"
}
trap stop EXIT

start() {
    rm -rf "$data/data"
    GOPRO__DEMO__LEARNER_PASSWORD="$password" \
    GOPRO__DEMO__INSTRUCTOR_PASSWORD="$password" \
    GOPRO__DEMO__ADMIN_PASSWORD="$password" \
    GOPRO__DATA__FOLDER="$data/data" \
    GOPRO__SERVER__ADDRESS="127.0.0.1:$port" \
    GOPRO__SERVER__INTERNAL_ADDRESS="127.0.0.1:$((port + 1))" \
    GOPRO__AUTH__ACCESS_TOKEN_MINUTES=60 \
    GOPRO__LIMITS__REQUESTS_PER_MINUTE=10000000 \
    GOPRO__LIMITS__AUTH_REQUESTS_PER_MINUTE=10000000 \
    GOPRO__LOG__LEVEL=error \
        "${GOPRO_TEST_BINARY:-./target/release/gopro}" serve --demo >/dev/null &
    server=$!
    for _ in $(seq 100); do
        curl -fs "$url/readyz" >/dev/null && return
        sleep 0.1
    done
    echo "the server did not start" >&2
    exit 1
}

log_in() {
    curl -fs "$url/api/v1/auth/login" -H 'Content-Type: application/json' \
        -d "{\"login\":\"$1\",\"password\":\"$password\"}" | jq -r .access_token
}

failed=0
# One worker, because threads that parse Python source at once can break each other: CPython then raises
# "AST constructor recursion depth mismatch".
# Runs as one user, on a separate server; further arguments select the operations.
try_as() {
    local person="$1" token spare
    shift
    start
    token="$(log_in "$person")"
    # Ending all sessions must not end the session of the run itself.
    spare="instructor"
    [ "$person" != instructor ] || spare="learner"
    SPARE_TOKEN="$(log_in "$spare")"
    export SPARE_TOKEN
    echo "== as $person, $examples examples per operation $*"
    (cd "$data" && st --config-file "$config" run "$url/openapi.json" --url "$url" \
        --header "Authorization: Bearer $token" "$@" \
        --max-examples "$examples" --workers 1 --no-color \
        --generation-database none) || failed=1
    kill "$server"
    wait "$server" || { echo "the server did not shut down cleanly" >&2; failed=1; }
    server=""
}

try_as learner
try_as instructor
# These end the sessions of the given user, who may be the administrator of the run.
ending=(update_user delete_user revoke_user_sessions start_user_password_reset reset_user_mfa)
excluded=()
for operation in "${ending[@]}"; do
    excluded+=(--exclude-operation-id "$operation")
done
try_as admin "${excluded[@]}"
for operation in "${ending[@]}"; do
    try_as admin --include-operation-id "$operation"
done
exit "$failed"
