"""Rows of users, and how they become lists: one for each instance, with what speaks against it being whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.aws.arn import arn_of
from connect_saml_nb.aws.times import time_of
from connect_saml_nb.errors import UserListError
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.users.problems import UserListNote, UserListProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from connect_saml_nb.errors import Problem
    from connect_saml_nb.model import JsonObject

MOST_USERS = 1_000_000
LONGEST_USERNAME = 256  # AgentUsername in the service model has at most 100


class InstanceRef(NamedTuple):
    """Where a list belongs; None where it does not tell."""

    instance_id: str | None = None
    region: str | None = None
    account: str | None = None


NOWHERE = InstanceRef()


def home_of(user: User) -> InstanceRef:
    """The instance that a user belongs to."""
    return home_in(user.arn.partition("/agent/")[0])


@lru_cache(maxsize=256)
def home_in(arn: str) -> InstanceRef:
    """The instance that an ARN names."""
    found = arn_of(arn)
    return InstanceRef(found.instance_id, found.region, found.account) if found and found.instance_id else NOWHERE


def is_user_arn(text: str) -> bool:
    """Whether a text is the ARN of a Connect user or instance."""
    found = arn_of(text)
    return found is not None and bool(found.instance_id)


class PageKind(StrEnum):
    """What a page of users was, for what it can say about being whole."""

    LIST = "list"  # a ListUsers answer
    SEARCH = "search"  # a SearchUsers answer
    BARE = "bare"  # what `--query` leaves of one
    CSV = "csv"
    NAMES = "names"


@dataclass(slots=True)
class UserPage:
    """Rows in the making, with what was odd about them."""

    kind: PageKind
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
        time = time_of(changed)
        self.bad_times += changed is not None and time is None
        self._add_user(row.get("Username"), text_of(row.get("Id")), text_of(row.get("Arn")), time)

    def add_cells(self, cells: Sequence[str]) -> None:
        """Take one row without column names: what an ARN, an ID, a Region and a time leave is the username."""
        arn = next((cell for cell in cells if is_user_arn(cell)), "")
        user_id = next((cell for cell in cells if UUID.fullmatch(cell)), "")
        time = next((cell for cell in cells if TIME_CELL.fullmatch(cell)), None)
        others = [cell for cell in cells if cell not in {arn, user_id, time}]
        if len(others) > 1:  # a Region looks like a name, so both must be there
            others = [cell for cell in others if not _REGION.fullmatch(cell)]
        self._add_user(others[0] if len(others) == 1 else None, user_id, arn, time_of(time))

    def add_columns(self, username: str, user_id: str, arn: str, changed: str) -> None:
        """Take one row of a CSV."""
        time = time_of(changed or None)
        self.bad_times += bool(changed) and time is None
        self._add_user(username, user_id, arn, time)

    def _add_user(self, username: object, user_id: str = "", arn: str = "", time: datetime | None = None) -> None:
        readable = isinstance(username, str) and 0 < len(username) <= LONGEST_USERNAME
        if len(self.users) + self.skipped >= MOST_USERS:
            raise UserListError(UserListProblem.TOO_MANY_ROWS(rows=MOST_USERS))
        if not readable:
            self.skipped += 1
            return
        parts = arn_of(arn) if arn and not user_id else None
        self.users.append(User(str(username), user_id or (parts.user_id if parts else ""), arn, time))


UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,2}-[0-9]")  # RegionName in the service model
TIME_CELL = re.compile(r"[0-9]{9,10}\.[0-9]{1,6}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+Z-]{5,24}")


def text_of(value: object) -> str:
    """A value as text, or `""` where it is none or too long to be a name."""
    return value if isinstance(value, str) and len(value) <= LONGEST_USERNAME * 2 else ""


# --- pages -> lists ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Group:
    """One instance's users in the making."""

    users: dict[User, None] = field(default_factory=dict)
    rows: int = 0
    more: bool = False


def lists_of(
    pages: Sequence[UserPage], name: str, retrieved: datetime | None, notes: Sequence[str]
) -> tuple[Users, ...]:
    """One `Users` for each instance in the pages, in the order of their first user."""
    groups = _groups(pages)
    return tuple(finished(home, group, pages, name, retrieved, notes) for home, group in groups.items())


def _groups(pages: Sequence[UserPage]) -> dict[InstanceRef, Group]:
    homes = dict.fromkeys(home_of(user) for page in pages for user in page.users)
    named = [home for home in homes if home != NOWHERE]
    stray = named[0] if len(named) == 1 else NOWHERE  # a row without an ARN in a list of one instance belongs to it
    groups: dict[InstanceRef, Group] = {}
    last: set[InstanceRef] = set()
    for page in pages:
        last = _add_page(groups, page, stray) or last or {stray}
        for home in last:  # an empty page ends the lists that the page before it went on with
            groups.setdefault(home, Group()).more = page.more
    return groups


def _add_page(groups: dict[InstanceRef, Group], page: UserPage, stray: InstanceRef) -> set[InstanceRef]:
    touched = set()
    for user in page.users:
        home = home_of(user)
        home = stray if home == NOWHERE else home
        group = groups.setdefault(home, Group())
        group.users[user] = None
        group.rows += 1
        touched.add(home)
    return touched


def finished(  # noqa: PLR0913, PLR0917 - the parts of one list, used once
    home: InstanceRef,
    group: Group,
    pages: Sequence[UserPage],
    name: str,
    retrieved: datetime | None,
    notes: Sequence[str],
) -> Users:
    """Build the list of one instance's users."""
    count = len(group.users)
    doubts = [*_doubts(group, pages, count)]
    remarks = [*_remarks(home, group, pages, count)]
    return Users(name, tuple(group.users), not doubts, *home, retrieved, (*doubts, *remarks, *notes))


def _doubts(group: Group, pages: Sequence[UserPage], count: int) -> Iterator[Problem]:
    """What speaks against the list being whole."""
    kinds = {page.kind for page in pages}
    if group.more:
        yield UserListNote.MORE_FOLLOW(count=count)
    if PageKind.SEARCH in kinds:
        yield UserListNote.SEARCHED()
    if skipped := sum(page.skipped for page in pages):
        yield UserListNote.LEFT_OUT(rows=_rows(skipped))
    if kinds & {PageKind.BARE, PageKind.NAMES} and count in _PAGE_SIZES:
        yield UserListNote.ONE_PAGE(count=count)
    if kinds & {PageKind.BARE, PageKind.NAMES} and count == 1:
        yield UserListNote.ONE_USER()


_PAGE_SIZES = frozenset({100, 1000})  # ListUsers' default and its maximum


def _remarks(home: InstanceRef, group: Group, pages: Sequence[UserPage], count: int) -> Iterator[Problem]:
    """What else a reader of the list should know."""
    if {page.kind for page in pages} & {PageKind.BARE, PageKind.CSV, PageKind.NAMES}:
        yield UserListNote.CANNOT_SAY_WHETHER_WHOLE()
    if count and home == NOWHERE:
        yield UserListNote.NO_INSTANCE()
    if repeated := group.rows - count:
        yield UserListNote.MERGED(rows=_rows(repeated))
    if bad := sum(page.bad_times for page in pages):
        yield UserListNote.BAD_TIMES(rows=_rows(bad))


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
