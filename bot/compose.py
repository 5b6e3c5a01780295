"""From evidence to quotes: whole, hedged, dated, two-sided, counted by origin, and few."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.answer import MOST_CHARACTERS, MOST_QUOTES, Quote
from bot.corpus import Article, Span
from bot.cues import same_statement
from bot.faq import Evidence, Role
from bot.relations import Relations

_DEPENDENT = {
    "en": (
        r"[\"'“‘(]*(?:but|however|yet|still|moreover|furthermore|indeed|instead|otherwise|therefore|thus|hence|then|also|incidentally|nevertheless"
        r"|nonetheless|meanwhile|at the same time|in addition|as a result|because of this|that said|even so|what[’']s more|and|or|so(?! far\b)"
        r"|they|it(?!(?:['’]s| is| was| has been| isn['’]t| is not| seems| appears| remains)\b[^.;]{0,40}?\b(?:that|if|whether|how|worth|to)\b)|he|she|this|these|those|such|that|its|their|his|her|both|neither)\b"
    ),
    "es": r"[\"'“«(¿¡]*(?:pero|sin embargo|no obstante|además|por eso|por lo tanto|así|ellos|ellas|esto|esta|este|estos|estas|eso|esa|ese|su|sus)\b",
    "fr": r"[\"'“«(]*(?:mais|cependant|toutefois|pourtant|donc|ainsi|de plus|ils|elles|il|elle|ce|cela|ceci|ces|cette|leur|son|sa|ses)\b",
    "de": r"[\"'„“«(]*(?:aber|jedoch|doch|dennoch|allerdings|außerdem|deshalb|daher|somit|er|sie|es|dies|diese|dieser|dieses|das|ihr|sein)\b",
    "ru": r"[\"'„“«(]*(?:но|однако|тем не менее|кроме того|поэтому|он|она|они|оно|это|этот|эта|эти|их|его|её)\b",
    "pl": r"[\"'„“«(]*(?:ale|jednak|niemniej|ponadto|dlatego|on|ona|oni|one|to|ten|ta|te|ich|jego|jej)\b",
}
"""How a sentence begins that leans on the one before it, by the article's language."""
_TAKES_BACK = {
    "en": r"[\"'“‘(]*(?:but|however|yet|still|nevertheless|nonetheless|that said|even so|at the moment)\b",
    "es": r"[\"'“«(]*(?:pero|sin embargo|no obstante|aun así)\b",
    "fr": r"[\"'“«(]*(?:mais|cependant|toutefois|pourtant)\b",
    "de": r"[\"'„“«(]*(?:aber|jedoch|doch|dennoch|allerdings)\b",
    "ru": r"[\"'„“«(]*(?:но|однако|тем не менее)\b",
    "pl": r"[\"'„“«(]*(?:ale|jednak|niemniej)\b",
}
"""How a sentence begins that takes back or limits the one before it."""
_ATTRIBUTION = re.compile(
    r"(?:according to|via) (?P<a>(?:the )?[A-Z][\w’'.-]*(?: [A-Z][\w’'.-]*){0,3})"
    r"|(?P<b>(?:(?:The|the|An?|an?|A few|Some|Several) )?(?:[A-Z][\w’'.-]* |company |official |former |some |several ){0,4}"
    r"(?:spokes(?:person|man|woman)|[Ss]tatement|officials?|company|users|reports|authorities|ministry|researchers|police|[A-Z][\w’'.-]+)(?: on our forums)?)"
    r" (?:has |have |had |also |now |recently |previously |in an official statement )*(?:said|says|say|told|claims?|claimed|noted|admitted|stated|suggests?|reported|added|announced|denied|denies|explained)\b"
)
_SAID_BY_THEM = re.compile(r"[,?!][\"”’']\s+(?:they|he|she|it)\s+(?:added|said|says|told|explained|noted|continued|wrote|stated)\b")
"""A quotation whose speaker is a pronoun: who that is stands before."""
REACH = 2
"""How many sentences before a dependent one are taken with it, at most."""

KEPT = 2048
"""Articles of which it is kept what is known of their sentences."""
KEPT_COMPOSED = 128
"""Compositions that are kept: an entry answers many questions in the same way."""


def _with(known: Relations, found: Relations) -> Relations:
    return known.extended(found.qualifies, found.origins)


