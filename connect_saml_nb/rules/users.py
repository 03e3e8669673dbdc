"""Is the person a user of the Connect instance, under exactly the name that the response carries?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.aws import cli
from connect_saml_nb.aws.urls import global_sign_in
from connect_saml_nb.idp.products import Topic
from connect_saml_nb.matching import difference, impossible_reason, passes_sts
from connect_saml_nb.model.diagnosis import Case, Relation
from connect_saml_nb.model.finding import EvidencePlace, Lack, Severity
from connect_saml_nb.model.signin import Outcome, SignIn
from connect_saml_nb.model.users import MatchStep, User
from connect_saml_nb.rules.account_facts import instance_elsewhere, place, unanswered
from connect_saml_nb.rules.facts import (
    CONNECT_SAML,
    CREATE_USER,
    TROUBLESHOOT,
    arn_owner,
    message_evidence,
    names_setting,
    not_onboarded,
    said_evidence,
    users_evidence,
)
from connect_saml_nb.rules.rule import PASSED, Answer, Found, Need, Skipped, missing, rule
from connect_saml_nb.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SAFE_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,64}")
_NEW_USER = (
    "Connect admin (if that cannot be): a username cannot be changed; create a user under the new name. "
    "Deleting the old user cannot be undone."
)
_FIX_CLAIM = (
    "IdP admin (the better way): make the application send exactly the Connect username as RoleSessionName. "
    + _NEW_USER
)


def _name(case: Case) -> str:
    return case.sign_in.role_session_name or ""


def _twins(case: Case) -> tuple[User, ...]:
    """Users equal to the name but for letter case, the exact one left out."""
    return tuple(u for u in case.twins if u.username != _name(case))


def _match_evidence(case: Case, users: tuple[User, ...]) -> tuple[EvidencePlace, ...]:
    names = ", ".join(quoted(u.username) for u in users[:5])
    compared = f"Username {names}" if names else "no such Username"
    return (*message_evidence(case, f"RoleSessionName {quoted(_name(case))}"), *users_evidence(case, compared))


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    id="user-case-differs",
    title="The Connect user is written with other capital and small letters",
    remedy=_FIX_CLAIM,
    docs=CONNECT_SAML,
    needs=[Need.NAME, Need.USERS],
)
def user_case_differs(case: Case) -> Answer:
    """Is there one Connect user that equals the RoleSessionName but for letter case?

    "All Amazon Connect usernames are case sensitive, even when using SAML."
    """
    twins = _twins(case)
    if case.exact or len(twins) != 1:
        return PASSED
    other = twins[0].username
    return Found(
        f"The response says {quoted(_name(case))}, the Connect user is {quoted(other)}: {difference(_name(case), other)}.",
        _match_evidence(case, twins),
        remedy=_claim_remedy(other),
    )


def _claim_remedy(username: str) -> str:
    claim = f"IdP admin (the better way): make the application send {quoted(username)} as RoleSessionName, letter for letter."
    return f"{claim} {_NEW_USER}"


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    id="duplicate-profiles",
    title="The person has more than one profile",
    remedy="Connect admin: decide which of the users is the right one. IdP admin: send exactly its username as RoleSessionName. Connect admin: remove the other only when nothing depends on it; deleting a user cannot be undone.",
    docs=TROUBLESHOOT,
    needs=[Need.NAME, Need.USERS],
)
def duplicate_profiles(case: Case) -> Answer:
    """Has the person two profiles?

    AWS names "two separate profiles assigned to them with SSO" as a cause and does not explain it. Looked for are: users
    equal but for letter case; the same name signing in through another role or identity provider; two names of one
    person; a role of another account than the instance's.
    """
    twins = _twins(case)
    if twins and (case.exact or len(twins) > 1):
        users = (*([case.exact] if case.exact else []), *twins)
        names = " and ".join(quoted(u.username) for u in users[:5])
        return Found(
            f"There are {len(users)} Connect users that differ only in letter case: {names}.",
            _match_evidence(case, users),
        )
    readings = other_profiles(case) if case.exact and _found_no_user(case) else ()
    if readings:
        return Found(" ".join(readings), _match_evidence(case, (case.exact,) if case.exact else ()))
    return PASSED


def _found_no_user(case: Case) -> bool:
    """Whether AWS said so, or stopped without a readable text where it looks for the user (contract T4)."""
    return not_onboarded(case) or case.sign_in.outcome is Outcome.FEDERATE_STOPPED


class Reading(NamedTuple):
    """Evidence for a reading of 'two separate profiles' other than users equal but for letter case, as a sentence."""

    reading: str
    why: str


def other_profiles(case: Case) -> tuple[str, ...]:
    """Evidence in this capture for another reading of 'two profiles', as sentences."""
    account = case.users.account if case.users else None
    return tuple(found.why for found in other_readings(case.sign_in, case.others, account))


def other_readings(sign_in: SignIn, others: Iterable[SignIn], account: str | None) -> tuple[Reading, ...]:
    """As `other_profiles`, for a sign-in, the capture's other ones, and the AWS account of the instance if known."""
    found = [reading for other in others for reading in _readings(sign_in, other)]
    role = _role_account(sign_in)
    if len(sign_in.roles) > 1 and role and account and role != account:
        why = f"The role that was chosen is of account {role}, the instance is of account {account}."
        found.append(Reading("role of another account", why))
    return tuple(dict.fromkeys(found))


