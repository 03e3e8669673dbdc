"""A run as HTML: the summary, the table, people, clocks, outputs. Everything is escaped by the pieces of `_cards`."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from connect_saml_nb.bulk import GROUPS
from connect_saml_nb.matching import step_between
from connect_saml_nb.notebook import widgets
from connect_saml_nb.notebook.bulk.charts import columns, legend, progress_bar, share_bar
from connect_saml_nb.notebook.bulk.model import PAGE, BulkModel, Intake, Tab
from connect_saml_nb.notebook.bulk.table import (
    CLOCK_EDGES,
    UNREADABLE,
    Asked,
    Called,
    Row,
    changed_names,
    clock_bins,
    shared_names,
    verdict_counts,
    weight,
)
from connect_saml_nb.notebook.components import (
    MOODS,
    badge,
    esc,
    folded,
    match_words,
    notice,
    remedy_list,
    row,
    sentence,
    table,
    title_of,
    value,
    when,
)
from connect_saml_nb.rules import remedy_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from connect_saml_nb.bulk import Progress, Run, Summary, VerdictCount
    from connect_saml_nb.bulk.summary import Thing

_TABS = {
    Tab.SUMMARY: "Causes",
    Tab.CAPTURES: "All sign-ins",
    Tab.PEOPLE: "People and names",
    Tab.CLOCKS: "Clocks",
    Tab.AUDIT: "Directory audit",
    Tab.OUTPUTS: "Save the results",
}
_INTAKES = {
    Intake.PATH: ("Files on the server", "A folder, a pattern, a zip or tar, mails (.eml), or s3://BUCKET/PREFIX."),
    Intake.SAMPLES: ("The examples", "Made-up captures with known causes: to see what this page does."),
}
_GROUP_ROWS = 15
_ONE_SCREEN = 20
_PEOPLE_SHOWN = 200
_DAYS_SHOWN = 366


def act(name: str, action: str, argument: str = "", *, pressed: bool | None = None, small: bool = True) -> str:
    """A button that calls an action with a value."""
    state = "" if pressed is None else f' aria-pressed="{"true" if pressed else "false"}"'
    kind = ' class="cs-small"' if small else ""
    return (
        f'<button type="button"{kind} data-act="{esc(action)}" data-value="{esc(argument)}"{state}>{esc(name)}</button>'
    )


def second_wide(listed: str) -> str:
    """A table whose second column holds sentences: it stays wide where the window is narrow."""
    return f'<div class="cs-second-wide">{listed}</div>'


def mood_badge(verdict: str) -> str:
    """Whether a cause was found, in a sign and words."""
    return badge(MOODS[weight(verdict)]) if verdict != UNREADABLE else badge(MOODS[1]._replace(words="Not read"))


def titled(verdict: str) -> str:
    """A verdict as a headline, also where nothing could be read."""
    return "The file could not be read" if verdict == UNREADABLE else title_of(verdict)


def many(count: int, one: str, several: str = "") -> str:
    """A number with its word."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


# --- the input and the run ---------------------------------------------------------------------------------


def intake_html(model: BulkModel) -> str:
    """Step 1: where the captures are."""
    options = [(i.value, *_INTAKES[i]) for i in Intake]
    html = "<h2>1 · The captures</h2>" + widgets.choice("Where are they?", "intake", options, model.intake)
    if model.intake is Intake.PATH:
        html += widgets.entry("Folder, pattern or archive", "source", model.source, "captures/ or tickets/**/*.har")
    return html


def run_html(model: BulkModel, *, is_busy: bool) -> str:
    """Step 3: the folder of the run, what stands in the way, and how far it is."""
    html = "<h2>3 · The run</h2>" + widgets.entry("Folder that keeps the run", "folder", model.folder)
    html += (
        '<p class="cs-quiet">The run is kept there, readable only by you: it can be stopped, goes on after a restart, '
        "and holds no assertion, cookie or token, but names and addresses.</p>"
    )
    if is_busy:
        return html + act("Stop", "stop", small=False) + widgets.said(progress_html(model.progress))
    html += _folders_html(model)
    known = model.known_run
    html += _known_html(model, known) if known else _begin_html(model)
    return html + widgets.said(_stopped_html(model))


