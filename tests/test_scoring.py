"""Points for answers to gold questions, worked by hand."""

from __future__ import annotations

import random
import re
import sys
from dataclasses import replace
from typing import Any

import pytest
from conftest import shared_folder
from upper import answers, assistant, gold, span
from worked import CORPUS, DOGS, HURT, answer, asked, refused

from bot.answer import MOST_CHARACTERS, MOST_QUOTES, Answer, Quote, Status
from bot.corpus import Corpus, Span
from bot.faq import Role
from bot.gold import Gold, parse
from bot.scoring import SHOWN, beside, counted, fits, score, shows

ABOARD = span(CORPUS, "ostrellin-courier", "The ferry had 240\u00a0passengers on board, according to the harbour office in Ostrellin.")
CAPTAIN = span(CORPUS, "pellandry-ledger", "There were 310 passengers on board, said Captain Ansa Relvik, who counted them off at the quay herself.")
BATCH = span(CORPUS, "ostrellin-courier", "The bearings may come from a single faulty batch made by Dunmarrow Marine Works.")
HEDGE = span(CORPUS, "ostrellin-courier", "That claim could not be verified.")
TIED = span(CORPUS, "pellandry-ledger", "The Grey Heron and the Lady Tamsa remain tied up.")


FURNITURE = Span(CORPUS.articles["ostrellin-courier"], *CORPUS.articles["ostrellin-courier"].furniture[0])


@pytest.mark.parametrize(
    ("rule", "due", "given", "points"),
    [
        ("the gold quote alone", asked([HURT]), answer(HURT), 1),
        ("one of several acceptable quotes", asked([HURT, DOGS]), answer(DOGS), 1),
        ("another quote", asked([HURT]), answer(DOGS), 0),
        ("only a side quote", asked([HURT], also_ok=(DOGS,)), answer(DOGS), 0.5),
        ("a refusal of what is answered", asked([HURT]), refused(), 0),
        ("a refusal that shows the gold quote as nearest", asked([HURT]), refused(HURT), 0),
        ("a refusal of what is not answered", asked(answerable=False), refused(DOGS), 1),
        ("an answer to what is not answered", asked(answerable=False), answer(DOGS), 0),
        ("in part: a refusal that names what is absent", asked([HURT], None, question="To Atlantis?"), refused(absent=("Atlantis",)), 1),
        ("in part: a refusal that shows the correcting passage", asked([HURT], None), refused(HURT), 1),
        ("in part: a refusal that says neither", asked([HURT], None), refused(DOGS), 0.5),
        ("in part: the correcting passage", asked([HURT], None), answer(HURT), 1),
        ("a claim without its hedge", asked([BATCH], hedges=(((BATCH,), (HEDGE,)),)), answer(BATCH), 0),
        ("a claim with its hedge", asked([BATCH], hedges=(((BATCH,), (HEDGE,)),)), answer(BATCH, HEDGE), 1),
        ("a hedge of a claim that is not shown", asked([HURT], hedges=(((BATCH,), (HEDGE,)),)), answer(HURT), 1),
        ("a hedge that is due in any case", asked([HURT], hedges=(((), (HEDGE,)),)), answer(HURT), 0),
        ("all that is needed", asked([ABOARD, CAPTAIN], need_all=True), answer(ABOARD, CAPTAIN), 1),
        ("not all that is needed", asked([ABOARD, CAPTAIN], need_all=True), answer(ABOARD), 0.5),
        ("both sides", asked([ABOARD], sides=((ABOARD,), (CAPTAIN,))), answer(ABOARD, CAPTAIN), 1),
        ("one side", asked([ABOARD], sides=((ABOARD,), (CAPTAIN,))), answer(ABOARD), 0.5),
        ("a misleading lead", asked([DOGS], misleading=(TIED,), also_ok=(TIED,)), answer(TIED, DOGS), 0.5),
        ("a misleading quote that does not lead", asked([DOGS], misleading=(TIED,), also_ok=(TIED,)), answer(DOGS, TIED), 1),
        ("more than half beside the point", asked([DOGS]), answer(DOGS, CAPTAIN), 0.5),
        ("less than half beside the point", asked([CAPTAIN]), answer(CAPTAIN, DOGS), 1),
        ("page furniture", asked([HURT]), answer(HURT, FURNITURE), 0),
        ("quotes under a refusal", asked([HURT]), replace(answer(HURT), status=Status.NEAREST), 0),
        ("nearest passages beside an answer", asked([HURT]), replace(answer(HURT), nearest=refused(DOGS).nearest), 0),
        ("in part: another quote beside the correcting passage", asked([HURT], None), answer(HURT, DOGS), 0.5),
        ("in part: the sentence after the correcting passage beside it", asked([HURT], None), answer(HURT, ABOARD), 1),
        ("in part: another quote alone", asked([HURT], None), answer(DOGS), 0),
        ("in part: a name that is said to be absent and was not asked for", asked([HURT], None, question="Why?"), refused(absent=("Atlantis",)), 0),
        ("in part: a name that is said to be absent and is not", asked([HURT], None, question="Ostrellin?"), refused(absent=("Ostrellin",)), 0),
        ("a side quote where all are needed", asked([HURT, CAPTAIN], need_all=True, also_ok=(DOGS,)), answer(DOGS), 0),
        ("a side quote without the hedge that is due", asked([HURT], also_ok=(DOGS,), hedges=(((), (HEDGE,)),)), answer(DOGS), 0),
    ],
)
def test_points_follow_the_rules(rule: str, due: Gold, given: Answer, points: float) -> None:
    found, wrong = score(due, given, CORPUS)
    assert found == points, rule
    assert bool(wrong) == (points < 1), rule


