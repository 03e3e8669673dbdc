"""Is the response signed, by whom, and is what was read what was signed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.aws import cli
from connect_saml_nb.model.finding import Actor, Command, MissingInput, Severity
from connect_saml_nb.model.saml import ROLE_SESSION_NAME, MessageState
from connect_saml_nb.model.signature import SignatureState, Unverified
from connect_saml_nb.model.signin import AwsMessage
from connect_saml_nb.model.text import Phrase, bare, joined, quoted, text
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.rules.facts import (
    IAM_ASSERTIONS,
    IAM_TROUBLESHOOT,
    message_evidence,
    named,
    said_evidence,
    says,
    was_accepted,
)
from connect_saml_nb.rules.rule import PASSED, Answer, Found, Requirement, Skipped, rule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from connect_saml_nb.model.diagnosis import RuleContext
    from connect_saml_nb.model.saml import Assertion
    from connect_saml_nb.model.signature import Certificate, Metadata, Signature, Verification

IAM_PROVIDER = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml.html"

_NO_ANSWER = "Only AWS's answer or the AWS account can tell, and this recording has neither."
_ONLY_FILE = (
    "It matches the given metadata file; whether IAM holds the same metadata was not checked. "
    "Add evidence from the AWS account (iam:GetSAMLProvider)."
)
_OF_A_FILE = " Whether IAM holds the same metadata as the file was not checked."
_NOT_TRUSTED = (
    "The signature is intact, and intact is not trusted: it was only compared with the certificate that the response "
    "itself carries. Add the identity provider's metadata, or evidence from the AWS account (iam:GetSAMLProvider)."
)
_OF_OTHERS = "None of the given metadata belongs to the issuer, so the signer could not be identified."
_NO_CERTIFICATES = "The issuer's metadata holds no signing certificate that could be read."
_ENCRYPTED = (
    "The assertion is encrypted, and no key to read it was given: what it signs and who signed it cannot be read."
)
_NO_METADATA = "No metadata of the identity provider was given."
_UNSIGNED = "The response carries no signature that could be verified."
_TAMPERED = "The message looks tampered with around its signature, so an intact signature proves too little."
_NOT_COVERED = "No trusted signature covers the assertion that was read."
_NO_SIGNER = "No intact signature shows which certificate signed."


# --- the signature -----------------------------------------------------------------------------------------


@rule(
    verdict=Verdict.SIGNATURE_INVALID,
    remedy={
        Actor.AWS_ADMIN: "download the identity provider's current metadata and update the provider in IAM (aws iam update-saml-provider): the signing certificate was most likely renewed.",
        Actor.IDP_ADMIN: "check that nothing changes the response after it is signed.",
    },
    docs=IAM_TROUBLESHOOT,
)
def signature_invalid(context: RuleContext) -> Answer:
    """Does the response's signature fit the certificate that IAM holds?

    A renewed certificate at the identity provider gives "Response signature invalid". With the extra `verify` the
    signatures are verified over the recorded bytes: against the certificates of the identity provider's metadata where
    it is given, else only against the one that the response carries, which shows that nothing was changed, not who signed.
    """
    shown = context.verification
    broken, foreign = _broken(shown), _foreign(shown)
    fault = joined(" ", (broken or "", foreign or ""))
    if says(context, AwsMessage.SIGNATURE):
        message = joined(" ", ("AWS says that the response's signature is invalid.", fault))
        return Found(message, said_evidence(context), commands=_update_provider(context))
    if broken and shown.doubt:
        return PASSED if was_accepted(context) else Skipped(text("{} {}", fault, shown.doubt))
    if fault:
        sure = broken is not None or (shown.metadata is not None and shown.metadata.from_account)
        return Found(
            text("{}{}{}", fault, _accepted(context), "" if sure else _OF_A_FILE),
            message_evidence(context, "Signature"),
            commands=_update_provider(context),
            severity=None if sure else Severity.WARNING,
            supports_verdict=sure,
        )
    return PASSED if was_accepted(context) or _is_proven(shown) else _skipped(context, _why_not_proven(context))


def _is_proven(shown: Verification) -> bool:
    return shown.proven and shown.metadata is not None and shown.metadata.from_account


def _reason(shown: Verification) -> str:
    return str(shown.reason) if shown.reason else ""


def _why_not_proven(context: RuleContext) -> Phrase:
    shown = context.verification
    unreadable = next((s for s in shown.signatures if s.state is SignatureState.UNREADABLE), None)
    if shown.reason or not shown.signatures:
        return _reason(shown) or (_ENCRYPTED if _is_encrypted(context) else _UNSIGNED)
    if shown.metadata is None:
        return _OF_OTHERS if shown.given else _NOT_TRUSTED
    if not shown.metadata.certificates:
        return joined(" ", (_NO_CERTIFICATES, *shown.metadata.notes))
    if shown.tricks:
        return _TAMPERED
    if _is_encrypted(context):
        return _ENCRYPTED
    if shown.proven:
        return _ONLY_FILE
    if unreadable:
        return text("The signature of the {} could not be verified. {}", unreadable.covers, unreadable.problem or "")
    return _NOT_COVERED


def _skipped(context: RuleContext, reason: Phrase) -> Skipped:
    shown = context.verification
    if shown.reason is Unverified.EXTRA_MISSING:
        return Skipped(reason, MissingInput.EXTRA)
    if _is_encrypted(context):
        return Skipped(reason, MissingInput.KEY)
    if shown.reason or not shown.signatures or shown.tricks:
        return Skipped(reason)
    return Skipped(reason, MissingInput.ACCOUNT if shown.proven else MissingInput.METADATA)


def _is_encrypted(context: RuleContext) -> bool:
    message = context.sign_in.message
    return message is not None and message.state is MessageState.ENCRYPTED


def _accepted(context: RuleContext) -> str:
    return " AWS accepted the response nevertheless." if was_accepted(context) else ""


def _broken(shown: Verification) -> Phrase | None:
    """What is wrong with signatures that do not hold, whoever made them."""
    broken = [s for s in shown.signatures if s.state is SignatureState.BROKEN]
    return (
        joined(" ", (text("The signature of the {} is broken. {}", s.covers, s.problem or "") for s in broken)) or None
    )


def _foreign(shown: Verification) -> Phrase | None:
    """Who signed instead, where the metadata's certificates did not."""
    metadata = shown.metadata
    if metadata is None or not metadata.certificates or any(s.trusted and s.covered for s in shown.signatures):
        return None
    others = [s for s in shown.signatures if s.state is SignatureState.INTACT and not s.trusted and s.certificate]
    if not others:
        return None
    signed = joined(" and the ", dict.fromkeys(s.covers for s in others))
    return text(
        "The {} was signed with a certificate that is not in the metadata: {}; {} holds {}.",
        signed,
        _certificates(_signers(others)),
        _holder(metadata),
        _certificates(metadata.certificates),
    )