def _folders_html(model: BulkModel) -> str:
    """The runs that lie beside: one of an earlier day is opened again without knowing where it was."""
    folders = model.known_folders
    if not folders:
        return ""
    chosen = str(model.path) if str(model.path) in folders else ""
    options = [("", "— choose —"), *((folder, folder) for folder in folders)]
    return widgets.menu("Or choose a run that was kept", "folder", options, chosen)


def _begin_html(model: BulkModel) -> str:
    blockers = "".join(f"<li>{esc(each)}</li>" for each in model.blockers)
    missing = f"<p>Still missing:</p><ul>{blockers}</ul>" if blockers else ""
    return widgets.button("Find the causes", "begin", main=True) + missing


def _known_html(model: BulkModel, run: Run) -> str:
    """What can be done with a run that is in the folder already."""
    what = "finished" if run.manifest.finished else "not finished"
    sources = ", ".join(run.manifest.sources[:3]) + (" …" if len(run.manifest.sources) > 3 else "")  # noqa: PLR2004 - the first few
    told = f"<p>A run is in this folder ({what}), of {value(sources)}.</p>"
    name = "Open it, and read what is new" if run.manifest.finished else "Go on with it"
    forget = act("Really remove it?", "forget", "surely") if model.is_forgetting else act("Remove it", "forget")
    hint = '<p class="cs-quiet">To begin another run, name another folder.</p>'
    return told + widgets.button(name, "go_on", main=True) + " " + forget + hint


def progress_html(progress: Progress | None) -> str:
    """Files done, rate, time left, and the causes so far."""
    if progress is None:
        return "<p>The files are being listed, and the workers started …</p>"
    of = f" of {progress.total:,}" if progress.total is not None else ""
    left = f", about {_span(progress.left)} left" if progress.left is not None else ""
    line = f"{progress.done:,}{of} files, {progress.rate:,.0f} a second{left}."
    unread = f" {many(progress.unreadable, 'file')} could not be read." if progress.unreadable else ""
    rows = [row((mood_badge(v), esc(titled(v)), _number(n))) for v, n in progress.verdicts.items()]
    causes = table(("", "Cause so far", "Captures"), rows, "Causes so far") if rows else ""
    return f"<p>{esc(line + unread)}</p>{progress_bar(progress.done, progress.total)}{causes}"


def _span(seconds: float) -> str:
    if seconds < 90:  # noqa: PLR2004 - then minutes say it better
        return many(max(1, round(seconds)), "second")
    return many(round(seconds / 60), "minute")


def _stopped_html(model: BulkModel) -> str:
    if not model.is_stopped:
        return ""
    return notice("Stopped. What is done is kept and shown below; ‘Go on with it’ does the rest.")


def _number(count: int) -> str:
    return f'<span class="cs-number">{count:,}</span>'


# --- the parts of the result -------------------------------------------------------------------------------


def result_html(model: BulkModel, *, is_saving: bool = False) -> str:
    """The chosen part of the result; nothing before there is one, but the audit, which needs none."""
    tabs = [tab for tab in Tab if model.summary is not None or tab is Tab.AUDIT]
    chosen = model.tab if model.tab in tabs else None
    buttons = " ".join(act(_TABS[tab], "tab", tab.value, pressed=tab is chosen, small=False) for tab in tabs)
    tabs_html = f'<p class="cs-tabs" role="group" aria-label="Parts">{buttons}</p>'
    head = f'<h2 data-at="result" tabindex="-1">Results</h2>{tabs_html}'
    if model.summary is None:
        hint = "" if chosen else '<p class="cs-quiet">The directory audit needs no captures.</p>'
        return head + hint
    shown = {
        Tab.SUMMARY: summary_html,
        Tab.CAPTURES: captures_html,
        Tab.PEOPLE: people_html,
        Tab.CLOCKS: clocks_html,
        Tab.OUTPUTS: outputs_html,
    }.get(model.tab)
    saving = widgets.said("<p>The file is being made …</p>" if is_saving else "")
    return head + saving + f'<div data-key="{esc(model.tab)}">{shown(model) if shown else ""}</div>'


