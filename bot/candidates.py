"""Pairs of sentences that may be related as relations.yaml records it, found in the articles alone, each with its reasons.

Nothing compares all with all: statements meet through the words that they share, articles through rare ones.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot import cues
from bot.cache import cached_text
from bot.compose import leans, takes_back
from bot.corpus import Article, Corpus, Span
from bot.lexicon import Lexicon, synonym_stems
from bot.passages import idf
from bot.relations import Origin, Qualifies, Relations
from bot.selection import is_heading
from bot.sentences import blocks
from bot.text import shingles, terms, words

REVISION = 1
"""Part of the cache key: raise it when the safe rules change."""
MOST_HOLDERS = 60
"""A word that more articles hold tells nothing of two of them; of the statements with a more common shingle, each meets the next."""
MOST_RELATED = 10
"""Articles that one is compared with, at most."""
RELATED_FROM = 0.05
"""Weight of the terms that two articles share, over the geometric mean of their weights (on one event: .06 to .25; of 48,205
pairs of Wikipedia articles one in ten has more)."""
MOST_PARTNERS = 2
"""How often a sentence is offered in one place of one kind of relation."""
LEAST_ALIKE = 0.1
"""Weight of the terms that two sentences share, over the geometric mean of their weights, below which only opposites are seen."""
LEAST_SHARED = 3
"""Terms that two sentences have in common where nothing but likeness relates them, at least."""
LEAST_REWORDED = 5
"""The same, where they are alike in their wording alone."""
MOST_COMMAS = 3
"""From so many on, two sentences are taken as lists."""
MOST_WORDS = 6
"""Words of a reason."""
_QUOTATION = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|„([^“”„]+)[“”]")
SHORTEST_QUOTATION = 4
"""In 3-word shingles; shorter ones are words in quotation marks."""


class Kind(StrEnum):
    """The lists of relations.yaml."""

    QUALIFIES = "qualifies"
    SUPERSEDES = "supersedes"
    DISPUTES = "disputes"
    SAME_ORIGIN = "same_origin"


class Rule(StrEnum):
    """What makes two sentences a candidate."""

    DOUBTED_NEXT = "doubted_next"
    DOUBTED_AFTER = "doubted_after"
    DOUBTED_BESIDE = "doubted_beside"
    COPY = "copy"
    QUOTATION = "quotation"
    REPORTED_ALIKE = "reported_alike"
    CHANGED = "changed"
    SETTLED = "settled"
    CHANGED_HERE = "changed_here"
    RECOUNTED = "recounted"
    DOUBTED_FAR = "doubted_far"
    REPORTED_HERE = "reported_here"
    COUNTED = "counted"
    BOUNDED = "bounded"
    REWORDED = "reworded"
    DENIED = "denied"
    OPPOSED = "opposed"


SAFE = frozenset({Rule.DOUBTED_NEXT, Rule.COPY, Rule.QUOTATION})
"""Rules whose pairs are applied without a reviewer. Right where measured (`python -m benchmarks.relations`): 8 of 8, 3 of 3 and 2 of 2;
of 36 copies in 311 Wikipedia articles, all."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two statements that may be related: claim and `by`, newer and older, two sides, or two tellings of one statement."""

    kind: Kind
    first: Span
    second: Span
    rule: Rule
    score: float
    """For the order of suggestions alone, in [0, 1]."""
    reason: str


def find_safe(corpus: Corpus, table: Relations, cache_folder: Path | None = None) -> list[Candidate]:
    """The candidates that need no reviewer, in the order of the corpus, but for those that the table knows.

    What was found in the same corpus before is taken from `cache_folder`.
    """
    return [c for c in _stored(corpus, cache_folder) if not table.knows(c.first, c.second)]


