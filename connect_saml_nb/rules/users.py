"""Is the person a user of the Connect instance, under exactly the name that the response carries?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.aws import cli
from connect_saml_nb.aws.arn import arn_owner
from connect_saml_nb.aws.urls import global_sign_in
from connect_saml_nb.idp.products import Topic
from connect_saml_nb.matching import difference, impossible_reason, passes_sts
from connect_saml_nb.model.diagnosis import Relation, RuleContext
from connect_saml_nb.model.finding import Action, Actor, Command, EvidencePlace, MissingInput, Severity
from connect_saml_nb.model.saml import NAME_ID
from connect_saml_nb.model.signin import Outcome, SignIn
from connect_saml_nb.model.text import Phrase, Text, bare, joined, quoted, text
from connect_saml_nb.model.users import MatchKind, User
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.rules.account_facts import instance_elsewhere, place, unanswered
from connect_saml_nb.rules.facts import (
    CONNECT_SAML,
    CREATE_USER,
    TROUBLESHOOT,
    message_evidence,
    names_setting,
    not_onboarded,
    said_evidence,
    users_evidence,
)
from connect_saml_nb.rules.rule import (
    PASSED,
    Answer,
    Found,
    Requirement,
    Skipped,
    connect_admin,
    idp_admin,
    missing,
    rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NEW_USER = [
    connect_admin(
        "a username cannot be changed; create a user under the new name. Deleting the old user cannot be undone.",
        condition="if that is not possible",
    )
]
_FIX_CLAIM = [
    idp_admin("make the application send exactly the Connect username as RoleSessionName.", condition="recommended"),
    *_NEW_USER,
]


def _name(context: RuleContext) -> str:
    return context.sign_in.role_session_name or ""


def _case_variants(context: RuleContext) -> tuple[User, ...]:
    """Users equal to the name except for letter case, the exact one left out."""
    return tuple(u for u in context.case_variants if u.username != _name(context))


def _match_evidence(context: RuleContext, users: tuple[User, ...]) -> tuple[EvidencePlace, ...]:
    names = joined(", ", (quoted(u.username) for u in users[:5]))
    compared = text("Username {}", names) if names else "no such Username"
    return (
        *message_evidence(context, text("RoleSessionName {}", quoted(_name(context)))),
        *users_evidence(context, compared),
    )


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    verdict=Verdict.USER_CASE_DIFFERS,
    remedy=_FIX_CLAIM,
    docs=CONNECT_SAML,
    needs=[Requirement.NAME, Requirement.USERS],
)
def user_case_differs(context: RuleContext) -> Answer:
    """Is there one Connect user that equals the RoleSessionName except for letter case?

    "All Amazon Connect usernames are case sensitive, even when using SAML."
    """
    case_variants = _case_variants(context)
    if context.exact or len(case_variants) != 1:
        return PASSED
    other = case_variants[0].username
    return Found(
        text(
            "The response says {}, the Connect user is {}: {}.",
            quoted(_name(context)),
            quoted(other),
            difference(_name(context), other),
        ),
        _match_evidence(context, case_variants),
        remedy=_claim_remedy(other),
    )


def _claim_remedy(username: str) -> list[Action]:
    claim = "make the application send {} as RoleSessionName, letter for letter."
    return [idp_admin(claim, quoted(username), condition="recommended"), *_NEW_USER]


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    verdict=Verdict.DUPLICATE_PROFILES,
    remedy=[
        connect_admin("decide which of the users is the right one."),
        idp_admin("send exactly its username as RoleSessionName."),
        connect_admin("remove the other one only if nothing depends on it; deleting a user cannot be undone."),
    ],
    docs=TROUBLESHOOT,
    needs=[Requirement.NAME, Requirement.USERS],
)
def duplicate_profiles(context: RuleContext) -> Answer:
    """Does the person have two profiles?

    AWS names "two separate profiles assigned to them with SSO" as a cause and does not explain it. Looked for are: users
    equal except for letter case; the same name signing in through another role or identity provider; two names of one
    person; a role of another account than the instance's.
    """
    case_variants = _case_variants(context)
    if case_variants and (context.exact or len(case_variants) > 1):
        users = (*([context.exact] if context.exact else []), *case_variants)
        names = joined(" and ", (quoted(u.username) for u in users[:5]))
        return Found(
            text("There are {} Connect users that differ only in letter case: {}.", len(users), names),
            _match_evidence(context, users),
        )
    readings = other_profiles(context) if context.exact and _found_no_user(context) else ()
    if readings:
        return Found(joined(" ", readings), _match_evidence(context, (context.exact,) if context.exact else ()))
    return PASSED


def _found_no_user(context: RuleContext) -> bool:
    """Whether AWS said so, or stopped without a readable text where it looks for the user (contract T4)."""
    return not_onboarded(context) or context.sign_in.outcome is Outcome.FEDERATE_STOPPED


class Reading(NamedTuple):
    """Evidence for a reading of 'two separate profiles' other than users equal except for letter case, as a sentence."""

    reading: str
    why: Text


def other_profiles(context: RuleContext) -> tuple[Text, ...]:
    """Evidence in this capture for another reading of 'two profiles', as sentences."""
    account = context.users.account if context.users else None
    return tuple(found.why for found in other_readings(context.sign_in, context.others, account))


def other_readings(sign_in: SignIn, others: Iterable[SignIn], account: str | None) -> tuple[Reading, ...]:
    """As `other_profiles`, for a sign-in, the capture's other ones, and the AWS account of the instance if known."""
    found = [reading for other in others for reading in _readings(sign_in, other)]
    role = _role_account(sign_in)
    if len(sign_in.roles) > 1 and role and account and role != account:
        why = text("The role that was chosen is in account {}, the instance in account {}.", bare(role), bare(account))
        found.append(Reading("role of another account", why))
    return tuple(dict.fromkeys(found))


