"""Amazon Connect users: asked of the live instance, or read from a saved list.

`list_users` and `list_instances` ask AWS (boto3, read-only). `read_users` reads what people save: everything that
`aws connect list-users` can print, SearchUsers answers, CSV, names. `save_users` writes a list that it reads back.
A list never claims to be whole when something speaks against it: `Users.complete` and `Users.notes` say what.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import tempfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from connect_saml_nb.errors import UserListError
from connect_saml_nb.model import JsonObject, User, Users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

HOW_TO_SAVE = "Make one with: aws connect list-users --instance-id ID --region REGION --output json > users.json"

_MOST_BYTES = 128 << 20
_MOST_VALUES = 6_000_000
_MOST_USERS = 1_000_000
_LONGEST_USERNAME = 256  # AgentUsername in the service model has at most 100
_SCHEMA = "connect-saml-nb/users/1"
_OWN_KEY = "connect-saml-nb"


# --- the instance in an ARN --------------------------------------------------------------------------------

_ARN = re.compile(
    r"arn:(?P<partition>[a-z-]{1,20}):connect:(?P<region>[a-z0-9-]{1,40}):(?P<account>[0-9]{1,20})"
    r":instance/(?P<instance>[A-Za-z0-9-]{1,100})(?:/agent/(?P<user>[^/\s]{1,200}))?"
)


class _Home(NamedTuple):
    """Where a list belongs; None where it does not tell."""

    instance_id: str | None = None
    region: str | None = None
    account: str | None = None


_NOWHERE = _Home()


def _home(user: User) -> _Home:
    return _home_in(user.arn.partition("/agent/")[0])


@lru_cache(maxsize=256)
def _home_in(arn: str) -> _Home:
    found = _ARN.fullmatch(arn)
    return _Home(found["instance"], found["region"], found["account"]) if found else _NOWHERE


# --- rows --------------------------------------------------------------------------------------------------


class _Kind(StrEnum):
    """What a page of users was, for what it can say about being whole."""

    LIST = "list"  # a ListUsers answer
    SEARCH = "search"  # a SearchUsers answer
    BARE = "bare"  # what `--query` leaves of one
    CSV = "csv"
    NAMES = "names"


@dataclass(slots=True)
class _Page:
    """Rows in the making, with what was odd about them."""

    kind: _Kind
    more: bool = False
    users: list[User] = field(default_factory=list)
    skipped: int = 0
    bad_times: int = 0

    def add(self, row: object) -> None:
        """Take one JSON row: a user object, a list of cells, or a name."""
        if isinstance(row, dict):
            self._add_object(row)
        elif isinstance(row, list):
            self.add_cells([cell for cell in row if isinstance(cell, str)])
        else:
            self._add_user(row)

    def _add_object(self, row: JsonObject) -> None:
        changed = row.get("LastModifiedTime")
        time = _time(changed)
        self.bad_times += changed is not None and time is None
        self._add_user(row.get("Username"), _text(row.get("Id")), _text(row.get("Arn")), time)

    def add_cells(self, cells: Sequence[str]) -> None:
        """Take one row without column names: what an ARN, an ID, a Region and a time leave is the username."""
        arn = next((cell for cell in cells if _ARN.fullmatch(cell)), "")
        user_id = next((cell for cell in cells if _UUID.fullmatch(cell)), "")
        time = next((cell for cell in cells if _TIME_CELL.fullmatch(cell)), None)
        others = [cell for cell in cells if cell not in {arn, user_id, time}]
        if len(others) > 1:  # the Region is told from a name only where both stand
            others = [cell for cell in others if not _REGION.fullmatch(cell)]
        self._add_user(others[0] if len(others) == 1 else None, user_id, arn, _time(time))

    def add_columns(self, username: str, user_id: str, arn: str, changed: str) -> None:
        """Take one row of a CSV."""
        time = _time(changed or None)
        self.bad_times += bool(changed) and time is None
        self._add_user(username, user_id, arn, time)

    def _add_user(self, username: object, user_id: str = "", arn: str = "", time: datetime | None = None) -> None:
        if not isinstance(username, str) or not username or len(username) > _LONGEST_USERNAME:
            self.skipped += 1
            return
        if len(self.users) >= _MOST_USERS:
            raise UserListError(f"This list holds more than {_MOST_USERS:,} users. No Connect instance has that many.")
        arn_user = _ARN.fullmatch(arn) if arn and not user_id else None
        self.users.append(User(username, user_id or (arn_user and arn_user["user"]) or "", arn, time))


_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,2}-[0-9]")  # RegionName in the service model
_TIME_CELL = re.compile(r"[0-9]{9,10}\.[0-9]{1,6}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+Z-]{5,24}")


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST_USERNAME * 2 else ""


def _time(value: object) -> datetime | None:
    """A time as AWS CLI 1 (seconds since 1970), CLI 2 (ISO text) and boto3 (datetime) give it; None if it is none."""
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(value, datetime):
            return _aware(value)
        if isinstance(value, str):
            number = re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,9})?", value.strip())
            return _since_1970(float(value)) if number else _aware(datetime.fromisoformat(value.strip()[:40]))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _since_1970(value)
    return None


def _since_1970(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _aware(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


# --- pages -> lists ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _List:
    """One instance's users in the making."""

    users: dict[User, None] = field(default_factory=dict)
    rows: int = 0
    more: bool = False


