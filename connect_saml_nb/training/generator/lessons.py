"""What is taught of each verdict: the texts of lessons.toml, filled with a case's values, and the topics to learn."""

from __future__ import annotations

from functools import cache
from string import Template
from typing import TYPE_CHECKING

import msgspec

from connect_saml_nb.training.generator.tables import convert_table, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping


class VerdictTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The texts of one verdict. `wrong` and `wrong_fixes` are pairs of what is wrong and why."""

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


def verdict_texts(verdict: str) -> VerdictTexts:
    """The texts of a verdict."""
    return _all_texts()[verdict]


@cache
def _all_texts() -> dict[str, VerdictTexts]:
    return convert_table(read_table("lessons.toml"), dict[str, VerdictTexts], "lessons.toml")


@cache
def lesson_topics() -> dict[str, tuple[str, ...]]:
    """The topics of the lesson path, in the order to learn them, each with its verdicts."""
    return convert_table(read_table("topics.toml"), dict[str, tuple[str, ...]], "topics.toml")
