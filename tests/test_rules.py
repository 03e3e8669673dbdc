"""Every rule: a case where it finds, the nearest one where it passes, and one for each thing that it needs."""

from __future__ import annotations

import importlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
from build import (
    ARNS,
    ENDPOINT,
    FEDERATE,
    INSTANCE,
    NAME,
    NOW,
    assertion,
    entry,
    message,
    outcome,
    rule,
    rule_context,
    sign_in,
    users,
)

from connect_saml_nb.model.capture import RedactionNote
from connect_saml_nb.model.finding import Remedy
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import (
    ATTRIBUTES,
    PRINCIPAL_TAG,
    ROLE,
    ROLE_SESSION_NAME,
    SESSION_DURATION,
    SOURCE_IDENTITY,
    Attribute,
    Binding,
    MessageState,
    SubjectConfirmation,
)
from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.model.signin import AwsMessage, FlowRole, Moment, Network, Outcome, Step
from connect_saml_nb.rules import RULES, examine
from connect_saml_nb.rules.rule import Requirement
from connect_saml_nb.saml.sentences import Note, Repair

FOUND, PASSED, NOT_CHECKED = "found", "passed", "not-checked"
NO_MESSAGE = {"message": None, "roles": ()}
ENCRYPTED = {"message": message(state=MessageState.ENCRYPTED, assertions=())}
STOPPED = {"outcome": Outcome.RESPONSE_STOPPED, "accepted": False}
AT = NOW + timedelta(seconds=1)


def _with(*attributes: Attribute) -> dict:
    return {"assertion": assertion(attributes=attributes)}


def _named(name: str) -> dict:
    return {"assertion": assertion(name=name)}


def _to(recipient: str | None) -> dict:
    data = SubjectConfirmation("urn:oasis:names:tc:SAML:2.0:cm:bearer", recipient, None, NOW + timedelta(minutes=5))
    return {"assertion": assertion(confirmations=(data,))}


def _at(**later: float) -> dict:
    return {"posted_at": Moment(NOW + timedelta(**later), "clock", second=True), **STOPPED}


def _response(**changes: object) -> dict:
    good = message()
    return {"message": replace(good, response=replace(good.response, **changes))}


def _roles(*values: str) -> dict:
    """A response with these Role values that AWS has not taken."""
    return {**_with(Attribute(ROLE, values), Attribute(ROLE_SESSION_NAME, (NAME,))), **STOPPED}


def _relay(query: str) -> dict:
    return {"relay_state": FEDERATE + query}


def _posted_to(url: str, *values: str) -> dict:
    return {"posted_to": url, **(_roles(*values) if values else STOPPED)}


def _idp(body: str, **changes: object) -> dict:
    """A sign-in that ends at an Entra page with this body."""
    page = entry("https://login.microsoftonline.com/t/login", body=body)
    steps = (Step(page, FlowRole.IDP_PAGE),)
    return {"outcome": Outcome.IDP_STOPPED, "steps": steps, "accepted": False, **NO_MESSAGE, **changes}


def _authorize(*statuses: int, **changes: object) -> dict:
    """Connect asks whether the person is signed in, and gets these answers."""
    url = "https://corp.my.connect.aws/auth/authorize"
    asked = [entry(url, index=i, status=s, resource_type="xhr") for i, s in enumerate(statuses)]
    ended = {"outcome": Outcome.SESSION_ENDED, "last": asked[-1] if asked else None}
    return {"steps": tuple(Step(e, FlowRole.CONNECT_REQUEST) for e in asked), **ended, **changes}


def _agent(name: str) -> dict:
    post = entry(ENDPOINT, status=302, method="POST", headers={"User-Agent": name} if name else {})
    return {"steps": (Step(post, FlowRole.AWS_POST),)}


def _ended(**later: float) -> dict:
    page = entry("https://corp.my.connect.aws/ccp-v2", status=401, started=NOW + timedelta(**later))
    return {"outcome": Outcome.SESSION_ENDED, "opened_before": True, "last": page}


def _lasts(seconds: int, *, duration: str | None = None) -> dict:
    wanted = (Attribute(SESSION_DURATION, (duration,)),) if duration else ()
    return {
        "assertion": assertion(session_not_on_or_after=NOW + timedelta(seconds=seconds), attributes=wanted),
    }


def _query(**values: str) -> str:
    given = "&".join(f"{n}={v}" for n, v in values.items())
    return f"https://{INSTANCE}.us-west-2.sign-in.connect.aws/saml?&{given}"


