"""The pages of a session to print: for trainees without answers, for the trainer with them. Self-contained HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.render.html import render
from connect_saml_nb.training.cases import title, verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connect_saml_nb.training.cases import PracticeCase

_QUESTIONS = (
    "Where does the sign-in stop? (number of the request)",
    "What is the cause? (name from the last page)",
    "What shows it? (request, SAML attribute, Connect user)",
    "Who has to do what?",
)


def for_trainees(cases: Sequence[PracticeCase]) -> str:
    """The handout: each case's report and room to write; no answer."""
    causes = [(name, title(name)) for name in sorted(verdicts())]
    return render("training/worksheet.html", cases=cases, answers=False, questions=_QUESTIONS, causes=causes)


def for_trainer(cases: Sequence[PracticeCase]) -> str:
    """The trainer's page: each case with its answer."""
    return render("training/worksheet.html", cases=cases, answers=True)
