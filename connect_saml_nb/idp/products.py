"""Identity provider products: how one is recognised, and what it calls the settings that AWS needs.

All of it is data. A product is recognised by general knowledge of its hosts, paths and issuers; a host is compared as a
whole or by its ending, never by a part of it (`okta.com.evil.example` is nobody's). A setting stands here only where a
document names it, with that document; where none was found there is none, and the rule's general remedy has to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb import urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Topic(StrEnum):
    """What AWS needs that an identity provider has a setting for."""

    ROLE_SESSION_NAME = "where RoleSessionName comes from"
    ROLE = "the Role attribute"
    AUDIENCE = "audience (entity ID)"
    ENDPOINT = "assertion consumer service (reply URL)"
    RELAY_STATE = "relay state"
    SESSION_DURATION = "session duration"
    NAME_ID = "name ID"
    ASSIGNMENT = "who may use the application"
    LIFETIME = "how long an assertion lives, and from when"
    CERTIFICATE = "metadata with the signing certificate"


class Setting(NamedTuple):
    """What to set and where, as a sentence for the identity provider's administrator, and the document that says so."""

    text: str
    docs: str


@dataclass(frozen=True, slots=True)
class Product:
    """One product. `hosts` are whole hosts, or endings where they begin with a dot; `paths` begin the URL's path.

    `issuers` are patterns of issuers that are no web addresses of such a host or path.
    """

    name: str
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    settings: Mapping[Topic, Setting] = field(default_factory=dict)


def setting(product: str | None, topic: Topic) -> Setting | None:
    """Give what a product calls the setting of a topic, or None where no document was found."""
    found = _BY_NAME.get(product or "")
    return found.settings.get(topic) if found else None


def product_of(issuer: str | None, visited: Iterable[str] = ()) -> str | None:
    """Give the product's name: by the assertion's issuer, else by the last URL that was `visited` and tells; or None."""
    if issuer and (named := _by_issuer(issuer.strip())):
        return named
    return next((name for url in reversed(tuple(visited)) if (name := _by_url(url))), None)


def _by_issuer(issuer: str) -> str | None:
    special = (p.name for p in PRODUCTS for pattern in p.issuers if re.fullmatch(pattern, issuer[:500], re.IGNORECASE))
    return next(special, None) or _by_url(issuer)


def _by_url(url: str) -> str | None:
    parts = urls.split(url)
    if not parts.host:
        return None
    path = parts.path[:500]
    pathed = (p.name for p in PRODUCTS if any(re.match(known, path) for known in p.paths))
    return _identity_center(parts) or _by_host(parts.host) or next(pathed, None)


@lru_cache(maxsize=4096)
def _by_host(host: str) -> str | None:
    return next((p.name for p in PRODUCTS if any(_is_host(host, known) for known in p.hosts)), None)


def _is_host(host: str, known: str) -> bool:
    return host.endswith(known) and host != known if known.startswith(".") else host == known


_CENTER_HOST = re.compile(r"portal\.sso\.[a-z0-9-]+\.amazonaws\.com|[a-z0-9-]+\.[a-z0-9-]+\.portal\.amazonaws\.com")


def _identity_center(parts: urls.Url) -> str | None:
    """It shares `awsapps.com` with old Connect instances, and AWS's sign-in host: the path tells them apart.

    `https://REGION.signin.aws.amazon.com/platform/saml/acs/ID` is where it takes another identity provider's response
    (Microsoft's tutorial for IAM Identity Center).
    """
    portal = parts.host.endswith(".awsapps.com") and re.match(r"/start(?:/|$)", parts.path)
    platform = parts.host.endswith(".signin.aws.amazon.com") and parts.path.startswith("/platform/")
    return IDENTITY_CENTER if portal or platform or _CENTER_HOST.fullmatch(parts.host) else None


# --- the data ----------------------------------------------------------------------------------------------

