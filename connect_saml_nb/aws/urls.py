"""What a URL is in the sign-in to Amazon Connect, from its host and path alone.

Hosts and paths are AWS's documented ones (Connect administrator guide `configure-saml`, `integrate-idp`,
`ccp-networking`; IAM user guide `id_roles_providers_create_saml_assertions`); identity providers are
recognised by general knowledge.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from connect_saml_nb import urls
from connect_saml_nb.idp.products import is_identity_center, product_of

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_SUFFIX = r"(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn|c2shome\.ic\.gov|sc2shome\.sgov\.gov)"
_SIGN_IN_HOST = re.compile(rf"(?:(?P<region>[a-z0-9-]+)\.)?signin\.{_SUFFIX}")
_CONSOLE_HOST = re.compile(rf"(?:(?P<prefix>[a-z0-9.-]+)\.)?console\.{_SUFFIX}")
_GLOBAL_HOST = re.compile(rf"(?P<instance>{UUID.pattern})\.(?P<region>[a-z0-9-]+)\.sign-in\.connect\.aws")
_API_HOST = re.compile(r"connect\.[a-z0-9-]+\.amazonaws\.com")  # botocore's endpoint rules
_ACS_PATH = re.compile(r"/saml(?:/acs/[^/]+)?/?")
_REGION = re.compile(r"(?:[a-z]{2,4}(?:-[a-z]+)+-\d+)")
_HOME_PATHS = frozenset({"", "/", "/console", "/console/", "/console/home"})
_FEDERATE = "/connect/federate"
#: A visit without a session is redirected to these (amazon-connect-streams issues 495 and 94).
_LOGIN_PATH = re.compile(r"(?:/connect)?/(?:login|auth/refresh)(?:/|$)")


class UrlKind(StrEnum):
    """What a URL is: which page or endpoint of AWS or Connect, or none of theirs."""

    SIGN_IN = "AWS sign-in endpoint"  # where a SAML response for AWS is posted
    GLOBAL_SIGN_IN = "Connect global sign-in endpoint"  # the same, Global Resiliency
    CONSOLE_LOGIN = "AWS console login"  # the console asks for a login: the session did not arrive
    FEDERATE = "Connect federation page"
    CONSOLE_HOME = "AWS console home"
    CONSOLE = "AWS console"
    CONNECT = "Connect"
    CONNECT_LOGIN = "Connect login"  # where Connect sends a browser that has no session
    CONNECT_STATIC = "Connect static files"
    CONNECT_API = "Connect API"
    AMAZON_IDENTITY_PROVIDER = "identity provider on a host of Amazon's"  # IAM Identity Center, mostly
    AMAZON = "another page of Amazon's"
    ELSEWHERE = "another site"


_AWS_ENDINGS = (
    ".amazon.com",
    ".amazonaws.com",
    ".amazonaws-us-gov.com",
    ".amazonaws.cn",
    ".c2shome.ic.gov",
    ".sc2shome.sgov.gov",
    ".connect.aws",
    ".awsapps.com",
)

#: The pages and endpoints of AWS and Connect that can answer a sign-in.
AWS_KINDS = frozenset(
    {
        UrlKind.SIGN_IN,
        UrlKind.GLOBAL_SIGN_IN,
        UrlKind.CONSOLE_LOGIN,
        UrlKind.FEDERATE,
        UrlKind.CONSOLE_HOME,
        UrlKind.CONSOLE,
        UrlKind.CONNECT,
        UrlKind.CONNECT_LOGIN,
        UrlKind.CONNECT_API,
    }
)
#: Where a SAML response for AWS is posted.
ENDPOINTS = frozenset({UrlKind.SIGN_IN, UrlKind.GLOBAL_SIGN_IN})
_AWS_URL = re.compile(
    rf"\s*(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*(?:{'|'.join(map(re.escape, _AWS_ENDINGS))})", re.IGNORECASE
)


def may_be_aws(url: str) -> bool:
    """Whether `url` can be one of AWS's or Connect's; cheap, for the many entries that are none."""
    return _AWS_URL.match(url) is not None


def url_kind(url: str) -> UrlKind:
    """What a URL is, from its host and path; never raises.

    >>> url_kind("https://corp.my.connect.aws/ccp-v2")
    <UrlKind.CONNECT: 'Connect'>
    """
    parts = urls.split(url)
    if not parts.host.endswith(_AWS_ENDINGS):
        return UrlKind.ELSEWHERE
    return _aws_kind(parts) or (UrlKind.AMAZON_IDENTITY_PROVIDER if product_of(url) else UrlKind.AMAZON)


def _aws_kind(parts: urls.Url) -> UrlKind | None:
    """Which of the known pages and endpoints it is, or None."""
    if _SIGN_IN_HOST.fullmatch(parts.host):
        if _ACS_PATH.fullmatch(parts.path):
            return UrlKind.SIGN_IN
        return None if is_identity_center(parts) else UrlKind.CONSOLE_LOGIN
    if _CONSOLE_HOST.fullmatch(parts.host):
        return _console_kind(parts.path)
    return _connect_kind(parts)


def _console_kind(path: str) -> UrlKind:
    if path == _FEDERATE or path.startswith(_FEDERATE + "/"):
        return UrlKind.FEDERATE
    return UrlKind.CONSOLE_HOME if path in _HOME_PATHS else UrlKind.CONSOLE


def _connect_kind(parts: urls.Url) -> UrlKind | None:
    host = parts.host
    if host.endswith(".sign-in.connect.aws"):
        return UrlKind.GLOBAL_SIGN_IN if _ACS_PATH.fullmatch(parts.path) else UrlKind.CONNECT
    if _API_HOST.fullmatch(host):
        return UrlKind.CONNECT_API
    old = host.endswith(".awsapps.com") and (parts.path == "/connect" or parts.path.startswith("/connect/"))
    if old or host.endswith(".my.connect.aws"):
        return UrlKind.CONNECT_LOGIN if _LOGIN_PATH.match(parts.path) else UrlKind.CONNECT
    return UrlKind.CONNECT_STATIC if host.endswith(".connect.aws") else None


def is_endpoint(url: str | None) -> bool:
    """Whether a SAML response posted to `url` goes to AWS; `/static/saml` is IAM's older name for the endpoint."""
    if not url:
        return False
    parts = urls.split(url)
    old = parts.path == "/static/saml" and _SIGN_IN_HOST.fullmatch(parts.host) is not None
    return old or url_kind(url) in ENDPOINTS


