"""The panels of the bulk page: what the templates in `render/html/bulk` need, and how they are filled."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from connect_saml_nb import audit
from connect_saml_nb.audit import Failing, Shared, Unreached
from connect_saml_nb.bulk import GROUPS
from connect_saml_nb.matching import step_between
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.notebook.bulk import charts, table
from connect_saml_nb.notebook.bulk.model import BulkModel, Tab
from connect_saml_nb.notebook.bulk.table import CLOCK_EDGES, UNREADABLE, weight
from connect_saml_nb.notebook.sign_in import MATCH_WORDS, result
from connect_saml_nb.render.html import Markup, render
from connect_saml_nb.rules import remedy_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connect_saml_nb.audit import Audit
    from connect_saml_nb.notebook.bulk.audit_model import AuditModel, Line

_T = TypeVar("_T")
#: Rows of a page of a table.
PAGE = 100
_DAYS_SHOWN = 366
_TABS = {
    Tab.SUMMARY: "Causes",
    Tab.CAPTURES: "All sign-ins",
    Tab.PEOPLE: "People and names",
    Tab.CLOCKS: "Clocks",
    Tab.AUDIT: "Directory audit",
    Tab.OUTPUTS: "Save the results",
}


def named(verdict: str) -> Verdict | None:
    """The verdict of this name; None for a capture that could not be read."""
    return None if verdict == UNREADABLE else Verdict.named(verdict)


class Page(NamedTuple, Generic[_T]):
    """A page of many rows; `number` counts from 0."""

    rows: Sequence[_T]
    number: int
    pages: int
    total: int

    @classmethod
    def of(cls, rows: Sequence[_T], number: int) -> Page[_T]:
        """The page of this number, or the nearest one that there is."""
        pages = max(1, -(-len(rows) // PAGE))
        at = min(max(0, number), pages - 1)
        return cls(rows[at * PAGE : (at + 1) * PAGE], at, pages, len(rows))


# --- the run -----------------------------------------------------------------------------------------------


def run_panel(model: BulkModel, *, is_busy: bool) -> Markup:
    """Step 3: the folder of the run, what stands in the way, and how far it is."""
    return render("bulk/run.html", model=model, is_busy=is_busy, span=_span, charts=charts, named=named)


def _span(seconds: float) -> str:
    is_short = seconds < 90  # noqa: PLR2004 - then minutes say it better
    count, unit = (max(1, round(seconds)), "second") if is_short else (round(seconds / 60), "minute")
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def result_panel(model: BulkModel, *, is_saving: bool = False) -> Markup:
    """The chosen part of the result."""
    tabs = [(tab, words) for tab, words in _TABS.items() if model.summary is not None or tab is Tab.AUDIT]
    values = _VALUES[model.tab](model) if model.summary is not None and model.tab in _VALUES else {}
    return render("bulk/result.html", model=model, tabs=tabs, is_saving=is_saving, charts=charts, named=named, **values)


def detail_panel(model: BulkModel) -> Markup:
    """The whole diagnosis of the sign-in that is open."""
    if model.detail is None or model.tab is not Tab.CAPTURES:
        return Markup()
    return render("bulk/detail.html", result=result([model.detail.diagnosis], (0, model.detail.row.sign_in)))


# --- the parts of the result -------------------------------------------------------------------------------


class GroupRow(NamedTuple):
    """One value of what the sign-ins are grouped by: how many, of which weights, and the most frequent verdicts."""

    name: str
    sign_ins: int
    weights: tuple[tuple[int, int], ...]
    most: int
    frequent: str


def _summary_values(model: BulkModel) -> dict[str, object]:
    summary = model.summary
    if summary is None:
        return {}
    values = summary.groups[model.shown_group]
    if model.shown_group == "day":
        values = {day: values[day] for day in sorted(values) if day[:1].isdigit()}
    rows = list(_group_rows(values))
    return {
        "groups": GROUPS,
        "group_rows": rows,
        "days": [(row.name, row.weights) for row in rows[-_DAYS_SHOWN:]],
        "most_captures": max((max(c.sign_ins, c.captures) for c in summary.causes), default=1),
        "remedy_of": remedy_of,
    }


def _group_rows(values: Mapping[str, Mapping[str, int]]) -> Iterator[GroupRow]:
    most = max((sum(counts.values()) for counts in values.values()), default=1)
    for name, counts in values.items():
        weights: Counter[int] = Counter()
        for verdict, count in counts.items():
            weights[weight(verdict)] += count
        shares = tuple((each, weights[each]) for each in (2, 1, 0) if weights[each])
        frequent = ", ".join(f"{verdict} {count:,}" for verdict, count in Counter(counts).most_common(3))
        yield GroupRow(name, sum(counts.values()), shares, most, frequent)


def _captures_values(model: BulkModel) -> dict[str, object]:
    counts = table.verdict_counts(model.rows)
    headlines = {
        name: verdict.headline if (verdict := named(name)) else "The file could not be read" for name in counts
    }
    verdicts = [(name, f"{headlines[name]} ({count:,})") for name, count in counts.items()]
    return {
        "page": Page.of(model.matching, model.row_filter.page),
        "verdicts": [("", "all causes"), *verdicts],
    }


def _people_values(model: BulkModel) -> dict[str, object]:
    return {
        "renamed": table.renamed_people(model.rows),
        "shared": table.names_of_several(model.rows),
        "differences": _differences,
    }


def _differences(changed: table.RenamedPerson) -> list[str]:
    names = [each.name for each in changed.names]
    kinds = dict.fromkeys(step_between(one, other) for one, other in pairwise(names))
    return [MATCH_WORDS[kind] if kind else "another name" for kind in kinds]


def _clocks_values(model: BulkModel) -> dict[str, object]:
    bins = table.clock_bins(model.rows)
    if not any(bins):
        return {"clock_bars": ()}
    within = len(bins) // 2
    bars = [(name, [(0 if at == within else 1, bins[at])]) for at, name in enumerate(_short_names())]
    return {"clock_bars": bars, "clock_rows": list(zip(_bin_names(), bins, strict=True))}


def _short_names() -> list[str]:
    """The bins under the columns: each by its edge that is farther from nothing."""
    words = [_clock_words(edge) for edge in CLOCK_EDGES]
    within = len(words) // 2
    below = [f"to {word}" for word in words[1:within]]
    above = [f"to {word}" for word in words[within + 1 :]]
    return [f"< {words[0]}", *below, f"±{words[within][1:]}", *above, f"> {words[-1]}"]


def _bin_names() -> list[str]:
    words = [_clock_words(edge) for edge in CLOCK_EDGES]
    between = [f"{one} to {other}" for one, other in pairwise(words)]
    return [f"below {words[0]}", *between, f"{words[-1]} and more"]


def _clock_words(seconds: int) -> str:
    sign, size = ("−" if seconds < 0 else "+"), abs(seconds)
    for whole, unit in ((3600, "h"), (60, "min")):
        if size >= whole:
            return f"{sign}{size // whole} {unit}"
    return f"{sign}{size} s"


_VALUES = {
    Tab.SUMMARY: _summary_values,
    Tab.CAPTURES: _captures_values,
    Tab.PEOPLE: _people_values,
    Tab.CLOCKS: _clocks_values,
}


# --- the audit ---------------------------------------------------------------------------------------------


class LineWords(NamedTuple):
    """A line of the audit: the export's row, the name that is sent, the user, how they differ, and why it is here."""

    row: int | None
    name: str
    username: str
    difference: str
    reason: str


