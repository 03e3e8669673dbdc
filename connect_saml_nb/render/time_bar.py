"""When a response was issued, valid and posted: a time bar as inline SVG, and the same in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from connect_saml_nb.model.signin import FlowRole
from connect_saml_nb.render.svg import GOOD, INK, LINE, PAPER, Drawing, element, line, text, titled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.signin import SignIn


class MomentKind(StrEnum):
    """What a moment on the time bar is."""

    NOT_BEFORE = "not before"
    ISSUED = "issued"
    BROWSER_POST = "posted, browser's clock"
    AWS_POST = "posted, AWS's clock"
    EXPIRES = "expires"


#: The assertion's own bounds.
_LIMITS = {MomentKind.NOT_BEFORE, MomentKind.EXPIRES}
_POSTS = {MomentKind.BROWSER_POST, MomentKind.AWS_POST}


class _Point(NamedTuple):
    """A moment on the time bar."""

    kind: MomentKind
    time: datetime


def _points(sign_in: SignIn) -> list[_Point]:
    """What is known of the assertion's times and of the post, in the order of a sign-in."""
    assertion, moment = sign_in.assertion, sign_in.posted_at
    posts = [s.entry for s in sign_in.steps if s.role in {FlowRole.AWS_POST, FlowRole.ROLE_POST}]
    ends = [assertion.not_on_or_after, *(c.not_on_or_after for c in assertion.confirmations)] if assertion else []
    known = {
        MomentKind.NOT_BEFORE: assertion.not_before if assertion else None,
        MomentKind.ISSUED: assertion.issued if assertion else None,
        MomentKind.BROWSER_POST: posts[-1].started if posts else None,
        MomentKind.AWS_POST: moment.time if moment and moment.second else None,
        MomentKind.EXPIRES: min((e for e in ends if e), default=None),
    }
    return [_Point(kind, time) for kind, time in known.items() if time]


def to_words(diagnosis: SignInDiagnosis) -> list[str]:
    """Give the time bar in words; one sentence that says why where there is nothing to draw."""
    points = _points(diagnosis.sign_in)
    if not _drawable(points):
        return ["The recording does not hold both the assertion's times and its post."]
    words = [f"{p.kind.value[:1].upper()}{p.kind.value[1:]}: {_moment(p.time)}." for p in points]
    return [*words, *_between(points)]


def _drawable(points: Sequence[_Point]) -> bool:
    kinds = {p.kind for p in points}
    return bool(kinds & _POSTS and kinds - _POSTS)


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _between(points: Sequence[_Point]) -> Iterator[str]:
    """Where the post stands in the assertion's time: by AWS's clock where it is known."""
    at = {p.kind: p.time for p in points}
    posted = at.get(MomentKind.AWS_POST, at.get(MomentKind.BROWSER_POST))
    if posted is None:
        return
    whole = timedelta(seconds=1 if MomentKind.AWS_POST in at else 0)  # HTTP's Date has whole seconds
    if (end := at.get(MomentKind.EXPIRES)) and posted >= end:
        yield f"Posted {_span(posted - end)} after the end."
    elif (begin := at.get(MomentKind.NOT_BEFORE)) and posted + whole <= begin:
        yield f"Posted {_span(begin - posted)} before the beginning."
    elif end:
        yield f"Posted {_span(end - posted)} before the end."


def _span(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    for unit, one in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * one:
            return f"{round(seconds / one)} {unit}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


_LEFT, _RIGHT = 250.0, 500.0  # where the scale begins and ends


def to_svg(diagnosis: SignInDiagnosis) -> Markup:
    """Draw when the response was issued, valid and posted: inline SVG, or nothing where too little is known.

    One row for each moment, the time of validity as a band over all rows. `to_words` says the same.
    """
    points = _points(diagnosis.sign_in)
    if not _drawable(points):
        return Markup()
    drawing = Drawing(12 + 24 * len(points))
    first, last = min(p.time for p in points), max(p.time for p in points)
    scale = _Scale(first, max((last - first).total_seconds(), 1.0))
    drawing.add(*_band(points, scale, drawing.y - 12))
    drawing.add(*(_point(point, scale.x(point.time), 24 + 24 * number) for number, point in enumerate(points)))
    for sentence in _between(points):
        drawing.add(text(4, drawing.y + 14, sentence, bold=True))
        drawing.y += 22
    return drawing.whole(f"The response's times. {' '.join(to_words(diagnosis))}")


class _Scale(NamedTuple):
    """From a time to where it stands on the scale."""

    first: datetime
    seconds: float

    def x(self, time: datetime) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (time - self.first).total_seconds() / self.seconds


def _band(points: Sequence[_Point], scale: _Scale, height: float) -> Iterator[Markup]:
    at = {p.kind: p.time for p in points}
    begin, end = at.get(MomentKind.NOT_BEFORE) or at.get(MomentKind.ISSUED), at.get(MomentKind.EXPIRES)
    if begin and end and end > begin:
        left, style = scale.x(begin), f"fill:{GOOD};fill-opacity:.18;stroke:{GOOD}"
        width = max(scale.x(end) - left, 3)
        yield titled("valid", element("rect", x=left, y=8, width=width, height=height, rx=3, style=style))


def _point(point: _Point, x: float, y: float) -> Markup:
    if point.kind in _LIMITS:
        mark = line((x, y - 8), (x, y + 8), f"stroke:{GOOD};stroke-width:3")
    else:
        mark = element("circle", cx=x, cy=y, r=5, style=f"fill:{INK};stroke:{PAPER};stroke-width:1.5")
    return titled(
        f"{point.kind.value}: {_moment(point.time)}",
        text(4, y + 4, point.time.astimezone(UTC).strftime("%H:%M:%S"), bold=True),
        text(70, y + 4, point.kind.value),
        line((_LEFT, y), (_RIGHT, y), f"stroke:{LINE};stroke-dasharray:1 4"),
        mark,
    )
