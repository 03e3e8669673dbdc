"""Software of others (xmlsec, python3-saml, pysaml2) verifies the practice responses and reads the same attributes.

It runs in an environment of its own (tests/tools/read_with_others.py says how to make it), and is skipped without one.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from connect_saml_nb import saml
from connect_saml_nb.training import new_case, verdicts
from connect_saml_nb.training.generator import signing

OTHERS = os.environ.get("SAML_OTHERS", "")
pytestmark = pytest.mark.skipif(
    not OTHERS,
    reason="no environment with xmlsec, python3-saml and pysaml2: tests/tools/read_with_others.py says how to make it",
)
TOOL = Path(__file__).parent / "tools" / "read_with_others.py"
#: Responses that are not signed by the key `good`, not whole, or not there.
OTHERWISE = {"signature-invalid", "assertion-encrypted", "assertion-redacted", "assertion-damaged", "idp-error"}


def responses() -> list[bytes]:
    """The XML that is posted to AWS in one case of each verdict and level that has a good one."""
    cases = (new_case(v, level=level, seed=3) for v in verdicts() if v not in OTHERWISE for level in (1, 2, 3))
    return [xml for case in cases for xml in _posted(json.loads(case.capture))]


def _posted(har: Any) -> list[bytes]:
    texts = (e["request"].get("postData", {}).get("text", "") for e in har["log"]["entries"])
    return [base64.b64decode(field) for text in texts for field in parse_qs(text).get("SAMLResponse", [])]


def look(xmls: list[bytes]) -> list[tuple[bytes, dict[str, Any]]]:
    """Each response, and what the others say of it."""
    body = base64.encodebytes(signing.certificate("good")).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
    rows = json.dumps([{"xml": xml.decode(), "certificate": pem} for xml in xmls])
    ran = subprocess.run([OTHERS, str(TOOL)], input=rows, capture_output=True, text=True, check=True, timeout=110)  # noqa: S603 -- the environment that the caller names
    return list(zip(xmls, json.loads(ran.stdout), strict=True))


@pytest.fixture(scope="module")
def told() -> list[tuple[bytes, dict[str, Any]]]:
    """What the others say of the good responses."""
    return look(responses())


def test_xmlsec_refuses_what_was_made_not_to_fit() -> None:
    """Another key, or a change after the signing: or else the next test would prove nothing."""
    cases = (new_case("signature-invalid", seed=seed) for seed in range(12))
    posted = [xml for case in cases for xml in _posted(json.loads(case.capture))]
    assert [False] * 12 == [all(row["verified"].values()) for _, row in look(posted)]


def test_xmlsec_verifies_every_signature(told: list[tuple[bytes, dict[str, Any]]]) -> None:
    """And each signs the element that it stands in."""
    checked = [list(row["verified"].values()) for _, row in told]
    assert checked
    assert [] == [signatures for signatures in checked if not signatures or not all(signatures)]


@pytest.mark.parametrize("reader", ["python3-saml", "pysaml2"])
def test_others_read_the_same_attributes(reader: str, told: list[tuple[bytes, dict[str, Any]]]) -> None:
    """Name by name, value by value."""
    ours = [_attributes(xml) for xml, _ in told]
    theirs = [{name: tuple(values) for name, values in row[reader].items()} for _, row in told]
    assert ours == theirs


def _attributes(xml: bytes) -> dict[str, tuple[str, ...]]:
    assertion = saml.read_message(xml).assertion
    return {a.name: a.values for a in assertion.attributes} if assertion else {}
