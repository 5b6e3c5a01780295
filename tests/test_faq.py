"""faq.yaml: phrasings and pointers, read whole or refused with every problem at its place."""

from __future__ import annotations

import datetime
import json
import os
import tempfile
import textwrap
from pathlib import Path

import jsonschema
import pytest
import yaml
from conftest import OTHER, ROOT, write_corpus
from hypothesis import example, given
from hypothesis import strategies as st

from bot.cache import cached_text
from bot.corpus import Corpus, load_corpus
from bot.errors import FaqError, Problem
from bot.faq import AsksBack, Choice, Entry, Evidence, Faq, Role, check_faq, load_faq, parse_faq, phrasing_key

SOUND = """
- id: rye
  question: Who sells rye bread?
  aliases:
    en: [where is rye bread sold?, rye bread]
    es: [¿quién vende pan de centeno?]
  evidence:
    - {article: bakery, quote: "The bakery sells rye bread."}
    - {article: market, quote: "Bread is sold there.", role: context}
  not: [who eats rye bread?]
  asks_back:
    prompt: {en: When?, es: ¿Cuándo?}
    choices:
      - {label: {en: Early, es: Temprano}, ask: is it open at six?}
  related: [wine]
  review_by: 2027-11-23

- id: wine
  question: Who sells wine?
  nearest:
    - {article: bakery, quote: "The bakery sells rye bread."}

- id: cheese
  question: Who sells cheese?
  nearest: []
"""


def read(corpus: Corpus, text: str) -> tuple[Entry, ...]:
    return parse_faq(Path("faq.yaml"), textwrap.dedent(text).lstrip("\n").encode(), corpus)[0]


def problems_of(corpus: Corpus, text: str) -> tuple[Problem, ...]:
    with pytest.raises(FaqError) as caught:
        read(corpus, text)
    return caught.value.problems


def entry(extra: str = "", *, name: str = "a", question: str = "Who?", evidence: str = '[{article: bakery, quote: "It opens at six."}]') -> str:
    """One sound entry in five lines at most, with lines added."""
    return (
        f"- id: {name}\n  question: {question}\n" + (f"  evidence: {evidence}\n" if evidence else "") + (textwrap.indent(extra, "  ") + "\n" if extra else "")
    )


def test_an_entry_is_read_as_written(small_corpus: Corpus) -> None:
    """Phrasings, spans with their roles, exclusions, the question back, related entries and the date of review."""
    rye, wine, cheese = read(small_corpus, SOUND)
    assert (rye.id, rye.question, rye.line) == ("rye", "Who sells rye bread?", 1)
    assert rye.aliases == {"en": ("where is rye bread sold?", "rye bread"), "es": ("¿quién vende pan de centeno?",)}
    assert [(e.span.key, e.span.text, e.role) for e in rye.evidence] == [
        (("bakery", 0, 27), "The bakery sells rye bread.", Role.ANSWER),
        (("market", 36, 56), "Bread is sold there.", Role.CONTEXT),
    ]
    assert rye.excluded == ("who eats rye bread?",)
    assert rye.asks_back == AsksBack({"en": "When?", "es": "¿Cuándo?"}, (Choice({"en": "Early", "es": "Temprano"}, "is it open at six?"),))
    assert (rye.related, rye.review_by, rye.known_unknown, rye.nearest) == (("wine",), datetime.date(2027, 11, 23), False, ())
    assert (wine.known_unknown, [s.text for s in wine.nearest], wine.evidence) == (True, ["The bakery sells rye bread."], ())
    assert (cheese.known_unknown, cheese.nearest, cheese.line) == (True, (), 22)


def test_phrasings_are_the_question_and_every_alias(small_corpus: Corpus) -> None:
    """With the language of each; a reader of Spanish sees the first Spanish one as the title."""
    rye = read(small_corpus, SOUND)[0]
    assert rye.phrasings == [
        ("en", "Who sells rye bread?"),
        ("en", "where is rye bread sold?"),
        ("en", "rye bread"),
        ("es", "¿quién vende pan de centeno?"),
    ]
    assert [rye.title(language) for language in ("en", "es", "fr")] == ["Who sells rye bread?", "¿quién vende pan de centeno?", "Who sells rye bread?"]


def test_scalars_are_the_text_as_written(small_corpus: Corpus) -> None:
    """`no` and `12:30` are phrasings, not false and 750."""
    (found,) = read(small_corpus, entry("aliases: {en: [no, 12:30, 1.10, 2024-01-01, on]}"))
    assert found.aliases["en"] == ("no", "12:30", "1.10", "2024-01-01", "on")


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n"])
def test_a_faq_without_entries_is_empty(small_corpus: Corpus, text: str) -> None:
    """It is not an error to have written nothing yet."""
    assert read(small_corpus, text) == ()


