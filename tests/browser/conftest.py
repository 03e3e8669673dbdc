"""A real JupyterLab and a real Voila on the loopback address, and a real Chromium that drives them."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connect_saml_nb.training.emulator.base import PracticeServer
from connect_saml_nb.training.emulator.connect import practice_instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Route, ViewportSize

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = "guided_troubleshooting.ipynb"
SETTINGS = {
    # Widget state is saved here on purpose: the tests look at what then stands in the file.
    "@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings": '{"saveState": true}',
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": '{"fetchNews": "false"}',
}
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run", "--disable-dev-shm-usage"),
)


def chromium_path() -> str | None:
    """Where Chromium is, or None: the environment variable CHROMIUM, then the usual names."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass
class Lab:
    """A running JupyterLab."""

    url: str
    token: str
    folder: Path

    def notebook_url(self, name: str = NOTEBOOK) -> str:
        """The address of a notebook, in a workspace of its own."""
        return f"{self.url}/lab/workspaces/{secrets.token_hex(4)}/tree/{name}?token={self.token}"


AWS_SETTINGS = """
[profile practice]
region = us-west-2
endpoint_url = {url}
aws_access_key_id = practice
aws_secret_access_key = practice
"""


@pytest.fixture(scope="session")
def aws_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Settings of AWS with one profile: the practice instance, served over HTTP as AWS serves its own."""
    config = tmp_path_factory.mktemp("aws") / "config"
    with PracticeServer(practice_instance()) as url:
        config.write_text(AWS_SETTINGS.format(url=url))
        yield {
            "AWS_CONFIG_FILE": str(config),
            "AWS_SHARED_CREDENTIALS_FILE": str(config.with_name("none")),
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(url, timeout=2)  # noqa: S310 - our own loopback address
            return
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, aws_settings: dict[str, str]) -> Iterator[Lab]:
    """JupyterLab with its own folders, and the notebooks copied into its root."""
    base = tmp_path_factory.mktemp("lab")
    for name, text in SETTINGS.items():
        file = base / "settings" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    shutil.copytree(ROOT / "notebooks", base / "work")
    port, token = _free_port(), secrets.token_hex(16)
    folders = {
        "HOME": base / "home",
        "JUPYTER_CONFIG_DIR": base / "config",
        "JUPYTER_DATA_DIR": base / "data",
        "JUPYTER_RUNTIME_DIR": base / "runtime",
        "IPYTHONDIR": base / "ipython",
        "JUPYTERLAB_SETTINGS_DIR": base / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": base / "workspaces",
    }
    environment = {**os.environ, **{name: str(path) for name, path in folders.items()}, "PYTHONPATH": str(ROOT)}
    environment |= aws_settings
    command = [
        *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
        *(f"--ServerApp.token={token}", "--LabApp.news_url=", "--LabApp.expose_app_in_browser=True"),
        *("--ServerApp.port_retries=0", f"--ServerApp.root_dir={base / 'work'}"),
    ]
    with _running(command, environment, base / "log.txt", f"http://127.0.0.1:{port}/api"):
        yield Lab(f"http://127.0.0.1:{port}", token, base / "work")


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path, url: str) -> Iterator[None]:
    """A server of our own, from its first answer on; it and all its kernels are ended."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own
            command, env=environment, cwd=log.parent, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_for(url, process, log)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def app(browser: Browser, tmp_path: Path, aws_settings: dict[str, str]) -> Iterator[Visit]:
    """The page as `connect-saml app` serves it, opened by the address that it prints."""
    pytest.importorskip("voila", reason="Voila is not installed (extra: app).")
    port, log = _free_port(), tmp_path / "log.txt"
    home = {name: str(tmp_path / name.lower()) for name in ("HOME", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    environment = {**os.environ, **home, **aws_settings, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "connect_saml_nb", "app", "--no-browser", f"--port={port}"]
    with _running(command, environment, log, f"http://127.0.0.1:{port}/login"):
        printed = re.search(rf"http://127\.0\.0\.1:{port}/\?token=\w+", log.read_text())
        assert printed is not None
        context = browser.new_context(viewport={"width": 1100, "height": 900}, accept_downloads=True)
        opened = Visit(context.new_page(), None, "")
        _watch(opened)
        opened.page.goto(printed[0])
        opened.output.get_by_role("button", name="Find the cause").wait_for(timeout=60_000)
        yield opened
        context.close()
    _without_complaint(opened)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium with nothing in it."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (requirements-dev.txt).")
    path = chromium_path()
    if path is None:
        pytest.skip("No Chromium was found (Debian: apt-get install chromium), or set CHROMIUM to its path.")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield started
        started.close()


@dataclass
class Visit:
    """One page of the guided notebook, with what it asked of the network and said on the console."""

    page: Page
    lab: Lab | None
    name: str
    external: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)

    @property
    def output(self) -> Locator:
        """The page that the notebook shows."""
        return self.page.locator(".jp-OutputArea .cs-page" if self.lab else ".cs-page")

    def run_all(self) -> None:
        """Run every cell, and wait until the guided page is there."""
        self.page.wait_for_function(
            "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.connectionStatus === 'connected'",
            timeout=60_000,
        )
        self._command("notebook:run-all-cells")
        self.output.get_by_role("button", name="Find the cause").wait_for(timeout=60_000)

    def run_again(self) -> None:
        """Run every cell again, after what the last run showed is gone."""
        self._command("notebook:clear-all-cell-outputs")
        self.output.first.wait_for(state="detached")
        self.run_all()

    def _command(self, name: str) -> None:
        """Run one of JupyterLab's commands, once the extension that has it is there."""
        self.page.wait_for_function("name => window.jupyterapp?.commands.hasCommand(name)", arg=name, timeout=60_000)
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def close(self) -> None:
        """End the kernel and the browser's window."""
        self.page.evaluate("window.jupyterapp.shell.currentWidget?.sessionContext?.shutdown()")
        self.page.context.close()

    def save(self) -> str:
        """Save the notebook through JupyterLab and give the file's text."""
        self._command("docmanager:save")
        assert self.lab is not None
        return (self.lab.folder / self.name).read_text()

    def choose(self, label: str) -> None:
        """Choose one of several by its label."""
        self.output.get_by_label(re.compile(f"^{label}")).check()

    def example(self, name: str) -> None:
        """Choose an example by its name."""
        self.choose("An example")
        self.output.get_by_role("combobox", name="Example").select_option(name)

    def find(self) -> None:
        """Click the main button."""
        self.output.get_by_role("button", name="Find the cause").click()

    def verdict(self) -> str:
        """The verdict shown, as its name."""
        return self.output.locator(".cs-card .cs-over code").first.inner_text(timeout=30_000)


