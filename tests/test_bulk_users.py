"""Users at scale: the quota's pace, several instances, lists kept in a folder, and which list a sign-in is compared with."""

from __future__ import annotations

import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connect_saml_nb import __main__ as command_line
from connect_saml_nb import diagnose_many
from connect_saml_nb.bulk import Run, inputs_from, summarise, to_html, to_text
from connect_saml_nb.errors import UserListError
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.samples import practice_users
from connect_saml_nb.training.emulator.base import PracticeServer, TokenBucket
from connect_saml_nb.training.emulator.connect import INSTANCE_ID, PracticeInstance
from connect_saml_nb.users import Pace, list_many_users, list_users, read_user_lists, save_users

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
NOW = datetime.now(UTC)
OTHER_ID = "99999999-8888-4777-8666-555555555555"


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine reaches boto3."""
    for name in [name for name in os.environ if name.startswith("AWS_") or name.casefold().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "practice")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "practice")


def practice(count: int, **settings: Any) -> PracticeInstance:
    """An instance of that many users."""
    return PracticeInstance(tuple(User(f"agent{n:05}@example.com") for n in range(count)), **settings)


class Both(PracticeInstance):
    """Two instances of one account: one quota, and each answers to its own ID."""

    def check_instance(self, instance_id: str) -> None:
        super().check_instance(INSTANCE_ID if instance_id == OTHER_ID else instance_id)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeInstance]:
    """Two instances where boto3 finds them by itself, over HTTP."""
    instance = Both(tuple(User(f"agent{n:05}@example.com") for n in range(2500)))
    with PracticeServer(instance) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CONNECT", url)
        yield instance


# --- the pace ----------------------------------------------------------------------------------------------


class Clock:
    """A clock that only waiting and the answers of AWS move."""

    def __init__(self, latency: float) -> None:
        self.time, self.latency, self.slept = 1000.0, latency, 0.0

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.slept += seconds


@pytest.mark.parametrize("latency", [0.02, 0.3, 0.7])
def test_no_request_is_refused_and_the_time_is_what_the_quota_needs(latency: float) -> None:
    """100,000 users are 100 requests: at 2 a second after 5 at once, 47.5 seconds, or what AWS takes to answer."""
    clock = Clock(latency)
    instance = practice(100_000, bucket=TokenBucket(clock=clock))
    client = instance.client()

    def answer_takes_time(**_: Any) -> None:
        clock.time += latency

    client.meta.events.register_first("before-send.connect", answer_takes_time)
    Pace(clock, clock.sleep).follow(client)
    start = clock.time
    assert 100_000 == len(list_users(INSTANCE_ID, client=client))
    least = max((100 - 5) / 2 + latency, 100 * latency)
    assert (100, True) == (len(instance.calls), clock.time - start <= least * 1.1), clock.time - start


QUOTA_NEEDS = 2.5  # seconds for 10 requests: 5 at once, then 2 a second


def test_the_pace_is_kept_over_http(served: PracticeInstance) -> None:
    """As AWS does it: measured in real seconds, with two instances under one quota."""
    served.users = served.users * 2  # 5 requests each
    served.bucket = TokenBucket()
    start = time.monotonic()
    list_many_users([INSTANCE_ID, OTHER_ID], Path(os.environ["AWS_CONFIG_FILE"]).parent / "l", region="us-west-2")
    assert (10, True) == (len(served.calls), time.monotonic() - start >= QUOTA_NEEDS)


def test_others_who_use_the_quota_up_are_waited_for() -> None:
    """A refused request is repeated, and the pace begins anew."""
    clock = Clock(0)
    instance = practice(10_000, bucket=TokenBucket(clock=clock))
    for _ in range(5):
        assert instance.bucket
        assert instance.bucket.take()
    client = instance.client()
    Pace(clock, clock.sleep).follow(client)
    assert list_users(INSTANCE_ID, client=client).complete


# --- lists in a folder -------------------------------------------------------------------------------------


def test_each_instance_is_asked_once_and_kept(served: PracticeInstance, tmp_path: Path) -> None:
    """Only their owner can read the lists, and they tell their age."""
    lists = list_many_users([INSTANCE_ID, OTHER_ID], tmp_path / "lists", region="us-west-2")
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "lists").iterdir()}
    assert ({0o600}, 0o700, 6) == (modes, stat.S_IMODE((tmp_path / "lists").stat().st_mode), len(served.calls))
    assert {(u.instance_id, u.complete, u.retrieved) for u in lists} == {
        (u.instance_id, u.complete, u.retrieved) for u in read_user_lists(tmp_path / "lists")
    }


@pytest.mark.parametrize(
    ("hours", "age", "complete", "asked"), [(24, 1, True, 0), (24, 25, True, 3), (24, 1, False, 3), (0, 1, True, 3)]
)
def test_a_kept_list_is_taken_only_where_it_is_young_and_whole(
    served: PracticeInstance,
    tmp_path: Path,
    hours: float,
    age: float,
    complete: bool,  # noqa: FBT001 # a parameter of the test
    asked: int,
) -> None:
    """An old or short list would make people seem to be missing."""
    told = replace(
        Users("kept", served.users, complete, INSTANCE_ID, "us-west-2"), retrieved=NOW - timedelta(hours=age)
    )
    save_users(told, tmp_path / f"users-us-west-2-{INSTANCE_ID}.json")
    list_many_users([INSTANCE_ID], tmp_path, region="us-west-2", most_hours=hours)
    assert asked == len(served.calls)


def test_the_command_keeps_several_lists(
    served: PracticeInstance, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says how old they are; the second time nothing is asked."""
    command = ["users", "--instance-id", INSTANCE_ID, "--instance-id", OTHER_ID, "--region", "us-west-2"]
    command += ["--output", str(tmp_path / "lists"), "--most-hours", "1"]
    assert [0, 0] == [command_line.main(command), command_line.main(command)]
    said = capsys.readouterr().err
    assert (6, 4) == (len(served.calls), said.count("2,500 Connect users of instance"))
    assert f"{OTHER_ID} in us-west-2, made 20" in said


