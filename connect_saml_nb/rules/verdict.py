"""Findings and outcome -> the one verdict of a sign-in: the most specific cause that the evidence supports.

The order of decisions is the contract's (docs/contract.md): a known text decides where one can be read,
the place where the sign-in stopped where none can, and users are compared only where AWS looked for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.aws.urls import global_sign_in
from connect_saml_nb.model.diagnosis import Relation
from connect_saml_nb.model.saml import MessageState
from connect_saml_nb.model.signin import AwsMessage, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connect_saml_nb.model.diagnosis import RuleContext

SIGNED_IN = "signed-in"
#: The causes of a refused response, the first that is found decides.
RESPONSE_CAUSES = (
    "assertion-redacted",
    "assertion-damaged",
    "idp-error",
    "provider-missing",
    "issuer-mismatch",
    "signature-invalid",
    "assertion-not-yet-valid",
    "assertion-expired",
    "destination-wrong",
    "recipient-wrong",
    "audience-wrong",
    "role-missing",
    "role-malformed",
    "role-session-name-missing",
    "role-session-name-invalid",
    "source-identity-invalid",
    "session-duration-invalid",
    "session-tags-refused",
)
_NAME_CAUSES = ("user-case-differs", "duplicate-profiles", "user-near-miss", "user-missing")
#: Verdicts that leave the cause open.
NOT_JUDGED = frozenset(
    {
        "capture-incomplete",
        "user-not-checked",
        "assertion-encrypted",
        "assertion-redacted",
        "assertion-damaged",
        "response-refused",
        "outcome-unknown",
        "no-sign-in",
    }
)
_SAID_VERDICTS = {
    said: said.value
    for said in (
        AwsMessage.FEDERATION_DENIED,
        AwsMessage.NOT_FOUND_IN_REPLICA,
        AwsMessage.NAME_REQUIRED,
        AwsMessage.NAME_INVALID,
        AwsMessage.NOT_AUTHORIZED,
        AwsMessage.SOURCE_IDENTITY,
        AwsMessage.SIGNATURE,
        AwsMessage.ISSUER,
        AwsMessage.AUDIENCE,
        AwsMessage.PROVIDER,
        AwsMessage.DURATION,
        AwsMessage.EXPIRED,
        AwsMessage.DESTINATION,
        AwsMessage.RECIPIENT,
        AwsMessage.TAGS,
        AwsMessage.IDP_REJECTED,
        AwsMessage.SESSION_EXPIRED,
    )
}


def verdict(context: RuleContext, found: frozenset[str]) -> str:
    """Give the one verdict of a sign-in; `found` are the verdicts that findings support."""
    sign_in = context.sign_in
    if sign_in.outcome is Outcome.SAID:
        return _after_text(context, found)
    if sign_in.outcome in _BY_PLACE:
        return _BY_PLACE[sign_in.outcome]
    if sign_in.outcome in {Outcome.NOT_ANSWERED, Outcome.PASTED}:
        return _unanswered(context, found)
    if sign_in.outcome is Outcome.RESPONSE_STOPPED:
        return _refused_response(context, found, "outcome-unknown")
    if sign_in.outcome is Outcome.SESSION_ENDED:
        return "capture-incomplete" if sign_in.embedded_in else "session-expired"
    return _after_place(context, found)


_BY_PLACE = {
    Outcome.OPENED: SIGNED_IN,
    Outcome.BLOCKED: "sign-in-blocked",
    Outcome.IDP_REFUSED: "idp-error",
    Outcome.IDP_STOPPED: "capture-incomplete",
    Outcome.CONNECT_STOPPED: "outcome-unknown",
}


def _after_text(context: RuleContext, found: frozenset[str]) -> str:
    said = context.sign_in.said
    if said is AwsMessage.NOT_ONBOARDED:
        return _users(context, found)
    if said is AwsMessage.SESSION_EXPIRED and context.sign_in.embedded_in:
        return "capture-incomplete"
    if said is AwsMessage.BAD_REQUEST or said is None:
        return "outcome-unknown"
    return _SAID_VERDICTS.get(said) or _refused_response(context, found, "response-refused")


def _refused_response(context: RuleContext, found: frozenset[str], otherwise: str) -> str:
    """Judge a response that AWS did not take, without a text that says why."""
    first = _first(found, RESPONSE_CAUSES)
    if first:
        return first
    if otherwise == "outcome-unknown" and "role-not-assumable" in found:  # T4: with evidence from the account
        return "role-not-assumable"
    message = context.sign_in.message
    return "assertion-encrypted" if message and message.state is MessageState.ENCRYPTED else otherwise


def _unanswered(context: RuleContext, found: frozenset[str]) -> str:
    """AWS's answer is not in the recording: only the users can prove a cause."""
    proof = _first(found, _NAME_CAUSES) if context.list_is_complete and not context.exact else None
    return proof or "capture-incomplete"


