"""The AWS account as the source of users: what to choose from, what was asked, and what came, kept for the session.

Nothing here happens by itself: the settings are read when the person chooses this source, and AWS is asked by a click.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from connect_saml_nb.errors import ConnectSamlError, UserListError
from connect_saml_nb.evidence import NOT_ASKED, collect, read_answers
from connect_saml_nb.users import aws_profiles, connect_regions, list_instances, list_users

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connect_saml_nb.evidence import Ask, RawAnswer
    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.users import Users
    from connect_saml_nb.users import Instance

_T = TypeVar("_T")
_PAGE = 1000
Key = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class AwsCall:
    """One request that was sent to AWS, for the account's owner: when, what, with which profile."""

    at: datetime
    operation: str
    about: str
    profile: str
    answer: str


@dataclass
class Account:
    """What was chosen and what AWS answered. One for a notebook's session: running the cell again keeps it."""

    ask_users: Callable[..., Users] = list_users
    ask_instances: Callable[..., tuple[Instance, ...]] = list_instances
    ask_account: Callable[..., tuple[RawAnswer, ...]] = collect
    find_profiles: Callable[[], tuple[str, ...]] = aws_profiles
    find_regions: Callable[[], tuple[str, ...]] = connect_regions
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    instance_id: str = ""
    region: str = ""
    profile: str = ""
    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    instances: tuple[Instance, ...] | None = None
    calls: list[AwsCall] = field(default_factory=list)
    _lists: dict[Key, tuple[Users, datetime]] = field(default_factory=dict)

    def look_at_settings(self) -> None:
        """Read, once, which profiles and Regions there are to choose from; nothing is sent. Raises UserListError."""
        if not self.profiles:
            self.profiles, self.regions = self.find_profiles(), self.find_regions()

    @property
    def profile_names(self) -> tuple[str, ...]:
        """The profiles to choose from beside the default one, the chosen one among them."""
        return _with(self.profile, [name for name in self.profiles if name != "default"])

    @property
    def region_names(self) -> tuple[str, ...]:
        """The Regions to choose from, the chosen one among them."""
        return _with(self.region, self.regions)

    # What is chosen.

    def set_instance(self, instance_id: str) -> None:
        """Name the instance by its ID or ARN."""
        self.instance_id = instance_id.strip()

    def choose_instance(self, instance_id: str) -> None:
        """Choose one of the listed instances: its Region goes with it."""
        chosen = next((i for i in self.instances or () if i.id == instance_id), None)
        if chosen:
            self.instance_id, self.region = chosen.id, chosen.region

    def set_region(self, region: str) -> None:
        """Name the Region; empty for the one in the AWS settings. Instances of another one are no longer listed."""
        self._change("region", region)

    def set_profile(self, profile: str) -> None:
        """Name the profile; empty for the default one. Another profile's instances are no longer listed."""
        self._change("profile", profile)

    def _change(self, name: str, text: str) -> None:
        if text.strip() != getattr(self, name):
            setattr(self, name, text.strip())
            self.instances = None

    @property
    def chosen(self) -> Instance | None:
        """The chosen instance as AWS listed it, None where it was not listed."""
        return next((i for i in self.instances or () if i.id == self.instance_id), None)

    # What is there.

    @property
    def lists(self) -> tuple[Users, ...]:
        """Every list that AWS gave in this session, one for each instance and Region."""
        return tuple(users for users, _ in self._lists.values())

    @property
    def has_list(self) -> bool:
        """Whether AWS listed the users of the chosen instance already."""
        return any(u.instance_id and u.instance_id in self.instance_id for u in self.lists)

    def age(self, users: Users) -> str:
        """How long ago AWS gave this list, in words; empty for any other list."""
        at = next((at for kept, at in self._lists.values() if kept is users), None)
        if at is None:
            return ""
        minutes = int((self.clock() - at).total_seconds()) // 60
        return "just now" if minutes < 1 else "1 minute ago" if minutes == 1 else f"{minutes:,} minutes ago"

    # What is asked of AWS.

    def list_instances(self) -> None:
        """Ask for the account's instances in the Region. Raises UserListError."""
        where = self._where()
        self.instances = self._record("connect:ListInstances", lambda: self.ask_instances(**where), _instances)
        if len(self.instances) == 1:
            self.choose_instance(self.instances[0].id)

    def list_users(self, progress: Callable[[int], None] | None = None) -> Users:
        """Ask for all users of the chosen instance, and keep them for the session. Raises UserListError."""
        if not self.instance_id:
            raise UserListError("Choose or enter the instance first.")
        where = self._where()
        users = self._record(
            "connect:ListUsers", lambda: self.ask_users(self.instance_id, progress=progress, **where), _users
        )
        self._lists[users.instance_id, users.region] = users, self.clock()
        return users

    def collect_evidence(self, asks: Sequence[Ask], progress: Callable[[str], None] | None = None) -> Evidence:
        """Ask the account about sign-ins. Refusals are part of the result; raises EvidenceError."""
        where, profile = self._where(), self.profile or "default"
        regions = [self.region] if self.region else []
        answers = self.ask_account(asks, profile=where["profile"], regions=regions, progress=progress)
        self.calls.extend(_call(answer, profile, self.clock()) for answer in answers if answer.error != NOT_ASKED)
        return read_answers(answers, "The AWS account")

    def _where(self) -> dict[str, str | None]:
        return {"region": self.region or None, "profile": self.profile or None}

    def _record(self, operation: str, ask: Callable[[], _T], say: Callable[[_T], str]) -> _T:
        """Ask, and write down what was asked and what came of it, also where that is a refusal."""
        about = self.region or "the Region of the settings"
        if operation.endswith("ListUsers"):
            about = f"{self.instance_id}, {about}"
        at, profile, answer = self.clock(), self.profile or "default", "no answer"
        try:
            got = ask()
            answer = say(got)
        except ConnectSamlError as error:
            answer = f"refused: {error}"
            raise
        else:
            return got
        finally:
            self.calls.append(AwsCall(at, operation, about, profile, answer))


def _with(chosen: str, names: Sequence[str]) -> tuple[str, ...]:
    return (*names, chosen) if chosen and chosen not in names else tuple(names)


def _call(answer: RawAnswer, profile: str, now: datetime) -> AwsCall:
    about = ", ".join(str(v) for v in answer.parameters.values() if isinstance(v, str))[:200]
    return AwsCall(
        answer.time or now,
        answer.operation,
        about,
        profile,
        f"refused: {answer.problem}" if answer.error else "answered",
    )


def _instances(found: tuple[Instance, ...]) -> str:
    return f"{len(found):,} instance{'' if len(found) == 1 else 's'}"


def _users(users: Users) -> str:
    requests = max(1, -(-len(users) // _PAGE))
    return f"{len(users):,} users in {requests:,} request{'' if requests == 1 else 's'}"
