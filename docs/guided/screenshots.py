"""Makes the pictures of the guided page: python docs/guided/screenshots.py [--look FOLDER].

Needs Chromium (CHROMIUM names it), Playwright and the extra `app`. Without options it writes the pictures of this
folder; `--look` writes many more, of odd names, narrow windows, very many and no sign-ins, to be looked at after a
change.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from conftest import AWS_SETTINGS, QUIET, chromium_path  # noqa: E402 -- after the path is set
from playwright.sync_api import sync_playwright  # noqa: E402

from connect_saml_nb.samples import sample  # noqa: E402
from connect_saml_nb.training.emulator.base import PracticeServer  # noqa: E402
from connect_saml_nb.training.emulator.connect import practice_instance  # noqa: E402
from tests import hostile_capture  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

WIDE, NARROW, TALL = 1060, 700, 6000
BOTTOM = "Math.max(...[...document.querySelectorAll('.cs-page')].map(n => n.getBoundingClientRect().bottom))"
LONG = "anna-katharina.von.der.heide-lichtenstein+contact.center.emea@subsidiary.corp.example"
NAMES = {
    "long": LONG,
    "hebrew": "דנה.כהן@corp.example",
    "japanese": "山田.太郎@corp.example",
    "mixed": "Müller\u202egnp.e@corp",
}
MESSAGE = "Access denied. Your account has been authenticated, but has not been onboarded to this application."


# --- the app -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def app(folder: Path, theme: str, settings: dict[str, str]) -> Iterator[str]:
    """The running app in one theme; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / f"{theme}.log"
    home = {name: str(folder / name.lower()) for name in ("HOME", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    environment = {**os.environ, **home, **settings, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "connect_saml_nb", "app", "--no-browser", f"--port={port}", f"--theme={theme}"]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 -- our own command
            command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield address(log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def address(log: Path) -> str:
    """The address that the app prints, with its token."""
    for _ in range(300):
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\w+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.2)
    raise SystemExit(log.read_text())


# --- a person ----------------------------------------------------------------------------------------------


class Person:
    """Somebody before a fresh page, who takes pictures of it."""

    def __init__(self, browser: Browser, url: str, width: int) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.page.goto(url)
        self.page.get_by_role("button", name="Find the cause").wait_for(timeout=60_000)

    def choose(self, label: str) -> None:
        """Choose one of several by its label."""
        self.page.get_by_label(re.compile(f"^{label}")).check()

    def drop(self, path: Path, where: str = "Drop the HAR file") -> None:
        """Give a file."""
        self.page.locator(".cs-drop").filter(has_text=where).locator("input[type=file]").set_input_files(path)
        self.page.wait_for_timeout(1500)

    def example(self, name: str) -> None:
        """Look at an example's verdict."""
        self.choose("An example")
        self.page.get_by_role("combobox", name="Example").select_option(name)
        self.page.get_by_role("button", name="Find the cause").click()
        self.page.locator(".cs-card").first.wait_for()

    def picture(self, path: Path, start: str = "", *, height: int = 0) -> None:
        """Take a picture from the element `start` on (of the whole page without it), `height` pixels at most."""
        width = self.page.viewport_size["width"]  # type: ignore[index]
        self.page.set_viewport_size({"width": width, "height": TALL})  # the page scrolls inside a frame of Voila
        self.page.evaluate("document.activeElement?.blur()")
        self.page.wait_for_timeout(500)
        top = self.page.locator(start).first.bounding_box()["y"] - 10 if start else 0  # type: ignore[index]
        bottom = self.page.evaluate(BOTTOM)
        clip = {"x": 0, "y": top, "width": width, "height": min(height or TALL, bottom + 10 - top)}
        self.page.screenshot(path=path, clip=clip)  # type: ignore[arg-type]
        print(path.name)


# --- what is written into this folder ----------------------------------------------------------------------


def documented(browser: Browser, url: str, folder: Path, theme: str) -> None:
    """The pictures of the walks (walks.md)."""
    person = Person(browser, url, WIDE)
    box = person.page.get_by_role("textbox", name="Type or paste it here")
    box.fill(MESSAGE)
    box.press("Enter")
    person.page.locator(".cs-advice").wait_for()
    person.picture(folder / f"screen-{theme}.png", height=1000)
    person.example("user-case-differs")
    person.picture(folder / f"verdict-{theme}.png", ".cs-card", height=2100)
    person.page.get_by_role("textbox", name="The name that the response").fill("priya.nair@corp.example")
    person.page.get_by_text("Amazon Connect would find the user.").wait_for()
    person.picture(folder / f"what-if-{theme}.png", "h2:has-text('And then')", height=620)
    person.page.close()
    if theme == "light":
        account(browser, url, folder)
        further(browser, url, folder)


def account(browser: Browser, url: str, folder: Path) -> None:
    """Users from the AWS account."""
    person = Person(browser, url, WIDE)
    person.drop(sample("user-case-differs").path)
    person.choose("Ask AWS")
    person.page.get_by_role("combobox", name="AWS profile").select_option("practice")
    person.page.get_by_role("button", name="List my instances").click()
    person.page.get_by_role("combobox", name="Instance, by its alias").wait_for()
    person.page.get_by_role("button", name="Ask AWS for the users").click()
    person.page.get_by_text("Requests sent to AWS so far: 2").click()
    person.picture(folder / "account-light.png", "h2:has-text('The Connect users')", height=640)
    person.page.close()


def further(browser: Browser, url: str, folder: Path) -> None:
    """What can be done with a verdict: check more, hand over."""
    person = Person(browser, url, WIDE)
    person.example("federation-denied")
    for label, name, height in (("Check more", "check-more", 900), ("Hand over", "hand-over", 700)):
        person.choose(label)
        person.picture(folder / f"{name}-light.png", "h2:has-text('And then')", height=height)
    person.page.close()


# --- what is only looked at --------------------------------------------------------------------------------


def looked_at(browser: Browser, url: str, folder: Path, theme: str, made: Path) -> None:
    """Odd names, both widths, no and very many sign-ins, very many users."""
    files = odd_files(made)
    for width in (WIDE, NARROW):
        for name, (capture, users) in files.items():
            person = Person(browser, url, width)
            if users:
                person.choose("A saved list")
                person.drop(users, "Drop the saved list")
            person.drop(capture)
            person.picture(folder / f"{name}-{theme}-{width}.png", "h2:has-text('The recording')", height=4000)
            person.page.close()


def odd_files(made: Path) -> dict[str, tuple[Path, Path | None]]:
    """Recordings, each with its list of users."""
    found: dict[str, tuple[Path, Path | None]] = {}
    for key, name in NAMES.items():
        capture, users = made / f"{key}.har", made / f"{key}.json"
        capture.write_bytes(hostile_capture.capture(name))
        users.write_bytes(hostile_capture.users(name))
        found[key] = capture, users
    none, many, long_list = made / "none.har", made / "many.har", made / "users.json"
    entries = [hostile_capture.entry(1, "GET", "https://shop.example/", 200)]
    none.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    many.write_bytes(hostile_capture.capture(sign_ins=50))
    rows = [{"Username": f"agent{n:05}@corp.example", "Id": str(n), "Arn": ""} for n in range(10_000)]
    long_list.write_text(json.dumps({"UserSummaryList": rows}))
    return found | {
        "none": (none, None),
        "fifty": (many, None),
        "ten-thousand": (sample("user-missing").path, long_list),
    }


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--look", type=Path, metavar="FOLDER", help="pictures of odd cases, to be looked at")
    look = parser.parse_args().look
    with contextlib.ExitStack() as stack:
        made = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        config = made / "config"
        config.write_text(AWS_SETTINGS.format(url=stack.enter_context(PracticeServer(practice_instance()))))
        settings = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(made / "none")}
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(QUIET))
        for theme in ("light", "dark"):
            with app(made, theme, settings) as url:
                if look:
                    look.mkdir(parents=True, exist_ok=True)
                    looked_at(browser, url, look, theme, made)
                else:
                    documented(browser, url, Path(__file__).parent, theme)
        browser.close()


if __name__ == "__main__":
    main()
