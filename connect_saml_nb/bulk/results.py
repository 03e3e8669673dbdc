"""What is kept of each capture: compact, and without a secret. No body, no assertion, no token; URLs are masked."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from connect_saml_nb.idp.products import product_of
from connect_saml_nb.model.finding import MissingInput
from connect_saml_nb.model.signin import FlowRole
from connect_saml_nb.model.verdict import Verdict  # noqa: TC001 -- msgspec reads the annotations
from connect_saml_nb.render.tables import rows
from connect_saml_nb.text import escape_control_characters

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.finding import Finding
    from connect_saml_nb.model.signin import SignIn

_LONGEST = 4000
_LONGEST_NAME = 1024
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})|\\U(000[0-9a-f]{5}|0010[0-9a-f]{4})")
_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


@dataclass(frozen=True, slots=True)
class ResultFinding:
    """What a rule found in a sign-in; a rule's evidence is left to the diagnosis of the one capture."""

    rule: str
    severity: str
    verdict: Verdict | None
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class SignInResult:
    """One sign-in: the columns of the table `sign_ins`, and what many sign-ins are grouped by.

    `fingerprint` names the SAML response, or the requests where there is none, by a digest, so that a sign-in in
    several files is known; `person` is issuer
    and NameID, or issuer and RoleSessionName where the NameID is transient, without regard to letter case;
    `clock_offset` is AWS's clock minus the recording computer's, in seconds, accurate to some seconds.
    """

    sign_in: int
    started: datetime | None
    verdict: Verdict
    role_session_name: str | None
    issuer: str | None
    chosen_role: str | None
    instance_id: str | None
    region: str | None
    landed_on: str | None
    summary: str
    name_id: str | None
    provider: str | None
    posted_to: str | None
    relay_state: str | None
    outcome: str
    aws_message: str | None
    role: str | None = None
    identity_provider: str | None = None
    relation: str = ""
    fingerprint: str | None = None
    person: str | None = None
    clock_offset: float | None = None
    findings: tuple[ResultFinding, ...] = ()
    passed: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One capture. `source` is the file, archive, mail or object; `member` the capture's name in it, otherwise `""`.

    `problem` is a sentence where it could not be read, or only in part; `verdict` is None where nothing could be read.
    `again` says that the reason lies outside of the file, so that another try can succeed.
    """

    source: str
    member: str = ""
    size: int = 0
    creator: str = ""
    browser: str = ""
    entries: int = 0
    problem: str | None = None
    note: str | None = None
    verdict: Verdict | None = None
    sign_ins: tuple[SignInResult, ...] = ()
    again: bool = False

    @property
    def capture(self) -> str:
        """What the capture is called in tables."""
        return f"{self.source}/{self.member}" if self.member else self.source


class Duplicates:
    """Finds sign-ins that are in several captures; results are given to it in one order."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def first(self, result: Result, sign_in: SignInResult) -> str | None:
        """The capture in which a sign-in was seen first; None where that is this one or it is not known."""
        if not sign_in.fingerprint:
            return None
        capture = self._first.setdefault(sign_in.fingerprint, result.capture)
        return None if capture == result.capture else capture


def shown_name(text: str) -> str:
    """A path or a member's name as text that can be stored and shown, whole; `meant_name` turns it back."""
    return escape_control_characters(text)


def meant_name(shown: str) -> str:
    """The name that is shown like this; where it holds backslashes of its own, it can be another one."""
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), shown)


def member_name(text: str) -> str:
    """A member's name as `shown_name`, without its beginning where it is longer than any path."""
    shown = shown_name(text)
    return shown if len(shown) <= _LONGEST_NAME else "…" + shown[1 - _LONGEST_NAME :]


def _clean(text: str) -> str:
    """A foreign text as it can be stored: no lone surrogates, and not without end."""
    clipped = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return clipped.encode("utf-8", "backslashreplace").decode()


def _cleaned(text: str | None) -> str | None:
    return None if text is None else _clean(text)


def result_of(diagnosis: Diagnosis, source: str, member: str, size: int, *, retryable: bool = False) -> Result:
    """Keep what matters of one diagnosis."""
    capture = diagnosis.capture
    return Result(
        source=shown_name(source),
        member=member_name(member),
        size=size,
        creator=_clean(diagnosis.creator),
        browser=_clean(capture.browser) if capture else "",
        entries=len(capture.entries) if capture else 0,
        problem=_cleaned(diagnosis.problem),
        note=_cleaned(diagnosis.note),
        verdict=diagnosis.verdict,
        sign_ins=tuple(map(_sign_in, diagnosis.sign_ins)),
        again=retryable,
    )


def _sign_in(diagnosis: SignInDiagnosis) -> SignInResult:
    row = next(iter(rows.sign_ins("", (diagnosis,))))
    del row["capture"], row["verdict"]
    texts: dict[str, Any] = {name: _clean(value) if isinstance(value, str) else value for name, value in row.items()}
    sign_in = diagnosis.sign_in
    roles = [pair.role for pair in sign_in.roles if pair.role]
    return SignInResult(
        **texts,
        verdict=diagnosis.verdict,
        role=_cleaned(sign_in.chosen_role or (roles[0] if len(roles) == 1 else None)),
        identity_provider=product_of(row["issuer"] or ""),
        relation=diagnosis.relation.value,
        fingerprint=_fingerprint(sign_in),
        person=_cleaned(_person(sign_in)),
        clock_offset=_clock_offset(sign_in),
        findings=tuple(map(_found, diagnosis.findings)),
        passed=diagnosis.passed,
        not_checked=tuple(n.rule for n in diagnosis.not_checked if n.missing is not MissingInput.RECORDING),
    )


def _found(finding: Finding) -> ResultFinding:
    return ResultFinding(
        finding.rule,
        finding.severity.value,
        finding.verdict,
        _clean(str(finding.message)),
        _clean(" ".join(map(str, finding.remedy.actions))),
    )


def _fingerprint(sign_in: SignIn) -> str | None:
    """A digest that cannot be turned back: of the decoded message, otherwise of the requests with their times."""
    known = (sign_in.message.xml if sign_in.message else b"") or _requests(sign_in)
    return hashlib.sha256(known).hexdigest()[:32] if known else None


def _requests(sign_in: SignIn) -> bytes:
    entries = [step.entry for step in sign_in.steps]
    if any(entry.started is None for entry in entries):
        return b""
    return "".join(f"{e.started} {e.method} {e.url}\n" for e in entries).encode("utf-8", "surrogatepass")


def _person(sign_in: SignIn) -> str | None:
    assertion = sign_in.assertion
    if assertion is None:
        return None
    lasting = assertion.name_id if assertion.name_id_format != _TRANSIENT else None
    name = lasting or sign_in.role_session_name
    return f"{assertion.issuer or ''}\n{name}".casefold() if name else None


def _clock_offset(sign_in: SignIn) -> float | None:
    """AWS's `Date` header on its answer to the post, minus the time at which the browser says that it came."""
    posts = [step.entry for step in sign_in.steps if step.role is FlowRole.AWS_POST]
    date = posts[-1].response_header("Date") if posts else None
    if date is None or posts[-1].started is None:
        return None
    try:
        answered = parsedate_to_datetime(date[:64])
    except (ValueError, TypeError, OverflowError):
        return None
    answered = answered if answered.tzinfo else answered.replace(tzinfo=UTC)
    return round((answered - posts[-1].started).total_seconds() - (posts[-1].time_ms or 0) / 1000, 1)
