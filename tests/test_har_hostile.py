"""A capture is a stranger's file: nothing in it raises, hangs, fills memory or reaches another file."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import re
import time
import zipfile
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_har import DATA, QUIRKS, shown

from connect_saml_nb import har
from connect_saml_nb.errors import CaptureError, code_of
from connect_saml_nb.har import bodies, raw_json
from connect_saml_nb.har import reading as _reading
from connect_saml_nb.io import archive as _archive
from connect_saml_nb.io import data as io_data
from connect_saml_nb.io.data import MMAP_FROM
from connect_saml_nb.io.problems import InputProblem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

RECORDED = (DATA / "firefox-samlp-case.har").read_bytes()
ENTRIES = json.loads(RECORDED)["log"]["entries"]
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def outcome(data: bytes) -> dict[str, Any] | None:
    """All that can be asked of a capture, or None where it is refused with a sentence."""
    try:
        capture = har.read_capture(data)
    except CaptureError:
        return None
    for entry in capture.entries:
        entry.body_may_hold("SAMLResponse", 'va"l/ue')
    return shown(capture)


def log_of(*entries: object) -> bytes:
    """A HAR with these entries."""
    return json.dumps({"log": {"entries": list(entries)}}).encode()


def entry_of(**content: object) -> dict[str, Any]:
    """An entry with this response content."""
    return {
        "request": {"method": "GET", "url": "https://example.com/"},
        "response": {"status": 200, "content": content},
    }


# --- any bytes, any JSON -----------------------------------------------------------------------------------

HEADS = [
    b"",
    b"{",
    b'{"log":{"entries":[',
    b"\x1f\x8b\x08",
    b"PK\x03\x04",
    b"\xff\xfe{\0",
    b"<",
    b"SAMLResponse=",
    b"cb({",
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("base64")
KEYS = st.sampled_from(
    ["log", "entries", "request", "response", "content", "headers", "postData", "text", "params", "encoding", "name"]
).flatmap(lambda key: st.sampled_from([key, *MORE_KEYS]))
MORE_KEYS = ["value", "status", "url", "method", "mimeType", "startedDateTime", "time", "_file", "_content", "_error"]


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A list or an object of such values."""
    return st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5)


JSON = st.recursive(SCALARS, nested, max_leaves=20)


def any_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object whose fields are as they should be, anything else, or absent."""
    return st.fixed_dictionaries({}, optional={key: value | JSON for key, value in fields.items()}) | JSON


PAIRS = st.lists(any_of(name=st.text(max_size=5), value=st.text(max_size=5), encoding=st.just("base64")), max_size=3)
CONTENT = any_of(
    mimeType=st.text(max_size=5), text=st.text(max_size=9), encoding=st.just("base64"), _file=st.text(max_size=4)
)
ENTRY = any_of(
    startedDateTime=st.text(max_size=5) | st.datetimes().map(str),
    time=st.floats(),
    request=any_of(
        method=st.text(max_size=4), url=st.text(max_size=9), headers=PAIRS, postData=CONTENT, _content=CONTENT
    ),
    response=any_of(status=st.integers(-1, 600), headers=PAIRS, content=CONTENT, redirectURL=st.text(max_size=4)),
)


@QUICK
@given(head=st.sampled_from(HEADS), rest=st.binary(max_size=300))
def test_any_bytes_give_a_capture_or_a_sentence(head: bytes, rest: bytes) -> None:
    """No other exception exists."""
    outcome(head + rest)


@QUICK
@given(position=st.integers(0, len(RECORDED) - 1), junk=st.binary(min_size=1, max_size=4))
def test_a_damaged_recording_gives_a_capture_or_a_sentence(position: int, junk: bytes) -> None:
    """Some bytes of a real file are overwritten."""
    outcome(RECORDED[:position] + junk + RECORDED[position + len(junk) :])


@QUICK
@given(entries=st.lists(ENTRY, max_size=4) | JSON)
def test_any_types_give_a_capture_or_a_sentence(entries: object) -> None:
    """Shaped like a HAR, with wrong types anywhere."""
    outcome(json.dumps({"log": {"entries": entries}}).encode())


# --- the readers agree -------------------------------------------------------------------------------------


def every_reading(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any] | None]:
    """Strictly, by brackets, and by brackets without msgspec."""
    readings = [outcome(data)]
    with monkeypatch.context() as patch:
        patch.setattr(har, "strictly", lambda *_: None)
        readings.append(outcome(data))
        patch.setattr(raw_json, "msgspec", None)
        patch.setattr(_reading, "msgspec", None)
        return [*readings, outcome(data)]


@QUICK
@given(entries=st.lists(ENTRY, max_size=4), ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_all_readers_give_the_same_values(entries: list[Any], *, ascii_only: bool, indent: int | None) -> None:
    """Which one serves a file may change its speed, nothing else."""
    text = json.dumps({"log": {"entries": entries}}, ensure_ascii=ascii_only, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        first, *others = every_reading(text.encode("utf-8", "replace"), patch)
    assert others == [first, first]


@pytest.mark.parametrize("path", [*QUIRKS, *sorted(DATA.glob("*.har"))], ids=lambda path: path.stem)
def test_all_readers_agree_on_a_sample(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded files and quirks too."""
    first, *others = every_reading(path.read_bytes(), monkeypatch)
    assert others == [first, first]


