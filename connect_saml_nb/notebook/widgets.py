"""Manners that all notebook pages share: private widgets, uploads, one error boundary, form snippets.

What a page shows comes from captures and must not get into a saved notebook. JupyterLab saves the synced state of every
widget, so nothing of that kind is state here: a `Panel` gets its HTML, and an `Upload` gives its bytes, in messages.
"""

from __future__ import annotations

import tempfile
import traceback
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

import anywidget
import ipywidgets
import traitlets

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.data import INPUT_LIMIT
from connect_saml_nb.io.source import label
from connect_saml_nb.notebook.components import esc, esc_lines, folded, notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Message = Mapping[str, Any]

_HERE = files("connect_saml_nb.notebook")
_STYLE = _HERE.joinpath("page.css").read_text(encoding="utf-8")


def style(*more: str) -> str:
    """The style of all pages, and after it that of one page: files beside this one."""
    return _STYLE + "".join(_HERE.joinpath(name).read_text(encoding="utf-8") for name in more)


_KEYS = _HERE.joinpath("keys.js").read_text(encoding="utf-8")
#: What stands in a saved notebook in a page's place. Jupyter takes a widget's repr, which would tell its content.
FALLBACK = "Run this cell to open the page."


# --- errors ------------------------------------------------------------------------------------------------


class Boundary:
    """The one place where a page's errors end up, as HTML that holds no value of anything.

    ipywidgets logs what a handler raises and goes on (`CallbackDispatcher`), so every handler runs in `guard`.
    `unexpected` keeps the kinds of errors that are faults of this package; tests fail on any.
    """

    unexpected: ClassVar[list[str]] = []

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Run a handler: what it raises is shown, and the last error is cleared first."""
        self._show("")
        try:
            yield
        except KeyboardInterrupt:
            self._show(notice("Stopped before the end: the kernel was interrupted."))
        except ConnectSamlError as error:
            self._show(notice(str(error), "bad"))
        except Exception as error:  # noqa: BLE001 - the boundary: the next step would be ipywidgets' silent log
            self.unexpected.append(f"{type(error).__name__} in {_last_place(error)}")
            self._show(fault(error))


def following(do: Callable[[str], object], refresh: Callable[[], None]) -> Callable[[str], None]:
    """Make a handler: the model does it, and the page follows whatever came of it."""

    def handle(text: str) -> None:
        try:
            do(text)
        finally:
            refresh()

    return handle


def fault(error: BaseException) -> str:
    """An error of this package as HTML: its kind and the way through the code, no message and no values."""
    kind = type(error).__name__
    lines = "\n".join(_place(frame) for frame in traceback.extract_tb(error.__traceback__))
    what = notice(
        f"This page made a mistake ({kind}). Nothing was sent anywhere. Choose again or run the cell again.", "bad"
    )
    return what + folded("For a bug report", f"<pre>{esc_lines(lines)}</pre>")


def _place(frame: traceback.FrameSummary) -> str:
    """One step of a traceback with the path inside its package only."""
    return f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} in {frame.name}"


def _last_place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return _place(frames[-1]) if frames else "?"


# --- widgets -----------------------------------------------------------------------------------------------


class Page(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A page's parts, one below the other."""

    def __repr__(self) -> str:
        return FALLBACK


class Panel(anywidget.AnyWidget):
    """A part of a page: shows `html`, and calls `actions` and `fields` with what the person clicks and enters.

    In the HTML, `data-act="NAME"` (with `data-value`) on a button calls `actions[NAME](value)`, `data-field="NAME"` on
    an input calls `fields[NAME](value)` when it changes, and `data-enter="NAME"` names the action of the Enter key.
    """

    _esm = _KEYS + _HERE.joinpath("panel.js").read_text(encoding="utf-8")
    _css = _STYLE

    def __init__(
        self,
        boundary: Boundary,
        *,
        actions: Mapping[str, Callable[[str], object]] | None = None,
        fields: Mapping[str, Callable[[str], object]] | None = None,
    ) -> None:
        super().__init__()
        self.html = ""
        self._boundary = boundary
        self._handlers = {"act": dict(actions or {}), "field": dict(fields or {})}
        self.on_msg(self._receive)

    def __repr__(self) -> str:
        return FALLBACK

    def show(self, html: str) -> None:
        """Show this HTML in every view of the panel."""
        if html != self.html:
            self.html = html
            self.send({"html": html})

    def download(self, name: str, content: bytes) -> None:
        """Let the browser save this as a file."""
        self.send({"download": label(name)}, [content])

    def goto(self, place: str) -> None:
        """Scroll to the part with this `data-at`, and give it the focus."""
        self.send({"goto": place})

    def _receive(self, _: object, message: Message, buffers: object) -> None:  # noqa: ARG002 - ipywidgets' signature
        if message.get("ready"):
            self.send({"html": self.html, "done": True})
            return
        with self._boundary.guard():
            self._handle(message)
        self.send({"done": True})

    def _handle(self, message: Message) -> None:
        for kind, handlers in self._handlers.items():
            handler = handlers.get(str(message.get(kind)))
            if handler is not None:
                handler(str(message.get("value", "")))


