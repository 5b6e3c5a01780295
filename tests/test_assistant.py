"""The path of a question through one snapshot of corpus, FAQ and settings."""

from __future__ import annotations

import datetime
import re
import threading
from pathlib import Path

import pytest
from conftest import OTHER, ROOT, write_article, write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st
from upper import answers, assistant, gold, small

from bot import config, verbose
from bot.answer import Answer, Status
from bot.assistant import MOST_FOLLOW_UPS, Assistant
from bot.errors import CorpusError, FaqError
from bot.faq import Role

FAQ = """
- id: bridge
  question: Is the bridge closed?
  aliases: {en: [can I cross the river, bridge status], es: [¿está cerrado el puente?]}
  evidence: [{article: bridge, quote: "The bridge is closed."}]
  asks_back:
    prompt: {en: Which bridge?}
    choices: [{label: {en: The old one, es: El viejo}, ask: is the old bridge closed?}, {label: {en: The new one}, ask: is the new bridge closed?}]
- id: bread
  question: Where is bread sold?
  aliases: {en: [who sells bread], es: [¿dónde se vende pan?]}
  evidence: [{article: bakery, quote: "The bakery sells rye bread."}]
  related: [bridge, toll]
- id: toll
  question: How much is the toll?
  nearest: [{article: bridge, quote: "The ferry runs."}]
"""
TEXTS = {
    "bakery": "The bakery sells rye bread. It opens at six in the morning, and closes late.",
    "bridge": "The bridge is closed. The ferry runs. Nobody knows until when that will last.",
    "harbour": "Nobody swims in the harbour. The water is cold. The lamps are lit at dusk.",
}


@pytest.fixture
def town(tmp_path: Path) -> Assistant:
    return small(tmp_path, FAQ, **TEXTS)


def test_an_entry_answers_with_its_evidence(town: Assistant) -> None:
    answer = town.ask("is the bridge closed?")
    assert (answer.status, answer.faq, [q.span.text for q in answer.quotes]) == (Status.ANSWERED, "bridge", ["The bridge is closed."])


def test_what_an_entry_asks_back_is_offered_in_the_readers_language(town: Assistant) -> None:
    assert [(f.label, f.question) for f in town.ask("¿Está cerrado el puente?").follow_ups] == [
        ("El viejo", "is the old bridge closed?"),
        ("The new one", "is the new bridge closed?"),
    ]


def test_related_entries_are_offered_but_no_known_unknown(town: Assistant) -> None:
    assert [f.question for f in town.ask("who sells bread").follow_ups] == ["Is the bridge closed?"]
    assert [f.question for f in town.ask("¿Dónde se vende pan?").follow_ups] == ["¿está cerrado el puente?"]


def test_a_known_unknown_is_refused_with_its_nearest_passages(town: Assistant) -> None:
    answer = town.ask("How much is the toll?")
    assert (answer.status, str(answer.reason), answer.faq) == (Status.NEAREST, "not_stated", None)
    assert [q.span.text for q in answer.nearest] == ["The ferry runs."]


def test_when_something_is_asked_for_says_nothing_of_what_is_asked(tmp_path: Path) -> None:
    """`today` is a word of the entry, and no part of what it holds of the question; alone it is all that is asked."""
    helper = small(tmp_path, FAQ.replace("bridge status", "bridge status today"), **TEXTS)

    def own_share(question: str) -> float:
        decision = helper.explain(question).decision
        assert decision
        return decision.features["own share"]

    assert [own_share(question) for question in ("marmalade today", "bridge today", "today")] == [0, 1, 1]


def test_nothing_is_offered_that_had_no_answer_by_the_date_asked(tmp_path: Path) -> None:
    """Neither a related entry nor a choice, and no question back without a choice."""
    write_article(tmp_path / "corpus", "bridge", TEXTS["bridge"], published="2024-01-02")
    write_article(tmp_path / "corpus", "bakery", TEXTS["bakery"], published="2024-02-01")
    faq = FAQ.replace("ask: is the old bridge closed?", "ask: who sells bread").replace("ask: is the new bridge closed?", "ask: where is bread sold?")
    faq = faq.replace("id: toll\n", "id: toll\n  related: [bread, bridge]\n").replace("nearest: [{article: bridge", "evidence: [{article: bridge")
    helper = small(tmp_path, faq)
    early, late = datetime.date(2024, 1, 15), datetime.date(2024, 2, 15)
    asked = {day: helper.ask("Is the bridge closed?", until=day) for day in (early, late)}
    assert (asked[late].prompt, len(asked[late].follow_ups)) == ("Which bridge?", 2)
    assert (asked[early].prompt, asked[early].follow_ups) == (None, ())
    assert [f.question for f in helper.ask("How much is the toll?", until=late).follow_ups] == ["Where is bread sold?", "Is the bridge closed?"]
    assert [f.question for f in helper.ask("How much is the toll?", until=early).follow_ups] == ["Is the bridge closed?"]
    assert helper.ask("", until=datetime.date(2020, 1, 1)).follow_ups == ()


