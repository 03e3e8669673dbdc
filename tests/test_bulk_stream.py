"""Many captures, and what stands in the way: broken files, archives, workers that die."""

from __future__ import annotations

import io
import json
import multiprocessing
import tarfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import poison
import pytest

from connect_saml_nb import bulk, diagnose_many
from connect_saml_nb.bulk import ItemProblem, LeftOut, Limits, Result
from connect_saml_nb.bulk.items import Item, items_of
from connect_saml_nb.bulk.stream import run_items
from connect_saml_nb.diagnosis import collect_inputs
from connect_saml_nb.samples import practice_users

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
NAMES = sorted(p.stem for p in SAMPLES.glob("*.har"))
CASE = (SAMPLES / "user-case-differs.har").read_bytes()


def run(*sources: str | os.PathLike[str], left_out: LeftOut | None = None) -> list[Result]:
    """The results in this process, in the order of their names."""
    with ThreadPoolExecutor(1) as executor:
        found = bulk.diagnose_many(sources, practice_users(), executor=executor, left_out=left_out)
        return sorted(found, key=lambda r: r.capture)


def verdicts(results: Iterable[Result]) -> dict[str, str | None]:
    """What each capture was found to be, by its own name."""
    return {r.capture.rpartition("/")[2].removesuffix(".har"): r.verdict for r in results}