OTHER = "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19 Safari/605.1.15"
PHONE = "Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Mobile Safari/537.36"
GOV = ARNS.replace("arn:aws:", "arn:aws-us-gov:")
GOV_ENDPOINT = "https://signin.amazonaws-us-gov.com/saml"
CHINA = "https://signin.amazonaws.cn/saml"
NOTHING = {"posted_to": "", "relay_state": None, "roles": (), "message": None}
REGIONAL = "https://us-west-2.signin.aws.amazon.com/saml"
OF_ANOTHER = ARNS.replace("111122223333:role", "444455556666:role")
RESERVED = ARNS.replace("role/Agent", "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Agent_0123456789abcdef")
REFUSED = {"said": AwsMessage.NOT_ONBOARDED, "accepted": True}
TABLE = [
    # users
    ("user-case-differs", {"listed": users("Jane.Doe@corp.example")}, FOUND),
    ("user-case-differs", {"listed": users(NAME)}, PASSED),
    ("user-case-differs", {"listed": users("Jane.Doe@corp.example", complete=False)}, NOT_CHECKED),
    ("user-case-differs", {"listed": users("Jane.Doe@corp.example"), **ENCRYPTED}, NOT_CHECKED),
    ("user-case-differs", {}, NOT_CHECKED),
    ("duplicate-profiles", {"listed": users("Jane.Doe@corp.example", "JANE.DOE@corp.example")}, FOUND),
    ("duplicate-profiles", {"listed": users(NAME, "JANE.DOE@corp.example")}, FOUND),
    ("duplicate-profiles", {"listed": users("JANE.DOE@corp.example")}, PASSED),
    ("duplicate-profiles", {}, NOT_CHECKED),
    ("user-near-miss", {"listed": users("jane.doe@other.example")}, FOUND),
    ("user-near-miss", {"listed": users("Jane.Doe@corp.example")}, PASSED),
    ("user-near-miss", {}, NOT_CHECKED),
    ("user-name-impossible", _named("jane+tag@corp.example"), FOUND),
    ("user-name-impossible", {}, PASSED),
    ("user-name-impossible", ENCRYPTED, NOT_CHECKED),
    ("user-missing", {"listed": users("someone.else@corp.example")}, FOUND),
    ("user-missing", {"listed": users("jane.doe@other.example")}, PASSED),
    ("user-missing", {"listed": users("someone.else@corp.example", complete=False)}, NOT_CHECKED),
    ("user-missing", {"listed": users("someone.else@corp.example", instance=OTHER)}, NOT_CHECKED),
    ("user-exists-but-refused", {"listed": users(NAME), **REFUSED}, FOUND),
    ("user-exists-but-refused", {"listed": users(NAME)}, PASSED),
    ("user-exists-but-refused", REFUSED, NOT_CHECKED),
    ("user-not-checked", REFUSED, FOUND),
    ("user-not-checked", {"listed": users(NAME, complete=False), **REFUSED}, FOUND),
    ("user-not-checked", {"listed": users(NAME), **REFUSED}, PASSED),
    ("wrong-instance", {"listed": users(NAME, instance=OTHER), **REFUSED}, FOUND),
    ("wrong-instance", {"listed": users(NAME, instance=OTHER)}, PASSED),
    ("wrong-instance", {"listed": users(NAME)}, PASSED),
    ("wrong-instance", {}, NOT_CHECKED),
    ("wrong-instance", {"listed": users("x@corp.example", instance=OTHER), **REFUSED}, NOT_CHECKED),
    # relay state, federation, Connect
    ("relay-state-missing", {"relay_state": None, "outcome": Outcome.CONSOLE_HOME}, FOUND),
    ("relay-state-missing", {"relay_state": ""}, FOUND),
    ("relay-state-missing", {}, PASSED),
    ("relay-state-missing", NO_MESSAGE, NOT_CHECKED),
    ("relay-state-missing", {"message": message(binding=Binding.PASTED), "relay_state": None}, NOT_CHECKED),
    ("relay-state-invalid", {"relay_state": FEDERATE.replace("aaaaaaaa", "arn:aws:connect")}, FOUND),
    ("relay-state-invalid", {"relay_state": "https://corp.my.connect.aws/"}, FOUND),
    ("relay-state-invalid", {"outcome": Outcome.FEDERATE_NOT_FOUND}, FOUND),
    ("relay-state-invalid", {"relay_state": FEDERATE + "?destination=%2Fccp-v2%26new_domain=true"}, PASSED),
    ("relay-state-invalid", {"relay_state": None}, NOT_CHECKED),
    ("session-expired", {"said": AwsMessage.SESSION_EXPIRED}, FOUND),
    ("session-expired", {"outcome": Outcome.SESSION_ENDED, **NO_MESSAGE}, FOUND),
    ("session-expired", {}, PASSED),
    ("session-expired", STOPPED, NOT_CHECKED),
    ("session-expired", {"outcome": Outcome.SESSION_ENDED, "embedded_in": "crm.example", **NO_MESSAGE}, NOT_CHECKED),
    ("not-authorized-in-connect", {"outcome": Outcome.REFUSED_IN_CONNECT}, FOUND),
    ("not-authorized-in-connect", {}, PASSED),
    ("not-authorized-in-connect", STOPPED, NOT_CHECKED),
    ("console-asks-login", {"outcome": Outcome.CONSOLE_LOGIN}, FOUND),
    ("console-asks-login", {}, PASSED),
    ("console-asks-login", STOPPED, NOT_CHECKED),
    ("bad-request", {"said": AwsMessage.BAD_REQUEST}, FOUND),
    ("bad-request", {}, PASSED),
    ("regions-differ", {"posted_to": "https://eu-west-2.signin.aws.amazon.com/saml"}, FOUND),
    ("regions-differ", {"posted_to": "https://us-west-2.signin.aws.amazon.com/saml"}, PASSED),
    ("regions-differ", {}, NOT_CHECKED),
    # attributes
    ("role-missing", _with(Attribute(ATTRIBUTES + "role", ("x",))), FOUND),
    ("role-missing", _with(Attribute(ROLE, ())), FOUND),
    ("role-missing", {}, PASSED),
    ("role-missing", ENCRYPTED, NOT_CHECKED),
    ("role-malformed", _with(Attribute(ROLE, ("arn:aws:iam::111122223333:role/Agent",))), FOUND),
    ("role-malformed", _with(Attribute(ROLE, ("",))), FOUND),
    ("role-malformed", {}, PASSED),
    ("role-malformed", _with(), NOT_CHECKED),
    ("role-session-name-missing", _with(Attribute("RoleSessionName", (NAME,))), FOUND),
    ("role-session-name-missing", {"said": AwsMessage.NAME_REQUIRED}, FOUND),
    ("role-session-name-missing", {}, PASSED),
    ("role-session-name-missing", ENCRYPTED, NOT_CHECKED),
    ("role-session-name-invalid", _named("Jane Doe"), FOUND),
    ("role-session-name-invalid", _named("j"), FOUND),
    ("role-session-name-invalid", _named(""), FOUND),
    ("role-session-name-invalid", _with(Attribute(ROLE_SESSION_NAME, ("jane", "doe"))), FOUND),
    ("role-session-name-invalid", _named("o.neil+x@corp.example"), PASSED),
    ("role-session-name-invalid", ENCRYPTED, NOT_CHECKED),
    ("source-identity-invalid", _with(Attribute(SOURCE_IDENTITY, ("aws:x",))), FOUND),
    ("source-identity-invalid", _with(Attribute(SOURCE_IDENTITY, ("jane",))), PASSED),
    ("session-duration-invalid", _with(Attribute(SESSION_DURATION, ("60",))), FOUND),
    ("session-duration-invalid", _with(Attribute(SESSION_DURATION, ("PT1H",))), FOUND),
    ("session-duration-invalid", _with(Attribute(SESSION_DURATION, ("43200",))), PASSED),
    ("session-tags-refused", _with(*(Attribute(f"{ATTRIBUTES}PrincipalTag:{i}", ("x",)) for i in range(51))), FOUND),
    ("session-tags-refused", _with(Attribute(f"{ATTRIBUTES}PrincipalTag:a", ("x" * 256,))), PASSED),
    ("several-roles", {"roles": sign_in().roles * 2}, FOUND),
    ("several-roles", {}, PASSED),
    ("role-not-chosen", {"outcome": Outcome.ROLE_CHOICE, "accepted": False}, FOUND),
    ("role-not-chosen", {}, PASSED),
    ("role-not-chosen", STOPPED, NOT_CHECKED),
    # the response
    ("idp-error", _response(status=("urn:oasis:names:tc:SAML:2.0:status:Responder",)), FOUND),
    ("idp-error", {"outcome": Outcome.IDP_REFUSED, **NO_MESSAGE}, FOUND),
    ("idp-error", {}, PASSED),
    ("idp-error", NO_MESSAGE, NOT_CHECKED),
    ("response-refused", {"said": AwsMessage.INVALID_RESPONSE}, FOUND),
    ("response-refused", {}, PASSED),
    ("response-refused", STOPPED, NOT_CHECKED),
    ("response-refused", NO_MESSAGE, NOT_CHECKED),
    ("assertion-not-yet-valid", _at(seconds=-1), FOUND),
    ("assertion-not-yet-valid", _at(seconds=0), PASSED),
    ("assertion-not-yet-valid", _at(seconds=-0.5), NOT_CHECKED),
    ("assertion-not-yet-valid", {"posted_at": None}, NOT_CHECKED),
    ("assertion-expired", _at(minutes=5), FOUND),
    ("assertion-expired", _at(minutes=4, seconds=59), PASSED),
    ("assertion-expired", _at(minutes=4, seconds=59.5), NOT_CHECKED),
    ("assertion-expired", {"posted_at": None}, NOT_CHECKED),
    ("assertion-expired", ENCRYPTED, NOT_CHECKED),
    ("destination-wrong", _response(destination="https://signin.aws.example/saml"), FOUND),
    ("destination-wrong", _response(destination="https://eu-west-2.signin.aws.amazon.com/saml"), FOUND),
    ("destination-wrong", _response(destination=None), PASSED),
    ("destination-wrong", {}, PASSED),
    ("destination-wrong", NO_MESSAGE, NOT_CHECKED),
    ("recipient-wrong", _to("https://signin.aws.example/saml"), FOUND),
    ("recipient-wrong", _to(None), FOUND),
    ("recipient-wrong", _to("https://signin.aws.amazon.com/static/saml"), PASSED),
    ("recipient-wrong", _to(ENDPOINT), PASSED),
    ("recipient-wrong", ENCRYPTED, NOT_CHECKED),
    ("audience-wrong", {"assertion": assertion(audiences=("urn:example:other",))}, FOUND),
    ("audience-wrong", {"assertion": assertion(audiences=())}, FOUND),
    ("audience-wrong", {"assertion": assertion(audiences=("urn:x", "https://signin.aws.amazon.com/saml#2"))}, PASSED),
    ("audience-wrong", ENCRYPTED, NOT_CHECKED),
    ("response-too-large", {"message": message(xml=b"x" * 75_001)}, FOUND),
    ("response-too-large", {"message": message(xml=b"x" * 75_000)}, PASSED),
    ("response-too-large", NO_MESSAGE, NOT_CHECKED),
    ("subject-unusual", {"assertion": assertion(name_id=None)}, FOUND),
    ("subject-unusual", {"assertion": assertion(confirmations=())}, FOUND),
    ("subject-unusual", {}, PASSED),
    ("assertion-unusual", {"assertion": assertion(notes=(Sentence(Note.COMMENT, ("Issuer",)),))}, FOUND),
    ("assertion-unusual", {"message": message(assertions=(assertion(), assertion(id="_b")))}, FOUND),
    ("assertion-unusual", {}, PASSED),
    ("role-value-spaced", _with(Attribute(ROLE, ("a, b",))), FOUND),
    ("role-value-spaced", {}, PASSED),
    ("role-malformed", _with(Attribute(ROLE, (f"{ARNS},{ARNS}",))), FOUND),
    ("role-malformed", _with(Attribute(ROLE, (",".join(reversed(ARNS.split(","))),))), PASSED),
    ("role-session-name-invalid", _with(*[Attribute(ROLE_SESSION_NAME, (NAME,))] * 2), FOUND),
    ("role-pair-mixed", _roles(OF_ANOTHER), FOUND),
    ("role-pair-mixed", _roles(GOV.partition(",")[0] + "," + ARNS.partition(",")[2]), FOUND),
    ("role-pair-mixed", _roles(ARNS), PASSED),
    ("role-pair-mixed", _roles("x"), NOT_CHECKED),
    ("role-reserved", _roles(RESERVED), FOUND),
    ("role-reserved", _roles(ARNS.replace("role/Agent", "role/MyAWSReservedSSO_Agent")), PASSED),
    ("role-not-in-response", {"said": AwsMessage.ROLE_NOT_IN_RESPONSE}, FOUND),
    ("role-not-in-response", {"chosen_role": "arn:aws:iam::111122223333:role/Other"}, FOUND),
    ("role-not-in-response", {"chosen_role": ARNS.partition(",")[0]}, PASSED),
    ("role-account-other", {"listed": users(NAME), **_roles(OF_ANOTHER)}, FOUND),
    ("role-account-other", {"listed": users(NAME), **_roles(ARNS)}, PASSED),
    ("role-account-other", {"listed": users(NAME), **_roles(ARNS, OF_ANOTHER)}, NOT_CHECKED),
    ("role-account-other", _roles(OF_ANOTHER), NOT_CHECKED),
    ("attribute-misnamed", _with(Attribute("SessionDuration", ("900",))), FOUND),
    ("attribute-misnamed", _with(Attribute(SESSION_DURATION, ("900",)), Attribute("SessionDuration", ("9",))), PASSED),
    ("attribute-repeated", _with(*[Attribute(ROLE, (ARNS,))] * 2), FOUND),
    ("attribute-repeated", _with(Attribute(ROLE, (ARNS, ARNS))), PASSED),
    ("session-shortened", _lasts(3_600, duration="28800"), FOUND),
    ("session-shortened", _lasts(600), FOUND),
    ("session-shortened", _lasts(28_800, duration="28800"), PASSED),
    ("session-tags-unusual", _with(Attribute(PRINCIPAL_TAG + "team", ("a", "b"))), FOUND),
    ("session-tags-unusual", _with(Attribute(ATTRIBUTES + "TransitiveTagKeys", ("team",))), FOUND),
    (
        "session-tags-unusual",
        _with(Attribute(PRINCIPAL_TAG + "Team", ("a",)), Attribute(ATTRIBUTES + "TransitiveTagKeys", ("team",))),
        PASSED,
    ),
    ("trust-policy-extras", {**_with(Attribute(SOURCE_IDENTITY, ("jane",))), **STOPPED}, FOUND),
    ("trust-policy-extras", _with(Attribute(SOURCE_IDENTITY, ("jane",))), PASSED),
    ("name-id-format-unusual", {"assertion": assertion(name_id_format="urn:example:format")}, FOUND),
    (
        "name-id-format-unusual",
        {"assertion": assertion(name_id_format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")},
        PASSED,
    ),
    ("endpoint-in-trust-policy", _posted_to(REGIONAL), FOUND),
    ("endpoint-in-trust-policy", _posted_to(ENDPOINT + "/acs/SAMLSPH4D4VUKVI56COEHT"), FOUND),
    ("endpoint-in-trust-policy", {"posted_to": REGIONAL}, PASSED),
    ("endpoint-in-trust-policy", _posted_to(ENDPOINT), PASSED),
    ("endpoint-in-trust-policy", {"posted_to": ""}, NOT_CHECKED),
    ("partitions-differ", _posted_to(GOV_ENDPOINT, ARNS), FOUND),
    ("partitions-differ", {**_posted_to(GOV_ENDPOINT, GOV), "relay_state": None}, PASSED),
    ("partitions-differ", NOTHING, NOT_CHECKED),
    ("partition-without-connect", {**_posted_to(CHINA), "relay_state": None}, FOUND),
    ("partition-without-connect", _posted_to(GOV_ENDPOINT, GOV), PASSED),
    ("partition-without-connect", NOTHING, NOT_CHECKED),
    # the identity provider
    ("idp-error", {"said": AwsMessage.IDP_REJECTED, "said_text": "AADSTS50105: not assigned", **NO_MESSAGE}, FOUND),
    ("idp-waits", _idp("AADSTS50076: Due to a configuration change"), FOUND),
    ("idp-waits", _idp("<p>Sign in</p>"), NOT_CHECKED),
    ("idp-waits", _idp("AADSTS50076", steps=()), NOT_CHECKED),
    ("idp-waits", {}, PASSED),
    ("response-requested", {**_response(in_response_to="_q"), **STOPPED}, FOUND),
    ("response-requested", _response(in_response_to="_q"), PASSED),
    ("response-requested", STOPPED, PASSED),
    # relay state, Connect, Global Resiliency
    ("relay-state-invalid", {"relay_state": FEDERATE.replace("https", "http", 1)}, FOUND),
    ("relay-state-invalid", {"relay_state": FEDERATE.replace(":", "%3A").replace("/", "%2F")}, FOUND),
    ("relay-state-invalid", _relay("?destination=%2Fccp-v2%2Fchat&new_domain=true"), PASSED),
    ("relay-state-invalid", _relay("?destination=%2Fagent-app-v2?VDIPlatform=CITRIX_413"), PASSED),
    ("relay-state-invalid", _relay("?new_domain=true"), PASSED),
    (
        "relay-state-invalid",
        {"relay_state": f"https://console.amazonaws-us-gov.com/connect/federate/{INSTANCE}"},
        PASSED,
    ),
    ("relay-state-destination", _relay("?destination=http%3A%2F%2Fcrm.example%2Fccp"), FOUND),
    ("relay-state-destination", _relay("?destination=%2Fccp-v2%26new_domain=true"), PASSED),
    ("relay-state-destination", {"relay_state": None}, NOT_CHECKED),
    ("session-ended-early", _ended(minutes=10), FOUND),
    ("session-ended-early", _ended(hours=12), PASSED),
    ("session-ended-early", {}, PASSED),
    ("session-ended-early", {"outcome": Outcome.SESSION_ENDED}, NOT_CHECKED),
    ("session-ended-early", {**_ended(minutes=10), "last": None}, NOT_CHECKED),
    ("session-ended-early", {**_ended(minutes=10), "embedded_in": "crm.example"}, NOT_CHECKED),
    ("session-ended-early", {**_ended(minutes=10), **NO_MESSAGE}, NOT_CHECKED),
    ("session-expired", {"outcome": Outcome.CONSOLE_LOGIN, **NO_MESSAGE}, FOUND),
    ("session-expired", {"outcome": Outcome.CONSOLE_LOGIN}, NOT_CHECKED),
    ("session-expired", {"outcome": Outcome.CONSOLE_LOGIN, "expects_message": True, **NO_MESSAGE}, NOT_CHECKED),
    ("authorize-loop", _authorize(401, 401, 401, embedded_in="crm.example"), FOUND),
    ("authorize-loop", _authorize(401, 401), PASSED),
    ("authorize-loop", _authorize(401, 401, 401, 200, outcome=Outcome.OPENED), PASSED),
    ("authorize-loop", _authorize(), NOT_CHECKED),
    ("browser-unsupported", _agent(SAFARI), FOUND),
    ("browser-unsupported", _agent(PHONE), FOUND),
    ("browser-unsupported", _agent(CHROME), PASSED),
    ("browser-unsupported", _agent(""), NOT_CHECKED),
    ("global-sign-in-unused", {"posted_to": _query(role="Agent")}, PASSED),
    ("global-sign-in-unused", {}, NOT_CHECKED),
    ("global-sign-in-query", {"posted_to": _query(instanceId=OTHER)}, FOUND),
    ("global-sign-in-query", {"posted_to": _query(accountId="444455556666")}, FOUND),
    ("global-sign-in-query", {"posted_to": _query(role="Other")}, FOUND),
    ("global-sign-in-query", {"posted_to": _query(idp="Other")}, FOUND),
    (
        "global-sign-in-query",
        {"posted_to": _query(instanceId=INSTANCE, accountId="111122223333", role="Agent", idp="Corp")},
        PASSED,
    ),
    ("global-sign-in-query", {"posted_to": _query(role=ARNS.partition(",")[0])}, PASSED),
    ("global-sign-in-query", {"posted_to": _query(role="Agent"), **NO_MESSAGE}, NOT_CHECKED),
    ("global-sign-in-query", {}, NOT_CHECKED),
    # the recording
    ("capture-damaged", {"problem": "The file is cut off."}, FOUND),
    ("capture-damaged", {}, PASSED),
    (
        "capture-redacted",
        {"stated": (RedactionNote(1, "signature-invalid", ("signature-invalid",), pseudonyms=True),)},
        FOUND,
    ),
    ("capture-redacted", {}, PASSED),
    ("capture-incomplete", {**REFUSED, **NO_MESSAGE}, FOUND),
    ("capture-incomplete", {**REFUSED, **NO_MESSAGE, "expects_message": True}, PASSED),
    ("capture-incomplete", {"outcome": Outcome.NOT_ANSWERED}, FOUND),
    ("capture-incomplete", {"embedded_in": "crm.example"}, FOUND),
    ("capture-incomplete", {}, PASSED),
    ("outcome-unknown", STOPPED, FOUND),
    ("outcome-unknown", {}, PASSED),
    ("sign-in-blocked", {"outcome": Outcome.BLOCKED, "network": Network(1, "a.example", "net::ERR_BLOCKED")}, FOUND),
    ("sign-in-blocked", {}, PASSED),
    ("sign-in-blocked", {"outcome": Outcome.NOT_ANSWERED}, NOT_CHECKED),
    ("assertion-redacted", {"message": message(state=MessageState.REDACTED, assertions=(), response=None)}, FOUND),
    ("assertion-redacted", {"expects_message": True, **NO_MESSAGE}, FOUND),
    ("assertion-redacted", {}, PASSED),
    ("assertion-redacted", NO_MESSAGE, NOT_CHECKED),
    ("assertion-damaged", {"message": message(state=MessageState.DAMAGED, assertions=(), response=None)}, FOUND),
    ("assertion-damaged", {}, PASSED),
    ("assertion-damaged", NO_MESSAGE, NOT_CHECKED),
    ("assertion-encrypted", ENCRYPTED, FOUND),
    ("assertion-encrypted", {}, PASSED),
    ("assertion-encrypted", NO_MESSAGE, NOT_CHECKED),
    ("response-not-posted", {"message": message(binding=Binding.FORM)}, FOUND),
    ("response-not-posted", {}, PASSED),
    ("response-not-posted", NO_MESSAGE, NOT_CHECKED),
    ("response-repaired", {"message": message(notes=(Sentence(Repair.SPACES),))}, FOUND),
    ("response-repaired", {}, PASSED),
    ("clock-differs", {"posted_at": Moment(NOW + timedelta(minutes=10), "clock", second=True)}, FOUND),
    ("clock-differs", {}, PASSED),
    ("clock-differs", {"posted_at": None}, NOT_CHECKED),
]


#: The tables of every test file: each rule is in one of them.
@pytest.mark.parametrize(("name", "world", "expected"), TABLE)
def test_rule_says_what_the_case_shows(name: str, world: dict, expected: str) -> None:
    """One thing is changed in a good sign-in, and the rule sees it; what it cannot see it does not claim."""
    assert outcome(name, rule_context(**world)) == expected


def _tables_of_families() -> list[tuple]:
    """The rows of the families that have a test file of their own (test_rules_FAMILY.py with a TABLE)."""
    files = sorted(path.stem for path in Path(__file__).parent.glob("test_rules_*.py"))
    return [row for file in files for row in getattr(importlib.import_module(file), "TABLE", [])]


def test_every_rule_is_shown_to_find_and_to_pass() -> None:
    """No rule without a case that it finds and one that it passes; what only the account can show is left out."""
    shown = {(name, expected) for name, _, expected in [*TABLE, *_tables_of_families()]}
    wanted = {(r.id, e) for r in RULES for e in (FOUND, PASSED)}
    only_in_other_tests = {("replica-not-ready", FOUND), ("replica-not-ready", PASSED)}
    only_in_other_tests |= {("user-changed-later", FOUND), ("user-changed-later", PASSED)}
    only_in_other_tests |= {("global-sign-in-unused", FOUND)}
    assert wanted - shown == only_in_other_tests


def test_every_role_is_read_also_of_attributes_that_stand_twice() -> None:
    """Some identity providers send one attribute for each role."""
    twice = rule_context(**_with(Attribute(ROLE, (ARNS,)), Attribute(ROLE, (ARNS.replace("Agent", "Boss"),))))
    assert ["Agent", "Boss"] == [(p.role or "").rpartition("/")[2] for p in twice.sign_in.roles]


def test_rule_ids_are_unique() -> None:
    """An id names one rule."""
    ids = [r.id for r in RULES]
    assert sorted(set(ids)) == sorted(ids)


#: For each need, a good sign-in without it.
WITHOUT = {
    Requirement.MESSAGE: NO_MESSAGE,
    Requirement.RESPONSE: NO_MESSAGE,
    Requirement.ASSERTION: ENCRYPTED,
    Requirement.POST: {"posted_at": None},
    Requirement.NAME: _with(Attribute(ROLE, (ARNS,))),
    Requirement.USERS: {"listed": users(NAME, complete=False)},
}


@pytest.mark.parametrize(("name", "need"), [(r.id, need) for r in RULES for need in r.needs])
def test_a_rule_without_what_it_needs_is_not_checked(name: str, need: Requirement) -> None:
    """And never passed: each need of each rule."""
    assert outcome(name, rule_context(**WITHOUT[need])) == NOT_CHECKED


# --- what the findings say ---------------------------------------------------------------------------------


def _told(name: str, **world: object) -> tuple[str, str]:
    finding = examine(rule_context(**world), [rule(name)])[0][0]
    return str(finding.message), " ".join(map(str, finding.remedy.actions))


@pytest.mark.parametrize(("name", "world"), [(n, w) for n, w, expected in TABLE if expected == FOUND])
def test_foreign_text_stands_in_values_only(name: str, world: dict) -> None:
    """What a capture or a list says is never taken for our words: each is a `Value`, to be quoted where it is shown."""
    finding = examine(rule_context(**world), [rule(name)])[0][0]
    texts = [finding.message, *(a.text for a in finding.remedy.actions), *(e.detail for e in finding.evidence)]
    words = " ".join(part for text in texts for part in text.parts if isinstance(part, str))
    assert [] == [foreign for foreign in _foreign(world) if foreign in words]


def _foreign(world: dict) -> list[str]:
    """The names and identifiers of a case that no text of ours holds by itself."""
    names = [user.username for user in (world["listed"].users if "listed" in world else ())]
    return [name for name in (*names, NAME, INSTANCE) if name]


def test_deleting_is_always_marked_as_final() -> None:
    """A deletion cannot be undone, says the Connect administrator guide."""
    remedies = [str(Remedy(r.remedy)) for r in RULES]
    deleting = [r for r in remedies if re.search(r"\b(?:delet|remove the other)", r, re.IGNORECASE)]
    assert [True] * len(deleting) == ["cannot be undone" in remedy for remedy in deleting]


NOT_LOCKED_OUT = {
    *("session-expired", "role-not-chosen", "sign-in-blocked", "capture-incomplete", "outcome-unknown"),
    *("assertion-redacted", "assertion-damaged", "assertion-encrypted", "user-not-checked"),
}


@pytest.mark.parametrize("name", sorted({r.id for r in RULES if r.verdict} - NOT_LOCKED_OUT))
def test_who_is_locked_out_learns_of_the_emergency_access(name: str) -> None:
    """What refuses everybody refuses the administrators, too."""
    assert "Log in for emergency access" in str(Remedy(rule(name).remedy))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("RoleSessionName", "without the namespace"),
        (ROLE_SESSION_NAME.replace("Role", "role"), "another letter case"),
        (ROLE_SESSION_NAME.replace("https", "http"), "http in place of https"),
        (ROLE_SESSION_NAME + "/", "a slash at its end"),
        (f" {ROLE_SESSION_NAME}", "white space around it"),
        ("http://www.amazonaws.cn/SAML/Attributes/RoleSessionName", "AWS in China"),
        ("urn:corp/RoleSessionName", "another namespace"),
        ("rolesessionname", "without the namespace, in another letter case"),
    ],
)
def test_a_misnamed_attribute_is_told_by_what_differs(name: str, words: str) -> None:
    """Which of the usual slips it is."""
    assert words in _told("role-session-name-missing", **_with(Attribute(name, (NAME,))))[0]


