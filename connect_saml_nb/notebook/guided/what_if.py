"""A hypothetical verdict: what another name or other users would lead to.

Only one question is asked: would Amazon Connect find the user? Everything else stays as it was recorded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connect_saml_nb.diagnosis import collect_inputs, judge
from connect_saml_nb.matching import impossible_reason, passes_sts
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import ROLE_SESSION_NAME, Attribute
from connect_saml_nb.model.signin import AwsMessage, Outcome
from connect_saml_nb.model.users import MatchKind, User, Users
from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.saml import Assertion
    from connect_saml_nb.model.signin import SignIn
    from connect_saml_nb.model.text import Text
    from connect_saml_nb.model.users import Match

_ABOUT_USERS = {
    *("user-case-differs", "duplicate-profiles", "user-near-miss", "user-missing", "user-not-checked"),
    *("wrong-instance", "user-exists-but-refused", "capture-incomplete", Verdict.SIGNED_IN),
}


@dataclass(frozen=True, slots=True)
class Supposition:
    """What is supposed: another name (None: the recording's), and users that are there or not, one a line or comma."""

    name: str | None = None
    added: str = ""
    removed: str = ""


@dataclass(frozen=True, slots=True)
class Supposed:
    """What would follow: whether Connect would find the user (None: unknown), why, and who could be meant."""

    is_found: bool | None
    headline: str
    why: Text | str
    name: str
    users: int
    matches: tuple[Match, ...]
    note: str = ""


def suppose(sign_in_diagnosis: SignInDiagnosis, diagnosis: Diagnosis, supposition: Supposition) -> Supposed | None:
    """What would follow; None where the recording holds no assertion whose name could be another."""
    name = sign_in_diagnosis.sign_in.role_session_name if supposition.name is None else supposition.name
    assertion = sign_in_diagnosis.sign_in.assertion
    if not name or assertion is None or diagnosis.capture is None:
        return None
    users = _users(sign_in_diagnosis, supposition)
    sign_in = _sign_in(sign_in_diagnosis.sign_in, assertion, name)
    judged = judge(diagnosis.capture, sign_in, (sign_in,), collect_inputs(users, verify=False))
    return _supposed(sign_in_diagnosis, judged, name, users)


def _supposed(before: SignInDiagnosis, judged: SignInDiagnosis, name: str, users: Users) -> Supposed:
    found, headline, why = _answer(judged, name, users)
    return Supposed(found, headline, why, name, len(users), judged.matches, _note(before))


def _answer(judged: SignInDiagnosis, name: str, users: Users) -> tuple[bool | None, str, Text | str]:
    """Whether Connect would find the user (None: the list does not show it), in a line, and why."""
    problem = _problem(name)
    if problem:
        return False, "AWS or Amazon Connect would not take this name.", problem
    exact = any(m.kind is MatchKind.EXACT for m in judged.matches)
    if exact and not any(twin.username != name for twin in judged.case_variants):
        return True, "Amazon Connect would find the user.", "Exactly one user has this name, letter for letter."
    if not users:
        return None, "No users are there to look among.", "Give a list in step 2, or enter who would be there."
    if not users.complete and not exact:
        why = "The list is incomplete: the user can be among those who are not in it."
        return None, "This list does not tell whether Amazon Connect would find the user.", why
    return False, f"Amazon Connect would not find the user: {judged.verdict.headline}.", judged.summary


def _problem(name: str) -> str:
    if not passes_sts(name):
        return "AWS takes 2 to 64 letters, digits and _ = , . @ + - as RoleSessionName, and nothing else."
    reason = impossible_reason(name)
    return str(reason.capitalized()) if reason else ""


def _note(before: SignInDiagnosis) -> str:
    if before.verdict in _ABOUT_USERS:
        return ""
    return "The recording’s own cause is about something else: it stays, whatever the name and the users are."


def _users(sign_in_diagnosis: SignInDiagnosis, supposition: Supposition) -> Users:
    """The list with what is supposed of it; of the sign-in's own instance, for it is the one that is asked about."""
    real = sign_in_diagnosis.users
    removed = set(_names(supposition.removed))
    remaining = tuple(u for u in (real.users if real else ()) if u.username not in removed)
    known = {u.username for u in remaining}
    added = tuple(User(username=name) for name in _names(supposition.added) if name not in known)
    sign_in = sign_in_diagnosis.sign_in
    start = real or Users("supposed users", (), complete=True)
    return replace(start, users=remaining + added, instance_id=sign_in.instance_id, region=sign_in.region, notes=())


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in re.split(r"[,;\n]", text) if part.strip()))


def _sign_in(sign_in: SignIn, assertion: Assertion, name: str) -> SignIn:
    """The sign-in with another name, as if AWS had taken the response and Connect had looked for the user."""
    named = [a for a in assertion.attributes if a.name != ROLE_SESSION_NAME]
    changed = replace(assertion, attributes=(*named, Attribute(ROLE_SESSION_NAME, (name,))))
    message = replace(sign_in.message, assertions=(changed,)) if sign_in.message else None
    return replace(sign_in, message=message, outcome=Outcome.SAID, said=AwsMessage.NOT_ONBOARDED, accepted=True)
