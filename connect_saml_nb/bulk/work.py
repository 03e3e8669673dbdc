"""The worker's side: one item in, its results out, within limits of time and memory."""

from __future__ import annotations

import faulthandler
import gc
import math
import multiprocessing
import os
import pickle
import signal
import threading
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from connect_saml_nb.bulk.items import Item, ItemKind
from connect_saml_nb.bulk.problems import ItemProblem
from connect_saml_nb.bulk.reading import diagnoses_in
from connect_saml_nb.bulk.results import Result, member_name, result_of, shown_name
from connect_saml_nb.diagnosis import Directory, Inputs
from connect_saml_nb.errors import CaptureError, ConnectSamlError, OwnFault, code_of, own_fault
from connect_saml_nb.io.problems import InputProblem, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Limits:
    """What one capture may take in a worker of our own.

    After `seconds` it is given up, with what follows it in a mail or an archive in S3; where even that does not get
    through, its process ends at half as many again and `spare` seconds. `memory` is in bytes (None: a worker's part of
    three quarters of this computer's).
    """

    seconds: float = 120.0
    memory: int | None = None
    spare: float = 5.0


# --- the inputs, once for each process ------------------------------------------------------------------


def packed(inputs: Inputs) -> bytes:
    """The inputs for another process, without keys; a Directory's indices are made there."""
    return pickle.dumps((inputs.directory.lists, inputs.evidence, inputs.metadata, inputs.now, inputs.verify))


def _unpacked(content: bytes) -> Inputs:
    lists, evidence, metadata, now, verify = pickle.loads(content)  # noqa: S301 -- our own, from our own parent
    return Inputs(Directory(lists), evidence, metadata, (), now, verify)


_contexts: dict[bytes, Inputs] = {}
_MOST_CONTEXTS = 2


@dataclass(frozen=True, slots=True)
class Task:
    """What an executor calls with some items.

    It names the inputs by a digest, and brings them along (`content`) only after a worker answered None: a list of
    100,000 users does not travel with every message. `once` makes each task different: Dask takes equal tasks for one,
    and gives the first one's result for all, a lost worker too (distributed 2026.8, `Client.submit`, `pure`).
    """

    digest: bytes
    once: str
    content: bytes | None = field(default=None, repr=False)

    def __call__(self, items: tuple[Item, ...]) -> tuple[tuple[Result, ...], ...] | None:
        """Work on each; None where the inputs are not known in this process yet."""
        if self.digest not in _contexts and self.content is not None:
            cache_context(self.digest, _unpacked(self.content))
        inputs = _contexts.get(self.digest)
        return None if inputs is None else tuple(worked(item, inputs) for item in items)


def cache_context(digest: bytes, inputs: Inputs) -> None:
    """Cache the inputs in this process; at most those of two runs."""
    for known in list(_contexts)[: 1 - _MOST_CONTEXTS]:
        _contexts.pop(known, None)
    _contexts[digest] = inputs


# --- our own worker processes ------------------------------------------------------------------------------

_prepared: list[tuple[Inputs, Limits]] = []


def prepare(content: bytes, limits: Limits) -> None:
    """Make a worker process ready: the inputs, the limit of memory, and an end when its parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be kept from the process (Windows)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _prepared.append((_unpacked(content), limits))
    if limits.memory is not None:
        _limit_memory(limits.memory)
    gc.freeze()  # the user lists live as long as the process: the collector would never free them


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _limit_memory(most: int) -> None:
    """RLIMIT_DATA counts what the process writes to, and not the mapped captures (Linux 4.7, setrlimit(2))."""
    try:
        import resource  # noqa: PLC0415 -- POSIX only
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    within = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (within, hard))


def ready() -> int:
    """Answer that the worker runs."""
    return os.getpid()


def work_here(items: tuple[Item, ...]) -> tuple[tuple[Result, ...], ...] | None:
    """Work on each item in a process that `prepare` made ready."""
    inputs, limits = _prepared[0]
    with _Watch(limits) as watch:
        return tuple(worked(item, inputs, watch) for item in items)


class _TimeUpError(BaseException):
    """The capture took too long. Not an Exception, so that no `except Exception` swallows it."""


#: Seconds.
_NEARER = 1.0


class _Watch:
    """Ends what takes too long: it raises _TimeUpError, and where that cannot get through, the process ends.

    The end is set with a thread, which costs as much as a twentieth of a small capture: it is put off when it has come
    nearer by `_NEARER` seconds.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._timer = hasattr(signal, "setitimer")  # not on Windows
        self._set_at = -math.inf

    def __enter__(self) -> Self:
        self._nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 -- a device, closed at the exit
        if self._timer:
            signal.signal(signal.SIGALRM, _time_up)
        return self

    def __exit__(self, *_: object) -> None:
        faulthandler.cancel_dump_traceback_later()
        self._nowhere.close()

    def begin(self) -> None:
        """Give the next capture its time."""
        now = time.monotonic()
        if now - self._set_at > _NEARER:
            last = self.limits.seconds * 1.5 + self.limits.spare + _NEARER
            faulthandler.dump_traceback_later(last, exit=True, file=self._nowhere)
            self._set_at = now
        if self._timer:
            signal.setitimer(signal.ITIMER_REAL, self.limits.seconds)

    @contextmanager
    def over_one(self) -> Iterator[None]:
        """Watch over one item; `begin` gives each further capture in it the whole time."""
        try:
            self.begin()
            yield
        finally:
            if self._timer:
                signal.setitimer(signal.ITIMER_REAL, 0)


def _time_up(*_: object) -> None:
    raise _TimeUpError


# --- one item ----------------------------------------------------------------------------------------------


def worked(item: Item, inputs: Inputs, watch: _Watch | None = None) -> tuple[Result, ...]:
    """The results of one item. Raises ConnectSamlError only where no further item can be read either."""
    done: list[Result] = []
    try:
        with watch.over_one() if watch else nullcontext():
            for result in _results(item, inputs):
                done.append(result)
                if watch:
                    watch.begin()
    except _TimeUpError:
        seconds = watch.limits.seconds if watch else 0
        done.append(failed(item, ItemProblem.TOO_SLOW(seconds=seconds)))
    except MemoryError:
        done.append(failed(item, ItemProblem.TOO_MUCH_MEMORY()))
    except CaptureError as error:
        retryable = item.kind is ItemKind.S3 or code_of(error.problem) is InputProblem.NO_ROOM
        done.append(failed(item, error.problem, retryable=retryable))
    except OSError as error:
        done.append(failed(item, ItemProblem.NOT_READ(reason=reason_of(error)), retryable=True))
    except ConnectSamlError:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever it is, the other captures go on
        done.append(failed(item, own_fault(error)))
    return tuple(done)


def failed(item: Item, problem: str, *, retryable: bool = False) -> Result:
    """The row of an item that could not be read."""
    return Result(shown_name(item.source), member_name(item.member), item.size, problem=str(problem), again=retryable)


def _results(item: Item, inputs: Inputs) -> Iterator[Result]:
    if item.problem:
        yield failed(item, item.problem, retryable=True)
        return
    for member, size, diagnosis in diagnoses_in(item, inputs):
        code = code_of(diagnosis.problem)
        if code is OwnFault.OUT_OF_MEMORY:
            raise MemoryError
        yield result_of(diagnosis, item.source, member, size, retryable=code is InputProblem.NO_ROOM)