# --- a cut-off file ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.05, 0.999))
@example(share=0.999)
def test_a_cut_off_file_keeps_every_whole_entry(share: float) -> None:
    """Wherever it ends."""
    text = json.dumps({"log": {"entries": ENTRIES}})
    cut = text[: int(len(text) * share)]
    whole = sum(cut.count(json.dumps(entry)) for entry in ENTRIES)
    reading = outcome(cut.encode())
    assert (whole or None) == (reading and len(reading["entries"]))


def test_a_cut_off_file_says_so() -> None:
    """And after which entry."""
    text = json.dumps({"log": {"entries": [{"request": {}}, {"request": {}}, {"request": {"url": "https"}}]}})
    problem = "The file is cut off inside entry 2: the 2 whole entries before that were read, what follows is lost."
    assert problem == har.read_capture(text[:-10].encode()).problem


# --- searching a body without opening it -------------------------------------------------------------------

WRITERS: dict[str, Callable[[str], dict[str, str]]] = {
    "plain": lambda text: {"text": text},
    "base64": lambda text: {"text": base64.b64encode(text.encode()).decode(), "encoding": "base64"},
    "wrapped base64": lambda text: {"text": base64.encodebytes(text.encode()).decode(), "encoding": "base64"},
    "url-safe base64": lambda text: {"text": base64.urlsafe_b64encode(text.encode()).decode(), "encoding": "base64"},
    "gzip": lambda text: {"text": base64.b64encode(gzip.compress(text.encode())).decode(), "encoding": "base64"},
    "gzip as text": lambda text: {"text": gzip.compress(text.encode()).decode("latin-1")},
    "false base64": lambda text: {"text": text, "encoding": "base64"},
}
LETTERS = st.text('aSé<"\\/\n =+日', max_size=12)


@QUICK
@given(before=LETTERS, after=LETTERS, writer=st.sampled_from(sorted(WRITERS)), ascii_only=st.booleans())
@pytest.mark.parametrize("word", ["SAMLResponse", 'name="wresult"', "a/b", "x"])
def test_a_word_in_a_body_is_never_missed(word: str, before: str, after: str, writer: str, *, ascii_only: bool) -> None:
    """However the exporter wrote the body."""
    entry = entry_of(mimeType="text/html", **WRITERS[writer](before + word + after))
    text = json.dumps({"log": {"entries": [entry]}}, ensure_ascii=ascii_only)
    assert har.read_capture(text.encode()).entries[0].body_may_hold("nothing", word)


def test_letters_hidden_in_escapes_are_not_missed() -> None:
    """JSON may write any letter as an escape."""
    data = log_of(entry_of(text="SAMLResponse")).replace(b"AMLR", b"\\u0041ML\\u0052")
    assert har.read_capture(data).entries[0].body_may_hold("SAMLResponse")


