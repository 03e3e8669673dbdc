"""AWS's sign-in page refuses the response: by a text that names the fault, by one that names none, or unreadably."""

from __future__ import annotations

import base64

from recorder import (
    ATTRIBUTES,
    INVALID,
    NOT_ONBOARDED,
    PAIR,
    RESPONDER,
    ROLE,
    SECOND_PAIR,
    SIGN_IN,
    Recorder,
    Saml,
    form_page,
    page,
    refused,
    signed_in,
    started,
    users,
)
from recorder import NAME as ANNA

from scenes.relay_state import CONSOLE_HOME, CONSOLE_PAGE
from scenes.scene import scene
from scenes.signed_in import WS_TRUST_RESPONSE

_STS = " (service: AWSSecurityTokenService; status code: 400; error code: InvalidIdentityToken)"
_STS_ID = (
    " (Service: AWSSecurityTokenService; Status Code: 400; Error Code: InvalidIdentityToken;"
    " Request ID: e4c98f2d-22de-11ea-93e4-5bd61f438bf8; Proxy: null)"
)
_SAML_ID = " (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: {}; Request ID: {}; Proxy: null)"
NAME_MUST_MATCH = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"
_UNREADABLE = "Ein Fehler ist aufgetreten."
_ERROR = "エラー"
_LATE = Saml(issued=-90, lives=60)
_BLANK_NAME = "Anna Berg"


def answered(text: str, saml: Saml | str | None = None, status: int = 400, **more: float) -> Recorder:
    """AWS's sign-in page answers the post with a text."""
    return Recorder().sign_in(saml, status=status, body=page(text), **more)


# --- the text names the fault -------------------------------------------------------------------------------


@scene("role-session-name-missing", names=())
def answer_name_required() -> Recorder:
    """AWS says that the RoleSessionName is missing, and it is."""
    return answered("RoleSessionName is required in AuthnResponse" + _STS, Saml(names=None))


@scene("role-session-name-missing", names=())
def answer_name_required_id() -> Recorder:
    """AWS says that the RoleSessionName is missing; the response has an attribute with the short name only."""
    saml = Saml(name_attribute="RoleSessionName")
    return answered("RoleSessionName is required in AuthnResponse" + _STS_ID, saml)


@scene("role-session-name-invalid", names=(_BLANK_NAME,))
def answer_name_invalid() -> Recorder:
    """AWS says that the RoleSessionName is invalid: it has a space."""
    return answered(NAME_MUST_MATCH + _STS, Saml(names=(_BLANK_NAME,)))


@scene("role-session-name-invalid", names=("O'Brien@acme.example",))
def answer_name_invalid_id_200() -> Recorder:
    """AWS says that the RoleSessionName is invalid, on a page with status 200: it has an apostrophe."""
    return answered(NAME_MUST_MATCH + _STS_ID, Saml(names=("O'Brien@acme.example",)), 200)


@scene("role-session-name-invalid", names=(f"  {ANNA} ",))
def answer_name_padded() -> Recorder:
    """AWS says that the RoleSessionName is invalid: it has spaces around it."""
    return answered(NAME_MUST_MATCH + _STS, Saml(names=(f"  {ANNA} ",)))


@scene("role-session-name-invalid", names=(_BLANK_NAME,))
def reloaded_post() -> Recorder:
    """The post was reloaded: one assertion is one sign-in."""
    text, saml = "RoleSessionName in AuthnResponse must match [a-z]", Saml(names=(_BLANK_NAME,))
    return answered(text, saml).send(saml, 400, page(text))


@scene("role-session-name-invalid", names=(_BLANK_NAME,))
def answer_then_docs_and_console() -> Recorder:
    """The person looks for help and opens the console after AWS's text; the text decides."""
    recording = answered(NAME_MUST_MATCH, Saml(names=(_BLANK_NAME,)))
    recording.get("https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html", body=page(NOT_ONBOARDED))
    return recording.get("https://console.aws.amazon.com/console/home", body=CONSOLE_PAGE)


