"""Questions that nobody would write in good faith, and those that people do write, damaged: the same for the same seed and number."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.assistant import Assistant

_SCRIPTS = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF), (0x400, 0x4FF), (0x530, 0x5FF), (0x600, 0x6FF), (0x700, 0x7BF), (0x900, 0x97F), (0xB80, 0xBFF),
    (0xE00, 0xE7F), (0xF00, 0xFFF), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x137F), (0x13A0, 0x13FF), (0x1780, 0x17FF), (0x1E00, 0x1EFF),
    (0x3040, 0x30FF), (0x4E00, 0x4FFF), (0xA000, 0xA48C), (0xAC00, 0xACFF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFF), (0xFF00, 0xFFEF), (0x10300, 0x1034A),
    (0x12000, 0x120FF), (0x1D400, 0x1D4FF), (0x1F1E6, 0x1F1FF), (0x1F300, 0x1F64F), (0x20000, 0x200FF), (0xE000, 0xE0FF),
)  # fmt: skip
"""Code points of the world's scripts, of mathematical letters, emoji and private use."""
_CONTROLS = [chr(c) for c in (*range(0x20), 0x7F, *range(0x80, 0xA0))]
_UNSEEN = list(
    "\u00ad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2060\u2066\u2067\u2068\u2069\u3164\ufe0f\ufeff\uffa0\ufff9\U000e0041\U000e007f"
)
_LOOKALIKE = dict(zip("aeopcyxABEKMHOPCTX", "аеорсухАВЕКМНОРСТХ", strict=True))
_MARKS = [chr(c) for c in range(0x300, 0x340)]
_TERMINAL = [
    "\x1b[31m",
    "\x1b[2J",
    "\x1b]0;owned\x07",
    "\x1b]8;;https://evil.example\x1b\\bank\x1b]8;;\x1b\\",
    "\x1bP+q\x1b\\",
    "\x9b31m",
    "\x1b[6n",
    "\r\x1b[K",
    "\x08" * 5,
    "\x1b]52;c;aGk=\x07",
]
_DISCORD = [
    "@everyone", "@here", "<@1>", "<@!80351110224678912>", "<@&165511591545143296>", "<#103735883630395392>", "</ask:1>", "<:mmLol:216154654256398347>",
    "<a:b1nzy:392938283556143104>", "<t:1618953630:R>", "<id:customize>", "[bank](https://evil.example)", "[a](<https://evil.example> \"t\")", "https://evil.example/a?b=c#d",
    "http://[::1]/", "www.evil.example", "discord.gg/evil", "mailto:a@evil.example", "javascript:alert(1)", "**b**", "__u__", "~~s~~", "||spoiler||", "`code`", "```py\nprint(1)\n```",
    "# head", "-# small", "> quote", ">>> quotes", "- list", "1. list", "\\", "\\\\", "](https://evil.example)", "*", "_", "~", "|", "`", "[", "]", "(", ")", "<", ">",
]  # fmt: skip
_MARKUP = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;", "&#x3c;", "</title><svg/onload=alert(1)>", "<!--", "]]>", "<style>*{}</style>", "\" onmouseover=\"x", "' style='x",
    "[bold]x[/bold]", "[link=https://evil.example]x[/link]", ":smile:", "{0}", "{names}", "{answer.sources}", "%s%n", "%(names)s", "${HOME}", "$(id)", "`id`", "'; DROP TABLE shown;--", "../../etc/passwd",
    "{{7*7}}", "<%= 1 %>", "\\u0041", "\\x1b", "\\N{BEL}", "\0",
]  # fmt: skip
_DATA = [
    "&a [*a, *a]",
    "!!python/object/apply:os.system ['id']",
    '{"schema": "answer/1"}',
    "- id: x\n  question: y",
    "---\ntitle: x\n---\n",
    "question: |\n  text",
    "[[[[[[[[[[",
    "{" * 40,
    "null",
    "NaN",
    "1e999",
    "true",
]
_NAMES = [
    "Venezuela",
    "Cuba",
    "South Sudan",
    "US",
    "USA",
    "Kim Jong Un",
    "Havana",
    "Crimea",
    "MIUI 12.5",
    "2021-09-13",
    "12:30",
    "1,000",
    "3.14.15",
    "100 million",
    "№5",
    "٣",
    "Ⅷ",
    "½",
    "𝟙𝟚",
    "Ｃｕｂａ",
    "ＵＳ",
    "ﬁ",
    "ß",
    "İ",
    "ı",
    "ŉ",
    "ǰ",
]
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Generator:
    """Makes question `number` of a seed from what people asked, what the FAQ has, and the articles."""

    seed: int
    asked: Sequence[str]
    """Real questions."""
    articles: Sequence[str]

    @classmethod
    def of(cls, seed: int, assistant: Assistant, asked: Sequence[str]) -> Generator:
        """From an assistant's files and real questions."""
        phrasings = [text for entry in assistant.faq.entries for _, text in entry.phrasings]
        return cls(seed, [*asked, *phrasings] or ["Why?"], [a.text for a in assistant.corpus.articles.values()] or ["Nothing."])

    def question(self, number: int) -> str:
        """The question with that number."""
        random_ = random.Random(f"{self.seed}:{number}")
        kind = random_.choices(_KINDS, _WEIGHTS)[0]
        return kind(self, random_)

    def pieces(self, random_: random.Random, texts: Sequence[str], most: int) -> str:
        """Some of `texts`, joined anyhow."""
        return random_.choice(["", " ", " ", "\n"]).join(random_.choices(texts, k=random_.randint(1, most)))