@pytest.mark.parametrize("name", ["other", "real"])
def test_what_is_offered_as_of_a_date_is_answered_as_of_it(name: str) -> None:
    helper = assistant(name)
    days = sorted({q.span.asserted for answer in answers(name) for q in answer.quotes if q.span.asserted})
    for day in days:
        offered = {f.question for record in gold(name)[::12] for f in helper.ask(record["question"], until=day).follow_ups}
        assert {helper.ask(question, until=day).status for question in offered} <= {Status.ANSWERED}


@pytest.mark.parametrize(
    ("question", "strange"),
    [
        ("Wann fährt die Fähre wieder über den See?", True),
        ("Quand est-ce que le bateau va repartir pour Iskholm ?", True),
        ("フェリーはいつ再開しますか", True),
        ("zzyzx qwrtp", False),
        ("which planet has the most moons", False),
        ("¿cuál es la capital de Mongolia?", False),
        ("Wie schmeckt der passengers Kuchen?", False),
    ],
)
def test_a_refused_question_surely_in_a_strange_language_that_shares_none_but_names_is_told_apart(question: str, strange: bool) -> None:
    answer = assistant("other").ask(question)
    assert (answer.status is Status.ANSWERED, answer.strange_language) == (False, strange)


@pytest.mark.parametrize("name", ["other", "real"])
def test_follow_ups_are_few_and_none_is_offered_twice(name: str) -> None:
    for answer in answers(name):
        assert len(answer.follow_ups) <= MOST_FOLLOW_UPS + 1
        assert len({f.label for f in answer.follow_ups}) == len(answer.follow_ups)


@pytest.mark.parametrize("name", ["other", "real"])
def test_every_question_that_is_offered_after_an_answer_is_answered(name: str) -> None:
    helper = assistant(name)
    offered = sorted({f.question for answer in answers(name) if answer.quotes for f in answer.follow_ups})
    assert offered
    assert [question for question in offered if helper.ask(question).status is not Status.ANSWERED] == []


def test_without_a_faq_the_sources_are_searched() -> None:
    """The lead is a sentence that holds the words of the question."""
    helper = Assistant.load(config.Settings(OTHER / "corpus", None, None))
    answer = helper.ask("cost of replacing a rudder bearing")
    assert answer.status is Status.ANSWERED
    assert answer.quotes[0].span.text.startswith("Replacing one bearing costs about")
    assert (answer.faq, answer.as_json["made_with"]["faq_sha256"], answer.follow_ups) == (None, None, ())


def test_without_a_faq_a_statement_in_dispute_is_shown_with_the_other_side() -> None:
    helper = Assistant.load(config.Settings(OTHER / "corpus", None, None))
    answer = helper.ask("Did Captain Ansa Relvik count 310 passengers on board?")
    assert answer.status is Status.ANSWERED
    assert answer.disputes
    assert {"240", "310"} <= set(re.findall(r"\d+", " ".join(q.span.text for q in answer.quotes)))


def test_without_a_faq_what_supersedes_a_statement_comes_first(tmp_path: Path) -> None:
    for name, text, day in (("a", "Carts wait at the flooded tollgate.", "2024-01-01"), ("b", "Travellers cross dry again.", "2024-02-01")):
        write_article(
            tmp_path, name, f"{text}\n\nA second paragraph tells of the weather in the hills.\n\nA third one tells of the price of oats.", published=day
        )
    (tmp_path / "relations.yaml").write_text(
        'supersedes: [{newer: {article: b, quote: "Travellers cross dry again."}, older: {article: a, quote: "Carts wait at the flooded tollgate."}}]', "utf-8"
    )
    answer = Assistant.load(config.Settings(tmp_path, None, None)).ask("carts at the flooded tollgate")
    assert [(q.span.text, str(q.role)) for q in answer.quotes] == [
        ("Travellers cross dry again.", "answer"),
        ("Carts wait at the flooded tollgate.", "earlier"),
    ]