def _lists(pages: Sequence[_Page], name: str, retrieved: datetime | None, notes: Sequence[str]) -> tuple[Users, ...]:
    """One `Users` for each instance in the pages, in the order of their first user."""
    groups = _groups(pages)
    return tuple(_finished(home, group, pages, name, retrieved, notes) for home, group in groups.items())


def _groups(pages: Sequence[_Page]) -> dict[_Home, _List]:
    homes = dict.fromkeys(_home(user) for page in pages for user in page.users)
    named = [home for home in homes if home != _NOWHERE]
    stray = named[0] if len(named) == 1 else _NOWHERE  # a row without an ARN in a list of one instance belongs to it
    groups: dict[_Home, _List] = {}
    last: set[_Home] = set()
    for page in pages:
        last = _add_page(groups, page, stray) or last or {stray}
        for home in last:  # an empty page ends the lists that the page before it went on with
            groups.setdefault(home, _List()).more = page.more
    return groups


def _add_page(groups: dict[_Home, _List], page: _Page, stray: _Home) -> set[_Home]:
    touched = set()
    for user in page.users:
        home = _home(user)
        home = stray if home == _NOWHERE else home
        group = groups.setdefault(home, _List())
        group.users[user] = None
        group.rows += 1
        touched.add(home)
    return touched


def _finished(  # noqa: PLR0913, PLR0917 - the parts of one list, used once
    home: _Home, group: _List, pages: Sequence[_Page], name: str, retrieved: datetime | None, notes: Sequence[str]
) -> Users:
    count = len(group.users)
    doubts = [*_doubts(group, pages, count)]
    remarks = [*_remarks(home, group, pages, count)]
    return Users(name, tuple(group.users), not doubts, *home, retrieved, (*doubts, *remarks, *notes))


def _doubts(group: _List, pages: Sequence[_Page], count: int) -> Iterator[str]:
    """What speaks against the list being whole, as sentences."""
    kinds = {page.kind for page in pages}
    if group.more:
        yield (
            f"The list is incomplete: it ends at a NextToken, so the instance has more users than the {count:,} here. "
            "Save it again without --max-items, --no-paginate and --max-results."
        )
    if _Kind.SEARCH in kinds:
        yield (
            "A SearchUsers answer is not taken as the whole list, because its search criteria are not in it. "
            "aws connect list-users gives the whole one."
        )
    if skipped := sum(page.skipped for page in pages):
        yield f"{_rows(skipped)} without a readable username left out, so the list counts as incomplete."
    if kinds & {_Kind.BARE, _Kind.NAMES} and count in _PAGE_SIZES:
        yield (
            f"The list holds exactly {count:,} users, the size of one page of a longer answer, and cannot say whether "
            "more follow, so it counts as incomplete. Save it again without --query."
        )
    if _Kind.BARE in kinds and count == 1:
        yield (
            "The list holds one user and looks like the answer to a question about one user, so it counts as "
            "incomplete. Save it again without --query."
        )


_PAGE_SIZES = frozenset({100, 1000})  # ListUsers' default and its maximum


def _remarks(home: _Home, group: _List, pages: Sequence[_Page], count: int) -> Iterator[str]:
    """What else a reader of the list should know."""
    kinds = {page.kind for page in pages}
    if kinds & {_Kind.BARE, _Kind.CSV, _Kind.NAMES}:
        yield "A list of this form cannot say whether it is whole; it is taken as whole where nothing says otherwise."
    if count and home == _NOWHERE:
        yield "The list does not say which instance it belongs to."
    if repeated := group.rows - count:
        yield f"{_rows(repeated)} merged with an identical one."
    if bad := sum(page.bad_times for page in pages):
        yield f"{_rows(bad)} read without the time of the last change, because that cannot be read."


def _rows(count: int) -> str:
    return f"{count:,} row is" if count == 1 else f"{count:,} rows are"


# --- a saved list ------------------------------------------------------------------------------------------


def read_users(source: str | os.PathLike[str] | bytes | BinaryIO, *, name: str | None = None) -> Users:
    """The users in a saved list of one instance.

    `source` is a path, the bytes, or a binary file object. Read are the forms of `aws connect list-users` (JSON,
    `--no-paginate`, `--query`, `--output text`, several pages), SearchUsers answers, a CSV with a username column,
    and one name a line; UTF-8, UTF-16 or gzip. `name` is what to call it. `retrieved` is the file's modification
    time (UTC) where a path is given, and what `save_users` wrote where it wrote the file.
    Raises UserListError where this is no user list, or holds users of several instances (`read_user_lists`).
    """
    lists = read_user_lists(source, name=name)
    if len(lists) > 1:
        places = ", ".join(_place(users) for users in lists[:5])
        raise UserListError(
            f"{lists[0].source} holds users of {len(lists)} instances ({places}). Save one list for each instance."
        )
    return lists[0]


