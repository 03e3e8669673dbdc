"""A sign-in drawn: a sequence diagram and a time bar as inline SVG, and both in words.

The SVG stands in a page as it is: no ids, no styles that reach beyond it, no script. Colours are the page's
(JupyterLab's CSS variables), with others where the page has none. Every text was chosen by strangers: it is escaped,
clipped, and what does not print is shown as its code point.
"""

from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from connect_saml_nb import urls
from connect_saml_nb.model.signin import FlowRole
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.render.svg import element, line, titled
from connect_saml_nb.text import escape_control_characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.signin import SignIn, Step

MOST_ROWS: Final = 40
_LONGEST = 300

_INK = "var(--jp-content-font-color1,#223)"
_FAINT = "var(--jp-content-font-color2,#556)"
_LINE = "var(--jp-border-color1,#a9b2bd)"
_PAPER = "var(--jp-layout-color1,#fff)"
_GOOD = "var(--jp-success-color1,#2e7d32)"
_OPEN = "var(--jp-warn-color1,#e65100)"
_BAD = "var(--jp-error-color1,#c62828)"
#: Mark, colour and word of a verdict, by its rank; the mark alone tells it too.
_ENDS = {0: ("✓", _GOOD, "It arrived"), 1: ("?", _OPEN, "It ended here"), 2: ("✗", _BAD, "It broke here")}
#: Verdicts whose drawing has no row that broke; without any verdict (a training case) no end is told either.
_WITHOUT_END = (Verdict.NO_SIGN_IN, Verdict.SIGNED_IN)
_LANES = ("Browser", "Identity provider", "AWS sign-in", "AWS console", "Connect")
_LANE_OF = {
    FlowRole.IDP_PAGE: 1,
    FlowRole.IDP_RESPONSE: 1,
    FlowRole.BROKER_POST: 1,
    FlowRole.AWS_POST: 2,
    FlowRole.ROLE_POST: 2,
    FlowRole.AWS_PAGE: 2,
    FlowRole.CONSOLE_LOGIN: 2,
    FlowRole.FEDERATE: 3,
    FlowRole.CONSOLE: 3,
    FlowRole.CONNECT: 4,
    FlowRole.CONNECT_REQUEST: 4,
}


# --- rows --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """One arrow: a step, or a run of the same request. `broke` is True where a sign-in that did not arrive ended."""

    steps: tuple[Step, ...]
    broke: bool = False

    @property
    def step(self) -> Step:
        return self.steps[-1]


class _Fold(NamedTuple):
    """Rows that are left out of the drawing."""

    steps: tuple[Step, ...]


def _rows(diagnosis: SignInDiagnosis) -> list[_Row]:
    """Every step, runs of the same request as one row."""
    ended = None if diagnosis.verdict in _WITHOUT_END else end_entry(diagnosis.sign_in)
    runs = [
        tuple(run) for _, run in groupby(diagnosis.sign_in.steps, key=lambda s: (_likeness(s), s.entry.index == ended))
    ]
    return [_Row(run, broke=run[-1].entry.index == ended) for run in runs]


def _likeness(step: Step) -> tuple[object, ...]:
    parts = urls.split(step.entry.url)
    return step.role, step.entry.method, parts.host, parts.path, step.entry.status