@dataclass
class _Piece:
    """A quote in the making."""

    span: Span
    role: Role
    caveats: list[Span] = field(default_factory=list)
    """What must travel with it, from elsewhere."""


@dataclass(frozen=True, slots=True)
class Composition:
    """The quotes of an answer, lead first, and which of them disagree."""

    quotes: tuple[Quote, ...]
    disputes: tuple[tuple[tuple[int, ...], ...], ...] = ()


class Composer:
    """Turns evidence into quotes, with what is known about sentences: from a reviewer, or found safely."""

    def __init__(self, relations: Relations, found: Callable[[Article], Relations] | None = None) -> None:
        """`found`: what is known of the sentences of one article besides."""
        self._relations = relations
        self._of = lru_cache(maxsize=KEPT)(lambda article: relations.of(article) if found is None else _with(relations.of(article), found(article)))
        self._composed = lru_cache(maxsize=KEPT_COMPOSED)(self._compose)
        self._nearest = lru_cache(maxsize=KEPT_COMPOSED)(self._passages)

    def know(self, articles: Iterable[Article]) -> None:
        """Work out now what is known of the sentences of these articles."""
        for article in articles:
            self._of(article)

    def compose(self, evidence: Sequence[Evidence], *, until: datetime.date | None = None, status: bool = False) -> Composition:
        """The quotes for `evidence`, of which those asserted after `until` are left out; newest first where `status`."""
        return self._composed(tuple(evidence), until, status)

    def _compose(self, evidence: tuple[Evidence, ...], until: datetime.date | None, status: bool) -> Composition:
        pieces = [_Piece(whole(e.span), e.role) for e in evidence if known_by(e.span, until)]
        for piece in pieces:
            self._qualify(piece, until)
        pieces = _merged(pieces)
        pieces = self._one_origin_once(pieces)
        self._mark_earlier(pieces)
        if status or any(p.role is Role.EARLIER for p in pieces):
            pieces = _newest_first(pieces)
        pieces = _little(pieces)
        if pieces and pieces[0].role is not Role.ANSWER:
            pieces[0].role = Role.ANSWER
        quotes = self._numbered(pieces, until)
        return Composition(quotes, self._disputes(quotes))

    def nearest(self, spans: Iterable[Span], *, until: datetime.date | None = None) -> tuple[Quote, ...]:
        """Passages that do not answer, made whole, as quotes with the role `context`."""
        return self._nearest(tuple(spans), until)

    def _passages(self, spans: tuple[Span, ...], until: datetime.date | None) -> tuple[Quote, ...]:
        pieces = _little(_merged([_Piece(whole(s), Role.CONTEXT) for s in spans if known_by(s, until)]))
        return self._numbered(pieces, until)

    def other_sides(self, span: Span) -> list[Span]:
        """For a span on one side of a dispute: the newest statement of each other side."""
        found = []
        for sides in self._relations.disputes:
            on = [any(span.overlaps(s) for s in side) for side in sides]
            if any(on):
                found += [max(side, key=_newest_key) for side, here in zip(sides, on, strict=True) if not here]
        return found

    def newer(self, span: Span) -> list[Span]:
        """What supersedes a span, newest first."""
        found = {s.newer.key: s.newer for s in self._relations.supersedes if s.older.overlaps(span) and not s.newer.overlaps(span)}
        return sorted(found.values(), key=_newest_key, reverse=True)

    def _qualify(self, piece: _Piece, until: datetime.date | None) -> None:
        """Give a piece the hedges of all its claims; one that stands beside it widens it, and may bring further claims in."""
        before = None
        while before != piece.span:
            before = piece.span
            for relation in self._of(piece.span.article).qualifies:
                if relation.claim.overlaps(piece.span) and not piece.span.holds(relation.by) and known_by(relation.by, until):
                    joined = _joined(piece.span, relation.by)
                    if joined:
                        piece.span = joined
                    elif relation.by not in piece.caveats:
                        piece.caveats.append(relation.by)

    def _mark_earlier(self, pieces: list[_Piece]) -> None:
        for relation in self._relations.supersedes:
            for older in pieces:
                if older.span.overlaps(relation.older) and not older.span.overlaps(relation.newer) and any(p.span.overlaps(relation.newer) for p in pieces):
                    older.role = Role.EARLIER

    def _one_origin_once(self, pieces: list[_Piece]) -> list[_Piece]:
        kept: list[_Piece] = []
        shown: set[str] = set()
        for piece in pieces:
            sentences = [piece.span.article.sentences[i] for i in piece.span.article.sentences_of(piece.span.start, piece.span.end)]
            origins = [self._origin_ids(s) for s in sentences]
            repeats = bool(origins) and all(ids & shown for ids in origins)
            if repeats or any(same_statement(piece.span.text, k.span.text, piece.span.article.language) for k in kept):
                continue
            shown |= set().union(*origins) if origins else set()
            kept.append(piece)
        return kept

    def _origin_ids(self, span: Span) -> set[str]:
        return {o.id for o in self._of(span.article).origins if any(s.overlaps(span) for s in o.statements)}

    def _numbered(self, pieces: list[_Piece], until: datetime.date | None) -> tuple[Quote, ...]:
        quotes: list[Quote] = []
        for piece in pieces:
            origin, relays = self._relays(piece.span, until)
            quotes.append(Quote(len(quotes) + 1, piece.span, piece.role, attributed_to(piece.span), origin, relays))
            for caveat in piece.caveats:
                origin, relays = self._relays(caveat, until)
                quotes.append(Quote(len(quotes) + 1, caveat, Role.CAVEAT, attributed_to(caveat), origin, relays))
        return tuple(quotes)

    def _relays(self, span: Span, until: datetime.date | None) -> tuple[str | None, tuple[Span, ...]]:
        """The id of the statement in `span` that others relay, and where they do, one place an article."""
        found: dict[str, Span] = {}
        origin = None
        for candidate in self._of(span.article).origins:
            if any(s.overlaps(span) for s in candidate.statements):
                others = [s for s in candidate.statements if s.article is not span.article and known_by(s, until)]
                if others:
                    origin = origin or candidate.id
                for other in others:
                    found.setdefault(other.article.id, other)
        return origin, tuple(found[key] for key in sorted(found))

    def _disputes(self, quotes: tuple[Quote, ...]) -> tuple[tuple[tuple[int, ...], ...], ...]:
        found = []
        for sides in self._relations.disputes:
            on = [{q.n for q in quotes if any(q.span.overlaps(s) for s in side)} for side in sides]
            both = {n for i, side in enumerate(on) for n in side if any(n in other for j, other in enumerate(on) if j != i)}
            clear = [tuple(sorted(side - both)) for side in on]
            if sum(bool(side) for side in clear) >= 2:
                found.append(tuple(side for side in clear if side))
        return tuple(dict.fromkeys(found))