@pytest.mark.parametrize("writer", ["plain", "base64"])
def test_a_body_without_the_words_is_told_without_opening_it(writer: str) -> None:
    """Otherwise the search would save nothing."""
    entry = har.read_capture(log_of(entry_of(**WRITERS[writer]("<p>hello</p>" * 99)))).entries[0]
    assert not entry.body_may_hold("SAMLResponse", "not been onboarded")


# --- depth, size, number -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "nest",
    [b"[" * 200_000, b"[" * 200_000 + b"]" * 200_000, b'{"a":' * 200_000, b'[{"log":' * 9_000 + b"0" + b"}]" * 9_000],
)
@pytest.mark.parametrize("place", ['{"log":{"entries":[@]}}', '{"log":{"entries":[{"request":{"headers":@}}]}}', "@"])
def test_deep_nesting_is_survived(nest: bytes, place: str) -> None:
    """RecursionError and worse stay inside."""
    outcome(place.encode().replace(b"@", nest))


def test_a_deeply_nested_part_costs_only_itself() -> None:
    """The entry beside it is read."""
    deep = log_of(entry_of(text="ok"), {"request": {"headers": "@"}}).replace(b'"@"', b"[" * 9_999 + b"]" * 9_999)
    capture = har.read_capture(deep)
    assert (
        [e.index for e in capture.entries],
        capture.problem,
    ) == ([0], "1 of 2 entries was left out because it cannot be read (entry 1).")


def test_more_entries_than_the_limit_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of millions of tiny entries cannot fill memory."""
    monkeypatch.setattr(_reading, "ENTRY_LIMIT", 3)
    capture = har.read_capture(log_of({}, {}, {}, {}, {}))
    assert (len(capture.entries), capture.problem) == (
        3,
        "The file holds more than 3 entries: only the first 3 were read.",
    )


PIECES = [b'\\"', b'"', b"{", b"[],", b'{"":0},', b",", b" ", b"\\", b'"",', b"a", b"/*", b'{"a"']


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("head", [b'{"log":{"entries":[', b'{"log":{"entries":[{"request":"', b"[", b"x(", b"<", b'{"'])
def test_no_repetition_makes_reading_slow(head: bytes, piece: bytes) -> None:
    """Four times the size takes about four times as long, not sixteen times."""
    seconds = [reading_time(head + piece * (size // len(piece))) for size in (40_000, 160_000)]
    assert seconds[1] < 10 * seconds[0] + 0.1


def reading_time(data: bytes) -> float:
    """Processor seconds."""
    start = time.process_time()
    with suppress(CaptureError):
        har.read_capture(data)
    return time.process_time() - start


# --- packed ------------------------------------------------------------------------------------------------


def zip_of(**files: bytes) -> bytes:
    """A zip; in names `__` stands for a dot."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return packed.getvalue()


def locked(packed: bytes) -> bytes:
    """A zip whose only member says that it is encrypted."""
    place = packed.index(b"PK\x01\x02") + 8
    return packed[:6] + b"\1" + packed[7:place] + b"\1" + packed[place + 1 :]


def test_gzip_is_known_by_its_bytes(tmp_path: Path) -> None:
    """Not by its name."""
    path = tmp_path / "capture.har"
    path.write_bytes(gzip.compress(RECORDED))
    assert shown(har.read_capture(RECORDED)) == shown(har.read_capture(path))


@pytest.mark.parametrize("level", [0, 5, 6, 9])
def test_zlib_is_known_by_its_bytes(level: int) -> None:
    """At every level: mitmproxy packs with 9."""
    assert shown(har.read_capture(RECORDED)) == shown(har.read_capture(zlib.compress(RECORDED, level)))


def test_a_zip_of_zlib_is_read() -> None:
    """The member's name is mitmproxy's."""
    packed = zip_of(a__zhar=zlib.compress(RECORDED))
    assert shown(har.read_capture(RECORDED)) == shown(har.read_capture(packed))


def test_a_cut_off_gzip_keeps_every_whole_entry() -> None:
    """Half a download still tells something."""
    problem = har.read_capture(gzip.compress(RECORDED)[:-2000]).problem or ""
    assert re.fullmatch(r"The file is cut off inside entry .* The packed file is damaged or cut off\.", problem)