def _place(users: Users) -> str:
    return f"{users.instance_id} in {users.region}" if users.instance_id else "one that is not named"


def read_user_lists(source: str | os.PathLike[str] | bytes | BinaryIO, *, name: str | None = None) -> tuple[Users, ...]:
    """As `read_users`, with one list for each instance that the users' ARNs name; at least one."""
    raw, called, made = _opened(source)
    shown = _printable(name or called)
    try:
        text, notes = _decoded(_inflated(raw))
        return _parsed(text, shown, made, notes, keep_name=name is not None)
    except UserListError as error:
        raise UserListError(f"{shown}: {error}") from None


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:200] or "user list"


def _opened(source: str | os.PathLike[str] | bytes | BinaryIO) -> tuple[bytes, str, datetime | None]:
    """The bytes (at most one more than allowed), a name and the time of the file."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source[: _MOST_BYTES + 1]), "user list", None
    if isinstance(source, str | os.PathLike):
        return _opened_path(source)
    try:
        raw: object = source.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UserListError(f"The user list could not be read ({type(error).__name__}).") from None
    name = getattr(source, "name", None)
    shown = Path(name).name if isinstance(name, str) else "user list"
    return raw if isinstance(raw, bytes) else str(raw).encode(errors="replace"), shown, None


def _opened_path(source: str | os.PathLike[str]) -> tuple[bytes, str, datetime | None]:
    path = Path(source)
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            raw = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise UserListError(f"There is no file {_printable(str(path))}. Check the path of the user list.") from None
    except IsADirectoryError:
        raise UserListError(f"{_printable(str(path))} is a folder. Name one user list in it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise UserListError(f"{_printable(str(path))} could not be read: {reason}.") from None
    made = _time(status.st_mtime) if stat.S_ISREG(status.st_mode) else None
    return raw, path.name, made


_TOO_BIG = f"it is larger than {_MOST_BYTES >> 20} MiB, so it is no list of Connect users. {HOW_TO_SAVE}"


def _inflated(raw: bytes) -> bytes:
    """The bytes, decompressed where they are gzip."""
    if len(raw) > _MOST_BYTES:
        raise UserListError(_TOO_BIG)
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    parts: list[bytes] = []
    room = _MOST_BYTES
    while raw.startswith(b"\x1f\x8b"):  # a gzip file may hold several members
        part, raw = _member(raw, room + 1)
        room -= len(part)
        if room < 0:
            raise UserListError(_TOO_BIG)
        parts.append(part)
    return b"".join(parts)


def _member(raw: bytes, most: int) -> tuple[bytes, bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        part = unpacker.decompress(raw, most)
    except zlib.error:
        raise UserListError(f"its compressed content is damaged. {HOW_TO_SAVE}") from None
    if not unpacker.eof and len(part) < most:
        raise UserListError(f"its compressed content is cut off. {HOW_TO_SAVE}")
    return part, unpacker.unused_data


#: First bytes of files that people give by mistake.
_MAGIC = (
    (b"PK\x03\x04", "it is a zip file or an Excel workbook. Unpack it, or save the sheet as CSV."),
    (b"\xd0\xcf\x11\xe0", "it is an old Excel workbook. Save the sheet as CSV."),
    (b"%PDF", f"it is a PDF. {HOW_TO_SAVE}"),
)


def _decoded(raw: bytes) -> tuple[str, list[str]]:
    """The text and notes on it."""
    for magic, sentence in _MAGIC:
        if raw.startswith(magic):
            raise UserListError(sentence)
    try:
        return raw.decode(_encoding(raw)).removeprefix("\ufeff"), []
    except UnicodeDecodeError:
        note = "The list is not valid UTF-8 and was read as Windows-1252: look at names with accents."
        return raw.decode("cp1252", errors="replace"), [note]


def _encoding(raw: bytes) -> str:
    """UTF-16 where a byte order mark or the zero bytes of ASCII text say so (Windows PowerShell 5.1's `>`)."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = raw[:64]
    if len(head) > 1 and not any(head[1::2]) and all(head[0::2]):
        return "utf-16-le"
    return "utf-16-be" if len(head) > 1 and not any(head[0::2]) and all(head[1::2]) else "utf-8"


def _parsed(text: str, name: str, made: datetime | None, notes: list[str], *, keep_name: bool) -> tuple[Users, ...]:
    _refuse_others(text)
    pages = _csv_pages(text)
    own: JsonObject | None = None
    if pages is None and text.lstrip()[:1] in {"{", "[", '"'}:
        pages, own = _json_pages(text, notes)
    pages = pages or _text_pages(text)
    if not any(page.users for page in pages) and any(page.skipped for page in pages):
        raise UserListError(f"none of its rows holds a username. {HOW_TO_SAVE}")
    lists = _lists(pages, name, made, notes)
    return lists if own is None or len(lists) > 1 else (_restored(lists[0], own, keep_name=keep_name),)


#: What else is handed in as a user list, by how it begins. The texts are AWS CLI 1.45's and 2's.
_OTHERS = (
    (r"$", "it is empty."),
    (r"<(?:!doctype html|html)", "it is a web page."),
    (r"<", "it is XML, not a user list."),
    (r"(?:---\s+)?(?:NextToken:.*\s+)?UserSummaryList:", "it is the CLI's YAML output, which is not read. Use JSON."),
    (r"-{20,}\r?\n\|", "it is the CLI's table output, which is not read. Use JSON."),
    (r"Unable to locate credentials", "it holds an error of the AWS CLI: there were no credentials."),
    (r"You must specify a region", "it holds an error of the AWS CLI: no Region was given."),
    (r"The config profile", "it holds an error of the AWS CLI: there is no profile of that name."),
    (r"Could not connect to the endpoint", "it holds an error of the AWS CLI: the network or the Region is wrong."),
    (r"Error loading SSO|Error when retrieving token|The SSO session", "it holds an error of the AWS CLI: no sign-in."),
    (r"usage: aws|aws(?:\.exe)?: error|Error parsing|Unknown options|Invalid endpoint", "it holds a CLI error."),
)
_OTHER_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), sentence) for pattern, sentence in _OTHERS)
_CLI_ERROR = re.compile(r"An error occurred \((\w{1,60})\) when calling the (\w{1,60}) operation")


