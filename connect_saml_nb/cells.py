"""A stranger's text where it is shown: on one line, and in a spreadsheet's cell."""

from __future__ import annotations

# OWASP, "CSV Injection": what a spreadsheet takes for the beginning of a formula, also in its full-width forms.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


def inert(text: str) -> str:
    """A text on one line; what does not print is shown by its code point."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def defused(text: str) -> str:
    """A text that a spreadsheet shows as it is: an apostrophe stands before what it would take for a formula."""
    shown = inert(text)
    return f"'{shown}" if shown.lstrip(" \u00a0'\"").startswith(_FORMULA) or text.startswith(_FORMULA) else shown
