"""The commands `evidence collect`, `permissions` and `diagnose --evidence`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from account_world import PROVIDER_ARN, ROLE_ARN, instance, trust

from connect_saml_nb import __main__ as command_line
from connect_saml_nb import diagnose
from connect_saml_nb.evidence import read_folder
from connect_saml_nb.training.emulator.account import PracticeAccount, PracticeProvider, PracticeRole
from connect_saml_nb.training.emulator.base import PracticeServer

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = str(Path(__file__).parent.parent / "data" / "samples" / "federation-denied.har")
SIGN_IN = diagnose(SAMPLE).sign_ins[0].sign_in
PARTS = ("instance", "role", "simulation", "provider", "providers")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, no_aws_settings: None) -> Iterator[PracticeAccount]:
    """The account of the sample's sign-in, where boto3 finds it by itself, over HTTP."""
    del no_aws_settings  # only the practice account's reach boto3
    (pair,) = SIGN_IN.roles
    role, provider = str(pair.role), str(pair.provider)
    name = role.rpartition("/")[2]
    made = PracticeAccount(
        instances=(instance(instance_id=SIGN_IN.instance_id, region=SIGN_IN.region),),
        roles=(PracticeRole(name, trust(Principal={"Federated": provider})),),
        providers=(PracticeProvider(provider.rpartition("/")[2]),),
        account=role.split(":")[4],
    )
    with PracticeServer(made) as url:
        settings = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "practice",
            "AWS_SECRET_ACCESS_KEY": "practice",
        }
        for key, value in settings.items():
            monkeypatch.setenv(key, value)
        yield made


def run(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    """Exit status, result and what was said beside it."""
    status = command_line.main(arguments)
    out, err = capsysbinary.readouterr()
    return status, out.decode(), err.decode()


def collected(capsysbinary: pytest.CaptureFixture[bytes], folder: Path, *options: str) -> tuple[int, str, str]:
    """Collect the parts for the sample."""
    return run(capsysbinary, "evidence", "collect", SAMPLE, "--output", str(folder), "--parts", *PARTS, *options)


@pytest.mark.usefixtures("world")
def test_the_capture_says_what_to_ask(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Role, provider and instance of the sign-in, without any other option."""
    status, _, _ = collected(capsysbinary, tmp_path / "evidence")
    found = read_folder(tmp_path / "evidence")
    told = ([r.arn for r in found.roles], found.provider_arns, [i.id for i in found.instances])
    assert (status, told) == (0, ([SIGN_IN.roles[0].role], (SIGN_IN.roles[0].provider,), [SIGN_IN.instance_id]))


def test_what_was_refused_is_said_and_has_a_status(
    world: PracticeAccount, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The rest is written all the same."""
    world.faults = {"GetRole": "AccessDenied"}
    status, _, said = collected(capsysbinary, tmp_path / "evidence")
    assert (
        status,
        "the permission iam:GetRole is missing" in said,
        len(read_folder(tmp_path / "evidence").instances),
    ) == (
        *(3, True),
        1,
    )


@pytest.mark.usefixtures("world")
def test_the_diagnosis_uses_the_folder(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The simulation explains what AWS's page only calls denied."""
    collected(capsysbinary, tmp_path / "evidence")
    _, out, _ = run(capsysbinary, "diagnose", SAMPLE, "--evidence", str(tmp_path / "evidence"), "--format", "json")
    (sign_in,) = json.loads(out)["captures"][0]["sign_ins"]
    assert (
        sign_in["verdict"],
        "no policy of the role allows it" in sign_in["summary"],
        "not-saml-instance" in sign_in["passed"],
    ) == (
        *("federation-denied", True),
        True,
    )


def test_a_capture_without_a_sign_in_asks_nothing(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """And says so."""
    (tmp_path / "x.har").write_text('{"log": {"entries": []}}')
    status, _, said = run(capsysbinary, "evidence", "collect", str(tmp_path / "x.har"), "--output", str(tmp_path / "e"))
    assert (status, "no sign-in to ask the AWS account about" in said) == (3, True)


def test_a_folder_that_is_none_is_told(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Before any capture is judged."""
    status, _, said = run(capsysbinary, "diagnose", SAMPLE, "--evidence", str(tmp_path / "none"))
    assert (status, "cannot be read" in said) == (3, True)


def test_files_that_were_left_out_are_told(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """On the error output."""
    (tmp_path / "a.json").write_text(json.dumps({"SAMLProviderList": [{"Arn": PROVIDER_ARN}]}))
    (tmp_path / "b.txt").write_text("hello")
    assert "b.txt is left out" in run(capsysbinary, "diagnose", SAMPLE, "--evidence", str(tmp_path))[2]


def test_permissions_prints_the_policy_of_the_parts(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Filled in where the values are given."""
    status, out, _ = run(capsysbinary, "permissions", "role", "--role", ROLE_ARN)
    statement = {"Sid": "ConnectSamlRole", "Effect": "Allow", "Action": ["iam:GetRole"], "Resource": ROLE_ARN}
    assert (status, json.loads(out)) == (0, {"Version": "2012-10-17", "Statement": [statement]})


def test_permissions_lists_its_parts(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """To choose from."""
    assert run(capsysbinary, "permissions", "--help-parts")[1].split()[:3] == ["list-users", "instance", "instances"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["permissions", "everything"],
        ["permissions", "--role", "a b"],
        ["evidence"],
        ["evidence", "collect"],
        ["evidence", "collect", SAMPLE, "--output", "x", "--parts", "all"],
    ],
)
def test_wrong_usage_has_its_status(arguments: list[str]) -> None:
    """2, as for every command."""
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)
    assert ended.value.code == 2
