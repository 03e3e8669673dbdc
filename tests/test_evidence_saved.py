"""A folder of saved answers: our own, plain AWS CLI output under any names, and anything that a stranger sends."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from account_world import (
    HOME,
    JSON,
    PROVIDER_ARN,
    ROLE_ARN,
    ROLE_ID,
    account,
    answers,
    connect_event,
    federation,
    instance,
    mutated,
    saml_event,
    trust,
)
from build import INSTANCE, NAME, NOW
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.evidence import PARTS, RawAnswer, read_answers, read_folder, write_folder
from connect_saml_nb.evidence.raw import OPERATIONS
from connect_saml_nb.model.account import Evidence

DATA = Path(__file__).parent / "data" / "evidence"


def saved(folder: Path, *documents: Any, **named: Any) -> Evidence:
    """Evidence of these documents, each in a file whose name says nothing."""
    files = {f"x{number}.json": document for number, document in enumerate(documents)} | named
    for name, document in files.items():
        raw = document if isinstance(document, bytes) else json.dumps(document).encode()
        (folder / name).write_bytes(raw)
    return read_folder(folder)


# --- our own folder ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def live() -> tuple[RawAnswer, ...]:
    """All answers of a good account with a replica, plus refusals and things that are not there."""
    replica = {"SourceRegion": "us-west-2", "GlobalSignInEndpoint": "https://x", "ReplicationStatusSummaryList": []}
    world = account(instances=(instance(replication=replica),))
    good = answers(world, *(part for part in PARTS if part != "instances"))
    world.roles, world.providers, world.faults = (), (), {"LookupEvents": "AccessDeniedException"}
    return (*good, *answers(world, "role", "provider", "cloudtrail"))


def test_a_saved_folder_is_equal_to_the_live_answers(live: tuple[RawAnswer, ...], tmp_path: Path) -> None:
    """A support engineer sees exactly what the account said."""
    write_folder(live, tmp_path / "evidence")
    assert read_folder(tmp_path / "evidence") == read_answers(live, "evidence")


def test_only_the_owner_reads_the_folder(live: tuple[RawAnswer, ...], tmp_path: Path) -> None:
    """It names people and roles."""
    write_folder(live, tmp_path / "evidence")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "evidence").iterdir()}
    assert (modes, stat.S_IMODE((tmp_path / "evidence").stat().st_mode)) == ({0o600}, 0o700)


def test_no_secret_is_in_any_file(live: tuple[RawAnswer, ...], tmp_path: Path) -> None:
    """Not in the README either."""
    write_folder(live, tmp_path / "evidence")
    text = "".join(path.read_text() for path in (tmp_path / "evidence").iterdir())
    assert [w for w in ("ASIA", "secret-", "203.0.113", "Secret-Agent", "assumed-role/Practice") if w in text] == []


def test_the_readme_names_each_file_and_its_command(live: tuple[RawAnswer, ...], tmp_path: Path) -> None:
    """So that a reader can make the same without this tool."""
    write_folder(live, tmp_path / "evidence")
    text = (tmp_path / "evidence" / "README.txt").read_text()
    files = [path.name for path in (tmp_path / "evidence").glob("*.json")]
    lacking = [name for name in files if name not in text]
    assert (lacking, "aws iam get-saml-provider --saml-provider-arn " + PROVIDER_ARN in text) == ([], True)


def test_a_folder_that_holds_something_is_refused(live: tuple[RawAnswer, ...], tmp_path: Path) -> None:
    """Old and new answers would mix."""
    (tmp_path / "old.json").write_text("{}")
    with pytest.raises(EvidenceError, match="is not empty"):
        write_folder(live, tmp_path)


def test_a_path_that_cannot_be_a_folder_is_told(live: tuple[RawAnswer, ...], tmp_path: Path) -> None:
    """In a sentence."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(EvidenceError, match="could not be written"):
        write_folder(live, tmp_path / "file" / "evidence")


# --- AWS CLI output, whatever the files are called ---------------------------------------------------------

