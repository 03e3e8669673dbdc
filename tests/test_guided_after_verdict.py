"""What can be done with a verdict: what-if, compare, check again, hand over."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest

from connect_saml_nb import saml
from connect_saml_nb.diagnosis import diagnose, unreadable
from connect_saml_nb.errors import CaptureError
from connect_saml_nb.har import read_capture
from connect_saml_nb.notebook.guided import case_pack, next_steps
from connect_saml_nb.notebook.guided.model import GuidedModel, Intake
from connect_saml_nb.notebook.guided.recheck import Change
from connect_saml_nb.samples import sample, samples
from tests import hostile_capture


def at(name: str = "user-case-differs") -> GuidedModel:
    """A page that shows a sample's verdict."""
    model = GuidedModel()
    model.choose_intake(Intake.SAMPLE)
    model.choose_sample(name)
    model.find_cause()
    return model


def file(name: str) -> io.BytesIO:
    """A sample's recording as it is dropped."""
    return io.BytesIO(sample(name).path.read_bytes())


def own(users: str, name: str = "user-case-differs") -> GuidedModel:
    """A page that shows a real recording beside a saved list of usernames."""
    model = GuidedModel()
    model.receive_capture("own.har", file(name))
    model.receive_users("users.txt", io.BytesIO(users.encode()))
    return model


# --- what if ---


def supposed(name: str = "user-case-differs", /, **changes: str) -> tuple[bool | None, str]:
    """Whether Connect would find the user then, and the headline."""
    model = at(name)
    model.suppose(**changes)
    assert model.supposed is not None
    return model.supposed.is_found, model.supposed.headline


def test_the_right_name_would_be_found() -> None:
    """The identity provider sends what Connect has."""
    assert (True, "Amazon Connect would find the user.") == supposed(name="priya.nair@corp.example")


def test_the_user_under_the_sent_name_would_be_found() -> None:
    """The other way: a new user instead of another claim, and the old one is gone."""
    assert supposed(added="Priya.Nair@corp.example", removed="priya.nair@corp.example")[0]


def test_a_second_user_of_almost_the_same_name_would_not_help() -> None:
    """Two that differ in letter case are two profiles."""
    found, headline = supposed(added="Priya.Nair@corp.example")
    assert (False, True) == (found, "more than one profile" in headline)


def test_a_name_that_sts_refuses_is_told() -> None:
    """A display name with a space."""
    assert (False, "AWS or Amazon Connect would not take this name.") == supposed(name="Priya Nair")


def test_an_incomplete_list_can_show_that_a_user_is_there_and_not_that_none_is() -> None:
    """Others exist who are not in it."""
    model = GuidedModel()
    model.receive_capture("own.har", file("user-case-differs"))
    rows = {"UserSummaryList": [{"Username": "a.b@corp.example", "Id": "1", "Arn": ""}], "NextToken": "more"}
    model.receive_users("users.json", io.BytesIO(json.dumps(rows).encode()))
    seen = []
    for name in ("a.b@corp.example", "c.d@corp.example"):
        model.suppose(name=name)
        seen.append(model.supposed.is_found if model.supposed else False)
    assert [True, None] == seen


def test_without_a_list_nothing_is_claimed_about_the_user() -> None:
    """But who would be there can be entered."""
    model = GuidedModel()
    model.receive_capture("own.har", file("user-case-differs"))
    seen = []
    for added in ("", "a.b@corp.example"):
        model.suppose(name="a.b@corp.example", added=added)
        seen.append(model.supposed.is_found if model.supposed else False)
    assert [None, True] == seen


def test_supposing_changes_no_verdict() -> None:
    """What is shown above stays what was recorded."""
    model = at()
    before = model.diagnoses
    model.suppose(name="priya.nair@corp.example")
    assert before == model.diagnoses


def test_supposing_says_where_the_cause_is_another() -> None:
    """No name repairs a role's permission."""
    model = at("federation-denied")
    model.suppose(name="nora.quinn@corp.example")
    assert model.supposed is not None
    assert "is about something else" in model.supposed.note


def test_what_is_supposed_is_marked_as_such() -> None:
    """It must not be read as a finding."""
    model = at()
    model.suppose(name="x.y@corp.example")
    assert "Hypothetical: nothing is changed anywhere." in next_steps.next_steps(model)


def test_nothing_can_be_supposed_without_a_response() -> None:
    """Connect was opened from a bookmark."""
    model = at("session-expired")
    model.suppose(name="x")
    assert (None, True) == (model.supposed, "nothing to suppose" in next_steps.next_steps(model))


