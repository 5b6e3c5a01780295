"""Passages ranked by an OpenSearch cluster, and the texts of their articles fetched from it, each proven by its hash before it is sliced.

A search counts by the terms of the whole index (`dfs_query_then_fetch`) and is answered by all shards or not at all. Lucene keeps the length
of a passage in one byte: some more passages than asked are fetched and scored again by the formula, so that scores are rank-bm25's.
"""

from __future__ import annotations

import base64
import logging
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from bot.archive import Ints, KeptArticle, Row, article_of
from bot.corpus import Span
from bot.edition import CURRENT, Edition, Facts, current, packed
from bot.errors import SavedIndexError, TextError
from bot.files import write_whole
from bot.opensearch_cluster import FORMAT, OURS, READY, Cluster, Lacking, Missing
from bot.passages import CLUSTER, K1, PASSAGE_B, Hit, share

MORE = 10
"""Passages fetched beyond those asked for: one that Lucene's rounded lengths put some places too low is found all the same."""
LONGEST_TOKEN = 255
"""Characters; the whitespace analyzer would cut a longer one in two."""
_PAGE = 1000
_AS_SEARCHED = {"realtime": "false"}
"""Documents by their ids as a search sees them: nothing is written to an index in use, and no log has to be looked into."""
_log = logging.getLogger(__name__)


def tokens(terms: Sequence[str]) -> str:
    """Terms as the whitespace analyzer gives them back: no term has white space in it; of a very long one the end is left out."""
    return " ".join(term[:LONGEST_TOKEN] for term in terms)


@dataclass(frozen=True, slots=True)
class Generation:
    """One index of the cluster that holds one edition."""

    index: str
    facts: Facts
    files: Mapping[str, int]
    """Name of a file of the edition → pieces that it is kept in."""


def live(cluster: Cluster) -> Generation:
    """The generation that the alias leads to. Raises Missing; SearchError where it is not of this program, not of this version, or not ready."""
    index, meta = behind(cluster)
    facts = facts_of(meta)
    if facts is None:
        raise cluster.unusable(f"{index} was made by another version of this program, or its building has not ended")
    return Generation(index, facts, meta["files"])


def behind(cluster: Cluster) -> tuple[str, Mapping[str, Any]]:
    """The index that the alias leads to, and what it says of itself. Raises Missing; SearchError where it is not of this program."""
    name = cluster.address.name
    found: dict[str, Any] = cluster.call(lambda client: client.indices.get_mapping(index=name))
    index, described = next(iter(found.items()))
    meta: Mapping[str, Any] = described["mappings"].get("_meta") or {}
    if meta.get("made_by") != OURS:
        raise cluster.unusable(f"{name!r} is an index of something else ({index})", "write another alias behind the address, as in http://HOST:9200/ALIAS")
    return index, meta


def facts_of(meta: Mapping[str, Any]) -> Facts | None:
    """What an index says of the edition in it; None while it is built, and of another version."""
    told = meta.get("facts")
    if meta.get("state") != READY or meta.get("format") != FORMAT or not isinstance(told, dict) or set(told) != {f.name for f in fields(Facts)}:
        return None
    return Facts(**told)


