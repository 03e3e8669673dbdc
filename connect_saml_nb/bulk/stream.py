"""Many captures -> a stream of results."""

from __future__ import annotations

import os
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from connect_saml_nb.bulk import items as _items
from connect_saml_nb.bulk.items import LeftOut, Named, items_of
from connect_saml_nb.bulk.pool import ExecutorWorkers, OwnWorkers, Stream
from connect_saml_nb.bulk.work import Limits
from connect_saml_nb.diagnosis import Directory, Inputs, collect_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from connect_saml_nb.bulk.items import Item
    from connect_saml_nb.bulk.results import Result
    from connect_saml_nb.model.users import Users

    InputSource: TypeAlias = Users | Sequence[Users] | Directory | Inputs

_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `total` is None where it is not known beforehand; `verdicts` counts captures by verdict."""

    done: int
    total: int | None
    captures: int
    unreadable: int
    verdicts: Mapping[str, int]
    seconds: float

    @property
    def rate(self) -> float:
        """Items done in a second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """The seconds that it will take, at this rate."""
        return (self.total - self.done) / self.rate if self.total is not None and self.rate else None


class Reporter:
    """Counts what is done, and reports it at most five times a second."""

    def __init__(self, report: Callable[[Progress], None] | None, total: int | None) -> None:
        self._report, self._total = report, total
        self._started = self._reported = time.monotonic()
        self._done = self._captures = self._unreadable = 0
        self._verdicts: Counter[str] = Counter()

    def add(self, results: Sequence[Result]) -> None:
        """Count one item's results."""
        self._done += 1
        for result in results:
            self._captures += 1
            if result.verdict is None:
                self._unreadable += 1
            else:
                self._verdicts[result.verdict] += 1
        if self._report and time.monotonic() - self._reported > _PAUSE:
            self.report()

    def report(self) -> None:
        """Report now."""
        self._reported = time.monotonic()
        if self._report:
            seconds = self._reported - self._started
            verdicts = dict(self._verdicts.most_common())
            self._report(Progress(self._done, self._total, self._captures, self._unreadable, verdicts, seconds))


def inputs_from(users: InputSource, now: datetime | None = None) -> Inputs:
    """What captures are judged with; ages are counted from one time for all of them."""
    return users if isinstance(users, Inputs) else collect_inputs(users, verify=False, now=now or datetime.now(UTC))


def diagnose_many(  # noqa: PLR0913 -- each is an option, by name
    sources: Named | Iterable[Named],
    users: InputSource = (),
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    limits: Limits | None = None,
    in_flight: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    left_out: LeftOut | None = None,
) -> Generator[Result, None, None]:
    """Diagnose every capture in files, patterns, folders, zips, tars, mails (`.eml`) and `s3://` prefixes.

    Results come as they are done, one for each capture. What cannot be read is a result with its `problem`. `users` are
    lists of Connect users, or all `diagnosis.collect_inputs` (without keys); signatures are left out unless those say
    otherwise. The work is done in one process for each core (`workers`), each item within `limits`; or in any
    `concurrent.futures.Executor`, where limits are left to it: a file that kills one of its workers then ends the run.
    `in_flight` is how many workers such an executor has, where it cannot be asked. `progress` is called some times a
    second; `left_out` counts the files that by their names are no captures.

    Closing the iterator ends the work. Raises ConnectSamlError where nothing more can be read (credentials that
    expired, workers that do not start).

    >>> for result in diagnose_many("captures/", read_user_lists("lists/")):  # doctest: +SKIP
    ...     print(result.capture, result.verdict or result.problem)
    """
    named = [sources] if isinstance(sources, (str, os.PathLike)) else [*sources]
    inputs = inputs_from(users)
    reporter = Reporter(progress, _items.count(named) if progress else None)
    with closing(run_items(items_of(named, left_out), inputs, executor, workers, limits, in_flight)) as done:
        for _, results in done:
            reporter.add(results)
            yield from results
    reporter.report()


def run_items(  # noqa: PLR0913, PLR0917 -- the options of diagnose_many
    items: Iterator[Item],
    inputs: Inputs,
    executor: Executor | None = None,
    workers: int | None = None,
    limits: Limits | None = None,
    in_flight: int | None = None,
) -> Generator[tuple[Item, tuple[Result, ...]], None, None]:
    """Each item with its results, as they are done."""
    pool = (
        OwnWorkers(inputs, workers, limits or Limits())
        if executor is None
        else ExecutorWorkers(inputs, executor, in_flight)
    )
    try:
        yield from Stream(items, pool)
    finally:
        pool.close()
