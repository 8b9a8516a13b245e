#!/usr/bin/env bash
# Signs in to a server through a certified OpenID provider, oidc-provider of npm: GOPRO_TEST_BINARY, or the
# release binary.
# Usage: tests/providers.sh   (needs npm)
set -euo pipefail
cd "$(dirname "$0")/.."
folder="$PWD/target/providers"
binary="$(realpath "${GOPRO_TEST_BINARY:-./target/release/gopro}")"
port="${GOPRO_TEST_PORT:-18380}"
url="http://127.0.0.1:$port"
provider_port="$((port + 2))"
data="$(mktemp -d)"
server=""
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$data"
}
trap stop EXIT
mkdir -p "$folder"
[ -d "$folder/node_modules/oidc-provider" ] ||
    npm install --silent --no-fund --no-audit --prefix "$folder" oidc-provider@9.13.3
cp tests/providers/certified.mjs "$folder"
school=auth.providers.school
"$binary" serve --set data.folder="$data" --set server.address="127.0.0.1:$port" \
    --set server.internal_address="127.0.0.1:$((port + 1))" --set server.public_url="$url" \
    --set limits.auth_requests_per_minute=10000 --set log.level=warn \
    --set $school.issuer="http://127.0.0.1:$provider_port" --set $school.client_id=gopro \
    --set $school.client_secret="a secret of the school" \
    --set $school.role_claim=groups --set $school.instructors=teachers >"$folder/server.log" 2>&1 &
server=$!
for _ in $(seq 300); do
    if curl -fs "$url/readyz" >/dev/null; then break; fi
    sleep 0.1
done
node "$folder/certified.mjs" "$url" "$provider_port" 2>"$folder/provider.log" || {
    cat "$folder/server.log" "$folder/provider.log" >&2
    exit 1
}
