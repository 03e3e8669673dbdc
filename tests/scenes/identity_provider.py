"""The identity provider refuses, or other applications and other federations take part."""

from __future__ import annotations

from recorder import (
    IDP,
    LIST_WITHOUT,
    LOGIN_PAGE,
    RELAY_STATE,
    SIGN_IN,
    Recorder,
    Saml,
    form_page,
    page,
    refused,
    saml_fields,
    signed_in,
)

from scenes.scene import scene
from scenes.signed_in import WS_TRUST_RESPONSE

_ENTRA = "https://login.microsoftonline.com"
_ENTRA_SCRIPT = (
    '<html><script>$Config={"strServiceExceptionMessage":"AADSTS700016: Application with identifier'
    ' \\u0027x\\u0027 was not found","sErrorCode":"700016"};</script></html>'
)
_CENTER = "https://us-west-2.signin.aws.amazon.com/platform/saml"
_CENTER_ACS = f"{_CENTER}/acs/11-22"
_CENTER_SAML = Saml(destination=_CENTER_ACS, recipient=_CENTER_ACS, audience=f"{_CENTER}/d-99", names=())


def stopped(body: str, url: str = f"{IDP}/login", status: int = 200) -> Recorder:
    """A login that the identity provider answers with a page of its own."""
    host = "/".join(url.split("/")[:3])
    return Recorder().get(f"{host}/start", body=LOGIN_PAGE).submit_login(url, status=status, body=body)


# --- the identity provider's own pages ----------------------------------------------------------------------


@scene("capture-incomplete", names=())
def idp_stopped() -> Recorder:
    """The recording ends while the identity provider waits for the second factor."""
    return stopped(page("Approve the sign-in on your phone", "MFA"))


@scene(
    "idp-error",
    names=(),
    textless=("capture-incomplete",),
    each={
        "idp-entra-50105": (
            page(
                "AADSTS50105: Your administrator has configured the application AWS to block users unless they are"
                " specifically granted access.",
                "Sign in",
            ),
            f"{_ENTRA}/common/login",
        ),
        "idp-entra-script": (
            _ENTRA_SCRIPT,
            f"{_ENTRA}/t/saml2",
        ),
        "idp-ping": (
            page("AUTHZ_001 Sorry, you're not authorized to access the requested resource"),
            "https://auth.pingone.eu/x/saml20/idp/startsso",
        ),
        "idp-adfs": (
            page(
                "An error occurred</h2><p>Contact your administrator.</p><p>Activity ID: 0000</p><p>MSIS7012: x</p><h2>"
            ),
            "https://sts.acme.example/adfs/ls/idpinitiatedsignon.aspx",
        ),
    },
)
def idp_error(answer: tuple[str, str]) -> Recorder:
    """The identity provider's page shows an error of its product and no response was made."""
    return stopped(*answer)


@scene("idp-error", names=())
def idp_okta() -> Recorder:
    """Okta's status 403 at the application's address tells without its text."""
    return stopped(page("403 App Not Assigned"), "https://acme.okta.com/app/aws/exk1/sso/saml", 403)


@scene("user-missing", "idp-error", users=LIST_WITHOUT, textless=("user-missing", "capture-incomplete"))
def refused_then_idp_error() -> Recorder:
    """After Connect's refusal another person's login is refused by the identity provider: two sign-ins."""
    error = page("AADSTS50105: not assigned", "Sign in")
    return refused(signed_in()).log_in().submit_login(user="bert", body=error)


@scene("sign-in-blocked", users=None, names=())
def okta_blocked() -> Recorder:
    """The network stops the identity provider's address for AWS."""
    recording = Recorder().get("https://acme.okta.com/app/UserHome", body=page("Apps"))
    url = "https://acme.okta.com/app/amazon_aws/exk1/sso/saml"
    return recording.get(url, 0, error="net::ERR_CONNECTION_RESET")


# --- WS-Federation before SAML ------------------------------------------------------------------------------


