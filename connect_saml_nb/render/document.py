"""Diagnoses as the JSON of the contract (docs/contract.md)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from connect_saml_nb.facts import sign_in_facts
from connect_saml_nb.text import printable_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect_saml_nb.model import JsonObject
    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.finding import Finding
    from connect_saml_nb.model.users import Users

SCHEMA: Final = "connect-saml-nb/diagnosis/1"


def to_json(diagnoses: Iterable[Diagnosis], *, indent: int | None = 2) -> str:
    """Give the JSON of contract `connect-saml-nb/diagnosis/1` (docs/contract.md); every key is always present."""
    text = json.dumps(document(tuple(diagnoses)), indent=indent, ensure_ascii=False)
    return printable_json(text)


def document(diagnoses: Sequence[Diagnosis]) -> JsonObject:
    """Give what `to_json` writes, as plain values."""
    lists = next((d.users for d in diagnoses if d.users), ())
    return {"schema": SCHEMA, "users": _users(lists), "captures": [_capture(d) for d in diagnoses]}


def _users(lists: Sequence[Users]) -> JsonObject | None:
    if not lists:
        return None
    one = lists[0] if len(lists) == 1 else None
    return {
        "source": ", ".join(u.source for u in lists),
        "count": sum(len(u) for u in lists),
        "complete": all(u.complete for u in lists),
        "instance_id": one.instance_id if one else None,
        "region": one.region if one else None,
    }


def _capture(diagnosis: Diagnosis) -> JsonObject:
    return {
        "capture": diagnosis.name,
        "creator": diagnosis.creator,
        "problem": diagnosis.problem or diagnosis.note,
        "verdict": diagnosis.verdict,
        "sign_ins": [_sign_in(j) for j in diagnosis.sign_ins],
    }


def _sign_in(diagnosis: SignInDiagnosis) -> JsonObject:
    facts = sign_in_facts(diagnosis)
    return {
        **{name: value for name, value in facts.values().items() if name not in _NOT_IN_JSON},
        "started": iso_time(facts.started),
        "roles": list(facts.roles),
        "matches": [
            {"username": m.user.username, "user_id": m.user.user_id, "match": m.kind.value} for m in diagnosis.matches
        ],
        "findings": [_finding(f) for f in diagnosis.findings],
        "passed": list(diagnosis.passed),
        "not_checked": [{"rule": n.rule, "reason": str(n.reason)} for n in diagnosis.not_checked],
    }


#: Facts that the contract's JSON does not have.
_NOT_IN_JSON = frozenset({"role_values", "posted_at", "outcome"})


def _finding(finding: Finding) -> JsonObject:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "verdict": finding.verdict,
        "message": str(finding.message),
        "remedy": str(finding.remedy),
        "docs": finding.docs,
        "evidence": [{"entry": e.entry, "where": e.where, "detail": str(e.detail)} for e in finding.evidence],
    }


def iso_time(time: datetime | None) -> str | None:
    """A time as JSON has it: UTC, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if time else None
