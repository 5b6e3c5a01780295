"""Whether the files that answers are made of have changed: by looking at them now and then, which works on network shares and in containers too."""

from __future__ import annotations

import contextlib
import os

from bot.config import Settings
from bot.errors import SearchError
from bot.passages import CLUSTER

Stamp = frozenset[tuple[str, int, int, int]]
"""Path, inode, size and time of the last change (ns) of each file."""


def stamp(settings: Settings) -> Stamp:
    """How the files of the corpus and the FAQ stand now; a file that cannot be looked at is left out.

    With BOT_ENGINE=opensearch which index of the cluster is in use belongs to it, as a name alone. Raises SearchError where it is away.
    """
    paths: list[str] = [str(settings.faq)] if settings.faq else []
    with contextlib.suppress(OSError), os.scandir(settings.corpus) as found:
        paths += [entry.path for entry in found if not entry.name.startswith(".")]
    seen = set()
    for path in paths:
        with contextlib.suppress(OSError):
            facts = os.stat(path)
            seen.add((path, facts.st_ino, facts.st_size, facts.st_mtime_ns))
    if settings.engine == CLUSTER:
        from bot.engines import cluster_of
        from bot.opensearch_index import live

        seen.add((live(cluster_of(settings)).index, 0, 0, 0))
    return frozenset(seen)


class Watch:
    """Notices that files differ from those of the last time, once they have come to rest: an editor may still be writing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._noticed = self._last = stamp(settings)

    def look(self) -> bool:
        """Whether there is a change that was not noticed before, and the files are as they were at the look before this one."""
        try:
            now = stamp(self._settings)
        except SearchError:
            return False
        rested, self._last = now == self._last, now
        if not rested or now == self._noticed:
            return False
        self._noticed = now
        return True
