"""Ranking by BM25: what a hit is, in which order hits come, and by which numbers."""

from __future__ import annotations

import math

import pytest
from conftest import make_article
from hypothesis import given
from hypothesis import strategies as st

from bot.corpus import Article, Corpus, Span
from bot.index import Index
from bot.passages import K1, PASSAGE_B, SENTENCE_B, Hit, idf
from bot.text import terms

VOCABULARY = ["bread", "mill", "rye", "the", "ferry", "14.2", "US", "Куба"]
TEXTS = st.lists(st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6).map(" ".join), max_size=8)
QUERIES = st.lists(st.sampled_from([*VOCABULARY, "unknown", "why", "?"]), max_size=5).map(" ".join)


def whole(article: Article) -> Span:
    return Span(article, 0, len(article.text))


def spans(*texts: str) -> list[Span]:
    """One span per text, each of an article of its own: a, b, c …"""
    return [whole(make_article(text, name)) for name, text in zip("abcdefghijkl", texts, strict=False)]


FIVE = spans("Rye bread and rye flour.", "White bread is sold.", "Mills grind.", "The old mill grinds wheat for white bread.", "Boats sail.")
"""Content terms: (rye bread rye flour) (white bread sold) (mill grind) (old mill grind wheat white bread) (boat sail)."""


def order(hit: Hit) -> tuple[float, str, int]:
    return (-hit.score, hit.span.article.id, hit.span.start)


@given(TEXTS, QUERIES, st.integers(-1, 12))
def test_hits_share_a_term_with_the_query_and_come_best_first(texts: list[str], query: str, k: int) -> None:
    """At most k, in non-increasing score, ties by article id, then offset; no score is negative or zero."""
    hits = Index(spans(*texts)).search(query, k)
    asked = terms(query)
    assert len(hits) <= max(k, 0)
    assert hits == sorted(hits, key=order)
    for hit in hits:
        held = terms(hit.span.text)
        assert hit.score > 0
        assert hit.terms == tuple(t for t in dict.fromkeys(asked) if t in held) != ()


@given(TEXTS, QUERIES)
def test_with_room_for_all_every_span_that_shares_a_term_is_a_hit(texts: list[str], query: str) -> None:
    """Nothing that matches is left out, nothing else is let in, and fewer k are the head of more."""
    found = spans(*texts)
    hits = Index(found).search(query, len(texts) + 100)
    assert sorted(h.span.key for h in hits) == [s.key for s in found if set(terms(s.text)) & set(terms(query))]
    assert Index(found).search(query, 2) == hits[:2]


@given(st.permutations(range(5)), QUERIES)
def test_the_order_in_which_spans_are_given_does_not_matter(mixed: list[int], query: str) -> None:
    """Same spans, same ranking."""
    assert Index([FIVE[i] for i in mixed]).search(query) == Index(FIVE).search(query)


def test_ties_go_by_article_then_offset() -> None:
    """Equal spans of two articles: a before b, and inside one article the earlier first."""
    b, a = make_article("rye. rye. mill. sea. boat.", "b"), make_article("rye.", "a")
    hits = Index([Span(b, 5, 9), whole(a), Span(b, 0, 4), Span(b, 10, 15), Span(b, 16, 20), Span(b, 21, 26)]).search("rye")
    assert [h.span.key for h in hits] == [("a", 0, 4), ("b", 0, 4), ("b", 5, 9)]
    assert len({h.score for h in hits}) == 1


@pytest.mark.parametrize(("query", "k"), [("", 10), ("the of and", 10), ("?!", 10), ("submarine", 10), ("bread", 0), ("bread", -5)])
def test_nothing_asked_or_nothing_shared_or_no_room_gives_no_hit(query: str, k: int) -> None:
    """An empty query, stop words alone, an unknown word and k = 0 all give an empty list."""
    assert Index(FIVE).search(query, k) == []


def test_k_beyond_the_number_of_spans_gives_all_that_match() -> None:
    """It is not an error to ask for more than there is."""
    assert [h.span.article.id for h in Index(FIVE).search("bread", 10**9)] == ["b", "a", "d"]


@pytest.mark.parametrize("texts", [(), ("the and of",), ("?", "!")])
def test_a_corpus_without_a_term_has_no_hits(texts: tuple[str, ...]) -> None:
    """rank-bm25 divides by zero on an empty corpus; here it is searched in vain."""
    index = Index(spans(*texts))
    assert index.search("bread") == []
    assert index.scores(["bread"]).tolist() == [0.0] * len(texts)
    assert index.vocabulary == {}


def test_a_term_in_more_than_half_of_the_spans_still_counts() -> None:
    """bread is in three of five: rank-bm25's own idf is below zero there, Lucene's is not."""
    assert math.log((5 - 3 + 0.5) / (3 + 0.5)) < 0
    hits = Index(FIVE).search("bread")
    assert len(hits) == 3
    assert all(h.score > 0 for h in hits)
    assert all(h.score > 0 for h in Index(spans("bread", "bread", "bread")).search("bread"))


