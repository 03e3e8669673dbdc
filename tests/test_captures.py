"""Recorded captures and scenes as every exporter writes them are diagnosed as far as the exporter leaves evidence.

The recorded captures (Firefox ESR 153.7, "Save All As HAR", against Auth0's node-samlp and pysaml2) are rewritten by
`exporters`. A dialect that loses nothing reads four of them, one that loses something reads all: `CHANGED` says what is
right then, and why. Of the scenes, each dialect of another kind reads one of each outcome.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from exporters import DIALECTS, posts_saml
from recorder import SECRETS, SIGNATURE_VALUE
from scenes import SCENES, Scene
from test_scenes import shown

from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.model.users import User, Users

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect_saml_nb.model.diagnosis import Diagnosis

pytestmark = pytest.mark.slow

Json = Any
DATA = Path(__file__).parent / "data" / "captures"
INSTANCE = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
AGENT = "arn:aws:iam::111122223333:role/ConnectAgent"
SUPERVISOR = "arn:aws:iam::111122223333:role/ConnectSupervisor"
DENIED = "arn:aws:iam::111122223333:role/ConnectNoFederation"
#: The passwords, cookies and tokens of the recordings.
PASSWORD, TOKEN, COOKIE = "correct-horse", "connect-1", "sess-1"
_PEOPLE = ("maria.garcia", "nora.quinn", "rita.ode", "nils.holm", "jo.ann")


class Base(NamedTuple):
    """A recorded capture and its truth."""

    verdicts: tuple[str, ...]
    names: tuple[str, ...]
    roles: tuple[tuple[str, ...], ...] = ((AGENT,),)
    chosen: str | None = None
    listed: tuple[str, ...] = ()


BASES = {
    "firefox-samlp-success": Base(("signed-in",), ("maria.garcia@corp.example",)),
    "firefox-samlp-encrypted": Base(("signed-in",), (), ()),
    "firefox-samlp-case": Base(
        ("user-case-differs",), ("Priya.Nair@corp.example",), listed=("priya.nair@corp.example",)
    ),
    "firefox-samlp-missing": Base(("user-missing",), ("tomas.novak@corp.example",)),
    "firefox-samlp-no_permission": Base(("federation-denied",), ("nora.quinn@corp.example",), ((DENIED,),)),
    "firefox-samlp-no_relaystate": Base(("relay-state-missing",), ("maria.garcia@corp.example",)),
    "firefox-samlp-rsn_space": Base(("role-session-name-invalid",), ("Jo Ann Smith@corp.example",)),
    "firefox-samlp-wrong_audience": Base(("audience-wrong",), ("maria.garcia@corp.example",)),
    "firefox-samlp-wrong_recipient": Base(("recipient-wrong",), ("maria.garcia@corp.example",)),
    "firefox-pysaml2-expired_assertion": Base(("assertion-expired",), ("maria.garcia@corp.example",)),
    "firefox-samlp-two_users": Base(
        ("user-missing", "signed-in"),
        ("tomas.novak@corp.example", "maria.garcia@corp.example"),
        ((AGENT,), (AGENT,)),
    ),
    **{
        f"firefox-{provider}-two_roles": Base(
            ("duplicate-profiles",),
            ("lee.chen@corp.example",),
            ((AGENT, SUPERVISOR),),
            SUPERVISOR,
            ("Lee.Chen@corp.example", "LEE.CHEN@corp.example"),
        )
        for provider in ("samlp", "pysaml2")
    },
}

#: What exporters wrote themselves, with what is true of it.
RECORDED: list[dict[str, Any]] = tomllib.loads((DATA / "recorded" / "recorded.toml").read_text())["recorded"]

_UNREADABLE = "the name cannot be read"
_UNPROVEN = "without an answer, only the list of users can prove a cause"
#: What a dialect loses -> fault -> the verdicts then, and why they are right.
CHANGED: dict[str, dict[str, tuple[tuple[str, ...], str]]] = {
    "text": {
        "no_permission": (("outcome-unknown",), "the federation page was reached, and the user exists"),
    },
    "saml": {
        "case": (("assertion-redacted",), _UNREADABLE),
        "missing": (("assertion-redacted",), _UNREADABLE),
        "two_roles": (("assertion-redacted",), _UNREADABLE),
        "two_users": (("assertion-redacted", "signed-in"), _UNREADABLE),
        "wrong_audience": (("assertion-redacted",), "the fault is in the response"),
        "wrong_recipient": (("assertion-redacted",), "the fault is in the response"),
    },
    "relay": {  # the post's fields are lost with the response
        "no_relaystate": (("outcome-unknown",), "neither a missing nor an invalid relay state can be seen"),
    },
    "answer": {
        "success": (("capture-incomplete",), "that the user exists proves nothing"),
        "encrypted": (("capture-incomplete",), _UNPROVEN),
        "no_permission": (("capture-incomplete",), _UNPROVEN),
        "no_relaystate": (("capture-incomplete",), _UNPROVEN),
        "rsn_space": (("user-missing",), "the complete list holds nothing like it"),
        "wrong_audience": (("capture-incomplete",), _UNPROVEN),
        "wrong_recipient": (("capture-incomplete",), _UNPROVEN),
        "expired_assertion": (("capture-incomplete",), _UNPROVEN),
        "two_users": (("user-missing",), "the second sign-in was not recorded"),
    },
}
_LOST_ALSO = {"no_post_data": frozenset({"relay"})}


def expected(name: str, dialect: str) -> tuple[str, ...]:
    """The verdicts that are right for a recorded capture in a dialect."""
    base, fault = BASES[name], name.rpartition("-")[2]
    lost = DIALECTS[dialect].loses | _LOST_ALSO.get(dialect, frozenset())
    if {"answer", "saml"} <= lost:
        return ("capture-incomplete",)  # the recording ends at the identity provider
    changes = [CHANGED[t][fault] for t in ("answer", "saml", "relay", "text") if t in lost and fault in CHANGED[t]]
    return changes[0][0] if changes else base.verdicts


@cache
def base_har(name: str) -> str:
    """A recorded capture."""
    return (DATA / f"{name}.har").read_text()


@cache
def base_users(listed: tuple[str, ...]) -> Users:
    """The instance's users."""
    names = (*(f"{p}@corp.example" for p in _PEOPLE), *(f"agent{n:03}@corp.example" for n in range(1, 141)), *listed)
    return Users("base.json", tuple(User(n, n) for n in names), complete=True, instance_id=INSTANCE, region="us-west-2")


