"""Many captures under names, in folders and in run folders that nobody would make on purpose."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from test_bulk_stream import CASE, SAMPLES, run

MISSING = (SAMPLES / "user-missing.har").read_bytes()
posix = pytest.mark.skipif(os.name != "posix", reason="other systems have no such files")


@posix
def test_a_link_to_itself_costs_its_own_row(tmp_path: Path) -> None:
    """It is met in the middle of a folder of captures."""
    (tmp_path / "a.har").write_bytes(CASE)
    (tmp_path / "b.har").symlink_to("b.har")
    assert ["user-case-differs", None] == [r.verdict for r in run(tmp_path)]


@posix
@pytest.mark.parametrize("name", ["f.har", "f.zip", "f.tar", "f.tgz", "f.eml"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    """A pattern can match one."""
    os.mkfifo(tmp_path / name)
    (row,) = run(tmp_path / "f.*")
    assert f"{tmp_path / name} is no file: save what it holds to a file, and name that." == row.problem


@posix
@pytest.mark.parametrize("name", ["a\nb.har", "SAMLResponse=.har", "/".join(["d" * 200] * 6 + ["a.har"])])
def test_a_name_is_never_taken_for_a_paste(tmp_path: Path, name: str) -> None:
    """What was found in a folder is a file, whatever it is called."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(CASE)
    assert ["user-case-differs"] == [r.verdict for r in run(tmp_path)]


@posix
@pytest.mark.parametrize("name", ["{2026}/a.har", "<a>.har"])
def test_a_relative_name_is_never_taken_for_a_paste(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder may be called by a GUID."""
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(CASE)
    assert ["user-case-differs"] == [r.verdict for r in run(name)]
