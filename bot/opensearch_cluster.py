"""An OpenSearch cluster as it is reached: its address, and requests that are tried again where that can help.

Every request has a time that it may take and every question an end to its patience; what fails is told in one line, never with a password.
"""

from __future__ import annotations

import logging
import random
import re
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from bot import archive
from bot.errors import SearchError, UsageError, number_of
from bot.passages import K1, PASSAGE_B

T = TypeVar("T")

OURS = "verbatim-faq-bot"
"""In the mapping of every index of this program: no other index is read, changed or removed."""
FORMAT = f"{archive.FORMAT}.1"
"""Of the files that an index holds and of its documents: an index of another one is built anew."""
BUILDING, READY = "building", "ready"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,100}")
_TIMEOUT = 5.0
"""Seconds until an unanswered request goes to another node."""
PATIENCE = 10.0
"""Seconds that a question waits for the cluster, tries again included."""
REST = 30.0
"""Seconds for which a cluster that was away is asked once for each question and no more."""
SLOW = 120.0
"""Seconds that a step of a build waits for the cluster, tries again included."""
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0
_PASSING = {408, 429, 500, 502, 503, 504}
"""HTTP statuses of a cluster that is busy, or that has just lost a node."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a cluster is, what opens it, and the alias of the index in it."""

    hosts: tuple[str, ...]
    """Each as scheme://host:port."""
    name: str = "bot"
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return ", ".join(self.hosts)

    @classmethod
    def parsed(cls, text: str) -> Address:
        """The address that BOT_OPENSEARCH holds: URLs with commas between them; USER:PASSWORD@ and /ALIAS in one hold for all. Raises UsageError."""
        mend = "write BOT_OPENSEARCH as https://USER:PASSWORD@HOST:9200, with commas between the URLs of several nodes and /ALIAS after one of them"
        hosts, names, users = [], [], []
        for part in filter(None, (p.strip() for p in text.split(","))):
            try:
                url = urlsplit(part)
                port = url.port or 9200
            except ValueError:
                raise UsageError(f"BOT_OPENSEARCH: an address cannot be read; {mend}") from None
            if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
                raise UsageError(f"BOT_OPENSEARCH: an address cannot be read; {mend}")
            host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
            hosts.append(f"{url.scheme}://{host}:{port}")
            names += [url.path.strip("/")] if url.path.strip("/") else []
            users += [(unquote(url.username), unquote(url.password or ""))] if url.username else []
        if not hosts:
            raise UsageError(f"BOT_ENGINE=opensearch needs the address of the cluster: {mend}")
        if len(set(names)) > 1 or len(set(users)) > 1 or not all(_NAME.fullmatch(n) for n in names):
            raise UsageError(f"BOT_OPENSEARCH: one alias (a-z, 0-9, _ and -) and one user for all addresses; {mend}")
        user, password = users[0] if users else (None, None)
        return cls(tuple(hosts), names[0] if names else "bot", user, password)


class Missing(SearchError):
    """What was asked for is not in the cluster."""


class Lacking(Exception):
    """A part of an answer is lacking, as where a node was lost just now: it is asked for again."""


