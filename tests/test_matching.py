"""Which FAQ entry a question belongs to."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest
from conftest import write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st
from upper import assistant

from bot import ridge
from bot.corpus import Corpus
from bot.faq import Faq, load_faq
from bot.matching import MOST, STRAY, Matcher, _Classifier, group

FAQ = """
- id: bread
  question: Where can I buy rye bread?
  aliases: {en: [who sells bread, bakery opening hours, when does the bakery open], es: [¿dónde compro pan?]}
  evidence: [{article: bakery, quote: "The bakery sells rye bread."}]
- id: bridge
  question: Is the bridge closed?
  aliases: {en: [can I cross the river, bridge status, why is the bridge shut], es: [¿está cerrado el puente?], ru: [мост закрыт?]}
  evidence: [{article: bridge, quote: "The bridge is closed."}]
- id: swimming
  question: May I swim in the harbour?
  aliases: {en: [is swimming allowed, how cold is the water, "who's swimming"], es: [¿puedo nadar en el puerto?]}
  evidence: [{article: harbour, quote: "Nobody swims in the harbour."}]
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return write_corpus(
        tmp_path / "corpus",
        bakery="The bakery sells rye bread. It opens at six.",
        bridge="The bridge is closed. The ferry runs.",
        harbour="Nobody swims in the harbour. The water is cold.",
    )


def made(folder: Path, corpus: Corpus, text: str = FAQ) -> Faq:
    path = folder / "faq.yaml"
    path.write_text(text, encoding="utf-8")
    return load_faq(path, corpus)


@pytest.fixture
def faq(tmp_path: Path, corpus: Corpus) -> Faq:
    return made(tmp_path, corpus)


@pytest.mark.parametrize(
    ("question", "language", "entry"),
    [
        ("who is selling bread here?", "en", "bread"),
        ("when will the bakery open tomorrow", "en", "bread"),
        ("the bridge, is it still closed?", "en", "bridge"),
        ("how do I cross the river", "en", "bridge"),
        ("are people allowed to swim", "en", "swimming"),
        ("is the water too cold", "en", "swimming"),
        ("¿dónde puedo comprar el pan?", "es", "bread"),
        ("¿cerraron el puente?", "es", "bridge"),
        ("закрыт ли мост", "ru", "bridge"),
    ],
)
def test_the_right_entry_is_ranked_first_with_a_few_phrasings_alone(faq: Faq, question: str, language: str, entry: str) -> None:
    ranking = Matcher(faq).rank(question, language)
    assert ranking[0].entry.id == entry
    assert ranking[0].phrasing in [text for _, text in ranking[0].entry.phrasings]


def test_a_ranking_falls_and_names_each_entry_once(faq: Faq) -> None:
    ranking = Matcher(faq).rank("is the bridge closed to swimmers who sell bread", "en")
    assert [m.score for m in ranking] == sorted((m.score for m in ranking), reverse=True)
    assert sorted(m.entry.id for m in ranking) == ["bread", "bridge", "swimming"]


def test_a_phrasing_scores_near_one_and_other_words_near_zero() -> None:
    matcher = assistant("other").matcher
    for question in ("Is there a ferry to Iskholm?", "ferry status", "who signs a ferry off"):
        assert matcher.rank(question, "en")[0].score > 0.6
        assert matcher.rank(question, "en")[0].similarity == pytest.approx(1, abs=1e-5)
    assert abs(matcher.rank("zzyzx qwrtp", "en")[0].score) < 0.15


@given(st.lists(st.sampled_from("is the bridge bridges closed closing ferry it or sit a banana 42 zzyzx".split()), max_size=12))
def test_kept_sums_of_words_give_the_cosines_of_the_vectors(found: list[str]) -> None:
    """Whatever words come again or share n-grams, a question is as near to each phrasing as the vectors of both say."""
    classifier = assistant("other").matcher._classifier("en")
    assert classifier
    text = " ".join(found)
    exact = classifier.cosines(*classifier.of(text, "en"))
    assert classifier.similarities(text, "en") == pytest.approx(exact, abs=1e-5)


@pytest.mark.parametrize("word", ["quasar", "zzyzx", "parliament", "42"])
def test_an_unknown_word_lowers_the_similarity(faq: Faq, word: str) -> None:
    matcher = Matcher(faq)
    plain, more = matcher.rank("is the bridge closed", "en")[0], matcher.rank(f"is the bridge closed {word}", "en")[0]
    assert more.entry is plain.entry
    assert more.similarity < plain.similarity
    assert more.score < plain.score


