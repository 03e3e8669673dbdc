"""ListUsers at the pace that Connect's quota allows: no request is refused, and none waits longer than it must."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

#: Amazon Connect API reference, "API throttling quotas": "a RateLimit of 2 requests per second, and a BurstLimit of 5",
#: for an account in a Region.
_RATE, _BURST = 2.0, 5


@dataclass(slots=True)
class Pace:
    """When the next request may leave (the generic cell rate algorithm); for one account and Region.

    A request counts from its answer on: when AWS counted it lies somewhere before.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _due: float = field(default=float("-inf"), init=False)

    def follow(self, client: Any) -> None:  # noqa: ANN401 - boto3 has no static type for a client
        """Pace every ListUsers request of a boto3 Connect client, the repeated ones too."""
        client.meta.events.register_first("request-created.connect.ListUsers", self._wait)
        client.meta.events.register_first("needs-retry.connect.ListUsers", self._answered)

    def _wait(self, **_: object) -> None:
        pause = self._due - (_BURST - 1) / _RATE - self.clock()
        if pause > 0:
            self.sleep(pause)

    def _answered(self, response: Any = None, **_: object) -> None:  # noqa: ANN401 - botocore has no static types
        throttled = response is not None and response[0].status_code == 429  # noqa: PLR2004 - Too Many Requests
        begin = max(self._due, self.clock())
        self._due = begin + (_BURST if throttled else 1) / _RATE
