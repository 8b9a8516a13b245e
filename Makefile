# What people of this project do often.

.PHONY: test check openapi graph docs bench schemathesis

test:
	cargo test --workspace

check:
	bash .ci/run

openapi:
	mkdir -p openapi
	cargo run -q -- openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

graph:
	cargo metadata --no-deps --format-version 1 --offline | jq -r '.packages[] | .name as $$from | .dependencies[] | select(.path != null and .kind == null) | "\($$from) -> \(.name)"' | LC_ALL=C sort -u > docs/module-graph.txt

docs:
	mkdir -p docs/operations
	cargo run -q -- config reference > docs/operations/configuration.md

schemathesis:
	cargo build --release --locked
	tests/schemathesis.sh

bench:
	cargo build --release --locked --bin gopro --example bare --example argon2
	python3 tests/bench/bench.py
