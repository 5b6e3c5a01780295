"""The sentence splitter: any text is split into pieces in order, apart, not empty, and nothing but white space and bullets is left out."""

from __future__ import annotations

import re
import sys

import atheris

with atheris.instrument_imports(include=["bot"]):
    from bot.sentences import blocks, sentences

LEFT_OUT = re.compile(r"[\s•◦▪●‣*–—\-()\d.a-z]*")


def one(data: bytes) -> None:
    """Split `data`."""
    text = data.decode("utf-8", "replace") if data[:1] < b"\xf8" else data.decode("utf-32-le", "replace")
    for split in (blocks(text), sentences(text)):
        at = 0
        for start, end in split:
            assert at <= start < end <= len(text)
            assert text[start:end] == text[start:end].strip()
            assert LEFT_OUT.fullmatch(text[at:start]), text[at:start]
            at = end
        assert not text[at:].strip() or LEFT_OUT.fullmatch(text[at:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
