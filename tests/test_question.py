"""What a question is read as: its language, what it names, what the sources lack, what is searched instead of what was typed."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upper import assistant

from bot.answer import Answer, Reason, Status
from bot.question import Question, shown
from bot.text import fold
from bot.vocabulary import SHORTEST_TYPO


def read(question: str, name: str = "other", language: str | None = None) -> Question:
    """The question as the assistant understood it."""
    asked = assistant(name).explain(question, language=language).question
    assert asked is not None
    return asked


def real(question: str, language: str | None = None) -> Answer:
    """The answer from the project's own corpus, which names Cuba, Iran, Syria, North Korea, Sudan, Crimea and the United States."""
    return assistant("real").ask(question, language=language)


FERRY = "Is there a ferry to Iskholm?"


@pytest.mark.parametrize(
    ("name", "disguised"),
    [
        ("Cyrillic letters", "Is thеre a fеrry tо Iskhоlm?"),
        ("Greek letters", "Is there α ferry tο Iskhοlm?"),
        ("zero-width spaces", "Is the\u200bre a fer\u200bry to Isk\u200bholm?"),
        ("soft hyphens", "Is there a fer\u00adry to Isk\u00adholm?"),
        ("direction marks", "\u202eIs there a ferry to Iskholm?\u202c"),
        ("full width", "Ｉｓ ｔｈｅｒｅ ａ ｆｅｒｒｙ ｔｏ Ｉｓｋｈｏｌｍ？"),
        ("capitals", "IS THERE A FERRY TO ISKHOLM?"),
        ("accents", "Ïs thérè à fêrry tö Ískhõlm?"),
        ("markup", "**Is** <b>there</b> a ~~ferry~~ [to](https://example.org/x?y=1) `Iskholm`?"),
        ("letters apart", "I s   t h e r e   a   f e r r y   t o   I s k h o l m ?"),
        ("no-break spaces", "Is\u00a0there\u00a0a\u00a0ferry\u00a0to\u00a0Iskholm?"),
    ],
)
def test_a_question_in_disguise_is_answered_like_the_plain_one(name: str, disguised: str) -> None:
    """Look-alike letters, zero-width characters and the like are folded away for matching."""
    plain, other = assistant("other").ask(FERRY), assistant("other").ask(disguised)
    assert other.faq == plain.faq == "iskholm-ferry", name
    assert other.quotes == plain.quotes
    assert other.absent == ()


def test_the_question_is_repeated_as_typed() -> None:
    """Folding is for matching alone."""
    assert read("Is thеre a ferry tо Ískholm?").typed == "Is thеre a ferry tо Ískholm?"


@given(st.text(max_size=100))
def test_what_is_shown_of_a_question_has_no_control_character(text: str) -> None:
    assert not [c for c in shown(text) if unicodedata.category(c) == "Cc"]
    assert shown(shown(text)) == shown(text)


ABSENT = [
    ("en", "Is Venezuela affected?", "Venezuela"),
    ("en", "are phones in venezuela locked", "venezuela"),
    ("en", "Are phones in Germany blocked?", "Germany"),
    ("en", "Is Saudi Arabia affected?", "Saudi Arabia"),
    ("en", "is united kingdom affected", "united kingdom"),
    ("en", "Is New Zealand affected?", "New Zealand"),
    ("es", "¿Está afectada Alemania?", "Alemania"),
    ("es", "¿Está bloqueado mi teléfono en Arabia Saudí?", "Arabia Saudí"),
    ("fr", "Est-ce que les téléphones sont bloqués en Belgique ?", "Belgique"),
    ("ru", "Заблокированы ли телефоны в Германии?", "Германии"),
    ("ru", "Затронута ли Венесуэла?", "Венесуэла"),
    ("uk", "Чи заблоковані телефони в Німеччині?", "Німеччині"),
    ("ar", "هل ألمانيا متأثرة؟", "ألمانيا"),
    ("ar", "هل الهواتف محظورة في فنزويلا؟", "فنزويلا"),
    ("fa", "آیا گوشی‌ها در آلمان قفل شده‌اند؟", "آلمان"),
    ("ko", "독일에서도 휴대폰이 잠기나요?", "독일에서도"),
    ("ko", "베네수엘라도 영향을 받나요?", "베네수엘라도"),
    ("pl", "Czy Niemcy są zablokowane?", "Niemcy"),
]


@pytest.mark.parametrize(("language", "question", "name"), ABSENT)
def test_a_country_that_no_source_mentions_is_absent(language: str, question: str, name: str) -> None:
    """In whatever language it is named, as typed, and the answer says so."""
    answer = real(question)
    assert (answer.language, answer.status is Status.ANSWERED, answer.reason, answer.absent) == (language, False, Reason.NOT_MENTIONED, (name,))


