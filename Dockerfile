# syntax=docker/dockerfile:1
# Build: docker build -t stan-llava .   Run: see compose.yaml.

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --no-fund --no-audit
# llama.cpp's binaries for GPUs: docker build --build-arg GPU=true
ARG GPU=false
COPY . .
RUN npx vite build client --logLevel warn && npm prune --omit=dev --no-fund --no-audit \
  && node -e 'import("./setup-binaries.mjs").then((binaries) => binaries.pruneBinaries(".", { gpu: process.env.GPU === "true" }))'

FROM node:22-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg bubblewrap tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app /app
RUN useradd --system --uid 10001 --home-dir /data stan && mkdir /data && chown stan /data
USER stan
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
EXPOSE 3000
VOLUME /data
# a model takes a while to load; /readyz says when the server can answer
HEALTHCHECK --interval=15s --timeout=5s --start-period=300s --retries=4 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "--import", "tsx", "server/cli/stan-llava.ts", "serve"]
