#!/usr/bin/env bash
# Signs in to a server through a certified OpenID provider, oidc-provider of npm: GOPRO_TEST_BINARY, or the
# release binary.
# Usage: tests/providers.sh   (needs npm and chromium)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/server.sh
. tests/server.sh
folder="$PWD/target/providers"
port="${GOPRO_TEST_PORT:-18380}"
mkdir -p "$folder"
[ -d "$folder/node_modules/playwright-core" ] ||
    npm install --silent --no-fund --no-audit --prefix "$folder" oidc-provider@9.13.3 playwright-core@1.65.1
cp tests/providers/certified.mjs "$folder"
school=auth.providers.school
start_server "$port" "$folder/server.log" --set $school.issuer="http://127.0.0.1:$((port + 2))" \
    --set $school.client_id=gopro --set $school.client_secret="a secret of the school" \
    --set $school.label="School of Ada" --set $school.role_claim=groups --set $school.instructors=teachers
node "$folder/certified.mjs" "$url" "$((port + 2))" "$(command -v chromium)" 2>"$folder/provider.log" || {
    cat "$folder/server.log" "$folder/provider.log" >&2
    exit 1
}
