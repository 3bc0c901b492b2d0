# Everyday commands. `just` alone lists them. CI runs .ci/run, which does the same and more.

default:
    @just --list

# Start the service with no configuration.
serve *ARGS:
    cargo run --release -- serve {{ARGS}}

# All tests.
test:
    cargo test --workspace

# Formatting, lints, docs.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Sign and send every body of a folder to the running service, and report.
payloads DIR *ARGS:
    cargo run --release -- payloads {{DIR}} {{ARGS}}

# Drive the real server on loopback with signed bodies; prints rates and latencies.
bench *ARGS:
    cargo bench -p watchfire-tests --bench pipeline -- {{ARGS}}

# More seeds of the simulation than CI runs.
simulate SEEDS="5000":
    WATCHFIRE_SEEDS={{SEEDS}} cargo test --release -p watchfire-tests --test simulation -- --nocapture

# Licences, advisories, bans.
deny:
    cargo deny check
