"""A diagnosis as text, JSON, Markdown and HTML: true, readable, inert, and without secrets."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from build import users

from connect_saml_nb.diagnosis import diagnose, unreadable
from connect_saml_nb.model.finding import Remedy
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.text import Value, text, verbatim
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.render.document import to_json
from connect_saml_nb.render.markdown import to_markdown
from connect_saml_nb.render.report import to_html
from connect_saml_nb.render.text import to_text
from connect_saml_nb.render.words import NOT_GIVEN, remedy_lines, users_line
from connect_saml_nb.rules.rule import connect_admin, idp_admin
from connect_saml_nb.users import read_users

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.model.diagnosis import Diagnosis

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
FORMS = {
    "text": to_text,
    "json": to_json,
    "markdown": to_markdown,
    "html": to_html,
}
KEYS = {
    "top": ["schema", "users", "captures"],
    "users": ["source", "count", "complete", "instance_id", "region"],
    "capture": ["capture", "creator", "problem", "verdict", "sign_ins"],
    "sign_in": [
        *("verdict", "summary", "started", "issuer", "name_id", "role_session_name", "roles", "chosen_role"),
        *("provider", "posted_to", "relay_state", "instance_id", "region", "landed_on", "aws_message"),
        *("matches", "findings", "passed", "not_checked"),
    ],
    "match": ["username", "user_id", "match"],
    "finding": ["rule", "severity", "verdict", "message", "remedy", "docs", "evidence"],
    "evidence": ["entry", "where", "detail"],
    "not_checked": ["rule", "reason"],
}


@pytest.fixture(scope="module")
def case_differs() -> Diagnosis:
    """The bundled sample with the differing letter case."""
    return diagnose(SAMPLES / "user-case-differs.har", read_users(SAMPLES / "users.json"))


def _everything() -> list[Diagnosis]:
    listed = read_users(SAMPLES / "users.json")
    return [diagnose(path, listed) for path in sorted(SAMPLES.glob("*.har"))]


def test_json_has_every_key_in_its_place(case_differs: Diagnosis) -> None:
    """Other people's tools read it: keys are always present, in the order of docs/contract.md."""
    document = json.loads(to_json([case_differs]))
    sign_in = document["captures"][0]["sign_ins"][0]
    assert KEYS == {
        "top": list(document),
        "users": list(document["users"]),
        "capture": list(document["captures"][0]),
        "sign_in": list(sign_in),
        "match": list(sign_in["matches"][0]),
        "finding": list(sign_in["findings"][0]),
        "evidence": list(sign_in["findings"][0]["evidence"][0]),
        "not_checked": list(sign_in["not_checked"][0]),
    }


def test_json_says_what_happened(case_differs: Diagnosis) -> None:
    """The whole of one sign-in but for the texts."""
    sign_in = json.loads(to_json([case_differs]))["captures"][0]["sign_ins"][0]
    told = {k: v for k, v in sign_in.items() if k not in {"findings", "passed", "not_checked", "summary"}}
    federate = "https://us-west-2.console.aws.amazon.com/connect/federate/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
    user = next(u for u in read_users(SAMPLES / "users.json").users if u.username == "priya.nair@corp.example")
    assert told == {
        "verdict": "user-case-differs",
        "started": "2026-11-24T03:21:27.343Z",
        "issuer": "urn:login.samlp.example",
        "name_id": "Priya.Nair@corp.example",
        "role_session_name": "Priya.Nair@corp.example",
        "roles": ["arn:aws:iam::111122223333:role/ConnectAgent"],
        "chosen_role": None,
        "provider": "arn:aws:iam::111122223333:saml-provider/CorpSAMLP",
        "posted_to": "https://signin.aws.amazon.com/saml",
        "relay_state": federate + "?destination=/ccp-v2",
        "instance_id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "region": "us-west-2",
        "landed_on": federate + "?destination=/ccp-v2",
        "aws_message": "Access denied. Your account has been authenticated, but has not been onboarded to this "
        "application.",
        "matches": [{"username": "priya.nair@corp.example", "user_id": user.user_id, "match": "case"}],
    }


def test_json_of_an_unreadable_input() -> None:
    """It has its sentence, no verdict and no sign-ins."""
    document = json.loads(to_json([unreadable("a.har", "This file is empty.")]))
    assert document == {
        "schema": "connect-saml-nb/diagnosis/1",
        "users": None,
        "captures": [
            {"capture": "a.har", "creator": "", "problem": "This file is empty.", "verdict": None, "sign_ins": []}
        ],
    }


def test_json_says_what_a_capture_without_a_sign_in_holds() -> None:
    """The sentence stands in `problem`, the verdict says that the file was read."""
    har = {"log": {"creator": {"name": "x"}, "entries": [{"request": {"method": "GET", "url": "https://a.example/"}}]}}
    capture = json.loads(to_json([diagnose(json.dumps(har).encode())]))["captures"][0]
    assert (capture["verdict"], capture["problem"]) == (
        "no-sign-in",
        "It holds one request (a.example) and nothing of a SAML sign-in: was it recorded in another tab?",
    )


def test_text_fits_in_80_columns_but_for_what_cannot_be_broken(case_differs: Diagnosis) -> None:
    """ARNs, URLs and commands stay whole, so that they can be copied."""
    lines = to_text([case_differs], width=200).splitlines()
    assert [line for line in lines if len(line) > 80 and "https://" not in line and "arn:" not in line] == []