def _stored(corpus: Corpus, cache_folder: Path | None) -> list[Candidate]:
    key = hashlib.sha256(f"{REVISION} {corpus.sha256}".encode()).hexdigest()[:24]
    try:
        return [_unpacked(corpus, row) for row in json.loads(cached_text(cache_folder, f"relations-{key}", lambda: _packed(_safe(corpus))))]
    except (ValueError, TypeError, KeyError):
        return _safe(corpus)


def find(corpus: Corpus, lexicon: Lexicon, table: Relations) -> list[Candidate]:
    """All candidates that the table neither has nor names unrelated, the likeliest first; ties in the order of the corpus.

    Of several tellings of one statement, each is offered with one other.
    """
    kept: list[Candidate] = []
    told: Counter[tuple[Kind, bool, tuple[str, int, int]]] = Counter()
    pairs: set[tuple[Kind, frozenset[tuple[str, int, int]]]] = set()
    tellings: list[list[Span]] = []
    everything = [*(c for a in corpus.articles.values() for c in beside(a)), *_copies(corpus), *_judged(corpus, lexicon)]
    for candidate in sorted(everything, key=_rank):
        one, other = candidate.first, candidate.second
        pair = (candidate.kind, frozenset((one.key, other.key)))
        places = ((candidate.kind, True, one.key), (candidate.kind, False, other.key))
        if pair in pairs or max(told[p] for p in places) >= MOST_PARTNERS or table.knows(one, other):
            continue
        if candidate.kind is Kind.SAME_ORIGIN:
            if any(all(any(s.overlaps(t) for t in telling) for s in (one, other)) for telling in tellings):
                continue
            tellings = joined(tellings, [one, other])
        pairs.add(pair)
        told.update(places)
        kept.append(candidate)
    return kept


def joined(groups: list[list[Span]], spans: list[Span]) -> list[list[Span]]:
    """The groups of overlapping spans when `spans`, which belong together, have come in."""
    touching = [g for g in groups if any(s.overlaps(t) for s in spans for t in g)]
    return [g for g in groups if g not in touching] + [[*(s for g in touching for s in g), *spans]]


def apply(candidates: Iterable[Candidate], table: Relations) -> Relations:
    """The table with the qualifying pairs and common origins of `candidates`."""
    found = list(candidates)
    qualifies = tuple(Qualifies(c.first, c.second) for c in found if c.kind is Kind.QUALIFIES)
    return table.extended(qualifies, tuple(_origins(c for c in found if c.kind is Kind.SAME_ORIGIN)))


def _rank(candidate: Candidate) -> tuple[float, tuple[str, int, int], tuple[str, int, int], str]:
    return (-candidate.score, candidate.first.key, candidate.second.key, candidate.kind)


def _origins(pairs: Iterable[Candidate]) -> Iterator[Origin]:
    """Pairs that overlap, as one statement with all its tellings."""
    groups: list[list[Span]] = []
    for pair in pairs:
        groups = joined(groups, [pair.first, pair.second])
    for group in groups:
        statements = sorted({s.key: s for s in group if not any(o.holds(s) and o.key != s.key for o in group)}.values(), key=lambda s: s.key)
        yield Origin(f"{statements[0].article.id}@{statements[0].start}", tuple(statements))


def _safe(corpus: Corpus) -> list[Candidate]:
    found = [*(c for a in corpus.articles.values() for c in beside(a)), *_copies(corpus)]
    return sorted((c for c in found if c.rule in SAFE), key=lambda c: (c.first.key, c.second.key, c.kind))


