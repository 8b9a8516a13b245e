# syntax=docker/dockerfile:1

# One image, one binary. The build needs the network once, for the crates of Cargo.lock, and no
# more than the C compiler that the build image brings.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --profile dist --locked --features rabbitmq --bin gopro \
    && install -D target/dist/gopro /out/gopro \
    && install -d -m 0750 /out/data

# No shell, no package manager, and a user without rights.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="gopro" \
      org.opencontainers.image.description="A learning platform served as an API" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /out/gopro /gopro
COPY --from=build --chown=65532:65532 /out/data /data
ENV GOPRO__DATA__FOLDER=/data \
    GOPRO__SERVER__ADDRESS=0.0.0.0:8080
USER 65532:65532
VOLUME ["/data"]
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["/gopro", "healthcheck"]
ENTRYPOINT ["/gopro"]
CMD ["serve"]