def _readings(ours: SignIn, theirs: SignIn) -> Iterator[Reading]:
    if not ours.assertion or not theirs.assertion:
        return
    other_name = quoted(theirs.role_session_name)
    same_name = ours.role_session_name == theirs.role_session_name
    if same_name and (ours.assertion.issuer, ours.roles) != (theirs.assertion.issuer, theirs.roles):
        why = "The same RoleSessionName also signs in through another identity provider or role in this capture."
        yield Reading("another role or identity provider", why)
    if same_name or ours.assertion.issuer != theirs.assertion.issuer:
        return
    if ours.assertion.name_id == theirs.assertion.name_id:
        yield Reading("two names of one person", f"The same person also signs in as {other_name} in this capture.")
    else:
        why = f"Another account of the identity provider, {other_name}, signs in in this capture too."
        yield Reading("two accounts at the identity provider", why)


def _role_account(sign_in: SignIn) -> str | None:
    owner = arn_owner(sign_in.chosen_role)
    return owner[1] if owner else None


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    id="user-near-miss",
    title="A Connect user has almost the same name",
    remedy=_FIX_CLAIM,
    docs=TROUBLESHOOT,
    needs=[Need.NAME, Need.USERS],
)
def user_near_miss(case: Case) -> Answer:
    """Is there, instead of an exact user, one whose name differs in a way that has a name?

    White space, look-alike characters, another or no mail domain, a +tag, a Windows name, one letter.
    """
    best = case.candidates[0] if case.candidates else None
    if best is None or best.step in {MatchStep.EXACT, MatchStep.CASE} or case.exact or _twins(case):
        return PASSED
    same = [m for m in case.candidates if m.step is best.step]
    more = f" ({len(same)} users differ in this way)" if len(same) > 1 else ""
    return Found(
        f"The response says {quoted(_name(case))}, a Connect user is {quoted(best.user.username)}: {difference(_name(case), best.user.username)}{more}.",
        _match_evidence(case, tuple(m.user for m in same)),
        remedy=f"Connect admin: make sure that {quoted(best.user.username)} is this person. {_FIX_CLAIM}",
    )


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    id="user-name-impossible",
    title="No Connect user can have this name",
    remedy="IdP admin: map RoleSessionName to an attribute that can be a Connect username: letters, digits, _ - . and an @ only as in a mail address with a full domain, at most 64 characters. Connect admin: the user must have exactly that name.",
    docs=CREATE_USER,
    needs=[Need.NAME],
)
def user_name_impossible(case: Case) -> Answer:
    """Can a Connect user have the RoleSessionName as its username?

    STS takes + = , in a RoleSessionName, Connect's documented username pattern does not; an @ must be part of a mail
    address.
    """
    reason = _impossible(case)
    if reason is None or case.exact:
        return PASSED
    severity = None if not_onboarded(case) and case.list_is_complete else Severity.WARNING
    return Found(
        f"{quoted(_name(case))} can never be a Connect username: {_clause(reason)}",
        message_evidence(case, quoted(_name(case))),
        severity=severity,
    )


def _impossible(case: Case) -> str | None:
    """Why no Connect user can have the name; a name that STS refuses is a matter of role-session-name-invalid."""
    return impossible_reason(_name(case)) if passes_sts(_name(case)) else None


def _clause(reason: str) -> str:
    return reason[:1].lower() + reason[1:]


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    id="user-missing",
    title="There is no such Connect user",
    remedy="Connect admin: create the user with exactly this name, without Email and password (an instance with SAML refuses them). IdP admin: or send the username that the person really has.",
    docs=TROUBLESHOOT,
    needs=[Need.NAME, Need.USERS],
)
def user_missing(case: Case) -> Answer:
    """Does the instance have a user of this name, or anything like it?"""
    if case.candidates or _impossible(case):
        return PASSED
    count = len(case.users) if case.users else 0
    return Found(
        f"None of the {count:,} Connect users of the list is {quoted(_name(case))} or like it.",
        _match_evidence(case, ()),
        commands=_create_user(case),
    )


def _create_user(case: Case) -> tuple[str, ...]:
    """The command that makes the user; a SAML instance takes neither password nor (as the API says) an Email."""
    sign_in = case.sign_in
    if not _SAFE_NAME.fullmatch(_name(case)) or not sign_in.instance_id or not sign_in.region:
        return ()
    return cli.create_user(sign_in.instance_id, sign_in.region, _name(case))


