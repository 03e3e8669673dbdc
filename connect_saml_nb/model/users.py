"""Connect users, and the matches of a name among them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from connect_saml_nb.model.record import Record

if TYPE_CHECKING:
    from datetime import datetime


class User(Record, frozen=True):
    """One Connect user as ListUsers gives it."""

    username: str
    user_id: str = ""
    arn: str = ""
    last_modified: datetime | None = None


class Users(Record, frozen=True):
    """A list of one instance's users.

    `complete` is False where more users exist than are here. `instance_id`, `region`, `account` come from the users'
    ARNs (or from the live call) and are None where the list does not tell. `retrieved` is when the list was
    made, None where unknown. `notes` are sentences that a reader of the list should see.
    """

    hidden = ("users",)
    source: str
    users: tuple[User, ...]
    complete: bool
    instance_id: str | None = None
    region: str | None = None
    account: str | None = None
    retrieved: datetime | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.users)


class MatchKind(StrEnum):
    """The first step of the ladder that alone makes two names equal. Only EXACT is a pass: AWS compares exactly."""

    EXACT = "exact"
    SPACE = "space"
    CASE = "case"
    UNICODE = "unicode"
    DOMAIN = "domain"
    LOCAL_PART = "local-part"
    TAG = "tag"
    WINDOWS_NAME = "windows-name"
    SPELLING = "spelling"


class Match(Record, frozen=True):
    """A Connect user that could be meant by a RoleSessionName, and how its name differs."""

    kind: MatchKind
    user: User


class AttributeMatch(Record, frozen=True):
    """A Connect user that another value of the response names: `attribute` is `NameID` or the attribute's name."""

    attribute: str
    value: str
    match: Match
