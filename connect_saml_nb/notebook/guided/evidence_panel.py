"""‘Check more’ as HTML: what else can be asked or given, what of it is there, and what that made checkable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.evidence import PARTS, permission_policy
from connect_saml_nb.model.finding import MissingInput
from connect_saml_nb.notebook import users_panel, widgets
from connect_saml_nb.notebook.components import command, esc, folded, items, value, when

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect_saml_nb.evidence import Ask
    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.signature import Metadata
    from connect_saml_nb.notebook.aws_account import Account
    from connect_saml_nb.notebook.guided.evidence import Given
    from connect_saml_nb.notebook.guided.model import GuidedModel

_WHO = {
    MissingInput.ACCOUNT: "what the AWS account says",
    MissingInput.ANSWER: "what the AWS account did not answer",
    MissingInput.METADATA: "the identity provider’s metadata",
    MissingInput.KEY: "the key that decrypts the assertion",
}


def evidence_html(model: GuidedModel, progress: str = "") -> str:
    """What can be asked and given; `progress` while AWS is being asked."""
    status = f"<p>{esc(progress)}</p>" if progress else _there(model.given)
    forget = widgets.button("Forget all of this", "forget_given") if not model.given.is_empty else ""
    return (
        f"{_lacking(model.sign_in_diagnosis)}{widgets.said(status)}{forget}"
        f"{_account_html(model)}{_key_html(model)}"
        "<h4>The identity provider’s metadata</h4><p>An XML file that its administrator can download. With it the "
        "signature is verified. Drop or paste it below.</p>"
    )


def _lacking(diagnosis: SignInDiagnosis | None) -> str:
    """How many questions wait for what."""
    lacks = [n.missing for n in diagnosis.not_checked] if diagnosis else []
    counted = [f"{lacks.count(lack):,} for {words}" for lack, words in _WHO.items() if lack in lacks]
    return (
        f"<p>Questions that wait: {esc('; '.join(counted))}.</p>" if counted else "<p>No question waits for these.</p>"
    )


def _there(given: Given) -> str:
    return items(_lines(given))


def _lines(given: Given) -> Iterator[str]:
    evidence = given.evidence
    if evidence is not None:
        at = f", as of {when(evidence.retrieved)}" if evidence.retrieved else ""
        refused = items(esc(r.reason) for r in evidence.refused)
        yield f"✔ {value(evidence.source)}{at}.{refused}{items(map(esc, evidence.notes))}"
    for metadata in given.metadata:
        yield _metadata_line(metadata)
    if given.keys:
        yield f"✔ The key in {value(given.key_path)}."


def _metadata_line(metadata: Metadata) -> str:
    count = len(metadata.certificates)
    signed = f"{count} signing certificate{'' if count == 1 else 's'}"
    return f"✔ Metadata of {value(metadata.entity_id)}: {signed}.{items(map(esc, metadata.notes))}"


def _account_html(model: GuidedModel) -> str:
    asks = model.asks
    if not asks:
        return "<h4>The AWS account</h4><p>This sign-in names no role, provider or instance to ask about.</p>"
    account = model.account
    asked = "Ask the AWS account again" if model.given.evidence else "Ask the AWS account"
    return (
        "<h4>The AWS account</h4><p>Reads the role, its policies, the SAML provider, the instance and CloudTrail with "
        "your AWS credentials. Nothing is changed, and nothing is asked before you click.</p>"
        f'<div class="cs-fields">{users_panel.where_html(account)}</div>{widgets.button(asked, "ask_account")}'
        f"{folded('What you must be allowed to do', command(_policy(asks)))}{users_panel.calls_html(account)}"
        + widgets.entry(
            "Or a folder of answers that someone saved",
            "evidence_path",
            model.evidence_path,
            "evidence/",
            enter="read_evidence",
        )
        + widgets.button("Read this folder", "read_evidence")
        + f"{folded('How to save such a folder', command(_how_to_save(account)))}"
    )


def _policy(asks: Sequence[Ask]) -> str:
    first = asks[0]
    try:
        policy = permission_policy(
            PARTS, instance_id=first.instance_id or None, region=first.region or None, role=first.role or None
        )
    except EvidenceError:
        policy = permission_policy(PARTS)
    return json.dumps(policy, indent=2)


def _how_to_save(account: Account) -> str:
    region = f" --region {account.region}" if account.region and account.region.replace("-", "").isalnum() else ""
    return f"connect-saml evidence collect RECORDING.har --output evidence{region}"


def _key_html(model: GuidedModel) -> str:
    if model.sign_in_diagnosis is None or (
        not any(n.missing is MissingInput.KEY for n in model.sign_in_diagnosis.not_checked) and not model.given.keys
    ):
        return ""
    return (
        "<h4>The key that decrypts</h4><p>The assertion is encrypted. The private key is read where this notebook runs "
        "and is kept nowhere.</p>"
        + widgets.entry(
            "Path of the private key on the server", "key_path", model.key_path, "key.pem", enter="read_key"
        )
        + widgets.button("Use this key", "read_key")
    )
