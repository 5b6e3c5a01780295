"""What a maintainer may add to relations.yaml: candidates as YAML ready to paste, the likeliest first."""

from __future__ import annotations

from dataclasses import dataclass

from bot import config
from bot.candidates import SAFE, Candidate, Kind, find
from bot.compose import whole
from bot.corpus import Corpus, Span, load_corpus
from bot.lexicon import Lexicon, load_lexicon
from bot.relations import Relations, load_relations
from bot.text import is_stop, words
from bot.yaml_nodes import quoted, scalar

MOST = 30
"""Suggestions shown at once; the others follow when these are decided."""
_NAMES = {Kind.QUALIFIES: ("claim", "by"), Kind.SUPERSEDES: ("newer", "older")}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One candidate: the list that it belongs to, why, and the item to paste below that list's key."""

    kind: Kind
    reason: str
    item: str


def suggestions(settings: config.Settings) -> list[Suggestion]:
    """As `suggested`, for the corpus of `settings` and its table. Raises CorpusError."""
    corpus, _ = load_corpus(settings.corpus)
    return suggested(corpus, load_relations(corpus)[0], load_lexicon(corpus, settings.cache))


def suggested(corpus: Corpus, table: Relations, lexicon: Lexicon, article: str | None = None) -> list[Suggestion]:
    """All that the table of the corpus does not have, nor names unrelated, nor the bot applies anyway; with `article`, what concerns that one."""
    found: list[Suggestion] = []
    tellings: list[tuple[str, list[Span]]] = [(o.id, list(o.statements)) for o in table.origins]
    for candidate in find(corpus, lexicon, table):
        if article is not None and article not in (candidate.first.article.id, candidate.second.article.id):
            continue
        shown_anyway = candidate.rule in SAFE or (candidate.kind is Kind.QUALIFIES and whole(candidate.first).holds(candidate.second))
        first, second = reference(candidate.first), reference(candidate.second)
        if not shown_anyway and first and second:
            found.append(Suggestion(candidate.kind, candidate.reason, _item(candidate, first, second, tellings)))
    return found


def reference(span: Span) -> Span | None:
    """The span, or as many sentences around it as it takes to be found once in its article; None where it cannot be quoted so."""
    article = span.article
    touched = article.sentences_of(span.start, span.end)
    first, last = (touched[0], touched[-1]) if touched else (0, 0)
    while article.text.count(span.text) > 1:
        if last + 1 < len(article.sentences):
            last += 1
        elif first:
            first -= 1
        else:
            return None
        span = Span(article, min(span.start, article.sentences[first].start), max(span.end, article.sentences[last].end))
    return None if article.is_furniture(span.start, span.end) else span


def _item(candidate: Candidate, first: Span, second: Span, tellings: list[tuple[str, list[Span]]]) -> str:
    """The item as YAML. A statement of which a telling is known or was suggested keeps that one's id."""
    one, other = _ref(first), _ref(second)
    if candidate.kind is Kind.SAME_ORIGIN:
        known = next((told for told in tellings if any(s.overlaps(t) for s in told[1] for t in (first, second))), None)
        name, spans = known or (_name(candidate), [])
        if not known:
            tellings.append((name, spans))
        spans += [first, second]
        return f"  - id: {scalar(name)}\n    statements:\n      - {one}\n      - {other}"
    if candidate.kind is Kind.DISPUTES:
        return f"  - sides:\n      - [{one}]\n      - [{other}]"
    names = _NAMES[candidate.kind]
    return f"  - {names[0]}: {one}\n    {names[1]}: {other}"


def _ref(span: Span) -> str:
    return f"{{article: {scalar(span.article.id)}, quote: {quoted(span.text)}}}"


def _name(candidate: Candidate) -> str:
    """An id for a statement: the first words of topic that both tellings have."""
    others = set(words(candidate.second.text))
    shared = [w for w in dict.fromkeys(words(candidate.first.text)) if w in others and not is_stop(w)]
    return "-".join(shared[:4]) or f"{candidate.first.article.id}-{candidate.first.start}"
