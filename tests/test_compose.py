"""Quotes as composed from evidence: whole, hedged, dated, two-sided, counted by origin, and few."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from conftest import write_article
from hypothesis import given, settings
from hypothesis import strategies as st
from upper import assistant, composer, small, span

from bot.answer import MOST_CHARACTERS, MOST_QUOTES
from bot.compose import Composer, whole
from bot.corpus import Span, load_corpus
from bot.faq import Evidence, Role

ANSWER, CAVEAT, CONTEXT, EARLIER, OTHER_SIDE = Role.ANSWER, Role.CAVEAT, Role.CONTEXT, Role.EARLIER, Role.OTHER_SIDE
FILLER = "\n\n".join(f"Paragraph {i} of this article speaks of quite another matter, at a length that leaves room for quotes." for i in range(8))


def article(folder: Path, name: str, text: str, **fields: object) -> None:
    """An article with enough text around `text` that a third of it is more than any quote here."""
    write_article(folder, name, f"{text}\n\n{FILLER}", **fields)


def shown(composer: Composer, *evidence: tuple[Span, Role], status: bool = False, until: datetime.date | None = None) -> list[tuple[str, Role]]:
    """Text and role of each quote."""
    return [(q.span.text, q.role) for q in composer.compose([Evidence(s, r) for s, r in evidence], status=status, until=until).quotes]


@pytest.mark.parametrize("opener", ["However,", "But", "They", "This", "These", "It", "Yet", "“But", "In addition,", "HOWEVER,", "He", "And"])
def test_a_sentence_that_leans_on_the_one_before_is_shown_with_it(tmp_path: Path, opener: str) -> None:
    first, second = "The bridge was painted green.", f"{opener} say nothing of the cost."
    article(tmp_path, "a", f"{first} {second} The mayor sleeps.")
    made, corpus = composer(tmp_path)
    assert shown(made, (span(corpus, "a", second), ANSWER)) == [(f"{first} {second}", ANSWER)]


@pytest.mark.parametrize("opener", ["Theyer & Sons", "Itinerant painters", "Butter makers", "Thistles", "Paint sellers", "Yetis"])
def test_a_sentence_that_stands_alone_is_shown_alone(tmp_path: Path, opener: str) -> None:
    second = f"{opener} say nothing of the cost."
    article(tmp_path, "a", f"The bridge was painted green. {second} The mayor sleeps.")
    made, corpus = composer(tmp_path)
    assert shown(made, (span(corpus, "a", second), ANSWER)) == [(second, ANSWER)]


@pytest.mark.parametrize(
    ("language", "opener"),
    [("es", "Sin embargo,"), ("es", "Pero"), ("fr", "Cependant,"), ("de", "Jedoch"), ("ru", "Однако"), ("ru", "Но"), ("pl", "Jednak")],
)
def test_leaning_is_known_in_the_language_of_the_article(tmp_path: Path, language: str, opener: str) -> None:
    """And what so begins takes back the sentence before it."""
    first, second = "Aaaa bbbb cccc dddd eeee.", f"{opener} ffff gggg hhhh."
    article(tmp_path, "a", f"{first} {second} Iiii jjjj.", language=language)
    made, corpus = composer(tmp_path)
    for evidence in (first, second):
        assert shown(made, (span(corpus, "a", evidence), ANSWER)) == [(f"{first} {second}", ANSWER)]


@pytest.mark.parametrize("opener", ["However,", "But", "Yet", "Nevertheless,", "“But", "That said,"])
def test_a_sentence_taken_back_by_the_next_is_shown_with_it(tmp_path: Path, opener: str) -> None:
    first, second = "The bridge will open in May.", f"{opener} nobody has confirmed that."
    article(tmp_path, "a", f"The town waits. {first} {second} The mayor sleeps.")
    made, corpus = composer(tmp_path)
    assert shown(made, (span(corpus, "a", first), ANSWER)) == [(f"{first} {second}", ANSWER)]


def test_a_chain_of_leaning_sentences_is_followed_two_steps_back(tmp_path: Path) -> None:
    text = "The bridge was painted. It was green. They liked it. This was in May."
    article(tmp_path, "a", text)
    made, corpus = composer(tmp_path)
    assert shown(made, (span(corpus, "a", "This was in May."), ANSWER)) == [("It was green. They liked it. This was in May.", ANSWER)]


def test_a_neighbour_in_another_paragraph_is_not_taken(tmp_path: Path) -> None:
    article(tmp_path, "a", "The bridge will open in May.\n\nHowever, nobody has confirmed that.\n\nThe mayor sleeps.")
    made, corpus = composer(tmp_path)
    assert shown(made, (span(corpus, "a", "The bridge will open in May."), ANSWER)) == [("The bridge will open in May.", ANSWER)]
    assert shown(made, (span(corpus, "a", "However, nobody has confirmed that."), ANSWER)) == [("However, nobody has confirmed that.", ANSWER)]


def test_furniture_is_never_taken_as_a_neighbour(tmp_path: Path) -> None:
    """Nor is what stands behind it."""
    article(tmp_path, "a", "The bridge will open in May. Buy our flour! However, nobody has confirmed that.", not_quotable=["Buy our flour!"])
    made, corpus = composer(tmp_path)
    for sentence in ("The bridge will open in May.", "However, nobody has confirmed that."):
        assert shown(made, (span(corpus, "a", sentence), ANSWER)) == [(sentence, ANSWER)]


QUALIFIES = """
qualifies:
  - claim: {article: a, quote: "The bridge will open in May."}
    by: {article: b, quote: "No date has been confirmed by anyone."}