class Cluster:
    """Requests to one cluster; safe to use from several threads."""

    def __init__(self, address: Address, patience: float = PATIENCE) -> None:
        """`patience`: seconds that a request may take, tries again included."""
        self.address, self.patience = address, patience
        self._away_until = 0.0

    @cached_property
    def _client(self) -> Any:
        import ssl

        import opensearchpy

        secured: dict[str, Any] = {"ssl_context": ssl.create_default_context()} if any(h.startswith("https:") for h in self.address.hosts) else {}
        logging.getLogger("opensearch").setLevel(logging.CRITICAL)  # it tells what is told here, once for every try
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # opensearch-py warns of every ssl_context
            return opensearchpy.OpenSearch(
                list(self.address.hosts),
                http_auth=(self.address.user, self.address.password) if self.address.user else None,
                max_retries=0,
                timeout=_TIMEOUT,
                pool_maxsize=16,
                **secured,
            )

    def call(self, request: Callable[[Any], T], *, patience: float | None = None) -> T:
        """What `request` returns, tried again, for `patience` seconds at most, where the cluster is busy or a node is lost.

        Waits twice as long each time, more or less by chance, so that many processes do not come back at once. Raises Missing or SearchError.
        """
        from opensearchpy import TransportError

        if patience is None:
            patience = self.patience if time.monotonic() > self._away_until else 0.0
        end = time.monotonic() + patience
        wait = _FIRST_WAIT
        while True:
            try:
                answer = request(self._client)
                self._away_until = 0.0
                return answer
            except Lacking as error:
                told = self.unusable(f"a part of it does not answer ({error})", "look whether its nodes are well (GET _cluster/health)")
            except TransportError as error:
                told = self._told(error)
                if not _passes(error):
                    raise told from None
            if time.monotonic() + wait > end:
                self._away_until = time.monotonic() + REST
                raise told from None
            time.sleep(wait * random.uniform(0.5, 1.5))
            wait = min(2 * wait, _LONGEST_WAIT)

    def bulk(self, actions: Iterable[dict[str, Any]]) -> None:
        """Do all `actions`, each {"index" or "delete": …, "source": …}, in one request; those that a busy cluster put off are sent again.

        Each has an id of its own, so that doing it twice is doing it once. Raises SearchError where one is refused.
        """
        left = list(actions)
        end = time.monotonic() + SLOW
        wait = _FIRST_WAIT
        while left:
            body = [
                part for action in left for part in (({"delete": action["delete"]},) if "delete" in action else ({"index": action["index"]}, action["source"]))
            ]
            answer = self.call(lambda client, body=body: client.bulk(body=body, params={"timeout": "30s"}, request_timeout=60), patience=end - time.monotonic())  # type: ignore[misc]
            results = [next(iter(item.values())) for item in answer["items"]]
            refused = [r for r in results if r["status"] >= 400 and r["status"] not in {404, *_PASSING}]
            if refused:
                raise self.unusable(f"the cluster refuses {refused[0].get('_id')}: {_reason(refused[0].get('error'))}")
            left = [action for action, r in zip(left, results, strict=True) if r["status"] in _PASSING]
            if left:
                if time.monotonic() + wait > end:
                    raise self.unusable(
                        f"the cluster stayed too busy to take {number_of(len(left), 'document')}",
                        "give it more nodes or memory, then run `bot index build` again; it goes on where it ended",
                    )
                time.sleep(wait * random.uniform(0.5, 1.5))
                wait = min(2 * wait, _LONGEST_WAIT)

    def unusable(self, message: str, mend: str = "run `bot index build`") -> SearchError:
        """An error that names this cluster."""
        return SearchError(f"OpenSearch at {self.address}: {message}; {mend}")

    def _told(self, error: Any) -> SearchError:
        import opensearchpy

        where = f"OpenSearch at {self.address}"
        if isinstance(error, opensearchpy.SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return SearchError(f"{where}: its certificate is not one that this machine trusts; name the file of its CA in SSL_CERT_FILE")
        if isinstance(error, opensearchpy.ConnectionTimeout):
            return SearchError(f"{where} does not answer in time; look whether its nodes are well (GET _cluster/health)")
        if isinstance(error, opensearchpy.ConnectionError):
            return SearchError(f"{where} cannot be reached; look whether it runs there, and whether BOT_OPENSEARCH names the right hosts and ports")
        if error.status_code in (401, 403):
            return SearchError(f"{where} refuses the user or the password (HTTP {error.status_code}); look at what BOT_OPENSEARCH says before the @")
        if error.status_code == 404:
            return Missing(f"{where} has no such index as {self.address.name!r}; run `bot index build`")
        return SearchError(f"{where} answers HTTP {error.status_code}: {_reason(error.info)}")


def _passes(error: Any) -> bool:
    """True where the same request may do better a little later, or at another node."""
    import opensearchpy

    if isinstance(error, opensearchpy.SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return False
    return isinstance(error, opensearchpy.ConnectionError) or error.status_code in _PASSING


def _reason(told: object) -> str:
    """What OpenSearch gives as the reason of an error, in a line."""
    if isinstance(told, dict):
        inner = told.get("error", told)
        if isinstance(inner, dict):
            cause = inner.get("caused_by") or next(iter(inner.get("root_cause") or ()), None) or inner
            told = f"{cause.get('type')}: {cause.get('reason')}" if isinstance(cause, dict) else cause
        else:
            told = inner
    return " ".join(str(told).split())[:300]


def mapping() -> dict[str, Any]:
    """How documents are kept: articles with their texts, passages with the terms that are searched."""
    kept = {"type": "keyword", "index": False, "doc_values": False}
    text = {"type": "text", "index": False, "norms": False}
    return {
        "dynamic": "strict",
        "properties": {
            "kind": {"type": "keyword"},
            "row": {"type": "integer"},
            "article": {"type": "keyword"},
            "sha256": kept,
            "start": {"type": "integer", "index": False, "doc_values": False},
            "end": {"type": "integer", "index": False, "doc_values": False},
            "tokens": {"type": "text", "analyzer": "whitespace", "index_options": "freqs"},
            "passages": {"type": "integer", "index": False, "doc_values": False},
            "revision": kept,
            "language": kept,
            "facts": text,
            "text": text,
            "spans": text,
            "data": text,
        },
    }


def settings(shards: int) -> dict[str, Any]:
    """Of an index that is built: BM25 with our K1 and PASSAGE_B; no copies and no looking at it until all is there; what is deleted can leave its counts."""
    return {
        "index": {
            "number_of_shards": shards,
            "number_of_replicas": 0,
            "refresh_interval": -1,
            "similarity": {"default": {"type": "BM25", "k1": K1, "b": PASSAGE_B}},
            "merge": {"policy": {"expunge_deletes_allowed": 0}},
        }
    }