def test_another_recording_takes_the_supposition_away() -> None:
    """It was about the other one."""
    model = at()
    model.suppose(name="x.y@corp.example")
    model.choose_sample("signed-in")
    model.find_cause()
    assert (None, None) == (model.supposed, model.supposition.name)


# --- compare ---


def test_the_difference_that_explains_comes_first() -> None:
    """Against the example that works."""
    model = at()
    model.use_good_sample()
    assert model.comparison is not None
    assert model.comparison.differences[0].explains


def test_swapped_recordings_are_put_right() -> None:
    """The one that works can be the one shown."""
    model = at("signed-in")
    model.receive_good("other.har", file("user-case-differs"))
    assert model.comparison is not None
    assert ("signed-in", "user-case-differs") == (model.comparison.good.verdict, model.comparison.bad.verdict)


def test_a_comparison_with_what_cannot_be_read_says_so() -> None:
    """And nothing breaks."""
    model = at()
    model.receive_good("photo.png", io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(100)))
    assert model.comparison is not None
    assert "GOOD could not be read" in next_steps.comparison_panel(model.comparison)


# --- check again ---


def test_a_second_recording_that_works_ends_the_case() -> None:
    """The cause is fixed."""
    model = at("signed-in")
    model.receive_again("second.har", file("signed-in"))
    assert model.recheck is not None
    assert Change.GONE is model.recheck.change


def test_the_same_cause_in_a_second_recording_is_told() -> None:
    """The fix did not help."""
    model = at()
    model.receive_again("second.har", file("user-case-differs"))
    assert model.recheck is not None
    assert Change.STAYS is model.recheck.change


def test_a_second_recording_of_another_person_does_not_end_the_case() -> None:
    """Somebody else can sign in: that says nothing about this person."""
    model = at()
    model.receive_again("second.har", file("signed-in"))
    assert model.recheck is not None
    assert (Change.OPEN, True) == (model.recheck.change, "is it the same person?" in str(model.recheck.why))


def test_another_cause_in_a_second_recording_is_told() -> None:
    """One problem hid the next."""
    model = own("nora.quinn@corp.example\nany.one@corp.example", "user-missing")
    model.receive_again("second.har", file("federation-denied"))
    assert model.recheck is not None
    assert Change.OTHER is model.recheck.change


def test_a_newer_list_that_holds_the_user_ends_the_case() -> None:
    """The user was created after the recording."""
    model = own("priya.nair@corp.example\nany.one@corp.example")
    model.receive_users("users.txt", io.BytesIO(b"Priya.Nair@corp.example\nany.one@corp.example\n"))
    assert model.recheck is not None
    assert (Change.GONE, True) == (model.recheck.change, "sign in again" in str(model.recheck.why))


def test_a_newer_list_without_the_user_is_told() -> None:
    """Nothing changed."""
    model = own("priya.nair@corp.example\nany.one@corp.example")
    model.receive_users("users.txt", io.BytesIO(b"priya.nair@corp.example\nany.two@corp.example\n"))
    assert model.recheck is not None
    assert Change.STAYS is model.recheck.change


def test_the_first_list_is_no_check_again() -> None:
    """There was nothing to check before it."""
    assert None is own("priya.nair@corp.example").recheck


def test_there_is_nothing_to_check_again_before_a_cause() -> None:
    """A sentence instead of a fault."""
    with pytest.raises(CaptureError, match="Find the cause in the first recording"):
        GuidedModel().receive_again("second.har", file("signed-in"))


# --- hand over ---


def packed(model: GuidedModel) -> dict[str, str]:
    """The files of the case pack."""
    with zipfile.ZipFile(io.BytesIO(model.case_pack()[1])) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_case_pack_holds_report_json_and_commands() -> None:
    """Ready for a ticket."""
    assert ["recording.redacted.har", "report.html", "diagnosis.json", "commands.txt", "README.txt"] == list(
        packed(at("federation-denied"))
    )


def test_the_commands_of_a_case_pack_are_those_of_the_verdict() -> None:
    """With who does what before them."""
    text = packed(at("federation-denied"))["commands.txt"]
    assert (True, True) == ("connect:GetFederationToken" in text, "# AWS admin: " in text)


def test_the_report_of_a_case_pack_asks_nothing_of_the_network() -> None:
    """It is opened on another machine, with a policy that forbids it; and it shows the picture."""
    html = packed(at())["report.html"]
    assert (True, True, False) == ("default-src 'none'" in html, "<svg" in html, "<script" in html)


