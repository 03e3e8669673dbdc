"""Cases made by hand: a whole world with one thing changed, so that a test of a rule is one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from saml_entries import Parts

from connect_saml_nb.matching import UserIndex, find_attributes
from connect_saml_nb.model.capture import Capture, Entry, Header, RedactionNote
from connect_saml_nb.model.diagnosis import Relation, RuleContext
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import (
    ROLE,
    ROLE_SESSION_NAME,
    Assertion,
    Attribute,
    Binding,
    MessageKind,
    MessageState,
    Response,
    SamlMessage,
    SubjectConfirmation,
)
from connect_saml_nb.model.signin import FlowRole, Moment, Outcome, SignIn, Step
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.rules import RULES, Rule, examine
from connect_saml_nb.signin import read_roles

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ENDPOINT = "https://signin.aws.amazon.com/saml"
INSTANCE = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
FEDERATE = f"https://us-west-2.console.aws.amazon.com/connect/federate/{INSTANCE}"
ARNS = "arn:aws:iam::111122223333:role/Agent,arn:aws:iam::111122223333:saml-provider/Corp"
NAME = "jane.doe@corp.example"


def entry(url: str, *, index: int = 0, status: int = 200, body: str = "", method: str = "GET", **fields: Any) -> Entry:
    """An entry, an HTML page unless said otherwise."""
    headers = tuple(Header(n, v) for n, v in (fields.pop("headers", None) or {}).items())
    parts = Parts(fields.pop("post", None), body or None, headers)
    known = {"mime_type": "text/html", "location": "", "time_ms": 1.0, "error": "", "resource_type": ""}
    started = fields.pop("started", NOW + timedelta(seconds=index))
    return Entry(
        index=index, started=started, method=method, url=url, status=status, parts=parts, **{**known, **fields}
    )


def assertion(**changes: Any) -> Assertion:
    """An assertion that AWS takes."""
    attributes = (Attribute(ROLE, (ARNS,)), Attribute(ROLE_SESSION_NAME, (changes.pop("name", NAME),)))
    end = NOW + timedelta(minutes=5)
    good = Assertion(
        id="_a",
        version="2.0",
        issuer="https://idp.example",
        name_id="jane",
        name_id_format=None,
        issued=NOW,
        not_before=NOW,
        not_on_or_after=end,
        audiences=("urn:amazon:webservices",),
        confirmations=(SubjectConfirmation("urn:oasis:names:tc:SAML:2.0:cm:bearer", ENDPOINT, None, end),),
        session_not_on_or_after=None,
        attributes=attributes,
    )
    return replace(good, **changes)


def message(**changes: Any) -> SamlMessage:
    """A response with one good assertion, as posted to AWS."""
    response = Response(
        "_r", "https://idp.example", ENDPOINT, None, NOW, ("urn:oasis:names:tc:SAML:2.0:status:Success",), None
    )
    good = SamlMessage(
        entry=0,
        where="request.postData.text",
        binding=Binding.POST,
        kind=MessageKind.RESPONSE,
        state=MessageState.READ,
        target=ENDPOINT,
        problem=None,
        response=response,
        assertions=(assertion(),),
        fields={"RelayState": FEDERATE},
        xml=b"<x/>",
    )
    return replace(good, **changes)


def sign_in(**changes: Any) -> SignIn:
    """A sign-in that opened Connect; `assertion` and `said` are short cuts."""
    held = changes.pop("message", message())
    if "assertion" in changes:
        held = replace(held, assertions=(changes.pop("assertion"),))
    post = entry(ENDPOINT, status=302, method="POST")
    good = SignIn(
        number=1,
        started=NOW,
        steps=(Step(post, FlowRole.AWS_POST),),
        message=held,
        expects_message=False,
        posted_to=ENDPOINT,
        posted_at=Moment(NOW + timedelta(seconds=1), "AWS's clock (Date header)", second=True),
        relay_state=FEDERATE,
        chosen_role=None,
        roles=read_roles(held),
        instance_id=INSTANCE,
        region="us-west-2",
        outcome=Outcome.OPENED,
        said=None,
        said_text=None,
        said_entry=None,
        last=post,
        network=None,
        accepted=True,
    )
    if changes.get("said"):
        changes = {"outcome": Outcome.SAID, "said_text": "AWS's words", "said_entry": 3, "accepted": False, **changes}
    return replace(good, **changes)


def users(*names: str, complete: bool = True, instance: str | None = INSTANCE) -> Users:
    """A list of users."""
    return Users(
        "users.json", tuple(User(n, f"id-{n}") for n in names), complete, instance, "us-west-2", "111122223333"
    )


def rule_context(
    *,
    listed: Users | None = None,
    others: tuple[SignIn, ...] = (),
    problem: str | None = None,
    stated: tuple[RedactionNote, ...] = (),
    **changes: Any,
) -> RuleContext:
    """A case around a sign-in."""
    told = sign_in(**changes)
    name = told.role_session_name
    index = UserIndex(listed.users) if listed and name else None
    if listed is None:
        relation = Relation.NONE
    else:
        relation = Relation.SAME if listed.instance_id == told.instance_id else Relation.OTHER
    return RuleContext(
        capture=Capture("a.har", "Firefox 153", "", (), problem, stated),
        sign_in=told,
        others=others,
        users=listed,
        relation=relation,
        candidates=index.find(name) if index and name else (),
        case_variants=index.case_variants(name) if index and name else (),
        other_names=find_attributes(index, told.assertion) if index and told.assertion else (),
        now=NOW,
    )


def rule(name: str) -> Rule:
    """The rule of this id. Raises LookupError where no family's RULES has it."""
    found = next((r for r in RULES if r.id == name), None)
    if found is None:
        raise LookupError(f"no rule {name!r}: is it in the RULES of its file in connect_saml_nb/rules/?")
    return found


def outcome(name: str, given: RuleContext) -> str:
    """What one rule says of a case: found, passed or not-checked."""
    found, passed, _ = examine(given, [rule(name)])
    return "found" if found else "passed" if passed else "not-checked"
