"""‘Check more’: the AWS account, metadata and a key in the guided page."""

from __future__ import annotations

import io
import json
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest
import signed
from account_world import instance, trust

from connect_saml_nb import diagnose
from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.evidence import collect, plan, write_folder
from connect_saml_nb.model.finding import MissingInput
from connect_saml_nb.notebook.aws_account import Account
from connect_saml_nb.notebook.guided import next_steps
from connect_saml_nb.notebook.guided.model import GuidedModel, More
from connect_saml_nb.samples import sample
from connect_saml_nb.training.emulator.account import PracticeAccount, PracticeProvider, PracticeRole

if TYPE_CHECKING:
    from pathlib import Path

NAME = "federation-denied"
SIGN_IN = diagnose(sample(NAME).path).sign_ins[0].sign_in


@cache
def world() -> PracticeAccount:
    """The account of the sample's sign-in; its role has no policy. Real clients, made once."""
    (pair,) = SIGN_IN.roles
    role, provider = str(pair.role), str(pair.provider)
    return PracticeAccount(
        instances=(instance(instance_id=SIGN_IN.instance_id, region=SIGN_IN.region),),
        roles=(PracticeRole(role.rpartition("/")[2], trust(Principal={"Federated": provider})),),
        providers=(PracticeProvider(provider.rpartition("/")[2]),),
        account=role.split(":")[4],
    )


@cache
def client(service: str, region: str) -> Any:
    """One client for each service and Region: making one takes a while."""
    return world().client(service, region)


def at(more: str = "evidence", *, of: bytes | None = None) -> GuidedModel:
    """A page that shows the sample's verdict, at ‘Check more’."""
    choices: dict[str, Any] = {"find_profiles": lambda: ("prod",), "find_regions": lambda: ("us-west-2",)}
    model = GuidedModel(account=Account(ask_account=partial(collect_without, ()), **choices))
    model.receive_capture("own.har", io.BytesIO(of or sample(NAME).path.read_bytes()))
    model.choose_more(More(more))
    return model


def collect_without(refused: tuple[str, ...], asks: Any, **settings: Any) -> Any:
    """Ask the practice account, but for these parts."""
    parts = [p for p in ("instance", "role", "policies", "provider") if p not in refused]
    return collect(asks, parts, client=client, sleep=lambda _: None, progress=settings["progress"])


def lacks(model: GuidedModel, lack: MissingInput) -> list[str]:
    """The rules that wait for this."""
    assert model.sign_in_diagnosis is not None
    return [n.rule for n in model.sign_in_diagnosis.not_checked if n.missing is lack]


def is_proven(model: GuidedModel) -> bool:
    """Whether the verdict rests on the role's policies: this role has none."""
    assert model.sign_in_diagnosis is not None
    assert model.sign_in_diagnosis.main_finding is not None
    return "The role has no policy" in str(model.sign_in_diagnosis.main_finding.message)


# --- the account ---


def test_nothing_is_asked_before_a_click() -> None:
    """Choosing ‘Check more’ reads the AWS settings only."""
    assert ([], ("prod",)) == (at().account.calls, at().account.profiles)


def test_the_account_answers_what_was_not_checked() -> None:
    """The role has no policy that allows the federation: the cause is proven now."""
    model = at()
    before = len(lacks(model, MissingInput.ACCOUNT))
    model.ask_account()
    assert (True, True) == (is_proven(model), len(lacks(model, MissingInput.ACCOUNT)) < before)


def test_every_question_to_the_account_is_listed() -> None:
    """Operation by operation, with the answer."""
    model = at()
    model.ask_account()
    assert {("iam:GetRole", "answered"), ("iam:GetSAMLProvider", "answered")} <= {
        (c.operation, c.answer) for c in model.account.calls
    }


def test_what_is_being_asked_is_told_meanwhile() -> None:
    """Looking into the account takes some seconds."""
    said: list[str] = []
    at_page = at()
    at_page.ask_account(said.append)
    assert any("GetRole" in each for each in said)


