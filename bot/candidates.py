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
from bot.index import idf
from bot.lexicon import Lexicon, synonym_stems
from bot.relations import Origin, Qualifies, Relations
from bot.selection import is_heading
from bot.sentences import blocks
from bot.text import shingles, terms, words

REVISION = 1
"""Part of the cache key: raise it when the safe rules change."""
MOST_HOLDERS = 60
"""A shingle or word that more statements or articles hold tells nothing of two of them."""
MOST_RELATED = 10
"""Articles that one is compared with, at most."""
MOST_PARTNERS = 2
"""How often a sentence is offered in one place of one kind of relation."""
LEAST_ALIKE = 0.1
"""Weight of the terms that two sentences share, over the geometric mean of their weights, below which only opposites are seen."""
LEAST_SHARED = 3
"""Terms that two sentences have in common where nothing but likeness relates them, at least."""
LEAST_REWORDED = 5
"""The same, where they are alike in their wording alone."""
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
    COPY = "copy"
    QUOTATION = "quotation"
    REPORTED_ALIKE = "reported_alike"
    CHANGED = "changed"
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
"""Rules whose pairs are applied without a reviewer: precision of .95 or more where it was measured (`python -m benchmarks.relations`)."""


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


def find_safe(corpus: Corpus, cache_folder: Path | None = None) -> list[Candidate]:
    """The candidates that need no reviewer, in the order of the corpus; those of the same corpus are kept in `cache_folder`."""
    key = hashlib.sha256(f"{REVISION} {corpus.sha256}".encode()).hexdigest()[:24]
    try:
        return [_unpacked(corpus, row) for row in json.loads(cached_text(cache_folder, f"relations-{key}", lambda: _packed(_safe(corpus))))]
    except (ValueError, TypeError, KeyError):
        return _safe(corpus)


def find(corpus: Corpus, lexicon: Lexicon, table: Relations) -> list[Candidate]:
    """All candidates that the table neither has nor names unrelated, the likeliest first; ties in the order of the corpus."""
    found = [*_safe(corpus), *_judged(corpus, lexicon)]
    best: dict[tuple[frozenset[tuple[str, int, int]], Kind], Candidate] = {}
    for candidate in sorted(found, key=_rank):
        best.setdefault((frozenset((candidate.first.key, candidate.second.key)), candidate.kind), candidate)
    kept: list[Candidate] = []
    told: Counter[tuple[Kind, bool, tuple[str, int, int]]] = Counter()
    for candidate in best.values():
        places = ((candidate.kind, True, candidate.first.key), (candidate.kind, False, candidate.second.key))
        if max(told[p] for p in places) < MOST_PARTNERS and not table.knows(candidate.first, candidate.second):
            told.update(places)
            kept.append(candidate)
    return kept


def apply(candidates: Iterable[Candidate], table: Relations) -> Relations:
    """The table with the qualifying pairs and common origins of `candidates`, those left out that it knows or names unrelated."""
    fresh = [c for c in candidates if not table.knows(c.first, c.second)]
    qualifies = tuple(Qualifies(c.first, c.second) for c in fresh if c.kind is Kind.QUALIFIES)
    return table.extended(qualifies, tuple(_origins(c for c in fresh if c.kind is Kind.SAME_ORIGIN)))


def _rank(candidate: Candidate) -> tuple[float, tuple[str, int, int], tuple[str, int, int], str]:
    return (-candidate.score, candidate.first.key, candidate.second.key, candidate.kind)


def _origins(pairs: Iterable[Candidate]) -> Iterator[Origin]:
    """Pairs that overlap, as one statement with all its tellings."""
    groups: list[list[Span]] = []
    for pair in pairs:
        spans = [pair.first, pair.second]
        touching = [g for g in groups if any(s.overlaps(t) for s in spans for t in g)]
        groups = [g for g in groups if g not in touching] + [[*(s for g in touching for s in g), *spans]]
    for group in groups:
        statements = sorted({s.key: s for s in group if not any(o.holds(s) and o.key != s.key for o in group)}.values(), key=lambda s: s.key)
        yield Origin(f"{statements[0].article.id}@{statements[0].start}", tuple(statements))


