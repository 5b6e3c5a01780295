"""An OpenSearch cluster behind the seam, against a real one (`.ci/opensearch start`; its URLs in BOT_TEST_OPENSEARCH).

The server that Maven Central has knows no users and no TLS: for these a small reverse proxy (tests/front_proxy.py) stands before a real node.
"""

from __future__ import annotations

import functools
import itertools
import json
import logging
import os
import random
import re
import ssl
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner
from conftest import ROOT, write_article, write_corpus
from front_proxy import Front, serving

pytest.importorskip("opensearchpy", reason="needs the extra `opensearch`")

from bot import discord_client, frames, index_build, opensearch_build, opensearch_cluster, opensearch_index, show
from bot.assistant import Assistant
from bot.cli import main
from bot.config import Settings
from bot.corpus import load_corpus
from bot.edition import Edition
from bot.errors import SearchError, UsageError
from bot.faq import load_faq
from bot.index import Index
from bot.lexicon import load_lexicon
from bot.metrics import Tally
from bot.opensearch_cluster import Address, Cluster, Missing
from bot.opensearch_index import ClusterPassages
from bot.passages import CLUSTER, SAVED, Hit
from bot.relations import load_relations
from bot.ridge import Progress
from bot.text import terms
from bot.watch import Watch

URLS = os.environ.get("BOT_TEST_OPENSEARCH", "")
real = pytest.mark.skipif(not URLS, reason="needs a cluster: BOT_TEST_OPENSEARCH=$(.ci/opensearch start)")
WORDS = ["".join(pair) for pair in itertools.product(("ba", "de", "fi", "gok", "lum", "mir", "nos", "pat", "rud", "tev"), repeat=2)]
"""As if of a language: the first are common, the last rare."""
COMMON = terms(WORDS[0])
Make = Callable[..., Cluster]


def text_of(rng: random.Random) -> str:
    """Some paragraphs of sentences, short and long, whose words are as unevenly common as those of a language."""

    def sentence() -> str:
        words = rng.choices(WORDS, [1 / (n + 1) for n in range(len(WORDS))], k=rng.randint(3, 40))
        return f"{' '.join(words).capitalize()}."

    return "\n\n".join(" ".join(sentence() for _ in range(rng.randint(1, 6))) for _ in range(rng.randint(1, 5)))


def build(cluster: Cluster, corpus: Path, indexes: Path, progress: Progress | None = None) -> bool:
    """Bring the corpus folder into the cluster; True where anything was done."""
    return index_build.build(corpus, indexes, engine=CLUSTER, publish=functools.partial(opensearch_build.publish, cluster), progress=progress)[1]


def opened(cluster: Cluster, folder: Path) -> tuple[Edition, ClusterPassages]:
    return opensearch_index.opened(cluster, folder / uuid.uuid4().hex, folder)


def in_memory(corpus: Path) -> Index:
    return Index(load_corpus(corpus)[0].passages, titled=True)


def told(hits: list[Hit]) -> list[tuple[tuple[str, int, int], float, tuple[str, ...]]]:
    """A ranking as it can be compared: passages, scores to nine digits, terms."""
    return [(hit.span.key, round(hit.score, 9), hit.terms) for hit in hits]


def settings_of(other: Path, index: Path) -> Settings:
    return Settings(other / "corpus", other / "faq.yaml", None, index=index)


def queries(count: int, seed: int = 1) -> list[list[str]]:
    rng = random.Random(seed)
    return [terms(" ".join(rng.choices(WORDS, [1 / (n + 1) ** 0.7 for n in range(len(WORDS))], k=rng.randint(1, 7)))) for _ in range(count)]


