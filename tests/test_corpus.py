"""Articles and their spans: read letter by letter, or refused with every problem at its place."""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import pytest
from conftest import ABSENT, OTHER, ROOT, make_article, sha256, shared_folder, write_article, write_corpus
from hypothesis import example, given
from hypothesis import strategies as st

from bot.corpus import LONGEST_PASSAGE, Article, Corpus, Section, Span, find_quote, load_corpus, nearest_text
from bot.errors import CorpusError, Problem
from bot.text import acting
from bot.yaml_nodes import Reader, parse

FOLDERS = [ROOT / "corpus", OTHER / "corpus"]
ARTICLES = [path for folder in FOLDERS for path in sorted(folder.glob("*.md")) if path.name != "README.md"]


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(CorpusError) as caught:
        load_corpus(folder)
    return caught.value.problems


@pytest.mark.parametrize("path", ARTICLES, ids=lambda p: p.stem)
def test_every_article_on_disk_has_the_hash_of_its_front_matter(path: Path) -> None:
    """Computed here from the bytes below the front matter, without the loader."""
    head, _, text = path.read_bytes().partition(b"\n---\n")
    (line,) = [line for line in head.decode().splitlines() if line.startswith("sha256:")]
    assert hashlib.sha256(text).hexdigest() == line.removeprefix("sha256:").strip(' "')


def test_the_five_articles_are_the_texts_that_the_project_was_given(real_corpus: Corpus) -> None:
    """Each text file of the given articles is an article's text, letter by letter, and has the same address."""
    shared = shared_folder()
    if shared is None or not (shared / "articles").is_dir():
        pytest.skip("the given articles are not at hand (set BOT_SHARED to their folder)")
    sources = json.loads((shared / "articles" / "sources.json").read_text(encoding="utf-8"))
    by_url = {article.url: article.text for article in real_corpus.articles.values()}
    given = {sources[path.name[:3]]["retrieved_from"]: path.read_bytes().decode() for path in (shared / "articles").glob("*.txt")}
    assert given == by_url


@pytest.mark.parametrize("folder", FOLDERS, ids=["real", "other"])
def test_both_corpora_load_without_a_warning(folder: Path) -> None:
    """Five articles each, in the order of their ids."""
    corpus, warnings = load_corpus(folder)
    assert warnings == []
    assert list(corpus.articles) == sorted(corpus.articles)
    assert len(corpus.articles) == 5


@given(st.text().filter(lambda text: not acting(text)))
@example("\r\none\r\ntwo\r\n")
@example("\n---\ntitle: b\n---\n")
@example("\ufeff\u202a\u202c e\u0301 👩🏽‍🚀 \u2028")
@example("")
def test_an_article_gives_back_any_text_letter_by_letter(text: str) -> None:
    """Any but what does something where it is shown: no newline is translated, nothing is trimmed or normalised, and a `---` in the text is text."""
    with tempfile.TemporaryDirectory() as name:
        write_article(Path(name), "a", text)
        corpus, warnings = load_corpus(Path(name))
    assert corpus.articles["a"].text == text
    assert corpus.articles["a"].sha256 == sha256(text)
    assert [w.message for w in warnings] == ([] if text.strip() else ["no text after the front matter"])


@given(st.text())
@example("x " * 2000 + ". Y.")
@example("A b c d e. " * 300)
def test_passages_of_any_text_are_runs_of_its_sentences(text: str) -> None:
    """Together the passages hold every sentence once; none is longer than the limit, a single sentence apart."""
    article = make_article(text)
    held = [[s for s in article.sentences if passage.holds(s)] for passage in article.passages]
    assert [s for run in held for s in run] == list(article.sentences)
    for passage, run in zip(article.passages, held, strict=True):
        assert (passage.start, passage.end) == (run[0].start, run[-1].end)
        assert passage.end - passage.start <= LONGEST_PASSAGE or len(run) == 1
        assert "\n\n" not in passage.text


@pytest.mark.parametrize("folder", FOLDERS, ids=["real", "other"])
def test_no_sentence_or_passage_overlaps_page_furniture(folder: Path) -> None:
    """Ads, captions and forms are in the text and in no span that can be shown."""
    for article in load_corpus(folder)[0].articles.values():
        banned = [article.text[a:b] for a, b in article.furniture]
        assert not any(article.is_furniture(s.start, s.end) for s in (*article.sentences, *article.passages))
        assert not any(line in span.text for line in banned if len(line) > 2 for span in article.passages)


