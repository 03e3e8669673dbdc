"""Forms in a page's HTML, found in one pass that stays linear on hostile text.

Not `html.parser`: its time grows with the square of the input on hostile pages (CVE-2025-6069), and it is slow.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from connect_saml_nb.saml.sentences import MAX_TEXT

MAX_STEPS = 150_000  # tags and attributes looked at in one page; real pages with a SAML form have some hundred

_TAG = re.compile(r"<(?:(!--)|(/?(?:form|input|textarea|script|style|base)(?=[\s/>])))", re.IGNORECASE | re.ASCII)
_ATTRIBUTE = re.compile(
    r"""[\s/]*+(?:(>)|([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)(?:"|\Z)|'([^']*+)(?:'|\Z)|([^\s>"'][^\s>]*+)|()))?)""",
    re.ASCII,
)
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE | re.ASCII) for name in ("script", "style", "textarea")}
_NOT_SENT = frozenset({"submit", "button", "image", "reset", "file", "password"})


@dataclass(slots=True)
class Form:
    """A form while it is read: its action as written (None where absent), and names and values in order."""

    action: str | None
    fields: list[tuple[str, str]] = field(default_factory=list, repr=False)


@dataclass(slots=True)
class Page:
    """A page's forms (the first collects what stands outside any), its scripts' text, and its base address."""

    forms: list[Form] = field(default_factory=lambda: [Form(None)])
    scripts: list[str] = field(default_factory=list, repr=False)
    base: str = ""
    complete: bool = True


def read_page(text: str) -> Page:
    """The page's forms and scripts. Never raises."""
    page = Page()
    _Reader(text, page).run()
    return page


def _unescaped(value: str) -> str:
    """The value, unless it is too long to be read anyway."""
    return value if len(value) > MAX_TEXT else html.unescape(value)


def _cut_off(attributes: dict[str, str]) -> dict[str, str]:
    """The page ends inside this tag (Firefox keeps 1 MiB of a body): a value that has begun is worth telling."""
    return attributes if attributes.get("value") else {}


class _Reader:
    """Walks over the tags that matter. A form inside an open form is no form (HTML, section 13.2.6.4.7)."""

    def __init__(self, text: str, page: Page) -> None:
        self._text = text
        self._page = page
        self._form = page.forms[0]
        self._steps = 0

    def run(self) -> None:
        position = 0
        while tag := _TAG.search(self._text, position):
            if self._steps > MAX_STEPS:
                self._page.complete = False
                return
            position = self._comment(tag.end()) if tag[1] else self._element(tag[2].lower(), tag.end())

    def _comment(self, position: int) -> int:
        self._steps += 1
        end = self._text.find("-->", position)
        return len(self._text) if end < 0 else end + 3

    def _element(self, name: str, position: int) -> int:
        attributes, position = self._attributes(position)
        if name == "form":
            self._open(attributes)
        elif name == "/form":
            self._form = self._page.forms[0]
        elif name == "input":
            self._input(attributes)
        elif name == "base":
            self._page.base = self._page.base or attributes.get("href", "")
        elif name in _ENDS:
            return self._raw(name, attributes, position)
        return position

    def _attributes(self, position: int) -> tuple[dict[str, str], int]:
        """The tag's attributes, names in lower case; the first of two equal names counts."""
        attributes: dict[str, str] = {}
        while found := _ATTRIBUTE.match(self._text, position):
            self._steps += 1
            position = found.end()
            if found[1] or self._steps > MAX_STEPS:
                return attributes, position
            value = found[3] or found[4] or found[5] or ""
            attributes.setdefault(found[2].lower(), _unescaped(value))
        return _cut_off(attributes), len(self._text)

    def _open(self, attributes: dict[str, str]) -> None:
        if self._form is self._page.forms[0]:
            self._form = Form(attributes.get("action"))
            self._page.forms.append(self._form)

    def _input(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "").lower()
        unchecked = kind in {"radio", "checkbox"} and "checked" not in attributes
        if "name" in attributes and kind not in _NOT_SENT and not unchecked:
            self._form.fields.append((attributes["name"], attributes.get("value", "")))

    def _raw(self, name: str, attributes: dict[str, str], position: int) -> int:
        """An element whose content is text: it ends at its own end tag, or with the page."""
        end = _ENDS[name].search(self._text, position)
        content = self._text[position : end.start() if end else len(self._text)]
        if name == "script":
            self._page.scripts.append(content)
        elif name == "textarea" and "name" in attributes:
            self._form.fields.append((attributes["name"], _unescaped(content).removeprefix("\n")))
        return end.end() if end else len(self._text)
