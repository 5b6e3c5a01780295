"""Which engine searches the passages of a corpus, and opening it: by BOT_ENGINE, else by the number of articles."""

from __future__ import annotations

import itertools
import logging
import os
from functools import lru_cache
from pathlib import Path

from bot.config import Settings
from bot.corpus import Corpus, is_article, load_corpus, no_article, read_corpus
from bot.edition import Edition, Facts, current, folder_of
from bot.errors import Problem, SavedIndexError, UsageError
from bot.opensearch_cluster import Address, Cluster
from bot.passages import CLUSTER, EXACT, LARGE, SAVED, Passages, checked, installed

_log = logging.getLogger(__name__)


def in_use(settings: Settings) -> Facts | None:
    """The saved index that answers are made with; None where the articles themselves are read, which BOT_ENGINE=rank-bm25 asks for, and small corpora.

    Raises UsageError for an engine that there is not, SavedIndexError where BOT_ENGINE asks for an index that there is not.
    """
    facts = current(folder_of(settings.index, settings.corpus)) if settings.index else None
    if settings.engine is None:
        return facts if facts and facts.articles >= LARGE and facts.engine == SAVED and installed(SAVED) else None
    if checked(settings.engine) == EXACT:
        return None
    if settings.index is None:
        raise UsageError(f"BOT_ENGINE={settings.engine} needs a saved index, and BOT_CACHE=none keeps none; name a folder for it with BOT_INDEX")
    if facts is None or facts.engine != settings.engine:
        raise SavedIndexError(f"{settings.corpus}: no index for BOT_ENGINE={settings.engine}; run `bot index build`")
    return facts


def open_edition(settings: Settings) -> tuple[Edition, Passages] | None:
    """The saved index in use, opened, and what ranks its passages; None where there is none. Raises as `in_use`.

    Where the corpus folder has changed since, that is told in the log, and the index answers as it is.
    """
    if settings.engine == CLUSTER:
        return _of_cluster(settings)
    facts = in_use(settings)
    if facts is None or settings.index is None:
        if settings.engine is None and _is_large(settings.corpus):
            _log.warning(
                "%s has %d articles or more: `bot index build`, once, makes it start and answer many times faster (extra `scale`)", settings.corpus, LARGE
            )
        return None
    if _changed(settings.corpus, facts):
        _log.warning("%s has changed since its index was built (%s): `bot index build` brings it up to date", settings.corpus, facts.built)
    from bot.saved_index import SavedPassages

    edition = Edition(folder_of(settings.index, settings.corpus), facts)
    return edition, SavedPassages(edition)


def check_meaning(settings: Settings) -> None:
    """Raise UsageError where matching by meaning is asked for, and an engine that has no vectors."""
    if settings.semantic and settings.engine == CLUSTER:
        raise UsageError("BOT_SEMANTIC=on does not work with BOT_ENGINE=opensearch, whose indexes have no vectors; leave one of the two out")


def check_vectors(settings: Settings, encoder: str) -> None:
    """Raise BotError where matching by meaning cannot be done with the engine in use, or with the vectors of the saved index in use."""
    check_meaning(settings)
    facts = in_use(settings)
    if facts and settings.index:
        from bot.vectors import SavedVectors

        edition = Edition(folder_of(settings.index, settings.corpus), facts)
        try:
            SavedVectors(edition, encoder).close()
        finally:
            edition.close()


@lru_cache(maxsize=4)
def cluster_of(settings: Settings) -> Cluster:
    """The OpenSearch cluster that BOT_OPENSEARCH names. Raises UsageError where it names none, or the extra is not installed."""
    checked(CLUSTER)
    return Cluster(Address.parsed(settings.cluster or ""))


def _of_cluster(settings: Settings) -> tuple[Edition, Passages]:
    """What the cluster has in use. Raises UsageError, SearchError."""
    from bot.opensearch_index import opened

    cluster = cluster_of(settings)
    if settings.index is None:
        raise UsageError("BOT_ENGINE=opensearch keeps the counts of the corpus on disk, and BOT_CACHE=none keeps nothing; name a folder with BOT_INDEX")
    return opened(cluster, folder_of(settings.index, settings.corpus).with_suffix(".cluster"), settings.corpus)


def open_corpus(settings: Settings) -> Corpus:
    """The corpus that answers are made of: of the saved index in use, else of the files. Raises CorpusError, and as `in_use`."""
    opened = open_edition(settings)
    return opened[0].corpus if opened else load_corpus(settings.corpus, empty=False)[0]


def open_articles(settings: Settings) -> tuple[Corpus, list[Problem]]:
    """As `open_corpus`, but of broken files, too, all articles that can be read, and the problems that keep them from being answered from."""
    opened = open_edition(settings)
    corpus, problems = (opened[0].corpus, []) if opened else read_corpus(settings.corpus)
    return corpus, [p for p in problems if not p.warning] or ([] if corpus.articles else [no_article(settings.corpus)])


def _changed(corpus: Path, facts: Facts) -> bool:
    """True where a file was added, removed or replaced in the folder since; what is written into a file in place is not seen here."""
    try:
        return corpus.stat().st_mtime_ns != facts.modified
    except OSError:
        return True


def _is_large(corpus: Path) -> bool:
    try:
        with os.scandir(corpus) as entries:
            return sum(1 for _ in itertools.islice((e for e in entries if is_article(e.name)), LARGE)) == LARGE
    except OSError:
        return False