def _asked(of: Generator, random_: random.Random) -> str:
    return random_.choice(of.asked)


def _damaged(of: Generator, random_: random.Random) -> str:
    """A real question after some damages."""
    text = _asked(of, random_)
    for _ in range(random_.randint(1, 4)):
        text = random_.choice(_DAMAGES)(of, random_, text)
    return text


def _script(of: Generator, random_: random.Random) -> str:
    low, high = random_.choice(_SCRIPTS)
    alphabet = [chr(random_.randint(low, high)) for _ in range(12)]
    return " ".join("".join(random_.choices(alphabet, k=random_.randint(1, 9))) for _ in range(random_.randint(1, 12)))


def _any(of: Generator, random_: random.Random) -> str:
    """Characters from anywhere, lone surrogates included."""
    return "".join(
        chr(random_.choice((random_.randrange(0x110000), random_.randrange(0x3000), random_.randrange(0x80)))) for _ in range(random_.randint(0, 60))
    )


def _soup(of: Generator, random_: random.Random) -> str:
    return of.pieces(random_, random_.choice([_DISCORD, _MARKUP, _TERMINAL, _DATA, _CONTROLS, _UNSEEN, _NAMES, _DISCORD + _MARKUP + _UNSEEN]), 8)


def _dressed(of: Generator, random_: random.Random) -> str:
    """A real question with something hostile before, in or after it."""
    text, hostile = _asked(of, random_), _soup(of, random_)
    at = random_.choice([0, len(text), random_.randint(0, len(text))])
    return random_.choice([text[:at] + hostile + text[at:], f"{hostile} {text}", f"{text} {hostile}"])


def _pasted(of: Generator, random_: random.Random) -> str:
    """A piece of an article, as it stands or as somebody quotes it."""
    text = random_.choice(of.articles)
    start = random_.randrange(len(text))
    piece = text[start : start + random_.choice([20, 80, 300, 1500, 1990])]
    return random_.choice(["{}", "“{}” is that true?", "> {}", "why {}"]).replace("{}", piece)


