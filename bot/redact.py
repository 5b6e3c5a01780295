"""Removes from people's words what could tell who somebody is, before they are kept: mentions, addresses, long runs of digits.

A name that is written as a plain word is not recognised.
"""

from __future__ import annotations

import re
import unicodedata

from bot.text import visible

GAP = "⋯"
"""Stands where something was removed."""
_PIECES = re.compile(
    r"""
    <[^<>\s]*\d+[^<>\s]*>                                    # a mention, custom emoji, time or command as Discord writes it
    | \b[a-z][a-z0-9+.-]*://\S+ | \b(?:mailto|tel):\S+ | \bwww\.\S+
    | [^\s@(),;<>"]*@[^\s@(),;<>"]+                            # an e-mail address, a handle
    | \b(?:[\w-]+\.)+[a-z]{2,}/\S*                           # an address without its scheme
    | \b(?:[\w-]+\.)+(?:com|org|net|info|gg|io)\b
    | \b(?:[0-9a-f]{1,4}::?){3,}[0-9a-f]*                    # IPv6, a network card
    | \+?\(?\d(?:[\s().,:/_-]{0,3}\d){6,}                    # a telephone, card, IP or serial number
    | \d{5,}
    """,
    re.IGNORECASE | re.VERBOSE,
)
_GAPS = re.compile(rf"{GAP}(?:\s*{GAP})+")


def redacted(text: str) -> str:
    """`text` on one line, in NFKC, without what could tell who somebody is.

    What is left has no @, no five digits in a row, and no seven with nothing but spaces and punctuation between them.
    """
    while (plain := unicodedata.normalize("NFKC", visible(text))) != text:
        text = plain
    plain = " ".join(plain.split())
    while (shorter := _PIECES.sub(GAP, plain).replace("@", GAP)) != plain:
        plain = shorter
    return _GAPS.sub(GAP, plain)