def beside(article: Article) -> Iterator[Candidate]:
    """Claims that a sentence soon after them says to be unknown or unconfirmed."""
    sentences, language = article.sentences, article.language
    for i in range(1, len(sentences)):
        claim, by = sentences[i - 1], sentences[i]
        if _apart(article, i - 1, i):
            continue
        if cues.doubted(by.text, language) is not None:
            answers = takes_back(by) or cues.refers_back(by.text, language)
            reason = "the sentence after it says that something is not known or not confirmed"
            yield Candidate(Kind.QUALIFIES, claim, by, Rule.DOUBTED_NEXT if answers else Rule.DOUBTED_BESIDE, 1.0 if answers else 0.5, reason)
            follows = i > 1 and not _apart(article, i - 2, i) and leans(claim) and not takes_back(claim)
            if answers and follows and cues.reported(claim.text, language) and cues.reported(sentences[i - 2].text, language):
                reason = "the claim that goes on from it is said to be not known or not confirmed"
                yield Candidate(Kind.QUALIFIES, sentences[i - 2], by, Rule.DOUBTED_AFTER, 0.9, reason)


def _apart(article: Article, first: int, last: int) -> bool:
    """True where two sentences do not stand in one paragraph, or page furniture stands between them."""
    return article.paragraphs[first] != article.paragraphs[last] or article.is_furniture(article.sentences[first].start, article.sentences[last].end)


def _copies(corpus: Corpus) -> Iterator[Candidate]:
    """Statements of two articles in nearly the same words, and quotations of nearly the same words."""
    copied = set()
    for one, other in _sharing([(s, s.text) for s in corpus.sentences]):
        if cues.same_statement(one.text, other.text, one.article.language):
            copied.add((one.key, other.key))
            yield Candidate(Kind.SAME_ORIGIN, one, other, Rule.COPY, 1.0, "nearly the same words")
        elif (share := cues.overlap(one.text, other.text)) < cues.SAME_STATEMENT and _reworded(one, other):
            yield Candidate(
                Kind.DISPUTES, one, other, Rule.REWORDED, 0.2 + 0.5 * share, f"the same words in part ({share:.0%} of runs of three); the rest differs"
            )
    quoted = [found for a in corpus.articles.values() for found in _quotations(a)]
    texts = {span.key: text for span, text in quoted}
    for one, other in _sharing(quoted):
        if (one.key, other.key) not in copied and cues.same_quotation(texts[one.key], texts[other.key], one.article.language):
            yield Candidate(Kind.SAME_ORIGIN, one, other, Rule.QUOTATION, 0.99, "they quote the same words")


def _quotations(article: Article) -> Iterator[tuple[Span, str]]:
    """The sentences over which each quotation runs, and its text, the longest for each run of sentences."""
    found: dict[tuple[int, int], str] = {}
    for start, end in blocks(article.text):
        for match in _QUOTATION.finditer(article.text, start, end):
            touched = article.sentences_of(*match.span())
            text = next(filter(None, match.groups()))
            if touched and len(shingles(text)) >= SHORTEST_QUOTATION:
                place = (article.sentences[touched[0]].start, article.sentences[touched[-1]].end)
                found[place] = max(found.get(place, ""), text, key=len)
    for (start, end), text in found.items():
        if not article.is_furniture(start, end):
            yield Span(article, start, end), text


