"""Whole recordings of faults that the scenes do not hold: the verdict, and the rules that speak of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from recorder import (
    CONNECT,
    FEDERATE,
    INSTANCE,
    INVALID,
    LIST,
    NAME,
    NOT_ONBOARDED,
    PAIR,
    PROVIDER,
    REGION,
    RELAY_STATE,
    ROLE,
    SIGN_IN,
    TOKEN,
    Json,
    Recorder,
    Saml,
    healthy,
    page,
    refused,
    saml_fields,
    signed_in,
    users,
)

from connect_saml_nb.diagnosis import diagnose

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import Diagnosis
    from connect_saml_nb.model.users import Users

NOT_AUTHORIZED = (
    "Not authorized to perform sts:AssumeRoleWithSAML (service: AWSSecurityTokenService; status code: 403; error code: "
    "AccessDenied; Request ID: e4c98f2d-22de-11ea-93e4-5bd61f438bf8)"
)
ENTRA_ISSUER = "https://sts.windows.net/77777777-2222-4333-8444-555555555555/"
ENTRA_LOGIN = "https://login.microsoftonline.com/77777777-2222-4333-8444-555555555555/login"
CENTER_ISSUER = f"https://portal.sso.{REGION}.amazonaws.com/saml/assertion/QUNNRQ"
GLOBAL = f"https://{INSTANCE}.{REGION}.sign-in.connect.aws/saml"
REGIONAL = f"https://{REGION}.signin.aws.amazon.com/saml"


@dataclass(frozen=True)
class Fault:
    """A recording, its verdict, the rules that must find something, and words of the main finding's remedy."""

    name: str
    recorder: Recorder
    verdict: str
    found: tuple[str, ...]
    words: str = ""
    listed: Users | None = LIST


def _refused_by_aws(text: str, saml: Saml | None = None, **more: Json) -> Recorder:
    recorder = Recorder()
    recorder.sign_in(saml or recorder.now_saml(), status=400, body=page(text), **more)
    return recorder


def _at_entra(body: str, status: int = 200) -> Recorder:
    recorder = Recorder()
    recorder.get("https://myapps.microsoft.com/", body=page("My Apps"))
    recorder.post(ENTRA_LOGIN, [("login", NAME), ("passwd", "x")], status, body)
    return recorder


def _embedded() -> Recorder:
    recorder = Recorder()
    recorder.get("https://crm.example/desk", body=page("Desk", "Desk"))
    inside = (("Referer", "https://crm.example/"),)
    recorder.get(CONNECT + "/ccp-v2", body=page("Contact Control Panel"), kind="iframe", headers=inside)
    for _ in range(4):
        recorder.wait(2)
        recorder.get(CONNECT + "/auth/authorize", 401, "{}", mime="application/json", kind="xhr", headers=inside)
    return recorder


def _ends_early() -> Recorder:
    recorder = healthy()
    recorder.wait(600)
    recorder.get(CONNECT + "/auth/authorize", 401, "{}", mime="application/json", kind="xhr")
    recorder.get(CONNECT + "/ccp-v2", 401, page("Session expired"))
    return recorder


def _pair_of_instances() -> Recorder:
    recorder = refused(signed_in())
    recorder.get(
        f"https://{INSTANCE}.{REGION}.region-discovery.connect.aws/", body="{}", mime="application/json", kind="xhr"
    )
    return recorder


def _global() -> Recorder:
    endpoint = f"{GLOBAL}?&instanceId={INSTANCE}&accountId=999988887777&role=ConnectAgents&idp=AcmeIdP"
    saml = Saml(destination=GLOBAL, recipient=GLOBAL)
    recorder = Recorder()
    recorder.log_in()
    recorder.hand_over(saml, None, endpoint)
    recorder.post(endpoint, saml_fields(saml, None), 403, page("UserNotOnboardedException"))
    return recorder


def _double_encoded() -> Recorder:
    state = FEDERATE.replace(":", "%3A").replace("/", "%2F")
    recorder = Recorder()
    recorder.sign_in(relay_state=state, location="https://console.aws.amazon.com/console/home")
    recorder.get("https://console.aws.amazon.com/console/home", body=page("Console Home", "AWS Management Console"))
    return recorder


