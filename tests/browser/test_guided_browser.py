"""The guided notebook in a real JupyterLab and a real Chromium.

Beside what each test asserts, the `visit` fixture fails it on any request beyond this machine, any complaint on the
console, and any script of a capture that ran.
"""

from __future__ import annotations

import json
import re
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from connect_saml_nb.samples import sample, samples
from tests import hostile_capture

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
#: Clicks 'Cancel' as soon as it is there.
CANCEL_SOON = """
const timer = setInterval(() => {
  const button = [...document.querySelectorAll('.cs-drop button')].find(b => b.textContent === 'Cancel' && !b.hidden);
  if (button) { clearInterval(timer); button.click(); }
}, 5);
"""


def drop(visit: Visit, path: Path, where: str = "Drop the HAR file") -> None:
    """Choose a file where the page asks for one."""
    zone = visit.output.locator(".cs-drop").filter(has_text=where)
    zone.locator("input[type=file]").set_input_files(path)


def large_capture(path: Path, megabytes: int) -> Path:
    """A sample's sign-in among many pictures, as a long recording holds."""
    har = json.loads(sample("user-case-differs").path.read_text())
    entries = har["log"]["entries"]
    body = "iVBORw0KGgoA" * 80_000
    for number in range(megabytes):
        picture = json.loads(json.dumps(entries[0]))
        picture["startedDateTime"] = "2026-11-24T03:21:20.000Z"
        picture["request"]["url"] = f"https://pictures.example/{number}.png"
        picture["response"]["content"] = {"mimeType": "image/png", "encoding": "base64", "text": body}
        entries.append(picture)
    path.write_text(json.dumps(har))
    return path


def test_each_example_leads_to_its_verdict(visit: Visit) -> None:
    """Choose it, click once, read the cause; the next one takes its place."""
    seen = []
    for each in samples():
        visit.example(each.name)
        visit.output.locator(".cs-card").wait_for(state="detached")
        visit.find()
        seen.append(visit.verdict())
    assert [each.verdicts[0] for each in samples()] == seen


def test_a_chosen_file_is_judged_and_then_the_users(visit: Visit, tmp_path: Path) -> None:
    """A person's own recording, first without and then with a saved list."""
    users = tmp_path / "users.txt"
    users.write_text("priya.nair@corp.example\nlee.chen@corp.example\n")
    drop(visit, sample("user-case-differs").path)
    first = visit.verdict()
    visit.choose("A saved list")
    drop(visit, users, "Drop the saved list")
    visit.output.get_by_role("heading", name="capitalized differently").wait_for()
    assert ("user-not-checked", "user-case-differs") == (first, visit.verdict())


def test_several_files_are_taken_one_after_the_other(visit: Visit) -> None:
    """And each can be picked."""
    zone = visit.output.locator(".cs-drop").filter(has_text="Drop the HAR file")
    zone.locator("input[type=file]").set_input_files([sample("signed-in").path, sample("federation-denied").path])
    visit.output.get_by_role("heading", name="2 sign-ins: choose one").wait_for()
    assert "federation-denied" == visit.verdict()


def test_a_pasted_response_is_judged_and_taken_off_the_page(visit: Visit) -> None:
    """It is a credential: the box is empty afterwards."""
    visit.output.get_by_text("Or paste a SAML response (XML").first.click()
    box = visit.output.get_by_role("textbox", name="Or paste a SAML response")
    box.fill(hostile_capture.response_xml("jane.doe@corp.example"))
    visit.output.get_by_role("button", name="Use this text").click()
    visit.output.get_by_role("heading", name="The two names").or_(visit.output.locator(".cs-card")).first.wait_for()
    assert "" == box.input_value()


def test_a_hostile_recording_runs_nothing(visit: Visit, tmp_path: Path) -> None:
    """Payloads stand in every field; the fixture fails if one of them ran or loaded anything."""
    capture, users = tmp_path / "hostile.har", tmp_path / "users.json"
    capture.write_bytes(hostile_capture.capture(sign_ins=3))
    users.write_bytes(hostile_capture.users())
    visit.choose("A saved list")
    drop(visit, users, "Drop the saved list")
    drop(visit, capture)
    visit.output.get_by_role("heading", name="3 sign-ins: choose one").wait_for()
    visit.page.evaluate("document.querySelectorAll('.cs-page details').forEach(part => (part.open = true))")
    visit.page.wait_for_timeout(1000)
    drawn = "svg :not(g, title, text, tspan, line, path, rect, circle), svg [onload], svg [href]"
    assert (0, 0, True) == (
        visit.output.locator("img, script, iframe").count(),
        visit.output.locator(drawn).count(),
        "<script>canary(" in visit.output.locator(".cs-card").inner_text(),
    )


