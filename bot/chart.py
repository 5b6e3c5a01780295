"""A run of `bot eval` as one picture (SVG): risk over coverage, calibration, points by category and by language."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from html import escape

from bot.errors import number_of
from bot.evaluate import ALL, Group, Report

WIDTH = 960
_PLOT = 340
"""Side of a plot's square."""
_ROW = 22
_BARS = 520
"""Left edge of the second column."""
_INK, _FAINT, _GRID, _PAPER = "#1f2933", "#5f6b7a", "#dfe4ea", "#ffffff"
_ANSWERS, _REFUSALS = "#0b62a4", "#c2571a"
_STYLE = f"text{{font:13px system-ui,'DejaVu Sans',sans-serif;fill:{_INK}}}.h{{font-weight:600;font-size:15px}}.f{{fill:{_FAINT};font-size:12px}}.e{{text-anchor:end}}.m{{text-anchor:middle}}"


def picture(report: Report) -> str:
    """The SVG document of a report; the same report gives the same bytes."""
    rows = max(len(report.categories), len(report.languages), 1)
    top = 2 * 60 + _PLOT + 70
    height = top + 30 + rows * _ROW + 24
    total = report.totals[ALL].points if report.rows else 0.0
    body = [
        _text(40, 34, f"{number_of(len(report.rows), 'gold question')}, {total:.3f} of the points", "h"),
        *_risk(report, 90, 96),
        *_calibration(report, _BARS + 50, 96),
        *_bars("Points by category", report.categories, 40, top),
        *_bars("Points by language", report.languages, _BARS, top),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">\n'
        f"<title>bot eval</title><style>{_STYLE}</style>\n"
        f'<rect width="{WIDTH}" height="{height}" fill="{_PAPER}"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _risk(report: Report, left: int, top: int) -> Iterator[str]:
    points = report.curve.points
    highest = next(limit for limit in (0.1, 0.2, 0.5, 1.0) if limit >= max((p.risk for p in points), default=0.0))
    yield from _axes(
        left, top, f"Risk over coverage, area {report.curve.area:.4f}", "share of all questions answered, the surest first", "points lost per answer", highest
    )
    if points:
        path = " ".join(f"{left + p.coverage * _PLOT:.1f},{top + _PLOT * (1 - p.risk / highest):.1f}" for p in points)
        yield f'<polyline points="{path}" fill="none" stroke="{_ANSWERS}" stroke-width="2"/>'
        last = points[-1]
        x, y = left + last.coverage * _PLOT, top + _PLOT * (1 - last.risk / highest)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_ANSWERS}"/>'
        yield _text(x, y - 10, f"{last.risk:.3f} at {last.coverage:.2f}", "m")


def _calibration(report: Report, left: int, top: int) -> Iterator[str]:
    error = {kind: report.calibration[kind].error for kind in ("answers", "refusals")}
    yield from _axes(
        left,
        top,
        f"Calibration error: answers {error['answers']:.4f}, refusals {error['refusals']:.4f}",
        "probability said that the lead answers, or the refusal is right",
        "share that was so",
        1.0,
    )
    yield f'<path d="M{left},{top + _PLOT}L{left + _PLOT},{top}" stroke="{_FAINT}" stroke-dasharray="4 4"/>'
    most = max((b.n for kind in ("answers", "refusals") for b in report.calibration[kind].bins), default=1)
    for number, (kind, colour) in enumerate((("answers", _ANSWERS), ("refusals", _REFUSALS))):
        for b in report.calibration[kind].bins:
            x, y = left + b.said * _PLOT, top + _PLOT * (1 - b.right)
            yield (
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{4 + 12 * math.sqrt(b.n / most):.1f}" fill="{colour}" fill-opacity=".55" stroke="{colour}">'
                f"<title>{b.n} {kind}: said {b.said:.3f}, {b.right:.3f} right</title></circle>"
            )
        y = top + _PLOT - 40 + number * 20
        yield f'<circle cx="{left + _PLOT - 90}" cy="{y - 4}" r="5" fill="{colour}" fill-opacity=".55" stroke="{colour}"/>' + _text(left + _PLOT - 78, y, kind)


def _axes(left: int, top: int, title: str, across: str, up: str, highest: float) -> Iterator[str]:
    """A square from 0 to 1 across and 0 to `highest` up, with five steps each way."""
    yield _text(left - 50, top - 22, title, "h")
    for step in range(6):
        share = step / 5
        x, y = left + share * _PLOT, top + _PLOT * (1 - share)
        yield f'<path d="M{left},{y:.1f}h{_PLOT}M{x:.1f},{top}v{_PLOT}" stroke="{_GRID}"/>'
        yield _text(x, top + _PLOT + 18, f"{share:.1f}", "f m") + _text(left - 8, y + 4, f"{share * highest:.2g}", "f e")
    yield _text(left + _PLOT / 2, top + _PLOT + 40, across, "f m")
    yield f'<text class="f m" transform="translate({left - 40},{top + _PLOT / 2:.0f}) rotate(-90)">{up}</text>'


def _bars(title: str, groups: Mapping[str, Group], left: int, top: int) -> Iterator[str]:
    """A bar for each group, the best first, with its points and its number of questions."""
    label, most = 150, 180
    yield _text(left, top, title, "h")
    best_first: Callable[[tuple[str, Group]], tuple[float, str]] = lambda item: (-item[1].points, item[0])  # noqa: E731
    for number, (name, group) in enumerate(sorted(groups.items(), key=best_first)):
        y = top + 16 + number * _ROW
        start = left + label + 8
        yield _text(left + label, y + 13, name if len(name) <= 21 else name[:20] + "…", "e")
        yield f'<rect x="{start}" y="{y}" width="{most}" height="{_ROW - 6}" fill="{_GRID}"/>'
        yield f'<rect x="{start}" y="{y}" width="{most * group.points:.1f}" height="{_ROW - 6}" fill="{_ANSWERS}"/>'
        yield _text(start + most + 8, y + 13, f"{group.points:.3f}") + _text(start + most + 50, y + 13, f"n={len(group.rows)}", "f")


def _text(x: float, y: float, text: str, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:g}" y="{y:g}"{kind}>{escape(text)}</text>'
