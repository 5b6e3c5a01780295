"""Links with text fragments, checked with a small reader of their own (WICG, URL Fragment Text Directives)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import pytest
from conftest import OTHER, ROOT, make_article
from hypothesis import given
from hypothesis import strategies as st

from bot.citations import CONTEXT, LONGEST_EXACT, link, prefix, suffix
from bot.corpus import Article, Corpus, Span, load_corpus
from bot.faq import load_faq

URL = "https://example.org/page"


@dataclass(frozen=True)
class Directive:
    """`[prefix-,]start[,end][,-suffix]`, decoded."""

    start: str
    end: str | None = None
    prefix: str | None = None
    suffix: str | None = None


def parse(directive: str) -> Directive:
    """Read a text directive as the specification does; raises ValueError where it is none."""
    parts = directive.split(",")
    before = parts.pop(0)[:-1] if parts[0].endswith("-") else None
    after = parts.pop()[1:] if parts and parts[-1].startswith("-") else None
    if not 1 <= len(parts) <= 2 or not all(re.fullmatch(r"(?:[^-,&%\s#]|%[0-9A-F]{2})+", p) for p in [*parts, *filter(None, [before, after])]):
        raise ValueError(f"no text directive: {directive}")
    terms = [unquote(p, errors="strict") for p in parts]
    return Directive(terms[0], terms[1] if len(terms) == 2 else None, before and unquote(before), after and unquote(after))


def occurrences(text: str, term: str, position: int, *, starts_word: bool = True, ends_word: bool = True) -> Iterator[tuple[int, int]]:
    """Where `term` stands from `position` on: inside one line, in any case, any run of space for a space, between word boundaries."""
    pattern = r"[^\S\n]+".join(re.escape(piece) for piece in term.split())
    for match in re.compile(rf"(?=({pattern}))", re.IGNORECASE).finditer(text, position):
        start, end = match.span(1)
        inside_start = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
        inside_end = end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
        if not (starts_word and inside_start) and not (ends_word and inside_end):
            yield start, end


def first_match(text: str, directive: Directive) -> tuple[int, int] | None:
    """The range that a browser highlights: the first in the text for which all given terms fit."""
    ends_word = directive.end is not None or directive.suffix is None
    starts: Iterator[tuple[int, int]]
    if directive.prefix is None:
        starts = occurrences(text, directive.start, 0, ends_word=ends_word)
    else:
        after = (re.compile(r"\s*").match(text, end) for _, end in occurrences(text, directive.prefix, 0, ends_word=False))
        places = [m.end() for m in after if m]
        starts = (next(occurrences(text, directive.start, p, starts_word=False, ends_word=ends_word), (-1, -1)) for p in places)
        starts = (found for p, found in zip(places, starts, strict=True) if found[0] == p)
    for start, end in starts:
        ends = [(start, end)] if directive.end is None else occurrences(text, directive.end, end, ends_word=directive.suffix is None)
        for _, last in ends:
            if directive.suffix is None or any(re.fullmatch(r"\s*", text[last:a]) for a, _ in occurrences(text, directive.suffix, last, starts_word=False)):
                return start, last
    return None


def directive_of(span: Span) -> Directive | None:
    """The parsed directive of the span's link, whose address is the article's own; None where it has none."""
    address = link(span)
    assert address is not None
    assert span.article.url is not None
    assert address.startswith(span.article.url)
    _, separator, fragment = address.partition(":~:text=")
    return parse(fragment) if separator else None


def quotable(corpus: Corpus) -> list[Span]:
    """Every sentence, passage and pair of neighbouring sentences of a corpus."""
    pairs = [Span(a, a.sentences[i].start, a.sentences[i + 1].end) for a in corpus.articles.values() for i in range(len(a.sentences) - 1)]
    return list(dict.fromkeys([*corpus.sentences, *corpus.passages, *(p for p in pairs if not p.article.is_furniture(p.start, p.end))]))


@pytest.mark.parametrize("folder", [ROOT / "corpus", OTHER / "corpus"], ids=["real", "other"])
def test_every_sentence_has_a_link_whose_first_match_is_the_sentence(folder: str) -> None:
    """For all sentences of all articles: the fragment parses, and matches exactly the quote and nothing before it."""
    wrong = {}
    for span in load_corpus(ROOT / folder)[0].sentences:
        directive = directive_of(span)
        if directive is None or first_match(span.article.text, directive) != (span.start, span.end):
            wrong[span.key] = (span.text, link(span))
    assert wrong == {}


@pytest.mark.parametrize("root", [ROOT, OTHER], ids=["real", "other"])
def test_every_link_of_a_longer_quote_matches_it_or_opens_the_page_alone(root: str) -> None:
    """Passages, pairs of sentences and the FAQ's evidence: a fragment that is there is right."""
    corpus = load_corpus(ROOT / root / "corpus")[0]
    faq = load_faq(ROOT / root / "faq.yaml", corpus)
    evidence = [e.span for entry in faq.entries for e in entry.evidence]
    wrong = {}
    for span in dict.fromkeys([*quotable(corpus), *evidence]):
        directive = directive_of(span)
        if directive and first_match(span.article.text, directive) != (span.start, span.end):
            wrong[span.key] = (span.text, link(span))
    assert wrong == {}