@scene("role-session-name-invalid", names=(_BLANK_NAME,))
def script_inline_json() -> Recorder:
    """AWS's text is in the JSON of the page's own script."""
    body = (
        f'<html><body><div id="root"></div><script>window.__E={{"message":"{NAME_MUST_MATCH}"}}</script></body></html>'
    )
    return Recorder().sign_in(Saml(names=(_BLANK_NAME,)), status=400, body=body)


@scene(
    "role-not-assumable",
    textless=("outcome-unknown",),
    each={
        "answer-not-authorized": (
            " (service: AWSSecurityTokenService; status code: 403; error code: AccessDenied)",
            None,
            403,
        ),
        "answer-not-authorized-id": (
            " (Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; Request ID: 1; Proxy: null)",
            Saml(name_id=None),
            400,
        ),
    },
)
def not_authorized(answer: tuple[str, Saml | None, int]) -> Recorder:
    """AWS says that the role may not be assumed, and nothing else shows it."""
    text, saml, status = answer
    return answered("Not authorized to perform sts:AssumeRoleWithSAML" + text, saml, status)


@scene("source-identity-invalid")
def answer_source_identity() -> Recorder:
    """AWS says that the SourceIdentity is invalid: it begins with "aws:"."""
    text = "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with &quot;aws:&quot;" + _STS
    return answered(text, Saml(attributes=((ATTRIBUTES + "SourceIdentity", ("aws:x",)),)))


@scene("signature-invalid", textless=("outcome-unknown",))
def answer_signature() -> Recorder:
    """Only AWS's text says that the signature is invalid."""
    return answered("Response signature invalid" + _STS)


@scene("signature-invalid", textless=("outcome-unknown",))
def script_xhr_at_sign_in() -> Recorder:
    """AWS's text is in the JSON of a request."""
    answer = '{"errorMessage": "Response signature invalid (service: AWSSecurityTokenService)"}'
    recording = Recorder().sign_in(status=200, body="<html><body><div id='app'></div></body></html>")
    return recording.api("https://signin.aws.amazon.com/api/error?id=1", 400, answer)


@scene("issuer-mismatch", textless=("outcome-unknown",))
def answer_issuer() -> Recorder:
    """Only AWS's text says that the provider's metadata is of another issuer."""
    return answered(
        "Failed to assume role: Issuer not present in specified provider (service: AWSOpenIdDiscoveryService;"
        " status code: 400; error code: AuthSamlInvalidSamlResponseException)"
    )


@scene("audience-wrong")
def answer_audience() -> Recorder:
    """AWS says that the audience is missing, and the response has another."""
    return answered("Response does not contain the required audience.", Saml(audience="https://acme.example/sp"))


@scene("audience-wrong", textless=("outcome-unknown",))
def answer_audience_text_only() -> Recorder:
    """AWS says that the audience is missing, although the response has it: AWS's word counts."""
    return answered("Response does not contain the required audience.")


@scene(
    "provider-missing",
    textless=("outcome-unknown",),
    each={
        "answer-provider": "Specified provider doesn&#39;t exist."
        + _SAML_ID.format("AuthSamlManifestNotFoundException", 2),
        "answer-provider-curly": "Specified provider doesn’t exist.",
    },
)
def provider_missing(text: str) -> Recorder:
    """Only AWS's text says that the account has no such identity provider; its apostrophe is written in two ways."""
    return answered(text)


@scene("session-duration-invalid", textless=("outcome-unknown",))
def answer_duration() -> Recorder:
    """Only AWS's text says that the session may not be as long."""
    return answered("ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")


@scene("assertion-expired")
def answer_redeem() -> Recorder:
    """AWS says that the response came too late, and it was made seven minutes before."""
    return answered(
        "Token must be redeemed within 5 minutes of issuance (Service: AWSSecurityTokenService; Status Code: 400;"
        " Error Code: ExpiredTokenException; Request ID: 3)",
        Saml(issued=-400, lives=3600),
    )


@scene("assertion-expired")
def answer_expired() -> Recorder:
    """AWS says that the response has expired, and it has."""
    text = (
        "Response has expired (service: AWSSecurityTokenService; status code: 400; error code: ExpiredTokenException)"
    )
    return answered(text, _LATE)


@scene("response-refused", textless=("outcome-unknown",))
def answer_requested_role() -> Recorder:
    """AWS says that the role and the provider do not go together, which has several causes."""
    return answered("SAML Assertion doesn&#x27;t contain the requested Role and Metadata in the attributes" + _STS)