def _safe(corpus: Corpus) -> list[Candidate]:
    found = [*(c for a in corpus.articles.values() for c in _taken_back(a)), *_copies(corpus)]
    return sorted(found, key=lambda c: (c.first.key, c.second.key, c.kind))


def _taken_back(article: Article) -> Iterator[Candidate]:
    """Claims that the sentence after them, or the one after that, says to be unknown or unconfirmed."""
    sentences, paragraphs, language = article.sentences, article.paragraphs, article.language
    for i in range(1, len(sentences)):
        claim, by = sentences[i - 1], sentences[i]
        if paragraphs[i - 1] != paragraphs[i] or article.is_furniture(claim.start, by.end):
            continue
        if cues.doubted(by.text, language) is None or not (takes_back(by) or cues.refers_back(by.text, language)):
            continue
        yield Candidate(Kind.QUALIFIES, claim, by, Rule.DOUBTED_NEXT, 1.0, "the sentence after it says that this is not known or not confirmed")
        first = sentences[i - 2] if i > 1 and paragraphs[i - 2] == paragraphs[i] and not article.is_furniture(sentences[i - 2].start, by.end) else None
        if first and leans(claim) and not takes_back(claim) and cues.reported(claim.text, language) and cues.reported(first.text, language):
            yield Candidate(Kind.QUALIFIES, first, by, Rule.DOUBTED_AFTER, 0.99, "the claim that goes on from it is said to be not known or not confirmed")