def test_a_friendly_name_is_no_name() -> None:
    """The attribute is there, and only its friendly name is right."""
    given = _with(Attribute("urn:oid:1.2", (NAME,), friendly_name="RoleSessionName"))
    assert "only its friendly name is right" in _told("role-session-name-missing", **given)[0]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "it is empty"),
        (f"{ARNS},{ARNS}", "several pairs are joined"),
        (ARNS.partition(",")[0], "the SAML provider's ARN is missing"),
        (ARNS.partition(",")[2], "the role's ARN is missing"),
        (ARNS.replace("111122223333", "ACCOUNT_ID"), "placeholder"),
        ("arn:aws:iam::YOUR_AWS_ACCOUNT_NUMBER:role/x,arn:aws:iam::1:saml-provider/x", "placeholder"),
        (ARNS.replace(",", ";"), "no comma"),
    ],
)
def test_a_malformed_role_is_told_by_what_is_wrong(value: str, words: str) -> None:
    """Which of the usual slips it is."""
    assert words in _told("role-malformed", **_with(Attribute(ROLE, (value,))))[0]


def test_a_response_without_any_attribute_says_so() -> None:
    """The first mistake with a new application in IAM Identity Center, whose mapping is named."""
    issuer = "https://portal.sso.eu-west-2.amazonaws.com/saml/assertion/x"
    message_, remedy = _told("role-missing", assertion=assertion(attributes=(), issuer=issuer))
    assert ("no attribute mappings" in message_, "IdP admin (IAM Identity Center): " in remedy) == (True, True)


