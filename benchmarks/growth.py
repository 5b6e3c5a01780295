"""A picture of how measurements grow with size, both on logarithmic scales (SVG)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_COLOURS = ("#0b62a4", "#c2571a", "#2e7d4f", "#7a3e9d", "#5f6b7a", "#b8860b", "#1f2933")
_LEFT, _TOP, _WIDTH, _HEIGHT = 70, 50, 460, 360


def picture(title: str, sizes: Sequence[float], lines: Mapping[str, Sequence[float]], exponents: Mapping[str, float]) -> str:
    """The SVG document: a line for each of `lines`, whose name is told with its exponent."""
    low = math.floor(math.log10(min(min(v) for v in lines.values())))
    high = math.ceil(math.log10(max(max(v) for v in lines.values())))
    first, last = math.log10(min(sizes)), math.log10(max(sizes))

    def place(size: float, value: float) -> tuple[float, float]:
        return (
            _LEFT + _WIDTH * (math.log10(size) - first) / (last - first),
            _TOP + _HEIGHT * (1 - (math.log10(value) - low) / (high - low)),
        )

    body = [f'<text x="{_LEFT}" y="28" font-weight="600" font-size="15">{escape(title)}</text>']
    for power in range(low, high + 1):
        _, y = place(sizes[0], 10.0**power)
        body.append(f'<path d="M{_LEFT},{y:.1f}h{_WIDTH}" stroke="#dfe4ea"/><text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for size in sizes:
        x, _ = place(size, 10.0**low)
        body.append(
            f'<path d="M{x:.1f},{_TOP}v{_HEIGHT}" stroke="#dfe4ea"/><text x="{x:.1f}" y="{_TOP + _HEIGHT + 20}" text-anchor="middle">{size:,.0f}</text>'
        )
    body.append(f'<text x="{_LEFT + _WIDTH / 2}" y="{_TOP + _HEIGHT + 42}" text-anchor="middle">passages</text>')
    for number, (name, values) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, sizes, values))
        y = _TOP + 16 + 22 * number
        body.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body.append(f'<rect x="{_LEFT + _WIDTH + 24}" y="{y - 10}" width="12" height="12" fill="{colour}"/>')
        body.append(f'<text x="{_LEFT + _WIDTH + 44}" y="{y}">{escape(name)}: n^{exponents[name]:.2f}</text>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 470" width="840" height="470" role="img">'
        "<style>text{font:13px system-ui,'DejaVu Sans',sans-serif;fill:#1f2933}</style>"
        f'<title>{escape(title)}</title><rect width="840" height="470" fill="#ffffff"/>' + "".join(body) + "</svg>\n"
    )
