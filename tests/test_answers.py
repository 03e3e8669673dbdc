"""The known texts, in pages as they really are."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_saml_nb.aws.messages import find_answer, find_interrupt, find_refusal
from connect_saml_nb.idp.errors import (
    ErrorCode,
    error_code_of,
    error_codes,
    status_error_code,
)
from connect_saml_nb.model.signin import AwsMessage

CODES = error_codes()
ONBOARDED = "Access denied. Your account has been authenticated, but has not been onboarded to this application."


def _said(body: str, **options: bool) -> AwsMessage | None:
    answer = find_answer(body, **options)
    return answer.said if answer else None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ONBOARDED, AwsMessage.NOT_ONBOARDED),
        (ONBOARDED.upper(), AwsMessage.NOT_ONBOARDED),
        ("アカウントは認証されましたが、このアプリケーションには登録されていません。", AwsMessage.NOT_ONBOARDED),
        ("UserNotOnboardedException", AwsMessage.NOT_ONBOARDED),
        ("Access denied, Please contact your AWS account administrator for assistance.", AwsMessage.FEDERATION_DENIED),
        ("Your session has expired. Please log in again to continue.", AwsMessage.SESSION_EXPIRED),
        ("Session Expired", AwsMessage.SESSION_EXPIRED),
        ("Your request included an invalid SAML response. To logout, click here.", AwsMessage.INVALID_RESPONSE),
        ("RoleSessionName is required in AuthnResponse (Service: AWSSecurityTokenService)", AwsMessage.NAME_REQUIRED),
        ("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}", AwsMessage.NAME_INVALID),
        ("Not authorized to perform sts:AssumeRoleWithSAML", AwsMessage.NOT_AUTHORIZED),
        ('Source Identity must match [a-z]{2,64} and not begin with "aws:"', AwsMessage.SOURCE_IDENTITY),
        ("Response signature invalid", AwsMessage.SIGNATURE),
        ("Failed to assume role: Issuer not present in specified provider", AwsMessage.ISSUER),
        ("Response does not contain the required audience.", AwsMessage.AUDIENCE),
        ("Specified provider doesn’t exist.", AwsMessage.PROVIDER),
        ("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", AwsMessage.DURATION),
        ("Token must be redeemed within 5 minutes of issuance", AwsMessage.EXPIRED),
        ("Response has expired", AwsMessage.EXPIRED),
        (
            "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
            AwsMessage.ROLE_NOT_IN_RESPONSE,
        ),
        ("Responses must contain SubjectConfirmatonData with a Recipient and NotOnOrAfter", AwsMessage.RECIPIENT),
        ("Invalid base64 SAMLResponse", AwsMessage.DAMAGED),
        ("AuthnResponse received with invalid destination", AwsMessage.DESTINATION),
        ("PackedPolicyTooLarge", AwsMessage.TAGS),
        ("IDPRejectedClaim", AwsMessage.IDP_REJECTED),
        ("RegionDisabledException", AwsMessage.REGION_DISABLED),
        ("MalformedPolicyDocument", AwsMessage.POLICY_MALFORMED),
        ("Bad Request. The request was not valid and could not be processed.", AwsMessage.BAD_REQUEST),
        ("Welcome", None),
    ],
)
def test_text_is_recognised_in_a_page(text: str, said: AwsMessage | None) -> None:
    """Each of AWS's texts, inside markup and with white space as pages have it."""
    page = f"<!DOCTYPE html><html><title>AWS</title><p><b>{text.replace(' ', '&nbsp; ', 1)}</b></p></html>"
    assert _said(page) == said


@pytest.mark.parametrize(
    "body",
    [
        f'{{"error": {{"message": "{ONBOARDED}"}}}}',
        f"<html><script>window.state = {{message: '{ONBOARDED}'}}</script><div id=app></div></html>",
        "<p>Access denied.<br>\n Your account, <b>has not been\n onboarded</b> to this application.</p>",
    ],
)
def test_text_is_found_in_json_scripts_and_split_markup(body: str) -> None:
    """Pages rendered by script keep their message elsewhere."""
    assert _said(body) == AwsMessage.NOT_ONBOARDED


@pytest.mark.parametrize(
    "body",
    [
        f"<!-- {ONBOARDED} --><p>Welcome</p>",
        f"<style>/* {ONBOARDED} */</style><p>Welcome</p>",
        f"<script>var t = {{a: '{ONBOARDED}', b: 'Response has expired', c: 'Response signature invalid'}}</script>",
        f"<script>var t = {{a: '{ONBOARDED}', b: 'Your session has expired. Please log in again.'}}</script>",
        f'{{"a": "{ONBOARDED}", "b": "Your session has expired. Please log in again."}}',
        f'{{"a": "{ONBOARDED}", "b": "Response signature invalid"}}',
    ],
)
def test_what_nobody_sees_is_no_answer(body: str) -> None:
    """Comments, styles and catalogues of all messages say nothing about this sign-in."""
    assert _said(body) is None


def test_resource_not_found_counts_on_the_global_endpoint_only() -> None:
    """Other pages use that name for anything."""
    body = '{"__type": "ResourceNotFoundException"}'
    assert [_said(body), _said(body, global_endpoint=True)] == [None, AwsMessage.NOT_FOUND_IN_REPLICA]


