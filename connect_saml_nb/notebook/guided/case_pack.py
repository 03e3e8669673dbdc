"""What goes into a ticket: report, JSON and commands in one zip, and words for the people concerned."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from connect_saml_nb import har
from connect_saml_nb.diagnosis import Directory, diagnose
from connect_saml_nb.errors import CaptureError
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.redact import redact_captures
from connect_saml_nb.render.document import to_json
from connect_saml_nb.render.report import to_html
from connect_saml_nb.render.words import plain, remedy_lines
from connect_saml_nb.users import users_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.redact import Redaction

_READ_ME = """This case pack was made by connect_saml_nb.

report.html     the diagnosis for people: open it in a browser; it asks nothing of the network
diagnosis.json  the same for programs
commands.txt    what to do, and the commands
"""
_RECORDING = """recording.redacted.har  the recording without cookies, tokens, passwords and signatures: nobody can sign
                in with it, and connect_saml_nb still diagnoses it
"""
_REAL_NAMES = """
Cookies and tokens are not in these files. Names of people and accounts are: share it accordingly.
"""
_MADE_UP_NAMES = """users-N.json    the lists of Connect users that it was compared with

Names of people, companies, hosts, accounts and instances are made up, the same in all these files; nothing here leads
back to the real ones. Commands name the made-up ones, too.
"""
_RAW = """
response-*.xml  THE SAML RESPONSES THEMSELVES. Treat them like passwords: whoever has one can be that person at AWS
                until it expires (some minutes), and it names the person and the roles for good.
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """What the person wants in the case pack beside the diagnosis.

    `pseudonyms` gives everything made-up names, so that the responses as posted cannot be in it.
    """

    recording: bool = True
    pseudonyms: bool = False
    responses: bool = False


PARTS = tuple(part.name for part in fields(Contents))


def name_of(diagnosis: Diagnosis, contents: Contents) -> str:
    """What the zip is called: the capture's name, made harmless; under pseudonyms none, as it may name a person."""
    return f"case-{_stem(diagnosis, contents)}.zip"


def _stem(diagnosis: Diagnosis, contents: Contents) -> str:
    if contents.pseudonyms:
        return "recording"
    return re.sub(r"[^A-Za-z0-9._-]+", "-", diagnosis.name).strip("-.")[:60].removesuffix(".har") or "recording"


def packed(diagnosis: Diagnosis, contents: Contents) -> bytes:
    """The zip with everything for a ticket. Raises ConnectSamlError where the recording cannot be redacted safely."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(diagnosis, contents):
            archive.writestr(name, content)
    return file.getvalue()


def _files(diagnosis: Diagnosis, contents: Contents) -> Iterator[tuple[str, str | bytes]]:
    redacted = _redacted(diagnosis, contents)
    read_me = [_READ_ME]
    if redacted and contents.recording:
        read_me.append(_RECORDING)
        yield "recording.redacted.har", redacted.hars[0].text
    if redacted and contents.pseudonyms:
        diagnosis = _under_pseudonyms(redacted)
        read_me.append(_MADE_UP_NAMES)
        for number, users in enumerate(redacted.users, 1):
            yield f"users-{number}.json", users_text(users)
    else:
        read_me.append(_REAL_NAMES)
    yield "report.html", to_html([diagnosis])
    yield "diagnosis.json", to_json([diagnosis]) + "\n"
    yield "commands.txt", "".join(_commands(diagnosis))
    if contents.responses and not contents.pseudonyms:
        read_me.append(_RAW)
        yield from _responses(diagnosis)
    yield "README.txt", "".join(read_me)


def _redacted(diagnosis: Diagnosis, contents: Contents) -> Redaction | None:
    if diagnosis.capture is None and contents.pseudonyms:
        raise CaptureError("The recording could not be read, so its names cannot be replaced: leave made-up names out.")
    if diagnosis.capture is None or not (contents.recording or contents.pseudonyms):
        return None
    return redact_captures([diagnosis.capture], diagnosis.users, pseudonyms=contents.pseudonyms)


def _under_pseudonyms(redacted: Redaction) -> Diagnosis:
    """The diagnosis of the redacted recording, so that nothing in the report can be of the original."""
    capture = har.read_capture(redacted.hars[0].text.encode(), name="recording.redacted.har")
    return diagnose(capture, Directory(redacted.users))


def redacted_recording(diagnosis: Diagnosis, contents: Contents) -> tuple[str, bytes]:
    """The redacted recording alone: its name and bytes. Raises ConnectSamlError where it cannot be made safely."""
    redacted = _redacted(diagnosis, replace(contents, recording=True))
    text = redacted.hars[0].text if redacted else ""
    return _stem(diagnosis, contents) + ".redacted.har", text.encode()


def _responses(diagnosis: Diagnosis) -> Iterator[tuple[str, bytes]]:
    for sign_in_diagnosis in diagnosis.sign_ins:
        message = sign_in_diagnosis.sign_in.message
        if message and message.xml:
            yield f"response-{sign_in_diagnosis.sign_in.number}.xml", message.xml


def _commands(diagnosis: Diagnosis) -> Iterator[str]:
    for sign_in_diagnosis in diagnosis.sign_ins:
        yield f"# Sign-in {sign_in_diagnosis.sign_in.number}: {sign_in_diagnosis.verdict}\n"
        yield f"# {plain(sign_in_diagnosis.summary)}\n#\n"
        finding = sign_in_diagnosis.main_finding
        for line in remedy_lines(finding.remedy.actions) if finding else ():
            yield f"# {plain(line)}\n"
        for command in finding.remedy.commands if finding else ():
            yield "\n" + "\n".join(map(plain, str(command).split("\n"))) + "\n"
        yield "\n"


_WORKS = """Hello,

the recording shows that your sign-in to Amazon Connect works. Always start from the company’s portal, not from a
bookmark of Amazon Connect.

If it fails again, please note the time and what the screen says.
"""
_OPEN = """Hello,

thank you for the recording. It does not show yet why your sign-in to Amazon Connect fails: {why}
I need another one, made as described in the message that follows.
"""
_FIXED = """Hello,

thank you for the recording. This is why your sign-in to Amazon Connect failed: {why}
It was put right: ________

Please try again like this:
1. Close every window of Amazon Connect and of the company’s portal (or use a private window).
2. Sign in at the company’s portal, and open Amazon Connect from there.

If it fails again, write down what the screen says and the time, and send me both. Please delete the recording: it holds
your sign-in.
"""


def reply_text(diagnosis: SignInDiagnosis) -> str:
    """A reply to the person after the fix; where the cause is open, one that asks for more."""
    if diagnosis.verdict is Verdict.SIGNED_IN:
        return _WORKS
    why = f"{diagnosis.verdict.headline}."
    return (_OPEN if diagnosis.verdict.is_open else _FIXED).format(why=why)