def same_endpoint(first: str, second: str) -> bool:
    """Whether two URLs name the same sign-in endpoint: scheme, host and path; Global Resiliency ones add a query."""
    a, b = urls.split(first), urls.split(second)
    return (a.origin.lower(), a.path.rstrip("/")) == (b.origin.lower(), b.path.rstrip("/"))


def endpoint_region(url: str) -> str | None:
    """The Region of a regional sign-in endpoint, or None for the global one and for anything that is none."""
    host = urls.split(url).host
    match = _SIGN_IN_HOST.fullmatch(host) or _GLOBAL_HOST.fullmatch(host)
    return match["region"] if match else None


class Federate(NamedTuple):
    """Where a relay state leads. `problem` says in words why it is no usable federate URL, or is `""`."""

    instance_id: str | None
    region: str | None
    problem: str


_GOV_CLOUD = "console.amazonaws-us-gov.com"


def read_federate(url: str) -> Federate:
    """Read a relay state as a federate URL (`https://REGION.console.aws.amazon.com/connect/federate/INSTANCE-ID`)."""
    parts = urls.split(url)
    host = _CONSOLE_HOST.fullmatch(parts.host)
    if parts.scheme not in {"http", "https"} or not parts.host:
        return Federate(None, None, "it is not a web address")
    if not host:
        return Federate(None, None, f"its host {parts.host} is not the AWS console's")
    region = _console_region(host["prefix"])
    if not parts.path.startswith(_FEDERATE):
        return Federate(None, region, f"its path is not {_FEDERATE}/INSTANCE-ID")
    instance = urls.unquoted(parts.path[len(_FEDERATE) :]).strip("/")
    if not UUID.fullmatch(instance):
        found = UUID.search(instance)
        what = "an ARN" if instance.startswith("arn:") else "not an instance ID"
        return Federate(found[0].lower() if found else None, region, f"what follows {_FEDERATE}/ is {what}")
    if parts.scheme == "http":
        return Federate(instance.lower(), region, "it starts with http, not https")
    problem = "" if region or parts.host == _GOV_CLOUD else "it names no Region"
    return Federate(instance.lower(), region, problem)


def _console_region(prefix: str | None) -> str | None:
    last = (prefix or "").rpartition(".")[2]
    return last if _REGION.fullmatch(last) else None


def global_sign_in(url: str) -> Federate | None:
    """The instance and source Region of a Global Resiliency sign-in URL, or None."""
    match = _GLOBAL_HOST.fullmatch(urls.split(url).host)
    return Federate(match["instance"].lower(), match["region"], "") if match else None
