"""What a question asks: its language, what it names, what the sources lack, what is searched instead of what was typed."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

from bot.corpus import Corpus, Span
from bot.faq import Entry
from bot.language import Languages
from bot.lexicon import Lexicon, Name, synonym_stems
from bot.matching import Matcher
from bot.passages import Passages
from bot.places import calendar_names, place_at
from bot.text import SURROGATE, WORD, clean, fold, is_stop, numbers, script, stem, terms, visible, words
from bot.vocabulary import SHORTEST_TYPO, Vocabulary

LONGEST = 2000
"""Characters; a longer question is refused, never cut."""
SAME_TYPO = 0.8
"""Damerau–Levenshtein similarity from which an unknown word is read as a word of the corpus (research: .8)."""
_STATUS = re.compile(
    r"\b(?:now|still|yet|already|again|anymore|any more|currently|current|latest|newest|today|tonight|status|over(?! (?:there|here|the|an?|\d))|ended|finished|resolved|fixed"
    r"|so far|nowadays|these days|at the moment|update[ds]?"
    r"|ahora|todav[ií]a|a[uú]n|ya|sigue|siguen|seguimos|actualmente|hoy"
    r"|teraz|nadal|jeszcze|ju[zż]|wci[aą][zż]|obecnie|znowu|dzi[sś]"
    r"|сейчас|ещё|еще|уже|теперь|снова|до сих пор|зараз|досі|ще|вже|тепер|знову"
    r"|الان|الآن|حاليا|حالياً|مازال|لسه|لسا|هنوز|اکنون|فعلا|دیگه)\b|لا يزال|ما زال|지금|아직|현재|이제|다시|여전히|요즘",
    re.I,
)
"""Words that ask how things stand, in the languages that the bot speaks."""
_PAST = re.compile(
    r"\b(?:before|until when|up to (?:when|which)|in the past|(?:former|earlier|previous|past) (?:years?|times?|days)|previously|formerly|used to|back then|in (?:19|20)\d\d"
    r"|antes|раньше|прежде|раніше|wcześniej|dawniej|قبلا|سابقا)\b|예전|전에|이전",
    re.I,
)
"""Words that ask how things stood."""
_INCIDENTAL = re.compile(
    r"\b(?:(?:(?:(?:bought|buy|purchased?|got|ordered|activated|registered|used|made|brought|carried|came|shipped|imported)\b[^.,;!?]{0,30}?\b)?from"
    r"|(?:bought|buy|purchased?|got|ordered|activated|registered|made)\b[^.,;!?]{0,30}?\bin"
    r"|desde|tra(?:en|jo|je|jeron|ído|ída)\b[^.,;!?]{0,30}?\bde|(?:comprad[oa]s?|compr[éó]|compraron|activad[oa]s?|activ[éó]|usad[oa]s?|usé)\b[^.,;!?]{0,30}?\ben"
    r"|ze?|(?:kupi[łl]|kupion|aktywowa[nł])\w*\b[^.,;!?]{0,30}?\bwe?"
    r"|из|со?|зі?|із|(?:купил|куплен|купив|придба[вн]|приобр[её]|активирован|активирова[лн]|активова[вн])\w*\b[^.,;!?]{0,30}?\b[ву]"
    r"|من|از|(?:اشتري|شري|مشتر)\w*\b[^.,;!?؟،]{0,30}?\bفي)\s+(?:the\s+|la\s+|el\s+)?)$",
    re.I,
)
"""What stands before a place that the phone, or whoever it is about, comes from: the question is not about that place."""
_COMES_FROM = re.compile(r"\s+(?:اکتیو|فعال|خرید)|(?<=에서)\s+(?:산|샀|사서|구입|구매|개통|활성화|쓰던|가져)")
"""The same after the place, in languages whose verb comes last."""
KEPT = 512
"""Names of which it is kept whether a text mentions them."""
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,200}>|\bhttps?://[^\s)\]>]+")
_SPACED = re.compile(r"(?<!\S)[A-Za-z](?: [A-Za-z]){2,}(?!\S)")
"""Three Latin letters or more, each standing alone."""
_BREAKS = re.compile("[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
"""All that begins a new line anywhere, and tabs."""
_SPECIAL_NUMBERS = {"100", "24", "50"}
"""Numbers of idioms (100 %, 24/7, 50:50), never looked up."""
_MAGNITUDES = frozenset({"hundred", "thousand", "million", "millions", "billion", "billions"})


@dataclass(frozen=True, slots=True)
class Question:
    """A question, understood."""

    typed: str
    """As asked, without control characters."""
    language: str
    text: str
    """What is matched with phrasings: typos mended, places replaced by the places that the articles name."""
    terms: tuple[str, ...] = ()
    """What is searched, analysed in the corpus' language."""
    searched_as: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()
    """Names and numbers, as typed, that no source mentions."""
    foreign: bool = False
    """Whether one of the absent is a country, a territory or an amount: then the question is about what no source mentions."""
    present: bool = False
    """Whether it also names something that the sources do mention."""
    phrasing_of: Entry | None = None
    """The entry that has just these words as a phrasing."""
    about_status: bool = False
    when: frozenset[str] = frozenset()
    """Terms that ask how things stand at a time, such as `today`: they say nothing of what is asked about."""