class ClusterArchive:
    """The articles of one generation, fetched when they are asked for."""

    keeps = 8192
    """More than of a file's, since each that is not in memory is asked of the cluster: about 100 MB of news articles."""

    def __init__(self, cluster: Cluster, index: str) -> None:
        self._cluster, self._index = cluster, index

    def close(self) -> None:
        """Nothing is held open."""

    def article(self, row: int, folder: Path) -> KeptArticle:
        """The article of a row. Raises TextError where its text is not what its hash was made of or not there, SearchError."""
        found = self.articles([row], folder)[0]
        if isinstance(found, TextError):
            raise found
        return found

    def articles(self, rows: Sequence[int], folder: Path) -> list[KeptArticle | TextError]:
        """The articles of these rows, fetched in one request; in the place of one whose text is not what its hash was made of, what is wrong."""
        body = {"ids": [article_id(row) for row in rows]}
        answer = self._cluster.call(lambda client: _whole(self._index, client.mget(body=body, index=self._index, params=_AS_SEARCHED)))
        return [self._made(row, got, folder) for row, got in zip(rows, answer["docs"], strict=True)]

    def _made(self, row: int, got: Mapping[str, Any], folder: Path) -> KeptArticle | TextError:
        if not got.get("found"):
            return TextError(f"an article of {self._index} is not there (row {row}); it is not shown. Run `bot index drop`, then `bot index build`")
        kept = got["_source"]
        try:
            return article_of(kept["article"], kept["text"], kept["sha256"], kept["language"], kept["facts"], base64.b64decode(kept["spans"]), folder)
        except TextError as error:
            return error

    def row_of(self, name: str, among: Ints) -> int | None:
        """The row of the article `name`; `among` are all rows of the generation."""
        body = {"query": {"bool": {"filter": [{"term": {"kind": "article"}}, {"term": {"article": name}}]}}, "_source": ["row"], "size": 1}
        found = search(self._cluster, self._index, body)
        return int(found[0]["_source"]["row"]) if found else None

    def ids(self, rows: Sequence[int]) -> Iterator[str]:
        """The ids of all articles, in order."""
        body = {"query": {"term": {"kind": "article"}}, "_source": ["article"]}
        return (hit["_source"]["article"] for hit in every(self._cluster, self._index, body, "article"))


def article_id(row: int) -> str:
    """The id of the document of an article."""
    return f"a{row}"


def passage_id(row: int, number: int) -> str:
    """The id of the document of an article's passage."""
    return f"p{row}.{number}"


def file_id(name: str, number: int) -> str:
    """The id of the document of a piece of a file."""
    return f"f{name}.{number}"