@scene("recipient-wrong")
def answer_recipient_data() -> Recorder:
    """AWS says that the recipient is missing, and it is."""
    text = "Responses must contain SubjectConfirmatonData with a Recipient and NotOnOrAfter"
    return answered(text, Saml(recipient=None))


@scene("assertion-damaged", names=())
def answer_base64() -> Recorder:
    """AWS says that the response is no base64, and it is not."""
    text = _SAML_ID.format("AuthSamlInvalidSamlResponseException", 4).replace("; Proxy: null", "")
    return answered("Invalid base64 SAMLResponse" + text, Saml().base64()[:901] + "!!")


@scene("destination-wrong")
def answer_destination() -> Recorder:
    """AWS says that the destination is invalid: it is another application's address."""
    return answered("AuthnResponse received with invalid destination", Saml(destination="https://acme.example/acs"))


@scene("session-tags-refused", textless=("outcome-unknown",))
def answer_tags() -> Recorder:
    """Only AWS's text says that the session tags are too large together."""
    return answered("PackedPolicyTooLarge")


@scene("idp-error", names=())
def answer_idp_rejected() -> Recorder:
    """AWS passes on that the identity provider refused, as the response's status says."""
    return answered("IDPRejectedClaim", Saml(status=(RESPONDER,)))


# --- "invalid SAML response": the first fault that the response shows ---------------------------------------


@scene("response-refused", textless=("outcome-unknown",), each={"answer-invalid": 400, "answer-invalid-200": 200})
def invalid(status: int) -> Recorder:
    """AWS says only that the response is invalid, and nothing wrong is to be seen in it."""
    return answered(INVALID, status=status)


@scene("response-refused", names=(), textless=("outcome-unknown",))
def wsfed_to_aws() -> Recorder:
    """A WS-Federation message was posted to AWS: no SAML response, and nothing was redacted."""
    fields = [("wa", "wsignin1.0"), ("wresult", WS_TRUST_RESPONSE)]
    recording = Recorder().log_in().submit_login(body=form_page(SIGN_IN, fields))
    return recording.post(SIGN_IN, fields, 400, page(INVALID))


@scene("assertion-redacted", names=())
def answer_invalid_redacted() -> Recorder:
    """The response was taken out of the recording, so its fault cannot be seen."""
    return answered(INVALID, "[REDACTED]")


@scene("assertion-damaged", names=())
def answer_invalid_damaged() -> Recorder:
    """The response was cut short."""
    return answered(INVALID, Saml().base64()[:777])


@scene("assertion-encrypted", names=())
def answer_invalid_encrypted() -> Recorder:
    """The part that can be read has no fault, and the assertion cannot be read."""
    return answered(INVALID, Saml(encrypted=True))


@scene("idp-error", names=())
def answer_invalid_responder() -> Recorder:
    """The identity provider refused, and says so in the response's status."""
    status = (RESPONDER, "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed")
    return answered(INVALID, Saml(status=status, status_message="Not assigned"))


@scene("assertion-not-yet-valid")
def answer_invalid_early() -> Recorder:
    """The assertion is valid from 200 seconds later on."""
    return answered(INVALID, Saml(not_before=200))


@scene(
    "assertion-expired",
    each={
        "answer-invalid-late": _LATE,
        "answer-invalid-late-and-audience": Saml(audience="x", issued=-90, lives=60),
    },
)
def invalid_late(saml: Saml) -> Recorder:
    """The assertion had ended; that is said before a wrong audience."""
    return answered(INVALID, saml)


@scene("destination-wrong")
def answer_invalid_destination() -> Recorder:
    """The response is for another application, by its destination; that is said before the recipient."""
    return answered(INVALID, Saml(destination="https://acme.example/acs", recipient="https://acme.example/acs"))


@scene(
    "recipient-wrong",
    each={
        "answer-invalid-recipient": "https://acme.example/acs",
        "answer-invalid-recipient-region": "https://us-east-2.signin.aws.amazon.com/saml",
        "answer-invalid-no-recipient": None,
    },
)
def invalid_recipient(recipient: str | None) -> Recorder:
    """The recipient is another application, another region's address, or missing."""
    return answered(INVALID, Saml(recipient=recipient))


