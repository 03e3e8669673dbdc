"""A sign-in drawn: a sequence diagram as inline SVG, and the same in words.

The SVG stands in a page as it is: no ids, no styles that reach beyond it, no script. Colours are the page's
(JupyterLab's CSS variables), with others where the page has none. Every text was chosen by strangers: it is escaped,
clipped, and what does not print is shown as its code point.
"""

from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from connect_saml_nb import urls
from connect_saml_nb.model.signin import FlowRole
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.render.svg import (
    BAD,
    FAINT,
    GOOD,
    INK,
    LINE,
    OPEN,
    PAPER,
    WIDTH,
    Drawing,
    element,
    line,
    text,
    titled,
)
from connect_saml_nb.text import escape_control_characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markupsafe import Markup

    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.signin import SignIn, Step

MOST_ROWS: Final = 40
_LONGEST = 300

#: Mark, colour and word of a verdict, by its rank; the mark alone tells it too.
_ENDS = {0: ("✓", GOOD, "It arrived"), 1: ("?", OPEN, "It ended here"), 2: ("✗", BAD, "It broke here")}
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

_X = (88, 190, 296, 390, 480)  # the lanes
_TOP, _ROW, _FOLD = 58, 36, 24
_CELLS = 56  # characters of a label


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
    rows = Drawing(_TOP)
    for row in shown:
        if isinstance(row, _Fold):
            _draw_fold(rows, row)
        else:
            _draw_row(rows, diagnosis, row)
    if diagnosis.verdict is not Verdict.NO_SIGN_IN and not any(isinstance(r, _Row) and r.broke for r in shown):
        _draw_end(rows, diagnosis)
    drawing = Drawing(rows.y + 6)
    _draw_lanes(drawing, diagnosis.sign_in, rows.y)
    drawing.add(*rows.parts)
    return drawing.whole(_label(diagnosis))


def _label(diagnosis: SignInDiagnosis) -> str:
    count = len(diagnosis.sign_in.steps)
    steps = "one step" if count == 1 else f"{count} steps"
    ended = f" {_end_line(diagnosis)}" if diagnosis.verdict is not Verdict.NO_SIGN_IN else ""
    return f"Sign-in {diagnosis.sign_in.number} as a sequence diagram, {steps}.{ended}"


def _draw_lanes(drawing: Drawing, sign_in: SignIn, bottom: float) -> None:
    hosts = _hosts(sign_in)
    for x, name in zip(_X, _LANES, strict=True):
        drawing.add(line((x, _TOP - 6), (x, bottom - 2), f"stroke:{LINE};stroke-dasharray:2 3"))
        drawing.add(text(x, 16, name, anchor="middle", bold=True, size=11))
    more = f" +{len(hosts) - 1}" if len(hosts) > 1 else ""
    provider = one_line(hosts[0], 80) + more if hosts else ""
    for x, under in ((_X[1], provider), (_X[2], "/saml"), (_X[3], "/federate")):
        if under:
            drawing.add(titled(under, text(x, 31, clip(under, 18), anchor="middle", size=10.5, fill=FAINT)))
    drawing.add(line((0, 40), (WIDTH, 40), f"stroke:{LINE}"))


def _draw_fold(drawing: Drawing, fold: _Fold) -> None:
    numbers = _entries(fold.steps)
    words = clip(f"⋮ {len(fold.steps)} steps folded (entries {numbers})", _CELLS)
    drawing.add(titled(f"entries {numbers}", text(_X[0] + 8, drawing.y + 15, words, fill=FAINT)))
    drawing.y += _FOLD


def _draw_row(drawing: Drawing, diagnosis: SignInDiagnosis, row: _Row) -> None:
    entry, top = row.step.entry, drawing.y
    colour = _ENDS[diagnosis.verdict.rank][1] if row.broke else INK
    number = f"#{_number(row)}"
    drawing.add(
        titled(
            _tooltip(row),
            element("rect", x=0, y=top, width=WIDTH, height=_ROW, style=f"fill:{PAPER};fill-opacity:0"),
            text(4, top + 15, number, bold=True, size=12.5 if len(number) < 9 else 9),  # noqa: PLR2004 -- what fits
            text(4, top + 28, _clock(row.steps[0].entry.started), size=10.5, fill=FAINT),
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
    halo = f"paint-order:stroke;stroke:{PAPER};stroke-width:4px;stroke-linejoin:round"
    style = f"font-size:12.5px;fill:{INK};unicode-bidi:isolate;{halo}"
    return element("text", element("tspan", head, style="font-weight:600"), what, x=_X[0] + 8, y=top + 16, style=style)


def _arrow(to: float, y: float, colour: str, *, answered: bool) -> Iterator[Markup]:
    dash = "" if answered else ";stroke-dasharray:5 3"
    yield line((_X[0], y), (to - 5, y), f"stroke:{colour};stroke-width:1.6{dash}")
    yield element("path", d=f"M{to:g} {y:g} l-8 -4 v8 z", style=f"fill:{colour}")


def _draw_end(drawing: Drawing, diagnosis: SignInDiagnosis) -> None:
    """A box that says how it ended: under the row where it broke, otherwise at the end."""
    mark, colour, _ = _ENDS[diagnosis.verdict.rank]
    lines = _wrapped(end_words(diagnosis), 70, 4)
    top, height = drawing.y + 2, 26 + 15 * len(lines)
    for style in (f"fill:{PAPER};stroke:{colour};stroke-width:2", f"fill:{colour};fill-opacity:.12"):
        drawing.add(element("rect", x=1, y=top, width=WIDTH - 2, height=height, rx=4, style=style))
    drawing.add(text(12, top + 18, f"{mark} {_end_head(diagnosis)}", bold=True))
    drawing.add(*(text(12, top + 34 + 15 * number, each) for number, each in enumerate(lines)))
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