def _refuse_others(text: str) -> None:
    head = text.lstrip()[:4000].rstrip()
    for pattern, sentence in _OTHER_PATTERNS:
        if pattern.match(head):
            raise UserListError(f"{sentence} {HOW_TO_SAVE}")
    if found := _CLI_ERROR.search(head):
        raise UserListError(
            f"it holds no list but the error {found[1]} that AWS gave to {found[2]}. Solve that, then save it again. "
            f"{HOW_TO_SAVE}"
        )
    if "\0" in head:
        raise UserListError(f"it is not text. {HOW_TO_SAVE}")
    if text.count(",") + text.count("[") + text.count("{") + text.count("\n") > _MOST_VALUES:
        raise UserListError(f"it holds more values than any list of Connect users. {HOW_TO_SAVE}")


# --- JSON --------------------------------------------------------------------------------------------------


def _json_pages(text: str, notes: list[str]) -> tuple[list[_Page], JsonObject | None]:
    documents = list(_documents(text, notes))
    pages: list[_Page] = []
    for part in chain.from_iterable(_parts(document) for document in documents):
        _add_part(pages, part)
    if not pages:
        raise UserListError(f"it is an empty list: a --query may have left everything out. {HOW_TO_SAVE}")
    only = documents[0] if len(documents) == 1 else None
    own = only.get(_OWN_KEY) if isinstance(only, dict) else None
    return pages, own if isinstance(own, dict) and own.get("schema") == _SCHEMA else None


def _documents(text: str, notes: list[str]) -> Iterator[object]:
    """Each JSON value in the text: pages appended with `>>` stand one after the other."""
    decoder = json.JSONDecoder()
    position = _after_space(text, 0)
    while position < len(text):
        try:
            value, stop = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            raise UserListError(f"its JSON is cut off or damaged. {HOW_TO_SAVE}") from None
        yield value
        position = _after_space(text, stop)
        if position < len(text) and text[position] not in '{["':
            notes.append("Text that follows the list was left out.")
            return


_SPACE = re.compile(r"[\s,]*")


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _parts(document: object) -> list[object]:
    """A list's members are pages, users or names; anything else stands for itself."""
    return document if isinstance(document, list) else [document]


def _add_part(pages: list[_Page], part: object) -> None:
    page = _answer(part) if isinstance(part, dict) else None
    if page is not None:
        pages.append(page)
        return
    if not pages or pages[-1].kind is not _Kind.BARE:
        pages.append(_Page(_Kind.BARE))
    pages[-1].add(part)


def _answer(part: JsonObject) -> _Page | None:
    """The page in an API answer; None for what may be a user itself."""
    for key, kind in (("UserSummaryList", _Kind.LIST), ("Users", _Kind.SEARCH)):
        if key in part:
            return _filled(kind, part, part[key])
    if isinstance(part.get("User"), dict):  # DescribeUser
        return _filled(_Kind.SEARCH, part, [part["User"]])
    if "Username" not in part:
        _refuse_document(part)
    return None


def _filled(kind: _Kind, part: JsonObject, rows: object) -> _Page:
    if not isinstance(rows, list):
        raise UserListError(f"its list of users is not a list. {HOW_TO_SAVE}")
    if any(isinstance(row, dict) and _FOREIGN_KEYS & row.keys() for row in rows[:10]):
        raise UserListError(f"it lists the users of another AWS service, not of Amazon Connect. {HOW_TO_SAVE}")
    page = _Page(kind, more=bool(part.get("NextToken")))
    for row in rows:
        page.add(row)
    return page


#: `aws iam list-users` and `identitystore list-users` have UserName, `cognito-idp list-users` the other two.
_FOREIGN_KEYS = frozenset({"UserName", "UserStatus", "UserCreateDate"})