def test_a_passage_does_not_reach_across_furniture(tmp_path: Path) -> None:
    """An ad between two sentences parts them, and a sentence that holds an ad is left out."""
    write_article(tmp_path, "a", "One is here. Buy now! Two is there. Click this ad inside of it. Three.", not_quotable=["Buy now!", "this ad"])
    article = load_corpus(tmp_path)[0].articles["a"]
    assert [s.text for s in article.sentences] == ["One is here.", "Two is there.", "Three."]
    assert [p.text for p in article.passages] == ["One is here.", "Two is there.", "Three."]


def test_sections_date_the_text_from_their_start_to_the_next(tmp_path: Path) -> None:
    """Text before the first section has the date of publication; a section may be undated."""
    write_article(
        tmp_path,
        "a",
        "Title. First part. Second part. Third part.",
        sections=[{"starts": "First", "asserted": "2024-03-01"}, {"starts": "Third", "asserted": None}],
    )
    article = load_corpus(tmp_path)[0].articles["a"]
    assert {s.text: s.asserted for s in article.sentences} == {
        "Title.": datetime.date(2024, 1, 2),
        "First part.": datetime.date(2024, 3, 1),
        "Second part.": datetime.date(2024, 3, 1),
        "Third part.": None,
    }
    assert article.sections == (Section(7, datetime.date(2024, 3, 1)), Section(32, None))


def test_the_front_matter_is_read_as_written(tmp_path: Path) -> None:
    """Every field arrives; what is null stays unknown, and the language of an article that does not say is English."""
    write_article(
        tmp_path, "a", "Text.", title=None, publisher="No", author="12:30", published=None, updated="2024-02-29", republishes="unknown", translated_from="pl"
    )
    corpus, warnings = load_corpus(tmp_path)
    article = corpus.articles["a"]
    assert warnings == []
    assert (article.title, article.publisher, article.author, article.published) == (None, "No", "12:30", None)
    assert (article.updated, article.republishes, article.translated_from, article.language) == (datetime.date(2024, 2, 29), "unknown", "pl", "en")
    assert corpus.newest == datetime.date(2024, 2, 29)


def test_a_missing_hash_is_a_warning_that_gives_the_hash(tmp_path: Path) -> None:
    """It is computed, and the maintainer can copy it."""
    write_article(tmp_path, "a", "Text.", sha256=ABSENT)
    corpus, (warning,) = load_corpus(tmp_path)
    assert corpus.articles["a"].sha256 == sha256("Text.")
    assert warning.warning
    assert warning.where == "sha256"
    assert sha256("Text.") in warning.mend


def test_a_changed_letter_is_an_error_on_the_line_of_the_hash(tmp_path: Path) -> None:
    """An article whose text is not the hashed one is not loaded."""
    write_article(tmp_path, "a", "Text!", sha256=sha256("Text."))
    (problem,) = problems_of(tmp_path)
    assert (problem.path, problem.line, problem.where) == (str(tmp_path / "a.md"), 6, "sha256")
    assert sha256("Text!") in problem.mend