ERRORS = [
    (entry("question: Again?"), 4, "", "the key 'question' stands here twice", "keep one"),
    (entry("answer: We think so."), 4, "entries[0]", "unknown key `answer`", "known keys: id, question, aliases"),
    (entry(evidence='[{article: bakery, quote: "It opens at six.", page: 3}]'), 3, "a.evidence[0]", "unknown key `page`", "known keys: article, quote, role"),
    (entry("aliases: {en: [&x who now?]}"), 4, "", "anchors and aliases (&, *) are not used here", "quote the text"),
    (entry("review_by: *x"), 4, "", "anchors and aliases (&, *) are not used here", "quote the text"),
    (entry("not: [!!str who]"), 4, "", "the tag tag:yaml.org,2002:str is not used here", "quote the text"),
    (
        entry(evidence='[{article: bakery, quote: "It opens at seven."}]'),
        3,
        "a.evidence[0].quote",
        "not found in 'bakery'",
        "It opens at six.\n             ^^",
    ),
    (entry(evidence='[{article: bridge, quote: "The bridge is closed"}]'), 3, "a.evidence[0].quote", "found more than once in 'bridge'", "a longer piece"),
    (entry(evidence='[{article: mill, quote: "Buy our flour!"}]'), 3, "a.evidence[0].quote", "overlaps page furniture", "the article's own text"),
    (entry(evidence='[{article: bakry, quote: "It opens at six."}]'), 3, "a.evidence[0].article", "no article 'bakry'", "articles: bakery, bridge"),
    (
        entry(evidence="", extra='nearest: [{article: bakery, quote: "It opens"}, {article: x, quote: y}]'),
        3,
        "a.nearest[1].article",
        "no article 'x'",
        "articles: bakery",
    ),
    (
        entry("aliases: {en: [who else]}") + entry("aliases: {en: [WHO ELSE?]}", name="b", question="What?"),
        8,
        "b.aliases.en[0]",
        "is also a phrasing of 'a'",
        "keep it",
    ),
    (entry() + entry(name="b", question="Who ?"), 5, "b.question", "'Who ?' is also a phrasing of 'a'", "keep it"),
    (entry() + entry(question="What?"), 4, "a", "a second entry with the id 'a' (the first is on line 1)", "rename"),
    (entry("nearest: []"), 1, "a", "needs either `evidence` (it answers) or `nearest` (a known unknown)", "keep one"),
    (entry(evidence=""), 1, "a", "needs either `evidence` (it answers) or `nearest` (a known unknown)", "keep one"),
    (entry(evidence="[]"), 3, "a.evidence", "empty: an answer needs a quote", "nearest: []"),
    (
        entry(evidence='[{article: bakery, quote: "It opens at six.", role: proof}]'),
        3,
        "a.evidence[0].role",
        "no role 'proof'",
        "answer, caveat, context, earlier",
    ),
    (entry("review_by: 23.11.2027"), 4, "a.review_by", "'23.11.2027' is not a date", "YYYY-MM-DD"),
    (entry("review_by: 2027-02-30"), 4, "a.review_by", "'2027-02-30' is not a date", "YYYY-MM-DD"),
    (entry("related: [b]"), 4, "a.related", "no entry 'b'", "use the id"),
    (entry("aliases: {english please: [x]}"), 4, "a.aliases", "'english please' is no language tag", "en, es"),
    (entry("aliases: {en: who else}"), 4, "a.aliases.en", "must be a list, not text", "- "),
    (entry("asks_back: {prompt: {es: ¿Quién?}, choices: []}"), 4, "a.asks_back.prompt", "`en` is missing", "add"),
    (entry("asks_back: {prompt: {en: Who?}}"), 4, "a.asks_back", "`choices` is missing", "add"),
    (entry("asks_back: {prompt: {en: Who?}, choices: [{label: {en: Me}}]}"), 4, "a.asks_back.choices[0]", "`ask` is missing", "add"),
    (entry(name="Is it open"), 1, "entries[0].id", "'Is it open' is no id", "a-z"),
    (entry(name="a" * 61), 1, "entries[0].id", "longer than 60 characters", "shorten"),
    ("- question: Who?\n  nearest: []\n", 1, "entries[0]", "`id` is missing", "add"),
    ("- id: a\n  nearest: []\n", 1, "entries[0]", "`question` is missing", "add"),
    ("- who?\n", 1, "entries[0]", "must be a mapping (`key: value`), not text", ""),
    ("a: b\n", 1, "entries", "must be a list, not a mapping", "- "),
    ("- id: a\n   question: b\n", 2, "", "not valid YAML", "quote the text"),
]