IDENTITY_CENTER = "IAM Identity Center"
ENTRA = "Microsoft Entra ID"
_ENDPOINT = "https://signin.aws.amazon.com/saml, or the regional one"
_ENTRA_AWS = "https://learn.microsoft.com/en-us/entra/identity/saas-apps/amazon-web-service-tutorial"
_ENTRA_CODES = "https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes"
_ENTRA_MARKETO = "https://learn.microsoft.com/en-us/entra/identity/saas-apps/marketo-tutorial"
_CENTER_APP = (
    "https://docs.aws.amazon.com/singlesignon/latest/userguide/customermanagedapps-set-up-your-own-app-saml2.html"
)
_CENTER_PROPERTIES = "https://docs.aws.amazon.com/singlesignon/latest/userguide/appproperties.html"
_CENTER_AWS = "https://static.global.sso.amazonaws.com/app-20950d6d247fd7bd/instructions"
_OKTA_AWS = "https://saml-doc.okta.com/SAML_Docs/How-to-Configure-SAML-2.0-for-Amazon-Web-Service.html"
_OKTA_CONNECT = "https://blogs.perficient.com/2022/01/24/amazon-connect-okta-single-sign-on-sso/"
_OKTA_403 = "https://support.okta.com/help/s/article/App-Sign-on-Error-403"
_OKTA_INVALID = "https://support.okta.com/help/s/article/invalid-saml-response-with-aws-account-federation-app"
_ADFS_TRUST = "https://learn.microsoft.com/en-us/powershell/module/adfs/set-adfsrelyingpartytrust"
_ADFS_RELAY = (
    "https://aws.amazon.com/blogs/security/"
    "how-to-use-saml-to-automatically-direct-federated-users-to-a-specific-aws-management-console-page/"
)
_ADFS_CLAIMS = "https://docs.aws.amazon.com/managedservices/latest/onboardingguide/fed-with-console.html"
_PING_AWS = (
    "https://docs.pingidentity.com/r/en-us/pingone/pingone_adding_amazon_web_services_pingone_application_portal"
)
_PING_ENTERPRISE = "https://docs.pingidentity.com/r/en-us/p14e_applications/vht1606949183515"
_PING_MAPPING = "https://docs.pingidentity.com/pingoneforenterprise/pingone_for_enterprise/p14eapps_aws_attributes.html"
_GOOGLE_AWS = "https://support.google.com/a/answer/6194963"
_GOOGLE_ERRORS = "https://support.google.com/a/answer/6301076"
_GOOGLE_CONNECT = (
    "https://aws.amazon.com/blogs/contact-center/configure-single-sign-on-using-google-workspaces-for-amazon-connect/"
)
_KEYCLOAK = "https://www.keycloak.org/docs/latest/server_admin/index.html#_client-saml-configuration"
_ONELOGIN_AWS = "https://onelogin.service-now.com/kb?id=kb_article_view&sysparm_article=KB0010309"
_AUTH0_AWS = (
    "https://auth0.com/docs/authenticate/single-sign-on/outbound-single-sign-on/configure-auth0-saml-identity-provider/"
    "configure-saml2-web-app-addon-for-aws"
)
_JUMPCLOUD = "https://jumpcloud.com/support/configure-aws-roles-in-jumpcloud-with-constant-attributes"
_AUTHENTIK = "https://version-2023-8.goauthentik.io/integrations/services/aws/"
_SHIBBOLETH = "https://shibboleth.atlassian.net/wiki/spaces/IDP4/pages/1265631550/AttributeDefinitionConfiguration"
_SIMPLESAML = "https://simplesamlphp.org/docs/stable/simplesamlphp-reference-sp-remote.html"

