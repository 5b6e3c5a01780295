"""The command line: results on standard output, messages on standard error, documented exit codes."""

from __future__ import annotations

import datetime
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

import click

from bot import __version__, config
from bot.answer import Status
from bot.errors import BotError, UsageError
from bot.yaml_nodes import parse_date

STREAM = "-"


class _Date(click.ParamType[datetime.date]):
    name = "YYYY-MM-DD"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime.date:
        try:
            return parse_date(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as YYYY-MM-DD, such as 2021-09-13", param, ctx)


class _Commands(click.Group):
    """Turns expected failures into one message and the documented exit code; nothing that a user does shows a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except click.exceptions.Exit:
            _flush(ctx)
            raise
        except BotError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)
        except OSError as error:
            _unwritable(ctx, error)


def _flush(ctx: click.Context) -> None:
    try:
        sys.stdout.flush()
    except OSError as error:
        _unwritable(ctx, error)


def _unwritable(ctx: click.Context, error: OSError) -> NoReturn:
    """Standard output cannot be written: quietly where its reader has gone, else with a message."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        ctx.exit(0)
    click.echo(f"cannot write: {error.strerror}", err=True)
    ctx.exit(UsageError.exit_code)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--corpus", metavar="FOLDER", help="Folder of articles (else BOT_CORPUS, else ./corpus); without --faq it means --faq none.")
@click.option("--faq", metavar="FILE", help="FAQ file, or none (else BOT_FAQ, else ./faq.yaml).")
@click.version_option(__version__, prog_name="bot")
@click.pass_context
def main(ctx: click.Context, corpus: str | None, faq: str | None) -> None:
    """Answers questions with verbatim, cited quotes from dated articles, or says that its sources do not say.

    Exit codes: 0 answered, clean or exact; 1 not answered, not exact or worse than before; 2 usage; 3 corpus or FAQ broken or missing.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    ctx.obj = (corpus, faq)


def _progress(what: str, done: int, total: int) -> None:
    """One line that says how far the learning of new phrasings has come, where standard error is a terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r{what}: {done} of {total}" + ("\n" if done == total else ""), nl=False, err=True)


def _settings(ctx: click.Context) -> config.Settings:
    corpus, faq = ctx.obj
    return config.load(os.environ, corpus=corpus, faq=faq)


@main.command()
@click.argument("words", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the answer object (schema answer/1); with -, one a line for each line of standard input.")
@click.option("--from-jsonl", metavar="FILE", help='Read objects with "question" and optionally "lang" and "until" from FILE or -.')
@click.option("--until", type=_Date(), help="Answer as of a date: only what was asserted by then.")
@click.option("--lang", metavar="TAG", help="Language of the question, where it is not recognised rightly.")
@click.option("-v", "--verbose", is_flag=True, help="Show entries, sentences, scores and gates on standard error.")
@click.pass_context
def ask(
    ctx: click.Context, words: tuple[str, ...], as_json: bool, from_jsonl: str | None, until: datetime.date | None, lang: str | None, verbose: bool
) -> None:
    """Answer a question: bot ask is my phone affected?"""
    from bot import render
    from bot import verbose as explaining
    from bot.assistant import Assistant

    if from_jsonl and words:
        raise UsageError("give a question or --from-jsonl, not both")
    if lang is not None:
        _tag(lang)
    assistant = Assistant.load(_settings(ctx), _progress)
    stream = from_jsonl is not None or (as_json and words == (STREAM,))
    if stream:
        asked = _records(from_jsonl) if from_jsonl else ((line, lang, until) for line in _lines(_standard_input()))
        for question, language, date in asked:
            _print_json(assistant.ask(question, language=language or lang, until=date or until).as_json)
        return
    question = " ".join(words) if words != (STREAM,) else _standard_input().read().decode("utf-8", "replace").strip("\n")
    trace = assistant.explain(question, language=lang, until=until)
    if verbose:
        click.echo(explaining.explain(trace), err=True)
    if as_json:
        _print_json(trace.answer.as_json)
    elif sys.stdout.isatty():
        colour = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        sys.stdout.write(render.terminal(trace.answer, shutil.get_terminal_size().columns, colour=colour))
    else:
        sys.stdout.write(render.plain(trace.answer))
    ctx.exit(0 if trace.answer.status is Status.ANSWERED else 1)


@main.command()
@click.argument("words", nargs=-1, required=True)
@click.option("-k", default=10, show_default=True, type=click.IntRange(0, 10_000), help="How many passages.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; with -, one object a line for each line of standard input.")
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], k: int, as_json: bool) -> None:
    """Rank passages for a query, no gate applied."""
    from bot.assistant import Assistant
    from bot.index import Hit

    assistant = Assistant.load(_settings(ctx), _progress)

    def row(hit: Hit) -> dict[str, object]:
        span = hit.span
        return {"article": span.article.id, "start": span.start, "end": span.end, "text": span.text, "score": round(hit.score, 4), "terms": list(hit.terms)}

    queries = _lines(_standard_input()) if words == (STREAM,) else iter([" ".join(words)])
    for query in queries:
        hits = assistant.search(query, k)
        if as_json:
            _print_json({"question": query, "hits": [row(hit) for hit in hits]})
        else:
            for hit in hits:
                click.echo(
                    f"{hit.score:7.3f}  {hit.span.article.id}[{hit.span.start}:{hit.span.end}]  ({', '.join(hit.terms)})\n         "
                    + hit.span.text.replace("\n", "\n         ")
                )


