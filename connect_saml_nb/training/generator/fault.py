"""What a fault is: one change of a plan, and the verdict that contract.md gives to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from connect_saml_nb.training.generator.spec import Plan

    Change = Callable[[Plan, Random], Plan]


class Stage(IntEnum):
    """How far a sign-in gets before the fault stops it: an earlier one hides a later one."""

    PROVIDER = 0
    POST = 1
    RESPONSE = 2
    ROLE = 3
    RELAY = 4
    PERMISSION = 5
    USER = 6
    CONNECT = 7


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    `rule` is the rule that finds it, where that is not the verdict's own; `points` are the marks of the entries that
    show it and `attribute` the SAML attribute or element. `silent` says that the place alone tells it, without a text;
    `proven_by_users` that a fault in the list of users would be named instead (contract T3); `signed` that it can only
    be made with the extra. `alone` keeps other faults away.
    """

    name: str
    verdict: str
    stage: Stage
    change: Change
    rule: str
    points: tuple[str, ...]
    attribute: str
    silent: bool
    proven_by_users: bool
    signed: bool
    alone: bool


FAULTS: list[Fault] = []


def fault(  # noqa: PLR0913 -- a fault is all of this, by name
    verdict: str,
    stage: Stage,
    *,
    rule: str = "",
    points: tuple[str, ...] = ("post", "answer"),
    attribute: str = "",
    silent: bool = False,
    proven_by_users: bool = False,
    signed: bool = False,
    alone: bool = False,
) -> Callable[[Change], Change]:
    """Add a fault: the function changes a plan, and its name says how."""

    def add(change: Change) -> Change:
        name = change.__name__.strip("_").replace("_", "-")
        more = (points, attribute, silent, proven_by_users, signed, alone)
        FAULTS.append(Fault(name, verdict, stage, change, rule or verdict, *more))
        return change

    return add


def sign(  # noqa: PLR0913 -- as above
    rule: str,
    verdict: str,
    *,
    stage: Stage = Stage.RESPONSE,
    points: tuple[str, ...] = ("post", "answer"),
    attribute: str = "",
    signed: bool = False,
) -> Callable[[Change], Change]:
    """Add something that this rule finds, in a sign-in of this verdict."""
    return fault(verdict, stage, rule=rule, points=points, attribute=attribute, signed=signed, alone=True)


# --- texts, as AWS's documents have them (domain, section 2) -------------------------------------------------

NOT_ONBOARDED = (
    "Access denied. Your account has been authenticated, but has not been onboarded to this application.",
    "Access Denied. Your account has been authenticated, but has not been onboarded to this application.",
)
#: The Connect guide's Japanese page.
NOT_ONBOARDED_JA = (
    "アクセスが拒否されました。アカウントは認証されましたが、このアプリケーションには登録されていません。"
)
DENIED = "Access denied, Please contact your AWS account administrator for assistance."
INVALID = "Your request included an invalid SAML response. To logout, click here."
EXPIRED_SESSION = (
    "Session expired",
    "Your session has expired. Please log in again to continue. Sessions expire after 12 hours.",
)
#: What an error page without a text that says anything shows.
UNKNOWN = ("Something went wrong.", "An error occurred.", "Ein Fehler ist aufgetreten.", "Se ha producido un error.")


def sts(text: str, random: Random, status: int = 400, code: str = "InvalidIdentityToken") -> str:
    """A text of STS with its tail, in one of the forms that AWS's documents and users' reports have."""
    service = "AWSSecurityTokenService"
    if random.random() < 0.5:  # noqa: PLR2004
        return f"{text} (service: {service}; status code: {status}; error code: {code})"
    request = f"{random.getrandbits(32):08x}-0000-4000-8000-{random.getrandbits(48):012x}"
    return f"{text} (Service: {service}; Status Code: {status}; Error Code: {code}; Request ID: {request}; Proxy: null)"


def refused_by_aws(plan: Plan, text: str, status: int = 0) -> Plan:
    """AWS's sign-in endpoint shows a text."""
    return replace(plan.with_attempt(end="refused-by-aws", text=text, status=status, keeps_page=True), screen=text)


def refused_by_federation(plan: Plan, text: str, status: int = 0) -> Plan:
    """The federation page shows a text."""
    return replace(plan.with_attempt(end="refused-by-federation", text=text, status=status), screen=text)


def not_onboarded(plan: Plan, random: Random) -> Plan:
    """The federation page says that there is no such user, now and then in Japanese."""
    texts = (*NOT_ONBOARDED, *NOT_ONBOARDED, NOT_ONBOARDED_JA) if plan.noise else NOT_ONBOARDED
    return refused_by_federation(plan, random.choice(texts))


def sent(plan: Plan, name: str) -> Plan:
    """The identity provider sends another name."""
    return plan.with_saml(names=(name,)).telling(sent=name)


def listed(plan: Plan, *usernames: str) -> Plan:
    """The Connect users are these, beside the colleagues."""
    return plan.with_list(usernames=usernames).telling(user=usernames[0] if usernames else "")
