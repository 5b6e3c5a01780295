"""What stands around a quote in its article."""

from __future__ import annotations

import itertools

import pytest
from conftest import make_article
from hypothesis import given
from hypothesis import strategies as st

from bot.context import LONGEST, surroundings
from bot.corpus import Article, Corpus, Span

TEXT = "Before it.\n\nOne is first. Two is second. Three is third.\n\nAlone.\n\nAfter it. And more."


def around(article: Article, quote: str) -> list[str]:
    start = article.text.index(quote)
    return [run.text for run in surroundings(Span(article, start, start + len(quote)))]


def test_a_sentence_is_shown_in_its_paragraph() -> None:
    assert around(make_article(TEXT), "Two is second.") == ["One is first. Two is second. Three is third."]


def test_a_paragraph_of_its_own_is_shown_between_its_neighbours() -> None:
    assert around(make_article(TEXT), "Alone.") == ["One is first. Two is second. Three is third.", "Alone.", "After it. And more."]


def test_a_quote_over_two_paragraphs_is_shown_in_both() -> None:
    assert around(make_article(TEXT), "Three is third.\n\nAlone.") == ["One is first. Two is second. Three is third.", "Alone."]


def test_page_furniture_is_left_out() -> None:
    """An advertisement inside the paragraph is not shown; what is before and after it is."""
    text = "One is first. Buy flour! Two is second."
    at = text.index("Buy")
    article = make_article(text, furniture=((at, at + len("Buy flour!")),))
    assert around(article, "Two is second.") == ["One is first.", "Two is second."]


def test_a_long_paragraph_is_shown_in_part() -> None:
    """Whole sentences go, those that are farther from the quote first, until it is short enough."""
    sentences = [f"Sentence number {n} is here to fill the paragraph." for n in range(100)]
    article = make_article(" ".join(sentences))
    (shown,) = around(article, sentences[50])
    assert len(shown) <= LONGEST
    assert sentences[50] in shown
    assert shown.startswith("Sentence number 3")
    assert shown.endswith("paragraph.")


@pytest.mark.parametrize("corpus", ["other_corpus", "real_corpus"])
def test_every_sentence_is_in_its_surroundings(corpus: str, request: pytest.FixtureRequest) -> None:
    """For every sentence of the articles: the runs are in order and apart, hold it, and have no page furniture."""
    found: Corpus = request.getfixturevalue(corpus)
    for sentence in found.sentences:
        runs = surroundings(sentence)
        assert any(run.holds(sentence) for run in runs)
        assert all(a.end <= b.start for a, b in itertools.pairwise(runs))
        assert not any(run.article.is_furniture(run.start, run.end) for run in runs)


@given(st.text(alphabet="ab. \n!", min_size=1, max_size=120), st.data())
def test_any_span_of_any_text_has_surroundings(text: str, data: st.DataObject) -> None:
    """For any text and any place in it: at least one run, each a whole number of sentences or the span itself."""
    article = make_article(text)
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(article, start, data.draw(st.integers(start + 1, len(text))))
    runs = surroundings(span)
    assert runs
    edges = {s.start for s in article.sentences} | {s.end for s in article.sentences}
    assert runs == (span,) or all({run.start, run.end} <= edges for run in runs)
