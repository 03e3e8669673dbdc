"""Other people's executors: threads, processes, and a Dask cluster of several processes."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import poison
import pytest

from connect_saml_nb import bulk
from connect_saml_nb.bulk import Run, inputs_from
from connect_saml_nb.bulk.items import Item, items_of
from connect_saml_nb.bulk.stream import run_items
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.samples import practice_users

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from connect_saml_nb.bulk.work import Task

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "data" / "samples"
TOLD = inputs_from(practice_users())
EXPECTED = {str(path): path.stem for path in SAMPLES.glob("*.har")}


def many(folder: Path, count: int) -> Path:
    """A folder of that many captures."""
    folder.mkdir()
    samples = sorted(SAMPLES.glob("*.har"))
    for number in range(count):
        (folder / f"{number:03}.har").write_bytes(samples[number % len(samples)].read_bytes())
    return folder


def verdicts(executor: Executor, *items: Item) -> dict[str, str | None]:
    """The verdicts of the samples and of these items."""
    found = run_items(iter([*items_of(SAMPLES), *items]), TOLD, executor, in_flight=2)
    return {r.capture: r.verdict for _, results in found for r in results}


# --- processes ---------------------------------------------------------------------------------------------


def test_processes_are_told_the_witnesses_once_each() -> None:
    """A list of 100,000 users must not travel with every capture."""
    sent: list[bool] = []

    class Counting(ProcessPoolExecutor):
        def submit(self, errand: Task, *rest: Any) -> Any:  # type: ignore[override] # ours only
            sent.append(errand.content is not None)
            return super().submit(errand, *rest)

    with Counting(1, get_context("spawn")) as executor:
        found = {r.capture: r.verdict for r in bulk.diagnose_many([SAMPLES] * 2, TOLD, executor=executor)}
    assert (EXPECTED, True) == (found, 1 <= sum(sent) <= 4), sent


def test_an_executor_that_breaks_says_what_to_do() -> None:
    """Its limits are not ours."""
    with (
        ProcessPoolExecutor(1, get_context("spawn")) as executor,
        pytest.raises(ConnectSamlError, match="make a new one"),
    ):
        verdicts(executor, Item(poison.Dies("dies")))


def test_an_executor_that_was_shut_down_says_what_to_do() -> None:
    """Nothing is taken for read."""
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(ConnectSamlError, match="make a new one"):
        verdicts(executor)


# --- Dask --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    """A client of a cluster of two worker processes."""
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster` (pip install distributed)")
    options = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": "CRITICAL"}
    settings = {  # Dask tries a capture on four workers before it gives up, and gives up a worker after 15 seconds
        "distributed.scheduler.allowed-failures": 1,
        "distributed.deploy.lost-worker-timeout": "60s",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests")]))
        with (
            distributed_settings(settings),
            distributed.LocalCluster(2, **options) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client


def distributed_settings(settings: dict[str, Any]) -> Any:
    """Dask's settings for a while."""
    import dask  # noqa: PLC0415 # an extra

    return dask.config.set(settings)


def test_a_dask_cluster_gives_what_one_thread_gives(dask: Any) -> None:
    """How the work is shared changes nothing."""
    assert EXPECTED == verdicts(dask.get_executor())


def test_a_dask_worker_that_is_killed_loses_nothing(dask: Any, tmp_path: Path) -> None:
    """The same table as without; Dask starts another."""
    folder = many(tmp_path / "captures", 120)
    run = Run.begin(tmp_path / "run", [str(folder)], TOLD)
    workers = [*dask.run(os.getpid).values()]
    killed: list[int] = []

    def kill(progress: bulk.Progress) -> None:
        if progress.done >= 10 and not killed:
            killed.append(workers[0])
            os.kill(workers[0], signal.SIGKILL)

    run.go(executor=dask.get_executor(), in_flight=2, progress=kill)
    whole = Run.begin(tmp_path / "whole", [str(folder)], TOLD)
    with ThreadPoolExecutor(1) as executor:
        whole.go(executor=executor)
    assert (workers[:1], [*whole.results()]) == (killed, [*run.results()])


def test_a_capture_that_kills_dask_workers_costs_its_own_row(dask: Any) -> None:
    """The others have their verdicts; going on tries it once more."""
    found = verdicts(dask.get_executor(), Item(poison.Dies("dies")))
    assert {**EXPECTED, "dies": None} == found


def test_a_cluster_that_ended_says_what_to_do(tmp_path: Path) -> None:
    """Nothing is taken for read."""
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster` (pip install distributed)")
    with distributed.LocalCluster(1, processes=False, dashboard_address=":0", silence_logs="CRITICAL") as cluster:
        client = distributed.Client(cluster)
        executor = client.get_executor()
        client.close()
        with pytest.raises(ConnectSamlError, match="make a new one"):
            Run.begin(tmp_path / "run", [str(SAMPLES)], TOLD).go(executor=executor)