SMALL = st.lists(
    st.lists(st.sampled_from(["rye", "bread", "Rye", "no", "nor", "it’s", "x-ray", "a,b", "R&D", "50%", "é"]), min_size=1, max_size=4), min_size=1, max_size=6
)


def sentence(found: list[str]) -> str:
    return " ".join(["The", *found]) + "."


@given(SMALL, st.sampled_from([" ", "\n", "\n\n"]))
def test_in_a_text_full_of_repetitions_a_fragment_is_right_or_absent(found: list[list[str]], between: str) -> None:
    """Where the same words stand in many places no link opens the page at the wrong one."""
    article = make_article(between.join(map(sentence, found)), url=URL)
    for span in quotable(Corpus({"a": article}, "", article.path)):
        directive = directive_of(span)
        assert directive is None or first_match(article.text, directive) == (span.start, span.end), link(span)


@given(st.integers(0, 60), st.integers(0, 20))
def test_a_quote_too_long_to_be_given_whole_is_matched_to_its_end(at: int, repeated: int) -> None:
    """Start and end must not meet earlier: the last words of the quote may stand inside it, too."""
    found = [f"word{number}" for number in range(80)]
    inner = " ".join(found[:at] + found[len(found) - repeated :] + found[at:])
    article = make_article(f"Before it.\n\nOpening with some other words here, {inner}\n\nAfter it.", url=URL)
    (span,) = (s for s in article.sentences if len(s.text) > LONGEST_EXACT)
    directive = directive_of(span)
    assert directive is None or first_match(article.text, directive) == (span.start, span.end), link(span)


def test_a_quote_on_two_lines_is_given_by_start_and_end() -> None:
    """A term lies inside one block, so a quote over a line break names its first and its last words."""
    article = make_article("He said: “We heard a bang from below,\nand then the wheel would not answer,” and left.", url=URL)
    (span,) = article.sentences
    directive = directive_of(span)
    assert directive is not None
    assert directive.end is not None
    assert first_match(article.text, directive) == (span.start, span.end)


def test_signs_of_the_syntax_are_encoded_inside_a_term() -> None:
    """`-`, `,`, `&`, `%` and `#` of a quote do not end its term."""
    (span,) = make_article("X-ray, R&D & 50% – see #3?", url=URL).sentences
    address = link(span)
    assert address == f"{URL}#:~:text=X%2Dray%2C%20R%26D%20%26%2050%25%20%E2%80%93%20see%20%233%3F"
    assert directive_of(span) == Directive("X-ray, R&D & 50% – see #3?")