"""


def test_a_hedge_in_another_article_travels_as_a_caveat_right_after_its_claim(tmp_path: Path) -> None:
    article(tmp_path, "a", "The bridge will open in May. The mayor sleeps. The paint is green.")
    article(tmp_path, "b", "No date has been confirmed by anyone. The town waits.")
    made, corpus = composer(tmp_path, QUALIFIES)
    evidence = [(span(corpus, "a", "The bridge will open in May."), ANSWER), (span(corpus, "a", "The paint is green."), CONTEXT)]
    assert shown(made, *evidence) == [
        ("The bridge will open in May.", ANSWER),
        ("No date has been confirmed by anyone.", CAVEAT),
        ("The paint is green.", CONTEXT),
    ]


@pytest.mark.parametrize("role", list(Role))
def test_a_hedge_travels_with_its_claim_in_every_role(tmp_path: Path, role: Role) -> None:
    article(tmp_path, "a", "The bridge will open in May. The mayor sleeps. The paint is green.")
    article(tmp_path, "b", "No date has been confirmed by anyone. The town waits.")
    made, corpus = composer(tmp_path, QUALIFIES)
    evidence = [(span(corpus, "a", "The paint is green."), ANSWER), (span(corpus, "a", "The bridge will open in May."), role)]
    assert "No date has been confirmed by anyone." in [text for text, _ in shown(made, *evidence)]


def test_a_hedge_that_is_evidence_already_is_shown_once(tmp_path: Path) -> None:
    article(tmp_path, "a", "The bridge will open in May. The mayor sleeps.")
    article(tmp_path, "b", "No date has been confirmed by anyone. The town waits.")
    made, corpus = composer(tmp_path, QUALIFIES)
    evidence = [(span(corpus, "a", "The bridge will open in May."), ANSWER), (span(corpus, "b", "No date has been confirmed by anyone."), CAVEAT)]
    assert [text for text, _ in shown(made, *evidence)] == ["The bridge will open in May.", "No date has been confirmed by anyone."]


def test_a_hedge_beside_its_claim_is_shown_as_one_quote_with_it(tmp_path: Path) -> None:
    article(tmp_path, "a", "The bridge will open in May. No date has been confirmed by anyone. The mayor sleeps.")
    made, corpus = composer(
        tmp_path, 'qualifies: [{claim: {article: a, quote: "will open in May."}, by: {article: a, quote: "No date has been confirmed by anyone."}}]'
    )
    assert shown(made, (span(corpus, "a", "The bridge will open in May."), ANSWER)) == [
        ("The bridge will open in May. No date has been confirmed by anyone.", ANSWER)
    ]


SUPERSEDES = """
supersedes:
  - newer: {article: b, quote: "The bridge is open."}
    older: {article: a, quote: "The bridge is closed."}