@pytest.mark.parametrize(
    ("fields", "where", "line", "message"),
    [
        ({"title": ABSENT}, "", 2, "`title` is missing"),
        ({"publisher": ABSENT}, "", 2, "`publisher` is missing"),
        ({"published": ABSENT}, "", 2, "`published` is missing"),
        ({"autor": "x"}, "", 7, "unknown key `autor`"),
        ({"published": "14.9.2021"}, "published", 4, "'14.9.2021' is not a date"),
        ({"updated": "soon"}, "updated", 7, "'soon' is not a date"),
        ({"title": ["x"]}, "title", 2, "must be text, not a list"),
        ({"url": "example.org"}, "url", 5, "'example.org' is not a web address"),
        ({"url": "javascript:alert(1)"}, "url", 5, "'javascript:alert(1)' is not a web address"),
        ({"not_quotable": ["Buy"]}, "not_quotable[0]", 7, "not in the text: 'Buy'"),
        ({"not_quotable": ["a"]}, "not_quotable[0]", 7, "more than once in the text: 'a'"),
        ({"not_quotable": "banana"}, "not_quotable", 7, "must be a list, not text"),
        ({"not_quotable": [""]}, "not_quotable[0]", 7, "must be text, not empty text"),
        ({"sections": [{"starts": "split"}]}, "sections[0]", 7, "`asserted` is missing"),
        ({"sections": [{"starts": "Nothing", "asserted": None}]}, "sections[0].starts", 7, "not in the text: 'Nothing'"),
        ({"sections": [{"starts": "split", "asserted": "x"}]}, "sections[0].asserted", 7, "'x' is not a date"),
        ({"sections": [{"starts": "split", "asserted": None}, {"starts": "A banana", "asserted": None}]}, "sections", 7, "not in the order of the text"),
    ],
)
def test_a_wrong_field_is_told_with_file_line_field_and_mend(tmp_path: Path, fields: dict[str, object], where: str, line: int, message: str) -> None:
    """One wrong field is one problem, at its place."""
    path = write_article(tmp_path, "a", "A banana split.", **fields)
    (problem,) = problems_of(tmp_path)
    assert (problem.path, problem.where, problem.line, problem.message) == (str(path), where, line, message)
    assert problem.mend or "must be text" in message


def test_a_repeated_key_keeps_an_article_from_loading(tmp_path: Path) -> None:
    """The front matter is as strict as the FAQ."""
    path = write_article(tmp_path, "a", "Text.")
    path.write_bytes(path.read_bytes().replace(b"\nurl:", b"\ntitle: again\nurl:"))
    (problem,) = problems_of(tmp_path)
    assert (problem.line, problem.message) == (5, "the key 'title' stands here twice")


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"Just text.\n", 1, "no front matter"),
        (b"", 1, "no front matter"),
        (b"\xef\xbb\xbf---\ntitle: a\n---\nText.", 1, "no front matter"),
        (b"---\ntitle: a\nText.\n", 1, "the front matter is not closed"),
        (b"---\r\ntitle: a\r\n---\r\nText.", 1, "the front matter is not closed"),
        (b"---\n# nothing\n---\nText.", 2, "the front matter is empty"),
        (b"---\n- a\n---\nText.", 2, "must be a mapping (`key: value`), not a list"),
        (b"---\ntitle: a\nauthor: \xff\n---\nText.", 3, "not UTF-8"),
        (b"---\ntitle: a: b\n---\nText.", 2, "not valid YAML: mapping values are not allowed in this context"),
    ],
)
def test_a_file_that_is_no_article_is_told_with_its_line(tmp_path: Path, data: bytes, line: int, message: str) -> None:
    """Whatever a `.md` file holds, the loader says what is wrong and where."""
    (tmp_path / "a.md").write_bytes(data)
    (problem,) = (p for p in problems_of(tmp_path) if not p.warning)
    assert (problem.path, problem.line, problem.message) == (str(tmp_path / "a.md"), line, message)