def _signers(signatures: Iterable[Signature]) -> list[Certificate]:
    return list(dict.fromkeys(s.certificate for s in signatures if s.certificate))


def _holder(metadata: Metadata) -> Phrase:
    return text("{} ({})", "IAM" if metadata.from_account else "the file", bare(metadata.source))


def _certificates(certificates: Iterable[Certificate]) -> Phrase:
    return _and(
        text("{} (valid {} to {})", _fingerprint(c), _day(c.not_before), _day(c.not_after)) for c in certificates
    )


def _fingerprint(certificate: Certificate) -> Phrase:
    """SHA-256, as much of it as tells two apart."""
    return text("{}…", certificate.fingerprint[:16])


def _day(time: datetime) -> str:
    return time.strftime("%Y-%m-%d")


def _and(parts: Iterable[Phrase]) -> Phrase:
    return joined(" and ", dict.fromkeys(parts))


def _update_provider(context: RuleContext) -> tuple[Command, ...]:
    """The command that gives IAM the current metadata, where there is exactly one provider."""
    providers = {p.provider for p in context.sign_in.roles if p.provider}
    if len(providers) != 1:
        return ()
    return cli.update_provider(next(iter(providers)))


# --- the issuer --------------------------------------------------------------------------------------------


@rule(
    verdict=Verdict.ISSUER_MISMATCH,
    remedy={
        Actor.AWS_ADMIN: "update the SAML provider with the metadata of the identity provider that really issues (aws iam update-saml-provider).",
        Actor.IDP_ADMIN: "check that the application sends the entity ID that stands in that metadata.",
    },
    docs=IAM_TROUBLESHOOT,
)
def issuer_mismatch(context: RuleContext) -> Answer:
    """Is the response's issuer the entity ID in the IAM provider's metadata?

    A changed tenant, realm or provider gives "Issuer not present in specified provider".
    """
    issuer = _issuer(context)
    if says(context, AwsMessage.ISSUER):
        return Found(
            text("AWS says that its provider does not know the issuer{}.", named(issuer or None)),
            said_evidence(context),
        )
    if was_accepted(context):
        return PASSED
    given = _of_provider(context)
    if issuer is None or not given:
        return Skipped(_NO_ANSWER, MissingInput.METADATA)
    if any(m.entity_id == issuer for m in given):
        return PASSED if given[0].from_account else Skipped(_ONLY_FILE, MissingInput.ACCOUNT)
    return _unknown_issuer(context, issuer, given)


