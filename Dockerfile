# syntax=docker/dockerfile:1
# Built in one stage; carried, as one binary, into an image that runs it as a user without rights.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked && install -D target/release/watchfire /out/watchfire

FROM debian:bookworm-slim
# The certificate authorities that receivers are checked against; nothing else is added.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin watchfire \
    && install -d -m 0700 -o watchfire -g watchfire /data
COPY --from=build /out/watchfire /usr/local/bin/watchfire
USER 10001:10001
ENV WATCHFIRE_DATA_DIR=/data
VOLUME /data
EXPOSE 3001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=5s --retries=3 CMD ["/usr/local/bin/watchfire", "health", "--ready"]
ENTRYPOINT ["/usr/local/bin/watchfire"]
CMD ["serve"]