def test_shown_text_is_one_line_without_secrets() -> None:
    """A page's text is a stranger's: links and long runs are masked, control characters gone."""
    body = f"<p>Session expired \x1b[31m\u202e https://a.example/?token=abc {'A' * 60}</p>"
    answer = find_answer(body)
    assert answer is not None
    assert answer.text == "Session expired [31m https://a.example/?token=… …"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<p>AADSTS50105: Your administrator has configured the application to block users</p>", "AADSTS50105"),
        (
            '<script>$Config={"strServiceExceptionMessage":"AADSTS700016: Application not found"}</script>',
            "AADSTS700016",
        ),
        ("<h1>Sorry, you are not assigned this app in Okta.</h1>", "Okta"),
        ("<p>Incorrect username or password.</p>", "password"),
        ("<p>MSIS7042: The same client browser session has made '6' requests</p>", "MSIS7042"),
        ("<p>MSIS7007: The requested relying party trust 'urn:x' is unspecified or unsupported.</p>", "MSIS7007"),
        ("<p>MSIS5007: The caller authorization failed for caller identity</p>", "MSIS5007"),
        ("<p>MSIS9999: something else</p>", "AD FS"),
        ("<h1>An error occurred</h1><p>Contact your administrator.</p><p>Activity ID: 0000</p>", "AD FS"),
        ("<p>403. That’s an error.</p><p>Error: app_not_configured_for_user</p>", "app_not_configured_for_user"),
        ("<p>Error: app_not_enabled_for_user</p>", "app_not_enabled_for_user"),
        ("<p>Error: app_not_configured</p>", "app_not_configured"),
        ("<p>The application you have accessed is not registered for use with this service.</p>", "Shibboleth"),
        ("<h1>State information lost</h1>", "NOSTATE"),
        ("<p>AUTHZ_001: Sorry, you're not authorized to access the requested resource.</p>", "AUTHZ_001"),
        ("<p>MFA_003</p>", "MFA"),
        ("<p>AUTHN_999</p>", "Ping"),
        ("<p>An error occurred when we tried to process your request.</p>", "IAM Identity Center"),
        ("<p>An unexpected error has occurred</p>", "IAM Identity Center"),
        ('{"error": "access_denied", "error_codes": [53003]}', "AADSTS53003"),
        ("<p>AUTHN_005 It looks like your session has expired</p>", "AUTHN_005"),
    ],
)
def test_refusal_of_an_identity_provider(body: str, code: str) -> None:
    """Its own code is kept."""
    answer = find_refusal(body)
    assert answer is not None
    assert answer.code == code


@pytest.mark.parametrize("body", ["<p>AADSTS50058: interrupt</p>", "<p>Sign in to your account</p>", ""])
def test_interrupts_and_login_pages_are_no_refusal(body: str) -> None:
    """Steps of a normal sign-in."""
    assert find_refusal(body) is None


@pytest.mark.parametrize("code", sorted(CODES.interrupts))
def test_a_question_of_entra_is_no_refusal(code: str) -> None:
    """A step of a normal sign-in, in the page and in JSON; but it is known what Entra waits for."""
    pages = (f"<p>AADSTS{code}: interrupt</p>", f'{{"error_codes":[{code}]}}')
    assert [None, None] == [find_refusal(page) for page in pages]
    assert [f"AADSTS{code}"] * 2 == [found.code for page in pages if (found := find_interrupt(page))]


def test_a_refusal_after_a_question_is_a_refusal() -> None:
    """The question was answered, and then the policy refused."""
    found = find_refusal("<p>AADSTS50076: MFA</p><p>AADSTS53003: blocked</p>")
    assert found is not None
    assert found.code == "AADSTS53003"


@pytest.mark.parametrize("code", sorted(CODES.entra))
def test_a_code_of_entra_is_found_and_explained(code: str) -> None:
    """Each code of the table."""
    found = find_refusal(f"<p>AADSTS{code}: words of Microsoft</p>")
    assert found is not None
    assert error_code_of(found.text) == CODES.entra[code]


def test_an_unknown_code_of_entra_is_shown_as_it_stands() -> None:
    """And nothing is made up about it."""
    found = find_refusal("<p>AADSTS999999: something new</p>")
    assert found is not None
    assert (found.code, error_code_of(found.text)) == ("AADSTS999999", None)


@pytest.mark.parametrize(
    "known", [*CODES.entra.values(), *(r for _, r in CODES.texts), *CODES.status.values()], ids=lambda r: r.code
)
def test_an_explanation_says_who_does_what(known: ErrorCode) -> None:
    """With the document that says so; the meaning can stand inside a sentence."""
    whole = known.meaning and not known.meaning.endswith(".")
    ends = [str(action.text).endswith(".") for action in known.remedy]
    assert (bool(whole), {*ends}, known.docs.startswith("https://")) == (True, {True}, True)


@pytest.mark.parametrize(
    ("codes", "meant"),
    [
        (("Responder",), "Responder"),
        (("Responder", "AuthnFailed"), "AuthnFailed"),
        (("Requester", "urn:corp:own"), "Requester"),
        (("urn:corp:own",), None),
        ((), None),
    ],
)
def test_the_innermost_known_status_code_is_explained(codes: tuple[str, ...], meant: str | None) -> None:
    """SAML nests the more specific one."""
    full = tuple(c if ":" in c else f"urn:oasis:names:tc:SAML:2.0:status:{c}" for c in codes)
    found = status_error_code(full)
    assert (found.code if found else None) == meant


@given(st.text(max_size=300))
def test_any_page_can_be_read(text: str) -> None:
    """No text raises."""
    find_answer(text)
    find_refusal(text)
    find_interrupt(text)
    error_code_of(text)


@pytest.mark.parametrize("piece", ["<!--", "<script>", "<p ", "&#", "{", "<", "An error occurred\n", "[" * 50])
@pytest.mark.slow
def test_hostile_pages_take_bounded_time(piece: str) -> None:
    """Work grows with the length only: a page of 4 MB takes about a second, not minutes."""
    page = piece * (4_000_000 // len(piece))
    began = time.process_time()
    find_answer(page)
    find_refusal(page)
    assert time.process_time() - began < 10