def search(cluster: Cluster, index: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The hits of a search that all shards answered."""
    asked = {"allow_partial_search_results": "false", "search_type": "dfs_query_then_fetch"}
    try:
        answer: dict[str, Any] = cluster.call(lambda client: client.search(body={"track_total_hits": False, **body}, index=index, params=asked))
    except Missing:
        raise _gone(index) from None
    found: list[dict[str, Any]] = answer["hits"]["hits"]
    return found


def every(cluster: Cluster, index: str, body: Mapping[str, Any], order: str) -> Iterator[dict[str, Any]]:
    """All hits of a search, page by page, in the order of a field that no two of them have the same."""
    after: dict[str, Any] = {}
    while True:
        page = search(cluster, index, {**body, "sort": [order], "size": _PAGE, **after})
        yield from page
        if len(page) < _PAGE:
            return
        after = {"search_after": page[-1]["sort"]}


def _whole(index: str, answer: dict[str, Any]) -> dict[str, Any]:
    """`answer` to a request for documents. Raises Lacking where one of them could not be looked for, Missing where their index is gone."""
    failed = next((doc["error"] for doc in answer["docs"] if "error" in doc), None)
    if failed and failed.get("type") == "index_not_found_exception":
        raise _gone(index)
    if failed:
        raise Lacking(failed.get("type"))
    return answer


def _gone(index: str) -> Missing:
    return Missing(f"OpenSearch has {index} no more, which was opened here: later builds took its place; reload, or start again")


class ClusterPassages:
    """The passages of a generation, ranked by BM25."""

    engine = CLUSTER

    def __init__(self, edition: Edition, cluster: Cluster, index: str) -> None:
        self._edition, self._cluster, self._index = edition, cluster, index
        self.idf = edition.passages.idf

    def holds(self, term: str) -> bool:
        """True where a passage or a title has the term."""
        return self._edition.row(term)[0] >= 0

    def rank(self, query: Sequence[str], k: int) -> list[Hit]:
        """The `k` best passages that share a term, best first; ties by article id, then offset. Raises SearchError.

        One whose text is not what its hash was made of, or not where the passage says, is left out, and told in the log.
        """
        asked = [term for term in query if self.holds(term)]
        if not asked or k <= 0:
            return []
        body = {
            "query": {"match": {"tokens": {"query": tokens(asked)}}},
            "_source": ["article", "sha256", "row", "start", "end", "tokens"],
            "size": k + MORE,
        }
        weights = [(term[:LONGEST_TOKEN], self.idf(term)) for term in asked]
        mean = self._edition.passages.mean or 1.0
        scored = []
        for hit in search(self._cluster, self._index, body):
            found = hit["_source"]
            held = found["tokens"].split(" ")
            room = K1 * ((1 - PASSAGE_B) + PASSAGE_B * len(held) / mean)
            score = sum(share(information, count, room) for token, information in weights if (count := held.count(token)))
            scored.append((-round(score, 9), found["article"], found["start"], found["end"], score, found, held))
        scored.sort(key=lambda s: s[:4])
        hits: list[Hit] = []
        while scored and len(hits) < k:
            wanted, scored = scored[: k - len(hits)], scored[k - len(hits) :]
            articles = self._edition.articles.several([found["row"] for *_, found, _ in wanted])
            for article, (_, name, start, end, score, found, held) in zip(articles, wanted, strict=True):
                if article is None:
                    continue
                if (article.id, article.sha256) != (name, found["sha256"]) or not 0 <= start < end <= len(article.text):
                    _log.warning(
                        "%s: a passage of %s is of another text than its article; it is not shown. Run `bot index drop`, then `bot index build`",
                        self._index,
                        name,
                    )
                    continue
                hits.append(Hit(Span(article, start, end), score, tuple(t for t in dict.fromkeys(asked) if t[:LONGEST_TOKEN] in held)))
        return hits


def opened(cluster: Cluster, folder: Path, corpus: Path) -> tuple[Edition, ClusterPassages]:
    """The generation that the alias leads to now, for a bot whose corpus folder is `corpus`; its counts are fetched once into `folder`.

    It stays the same however often the alias moves on, until the build after the next removes it. Raises SearchError, SavedIndexError.
    """
    found = live(cluster)
    _fetch(cluster, found, folder)
    edition = Edition(folder, replace(found.facts, corpus=str(corpus)), ClusterArchive(cluster, found.index))
    return edition, ClusterPassages(edition, cluster, found.index)


def _fetch(cluster: Cluster, found: Generation, folder: Path) -> None:
    """Bring the files of a generation into `folder`, whole or not at all."""
    before = current(folder)
    if before and before.name == found.facts.name and all((folder / before.name / name).exists() for name in found.files):
        return
    for name, pieces in found.files.items():
        data = b"".join(_piece(cluster, found.index, name, n) for n in range(pieces))
        (folder / found.facts.name).mkdir(parents=True, exist_ok=True)
        write_whole(folder / found.facts.name / name, data)
    write_whole(folder / CURRENT, packed(found.facts))
    for path in folder.glob("edition-*"):
        if path.name not in (found.facts.name, before.name if before else None):
            shutil.rmtree(path, ignore_errors=True)


def _piece(cluster: Cluster, index: str, name: str, number: int) -> bytes:
    try:
        got: dict[str, Any] = cluster.call(lambda client: client.get(index=index, id=file_id(name, number)))
    except Missing:
        raise SavedIndexError(f"{index} has not all of {name}; run `bot index drop`, then `bot index build`") from None
    return zlib.decompress(base64.b64decode(got["_source"]["data"]))


def kept_row(number: int, row: Row, passages: int) -> dict[str, Any]:
    """The document of an article."""
    return {
        "kind": "article",
        "row": number,
        "article": row.id,
        "sha256": row.sha256,
        "revision": row.file_sha256,
        "language": row.language,
        "facts": row.facts,
        "text": row.text,
        "spans": base64.b64encode(row.spans).decode(),
        "passages": passages,
    }


def meta(state: str, shards: int, facts: Facts | None = None, files: Mapping[str, int] | None = None) -> dict[str, Any]:
    """What an index says of itself, in its mapping."""
    return {"made_by": OURS, "format": FORMAT, "state": state, "shards": shards, "facts": asdict(facts) if facts else None, "files": dict(files or {})}
