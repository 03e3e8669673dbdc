"""What identity providers say when they refuse, as data: codes and texts with their meaning and who does what.

Sources are beside each table. Microsoft warns that codes and texts change; an unknown code is reported as it stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Refusal(NamedTuple):
    """A refusal: its code, the product, what it means for a sign-in to Connect, who does what, and the document."""

    code: str
    product: str
    meaning: str
    remedy: str
    docs: str


# --- Microsoft Entra ID ------------------------------------------------------------------------------------

ENTRA_DOCS = "https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes"
ENTRA = "Microsoft Entra ID"
_ENTRA_GROUPS: tuple[tuple[str, str, str], ...] = (
    (
        "50105",
        "the person is not assigned to the application or to a role of it",
        "IdP admin: assign the person, or a group of theirs, to the AWS application under Enterprise apps, with the role.",
    ),
    (
        "50011 900971",
        "the reply URL does not match one of the application's (the AWS endpoint was changed, or the provider in IAM was made anew and has another /saml/acs/ address)",
        "IdP admin: correct Reply URL in Basic SAML Configuration. AWS admin: say which sign-in endpoint is right.",
    ),
    (
        "700016 700011 650056 65005",
        "the application's identifier is not known in this tenant (wrong entity ID or wrong tenant)",
        "IdP admin: compare Identifier (Entity ID) in Basic SAML Configuration with the one in the request, and the tenant.",
    ),
    ("70001 7000112", "the application is disabled", "IdP admin: enable the application for sign-in."),
    (
        "75001 75003 75005 75008 75016 76021 76026",
        "Entra does not take the SAML request: malformed, expired, unsigned, or sent elsewhere. Connect's sign-in needs no request, it starts at the identity provider",
        "The person: start from the application's tile, not from a saved link. IdP admin: give people the application's User access URL.",
    ),
    (
        "750054",
        "the sign-in address was opened without a SAML request (a saved link to the login itself)",
        "The person: start from the application's tile. IdP admin: give people the application's User access URL.",
    ),
    (
        "75011",
        "the person had signed in by another method than the request demands",
        "The person: sign out of everything and sign in again. IdP admin: take the demanded authentication method out of the request, or demand the one that is used.",
    ),
    (
        "501241 50124",
        "the name ID or another claim could not be made: the person lacks the attribute it comes from (no mail address, say)",
        "IdP admin: fill in the person's attribute, or choose another source for the claim under Single sign-on.",
    ),
    (
        "50146 50003",
        "the application has no valid signing certificate (none, expired, or not yet valid)",
        "IdP admin: make a new SAML signing certificate and make it active. AWS admin: update the provider in IAM with the new metadata.",
    ),
    (
        "53000 53001 53002 53003 530032 530035 53004 53011 50005 50131",
        "a Conditional Access or security policy blocks this sign-in (device, place, app or risk)",
        "IdP admin: look up the sign-in in Entra's sign-in log under Conditional Access. The person: use a device and place that the organization allows.",
    ),
    (
        "50126 50056",
        "the user name or the password was wrong",
        "The person: sign in with the right user name and password.",
    ),
    (
        "50053",
        "the account is locked, or the address that the sign-in came from is blocked",
        "IdP admin: look up the reason in Entra's sign-in log, and unblock the person.",
    ),
    ("50055 50144", "the password has expired", "The person: change the password, then sign in again."),
    ("50057", "the account is disabled", "IdP admin: enable the person's account if they are to sign in."),
    (
        "50020 50034 50014 51004 16000 16003 90072",
        "the account that signed in does not exist in this tenant (another account is open in the browser, or a guest was never invited)",
        "The person: sign out and choose the right account, or use a private window. IdP admin: invite the guest if this account is meant.",
    ),
)
_ENTRA_INTERRUPTS: tuple[tuple[str, str], ...] = (
    ("50058", "nobody was signed in yet"),
    ("50140", "the question whether to stay signed in"),
    ("50199", "the question whether this is the right application"),
    ("50076", "multi-factor authentication is asked for"),
    ("50074", "multi-factor authentication is asked for"),
    ("50079", "multi-factor authentication must be set up first"),
    ("50072", "multi-factor authentication must be set up first"),
    ("50158", "a further check by an external provider is asked for"),
)

#: Every Entra code that is a refusal, by its number.
ENTRA_CODES: dict[str, Refusal] = {
    code: Refusal(f"AADSTS{code}", ENTRA, meaning, remedy, ENTRA_DOCS)
    for codes, meaning, remedy in _ENTRA_GROUPS
    for code in codes.split()
}
#: Steps of a normal sign-in, no failures by themselves: what Entra waits for, by the code's number.
ENTRA_INTERRUPTS: dict[str, str] = dict(_ENTRA_INTERRUPTS)


# --- other products ----------------------------------------------------------------------------------------

_PING_DOCS = "https://docs.pingidentity.com/pingoneforenterprise/pingone_for_enterprise/p14e_error_codes.html"
_OKTA_DOCS = "https://support.okta.com/help/s/article/App-Sign-on-Error-403"
_GOOGLE_DOCS = "https://support.google.com/a/answer/6301076"
_ADFS_DOCS = "https://learn.microsoft.com/en-us/windows-server/identity/ad-fs/troubleshooting/ad-fs-tshoot-loop"
_ADFS_LOG = "https://learn.microsoft.com/en-us/windows-server/identity/ad-fs/troubleshooting/ad-fs-tshoot-overview"
_CENTER_DOCS = "https://docs.aws.amazon.com/singlesignon/latest/userguide/troubleshooting.html"
_SHIBBOLETH_DOCS = "https://shibboleth.atlassian.net/wiki/spaces/IDP4"
_SIMPLESAML_DOCS = "https://simplesamlphp.org/docs/stable/simplesamlphp-nostate.html"
_FROM_TILE = "The person: start again from the identity provider's tile, without the back button or a saved page."

#: Texts that a person sees, in the order in which they are looked for. The code is what follows when it has none.
TEXTS: tuple[tuple[re.Pattern[str], Refusal], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), Refusal(code, product, meaning, remedy, docs))
    for pattern, code, product, meaning, remedy, docs in (
        (
            r"App Not Assigned|you are not assigned this app in Okta|not assigned to this application",
            *("Okta", "Okta", "the person is not assigned to the application"),
            "IdP admin: assign the person or a group of theirs to the application in Okta.",
            _OKTA_DOCS,
        ),
        (
            r"\bAUTHN_005\b[^\n]{0,200}",
            *("AUTHN_005", "Ping", "the session at PingOne has expired or is invalid"),
            _FROM_TILE,
            _PING_DOCS,
        ),
        (
            r"\bAUTHN_209\b[^\n]{0,200}",
            *("AUTHN_209", "Ping", "PingOne could not decode the answer of the identity bridge"),
            "IdP admin: check the configuration of the identity bridge in PingOne.",
            _PING_DOCS,
        ),
        (
            r"\bAUTHZ_001\b[^\n]{0,200}|not authorized to access the requested resource",
            *("AUTHZ_001", "Ping", "the person is in none of the groups that may use the application"),
            "IdP admin: add the person to a group that may use the application in PingOne.",
            _PING_DOCS,
        ),
        (
            r"\bMFA_\d{3}\b[^\n]{0,200}",
            *("MFA", "Ping", "multi-factor authentication did not succeed"),
            "The person: sign in again and complete the second step. IdP admin: look up the code in PingOne.",
            _PING_DOCS,
        ),
        (
            r"\b(?:AUTHN|AUTHZ)_\d{3}\b[^\n]{0,200}",
            *("Ping", "Ping", "PingOne refused the sign-in with a code of its own"),
            "IdP admin: look up the code in PingOne's error code reference.",
            _PING_DOCS,
        ),
        (
            r"\bMSIS7042\b[^\n]{0,200}",
            *("MSIS7042", "AD FS", "the browser came back to AD FS again and again within seconds (a loop)"),
            "The person: close the browser and start again. IdP admin: see why AWS's side sends the person back; a cookie that is not kept is one cause.",
            _ADFS_DOCS,
        ),
        (
            r"\bMSIS7007\b[^\n]{0,200}",
            *("MSIS7007", "AD FS", "AD FS knows no such relying party trust, or the person may not use it"),
            "IdP admin: compare the relying party's identifier with AWS's entity ID (urn:amazon:webservices), and see who may use the trust.",
            _ADFS_LOG,
        ),
        (
            r"\bMSIS5007\b[^\n]{0,200}",
            *("MSIS5007", "AD FS", "AD FS does not let this person use the relying party trust"),
            "IdP admin: check the access control policy (issuance authorization rules) of the relying party trust.",
            _ADFS_LOG,
        ),
        (
            r"\bMSIS\d{4,5}\b[^\n]{0,200}",
            *("AD FS", "AD FS", "AD FS refused the sign-in with a code of its own"),
            "IdP admin: look up the time and the Activity ID in the AD FS Admin event log.",
            _ADFS_LOG,
        ),
        (
            r"An error occurred\b[^\n]{0,200}\n(?:.{0,200}\n){0,8}?.{0,40}Activity ID",
            *("AD FS", "AD FS", "AD FS shows its general error page; the cause stands in its event log"),
            "IdP admin: look up the Activity ID in the AD FS Admin event log.",
            _ADFS_LOG,
        ),
        (
            r"\bapp_not_configured_for_user\b",
            *("app_not_configured_for_user", "Google"),
            "Google finds no such application for this account: the entity ID differs, or another Google account is open in the browser",
            "The person: use a private window and the work account. IdP admin: compare Entity ID in Service provider details.",
            _GOOGLE_DOCS,
        ),
        (
            r"\bapp_not_enabled_for_user\b",
            *("app_not_enabled_for_user", "Google", "the application is switched off for this person"),
            "IdP admin: switch the application on for the person's organizational unit or group (User access).",
            _GOOGLE_DOCS,
        ),
        (
            r"\bapp_not_configured\b",
            *("app_not_configured", "Google", "Google has no application with this entity ID"),
            "IdP admin: compare Entity ID in Service provider details with the one in the link or request.",
            _GOOGLE_DOCS,
        ),
        (
            r"application you have accessed is not registered for use with this service",
            *("Shibboleth", "Shibboleth", "the identity provider has no metadata of this application"),
            "IdP admin: load AWS's metadata (https://signin.aws.amazon.com/static/saml-metadata.xml) into Shibboleth.",
            _SHIBBOLETH_DOCS,
        ),
        (
            r"State information lost",
            *("NOSTATE", "SimpleSAMLphp", "the identity provider lost the session of this sign-in"),
            _FROM_TILE,
            _SIMPLESAML_DOCS,
        ),
        (
            r"An error occurred when we tried to process your request",
            *("IAM Identity Center", "IAM Identity Center"),
            "the application's ACS URL is wrong",
            "IdP admin: set Application ACS URL to https://signin.aws.amazon.com/saml in the application's metadata.",
            "https://docs.aws.amazon.com/singlesignon/latest/userguide/customermanagedapps-set-up-your-own-app-saml2.html",
        ),
        (
            r"An unexpected error has occ",
            *("IAM Identity Center", "IAM Identity Center"),
            "the external identity provider's response does not fit: its name ID must be in email format and exactly an Identity Center username, in one assertion that is not encrypted",
            "IdP admin: compare the name ID with the username in IAM Identity Center, letter by letter; CloudTrail has the event ExternalIdPDirectoryLogin.",
            _CENTER_DOCS,
        ),
        (
            r"(?:incorrect|invalid|wrong|unknown) (?:user ?name|login|e-?mail|password|credentials)[^\n]{0,120}",
            *("password", "", "the user name or the password was wrong"),
            "The person: sign in with the right user name and password.",
            "https://docs.aws.amazon.com/connect/latest/adminguide/configure-saml.html",
        ),
    )
)

_ENTRA_CODE = re.compile(r"\bAADSTS(\d{4,8})\b")


def refusal_of(text: str) -> Refusal | None:
    """Give the meaning of an identity provider's text or code, or None where it is not known."""
    code = _ENTRA_CODE.search(text)
    if code:
        return ENTRA_CODES.get(code[1])
    return next((refusal for pattern, refusal in TEXTS if pattern.search(text)), None)


