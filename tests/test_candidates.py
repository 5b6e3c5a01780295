"""Relations found in the articles alone: which pairs, why, and which of them need no reviewer."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import OTHER, ROOT, write_article
from hypothesis import given, settings
from hypothesis import strategies as st
from test_suggestions import in_memory

from benchmarks.relations import Judge
from bot import config
from bot.assistant import Assistant
from bot.candidates import SAFE, Candidate, Kind, Rule, apply, find, find_safe
from bot.corpus import Corpus, load_corpus
from bot.lexicon import Lexicon, load_lexicon
from bot.relations import Relations, load_relations
from bot.verbose import explain

CORPORA = (ROOT / "corpus", OTHER / "corpus", OTHER.parent / "third_topic" / "corpus")
QUOTED = "“The line will carry no freight before the new bridge has been tested twice,”"


def found(folder: Path) -> list[Candidate]:
    return find(load_corpus(folder)[0], Lexicon(), Relations())


def pairs(candidates: list[Candidate], rule: Rule) -> list[tuple[str, str]]:
    return [(c.first.text, c.second.text) for c in candidates if c.rule is rule]


@pytest.mark.parametrize("folder", CORPORA, ids=lambda p: p.parent.name)
def test_what_is_applied_without_a_reviewer_is_what_the_reviewer_wrote(folder: Path) -> None:
    """On each corpus with a table, every relation that the bot applies by itself is in that table (precision 1)."""
    corpus, _ = load_corpus(folder)
    judge = Judge(load_relations(corpus)[0])
    safe = find_safe(corpus, Relations())
    assert safe
    assert [c for c in safe if judge.mark(c) != "+"] == []


@pytest.mark.parametrize(("folder", "right"), list(zip(CORPORA, (8, 3, 7), strict=True)), ids=lambda p: getattr(getattr(p, "parent", None), "name", None))
def test_the_first_ten_offered_are_no_worse_than_measured(folder: Path, right: int) -> None:
    """Right by the table: at least so many of the first ten; the second corpus offers nine in all."""
    corpus, _ = load_corpus(folder)
    judge = Judge(load_relations(corpus)[0])
    offered = [c for c in find(corpus, load_lexicon(corpus), Relations()) if c.rule not in SAFE]
    assert sum(judge.mark(c) == "+" for c in offered[:10]) >= right


def test_nothing_is_offered_that_the_table_has_or_calls_unrelated(real_corpus: Corpus) -> None:
    table, _ = load_relations(real_corpus)
    offered = find(real_corpus, load_lexicon(real_corpus), table)
    assert [c for c in offered if table.knows(c.first, c.second)] == []
    rejected = Relations(unrelated=tuple((c.second, c.first) for c in offered))
    assert {c.first.key for c in find(real_corpus, load_lexicon(real_corpus), rejected)}
    assert [c for c in find(real_corpus, load_lexicon(real_corpus), rejected) if rejected.knows(c.first, c.second)] == []


def test_a_claim_is_qualified_by_the_doubt_that_takes_it_up(tmp_path: Path) -> None:
    """The next sentence must both take the claim up (or back) and say that it is not known; in the same paragraph."""
    write_article(tmp_path, "a", "The mill may reopen in June. That claim could not be verified.\n\nThe mill is old. Nobody was hurt.")
    write_article(tmp_path, "b", "The dam will hold, the mayor said.\n\nBut we could not confirm this.")
    assert pairs(found(tmp_path), Rule.DOUBTED_NEXT) == [("The mill may reopen in June.", "That claim could not be verified.")]


def test_page_furniture_between_two_sentences_keeps_them_apart(tmp_path: Path) -> None:
    write_article(tmp_path, "a", "The mill may reopen. Buy flour! That claim could not be verified.", not_quotable=["Buy flour!"])
    assert pairs(found(tmp_path), Rule.DOUBTED_NEXT) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "El molino abrirá en junio. Pero no se sabe si es cierto."),
        ("fr", "Le moulin ouvrira en juin. Mais cela n'est pas confirmé."),
        ("de", "Die Mühle öffnet im Juni. Aber das ist nicht bestätigt."),
        ("ru", "Мельница откроется в июне. Но это не подтверждено."),
        ("pl", "Młyn ruszy w czerwcu. Ale tego nie potwierdzono."),
    ],
)
def test_doubt_is_seen_in_other_languages_too(tmp_path: Path, language: str, text: str) -> None:
    write_article(tmp_path, "a", text, language=language)
    assert len(pairs(found(tmp_path), Rule.DOUBTED_NEXT)) == 1


def test_one_quotation_in_two_outlets_is_one_statement(tmp_path: Path) -> None:
    """However the outlets lead into it; other numbers or a negation more make it another one."""
    write_article(tmp_path, "a", f"{QUOTED} Ansa Relvik, who has led the company for eleven years, told reporters on the quay this morning.")
    write_article(tmp_path, "b", f"Asked about freight, she said: {QUOTED[:-2]}.”")
    write_article(tmp_path, "c", f"Asked about freight, she said: {QUOTED[:-2].replace('no freight', 'freight')}.”")
    assert [(c.first.article.id, c.second.article.id) for c in found(tmp_path) if c.rule is Rule.QUOTATION] == [("a", "b")]
    (origin,) = apply(find_safe(load_corpus(tmp_path)[0], Relations()), Relations()).origins
    assert [s.article.id for s in origin.statements] == ["a", "b"]


def test_several_tellings_of_one_statement_become_one_origin(tmp_path: Path) -> None:
    text = "The council will rebuild the stone bridge over the river before winter, the mayor said."
    for name in "abc":
        write_article(tmp_path, name, text)
    (origin,) = apply(find_safe(load_corpus(tmp_path)[0], Relations()), Relations()).origins
    assert (origin.id, [s.article.id for s in origin.statements]) == ("a@0", ["a", "b", "c"])


def test_the_newer_of_two_opposite_states_is_offered_as_superseding(tmp_path: Path) -> None:
    write_article(tmp_path, "a", "The harbour bridge is closed to lorries.", published="2024-01-01")
    write_article(tmp_path, "b", "The harbour bridge is now open to lorries again.", published="2024-02-01")
    (candidate,) = [c for c in found(tmp_path) if c.kind is Kind.SUPERSEDES]
    assert (candidate.first.article.id, candidate.second.article.id) == ("b", "a")
    assert candidate.reason == "2024-02-01 after 2024-01-01; “open” against “closed”"


def test_different_counts_of_the_same_thing_are_offered_as_a_dispute(tmp_path: Path) -> None:
    """A count with a limit against one without is told as such; dates and years are no counts."""
    write_article(tmp_path, "a", "The ferry had 240 passengers on board on 3 March 2023.")
    write_article(tmp_path, "b", "The ferry had 310 passengers on board on 4 March 2024.")
    write_article(tmp_path, "c", "The ferry had more than 310 passengers on board.")
    assert {c.reason.split(";")[0] for c in found(tmp_path) if c.kind is Kind.DISPUTES} == {
        "240 against 310",
        "240 against more than 310",
        "the same number, limited otherwise: 310 against more than 310",
    }


def test_what_is_found_is_kept_by_the_hash_of_the_corpus(tmp_path: Path, other_corpus: Corpus) -> None:
    """A second load reads the kept file; a broken one is found anew."""
    first = find_safe(other_corpus, Relations(), tmp_path)
    (kept,) = tmp_path.iterdir()
    assert find_safe(other_corpus, Relations(), tmp_path) == first == find_safe(other_corpus, Relations())
    kept.write_bytes(b"broken")
    assert find_safe(other_corpus, Relations(), tmp_path) == first


def test_verbose_tells_the_relations_that_were_applied_without_a_table() -> None:
    reviewed = Assistant.load(config.Settings(OTHER / "corpus", OTHER / "faq.yaml", None))
    bare = Assistant(reviewed.corpus, reviewed.faq, Relations(), reviewed.lexicon, reviewed.settings)
    trace = bare.explain("Why did the ferries stop?")
    assert [q.relayed_by for q in trace.answer.quotes if q.origin]
    assert "same_origin without a table: ostrellin-courier[" in explain(trace)
    assert "without a table" not in explain(reviewed.explain("Why did the ferries stop?"))


SENTENCES = st.lists(
    st.sampled_from(
        [
            "The bridge is closed.", "The bridge is open again now.", "But we could not verify this.", "They said 12 boats are back.", "“No boat will leave the quay before noon today,” they said.",
            "That claim is not confirmed.", "However, 15 boats left.", "It is unclear if the bridge is open.",
        ]
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(SENTENCES, min_size=1, max_size=3))
def test_candidates_are_sorted_pairs_of_different_quotable_places(texts: list[list[str]]) -> None:
    """Whatever the articles: scores in [0, 1] and falling, no pair twice, no statement with itself, same again."""
    corpus = in_memory(*(" ".join(t) for t in texts))
    made = find(corpus, Lexicon(), Relations())
    assert made == find(corpus, Lexicon(), Relations())
    assert [c.score for c in made] == sorted((c.score for c in made), reverse=True)
    assert all(0 <= c.score <= 1 and c.reason and not c.first.overlaps(c.second) for c in made)
    assert len({(c.kind, frozenset((c.first.key, c.second.key))) for c in made}) == len(made)


def test_a_statement_in_very_many_articles_is_still_one() -> None:
    corpus = in_memory(*["The council will rebuild the stone bridge before winter."] * 80)
    (origin,) = apply(find_safe(corpus, Relations()), Relations()).origins
    assert len(origin.statements) == 80
