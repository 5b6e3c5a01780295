"""A saved index ranks as rank-bm25 does, is built as far as it has to be, and shows no text that is not what its hash was made of.

These tests need the extra `scale` (bm25s, numba).
"""

from __future__ import annotations

import logging
import os
import random
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import OTHER, ROOT, write_article, write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("bm25s", reason="the extra `scale` is not installed")
pytest.importorskip("numba", reason="the extra `scale` is not installed")

from bot import index_build
from bot.archive import Archive
from bot.corpus import Corpus, load_corpus
from bot.edition import ARTICLES, CURRENT, Edition, Facts, current, folder_of
from bot.errors import CorpusError, SavedIndexError, TextError, UsageError
from bot.index import Index
from bot.passages import EXACT
from bot.ridge import Progress
from bot.saved_index import DATA, SavedPassages

CORPORA = [ROOT / "corpus", OTHER / "corpus"]


def opened(corpus: Path, indexes: Path) -> SavedPassages:
    """The index of a corpus, built and opened."""
    facts, _ = index_build.build(corpus, indexes, processes=1)
    return SavedPassages(Edition(folder_of(indexes, corpus), facts))


def edition_of(passages: SavedPassages) -> Edition:
    return passages._edition


@pytest.fixture(params=CORPORA, ids=["shipped", "other"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Corpus, SavedPassages]:
    """A corpus, and its saved index."""
    return load_corpus(request.param)[0], opened(request.param, tmp_path)


def test_articles_come_back_as_they_were_read(both: tuple[Corpus, SavedPassages]) -> None:
    """Every field, sentence, paragraph and passage of every article is that of the file, and so is the hash of the corpus."""
    corpus, passages = both
    saved = edition_of(passages).corpus
    assert saved.sha256 == corpus.sha256
    assert (len(saved.articles), list(saved.articles), saved.newest) == (len(corpus.articles), sorted(corpus.articles), corpus.newest)
    for name, article in corpus.articles.items():
        kept = saved.articles[name]
        fields = [f for f in article.__dataclass_fields__ if f != "path"]
        assert {f: getattr(kept, f) for f in fields} == {f: getattr(article, f) for f in fields}
        assert [s.key for s in kept.sentences] == [s.key for s in article.sentences]
        assert [p.key for p in kept.passages] == [p.key for p in article.passages]
        assert kept.paragraphs == article.paragraphs
        assert saved.articles[name] is kept


def test_the_counts_are_those_of_the_index_in_memory(both: tuple[Corpus, SavedPassages]) -> None:
    """How many passages and sentences hold a term, and how long they are on average: the same, so that all idfs are."""
    corpus, passages = both
    edition = edition_of(passages)
    for exact, counts in ((Index(corpus.passages, titled=True), edition.passages), (Index(corpus.sentences), edition.sentences)):
        assert {t: counts.holding(t) for t in exact.vocabulary} == exact.vocabulary
        assert counts.total == len(exact.spans)
        assert [counts.idf(t) for t in ("xylophone", *exact.vocabulary)] == [exact.idf(t) for t in ("xylophone", *exact.vocabulary)]


def test_the_ranking_is_that_of_rank_bm25(both: tuple[Corpus, SavedPassages]) -> None:
    """For 500 random queries the same passages with the same terms, and scores equal to one part in 100,000.

    The order is the same but for passages whose scores differ by less than that: those are ties, which rank-bm25 breaks by the last bits of its sums.
    """
    corpus, passages = both
    exact = Index(corpus.passages, titled=True)
    vocabulary, draw = sorted(exact.vocabulary), random.Random(6)
    for _ in range(500):
        query = draw.choices(vocabulary, k=draw.randint(1, 6))
        ours, theirs = passages.rank(query, 10), exact.rank(query, 10)
        assert [h.score for h in ours] == pytest.approx([h.score for h in theirs], rel=1e-5)
        scores = {h.span.key: (h.score, h.terms) for h in exact.rank(query, 1000)}
        for mine, other in zip(ours, theirs, strict=True):
            assert mine.terms == scores[mine.span.key][1]
            assert scores[mine.span.key][0] == pytest.approx(other.score, rel=1e-5)


def test_bm25s_reads_the_files_and_scores_alike(tmp_path: Path) -> None:
    """What is saved is an index of bm25s: its own scores, times the constant k1 + 1 that is in ours, are those of its method `lucene`."""
    import bm25s

    corpus = load_corpus(OTHER / "corpus")[0]
    passages = opened(OTHER / "corpus", tmp_path)
    theirs = bm25s.BM25.load(edition_of(passages).folder, mmap=True, load_vocab=False)
    exact = Index(corpus.passages, titled=True)
    for term in sorted(exact.vocabulary):
        scores = theirs.get_scores_from_ids(passages.columns([term]))
        assert scores == pytest.approx(exact.scores([term]), rel=1e-5)
    assert (theirs.k1, theirs.b, theirs.method) == (1.2, 0.75, "lucene")


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 39)), max_size=80), st.lists(st.integers(0, 5), max_size=5), st.integers(0, 12))
def test_the_best_are_found_whatever_the_scores(pairs: list[tuple[int, int]], columns: list[int], k: int) -> None:
    """The compiled loop picks what sorting all scores would, ties by number, and leaves its sums at zero."""
    from bot.saved_index import _compiled

    postings = sorted(set(pairs))
    indptr = np.searchsorted([c for c, _ in postings], np.arange(7)).astype(np.int64) if postings else np.zeros(7, dtype=np.int64)
    indices = np.array([n for _, n in postings], dtype=np.int32)
    data = np.array([1 + (c * 7 + n) % 3 for c, n in postings], dtype=np.float32)
    expected: dict[int, float] = {}
    for column in columns:
        for at in range(indptr[column], indptr[column + 1]):
            expected[int(indices[at])] = expected.get(int(indices[at]), 0.0) + float(data[at])
    scores, best, numbers = np.zeros(40, dtype=np.float32), np.empty(max(k, 1), dtype=np.float32), np.empty(max(k, 1), dtype=np.int32)
    size = _compiled(data, indices, indptr, np.array(columns, dtype=np.int32), scores, max(k, 1), best, numbers)
    found = sorted(zip((-best[:size]).tolist(), numbers[:size].tolist(), strict=True))
    assert [(n, -s) for s, n in found] == sorted(expected.items(), key=lambda pair: (-pair[1], pair[0]))[: max(k, 1)]
    assert not scores.any()


