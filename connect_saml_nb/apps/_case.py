"""What goes into a ticket: report, JSON and commands in one zip, and words for the people concerned."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from connect_saml_nb import report
from connect_saml_nb.apps._cards import title_of
from connect_saml_nb.verdict import NOT_JUDGED, SIGNED_IN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.model import Diagnosis, Judgement

_READ_ME = """This case pack was made by connect_saml_nb.

report.html     the diagnosis for people: open it in a browser; it asks nothing of the network
diagnosis.json  the same for programs
commands.txt    what to do, and the commands

Cookies, tokens and the SAML response are not in these files. Names of people and accounts are: share it accordingly.
"""
_RAW = """
response-*.xml  THE SAML RESPONSES THEMSELVES. Treat them like passwords: whoever has one can be that person at AWS
                until it expires (some minutes), and it names the person and the roles for good.
"""


def name_of(diagnosis: Diagnosis) -> str:
    """What the zip is called: the capture's name, made harmless."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", diagnosis.name).strip("-.")[:60] or "capture"
    return f"case-{stem.removesuffix('.har')}.zip"


def packed(diagnosis: Diagnosis, *, with_responses: bool) -> bytes:
    """The zip with everything for a ticket; the responses as posted only where that was asked for in so many words."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(diagnosis, with_responses=with_responses):
            archive.writestr(name, content)
    return file.getvalue()


def _files(diagnosis: Diagnosis, *, with_responses: bool) -> Iterator[tuple[str, str | bytes]]:
    yield "README.txt", _READ_ME + (_RAW if with_responses else "")
    yield "report.html", report.to_html([diagnosis])
    yield "diagnosis.json", report.to_json([diagnosis]) + "\n"
    yield "commands.txt", "".join(_commands(diagnosis))
    if with_responses:
        for judgement in diagnosis.judgements:
            message = judgement.sign_in.message
            if message and message.xml:
                yield f"response-{judgement.sign_in.number}.xml", message.xml


def _commands(diagnosis: Diagnosis) -> Iterator[str]:
    for judgement in diagnosis.judgements:
        yield f"# Sign-in {judgement.sign_in.number}: {judgement.verdict}\n"
        yield f"# {report.plain(judgement.summary)}\n#\n"
        finding = judgement.main_finding
        for line in report.remedy_lines(finding.remedy) if finding else ():
            yield f"# {report.plain(line)}\n"
        for command in finding.commands if finding else ():
            yield "\n" + "\n".join(map(report.plain, command.split("\n"))) + "\n"
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


def reply_text(judgement: Judgement) -> str:
    """A reply to the person after the fix; where the cause is open, one that asks for more."""
    if judgement.verdict == SIGNED_IN:
        return _WORKS
    why = f"{title_of(judgement.verdict)}."
    return (_OPEN if judgement.verdict in NOT_JUDGED else _FIXED).format(why=why)
