"""Times as AWS's command line, its SDK and CloudTrail give them."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime

_SECONDS = re.compile(r"\s*[0-9]{1,12}(?:\.[0-9]{1,9})?\s*", re.ASCII)
_LONGEST = 40


def time_of(value: object) -> datetime | None:
    """A time in UTC, from what AWS CLI 1 (seconds since 1970), CLI 2 (ISO 8601) or boto3 (datetime) gives.

    None for anything else. A time without a time zone is taken as UTC.

    >>> time_of(0)
    datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(value, str):
            is_seconds = _SECONDS.fullmatch(value)
            return time_of(float(value) if is_seconds else datetime.fromisoformat(value.strip()[:_LONGEST]))
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    return None