def _newest_first(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces by date, the undated last; a caveat stays behind the piece that it follows."""
    groups: list[list[_Piece]] = []
    for piece in pieces:
        if piece.role is Role.CAVEAT and groups:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    groups.sort(key=lambda g: -(g[0].span.asserted or datetime.date.min).toordinal())
    return [piece for group in groups for piece in group]


def known_by(span: Span, until: datetime.date | None) -> bool:
    """True where `span` is known to have been asserted by `until`; undated spans are not known to."""
    return until is None or (span.asserted is not None and span.asserted <= until)


def _newest_key(span: Span) -> tuple[int, tuple[str, int, int]]:
    article, start, end = span.key
    return ((span.asserted or datetime.date.min).toordinal(), (article, -start, -end))


def whole(span: Span) -> Span:
    """`span` with the sentence before it where it leans on that, and the one after where that takes it back."""
    article, sentences = span.article, span.article.sentences
    touched = article.sentences_of(span.start, span.end)
    if not touched:
        return span
    start, end = span.start, span.end
    first, last = touched[0], touched[-1]
    if start <= sentences[first].start:
        for _ in range(REACH):
            before = first - 1
            if not leans(sentences[first]) or before < 0 or not _neighbours(article, before, first):
                break
            first, start = before, sentences[before].start
    after = last + 1
    if end >= sentences[last].end and after < len(sentences) and _neighbours(article, last, after) and takes_back(sentences[after]):
        end = sentences[after].end
    widened = Span(article, start, end)
    if widened.end - widened.start > max(len(article.text) // 3, span.end - span.start):
        return span
    return widened


def leans(sentence: Span) -> bool:
    """True where a sentence begins in a way that needs the one before it."""
    pattern = _DEPENDENT.get(sentence.article.language)
    return bool(pattern and (_compiled(pattern).match(sentence.text) or (sentence.article.language == "en" and _SAID_BY_THEM.search(sentence.text))))


def takes_back(sentence: Span) -> bool:
    """True where a sentence begins as one that limits the one before it."""
    pattern = _TAKES_BACK.get(sentence.article.language)
    return bool(pattern and _compiled(pattern).match(sentence.text))


@lru_cache(maxsize=32)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


def _neighbours(article: Article, first: int, second: int) -> bool:
    """True where two consecutive sentences stand in one paragraph with nothing but white space between them."""
    a, b = article.sentences[first], article.sentences[second]
    return article.paragraphs[first] == article.paragraphs[second] and not article.text[a.end : b.start].strip(" \t\n\r\u00a0•*-–—")


def _joined(one: Span, other: Span) -> Span | None:
    """The span over both where they touch or overlap inside a paragraph, else None."""
    if one.article is not other.article:
        return None
    a, b = sorted((one, other), key=lambda s: s.start)
    if a.end >= b.start:
        return Span(a.article, a.start, max(a.end, b.end))
    between = a.article.text[a.end : b.start]
    if between.strip(" \t\r\u00a0") == "" and "\n" not in between:
        return Span(a.article, a.start, b.end)
    return None


def _merged(pieces: list[_Piece]) -> list[_Piece]:
    """Pieces that touch become one, at the place and with the role of the first; caveats already shown are dropped."""
    kept: list[_Piece] = []
    for piece in pieces:
        for other in kept:
            joined = _joined(other.span, piece.span)
            if joined:
                other.span = joined
                other.caveats += piece.caveats
                break
        else:
            kept.append(piece)
    shown: list[Span] = [p.span for p in kept]
    for piece in kept:
        caveats: list[Span] = []
        for caveat in piece.caveats:
            if not any(s.holds(caveat) for s in shown):
                caveats.append(caveat)
                shown.append(caveat)
        piece.caveats = caveats
    return kept


def _little(pieces: list[_Piece]) -> list[_Piece]:
    """The first pieces that fit: at most 6 quotes and 1,800 characters, at most a third of one article, the lead and the caveats right after it always."""
    kept: list[_Piece] = []
    used: dict[str, int] = {}
    count = total = 0
    for piece in pieces:
        spans = [piece.span, *piece.caveats]
        sizes = dict(used)
        for span in spans:
            sizes[span.article.id] = sizes.get(span.article.id, 0) + span.end - span.start
        size = sum(s.end - s.start for s in spans)
        fair = all(sizes[s.article.id] <= max(len(s.article.text) // 3, longest_sentence(s)) for s in spans)
        hedges_lead = piece.role is Role.CAVEAT and all(p.role is Role.CAVEAT for p in kept[1:])
        if kept and (count + len(spans) > MOST_QUOTES or total + size > MOST_CHARACTERS or not (fair or hedges_lead)):
            continue
        if not kept and (total + size > MOST_CHARACTERS or not fair):
            piece = _Piece(_shortened(piece.span), piece.role, piece.caveats)
            spans = [piece.span, *piece.caveats]
            size, sizes = sum(s.end - s.start for s in spans), {}
            for span in spans:
                sizes[span.article.id] = sizes.get(span.article.id, 0) + span.end - span.start
        kept.append(piece)
        used, count, total = sizes, count + len(spans), total + size
    return kept


def longest_sentence(span: Span) -> int:
    """Length of the longest sentence that the span touches: one sentence may always be shown."""
    sentences = span.article.sentences
    return max((sentences[i].end - sentences[i].start for i in span.article.sentences_of(span.start, span.end)), default=span.end - span.start)


def _shortened(span: Span) -> Span:
    """As many whole sentences from the span's start as a third of the article allows, at least one."""
    article = span.article
    touched = [article.sentences[i] for i in article.sentences_of(span.start, span.end)]
    if not touched:
        return span
    most = min(MOST_CHARACTERS, max(len(article.text) // 3, touched[0].end - touched[0].start))
    ends = [s.end for s in touched if s.end - span.start <= most]
    return Span(article, max(span.start, touched[0].start), min(span.end, max(ends, default=touched[0].end)))


def attributed_to(span: Span) -> str | None:
    """Who says it, in the article's words, where the span says so (English articles)."""
    if span.article.language != "en":
        return None
    match = _ATTRIBUTION.search(span.text)
    return (match["a"] or match["b"]).rstrip(".'’-") if match else None
