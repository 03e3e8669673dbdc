"""Sign-ins that work: Connect opens at the end, whatever else the recording holds."""

from __future__ import annotations

import base64
import json

from recorder import (
    ATTRIBUTES,
    CONNECT,
    CONNECT_PAGE,
    FEDERATE,
    FEDERATION_DENIED,
    IDP,
    LIST_WITHOUT,
    LOGIN_PAGE,
    NOT_ONBOARDED,
    OTHER_INSTANCE,
    PROVIDER,
    REGION,
    REGIONAL,
    RELAY_STATE,
    ROLE,
    SESSION_EXPIRED,
    SIGN_IN,
    SUCCESS,
    TOKEN,
    Recorder,
    Saml,
    deflated,
    form_page,
    healthy,
    page,
    saml_fields,
    signed_in,
    users,
)
from recorder import NAME as ANNA

from scenes.scene import scene

LOGOUT_RESPONSE = deflated(
    f'<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_m" Destination="{SIGN_IN}">'
    f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status></samlp:LogoutResponse>'
)
#: A message of WS-Federation, which carries an assertion of SAML 1.1.
WS_TRUST_RESPONSE = (
    '<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"><t:RequestedSecurityToken>'
    '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" MajorVersion="1" MinorVersion="1"'
    ' AssertionID="_w" Issuer="urn:adfs" IssueInstant="2026-11-24T03:00:00Z"><saml:AttributeStatement>'
    '<saml:Attribute AttributeName="upn" AttributeNamespace="http://schemas.xmlsoap.org/ws/2005/05/identity/claims">'
    "<saml:AttributeValue>anna@acme.example</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
    "</saml:Assertion></t:RequestedSecurityToken></t:RequestSecurityTokenResponse>"
)
_ACS = f"{REGIONAL}/acs/SAMLSPH4D4VUKVI56COEHT"


# --- the response -------------------------------------------------------------------------------------------


@scene("signed-in", each={f"healthy-{style}": style for style in ("saml", "saml2", "entra", "ns")})
def any_namespace_prefix(style: str) -> Recorder:
    """Connect opens, whichever namespace prefixes the identity provider's product writes."""
    return healthy(Recorder().now_saml(style=style))


@scene("signed-in", users=None)
def healthy_no_list() -> Recorder:
    """Connect opens; a list of users is not needed to see it."""
    return healthy()


@scene("signed-in", users=LIST_WITHOUT)
def healthy_not_in_the_list() -> Recorder:
    """Connect opens, so a list without the name can only be old: a warning."""
    return healthy()


@scene("signed-in", users=users(ANNA, instance=OTHER_INSTANCE))
def healthy_list_of_another_instance() -> Recorder:
    """Connect opens, so the list of another instance says nothing about this sign-in."""
    return healthy()


@scene("signed-in", names=("a+b@acme.example",))
def healthy_impossible_name() -> Recorder:
    """Connect opens, although a Connect username cannot have a plus sign: what happened outweighs what should."""
    return healthy(Saml(names=("a+b@acme.example",)))


@scene(
    "signed-in",
    each={
        "healthy-no-destination": Saml(destination=None),
        "healthy-provider-first": Saml(roles=(f"{PROVIDER},{ROLE}",)),
        "healthy-spaced-pair": Saml(roles=(f"{ROLE}, {PROVIDER}",)),
        "healthy-entra-numbered-audience": Saml(style="entra", audience=SIGN_IN + "#2"),
        "healthy-entra-audience": Saml(
            style="entra", audience=SIGN_IN, issuer="https://sts.windows.net/77/", lives=3600, not_before=-300
        ),
        "healthy-large": Saml(attributes=(("groups", tuple(f"group-{n:06}" for n in range(1200))),)),
        "healthy-extras": Saml(
            attributes=(
                (ATTRIBUTES + "SessionDuration", ("28800",)),
                (ATTRIBUTES + "SourceIdentity", ("anna",)),
                (ATTRIBUTES + "PrincipalTag:team", ("blue",)),
                ("displayName", ('Änne Berg <&> "x"',)),
            )
        ),
    },
)
def any_accepted_response(saml: Saml) -> Recorder:
    """AWS accepts each of these responses, so no rule may call one wrong."""
    return healthy(saml)