@rule(
    id="user-exists-but-refused",
    title="The user exists, and was refused all the same",
    remedy="Connect admin: if the user was created or changed after the recording, let the person sign in again. Otherwise check that the sign-in goes to this very instance and that the person has one user only, and ask AWS Support with the recording's times.",
    docs=TROUBLESHOOT,
    needs=[Need.NAME, Need.USERS],
)
def user_exists_but_refused(case: Case) -> Answer:
    """Was a person refused as 'not onboarded' whose exact name is in the list?"""
    user = case.exact
    if user is None or not not_onboarded(case):
        return PASSED
    return Found(
        f"The user {quoted(user.username)} is in the list, and Connect said that it was not: {_why_refused(case, user)}.",
        (*said_evidence(case), *users_evidence(case, f"Username {quoted(user.username)}")),
    )


def _why_refused(case: Case, user: User) -> str:
    started = case.sign_in.started
    if user.last_modified and started and user.last_modified > started:
        return f"it was created or changed after this sign-in, at {user.last_modified:%Y-%m-%d %H:%M} UTC"
    if _twins(case) or other_profiles(case):
        return "the person has another profile, too"
    if global_sign_in(case.sign_in.posted_to):
        return "at a global sign-in endpoint the user must be in both Regions"
    return "the cause is outside this recording"


@rule(
    id="user-not-checked",
    title="Connect does not know the user; why is not checked",
    remedy="Connect admin: compare with a complete list of the instance's users and diagnose again. In a notebook, list the users of the instance (its ID and Region) or open a saved list; on the command line, 'connect-saml users --instance-id ID --region REGION --output users.json' saves one, and 'aws connect list-users' does too.",
    docs=TROUBLESHOOT,
)
def user_not_checked(case: Case) -> Answer:
    """Could Connect's 'not onboarded' be compared with the instance's users?"""
    if not not_onboarded(case) or case.list_is_complete:
        return PASSED
    why = {
        Relation.NONE: "no list of the instance's users was given",
        Relation.OTHER: "the list given is of another instance",
    }.get(case.relation, "the list of users is incomplete")
    near = f" Closest in the list: {quoted(case.candidates[0].user.username)}." if case.candidates else ""
    return Found(
        f"No Connect user matches {quoted(_name(case)) if _name(case) else 'the name in the response'}, and {why}.{near}",
        said_evidence(case),
    )


@names_setting(Topic.RELAY_STATE)
@rule(
    id="wrong-instance",
    title="The person is a user of another instance",
    remedy="IdP admin: correct the instance ID and Region in the application's relay state, or give the person the application of the other instance. Connect admin: or create the user in this instance too.",
    docs=CONNECT_SAML,
)
def wrong_instance(case: Case) -> Answer:
    """Did the sign-in go to the instance in which the person is a user?

    The list of users tells, or the account's instances: the relay state's ID is in another Region, or is none of them.
    """
    elsewhere = instance_elsewhere(case)
    if elsewhere:
        return Found(
            elsewhere, place(case, "ListInstances"), commands=cli.list_instances(case.sign_in.region or "REGION")
        )
    if case.users is None and case.sign_in.outcome is Outcome.FEDERATE_NOT_FOUND:
        return unanswered(case, "instances", "aws connect list-instances in each Region")
    reason = missing(Need.NAME, case)
    if reason or case.users is None:
        return Skipped(reason) if reason else Skipped("No list of Connect users was given.", Lack.USERS)
    if case.relation is not Relation.OTHER:
        return PASSED if case.exact else Skipped("No list of another instance was given.")
    if case.sign_in.outcome is Outcome.OPENED or (case.sign_in.opened_before and not not_onboarded(case)):
        return PASSED
    if case.exact is None:
        return Skipped("The list given is of another instance and does not hold the name.", Lack.USERS)
    went = " ".join(filter(None, (case.sign_in.instance_id, case.sign_in.region)))
    has = " ".join(filter(None, (case.users.instance_id, case.users.region)))
    return Found(
        f"{quoted(_name(case))} is a user of instance {has}, but the sign-in went to {went or 'another one'}.",
        users_evidence(case, f"Username {quoted(_name(case))}"),
    )


@rule(
    id="user-changed-later",
    title="The user was changed after the recording",
    remedy="Connect admin: look at the newer state, a sign-in now may end otherwise. The person: record again if it still fails.",
    docs=TROUBLESHOOT,
    severity=Severity.INFO,
    needs=[Need.NAME, Need.USERS],
    verdict=False,
)
def user_changed_later(case: Case) -> Answer:
    """Are the users that could be meant unchanged since the recording?"""
    started = case.sign_in.started
    later = [m.user for m in case.candidates if started and m.user.last_modified and m.user.last_modified > started]
    if not later:
        return PASSED
    return Found(
        f"{quoted(later[0].username)} was created or changed after this sign-in, at {later[0].last_modified:%Y-%m-%d %H:%M} UTC.",
        users_evidence(case, quoted(later[0].username)),
    )


RULES = (
    user_case_differs,
    duplicate_profiles,
    user_near_miss,
    user_name_impossible,
    user_missing,
    user_exists_but_refused,
    user_not_checked,
    wrong_instance,
    user_changed_later,
)
