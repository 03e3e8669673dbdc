"""Whether a recording can be judged, said right after loading; and how a good one is made."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
import recorder

from connect_saml_nb.notebook.guided import recording_help
from connect_saml_nb.notebook.guided.model import GuidedModel
from connect_saml_nb.notebook.guided.recording_help import Presence, Recorder
from connect_saml_nb.notebook.users_panel import UsersFrom
from connect_saml_nb.samples import sample, samples
from tests import hostile_capture

if TYPE_CHECKING:
    from collections.abc import Callable

Entries = list[dict[str, object]]


def looked(content: bytes) -> tuple[Presence, str]:
    """What the page says of a recording right after loading, before any users are there."""
    model = GuidedModel()
    model.choose_users(UsersFrom.AWS)
    model.receive_capture("own.har", io.BytesIO(content))
    found = recording_help.part_checks(*model.first_looks[0])
    return recording_help.can_be_judged(found), " ".join(look.what for look in found)


def changed(change: Callable[[Entries], Entries], name: str = "user-case-differs") -> bytes:
    """A sample's recording with other entries."""
    har = json.loads(sample(name).path.read_text())
    har["log"]["entries"] = change(har["log"]["entries"])
    return json.dumps(har).encode()


def url(entry: dict[str, object]) -> str:
    """Where a recorded request went."""
    return str(entry["request"]["url"])  # type: ignore[index]


@pytest.mark.parametrize("name", [s.name for s in samples()])
def test_a_whole_recording_can_be_judged(name: str) -> None:
    """Failed or not: what is needed is there."""
    assert Presence.YES == looked(sample(name).path.read_bytes())[0]


def test_one_of_another_tab_is_told() -> None:
    """It holds other pages only."""
    har = recorder.Recorder().get("https://shop.example/").har()
    can, why = looked(json.dumps(har).encode())
    assert (Presence.NO, True) == (can, "was it recorded in another tab?" in why)


def test_one_without_a_post_to_aws_is_told() -> None:
    """It ends at the identity provider."""
    can, why = looked(changed(lambda entries: [e for e in entries if "amazon" not in url(e)]))
    assert (Presence.NO, True) == (can, "AWS’s answer is not in it" in why or "stops at the identity provider" in why)


def test_one_that_was_stopped_too_early_is_told() -> None:
    """AWS had not answered."""

    def cut(entries: Entries) -> Entries:
        at = next(n for n, e in enumerate(entries) if url(e).startswith("https://signin.aws"))
        entries[at]["response"]["status"] = 0  # type: ignore[index]
        return entries[: at + 1]

    can, why = looked(changed(cut))
    assert (Presence.NO, True) == (can, "stopped too early" in why)


def test_one_whose_response_was_removed_is_told() -> None:
    """By a tool that cleans recordings."""

    def clean(entries: Entries) -> Entries:
        text = json.dumps(entries)
        for entry in entries:
            posted = entry["request"].get("postData")  # type: ignore[attr-defined]
            if posted and "SAMLResponse" in json.dumps(posted):
                entry["request"]["postData"] = {  # type: ignore[index]
                    "mimeType": "application/x-www-form-urlencoded",
                    "text": "SAMLResponse=REDACTED&RelayState=x",
                }
            entry["response"]["content"]["text"] = ""  # type: ignore[index]
        assert "SAMLResponse" in text
        return entries

    can, why = looked(changed(clean))
    assert (Presence.NO, True) == (can, "was removed from it" in why)


def test_a_pasted_response_can_be_judged_in_part() -> None:
    """AWS's answer is not known then."""
    assert Presence.PARTLY == looked(hostile_capture.response_xml("jane.doe@corp.example").encode())[0]


def test_what_is_no_recording_is_told() -> None:
    """A photograph."""
    assert Presence.NO == looked(b"\x89PNG\r\n\x1a\n" + bytes(100))[0]


def test_everything_that_is_missing_says_what_to_do() -> None:
    """No problem without a next step."""
    model = GuidedModel()
    model.receive_capture("own.har", io.BytesIO(b"{}"))
    assert all(
        look.todo for look in recording_help.part_checks(*model.first_looks[0]) if look.presence is not Presence.YES
    )


@pytest.mark.parametrize("browser", Recorder)
def test_a_request_for_a_recording_names_the_browsers_own_switch(browser: Recorder) -> None:
    """It can be sent as it is."""
    switch = {Recorder.CHROME: "Preserve log", Recorder.FIREFOX: "Persist Logs", Recorder.SAFARI: "Preserve Log"}[
        browser
    ]
    text = recording_help.request_text(browser)
    assert (True, True) == (switch in text, browser.value in text)


def test_the_help_shows_a_sketch_for_each_browser() -> None:
    """With its words for those who cannot see it."""
    assert len(Recorder) == recording_help.recording_help().count('role="img" aria-label="Sketch of the Network tab')
