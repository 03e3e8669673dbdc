"""The training page without installation: the site that `scripts/site.py` builds, in a real Chromium.

Building needs package registries, so the folder of a built site is named by the environment variable TRAINING_SITE;
without it these tests are skipped.
"""

from __future__ import annotations

import os
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

SITE = os.environ.get("TRAINING_SITE", "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not SITE, reason="TRAINING_SITE names no site that scripts/site.py built."),
]


class Quiet(SimpleHTTPRequestHandler):
    """A static web server that says nothing."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    """The site on the loopback address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=SITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run(page: Page) -> None:
    """Run the notebook's one cell, and wait for the page."""
    page.locator(".jp-Notebook").wait_for(timeout=60_000)
    page.get_by_text("Python (Pyodide)").first.wait_for()
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    page.get_by_text("What do you want to do?").first.wait_for(timeout=120_000)


def test_the_page_works_and_remembers_with_nothing_but_a_browser(browser: Browser, address: str) -> None:
    """A case is made, shown and solved in the browser; after a reload its state is there; nothing else is asked for."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page, elsewhere = context.new_page(), []
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else elsewhere.append(r.url))
    page.goto(f"{address}/lab/index.html?path=training.ipynb")
    run(page)
    page.get_by_role("button", name="Matching names").click()
    page.get_by_role("heading", name="Lesson 4").wait_for()
    page.get_by_role("button", name="Show the solution").click()
    page.get_by_text("What the toolkit says").wait_for()
    page.wait_for_timeout(2000)
    page.reload()
    run(page)
    page.get_by_text("What the toolkit says").wait_for()
    context.close()
    assert [] == elsewhere