@given(st.binary() | st.text(alphabet="-:\n ab[]{}&*!'\"#\r", max_size=60).map(str.encode))
def test_any_file_is_an_article_or_a_corpus_error(data: bytes) -> None:
    """No bytes raise anything else."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "a.md").write_bytes(b"---\ntitle: a\npublisher: b\npublished: null\n" + data)
        article: Article | None = None
        problems: tuple[Problem, ...] = ()
        try:
            article = load_corpus(Path(name))[0].articles["a"]
        except CorpusError as error:
            problems = error.problems
    assert article is not None or problems
    assert article is None or data.decode().endswith(article.text)
    assert all(p.path == str(Path(name) / "a.md") for p in problems)


def test_the_problems_of_all_articles_are_told_at_once(tmp_path: Path) -> None:
    """Sorted by file and line, so that all can be mended in one go."""
    write_article(tmp_path, "b", "Text.", autor="x", published="soon")
    write_article(tmp_path, "a", "Text.", url="nowhere")
    (tmp_path / "c.md").write_text("no article")
    found = problems_of(tmp_path)
    assert [(Path(p.path).name, p.line) for p in found] == [("a.md", 5), ("b.md", 4), ("b.md", 7), ("c.md", 1)]


def test_a_folder_that_is_missing_or_a_file_is_a_corpus_error(tmp_path: Path) -> None:
    """The message names the folder and the setting."""
    (missing,) = problems_of(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    (file,) = problems_of(tmp_path / "file")
    assert (missing.path, missing.message) == (str(tmp_path / "nowhere"), "no such folder")
    assert file.message == "not a folder"
    assert "--corpus" in missing.mend
    assert "BOT_CORPUS" in missing.mend


def test_an_empty_folder_is_an_empty_corpus(tmp_path: Path) -> None:
    """No article is not a fault of a file: the corpus has no sentence and no newest date."""
    corpus, warnings = load_corpus(tmp_path)
    assert (dict(corpus.articles), corpus.sentences, corpus.passages, corpus.newest, warnings) == ({}, (), (), None, [])


def test_readme_hidden_files_and_other_kinds_are_no_articles(tmp_path: Path) -> None:
    """Only `*.md` apart from README.md is read as an article."""
    write_article(tmp_path, "a", "Text.")
    for name in ("README.md", ".hidden.md", "notes.txt"):
        (tmp_path / name).write_text("no article")
    (tmp_path / "folder.md").mkdir()
    assert list(load_corpus(tmp_path)[0].articles) == ["a"]


def test_the_hash_of_a_corpus_changes_with_any_file_and_with_nothing_else(tmp_path: Path) -> None:
    """Names and bytes of all visible files count, words.yaml included; the folder's own name and hidden files do not."""
    first = write_corpus(tmp_path / "one", a="Text.", b="More.").sha256
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    (tmp_path / "two" / ".hidden").touch()
    assert load_corpus(tmp_path / "two")[0].sha256 == first
    seen = {first}
    (tmp_path / "two" / "words.yaml").write_text("en: {}\n")
    seen.add(load_corpus(tmp_path / "two")[0].sha256)
    (tmp_path / "two" / "words.yaml").write_text("es: {}\n")
    seen.add(load_corpus(tmp_path / "two")[0].sha256)
    (tmp_path / "two" / "b.md").rename(tmp_path / "two" / "c.md")
    seen.add(load_corpus(tmp_path / "two")[0].sha256)
    assert len(seen) == 4


@given(st.text(max_size=30), st.integers(-3, 33), st.integers(-3, 33))
def test_a_span_is_a_slice_of_its_article_or_cannot_be_made(text: str, start: int, end: int) -> None:
    """Outside of the text, empty and reversed spans are refused; all others read what the article holds there."""
    article = make_article(text)
    if 0 <= start < end <= len(text):
        assert Span(article, start, end).text == text[start:end]
    else:
        with pytest.raises(ValueError, match="no such span"):
            Span(article, start, end)


@given(st.integers(0, 9), st.integers(1, 10), st.integers(0, 9), st.integers(1, 10))
def test_spans_overlap_where_they_share_a_character(a: int, b: int, c: int, d: int) -> None:
    """Checked against sets of positions; spans of different articles share nothing."""
    article = make_article("0123456789")
    if a >= b or c >= d:
        return
    one, two = Span(article, a, b), Span(article, c, d)
    assert one.overlaps(two) == bool(set(range(a, b)) & set(range(c, d)))
    assert one.holds(two) == (set(range(c, d)) <= set(range(a, b)))
    assert not one.overlaps(Span(make_article("0123456789", "b"), c, d))
    assert not one.holds(Span(make_article("0123456789", "b"), c, d))


