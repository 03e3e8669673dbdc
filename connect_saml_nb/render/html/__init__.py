"""All HTML of the package: templates in one environment, in which every value is harmless before it is shown.

A template writes `{{ value }}` and nothing more: markup is escaped, what does not print or turns the line around is
shown as its code point, and endless text is cut off. `Markup` is the type of what is HTML already.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import TOKEN_DATA, Token, TokenStream
from markupsafe import Markup, escape

from connect_saml_nb import urls
from connect_saml_nb.model.text import Text, ValueKind
from connect_saml_nb.render.words import clock
from connect_saml_nb.text import escape_control_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

__all__ = ["Markup", "escaped", "inert", "macro", "masked", "render", "sentence", "value", "when"]

_LONGEST = 2000
_LONGEST_URL = 300
_MARKED = 128
_VALUE, _QUOTE, _END = Markup('<bdi class="cs-value" dir="ltr">'), Markup("<bdi>"), Markup("</bdi>")


def render(template: str, /, **values: object) -> Markup:
    """Fill a template of this folder. A name that it uses and that is not given raises `jinja2.UndefinedError`.

    >>> render("fragment/notice.html", message="<b> is shown as it is", style="warn")  # doctest: +SKIP
    """
    return Markup(_environment().get_template(template).render(values))  # noqa: S704 -- the environment escapes


def macro(name: str) -> Callable[..., Markup]:
    """One of the building blocks in `macros.html`, to be called from Python."""
    module: Any = _environment().get_template("macros.html").module
    block: Callable[..., Markup] = getattr(module, name)
    return block


def inert(value: object) -> str | Markup:
    """A value as text that can be shown: on one line, not endless; what is HTML already stays as it is."""
    if isinstance(value, Markup):
        return value
    text = "" if value is None else str(value)
    return escape_control_characters(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")


# --- filters -----------------------------------------------------------------------------------------------


def _lines(text: object) -> str:
    """A text with its line breaks, nothing cut off: for commands and other text to copy."""
    return Markup("\n").join(escape_control_characters(line) for line in str(text).split("\n"))


def value(text: object) -> Markup:
    """A foreign value, set apart from the text around it, its characters in the order of counting."""
    return Markup("".join((_VALUE, escaped(text), _END)))  # noqa: S704 -- escaped just here


def sentence(text: Text | str) -> Markup:
    """A text in which each foreign value is set apart."""
    parts = text.parts if isinstance(text, Text) else (text,)
    return Markup("").join(escaped(part) if isinstance(part, str) else _foreign(part) for part in parts)


def _foreign(part: Any) -> Markup:  # noqa: ANN401 -- a Value; the name is free for the filter
    return value(part.raw) if part.kind is ValueKind.NAME else _QUOTE + escaped(part.raw) + _END


def when(time: datetime | None) -> str:
    """A time in UTC, to the second."""
    return clock(time) if time else "time not recorded"


def masked(url: str | None) -> str:
    """A URL without its secrets, clipped in the middle."""
    whole = urls.mask(url) or ""
    half = _LONGEST_URL // 2
    return whole if len(whole) <= _LONGEST_URL else f"{whole[:half]} … {whole[-half:]}"


def _count(number: int, one: str = "", several: str = "") -> str:
    """A number, with its word where one is given."""
    word = one if number == 1 else several or f"{one}s"
    return f"{number:,} {word}" if one else f"{number:,}"


def escaped(text: object) -> Markup:
    """A foreign text as HTML: no markup, no invisible or direction-changing characters, not endless."""
    return escape(inert(text))


def _marked_names(one: str, other: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Both names in parts, each with whether it differs from the other name."""
    ours, theirs = one[:_MARKED], other[:_MARKED]
    first, second = [], []
    for kind, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        first.append((ours[a:b], kind != "equal"))
        second.append((theirs[c:d], kind != "equal"))
    for parts, name in ((first, one), (second, other)):
        parts.append(("…" if len(name) > _MARKED else "", False))
    return [part for part in first if part[0]], [part for part in second if part[0]]


def _visible_spaces(text: str) -> str:
    return escape_control_characters(text).replace(" ", "␠")


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- the environment ---------------------------------------------------------------------------------------

_BETWEEN_WORDS = re.compile(r"(?<=[^>\s])\s*\n\s*(?=[^<\s])")
_LINE_BREAK = re.compile(r"\s*\n\s*")


class _Layout(Extension):
    """A template's line breaks are its layout: between two words they become a space, next to a tag nothing."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type == TOKEN_DATA:
                yield Token(token.lineno, TOKEN_DATA, _LINE_BREAK.sub("", _BETWEEN_WORDS.sub(" ", token.value)))
            else:
                yield token


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__name__, "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=inert,
        extensions=[_Layout],
        auto_reload=False,
    )
    environment.filters |= {
        "lines": _lines,
        "value": value,
        "sentence": sentence,
        "when": when,
        "clock": clock,
        "masked": masked,
        "count": _count,
        "capitalized": _capitalized,
        "visible_spaces": _visible_spaces,
    }
    environment.globals["marked_names"] = _marked_names
    return environment
