"""Many captures under names, in folders and in run folders that nobody would make on purpose."""

from __future__ import annotations

import base64
import io
import os
import tarfile
import warnings
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from test_bulk_stream import CASE, SAMPLES, run

from connect_saml_nb import bulk
from connect_saml_nb.diagnosis import witnesses
from connect_saml_nb.practice.samples import saved_users

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


# --- from a row to the diagnosis of its capture ------------------------------------------------------------


def drilled(*sources: str | os.PathLike[str]) -> tuple[list[tuple[str, str | None]], list[tuple[str, str | None]]]:
    """Every row's capture and verdict, and the same as a click on the row diagnoses it again."""
    results, told = run(*sources), witnesses(saved_users(), verify=False)
    again = [(r.capture, bulk.diagnosis_of(r, told).verdict) for r in results]
    return [(r.capture, r.verdict) for r in results], again


def mail_of(*parts: tuple[str, bytes]) -> bytes:
    """A mail with these attached."""
    message = EmailMessage()
    message.set_content("See the files.")
    for name, data in parts:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def zip_of(*parts: tuple[str, bytes]) -> bytes:
    """A zip of these, also under names that it has already."""
    file = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(file, "w") as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return file.getvalue()


def tar_of(*parts: tuple[str, bytes], mode: str = "w") -> bytes:
    """A tar of these, also under names that it has already."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in parts:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


TWICE = (("c.har", CASE), ("c.har", MISSING))


@pytest.mark.parametrize(
    ("name", "content", "captures"),
    [
        ("m.eml", mail_of(*TWICE), ["c (2).har", "c.har"]),
        ("z.zip", zip_of(*TWICE), ["c (2).har", "c.har"]),
        ("t.tar", tar_of(*TWICE), ["c (2).har", "c.har"]),
        ("t.tgz", tar_of(*TWICE, mode="w:gz"), ["c (2).har", "c.har"]),
        (
            "deep.eml",
            mail_of(("z.zip", zip_of(("c.har", CASE))), ("z.zip", zip_of(("c.har", MISSING)))),
            ["z (2).zip/c.har", "z.zip/c.har"],
        ),
    ],
)
def test_captures_of_one_name_are_told_apart(tmp_path: Path, name: str, content: bytes, captures: list[str]) -> None:
    """Two attachments called alike are usual; each row opens its own."""
    (tmp_path / name).write_bytes(content)
    rows, again = drilled(tmp_path / name)
    expected = dict(
        zip((f"{tmp_path / name}/{c}" for c in captures), ["user-missing", "user-case-differs"], strict=True)
    )
    assert (expected, rows) == (dict(rows), again)


@posix
@pytest.mark.parametrize("name", [b"a\nb.har", b"a\xffb.har", "a\u202eb.har".encode(), "a\U000e0001b.har".encode()])
def test_a_name_that_cannot_be_shown_opens_its_own_capture(tmp_path: Path, name: bytes) -> None:
    """A question mark in its place would be a pattern that others match."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(MISSING)
    (tmp_path / "a-b.har").write_bytes(CASE)
    (tmp_path / "a?b.har").write_bytes(CASE)
    rows, again = drilled(tmp_path)
    assert (rows, 3) == (again, len(dict(rows)))


def test_members_with_long_names_open_their_own_captures(tmp_path: Path) -> None:
    """Only the beginnings of the names differ."""
    long = "d" * 150 + "/" + "e" * 150 + "/"
    parts = (("F" + long + "a.zip", zip_of(("x.har", CASE))), ("G" + long + "a.zip", zip_of(("x.har", MISSING))))
    (tmp_path / "z.zip").write_bytes(zip_of(*parts))
    rows, again = drilled(tmp_path)
    assert (rows, 2) == (again, len(dict(rows)))


@pytest.mark.parametrize(
    "name",
    ["=?UTF-8?B?QXVmemVpY2hudW5nIMOcLmhhcg==?=", "=?iso-8859-1?Q?Aufzeichnung_=DC=2Ehar?="],
)
def test_attachments_with_encoded_names_are_found(tmp_path: Path, name: str) -> None:
    """RFC 2047 does not allow them within quotes; mail programs write them all the same."""
    head = (
        f'Content-Type: application/octet-stream; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
    )
    body = base64.encodebytes(CASE).decode()
    text = f"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{head}"
    (tmp_path / "m.eml").write_text(f"{text}Content-Transfer-Encoding: base64\n\n{body}\n--b--\n")
    expected = [(f"{tmp_path / 'm.eml'}/Aufzeichnung Ü.har", "user-case-differs")]
    assert (expected, expected) == drilled(tmp_path)
