"""An audit as text, JSON, CSV and Excel. Files are their owner's only, and appear whole or not at all.

No name is trusted: what does not print is shown by its code point, and what a spreadsheet would take
for a formula is defused.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, TypeAlias

from connect_saml_nb.audit.advice import cause, reason, reason_shared, reason_unreached, summary_lines
from connect_saml_nb.io.spreadsheet import EXCEL_ROWS, Sheet, csv_cell, csv_text, workbook
from connect_saml_nb.io.write import private_file
from connect_saml_nb.text import escape_control_characters, escape_formula

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from connect_saml_nb.audit.values import Audit
    from connect_saml_nb.model import JsonObject

FORMATS: Final = ("text", "json", "csv", "excel")
SCHEMA: Final = "connect-saml-nb/audit/1"
COLUMNS: Final = ("what", "row", "role_session_name", "verdict", "match", "username", "user_id", "reason")
Cell: TypeAlias = str | int | None


class Line(NamedTuple):
    """One line of the table: a person who fails, a user nobody can be, one that several share, or a twin."""

    what: str
    row: int | None
    role_session_name: str | None
    verdict: str | None
    match: str | None
    username: str | None
    user_id: str | None
    reason: str


def table(audit: Audit) -> Iterator[Line]:
    """The whole audit, a line at a time: `fails`, then `nobody`, `shared` and `duplicate`."""
    for failing in audit.failing:
        user = failing.matches[0].user if failing.matches else None
        yield Line(
            "fails",
            failing.person.row,
            failing.person.name,
            failing.verdict,
            failing.step,
            user.username if user else None,
            user.user_id if user else None,
            reason(failing),
        )
    for each in audit.unreached:
        row, name = (each.person.row, each.person.name) if each.person else (None, None)
        yield Line("nobody", row, name, None, each.step, each.user.username, each.user.user_id, reason_unreached(each))
    for one in audit.shared:
        yield Line("shared", one.rows[0], one.username, None, "exact", one.username, None, reason_shared(one))
    for group in audit.duplicates:
        for user in group:
            why = f"{len(group)} Connect users differ only in letter case."
            yield Line("duplicate", None, None, "duplicate-profiles", "case", user.username, user.user_id, why)


# --- text and JSON -----------------------------------------------------------------------------------------

_SHOWN = 10


def to_text(audit: Audit, *, most: int = _SHOWN) -> str:
    """The audit for a terminal, with the first `most` of each kind; all are in the CSV and the JSON."""
    lines = [*summary_lines(audit), *audit.notes, *(f"* {sentence}" for sentence in audit.advice)]
    for verdict, count in audit.causes.items():
        words = cause(verdict)
        lines += ["", f"{count:,}  {verdict}: {words.title}", *(f"   {action}" for action in words.remedy)]
        found = (f"row {f.person.row:,}: {reason(f)}" for f in audit.failing if f.verdict == verdict)
        lines += _first(found, count, most)
    unreached = (f"{u.user.username}: {reason_unreached(u)}" for u in audit.unreached)
    lines += _part("Connect users nobody can sign in as", unreached, len(audit.unreached), most)
    shared = (f"{s.username}: {reason_shared(s)}" for s in audit.shared)
    lines += _part("Connect users that several people would share", shared, len(audit.shared), most)
    groups = (", ".join(user.username for user in group[:5]) for group in audit.duplicates)
    lines += _part("groups of Connect users that differ only in letter case", groups, len(audit.duplicates), most)
    return "\n".join(map(escape_control_characters, lines)) + "\n"


def _part(title: str, found: Iterator[str], count: int, most: int) -> list[str]:
    return ["", f"{count:,}  {title}", *_first(found, count, most)] if count else []


def _first(found: Iterator[str], count: int, most: int) -> list[str]:
    shown = [f"   {line}" for line in itertools.islice(found, most)]
    more = count - len(shown)
    return [*shown, f"   and {more:,} more (--format csv has all)"] if more else shown


def to_json(audit: Audit) -> str:
    """The whole audit as JSON; every key is always present."""
    head = json.dumps(_document(audit), indent=2, ensure_ascii=True).removesuffix("\n}")
    lines = (json.dumps(line._asdict(), ensure_ascii=True) for line in table(audit))
    return head + ',\n  "lines": [' + ",".join(f"\n    {line}" for line in lines) + "\n  ]\n}\n"


def _document(audit: Audit) -> JsonObject:
    export, users = audit.export, audit.users
    return {
        "schema": SCHEMA,
        "export": {
            "source": export.source,
            "product": export.product,
            "column": export.choice.column,
            "column_reason": export.choice.reason,
            "column_guessed": export.choice.guessed,
            "complete": export.complete,
            "fits": [{"column": f.column, "exact": f.exact, "folded": f.folded} for f in export.fits],
        },
        "users": {
            "source": users.source,
            "count": len(users),
            "complete": users.complete,
            "instance_id": users.instance_id,
            "region": users.region,
        },
        "people": audit.people,
        "passing": audit.passing,
        "disabled": audit.disabled,
        "causes": audit.causes,
        "nobody": len(audit.unreached),
        "shared": len(audit.shared),
        "duplicates": len(audit.duplicates),
        "advice": list(audit.advice),
        "notes": list(audit.notes),
    }


# --- CSV and Excel -----------------------------------------------------------------------------------------


def to_csv(audit: Audit) -> str:
    """The whole audit as CSV."""
    text = io.StringIO(newline="")
    _write_csv(audit, text)
    return text.getvalue()


def _write_csv(audit: Audit, text: TextIO) -> None:
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(map(csv_cell, line) for line in table(audit))


def write(audit: Audit, path: str | os.PathLike[str], form: str) -> None:
    """Write the audit in one of the `FORMATS`. Raises ConnectSamlError where that cannot be.

    >>> write(found, "audit.csv", "csv")  # doctest: +SKIP
    """
    writers: dict[str, Callable[[Audit, BinaryIO], None]] = {
        "text": lambda audit, file: _encoded(file, to_text(audit)),
        "json": lambda audit, file: _encoded(file, to_json(audit)),
        "csv": _csv_file,
        "excel": _excel_file,
    }
    with private_file(path) as file:
        writers[form](audit, file)


def _encoded(file: BinaryIO, text: str) -> None:
    file.write(text.encode("utf-8", "backslashreplace"))


def _csv_file(audit: Audit, file: BinaryIO) -> None:
    with csv_text(file) as text:
        _write_csv(audit, text)


def _excel_file(audit: Audit, file: BinaryIO) -> None:
    """A workbook (extra `excel`): the summary, then the table on as many sheets as it needs."""
    with workbook(file) as book:
        summary = book.add_worksheet("summary")
        for number, sentence in enumerate((*summary_lines(audit), *audit.notes, *audit.advice)):
            summary.write_string(number, 0, escape_formula(sentence))
        sheet = Sheet(book, "audit 1", COLUMNS)
        for number, line in enumerate(table(audit)):
            if sheet.is_full:
                sheet = Sheet(book, f"audit {number // (EXCEL_ROWS - 1) + 1}", COLUMNS)
            sheet.add(line)
