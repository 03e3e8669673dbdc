"""The manual steps: what the page shows as a command's output is what the command really gives."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from connect_saml_nb.model.record import replace
from connect_saml_nb.notebook.training import manual
from connect_saml_nb.training import new_case

if TYPE_CHECKING:
    from pathlib import Path

    from connect_saml_nb.training import PracticeCase

pytestmark = pytest.mark.slow

needs_shell = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "grep", "sed", "base64", "python3"))),
    reason="A command of the steps is missing.",
)
CASES = [
    (verdict, seed) for verdict in ("user-case-differs", "duplicate-profiles", "user-missing") for seed in range(6)
]


@lru_cache
def made(verdict: str, seed: int) -> PracticeCase:
    """A case."""
    return new_case(verdict, level=1 + seed % 3, seed=seed)


@needs_shell
@pytest.mark.parametrize(("verdict", "seed"), CASES)
def test_the_shell_says_what_the_page_says(verdict: str, seed: int, tmp_path: Path) -> None:
    """Every command is run, on the very files of the case."""
    case = made(verdict, seed)
    (tmp_path / "saml.har").write_bytes(case.capture)
    (tmp_path / "users.json").write_bytes(case.users_file or b"")
    printed = [_run(done.command, tmp_path) for done in manual.steps(case)]
    response = (tmp_path / "response.txt").read_text().strip()
    xml = (tmp_path / "response.xml").read_text() if response else ""
    real = [
        manual.masked_response(response),
        manual.masked_xml(xml) or "(nothing that is XML)",
        *(p or "(no line)" for p in printed[2:]),
    ]
    assert real == [done.output for done in manual.steps(case)]


def _run(command: str, folder: Path) -> str:
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603, S607 -- the page's own
    return done.stdout.rstrip("\n")


def test_the_steps_lead_to_the_difference_in_capital_letters() -> None:
    """No line with exactly this name, one without regard to case."""
    case = next(c for c in (made("user-case-differs", seed) for seed in range(6)) if manual.find_response(c.capture))
    *_, exact, any_case = manual.steps(case)
    assert ("(no line)", case.answer.username) == (exact.output, any_case.output)


def test_no_credential_is_shown() -> None:
    """Neither the response nor what signs it."""
    case = next(c for c in (made("user-case-differs", seed) for seed in range(6)) if manual.find_response(c.capture))
    shown = manual.manual_html(case)
    assert [] == re.findall(r"[A-Za-z0-9+/%]{120,}", shown)


def test_where_a_browser_left_the_form_out_the_step_says_so() -> None:
    """An empty file without a word is what the page's own command gives."""
    done = manual.steps(replace(made("user-missing", 0), capture=b"{}"))[0]
    assert ("(no line)", True) == (done.output, done.lesson.startswith("Nothing: this recording"))


@pytest.mark.parametrize("response", ["", "%%%", "PHg+", "🎩", "A" * 5])
def test_no_response_breaks_the_decoding(response: str) -> None:
    """What is no XML is nothing."""
    assert manual.decoded(response) in {"", "<x>"}
