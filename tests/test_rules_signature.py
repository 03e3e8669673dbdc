"""The rules on signatures, certificates and metadata: found, the nearest healthy case, and not checked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from build import ARNS, NOW, assertion, message, outcome, rule, rule_context

from connect_saml_nb.diagnosis import _weigh
from connect_saml_nb.model.finding import Severity
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import MessageState
from connect_saml_nb.model.signature import Certificate, Metadata, Signature, SignatureState, Verification
from connect_saml_nb.model.signin import AwsMessage, Outcome
from connect_saml_nb.rules import examine

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import RuleContext

FOUND, PASSED, NOT_CHECKED = "found", "passed", "not-checked"
NO_MESSAGE = {"message": None, "roles": ()}
STOPPED = {"outcome": Outcome.RESPONSE_STOPPED, "accepted": False}
REFUSED = {"said": AwsMessage.INVALID_RESPONSE}
ENCRYPTED = {"message": message(state=MessageState.ENCRYPTED, assertions=()), **STOPPED}
NOT_POSTED = {"posted_at": None}
ISSUER = "https://idp.example"
PROVIDER = ARNS.rpartition(",")[2]


def _certificate(name: str, *, days: int = 365, key: str = "RSA 2048") -> Certificate:
    fingerprint = name.encode().hex().ljust(64, "0")
    return Certificate(
        fingerprint, f"CN={name}", NOW - timedelta(days=730), NOW + timedelta(days=days), key, name.encode()
    )


OURS, OLD, NEW = _certificate("ours"), _certificate("old", days=-1), _certificate("new")
FILE = Metadata("idp.xml", ISSUER, (OURS,))
IAM = Metadata(PROVIDER, ISSUER, (OURS,), from_account=True)


def _signed(**changes: object) -> Signature:
    good = Signature("Assertion", SignatureState.INTACT, trusted=True, covered=True, certificate=OURS, algorithm="rsa-sha256", digest="sha256")  # fmt: skip
    return replace(good, **changes)


def _shown(*signatures: Signature, metadata: Metadata | None = IAM, **changes: object) -> dict:
    good = Verification(
        reason=None,
        signatures=signatures or (_signed(),),
        metadata=metadata,
        given=(metadata,) if metadata else (),
    )
    return {"verification": replace(good, **changes)}


def _given(*metadata: Metadata) -> dict:
    return {"verification": Verification(given=metadata)}


BROKEN = _signed(state=SignatureState.BROKEN, trusted=False, covered=False, problem="What it signs was changed.")
BY_NEW = _signed(certificate=NEW, trusted=False)
UNTRUSTED = _signed(trusted=False)
UNREADABLE = _signed(state=SignatureState.UNREADABLE, trusted=False, covered=False, problem="It is odd.")
OTHER_ISSUER = replace(IAM, entity_id="https://other.example")
SIGNED_OTHER = {"signed": assertion(id="_b", name="boss@corp.example"), "tricks": ("It signs another assertion.",)}

TABLE = [
    ("issuer-mismatch", {"said": AwsMessage.ISSUER}, FOUND),
    ("issuer-mismatch", {**_given(OTHER_ISSUER), **REFUSED}, FOUND),
    ("issuer-mismatch", {**_given(replace(OTHER_ISSUER, from_account=False)), **REFUSED}, FOUND),
    ("issuer-mismatch", {**_given(IAM), **REFUSED}, PASSED),
    ("issuer-mismatch", {**_given(OTHER_ISSUER, IAM), **REFUSED}, PASSED),
    ("issuer-mismatch", {**_given(OTHER_ISSUER, replace(IAM, source="arn:other")), **REFUSED}, FOUND),
    ("issuer-mismatch", {}, PASSED),
    ("issuer-mismatch", _given(OTHER_ISSUER), PASSED),
    ("issuer-mismatch", {**_given(FILE), **REFUSED}, NOT_CHECKED),
    ("issuer-mismatch", STOPPED, NOT_CHECKED),
    ("issuer-mismatch", NO_MESSAGE, NOT_CHECKED),
    ("signature-invalid", {"said": AwsMessage.SIGNATURE}, FOUND),
    ("signature-invalid", {**_shown(BY_NEW), "said": AwsMessage.SIGNATURE}, FOUND),
    ("signature-invalid", {**_shown(BROKEN), **REFUSED}, FOUND),
    ("signature-invalid", {**_shown(BROKEN, metadata=None), **REFUSED}, FOUND),
    ("signature-invalid", {**_shown(BY_NEW), **REFUSED}, FOUND),
    ("signature-invalid", {**_shown(BY_NEW, metadata=FILE), **REFUSED}, FOUND),
    ("signature-invalid", {**_shown(_signed(), replace(BROKEN, covers="Response")), **REFUSED}, FOUND),
    ("signature-invalid", _shown(BY_NEW, metadata=FILE), FOUND),
    ("signature-invalid", {**_shown(), **REFUSED}, PASSED),
    ("signature-invalid", {**_shown(_signed(), replace(BY_NEW, covers="Response")), **REFUSED}, PASSED),
    ("signature-invalid", {}, PASSED),
    ("signature-invalid", _shown(BROKEN, doubt="It was repaired."), PASSED),
    ("signature-invalid", {**_shown(BROKEN, doubt="It was repaired."), **REFUSED}, NOT_CHECKED),
    ("signature-invalid", {**_shown(metadata=FILE), **REFUSED}, NOT_CHECKED),
    ("signature-invalid", {**_shown(UNTRUSTED, metadata=None), **REFUSED}, NOT_CHECKED),
    ("signature-invalid", {**_shown(UNTRUSTED, metadata=None, given=(OTHER_ISSUER,)), **REFUSED}, NOT_CHECKED),
    ("signature-invalid", {**_shown(UNTRUSTED, metadata=replace(IAM, certificates=())), **REFUSED}, NOT_CHECKED),
    ("signature-invalid", {**_shown(tricks=("Two assertions.",)), **REFUSED}, NOT_CHECKED),
    ("signature-invalid", {**_shown(UNREADABLE), **REFUSED}, NOT_CHECKED),
    ("signature-invalid", {**_shown(_signed(covered=False)), **REFUSED}, NOT_CHECKED),
    ("signature-invalid", {**_shown(_signed(covered=False)), **ENCRYPTED}, NOT_CHECKED),
    ("signature-invalid", {**_shown(), **REFUSED, **_shown(signatures=())}, NOT_CHECKED),
    ("signature-invalid", STOPPED, NOT_CHECKED),
    ("signature-invalid", NO_MESSAGE, NOT_CHECKED),
    ("signature-missing", {**_shown(signatures=()), **REFUSED}, FOUND),
    ("signature-missing", _shown(), PASSED),
    ("signature-missing", {}, NOT_CHECKED),
    ("signature-missing", {**_shown(signatures=()), **ENCRYPTED}, NOT_CHECKED),
    ("signature-missing", {**_shown(), **NO_MESSAGE}, NOT_CHECKED),
    ("signature-wrapped", _shown(tricks=("Two assertions.",)), FOUND),
    ("signature-wrapped", {**_shown(_signed(covered=False), **SIGNED_OTHER), **REFUSED}, FOUND),
    ("signature-wrapped", _shown(), PASSED),
    ("signature-wrapped", {}, NOT_CHECKED),
    ("signature-wrapped", {**_shown(), **NO_MESSAGE}, NOT_CHECKED),
    ("certificate-expired", _shown(_signed(certificate=OLD)), FOUND),
    ("certificate-expired", _shown(_signed(certificate=replace(NEW, not_before=NOW + timedelta(days=1)))), FOUND),
    ("certificate-expired", _shown(), PASSED),
    ("certificate-expired", {}, NOT_CHECKED),
    ("certificate-expired", _shown(UNREADABLE), NOT_CHECKED),
    ("certificate-expired", {**_shown(), **NOT_POSTED}, NOT_CHECKED),
    ("metadata-outdated", _shown(metadata=replace(IAM, valid_until=NOW - timedelta(days=1))), FOUND),
    ("metadata-outdated", _shown(metadata=replace(IAM, certificates=(OLD,))), FOUND),
    ("metadata-outdated", _shown(metadata=replace(FILE, certificates=(OLD, OURS))), FOUND),
    ("metadata-outdated", _shown(given=(IAM, replace(FILE, certificates=(OURS, NEW)))), FOUND),
    ("metadata-outdated", _shown(given=(IAM, replace(FILE, entity_id="urn:x", certificates=(NEW,)))), PASSED),
    ("metadata-outdated", {**_shown(metadata=replace(IAM, valid_until=NOW + timedelta(1))), **NOT_POSTED}, PASSED),
    ("metadata-outdated", {}, NOT_CHECKED),
    ("metadata-outdated", _given(OTHER_ISSUER), NOT_CHECKED),
    ("algorithm-old", _shown(_signed(algorithm="rsa-sha1")), FOUND),
    ("algorithm-old", _shown(_signed(digest="sha1")), FOUND),
    ("algorithm-old", _shown(_signed(certificate=_certificate("small", key="RSA 1024"))), FOUND),
    ("algorithm-old", _shown(_signed(certificate=_certificate("curve", key="EC secp256r1"))), PASSED),
    ("algorithm-old", _shown(), PASSED),
    ("algorithm-old", {}, NOT_CHECKED),
    ("algorithm-old", _shown(signatures=()), NOT_CHECKED),
]


def _case(*, verification: Verification | None = None, **world: object) -> RuleContext:
    return replace(rule_context(**world), verification=verification or Verification())


@pytest.mark.parametrize(("name", "world", "expected"), TABLE)
def test_rule_says_what_the_case_shows(name: str, world: dict, expected: str) -> None:
    """One thing is changed in a good sign-in, and the rule sees it; what it cannot see it does not claim."""
    assert outcome(name, _case(**world)) == expected


def _finding(name: str, **world: object):  # noqa: ANN202 -- a Finding
    found, _, _ = examine(_case(**world), [rule(name)])
    return found[0]


def _reason(name: str, **world: object) -> str:
    _, _, not_checked = examine(_case(**world), [rule(name)])
    return str(not_checked[0].reason)


def test_another_certificate_is_named_beside_the_one_that_iam_holds() -> None:
    """Both fingerprints with their validity: the admin sees which one to upload."""
    assert str(_finding("signature-invalid", **_shown(BY_NEW), **REFUSED).message) == (
        "The Assertion was signed with a certificate that is not in the metadata: 6e65770000000000… (valid 2024-11-24 to "
        f"2027-11-24); IAM ({PROVIDER}) holds 6f75727300000000… (valid 2024-11-24 to 2027-11-24)."
    )


def test_the_remedy_is_a_command_with_the_very_provider() -> None:
    """It can be pasted once the current metadata is there, and keeps the old one first."""
    commands = _finding("signature-invalid", **_shown(BY_NEW), **REFUSED).remedy.commands
    kept, changed = commands[0].script.splitlines()
    call = "aws iam update-saml-provider --saml-metadata-document file://CURRENT-METADATA.xml"
    assert (changed, "get-saml-provider" in kept) == (f"{call} --saml-provider-arn {PROVIDER}", True)


def test_aws_words_come_with_what_verifying_shows() -> None:
    """AWS says that, the verification says why."""
    message = str(_finding("signature-invalid", **_shown(BROKEN), said=AwsMessage.SIGNATURE).message)
    assert message == (
        "AWS says that the response's signature is invalid. "
        "The signature of the Assertion is broken. What it signs was changed."
    )


def test_intact_is_not_trusted() -> None:
    """Without metadata the rule says plainly that only the embedded certificate was there."""
    reason = _reason("signature-invalid", **_shown(UNTRUSTED, metadata=None), **REFUSED)
    assert reason.startswith("The signature is intact, and intact is not trusted")


def test_a_file_that_disagrees_is_no_error_where_aws_took_the_response() -> None:
    """The file is not what IAM holds; a healthy sign-in gets no error finding."""
    world = _case(**_shown(BY_NEW, metadata=FILE), said=AwsMessage.NOT_ONBOARDED, accepted=True)
    found, _, _ = examine(world, [rule("signature-invalid")])
    assert _weigh(world, found[0], "user-missing").severity is Severity.WARNING


@pytest.mark.parametrize(("metadata", "verdict"), [(FILE, None), (IAM, "signature-invalid")])
def test_only_what_iam_holds_makes_another_certificate_the_verdict(metadata: Metadata, verdict: str | None) -> None:
    """A file may be older than IAM's copy."""
    assert _finding("signature-invalid", **_shown(BY_NEW, metadata=metadata), **REFUSED).verdict == verdict


