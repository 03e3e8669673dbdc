"""Recorded captures and scenes in every exporter's manner give the contract's verdicts, as far as the manner leaves evidence.

The recorded captures (Firefox ESR 153.7, "Save All As HAR", against Auth0's node-samlp and pysaml2) are rewritten by
`manners`. What each must say is its truth; where a manner takes evidence away, `CHANGED` says what the contract says then,
and by which of its tie-breaks.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from manners import MANNERS, posts_saml
from recorder import SECRETS, SIGNATURE_VALUE
from scenes import SCENES, Scene
from test_scenes import told

from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.model.users import User, Users

if TYPE_CHECKING:
    from collections.abc import Iterable

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

#: What a manner takes away -> fault -> the verdicts then, and the contract's reason.
CHANGED: dict[str, dict[str, tuple[tuple[str, ...], str]]] = {
    "text": {
        "no_permission": (
            ("outcome-unknown",),
            "T4: Federate reached; user-exists-but-refused becomes outcome-unknown",
        ),
    },
    "saml": {
        "case": (("assertion-redacted",), "T5: name unreadable"),
        "missing": (("assertion-redacted",), "T5: name unreadable"),
        "two_roles": (("assertion-redacted",), "T5: name unreadable"),
        "two_users": (("assertion-redacted", "signed-in"), "T5: name unreadable"),
        "wrong_audience": (("assertion-redacted",), "T2: the first found"),
        "wrong_recipient": (("assertion-redacted",), "T2: the first found"),
    },
    "relay": {  # the post's fields are gone with the response
        "no_relaystate": (("outcome-unknown",), "T4: neither missing nor invalid can be seen"),
    },
    "answer": {
        "success": (("capture-incomplete",), "T3: an exact user proves nothing"),
        "encrypted": (("capture-incomplete",), "T3"),
        "no_permission": (("capture-incomplete",), "T3"),
        "no_relaystate": (("capture-incomplete",), "T3"),
        "rsn_space": (("user-missing",), "T3: the complete list holds nothing like it"),
        "wrong_audience": (("capture-incomplete",), "T3: only users can prove a cause"),
        "wrong_recipient": (("capture-incomplete",), "T3: only users can prove a cause"),
        "expired_assertion": (("capture-incomplete",), "T3: only users can prove a cause"),
        "two_users": (("user-missing",), "T3; the second was not recorded"),
    },
}
_TAKEN_ALSO = {"no_post_data": frozenset({"relay"})}


def expected(name: str, manner: str) -> tuple[str, ...]:
    """The verdicts that the contract gives to a base in a manner."""
    base, fault = BASES[name], name.rpartition("-")[2]
    takes = MANNERS[manner][1] | _TAKEN_ALSO.get(manner, frozenset())
    if {"answer", "saml"} <= takes:
        return ("capture-incomplete",)  # T3: ends at the identity provider
    changes = [CHANGED[t][fault] for t in ("answer", "saml", "relay", "text") if t in takes and fault in CHANGED[t]]
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
    shown = told(diagnosis)
    return [s[:20] for s in secrets if s in shown]


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("name", BASES)
def test_recorded_capture(name: str, manner: str) -> None:
    """A recorded capture in an exporter's manner gives the verdicts, the names, the roles, and no secret."""
    base = BASES[name]
    har = json.loads(base_har(name))
    takes = MANNERS[manner][1]
    diagnosis = diagnose(MANNERS[manner][0](har), base_users(base.listed))
    messages = [
        p["value"][k : k + 60]
        for e in har["log"]["entries"]
        if posts_saml(e)
        for p in e["request"]["postData"]["params"]
        for k in (0, 1000)
        if p["name"] == "SAMLResponse"
    ]
    names, roles, chosen = facts(diagnosis)
    assert expected(name, manner) == tuple(j.verdict for j in diagnosis.sign_ins)
    if "saml" not in takes:
        count = len(diagnosis.sign_ins)
        assert (base.names[:count], base.roles[:count]) == (names, roles)
    if not {"answer", "relay"} & takes and manner != "no_post_data":
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
    har = json.loads(MANNERS["webkit"][0](json.loads(base_har(name))))
    posts = [e for e in har["log"]["entries"] if "SAMLResponse" in e["request"].get("postData", {}).get("text", "")]
    del posts[1]["request"]["postData"]
    diagnosis = diagnose(json.dumps(har).encode(), base_users(()))
    assert ("user-missing", "signed-in") == tuple(j.verdict for j in diagnosis.sign_ins)


