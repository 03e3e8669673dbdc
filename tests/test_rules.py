"""Every rule: a case where it finds, the nearest one where it passes, and one for each thing that it needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import test_rules_account
from build import ENDPOINT, FEDERATE, NAME, NOW, assertion, case, message, outcome, sign_in, users

from connect_saml_nb.model import (
    ATTRIBUTES,
    ROLE,
    ROLE_SESSION_NAME,
    SESSION_DURATION,
    SOURCE_IDENTITY,
    Attribute,
    Binding,
    MessageState,
    Moment,
    Network,
    Outcome,
    Said,
    SubjectConfirmation,
)
from connect_saml_nb.rules import RULES

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


REFUSED = {"said": Said.NOT_ONBOARDED, "accepted": True}
OTHER = "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee"
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
    ("wrong-instance", {"listed": users(NAME, instance=OTHER)}, FOUND),
    ("wrong-instance", {"listed": users(NAME)}, PASSED),
    ("wrong-instance", {}, NOT_CHECKED),
    ("wrong-instance", {"listed": users("x@corp.example", instance=OTHER)}, NOT_CHECKED),
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
    ("session-expired", {"said": Said.SESSION_EXPIRED}, FOUND),
    ("session-expired", {"outcome": Outcome.SESSION_ENDED, **NO_MESSAGE}, FOUND),
    ("session-expired", {}, PASSED),
    ("session-expired", STOPPED, NOT_CHECKED),
    ("not-authorized-in-connect", {"outcome": Outcome.REFUSED_IN_CONNECT}, FOUND),
    ("not-authorized-in-connect", {}, PASSED),
    ("not-authorized-in-connect", STOPPED, NOT_CHECKED),
    ("console-asks-login", {"outcome": Outcome.CONSOLE_LOGIN}, FOUND),
    ("console-asks-login", {}, PASSED),
    ("console-asks-login", STOPPED, NOT_CHECKED),
    ("bad-request", {"said": Said.BAD_REQUEST}, FOUND),
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
    ("role-session-name-missing", {"said": Said.NAME_REQUIRED}, FOUND),
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
    ("issuer-mismatch", {"said": Said.ISSUER}, FOUND),
    ("issuer-mismatch", {}, PASSED),
    ("issuer-mismatch", STOPPED, NOT_CHECKED),
    ("issuer-mismatch", NO_MESSAGE, NOT_CHECKED),
    ("signature-invalid", {"said": Said.SIGNATURE}, FOUND),
    ("signature-invalid", {}, PASSED),
    ("signature-invalid", STOPPED, NOT_CHECKED),
    ("signature-invalid", NO_MESSAGE, NOT_CHECKED),
    ("response-refused", {"said": Said.INVALID_RESPONSE}, FOUND),
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
    ("assertion-unusual", {"assertion": assertion(notes=("A comment stands inside a value.",))}, FOUND),
    ("assertion-unusual", {"message": message(assertions=(assertion(), assertion(id="_b")))}, FOUND),
    ("assertion-unusual", {}, PASSED),
    ("role-value-spaced", _with(Attribute(ROLE, ("a, b",))), FOUND),
    ("role-value-spaced", {}, PASSED),
    # the recording
    ("capture-damaged", {"problem": "The file is cut off."}, FOUND),
    ("capture-damaged", {}, PASSED),
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
    ("response-repaired", {"message": message(notes=("Spaces stood for plus signs.",))}, FOUND),
    ("response-repaired", {}, PASSED),
    ("clock-differs", {"posted_at": Moment(NOW + timedelta(minutes=10), "clock", second=True)}, FOUND),
    ("clock-differs", {}, PASSED),
    ("clock-differs", {"posted_at": None}, NOT_CHECKED),
]

#: The tables of every test file: each rule is in one of them.
TABLES = (
    TABLE,
    test_rules_account.TABLE,
)


@pytest.mark.parametrize(("name", "world", "expected"), TABLE)
def test_rule_says_what_the_case_shows(name: str, world: dict, expected: str) -> None:
    """One thing is changed in a good sign-in, and the rule sees it; what it cannot see it does not claim."""
    assert outcome(name, case(**world)) == expected


def test_every_rule_is_shown_to_find_and_to_pass() -> None:
    """No rule without a case that it finds and one that it passes; what only the account can show is left out."""
    shown = {(name, expected) for table in TABLES for name, _, expected in table}
    wanted = {(r.id, e) for r in RULES for e in (FOUND, PASSED)}
    only_in_other_tests = {("replica-not-ready", FOUND), ("replica-not-ready", PASSED)}
    only_in_other_tests |= {("user-changed-later", FOUND), ("user-changed-later", PASSED)}
    assert wanted - shown == only_in_other_tests


def test_rule_ids_are_unique() -> None:
    """An id names one rule."""
    ids = [r.id for r in RULES]
    assert sorted(set(ids)) == sorted(ids)
