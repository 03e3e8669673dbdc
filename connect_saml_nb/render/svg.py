"""Drawings as inline SVG: elements with escaped texts and rounded numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

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
