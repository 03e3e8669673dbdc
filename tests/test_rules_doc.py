"""docs/RULES.md: generated, fresh, and complete."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from connect_saml_nb.aws.messages import find_answer
from connect_saml_nb.model.signin import AwsMessage
from connect_saml_nb.rules import RULES
from connect_saml_nb.rules import __main__ as generator

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "RULES.md"
FAULTS = ROOT / "docs" / "FAULTS.md"
_SPEC = importlib.util.spec_from_file_location("faults", ROOT / "docs" / "faults.py")
assert _SPEC is not None
assert _SPEC.loader is not None
faults = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(faults)
IDS = frozenset(rule.id for rule in RULES)


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
    assert set(AwsMessage) == listed


def test_every_rule_is_in_one_family() -> None:
    """A reader who has no message finds it by the question."""
    assert [rule.id for rule in RULES] == [rule.id for _, rules in generator.families() for rule in rules]


@pytest.mark.parametrize(("argument", "status"), [("--check", 0), ("", 0)])
def test_the_documents_command_checks_and_writes(argument: str, status: int) -> None:
    """What ./check runs."""
    command = [sys.executable, "docs/generate.py", *filter(None, [argument])]
    assert status == subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 # our own


def test_a_stale_file_is_told_by_the_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the command that makes it fresh."""
    file = tmp_path / "RULES.md"
    file.write_text("old")
    assert (1, True) == (generator.main(["--check", str(file)]), "docs/generate.py" in capsys.readouterr().err)


def test_a_file_is_written(tmp_path: Path) -> None:
    """And is then fresh."""
    file = tmp_path / "RULES.md"
    generator.main(["--output", str(file)])
    assert 0 == generator.main(["--check", str(file)])


def test_without_an_option_the_document_goes_to_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """To read it, or to send it on."""
    generator.main([])
    assert capsys.readouterr().out == generator.document()


# --- docs/FAULTS.md ----------------------------------------------------------------------------------------


def test_the_table_of_faults_is_fresh() -> None:
    """After a change of a rule, a row or a test, python docs/generate.py was run."""
    assert FAULTS.read_text() == faults.document()


def test_every_rule_that_a_fault_names_exists() -> None:
    """A row that names no rule says why no recording can show the fault."""
    rows = list(faults.rows())
    unknown = [name for row in rows for name in row["rules"] if name not in IDS]
    silent = [row["id"] for row in rows if not row["rules"] and not row.get("unseen")]
    assert (unknown, silent) == ([], [])


def test_the_table_holds_every_fault_of_the_catalogue() -> None:
    """Connect's thirteen, the sign-in endpoint's eighteen, Identity Center's."""
    wanted = {f"C{n}" for n in range(1, 14)} | {f"S{n}" for n in range(1, 19)} | {f"I{n}" for n in range(1, 7)}
    assert wanted - {row["id"] for row in faults.rows()} == set()


def test_every_fault_has_a_test_that_finds_it_and_one_that_passes() -> None:
    """Or the row names the test; what only the account can show is left out."""
    lacking = [
        (name, outcome)
        for row in faults.rows()
        for name in row["rules"]
        for outcome in ("found", "passed")
        if (name, outcome) not in faults.shown() and name not in row.get("tests", {}) and not row.get("unseen")
    ]
    assert lacking == []


def _test_functions(file: Path) -> set[str]:
    return {n.name for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.FunctionDef)}


def test_every_test_that_the_table_names_exists() -> None:
    """In the rows and in the generator."""
    named = {test for row in faults.rows() for test in row.get("tests", {}).values()}
    named |= {getattr(faults, name) for name in dir(faults) if name.endswith("_TEST")}
    missing = [t for t in named if t.partition("::")[2] not in _test_functions(ROOT / t.partition("::")[0])]
    assert missing == []


def test_every_source_of_a_fault_is_a_page() -> None:
    """Where its text stands."""
    assert [] == [row["id"] for row in faults.rows() if not row["source"].startswith("https://")]
