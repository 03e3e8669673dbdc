"""Items that harm the worker that takes them."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import NoReturn


class Dies(str):
    """A path that kills the process that looks at it."""

    __slots__ = ()

    def lower(self) -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class Hangs(str):
    """A path that never comes to an end."""

    __slots__ = ()

    def lower(self) -> NoReturn:
        while True:
            time.sleep(0.01)


class HoldsOn(str):
    """A path that no exception gets out of."""

    __slots__ = ()

    def lower(self) -> NoReturn:
        while True:
            with suppress(BaseException):  # as code in C would
                time.sleep(1)


class Eats(str):
    """A path that takes all memory."""

    __slots__ = ()

    def lower(self) -> NoReturn:
        eaten = []
        while True:
            eaten.append(bytearray(50_000_000))
