"""The lesson path of lessons.toml: slides with pictures and tables of made-up cases."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.notebook import sign_in
from connect_saml_nb.notebook.guided.recording_help import recording_help
from connect_saml_nb.notebook.training import case_panels
from connect_saml_nb.notebook.training.grading import Part
from connect_saml_nb.render.html import Markup
from connect_saml_nb.training import new_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.training import PracticeCase

_SEED = 11


class Example(NamedTuple):
    """A made-up case that a slide shows, with its diagnosis."""

    case: PracticeCase
    diagnosis: Diagnosis
    sign_in_diagnosis: SignInDiagnosis


@lru_cache(maxsize=12)
def example(verdict: str) -> Example:
    """The example of a verdict: the same for everybody."""
    case = new_case(verdict, seed=_SEED)
    diagnosis = diagnose(case.capture, **case.collect_inputs())
    return Example(case, diagnosis, diagnosis.sign_ins[-1])


def _two_lists(shown: Example) -> Markup:
    return case_panels.users_table(shown.case.users) + sign_in.matches_table(shown.sign_in_diagnosis)


#: What a slide can show below its text.
_FIGURES: dict[str, Callable[[Example], str]] = {
    "account": lambda shown: case_panels.account_html(shown.case.evidence),
    "attributes": lambda shown: sign_in.attribute_table(shown.sign_in_diagnosis),
    "causes": lambda shown: sign_in.causes_table(shown.sign_in_diagnosis),
    "picture": lambda shown: sign_in.picture(shown.sign_in_diagnosis),
    "recording-help": lambda _: recording_help(),
    "response": lambda shown: case_panels.response_html(shown.sign_in_diagnosis.sign_in),
    "steps": lambda shown: sign_in.steps_table(shown.sign_in_diagnosis),
    "time-bar": lambda shown: sign_in.times(shown.sign_in_diagnosis),
    "two-lists": _two_lists,
    "verdict-card": lambda shown: sign_in.verdict_card(shown.sign_in_diagnosis),
}


class Slide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thought: a title, a text in HTML, and a picture or table of an example."""

    title: str
    text: str
    verdict: str
    figure: str

    def __post_init__(self) -> None:
        """Refuse a figure that is not there."""
        if self.figure not in _FIGURES:
            raise ValueError(f"There is no figure {self.figure}.")

    def html(self) -> Markup:
        """The slide below its title."""
        return Markup(self.text + _FIGURES[self.figure](example(self.verdict)))


class Lesson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the path: slides, the verdicts of which its exercises are made, and what they ask."""

    title: str
    verdicts: tuple[str, ...]
    slides: tuple[Slide, ...]
    least_level: int = 1
    parts: tuple[Part, ...] = tuple(Part)


def _read_lessons() -> tuple[Lesson, ...]:
    text = files("connect_saml_nb.notebook.training").joinpath("lessons.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)["lesson"], tuple[Lesson, ...])


LESSONS = _read_lessons()
