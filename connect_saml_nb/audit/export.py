"""A directory export, from its bytes to people."""

from __future__ import annotations

import itertools
import re
from functools import partial
from typing import TYPE_CHECKING

from connect_saml_nb.audit.columns import Activity, ColumnSample, choose, labels_of, product_of
from connect_saml_nb.audit.csv_export import cell_text, csv_table
from connect_saml_nb.audit.json_export import json_table
from connect_saml_nb.audit.ldif_export import is_ldif, ldif_table
from connect_saml_nb.audit.opening import opened
from connect_saml_nb.audit.problems import ExportNote, ExportProblem
from connect_saml_nb.audit.values import Export, ExportedPerson
from connect_saml_nb.errors import CaptureError, ConnectSamlError
from connect_saml_nb.io.sniff import encoding_of, text_stream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from connect_saml_nb.audit.values import Row, Table
    from connect_saml_nb.io.data import Data
    from connect_saml_nb.io.source import Input
    from connect_saml_nb.model.users import Users

_SAMPLE = 20_000
MOST_ROWS = 5_000_000
_HEAD = 4_000


def read_export(
    source: Input,
    users: Users | None = None,
    *,
    column: str | None = None,
    seen: Collection[str] = (),
    name: str | None = None,
) -> Export:
    """A directory export with the column that is taken for the claim: `choice` says which, and why.

    `source` is a path, bytes or an open binary file: CSV (any delimiter, UTF-8, UTF-16 or Windows-1252), JSON (an
    array, an API's answer, JSON Lines), LDIF; each may be gzipped. `column` names the claim's column. Without it the
    RoleSessionNames `seen` in captures decide, otherwise the column's name, then what the product is documented to
    send, then what fits the `users` best. The rows are read when `Export.people` is called, each time anew.

    Raises ConnectSamlError where it is no export, or no column can be chosen.

    >>> export = read_export("people.csv", users)  # doctest: +SKIP
    >>> export.choice.column, export.choice.reason  # doctest: +SKIP
    ('mail', "Guessed: in 1,990 of the first 2,000 rows it is a Connect username, letter case ignored.")
    """
    try:
        shown, data = opened(source, name)
    except CaptureError as error:
        raise ConnectSamlError(error.problem) from None
    try:
        return _export(shown, data, users, column, seen)
    except ConnectSamlError as error:
        raise ConnectSamlError(error.about(shown)) from None


def _export(shown: str, data: Data, users: Users | None, column: str | None, seen: Collection[str]) -> Export:
    table, notes = _table(data)
    sample = ColumnSample(table.columns, frozenset(u.username for u in users.users) if users else frozenset(), seen)
    for _, cells in itertools.islice(table.rows(), _SAMPLE):
        sample.add(cells)
    if not sample.rows:
        raise ConnectSamlError(ExportProblem.NO_ROWS())
    choice = choose(table.columns, sample, wanted=column, seen=len(frozenset(seen)))
    at = table.columns.index(choice.column)
    return Export(
        source=shown,
        product=product_of(table.columns),
        choice=choice,
        columns=table.columns,
        complete=table.complete,
        notes=(*notes, *table.notes),
        fits=sample.fits(),
        sampled=sample.rows,
        people=partial(_people, shown, table, at),
    )


def _table(data: Data) -> tuple[Table, tuple[str, ...]]:
    encoding, guessed = encoding_of(data)
    notes = (ExportNote.WINDOWS_1252(),) if guessed else ()
    head = text_stream(data, encoding).read(_HEAD)
    first = head.lstrip("\ufeff \t\r\n")[:1]
    if first == "<":
        raise ConnectSamlError(ExportProblem.WEB_PAGE())
    if first and first in "[{":
        return json_table(data, encoding), notes
    return (ldif_table if is_ldif(head) else csv_table)(data, encoding), notes


def _people(shown: str, table: Table, at: int) -> Iterator[ExportedPerson]:
    """Every row as a person. Raises ConnectSamlError where the rows end in damage or never end."""
    activity, labels = Activity(table.columns), labels_of(table.columns)
    try:
        for number, cells in _bounded(table.rows()):
            name = cell_text(cells[at]) if at < len(cells) else ""
            yield ExportedPerson(number, name, activity.of(cells), "" if name else _label(cells, labels))
    except ConnectSamlError as error:
        raise ConnectSamlError(error.about(shown)) from None


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    yield from itertools.islice(rows, MOST_ROWS)
    if next(rows, None) is not None:
        raise ConnectSamlError(ExportProblem.TOO_MANY_ROWS(rows=MOST_ROWS))


def _label(cells: Sequence[str], places: Sequence[int]) -> str:
    """What names a person whose claim is empty."""
    named = (cells[at] for at in places if at < len(cells))
    return next((cell[:200] for cell in (*named, *cells) if cell.strip()), "")


#: A long number as Excel shortens it: the directory's value cannot be told from it.
SHORTENED = re.compile(r"[0-9](?:[.,][0-9]{1,14})?E\+?[0-9]{1,3}")
