"""The facts that rules ask about, and what they make of them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from connect_saml_nb.model.record import Record
from connect_saml_nb.model.signature import Verification
from connect_saml_nb.model.users import MatchKind

if TYPE_CHECKING:
    from datetime import datetime

    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.capture import Capture
    from connect_saml_nb.model.finding import Finding, NotChecked
    from connect_saml_nb.model.saml import SamlMessage
    from connect_saml_nb.model.signin import SignIn
    from connect_saml_nb.model.text import Text
    from connect_saml_nb.model.users import AttributeMatch, Match, User, Users
    from connect_saml_nb.model.verdict import Verdict


class Relation(StrEnum):
    """How the user list stands to the sign-in's instance."""

    NONE = "no list"
    SAME = "same instance"
    UNKNOWN = "not known"  # the list or the sign-in does not say its instance
    OTHER = "another instance"


class RuleContext(Record, frozen=True):
    """All facts about one sign-in that rules may ask; no judgement.

    `users` is the list that the sign-in is compared with and `relation` how it stands to the sign-in's instance;
    `candidates` every user that could be meant, `case_variants` those equal to it except for letter case (the exact one
    among them), `other_names` those that another value of the response names where no user has exactly the name;
    `others` the capture's other sign-ins; `now` the time of the diagnosis, for ages only; `verification` what verifying
    the signatures showed; `evidence` what the AWS account says, None where it was not asked.
    """

    capture: Capture
    sign_in: SignIn
    others: tuple[SignIn, ...]
    users: Users | None
    relation: Relation
    candidates: tuple[Match, ...]
    case_variants: tuple[User, ...]
    now: datetime
    other_names: tuple[AttributeMatch, ...] = ()
    verification: Verification = msgspec.field(default_factory=Verification)
    evidence: Evidence | None = None

    @property
    def exact(self) -> User | None:
        """The user whose username is exactly the RoleSessionName, or None."""
        return next((m.user for m in self.candidates if m.kind is MatchKind.EXACT), None)

    @property
    def list_is_complete(self) -> bool:
        """Whether there is a complete list that may be of this sign-in's instance."""
        ours = self.relation in {Relation.SAME, Relation.UNKNOWN}
        return ours and self.users is not None and self.users.complete


class SignInDiagnosis(Record, frozen=True):
    """The diagnosis of one sign-in: exactly one verdict, and what every rule had to say.

    `users` is the list that it was compared with, None without one; `relation` is how that list stands to its instance.
    """

    hidden = ("users",)
    sign_in: SignIn
    verdict: Verdict
    summary: Text
    matches: tuple[Match, ...]
    findings: tuple[Finding, ...]
    passed: tuple[str, ...]
    not_checked: tuple[NotChecked, ...]
    relation: Relation = Relation.NONE
    case_variants: tuple[User, ...] = ()
    users: Users | None = None

    @property
    def main_finding(self) -> Finding | None:
        """The finding that carries the verdict, or None."""
        return next((f for f in self.findings if f.verdict == self.verdict), None)


class Diagnosis(Record, frozen=True):
    """One capture's diagnosis. `problem` is a sentence where the input could not be read, or only in part.

    `verdict` is None only where nothing could be read; `note` says in a sentence what a capture without any sign-in
    holds.
    """

    hidden = ("capture", "messages")
    name: str
    creator: str
    problem: str | None
    verdict: Verdict | None
    sign_ins: tuple[SignInDiagnosis, ...]
    users: tuple[Users, ...] = ()
    note: str | None = None
    capture: Capture | None = None
    messages: tuple[SamlMessage, ...] = ()

    def __repr__(self) -> str:
        """One line: the capture, its verdict and each sign-in's."""
        each = ", ".join(f"sign-in {j.sign_in.number} {j.verdict}" for j in self.sign_ins)
        return f"<Diagnosis of {self.name!r}: {self.verdict or 'not readable'} ({each or 'no sign-in'})>"
