"""Live calls, made by the real boto3 client to the practice instance: in process, and over HTTP where that matters."""

# ruff: noqa: D103 - the names of tests state the behaviour

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from connect_saml_nb.errors import UserListError
from connect_saml_nb.model.users import User
from connect_saml_nb.training.emulator.base import PracticeServer
from connect_saml_nb.training.emulator.connect import INSTANCE_ID, PracticeInstance, default_instance
from connect_saml_nb.users import Instance, list_instances, list_users

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARN = f"arn:aws:connect:us-west-2:111122223333:instance/{INSTANCE_ID}"
NOW = 1764000000.0
MODIFIED = datetime(2025, 11, 24, 16, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("no_aws_settings")


def practice(count: int, **settings: Any) -> PracticeInstance:
    users = tuple(User(f"agent{n:05}@example.com", last_modified=MODIFIED) for n in range(count))
    return PracticeInstance(users, time=lambda: NOW, **settings)


@pytest.fixture
def served(no_aws_settings: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeInstance]:
    """A practice instance where boto3 finds it by itself, over HTTP."""
    del no_aws_settings  # only the practice instance's reach boto3
    instance = practice(2500)
    with PracticeServer(instance) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CONNECT", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "practice")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "practice")
        yield instance


def refused(instance: PracticeInstance, code: str) -> str:
    """The sentence for an error code of AWS."""
    instance.faults = {"ListUsers": code, "ListInstances": code}
    with pytest.raises(UserListError) as raised:
        list_users(INSTANCE_ID, client=instance.client())
    return str(raised.value)


# --- the list ----------------------------------------------------------------------------------------------


def test_all_pages_are_listed_over_http(served: PracticeInstance) -> None:
    assert list_users(INSTANCE_ID, region="us-west-2").users == served.users


def test_pages_hold_a_thousand(served: PracticeInstance) -> None:
    list_users(INSTANCE_ID, region="us-west-2")
    assert served.calls == ["ListUsers"] * 3


def test_a_list_whose_pages_ran_out_is_complete() -> None:
    assert list_users(INSTANCE_ID, client=practice(1001).client()).complete


def test_the_list_tells_instance_region_and_account() -> None:
    users = list_users(INSTANCE_ID, client=practice(1).client())
    assert (users.instance_id, users.region, users.account) == (INSTANCE_ID, "us-west-2", "111122223333")


def test_the_list_was_retrieved_when_aws_answered() -> None:
    assert list_users(INSTANCE_ID, client=practice(1).client()).retrieved == MODIFIED


def test_times_are_utc() -> None:
    assert list_users(INSTANCE_ID, client=practice(1).client()).users[0].last_modified == MODIFIED


def test_progress_is_told_after_each_page() -> None:
    told: list[int] = []
    list_users(INSTANCE_ID, client=practice(2500).client(), progress=told.append)
    assert told == [1000, 2000, 2500]


def test_an_arn_tells_the_region(served: PracticeInstance) -> None:
    assert list_users(ARN).region == served.region


def test_an_instance_without_users_is_a_complete_empty_list() -> None:
    users = list_users(INSTANCE_ID, client=practice(0).client())
    assert (len(users), users.complete) == (0, True)


# --- throttling and failures on the way --------------------------------------------------------------------


def test_throttling_is_survived(naps: list[float]) -> None:
    users = list_users(INSTANCE_ID, client=practice(4500, throttle_every=2).client())
    assert (len(users), users.complete, len(naps)) == (4500, True, 4)


def test_endless_throttling_gives_up_after_ten_repeats(naps: list[float]) -> None:
    sentence = refused(practice(1), "ThrottlingException")
    assert ("went on refusing after 10 repeats" in sentence, len(naps)) == (True, 10)


def test_a_failure_on_the_way_raises_and_says_how_many_were_read() -> None:
    instance = practice(3000)

    def break_after(count: int) -> None:
        if count == 2000:
            instance.faults = {"ListUsers": "ExpiredTokenException"}

    with pytest.raises(UserListError, match="2,000 users were read before that; they are dropped"):
        list_users(INSTANCE_ID, client=instance.client(), progress=break_after)


def test_an_error_of_the_progress_callback_is_the_callers_own() -> None:
    def stop(count: int) -> None:
        raise ValueError(count)

    with pytest.raises(ValueError, match="1"):
        list_users(INSTANCE_ID, client=practice(1).client(), progress=stop)


# --- what AWS refuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "AccessDeniedException",
            f"connect:ListUsers is missing on arn:aws:connect:us-west-2:*:instance/{INSTANCE_ID}",
        ),
        ("ResourceNotFoundException", f"There is no Connect instance {INSTANCE_ID} in us-west-2"),
        ("ExpiredTokenException", "The AWS session has expired"),
        ("UnrecognizedClientException", "AWS does not accept these credentials"),
        ("InvalidSignatureException", "the secret key is wrong, or this computer's clock is"),
        ("InvalidParameterException", f"Amazon Connect does not take {INSTANCE_ID} as an instance ID"),
        ("SomethingNewException", "Amazon Connect answered SomethingNewException"),
        ("<b>evil</b> secret", "Amazon Connect answered an error without a name"),
    ],
)
@pytest.mark.slow
def test_an_error_of_aws_becomes_a_sentence(code: str, words: str) -> None:
    assert words in refused(practice(1), code)


