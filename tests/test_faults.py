"""What goes wrong around the program: full disks, missing rights, kills, clocks, two at once. Nothing is half written.

The faults of the network and of AWS's answers are in test_users_live.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recorder import refused, signed_in, users

from connect_saml_nb import __main__ as command
from connect_saml_nb import har
from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.redact import redact_har
from connect_saml_nb.users import read_users, save_users

ROOT = Path(__file__).resolve().parent.parent
BEFORE = b"what was here before"


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A capture in a folder of its own."""
    path = tmp_path / "in" / "a.har"
    path.parent.mkdir()
    path.write_bytes(json.dumps(refused(signed_in()).har()).encode())
    return path


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Another Python with this checkout; what it does is in the test."""
    known = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(  # noqa: S603 -- this very Python and a test's code
        [sys.executable, "-c", code, *arguments], env=known, stderr=subprocess.PIPE, text=True
    )


_REDACT = "import sys; from connect_saml_nb.__main__ import main; sys.exit(main(sys.argv[1:]))"
_ON_A_FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));" + _REDACT
_KILLED = "import os, signal, pathlib;pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL);" + _REDACT


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_leaves_what_was_there(capture: Path, tmp_path: Path) -> None:
    """The file of before stays whole, nothing lies beside it, and a sentence says why."""
    output = tmp_path / "out.har"
    output.write_bytes(BEFORE)
    process = _python(_ON_A_FULL_DISK, "redact", str(capture), "--output", str(output))
    said = process.communicate(timeout=60)[1]
    assert (3, BEFORE, ["in", "out.har"]) == (process.returncode, output.read_bytes(), _names(tmp_path))
    assert "could not be written" in said


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_kill_leaves_what_was_there(capture: Path, tmp_path: Path) -> None:
    """Killed at the last moment: the file of before stays whole, and what lies beside it is its owner's only."""
    output = tmp_path / "out.har"
    output.write_bytes(BEFORE)
    process = _python(_KILLED, "redact", str(capture), "--output", str(output))
    process.communicate(timeout=60)
    beside = [p for p in tmp_path.iterdir() if p not in {output, capture.parent}]
    assert (-signal.SIGKILL, BEFORE) == (process.returncode, output.read_bytes())
    assert [0o600] * len(beside) == [stat.S_IMODE(p.stat().st_mode) for p in beside]


def test_two_at_once_leave_one_whole_file(capture: Path, tmp_path: Path) -> None:
    """Two processes that write one output: it is one of theirs, whole."""
    output = tmp_path / "out.har"
    both = [_python(_REDACT, "redact", str(capture), "--output", str(output)) for _ in range(2)]
    codes = [(process.communicate(timeout=60), process.returncode)[1] for process in both]
    assert ([0, 0], None) == (codes, har.read_capture(output).problem)


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(30, "Read-only file system")])
def test_a_place_that_may_not_be_written(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """A sentence with the reason."""

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(ConnectSamlError, match=error.strerror):
        redact_har(capture, tmp_path / "out.har")


@pytest.mark.parametrize("place", ["no/such/folder/out.har", "in/a.har/out.har", "x" * 300, "nul\0.har"])
def test_an_impossible_place_is_a_sentence(capture: Path, tmp_path: Path, place: str) -> None:
    """Whatever is wrong with the path."""
    with pytest.raises(ConnectSamlError):
        redact_har(capture, tmp_path / place)


def test_a_list_that_cannot_be_saved_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A saved list is replaced whole or not at all."""
    path = tmp_path / "users.json"
    save_users(users("first@acme.example"), path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ConnectSamlError, match="No space left on device"):
        save_users(users("second@acme.example"), path)
    assert ("first@acme.example", ["users.json"]) == (read_users(path).users[0].username, _names(tmp_path))


@pytest.mark.parametrize("year", [1971, 2026, 9998])
def test_a_wrong_clock_changes_no_verdict(capture: Path, year: int) -> None:
    """Validity is judged at the time of the post; today's clock only tells ages."""
    now = datetime(year, 1, 1, tzinfo=UTC)
    assert "user-missing" == diagnose(capture, users(), now=now).verdict


def test_too_little_memory_is_a_sentence(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, which could show what was read."""

    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("connect_saml_nb.redact.redact_har", exhausted)
    status = command.main(["redact", str(capture), "--output", "out.har"])
    assert (3, "connect-saml: This computer's memory is not enough for it.\n") == (status, capsys.readouterr().err)