def test_an_issuer_that_only_a_file_does_not_know_is_no_verdict() -> None:
    """The file may be of another identity provider; IAM's copy was not looked at."""
    finding = _finding("issuer-mismatch", **_given(replace(OTHER_ISSUER, from_account=False)), **REFUSED)
    assert (finding.verdict, finding.severity) == (None, Severity.WARNING)


def test_an_issuer_that_iam_does_not_know_is_the_verdict() -> None:
    """The AWS account is what AWS compares with."""
    finding = _finding("issuer-mismatch", **_given(OTHER_ISSUER), **REFUSED)
    assert (finding.verdict, finding.severity) == ("issuer-mismatch", Severity.ERROR)


def test_a_wrapped_assertion_names_both_persons() -> None:
    """Whom the signature is for, and whom the values that were read are for."""
    message = str(_finding("signature-wrapped", **_shown(_signed(covered=False), **SIGNED_OTHER), **REFUSED).message)
    assert message.endswith(
        "The signed assertion is for RoleSessionName 'boss@corp.example', the one that was read for "
        "'jane.doe@corp.example': the findings here are about the one read."
    )


@pytest.mark.parametrize(
    ("world", "severity"),
    [
        (_shown(tricks=("Two assertions.",)), Severity.WARNING),
        ({**_shown(**SIGNED_OTHER), **REFUSED}, Severity.ERROR),
        (_shown(**SIGNED_OTHER), Severity.WARNING),
    ],
)
def test_a_wrapped_assertion_is_an_error_only_where_another_is_signed_and_aws_did_not_take_it(
    world: dict, severity: Severity
) -> None:
    """Several assertions alone are odd, no attack."""
    assert _finding("signature-wrapped", **world).severity is severity


def test_a_replaced_certificate_that_stays_in_the_metadata_is_harmless() -> None:
    """Identity providers keep the old one for a while."""
    assert _finding("metadata-outdated", **_shown(metadata=replace(IAM, certificates=(OLD, OURS)))).severity is (
        Severity.INFO
    )


def test_only_expired_certificates_are_a_warning() -> None:
    """Nothing current is left."""
    assert _finding("metadata-outdated", **_shown(metadata=replace(IAM, certificates=(OLD,)))).severity is (
        Severity.WARNING
    )
