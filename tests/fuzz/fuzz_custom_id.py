"""The custom_id parser: any text is a custom_id of this program, with a number that the store takes, or none."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bot"]):
    from bot.custom_id import pressed

KINDS = {"answer", "settings", "faq", "sources", "timeline", "ask:entry", "ask:reword", "suggest", "review"}


def one(data: bytes) -> None:
    """Read `data` as a custom_id."""
    text = data.decode("utf-8", "replace")
    found = pressed(text)
    if found is not None:
        assert found.kind in KINDS
        assert found.number is None or 0 <= found.number < 2**63
        assert text == ":".join(str(part) for part in (found.kind, found.number, found.what) if part not in (None, ""))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
