"""Articles and the spans of them that may be shown: the only place where text about the world comes from."""

from __future__ import annotations

import bisect
import datetime
import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import CorpusError, Problem, not_utf8, number_of
from bot.sentences import blocks, sentences
from bot.text import acting, code, fold, unseen
from bot.yaml_nodes import Node, Reader, parse

FRONT_MATTER = ("title", "publisher", "author", "published", "updated", "url", "republishes", "translated_from", "language")
_OPTIONAL = ("sha256", "not_quotable", "sections", *FRONT_MATTER)
LONGEST_PASSAGE = 1200
"""Characters; a longer paragraph becomes several passages, cut between sentences."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an article that was written at a time of its own; it runs to the next section's start."""

    start: int
    asserted: datetime.date | None


@dataclass(frozen=True, eq=False)
class Article:
    """A source document. `text` is the file's text after its front matter, letter by letter."""

    id: str
    text: str
    sha256: str
    path: Path
    title: str | None = None
    publisher: str | None = None
    author: str | None = None
    published: datetime.date | None = None
    updated: datetime.date | None = None
    url: str | None = None
    republishes: str | None = None
    translated_from: str | None = None
    language: str = "en"
    furniture: tuple[tuple[int, int], ...] = ()
    """(start, end) of what must never be shown: captions, ads, forms."""
    sections: tuple[Section, ...] = ()

    def __repr__(self) -> str:
        return f"Article({self.id!r})"

    def asserted(self, position: int) -> datetime.date | None:
        """When the text at `position` was asserted; None where the article does not say."""
        at = bisect.bisect_right([s.start for s in self.sections], position) - 1
        return self.sections[at].asserted if at >= 0 else self.published

    def is_furniture(self, start: int, end: int) -> bool:
        """True where text[start:end] overlaps page furniture."""
        return any(a < end and start < b for a, b in self.furniture)

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Every sentence that may be shown, in order."""
        return tuple(Span(self, a, b) for a, b in sentences(self.text) if not self.is_furniture(a, b))

    @cached_property
    def paragraphs(self) -> tuple[int, ...]:
        """For each sentence, the start of its paragraph."""
        starts = [a for a, _ in blocks(self.text)]
        return tuple(starts[bisect.bisect_right(starts, s.start) - 1] for s in self.sentences)

    @cached_property
    def passages(self) -> tuple[Span, ...]:
        """The retrieval units: runs of neighbouring sentences of one paragraph without furniture between them."""
        found: list[Span] = []
        open_paragraph = -1
        for sentence, paragraph in zip(self.sentences, self.paragraphs, strict=True):
            last = found[-1] if found else None
            if last and paragraph == open_paragraph and sentence.end - last.start <= LONGEST_PASSAGE and not self.is_furniture(last.start, sentence.end):
                found[-1] = Span(self, last.start, sentence.end)
            else:
                found.append(sentence)
            open_paragraph = paragraph
        return tuple(found)

    def sentences_of(self, start: int, end: int) -> range:
        """Indices of the sentences that text[start:end] touches."""
        first = bisect.bisect_right([s.end for s in self.sentences], start)
        last = bisect.bisect_left([s.start for s in self.sentences], end)
        return range(first, max(first, last))

    def sentences_in(self, start: int, end: int) -> list[Span]:
        """The sentences inside text[start:end]."""
        return [s for s in self.sentences if start <= s.start and s.end <= end]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one article; its text is sliced from the article, never stored, so it cannot be anything else."""

    article: Article
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= len(self.article.text):
            raise ValueError(f"no such span: {self.article.id}[{self.start}:{self.end}]")

    @property
    def text(self) -> str:
        """The letters themselves, sliced from the article."""
        return self.article.text[self.start : self.end]

    @property
    def asserted(self) -> datetime.date | None:
        """When this was asserted; None where no date is known."""
        return self.article.asserted(self.start)

    @property
    def key(self) -> tuple[str, int, int]:
        """Sorts spans by article id, then offset: the order of ties everywhere."""
        return (self.article.id, self.start, self.end)

    def overlaps(self, other: Span) -> bool:
        """True where both share a character of the same article."""
        return self.article is other.article and self.start < other.end and other.start < self.end

    def holds(self, other: Span) -> bool:
        """True where `other` lies inside this span."""
        return self.article is other.article and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, eq=False)