@scene("signed-in", names=())
def healthy_encrypted() -> Recorder:
    """An encrypted assertion hides the name; that Connect opens is still to be seen."""
    return healthy(Saml(encrypted=True))


@scene("signed-in")
def odd_two_assertions() -> Recorder:
    """A second assertion was smuggled into the response; the sign-in is the first one's."""
    extra = Saml(names=("eve@acme.example",), id="_evil").xml().partition("</samlp:Status>")[2]
    return healthy(base64.b64encode((Saml().xml().replace("</samlp:Response>", "") + extra).encode()).decode())


# --- the way to Connect -------------------------------------------------------------------------------------


@scene("signed-in", each={"healthy-regional": REGIONAL, "healthy-acs": _ACS})
def regional_endpoint(endpoint: str) -> Recorder:
    """AWS also takes responses at regional addresses."""
    return healthy(Saml(destination=endpoint, recipient=endpoint), endpoint=endpoint)


@scene(
    "signed-in",
    each={
        "healthy-new-domain-relay": FEDERATE + "?destination=%2Fccp-v2%2Fchat&new_domain=true",
        "healthy-bare-relay": FEDERATE,
    },
)
def other_relay_state(relay_state: str) -> Recorder:
    """The relay state may name another page, or none."""
    return healthy(relay_state=relay_state)


@scene("signed-in")
def healthy_old_domain() -> Recorder:
    """Instances made before 2021 live on awsapps.com."""
    recording = signed_in().federate(location="https://acme.awsapps.com/connect/auth/sign-in?accessToken=" + TOKEN)
    return recording.connect("https://acme.awsapps.com/connect")


@scene("signed-in")
def healthy_script_redirect() -> Recorder:
    """The federation page goes on by script."""
    return signed_in().get(RELAY_STATE, body="<html><script>location.replace(next)</script></html>").connect()


@scene("signed-in")
def healthy_form_hop() -> Recorder:
    """The federation page goes on by a form."""
    recording = signed_in()
    recording.get(RELAY_STATE, body=form_page(f"{CONNECT}/auth/sign-in", [("accessToken", TOKEN)]))
    recording.post(f"{CONNECT}/auth/sign-in", [("accessToken", TOKEN)], 303, location="/ccp-v2")
    return recording.get(f"{CONNECT}/ccp-v2", body=CONNECT_PAGE)


@scene("signed-in")
def healthy_console_oauth() -> Recorder:
    """The federation page may get its credentials from the console's OAuth endpoint first."""
    oauth = (
        f"https://{REGION}.signin.aws.amazon.com/oauth?client_id=arn%3Aaws%3Asignin%3A%3A%3Aconsole%2Fconnect"
        "&code_challenge=x&response_type=code"
    )
    recording = signed_in().federate(location=oauth).get(oauth, 302, location=RELAY_STATE + "&code=" + TOKEN)
    return recording.federate(url=RELAY_STATE + "&code=" + TOKEN).connect()


@scene("signed-in")
def relay_instance_url_healthy() -> Recorder:
    """A relay state with the instance's own address opens Connect too, where the browser still has a session."""
    return signed_in(relay_state=f"{CONNECT}/ccp-v2").get(f"{CONNECT}/ccp-v2", 200, CONNECT_PAGE)


@scene("signed-in")
def relay_http_healthy() -> Recorder:
    """AWS answers a relay state with http: by a redirect to https:."""
    plain = FEDERATE.replace("https:", "http:")
    return signed_in(relay_state=plain).get(plain, 307, location=FEDERATE).federate(url=FEDERATE).connect()


@scene("signed-in", names=())
def federate_only_healthy() -> Recorder:
    """The recording began after the response was posted; Connect opens all the same."""
    return Recorder().finish()


# --- what else the recording holds --------------------------------------------------------------------------


