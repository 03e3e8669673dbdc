"""A run's tables as DataFrames, CSV, Parquet, Excel and JSON Lines, and its summary as JSON and as one page.

All files are their owner's only. In tables, cells that a spreadsheet would take for a formula or a link are defused,
and control characters are shown as such; `results.jsonl` and DataFrames hold the values as they are.
"""

from __future__ import annotations

import csv
import io
import json
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import msgspec

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io import sources
from connect_saml_nb.render import tables as frames
from connect_saml_nb.render.tables import BULK_COLUMNS, bulk_frame
from connect_saml_nb.text import escape_formula, printable_json

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator
    from pathlib import Path

    from connect_saml_nb.bulk.results import Result, SignInResult
    from connect_saml_nb.bulk.run import Run
    from connect_saml_nb.bulk.summary import Summary
    from connect_saml_nb.render.tables import Frame

Cell: TypeAlias = str | int | float | datetime | None
Row: TypeAlias = dict[str, Cell]


def rows(table: str) -> Callable[[Result], Iterator[Row]]:
    """What makes the rows of one of the tables from results, to be called with one after the other."""
    if table == "sign_ins":
        first: dict[str, str] = {}
        return lambda result: _sign_in_rows(result, first)
    return _capture_rows if table == "captures" else _finding_rows


def _capture_rows(result: Result) -> Iterator[Row]:
    yield {
        "capture": result.capture,
        "creator": result.creator or None,
        "verdict": result.verdict,
        "sign_ins": len(result.sign_ins),
        "problem": result.problem,
        "note": result.note,
        "browser": result.browser or None,
        "entries": result.entries,
        "source": result.source,
        "member": result.member or None,
        "size": result.size,
    }


def _sign_in_rows(result: Result, first: dict[str, str]) -> Iterator[Row]:
    """`first` holds the capture in which each assertion was seen first."""
    for sign_in in result.sign_ins:
        known = first.setdefault(sign_in.fingerprint, result.capture) if sign_in.fingerprint else result.capture
        row = {name: getattr(sign_in, name, None) for name in BULK_COLUMNS["sign_ins"]}
        yield {**row, "capture": result.capture, "duplicate_of": None if known == result.capture else known}


def _finding_rows(result: Result) -> Iterator[Row]:
    for sign_in in result.sign_ins:
        yield from _findings_of(result.capture, sign_in)


def _findings_of(capture: str, sign_in: SignInResult) -> Iterator[Row]:
    key: Row = {"capture": capture, "sign_in": sign_in.sign_in}
    absent: Row = dict.fromkeys(("severity", "message", "remedy", "verdict"))
    for found in sign_in.findings:
        yield {**key, "outcome": "found", **asdict(found)}
    for rule in sign_in.not_checked:
        yield {**key, "rule": rule, "outcome": "not-checked", **absent}
    for rule in sign_in.passed:
        yield {**key, "rule": rule, "outcome": "passed", **absent}


# --- cells -------------------------------------------------------------------------------------------------


def _cell(value: Cell) -> str | int | float:
    if isinstance(value, str):
        return escape_formula(value)
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else value


def tables(results: Iterable[Result]) -> dict[str, Frame]:
    """The tables as DataFrames, with the columns and types of `frames.BULK_COLUMNS`."""
    held = [*results]
    made = {table: rows(table) for table in BULK_COLUMNS}
    return {table: bulk_frame(table, (row for r in held for row in make(r))) for table, make in made.items()}


# --- files -------------------------------------------------------------------------------------------------


#: What can be written beside CSV, JSON Lines and the page, each with an extra of its own.
EXTRAS = ("excel", "parquet")


def write_all(run: Run, summary: Summary, extras: Container[str] = ()) -> None:
    """Write every output of a run into its folder. Raises ConnectSamlError where that cannot be."""
    for table in BULK_COLUMNS:
        write_csv(run.results(), table, run.folder / f"{table}.csv")
        if "parquet" in extras:
            write_parquet(run.results(), table, run.folder / f"{table}.parquet")
    write_jsonl(run.results(), run.folder / "results.jsonl")
    sources.write_private(run.folder / "summary.json", to_json(summary))
    sources.write_private(run.folder / "report.html", to_html(summary, run.results()))
    if "excel" in extras:
        write_excel(run.results, run.folder / "bulk.xlsx")


