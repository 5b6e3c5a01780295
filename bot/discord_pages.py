"""What the bot shows in Discord besides answers, as plain values: lists in pages, quotes in their context, what was found of a quotation, its settings.

Everything fits in one message; what does not is on a further page, or counted as left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from bot import frames
from bot.answer import Quote
from bot.config import NONE
from bot.corpus import Article, Corpus, Span
from bot.discord_message import (
    LONGEST_ASKED,
    LONGEST_CHOICE,
    MOST_CHOICES,
    Act,
    Block,
    Button,
    Buttons,
    Channels,
    Menu,
    Option,
    Rule,
    Text,
    bold,
    buttons,
    cited,
    cut,
    escaped,
    fits,
    frame,
    menu,
    one_line,
    quoted,
    size,
    source,
    visible,
)
from bot.errors import Problem
from bot.faq import Faq
from bot.gaps import FEWEST, Gap, told
from bot.presence import FEWEST_WORDS, Finding, Presence, differences
from bot.store import KEEPS_ASKED, KEEPS_SHOWN, Decision, ServerSettings, Suggestion

_FENCE = re.compile("`{3,}")
"""What would end a code block."""
PAGE = 3000
"""Characters of a page of a list."""
ON_A_PAGE = 10
"""Lines or quotes of a page."""
QUESTIONS_ON_A_PAGE = 15
COOLDOWNS = (0, 3, 10, 30, 60, 300)
"""Seconds that moderators may choose."""
COMMANDS = (("ask",), ("faq", "browse"), ("faq", "suggest"), ("sources",), ("timeline",), ("privacy",), ("help",))
"""Those that are for everybody, in the order of the help."""
MENUS = ("menu_ask", "menu_check")
ASK = "ask:entry"
"""The custom_id of a menu whose options' values are ids of entries; the one chosen is asked."""
SAID = {"browse": "command_faq"}
"""The frame sentences that say what a command does, where they have another name than it."""
SUGGEST = "suggest"
"""The custom_id of a form for a suggestion; that of the button that opens it has the id of the answer's message after it."""
KEEPS = "on"
"""The value of the option that turns the keeping of questions on."""
REVIEW = "review"
"""The first part of the custom_ids of a review; the suggestion's number and what is done follow."""
MOST_QUOTES = 4
"""Quotes that a moderator may choose for an entry."""
MOST_DECIDED = 3
"""Decisions that are shown below a review."""
MOST_ON_GAPS = 4
"""Wordings of a gap that are shown."""
REWORD = "ask:reword"
"""The custom_id of a form for a question in other words; that of the button that opens it has the id of the answer's message after it."""


def line(name: str, language: str, **values: object) -> tuple[Block, ...]:
    """One sentence of the bot's own."""
    return (Text(frame(name, language, **values)),)


def in_context(quotes: Sequence[Quote], around: Callable[[Span], Iterable[Span]], language: str) -> tuple[Block, ...]:
    """Each quote in bold in what stands around it, with its source; quotes that do not fit are counted."""
    head = Text(f"-# {frame('context_note', language)}")
    for kept, exact in [(len(quotes), True), *((kept, False) for kept in range(len(quotes), -1, -1))]:
        made = [Text(f"{_around(quote.span, around(quote.span))}\n-# {source(quote, language, exact)}") for quote in quotes[:kept]]
        rest = [Text(frame("left_out", language, count=len(quotes) - kept))] if kept < len(quotes) else []
        blocks = _ruled([head, *made, *rest])
        if fits(blocks):
            break
    return blocks


def _around(span: Span, runs: Iterable[Span]) -> str:
    """Runs of an article as quote blocks, what is of the span in bold."""
    return "\n> \n".join(_marked(run, span) for run in runs)


def _marked(run: Span, span: Span) -> str:
    """A run of an article as a quote block, what is of the span in bold."""
    start, end = max(run.start, span.start), min(run.end, span.end)
    if start >= end:
        return quoted(run.text)
    text = run.article.text
    return _quote_lines(escaped(text[run.start : start]) + bold(text[start:end]) + escaped(text[end : run.end]))


def _quote_lines(markdown: str) -> str:
    return "\n".join(f"> {row}" for row in markdown.split("\n"))


def findings(found: Sequence[Finding], language: str, *, shareable: bool) -> tuple[Block, ...]:
    """What was found of each passage that a message quotes, and that this says nothing about its truth; no passage: that there are too few words."""
    if not found:
        return line("check_short", language, count=FEWEST_WORDS)
    share = (buttons(language, Act.SHARE, Act.DELETE),) if shareable else ()
    made = [Text(_finding(finding, language)) for finding in found]
    note = Text(f"-# {frame('check_note', language)}")
    for kept in range(len(made), 0, -1):
        blocks = (*_ruled([*made[:kept], note]), *share)
        if fits(blocks):
            return blocks
    return (*_ruled([Text(f"**{frame(f'check_{found[0].presence}', language)}**"), note]), *share)


