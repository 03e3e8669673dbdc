"""Text for people in which foreign values stay apart from our own words.

Rules and reports write `text("The response says {}.", quoted(value))`. What a capture or a user list holds is always a
`Value`, so that it can be quoted, marked and escaped where the text is shown, and can never be taken for our words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from connect_saml_nb import text as escaping
from connect_saml_nb.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable


class ValueKind(StrEnum):
    """What a foreign value is, which decides how it is shown."""

    NAME = "name"  # in quotes: a name, an attribute's value, whatever could be read as a word of the sentence
    QUOTE = "quote"  # as it stands: what AWS, an identity provider or a recording says in words of its own
    PLAIN = "plain"  # as it stands: a host, a number, an identifier that has been checked


class Value(Record, frozen=True):
    """A foreign value inside a text."""

    raw: str
    kind: ValueKind = ValueKind.NAME

    def __str__(self) -> str:
        """The value as plain text: a name in quotes, clipped and on one line."""
        return escaping.quoted(self.raw) if self.kind is ValueKind.NAME else self.raw


class Text(Record, frozen=True):
    """Our words and foreign values, in order. `str()` gives it as plain text."""

    parts: tuple[str | Value, ...] = ()

    def __str__(self) -> str:
        """The text as plain text."""
        return "".join(map(str, self.parts))

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return any(part if isinstance(part, str) else True for part in self.parts)

    def capitalized(self) -> Text:
        """The text with a capital at its beginning, where it begins with a word of ours."""
        if not self.parts or not isinstance(self.parts[0], str):
            return self
        return Text((self.parts[0][:1].upper() + self.parts[0][1:], *self.parts[1:]))


#: What a text can be made of: our own words, numbers of ours, foreign values, other texts.
Phrase = str | int | Value | Text


def text(template: str, *phrases: Phrase) -> Text:
    """Fill a template of our own words: each `{}` is replaced by the next phrase.

    >>> str(text("None of the {} users is {}.", 146, quoted("jane")))
    "None of the 146 users is 'jane'."
    """
    words = template.split("{}")
    if len(words) != len(phrases) + 1:
        raise ValueError(f"{len(phrases)} phrases for the template {template!r}")
    parts: list[str | Value] = [words[0]]
    for phrase, word in zip(phrases, words[1:], strict=True):
        parts += (*_parts(phrase), word)
    return Text(tuple(part for part in parts if part != ""))


def joined(separator: str, phrases: Iterable[Phrase]) -> Text:
    """Phrases one after the other with a separator between them; empty ones are left out."""
    parts: list[str | Value] = []
    for phrase in phrases:
        more = _parts(phrase)
        parts += (separator, *more) if parts and more else more
    return Text(tuple(parts))


def quoted(raw: str | None) -> Value | str:
    """A foreign value to be shown in quotes; the word 'nothing' where there is none."""
    return "nothing" if raw is None else Value(raw)


def verbatim(raw: str | None) -> Value:
    """What somebody else says, to be shown as it stands."""
    return Value(raw or "", ValueKind.QUOTE)


def bare(raw: str | None) -> Value:
    """A foreign identifier to be shown as it stands."""
    return Value(raw or "", ValueKind.PLAIN)


def _parts(phrase: Phrase) -> tuple[str | Value, ...]:
    if isinstance(phrase, Text):
        return phrase.parts
    if isinstance(phrase, Value):
        return (phrase,)
    return (str(phrase),) if phrase != "" else ()