def write_csv(results: Iterable[Result], table: str, path: Path) -> None:
    """One table as CSV in UTF-8 with a BOM, which Excel needs to know it."""
    made = rows(table)
    with _new_file(path) as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        writer = csv.writer(text)
        writer.writerow(BULK_COLUMNS[table])
        for result in results:
            writer.writerows([_cell(row[name]) for name in BULK_COLUMNS[table]] for row in made(result))
        text.flush()
        text.detach()


def write_parquet(results: Iterable[Result], table: str, path: Path) -> None:
    """One table as Parquet (extra `parquet`), with the columns' types."""
    made = rows(table)
    with _new_file(path) as file:
        each = ({name: _defused(value) for name, value in row.items()} for r in results for row in made(r))
        frames.write_parquet(file, table, each)


def _defused(value: Cell) -> Cell:
    return escape_formula(value) if isinstance(value, str) else value


def write_jsonl(results: Iterable[Result], path: Path) -> None:
    """One JSON object for each capture, a line each."""
    encode = msgspec.json.Encoder().encode
    with _new_file(path) as file:
        for result in results:
            file.write(printable_json(encode(result).decode()).encode() + b"\n")


_MODULES = {"excel": "xlsxwriter", "parquet": "pyarrow"}
_EXCEL_ROWS = 1_048_576  # Excel's specifications and limits
_EXCEL_TEXT = 32_767


def check_extras(extras: Container[str]) -> None:
    """Raise ConnectSamlError where an output is wanted whose extra is missing."""
    for extra, module in _MODULES.items():
        if extra in extras and find_spec(module) is None:
            raise ConnectSamlError(f"{extra.capitalize()} needs an extra: pip install 'connect-saml-nb[{extra}]'.")


def write_excel(results: Callable[[], Iterable[Result]], path: Path) -> None:
    """The tables as sheets of a workbook (extra `excel`), of the findings only what was found.

    Raises ConnectSamlError where they have more rows than Excel takes.
    """
    try:
        import xlsxwriter  # noqa: PLC0415 -- an extra
    except ImportError:
        raise ConnectSamlError("Excel needs an extra: pip install 'connect-saml-nb[excel]'.") from None
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with _new_file(path) as file, xlsxwriter.Workbook(file, options) as book:
        for table, columns in BULK_COLUMNS.items():
            sheet = book.add_worksheet(table)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, columns)
            for number, row in enumerate(_excel_rows(table, results()), 1):
                if number >= _EXCEL_ROWS:
                    raise ConnectSamlError(f"Excel takes no more than {_EXCEL_ROWS:,} rows: use {table}.csv.")
                sheet.write_row(number, 0, [_excel_cell(row[name]) for name in columns])


def _excel_rows(table: str, results: Iterable[Result]) -> Iterator[Row]:
    made = rows(table)
    return (row for r in results for row in made(r) if row.get("outcome") not in {"passed", "not-checked"})


def _excel_cell(value: Cell) -> str | int | float:
    cell = _cell(value)
    return cell[:_EXCEL_TEXT] if isinstance(cell, str) else cell


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears whole or not at all, its owner's only."""
    try:
        with sources.new_file(path) as file:
            yield file
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise ConnectSamlError(
            f"{sources.label(path)} could not be written ({reason}): make room for it, then go on with --resume."
        ) from None


# --- the summary -------------------------------------------------------------------------------------------


def to_json(summary: Summary) -> str:
    """The whole summary, with its advice."""
    document: dict[str, Any] = {"schema": "connect-saml-nb/bulk-summary/1", "advice": summary.advice}
    document |= msgspec.to_builtins(summary)
    document["several_names"] = [{"person": person, "names": names} for person, names in summary.several_names.items()]
    del document["ranks"]
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return printable_json(text) + "\n"


#: The most captures that the page lists; all are in the tables, and the page says so.
PAGE_ROWS = 10_000


def to_html(summary: Summary, results: Iterable[Result] = ()) -> str:
    """One self-contained page: no script, no request to anywhere."""
    listed = [r for _, r in zip(range(PAGE_ROWS), results, strict=False)]
    from connect_saml_nb.render import html  # noqa: PLC0415 -- 30 ms that only a page needs

    return html.render("bulk_report.html", s=summary, results=listed)
