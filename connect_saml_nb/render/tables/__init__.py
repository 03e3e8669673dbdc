"""Values as DataFrames with fixed columns and types; the only place where pandas is used.

`tables` gives every table of a diagnosis, `load_har`, `saml_attributes`, `list_users` and `match_users` one each
without judging. Column types are in `COLUMNS`; missing is NA, times are UTC. What is known beside the rows (a damaged
capture, an incomplete list of users) is in `DataFrame.attrs`.

URLs are masked (docs/architecture.md, "Secrets"), and no assertion, signature, cookie or token is in any table. The
*values of SAML attributes* are shown as they are, control characters and all: they are what has to be compared. Whoever
shares the table `attributes` shares them, whatever the identity provider put there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from connect_saml_nb import har, saml
from connect_saml_nb.errors import ConnectSamlError, UserListError
from connect_saml_nb.matching import UserIndex
from connect_saml_nb.model.capture import Capture
from connect_saml_nb.model.diagnosis import Diagnosis
from connect_saml_nb.model.saml import ROLE_SESSION_NAME
from connect_saml_nb.render.tables import rows as _rows
from connect_saml_nb.render.tables.parquet import write_parquet
from connect_saml_nb.render.tables.schema import (
    BULK_COLUMNS,
    COLUMNS,
    Type,
    frame_of_columns,
    frame_of_rows,
    unique_names,
)
from connect_saml_nb.render.tables.users import UserSource, is_frame, is_saved, lists_of_frame, user_lists, users_frame
from connect_saml_nb.signin import find_sign_ins
from connect_saml_nb.users import list_users as ask_users

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

    import pandas as pd

    from connect_saml_nb.io.source import Input
    from connect_saml_nb.model.users import Users
    from connect_saml_nb.render.tables.schema import Row

Frame: TypeAlias = "pd.DataFrame"
Names: TypeAlias = "str | Iterable[str | None] | pd.Series[Any] | pd.DataFrame"

__all__ = [
    "BULK_COLUMNS",
    "COLUMNS",
    "Frame",
    "Type",
    "UserSource",
    "bulk_frame",
    "list_users",
    "lists_of_frame",
    "load_har",
    "match_users",
    "saml_attributes",
    "tables",
    "user_lists",
    "users_frame",
    "write_parquet",
]


# --- a diagnosis, or several -------------------------------------------------------------------------------


def tables(diagnoses: Diagnosis | Iterable[Diagnosis]) -> dict[str, pd.DataFrame]:
    """Every table of one or several diagnoses, by name: the keys of `COLUMNS`.

    `entries`: each request of the captures, `role_in_flow` says what it is in the sign-in (a `FlowRole`).
    `attributes`: each value of each attribute of each assertion, those sent to other applications too (no `sign_in`).
    `sign_ins`, `captures`: the verdicts. `users`: the lists given. `matches`: the users that a name could mean.
    `duplicates`: users that are equal except for letter case, and sign-ins with evidence for another reading of AWS's
    'two separate profiles'. `findings`: each rule's outcome for each sign-in.

    Captures of one name are told apart by a number (`saml.har (2)`). Several diagnoses are taken one after the other.
    """
    rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
    lists: list[Users] = []
    judged = []
    unique = unique_names()
    for diagnosis in (diagnoses,) if isinstance(diagnoses, Diagnosis) else diagnoses:
        name = unique(diagnosis.name)
        for table, found in _of_one(name, diagnosis):
            rows[table].extend(found)
        lists.extend(users for users in diagnosis.users if users not in lists)
        judged += [(name, sign_in_diagnosis) for sign_in_diagnosis in diagnosis.sign_ins]
    rows["duplicates"][:0] = _rows.case_groups(lists, judged)
    made = {table: frame_of_rows(table, found) for table, found in rows.items() if table != "users"}
    return {table: made[table] if table in made else users_frame(lists) for table in COLUMNS}


def _of_one(name: str, diagnosis: Diagnosis) -> Iterator[tuple[str, Iterable[Row]]]:
    sign_ins = [sign_in_diagnosis.sign_in for sign_in_diagnosis in diagnosis.sign_ins]
    yield "entries", _rows.entries(name, diagnosis.capture, sign_ins)
    yield "attributes", _rows.attributes(name, diagnosis.messages, sign_ins)
    yield "sign_ins", _rows.sign_ins(name, diagnosis.sign_ins)
    yield "matches", _rows.matches(name, diagnosis.sign_ins)
    yield "duplicates", _rows.other_readings(name, diagnosis)
    yield "findings", _rows.findings(name, diagnosis.sign_ins)
    yield "captures", _rows.captures(name, diagnosis)


def bulk_frame(table: str, rows: Iterable[Row]) -> pd.DataFrame:
    """One of the tables of many captures (`BULK_COLUMNS`); each row names every column."""
    return frame_of_rows(table, [*rows], BULK_COLUMNS)


# --- a capture ---------------------------------------------------------------------------------------------


def load_har(source: Capture | Input) -> pd.DataFrame:
    """The requests of a capture, in the order of time: the table `entries`.

    `source` is a path, bytes or an open file: a HAR of any exporter, packed or not, or pasted SAML. `url` and
    `location` are masked; `status` is 0 where there was no answer; `time_ms` is in milliseconds; `role_in_flow` says
    what the entry is in sign-in number `sign_in`. `attrs["problem"]` is a sentence where a part could not be read.
    Raises CaptureError where the input is no capture.
    """
    capture = source if isinstance(source, Capture) else har.read_capture(source)
    sign_ins = find_sign_ins(capture, saml.find_messages(capture))
    frame = frame_of_rows("entries", list(_rows.entries(capture.name, capture, sign_ins)))
    frame.attrs["problem"] = capture.problem
    return frame


def saml_attributes(source: Capture | Input) -> pd.DataFrame:
    """The attributes of every assertion in a capture, in order: the table `attributes`.

    One row for each value; `position` counts an attribute's values from 1, and an attribute without a value is a row
    without one. `sign_in` is the sign-in to AWS that the assertion was for, NA for one sent to another application (a
    broker between identity provider and AWS). An assertion that the capture holds in several places is listed once.
    Values are shown as they are. `attrs["problems"]` are sentences about messages that could not be read (encrypted,
    removed, damaged). Raises CaptureError where the input is no capture.
    """
    capture = source if isinstance(source, Capture) else har.read_capture(source)
    messages = saml.find_messages(capture)
    sign_ins = find_sign_ins(capture, messages)
    frame = frame_of_rows("attributes", list(_rows.attributes(capture.name, messages, sign_ins)))
    frame.attrs["problems"] = [f"Entry {m.entry}: {m.problem}" for m in messages if m.problem]
    return frame


# --- users -------------------------------------------------------------------------------------------------

_INSTANCE = re.compile(r"arn:[^/]*:instance/[A-Za-z0-9-]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def list_users(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    *,
    region: str | None = None,
    profile: str | None = None,
    client: Any | None = None,  # noqa: ANN401 -- boto3 has no static type for a client
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """The Connect users of an instance: the table `users`.

    `source` is an instance ID or ARN, asked of AWS now (`region`, `profile`, `client` as in boto3; `progress` is called
    with the number of users so far), or a saved list: a path, bytes or an open file.

    `attrs["complete"]` says whether these are all of the instance's users. `match_users` and `diagnose` go by it, and
    take the list as incomplete once rows were taken away or added. Raises UserListError where there is no list.
    """
    if isinstance(source, str) and _INSTANCE.fullmatch(source.strip()) and not Path(source).exists():
        return users_frame(ask_users(source, region=region, profile=profile, client=client, progress=progress))
    if not is_saved(source):
        raise UserListError("Give an instance ID or ARN, or the path of a saved list (aws connect list-users).")
    if region or profile or client:
        raise UserListError(
            "That is no instance ID, and a saved list has no use for a Region or a profile. An instance ID looks like "
            "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee: aws connect list-instances --region REGION"
        )
    return users_frame(user_lists(source))


_Found: TypeAlias = tuple[str | None, str | None, str | None]
_NO_USER: _Found = (None, None, None)


def match_users(names: Names, users: UserSource, *, spelling: bool = True) -> pd.DataFrame:
    """The users that each name could mean: the table `matches`.

    `names` is a RoleSessionName, several, or a DataFrame: of `saml_attributes` (its RoleSessionName values are taken)
    or with a column `role_session_name`. `users` is a DataFrame of `list_users`, Users, or a saved list's path.

    `match` is how the two are equal (a `MatchKind`): only `exact` is what AWS accepts, all others find and explain. A
    name that means no user has one row, without a user. `attrs["complete"]` says whether the list is whole: if not,
    'no user' means 'not in this list'. `spelling=False` leaves out the slowest step. Raises UserListError and
    ConnectSamlError where either cannot be read.
    """
    lists = user_lists(users)
    index = UserIndex(user for each in lists for user in each.users)
    known: dict[str | None, list[_Found]] = {None: [_NO_USER]}
    rows: list[tuple[str | int | None, ...]] = []
    for capture, sign_in, name in _named(names):
        if name is not None and name not in known:
            matches = index.find(name, spelling=spelling)
            known[name] = [(m.kind.value, m.user.username, m.user.user_id or None) for m in matches] or [_NO_USER]
        rows += [(capture, sign_in, name, *found) for found in known[name]]
    columns = zip(*rows, strict=True) if rows else [()] * len(COLUMNS["matches"])
    frame = frame_of_columns("matches", dict(zip(COLUMNS["matches"], columns, strict=True)))
    frame.attrs["complete"] = bool(lists) and all(each.complete for each in lists)
    frame.attrs["notes"] = [note for each in lists for note in each.notes]
    return frame


def _named(names: Names) -> Iterator[tuple[str | None, int | None, str | None]]:
    """Capture, sign-in and name, of whatever was given."""
    if isinstance(names, str):
        yield None, None, names
    elif is_frame(names):
        yield from _names_of_frame(names)
    else:
        yield from ((None, None, _name(name)) for name in _listed(names))


def _listed(names: object) -> list[Any]:
    try:
        return list(names)  # type: ignore[call-overload, no-any-return] # where it cannot, it says so
    except TypeError:
        raise ConnectSamlError("Give a name, a list of names, or a DataFrame of saml_attributes.") from None


def _names_of_frame(frame: pd.DataFrame) -> Iterator[tuple[str | None, int | None, str | None]]:
    if {"attribute", "value"} <= set(frame.columns):
        frame, column = frame[frame["attribute"].eq(ROLE_SESSION_NAME).fillna(value=False)], "value"
    elif "role_session_name" in frame.columns:
        column = "role_session_name"
    else:
        raise ConnectSamlError(
            "This DataFrame has neither the columns of saml_attributes nor 'role_session_name': give one column of it."
        )
    parts = (_values(frame, name) for name in ("capture", "sign_in", column))
    for capture, sign_in, name in zip(*parts, strict=True):
        yield capture, sign_in, _name(name)


def _values(frame: pd.DataFrame, name: str) -> list[Any]:
    """A column's values with None for what is missing; all None where there is no such column."""
    if name not in frame.columns:
        return [None] * len(frame)
    return list(frame[name].astype(object).where(frame[name].notna(), None))


def _name(value: Any) -> str | None:  # noqa: ANN401 -- a cell of anybody's table
    """A name, or None for a missing one (None, NA, NaN)."""
    if isinstance(value, str):
        return value
    import pandas as pd  # noqa: PLC0415 -- heavy, and only tables need it

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    raise ConnectSamlError(f"A name must be text, and one is {type(value).__name__}: convert them with astype(str).")
