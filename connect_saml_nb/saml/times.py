"""xs:dateTime in all its lexical forms (XML Schema part 2, section 3.2.7), as aware UTC times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.saml.sentences import Note

_FORM = re.compile(
    r"(?P<date>-?[0-9]{4,}-[0-9]{2}-[0-9]{2})T(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]+))?(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?",
)
_SHOWN = 40
_END_OF_DAY = "24:00:00"
_LARGEST_OFFSET = timedelta(hours=14)


def read_time(text: str, where: str) -> tuple[datetime | None, Sentence | None]:
    """The time that `text` tells, and a note (None where all is well) that names the place `where`."""
    match = _FORM.fullmatch(text.strip(" \t\r\n"))
    try:
        time = _time(match) if match else None
    except (ValueError, OverflowError):  # no such day, or outside the years 1 to 9999
        time = None
    if match is None or time is None:
        return None, Sentence(Note.NO_TIME, (where, text[:_SHOWN]))
    return time, None if match["zone"] else Sentence(Note.NO_TIME_ZONE, (where,))


def _time(match: re.Match[str]) -> datetime | None:
    end_of_day = match["clock"] == _END_OF_DAY
    clock = "00:00:00" if end_of_day else match["clock"]
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    if end_of_day and fraction.strip("0"):
        return None
    time = datetime.fromisoformat(f"{match['date']}T{clock}.{fraction}").replace(tzinfo=_zone(match["zone"]))
    return (time + timedelta(days=end_of_day)).astimezone(UTC)


def _zone(text: str | None) -> timezone:
    if text in {None, "Z"}:
        return UTC
    sign = -1 if text[0] == "-" else 1
    hours, minutes = int(text[1:3]), int(text[4:6])
    offset = timedelta(hours=hours, minutes=minutes)
    if minutes >= 60 or offset > _LARGEST_OFFSET:  # noqa: PLR2004 - minutes of an hour
        raise ValueError
    return timezone(sign * offset)
