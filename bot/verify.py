"""Whether an answer object, made anywhere and at any time, quotes a corpus letter by letter, and whether it would be made again."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from bot.answer import SCHEMA, citation, iso, receipt
from bot.assistant import Assistant
from bot.corpus import Article, Corpus, Span, nearest_span, unseen_difference
from bot.errors import number_of
from bot.yaml_nodes import parse_date

ALIKE = 0.6
"""Similarity (2 × common characters in order / all characters) from which a text that is not in the article is another wording of one that is."""
DEEPEST = 32
"""Levels of an object that is looked at; an answer has six."""
BEFORE, AFTER = 40, 80
"""Characters shown before the first difference and from it on, cut between words."""
MOST_WORDS = 400
"""Words from the first difference on that are compared to find where two texts agree again."""


class Outcome(StrEnum):
    """What became of a recorded quote."""

    EXACT = "exact"
    MOVED = "moved"
    DIFFERS = "differs"
    NOT_FOUND = "not found"


@dataclass(frozen=True, slots=True)
class Finding:
    """One recorded quote: where it stands in the record, what became of it, where it is said to be, and what is wrong."""

    name: str
    outcome: Outcome
    place: str
    details: tuple[str, ...] = ()
    """In words: where it is now, both texts around the first difference."""
    faults: tuple[str, ...] = ()
    """Other fields that are not the corpus': citation, date, page furniture."""

    @property
    def sound(self) -> bool:
        """Whether the quote is exact and nothing else that is said of it differs."""
        return self.outcome is Outcome.EXACT and not self.faults


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is true of an answer object; it is exact where every quote is and nothing was changed."""

    findings: tuple[Finding, ...]
    faults: tuple[str, ...]
    """What is wrong with the object as a whole."""
    receipt: str
    is_answer: bool = True
    """False where it is no answer object at all."""

    @property
    def exact(self) -> bool:
        """Whether every quote and every other field is as the corpus has it."""
        return not self.faults and all(f.sound for f in self.findings)

    def __str__(self) -> str:
        if self.exact:
            return f"exact: {_counted(self.findings)}, receipt {self.receipt}"
        lines = ["not exact"]
        for found in self.findings:
            lines.append(f"  {found.name}: {found.outcome}: {found.place}")
            lines += [f"      {line}" for line in (*found.details, *found.faults)]
        return _printable([*lines, *(f"  {fault}" for fault in self.faults)])


def _printable(lines: Iterable[str]) -> str:
    """Lines of which no character of a record can do anything to a terminal."""
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines)


def _counted(findings: tuple[Finding, ...]) -> str:
    """How many quotes there are, and how many statements of theirs in other articles."""
    relays = sum("relayed_by" in f.name for f in findings)
    quotes = number_of(len(findings) - relays, "quote")
    return f"{quotes}, {number_of(relays, 'relayed statement')}" if relays else quotes


def verify(record: Mapping[str, Any], corpus: Corpus) -> Verdict:
    """What became of the quotes of an answer object in `corpus`, and whether its receipt is its own. Never raises."""
    if _is_deep(record):
        return Verdict((), (f"not an answer object: nested deeper than {DEEPEST} levels",), "", is_answer=False)
    made = receipt(dict(record))
    if record.get("schema") != SCHEMA:
        return Verdict((), (f"not an answer object: schema is {record.get('schema')!r}, not {SCHEMA!r}",), made, is_answer=False)
    faults = [f"{key}: not a list" for key in ("quotes", "nearest") if not isinstance(record.get(key), list)]
    if record.get("receipt") != made:
        faults.append(f"receipt: recorded {record.get('receipt')!r}, recomputed {made!r}: the answer was changed after it was made")
    return Verdict(tuple(_finding(name, quote, corpus) for name, quote in _quotes(record)), tuple(faults), made)


def _is_deep(record: object) -> bool:
    """True where lists and objects are nested deeper than any answer's: Python's JSON would not write them again."""
    level: list[Any] = [record]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())]
    return bool(level)


def _quotes(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("quotes", "nearest"):
        quotes = record.get(key)
        for i, quote in enumerate(quotes if isinstance(quotes, list) else []):
            yield f"{key}[{i}]", quote
            relays = quote.get("relayed_by") if isinstance(quote, dict) else None
            for j, relay in enumerate(relays if isinstance(relays, list) else []):
                yield f"{key}[{i}].relayed_by[{j}]", relay


def _finding(name: str, quote: Any, corpus: Corpus) -> Finding:
    if not isinstance(quote, dict):
        return Finding(name, Outcome.NOT_FOUND, "not a quote")
    where, start, end, text = quote.get("article"), quote.get("start"), quote.get("end"), quote.get("text")
    place = f"{where}[{start}:{end}]"[:AFTER] if isinstance(where, str) else f"article {where!r}"[:AFTER]
    if not isinstance(text, str) or not text.strip():
        return Finding(name, Outcome.NOT_FOUND, place, ("has no text",))
    article = corpus.articles.get(where) if isinstance(where, str) else None
    if article is None:
        return Finding(name, Outcome.NOT_FOUND, place, (f"no article {where!r} in the corpus", *_elsewhere(text, corpus)))
    said = Span(article, start, end) if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(article.text) else None
    if said and said.text == text:
        return Finding(name, Outcome.EXACT, place, (), tuple(_faults(quote, said)))
    places = _places(article, text, said)
    if places:
        now = f"now {article.id}[{places[0].start}:{places[0].end}]" + (f", and {len(places) - 1} more" if len(places) > 1 else "")
        return Finding(name, Outcome.MOVED, place, (now,), tuple(_faults(quote, places[0])))
    like = _most_like(article, text, said)
    if like:
        difference = _difference(like, text)
        return Finding(name, Outcome.DIFFERS, place, difference, tuple(_faults(quote, None, article)))
    return Finding(name, Outcome.NOT_FOUND, place, (f"nothing in {article.id} is like it", *_elsewhere(text, corpus)), tuple(_faults(quote, None, article)))


def _places(article: Article, text: str, said: Span | None) -> list[Span]:
    """Where the article has the text, the nearest to where it is said to be first."""
    found = [Span(article, m.start(), m.start() + len(text)) for m in re.finditer(f"(?={re.escape(text)})", article.text)]
    return sorted(found, key=lambda span: abs(span.start - said.start) if said else 0)


def _elsewhere(text: str, corpus: Corpus) -> list[str]:
    return [f"{article.id}[{at}:{at + len(text)}] has it" for article in corpus.articles.values() if (at := article.text.find(text)) >= 0]


def _most_like(article: Article, text: str, said: Span | None) -> Span | None:
    """The piece of the article, at the recorded place or elsewhere, of which `text` is another wording."""
    from rapidfuzz.distance import Indel

    candidates = ([said] if said else []) + ([nearest_span(article, text)] if article.sentences else [])
    scored = [(Indel.normalized_similarity(span.text, text), -i, span) for i, span in enumerate(candidates)]
    score, _, best = max(scored, key=lambda s: s[:2], default=(0.0, 0, None))
    return best if score >= ALIKE else None


def _difference(span: Span, recorded: str) -> tuple[str, ...]:
    """Both texts around their first difference, where the article has its own, and which characters differ where none can be seen."""
    ours, theirs = _first_difference(span.text, recorded)
    lines = (f"recorded  {theirs}", f"article   {ours}", f"at        {span.article.id}[{span.start}:{span.end}]")
    same, again, again_recorded = _agreement(_words(span.text), _words(recorded))
    a, b = ("".join(_words(text)[same:until]) for text, until in ((span.text, again), (recorded, again_recorded)))
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if len(a) + len(b) <= MOST_WORDS else []
    unseen = [line for tag, i, j, k, m in codes if tag != "equal" for line in unseen_difference(a[i:j], b[k:m])]
    return (*lines, *dict.fromkeys(unseen))


def _first_difference(one: str, other: str) -> tuple[str, str]:
    """Two texts, each on one line, around their first difference, which is marked « » in words and never cut away."""
    a, b = _words(one), _words(other)
    same, again_one, again_other = _agreement(a, b)
    return _around(a, same, again_one), _around(b, same, again_other)


def _agreement(a: list[str], b: list[str]) -> tuple[int, int, int]:
    """How many words two texts begin with alike, and from which word of each they are alike again (its end where they never are)."""
    same = next((i for i, (left, right) in enumerate(zip(a, b, strict=False)) if left != right), min(len(a), len(b)))
    matcher = SequenceMatcher(None, a[same : same + MOST_WORDS], b[same : same + MOST_WORDS], autojunk=False)
    again = next((block for block in matcher.get_matching_blocks() if block.size), None)
    return same, same + again.a if again else len(a), same + again.b if again else len(b)


def _words(text: str) -> list[str]:
    """The words of a text, each with the white space after it: together they are the text."""
    return re.findall(r"\s*\S+\s*|\s+", text)


def _around(words: list[str], first: int, until: int) -> str:
    """The words from `first` to `until`, marked, with what stands around them, on one line."""
    head, differing, tail = ("".join(part) for part in (words[:first], words[first:until], words[until:]))
    before = head if len(head) <= BEFORE else "… " + head[-BEFORE:].partition(" ")[2]
    after = tail if len(tail) <= AFTER else tail[:AFTER].rpartition(" ")[0] + " …"
    inner = differing.strip()
    marked = differing.replace(inner, f"«{inner}»", 1) if inner else f"«{differing}» "
    return f"{before}{marked}{after}".replace("\n", " ").rstrip()


def _faults(quote: Mapping[str, Any], span: Span | None, article: Article | None = None) -> Iterator[str]:
    """Fields of a recorded quote that are not those of the place where its text is, or of its article where that is not to be had."""
    if span and span.article.is_furniture(span.start, span.end):
        yield "overlaps page furniture"
    if span and "asserted" in quote and quote["asserted"] != iso(span.asserted):
        yield f"asserted: {quote['asserted']!r}, but the corpus says {iso(span.asserted)!r}"
    given = quote.get("citation")
    if not isinstance(given, dict):
        yield "has no citation"
        return
    source = span.article if span else article
    if source is None:
        return
    if given.get("sha256") != source.sha256:
        yield f"was made from another version of {source.id}"
    true = citation(span or Span(source, 0, 1)) if source.text else {}
    own = {"sha256"} if span else {"sha256", "link", "prefix", "suffix"}
    yield from (
        f"citation.{key}: {given.get(key)!r}, but the corpus says {value!r}" for key, value in true.items() if key not in own and given.get(key) != value
    )


@dataclass(frozen=True, slots=True)
class Replay:
    """The recorded question asked again: what the answer was made with then and now, and where the two answers differ."""

    made_with: tuple[str, ...]
    """What is not the same as then: corpus, FAQ, version, engine."""
    differences: tuple[str, ...]
    problem: str = ""
    """Why it could not be asked again."""

    @property
    def fault(self) -> bool:
        """True where the answer is another one though it was made with the same, or where it could not be asked."""
        return bool(self.problem or (self.differences and not self.made_with))

    def __str__(self) -> str:
        if self.problem:
            return f"replay: cannot be asked again: {self.problem}"
        if not self.differences:
            return "replay: the same answer" + (
                "".join(f"\n      {line}" for line in ("though made with other files:", *self.made_with)) if self.made_with else ""
            )
        why = ["explained by what it was made with:", *self.made_with] if self.made_with else ["a fault: it was made with the same corpus, FAQ and program"]
        return _printable(["replay: another answer", *(f"      {line}" for part in (*self.differences, *why) for line in part.split("\n"))])


def is_semantic(record: Mapping[str, Any]) -> bool:
    """True where an answer object was made with matching by meaning."""
    made = record.get("made_with")
    return isinstance(made, dict) and made.get("semantic") is not None


def replayed(record: Mapping[str, Any], assistant: Assistant) -> Replay:
    """Ask the recorded question again, in its language and as of its date, and compare. Never raises."""
    made = record.get("made_with")
    question, language, until = record.get("question"), record.get("language"), made.get("until") if isinstance(made, dict) else None
    if not isinstance(made, dict) or not isinstance(question, str) or not isinstance(language, str):
        return Replay((), (), "needs `question`, `language` and `made_with`")
    try:
        date: datetime.date | None = parse_date(str(until)) if until is not None else None
    except ValueError:
        return Replay((), (), f"made_with.until is {until!r}, no date")
    now = assistant.ask(question, language=language, until=date).as_json
    then_files, now_files = _conditions(record), _conditions(now)
    changed = tuple(f"{key}: {then_files[key]!r} then, {value!r} now" for key, value in now_files.items() if then_files[key] != value)
    rest = {"receipt", "made_with", "corpus"}
    then_answer, now_answer = ({key: value for key, value in body.items() if key not in rest} for body in (dict(record), now))
    return Replay(changed, tuple(_differences(then_answer, now_answer, "")))


def _conditions(record: Mapping[str, Any]) -> dict[str, Any]:
    made, corpus = record.get("made_with"), record.get("corpus")
    of_corpus, of_program = corpus if isinstance(corpus, dict) else {}, made if isinstance(made, dict) else {}
    return {"corpus.sha256": of_corpus.get("sha256"), **{f"made_with.{key}": of_program.get(key) for key in ("faq_sha256", "version", "engine", "semantic")}}


def _differences(then: Any, now: Any, path: str) -> Iterator[str]:
    """Each place where two JSON values differ, the innermost that has a name."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*now, *then]):
            if key in then and key in now:
                yield from _differences(then[key], now[key], f"{path}.{key}" if path else str(key))
            else:
                yield f"{path}.{key}".lstrip(".") + (": not recorded" if key in now else ": recorded, but no answer has it")
    elif isinstance(then, list) and isinstance(now, list):
        for i, (a, b) in enumerate(zip(then, now, strict=False)):
            yield from _differences(a, b, f"{path}[{i}]")
        if len(then) != len(now):
            yield f"{path}: {len(then)} then, {len(now)} now"
    elif isinstance(then, str) and isinstance(now, str) and max(len(then), len(now)) > AFTER and then != now:
        one, other = _first_difference(then, now)
        yield f"{path}:\n    then  {one}\n    now   {other}"
    elif type(then) is not type(now) or then != now:
        yield f"{path}: {then!r} then, {now!r} now"
