"""./start and ./check with a real environment and a package of a few lines, without a network."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for Linux and macOS"),
]

ROOT = Path(__file__).resolve().parent.parent
WHEEL = "connect_saml_nb-0-py3-none-any.whl"
# Tells what it was asked, and ends with the status that the environment asks for.
STUB = "import os, sys\nprint(*sys.argv[1:], sep='|')\nsys.exit(int(os.environ.get('STATUS', '0')))\n"


def make_wheel(path: Path) -> None:
    """A wheel of a connect_saml_nb that does nothing but tell its arguments."""
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("connect_saml_nb/__init__.py", "")
        wheel.writestr("connect_saml_nb/__main__.py", STUB)
        info = "connect_saml_nb-0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: connect-saml-nb\nVersion: 0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def make_checkout(folder: Path) -> Path:
    """A checkout with the real scripts; its requirements are the stub alone."""
    (folder / "scripts").mkdir(parents=True)
    for name in ("start", "check", "scripts/environment.sh"):
        shutil.copy(ROOT / name, folder / name)
    make_wheel(folder / WHEEL)
    (folder / "requirements.txt").write_text(f"./{WHEEL}\n")
    (folder / "requirements-dev.txt").write_text("")
    (folder / "data" / "samples").mkdir(parents=True)
    index = (
        '# "not-this.har"\n[[sample]]\ntitle = "Case"\ncapture = "first.har"\n\n[[sample]]\ncapture = "second.har"\n'
    )
    (folder / "data" / "samples" / "index.toml").write_text(index)
    return folder


def environment(**changes: str) -> dict[str, str]:
    """An environment in which pip reaches nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "COV_"))}
    ours = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "CONNECT_SAML_PYTHON": sys.executable}
    return kept | ours | changes