@scene("signed-in")
def healthy_noise() -> Recorder:
    """The sign-in lies in the midst of another site's 250 requests."""
    recording = Recorder().get("https://news.example/", body=page("News"))
    for number in range(250):
        recording.script(f"https://cdn{number % 7}.example/asset{number}.js", "x=1")
        if number == 120:
            recording.sign_in().finish()
    return recording


@scene("signed-in")
def healthy_console_before_and_after() -> Recorder:
    """An administrator has AWS's console open as well; its pages are no part of the sign-in."""
    console = f"https://{REGION}.console.aws.amazon.com"
    recording = Recorder()
    recording.get("https://console.aws.amazon.com/console/home", body=page("Console Home", "AWS Management Console"))
    recording.get(f"{console}/ec2/home", body=page("EC2", "EC2"))
    recording.sign_in().finish()
    return recording.get(f"{console}/connect/v2/app/instances", body=page("Instances", "Connect"))


@scene("signed-in")
def healthy_then_docs() -> Recorder:
    """A help page that quotes the texts of refusals is no refusal."""
    url = "https://docs.aws.amazon.com/connect/latest/adminguide/troubleshoot-saml.html"
    return healthy().get(url, body=page(NOT_ONBOARDED + FEDERATION_DENIED))


@scene("signed-in")
def healthy_message_catalogue() -> Recorder:
    """Connect's page carries the texts of refusals in a script and in a translation file; it shows none of them."""
    script = f"<script>var texts={{expired:'{SESSION_EXPIRED}',no:'{NOT_ONBOARDED}'}}</script></body>"
    texts = json.dumps({"a": SESSION_EXPIRED, "b": NOT_ONBOARDED})
    recording = signed_in().federate().connect(body=CONNECT_PAGE.replace("</body>", script))
    return recording.api(f"{CONNECT}/ccp-v2/i18n/en.json", body=texts)


@scene("signed-in")
def healthy_later_visit() -> Recorder:
    """A later visit to the same instance belongs to the sign-in before it."""
    recording = healthy().wait(30).get(f"{CONNECT}/home", body=page("Home"))
    return recording.get(f"{CONNECT}/users", body=page("Users"))


@scene("signed-in")
def healthy_failing_parts() -> Recorder:
    """Parts of a page that fail do not make the page fail."""
    recording = healthy()
    for _ in range(5):
        recording.api(f"{CONNECT}/connect/api/agent", 404).api(f"{CONNECT}/connect/api/x", 500)
        recording.get(f"{CONNECT}/ccp-v2/poll", 0, kind="xhr", error="net::ERR_ABORTED")
        recording.get("https://stats.example/beacon", 0, kind="xhr", error="net::ERR_BLOCKED_BY_CLIENT")
        recording.get(f"{CONNECT}/ccp-v2/logo.png", 403, kind="image")
    return recording


@scene("signed-in", each={"healthy-then-404": 404, "healthy-then-500": 500})
def healthy_then_failing_page(status: int) -> Recorder:
    """Connect answered last, and neither 401 nor 403: the person is signed in."""
    return healthy().get(f"{CONNECT}/reports", status, page("Sorry"))


@scene("signed-in")
def healthy_then_logout() -> Recorder:
    """A logout at the identity provider is no sign-in."""
    request = deflated('<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_l"/>')
    logged_out = f"{IDP}/loggedout?SAMLResponse={LOGOUT_RESPONSE}"
    recording = healthy().get(f"{IDP}/slo?SAMLRequest={request}", 302, location=logged_out)
    return recording.get(logged_out, body=page("You are logged out", "Bye"))


@scene("signed-in")
def logout_at_aws() -> Recorder:
    """A LogoutResponse that goes to AWS is no sign-in."""
    url = f"{SIGN_IN}?SAMLResponse={LOGOUT_RESPONSE}"
    recording = healthy().get(f"{CONNECT}/logout", 302, location=url)
    return recording.get(url, 200, page("You have signed out"))