class Corpus:
    """All articles, by id, and the hash of the folder that they came from."""

    articles: Mapping[str, Article]
    sha256: str
    folder: Path
    newest: datetime.date | None = field(default=None)

    def __repr__(self) -> str:
        return f"Corpus({number_of(len(self.articles), 'article')})"

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Those of all articles, in order."""
        return tuple(s for a in self.articles.values() for s in a.sentences)

    @cached_property
    def passages(self) -> tuple[Span, ...]:
        """Those of all articles, in order."""
        return tuple(p for a in self.articles.values() for p in a.passages)


def is_article(name: str) -> bool:
    """True where a file of a corpus folder with this name is an article."""
    return name.endswith(".md") and not name.startswith(".") and name != "README.md"


def file_fault(path: Path, home: Path | None) -> Problem | None:
    """Why a file of the corpus folder is not read: its name cannot be shown, or it is a link that leads out of `home` (resolved; None: it is not followed)."""
    if found := unseen(path.name):
        return Problem(str(path), 0, 0, f"a file's name with a character that cannot be shown ({code(found)})", mend="rename it")
    if home and path.is_symlink() and not path.resolve().is_relative_to(home):
        return Problem(str(path), 0, 0, "a symbolic link that leads out of the corpus", mend="put the file itself in its place")
    return None


def file_bytes(path: Path, problems: list[Problem]) -> bytes | None:
    """The bytes of a file of the corpus folder; None, and a problem more, where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        problems.append(Problem(str(path), 0, 0, f"cannot be read: {error.strerror}", mend="make it readable, or move it out of the corpus"))
        return None


def no_article(folder: Path) -> Problem:
    """That a corpus folder holds nothing to answer from."""
    return Problem(str(folder), 0, 0, "no article in it", mend="add one with bot corpus add FILE, or name another folder with --corpus or BOT_CORPUS")


def load_corpus(folder: Path, instead: Mapping[str, bytes | None] | None = None, *, empty: bool = True) -> tuple[Corpus, list[Problem]]:
    """Read every article of `folder`; return the corpus and its warnings. Raises CorpusError with all that is broken.

    `instead` has the bytes of files, by name, that are taken for those of the folder; None: as if there were no such file.
    Where not `empty`, a folder without an article is broken too.
    """
    corpus, problems = read_corpus(folder, instead)
    if any(not p.warning for p in problems):
        raise CorpusError(problems)
    if not empty and not corpus.articles:
        raise CorpusError([no_article(folder)])
    return corpus, problems


def read_corpus(folder: Path, instead: Mapping[str, bytes | None] | None = None) -> tuple[Corpus, list[Problem]]:
    """As `load_corpus`, but of what is broken, too, all articles that can be read, and what is wrong with them.

    Raises CorpusError where there is no such folder.
    """
    if not folder.is_dir():
        message = "no such folder" if not folder.exists() else "not a folder"
        raise CorpusError(
            [Problem(str(folder), 0, 0, message, mend="name a corpus folder with --corpus or BOT_CORPUS (corpus/README.md of this project shows one)")]
        )
    problems: list[Problem] = []
    articles: dict[str, Article] = {}
    digest, home = hashlib.sha256(), folder.resolve()
    changed = instead or {}
    for path in sorted({*folder.iterdir(), *(folder / name for name in changed)}, key=lambda p: p.name):
        given = changed.get(path.name)
        if path.name.startswith(".") or (given is None and (path.name in changed or not path.is_file())):
            continue
        if fault := file_fault(path, None if given is not None else home):
            problems.append(fault)
            continue
        data = file_bytes(path, problems) if given is None else given
        if data is None:
            continue
        digest.update(f"{path.name}\0{hashlib.sha256(data).hexdigest()}\n".encode())
        if is_article(path.name):
            article = read_article(path, data, problems)
            if article:
                articles[article.id] = article
    dates = [d for a in articles.values() for d in (a.published, a.updated, *(s.asserted for s in a.sections)) if d]
    return Corpus(articles, digest.hexdigest(), folder, max(dates, default=None)), problems


