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
from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connect_saml_nb.model.diagnosis import RuleContext

#: The causes of a refused response, the first that is found decides.
RESPONSE_CAUSES = (
    Verdict.ASSERTION_REDACTED,
    Verdict.ASSERTION_DAMAGED,
    Verdict.IDP_ERROR,
    Verdict.PROVIDER_MISSING,
    Verdict.ISSUER_MISMATCH,
    Verdict.SIGNATURE_INVALID,
    Verdict.ASSERTION_NOT_YET_VALID,
    Verdict.ASSERTION_EXPIRED,
    Verdict.DESTINATION_WRONG,
    Verdict.RECIPIENT_WRONG,
    Verdict.AUDIENCE_WRONG,
    Verdict.ROLE_MISSING,
    Verdict.ROLE_MALFORMED,
    Verdict.ROLE_SESSION_NAME_MISSING,
    Verdict.ROLE_SESSION_NAME_INVALID,
    Verdict.SOURCE_IDENTITY_INVALID,
    Verdict.SESSION_DURATION_INVALID,
    Verdict.SESSION_TAGS_REFUSED,
)
_NAME_CAUSES = (Verdict.USER_CASE_DIFFERS, Verdict.DUPLICATE_PROFILES, Verdict.USER_NEAR_MISS, Verdict.USER_MISSING)
_OF_MESSAGE = {
    AwsMessage.FEDERATION_DENIED: Verdict.FEDERATION_DENIED,
    AwsMessage.NOT_FOUND_IN_REPLICA: Verdict.REPLICA_NOT_READY,
    AwsMessage.NAME_REQUIRED: Verdict.ROLE_SESSION_NAME_MISSING,
    AwsMessage.NAME_INVALID: Verdict.ROLE_SESSION_NAME_INVALID,
    AwsMessage.NOT_AUTHORIZED: Verdict.ROLE_NOT_ASSUMABLE,
    AwsMessage.SOURCE_IDENTITY: Verdict.SOURCE_IDENTITY_INVALID,
    AwsMessage.SIGNATURE: Verdict.SIGNATURE_INVALID,
    AwsMessage.ISSUER: Verdict.ISSUER_MISMATCH,
    AwsMessage.AUDIENCE: Verdict.AUDIENCE_WRONG,
    AwsMessage.PROVIDER: Verdict.PROVIDER_MISSING,
    AwsMessage.DURATION: Verdict.SESSION_DURATION_INVALID,
    AwsMessage.EXPIRED: Verdict.ASSERTION_EXPIRED,
    AwsMessage.DESTINATION: Verdict.DESTINATION_WRONG,
    AwsMessage.RECIPIENT: Verdict.RECIPIENT_WRONG,
    AwsMessage.TAGS: Verdict.SESSION_TAGS_REFUSED,
    AwsMessage.IDP_REJECTED: Verdict.IDP_ERROR,
    AwsMessage.SESSION_EXPIRED: Verdict.SESSION_EXPIRED,
}


def verdict(context: RuleContext, found: frozenset[Verdict]) -> Verdict:
    """Give the one verdict of a sign-in; `found` are the verdicts that findings support."""
    sign_in = context.sign_in
    if sign_in.outcome is Outcome.SAID:
        return _after_text(context, found)
    if sign_in.outcome is Outcome.OPENED:
        blocked = Verdict.SIGN_IN_BLOCKED in found and not sign_in.in_use
        return Verdict.SIGN_IN_BLOCKED if blocked else Verdict.SIGNED_IN
    if sign_in.outcome in _BY_PLACE:
        return _BY_PLACE[sign_in.outcome]
    if sign_in.outcome in {Outcome.NOT_ANSWERED, Outcome.PASTED}:
        return _unanswered(context, found)
    if sign_in.outcome is Outcome.RESPONSE_STOPPED:
        return _refused_response(context, found, Verdict.OUTCOME_UNKNOWN)
    if sign_in.outcome is Outcome.SESSION_ENDED:
        return Verdict.CAPTURE_INCOMPLETE if sign_in.embedded_in else Verdict.SESSION_EXPIRED
    return _after_place(context, found)


_BY_PLACE = {
    Outcome.BLOCKED: Verdict.SIGN_IN_BLOCKED,
    Outcome.IDP_REFUSED: Verdict.IDP_ERROR,
    Outcome.IDP_STOPPED: Verdict.CAPTURE_INCOMPLETE,
    Outcome.CONNECT_STOPPED: Verdict.OUTCOME_UNKNOWN,
}


def _after_text(context: RuleContext, found: frozenset[Verdict]) -> Verdict:
    said = context.sign_in.said
    if said is AwsMessage.NOT_ONBOARDED:
        return _users(context, found)
    if said is AwsMessage.SESSION_EXPIRED and context.sign_in.embedded_in:
        return Verdict.CAPTURE_INCOMPLETE
    if said is AwsMessage.BAD_REQUEST or said is None:
        return Verdict.OUTCOME_UNKNOWN
    return _OF_MESSAGE.get(said) or _refused_response(context, found, Verdict.RESPONSE_REFUSED)