@pytest.fixture(scope="module")
def made() -> Iterator[Make]:
    """Makes clusters that see an alias of their own; what is behind it is removed at the end."""
    clusters: list[Cluster] = []

    def make(name: str | None = None, urls: str = URLS, **options: Any) -> Cluster:
        clusters.append(Cluster(Address.parsed(f"{urls}/{name or 't' + uuid.uuid4().hex[:12]}"), **options))
        return clusters[-1]

    yield make
    for name in {c.address.name for c in clusters}:
        opensearch_build.drop(Cluster(Address.parsed(f"{URLS}/{name}")))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, made: Make) -> tuple[Cluster, Path]:
    """A cluster with 300 articles in several shards, and their folder."""
    corpus, rng = tmp_path_factory.mktemp("large") / "corpus", random.Random(0)
    for n in range(300):
        write_article(corpus, f"article-{n:03}", text_of(rng), title=" ".join(rng.choices(WORDS, k=3)))
    cluster = made()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opensearch_build, "SHARD", 300)
        assert build(cluster, corpus, corpus.parent / "indexes")
    return cluster, corpus


@real
def test_a_cluster_ranks_as_rank_bm25_does(large: tuple[Cluster, Path], tmp_path: Path) -> None:
    """The same passages, scores and terms for each of 200 queries; ties by article id, then offset."""
    cluster, corpus = large
    edition, passages = opened(cluster, tmp_path)
    exact = in_memory(corpus)
    assert (passages.engine, len(edition.articles)) == (CLUSTER, 300)
    assert edition.facts.passages > 600
    for query in queries(200):
        found = passages.rank(query, 10)
        assert len(found) == 10
        assert told(found) == told(exact.rank(query, 10))
        assert [passages.idf(t) for t in query] == pytest.approx([exact.idf(t) for t in query])
        assert [passages.holds(t) for t in query] == [exact.holds(t) for t in query]


@real
def test_nothing_is_found_for_no_words_for_unknown_words_and_for_none_wanted(large: tuple[Cluster, Path], tmp_path: Path) -> None:
    """No query, no known term or k of 0: no passage, and no request."""
    passages = opened(large[0], tmp_path)[1]
    assert passages.rank([], 5) == passages.rank(["unheard"], 5) == passages.rank(COMMON, 0) == passages.rank(COMMON, -1) == []


@real
def test_the_articles_come_from_the_cluster_letter_by_letter(large: tuple[Cluster, Path], tmp_path: Path) -> None:
    """Ids in order, texts, dates and sentences as in the folder; of an id that there is not, a KeyError."""
    cluster, corpus = large
    articles, read = opened(cluster, tmp_path)[0].articles, load_corpus(corpus)[0].articles
    assert list(articles) == list(read)
    for name in ("article-000", "article-299"):
        ours, theirs = articles[name], read[name]
        assert (ours.text, ours.sha256, ours.title, ours.published, ours.url) == (theirs.text, theirs.sha256, theirs.title, theirs.published, theirs.url)
        assert [s.key for s in ours.sentences] == [s.key for s in theirs.sentences]
        assert [s.key for s in ours.passages] == [s.key for s in theirs.passages]
    with pytest.raises(KeyError):
        articles["no-such-article"]


@real
def test_a_build_without_a_change_does_nothing(large: tuple[Cluster, Path]) -> None:
    """A second build of the same files leaves the index as it is."""
    cluster, corpus = large
    assert not build(cluster, corpus, corpus.parent / "indexes")
    assert [(s.state, s.in_use, s.articles) for s in opensearch_build.status(cluster)] == [("ready", True, 300)]


@real
def test_a_long_term_is_found_and_a_passage_without_terms_is_no_obstacle(tmp_path: Path, made: Make) -> None:
    """Terms longer than the analyzer's 255 characters, look-alikes of operators, other scripts, a passage of stop words alone."""
    corpus = tmp_path / "corpus"
    write_corpus(corpus, a=f"It {'x' * 300} was there.\n\nIt is.", b="AND OR NOT tokens:bread -bread.", c="Мост закрыт. 다리가 닫혔습니다.")
    cluster = made()
    build(cluster, corpus, tmp_path / "indexes")
    passages, exact = opened(cluster, tmp_path)[1], in_memory(corpus)
    for query in (["x" * 300], ["bread", "tokens"], ["мост"], ["닫혔습니다"], ["titl"]):
        found = passages.rank(query, 5)
        assert found or query == ["мост"]
        assert told(found) == told(exact.rank(query, 5))


