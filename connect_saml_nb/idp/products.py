"""Identity provider products: how one is recognised, and what it calls the settings that AWS needs (products.toml).

A product is recognised by general knowledge of its hosts, paths and issuers; a host is compared as a whole or by its
ending, never by a part of it (`okta.com.evil.example` is nobody's).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import msgspec

from connect_saml_nb import urls
from connect_saml_nb.idp import Document, load
from connect_saml_nb.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

ENTRA = "Microsoft Entra ID"
IDENTITY_CENTER = "IAM Identity Center"


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


class Setting(Record, frozen=True, forbid_unknown_fields=True):
    """What to set and where, as a sentence for the identity provider's administrator, and the document that says so."""

    text: str
    docs: Document


class Product(Record, frozen=True, forbid_unknown_fields=True):
    """One product. `hosts` are whole hosts, or endings where they begin with a dot; `paths` begin the URL's path.

    `issuers` are patterns of issuers that are no web addresses of such a host or path.
    """

    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    settings: dict[str, Setting] = msgspec.field(default_factory=dict)  # by the names of Topic


@cache
def products() -> dict[str, Product]:
    """Give the known products by their names, in the order in which they are tried."""
    return load("products.toml", dict[str, Product])


def setting(product: str | None, topic: Topic) -> Setting | None:
    """Give what a product calls the setting of a topic, or None where no document was found."""
    known = products().get(product or "")
    return known.settings.get(topic.name) if known else None


def product_of(issuer: str | None, visited: Iterable[str] = ()) -> str | None:
    """Give the product's name: by the assertion's issuer, otherwise by the last URL that was `visited` and tells; or None."""
    if issuer and (named := _by_issuer(issuer.strip())):
        return named
    return next((name for url in reversed(tuple(visited)) if (name := _by_url(url))), None)


def _by_issuer(issuer: str) -> str | None:
    patterns = ((name, pattern) for name, product in products().items() for pattern in product.issuers)
    names = (name for name, pattern in patterns if re.fullmatch(pattern, issuer[:500], re.IGNORECASE))
    return next(names, None) or _by_url(issuer)


def _by_url(url: str) -> str | None:
    parts = urls.split(url)
    if not parts.host:
        return None
    path = parts.path[:500]
    names = (name for name, product in products().items() if any(re.match(known, path) for known in product.paths))
    return (IDENTITY_CENTER if is_identity_center(parts) else None) or _by_host(parts.host) or next(names, None)


@lru_cache(maxsize=4096)
def _by_host(host: str) -> str | None:
    names = (name for name, product in products().items() if any(_is_host(host, known) for known in product.hosts))
    return next(names, None)


def _is_host(host: str, known: str) -> bool:
    return host.endswith(known) and host != known if known.startswith(".") else host == known


_CENTER_HOST = re.compile(r"portal\.sso\.[a-z0-9-]+\.amazonaws\.com|[a-z0-9-]+\.[a-z0-9-]+\.portal\.amazonaws\.com")


def is_identity_center(parts: urls.Url) -> bool:
    """Whether a URL is IAM Identity Center's.

    It shares `awsapps.com` with old Connect instances, and AWS's sign-in host: the path tells them apart.

    `https://REGION.signin.aws.amazon.com/platform/saml/acs/ID` is where it takes another identity provider's response
    (Microsoft's tutorial for IAM Identity Center).
    """
    portal = parts.host.endswith(".awsapps.com") and re.match(r"/start(?:/|$)", parts.path) is not None
    platform = parts.host.endswith(".signin.aws.amazon.com") and parts.path.startswith("/platform/")
    return portal or platform or _CENTER_HOST.fullmatch(parts.host) is not None
