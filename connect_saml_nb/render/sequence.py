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
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from connect_saml_nb import text as cells
from connect_saml_nb import urls
from connect_saml_nb.model.signin import FlowRole
from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.signin import SignIn, Step

MOST_ROWS: Final = 40
_LONGEST = 300

_TEXT = "var(--jp-content-font-color1,#223)"
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


def escape_control_characters(text: str | None, longest: int = _LONGEST) -> str:
    """A stranger's text on one line: clipped, and what does not print (bidirectional controls too) as code point."""
    whole = text or ""
    clipped = whole if len(whole) <= longest else whole[:longest] + "…"
    return cells.escape_control_characters(clipped)


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
    return f"no answer ({escape_control_characters(entry.error, 60)})" if entry.error else "no answer"


def _what(step: Step, *, with_host: bool = True) -> str:
    """What a step is; before AWS, whose host."""
    host = (
        escape_control_characters(urls.split(step.entry.url).host, 80) if with_host and _LANE_OF[step.role] == 1 else ""
    )
    return f"{step.role.value}: {host}" if host else step.role.value


def _hosts(sign_in: SignIn) -> list[str]:
    """The hosts before AWS, in order."""
    return [*dict.fromkeys(urls.split(s.entry.url).host for s in sign_in.steps if _LANE_OF[s.role] == 1)]


def _address(entry: Entry) -> str:
    return escape_control_characters(urls.mask(entry.url) or "(no address)", 600)


