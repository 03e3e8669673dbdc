"""Tables for spreadsheets: CSV and Excel workbooks, in which no foreign value is a formula or a link."""

from __future__ import annotations

import io
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.problems import InputProblem
from connect_saml_nb.text import escape_formula

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

Cell: TypeAlias = str | int | float | datetime | None

#: Excel's specifications and limits: rows of a sheet, characters of a cell.
EXCEL_ROWS = 1_048_576
_EXCEL_TEXT = 32_767


def csv_cell(value: Cell) -> str | int | float:
    """A value as CSV has it: nothing for None, ISO 8601 for a time, and text defused."""
    if isinstance(value, str):
        return escape_formula(value)
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else value


@contextmanager
def csv_text(file: BinaryIO) -> Iterator[TextIO]:
    """A binary file to write CSV into: UTF-8 with a BOM, by which Excel knows it."""
    text = io.TextIOWrapper(file, "utf-8-sig", "backslashreplace", newline="")
    yield text
    text.flush()
    text.detach()


@contextmanager
def workbook(file: BinaryIO) -> Iterator[Any]:
    """An XlsxWriter workbook that holds no more than a row in memory; rows are to be written in order.

    Raises ConnectSamlError where the extra `excel` is missing.
    """
    try:
        import xlsxwriter  # noqa: PLC0415 -- an extra
    except ImportError:
        raise ConnectSamlError(InputProblem.NO_EXTRA(name="Excel", extra="excel")) from None
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        yield book


class Sheet:
    """A new sheet of a workbook under its columns' names."""

    def __init__(self, book: Any, name: str, columns: Iterable[str]) -> None:  # noqa: ANN401 -- an extra's class
        self._sheet = book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._sheet.write_row(0, 0, columns)
        self._rows = 0

    @property
    def is_full(self) -> bool:
        """Whether Excel takes no more rows."""
        return self._rows >= EXCEL_ROWS - 1

    def add(self, values: Iterable[Cell]) -> None:
        """Write the next row, long texts clipped."""
        self._rows += 1
        cells = map(csv_cell, values)
        self._sheet.write_row(self._rows, 0, [cell[:_EXCEL_TEXT] if isinstance(cell, str) else cell for cell in cells])