@pytest.mark.parametrize(
    ("name", "world", "setting"),
    [
        ("role-session-name-missing", _with(), "user.userprincipalname"),
        ("role-missing", _with(), "user.assignedroles"),
        ("audience-wrong", {"assertion": assertion(audiences=())}, "Identifier (Entity ID)"),
        ("recipient-wrong", _to(None), "Reply URL"),
        ("relay-state-missing", {"relay_state": None}, "Relay State"),
        ("user-case-differs", {"listed": users("Jane.Doe@corp.example")}, "user.userprincipalname"),
        ("session-duration-invalid", _with(Attribute(SESSION_DURATION, ("60",))), "user.sessionduration"),
    ],
)
def test_a_remedy_names_the_setting_of_the_product(name: str, world: dict, setting: str) -> None:
    """Recognised by the issuer; the general remedy stays before it."""
    given = dict(world)
    given["assertion"] = replace(given.get("assertion", assertion()), issuer="https://sts.windows.net/7/")
    general, _, special = _told(name, **given)[1].partition("IdP admin (Microsoft Entra ID): ")
    assert (setting in special, bool(general)) == (True, True)


def test_a_remedy_for_an_unknown_product_is_the_general_one() -> None:
    """Nothing is guessed."""
    assert _told("role-missing", **_with())[1] == str(Remedy(rule("role-missing").remedy))