def end_words(diagnosis: SignInDiagnosis) -> str:
    """How it ended, in a sentence."""
    sign_in = diagnosis.sign_in
    said = (
        escape_control_characters(sign_in.said_text).rstrip(".")
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
    request = f"{escape_control_characters(entry.method, 10)} {_address(entry)} ({_what(row.step)})"
    yield f"{which}, {_clock(row.steps[0].entry.started)}: {who} to {lane}: {request}, answered: {_answer(entry)}."
    if row.broke:
        yield _end_line(diagnosis)


def _end_line(diagnosis: SignInDiagnosis) -> str:
    return f"{_end_head(diagnosis)}. {end_words(diagnosis)}"


def _end_head(diagnosis: SignInDiagnosis) -> str:
    """Whether it arrived, at which entry it ended, and the verdict."""
    word, entry = _ENDS[diagnosis.verdict.rank][2], end_entry(diagnosis.sign_in)
    at = f" (entry {entry})" if entry is not None else ""
    return (
        f"{word}{at}"
        if diagnosis.verdict is Verdict.SIGNED_IN
        else f"{word}{at}: {escape_control_characters(diagnosis.verdict, 60)}"
    )


# --- drawing -----------------------------------------------------------------------------------------------

_WIDTH = 520
_X = (88, 190, 296, 390, 480)  # the lanes
_TOP, _ROW, _FOLD = 58, 36, 24
_CELLS = 56  # characters of a label


class _Svg:
    """Elements of a drawing, top down."""

    def __init__(self, width: int) -> None:
        self.width, self.y = width, 0.0
        self.parts: list[str] = []

    def add(self, element: str) -> None:
        self.parts.append(element)

    def text(  # noqa: PLR0913 -- what a text is drawn with
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12.5,
        fill: str = _TEXT,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        weight = ";font-weight:600" if bold else ""
        self.add(
            f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" style="font-size:{size:g}px;fill:{fill}{weight}">'
            f"{escape(text)}</text>"
        )

    def line(self, start: tuple[float, float], end: tuple[float, float], style: str = f"stroke:{_LINE}") -> None:
        (x1, y1), (x2, y2) = start, end
        self.add(f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" style="{style}"/>')

    def whole(self, label: str, most: int) -> str:
        """The drawing; it is as wide as its place, up to `most` pixels."""
        style = (
            f"width:100%;max-width:{most}px;height:auto;display:block;"
            "font-family:var(--jp-ui-font-family,system-ui,sans-serif)"
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.y:g}" role="img" '
            f'aria-label="{escape(label)}" style="{style}">{"".join(self.parts)}</svg>'
        )


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


def to_svg(diagnosis: SignInDiagnosis, *, most_rows: int = MOST_ROWS) -> str:
    """Draw a sign-in as a sequence diagram: inline SVG for any page, light or dark, from 400 pixels of width on.

    Each row is a request from the browser with its entry number, time and status; the one where the sign-in ended is
    marked, but for a judgement without a verdict. Runs of the same request are one row; of more than `most_rows` rows
    the middle is folded, and the drawing says how many. Hovering shows method and masked URL. `to_words` says the same.
    """
    rows = _rows(diagnosis)
    shown = _folded(rows, max(most_rows, 3))
    drawing = _Svg(_WIDTH)
    drawing.y = _TOP
    body = _Svg(_WIDTH)
    body.y = _TOP
    for row in shown:
        if isinstance(row, _Fold):
            _draw_fold(body, row)
        else:
            _draw_row(body, diagnosis, row)
    if diagnosis.verdict is not Verdict.NO_SIGN_IN and not any(isinstance(r, _Row) and r.broke for r in shown):
        _draw_end(body, diagnosis)
    _draw_lanes(drawing, diagnosis.sign_in, body.y)
    drawing.parts += body.parts
    drawing.y = body.y + 6
    return drawing.whole(_label(diagnosis), 700)


def _label(diagnosis: SignInDiagnosis) -> str:
    count = len(diagnosis.sign_in.steps)
    steps = "one step" if count == 1 else f"{count} steps"
    ended = f" {_end_line(diagnosis)}" if diagnosis.verdict is not Verdict.NO_SIGN_IN else ""
    return f"Sign-in {diagnosis.sign_in.number} as a sequence diagram, {steps}.{ended}"


def _draw_lanes(drawing: _Svg, sign_in: SignIn, bottom: float) -> None:
    hosts = _hosts(sign_in)
    for x, name in zip(_X, _LANES, strict=True):
        drawing.line((x, _TOP - 6), (x, bottom - 2), f"stroke:{_LINE};stroke-dasharray:2 3")
        drawing.text(x, 16, name, anchor="middle", bold=True, size=11)
    under = (
        (escape_control_characters(hosts[0], 80) + (f" +{len(hosts) - 1}" if len(hosts) > 1 else "")) if hosts else ""
    )
    for x, text in zip(_X, ("", under, "/saml", "/federate", ""), strict=True):
        if text:
            drawing.add(f"<g><title>{escape(text)}</title>")
            drawing.text(x, 31, clip(text, 18), anchor="middle", size=10.5, fill=_FAINT)
            drawing.add("</g>")
    drawing.line((0, 40), (_WIDTH, 40))


def _draw_fold(drawing: _Svg, fold: _Fold) -> None:
    numbers = _entries(fold.steps)
    drawing.add(f"<g><title>{escape(f'entries {numbers}')}</title>")
    drawing.text(
        _X[0] + 8, drawing.y + 15, clip(f"⋮ {len(fold.steps)} steps folded (entries {numbers})", _CELLS), fill=_FAINT
    )
    drawing.add("</g>")
    drawing.y += _FOLD


def _draw_row(drawing: _Svg, diagnosis: SignInDiagnosis, row: _Row) -> None:
    entry, top = row.step.entry, drawing.y
    colour = _ENDS[diagnosis.verdict.rank][1] if row.broke else _TEXT
    drawing.add(f"<g><title>{escape(_tooltip(row))}</title>")
    drawing.add(f'<rect x="0" y="{top:g}" width="{_WIDTH}" height="{_ROW}" style="fill:{_PAPER};fill-opacity:0"/>')
    number = f"#{_number(row)}"
    drawing.text(4, top + 15, number, bold=True, size=12.5 if len(number) < 9 else 9)  # noqa: PLR2004 -- what fits
    drawing.text(4, top + 28, _clock(row.steps[0].entry.started), size=10.5, fill=_FAINT)
    _draw_label(drawing, row, top, with_host=len(_hosts(diagnosis.sign_in)) > 1)
    _draw_arrow(drawing, _X[_LANE_OF[row.step.role]], top + 25, colour, answered=bool(entry.status))
    drawing.add("</g>")
    drawing.y += _ROW
    if row.broke:
        _draw_end(drawing, diagnosis)


def _number(row: _Row) -> str:
    first = row.steps[0].entry.index
    return str(first) if len(row.steps) == 1 else f"{first} ×{len(row.steps)}"


def _tooltip(row: _Row) -> str:
    entry = row.step.entry
    took = f", {entry.time_ms:,.0f} ms" if entry.time_ms is not None else ""
    request = f"entry {_entries(row.steps)}: {escape_control_characters(entry.method, 10)} {_address(entry)}"
    return f"{request}\n{_what(row.step)}, {_answer(entry)}{took}"


def _draw_label(drawing: _Svg, row: _Row, top: float, *, with_host: bool) -> None:
    """Method, status and what it is, above the arrow; its own halo keeps it readable over the lanes."""
    entry = row.step.entry
    head = f"{escape_control_characters(entry.method, 8)} {entry.status or '–'} "
    what = clip(_what(row.step, with_host=with_host), _CELLS - len(head))
    halo = f"paint-order:stroke;stroke:{_PAPER};stroke-width:4px;stroke-linejoin:round"
    drawing.add(
        f'<text x="{_X[0] + 8}" y="{top + 16:g}" style="font-size:12.5px;fill:{_TEXT};unicode-bidi:isolate;{halo}">'
        f'<tspan style="font-weight:600">{escape(head)}</tspan>{escape(what)}</text>'
    )


def _draw_arrow(drawing: _Svg, to: float, y: float, colour: str, *, answered: bool) -> None:
    dash = "" if answered else ";stroke-dasharray:5 3"
    drawing.line((_X[0], y), (to - 5, y), f"stroke:{colour};stroke-width:1.6{dash}")
    drawing.add(f'<path d="M{to:g} {y:g} l-8 -4 v8 z" style="fill:{colour}"/>')


def _draw_end(drawing: _Svg, diagnosis: SignInDiagnosis) -> None:
    """A box that says how it ended: under the row where it broke, else at the end."""
    mark, colour, _ = _ENDS[diagnosis.verdict.rank]
    lines = _wrapped(end_words(diagnosis), 70, 4)
    top, height = drawing.y + 2, 26 + 15 * len(lines)
    place = f'x="1" y="{top:g}" width="{_WIDTH - 2}" height="{height}" rx="4"'
    drawing.add(f'<rect {place} style="fill:{_PAPER};stroke:{colour};stroke-width:2"/>')
    drawing.add(f'<rect {place} style="fill:{colour};fill-opacity:.12"/>')
    drawing.text(12, top + 18, f"{mark} {_end_head(diagnosis)}", bold=True)
    for number, line in enumerate(lines):
        drawing.text(12, top + 34 + 15 * number, line)
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


class _Point(NamedTuple):
    """A moment on the time bar. `kind` is `limit` for the assertion's own bounds, else `event`."""

    name: str
    time: datetime
    kind: str = "event"


def _points(sign_in: SignIn) -> list[_Point]:
    """What is known of the assertion's times and of the post, in the order of a sign-in."""
    assertion, moment = sign_in.assertion, sign_in.posted_at
    posts = [s.entry for s in sign_in.steps if s.role in {FlowRole.AWS_POST, FlowRole.ROLE_POST}]
    ends = [assertion.not_on_or_after, *(c.not_on_or_after for c in assertion.confirmations)] if assertion else []
    known = (
        ("not before", assertion.not_before if assertion else None, "limit"),
        ("issued", assertion.issued if assertion else None, "event"),
        ("posted, browser's clock", posts[-1].started if posts else None, "event"),
        ("posted, AWS's clock", moment.time if moment and moment.second else None, "event"),
        ("expires", min((e for e in ends if e), default=None), "limit"),
    )
    return [_Point(name, time, kind) for name, time, kind in known if time]


def time_bar_words(diagnosis: SignInDiagnosis) -> list[str]:
    """Give the time bar in words; one sentence that says why where there is nothing to draw."""
    points = _points(diagnosis.sign_in)
    if not _drawable(points):
        return ["The recording does not hold both the assertion's times and its post."]
    words = [f"{p.name[:1].upper()}{p.name[1:]}: {_moment(p.time)}." for p in points]
    return [*words, *_between(points)]


def _drawable(points: Sequence[_Point]) -> bool:
    return any(p.name.startswith("posted") for p in points) and any(not p.name.startswith("posted") for p in points)


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _between(points: Sequence[_Point]) -> Iterator[str]:
    """Where the post stands in the assertion's time: by AWS's clock where it is known."""
    at = {p.name: p.time for p in points}
    posted = at.get("posted, AWS's clock", at.get("posted, browser's clock"))
    if posted is None:
        return
    whole = timedelta(seconds=1 if "posted, AWS's clock" in at else 0)  # HTTP's Date tells whole seconds
    if (end := at.get("expires")) and posted >= end:
        yield f"Posted {_span(posted - end)} after the end."
    elif (begin := at.get("not before")) and posted + whole <= begin:
        yield f"Posted {_span(begin - posted)} before the beginning."
    elif end:
        yield f"Posted {_span(end - posted)} before the end."


def _span(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    for unit, one in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * one:
            return f"{round(seconds / one)} {unit}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


_SCALE = (250.0, 500.0)  # where the scale begins and ends


def time_bar_svg(diagnosis: SignInDiagnosis) -> str:
    """Draw when the response was issued, valid and posted: inline SVG, or `""` where too little is known.

    One row for each moment, the time of validity as a band over all rows. `time_bar_words` says the same.
    """
    points = _points(diagnosis.sign_in)
    if not _drawable(points):
        return ""
    drawing = _Svg(_WIDTH)
    drawing.y = 12 + 24 * len(points)
    first, last = min(p.time for p in points), max(p.time for p in points)
    place = _Place(first, max((last - first).total_seconds(), 1.0))
    _draw_band(drawing, points, place)
    for number, point in enumerate(points):
        _draw_point(drawing, point, place.x(point.time), 24 + 24 * number)
    sentences = [*_between(points)]
    for sentence in sentences:
        drawing.text(4, drawing.y + 14, sentence, bold=True)
        drawing.y += 22
    return drawing.whole(f"The response's times. {' '.join(time_bar_words(diagnosis))}", 700)


class _Place(NamedTuple):
    """From a time to where it stands on the scale."""

    first: datetime
    seconds: float

    def x(self, time: datetime) -> float:
        begin, end = _SCALE
        return begin + (end - begin) * (time - self.first).total_seconds() / self.seconds


def _draw_band(drawing: _Svg, points: Sequence[_Point], place: _Place) -> None:
    at = {p.name: p.time for p in points}
    begin, end = at.get("not before") or at.get("issued"), at.get("expires")
    if begin and end and end > begin:
        left, width = place.x(begin), max(place.x(end) - place.x(begin), 3)
        drawing.add(
            f'<g><title>valid</title><rect x="{left:.1f}" y="8" width="{width:.1f}" height="{drawing.y - 12:g}" rx="3" '
            f'style="fill:{_GOOD};fill-opacity:.18;stroke:{_GOOD}"/></g>'
        )


def _draw_point(drawing: _Svg, point: _Point, x: float, y: float) -> None:
    drawing.add(f"<g><title>{escape(f'{point.name}: {_moment(point.time)}')}</title>")
    drawing.text(4, y + 4, _clock(point.time), bold=True)
    drawing.text(70, y + 4, point.name)
    drawing.line((_SCALE[0], y), (_SCALE[1], y), f"stroke:{_LINE};stroke-dasharray:1 4")
    if point.kind == "limit":
        drawing.line((x, y - 8), (x, y + 8), f"stroke:{_GOOD};stroke-width:3")
    else:
        drawing.add(f'<circle cx="{x:.1f}" cy="{y:g}" r="5" style="fill:{_TEXT};stroke:{_PAPER};stroke-width:1.5"/>')
    drawing.add("</g>")
