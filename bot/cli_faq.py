"""`bot faq`: write, change and remove entries of faq.yaml."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from bot import config, faq_edit, faq_write, show, streams
from bot.answer import Reason
from bot.assistant import Assistant
from bot.corpus import Span, load_corpus
from bot.errors import BotError, Refused, UsageError, number_of
from bot.faq import Entry, Evidence, Role
from bot.faq_change import change, difference, proposed, proposed_id
from bot.faq_edit import Document
from bot.gold import load_gold
from bot.terminal import faq_of, page, settings_of

CANDIDATES = 9
"""Sentences that are offered as quotes."""


@click.group()
def faq() -> None:
    """Write, change and remove entries of faq.yaml.

    Every byte outside the entry stays as it was. A change after which the file would not load is never written; one that breaks what another
    entry promises (its phrasings, `not`, choices) only with --force. Exit code 1 where a change is refused.
    """


_dry_run = click.option("--dry-run", is_flag=True, help="Show the change, write nothing.")
_force = click.option("--force", is_flag=True, help="Write even what breaks another entry's promise.")


def _settings(ctx: click.Context) -> tuple[config.Settings, Path]:
    settings = settings_of(ctx)
    return settings, faq_of(settings)


@faq.command()
@click.argument("words", nargs=-1)
@click.option("--id", "name", metavar="ID", help="Else made from the question.")
@click.option(
    "--quote", "quotes", type=(str, str, str), multiple=True, metavar="ARTICLE PLACE ROLE", help="A sentence (12) or characters (120:240), as bot show tells."
)
@click.option("--unknown", is_flag=True, help="A known unknown: no article says it; --quote are the nearest passages.")
@click.option("--alias", "aliases", multiple=True, metavar="[LANG:]TEXT", help="Another phrasing; en where no language stands before it.")
@click.option("--not", "excluded", multiple=True, metavar="TEXT", help="A phrasing that must not land here.")
@_dry_run
@_force
@click.pass_context
def add(
    ctx: click.Context,
    words: tuple[str, ...],
    name: str | None,
    quotes: tuple[tuple[str, str, str], ...],
    unknown: bool,
    aliases: tuple[str, ...],
    excluded: tuple[str, ...],
    dry_run: bool,
    force: bool,
) -> None:
    """Add an entry: type a question, pick quotes by number.

    With --quote or --unknown nothing is asked; without, the sentences that answer likeliest are listed to choose from. Where there is no
    FAQ yet, this begins it: the file that --faq names, else faq.yaml here.
    """

    settings = settings_of(ctx)
    if settings.faq is None and ctx.obj == (None, None) and not {"BOT_CORPUS", "BOT_FAQ"} & os.environ.keys():
        settings = replace(settings, faq=Path("faq.yaml"))
    path = faq_of(settings)
    assistant = Assistant.load(settings if path.exists() else replace(settings, faq=None))
    prompts = not quotes and not unknown
    question = " ".join(words).strip()
    if not question and not prompts:
        raise UsageError("give the question")
    if prompts and not sys.stdin.isatty():
        raise UsageError("without a terminal give the quotes: --quote ARTICLE PLACE ROLE (bot show ARTICLE numbers them), or --unknown")
    question = question or click.prompt("Question", err=True).strip()
    evidence = []
    for article, place, role in quotes:
        if role not in list(Role):
            raise UsageError(f"no role {role!r}; roles: {', '.join(Role)}")
        evidence.append(Evidence(show.find_place(show.find_article(assistant.corpus, article), place), Role(role)))
    phrased = [_alias(text) for text in aliases]
    if prompts:
        evidence, unknown = _chosen(assistant, question)
        phrased += _asked_aliases()
    by_language: dict[str, tuple[str, ...]] = {}
    for language, text in phrased:
        by_language[language] = (*by_language.get(language, ()), text)
    document = faq_edit.load(path, begin=True)
    entry = Entry(
        name or proposed_id(question, document.nodes),
        question,
        by_language,
        () if unknown else tuple(evidence),
        tuple(e.span for e in evidence) if unknown else (),
        unknown,
        excluded,
    )
    if entry.id in document.nodes:
        raise UsageError(f"{path}: there is an entry {entry.id!r}; change it with `bot faq edit {entry.id}`, or give another --id")
    _finish(document, faq_edit.added(document, entry), settings, entry.id, f"add {entry.id}", dry_run=dry_run, force=force, ask=prompts)


def _chosen(assistant: Assistant, question: str) -> tuple[list[Evidence], bool]:
    """The evidence that the person picks from the sentences that answer likeliest, with roles; whether it is a known unknown."""
    spans = assistant.candidates(question)[:CANDIDATES]
    for number, span in enumerate(spans, 1):
        click.echo(f"{number:3}  {span.article.id}, {span.asserted or 'undated'}\n     {_one_line(span)}", err=True)
    while True:
        typed = click.prompt("Quotes, by number in the order to show (none: no article says it)", default="", show_default=False, err=True)
        try:
            numbers = [int(part) for part in typed.replace(",", " ").split()]
            if all(1 <= n <= len(spans) for n in numbers):
                break
        except ValueError:
            pass
        click.echo(f"numbers from 1 to {len(spans)}, such as 1 3", err=True)
    if not numbers:
        return [], True
    evidence = []
    for item in proposed([spans[n - 1] for n in dict.fromkeys(numbers)], assistant.relations):
        role = click.prompt(f"Role of {_one_line(item.span)[:60]!r}", type=click.Choice([str(r) for r in Role]), default=str(item.role), err=True)
        evidence.append(Evidence(item.span, Role(role)))
    return evidence, False


def _one_line(span: Span) -> str:
    return " ".join(span.text.split())


def _alias(text: str) -> tuple[str, str]:
    """(language, phrasing) of `LANG:TEXT` or `TEXT`."""
    language, colon, rest = text.partition(":")
    if colon and rest.strip() and 2 <= len(language) <= 5 and language.replace("-", "").isalpha() and language == language.strip():
        return language, rest.strip()
    return "en", text.strip()


def _asked_aliases() -> list[tuple[str, str]]:
    found = []
    click.echo("Other phrasings, one a line ([LANG:]TEXT); an empty line ends them.", err=True)
    while text := click.prompt("Phrasing", default="", show_default=False, err=True).strip():
        found.append(_alias(text))
    return found


@faq.command()
@click.argument("name", metavar="ID")
@click.argument("texts", nargs=-1, required=True)
@click.option("--lang", metavar="TAG", default="en", show_default=True, help="Language of the phrasings.")
@click.option("--not", "excluded", is_flag=True, help="They must not land here: add them to `not` instead.")
@click.option("--remove", "removing", is_flag=True, help="Take these phrasings out instead.")
@_dry_run
@_force
@click.pass_context
def alias(ctx: click.Context, name: str, texts: tuple[str, ...], lang: str, excluded: bool, removing: bool, dry_run: bool, force: bool) -> None:
    """Add phrasings to an entry, or take them out.

    \b
    bot faq alias refunds "money back" "get my money back"
    bot faq alias refunds --lang es "quiero un reembolso"
    """

    settings, path = _settings(ctx)
    first = document = faq_edit.load(path)
    if removing:
        for text in texts:
            document = faq_edit.read(path, faq_edit.without_phrasing(document, name, text))
        data = document.data
    else:
        data = faq_edit.with_phrasings(document, name, texts, None if excluded else lang)
    _finish(first, data, settings, name, f"alias {name}", dry_run=dry_run, force=force)


@faq.command()
@click.argument("name", metavar="ID")
@click.option("--from", "source", metavar="FILE", help="Take the new text of the entry from FILE or - instead of an editor.")
@_dry_run
@_force
@click.pass_context
def edit(ctx: click.Context, name: str, source: str | None, dry_run: bool, force: bool) -> None:
    """Edit an entry in $EDITOR; checked on save."""

    settings, path = _settings(ctx)
    document = faq_edit.load(path)
    text = faq_edit.entry_text(document, name)
    if source is not None:
        _finish(document, faq_edit.replaced(document, name, _read(source)), settings, name, f"edit {name}", dry_run=dry_run, force=force)
        return
    if not sys.stdin.isatty():
        raise UsageError("without a terminal give the new text of the entry: --from FILE, or --from - for standard input")
    while True:
        typed = click.edit(text, extension=".yaml")
        if typed is None or typed == text == faq_edit.entry_text(document, name):
            click.echo("unchanged", err=True)
            return
        text = typed
        try:
            _finish(document, faq_edit.replaced(document, name, text), settings, name, f"edit {name}", dry_run=dry_run, force=force)
            return
        except BotError as error:
            click.echo(str(error), err=True)
            if not click.confirm("Edit again?", default=True, err=True):
                with tempfile.NamedTemporaryFile("w", suffix=".yaml", prefix=f"{name}-", delete=False, encoding="utf-8") as kept:
                    kept.write(text)
                raise Refused(f"nothing was written; your text is kept in {kept.name}") from None


@faq.command()
@click.argument("name", metavar="ID")
@_dry_run
@_force
@click.pass_context
def remove(ctx: click.Context, name: str, dry_run: bool, force: bool) -> None:
    """Remove an entry; comments around it stay."""

    settings, path = _settings(ctx)
    document = faq_edit.load(path)
    _finish(document, faq_edit.removed(document, name), settings, name, f"remove {name}", dry_run=dry_run, force=force)


@faq.command()
@click.pass_context
def gaps(ctx: click.Context) -> None:
    """Show what was asked in vain in Discord, three times or more.

    Questions that are alike are counted together, with the entry or the passage that comes nearest; at a terminal you may add them to that entry.
    Servers keep questions only where their moderators turned that on (/settings); BOT_STORE says where they are kept.
    """
    from bot import gaps as lacking
    from bot.store import Store

    settings = settings_of(ctx)
    with contextlib.closing(Store.open(settings.store)) as store:
        asked = store.asked()
    assistant = Assistant.load(settings)
    found = lacking.gaps(assistant, asked)
    click.echo(page(lacking.rows(found)), nl=False)
    click.echo(f"{number_of(sum(a.count for a in asked), 'question')} kept; asked {lacking.FEWEST} times or more and not answered: {len(found)}", err=True)
    if settings.faq and sys.stdin.isatty() and sys.stdout.isatty():
        for gap in found:
            if gap.entry and not gap.entry.known_unknown and gap.answer.reason is Reason.NOT_STATED:
                _offer(assistant, settings.faq, gap.entry, gap.wordings[: lacking.WORDINGS], gap.count)


def _offer(assistant: Assistant, path: Path, entry: Entry, wordings: Sequence[str], count: int) -> None:
    """Add wordings to the entry that would answer them, if the person wants that; a refusal is told, and nothing is written."""
    lead = _one_line(entry.evidence[0].span)
    click.echo(f"\n{wordings[0]!r}, asked {number_of(count, 'time')}\nentry {entry.id} would answer: “{lead}”", err=True)
    if not click.confirm("Add as alias?" if len(wordings) == 1 else f"Add these {len(wordings)} wordings as aliases?", default=True, err=True):
        return
    first = document = faq_edit.load(path)
    try:
        for text in wordings:
            document = faq_edit.read(path, faq_edit.with_phrasings(document, entry.id, [text], assistant.ask(text).language))
        _finish(first, document.data, assistant.settings, entry.id, f"alias {entry.id}", dry_run=False, force=False)
    except BotError as error:
        click.echo(str(error), err=True)


@faq.command()
@_dry_run
@click.pass_context
def undo(ctx: click.Context, dry_run: bool) -> None:
    """Take the last change back; once more brings it again.

    What it replaced is kept beside the FAQ, in a file such as .faq.yaml.undo.
    """

    _, path = _settings(ctx)
    if dry_run:
        now, before, what = faq_write.undone(path)
        click.echo(difference(path, now, before), nl=False)
        click.echo(f"would undo: {what}", err=True)
    else:
        click.echo(f"undone: {faq_write.undo(path)}", err=True)


def _finish(document: Document, data: bytes, settings: config.Settings, name: str, what: str, *, dry_run: bool, force: bool, ask: bool = False) -> None:
    """Show a change and what it moves; write it unless it breaks a promise, is a dry run, or the person says no."""
    if data == document.data:
        click.echo("unchanged", err=True)
        return
    corpus, _ = load_corpus(settings.corpus)
    done = change(document, data, corpus, name, _known_questions())
    click.echo(difference(document.path, document.data, data), nl=False)
    for line in done.told:
        click.echo(f"moves: {line}", err=True)
    for line in done.broken:
        click.echo(f"breaks: {line}", err=True)
    if done.broken and not force:
        raise Refused("nothing was written; reword it, mend the other entry first, or write it anyway with --force")
    if dry_run or (ask and not click.confirm("Write it?", default=True, err=True)):
        click.echo("nothing was written", err=True)
        return
    faq_write.write(document.path, document.data, data, what)
    click.echo(f"{document.path} is written; `bot faq undo` takes it back", err=True)


def _known_questions() -> list[tuple[str, str]]:
    """(language, question) of the gold questions of the current folder, where it has some."""
    return [(str(record.get("lang", "en")), record["question"]) for _, record in load_gold(sorted(Path("tests/gold").glob("*.jsonl")))]


def _read(source: str) -> str:
    return "\n".join(streams.lines(streams.standard_input())) if source == streams.STREAM else _bytes(Path(source)).decode("utf-8", "replace")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
