"""The recording: how to make a good one in each browser, and whether the one that is here can be judged."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.model.saml import MessageState
from connect_saml_nb.model.signin import Outcome
from connect_saml_nb.render.html import Markup, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.signin import SignIn


# --- can it be judged? -------------------------------------------------------------------------------------


class Presence(StrEnum):
    """Whether something is there, by the look of it."""

    YES = "good"
    PARTLY = "open"
    NO = "bad"


class PartCheck(NamedTuple):
    """One thing that a recording must hold: whether it does, and what that means."""

    presence: Presence
    what: str
    todo: str = ""


_AGAIN = "Record again (see ‘How to make a good recording’)"
_OTHER_TAB = f"{_AGAIN}, in the tab or pop-up in which the sign-in itself runs, from the company’s portal on."
_LONGER = f"{_AGAIN}, and wait until the page after the sign-in has loaded before you save."
_WHOLE = f"{_AGAIN}, and give the file as the browser saved it, not a copy that was cleaned or edited."
_UNANSWERED = {Outcome.NOT_ANSWERED, Outcome.IDP_STOPPED, Outcome.PASTED}
_SAYS_NOTHING = {Outcome.RESPONSE_STOPPED, Outcome.FEDERATE_STOPPED, Outcome.CONNECT_STOPPED}


def part_checks(diagnosis: Diagnosis, sign_in_diagnosis: SignInDiagnosis | None) -> tuple[PartCheck, ...]:
    """What the recording holds of what a verdict needs, in the order of a sign-in; nothing after what is missing."""
    if diagnosis.verdict is None:
        return (PartCheck(Presence.NO, diagnosis.problem or "This could not be read.", _WHOLE),)
    if sign_in_diagnosis is None:
        note = diagnosis.note or "It holds no sign-in to Amazon Connect."
        return (PartCheck(Presence.NO, note, _OTHER_TAB),)
    return tuple(_part_checks(sign_in_diagnosis.sign_in))


def _part_checks(sign_in: SignIn) -> Iterator[PartCheck]:
    yield from _response_checks(sign_in)
    if sign_in.embedded_in:
        yield PartCheck(
            Presence.NO, "Amazon Connect runs inside another page, and its sign-in ran in another window.", _OTHER_TAB
        )
    elif sign_in.outcome is Outcome.IDP_STOPPED:
        yield PartCheck(Presence.NO, "Nothing was posted to AWS: it stops at the identity provider.", _OTHER_TAB)
    elif sign_in.outcome is Outcome.PASTED:
        yield PartCheck(Presence.PARTLY, "Only the SAML response is here, so AWS’s answer is not known.", _LONGER)
    elif sign_in.outcome is Outcome.NOT_ANSWERED:
        yield PartCheck(Presence.NO, "It was stopped too early: AWS’s answer is not in it.", _LONGER)
    else:
        yield from _answer_checks(sign_in)


def _response_checks(sign_in: SignIn) -> Iterator[PartCheck]:
    message = sign_in.message
    if message is None:
        if sign_in.expects_message:
            yield PartCheck(Presence.NO, "The SAML response that was posted to AWS is not in it.", _WHOLE)
        return
    if message.state is MessageState.READ:
        yield PartCheck(Presence.YES, "The SAML response is here and can be read.")
    elif message.state is MessageState.ENCRYPTED:
        todo = "Ask the identity provider’s administrator which RoleSessionName it sends."
        yield PartCheck(
            Presence.PARTLY, "The SAML response is here, but its assertion is encrypted: the name cannot be read.", todo
        )
    elif message.state is MessageState.REDACTED:
        yield PartCheck(Presence.NO, "The SAML response was removed from it.", _WHOLE)
    else:
        yield PartCheck(Presence.NO, "The SAML response in it cannot be decoded.", _WHOLE)


def _answer_checks(sign_in: SignIn) -> Iterator[PartCheck]:
    if sign_in.said_text or sign_in.outcome not in _SAYS_NOTHING:
        yield PartCheck(Presence.YES, "What AWS or Amazon Connect answered is here.")
    else:
        todo = "Write down or photograph what the screen says, and enter it above (‘What does the screen say?’)."
        yield PartCheck(Presence.PARTLY, "AWS answered, but no text that says why can be read in it.", todo)


def can_be_judged(checks: Sequence[PartCheck]) -> Presence:
    """Whether a verdict can be expected."""
    found = {check.presence for check in checks}
    return next(each for each in (Presence.NO, Presence.PARTLY, Presence.YES) if each in found or each is Presence.YES)


class Readiness(NamedTuple):
    """What a look at one recording shows."""

    name: str
    readiness: Presence
    parts: tuple[PartCheck, ...]


def first_look(diagnosis: Diagnosis, sign_in_diagnosis: SignInDiagnosis | None) -> Readiness:
    """Whether the recording can be judged, what is missing, and what to do about it."""
    parts = part_checks(diagnosis, sign_in_diagnosis)
    return Readiness(diagnosis.name, can_be_judged(parts), parts)


SIGNS = {Presence.YES: "✔", Presence.NO: "✖", Presence.PARTLY: "?"}
HEADS = {
    Presence.YES: "This recording can be judged.",
    Presence.NO: "This recording does not hold what is needed.",
    Presence.PARTLY: "This recording can be judged in part.",
}


# --- how to make one ---------------------------------------------------------------------------------------


class Recorder(StrEnum):
    """The browsers whose recorders are explained."""

    CHROME = "Chrome or Edge"
    FIREFOX = "Firefox"
    SAFARI = "Safari"


class _How(NamedTuple):
    """What is called how in one browser."""

    open_tools: str
    keep_log: str
    save: str
    note: str


#: Chromium DevTools front end, Firefox 153 and WebKit's inspector.
_HOW = {
    Recorder.CHROME: _How(
        "Press F12 (on a Mac ⌥⌘I) and choose the tab Network.",
        "Switch on ‘Preserve log’.",
        "Click the download arrow, ‘Export HAR’ (the ordinary, ‘sanitized’ one is enough).",
        "Where Connect opens in a pop-up: in the tools’ settings (F1) switch on ‘Auto-open DevTools for popups’.",
    ),
    Recorder.FIREFOX: _How(
        "Press F12 (on a Mac ⌥⌘I) and choose the tab Network.",
        "In the gear menu at the right, switch on ‘Persist Logs’.",
        "Right-click any row, ‘Save All As HAR’.",
        "The file holds cookies too: treat it like a password.",
    ),
    Recorder.SAFARI: _How(
        "Settings, Advanced: show features for web developers. Then press ⌥⌘I and choose the tab Network.",
        "In the menu of the three lines, switch on ‘Preserve Log’.",
        "Click ‘Export’ at the right.",
        "Amazon Connect does not list Safari as a supported browser: try Chrome, Edge or Firefox too.",
    ),
}


def steps(browser: Recorder) -> tuple[str, ...]:
    """How to record a sign-in in one browser, in order."""
    how = _HOW[browser]
    return (
        f"Open a private window. {how.open_tools}",
        how.keep_log,
        "Sign in from the company’s portal as always, until the error shows. Wait until the page has loaded.",
        f"In the same tab: {how.save}",
    )


def request_text(browser: Recorder) -> str:
    """A plain request to a person for a usable capture."""
    numbered = "\n".join(f"{n}. {step}" for n, step in enumerate(steps(browser), 1))
    return (
        "Hello,\n\nto find out why your sign-in to Amazon Connect fails, I need a recording of one try "
        f"(a HAR file), made in {browser.value}:\n\n{numbered}\n\n"
        f"{_HOW[browser].note}\n"
        "If Amazon Connect opens in a new tab or window, please record in that one.\n\n"
        "Please write down or photograph what the screen says at the end, and note the time. The file holds your "
        "sign-in: do not send it by open mail or chat; put it where only I can get it: ________\n\nThank you!"
    )


class _Sketch(NamedTuple):
    """What is drawn in the Network tab, each with its place: the switch that keeps the log, and what saves."""

    keep_log: tuple[str, int, int]
    save: tuple[str, int, int]


_SKETCHES = {
    Recorder.CHROME: _Sketch(("☑ Preserve log", 174, 58), ("↓ Export HAR", 334, 58)),
    Recorder.FIREFOX: _Sketch(("⚙ ☑ Persist Logs", 354, 58), ("Save All As HAR", 184, 104)),
    Recorder.SAFARI: _Sketch(("≡ ☑ Preserve Log", 174, 58), ("Export", 424, 58)),
}


@cache
def recording_help() -> Markup:
    """How to make a good recording, for each browser, with a sketch of where to click and a request to copy."""
    recorders = [
        {
            "browser": browser.value,
            "sketch": _SKETCHES[browser],
            "steps": steps(browser),
            "note": how.note,
            "request": request_text(browser),
        }
        for browser, how in _HOW.items()
    ]
    return render("guided/recording_help.html", recorders=recorders)
