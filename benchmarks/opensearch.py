"""`python -m benchmarks.opensearch URLS [PASSAGES]`: how fast a cluster takes in passages, and how fast it answers beside a bare opensearch-py query.

The bare query asks for the same words with the same settings and gets ten documents without any text; ours gets ten passages of articles
whose texts were fetched and proven by their hash. One after the other, question by question, so that a busy machine is so for both.
`.ci/opensearch start` prints URLs of a cluster (OPENSEARCH_JAVA_OPTS="-Xms2g -Xmx2g" for one that is worth measuring).
"""

from __future__ import annotations

import argparse
import functools
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from opensearchpy import OpenSearch

from benchmarks import zipf
from bot import index_build, opensearch_build, opensearch_index
from bot.edition import Edition
from bot.opensearch_cluster import Address, Cluster
from bot.opensearch_index import ClusterArchive, ClusterPassages
from bot.passages import CLUSTER
from bot.text import terms

ROUNDS = 5
QUESTIONS = 200
SHOWN = 10


class Forgetting(ClusterArchive):
    """Articles of which no more than one stays in memory when nobody holds it."""

    keeps = 1


class Clock:
    """When each part of a build began and ended."""

    def __init__(self) -> None:
        self.parts: dict[str, list[float]] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.perf_counter()
        self.parts.setdefault(what, [now, now])[1] = now

    def seconds(self, what: str) -> float:
        begun, ended = self.parts.get(what, [0.0, 0.0])
        return ended - begun


def built(cluster: Cluster, corpus: Path, indexes: Path) -> tuple[float, Clock, int]:
    """Seconds of a whole `bot index build`, of its parts, and passages."""
    clock, began = Clock(), time.perf_counter()
    facts, _ = index_build.build(corpus, indexes, engine=CLUSTER, publish=functools.partial(opensearch_build.publish, cluster), progress=clock)
    return time.perf_counter() - began, clock, facts.passages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("urls", help="of the cluster, with commas between them")
    parser.add_argument("passages", nargs="?", type=int, default=100_000)
    parser.add_argument("--corpus", type=Path, help="folder for the synthetic articles, to use them again; else a temporary one")
    asked = parser.parse_args()
    address = Address.parsed(f"{asked.urls}/benchmark")
    cluster = Cluster(address)
    opensearch_build.drop(cluster)
    try:
        with TemporaryDirectory() as name:
            measure(cluster, asked.corpus or Path(name) / "corpus", Path(name), asked.passages)
    finally:
        opensearch_build.drop(cluster)


def measure(cluster: Cluster, corpus: Path, work: Path, count: int) -> None:
    zipf.write(corpus, count)
    took, clock, passages = built(cluster, corpus, work / "indexes")
    sending = clock.seconds("sending articles")
    print(
        f"{passages} passages in {len(cluster.address.hosts)} nodes: {took:.1f} s for all, {sending:.1f} s of it sending: {passages / sending:,.0f} passages/s"
    )
    print(", ".join(f"{part} {clock.seconds(part):.1f} s" for part in clock.parts))
    for found in opensearch_build.status(cluster):
        print(f"{found.size / 1e6:,.0f} MB with copies, {found.health}")
    changed = sorted(corpus.glob("*.md"))[0]
    kept = changed.read_bytes()
    changed.write_bytes(kept.replace(b"publisher: ", b"publisher:  ", 1))
    print(f"one article changed: {built(cluster, corpus, work / 'indexes')[0]:.1f} s")
    changed.write_bytes(kept)
    edition, passages_of = opensearch_index.opened(cluster, work / "here", corpus)
    index = opensearch_index.live(cluster).index
    client = OpenSearch(list(cluster.address.hosts), http_auth=None)
    queries = [terms(question) for question in zipf.Zipf(1).questions(ROUNDS * QUESTIONS)]
    for query in queries:
        passages_of.rank(query, SHOWN)
    forgetting = ClusterPassages(Edition(work / "here", edition.facts, Forgetting(cluster, index)), cluster, index)
    for searched, articles in ((passages_of, "articles read before are kept in memory"), (forgetting, "every article is fetched anew")):
        rounds = []
        for n in range(ROUNDS):
            bare, ours = [], []
            for query in queries[n * QUESTIONS : (n + 1) * QUESTIONS]:
                began = time.perf_counter()
                body = {"query": {"match": {"tokens": {"query": " ".join(query)}}}, "size": SHOWN, "track_total_hits": False}
                client.search(body=body, index=index, params={"search_type": "dfs_query_then_fetch"})
                middle = time.perf_counter()
                searched.rank(query, SHOWN)
                bare.append(middle - began)
                ours.append(time.perf_counter() - middle)
            rounds.append([1000 * float(np.percentile(times, p)) for times in (bare, ours) for p in (50, 99)])
        b50, b99, o50, o99 = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"bare opensearch-py: p50 {b50:.1f} ms, p99 {b99:.1f} ms; search: p50 {o50:.1f} ms, p99 {o99:.1f} ms; {o50 / b50:.2f} and {o99 / b99:.2f} times")
        print(f"  median of {ROUNDS} rounds of {QUESTIONS}; {articles}")


if __name__ == "__main__":
    main()
