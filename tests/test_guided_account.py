"""The AWS account as the source of users: nothing before a click, everything that was asked is told."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from connect_saml_nb.errors import UserListError
from connect_saml_nb.notebook import users_panel
from connect_saml_nb.notebook.aws_account import Account
from connect_saml_nb.notebook.guided.model import GuidedModel
from connect_saml_nb.notebook.users_panel import UsersFrom
from connect_saml_nb.samples import sample
from connect_saml_nb.training.emulator.connect import practice_instance
from connect_saml_nb.users import Instance, aws_profiles, connect_regions, list_instances, list_users

if TYPE_CHECKING:
    from pathlib import Path

    from connect_saml_nb.model.users import Users

INSTANCE = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@cache
def practice_client() -> Any:
    """The real client of the practice instance; making one takes a while."""
    return practice_instance().client()


def account(**settings: object) -> Account:
    """An account that holds the practice instance, asked through the real client."""
    client = practice_client()

    def ask_users(instance_id: str, *, progress: object = None, **_: object) -> Users:
        return list_users(instance_id, client=client, progress=progress)  # type: ignore[arg-type]

    def ask_instances(**_: object) -> tuple[Instance, ...]:
        return list_instances(client=client)

    choices = {"find_profiles": lambda: ("prod", "test"), "find_regions": lambda: ("us-west-2",)}
    given = {"ask_users": ask_users, "ask_instances": ask_instances, "clock": Clock(), **choices, **settings}
    return Account(**given)  # type: ignore[arg-type]


def at_aws(**settings: object) -> GuidedModel:
    """A page with a recording, at the choice of AWS."""
    model = GuidedModel(account=account(**settings))
    model.receive_capture("own.har", io.BytesIO(sample("user-case-differs").path.read_bytes()))
    model.choose_users(UsersFrom.AWS)
    return model


def test_choosing_aws_reads_the_settings_and_asks_nothing() -> None:
    """Profiles and Regions are there to choose from; AWS knows of nothing."""
    model = at_aws()
    assert (("prod", "test"), []) == (model.account.profiles, model.account.calls)


def test_the_settings_are_not_read_before_aws_is_chosen() -> None:
    """A person who has a saved list has no AWS settings."""
    read: list[object] = []
    model = GuidedModel(account=account(find_profiles=lambda: read.append(1) or ("x",)))
    model.choose_users(UsersFrom.FILE)
    assert [] == read


def test_the_only_instance_is_chosen_by_itself() -> None:
    """With its Region."""
    model = GuidedModel(account=account())
    model.account.list_instances()
    assert (INSTANCE, "us-west-2") == (model.account.instance_id, model.account.region)


def test_instances_are_listed_by_their_alias() -> None:
    """People know the alias, not the ID."""
    model = at_aws()
    model.account.list_instances()
    assert "practice-connect (" in users_panel.users_panel(model)


def test_an_instance_without_saml_is_told() -> None:
    """Nobody can sign in to it this way."""
    local = Instance("i", "arn", "local", "CONNECT_MANAGED", "ACTIVE", "us-west-2", "")
    model = at_aws(ask_instances=lambda **_: (local,))
    model.account.list_instances()
    assert "does not use SAML but CONNECT_MANAGED" in users_panel.users_panel(model)


def test_another_profile_takes_the_listed_instances_away() -> None:
    """They are another account's."""
    model = at_aws()
    model.account.list_instances()
    model.account.set_profile("test")
    assert None is model.account.instances


def test_each_question_is_listed_with_its_answer() -> None:
    """The person can tell the account's owner what was asked."""
    model = at_aws()
    model.account.list_instances()
    model.ask_aws()
    expected = [("connect:ListInstances", "1 instance"), ("connect:ListUsers", "148 users in 1 request")]
    assert expected == [(c.operation, c.answer) for c in model.account.calls]


def test_a_refused_question_is_listed_too() -> None:
    """CloudTrail shows it, so this does."""

    def refused(*_: object, **__: object) -> Users:
        raise UserListError("AWS denies the request.")

    model = at_aws(ask_users=refused)
    with pytest.raises(UserListError):
        model.ask_aws()
    assert ["refused: AWS denies the request."] == [c.answer for c in model.account.calls]


def test_the_list_is_kept_with_its_age() -> None:
    """It is not asked again by itself, and the person sees how old it is."""
    model = at_aws()
    model.ask_aws()
    model.account.clock.now += timedelta(minutes=7)  # type: ignore[attr-defined]
    model.choose_users(UsersFrom.NONE)
    model.choose_users(UsersFrom.AWS)
    shown = users_panel.users_panel(model)
    assert (1, True) == (len(model.account.calls), "(asked 7 minutes ago)" in shown)


def test_a_second_page_of_one_session_has_the_list_already() -> None:
    """Running the cell again does not ask again."""
    first = at_aws()
    first.ask_aws()
    second = GuidedModel(account=first.account)
    second.choose_users(UsersFrom.AWS)
    assert [148] == [len(users) for users in second.lists]


def test_asking_again_takes_the_place_of_the_older_list() -> None:
    """One list for each instance."""
    model = at_aws()
    model.ask_aws()
    model.ask_aws()
    assert (2, 1) == (len(model.account.calls), len(model.account.lists))


def test_profiles_come_from_the_settings_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sorted; nothing is sent."""
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-west-2\n[profile prod]\nregion = us-west-2\n[profile a]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert ("a", "default", "prod") == aws_profiles()


def test_settings_that_cannot_be_read_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file's name and no line of it."""
    config = tmp_path / "config"
    config.write_text("[profile\nsecret = s3cr3t")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(UserListError, match="AWS configuration file cannot be read"):
        aws_profiles()


def test_the_regions_of_connect_are_known() -> None:
    """Those of the AWS library."""
    assert {"us-east-1", "us-west-2", "eu-west-2"} <= set(connect_regions())
