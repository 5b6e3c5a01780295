# The bot alone: corpus and FAQ are mounted, not copied, since the licence does not cover the articles. It needs no writable root.
#   docker build -t verbatim-faq-bot .
#   docker run --rm --read-only -v "$PWD:/data:ro" verbatim-faq-bot ask "is my phone affected?"
#   docker run -d --read-only -v "$PWD:/data:ro" -v bot-cache:/cache -v bot-store:/store \
#     -v "$PWD/token:/run/secrets/discord_token:ro" -e DISCORD_TOKEN_FILE=/run/secrets/discord_token verbatim-faq-bot discord
# (The folder, not the file: where git or an editor puts a new faq.yaml in the old one's place, a file mounted alone stays the old one.)
ARG PYTHON=3.11.14-slim-bookworm
FROM python:${PYTHON} AS build
WORKDIR /src
RUN python -m venv /opt/build && python -m venv --without-pip /opt/bot
COPY requirements-build.lock requirements.lock ./
RUN /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
  && /opt/build/bin/pip --python /opt/bot/bin/python install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
  && /opt/build/bin/pip --python /opt/bot/bin/python install --no-cache-dir --no-deps /wheels/*.whl

FROM python:${PYTHON}
RUN useradd --no-create-home --home-dir /store --uid 10001 bot && install -d -o bot -g bot /cache /store
COPY --from=build /opt/bot /opt/bot
USER 10001:10001
WORKDIR /data
ENV PATH=/opt/bot/bin:$PATH BOT_CACHE=/cache BOT_STORE=/store/bot.sqlite3 BOT_METRICS=9090 TMPDIR=/cache PYTHONDONTWRITEBYTECODE=1
VOLUME /cache /store
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9090/healthz', timeout=4)"]
ENTRYPOINT ["bot"]
CMD ["ask"]
