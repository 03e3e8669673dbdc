"""AWS's manual steps, in a form that works, done here on a practice case: the command, its output, what it teaches.

The steps are those of "Troubleshoot SAML with Amazon Connect" (Amazon Connect administrator guide). Its second command
is cut off (`print(unquote(;"`), its first takes all up to a line's last `&`, and its last looks for any part of a name
on the first page of users. Nothing runs a shell: each output is made in Python as the command would make it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from connect_saml_nb.render.html import Markup, render

if TYPE_CHECKING:
    from connect_saml_nb.training import PracticeCase

_XML_SHOWN = 6000
_LINES_SHOWN = 20

FIND = "grep -oE 'SAMLResponse=[^&\"\\\\]*' saml.har | tail -n 1 | sed 's/^SAMLResponse=//' > response.txt"
DECODE = (
    "python3 -c 'import sys; from urllib.parse import unquote; print(unquote(sys.stdin.read().strip()))' "
    "< response.txt | base64 --decode > response.xml"
)
NAME = (
    "tr -d '\\r\\n' < response.xml | "
    "grep -oE 'Attributes/RoleSessionName\"[^>]*>(<[^/>]*>|[[:space:]])*[^<]*' | sed 's/.*>//'"
)
_USERNAMES = (
    'python3 -c \'import json, sys; print(*(u["Username"] for u in json.load(sys.stdin)["UserSummaryList"]), '
    'sep="\\n")\' < users.json'
)
EXACT = _USERNAMES + " | grep -Fx -- '{name}'"
ANY_CASE = _USERNAMES + " | grep -Fxi -- '{name}'"


@dataclass(frozen=True, slots=True)
class Done:
    """One step: what it is for, the command, its output (credentials masked), and what to learn of it."""

    title: str
    command: str
    output: str
    lesson: str


def steps(case: PracticeCase) -> tuple[Done, ...]:
    """Every step on this case, as far as it leads."""
    found = find_response(case.capture)
    xml = decoded(found)
    name = name_in(xml)
    first = (
        Done("Find the response in the recording", FIND, masked_response(found), _found_words(found)),
        Done("Decode it", DECODE, masked_xml(xml) or "(nothing that is XML)", _xml_words(found, xml)),
        Done("Read the name", NAME, name or "(no line)", _name_words(xml, name)),
    )
    return (*first, *(_users_steps(case, name) if case.users_file is not None and name else ()))


# --- the response ------------------------------------------------------------------------------------------

_POSTED = re.compile(rb'SAMLResponse=([^&"\\\r\n]*)')


def find_response(capture: bytes) -> str:
    """What `FIND` writes: the last posted response, percent-encoded, or `""`."""
    found = _POSTED.findall(capture)
    return found[-1].decode("ascii", "replace") if found else ""


def decoded(response: str) -> str:
    """What `DECODE` writes, where it is XML; otherwise `""`."""
    try:
        text = base64.b64decode(unquote(response), validate=True).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""
    return text if text.lstrip().startswith("<") else ""


_NAME = re.compile(r'Attributes/RoleSessionName"[^>]*>(?:<[^/>]*>|\s)*([^<]*)')


def name_in(xml: str) -> str:
    """What `NAME` prints, or `""`."""
    found = _NAME.search(xml)
    return found[1] if found else ""


def masked_response(response: str) -> str:
    """The response as it may be shown: its beginning, and how much is hidden."""
    return (
        f"{response[:16]}… ({len(response):,} characters, hidden: they are a credential)" if response else "(no line)"
    )


_SECRET = re.compile(
    r"(<(?:\w+:)?(SignatureValue|DigestValue|X509Certificate|CipherValue)(?:\s[^<>]*)?>)[^<]*(</)", re.IGNORECASE
)


def masked_xml(xml: str) -> str:
    """The XML with a line for each element, and without what makes it usable."""
    hidden = _SECRET.sub(r"\1…\3", xml)
    return re.sub(r">\s*<", ">\n<", hidden)[:_XML_SHOWN]


def _found_words(response: str) -> str:
    if response:
        return (
            "The response is a form field of the POST to AWS: percent-encoded base64. AWS’s own command takes all up "
            "to the last & of a line; this one stops at the first. Of several attempts it keeps the last."
        )
    return (
        "Nothing: this recording does not hold the posted text in this form. Some browsers write the fields one by "
        "one, or leave them out. The toolkit then looks at the page before, whose form holds the response too."
    )


def _xml_words(response: str, xml: str) -> str:
    if xml:
        return (
            "The command on AWS’s page is cut off after ‘unquote(’; this one is whole. Signatures and certificates are "
            "hidden here. Read Issuer, Audience, Recipient, the times, and the attributes."
        )
    return (
        "There was nothing to decode."
        if not response
        else "What the field holds is no base64 of XML: something changed it."
    )


def _name_words(xml: str, name: str) -> str:
    if name:
        return (
            f"This is the name that AWS looks for among the Connect users, letter for letter ({len(name)} characters)."
        )
    if "EncryptedAssertion" in xml:
        return "The assertion is encrypted: only the owner of the key can read the name."
    return "No attribute has exactly this name." if xml else "Without XML there is no name to read."


# --- the users ---------------------------------------------------------------------------------------------


def usernames(case: PracticeCase) -> tuple[str, ...]:
    """The usernames of the saved list, in its order."""
    rows = json.loads(case.users_file or b"{}").get("UserSummaryList", [])
    return tuple(row.get("Username", "") for row in rows)


def _users_steps(case: PracticeCase, name: str) -> tuple[Done, ...]:
    users = usernames(case)
    quoted = name.replace("'", "'\\''")
    exact = [user for user in users if user == name]
    any_case = [user for user in users if user.lower() == name.lower()]
    return (
        Done(
            "Look for exactly this user",
            EXACT.replace("{name}", quoted),
            _lines(exact),
            "grep -F takes the name as it stands, -x takes whole lines only: the way Connect compares. AWS’s page "
            "looks for the name anywhere in a line, so ‘ann’ also finds ‘joanna’, and a dot matches anything.",
        ),
        Done(
            "Look again without regard to capital letters",
            ANY_CASE.replace("{name}", quoted),
            _lines(any_case),
            "More here than in the step before means: only capital letters differ. Two lines mean two profiles. "
            "Whether the list is whole and of the right instance, no grep tells: look for NextToken, and at the ARNs.",
        ),
    )


def _lines(found: list[str]) -> str:
    return "\n".join(found[:_LINES_SHOWN]) or "(no line)"


# --- on the page -------------------------------------------------------------------------------------------


def manual_html(case: PracticeCase) -> Markup:
    """All steps, one below the other."""
    return render("training/manual.html", steps=steps(case))
