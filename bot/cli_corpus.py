"""`bot corpus`: articles added, given a new text, or removed, at the command line."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import click

from bot.errors import Refused, UsageError, number_of
from bot.terminal import settings_of

_T = TypeVar("_T")
_NUMBERS = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?")
_ALL = "all"
_set = click.option(
    "--set", "fields", metavar="FIELD=VALUE", multiple=True, help="A field of the front matter; null where the source does not say. Repeatable."
)
_accept = click.option("--accept", metavar="NUMBERS", help="Accept what is proposed under these numbers: 1,3-5 or all.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show everything, write nothing.")


@click.group()
def corpus() -> None:
    """Add an article, give one a new text, remove one.

    On a terminal what is missing is asked for; in scripts options say it. Only the files of the corpus folder are written, and by update
    the FAQ, where its quotes are put right.
    """


@corpus.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "name", metavar="ID", help="The article's id (else made of the file's name).")
@_set
@_accept
@click.option("--yes", is_flag=True, help="Take what the file says of itself for the fields not given with --set.")
@_dry_run
@click.pass_context
def add(ctx: click.Context, file: Path, name: str | None, fields: tuple[str, ...], accept: str | None, yes: bool, dry_run: bool) -> None:
    """Add the article in FILE: .txt, .md or a saved page (.html, with the extra `import`).

    What its own tags or front matter say of title, publisher, author, dates and address is proposed, never taken silently. So are page
    furniture, dates of parts, and relations to other articles: numbered, and only what is accepted is written.

    \b
    bot corpus add page.html
    bot corpus add page.html --yes --dry-run
    bot corpus add notes.txt --set title="Ferry back" --set publisher=null --set published=2023-03-21 --accept 1,2
    """
    from bot import corpus_edit
    from bot.source_file import read_source
    from bot.suggestions import MOST, Suggestion

    settings = settings_of(ctx)
    source = read_source(file)
    for note in source.notes:
        click.echo(f"{file}: {note}", err=True)
    given = _given(fields)
    name = name or corpus_edit.proposed_id(file)
    if not name:
        raise UsageError(f"{file}: no id can be made of that name; give one with --id")
    corpus_edit.article_id(name)
    values = _asked(given, source.says) if _terminal() and not yes else _decided(file, given, source.says, yes=yes)
    addition = corpus_edit.Addition(settings, source, name, values)
    article = addition.article
    click.echo(f"{addition.path}: {number_of(len(article.sentences), 'sentence')}, {number_of(len(article.text), 'character')}, language {article.language}")
    for other, share in addition.copies:
        click.echo(f"{share:.0%} of the runs of three words of the shorter one are in {other.id} too; if one republishes the other, its `republishes` says so.")
    for own, theirs in addition.shared:
        click.echo(f"A statement that {theirs.article.id} has too (one voice, no table needed): {own.text}")
    relations = [p for p in addition.proposals if isinstance(p, Suggestion)]
    shown = [*(p for p in addition.proposals if not isinstance(p, Suggestion)), *relations[:MOST]]
    for number, proposal in enumerate(shown, 1):
        click.echo(f"\n{number}. {_proposal(proposal)}")
    if len(relations) > MOST:
        click.echo(f"\n{number_of(len(relations) - MOST, 'more relation')} found by bot check --suggest once the article is there.")
    accepted = _chosen(shown, accept, "Accept which?")
    change = addition.change(accepted)
    if dry_run:
        _print_head(change.files[addition.path])
        return
    corpus_edit.write(change, settings.corpus)
    click.echo(f"\nwritten: {', '.join(map(str, change.files))}" + (f" ({len(accepted)} of {number_of(len(shown), 'proposal')} accepted)" if shown else ""))
    click.echo("Next: bot check; and say in the corpus' README.md whose text it is.", err=True)


@corpus.command()
@click.argument("article")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_set
@_accept
@click.option("--yes", is_flag=True, help="Put right, unasked, what differs in whitespace and typography alone.")
@_dry_run
@click.pass_context
def update(ctx: click.Context, article: str, file: Path | None, fields: tuple[str, ...], accept: str | None, yes: bool, dry_run: bool) -> None:
    """Give ARTICLE the text of FILE; without FILE, take the text that its own file has now.

    Says which quotes of the FAQ and of relations.yaml are no longer in the text. Those that differ in whitespace and typography alone are
    put right; the others are numbered, each with the nearest text, and put right where accepted. While one is left, nothing is
    written and the exit code is 1.
    """
    from bot import corpus_edit
    from bot.source_file import read_source

    settings = settings_of(ctx)
    source = read_source(file) if file else None
    values = _given(fields)
    job = corpus_edit.Update(settings, article, source, values)
    for field, (value, says) in source.says.items() if source else ():
        click.echo(f"{file}: {says} says {field}: {value}", err=True)
    if job.unchanged:
        click.echo(f"{job.path}: nothing has changed")
        return
    moved = f", {job.moved} of them at another place" if job.moved else ""
    click.echo(f"{job.path}: {number_of(job.kept, 'quote')} in the new text as written{moved}")
    same = [b for b in job.breaks if b.same]
    other = [b for b in job.breaks if not b.same]
    for broken in same:
        click.echo(f"\n{broken.path}:{broken.line}: {broken.where}: differs in whitespace or typography alone\n{_indented(broken.shown or broken.new or '')}")
    for number, broken in enumerate(other, 1):
        click.echo(f"\n{number}. {broken.path}:{broken.line}: {broken.where}: not in the new text\n   {broken.old}\n{_indented(broken.shown)}")
    accepted = list(_chosen(other, accept, "Put which in its place?"))
    for broken in accepted:
        if not broken.mendable:
            raise Refused(f"{broken.path}:{broken.line}: {broken.where}: nothing in the new text can stand in its place; nothing was written")
    if same and (yes or (_terminal() and click.confirm(f"Put {len(same)} right that differ in whitespace or typography alone?", err=True))):
        accepted += same
    elif same:
        click.echo(f"\n{len(same)} differ in whitespace or typography alone; --yes puts them right.", err=True)
    change = job.change(accepted)
    if dry_run:
        _print_head(change.files[job.path])
        return
    corpus_edit.write(change, settings.corpus)
    click.echo(f"\nwritten: {', '.join(map(str, change.files))}")
    click.echo("Next: bot check.", err=True)


@corpus.command()
@click.argument("article")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def remove(ctx: click.Context, article: str, yes: bool) -> None:
    """Remove ARTICLE, unless the FAQ or relations.yaml quote it: then each place is listed and the exit code is 1."""
    from bot import corpus_edit

    settings = settings_of(ctx)
    change = corpus_edit.removal(settings, article)
    (path,) = change.files
    looked = " and ".join(str(p) for p, data in change.before.items() if p != path and data is not None)
    click.echo(f"{path}: quoted nowhere in {looked}" if looked else f"{path}: there is no FAQ in use and no relations.yaml that could quote it")
    if not yes:
        if not _terminal():
            raise UsageError("say --yes to remove it")
        if not click.confirm(f"Remove {path}?", err=True):
            raise Refused("nothing was removed")
    corpus_edit.write(change, settings.corpus)
    click.echo(f"removed: {path}")


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _given(fields: tuple[str, ...]) -> dict[str, str | None]:
    """The fields that --set gives. Raises UsageError."""
    from bot.corpus_edit import field_value

    found: dict[str, str | None] = {}
    for item in fields:
        field, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"--set {item}: write FIELD=VALUE, such as --set published=2023-03-21")
        found[field] = field_value(field, value)
    return found


def _decided(file: Path, given: dict[str, str | None], says: Mapping[str, tuple[str, str]], *, yes: bool) -> dict[str, str | None]:
    """The fields without anybody to ask. Raises UsageError that lists what is to be said."""
    from bot.corpus_edit import REQUIRED, field_value

    proposed = dict(says)
    values = dict(given)
    for field, (value, source) in proposed.items() if yes else ():
        if field not in given:
            values[field] = field_value(field, value)
            click.echo(f"{field}: {value}  ({source})")
    missing = [field for field in dict.fromkeys((*REQUIRED, *proposed)) if field not in values]
    if missing:
        lines = [f"  --set {f}=…" + (f"   ({proposed[f][1]} says {proposed[f][0]})" if f in proposed else "") for f in missing]
        taken = ", or --yes for what it says itself" if any(f in proposed for f in missing) else ""
        raise UsageError("\n".join([f"{file}: say what is known of it (null where the source does not say){taken}:", *lines]))
    return values


def _asked(given: dict[str, str | None], says: Mapping[str, tuple[str, str]]) -> dict[str, str | None]:
    """The fields, each that was not given asked for at the terminal."""
    from bot.corpus import FRONT_MATTER
    from bot.corpus_edit import NOT_STATED, field_value

    proposed = dict(says)
    values = dict(given)
    click.echo(f"Enter takes what stands in brackets; {NOT_STATED}: the source does not say.", err=True)
    for field in FRONT_MATTER:
        while field not in values:
            value, source = proposed.get(field, ("en" if field == "language" else NOT_STATED, ""))
            label = field + (f" ({source})" if source else "") + (", YYYY-MM-DD" if field in ("published", "updated") else "")
            typed = click.prompt(label, default=value, err=True)
            try:
                values[field] = field_value(field, typed)
            except UsageError as error:
                click.echo(str(error), err=True)
    return values


def _chosen(items: Sequence[_T], accept: str | None, question: str) -> Sequence[_T]:
    """The items of the numbers that were given, or are typed at a terminal; none where there is nobody to ask."""
    if accept is not None or not items:
        return [items[n - 1] for n in _numbers(accept or "", len(items))]
    while _terminal():
        typed = click.prompt(f"\n{question} Numbers such as 1,3-5, or {_ALL}; Enter for none", default="", show_default=False, err=True)
        try:
            return [items[n - 1] for n in _numbers(typed, len(items))]
        except UsageError as error:
            click.echo(str(error), err=True)
    return ()


def _numbers(text: str, most: int) -> list[int]:
    """The numbers that a text such as `1,3-5` names, in order. Raises UsageError where there is no such number."""
    if text.strip() == _ALL:
        return list(range(1, most + 1))
    found: set[int] = set()
    for part in re.split(r"[,\s]+", text.strip()):
        match = _NUMBERS.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if part and not 1 <= first <= last <= most:
            raise UsageError(f"{part!r}: " + (f"the numbers are 1 to {most}" if most else "nothing is proposed under a number"))
        found |= set(range(first, last + 1)) if part else set()
    return sorted(found)


def _proposal(proposal: object) -> str:
    from bot.proposals import Dated, Furniture
    from bot.suggestions import Suggestion

    match proposal:
        case Furniture(text, reason):
            return f"page furniture: {reason}\n   {text}"
        case Dated(starts, asserted, reason):
            return f"written on {asserted}: {reason}\n   {starts}…"
        case Suggestion(kind, reason, item):
            return f"{kind}: {reason}\n{item}"
    raise AssertionError(proposal)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def _print_head(data: bytes | None) -> None:
    """The front matter of a file that would be written."""
    head = (data or b"").decode().partition("\n---\n")[0]
    click.echo(f"\n{head}\n---\nnothing was written (--dry-run)")