def _refuse_document(part: JsonObject) -> None:
    """Raise the sentence for a JSON object that is known to be something else."""
    if "log" in part:
        raise UserListError(f"it is a HAR capture, not a user list. {HOW_TO_SAVE}")
    if "InstanceSummaryList" in part:
        raise UserListError(f"it lists instances, not users. Take the ID of one. {HOW_TO_SAVE}")
    if part.keys() & {"message", "Message", "__type", "Error", "errorMessage"}:
        raise UserListError(f"it holds an error message, not a user list. {HOW_TO_SAVE}")
    if any(key.endswith("SummaryList") for key in part):
        raise UserListError(f"it is the answer of another AWS command, not of list-users. {HOW_TO_SAVE}")


# --- text and CSV ------------------------------------------------------------------------------------------

_LINE_END = re.compile(r"\r\n|\r|\n")
#: Names of the username column, white space and punctuation left out: the console's CSV template says `user login`.
_USERNAME_COLUMNS = ("username", "userlogin", "login", "agentlogin", "loginname", "agentusername")
_ID_COLUMNS = ("id", "userid")
_ARN_COLUMNS = ("arn", "userarn")
_TIME_COLUMNS = ("lastmodifiedtime", "lastmodified")


def _csv_pages(text: str) -> list[_Page] | None:
    """The CSV's rows, or None where the first line names no username column."""
    found = _columns(text)
    if found is None:
        return None
    delimiter, columns = found
    page = _Page(_Kind.CSV)
    try:
        rows = csv.reader(io.StringIO(_without_separator_line(text), newline=""), delimiter=delimiter)
        header_seen = False
        for row in rows:
            if any(cell.strip() for cell in row):
                if header_seen:
                    page.add_columns(*(row[i].strip() if 0 <= i < len(row) else "" for i in columns))
                header_seen = True
    except csv.Error:
        raise UserListError(f"its CSV is damaged: a quotation mark is not closed. {HOW_TO_SAVE}") from None
    return [page]


_SEPARATOR_LINE = re.compile(r"\s*sep=.[^\S\n]*\r?\n", re.IGNORECASE)  # Excel's


def _without_separator_line(text: str) -> str:
    found = _SEPARATOR_LINE.match(text)
    return text[found.end() :] if found else text


def _columns(text: str) -> tuple[str, tuple[int, int, int, int]] | None:
    """The delimiter, and the places of username, ID, ARN and time (-1 where absent), if the first line names them."""
    line = _LINE_END.split(_without_separator_line(text)[:20_000].lstrip(), maxsplit=1)[0]
    best: tuple[str, tuple[int, int, int, int]] | None = None
    most = 0
    for delimiter in ",;\t|":
        cells = [_plain(cell) for cell in line.split(delimiter)]
        username = _position(cells, _USERNAME_COLUMNS)
        if username >= 0 and len(cells) > most:
            others = (_position(cells, names) for names in (_ID_COLUMNS, _ARN_COLUMNS, _TIME_COLUMNS))
            best, most = (delimiter, (username, *others)), len(cells)  # type: ignore[assignment]
    return best


def _plain(cell: str) -> str:
    return re.sub(r"[\s_\"'-]+", "", cell.casefold())


def _position(cells: Sequence[str], names: Iterable[str]) -> int:
    return next((cells.index(name) for name in names if name in cells), -1)


def _text_pages(text: str) -> list[_Page]:
    lines = [line for line in _LINE_END.split(text) if line.strip()]
    if any(line.startswith("USERSUMMARYLIST\t") for line in lines):
        return [_cli_page(lines, "USERSUMMARYLIST", _Kind.LIST)]
    if any(line.startswith("USERS\tarn:") for line in lines):
        return [_cli_page(lines, "USERS", _Kind.SEARCH)]
    return [_names_page(lines)]


def _cli_page(lines: Sequence[str], label: str, kind: _Kind) -> _Page:
    """`--output text`: the fields of a row stand in alphabetical order, Arn first and Username last.

    With `--max-items` a NEXTTOKEN line follows; with `--no-paginate` the token stands alone on a line (awscli 1.45).
    """
    page = _Page(kind)
    for line in lines:
        first, *cells = line.split("\t")
        if first == label and cells:
            arn = cells[0] if _ARN.fullmatch(cells[0]) else ""
            time = next((cell for cell in cells[1:-1] if _TIME_CELL.fullmatch(cell)), "")
            page.add_columns(cells[-1], cells[1] if len(cells) > 2 and _UUID.fullmatch(cells[1]) else "", arn, time)  # noqa: PLR2004
        elif first == "NEXTTOKEN" or (kind is _Kind.LIST and not cells):
            page.more = True
        elif cells and first not in _SEARCH_PARTS:
            page.skipped += 1
    return page


_SEARCH_PARTS = frozenset({"IDENTITYINFO", "PHONECONFIG", "SECURITYPROFILEIDS", "TAGS"})


