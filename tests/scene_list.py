"""The scenes: one call each, with the verdict that contract.md 1a gives and the rule that gives it."""

from __future__ import annotations

import base64
import json

from scenes import (
    ACCOUNT,
    ATTRIBUTES,
    CONNECT,
    CONNECT_PAGE,
    FEDERATE,
    FEDERATION_DENIED,
    IDP,
    INSTANCE,
    INVALID,
    LIST,
    LIST_WITHOUT,
    LOGIN_PAGE,
    NAME,
    NOT_ONBOARDED,
    OTHER_INSTANCE,
    PAIR,
    PROVIDER,
    REGION,
    REGIONAL,
    RELAY_STATE,
    RESPONDER,
    ROLE,
    SECOND_PAIR,
    SECOND_ROLE,
    SESSION_EXPIRED,
    SIGN_IN,
    SUCCESS,
    TOKEN,
    Json,
    Recorder,
    Saml,
    deflated,
    form_page,
    healthy,
    page,
    refused,
    saml_fields,
    scene,
    signed_in,
    started,
    users,
)

from connect_saml_nb.model.record import replace


def _recorder() -> Recorder:
    return Recorder()


# --- healthy -----------------------------------------------------------------------------------------------

for _style in ("saml", "saml2", "entra", "ns"):
    scene(f"healthy-{_style}", healthy(_recorder().now_saml(style=_style)), LIST, "signed-in", "T1")
scene("healthy-no-list", healthy(), None, "signed-in", "T1")
scene("healthy-not-in-the-list", healthy(), LIST_WITHOUT, "signed-in", "T1: other findings stay warnings")
scene(
    "healthy-impossible-name",
    healthy(Saml(names=("a+b@acme.example",))),
    LIST,
    "signed-in",
    "T1",
    names=("a+b@acme.example",),
)
scene("healthy-list-of-another-instance", healthy(), users(NAME, instance=OTHER_INSTANCE), "signed-in", "T1")
scene(
    "healthy-regional",
    healthy(Saml(destination=REGIONAL, recipient=REGIONAL), endpoint=REGIONAL),
    LIST,
    "signed-in",
    "T1",
)
_ACS = f"{REGIONAL}/acs/SAMLSPH4D4VUKVI56COEHT"
scene("healthy-acs", healthy(Saml(destination=_ACS, recipient=_ACS), endpoint=_ACS), LIST, "signed-in", "T1")
scene(
    "healthy-entra-audience",
    healthy(
        Saml(
            style="entra",
            audience="https://signin.aws.amazon.com/saml",
            issuer="https://sts.windows.net/77/",
            lives=3600,
            not_before=-300,
        )
    ),
    LIST,
    "signed-in",
    "T1",
)
scene("healthy-entra-numbered-audience", healthy(Saml(style="entra", audience=SIGN_IN + "#2")), LIST, "signed-in", "T1")
scene("healthy-no-destination", healthy(Saml(destination=None)), LIST, "signed-in", "T1")
scene("healthy-provider-first", healthy(Saml(roles=(f"{PROVIDER},{ROLE}",))), LIST, "signed-in", "T1")
scene("healthy-spaced-pair", healthy(Saml(roles=(f"{ROLE}, {PROVIDER}",))), LIST, "signed-in", "T1")
scene("healthy-encrypted", healthy(Saml(encrypted=True)), LIST, "signed-in", "T1", names=())
scene(
    "healthy-extras",
    healthy(
        Saml(
            attributes=(
                (ATTRIBUTES + "SessionDuration", ("28800",)),
                (ATTRIBUTES + "SourceIdentity", ("anna",)),
                (ATTRIBUTES + "PrincipalTag:team", ("blue",)),
                ("displayName", ('Änne Berg <&> "x"',)),
            )
        )
    ),
    LIST,
    "signed-in",
    "T1",
)
scene(
    "healthy-large",
    healthy(Saml(attributes=(("groups", tuple(f"group-{n:06}" for n in range(1200))),))),
    LIST,
    "signed-in",
    "T1",
)
scene(
    "healthy-new-domain-relay",
    healthy(relay_state=FEDERATE + "?destination=%2Fccp-v2%2Fchat&new_domain=true"),
    LIST,
    "signed-in",
    "T1",
)
scene("healthy-bare-relay", healthy(relay_state=FEDERATE), LIST, "signed-in", "T1")

_r = signed_in()
_r.federate(location="https://acme.awsapps.com/connect/auth/sign-in?accessToken=" + TOKEN)
_r.connect("https://acme.awsapps.com/connect")
scene("healthy-old-domain", _r, LIST, "signed-in", "T1")

_GOV_IN, _GOV = (
    "https://signin.amazonaws-us-gov.com/saml",
    f"https://console.amazonaws-us-gov.com/connect/federate/{INSTANCE}",
)
_gov = Saml(
    destination=_GOV_IN,
    recipient=_GOV_IN,
    audience="urn:amazon:webservices:govcloud",
    roles=(PAIR.replace("arn:aws:", "arn:aws-us-gov:"),),
)
_r = signed_in(_gov, endpoint=_GOV_IN, relay_state=_GOV)
_r.federate(url=_GOV)
_r.connect()
scene("healthy-govcloud", _r, users(NAME, region="us-gov-west-1"), "signed-in", "T1")
_r = signed_in(_gov, endpoint=_GOV_IN, relay_state=_GOV)
_r.federate(403, page(NOT_ONBOARDED), url=_GOV)
scene("govcloud-case", _r, users(NAME.title(), region="us-gov-west-1"), "user-case-differs", "T5")

_r = signed_in()
_r.get(RELAY_STATE, body="<html><script>location.replace(next)</script></html>")
_r.connect()
scene("healthy-script-redirect", _r, LIST, "signed-in", "T1: the federation page goes on by script")

_r = signed_in()
_r.get(RELAY_STATE, body=form_page(f"{CONNECT}/auth/sign-in", [("accessToken", TOKEN)]))
_r.post(f"{CONNECT}/auth/sign-in", [("accessToken", TOKEN)], 303, location="/ccp-v2")
_r.get(f"{CONNECT}/ccp-v2", body=CONNECT_PAGE)
scene("healthy-form-hop", _r, LIST, "signed-in", "T1: the federation page goes on by form")

_r = signed_in()
_oauth = f"https://{REGION}.signin.aws.amazon.com/oauth?client_id=arn%3Aaws%3Asignin%3A%3A%3Aconsole%2Fconnect&code_challenge=x&response_type=code"
_r.federate(location=_oauth)
_r.get(_oauth, 302, location=RELAY_STATE + "&code=" + TOKEN)
_r.federate(url=RELAY_STATE + "&code=" + TOKEN)
_r.connect()
scene("healthy-console-oauth", _r, LIST, "signed-in", "T1: step 2b of domain.md 1.1")

_r = _recorder()
_r.get("https://news.example/", body=page("News"))
for _n in range(250):
    _r.get(f"https://cdn{_n % 7}.example/asset{_n}.js", body="x=1", mime="application/javascript", kind="script")
    if _n == 120:
        _r.sign_in()
        _r.federate()
        _r.connect()
scene("healthy-noise", _r, LIST, "signed-in", "T1")

_r = _recorder()
_r.get("https://console.aws.amazon.com/console/home", body=page("Console Home", "AWS Management Console"))
_r.get("https://eu-central-1.console.aws.amazon.com/ec2/home", body=page("EC2", "EC2"))
_r.sign_in()
_r.federate()
_r.connect()
_r.get("https://eu-central-1.console.aws.amazon.com/connect/v2/app/instances", body=page("Instances", "Connect"))
scene("healthy-console-before-and-after", _r, LIST, "signed-in", "T1")

_r = healthy()
_r.get(
    "https://docs.aws.amazon.com/connect/latest/adminguide/troubleshoot-saml.html",
    body=page(NOT_ONBOARDED + FEDERATION_DENIED),
)
scene("healthy-then-docs", _r, LIST, "signed-in", "T1: a help page is no answer")

_r = signed_in()
_r.federate()
_r.connect(
    body=CONNECT_PAGE.replace(
        "</body>", f"<script>var texts={{expired:'{SESSION_EXPIRED}',no:'{NOT_ONBOARDED}'}}</script></body>"
    )
)
_r.get(
    f"{CONNECT}/ccp-v2/i18n/en.json",
    body=json.dumps({"a": SESSION_EXPIRED, "b": NOT_ONBOARDED}),
    mime="application/json",
    kind="xhr",
)
scene("healthy-message-catalogue", _r, LIST, "signed-in", "T1: the words in a script are no page")

_r = healthy()
_r.wait(30)
_r.get(f"{CONNECT}/home", body=page("Home"))
_r.get(f"{CONNECT}/users", body=page("Users"))
scene("healthy-later-visit", _r, LIST, "signed-in", "section 1: a later visit belongs to the sign-in before it")

_r = healthy()
for _n in range(5):
    _r.get(f"{CONNECT}/connect/api/agent", 404, "{}", mime="application/json", kind="xhr")
    _r.get(f"{CONNECT}/connect/api/x", 500, "{}", mime="application/json", kind="xhr")
    _r.get(f"{CONNECT}/ccp-v2/poll", 0, kind="xhr", error="net::ERR_ABORTED")
    _r.get("https://stats.example/beacon", 0, kind="xhr", error="net::ERR_BLOCKED_BY_CLIENT")
    _r.get(f"{CONNECT}/ccp-v2/logo.png", 403, kind="image")
scene("healthy-failing-parts", _r, LIST, "signed-in", "T1: parts of a page are not the page")

_r = _recorder()
_AUTHN = deflated(
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" AssertionConsumerServiceURL="https://portal.acme.example/acs"/>'
)
_r.get("https://portal.acme.example/", 302, location=f"{IDP}/sso?SAMLRequest={_AUTHN}")
_r.get(f"{IDP}/sso?SAMLRequest={_AUTHN}&RelayState=x", body=LOGIN_PAGE)
_portal = Saml(
    destination="https://portal.acme.example/acs",
    recipient="https://portal.acme.example/acs",
    audience="https://portal.acme.example",
    roles=None,
    names=None,
    id="_portal",
)
_r.hand_over(_portal, "x", "https://portal.acme.example/acs")
_r.post("https://portal.acme.example/acs", saml_fields(_portal, "x"), 302, location="/home")
_r.get("https://portal.acme.example/home", body=page("Your applications", "Portal"))
_r.get(f"{IDP}/app/aws", body=form_page(SIGN_IN, saml_fields(_r.now_saml(), RELAY_STATE)))
_r.post(SIGN_IN, saml_fields(_r.now_saml(), RELAY_STATE), 302, location=RELAY_STATE)
_r.federate()
_r.connect()
scene("portal-first", _r, LIST, "signed-in", "T1: the response that went to AWS counts")

