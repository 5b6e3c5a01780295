"""The command line: results on standard output, messages on standard error, documented exit codes."""

from __future__ import annotations

import contextlib
import datetime
import gc
import io
import json
import os
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

import click

from bot import __version__, cli_corpus, cli_doctor, cli_index, cli_store, config, streams
from bot.answer import Answer, Status
from bot.errors import BotError, CorpusError, UsageError, harmless, number_of
from bot.files import write_whole
from bot.terminal import faq_of, page, plain, settings_of
from bot.yaml_nodes import parse_date


class _Date(click.ParamType[datetime.date]):
    name = "YYYY-MM-DD"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime.date:
        try:
            return parse_date(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as YYYY-MM-DD, such as 2021-09-13", param, ctx)


class _Commands(click.Group):
    """Turns expected failures into one message and the documented exit code; nothing that a user does shows a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "faq"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "faq":
            from bot.cli_faq import faq

            return faq
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except click.exceptions.Exit:
            _flush(ctx)
            raise
        except BotError as error:
            click.echo(harmless(str(error)), err=True)
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


_ENVIRONMENT = "\n".join(["\b", "In the environment:", *(f"  {s.name:<23} {s.what}; {s.values}" for s in config.SETTINGS)])


@click.group(cls=_Commands, epilog=_ENVIRONMENT, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--corpus", metavar="FOLDER", help="Folder of articles (else BOT_CORPUS, else ./corpus); without --faq it means --faq none.")
@click.option("--faq", metavar="FILE", help="FAQ file, or none (else BOT_FAQ, else ./faq.yaml).")
@click.version_option(__version__, prog_name="bot")
@click.pass_context
def main(ctx: click.Context, corpus: str | None, faq: str | None) -> None:
    """Answers questions with verbatim, cited quotes from dated articles, or says that its sources do not say.

    Exit codes: 0 answered, clean or exact; 1 not answered, not exact, refused or worse than before; 2 usage; 3 corpus, FAQ, store or
    index broken or missing.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    ctx.obj = (corpus, faq)


def _progress(what: str, done: int, total: int) -> None:
    """One line that says how far something has come, where standard error is a terminal; it is gone when all is done."""
    if sys.stderr.isatty():
        line = f"{what}: {done} of {total}"
        click.echo("\r" + (line if done < total else " " * len(line) + "\r"), nl=False, err=True)


@main.command()
@click.argument("words", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the answer object (schema answer/1); with -, one a line for each line of standard input.")
@click.option(
    "--from-jsonl", metavar="FILE", help='Answer objects with "question" and optionally "lang" and "until" from FILE or -, one a line; prints what --json does.'
)
@click.option("--until", type=_Date(), help="Answer as of a date: only what was asserted by then.")
@click.option("--lang", metavar="TAG", help="Language of the question, where it is not recognised rightly.")
@click.option("-v", "--verbose", is_flag=True, help="Show entries, sentences, scores and gates on standard error.")
@click.pass_context
def ask(
    ctx: click.Context, words: tuple[str, ...], as_json: bool, from_jsonl: str | None, until: datetime.date | None, lang: str | None, verbose: bool
) -> None:
    """Answer a question: bot ask "is my phone affected?"

    WORDS are one question. With - instead, each line of standard input is one; its answer stands below it.

    Exit code 1 where the sources do not answer; 0 for -, whatever the answers.
    """
    from bot import render
    from bot import verbose as explaining
    from bot.assistant import Assistant

    if from_jsonl and words:
        raise UsageError("give a question or --from-jsonl, not both")
    if lang is not None:
        streams.check_tag(lang)
    assistant = Assistant.load(settings_of(ctx), _progress)
    gc.freeze()  # what was loaded stays until the end
    if from_jsonl:
        for records in streams.records(from_jsonl):
            for answer in assistant.ask_all([(question, language or lang, date or until) for question, language, date in records]):
                _print_json(answer.as_json)
        return

    def explained(question: str) -> Answer:
        trace = assistant.explain(question, language=lang, until=until)
        click.echo(explaining.explain(trace), err=True)
        return trace.answer

    stream = words == (streams.STREAM,)
    status, between = None, ""
    for questions in streams.batches(streams.standard_input()) if stream else [[" ".join(words)]]:
        for answer in map(explained, questions) if verbose else assistant.ask_all([(question, lang, until) for question in questions]):
            status = answer.status
            if as_json:
                _print_json(answer.as_json)
            else:
                click.echo(between + (f"? {answer.question}\n\n" if stream else "") + page(render.rows(answer)), nl=False)
                between = "\n"
    ctx.exit(0 if stream or status is Status.ANSWERED else 1)


@main.command()
@click.option("--until", type=_Date(), help="Answer as of a date: only what was asserted by then.")
@click.option("--lang", metavar="TAG", help="Language of the questions, where it is not recognised rightly.")
@click.pass_context
def chat(ctx: click.Context, until: datetime.date | None, lang: str | None) -> None:
    """Ask one question after another, follow-ups by number.

    Each question stands alone; /help lists the commands. Where standard input is no terminal, each line of it is a question or a command.
    """
    from bot.assistant import Assistant
    from bot.chat import PROMPT, Chat
    from bot.question import shown

    if lang is not None:
        streams.check_tag(lang)
    assistant = Assistant.load(settings_of(ctx), _progress)
    talk = Chat(assistant, until=until, language=lang)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        for line in streams.lines(streams.standard_input()):
            if line.strip():
                click.echo(f"{PROMPT}{shown(line).strip()}\n\n{page(talk.rows(line))}")
            if talk.over:
                return
        return
    assistant.prepare()
    click.echo(page(talk.greeting()), nl=False)
    interrupted = False
    while not talk.over:
        try:
            line = _typed(PROMPT)
            interrupted = False
            answered = page(talk.rows(line))
            click.echo(f"\n{answered}\n" if answered else "", nl=False)
        except EOFError:
            click.echo()
            return
        except KeyboardInterrupt:
            if interrupted:
                click.echo()
                return
            interrupted = True
            click.echo("\n(Ctrl-C again leaves)")


def _typed(prompt: str) -> str:
    """A line from the terminal, edited with readline and its history where Python has it. Raises EOFError, KeyboardInterrupt."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 (that it is imported changes `input`)
    return input(prompt)


@main.command()
@click.argument("words", nargs=-1, required=True)
@click.option("-k", default=10, show_default=True, type=click.IntRange(0, 10_000), help="How many passages.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; with -, one object a line for each line of standard input.")
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], k: int, as_json: bool) -> None:
    """Rank passages for a query, no gate applied."""
    from bot.assistant import Assistant
    from bot.passages import Hit

    assistant = Assistant.load(settings_of(ctx), _progress)

    def row(hit: Hit) -> dict[str, object]:
        span = hit.span
        return {"article": span.article.id, "start": span.start, "end": span.end, "text": span.text, "score": round(hit.score, 4), "terms": list(hit.terms)}

    queries = streams.lines(streams.standard_input()) if words == (streams.STREAM,) else iter([" ".join(words)])
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
    """Say which files and engine are in use; list the articles."""
    from bot import show
    from bot.assistant import Assistant

    click.echo(show.sources(Assistant.load(settings_of(ctx), _progress)), nl=False)


@main.command()
@click.argument("article", required=False)
@click.argument("place", required=False)
@click.pass_context
def show(ctx: click.Context, article: str | None, place: str | None) -> None:
    """Show an article, its sentences numbered, its quotes marked.

    Marked is what the FAQ or relations.yaml quote, and what may never be quoted. With PLACE, the number of a sentence or START:END
    (characters, as in answer objects), show that place in its paragraph and who quotes it.

    \b
    bot show ARTICLE
    bot show ARTICLE 12
    bot show ARTICLE 1425:1682
    """
    from bot import show as showing
    from bot.engines import open_corpus
    from bot.faq import Faq, load_faq
    from bot.relations import load_relations

    settings = settings_of(ctx)
    corpus = open_corpus(settings)
    found = showing.find_article(corpus, article)
    span = showing.find_place(found, place) if place else None
    faq = load_faq(settings.faq, corpus, settings.cache) if settings.faq else Faq()
    used = showing.uses(found, faq, load_relations(corpus)[0])
    click.echo(page(showing.place_rows(span, used) if span else showing.article_rows(found, used)), nl=False)


@main.command()
@click.option("--suggest", is_flag=True, help="List what could be added to relations.yaml instead, as YAML to paste.")
@click.option(
    "--fix", is_flag=True, help="Replace quotes of the FAQ that are not verbatim by the nearest text of their article first, where that is much alike."
)
@click.pass_context
def check(ctx: click.Context, suggest: bool, fix: bool) -> None:
    """Find every problem of the corpus and the FAQ, with file, line and mend."""
    if suggest and fix:
        raise UsageError("give --suggest or --fix, not both")
    if suggest:
        _suggest(settings_of(ctx))
        return
    from bot.check import check as run
    from bot.check import underlined

    settings = settings_of(ctx)
    if fix:
        _fix(settings)
    report = run(settings, progress=_progress)
    for problem in report.problems:
        click.echo(str(problem))
        excerpt = underlined(problem, _line_of(problem.path, problem.line)) if problem.column else ""
        click.echo("".join(f"    {line}\n" for line in excerpt.splitlines()), nl=False)
    click.echo(report.summary, err=True)
    ctx.exit(0 if report.usable else 3)


@lru_cache(maxsize=8)
def _lines_of(path: str) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(path).read_text(encoding="utf-8", errors="replace").removeprefix("\ufeff").split("\n")
    return []


def _line_of(path: str, number: int) -> str:
    """A line of a file, counted from 1; empty where there is none."""
    lines = _lines_of(path)
    return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


def _fix(settings: config.Settings) -> None:
    """Take over the articles' own text for quotes that differ from it a little."""
    from bot import faq_edit, faq_write
    from bot.check import mends
    from bot.corpus import load_corpus
    from bot.faq_change import difference

    path = faq_of(settings)
    corpus, _ = load_corpus(settings.corpus)
    document = faq_edit.load(path)
    found = mends(document, corpus)
    if found:
        data = faq_edit.with_quotes(document, found)
        faq_write.write(path, document.data, data, f"check --fix, {number_of(len(found), 'quote')}")
        click.echo(difference(path, document.data, data), nl=False, err=True)
        click.echo(f"{number_of(len(found), 'quote')} replaced in {path}; `bot faq undo` takes it back", err=True)


def _suggest(settings: config.Settings) -> None:
    from bot.suggestions import MOST, suggestions

    found = suggestions(settings)
    for number, suggestion in enumerate(found[:MOST], 1):
        head = f"  # {number}. {suggestion.kind}: {suggestion.reason}"
        click.echo(head if plain() else click.style(head, bold=True))
        click.echo(f"{suggestion.item}\n")
    told = number_of(len(found), "suggestion") + (f", the first {MOST} shown" if len(found) > MOST else "")
    click.echo(told + (f"; paste what is right into {settings.corpus / 'relations.yaml'}, below the key that each names." if found else ""), err=True)
    if found:
        click.echo("What is wrong is not suggested again once it stands below `unrelated:` as a pair `- [REF, REF]`.", err=True)


@main.command("eval")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--misses", is_flag=True, help="List the questions that lost points, and why.")
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Keep this run as JSON: every figure, every question.")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Compare with a kept run, question by question; exit 1 where the points of all questions, of a category or of a language fell "
    "by more than chance explains (exact paired permutation test, p < .05).",
)
@click.option("--picture", type=click.Path(path_type=Path), metavar="FILE", help="Draw risk over coverage, calibration and points by category (SVG).")
@click.pass_context
def evaluate(ctx: click.Context, files: tuple[Path, ...], misses: bool, save: Path | None, against: Path | None, picture: Path | None) -> None:
    """Score the answers to gold questions (FILES: JSON lines; else tests/gold/*.jsonl).

    Exit 1 where an answer does what none may (page furniture, quotes under a refusal), and where --against says so.
    """
    from rich.console import Console
    from rich.progress import Progress

    from bot import chart, kept_run
    from bot import evaluate as evaluation
    from bot.assistant import Assistant
    from bot.gold import load_gold

    paths = files or tuple(sorted(Path("tests/gold").glob("*.jsonl")))
    if not paths:
        raise UsageError("no gold questions: name a file of JSON lines, or go to a folder with tests/gold/*.jsonl")
    records = load_gold(paths)
    kept = kept_run.load_points(against) if against else None
    assistant = Assistant.load(settings_of(ctx), _progress)
    assistant.prepare()
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("gold questions", total=len(records))
        report = evaluation.evaluate(assistant, records, lambda done: bar.update(task, completed=done))
    click.echo(evaluation.table(report, misses=misses))
    comparison = kept_run.compare(report, kept) if kept is not None else None
    if comparison:
        click.echo("\n" + "\n".join([f"against {against}", *comparison.lines()]))
    for path, text in ((save, kept_run.text), (picture, chart.picture)):
        if path:
            _write(path, text(report))
    ctx.exit(1 if report.hard_faults.hits or (comparison and comparison.regression) else 0)


main.add_command(cli_corpus.corpus)
main.add_command(cli_index.index)
main.add_command(cli_doctor.doctor)
main.add_command(cli_store.store)


@main.command()
@click.argument("file", default=streams.STREAM)
@click.option("--replay", is_flag=True, help="Ask each question again, in its language and as of its date.")
@click.pass_context
def verify(ctx: click.Context, file: str, replay: bool) -> None:
    """Prove that answer objects quote the articles letter by letter.

    FILE (else standard input) has objects as bot ask --json prints them, each on one line or on several. Where one is not exact, each of
    its quotes is told as exact, moved (and where to), differing (and how) or not found, and fields that are not the corpus' are named.

    --replay tells where today's answer differs from the recorded one. If corpus, FAQ or program are others than then, that explains it;
    if they are the same, it is a fault.

    Exit code 1 where an answer is not exact or a replay is a fault; 3 where articles are broken, such as one whose text is not the one that
    its hash was made of: each quote is told against the text as it is now all the same, and nothing is replayed.
    """
    from bot.assistant import Assistant
    from bot.engines import open_articles
    from bot.verify import is_semantic, replayed
    from bot.verify import verify as prove

    settings = settings_of(ctx)
    corpus, broken = open_articles(settings)
    if not corpus.articles:
        raise CorpusError(broken)
    assistants: dict[bool, Assistant] = {}
    sound, number = True, 0
    for number, record in streams.objects(file):
        verdict = prove(record, corpus)
        click.echo(f"{number}: {verdict}")
        sound = sound and verdict.exact
        if replay and verdict.is_answer and not broken:
            semantic = is_semantic(record)
            if semantic not in assistants:
                assistants[semantic] = Assistant.load(replace(settings, semantic=semantic), _progress)
            again = replayed(record, assistants[semantic])
            click.echo(f"{number}: {again}")
            sound = sound and not again.fault
    if not number:
        raise UsageError(f"{file}: no answer object in it")
    if broken:
        raise CorpusError(broken)
    ctx.exit(0 if sound else 1)


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
        drawing.save(components(Assistant.load(settings_of(ctx), _progress), question), question, out)
    else:
        from bot.discord_app import run

        ctx.exit(run(settings_of(ctx), os.environ))


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises UsageError where it cannot be written."""
    try:
        write_whole(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _print_json(value: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
