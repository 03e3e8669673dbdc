"""A diagnosis's values as rows of the tables. URLs are masked here; of a message only its attributes are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.facts import sign_in_facts
from connect_saml_nb.matching import UserIndex
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.render.tables.schema import COLUMNS, or_none
from connect_saml_nb.rules import users as rules
from connect_saml_nb.saml import short_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connect_saml_nb.model.capture import Capture
    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.finding import EvidencePlace, Finding
    from connect_saml_nb.model.saml import Assertion, Attribute, SamlMessage
    from connect_saml_nb.model.signin import SignIn
    from connect_saml_nb.model.users import User, Users
    from connect_saml_nb.render.tables.schema import Row

    _Place = tuple[str | None, int | None]  # a capture and a sign-in in it


# --- what was recorded -------------------------------------------------------------------------------------


def entries(name: str, capture: Capture | None, sign_ins: Iterable[SignIn]) -> Iterator[Row]:
    """One row for each entry, in the order of time."""
    steps = {step.entry.index: (s.number, step.role.value) for s in sign_ins for step in reversed(s.steps)}
    for entry in capture.entries if capture else ():
        number, role = steps.get(entry.index, (None, None))
        yield {
            "capture": name,
            "entry": entry.index,
            "started": entry.started,
            "method": or_none(entry.method),
            "url": urls.mask(entry.url),
            "host": or_none(urls.split(entry.url).host),
            "status": entry.status,
            "mime_type": or_none(entry.mime_type),
            "location": or_none(urls.mask(entry.location) or ""),
            "time_ms": entry.time_ms,
            "role_in_flow": role,
            "sign_in": number,
            "error": or_none(entry.error),
            "resource_type": or_none(entry.resource_type),
        }


def attributes(name: str, messages: Iterable[SamlMessage], sign_ins: Iterable[SignIn]) -> Iterator[Row]:
    """One row for each attribute value of each assertion, once for each sign-in it belongs to."""
    owners: dict[Assertion, list[int | None]] = {}
    for sign_in in sign_ins:
        for assertion in sign_in.message.assertions if sign_in.message else ():
            owners.setdefault(assertion, []).append(sign_in.number)
    found: dict[Assertion, SamlMessage] = {}
    for message in messages:
        for assertion in message.assertions:
            found.setdefault(assertion, message)
    for assertion, message in found.items():
        for number in owners.get(assertion, [None]):  # None: it was for another application
            for attribute in assertion.attributes:
                yield from _values(name, number, message, assertion, attribute)


def _values(
    name: str, sign_in: int | None, message: SamlMessage, assertion: Assertion, attribute: Attribute
) -> Iterator[Row]:
    """The rows of one attribute; one without any value is a row without one."""
    values: list[tuple[int | None, str | None]] = [*enumerate(attribute.values, 1)]
    for position, value in values or [(None, None)]:
        yield {
            "capture": name,
            "sign_in": sign_in,
            "assertion": or_none(assertion.id),
            "issuer": assertion.issuer,
            "name_id": assertion.name_id,
            "attribute": attribute.name,
            "short_name": short_name(attribute.name),
            "friendly_name": or_none(attribute.friendly_name),
            "position": position,
            "value": value,
            "name_format": or_none(attribute.name_format),
            "entry": message.entry,
            "posted_to": or_none(urls.mask(message.target) or ""),
        }


# --- what was judged ---------------------------------------------------------------------------------------


def sign_ins(name: str, diagnoses: Iterable[SignInDiagnosis]) -> Iterator[Row]:
    """One row for each sign-in."""
    for diagnosis in diagnoses:
        facts = sign_in_facts(diagnosis).values()
        columns = {column: facts[column] for column in COLUMNS["sign_ins"] if column in facts}
        yield {"capture": name, "sign_in": diagnosis.sign_in.number, **columns}


def matches(name: str, sign_in_diagnoses: Iterable[SignInDiagnosis]) -> Iterator[Row]:
    """One row for each user that a sign-in's name could mean."""
    for diagnosis in sign_in_diagnoses:
        for match in diagnosis.matches:
            yield {
                "capture": name,
                "sign_in": diagnosis.sign_in.number,
                "role_session_name": diagnosis.sign_in.role_session_name,
                "match": match.kind.value,
                "username": match.user.username,
                "user_id": or_none(match.user.user_id),
            }


