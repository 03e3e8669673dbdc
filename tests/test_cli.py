"""The command line: what it prints where, and with which exit status."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from signed import ISSUERS, certificate_of, made_key, metadata_xml

from connect_saml_nb import __main__ as command_line
from connect_saml_nb import diagnosis

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
LIST = str(SAMPLES / "users.json")


def _run(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    status = command_line.main(arguments)
    out, err = capsysbinary.readouterr()
    return status, out.decode(), err.decode()


@pytest.fixture
def empty(tmp_path: Path) -> str:
    """A file with nothing in it."""
    path = tmp_path / "empty.har"
    path.write_bytes(b"")
    return str(path)


@pytest.mark.parametrize(
    ("captures", "status"),
    [
        (["signed-in.har"], 0),
        (["user-missing.har"], 1),
        (["signed-in.har", "user-missing.har"], 1),
    ],
)
def test_exit_status_says_how_the_sign_ins_ended(
    captures: list[str], status: int, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A script can go by it."""
    assert _run(capsysbinary, "diagnose", *(str(SAMPLES / c) for c in captures), "--users", LIST)[0] == status


def test_what_is_not_judged_has_a_status_of_its_own(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Without a list 'not onboarded' has no cause yet."""
    assert _run(capsysbinary, "diagnose", str(SAMPLES / "user-missing.har"))[0] == 3


def test_an_unreadable_file_does_not_cost_the_others(empty: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The good one is judged, the bad one has its sentence."""
    sample = str(SAMPLES / "signed-in.har")
    status, out, _ = _run(capsysbinary, "diagnose", empty, sample, "--format", "json")
    captures = json.loads(out)["captures"]
    assert (status, [c["verdict"] for c in captures]) == (3, [None, "signed-in"])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["diagnose"],
        ["diagnose", "x.har", "--users", LIST, "--instance-id", "i"],
        ["diagnose", "x.har", "--region", "us-west-2"],
        ["diagnose", "x.har", "--format", "xml"],
        ["users", "--output", "x"],
        ["nonsense"],
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """As everywhere."""
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)
    assert (ended.value.code, capsysbinary.readouterr().out) == (2, b"")


