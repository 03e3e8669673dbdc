"""What rules answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class EvidencePlace:
    """Where a finding can be seen: the entry's index in the file (None for the user list), the place, the values."""

    entry: int | None
    where: str
    detail: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule found something. `verdict` is the verdict that it supports, or None."""

    rule: str
    severity: Severity
    verdict: str | None
    message: str
    remedy: str
    docs: str
    evidence: tuple[EvidencePlace, ...] = ()
    commands: tuple[str, ...] = ()


class MissingInput(StrEnum):
    """What a rule that could not run lacked: something that a person can give, or what this sign-in does not show."""

    USERS = "users"
    ACCOUNT = "account"
    ANSWER = "answer"  # of the account, which was asked
    METADATA = "metadata"
    KEY = "key"
    EXTRA = "extra"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A rule that could not run, and why."""

    rule: str
    reason: str
    lack: MissingInput = MissingInput.RECORDING