@pytest.mark.parametrize(("text", "line", "where", "message", "mend"), ERRORS, ids=[f"{e[3][:40]}-{i}" for i, e in enumerate(ERRORS)])
def test_each_error_is_told_with_file_line_entry_and_mend(small_corpus: Corpus, text: str, line: int, where: str, message: str, mend: str) -> None:
    """One fault is one problem, which keeps the FAQ from loading."""
    (problem,) = problems_of(small_corpus, text)
    assert (problem.path, problem.line, problem.where, problem.warning) == ("faq.yaml", line, where, False)
    assert message in problem.message
    assert mend in problem.mend


def test_all_errors_of_a_file_are_told_at_once(small_corpus: Corpus) -> None:
    """Sorted by line, so that a file is mended once; the message of the error holds every one of them."""
    text = """
    - id: a
      question: Who?
      aliases:
        en: [who else, &x who now]
        en: [who then]
      evidence:
        - {article: bakery, quote: "It opens at seven."}
        - {article: mill, quote: "Buy our flour!", role: proof}
        - {article: bridge, quote: "The bridge is closed"}
      nearest: []
      not: [!t who]
      review_by: soon
      answer: Nobody knows.
      related: [c]
    - id: a
      question: Who else?
      nearest: []
    """
    found = problems_of(small_corpus, text)
    assert [(p.line, p.where, p.message) for p in found] == [
        (1, "a", "needs either `evidence` (it answers) or `nearest` (a known unknown)"),
        (4, "", "anchors and aliases (&, *) are not used here"),
        (5, "", "the key 'en' stands here twice"),
        (7, "a.evidence[0].quote", "not found in 'bakery'"),
        (8, "a.evidence[1].quote", "overlaps page furniture (`not_quotable` of the article)"),
        (8, "a.evidence[1].role", "no role 'proof'"),
        (9, "a.evidence[2].quote", "found more than once in 'bridge'"),
        (11, "", "the tag !t is not used here"),
        (12, "a.review_by", "'soon' is not a date"),
        (13, "entries[0]", "unknown key `answer`"),
        (14, "a.related", "no entry 'c'"),
        (15, "a", "a second entry with the id 'a' (the first is on line 1)"),
    ]
    with pytest.raises(FaqError) as caught:
        read(small_corpus, text)
    assert str(caught.value) == "\n".join(map(str, found))
    assert caught.value.exit_code == 3


def test_a_wrong_quote_is_shown_under_the_nearest_text_with_marks(small_corpus: Corpus) -> None:
    """As the maintainer sees it: place, entry, message, the article's sentence, and ^ where the two differ."""
    (problem,) = problems_of(small_corpus, entry(evidence='[{article: mill, quote: "The mill grounds rye."}]'))
    assert str(problem) == (
        "faq.yaml:3:37: a.evidence[0].quote: not found in 'mill'\n"
        "    nearest text in mill:\n"
        "    The mill grinds rye.\n"
        "               ^"
    )  # fmt: skip


def test_a_phrasing_may_stand_twice_in_its_own_entry(small_corpus: Corpus) -> None:
    """Only two entries can quarrel over it."""
    (found,) = read(small_corpus, entry("aliases: {en: [who?, WHO!]}"))
    assert len(found.phrasings) == 3


def test_a_phrasing_without_a_word_is_a_warning(small_corpus: Corpus) -> None:
    """It can never be matched; the FAQ loads all the same."""
    entries, (warning,) = parse_faq(Path("faq.yaml"), entry("aliases: {en: ['???']}").encode(), small_corpus)
    assert len(entries) == 1
    assert (warning.warning, warning.line, warning.where, warning.message) == (True, 4, "a.aliases.en[0]", "holds no word")


def warnings_of(corpus: Corpus, article: str, quote: str) -> list[tuple[str, str]]:
    text = entry(evidence=f"[{{article: {article}, quote: {json.dumps(quote)}}}]")
    problems = parse_faq(Path("faq.yaml"), textwrap.dedent(text).lstrip("\n").encode(), corpus)[1]
    assert all(p.warning and p.where == "a.evidence[0].quote" and p.line for p in problems)
    return [(p.message, p.mend) for p in problems]


