"""`bot index`: the saved index of a large corpus."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from bot import config, ridge
from bot.edition import folder_of, vectors_of
from bot.engines import check_meaning
from bot.errors import UsageError, number_of
from bot.passages import CLUSTER, EXACT, SAVED, checked
from bot.semantic import find_encoder
from bot.terminal import settings_of


@contextmanager
def _bars() -> Iterator[ridge.Progress]:
    """Bars with rate and time left on standard error, one for each part, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many are done in a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="cyan")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bars:
        tasks = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield progress


@click.group()
def index() -> None:
    """Keep an index of a large corpus on disk.

    With a saved index the bot starts in a second and answers from millions of passages; with a few articles nobody needs one. It is used
    from 500 articles on, or where BOT_ENGINE=bm25s says so; BOT_ENGINE=rank-bm25 leaves it alone. It lies in the cache folder, or in BOT_INDEX.

    With BOT_ENGINE=opensearch it is also brought into the cluster of BOT_OPENSEARCH, for bots on other machines, which need no articles then.
    """


def _place(ctx: click.Context) -> tuple[config.Settings, Path]:
    settings = settings_of(ctx)
    if settings.index is None:
        raise UsageError("BOT_CACHE=none keeps no index; name a folder for it with BOT_INDEX")
    return settings, settings.index


def _publish(settings: config.Settings) -> Callable[..., bool] | None:
    """What brings an index into the cluster, where one is used."""
    if settings.engine != CLUSTER:
        return None
    from bot import opensearch_build
    from bot.engines import cluster_of

    cluster = cluster_of(settings)
    return partial(opensearch_build.publish, cluster)


@index.command()
@click.pass_context
def build(ctx: click.Context) -> None:
    """Build the index, or bring it up to date.

    Only new and changed articles are read. It may be interrupted at any moment and run again: what was read is kept, and the index in use
    stays until the new one is whole.

    With BOT_SEMANTIC=on it also computes what matching by meaning needs, once for each article: a vector for each of its passages and sentences.
    """
    from bot import index_build

    settings, folder = _place(ctx)
    engine = checked(SAVED if settings.engine in (None, EXACT) else settings.engine)
    check_meaning(settings)
    encoder = find_encoder() if settings.semantic else None
    try:
        with _bars() as progress:
            facts, done = index_build.build(settings.corpus, folder, progress=progress, engine=engine, publish=_publish(settings), encoder=encoder)
    except KeyboardInterrupt:
        click.echo("interrupted; what was read is kept: run it again to go on", err=True)
        ctx.exit(130)
    took = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in facts.seconds.items())
    click.echo(str(facts) + (f"; {took}" if done else "; up to date, nothing to do"))


@index.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Say what the index holds and what of the corpus is not in it.

    Exit code 1 where there is none or it is not up to date. Files are compared by size and time.
    """
    from bot import index_build

    settings, folder = _place(ctx)
    encoder = find_encoder().name if settings.semantic and settings.engine != CLUSTER else None
    state = index_build.status(settings.corpus, folder, encoder)
    if state.facts is None:
        click.echo(f"no index; {number_of(state.new, 'article')} in {settings.corpus}; `bot index build` makes one" + _computed(state.embedded))
        ctx.exit(1)
    facts = state.facts
    click.echo(f"corpus  {facts.corpus}  (sha256 {facts.sha256[:16]})\nengine  {facts.engine}\nbuilt   {facts.built}")
    click.echo(f"holds   {facts}; {state.size / 1e6:,.1f} MB in {folder}")
    lacks = _tell_vectors(folder_of(folder, settings.corpus) / facts.name, encoder, state.embedded)
    differs = [f"{count} {what}" for count, what in ((state.new, "new"), (state.changed, "changed"), (state.gone, "gone")) if count]
    click.echo(f"since   {', '.join(differs)}: `bot index build` brings it up to date" if differs else "since   nothing has changed")
    differs += ["vectors"] if lacks else []
    if settings.engine == CLUSTER:
        differs += [] if _tell_cluster(settings, facts.sha256) else ["the cluster"]
    ctx.exit(1 if differs else 0)


def _computed(articles: int) -> str:
    return f"; the vectors of {number_of(articles, 'article')} are computed" if articles else ""


def _tell_vectors(folder: Path, encoder: str | None, computed: int) -> bool:
    """Say which vectors an edition has, where it has any or `encoder` is asked for; return whether it lacks those."""
    facts = vectors_of(folder)
    if facts:
        how = "all compared" if facts.exact else "found by an approximate index"
        click.echo(f"vectors of {number_of(facts.passages, 'passage')} by {facts.encoder}, {how}; {sum(facts.sizes.values()) / 1e6:,.1f} MB")
    if encoder is None or (facts and facts.encoder == encoder):
        return False
    click.echo(f"vectors by {encoder}: none{_computed(computed)}; `BOT_SEMANTIC=on bot index build` makes them")
    return True


def _tell_cluster(settings: config.Settings, sha256: str) -> bool:
    """Say which indexes the cluster has; return whether the one in use there is of the same articles."""
    from bot import opensearch_build
    from bot.engines import cluster_of

    cluster = cluster_of(settings)

    same = False
    for found in opensearch_build.status(cluster):
        what = "in use" if found.in_use else "not in use" if found.facts else "not whole"
        click.echo(f"cluster {found.index}: {what}, {number_of(found.articles, 'article')}, {found.size / 1e6:,.1f} MB with copies, {found.health}")
        same = same or (found.in_use and found.facts is not None and found.facts.sha256 == sha256)
    if not same:
        click.echo("cluster lacks this index: `bot index build` brings it there")
    return same


@index.command()
@click.pass_context
def drop(ctx: click.Context) -> None:
    """Remove the index; the articles stay as they are."""
    from bot import index_build

    settings, folder = _place(ctx)
    freed = index_build.drop(settings.corpus, folder)
    click.echo(f"removed, {freed / 1e6:,.1f} MB" if freed else "there is no index")
    if settings.engine == CLUSTER:
        from bot import opensearch_build
        from bot.engines import cluster_of

        cluster = cluster_of(settings)

        click.echo(f"removed from the cluster: {opensearch_build.drop(cluster)}")
