"""A made-up company, its people, its AWS account and its identity provider. Everything follows from the seed.

Domains end in `.example` (RFC 2606); account numbers are those of AWS's own documents; hosts of real products carry a
made-up tenant.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from connect_saml_nb.training.generator.tables import convert_table, fill, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random


class ScenarioProduct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An identity provider's product (scenario.toml says what each field is)."""

    name: str
    style: str
    issuer: str
    host: str
    login: str
    start: str
    signs: tuple[str, ...] = ("assertion",)
    broker: str = ""


class Ingredients(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of what scenarios are made: scenario.toml."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    companies: tuple[str, ...]
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    roles: tuple[str, ...]
    values: dict[str, str]
    texts: dict[str, tuple[str, ...]]
    products: tuple[ScenarioProduct, ...]


@cache
def ingredients() -> Ingredients:
    """The table of scenario.toml."""
    return convert_table(read_table("scenario.toml"), Ingredients, "scenario.toml")


@dataclass(frozen=True, slots=True)
class ScenarioPerson:
    """Somebody with a Connect user of this name."""

    first: str
    last: str
    username: str

    @property
    def full(self) -> str:
        """The name as people say it."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Where a case takes place. `started` is when the recording began, `person` who cannot sign in."""

    company: str
    partition: str
    region: str
    account: str
    instance: str
    other_instance: str
    product: ScenarioProduct
    person: ScenarioPerson
    colleagues: tuple[ScenarioPerson, ...] = field(repr=False)
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

    @property
    def sign_in(self) -> str:
        """AWS's global sign-in host of the partition."""
        return "signin.amazonaws-us-gov.com" if self.partition == "aws-us-gov" else "signin.aws.amazon.com"

    def federate(self) -> str:
        """The instance's federation page, without a query."""
        return f"{self.console}/connect/federate/{self.instance}"

    def role(self, name: str = "") -> str:
        """A role's ARN."""
        return f"arn:{self.partition}:iam::{self.account}:role/{name or self.role_name}"

    def provider(self) -> str:
        """The SAML provider's ARN."""
        return f"arn:{self.partition}:iam::{self.account}:saml-provider/{self.provider_name}"

    def instance_arn(self, instance: str = "", region: str = "") -> str:
        """An instance's ARN."""
        place = f"{region or self.region}:{self.account}"
        return f"arn:{self.partition}:connect:{place}:instance/{instance or self.instance}"


def make_scenario(random: Random, products: tuple[str, ...] = (), *, government: bool = True) -> Scenario:
    """Make a scenario: at one of these products (any where none is named), now and then in GovCloud if it may be."""
    table = ingredients()
    company = random.choice(table.companies)
    in_government = government and random.random() < 0.08  # noqa: PLR2004 -- now and then
    region = "us-gov-west-1" if in_government else random.choice(table.regions)
    product = _product(random, company, products)
    person, *colleagues = _people(random, company, 14)
    provider_id = make_provider_id(random)
    return Scenario(
        company=company,
        partition="aws-us-gov" if in_government else "aws",
        region=region,
        account=random.choice(table.accounts),
        instance=make_uuid(random),
        other_instance=make_uuid(random),
        product=product,
        person=person,
        colleagues=tuple(colleagues),
        role_name=random.choice(table.roles),
        provider_name=company.title() + random.choice(("IdP", "SSO", "-Identity")),
        provider_id=provider_id,
        old_domain=random.random() < 0.2,  # noqa: PLR2004
        endpoint=_endpoint(random, region, provider_id, in_government=in_government),
        audience=_audience(random, product, in_government=in_government),
        started=datetime(2026, 2, 2, 7, tzinfo=UTC)
        + timedelta(days=random.randrange(200), milliseconds=random.randrange(10 * 3_600_000)),
    )


def make_uuid(random: Random) -> str:
    """A made-up UUID."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def make_provider_id(random: Random) -> str:
    """A made-up ID of a SAML provider."""
    return "SAMLSP" + "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))


def _product(random: Random, company: str, names: tuple[str, ...]) -> ScenarioProduct:
    chosen = random.choice([p for p in ingredients().products if not names or p.name in names])
    values = {"company": company, "tenant": make_uuid(random), "short": f"{random.getrandbits(40):010x}"}
    return msgspec.convert(fill(msgspec.to_builtins(chosen), values), ScenarioProduct)


def _people(random: Random, company: str, count: int) -> tuple[ScenarioPerson, ...]:
    """People of one company, whose usernames are all made in the same way and are not alike."""
    style = random.choice(("{first}.{last}", "{first[0]}.{last}", "{first}_{last}")) + f"@{company}.example"
    table = ingredients()
    pairs = zip(random.sample(table.first_names, count), random.sample(table.last_names, count), strict=True)
    return tuple(ScenarioPerson(first, last, style.format(first=first, last=last).lower()) for first, last in pairs)


def _endpoint(random: Random, region: str, provider_id: str, *, in_government: bool) -> str:
    """Where the response is posted: global, Regional, or the provider's own (IAM guide, sign-in endpoints)."""
    if in_government:
        return "https://signin.amazonaws-us-gov.com/saml"
    host = random.choice(("signin.aws.amazon.com", f"{region}.signin.aws.amazon.com"))
    own = f"/acs/{provider_id}" if random.random() < 0.15 else ""  # noqa: PLR2004
    return f"https://{host}/saml{own}"


def _audience(random: Random, product: ScenarioProduct, *, in_government: bool) -> str:
    if in_government:
        return "urn:amazon:webservices:govcloud"
    entra = product.name == "Microsoft Entra ID"
    return "https://signin.aws.amazon.com/saml" if entra and random.random() < 0.6 else "urn:amazon:webservices"  # noqa: PLR2004


def make_values(scenario: Scenario, random: Random) -> Mapping[str, str]:
    """What the `$names` in the tables stand for: everything that a fault, a page or a lesson can name of a scenario."""
    values = {**_names(scenario, random), **_places(scenario, random)}
    for name, text in ingredients().values.items():
        values[name] = fill(text, values)
    texts = {name: random.choice(choices) for name, choices in ingredients().texts.items()}
    return {**values, **fill(texts, values)}


def _names(scenario: Scenario, random: Random) -> dict[str, str]:
    person, domain = scenario.person, scenario.domain
    name = person.username
    local = name.partition("@")[0]
    letters = (f"{local.title()}@{domain}", name.upper(), f"{local.upper()}@{domain}", f"{local}@{domain.title()}")
    gap = random.randrange(3, len(local) - 1)
    others = [first for first in ingredients().first_names if first[0] != person.first[0]]
    namesakes = [f"{first}.{person.last}@{domain}".lower() for first in random.sample(others, 2)]
    return {
        "first_name": person.first,
        "last_name": person.last,
        "first": person.first.lower(),
        "last": person.last.lower(),
        "username": name,
        "local": local,
        "domain": domain,
        "company": scenario.company,
        "capitals": random.choice(letters),
        "title_name": letters[0],
        "upper_name": letters[1],
        "misspelt": f"{local[:gap]}{local[gap + 1 :]}@{domain}",
        "number": str(random.randrange(100_000, 999_999)),
        "namesake_1": namesakes[0],
        "namesake_2": namesakes[1],
    }


def _places(scenario: Scenario, random: Random) -> dict[str, str]:
    table = ingredients()
    is_commercial, is_east = scenario.partition == "aws", "east-1" in scenario.endpoint
    return {
        "partition": scenario.partition,
        "account": scenario.account,
        "other_account": random.choice([a for a in table.accounts if a != scenario.account]),
        "region": scenario.region,
        "other_region": random.choice([r for r in table.regions if r != scenario.region]),
        "instance": scenario.instance,
        "other_instance": scenario.other_instance,
        "no_instance": make_uuid(random),
        "console": scenario.console,
        "role_name": scenario.role_name,
        "role_name_swapped": scenario.role_name.swapcase(),
        "provider_name": scenario.provider_name,
        "provider_id": scenario.provider_id,
        "new_provider_id": make_provider_id(random),
        "request_id": make_uuid(random),
        "hexadecimal": f"{random.getrandbits(64):016x}",
        "idp": scenario.product.name,
        "issuer": scenario.product.issuer,
        "sign_in": scenario.sign_in,
        "other_sign_in": scenario.sign_in if is_east else "us-east-1.signin.aws.amazon.com",
        "other_partition_sign_in": "signin.amazonaws-us-gov.com" if is_commercial else "signin.aws.amazon.com",
        "endpoint": scenario.endpoint,
    }
