"""Bringing an edition into an OpenSearch cluster: into a new index beside the one in use, which takes its place in one step.

Where there is an index already, the new one begins as its copy (hard links, made in seconds), and only what the hashes of the articles say
is new or gone is sent and removed. Interrupted, it goes on with the articles that were not sent. The index before stays for those who read it.
"""

from __future__ import annotations

import base64
import itertools
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.archive import Archive
from bot.edition import ARTICLES, Facts
from bot.errors import number_of
from bot.index_build import Document, Documents
from bot.opensearch_cluster import BUILDING, FORMAT, OURS, READY, SLOW, Cluster, Missing, mapping, settings
from bot.opensearch_index import article_id, behind, every, facts_of, file_id, kept_row, meta, passage_id, search, tokens
from bot.ridge import Progress

TOGETHER = 200
"""Articles that are sent before they are marked as whole."""
LARGEST = 4_000_000
"""Characters of one request, about."""
PIECE = 2_000_000
"""Bytes of a file that are one document, before compression."""
MOST_PIECES = 10_000
SHARD = 2_000_000
"""Passages for which an index gets one more shard."""
COPIES = "0-1"
"""One copy of every shard as soon as there is a second node."""
_PATIENCE = 600.0
"""Seconds for one step that the cluster takes alone."""

