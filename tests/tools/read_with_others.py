"""Verifies and reads SAML responses with software of others: xmlsec, python3-saml, pysaml2. Needs nothing of this package.

They want an lxml of their own, so they live in an environment of their own:

    python -m venv others && others/bin/python -m pip install xmlsec python3-saml pysaml2
    SAML_OTHERS=others/bin/python python -m pytest tests/test_training_other_software.py

Reads a JSON list of `{"xml", "certificate"}` from the standard input and prints one of
`{"verified": {ID: bool}, "python3-saml": {...}, "pysaml2": {...}}`; the two are attributes by their names.
"""

from __future__ import annotations

import base64
import json
import sys

import xmlsec
from lxml import etree
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from saml2 import saml, samlp

NAMESPACES = {"ds": "http://www.w3.org/2000/09/xmldsig#"}


def verified(xml: str, certificate: str) -> dict[str, bool]:
    """For each signed element, by its ID, whether xmlsec verifies its signature with the certificate."""
    root = etree.fromstring(xml.encode())
    xmlsec.tree.add_ids(root, ["ID"])
    key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem, None)
    return {s.getparent().get("ID"): _verifies(s, key) for s in root.findall(".//ds:Signature", NAMESPACES)}


def _verifies(signature: etree._Element, key: xmlsec.Key) -> bool:
    reference = signature.find("ds:SignedInfo/ds:Reference", NAMESPACES).get("URI")
    context = xmlsec.SignatureContext()
    context.key = key
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return reference == "#" + signature.getparent().get("ID")


def with_python3_saml(xml: str) -> dict[str, list[str]]:
    """The attributes as python3-saml reads them."""
    provider = {"entityId": "urn:amazon:webservices", "assertionConsumerService": {"url": "https://sp.example/acs"}}
    settings = OneLogin_Saml2_Settings({"strict": False, "sp": provider}, sp_validation_only=True)
    response = OneLogin_Saml2_Response(settings, base64.b64encode(xml.encode()).decode())
    return response.get_attributes()


def with_pysaml2(xml: str) -> dict[str, list[str]]:
    """The attributes as pysaml2 reads them."""
    response = samlp.response_from_string(xml)
    statements = [s for a in response.assertion or [] for s in a.attribute_statement]
    return {a.name: [_text(v) for v in a.attribute_value] for s in statements for a in s.attribute}


def _text(value: saml.AttributeValue) -> str:
    return value.text or ""


def main() -> None:
    """Read, look, print."""
    rows = json.load(sys.stdin)
    told = [
        {
            "verified": verified(row["xml"], row["certificate"]),
            "python3-saml": with_python3_saml(row["xml"]),
            "pysaml2": with_pysaml2(row["xml"]),
        }
        for row in rows
    ]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