@real
def test_a_changed_corpus_is_brought_in_by_what_changed(tmp_path: Path, made: Make) -> None:
    """Only the new and the changed article are sent; removed ones are gone, from the counts too; the index before stays for its readers, and
    who watches notices once that another is in use."""
    corpus, indexes = tmp_path / "corpus", tmp_path / "indexes"
    write_corpus(corpus, a="The bridge is closed.", b="Bread is sold.\n\nRye bread too.", c="The ferry runs.")
    cluster = made()
    build(cluster, corpus, indexes)
    before = opened(cluster, tmp_path)[1]
    watch = Watch(Settings(tmp_path / "elsewhere", None, None, engine=CLUSTER, cluster=f"{URLS}/{cluster.address.name}"))
    assert not watch.look()
    (corpus / "a.md").unlink()
    write_article(corpus, "b", "The ferry was sold.")
    write_article(corpus, "d", "Bread and a bridge.")
    steps: list[tuple[str, int, int]] = []
    assert build(cluster, corpus, indexes, lambda *step: steps.append(step))
    assert [s for s in steps if s[0] == "sending articles"] == [("sending articles", 0, 2), ("sending articles", 2, 2)]
    after, exact = opened(cluster, tmp_path)[1], in_memory(corpus)
    for query in (["bridg"], ["bread"], ["ferri"], ["sold", "bridg"], ["rye"], ["titl", "b"]):
        assert told(after.rank(query, 5)) == told(exact.rank(query, 5))
    assert [watch.look(), watch.look(), watch.look()] == [False, True, False]
    assert [h.span.article.id for h in before.rank(["bridg"], 5)] == ["a"]
    assert [(s.state, s.in_use, s.articles) for s in opensearch_build.status(cluster)] == [("ready", False, 3), ("ready", True, 3)]


