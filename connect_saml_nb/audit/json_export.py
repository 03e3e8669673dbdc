"""JSON of any shape, one value at a time: an array of people, an API's answer with one in it, pages, JSON Lines."""

from __future__ import annotations

import itertools
import json
import re
from functools import partial
from typing import TYPE_CHECKING

from connect_saml_nb.audit.opening import HOW_TO_SAVE, LONGEST_LINE, text_of
from connect_saml_nb.audit.values import Table
from connect_saml_nb.errors import ConnectSamlError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from connect_saml_nb.audit.values import Row
    from connect_saml_nb.io.data import Data
    from connect_saml_nb.model import JsonObject

#: Where APIs keep the people: Graph; Google's and Identity Center's; SCIM; others.
_LISTS = frozenset({"value", "users", "Users", "Resources", "resources", "data", "items", "members"})
#: What says that another page follows: Graph, Google, AWS.
_MORE = frozenset({"@odata.nextLink", "odata.nextLink", "nextPageToken", "NextToken", "nextLink"})
_NAME = "name"
_SAMPLE = 2_000
_CHUNK = 1 << 18
_DEEPEST, _MOST_ITEMS, _MOST_KEYS = 4, 3, 500


def json_table(data: Data, encoding: str) -> Table:
    """The table in a JSON export; its columns are the keys, of inner objects too (`profile.login`).

    Raises ConnectSamlError where there is none.
    """
    pages: list[str] = []
    sample = [flat(each) for each in itertools.islice(_people(data, encoding, pages), _SAMPLE)]
    columns = dict.fromkeys(key for each in sample for key in each)
    if not columns:
        raise ConnectSamlError(f"it holds nobody. {HOW_TO_SAVE}")
    names = tuple(columns)
    return Table(names, partial(_rows, data, encoding, names), complete=not pages)


def _rows(data: Data, encoding: str, columns: tuple[str, ...]) -> Iterator[Row]:
    for number, each in enumerate(_people(data, encoding, []), 1):
        cells = flat(each)
        yield number, [cells.get(name, "") for name in columns]


def flat(value: object) -> dict[str, str]:
    """The texts, numbers and flags of one value by their path; of a list the first ones only."""
    cells: dict[str, str] = {}
    _flatten(value if isinstance(value, dict) else {_NAME: value}, "", cells, _DEEPEST)
    return cells


def _flatten(value: object, path: str, cells: dict[str, str], depth: int) -> None:
    if isinstance(value, dict | list):
        named = value.items() if isinstance(value, dict) else enumerate(value[:_MOST_ITEMS])
        for key, inner in named if depth else ():
            _flatten(inner, f"{path}.{key}" if path else str(key), cells, depth - 1)
    elif value is not None and len(cells) < _MOST_KEYS:
        cells[path[:200]] = str(value).lower() if isinstance(value, bool) else str(value)


def _people(data: Data, encoding: str, pages: list[str]) -> Iterator[object]:
    """Everybody in the text, which is one value or several, one after the other."""
    reader = _Reader(text_of(data, encoding))
    while first := reader.peek():
        if first == "[":
            yield from reader.members()
        elif first == "{":
            yield from _of_object(reader, pages)
        else:
            raise _damaged()


def _of_object(reader: _Reader, pages: list[str]) -> Iterator[object]:
    """The people in an API's answer; an object that holds no list of them is a person."""
    others: JsonObject = {}
    answer = False
    for key in reader.named():
        if key == "UserSummaryList":
            raise ConnectSamlError("it is the list of Connect users. Give the identity provider's export here.")
        if key in _LISTS and reader.peek() == "[":
            answer = True
            yield from reader.members()
        else:
            others[key] = reader.value()
    pages += [key for key in _MORE & others.keys() if others[key]]
    if "log" in others:
        raise ConnectSamlError("it is a HAR capture. Give the identity provider's export here.")
    if not answer and others:
        yield others


class _Reader:
    """A text of JSON of which no more than a value is held."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._held = ""
        self._at = 0
        self._scan = json.JSONDecoder().raw_decode

    def _more(self) -> bool:
        piece = self._text.read(_CHUNK)
        self._held = self._held[self._at :] + piece
        self._at = 0
        return bool(piece)

    def peek(self) -> str:
        """The next character that means something, or `""` at the end."""
        while True:
            self._at = _after_space(self._held, self._at)
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def _take(self, character: str) -> None:
        if self.peek() != character:
            raise _damaged()
        self._at += 1

    def value(self) -> object:
        """The next value. Raises ConnectSamlError where it is none or larger than any person."""
        self.peek()
        while True:
            try:
                value, end = self._scan(self._held, self._at)
            except (ValueError, RecursionError):
                if len(self._held) - self._at > LONGEST_LINE or not self._more():
                    raise _damaged() from None
                continue
            if end == len(self._held) and self._more():  # a number can go on
                continue
            self._at = end
            return value

    def members(self) -> Iterator[object]:
        """The values of the array that begins here."""
        self._take("[")
        while self.peek() != "]":
            yield self.value()
        self._take("]")

    def named(self) -> Iterator[str]:
        """The keys of the object that begins here; whoever asks takes each one's value in between."""
        self._take("{")
        while self.peek() != "}":
            key = str(self.value())
            self._take(":")
            yield key
        self._take("}")


_SPACE = re.compile(r"[\s,]*")


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _damaged() -> ConnectSamlError:
    return ConnectSamlError("its JSON is cut off or damaged. Export it again.")
