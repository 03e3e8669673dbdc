"""LDIF (RFC 2849), as ldifde and ldapsearch write it."""

from __future__ import annotations

import base64
import re
from functools import partial
from typing import TYPE_CHECKING

from connect_saml_nb.audit.opening import lines_of
from connect_saml_nb.audit.values import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.audit.values import Table
    from connect_saml_nb.io.data import Data

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9.;-]{0,200}):(:?) ?(.*)", re.DOTALL)
_MOST_VALUE = 1 << 20
_MOST_ATTRIBUTES = 500


def is_ldif(head: str) -> bool:
    """Whether a text begins as LDIF."""
    lines = [line for line in head.splitlines() if line.strip() and not line.startswith(("#", "version:"))]
    return bool(lines) and lines[0].lower().startswith(("dn: ", "dn:: "))


def ldif_table(data: Data, encoding: str) -> Table:
    """The table in an LDIF file: a row for each entry, with the first value of each attribute."""
    return table_of(partial(_entries, data, encoding))


def _entries(data: Data, encoding: str) -> Iterator[dict[str, str]]:
    entry: dict[str, str] = {}
    for line in _unfolded(lines_of(data, encoding)):
        if not line:
            if "dn" in entry:
                yield entry
            entry = {}
        elif (found := _LINE.fullmatch(line)) and len(entry) < _MOST_ATTRIBUTES:
            name = "dn" if found[1].lower() == "dn" else found[1]
            entry.setdefault(name, _value(found[2], found[3]))
    if "dn" in entry:
        yield entry


def _unfolded(lines: Iterator[str]) -> Iterator[str]:
    """The logical lines: one that begins with a space goes on with the one before it. Comments are left out."""
    parts, size = [""], 0
    for line in lines:
        text = line.rstrip("\r\n")
        if text.startswith(" ") and size < _MOST_VALUE:
            parts.append(text[1:])
            size += len(text)
        else:
            if not parts[0].startswith("#"):
                yield "".join(parts)
            parts, size = [text], 0
    yield "".join(parts)


def _value(mark: str, text: str) -> str:
    if not mark:
        return text
    try:
        return base64.b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return text