@pytest.mark.parametrize(
    ("quote", "edge", "whole"),
    [
        ("The bakery sells", "ends", "The bakery sells rye bread."),
        ("sells rye bread.", "begins", "The bakery sells rye bread."),
        ("bakery sells", "begins and ends", "The bakery sells rye bread."),
        ("rye bread. It opens", "begins and ends", "The bakery sells rye bread. It opens at six."),
    ],
)
def test_a_quote_of_half_a_sentence_is_a_warning_with_the_whole(small_corpus: Corpus, quote: str, edge: str, whole: str) -> None:
    """The mend, put in its place, brings no warning."""
    assert warnings_of(small_corpus, "bakery", quote) == [(f"{edge} inside a sentence", f'take whole sentences: "{whole}"')]
    assert warnings_of(small_corpus, "bakery", whole) == []


@pytest.mark.parametrize(
    "quote", ["The bakery sells rye bread.", "The bakery sells rye bread", "It opens at six", "The bakery sells rye bread. It opens at six."]
)
def test_a_quote_of_whole_sentences_is_none_with_or_without_its_last_stop(small_corpus: Corpus, quote: str) -> None:
    assert warnings_of(small_corpus, "bakery", quote) == []


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_the_key_of_a_phrasing_ignores_case_and_punctuation(text: str) -> None:
    """So that two entries cannot claim the same words in two spellings."""
    assert phrasing_key(text) == phrasing_key(text.upper()) == phrasing_key(f"¿{text} ?!")


def test_a_file_that_is_missing_or_no_utf8_is_a_faq_error(tmp_path: Path, small_corpus: Corpus) -> None:
    """The message says how to name a FAQ, or on which line the bytes are wrong."""
    with pytest.raises(FaqError, match="BOT_FAQ") as caught:
        load_faq(tmp_path / "nowhere.yaml", small_corpus)
    assert caught.value.problems[0].path == str(tmp_path / "nowhere.yaml")
    (tmp_path / "faq.yaml").write_bytes(b"- id: a\n  question: \xff\n")
    with pytest.raises(FaqError) as caught:
        load_faq(tmp_path / "faq.yaml", small_corpus)
    assert [(p.line, p.message) for p in caught.value.problems] == [(2, "not UTF-8")]


@pytest.mark.parametrize("root", [ROOT, OTHER], ids=["real", "other"])
def test_a_faq_from_the_cache_equals_one_read_anew(root: Path, tmp_path: Path) -> None:
    """Entry by entry, span by span, with the same hash; and the second time it does come from the cache."""
    corpus = load_corpus(root / "corpus")[0]
    anew, warnings = check_faq(root / "faq.yaml", corpus)
    written, cached = (load_faq(root / "faq.yaml", corpus, tmp_path) for _ in range(2))
    assert warnings == []
    assert anew.entries == written.entries == cached.entries == load_faq(root / "faq.yaml", corpus).entries
    assert anew.sha256 == written.sha256 == cached.sha256
    assert all(type(x.role) is Role for e in cached.entries for x in e.evidence)
    assert len(list(tmp_path.iterdir())) == 1
    assert list(cached.by_id) == [e.id for e in anew.entries]


def test_a_cached_faq_with_every_field_equals_the_one_read(small_corpus: Corpus, tmp_path: Path) -> None:
    """Also where an entry asks back, excludes, relates and is dated."""
    path = tmp_path / "faq.yaml"
    path.write_text(SOUND, encoding="utf-8")
    written, cached = (load_faq(path, small_corpus, tmp_path / "cache") for _ in range(2))
    assert written.entries == cached.entries == check_faq(path, small_corpus)[0].entries
    assert cached.entries[0].asks_back is not None


def test_a_damaged_cache_is_read_past(small_corpus: Corpus, tmp_path: Path) -> None:
    """Garbage, and text that is whole but of another form, lead to the file itself."""
    path = tmp_path / "faq.yaml"
    path.write_text(SOUND, encoding="utf-8")
    anew = load_faq(path, small_corpus, tmp_path / "cache").entries
    (kept,) = (tmp_path / "cache").iterdir()
    for data in (b"", b"garbage", os.urandom(100)):
        kept.write_bytes(data)
        assert load_faq(path, small_corpus, tmp_path / "cache").entries == anew
    for text in ("", "{}x", "3", "[1]", "[[]]", '[["a","b",{},[["bakery",0,99999,"answer"]],[],false,[],null,[],null,1]]', "null"):
        kept.unlink()
        cached_text(tmp_path / "cache", kept.stem, lambda text=text: text)  # type: ignore[misc]
        found = load_faq(path, small_corpus, tmp_path / "cache").entries
        assert found == anew, text