# --- causes ------------------------------------------------------------------------------------------------


def summary_html(model: BulkModel) -> str:
    """Who fails, why, and what fixes most."""
    summary = model.summary
    if summary is None:
        return ""
    return (
        _advice_html(summary)
        + f"<p>{esc(_counts(summary))}</p>{_problems_html(summary)}{_no_list_html(summary)}"
        + "<h3>By cause</h3>"
        + legend()
        + _causes_html(summary.causes)
        + _groups_html(model, summary)
    )


def _counts(summary: Summary) -> str:
    twice = f" ({summary.duplicates:,} recorded twice)" if summary.duplicates else ""
    return (
        f"{many(summary.captures, 'capture')}, {many(summary.sign_ins, 'sign-in')} of "
        f"{many(summary.people, 'person', 'people')}{twice}. {summary.failures:,} did not reach Connect. "
        f"{many(summary.unreadable, 'capture')} could not be read."
    )


def _advice_html(summary: Summary) -> str:
    if not summary.advice:
        return ""
    things = "".join(_thing_html(thing) for thing in summary.things[:2])
    return (
        '<article class="cs-card cs-bad" data-at="advice" tabindex="-1"><p class="cs-over">What helps most</p>'
        f'<p class="cs-summary">{esc(summary.advice)}</p>{things}</article>'
    )


def _thing_html(thing: Thing) -> str:
    title = f"{title_of(thing.verdict)}, at {thing.issuer} ({many(thing.sign_ins, 'sign-in')})"
    show = act("Show these sign-ins", "show", f"verdict:{thing.verdict}")
    return folded(title, remedy_list(remedy_of(thing.verdict)) + show)


def _problems_html(summary: Summary) -> str:
    rows = [row((_number(count), sentence(problem))) for problem, count in summary.problems.items()]
    shown = table(("Captures", "Why"), rows[:_PEOPLE_SHOWN], "Why captures could not be read")
    more = f"<p>… and {len(rows) - _PEOPLE_SHOWN:,} more reasons.</p>" if len(rows) > _PEOPLE_SHOWN else ""
    return folded(f"Why {many(summary.unreadable, 'capture')} could not be read", shown + more) if rows else ""


def _no_list_html(summary: Summary) -> str:
    """Instances that no list of users was given for."""
    if not summary.without_list:
        return ""
    rows = [row((value(where), _number(count))) for where, count in summary.without_list.items()]
    listed = table(("Instance", "Sign-ins"), rows, "Instances without a list of users")
    return folded(f"{many(len(rows), 'instance')} without a list of users: names there were not compared", listed)


def _causes_html(causes: Sequence[VerdictCount]) -> str:
    most = max((max(c.sign_ins, c.captures) for c in causes), default=1)
    rows = [_cause_row(cause, most) for cause in causes]
    return second_wide(table(("", "Cause", "Sign-ins", "People", "Captures", "", ""), rows, "Causes"))


def _cause_row(cause: VerdictCount, most: int) -> str:
    people = f"{cause.people:,}" + (f" + {cause.unknown_people:,} not known" if cause.unknown_people else "")
    remedy = folded("What to do", remedy_list(cause.remedy)) if cause.remedy else ""
    return row(
        (
            mood_badge(cause.verdict),
            f"<strong>{esc(title_of(cause.verdict))}</strong><br><code>{esc(cause.verdict)}</code>{remedy}",
            _number(cause.sign_ins),
            esc(people),
            _number(cause.captures),
            share_bar([(weight(cause.verdict), cause.sign_ins or cause.captures)], most),
            act("Show", "show", f"verdict:{cause.verdict}"),
        )
    )