@main.command()
@click.pass_context
def sources(ctx: click.Context) -> None:
    """Say which corpus, FAQ and engine are in use, and list the articles with their dates."""
    from bot.assistant import ENGINE, Assistant

    settings = _settings(ctx)
    assistant = Assistant.load(settings, _progress)
    click.echo(f"corpus  {settings.corpus}  ({len(assistant.corpus.articles)} articles, sha256 {assistant.corpus.sha256[:16]})")
    faq = f"{settings.faq}  ({len(assistant.faq.entries)} entries, sha256 {(assistant.faq.sha256 or '')[:16]})" if settings.faq else "none"
    click.echo(f"faq     {faq}\nengine  {ENGINE}" + (f", by meaning with {assistant.semantic}" if assistant.semantic else "") + "\n")
    for article in assistant.corpus.articles.values():
        dates = [f"published {article.published or 'unknown'}"] + ([f"updated {article.updated}"] if article.updated else [])
        notes = ([f"republishes {'an unknown outlet' if article.republishes == 'unknown' else article.republishes}"] if article.republishes else []) + (
            [f"translated from {article.translated_from}"] if article.translated_from else []
        )
        click.echo(
            f"{article.id}\n  {article.publisher or 'publisher unknown'}: {article.title or 'title unknown'}\n  {', '.join(dates + notes)}\n  {article.url or 'no URL'}"
        )