def _readings(ours: SignIn, theirs: SignIn) -> Iterator[Reading]:
    if not ours.assertion or not theirs.assertion:
        return
    other_name = quoted(theirs.role_session_name)
    same_name = ours.role_session_name == theirs.role_session_name
    if same_name and (ours.assertion.issuer, ours.roles) != (theirs.assertion.issuer, theirs.roles):
        why = text("The same RoleSessionName also signs in through another identity provider or role in this capture.")
        yield Reading("another role or identity provider", why)
    if same_name or ours.assertion.issuer != theirs.assertion.issuer:
        return
    if ours.assertion.name_id == theirs.assertion.name_id:
        yield Reading(
            "two names of one person", text("The same person also signs in as {} in this capture.", other_name)
        )
    else:
        why = text("Another account of the identity provider, {}, also signs in in this capture.", other_name)
        yield Reading("two accounts at the identity provider", why)


def _role_account(sign_in: SignIn) -> str | None:
    owner = arn_owner(sign_in.chosen_role)
    return owner[1] if owner else None


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    verdict=Verdict.USER_NEAR_MISS,
    remedy=_FIX_CLAIM,
    docs=TROUBLESHOOT,
    needs=[Requirement.NAME, Requirement.USERS],
)
def user_near_miss(context: RuleContext) -> Answer:
    """Is there, instead of an exact user, one whose name differs in a way that has a name?

    White space, look-alike characters, another or no mail domain, a +tag, a Windows name, one letter.
    """
    best = context.candidates[0] if context.candidates else None
    if best is None or best.kind in {MatchKind.EXACT, MatchKind.CASE} or context.exact or _case_variants(context):
        return PASSED
    same = [m for m in context.candidates if m.kind is best.kind]
    more = text(" ({} users differ in this way)", len(same)) if len(same) > 1 else ""
    return Found(
        text(
            "The response says {}, a Connect user is {}: {}{}.",
            quoted(_name(context)),
            quoted(best.user.username),
            difference(_name(context), best.user.username),
            more,
        ),
        _match_evidence(context, tuple(m.user for m in same)),
        remedy=[connect_admin("make sure that {} is this person.", quoted(best.user.username)), *_FIX_CLAIM],
    )


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    verdict=Verdict.USER_NAME_IMPOSSIBLE,
    remedy={
        Actor.IDP_ADMIN: "map RoleSessionName to an attribute that can be a Connect username: letters, digits, _ - . and an @ only as in a mail address with a full domain, at most 64 characters.",
        Actor.CONNECT_ADMIN: "the user must have exactly that name.",
    },
    docs=CREATE_USER,
    needs=[Requirement.NAME],
)
def user_name_impossible(context: RuleContext) -> Answer:
    """Can a Connect user have the RoleSessionName as its username?

    STS takes + = , in a RoleSessionName, Connect's documented username pattern does not; an @ must be part of a mail
    address.
    """
    reason = _impossible(context)
    if reason is None or context.exact:
        return PASSED
    severity = None if not_onboarded(context) and context.list_is_complete else Severity.WARNING
    return Found(
        text("{} can never be a Connect username: {}", quoted(_name(context)), reason),
        message_evidence(context, quoted(_name(context))),
        remedy=_send_the_other(context),
        severity=severity,
    )