def test_a_corpus_without_an_article_is_refused(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    with pytest.raises(CorpusError, match="no article in it"):
        Assistant.load(config.Settings(tmp_path, None, None))


@pytest.mark.parametrize("k", [0, 1, 3, 10_000, -1])
def test_a_search_has_at_most_k_hits_best_first(k: int) -> None:
    hits = assistant("other").search("rudder bearing", k)
    assert len(hits) <= max(k, 0)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert all(h.terms for h in hits)


@given(st.text(max_size=60))
@settings(max_examples=60)
def test_a_search_for_any_text_is_a_ranking(query: str) -> None:
    assert len(assistant("other").search(query, 5)) <= 5


def test_a_trace_explains_every_step() -> None:
    """For `--verbose`: language, search, entries, sentences, features, decision."""
    text = verbose.explain(assistant("other").explain("Is there a ferry to Kettle Point?"))
    for part in ("language   en", "replaced   Kettle Point → Iskholm", "entry iskholm-ferry", "features   ", "decision   answered by iskholm-ferry"):
        assert part in text
    assert verbose.explain(assistant("other").explain("")) == "refused before any search: empty"


@pytest.mark.parametrize("name", ["other", "real"])
def test_an_answer_is_the_same_where_all_that_was_weighed_is_told(name: str) -> None:
    """`ask` leaves out what the answer cannot depend on, such as a search where an entry answers whatever it finds."""
    questions = [record["question"] for record in gold(name)][:: 1 if name == "other" else 20]
    traces = [assistant(name).explain(question) for question in questions]
    assert [trace.answer.as_json for trace in traces] == [assistant(name).ask(question).as_json for question in questions]
    entries = [trace for trace in traces if trace.decision and trace.decision.entry]
    assert len(entries) >= 10
    assert sum(bool(trace.selected) for trace in entries) >= 10


def test_many_threads_get_the_same_answers() -> None:
    questions = [record["question"] for record in gold("other")]
    found: dict[int, list[Answer]] = {}

    def work(number: int) -> None:
        found[number] = [assistant("other").ask(question) for question in questions]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [[a.as_json for a in found[n]] for n in range(4)] == [[a.as_json for a in answers("other")]] * 4


def test_questions_that_are_asked_together_get_the_answers_that_they_get_alone(tmp_path: Path) -> None:
    """In their order, also one that comes twice, one without words and one that is too long."""
    questions = ["can I cross the river?", "", "zzyzx", "can I cross the river?", "x" * 3000, "is the bridge closed"]
    alone, together = small(tmp_path, FAQ, **TEXTS), small(tmp_path, FAQ)
    found = list(together.ask_all([(question, None, None) for question in questions]))
    assert [answer.as_json for answer in found] == [alone.ask(question).as_json for question in questions]
    assert found[0] is found[3] is together.ask(questions[0])


def test_preparing_changes_no_answer(tmp_path: Path) -> None:
    helper = small(tmp_path, FAQ, **TEXTS)
    prepared = small(tmp_path, FAQ)
    prepared.prepare()
    assert helper.ask("can I cross the river?").as_json == prepared.ask("can I cross the river?").as_json


def test_broken_files_keep_a_snapshot_from_being_made(tmp_path: Path) -> None:
    with pytest.raises(FaqError):
        small(tmp_path, FAQ.replace("The bridge is closed.", "The bridge is shut."), **TEXTS)
    with pytest.raises(CorpusError):
        Assistant.load(config.Settings(tmp_path / "nowhere", None, None))


def test_no_file_of_the_code_knows_the_topic() -> None:
    """No publisher, no name and no place of the shipped corpus is in any file of bot/."""
    publishers = [a.publisher or "" for a in assistant("real").corpus.articles.values()]
    names = ["Xiaomi", "Redmi", "POCO", "Cuba", "Havana", "Crimea", "Syria", "Pyongyang", "Khartoum", "Tehran", "Global Times", "StatCounter", "XDA", "smuggl"]
    pattern = re.compile("|".join(rf"\b{re.escape(name)}" for name in [*publishers, *names] if name), re.IGNORECASE)
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in sorted((ROOT / "bot").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", ["other", "real"])
def test_every_phrasing_of_the_faq_goes_to_its_own_entry(name: str) -> None:
    """Word for word, a phrasing is answered by its entry, or refused where that is a known unknown (every seventh of the real FAQ)."""
    helper = assistant(name)
    phrasings = [(entry, text) for entry in helper.faq.entries for _, text in entry.phrasings]
    for entry, text in phrasings[:: 7 if name == "real" else 1]:
        answer = helper.ask(text)
        assert (answer.quotes == ()) if entry.known_unknown else (answer.faq == entry.id), text


def test_an_answer_is_led_by_the_quote_of_its_entry_that_holds_what_is_asked() -> None:
    """The quote that leads otherwise takes that one's role."""
    usual, other = (
        assistant("real").ask(question)
        for question in ("what does a locked phone show on its screen?", "What does the warning say: company policy or international sanctions?")
    )
    assert usual.faq == other.faq
    assert {q.span.key for q in usual.quotes} == {q.span.key for q in other.quotes}
    assert "international sanction" in other.quotes[0].span.text
    assert "international sanction" not in usual.quotes[0].span.text
    assert [q.role for q in usual.quotes] == [Role.ANSWER, Role.CONTEXT, Role.OTHER_SIDE]
    assert [q.role for q in other.quotes] == [Role.ANSWER, Role.OTHER_SIDE, Role.CONTEXT]
