"""Identity provider products: recognised by issuer, host and path, never by a part of a host."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_saml_nb.idp.products import Product, Setting, Topic, product_of, products, setting

ENTRA, CENTER = "Microsoft Entra ID", "IAM Identity Center"
ISSUERS = [
    ("https://sts.windows.net/11111111-2222-4333-8444-555555555555/", ENTRA),
    ("https://login.microsoftonline.com/t/saml2", ENTRA),
    ("http://www.okta.com/exk1abc", "Okta"),
    ("https://corp.oktapreview.com/x", "Okta"),
    ("http://fs.corp.example/adfs/services/trust", "AD FS"),
    ("https://fs.corp.example/adfs/ls/?x=1", "AD FS"),
    ("https://auth.pingone.eu/1/saml20/idp/startsso", "Ping"),
    ("https://sso.corp.example/idp/startSSO.ping", "Ping"),
    ("https://accounts.google.com/o/saml2?idpid=C01", "Google"),
    ("https://login.corp.example/realms/staff", "Keycloak"),
    ("https://login.corp.example/auth/realms/staff/protocol/saml", "Keycloak"),
    ("https://login.corp.example/realms/staff/broker/corporate/endpoint", "Keycloak"),
    ("https://app.onelogin.com/saml/metadata/1", "OneLogin"),
    ("urn:corp.eu.auth0.com", "Auth0"),
    ("urn:corp.auth0.com", "Auth0"),
    ("https://sso.jumpcloud.com/saml2/aws", "JumpCloud"),
    ("https://id.corp.example/application/saml/aws/sso/binding/init/", "authentik"),
    ("https://idp.corp.example/idp/shibboleth", "Shibboleth"),
    ("https://idp.corp.example/idp/profile/SAML2/Unsolicited/SSO", "Shibboleth"),
    ("https://idp.corp.example/simplesaml/saml2/idp/metadata.php", "SimpleSAMLphp"),
    ("https://portal.sso.us-east-1.amazonaws.com/saml/assertion/abc", CENTER),
    ("https://d-1234567890.awsapps.com/start", CENTER),
    ("https://ssoins-1234.us-east-1.portal.amazonaws.com/", CENTER),
    ("https://us-east-1.signin.aws/platform/d-1/login", CENTER),
]


@pytest.mark.parametrize(("issuer", "name"), ISSUERS)
def test_an_issuer_names_the_product(issuer: str, name: str) -> None:
    """As each product writes it."""
    assert product_of(issuer) == name


@pytest.mark.parametrize(
    "url",
    [
        "https://okta.com.evil.example/",
        "https://notokta.com/x",
        "https://okta.com/",  # the maker's own site, nobody's identity provider
        "https://sts.windows.net.evil.example/",
        "https://evil-accounts.google.com/",
        "https://portal.sso.evil.example/",
        "https://acme.awsapps.com/connect/login",
        "https://acme.awsapps.com/started",
        "https://evil.example/?x=https://corp.okta.com/",
        "https://corp.okta.com@evil.example/",
        "https://evil.example/realm/adfs/ls/",
        "urn:corp.auth0.com.evil.example",
        "",
        "urn:amazon:webservices",
        "https://[",
    ],
)
def test_what_only_looks_like_a_product_is_none(url: str) -> None:
    """Hosts are compared as a whole or by their ending, paths from their beginning."""
    assert product_of(url, [url]) is None


def test_the_issuer_counts_before_the_pages() -> None:
    """A broker signs the response; the company's own login came before it."""
    pages = ["https://login.microsoftonline.com/t/login"]
    assert product_of("https://portal.sso.us-east-1.amazonaws.com/saml/assertion/x", pages) == CENTER


def test_without_a_known_issuer_the_last_page_that_tells_counts() -> None:
    """The one closest to AWS."""
    pages = ["https://login.microsoftonline.com/t", "https://corp.okta.com/app", "https://idp.corp.example/x"]
    assert product_of("https://idp.corp.example/entity", pages) == "Okta"


@pytest.mark.parametrize("product", products().values(), ids=products())
def test_a_setting_is_one_sentence_with_its_document(product: Product) -> None:
    """It follows 'IdP admin (PRODUCT): ' in a remedy, and holds nothing that views would split on."""
    bad = [
        topic
        for topic, known in product.settings.items()
        if topic not in Topic.__members__ or known.text.endswith(".") or "admin:" in known.text
    ]
    assert bad == []


@pytest.mark.parametrize("entry", [{"text": "the setting is X"}, {"text": "the setting is X", "docs": "a colleague"}])
def test_a_setting_without_a_document_is_refused(entry: dict[str, str]) -> None:
    """When the data is read, not when somebody follows the link."""
    with pytest.raises(msgspec.ValidationError, match="docs"):
        msgspec.convert(entry, Setting)


def test_what_no_document_names_is_left_out() -> None:
    """Rather nothing than a guess."""
    assert (setting("Okta", Topic.ROLE_SESSION_NAME), setting("Nobody", Topic.ROLE), setting(None, Topic.ROLE)) == (
        None,
        None,
        None,
    )


@given(st.text(max_size=200))
def test_any_issuer_can_be_asked(text: str) -> None:
    """No text raises."""
    product_of(text, [text])
