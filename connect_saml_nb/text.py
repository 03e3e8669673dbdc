"""A stranger's text where it is shown: on one line, in a sentence, in JSON, and in a spreadsheet's cell."""

from __future__ import annotations

import json

# OWASP, "CSV Injection": what a spreadsheet takes for the beginning of a formula, also in its full-width forms.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
_LONGEST = 200
_LAST_SHORT = 0xFFFF


def escape_control_characters(text: str) -> str:
    """A text on one line; what does not print is shown by its code point, as Python writes it."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= _LAST_SHORT else f"\\U{code:08x}"


def printable(text: str, longest: int | None = 200) -> str:
    """A text on one line, for a name or a word; a question mark stands for what does not print."""
    return "".join(c if c.isprintable() else "?" for c in text[:longest])


def printable_json(text: str) -> str:
    """JSON as it can be shown on a terminal: what does not print, line ends apart, is escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def quoted(text: str | None) -> str:
    """A text as it may stand in a sentence: in quotes, and clipped."""
    if text is None:
        return "nothing"
    return f"'{escape_control_characters(text if len(text) <= _LONGEST else text[:_LONGEST] + '…')}'"


def escape_formula(text: str) -> str:
    """A text that a spreadsheet shows as it is: an apostrophe stands before what it would take for a formula."""
    shown = escape_control_characters(text)
    return f"'{shown}" if shown.lstrip(" \u00a0'\"").startswith(_FORMULA) or text.startswith(_FORMULA) else shown
