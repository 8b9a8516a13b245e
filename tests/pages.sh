#!/usr/bin/env bash
# Opens every page of a demo server in Chromium, wide and narrow, light and dark; fails on what axe-core calls
# serious or critical, and when Swagger UI cannot be used. Screenshots are in target/pages.
# Usage: tests/pages.sh   (needs npm and chromium; GOPRO_TEST_BINARY, or the release binary)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/server.sh
. tests/server.sh
folder="$PWD/target/pages"
mkdir -p "$folder"
[ -d "$folder/node_modules/@axe-core/playwright" ] ||
    npm install --silent --no-fund --no-audit --prefix "$folder" playwright-core@1.65.1 @axe-core/playwright@4.14.0
cp tests/pages/pages.mjs "$folder"
start_server "${GOPRO_TEST_PORT:-18480}" "$folder/server.log" --demo
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
link="$(grep -o "$url/docs/#demo=.*" "$folder/server.log")"
node "$folder/pages.mjs" "$url" "$(command -v chromium)" "$link"
