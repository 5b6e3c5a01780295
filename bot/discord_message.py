"""An answer as a Discord message: plain values, no Discord library.

What Discord would read as formatting in words that are not the bot's own (articles, questions, names) is escaped once, so
that it can neither ping, link, make a heading, leave its quote nor pose as the bot.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import quote as percent_encoded

from bot import citations, frames, render
from bot.answer import Answer, Quote, Reason
from bot.corpus import Span
from bot.faq import Faq, Role
from bot.text import HIDDEN, LINE_BREAK, LONE_JOINER, words

MOST_CHARACTERS = 4000
"""Of all texts of one message (Discord, Components V2)."""
MOST_COMPONENTS = 40
"""Of one message, the container included (Discord, Components V2)."""
MOST_CHOICES = 25
"""Suggestions that Discord takes while somebody types."""
LONGEST_CHOICE = 100
"""Characters of one suggestion, and of an option of a menu."""
LONGEST_ASKED = 200
"""Characters of the question that are repeated above its answer."""

_FORMATTING = re.compile(r"^([^\S\n]*\d+)\.|([\\*_~|>\[\]()<#:@+`/-])", re.MULTILINE)
_LIST_NUMBER = 1
_URL_SAFE = "%:/?#@!$&+,;=~"
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = "\u200e", "\u200f"


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the message, in Discord's markdown."""

    content: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line that sets texts apart."""


class Act(StrEnum):
    """What can be done with an answer; the value is the custom_id of its button or menu."""

    CONTEXT = "answer:context"
    HELPFUL = "answer:helpful"
    NOT_HELPFUL = "answer:not_helpful"
    NOT_MY_QUESTION = "answer:not_my_question"
    SHARE = "answer:share"
    DELETE = "answer:delete"
    NEXT = "answer:next"


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press; `action` is what Discord sends back then."""

    action: str
    label: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of at most five buttons."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a menu."""

    value: str
    label: str
    description: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu of 1 to 25 options, of which one is chosen; where `most` is more, none to so many."""

    action: str
    placeholder: str
    options: tuple[Option, ...]
    most: int = 1


@dataclass(frozen=True, slots=True)
class Channels:
    """A menu of the server's channels, of which up to 25 are chosen."""

    action: str
    forums: bool
    """Whether forums are offered too."""
    chosen: tuple[int, ...]
    disabled: bool = False


Block = Text | Rule | Buttons | Menu | Channels


def visible(text: str) -> str:
    """`text` as a reader of the message sees it: no control, bidi or zero-width characters, line breaks as newlines."""
    return text if text.isascii() and text.isprintable() else LONE_JOINER.sub("", HIDDEN.sub("", LINE_BREAK.sub("\n", text)))


def escaped(text: str) -> str:
    """`visible(text)` written so that Discord shows it letter by letter and formats nothing of it."""
    return _FORMATTING.sub(lambda found: f"{found[_LIST_NUMBER]}\\." if found[_LIST_NUMBER] else f"\\{found[0]}", visible(text))


def quoted(text: str) -> str:
    """`text` as a quote block that no line of it can leave."""
    return "\n".join(f"> {line}" for line in escaped(text).split("\n"))


def size(text: str) -> int:
    """The length of `text` for Discord's limits, counted in UTF-16 units: never less than any other way of counting."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def fits(blocks: tuple[Block, ...]) -> bool:
    """True where Discord takes these blocks, in one container, as one message; the words on buttons and in menus are counted too."""
    components = 1 + sum(1 + len(b.buttons) if isinstance(b, Buttons) else 1 if isinstance(b, Text | Rule) else 2 for b in blocks)
    return components <= MOST_COMPONENTS and size("".join(text for b in blocks for text in written(b))) <= MOST_CHARACTERS


def written(block: Block) -> Iterator[str]:
    """All texts of a block."""
    if isinstance(block, Text):
        yield block.content
    elif isinstance(block, Buttons):
        yield from (button.label for button in block.buttons)
    elif isinstance(block, Menu):
        yield block.placeholder
        yield from (text for option in block.options for text in (option.label, option.description))


def components_of(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """The blocks in one container, as Discord's API wants the components of a message."""
    return [{"type": 17, "accent_color": None, "spoiler": False, "components": [_component(block) for block in blocks]}]