EXPECTED = {name: name for name in NAMES}


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip of these."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(parts: dict[str, bytes], mode: str = "w") -> bytes:
    """A tar of these."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def mail(parts: dict[str, bytes]) -> bytes:
    """A mail with these attached."""
    message = EmailMessage()
    message["Subject"] = "Cannot sign in"
    message.set_content("See the files.")
    for name, data in parts.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


ALL = {f"t-1/{p.name}": p.read_bytes() for p in SAMPLES.glob("*.har")}


# --- where captures are ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", zipped(ALL)),
        ("a.tar", tarred(ALL)),
        ("a.tar.gz", tarred(ALL, "w:gz")),
        ("a.tbz2", tarred(ALL, "w:bz2")),
        ("a.tar.xz", tarred(ALL, "w:xz")),
        ("a.eml", mail(ALL)),
        ("zip in mail.eml", mail({"a.zip": zipped(ALL)})),
        ("mail in zip.zip", zipped({"4711.eml": mail(ALL)})),
        ("mails in tar.tgz", tarred({f"{n}.eml": mail({n: d}) for n, d in ALL.items()}, "w:gz")),
        ("tar in zip.zip", zipped({"a.tar.gz": tarred(ALL, "w:gz"), "notes.txt": b"x"})),
        ("zip in zip.zip", zipped({"a.zip": zipped(ALL)})),
    ],
)
def test_captures_in_archives_and_mails_are_judged_as_files_are(tmp_path: Path, name: str, content: bytes) -> None:
    """Nobody has to unpack a ticket."""
    (tmp_path / name).write_bytes(content)
    assert EXPECTED == verdicts(run(tmp_path / name))


def test_a_folder_is_searched_to_its_ends(tmp_path: Path) -> None:
    """One folder for each ticket is usual."""
    for name, data in ALL.items():
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / Path(name).name).write_bytes(data)
    assert EXPECTED == verdicts(run(tmp_path))


def test_a_pattern_names_many_files() -> None:
    """As in a shell, and where the shell has none."""
    assert EXPECTED == verdicts(run(str(SAMPLES / "*.har")))


def test_a_file_named_twice_is_read_once() -> None:
    """By a folder and by a pattern."""
    assert len(NAMES) == len(run(SAMPLES, str(SAMPLES / "*.har")))


def test_what_is_left_out_of_a_folder_is_counted() -> None:
    """Nothing is lost silently."""
    left_out = LeftOut()
    run(SAMPLES, left_out=left_out)
    assert {".json": 2, ".toml": 1} == left_out.endings


def test_the_row_keeps_ticket_and_file(tmp_path: Path) -> None:
    """So that somebody can answer it."""
    path = tmp_path / "4711.eml"
    path.write_bytes(mail({"case.har": CASE}))
    assert [(str(path), "case.har")] == [(r.source, r.member) for r in run(path)]


def test_playwrights_side_files_are_found_in_a_zip(tmp_path: Path) -> None:
    """They hold the bodies."""
    folder = Path(__file__).parent / "data" / "har" / "quirks" / "playwright-attach"
    parts = {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith(".json")}
    (tmp_path / "a.zip").write_bytes(zipped(parts))
    assert [("capture.har", None)] == [(r.member, r.problem) for r in run(tmp_path / "a.zip")]


# --- what cannot be read -----------------------------------------------------------------------------------


def problem(path: str | os.PathLike[str]) -> str:
    """The one sentence about an input of which nothing is read."""
    (result,) = run(path)
    assert result.verdict is None
    return result.problem or ""


def test_a_file_that_is_not_there_is_a_row() -> None:
    """The others go on."""
    assert "no-such.har cannot be read (No such file or directory)." == problem("no-such.har")


def test_a_pattern_without_files_is_a_row() -> None:
    """A typing error must not look like a good result."""
    assert "Nothing matches" in problem("no-such-folder/*.har")


def test_a_mail_without_a_capture_says_so(tmp_path: Path) -> None:
    """The ticket has to be answered."""
    (tmp_path / "a.eml").write_bytes(mail({"photo.png": b"x"}))
    assert "No capture is in it" in problem(tmp_path / "a.eml")


def test_a_broken_member_costs_its_own_row(tmp_path: Path) -> None:
    """The healthy ones are judged."""
    (tmp_path / "a.zip").write_bytes(zipped({**ALL, "t-2/bad.har": b"\0\1\2"}))
    assert {**EXPECTED, "bad": None} == verdicts(run(tmp_path / "a.zip"))


def test_a_tar_that_is_cut_off_gives_what_was_before(tmp_path: Path) -> None:
    """And a row that says that there was more."""
    whole = tarred(ALL, "w:gz")
    (tmp_path / "a.tgz").write_bytes(whole[: len(whole) * 2 // 3])
    results = run(tmp_path / "a.tgz")
    assert (True, [ItemProblem.ARCHIVE_DAMAGED.value]) == (
        len(results) > 1,
        [r.problem for r in results if r.verdict is None],
    )


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    """It would fill the memory."""
    (tmp_path / "a.tgz").write_bytes(tarred({"a.har": bytes(200 << 20)}, "w:gz"))
    assert "grows beyond measure" in (run(tmp_path / "a.tgz")[0].problem or "")


def test_a_tar_header_without_end_is_refused(tmp_path: Path) -> None:
    """Tarfile would read it into memory, whole."""
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.XHDTYPE, 100 << 20
    (tmp_path / "a.tar").write_bytes(member.tobuf() + bytes(100 << 20))
    assert "header that no archive of captures has" in problem(tmp_path / "a.tar")


def test_archives_too_deep_are_refused(tmp_path: Path) -> None:
    """However they are made."""
    data = CASE
    name = "a.har"
    for _ in range(8):
        data, name = tarred({name: data}), "a.tar"
    (tmp_path / "a.tar").write_bytes(data)
    assert "too deep" in problem(tmp_path / "a.tar")


def test_names_of_members_are_labels_only(tmp_path: Path) -> None:
    """Nothing is written under them."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.tar").write_bytes(tarred({"../../evil.har": CASE, "/etc/evil.har": CASE}))
    run(tmp_path / "in")
    assert ["a.tar"] == [p.name for p in tmp_path.rglob("*") if p.is_file()]