@pytest.mark.parametrize(
    ("question", "name"), [("Are phones in Irak blocked?", "Irak"), ("Does it work in Lisbon?", "Lisbon"), ("Is the phone locked in Baghdad?", "Baghdad")]
)
def test_a_name_that_no_source_mentions_is_told_in_the_answer_too(question: str, name: str) -> None:
    """Also where something is known that may answer."""
    assert real(question).absent == (name,)


@pytest.mark.parametrize(
    "question",
    [
        "Is South Sudan affected?",
        "are phones locked in south sudan",
        "¿Está afectado Sudán del Sur?",
        "Затронут ли Южный Судан?",
        "هل جنوب السودان متأثر؟",
        "Is South Korea affected?",
        "Are phones in south korea locked?",
        "¿Está afectada Corea del Sur?",
        "Затронута ли Южная Корея?",
        "هل كوريا الجنوبية متأثرة؟",
        "대한민국에서도 휴대폰이 잠기나요?",
        "Czy Korea Południowa jest zablokowana?",
    ],
)
def test_the_south_of_a_country_is_another_country(question: str) -> None:
    """South Sudan is not Sudan, South Korea is not North Korea: no source mentions either."""
    answer = real(question)
    assert (answer.status is Status.ANSWERED, answer.reason) == (False, Reason.NOT_MENTIONED)
    assert len(answer.absent) == 1
    assert len(answer.absent[0].split()) == (1 if "대" in question else 3 if " del " in question else 2)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Is Sudan affected?", "Sudan"),
        ("Is North Korea affected?", "North Korea"),
        ("¿Está afectada Corea del Norte?", "North Korea"),
        ("¿Está afectado Sudán?", "Sudan"),
        ("Затронута ли Северная Корея?", "North Korea"),
        ("هل السودان متأثر؟", "Sudan"),
        ("북한에서도 휴대폰이 잠기나요?", "North Korea"),
    ],
)
def test_a_country_that_the_sources_mention_is_not_absent(question: str, name: str) -> None:
    answer = real(question)
    assert answer.absent == ()
    assert name.casefold() in fold(question) or name in [searched for _, searched in answer.searched_as]
    assert any(name in quote.span.text for quote in answer.quotes)


@pytest.mark.parametrize(
    ("question", "typed", "searched"),
    [
        ("Can I get to Kettle Point by boat?", "Kettle Point", "Iskholm"),
        ("is there a ferry to kettle point", "kettle point", "Iskholm"),
        ("How do I get to Isk?", "Isk", "Iskholm"),
        ("Has the INO signed it off?", "INO", "Inland Navigation Office"),
        ("¿cómo llego al lago Vessimar?", "lago Vessimar", "Lake Vessimar"),
    ],
)
def test_a_place_in_a_place_and_another_name_are_searched_as_what_the_articles_name_and_it_is_said(question: str, typed: str, searched: str) -> None:
    answer = assistant("other").ask(question)
    assert answer.searched_as == ((typed, searched),)
    assert answer.absent == ()


@pytest.mark.parametrize(
    ("question", "typed", "searched"),
    [
        ("Is my phone locked in Havana?", "Havana", "Cuba"),
        ("¿Está bloqueado mi teléfono en La Habana?", "La Habana", "Cuba"),
        ("Заблокирован ли мой телефон в Ялте?", "Ялте", "Crimea"),
        ("هل هاتفي مقفل في طهران؟", "طهران", "Iran"),
    ],
)
def test_a_city_is_searched_as_its_country_and_it_is_said(question: str, typed: str, searched: str) -> None:
    assert real(question).searched_as == ((typed, searched),)


def test_us_is_a_country_in_capitals_and_a_pronoun_else() -> None:
    assert ("US", "United States") in read("Do they sell in the US?", "real").searched_as
    assert read("Do they sell it to us?", "real").searched_as == ()


@pytest.mark.parametrize(
    ("question", "typed", "searched"),
    [
        ("Are pasengers paid?", "pasengers", "passengers"),
        ("is the bearng cracked", "bearng", "bearing"),
        ("Who made the rudedr?", "rudedr", "rudder"),
        ("is the suspenssion over", "suspenssion", "suspension"),
    ],
)
def test_a_typo_is_read_as_the_word_of_the_corpus_and_it_is_said(question: str, typed: str, searched: str) -> None:
    assert (typed, searched) in read(question).searched_as


@pytest.mark.parametrize("word", ["fery", "fary", "lke", "bs", "quy", "irak", "iraq", "dek"])
def test_a_word_of_four_letters_or_fewer_is_never_corrected(word: str) -> None:
    assert len(word) < SHORTEST_TYPO
    assert read(f"what about the {word} then").searched_as == ()


@pytest.mark.parametrize("word", ["hurry", "heron", "table", "carrots", "Berlin", "wheels", "burning", "leaf"])
def test_an_everyday_word_is_no_typo(word: str) -> None:
    assert read(f"what about the {word} then").searched_as == ()