ROLE = {"Path": "/", "RoleName": "Agent", "RoleId": ROLE_ID, "Arn": ROLE_ARN, "AssumeRolePolicyDocument": trust()}
ROW = {
    "Id": INSTANCE,
    "Arn": HOME,
    "IdentityManagementType": "SAML",
    "InstanceAlias": "corp",
    "InstanceStatus": "ACTIVE",
}
PROVIDER = {"SAMLMetadataDocument": "<x/>", "SAMLProviderUUID": "SAMLSPX", "ValidUntil": "2126-01-05T00:00:00+00:00"}
RESULT = {"EvalActionName": "connect:GetFederationToken", "EvalResourceName": HOME, "EvalDecision": "allowed"}
CLI: dict[str, Any] = {
    "sts:GetCallerIdentity": {"UserId": "AROAX:me", "Account": "111122223333", "Arn": "arn:aws:sts::111122223333:x"},
    "connect:ListInstances": {"InstanceSummaryList": [ROW]},
    "connect:DescribeInstance": {"Instance": ROW},
    "iam:GetRole": {"Role": ROLE},
    "iam:GetRolePolicy": {"RoleName": "Agent", "PolicyName": "P", "PolicyDocument": federation()},
    "iam:ListAttachedRolePolicies": {
        "AttachedPolicies": [{"PolicyName": "M", "PolicyArn": "arn:aws:iam::aws:policy/M"}]
    },
    "iam:ListRolePolicies": {"PolicyNames": ["P"]},
    "iam:GetPolicy": {"Policy": {"PolicyName": "M", "Arn": "arn:aws:iam::aws:policy/M", "DefaultVersionId": "v1"}},
    "iam:GetPolicyVersion": {"PolicyVersion": {"VersionId": "v1", "Document": federation("*")}},
    "iam:GetSAMLProvider": PROVIDER,
    "iam:ListSAMLProviders": {"SAMLProviderList": [{"Arn": PROVIDER_ARN}]},
    "iam:SimulatePrincipalPolicy": {"EvaluationResults": [RESULT]},
    "connect:SearchUsers": {"Users": [{"Id": "u1", "Username": NAME, "IdentityInfo": {"FirstName": "J"}}]},
    "connect:DescribeUser": {"User": {"Id": "u2", "Username": "joe", "DirectoryUserId": "d"}},
    "cloudtrail:LookupEvents": {
        "Events": [{"EventName": "AssumeRoleWithSAML", "CloudTrailEvent": json.dumps(saml_event())}]
    },
}


def test_every_operation_of_evidence_has_a_shape() -> None:
    """What can be asked live can be read from the AWS CLI's output."""
    assert set(CLI) == {o for operations in OPERATIONS.values() for o in operations} | {"sts:GetCallerIdentity"}


@pytest.mark.parametrize("operation", CLI)
def test_each_answer_is_recognised_by_its_shape(operation: str, tmp_path: Path) -> None:
    """Whatever the file is called; it is evidence, or it belongs to a role that is not there."""
    found = saved(tmp_path, CLI[operation])
    assert [note for note in found.notes if "not recognised" in note or "no JSON" in note] == []


def test_a_folder_of_cli_output_is_read_whole(tmp_path: Path) -> None:
    """Roles, policies, providers, simulations, users, instances and events come together."""
    found = saved(tmp_path, *CLI.values())
    (role,) = found.roles
    told = (
        *(found.accounts, found.regions_searched, found.provider_arns, [u.username for u in found.users]),
        *(role.inline, role.policies_complete, [p.name for p in role.policies], [e.assertion_id for e in found.events]),
        *([s.decision for s in found.simulations], [i.alias for i in found.instances], found.notes),
    )
    assert told == (
        *(("111122223333",), ("us-west-2",), (PROVIDER_ARN,), [NAME, "joe"]),
        *(("P",), True, ["P", "M"], ["_a"]),
        *(["allowed"], ["corp"], ()),
    )


@pytest.mark.parametrize(
    "document",
    [trust(), json.dumps(trust()), quote(json.dumps(trust()), safe="")],
    ids=["parsed", "text", "URL-encoded"],
)
def test_a_policy_document_is_read_in_every_form(document: object, tmp_path: Path) -> None:
    """The AWS CLI parses it, IAM's API URL-encodes it, people paste it."""
    (role,) = saved(tmp_path, {"Role": {**ROLE, "AssumeRolePolicyDocument": document}}).roles
    assert role.trust is not None
    assert (role.trust.problem, role.trust.statements[0].actions) == (None, ("sts:AssumeRoleWithSAML",))