def test_a_saved_folder_does_as_well(tmp_path: Path) -> None:
    """An administrator collected it on another machine."""
    answers = collect(plan([SIGN_IN]), ["role", "policies"], client=client, sleep=lambda _: None)
    write_folder(answers, tmp_path / "evidence")
    model = at()
    model.set_evidence_path(f"'{tmp_path / 'evidence'}'")
    model.read_evidence()
    assert is_proven(model)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    """And what was known stays."""
    model = at()
    model.set_evidence_path(str(tmp_path / "nothing"))
    with pytest.raises(EvidenceError):
        model.read_evidence()
    assert model.sign_in_diagnosis is not None


def test_an_empty_path_is_a_sentence() -> None:
    """Enter pressed too early."""
    with pytest.raises(EvidenceError, match="Enter the path of the folder"):
        at().read_evidence()


def test_it_can_all_be_forgotten() -> None:
    """The verdict is the recording's own again."""
    model = at()
    model.ask_account()
    model.forget_extra()
    assert (False, True) == (is_proven(model), model.extra.is_empty)


def test_the_permissions_are_shown_for_this_very_role() -> None:
    """Ready for whoever grants them."""
    html = next_steps.next_steps(at())
    (pair,) = SIGN_IN.roles
    assert (True, True) == ("iam:GetRole" in html, str(pair.role) in html)


# --- metadata ---


def test_metadata_lets_the_signature_be_verified() -> None:
    """The signer is compared with the identity provider's own certificates."""
    model = at(of=signed.xml("samlp"))
    before = "signature-invalid" in lacks(model, MissingInput.METADATA)
    model.receive_metadata(
        "metadata.xml",
        io.BytesIO(signed.metadata_xml(signed.ISSUERS["samlp"], signed.certificate_of("samlp")).encode()),
    )
    assert (True, False) == (before, "signature-invalid" in lacks(model, MissingInput.METADATA))


def test_the_same_provider_s_metadata_is_replaced() -> None:
    """A second try does not stand beside the first one."""
    model = at(of=signed.xml("samlp"))
    for _ in range(2):
        model.receive_metadata(
            "metadata.xml",
            io.BytesIO(signed.metadata_xml(signed.ISSUERS["samlp"], signed.certificate_of("samlp")).encode()),
        )
    assert 1 == len(model.extra.metadata)


def test_something_else_than_metadata_is_a_sentence() -> None:
    """A recording dropped in the wrong place."""
    with pytest.raises(EvidenceError):
        at().receive_metadata("a.har", io.BytesIO(json.dumps({"log": {}}).encode()))


# --- the key ---


def test_a_key_is_asked_for_only_where_something_is_encrypted() -> None:
    """Nobody is to hand over keys for nothing."""
    encrypted = at(of=signed.xml("encrypted-xmlsec-oaep-aes256-gcm"))
    shown = ["The key that decrypts" in next_steps.next_steps(model) for model in (at(), encrypted)]
    assert [False, True] == shown


def test_a_key_opens_the_assertion() -> None:
    """The name can be read now."""
    model = at(of=signed.xml("encrypted-xmlsec-oaep-aes256-gcm"))
    model.set_key_path(str(signed.DATA / "made-up-key.pem"))
    model.read_key()
    assert model.sign_in_diagnosis is not None
    assert model.sign_in_diagnosis.sign_in.role_session_name is not None


def test_what_was_given_is_told_and_the_key_is_not() -> None:
    """Its path is, so that one knows which it was."""
    model = at(of=signed.xml("encrypted-xmlsec-oaep-aes256-gcm"))
    path = signed.DATA / "made-up-key.pem"
    model.set_key_path(str(path))
    model.read_key()
    html = next_steps.next_steps(model)
    secret = path.read_text().splitlines()[5]
    assert (True, False) == ("made-up-key.pem" in html, secret in html + repr(model.extra))