@scene(
    "audience-wrong",
    each={
        "answer-invalid-audience": "https://acme.example/sp",
        "answer-invalid-no-audience": None,
    },
)
def invalid_audience(audience: str | None) -> Recorder:
    """The audience is another application, or missing."""
    return answered(INVALID, Saml(audience=audience))


@scene("audience-wrong", names=(_BLANK_NAME,))
def answer_invalid_two_faults() -> Recorder:
    """The audience, the name and the role are wrong; the audience is the first that AWS looks at."""
    return answered(INVALID, Saml(audience="x", names=(_BLANK_NAME,), roles=(ROLE,)))


@scene(
    "role-missing",
    each={
        "answer-invalid-role-none": Saml(roles=None),
        "answer-invalid-role-empty": Saml(roles=()),
        "answer-invalid-role-case": Saml(role_attribute=ATTRIBUTES + "role"),
        "answer-invalid-role-bare-name": Saml(role_attribute="Role"),
        "answer-invalid-role-http": Saml(role_attribute=ATTRIBUTES.replace("https", "http") + "Role"),
    },
)
def invalid_role_missing(saml: Saml) -> Recorder:
    """No attribute with a value has exactly the name that AWS looks for."""
    return answered(INVALID, saml)


@scene(
    "role-malformed",
    each={
        "answer-invalid-role-half": ROLE,
        "answer-invalid-role-blank": "",
        "answer-invalid-role-placeholder": "arn:aws:iam::ACCOUNT:role/X,arn:aws:iam::ACCOUNT:saml-provider/Y",
        "answer-invalid-role-joined": f"{PAIR},{SECOND_PAIR}",
    },
)
def invalid_role(value: str) -> Recorder:
    """The value is no pair of a role's and a provider's ARN."""
    return answered(INVALID, Saml(roles=(value,)))


@scene(
    "role-session-name-missing",
    names=(),
    each={
        "answer-invalid-name-none": Saml(names=None),
        "answer-invalid-name-case": Saml(name_attribute=ATTRIBUTES + "roleSessionName"),
    },
)
def invalid_name_missing(saml: Saml) -> Recorder:
    """No attribute has exactly the name that AWS looks for."""
    return answered(INVALID, saml)


@scene("role-session-name-invalid")
def answer_invalid_name_two() -> Recorder:
    """The RoleSessionName has two values; the first is shown."""
    return answered(INVALID, Saml(names=(ANNA, "anna")))


@scene("role-session-name-invalid", names=("",))
def answer_invalid_name_blank() -> Recorder:
    """The RoleSessionName is empty."""
    return answered(INVALID, Saml(names=("",)))


@scene("role-session-name-invalid", names=("a" * 65,))
def answer_invalid_name_long() -> Recorder:
    """A RoleSessionName has at most 64 characters."""
    return answered(INVALID, Saml(names=("a" * 65,)))


@scene("source-identity-invalid")
def answer_invalid_source_identity() -> Recorder:
    """A SourceIdentity has no space."""
    return answered(INVALID, Saml(attributes=((ATTRIBUTES + "SourceIdentity", (_BLANK_NAME,)),)))


@scene("session-duration-invalid", each={"answer-invalid-duration-short": "60", "answer-invalid-duration-text": "8h"})
def invalid_duration(duration: str) -> Recorder:
    """A SessionDuration is a number of seconds, at least 900."""
    return answered(INVALID, Saml(attributes=((ATTRIBUTES + "SessionDuration", (duration,)),)))


@scene("session-tags-refused")
def answer_invalid_tags() -> Recorder:
    """A session has at most 50 tags."""
    return answered(INVALID, Saml(attributes=tuple((f"{ATTRIBUTES}PrincipalTag:k{n}", ("v",)) for n in range(51))))


# --- no readable text ---------------------------------------------------------------------------------------


@scene(
    "outcome-unknown",
    each={
        "answer-unread": _UNREADABLE,
        "answer-bad-request": "Bad Request. The request was not valid and could not be processed.",
    },
)
def unread(text: str) -> Recorder:
    """The text says nothing, and the response shows no fault."""
    return answered(text)