@pytest.mark.parametrize(
    "pack", [gzip.compress, zlib.compress, lambda data: zip_of(capture__har=data)], ids=["gzip", "zlib", "zip"]
)
def test_a_bomb_is_refused(pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """By how much it grows, before it is whole."""
    monkeypatch.setattr(io_data, "RATIO_FREE", 1 << 20)
    with pytest.raises(CaptureError, match="grows to more than 200 times its size"):
        har.read_capture(pack(b" " * (8 << 20)))


def test_an_input_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its ratio."""
    monkeypatch.setattr(io_data, "INPUT_LIMIT", 1000)
    with pytest.raises(CaptureError) as raised:
        har.read_capture(gzip.compress(RECORDED))
    assert InputProblem.TOO_LARGE is code_of(raised.value.problem)


def test_a_body_that_unpacks_beyond_the_limit_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb inside a body."""
    monkeypatch.setattr(bodies, "BODY_LIMIT", 1000)
    bomb = base64.b64encode(gzip.compress(b"a" * 100_000)).decode()
    body = har.read_capture(log_of(entry_of(text=bomb, encoding="base64"))).entries[0].body
    assert (body.text, body.lost) == (None, "it is packed with gzip and damaged or too large")


def test_a_member_without_a_name_is_no_capture() -> None:
    """The library's own `is_dir` raises on it before Python 3.12."""
    assert outcome(zip_of(a__har=b"{}").replace(b"a.har", b"\0.har")) is None


def test_a_zip_with_an_endless_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library would read all of it."""
    monkeypatch.setattr(_archive, "ZIP_LIST_LIMIT", 10)
    with pytest.raises(CaptureError, match="too many members"):
        har.read_capture(zip_of(a__har=b"{}"))


@QUICK
@given(position=st.integers(4, 300), junk=st.binary(min_size=1, max_size=4))
def test_a_damaged_zip_gives_a_capture_or_a_sentence(position: int, junk: bytes) -> None:
    """No other exception exists."""
    packed = zip_of(a__har=log_of(entry_of(_file="b.html")), b__html=b"<p>")
    outcome(packed[:position] + junk + packed[position + len(junk) :])


@QUICK
@given(
    position=st.integers(2, 300),
    junk=st.binary(min_size=1, max_size=4),
    pack=st.sampled_from([gzip.compress, zlib.compress]),
)
def test_a_damaged_gzip_gives_a_capture_or_a_sentence(
    position: int, junk: bytes, pack: Callable[[bytes], bytes]
) -> None:
    """No other exception exists."""
    packed = pack(log_of(*[entry_of(text=str(n)) for n in range(9)]))
    outcome(packed[:position] + junk + packed[position + len(junk) :])


def test_a_gzip_of_many_parts_is_read_whole() -> None:
    """RFC 1952 allows a chain."""
    packed = b"".join(gzip.compress(RECORDED[i : i + 9000]) for i in range(0, len(RECORDED), 9000))
    assert shown(har.read_capture(RECORDED)) == shown(har.read_capture(packed))


def test_one_bad_member_does_not_lose_the_others() -> None:
    """A zip of captures gives each, or why not."""
    good = log_of(entry_of())
    read = list(har.read_captures(zip_of(a__har=good, b__har=b"<html>", c__har=gzip.compress(good)), name="all.zip"))
    names = [r.name if isinstance(r, har.Unreadable) else len(r.entries) for r in read]
    assert names == [1, "all.zip/b.har", 1]


def test_several_captures_are_not_one() -> None:
    """The sentence names the function that reads them."""
    with pytest.raises(CaptureError, match="holds 2 captures: read them with read_captures"):
        har.read_capture(zip_of(a__har=b"{}", b__har=b"{}"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty"),
        (b" \n\0", "This file is empty"),
        (b"<!DOCTYPE html><title>Sign in", "This is an HTML page, not a HAR"),
        (b"%PDF-1.7", "This is a PDF"),
        (b'{"a": 1}', "This is JSON, but no HAR"),
        (b'{"log": {"entries": null}}', "This is JSON, but no HAR"),
        (b"[]", "This is JSON, but no HAR"),
        (b'{"constants": {}, "events": []}', "This is a Chrome NetLog"),
        (b'{"UserSummaryList": []}', "This is a list of Connect users"),
        (b'{"log": {"creator": {', "This HAR is cut off before its first entry"),
        (b'{"log": {"entries": [{"request": ', "This HAR is cut off before its first entry ends"),
        (b"import har\n", "This is neither a HAR nor a SAML response"),
        (b"\x1f\x8b\x08\0\0", "The packed file is damaged"),
        (b"PK\x03\x04junk", "The zip is damaged"),
        (zip_of(readme__txt=b"", notes__md=b""), "There is no .har in this zip"),
        (zip_of(trace__trace=b"", trace__network=b""), "This is a Playwright trace"),
        (locked(zip_of(a__har=b"{}")), "The zip is protected with a password"),
        (zip_of(**{"raw/1_c__txt": b"", "raw/1_s__txt": b""}), "This is a Fiddler archive"),
        (zip_of(a__har=zip_of(b__har=b"{}")), "It is a zip inside a zip"),
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "This is packed with gzip twice"),
        (b'<?xml version="1.0"?><log><version>1.1', "This is a network log in XML"),
    ],
)
def test_what_is_no_capture_gets_one_clear_sentence(data: bytes, sentence: str) -> None:
    """It says what the file is, and what to do."""
    with pytest.raises(CaptureError, match=sentence):
        har.read_capture(data)


# --- other files -------------------------------------------------------------------------------------------


def body_beside(folder: Path, name: str) -> str | None:
    """The body of a capture in this folder that names this file."""
    path = folder / "capture.har"
    path.write_bytes(log_of(entry_of(mimeType="text/html", _file=name)))
    return har.read_capture(path).entries[0].body.text


def test_a_side_file_in_the_same_folder_is_read(tmp_path: Path) -> None:
    """Playwright's attach mode."""
    (tmp_path / "body.html").write_text("<p>")
    assert body_beside(tmp_path, "body.html") == "<p>"


@pytest.mark.parametrize(
    "name", ["../secret", "sub/secret", "sub\\secret", "link", ".", "..", "", "a\0b", "pipe", "x" * 999]
)
def test_no_other_file_is_read(tmp_path: Path, name: str) -> None:
    """No path, link, pipe or folder."""
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    for secret in (tmp_path / "secret", folder / "sub" / "secret"):
        secret.write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe")
    assert body_beside(folder, name) is None


def test_bytes_have_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read from where the process happens to run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "body.html").write_text("<p>")
    assert har.read_capture(log_of(entry_of(_file="body.html"))).entries[0].body.text is None


