"""A SAML response as the identity providers' products write it, signed and encrypted where the extra is there."""

from __future__ import annotations

import base64
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from connect_saml_nb.training.generator import signing
from connect_saml_nb.training.generator.scenario import make_uuid
from connect_saml_nb.training.html import render_line

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from connect_saml_nb.training.generator.scenario import ScenarioProduct
    from connect_saml_nb.training.generator.spec import Saml

#: Prefixes of the two namespaces, as products write them.
_STYLES = {"saml": ("samlp:", "saml:"), "saml2": ("saml2p:", "saml2:"), "entra": ("samlp:", ""), "ns": ("ns0:", "ns1:")}
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write(saml: Saml, product: ScenarioProduct, at: datetime, random: Random) -> str:
    """Write a response that was made `at` this time, as the form's field holds it."""
    ids = {name: f"_{make_uuid(random)}" for name in ("id", "response_id", "session")}
    xml = signing.finish(response_xml(saml, product.style, at, **ids), saml, product.signs, random)
    field = base64.b64encode(xml.encode()).decode()
    if saml.cut_at is not None:
        field = field[: saml.cut_at]
    return field if saml.replaced_by is None else saml.replaced_by


def response_xml(saml: Saml, style: str, at: datetime, **ids: str) -> str:
    """The response as XML in one of the styles (`saml`, `saml2`, `entra`, `ns`).

    `ids` are `id`, `response_id` and `session`. Signatures are marked where they go.
    """
    p, a = _STYLES[style]
    declaration = _DECLARATION if style in {"ns", "saml2"} else ""

    def time(seconds: float) -> str:
        return instant(at + timedelta(seconds=seconds))

    return declaration + render_line("response.xml", saml=saml, p=p, a=a, time=time, **ids)


def instant(time: datetime) -> str:
    """A time as SAML writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