def _names_page(lines: Sequence[str]) -> _Page:
    """Names, one a line or tab-separated (`--query 'UserSummaryList[].Username' --output text`), or rows of cells."""
    page = _Page(_Kind.NAMES)
    for line in lines:
        cells = [cell.strip() for cell in line.split("\t") if cell.strip()]
        if cells == ["None"]:  # what a --query makes of the NEXTTOKEN line (awscli 1.45)
            page.more = True
        elif any(_ARN.fullmatch(cell) or _UUID.fullmatch(cell) for cell in cells):
            page.add_cells(cells)
        else:
            for cell in cells:
                page.add(cell if _NAME.fullmatch(cell) else None)
    if page.skipped > len(page.users):
        raise UserListError(f"it is not a list of Connect users in a form that is known here. {HOW_TO_SAVE}")
    return page


#: What can be a name in a plain list: no white space, control characters, or the punctuation of other formats.
_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f,;:<>{}\[\]()\"|*?!`~#$%^/]{1,256}")


# --- our own file ------------------------------------------------------------------------------------------


def save_users(users: Users, path: str | os.PathLike[str]) -> None:
    """Write a list that `read_users` reads back equal, in the form of `aws connect list-users` with our own part.

    The file appears whole or not at all, and only its owner may read it. Raises UserListError where it cannot be
    written.
    """
    target = Path(path)
    document = {"UserSummaryList": [_row(user) for user in users.users], _OWN_KEY: _own(users)}
    try:
        _write_private(target, json.dumps(document, indent=1) + "\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise UserListError(f"{_printable(str(target))} could not be written: {reason}.") from None


def _write_private(target: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:50]}.")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _row(user: User) -> JsonObject:
    time = user.last_modified and user.last_modified.isoformat()
    row = {"Id": user.user_id, "Arn": user.arn, "Username": user.username, "LastModifiedTime": time}
    return {name: value for name, value in row.items() if value}