def _sharing(texts: list[tuple[Span, str]]) -> Iterator[tuple[Span, Span]]:
    """The pairs of two articles that share half the shingles of the shorter, or more; each pair once."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    sizes = []
    for i, (_, text) in enumerate(texts):
        held = shingles(text)
        sizes.append(len(held))
        for shingle in held:
            holders[shingle].append(i)
    common: dict[int, Counter[int]] = defaultdict(Counter)
    for found in holders.values():
        reach = len(found) if len(found) <= MOST_HOLDERS else 1
        for at, i in enumerate(found):
            common[i].update(found[at + 1 : at + 1 + reach])
    for i in sorted(common):
        for j, count in sorted(common[i].items()):
            one, other = texts[i][0], texts[j][0]
            if 2 * count >= min(sizes[i], sizes[j]) and one.article is not other.article:
                yield one, other


class _Sentence:
    """A sentence as it is compared: its terms and signs, each worked out once."""

    def __init__(self, span: Span, same: Mapping[str, str]) -> None:
        text, language = span.text, span.article.language
        self.span, self.asserted, self.same = span, span.asserted, same
        self.terms = _terms(text, language, same)
        self.amounts = cues.amounts(text, language, same)
        self.poles = cues.poles(text, language, same)
        doubted, denied = cues.doubted(text, language), cues.denied(text, language)
        self.doubts, self.denies = doubted is not None, denied is not None
        self.doubted, self.denied = _terms(doubted or "", language, same), _terms(denied or "", language, same)
        self.reported = cues.reported(text, language)
        self.present = cues.present(text, language)
        self.provisional = cues.provisional(text, language)
        self.unsure = self.doubts or cues.rules(text, language)
        self.heading = is_heading(text)


def _terms(text: str, language: str, same: Mapping[str, str]) -> frozenset[str]:
    return frozenset(same.get(t, t) for t in terms(text, language) if not t[0].isdigit())


def _judged(corpus: Corpus, lexicon: Lexicon) -> Iterator[Candidate]:
    """What the rules say of the sentences that meet."""
    same = {
        language: {s: group[0] for s, group in sorted(synonym_stems(lexicon, language).items())} for language in {a.language for a in corpus.articles.values()}
    }
    sentences = {a.id: [_Sentence(s, same[a.language]) for s in a.sentences] for a in corpus.articles.values()}
    held = Counter(t for found in sentences.values() for s in found for t in s.terms)
    pair = _Pair({t: idf(len(corpus.sentences), n) for t, n in held.items()})
    for one, other in _related(corpus, sentences):
        yield from pair.candidates(sentences[one], sentences[other])


def _related(corpus: Corpus, sentences: Mapping[str, list[_Sentence]]) -> Iterator[tuple[str, str]]:
    """Each article with itself and with those of its language that share most of its rarer terms; each pair once."""
    terms_of = {name: frozenset[str]().union(*(s.terms for s in found)) for name, found in sorted(sentences.items())}
    holders: dict[str, list[str]] = defaultdict(list)
    for name, own in terms_of.items():
        for term in own:
            holders[term].append(name)
    weights = {term: idf(len(terms_of), len(found)) for term, found in holders.items()}
    masses = {name: sum(weights[t] for t in own) for name, own in terms_of.items()}
    pairs = {(name, name) for name in terms_of}
    for name, own in terms_of.items():
        shared: dict[str, float] = defaultdict(float)
        for term in own:
            if len(holders[term]) <= MOST_HOLDERS:
                for other in holders[term]:
                    shared[other] += weights[term]
        near = [
            (-mass, other)
            for other, mass in shared.items()
            if other != name
            and mass >= RELATED_FROM * math.sqrt(masses[name] * masses[other])
            and corpus.articles[other].language == corpus.articles[name].language
        ]
        pairs |= {(min(name, other), max(name, other)) for _, other in sorted(near)[:MOST_RELATED]}
    yield from sorted(pairs)


class _Pair:
    """The rules for two sentences, with the weight of each term."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights

    def _mass(self, found: Iterable[str]) -> float:
        return sum(self._weights.get(t, 0.0) for t in found)

    def candidates(self, here: list[_Sentence], there: list[_Sentence]) -> Iterator[Candidate]:
        """All candidates between the sentences of two articles, or of one."""
        holders: dict[str, list[int]] = defaultdict(list)
        for j, other in enumerate(there):
            for term in other.terms:
                holders[term].append(j)
        masses = [self._mass(other.terms) for other in there]
        for i, one in enumerate(here):
            own = self._mass(one.terms)
            shared: dict[int, float] = defaultdict(float)
            for term in one.terms:
                for j in holders.get(term, ()):
                    shared[j] += self._weights[term]
            for j in sorted(shared):
                if here is there and j <= i:
                    continue
                likeness = shared[j] / math.sqrt(own * masses[j])
                if likeness >= LEAST_ALIKE or one.present != there[j].present:
                    yield from self._judge(one, there[j], likeness, here is there)

    def _judge(self, one: _Sentence, other: _Sentence, likeness: float, one_article: bool) -> Iterator[Candidate]:
        order = _order(one, other)
        newer, older = (one, other) if order >= 0 else (other, one)
        yield from self._opposition(newer, older, likeness, bool(order), one_article)
        if likeness < LEAST_ALIKE:
            return
        if not one_article:
            yield from self._retold(one, other, likeness)
        if order or not one_article:
            yield from self._amounts(newer, older, likeness, bool(order))
        for doubt, claim in ((one, other), (other, one)):
            if doubt.doubts and not claim.doubts and _order(doubt, claim) >= 0:
                yield from self._doubt(claim, doubt)
            if doubt.denies and not claim.denies:
                yield from self._denial(claim, doubt)
            if one_article and doubt.reported and not claim.reported and likeness >= (0.35 if claim.heading else 0.5):
                reason = f"the second, in the same article, gives it as somebody's words; {_both(claim, doubt)}"
                yield Candidate(Kind.QUALIFIES, claim.span, doubt.span, Rule.REPORTED_HERE, 0.5 * likeness + 0.25, reason)

    def _opposition(self, newer: _Sentence, older: _Sentence, likeness: float, dated: bool, one_article: bool) -> Iterator[Candidate]:
        if newer.unsure or older.unsure:
            return
        if dated and newer.present and not older.present:
            against = self._against(newer, older, likeness, changed=True)
            if against:
                yield Candidate(Kind.SUPERSEDES, newer.span, older.span, Rule.CHANGED, 0.55 + 0.4 * likeness, f"{_dates(newer, older)}; {against}")
            elif older.provisional and likeness >= LEAST_ALIKE and len(newer.terms & older.terms) >= 2:
                reason = f"{_dates(newer, older)}; the older one says that things may change; {_both(newer, older)}"
                yield Candidate(Kind.SUPERSEDES, newer.span, older.span, Rule.SETTLED, 0.3 + 0.5 * likeness, reason)
        elif not dated and one_article:
            for now, then in ((newer, older), (older, newer)):
                if now.present and not then.present and (against := self._against(now, then, likeness, changed=True)):
                    reason = f"in the same article, one of them says how things are now; {against}"
                    yield Candidate(Kind.SUPERSEDES, now.span, then.span, Rule.CHANGED_HERE, 0.35 + 0.4 * likeness, reason)
        elif not one_article and likeness >= 0.15 and newer.present == older.present and len(newer.terms & older.terms) >= LEAST_SHARED:
            against = self._against(newer, older, likeness, changed=False)
            if against:
                yield Candidate(Kind.DISPUTES, newer.span, older.span, Rule.OPPOSED, 0.3 + 0.5 * likeness, f"{against}; {_both(newer, older)}")

    def _against(self, one: _Sentence, other: _Sentence, likeness: float, *, changed: bool) -> str:
        """The words in which two sentences say the opposite; empty where they do not. A mere negation counts where they are alike."""
        found = [pair for pair in cues.opposed(one.poles, other.poles, changed=changed) if pair.surely or likeness >= 0.3]
        return "; ".join(dict.fromkeys(f"“{p.one}” against “{p.other}”" for p in found[:2]))

    def _retold(self, one: _Sentence, other: _Sentence, likeness: float) -> Iterator[Candidate]:
        if one.reported and other.reported and likeness >= 0.3 and len(one.terms & other.terms) >= LEAST_SHARED:
            reason = f"both give somebody's words; {_both(one, other)}"
            yield Candidate(Kind.SAME_ORIGIN, one.span, other.span, Rule.REPORTED_ALIKE, min(0.95, 0.15 + 1.2 * likeness), reason)

    def _amounts(self, newer: _Sentence, older: _Sentence, likeness: float, dated: bool) -> Iterator[Candidate]:
        if len(newer.terms & older.terms) < 2:
            return
        for unit in sorted(newer.amounts.keys() & older.amounts.keys()):
            here, there = newer.amounts[unit], older.amounts[unit]
            values = {a.value for a in here} & {a.value for a in there}
            told = f"{_told(here)} against {_told(there)}" + (" %" if unit == "%" else "")
            if not values and dated and newer.present:
                yield Candidate(Kind.SUPERSEDES, newer.span, older.span, Rule.RECOUNTED, 0.4 + 0.5 * likeness, f"{_dates(newer, older)}; {told}")
            elif not values:
                yield Candidate(Kind.DISPUTES, newer.span, older.span, Rule.COUNTED, 0.4 + 0.5 * likeness, f"{told}; {_both(newer, older)}")
            elif not here & there:
                yield Candidate(Kind.DISPUTES, newer.span, older.span, Rule.BOUNDED, 0.4 + 0.5 * likeness, f"the same number, limited otherwise: {told}")

    def _doubt(self, claim: _Sentence, doubt: _Sentence) -> Iterator[Candidate]:
        shared = doubt.doubted & claim.terms
        if len(shared) < LEAST_SHARED or not (smaller := min(self._mass(doubt.doubted), self._mass(claim.terms))):
            return
        share = self._mass(shared) / smaller
        if share >= 0.4:
            kind = Kind.QUALIFIES if claim.reported else Kind.DISPUTES
            reason = f"the second says that something is not known or not confirmed; {_both(claim, doubt)}"
            yield Candidate(kind, claim.span, doubt.span, Rule.DOUBTED_FAR, 0.2 + 0.6 * min(share, 1), reason)

    def _denial(self, claim: _Sentence, denial: _Sentence) -> Iterator[Candidate]:
        mass = self._mass(denial.denied)
        share = self._mass(denial.denied & claim.terms) / mass if mass else 0.0
        if share >= 0.3 and len(denial.denied & claim.terms) >= LEAST_SHARED:
            yield Candidate(Kind.DISPUTES, claim.span, denial.span, Rule.DENIED, 0.3 + 0.5 * share, f"the second denies; {_both(claim, denial)}")


