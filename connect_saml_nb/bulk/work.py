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

from connect_saml_nb.bulk.items import Item, Kind
from connect_saml_nb.bulk.reading import diagnoses_in
from connect_saml_nb.bulk.results import Result, member_name, result_of, shown_name
from connect_saml_nb.diagnosis import Directory, Inputs
from connect_saml_nb.errors import CaptureError, ConnectSamlError, OwnFault, code_of, own_fault
from connect_saml_nb.io.problems import InputProblem

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


# --- the witnesses, once for each process ------------------------------------------------------------------


def packed(inputs: Inputs) -> bytes:
    """The witnesses for another process, without keys; a Directory's indices are made there."""
    return pickle.dumps((inputs.directory.lists, inputs.evidence, inputs.metadata, inputs.now, inputs.verify))


def _unpacked(content: bytes) -> Inputs:
    lists, evidence, metadata, now, verify = pickle.loads(content)  # noqa: S301 -- our own, from our own parent
    return Inputs(Directory(lists), evidence, metadata, (), now, verify)


_met: dict[bytes, Inputs] = {}
_MET_MOST = 2


@dataclass(frozen=True, slots=True)
class Task:
    """What is called with some items, in whatever thread or process an executor runs it.

    It names the witnesses by a digest, and brings them along (`content`) only where they were asked for by None: a list
    of 100,000 users does not travel with every message. `once` makes each errand another one: Dask takes equal tasks
    for one, and gives the first one's result for all, a lost worker too (distributed 2026.8, `Client.submit`, `pure`).
    """

    digest: bytes
    once: str
    content: bytes | None = field(default=None, repr=False)

    def __call__(self, items: tuple[Item, ...]) -> tuple[tuple[Result, ...], ...] | None:
        """Work on each; None where the witnesses are not known here yet."""
        if self.digest not in _met and self.content is not None:
            meet(self.digest, _unpacked(self.content))
        told = _met.get(self.digest)
        return None if told is None else tuple(worked(item, told) for item in items)


def meet(digest: bytes, inputs: Inputs) -> None:
    """Keep the witnesses in this process, and no more than those of two runs."""
    for known in list(_met)[: 1 - _MET_MOST]:
        _met.pop(known, None)
    _met[digest] = inputs


# --- our own worker processes ------------------------------------------------------------------------------

_own: dict[str, tuple[Inputs, Limits]] = {}


def prepare(content: bytes, limits: Limits) -> None:
    """Make a worker process ready: the witnesses, the limit of memory, and an end when its parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be kept from the process (Windows)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _own["here"] = _unpacked(content), limits
    if limits.memory is not None:
        _limit_memory(limits.memory)
    gc.freeze()  # the lists of users stay as long as the process: looking through them for garbage is in vain


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
    told, limits = _own["here"]
    with _Watch(limits) as watch:
        return tuple(worked(item, told, watch) for item in items)


class _TimeUpError(BaseException):
    """The capture took too long. Not an Exception, so that nothing on the way takes it for a fault of its own."""


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
        done.append(failed(item, f"Reading it took longer than {seconds:g} seconds: record the sign-in alone."))
    except MemoryError:
        done.append(failed(item, _MEMORY))
    except CaptureError as error:
        again = item.kind is Kind.S3 or code_of(error.problem) is InputProblem.NO_ROOM
        done.append(failed(item, error.problem, again=again))
    except OSError as error:
        done.append(failed(item, f"It cannot be read ({error.strerror or 'not a usable path'}).", again=True))
    except ConnectSamlError:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever it is, the other captures go on
        done.append(failed(item, own_fault(error)))
    return tuple(done)


_MEMORY = "Reading it took more memory than a worker may use: record the sign-in alone, and export again."


def failed(item: Item, problem: str, *, again: bool = False) -> Result:
    """The row of an item that could not be read."""
    return Result(shown_name(item.source), member_name(item.member), item.size, problem=str(problem), again=again)


def _results(item: Item, inputs: Inputs) -> Iterator[Result]:
    if item.problem:
        yield failed(item, item.problem, again=True)
        return
    for member, size, diagnosis in diagnoses_in(item, inputs):
        code = code_of(diagnosis.problem)
        if code is OwnFault.OUT_OF_MEMORY:
            raise MemoryError
        yield result_of(diagnosis, item.source, member, size, again=code is InputProblem.NO_ROOM)
