"""Every scene gives its verdict, and never an exception, a leak, or an error at a sign-in that works."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from recorder import (
    CONNECT_PAGE,
    FEDERATION_DENIED,
    INSTANCE,
    OTHER_INSTANCE,
    RELAY_STATE,
    SECRETS,
    SIGN_IN,
    SIGNATURE_VALUE,
    Recorder,
    Saml,
    page,
    saml_fields,
)
from scenes import SCENES, Scene

from connect_saml_nb.diagnosis import diagnose

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import Diagnosis


def told(diagnosis: Diagnosis) -> str:
    """Everything that a surface could show of a diagnosis."""
    parts = [repr(diagnosis), diagnosis.note or "", diagnosis.problem or ""]
    for sign_in_diagnosis in diagnosis.sign_ins:
        parts.append(str(sign_in_diagnosis.summary))
        for finding in sign_in_diagnosis.findings:
            parts += map(str, (finding.message, finding.remedy, *(e.detail for e in finding.evidence)))
        parts += [str(n.reason) for n in sign_in_diagnosis.not_checked]
    return "\n".join(parts)


_NOT_JUDGED = frozenset(
    {"capture-incomplete", "user-not-checked", "response-refused", "outcome-unknown"}
    | {f"assertion-{how}" for how in ("encrypted", "redacted", "damaged")}
)


def worst(verdicts: tuple[str, ...]) -> str:
    """The capture's verdict by T8: named fault, not judged, signed in; the last of equals."""
    ranks = [0 if v == "signed-in" else 1 if v in _NOT_JUDGED else 2 for v in verdicts]
    return max(zip(ranks, range(len(ranks)), verdicts, strict=True), default=(0, 0, "no-sign-in"))[2]


@pytest.mark.parametrize("scene", SCENES, ids=lambda s: s.name)
def test_scene(scene: Scene) -> None:
    """The verdicts, names and the chosen role are the contract's."""
    diagnosis = diagnose(json.dumps(scene.har).encode(), scene.users or ())
    found = diagnosis.sign_ins
    names = tuple(j.sign_in.role_session_name for j in found if j.sign_in.role_session_name is not None)
    chosen = next((j.sign_in.chosen_role for j in found if j.sign_in.chosen_role), None)
    shown = told(diagnosis)
    healthy_errors = [f.rule for j in found if j.verdict == "signed-in" for f in j.findings if f.severity == "error"]
    assert scene.verdicts == tuple(j.verdict for j in found), scene.why
    assert (scene.names, scene.chosen) == (names, chosen)
    assert worst(scene.verdicts) == diagnosis.verdict
    assert shown == shown.encode().decode()  # JSON and HTML can hold it
    assert [] == [s for s in (*SECRETS, SIGNATURE_VALUE) if s in shown]
    assert [] == healthy_errors


def test_two_tabs_at_once() -> None:
    """The federation page names the instance, and so the sign-in that it belongs to."""
    recorder = Recorder()
    there, connect = RELAY_STATE.replace(INSTANCE, OTHER_INSTANCE), "https://other-cc.my.connect.aws/ccp-v2"
    recorder.post(SIGN_IN, saml_fields(Saml(), RELAY_STATE), 302, location=RELAY_STATE)
    recorder.post(SIGN_IN, saml_fields(Saml(id="_second"), there), 302, location=there)
    recorder.federate(403, page(FEDERATION_DENIED))
    recorder.federate(url=there, location=connect)
    recorder.get(connect, body=CONNECT_PAGE)
    found = diagnose(json.dumps(recorder.har()).encode()).sign_ins
    assert [("federation-denied", INSTANCE), ("signed-in", OTHER_INSTANCE)] == [
        (j.verdict, j.sign_in.instance_id) for j in found
    ]