def _groups_html(model: BulkModel, summary: Summary) -> str:
    group = model.group if model.group in summary.groups else GROUPS[0]
    menu = widgets.menu("Group by", "group", [(g, g) for g in GROUPS], group)
    values = summary.groups[group]
    if group == "day":
        return f"<h3>By day</h3>{menu}{_days_html(values)}"
    most = max((sum(counts.values()) for counts in values.values()), default=1)
    rows = [_group_row(group, name, Counter(counts), most) for name, counts in values.items()]
    head = (group.capitalize(), "Sign-ins", "", "Most frequent", "")
    shown = table(head, rows[:_GROUP_ROWS], f"By {group}")
    rest = table(head, rows[_GROUP_ROWS:], f"By {group}, the rest") if len(rows) > _GROUP_ROWS else ""
    more = folded(f"{len(rows) - _GROUP_ROWS:,} more", rest) if rest else ""
    return f"<h3>By {esc(group)}</h3>{menu}{shown}{more}"


def _weights(counts: Counter[str]) -> list[tuple[int, int]]:
    weights: Counter[int] = Counter()
    for verdict, count in counts.items():
        weights[weight(verdict)] += count
    return [(each, weights[each]) for each in (2, 1, 0) if weights[each]]


def _group_row(group: str, name: str, counts: Counter[str], most: int) -> str:
    frequent = ", ".join(f"{verdict} {count:,}" for verdict, count in counts.most_common(3))
    return row(
        (
            value(name),
            _number(sum(counts.values())),
            share_bar(_weights(counts), most),
            esc(frequent),
            act("Show", "show", f"{group}:{name}"),
        )
    )


def _days_html(values: Mapping[str, Mapping[str, int]]) -> str:
    days = sorted((day, Counter(counts)) for day, counts in values.items() if day[:1].isdigit())
    bars = [(day, _weights(counts)) for day, counts in days[-_DAYS_SHOWN:]]
    before = f"<p>The last {_DAYS_SHOWN} days with sign-ins are drawn.</p>" if len(days) > _DAYS_SHOWN else ""
    rows = [_group_row("day", day, counts, max(sum(c.values()) for _, c in days)) for day, counts in days]
    numbers = table(("Day", "Sign-ins", "", "Most frequent", ""), rows, "By day")
    return columns(bars) + before + folded("The same in numbers", numbers, is_open=len(rows) <= _GROUP_ROWS)


# --- the table ---------------------------------------------------------------------------------------------

_COLUMNS = (
    ("verdict", "Cause"),
    ("name", "Name in the response"),
    ("capture", "Capture"),
    ("started", "Started"),
    ("identity provider", "Identity provider"),
    ("region", "Region"),
    ("clock", "Clock"),
)