@scene("signed-in")
def healthy_then_login_page() -> Recorder:
    """A login page that nobody fills in is no new attempt."""
    return healthy().get(f"{IDP}/start", body=LOGIN_PAGE)


@scene("signed-in")
def healthy_then_other_application_refused() -> Recorder:
    """The identity provider refuses another application to the same person: no attempt at Connect."""
    request = deflated(
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_q" Version="2.0" '
        'IssueInstant="2026-11-24T03:00:00Z" AssertionConsumerServiceURL="https://acme.slack.example/sso/saml"/>'
    )
    return healthy().get(
        f"https://acme.okta.com/app/slack/exk2/sso/saml?SAMLRequest={request}",
        403,
        page("Sorry, you cannot access Slack because you are not assigned this app in Okta."),
    )


@scene("signed-in")
def blocked_then_healthy() -> Recorder:
    """The connection broke, and the browser posted the same assertion again: one sign-in, which worked."""
    return Recorder().sign_in(status=0, error="net::ERR_CONNECTION_RESET").send(Saml()).finish()


# --- several federations ------------------------------------------------------------------------------------


@scene("signed-in")
def portal_first() -> Recorder:
    """The identity provider signs in to its own portal first; the response that went to AWS counts."""
    request = deflated(
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" '
        'AssertionConsumerServiceURL="https://portal.acme.example/acs"/>'
    )
    portal = "https://portal.acme.example"
    saml = Saml(
        destination=f"{portal}/acs", recipient=f"{portal}/acs", audience=portal, roles=None, names=None, id="_portal"
    )
    recording = Recorder().get(f"{portal}/", 302, location=f"{IDP}/sso?SAMLRequest={request}")
    recording.get(f"{IDP}/sso?SAMLRequest={request}&RelayState=x", body=LOGIN_PAGE)
    recording.hand_over(saml, "x", f"{portal}/acs")
    recording.send(saml, endpoint=f"{portal}/acs", relay_state="x", location="/home")
    recording.get(f"{portal}/home", body=page("Your applications", "Portal"))
    recording.get(f"{IDP}/app/aws", body=form_page(SIGN_IN, saml_fields(recording.now_saml(), RELAY_STATE)))
    return recording.send().finish()


@scene("signed-in")
def healthy_identity_center() -> Recorder:
    """IAM Identity Center has its portal on awsapps.com too, as old Connect instances have."""
    recording = Recorder()
    recording.get("https://d-99672.awsapps.com/start", body=page("AWS access portal", "AWS access portal"))
    recording.api("https://portal.sso.eu-central-1.amazonaws.com/instance/appinstances", body='{"result":[]}')
    form = form_page(SIGN_IN, saml_fields(recording.now_saml(), RELAY_STATE))
    return recording.get("https://d-99672.awsapps.com/start#/saml/custom/1", body=form).send().finish()


@scene("signed-in")
def idp_interrupt_then_healthy() -> Recorder:
    """Entra ID's code 50140 ("Stay signed in?") interrupts a login; it is no failure."""
    entra = "https://login.microsoftonline.com"
    interrupt = '<html><script>$Config={"sErrorCode":"50140","msg":"AADSTS50140: interrupt KMSI"}</script></html>'
    recording = Recorder().get(f"{entra}/t/saml2", body=LOGIN_PAGE)
    recording.post(f"{entra}/common/login", [("login", "anna"), ("passwd", "Sommer-2026-geheim")], body=interrupt)
    form = form_page(SIGN_IN, saml_fields(recording.now_saml(style="entra"), RELAY_STATE))
    recording.post(f"{entra}/kmsi", [("x", "1")], body=form)
    return recording.send(recording.now_saml(style="entra")).finish()


@scene("signed-in")
def idp_wrong_password_then_healthy() -> Recorder:
    """A wrong password that was corrected is no failure."""
    recording = Recorder().get(f"{IDP}/start", body=LOGIN_PAGE)
    recording.submit_login(body=page("Incorrect username or password", "Log in"))
    recording.hand_over(recording.now_saml(), RELAY_STATE)
    return recording.send().finish()