Action = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """An article as an index has it."""

    article: str
    revision: str
    """Hash of its file; empty while it is being sent."""
    passages: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An index of this program in a cluster."""

    index: str
    state: str
    in_use: bool
    facts: Facts | None
    """Of what is in it; None while it is built."""
    articles: int
    """How many were sent."""
    size: int
    """Bytes, copies included."""
    health: str


def publish(cluster: Cluster, folder: Path, facts: Facts, rows: Sequence[int], documents: Documents, progress: Progress) -> bool:
    """Bring an edition of the saved index in `folder`, whose articles are `rows`, into the cluster; return whether anything was done.

    Raises SearchError. Whatever ends it, what was sent by then is kept for the next time, and what is in use stays as it was.
    """
    ours, in_use = _ours(cluster), _in_use(cluster)
    there = facts_of(ours[in_use]) if in_use else None
    if there and there.sha256 == facts.sha256:
        return False
    archive = Archive(folder / ARTICLES)
    try:
        target, shards, kept, again = _target(cluster, ours, in_use, -(-max(facts.passages, 1) // SHARD))
        sources = {row: (name, sha256) for name, found in archive.known().items() for row, sha256, *_ in found}
        whole = {row for row in rows if row in kept and (kept[row].article, kept[row].revision) == sources[row]}
        gone = {row: has for row, has in kept.items() if row not in whole}
        _do(cluster, target, itertools.chain.from_iterable(_removal(row, has.passages) for row, has in gone.items()))
        _send(cluster, target, archive, [row for row in rows if row not in whole], documents, progress)
        files = _send_files(cluster, target, folder / facts.name)
        progress("making copies", 0, 1)
        _finish(cluster, target, shards, facts, files, purge=bool(gone) or again)
        _switch(cluster, target, in_use)
        for index in ours.keys() - {target, in_use}:
            cluster.call(lambda client, index=index: client.indices.delete(index=index), patience=SLOW)  # type: ignore[misc]
        progress("making copies", 1, 1)
        return True
    finally:
        archive.close()


def status(cluster: Cluster) -> list[Standing]:
    """The indexes of this program behind this alias, the oldest first. Raises SearchError."""
    ours, in_use = _ours(cluster), _in_use(cluster)
    if not ours:
        return []
    names = ",".join(sorted(ours))
    told: list[dict[str, Any]] = cluster.call(
        lambda client: client.cat.indices(index=names, params={"format": "json", "bytes": "b", "h": "index,health,store.size"})
    )
    found = []
    for row in sorted(told, key=lambda row: str(row["index"])):
        index, described = row["index"], ours[row["index"]]
        facts = facts_of(described)
        articles = facts.articles if facts else _count(cluster, index, "article")
        found.append(Standing(index, described["state"], index == in_use, facts, articles, int(row["store.size"] or 0), row["health"]))
    return found


def drop(cluster: Cluster) -> int:
    """Remove all indexes of this program behind this alias; return how many there were. Raises SearchError."""
    ours = _ours(cluster)
    for index in ours:
        cluster.call(lambda client, index=index: client.indices.delete(index=index), patience=SLOW)  # type: ignore[misc]
    return len(ours)


def _ours(cluster: Cluster) -> dict[str, dict[str, Any]]:
    """Our indexes behind this alias, and what each says of itself."""
    name = cluster.address.name
    found: dict[str, Any] = cluster.call(lambda client: client.indices.get_mapping(index=f"{name}-*"))
    described = {index: what["mappings"].get("_meta") or {} for index, what in found.items() if re.fullmatch(rf"{re.escape(name)}-\d{{6}}", index)}
    return {index: told for index, told in described.items() if told.get("made_by") == OURS}


def _in_use(cluster: Cluster) -> str | None:
    """The index that the alias leads to. Raises SearchError where it is not ours."""
    try:
        return behind(cluster)[0]
    except Missing:
        return None


def _target(cluster: Cluster, ours: Mapping[str, Mapping[str, Any]], in_use: str | None, shards: int) -> tuple[str, int, dict[int, Sent], bool]:
    """The index that is built, of how many shards, what it has already, and whether an interrupted building goes on."""
    begun = max((index for index, told in ours.items() if told.get("format") == FORMAT and index > (in_use or "")), default=None)
    target = begun or f"{cluster.address.name}-{max((int(index[-6:]) for index in ours), default=0) + 1:06d}"
    open_again = {"index": {"blocks.write": False, "auto_expand_replicas": False, "number_of_replicas": 0, "refresh_interval": -1}}
    if begun:
        shards = ours[begun]["shards"]
        cluster.call(lambda client: client.indices.put_settings(index=target, body=open_again))
    elif in_use and ours[in_use].get("format") == FORMAT and 2 * ours[in_use]["shards"] >= shards:
        shards = ours[in_use]["shards"]
        cluster.call(lambda client: client.indices.put_settings(index=in_use, body={"index": {"blocks.write": True}}))
        cluster.call(lambda client: client.indices.clone(index=in_use, target=target, body={"settings": open_again}, request_timeout=60), patience=SLOW)
    else:
        body = {"settings": settings(shards), "mappings": {**mapping(), "_meta": meta(BUILDING, shards)}}
        cluster.call(lambda client: client.indices.create(index=target, body=body, request_timeout=60), patience=SLOW)
        return target, shards, {}, False
    cluster.call(lambda client: client.indices.put_mapping(index=target, body={"_meta": meta(BUILDING, shards)}))
    _settled(cluster, target)
    cluster.call(lambda client: client.indices.refresh(index=target, request_timeout=60), patience=SLOW)
    asked: dict[str, Any] = {"query": {"term": {"kind": "article"}}, "_source": ["row", "article", "revision", "passages"]}
    found = (hit["_source"] for hit in every(cluster, target, asked, "row"))
    return target, shards, {has["row"]: Sent(has["article"], has["revision"], has["passages"]) for has in found}, begun is not None


def _removal(row: int, passages: int) -> Iterator[Action]:
    """What removes an article; the article itself last, since it says what there is to remove."""
    return ({"delete": {"_id": name}} for name in (*(passage_id(row, n) for n in range(passages)), article_id(row)))


def _send(cluster: Cluster, target: str, archive: Archive, rows: Sequence[int], documents: Documents, progress: Progress) -> None:
    """Send articles and their passages. An article is marked first as being sent, with how many passages it has, and has its text and hash last."""
    found = documents(rows)
    waiting = next(found, None)
    for first in range(0, len(rows), TOGETHER):
        progress("sending articles", first, len(rows))
        marks: list[Action] = []
        sent: list[Action] = []
        whole: list[Action] = []
        for row in rows[first : first + TOGETHER]:
            count = 0
            while waiting and waiting.row == row:
                sent.append({"index": {"_id": passage_id(row, count)}, "source": _passage(waiting)})
                count += 1
                waiting = next(found, None)
            kept = kept_row(row, archive.row(row), count)
            marks.append(
                {"index": {"_id": article_id(row)}, "source": {name: kept[name] for name in ("kind", "row", "article", "passages")} | {"revision": ""}}
            )
            whole.append({"index": {"_id": article_id(row)}, "source": kept})
        for actions in (marks, sent, whole):
            _do(cluster, target, actions)
    progress("sending articles", len(rows), len(rows))


def _passage(found: Document) -> dict[str, Any]:
    return {
        "kind": "passage",
        "row": found.row,
        "article": found.article,
        "sha256": found.sha256,
        "start": found.start,
        "end": found.end,
        "tokens": tokens(found.terms),
    }


def _send_files(cluster: Cluster, target: str, folder: Path) -> dict[str, int]:
    """Send the files of an edition, which those who search fetch once; return how many pieces each is kept in."""
    files: dict[str, int] = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            pieces = iter(lambda stream=stream: stream.read(PIECE), b"")  # type: ignore[misc]
            actions = (
                {"index": {"_id": file_id(path.name, n)}, "source": {"kind": "file", "data": base64.b64encode(zlib.compress(piece)).decode()}}
                for n, piece in enumerate(pieces)
            )
            _do(cluster, target, actions)
            files[path.name] = -(-stream.tell() // PIECE)
    cluster.call(lambda client: client.indices.refresh(index=target, request_timeout=60), patience=SLOW)
    there = {hit["_id"] for hit in search(cluster, target, {"query": {"term": {"kind": "file"}}, "_source": False, "size": MOST_PIECES})}
    _do(cluster, target, ({"delete": {"_id": name}} for name in sorted(there - {file_id(name, n) for name, count in files.items() for n in range(count)})))
    return files


def _do(cluster: Cluster, target: str, actions: Iterable[Action]) -> None:
    """Do actions on one index, in requests of about LARGEST."""
    waiting: list[Action] = []
    size = 0
    for action in actions:
        next(iter(action.values()))["_index"] = target
        waiting.append(action)
        size += 100 + sum(len(value) for value in action.get("source", {}).values() if isinstance(value, str))
        if size >= LARGEST:
            cluster.bulk(waiting)
            waiting, size = [], 0
    cluster.bulk(waiting)


def _finish(cluster: Cluster, target: str, shards: int, facts: Facts, files: Mapping[str, int], *, purge: bool) -> None:
    """Make an index what others may read: nothing deleted in its counts, all there that should be, no more written to, with its copies."""
    if purge:
        cluster.call(
            lambda client: client.indices.forcemerge(index=target, params={"only_expunge_deletes": "true"}, request_timeout=_PATIENCE), patience=_PATIENCE
        )
    there = (_count(cluster, target, "article"), _count(cluster, target, "passage"))
    if there != (facts.articles, facts.passages):
        raise cluster.unusable(
            f"{target} has {number_of(there[0], 'article')} and {number_of(there[1], 'passage')} instead of {facts.articles} and {facts.passages}",
            "run `bot index drop`, then `bot index build`",
        )
    ended = {"index": {"blocks.write": True, "auto_expand_replicas": COPIES, "refresh_interval": None}}
    cluster.call(lambda client: client.indices.put_mapping(index=target, body={"_meta": meta(READY, shards, facts, files)}))
    cluster.call(lambda client: client.indices.put_settings(index=target, body=ended))
    _settled(cluster, target)


def _settled(cluster: Cluster, index: str) -> None:
    """Wait until every shard of an index is where it should be; where a node is away, until all can be read. Raises SearchError where they cannot."""
    asked = {"wait_for_status": "green", "timeout": "60s"}
    told: dict[str, Any] = cluster.call(lambda client: client.cluster.health(index=index, params=asked, request_timeout=90), patience=SLOW)
    if told["status"] == "red":
        raise cluster.unusable(
            f"{index} lacks a part", "look whether all nodes run and have room on their disks (GET _cluster/allocation/explain), then build again"
        )


def _count(cluster: Cluster, index: str, kind: str) -> int:
    cluster.call(lambda client: client.indices.refresh(index=index, request_timeout=60), patience=SLOW)
    body = {"query": {"term": {"kind": kind}}}
    answer: dict[str, Any] = cluster.call(lambda client: client.count(index=index, body=body))
    if answer["_shards"]["failed"]:
        raise cluster.unusable(f"a part of {index} does not answer", "look whether all nodes run")
    return int(answer["count"])


def _switch(cluster: Cluster, target: str, in_use: str | None) -> None:
    """Let the alias lead to `target` alone, in one step."""
    name = cluster.address.name
    actions: list[dict[str, Any]] = [{"add": {"index": target, "alias": name}}]
    if in_use and in_use != target:
        actions.append({"remove": {"index": in_use, "alias": name}})
    cluster.call(lambda client: client.indices.update_aliases(body={"actions": actions}, request_timeout=30), patience=SLOW)