def test_each_further_unknown_word_lowers_it_further(faq: Faq) -> None:
    matcher = Matcher(faq)
    similarities = [matcher.rank("is the bridge closed" + " quasar zzyzx qwrtp"[:n], "en")[0].similarity for n in (0, 7, 13, 19)]
    assert similarities == sorted(similarities, reverse=True)


@pytest.mark.parametrize(
    ("question", "language", "entry"),
    [
        ("is the bridge closed", "en", "bridge"),
        ("IS THE BRIDGE CLOSED?!", "en", "bridge"),
        ("  Is the brídge — closed… ", "en", "bridge"),
        ("¿esta cerrado el puente", "es", "bridge"),
        ("Donde compro pan?", "es", "bread"),
        ("МОСТ ЗАКРЫТ", "ru", "bridge"),
        ("Who’s swimming?", "en", "swimming"),
    ],
)
def test_a_phrasing_is_found_regardless_of_case_accents_and_punctuation(faq: Faq, question: str, language: str, entry: str) -> None:
    found = Matcher(faq).exact(question)
    assert found is not None
    assert (found[0], found[1].id) == (language, entry)


@pytest.mark.parametrize("question", ["is the bridge closed now", "bridge closed is the", "", "?", "the bridge is closed"])
def test_other_words_are_no_phrasing(faq: Faq, question: str) -> None:
    assert Matcher(faq).exact(question) is None


def test_every_phrasing_is_found_in_its_entry() -> None:
    """Of the fictional FAQ, in every language."""
    helper = assistant("other")
    for entry in helper.faq.entries:
        for _, text in entry.phrasings:
            found = helper.matcher.exact(text)
            assert found is not None
            assert found[1] is entry


def test_what_comes_from_the_cache_equals_what_is_computed(tmp_path: Path) -> None:
    """To 1e-5, for entries, scores, similarities and phrasings."""
    faq = assistant("other").faq
    Matcher(faq, tmp_path).prepare()
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept
    first, again = Matcher(faq), Matcher(faq, tmp_path)
    for question, language in [("is the ferry back", "en"), ("¿hay ferri?", "es"), ("zzyzx", "en"), ("money back for my ticket please", "en")]:
        one, two = first.rank(question, language), again.rank(question, language)
        assert [(m.entry.id, m.phrasing) for m in one] == [(m.entry.id, m.phrasing) for m in two]
        assert [m.score for m in one] == pytest.approx([m.score for m in two], abs=1e-5)
        assert [m.similarity for m in one] == pytest.approx([m.similarity for m in two], abs=1e-5)
    assert first.exact("ferry status") == again.exact("ferry status") is not None


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    faq = assistant("other").faq
    Matcher(faq, tmp_path).prepare()
    for path in tmp_path.iterdir():
        path.write_bytes(b"not what was kept")
    assert Matcher(faq, tmp_path).rank("is it safe", "en") == Matcher(faq).rank("is it safe", "en")


def test_another_faq_does_not_read_the_cache_of_the_first(tmp_path: Path, corpus: Corpus, faq: Faq) -> None:
    cache = tmp_path / "cache"
    assert Matcher(faq, cache).rank("is the bridge closed", "en")[0].entry.id == "bridge"
    changed = made(tmp_path, corpus, FAQ.replace("closed?", "made of paper?").replace("bridge status", "origami status"))
    assert Matcher(changed, cache).rank("origami", "en")[0].score == pytest.approx(Matcher(changed).rank("origami", "en")[0].score, abs=1e-5)


def test_only_the_phrasings_that_changed_are_learnt_anew(tmp_path: Path, corpus: Corpus) -> None:
    """A new English phrasing leaves what was learnt of Spanish and Russian; other evidence, or a new entry in English, leaves that too."""
    cache = tmp_path / "cache"

    def learnt(text: str) -> int:
        """How many groups are learnt for this FAQ that were not before."""
        before = set(cache.glob("matching-*"))
        Matcher(made(tmp_path, corpus, text), cache).prepare()
        return len(set(cache.glob("matching-*")) - before)

    assert learnt(FAQ) == 3
    assert learnt(FAQ.replace("The bridge is closed.", "The ferry runs.")) == 0
    assert learnt(FAQ.replace("bridge status", "how is the bridge")) == 1
    more = '\n- {id: ferry, question: Is there a ferry?, evidence: [{article: bridge, quote: "The ferry runs."}]}\n'
    assert learnt(FAQ + more) == 1
    assert learnt(more + FAQ) == 1


