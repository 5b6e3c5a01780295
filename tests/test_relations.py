"""corpus/relations.yaml: what a reviewer knows about sentences of several articles."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from conftest import write_article, write_corpus
from hypothesis import given
from hypothesis import strategies as st

from bot.corpus import Corpus, Span, load_corpus
from bot.errors import CorpusError, Problem
from bot.relations import Relations, load_relations

RYE = '{article: bakery, quote: "The bakery sells rye bread."}'
SIX = '{article: bakery, quote: "It opens at six."}'
MILL = '{article: mill, quote: "The mill grinds rye."}'
NONE = '{article: mill, quote: "The mill grinds rice."}'


def read(corpus: Corpus, text: str) -> Relations:
    (corpus.folder / "relations.yaml").write_text(text, encoding="utf-8")
    return load_relations(corpus)[0]


def problems_of(corpus: Corpus, text: str) -> tuple[Problem, ...]:
    with pytest.raises(CorpusError) as caught:
        read(corpus, text)
    return caught.value.problems


def test_without_a_file_there_are_no_relations(small_corpus: Corpus) -> None:
    """The table is optional, and so is everything in it."""
    assert load_relations(small_corpus) == (Relations(), [])
    assert read(small_corpus, "") == read(small_corpus, "# nothing\n") == read(small_corpus, "qualifies: []\ndisputes: null\n") == Relations()


def test_all_four_kinds_are_read(small_corpus: Corpus) -> None:
    """Each REF becomes the span that it quotes, in the order of the file."""
    relations = read(
        small_corpus,
        f"unrelated: [[{SIX}, {MILL}]]\nqualifies: [{{claim: {RYE}, by: {SIX}}}]\nsupersedes: [{{newer: {MILL}, older: {RYE}}}]\n"
        f"disputes: [{{sides: [[{RYE}, {SIX}], [{MILL}]]}}]\nsame_origin: [{{id: rye, statements: [{RYE}, {MILL}]}}]\n",
    )
    (qualifies,), (supersedes,), (dispute,), (origin,) = relations.qualifies, relations.supersedes, relations.disputes, relations.origins
    assert (qualifies.claim.text, qualifies.by.text) == ("The bakery sells rye bread.", "It opens at six.")
    assert (supersedes.newer.key, supersedes.older.key) == (("mill", 16, 36), ("bakery", 0, 27))
    assert [[s.text for s in side] for side in dispute] == [["The bakery sells rye bread.", "It opens at six."], ["The mill grinds rye."]]
    assert (origin.id, [s.article.id for s in origin.statements]) == ("rye", ["bakery", "mill"])
    assert [(a.text, b.text) for a, b in relations.unrelated] == [("It opens at six.", "The mill grinds rye.")]


def test_the_tables_of_both_corpora_are_clean(real_corpus: Corpus, other_corpus: Corpus) -> None:
    """Every kind occurs in the fictional table, as counted by hand, and both load without a warning."""
    relations, warnings = load_relations(other_corpus)
    assert warnings == []
    assert (len(relations.qualifies), len(relations.supersedes), len(relations.disputes), len(relations.origins)) == (7, 5, 3, 1)
    assert load_relations(real_corpus)[1] == []


def test_every_fault_of_the_table_is_told_at_once(small_corpus: Corpus) -> None:
    """With file, line, place and mend; one broken REF does not hide the next."""
    found = problems_of(
        small_corpus,
        f"""qualifies:
  - {{claim: {NONE}, by: {SIX}}}
  - {{claim: {RYE}}}
disputes:
  - {{sides: [[{RYE}]]}}
same_origin:
  - {{statements: [{RYE}]}}
opinions: []
""",
    )
    assert {p.path for p in found} == {str(small_corpus.folder / "relations.yaml")}
    assert [(p.line, p.where, p.message) for p in found] == [
        (2, "qualifies[0].claim.quote", "not found in 'mill'"),
        (3, "qualifies[1]", "`by` is missing"),
        (5, "disputes[0]", "a dispute has at least two sides"),
        (7, "same_origin[0]", "`id` is missing"),
        (8, "", "unknown key `opinions`"),
    ]
    assert "The mill grinds rye." in found[0].mend
    assert all(p.mend for p in found)


@pytest.mark.parametrize("kind", ["qualifies", "supersedes", "disputes", "same_origin", "unrelated"])
def test_the_table_knows_each_pair_that_it_names_in_either_order(small_corpus: Corpus, kind: str) -> None:
    """Also by a part of the sentence; other pairs of the same sentences' articles it does not know."""
    forms = {
        "qualifies": f"[{{claim: {RYE}, by: {MILL}}}]",
        "supersedes": f"[{{newer: {RYE}, older: {MILL}}}]",
        "disputes": f"[{{sides: [[{RYE}], [{MILL}]]}}]",
        "same_origin": f"[{{id: rye, statements: [{RYE}, {MILL}]}}]",
        "unrelated": f"[[{RYE}, {MILL}]]",
    }
    relations = read(small_corpus, f"{kind}: {forms[kind]}\n")
    rye, six = small_corpus.articles["bakery"].sentences
    mill = small_corpus.articles["mill"].sentences[0]
    part = Span(rye.article, rye.start, rye.start + 3)
    assert relations.knows(rye, mill)
    assert relations.knows(mill, rye)
    assert relations.knows(part, mill)
    assert not relations.knows(six, mill)