@pytest.mark.parametrize("name", [s.name for s in samples()])
def test_a_case_pack_holds_no_credential(name: str) -> None:
    """No cookie of the recording, and no signature with which a response could be used."""
    har = json.loads(sample(name).path.read_text())
    entries = har["log"]["entries"]
    pairs = [p for e in entries for p in (*e["request"].get("cookies", ()), *e["response"].get("cookies", ()))]
    messages = saml.find_messages(read_capture(sample(name).path))
    signatures = [t for m in messages for t in re.findall(r"SignatureValue>([^<]+)<", m.xml.decode())]
    secrets = [p["value"] for p in pairs if len(p["value"]) > 15] + [t[20:80] for t in signatures]
    text = "".join(packed(at(name)).values())
    assert [] == [s for s in secrets if s in text]


def test_the_response_goes_into_a_case_pack_only_when_it_was_asked_for() -> None:
    """With its warning in the README."""
    model = at()
    model.choose_contents("responses", is_wanted=True)
    files = packed(model)
    assert (True, True) == ("<saml" in files["response-1.xml"], "Treat them like passwords" in files["README.txt"])


def test_the_recording_in_a_case_pack_gives_the_same_verdict() -> None:
    """Whoever gets the ticket can diagnose it again, without the secrets."""
    model = at()
    text = packed(model)["recording.redacted.har"]
    assert model.diagnosis is not None
    assert model.diagnosis.verdict == diagnose(text.encode(), model.lists).verdict


def test_a_case_pack_without_the_recording_needs_no_redaction() -> None:
    """Only the diagnosis is handed over."""
    model = at()
    model.choose_contents("recording", is_wanted=False)
    assert ["report.html", "diagnosis.json", "commands.txt", "README.txt"] == list(packed(model))


def test_a_case_pack_with_made_up_names_holds_no_real_one() -> None:
    """In no file, nor in the names of the files; the users go along under theirs."""
    model = at()
    model.choose_contents("responses", is_wanted=True)
    model.choose_contents("pseudonyms", is_wanted=True)
    files = packed(model)
    said = "".join((model.case_pack()[0], *files, *files.values())).casefold()
    assert ([], True) == ([n for n in ("priya", "nair", "corp.example") if n in said], "users-1.json" in files)


def test_made_up_names_keep_the_verdict() -> None:
    """The report of the pack says what the page says."""
    model = at()
    model.choose_contents("pseudonyms", is_wanted=True)
    assert json.loads(packed(model)["diagnosis.json"])["captures"][0]["verdict"] == "user-case-differs"


def test_the_redacted_recording_alone_can_be_saved() -> None:
    """For a ticket that takes one file."""
    name, content = at().redacted_recording()
    assert ("user-case-differs.redacted.har", True) == (
        name,
        diagnose(content, at().lists).verdict == "user-case-differs",
    )


def test_that_choice_does_not_outlive_its_sign_in() -> None:
    """The next case pack is without it."""
    model = at()
    model.choose_contents("responses", is_wanted=True)
    model.choose_sample("user-missing")
    model.find_cause()
    assert "response-1.xml" not in packed(model)


def test_a_hostile_recording_gives_a_harmless_case_pack() -> None:
    """Payloads in every field, and in the file's name."""
    model = GuidedModel()
    model.receive_capture(hostile_capture.payload("file"), io.BytesIO(hostile_capture.capture()))
    name, files = model.case_pack()[0], packed(model)
    assert (True, False) == (name.isascii() and "/" not in name and "<" not in name, "<script" in files["report.html"])


def test_there_is_no_case_pack_before_a_cause() -> None:
    """A sentence instead of an empty zip."""
    with pytest.raises(CaptureError, match="nothing to hand over yet"):
        GuidedModel().case_pack()


def test_the_reply_after_a_fix_says_how_to_try_again() -> None:
    """In words for the person who signs in."""
    diagnosis = at().sign_in_diagnosis
    assert diagnosis is not None
    assert "open Amazon Connect from there" in case_pack.reply_text(diagnosis)


def test_the_reply_claims_no_cause_where_none_was_found() -> None:
    """Without a list of users, for example."""
    model = GuidedModel()
    model.receive_capture("own.har", file("user-case-differs"))
    assert model.sign_in_diagnosis is not None
    assert "does not show yet why" in case_pack.reply_text(model.sign_in_diagnosis)


def test_made_up_names_need_a_recording_that_was_read() -> None:
    """The file's name and what was found wrong may name a person: there is no pack rather than one with real names."""
    with pytest.raises(CaptureError, match="could not be read"):
        case_pack.packed(
            unreadable("anna.berg.har", "anna.berg.har: it is no capture."), case_pack.Contents(pseudonyms=True)
        )
