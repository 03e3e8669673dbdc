"""What a redacted capture says of its original: foreign text, of which only the known shape is taken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connect_saml_nb.har.raw_json import Json, member
from connect_saml_nb.model.capture import RedactionNote

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The field of `log` that the redactor writes, and the form of what it holds.
REDACTION_FIELD = "_connect_saml_nb"
REDACTION_SCHEMA = "connect-saml-nb/redacted/1"
_MOST = 1000
_MOST_RULES = 50
_NAME = re.compile(r"[a-z][a-z-]{0,60}")


def stated_of(note: Json) -> tuple[RedactionNote, ...]:
    """The redactor's note; empty where there is none or it has another form."""
    rows = member(note, "stated")
    if member(note, "schema") != REDACTION_SCHEMA or not isinstance(rows, list):
        return ()
    return tuple(filter(None, map(_stated, rows[:_MOST])))


def _stated(row: Json) -> RedactionNote | None:
    number, verdict, removed = (member(row, key) for key in ("sign_in", "verdict", "removed"))
    if not isinstance(number, int) or not _is_name(verdict):
        return None
    names = _names(removed if isinstance(removed, list) else ())
    return RedactionNote(number, verdict, names, member(row, "pseudonyms") is True)


def _names(values: Sequence[Json]) -> tuple[str, ...]:
    return tuple(filter(_is_name, values[:_MOST_RULES]))


def _is_name(value: Json) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None