def run(
    script: Path, *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script from another folder than its own."""
    command = [str(script), *arguments]
    folder = cwd or script.parent.parent
    return subprocess.run(  # noqa: S603 # our own scripts
        command, cwd=folder, env=env or environment(), capture_output=True, text=True, check=False, timeout=100
    )


def executable(path: Path, text: str) -> Path:
    """A small program for the PATH of a script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in a path with spaces, set up by its own ./start."""
    folder = make_checkout(tmp_path_factory.mktemp("start") / "a path with spaces")
    done = run(folder / "start", "--no-lab")
    assert (0, f"diagnose|{folder}/data/samples/first.har|--users|practice\n") == (done.returncode, done.stdout)
    return folder


@pytest.fixture
def other_requirements(checkout: Path) -> Iterator[Path]:
    """The requirements file of the checkout; it and what the environment says of itself are put back after the test."""
    paths = (checkout / "requirements.txt", checkout / ".venv" / ".connect-saml-nb")
    before = [path.read_text() for path in paths]
    yield paths[0]
    for path, text in zip(paths, before, strict=True):
        path.write_text(text)


# --- start ---


def test_start_shows_the_sample_then_opens_the_lab(checkout: Path) -> None:
    """Without arguments: the bundled sample with the practice users, then the notebook."""
    lines = run(checkout / "start").stdout.splitlines()
    assert [f"diagnose|{checkout}/data/samples/first.har|--users|practice", "lab"] == lines


def test_start_goes_on_when_the_sample_has_a_fault(checkout: Path) -> None:
    """Exit status 1 is what a sample with a fault gives."""
    assert "lab" in run(checkout / "start", env=environment(STATUS="1")).stdout.splitlines()


def test_a_second_start_installs_nothing(checkout: Path) -> None:
    """The environment is made once."""
    log = checkout / ".venv" / "install.log"
    before = log.stat().st_mtime_ns
    run(checkout / "start", "--no-lab")
    assert before == log.stat().st_mtime_ns


def test_a_second_start_is_quiet_about_the_setup(checkout: Path) -> None:
    """Nothing is said where nothing was done."""
    assert "" == run(checkout / "start", "--no-lab").stderr


def test_start_hands_captures_and_options_on_unchanged(checkout: Path, tmp_path: Path) -> None:
    """Relative paths stay relative to where the person is."""
    done = run(checkout / "start", "my capture.har", "--users", "my users.json", cwd=tmp_path)
    assert "diagnose|my capture.har|--users|my users.json\n" == done.stdout


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_start_with_a_capture_ends_with_the_status_of_the_diagnosis(checkout: Path, status: int) -> None:
    """A script can rely on it."""
    assert status == run(checkout / "start", "x.har", env=environment(STATUS=str(status))).returncode


def test_a_python_file_beside_the_capture_is_not_run(checkout: Path, tmp_path: Path) -> None:
    """A folder of captures is a stranger's folder."""
    (tmp_path / "connect_saml_nb.py").write_text("print('taken over')")
    assert "diagnose|x.har\n" == run(checkout / "start", "x.har", cwd=tmp_path).stdout


def test_start_help_sets_nothing_up(tmp_path: Path) -> None:
    """Asking is free."""
    folder = make_checkout(tmp_path / "checkout")
    done = run(folder / "start", "--help")
    assert (0, True, False) == (done.returncode, "./start CAPTURE" in done.stdout, (folder / ".venv").exists())


def test_changed_requirements_are_installed(checkout: Path, other_requirements: Path) -> None:
    """After a git pull, ./start brings the environment up to date."""
    other_requirements.write_text(f"# changed\n./{WHEEL}\n")
    assert "Installing the packages" in run(checkout / "start", "--no-lab").stderr


def test_start_without_a_network_says_so(checkout: Path, other_requirements: Path) -> None:
    """One sentence, not pip's twenty lines."""
    other_requirements.write_text("not-there==1\n")
    offline = environment(PIP_NO_INDEX="0", PIP_INDEX_URL="https://127.0.0.1:9/", PIP_RETRIES="1")
    done = run(checkout / "start", "--no-lab", env=offline)
    assert (1, True) == (done.returncode, "could not be downloaded: check the network" in done.stderr)


def test_start_tells_why_a_package_could_not_be_installed(checkout: Path, other_requirements: Path) -> None:
    """The installer's own last error, and where the rest is."""
    other_requirements.write_text("not-there==1\n")
    done = run(checkout / "start", "--no-lab")
    assert (1, True) == (done.returncode, "No matching distribution found for not-there==1" in done.stderr)


def test_start_after_an_interrupted_setup_starts_over(tmp_path: Path) -> None:
    """Ctrl-C, a closed lid, a full disk: the next run ends well."""
    folder = make_checkout(tmp_path / "checkout")
    with subprocess.Popen(  # noqa: S603 # our own script
        [str(folder / "start"), "--no-lab"], env=environment(), stderr=subprocess.DEVNULL, start_new_session=True
    ) as first:
        wait_for(folder / ".venv" / "bin" / "python")
        os.killpg(first.pid, signal.SIGKILL)
    (folder / ".venv" / "half-installed").touch()
    done = run(folder / "start", "--no-lab")
    assert (0, False) == (done.returncode, (folder / ".venv" / "half-installed").exists())


def wait_for(path: Path) -> None:
    """Wait until a file is there, 20 seconds at most."""
    end = time.monotonic() + 20
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.02)


def test_start_keeps_an_environment_that_was_made_by_hand(checkout: Path) -> None:
    """It installs into it, and removes nothing."""
    (checkout / ".venv" / "mine").touch()
    (checkout / ".venv" / ".connect-saml-nb").unlink()
    done = run(checkout / "start", "--no-lab")
    assert (0, True) == (done.returncode, (checkout / ".venv" / "mine").exists())


