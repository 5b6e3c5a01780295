"""Function words that change what a sentence claims: negation, opposites, doubt, attribution, the present state.

Knowledge of languages, not of a corpus. English is measured (`python -m benchmarks.relations`); the other languages have
their surest words, unmeasured. A language that is not here has none of these signs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.text import clean, is_stop, numbers, shingles, stem, words

NEGATES = 3
"""How many words after a negation its first content word may stand."""
SAME_STATEMENT = 0.8
"""Share of common 3-word shingles from which two sentences with the same numbers and negations are one statement (research:
true copies .86, the nearest others .62)."""
SHORTEST_COPY = 3
"""Shingles of the shorter text, at least: fewer are a turn of speech."""
_NEGATIONS: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        """not no never nobody none nothing neither nor without longer cannot cant dont doesnt didnt wont wouldnt isnt arent wasnt
        werent hasnt havent hadnt couldnt shouldnt""".split()
    ),
    "es": frozenset("no nunca nadie ninguno ninguna nada ni sin tampoco".split()),
    "fr": frozenset("ne pas jamais aucun aucune rien ni sans".split()),
    "de": frozenset("nicht nie niemand kein keine keinen keiner nichts weder ohne".split()),
    "ru": frozenset("не нет никогда никто ничего без нельзя".split()),
    "uk": frozenset("не немає ніколи ніхто нічого без".split()),
    "pl": frozenset("nie nigdy nikt nic bez".split()),
}
_OPPOSING_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "en": ("un", "dis", "de", "non"), "es": ("des", "in"), "fr": ("de", "in"), "de": ("un", "ent"), "ru": ("не", "раз"), "uk": ("не", "роз"), "pl": ("nie", "od"),
}  # fmt: skip
_SHORTEST_ROOT = 4
_OPPOSITES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "en": (
        ("open reopen", "close shut"),
        ("start begin restart resume run operate work sail fly function", "stop halt suspend cancel cease end fail strand ground"),
        ("allow permit authorise legalise approve", "ban bar prohibit forbid outlaw reject veto"),
        ("free release", "arrest detain jail imprison"),
        ("rise increase grow climb", "fall decrease drop shrink decline"),
        ("confirm admit accept", "deny dispute refute"),
        ("win", "lose"),
        ("safe", "dangerous"),
        ("alive survive", "dead die kill"),
        ("back", "out"),
        ("impose", "lift"),
    )
}
"""Words of one kind of event: on the left it goes on, on the right it does not."""
_DOUBT: Mapping[str, str] = {
    "en": r"(?:\b(?:not|never|nobody|no one|cannot|unable to|yet to|impossible to)\b|n't\b)[^.;,]{0,30}?\b(?:clear|known?|verif\w+|confirm\w*|certain|sure|proven?|say when|promised?|establish(?:ed)?|date|been set)\b"
    r"|\b(?:unclear|unverified|unconfirmed|unproven|unknown|uncertain|rumou?rs?|guess|speculation|allegation|if true|remains to be seen|no (?:evidence|proof|confirmation|guarantee))\b",
    "es": r"\bno (?:se sabe|está claro|se ha confirmado|(?:hemos|se) pud\w+ (?:verificar|confirmar))\b|\b(?:sin confirmar|se desconoce|de ser cierto)\b",
    "fr": r"\b(?:on ne sait pas|pas (?:clair|confirmé|vérifié)|non (?:confirmé|vérifié)|reste à voir)\b",
    "de": r"\b(?:unklar|unbestätigt|unbekannt|nicht (?:klar|bekannt|bestätigt|überprüft|verifiziert))\b",
    "ru": r"\b(?:неизвестно|неясно|не (?:ясно|подтвержд\w+|подтверди\w+|проверен\w*))\b",
    "uk": r"\b(?:невідомо|незрозуміло|не (?:підтвердж\w+|підтверди\w+|перевірен\w+))\b",
    "pl": r"\b(?:nie (?:wiadomo|jest jasne|potwierdz\w+|potwierdził\w*|zweryfikowan\w+)|niejasne)\b",
}
_REFERS_BACK: Mapping[str, str] = {
    "en": r"[\"'(]*(?:(?:this|that|these|those|their|his|her|its|the) (?:\w+ )?(?:claim|account|statement|report|allegation|figure|number|estimate|rumou?r|assertion|theory|explanation|version|promise)s?\b"
    r"|(?:this|that) (?:is|was|has|could|can|may|remains)\b|(?:we|it|they|he|she|nobody|no one)\b[^.;,]{0,40}?\b(?:this|that|these|it|them)\b)",
    "es": r"[\"'(¿¡]*(?:est[aeo]s?|es[aeo]s?)\b",
    "fr": r"[\"'(]*(?:cette|cet?|ces|cela|ceci)\b",
    "de": r"[\"'(]*(?:dies\w*|jene\w*|das)\b",
    "ru": r"[\"'(]*эт\w+",
    "uk": r"[\"'(]*ц(?:е|я|ей|і|ю|ього|ьому)\b",
    "pl": r"[\"'(]*(?:ta|te|to|ten|tych|tego|tej)\b",
}
_PROVISIONAL: Mapping[str, str] = {
    "en": r"\b(?:remains?|stays?|still|until (?:further notice|then)|so far|for now|at the moment|not yet|for the time being|is expected|are expected|plans? to|hopes? to)\b"
}
_REPORTED: Mapping[str, str] = {
    "en": r"\b(?:sa(?:id|ys?)|told|claim(?:s|ed|ing)?|stat(?:es|ed|ement)|announc\w+|admit\w*|add(?:s|ed)|not(?:es|ed)|report(?:s|ed|edly)|according to|spokes\w+|suggest(?:s|ed)?)\b"
}
_NOW: Mapping[str, str] = {"en": r"\b(?:now|again|back|(?<!were )(?<!was )no longer|once more|resumed?|reopen\w*|restored?)\b"}
_DENIES: Mapping[str, str] = {"en": r"\b(?:den(?:y|ies|ied)|disput(?:es|ed)|reject(?:s|ed)|contradict(?:s|ed)|knew of no|knows of no)\b"}
_RULES: Mapping[str, str] = {"en": r"\b(?:polic(?:y|ies)|rules?|law|laws|terms|conditions|prohibit\w*|permit\w*|allow\w*|specif\w+|if)\b"}

_BOUNDS: Mapping[str, str] = {
    "en": r"\b(?:up to|at least|at most|more than|less than|fewer than|over|under|about|around|nearly|almost|roughly|some|approximately)\s*$"
}
_CALENDAR: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        """january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
        monday tuesday wednesday thursday friday saturday sunday am pm et gmt utc""".split()
    )
}
_SPELLED: Mapping[str, Mapping[str, str]] = {
    "en": {
        **{
            w: str(n)
            for n, w in enumerate(
                "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 2
            )
        },
        **{w: str(10 * n) for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)},
    }
}
_AMOUNT = re.compile(r"(?<![\w.,:/])(?P<digits>\d{1,3}(?:[, ]\d{3})+|\d+(?:\.\d+)*)(?![\w:/])(?:\s?(?P<share>%|per ?cent\b))?|(?P<word>[^\W\d_]+)", re.I)
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Pole:
    """A word with its negation, and whether the language itself makes it an opposite: by its kind of event or by a prefix."""

    word: str
    surely: bool


Poles = Mapping[str, Mapping[int, Pole]]
"""What is affirmed (1) or negated (-1), by stem or by kind of event."""


def negations(text: str, language: str) -> int:
    """How many words of `text` negate."""
    return sum(w in _NEGATIONS.get(language, ()) for w in words(text))


def doubted(text: str, language: str) -> str | None:
    """The rest of a sentence after what says that something is not known or not confirmed; None where nothing says so."""
    return _after(_DOUBT, text, language)


def denied(text: str, language: str) -> str | None:
    """The rest of a sentence after a verb of denial; None where there is none."""
    return _after(_DENIES, text, language)


def refers_back(text: str, language: str) -> bool:
    """True where a sentence begins by taking up the one before it: This claim…, We could not … this."""
    return bool(language in _REFERS_BACK and _pattern(_REFERS_BACK[language]).match(clean(text)))


def reported(text: str, language: str) -> bool:
    """True where a sentence says that somebody says it."""
    return _after(_REPORTED, text, language) is not None


def provisional(text: str, language: str) -> bool:
    """True where a sentence itself says that things may change: still, so far, until further notice."""
    return _after(_PROVISIONAL, text, language) is not None


def present(text: str, language: str) -> bool:
    """True where a sentence says how things have become: now, again, no longer."""
    return _after(_NOW, text, language) is not None


def rules(text: str, language: str) -> bool:
    """True where a sentence is about what is allowed or conditional rather than what is the case."""
    return _after(_RULES, text, language) is not None


def _after(table: Mapping[str, str], text: str, language: str) -> str | None:
    cleaned = clean(text)
    match = _pattern(table[language]).search(cleaned) if language in table else None
    return cleaned[match.end() :] if match else None


@lru_cache(maxsize=64)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.I)


@lru_cache(maxsize=16)
def _kinds(language: str) -> Mapping[str, tuple[str, int]]:
    """Stem of a word of _OPPOSITES -> its kind of event and side."""
    return {
        stem(word, language): (f"={sides[0]}", sign)
        for sides in _OPPOSITES.get(language, ())
        for side, sign in zip(sides, (1, -1), strict=True)
        for word in side.split()
    }


def poles(text: str, language: str, same: Mapping[str, str]) -> Poles:
    """What a sentence affirms and negates; `same` gives a stem the one that stands for its synonyms."""
    tokens = words(text)
    kinds, negating = _kinds(language), _NEGATIONS.get(language, frozenset())
    found: dict[str, dict[int, Pole]] = {}
    negation, at = "", -NEGATES
    for i, word in enumerate(tokens):
        if word in negating:
            negation, at = f"{negation} {word}" if at == i - 1 else word, i
            continue
        root = stem(word, language)
        if is_stop(word) and root not in kinds:
            continue
        sign = -1 if negation and i - at <= NEGATES else 1
        said = f"{negation} {word}" if sign < 0 else word
        negation = ""
        for key, side, surely in _meanings(root, language, same):
            found.setdefault(key, {}).setdefault(sign * side, Pole(said, surely))
    return found


def _meanings(root: str, language: str, same: Mapping[str, str]) -> list[tuple[str, int, bool]]:
    """(what a stem is about, 1 or -1, surely): itself, its kind of event, and what is left without an opposing prefix."""
    found = [(same.get(root, root), 1, False)]
    kinds = _kinds(language)
    found += [(*kinds[root], True)] if root in kinds else []
    for prefix in _OPPOSING_PREFIXES.get(language, ()):
        rest = root.removeprefix(prefix)
        if rest != root and len(rest) >= _SHORTEST_ROOT:
            found.append((same.get(rest, rest), -1, True))
    return found


@dataclass(frozen=True, slots=True)
class Opposites:
    """The words in which two sentences say the opposite; `surely` where one has an opposite word, not a mere negation."""

    one: str
    other: str
    surely: bool


def opposed(one: Poles, other: Poles, *, changed: bool = False) -> list[Opposites]:
    """Where one sentence affirms what the other negates, neither doing both; where `changed`, the first may: blocked … now unblocked."""
    found = []
    for key in one.keys() & other.keys():
        here, there = one[key], other[key]
        if len(there) == 1 and (len(here) == 1 or changed) and (sign := -next(iter(there))) in here:
            found.append(Opposites(here[sign].word, there[-sign].word, here[sign].surely or there[-sign].surely))
    return sorted(found, key=lambda o: (not o.surely, o.one, o.other))


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as a sentence has it, and the words that limit it (`up to`), if any."""

    value: str
    bound: str