@pytest.mark.parametrize(
    "given", [answer(HURT, FURNITURE), refused(FURNITURE), replace(answer(HURT), status=Status.ABSTAINED), replace(answer(HURT), nearest=refused(DOGS).nearest)]
)
def test_furniture_and_quotes_under_a_refusal_are_hard_faults(given: Answer) -> None:
    """Also where the answer should be a refusal; so are nearest passages beside an answer."""
    for due in (asked([HURT]), asked(answerable=False)):
        points, wrong = score(due, given, CORPUS)
        assert (points, wrong[:4]) == (0, "HARD")


def test_a_quote_counts_from_four_fifths_of_its_words() -> None:
    """Of the 17 words of two sentences, 14 are enough (.82) and 13 are not (.76); two parts are not added up, as in the official scorer."""
    both = Span(HURT.article, HURT.start, ABOARD.end)
    assert (len(both.text.split()), SHOWN) == (17, 0.8)

    def words(first: int, last: int) -> Quote:
        places = [m.span() for m in re.finditer(r"\S+", both.text)]
        return Quote(1, Span(both.article, both.start + places[first][0], both.start + places[last - 1][1]), Role.ANSWER)

    assert shows([words(3, 17)], both)
    assert not shows([words(4, 17)], both)
    assert shows([words(0, 15)], both)
    assert not shows([words(0, 8), words(9, 17)], both)
    assert not shows([words(0, 9), words(3, 12)], both)


def test_a_quote_that_leaves_out_who_says_so_does_not_count() -> None:
    text = HURT.article.text
    told = text.index(" according to the harbour office")
    whole = Span(HURT.article, HURT.start, told + len(" according to"))
    part = Quote(1, Span(HURT.article, HURT.start, told), Role.ANSWER)
    assert len(part.span.text.split()) >= SHOWN * len(whole.text.split())
    assert not shows([part], whole)


def test_beside_is_the_share_of_shown_characters_that_nothing_covers() -> None:
    """`Dogs travel free.` has 17 characters, `Nobody was hurt.` 16."""
    quotes = answer(HURT, DOGS).quotes
    assert beside(asked([HURT]), quotes) == pytest.approx(17 / 33)
    assert beside(asked([HURT], also_ok=(DOGS,)), quotes) == 0
    assert beside(asked([DOGS]), quotes) == pytest.approx(16 / 33)
    assert beside(asked([HURT]), ()) == 0


def test_the_neighbours_of_a_gold_sentence_count_for_neither() -> None:
    around = Span(HURT.article, HURT.start, ABOARD.end)
    assert beside(asked([HURT]), answer(around).quotes) == pytest.approx(1 / 17)