FAULTS = [
    Fault(
        "entra-not-assigned",
        _at_entra(page("AADSTS50105: Your administrator has configured the application to block users.")),
        "idp-error",
        ("idp-error",),
        "assign the person",
    ),
    Fault(
        "entra-blocked-in-json",
        _at_entra('{"error":"interaction_required","error_codes":[50076,53003]}', 400),
        "idp-error",
        ("idp-error",),
        "Conditional Access",
    ),
    Fault("entra-asks-for-mfa", _at_entra(page("AADSTS50076: MFA")), "capture-incomplete", ("idp-waits",)),
    Fault(
        "entra-audience",
        _refused_by_aws(INVALID, Saml(issuer=ENTRA_ISSUER, style="entra", audience="https://corp.example/app")),
        "audience-wrong",
        ("audience-wrong",),
        "Identifier (Entity ID)",
    ),
    Fault(
        "identity-center-without-mappings",
        _refused_by_aws(INVALID, Saml(issuer=CENTER_ISSUER, names=None, roles=None)),
        "role-missing",
        ("role-missing", "role-session-name-missing"),
        "IdP admin (IAM Identity Center): ",
    ),
    Fault(
        "identity-center-role",
        _refused_by_aws(NOT_AUTHORIZED, Saml(roles=(PAIR.replace("ConnectAgents", "x/AWSReservedSSO_Agents_1"),))),
        "role-not-assumable",
        ("role-not-assumable", "role-reserved"),
    ),
    Fault(
        "okta-joined-roles",
        _refused_by_aws(INVALID, Saml(issuer="http://www.okta.com/exk1", roles=(f"{PAIR},{PAIR}",))),
        "role-malformed",
        ("role-malformed",),
        "Group Filter",
    ),
    Fault(
        "google-no-role-value",
        _refused_by_aws(INVALID, Saml(issuer="https://accounts.google.com/o/saml2?idpid=C0", roles=())),
        "role-missing",
        ("role-missing",),
        "custom attribute",
    ),
    Fault(
        "regional-endpoint-not-in-the-trust-policy",
        _refused_by_aws(NOT_AUTHORIZED, Saml(destination=REGIONAL, recipient=REGIONAL), endpoint=REGIONAL),
        "role-not-assumable",
        ("role-not-assumable", "endpoint-in-trust-policy"),
    ),
    Fault(
        "role-and-provider-of-two-accounts",
        _refused_by_aws(NOT_AUTHORIZED, Saml(roles=(f"{ROLE},{PROVIDER.replace('2109', '9999')}",))),
        "role-not-assumable",
        ("role-not-assumable", "role-pair-mixed"),
    ),
    Fault(
        "sts-off-in-the-region",
        _refused_by_aws("RegionDisabledException: STS is not activated in the requested region"),
        "response-refused",
        ("response-refused",),
        "AWS STS",
    ),
    Fault(
        "role-not-in-response",
        _refused_by_aws("SAML Assertion doesn't contain the requested Role and Metadata in the attributes"),
        "response-refused",
        ("response-refused", "role-not-in-response"),
        "choose one of the roles",
    ),
    Fault(
        "govcloud-endpoint-with-commercial-arns",
        _refused_by_aws(
            INVALID,
            Saml(
                destination="https://signin.amazonaws-us-gov.com/saml",
                recipient="https://signin.amazonaws-us-gov.com/saml",
            ),
            endpoint="https://signin.amazonaws-us-gov.com/saml",
        ),
        "response-refused",
        ("response-refused", "partitions-differ"),
    ),
    Fault("double-encoded-relay-state", _double_encoded(), "relay-state-invalid", ("relay-state-invalid",)),
    Fault("embedding-loop", _embedded(), "capture-incomplete", ("authorize-loop", "capture-incomplete")),
    Fault("session-ends-early", _ends_early(), "session-expired", ("session-expired", "session-ended-early")),
    Fault(
        "pair-of-instances-without-the-global-endpoint",
        _pair_of_instances(),
        "user-missing",
        ("user-missing", "global-sign-in-unused"),
        "create the user",
        users(),
    ),
    Fault(
        "global-query-of-another-account", _global(), "replica-not-ready", ("replica-not-ready", "global-sign-in-query")
    ),
]


def _diagnosed(fault: Fault) -> Diagnosis:
    return diagnose(json.dumps(fault.recorder.har()).encode(), fault.listed or ())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_a_fault_is_named_and_explained(fault: Fault) -> None:
    """The verdict is the contract's, and each rule that knows more says so."""
    diagnosis = _diagnosed(fault).sign_ins[-1]
    found = {f.rule for f in diagnosis.findings}
    assert (fault.verdict, set()) == (diagnosis.verdict, set(fault.found) - found)


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.words], ids=lambda f: f.name)
def test_the_main_remedy_is_the_product_s_own(fault: Fault) -> None:
    """It names the setting, or the step, and who does it."""
    main = _diagnosed(fault).sign_ins[-1].main_finding
    assert main is not None
    assert fault.words in str(main.remedy)


@pytest.mark.parametrize("issuer", [ENTRA_ISSUER, CENTER_ISSUER, "http://www.okta.com/exk1", "https://idp.example/x"])
def test_a_healthy_sign_in_of_any_product_has_no_error(issuer: str) -> None:
    """Nothing new says that something is wrong where nothing is."""
    diagnosis = diagnose(json.dumps(healthy(Saml(issuer=issuer)).har()).encode(), LIST)
    told = [(j.verdict, f.rule) for j in diagnosis.sign_ins for f in j.findings if f.severity != "info"]
    assert told == []


def test_a_broker_s_product_is_the_one_that_signs() -> None:
    """The company's own Entra signs in to IAM Identity Center, which makes the response for AWS."""
    recorder = Recorder()
    recorder.get(ENTRA_LOGIN, body=page("Sign in"))
    saml = recorder.now_saml(issuer=CENTER_ISSUER, roles=None)
    recorder.hand_over(saml, RELAY_STATE, SIGN_IN, f"https://portal.sso.{REGION}.amazonaws.com")
    recorder.post(SIGN_IN, saml_fields(saml, RELAY_STATE), 400, page(INVALID))
    main = diagnose(json.dumps(recorder.har()).encode(), LIST).sign_ins[-1].main_finding
    assert main is not None
    assert "IdP admin (IAM Identity Center): " in str(main.remedy)


def test_no_finding_shows_a_token_of_the_query() -> None:
    """Of a relay state's destination outside Connect too."""
    state = f"{FEDERATE}?destination=https%3A%2F%2Fcrm.example%2Fdesk%3Ftoken%3D{TOKEN}"
    recorder = Recorder()
    recorder.sign_in(relay_state=state)
    recorder.federate(403, page(NOT_ONBOARDED), url=state)
    findings = diagnose(json.dumps(recorder.har()).encode(), users(NAME)).sign_ins[-1].findings
    told = [f for f in findings if f.rule == "relay-state-destination"]
    assert ([TOKEN in str(f.message) for f in told], [TOKEN in repr(f) for f in findings if TOKEN in repr(f)]) == (
        [False],
        [],
    )
