"""The language of a question."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from upper import assistant

from bot import language as module
from bot.errors import UsageError
from bot.language import LATIN, Languages
from bot.vocabulary import Vocabulary

KNOWN = {*LATIN, "ru", "uk", "fa", "ar", "ko", "he", "el", "th", "ja", "zh", "hi", "und"}


def detect(text: str, name: str = "other") -> str:
    return Languages(assistant(name).vocabulary).detect(text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Is the ferry running again?"),
        ("en", "ferry status"),
        ("en", "ferry"),
        ("en", "which planet has the most moons"),
        ("es", "¿Ya ha vuelto a funcionar el transbordador?"),
        ("es", "horario de la travesía entre Ostrellin y Pellandry"),
        ("pl", "Czy prom znowu pływa przez jezioro?"),
        ("fr", "Quand est-ce que le ferry va repartir ?"),
        ("de", "Wann fährt die Fähre wieder über den See?"),
        ("it", "Quando riparte il traghetto per l’isola?"),
        ("ru", "Когда снова пойдёт паром?"),
        ("uk", "Коли знову піде пором?"),
        ("ar", "متى تعود العبارة إلى العمل؟"),
        ("fa", "کشتی چه زمانی دوباره کار می‌کند؟"),
        ("ko", "페리는 언제 다시 운항하나요?"),
        ("he", "מתי המעבורת תחזור לפעול?"),
        ("el", "Πότε θα ξαναρχίσει το πλοίο;"),
        ("th", "เรือข้ามฟากจะเปิดเมื่อไร"),
        ("ja", "フェリーはいつ再開しますか"),
        ("zh", "渡轮什么时候恢复"),
        ("hi", "नौका कब फिर से चलेगी"),
    ],
)
def test_a_question_is_in_the_language_that_it_is_in(language: str, text: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "240", "?!", "12:30", "😀", "\u200b", "___"])
def test_a_text_without_a_letter_is_in_no_language(text: str) -> None:
    assert detect(text) == "und"


def test_a_text_in_two_scripts_is_in_that_of_most_letters() -> None:
    """So that a Latin name inside does not decide."""
    assert detect("Когда снова пойдёт паром Otterling?") == "ru"
    assert detect("Otterling 언제 다시 운항하나요 페리") == "ko"


def test_look_alike_letters_do_not_change_the_language() -> None:
    assert detect("Is thе fеrry running agаin?") == "en"


@given(st.text(max_size=60))
def test_any_text_is_in_a_known_language_or_in_none(text: str) -> None:
    assert detect(text) in KNOWN
    assert detect(text) == detect(text)


def test_the_home_language_is_that_of_most_articles() -> None:
    assert Languages(assistant("other").vocabulary).home == "en"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Wann fährt die Fähre wieder über den See?"),
        ("fr", "Quand est-ce que le ferry va repartir ?"),
        ("nl", "Wanneer vaart de veerboot weer over het meer?"),
        ("el", "Πότε θα ξαναρχίσει το πλοίο;"),
        ("ja", "フェリーはいつ再開しますか"),
    ],
)
def test_a_language_of_which_no_file_has_a_word_is_strange(language: str, text: str) -> None:
    assert detect(text) == language
    assert Languages(assistant("other").vocabulary).is_strange(text, language)


@pytest.mark.parametrize(("language", "text"), [("nl", "ferry status"), ("de", "zzyzx qwrtp"), ("tr", "Iskholm ferry"), ("und", "240")])
def test_what_is_not_surely_in_a_language_is_not_strange(language: str, text: str) -> None:
    assert not Languages(assistant("other").vocabulary).is_strange(text, language)


@pytest.mark.parametrize("name", ["other", "real"])
def test_no_language_of_the_files_is_strange(name: str) -> None:
    helper = assistant(name)
    tongues = {language for entry in helper.faq.entries for language, _ in entry.phrasings}
    assert not [t for t in tongues if Languages(helper.vocabulary).is_strange("Wann fährt die Fähre wieder über den See?", t)]


def test_a_model_that_was_kept_tells_what_py3langid_tells(tmp_path: Path) -> None:
    theirs = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    theirs.set_languages(module._TOLD)
    for _ in range(2):
        module._identifier.cache_clear()
        for text in ("where is the ferry", "¿dónde está?", "де пором", "", "zzz qwr"):
            assert module._identifier(tmp_path)(text) == theirs.classify(text)


def test_where_no_temporary_file_can_be_written_the_message_names_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a read-only root: one line, no traceback."""
    helper = assistant("other")
    languages = Languages(Vocabulary(helper.corpus, helper.faq))
    monkeypatch.setattr(tempfile, "tempdir", "/proc")
    module._identifier.cache_clear()
    with pytest.raises(UsageError, match="name a folder with room in TMPDIR"):
        languages.prepare()
    monkeypatch.undo()
    languages.prepare()
