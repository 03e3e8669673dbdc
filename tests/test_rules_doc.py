"""docs/RULES.md: generated, fresh, and complete."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from connect_saml_nb.answers import find_answer
from connect_saml_nb.model import Said
from connect_saml_nb.rules import RULES
from connect_saml_nb.rules import __main__ as generator

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "RULES.md"


def test_the_document_is_fresh() -> None:
    """After a change of a rule, python docs/generate.py was run."""
    assert FILE.read_text() == generator.document()


def test_every_rule_has_its_section() -> None:
    """In the order in which findings are shown."""
    assert [rule.id for rule in RULES] == [line[3:] for line in _headings() if line[3:] in {r.id for r in RULES}]


def _headings() -> list[str]:
    return [line for line in FILE.read_text().splitlines() if line.startswith("## ")]


def test_every_link_leads_to_a_section() -> None:
    """No rule is named that does not exist."""
    links = set(re.findall(r"\(#([a-z-]+)\)", FILE.read_text()))
    assert links == {rule.id for rule in RULES}


@pytest.mark.parametrize("text", [text for text, _ in generator.MESSAGES])
def test_every_message_is_one_that_the_package_recognises(text: str) -> None:
    """The contents do not promise what the code does not see."""
    assert find_answer(f"<p>{text}</p>", global_endpoint=True) is not None


def test_every_text_that_decides_a_verdict_is_in_the_contents() -> None:
    """By the rule that it leads to; a text without a rule of its own leads to several."""
    listed = {
        found.said for text, _ in generator.MESSAGES if (found := find_answer(f"<p>{text}</p>", global_endpoint=True))
    }
    without_page = {Said.IDP_REJECTED, Said.ROLE_NOT_IN_RESPONSE, Said.DAMAGED, Said.REGION_DISABLED}
    assert set(Said) - without_page == listed


@pytest.mark.parametrize(("argument", "status"), [("--check", 0), ("", 0)])
def test_the_documents_command_checks_and_writes(argument: str, status: int) -> None:
    """What ./check runs."""
    command = [sys.executable, "docs/generate.py", *filter(None, [argument])]
    assert status == subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 # our own


def test_a_stale_file_is_told_by_the_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the command that makes it fresh."""
    file = tmp_path / "RULES.md"
    file.write_text("old")
    assert (1, True) == (generator.main(["--check", str(file)]), "--output" in capsys.readouterr().err)


def test_a_file_is_written(tmp_path: Path) -> None:
    """And is then fresh."""
    file = tmp_path / "RULES.md"
    generator.main(["--output", str(file)])
    assert 0 == generator.main(["--check", str(file)])


def test_without_an_option_the_document_goes_to_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """To read it, or to send it on."""
    generator.main([])
    assert capsys.readouterr().out == generator.document()