_SOAP = '<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"><t:RequestedSecurityToken><saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" MajorVersion="1" MinorVersion="1" AssertionID="_w" Issuer="urn:adfs" IssueInstant="2026-11-24T03:00:00Z"><saml:AttributeStatement><saml:Attribute AttributeName="upn" AttributeNamespace="http://schemas.xmlsoap.org/ws/2005/05/identity/claims"><saml:AttributeValue>anna@acme.example</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion></t:RequestedSecurityToken></t:RequestSecurityTokenResponse>'


def _wsfed(recorder: Recorder) -> None:
    hub = "https://hub.acme.example/wsfed"
    recorder.get("https://adfs.acme.example/adfs/ls/?wa=wsignin1.0&wtrealm=urn%3Ahub", body=LOGIN_PAGE)
    recorder.post(
        "https://adfs.acme.example/adfs/ls/?wa=wsignin1.0&wtrealm=urn%3Ahub",
        [("UserName", "anna"), ("Password", "Sommer-2026-geheim")],
        body=form_page(hub, [("wa", "wsignin1.0"), ("wresult", _SOAP), ("wctx", "c")]),
    )
    recorder.post(hub, [("wa", "wsignin1.0"), ("wresult", _SOAP), ("wctx", "c")], 302, location="/home")


_r = _recorder()
_wsfed(_r)
_r.get("https://hub.acme.example/aws", body=form_page(SIGN_IN, saml_fields(_r.now_saml(), RELAY_STATE)))
_r.post(SIGN_IN, saml_fields(_r.now_saml(), RELAY_STATE), 302, location=RELAY_STATE)
_r.federate()
_r.connect()
scene("wsfed-hub", _r, LIST, "signed-in", "T1")
_r = _recorder()
_wsfed(_r)
_r.get("https://hub.acme.example/home", body=page("Hub", "Hub"))
scene("wsfed-only", _r, LIST, (), "T3: a finished sign-in to something else is no-sign-in", names=())

_r = healthy()
_lr = deflated('<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_l"/>')
_ls = deflated(
    f'<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_m" Destination="{SIGN_IN}"><samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status></samlp:LogoutResponse>'
)
_r.get(f"{IDP}/slo?SAMLRequest={_lr}", 302, location=f"{IDP}/loggedout?SAMLResponse={_ls}")
_r.get(f"{IDP}/loggedout?SAMLResponse={_ls}", body=page("You are logged out", "Bye"))
scene("healthy-then-logout", _r, LIST, "signed-in", "T1")

_r = healthy()
_r.get(f"{IDP}/start", body=LOGIN_PAGE)
scene("healthy-then-login-page", _r, LIST, "signed-in", "T1")

# Identity Center: its portal is on awsapps.com too
_r = _recorder()
_r.get("https://d-99672.awsapps.com/start", body=page("AWS access portal", "AWS access portal"))
_r.get(
    "https://portal.sso.eu-central-1.amazonaws.com/instance/appinstances",
    body='{"result":[]}',
    mime="application/json",
    kind="xhr",
)
_r.get(
    "https://d-99672.awsapps.com/start#/saml/custom/1", body=form_page(SIGN_IN, saml_fields(_r.now_saml(), RELAY_STATE))
)
_r.post(SIGN_IN, saml_fields(_r.now_saml(), RELAY_STATE), 302, location=RELAY_STATE)
_r.federate()
_r.connect()
scene("healthy-identity-center", _r, LIST, "signed-in", "T1")

# Identity Center behind the company's own identity provider, whose response it takes on AWS's sign-in host
_CENTER = "https://us-west-2.signin.aws.amazon.com/platform/saml"
_corporate = Saml(
    destination=f"{_CENTER}/acs/11-22", recipient=f"{_CENTER}/acs/11-22", audience=f"{_CENTER}/d-99", names=()
)
for _slug, _answer, _listed, _verdict in (
    ("healthy", None, LIST, "signed-in"),
    ("missing", page(NOT_ONBOARDED), LIST_WITHOUT, "user-missing"),
):
    _r = _recorder()
    _r.log_in()
    _r.hand_over(_corporate, None, f"{_CENTER}/acs/11-22")
    _r.post(f"{_CENTER}/acs/11-22", saml_fields(_corporate, None), 302, location="https://d-99672.awsapps.com/start")
    _r.get("https://d-99672.awsapps.com/start", body=page("AWS access portal", "AWS access portal"))
    _now = _r.now_saml()
    _r.get(
        "https://portal.sso.us-west-2.amazonaws.com/saml/assertion/x",
        body=form_page(SIGN_IN, saml_fields(_now, RELAY_STATE)),
    )
    _r.post(SIGN_IN, saml_fields(_now, RELAY_STATE), 302, location=RELAY_STATE)
    if _answer:
        _r.federate(403, _answer)
    else:
        _r.federate()
        _r.connect()
    scene(
        f"{_slug}-identity-center-broker",
        _r,
        _listed,
        _verdict,
        "T1, T5: what another application takes is no post to AWS",
    )
_r = _recorder()
_r.log_in()
_r.hand_over(_corporate, None, f"{_CENTER}/acs/11-22")
_r.post(f"{_CENTER}/acs/11-22", saml_fields(_corporate, None), 400, page("An unexpected error has occurred"))
scene(
    "identity-center-refuses",
    _r,
    LIST,
    "idp-error",
    "T3: a refusal shown at an identity provider",
    names=(),
    no_text="capture-incomplete",
)

# --- Global Resiliency -------------------------------------------------------------------------------------

_GR = f"https://{INSTANCE}.{REGION}.sign-in.connect.aws/saml"
_GR_FULL = f"{_GR}?&instanceId={INSTANCE}&accountId={ACCOUNT}&role=ConnectAgents&idp=AcmeIdP&destination=%2Fccp-v2"
_gr = Saml(destination=_GR_FULL, recipient=_GR_FULL)


def _global(status: int, body: str, mime: str = "text/html") -> Recorder:
    recorder = _recorder()
    recorder.sign_in(
        _gr,
        None,
        status,
        body,
        endpoint=_GR_FULL,
        location=f"{CONNECT}/auth/sign-in?accessToken={TOKEN}" if status == 302 else "",
        mime=mime,
    )
    return recorder


_r = _global(302, "")
_r.connect()
scene("global-healthy", _r, LIST, "signed-in", "T1: no RelayState needed")
_UNKNOWN = '{"__type":"UserNotOnboardedException","message":"User not onboarded"}'
_NO_GROUP = '{"__type":"ResourceNotFoundException","message":"Traffic distribution group"}'
for _name, _mime, _wrap in (("json", "application/json", str), ("html", "text/html", page)):
    _body = _UNKNOWN if _name == "json" else _wrap("UserNotOnboardedException")
    scene(
        f"global-not-onboarded-exact-{_name}",
        _global(400, _body, _mime),
        LIST,
        "replica-not-ready",
        "T5: exact on a Global Resiliency host",
        no_text="outcome-unknown",
    )
    scene(
        f"global-not-onboarded-case-{_name}",
        _global(400, _body, _mime),
        users("Anna.Berg@acme.example"),
        "user-case-differs",
        "T5",
        no_text="outcome-unknown",
    )
    scene(
        f"global-not-onboarded-missing-{_name}",
        _global(400, _body, _mime),
        LIST_WITHOUT,
        "user-missing",
        "T5",
        no_text="outcome-unknown",
    )
    scene(
        f"global-not-onboarded-no-list-{_name}",
        _global(400, _body, _mime),
        None,
        "user-not-checked",
        "T5",
        no_text="outcome-unknown",
    )
    _body = _NO_GROUP if _name == "json" else _wrap("ResourceNotFoundException")
    scene(
        f"global-no-group-{_name}",
        _global(404, _body, _mime),
        LIST,
        "replica-not-ready",
        "T2, domain.md 1.5",
        no_text="outcome-unknown",
    )
_r = _global(302, "")
_r.get(f"{CONNECT}/auth/sign-in?accessToken={TOKEN}", 403, page(NOT_ONBOARDED))
scene("global-not-onboarded-at-connect", _r, LIST, "replica-not-ready", "T5: exact on a Global Resiliency host")

# --- users (T5) --------------------------------------------------------------------------------------------


def _unknown_user(name: str, *listed: str, expected: str, because: str = "T5", **more: Json) -> None:
    slug = more.pop("slug")
    also = {k: v for k, v in more.items() if k in {"complete", "instance", "region", "later"}}
    rest = {k: v for k, v in more.items() if k not in also}
    scene(
        f"user-{slug}",
        refused(signed_in(Saml(names=(name,)))),
        users(*listed, **also),
        expected,
        because,
        names=(name,),
        **rest,
    )


_unknown_user("Anna.Berg@acme.example", NAME, expected="user-case-differs", slug="case")
_unknown_user("ANNA.BERG@ACME.EXAMPLE", NAME, expected="user-case-differs", slug="case-all")
_unknown_user("Anna.Berg@acme.example", NAME, "anna.BERG@acme.example", expected="duplicate-profiles", slug="two-twins")
_unknown_user(
    NAME,
    NAME,
    "Anna.Berg@acme.example",
    expected="duplicate-profiles",
    slug="exact-and-twin",
    no_text="duplicate-profiles",
)
_unknown_user(NAME, NAME, expected="user-exists-but-refused", slug="exact", no_text="outcome-unknown")
_unknown_user(
    NAME, NAME, expected="user-exists-but-refused", slug="exact-changed-later", later=True, no_text="outcome-unknown"
)
_unknown_user(NAME, expected="user-missing", slug="missing")
_unknown_user(NAME, expected="user-not-checked", slug="incomplete", complete=False, no_text="outcome-unknown")
_unknown_user(
    "Anna.Berg@acme.example",
    NAME,
    expected="user-not-checked",
    slug="case-incomplete",
    complete=False,
    no_text="outcome-unknown",
)
_unknown_user(NAME, NAME, expected="wrong-instance", slug="other-instance", instance=OTHER_INSTANCE)
_unknown_user(NAME, NAME, expected="wrong-instance", slug="other-region", region="us-east-1")
_unknown_user(
    NAME,
    "Anna.Berg@acme.example",
    expected="user-not-checked",
    slug="other-instance-twin",
    instance=OTHER_INSTANCE,
    no_text="outcome-unknown",
)
_unknown_user(
    NAME, expected="user-not-checked", slug="other-instance-missing", instance=OTHER_INSTANCE, no_text="outcome-unknown"
)
_unknown_user(NAME, "anna.berg@acme.onmicrosoft.example", expected="user-near-miss", slug="domain")
_unknown_user(NAME, "anna.berg", expected="user-near-miss", slug="local-part")
_unknown_user("anna.berg", NAME, expected="user-near-miss", slug="local-part-of-user")
_unknown_user(NAME, "anna.berg+cc@acme.example", expected="user-near-miss", slug="tag-of-user")
_unknown_user(
    "anna.berg+cc@acme.example",
    NAME,
    expected="user-name-impossible",
    because="T5: impossible before any other step",
    slug="tag",
)
_unknown_user(
    "Anna+X@acme.example",
    "anna+x@acme.example",
    expected="user-case-differs",
    because="T5: a case twin before impossible",
    slug="case-impossible",
)
_unknown_user("anna@acme", expected="user-name-impossible", slug="no-dotted-domain")
_unknown_user("anna=berg@acme.example", expected="user-name-impossible", slug="equals-sign")
_unknown_user("anna,berg", "anna.berg", expected="user-name-impossible", slug="comma")
_unknown_user("anna@@acme.example", expected="user-name-impossible", slug="two-ats")
_unknown_user("anna.burg@acme.example", NAME, expected="user-near-miss", slug="spelling")
_unknown_user("ann.aberg@acme.example", NAME, expected="user-near-miss", slug="swap")
_unknown_user(
    "agent051@acme.example",
    "agent052@acme.example",
    expected="user-missing",
    because="T6: no digit involved",
    slug="digit",
)
_unknown_user(
    "anne@acme.example",
    "anna@acme.example",
    expected="user-missing",
    because="T6: 5 or more characters",
    slug="short-local",
)
_unknown_user(
    "anna@acme.example",
    "ana@acme.example",
    expected="user-missing",
    because="T6: 5 or more characters",
    slug="short-insert",
)
_unknown_user(
    "anna.berg@acme.example ", NAME, expected="user-near-miss", because="T6 space", slug="padded-and-taken", xfail=""
)
_unknown_user("annaberg@acme.example", "anna berg@acme.example", expected="user-near-miss", slug="space-in-user")
_unknown_user(
    "ANNA.BERG@ACME.EXAMPLE", "anna.berg", "anna.berg@other.example", expected="user-near-miss", slug="two-near"
)

