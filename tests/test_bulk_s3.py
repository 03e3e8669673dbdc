"""Captures in S3, fetched by the real boto3 client over HTTP: pages, large objects, and what goes wrong on the way."""

from __future__ import annotations

import io
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from practice_s3 import PracticeS3

from connect_saml_nb import bulk
from connect_saml_nb.bulk import Result, Run, inputs_from
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io import s3 as s3_objects
from connect_saml_nb.io.data import MMAP_FROM
from connect_saml_nb.samples import practice_users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
CASE = (SAMPLES / "user-case-differs.har").read_bytes()
ALL = {f"2026/{p.name}": p.read_bytes() for p in SAMPLES.glob("*.har")}
TOLD = inputs_from(practice_users())


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine reaches boto3."""
    for name in [name for name in os.environ if name.startswith("AWS_") or name.casefold().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "practice")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "practice")


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeS3]:
    """A bucket `tickets` with the samples, where boto3 finds it by itself."""
    with PracticeS3(dict(ALL)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        s3_objects.client.cache_clear()
        yield server
    s3_objects.client.cache_clear()


def run(url: str = "s3://tickets/2026/", **options: object) -> dict[str, Result]:
    """The results by name."""
    with ThreadPoolExecutor(2) as executor:
        return {r.capture: r for r in bulk.diagnose_many(url, TOLD, executor=executor, **options)}  # type: ignore[arg-type]


EXPECTED = {f"s3://tickets/{key}": Path(key).stem for key in ALL}


def verdicts(results: dict[str, Result]) -> dict[str, str | None]:
    """What each was found to be."""
    return {name: r.verdict for name, r in results.items()}


# --- where all is well -------------------------------------------------------------------------------------


def test_every_page_of_a_prefix_is_read(s3: PracticeS3) -> None:
    """A bucket lists 1,000 keys at a time."""
    s3.page = 2
    s3.objects["2025/old.har"] = CASE
    assert (EXPECTED, 3) == (verdicts(run()), s3.pages)


def test_our_own_workers_read_from_s3(s3: PracticeS3) -> None:
    """Each process has its own client."""
    found = {r.capture: r.verdict for r in bulk.diagnose_many("s3://tickets/2026/", TOLD, workers=2)}
    assert (EXPECTED, sorted(ALL)) == (found, sorted(s3.gets))


def test_one_object_can_be_named(s3: PracticeS3) -> None:
    """Whatever it is called."""
    s3.objects["x/ticket 7+é.dat"] = CASE
    assert ["user-case-differs"] == [r.verdict for r in run("s3://tickets/x/ticket 7+é.dat").values()]


def test_an_archive_in_s3_is_looked_into(s3: PracticeS3) -> None:
    """The row keeps the object and the file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.har", CASE)
        archive.writestr("b.har", CASE)
    s3.objects["x/4711.zip"] = file.getvalue()
    assert [("s3://tickets/x/4711.zip", "a.har"), ("s3://tickets/x/4711.zip", "b.har")] == sorted(
        (r.source, r.member) for r in run("s3://tickets/x/").values()
    )


def test_a_large_object_is_not_held_in_memory(s3: PracticeS3) -> None:
    """It goes to a nameless temporary file, which is mapped."""
    s3.objects["x/large.har"] = CASE + b" " * MMAP_FROM
    data = s3_objects.data_of("s3://tickets/x/large.har")
    assert (False, len(CASE) + MMAP_FROM) == (isinstance(data, bytes), len(data))
    assert ["user-case-differs"] == [r.verdict for r in run("s3://tickets/x/").values()]


def test_what_is_left_out_of_a_bucket_is_counted(s3: PracticeS3) -> None:
    """And progress knows how many there are."""
    s3.objects["2026/notes.txt"] = b"x"
    told: list[bulk.Progress] = []
    left_out = bulk.LeftOut()
    run(progress=told.append, left_out=left_out)
    assert ({".txt": 1}, len(ALL)) == (left_out.endings, told[-1].total)


# --- what goes wrong ---------------------------------------------------------------------------------------


def test_an_answer_that_breaks_off_is_asked_again(s3: PracticeS3) -> None:
    """Networks do that."""
    s3.cut = {"2026/user-missing.har": 2}
    assert EXPECTED == verdicts(run())


def test_an_object_that_always_breaks_off_costs_its_own_row(s3: PracticeS3) -> None:
    """A later try may succeed."""
    s3.cut = {"2026/user-missing.har": 99}
    result = run().pop("s3://tickets/2026/user-missing.har")
    assert ("s3://tickets/2026/user-missing.har broke off 3 times on the way from S3.", True) == (
        result.problem,
        result.again,
    )


def test_an_object_that_may_not_be_read_costs_its_own_row(s3: PracticeS3) -> None:
    """The message names the permission."""
    s3.fault = lambda key: "AccessDenied" if key.endswith("user-missing.har") else None
    found = run()
    assert "s3:GetObject" in (found.pop("s3://tickets/2026/user-missing.har").problem or "")
    assert {k: v for k, v in EXPECTED.items() if v != "user-missing"} == verdicts(found)


def test_a_prefix_without_captures_is_a_row(s3: PracticeS3) -> None:
    """A typing error must not look like a good result."""
    assert "No capture is in s3://tickets/2062/" in (run("s3://tickets/2062/")["s3://tickets/2062/"].problem or "")
    assert not s3.gets


@pytest.mark.parametrize(
    ("url", "sentence"), [("s3://tickets-2/x", "check the bucket's name"), ("s3://", "write s3://BUCKET/PREFIX")]
)
@pytest.mark.usefixtures("s3")
def test_a_place_that_is_none_says_so(url: str, sentence: str) -> None:
    """Nothing can be read there."""
    with pytest.raises(ConnectSamlError, match=sentence):
        run(url)


def test_no_credentials_say_what_to_do(s3: PracticeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(ConnectSamlError, match="sign in again"):
        run()
    assert 0 == s3.pages


def expired_after(count: int) -> Callable[[str], str | None]:
    """Credentials that end after so many requests."""
    left = iter(range(count))
    return lambda _: None if next(left, None) is not None else "ExpiredToken"


@pytest.mark.parametrize("keys", [1000, 4])
def test_credentials_that_expire_midway_end_the_run_and_going_on_completes_it(
    s3: PracticeS3, tmp_path: Path, keys: int
) -> None:
    """Between two pages of the list, or two objects; what was done before is not fetched again."""
    s3.objects = {f"2026/{number:02}.har": data for number, data in enumerate([*ALL.values()] * 3)}
    s3.page, s3.fault = keys, expired_after(12)
    run = Run.begin(tmp_path / "run", ["s3://tickets/2026/"], TOLD)
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(ConnectSamlError, match=r"ExpiredToken.*sign in again.*go on"),
    ):
        run.go(executor=executor)
    before = {r.capture for r in run.results()}
    s3.fault, s3.gets = lambda _: None, []
    whole = Run.begin(tmp_path / "whole", ["s3://tickets/2026/"], TOLD)
    for each in (Run.open(run.folder), whole):
        with ThreadPoolExecutor(1) as executor:
            each.go(executor=executor)
    assert [*whole.results()] == [*Run.open(run.folder).results()]
    assert 0 < len(before) < len(s3.objects)
    assert len(s3.gets) == 2 * len(s3.objects) - len(before)