#: Manners in which every scene is read: each of another kind (folded, one body, none, proxy, params only, redacted).
_SCENE_MANNERS = (
    "webkit",
    "devtools_sanitized",
    "playwright_omit",
    "mitmproxy",
    "chromehar_old",
    "charles",
    "plus_as_space",
    "unknown_types",
)
#: Scenes that show the response in a form only.
_FORM_ONLY = ("silent-form-only", "silent-form-again")
#: Scenes for which a manner takes more away than the verdict's text: (scene, what it takes) -> verdicts.
_SCENE_CHANGED = {
    **{(name, "text"): (("capture-incomplete",), "T3: the form that held the response is gone") for name in _FORM_ONLY},
}


@pytest.mark.parametrize("manner", _SCENE_MANNERS)
@pytest.mark.parametrize(
    "scene",
    [s for s in SCENES if s.har["log"]["entries"] and not s.name.startswith("unstatused")],
    ids=lambda s: s.name,
)
def test_scene_in_a_manner(scene: Scene, manner: str) -> None:
    """A scene in an exporter's manner gives the same verdicts, but for what the manner takes away."""
    write, takes = MANNERS[manner]
    verdicts = scene.textless if "text" in takes else scene.verdicts
    verdicts = next((v[0] for (n, t), v in _SCENE_CHANGED.items() if n == scene.name and t in takes), verdicts)
    diagnosis = diagnose(write(scene.har), scene.users or ())
    assert verdicts == tuple(j.verdict for j in diagnosis.sign_ins), scene.why
    assert [] == leaks(diagnosis, (*SECRETS, SIGNATURE_VALUE))


#: Verdicts that stand when the response is a placeholder: the text or the place tells them.
_WITHOUT_RESPONSE = frozenset({
    "signed-in", "federation-denied", "session-expired", "relay-state-missing", "relay-state-invalid", "role-not-chosen",
    "role-not-assumable", "not-authorized-in-connect", "sign-in-blocked", "capture-incomplete", "signature-invalid",
    "issuer-mismatch", "provider-missing", "assertion-redacted",
})  # fmt: skip


@pytest.mark.parametrize("manner", ["har_capture", "starred"])
@pytest.mark.parametrize(
    "scene", [s for s in SCENES if s.verdicts and set(s.verdicts) <= _WITHOUT_RESPONSE], ids=lambda s: s.name
)
def test_scene_without_its_response(scene: Scene, manner: str) -> None:
    """What AWS's text or place tells stands when a sanitiser took the response out (T1, T2, T4)."""
    diagnosis = diagnose(MANNERS[manner][0](scene.har), scene.users or ())
    assert scene.verdicts == tuple(j.verdict for j in diagnosis.sign_ins), scene.why


@pytest.mark.parametrize(
    "scene", [s for s in SCENES if len(s.verdicts) == 1 and s.verdicts[0].startswith("user-")], ids=lambda s: s.name
)
def test_users_without_their_response(scene: Scene) -> None:
    """Where the name is a placeholder, no user verdict is given (T5; T3 where AWS's answer is missing)."""
    diagnosis = diagnose(MANNERS["har_capture"][0](scene.har), scene.users or ())
    verdict = ("capture-incomplete" if scene.name.startswith("silent") else "assertion-redacted",)
    assert (scene.verdicts if scene.name in _FORM_ONLY else verdict) == tuple(j.verdict for j in diagnosis.sign_ins)