def test_playwrights_zip_brings_its_bodies() -> None:
    """A HAR beside the bodies that it names."""
    packed = zip_of(har__har=log_of(entry_of(mimeType="text/html", _file="b.html")), b__html="é".encode())
    assert har.read_capture(packed).entries[0].body.text == "é"


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unpacked has no name on disk, even while it is read."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    big = log_of(*[entry_of(text=os.urandom(50_000).hex()) for _ in range(60)])
    capture = har.read_capture(gzip.compress(big, 1))
    assert (len(capture.entries), list(tmp_path.iterdir())) == (60, [])


def test_a_file_overwritten_after_reading_is_not_read_on(tmp_path: Path) -> None:
    """Reading a mapping beyond a shortened file's end would kill the process."""
    path = tmp_path / "capture.har"
    path.write_bytes(log_of(entry_of(text="a" * MMAP_FROM)))
    entry = har.read_capture(path).entries[0]
    path.write_bytes(b"{}")
    assert entry.body.lost == "the file was changed after it was opened; read it again"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda folder: folder / "missing.har", "There is no file"),
        (lambda folder: folder, "is a folder"),
        (lambda _: "SAMLResponse=secret", "This is text, not the path"),
        (lambda _: "PHNhbWxw" * 400, "This is text, not the path"),
        (lambda _: "a\0b", "cannot be opened"),
        (lambda _: 7, "This is no capture"),
    ],
)
def test_what_cannot_be_opened_gets_one_clear_sentence(
    tmp_path: Path, make: Callable[[Path], Any], sentence: str
) -> None:
    """And a paste in place of a path is not shown."""
    with pytest.raises(CaptureError, match=sentence) as caught:
        har.read_capture(make(tmp_path))
    assert "secret" not in str(caught.value)


