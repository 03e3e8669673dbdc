"""Charts as inline SVG: numbers -> HTML. Each stands beside the same numbers as text, and screen readers pass over it.

Colours are the page's own; what they say stands in words beside them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.notebook.components import esc

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Of a named fault, of what was not judged, of a sign-in that worked: by `weight`.
_COLOURS = {2: "var(--cs-bad)", 1: "var(--cs-open)", 0: "var(--cs-good)"}
_WIDTH = 200
_HEIGHT = 120
_GAP = 0.15


def share_bar(parts: Sequence[tuple[int, int]], whole: int) -> str:
    """A lying bar of (weight, count) parts, as long as its part of the `whole`."""
    at, drawn = 0.0, ""
    for weight, count in filter(_is_some, parts):
        width = _WIDTH * count / max(1, whole)
        drawn += f'<rect x="{at:.1f}" y="2" width="{max(width, 0.8):.1f}" height="12" style="fill:{_COLOURS[weight]}"/>'
        at += width
    return _drawing("bar", f"0 0 {_WIDTH} 16", drawn) if parts else ""


def _is_some(part: tuple[int, int]) -> bool:
    return part[1] > 0


def _drawing(kind: str, box: str, drawn: str) -> str:
    return f'<div class="cs-{kind}"><svg viewBox="{box}" aria-hidden="true">{drawn}</svg></div>'


def columns(bars: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> str:
    """Standing columns of (label, parts); only the first, the last and the highest column are labelled."""
    if not bars:
        return ""
    most = max(sum(count for _, count in parts) for _, parts in bars) or 1
    step = 640 / len(bars)
    drawn = "".join(_column(at * step, step, parts, most) for at, (_, parts) in enumerate(bars))
    labels = _labels(bars, step) if len(bars) > _ALL_LABELLED else _every_label(bars, step)
    line = f'<line x1="0" y1="{_HEIGHT}" x2="640" y2="{_HEIGHT}" style="stroke:var(--cs-line)"/>'
    highest = f'<text x="0" y="10" style="{_SMALL}">{most:,}</text>'
    return _drawing("columns", f"0 0 640 {_HEIGHT + 20}", drawn + line + labels + highest)


_ALL_LABELLED = 10
_SMALL = "fill:var(--cs-quiet);font-size:11px"


def _column(at: float, step: float, parts: Sequence[tuple[int, int]], most: int) -> str:
    drawn, top = "", float(_HEIGHT)
    for weight, count in parts:
        height = (_HEIGHT - 14) * count / most
        top -= height
        x, width = at + step * _GAP / 2, max(step * (1 - _GAP), 0.5)
        fill = f'style="fill:{_COLOURS[weight]}"'
        drawn += f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" {fill}/>'
    return drawn


def _labels(bars: Sequence[tuple[str, object]], step: float) -> str:
    last = len(bars) - 1
    return _label(0, bars[0][0], "start") + _label(640, bars[last][0], "end") if step else ""


def _every_label(bars: Sequence[tuple[str, object]], step: float) -> str:
    return "".join(_label((at + 0.5) * step, name, "middle") for at, (name, _) in enumerate(bars))


def _label(x: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{_HEIGHT + 14}" text-anchor="{anchor}" style="{_SMALL}">{esc(text[:40])}</text>'


def legend() -> str:
    """What the colours mean, in words."""
    words = ((2, "a cause was found"), (1, "not decided, or not read"), (0, "signed in"))
    keys = "".join(
        f'<span class="cs-key"><svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><rect x="0" y="0" '
        f'width="10" height="10" style="fill:{_COLOURS[weight]}"/></svg> {text}</span> '
        for weight, text in words
    )
    return f'<p class="cs-quiet">{keys}</p>'


def progress_bar(done: int, total: int | None) -> str:
    """How far something is; nothing where the end is not known."""
    if not total:
        return ""
    width = _WIDTH * min(1.0, done / total)
    back = f'<rect x="0" y="0" width="{_WIDTH}" height="4" style="fill:var(--cs-soft)"/>'
    bar = f'<rect x="0" y="0" width="{width:.1f}" height="4" style="fill:var(--cs-info)"/>'
    return _drawing("progress", f"0 0 {_WIDTH} 4", back + bar)
