"""Drawings as inline SVG: elements with escaped texts and rounded numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Colours: the page's own (JupyterLab's variables), with others where the page has none.
INK = "var(--jp-content-font-color1,#223)"
FAINT = "var(--jp-content-font-color2,#556)"
LINE = "var(--jp-border-color1,#a9b2bd)"
PAPER = "var(--jp-layout-color1,#fff)"
GOOD = "var(--jp-success-color1,#2e7d32)"
OPEN = "var(--jp-warn-color1,#e65100)"
BAD = "var(--jp-error-color1,#c62828)"
#: How wide a drawing of a sign-in is, in its own units.
WIDTH = 520
Attribute = str | int | float


def element(name: str, *content: str, **attributes: Attribute) -> Markup:
    """One element; `Markup` in it stays as it is, other text is escaped. `_` in a name of an attribute is `-`.

    >>> element("text", "a < b", x=1.25, text_anchor="end")
    Markup('<text x="1.2" text-anchor="end">a &lt; b</text>')
    """
    start = [name]
    for key, value in attributes.items():
        text = escape(value) if isinstance(value, str) else f"{round(value, 1):g}"
        start.append(f'{key.rstrip("_").replace("_", "-")}="{text}"')
    return Markup(f"<{' '.join(start)}>{''.join(map(escape, content))}</{name}>")  # noqa: S704 -- escaped just here


def titled(title: str, *content: str) -> Markup:
    """Elements with a text that shows where the pointer hovers over them."""
    return element("g", element("title", title), *content)


def line(start: tuple[float, float], end: tuple[float, float], style: str) -> Markup:
    """A line between two points."""
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], style=style)


def joined(parts: Iterable[str]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def text(  # noqa: PLR0913 -- what a text is drawn with
    x: float, y: float, words: str, *, size: float = 12.5, fill: str = INK, anchor: str = "start", bold: bool = False
) -> Markup:
    """A line of text."""
    style = f"font-size:{size:g}px;fill:{fill}{';font-weight:600' if bold else ''}"
    return element("text", words, x=x, y=y, text_anchor=anchor, style=style)


class Drawing:
    """Elements of a drawing, top down; `y` is where the next one goes."""

    def __init__(self, y: float) -> None:
        self.y = y
        self.parts: list[Markup] = []

    def add(self, *elements: Markup) -> None:
        """Add elements on top of the others."""
        self.parts += elements

    def whole(self, label: str) -> Markup:
        """The drawing; it is as wide as its place, up to 700 pixels."""
        style = (
            "width:100%;max-width:700px;height:auto;display:block;"
            "font-family:var(--jp-ui-font-family,system-ui,sans-serif)"
        )
        box = f"0 0 {WIDTH} {self.y:g}"
        return element(
            "svg",
            *self.parts,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=box,
            role="img",
            aria_label=label,
            style=style,
        )