def test_of_two_lists_of_one_instance_the_whole_and_newest_counts(tmp_path: Path) -> None:
    """Whoever saves lists day by day has several."""
    for number, (complete, days) in enumerate([(True, 9), (False, 0), (True, 2)]):
        made = Users(f"{number}", practice_users().users, complete, INSTANCE_ID, "us-west-2", retrieved=NOW)
        save_users(replace(made, retrieved=NOW - timedelta(days=days)), tmp_path / f"{number}.json")
    assert ["2", "0", "1"] == [u.source for u in read_user_lists(tmp_path)]


def test_a_list_in_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Its instance would seem to have none."""
    save_users(practice_users(), tmp_path / "a.json")
    (tmp_path / "b.json").write_text("{}")
    (tmp_path / "README.md").write_text("not a list")
    with pytest.raises(UserListError, match=r"b\.json"):
        read_user_lists(tmp_path)


# --- several instances in one run --------------------------------------------------------------------------


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    """A sign-in to the samples' instance, and one to another."""
    folder = tmp_path / "captures"
    folder.mkdir()
    own = practice_users().instance_id or ""
    (folder / "own.har").write_bytes((SAMPLES / "user-case-differs.har").read_bytes())
    other = (SAMPLES / "user-missing.har").read_bytes().replace(own.encode(), OTHER_ID.encode())
    (folder / "other.har").write_bytes(other)
    return folder


def run(captures: Path, lists: Path) -> Run:
    """A run with the lists in a folder."""
    made = Run.begin(captures.parent / f"run {lists.name}", [str(captures)], inputs_from(read_user_lists(lists)))
    with ThreadPoolExecutor(1) as executor:
        made.go(executor=executor)
    return made


def test_each_sign_in_is_compared_with_the_list_of_its_own_instance(captures: Path, tmp_path: Path) -> None:
    """One run for the whole organisation."""
    own, lists = practice_users(), tmp_path / "lists"
    lists.mkdir()
    save_users(own, lists / "one.json")
    two = Users("two", (User("somebody@corp.example"),), complete=True, instance_id=OTHER_ID, region=own.region)
    save_users(two, lists / "two.json")
    found = {Path(r.source).stem: (r.verdict, r.sign_ins[0].relation) for r in run(captures, lists).results()}
    same = "same instance"
    assert {"own": ("user-case-differs", same), "other": ("user-missing", same)} == found


def test_instances_without_a_list_are_counted_and_named(captures: Path, tmp_path: Path) -> None:
    """In the summary, on the page and in the text; nobody is judged by another instance's list."""
    lists = tmp_path / "lists"
    lists.mkdir()
    save_users(practice_users(), lists / "one.json")
    summary = summarise(run(captures, lists).results())
    where = f"{OTHER_ID} in {practice_users().region}"
    assert {where: 1} == summary.without_list
    assert (True, True) == (where in to_text(summary), where in to_html(summary))
    assert {"user-case-differs", "user-not-checked"} == {c.verdict for c in summary.causes}


def test_a_run_goes_on_with_its_own_lists(captures: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Nobody has to remember which they were."""
    folder = str(captures.parent / "run")
    begun = command_line.main(
        ["bulk", str(captures), "--users", str(SAMPLES / "users.json"), "--run", folder, "--workers", "1"]
    )
    (captures / "late.har").write_bytes((SAMPLES / "user-missing.har").read_bytes())
    gone_on = command_line.main(["bulk", "--run", folder, "--resume", "--workers", "1", "--format", "json"])
    document = json.loads(b"{" + capsysbinary.readouterr().out.split(b"\n{", 1)[1])
    assert (1, 1, 3) == (begun, gone_on, document["captures"])


def test_the_public_function_takes_a_folder_of_lists(captures: Path, tmp_path: Path) -> None:
    """As it takes one list."""
    (tmp_path / "lists").mkdir()
    save_users(practice_users(), tmp_path / "lists" / "users.json")
    with ThreadPoolExecutor(1) as executor:
        found = diagnose_many(captures / "own.har", tmp_path / "lists", executor=executor)
        assert ["user-case-differs"] == [r.verdict for r in found]
