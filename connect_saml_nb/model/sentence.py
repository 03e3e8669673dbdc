"""Sentences of ours with a code: programs ask for the code, people read the sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.model.record import Record

if TYPE_CHECKING:
    from enum import Enum


class Sentence(Record, frozen=True):
    """A problem or a note. `code` is a member of an enum whose value is the sentence, with `{}` for each argument.

    >>> class Oddity(Enum):
    ...     REPEATED = "The attribute {} stands {} times."
    >>> str(Sentence(Oddity.REPEATED, ("'Role'", 2)))
    "The attribute 'Role' stands 2 times."
    """

    code: Enum
    arguments: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        """The sentence."""
        return str(self.code.value).format(*self.arguments)