def ws_federation() -> Recorder:
    """A sign-in to a company's own portal by WS-Federation."""
    hub, fields = (
        "https://hub.acme.example/wsfed",
        [("wa", "wsignin1.0"), ("wresult", WS_TRUST_RESPONSE), ("wctx", "c")],
    )
    adfs = "https://adfs.acme.example/adfs/ls/?wa=wsignin1.0&wtrealm=urn%3Ahub"
    login = [("UserName", "anna"), ("Password", "Sommer-2026-geheim")]
    recording = Recorder().get(adfs, body=LOGIN_PAGE).post(adfs, login, body=form_page(hub, fields))
    return recording.post(hub, fields, 302, location="/home")


@scene("signed-in")
def wsfed_hub() -> Recorder:
    """The portal was signed in to by WS-Federation, and makes the SAML response for AWS."""
    recording = ws_federation()
    form = form_page(SIGN_IN, saml_fields(recording.now_saml(), RELAY_STATE))
    return recording.get("https://hub.acme.example/aws", body=form).send().finish()


@scene(names=())
def wsfed_only() -> Recorder:
    """A finished sign-in to something other than AWS is none to Connect."""
    return ws_federation().get("https://hub.acme.example/home", body=page("Hub", "Hub"))


# --- IAM Identity Center behind the company's own identity provider -----------------------------------------


def identity_center() -> Recorder:
    """Identity Center takes a response on AWS's sign-in host, and makes another for Connect."""
    recording = Recorder().log_in().hand_over(_CENTER_SAML, None, _CENTER_ACS)
    start = "https://d-99672.awsapps.com/start"
    recording.send(_CENTER_SAML, endpoint=_CENTER_ACS, relay_state=None, location=start)
    recording.get(start, body=page("AWS access portal", "AWS access portal"))
    saml = recording.now_saml()
    form = form_page(SIGN_IN, saml_fields(saml, RELAY_STATE))
    return recording.get("https://portal.sso.us-west-2.amazonaws.com/saml/assertion/x", body=form).send(saml)


@scene("signed-in")
def healthy_identity_center_broker() -> Recorder:
    """What Identity Center takes is no post to AWS for Connect; the second response is."""
    return identity_center().finish()


@scene("user-missing", users=LIST_WITHOUT)
def missing_identity_center_broker() -> Recorder:
    """The name that Connect does not know is the second response's."""
    return identity_center().refuse()


@scene("idp-error", names=(), textless=("capture-incomplete",))
def identity_center_refuses() -> Recorder:
    """Identity Center refuses the first response: for Connect, it is the identity provider."""
    recording = Recorder().log_in().hand_over(_CENTER_SAML, None, _CENTER_ACS)
    error = page("An unexpected error has occurred")
    return recording.send(_CENTER_SAML, 400, error, endpoint=_CENTER_ACS, relay_state=None)


# --- no sign-in to Connect at all ---------------------------------------------------------------------------


@scene(names=())
def other_application() -> Recorder:
    """The response went to another application."""
    salesforce = "https://acme.my.salesforce.example"
    acs = f"{salesforce}/acs"
    saml = Saml(destination=acs, recipient=acs, audience="https://saml.salesforce.example", roles=None, names=None)
    recording = Recorder().log_in().hand_over(saml, None, acs)
    recording.send(saml, endpoint=acs, relay_state=None, location="/home")
    return recording.get(f"{salesforce}/home", body=page("Salesforce", "Salesforce"))


@scene(names=())
def nothing() -> Recorder:
    """The word SAMLResponse in a script is no response."""
    recording = Recorder().get("https://news.example/", body=page("News", "News"))
    return recording.script("https://apple.example/signin.js", 'r.name="SAMLResponse";form.append(r)')


@scene(names=())
def empty() -> Recorder:
    """A recording without requests holds no sign-in."""
    return Recorder()


@scene(names=())
def console_only() -> Recorder:
    """AWS's console alone is no sign-in to Connect."""
    recording = Recorder()
    recording.get("https://console.aws.amazon.com/console/home", body=page("Console Home", "AWS Management Console"))
    return recording.get("https://eu-central-1.console.aws.amazon.com/s3/buckets", body=page("S3", "S3"))