def test_only_what_a_reader_gets_to_counts() -> None:
    """The seventh quote does not, nor the one that passes the limit of characters, nor any after it."""
    third = Quote(1, Span(CORPUS.articles["ostrellin-courier"], 0, MOST_CHARACTERS // 3), Role.ANSWER)
    dogs = answer(DOGS).quotes[0]
    assert len(counted([dogs] * 9)) == MOST_QUOTES
    assert counted([third, third, third, dogs]) == (third, third, third)
    assert counted([third, third, dogs, third, dogs]) == (third, third, dogs)
    assert score(asked([HURT]), answer(*[DOGS] * MOST_QUOTES, HURT), CORPUS) == (0, "wrong quote")


def test_a_quote_fits_where_it_shows_or_is_part_of_what_is_gold_or_acceptable() -> None:
    part = Span(HURT.article, HURT.start, HURT.start + 6)
    around = Span(HURT.article, HURT.start, ABOARD.end)
    due = asked([HURT], also_ok=(DOGS,))
    assert [fits(due, q) for q in answer(HURT, DOGS, part, around, TIED).quotes] == [True, True, True, True, False]


# The scorer that the project is measured with


@pytest.fixture(scope="module")
def official() -> Any:
    """The module `score` of the shared folder, and its articles."""
    folder = shared_folder()
    if folder is None or not (folder / "eval" / "score.py").is_file():
        pytest.skip("the folder that the project was made from is not at hand (BOT_SHARED)")
    sys.path.insert(0, str(folder / "eval"))
    try:
        import score as module  # type: ignore[import-not-found,unused-ignore]
    finally:
        sys.path.remove(str(folder / "eval"))
    return module, module.Articles(folder / "articles", folder / "eval" / "boilerplate.json")


def renamed(value: Any, names: dict[str, str]) -> Any:
    """A gold record with the shared folder's names of the articles."""
    if isinstance(value, dict):
        return {key: names[part] if key == "doc" else renamed(part, names) for key, part in value.items()}
    return [renamed(part, names) for part in value] if isinstance(value, list) else value


def agree(official: Any, corpus: Corpus, record: dict[str, Any], given: Answer) -> None:
    """Points, the lead and quote precision are what the official scorer finds."""
    module, articles = official
    names = {name: next(doc for doc, text in articles.text.items() if text == article.text) for name, article in corpus.articles.items()}
    theirs, due = {"gold": [], **renamed(record, names)}, parse("here", record, corpus)
    points, wrong = module.score(theirs, given.as_json, articles)
    assert score(due, given, corpus)[0] == points, (record["id"], wrong, given.quotes)
    fine = theirs["gold"] + (theirs.get("also_ok") or [])
    for quote in given.quotes:
        text = module.fold(quote.span.text)
        on_topic = bool(module.hits([text], fine)) or any(text in module.fold(g["quote"]) for g in fine)
        assert fits(due, quote) == on_topic, (record["id"], text)
        assert shows([quote], quote.span)
        assert any(shows([quote], g) for g in due.gold) == bool(module.hits([text], theirs["gold"])), (record["id"], text)


def test_the_official_scorer_agrees_on_the_answers_that_are_given(official: Any) -> None:
    for record, given in zip(gold("real"), answers("real"), strict=True):
        agree(official, assistant("real").corpus, record, given)


def test_the_official_scorer_agrees_on_answers_of_every_other_kind(official: Any) -> None:
    """Two thirds of their quotes are from the gold question, the others anywhere; some run on into the next sentence."""
    draw, helper = random.Random(3), assistant("real")
    empty, anywhere = helper.ask(""), helper.corpus.sentences
    for record in gold("real"):
        due = parse("here", record, helper.corpus)
        pool = [*due.gold, *due.also_ok, *due.misleading, *(s for side in due.sides for s in side), *(h for _, hedges in due.hedges for h in hedges)]
        picked: list[Span] = []
        for _ in range(draw.randint(1, 5)):
            chosen = draw.choice(pool) if pool and draw.random() < 0.66 else draw.choice(anywhere)
            after = chosen.article.sentences_of(chosen.start, chosen.end).stop
            if draw.random() < 0.1 and after < len(chosen.article.sentences):
                chosen = Span(chosen.article, chosen.start, chosen.article.sentences[after].end)
            if not chosen.article.is_furniture(chosen.start, chosen.end) and not any(chosen.overlaps(p) for p in picked):
                picked.append(chosen)
        agree(official, helper.corpus, record, (draw.choice([answer, answer, refused]) if picked else refused)(*picked, of=empty))