def _order(one: _Sentence, other: _Sentence) -> int:
    """1 where `one` is newer, -1 where older, 0 where that is not known; in one article a dated section is newer than undated text."""
    a, b = one.asserted, other.asserted
    if a and b:
        return (a > b) - (a < b)
    return bool(a) - bool(b) if one.span.article is other.span.article else 0


def _dates(newer: _Sentence, older: _Sentence) -> str:
    return f"{newer.asserted} after {older.asserted or 'undated text of the article'}"


def _told(amounts: frozenset[cues.Amount]) -> str:
    return ", ".join(sorted(f"{a.bound} {a.value}".strip() for a in amounts))


def _both(one: _Sentence, other: _Sentence) -> str:
    """The words that both sentences have, as the first has them."""
    language = one.span.article.language
    held = [w for w in words(one.span.text) if _terms(w, language, one.same) & other.terms]
    return f"in both: {', '.join(list(dict.fromkeys(held))[:MOST_WORDS])}"


def _reworded(one: Span, other: Span) -> bool:
    """True where two sentences have enough in common beside a list of names."""
    listed = min(one.text.count(","), other.text.count(",")) >= MOST_COMMAS
    return not listed and len(_terms(one.text, one.article.language, {}) & _terms(other.text, other.article.language, {})) >= LEAST_REWORDED


def _packed(candidates: Iterable[Candidate]) -> str:
    return json.dumps([[c.kind, *c.first.key, *c.second.key, c.rule, c.score, c.reason] for c in candidates], ensure_ascii=False)


def _unpacked(corpus: Corpus, row: list[object]) -> Candidate:
    kind, a, b, c, d, e, f, rule, score, reason = row
    articles = corpus.articles
    return Candidate(Kind(kind), Span(articles[a], b, c), Span(articles[d], e, f), Rule(rule), score, reason)  # type: ignore[index,arg-type]
