"""corpus/words.yaml: what a reviewer knows about words, per language. Nothing about a corpus lives in the code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bot.cache import cached_text
from bot.corpus import Corpus
from bot.errors import CorpusError, Problem
from bot.relations import read_optional, read_yaml
from bot.text import kept_of_words, script, stem, words
from bot.yaml_nodes import Node, Reader

REVISION = 1
"""Part of the cache key: raise it when the packed form changes."""
_ARABIC_PREFIXES = ("وال", "بال", "لل", "فال", "كال", "ال", "و", "ب", "ل", "ف", "ک")


@dataclass(frozen=True, slots=True)
class Name:
    """Another name for something that the articles name, or a place inside it."""

    language: str
    typed: tuple[str, ...]
    """Its folded words."""
    means: str
    """The name as the articles have it."""
    inside: bool = False


@dataclass(frozen=True)
class Lexicon:
    """Synonym groups and names; empty where there is no words.yaml."""

    synonyms: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    names: tuple[Name, ...] = ()

    def find(self, tokens: list[str], at: int) -> Name | None:
        """The longest name that begins with tokens[at]."""
        room = len(tokens) - at
        return next(
            (n for n in self._beginning(tokens[at]) if len(n.typed) <= room and (len(n.typed) == 1 or all(map(same_word, tokens[at + 1 :], n.typed[1:])))),
            None,
        )

    @cached_property
    def _beginning(self) -> Callable[[str], list[Name]]:
        """For a word the names that begin with it, the longest first."""

        def found(token: str) -> list[Name]:
            names = [n for head in _heads(token) for n in self._index.get(head, ()) if same_word(token, n.typed[0])]
            return sorted(names, key=lambda n: -len(n.typed))

        return kept_of_words(found)

    @cached_property
    def _index(self) -> Mapping[str, list[Name]]:
        """Names by the head of their first word."""
        index: dict[str, list[Name]] = {}
        for name in self.names:
            index.setdefault(_head(name.typed[0]), []).append(name)
        return index

    def local(self, means: str, language: str) -> str:
        """What `means` is called in a language of another script: the first name listed there, else `means` itself."""
        return next(
            (" ".join(n.typed) for n in self.names if n.language == language and n.means == means and not n.inside and script(n.typed[0]) != script(means)),
            means,
        )


def _head(word: str) -> str:
    return word[:2]


def _heads(token: str) -> Iterable[str]:
    """The head of a token; of an Arabic one also what it is without each prefix that it may have."""
    if token.isascii() or script(token) != "arabic":
        return (_head(token),)
    return dict.fromkeys([_head(token), *(_head(token.removeprefix(p)) for p in _ARABIC_PREFIXES if token.startswith(p))])


def same_word(token: str, name: str) -> bool:
    """True where a folded token is `name`, perhaps inflected as its script inflects: case endings, particles, articles."""
    if token == name:
        return True
    writing = script(name)
    if writing == "hangul":
        return len(name) >= 2 and token.startswith(name)
    if writing == "arabic":
        return any(token.startswith(p) and token.removeprefix(p) == name.removeprefix("ال") for p in _ARABIC_PREFIXES if len(name) > 2)
    if writing == "cyrillic":
        return len(name) >= 4 and abs(len(token) - len(name)) <= 3 and token[: max(3, len(name) - 1)] == name[: max(3, len(name) - 1)]
    return False


def load_lexicon(corpus: Corpus, cache_folder: Path | None = None) -> Lexicon:
    """Read words.yaml beside the articles. Raises CorpusError with all that is broken.

    What was read from the same bytes before is taken from `cache_folder`.
    """
    path = corpus.folder / "words.yaml"
    data = read_optional(path)
    key = hashlib.sha256(f"{REVISION} ".encode() + (data or b"")).hexdigest()[:24]
    try:
        synonyms, names = json.loads(cached_text(cache_folder, f"lexicon-{key}", lambda: _packed(_parsed(path, data)[0])))
        groups = {language: tuple(tuple(group) for group in found) for language, found in synonyms.items()}
        return Lexicon(groups, tuple(Name(language, tuple(typed), means, inside) for language, typed, means, inside in names))
    except (ValueError, TypeError):
        return _parsed(path, data)[0]


def _packed(lexicon: Lexicon) -> str:
    return json.dumps([lexicon.synonyms, [[n.language, n.typed, n.means, n.inside] for n in lexicon.names]], ensure_ascii=False)


def check_lexicon(corpus: Corpus) -> tuple[Lexicon, list[Problem]]:
    """As `load_lexicon`, read anew, with its warnings."""
    path = corpus.folder / "words.yaml"
    return _parsed(path, read_optional(path))


def _parsed(path: Path, data: bytes | None) -> tuple[Lexicon, list[Problem]]:
    root, reader = read_yaml(path, data)
    if root is None:
        return Lexicon(), reader.problems
    synonyms: dict[str, tuple[tuple[str, ...], ...]] = {}
    names: list[Name] = []
    for language, node in reader.mapping(root, "", optional=None).items():
        fields = reader.mapping(node, language, optional=("synonyms", "names", "inside"))
        groups = [tuple(_texts(reader, group, at)) for at, group in reader.items(fields.get("synonyms"), f"{language}.synonyms")]
        synonyms[language] = tuple(g for g in groups if g)
        names += _names(reader, fields.get("names"), language)
        names += _places(reader, fields.get("inside"), language)
    if any(not p.warning for p in reader.problems):
        raise CorpusError(reader.problems)
    return Lexicon(synonyms, tuple(names)), reader.problems


def _texts(reader: Reader, node: Node | None, where: str) -> Iterator[str]:
    for at, item in reader.items(node, where):
        text = reader.text(item, at)
        if text:
            yield text


def _folded(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in words(text))


def _names(reader: Reader, node: Node | None, language: str) -> Iterator[Name]:
    if node is None or node.value is None:
        return
    for means, others in reader.mapping(node, f"{language}.names", optional=None).items():
        for text in _texts(reader, others, f"{language}.names.{means}"):
            typed = _folded(text)
            if typed and typed != _folded(means):
                yield Name(language, typed, means)


def _places(reader: Reader, node: Node | None, language: str) -> Iterator[Name]:
    if node is None or node.value is None:
        return
    for place, value in reader.mapping(node, f"{language}.inside", optional=None).items():
        means = reader.text(value, f"{language}.inside.{place}")
        typed = _folded(place)
        if means and typed:
            yield Name(language, typed, means, inside=True)


def synonym_stems(lexicon: Lexicon, language: str) -> dict[str, tuple[str, ...]]:
    """Stem of each one-word synonym → the stems of its whole group."""
    table: dict[str, tuple[str, ...]] = {}
    for group in lexicon.synonyms.get(language, ()):
        stems = tuple(dict.fromkeys(stem(words(w)[0], language) for w in group if len(words(w)) == 1))
        for s in stems:
            table[s] = stems
    return table