@given(st.text(string.ascii_lowercase, min_size=1, max_size=4))
@settings(max_examples=80)
def test_no_short_word_is_ever_corrected(word: str) -> None:
    """Short names of words.yaml are another matter: they are no corrections."""
    names = {" ".join(name.typed) for name in assistant("other").lexicon.names}
    assert word in names or all(typed != word for typed, _ in read(f"is there {word} on board").searched_as)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Were 275 people aboard?", ("275",)),
        ("Were 240 people aboard?", ()),
        ("Was it 240 or 275?", ()),
        ("Does it cost 18,000 crowns?", ()),
        ("Does it cost 19,500 crowns?", ("19,500",)),
        ("Is there a bus at 12:30?", ()),
        ("Is there a bus at 12:45?", ("12:45",)),
        ("Is the bearing RB-440 affected?", ()),
        ("Do all 3 ferries sail?", ()),
        ("Is it 100 percent safe?", ()),
        ("Did it happen in 2023?", ()),
        ("Did it happen in 2019?", ("2019",)),
        ("Were 240 million people aboard?", ("240 million",)),
    ],
)
def test_a_number_that_no_source_has_is_absent(question: str, missing: tuple[str, ...]) -> None:
    """With its unit where that is a power of ten; one number of the question in the sources is enough."""
    assert read(question).absent == missing


def test_a_number_of_one_digit_with_a_power_of_ten_is_looked_up_too() -> None:
    assert read("Were 3 million passengers aboard?").absent == ("3 million",)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Does the free bus stop in Morvund?", ("Morvund",)),
        ("Did Haldenby Engines make the bearing?", ("Haldenby",)),
        ("Is the ferry to Brackwater suspended as well?", ("Brackwater",)),
        ("Is the Otterling in Pellandry?", ()),
        ("What does McGrath say about the ferry?", ("McGrath",)),
    ],
)
def test_a_name_in_capitals_that_no_source_has_is_absent(question: str, missing: tuple[str, ...]) -> None:
    assert tuple(name for name in read(question).absent if name != "Engines") == missing


@pytest.mark.parametrize(
    "question", ["What about Monday?", "¿Qué hay de nuevo? ¿Quién lo dijo?", "Is the Vessimarin Viesti piece the newest?", "And in March?"]
)
def test_days_months_publishers_and_words_that_open_a_sentence_are_not_names_that_no_source_mentions(question: str) -> None:
    """They are capitals, yet nothing that a source could lack."""
    assert read(question).absent == ()


@pytest.mark.parametrize("word", ["now", "still", "yet", "again", "currently", "latest", "today", "at the moment"])
def test_a_question_of_status_is_known_by_its_words(word: str) -> None:
    asked = read(f"are the ferries sailing {word}")
    assert asked.about_status
    assert set(asked.terms) - asked.when == set(read("are the ferries sailing").terms)


@pytest.mark.parametrize(
    "question", ["who made the bearing", "were the ferries sailing before", "did they already sail over there in 2019", "¿salían antes los ferris?"]
)
def test_a_question_without_such_a_word_or_of_how_things_stood_is_not_of_status(question: str) -> None:
    assert not read(question).about_status


def test_the_language_that_is_given_overrides_the_one_that_is_recognised() -> None:
    assert read("ferry").language == "en"
    assert read("ferry", language="es").language == "es"


@pytest.mark.parametrize("language", ["en", "es", "en-GB", "pt-BR", "zz", "x", "../../etc", "EN", "a" * 50, "\u200b"])
def test_any_language_tag_is_taken(language: str) -> None:
    """It is given back as it was given."""
    assert assistant("other").ask(FERRY, language=language).language == language


def test_a_synonym_is_searched_where_the_sources_lack_the_word() -> None:
    """`reimbursement` is in no article; `refund` is."""
    assert "refund" in read("reimbursement").terms


@pytest.mark.parametrize(
    ("question", "asked_about"),
    [
        ("Is there a ferry to Germany?", True),
        ("I brought my bicycle from Germany, can I take it on the ferry?", False),
        ("My ticket was bought at a shop in Germany, is it refunded?", False),
        ("Mi billete fue comprado en Alemania, ¿me devuelven el dinero?", False),
        ("¿Hay ferris a Alemania?", True),
        ("Купил билет в Германии, вернут деньги?", False),
        ("Мій квиток з Німеччини, чи повернуть гроші?", False),
        ("Чи можна доїхати до Німеччини?", True),
        ("Mam bilet z Niemiec, zwrócą pieniądze?", False),
        ("تذكرتي من ألمانيا، هل تُرد النقود؟", False),
        ("بلیتم از آلمان است، پولش برمی‌گردد؟", False),
        ("독일에서 산 표인데 환불되나요?", False),
    ],
)
def test_a_place_that_something_comes_from_is_not_what_is_asked_about(question: str, asked_about: bool) -> None:
    """It is told that no source mentions it, and the rest of the question may still be answered."""
    asked = read(question)
    assert len(asked.absent) == 1
    assert asked.foreign is asked_about