scene("user-no-list", refused(signed_in()), None, "user-not-checked", "T5", no_text="outcome-unknown")
scene(
    "user-list-without-instance",
    refused(signed_in(Saml(names=("Anna.Berg@acme.example",)))),
    users(NAME, instance=None, region=None),
    "user-case-differs",
    "T5",
    names=("Anna.Berg@acme.example",),
)
scene(
    "user-encrypted",
    refused(signed_in(Saml(encrypted=True))),
    LIST,
    "assertion-encrypted",
    "T5: name unreadable",
    names=(),
)
scene(
    "user-damaged",
    refused(signed_in(Saml().base64()[:900])),
    LIST,
    "assertion-damaged",
    "T5: name unreadable",
    names=(),
)
scene("user-redacted", refused(signed_in("REDACTED")), LIST, "assertion-redacted", "T5: name unreadable", names=())
scene("user-redacted-empty", refused(signed_in("")), LIST, "assertion-redacted", "T5: name unreadable", names=())
for _text in (
    "Access denied. Your account has been authenticated, but has not been onboarded to this application.",
    "アクセスが拒否されました。アカウントは認証されましたが、このアプリケーションには登録されていません。",
    "Access Denied.<br/>Your account has been authenticated,&nbsp;but has <b>not been onboarded</b> to\n   this application.",
):
    scene(f"user-text-{len(_text)}", refused(signed_in(), _text, 200), LIST_WITHOUT, "user-missing", "T2, T5")
scene(
    "user-unreadable-page",
    refused(signed_in(), "Zugriff verweigert.", 403),
    LIST_WITHOUT,
    "user-missing",
    "T4: Federate reached, Connect not",
)
scene(
    "user-unreadable-page-case",
    refused(signed_in(), "Zugriff verweigert.", 200),
    users("Anna.Berg@acme.example"),
    "user-case-differs",
    "T4",
)
scene(
    "user-unreadable-page-exact",
    refused(signed_in(), "Zugriff verweigert.", 403),
    LIST,
    "outcome-unknown",
    "T4: user-exists-but-refused becomes outcome-unknown",
)
scene(
    "user-unreadable-page-no-list",
    refused(signed_in(), "Zugriff verweigert.", 403),
    None,
    "outcome-unknown",
    "T4: user-not-checked becomes outcome-unknown",
)
scene(
    "user-unreadable-page-other-list",
    refused(signed_in(), "Zugriff verweigert.", 403),
    users(NAME, instance=OTHER_INSTANCE),
    "wrong-instance",
    "T4, T5",
)

_r = signed_in()
_r.get(RELAY_STATE, 200, "<html><body><div id='app'></div><script src='/connect/app.js'></script></body></html>")
_r.get(
    f"https://{REGION}.console.aws.amazon.com/connect/app.js",
    body="render()",
    mime="application/javascript",
    kind="script",
)
_r.get(
    f"https://{REGION}.console.aws.amazon.com/connect/api/federation",
    403,
    json.dumps({"message": NOT_ONBOARDED}),
    mime="application/json",
    kind="xhr",
)
scene("user-spa", _r, LIST_WITHOUT, "user-missing", "T2: the text is in the JSON of a request")
_r = signed_in()
_r.get(RELAY_STATE, 200, "<html><body><div id='app'></div></body></html>")
_r.get(
    f"https://{REGION}.console.aws.amazon.com/connect/api/federation",
    403,
    json.dumps({"error": {"Message": FEDERATION_DENIED}}),
    mime="application/json",
    kind="xhr",
)
scene("denied-spa", _r, LIST, "federation-denied", "T2", no_text="outcome-unknown")
_r = signed_in()
_r.get(RELAY_STATE, 200, "<html><body><div id='app'></div></body></html>")
_r.get(
    f"https://{REGION}.console.aws.amazon.com/connect/api/federation",
    200,
    json.dumps({"ok": False, "message": NOT_ONBOARDED}),
    mime="application/json",
    kind="xhr",
)
scene("user-spa-200", _r, LIST_WITHOUT, "user-missing", "T2")
_r = signed_in()
_r.federate()
_r.get(
    f"{CONNECT}/connect/auth/sign-in?accessToken={TOKEN}&destination=/ccp-v2",
    403,
    page(NOT_ONBOARDED, "Amazon Connect"),
)
scene("user-at-connect", _r, LIST_WITHOUT, "user-missing", "T2: the host of the page is not known")

for _slug, _kind in (("xhr", "xhr"), ("ping", "ping"), ("image", "image")):
    _r = refused(signed_in(), "Zugriff verweigert.", 200)
    _r.post(
        f"https://{REGION}.console.aws.amazon.com/telemetry",
        [("a", "b")],
        0,
        kind=_kind,
        error="net::ERR_BLOCKED_BY_CLIENT",
    )
    _r.get(f"https://{REGION}.console.aws.amazon.com/telemetry", 0, kind=_kind, error="net::ERR_BLOCKED_BY_CLIENT")
    scene(
        f"user-unreadable-page-telemetry-{_slug}", _r, LIST_WITHOUT, "user-missing", "T4: a blocked beacon is no answer"
    )

# duplicate profiles: another reading with evidence, only where the exact user exists
_r = refused(signed_in())
_r.sign_in(_r.now_saml(id="_qa-2", roles=(SECOND_PAIR,)))
_r.federate(403, page(NOT_ONBOARDED))
scene(
    "duplicate-two-roles-one-name",
    _r,
    LIST,
    ("duplicate-profiles", "duplicate-profiles"),
    "T5, reading 1",
    names=(NAME, NAME),
)
_r = refused(signed_in())
_r.sign_in(_r.now_saml(id="_qa-2", roles=(SECOND_PAIR,)))
_r.federate(403, page(NOT_ONBOARDED))
scene(
    "duplicate-reading-never-replaces",
    _r,
    LIST_WITHOUT,
    ("user-missing", "user-missing"),
    "T5, last sentence",
    names=(NAME, NAME),
)

# --- federation permission ---------------------------------------------------------------------------------

scene("denied", refused(signed_in(), FEDERATION_DENIED), LIST, "federation-denied", "T2", no_text="outcome-unknown")
scene(
    "denied-200",
    refused(signed_in(), FEDERATION_DENIED, 200),
    LIST_WITHOUT,
    "federation-denied",
    "T2",
    no_text="user-missing",
)
scene(
    "denied-role-told",
    refused(
        signed_in(),
        f"{FEDERATION_DENIED}</h2><p>User: arn:aws:sts::{ACCOUNT}:assumed-role/ConnectAgents/{NAME} is not authorized to perform: connect:GetFederationToken on resource: arn:aws:connect:{REGION}:{ACCOUNT}:instance/{INSTANCE}/user/x</p><h2>",
    ),
    LIST,
    "federation-denied",
    "T2",
    no_text="outcome-unknown",
)
scene(
    "denied-redacted",
    refused(signed_in("AUTH_ed8a3aab"), FEDERATION_DENIED),
    LIST,
    "federation-denied",
    "T2",
    names=(),
    no_text="assertion-redacted",
)
scene(
    "denied-encrypted",
    refused(signed_in(Saml(encrypted=True)), FEDERATION_DENIED),
    LIST,
    "federation-denied",
    "T2",
    names=(),
    no_text="assertion-encrypted",
)

# --- Connect's session -------------------------------------------------------------------------------------

_EXPIRED = "Your session has expired. Please log in again to continue. Sessions expire after 12 hours."


def _direct(status: int, body: str, **more: Json) -> Recorder:
    recorder = _recorder()
    recorder.get(f"{CONNECT}/ccp-v2", status, body, **more)
    return recorder


scene("direct-401-text", _direct(401, page(SESSION_EXPIRED, "Amazon Connect")), LIST, "session-expired", "T2", names=())
scene(
    "direct-200-text",
    _direct(200, page(_EXPIRED, "Amazon Connect")),
    LIST,
    "session-expired",
    "T2",
    names=(),
    no_text="signed-in",
)
scene("direct-401", _direct(401, ""), LIST, "session-expired", "T4", names=())
_r = _direct(302, "", location="/login?destination=%2Fccp-v2")
_r.get(f"{CONNECT}/login?destination=%2Fccp-v2", 401, page("Session expired. " + _EXPIRED))
scene("direct-redirected", _r, LIST, "session-expired", "T2", names=())
_r = _direct(200, CONNECT_PAGE)
_r.get(f"{CONNECT}/auth/authorize", 401, "{}", mime="application/json", kind="xhr")
scene("direct-xhr-401", _r, LIST, "session-expired", "T4", names=())
_r = _direct(200, CONNECT_PAGE)
for _n in range(6):
    _r.get(f"{CONNECT}/auth/authorize", 401, "{}", mime="application/json", kind="xhr")
