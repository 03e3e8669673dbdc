"""A made-up company, its people, its AWS account and its identity provider. Everything follows from the seed.

Domains end in `.example` (RFC 2606); account numbers are those of AWS's own documents; hosts of real products carry a
made-up tenant.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    from random import Random

#: Given and family names of many cultures, as usernames write them. No two family names are one slip apart.
FIRST = (
    *("Aaliyah", "Bjorn", "Chidinma", "Dmitri", "Eleni", "Fatima", "Giulia", "Hiroshi", "Ines", "Joaquin", "Katarzyna"),
    *("Lucas", "Mehmet", "Nguyet", "Olumide", "Priya", "Qiang", "Rosalind", "Siobhan", "Tamar", "Umut", "Valentina"),
    *("Wanjiru", "Ximena", "Yusuf", "Zofia", "Abdullahi", "Beatriz", "Caoimhe", "Desmond"),
)
LAST = (
    *("Adeyemi", "Bergstrom", "Castellanos", "Dogan", "Erdogmus", "Fitzgerald", "Gunawardena", "Hashimoto", "Ivanova"),
    *("Johansson", "Kowalczyk", "Lindqvist", "Mwangi", "Nakamura", "Okonkwo", "Papadopoulos", "Quiroga", "Rodrigues"),
    *("Sutherland", "Tchaikovsky", "Uchida", "Venkataraman", "Wisniewski", "Xiong", "Yilmaz", "Zimmermann", "Banerjee"),
    *("Carvalho", "Delacroix", "Haddad", "Kilimo", "Moretti", "Nguyen", "Petrosyan", "Rasmussen", "Takahashi"),
)
COMPANIES = (
    *("kestrel", "larkspur", "marigold", "northwind", "oakhurst", "pelican", "quartzline", "riverbend", "saffron"),
    *("tamarind", "umbra", "verdigris", "willowbank", "yarrow", "zephyr"),
)
#: Account numbers that AWS's documents use for examples.
ACCOUNTS = ("111122223333", "444455556666", "123456789012", "777788889999", "999988887777")
#: Regions with Connect (botocore, domain 4.1).
REGIONS = (
    *("us-east-1", "us-west-2", "eu-central-1", "eu-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1"),
    *("ap-northeast-2", "ca-central-1", "af-south-1"),
)
GOV_REGION = "us-gov-west-1"
ROLES = ("ConnectAgents", "ConnectFederation", "AmazonConnectAgent", "ContactCenter", "connect-saml-agents")


@dataclass(frozen=True, slots=True)
class Product:
    """An identity provider's product: how it writes SAML (`style`), whom it says it is, where its pages are.

    `broker` is where it takes the response of another identity provider, `""` where that is not known.
    """

    name: str
    style: str
    issuer: str
    host: str
    login: str
    start: str
    signs: tuple[str, ...] = ("assertion",)
    broker: str = ""


#: `$c` is the company, `$t` a made-up tenant ID, `$s` a short one. Hosts and issuers as in domain 1.6.
PRODUCTS = (
    Product(
        "Microsoft Entra ID",
        "entra",
        "https://sts.windows.net/$t/",
        "https://login.microsoftonline.com",
        "/common/login",
        "/$t/saml2",
        broker="https://login.microsoftonline.com/login.srf",
    ),
    Product(
        "Okta",
        "saml2",
        "http://www.okta.com/exk$s",
        "https://$c-example.okta.com",
        "/app/amazon_aws/exk$s/sso/saml",
        "/app/UserHome",
        ("response", "assertion"),
        broker="https://$c-example.okta.com/sso/saml2/0oa$s",
    ),
    Product(
        "AD FS",
        "entra",
        "http://sts.$c.example/adfs/services/trust",
        "https://sts.$c.example",
        "/adfs/ls/idpinitiatedsignon.aspx",
        "/adfs/ls/idpinitiatedsignon.aspx",
        broker="https://sts.$c.example/adfs/ls/",
    ),
    Product(
        "PingFederate",
        "saml",
        "https://sso.$c.example/idp",
        "https://sso.$c.example",
        "/idp/startSSO.ping",
        "/idp/startSSO.ping",
    ),
    Product(
        "Keycloak",
        "saml",
        "https://id.$c.example/realms/staff",
        "https://id.$c.example",
        "/realms/staff/login-actions/authenticate",
        "/realms/staff/protocol/saml/clients/amazon-connect",
        ("response",),
        broker="https://id.$c.example/realms/staff/broker/corporate/endpoint",
    ),
    Product(
        "Shibboleth",
        "saml2",
        "https://idp.$c.example/idp/shibboleth",
        "https://idp.$c.example",
        "/idp/profile/SAML2/Unsolicited/SSO",
        "/idp/profile/SAML2/Unsolicited/SSO",
        ("response", "assertion"),
    ),
    Product(
        "Google Workspace",
        "saml2",
        "https://accounts.google.com/o/saml2?idpid=C0$s",
        "https://accounts.google.com",
        "/o/saml2/continue",
        "/o/saml2/initsso",
    ),
    Product(
        "IAM Identity Center",
        "saml2",
        "https://portal.sso.us-east-1.amazonaws.com/saml/assertion/$s",
        "https://portal.sso.us-east-1.amazonaws.com",
        "/saml/assertion/$s",
        "/instance/appinstances",
        broker="https://us-east-1.signin.aws/platform/saml/acs/$t",
    ),
    Product(
        "OneLogin",
        "saml",
        "https://app.onelogin.com/saml/metadata/$t",
        "https://$c-example.onelogin.com",
        "/trust/saml2/http-post/sso/$s",
        "/portal",
    ),
    Product(
        "a SAML library",
        "ns",
        "https://login.$c.example/entity",
        "https://login.$c.example",
        "/login",
        "/start",
    ),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a Connect user of this name."""

    first: str
    last: str
    username: str

    @property
    def full(self) -> str:
        """The name as people say it."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class World:
    """Where a case takes place. `started` is when the recording began, `person` who cannot sign in."""

    company: str
    partition: str
    region: str
    account: str
    instance: str
    other_instance: str
    product: Product
    person: Person
    colleagues: tuple[Person, ...] = field(repr=False)
    role_name: str
    provider_name: str
    provider_id: str
    old_domain: bool
    endpoint: str
    audience: str
    started: datetime

    @property
    def domain(self) -> str:
        """The company's domain."""
        return f"{self.company}.example"

    @property
    def connect(self) -> str:
        """Where Connect's pages are, without a slash at the end."""
        if self.old_domain:
            return f"https://{self.company}-example.awsapps.com/connect"
        return f"https://{self.company}-example.my.connect.aws"

    @property
    def console(self) -> str:
        """The AWS console of the Region."""
        if self.partition == "aws-us-gov":
            return "https://console.amazonaws-us-gov.com"
        return f"https://{self.region}.console.aws.amazon.com"

    def federate(self, instance: str = "", region: str = "") -> str:
        """The federation page of an instance, without a query."""
        console = self.console.replace(self.region, region) if region else self.console
        return f"{console}/connect/federate/{instance or self.instance}"

    def role(self, name: str = "", account: str = "") -> str:
        """A role's ARN."""
        return f"arn:{self.partition}:iam::{account or self.account}:role/{name or self.role_name}"

    def provider(self, name: str = "", account: str = "") -> str:
        """A SAML provider's ARN."""
        return f"arn:{self.partition}:iam::{account or self.account}:saml-provider/{name or self.provider_name}"

    def instance_arn(self, instance: str = "", region: str = "") -> str:
        """An instance's ARN."""
        place = f"{region or self.region}:{self.account}"
        return f"arn:{self.partition}:connect:{place}:instance/{instance or self.instance}"

    @property
    def sign_in(self) -> str:
        """AWS's global sign-in host of the partition."""
        return "signin.amazonaws-us-gov.com" if self.partition == "aws-us-gov" else "signin.aws.amazon.com"


