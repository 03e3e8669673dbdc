"""What is taught of each verdict: the texts of lessons.toml, filled with a case's own values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class VerdictTexts:
    """The texts of one verdict. `wrong` and `wrong_fixes` are pairs of what is wrong and why."""

    verdict: str
    title: str
    cause: str
    fix: str
    hints: tuple[str, ...]
    wrong: tuple[tuple[str, str], ...]
    wrong_fixes: tuple[tuple[str, str], ...]

    @staticmethod
    def filled(text: str, values: Mapping[str, str]) -> str:
        """A text with a case's values in it."""
        return Template(text).safe_substitute(values)


@cache
def _file() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("lessons.toml").read_text("utf-8"))


@cache
def verdict_texts(verdict: str) -> VerdictTexts:
    """The texts of a verdict."""
    row = _file()[verdict]
    return VerdictTexts(
        verdict=verdict,
        title=row["title"],
        cause=row["cause"],
        fix=row["fix"],
        hints=tuple(row["hints"]),
        wrong=_pairs(row["wrong"]),
        wrong_fixes=_pairs(row["wrong_fixes"]),
    )


def _pairs(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, why) for name, why in rows)


#: The lesson path: topics in the order to learn them.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "A sign-in from start to end": ("signed-in", "session-expired", "no-sign-in", "capture-incomplete", "idp-error"),
    "Matching names": (
        *("user-case-differs", "user-missing", "user-near-miss", "user-name-impossible", "duplicate-profiles"),
        *("user-exists-but-refused", "user-not-checked", "wrong-instance", "not-saml-instance"),
    ),
    "Where the sign-in leads": ("relay-state-missing", "relay-state-invalid", "replica-not-ready"),
    "Reading an assertion": (
        *("role-missing", "role-malformed", "role-session-name-missing", "role-session-name-invalid", "audience-wrong"),
        *("recipient-wrong", "destination-wrong", "source-identity-invalid", "session-duration-invalid"),
        *("session-tags-refused", "response-refused"),
    ),
    "Times and signatures": (
        *("assertion-expired", "assertion-not-yet-valid", "signature-invalid", "issuer-mismatch", "provider-missing"),
    ),
    "Roles and permissions": (
        *("federation-denied", "role-not-assumable", "role-not-chosen", "not-authorized-in-connect"),
    ),
    "What a recording cannot tell": (
        *("assertion-encrypted", "assertion-redacted", "assertion-damaged", "sign-in-blocked", "outcome-unknown"),
    ),
}