def shown(text: str) -> str:
    """`text` as it can be shown: no control characters, lone surrogates as U+FFFD, line breaks as spaces."""
    if text.isascii() and text.isprintable():
        return text
    if SURROGATE.search(text):
        try:
            text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # bytes that the command line could not decode
        except UnicodeEncodeError:
            text = SURROGATE.sub("\ufffd", text)
    return visible(_BREAKS.sub(" ", text))


def unmarked(text: str) -> str:
    """`text` without tags, addresses and the targets of links, with letters that were spaced out put together again: for matching only."""
    text = _MARKUP.sub(" ", text)
    return _SPACED.sub(lambda found: found.group().replace(" ", ""), text)


class Texts(Protocol):
    """What is asked of all texts of a corpus."""

    def has_word(self, word: str) -> bool:
        """True where a text has the folded word."""
        ...

    def has_stem(self, stem: str) -> bool:
        """True where a text has a word with that stem in the language of most articles."""
        ...

    def is_of_a_source(self, word: str) -> bool:
        """True where the folded word is part of a title, a publisher's or an author's name."""
        ...

    def has_number(self, number: str) -> bool:
        """True where a text or a date has the number, or it is a part of one."""
        ...

    def mentions(self, name: str) -> bool:
        """True where a text has the words of `name`, in whatever case, one after another."""
        ...

    @property
    def listing(self) -> tuple[Span, ...] | None:
        """What to show where a place is not mentioned; None: what is nearest to the question."""
        ...


class AllTexts:
    """The texts of a corpus that is held in memory."""

    def __init__(self, corpus: Corpus, home: str, folder: Path | None) -> None:
        self._corpus, self._folder = corpus, folder
        found = frozenset(w for a in corpus.articles.values() for w in words(a.text))
        self.has_word = found.__contains__
        self.has_stem = frozenset(stem(w, home) for w in found).__contains__
        self.has_number = frozenset(
            part
            for a in corpus.articles.values()
            for text in (a.text, *map(str, (a.published, a.updated)))
            for n in numbers(text)
            for part in (n, *(p.lstrip("0") for p in re.split(r"[.,:/]", n)))
        ).__contains__
        self.is_of_a_source = frozenset(
            w for a in corpus.articles.values() for name in (a.publisher, a.author, a.title) if name for w in words(name)
        ).__contains__
        self._folded = [f" {' '.join(words(a.text)).casefold()} " for a in corpus.articles.values()]
        self.mentions = lru_cache(maxsize=KEPT)(self._mentions)

    def _mentions(self, name: str) -> bool:
        """True where a text has the words of `name`, in whatever case, one after another."""
        wanted = f" {' '.join(words(name)).casefold()} "
        return any(wanted in text for text in self._folded)

    @cached_property
    def listing(self) -> tuple[Span, ...]:
        """Of the sentences that name the most countries and territories, the newest: what to show where a place is not mentioned."""

        def named(sentence: Span) -> int:
            folded = tuple(words(sentence.text))
            return len(
                {
                    place[1]
                    for at in range(len(folded))
                    if not is_stop(folded[at].casefold()) and (place := place_at(folded, at, sentence.article.language, "en", self._folder))
                }
            )

        counted = [(named(s), s) for s in self._corpus.sentences]
        most = max((count for count, _ in counted), default=0)
        listing = [s for count, s in counted if count > 1 and count >= 0.7 * most]
        best = min(listing, key=lambda s: (-(s.asserted or datetime.date.min).toordinal(), s.end - s.start, s.key), default=None)
        return (best,) if best else ()