def read_article(path: Path, data: bytes, problems: list[Problem]) -> Article | None:
    """The article in the bytes of a file; None where there is none to be read. What is wrong or doubtful is added to `problems`."""
    name = str(path)
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.append(not_utf8(path, error))
        return None
    head, closing, text = content.partition("\n---\n")
    if not head.startswith("---\n") or not closing:
        message = "no front matter" if not head.startswith("---") else "the front matter is not closed"
        problems.append(
            Problem(
                name, 1, 0, message, mend="begin the file with a line `---`, then `title: …` and the other fields, then a line `---`, all with LF line ends"
            )
        )
        return None
    root, found = parse(head[4:] + "\n", name, first_line=2)
    problems += found
    if root is None:
        if not found:
            problems.append(Problem(name, 2, 0, "the front matter is empty", mend=f"fields: {', '.join(FRONT_MATTER)}"))
        return None
    reader = Reader(name, problems)
    fields = reader.mapping(root, "", required=("title", "publisher", "published"), optional=_OPTIONAL)
    texts = {key: reader.text(fields.get(key), key, null=True) for key in FRONT_MATTER if key not in ("published", "updated")}
    for key, value in texts.items():
        if value and not acting(value) and (hidden := unseen(value)):
            reader.problem(fields[key], key, f"a character that cannot be seen, or a line break ({code(hidden)})", "delete it")
    if acts := acting(text):
        line = content.count("\n", 0, len(head) + len(closing) + acts.start()) + 1
        problems.append(Problem(name, line, 0, f"a character in the text that does something where it is shown ({code(acts)})", mend="delete it"))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    written = reader.text(fields.get("sha256"), "sha256", null=True)
    if written is None:
        place = fields.get("sha256", root)
        reader.problem(place, "sha256", "absent: the text is not protected against a change", f"add `sha256: {sha256}`", warning=True)
    elif written != sha256:
        reader.problem(
            fields["sha256"],
            "sha256",
            "the text is not the one that this hash was made of",
            f"restore the text, or, where the change is meant, write `sha256: {sha256}`",
        )
    url = texts["url"]
    if url is not None and (fault := address_fault(url)):
        reader.problem(fields["url"], "url", f"{url!r} {fault}", "write it as https://HOST/PATH, or write null")
    furniture = [span for where, node in reader.items(fields.get("not_quotable"), "not_quotable") if (span := _once(reader, node, where, text))]
    sections = [s for where, node in reader.items(fields.get("sections"), "sections") if (s := _section(reader, node, where, text))]
    if sections != sorted(sections, key=lambda s: s.start):
        reader.problem(fields["sections"], "sections", "not in the order of the text", "put them in the order in which they begin")
    if not text.strip():
        reader.problem(root, "", "no text after the front matter", "put the article's text below the closing ---", warning=True)
    return Article(
        path.stem, text, sha256, path, texts["title"], texts["publisher"], texts["author"],
        reader.date(fields.get("published"), "published"), reader.date(fields.get("updated"), "updated"), url,
        texts["republishes"], texts["translated_from"], texts["language"] or "en", tuple(sorted(furniture)), tuple(sections),
    )  # fmt: skip


def address_fault(url: str) -> str | None:
    """What is wrong with the address of an article; None where it can be shown as a link that leads where it seems to."""
    if any(not c.isprintable() or c in ' \\"<>`' for c in url):
        return "has a space or a character that no address has"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not a web address"
    if not url.startswith(("https://", "http://")) or not parts.hostname or port == 0:
        return "is not a web address"
    return "has a name before its host" if "@" in parts.netloc else None