@pytest.mark.parametrize(
    ("world", "why"),
    [
        ({"listed": users(NAME)}, "the recording does not show why"),
        ({"listed": users(NAME, NAME.upper())}, "another profile"),
        ({"listed": users(NAME), "posted_to": _query()}, "both Regions"),
    ],
)
def test_a_refused_user_is_explained_by_what_is_known(world: dict, why: str) -> None:
    """A cause that this very recording shows is not called one outside it."""
    assert why in _told("user-exists-but-refused", **REFUSED, **world)[0]


def test_a_code_of_entra_is_explained() -> None:
    """With its meaning in the message and who does what in the remedy."""
    said, remedy = _told(
        "idp-error", said=AwsMessage.IDP_REJECTED, said_text="AADSTS50105: The signed in user", **NO_MESSAGE
    )
    assert ("not assigned to the application" in said, remedy.startswith("IdP admin: assign the person")) == (
        True,
        True,
    )


def test_a_nested_status_code_is_explained() -> None:
    """The inner code says more than the outer one."""
    codes = ("urn:oasis:names:tc:SAML:2.0:status:Responder", "urn:oasis:names:tc:SAML:2.0:status:RequestDenied")
    said, remedy = _told("idp-error", **_response(status=codes))
    assert ("Responder, RequestDenied" in said, "policies that apply" in remedy) == (True, True)


