"""What identity providers say when they refuse: codes and texts with their meaning and who does what (errors.toml)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from connect_saml_nb.idp import Document, load
from connect_saml_nb.idp.products import ENTRA
from connect_saml_nb.model.finding import Action, Actor
from connect_saml_nb.model.record import Record
from connect_saml_nb.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


class ErrorCode(Record, frozen=True):
    """What an identity provider's code or text means for a sign-in to Connect, who does what, and the document."""

    code: str
    product: str
    meaning: str
    remedy: tuple[Action, ...]
    docs: str


class ErrorCodes(Record, frozen=True):
    """All that are known. `texts` are in the order in which they are looked for."""

    entra: dict[str, ErrorCode]  # by the number after AADSTS
    interrupts: dict[str, str]  # by the same: what Entra waits for, a step of a normal sign-in
    texts: tuple[tuple[re.Pattern[str], ErrorCode], ...]
    status: dict[str, ErrorCode]  # by the last part of the URI


class _Entry(Record, frozen=True, forbid_unknown_fields=True):
    """An entry of errors.toml: `codes` of Entra, a status `code`, or a `pattern` and the `code` to show for it."""

    meaning: str
    docs: Document
    remedy: dict[str, str]  # by the names of Actor
    codes: tuple[str, ...] = ()
    code: str = ""
    product: str = ""
    pattern: str = ""

    def known_as(self, code: str, product: str) -> ErrorCode:
        remedy = tuple(Action(Actor[actor], Text((what,))) for actor, what in self.remedy.items())
        return ErrorCode(code, product, self.meaning, remedy, self.docs)


class _File(Record, frozen=True, forbid_unknown_fields=True):
    entra: tuple[_Entry, ...]
    interrupts: dict[str, str]
    texts: tuple[_Entry, ...]
    status: tuple[_Entry, ...]


@cache
def error_codes() -> ErrorCodes:
    """Give the known codes and texts."""
    file = load("errors.toml", _File)
    return ErrorCodes(
        {code: entry.known_as(f"AADSTS{code}", ENTRA) for entry in file.entra for code in entry.codes},
        file.interrupts,
        tuple((re.compile(e.pattern, re.IGNORECASE), e.known_as(e.code, e.product)) for e in file.texts),
        {entry.code: entry.known_as(entry.code, entry.product) for entry in file.status},
    )


_ENTRA_CODE = re.compile(r"\bAADSTS(\d{4,8})\b")


def error_code_of(text: str) -> ErrorCode | None:
    """Give the meaning of an identity provider's text or code, or None where it is not known."""
    code = _ENTRA_CODE.search(text)
    if code:
        return error_codes().entra.get(code[1])
    return next((known for pattern, known in error_codes().texts if pattern.search(text)), None)


def status_error_code(codes: Sequence[str]) -> ErrorCode | None:
    """Give the meaning of a response's status codes, the innermost known one first; None where none is known."""
    known = error_codes().status
    names = (code.strip().rpartition(":")[2] for code in reversed(codes))
    return next((known[name] for name in names if name in known), None)
