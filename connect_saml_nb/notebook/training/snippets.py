"""HTML snippets for the training pages, which are still put together from strings: what they take is HTML already."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.render.html import Markup, escaped, macro, masked, when
from connect_saml_nb.render.html import sentence as html_sentence
from connect_saml_nb.render.html import value as html_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from connect_saml_nb.model.text import Text

__all__ = ["masked", "when"]


def _snippet(name: str) -> Callable[..., str]:
    """A building block as plain text, which can be added to other text without being escaped."""
    return lambda *arguments, **options: str(macro(name)(*arguments, **options))


button, choice, menu = _snippet("button"), _snippet("choice"), _snippet("menu")
checkbox, text_input = _snippet("checkbox"), _snippet("text_input")
copyable, link, notice, badge = _snippet("copyable"), _snippet("link"), _snippet("notice"), _snippet("badge")


class Mood(NamedTuple):
    """How a state looks: a class for its colour, and a sign and words that say the same."""

    style: str
    sign: str
    words: str


def esc(text: object) -> str:
    """A foreign text as HTML."""
    return str(escaped(text))


def value(text: object) -> str:
    """A foreign value, set apart."""
    return str(html_value(text))


def sentence(text: Text | str) -> str:
    """A text in which each foreign value is set apart."""
    return str(html_sentence(text))


def esc_lines(text: str) -> str:
    """As `esc`, with the line breaks."""
    return "\n".join(map(esc, text.split("\n")))


def table(head: Sequence[str], rows: Iterable[str], label: str) -> str:
    """A table of ready rows."""
    return _snippet("table")(head, label, caller=lambda: _html("".join(rows)))


def row(cells: Iterable[str], at: str = "", mark: str = "") -> str:
    """A table row of ready cells; `at` names it for links, `mark` is its class."""
    return _snippet("row")([_html(cell) for cell in cells], at, mark)


def folded(title: str, content: str, *, is_open: bool = False) -> str:
    """A part that opens on demand."""
    return _snippet("fold")(title, is_open, caller=lambda: _html(content))


def items(parts: Iterable[str]) -> str:
    """A list; nothing where it is empty."""
    return _snippet("html_items")([_html(part) for part in parts])


def status_region(content: str) -> str:
    """A part whose changes a screen reader announces."""
    return _snippet("status_region")(caller=lambda: _html(content))


def _html(text: str) -> Markup:
    return Markup(text)  # the training pages' own