def _issuer(context: RuleContext) -> str | None:
    message, assertion = context.sign_in.message, context.sign_in.assertion
    issuer = assertion.issuer if assertion else message.response.issuer if message and message.response else None
    return issuer.strip() if issuer else None


def _of_provider(context: RuleContext) -> tuple[Metadata, ...]:
    """IAM's copies of the providers in the Role attribute, else all that are IAM's, else the files."""
    account = tuple(m for m in context.verification.given if m.from_account)
    used = tuple(m for m in account if any(m.source == p.provider for p in context.sign_in.roles))
    return used or account or context.verification.given


def _unknown_issuer(context: RuleContext, issuer: str, given: tuple[Metadata, ...]) -> Found:
    names = _and(quoted(m.entity_id) for m in given[:3])
    sure = given[0].from_account
    return Found(
        text("The response's issuer is {}; {} knows {}.", quoted(issuer), _holder(given[0]), names),
        message_evidence(context, text("Issuer {}", quoted(issuer))),
        severity=None if sure else Severity.WARNING,
        supports_verdict=sure,
    )


# --- what is signed ----------------------------------------------------------------------------------------


@rule(
    id="signature-missing",
    title="The response is not signed",
    remedy={Actor.IDP_ADMIN: "make the application sign the assertion (AWS's metadata says WantAssertionsSigned)."},
    docs=IAM_ASSERTIONS,
    needs=[Requirement.MESSAGE],
)
def signature_missing(context: RuleContext) -> Answer:
    """Does the response or its assertion carry a signature?

    AWS wants signed assertions; what it says to an unsigned one is not documented.
    """
    shown = context.verification
    if shown.reason:
        return _skipped(context, str(shown.reason))
    if shown.signatures:
        return PASSED
    if _is_encrypted(context):
        return Skipped(_ENCRYPTED, MissingInput.KEY)
    if context.sign_in.assertion is None:
        return Skipped("The response holds no assertion that could be signed.")
    return Found(
        text("Neither the response nor its assertion is signed.{}", _accepted(context)),
        message_evidence(context, "no Signature"),
        severity=Severity.WARNING if was_accepted(context) else None,
    )


@rule(
    id="signature-wrapped",
    title="The message looks tampered with around its signature",
    remedy={
        Actor.IDP_ADMIN: "compare the response with what the identity provider's log says that it sent; a product that builds such messages needs an update.",
        Actor.AWS_ADMIN: "treat it as an attempt to sign in as someone else until that is known.",
    },
    docs=IAM_ASSERTIONS,
    severity=Severity.WARNING,
    needs=[Requirement.MESSAGE],
)
def signature_wrapped(context: RuleContext) -> Answer:
    """Is what was read exactly what is signed?

    A forged message keeps a good signature and lets careless readers read something else: wrapped assertions (XSW1 to
    XSW8), an ID that stands twice, a comment inside a value, a signature of another element. What AWS reads of such a
    message is not known.
    """
    shown = context.verification
    if shown.reason:
        return _skipped(context, str(shown.reason))
    if not shown.tricks:
        return PASSED
    differs = shown.signed is not None
    serious = differs and not was_accepted(context)
    tampering = joined(" ", (*shown.tricks, _signed_other(context, shown.signed)))
    return Found(
        text("{}{}", tampering, _accepted(context)),
        message_evidence(context, "Signature"),
        severity=Severity.ERROR if serious else None,
    )


def _signed_other(context: RuleContext, signed: Assertion | None) -> Phrase:
    if signed is None:
        return ""
    attribute = signed.attribute(ROLE_SESSION_NAME)
    name = attribute.values[0] if attribute and attribute.values else None
    return text(
        "The signed assertion is for RoleSessionName {}, the one that was read for {}: the findings here are about the one read.",
        quoted(name),
        quoted(context.sign_in.role_session_name),
    )


# --- certificates and algorithms ---------------------------------------------------------------------------