@given(st.text(alphabet="Ab. \n", max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_sentences_of_a_span_are_those_it_touches(text: str, start: int, end: int) -> None:
    """Checked one by one for every stretch of the text."""
    article = make_article(text)
    if start < end <= len(text):
        assert list(article.sentences_of(start, end)) == [i for i, s in enumerate(article.sentences) if s.start < end and start < s.end]


def reference(corpus: Corpus, text: str) -> tuple[Span | None, list[Problem]]:
    root, problems = parse(text, "f.yaml")
    assert root is not None
    reader = Reader("f.yaml", problems)
    return find_quote(corpus, reader, root, "ref")[0], reader.problems


@pytest.mark.parametrize("folder", FOLDERS, ids=["real", "other"])
def test_a_sentence_that_stands_once_is_found_where_it_stands(folder: Path) -> None:
    """A REF to any unique sentence leads to that span."""
    corpus = load_corpus(folder)[0]
    for sentence in corpus.sentences:
        if sentence.article.text.count(sentence.text) == 1:
            ref = json.dumps({"article": sentence.article.id, "quote": sentence.text}, ensure_ascii=False)
            assert reference(corpus, ref) == (sentence, [])


@pytest.mark.parametrize(
    ("ref", "where", "message", "mend"),
    [
        ("{article: brige, quote: x}", "ref.article", "no article 'brige'", "articles: bakery, bridge, harbour, market, mill"),
        (
            "{article: bridge, quote: The bridge is closed}",
            "ref.quote",
            "found more than once in 'bridge'",
            "take a longer piece of the text, so that it is found once",
        ),
        ("{article: mill, quote: our flour!}", "ref.quote", "overlaps page furniture (`not_quotable` of the article)", "quote only the article's own text"),
        ("{article: mill}", "ref", "`quote` is missing", "add `quote: …`"),
        ("{article: mill, quote: The mill, qoute: x}", "ref", "unknown key `qoute`", "known keys: article, quote"),
        ("{article: mill, quote: null}", "ref.quote", "must be text, not nothing", ""),
        ("The mill", "ref", "must be a mapping (`key: value`), not text", ""),
    ],
)
def test_a_wrong_reference_is_told_with_its_mend(small_corpus: Corpus, ref: str, where: str, message: str, mend: str) -> None:
    """What leads nowhere, to two places or to page furniture is refused."""
    _, problems = reference(small_corpus, ref)
    assert [(p.where, p.message, p.mend) for p in problems] == [(where, message, mend)]


def test_a_wrong_quote_is_told_with_the_nearest_text_and_marks_where_it_differs(small_corpus: Corpus) -> None:
    """The mend shows the sentence of the article, and ^ below each letter that the quote has differently."""
    span, (problem,) = reference(small_corpus, "{article: mill, quote: The mill grinds rice.}")
    assert span is None
    assert (problem.line, problem.column, problem.message) == (1, 24, "not found in 'mill'")
    assert problem.mend.splitlines() == ["nearest text in mill:", "The mill grinds rye.", "                 ^"]


def test_the_nearest_text_of_two_sentences_is_two_sentences(small_corpus: Corpus) -> None:
    """A quote of several sentences is compared with runs of as many."""
    lines = nearest_text(small_corpus.articles["bridge"], "The bridge is shut. But the ferry runs.").splitlines()
    assert lines[1] == "The bridge is closed. But the ferry runs."
    assert {lines[1][i] for i, c in enumerate(lines[2]) if c == "^"} <= set("closed")


@given(st.text(alphabet="abc. ", min_size=1, max_size=30))
def test_marks_stand_under_letters_of_the_nearest_text_only(quote: str) -> None:
    """Each line of marks is no longer than the text by more than one, and is empty only where the quote is that text."""
    shown, marks = [*nearest_text(make_article("Abc abc. Cab bac."), quote).split("\n")[1:], ""][:2]
    assert set(marks) <= {" ", "^"}
    assert len(marks) <= len(shown) + 1
    assert ("^" in marks) == (quote != shown)


@pytest.mark.parametrize("odd", ["\r", "\u2028", "\x0b", "\x85"])
def test_marks_stay_below_their_letters_where_a_sentence_holds_an_odd_line_end(odd: str) -> None:
    """The nearest text is one line when the problem is shown, whatever line ends the article has."""
    mend = nearest_text(make_article(f"The mill{odd}grinds rye."), "The mill grinds rice.")
    _, _, shown, marks, *_ = str(Problem("f.yaml", 1, 1, "not found", "ref", mend)).splitlines()
    assert len(shown) == len("    The mill grinds rye.")
    assert [i for i, c in enumerate(marks) if c == "^"] == [12, 21]


def test_characters_that_look_alike_are_named_in_the_mend() -> None:
    """A no-break space that was copied as a space shows no difference, so both are told by their code points."""
    mend = nearest_text(make_article("It costs 4\u00a0crowns."), "It costs 4 crowns.")
    assert mend.splitlines()[2] == "          ^"
    assert "U+00A0" in mend
    assert "U+0020" in mend


def test_an_article_without_sentences_has_a_nearest_text_of_its_own() -> None:
    """Even where all is furniture the message can be made."""
    assert nearest_text(make_article("Ad", furniture=((0, 2),)), "Ax").splitlines() == ["nearest text in a:", "Ad", " ^"]