@pytest.mark.parametrize("last", [False, True])
def test_an_entry_without_phrasings_in_a_script_changes_no_ranking_there(tmp_path: Path, corpus: Corpus, faq: Faq, last: bool) -> None:
    """Wherever it stands in the file: the others keep their scores, and it has none."""
    more = '\n- {id: ferry, question: Is there a ferry?, evidence: [{article: bridge, quote: "The ferry runs."}]}\n'
    other = made(tmp_path, corpus, FAQ + more if last else more + FAQ)
    for question, language in [("мост", "ru"), ("закрыт ли мост", "ru")]:
        before, now = ({m.entry.id: m.score for m in Matcher(f).rank(question, language)} for f in (faq, other))
        assert now.pop("ferry") == 0
        assert now == pytest.approx(before, abs=1e-5)


def test_without_entries_or_words_nothing_is_ranked(faq: Faq) -> None:
    assert Matcher(Faq()).rank("is the bridge closed", "en") == []
    assert Matcher(Faq()).exact("is the bridge closed") is None
    assert Matcher(faq).rank("?!", "en") == []
    assert Matcher(faq).rank("다리가 닫혔나요", "ko") == []


def test_a_phrasing_that_is_like_another_entrys_is_led_there_when_it_is_held_out(tmp_path: Path, corpus: Corpus) -> None:
    text = FAQ.replace("how cold is the water", "why is the bridge shut today")
    found = {phrasing: (entry.id, landed.id, margin) for entry, phrasing, landed, margin in Matcher(made(tmp_path, corpus, text)).held_out()}
    entry, landed, margin = found["why is the bridge shut today"]
    assert (entry, landed) == ("swimming", "bridge")
    assert margin >= STRAY
    assert found["bridge status"][2] < 0


def test_every_phrasing_is_held_out_once() -> None:
    """And in the fictional FAQ none is led elsewhere for sure."""
    helper = assistant("other")
    found = list(helper.matcher.held_out())
    assert sorted((e.id, text) for e, text, *_ in found) == sorted((e.id, text) for e in helper.faq.entries for _, text in e.phrasings)
    assert all(entry is not landed or margin < 0 for entry, _, landed, margin in found)


def test_a_language_whose_phrasings_are_in_two_scripts_is_matched_in_both(tmp_path: Path, corpus: Corpus) -> None:
    """As Serbian is written."""
    text = FAQ.replace("ru: [мост закрыт?]", "sr: [da li je most zatvoren, да ли је мост затворен]")
    matcher = Matcher(made(tmp_path, corpus, text))
    for question in ("је ли затворен мост", "je li zatvoren most"):
        ranking = matcher.rank(question, "sr")
        assert ranking
        assert ranking[0].entry.id == "bridge"
        assert ranking[0].similarity > 0.3


@given(st.text(max_size=60), st.sampled_from(["en", "es", "ru", "und", "ko"]))
@settings(max_examples=80)
def test_any_text_has_a_finite_ranking(text: str, language: str) -> None:
    ranking = assistant("other").matcher.rank(text, language)
    assert len(ranking) <= MOST
    assert all(abs(m.score) < 5 and 0 <= m.similarity <= 1 + 1e-5 for m in ranking)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [("en", "bridge", "en"), ("es", "puente", "latin"), ("ru", "мост", "cyrillic"), ("en", "мост", "cyrillic"), ("en", "42", "en")],
)
def test_the_classifier_of_a_text_is_that_of_its_script(language: str, text: str, name: str) -> None:
    assert group(language, text) == name


# More phrasings than are learnt together


