"""Frame sentences: all that the bot says in words of its own, in every language that it speaks.

Each is true of the program, countable in the corpus or recorded by a reviewer; none says anything about the world.
English is the original. The others have not been read by a speaker of the language yet (see REVIEWED).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

REVIEWED = frozenset({"en"})
"""Languages whose sentences a speaker has read."""
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

CATALOGUE: Mapping[str, Mapping[str, str]] = {
    "disagree": {
        "en": "The sources disagree.",
        "es": "Las fuentes no coinciden.",
        "ar": "المصادر غير متفقة.",
        "fa": "منابع با هم اختلاف دارند.",
        "ru": "Источники расходятся.",
        "uk": "Джерела розходяться.",
        "ko": "출처들의 내용이 서로 다릅니다.",
        "pl": "Źródła są niezgodne.",
    },
    "newest_first": {
        "en": "Newest first; newest source {date}.",
        "es": "Primero lo más reciente; fuente más reciente: {date}.",
        "ar": "الأحدث أولاً؛ أحدث مصدر: {date}.",
        "fa": "تازه‌ترین در آغاز؛ تازه‌ترین منبع: {date}.",
        "ru": "Сначала самое новое; новейший источник: {date}.",
        "uk": "Спочатку найновіше; найновіше джерело: {date}.",
        "ko": "최신순; 가장 최근 출처: {date}.",
        "pl": "Najpierw najnowsze; najnowsze źródło: {date}.",
    },
    "until": {
        "en": "As known on {date}.",
        "es": "Según lo conocido hasta el {date}.",
        "ar": "حسب ما كان معروفاً في {date}.",
        "fa": "بر پایهٔ آنچه تا {date} معلوم بود.",
        "ru": "По состоянию на {date}.",
        "uk": "Станом на {date}.",
        "ko": "{date} 기준.",
        "pl": "Stan na {date}.",
    },
    "role_answer": {"en": "Answer", "es": "Respuesta", "ar": "الإجابة", "fa": "پاسخ", "ru": "Ответ", "uk": "Відповідь", "ko": "답변", "pl": "Odpowiedź"},
    "role_caveat": {"en": "Caveat", "es": "Salvedad", "ar": "تحفّظ", "fa": "قید", "ru": "Оговорка", "uk": "Застереження", "ko": "단서", "pl": "Zastrzeżenie"},
    "role_context": {"en": "Context", "es": "Contexto", "ar": "السياق", "fa": "زمینه", "ru": "Контекст", "uk": "Контекст", "ko": "맥락", "pl": "Kontekst"},
    "role_earlier": {"en": "Earlier", "es": "Antes", "ar": "سابقاً", "fa": "پیش‌تر", "ru": "Ранее", "uk": "Раніше", "ko": "이전", "pl": "Wcześniej"},
    "role_other_side": {"en": "Other side", "es": "Otra versión", "ar": "رواية أخرى", "fa": "روایت دیگر", "ru": "Другая версия", "uk": "Інша версія", "ko": "다른 주장", "pl": "Inna wersja"},
    "against": {
        "en": "against {quotes}",
        "es": "frente a {quotes}",
        "ar": "خلافاً لـ {quotes}",
        "fa": "در برابر {quotes}",
        "ru": "в отличие от {quotes}",
        "uk": "на відміну від {quotes}",
        "ko": "{quotes}와(과) 다름",
        "pl": "inaczej niż {quotes}",
    },
    "also_in": {
        "en": "the statement also in {outlets}",
        "es": "la declaración también en {outlets}",
        "ar": "التصريح أيضاً في {outlets}",
        "fa": "همین گفته در {outlets}",
        "ru": "то же заявление: {outlets}",
        "uk": "та сама заява: {outlets}",
        "ko": "같은 발언: {outlets}",
        "pl": "to samo oświadczenie: {outlets}",
    },
    "undated": {"en": "undated", "es": "sin fecha", "ar": "بلا تاريخ", "fa": "بدون تاریخ", "ru": "без даты", "uk": "без дати", "ko": "날짜 없음", "pl": "bez daty"},
    "update_of": {
        "en": "update of {date}",
        "es": "actualización del {date}",
        "ar": "تحديث {date}",
        "fa": "به‌روزرسانی {date}",
        "ru": "обновление от {date}",
        "uk": "оновлення від {date}",
        "ko": "{date} 업데이트",
        "pl": "aktualizacja z {date}",
    },
    "republished": {
        "en": "republished from {outlet}",
        "es": "republicado de {outlet}",
        "ar": "إعادة نشر عن {outlet}",
        "fa": "بازنشر از {outlet}",
        "ru": "перепечатка: {outlet}",
        "uk": "передрук: {outlet}",
        "ko": "{outlet}에서 재게재",
        "pl": "przedruk z {outlet}",
    },
    "republished_unknown": {
        "en": "republished, original outlet not known",
        "es": "republicado, medio original desconocido",
        "ar": "إعادة نشر، المصدر الأصلي غير معروف",
        "fa": "بازنشر، رسانهٔ اصلی نامعلوم",
        "ru": "перепечатка, первоисточник не известен",
        "uk": "передрук, першоджерело невідоме",
        "ko": "재게재, 원 매체 미상",
        "pl": "przedruk, pierwotne źródło nieznane",
    },
    "translated": {
        "en": "translated from {language}",
        "es": "traducido del {language}",
        "ar": "مترجم عن {language}",
        "fa": "ترجمه از {language}",
        "ru": "перевод, язык оригинала: {language}",
        "uk": "переклад, мова оригіналу: {language}",
        "ko": "{language}에서 번역",
        "pl": "tłumaczenie, język oryginału: {language}",
    },
    "speaks": {
        "en": "This bot speaks {languages}.",
        "es": "Este bot habla {languages}.",
        "ar": "يتحدث هذا البوت {languages}.",
        "fa": "این ربات به این زبان‌ها پاسخ می‌دهد: {languages}.",
        "ru": "Языки этого бота: {languages}.",
        "uk": "Мови цього бота: {languages}.",
        "ko": "이 봇이 쓰는 언어: {languages}.",
        "pl": "Języki tego bota: {languages}.",
    },
    "searched_as": {
        "en": "{typed}: searched as {searched}.",
        "es": "{typed}: buscado como {searched}.",
        "ar": "{typed}: جرى البحث عن {searched}.",
        "fa": "{typed}: با نام {searched} جست‌وجو شد.",
        "ru": "{typed}: искали как {searched}.",
        "uk": "{typed}: шукали як {searched}.",
        "ko": "{typed}: {searched}(으)로 검색했습니다.",
        "pl": "{typed}: wyszukano jako {searched}.",
    },
    "not_mentioned": {
        "en": "No source mentions {names}.",
        "es": "Ninguna fuente menciona {names}.",
        "ar": "لا يذكر أي مصدر {names}.",
        "fa": "هیچ منبعی از {names} نام نمی‌برد.",
        "ru": "Ни один источник не упоминает: {names}.",
        "uk": "Жодне джерело не згадує: {names}.",
        "ko": "{names}: 언급하는 출처가 없습니다.",
        "pl": "Żadne źródło nie wspomina: {names}.",
    },
    "not_stated": {
        "en": "The sources do not say.",
        "es": "Las fuentes no lo dicen.",
        "ar": "المصادر لا تذكر ذلك.",
        "fa": "منابع در این باره چیزی نمی‌گویند.",
        "ru": "В источниках об этом не сказано.",
        "uk": "У джерелах про це не сказано.",
        "ko": "출처에는 그 내용이 없습니다.",
        "pl": "Źródła o tym nie mówią.",
    },
    "not_found": {
        "en": "No answer was found in the sources.",
        "es": "No se encontró respuesta en las fuentes.",
        "ar": "لم يُعثر على إجابة في المصادر.",
        "fa": "پاسخی در منابع پیدا نشد.",
        "ru": "Ответ в источниках не найден.",
        "uk": "Відповіді в джерелах не знайдено.",
        "ko": "출처에서 답을 찾지 못했습니다.",
        "pl": "Nie znaleziono odpowiedzi w źródłach.",
    },
    "nearest_unsure": {
        "en": "Nearest in the sources (may not answer):",
        "es": "Lo más cercano en las fuentes (quizá no responda):",
        "ar": "الأقرب في المصادر (قد لا يجيب):",
        "fa": "نزدیک‌ترین در منابع (شاید پاسخ نباشد):",
        "ru": "Ближайшее в источниках (возможно, не ответ):",
        "uk": "Найближче в джерелах (можливо, не відповідь):",
        "ko": "출처에서 가장 가까운 내용(답이 아닐 수 있음):",
        "pl": "Najbliższe w źródłach (może nie odpowiadać):",
    },
    "off_topic": {
        "en": "No word of this question's topic is in the sources.",
        "es": "Ninguna palabra del tema de esta pregunta está en las fuentes.",
        "ar": "لا ترد في المصادر أي كلمة من موضوع هذا السؤال.",
        "fa": "هیچ واژه‌ای از موضوع این پرسش در منابع نیست.",
        "ru": "Ни одного слова по теме этого вопроса нет в источниках.",
        "uk": "Жодного слова з теми цього запитання немає в джерелах.",
        "ko": "이 질문의 주제어가 출처에 없습니다.",
        "pl": "Żadnego słowa z tematu tego pytania nie ma w źródłach.",
    },
    "unclear": {
        "en": "What would you like to know?",
        "es": "¿Qué te gustaría saber?",
        "ar": "ما الذي تريد معرفته؟",
        "fa": "چه می‌خواهید بدانید؟",
        "ru": "Что вы хотите узнать?",
        "uk": "Що ви хочете дізнатися?",
        "ko": "무엇을 알고 싶으신가요?",
        "pl": "Czego chcesz się dowiedzieć?",
    },
    "empty": {
        "en": "No question was asked.",
        "es": "No se ha hecho ninguna pregunta.",
        "ar": "لم يُطرح أي سؤال.",
        "fa": "پرسشی مطرح نشد.",
        "ru": "Вопрос не задан.",
        "uk": "Запитання не поставлено.",
        "ko": "질문이 없습니다.",
        "pl": "Nie zadano pytania.",
    },
    "too_long": {
        "en": "The question is longer than {limit} characters; please shorten it.",
        "es": "La pregunta supera los {limit} caracteres; acórtala, por favor.",
        "ar": "السؤال أطول من {limit} حرف؛ يرجى اختصاره.",
        "fa": "پرسش از {limit} نویسه بلندتر است؛ لطفاً کوتاهش کنید.",
        "ru": "Вопрос длиннее {limit} знаков; сократите его.",
        "uk": "Запитання довше за {limit} знаків; скоротіть його.",
        "ko": "질문이 {limit}자를 넘습니다. 줄여 주세요.",
        "pl": "Pytanie ma ponad {limit} znaków; skróć je.",
    },
    "nearest": {
        "en": "Nearest in the sources (does not answer):",
        "es": "Lo más cercano en las fuentes (no responde):",
        "ar": "الأقرب في المصادر (لا يجيب):",
        "fa": "نزدیک‌ترین در منابع (پاسخ نیست):",
        "ru": "Ближайшее в источниках (это не ответ):",
        "uk": "Найближче в джерелах (це не відповідь):",
        "ko": "출처에서 가장 가까운 내용(답이 아님):",
        "pl": "Najbliższe w źródłach (nie odpowiada):",
    },
    "can_ask": {
        "en": "You can ask, for example:",
        "es": "Puedes preguntar, por ejemplo:",
        "ar": "يمكنك أن تسأل مثلاً:",
        "fa": "برای نمونه می‌توانید بپرسید:",
        "ru": "Можно спросить, например:",
        "uk": "Можна запитати, наприклад:",
        "ko": "예를 들어 이렇게 물어볼 수 있습니다:",
        "pl": "Możesz zapytać na przykład:",
    },
    "next": {"en": "Next:", "es": "Siguiente:", "ar": "التالي:", "fa": "بعدی:", "ru": "Дальше:", "uk": "Далі:", "ko": "다음:", "pl": "Dalej:"},
    "sources_used": {
        "en": "Answers are quotes from {count} articles, word for word.",
        "es": "Las respuestas son citas literales de {count} artículos.",
        "ar": "الإجابات اقتباسات حرفية من {count} مقالات.",
        "fa": "پاسخ‌ها نقل‌قول‌های واژه‌به‌واژه از {count} مقاله‌اند.",
        "ru": "Ответы — дословные цитаты; статей: {count}.",
        "uk": "Відповіді — дослівні цитати; статей: {count}.",
        "ko": "답변은 기사 {count}건에서 그대로 인용합니다.",
        "pl": "Odpowiedzi to dosłowne cytaty; liczba artykułów: {count}.",
    },
    "left_out": {
        "en": "Quotes left out here for length: {count}.",
        "es": "Citas omitidas aquí por extensión: {count}.",
        "ar": "اقتباسات حُذفت هنا لطول الرسالة: {count}.",
        "fa": "نقل‌قول‌هایی که برای کوتاهی اینجا نیامده‌اند: {count}.",
        "ru": "Цитат, не поместившихся здесь: {count}.",
        "uk": "Цитат, що тут не вмістилися: {count}.",
        "ko": "길이 때문에 여기서 생략한 인용: {count}개.",
        "pl": "Cytaty pominięte tu z braku miejsca: {count}.",
    },
    "failed": {
        "en": "Something went wrong; the log has it as {id}.",
        "es": "Algo ha fallado; en el registro figura como {id}.",
        "ar": "حدث خطأ؛ وهو في السجل بالرقم {id}.",
        "fa": "خطایی رخ داد؛ در گزارش با شناسهٔ {id} ثبت شده است.",
        "ru": "Что-то пошло не так; в журнале это {id}.",
        "uk": "Щось пішло не так; у журналі це {id}.",
        "ko": "문제가 발생했습니다. 기록 번호: {id}.",
        "pl": "Coś poszło nie tak; w dzienniku to {id}.",
    },
    "command_ask": {
        "en": "Ask a question; answers are quotes from the sources, word for word.",
        "es": "Haz una pregunta; las respuestas son citas literales de las fuentes.",
        "ar": "اطرح سؤالاً؛ الإجابات اقتباسات حرفية من المصادر.",
        "fa": "پرسشی بپرسید؛ پاسخ‌ها نقل‌قول‌های واژه‌به‌واژه از منابع‌اند.",
        "ru": "Задать вопрос; ответы — дословные цитаты из источников.",
        "uk": "Поставити запитання; відповіді — дослівні цитати з джерел.",
        "ko": "질문하기. 답변은 출처에서 그대로 인용합니다.",
        "pl": "Zadaj pytanie; odpowiedzi to dosłowne cytaty ze źródeł.",
    },
    "option_question": {
        "en": "What you want to know",
        "es": "Lo que quieres saber",
        "ar": "ما تريد معرفته",
        "fa": "آنچه می‌خواهید بدانید",
        "ru": "Что вы хотите узнать",
        "uk": "Що ви хочете дізнатися",
        "ko": "알고 싶은 내용",
        "pl": "Co chcesz wiedzieć",
    },
    "option_private": {
        "en": "Show the answer to you alone",
        "es": "Mostrarte la respuesta solo a ti",
        "ar": "إظهار الإجابة لك وحدك",
        "fa": "پاسخ فقط به شما نشان داده شود",
        "ru": "Показать ответ только вам",
        "uk": "Показати відповідь лише вам",
        "ko": "나에게만 답변 보이기",
        "pl": "Pokaż odpowiedź tylko tobie",
    },
}  # fmt: skip

_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]


def speaks(language: str) -> bool:
    """True where the bot speaks `language`."""
    return language.split("-")[0] in CATALOGUE["disagree"]


def spoken(language: str) -> str:
    """The language that the bot answers in for a question in `language`: the same where it speaks it, else English."""
    return language.split("-")[0] if speaks(language) else "en"


def languages(language: str) -> str:
    """The names, in `language`, of the languages that the bot speaks."""
    return ", ".join(language_name(code, language) for code in CATALOGUE["disagree"])


def say(name: str, language: str, /, **values: object) -> str:
    """The frame sentence `name` in `language` (English where the bot does not speak it), with `values` put in."""
    sentence = CATALOGUE[name]
    return sentence.get(spoken(language), sentence["en"]).format(**values)


def date(value: datetime.date, language: str) -> str:
    """A date as people of `language` write it, such as 14 September 2021 (Unicode CLDR, through Babel)."""
    tongue = spoken(language)
    if tongue == "en":
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    from babel.dates import format_date

    return format_date(value, "long", locale=tongue)


def language_name(code: str, language: str) -> str:
    """The name of the language `code` in `language` (Unicode CLDR, through Babel); the code where it is not known."""
    from babel.core import Locale, UnknownLocaleError

    try:
        return Locale.parse(spoken(language)).languages.get(code, code) or code
    except (UnknownLocaleError, ValueError):
        return code
