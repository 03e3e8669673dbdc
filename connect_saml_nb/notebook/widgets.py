"""What all notebook pages share: private widgets, uploads, one error boundary, the view.

What a page shows comes from captures and must not get into a saved notebook. JupyterLab saves the synced state of every
widget, so nothing of that kind is state here: a `Panel` gets its HTML, and an `Upload` gives its bytes, in messages.
"""

from __future__ import annotations

import os
import tempfile
import traceback
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, TypeVar, cast

import anywidget
import IPython.display
import ipywidgets
import traitlets

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.data import INPUT_LIMIT
from connect_saml_nb.io.source import label
from connect_saml_nb.render.html import Markup, macro, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Message = Mapping[str, Any]

_T = TypeVar("_T")
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
            self._show(notice("Stopped before the end: the kernel was interrupted.", "warn"))
        except ConnectSamlError as error:
            self._show(notice(str(error), "bad"))
        except Exception as error:  # noqa: BLE001 - the boundary: the next step would be ipywidgets' silent log
            self.unexpected.append(f"{type(error).__name__} in {_last_place(error)}")
            self._show(fault(error))


def notice(message: str, style: str) -> str:
    """A sentence that should not be missed, as HTML; `style` is `warn` or `bad`."""
    return macro("notice")(message, style)


def fault(error: BaseException) -> str:
    """An error of this package as HTML: its kind and the way through the code, no message and no values."""
    lines = "\n".join(_place(frame) for frame in traceback.extract_tb(error.__traceback__))
    return render("fault.html", kind=type(error).__name__, lines=lines)


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
        self._facts: tuple[object, ...] | None = None
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

    def show_of(self, facts: tuple[object, ...], make: Callable[[], str]) -> None:
        """Show what `make` gives for these facts; it is made only where one of them is another object than before."""
        if self._facts is None or any(new is not old for new, old in zip(facts, self._facts, strict=True)):
            self._facts = facts
            self.show(make())

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


# --- the view ----------------------------------------------------------------------------------------------


class View:
    """A page: its panels and uploads. `refresh` shows what the model says, after each thing that a person does."""

    def __init__(self, panel: type[Panel] = Panel) -> None:
        self.boundary = Boundary(self._alert)
        self.alert = panel(self.boundary)
        self.widget = Page()

    def lay_out(self, *parts: Panel | Upload) -> None:
        """Put the parts on the page, and fill them."""
        self.widget.children = parts
        self.refresh()

    def refresh(self) -> None:
        """Show what the model says."""
        raise NotImplementedError

    def close(self) -> None:
        """Take the page away, in the browser too."""
        for part in (*self.widget.children, self.widget):
            part.close()

    def follow(self, do: Callable[..., object], place: str = "") -> Callable[..., None]:
        """Make a handler: do it, refresh the page whatever came of it, and go to a place where it was done.

        `place` is a panel of this view and a part in it: `result/verdict`.
        """

        def handle(*arguments: object) -> None:
            try:
                do(*arguments)
            finally:
                self.refresh()
            if place:
                panel, _, part = place.partition("/")
                getattr(self, panel).goto(part)

        return handle

    def click(self, do: Callable[[], object], place: str = "") -> Callable[[str], object]:
        """Make the handler of a button that has no value."""
        return press(self.follow(do, place))

    def read(self, kind: Callable[[str], _T], do: Callable[[_T], object], place: str = "") -> Callable[[str], None]:
        """Make the handler of a field or button whose value is not text: `kind` reads it from the message."""
        handle = self.follow(do, place)
        return lambda text: handle(kind(text))

    def _alert(self, html: str) -> None:
        self.alert.show(render("alert.html", message=Markup(html)) if html else "")
        if html:
            self.alert.goto("alert")


def press(do: Callable[[], object]) -> Callable[[str], object]:
    """Make the handler of a button that has no value, and after which the page need not be refreshed."""
    return lambda _: do()


def is_true(text: str) -> bool:
    """Whether a checkbox is on, as its message says."""
    return text == "true"


def clean_path(text: str) -> str:
    """A path as people paste it: without quotes and spaces around it, `~` understood."""
    bare = text.strip().strip("\"'").strip()
    return os.path.expanduser(bare) if bare.startswith("~") else bare  # noqa: PTH111 - an impossible path must not raise


def show_if(upload: Upload, *, is_shown: bool) -> None:
    """Show an upload, or take it off the page."""
    upload.layout.display = "" if is_shown else "none"


_SHOWN: dict[object, View] = {}


def show_view(view: Callable[[Any], View], make_model: Callable[[], object]) -> None:
    """Show a page in the notebook; an earlier one of its kind is closed, and with it goes what it held."""
    if view in _SHOWN:
        _SHOWN.pop(view).close()
    _SHOWN[view] = view(make_model())
    display = cast("Callable[[object], None]", IPython.display.display)
    display(_SHOWN[view].widget)