def captures_html(model: BulkModel) -> str:
    """Every sign-in: filtered, sorted, a page at a time."""
    wanted = model.wanted
    pages = max(1, -(-len(wanted) // PAGE))
    at = min(max(0, model.asked.page), pages - 1)
    shown = wanted[at * PAGE : (at + 1) * PAGE]
    count = (
        f"{len(wanted):,} of {len(model.rows):,} rows" if len(wanted) != len(model.rows) else f"{len(wanted):,} rows"
    )
    where = f", page {at + 1:,} of {pages:,}" if pages > 1 else ""
    body = sorted_table(model.asked, [_captures_row(each, model) for each in shown])
    turns = turn_html(at, pages)
    common = f"<p>All captures are in {value(model.common)}</p>" if model.common else ""
    told = widgets.said(f"<p>{count}{where}.</p>") + common
    return f"{_filters_html(model)}{told}{turns}{body}{turns if len(shown) > _ONE_SCREEN else ''}"


def _filters_html(model: BulkModel) -> str:
    asked = model.asked
    counts = verdict_counts(model.rows)
    verdicts = [("", "all causes"), *((v, f"{titled(v)} ({n:,})") for v, n in counts.items())]
    html = widgets.entry("Find", "find", asked.text, "a name, a file, a Region …", live=True)
    html += widgets.menu("Cause", "verdict", verdicts, asked.verdict)
    fields = f'<div class="cs-fields">{html}</div>'
    if asked.group:
        fields += f"<p>Only {esc(asked.group)} {value(asked.value)} {act('Show all', 'ungroup')}</p>"
    return fields


def sorted_table(asked: Asked, rows: Iterable[str]) -> str:
    """The table, with a button in each head that sorts by it."""
    heads = "".join(_head(asked, key, name) for key, name in _COLUMNS)
    return (
        '<div class="cs-scroll cs-wide" tabindex="0" role="region" aria-label="Sign-ins"><table>'
        f'<thead><tr><th scope="col"><span class="cs-hidden">Open</span></th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _head(asked: Asked, key: str, name: str) -> str:
    order, sign = ("", "")
    if asked.sort == key:
        order, sign = (' aria-sort="descending"', " ▼") if asked.down else (' aria-sort="ascending"', " ▲")
    button = f'<button type="button" class="cs-link" data-act="sort" data-value="{esc(key)}">{esc(name)}{sign}</button>'
    return f'<th scope="col"{order}>{button}</th>'


def _captures_row(each: Row, model: BulkModel) -> str:
    is_open = model.detail is not None and model.detail[0].number == each.number
    hidden = f'<span class="cs-hidden"> {esc(each.capture)}</span>'
    button = act("Open", "open", str(each.number)).replace("</button>", f"{hidden}</button>")
    again = f"<br><small>also in {value(each.again)}</small>" if each.again else ""
    offset = f"{round(each.offset):+,} s" if each.offset is not None else "—"
    return row(
        (
            button if each.verdict != UNREADABLE else "",
            f"{mood_badge(each.verdict)} {esc(titled(each.verdict))}<br><small>{sentence(each.summary)}</small>",
            value(each.name) if each.name else "—",
            value(each.capture.removeprefix(model.common)) + again,
            when(each.started) if each.started else "—",
            value(each.groups[0]),
            f'<span class="cs-nowrap">{value(each.groups[1])}</span>',
            f'<span class="cs-nowrap">{offset}</span>',
        ),
        mark="cs-here" if is_open else "",
    )


def turn_html(at: int, pages: int) -> str:
    """Buttons that turn the pages."""
    if pages == 1:
        return ""
    back = act("◀ Back", "page", str(at - 1)) if at else ""
    on = act("Next ▶", "page", str(at + 1)) if at < pages - 1 else ""
    ends = (act("First", "page", "0") if at > 1 else "", act("Last", "page", str(pages - 1)) if at < pages - 2 else "")
    return f'<p class="cs-turn">{ends[0]} {back} {on} {ends[1]}</p>'


# --- people and clocks -------------------------------------------------------------------------------------


def people_html(model: BulkModel) -> str:
    """People with several names, and names that several people have."""
    changed, shared = changed_names(model.rows), shared_names(model.rows)
    about = (
        "<p>A person is the NameID at one identity provider, letter case ignored; where the NameID is transient, the "
        "RoleSessionName.</p>"
    )
    people = "".join(_changed_row(each.person, each.names) for each in changed[:_PEOPLE_SHOWN])
    names = [row((value(name), _number(len(who)), "<br>".join(map(_person, who[:5])))) for name, who in shared]
    head = ("Person", "Names in the order in which they were seen", "How they differ", "")
    listed = table(head, [people], "People with several names")
    first = second_wide(listed) if changed else "<p>Nobody was seen under several names.</p>"
    second = (
        table(("Name", "People", "Who"), names[:_PEOPLE_SHOWN], "Names of several people")
        if shared
        else "<p>No name was seen with several people.</p>"
    )
    return (
        f"<h3>{many(len(changed), 'person', 'people')} with several names</h3>{about}{first}{_left(len(changed))}"
        f"<h3>{many(len(shared), 'name')} of several people</h3>{second}{_left(len(shared))}"
    )


def _left(count: int) -> str:
    more = count - _PEOPLE_SHOWN
    return f"<p>… and {more:,} more: the table of sign-ins (‘Save the results’) has all.</p>" if more > 0 else ""


def _person(person: str) -> str:
    issuer, _, name = person.partition("\n")
    return f"{value(name)} <small>at {value(issuer or '?')}</small>"


def _changed_row(person: str, names: Sequence[Called]) -> str:
    called = "".join(f"<li>{_called(each)}</li>" for each in names)
    texts = [each.name for each in names]
    steps = dict.fromkeys(step_between(one, other) for one, other in pairwise(texts))
    differ = ", ".join(match_words(step) if step else "another name" for step in steps)
    return row(
        (_person(person), f"<ol>{called}</ol>", esc(differ), act("Show", "find_text", person.partition("\n")[2]))
    )


def _called(called: Called) -> str:
    name, count, first, last, verdicts = called
    times = f", {when(first)}" + (f" to {when(last)}" if last != first else "") if first else ""
    return f"{value(name)} <small>{many(count, 'sign-in')}{times}: {esc(', '.join(verdicts))}</small>"


def clocks_html(model: BulkModel) -> str:
    """How far the computers' clocks are from AWS's."""
    bins = clock_bins(model.rows)
    if not any(bins):
        return "<p>No capture shows AWS’s clock beside the computer’s.</p>"
    within = len(bins) // 2
    weights = [(0 if at == within else 1, count) for at, count in enumerate(bins)]
    bars = [(name, [part]) for name, part in zip(_short_names(), weights, strict=True)]
    rows = [row((esc(name), _number(count))) for name, count in zip(_bin_names(), bins, strict=True)]
    return (
        "<p>AWS’s clock (the Date header of its answer) minus the clock of the computer that recorded, accurate to "
        "some seconds. An assertion’s times come from the identity provider: the computer’s clock does not decide "
        "whether AWS takes it, but a wrong one makes the times in its capture wrong.</p>"
        + columns(bars)
        + table(("AWS minus the computer", "Sign-ins"), rows, "Clock differences")
        + f"<p>{act('Show the largest first', 'clocks')}</p>"
    )


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


# --- outputs -----------------------------------------------------------------------------------------------

_OUTPUTS = (
    ("sign_ins.csv", "Sign-ins (CSV)", "one row for each sign-in"),
    ("captures.csv", "Captures (CSV)", "one row for each capture, also those that could not be read"),
    ("findings.csv", "Findings (CSV)", "what every rule said of every sign-in"),
    ("bulk.xlsx", "All three (Excel)", "needs the extra ‘excel’"),
    ("sign_ins.parquet", "Sign-ins (Parquet)", "needs the extra ‘parquet’"),
    ("results.jsonl", "Results (JSON Lines)", "for programs"),
    ("report.html", "Report (one page)", "to hand on: one file, no script"),
    ("summary.json", "Summary (JSON)", "the numbers of the first part"),
)


def outputs_html(model: BulkModel) -> str:
    """Each output by one click."""
    rows = [row((act(name, "output", file), value(file), esc(hint))) for file, name, hint in _OUTPUTS]
    folder = (
        f"<p>Nothing of this is in the notebook when it is saved. The run itself is kept in {value(model.folder)}.</p>"
    )
    warning = (
        "<p>They hold people’s names and addresses, no assertion, cookie or token. Formulas in cells are defused.</p>"
    )
    return warning + table(("Save", "File", "What it is"), rows, "Outputs") + folder
