"""A practice case as a trainee looks at it: the toolkit's pictures and tables without what its rules say.

Values -> HTML, everything escaped. Nothing here reads the case's answer.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.aws import messages
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.signature import SignatureState
from connect_saml_nb.model.text import Text
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.notebook.attributes import REQUIRED, short_name
from connect_saml_nb.notebook.sign_in import picture, steps_table
from connect_saml_nb.notebook.training.grading import Part
from connect_saml_nb.notebook.training.snippets import esc, esc_lines, folded, items, masked, row, table, value, when
from connect_saml_nb.signature import verification_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from connect_saml_nb.model.account import Evidence, Policy
    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.saml import Attribute
    from connect_saml_nb.model.signature import Certificate, Metadata
    from connect_saml_nb.model.signin import SignIn
    from connect_saml_nb.model.users import Users
    from connect_saml_nb.training import PracticeCase

_REQUESTS_SHOWN = 300
_USERS_SHOWN = 200
_XML_SHOWN = 3000


def without_verdict(diagnosis: SignInDiagnosis) -> SignInDiagnosis:
    """Give the facts of a sign-in alone: no verdict, no finding, no mark where it ended."""
    facts = replace(diagnosis.sign_in, last=None)
    return replace(
        diagnosis, sign_in=facts, verdict=Verdict.NO_SIGN_IN, summary=Text(), findings=(), passed=(), not_checked=()
    )


def case_html(case: PracticeCase, diagnosis: Diagnosis, asked: Collection[Part] = tuple(Part)) -> str:
    """Everything that a trainee may look at; the response and the users are folded where they are not asked for."""
    sign_ins = [without_verdict(j) for j in diagnosis.sign_ins]
    several = len(sign_ins) > 1
    shown = "".join(_attempt(j, case, asked, several=several) for j in sign_ins)
    users = _part("The list of Connect users", users_table(case.users), "users", is_open=Part.USER in asked)
    nothing = "" if sign_ins else "<p>The toolkit sees no sign-in to AWS here. Look at all requests.</p>"
    return (
        f"{shown}{nothing}"
        f"{users}"
        f"{_part('What the AWS account says', account_html(case.evidence), 'account') if case.account else ''}"
        f"{_part('All requests of the recording', requests_table(diagnosis), 'requests', is_open=not sign_ins)}"
    )


def _attempt(diagnosis: SignInDiagnosis, case: PracticeCase, asked: Collection[Part], *, several: bool) -> str:
    sign_in = diagnosis.sign_in
    n = sign_in.number
    which = f"Attempt {n}: " if several else ""
    response, is_open = response_html(sign_in, case.metadata), Part.ATTRIBUTE in asked
    return (
        _part(f"{which}The way of the sign-in", picture(diagnosis), f"way-{n}")
        + _part(f"{which}The requests", steps_table(diagnosis), f"requests-{n}", is_open=False)
        + _part(f"{which}What the pages said", pages_html(sign_in), f"pages-{n}")
        + _part(f"{which}The response", response, f"response-{n}", is_open=is_open)
    )


def _part(title: str, content: str, at: str, *, is_open: bool = True) -> str:
    return f'<div class="cs-fold" data-at="{esc(at)}" tabindex="-1">{folded(title, content, is_open=is_open)}</div>'


# --- the pages ---------------------------------------------------------------------------------------------


def pages_html(sign_in: SignIn) -> str:
    """The text that a person sees on each page of the sign-in, secrets masked."""
    told = [(s.entry, messages.shown_text(messages.visible_text(s.entry.body.text or ""))) for s in sign_in.steps]
    listed = items(f"entry {e.index} ({_status(e)}): {value(text)}" for e, text in told if text.strip())
    return listed or "<p>No page of this sign-in has a text in the recording.</p>"


def _status(entry: Entry) -> str:
    return esc(entry.status or entry.error or "no answer")


# --- the response ------------------------------------------------------------------------------------------


def response_html(sign_in: SignIn, metadata: Sequence[Metadata] = ()) -> str:
    """The attributes with their values, and the other parts, without a word on what is right."""
    assertion = sign_in.assertion
    if assertion is None:
        held = "No assertion can be read in it. The manual steps below show what the field holds."
        return f"<p>{held if sign_in.message else 'No SAML response was seen in this attempt.'}</p>{_parts(sign_in)}"
    rows = [_attribute_row(each) for each in assertion.attributes]
    attributes = table(("Attribute", "Value"), rows, "The attributes of the response")
    notes = items(map(esc, assertion.notes))
    return f"{attributes}{notes}{_parts(sign_in)}{signatures_html(sign_in, metadata)}"


def _attribute_row(attribute: Attribute) -> str:
    values = "<br>".join(map(value, attribute.values)) or "<em>empty</em>"
    return row((_name(attribute.name), values), at=f"attribute-{short_name(attribute.name)}")


def _name(attribute: str) -> str:
    known = REQUIRED.get(attribute)
    return value(attribute) + (f"<br>{esc(known)}" if known else "")


def _parts(sign_in: SignIn) -> str:
    rows = (row((esc(name), value(text) if text else "<em>absent</em>")) for name, text in _pairs(sign_in))
    return table(("Part", "Value"), rows, "Other parts of the response")


def _pairs(sign_in: SignIn) -> Iterator[tuple[str, str | None]]:
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


# --- signatures --------------------------------------------------------------------------------------------

_STATES = {
    SignatureState.INTACT: "what is signed was not changed since",
    SignatureState.BROKEN: "what is signed was changed since, or another key signed it",
    SignatureState.UNREADABLE: "could not be verified",
}


def signatures_html(sign_in: SignIn, metadata: Sequence[Metadata]) -> str:
    """Who signed, and which certificates the metadata names; nothing where no metadata was given."""
    if not metadata:
        return ""
    seen = verification_of(sign_in, metadata)
    rows = [
        row((esc(f"Signature of the {s.covers}: {_STATES[s.state]}"), _print(s.certificate))) for s in seen.signatures
    ]
    rows += [row((f"Metadata of {value(m.entity_id)}", _print(c))) for m in metadata for c in m.certificates]
    head = ("Signature or metadata", "Certificate (SHA-256)")
    return table(head, rows, "Signatures and certificates")


def _print(certificate: Certificate | None) -> str:
    return value(certificate.fingerprint[:23]) if certificate else "<em>not known</em>"


# --- users and account -------------------------------------------------------------------------------------


def users_table(users: Users | None) -> str:
    """Every user of the list, and of which instance and when it was made."""
    if users is None:
        return "<p>Nobody saved a list of Connect users.</p>"
    rows = (row((value(u.username), when(u.last_modified) if u.last_modified else "—")) for u in users.users)
    whole = "a complete list" if users.complete else "<strong>not the whole list</strong>"
    of = f", of instance {value(users.instance_id)}" if users.instance_id else ""
    made = f" Made {when(users.retrieved)}." if users.retrieved else ""
    about = f"<p>{len(users):,} users, {whole}{of}.{made}</p>{items(map(esc, users.notes))}"
    head = ("Username", "Last changed")
    return about + table(head, list(rows)[:_USERS_SHOWN], "Connect users")


def account_html(evidence: Evidence | None) -> str:
    """What the AWS account said, as it stands there."""
    if evidence is None:
        return ""
    return items(_account_facts(evidence)) + "".join(_policies(evidence)) + "".join(_provider_metadata(evidence))


def _account_facts(evidence: Evidence) -> Iterator[str]:
    for each in evidence.instances:
        yield f"Instance {value(each.alias)}, {value(each.id)}: identity management {value(each.management_type)}"
    yield from (f"Role {value(role.arn)} exists" for role in evidence.roles)
    yield from (f"IAM has no role {value(name)}" for name in evidence.roles_missing)
    yield from (f"SAML provider {value(arn)} exists" for arn in evidence.provider_arns or ())
    yield from (f"IAM has no SAML provider {value(arn)}" for arn in evidence.providers_missing)
    for event in evidence.events:
        error = f": {value(event.error_code)} {value(event.error_message)}" if event.error_code else ""
        yield f"CloudTrail, {when(event.time)}: {value(event.name)} {value(event.role_session_name)}{error}"
    yield from map(esc, evidence.notes)


def _policies(evidence: Evidence) -> Iterator[str]:
    for role in evidence.roles:
        for policy in filter(None, (role.trust, *role.policies)):
            yield folded(f"Role {role.name}: {policy.name}", _document(policy))


def _document(policy: Policy) -> str:
    try:
        text = json.dumps(json.loads(policy.document), indent=2)
    except ValueError:
        text = policy.document
    return _pre(text, "Policy")


_LONG = re.compile(r"[A-Za-z0-9+/=\s]{200,}")


def _provider_metadata(evidence: Evidence) -> Iterator[str]:
    for each in evidence.providers:
        if each.metadata:
            short = _LONG.sub("…", each.metadata)[:_XML_SHOWN]
            yield folded(f"Metadata that IAM holds of {each.arn.rpartition('/')[2]}", _pre(short, "Metadata"))


def _pre(text: str, label: str) -> str:
    return f'<div class="cs-code"><pre tabindex="0" aria-label="{esc(label)}">{esc_lines(text)}</pre></div>'


# --- all requests ------------------------------------------------------------------------------------------


def requests_table(diagnosis: Diagnosis) -> str:
    """Every request of the recording, secrets hidden."""
    entries = diagnosis.capture.entries if diagnosis.capture else ()
    rows = [row((str(e.index), f"{esc(e.method)} {value(masked(e.url))}", _status(e))) for e in entries]
    more = len(rows) - _REQUESTS_SHOWN
    left = f"<p>… and {more:,} more.</p>" if more > 0 else ""
    head = ("Entry", "Request (secrets hidden)", "Status")
    return table(head, rows[:_REQUESTS_SHOWN], "All requests") + left