@pytest.fixture
def none_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every group is learnt from what is near a question, as one of more than EXACTLY phrasings is."""
    monkeypatch.setattr(ridge, "EXACTLY", 0)


QUESTIONS = [
    ("is the ferry back", "en"),
    ("¿hay ferri?", "es"),
    ("money back for my ticket please", "en"),
    ("who signed it off", "en"),
    ("why no boats today", "en"),
    ("the fault, what was it", "en"),
]


def test_learnt_from_the_nearest_phrasings_the_entries_are_those_of_all_learnt_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the fictional FAQ, of whose English phrasings a quarter is then left out: the same first entry, outputs within .08."""
    helper = assistant("other")
    together = [helper.matcher.rank(*question) for question in QUESTIONS]
    monkeypatch.setattr(ridge, "EXACTLY", 0)
    classifier = helper.matcher._classifier("en")
    assert classifier
    monkeypatch.setattr(ridge, "NEAR", 3 * len(classifier._texts) // 4)
    for one, other in zip(together, [Matcher(helper.faq).rank(*question) for question in QUESTIONS], strict=True):
        assert one[0].entry is other[0].entry
        assert one[0].phrasing == other[0].phrasing
        assert one[0].score == pytest.approx(other[0].score, abs=0.08)
        assert one[0].similarity == other[0].similarity


def test_a_group_is_learnt_together_up_to_a_number_of_phrasings(tmp_path: Path, faq: Faq, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twelve English phrasings of three entries: at a limit of eleven by what is near."""
    for limit, together in ((12, True), (11, False)):
        monkeypatch.setattr(ridge, "EXACTLY", limit)
        classifier = Matcher(faq, tmp_path)._classifier("en")
        assert classifier
        assert (classifier._alpha is not None) == together


@pytest.mark.usefixtures("none_together")
def test_features_from_the_cache_rank_as_those_just_learnt(tmp_path: Path) -> None:
    faq = assistant("other").faq
    Matcher(faq, tmp_path).prepare()
    first, again = Matcher(faq), Matcher(faq, tmp_path)
    assert [again.rank(*question) for question in QUESTIONS] == [first.rank(*question) for question in QUESTIONS]


@pytest.mark.usefixtures("none_together")
def test_phrasings_that_change_their_entry_need_no_learning(tmp_path: Path, corpus: Corpus) -> None:
    """Above the limit what is kept are the phrasings' features; which entry they belong to is looked up."""
    Matcher(made(tmp_path, corpus), tmp_path / "cache").prepare()
    before = set((tmp_path / "cache").glob("matching-*"))
    changed = Matcher(made(tmp_path, corpus, FAQ.replace("- id: bridge", "- id: crossing")), tmp_path / "cache")
    assert changed.rank("is the bridge closed", "en")[0].entry.id == "crossing"
    assert set((tmp_path / "cache").glob("matching-*")) == before


@pytest.mark.parametrize("limit", [0, 12_000])
def test_what_is_learnt_is_the_same_to_the_byte_on_any_number_of_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    faq = assistant("other").faq
    monkeypatch.setattr(ridge, "EXACTLY", limit)
    kept = []
    for count in (1, 3):
        monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
        matcher = Matcher(faq, tmp_path / str(count))
        list(matcher.held_out())
        kept.append({path.name: path.read_bytes() for path in (tmp_path / str(count)).iterdir()})
    assert kept[0] == kept[1]
    assert kept[0]


def test_margins_of_phrasings_that_are_held_out_do_not_depend_on_how_the_rest_is_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """To .02; nor does the entry that a stray is led to."""
    faq = assistant("other").faq
    together = list(Matcher(faq).held_out())
    monkeypatch.setattr(ridge, "EXACTLY", 0)
    for one, other in zip(together, Matcher(faq).held_out(), strict=True):
        assert one[:2] == other[:2]
        assert one[3] == pytest.approx(other[3], abs=0.02)
        assert one[2] is other[2] or one[3] < STRAY


def test_memory_above_the_limit_is_far_from_the_square_of_the_phrasings(monkeypatch: pytest.MonkeyPatch) -> None:
    """4,000 phrasings are learnt and asked in less than a third of the 64 MB that the kernel between them would take."""
    monkeypatch.setattr(ridge, "EXACTLY", 100)
    count = 4000
    phrasings = [("en", f"{'abcdefgh'[n % 8]}{n % 61} boat {n}") for n in range(count)]
    tracemalloc.start()
    try:
        classifier = _Classifier(phrasings, [n // 40 for n in range(count)], count // 40, None, None)
        cosines = classifier.similarities(phrasings[123][1], "en")
        scores = classifier.outputs(cosines)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert int(scores.argmax()) == 3
    assert int(cosines.argmax()) == 123
    assert peak < count * count * 4 / 3