class Reader:
    """Understands questions with what one corpus, its lexicon and its FAQ know."""

    def __init__(self, texts: Texts, passages: Passages, lexicon: Lexicon, languages: Languages, vocabulary: Vocabulary, matcher: Matcher) -> None:
        self._texts = texts
        self._matcher = matcher
        self._passages = passages
        self._lexicon = lexicon
        self._languages = languages
        self._vocabulary = vocabulary
        self._synonyms = synonym_stems(lexicon, languages.home)
        self._known_places = frozenset(name.means for name in lexicon.names if name.inside)

    @property
    def listing(self) -> tuple[Span, ...] | None:
        """What to show where a place is not mentioned; None: what is nearest to the question."""
        return self._texts.listing

    def read(self, typed: str, language: str | None = None) -> Question:
        """Understand `typed`; `language` overrides what is recognised."""
        typed = shown(typed)
        known = self._matcher.exact(typed)
        tongue = language or (known[0] if known else self._languages.detect(typed))
        cleaned = unmarked(clean(typed))
        tokens = [(m.group(), m.start(), m.end()) for m in WORD.finditer(cleaned)]
        folded = [fold(t).replace("'", "") for t, _, _ in tokens]
        searched: list[tuple[str, str]] = []
        extra: list[str] = []
        covered: set[int] = set()
        edits: list[tuple[int, int, str]] = []
        at = 0
        while at < len(tokens):
            name = self._lexicon.find(folded, at)
            if name and not self._part_of_longer_name(folded, at, len(name.typed), tongue) and not self._stop_name(name, tokens, folded, at):
                end = at + len(name.typed)
                covered.update(range(at, end))
                written = cleaned[tokens[at][1] : tokens[end - 1][2]]
                if fold(written) != fold(name.means):
                    searched.append((written, name.means))
                extra.append(name.means)
                if name.inside:
                    edits.append((tokens[at][1], tokens[end - 1][2], self._lexicon.local(name.means, tongue)))
                at = end
            else:
                at += 1
        absent = [] if known and not known[1].known_unknown else self._absent(tokens, folded, covered, tongue, cleaned)
        if tongue == self._languages.home and not known:
            for i, correction in self._typos(tokens, folded, covered, [name for name, _ in absent]).items():
                searched.append((tokens[i][0], correction))
                edits.append((tokens[i][1], tokens[i][2], correction))
        text = cleaned
        for start, stop, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[stop:]
        query = terms(text, self._languages.home) + [t for name in extra for t in terms(name, self._languages.home)]
        return Question(
            typed,
            tongue,
            text,
            tuple(dict.fromkeys(self._in_corpus(query))),
            tuple(dict.fromkeys(searched)),
            tuple(dict.fromkeys(name for name, _ in absent)),
            foreign=any(foreign for _, foreign in absent),
            present=bool(absent) and self._names_a_known_place(folded, tongue, extra, [name for name, _ in absent]),
            phrasing_of=known[1] if known else None,
            about_status=bool(_STATUS.search(cleaned)) and not _PAST.search(cleaned),
            when=frozenset(terms(" ".join(_STATUS.findall(text)), self._languages.home)),
        )

    def _in_corpus(self, query: list[str]) -> list[str]:
        """Query terms, each that the corpus lacks replaced by its synonyms that the corpus has."""
        found: list[str] = []
        for term in query:
            if self._passages.holds(term) or term not in self._synonyms:
                found.append(term)
            else:
                found += [s for s in self._synonyms[term] if self._passages.holds(s)] or [term]
        return found

    def _stop_name(self, name: Name, tokens: list[tuple[str, int, int]], folded: list[str], at: int) -> bool:
        """True where a short name, such as US, is here the everyday word."""
        if len(name.typed) > 1 or len(name.typed[0]) > 3 or not is_stop(folded[at].casefold()):
            return False
        return not (tokens[at][0].isupper() or (at and folded[at - 1] == "the"))

    def _part_of_longer_name(self, folded: list[str], at: int, length: int, language: str) -> bool:
        """True where the name is a part of a longer one that the sources lack: South Sudan is not Sudan."""
        for start in range(max(0, at - 3), at + 1):
            place = self._place_at(folded, start, language)
            if place and start + place[0] >= at + length and place[0] > length and not self._texts.mentions(place[1]):
                return True
        return False

    def _absent(self, tokens: list[tuple[str, int, int]], folded: list[str], covered: set[int], language: str, cleaned: str) -> list[tuple[str, bool]]:
        """Names and numbers of the question that no article has, as typed, and whether each is a place or an amount."""
        found: list[tuple[str, bool]] = []
        numbers_known = False
        numbers_missing: list[str] = []
        capitals = sum(t[0][:1].isupper() for t in tokens if t[0][:1].isalpha())
        strange = any(not self._texts.has_word(word) and not is_stop(word.casefold()) for i, word in enumerate(folded) if i not in covered)
        titled = capitals * 2 > sum(t[0][:1].isalpha() for t in tokens)
        i = 0
        while i < len(tokens):
            typed, word = tokens[i][0], folded[i]
            if i in covered:
                i += 1
                continue
            if typed[0].isdigit():
                if self._has_number(word, folded[i + 1] if i + 1 < len(folded) else ""):
                    numbers_known = True
                elif i + 1 < len(tokens) and folded[i + 1] in _MAGNITUDES:
                    found.append((f"{typed} {tokens[i + 1][0]}", True))
                elif len(re.sub(r"\D", "", typed)) >= 2 and word not in _SPECIAL_NUMBERS and not re.search(r"\d[-_]$", cleaned[: tokens[i][1]]):
                    numbers_missing.append(typed)
                i += 1
                continue
            place = self._place_at(folded, i, language) if strange and not is_stop(word.casefold()) else None
            if place and not self._texts.mentions(place[1]) and not self._texts.mentions(" ".join(folded[i : i + place[0]])):
                start, end = tokens[i][1], tokens[i + place[0] - 1][2]
                found.append((cleaned[start:end], not (_INCIDENTAL.search(cleaned[:start]) or _COMES_FROM.match(cleaned, end))))
                i += place[0]
                continue
            if not typed.islower() or language not in _LATIN_LANGUAGES:  # else it is no name
                opening = i == 0 or bool(re.search(r"[.!?:\n\"“(¿¡]\s*$", cleaned[: tokens[i][1]]))
                if self._is_name(typed, word, opening, titled, language) and not self._texts.mentions(word):
                    found.append((typed, False))
            i += 1
        if numbers_missing and not numbers_known:
            found += [(number, False) for number in numbers_missing]
        return found

    def _place_at(self, folded: Sequence[str], at: int, language: str) -> tuple[int, str] | None:
        return place_at(folded, at, language, self._languages.home, self._vocabulary.folder)

    def _is_place(self, name: str) -> bool:
        """True where a name of the lexicon is a place that the articles mention."""
        return name in self._known_places or bool(place_at(tuple(words(name)), 0, "en", "en", self._vocabulary.folder))

    def _names_a_known_place(self, folded: list[str], language: str, extra: list[str], absent: list[str]) -> bool:
        """True where the question also names a country, a territory or a place of the lexicon that an article mentions."""
        if any(self._is_place(name) for name in extra):
            return True
        missing = {word for name in absent for word in words(name)}
        places = (self._place_at(folded, at, language) for at, word in enumerate(folded) if word not in missing and not is_stop(word.casefold()))
        return any(place and self._texts.mentions(place[1]) for place in places)

    def names_strange_place(self, text: str, language: str) -> bool:
        """True where `text` names a country or territory that no article mentions."""
        folded = tuple(words(text))
        places = (self._place_at(folded, at, language) for at, word in enumerate(folded) if not is_stop(word.casefold()))
        return any(place and not self._texts.mentions(place[1]) for place in places)

    def _has_number(self, number: str, unit: str) -> bool:
        """True where an article has the number, with the same unit where that is a power of ten."""
        if unit in _MAGNITUDES:
            return self._texts.mentions(f"{number} {unit}")
        return self._texts.has_number(number) or self._texts.has_number(number.lstrip("0"))

    def _is_name(self, typed: str, word: str, opening: bool, titled: bool, language: str) -> bool:
        """True where a word looks like a name: letters that are capitals inside a sentence, or Latin ones in another script."""
        if (
            len(word) < 3
            or self._texts.has_word(word)
            or self._texts.is_of_a_source(word)
            or word.casefold() in calendar_names(language, self._vocabulary.folder)
            or self._texts.has_stem(stem(word, self._languages.home))
            or is_stop(word.casefold())
        ):
            return False
        if script(word) == "latin" and language not in _LATIN_LANGUAGES:
            return not self._vocabulary.common(word, "en") or typed[:1].isupper()
        inner = typed[1:]
        if any(c.isupper() for c in inner) and not typed.isupper():
            return True
        if language not in ("en", "es", "pl", "fr", "it", "pt", "nl", "tr") or titled:
            return typed[:1].isupper() and titled and not opening and not self._vocabulary.common(word, language)
        return typed[:1].isupper() and not opening and not typed.isupper()

    def _typos(self, tokens: list[tuple[str, int, int]], folded: list[str], covered: set[int], absent: list[str]) -> dict[int, str]:
        """Position → word of the corpus or the FAQ, for words that nobody knows and that are nearly it."""
        found: dict[int, str] = {}
        for i, word in enumerate(folded):
            if i in covered or len(word) < SHORTEST_TYPO or not word.isascii() or not word.isalpha() or tokens[i][0] in absent:
                continue
            if (
                self._texts.has_word(word)
                or is_stop(word)
                or self._vocabulary.knows(word, self._languages.home)
                or self._vocabulary.common(word, self._languages.home)
            ):
                continue
            from rapidfuzz import process
            from rapidfuzz.distance import DamerauLevenshtein

            best = process.extractOne(
                word, self._vocabulary.spelled_like(word, SAME_TYPO), scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=SAME_TYPO
            )
            if best:
                found[i] = best[0]
        return found


_LATIN_LANGUAGES = frozenset({"en", "es", "pl", "fr", "de", "it", "pt", "nl", "tr", "und"})
