"""The tables' columns and types: the same on pandas 2.2 and 3, with and without pyarrow, empty and full.

* Text is `string[python]`, named in full: what `str` or `string` alone means depends on the pandas version and on
  whether pyarrow is there, and pyarrow's strings refuse the lone surrogates that a broken capture can hold.
* Numbers are `Int64` and `Float64`, flags `boolean`: they can be missing without becoming something else.
* Times are `datetime64[us, UTC]`: microseconds, as Python's datetime, so that the years 1 to 9999 fit (a nanosecond
  column ends in 2262, a directory's "never" is 9999).

What is missing is NA (NaT in times), never `""` or `nan`; `""` is a value that was there and empty.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    import pandas as pd


class Type(StrEnum):
    """What a column holds; the value is its dtype."""

    TEXT = "string[python]"
    INTEGER = "Int64"
    NUMBER = "Float64"
    FLAG = "boolean"
    TIME = "datetime64[us, UTC]"


_TEXT, _INTEGER, _NUMBER, _FLAG, _TIME = Type

#: Every table's columns in order. The first ones of each are the contract's (docs/architecture.md).
COLUMNS: Mapping[str, Mapping[str, Type]] = {
    "entries": {
        "capture": _TEXT,
        "entry": _INTEGER,
        "started": _TIME,
        "method": _TEXT,
        "url": _TEXT,
        "host": _TEXT,
        "status": _INTEGER,
        "mime_type": _TEXT,
        "location": _TEXT,
        "time_ms": _NUMBER,
        "role_in_flow": _TEXT,
        "sign_in": _INTEGER,
        "error": _TEXT,
        "resource_type": _TEXT,
    },
    "attributes": {
        "capture": _TEXT,
        "sign_in": _INTEGER,
        "assertion": _TEXT,
        "issuer": _TEXT,
        "name_id": _TEXT,
        "attribute": _TEXT,
        "short_name": _TEXT,
        "friendly_name": _TEXT,
        "position": _INTEGER,
        "value": _TEXT,
        "name_format": _TEXT,
        "entry": _INTEGER,
        "posted_to": _TEXT,
    },
    "sign_ins": {
        "capture": _TEXT,
        "sign_in": _INTEGER,
        "started": _TIME,
        "verdict": _TEXT,
        "role_session_name": _TEXT,
        "issuer": _TEXT,
        "chosen_role": _TEXT,
        "instance_id": _TEXT,
        "region": _TEXT,
        "landed_on": _TEXT,
        "summary": _TEXT,
        "name_id": _TEXT,
        "provider": _TEXT,
        "posted_to": _TEXT,
        "relay_state": _TEXT,
        "outcome": _TEXT,
        "aws_message": _TEXT,
    },
    "users": {
        "username": _TEXT,
        "user_id": _TEXT,
        "arn": _TEXT,
        "last_modified": _TIME,
        "instance_id": _TEXT,
        "region": _TEXT,
        "source": _TEXT,
    },
    "matches": {
        "capture": _TEXT,
        "sign_in": _INTEGER,
        "role_session_name": _TEXT,
        "match": _TEXT,
        "username": _TEXT,
        "user_id": _TEXT,
    },
    "duplicates": {
        "reading": _TEXT,
        "key": _TEXT,
        "username": _TEXT,
        "user_id": _TEXT,
        "capture": _TEXT,
        "sign_in": _INTEGER,
        "why": _TEXT,
    },
    "findings": {
        "capture": _TEXT,
        "sign_in": _INTEGER,
        "rule": _TEXT,
        "outcome": _TEXT,
        "severity": _TEXT,
        "message": _TEXT,
        "remedy": _TEXT,
        "verdict": _TEXT,
        "docs": _TEXT,
        "evidence": _TEXT,
        "commands": _TEXT,
    },
    "captures": {
        "capture": _TEXT,
        "creator": _TEXT,
        "verdict": _TEXT,
        "sign_ins": _INTEGER,
        "problem": _TEXT,
        "note": _TEXT,
        "browser": _TEXT,
        "entries": _INTEGER,
        "users": _INTEGER,
        "users_complete": _FLAG,
    },
}

#: The tables of a run over many captures: those above that say what was found, then what only many captures have.
BULK_COLUMNS: Mapping[str, Mapping[str, Type]] = {
    "captures": {
        **{name: kind for name, kind in COLUMNS["captures"].items() if not name.startswith("users")},
        "source": _TEXT,
        "member": _TEXT,
        "size": _INTEGER,
    },
    "sign_ins": {
        **COLUMNS["sign_ins"],
        "role": _TEXT,
        "identity_provider": _TEXT,
        "relation": _TEXT,
        "person": _TEXT,
        "clock_offset": _NUMBER,
        "fingerprint": _TEXT,
        "duplicate_of": _TEXT,
    },
    "findings": {
        name: COLUMNS["findings"][name]
        for name in ("capture", "sign_in", "rule", "outcome", "severity", "message", "remedy", "verdict")
    },
}

Row = dict[str, Any]


def frame_of_rows(table: str, rows: Sequence[Row], schema: Mapping[str, Mapping[str, Type]] = COLUMNS) -> pd.DataFrame:
    """One of the tables; each row names every column."""
    return frame_of_columns(table, {name: [row[name] for row in rows] for name in schema[table]}, schema)


def frame_of_columns(
    table: str, columns: Mapping[str, Sequence[Any]], schema: Mapping[str, Mapping[str, Type]] = COLUMNS
) -> pd.DataFrame:
    """One of the tables, from its columns' values with None for what is missing."""
    import pandas as pd  # noqa: PLC0415 -- heavy, and only tables need it

    return pd.DataFrame({name: _column(columns[name], kind) for name, kind in schema[table].items()})


def _column(values: Sequence[Any], kind: Type) -> Any:  # noqa: ANN401 -- pandas' arrays and Series have no common type
    import pandas as pd  # noqa: PLC0415 -- as above

    if kind is Type.TIME:
        return _times(values)
    dtype: Any = pd.StringDtype("python") if kind is Type.TEXT else kind.value
    return pd.array(list(values), dtype=dtype)


def _times(values: Iterable[datetime | None]) -> pd.Series[pd.Timestamp]:
    """UTC times. By way of numpy, because pandas 2.2 goes through nanoseconds and refuses far years."""
    import numpy as np  # noqa: PLC0415 -- comes with pandas
    import pandas as pd  # noqa: PLC0415 -- as above

    naive = [None if value is None else value.replace(tzinfo=None) for value in values]
    return pd.Series(np.array(naive, dtype="datetime64[us]")).dt.tz_localize("UTC")


def or_none(text: str) -> str | None:
    """None for the `""` by which the model says 'absent'."""
    return text or None


def unique_names() -> Callable[[str], str]:
    """A function that gives each name once: `saml.har`, then `saml.har (2)`, so that rows never mix."""
    seen: set[str] = set()

    def name(wanted: str) -> str:
        number, given = 1, wanted
        while given in seen:
            number += 1
            given = f"{wanted} ({number})"
        seen.add(given)
        return given

    return name