def findings(name: str, sign_in_diagnoses: Iterable[SignInDiagnosis]) -> Iterator[Row]:
    """One row for each rule and sign-in: what was found, then what was not checked, then what passed."""
    for diagnosis in sign_in_diagnoses:
        key = {"capture": name, "sign_in": diagnosis.sign_in.number}
        for finding in diagnosis.findings:
            yield {**key, **_finding(finding)}
        for skipped in diagnosis.not_checked:
            yield {**key, **_no_finding(skipped.rule, "not-checked"), "message": str(skipped.reason)}
        for rule in diagnosis.passed:
            yield {**key, **_no_finding(rule, "passed")}


def _no_finding(rule: str, outcome: str) -> Row:
    absent = ("severity", "message", "remedy", "verdict", "docs", "evidence", "commands")
    return {"rule": rule, "outcome": outcome, **dict.fromkeys(absent)}


def _finding(finding: Finding) -> Row:
    return {
        "rule": finding.rule,
        "outcome": "found",
        "severity": finding.severity.value,
        "message": str(finding.message),
        "remedy": " ".join(map(str, finding.remedy.actions)),
        "verdict": finding.verdict,
        "docs": finding.docs,
        "evidence": or_none("\n".join(map(_place, finding.evidence))),
        "commands": or_none("\n".join(map(str, finding.remedy.commands))),
    }


def _place(evidence: EvidencePlace) -> str:
    where = evidence.where if evidence.entry is None else f"entry {evidence.entry}, {evidence.where}"
    return f"{where}: {evidence.detail}"


def captures(name: str, diagnosis: Diagnosis) -> Iterator[Row]:
    """The one row of an input."""
    capture = diagnosis.capture
    yield {
        "capture": name,
        "creator": or_none(diagnosis.creator),
        "verdict": diagnosis.verdict,
        "sign_ins": len(diagnosis.sign_ins),
        "problem": diagnosis.problem,
        "note": diagnosis.note,
        "browser": or_none(capture.browser) if capture else None,
        "entries": len(capture.entries) if capture else None,
        "users": sum(map(len, diagnosis.users)) if diagnosis.users else None,
        "users_complete": all(u.complete for u in diagnosis.users) if diagnosis.users else None,
    }


# --- users -------------------------------------------------------------------------------------------------


def users(lists: Iterable[Users]) -> Iterator[Row]:
    """One row for each user of each list."""
    for each in lists:
        for user in each.users:
            yield {
                "username": user.username,
                "user_id": or_none(user.user_id),
                "arn": or_none(user.arn),
                "last_modified": user.last_modified,
                "instance_id": each.instance_id,
                "region": each.region,
                "source": or_none(each.source),
            }


def case_groups(lists: Iterable[Users], judged: Iterable[tuple[str, SignInDiagnosis]]) -> Iterator[Row]:
    """One row for each user that equals another except for letter case; one for each sign-in that meant the group."""
    meant: dict[User, list[_Place]] = {}
    for name, diagnosis in judged:
        for twin in diagnosis.case_variants:
            meant.setdefault(twin, []).append((name, diagnosis.sign_in.number))
    for group in (g for each in lists for g in UserIndex(each.users).duplicates()):
        why = f"{len(group)} users of the list are equal except for letter case."
        for place in meant.get(group[0], [(None, None)]):
            for user in group:
                yield _duplicate("letter case", user.username.casefold(), user, place, why)


def other_readings(name: str, diagnosis: Diagnosis) -> Iterator[Row]:
    """One row for each sign-in with evidence in its capture for another reading of 'two separate profiles'."""
    sign_ins = [j.sign_in for j in diagnosis.sign_ins]
    for sign_in_diagnosis in diagnosis.sign_ins:
        ours = sign_in_diagnosis.sign_in
        users = sign_in_diagnosis.users
        exact = next((m.user for m in sign_in_diagnosis.matches if m.kind is MatchKind.EXACT), None)
        others = [s for s in sign_ins if s is not ours]
        for reading in rules.other_readings(ours, others, users.account if users else None):
            key = (name, ours.number)
            yield _duplicate(reading.reading, ours.role_session_name, exact, key, str(reading.why))


def _duplicate(reading: str, key: str | None, user: User | None, sign_in: _Place, why: str) -> Row:
    name, number = sign_in
    return {
        "reading": reading,
        "key": key,
        "username": user.username if user else None,
        "user_id": or_none(user.user_id) if user else None,
        "capture": name,
        "sign_in": number,
        "why": why,
    }
