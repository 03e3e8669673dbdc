"""The rules on signatures where an account has several providers: no claim beyond the evidence."""

from __future__ import annotations

import pytest
from build import message, outcome, rule, rule_context, sign_in
from signed import made_certificate, metadata, metadata_xml, read, xml

from connect_saml_nb import signature
from connect_saml_nb.model.finding import Shell
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import Response
from connect_saml_nb.model.signature import Metadata, Verification
from connect_saml_nb.model.signin import AwsMessage, Outcome, RolePair, SignIn
from connect_saml_nb.rules.rule import Found

ROLE = "arn:aws:iam::111122223333:role/Agent"
OURS, THEIRS = (f"arn:aws:iam::111122223333:saml-provider/{name}" for name in ("Connect", "Admin"))
STOPPED = {"outcome": Outcome.RESPONSE_STOPPED, "accepted": False}


def _refused(*providers: str) -> SignIn:
    """A refused sign-in with a really signed response, for these providers."""
    roles = tuple(RolePair(p, ROLE, p) for p in providers)
    return sign_in(message=read(xml("samlp")), roles=roles, **STOPPED)


def _copy(arn: str, *, right: bool) -> Metadata:
    """IAM's copy of a provider's metadata.

    Entra has one entity ID for all applications of a tenant, and a
    certificate for each.
    """
    (own,) = metadata("samlp")
    (other,) = (own,) if right else signature.read_metadata(metadata_xml("x", made_certificate("other")))
    return replace(own, source=arn or "The metadata given", certificates=other.certificates, from_account=True)


def _says(rule_id: str, told: SignIn, *given: Metadata) -> str:
    shown = rule_context(message=told.message, roles=told.roles, **STOPPED)
    return outcome(rule_id, replace(shown, verification=signature.verification_of(told, given)))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((_copy(THEIRS, right=False), _copy(OURS, right=True)), "passed"),
        ((_copy(THEIRS, right=True), _copy(OURS, right=False)), "found"),
        ((_copy(THEIRS, right=False),), "not-checked"),
        ((_copy("", right=False), _copy("", right=True)), "not-checked"),
        ((_copy("", right=True),), "passed"),
        ((_copy("", right=False),), "found"),
    ],
)
def test_the_signature_is_compared_with_the_very_provider_of_the_response(
    given: tuple[Metadata, ...], says: str
) -> None:
    """Two providers of one tenant have one entity ID; an answer that does not say whose it is may be of either."""
    assert _says("signature-invalid", _refused(OURS), *given) == says


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((replace(_copy(THEIRS, right=False), entity_id="https://other.example"),), "not-checked"),
        ((replace(_copy("", right=False), entity_id="https://other.example"), _copy("", right=True)), "not-checked"),
        ((replace(_copy(OURS, right=True), entity_id="https://other.example"),), "found"),
        ((_copy(OURS, right=True),), "passed"),
    ],
)
def test_the_issuer_is_compared_with_the_very_provider_of_the_response(given: tuple[Metadata, ...], says: str) -> None:
    """Another provider's entity ID says nothing of the one that the response names."""
    assert _says("issuer-mismatch", _refused(OURS), *given) == says


def test_a_response_that_says_no_needs_no_signature() -> None:
    """AWS wants signed assertions, and an identity provider's refusal holds none."""
    status = ("urn:oasis:names:tc:SAML:2.0:status:Responder",)
    response = Response("_r", "https://idp.example", None, None, None, status, None)
    shown = rule_context(message=message(assertions=(), response=response), roles=(), **STOPPED)
    assert outcome("signature-missing", replace(shown, verification=Verification(reason=None))) == "not-checked"


def test_the_command_that_updates_the_provider_is_for_a_named_shell() -> None:
    """What bash quotes is not what PowerShell quotes: a value that only bash can take gives no PowerShell command."""
    arn = "arn:aws:iam::111122223333:saml-provider/A';touch$IFS/x;'"
    shown = rule_context(said=AwsMessage.SIGNATURE, roles=(RolePair("", ROLE, arn),))
    found = rule("signature-invalid").ask(shown)
    assert isinstance(found, Found)
    assert [command.shell for command in found.commands] == [Shell.BASH]
