#!/usr/bin/env bash
# All checks of schemathesis, its default, as three users, each against a server of its own:
# GOPRO_TEST_BINARY, or the release binary. tests/schemathesis.toml lists the expected responses.
# Usage: tests/schemathesis.sh [examples per operation, 200] [seed; without one, new requests each time]
set -euo pipefail
cd "$(dirname "$0")/.."
examples="${1:-200}"
seed=()
[ -z "${2:-}" ] || seed=(--seed "$2")
folder="$(mktemp -d)"
port="${GOPRO_TEST_PORT:-18080}"
config="$PWD/tests/schemathesis.toml"
binary="$(realpath "${GOPRO_TEST_BINARY:-./target/release/gopro}")"
password="correct horse battery staple"
runs=()
stop() {
    [ "${#runs[@]}" -eq 0 ] || kill "${runs[@]}" 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap stop EXIT

log_in() {
    curl -fs "$url/api/v1/auth/login" -H 'Content-Type: application/json' \
        -d "{\"login\":\"$1\",\"password\":\"$password\"}" | jq -r .access_token
}

# Runs as one user, on a server at this port; further arguments select the operations.
# One worker, because threads that parse Python source at once can break each other: CPython then raises
# "AST constructor recursion depth mismatch". Users run at the same time instead.
try_as() {
    local port="$1" user="$2" data="$folder/$1" url="http://127.0.0.1:$1" failed=0 server token
    shift 2
    mkdir "$data"
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
        "$binary" serve --demo >/dev/null &
    server=$!
    # shellcheck disable=SC2064 # This very server.
    trap "kill $server 2>/dev/null || true" EXIT
    for _ in $(seq 100); do
        if curl -fs "$url/readyz" >/dev/null; then break; fi
        sleep 0.1
    done
    token="$(log_in "$user")"
    # Ending all sessions must not end the session of the run itself.
    SPARE_TOKEN="$(log_in "$([ "$user" = instructor ] && echo learner || echo instructor)")"
    export SPARE_TOKEN
    echo "== as $user, $examples examples per operation $*"
    (cd "$data" && st --config-file "$config" run "$url/openapi.json" --url "$url" \
        --header "Authorization: Bearer $token" "$@" \
        --max-examples "$examples" "${seed[@]}" --workers 1 --no-color \
        --generation-database none) || failed=1
    kill "$server"
    wait "$server" || { echo "the server did not shut down cleanly" >&2; failed=1; }
    trap - EXIT
    return "$failed"
}

# These end the sessions of the given user, who may be the administrator of the run.
ending=(update_user delete_user revoke_user_sessions start_user_password_reset reset_user_mfa)
excluded=()
for operation in "${ending[@]}"; do
    excluded+=(--exclude-operation-id "$operation")
done
try_ending() {
    local failed=0 number=0
    for operation in "${ending[@]}"; do
        number=$((number + 1))
        try_as $((port + 30 + 2 * number)) admin --include-operation-id "$operation" || failed=1
    done
    return "$failed"
}

begin() {
    ("$@") >"$folder/${#runs[@]}.log" 2>&1 &
    runs+=("$!")
}
begin try_as "$port" learner
begin try_as $((port + 10)) instructor
begin try_as $((port + 20)) admin "${excluded[@]}"
begin try_ending
failed=0
for number in "${!runs[@]}"; do
    wait "${runs[$number]}" || failed=1
    cat "$folder/$number.log"
done
exit "$failed"