@rule(
    id="certificate-expired",
    title="The signing certificate was not valid",
    remedy={
        Actor.IDP_ADMIN: "renew the signing certificate.",
        Actor.AWS_ADMIN: "then update the provider in IAM with the new metadata, or every sign-in ends with 'Response signature invalid'.",
    },
    docs=IAM_PROVIDER,
    severity=Severity.WARNING,
    needs=[Requirement.POST],
)
def certificate_expired(context: RuleContext) -> Answer:
    """Was the certificate that signed valid when the response was posted?

    Whether AWS looks at a certificate's dates is not known: by itself this explains no refusal.
    """
    shown, moment = context.verification, context.sign_in.posted_at
    intact = [s for s in shown.signatures if s.state is SignatureState.INTACT]
    if shown.reason or moment is None or not _signers(intact):
        return _skipped(context, _reason(shown) or _NO_SIGNER)
    invalid = [c for c in _signers(intact) if not c.not_before <= moment.time <= c.not_after]
    if not invalid:
        return PASSED
    return Found(
        text("The response was signed with {}, and was posted on {}.", _certificates(invalid), _day(moment.time)),
        message_evidence(context, "X509Certificate"),
    )


@rule(
    id="metadata-outdated",
    title="The metadata is old",
    remedy={
        Actor.AWS_ADMIN: "download the identity provider's current metadata and update the provider in IAM (aws iam update-saml-provider), before the identity provider signs with a certificate that IAM does not have."
    },
    docs=IAM_PROVIDER,
    severity=Severity.WARNING,
)
def metadata_outdated(context: RuleContext) -> Answer:
    """Is the metadata up to date: within its validUntil, without expired certificates, and IAM's like the file?

    A certificate that has been replaced stays in the metadata for a while; that alone is harmless.
    """
    metadata = context.verification.metadata
    if metadata is None:
        return Skipped(_OF_OTHERS if context.verification.given else _NO_METADATA, MissingInput.METADATA)
    at = context.sign_in.posted_at.time if context.sign_in.posted_at else context.now
    expired = [c for c in metadata.certificates if c.not_after < at]
    newer = _only_in_files(context.verification, metadata)
    problems = [
        text("its validUntil was {}", _day(metadata.valid_until))
        if metadata.valid_until and metadata.valid_until < at
        else "",
        text("it lacks {}, which the given file has", _certificates(newer)) if newer else "",
        text("its certificate {} had expired", _certificates(expired)) if expired else "",
    ]
    summary = joined("; ", problems)
    if not summary:
        return PASSED
    harmless = not (problems[0] or problems[1]) and len(expired) < len(metadata.certificates)
    severity = Severity.INFO if harmless else None
    return Found(
        text("The metadata of {}: {}.", _holder(metadata), summary),
        severity=severity,
        commands=_update_provider(context),
    )


def _only_in_files(shown: Verification, metadata: Metadata) -> list[Certificate]:
    """Certificates that a file has and IAM's copy of the same identity provider has not."""
    if not metadata.from_account:
        return []
    files = [m for m in shown.given if m.entity_id == metadata.entity_id and not m.from_account]
    return [c for m in files for c in m.certificates if c not in metadata.certificates]


_LEAST_RSA = 2048


@rule(
    id="algorithm-old",
    title="The signature's algorithm or key is old",
    remedy={Actor.IDP_ADMIN: "sign with RSA-SHA256 and a key of at least 2048 bits."},
    docs=IAM_PROVIDER,
    severity=Severity.INFO,
)
def algorithm_old(context: RuleContext) -> Answer:
    """Is the signature made with SHA-256 or better, and RSA keys of 2048 bits or more?

    Which algorithms AWS takes is not documented: an old one explains no refusal by itself.
    """
    shown = context.verification
    if shown.reason or not shown.signatures:
        return _skipped(context, _reason(shown) or (_ENCRYPTED if _is_encrypted(context) else _UNSIGNED))
    old = dict.fromkeys(what for s in shown.signatures for what in _old(s))
    return (
        Found(text("The response is signed with {}.", _and(old)), message_evidence(context, _and(old)))
        if old
        else PASSED
    )


def _old(signature: Signature) -> list[Phrase]:
    names = [a for a in (signature.algorithm, signature.digest) if a.casefold().endswith(("sha1", "md5"))]
    kind, _, size = signature.certificate.key.partition(" ") if signature.certificate else ("", "", "")
    small = [text("a key of {} bits", size)] if kind == "RSA" and size.isdecimal() and int(size) < _LEAST_RSA else []
    return [*map(quoted, names), *small]


RULES = (
    issuer_mismatch,
    signature_invalid,
    signature_missing,
    signature_wrapped,
    certificate_expired,
    metadata_outdated,
    algorithm_old,
)