def start_with(python: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """./start where this is the only Python."""
    folder = make_checkout(tmp_path / "checkout")
    return run(folder / "start", "--no-lab", env=environment(CONNECT_SAML_PYTHON=str(python)))


def test_start_without_a_python_says_what_to_install(tmp_path: Path) -> None:
    """One sentence, no traceback."""
    done = start_with(tmp_path / "there is none", tmp_path)
    assert (1, True) == (done.returncode, "needs Python 3.11 or newer and found none" in done.stderr)


def test_start_with_an_old_python_names_its_version(tmp_path: Path) -> None:
    """The person sees that it was found, and why it is not enough."""
    old = executable(tmp_path / "python3", 'case "$2" in *print*) echo 3.9 ;; *) exit 1 ;; esac')
    done = start_with(old, tmp_path)
    assert (1, True) == (done.returncode, "found only Python 3.9" in done.stderr)


def test_start_without_the_venv_module_names_the_one_command(tmp_path: Path) -> None:
    """Debian's Python comes without ensurepip."""
    bare = executable(tmp_path / "python3", 'case "$2" in *print*) echo 3.11 ;; *ensurepip*) exit 1 ;; esac')
    done = start_with(bare, tmp_path)
    assert (1, True) == (done.returncode, "sudo apt-get install python3.11-venv" in done.stderr)


def test_a_python_that_cannot_make_an_environment_is_passed_over(tmp_path: Path) -> None:
    """A usable Python further down the list is used."""
    folder = make_checkout(tmp_path / "checkout")
    executable(tmp_path / "bin" / "python3.13", "exit 127")
    executable(tmp_path / "bin" / "python3.12", 'case "$2" in *print*) echo 3.12 ;; *ensurepip*) exit 1 ;; esac')
    executable(tmp_path / "bin" / "python3.11", 'case "$2" in *print*) echo 3.11 ;; esac')
    changed = environment(CONNECT_SAML_PYTHON="", PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert "Setting up with Python 3.11" in run(folder / "start", "--no-lab", env=changed).stderr


# --- check ---


@pytest.fixture
def checked(tmp_path: Path) -> Path:
    """A checkout whose environment says that it is ready; its Python fails at mypy and does nothing else."""
    folder = make_checkout(tmp_path / "checkout")
    executable(folder / ".venv" / "bin" / "python", 'case "$*" in *mypy*) echo oh no; exit 1 ;; esac')
    executable(folder / ".venv" / "bin" / "lint-imports", "exit 0")
    stamp = ["made by start", f"at {folder.resolve()}", *(fingerprint(folder, n) for n in ("", "-dev"))]
    (folder / ".venv" / ".connect-saml-nb").write_text("\n".join(stamp) + "\n")
    return folder


def fingerprint(folder: Path, kind: str) -> str:
    """What the stamp says of a requirements file."""
    name = f"requirements{kind}.txt"
    with (folder / name).open() as file:
        return f"{name} {subprocess.check_output(['cksum'], stdin=file, text=True).strip()}"  # noqa: S607 # POSIX


def test_a_failing_step_fails_the_check(checked: Path) -> None:
    """The exit status is what CI reads."""
    assert 1 == run(checked / "check", "types", "lint").returncode


def test_the_steps_after_a_failing_one_are_run(checked: Path) -> None:
    """One run tells everything."""
    lines = run(checked / "check", "types", "layers").stdout.splitlines()
    assert ["types", "oh", "layers", "check:"] == [line.split()[0] for line in lines]


def test_a_check_without_a_failure_ends_with_0(checked: Path) -> None:
    """Only what was asked for is run."""
    done = run(checked / "check", "lint", "layers")
    assert (0, "check: 2 ok, 0 failed, 0 not run") == (done.returncode, done.stdout.splitlines()[-1])


def test_the_check_says_what_it_did_not_run_and_why(checked: Path) -> None:
    """A step that is left out is never silently green."""
    done = run(checked / "check", "docs")
    assert "check: 0 ok, 0 failed, 1 not run (docs: there is no docs/generate.py)" == done.stdout.splitlines()[-1]


def test_an_unknown_step_is_refused(checked: Path) -> None:
    """A typing error does not pass for a check."""
    done = run(checked / "check", "tets")
    assert (2, True) == (done.returncode, "There is no step 'tets'" in done.stderr)