def facts(diagnosis: Diagnosis) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], str | None]:
    """Names, roles and the chosen role of all sign-ins."""
    sign_ins = [j.sign_in for j in diagnosis.sign_ins]
    names = tuple(s.role_session_name for s in sign_ins if s.role_session_name is not None)
    roles = tuple(tuple(sorted(p.role or "" for p in s.roles)) for s in sign_ins if s.roles)
    return names, roles, next((s.chosen_role for s in sign_ins if s.chosen_role), None)


def leaks(diagnosis: Diagnosis, secrets: Iterable[str]) -> list[str]:
    """The secrets that a surface could show."""
    text = shown(diagnosis)
    return [s[:20] for s in secrets if s in text]


def captures_to_read() -> list[Any]:
    """Every capture in a dialect that loses something; four others in each that loses nothing."""
    names = sorted(BASES)
    return [
        pytest.param(name, dialect, id=f"{name}-{dialect}")
        for number, (dialect, (_, lost)) in enumerate(DIALECTS.items())
        for name in (names if lost else [names[(4 * number + k) % len(names)] for k in range(4)])
    ]


@pytest.mark.parametrize(("name", "dialect"), captures_to_read())
def test_recorded_capture(name: str, dialect: str) -> None:
    """A recorded capture in an exporter's dialect gives the verdicts, the names, the roles, and no secret."""
    base = BASES[name]
    har = json.loads(base_har(name))
    lost = DIALECTS[dialect].loses
    diagnosis = diagnose(DIALECTS[dialect].write(har), base_users(base.listed))
    messages = [
        p["value"][k : k + 60]
        for e in har["log"]["entries"]
        if posts_saml(e)
        for p in e["request"]["postData"]["params"]
        for k in (0, 1000)
        if p["name"] == "SAMLResponse"
    ]
    names, roles, chosen = facts(diagnosis)
    assert expected(name, dialect) == tuple(j.verdict for j in diagnosis.sign_ins)
    if "saml" not in lost:
        count = len(diagnosis.sign_ins)
        assert (base.names[:count], base.roles[:count]) == (names, roles)
    if not {"answer", "relay"} & lost and dialect != "no_post_data":
        assert base.chosen == chosen
    assert [] == leaks(diagnosis, [*messages, PASSWORD, TOKEN, COOKIE])
    assert [] == [
        f.rule for j in diagnosis.sign_ins if j.verdict == "signed-in" for f in j.findings if f.severity == "error"
    ]


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row["file"])
def test_recording_of_an_exporter(row: dict[str, Any]) -> None:
    """A file as its exporter wrote it gives the verdicts, the names, the roles, the chosen role, and no secret."""
    diagnosis = diagnose(DATA / "recorded" / row["file"], base_users(tuple(row.get("listed", ()))))
    true = tuple(row["names"]), tuple(map(tuple, row["roles"])), row.get("chosen")
    assert tuple(row["verdicts"]) == tuple(j.verdict for j in diagnosis.sign_ins), row.get("because")
    assert true == facts(diagnosis)
    assert [] == leaks(diagnosis, [PASSWORD, TOKEN, COOKIE])


