"""Reads JSON one value at a time: one document, several one after the other, arrays of any length.

Commas and white space between values are passed over, so that pages appended with `>>` and JSON Lines are read too.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_CHUNK = 1 << 18
_SPACE = re.compile(r"[\s,]*")


class JsonDamagedError(ValueError):
    """The JSON is cut off or damaged, or one value in it is too long."""


class JsonReader:
    """A text of JSON, or a stream of it of which no more than a value is in memory.

    >>> [*JsonReader('{"a": 1} [2]').documents()]
    [{'a': 1}, [2]]
    """

    def __init__(self, text: str = "", stream: TextIO | None = None, longest: int | None = None) -> None:
        """Take `text`, then what the `stream` gives; `longest` is the most characters of one value."""
        self._text = text
        self._stream = stream
        self._longest = longest
        self._at = 0
        self._scan = json.JSONDecoder().raw_decode

    def _more(self) -> bool:
        piece = self._stream.read(_CHUNK) if self._stream else ""
        self._text = self._text[self._at :] + piece
        self._at = 0
        return bool(piece)

    def peek(self) -> str:
        """The next character that means something, or `""` at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr] # it always matches
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _take(self, character: str) -> None:
        if self.peek() != character:
            raise JsonDamagedError
        self._at += 1

    def documents(self) -> Iterator[object]:
        """The values that follow, to the end. Raises JsonDamagedError."""
        while self.peek():
            yield self.value()

    def value(self) -> object:
        """The next value. Raises JsonDamagedError where there is none or it is too long."""
        self.peek()
        while True:
            try:
                value, end = self._scan(self._text, self._at)
            except (ValueError, RecursionError):
                too_long = self._longest is not None and len(self._text) - self._at > self._longest
                if too_long or not self._more():
                    raise JsonDamagedError from None
                continue
            if end == len(self._text) and self._more():  # a number can go on
                continue
            self._at = end
            return value

    def members(self) -> Iterator[object]:
        """The values of the array that begins here."""
        self._take("[")
        while self.peek() != "]":
            yield self.value()
        self._take("]")

    def names(self) -> Iterator[str]:
        """The names in the object that begins here; whoever iterates takes each one's value in between."""
        self._take("{")
        while self.peek() != "}":
            name = str(self.value())
            self._take(":")
            yield name
        self._take("}")
