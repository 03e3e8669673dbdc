"""`connect-saml audit`: an export against one list of users, from the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from connect_saml_nb.audit._compare import audit
from connect_saml_nb.audit._export import read_export
from connect_saml_nb.audit._outputs import to_csv, to_json, to_text, write
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.verdict import rank

if TYPE_CHECKING:
    from collections.abc import Collection

    from connect_saml_nb.audit._values import Audit
    from connect_saml_nb.model import Users
    from connect_saml_nb.sources import Input

_NAMED_FAULT = 2


def run(export: Input, users: Users, *, column: str | None, seen: Collection[str]) -> Audit:
    """Compare an export with the users, and show on a terminal how far it is."""
    name = None if isinstance(export, str) else "standard input"
    found = read_export(export, users, column=column, seen=seen, name=name)
    try:
        return audit(found, users, progress=_show if sys.stderr.isatty() else None)
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # noqa: T201 -- progress and warnings go to stderr


def _show(count: int) -> None:
    print(f"\r{count:,} rows compared", end="", file=sys.stderr, flush=True)  # noqa: T201


def give(found: Audit, form: str, path: str | None) -> None:
    """Write the audit to a file, or to the standard output."""
    if path:
        write(found, path, form)
        return
    if form == "excel":
        raise ConnectSamlError("An Excel workbook needs --output PATH.")
    text = {"text": to_text, "json": to_json, "csv": to_csv}[form](found)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def failed(found: Audit) -> bool:
    """Whether somebody will fail for a named cause."""
    return any(rank(verdict) == _NAMED_FAULT for verdict in found.causes)


def is_open(found: Audit) -> bool:
    """Whether something could not be judged."""
    return bool(found.failing) or not found.export.complete or not found.users.complete
