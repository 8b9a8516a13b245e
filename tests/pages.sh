#!/usr/bin/env bash
# Opens every page of a demo server in Chromium, wide and narrow, light and dark; fails on what axe-core calls
# serious or critical, and when Swagger UI cannot be used. Screenshots are in target/pages.
# Usage: tests/pages.sh   (needs npm and chromium; GOPRO_TEST_BINARY, or the release binary)
set -euo pipefail
cd "$(dirname "$0")/.."
folder="$PWD/target/pages"
binary="$(realpath "${GOPRO_TEST_BINARY:-./target/release/gopro}")"
port="${GOPRO_TEST_PORT:-18480}"
url="http://127.0.0.1:$port"
data="$(mktemp -d)"
server=""
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$data"
}
trap stop EXIT
mkdir -p "$folder"
[ -d "$folder/node_modules/@axe-core/playwright" ] ||
    npm install --silent --no-fund --no-audit --prefix "$folder" playwright-core@1.65.1 @axe-core/playwright@4.14.0
cp tests/pages/pages.mjs "$folder"
"$binary" serve --demo --set data.folder="$data" --set server.address="127.0.0.1:$port" \
    --set server.internal_address="127.0.0.1:$((port + 1))" --set limits.auth_requests_per_minute=10000 \
    --set log.level=warn >"$folder/server.log" 2>&1 &
server=$!
for _ in $(seq 600); do
    if curl -fs "$url/readyz" >/dev/null; then break; fi
    sleep 0.1
done
curl -fs -o /dev/null "$url/api/v1/auth/register" -H 'Content-Type: application/json' \
    -d '{"username":"ada","email":"ada@example.org","password":"several words keep well","display_name":"Ada Lovelace"}'
for _ in $(seq 100); do
    if ls "$data"/mail/*.eml >/dev/null 2>&1; then break; fi
    sleep 0.1
done
python3 - "$data" >"$folder/email.html" <<'END'
import email, email.policy, glob, sys
path = glob.glob(sys.argv[1] + "/mail/*.eml")[0]
message = email.message_from_binary_file(open(path, "rb"), policy=email.policy.default)
print(message.get_body(("html",)).get_content())
END
node "$folder/pages.mjs" "$url" "$(command -v chromium)"
