"""Charts as inline SVG. Each stands beside the same numbers as text, and screen readers pass over it.

Colours are the page's own; what they say stands in words beside them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.render.svg import element, joined, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connect_saml_nb.render.html import Markup

    #: (weight of a verdict, how many have it)
    Parts = Sequence[tuple[int, int]]

#: Of a named fault, of what was not judged, of a sign-in that worked: by weight.
COLOURS = {2: "var(--cs-bad)", 1: "var(--cs-open)", 0: "var(--cs-good)"}
_WIDTH, _BAR_WIDTH, _HEIGHT = 640, 200, 120
_GAP = 0.15
_ALL_LABELLED = 10
_SMALL = "fill:var(--cs-quiet);font-size:11px"


def share_bar(parts: Parts, whole: int) -> Markup:
    """A horizontal bar of (weight, count) parts, as long as its share of the `whole`."""
    at, drawn = 0.0, []
    for weight, count in parts:
        width = _BAR_WIDTH * count / max(1, whole)
        drawn += [_rect(at, 2, max(width, 0.8), 12, COLOURS[weight])] if count > 0 else []
        at += width
    return _drawing(_BAR_WIDTH, 16, *drawn) if parts else joined(())


def columns(bars: Sequence[tuple[str, Parts]]) -> Markup:
    """Vertical bars of (label, parts); of many only the first and the last are labelled."""
    if not bars:
        return joined(())
    most = max(sum(count for _, count in parts) for _, parts in bars) or 1
    step = _WIDTH / len(bars)
    drawn = [rect for at, (_, parts) in enumerate(bars) for rect in _column(at * step, step, parts, most)]
    base = line((0, _HEIGHT), (_WIDTH, _HEIGHT), "stroke:var(--cs-line)")
    highest = element("text", f"{most:,}", x=0, y=10, style=_SMALL)
    return _drawing(_WIDTH, _HEIGHT + 20, *drawn, base, *_labels([name for name, _ in bars], step), highest)


def progress_bar(done: int, total: int | None) -> Markup:
    """How far something is; nothing where the end is not known."""
    if not total:
        return joined(())
    back = _rect(0, 0, _BAR_WIDTH, 4, "var(--cs-soft)")
    return _drawing(_BAR_WIDTH, 4, back, _rect(0, 0, _BAR_WIDTH * min(1.0, done / total), 4, "var(--cs-info)"))


def _column(at: float, step: float, parts: Parts, most: int) -> list[Markup]:
    drawn, top = [], float(_HEIGHT)
    for weight, count in parts:
        height = (_HEIGHT - 14) * count / most
        top -= height
        drawn += [_rect(at + step * _GAP / 2, top, max(step * (1 - _GAP), 0.5), height, COLOURS[weight])]
    return drawn


def _labels(names: Sequence[str], step: float) -> list[Markup]:
    if len(names) > _ALL_LABELLED:
        return [_label(0, names[0], "start"), _label(_WIDTH, names[-1], "end")]
    return [_label((at + 0.5) * step, name, "middle") for at, name in enumerate(names)]


def _label(x: float, text: str, anchor: str) -> Markup:
    return element("text", text[:40], x=x, y=_HEIGHT + 14, text_anchor=anchor, style=_SMALL)


def _rect(x: float, y: float, width: float, height: float, fill: str) -> Markup:
    return element("rect", x=x, y=y, width=width, height=height, style=f"fill:{fill}")


def _drawing(width: int, height: int, *parts: str) -> Markup:
    return element("svg", *parts, viewBox=f"0 0 {width} {height}", aria_hidden="true")