def amounts(text: str, language: str, same: Mapping[str, str]) -> dict[str, frozenset[Amount]]:
    """What is counted (`%`, or the stem of the next content word) → the numbers given for it; dates and times are left out."""
    cleaned = clean(text)
    found: dict[str, set[Amount]] = {}
    tokens = list(_AMOUNT.finditer(cleaned))
    spelled, calendar = _SPELLED.get(language, {}), _CALENDAR.get(language, frozenset())
    for i, token in enumerate(tokens):
        value = token["digits"] or spelled.get(token["word"].casefold())
        around = [t["word"].casefold() for t in tokens[max(0, i - 1) : i + 3] if t["word"]]
        if value is None or _YEAR.fullmatch(value) or any(w in calendar for w in around):
            continue
        unit = "%" if token["share"] else next((same.get(s, s) for w in around[-2:] if not is_stop(w) and (s := stem(w, language))), None)
        if unit:
            bound = re.search(_BOUNDS[language], cleaned[: token.start()], re.I) if language in _BOUNDS else None
            found.setdefault(unit, set()).add(Amount(re.sub("[, ]", "", value), bound.group().strip() if bound else ""))
    return {unit: frozenset(given) for unit, given in found.items()}


def overlap(one: str, other: str) -> float:
    """Share of the shorter text's 3-word shingles that the other has too, in [0, 1]; 0 where it is shorter than any copy."""
    a, b = shingles(one), shingles(other)
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller >= SHORTEST_COPY else 0.0


def same_quotation(one: str, other: str, language: str) -> bool:
    """True where two quotations are of the same words: one is a piece of the other, or they differ in few words, none a number or negation."""
    share = overlap(one, other)
    if share == 1:
        return True
    return share >= SAME_STATEMENT and set(numbers(one)) == set(numbers(other)) and negations(one, language) == negations(other, language)


def same_statement(one: str, other: str, language: str) -> bool:
    """True where two texts are one statement, copied: nearly the same words, neither much longer, numbers and negations equal."""
    a, b = len(shingles(one)), len(shingles(other))
    return (
        max(a, b) <= 2 * min(a, b)
        and overlap(one, other) >= SAME_STATEMENT
        and numbers(one) == numbers(other)
        and negations(one, language) == negations(other, language)
    )
