# One image for every app: the same layers serve all containers, and a container's command says which app it is.
# Plain on purpose: no BuildKit needed, no registry beside the one that the base image and the packages come from.

ARG APPS="@meridian/user @meridian/catalog @meridian/order @meridian/replicator @meridian/control @meridian/edge @meridian/wan @meridian/compose @meridian/cli"

# What dependencies follow from, alone: the next two stages are built anew only when one of these files has changed.
FROM node:24-bookworm-slim AS manifests
WORKDIR /src
COPY . .
RUN mkdir /manifests \
 && find . \( -name package.json -o -name package-lock.json -o -name .npmrc \) -exec cp --parents -t /manifests {} +

FROM node:24-bookworm-slim AS build
ARG APPS
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --loglevel=error
COPY . .
# Of what was built, what runs: no sources, no maps, no types.
RUN TURBO_TELEMETRY_DISABLED=1 npx turbo run build --output-logs=errors-only $(printf -- '--filter=%s ' $APPS) \
 && mkdir /built \
 && find apps libs infra -not -path '*/node_modules/*' -type f \
    \( -path '*/dist/*.js' -o -path '*/prisma/migrations/*' -o -name '*topology.json' -o -name healthy -o -name with-mirror-maker \
       -o -path infra/local/machine.mjs \) \
    -exec cp --parents -t /built {} +

FROM node:24-bookworm-slim AS dependencies
ARG APPS
WORKDIR /app
COPY --from=manifests /manifests ./
# Without what is optional, which is what only a bare machine or a build needs: a Node of its own, PostgreSQL's binaries,
# Prisma's command. Nor what Node does not read: types, maps, and Prisma's compilers for other databases.
RUN npm ci --omit=dev --omit=peer --omit=optional --loglevel=error $(printf -- '--workspace=%s ' $APPS) \
 && rm -rf /root/.npm \
 && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' \) -delete \
 && find node_modules/@prisma/client/runtime -name 'query_compiler_*' -not -name 'query_compiler_fast_bg.postgresql.*' -delete
# Optional and wanted: checksums of Kafka's batches in native code.
COPY --from=build /app/node_modules/@node-rs node_modules/@node-rs

FROM node:24-bookworm-slim AS app
# Small heaps, as a dozen of these share one laptop and none of them holds much.
ENV NODE_ENV=production \
    NODE_OPTIONS="--max-semi-space-size=2 --max-old-space-size=128 --disable-warning=TimeoutNegativeWarning" \
    HOST=0.0.0.0 \
    MERIDIAN_TOPOLOGY=/app/infra/topology.json
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /built ./
USER node
# Tracing is registered before the app loads what is to be traced.
ENTRYPOINT ["node", "--import", "/app/libs/telemetry/dist/register.js"]

# The same for a replicator that runs MirrorMaker 2: a Java, and the jars of Kafka's own image. infra/compose/mirrormaker2.yml asks for it.
FROM app AS mirrormaker2
USER root
# Java's package puts links to its manual where a slim image has no folder for manuals.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless \
 && rm -rf /var/lib/apt/lists/*
COPY --from=apache/kafka:4.3.1 /opt/kafka/libs /opt/kafka/libs
USER node
ENTRYPOINT ["/app/infra/compose/with-mirror-maker"]