"""


def dated(folder: Path, relations: str = "") -> tuple[Composer, Span, Span, Span]:
    """A composer with an older, a newer and an undated sentence."""
    article(folder, "a", "The bridge is closed. The mayor sleeps.", published="2024-01-01")
    article(folder, "b", "The bridge is open. The town is glad.", published="2024-02-01")
    article(folder, "c", "The bridge is a bridge of stone. Nobody knows its age.", published=None)
    made, corpus = composer(folder, relations)
    return made, span(corpus, "a", "The bridge is closed."), span(corpus, "b", "The bridge is open."), span(corpus, "c", "The bridge is a bridge of stone.")


@pytest.mark.parametrize("order", ["old new", "new old"])
def test_what_is_superseded_is_marked_earlier_and_comes_after_what_supersedes_it(tmp_path: Path, order: str) -> None:
    made, old, new, _ = dated(tmp_path, SUPERSEDES)
    spans = {"old": old, "new": new}
    assert shown(made, *((spans[name], ANSWER) for name in order.split())) == [("The bridge is open.", ANSWER), ("The bridge is closed.", EARLIER)]


def test_on_status_the_newest_leads_and_the_undated_comes_last(tmp_path: Path) -> None:
    made, old, new, undated = dated(tmp_path)
    texts = [text for text, _ in shown(made, (undated, ANSWER), (old, ANSWER), (new, ANSWER), status=True)]
    assert texts == ["The bridge is open.", "The bridge is closed.", "The bridge is a bridge of stone."]


def test_without_a_question_of_status_evidence_stays_in_its_order(tmp_path: Path) -> None:
    made, old, new, undated = dated(tmp_path)
    texts = [text for text, _ in shown(made, (undated, ANSWER), (old, CONTEXT), (new, CONTEXT))]
    assert texts == ["The bridge is a bridge of stone.", "The bridge is closed.", "The bridge is open."]


def test_evidence_marked_earlier_makes_it_a_matter_of_status(tmp_path: Path) -> None:
    made, old, new, undated = dated(tmp_path)
    assert shown(made, (undated, ANSWER), (old, EARLIER), (new, ANSWER)) == [
        ("The bridge is open.", ANSWER),
        ("The bridge is closed.", EARLIER),
        ("The bridge is a bridge of stone.", ANSWER),
    ]


def test_a_question_of_status_to_the_faq_is_never_led_by_an_undated_quote(tmp_path: Path) -> None:
    """Whatever the order of the entry's evidence: the newest comes first."""
    dated(tmp_path / "corpus")
    helper = small(
        tmp_path,
        """
- id: open
  question: Is the bridge still closed now?
  aliases: {en: [is the bridge open yet, bridge status]}
  evidence:
    - {article: c, quote: "The bridge is a bridge of stone."}
    - {article: a, quote: "The bridge is closed."}
    - {article: b, quote: "The bridge is open."}
""",
    )
    answer = helper.ask("Is the bridge still closed now?")
    assert answer.faq == "open"
    assert answer.quotes[0].span.text == "The bridge is open."


def test_until_leaves_out_what_was_asserted_later_or_is_undated(tmp_path: Path) -> None:
    made, old, new, undated = dated(tmp_path)
    evidence = [(new, ANSWER), (old, ANSWER), (undated, ANSWER)]
    assert [text for text, _ in shown(made, *evidence, until=datetime.date(2024, 1, 31))] == ["The bridge is closed."]
    assert [text for text, _ in shown(made, *evidence, until=datetime.date(2024, 2, 1))] == ["The bridge is open.", "The bridge is closed."]
    assert shown(made, *evidence, until=datetime.date(2023, 12, 31)) == []


STATEMENT = "The council will rebuild the stone bridge over the river before the winter of 2025, the mayor said on Monday."


