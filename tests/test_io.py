"""Inputs before anybody looks at what they hold: what a file is, its encoding, JSON values, files that are written."""

from __future__ import annotations

import gzip
import io
import pickle
from typing import TYPE_CHECKING

import pytest

from connect_saml_nb.errors import CaptureError, ConnectSamlError, OwnFault, code_of, own_fault
from connect_saml_nb.io.data import DataFile, pieces_of, spool
from connect_saml_nb.io.discover import files_in, input_file
from connect_saml_nb.io.json_values import JsonDamagedError, JsonReader
from connect_saml_nb.io.problems import InputProblem
from connect_saml_nb.io.sniff import FileKind, encoding_of, kind_of
from connect_saml_nb.io.source import open_source
from connect_saml_nb.io.unpack import gunzip
from connect_saml_nb.io.write import write_private

if TYPE_CHECKING:
    from pathlib import Path


# --- problems ----------------------------------------------------------------------------------------------


def test_a_problem_is_its_sentence_and_knows_its_code() -> None:
    """Code compares codes; people read sentences."""
    problem = InputProblem.NO_FILE(path="a.har")
    assert ("There is no file a.har: check the path.", InputProblem.NO_FILE) == (problem, code_of(problem))


def test_a_problem_keeps_its_code_on_its_way_to_another_process() -> None:
    """Workers send what they could not read to their parent."""
    sent = pickle.loads(pickle.dumps(InputProblem.NO_ROOM(folder="/tmp")))  # noqa: S301 -- our own
    assert ("There is no room to unpack the input: free some in /tmp, or set TMPDIR.", InputProblem.NO_ROOM) == (
        sent,
        code_of(sent),
    )


def test_an_error_about_something_keeps_its_code() -> None:
    """The name of the file comes in front."""
    about = CaptureError(InputProblem.DAMAGED()).about("a.gz")
    assert (True, InputProblem.DAMAGED) == (about.startswith("a.gz: The packed file"), code_of(about))


def test_plain_text_has_no_code() -> None:
    """A message of somebody else is not one of ours."""
    assert (None, None) == (code_of("There is no file a.har: check the path."), code_of(None))


@pytest.mark.parametrize(
    ("error", "code"), [(MemoryError(), OwnFault.OUT_OF_MEMORY), (KeyError(), OwnFault.UNEXPECTED)]
)
def test_a_lack_of_memory_is_told_apart_from_other_faults(error: Exception, code: OwnFault) -> None:
    """A run then says that the capture is too large."""
    assert code is code_of(own_fault(error))


# --- what a file is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", FileKind.EMPTY),
        (b"\xef\xbb\xbf \r\n", FileKind.EMPTY),
        (gzip.compress(b"x", mtime=0), FileKind.GZIP),
        (b"\x78\x9c", FileKind.ZLIB),
        (b"PK\x05\x06", FileKind.ZIP),
        (b"\x89PNG\r\n", FileKind.PICTURE),
        (b" <!-- x --><HTML>", FileKind.HTML),
        (b"<?xml version='1.0'?>", FileKind.XML),
        (b'{"log": {}}', None),
        (b"username\njane\n", None),
    ],
)
def test_a_file_is_known_by_how_it_begins(head: bytes, kind: FileKind | None) -> None:
    """Whatever its name says."""
    assert kind is kind_of(head)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252"])
def test_an_encoding_is_known_by_the_bytes(encoding: str) -> None:
    """PowerShell writes UTF-16, old spreadsheets Windows-1252."""
    assert (encoding, encoding == "cp1252") == encoding_of("names, müller, 1\n".encode(encoding))


# --- bytes -------------------------------------------------------------------------------------------------


def test_no_more_than_a_size_is_read() -> None:
    """The member of a tar stands between others."""
    assert b"abc" == spool(pieces_of(io.BytesIO(b"abcdef"), 3))


@pytest.mark.parametrize("limit", [4, None])
def test_a_limit_holds_for_what_is_unpacked(limit: int | None) -> None:
    """A user list has a smaller one than a capture."""
    packed = gzip.compress(b"12345")
    if limit is None:
        assert (b"12345", True) == gunzip(packed)
        return
    with pytest.raises(CaptureError) as raised:
        gunzip(packed, limit)
    assert InputProblem.TOO_LARGE is code_of(raised.value.problem)


def test_a_limit_holds_for_what_is_opened() -> None:
    """A pipe is not read without end."""
    with pytest.raises(CaptureError) as raised:
        open_source(io.BytesIO(b"12345"), limit=4)
    assert InputProblem.TOO_LARGE is code_of(raised.value.problem)


def test_bytes_are_a_file_that_can_be_read_from_anywhere() -> None:
    """Zip and tar readers want one."""
    file = io.BufferedReader(DataFile(b"abcdef"))
    file.seek(-2, io.SEEK_END)
    assert (b"ef", 0, b"ab") == (file.read(), file.seek(0), file.read(2))


# --- JSON --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ['{"a": 1}\n[2]', '{"a": 1},[2]', ' {"a": 1}[2] '])
@pytest.mark.parametrize("streamed", [False, True])
def test_json_documents_stand_one_after_the_other(text: str, *, streamed: bool) -> None:
    """As `>>` appends pages."""
    reader = JsonReader(stream=io.StringIO(text)) if streamed else JsonReader(text)
    assert [{"a": 1}, [2]] == [*reader.documents()]


@pytest.mark.parametrize("text", ['{"a": ', "[1", "nonsense", "[" * 100_000])
def test_damaged_json_is_an_error(text: str) -> None:
    """Never a part of it, and never a RecursionError."""
    with pytest.raises(JsonDamagedError):
        [*JsonReader(text).documents()]


def test_a_value_longer_than_allowed_is_an_error() -> None:
    """No more than that is held in memory."""
    with pytest.raises(JsonDamagedError):
        JsonReader(stream=io.StringIO('"' + "x" * (1 << 20) + '"'), longest=1000).value()


# --- files -------------------------------------------------------------------------------------------------


def test_a_folder_gives_its_files_in_the_order_of_names(tmp_path: Path) -> None:
    """Those of inner folders too; a link is named, not followed."""
    (tmp_path / "inner").mkdir()
    for name in ("b.har", "a.har", "inner/c.har"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "z").symlink_to(tmp_path / "inner")
    found = [(file.name.removeprefix(str(tmp_path)), code_of(file.problem)) for file in files_in(str(tmp_path))]
    assert [
        ("/a.har", None),
        ("/b.har", None),
        ("/z", InputProblem.LINK_NOT_FOLLOWED),
        ("/inner/c.har", None),
    ] == found


def test_a_file_that_is_not_there_is_an_input_with_a_problem(tmp_path: Path) -> None:
    """It gets a row of its own."""
    assert InputProblem.FILE_NOT_READ is code_of(input_file(str(tmp_path / "none.har")).problem)


def test_what_cannot_be_written_is_an_error_of_the_caller(tmp_path: Path) -> None:
    """And leaves nothing behind."""
    with pytest.raises(ConnectSamlError) as raised:
        write_private(tmp_path / "no" / "a.json", "{}")
    assert (InputProblem.NOT_WRITTEN, []) == (code_of(raised.value.problem), [*tmp_path.iterdir()])