def test_a_sentence_that_stands_twice_is_told_apart_by_the_words_before_it() -> None:
    """The second one's link has a prefix; the first one needs none that is wrong."""
    article = make_article("Rye is sold. It is cold.\nBread is sold, too. It is cold.", url=URL)
    first, second = (s for s in article.sentences if s.text == "It is cold.")
    for span in (first, second):
        directive = directive_of(span)
        assert directive is not None
        assert directive.prefix
        assert first_match(article.text, directive) == (span.start, span.end)


def test_the_end_of_the_paragraph_before_tells_a_repeated_paragraph_apart() -> None:
    """A prefix may stand in another block; a sentence with nothing before it is given without a prefix or not at all."""
    article = make_article("It is cold.\n\nIt is cold.", url=URL)
    first, second = article.sentences
    found = directive_of(second)
    assert found is not None
    assert first_match(article.text, found) == (second.start, second.end)
    found = directive_of(first)
    assert found is None or first_match(article.text, found) == (first.start, first.end)


def test_an_article_without_an_address_has_no_link() -> None:
    """A citation then names the article only."""
    (span,) = make_article("It is cold.").sentences
    assert link(span) is None


@pytest.mark.parametrize("blank", [" ", "\n", "\n\n", " \n"])
def test_white_space_alone_opens_the_page(blank: str) -> None:
    article = make_article(f"{blank}It is cold.", url=URL)
    assert link(Span(article, 0, len(blank))) == URL


def test_an_address_with_a_fragment_keeps_it() -> None:
    """The directive is added to the fragment that is there."""
    (span,) = make_article("It is cold.", url=f"{URL}#part").sentences
    assert link(span) == f"{URL}#part:~:text=It%20is%20cold."


def test_every_link_is_an_address_that_can_be_clicked(real_corpus: Corpus, other_corpus: Corpus) -> None:
    """Printable ASCII without spaces, quotes or brackets that would end it in a terminal or in Markdown."""
    for span in (*real_corpus.sentences, *other_corpus.sentences):
        address = link(span)
        assert address is not None
        assert re.fullmatch(r"[!-~]+", address)
        assert not set(address) & set("<>()[]\"'`\\^{}|")
        assert urlsplit(address)[:3] == urlsplit(span.article.url or "")[:3]


@given(st.text(min_size=1, max_size=100), st.integers(0, 99), st.integers(1, 100))
def test_prefix_and_suffix_are_the_text_around_a_quote(text: str, start: int, end: int) -> None:
    """Up to CONTEXT characters each; with the quote between them they stand in the article."""
    if not start < end <= len(text):
        return
    article: Article = make_article(text)
    span = Span(article, start, end)
    assert prefix(span) + span.text + suffix(span) == text[max(0, start - CONTEXT) : end + CONTEXT]
    assert max(len(prefix(span)), len(suffix(span))) <= CONTEXT == 32


@pytest.mark.parametrize(
    ("text", "directive", "matched"),
    [
        ("One two. Two three.", "two", "two"),
        ("Cannot, not.", "not", "not"),
        ("One two three two.", "one,two", "One two"),
        ("a cat. The cat sat.", "the-,cat", "cat"),
        ("cat a cat b", "cat,-b", "cat"),
        ("One\ntwo", "One%20two", None),
        ("One  two", "one%20two", "One  two"),
        ("cat", "dog", None),
    ],
)
def test_the_reader_of_this_test_matches_as_browsers_do(text: str, directive: str, matched: str | None) -> None:
    """Whole words in any case, the first that fits all terms, each term inside one line."""
    found = first_match(text, parse(directive))
    assert (found and text[slice(*found)]) == matched
    if directive == "cat,-b":
        assert found == (6, 9)


@pytest.mark.parametrize("directive", ["", "a,b,c", "a-b", "a%2", "a b", "a&b", ",a", "a-,"])
def test_the_reader_of_this_test_refuses_what_is_no_directive(directive: str) -> None:
    """Unencoded signs and too many terms do not parse."""
    with pytest.raises(ValueError, match="no text directive"):
        parse(directive)
