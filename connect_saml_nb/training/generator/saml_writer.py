"""A SAML response as the identity providers' products write it, signed and encrypted where the extra is there."""

from __future__ import annotations

import base64
from datetime import UTC, timedelta
from html import escape
from typing import TYPE_CHECKING

from connect_saml_nb.training.generator import signing
from connect_saml_nb.training.generator.scenario import made_uuid
from connect_saml_nb.training.generator.spec import SUCCESS

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from connect_saml_nb.training.generator.scenario import Product
    from connect_saml_nb.training.generator.spec import Saml

_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"  # noqa: S105 -- a class of login
#: Prefixes of the two namespaces, as products write them.
_STYLES = {"saml": ("samlp:", "saml:"), "saml2": ("saml2p:", "saml2:"), "entra": ("samlp:", ""), "ns": ("ns0:", "ns1:")}


def write(saml: Saml, product: Product, at: datetime, random: Random) -> str:
    """Write a response that was made `at` this time, as the form's field holds it."""
    writer = _Writer(saml, product.style, at, random)
    xml = signing.finish(writer.response(), saml, product.signs, random)
    field = base64.b64encode(xml.encode()).decode()
    if saml.cut_at is not None:
        field = field[: saml.cut_at]
    return field if saml.replaced_by is None else saml.replaced_by


def instant(time: datetime) -> str:
    """A time as SAML writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class _Writer:
    def __init__(self, saml: Saml, style: str, at: datetime, random: Random) -> None:
        self.saml, self.at = saml, at
        self.p, self.a = _STYLES[style]
        self.declaration = '<?xml version="1.0" encoding="UTF-8"?>\n' if style in {"ns", "saml2"} else ""
        self.id, self.response_id, self.session = ("_" + made_uuid(random) for _ in range(3))

    def response(self) -> str:
        """The response; signatures are marked where they go."""
        p, saml = self.p, self.saml
        destination = f' Destination="{escape(saml.destination)}"' if saml.destination is not None else ""
        asked = f' InResponseTo="{saml.in_response_to}"' if saml.in_response_to else ""
        codes = "".join(f'<{p}StatusCode Value="{c}">' for c in saml.status) + f"</{p}StatusCode>" * len(saml.status)
        told = f"<{p}StatusMessage>{escape(saml.status_message)}</{p}StatusMessage>" if saml.status_message else ""
        body = self._assertion() if saml.status[0] == SUCCESS else ""
        return (
            f'{self.declaration}<{p}Response xmlns:{p[:-1]}="{_PROTOCOL}" ID="{self.response_id}" Version="2.0"'
            f' IssueInstant="{self._time(saml.issued)}"{destination}{asked}>{self._issuer()}'
            f"{signing.MARK_RESPONSE}<{p}Status>{codes}{told}</{p}Status>{body}</{p}Response>"
        )

    def _time(self, seconds: float) -> str:
        return instant(self.at + timedelta(seconds=seconds))

    @property
    def _namespace(self) -> str:
        return f'xmlns:{self.a[:-1]}="{_ASSERTION}"' if self.a else f'xmlns="{_ASSERTION}"'

    def _issuer(self, *, inside: bool = False) -> str:
        namespace = "" if inside else " " + self._namespace
        return f"<{self.a}Issuer{namespace}>{escape(self.saml.issuer)}</{self.a}Issuer>"

    def _assertion(self) -> str:
        a = self.a
        return (
            f'<{a}Assertion {self._namespace} ID="{self.id}" Version="2.0"'
            f' IssueInstant="{self._time(self.saml.issued)}">{self._issuer(inside=True)}'
            f"{signing.MARK_ASSERTION}{self._subject()}{self._conditions()}"
            f"<{a}AttributeStatement>{self._attributes()}</{a}AttributeStatement>{self._login()}</{a}Assertion>"
        )

    def _subject(self) -> str:
        a, saml = self.a, self.saml
        name = (
            f'<{a}NameID Format="{saml.name_id_format}">{self._name_id(saml.name_id)}</{a}NameID>'
            if saml.name_id is not None
            else ""
        )
        recipient = f' Recipient="{escape(saml.recipient)}"' if saml.recipient is not None else ""
        asked = f' InResponseTo="{saml.in_response_to}"' if saml.in_response_to else ""
        return (
            f'<{a}Subject>{name}<{a}SubjectConfirmation Method="{_BEARER}"><{a}SubjectConfirmationData{asked}'
            f' NotOnOrAfter="{self._time(saml.issued + saml.lives)}"{recipient}/></{a}SubjectConfirmation></{a}Subject>'
        )

    def _name_id(self, name: str) -> str:
        return f"{escape(name[:3])}<!--made up-->{escape(name[3:])}" if self.saml.comment else escape(name)

    def _conditions(self) -> str:
        a, saml = self.a, self.saml
        audience = (
            f"<{a}AudienceRestriction><{a}Audience>{escape(saml.audience)}</{a}Audience></{a}AudienceRestriction>"
            if saml.audience is not None
            else ""
        )
        return (
            f'<{a}Conditions NotBefore="{self._time(saml.issued + saml.not_before)}"'
            f' NotOnOrAfter="{self._time(saml.issued + saml.lives)}">{audience}</{a}Conditions>'
        )

    def _attributes(self) -> str:
        saml, a = self.saml, self.a
        pairs = [*saml.more]
        pairs += [(saml.role_attribute, saml.roles)] if saml.roles is not None else []
        pairs += [(saml.name_attribute, saml.names)] if saml.names is not None else []
        return "".join(
            f'<{a}Attribute Name="{escape(name)}">'
            + "".join(f"<{a}AttributeValue>{escape(v)}</{a}AttributeValue>" for v in values)
            + f"</{a}Attribute>"
            for name, values in pairs
        )

    def _login(self) -> str:
        a, ends = self.a, self.saml.session_ends
        until = f' SessionNotOnOrAfter="{self._time(ends)}"' if ends is not None else ""
        return (
            f'<{a}AuthnStatement AuthnInstant="{self._time(self.saml.issued - 2)}"'
            f' SessionIndex="{self.session}"{until}>'
            f"<{a}AuthnContext><{a}AuthnContextClassRef>{_PASSWORD}</{a}AuthnContextClassRef></{a}AuthnContext>"
            f"</{a}AuthnStatement>"
        )