def test_an_open_file_is_read() -> None:
    """A notebook's upload is a file without a path."""
    assert shown(har.read_capture(io.BytesIO(RECORDED))) == shown(har.read_capture(RECORDED))


# --- pastes ------------------------------------------------------------------------------------------------

XML = b'<samlp:Response xmlns:samlp="urn:x">??>>~~</samlp:Response>'
VALUE = base64.b64encode(XML).decode()
QUOTED = VALUE.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
SPACED = base64.b64encode(XML.replace(b"?>>~~", b"\xc3\xbe\xc3\xbe~")).decode().replace("+", " ")  # a mailer's `+`


@pytest.mark.parametrize(
    ("paste", "form"),
    [
        (XML.decode(), f"SAMLResponse={QUOTED}"),
        ("\ufeff<?xml version='1.0'?>\n" + XML.decode(), None),
        (VALUE, f"SAMLResponse={QUOTED}"),
        (f'"{VALUE}"\n', f"SAMLResponse={QUOTED}"),
        (QUOTED, f"SAMLResponse={QUOTED}"),
        (VALUE[:20] + "\r\n" + VALUE[20:], f"SAMLResponse={QUOTED}"),
        (f"SAMLResponse={QUOTED}", f"SAMLResponse={QUOTED}"),
        (f"SAMLResponse={VALUE}", f"SAMLResponse={QUOTED}"),
        (f"SAMLResponse={QUOTED}&RelayState=a%20b", f"SAMLResponse={QUOTED}&RelayState=a%20b"),
        (f"RelayState=&SAMLResponse={QUOTED}", f"RelayState=&SAMLResponse={QUOTED}"),
        (f"RelayState: a b\nSAMLResponse: {VALUE[:9]}\n{VALUE[9:]}", f"RelayState=a%20b&SAMLResponse={QUOTED}"),
        (
            f"curl 'https://x' --data-raw 'SAMLResponse={QUOTED}&RelayState=1' --compressed",
            f"SAMLResponse={QUOTED}&RelayState=1",
        ),
        (f"https://x/?SAMLResponse={QUOTED}&SigAlg=1", f"SAMLResponse={QUOTED}&SigAlg=1"),
        (SPACED, f"SAMLResponse={quote(SPACED)}"),
        (f"curl --data-raw 'SAMLResponse={SPACED}&RelayState=1'", f"SAMLResponse={quote(SPACED)}&RelayState=1"),
    ],
)
def test_a_paste_becomes_one_post(paste: str, form: str | None) -> None:
    """In the form that a browser would have sent."""
    capture = har.read_capture(paste.encode())
    [entry] = capture.entries
    post = entry.post_data
    assert post
    assert (capture.creator, entry.method, entry.url) == ("pasted", "POST", "")
    assert form is None or form == post.text


def test_a_long_paste_is_not_slow() -> None:
    """Even one of spaces."""
    start = time.process_time()
    har.read_capture(b"SAMLResponse=" + b" " * (4 << 20) + b"x")
    assert time.process_time() - start < 3


def test_a_deflated_paste_is_known() -> None:
    """A redirect binding's value."""
    raw = zlib.compress(XML)[2:-4]
    assert har.read_capture(base64.b64encode(raw)).creator == "pasted"


@QUICK
@given(text=st.text(max_size=60), head=st.sampled_from(["", "SAMLResponse=", "wresult: ", "<saml:Assertion ", VALUE]))
def test_any_paste_gives_a_capture_or_a_sentence(text: str, head: str) -> None:
    """No other exception exists."""
    outcome((head + text).encode("utf-8", "replace"))