@pytest.mark.parametrize("time", ["2126-01-05T00:00:00+00:00", "2126-01-05T00:00:00Z", 4923244800, 4923244800.0])
def test_times_are_read_in_every_form(time: object, tmp_path: Path) -> None:
    """ISO 8601 (version 2) or seconds since 1970 (version 1, or as configured)."""
    (provider,) = saved(tmp_path, {**PROVIDER, "ValidUntil": time}).providers
    assert provider.valid_until == datetime(2126, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_every_shell_s_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    """Windows PowerShell 5.1 writes UTF-16."""
    assert saved(tmp_path, json.dumps({"Role": ROLE}).encode(encoding)).roles[0].arn == ROLE_ARN


def test_several_answers_in_one_file_are_read(tmp_path: Path) -> None:
    """What `>>` leaves, and a list of answers."""
    raw = json.dumps({"Role": ROLE}) + "\n" + json.dumps([PROVIDER, {"SAMLProviderList": []}])
    found = saved(tmp_path, raw.encode())
    assert (len(found.roles), len(found.providers), found.provider_arns) == (1, 1, ())


def test_an_event_history_file_is_read(tmp_path: Path) -> None:
    """As the CloudTrail console downloads it; STS's own GetFederationToken is not Connect's."""
    other = connect_event(eventSource="sts.amazonaws.com")
    found = saved(tmp_path, {"Records": [saml_event(), connect_event(), other]})
    assert [(e.name, e.role_session_name) for e in found.events] == [
        ("AssumeRoleWithSAML", NAME),
        ("GetFederationToken", NAME),
    ]


def test_an_empty_list_of_instances_does_not_tell_its_region(tmp_path: Path) -> None:
    """So nothing is concluded from it."""
    assert saved(tmp_path, {"InstanceSummaryList": []}).regions_searched == ()


def test_a_list_that_goes_on_is_not_whole(tmp_path: Path) -> None:
    """Saved with --max-items."""
    assert saved(tmp_path, {"InstanceSummaryList": [ROW], "NextToken": "x"}).regions_searched == ()


NO_ROLE = b"\nAn error occurred (NoSuchEntity) when calling the GetRole operation: The role with name Agent cannot be found.\n"


def test_a_saved_error_of_the_cli_is_evidence(tmp_path: Path) -> None:
    """With `2>&1`: IAM says that it has no such role."""
    assert saved(tmp_path, NO_ROLE).roles_missing == ("Agent",)


def test_a_saved_refusal_is_told(tmp_path: Path) -> None:
    """With the action that is missing; the message stays in the file."""
    raw = b"An error occurred (AccessDenied) when calling the GetSAMLProvider operation: User: secret is not authorized"
    (refusal,) = saved(tmp_path, raw).refused
    assert (refusal.part, refusal.action, "secret" in refusal.reason) == ("provider", "iam:GetSAMLProvider", False)


def test_policies_of_an_unknown_role_are_told(tmp_path: Path) -> None:
    """There are two roles, and the list does not say whose it is."""
    other = {**ROLE, "RoleName": "Other", "Arn": ROLE_ARN + "Other"}
    found = saved(tmp_path, {"Role": ROLE}, {"Role": other}, {"PolicyNames": ["P"]})
    assert found.notes == ("x2.json is left out: there is no answer of get-role that it can belong to.",)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"Some": "thing"}, "it is not recognised as an answer"),
        (["a", "b"], "what it holds is not a whole answer (was it saved with --query?)"),
        ({"UserSummaryList": []}, "it is a list of Connect users; give it with --users."),
        (b"", "it is empty"),
        (b"Role  Agent", "it is no JSON (save answers with --output json)."),
        (b'{"Role": ', "it is no JSON"),
        ({"connect-saml-nb": {"schema": "x/9"}}, "written by another version"),
        (b'{"a":' * 100_000, "it is no JSON"),
        (b"[" * 3_000_000, "it has more parts than any answer of AWS"),
    ],
)
def test_a_file_that_is_no_answer_is_told(document: object, words: str, tmp_path: Path) -> None:
    """And costs the others nothing."""
    found = saved(tmp_path, document, role={"Role": ROLE})
    assert (words in found.notes[0], len(found.roles)) == (True, 1)