def test_webkit_loses_the_second_post() -> None:
    """WebKitGTK 2.50.6 loses the second response of a capture: the second sign-in is told all the same."""
    name = "firefox-samlp-two_users"
    har = json.loads(DIALECTS["webkit"].write(json.loads(base_har(name))))
    posts = [e for e in har["log"]["entries"] if "SAMLResponse" in e["request"].get("postData", {}).get("text", "")]
    del posts[1]["request"]["postData"]
    diagnosis = diagnose(json.dumps(har).encode(), base_users(()))
    assert ("user-missing", "signed-in") == tuple(j.verdict for j in diagnosis.sign_ins)


def one_of_each_outcome(scenes: Iterable[Scene], dialects: Sequence[str]) -> list[Any]:
    """For each outcome a scene in every dialect: another one in each, as far as the outcome has several."""
    outcomes: dict[tuple[str, ...], list[Scene]] = {}
    for scene in scenes:
        outcomes.setdefault(scene.verdicts, []).append(scene)
    return [
        pytest.param(same[number % len(same)], dialect, id=f"{dialect}-{same[number % len(same)].name}")
        for same in outcomes.values()
        for number, dialect in enumerate(dialects)
    ]


#: Each of another kind: folded, without bodies, by a proxy, without the response's texts, with odd encodings.
_OTHER_KINDS = (
    "webkit",
    "devtools_sanitized",
    "playwright_omit",
    "mitmproxy",
    "chromehar_old",
    "charles",
    "plus_as_space",
    "unknown_types",
)
#: Scenes that show the response in a form only, which is lost with the pages' text.
_FORM_ONLY = ("silent-form-only", "silent-form-again")


@pytest.mark.parametrize(
    ("scene", "dialect"),
    one_of_each_outcome(
        (s for s in SCENES if s.har["log"]["entries"] and not s.name.startswith("unstatused")), _OTHER_KINDS
    ),
)
def test_scene_of_another_exporter(scene: Scene, dialect: str) -> None:
    """A scene in an exporter's dialect gives the same verdicts, except for what the dialect loses."""
    verdicts = scene.verdicts
    if "text" in DIALECTS[dialect].loses:
        verdicts = ("capture-incomplete",) if scene.name in _FORM_ONLY else scene.textless
    diagnosis = diagnose(DIALECTS[dialect].write(scene.har), scene.users or ())
    assert verdicts == tuple(j.verdict for j in diagnosis.sign_ins), scene.why
    assert [] == leaks(diagnosis, (*SECRETS, SIGNATURE_VALUE))


@pytest.mark.parametrize("scene", [s for s in SCENES if s.textless != s.verdicts], ids=lambda s: s.name)
def test_scene_without_text(scene: Scene) -> None:
    """Where an exporter leaves out the text that named the cause, only what is otherwise seen is told."""
    diagnosis = diagnose(DIALECTS["chromehar_old"].write(scene.har), scene.users or ())
    assert scene.textless == tuple(j.verdict for j in diagnosis.sign_ins), scene.why


#: Verdicts that stand when the response is a placeholder: the text or the place tells them.
_WITHOUT_RESPONSE = frozenset({
    "signed-in", "federation-denied", "session-expired", "relay-state-missing", "relay-state-invalid", "role-not-chosen",
    "role-not-assumable", "not-authorized-in-connect", "sign-in-blocked", "capture-incomplete", "signature-invalid",
    "issuer-mismatch", "provider-missing", "assertion-redacted",
})  # fmt: skip


@pytest.mark.parametrize(
    ("scene", "dialect"),
    one_of_each_outcome(
        (s for s in SCENES if s.verdicts and set(s.verdicts) <= _WITHOUT_RESPONSE), ("har_capture", "starred")
    ),
)
def test_scene_without_its_response(scene: Scene, dialect: str) -> None:
    """What AWS's text or the place tells stands when a sanitizer took the response out."""
    diagnosis = diagnose(DIALECTS[dialect].write(scene.har), scene.users or ())
    assert scene.verdicts == tuple(j.verdict for j in diagnosis.sign_ins), scene.why


@pytest.mark.parametrize(
    "scene", [s for s in SCENES if len(s.verdicts) == 1 and s.verdicts[0].startswith("user-")], ids=lambda s: s.name
)
def test_users_without_their_response(scene: Scene) -> None:
    """Where the name is a placeholder, nothing is said of the user."""
    diagnosis = diagnose(DIALECTS["har_capture"].write(scene.har), scene.users or ())
    verdict = ("capture-incomplete" if scene.name.startswith("silent") else "assertion-redacted",)
    assert (scene.verdicts if scene.name in _FORM_ONLY else verdict) == tuple(j.verdict for j in diagnosis.sign_ins)