def test_nothing_asked_or_no_room_gives_no_hit(tmp_path: Path) -> None:
    """As of an index in memory."""
    passages = opened(OTHER / "corpus", tmp_path)
    assert passages.rank([], 10) == passages.rank(["xylophone"], 10) == passages.rank(["ferri"], 0) == passages.rank(["ferri"], -3) == []


def test_an_empty_corpus_has_an_index_too(tmp_path: Path) -> None:
    """It holds nothing, and is searched in vain."""
    (tmp_path / "corpus").mkdir()
    passages = opened(tmp_path / "corpus", tmp_path / "indexes")
    assert passages.rank(["bread"], 3) == []
    assert len(edition_of(passages).articles) == 0


def test_a_second_build_has_nothing_to_do_and_a_change_is_taken_up(tmp_path: Path) -> None:
    """Only the changed article is read again; an article that is gone is found no more, a new one is."""
    folder, indexes = tmp_path / "corpus", tmp_path / "indexes"
    write_corpus(folder, a="Rye bread is sold on Monday.", b="Boats sail at noon.")
    first, done = index_build.build(folder, indexes, processes=1)
    assert done
    assert index_build.build(folder, indexes, processes=1) == (current(folder_of(indexes, folder)), False)
    rows = _rows(indexes, folder)
    write_article(folder, "b", "Boats sail at dusk, says the master.")
    write_article(folder, "c", "The mill grinds wheat.")
    state = index_build.status(folder, indexes)
    assert (state.new, state.changed, state.gone) == (1, 1, 0)
    facts, done = index_build.build(folder, indexes, processes=1)
    assert done
    assert facts.sha256 == load_corpus(folder)[0].sha256 != first.sha256
    assert _rows(indexes, folder)["a"] == rows["a"]
    assert _rows(indexes, folder)["b"] != rows["b"]
    (folder / "a.md").unlink()
    passages = opened(folder, indexes)
    assert [h.span.text for h in passages.rank(["dusk", "noon", "rye", "mill"], 9)] == ["The mill grinds wheat.", "Boats sail at dusk, says the master."]
    state = index_build.status(folder, indexes)
    assert (state.new, state.changed, state.gone) == (0, 0, 0)