def audit_input_panel(model: AuditModel, *, is_busy: bool) -> Markup:
    """The export, the column, and the button."""
    lists = [(str(n), f"{u.instance_id or u.source} ({len(u):,})") for n, u in enumerate(model.lists)]
    return render("bulk/audit_input.html", model=model, is_busy=is_busy, lists=lists if len(lists) > 1 else ())


def audit_panel(model: AuditModel) -> Markup:
    """What the audit found; nothing before there is one."""
    found = model.audit
    if found is None:
        return Markup()
    return render(
        "bulk/audit.html",
        model=model,
        audit=found,
        summary_lines=audit.summary_lines(found),
        causes=[(Verdict.named(verdict), audit.cause(verdict), count) for verdict, count in found.causes.items()],
        others=[other for other in _others(found) if other[2]],
        page=Page.of(model.chosen, model.at),
        words=_words,
    )


def _others(found: Audit) -> Iterator[tuple[str, str, int]]:
    yield "nobody", "Connect users nobody can sign in as", len(found.unreached)
    yield "shared", "Connect users that several people would share", len(found.shared)
    yield "duplicate", "Connect users equal except for letter case", sum(map(len, found.duplicates))


def _words(line: Line) -> LineWords:
    if isinstance(line, Failing):
        username = line.matches[0].user.username if line.matches else ""
        difference = MATCH_WORDS[line.step] if line.step else ""
        return LineWords(line.person.row, line.person.name, username, difference, audit.reason(line))
    if isinstance(line, Unreached):
        row, name = (line.person.row, line.person.name) if line.person else (None, "")
        difference = MATCH_WORDS[line.step] if line.step else ""
        return LineWords(row, name, line.user.username, difference, audit.reason_unreached(line))
    if isinstance(line, Shared):
        return LineWords(line.rows[0], line.username, line.username, "exactly the same", audit.reason_shared(line))
    return LineWords(None, "", line.username, "differs in letter case only", "One of several that differ so.")
