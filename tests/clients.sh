#!/usr/bin/env bash
# Generates clients from the API description, compiles them under strict settings, and runs docs/examples
# with them against a server: GOPRO_TEST_BINARY, or the release binary.
# Usage: tests/clients.sh [all]   (needs npm and python3; "all" also needs cargo and java, and takes minutes)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/server.sh
. tests/server.sh
root="$PWD"
folder="$root/target/clients"
password="correct horse battery staple"
mkdir -p "$folder"
# Generated from what is committed; a test compares that with what the server serves.
description="$root/openapi/openapi.json"

echo "== TypeScript"
# The versions are those of the example; openapi-typescript is only tried here.
cp docs/examples/package.json "$folder"
npm install --silent --no-fund --no-audit --no-save --prefix "$folder" openapi-typescript@7.13.0
export PATH="$folder/node_modules/.bin:$PATH"
cp docs/examples/*.ts docs/examples/tsconfig.json "$folder"
(
    cd "$folder"
    openapi-ts -i "$description" -o client >/dev/null
    openapi-typescript "$description" -o paths.d.ts >/dev/null
    tsc -p .
)

echo "== Python"
[ -x "$folder/venv/bin/pip" ] || python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openapi-python-client==0.29.1 datamodel-code-generator==0.89.0 mypy==2.4.1
export PATH="$folder/venv/bin:$PATH"
cp docs/examples/*.py "$folder"
(
    cd "$folder"
    openapi-python-client generate --path "$description" --meta none --output-path go_pro_client --overwrite \
        --config "$root/docs/examples/openapi-python-client.yaml" >generated.log 2>&1
    # Something that could not be generated is only a warning of the generator.
    if grep -E "WARNING|ERROR|Unable" generated.log; then exit 1; fi
    datamodel-codegen --input "$description" --input-file-type openapi --output models.py --use-annotated \
        --output-model-type pydantic_v2.BaseModel --formatters builtin --target-python-version 3.11 2>/dev/null
    mypy --strict report.py go_pro_client models.py
)

if [ "${1:-}" = all ]; then
    # Not compiled here: the libraries of the Java and Go clients come from registries of their own. progenitor
    # reads OpenAPI 3.0 only.
    pip install -q openapi-generator-cli==7.26.0
    for language in rust java go; do
        echo "== $language, openapi-generator"
        openapi-generator-cli generate -i "$description" -g "$language" -o "$folder/$language" >"$folder/generated.log" 2>&1
    done
    cargo check --quiet --manifest-path "$folder/rust/Cargo.toml" --target-dir "$folder/rust/target"
fi

echo "== the examples"
start_server "${GOPRO_TEST_PORT:-18180}" "$folder/server.log" --demo --set demo.learner_password="$password" \
    --set demo.instructor_password="$password" --set demo.admin_password="$password"
cd "$folder"
learned="$(tsx learner.ts "$url" learner "$password")"
echo "$learned"
grep -q "^progress: 1 of 5" <<<"$learned"
reported="$(python report.py "$url" instructor "$password" go-from-zero)"
echo "$reported"
grep -q "0 of     1 passed  Syntax and basic types" <<<"$reported"