# --- status codes of SAML ----------------------------------------------------------------------------------

_SAML_CORE = "https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf"
_ASK_LOG = "IdP admin: look up this sign-in in the identity provider's log."
_STATUS: tuple[tuple[str, str, str], ...] = (
    ("Requester", "the identity provider finds fault with the request", _ASK_LOG),
    ("Responder", "something went wrong at the identity provider itself", _ASK_LOG),
    ("VersionMismatch", "the request's SAML version is not supported", _ASK_LOG),
    (
        "AuthnFailed",
        "the person could not be authenticated",
        "The person: sign in again. IdP admin: look up why the authentication failed in the identity provider's log.",
    ),
    (
        "NoPassive",
        "the request allows no login page, and the person had no session yet",
        "The person: sign in to the identity provider first. IdP admin: do not ask for passive authentication (IsPassive).",
    ),
    (
        "RequestDenied",
        "the identity provider could answer and will not: a policy or a missing assignment is usual",
        "IdP admin: check that the person is assigned to the application, and the policies that apply to it.",
    ),
    (
        "InvalidNameIDPolicy",
        "the identity provider cannot give a name ID in the format that is demanded",
        "IdP admin: set the application's name ID format to persistent, emailAddress or unspecified, from an attribute that the person has.",
    ),
    (
        "NoAuthnContext",
        "the person did not sign in by the method that is demanded",
        "IdP admin: change the demanded authentication context, or let the person sign in by that method.",
    ),
    ("InvalidAttrNameOrValue", "an attribute's name or value is unexpected or invalid", _ASK_LOG),
    ("NoAvailableIDP", "none of the identity providers behind this one can be reached", _ASK_LOG),
    ("NoSupportedIDP", "none of the identity providers behind this one is supported", _ASK_LOG),
    ("PartialLogout", "not every session could be ended", _ASK_LOG),
    ("ProxyCountExceeded", "the request would have to pass through more identity providers than it allows", _ASK_LOG),
    ("RequestUnsupported", "the identity provider does not support this kind of request", _ASK_LOG),
    ("RequestVersionDeprecated", "the request's SAML version is no longer supported", _ASK_LOG),
    ("RequestVersionTooHigh", "the request's SAML version is higher than what is supported", _ASK_LOG),
    ("RequestVersionTooLow", "the request's SAML version is lower than what is supported", _ASK_LOG),
    ("ResourceNotRecognized", "what the request asks for is not known", _ASK_LOG),
    ("TooManyResponses", "there are more answers than can be given", _ASK_LOG),
    ("UnknownAttrProfile", "the attribute profile is not known", _ASK_LOG),
    (
        "UnknownPrincipal",
        "the identity provider does not know the person",
        "IdP admin: check that the person's account exists and is not disabled.",
    ),
    ("UnsupportedBinding", "the identity provider cannot use the binding that is demanded", _ASK_LOG),
)
#: The status codes of SAML 2.0 (saml-core-2.0-os, section 3.2.2.2) other than Success, by the last part of the URI.
STATUS_CODES: dict[str, Refusal] = {
    code: Refusal(code, "", meaning, remedy, _SAML_CORE) for code, meaning, remedy in _STATUS
}


def status_refusal(codes: Sequence[str]) -> Refusal | None:
    """Give the meaning of a response's status codes, the innermost known one first; None where none is known."""
    return next((STATUS_CODES[name] for name in _names(reversed(codes)) if name in STATUS_CODES), None)


def _names(codes: Iterable[str]) -> Iterable[str]:
    return (code.strip().rpartition(":")[2] for code in codes)
