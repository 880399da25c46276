# Weir with the CPU stand-in, on Debian 12: docs/containers.md. For a Jetson: Dockerfile.jetson.
# Bases are pinned by tag; pin them by digest with --build-arg DEBIAN=debian@sha256:...
ARG DEBIAN=debian:12.13-slim
ARG NODE=node:20.20.2-bookworm-slim

FROM ${NODE} AS node

FROM ${DEBIAN} AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
WORKDIR /src
COPY scripts/setup scripts/steps scripts/
COPY scripts/packages scripts/packages
RUN WEIR_PACKAGES="build run" scripts/setup apt
COPY package.json package-lock.json .npmrc ./
RUN scripts/setup npm
COPY CMakeLists.txt ./
COPY native native
RUN scripts/setup native
COPY src src
COPY models models
COPY scripts/model scripts/model
COPY tsconfig.json LICENSE ./
RUN scripts/setup models typescript
COPY scripts/install-tree.ts scripts/
RUN npx tsx scripts/install-tree.ts /out

FROM ${DEBIAN}
RUN --mount=type=bind,source=scripts,target=/mnt/scripts /mnt/scripts/image/prepare
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=build /out /opt/weir
# Every element, decoder and model is there, or there is no image.
RUN ln -s /opt/weir/dist/cli/main.cjs /usr/local/bin/weir && weir doctor
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="weir" \
      org.opencontainers.image.description="Camera analytics pipelines, with the CPU stand-in for DeepStream" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Where the control socket lies, and what operators change.
ENV RUNTIME_DIRECTORY=/run/weir \
    STATE_DIRECTORY=/var/lib/weir
USER 10001
WORKDIR /var/lib/weir
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["weir", "status", "--socket", "/run/weir/weir.sock"]
ENTRYPOINT ["weir"]
CMD ["up", "/etc/weir/weir.yaml"]
