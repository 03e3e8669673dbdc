"""The bulk notebook's model and page: a run, its parts, the table, one sign-in, the audit. No browser, no kernel."""

# ruff: noqa: D103 - the names of tests state the behaviour

from __future__ import annotations

import io
import logging
import re
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from connect_saml_nb.bulk import Result, Run
from connect_saml_nb.bulk.results import SignInResult
from connect_saml_nb.model.record import replace
from connect_saml_nb.notebook import widgets
from connect_saml_nb.notebook.bulk import table
from connect_saml_nb.notebook.bulk.charts import columns, share_bar
from connect_saml_nb.notebook.bulk.model import Tab
from connect_saml_nb.notebook.bulk.panels import PAGE
from connect_saml_nb.notebook.bulk.view import BulkModel, BulkView
from connect_saml_nb.samples import practice_users, samples
from connect_saml_nb.users import save_users
from tests import hostile_capture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TAGS = """
    article section div p span strong em code pre br h2 h3 h4 ul ol li dl dt dd table thead tbody tr th td details summary
    mark bdi a button fieldset legend label input select option small textarea svg g title text tspan line path rect circle
"""
ALLOWED = set(_TAGS.split())


@pytest.fixture(autouse=True)
def nothing_swallowed(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test in which a handler raised what nobody expected: ipywidgets would only log it."""
    monkeypatch.setattr(widgets.Boundary, "unexpected", [])
    with caplog.at_level(logging.WARNING):
        yield
    assert ([], []) == (widgets.Boundary.unexpected, [r.getMessage() for r in caplog.records])


def message(widget: Any, content: dict[str, Any], buffers: tuple[bytes, ...] = ()) -> None:
    """Deliver one message of the front end."""
    widget._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": list(buffers)})


def click(view: BulkView, panel: widgets.Panel, action: str, value: str = "") -> None:
    message(panel, {"act": action, "value": value})
    view.wait()


def enter(panel: widgets.Panel, field: str, value: str) -> None:
    message(panel, {"field": field, "value": value})


def drop(upload: widgets.Upload, name: str, content: bytes) -> None:
    message(upload, {"upload": "u", "begin": name, "size": len(content)})
    message(upload, {"upload": "u", "piece": 0}, (content,))
    message(upload, {"upload": "u", "end": True})


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", html))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with captures in a folder and in a zip, a list of users, and a run over them."""
    base = tmp_path_factory.mktemp("bulk")
    (base / "captures").mkdir()
    for sample in samples():
        shutil.copy(sample.path, base / "captures")
    (base / "captures" / "broken.har").write_text("no")
    with zipfile.ZipFile(base / "captures" / "more.zip", "w") as archive:
        for sample in samples()[:3]:
            archive.write(sample.path, f"in/{sample.name}.har")
    save_users(practice_users(), base / "users.json")
    model = BulkModel(workers=1)
    model.set_source(str(base / "captures"))
    model.set_folder(str(base / "run"))
    model.set_users_path(str(base / "users.json"))
    model.read_users()
    model.begin()
    model.work(lambda: None)
    return base


@pytest.fixture
def view(finished: Path) -> BulkView:
    """The page, which has opened that run."""
    model = BulkModel(workers=1)
    model.set_folder(str(finished / "run"))
    model.go_on()
    model.take_in()
    return BulkView(model)


# --- the run -----------------------------------------------------------------------------------------------


def test_nothing_begins_before_something_is_named() -> None:
    view = BulkView(BulkModel())
    click(view, view.run, "begin")
    assert "Step 1: enter the folder, pattern or archive" in text_of(view.alert.html)


def test_the_whole_way_from_the_examples_to_their_causes(tmp_path: Path) -> None:
    view = BulkView(BulkModel(workers=1))
    enter(view.intake, "intake", "samples")
    enter(view.run, "folder", str(tmp_path / "run"))
    click(view, view.run, "begin")
    expected = sorted(verdict for sample in samples() for verdict in sample.verdicts)
    assert expected == sorted(row.verdict for row in view.model.rows)


def test_a_folder_with_a_run_offers_to_go_on_or_to_remove_it(view: BulkView) -> None:
    words = text_of(view.run.html)
    assert ("Open it, and read what is new" in words, "Remove it" in words) == (True, True)


def test_runs_that_were_kept_are_offered(view: BulkView, finished: Path) -> None:
    """After a restart nobody has to know where the run was."""
    enter(view.run, "folder", str(finished / "another"))
    assert (str(finished / "run"),) == view.model.known_folders


def test_a_run_is_removed_only_when_asked_twice(view: BulkView, finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished / "run", tmp_path / "run")
    enter(view.run, "folder", str(tmp_path / "run"))
    click(view, view.run, "forget")
    first = view.model.path.exists()
    click(view, view.run, "forget", "surely")
    assert (True, False) == (first, view.model.path.exists())


def test_a_stop_keeps_what_is_done_and_it_can_go_on(finished: Path, tmp_path: Path) -> None:
    model = BulkModel(workers=1)
    model.set_source(str(finished / "captures"))
    model.set_folder(str(tmp_path / "run"))
    model.begin()
    model.work(model.stop)
    stopped = (model.is_stopped, len(model.rows))
    model.go_on()
    model.work(lambda: None)
    assert (len(Run.open(tmp_path / "run").manifest.sources), False) == (1, model.is_stopped)
    assert stopped[1] <= len(model.rows) == 10


def test_progress_tells_files_rate_time_and_causes(finished: Path, tmp_path: Path) -> None:
    model, told = BulkModel(workers=1), []
    model.set_source(str(finished / "captures"))
    model.set_folder(str(tmp_path / "run"))
    model.begin()
    model.work(lambda: told.append(model.progress))
    assert told[-1] is not None
    assert (10, 10, 1) == (told[-1].done, told[-1].total, told[-1].unreadable)


# --- the parts ---------------------------------------------------------------------------------------------


def test_the_advice_comes_first(view: BulkView) -> None:
    assert "What helps most" in text_of(view.result.html.partition("By cause")[0])


def test_a_cause_leads_to_its_sign_ins(view: BulkView) -> None:
    click(view, view.result, "show", "verdict:federation-denied")
    assert {"federation-denied"} == {row.verdict for row in view.model.matching}


@pytest.mark.parametrize("group", ["identity provider", "region", "instance", "role", "browser", "day"])
def test_sign_ins_are_grouped_and_each_value_leads_to_them(view: BulkView, group: str) -> None:
    enter(view.result, "group", group)
    value = next(iter(view.model.summary.groups[group])) if view.model.summary else ""
    click(view, view.result, "show", f"{group}:{value}")
    assert {value} == {row.groups[table.GROUPS.index(group)] for row in view.model.matching}


def test_every_part_is_only_allowed_markup(view: BulkView) -> None:
    tags: set[str] = set()
    for tab in ("summary", "captures", "people", "clocks", "audit", "outputs"):
        click(view, view.result, "tab", tab)
        tags |= set(re.findall(r"<([a-z0-9]+)", page_html(view)))
    assert tags <= ALLOWED


def page_html(view: BulkView) -> str:
    return "".join(part.html for part in view.widget.children if isinstance(part, widgets.Panel))


def test_a_row_opens_the_whole_diagnosis(view: BulkView) -> None:
    click(view, view.result, "tab", "captures")
    number = next(row.number for row in view.model.rows if row.verdict == "user-case-differs")
    click(view, view.result, "open", str(number))
    assert {"What to do", "Where it broke", "All findings"} <= {
        words for words in ("What to do", "Where it broke", "All findings") if words in text_of(view.detail.html)
    }


def test_a_row_of_an_archive_opens_too(view: BulkView) -> None:
    row = next(row for row in view.model.rows if row.capture.endswith(f"more.zip/in/{samples()[0].name}.har"))
    view.model.open_row(row.number)
    assert view.model.detail is not None
    assert row.verdict == view.model.detail[1].verdict


def test_every_readable_row_opens_with_the_verdict_that_it_shows(view: BulkView) -> None:
    shown, opened = [], []
    for row in view.model.rows:
        if row.verdict != table.UNREADABLE:
            view.model.open_row(row.number)
            assert view.model.detail is not None
            shown.append(row.verdict)
            opened.append(view.model.detail[1].sign_ins[row.sign_in].verdict)
    assert shown == opened


def test_a_capture_that_was_moved_is_said_in_a_sentence(view: BulkView) -> None:
    click(view, view.result, "tab", "captures")
    view.model.results = [replace(result, source="/none.har") for result in view.model.results]
    click(view, view.result, "open", "1")
    assert "/none.har cannot be read" in text_of(view.alert.html)


OUTPUTS = ("sign_ins.csv", "captures.csv", "findings.csv", "bulk.xlsx", "results.jsonl", "report.html", "summary.json")


@pytest.mark.parametrize("name", OUTPUTS)
def test_each_output_takes_one_click(view: BulkView, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[tuple[str, bytes]] = []
    monkeypatch.setattr(view.result, "download", lambda name, content: saved.append((name, content)))
    click(view, view.result, "output", name)
    assert [(name, True)] == [(each, len(content) > 100) for each, content in saved]


def test_a_hostile_capture_is_text_everywhere(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    (tmp_path / "captures" / "hostile.har").write_bytes(hostile_capture.capture(sign_ins=3))
    (tmp_path / "users.json").write_bytes(hostile_capture.users())
    view = BulkView(BulkModel(workers=1))
    enter(view.intake, "source", str(tmp_path / "captures"))
    enter(view.run, "folder", str(tmp_path / "run"))
    drop(view.users_upload, hostile_capture.payload("list"), hostile_capture.users())
    click(view, view.run, "begin")
    tags: set[str] = set()
    for tab in ("summary", "people", "clocks", "audit", "outputs", "captures"):
        click(view, view.result, "tab", tab)
        for group in table.GROUPS:
            enter(view.result, "group", group)
            tags |= _tags(page_html(view))
    click(view, view.result, "open", "0")
    drop(view.export_upload, hostile_capture.payload("file"), f"mail,x\n{hostile_capture.payload('m')},y\n".encode())
    click(view, view.result, "tab", "audit")
    click(view, view.audit_input, "compare")
    assert tags | _tags(page_html(view)) <= ALLOWED


def _tags(html: str) -> set[str]:
    found: set[str] = set()

    class Markup(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add(tag)
            assert not [name for name, _ in attrs if name.startswith("on")]

    Markup().feed(html)
    return found


def test_nothing_of_the_run_is_in_what_jupyter_saves(view: BulkView) -> None:
    click(view, view.result, "tab", "captures")
    click(view, view.result, "open", "1")
    parts = [view.widget, *view.widget.children]
    kept = " ".join(f"{part!r}{part.get_state()}" for part in parts)
    assert not [word for word in ("corp.example", "captures", "user-", "signed-in", "arn:aws") if word in kept]


# --- rows --------------------------------------------------------------------------------------------------

START = datetime(2026, 11, 24, 3, tzinfo=UTC)


def sign_in(**changes: Any) -> SignInResult:
    """A sign-in of one person."""
    empty = dict.fromkeys(("chosen_role", "landed_on", "provider", "posted_to", "relay_state", "aws_message"))
    known: dict[str, Any] = {
        "sign_in": 1,
        "started": START,
        "verdict": "user-missing",
        "role_session_name": "jane",
        "issuer": "https://idp.example",
        "instance_id": "i",
        "region": "us-west-2",
        "summary": "",
        "name_id": "jane",
        "outcome": "",
        "person": "https://idp.example\njane",
    }
    return SignInResult(**empty, **(known | changes))


def rows(*sign_ins: SignInResult) -> list[table.Row]:
    return table.rows_of([Result(f"{n}.har", verdict=s.verdict, sign_ins=(s,)) for n, s in enumerate(sign_ins)])


def test_words_in_any_order_find_a_row() -> None:
    found = table.matching_rows(rows(sign_in(), sign_in(role_session_name="max")), table.RowFilter(text="us-west MAX"))
    assert ["max"] == [row.name for row in found]


@pytest.mark.parametrize(
    ("key", "down", "expected"),
    [
        ("name", False, ["a", "B", "c"]),
        ("name", True, ["c", "B", "a"]),
        ("clock", True, ["B", "c", "a"]),
        ("started", False, ["c", "a", "B"]),
    ],
)
def test_rows_are_sorted_either_way(key: str, down: bool, expected: list[str]) -> None:  # noqa: FBT001 - of a table
    made = rows(
        sign_in(role_session_name="c", clock_offset=5, started=None),
        sign_in(role_session_name="a"),
        sign_in(role_session_name="B", clock_offset=-9.0, started=START + timedelta(days=1)),
    )
    assert expected == [row.name for row in table.matching_rows(made, table.RowFilter(sort=key, down=down))]


def test_a_sign_in_in_two_captures_says_where_it_was_first() -> None:
    assert ["", "0.har"] == [row.duplicate_of for row in rows(sign_in(fingerprint="f"), sign_in(fingerprint="f"))]


def test_a_persons_names_come_in_the_order_of_time() -> None:
    made = rows(sign_in(role_session_name="new", started=START + timedelta(days=1)), sign_in(role_session_name="old"))
    assert [["old", "new"]] == [[name.name for name in each.names] for each in table.renamed_people(made)]


def test_a_name_of_several_people_is_told() -> None:
    made = rows(sign_in(), sign_in(person="https://idp.example\nmax"))
    assert ["jane"] == [name for name, _ in table.names_of_several(made)]


def test_clocks_are_counted_between_the_edges() -> None:
    offsets = (-4000, -300, 0, 9.9, 10, 4000)
    assert [1, 0, 1, 0, 2, 1, 0, 0, 1] == table.clock_bins(rows(*(sign_in(clock_offset=o) for o in offsets)))


def test_the_table_loses_no_row_between_its_pages() -> None:
    view = BulkView(BulkModel())
    view.model.summary = rows_summary()
    view.model.rows = rows(*(sign_in(role_session_name=f"n{n:05}") for n in range(10_000)))
    view.model.choose_tab(Tab.CAPTURES)
    seen: list[str] = []
    for page in range(10_000 // PAGE):
        click(view, view.result, "page", str(page))
        seen += re.findall(r"n\d{5}(?=</bdi>)", view.result.html)
    assert [f"n{n:05}" for n in range(10_000)] == seen


def rows_summary() -> Any:
    from connect_saml_nb.bulk import summarise  # noqa: PLC0415 - here only

    return summarise([])


def test_charts_draw_shares_of_the_whole() -> None:
    assert ('width="100"' in share_bar([(2, 5)], 10), columns([])) == (True, "")


# --- the audit ---------------------------------------------------------------------------------------------

EXPORT = b"userPrincipalName,mail,userType\nPRIYA.NAIR@corp.example,x,Member\nnobody@corp.example,y,Member\n"


def test_an_export_that_is_dropped_is_compared(view: BulkView) -> None:
    click(view, view.result, "tab", "audit")
    drop(view.export_upload, "export.csv", EXPORT)
    click(view, view.audit_input, "compare")
    assert view.model.audit.audit is not None
    assert ["user-case-differs", "user-missing"] == [f.verdict for f in view.model.audit.audit.failing]


def test_the_captures_tell_which_column_is_sent(view: BulkView) -> None:
    names = sorted(view.model.audit.seen)
    export = "userPrincipalName,mail\n" + "\n".join(f"x{n},{name}" for n, name in enumerate(names))
    drop(view.export_upload, "export.csv", export.encode())
    click(view, view.audit_input, "compare")
    assert view.model.audit.export is not None
    assert ("mail", False) == (view.model.audit.export.choice.column, view.model.audit.export.choice.guessed)


def test_the_audit_says_what_is_missing() -> None:
    view = BulkView(BulkModel())
    click(view, view.result, "tab", "audit")
    assert "Give the Connect users in step 2" in text_of(view.audit_input.html)


@pytest.mark.parametrize(("part", "count"), [("", 2), ("user-missing", 1), ("nobody", 10_000), ("shared", 0)])
def test_the_audits_lines_are_chosen_by_part(view: BulkView, part: str, count: int) -> None:
    drop(view.export_upload, "export.csv", EXPORT)
    click(view, view.result, "tab", "audit")
    click(view, view.audit_input, "compare")
    click(view, view.audit, "audit_part", part)
    assert min(count, len(practice_users())) == len(view.model.audit.chosen)


def test_an_export_that_is_none_is_said_in_a_sentence(view: BulkView) -> None:
    drop(view.export_upload, "export.xlsx", b"PK\x03\x04")
    click(view, view.audit_input, "compare")
    assert "export.xlsx: it is a zip file or an Excel workbook." in text_of(view.alert.html)


@pytest.mark.parametrize("form", ["csv", "excel", "json"])
def test_the_audit_is_saved_by_one_click(view: BulkView, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[bytes] = []
    drop(view.export_upload, "export.csv", EXPORT)
    click(view, view.audit_input, "compare")
    monkeypatch.setattr(view.audit, "download", lambda _, content: saved.append(content))
    click(view, view.audit, "audit_output", form)
    assert len(saved[0]) > 100


def test_a_file_object_is_no_longer_needed_once_it_was_given() -> None:
    """The upload's temporary file is closed when its handler ends."""
    model = BulkModel()
    file = io.BytesIO(EXPORT)
    model.audit.receive("export.csv", file)
    file.close()
    assert "export.csv" == model.audit.received