@scene("audience-wrong")
def answer_unread_audience() -> Recorder:
    """The text cannot be read, but the response's audience is wrong."""
    return answered(_UNREADABLE, Saml(audience="x"))


@scene("audience-wrong")
def answer_unread_then_console() -> Recorder:
    """The console that was opened afterwards does not show that AWS accepted the response: the post led nowhere."""
    return answered(_UNREADABLE, Saml(audience="x")).get(CONSOLE_HOME, body=CONSOLE_PAGE)


@scene("role-session-name-invalid", names=("Änne",))
def answer_unread_name() -> Recorder:
    """The text cannot be read, but the response's name has a letter that AWS does not allow."""
    return answered(_ERROR, Saml(names=("Änne",)))


@scene("assertion-encrypted", names=())
def answer_unread_encrypted() -> Recorder:
    """Neither the text nor the assertion can be read."""
    return answered(_ERROR, Saml(encrypted=True))


@scene("outcome-unknown")
def answer_unread_403() -> Recorder:
    """A status 403 alone does not show that the role may not be assumed."""
    return answered("Zugriff verweigert", status=403)


@scene("outcome-unknown", users=users("Anna.Berg@acme.example"))
def answer_unread_case_twin() -> Recorder:
    """Connect's users were not reached, so a name in another case explains nothing."""
    return answered(_UNREADABLE)


@scene("outcome-unknown")
def script_app_only() -> Recorder:
    """AWS's texts in a script file are no answer."""
    body = "<html><body><div id='app'></div><script src='/v2/js/app.js'></script></body></html>"
    recording = Recorder().sign_in(status=200, body=body)
    return recording.script("https://signin.aws.amazon.com/v2/js/app.js", "var a='Response signature invalid';")


# --- times, by AWS's clock ----------------------------------------------------------------------------------


@scene("response-refused", textless=("outcome-unknown",))
def answer_late_by_browser_clock_only() -> Recorder:
    """The browser's clock is ten minutes fast; by AWS's Date header, the assertion was valid."""
    saml = Saml(issued=-500, not_before=-500, lives=300, at=started(-300))
    return answered(INVALID, saml, aws_ahead=-600)


@scene("assertion-expired")
def answer_late_by_aws_clock() -> Recorder:
    """By AWS's Date header, the assertion had ended."""
    return answered(INVALID, Saml(lives=300), aws_ahead=600)


@scene("assertion-not-yet-valid")
def answer_early_by_aws_clock() -> Recorder:
    """By AWS's Date header, the assertion was not valid yet."""
    return answered(INVALID, Saml(not_before=-60), aws_ahead=-3600)


@scene("assertion-expired")
def answer_late_without_date() -> Recorder:
    """The answer has no Date header, so the browser's time counts."""
    return answered(INVALID, _LATE, dated=False)


# --- values and several responses ---------------------------------------------------------------------------


@scene("user-missing", users=users(), names=("anna.berg@acme.example.evil.example",))
def odd_comment_in_name() -> Recorder:
    """A comment inside the name does not cut it: the whole value is read, as AWS should."""
    saml = Saml(names=(f"{ANNA}<!-- -->.evil.example",)).xml().replace("&lt;!-- --&gt;", "<!-- -->")
    return refused(signed_in(base64.b64encode(saml.encode()).decode()))


@scene("assertion-damaged", names=())
def odd_entities() -> Recorder:
    """A response that declares entities is refused as unsafe, so nothing of it is known."""
    declaration = f'<!DOCTYPE x [<!ENTITY a "{"b" * 50}">]>'
    response = '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">&a;</samlp:Response>'
    return refused(signed_in(base64.b64encode((declaration + response + " " * 400).encode()).decode()))


@scene("role-missing", "signed-in", names=(ANNA, "max@acme.example"))
def old_response_posted_again() -> Recorder:
    """The first response is posted again after another person's sign-in: one assertion is one sign-in."""
    recording = Recorder()
    saml = recording.now_saml(roles=())
    recording.sign_in(saml, status=400, body=page(INVALID))
    recording.sign_in(Saml(names=("max@acme.example",), id="_second")).finish()
    return recording.send(saml, 400, page(INVALID))