PRODUCTS: tuple[Product, ...] = (
    Product(
        IDENTITY_CENTER,
        hosts=(".signin.aws",),
        settings={
            Topic.ROLE_SESSION_NAME: Setting(
                "in the application's Attribute mappings map https://aws.amazon.com/SAML/Attributes/RoleSessionName, "
                "to ${user:email} for example, to whatever the Connect username is",
                _CENTER_AWS,
            ),
            Topic.ROLE: Setting(
                "the application's Attribute mappings need https://aws.amazon.com/SAML/Attributes/Role with the role ARN "
                "and the provider ARN, joined by a comma (format unspecified); a new application has no such mapping",
                _CENTER_AWS,
            ),
            Topic.NAME_ID: Setting(
                "in the application's Attribute mappings map Subject to ${user:email}, format emailAddress", _CENTER_AWS
            ),
            Topic.ENDPOINT: Setting(
                "the setting is Application ACS URL in the application's metadata: https://signin.aws.amazon.com/saml",
                _CENTER_APP,
            ),
            Topic.AUDIENCE: Setting(
                "the setting is Application SAML audience in the application's metadata: urn:amazon:webservices",
                _CENTER_APP,
            ),
            Topic.RELAY_STATE: Setting(
                "the setting is Relay state under Application properties; leave Application start URL empty",
                _CENTER_PROPERTIES,
            ),
            Topic.SESSION_DURATION: Setting(
                "Session duration under Application properties sets SessionNotOnOrAfter", _CENTER_PROPERTIES
            ),
            Topic.ASSIGNMENT: Setting(
                "assign the person or a group of theirs to the application (Assign users and groups)", _CENTER_APP
            ),
            Topic.CERTIFICATE: Setting(
                "the current metadata is IAM Identity Center SAML metadata file, Download, on the application's page",
                _CENTER_APP,
            ),
        },
    ),
    Product(
        ENTRA,
        hosts=(
            *("login.microsoftonline.com", ".login.microsoftonline.com", "login.microsoftonline.us"),
            *("login.windows.net", "sts.windows.net", "login.partner.microsoftonline.cn", "login.live.com"),
            *("autologon.microsoftazuread-sso.com", "account.activedirectory.windowsazure.com"),
            *("myapps.microsoft.com", ".myapps.microsoft.com"),
        ),
        settings={
            Topic.ROLE_SESSION_NAME: Setting(
                "Enterprise apps, the AWS application, Single sign-on, the attribute mappings (claims): RoleSessionName with "
                "the namespace https://aws.amazon.com/SAML/Attributes has the source attribute "
                "user.userprincipalname unless changed; choose the one that is the Connect username",
                _ENTRA_AWS,
            ),
            Topic.ROLE: Setting(
                "the claim Role, namespace https://aws.amazon.com/SAML/Attributes, has the source attribute "
                "user.assignedroles: its value is the app role that the person is assigned",
                _ENTRA_AWS,
            ),
            Topic.AUDIENCE: Setting(
                "the setting is Identifier (Entity ID) in Basic SAML Configuration: https://signin.aws.amazon.com/saml "
                "(a #1 or #2 at its end is taken off by Entra)",
                _ENTRA_AWS,
            ),
            Topic.ENDPOINT: Setting(f"the setting is Reply URL in Basic SAML Configuration: {_ENDPOINT}", _ENTRA_AWS),
            Topic.RELAY_STATE: Setting("the setting is Relay State in Basic SAML Configuration", _ENTRA_MARKETO),
            Topic.SESSION_DURATION: Setting(
                "the claim SessionDuration, namespace https://aws.amazon.com/SAML/Attributes, has the source attribute "
                "user.sessionduration unless changed",
                _ENTRA_AWS,
            ),
            Topic.NAME_ID: Setting(
                "Single sign-on, User Attributes & Claims: set Unique User Identifier (Name ID) to an attribute that the "
                "person has",
                _ENTRA_CODES,
            ),
            Topic.ASSIGNMENT: Setting(
                "Enterprise apps, the AWS application: assign the person and choose the role", _ENTRA_AWS
            ),
            Topic.CERTIFICATE: Setting(
                "download Federation Metadata XML in the section SAML Signing Certificate of Single sign-on", _ENTRA_AWS
            ),
        },
    ),
    Product(
        "Okta",
        hosts=(".okta.com", ".oktapreview.com", ".okta-emea.com", ".okta-gov.com"),
        settings={
            Topic.ROLE: Setting(
                "AWS Account Federation makes Role from the SAML role, Group Filter, Role Value Pattern and Identity Provider "
                "ARN: look for a wrong ARN, a filter that matches no group, a role name with a dot, or no role assigned",
                _OKTA_INVALID,
            ),
            Topic.RELAY_STATE: Setting("the setting is Default Relay State on the Sign On tab", _OKTA_CONNECT),
            Topic.SESSION_DURATION: Setting("the setting is Session Duration of the AWS application", _OKTA_AWS),
            Topic.ASSIGNMENT: Setting(
                "assign the person or a group to the application; the log says 'User attempted unauthorized access to app'",
                _OKTA_403,
            ),
            Topic.CERTIFICATE: Setting("download Identity Provider metadata on the Sign On tab", _OKTA_CONNECT),
        },
    ),
    Product(
        "AD FS",
        paths=(r"/adfs/(?:ls|services)(?:/|$)",),
        settings={
            Topic.ROLE_SESSION_NAME: Setting(
                "the relying party's issuance rule for https://aws.amazon.com/SAML/Attributes/RoleSessionName names the "
                "LDAP attribute (SAM-Account-Name in AWS's example)",
                _ADFS_CLAIMS,
            ),
            Topic.ROLE: Setting(
                "a claim issuance rule of the relying party trust (IssuanceTransformRules) sends Role, usually "
                "from the names of the person's groups",
                _ADFS_CLAIMS,
            ),
            Topic.AUDIENCE: Setting("the setting is the relying party trust's Identifier", _ADFS_TRUST),
            Topic.ENDPOINT: Setting("the setting is the relying party trust's SamlEndpoint", _ADFS_TRUST),
            Topic.RELAY_STATE: Setting(
                "AD FS sends a relay state only if it is enabled (Set-AdfsProperties -EnableRelayStateForIdpInitiatedSignOn "
                "$true) and the link to idpinitiatedsignon.aspx carries RelayState with RPID and RelayState encoded in it",
                _ADFS_RELAY,
            ),
            Topic.LIFETIME: Setting(
                "Set-AdfsRelyingPartyTrust has -TokenLifetime (minutes) and -NotBeforeSkew (minutes before now)",
                _ADFS_TRUST,
            ),
        },
    ),
    Product(
        "Ping",
        hosts=(
            *("sso.connect.pingidentity.com", ".pingone.com", ".pingone.eu", ".pingone.asia", ".pingone.ca"),
            ".pingone.com.au",
        ),
        paths=(r"/idp/(?:startSSO\.ping|SSO\.saml2)",),
        settings={
            Topic.ROLE_SESSION_NAME: Setting(
                "on the application's Map Attributes page (PingOne) the SAML role session name is filled in beforehand; "
                "change its mapping",
                _PING_AWS,
            ),
            Topic.ROLE: Setting(
                "in the application's attribute mapping, https://aws.amazon.com/SAML/Attributes/Role has the NameFormat "
                "attrname-format:uri",
                _PING_MAPPING,
            ),
            Topic.AUDIENCE: Setting("the setting is Entity ID of the application", _PING_ENTERPRISE),
            Topic.ENDPOINT: Setting("the setting is ACS URL of the application", _PING_ENTERPRISE),
            Topic.RELAY_STATE: Setting(
                "in PingOne for Enterprise, Target Resource is where the person goes after an IdP-initiated sign-on",
                _PING_ENTERPRISE,
            ),
            Topic.SESSION_DURATION: Setting(
                "the SAML session duration is one of the attributes on the Map Attributes page (PingOne)", _PING_AWS
            ),
            Topic.NAME_ID: Setting(
                "the mapping of SAML_SUBJECT, Advanced, has 'Name ID Format to send to SP'", _PING_MAPPING
            ),
            Topic.ASSIGNMENT: Setting(
                "Select Groups decides who may use the application; without a group everybody may (PingOne)", _PING_AWS
            ),
            Topic.CERTIFICATE: Setting("the application's Connection Details page has the PingOne metadata", _PING_AWS),
        },
    ),
    Product(
        "Google",
        hosts=("accounts.google.com",),
        settings={
            Topic.ROLE_SESSION_NAME: Setting(
                "the application's SAML attribute mapping maps Basic Information, Primary Email to "
                "https://aws.amazon.com/SAML/Attributes/RoleSessionName",
                _GOOGLE_CONNECT,
            ),
            Topic.ROLE: Setting(
                "the application's SAML attribute mapping maps a custom attribute (Amazon, Role in Google's guide) to "
                "https://aws.amazon.com/SAML/Attributes/Role, and each person's own record must have a value for it",
                _GOOGLE_AWS,
            ),
            Topic.AUDIENCE: Setting("the setting is Entity ID in Service provider details", _GOOGLE_ERRORS),
            Topic.ENDPOINT: Setting("the setting is ACS URL in Service provider details", _GOOGLE_CONNECT),
            Topic.RELAY_STATE: Setting("the setting is Start URL in Service provider details", _GOOGLE_CONNECT),
            Topic.NAME_ID: Setting(
                "the settings are Name ID and Name ID format in Service provider details", _GOOGLE_CONNECT
            ),
            Topic.ASSIGNMENT: Setting(
                "turn the application on for the person's organizational unit or group under User access",
                _GOOGLE_ERRORS,
            ),
            Topic.CERTIFICATE: Setting("Download metadata on the application's page", _GOOGLE_AWS),
        },
    ),
    Product(
        "Keycloak",
        paths=(r"(?:/auth)?/realms/[^/]+(?:/protocol/saml|/login-actions|/broker/[^/]+/endpoint|/?$)",),
        settings={
            Topic.ENDPOINT: Setting(
                "the settings are Master SAML Processing URL (Settings tab) and Assertion Consumer Service POST Binding URL "
                "(Advanced tab) of the client",
                _KEYCLOAK,
            ),
            Topic.RELAY_STATE: Setting(
                "the client's Settings tab has IDP Initiated SSO Relay State, and IDP-Initiated SSO URL name for the link",
                _KEYCLOAK,
            ),
            Topic.NAME_ID: Setting("the settings are Name ID Format and Force Name ID Format of the client", _KEYCLOAK),
        },
    ),
    Product(
        "OneLogin",
        hosts=(".onelogin.com",),
        settings={
            Topic.CERTIFICATE: Setting(
                "the Issuer URL on the application's SSO tab downloads the current metadata", _ONELOGIN_AWS
            ),
        },
    ),
    Product(
        "Auth0",
        hosts=(".auth0.com",),
        issuers=(r"urn:[a-z0-9-]+(?:\.[a-z0-9-]+)?\.auth0\.com",),
        settings={
            Topic.ROLE_SESSION_NAME: Setting(
                "the SAML2 Web App addon's settings have mappings from the profile to attribute names", _AUTH0_AWS
            ),
            Topic.ROLE: Setting(
                "the SAML2 Web App addon's settings have mappings from the profile to attribute names", _AUTH0_AWS
            ),
            Topic.AUDIENCE: Setting("the setting is audience in the SAML2 Web App addon", _AUTH0_AWS),
            Topic.ENDPOINT: Setting(
                "the settings are Application Callback URL, and destination in the SAML2 Web App addon", _AUTH0_AWS
            ),
            Topic.NAME_ID: Setting(
                "the settings are nameIdentifierFormat and nameIdentifierProbes in the SAML2 Web App addon", _AUTH0_AWS
            ),
            Topic.CERTIFICATE: Setting(
                "Identity Provider Metadata, Download, is on the Usage tab of the SAML2 Web App addon", _AUTH0_AWS
            ),
        },
    ),
    Product(
        "JumpCloud",
        hosts=("sso.jumpcloud.com", "console.jumpcloud.com"),
        settings={
            Topic.ROLE: Setting(
                "the AWS connector's Constant Attributes have https://aws.amazon.com/SAML/Attributes/Role, one "
                "attribute for each role",
                _JUMPCLOUD,
            ),
            Topic.ASSIGNMENT: Setting("the connector's user groups decide who may use it", _JUMPCLOUD),
        },
    ),
    Product(
        "authentik",
        paths=(r"/(?:application/saml|if/flow)/",),
        settings={
            Topic.ROLE_SESSION_NAME: Setting(
                "a SAML property mapping of the provider has the SAML name "
                "https://aws.amazon.com/SAML/Attributes/RoleSessionName and an expression that gives its value",
                _AUTHENTIK,
            ),
            Topic.ROLE: Setting(
                "a SAML property mapping of the provider has the SAML name https://aws.amazon.com/SAML/Attributes/Role "
                "and an expression that returns the pair, or a list of pairs",
                _AUTHENTIK,
            ),
            Topic.AUDIENCE: Setting("the setting is Audience of the SAML provider", _AUTHENTIK),
            Topic.ENDPOINT: Setting("the setting is ACS URL of the SAML provider", _AUTHENTIK),
            Topic.ASSIGNMENT: Setting("the policies of the application decide who may use it", _AUTHENTIK),
            Topic.CERTIFICATE: Setting("export the metadata from the SAML provider", _AUTHENTIK),
        },
    ),
    Product(
        "Shibboleth",
        paths=(r"/idp/(?:profile/|shibboleth/?$)",),
        settings={
            Topic.ROLE_SESSION_NAME: Setting(
                "the attribute's definition stands in attribute-resolver.xml", _SHIBBOLETH
            ),
            Topic.ROLE: Setting("the attribute's definition stands in attribute-resolver.xml", _SHIBBOLETH),
        },
    ),
    Product(
        "SimpleSAMLphp",
        paths=(r"(?:/[^/]+)?/(?:saml2/idp/|module\.php/(?:core/loginuserpass|saml))",),
        settings={
            Topic.ROLE_SESSION_NAME: Setting(
                "'attributes' and 'authproc' of AWS's entry in saml20-sp-remote.php decide what is sent", _SIMPLESAML
            ),
            Topic.ROLE: Setting(
                "'attributes' and 'authproc' of AWS's entry in saml20-sp-remote.php decide what is sent", _SIMPLESAML
            ),
            Topic.AUDIENCE: Setting(
                "the audience is the entity ID under which AWS stands in saml20-sp-remote.php; 'audience' adds others",
                _SIMPLESAML,
            ),
            Topic.ENDPOINT: Setting("the setting is 'AssertionConsumerService' in saml20-sp-remote.php", _SIMPLESAML),
            Topic.NAME_ID: Setting("the setting is 'NameIDFormat' in saml20-sp-remote.php", _SIMPLESAML),
        },
    ),
)
_BY_NAME = {product.name: product for product in PRODUCTS}