def make_world(random: Random) -> World:
    """Make a world."""
    company = random.choice(COMPANIES)
    government = random.random() < 0.08  # noqa: PLR2004 -- now and then
    partition, region = ("aws-us-gov", GOV_REGION) if government else ("aws", random.choice(REGIONS))
    product = _product(random, company)
    people = _people(random, company, 14)
    provider_id = "SAMLSP" + "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
    return World(
        company=company,
        partition=partition,
        region=region,
        account=random.choice(ACCOUNTS),
        instance=made_uuid(random),
        other_instance=made_uuid(random),
        product=product,
        person=people[0],
        colleagues=people[1:],
        role_name=random.choice(ROLES),
        provider_name=company.title() + random.choice(("IdP", "SSO", "-Identity")),
        provider_id=provider_id,
        old_domain=random.random() < 0.2,  # noqa: PLR2004
        endpoint=_endpoint(random, region, provider_id, government=government),
        audience=_audience(random, product, government=government),
        started=datetime(2026, 2, 2, 7, tzinfo=UTC)
        + timedelta(days=random.randrange(200), milliseconds=random.randrange(10 * 3_600_000)),
    )


def made_uuid(random: Random) -> str:
    """A made-up UUID."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def _product(random: Random, company: str) -> Product:
    chosen = random.choice(PRODUCTS)
    tenant, short = made_uuid(random), f"{random.getrandbits(40):010x}"

    def filled(text: str) -> str:
        return text.replace("$c", company).replace("$t", tenant).replace("$s", short)

    return replace(
        chosen,
        issuer=filled(chosen.issuer),
        host=filled(chosen.host),
        login=filled(chosen.login),
        start=filled(chosen.start),
        broker=filled(chosen.broker),
    )


def _people(random: Random, company: str, count: int) -> tuple[Person, ...]:
    """People of one company, whose usernames are all made in the same way and are not alike."""
    how = random.randrange(3)
    pairs = zip(random.sample(FIRST, count), random.sample(LAST, count), strict=True)
    return tuple(Person(first, last, _username(how, first, last, company)) for first, last in pairs)


def _username(how: int, first: str, last: str, company: str) -> str:
    local = (f"{first}.{last}", f"{first[0]}.{last}", f"{first}_{last}")[how]
    return f"{local}@{company}.example".lower()


def _endpoint(random: Random, region: str, provider_id: str, *, government: bool) -> str:
    """Where the response is posted: global, Regional, or the provider's own (domain 1.2)."""
    if government:
        return "https://signin.amazonaws-us-gov.com/saml"
    host = random.choice(("signin.aws.amazon.com", f"{region}.signin.aws.amazon.com"))
    own = f"/acs/{provider_id}" if random.random() < 0.15 else ""  # noqa: PLR2004
    return f"https://{host}/saml{own}"


def _audience(random: Random, product: Product, *, government: bool) -> str:
    if government:
        return "urn:amazon:webservices:govcloud"
    entra = product.name == "Microsoft Entra ID"
    return "https://signin.aws.amazon.com/saml" if entra and random.random() < 0.6 else "urn:amazon:webservices"  # noqa: PLR2004