def _component(block: Block) -> dict[str, Any]:
    match block:
        case Text():
            return {"type": 10, "content": block.content}
        case Rule():
            return {"type": 14, "divider": True, "spacing": 1}
        case Buttons():
            return _row(*({"type": 2, "style": 2, "disabled": b.disabled, "label": b.label, "custom_id": b.action} for b in block.buttons))
        case Menu():
            few, most = (0, min(block.most, len(block.options))) if block.most > 1 else (1, 1)
            told = {"placeholder": block.placeholder, "options": [_choice(option) for option in block.options]}
            return _row({"type": 3, **_menu_of(block.action, few, most), "required": True, **told})
        case Channels():
            offered: dict[str, Any] = {"channel_types": [0, 5, *([15] if block.forums else [])]}
            if block.chosen:
                offered["default_values"] = [{"id": number, "type": "channel"} for number in block.chosen]
            return _row({"type": 8, **_menu_of(block.action, 0, 25, block.disabled), "required": False, **offered})


def _row(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def _menu_of(action: str, few: int, most: int, disabled: bool = False) -> dict[str, Any]:
    return {"custom_id": action, "min_values": few, "max_values": most, "disabled": disabled}


def _choice(option: Option) -> dict[str, Any]:
    choice = {"label": option.label, "value": option.value, "default": option.chosen}
    return {**choice, "description": option.description} if option.description else choice


def frame_language(answer: Answer, reader: str) -> str:
    """The language of the frame sentences: the question's where the bot speaks it, else the reader's, else English."""
    base = answer.language.split("-")[0]
    return base if frames.spoken(base) == base else frames.spoken(reader)


def message(answer: Answer, language: str, *, private: bool = False, shareable: bool = True, asked: bool = False) -> tuple[Block, ...]:
    """The answer in `language` with its buttons, within Discord's limits; `asked`: the question stands above it.

    A private answer has a button to share it where it is `shareable`.

    What does not fit goes in this order: the links' way to the sentence, the follow-up questions, whole quotes from the end.
    What was left out is counted; a caveat goes with its claim, and one side of a dispute with the other.
    """
    groups, found = _groups(answer), len(answer.quotes or answer.nearest)
    above = [f"-# {frame('asked', language, question=cut(visible(answer.question), LONGEST_ASKED))}"] if asked and answer.question.strip() else []
    below = _rows(answer, language, private and shareable)
    full = [(groups, True, True), (groups, False, True)]
    shorter = [(groups[:kept], False, False) for kept in range(len(groups), -1, -1)]
    for kept, exact_links, follow_ups in full + shorter:
        blocks = (*_blocks(_with(answer, kept, language), found, above, exact_links, follow_ups), *below)
        if fits(blocks):
            return blocks
    last = _line(render.headline(_with(answer, [], language))[-1], language)
    return (Text("\n".join([*above, last, *_left_out(found, language)])), *below)


def _rows(answer: Answer, language: str, shareable: bool) -> tuple[Buttons, ...]:
    """What can be done with an answer, and below it what can be said of it."""
    shown = [Act.CONTEXT] if answer.quotes or answer.nearest else []
    if answer.reason in (Reason.EMPTY, Reason.TOO_LONG):
        return (buttons(language, Act.DELETE),)
    return (
        buttons(language, *shown, *([Act.SHARE] if shareable else []), Act.DELETE),
        buttons(language, Act.HELPFUL, Act.NOT_HELPFUL, Act.NOT_MY_QUESTION),
    )


@lru_cache(maxsize=256)
def buttons(language: str, *acts: Act) -> Buttons:
    """A row of buttons for `acts`, labelled in `language`."""
    return Buttons(tuple(Button(act, frames.say(f"button_{act.removeprefix('answer:')}", language)) for act in acts))


def menu(action: str, placeholder: str, choices: Iterable[tuple[str, str]]) -> Menu | None:
    """A menu of (value, label); what Discord does not take as a value is left out, a long label is cut; None where nothing is left."""
    options = {value: _option(value, label, "") for value, label in choices}
    return _menu(action, placeholder, options)


def _follow_ups(answer: Answer, language: str) -> Menu | None:
    """The questions that may be asked next, as a menu: each option's value is its question."""
    placeholder = frames.say("choose" if answer.prompt else "related" if answer.quotes else "can_ask", language)
    options = {}
    for follow in render.offered(answer):
        question = visible(follow.question).strip()
        options[question] = _option(question, follow.label, "" if follow.label == follow.question else question)
    return _menu(Act.NEXT, placeholder, options)


def _option(value: str, label: str, description: str) -> Option:
    return Option(value, cut(visible(label).strip(), LONGEST_CHOICE) or cut(value, LONGEST_CHOICE), cut(description, LONGEST_CHOICE))


def _menu(action: str, placeholder: str, options: Mapping[str, Option]) -> Menu | None:
    taken = tuple(option for value, option in options.items() if 0 < size(value) <= LONGEST_CHOICE)
    return Menu(action, placeholder, taken[:MOST_CHOICES]) if taken else None


def cut(text: str, most: int) -> str:
    """`text` on one line, its end replaced by an ellipsis where it is longer than `most` (UTF-16 units)."""
    text = LINE_BREAK.sub(" ", text)
    return text if size(text) <= most else shortened(text, most - 1) + "…"


def shortened(text: str, most: int) -> str:
    """The beginning of `text`, at most `most` UTF-16 units."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


def _groups(answer: Answer) -> list[list[Quote]]:
    """The quotes in the groups that are shown whole or not at all, in the order of the answer."""
    groups: list[list[Quote]] = []
    for quote in answer.quotes or answer.nearest:
        groups.append([quote])
        if quote.role is Role.CAVEAT:
            before = [at for at, group in enumerate(groups[:-2]) if group[-1].role is Role.CAVEAT]
            first = before[-1] + 1 if before else 0
            groups[first:] = [[q for group in groups[first:] for q in group]]
    for sides in answer.disputes:
        numbers = {n for side in sides for n in side}
        joined = [group for group in groups if any(q.n in numbers for q in group)]
        groups = [[q for group in joined for q in group] if group is joined[0] else group for group in groups if group is joined[0] or group not in joined]
    return groups


def _with(answer: Answer, groups: list[list[Quote]], language: str) -> Answer:
    """The answer in `language` with the quotes of `groups` alone."""
    kept = {q.n for group in groups for q in group}
    quotes, nearest = (tuple(q for q in some if q.n in kept) for some in (answer.quotes, answer.nearest))
    disputes = tuple(sides for sides in answer.disputes if all(n in kept for side in sides for n in side))
    return replace(answer, language=language, quotes=quotes, nearest=nearest, disputes=disputes)


def _blocks(answer: Answer, found: int, above: list[str], exact_links: bool, follow_ups: bool) -> Iterator[Block]:
    """The blocks of an answer of whose `found` quotes some may have been left out, without its buttons."""
    language, shown = answer.language, answer.quotes or answer.nearest
    head = [*above, *(_line(line, language) for line in render.headline(answer))]
    if answer.nearest:
        head.append(f"**{_line(render.nearest_label(answer), language)}**")
    if head:
        yield Text("\n".join(head))
    for at, quote in enumerate(shown):
        if at or head:
            yield Rule()
        label = f"**{_line(render.label(answer, quote), language)}**\n" if answer.quotes else ""
        yield Text(f"{label}{quoted(quote.span.text)}\n-# {source(quote, language, exact_links)}")
    foot = _left_out(found - len(shown), language)
    if answer.as_of and len({q.span.asserted for q in shown}) > 1 and not any(q.role is Role.EARLIER for q in shown):
        foot.append(f"-# {frame('newest_source', language, date=frames.date(answer.as_of, language))}")
    if answer.reason in (Reason.EMPTY, Reason.UNCLEAR):
        foot.append(f"-# {frame('sources_used', language, count=answer.sources.articles)}")
    next_questions = _follow_ups(answer, language) if follow_ups else None
    if next_questions and answer.prompt:
        foot.append(_line(answer.prompt, language))
    if foot:
        if head or shown:
            yield Rule()
        yield Text("\n".join(foot))
    if next_questions:
        yield next_questions


def _left_out(count: int, language: str) -> list[str]:
    return [frame("left_out", language, count=count)] if count else []


def source(quote: Quote, language: str, exact_links: bool = True) -> str:
    """The number of a quote, where it is from, and who else relays it."""
    text = f"\\[{quote.n}\\] {_cited(quote.span, language, exact_links)}"
    if quote.relayed_by:
        also = "; ".join(_cited(s, language, exact_links) for s in quote.relayed_by)
        text += f"; {one_line(frames.say('also_in', language, outlets='{}')).format(also)}"
    return _directed(text, language)


def cited(span: Span, language: str, exact_link: bool = True) -> str:
    """Outlet with its link, date and standing of a span."""
    return _directed(_cited(span, language, exact_link), language)


@lru_cache(maxsize=512)
def _cited(span: Span, language: str, exact_link: bool) -> str:
    mark = _RIGHT_TO_LEFT if frames.spoken(language) in frames.RIGHT_TO_LEFT else ""  # else the day is drawn to the outlet's letters
    return f"{_linked(span, exact_link)}{mark}{one_line(_standing(span, language))}"


def _outlet(span: Span) -> str:
    return span.article.publisher or span.article.id


def _standing(span: Span, language: str) -> str:
    """What `render.outlet` says after the outlet's name: `, date, what it is`."""
    return render.outlet(span, language).removeprefix(_outlet(span))


def _linked(span: Span, exact: bool) -> str:
    """The outlet's name, linked to the quoted sentence (to the article where not `exact`); no link where there is no web address."""
    name, url = one_line(_outlet(span)).strip() or one_line(span.article.id), citations.link(span) if exact else span.article.url
    return f"[{name}]({percent_encoded(url, safe=_URL_SAFE)})" if url and url.startswith(("https://", "http://")) else name


def one_line(text: str) -> str:
    """`text` escaped, its line breaks as spaces."""
    return escaped(LINE_BREAK.sub(" ", text))


def bold(text: str) -> str:
    """`text` escaped and in bold, line by line."""
    return "\n".join(f"{line[: len(line) - len(line.lstrip())]}**{escaped(line.strip())}**" if line.strip() else line for line in visible(text).split("\n"))


def frame(name: str, language: str, /, **values: object) -> str:
    """The frame sentence `name` with what is put into it, as one line."""
    return _line(frames.say(name, language, **values), language)


def _line(text: str, language: str) -> str:
    return _directed(one_line(text), language)


def _directed(line: str, language: str) -> str:
    """`line` with the mark of its language's direction in front, where letters of both directions could turn it."""
    if line.isascii():
        return line
    directions = {unicodedata.bidirectional(c) for c in set(line)}
    if "L" not in directions or not directions & {"R", "AL"}:
        return line
    return (_RIGHT_TO_LEFT if frames.spoken(language) in frames.RIGHT_TO_LEFT else _LEFT_TO_RIGHT) + line


@dataclass(frozen=True, slots=True)
class _Title:
    text: str
    words: tuple[str, ...]
    unanswered: bool


class Titles:
    """The titles of a FAQ's entries by language, to suggest while somebody types."""

    def __init__(self, faq: Faq) -> None:
        self._faq = faq
        self._titles: dict[str, tuple[_Title, ...]] = {}

    def suggest(self, typed: str, language: str) -> list[str]:
        """At most 25 titles in `language` that go with what was typed.

        Entries that answer come first, then titles that begin like it, then titles with its words in any order.
        """
        wanted = words(typed[:LONGEST_CHOICE])
        ranked = [(title.unanswered, rank, title.text) for title in self._of(language) if (rank := _rank(title.words, wanted)) is not None]
        ranked.sort(key=lambda found: found[:2])
        return list(dict.fromkeys(text for *_, text in ranked))[:MOST_CHOICES]

    def _of(self, language: str) -> tuple[_Title, ...]:
        if language not in self._titles:
            titles = [(visible(e.title(language)).strip(), e.known_unknown) for e in self._faq.entries]
            self._titles[language] = tuple(_Title(text, tuple(words(text)), unanswered) for text, unanswered in titles if 0 < size(text) <= LONGEST_CHOICE)
        return self._titles[language]


def _rank(title: tuple[str, ...], wanted: list[str]) -> int | None:
    """0 where the title begins with the wanted words (the last may be unfinished), 1 where it has them all, else None."""
    *whole, last = wanted or [""]
    head = title[: len(wanted)]
    if list(head[:-1]) == whole and (not wanted or (len(head) == len(wanted) and head[-1].startswith(last))):
        return 0
    return 1 if all(any(word.startswith(w) for word in title) for w in wanted) else None
