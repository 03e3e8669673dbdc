"""The guided notebook's decisions, without any widget."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from connect_saml_nb.errors import UserListError
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.notebook.guided.model import Place
from connect_saml_nb.notebook.guided.view import Account, GuidedModel, Intake, UsersFrom
from connect_saml_nb.samples import sample, samples
from connect_saml_nb.training.emulator.connect import practice_instance
from connect_saml_nb.users import list_users

if TYPE_CHECKING:
    from pathlib import Path

NO_LIST = "Step 2: give the saved list of users, or choose to go on without a list."


def verdicts(model: GuidedModel) -> list[str]:
    """The verdict of each sign-in that the model shows."""
    return [j.verdict for d in model.diagnoses for j in d.sign_ins]


def at_sample(name: str = "user-case-differs") -> GuidedModel:
    """A model with one of the samples chosen."""
    model = GuidedModel()
    model.choose_intake(Intake.SAMPLE)
    model.choose_sample(name)
    return model


def given(name: str = "user-case-differs", **settings: object) -> GuidedModel:
    """A model that was given a sample's bytes as a person's own recording."""
    model = GuidedModel(**settings)  # type: ignore[arg-type]
    model.receive_capture("own.har", io.BytesIO(sample(name).path.read_bytes()))
    return model


def practice_account(*args: object, **options: object) -> Users:
    """The practice instance in the place of AWS."""
    options.pop("profile")
    options.pop("region")
    return list_users(*args, client=practice_instance().client(), **options)  # type: ignore[arg-type]


# --- the samples ---


@pytest.mark.parametrize("name", [s.name for s in samples()])
def test_a_sample_gets_its_known_verdicts(name: str) -> None:
    """The first thing that people try comes out as the index says."""
    model = at_sample(name)
    model.find_cause()
    assert list(sample(name).verdicts) == verdicts(model)


def test_another_sample_takes_the_shown_verdict_away() -> None:
    """No verdict stands below a recording that it is not of."""
    model = at_sample()
    model.find_cause()
    model.choose_sample("signed-in")
    assert () == model.diagnoses


def test_practice_users_are_not_offered_for_a_real_recording() -> None:
    """Made-up users must never judge a real person."""
    assert (UsersFrom.NONE, UsersFrom.AWS, UsersFrom.FILE) == GuidedModel().users_sources


def test_a_package_without_samples_still_works() -> None:
    """A person's own recording needs none."""
    model = GuidedModel(())
    model.choose_intake(Intake.SAMPLE)
    assert ("Step 1: there are no bundled examples here.",) == model.blockers


# --- the recording ---


def test_nothing_is_read_before_there_is_a_recording() -> None:
    """The first screen says what to do."""
    model = GuidedModel()
    model.find_cause()
    assert ((), ("Step 1: drop or choose the recording, or paste a SAML response.",)) == (
        model.diagnoses,
        model.blockers,
    )


def test_a_dropped_recording_is_judged_at_once() -> None:
    """Without a list of users, the verdict says that the name was not checked."""
    assert ["user-not-checked"] == verdicts(given())


def test_a_path_is_read_as_people_paste_it() -> None:
    """'Copy as path' in Windows puts quotes around it."""
    model = GuidedModel()
    model.choose_intake(Intake.PATH)
    model.set_path(f' "{sample("session-expired").path}" ')
    model.find_cause()
    assert ["session-expired"] == verdicts(model)


def test_a_path_that_leads_nowhere_gives_a_sentence() -> None:
    """What cannot be read is a result with a problem, not an exception."""
    model = GuidedModel()
    model.choose_intake(Intake.PATH)
    model.set_path("no-such-folder/saml.har")
    model.find_cause()
    assert ["There is no file no-such-folder/saml.har: check the path."] == [d.problem for d in model.diagnoses]