def test_the_same_statement_in_two_outlets_is_one_quote_that_names_the_other(tmp_path: Path) -> None:
    """Near-identical sentences with the same numbers are found without any table."""
    article(tmp_path, "a", STATEMENT)
    article(tmp_path, "b", "We asked. " + STATEMENT.replace("on Monday", "this Monday"))
    made, corpus = composer(tmp_path)
    first, second = span(corpus, "a", STATEMENT), span(corpus, "b", STATEMENT.replace("on Monday", "this Monday"))
    quotes = made.compose([Evidence(first, ANSWER), Evidence(second, ANSWER)]).quotes
    assert [(q.span, q.relayed_by) for q in quotes] == [(first, (second,))]
    assert quotes[0].origin


def test_statements_with_other_numbers_are_not_the_same(tmp_path: Path) -> None:
    article(tmp_path, "a", STATEMENT)
    article(tmp_path, "b", STATEMENT.replace("2025", "2026"))
    made, corpus = composer(tmp_path)
    spans = [span(corpus, "a", STATEMENT), span(corpus, "b", STATEMENT.replace("2025", "2026"))]
    quotes = made.compose([Evidence(s, ANSWER) for s in spans]).quotes
    assert [(q.span, q.relayed_by, q.origin) for q in quotes] == [(spans[0], (), None), (spans[1], (), None)]


SAME_ORIGIN = """
same_origin:
  - id: mayor
    statements: [{article: a, quote: "We rebuild it, the mayor told us."}, {article: b, quote: "A new bridge will come, the mayor wrote."}]
"""


def test_statements_that_a_reviewer_knows_to_be_one_voice_are_shown_once(tmp_path: Path) -> None:
    article(tmp_path, "a", "We rebuild it, the mayor told us.", published="2024-01-01")
    article(tmp_path, "b", "A new bridge will come, the mayor wrote.", published="2024-03-01")
    made, corpus = composer(tmp_path, SAME_ORIGIN)
    first, second = span(corpus, "a", "We rebuild it, the mayor told us."), span(corpus, "b", "A new bridge will come, the mayor wrote.")
    quotes = made.compose([Evidence(first, ANSWER), Evidence(second, ANSWER)]).quotes
    assert [(q.span, q.origin, q.relayed_by) for q in quotes] == [(first, "mayor", (second,))]
    early = made.compose([Evidence(first, ANSWER)], until=datetime.date(2024, 2, 1)).quotes
    assert [(q.span, q.relayed_by) for q in early] == [(first, ())]


DISPUTE = """
disputes:
  - sides:
      - [{article: a, quote: "The bridge is closed."}]
      - [{article: b, quote: "The bridge is open."}]
"""


def test_both_sides_of_a_dispute_are_numbered(tmp_path: Path) -> None:
    made, old, new, undated = dated(tmp_path, DISPUTE)
    composed = made.compose([Evidence(undated, ANSWER), Evidence(new, ANSWER), Evidence(old, OTHER_SIDE)])
    assert [q.span for q in composed.quotes] == [undated, new, old]
    assert composed.disputes == (((3,), (2,)),)


def test_one_side_alone_is_no_dispute(tmp_path: Path) -> None:
    made, old, _, undated = dated(tmp_path, DISPUTE)
    assert made.compose([Evidence(old, ANSWER), Evidence(undated, CONTEXT)]).disputes == ()


def test_the_other_side_of_a_statement_is_known(tmp_path: Path) -> None:
    made, old, new, undated = dated(tmp_path, DISPUTE)
    assert (made.other_sides(old), made.other_sides(new), made.other_sides(undated)) == ([new], [old], [])


def test_what_supersedes_a_statement_is_known(tmp_path: Path) -> None:
    made, old, new, undated = dated(tmp_path, SUPERSEDES)
    assert (made.newer(old), made.newer(new), made.newer(undated)) == ([new], [], [])


@pytest.mark.parametrize("role", [CAVEAT, CONTEXT, OTHER_SIDE, EARLIER])
def test_the_first_quote_is_the_answer_whatever_its_role_was(tmp_path: Path, role: Role) -> None:
    made, old, _, _ = dated(tmp_path)
    assert shown(made, (old, role)) == [("The bridge is closed.", ANSWER)]