def _impossible(context: RuleContext) -> Text | None:
    """Why no Connect user can have the name; a name that STS refuses is a matter of role-session-name-invalid."""
    return impossible_reason(_name(context)) if passes_sts(_name(context)) else None


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    verdict=Verdict.USER_MISSING,
    remedy={
        Actor.CONNECT_ADMIN: "create the user with exactly this name, without Email and password (an instance with SAML refuses them).",
        Actor.IDP_ADMIN: "or send the username that the person really has.",
    },
    docs=TROUBLESHOOT,
    needs=[Requirement.NAME, Requirement.USERS],
)
def user_missing(context: RuleContext) -> Answer:
    """Does the instance have a user of this name, or anything like it?"""
    if context.candidates or _impossible(context):
        return PASSED
    count = len(context.users) if context.users else 0
    return Found(
        text("None of the {} Connect users in the list is {} or similar to it.", f"{count:,}", quoted(_name(context))),
        _match_evidence(context, ()),
        remedy=_send_the_other(context),
        commands=() if context.other_names else _create_user(context),
    )


def _send_the_other(context: RuleContext) -> list[Action]:
    """What to do where another value of the response is a user's name: creating one more would give two profiles."""
    best = next(iter(context.other_names), None)
    if best is None or context.relation is Relation.OTHER:
        return []
    user = quoted(best.match.user.username)
    where = "NameID" if best.attribute == NAME_ID else text("attribute {}", quoted(best.attribute))
    exact = best.match.kind is MatchKind.EXACT
    claim = (
        text("send the {} as RoleSessionName: it is {}, a Connect user.", where, user)
        if exact
        else text(
            "send {} as RoleSessionName: the {} is {}, nearly that Connect user.", user, where, quoted(best.value)
        )
    )
    return [
        idp_admin("{}", claim, condition="recommended"),
        connect_admin(
            "make sure that {} is this person, and create {} only if not: two profiles of one person also stop the sign-in.",
            user,
            quoted(_name(context)),
        ),
    ]


def _create_user(context: RuleContext) -> tuple[Command, ...]:
    """The command that makes the user; a SAML instance takes neither password nor (as the API says) an Email."""
    sign_in = context.sign_in
    if not sign_in.instance_id or not sign_in.region:
        return ()
    return cli.create_user(sign_in.instance_id, sign_in.region, _name(context))


@rule(
    verdict=Verdict.USER_EXISTS_BUT_REFUSED,
    remedy={
        Actor.CONNECT_ADMIN: "if the user was created or changed after the recording, let the person sign in again. Otherwise check that the sign-in goes to this instance and that the person has only one user, and ask AWS Support, quoting the recording's times."
    },
    docs=TROUBLESHOOT,
    needs=[Requirement.NAME, Requirement.USERS],
)
def user_exists_but_refused(context: RuleContext) -> Answer:
    """Was a person refused as 'not onboarded' whose exact name is in the list?"""
    user = context.exact
    if user is None or not not_onboarded(context):
        return PASSED
    return Found(
        text(
            "The user {} is in the list, but Connect did not find it: {}.",
            quoted(user.username),
            _why_refused(context, user),
        ),
        (*said_evidence(context), *users_evidence(context, text("Username {}", quoted(user.username)))),
    )


def _why_refused(context: RuleContext, user: User) -> Phrase:
    started = context.sign_in.started
    if user.last_modified and started and user.last_modified > started:
        return text("it was created or changed after this sign-in, at {} UTC", f"{user.last_modified:%Y-%m-%d %H:%M}")
    if _case_variants(context) or other_profiles(context):
        return "the person has another profile as well"
    if global_sign_in(context.sign_in.posted_to):
        return "at a global sign-in endpoint the user must be in both Regions"
    return "the recording does not show why"