def test_a_page_of_a_known_product_is_named() -> None:
    """Though its text is not known."""
    page = entry("https://corp.okta.com/app/x/sso/saml", status=403)
    world = {"outcome": Outcome.IDP_REFUSED, "steps": (Step(page, FlowRole.IDP_PAGE),), **NO_MESSAGE}
    said, remedy = _told("idp-error", **world)
    assert ("(Okta)" in said, "IdP admin (Okta): assign" in remedy) == (True, True)


#: Texts that name their verdict wherever they stand; what the damaged one refuses is said by response-refused.
SAYING = [
    s
    for s in AwsMessage
    if s.value in {r.verdict for r in RULES} - {AwsMessage.NOT_FOUND_IN_REPLICA, AwsMessage.DAMAGED}
]


@pytest.mark.parametrize("unread", [ENCRYPTED, NO_MESSAGE], ids=["encrypted", "absent"])
@pytest.mark.parametrize("said", SAYING)
def test_what_aws_says_is_found_where_the_response_cannot_be_read(said: AwsMessage, unread: dict) -> None:
    """AWS's text decides, so the finding with its remedy is there, and it names no value that nobody has read."""
    found = examine(rule_context(said=said, said_text="x", outcome=Outcome.SAID, said_entry=0, **unread), RULES)[0]
    messages = [str(f.message) for f in found if f.verdict == said]
    assert (1, []) == (len(messages), [m for m in messages if "nothing" in m or "absent" in m])


