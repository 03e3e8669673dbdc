"""The parent's side: a bounded number of items on their way, workers that may die, and nothing lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import TYPE_CHECKING, TypeAlias

from connect_saml_nb.bulk.items import ItemKind
from connect_saml_nb.bulk.problems import ItemProblem, RunProblem
from connect_saml_nb.bulk.work import Limits, Task, cache_context, failed, packed, prepare, ready, work_here
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.bulk.items import Item
    from connect_saml_nb.bulk.results import Result
    from connect_saml_nb.diagnosis import Inputs
    from connect_saml_nb.errors import Problem

    Items: TypeAlias = tuple[Item, ...]
    Done: TypeAlias = tuple[Item, tuple[Result, ...]]
    _Results: TypeAlias = tuple[tuple[Result, ...], ...]  # of each item
    _Future: TypeAlias = Future[_Results | None]

#: Messages on their way for each worker: enough that none waits.
AHEAD = 4
#: The most items in a message, and the bytes of captures from which on it is full.
_TOGETHER, _BYTES_TOGETHER = 16, 8 << 20
#: The most bytes of members of packed tars on their way.
_BYTES_AHEAD = 256 << 20


class OwnWorkers:
    """Processes of our own, one for each core unless a number is given, each within limits."""

    def __init__(self, inputs: Inputs, count: int | None, limits: Limits) -> None:
        self.size = max(1, count or _cores())
        self._arguments = (packed(inputs), limits if limits.memory is not None else _with_memory(limits, self.size))
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(self.size, context, initializer=prepare, initargs=self._arguments)
        try:
            with _without_ctrl_c():
                began = pool.submit(ready)
            began.result()
        except BrokenExecutor:
            raise ConnectSamlError(RunProblem.WORKERS_DID_NOT_START()) from None
        return pool

    def submit(self, items: Items, *, whole: bool = False) -> _Future:
        """Have the items worked on."""
        del whole  # they have been there since each began
        with _without_ctrl_c():
            return self._pool.submit(work_here, items)

    def renew(self) -> None:
        """Replace the workers after one was killed."""
        self.close()
        self._pool = self._started()

    def close(self) -> None:
        """End the workers at once."""
        processes = dict(getattr(self._pool, "_processes", None) or {})  # no public way before Python 3.14
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes.values():
            with suppress(OSError, ValueError):
                process.kill()
        for process in processes.values():
            process.join(5)


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Keep Ctrl-C from the processes that start meanwhile (they inherit it): the parent decides what it means."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _with_memory(limits: Limits, workers: int) -> Limits:
    """Each worker's part of three quarters of this computer's memory, at least 1 GiB."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return limits
    return replace(limits, memory=max(1 << 30, whole * 3 // 4 // workers))


class ExecutorWorkers:
    """The executor that the caller passed; its limits are the caller's."""

    def __init__(self, inputs: Inputs, executor: Executor, ahead: int | None) -> None:
        self._executor = executor
        self._content = packed(inputs)
        self._digest = sha256(self._content).digest()
        cache_context(self._digest, replace(inputs, keys=()))  # for threads
        known = ahead or getattr(executor, "_max_workers", None)
        self.size = known if isinstance(known, int) else 4 * _cores()

    def submit(self, items: Items, *, whole: bool = False) -> _Future:
        """Have the items worked on."""
        task = Task(self._digest, token_hex(8), self._content if whole else None)
        return self._executor.submit(task, items)

    def renew(self) -> None:
        """Refuse: the caller owns the executor."""
        raise ConnectSamlError(RunProblem.EXECUTOR_ENDED())

    def close(self) -> None:
        """Leave it running: the caller owns the executor."""


@dataclass(frozen=True, slots=True)
class _Lost:
    """An item without results: what its row will say if it is lost when it is run alone too."""

    problem: Problem
    retryable: bool = False


class Stream:
    """Items through workers; results in the order in which they are done. To be used once.

    Small items travel together: what a message costs is as much as a fifth of what a small capture takes.
    """

    def __init__(self, items: Iterator[Item], workers: OwnWorkers | ExecutorWorkers) -> None:
        self._items, self._workers = items, workers
        self._waiting: dict[_Future, Items] = {}
        self._suspects: deque[Item] = deque()
        self._bytes = 0
        self._broken = False

    def __iter__(self) -> Iterator[Done]:
        try:
            while self._fill() or self._waiting or self._suspects:
                yield from self._done()
                if self._suspects:
                    yield from self._alone()
        finally:
            for future in self._waiting:
                future.cancel()

    def _fill(self) -> bool:
        """Send what there is room for; whether anything was."""
        sent = False
        while not self._suspects and len(self._waiting) < self._workers.size * AHEAD and self._bytes < _BYTES_AHEAD:
            items = self._together()
            if not items:
                break
            self._send(items)
            sent = True
        return sent

    def _together(self) -> Items:
        """The next items that travel in one message; none where there are no more."""
        items: list[Item] = []
        size = 0
        while len(items) < _TOGETHER and size < _BYTES_TOGETHER:
            item = next(self._items, None)
            if item is None:
                break
            items.append(item)
            size += _BYTES_TOGETHER if item.kind is ItemKind.S3 else item.size
        return tuple(items)

    def _send(self, items: Items, *, whole: bool = False) -> None:
        try:
            self._waiting[self._workers.submit(items, whole=whole)] = items
            self._bytes += _weight(items)
        except Exception:  # noqa: BLE001 -- broken, shut down, or whatever an executor says then
            self._broken = True
            self._suspects += items

    def _done(self) -> Iterator[Done]:
        done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
        for future in done:
            items, results = self._taken(future)
            if isinstance(results, _Lost):
                self._suspects += items
            elif results is None:
                self._send(items, whole=True)
            else:
                yield from zip(items, results, strict=True)

    def _taken(self, future: _Future) -> tuple[Items, _Results | _Lost | None]:
        """What was on its way, and its results; None where its worker lacks the inputs."""
        items = self._waiting.pop(future)
        self._bytes -= _weight(items)
        try:
            return items, future.result()
        except BrokenExecutor:
            self._broken = True
            return items, _Lost(ItemProblem.WORKER_DIED())
        except CancelledError:  # the caller ended the executor
            self._workers.renew()
            return items, _Lost(ItemProblem.WORKER_DIED())
        except ConnectSamlError:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever an executor makes of a task that it lost
            return items, _Lost(ItemProblem.EXECUTOR_FAILED(kind=type(error).__name__), retryable=True)

    def _alone(self) -> Iterator[Done]:
        """Something died: what was on its way is run again one by one, so that one bad file fails only its own row."""
        while self._waiting:  # the others of a broken pool
            yield from self._done()
        while self._suspects:
            self._renew()
            self._send((self._suspects.popleft(),), whole=True)
            for future in [*self._waiting]:  # one, or none where the workers broke just now
                (item,), results = self._taken(future)
                yield item, _row(item, results) if isinstance(results, _Lost) else (results or ((),))[0]
        self._renew()

    def _renew(self) -> None:
        if self._broken:
            self._workers.renew()
            self._broken = False


def _weight(items: Items) -> int:
    return sum(len(item.data) for item in items)


def _row(item: Item, lost: _Lost) -> tuple[Result, ...]:
    return (failed(item, lost.problem, retryable=lost.retryable),)