@rule(
    verdict=Verdict.USER_NOT_CHECKED,
    remedy={
        Actor.CONNECT_ADMIN: "compare with a complete list of the instance's users and diagnose again. In a notebook, list the users of the instance (its ID and Region) or open a saved list; on the command line, 'connect-saml users --instance-id ID --region REGION --output users.json' saves one, and 'aws connect list-users' does too."
    },
    docs=TROUBLESHOOT,
)
def user_not_checked(context: RuleContext) -> Answer:
    """Could Connect's 'not onboarded' be compared with the instance's users?"""
    if not not_onboarded(context) or context.list_is_complete:
        return PASSED
    why = {
        Relation.NONE: "no list of the instance's users was given",
        Relation.OTHER: "the list given is of another instance",
    }.get(context.relation, "the list of users is incomplete")
    near = text(" Closest in the list: {}.", quoted(context.candidates[0].user.username)) if context.candidates else ""
    return Found(
        text(
            "No Connect user matches {}, and {}.{}",
            quoted(_name(context)) if _name(context) else "the name in the response",
            why,
            near,
        ),
        said_evidence(context),
    )


@names_setting(Topic.RELAY_STATE)
@rule(
    verdict=Verdict.WRONG_INSTANCE,
    remedy={
        Actor.IDP_ADMIN: "correct the instance ID and Region in the application's relay state, or give the person the application of the other instance.",
        Actor.CONNECT_ADMIN: "or create the user in this instance too.",
    },
    docs=CONNECT_SAML,
)
def wrong_instance(context: RuleContext) -> Answer:
    """Did the sign-in go to the instance in which the person is a user?

    The list of users tells, or the account's instances: the relay state's ID is in another Region, or is none of them.
    """
    elsewhere = instance_elsewhere(context)
    if elsewhere:
        return Found(
            elsewhere, place(context, "ListInstances"), commands=cli.list_instances(context.sign_in.region or "REGION")
        )
    if context.users is None and context.sign_in.outcome is Outcome.FEDERATE_NOT_FOUND:
        return unanswered(context, "instances", "aws connect list-instances in each Region")
    reason = missing(Requirement.NAME, context)
    if reason or context.users is None:
        return Skipped(reason) if reason else Skipped("No list of Connect users was given.", MissingInput.USERS)
    if context.relation is not Relation.OTHER:
        return PASSED if context.exact else Skipped("No list of another instance was given.")
    if context.sign_in.outcome is Outcome.OPENED or (context.sign_in.opened_before and not not_onboarded(context)):
        return PASSED
    if context.exact is None:
        return Skipped("The list given is of another instance and does not hold the name.", MissingInput.USERS)
    went = joined(" ", map(bare, filter(None, (context.sign_in.instance_id, context.sign_in.region))))
    has = joined(" ", map(bare, filter(None, (context.users.instance_id, context.users.region))))
    return Found(
        text(
            "{} is a user of instance {}, but the sign-in went to {}.",
            quoted(_name(context)),
            has,
            went or "another one",
        ),
        users_evidence(context, text("Username {}", quoted(_name(context)))),
    )


@rule(
    id="user-changed-later",
    title="The user was changed after the recording",
    remedy={
        Actor.CONNECT_ADMIN: "check the user's current state; a sign-in may now end differently.",
        Actor.PERSON: "record again if it still fails.",
    },
    docs=TROUBLESHOOT,
    severity=Severity.INFO,
    needs=[Requirement.NAME, Requirement.USERS],
)
def user_changed_later(context: RuleContext) -> Answer:
    """Are the users that could be meant unchanged since the recording?"""
    started = context.sign_in.started
    later = [m.user for m in context.candidates if started and m.user.last_modified and m.user.last_modified > started]
    if not later:
        return PASSED
    return Found(
        text(
            "{} was created or changed after this sign-in, at {} UTC.",
            quoted(later[0].username),
            f"{later[0].last_modified:%Y-%m-%d %H:%M}",
        ),
        users_evidence(context, quoted(later[0].username)),
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
