# syntax=docker/dockerfile:1
# Build, then carry one binary into an image without a package manager or a root user.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked && install -D target/release/watchfire /out/watchfire && install -d -m 0700 /out/data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/watchfire /usr/local/bin/watchfire
COPY --from=build --chown=nonroot:nonroot /out/data /data
ENV WATCHFIRE_DATA_DIR=/data
VOLUME /data
EXPOSE 3001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=5s --retries=3 CMD ["/usr/local/bin/watchfire", "health", "--ready"]
ENTRYPOINT ["/usr/local/bin/watchfire"]
CMD ["serve"]
