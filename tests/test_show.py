"""Articles as they are shown, and what is quoted of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import make_article, write_article
from hypothesis import given
from hypothesis import strategies as st
from upper import assistant

from bot.corpus import Article, Corpus, load_corpus
from bot.errors import UsageError
from bot.faq import Faq, check_faq
from bot.relations import Relations, load_relations
from bot.render import plain, terminal
from bot.show import FAQ, FURNITURE, HERE, RELATION, article_rows, find_article, find_place, place_rows, uses

both = pytest.mark.parametrize("name", ["other", "real"])
MARGIN = 9


def shown(article: Article, name: str) -> list[str]:
    helper = assistant(name)
    return plain(article_rows(article, uses(article, helper.faq, helper.relations))).split("\n")


@both
def test_every_sentence_is_shown_letter_by_letter_under_its_number(name: str) -> None:
    for article in assistant(name).corpus.articles.values():
        text = "\n".join(shown(article, name))
        for number, sentence in enumerate(article.sentences, 1):
            lines = sentence.text.replace("\n", "\n" + " " * MARGIN)
            assert re.search(rf"(?m)^.. {{0,4}}{number}  {re.escape(lines)}$", text), sentence.text
        assert f"{len(article.sentences)} sentences, {len(article.text)} characters, sha256 {article.sha256[:16]}" in text


@both
def test_page_furniture_has_a_mark_and_no_number(name: str) -> None:
    for article in assistant(name).corpus.articles.values():
        marked = "".join(line[MARGIN:] for line in shown(article, name) if line.startswith(FURNITURE) and line[1:MARGIN].strip() == "")
        for start, end in article.furniture:
            assert "".join(article.text[start:end].replace("•", "").split()) in "".join(marked.split())


@both
def test_a_sentence_is_marked_where_the_faq_or_the_relations_quote_it_and_nowhere_else(name: str) -> None:
    helper = assistant(name)
    for article in helper.corpus.articles.values():
        used = uses(article, helper.faq, helper.relations)
        lines = {int(line[2:7]): line[:2] for line in shown(article, name) if re.match(r"[* ][~ ] {0,4}\d+  ", line)}
        for number, sentence in enumerate(article.sentences, 1):
            by = {use.by for use in used if use.span.overlaps(sentence)}
            assert lines[number] == (FAQ if "faq" in by else " ") + (RELATION if "relations" in by else " ")


@both
def test_every_quote_of_the_files_is_a_use_of_its_article(name: str) -> None:
    helper = assistant(name)
    quoted = {e.span.key for entry in helper.faq.entries for e in entry.evidence} | {s.key for entry in helper.faq.entries for s in entry.nearest}
    found = {use.span.key for a in helper.corpus.articles.values() for use in uses(a, helper.faq, helper.relations) if use.by == "faq"}
    assert found == quoted
    related = {s.newer.key for s in helper.relations.supersedes} | {s.key for sides in helper.relations.disputes for side in sides for s in side}
    assert related <= {use.span.key for a in helper.corpus.articles.values() for use in uses(a, helper.faq, helper.relations) if use.by == "relations"}


def test_a_date_stands_where_the_date_of_assertion_changes_and_at_the_top() -> None:
    article = assistant("other").corpus.articles["pellandry-ledger"]
    dated = [line for line in shown(article, "other") if line.startswith("— ")]
    assert dated == ["— asserted 2023-03-04 —", "— asserted 2023-03-09 —", "— asserted 2023-03-04 —"]


def test_what_is_known_about_an_article_stands_above_it() -> None:
    other = assistant("other").corpus.articles
    ledger, hull = shown(other["pellandry-ledger"], "other"), shown(other["shore-and-hull"], "other")
    assert ledger[:5] == [
        "Ferry line halted: what we know [UPDATED]", "Pellandry Ledger", "published 2023-03-04, updated 2023-03-09",
        "author Osk Venderlin, language en", "https://example.org/pellandry-ledger/2023/03/ferry-line-halted",
    ]  # fmt: skip
    assert "published unknown, republishes an unknown outlet" in hull


def test_a_quote_of_half_a_sentence_is_highlighted_as_far_as_it_goes(tmp_path: Path) -> None:
    write_article(tmp_path / "corpus", "bridge", "The bridge is closed. The ferry runs.")
    corpus, _ = load_corpus(tmp_path / "corpus")
    (tmp_path / "faq.yaml").write_text('- {id: a, question: Who?, evidence: [{article: bridge, quote: "bridge is"}]}\n', encoding="utf-8")
    used = uses(corpus.articles["bridge"], check_faq(tmp_path / "faq.yaml", corpus)[0], load_relations(corpus)[0])
    assert re.search(r"The \x1b\[36mbridge is\x1b\[0m closed\.", terminal(article_rows(corpus.articles["bridge"], used), 80, colour=True))


# A place


@both
def test_a_sentence_stands_in_its_paragraph_marked_by_its_number_or_its_place(name: str) -> None:
    helper = assistant(name)
    for article in helper.corpus.articles.values():
        for number, sentence in enumerate(article.sentences, 1):
            assert find_place(article, str(number)) == sentence == find_place(article, f"{sentence.start}:{sentence.end}")
            text = plain(place_rows(sentence, ()))
            (line,) = [line for line in text.split("\n") if re.match(rf"{HERE} +\d", line)]
            assert line == f"{HERE} {number:>5}  {sentence.text}".split("\n")[0]
            around = [s.text for s, p in zip(article.sentences, article.paragraphs, strict=True) if p == article.paragraphs[number - 1]]
            assert [s for s in around if s.replace("\n", "\n" + " " * MARGIN) not in text] == []
            assert f"{article.id}[{sentence.start}:{sentence.end}], sentence {number}\n" in text


def test_a_place_inside_a_sentence_is_shown_by_itself_too() -> None:
    article = make_article("The bridge is closed. The ferry runs.")
    text = plain(place_rows(find_place(article, "4:19"), ()))
    assert "\n› bridge is close\n" in text
    assert "a[4:19], sentence 1" in text
    assert "a[4:37], sentences 1 to 2" in plain(place_rows(find_place(article, "4:37"), ()))


def test_who_quotes_a_place_is_told() -> None:
    helper = assistant("real")
    for entry in helper.faq.entries[:20]:
        for evidence in entry.evidence:
            used = uses(evidence.span.article, helper.faq, helper.relations)
            line = next(line for line in plain(place_rows(evidence.span, used)).split("\n") if line.startswith("faq "))
            assert f"{entry.id} ({evidence.role})" in line.removeprefix("faq").strip().split(", ")


@given(st.text(alphabet="ab. \n–1", min_size=1, max_size=60), st.data())
def test_any_place_of_any_text_can_be_shown(text: str, data: st.DataObject) -> None:
    article = make_article(text)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert f"a[{start}:{end}]" in plain(place_rows(find_place(article, f"{start}:{end}"), ()))
    assert terminal(article_rows(article, uses(article, Faq(), Relations())), 40, colour=True)


@pytest.mark.parametrize("place", ["0", "3", "", "x", "-1", "1:", "5:5", "6:5", "0:999", "1.5", "1:2:3", "9" * 30])
def test_no_such_place_is_told_in_one_line(place: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_place(make_article("The bridge is closed. The ferry runs."), place)
    assert "\n" not in str(caught.value)


# An article


def test_an_article_is_found_by_its_id_alone() -> None:
    corpus = assistant("other").corpus
    assert all(find_article(corpus, name) is article for name, article in corpus.articles.items())


@pytest.mark.parametrize(("typed", "nearest"), [("pelandry", "pellandry-ledger"), ("ledger", "pellandry-ledger"), ("courier", "ostrellin-courier")])
def test_for_an_unknown_article_all_are_named_the_nearest_first(typed: str, nearest: str) -> None:
    corpus = assistant("other").corpus
    with pytest.raises(UsageError) as caught:
        find_article(corpus, typed)
    named = str(caught.value).partition("; articles: ")[2].split(", ")
    assert named[0] == nearest
    assert sorted(named) == sorted(corpus.articles)


def test_an_empty_corpus_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="articles: none"):
        find_article(Corpus({}, "0" * 64, tmp_path), "x")
