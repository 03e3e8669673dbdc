"""What a URL is in the sign-in."""

from __future__ import annotations

import pytest

from connect_saml_nb.aws.urls import (
    Federate,
    UrlKind,
    endpoint_region,
    global_sign_in,
    is_endpoint,
    may_be_aws,
    read_federate,
    same_endpoint,
    url_kind,
)
from connect_saml_nb.idp.products import product_of

ID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"

KINDS = [
    ("https://signin.aws.amazon.com/saml", UrlKind.SIGN_IN),
    ("https://eu-west-2.signin.aws.amazon.com/saml", UrlKind.SIGN_IN),
    ("https://signin.aws.amazon.com/saml/acs/SAMLSPH4D4VUKVI56COEHT", UrlKind.SIGN_IN),
    ("https://signin.amazonaws-us-gov.com/saml", UrlKind.SIGN_IN),
    ("https://us-gov-east-1.signin.amazonaws-us-gov.com/saml", UrlKind.SIGN_IN),
    (f"https://{ID}.us-east-1.sign-in.connect.aws/saml?&instanceId={ID}", UrlKind.GLOBAL_SIGN_IN),
    ("https://us-west-2.signin.aws.amazon.com/oauth?client_id=x", UrlKind.CONSOLE_LOGIN),
    ("https://us-west-2.signin.aws.amazon.com/platform/saml/acs/1111-aaee", UrlKind.AMAZON_IDENTITY_PROVIDER),
    ("https://us-west-2.signin.aws/platform/d-9067000000/login", UrlKind.ELSEWHERE),
    (f"https://us-west-2.console.aws.amazon.com/connect/federate/{ID}?destination=%2Fccp-v2", UrlKind.FEDERATE),
    (f"https://console.amazonaws-us-gov.com/connect/federate/{ID}", UrlKind.FEDERATE),
    (f"https://111122223333-abcd.us-west-2.console.aws.amazon.com/connect/federate/{ID}", UrlKind.FEDERATE),
    ("https://us-west-2.console.aws.amazon.com/console/home?region=us-west-2", UrlKind.CONSOLE_HOME),
    ("https://console.aws.amazon.com/", UrlKind.CONSOLE_HOME),
    ("https://us-west-2.console.aws.amazon.com/ec2/home", UrlKind.CONSOLE),
    ("https://corp.my.connect.aws/ccp-v2", UrlKind.CONNECT),
    ("https://corp.awsapps.com/connect/ccp", UrlKind.CONNECT),
    ("https://corp.awsapps.com/start", UrlKind.AMAZON_IDENTITY_PROVIDER),
    ("https://x.static.connect.aws/a.js", UrlKind.CONNECT_STATIC),
    ("https://login.microsoftonline.com/x/saml2", UrlKind.ELSEWHERE),
    ("https://corp.okta.com/app", UrlKind.ELSEWHERE),
    ("https://fs.corp.example/adfs/ls/?x", UrlKind.ELSEWHERE),
    ("https://signin.aws.example/saml", UrlKind.ELSEWHERE),
    ("https://evil-signin.aws.amazon.com.example/saml", UrlKind.ELSEWHERE),
    ("https://sso.agency.gov/saml", UrlKind.ELSEWHERE),
    ("https://my.connect.aws.example/", UrlKind.ELSEWHERE),
    ("data:text/html,x", UrlKind.ELSEWHERE),
    ("", UrlKind.ELSEWHERE),
]


@pytest.mark.parametrize(("url", "kind"), KINDS)
def test_url_kind(url: str, kind: UrlKind) -> None:
    """Host and path decide, in every partition; look-alike hosts are other sites."""
    assert url_kind(url) == kind


@pytest.mark.parametrize(("url", "kind"), KINDS)
def test_the_cheap_question_never_misses_a_url_of_aws(url: str, kind: UrlKind) -> None:
    """`may_be_aws` may be wrong in one direction only."""
    aws = kind is not UrlKind.ELSEWHERE
    assert may_be_aws(url) or not aws


