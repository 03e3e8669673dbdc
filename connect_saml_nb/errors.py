"""The only exceptions that this package raises on purpose, and the problems that they tell.

Each message is one or two sentences for the person reading: what happened, where, and what to do next.
It never holds a secret.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Self


class ProblemCode(Enum):
    """What is wrong. A member's value is the English sentence; `{name}` in it stands for a value.

    Code compares members and never reads the sentence. Calling a member fills in the values:

    >>> class InputProblem(ProblemCode):
    ...     NO_FILE = "There is no file {path}: check the path."
    >>> problem = InputProblem.NO_FILE(path="a.har")
    >>> problem, problem.code
    ('There is no file a.har: check the path.', <InputProblem.NO_FILE: 'There is no file {path}: check the path.'>)
    """

    def __call__(self, **values: object) -> Problem:
        """Give the sentence with its values, which remembers its code."""
        return Problem(self, str(self.value).format(**values))


class Problem(str):
    """A sentence for people that knows its code."""

    __slots__ = ("code",)
    code: ProblemCode

    def __new__(cls, code: ProblemCode, sentence: str) -> Self:
        """Make the sentence; calling a code is the usual way."""
        problem = super().__new__(cls, sentence)
        problem.code = code
        return problem

    def __getnewargs__(self) -> tuple[ProblemCode, str]:  # type: ignore[override] # str names its own argument only
        """Let it travel to other processes."""
        return self.code, str(self)


def code_of(sentence: str | None) -> ProblemCode | None:
    """The code of a problem, or None for other text and where there is none."""
    return sentence.code if isinstance(sentence, Problem) else None


class ConnectSamlError(Exception):
    """Any error of this package. `problem` is its sentence, which knows its code where it has one."""

    @property
    def problem(self) -> str:
        """The sentence that it was raised with."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)

    def about(self, subject: str) -> str:
        """The same problem with the name of what has it in front."""
        sentence = f"{subject}: {self}"
        return Problem(self.problem.code, sentence) if isinstance(self.problem, Problem) else sentence


class CaptureError(ConnectSamlError):
    """The input is not a capture that can be read."""


class UserListError(ConnectSamlError):
    """The Connect users could not be listed or read."""


class EvidenceError(ConnectSamlError):
    """Evidence, metadata or a key could not be read, or AWS did not answer a read-only question."""


class PasswordNeededError(EvidenceError):
    """A private key is protected by a password, and none was given."""


class OwnFault(ProblemCode):
    """A fault of this package."""

    OUT_OF_MEMORY = "connect_saml_nb has a fault of its own (MemoryError in {place}). {report}"
    UNEXPECTED = "connect_saml_nb has a fault of its own ({kind} in {place}). {report}"


_REPORT = "Please report this line; the capture itself is not needed."


def own_fault(error: BaseException) -> Problem:
    """An error that nobody raised on purpose, as a sentence: its kind and place, and nothing that it was given."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}" if trace else "an unknown place"
    if isinstance(error, MemoryError):
        return OwnFault.OUT_OF_MEMORY(place=place, report=_REPORT)
    return OwnFault.UNEXPECTED(kind=type(error).__name__, place=place, report=_REPORT)
