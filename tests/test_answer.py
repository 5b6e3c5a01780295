"""Every answer, whatever is asked: valid, verbatim, little, dated, provable, and the same every time."""

from __future__ import annotations

import datetime
import hashlib
import json
import unicodedata
from typing import Any

import pytest
from conftest import OTHER
from hypothesis import example, given, settings
from hypothesis import strategies as st
from upper import answers, assistant, ferry, gold, objects, run, schema_faults, shown

from bot.answer import MOST_CHARACTERS, MOST_QUOTES, Answer, Reason, Status, receipt
from bot.corpus import Corpus
from bot.question import LONGEST

both = pytest.mark.parametrize("name", ["other", "real"])

SCRIPTS = ["AZaz", "АЯаяЁіїґ", "ابتثجحخ", "אבגד", "가나다한국", "北京中文", "あいうカタ", "กขคง", "αβγΩ", "अआइई", "éüñßø"]
odd_text = st.one_of(
    st.text(max_size=80),
    st.text(st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Mn", "So"]), max_size=40),
    *(st.text(st.sampled_from(letters + " ?"), max_size=60) for letters in SCRIPTS),
    st.lists(
        st.sampled_from("ferry Iskholm refund Grey Heron is the when did 240 310 15 % million 2023-03-09 ¿ ? ' \" \u200b but".split(" ")), max_size=20
    ).map(" ".join),
    st.builds(lambda piece, times: piece * times, st.text(max_size=6), st.integers(400, 600)),
)


def faults(record: dict[str, Any], corpus: Corpus) -> list[str]:
    """Everything that an answer object must never do."""
    found = schema_faults(record)
    for place in shown(record):
        article = corpus.articles[place["article"]]
        if article.text[place["start"] : place["end"]] != place["text"]:
            found.append(f"not verbatim: {place['text'][:60]!r}")
        if article.is_furniture(place["start"], place["end"]):
            found.append(f"page furniture: {place['text'][:60]!r}")
        if place["citation"]["sha256"] != hashlib.sha256(article.text.encode()).hexdigest():
            found.append(f"another hash than that of {article.id}")
    if record["quotes"] and record["status"] != "answered":
        found.append("quotes under a refusal")
    if record["nearest"] and record["status"] != "nearest":
        found.append("nearest passages beside an answer or an abstention")
    if (record["status"] == "answered") != bool(record["quotes"]) or (record["status"] == "nearest") != bool(record["nearest"]):
        found.append(f"{record['status']} without what it promises")
    if (record["status"] == "answered") != (record["reason"] is None):
        found.append(f"{record['status']} for the reason {record['reason']}")
    if record["reason"] == "not_mentioned" and not record["absent"]:
        found.append("no name of what is not mentioned")
    if any(quote["role"] != "context" for quote in record["nearest"]):
        found.append("a nearest passage in another role than context")
    return found + too_much(record["quotes"], corpus) + too_much(record["nearest"], corpus)


def too_much(quotes: list[dict[str, Any]], corpus: Corpus) -> list[str]:
    """Where quotes are more than 6, more than 1,800 characters, or more than a third of an article that is not one sentence."""
    found = []
    if len(quotes) > MOST_QUOTES:
        found.append(f"{len(quotes)} quotes")
    if [quote["n"] for quote in quotes] != list(range(1, len(quotes) + 1)):
        found.append("not numbered from 1")
    if len(quotes) > 1 and sum(len(quote["text"]) for quote in quotes) > MOST_CHARACTERS:
        found.append(f"{sum(len(quote['text']) for quote in quotes)} characters")
    for name in {quote["article"] for quote in quotes}:
        article = corpus.articles[name]
        mine = [quote for quote in quotes if quote["article"] == name]
        sentences = {i for quote in mine for i in article.sentences_of(quote["start"], quote["end"])}
        if len(sentences) > 1 and sum(len(quote["text"]) for quote in mine) > len(article.text) / 3:
            found.append(f"more than a third of {name}")
    return found


@both
def test_every_answer_to_a_gold_question_is_valid_verbatim_and_little(name: str) -> None:
    corpus = assistant(name).corpus
    wrong = [(answer.question, found) for answer in answers(name) if (found := faults(answer.as_json, corpus))]
    assert wrong == []


@both
def test_gold_questions_bring_answers_and_refusals(name: str) -> None:
    """The laws about answers are tried on both kinds: of each there are at least five."""
    kinds = [answer.status for answer in answers(name)]
    assert kinds.count(Status.ANSWERED) >= 5
    assert len(kinds) - kinds.count(Status.ANSWERED) >= 5


@both
def test_the_receipt_is_the_hash_of_the_canonical_json_without_it(name: str) -> None:
    for answer in answers(name):
        body = {key: value for key, value in answer.as_json.items() if key != "receipt"}
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
        assert answer.as_json["receipt"] == hashlib.sha256(canonical).hexdigest()[:16]


@both
def test_a_receipt_survives_being_written_and_read(name: str) -> None:
    for answer in answers(name)[::7]:
        assert receipt(json.loads(json.dumps(answer.as_json))) == answer.as_json["receipt"]


@both
def test_as_of_is_the_newest_date_among_the_quotes(name: str) -> None:
    for answer in answers(name):
        dates = [quote["asserted"] for quote in answer.as_json["quotes"] if quote["asserted"]]
        assert answer.as_json["as_of"] == (max(dates) if dates else None)


@both
def test_every_quote_says_when_it_was_asserted_or_that_it_is_undated(name: str) -> None:
    """The date is that of the section, else that of the article."""
    corpus = assistant(name).corpus
    for answer in answers(name):
        for quote in [*answer.as_json["quotes"], *answer.as_json["nearest"]]:
            article = corpus.articles[quote["article"]]
            begun = [section.asserted for section in article.sections if section.start <= quote["start"]]
            date = begun[-1] if begun else article.published
            assert quote["asserted"] == (date.isoformat() if date else None)


@both
def test_disputes_name_quotes_that_are_shown_each_on_one_side(name: str) -> None:
    disputes = 0
    for answer in answers(name):
        for sides in answer.as_json["disputes"]:
            disputes += 1
            numbers = [n for side in sides for n in side]
            assert len(sides) >= 2
            assert len(numbers) == len(set(numbers))
            assert set(numbers) <= {quote["n"] for quote in answer.as_json["quotes"]}
    assert disputes


@both
def test_no_two_quotes_of_an_answer_share_a_character(name: str) -> None:
    for answer in answers(name):
        quotes = answer.quotes or answer.nearest
        assert not any(a.span.overlaps(b.span) for i, a in enumerate(quotes) for b in quotes[i + 1 :]), answer.question


@both
def test_a_relay_is_of_another_article_than_its_quote(name: str) -> None:
    for answer in answers(name):
        for quote in answer.quotes:
            outlets = [relay.article.id for relay in quote.relayed_by]
            assert quote.span.article.id not in outlets
            assert len(outlets) == len(set(outlets))
            assert not outlets or quote.origin


@both
def test_where_a_claim_is_shown_its_hedge_is_shown(name: str) -> None:
    helper = assistant(name)
    with_hedge, without = 0, set()
    for answer in answers(name):
        for relation in helper.relations.qualifies:
            if any(quote.span.overlaps(relation.claim) for quote in answer.quotes):
                if any(quote.span.holds(relation.by) for quote in answer.quotes):
                    with_hedge += 1
                else:
                    without.add((answer.faq, relation.claim.text[:50], relation.by.text[:50]))
    assert with_hedge
    assert not without


@both
@pytest.mark.parametrize("days", [-1, 0, 5, 10, 10_000])
def test_until_shows_nothing_asserted_later_or_undated(name: str, days: int) -> None:
    """Neither as a quote, nor under a refusal, nor as a relay."""
    helper = assistant(name)
    first = min(article.published for article in helper.corpus.articles.values() if article.published)
    date = first + datetime.timedelta(days)
    for record in gold(name)[::3]:
        answer = helper.ask(record["question"], until=date)
        assert faults(answer.as_json, helper.corpus) == []
        assert answer.as_json["made_with"]["until"] == date.isoformat()
        spans = [span for quote in (*answer.quotes, *answer.nearest) for span in (quote.span, *quote.relayed_by)]
        assert all(span.asserted is not None and span.asserted <= date for span in spans)
        if days < 0:
            assert not spans


@given(odd_text)
@example("\x00\x1b[31mferry\x07")
@example("ferry " * 500)
@example("a" * 3000)
@example("\u202eferry\u202c")
@example("İ" * 50 + " ſ ﬁ ㎏ ½ ①")
@settings(max_examples=250)
def test_any_text_gets_a_valid_answer(question: str) -> None:
    """Of any script, length and form: ask never raises, and what it returns can be written as UTF-8."""
    helper = assistant("other")
    answer = helper.ask(question)
    assert faults(answer.as_json, helper.corpus) == []
    json.dumps(answer.as_json, ensure_ascii=False).encode("utf-8")


@given(odd_text)
@settings(max_examples=120)
def test_any_text_gets_a_valid_answer_of_the_real_corpus(question: str) -> None:
    helper = assistant("real")
    answer = helper.ask(question)
    assert faults(answer.as_json, helper.corpus) == []
    json.dumps(answer.as_json, ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("question", ["\ud800", "\ud800 is the ferry running \udfff?", "\udc80 ferry", "ferry \udcff", "\udc80\ud800"])
def test_a_lone_surrogate_is_asked_like_any_other_character(question: str) -> None:
    """Whether it stands for an undecodable byte (U+DC80 to U+DCFF) or not."""
    helper = assistant("other")
    answer = helper.ask(question)
    assert faults(answer.as_json, helper.corpus) == []
    json.dumps(answer.as_json, ensure_ascii=False).encode("utf-8")


@given(odd_text)
@settings(max_examples=80)
def test_the_question_is_repeated_without_control_characters(question: str) -> None:
    repeated = assistant("other").ask(question).as_json["question"]
    assert not [c for c in repeated if unicodedata.category(c) in ("Cc", "Cs")]


@pytest.mark.parametrize(("length", "reason"), [(LONGEST, "other"), (LONGEST + 1, "too_long"), (3000, "too_long"), (100_000, "too_long")])
def test_a_question_over_the_limit_is_refused_and_never_cut(length: int, reason: str) -> None:
    question = ("is the ferry running " * 5000)[:length]
    answer = assistant("other").ask(question)
    assert (answer.reason is Reason.TOO_LONG) == (reason == "too_long")
    assert answer.question == question


@pytest.mark.parametrize("question", ["", " ", "\n\t ", "\u200b", "\x00"])
def test_no_question_is_refused_as_empty(question: str) -> None:
    answer = assistant("other").ask(question)
    assert (answer.status, answer.reason, answer.language) == (Status.ABSTAINED, Reason.EMPTY, "und")
    assert answer.follow_ups


@both
def test_the_same_question_gets_the_same_answer_again(name: str) -> None:
    helper = assistant(name)
    again: list[Answer] = [helper.ask(record["question"]) for record in gold(name)[::5]]
    assert [answer.as_json for answer in again] == [answer.as_json for answer in answers(name)[::5]]


@both
def test_two_processes_with_other_hash_seeds_write_the_same_bytes(name: str) -> None:
    """And they are those of the library."""
    step = 1 if name == "other" else 6
    questions = [record["question"] for record in gold(name)][::step]
    lines = "".join(f"{question}\n" for question in questions).encode()
    outputs = []
    for seed in ("1", "4242"):
        done = (ferry if name == "other" else run)("ask", "--json", "-", stdin=lines, PYTHONHASHSEED=seed)
        assert (done.returncode, done.stderr) == (0, b"")
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert list(objects(outputs[0])) == [answer.as_json for answer in answers(name)[::step]]


def test_an_answer_counts_the_articles_and_carries_the_hashes_of_its_sources() -> None:
    body = answers("other")[0].as_json
    files = sorted(path for path in (OTHER / "corpus").iterdir() if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    assert body["corpus"] == {"sha256": digest.hexdigest(), "articles": 5}
    assert body["made_with"]["faq_sha256"] == hashlib.sha256((OTHER / "faq.yaml").read_bytes()).hexdigest()


def test_the_schema_refuses_what_is_no_answer() -> None:
    """So that a valid answer means something."""
    body = answers("other")[0].as_json
    assert schema_faults(body) == []
    assert schema_faults({**body, "status": "maybe"})
    assert schema_faults({**body, "as_of": "yesterday"})
    assert schema_faults({key: value for key, value in body.items() if key != "receipt"})
    assert schema_faults({**body, "extra": 1})