FEDERATE = "https://us-west-2.console.aws.amazon.com/connect/federate/"


@pytest.mark.parametrize(
    ("relay_state", "read"),
    [
        (FEDERATE + ID, Federate(ID, "us-west-2", "")),
        (FEDERATE + ID.upper() + "/", Federate(ID, "us-west-2", "")),
        (FEDERATE + ID + "?destination=%2Fccp-v2%2Fchat%26new_domain=true", Federate(ID, "us-west-2", "")),
        (f"https://console.amazonaws-us-gov.com/connect/federate/{ID}", Federate(ID, None, "")),
        (f"https://console.aws.amazon.com/connect/federate/{ID}", Federate(ID, None, "it names no Region")),
        (
            f"{FEDERATE}arn:aws:connect:us-west-2:111122223333:instance/{ID}",
            Federate(ID, "us-west-2", "what follows /connect/federate/ is an ARN"),
        ),
        (FEDERATE + "corp", Federate(None, "us-west-2", "what follows /connect/federate/ is not an instance ID")),
        (FEDERATE.replace("https", "http") + ID, Federate(ID, "us-west-2", "it starts with http, not https")),
        ("https://corp.my.connect.aws/", Federate(None, None, "its host corp.my.connect.aws is not the AWS console's")),
        ("ss:mem:abc", Federate(None, None, "it is not a web address")),
    ],
)
def test_relay_state_is_read_as_a_federate_url(relay_state: str, read: Federate) -> None:
    """What is wrong with it is said in words; what can be known is kept."""
    assert read_federate(relay_state) == read


def test_iams_older_name_of_the_endpoint_counts() -> None:
    """IAM's documents name /static/saml as a recipient."""
    assert is_endpoint("https://signin.aws.amazon.com/static/saml")


@pytest.mark.parametrize("address", ["https://signin.aws.example/saml", "urn:amazon:webservices", "", None])
def test_what_is_no_endpoint(address: str | None) -> None:
    """Only AWS's hosts are AWS's endpoints."""
    assert not is_endpoint(address)


def test_a_query_makes_no_other_endpoint() -> None:
    """Global Resiliency's endpoint is configured with a query."""
    endpoint = f"https://{ID}.us-east-1.sign-in.connect.aws/saml"
    assert same_endpoint(endpoint, endpoint + "?&role=x")


def test_regional_and_global_endpoints_differ() -> None:
    """The trust policy lists each endpoint of its own."""
    assert not same_endpoint("https://signin.aws.amazon.com/saml", "https://eu-west-2.signin.aws.amazon.com/saml")


def test_endpoint_region() -> None:
    """The global endpoint has none."""
    hosts = ["https://signin.aws.amazon.com/saml", "https://eu-west-2.signin.aws.amazon.com/saml"]
    assert [endpoint_region(h) for h in hosts] == [None, "eu-west-2"]


def test_global_sign_in_names_instance_and_source_region() -> None:
    """They are in the host name."""
    assert global_sign_in(f"https://{ID}.us-east-1.sign-in.connect.aws/saml") == Federate(ID, "us-east-1", "")


@pytest.mark.parametrize(
    ("url", "product"),
    [
        ("https://sts.windows.net/abc/", "Microsoft Entra ID"),
        ("http://www.okta.com/exk1", "Okta"),
        ("https://sso.corp.example/realms/corp", "Keycloak"),
        ("https://idp.corp.example/idp/shibboleth", "Shibboleth"),
        ("https://accounts.google.com/o/saml2?idpid=x", "Google"),
        ("https://fs.corp.example/adfs/services/trust", "AD FS"),
        ("urn:login.corp.example", None),
    ],
)
def test_identity_provider_is_named_by_issuer(url: str, product: str | None) -> None:
    """An unknown one has no name."""
    assert product_of(url) == product