def test_a_refusal_that_says_more_has_its_own_remedy() -> None:
    """STS switched off in the Region is a matter of the AWS account."""
    assert "AWS STS" in _told("response-refused", said=AwsMessage.REGION_DISABLED)[1]


@pytest.mark.parametrize(
    ("name", "world", "severity"),
    [(ROLE, STOPPED, "warning"), (ROLE, {}, "info"), ("groups", STOPPED, "info")],
)
def test_a_repeated_attribute_matters_where_aws_reads_it(name: str, world: dict, severity: str) -> None:
    """And has not taken the response."""
    given = rule_context(**_with(*[Attribute(name, ("x",))] * 2), **world)
    assert examine(given, [rule("attribute-repeated")])[0][0].severity == severity


def test_a_pair_of_instances_is_seen_by_its_requests() -> None:
    """A page of an instance with Global Resiliency asks region-discovery."""
    seen = entry("https://x.us-west-2.region-discovery.connect.aws/y")
    given = rule_context()
    held = replace(given, capture=replace(given.capture, entries=(seen,)))
    assert outcome("global-sign-in-unused", held) == FOUND


@pytest.mark.parametrize("name", ["arn:aws:iam::1:role/<b>", "'\n\x1b[31m", "${x}`id`", "A" * 5000])
def test_hostile_values_stay_within_quotes_and_bounds(name: str) -> None:
    """A stranger chooses every value."""
    world = _with(Attribute(ROLE, (name,)), Attribute(name, (name,)), Attribute(name, (name,)))
    told = [
        m
        for r in RULES
        for f in examine(rule_context(**world, **STOPPED), [r])[0]
        for m in (str(f.message), str(f.remedy))
    ]
    assert [] == [m for m in told if not m.replace("\n", " ").isprintable() or len(m) > 3000]