#: What JupyterLab itself says on the console, whatever the notebook does.
_NOT_OURS = re.compile(r"jupyterlab|jlab|lumino|Failed to load resource|sourcemap|WebGL|favicon", re.IGNORECASE)


def _watch(visit: Visit) -> None:
    def on_route(route: Route, request: Request) -> None:
        if re.match(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:", request.url):
            route.continue_()
        else:
            visit.external.append(request.url)
            route.abort()

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _NOT_OURS.search(f"{message.text} {message.location}"):
            visit.complaints.append(message.text)

    visit.page.route("**/*", on_route)
    visit.page.on("console", on_console)
    visit.page.on("pageerror", lambda error: visit.complaints.append(f"{error}"))
    visit.page.on("dialog", lambda dialog: (visit.executed.append(dialog.message), dialog.dismiss()))
    visit.page.expose_function("canary", lambda *said: visit.executed.append(str(said)))


WINDOW: ViewportSize = {"width": 1300, "height": 900}


def open_notebook(lab: Lab, browser: Browser) -> Visit:
    """Open a fresh copy of the guided notebook in a fresh browser context."""
    name = f"guided-{secrets.token_hex(4)}.ipynb"
    shutil.copy(ROOT / "notebooks" / NOTEBOOK, lab.folder / name)
    context = browser.new_context(viewport=WINDOW)
    visit = Visit(context.new_page(), lab, name)
    _watch(visit)
    visit.page.goto(lab.notebook_url(name))
    return visit


def _without_complaint(visit: Visit) -> None:
    """Whatever a test did: no request beyond this machine, no complaint on the console, no script of a capture ran."""
    seen = [*visit.external], [*visit.complaints], [*visit.executed]
    for told in (visit.external, visit.complaints, visit.executed):
        told.clear()
    assert ([], [], []) == seen


@pytest.fixture(scope="session")
def shared_notebook(browser: Browser, lab: Lab) -> Iterator[Visit]:
    """One open notebook for all tests that leave it usable: opening one takes longer than most tests."""
    opened = open_notebook(lab, browser)
    yield opened
    opened.close()


@pytest.fixture
def visit(shared_notebook: Visit) -> Iterator[Visit]:
    """The guided page, run anew as a person does who runs the cell again."""
    shared_notebook.page.set_viewport_size(WINDOW)
    shared_notebook.run_again()
    yield shared_notebook
    _without_complaint(shared_notebook)


@pytest.fixture
def fresh_visit(browser: Browser, lab: Lab) -> Iterator[Visit]:
    """The guided page in a notebook and a kernel of its own."""
    opened = open_notebook(lab, browser)
    opened.run_all()
    yield opened
    opened.close()
    _without_complaint(opened)