def _folded(rows: Sequence[_Row], most: int) -> list[_Row | _Fold]:
    """At most `most` rows: the first and the last ones, the one where it broke among them."""
    if len(rows) <= most:
        return [*rows]
    head, tail = rows[: most // 2], rows[len(rows) - (most - most // 2 - 1) :]
    between = rows[len(head) : len(rows) - len(tail)]
    at = next((i for i, row in enumerate(between) if row.broke), None)
    if at is None:
        return [*head, _fold(between), *tail]
    parts = (_fold(between[:at]), between[at], _fold(between[at + 1 :]))
    return [*head, *(p for p in parts if p.steps), *tail]


def _fold(rows: Iterable[_Row]) -> _Fold:
    return _Fold(tuple(s for row in rows for s in row.steps))


def end_entry(sign_in: SignIn) -> int | None:
    """The entry where the sign-in ended: of the known text, of the stopped request, of the last AWS page or step."""
    if sign_in.said_entry is not None:
        return sign_in.said_entry
    if sign_in.network:
        return sign_in.network.entry
    if sign_in.last and any(s.entry.index == sign_in.last.index for s in sign_in.steps):
        return sign_in.last.index
    return sign_in.steps[-1].entry.index if sign_in.steps else None


# --- words -------------------------------------------------------------------------------------------------


def one_line(text: str | None, longest: int = _LONGEST) -> str:
    """A stranger's text on one line: clipped, and what does not print (bidirectional controls too) as code point."""
    whole = text or ""
    clipped = whole if len(whole) <= longest else whole[:longest] + "…"
    return escape_control_characters(clipped)


def _entries(steps: Sequence[Step]) -> str:
    """The entries' numbers, neighbours as a span: `3, 5–9`."""
    numbers = sorted(s.entry.index for s in steps)
    spans = [[n for _, n in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{s[0]}–{s[-1]}" if len(s) > 1 else str(s[0]) for s in spans[:50])


def _clock(time: datetime | None) -> str:
    return time.astimezone(UTC).strftime("%H:%M:%S") if time else "–"


def _answer(entry: Entry) -> str:
    if entry.status:
        return str(entry.status)
    return f"no answer ({one_line(entry.error, 60)})" if entry.error else "no answer"


def _what(step: Step, *, with_host: bool = True) -> str:
    """What a step is; before AWS, whose host."""
    host = one_line(urls.split(step.entry.url).host, 80) if with_host and _LANE_OF[step.role] == 1 else ""
    return f"{step.role.value}: {host}" if host else step.role.value


def _hosts(sign_in: SignIn) -> list[str]:
    """The hosts before AWS, in order."""
    return [*dict.fromkeys(urls.split(s.entry.url).host for s in sign_in.steps if _LANE_OF[s.role] == 1)]


def _address(entry: Entry) -> str:
    return one_line(urls.mask(entry.url) or "(no address)", 600)


def end_words(diagnosis: SignInDiagnosis) -> str:
    """How it ended, in a sentence."""
    sign_in = diagnosis.sign_in
    said = (
        one_line(sign_in.said_text).rstrip(".")
        if sign_in.said_text and diagnosis.verdict is not Verdict.SIGNED_IN
        else ""
    )
    how = sign_in.outcome.value[:1].upper() + sign_in.outcome.value[1:]
    return f"{how}: {said}." if said else f"{how}."


def to_words(diagnosis: SignInDiagnosis) -> list[str]:
    """Give the sequence diagram in words, one sentence for each row, and how it ended.

    Runs of the same request are one sentence that names every entry; nothing is folded. No line holds a secret.
    """
    words = [line for row in _rows(diagnosis) for line in _row_words(diagnosis, row)]
    if not words:
        ended = f" {end_words(diagnosis)}" if diagnosis.verdict is not Verdict.NO_SIGN_IN else ""
        return [f"The recording holds no step of this sign-in.{ended}"]
    if diagnosis.verdict is not Verdict.NO_SIGN_IN and not any(row.broke for row in _rows(diagnosis)):
        words.append(_end_line(diagnosis))
    return words


def _row_words(diagnosis: SignInDiagnosis, row: _Row) -> Iterator[str]:
    entry = row.step.entry
    which = f"Entry {entry.index}" if len(row.steps) == 1 else f"Entries {_entries(row.steps)} ({len(row.steps)} times)"
    lane = _LANES[_LANE_OF[row.step.role]]
    who = "Browser" if len(row.steps) == 1 else "Browser, again and again,"
    request = f"{one_line(entry.method, 10)} {_address(entry)} ({_what(row.step)})"
    yield f"{which}, {_clock(row.steps[0].entry.started)}: {who} to {lane}: {request}, answered: {_answer(entry)}."
    if row.broke:
        yield _end_line(diagnosis)


def _end_line(diagnosis: SignInDiagnosis) -> str:
    return f"{_end_head(diagnosis)}. {end_words(diagnosis)}"


def _end_head(diagnosis: SignInDiagnosis) -> str:
    """Whether it arrived, at which entry it ended, and the verdict."""
    word, entry = _ENDS[diagnosis.verdict.rank][2], end_entry(diagnosis.sign_in)
    at = f" (entry {entry})" if entry is not None else ""
    return f"{word}{at}" if diagnosis.verdict is Verdict.SIGNED_IN else f"{word}{at}: {one_line(diagnosis.verdict, 60)}"


# --- drawing -----------------------------------------------------------------------------------------------

_WIDTH = 520
_X = (88, 190, 296, 390, 480)  # the lanes
_TOP, _ROW, _FOLD = 58, 36, 24
_CELLS = 56  # characters of a label


class _Drawing:
    """Elements of a drawing, top down; `y` is where the next one goes."""

    def __init__(self, y: float) -> None:
        self.y = y
        self.parts: list[Markup] = []

    def add(self, *elements: Markup) -> None:
        self.parts += elements

    def whole(self, label: str) -> Markup:
        """The drawing; it is as wide as its place, up to 700 pixels."""
        style = (
            "width:100%;max-width:700px;height:auto;display:block;"
            "font-family:var(--jp-ui-font-family,system-ui,sans-serif)"
        )
        box = f"0 0 {_WIDTH} {self.y:g}"
        return element(
            "svg",
            *self.parts,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=box,
            role="img",
            aria_label=label,
            style=style,
        )


def _text(  # noqa: PLR0913 -- what a text is drawn with
    x: float, y: float, text: str, *, size: float = 12.5, fill: str = _INK, anchor: str = "start", bold: bool = False
) -> Markup:
    style = f"font-size:{size:g}px;fill:{fill}{';font-weight:600' if bold else ''}"
    return element("text", text, x=x, y=y, text_anchor=anchor, style=style)


def _fitting(text: str, cells: int) -> int:
    """How many characters fit into so many cells; East Asian wide ones take two."""
    used = 0
    for at, character in enumerate(text):
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > cells:
            return at
    return len(text)


def clip(text: str, cells: int) -> str:
    """At most so many cells, with an ellipsis where something is cut off."""
    most = _fitting(text, cells)
    return text if most == len(text) else text[: max(_fitting(text, cells - 1), 0)] + "…"


def to_svg(diagnosis: SignInDiagnosis, *, most_rows: int = MOST_ROWS) -> Markup:
    """Draw a sign-in as a sequence diagram: inline SVG for any page, light or dark, from 400 pixels of width on.

    Each row is a request from the browser with its entry number, time and status; the one where the sign-in ended is
    marked, but for a judgement without a verdict. Runs of the same request are one row; of more than `most_rows` rows
    the middle is folded, and the drawing says how many. Hovering shows method and masked URL. `to_words` says the same.
    """
    shown = _folded(_rows(diagnosis), max(most_rows, 3))
    rows = _Drawing(_TOP)
    for row in shown:
        if isinstance(row, _Fold):
            _draw_fold(rows, row)
        else:
            _draw_row(rows, diagnosis, row)
    if diagnosis.verdict is not Verdict.NO_SIGN_IN and not any(isinstance(r, _Row) and r.broke for r in shown):
        _draw_end(rows, diagnosis)
    drawing = _Drawing(rows.y + 6)
    _draw_lanes(drawing, diagnosis.sign_in, rows.y)
    drawing.add(*rows.parts)
    return drawing.whole(_label(diagnosis))


def _label(diagnosis: SignInDiagnosis) -> str:
    count = len(diagnosis.sign_in.steps)
    steps = "one step" if count == 1 else f"{count} steps"
    ended = f" {_end_line(diagnosis)}" if diagnosis.verdict is not Verdict.NO_SIGN_IN else ""
    return f"Sign-in {diagnosis.sign_in.number} as a sequence diagram, {steps}.{ended}"


def _draw_lanes(drawing: _Drawing, sign_in: SignIn, bottom: float) -> None:
    hosts = _hosts(sign_in)
    for x, name in zip(_X, _LANES, strict=True):
        drawing.add(line((x, _TOP - 6), (x, bottom - 2), f"stroke:{_LINE};stroke-dasharray:2 3"))
        drawing.add(_text(x, 16, name, anchor="middle", bold=True, size=11))
    more = f" +{len(hosts) - 1}" if len(hosts) > 1 else ""
    provider = one_line(hosts[0], 80) + more if hosts else ""
    for x, text in ((_X[1], provider), (_X[2], "/saml"), (_X[3], "/federate")):
        if text:
            drawing.add(titled(text, _text(x, 31, clip(text, 18), anchor="middle", size=10.5, fill=_FAINT)))
    drawing.add(line((0, 40), (_WIDTH, 40), f"stroke:{_LINE}"))


def _draw_fold(drawing: _Drawing, fold: _Fold) -> None:
    numbers = _entries(fold.steps)
    words = clip(f"⋮ {len(fold.steps)} steps folded (entries {numbers})", _CELLS)
    drawing.add(titled(f"entries {numbers}", _text(_X[0] + 8, drawing.y + 15, words, fill=_FAINT)))
    drawing.y += _FOLD


def _draw_row(drawing: _Drawing, diagnosis: SignInDiagnosis, row: _Row) -> None:
    entry, top = row.step.entry, drawing.y
    colour = _ENDS[diagnosis.verdict.rank][1] if row.broke else _INK
    number = f"#{_number(row)}"
    drawing.add(
        titled(
            _tooltip(row),
            element("rect", x=0, y=top, width=_WIDTH, height=_ROW, style=f"fill:{_PAPER};fill-opacity:0"),
            _text(4, top + 15, number, bold=True, size=12.5 if len(number) < 9 else 9),  # noqa: PLR2004 -- what fits
            _text(4, top + 28, _clock(row.steps[0].entry.started), size=10.5, fill=_FAINT),
            _row_label(row, top, with_host=len(_hosts(diagnosis.sign_in)) > 1),
            *_arrow(_X[_LANE_OF[row.step.role]], top + 25, colour, answered=bool(entry.status)),
        )
    )
    drawing.y += _ROW
    if row.broke:
        _draw_end(drawing, diagnosis)


def _number(row: _Row) -> str:
    first = row.steps[0].entry.index
    return str(first) if len(row.steps) == 1 else f"{first} ×{len(row.steps)}"


def _tooltip(row: _Row) -> str:
    entry = row.step.entry
    took = f", {entry.time_ms:,.0f} ms" if entry.time_ms is not None else ""
    request = f"entry {_entries(row.steps)}: {one_line(entry.method, 10)} {_address(entry)}"
    return f"{request}\n{_what(row.step)}, {_answer(entry)}{took}"


def _row_label(row: _Row, top: float, *, with_host: bool) -> Markup:
    """Method, status and what it is, above the arrow; its own halo keeps it readable over the lanes."""
    entry = row.step.entry
    head = f"{one_line(entry.method, 8)} {entry.status or '–'} "
    what = clip(_what(row.step, with_host=with_host), _CELLS - len(head))
    halo = f"paint-order:stroke;stroke:{_PAPER};stroke-width:4px;stroke-linejoin:round"
    style = f"font-size:12.5px;fill:{_INK};unicode-bidi:isolate;{halo}"
    return element("text", element("tspan", head, style="font-weight:600"), what, x=_X[0] + 8, y=top + 16, style=style)


def _arrow(to: float, y: float, colour: str, *, answered: bool) -> Iterator[Markup]:
    dash = "" if answered else ";stroke-dasharray:5 3"
    yield line((_X[0], y), (to - 5, y), f"stroke:{colour};stroke-width:1.6{dash}")
    yield element("path", d=f"M{to:g} {y:g} l-8 -4 v8 z", style=f"fill:{colour}")


def _draw_end(drawing: _Drawing, diagnosis: SignInDiagnosis) -> None:
    """A box that says how it ended: under the row where it broke, otherwise at the end."""
    mark, colour, _ = _ENDS[diagnosis.verdict.rank]
    lines = _wrapped(end_words(diagnosis), 70, 4)
    top, height = drawing.y + 2, 26 + 15 * len(lines)
    for style in (f"fill:{_PAPER};stroke:{colour};stroke-width:2", f"fill:{colour};fill-opacity:.12"):
        drawing.add(element("rect", x=1, y=top, width=_WIDTH - 2, height=height, rx=4, style=style))
    drawing.add(_text(12, top + 18, f"{mark} {_end_head(diagnosis)}", bold=True))
    drawing.add(*(_text(12, top + 34 + 15 * number, each) for number, each in enumerate(lines)))
    drawing.y = top + height + 6


def _wrapped(text: str, width: int, most: int) -> list[str]:
    """Lines of at most so many cells, broken at spaces where there are any; what is over is cut off."""
    lines = [part for line in textwrap.wrap(text, width) for part in _by_cells(line, width)]
    return lines if len(lines) <= most else [*lines[: most - 1], clip(lines[most - 1] + " …", width)]


def _by_cells(line: str, width: int) -> Iterator[str]:
    while len(line) > (most := _fitting(line, width)):
        yield line[:most]
        line = line[most:]
    yield line


# --- times -------------------------------------------------------------------------------------------------


class _MomentKind(StrEnum):
    """What a moment on the time bar is."""

    NOT_BEFORE = "not before"
    ISSUED = "issued"
    BROWSER_POST = "posted, browser's clock"
    AWS_POST = "posted, AWS's clock"
    EXPIRES = "expires"


#: The assertion's own bounds.
_LIMITS = {_MomentKind.NOT_BEFORE, _MomentKind.EXPIRES}
_POSTS = {_MomentKind.BROWSER_POST, _MomentKind.AWS_POST}


class _Point(NamedTuple):
    """A moment on the time bar."""

    kind: _MomentKind
    time: datetime


def _points(sign_in: SignIn) -> list[_Point]:
    """What is known of the assertion's times and of the post, in the order of a sign-in."""
    assertion, moment = sign_in.assertion, sign_in.posted_at
    posts = [s.entry for s in sign_in.steps if s.role in {FlowRole.AWS_POST, FlowRole.ROLE_POST}]
    ends = [assertion.not_on_or_after, *(c.not_on_or_after for c in assertion.confirmations)] if assertion else []
    known = {
        _MomentKind.NOT_BEFORE: assertion.not_before if assertion else None,
        _MomentKind.ISSUED: assertion.issued if assertion else None,
        _MomentKind.BROWSER_POST: posts[-1].started if posts else None,
        _MomentKind.AWS_POST: moment.time if moment and moment.second else None,
        _MomentKind.EXPIRES: min((e for e in ends if e), default=None),
    }
    return [_Point(kind, time) for kind, time in known.items() if time]


def time_bar_words(diagnosis: SignInDiagnosis) -> list[str]:
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
    posted = at.get(_MomentKind.AWS_POST, at.get(_MomentKind.BROWSER_POST))
    if posted is None:
        return
    whole = timedelta(seconds=1 if _MomentKind.AWS_POST in at else 0)  # HTTP's Date has whole seconds
    if (end := at.get(_MomentKind.EXPIRES)) and posted >= end:
        yield f"Posted {_span(posted - end)} after the end."
    elif (begin := at.get(_MomentKind.NOT_BEFORE)) and posted + whole <= begin:
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


def time_bar_svg(diagnosis: SignInDiagnosis) -> Markup:
    """Draw when the response was issued, valid and posted: inline SVG, or nothing where too little is known.

    One row for each moment, the time of validity as a band over all rows. `time_bar_words` says the same.
    """
    points = _points(diagnosis.sign_in)
    if not _drawable(points):
        return Markup()
    drawing = _Drawing(12 + 24 * len(points))
    first, last = min(p.time for p in points), max(p.time for p in points)
    scale = _Scale(first, max((last - first).total_seconds(), 1.0))
    drawing.add(*_band(points, scale, drawing.y - 12))
    drawing.add(*(_point(point, scale.x(point.time), 24 + 24 * number) for number, point in enumerate(points)))
    for sentence in _between(points):
        drawing.add(_text(4, drawing.y + 14, sentence, bold=True))
        drawing.y += 22
    return drawing.whole(f"The response's times. {' '.join(time_bar_words(diagnosis))}")


class _Scale(NamedTuple):
    """From a time to where it stands on the scale."""

    first: datetime
    seconds: float

    def x(self, time: datetime) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (time - self.first).total_seconds() / self.seconds


def _band(points: Sequence[_Point], scale: _Scale, height: float) -> Iterator[Markup]:
    at = {p.kind: p.time for p in points}
    begin, end = at.get(_MomentKind.NOT_BEFORE) or at.get(_MomentKind.ISSUED), at.get(_MomentKind.EXPIRES)
    if begin and end and end > begin:
        left, style = scale.x(begin), f"fill:{_GOOD};fill-opacity:.18;stroke:{_GOOD}"
        width = max(scale.x(end) - left, 3)
        yield titled("valid", element("rect", x=left, y=8, width=width, height=height, rx=3, style=style))


def _point(point: _Point, x: float, y: float) -> Markup:
    if point.kind in _LIMITS:
        mark = line((x, y - 8), (x, y + 8), f"stroke:{_GOOD};stroke-width:3")
    else:
        mark = element("circle", cx=x, cy=y, r=5, style=f"fill:{_INK};stroke:{_PAPER};stroke-width:1.5")
    return titled(
        f"{point.kind.value}: {_moment(point.time)}",
        _text(4, y + 4, _clock(point.time), bold=True),
        _text(70, y + 4, point.kind.value),
        line((_LEFT, y), (_RIGHT, y), f"stroke:{_LINE};stroke-dasharray:1 4"),
        mark,
    )