def test_a_saved_notebook_holds_nothing_of_the_recording(visit: Visit, tmp_path: Path) -> None:
    """Saved through JupyterLab with 'Save Widget State Automatically' switched on."""
    path = tmp_path / "canary-name.har"
    path.write_bytes(sample("user-case-differs").path.read_bytes())
    drop(visit, path)
    visit.verdict()
    text = visit.save().casefold()
    canaries = ("priya", "canary-name", "corp.example", "connectagent", "user-not-checked", "aaaaaaaa-bbbb")
    assert ([], True) == ([c for c in canaries if c in text], "widget-state+json" in text)


def test_keys_stay_on_the_page(visit: Visit) -> None:
    """Arrows choose and letters do nothing: JupyterLab's shortcuts would move, add or cut cells."""
    cells = visit.page.locator(".jp-Notebook .jp-Cell").count()
    visit.output.get_by_label(re.compile("^My recording")).focus()
    visit.page.keyboard.press("ArrowDown")
    visit.output.get_by_label("Path of the recording").wait_for()
    visit.output.get_by_role("button", name="Find the cause").focus()
    for key in ("a", "b", "x", "d", "d"):
        visit.page.keyboard.press(key)
    assert cells == visit.page.locator(".jp-Notebook .jp-Cell").count()


def test_the_whole_way_needs_only_the_keyboard(visit: Visit) -> None:
    """Choose an example, go to the button, press Enter; the focus then stands on the card."""
    visit.output.get_by_label(re.compile("^My recording")).focus()
    visit.page.keyboard.press("ArrowUp")
    visit.output.get_by_role("combobox", name="Example").wait_for()
    visit.output.get_by_role("button", name="Find the cause").focus()
    visit.page.keyboard.press("Enter")
    visit.verdict()
    visit.page.wait_for_function("document.activeElement?.dataset?.at === 'verdict'")


def test_a_command_is_copied(visit: Visit) -> None:
    """To the real clipboard."""
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.example("federation-denied")
    visit.find()
    visit.output.get_by_role("button", name="Copy").first.click()
    visit.output.get_by_role("button", name="Copied").wait_for()
    assert "connect:GetFederationToken" in visit.page.evaluate("navigator.clipboard.readText()")


def test_a_path_and_the_enter_key(visit: Visit) -> None:
    """A recording that is already on the server."""
    visit.choose("A file on the server")
    box = visit.output.get_by_label("Path of the recording")
    box.fill(str(sample("federation-denied").path))
    box.press("Enter")
    assert "federation-denied" == visit.verdict()


def test_aws_is_asked_by_clicks_and_what_was_asked_is_listed(fresh_visit: Visit) -> None:
    """Choose the profile, list the instances, ask for the users: the verdict follows."""
    drop(fresh_visit, sample("user-case-differs").path)
    fresh_visit.verdict()
    fresh_visit.choose("Ask AWS")
    fresh_visit.output.get_by_text("Requests sent to AWS so far: none.").wait_for()
    fresh_visit.output.get_by_role("combobox", name="AWS profile").select_option("practice")
    fresh_visit.output.get_by_role("button", name="List my instances").click()
    fresh_visit.output.get_by_role("combobox", name="Instance, by its alias").wait_for()
    fresh_visit.output.get_by_role("button", name="Ask AWS for the users").click()
    fresh_visit.output.get_by_role("heading", name="capitalized differently").wait_for()
    fresh_visit.output.get_by_text("Requests sent to AWS so far: 2").wait_for()
    assert "user-case-differs" == fresh_visit.verdict()


def test_a_refusal_of_aws_is_a_sentence_in_view(visit: Visit) -> None:
    """A click right after typing is not lost; the instance is not there."""
    visit.choose("Ask AWS")
    visit.output.get_by_role("combobox", name="AWS profile").select_option("practice")
    visit.output.get_by_role("textbox", name="Instance ID or ARN").fill("bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee")
    visit.output.get_by_role("button", name="Ask AWS for the users").click()
    alert = visit.output.get_by_role("alert")
    alert.wait_for(timeout=60_000)
    assert "There is no Connect instance" in alert.inner_text()


def test_the_screens_text_helps_before_there_is_a_recording(visit: Visit) -> None:
    """Paste it, press Enter, read the causes; then evidence links lead to the attribute."""
    box = visit.output.get_by_role("textbox", name="Type or paste it here")
    box.fill("Access denied, Please contact your AWS account administrator for assistance.")
    box.press("Enter")
    visit.page.wait_for_function("document.activeElement?.dataset?.at === 'screen'")
    visit.output.locator(".cs-advice").get_by_text("connect:GetFederationToken").first.wait_for()
    visit.example("user-case-differs")
    visit.find()
    visit.verdict()
    visit.output.get_by_role("button", name="attribute RoleSessionName").first.click()
    visit.page.wait_for_function("document.activeElement?.dataset?.at === 'attribute-RoleSessionName'")
    assert 3 == visit.output.locator(".cs-cause").count()


