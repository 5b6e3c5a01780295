"""A saved index as it is opened: which rows of the archive are the corpus, and the counts of the whole corpus, looked up word by word."""

from __future__ import annotations

import datetime
import hashlib
import json
import sqlite3
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from bot.archive import FORMAT, Archive, Articles, Kept
from bot.corpus import Article, Corpus, Span
from bot.errors import SavedIndexError, number_of
from bot.passages import idf
from bot.relations import Origin

ARTICLES = "articles.sqlite"
CURRENT = "index.json"
VECTORS = "vectors.json"
LOOKED_UP = 65536
"""Words of which it is kept what is known of them."""
WORD, CASELESS, STEM, NUMBER = 1, 2, 4, 8
"""What a string is in the texts: a folded word; one in small letters; a stem in the language of most articles; a number or a part of one."""


@dataclass(frozen=True)
class Facts:
    """What an edition says of itself (`index.json`)."""

    name: str
    corpus: str
    """Folder."""
    sha256: str
    articles: int
    passages: int
    sentences: int
    passage_mean: float
    """Terms of a passage, its title's included, on average."""
    sentence_mean: float
    home: str
    newest: str | None
    built: str
    engine: str
    modified: int
    """Time of the corpus folder before it was read (ns)."""
    seconds: dict[str, float] = field(default_factory=dict)
    """What the building took, by part."""
    format: int = FORMAT

    def __str__(self) -> str:
        """What it holds, in words."""
        return ", ".join(number_of(n, noun) for n, noun in ((self.articles, "article"), (self.passages, "passage"), (self.sentences, "sentence")))


def folder_of(indexes: Path, corpus: Path) -> Path:
    """Where the saved index of a corpus folder lies."""
    return indexes / hashlib.sha256(str(corpus.resolve()).encode()).hexdigest()[:16]


def current(folder: Path) -> Facts | None:
    """The edition in use; None where there is none that this version reads."""
    try:
        facts = json.loads((folder / CURRENT).read_text(encoding="utf-8"))
        return Facts(**facts) if facts["format"] == FORMAT else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


@dataclass(frozen=True, slots=True)
class VectorFacts:
    """What the vectors of an edition say of themselves (`vectors.json`)."""

    encoder: str
    passages: int
    numbers: int
    """Of a vector."""
    exact: bool
    """Whether all passages are compared with a question."""
    sizes: dict[str, int]
    """Bytes of each file."""


def vectors_of(folder: Path) -> VectorFacts | None:
    """What the vectors in the folder of an edition are; None where it has none."""
    try:
        return VectorFacts(**json.loads((folder / VECTORS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def packed(facts: Facts | VectorFacts) -> bytes:
    """The file that names an edition, or says what its vectors are."""
    return json.dumps(asdict(facts), indent=1, ensure_ascii=False).encode() + b"\n"


class _Counts:
    """How many of the passages, or of the sentences, hold a term."""

    def __init__(self, edition: Edition, total: int, mean: float, at: int) -> None:
        self._edition, self.total, self.mean, self._at = edition, total, mean, at

    def holding(self, term: str) -> int:
        return self._edition.row(term)[self._at]

    def idf(self, term: str) -> float:
        """The information of a term; that of a term in none is the highest."""
        return idf(self.total, self.holding(term))


class Edition:
    """One state of a corpus, opened to read; safe to use from several threads."""

    def __init__(self, folder: Path, facts: Facts, archive: Kept | None = None) -> None:
        """Open an edition; its articles are read from `archive`, else from the file in `folder`. Raises SavedIndexError where a file is missing or broken."""
        self.facts, self.folder = facts, folder / facts.name
        try:
            self._archive: Kept = archive or Archive(folder / ARTICLES)
            rows = np.load(self.folder / "rows.npy")
            self._copies, self._groups, self._tellers = (np.load(self.folder / f"{name}.npy", mmap_mode="r") for name in ("copies", "groups", "tellers"))
            self._words = sqlite3.connect(f"{(self.folder / 'words.sqlite').resolve().as_uri()}?mode=ro", uri=True, timeout=30, check_same_thread=False)
        except (OSError, EOFError, ValueError, sqlite3.Error) as error:
            raise SavedIndexError(f"{self.folder}: the saved index cannot be read: {error}; run `bot index build`") from None
        self.articles = Articles(self._archive, rows, Path(facts.corpus))
        self.corpus = Corpus(self.articles, facts.sha256, Path(facts.corpus), datetime.date.fromisoformat(facts.newest) if facts.newest else None)
        self.row = lru_cache(maxsize=LOOKED_UP)(self._row)
        self.passages = _Counts(self, facts.passages, facts.passage_mean, 1)
        self.sentences = _Counts(self, facts.sentences, facts.sentence_mean, 2)
        self.stems = _Counts(self, facts.sentences, 0.0, 3)
        """How many sentences hold a stem, stop words counted too."""

    @property
    def home(self) -> str:
        """The language of most articles."""
        return self.facts.home

    def close(self) -> None:
        """Close the files that are open."""
        self._archive.close()
        self._words.close()

    def _row(self, text: str) -> tuple[int, int, int, int, int]:
        """(column, passages, sentences, sentences that have it as a stem of any word, kinds) of a string; column -1 and zeros where no text has it."""
        found = self._words.execute("SELECT number, passages, sentences, stems, kinds FROM word WHERE text = ?", (text,)).fetchone()
        return found or (-1, 0, 0, 0, 0)

    def has_word(self, word: str) -> bool:
        """True where a text has the folded word."""
        return bool(self.row(word)[4] & WORD)

    def has_caseless(self, word: str) -> bool:
        """True where a text has the folded word, written in whatever case."""
        return bool(self.row(word)[4] & CASELESS)

    def has_stem(self, stem: str) -> bool:
        """True where a text has a word with that stem in the language of most articles."""
        return bool(self.row(stem)[4] & STEM)

    def has_number(self, number: str) -> bool:
        """True where a text or a date has the number."""
        return bool(self.row(number)[4] & NUMBER)

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """The commonest words of the texts, which a typo may be read as, sorted."""
        return tuple((self.folder / "spellings.txt").read_text(encoding="utf-8").split("\n"))

    def origins(self, article: Article) -> tuple[Origin, ...]:
        """The statements of an article that others have word for word, each with all its tellings."""
        row = self.articles.row_of(article)
        if row is None:
            return ()
        first, last = np.searchsorted(self._tellers[:, 0], [row, row + 1])
        return tuple(origin for group in sorted(set(self._tellers[first:last, 1].tolist())) if (origin := self._origin(group)))

    def _origin(self, group: int) -> Origin | None:
        members = self._copies[self._groups[group] : self._groups[group + 1]].tolist()
        found = self.articles.several([row for row, _, _ in members])
        spans = sorted((Span(article, start, end) for article, (_, start, end) in zip(found, members, strict=True) if article), key=lambda s: s.key)
        return Origin(f"{spans[0].article.id}@{spans[0].start}", tuple(spans)) if len(spans) > 1 else None
