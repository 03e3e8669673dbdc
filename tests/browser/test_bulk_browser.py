"""The bulk notebook in a real JupyterLab and a real Chromium.

Beside what each test asserts, the `bulk` fixture fails it on any request beyond this machine, any complaint on the
console, and any script of a capture that ran.
"""

from __future__ import annotations

import re
import secrets
import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT, WINDOW, Visit, _watch, _without_complaint

from connect_saml_nb.samples import practice_users, samples
from connect_saml_nb.users import save_users
from tests import hostile_capture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Lab
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Captures of every kind, a hostile one among them, with users and an export."""
    base = tmp_path_factory.mktemp("canary-folder")
    (base / "captures").mkdir()
    for number in range(4):
        for sample in samples():
            shutil.copy(sample.path, base / "captures" / f"{number:02}-{sample.name}.har")
    (base / "captures" / "hostile.har").write_bytes(hostile_capture.capture(sign_ins=3))
    (base / "captures" / "broken.har").write_text("<script>canary('file')</script>")
    save_users(practice_users(), base / "users.json")
    people = "".join(f"{user.username.upper()},x\n" for user in practice_users().users[:5])
    (base / "export.csv").write_text(f"mail,city\n{people}<script>canary('export')</script>,y\n")
    return base


@pytest.fixture(scope="module")
def opened(browser: Browser, lab: Lab, folder: Path) -> Iterator[Visit]:
    """The notebook with a run over the folder, done once for all tests."""
    name = f"bulk-{secrets.token_hex(4)}.ipynb"
    shutil.copy(ROOT / "notebooks" / "bulk_analysis.ipynb", lab.folder / name)
    context = browser.new_context(viewport=WINDOW, accept_downloads=True)
    visit = Visit(context.new_page(), lab, name)
    _watch(visit)
    visit.page.goto(lab.notebook_url(name))
    visit.run_all()
    page = visit.output
    page.get_by_label("Folder, pattern or archive").fill(str(folder / "captures"))
    visit.choose("A saved list")
    page.get_by_label("Path of a list on the server").fill(str(folder / "users.json"))
    visit.page.keyboard.press("Enter")
    page.get_by_text(f"{len(practice_users()):,} users, the whole list").wait_for()
    page.get_by_label("Folder that keeps the run").fill(str(folder / "run"))
    visit.find()
    page.get_by_text("What helps most").wait_for(timeout=60_000)
    yield visit
    visit.close()


@pytest.fixture
def bulk(opened: Visit) -> Iterator[Visit]:
    """The page, at its first part."""
    part(opened, "Causes")
    yield opened
    _without_complaint(opened)


def part(visit: Visit, name: str) -> None:
    """Go to one of the parts of the result."""
    button = visit.output.get_by_role("button", name=name, exact=True)
    button.click()
    visit.output.locator(f"button[aria-pressed=true]:text-is('{name}')").wait_for()


def find(visit: Visit, text: str) -> None:
    """Look for sign-ins of any cause."""
    visit.output.get_by_role("combobox", name="Cause").select_option("")
    visit.output.get_by_label("Find", exact=True).fill(text)


def test_a_cause_leads_to_its_sign_ins_and_one_of_them_to_its_diagnosis(bulk: Visit) -> None:
    """From the summary to the whole guided view, and back."""
    row = bulk.output.get_by_role("row").filter(has_text="federation-denied").first
    row.get_by_role("button", name="Show").click()
    table = bulk.output.get_by_role("region", name="Sign-ins", exact=True)
    table.get_by_role("button", name=re.compile("^Open ")).first.click()
    verdict = bulk.output.locator(".cs-detail .cs-card .cs-over code").inner_text()
    bulk.output.get_by_role("button", name="Close it, back to the table").first.click()
    bulk.output.locator(".cs-detail").wait_for(state="detached")
    assert "federation-denied" == verdict


def test_the_table_is_filtered_while_one_types_and_sorted_by_its_heads(bulk: Visit) -> None:
    """Both ways round."""
    part(bulk, "All sign-ins")
    find(bulk, "03- case")
    bulk.output.get_by_text(re.compile(r"^\d of [\d,]+ rows")).wait_for()
    bulk.output.get_by_role("button", name="Capture", exact=True).click()
    bulk.output.locator("th[aria-sort=ascending]").wait_for()
    bulk.output.get_by_role("button", name="Capture ▲").click()
    bulk.output.locator("th[aria-sort=descending]").wait_for()
    find(bulk, "")
    bulk.output.get_by_text(re.compile(r"^[\d,]+ rows\.")).wait_for()


def test_an_output_is_downloaded(bulk: Visit) -> None:
    """By one click."""
    part(bulk, "Save the results")
    with bulk.page.expect_download() as download:
        bulk.output.get_by_role("button", name="Sign-ins (CSV)").click()
    with download.value.path().open(encoding="utf-8-sig") as file:
        assert file.readline().startswith("capture,sign_in,started,verdict,")


def test_an_export_that_is_dropped_says_who_will_fail(bulk: Visit, folder: Path) -> None:
    """The audit, on the page."""
    part(bulk, "Directory audit")
    zone = bulk.output.locator(".cs-drop").filter(has_text="identity provider’s export")
    zone.locator("input[type=file]").set_input_files(folder / "export.csv")
    bulk.output.get_by_text("export.csv is here").wait_for()
    bulk.output.get_by_role("button", name="Compare").click()
    card = bulk.output.locator(".cs-card").filter(has_text="will find their Connect user")
    assert "0 will find their Connect user; 6 will not." in card.inner_text()


def test_no_script_of_a_capture_runs_in_any_part(bulk: Visit) -> None:
    """Payloads stand in every field; the fixture fails if one of them ran or loaded anything."""
    for name in ("All sign-ins", "People and names", "Clocks", "Directory audit", "Save the results", "Causes"):
        part(bulk, name)
        bulk.page.evaluate("document.querySelectorAll('.cs-page details').forEach(each => (each.open = true))")
        bulk.page.wait_for_timeout(150)
    part(bulk, "All sign-ins")
    find(bulk, "hostile.har")
    table = bulk.output.get_by_role("region", name="Sign-ins", exact=True)
    bulk.output.get_by_text("3 of").wait_for()
    table.get_by_role("button", name=re.compile("^Open ")).first.click()
    bulk.output.locator(".cs-detail .cs-card").first.wait_for()
    find(bulk, "")
    assert 0 == bulk.output.locator("img, script, iframe").count()


def test_a_saved_notebook_holds_nothing_of_the_run(bulk: Visit) -> None:
    """Saved through JupyterLab with 'Save Widget State Automatically' switched on."""
    part(bulk, "All sign-ins")
    text = bulk.save().casefold()
    canaries = ("canary", "corp.example", "federation-denied", "priya", "aaaaaaaa-bbbb", "will find their")
    assert ([], True) == ([c for c in canaries if c in text], "widget-state+json" in text)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_charts_can_be_seen_in_light_and_dark(bulk: Visit, theme: str) -> None:
    """A bar's colour differs from what is behind it, and no chart is wider than a narrow window."""
    bulk.page.evaluate(f"window.jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})")
    bulk.page.wait_for_function(f"document.body.dataset.jpThemeName === '{theme}'")
    bar = bulk.output.locator(".cs-bar rect").first
    colours = bar.evaluate("n => [getComputedStyle(n).fill, getComputedStyle(n.closest('td')).backgroundColor]")
    bulk.page.set_viewport_size({"width": 800, "height": 900})
    widest = bulk.output.locator(".cs-columns svg, .cs-progress svg, .cs-key svg").evaluate_all(
        "all => Math.max(...all.map(n => n.getBoundingClientRect().right))"
    )
    bulk.page.set_viewport_size(WINDOW)
    assert (2, True) == (len(set(colours)), widest <= 800)