def test_scores_are_bm25_as_worked_by_hand() -> None:
    """Five passages of 4, 3, 2, 6 and 2 terms, 3.4 on average; k1 = 1.2, b = 0.4.

    rye is in one passage, twice:  idf = ln(1 + 4.5/1.5) = ln 4 = 1.386294; length factor 0.6 + 0.4·4/3.4 = 1.070588;
                                   tf = 2·2.2/(2 + 1.2·1.070588) = 4.4/3.284706 = 1.339542; together 1.857001.
    bread is in three, once each:  idf = ln(1 + 2.5/3.5) = ln 12/7 = 0.538997; there tf = 2.2/(1 + 1.284706) = 0.962925;
                                   together 0.519013. The sum is 2.376014.
    """
    assert (K1, SENTENCE_B) == (1.2, 0.4)
    first, *rest = Index(FIVE).search("rye bread")
    assert first.span.article.id == "a"
    assert first.terms == (terms("rye")[0], terms("bread")[0])
    assert first.score == pytest.approx(2.376014, abs=2e-6)
    # the others hold bread alone: lengths 3 and 6, factors 0.6 + 0.4·3/3.4 = 0.952941 and 0.6 + 0.4·6/3.4 = 1.305882
    assert [h.span.article.id for h in rest] == ["b", "d"]
    assert [h.score for h in rest] == [
        pytest.approx(0.538997 * 2.2 / (1 + 1.2 * 0.952941), abs=2e-6),
        pytest.approx(0.538997 * 2.2 / (1 + 1.2 * 1.305882), abs=2e-6),
    ]


@given(TEXTS, QUERIES, st.booleans())
def test_scores_are_the_sum_of_the_formula_over_the_query(texts: list[str], query: str, titled: bool) -> None:
    """Checked against BM25 written out here; a titled index counts the title's words with each span."""
    title = "Bread on the ferry"
    found = [whole(make_article(s.text, s.article.id, title=title)) for s in spans(*texts)]
    analysed = [terms(s.text) + terms(title) * titled for s in found]
    mean = sum(map(len, analysed)) / len(analysed) if analysed else 0
    k1, b = K1, PASSAGE_B if titled else SENTENCE_B
    for number, (score, held) in enumerate(zip(Index(found, titled=titled).scores(terms(query)), analysed, strict=True)):
        expected = 0.0
        for term in terms(query):
            n, tf = sum(term in other for other in analysed), held.count(term)
            if tf:
                expected += math.log(1 + (len(found) - n + 0.5) / (n + 0.5)) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * len(held) / mean))
        assert score == pytest.approx(expected), number


@given(st.integers(1, 10**6), st.data())
def test_idf_is_positive_and_falls_with_frequency(total: int, data: st.DataObject) -> None:
    """The rarer a term, the more it says; a term in all spans says a little."""
    holding = data.draw(st.integers(0, total))
    assert idf(total, holding) > 0
    assert holding == 0 or idf(total, holding) < idf(total, holding - 1)


def test_a_titled_index_finds_a_passage_by_the_title_of_its_article() -> None:
    """A passage seldom repeats what its article is about; without titles the word is in no span."""
    found = [whole(make_article("It sails at noon.", "a", title="The ferry")), *FIVE[1:]]
    assert [(h.span.article.id, h.terms) for h in Index(found, titled=True).search("ferry")] == [("a", ("ferri",))]
    assert Index(found).search("ferry") == []


def test_an_unknown_term_is_the_most_informative() -> None:
    """Its idf is above that of any term of the index."""
    index = Index(FIVE)
    assert index.idf("submarine") > max(index.idf(term) for term in index.vocabulary)


def test_the_vocabulary_counts_spans_not_occurrences() -> None:
    """rye stands twice in one passage: it is in one."""
    index = Index(FIVE)
    assert {t: index.vocabulary[t] for t in terms("rye bread mill boat")} == {terms("rye")[0]: 1, terms("bread")[0]: 3, "mill": 2, "boat": 1}
    assert index.held(0) == frozenset(terms("rye bread flour"))


def test_each_article_is_analysed_in_its_language_and_the_query_in_its_own() -> None:
    """A Spanish question finds a Spanish article by its stem."""
    index = Index([whole(make_article("Los teléfonos bloqueados", "es", language="es")), *FIVE])
    assert [h.span.article.id for h in index.search("telefono", language="es")] == ["es"]


def test_every_sentence_of_both_corpora_finds_itself(real_corpus: Corpus, other_corpus: Corpus) -> None:
    """Asked in its own words, a sentence is among the best hits: nothing scores above it that does not hold all its terms."""
    for corpus in (real_corpus, other_corpus):
        index = Index(corpus.sentences)
        for sentence in corpus.sentences:
            asked = set(terms(sentence.text))
            hits = index.search(sentence.text, len(corpus.sentences))
            assert sentence in [h.span for h in hits if set(h.terms) == asked] or not asked
