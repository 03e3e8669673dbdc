"""What rules answer: findings with what to do about them, and what could not be checked."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from connect_saml_nb.model.record import Record
from connect_saml_nb.model.text import Text

if TYPE_CHECKING:
    from connect_saml_nb.model.verdict import Verdict


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Actor(StrEnum):
    """Who has something to do."""

    CONNECT_ADMIN = "Connect admin"
    IDP_ADMIN = "IdP admin"
    AWS_ADMIN = "AWS admin"
    PERSON = "The person"


class Action(Record, frozen=True):
    """One thing to do. `condition` says in what case, or in which product (`if that cannot be`, `Okta`)."""

    actor: Actor
    text: Text
    condition: str = ""

    def __str__(self) -> str:
        """The action as plain text: who, in what case, what."""
        return f"{self.actor.value}{f' ({self.condition})' if self.condition else ''}: {self.text}"


class Shell(StrEnum):
    """The shells in which a command can be pasted."""

    BASH = "bash"
    POWERSHELL = "PowerShell"
    ANY = "bash or PowerShell"


class Command(Record, frozen=True):
    """A script that can be pasted into a shell, with its values filled in; `purpose` says what it is for."""

    shell: Shell
    purpose: str
    script: str

    def __str__(self) -> str:
        """The script with a first line that says what it is for; `#` begins a comment in both shells."""
        return f"# {self.shell.value}: {self.purpose}\n{self.script}"


class Remedy(Record, frozen=True):
    """What to do: the actions in the order to read them, and ready commands for them."""

    actions: tuple[Action, ...] = ()
    commands: tuple[Command, ...] = ()

    def __str__(self) -> str:
        """The remedy as plain text: the actions, then the commands, each after a blank line."""
        return "\n\n".join((" ".join(map(str, self.actions)), *map(str, self.commands)))


class EvidencePlace(Record, frozen=True):
    """Where a finding can be seen: the entry's index in the file (None for the user list), the place, the values."""

    entry: int | None
    where: str
    detail: Text


class Finding(Record, frozen=True):
    """A rule found something. `verdict` is the verdict that it supports, or None."""

    rule: str
    severity: Severity
    verdict: Verdict | None
    message: Text
    remedy: Remedy
    docs: str
    evidence: tuple[EvidencePlace, ...] = ()


class MissingInput(StrEnum):
    """What a rule that could not run lacked: something that a person can give, or what this sign-in does not show."""

    USERS = "users"
    ACCOUNT = "account"
    ANSWER = "answer"  # of the account, which was asked
    METADATA = "metadata"
    KEY = "key"
    EXTRA = "extra"
    RECORDING = "recording"


class NotChecked(Record, frozen=True):
    """A rule that could not run, why, and what it lacked."""

    rule: str
    reason: Text = msgspec.field(default_factory=Text)
    missing: MissingInput = MissingInput.RECORDING