scene("direct-xhr-401-again-and-again", _r, LIST, "session-expired", "T4", names=())
_r = _direct(401, page(SESSION_EXPIRED))
_r.sign_in()
_r.federate()
_r.connect()
scene(
    "direct-then-signed-in",
    _r,
    LIST,
    ("session-expired", "signed-in"),
    "section 1: a visit outside such a chain is a sign-in",
)
_r = _direct(401, page(SESSION_EXPIRED))
_r.sign_in(_r.now_saml(names=("Anna.Berg@acme.example",)))
_r.federate(403, page(NOT_ONBOARDED))
scene(
    "direct-then-refused",
    _r,
    LIST,
    ("session-expired", "user-case-differs"),
    "section 1",
    names=("Anna.Berg@acme.example",),
)

_r = healthy()
_r.wait(600)
_r.get(f"{CONNECT}/ccp-v2", 401, page(_EXPIRED, "Amazon Connect"))
scene("idle-page", _r, LIST, "session-expired", "T1: the session then ends")
_r = healthy()
_r.wait(600)
_r.get(
    f"{CONNECT}/connect/api/agent", 401, json.dumps({"message": "Session expired"}), mime="application/json", kind="xhr"
)
scene("idle-xhr", _r, LIST, "session-expired", "T1: the session then ends")
_r = healthy()
_r.wait(600)
_r.get(f"{CONNECT}/ccp-v2", 302, location="/login?expired=1")
_r.get(f"{CONNECT}/login?expired=1", 200, page(SESSION_EXPIRED))
scene("idle-redirect", _r, LIST, "session-expired", "T1: the session then ends")
_r = healthy()
_r.wait(600)
_r.get(f"{CONNECT}/ccp-v2", 401, page(_EXPIRED, "Amazon Connect"))
_r.sign_in(_r.now_saml(id="_qa-2"))
_r.federate()
_r.connect()
scene("idle-then-again", _r, LIST, ("session-expired", "signed-in"), "T1", names=(NAME, NAME))

_r = _recorder()
_crm = ("Referer", "https://crm.acme.example/")
_r.get("https://crm.acme.example/agent", body=page("CRM", "CRM"))
_r.get(f"{CONNECT}/ccp-v2", 401, page(SESSION_EXPIRED), kind="iframe", headers=[_crm])
scene("embedded-401-page", _r, LIST, "capture-incomplete", "T4: inside an embedding page", names=())
_r = _recorder()
_r.get("https://crm.acme.example/agent", body=page("CRM", "CRM"))
_r.get(f"{CONNECT}/ccp-v2", 200, CONNECT_PAGE, kind="iframe", headers=[_crm])
for _n in range(4):
    _r.get(f"{CONNECT}/auth/authorize", 401, "{}", mime="application/json", kind="xhr")
scene("embedded-xhr-401", _r, LIST, "capture-incomplete", "T4: inside an embedding page", names=())
_r = _recorder()
_r.get("https://crm.acme.example/agent", body=page("CRM", "CRM"))
_r.get(f"{CONNECT}/ccp-v2", 200, CONNECT_PAGE, kind="iframe", headers=[_crm])
_r.get(f"{CONNECT}/auth/authorize", 200, "{}", mime="application/json", kind="xhr")
scene("embedded-healthy", _r, LIST, "signed-in", "T1", names=())

_r = signed_in()
_r.federate()
_r.get(f"{CONNECT}/connect/auth/sign-in?accessToken={TOKEN}", 302, location="/ccp-v2")
_r.get(f"{CONNECT}/ccp-v2", 403, page("You do not have access to this page", "Amazon Connect"))
scene("connect-403", _r, LIST, "not-authorized-in-connect", "T1 does not apply: 403")
_r = healthy()
_r.get(f"{CONNECT}/users", 403, page("Access denied", "Amazon Connect"))
scene("connect-403-later", _r, LIST, "not-authorized-in-connect", "table 1: signed in, then refused inside Connect")
_r = signed_in()
_r.federate()
_r.get(f"{CONNECT}/ccp-v2", 401, page(SESSION_EXPIRED))
scene("connect-401-after-sign-in", _r, LIST, "session-expired", "T2")
_r = signed_in()
_r.federate()
_r.get(f"{CONNECT}/ccp-v2", 500, page("Something went wrong"))
scene("connect-500", _r, LIST, "outcome-unknown", "table 1: neither a text nor a rule")

# --- relay state -------------------------------------------------------------------------------------------

_HOME = f"https://{REGION}.console.aws.amazon.com/console/home?region={REGION}"
_HOME_PAGE = page("Console Home", "AWS Management Console")


def _home(relay_state: str | None, url: str = _HOME) -> Recorder:
    recorder = signed_in(relay_state=relay_state, location=url)
    recorder.get(url, body=_HOME_PAGE)
    return recorder