def _finding(finding: Finding, language: str) -> str:
    head = f"**{frame(f'check_{finding.presence}', language)}**"
    if finding.presence is Presence.EXACT:
        shown = [f"{_marked(sentences, span)}\n-# {cited(span, language)}" for span, sentences in finding.places]
        return "\n".join([head, *shown])
    said = f"{frame('in_message', language)}\n"
    if finding.presence is Presence.ABSENT:
        return f"{head}\n{said}{quoted(finding.passage)}"
    ((span, sentences),) = finding.places
    theirs, ours = (
        "".join(bold(p.text) if p.differs and p.text.strip() else escaped(p.text) for p in pieces) for pieces in differences(finding.passage, span.text)
    )
    before, after = (escaped(span.article.text[a:b]) for a, b in ((sentences.start, span.start), (span.end, sentences.end)))
    return f"{head}\n{said}{_quote_lines(theirs)}\n{frame('in_sources', language)}\n{_quote_lines(before + ours + after)}\n-# {cited(sentences, language)}"


def faq(collection: Faq, number: int, language: str) -> tuple[Block, ...]:
    """A page of the questions that have an answer, listed, and a menu that asks the one chosen."""
    titles = [(entry.id, entry.title(language)) for entry in collection.entries if not entry.known_unknown]
    pages = [titles[at : at + QUESTIONS_ON_A_PAGE] for at in range(0, len(titles), QUESTIONS_ON_A_PAGE)]
    if not pages:
        return line("faq_count", language, count=0)
    at = min(max(number, 0), len(pages) - 1)
    chosen = menu(ASK, frames.say("choose", language), pages[at])
    listed = "\n".join(f"- {escaped(option.label)}" for option in (chosen.options if chosen else ()))
    head = Text("\n".join(filter(None, [f"{frame('faq_count', language, count=len(titles))}{_of(at, len(pages), language)}", listed])))
    found: tuple[Block, ...] = (head, *([chosen] if chosen else []), *_turning("faq", at, len(pages), language))
    return found if fits(found) else (Text(head.content.split("\n")[0]), *found[1:])


def sources(corpus: Corpus, number: int, language: str) -> tuple[Block, ...]:
    """A page of the articles: title, outlet with its link, date and standing."""
    listed = [("", _short(_article(a, language), f"**{one_line(a.id)}**")) for a in corpus.articles.values()]
    return _listed("sources", frame("sources_used", language, count=len(corpus.articles)), listed, number, language)


def _article(article: Article, language: str) -> str:
    title = f"**{one_line(article.title or article.id)}**"
    return f"{title}\n-# {cited(Span(article, 0, len(article.text)), language, exact_link=False)}" if article.text else title


def _short(*ways: str) -> str:
    """The first of some ways to write the same that is short enough for a page; the last where none is."""
    return next((way for way in ways if size(way) <= PAGE), ways[-1])


def timeline(quotes: Sequence[Quote], number: int, language: str) -> tuple[Block, ...]:
    """A page of dated statements under their dates, each with its outlet; who else said it stands in its own words.

    A statement too long for a page is left out.
    """
    written = [(_date(quote, language), _short(*(_statement(quote, language, exact) for exact in (True, False)))) for quote in quotes]
    listed = [(date, text) for date, text in written if size(date) + size(text) <= PAGE]
    if not listed:
        return line("timeline_none", language)
    return _listed("timeline", frame("timeline_note", language, count=len(listed)), listed, number, language)


def _date(quote: Quote, language: str) -> str:
    return f"**{one_line(frames.date(quote.span.asserted, language))}**\n" if quote.span.asserted else ""


def _statement(quote: Quote, language: str, exact_links: bool) -> str:
    return f"{quoted(quote.span.text)}\n-# {source(quote, language, exact_links)}"


def _listed(kind: str, head: str, listed: Sequence[tuple[str, str]], number: int, language: str) -> tuple[Block, ...]:
    """The page of a list of (heading, text) on which `number` falls, with buttons to the pages beside it; a heading stands once over its texts."""
    pages: list[list[tuple[str, str]]] = []
    for heading, text in listed:
        if pages and len(pages[-1]) < ON_A_PAGE and sum(size(h) + size(t) for h, t in pages[-1]) + size(heading) + size(text) <= PAGE:
            pages[-1].append(("" if heading in (h for h, _ in pages[-1]) else heading, text))
        else:
            pages.append([(heading, text)])
    if not pages:
        return (Text(head),)
    at = min(max(number, 0), len(pages) - 1)
    texts = [Text(f"{head}{_of(at, len(pages), language)}"), *(Text(f"{heading}{text}") for heading, text in pages[at])]
    return (*_ruled(texts), *_turning(kind, at, len(pages), language))