def test_a_change_of_the_faq_or_of_the_corpus_is_seen_through_the_cache(tmp_path: Path) -> None:
    """Offsets belong to one corpus: with another one the FAQ is read anew."""
    path, cache = tmp_path / "faq.yaml", tmp_path / "cache"
    path.write_text(entry(evidence='[{article: a, quote: "One."}]'))
    for text, start in (("One. Two.", 0), ("Two. One.", 5)):
        corpus = write_corpus(tmp_path / "corpus", a=text)
        assert load_faq(path, corpus, cache).entries[0].evidence == (Evidence(corpus.sentences[start // 5], Role.ANSWER),)
    path.write_text(entry(evidence='[{article: a, quote: "Two."}]'))
    assert load_faq(path, corpus, cache).entries[0].evidence[0].span.text == "Two."


def test_a_broken_faq_is_broken_every_time(small_corpus: Corpus, tmp_path: Path) -> None:
    """An error is never kept as if it were an empty FAQ."""
    path = tmp_path / "faq.yaml"
    path.write_text(entry("answer: x"))
    for _ in range(2):
        with pytest.raises(FaqError, match="unknown key `answer`"):
            load_faq(path, small_corpus, tmp_path / "cache")


def test_no_faq_is_an_empty_one() -> None:
    """Without a file there are no entries and no hash."""
    assert (Faq().entries, Faq().sha256, Faq().by_id) == ((), None, {})


def outcome(data: bytes, corpus: Corpus) -> tuple[tuple[Entry, ...] | None, tuple[Problem, ...]]:
    """The entries of a file, or the problems that keep it from loading."""
    try:
        return parse_faq(Path("faq.yaml"), data, corpus)[0], ()
    except FaqError as error:
        return None, error.problems


KEYS = st.sampled_from("id question aliases evidence nearest not asks_back related review_by article quote role prompt choices label ask en es x".split())
LEAVES = st.none() | st.sampled_from(["a", "b", "Text.", "More here.", "answer", "", "2024-01-01", "?"])
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=15)


@given(VALUES | st.lists(st.dictionaries(KEYS, VALUES, min_size=2), max_size=3))
@example([{"id": "a", "question": "a", "nearest": None}])
@example([{"question": "a"}, "b", {"id": "a", "aliases": {"en": None}}])
@example([{"id": "a", "question": ["a"], "nearest": [], "aliases": {"": [None, ["b"]]}}])
def test_a_file_of_any_shape_is_a_faq_or_a_faq_error(value: object) -> None:
    """Wrongly nested lists and mappings raise nothing else; what loads has a way to answer or to refuse in each entry."""
    with tempfile.TemporaryDirectory() as name:
        corpus = write_corpus(Path(name), a="Text. More here.")
        entries, problems = outcome(yaml.safe_dump(value).encode(), corpus)
    assert entries is not None or problems
    assert all(p.path == "faq.yaml" and p.line >= 1 for p in problems)
    assert all(e.id and e.question and bool(e.evidence) != e.known_unknown for e in entries or ())


@given(st.binary())
def test_any_bytes_are_a_faq_or_a_faq_error(data: bytes) -> None:
    """What is no UTF-8 or no YAML is told, too."""
    with tempfile.TemporaryDirectory() as name:
        corpus = write_corpus(Path(name), a="Text.")
    entries, problems = outcome(data, corpus)
    assert (entries is None) == bool(problems)
    assert entries in (None, ())


@pytest.mark.parametrize("path", [ROOT / "faq.yaml", ROOT / "tests" / "data" / "other_topic" / "faq.yaml"], ids=["real", "other"])
def test_the_schema_for_editors_accepts_what_the_bot_loads(path: Path) -> None:
    """faq.schema.json finds nothing wrong with a FAQ that loads, and finds an unknown key and a missing quote."""
    schema = json.loads((ROOT / "faq.schema.json").read_text(encoding="utf-8"))
    entries = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(entries)] == []
    assert validator.is_valid([{**entries[0], "answer": "prose"}]) is False
    assert validator.is_valid([{"id": "x", "question": "x", "evidence": [{"article": "a"}]}]) is False


def test_the_files_that_ship_are_read_by_pyyaml_s_own_loader_too() -> None:
    """Which ends a bare text in a list at a question mark; a script would take it."""
    entries = yaml.safe_load((ROOT / "faq.yaml").read_text(encoding="utf-8"))
    faq = load_faq(ROOT / "faq.yaml", load_corpus(ROOT / "corpus")[0])
    assert {e["id"]: e.get("aliases", {}) for e in entries} == {e.id: {language: list(found) for language, found in e.aliases.items()} for e in faq.entries}
    for path in (*(ROOT / "corpus").glob("*.yaml"), *OTHER.rglob("*.yaml"), ROOT / "compose.yaml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8")), path