class Upload(anywidget.AnyWidget):
    """A place to drop, choose or paste a file of any size; `taken(name, file)` is called with each whole one.

    The pieces go to a temporary file that only its owner can read and that has no name where the system allows, so it
    is gone when it is closed or the kernel ends. `words` are the texts shown: `invite`, `choose`, `accept`,
    `several` where more files than one may be given, and `pasteLabel` and `pasteName` where text may be pasted.
    """

    _esm = _KEYS + _HERE.joinpath("upload.js").read_text(encoding="utf-8")
    _css = _STYLE
    words: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)

    def __init__(self, boundary: Boundary, taken: Callable[[str, BinaryIO], object], words: Mapping[str, str]) -> None:
        super().__init__(words=dict(words))
        self._boundary = boundary
        self._taken = taken
        self._id: object = None
        self._file: BinaryIO | None = None
        self._name, self._size, self._got = "", 0, 0
        self.is_added = False  # whether the file belongs to the one before it: several were given at once
        self.on_msg(self._receive)

    def __repr__(self) -> str:
        return FALLBACK

    def _receive(self, _: object, message: Message, buffers: Sequence[bytes]) -> None:
        with self._boundary.guard():
            self._step(message, buffers)

    def _step(self, message: Message, buffers: Sequence[bytes]) -> None:
        """Do one message of the protocol (`upload.js`) and acknowledge it."""
        if message.get("cancel"):
            self._cancel(message)
            return
        problem = self._problem(message, buffers)
        answer = {"failed": problem} if problem else {"taken": self._got}
        self.send({"upload": message.get("upload"), **answer})
        if message.get("end") and not problem:
            self._hand_over()

    def _cancel(self, message: Message) -> None:
        if message.get("upload") == self._id:
            self._drop()

    def _problem(self, message: Message, buffers: Sequence[bytes]) -> str | None:
        """Take what the message brings; a sentence where that cannot be."""
        if "begin" in message:
            return self._begin(message)
        if self._file is None or message.get("upload") != self._id:
            return "This transfer was ended, or another file was begun in its place. Send it again."
        return self._incomplete() if message.get("end") else self._write(message, buffers)

    def _begin(self, message: Message) -> str | None:
        self._drop()
        size = message.get("size")
        if not isinstance(size, int) or not 0 < size <= INPUT_LIMIT:
            return f"The file is empty or larger than {INPUT_LIMIT >> 30} GiB."
        self._id, self._name, self._size = message.get("upload"), label(message["begin"]), size
        self.is_added = message.get("add") is True
        return self._on_disk(self._open)

    def _open(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="connect-saml-")  # noqa: SIM115 - lives over several messages; mode 0600

    def _write(self, message: Message, buffers: Sequence[bytes]) -> str | None:
        if message.get("piece") != self._got or not buffers or self._got + len(buffers[0]) > self._size:
            self._drop()
            return "The pieces of the file arrived in disorder. Nothing was kept; send it again."
        return self._on_disk(lambda: self._add(buffers[0]))

    def _add(self, piece: bytes) -> None:
        if self._file is not None:
            self._file.write(piece)
            self._got += len(piece)

    def _on_disk(self, work: Callable[[], None]) -> str | None:
        try:
            work()
        except OSError as error:
            self._drop()
            return f"The file cannot be kept on the server ({error.strerror or 'disk error'}). Free some space there."
        return None

    def _incomplete(self) -> str | None:
        if self._got == self._size:
            return None
        self._drop()
        return "The file arrived incomplete. Nothing was kept; send it again."

    def _hand_over(self) -> None:
        try:
            if self._file is not None:
                self._file.seek(0)
                self._taken(self._name, self._file)
        finally:
            self._drop()

    def _drop(self) -> None:
        """Forget the file; closing removes it."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        self._file, self._id, self._got = None, None, 0


# --- form snippets -----------------------------------------------------------------------------------------


def choice(legend: str, field: str, options: Iterable[tuple[str, str, str]], chosen: str) -> str:
    """One of several: `options` are key, label and a line of help."""
    rows = "".join(
        f'<label class="cs-choice"><input type="radio" name="{esc(field)}" data-field="{esc(field)}" value="{esc(key)}"'
        f"{' checked' if key == chosen else ''}><span>{esc(name)}<small>{esc(hint)}</small></span></label>"
        for key, name, hint in options
    )
    return f"<fieldset><legend>{esc(legend)}</legend>{rows}</fieldset>"


def menu(name: str, field: str, options: Iterable[tuple[str, str]], chosen: str) -> str:
    """One of many: `options` are key and label."""
    rows = "".join(
        f'<option value="{esc(key)}"{" selected" if key == chosen else ""}>{esc(shown)}</option>'
        for key, shown in options
    )
    select = f'<select data-field="{esc(field)}" aria-label="{esc(name)}">{rows}</select>'
    return f'<label class="cs-field"><span>{esc(name)}</span>{select}</label>'


def tick(name: str, field: str, *, is_on: bool) -> str:
    """Something to switch on or off; the handler gets `true` or `false`."""
    state = " checked" if is_on else ""
    box = f'<input type="checkbox" data-field="{esc(field)}"{state}>'
    return f'<label class="cs-choice">{box}<span>{esc(name)}</span></label>'


def entry(name: str, field: str, text: str, hint: str = "", enter: str = "", *, live: bool = False) -> str:  # noqa: PLR0913 - what a field has
    """A line of text to enter; `enter` is the action of the Enter key, `live` tells the kernel while one types."""
    key = (f' data-enter="{esc(enter)}"' if enter else "") + (' data-live=""' if live else "")
    return (
        f'<label class="cs-field"><span>{esc(name)}</span><input type="text" autocomplete="off" spellcheck="false" '
        f'data-field="{esc(field)}" value="{esc(text)}" placeholder="{esc(hint)}"{key}></label>'
    )


def button(name: str, action: str, *, main: bool = False) -> str:
    """A button that calls an action."""
    return f'<button type="button" data-act="{esc(action)}"{" class=cs-main" if main else ""}>{esc(name)}</button>'


def said(content: str) -> str:
    """A place whose changes a screen reader tells."""
    return f'<div role="status">{content}</div>'