def test_an_internal_error_asks_to_try_again(naps: list[float]) -> None:
    assert ("had an internal error" in refused(practice(1), "InternalServiceException"), len(naps)) == (True, 10)


def test_the_text_of_an_aws_error_is_not_repeated() -> None:
    assert "assumed-role" not in refused(practice(1), "AccessDeniedException")


def test_nothing_of_boto3s_error_hangs_on_ours() -> None:
    with pytest.raises(UserListError) as raised:
        list_users("nope", client=practice(1).client())
    assert raised.value.__suppress_context__


def test_another_instance_id_is_not_found() -> None:
    with pytest.raises(UserListError, match="There is no Connect instance 1234 in us-west-2"):
        list_users("1234", client=practice(1).client())


@pytest.mark.parametrize("instance_id", ["", "https://x.my.connect.aws", "a b", "../x", "arn:aws:iam::1:role/x"])
def test_what_is_no_instance_id_is_refused_without_a_call(instance_id: str) -> None:
    with pytest.raises(UserListError, match="That is not an instance ID"):
        list_users(instance_id, region="us-west-2")


def test_an_arn_of_another_region_is_refused_without_a_call() -> None:
    with pytest.raises(UserListError, match="ARN is of us-west-2"):
        list_users(ARN, region="eu-west-2")


# --- what boto3 refuses ------------------------------------------------------------------------------------

CONFIG = """
[profile sso]
sso_session = s
sso_account_id = 111122223333
sso_role_name = r
[sso-session s]
sso_region = us-west-2
sso_start_url = https://practice.awsapps.com/start
[profile half]
aws_access_key_id = AKIAPRACTICE
[profile command]
credential_process = practice-no-such-command sekret
[profile chained]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = gone
"""


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (None, "No AWS credentials were found"),
        ("nobody", "There is no AWS profile of that name"),
        ("sso", "Run: aws sso login --profile sso"),
        ("half", "aws configure --profile half"),
        ("command", "A command or file that the AWS settings name"),
        ("chained", "Look at the profile in ~/.aws/config"),
    ],
)
def test_credentials_that_cannot_be_had_become_a_sentence(tmp_path: Path, profile: str | None, words: str) -> None:
    (tmp_path / "config").write_text(CONFIG)
    with pytest.raises(UserListError, match=words):
        list_users(INSTANCE_ID, region="us-west-2", profile=profile)


def test_a_broken_configuration_file_becomes_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile\nsekret")
    with pytest.raises(UserListError, match="The AWS configuration file cannot be read"):
        list_users(INSTANCE_ID, region="us-west-2")


def test_no_region_becomes_a_sentence() -> None:
    with pytest.raises(UserListError, match="No AWS Region is set"):
        list_users(INSTANCE_ID)


@pytest.mark.parametrize("region", ["us west 2", "-x-", "a/b"])
def test_what_is_no_region_becomes_a_sentence(region: str) -> None:
    with pytest.raises(UserListError, match="That is not an AWS Region"):
        list_users(INSTANCE_ID, region=region)


@pytest.mark.usefixtures("served")
def test_an_endpoint_that_is_no_url_becomes_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CONNECT", "nonsense")
    with pytest.raises(UserListError, match="The endpoint that AWS_ENDPOINT_URL"):
        list_users(INSTANCE_ID, region="us-west-2")


@pytest.mark.usefixtures("served")
def test_a_dead_network_gives_up_after_three_attempts(monkeypatch: pytest.MonkeyPatch, naps: list[float]) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CONNECT", "http://127.0.0.1:9")
    with pytest.raises(UserListError, match="could not be reached"):
        list_users(INSTANCE_ID, region="us-west-2")
    assert len(naps) == 2


def test_without_boto3_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(UserListError, match="boto3 is not installed"):
        list_users(INSTANCE_ID, region="us-west-2")


def test_importing_users_imports_no_boto3() -> None:
    code = "import sys, connect_saml_nb.users; sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code


# --- instances ---------------------------------------------------------------------------------------------


def test_instances_are_listed_for_pickers() -> None:
    expected = Instance(
        id=INSTANCE_ID,
        arn=ARN,
        alias="practice-connect",
        management_type="SAML",
        status="ACTIVE",
        region="us-west-2",
        access_url="https://practice-connect.my.connect.aws",
    )
    assert list_instances(client=default_instance().client()) == (expected,)


@pytest.mark.usefixtures("served")
def test_instances_are_listed_over_http() -> None:
    assert [instance.id for instance in list_instances(region="us-west-2")] == [INSTANCE_ID]


def test_denied_instances_name_both_permissions() -> None:
    instance = default_instance(faults={"ListInstances": "AccessDeniedException"})
    with pytest.raises(UserListError, match=r"connect:ListInstances \(and ds:DescribeDirectories\) is missing on \*"):
        list_instances(client=instance.client())