@main.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Find every problem of the corpus and the FAQ, with file, line and mend."""
    from bot.check import check as run

    report = run(_settings(ctx))
    for problem in report.problems:
        click.echo(str(problem))
    click.echo(report.summary, err=True)
    ctx.exit(0 if report.usable else 3)


@main.command("eval")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--misses", is_flag=True, help="List the questions that lost points, and why.")
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Keep the points of this run.")
@click.option("--against", type=click.Path(path_type=Path), metavar="FILE", help="Compare with a kept run; exit 1 where a total fell.")
@click.pass_context
def evaluate(ctx: click.Context, files: tuple[Path, ...], misses: bool, save: Path | None, against: Path | None) -> None:
    """Score the answers to gold questions (FILES: JSON lines; else tests/gold/*.jsonl)."""
    from bot import evaluate as evaluation
    from bot.assistant import Assistant

    paths = files or tuple(sorted(Path("tests/gold").glob("*.jsonl")))
    if not paths:
        raise UsageError("no gold questions: name a file of JSON lines, or go to a folder with tests/gold/*.jsonl")
    report = evaluation.evaluate(Assistant.load(_settings(ctx), _progress), evaluation.load_gold(paths))
    click.echo(evaluation.table(report, misses=misses))
    if save:
        evaluation.save(report, save)
    worse = evaluation.compare(report, against) if against else []
    for line in worse:
        click.echo(line)
    ctx.exit(1 if report.hard_faults or any(line.startswith("fell") for line in worse) else 0)


@main.command()
@click.argument("file", type=click.Path(path_type=Path), default=Path(STREAM))
@click.pass_context
def verify(ctx: click.Context, file: Path) -> None:
    """Prove that the quotes of answer objects (FILE, or - for standard input) are the articles' text, letter by letter."""
    from bot.corpus import load_corpus
    from bot.verify import verify as prove

    corpus, _ = load_corpus(_settings(ctx).corpus)
    exact, number = True, 0
    for number, record in _objects(str(file)):
        faults = prove(record, corpus)
        exact = exact and not faults
        for fault in faults:
            click.echo(f"{number}: {fault}")
        if not faults:
            click.echo(f"{number}: exact, receipt {record.get('receipt')}")
    if not number:
        raise UsageError(f"{file}: no answer object in it")
    ctx.exit(0 if exact else 1)


@main.command()
@click.option(
    "--preview",
    nargs=2,
    type=(str, click.Path(path_type=Path)),
    metavar="QUESTION OUT",
    help="Write the answer as members would see it to OUT (.html, or .png with Chromium); no token needed.",
)
@click.option(
    "--invite", is_flag=True, help="Print the link that adds the bot to a server (DISCORD_APPLICATION_ID, else the token's), with the least permissions."
)
@click.pass_context
def discord(ctx: click.Context, preview: tuple[str, Path] | None, invite: bool) -> None:
    """Answer in Discord (DISCORD_TOKEN or DISCORD_TOKEN_FILE)."""
    if preview and invite:
        raise UsageError("give --preview or --invite, not both")
    if invite:
        from bot.discord_offline import invitation

        click.echo(invitation(os.environ))
    elif preview:
        from bot import preview as drawing
        from bot.assistant import Assistant
        from bot.discord_offline import components

        question, out = preview
        drawing.save(components(Assistant.load(_settings(ctx), _progress), question), question, out)
    else:
        from bot.discord_app import run

        ctx.exit(run(_settings(ctx), os.environ))


def _standard_input() -> BinaryIO:
    return sys.stdin.buffer


def _lines(stream: Iterable[bytes]) -> Iterator[str]:
    """The lines of a stream, split at \\n alone, invalid bytes as U+FFFD."""
    for line in stream:
        yield line.removesuffix(b"\n").decode("utf-8", "replace")


def _objects(name: str) -> Iterator[tuple[int, dict[str, object]]]:
    """(line number, object) of each line of a JSONL file, blank lines left out. Raises UsageError for a broken line."""
    try:
        stream = _standard_input() if name == STREAM else Path(name).open("rb")  # noqa: SIM115 (closed below)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from None
    with stream:
        for number, line in enumerate(_lines(stream), 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{name}:{number}: not JSON: {error}") from None
            if not isinstance(record, dict):
                raise UsageError(f"{name}:{number}: not an object {{…}}")
            yield number, record


def _records(name: str) -> Iterator[tuple[str, str | None, datetime.date | None]]:
    for number, record in _objects(name):
        question, language, until = record.get("question"), record.get("lang"), record.get("until")
        if not isinstance(question, str):
            raise UsageError(f'{name}:{number}: "question" must be text')
        if language is not None and not isinstance(language, str):
            raise UsageError(f'{name}:{number}: "lang" must be text')
        if language is not None:
            _tag(language, f"{name}:{number}: ")
        try:
            date = parse_date(until) if isinstance(until, str) else None
        except ValueError:
            date = None
        if until is not None and date is None:
            raise UsageError(f'{name}:{number}: "until" must be a date, YYYY-MM-DD')
        yield question, language, date


def _tag(language: str, place: str = "") -> None:
    """Raises UsageError where `language` is no language tag."""
    if not re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", language):
        raise UsageError(f"{place}{language!r} is no language tag; write one such as en, es or pt-BR")


def _print_json(value: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