def test_quotes_keep_the_order_and_the_roles_of_their_entry(tmp_path: Path) -> None:
    made, old, new, undated = dated(tmp_path)
    assert [role for _, role in shown(made, (old, ANSWER), (new, OTHER_SIDE), (undated, CONTEXT))] == [ANSWER, OTHER_SIDE, CONTEXT]


def test_touching_pieces_become_one_quote(tmp_path: Path) -> None:
    article(tmp_path, "a", "The bridge is closed. The mayor sleeps. The town waits.")
    made, corpus = composer(tmp_path)
    evidence = [(span(corpus, "a", "The mayor sleeps."), ANSWER), (span(corpus, "a", "The bridge is closed."), CONTEXT)]
    assert shown(made, *evidence) == [("The bridge is closed. The mayor sleeps.", ANSWER)]


def test_the_lead_is_kept_however_long_and_shortened_to_whole_sentences(tmp_path: Path) -> None:
    """Of an article all of which is evidence, at most a third is shown, from its first sentence on."""
    sentences = [f"Sentence number {i} of this paragraph is about as long as all the others." for i in range(9)]
    write_article(tmp_path, "a", " ".join(sentences) + "\n")
    made, corpus = composer(tmp_path)
    whole_text = span(corpus, "a", " ".join(sentences))
    third = len(corpus.articles["a"].text) / 3
    most = max(count for count in range(1, 10) if len(" ".join(sentences[:count])) <= third)
    assert shown(made, (whole_text, ANSWER)) == [(" ".join(sentences[:most]), ANSWER)]


def test_a_caveat_right_after_the_lead_is_kept_however_short_the_article(tmp_path: Path) -> None:
    """A reviewer's hedge travels with its claim, where both are more than a third of their article too; context does not."""
    write_article(tmp_path, "a", "The pool closed in May. A pump broke. Swimmers may use the other pool.\n\nThe director doubts it.")
    made, corpus = composer(tmp_path)
    lead, caveat, context = (span(corpus, "a", text) for text in ("Swimmers may use the other pool.", "The director doubts it.", "The pool closed in May."))
    kept = [("Swimmers may use the other pool.", ANSWER), ("The director doubts it.", CAVEAT)]
    assert shown(made, (lead, ANSWER), (caveat, CAVEAT), (context, CONTEXT)) == kept


def test_one_sentence_may_always_be_shown(tmp_path: Path) -> None:
    """Even where it is all of its article, and longer than all quotes together may be."""
    sentence = "The bridge " + "of the long old road " * 100 + "is closed."
    write_article(tmp_path, "a", sentence)
    made, corpus = composer(tmp_path)
    assert len(sentence) > MOST_CHARACTERS
    assert shown(made, (span(corpus, "a", sentence), ANSWER)) == [(sentence, ANSWER)]


def test_a_seventh_quote_is_left_out(tmp_path: Path) -> None:
    for name in "abcdefgh":
        article(tmp_path, name, f"The {name * 5} bridge is closed for the {name * 3} winter.")
    made, corpus = composer(tmp_path)
    evidence = [(span(corpus, name, f"The {name * 5} bridge is closed for the {name * 3} winter."), ANSWER) for name in "abcdefgh"]
    assert [text[4] for text, _ in shown(made, *evidence)] == list("abcdef")


def test_a_quote_that_would_pass_1800_characters_is_left_out_and_a_shorter_one_taken(tmp_path: Path) -> None:
    long = {name: f"The {name} bridge " + f"and its {name} road " * 50 + "is closed." for name in ("alder", "birch")}
    for name, text in long.items():
        write_article(tmp_path, name, text + "\n\n" + FILLER * 4)
    article(tmp_path, "cedar", "The cedar bridge is open.")
    made, corpus = composer(tmp_path)
    evidence = [(span(corpus, name, text), ANSWER) for name, text in long.items()] + [(span(corpus, "cedar", "The cedar bridge is open."), CONTEXT)]
    assert sum(map(len, long.values())) > MOST_CHARACTERS
    assert [text for text, _ in shown(made, *evidence)] == [long["alder"], "The cedar bridge is open."]