def _once(reader: Reader, node: Node, where: str, text: str) -> tuple[int, int] | None:
    """(start, end) of the node's text, which must be in `text` exactly once."""
    wanted = reader.text(node, where)
    if wanted is None:
        return None
    start = text.find(wanted)
    if start < 0:
        reader.problem(node, where, f"not in the text: {wanted[:60]!r}", "copy it from the text letter by letter")
        return None
    if text.find(wanted, start + 1) >= 0:
        reader.problem(node, where, f"more than once in the text: {wanted[:60]!r}", "take more of its line, so that it is found once")
        return None
    return start, start + len(wanted)


def _section(reader: Reader, node: Node, where: str, text: str) -> Section | None:
    fields = reader.mapping(node, where, required=("starts", "asserted"))
    starts = fields.get("starts")
    span = _once(reader, starts, f"{where}.starts", text) if starts else None
    asserted = reader.date(fields.get("asserted"), f"{where}.asserted")
    return Section(span[0], asserted) if span else None


def find_quote(corpus: Corpus, reader: Reader, node: Node, where: str, *, extra: tuple[str, ...] = ()) -> tuple[Span | None, dict[str, Node]]:
    """The span that a REF `{article: …, quote: …}` points to, found exactly once and free of furniture, and the REF's fields."""
    fields = reader.mapping(node, where, required=("article", "quote"), optional=extra)
    article_id, quote = reader.text(fields.get("article"), f"{where}.article"), reader.text(fields.get("quote"), f"{where}.quote")
    if article_id is None or quote is None:
        return None, fields
    article = corpus.articles.get(article_id)
    if article is None:
        reader.problem(fields["article"], f"{where}.article", f"no article {article_id!r}", f"articles: {', '.join(corpus.articles)}")
        return None, fields
    start = article.text.find(quote)
    if start < 0:
        reader.problem(fields["quote"], f"{where}.quote", f"not found in {article_id!r}", nearest_text(article, quote))
    elif article.text.find(quote, start + 1) >= 0:
        reader.problem(
            fields["quote"], f"{where}.quote", f"found more than once in {article_id!r}", "take a longer piece of the text, so that it is found once"
        )
    elif article.is_furniture(start, start + len(quote)):
        reader.problem(fields["quote"], f"{where}.quote", "overlaps page furniture (`not_quotable` of the article)", "quote only the article's own text")
    else:
        return Span(article, start, start + len(quote)), fields
    return None, fields


def nearest_span(article: Article, text: str) -> Span:
    """The run of sentences of `article`, as many as `text` has, that is most like `text`; the first among equals. Raises ValueError where it has none."""
    from rapidfuzz.distance import Indel

    found, count = article.sentences, max(1, len(sentences(text)))
    runs = [Span(article, first.start, found[min(i + count, len(found)) - 1].end) for i, first in enumerate(found)]
    return max(runs, key=lambda span: Indel.normalized_similarity(span.text, text))


def nearest_text(article: Article, quote: str) -> str:
    """The text of `article` that is most like `quote`, with a line that marks where the two differ."""
    from difflib import SequenceMatcher

    best = nearest_span(article, quote).text if article.sentences else article.text[:200]
    marks = [" "] * len(best)
    unseen = []
    for tag, a, b, c, d in SequenceMatcher(None, best, quote, autojunk=False).get_opcodes():
        if tag != "equal":
            marks[a : max(b, a + 1)] = "^" * max(b - a, 1)
            unseen += unseen_difference(best[a:b], quote[c:d])
    shown = "".join(c if c.isprintable() else " " for c in best)
    return "\n".join([f"nearest text in {article.id}:", shown, "".join(marks).rstrip(), *dict.fromkeys(unseen)])


def unseen_difference(ours: str, theirs: str) -> list[str]:
    """One line that names the characters where an article's text and a quote's differ without a difference that can be seen; else none."""
    return [f"{_codepoints(ours)} in the article, {_codepoints(theirs)} in the quote"] if fold(ours).strip() == fold(theirs).strip() else []


def _codepoints(text: str) -> str:
    return " ".join(f"U+{ord(c):04X} ({unicodedata.name(c, '?').lower()})" for c in text) or "nothing"
