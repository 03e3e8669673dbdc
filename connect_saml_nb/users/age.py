"""The age of a list against a capture."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from connect_saml_nb.model.users import Users


def age_sentence(users: Users, captured: datetime | None) -> str | None:
    """How old the list is against the capture, as a sentence; None where the list does not say when it was made.

    >>> from connect_saml_nb.model.users import Users
    >>> from datetime import UTC, datetime
    >>> age_sentence(Users("x", (), complete=True, retrieved=datetime(2026, 1, 2, tzinfo=UTC)), None)
    'The user list was made on 2026-01-02 at 00:00 UTC.'
    """
    if users.retrieved is None:
        return None
    if captured is None:
        return f"The user list was made on {users.retrieved:%Y-%m-%d at %H:%M} UTC."
    distance = users.retrieved - captured
    if abs(distance) < timedelta(minutes=1):
        return "The user list was made at the time of the capture."
    if distance < timedelta():
        return f"The user list was made {_span(-distance)} before the capture: what changed in between is not in it."
    return f"The user list was made {_span(distance)} after the capture: it also holds what changed in between."


def _span(distance: timedelta) -> str:
    minutes = int(distance.total_seconds()) // 60
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