scene("relay-none", _home(None), LIST, "relay-state-missing", "T4")
scene("relay-empty", _home(""), LIST, "relay-state-missing", "T4")
scene(
    "relay-none-global-console",
    _home(None, "https://console.aws.amazon.com/console/home?nc2=h_ct"),
    LIST,
    "relay-state-missing",
    "T4",
)
scene(
    "relay-none-multi-session",
    _home(None, f"https://{ACCOUNT}-abcd.eu-central-1.console.aws.amazon.com/console/home?region=x"),
    LIST,
    "relay-state-missing",
    "T4",
)
scene("relay-console", _home("https://console.aws.amazon.com/"), LIST, "relay-state-invalid", "T4")
scene("relay-text", _home("connect"), LIST, "relay-state-invalid", "T4")
scene("relay-arn", _home(f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/{INSTANCE}"), LIST, "relay-state-invalid", "T4")
_r = signed_in(relay_state=None, location=_HOME)
_r.get(_HOME, 302, location=f"https://{REGION}.console.aws.amazon.com/console/home?region={REGION}#")
_r.get(_HOME + "#", body=_HOME_PAGE)
_r.get(f"https://{REGION}.console.aws.amazon.com/console/api/x", body="{}", mime="application/json", kind="xhr")
scene("relay-none-hops", _r, LIST, "relay-state-missing", "T4")
_ARN_RELAY = (
    f"https://{REGION}.console.aws.amazon.com/connect/federate/arn:aws:connect:{REGION}:{ACCOUNT}:instance/{INSTANCE}"
)
_r = signed_in(relay_state=_ARN_RELAY)
_r.get(_ARN_RELAY, 404, page("Not Found"))
scene("relay-arn-404", _r, LIST, "relay-state-invalid", "T4, domain.md C6")
_r = signed_in()
_r.federate(404, page("Not Found"))
scene("relay-404", _r, LIST, "relay-state-invalid", "T4: well-formed, answered 404, nothing shows another instance")
_r = signed_in()
_r.federate(404, page("Not Found"))
scene("relay-404-no-list", _r, None, "relay-state-invalid", "T4")
_r = signed_in()
_r.federate(404, page("Not Found"))
scene(
    "relay-404-other-region",
    _r,
    users(NAME, region="us-west-2"),
    "wrong-instance",
    "T4: the list shows another instance",
)
_r = signed_in()
_r.federate(404, page("Not Found"))
scene(
    "relay-404-other-instance",
    _r,
    users(NAME, instance=OTHER_INSTANCE),
    "wrong-instance",
    "T4: the list shows another instance",
)
_r = signed_in(relay_state=f"{CONNECT}/ccp-v2")
_r.get(f"{CONNECT}/ccp-v2", 401, page(SESSION_EXPIRED))
scene("relay-instance-url", _r, LIST, "session-expired", "T2: a known text decides")
_r = signed_in(relay_state=None, location=_HOME)
_r.get(_HOME, body=_HOME_PAGE)
_r.get(f"{CONNECT}/ccp-v2", 401, page(SESSION_EXPIRED))
scene(
    "relay-none-then-bookmark",
    _r,
    LIST,
    "session-expired",
    "T2: a later visit without a new assertion belongs to the sign-in before",
)

# --- AWS's sign-in endpoint --------------------------------------------------------------------------------

_STS = " (service: AWSSecurityTokenService; status code: 400; error code: InvalidIdentityToken)"
_STS_ID = " (Service: AWSSecurityTokenService; Status Code: 400; Error Code: InvalidIdentityToken; Request ID: e4c98f2d-22de-11ea-93e4-5bd61f438bf8; Proxy: null)"


def _answered(
    slug: str,
    text: str,
    expected: str,
    because: str = "T2",
    saml: Saml | str | None = None,
    status: int = 400,
    **more: Json,
) -> None:
    recorder = _recorder()
    recorder.sign_in(saml, status=status, body=page(text), **more.pop("sign_in", {}))
    scene(f"answer-{slug}", recorder, more.pop("listed", LIST), expected, because, **more)


_answered("invalid", INVALID, "response-refused", no_text="outcome-unknown")
_answered("invalid-200", INVALID, "response-refused", status=200, no_text="outcome-unknown")
_answered(
    "name-required",
    "RoleSessionName is required in AuthnResponse" + _STS,
    "role-session-name-missing",
    saml=Saml(names=None),
    names=(),
)
_answered(
    "name-required-id",
    "RoleSessionName is required in AuthnResponse" + _STS_ID,
    "role-session-name-missing",
    saml=Saml(name_attribute="RoleSessionName"),
    names=(),
)
_answered(
    "name-invalid",
    "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}" + _STS,
    "role-session-name-invalid",
    saml=Saml(names=("Anna Berg",)),
    names=("Anna Berg",),
)
_answered(
    "name-invalid-id-200",
    "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}" + _STS_ID,
    "role-session-name-invalid",
    saml=Saml(names=("O'Brien@acme.example",)),
    names=("O'Brien@acme.example",),
    status=200,
)
_answered(
    "name-padded",
    "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}" + _STS,
    "role-session-name-invalid",
    saml=Saml(names=(f"  {NAME} ",)),
    names=(f"  {NAME} ",),
)
_answered(
    "not-authorized",
    "Not authorized to perform sts:AssumeRoleWithSAML (service: AWSSecurityTokenService; status code: 403; error code: AccessDenied)",
    "role-not-assumable",
    status=403,
    no_text="outcome-unknown",
)
_answered(
    "not-authorized-id",
    "Not authorized to perform sts:AssumeRoleWithSAML (Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; Request ID: 1; Proxy: null)",
    "role-not-assumable",
    saml=Saml(name_id=None),
    no_text="outcome-unknown",
)
_answered(
    "source-identity",
    "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with &quot;aws:&quot;" + _STS,
    "source-identity-invalid",
    saml=Saml(attributes=((ATTRIBUTES + "SourceIdentity", ("aws:x",)),)),
)
_answered("signature", "Response signature invalid" + _STS, "signature-invalid", no_text="outcome-unknown")
_answered(
    "issuer",
    "Failed to assume role: Issuer not present in specified provider (service: AWSOpenIdDiscoveryService; status code: 400; error code: AuthSamlInvalidSamlResponseException)",
    "issuer-mismatch",
    no_text="outcome-unknown",
)
_answered(
    "audience",
    "Response does not contain the required audience.",
    "audience-wrong",
    saml=Saml(audience="https://acme.example/sp"),
)
_answered(
    "audience-text-only",
    "Response does not contain the required audience.",
    "audience-wrong",
    no_text="outcome-unknown",
)
_answered(
    "provider",
    "Specified provider doesn&#39;t exist. (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlManifestNotFoundException; Request ID: 2; Proxy: null)",
    "provider-missing",
    no_text="outcome-unknown",
)
_answered("provider-curly", "Specified provider doesn’t exist.", "provider-missing", no_text="outcome-unknown")
_answered(
    "duration",
    "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    "session-duration-invalid",
    no_text="outcome-unknown",
)
_answered(
    "redeem",
    "Token must be redeemed within 5 minutes of issuance (Service: AWSSecurityTokenService; Status Code: 400; Error Code: ExpiredTokenException; Request ID: 3)",
    "assertion-expired",
    saml=Saml(issued=-400, lives=3600),
)
_answered(
    "expired",
    "Response has expired (service: AWSSecurityTokenService; status code: 400; error code: ExpiredTokenException)",
    "assertion-expired",
    saml=Saml(issued=-90, lives=60),
)
_answered(
    "requested-role",
    "SAML Assertion doesn&#x27;t contain the requested Role and Metadata in the attributes" + _STS,
    "response-refused",
    no_text="outcome-unknown",
)
_answered(
    "recipient-data",
    "Responses must contain SubjectConfirmatonData with a Recipient and NotOnOrAfter",
    "recipient-wrong",
    saml=Saml(recipient=None),
)
_answered(
    "base64",
    "Invalid base64 SAMLResponse (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; Request ID: 4)",
    "assertion-damaged",
    saml=Saml().base64()[:901] + "!!",
    names=(),
)
_answered(
    "destination",
    "AuthnResponse received with invalid destination",
    "destination-wrong",
    saml=Saml(destination="https://acme.example/acs"),
)
_answered("tags", "PackedPolicyTooLarge", "session-tags-refused", no_text="outcome-unknown")
_answered("idp-rejected", "IDPRejectedClaim", "idp-error", saml=Saml(status=(RESPONDER,)), names=())

# 'invalid SAML response': the first that is found of T2's list
_answered("invalid-redacted", INVALID, "assertion-redacted", saml="[REDACTED]", names=())
_answered("invalid-damaged", INVALID, "assertion-damaged", saml=Saml().base64()[:777], names=())
_answered(
    "invalid-encrypted", INVALID, "assertion-encrypted", "T2: none, and unreadable", saml=Saml(encrypted=True), names=()
)
_answered(
    "invalid-responder",
    INVALID,
    "idp-error",
    saml=Saml(status=(RESPONDER, "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"), status_message="Not assigned"),
    names=(),
)
_answered("invalid-early", INVALID, "assertion-not-yet-valid", saml=Saml(not_before=200))
_answered("invalid-late", INVALID, "assertion-expired", saml=Saml(issued=-90, lives=60))
_answered(
    "invalid-destination",
    INVALID,
    "destination-wrong",
    saml=Saml(destination="https://acme.example/acs", recipient="https://acme.example/acs"),
)
_answered("invalid-recipient", INVALID, "recipient-wrong", saml=Saml(recipient="https://acme.example/acs"))
_answered(
    "invalid-recipient-region",
    INVALID,
    "recipient-wrong",
    saml=Saml(recipient="https://us-east-2.signin.aws.amazon.com/saml"),
)
_answered("invalid-no-recipient", INVALID, "recipient-wrong", saml=Saml(recipient=None))
_answered("invalid-audience", INVALID, "audience-wrong", saml=Saml(audience="https://acme.example/sp"))
_answered("invalid-no-audience", INVALID, "audience-wrong", saml=Saml(audience=None))
_answered("invalid-role-none", INVALID, "role-missing", saml=Saml(roles=None))
_answered("invalid-role-empty", INVALID, "role-missing", saml=Saml(roles=()))
_answered("invalid-role-case", INVALID, "role-missing", saml=Saml(role_attribute=ATTRIBUTES + "role"))
_answered("invalid-role-bare-name", INVALID, "role-missing", saml=Saml(role_attribute="Role"))
_answered(
    "invalid-role-http", INVALID, "role-missing", saml=Saml(role_attribute=ATTRIBUTES.replace("https", "http") + "Role")
)
_answered("invalid-role-half", INVALID, "role-malformed", saml=Saml(roles=(ROLE,)))
_answered("invalid-role-blank", INVALID, "role-malformed", saml=Saml(roles=("",)))
_answered(
    "invalid-role-placeholder",
    INVALID,
    "role-malformed",
    saml=Saml(roles=("arn:aws:iam::ACCOUNT:role/X,arn:aws:iam::ACCOUNT:saml-provider/Y",)),
)
_answered("invalid-role-joined", INVALID, "role-malformed", saml=Saml(roles=(f"{PAIR},{SECOND_PAIR}",)))
_answered("invalid-name-none", INVALID, "role-session-name-missing", saml=Saml(names=None), names=())
_answered(
    "invalid-name-case",
    INVALID,
    "role-session-name-missing",
    saml=Saml(name_attribute=ATTRIBUTES + "roleSessionName"),
    names=(),
)
_answered("invalid-name-two", INVALID, "role-session-name-invalid", saml=Saml(names=(NAME, "anna")))
_answered("invalid-name-blank", INVALID, "role-session-name-invalid", saml=Saml(names=("",)), names=("",))
_answered("invalid-name-long", INVALID, "role-session-name-invalid", saml=Saml(names=("a" * 65,)), names=("a" * 65,))
_answered(
    "invalid-source-identity",
    INVALID,
    "source-identity-invalid",
    saml=Saml(attributes=((ATTRIBUTES + "SourceIdentity", ("Anna Berg",)),)),
)
_answered(
    "invalid-duration-short",
    INVALID,
    "session-duration-invalid",
    saml=Saml(attributes=((ATTRIBUTES + "SessionDuration", ("60",)),)),
)
_answered(
    "invalid-duration-text",
    INVALID,
    "session-duration-invalid",
    saml=Saml(attributes=((ATTRIBUTES + "SessionDuration", ("8h",)),)),
)
_answered(
    "invalid-tags",
    INVALID,
    "session-tags-refused",
    saml=Saml(attributes=tuple((f"{ATTRIBUTES}PrincipalTag:k{n}", ("v",)) for n in range(51))),
)
_answered(
    "invalid-two-faults",
    INVALID,
    "audience-wrong",
    "T2: the first found",
    saml=Saml(audience="x", names=("Anna Berg",), roles=(ROLE,)),
    names=("Anna Berg",),
)
_answered(
    "invalid-late-and-audience",
    INVALID,
    "assertion-expired",
    "T2: the first found",
    saml=Saml(audience="x", issued=-90, lives=60),
)

# answered, no readable text
_answered("unread", "Ein Fehler ist aufgetreten.", "outcome-unknown", "T4")
_answered("unread-audience", "Ein Fehler ist aufgetreten.", "audience-wrong", "T4", saml=Saml(audience="x"))
_answered("unread-name", "エラー", "role-session-name-invalid", "T4", saml=Saml(names=("Änne",)), names=("Änne",))
_answered("unread-encrypted", "エラー", "assertion-encrypted", "T4: T2's list", saml=Saml(encrypted=True), names=())
_answered(
    "unread-403", "Zugriff verweigert", "outcome-unknown", "T4: role-not-assumable only with evidence", status=403
)
_answered(
    "unread-case-twin",
    "Ein Fehler ist aufgetreten.",
    "outcome-unknown",
    "T4: users are not reached",
    listed=users("Anna.Berg@acme.example"),
)
_answered(
    "bad-request",
    "Bad Request. The request was not valid and could not be processed.",
    "outcome-unknown",
    "table 1: the text says nothing today",
)

_r = _recorder()
_r.sign_in(Saml(audience="x"), status=400, body=page("Ein Fehler ist aufgetreten."))
_r.get(_HOME, body=_HOME_PAGE)
scene("answer-unread-then-console", _r, LIST, "audience-wrong", "T4: a POST to AWS without redirect")
_r = _recorder()
_r.sign_in(
    Saml(names=("Anna Berg",)),
    status=400,
    body=page("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
)
_r.get("https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html", body=page(NOT_ONBOARDED))
_r.get("https://console.aws.amazon.com/console/home", body=_HOME_PAGE)
scene(
    "answer-then-docs-and-console",
    _r,
    LIST,
    "role-session-name-invalid",
    "T2: a known text decides",
    names=("Anna Berg",),
)
_r = refused(signed_in())
_r.federate(403, page(NOT_ONBOARDED))
_r.federate(403, page(NOT_ONBOARDED))
scene("user-reloaded", _r, LIST_WITHOUT, "user-missing", "section 1: one assertion, one sign-in")
_r = refused(signed_in())
_r.get(f"{CONNECT}/ccp-v2", 401, page(SESSION_EXPIRED))
scene(
    "user-refused-then-bookmark",
    _r,
    LIST_WITHOUT,
    "user-missing",
    "section 1 and design 6: the earlier text is the cause",
    no_text="user-missing",
)

# times: AWS's clock (T7)
_answered(
    "late-by-browser-clock-only",
    INVALID,
    "response-refused",
    "T7: AWS's Date, not the browser's clock",
    saml=Saml(issued=-500, not_before=-500, lives=300, at=started(-300)),
    sign_in={"aws_ahead": -600},
    no_text="outcome-unknown",
)
_answered("late-by-aws-clock", INVALID, "assertion-expired", "T7", saml=Saml(lives=300), sign_in={"aws_ahead": 600})
_answered(
    "early-by-aws-clock",
    INVALID,
    "assertion-not-yet-valid",
    "T7",
    saml=Saml(not_before=-60),
    sign_in={"aws_ahead": -3600},
)
_answered(
    "late-without-date",
    INVALID,
    "assertion-expired",
    "T7: else the entry's time",
    saml=Saml(issued=-90, lives=60),
    sign_in={"dated": False},
)

# --- role choice -------------------------------------------------------------------------------------------

_two = Saml(roles=(PAIR, SECOND_PAIR))


def chooser(saml: Saml | str, relay_state: str | None = RELAY_STATE) -> str:
    """AWS's page to choose a role."""
    radios = "".join(
        f'<div class="saml-role"><input type="radio" name="roleIndex" value="{r}" id="{r}" class="saml-radio">'
        f'<label for="{r}" class="saml-role-description">{r.rpartition("/")[2]}</label></div>'
        for r in (ROLE, SECOND_ROLE)
    )
    fields = "".join(f'<input type="hidden" name="{n}" value="{v}">' for n, v in saml_fields(saml, relay_state))
    return (
        "<!DOCTYPE html><html><head><title>Amazon Web Services Sign-In</title></head><body><h1>Select a role:</h1>"
        f'<form id="saml_form" name="saml_form" action="/saml" method="post">{fields}<fieldset><div class="saml-account">'
        f'<div class="saml-account-name">Account: acme ({ACCOUNT})</div>{radios}</div></fieldset></form></body></html>'
    )


def _choice(saml: Saml | str = _two) -> Recorder:
    recorder = _recorder()
    recorder.sign_in(saml, status=200, body=chooser(saml))
    return recorder


scene("choice-ended", _choice(), LIST, "role-not-chosen", "T4")
scene(
    "choice-ended-redacted",
    _choice("AUTH_ed8a3aab"),
    LIST,
    "role-not-chosen",
    "T4",
    names=(),
    no_text="assertion-redacted",
)
_r = _choice()
_r.post(SIGN_IN, [*saml_fields(_two, RELAY_STATE), ("roleIndex", SECOND_ROLE)], 302, location=RELAY_STATE)
_r.federate()
_r.connect()
scene("choice-healthy", _r, LIST, "signed-in", "T1", chosen=SECOND_ROLE)
_r = _choice()
_r.post(SIGN_IN, [*saml_fields(_two, RELAY_STATE), ("roleIndex", SECOND_ROLE)], 302, location=RELAY_STATE)
_r.federate(403, page(FEDERATION_DENIED))
scene("choice-denied", _r, LIST, "federation-denied", "T2", chosen=SECOND_ROLE, no_text="outcome-unknown")
_r = _choice()
_e = _r.post(SIGN_IN, [], 302, location=RELAY_STATE)
del _e["request"]["postData"]
_r.federate(403, page(NOT_ONBOARDED))
scene(
    "choice-repost-without-body", _r, LIST_WITHOUT, "user-missing", "section 1: a role-choice re-post is the same one"
)
_r = _choice()
_r.wait(500)
_r.post(
    SIGN_IN,
    [*saml_fields(_two, RELAY_STATE), ("roleIndex", ROLE)],
    400,
    page("Token must be redeemed within 5 minutes of issuance"),
)
scene("choice-left-open", _r, LIST, "assertion-expired", "T2, T7: the last POST", chosen=ROLE)
_r = _choice()
_r.wait(500)
_r.post(SIGN_IN, [*saml_fields(_two, RELAY_STATE), ("roleIndex", ROLE)], 400, page("エラー"))
scene("choice-left-open-unread", _r, LIST, "assertion-expired", "T4, T7: the last POST", chosen=ROLE)
_r = _choice()
_r.post(
    SIGN_IN,
    [*saml_fields(_two, RELAY_STATE), ("roleIndex", ROLE)],
    400,
    page("Not authorized to perform sts:AssumeRoleWithSAML"),
)
scene("choice-not-assumable", _r, LIST, "role-not-assumable", "T2", chosen=ROLE, no_text="outcome-unknown")
_r = _choice(replace(_two, names=("Anna.Berg@acme.example",)))
_r.post(
    SIGN_IN,
    [*saml_fields(replace(_two, names=("Anna.Berg@acme.example",)), RELAY_STATE), ("roleIndex", ROLE)],
    302,
    location=RELAY_STATE,
)
_r.federate(403, page(NOT_ONBOARDED))
scene("choice-case", _r, LIST, "user-case-differs", "T5", names=("Anna.Berg@acme.example",), chosen=ROLE)

# --- identity providers ------------------------------------------------------------------------------------


def _stopped(body: str, host: str = IDP, path: str = "/login", status: int = 200) -> Recorder:
    recorder = _recorder()
    recorder.get(f"{host}/start", body=LOGIN_PAGE)
    recorder.post(host + path, [("username", "anna"), ("password", "Sommer-2026-geheim")], status, body)
    return recorder


_ENTRA = "https://login.microsoftonline.com"
scene(
    "idp-stopped",
    _stopped(page("Approve the sign-in on your phone", "MFA")),
    LIST,
    "capture-incomplete",
    "T3",
    names=(),
)
scene(
    "idp-entra-50105",
    _stopped(
        page(
            "AADSTS50105: Your administrator has configured the application AWS to block users unless they are specifically granted access.",
            "Sign in",
        ),
        _ENTRA,
        "/common/login",
    ),
    LIST,
    "idp-error",
    "T3",
    names=(),
    no_text="capture-incomplete",
)
scene(
    "idp-entra-script",
    _stopped(
        '<html><script>$Config={"strServiceExceptionMessage":"AADSTS700016: Application with identifier \\u0027x\\u0027 was not found","sErrorCode":"700016"};</script></html>',
        _ENTRA,
        "/t/saml2",
    ),
    LIST,
    "idp-error",
    "T3",
    names=(),
    no_text="capture-incomplete",
)
scene(
    "idp-okta",
    _stopped(page("403 App Not Assigned"), "https://acme.okta.com", "/app/aws/exk1/sso/saml", 403),
    LIST,
    "idp-error",
    "T3",
    names=(),
)
scene(
    "idp-ping",
    _stopped(
        page("AUTHZ_001 Sorry, you're not authorized to access the requested resource"),
        "https://auth.pingone.eu",
        "/x/saml20/idp/startsso",
    ),
    LIST,
    "idp-error",
    "T3",
    names=(),
    no_text="capture-incomplete",
)
scene(
    "idp-adfs",
    _stopped(
        page("An error occurred</h2><p>Contact your administrator.</p><p>Activity ID: 0000</p><p>MSIS7012: x</p><h2>"),
        "https://sts.acme.example",
        "/adfs/ls/idpinitiatedsignon.aspx",
    ),
    LIST,
    "idp-error",
    "T3",
    names=(),
    no_text="capture-incomplete",
)
_r = _recorder()
_r.get(f"{_ENTRA}/t/saml2", body=LOGIN_PAGE)
_r.post(
    f"{_ENTRA}/common/login",
    [("login", "anna"), ("passwd", "Sommer-2026-geheim")],
    body='<html><script>$Config={"sErrorCode":"50140","msg":"AADSTS50140: interrupt KMSI"}</script></html>',
)
_r.post(f"{_ENTRA}/kmsi", [("x", "1")], body=form_page(SIGN_IN, saml_fields(_r.now_saml(style="entra"), RELAY_STATE)))
_r.post(SIGN_IN, saml_fields(_r.now_saml(style="entra"), RELAY_STATE), 302, location=RELAY_STATE)
_r.federate()
_r.connect()
scene("idp-interrupt-then-healthy", _r, LIST, "signed-in", "T1, domain.md 2.4: interrupts are no failures")
_r = _stopped(page("Incorrect username or password", "Log in"))
_r.hand_over(_r.now_saml(), RELAY_STATE)
_r.post(SIGN_IN, saml_fields(_r.now_saml(), RELAY_STATE), 302, location=RELAY_STATE)
_r.federate()
_r.connect()
scene("idp-wrong-password-then-healthy", _r, LIST, "signed-in", "T1")
_r = refused(signed_in())
_r.get(f"{IDP}/start", body=LOGIN_PAGE)
_r.get(f"{IDP}/help", body=page("Help", "Help"))
scene("user-refused-then-idp-again", _r, LIST_WITHOUT, "user-missing", "T5; nothing new was attempted")

# --- not answered (T3) -------------------------------------------------------------------------------------


def _silent(error: str = "", saml: Saml | None = None) -> Recorder:
    recorder = _recorder()
    recorder.sign_in(saml, status=0, error=error)
    return recorder


for _slug, _error in (
    ("chromium-client", "net::ERR_BLOCKED_BY_CLIENT"),
    ("chromium-response", "net::ERR_BLOCKED_BY_RESPONSE"),
    ("chromium-admin", "net::ERR_BLOCKED_BY_ADMINISTRATOR"),
    ("chromium-name", "net::ERR_NAME_NOT_RESOLVED"),
    ("chromium-certificate", "net::ERR_CERT_AUTHORITY_INVALID"),
    ("chromium-refused", "net::ERR_CONNECTION_REFUSED"),
    ("chromium-reset", "net::ERR_CONNECTION_RESET"),
    ("chromium-timed-out", "net::ERR_CONNECTION_TIMED_OUT"),
    ("chromium-proxy", "net::ERR_PROXY_CONNECTION_FAILED"),
    ("chromium-tunnel", "net::ERR_TUNNEL_CONNECTION_FAILED"),
    ("firefox-host", "NS_ERROR_UNKNOWN_HOST"),
    ("firefox-refused", "NS_ERROR_CONNECTION_REFUSED"),
    ("firefox-proxy", "NS_ERROR_PROXY_CONNECTION_REFUSED"),
    ("firefox-reset", "NS_ERROR_NET_RESET"),
    ("firefox-timeout", "NS_ERROR_NET_TIMEOUT"),
    ("firefox-certificate", "SEC_ERROR_UNKNOWN_ISSUER"),
    ("firefox-certificate-2", "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"),
    ("webkit-connect", "Could not connect to the server."),
    ("webkit-host", "A server with the specified hostname could not be found."),
    ("webkit-certificate", "The certificate for this server is invalid."),
    ("webkit-blocker", "The URL was blocked by a content blocker"),
    ("mitmproxy-tls", "Server TLS handshake failed. Certificate verify failed: unable to get local issuer certificate"),
    ("mitmproxy-name", "[Errno -2] Name or service not known"),
    ("mitmproxy-refused", "[Errno 111] Connect call failed ('127.0.0.1', 443)"),
):
    scene(f"blocked-{_slug}", _silent(_error), LIST, "sign-in-blocked", "T3")
_r = signed_in()
_r.federate(0, error="net::ERR_NAME_NOT_RESOLVED")
scene("blocked-federate", _r, LIST, "sign-in-blocked", "T3")
_r = signed_in()
_r.federate()
_r.get(f"{CONNECT}/connect/auth/sign-in?accessToken={TOKEN}", 0, error="net::ERR_CONNECTION_RESET")
scene("blocked-connect", _r, LIST, "sign-in-blocked", "T3")
_r = _recorder()
_r.get(f"{CONNECT}/ccp-v2", 0, error="net::ERR_BLOCKED_BY_ADMINISTRATOR")
scene("blocked-direct", _r, LIST, "sign-in-blocked", "T3", names=())
_r = _silent("net::ERR_CONNECTION_RESET")
_r.post(SIGN_IN, saml_fields(Saml(), RELAY_STATE), 302, location=RELAY_STATE)
_r.federate()
_r.connect()
scene("blocked-then-healthy", _r, LIST, "signed-in", "T1: the same assertion again")
for _slug, _error in (
    ("", ""),
    ("-aborted", "net::ERR_ABORTED"),
    ("-binding", "NS_BINDING_ABORTED"),
    ("-failed", "net::ERR_FAILED"),
):
    scene(f"silent{_slug}", _silent(_error), LIST, "capture-incomplete", "T3: an exact user proves nothing")
scene(
    "silent-case",
    _silent("", Saml(names=("Anna.Berg@acme.example",))),
    LIST,
    "user-case-differs",
    "T3",
    names=("Anna.Berg@acme.example",),
)
scene(
    "silent-twins",
    _silent("", Saml(names=("Anna.Berg@acme.example",))),
    users(NAME, NAME.upper()),
    "duplicate-profiles",
    "T3",
    names=("Anna.Berg@acme.example",),
)
scene(
    "silent-near",
    _silent("", Saml(names=("anna.burg@acme.example",))),
    LIST,
    "user-near-miss",
    "T3",
    names=("anna.burg@acme.example",),
)
scene("silent-missing", _silent(), LIST_WITHOUT, "user-missing", "T3")
scene("silent-incomplete-list", _silent(), users(complete=False), "capture-incomplete", "T3")
scene("silent-no-list", _silent(), None, "capture-incomplete", "T3")
scene("silent-other-instance", _silent(), users(NAME, instance=OTHER_INSTANCE), "capture-incomplete", "T3")
scene("silent-late", _silent("", Saml(issued=-90, lives=60)), LIST, "capture-incomplete", "T3: only users can prove")
_r = _recorder()
_r.log_in()
_r.hand_over(Saml(names=("Anna.Berg@acme.example",)), RELAY_STATE)
scene("silent-form-only", _r, LIST, "user-case-differs", "T3", names=("Anna.Berg@acme.example",))
_r = _recorder()
_r.log_in()
_r.hand_over(Saml(names=("Anna.Berg@acme.example",)), RELAY_STATE)
_r.hand_over(_r.now_saml(id="_qa-2", names=("Anna.Berg@acme.example",)), RELAY_STATE)
scene(
    "silent-form-again",
    _r,
    LIST,
    "user-case-differs",
    "T3: a login that was sent twice is one attempt",
    names=("Anna.Berg@acme.example",),
)
_r = signed_in()
scene("silent-after-post", _r, LIST, "capture-incomplete", "T3: the recording stops at the redirect")
_r = signed_in()
_r.federate(0)
scene("silent-federate", _r, LIST, "capture-incomplete", "T3")
_r = signed_in()
_r.federate()
scene("silent-after-federate", _r, LIST, "capture-incomplete", "T3")
_r = signed_in(Saml(names=("Anna.Berg@acme.example",)))
_r.federate(0)
scene("silent-federate-case", _r, LIST, "user-case-differs", "T3", names=("Anna.Berg@acme.example",))
_r = signed_in()
_r.federate()
_r.get(f"{CONNECT}/connect/auth/sign-in?accessToken={TOKEN}", 302, location="/ccp-v2")
_r.get(f"{CONNECT}/ccp-v2", 0)
scene("silent-connect", _r, LIST, "capture-incomplete", "T3")

# --- several ----------------------------------------------------------------------------------------------

_r = refused(signed_in(Saml(names=("Anna.Berg@acme.example",))))
_r.sign_in(_r.now_saml(id="_qa-2", names=("bert@acme.example",)))
_r.federate(403, page(NOT_ONBOARDED))
scene(
    "two-refused",
    _r,
    LIST,
    ("user-case-differs", "user-missing"),
    "T5, T8",
    names=("Anna.Berg@acme.example", "bert@acme.example"),
)
_r = healthy()
_r.sign_in(_r.now_saml(id="_qa-2", names=("bert@acme.example",)))
_r.federate(403, page(FEDERATION_DENIED))
scene(
    "healthy-then-denied",
    _r,
    LIST,
    ("signed-in", "federation-denied"),
    "T8",
    names=(NAME, "bert@acme.example"),
    no_text=("signed-in", "user-missing"),
)
_r = refused(signed_in(Saml(names=("bert@acme.example",))))
for _n in range(3):
    _r.wait(20)
    _r.sign_in(_r.now_saml(id=f"_qa-{_n + 2}", names=("bert@acme.example",)))
    _r.federate(403, page(NOT_ONBOARDED))
scene(
    "same-person-four-times",
    _r,
    LIST,
    ("user-missing",) * 4,
    "section 1: an assertion each",
    names=("bert@acme.example",) * 4,
)
_r = _recorder()
_r.sign_in(Saml(names=("Anna Berg",)), status=400, body=page("RoleSessionName in AuthnResponse must match [a-z]"))
_r.post(
    SIGN_IN,
    saml_fields(Saml(names=("Anna Berg",)), RELAY_STATE),
    400,
    page("RoleSessionName in AuthnResponse must match [a-z]"),
)
scene("reloaded-post", _r, LIST, "role-session-name-invalid", "section 1: one assertion", names=("Anna Berg",))
_r = _recorder()
_r.log_in()
_app = Saml(
    destination="https://acme.my.salesforce.example/acs",
    recipient="https://acme.my.salesforce.example/acs",
    audience="https://saml.salesforce.example",
    roles=None,
    names=None,
)
_r.hand_over(_app, None, "https://acme.my.salesforce.example/acs")
_r.post("https://acme.my.salesforce.example/acs", saml_fields(_app, None), 302, location="/home")
_r.get("https://acme.my.salesforce.example/home", body=page("Salesforce", "Salesforce"))
scene("other-application", _r, LIST, (), "no-sign-in", names=())
_r = _recorder()
_r.get("https://news.example/", body=page("News", "News"))
_r.get(
    "https://apple.example/signin.js",
    body='r.name="SAMLResponse";form.append(r)',
    mime="application/javascript",
    kind="script",
)
scene("nothing", _r, LIST, (), "no-sign-in: the word alone is no response", names=())
scene("empty", _recorder(), LIST, (), "no-sign-in", names=())
_r = _recorder()
_r.get("https://console.aws.amazon.com/console/home", body=_HOME_PAGE)
_r.get("https://eu-central-1.console.aws.amazon.com/s3/buckets", body=page("S3", "S3"))
scene("console-only", _r, LIST, (), "no-sign-in", names=())

# --- Firefox's status 0 with an answer ---------------------------------------------------------------------


def _unstatused(entry: Json) -> Json:
    """Firefox ESR 153 leaves the status out of answered requests at times: 0, with the headers and the body there."""
    entry["response"]["status"] = 0
    entry["response"]["content"].pop("mimeType", None)
    return entry


_r = signed_in()
_unstatused(_r.federate(403, page(NOT_ONBOARDED)))
scene("unstatused-not-onboarded", _r, LIST_WITHOUT, "user-missing", "T2: a known text, when readable, decides")
_r = signed_in()
_unstatused(_r.federate(403, page(FEDERATION_DENIED)))
scene("unstatused-denied", _r, LIST, "federation-denied", "T2", no_text="capture-incomplete")
_r = _recorder()
_unstatused(
    _r.sign_in(
        Saml(names=("Anna Berg",)),
        status=400,
        body=page("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
    )
)
scene(
    "unstatused-name-invalid",
    _r,
    LIST,
    "role-session-name-invalid",
    "T2",
    names=("Anna Berg",),
    no_text="capture-incomplete",
)
_r = signed_in()
_r.federate()
_r.get(f"{CONNECT}/connect/auth/sign-in?accessToken={TOKEN}", 302, location="/ccp-v2")
_unstatused(_r.get(f"{CONNECT}/ccp-v2", 200, CONNECT_PAGE))
_r.get(f"{CONNECT}/connect/api/agent", 200, '{"agent":"anna"}', mime="application/json", kind="xhr")
scene("unstatused-connect", _r, LIST, "signed-in", "T1: Connect's page is there, with its body", no_text="signed-in")
_r = signed_in(relay_state=None, location=_HOME)
_unstatused(_r.get(_HOME, body=_HOME_PAGE))
scene("unstatused-console", _r, LIST, "relay-state-missing", "T4", no_text="capture-incomplete")
_r = _choice()
_unstatused(_r.entries[-1])
scene("unstatused-choice", _r, LIST, "role-not-chosen", "T4", no_text="capture-incomplete")
_r = _choice()
_unstatused(_r.entries[-1])
_r.post(SIGN_IN, [*saml_fields(_two, RELAY_STATE), ("roleIndex", ROLE)], 302, location=RELAY_STATE)
_r.federate(403, page(NOT_ONBOARDED))
scene("unstatused-choice-then-missing", _r, LIST_WITHOUT, "user-missing", "T5", chosen=ROLE)
_r = _recorder()
_unstatused(_r.sign_in())
_r.federate(403, page(NOT_ONBOARDED))
scene("unstatused-post", _r, LIST_WITHOUT, "user-missing", "T5")

# --- pages rendered by script, odd places ------------------------------------------------------------------

_r = _recorder()
_r.sign_in(
    Saml(names=("Anna Berg",)),
    status=400,
    body='<html><body><div id="root"></div><script>window.__E={"message":"RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"}</script></body></html>',
)
scene("script-inline-json", _r, LIST, "role-session-name-invalid", "T2", names=("Anna Berg",))
_r = _recorder()
_r.sign_in(status=200, body="<html><body><div id='app'></div><script src='/v2/js/app.js'></script></body></html>")
_r.get(
    "https://signin.aws.amazon.com/v2/js/app.js",
    body="var a='Response signature invalid';",
    mime="application/javascript",
    kind="script",
)
scene("script-app-only", _r, LIST, "outcome-unknown", "T4: words in a script file are no answer")
_r = _recorder()
_r.sign_in(status=200, body="<html><body><div id='app'></div></body></html>")
_r.get(
    "https://signin.aws.amazon.com/api/error?id=1",
    400,
    json.dumps({"errorMessage": "Response signature invalid (service: AWSSecurityTokenService)"}),
    mime="application/json",
    kind="xhr",
)
scene(
    "script-xhr-at-sign-in",
    _r,
    LIST,
    "signature-invalid",
    "T2: the text is in the JSON of a request",
    no_text="outcome-unknown",
)
_r = signed_in()
_r.get(RELAY_STATE, 200, "<html><body><div id='app'></div></body></html>")
_r.get(
    f"https://{REGION}.console.aws.amazon.com/connect/api/federation", 403, NOT_ONBOARDED, mime="text/plain", kind="xhr"
)
scene("script-xhr-plain-text", _r, LIST_WITHOUT, "user-missing", "T2, and T4 without")
_r = signed_in()
_r.get(RELAY_STATE, 200, "<html><body><div id='app'></div></body></html>")
_r.get(
    f"https://connect.{REGION}.amazonaws.com/user/federate/{INSTANCE}",
    403,
    json.dumps({"message": FEDERATION_DENIED}),
    mime="application/x-amz-json-1.1",
    kind="xhr",
)
scene(
    "script-xhr-at-the-api",
    _r,
    LIST,
    "federation-denied",
    "T2: the text is in the JSON of a request, on the API's host",
    no_text="outcome-unknown",
)

# --- logout by way of AWS ----------------------------------------------------------------------------------

_r = healthy()
_r.get(f"{CONNECT}/logout", 302, location=f"https://signin.aws.amazon.com/saml?SAMLResponse={_ls}")
_r.get(f"https://signin.aws.amazon.com/saml?SAMLResponse={_ls}", 200, page("You have signed out"))
scene("logout-at-aws", _r, LIST, "signed-in", "T1: a LogoutResponse is no sign-in")
# --- posted to AWS, but no SAML ----------------------------------------------------------------------------

_r = _recorder()
_r.log_in()
_r.post(
    f"{IDP}/login",
    [("username", "anna"), ("password", "Sommer-2026-geheim")],
    body=form_page(SIGN_IN, [("wa", "wsignin1.0"), ("wresult", _SOAP)]),
)
_r.post(SIGN_IN, [("wa", "wsignin1.0"), ("wresult", _SOAP)], 400, page(INVALID))
scene(
    "wsfed-to-aws",
    _r,
    LIST,
    "response-refused",
    "T2: nothing of the list is found; nothing was redacted",
    names=(),
    no_text="outcome-unknown",
)

# --- an unfinished attempt after a sign-in ------------------------------------------------------------------

_r = _direct(401, page(SESSION_EXPIRED))
_r.log_in()
_r.post(
    f"{IDP}/login",
    [("username", "anna"), ("password", "Sommer-2026-geheim")],
    body=page("Approve on your phone", "MFA"),
)
scene(
    "direct-then-idp-stopped",
    _r,
    LIST,
    ("session-expired", "capture-incomplete"),
    "section 1, T3",
    names=(),
)
_r = refused(signed_in())
_r.log_in()
_r.post(
    f"{IDP}/login",
    [("username", "bert"), ("password", "Sommer-2026-geheim")],
    body=page("AADSTS50105: not assigned", "Sign in"),
)
scene(
    "refused-then-idp-error",
    _r,
    LIST_WITHOUT,
    ("user-missing", "idp-error"),
    "section 1, T3",
    no_text=("user-missing", "capture-incomplete"),
)

# --- GovCloud, odd addresses -------------------------------------------------------------------------------

_GOV_REGION = f"https://us-gov-west-1.console.amazonaws-us-gov.com/connect/federate/{INSTANCE}"
_GOV_REGIONAL = "https://us-gov-west-1.signin.amazonaws-us-gov.com/saml"
_r = signed_in(
    replace(_gov, destination=_GOV_REGIONAL, recipient=_GOV_REGIONAL), endpoint=_GOV_REGIONAL, relay_state=_GOV_REGION
)
_r.federate(403, page(FEDERATION_DENIED), url=_GOV_REGION)
scene(
    "govcloud-regional-denied",
    _r,
    users(NAME, region="us-gov-west-1"),
    "federation-denied",
    "T2",
    no_text="outcome-unknown",
)
_r = signed_in(_gov, endpoint=_GOV_IN, relay_state=None, location="https://console.amazonaws-us-gov.com/console/home")
_r.get("https://console.amazonaws-us-gov.com/console/home", body=_HOME_PAGE)
scene("govcloud-no-relay", _r, None, "relay-state-missing", "T4")
_r = signed_in(endpoint=SIGN_IN + "/")
_r.federate(403, page(NOT_ONBOARDED))
scene("endpoint-slash", _r, LIST_WITHOUT, "user-missing", "T5")
_UPPER = f"https://{REGION}.console.aws.amazon.com/connect/federate/{INSTANCE.upper()}"
_r = signed_in(relay_state=_UPPER)
_r.federate(403, page(NOT_ONBOARDED), url=_UPPER)
scene("relay-upper-case-instance", _r, users("Anna.Berg@acme.example"), "user-case-differs", "T5")
_r = signed_in(relay_state=f"{CONNECT}/ccp-v2")
_r.get(f"{CONNECT}/ccp-v2", 200, CONNECT_PAGE)
scene("relay-instance-url-healthy", _r, LIST, "signed-in", "T1")
_r = signed_in(relay_state=FEDERATE.replace("https:", "http:"))
_r.get(FEDERATE.replace("https:", "http:"), 307, location=FEDERATE)
_r.federate(url=FEDERATE)
_r.connect()
scene("relay-http-healthy", _r, LIST, "signed-in", "T1")

# the federation page opened without a response in the recording
_r = _recorder()
_r.federate(403, page(NOT_ONBOARDED))
scene(
    "federate-only-not-onboarded",
    _r,
    LIST,
    "capture-incomplete",
    "table 1: the recording lacks the part that would tell",
    names=(),
    no_text="outcome-unknown",
)
_r = _recorder()
_r.federate(403, page(FEDERATION_DENIED))
scene("federate-only-denied", _r, LIST, "federation-denied", "T2", names=(), no_text="outcome-unknown")
_r = _recorder()
_r.federate()
_r.connect()
scene("federate-only-healthy", _r, LIST, "signed-in", "T1", names=())

# oddities of values
for _slug, _odd in (("surrogate", "\\ud800"), ("nul", "\\u0000"), ("bidi", "\\u202e")):
    _r = refused(signed_in())
    for _e in _r.entries:
        if "/federate" in _e["request"]["url"]:
            _e["request"]["url"] += "&x=" + json.loads(f'"{_odd}"')
            _e["response"]["content"]["text"] += json.loads(f'"{_odd}"')
    scene(f"odd-{_slug}", _r, LIST_WITHOUT, "user-missing", "T5")
_two_assertions = (
    Saml().xml().replace("</samlp:Response>", "")
    + Saml(names=("eve@acme.example",), id="_evil").xml().partition("</samlp:Status>")[2]
)
scene("odd-two-assertions", healthy(base64.b64encode(_two_assertions.encode()).decode()), LIST, "signed-in", "T1")
_commented = Saml(names=("anna.berg@acme.example<!-- -->.evil.example",)).xml().replace("&lt;!-- --&gt;", "<!-- -->")
scene(
    "odd-comment-in-name",
    refused(signed_in(base64.b64encode(_commented.encode()).decode())),
    LIST_WITHOUT,
    "user-missing",
    "values with comments are read whole",
    names=("anna.berg@acme.example.evil.example",),
)
_bomb = (
    '<!DOCTYPE x [<!ENTITY a "'
    + "b" * 50
    + '">]><samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">&a;</samlp:Response>'
)
scene(
    "odd-entities",
    refused(signed_in(base64.b64encode((_bomb + " " * 400).encode()).decode())),
    LIST,
    "assertion-damaged",
    "T5: refused as unsafe is unreadable",
    names=(),
)

# --- other tabs and other instances ------------------------------------------------------------------------

_OTHER = "https://other-cc.my.connect.aws"


def _polls(recorder: Recorder, status: int = 200, times: int = 2) -> Recorder:
    """Connect of another tab asks for its session."""
    for _ in range(times):
        recorder.get(f"{_OTHER}/auth/authorize", status, "{}", mime="application/json", kind="xhr")
    return recorder


_OPEN_TAB = "T1: Connect's page is last, not a request of another tab"
scene("other-tab-not-onboarded", _polls(refused(signed_in())), LIST_WITHOUT, "user-missing", _OPEN_TAB)
_r = refused(signed_in(), FEDERATION_DENIED)
scene("other-tab-denied", _polls(_r), LIST, "federation-denied", _OPEN_TAB, no_text="outcome-unknown")
scene(
    "other-tab-role-missing",
    _polls(signed_in(Saml(roles=()), status=400, body=page(INVALID))),
    LIST,
    "role-missing",
    _OPEN_TAB,
)
scene("other-tab-unanswered", _polls(signed_in(status=0)), LIST, "capture-incomplete", _OPEN_TAB)

_VISIT = "a visit to another instance is a sign-in of its own"
_r = healthy()
_r.get(f"{_OTHER}/ccp-v2", 401, page(SESSION_EXPIRED))
scene("healthy-then-other-instance-expired", _r, LIST, ("signed-in", "session-expired"), _VISIT)
_r = healthy()
_r.get(f"{_OTHER}/ccp-v2", body="<html></html>")
_polls(_r, 401, 1)
_r.get(f"{CONNECT}/auth/authorize", 401, "{}", mime="application/json", kind="xhr")
scene("both-instances-expire", _r, LIST, ("session-expired", "session-expired"), _VISIT)
_r = healthy()
_r.federate(403, page(NOT_ONBOARDED), RELAY_STATE.replace(INSTANCE, OTHER_INSTANCE))
scene(
    "healthy-then-federate-other-instance",
    _r,
    LIST,
    ("signed-in", "capture-incomplete"),
    _VISIT,
    no_text=("signed-in", "outcome-unknown"),
)
# the first response is posted again after a sign-in with another one
_r = _recorder()
_old = _r.now_saml(roles=())
_r.sign_in(_old, status=400, body=page(INVALID))
_r.sign_in(Saml(names=("max@acme.example",), id="_second"))
_r.federate()
_r.connect()
_r.post(SIGN_IN, saml_fields(_old, RELAY_STATE), 400, page(INVALID))
scene(
    "old-response-posted-again",
    _r,
    LIST,
    ("role-missing", "signed-in"),
    "one assertion is one sign-in",
    names=(NAME, "max@acme.example"),
)

for _status in (404, 500):
    _r = healthy()
    _r.get(f"{CONNECT}/reports", _status, page("Sorry"))
    scene(f"healthy-then-{_status}", _r, LIST, "signed-in", "T1: Connect is last, without 401 or 403")

# the network stops the identity provider
_r = _recorder()
_r.get("https://acme.okta.com/app/UserHome", body=page("Apps"))
_r.get("https://acme.okta.com/app/amazon_aws/exk1/sso/saml", 0, error="net::ERR_CONNECTION_RESET")
scene("okta-blocked", _r, None, "sign-in-blocked", "T3: a network error that names a block", names=())

# another application's request to the same identity provider is refused
_request = deflated(
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_q" Version="2.0" '
    'IssueInstant="2026-11-24T03:00:00Z" AssertionConsumerServiceURL="https://acme.slack.example/sso/saml"/>'
)
_r = healthy()
_r.get(
    f"https://acme.okta.com/app/slack/exk2/sso/saml?SAMLRequest={_request}",
    403,
    page("Sorry, you cannot access Slack because you are not assigned this app in Okta."),
)
scene("healthy-then-other-application-refused", _r, LIST, "signed-in", "table 1: no attempt at Connect")
