"""A practice case as a trainee looks at it: the toolkit's pictures and tables without what its rules say.

What is shown comes from the templates in `render/html/training`. Nothing here reads the case's answer.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb import urls
from connect_saml_nb.aws import messages
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.signature import SignatureState
from connect_saml_nb.model.text import Text, quoted, text
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.notebook.attributes import REQUIRED, short_name
from connect_saml_nb.notebook.sign_in import picture, steps_table
from connect_saml_nb.notebook.training.grading import Part
from connect_saml_nb.render.html import Markup, render, when
from connect_saml_nb.signature import verification_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from connect_saml_nb.model.account import Evidence, Policy
    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.signature import Certificate, Metadata
    from connect_saml_nb.model.signin import SignIn
    from connect_saml_nb.model.users import Users
    from connect_saml_nb.training import PracticeCase

_XML_SHOWN = 3000


def without_verdict(diagnosis: SignInDiagnosis) -> SignInDiagnosis:
    """Give the facts of a sign-in alone: no verdict, no finding, no mark where it ended."""
    facts = replace(diagnosis.sign_in, last=None)
    return replace(
        diagnosis, sign_in=facts, verdict=Verdict.NO_SIGN_IN, summary=Text(), findings=(), passed=(), not_checked=()
    )


class ShownAttempt(NamedTuple):
    """What can be seen of one sign-in."""

    number: int
    picture: Markup
    steps: Markup
    pages: tuple[tuple[int, str, str], ...]
    response: Markup


def case_html(case: PracticeCase, diagnosis: Diagnosis, parts: Collection[Part] = tuple(Part)) -> Markup:
    """Everything that a trainee may look at; the response and the users are folded where they are not asked for."""
    return render(
        "training/case.html",
        attempts=[_attempt(without_verdict(each), case) for each in diagnosis.sign_ins],
        parts=set(parts),
        users=users_table(case.users),
        account=account_html(case.evidence),
        entries=diagnosis.capture.entries if diagnosis.capture else (),
        status=_status,
    )


def _attempt(diagnosis: SignInDiagnosis, case: PracticeCase) -> ShownAttempt:
    sign_in = diagnosis.sign_in
    response = response_html(sign_in, case.metadata)
    return ShownAttempt(sign_in.number, picture(diagnosis), steps_table(diagnosis), tuple(_pages(sign_in)), response)


def _pages(sign_in: SignIn) -> Iterator[tuple[int, str, str]]:
    """The text that a person sees on each page of the sign-in, secrets masked."""
    for entry in (step.entry for step in sign_in.steps):
        words = messages.shown_text(messages.visible_text(entry.body.text or ""))
        if words.strip():
            yield entry.index, _status(entry), words


def _status(entry: Entry) -> str:
    return str(entry.status or entry.error or "no answer")


# --- the response ------------------------------------------------------------------------------------------


def response_html(sign_in: SignIn, metadata: Sequence[Metadata] = ()) -> Markup:
    """The attributes with their values, and the other parts, without a word on what is right."""
    return render(
        "training/response.html",
        sign_in=sign_in,
        parts=tuple(_response_parts(sign_in)),
        signatures=tuple(_signatures(sign_in, metadata)) if sign_in.assertion else (),
        required=REQUIRED,
        short_name=short_name,
    )


def _response_parts(sign_in: SignIn) -> Iterator[tuple[str, str | None]]:
    yield "Posted to", urls.mask(sign_in.posted_to)
    if sign_in.posted_at:
        yield "Posted at", f"{when(sign_in.posted_at.time)}, by {sign_in.posted_at.clock}"
    yield "RelayState (where AWS should go next)", urls.mask(sign_in.relay_state)
    yield "Role chosen on AWS's page", sign_in.chosen_role
    response = sign_in.message.response if sign_in.message else None
    if response:
        yield "StatusCode", ", ".join(response.status)
        yield "StatusMessage", response.status_message
        yield "Destination (where the response says it goes)", urls.mask(response.destination)
    assertion = sign_in.assertion
    if assertion:
        yield "Issuer (the identity provider)", assertion.issuer
        yield "NameID (the person at the identity provider)", assertion.name_id
        yield "NameID format", assertion.name_id_format
        yield "Audience (whom it is for)", ", ".join(assertion.audiences)
        yield from (("Recipient (to whom to post it)", urls.mask(c.recipient)) for c in assertion.confirmations)
        yield from (("Recipient's NotOnOrAfter", when(c.not_on_or_after)) for c in assertion.confirmations)
        yield "Issued", when(assertion.issued)
        yield "NotBefore (valid from)", when(assertion.not_before)
        yield "NotOnOrAfter (valid until)", when(assertion.not_on_or_after)


_STATES = {
    SignatureState.INTACT: "what is signed was not changed since",
    SignatureState.BROKEN: "what is signed was changed since, or another key signed it",
    SignatureState.UNREADABLE: "could not be verified",
}


def _signatures(sign_in: SignIn, metadata: Sequence[Metadata]) -> Iterator[tuple[str | Text, Certificate | None]]:
    """Who signed, and which certificates the metadata names; nothing where no metadata was given."""
    for signature in verification_of(sign_in, metadata).signatures if metadata else ():
        yield f"Signature of the {signature.covers}: {_STATES[signature.state]}", signature.certificate
    for each in metadata:
        yield from ((text("Metadata of {}", quoted(each.entity_id)), found) for found in each.certificates)


# --- users and account -------------------------------------------------------------------------------------


def users_table(users: Users | None) -> Markup:
    """Every user of the list, and of which instance and when it was made."""
    return render("training/users.html", users=users)


def account_html(evidence: Evidence | None) -> Markup:
    """What the AWS account said, as it stands there; nothing where nobody asked."""
    if evidence is None:
        return Markup()
    return render(
        "training/account.html",
        evidence=evidence,
        policies=tuple(_policies(evidence)),
        metadata=tuple(_provider_metadata(evidence)),
    )


def _policies(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for role in evidence.roles:
        for policy in filter(None, (role.trust, *role.policies)):
            yield f"Role {role.name}: {policy.name}", _document(policy)


def _document(policy: Policy) -> str:
    try:
        return json.dumps(json.loads(policy.document), indent=2)
    except ValueError:
        return policy.document


_LONG = re.compile(r"[A-Za-z0-9+/=\s]{200,}")


def _provider_metadata(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for each in evidence.providers:
        if each.metadata:
            short = _LONG.sub("…", each.metadata)[:_XML_SHOWN]
            yield f"Metadata that IAM holds of {each.arn.rpartition('/')[2]}", short
