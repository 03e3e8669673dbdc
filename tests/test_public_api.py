"""What `import connect_saml_nb` offers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import connect_saml_nb
from connect_saml_nb import har
from connect_saml_nb.errors import CaptureError, UserListError
from connect_saml_nb.model.diagnosis import Diagnosis
from connect_saml_nb.render import tables
from connect_saml_nb.samples import practice_users, sample

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "data" / "samples"
CASE = SAMPLES / "user-case-differs.har"
NAMES = [
    "__version__",
    "diagnose",
    "diagnose_many",
    "list_users",
    "load_har",
    "match_users",
    "redact_har",
    "saml_attributes",
    "tables",
]
HEAVY = ("pandas", "numpy", "boto3", "botocore", "IPython", "ipywidgets", "jupyterlab")


def loaded(code: str) -> set[str]:
    """The heavy modules that a fresh Python has loaded after this code."""
    code = f"import sys\n{code}\nprint(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)  # noqa: S603 # our own
    return set(run.stdout.split())


def test_the_public_names_are_these() -> None:
    """No more, no less."""
    assert sorted(connect_saml_nb.__all__) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_there_and_listed(name: str) -> None:
    """Completion in a notebook shows it."""
    assert (True, True) == (hasattr(connect_saml_nb, name), name in dir(connect_saml_nb))


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="load_hra"):
        _ = connect_saml_nb.load_hra  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", ["connect_saml_nb", "connect_saml_nb.diagnosis", "connect_saml_nb.render.tables"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    """What is large is loaded by what needs it."""
    assert set() == loaded(f"import {module}")


def test_a_diagnosis_with_a_saved_list_loads_nothing_heavy() -> None:
    """Values inside, DataFrames at the edge."""
    assert set() == loaded(f"import connect_saml_nb as c; c.diagnose({str(CASE)!r}, {str(SAMPLES / 'users.json')!r})")


@pytest.mark.parametrize(
    "users",
    [
        SAMPLES / "users.json",
        str(SAMPLES / "users.json"),
        (SAMPLES / "users.json").read_bytes(),
        practice_users(),
        [practice_users()],
        [SAMPLES / "users.json"],
        tables.list_users(SAMPLES / "users.json"),
        "practice",
    ],
    ids=["Path", "str", "bytes", "Users", "list of Users", "list of paths", "DataFrame", "practice"],
)
def test_users_may_come_in_several_ways(users: object) -> None:
    """One capture gives one answer, wherever the users are from."""
    assert "user-case-differs" == connect_saml_nb.diagnose(CASE, users).verdict  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "capture", [CASE, str(CASE), CASE.read_bytes(), har.read_capture(CASE)], ids=["Path", "str", "bytes", "Capture"]
)
def test_a_capture_may_come_in_several_ways(capture: object) -> None:
    """A path, its content, or what was read before."""
    assert "user-case-differs" == connect_saml_nb.diagnose(capture, "practice").verdict  # type: ignore[arg-type]


def test_a_capture_may_be_an_open_file() -> None:
    """As a notebook's upload gives it."""
    with CASE.open("rb") as file:
        assert "user-case-differs" == connect_saml_nb.diagnose(file, "practice").verdict


@pytest.mark.parametrize(
    "users",
    [None, SAMPLES / "users-first-page.json", tables.list_users(SAMPLES / "users.json").head(100)],
    ids=["none", "first page", "filtered DataFrame"],
)
def test_without_a_complete_list_a_missing_user_is_not_claimed(users: object) -> None:
    """An incomplete list never proves that somebody is not there."""
    assert "user-not-checked" == connect_saml_nb.diagnose(sample("user-missing").path, users).verdict  # type: ignore[arg-type]


def test_a_file_that_is_no_capture_is_refused() -> None:
    """With the package's own exception."""
    with pytest.raises(CaptureError):
        connect_saml_nb.diagnose(SAMPLES / "users.json")


def test_a_list_that_is_not_there_is_refused() -> None:
    """With the package's own exception."""
    with pytest.raises(UserListError, match="no file"):
        connect_saml_nb.diagnose(CASE, "no-such-list.json")


def test_a_diagnosis_shows_itself_in_one_line() -> None:
    """Name and verdicts, nothing of the capture's content."""
    shown = repr(connect_saml_nb.diagnose(CASE, "practice"))
    assert "<Diagnosis of 'user-case-differs.har': user-case-differs (sign-in 1 user-case-differs)>" == shown


def test_a_diagnosis_of_what_cannot_be_read_shows_itself_too() -> None:
    """It has no verdict."""
    shown = repr(Diagnosis(name="x.har", creator="", problem="It is empty.", verdict=None, sign_ins=()))
    assert "<Diagnosis of 'x.har': not readable (no sign-in)>" == shown


def test_a_key_and_evidence_are_given_by_their_files(tmp_path: Path) -> None:
    """As on the command line."""
    signed = Path(__file__).parent / "data" / "signed"
    role = {
        "Role": {"RoleName": "ConnectAgent", "Arn": "arn:aws:iam::111122223333:role/ConnectAgent", "RoleId": "AROA1"}
    }
    (tmp_path / "role.json").write_text(json.dumps(role))
    told = connect_saml_nb.diagnose(
        signed / "encrypted-xmlsec-oaep-aes256-gcm.xml", keys=[signed / "made-up-key.pem"], evidence=tmp_path
    )
    assert told.sign_ins[0].sign_in.role_session_name == "maria.garcia@corp.example"
