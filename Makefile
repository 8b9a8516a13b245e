# What people of this project do often.

SHELL := /bin/bash

.PHONY: test check openapi graph docs bench faults schemathesis split split-demo

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
	cargo build --release --locked --features rabbitmq --bin gopro --examples
	python3 tests/bench/bench.py
	./target/release/examples/hop
	./target/release/examples/events "$${AMQP_URL:-amqp://guest:guest@127.0.0.1:5672/%2f}"
	python3 tests/bench/split.py

# What breaks and what holds all the same: a line for each fault, with its numbers.
faults:
	cargo test --features rabbitmq --test it --no-run
	set -o pipefail; GOPRO_TEST_POSTGRES_URL=$${GOPRO_TEST_POSTGRES_URL:-postgres://postgres@127.0.0.1:5432/postgres} GOPRO_TEST_BUS=rabbitmq GOPRO_TEST_FAULTS=whole \
		cargo test --features rabbitmq --test it -- bus:: faults:: rolling:: gateway:: cache:: sagas:: --nocapture --test-threads 1 2>&1 \
		| grep --line-buffered -oE 'R-[0-9]{2} .*|test result.*|.*FAILED|left out.*'

# The split deployment as processes of this machine, until Ctrl-C.
split:
	cargo build --release --locked --features rabbitmq
	tests/split.sh

# The journey of the tests through the same five processes, which are killed between its steps.
split-demo:
	GOPRO_TEST_POSTGRES_URL=$${GOPRO_TEST_POSTGRES_URL:-postgres://postgres@127.0.0.1:5432/postgres} GOPRO_TEST_BUS=rabbitmq \
		cargo test --features rabbitmq --test it -- journey::the_way_through_split --nocapture