def _rows(indexes: Path, corpus: Path) -> dict[str, int]:
    """Article → its row."""
    facts = current(folder_of(indexes, corpus))
    assert facts
    edition = Edition(folder_of(indexes, corpus), facts)
    return {name: edition.articles.row_of(article) or 0 for name, article in edition.articles.items()}


def test_who_has_an_index_open_reads_on_while_another_is_built(tmp_path: Path) -> None:
    """The edition before the newest stays: its articles are still proven, and its ranking is what it was."""
    folder, indexes = tmp_path / "corpus", tmp_path / "indexes"
    write_corpus(folder, a="Rye bread is sold.", b="Boats sail at noon.")
    old = opened(folder, indexes)
    write_article(folder, "a", "White bread is sold.")
    new = opened(folder, indexes)
    assert [h.span.text for h in old.rank(["bread"], 1)] == ["Rye bread is sold."]
    assert [h.span.text for h in new.rank(["bread"], 1)] == ["White bread is sold."]


def test_a_text_that_is_not_what_its_hash_was_made_of_is_refused_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody changes a letter in the file of the index: that article is not shown, the others are, and the log says so once."""
    folder, indexes = tmp_path / "corpus", tmp_path / "indexes"
    write_corpus(folder, a="Rye bread is sold.", b="White bread is sold.")
    index_build.build(folder, indexes, processes=1)
    connection = sqlite3.connect(folder_of(indexes, folder) / ARTICLES)
    connection.execute("UPDATE article SET text = 'Fly bread is sold.' WHERE id = 'a'")
    connection.commit()
    connection.close()
    facts = current(folder_of(indexes, folder))
    assert facts
    passages = SavedPassages(Edition(folder_of(indexes, folder), facts))
    with caplog.at_level(logging.WARNING):
        assert [h.span.text for h in passages.rank(["bread"], 5)] == ["White bread is sold."] == [h.span.text for h in passages.rank(["bread"], 5)]
    assert len(caplog.records) == 1
    assert "a: its text in the saved index is not the one that its hash was made of" in caplog.text
    with pytest.raises(TextError):
        edition_of(passages).articles["a"]


def test_broken_articles_are_all_told_and_the_index_in_use_stays(tmp_path: Path) -> None:
    """Nothing is switched to what cannot be read whole; what could be read is kept for the next time."""
    folder, indexes = tmp_path / "corpus", tmp_path / "indexes"
    write_corpus(folder, a="Rye bread is sold.")
    facts, _ = index_build.build(folder, indexes, processes=1)
    (folder / "b.md").write_text("no front matter", encoding="utf-8")
    (folder / "c.md").write_bytes(b"---\n\xff\n---\n")
    with pytest.raises(CorpusError) as told:
        index_build.build(folder, indexes, processes=1)
    assert {Path(p.path).name for p in told.value.problems} == {"b.md", "c.md"}
    assert current(folder_of(indexes, folder)) == facts


def test_an_interrupted_build_goes_on_where_it_was(tmp_path: Path) -> None:
    """Ctrl-C after the first chunks: the next build reads only the files that were not read, and its index is that of an undisturbed one."""
    folder, indexes = tmp_path / "corpus", tmp_path / "indexes"
    for number in range(200):
        write_article(folder, f"a{number:03}", f"Ferry number {number} sails at noon.")

    def interrupt(what: str, done: int, total: int) -> None:
        if what == "reading articles" and done >= 2 * index_build.CHUNK:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_build.build(folder, indexes, progress=interrupt, processes=1)
    assert current(folder_of(indexes, folder)) is None
    told: list[tuple[str, int, int]] = []
    facts, _ = index_build.build(folder, indexes, progress=lambda *step: told.append(step), processes=1)
    assert max(total for what, _, total in told if what == "reading articles") == 200 - 2 * index_build.CHUNK
    undisturbed, _ = index_build.build(folder, tmp_path / "others", processes=1)
    one, other = (folder_of(i, folder) / f.name / DATA for i, f in ((indexes, facts), (tmp_path / "others", undisturbed)))
    assert one.read_bytes() == other.read_bytes()


def test_several_processes_read_what_one_would(tmp_path: Path) -> None:
    """The articles of a corpus that is read by two processes have the rows, words and counts that one gives them."""
    folder = tmp_path / "corpus"
    for number in range(150):
        write_article(folder, f"a{number:03}", f"Ferry number {number} sails at noon. The US Navy watches the {number % 7} buoys.")
    facts = [index_build.build(folder, tmp_path / name, processes=count)[0] for name, count in (("one", 1), ("two", 2))]
    files = [folder_of(tmp_path / name, folder) / f.name / DATA for name, f in zip(("one", "two"), facts, strict=True)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_only_one_process_builds_at_a_time(tmp_path: Path) -> None:
    """The other is told to wait."""
    folder = tmp_path / "corpus"
    write_corpus(folder, a="Rye bread is sold.")

    def build_another(what: str, done: int, total: int) -> None:
        with pytest.raises(UsageError, match="another process is building"):
            index_build.build(folder, tmp_path / "indexes", processes=1)

    index_build.build(folder, tmp_path / "indexes", progress=build_another, processes=1)


def test_an_index_that_lacks_a_file_is_told_in_one_line(tmp_path: Path) -> None:
    """Not with a traceback, and with what mends it."""
    passages = opened(OTHER / "corpus", tmp_path)
    edition = edition_of(passages)
    (edition.folder / DATA).unlink()
    with pytest.raises(SavedIndexError, match="run `bot index build`"):
        SavedPassages(edition)
    (edition.folder / "rows.npy").write_bytes(b"")
    with pytest.raises(SavedIndexError, match="run `bot index build`"):
        Edition(edition.folder.parent, edition.facts)
    with pytest.raises(SavedIndexError, match="run `bot index build`"):
        index_build.status(OTHER / "corpus", tmp_path)


@pytest.mark.parametrize("name", [DATA, "rows.npy", "words.sqlite"])
def test_building_again_mends_an_index_that_lacks_a_file(name: str, tmp_path: Path) -> None:
    """Though no article has changed; no article is read again."""
    edition = edition_of(opened(OTHER / "corpus", tmp_path))
    (edition.folder / name).unlink()
    told: list[str] = []
    _, done = index_build.build(OTHER / "corpus", tmp_path, progress=lambda what, *_: told.append(what), processes=1)
    assert done
    assert "reading articles" not in told
    assert opened(OTHER / "corpus", tmp_path).rank(["ferri"], 1)


def test_a_dropped_index_leaves_nothing(tmp_path: Path) -> None:
    """And dropping none frees none."""
    opened(OTHER / "corpus", tmp_path)
    assert index_build.drop(OTHER / "corpus", tmp_path) > 10_000
    assert list(tmp_path.iterdir()) == []
    assert index_build.drop(OTHER / "corpus", tmp_path) == 0


def test_an_index_of_another_version_is_built_anew(tmp_path: Path) -> None:
    """A format that this version does not know is as none."""
    facts, _ = index_build.build(OTHER / "corpus", tmp_path, processes=1)
    name = folder_of(tmp_path, OTHER / "corpus") / CURRENT
    name.write_text(name.read_text().replace(f'"format": {facts.format}', '"format": 999'))
    assert current(name.parent) is None
    assert index_build.build(OTHER / "corpus", tmp_path, processes=1)[1]


def test_documents_for_a_search_server_hold_the_terms_of_the_index(tmp_path: Path) -> None:
    """Each passage comes once, in the order of the index, with the terms that rank-bm25 would be given."""
    found: list[index_build.Document] = []
    corpus = OTHER / "corpus"

    def publish(folder: Path, facts: Facts, rows: Sequence[int], documents: index_build.Documents, progress: Progress) -> bool:
        found.extend(documents(rows))
        return True

    index_build.build(corpus, tmp_path, engine=EXACT, publish=publish, processes=1)
    exact = Index(load_corpus(corpus)[0].passages, titled=True)
    assert [(d.article, d.start, d.end) for d in found] == [s.key for s in exact.spans]
    assert [frozenset(d.terms) for d in found] == [exact.held(n) for n in range(len(exact.spans))]


def test_readers_need_no_write_access(tmp_path: Path) -> None:
    """The archive is opened read-only: nothing beside it is made."""
    passages = opened(OTHER / "corpus", tmp_path)
    folder = edition_of(passages).folder.parent
    before = sorted(os.listdir(folder))
    archive = Archive(folder / ARTICLES)
    with pytest.raises(sqlite3.OperationalError):
        archive.remove([1])
    archive.close()
    assert sorted(os.listdir(folder)) == before