def test_what_if_compare_check_again_and_hand_over(visit: Visit, tmp_path: Path) -> None:
    """Everything that follows a verdict, on one page."""
    visit.example("user-case-differs")
    visit.find()
    visit.verdict()
    visit.output.get_by_role("textbox", name="The name in the response").fill("priya.nair@corp.example")
    visit.output.get_by_text("Amazon Connect would find the user.").wait_for()
    visit.choose("Compare")
    drop(visit, sample("signed-in").path, "Drop a recording of a sign-in that works")
    visit.output.get_by_role("heading", name="What explains user-case-differs").wait_for()
    visit.choose("Check again")
    drop(visit, sample("user-case-differs").path, "Drop the recording of the new sign-in")
    visit.output.get_by_text("The cause is still there.").wait_for()
    visit.choose("Hand over")
    with visit.page.expect_download() as started:
        visit.output.get_by_role("button", name="Download the case pack").click()
    pack = tmp_path / "case.zip"
    started.value.save_as(pack)
    with zipfile.ZipFile(pack) as archive:
        names = {"recording.redacted.har", "report.html", "diagnosis.json", "commands.txt", "README.txt"}
        assert names == set(archive.namelist())


def test_the_app_judges_a_large_recording(app: Visit, tmp_path: Path, record_property: pytest.RecordProperty) -> None:
    """On a stock Voila, whose own limit is 10 MiB; without the token there is only a login."""
    path = large_capture(tmp_path / "large.har", 208)
    started = time.monotonic()
    drop(app, path)
    app.output.locator(".cs-card .cs-over code").first.wait_for(timeout=120_000)
    verdict = app.verdict()
    record_property("seconds_for_200_mb_in_voila", time.monotonic() - started)
    stranger = app.page.context.browser.new_context()  # type: ignore[union-attr]
    stranger_page = stranger.new_page()
    stranger_page.goto(app.page.url.partition("?")[0])
    seen = stranger_page.url
    stranger.close()
    assert ("user-not-checked", True) == (verdict, "/login" in seen)


def test_from_click_to_verdict_is_measured(
    visit: Visit, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    """A 5 MB recording, twice: the first click loads modules. The seconds are told, not judged (pytest -s)."""
    visit.choose("A file on the server")
    visit.output.get_by_label("Path of the recording").fill(str(large_capture(tmp_path / "five.har", 5)))
    took = []
    for _ in range(2):
        started = visit.page.evaluate("performance.now()")
        visit.find()
        visit.page.wait_for_function("document.activeElement?.dataset?.at === 'verdict'")
        took.append((visit.page.evaluate("performance.now()") - started) / 1000)
        visit.output.get_by_role("button", name="Find the cause").focus()
    record_property("seconds_from_click_to_verdict", took)
    print(f"from click to verdict, 5 MB: {took[0]:.2f} s, then {took[1]:.2f} s")
    assert "user-not-checked" == visit.verdict()


def test_a_200_mb_recording_arrives(visit: Visit, tmp_path: Path, record_property: pytest.RecordProperty) -> None:
    """On a stock JupyterLab, whose FileUpload dies above 10 MiB."""
    path = large_capture(tmp_path / "large.har", 208)
    started = time.monotonic()
    drop(visit, path)
    visit.output.get_by_text(re.compile(r"MB received\.")).wait_for(timeout=120_000)
    arrived = time.monotonic() - started
    visit.verdict()
    record_property("seconds_for_200_mb", arrived)
    record_property("seconds_to_its_verdict", time.monotonic() - started)
    assert "user-not-checked" == visit.verdict()


def test_an_upload_can_be_cancelled(visit: Visit, tmp_path: Path) -> None:
    """And another file can be given afterwards."""
    visit.page.evaluate(CANCEL_SOON)
    drop(visit, large_capture(tmp_path / "large.har", 120))
    visit.output.get_by_text("Cancelled: nothing was kept.").wait_for()
    drop(visit, sample("session-expired").path)
    assert "session-expired" == visit.verdict()


def test_a_stopped_kernel_is_told(fresh_visit: Visit) -> None:
    """The page does not wait in silence."""
    fresh_visit.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    drop(fresh_visit, sample("session-expired").path)
    fresh_visit.output.get_by_text("The notebook’s kernel does not answer").wait_for(timeout=90_000)
    fresh_visit.find()
    fresh_visit.output.get_by_role("status").filter(has_text="No answer from the notebook’s kernel yet").wait_for()


def test_it_fits_a_narrow_window(visit: Visit) -> None:
    """700 pixels: nothing reaches beyond the page."""
    visit.page.set_viewport_size({"width": 700, "height": 900})
    visit.choose("An example")
    visit.find()
    visit.verdict()
    wide = "[...document.querySelectorAll('.cs-page')].filter(n => n.scrollWidth > n.clientWidth + 1).length"
    assert 0 == visit.page.evaluate(wide)