def _long(of: Generator, random_: random.Random) -> str:
    """Around the longest question that is taken, or far beyond it."""
    size = random_.choice([_LONGEST - 1, _LONGEST, _LONGEST + 1, 3 * _LONGEST, *([100_000] if random_.random() < 0.02 else [])])
    unit = random_.choice(
        [_asked(of, random_) + " ", "a", "(", "9", "é", "\U0001f9a0", "a.b", "a@", "'", "1,", " ", "\u0301", "x" * 200 + " ", _script(of, random_) or "a"]
    )
    return (unit * (size // len(unit) + 1))[:size]


def _named(of: Generator, random_: random.Random) -> str:
    return f"{random_.choice(['does this hit', 'is it in', 'what about', 'when did', 'why'])} {of.pieces(random_, _NAMES, 4)} {random_.choice(['', '?', '!?', '…'])}"


def _record(of: Generator, random_: random.Random) -> str:
    """A question inside data."""
    text = _asked(of, random_)
    return random_.choice(
        [
            json.dumps({"question": text}),
            json.dumps({"question": text})[:-3],
            f"- question: {text}\n  aliases: [{text}]",
            f'"{text}"',
            f"<q>{text}</q>",
            f"```json\n{text}\n```",
        ]
    )


def _joined(of: Generator, random_: random.Random) -> str:
    return random_.choice([" ", "? ", "\n", ". ", " and "]).join(_asked(of, random_) for _ in range(random_.randint(2, 5)))


Damage = Callable[[Generator, random.Random, str], str]


def _spread(characters: Sequence[str]) -> Damage:
    def spread(of: Generator, random_: random.Random, text: str) -> str:
        rate = random_.choice([0.05, 0.3, 1.0])
        return "".join(c + random_.choice(characters) if random_.random() < rate else c for c in text)

    return spread


def _letters(of: Generator, random_: random.Random, text: str) -> str:
    """One letter deleted, doubled, exchanged with the next or replaced."""
    if not text:
        return text
    at = random_.randrange(len(text))
    return random_.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
            text[:at] + chr(random_.randint(32, 126)) + text[at + 1 :],
        ]
    )


def _words(of: Generator, random_: random.Random, text: str) -> str:
    """Its words in another order, some gone, some twice."""
    words = text.split() or ["?"]
    return " ".join(
        random_.choice(
            [
                random_.sample(words, len(words)),
                words[: random_.randint(1, len(words))],
                words + words,
                random_.choices(words, k=len(words)),
                [*words, random_.choice(_NAMES)],
            ]
        )
    )


def _disguised(of: Generator, random_: random.Random, text: str) -> str:
    return "".join(_LOOKALIKE.get(c, c) if random_.random() < 0.5 else c for c in text)


def _cased(of: Generator, random_: random.Random, text: str) -> str:
    return random_.choice([text.upper(), text.lower(), text.title(), text.swapcase(), "".join(random_.choice([c.upper(), c.lower()]) for c in text)])


def _wide(of: Generator, random_: random.Random, text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _wrapped(of: Generator, random_: random.Random, text: str) -> str:
    before, after = random_.choice(
        [
            ("**", "**"),
            ("||", "||"),
            ("```", "```"),
            ("[", "](https://evil.example)"),
            ("<", ">"),
            ("> ", ""),
            ("# ", ""),
            ("\u202e", ""),
            ("\u2067", "\u2069"),
            ("\x1b[1m", "\x1b[0m"),
            ("“", "”"),
        ]
    )
    return before + text + after


_DAMAGES: tuple[Damage, ...] = (
    _letters,
    _letters,
    _letters,
    _words,
    _words,
    _disguised,
    _cased,
    _wide,
    _wrapped,
    _spread(_UNSEEN),
    _spread(_MARKS),
    _spread(_CONTROLS),
    _spread([" ", "\u00a0", "\t", "\n"]),
    _spread(["."]),
)
_CHOICES: tuple[tuple[Callable[[Generator, random.Random], str], int], ...] = (
    (_asked, 3), (_damaged, 30), (_dressed, 14), (_script, 10), (_any, 12), (_soup, 14), (_pasted, 4), (_long, 2), (_named, 6), (_record, 3), (_joined, 2),
)  # fmt: skip
_KINDS, _WEIGHTS = [kind for kind, _ in _CHOICES], [weight for _, weight in _CHOICES]