def _own(users: Users) -> JsonObject:
    return {
        "schema": _SCHEMA,
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
    known = [_printable(note) for note in notes[:50] if isinstance(note, str)] if isinstance(notes, list) else []
    home = _Home(*(_text(own.get(key)) or None for key in _Home._fields))
    return replace(
        users,
        source=users.source if keep_name else _printable(_text(own.get("source"))),
        complete=users.complete and own.get("complete") is True,
        instance_id=home.instance_id or users.instance_id,
        region=home.region or users.region,
        account=home.account or users.account,
        retrieved=_time(own.get("retrieved")),
        notes=tuple(known if users.complete else dict.fromkeys((*known, *users.notes))),
    )


# --- the live instance -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Instance:
    """One Connect instance as ListInstances gives it; its management type is SAML, CONNECT_MANAGED or the like."""

    id: str
    arn: str
    alias: str
    management_type: str
    status: str
    region: str
    access_url: str


def list_users(
    instance_id: str,
    *,
    region: str | None = None,
    profile: str | None = None,
    client: Any | None = None,  # noqa: ANN401 - boto3 has no static type for a client
    progress: Callable[[int], None] | None = None,
) -> Users:
    """All users of the instance, asked of AWS with ListUsers, 1,000 a request.

    `instance_id` is the ID or the ARN (which also tells the Region). `region`, `profile`: as in boto3; `client`: a
    ready boto3 Connect client. `progress` is called with the number of users so far. `retrieved` is AWS's own time of
    the first answer. Throttled requests are repeated (10 attempts). Raises UserListError, with the next step, where
    the list cannot be had whole: a short list is never returned.
    """
    asked = _asked(instance_id, region)
    call = _Call("connect:ListUsers", asked.instance_id, asked.region, profile)
    with _aws_errors(call):
        connect = client or _client(asked.region, profile)
        call = call._replace(region=connect.meta.region_name)
        answers = iter(
            connect.get_paginator("list_users").paginate(
                InstanceId=asked.instance_id, PaginationConfig={"PageSize": 1000}
            )
        )
    page, retrieved = _Page(_Kind.LIST), None
    while True:
        with _aws_errors(call, len(page.users)):
            answer = next(answers, None)
        if answer is None:
            return _live(call, asked, page, retrieved)
        retrieved = retrieved or _answered(answer)
        for row in answer.get("UserSummaryList", ()):
            page.add(row)
        if progress is not None:
            progress(len(page.users))


def _live(call: _Call, asked: _Home, page: _Page, retrieved: datetime | None) -> Users:
    users = dict.fromkeys(page.users)
    account = next((home.account for home in map(_home, users) if home.account), asked.account)
    group = _List(users, len(page.users))
    home = _Home(call.instance_id, call.region, account)
    name = f"ListUsers of instance {call.instance_id} in {call.region}"
    return _finished(home, group, [page], name, retrieved, ())


def _asked(instance_id: str, region: str | None) -> _Home:
    """The instance that is meant, by ID or ARN."""
    text = instance_id.strip()
    found = _home_in(text.partition("/agent/")[0])
    if found == _NOWHERE:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", text):
            raise UserListError(
                "That is not an instance ID. It looks like aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee and stands at the end "
                "of the instance's ARN: aws connect list-instances --region REGION"
            )
        return _Home(text, region)
    if region and region != found.region:
        raise UserListError(
            f"The instance's ARN is of {found.region}, but the Region given is another one. Give the ID alone, or the "
            "Region of the ARN."
        )
    return found


def _client(region: str | None, profile: str | None) -> Any:  # noqa: ANN401 - boto3 has no static type for a client
    """A Connect client that waits out throttling: 2 requests a second are allowed (Connect service quotas)."""
    import boto3  # noqa: PLC0415 - heavy, and only needed for live calls
    from botocore.config import Config  # noqa: PLC0415

    patient = Config(retries={"mode": "standard", "max_attempts": 10}, connect_timeout=10, read_timeout=60)
    return boto3.Session(profile_name=profile, region_name=region).client("connect", config=patient)


def _answered(answer: JsonObject) -> datetime | None:
    """When AWS answered, by its own `Date` header."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    with suppress(TypeError, ValueError):
        return _aware(parsedate_to_datetime(date))
    return None


def list_instances(
    *,
    region: str | None = None,
    profile: str | None = None,
    client: Any | None = None,  # noqa: ANN401 - boto3 has no static type for a client
) -> tuple[Instance, ...]:
    """The Connect instances of the account in one Region, asked of AWS with ListInstances. Raises UserListError."""
    call = _Call("connect:ListInstances (and ds:DescribeDirectories)", None, region, profile)
    with _aws_errors(call):
        connect = client or _client(region, profile)
        call = call._replace(region=connect.meta.region_name)
    with _aws_errors(call):
        answers = list(connect.get_paginator("list_instances").paginate())
    rows = chain.from_iterable(answer.get("InstanceSummaryList", ()) for answer in answers)
    return tuple(_instance(row, connect.meta.region_name) for row in rows)


def _instance(row: JsonObject, region: str) -> Instance:
    return Instance(
        id=_text(row.get("Id")),
        arn=_text(row.get("Arn")),
        alias=_text(row.get("InstanceAlias")),
        management_type=_text(row.get("IdentityManagementType")),
        status=_text(row.get("InstanceStatus")),
        region=region,
        access_url=_text(row.get("InstanceAccessUrl")),
    )


# --- what AWS and boto3 refuse, as sentences ---------------------------------------------------------------


class _Call(NamedTuple):
    """What was asked, for the sentences."""

    permission: str
    instance_id: str | None
    region: str | None
    profile: str | None

    @property
    def resource(self) -> str:
        """The ARN to put into a policy."""
        partition = "aws-us-gov" if (self.region or "").startswith("us-gov-") else "aws"
        return f"arn:{partition}:connect:{self.region}:*:instance/{self.instance_id}" if self.instance_id else "*"

    @property
    def profile_option(self) -> str:
        """` --profile NAME` for commands, where a profile was named."""
        return f" --profile {_printable(self.profile)}" if self.profile else ""


@contextmanager
def _aws_errors(call: _Call, read: int = 0) -> Iterator[None]:
    """Turn what boto3 raises into a UserListError. The cause is dropped: it may quote what should not be shown."""
    try:
        yield
    except ImportError:
        raise UserListError("boto3 is not installed. Install it (pip install boto3), or give a saved list.") from None
    except Exception as error:
        sentence = _sentence(error, call)
        if sentence is None:
            raise
        short = f" {read:,} users were read before that; they are dropped, because a short list misleads."
        raise UserListError(sentence + (short if read else "")) from None


def _sentence(error: Exception, call: _Call) -> str | None:
    """What happened and what to do, or None for an error that is not boto3's."""
    names = [kind.__name__ for kind in type(error).__mro__]
    if "ClientError" in names:
        return _refusal(error, call)
    template = next((_BOTO[name] for name in names if name in _BOTO), None)
    if template is None and isinstance(error, ValueError) and str(error).startswith("Invalid endpoint"):
        template = _BOTO["InvalidRegionError"]
    return template and template.format(profile=call.profile_option, region=call.region)


_NETWORK = (
    "Amazon Connect in {region} could not be reached. Check the network, the proxy (HTTPS_PROXY) and that the Region "
    "is one with Amazon Connect."
)
_SSO = "The AWS sign-in has expired or was never made. Run: aws sso login{profile}"
#: botocore's exceptions by name, so that botocore need not be imported here; parents come last by `__mro__`.
_BOTO = {
    "ProfileNotFound": "There is no AWS profile of that name. These are there: aws configure list-profiles",
    "NoRegionError": "No AWS Region is set. Give the Region of the Connect instance, for example us-west-2.",
    "InvalidRegionError": "That is not an AWS Region. Give the Region of the Connect instance, for example us-west-2.",
    "NoCredentialsError": "No AWS credentials were found. Sign in (aws sso login or aws configure) and name the profile.",
    "PartialCredentialsError": "The AWS credentials are incomplete. Set the access key and the secret key: "
    "aws configure{profile}",
    "CredentialRetrievalError": "AWS credentials could not be fetched as the profile says. Sign in again, then try: "
    "aws sts get-caller-identity{profile}",
    "TokenRetrievalError": _SSO,
    "SSOError": _SSO,
    "LoginError": "The AWS sign-in has expired or was never made. Run: aws login{profile}",
    "ConfigParseError": "The AWS configuration file cannot be read. Look at ~/.aws/config.",
    "ConfigNotFound": "The AWS configuration file is not where AWS_CONFIG_FILE says.",
    "InvalidConfigError": "The AWS configuration is not complete. Look at the profile in ~/.aws/config.",
    "ParamValidationError": "The instance ID has a form that Amazon Connect does not take.",
    "PaginationError": "Amazon Connect answered with the same page again. Try again.",
    "SSLError": "The encrypted connection to Amazon Connect in {region} failed. Where a proxy opens connections, set "
    "AWS_CA_BUNDLE to its certificate.",
    "ProxyConnectionError": "The proxy could not be reached. Check HTTPS_PROXY.",
    "EndpointConnectionError": _NETWORK,
    "ConnectionError": _NETWORK,
    "HTTPClientError": _NETWORK,
    "ResponseParserError": "What answered in the place of Amazon Connect in {region} was not AWS. Check the proxy or "
    "the network's sign-in page.",
    "BotoCoreError": "The AWS library could not make the request. Try: aws sts get-caller-identity{profile}",
}

_THROTTLED = (
    "Amazon Connect answers too many requests at the moment (an account has 2 a second in a Region) and went on "
    "refusing after 10 attempts. Try again in some minutes."
)
_UNKNOWN_KEYS = (
    "AWS does not accept these credentials (or they are not valid in {region}). Sign in again, then try: "
    "aws sts get-caller-identity{profile}"
)
_EXPIRED = "The AWS session has expired. Sign in again (for example aws sso login{profile}) and try again."
_DENIED = (
    "AWS denies the request: the permission {permission} is missing on {resource}. Add it to the policy of the {who}."
)
_SIGNATURE = (
    "AWS rejects the signature: the secret key is wrong, or this computer's clock is. Correct it and try again."
)
_BAD_ID = (
    "Amazon Connect does not take {instance} as an instance ID. Get it with: aws connect list-instances{at}{profile}"
)
#: Error codes of the Connect service model and of AWS's common errors.
_CODES = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "UnrecognizedClientException": _UNKNOWN_KEYS,
    "InvalidClientTokenId": _UNKNOWN_KEYS,
    "MissingAuthenticationToken": _UNKNOWN_KEYS,
    "MissingAuthenticationTokenException": _UNKNOWN_KEYS,
    "IncompleteSignature": _SIGNATURE,
    "InvalidSignatureException": _SIGNATURE,
    "SignatureDoesNotMatch": _SIGNATURE,
    "ResourceNotFoundException": "There is no Connect instance {instance} in {region} for this account. Check the "
    "instance ID, the Region and the account: aws connect list-instances{at}{profile}",
    "InvalidParameterException": _BAD_ID,
    "InvalidRequestException": _BAD_ID,
    "ValidationException": _BAD_ID,
    "ThrottlingException": _THROTTLED,
    "Throttling": _THROTTLED,
    "TooManyRequestsException": _THROTTLED,
    "InternalServiceException": "Amazon Connect had an internal error. Try again in some minutes.",
    "ServiceUnavailable": "Amazon Connect is not available at the moment. Try again in some minutes.",
    "OptInRequired": "The AWS account is not set up for Amazon Connect in {region}.",
}
_SERVER_ERRORS = 500