def test_result_on_stdout_and_complaints_on_stderr(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """A broken user list is said on stderr, and nothing is judged without it."""
    status, out, err = _run(
        capsysbinary, "diagnose", str(SAMPLES / "user-missing.har"), "--users", str(tmp_path / "none.json")
    )
    assert (status, out, err.startswith("connect-saml: ")) == (3, "", True)


def test_output_goes_to_a_file_of_the_owner_only(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """A report names people."""
    target = tmp_path / "report.html"
    _run(capsysbinary, "diagnose", str(SAMPLES / "user-missing.har"), "--format", "html", "--output", str(target))
    assert (stat.S_IMODE(target.stat().st_mode), target.read_text("utf-8")[:15]) == (0o600, "<!DOCTYPE html>")


def test_output_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Not a traceback."""
    target = tmp_path / "none" / "report.txt"
    _, _, err = _run(capsysbinary, "diagnose", str(SAMPLES / "signed-in.har"), "--output", str(target))
    assert err == f"connect-saml: {target} could not be written: No such file or directory.\n"


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """`-` reads a capture from a pipe."""
    data = io.BytesIO((SAMPLES / "signed-in.har").read_bytes())
    monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": data}))
    status, out, _ = _run(capsysbinary, "diagnose", "-", "--format", "json")
    assert (status, json.loads(out)["captures"][0]["capture"]) == (0, "standard input")


def test_practice_users_only_when_asked_for(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """A stranger's capture is never compared with made-up people by itself."""
    sample = str(SAMPLES / "user-missing.har")
    asked = _run(capsysbinary, "diagnose", sample, "--users", "practice", "--format", "json")[1]
    unasked = _run(capsysbinary, "diagnose", sample, "--format", "json")[1]
    verdicts = [json.loads(text)["captures"][0]["verdict"] for text in (asked, unasked)]
    assert verdicts == ["user-missing", "user-not-checked"]


def test_a_fault_of_our_own_shows_nothing_of_the_capture(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A traceback would quote values; the sentence names kind and place only."""

    def broken(*_: object, **__: object) -> None:
        raise ValueError("s3cr3t")

    monkeypatch.setattr(diagnosis, "find_sign_ins", broken)
    status, out, err = _run(capsysbinary, "diagnose", str(SAMPLES / "signed-in.har"))
    assert (status, "s3cr3t" in out + err, "ValueError in test_cli.py" in " ".join(out.split())) == (
        3,
        False,
        True,
    )


def test_diagnosing_loads_no_pandas_boto3_or_jupyter() -> None:
    """A small capture is judged in a moment."""
    code = (
        "import sys; from connect_saml_nb.__main__ import main; "
        f"main(['diagnose', {str(SAMPLES / 'user-missing.har')!r}, '--users', {LIST!r}]); "
        "heavy = {'pandas', 'numpy', 'boto3', 'botocore', 'IPython', 'ipywidgets', 'jupyterlab', 'jinja2'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=SAMPLES.parent.parent)  # noqa: S603
    assert run.stderr.decode().strip() == "[]"


def test_a_closed_pipe_is_no_traceback() -> None:
    """`connect-saml diagnose … | head -1` ends quietly."""
    command = [sys.executable, "-m", "connect_saml_nb", "diagnose", *[str(SAMPLES / "user-missing.har")] * 50]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=SAMPLES.parent.parent) as run:  # noqa: S603
        assert run.stdout is not None
        assert run.stderr is not None
        os.close(os.dup(run.stdout.fileno()))
        run.stdout.close()
        assert run.stderr.read() == b""


# --- metadata and keys -------------------------------------------------------------------------------------

SIGNED = Path(__file__).parent / "data" / "signed"


def _told(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> dict:
    _, out, _ = _run(capsysbinary, "diagnose", *arguments, "--format", "json")
    return json.loads(out)["captures"][0]["sign_ins"][0]


def _reason(told: dict, rule: str) -> str:
    return next(n["reason"] for n in told["not_checked"] if n["rule"] == rule)


def test_a_key_opens_an_encrypted_assertion(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Its values are then judged like any other's."""
    capture = str(SIGNED / "encrypted-xmlsec-oaep-aes256-gcm.xml")
    names = [
        _told(capsysbinary, capture, *options)["role_session_name"]
        for options in ([], ["--decrypt-key", str(SIGNED / "made-up-key.pem")])
    ]
    assert [None, "maria.garcia@corp.example"] == names


def test_a_key_that_is_none_is_told_in_a_sentence(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """And nothing of the file is shown."""
    key = str(SIGNED / "made-up-certificate.pem")
    status, out, err = _run(capsysbinary, "diagnose", str(SAMPLES / "signed-in.har"), "--decrypt-key", key)
    assert (3, "", True) == (status, out, "is a certificate, not a private key" in err)


def test_a_key_with_a_password_is_told_where_nobody_can_be_asked(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password is asked for on a terminal only."""
    key = tmp_path / "key.pem"
    kind = serialization.BestAvailableEncryption(b"secret")
    key.write_bytes(made_key().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kind))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    status, _, err = _run(capsysbinary, "diagnose", str(SAMPLES / "signed-in.har"), "--decrypt-key", str(key))
    assert (3, True) == (status, "needs its password" in err)


@pytest.mark.parametrize(
    ("certificate", "words"),
    [(certificate_of("pysaml2"), "It matches the given metadata file"), (None, "intact is not trusted")],
)
def test_metadata_tells_who_signed(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path, certificate: str | None, words: str
) -> None:
    """A file is not what IAM holds, so the check stays open, and says how far it came."""
    given = tmp_path / "metadata.xml"
    given.write_text(metadata_xml(ISSUERS["pysaml2"], *filter(None, [certificate])))
    options = ["--metadata", str(given)] if certificate else []
    told = _told(capsysbinary, str(SIGNED / "pysaml2.xml"), *options)
    assert words in _reason(told, "signature-invalid")
