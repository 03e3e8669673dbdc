"""The bundled samples: their verdicts are those of the index, with the practice users and with the saved list."""

from __future__ import annotations

import runpy
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connect_saml_nb import diagnosis, samples, users
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.training.emulator.connect import practice_instance

if TYPE_CHECKING:
    from connect_saml_nb.samples import Sample

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "data" / "samples"
INDEX = tomllib.loads((FOLDER / "index.toml").read_text())
EVERY = pytest.mark.parametrize("each", samples.samples(), ids=lambda each: each.name)
#: The three messages of AWS's page "Troubleshoot SAML with Amazon Connect".
PAGE_MESSAGES = {
    "Access denied. Your account has been authenticated, but has not been onboarded to this application.",
    "Access denied, Please contact your AWS account administrator for assistance.",
    "Session expired",
}


@EVERY
def test_verdicts_with_the_practice_users_are_those_of_the_index(each: Sample) -> None:
    """The main path: the real AWS client asks the practice instance."""
    found = diagnosis.diagnose(each.path, samples.practice_users())
    assert each.verdicts == tuple(j.verdict for j in found.sign_ins)


@EVERY
def test_verdicts_with_the_saved_list_are_those_of_the_index(each: Sample) -> None:
    """The other path gives the same."""
    found = diagnosis.diagnose(each.path, samples.practice_users())
    assert each.verdicts == tuple(j.verdict for j in found.sign_ins)


@EVERY
def test_names_are_those_of_the_index(each: Sample) -> None:
    """What the sign-ins carry."""
    found = (j.sign_in.role_session_name for j in diagnosis.diagnose(each.path).sign_ins)
    assert each.role_session_names == tuple(name for name in found if name is not None)


@EVERY
def test_the_message_of_the_index_is_what_the_capture_shows(each: Sample) -> None:
    """`""` where nothing was refused."""
    said = diagnosis.diagnose(each.path).sign_ins[-1].sign_in.said_text
    assert each.message.casefold() == (said or "").casefold()


def test_the_three_messages_of_aws_page_have_a_sample_each() -> None:
    """And one more has none, because all is well."""
    assert {*PAGE_MESSAGES, ""} == {each.message for each in samples.samples()}


def test_every_file_of_the_folder_is_in_the_index() -> None:
    """Nothing lies about unexplained."""
    listed = {row["file"] for row in (*INDEX["sample"], *INDEX["user_list"])}
    assert listed | {"index.toml"} == {path.name for path in FOLDER.iterdir()}


@EVERY
def test_a_sample_says_how_it_was_made(each: Sample) -> None:
    """Recorded, or derived and from what."""
    assert (True, True) == (each.made in {"recorded", "derived"}, bool(each.source))


def test_the_derived_sample_is_what_its_script_makes() -> None:
    """Anybody can see what was changed."""
    tool = runpy.run_path(str(ROOT / "tests" / "tools" / "derive_session_expired.py"))
    assert (FOLDER / "session-expired.har").read_text() == tool["derived"]((FOLDER / "signed-in.har").read_text())


@pytest.mark.parametrize("row", INDEX["user_list"], ids=lambda row: row["file"])
def test_a_user_list_is_as_complete_as_the_index_says(row: dict[str, object]) -> None:
    """One whole, one not."""
    assert row["complete"] is users.read_users(FOLDER / str(row["file"])).complete


def test_the_practice_instance_serves_the_bundled_list() -> None:
    """The same people, through the real client."""
    instance = practice_instance()
    assert samples.practice_users().users == users.list_users(instance.arn, client=instance.client()).users


def test_the_practice_list_is_of_the_captures_day() -> None:
    """Its clock does not run, so that ages are the same every day."""
    assert INDEX["practice"]["clock"] == samples.practice_users().retrieved


@pytest.mark.parametrize("name", ["signed-in", "signed-in.har"])
def test_a_sample_is_opened_by_its_name(name: str) -> None:
    """With or without the ending."""
    assert "signed-in.har" == samples.sample(name).open().name


def test_an_unknown_sample_is_refused_with_the_names() -> None:
    """So that the next try works."""
    with pytest.raises(ConnectSamlError, match="signed-in"):
        samples.sample("nothing")


def test_without_its_folder_the_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Part of a checkout copied elsewhere."""
    monkeypatch.setattr(samples, "_FOLDERS", ())
    with pytest.raises(ConnectSamlError, match="install the package again"):
        samples._index.__wrapped__()