def _copies(corpus: Corpus) -> Iterator[Candidate]:
    """Statements of two articles in nearly the same words, and quotations of nearly the same words."""
    for one, other in _sharing([(s, s.text) for s in corpus.sentences]):
        if cues.same_statement(one.text, other.text, one.article.language):
            yield Candidate(Kind.SAME_ORIGIN, one, other, Rule.COPY, 1.0, "nearly the same words")
    quoted = [found for a in corpus.articles.values() for found in _quotations(a)]
    texts = {span.key: text for span, text in quoted}
    for one, other in _sharing(quoted):
        if cues.same_quotation(texts[one.key], texts[other.key], one.article.language):
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
    """The pairs of two articles that share half the shingles of the shorter, or more, through shingles that few hold; each pair once."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    sizes = []
    for i, (_, text) in enumerate(texts):
        held = shingles(text)
        sizes.append(len(held))
        for shingle in held:
            holders[shingle].append(i)
    common: dict[int, Counter[int]] = defaultdict(Counter)
    for found in holders.values():
        if 1 < len(found) <= MOST_HOLDERS:
            for at, i in enumerate(found):
                common[i].update(found[at + 1 :])
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
        self.rules = cues.rules(text, language)
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
    """Each article with itself and with those that share most of its rare terms, in one language; each pair once."""
    terms_of = {name: frozenset().union(*(s.terms for s in found)) for name, found in sentences.items()}
    holders: dict[str, list[str]] = defaultdict(list)
    for name in sorted(terms_of):
        for term in terms_of[name]:
            holders[term].append(name)
    pairs = {(name, name) for name in terms_of}
    for name, own in terms_of.items():
        shared: Counter[str] = Counter()
        for term in own:
            if len(holders[term]) <= MOST_HOLDERS:
                for other in holders[term]:
                    shared[other] += idf(len(terms_of), len(holders[term]))  # type: ignore[assignment]
        near = [o for o in shared if o != name and corpus.articles[o].language == corpus.articles[name].language]
        pairs |= {(min(name, o), max(name, o)) for o in sorted(near, key=lambda o: (-shared[o], o))[:MOST_RELATED]}
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
                if here is not there or j > i:
                    likeness = shared[j] / math.sqrt(own * masses[j])
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
                reason = f"the article says it as somebody's words elsewhere; {_both(claim, doubt)}"
                yield Candidate(Kind.QUALIFIES, claim.span, doubt.span, Rule.REPORTED_HERE, 0.5 * likeness + 0.25, reason)

    def _opposition(self, newer: _Sentence, older: _Sentence, likeness: float, dated: bool, one_article: bool) -> Iterator[Candidate]:
        if any(s.rules or s.doubts for s in (newer, older)):
            return
        if dated and newer.present and not older.present:
            against = self._against(newer, older, likeness, changed=True)
            if against:
                yield Candidate(Kind.SUPERSEDES, newer.span, older.span, Rule.CHANGED, 0.55 + 0.4 * likeness, f"{_dates(newer, older)}; {against}")
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
            reason = f"both say that somebody says it; {_both(one, other)}"
            yield Candidate(Kind.SAME_ORIGIN, one.span, other.span, Rule.REPORTED_ALIKE, min(0.95, 0.35 + likeness), reason)
        share = cues.overlap(one.span.text, other.span.text)
        if 0.4 <= share < cues.SAME_STATEMENT and len(one.terms & other.terms) >= LEAST_REWORDED and not _listed(one, other):
            yield Candidate(
                Kind.DISPUTES, one.span, other.span, Rule.REWORDED, 0.2 + 0.5 * share, f"partly the same words, in runs: {share:.0%}; the rest differs"
            )

    def _amounts(self, newer: _Sentence, older: _Sentence, likeness: float, dated: bool) -> Iterator[Candidate]:
        if len(newer.terms & older.terms) < 2:
            return
        for unit in sorted(newer.amounts.keys() & older.amounts.keys()):
            here, there = newer.amounts[unit], older.amounts[unit]
            values = {a.value for a in here} & {a.value for a in there}
            told = f"{_told(here)} against {_told(there)} ({unit})"
            if not values and dated and newer.present:
                yield Candidate(Kind.SUPERSEDES, newer.span, older.span, Rule.RECOUNTED, 0.4 + 0.5 * likeness, f"{_dates(newer, older)}; {told}")
            elif not values:
                yield Candidate(Kind.DISPUTES, newer.span, older.span, Rule.COUNTED, 0.5 + 0.5 * likeness, f"{told}; {_both(newer, older)}")
            elif not here & there:
                yield Candidate(Kind.DISPUTES, newer.span, older.span, Rule.BOUNDED, 0.4 + 0.5 * likeness, f"the same number, limited otherwise: {told}")

    def _doubt(self, claim: _Sentence, doubt: _Sentence) -> Iterator[Candidate]:
        shared = doubt.doubted & claim.terms
        if len(shared) < LEAST_SHARED or not (smaller := min(self._mass(doubt.doubted), self._mass(claim.terms))):
            return
        share = self._mass(shared) / smaller
        if share >= 0.4:
            kind = Kind.QUALIFIES if claim.reported else Kind.DISPUTES
            reason = f"the other says that it is not known or not confirmed; {_both(claim, doubt)}"
            yield Candidate(kind, claim.span, doubt.span, Rule.DOUBTED_FAR, 0.2 + 0.6 * min(share, 1), reason)

    def _denial(self, claim: _Sentence, denial: _Sentence) -> Iterator[Candidate]:
        mass = self._mass(denial.denied)
        share = self._mass(denial.denied & claim.terms) / mass if mass else 0.0
        if share >= 0.3 and len(denial.denied & claim.terms) >= LEAST_SHARED:
            yield Candidate(Kind.DISPUTES, claim.span, denial.span, Rule.DENIED, 0.3 + 0.5 * share, f"the other denies; {_both(claim, denial)}")


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
    return f"both: {', '.join(dict.fromkeys(held))}"


def _listed(one: _Sentence, other: _Sentence) -> bool:
    """True where what two sentences have in common is a list of names."""
    return min(one.span.text.count(","), other.span.text.count(",")) >= 3


def _packed(candidates: Iterable[Candidate]) -> str:
    return json.dumps([[c.kind, *c.first.key, *c.second.key, c.rule, c.score, c.reason] for c in candidates], ensure_ascii=False)


def _unpacked(corpus: Corpus, row: list[object]) -> Candidate:
    kind, a, b, c, d, e, f, rule, score, reason = row
    articles = corpus.articles
    return Candidate(Kind(kind), Span(articles[a], b, c), Span(articles[d], e, f), Rule(rule), score, reason)  # type: ignore[index,arg-type]