def test_recordings_on_the_server_can_be_chosen(tmp_path: Path) -> None:
    """Those in the folder of the path, and nothing else of it."""
    for name in ("a.har", "b.HAR", "c.har.gz", "d.zip", "notes.txt", ".env"):
        (tmp_path / name).write_text("{}")
    model = GuidedModel()
    model.set_path(str(tmp_path))
    expected = {str(tmp_path / name) for name in ("a.har", "b.HAR", "c.har.gz", "d.zip")}
    assert expected == set(model.server_files)


@pytest.mark.parametrize("path", ["/no/such/folder/x.har", "no\0where/x", "x" * 5000 + "/x"])
def test_a_folder_that_cannot_be_looked_into_offers_nothing(path: str) -> None:
    """Whatever is typed."""
    model = GuidedModel()
    model.set_path(path)
    assert () == model.server_files


def test_several_recordings_at_once_are_all_there() -> None:
    """Dropped together, judged together, the worst one shown."""
    model = given("signed-in")
    file = io.BytesIO(sample("federation-denied").path.read_bytes())
    model.receive_capture("second.har", file, is_added=True)
    assert (["signed-in", "federation-denied"], (1, 0)) == (verdicts(model), model.chosen)


def test_an_empty_path_is_named_as_missing() -> None:
    """The button tells what it waits for."""
    model = GuidedModel()
    model.choose_intake(Intake.PATH)
    assert ("Step 1: enter the path of the recording.",) == model.blockers


def test_a_file_that_is_no_recording_gives_a_sentence() -> None:
    """A photograph, for example."""
    model = GuidedModel()
    model.receive_capture("photo.png", io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(100)))
    assert [(None, True)] == [(d.verdict, bool(d.problem)) for d in model.diagnoses]


def test_a_pasted_response_is_judged() -> None:
    """People copy the SAML response out of a tool."""
    entry = sample("user-case-differs").open().entries
    post = next(e.post_data for e in entry if e.post_data and "SAMLResponse" in (e.post_data.text or ""))
    model = GuidedModel()
    model.receive_capture("pasted text", io.BytesIO((post.text or "").encode()))
    assert ["Priya.Nair@corp.example"] == [j.sign_in.role_session_name for j in model.diagnoses[0].sign_ins]


def test_the_worst_sign_in_of_several_is_shown_first(tmp_path: Path) -> None:
    """A zip of recordings opens at the one that failed."""
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("signed-in", "federation-denied"):
            file.write(sample(name).path, f"{name}.har")
        file.writestr("broken.har", "no recording")
    model = GuidedModel()
    model.receive_capture("all.zip", io.BytesIO(archive.read_bytes()))
    assert "federation-denied" == model.diagnoses[model.chosen[0]].sign_ins[model.chosen[1]].verdict


def test_another_sign_in_can_be_picked() -> None:
    """The place is CAPTURE:SIGN-IN."""
    model = given()
    model.chosen = (0, 5)
    model.pick(Place(0, 0))
    assert (0, 0) == model.chosen


def test_an_archive_of_very_many_recordings_says_what_it_leaves_out(tmp_path: Path) -> None:
    """Nothing is lost silently."""
    archive = tmp_path / "many.zip"
    text = sample("session-expired").path.read_text()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(103):
            file.writestr(f"{number:03}.har", text)
    model = GuidedModel()
    model.receive_capture("many.zip", io.BytesIO(archive.read_bytes()))
    assert "Only the first 100 captures of this archive are shown here." == model.diagnoses[-1].problem


# --- the users ---


def test_a_saved_list_changes_the_verdict_at_once(tmp_path: Path) -> None:
    """The person does not click again."""
    path = tmp_path / "users.txt"
    path.write_text("priya.nair@corp.example\nlee.chen@corp.example\n")
    model = given()
    model.set_users_path(str(path))
    model.read_users()
    assert ["user-case-differs"] == verdicts(model)


def test_a_dropped_list_is_used() -> None:
    """It becomes the chosen source of users."""
    model = given()
    model.receive_users("users.txt", io.BytesIO(b"some.one@corp.example\nany.one@corp.example\n"))
    assert (["user-missing"], UsersFrom.FILE) == (verdicts(model), model.users_from)