def test_text_has_colour_only_where_asked_for(case_differs: Diagnosis) -> None:
    """A file or a pipe gets plain text."""
    assert ["\x1b" in to_text([case_differs], colour=c) for c in (False, True)] == [False, True]


def test_text_names_cause_and_remedy_first(case_differs: Diagnosis) -> None:
    """What an admin under pressure needs stands before everything else."""
    text = to_text([case_differs])
    order = ["user-case-differs", "Priya.Nair@corp.example", "What to do", "IdP admin", "Connect admin", "The sign-in"]
    places = [text.index(word) for word in order]
    assert places == sorted(places)


def test_a_line_of_the_remedy_for_each_person() -> None:
    """The reader looks for the own role."""
    actions = (idp_admin("do this."), connect_admin("do that. Done.", condition="if not"))
    assert remedy_lines(actions) == ("IdP admin: Do this.", "Connect admin (if not): Do that. Done.")


@pytest.mark.parametrize("form", [to_text, to_markdown, to_html])
def test_a_username_cannot_give_an_instruction(form: Callable[..., str]) -> None:
    """A saved list is a stranger's file: what stands in it is quoted, and nobody's task."""
    name = "priya.nair@corp.example. AWS admin: switch off MFA for everybody"
    diagnosis = diagnose(SAMPLES / "user-case-differs.har", Users("list", (User(name),), complete=True))
    actions = [a for d in diagnosis.sign_ins for f in d.findings for a in f.remedy.actions]
    lines = [line.strip(" -*<li>") for line in form([diagnosis]).splitlines()]
    tasks = [line for line in lines if line.startswith(("AWS admin", "<dt>AWS admin"))]
    assert ([], ["user-near-miss"]) == (tasks, [d.verdict for d in diagnosis.sign_ins])
    assert [Value(name)] == [p for a in actions for p in a.text.parts if name in str(p)]


SECRETS = re.compile(rb"accessToken=connect|<saml|PHNhbWxw|PD94bWw|SignatureValue|correct horse|password=")


@pytest.mark.parametrize("form", FORMS)
def test_no_output_holds_a_secret(form: str) -> None:
    """No assertion, signature, token or password of the samples, which hold all of them."""
    raw = b"".join(path.read_bytes() for path in SAMPLES.glob("*.har"))
    out = FORMS[form](_everything()).encode()
    assert (bool(SECRETS.search(raw)), SECRETS.findall(out)) == (True, [])


HOSTILE = "\x1b[2J<script>alert(1)</script>\u202e\n# [x](javascript:1)|`\x00"
HOSTILE_TEXT = text("{}", verbatim(HOSTILE))
HOSTILE_REMEDY = Remedy((idp_admin("{}", verbatim(HOSTILE)),))


@pytest.fixture
def hostile(case_differs: Diagnosis) -> Diagnosis:
    """Everything that a stranger can choose is hostile."""
    diagnosis = case_differs.sign_ins[0]
    user = User(HOSTILE, HOSTILE)
    bad = replace(
        diagnosis,
        summary=text("{}", verbatim(HOSTILE)),
        sign_in=replace(diagnosis.sign_in, said_text=HOSTILE, chosen_role=HOSTILE, relay_state=HOSTILE),
        matches=tuple(replace(m, user=user) for m in diagnosis.matches),
        findings=tuple(replace(f, message=HOSTILE_TEXT, remedy=HOSTILE_REMEDY) for f in diagnosis.findings),
    )
    listed = replace(users("x"), source=HOSTILE, notes=(HOSTILE,))
    return replace(case_differs, name=HOSTILE, creator=HOSTILE, problem=HOSTILE, sign_ins=(bad,), users=(listed,))


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_outputs_are_inert(form: str, hostile: Diagnosis) -> None:
    """No control or direction character of a stranger reaches a terminal, a ticket or a page."""
    out = FORMS[form]([hostile])
    assert [c for c in out if not c.isprintable() and c != "\n"] == []


def test_json_is_inert_and_loses_nothing(hostile: Diagnosis) -> None:
    """Printed on a terminal it does nothing; read back it is what the stranger wrote."""
    out = to_json([hostile])
    raw = [c for c in out if not c.isprintable() and c != "\n"]
    assert (raw, json.loads(out)["captures"][0]["capture"]) == ([], HOSTILE)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links |= {v or "" for n, v in attrs if n in {"src", "href", "action", "onerror", "onload"}}


def test_html_has_no_script_and_asks_nobody(hostile: Diagnosis) -> None:
    """A stranger's markup is text; the only addresses are links to AWS's pages."""
    tags = _Tags()
    tags.feed(to_html([hostile]))
    others = {link for link in tags.links if not link.startswith("https://docs.aws.amazon.com/")}
    assert (tags.seen & {"script", "img", "iframe", "link", "object", "form"}, others) == (set(), set())


def test_markdown_keeps_a_strangers_markup_as_text(hostile: Diagnosis) -> None:
    """No tag, no link, no table cell of theirs."""
    out = to_markdown([hostile])
    assert ("<script" in out, "[x](javascript" in out) == (False, False)


def test_practice_and_real_lists_are_told_apart(case_differs: Diagnosis) -> None:
    """The screen says with which list the names were compared, and whether it is whole."""
    assert users_line(case_differs.users) == (
        "148 Connect users of instance aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee us-west-2 from users.json (complete)"
    )


def test_without_a_list_the_screen_says_so(case_differs: Diagnosis) -> None:
    """Not checked is not passed."""
    assert NOT_GIVEN in to_markdown([replace(case_differs, users=())])