def test_links_and_devices_in_a_tar_are_passed_over(tmp_path: Path) -> None:
    """They lead elsewhere."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        link = tarfile.TarInfo("link.har")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    (tmp_path / "a.tar").write_bytes(file.getvalue())
    assert "No capture is in" in problem(tmp_path / "a.tar")


@pytest.mark.parametrize("cut", [0, 10, 100, 1000])
@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a.eml"])
def test_damage_anywhere_never_raises(tmp_path: Path, name: str, cut: int) -> None:
    """Hostile input is normal input."""
    made = {"a.zip": zipped, "a.tar": tarred, "a.tgz": lambda p: tarred(p, "w:gz"), "a.eml": mail}[name](
        {"a.har": CASE}
    )
    (tmp_path / name).write_bytes(made[: len(made) // 2 - cut] + b"\xff" * 64 + made[len(made) // 2 :][: cut * 50])
    assert all(isinstance(r, Result) for r in run(tmp_path / name))


# --- workers -----------------------------------------------------------------------------------------------


def poisoned(*items: Item, seconds: float = 60, memory: int | None = None, spare: float = 5) -> dict[str, Result]:
    """The results of these items among healthy ones, by two workers of our own."""
    healthy = [*items_of(SAMPLES)]
    both = iter([*healthy[:3], *items, *healthy[3:]])
    inputs = collect_inputs(practice_users(), verify=False)
    found = run_items(both, inputs, None, 2, Limits(seconds, memory, spare))
    return {r.capture: r for _, results in found for r in results}


HEALTHY = {str(SAMPLES / f"{name}.har"): name for name in NAMES}


@pytest.mark.parametrize(
    ("item", "limits", "sentence"),
    [
        (Item(poison.Dies("dies")), {}, "The worker that read it died"),
        (Item(poison.Hangs("hangs")), {"seconds": 0.5}, "took longer than 0.5 seconds"),
        (Item(poison.Eats("eats")), {"memory": 800 << 20}, "took more memory"),
    ],
    ids=["dies", "hangs", "eats memory"],
)
def test_a_poisonous_file_costs_its_own_row(item: Item, limits: dict[str, float], sentence: str) -> None:
    """Every other capture has its verdict, once."""
    found = poisoned(item, **limits)  # type: ignore[arg-type]
    assert HEALTHY == {name: r.verdict for name, r in found.items() if r.verdict}
    assert sentence in (found[str(item.source)].problem or "")


def test_a_file_that_no_exception_gets_out_of_ends_its_worker() -> None:
    """The second, hard limit."""
    found = poisoned(Item(poison.HoldsOn("holds on")), seconds=1, spare=0.1)
    assert ("The worker that read it died", HEALTHY) == (
        (found["holds on"].problem or "")[:28],
        {name: r.verdict for name, r in found.items() if r.verdict},
    )


def test_the_workers_of_our_own_give_what_one_thread_gives() -> None:
    """How the work is shared changes nothing."""
    ours = sorted(diagnose_many(SAMPLES, practice_users(), workers=2), key=lambda r: r.capture)
    assert run(SAMPLES) == ours


def test_closing_the_stream_ends_the_workers() -> None:
    """Cancelling a cell leaves nothing running."""
    stream = bulk.diagnose_many([SAMPLES], workers=1)
    next(stream)
    stream.close()
    deadline = time.monotonic() + 5  # two threads wait for them: who learns of the end is up to chance
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [] == multiprocessing.active_children()


def test_progress_tells_what_is_done() -> None:
    """The last call tells all."""
    told: list[bulk.Progress] = []
    with ThreadPoolExecutor(1) as executor:
        [*bulk.diagnose_many(SAMPLES, executor=executor, progress=told.append)]
    assert (len(NAMES), len(NAMES), 0) == (told[-1].done, told[-1].total, told[-1].unreadable)


# --- what is kept ------------------------------------------------------------------------------------------


def test_a_result_holds_no_secret() -> None:
    """No assertion, no cookie, no signature, no token."""
    import msgspec  # noqa: PLC0415 # here only

    text = msgspec.json.encode(run(SAMPLES)).decode()
    document = json.loads(CASE)
    cookies = [h["value"] for e in document["log"]["entries"] for h in e["request"]["headers"] if h["name"] == "Cookie"]
    posted = [
        p["value"]
        for e in document["log"]["entries"]
        for p in e["request"].get("postData", {}).get("params", ())
        if p["name"] == "SAMLResponse"
    ]
    assert [] == [v[:40] for v in (*cookies, *posted) if len(v) > 40 and v[:40] in text]


def test_the_same_response_has_the_same_fingerprint_everywhere(tmp_path: Path) -> None:
    """Two files of one sign-in are one sign-in."""
    (tmp_path / "a.har").write_bytes(CASE)
    (tmp_path / "b.zip").write_bytes(zipped({"c.har": CASE}))
    assert 1 == len({s.fingerprint for r in run(tmp_path) for s in r.sign_ins})


def test_a_person_is_issuer_and_name_id_whatever_the_letter_case() -> None:
    """The name ID of the sample differs from the RoleSessionName only in case."""
    (result,) = run(SAMPLES / "user-case-differs.har")
    assert "urn:login.samlp.example\npriya.nair@corp.example" == result.sign_ins[0].person
