# Frequent development tasks.

SHELL := /bin/bash

.PHONY: clients test check coverage openapi graph docs dist bench work profile faults pages providers schemathesis widest split split-demo

test:
	cargo test --workspace

check:
	bash .ci/run

# Line coverage of the whole suite, by crate.
coverage:
	tests/coverage.sh

openapi:
	mkdir -p openapi
	cargo run -q -- openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

graph:
	cargo metadata --no-deps --format-version 1 --offline | jq -r '.packages[] | .name as $$from | .dependencies[] | select(.path != null and .kind == null) | "\($$from) -> \(.name)"' | LC_ALL=C sort -u > docs/module-graph.txt
	GOPRO_TEST_DRAW=1 cargo test -q --test it -- rooms::the_arrows

docs:
	mkdir -p docs/operations
	cargo run -q -- config reference > docs/operations/configuration.md

schemathesis:
	cargo build --release --locked
	tests/schemathesis.sh

# Clients generated from the API description, compiled and used.
clients:
	cargo build --release --locked
	tests/clients.sh

# A sign-in through a certified OpenID provider.
providers:
	cargo build --release --locked
	tests/providers.sh

# All pages in Chromium: accessible, and used as a new user would.
pages:
	cargo build --release --locked
	tests/pages.sh

# Cost of the widest, deepest, longest, and most invalid requests; fails if one costs too much.
widest:
	cargo build --release --locked
	python3 tests/widest.py

# The binary of the image, in target/dist.
dist:
	cargo build --profile dist --locked --features rabbitmq --bin gopro --example manual
	./target/dist/examples/manual target/dist/share

bench:
	cargo build --profile dist --locked --features rabbitmq --bin gopro --examples
	python3 tests/bench/bench.py
	./target/dist/examples/hop
	./target/dist/examples/events "$${AMQP_URL:-amqp://guest:guest@127.0.0.1:5672/%2f}"
	GOPRO_TEST_BINARY=target/dist/gopro python3 tests/bench/split.py
	python3 tests/bench/search.py

# What people do all day, leaderboards of a million learners, and a log of ten million rows.
work: dist
	cargo build --profile dist --locked --features rabbitmq --example anchor --example load
	python3 tests/bench/work.py
	python3 tests/bench/leaderboard.py
	python3 tests/bench/activity.py
	python3 tests/bench/analytics.py
	python3 tests/bench/reports.py
	python3 tests/bench/memory.py

# Where the CPU of requests goes. Needs perf.
profile:
	RUSTFLAGS="-C force-frame-pointers=yes" cargo build --profile profiling --locked --features rabbitmq --bin gopro --example anchor --example load
	GOPRO_TEST_BINARY=target/profiling/gopro python3 tests/bench/work.py --profile

# Fault injection: a line for each fault, with its measurements.
faults:
	cargo test --features rabbitmq --test it --no-run
	set -o pipefail; GOPRO_TEST_POSTGRES_URL=$${GOPRO_TEST_POSTGRES_URL:-postgres://postgres@127.0.0.1:5432/postgres} GOPRO_TEST_BUS=rabbitmq GOPRO_TEST_FAULTS=whole \
		cargo test --features rabbitmq --test it -- bus:: database:: faults:: rolling:: gateway:: cache:: sagas:: --nocapture --test-threads 1 2>&1 \
		| grep --line-buffered -oE 'R-[0-9]{2} .*|test result.*|.*FAILED|left out.*'
	set -o pipefail; cargo test --features rabbitmq --test it -- database:: faults:: --nocapture --test-threads 1 2>&1 \
		| grep --line-buffered -oE 'R-[0-9]{2} .*|test result.*|.*FAILED|left out.*'

# The split deployment as local processes, until Ctrl-C.
split:
	cargo build --release --locked --features rabbitmq
	tests/split.sh

# The journey test through the same five processes, which are killed between its steps.
split-demo:
	GOPRO_TEST_POSTGRES_URL=$${GOPRO_TEST_POSTGRES_URL:-postgres://postgres@127.0.0.1:5432/postgres} GOPRO_TEST_BUS=rabbitmq \
		cargo test --features rabbitmq --test it -- journey::the_way_through_split --nocapture