@pytest.mark.parametrize(
    ("sentence", "who"),
    [
        ("The bridge is closed, according to Anna Berg.", "Anna Berg"),
        ("A spokesperson said that the bridge is closed.", "A spokesperson"),
        ("The Harbour Office announced that the bridge is closed.", "The Harbour Office"),
        ("The bridge is closed.", None),
    ],
)
def test_an_attribution_is_given_in_the_words_of_the_article(tmp_path: Path, sentence: str, who: str | None) -> None:
    article(tmp_path, "a", sentence)
    made, corpus = composer(tmp_path)
    quote = made.compose([Evidence(span(corpus, "a", sentence), ANSWER)]).quotes[0]
    assert quote.attributed_to == who
    assert who is None or who in quote.span.text


CORPUS = load_corpus(Path(__file__).parent / "data" / "other_topic" / "corpus")[0]
evidences = st.lists(st.tuples(st.sampled_from(CORPUS.sentences), st.sampled_from(list(Role))), min_size=1, max_size=10)


@given(evidences, st.booleans())
@settings(max_examples=300)
def test_any_evidence_makes_few_whole_quotes_led_by_an_answer(evidence: list[tuple[Span, Role]], status: bool) -> None:
    """None begins or ends inside a sentence, holds furniture or shares a character with another; the first piece of evidence is shown unless time orders."""
    made = assistant("other")._composer
    composed = made.compose([Evidence(s, r) for s, r in evidence], status=status)
    quotes = composed.quotes
    assert [q.n for q in quotes] == list(range(1, len(quotes) + 1))
    assert 1 <= len(quotes) <= MOST_QUOTES
    assert sum(q.span.end - q.span.start for q in quotes) <= MOST_CHARACTERS
    assert quotes[0].role is Role.ANSWER
    for quote in quotes:
        sentences = quote.span.article.sentences
        assert quote.span.start in {s.start for s in sentences}
        assert quote.span.end in {s.end for s in sentences}
        assert not quote.span.article.is_furniture(quote.span.start, quote.span.end)
        assert not any(quote.span.overlaps(q.span) for q in quotes if q is not quote)
    for name in {q.span.article.id for q in quotes}:
        mine = [q.span for q in quotes if q.span.article.id == name]
        touched = {i for s in mine for i in s.article.sentences_of(s.start, s.end)}
        assert len(touched) == 1 or 3 * sum(s.end - s.start for s in mine) <= len(mine[0].article.text)
    if not status and all(role is not Role.EARLIER for _, role in evidence) and quotes[0].span.asserted:
        assert quotes[0].span.overlaps(evidence[0][0]) or any(quotes[0].span.overlaps(r.newer) for r in assistant("other").relations.supersedes)


@given(evidences)
@settings(max_examples=100)
def test_on_status_dates_never_rise(evidence: list[tuple[Span, Role]]) -> None:
    """Quotes come newest first, the undated last; a caveat stands with its claim."""
    quotes = assistant("other")._composer.compose([Evidence(s, r) for s, r in evidence], status=True).quotes
    dates = [q.span.asserted or datetime.date.min for q in quotes if q.role is not Role.CAVEAT]
    assert dates == sorted(dates, reverse=True)


@given(st.sampled_from(CORPUS.sentences))
@settings(max_examples=100)
def test_making_whole_twice_changes_nothing_and_only_ever_adds(sentence: Span) -> None:
    assert whole(sentence).holds(sentence)
    assert whole(sentence).end == whole(whole(sentence)).end
    assert whole(sentence).text in sentence.article.text


def test_nearest_passages_are_context_and_as_few_as_quotes() -> None:
    quotes = assistant("other")._composer.nearest(assistant("other").corpus.sentences)
    assert 0 < len(quotes) <= MOST_QUOTES
    assert {q.role for q in quotes} == {Role.CONTEXT}
