# Tollhouse as an image: built in Debian 12 by the scripts that everybody uses, run in a slim one.
# docker build -t tollhouse .      (docs/install.md)
FROM debian:bookworm AS build
WORKDIR /source
COPY . .
# The time of all files when there is no git history in the context.
ARG SOURCE_DATE_EPOCH=0
RUN scripts/setup --minimal && apt-get install -y --no-install-recommends dpkg-dev git
RUN SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" scripts/package --out /out --version 0+image

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Tollhouse" \
      org.opencontainers.image.description="A gate that sells calls to MCP servers over Lightning" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/*.deb /opt/tollhouse.deb
# The package brings its libraries with it, and makes no key and no user.
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates /opt/tollhouse.deb && \
    rm -rf /opt/tollhouse.deb /var/lib/apt/lists/* && \
    install -d -m 0700 -o 65532 -g 65532 /var/lib/tollhouse
USER 65532:65532
WORKDIR /var/lib/tollhouse
VOLUME /var/lib/tollhouse
ENV TOLLHOUSE_LISTEN=0.0.0.0:8402 TOLLHOUSE_DATA_DIR=/var/lib/tollhouse
EXPOSE 8402
STOPSIGNAL SIGTERM
# The image has no curl; bash can open a socket. Asks whether the process turns, and no part behind it.
SHELL ["/bin/bash", "-c"]
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD \
    exec 3<>/dev/tcp/127.0.0.1/8402 && \
    printf 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3 && \
    grep -q '^HTTP/1.1 200 ' <&3
ENTRYPOINT ["tollhouse"]
CMD ["serve"]