def test_unrelated_takes_pairs_alone(small_corpus: Corpus) -> None:
    (problem,) = problems_of(small_corpus, f"unrelated:\n  - [{RYE}]\n")
    assert (problem.line, problem.where, problem.message, problem.mend) == (2, "unrelated[0]", "not a pair", "give two REFs: [REF, REF]")


@pytest.fixture
def dated(tmp_path: Path) -> Corpus:
    """Two articles, `late` a year after `early`."""
    folder = tmp_path / "dated"
    write_article(folder, "early", "It is closed.", published="2023-01-01")
    write_article(folder, "late", "It is open.", published="2024-01-01")
    return load_corpus(folder)[0]


def test_a_newer_statement_cannot_be_older(dated: Corpus) -> None:
    """Two that are swapped are told, with both dates, on the line where they stand."""
    early, late = '{article: early, quote: "It is closed."}', '{article: late, quote: "It is open."}'
    assert len(read(dated, f"supersedes:\n  - {{newer: {late}, older: {early}}}\n").supersedes) == 1
    (problem,) = problems_of(dated, f"supersedes:\n  - {{newer: {late}, older: {early}}}\n  - {{newer: {early}, older: {late}}}\n")
    assert (problem.where, problem.message, problem.mend) == ("supersedes[1]", "newer is of 2023-01-01, older of 2024-01-01", "swap them")
    assert problem.line == 3


def test_a_swapped_pair_keeps_its_number_beside_a_broken_one(dated: Corpus) -> None:
    """The number is that of the file's list, whatever else in it is broken."""
    early, late = '{article: early, quote: "It is closed."}', '{article: late, quote: "It is open."}'
    found = problems_of(dated, f"supersedes:\n  - {{newer: {late}}}\n  - {{newer: {early}, older: {late}}}\n")
    assert [p.where for p in found if p.mend == "swap them"] == ["supersedes[1]"]


@pytest.mark.parametrize(
    "text", [f"disputes: [{{sides: [[{RYE}], []]}}]", f"disputes: [{{sides: [[{RYE}], null]}}]", "same_origin: [{id: rye, statements: []}]"]
)
def test_a_record_without_statements_is_not_dropped_silently(small_corpus: Corpus, text: str) -> None:
    """A dispute with an empty side, or an origin of nothing, is a slip that the reviewer must hear of."""
    assert len(problems_of(small_corpus, text)) == 1


def test_a_table_that_is_no_utf8_or_no_mapping_is_an_error(small_corpus: Corpus) -> None:
    """The form of the file is checked before its content."""
    assert [p.message for p in problems_of(small_corpus, "- a\n")] == ["must be a mapping (`key: value`), not a list"]
    (small_corpus.folder / "relations.yaml").write_bytes(b"qualifies: [\xff]\n")
    with pytest.raises(CorpusError, match="not UTF-8"):
        load_relations(small_corpus)


KEYS = st.sampled_from(
    ["qualifies", "supersedes", "disputes", "same_origin", "unrelated", "claim", "by", "newer", "older", "sides", "id", "statements", "article", "quote", "x"]
)
LEAVES = st.none() | st.sampled_from(["a", "Text.", "More here.", "", "no"])


@given(st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12))
def test_a_table_of_any_shape_is_relations_or_a_corpus_error(value: object) -> None:
    """Wrongly nested lists and mappings raise nothing else."""
    with tempfile.TemporaryDirectory() as name:
        corpus = write_corpus(Path(name), a="Text. More here.")
        relations: Relations | None = None
        problems: tuple[Problem, ...] = ()
        try:
            relations = read(corpus, yaml.safe_dump(value))
        except CorpusError as error:
            problems = error.problems
    assert relations is not None or problems
    assert all(p.path.endswith("relations.yaml") and p.message for p in problems)
