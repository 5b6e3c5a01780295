"""What the custom_id of something that was pressed says: Discord sends it back, but anybody can send Discord one that no message has."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MOST = 100
"""Characters that Discord takes."""
_NUMBER = r"(?P<number>0|[1-9][0-9]{0,18})"
"""Of a page, a suggestion or a message: it fits into the store's 64 bits (`pressed` looks at the last ones)."""
_HIGHEST = 2**63 - 1
_FORMS = re.compile(
    rf"(?P<of>answer|settings):(?P<what>[a-z_]+)|(?P<list>faq|sources|timeline):{_NUMBER}"
    r"|(?P<ask>ask:(?:entry|reword)|suggest)(?::(?P<message>[1-9][0-9]{0,18}))?|review:(?P<suggestion>[1-9][0-9]{0,18}):(?P<act>[a-z]+)"
)


@dataclass(frozen=True, slots=True)
class Pressed:
    """What was pressed: of which `kind` it is, such as `answer`, `ask:reword` or `faq`, which number it carries, and what is to be done."""

    kind: str
    number: int | None = None
    what: str = ""


def pressed(custom_id: object) -> Pressed | None:
    """The parts of a custom_id of this program; None for any other value. Never raises."""
    found = _FORMS.fullmatch(custom_id) if isinstance(custom_id, str) and len(custom_id) <= _MOST else None
    if found is None:
        return None
    kind = found["of"] or found["list"] or found["ask"] or "review"
    digits = found["number"] or found["message"] or found["suggestion"]
    number = int(digits) if digits else None
    return Pressed(kind, number, found["what"] or found["act"] or "") if number is None or number <= _HIGHEST else None