@real
def test_an_interrupted_build_leaves_what_is_in_use_and_goes_on_where_it_ended(tmp_path: Path, made: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-C in the middle the alias is where it was; the next build sends only what was not sent, and what it makes is right."""
    corpus, indexes, rng = tmp_path / "corpus", tmp_path / "indexes", random.Random(3)
    write_corpus(corpus, **{f"a{n}": text_of(rng) for n in range(3)})
    cluster = made()
    build(cluster, corpus, indexes)
    first = opensearch_index.live(cluster)
    write_corpus(corpus, **{f"b{n}": text_of(rng) for n in range(6)})
    monkeypatch.setattr(opensearch_build, "TOGETHER", 2)

    def interrupted(what: str, done: int, total: int) -> None:
        if what == "sending articles" and done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(cluster, corpus, indexes, interrupted)
    assert opensearch_index.live(cluster) == first
    assert [(s.state, s.in_use, s.articles) for s in opensearch_build.status(cluster)] == [("ready", True, 3), ("building", False, 7)]
    (corpus / "b0.md").unlink()
    steps: list[tuple[str, int, int]] = []
    assert build(cluster, corpus, indexes, lambda *step: steps.append(step))
    assert ("sending articles", 2, 2) in steps
    passages, exact = opened(cluster, tmp_path)[1], in_memory(corpus)
    for query in queries(20):
        assert passages.rank(query, 5)
        assert told(passages.rank(query, 5)) == told(exact.rank(query, 5))


@real
def test_the_alias_moves_under_queries_and_each_sees_the_old_or_the_new_corpus(tmp_path: Path, made: Make) -> None:
    """While an index takes the place of another, every question is answered, as a whole from the one or as a whole from the other."""
    corpus, indexes, rng = tmp_path / "corpus", tmp_path / "indexes", random.Random(5)
    write_corpus(corpus, **{f"a{n}": text_of(rng) for n in range(8)})
    cluster = made()
    build(cluster, corpus, indexes)
    asked = queries(12)
    answers = [[told(in_memory(corpus).rank(query, 5)) for query in asked]]
    stays = opened(cluster, tmp_path)[1]
    seen: set[int] = set()
    wrong: list[str] = []
    write_corpus(corpus, **{f"a{n}": text_of(rng) for n in range(4, 12)})
    answers.append([told(in_memory(corpus).rank(query, 5)) for query in asked])
    assert all(old != new for old, new in zip(*answers, strict=True))
    over = threading.Event()

    def ask() -> None:
        at = 0
        while not over.is_set() or len(seen) < 2:
            at = (at + 1) % len(asked)
            try:
                found = told(opened(cluster, tmp_path)[1].rank(asked[at], 5))
                if told(stays.rank(asked[at], 5)) != answers[0][at]:
                    wrong.append("what was open has changed")
                seen.add([each[at] for each in answers].index(found))
            except Exception as error:
                wrong.append(repr(error))
                return

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    build(cluster, corpus, indexes)
    over.set()
    for thread in threads:
        thread.join()
    assert (wrong, seen) == ([], {0, 1})


@real
def test_no_question_is_lost_and_no_answer_is_wrong_while_a_node_dies(large: tuple[Cluster, Path], tmp_path: Path) -> None:
    """One node of three is killed while two threads ask; each gets the ranking that it got before, all the time."""
    cluster, _ = large
    script, node = ROOT / ".ci" / "opensearch", cluster.address.hosts[-1]
    passages = opened(cluster, tmp_path)[1]
    asked = queries(30, seed=9)
    expected = [told(passages.rank(query, 10)) for query in asked]
    killed, counts = threading.Event(), [0, 0]
    wrong: list[str] = []

    def ask(number: int) -> None:
        after = 0
        while after < 60:
            after += killed.is_set()
            at = counts[number] % len(asked)
            counts[number] += 1
            try:
                if told(passages.rank(asked[at], 10)) != expected[at]:
                    wrong.append(f"another ranking of {asked[at]}")
            except Exception as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    if subprocess.run([script, "kill", node], check=False).returncode:
        killed.set()
        pytest.skip("the nodes are not those of .ci/opensearch")
    killed.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert min(counts) >= 60
    subprocess.run([script, "revive", node], check=True)


@real
def test_a_text_that_is_not_what_its_hash_was_made_of_is_not_shown(tmp_path: Path, made: Make, caplog: pytest.LogCaptureFixture) -> None:
    """A changed text in the cluster is refused wherever it is asked for and told once in the log; the other articles are found as before."""
    corpus = tmp_path / "corpus"
    write_corpus(corpus, a="The bridge is closed.", b="The bridge is open.", c="The bridge is new.")
    cluster = made()
    build(cluster, corpus, tmp_path / "indexes")
    index = opensearch_index.live(cluster).index
    edition = opened(cluster, tmp_path)[0]
    rows = {name: edition.articles.row_of(edition.articles[name]) or 0 for name in "ab"}
    cluster.call(lambda client: client.indices.put_settings(index=index, body={"index": {"blocks.write": False}}))
    cluster.call(lambda client: client.update(index=index, id=opensearch_index.article_id(rows["a"]), body={"doc": {"text": "The bridge is closed!"}}))
    cluster.call(lambda client: client.update(index=index, id=opensearch_index.passage_id(rows["b"], 0), body={"doc": {"sha256": "0" * 64}}, refresh=True))
    passages = opened(cluster, tmp_path)[1]
    with caplog.at_level(logging.WARNING):
        assert [h.span.article.id for h in passages.rank(["bridg"], 5)] == ["c"]
        assert [h.span.article.id for h in passages.rank(["bridg"], 1)] == ["c"]
    assert sum("is not the one that its hash was made of" in record.message for record in caplog.records) == 1
    assert "is of another text than its article" in caplog.text


@real
def test_an_index_of_something_else_is_neither_read_nor_changed_nor_removed(tmp_path: Path, made: Make) -> None:
    """An index with our alias, or with a name like ours, that this program did not make: one clear error, and it stays."""
    corpus = write_corpus(tmp_path / "corpus", a="The bridge is closed.").folder
    cluster = made()
    name = cluster.address.name
    other = Cluster(Address.parsed(URLS))
    other.call(lambda client: client.indices.create(index=f"{name}-000001"))
    other.call(lambda client: client.indices.create(index=f"{name}-mine", body={"aliases": {name: {}}}))
    try:
        for what in (functools.partial(build, cluster, corpus, tmp_path / "indexes"), functools.partial(opensearch_index.live, cluster)):
            with pytest.raises(SearchError, match="is an index of something else") as caught:
                what()
            assert "\n" not in str(caught.value)
        assert opensearch_build.drop(cluster) == 0
        assert other.call(lambda client: client.indices.exists(index=f"{name}-000001,{name}-mine"))
    finally:
        other.call(lambda client: client.indices.delete(index=f"{name}-000001,{name}-mine"))


@real
def test_a_conflict_with_the_mapping_is_told_with_the_document_and_the_reason(tmp_path: Path, made: Make) -> None:
    """An index whose fields are of another kind refuses a document: the build ends with one line, and nothing is in use."""
    corpus = write_corpus(tmp_path / "corpus", a="The bridge is closed.").folder
    cluster = made()
    wrong = opensearch_cluster.mapping()
    wrong["properties"]["tokens"] = {"type": "integer"}
    body = {"settings": opensearch_cluster.settings(1), "mappings": {**wrong, "_meta": opensearch_index.meta("building", 1)}}
    cluster.call(lambda client: client.indices.create(index=f"{cluster.address.name}-000001", body=body))
    with pytest.raises(SearchError, match=r"refuses p1\.0: mapper_parsing_exception|refuses p1\.0: .*number_format_exception") as caught:
        build(cluster, corpus, tmp_path / "indexes")
    assert "\n" not in str(caught.value)
    with pytest.raises(Missing, match="run `bot index build`"):
        opened(cluster, tmp_path)


@real
def test_a_wrong_password_is_told_without_it(large: tuple[Cluster, Path], tmp_path: Path, made: Make) -> None:
    """The right login opens; a wrong one is one line that names host and setting, not the password, and is not tried again."""
    with serving(Front(URLS.split(",")[0], login="desk:rechts/und links")) as front:
        name = large[0].address.name
        assert opened(Cluster(Address.parsed(front.url("desk:rechts%2Fund%20links", name))), tmp_path)[1].rank(COMMON, 3)
        front.seen.clear()
        with pytest.raises(SearchError, match=r"refuses the user or the password \(HTTP 401\).*BOT_OPENSEARCH") as caught:
            opened(Cluster(Address.parsed(front.url("desk:geheim", name))), tmp_path)
        assert "geheim" not in str(caught.value)
        assert len(front.seen) == 1


@real
def test_tls_is_proven_by_the_ca_that_is_named(large: tuple[Cluster, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the test CA in SSL_CERT_FILE the passages come over TLS; without it the connection is refused, with the mend, and not tried again."""
    import trustme

    ca = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(tls)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    cluster, corpus = large
    with serving(Front(URLS.split(",")[0], login="desk:secret"), tls) as front:
        address = Address.parsed(front.url("desk:secret", cluster.address.name))
        with pytest.raises(SearchError, match="its certificate is not one that this machine trusts; name the file of its CA in SSL_CERT_FILE"):
            opened(Cluster(address), tmp_path)
        assert front.seen == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert told(opened(Cluster(address), tmp_path)[1].rank(COMMON, 5)) == told(in_memory(corpus).rank(COMMON, 5))


@real
def test_a_busy_cluster_is_asked_again(large: tuple[Cluster, Path], tmp_path: Path, made: Make) -> None:
    """Refused for being busy some times, a question gets its answer and a build ends; what is wrong for good is not asked twice."""
    with serving(Front(URLS.split(",")[0])) as front:
        passages = opened(Cluster(Address.parsed(front.url(name=large[0].address.name))), tmp_path)[1]
        expected = told(passages.rank(COMMON, 5))
        front.faults[:] = [429, 503, 502]
        assert told(passages.rank(COMMON, 5)) == expected
        assert front.faults == []
        front.seen.clear()
        front.faults[:] = [400]
        with pytest.raises(SearchError, match="HTTP 400"):
            passages.rank(COMMON, 5)
        assert len(front.seen) == 1
        corpus = write_corpus(tmp_path / "corpus", a="The bridge is closed.").folder
        cluster = made(urls=front.url().rstrip("/"))
        front.faults[:] = [429, 503, 429]
        assert build(cluster, corpus, tmp_path / "indexes")


@real
def test_answers_are_those_of_a_saved_index(tmp_path: Path, made: Make, other: Path) -> None:
    """With the cluster behind it the bot gives the answers that it gives with bm25s, but for the name of the engine; `bot sources` names it."""
    pytest.importorskip("bm25s", reason="needs the extra `scale`")
    cluster, settings = made(), settings_of(other, tmp_path / "saved")
    build(cluster, other / "corpus", tmp_path / "indexes")
    index_build.build(other / "corpus", tmp_path / "saved")
    ours = Assistant.load(replace(settings, engine=CLUSTER, index=tmp_path / "here", cluster=f"{URLS}/{cluster.address.name}"))
    saved = Assistant.load(replace(settings, engine=SAVED))
    for line in (other / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        one, two = (assistant.ask(json.loads(line)["question"]).as_json for assistant in (ours, saved))
        assert one.pop("made_with") | {"engine": SAVED} == two.pop("made_with") | {"engine": SAVED}
        assert {**one, "receipt": ""} == {**two, "receipt": ""}
    assert "engine  opensearch" in show.sources(ours)


@real
def test_the_faq_answers_from_memory_while_the_cluster_is_away(tmp_path: Path, made: Make, other: Path) -> None:
    """With the cluster gone a phrasing of the FAQ gets the very answer, or the refusal, that it got before; what no entry answers ends in one clear line,
    unless its answer is kept."""
    with serving(Front(URLS.split(",")[0])) as front:
        cluster = made(urls=front.url().rstrip("/"), patience=0.5)
        build(cluster, other / "corpus", tmp_path / "indexes")
        passages = opensearch_index.opened(cluster, tmp_path / "here", other / "corpus")
        settings = settings_of(other, tmp_path / "here")
        corpus = passages[0].corpus
        faq = load_faq(other / "faq.yaml", corpus)
        assistant = Assistant(corpus, faq, load_relations(corpus)[0], load_lexicon(corpus), settings, opened=passages)
        asked = [entry.question for entry in faq.entries]
        before = [assistant.ask(question).as_json for question in asked]
        assert any(answer["status"] == "answered" for answer in before)
        lines = (other / "gold.jsonl").read_text(encoding="utf-8").splitlines()
        searched = [line["question"] for line in map(json.loads, lines) if (found := assistant.ask(line["question"])).quotes and not found.faq]
        assert searched
    for question, was in zip(asked, before, strict=True):
        now = assistant.explain(question).answer.as_json
        assert now == was if was["quotes"] else (now["reason"], now["nearest"]) == (was["reason"], was["nearest"])
    lost = []
    for question in searched:
        try:
            assert assistant.explain(question).answer.faq
        except SearchError as error:
            lost.append(str(error))
    assert lost
    assert assistant.ask(searched[0]).quotes, "kept"
    assert all(re.fullmatch(r"OpenSearch at http://127\.0\.0\.1:\d+ cannot be reached; look whether it runs there.*", line) for line in lost)


@real
def test_the_commands_build_tell_of_and_drop_what_is_in_the_cluster(tmp_path: Path, made: Make, other: Path) -> None:
    """`bot index build`, `status` (exit code 1 while the cluster lacks the index) and `drop` with BOT_ENGINE=opensearch, and `bot search` from there."""
    address = f"{URLS}/{made().address.name}"
    (tmp_path / "address").write_text(f"{address}\n", encoding="utf-8")
    shared = {"BOT_ENGINE": CLUSTER, "BOT_OPENSEARCH_FILE": str(tmp_path / "address"), "BOT_OPENSEARCH": "not read", "BOT_CACHE": str(tmp_path / "cache")}

    def run(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(main, ["--corpus", str(other / "corpus"), *arguments], env=shared)
        assert (done.exit_code, done.exception if code == 0 else None) == (code, None), done.output
        return done.output

    assert "no such index" in run("search", "rudder", code=3)
    assert run("index", "build").startswith("5 articles, 37 passages")
    assert "nothing to do" in run("index", "build")
    assert re.search(r"^cluster t\w+-000001: in use, 5 articles, .* green$", run("index", "status"), re.M)
    assert "ostrellin-courier[441:587]" in run("search", "rudder")
    assert "removed from the cluster: 1" in run("index", "drop")
    assert "no index" in run("index", "status", code=1)


def test_in_discord_a_search_that_is_away_is_a_sentence_and_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Who asks reads that the search is away, without an address; the log has the one line that says where, without a traceback."""
    client = cast("discord_client.Client", SimpleNamespace(tally=Tally()))
    told = discord_client.failed(client, SearchError("OpenSearch at http://one:9200 cannot be reached"), "pl")
    assert told == frames.say("search_away", "pl")
    assert [(r.message.split(": ", 1)[1], r.exc_info) for r in caplog.records] == [("OpenSearch at http://one:9200 cannot be reached", None)]
    assert client.tally.questions["failed", "SearchError"] == 1


def test_a_cluster_that_is_away_is_told_in_one_line(tmp_path: Path) -> None:
    """Nothing listens: after the patience given, one line that names the hosts and the setting."""
    cluster = Cluster(Address.parsed("http://desk:geheim@127.0.0.1:1,http://127.0.0.1:2"), patience=0.3)
    with pytest.raises(SearchError, match=r"^OpenSearch at http://127\.0\.0\.1:1, http://127\.0\.0\.1:2 cannot be reached; .* BOT_OPENSEARCH") as caught:
        opened(cluster, tmp_path)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_address_is_urls_with_one_login_and_one_alias() -> None:
    """Scheme, host and port of each; login and alias from whichever has them; the password is nowhere to be seen."""
    address = Address.parsed("https://desk:a%40b@one:9201, https://two, https://[::1]:9203/news")
    assert address == Address(("https://one:9201", "https://two:9200", "https://[::1]:9203"), "news", "desk", "a@b")
    assert "a@b" not in repr(address) + str(address)
    assert Address.parsed("http://localhost").name == "bot"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "localhost:9200",
        "ftp://u:geheim@host",
        "http://u:geheim@host:port",
        "http://u:geheim@a/x,http://b/y",
        "http://u:geheim@a,http://v:geheim@b",
        "http://u:geheim@a/Upper",
        "http://u:geheim@a/x?y=1",
        "http://u:geheim@/x",
        "http://u:geheim@[bad/x",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_without_its_password(text: str) -> None:
    """One line with the way to write it, and never what was written."""
    with pytest.raises(UsageError, match="BOT_OPENSEARCH") as caught:
        Address.parsed(text)
    assert "geheim" not in str(caught.value)
