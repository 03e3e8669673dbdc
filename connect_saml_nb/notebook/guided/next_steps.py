"""Step 4 of the guided page: what-if, evidence, comparison, another recording, and what can be handed over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from connect_saml_nb.compare import Weight
from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.evidence import PARTS, permission_policy
from connect_saml_nb.model.finding import MissingInput
from connect_saml_nb.notebook.guided import case_pack, recording_help
from connect_saml_nb.notebook.sign_in import MATCH_WORDS
from connect_saml_nb.render import comparison
from connect_saml_nb.render.html import Markup, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect_saml_nb.compare import Comparison
    from connect_saml_nb.evidence import Ask
    from connect_saml_nb.model.finding import NotChecked
    from connect_saml_nb.notebook.aws_account import Account
    from connect_saml_nb.notebook.guided.model import GuidedModel
    from connect_saml_nb.notebook.guided.recheck import Recheck

_WAITING = {
    MissingInput.ACCOUNT: "what the AWS account says",
    MissingInput.ANSWER: "what the AWS account did not answer",
    MissingInput.METADATA: "the identity provider’s metadata",
    MissingInput.KEY: "the key that decrypts the assertion",
}


def next_steps(model: GuidedModel, progress: str = "") -> Markup:
    """What can be done with the verdict that is shown; nothing before there is one; `progress` of a question to AWS."""
    diagnosis = model.sign_in_diagnosis
    if diagnosis is None:
        return Markup()
    asks, not_checked = model.asks, diagnosis.not_checked
    return render(
        "guided/next_steps.html",
        model=model,
        diagnosis=diagnosis,
        progress=progress,
        match_words=MATCH_WORDS,
        reply=case_pack.reply_text(diagnosis),
        requests=[(each.value, recording_help.request_text(each)) for each in recording_help.Recorder],
        asks=asks,
        policy=policy_text(asks) if asks else "",
        how_to_save=how_to_save(model.account),
        waiting=waiting(not_checked),
        needs_key=any(each.missing is MissingInput.KEY for each in not_checked) or bool(model.extra.keys),
    )


def waiting(not_checked: Iterable[NotChecked]) -> list[str]:
    """How many questions wait for what."""
    missing = [each.missing for each in not_checked]
    return [f"{missing.count(each):,} for {words}" for each, words in _WAITING.items() if each in missing]


def policy_text(asks: Sequence[Ask]) -> str:
    """The permissions that the questions need, as the JSON of an IAM policy."""
    first = asks[0]
    try:
        policy = permission_policy(
            PARTS, instance_id=first.instance_id or None, region=first.region or None, role=first.role or None
        )
    except EvidenceError:
        policy = permission_policy(PARTS)
    return json.dumps(policy, indent=2)


def how_to_save(account: Account) -> str:
    """The command that saves the account's answers in a folder."""
    region = f" --region {account.region}" if account.region and account.region.replace("-", "").isalnum() else ""
    return f"connect-saml evidence collect RECORDING.har --output evidence{region}"


def comparison_panel(found: Comparison | None) -> Markup:
    """What differs between two sign-ins, what explains the failure first."""
    if found is None:
        return Markup()
    return render("guided/comparison.html", comparison=found, weights=Weight, heading=comparison.heading)


def recheck_card(recheck: Recheck | None) -> Markup:
    """Whether the cause is fixed."""
    return render("guided/recheck.html", recheck=recheck)