def _of(at: int, pages: int, language: str) -> str:
    return f" {frame('page', language, page=at + 1, pages=pages)}" if pages > 1 else ""


def _turning(kind: str, at: int, pages: int, language: str) -> tuple[Block, ...]:
    """The buttons to the pages before and after, whose custom_ids say which page; none where there is one page."""
    if pages < 2:
        return ()
    back = Button(f"{kind}:{max(at - 1, 0)}", frames.say("button_previous", language), at == 0)
    forth = Button(f"{kind}:{min(at + 1, pages - 1)}", frames.say("button_next", language), at == pages - 1)
    return (Buttons((back, forth)),)


def _ruled(texts: Sequence[Block]) -> tuple[Block, ...]:
    """Texts with a rule between each two."""
    return tuple(block for at, text in enumerate(texts) for block in ((Rule(), text) if at else (text,)))


def other_questions(choices: Iterable[tuple[str, str]], message: int, language: str, *, suggests: bool) -> tuple[Block, ...]:
    """The entries (id, title) that may have been meant, as a menu, and buttons to ask in other words and, where `suggests`, to suggest the question."""
    chosen = menu(ASK, frames.say("choose", language), choices)
    text = f"{frame('thanks', language)} {frame('which_question', language)}" if chosen else frame("thanks", language)
    further = [(REWORD, "button_reword"), *([(SUGGEST, "button_suggest")] if suggests else [])]
    row = Buttons(tuple(Button(f"{action}:{message}", frames.say(label, language)) for action, label in further))
    return (Text(text), *([chosen] if chosen else []), row)


def gaps(found: Sequence[Gap], language: str) -> tuple[Block, ...]:
    """What was asked in vain, the most frequent first; gaps that do not fit are counted."""
    head = Text(f"**{frame('gaps_counted', language, fewest=FEWEST, count=len(found))}**")
    made = [Text(_gap(gap, language)) for gap in found]
    for kept in range(min(len(made), ON_A_PAGE), 0, -1):
        rest = [Text(frame("left_out_gaps", language, count=len(made) - kept))] if kept < len(made) else []
        if fits(blocks := _ruled([head, *made[:kept], *rest])):
            return blocks
    return (head,)


def _gap(gap: Gap, language: str) -> str:
    first, *others = (cut(wording, LONGEST_ASKED) for wording in gap.wordings[:MOST_ON_GAPS])
    lines = [
        f"**{one_line(first)}** · {frame('gap_times', language, count=gap.count)}",
        *(f"-# {one_line(other)}" for other in others),
        one_line(told(gap, language)),
    ]
    return "\n".join([*lines, *_nearest(gap, language)])


def _nearest(gap: Gap, language: str) -> list[str]:
    return [quoted(gap.nearest.text), f"-# {cited(gap.nearest, language)}"] if gap.nearest else []


def review(
    waiting: Sequence[Suggestion], at: int, gap: Gap, spans: Sequence[tuple[str, Span]], chosen: Collection[str], decided: Sequence[Decision], language: str
) -> tuple[Block, ...]:
    """The suggestion number `at` of those that wait, what there is on it, and the sentences (name, span) that may answer; `chosen` names those chosen."""
    suggestion = waiting[at]
    own = f"{REVIEW}:{suggestion.number}"
    head = [f"**{frame('review_waiting', language, count=len(waiting))}**{_of(at, len(waiting), language)}", quoted(cut(suggestion.question, LONGEST_ASKED))]
    acts = [Button(f"{own}:{act}", frames.say(f"button_{act}", language)) for act in ("preview", "approve", "reject")]
    turn = [Button(f"{own}:{act}", frames.say(f"button_{act}", language), off) for act, off in (("previous", at == 0), ("next", at + 1 == len(waiting)))]
    log = [f"-# {frame(f'decided_{d.outcome}', language)} · {one_line(cut(d.question, 80))} · <@{d.moderator}>" for d in decided[:MOST_DECIDED]]
    below: tuple[Block, ...] = (
        Buttons(tuple(acts if spans else acts[1:])),
        *([Buttons(tuple(turn))] if len(waiting) > 1 else []),
        *([Text("\n".join(log))] if log else []),
    )
    for kept in range(len(spans), -1, -1):
        offered = [Option(name, cut(f"{n}. {span.text}", LONGEST_CHOICE), chosen=name in chosen) for n, (name, span) in enumerate(spans[:kept], 1)]
        listed = [Text(f"**{n}**\n{quoted(span.text)}\n-# {cited(span, language, exact_link=False)}") for n, (_, span) in enumerate(spans[:kept], 1)]
        pick = [Menu(f"{own}:quotes", frames.say("review_quotes", language), tuple(offered), MOST_QUOTES)] if offered else []
        blocks: tuple[Block, ...] = (Text("\n".join([*head, one_line(told(gap, language, marked=False))])), *listed, *pick, *below)
        if fits(blocks):
            break
    return blocks