def _refused_response(context: RuleContext, found: frozenset[Verdict], otherwise: Verdict) -> Verdict:
    """Judge a response that AWS did not take, without a text that says why."""
    first = _first(found, RESPONSE_CAUSES)
    if first:
        return first
    if (
        otherwise == Verdict.OUTCOME_UNKNOWN and Verdict.ROLE_NOT_ASSUMABLE in found
    ):  # T4: with evidence from the account
        return Verdict.ROLE_NOT_ASSUMABLE
    message = context.sign_in.message
    return Verdict.ASSERTION_ENCRYPTED if message and message.state is MessageState.ENCRYPTED else otherwise


def _unanswered(context: RuleContext, found: frozenset[Verdict]) -> Verdict:
    """AWS's answer is not in the recording: only the users can prove a cause."""
    proof = _first(found, _NAME_CAUSES) if context.list_is_complete and not context.exact else None
    return proof or Verdict.CAPTURE_INCOMPLETE


def _after_place(context: RuleContext, found: frozenset[Verdict]) -> Verdict:
    """AWS answered, and no text can be read."""
    sign_in = context.sign_in
    if sign_in.outcome is Outcome.ROLE_CHOICE:
        return Verdict.ROLE_NOT_CHOSEN
    if sign_in.outcome is Outcome.CONSOLE_HOME:
        return _first(found, (Verdict.RELAY_STATE_MISSING, Verdict.RELAY_STATE_INVALID)) or Verdict.OUTCOME_UNKNOWN
    if sign_in.outcome is Outcome.FEDERATE_NOT_FOUND:
        return _first(found, (Verdict.WRONG_INSTANCE, Verdict.RELAY_STATE_INVALID)) or Verdict.OUTCOME_UNKNOWN
    if sign_in.outcome is Outcome.REFUSED_IN_CONNECT:
        return (
            Verdict.NOT_AUTHORIZED_IN_CONNECT if sign_in.accepted or sign_in.opened_before else Verdict.OUTCOME_UNKNOWN
        )
    if sign_in.outcome is Outcome.CONSOLE_LOGIN:
        return Verdict.OUTCOME_UNKNOWN if sign_in.message or sign_in.expects_message else Verdict.SESSION_EXPIRED
    if not sign_in.message and not sign_in.expects_message:
        return Verdict.OUTCOME_UNKNOWN
    if Verdict.FEDERATION_DENIED in found:  # T4: with evidence from the account
        return Verdict.FEDERATION_DENIED
    cause = _users(context, found)
    return Verdict.OUTCOME_UNKNOWN if cause in {Verdict.USER_NOT_CHECKED, Verdict.USER_EXISTS_BUT_REFUSED} else cause


def _users(context: RuleContext, found: frozenset[Verdict]) -> Verdict:
    """AWS found no Connect user: say which one was meant."""
    unread = _unread(context)
    if unread:
        return unread
    if Verdict.NOT_SAML_INSTANCE in found:
        return Verdict.NOT_SAML_INSTANCE
    if context.relation is Relation.OTHER:
        return Verdict.WRONG_INSTANCE if context.exact else Verdict.USER_NOT_CHECKED
    if context.exact:
        if global_sign_in(context.sign_in.posted_to) and context.list_is_complete:
            return Verdict.REPLICA_NOT_READY
        if context.list_is_complete:
            return (
                Verdict.DUPLICATE_PROFILES if Verdict.DUPLICATE_PROFILES in found else Verdict.USER_EXISTS_BUT_REFUSED
            )
    if not context.list_is_complete:
        return Verdict.USER_NOT_CHECKED
    order = (
        Verdict.DUPLICATE_PROFILES,
        Verdict.USER_CASE_DIFFERS,
        Verdict.USER_NAME_IMPOSSIBLE,
        Verdict.USER_NEAR_MISS,
        Verdict.USER_MISSING,
    )
    return _first(found, order) or Verdict.USER_NOT_CHECKED


def _unread(context: RuleContext) -> Verdict | None:
    """The verdict where the name cannot be read, or None."""
    sign_in = context.sign_in
    if sign_in.role_session_name is not None:
        return None
    if sign_in.message is None:
        return (
            Verdict.ASSERTION_REDACTED if sign_in.expects_message and sign_in.posted_at else Verdict.CAPTURE_INCOMPLETE
        )
    states = {
        MessageState.REDACTED: Verdict.ASSERTION_REDACTED,
        MessageState.DAMAGED: Verdict.ASSERTION_DAMAGED,
        MessageState.ENCRYPTED: Verdict.ASSERTION_ENCRYPTED,
    }
    return states.get(sign_in.message.state, Verdict.OUTCOME_UNKNOWN)


def _first(found: frozenset[Verdict], order: Iterable[Verdict]) -> Verdict | None:
    return next((v for v in order if v in found), None)


def worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Find the verdict of a capture: its worst sign-in's, the last of equals; None without sign-ins."""
    found: Verdict | None = None
    for each in verdicts:
        if found is None or each.rank >= found.rank:
            found = each
    return found