def test_a_folder_without_any_answer_is_refused(tmp_path: Path) -> None:
    """With how to make one."""
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(EvidenceError, match="connect-saml evidence collect"):
        read_folder(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """In a sentence."""
    with pytest.raises(EvidenceError, match="cannot be read: No such file"):
        read_folder(tmp_path / "none")


def test_a_folder_of_far_too_many_files_is_refused(tmp_path: Path) -> None:
    """Somebody named a wrong folder."""
    for number in range(5001):
        (tmp_path / f"{number}").touch()
    with pytest.raises(EvidenceError, match="5,001 files"):
        read_folder(tmp_path)


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    """A stranger's folder reads no other file and hangs nothing."""
    (tmp_path / "outside.json").write_text(json.dumps(PROVIDER))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.json").symlink_to(tmp_path / "outside.json")
    os.mkfifo(inside / "pipe.json")
    found = saved(inside, {"Role": ROLE})
    assert (found.providers, len(found.notes)) == ((), 2)


def test_a_large_file_costs_only_itself(tmp_path: Path) -> None:
    """Nothing is read that is larger than any answer."""
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(33 << 20)
    assert [r.arn for r in saved(tmp_path, {"Role": ROLE}).roles] == [ROLE_ARN]


def test_recorded_answers_of_another_implementation_are_read() -> None:
    """What moto 5.2.5 gave to boto3 (tests/data/evidence/README.md), saved as the AWS CLI would: an independent check."""
    found = read_folder(DATA / "moto")
    (role,), (provider,), (connect,) = found.roles, found.providers, found.instances
    told = (role.arn, role.policies_complete, [p.name for p in role.policies], role.max_session_duration)
    assert (told, provider.metadata[:7], connect.management_type, found.regions_searched, found.notes) == (
        ("arn:aws:iam::123456789012:role/Agent", True, ["Extra", "ConnectFederation"], 7200),
        *("<Entity", "SAML", ("us-east-1",), ()),
    )


def test_a_saved_error_that_names_nothing_is_told(tmp_path: Path) -> None:
    """It is not known what is not there (moto's words are others than IAM's)."""
    found = saved(tmp_path, (DATA / "moto" / "no-role.txt").read_bytes())
    assert (found.roles_missing, [r.reason for r in found.refused]) == (
        (),
        ["The saved output of iam:GetRole says NoSuchEntity."],
    )


# --- anything ----------------------------------------------------------------------------------------------


@given(st.data(), st.sampled_from(sorted(CLI)))
@settings(max_examples=150, deadline=None)
def test_answers_of_any_content_are_read_without_an_error(data: st.DataObject, operation: str) -> None:
    """Each value may be of any type."""
    body = mutated(CLI[operation], data.draw)
    body = body if isinstance(body, dict) else {"x": body}
    told = data.draw(st.dictionaries(st.sampled_from(["RoleName", "PolicyArn", "EventName", "StartTime"]), JSON))
    found = read_answers([RawAnswer(operation, body, told), RawAnswer("iam:GetRole", {"Role": ROLE})], "x")
    assert isinstance(found, Evidence)


@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_of_any_content_are_evidence_or_a_note(tmp_path: Path, raw: bytes) -> None:
    """Nothing but EvidenceError, and not even that beside a good file."""
    assert saved(tmp_path, raw, role={"Role": ROLE}).roles[0].name == "Agent"


@given(st.dictionaries(st.sampled_from(["operation", "parameters", "region", "time", "error", "problem"]), JSON))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_our_own_part_may_hold_anything(tmp_path: Path, own: dict) -> None:
    """A forged file is a stranger's file."""
    document = {
        "Role": ROLE,
        "connect-saml-nb": {"schema": "connect-saml-nb/evidence/1", "operation": "iam:GetRole", **own},
    }
    assert isinstance(saved(tmp_path, document, role={"Role": ROLE}), Evidence)


def test_a_forged_sentence_shows_no_control_characters(tmp_path: Path) -> None:
    """It is printed on a terminal."""
    own = {
        "schema": "connect-saml-nb/evidence/1",
        "operation": "iam:GetRole",
        "error": "AccessDenied",
        "problem": "a\x1b[2Jb\u202e",
    }
    assert saved(tmp_path, {"connect-saml-nb": own}).refused[0].reason == "a?[2Jb?"


def test_the_evidence_is_as_old_as_its_newest_answer() -> None:
    """By AWS's clock."""
    held = [RawAnswer("iam:GetRole", {"Role": ROLE}, time=NOW), RawAnswer("iam:ListSAMLProviders", {}, time=None)]
    assert read_answers(held, "x").retrieved == NOW