def test_a_list_that_is_none_leaves_everything_as_it_was() -> None:
    """The sentence says what is wrong; the verdict stays."""
    model = given()
    with pytest.raises(UserListError):
        model.receive_users("users.json", io.BytesIO(b'{"log": {"entries": []}}'))
    assert (["user-not-checked"], ()) == (verdicts(model), model.saved)


def test_reading_a_list_without_a_path_says_so() -> None:
    """No empty path reaches the disk."""
    with pytest.raises(UserListError, match="Enter the path"):
        GuidedModel().read_users()


def test_a_source_that_has_no_list_yet_is_named_as_missing() -> None:
    """The way on without a list is named too."""
    model = given()
    model.choose_users(UsersFrom.FILE)
    assert (NO_LIST,) == model.blockers


def test_aws_is_not_asked_before_the_person_says_so() -> None:
    """Choosing AWS as the source, and looking for the cause, call nothing."""
    calls: list[object] = []
    model = GuidedModel(account=Account(ask_users=lambda *args, **_: calls.append(args)))  # type: ignore[arg-type,return-value]
    model.receive_capture("own.har", io.BytesIO(sample("user-case-differs").path.read_bytes()))
    model.choose_users(UsersFrom.AWS)
    model.find_cause()
    assert [] == calls


def test_aws_is_asked_for_the_instance_of_the_recording() -> None:
    """The instance ID need not be copied by hand."""
    model = given(account=Account(ask_users=practice_account))
    model.choose_users(UsersFrom.AWS)
    model.ask_aws()
    assert (["user-case-differs"], "us-west-2") == (verdicts(model), model.account.region)


def test_asking_aws_tells_its_progress() -> None:
    """The number of users so far."""
    seen: list[int] = []
    model = given(account=Account(ask_users=practice_account))
    model.ask_aws(seen.append)
    assert [len(model.account.lists[0])] == seen


def test_aws_is_not_asked_without_an_instance() -> None:
    """The sentence says where the ID stands."""
    with pytest.raises(UserListError, match="Enter the instance ID"):
        GuidedModel().ask_aws()


def test_empty_aws_settings_mean_the_defaults() -> None:
    """boto3 then takes the Region and the profile of the machine."""
    asked: dict[str, object] = {}

    def ask(instance: str, **options: object) -> Users:
        asked.update(options, instance=instance)
        return Users("AWS", (User("a"),), complete=True)

    model = GuidedModel(account=Account(ask_users=ask))
    model.account.set_instance(" aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee ")
    model.account.set_region(" ")
    model.account.set_profile("")
    model.ask_aws()
    expected = {"instance": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "region": None, "profile": None, "progress": None}
    assert expected == asked


def test_the_suggested_instance_follows_the_recording_but_not_what_was_typed() -> None:
    """A person's own entry is never overwritten."""
    model = given()
    suggested = model.account.instance_id
    model.account.set_instance("mine")
    model.find_cause()
    assert ("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "mine") == (suggested, model.account.instance_id)


def test_users_are_remembered_apart_for_samples_and_for_real_recordings() -> None:
    """Trying an example does not change the list for the real case."""
    model = given()
    model.receive_users("users.txt", io.BytesIO(b"some.one@corp.example\nany.one@corp.example\n"))
    model.choose_intake(Intake.SAMPLE)
    there = model.users_from
    model.choose_intake(Intake.OWN)
    assert (UsersFrom.PRACTICE, UsersFrom.FILE, Intake.OWN) == (there, model.users_from, model.intake)


def test_a_switch_of_the_intake_takes_the_verdict_away() -> None:
    """And the received recording is kept for the way back."""
    model = given()
    model.choose_intake(Intake.PATH)
    model.choose_intake(Intake.OWN)
    gone = model.diagnoses
    model.find_cause()
    assert ((), ["user-not-checked"], "own.har") == (gone, verdicts(model), model.received)
