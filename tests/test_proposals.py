"""What is proposed of a new article; nothing of it is applied by itself."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from conftest import make_article
from hypothesis import given
from hypothesis import strategies as st

from bot.corpus import Corpus
from bot.proposals import find_date, furniture, near_copies, sections

DAY = datetime.date


def bare(corpus: Corpus, name: str) -> Corpus:
    """The corpus with one article as if nobody had looked at it."""
    article = dataclasses.replace(corpus.articles[name], furniture=(), sections=())
    return dataclasses.replace(corpus, articles={**corpus.articles, name: article})


def test_most_furniture_of_the_fictional_corpus_is_found_and_nothing_else(other_corpus: Corpus) -> None:
    """8 of its 10 strings; what is missed has no mark but its meaning."""
    hits = known = 0
    for name, article in other_corpus.articles.items():
        whole = bare(other_corpus, name)
        true = {article.text[a:b] for a, b in article.furniture}
        found = {f.text for f in furniture(whole.articles[name], whole)}
        assert found <= true
        hits, known = hits + len(found), known + len(true)
    assert (hits, known) == (8, 10)


def test_dates_of_the_parts_of_the_fictional_article_are_found(other_corpus: Corpus) -> None:
    article = other_corpus.articles["pellandry-ledger"]
    found = [(article.text.find(d.starts), d.asserted) for d in sections(dataclasses.replace(article, sections=()))]
    assert found == [(s.start, s.asserted) for s in article.sections]


def test_a_line_that_stands_in_another_article_too_is_furniture_unless_one_is_a_copy_of_the_other() -> None:
    line = "The Harbour Gazette has been printed on this shore since 1911."
    one = make_article(f"The mill grinds rye since Tuesday morning, says its owner.\n\n{line}", "one")
    two = make_article(f"A bridge over the northern canal was closed last night.\n\n{line}", "two")
    assert [f.text for f in furniture(one, Corpus({"one": one, "two": two}, "0", one.path))] == [line]
    copy = make_article(one.text.replace("Tuesday", "Monday"), "copy")
    assert list(furniture(one, Corpus({"one": one, "copy": copy}, "0", one.path))) == []
    assert [a.id for a, _ in near_copies(one, Corpus({"one": one, "two": two, "copy": copy}, "0", one.path))] == ["copy"]


@given(st.lists(st.sampled_from(["By Ann Ruk", "Photo: archive", "The mill grinds.", "Read more", "- flour", "", "Share this", "Prices"]), max_size=12))
def test_what_is_proposed_is_found_once(lines: list[str]) -> None:
    article = make_article("\n".join(lines), "a")
    assert all(article.text.count(f.text) == 1 for f in furniture(article, Corpus({"a": article}, "0", article.path)))


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Update (09/14/2021 @ 02:07 ET)", "en", DAY(2021, 9, 14)),
        ("[Aktualizacja 14.09.2021]", "pl", DAY(2021, 9, 14)),
        ("Updated 2021-09-14", "en", DAY(2021, 9, 14)),
        ("Update (March 9, 2023)", "en", DAY(2023, 3, 9)),
        ("Actualización: 9 de marzo de 2023", "es", DAY(2023, 3, 9)),
        ("Update, 13 May", "en", DAY(2024, 5, 13)),
        ("Update 03/04/2021", "en", None),
        ("Update 03.04.2021", "de", DAY(2021, 4, 3)),
        ("Update: the 31 February 2021", "en", None),
        ("Update: three of them", "en", None),
    ],
)
def test_a_date_is_read_only_where_it_can_be_read_in_one_way(text: str, language: str, found: DAY | None) -> None:
    assert find_date(text, language, DAY(2024, 5, 10)) == found