def change(text: str, name: str, language: str) -> tuple[Block, ...]:
    """What a sentence says (`name`) of a change to a file, with the change where it fits."""
    fenced = _FENCE.sub("``", visible(text)).rstrip("`\n")
    blocks = (Text(frame(name, language)), Text(f"```diff\n{fenced}\n```"))
    return blocks if fits(blocks) else blocks[:1]


def privacy(language: str, *, reads_posts: bool) -> tuple[Block, ...]:
    """What the bot reads and keeps."""
    names = ["privacy_reads", *(["privacy_posts"] if reads_posts else []), "privacy_answers", "privacy_votes", "privacy_asked", "privacy_suggestions"]
    names += ["privacy_settings", "privacy_offline"]
    days = {"privacy_asked": KEEPS_ASKED.days, "privacy_suggestions": KEEPS_ASKED.days}
    return (Text("\n".join(f"- {frame(name, language, days=days.get(name, KEEPS_SHOWN.days))}" for name in names)),)


def help_page(language: str, articles: int) -> tuple[Block, ...]:
    """What the bot is and what can be asked of it."""
    called = [(" ".join(frames.say(f"name_{part}", language) for part in path), SAID.get(path[-1], f"command_{path[-1]}")) for path in COMMANDS]
    commands = [f"- **/{escaped(name)}**: {frame(said, language)}" for name, said in called]
    menus = [f"- **{frame(name, language)}**" for name in MENUS]
    return (
        Text("\n".join([frame("sources_used", language, count=articles), *commands, frame("help_menus", language), *menus, frame("help_addressed", language)])),
    )


def settings(chosen: ServerSettings, language: str, *, reads_posts: bool) -> tuple[Block, ...]:
    """A server's settings, each in a menu of its own; `reads_posts`: whether the operator lets the bot read posts that are not for it."""
    needed = [] if reads_posts else [f"-# {frame('settings_forums_off', language, setting='BOT_MESSAGE_CONTENT=on')}"]
    tongues = [("", frames.say("settings_readers", language)), *((code, frames.language_name(code, language)) for code in sorted(frames.CATALOGUE["disagree"]))]
    return (
        Text(f"**{frame('settings_title', language)}**"),
        Text(frame("settings_channels", language)),
        Channels("settings:channels", False, tuple(sorted(chosen.channels))[:MOST_CHOICES]),
        Text("\n".join([frame("settings_forums", language), *needed])),
        Channels("settings:forums", True, tuple(sorted(chosen.forums))[:MOST_CHOICES], not reads_posts),
        Text(frame("settings_language", language)),
        _one_of("settings:language", tongues, chosen.language or ""),
        Text(frame("settings_cooldown", language)),
        _one_of("settings:cooldown", [(str(s), str(s)) for s in sorted({*COOLDOWNS, chosen.cooldown})], str(chosen.cooldown)),
        Text(frame("settings_questions", language, days=KEEPS_ASKED.days)),
        _one_of(
            "settings:questions",
            [(value, frames.say(f"settings_questions_{value or 'off'}", language)) for value in ("", KEEPS)],
            KEEPS if chosen.keeps_questions else "",
        ),
    )


def _one_of(action: str, options: Iterable[tuple[str, str]], chosen: str) -> Menu:
    made = tuple(Option(value or NONE, label, chosen=value == chosen) for value, label in options)
    return Menu(action, next(o.label for o in made if o.chosen), made)


def problems(found: Sequence[Problem], language: str) -> tuple[Block, ...]:
    """Why files could not be loaded anew: each problem with its file and line, as many as fit."""
    head = Text(frame("not_reloaded", language, count=len(found)))
    made = [Text(escaped(str(problem))) for problem in found]
    for kept in range(min(len(made), ON_A_PAGE), 0, -1):
        if fits(blocks := (head, *made[:kept])):
            return blocks
    return (head,)
