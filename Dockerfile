# A small image with the bot alone: the corpus and the FAQ are mounted, not copied, since the licence does not cover the articles.
#   docker build -t verbatim-faq-bot .
#   docker run --rm -v "$PWD/corpus:/data/corpus:ro" -v "$PWD/faq.yaml:/data/faq.yaml:ro" verbatim-faq-bot ask "is my phone affected?"
#   docker run -d -e DISCORD_TOKEN -v "$PWD:/data:ro" verbatim-faq-bot discord
# (The folder, not the file: where git or an editor puts a new faq.yaml in the old one's place, a file mounted alone stays the old one.)
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/bot
COPY requirements.lock ./
RUN /opt/bot/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
RUN /opt/bot/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 bot && mkdir /cache /store && chown bot /cache /store
COPY --from=build /opt/bot /opt/bot
USER bot
WORKDIR /data
ENV BOT_CACHE=/cache BOT_STORE=/store/bot.sqlite3 PYTHONDONTWRITEBYTECODE=1
VOLUME /cache /store
ENTRYPOINT ["/opt/bot/bin/bot"]
CMD ["ask"]
