"""Users as a DataFrame and back, so that what a list knows of itself is not lost on the way.

A DataFrame's rows cannot tell whether they are all of an instance's users, so the list's own facts travel in `attrs`,
with a digest of the rows that they are true of. Rows taken away or added (or `attrs` lost, as in a CSV) make the list
count as incomplete, and its notes say why: pandas keeps `attrs` through a filter.
"""

from __future__ import annotations

import hashlib
import os
import sys
from datetime import datetime
from numbers import Real
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, TypeGuard, cast

from connect_saml_nb.errors import UserListError
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.users import Users
from connect_saml_nb.render.tables import rows as _rows
from connect_saml_nb.render.tables.schema import frame_of_rows
from connect_saml_nb.users import read_user_lists, users_of_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from connect_saml_nb.model import JsonObject
    from connect_saml_nb.model.users import User

Saved: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO
UserSource: TypeAlias = "Users | pd.DataFrame | Saved | Iterable[Users | pd.DataFrame | Saved] | None"

_UNTOLD = (
    "The DataFrame does not tell whether it holds all users of the instance, so the list counts as incomplete. "
    "Give the saved list itself, or what list_users returned; where you know that it is whole, set "
    "users.attrs['complete'] = True."
)
_CHANGED = (
    "Rows were taken away, added or changed since the list was read, so it counts as incomplete. Give the list as "
    "list_users returned it."
)


def users_frame(lists: Users | Iterable[Users]) -> pd.DataFrame:
    """The table `users` of one or several lists.

    `attrs["complete"]` says whether every list is whole, `attrs["source"]` where they are from, and `attrs["lists"]`
    what each knows of itself. All are plain JSON values.
    """
    each = (lists,) if isinstance(lists, Users) else tuple(lists)
    frame = frame_of_rows("users", list(_rows.users(each)))
    frame.attrs = {
        "complete": bool(each) and all(users.complete for users in each),
        "source": ", ".join(users.source for users in each),
        "lists": [_facts(users) for users in each],
    }
    return frame


def _facts(users: Users) -> JsonObject:
    return {
        "source": users.source,
        "complete": users.complete,
        "instance_id": users.instance_id,
        "region": users.region,
        "account": users.account,
        "retrieved": users.retrieved and users.retrieved.isoformat(),
        "notes": list(users.notes),
        "rows": _digest(users.users),
    }


def _digest(users: Iterable[User]) -> str:
    """Names the very set of users, in whatever order. An ARN ends in the user's ID, so that reading one gives both."""
    lines = sorted({f"{user.username}\0{user.arn or user.user_id}" for user in users})
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def user_lists(source: UserSource) -> tuple[Users, ...]:
    """The lists in anything that names users: Users, a DataFrame, a saved list (path, bytes, open file), several, None.

    Raises UserListError where one cannot be read.
    """
    if source is None:
        return ()
    if isinstance(source, Users):
        return (source,)
    if is_frame(source):
        return lists_of_frame(source)
    if is_saved(source):
        return read_user_lists(source)
    try:
        parts = tuple(cast("Iterable[Any]", source))
    except TypeError:
        raise UserListError(
            "That is no list of users: give Users, a DataFrame, or the path of a saved list (aws connect list-users)."
        ) from None
    return tuple(users for part in parts for users in user_lists(part))


def is_frame(value: object) -> TypeGuard[pd.DataFrame]:
    """Whether it is a DataFrame, without importing pandas: who has one has imported it."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def is_saved(value: object) -> TypeGuard[Saved]:
    """Whether it is a path, bytes or an open file."""
    return isinstance(value, str | os.PathLike | bytes | bytearray | memoryview) or hasattr(value, "read")


# --- back from a DataFrame ---------------------------------------------------------------------------------

#: The columns that are read, and what they are called in a ListUsers answer, as pd.json_normalize gives them.
_COLUMNS = {"username": "Username", "user_id": "Id", "arn": "Arn", "last_modified": "LastModifiedTime"}


def lists_of_frame(frame: pd.DataFrame) -> tuple[Users, ...]:
    """The lists in a DataFrame of users: one for each instance that the ARNs name.

    Read are the columns of the table `users`, or those of ListUsers (`Username`, `Id`, `Arn`, `LastModifiedTime`).
    Raises UserListError where there is no username column.
    """
    found = users_of_rows(_rows_of(frame), "DataFrame")
    told = frame.attrs.get("lists")
    if isinstance(told, list) and told:
        return tuple(_restored(users, [facts for facts in told if isinstance(facts, dict)]) for users in found)
    whole = frame.attrs.get("complete") is True and len(found) == 1
    return tuple(_claimed(users, whole=whole) for users in found)


def _rows_of(frame: pd.DataFrame) -> Iterator[JsonObject]:
    present = {theirs: _column(frame, ours, theirs) for ours, theirs in _COLUMNS.items()}
    columns = {theirs: values for theirs, values in present.items() if values is not None}
    if "Username" not in columns:
        raise UserListError("This DataFrame has no column 'username' (or 'Username'), so it is no list of users.")
    for row in zip(*columns.values(), strict=True):
        yield {name: _plain(value) for name, value in zip(columns, row, strict=True) if value is not None}


def _column(frame: pd.DataFrame, ours: str, theirs: str) -> list[Any] | None:
    """A column's values with None for what is missing, or None where there is no such column."""
    name = next((name for name in (ours, theirs) if name in frame.columns), None)
    if name is None:
        return None
    column = frame[name]
    return list(column.astype(object).where(column.notna(), None))


def _plain(value: object) -> str | float:
    """A cell as JSON has it. A number is a name that a CSV reader took for one, or a time."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Real) and not isinstance(value, bool):
        number = float(value)
        return str(int(number)) if number.is_integer() else number
    return str(value)


def _restored(users: Users, told: list[JsonObject]) -> Users:
    """The list with what it knew of itself, where its rows are still the same."""
    rows = _digest(users.users)
    facts = next((facts for facts in told if facts.get("rows") == rows), None)
    if facts is None:
        return replace(users, complete=False, notes=(_CHANGED, *users.notes))
    return replace(
        users,
        source=str(facts["source"]),
        complete=facts["complete"] is True,
        instance_id=facts["instance_id"],
        region=facts["region"],
        account=facts["account"],
        retrieved=datetime.fromisoformat(facts["retrieved"]) if facts["retrieved"] else None,
        notes=tuple(facts["notes"]),
    )


def _claimed(users: Users, *, whole: bool) -> Users:
    """A list that somebody else made: whole only where they say so and nothing speaks against it."""
    return users if whole else replace(users, complete=False, notes=(_UNTOLD, *users.notes))
