"""Saved lists, read and written."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from connect_saml_nb.aws.times import time_of
from connect_saml_nb.errors import CaptureError, UserListError, code_of
from connect_saml_nb.io.problems import InputProblem
from connect_saml_nb.io.sniff import FileKind, encoding_of, kind_of
from connect_saml_nb.io.source import label, open_source
from connect_saml_nb.io.unpack import gunzip
from connect_saml_nb.io.write import write_private
from connect_saml_nb.model.record import replace
from connect_saml_nb.text import printable
from connect_saml_nb.users.formats import OWN_KEY, SCHEMA, csv_pages, json_pages, refuse_others, text_pages
from connect_saml_nb.users.parse import InstanceRef, PageKind, UserPage, lists_of, text_of
from connect_saml_nb.users.problems import UserListNote, UserListProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect_saml_nb.io.data import Data
    from connect_saml_nb.io.source import Input, Source
    from connect_saml_nb.model import JsonObject
    from connect_saml_nb.model.users import User, Users


def read_users(source: Input, *, name: str | None = None) -> Users:
    """The users in a saved list of one instance.

    `source` is a path, the bytes, or a binary file object. Read are the forms of `aws connect list-users` (JSON,
    `--no-paginate`, `--query`, `--output text`, several pages), SearchUsers answers, a CSV with a username column,
    and one name a line; UTF-8, UTF-16 or gzip. `name` is what to call it. `retrieved` is the file's modification
    time (UTC) where a path is given, and what `save_users` wrote where it wrote the file.
    Raises UserListError where this is no user list, or holds users of several instances (`read_user_lists`).

    >>> read_users(b'[{"Username": "jane"}]').users[0].username
    'jane'
    """
    lists = read_user_lists(source, name=name)
    if len(lists) > 1:
        homes = ", ".join(_home(users) for users in lists[:5])
        problem = UserListProblem.SEVERAL_INSTANCES(source=lists[0].source, count=len(lists), homes=homes)
        raise UserListError(problem)
    return lists[0]


def _home(users: Users) -> str:
    return f"{users.instance_id} in {users.region}" if users.instance_id else "one that is not named"


def read_user_lists(source: Input, *, name: str | None = None) -> tuple[Users, ...]:
    """As `read_users`, with one list for each instance that the users' ARNs name; at least one.

    `source` may be a folder of such files; of several lists of one instance the whole and newest one stands first.

    >>> [lists.region for lists in read_user_lists("lists/")]  # doctest: +SKIP
    ['us-west-2', 'eu-central-1']
    """
    if isinstance(source, (str, os.PathLike)) and Path(source).is_dir():
        return _folder_lists(Path(source))
    opened = _opened(source, name)
    try:
        text, notes = _text(opened.data)
        return _parsed(text, opened.name, _modified(opened), notes, keep_name=name is not None)
    except UserListError as error:
        raise UserListError(error.about(opened.name)) from None


#: The most bytes of a list, packed or unpacked.
MOST_BYTES = 128 << 20
#: What is said in the words of a user list; other problems of an input have words of their own.
_OPENING = {
    InputProblem.TOO_LARGE: UserListProblem.TOO_LARGE,
    InputProblem.GROWS: UserListProblem.TOO_LARGE,
    InputProblem.DAMAGED: UserListProblem.PACKED_DAMAGED,
    InputProblem.NOT_BINARY: UserListProblem.STREAM_NOT_READ,
}
_FOREIGN = {
    FileKind.ZIP: UserListProblem.ZIP,
    FileKind.OFFICE: UserListProblem.OFFICE,
    FileKind.PDF: UserListProblem.PDF,
}


def _opened(source: Input, name: str | None) -> Source:
    try:
        return open_source(source, name, unnamed="user list", limit=MOST_BYTES)
    except CaptureError as error:
        raise _refusal(error) from None


def _refusal(error: CaptureError) -> UserListError:
    code = code_of(error.problem)
    return UserListError(_OPENING[code]() if isinstance(code, InputProblem) and code in _OPENING else error.problem)


def _modified(opened: Source) -> datetime | None:
    """When the file was written, in UTC; None for what is no regular file."""
    if opened.path is None:
        return None
    with suppress(OSError, ValueError):
        return time_of(opened.path.stat().st_mtime)
    return None


def _text(data: Data) -> tuple[str, list[str]]:
    """The text and notes on it."""
    kind = kind_of(data)
    if kind is FileKind.GZIP:
        data = _unpacked(data)
        kind = kind_of(data)
    if kind in _FOREIGN:
        raise UserListError(_FOREIGN[kind]())
    encoding, guessed = encoding_of(data)
    text = str(memoryview(data), encoding, "replace").removeprefix("\ufeff")
    return text, [UserListNote.WINDOWS_1252()] if guessed else []


def _unpacked(data: Data) -> Data:
    try:
        data, whole = gunzip(data, MOST_BYTES)
    except CaptureError as error:
        raise _refusal(error) from None
    if not whole:
        raise UserListError(UserListProblem.PACKED_DAMAGED())
    return data


def users_of_rows(rows: Iterable[JsonObject], name: str) -> tuple[Users, ...]:
    """The lists in rows of ListUsers (`Username`, `Id`, `Arn`, `LastModifiedTime`), one for each instance.

    The time is a datetime, ISO 8601 or seconds since 1970; `name` is what to call the lists. Raises UserListError
    where no row has a username.

    >>> users_of_rows([{"Username": "jane"}], "memory")[0].users[0].username
    'jane'
    """
    page = UserPage(PageKind.LIST)
    for row in rows:
        page.add(row)
    if not page.users:
        _refuse_empty([page])
    return lists_of([page], name, None, ())


#: What a file in a folder of lists is called.
_LISTS = frozenset({".json", ".csv", ".tsv", ".txt", ".gz"})


def _folder_lists(folder: Path) -> tuple[Users, ...]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _LISTS and path.is_file())
    except OSError as error:
        raise UserListError(UserListProblem.NOT_READ(path=label(folder), reason=error.strerror)) from None
    if not paths:
        raise UserListError(UserListProblem.EMPTY_FOLDER(folder=label(folder)))
    lists = [users for path in paths for users in read_user_lists(path)]
    return tuple(sorted(lists, key=lambda users: (users.complete, users.retrieved or _LONG_AGO), reverse=True))


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _parsed(text: str, name: str, made: datetime | None, notes: list[str], *, keep_name: bool) -> tuple[Users, ...]:
    refuse_others(text)
    pages, own = _pages(text, notes)
    if not any(page.users for page in pages):
        _refuse_empty(pages)
    lists = lists_of(pages, name, made, notes)
    return lists if own is None or len(lists) > 1 else (_restored(lists[0], own, keep_name=keep_name),)


def _pages(text: str, notes: list[str]) -> tuple[Sequence[UserPage], JsonObject | None]:
    """The rows, and what `save_users` wrote beside them."""
    first = text.lstrip()[:1]
    if first not in {"{", "["} and (rows := csv_pages(text)) is not None:
        return rows, None
    return json_pages(text, notes) if first in {"{", "[", '"'} else (text_pages(text), None)


def _refuse_empty(pages: Sequence[UserPage]) -> None:
    """Raise, unless an API answer itself says that there are no users."""
    if any(page.skipped for page in pages):
        raise UserListError(UserListProblem.NO_USERNAMES())
    if not all(page.kind in {PageKind.LIST, PageKind.SEARCH} for page in pages):
        raise UserListError(UserListProblem.NO_USERS())


def save_users(users: Users, path: str | os.PathLike[str]) -> None:
    """Write a list that `read_users` reads back equal, in the form of `aws connect list-users` with our own part.

    The file appears whole or not at all, and only its owner may read it. Raises UserListError where it cannot be
    written.

    >>> save_users(list_users("aaaaaaaa-…", region="us-west-2"), "users.json")  # doctest: +SKIP
    """
    write_private(path, users_text(users), UserListError)


def users_text(users: Users) -> str:
    """What `save_users` writes: JSON in ASCII, a user a line."""
    rows = ",\n".join(json.dumps(_row(user)) for user in users.users)
    return f'{{"UserSummaryList": [\n{rows}\n], "{OWN_KEY}": {json.dumps(_own(users), indent=1)}}}\n'


def _row(user: User) -> JsonObject:
    time = user.last_modified and user.last_modified.isoformat()
    row = {"Id": user.user_id, "Arn": user.arn, "Username": user.username, "LastModifiedTime": time}
    return {name: value for name, value in row.items() if value}


def _own(users: Users) -> JsonObject:
    return {
        "schema": SCHEMA,
        "source": users.source,
        "complete": users.complete,
        "instance_id": users.instance_id,
        "region": users.region,
        "account": users.account,
        "retrieved": users.retrieved and users.retrieved.isoformat(),
        "notes": list(users.notes),
    }


def _restored(users: Users, own: JsonObject, *, keep_name: bool) -> Users:
    """The list with what `save_users` wrote beside it. It may speak against completeness, never for it."""
    notes = own.get("notes")
    known = [printable(note) for note in notes[:50] if isinstance(note, str)] if isinstance(notes, list) else []
    home = InstanceRef(*(text_of(own.get(key)) or None for key in InstanceRef._fields))
    return replace(
        users,
        source=users.source if keep_name else printable(text_of(own.get("source"))) or "user list",
        complete=users.complete and own.get("complete") is True,
        instance_id=home.instance_id or users.instance_id,
        region=home.region or users.region,
        account=home.account or users.account,
        retrieved=time_of(own.get("retrieved")),
        notes=tuple(known if users.complete else dict.fromkeys((*known, *users.notes))),
    )