def _after_place(context: RuleContext, found: frozenset[str]) -> str:
    """AWS answered, and no text can be read."""
    sign_in = context.sign_in
    if sign_in.outcome is Outcome.ROLE_CHOICE:
        return "role-not-chosen"
    if sign_in.outcome is Outcome.CONSOLE_HOME:
        return _first(found, ("relay-state-missing", "relay-state-invalid")) or "outcome-unknown"
    if sign_in.outcome is Outcome.FEDERATE_NOT_FOUND:
        return _first(found, ("wrong-instance", "relay-state-invalid")) or "outcome-unknown"
    if sign_in.outcome is Outcome.REFUSED_IN_CONNECT:
        return "not-authorized-in-connect" if sign_in.accepted or sign_in.opened_before else "outcome-unknown"
    if sign_in.outcome is Outcome.CONSOLE_LOGIN:
        return "outcome-unknown" if sign_in.message or sign_in.expects_message else "session-expired"
    if not sign_in.message and not sign_in.expects_message:
        return "outcome-unknown"
    if "federation-denied" in found:  # T4: with evidence from the account
        return "federation-denied"
    cause = _users(context, found)
    return "outcome-unknown" if cause in {"user-not-checked", "user-exists-but-refused"} else cause


def _users(context: RuleContext, found: frozenset[str]) -> str:
    """AWS found no Connect user: say which one was meant."""
    unread = _unread(context)
    if unread:
        return unread
    if "not-saml-instance" in found:
        return "not-saml-instance"
    if context.relation is Relation.OTHER:
        return "wrong-instance" if context.exact else "user-not-checked"
    if context.exact:
        if global_sign_in(context.sign_in.posted_to) and context.list_is_complete:
            return "replica-not-ready"
        if context.list_is_complete:
            return "duplicate-profiles" if "duplicate-profiles" in found else "user-exists-but-refused"
    if not context.list_is_complete:
        return "user-not-checked"
    order = ("duplicate-profiles", "user-case-differs", "user-name-impossible", "user-near-miss", "user-missing")
    return _first(found, order) or "user-not-checked"


def _unread(context: RuleContext) -> str | None:
    """The verdict where the name cannot be read, or None."""
    sign_in = context.sign_in
    if sign_in.role_session_name is not None:
        return None
    if sign_in.message is None:
        return "assertion-redacted" if sign_in.expects_message and sign_in.posted_at else "capture-incomplete"
    states = {
        MessageState.REDACTED: "assertion-redacted",
        MessageState.DAMAGED: "assertion-damaged",
        MessageState.ENCRYPTED: "assertion-encrypted",
    }
    return states.get(sign_in.message.state, "outcome-unknown")


def _first(found: frozenset[str], order: Iterable[str]) -> str | None:
    return next((v for v in order if v in found), None)


def rank(name: str) -> int:
    """How much a sign-in's verdict weighs for its capture's: named fault, not judged, signed in."""
    if name == SIGNED_IN:
        return 0
    return 1 if name in NOT_JUDGED else 2


def worst(verdicts: Iterable[str]) -> str | None:
    """Find the verdict of a capture: its worst sign-in's, the last of equals; None without sign-ins."""
    found: str | None = None
    for each in verdicts:
        if found is None or rank(each) >= rank(found):
            found = each
    return found