def _refusal(error: Exception, call: _Call) -> str:
    response: JsonObject = getattr(error, "response", {})
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    template = _CODES.get(code)
    if template is None and isinstance(status, int) and status >= _SERVER_ERRORS:
        template = _CODES["InternalServiceException"]
    if template is None:
        shown = code if re.fullmatch(r"[A-Za-z0-9.]{1,60}", code) else "an error without a name"
        return f"Amazon Connect answered {shown}. Check the instance ID, the Region and the credentials."
    if template is _DENIED and "explicit deny" in str(response.get("Error", {}).get("Message", "")):
        return f"AWS denies {call.permission} on {call.resource} explicitly. Ask the account's administrator for it."
    return template.format(
        permission=call.permission,
        resource=call.resource,
        instance=call.instance_id,
        region=call.region,
        at=f" --region {call.region}",
        profile=call.profile_option,
        who=f"profile {_printable(call.profile)}" if call.profile else "credentials in use",
    )


# --- age ---------------------------------------------------------------------------------------------------


def age_sentence(users: Users, captured: datetime | None) -> str | None:
    """How old the list is against the capture, as a sentence; None where the list does not say when it was made."""
    if users.retrieved is None:
        return None
    if captured is None:
        return f"The user list was made on {users.retrieved:%Y-%m-%d at %H:%M} UTC."
    distance = users.retrieved - captured
    if abs(distance) < timedelta(minutes=1):
        return "The user list was made at the time of the capture."
    if distance < timedelta():
        return f"The user list was made {_span(-distance)} before the capture: what changed in between is not in it."
    return f"The user list was made {_span(distance)} after the capture: it also holds what changed in between."


def _span(distance: timedelta) -> str:
    minutes = int(distance.total_seconds()) // 60
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
