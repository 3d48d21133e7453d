# syntax=docker/dockerfile:1
# Waybill in a container. Alone it keeps everything in /data (embedded Postgres, files); docker-compose.yml shows the engines.

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Node comes with the image; the runtime packages would bring it a second time.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-*

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node bin/pack.js

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Waybill" \
      org.opencontainers.image.description="Artifact registry and release-flow engine in which every change is an event" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 10001 waybill && useradd --uid 10001 --gid 10001 --home-dir /data --shell /usr/sbin/nologin waybill \
 && install --directory --owner=waybill --group=waybill --mode=0700 /data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin/waybill.js bin/package.json bin/
ENV NODE_ENV=production \
    WAYBILL_HOST=0.0.0.0 \
    WAYBILL_DATA=/data
USER 10001:10001
VOLUME /data
EXPOSE 8420
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WAYBILL_PORT || 8420}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/waybill.js"]
CMD ["start"]
