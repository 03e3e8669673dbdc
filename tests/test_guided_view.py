"""The guided notebook's page: what it shows, what it never lets out, and how it takes files. No browser, no kernel."""

from __future__ import annotations

import gc
import io
import json
import logging
import os
import re
import weakref
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import ipywidgets
import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st
from recorder import Recorder

from connect_saml_nb.errors import UserListError
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.notebook import widgets
from connect_saml_nb.notebook.guided import view as guided
from connect_saml_nb.notebook.guided.view import Account, GuidedModel, GuidedView, More
from connect_saml_nb.notebook.sign_in import MATCH_WORDS
from connect_saml_nb.render import html
from connect_saml_nb.samples import sample
from tests import hostile_capture

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAGS = """
    article section div p span strong em code pre br h2 h3 h4 ul ol li dl dt dd table thead tbody tr th td details summary
    mark bdi a button fieldset legend label input select option small textarea svg g title text tspan line path rect circle
"""
ALLOWED = set(_TAGS.split())
DRAWN = {"svg", "text", "tspan", "line", "path", "rect", "circle"}


@pytest.fixture(autouse=True)
def nothing_swallowed(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test in which a handler raised what nobody expected: ipywidgets would only log it."""
    monkeypatch.setattr(widgets.Boundary, "unexpected", [])
    with caplog.at_level(logging.WARNING):
        yield
    assert ([], []) == (widgets.Boundary.unexpected, [r.getMessage() for r in caplog.records])


class Driver:
    """A page with what its widgets send, driven by the messages that a browser sends."""

    def __init__(self, model: GuidedModel | None = None) -> None:
        self.model = model or GuidedModel()
        self.view = GuidedView(self.model)
        self.sent: list[dict[str, Any]] = []
        for upload in (self.view.capture_upload, self.view.users_upload):
            upload.send = self._keep  # type: ignore[method-assign]

    def _keep(self, content: dict[str, Any], buffers: object = None) -> None:  # noqa: ARG002 - ipywidgets' signature
        self.sent.append(content)

    def message(self, widget: ipywidgets.Widget, content: dict[str, Any], buffers: tuple[bytes, ...] = ()) -> None:
        """Deliver one message of the front end."""
        data = {"method": "custom", "content": content}
        widget._handle_msg({"content": {"data": data}, "buffers": list(buffers)})

    def enter(self, panel: widgets.Panel, field: str, value: str) -> None:
        """Change a field."""
        self.message(panel, {"field": field, "value": value})

    def click(self, panel: widgets.Panel, action: str, value: str = "") -> None:
        """Click a button."""
        self.message(panel, {"act": action, "value": value})

    def drop(self, upload: widgets.Upload, name: str, content: bytes, piece: int = 4 << 20) -> None:
        """Drop a file, as upload.js sends it."""
        self.message(upload, {"upload": "u", "begin": name, "size": len(content)})
        for at in range(0, len(content), piece):
            self.message(upload, {"upload": "u", "piece": at}, (content[at : at + piece],))
        self.message(upload, {"upload": "u", "end": True})

    @property
    def html(self) -> str:
        """Everything that the page shows."""
        view = self.view
        panels = [w for w in view.widget.children if isinstance(w, widgets.Panel)]
        return "".join(panel.html for panel in panels)


def judged(name: str = "user-case-differs") -> Driver:
    """A page that shows a sample's verdict."""
    driver = Driver()
    driver.enter(driver.view.capture, "intake", "sample")
    driver.enter(driver.view.capture, "sample", name)
    driver.click(driver.view.find, "find")
    return driver


def hostile(sign_ins: int = 1) -> Driver:
    """A page that shows the hostile capture with the hostile users."""
    driver = Driver()
    driver.drop(driver.view.users_upload, hostile_capture.payload("list"), hostile_capture.users())
    driver.drop(driver.view.capture_upload, hostile_capture.payload("file"), hostile_capture.capture(sign_ins=sign_ins))
    return driver


class Markup(HTMLParser):
    """Every tag and attribute in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str | None]] = {}
        self.text: list[str] = []
        self.styled: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        self.styled |= {tag} if "style" in dict(attrs) else set()
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value)

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text.append(data)


def text_of(html: str) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", " ".join(Markup(html).text))


# --- what is shown ---


def test_the_card_holds_the_cause_in_one_sentence() -> None:
    """The judgement's own summary, with the two names."""
    html = judged().view.result.html
    assert "The response says Priya.Nair@corp.example , the Connect user is priya.nair@corp.example" in text_of(html)


def test_the_card_tells_each_administrator_what_to_do() -> None:
    """By their titles, not by our short names."""
    html = judged().view.result.html
    titles = re.findall("<dt>([^<]*administrator[^<]*)</dt>", html.partition("</article>")[0])
    expected = [
        "Identity provider administrator (recommended)",
        "Amazon Connect administrator (if that is not possible)",
        "Amazon Connect administrator",  # the way in for whoever is locked out
    ]
    assert expected == titles


def test_a_command_can_be_copied() -> None:
    """The policy for the denied federation stands in the card, with its dollar sign."""
    card = judged("federation-denied").view.result.html.partition("</article>")[0]
    assert ("user/${aws:userid}" in card, 'data-copy="pre"' in card) == (True, True)


def test_every_evidence_leads_to_a_row_that_is_there() -> None:
    """Links to entries do not end nowhere."""
    html = judged().view.result.html
    wanted = set(re.findall('data-goto="([^"]+)"', html))
    assert wanted == wanted & set(re.findall('data-at="([^"]+)"', html))


def test_both_required_attributes_stand_first() -> None:
    """RoleSessionName and Role, whatever the order in the response."""
    html = judged().view.result.html.partition("What the response says about the person")[2]
    assert ["RoleSessionName", "Role"] == re.findall("<strong>([A-Za-z]+)</strong><br>", html)[:2]


def test_a_sign_in_without_a_response_says_so() -> None:
    """Connect opened from a bookmark."""
    assert "The recording holds no SAML response for this sign-in." in text_of(
        judged("session-expired").view.result.html
    )


def test_without_a_list_the_card_says_that_the_name_was_not_compared() -> None:
    """No verdict about users without users."""
    driver = judged()
    driver.enter(driver.view.users, "users", "none")
    assert "was not compared with the users" in text_of(driver.view.result.html)


def test_a_recording_without_sign_in_gets_advice() -> None:
    """What it holds, and how to record again."""
    driver = Driver()
    har = Recorder().get("https://shop.example/").har()
    driver.drop(driver.view.capture_upload, "shop.har", json.dumps(har).encode())
    shown = text_of(driver.view.result.html)
    assert (True, True) == ("nothing of a SAML sign-in" in shown, "Record again in a private window" in shown)


def test_what_cannot_be_read_gets_its_sentence() -> None:
    """A photograph is no recording."""
    driver = Driver()
    driver.drop(driver.view.capture_upload, "photo.png", b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert 'class="cs-notice' in driver.view.result.html


def test_fifty_sign_ins_can_be_picked() -> None:
    """Each has its button, and picking one shows it."""
    driver = hostile(50)
    buttons = re.findall('data-value="0:([0-9]+)"', driver.view.result.html)
    driver.click(driver.view.result, "pick", "0:7")
    assert (50, (0, 7)) == (len(buttons), driver.model.chosen)


def test_many_steps_are_folded_and_none_is_lost() -> None:
    """A busy Connect page makes hundreds of requests."""
    steps = judged("signed-in").model.diagnoses[0].sign_ins[0].sign_in.steps
    assert all(f'data-at="entry-{s.entry.index}"' in judged("signed-in").view.result.html for s in steps)


def test_aws_progress_is_shown_while_it_answers() -> None:
    """Ten thousand users take some seconds."""
    seen: list[str] = []

    def ask(*_: object, progress: Any, **__: object) -> Any:
        progress(3000)
        seen.append(driver.view.users.html)
        raise UserListError("AWS did not answer.")

    driver = Driver(GuidedModel(account=Account(ask_users=ask)))
    driver.enter(driver.view.users, "users", "aws")
    driver.enter(driver.view.users, "instance", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
    driver.click(driver.view.users, "ask")
    assert ("3,000 users so far" in seen[0], "AWS did not answer." in driver.view.alert.html) == (True, True)


def test_differing_characters_are_marked_in_both_names() -> None:
    """Underlined, and a space made visible."""
    pair = html.macro("name_pair")("One", "Jane doe", "Other", "jane.doe")
    expected = ["<mark>J</mark>ane<mark>␠</mark>doe", "<mark>j</mark>ane<mark>.</mark>doe"]
    assert expected == re.findall("<bdi[^>]*>(.*?)</bdi>", pair)


def test_every_match_step_has_words() -> None:
    """A new step of the ladder needs an explanation here."""
    assert set(MatchKind) == set(MATCH_WORDS)


#: JupyterLab 4's backgrounds (`--jp-layout-color1` and `2`), light and dark.
BACKGROUNDS = {"light": ("#ffffff", "#eeeeee"), "dark": ("#212121", "#424242")}


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_every_colour_of_text_stands_out(theme: str) -> None:
    """At least 4.5:1 on both backgrounds (WCAG 2.2, 1.4.3)."""
    blocks = re.findall(r"\{(\s*--cs-text[^}]+)\}", widgets._STYLE)
    named = dict(re.findall(r"--cs-(quiet|link|good|bad|warn|info|open): (#\w+);", blocks[theme == "dark"]))
    weak = []
    for name, colour in named.items():
        for back in BACKGROUNDS[theme]:
            pair = sorted((luminance(colour), luminance(back)))
            contrast = (pair[1] + 0.05) / (pair[0] + 0.05)
            weak += [(name, back, round(contrast, 2))] if contrast < 4.5 else []
    assert (7, []) == (len(named), weak)


# --- what strangers write ---


@for_any(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_escaped_text_is_never_markup(text: str) -> None:
    """Whatever a capture holds, a page shows it as text."""
    parsed = Markup(f'<p title="{html.escaped(text)}">{html.sentence(text)}{html.value(text)}</p>')
    assert (set(), set()) == (parsed.tags - {"p", "bdi"}, set(parsed.attributes) - {"title", "class", "dir"})


def test_escaped_text_shows_what_hides_or_turns_the_line() -> None:
    """Right-to-left overrides, zero-width and control characters, lone surrogates appear as codes."""
    assert r"a\u202eb\u200bc\u0000d\ud800e\u00a0f" == html.escaped("a\u202eb\u200bc\0d\ud800e\u00a0f")


def test_a_page_full_of_hostile_text_holds_only_our_tags() -> None:
    """Nothing of the capture became markup."""
    assert set() == Markup(hostile().html).tags - ALLOWED


def test_a_page_full_of_hostile_text_holds_no_handler() -> None:
    """No attribute runs or loads anything."""
    names = set(Markup(hostile().html).attributes)
    assert set() == {n for n in names if n.startswith("on") or n in {"src", "srcset", "formaction", "xlink:href"}}


def test_only_drawings_are_styled_and_no_style_loads_anything() -> None:
    """A picture's colours are the page's."""
    markup = Markup(hostile().html)
    loading = [s for s in markup.attributes["style"] if re.search(r"url|image|@|\\\\", str(s), re.IGNORECASE)]
    assert ([], set()) == (loading, markup.styled - DRAWN)


@pytest.mark.parametrize("more", More)
def test_whatever_follows_a_hostile_verdict_is_only_our_markup(more: More) -> None:
    """Supposed, compared, checked again and handed over, all of it hostile."""
    driver = hostile()
    driver.enter(driver.view.more, "name", hostile_capture.payload("supposed"))
    driver.enter(driver.view.more, "added", hostile_capture.payload("added"))
    driver.drop(
        driver.view.good_upload, hostile_capture.payload("good"), hostile_capture.capture("another@corp.example")
    )
    driver.drop(
        driver.view.again_upload, hostile_capture.payload("again"), hostile_capture.capture("a.third@corp.example")
    )
    driver.enter(driver.view.screen, "screen", hostile_capture.payload("screen"))
    driver.enter(driver.view.more, "more", more)
    markup = Markup(driver.html)
    assert (set(), []) == (markup.tags - ALLOWED, [n for n in markup.attributes if n.startswith("on")])


def test_links_between_the_parts_of_a_page_end_somewhere() -> None:
    """From the verdict to the step that decides it."""
    driver = judged()
    driver.enter(driver.view.users, "users", "none")
    wanted = set(re.findall('data-goto="([^"]+)"', driver.html))
    assert ({"users"}, set()) == (wanted & {"users"}, wanted - set(re.findall('data-at="([^"]+)"', driver.html)))


def test_a_case_pack_goes_to_the_browser_and_into_no_state() -> None:
    """As bytes in a message."""
    driver = judged()
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    driver.view.more.send = lambda content, buffers=None: sent.append((content, buffers or []))  # type: ignore[method-assign]
    driver.click(driver.view.more, "pack")
    download = next((content, buffers) for content, buffers in sent if "download" in content)
    assert ("case-user-case-differs.zip", b"PK") == (download[0]["download"], download[1][0][:2])


def test_running_the_cell_again_lets_the_older_recording_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording of 200 MB does not stay in memory for a page that nobody sees."""
    monkeypatch.setattr(widgets.IPython.display, "display", lambda _: None)
    guided.show()
    first = weakref.ref(widgets._SHOWN[GuidedView].model)
    guided.show()
    gc.collect()
    assert None is first()


def test_every_link_of_a_page_is_ours() -> None:
    """Only documentation of AWS."""
    links = Markup(hostile().html).attributes["href"]
    assert [] == [link for link in links if not str(link).startswith("https://docs.aws.amazon.com/")]


def test_the_hostile_name_is_shown_all_the_same() -> None:
    """Escaping hides nothing: the person can see what the name really is."""
    assert "<script>canary('cAnArY name')</script>\\u202e\\u200b" in text_of(hostile().view.result.html)


def test_no_credential_is_shown() -> None:
    """Neither the response nor a cookie nor a token, anywhere on the page."""
    html = judged().html
    capture = sample("user-case-differs").path.read_text()
    values = re.findall(r'"value":\s*"([A-Za-z0-9+/=%_.-]{40,})"', capture)
    assert ([], True) == ([v[:12] for v in values if v[:40] in html and "arn" not in v], bool(values))


# --- what is saved ---


def saved_state(driver: Driver) -> str:
    """What JupyterLab would write into the notebook: the state of every widget, and the output of the cell."""
    state = ipywidgets.Widget.get_manager_state(drop_defaults=False)
    return json.dumps([state, driver.view.widget._repr_mimebundle_()], ensure_ascii=False)


def test_a_saved_notebook_holds_nothing_of_the_capture() -> None:
    """Widget state is saved where the person has that switched on."""
    driver = hostile()
    driver.enter(driver.view.capture, "path", "/secret/canary-path.har")
    driver.enter(driver.view.users, "instance", "canary-instance")
    driver.enter(driver.view.screen, "screen", "canary-screen")
    driver.enter(driver.view.more, "name", "canary-supposed@corp.example")
    driver.drop(driver.view.capture_upload, "canary-name.har", sample("user-case-differs").path.read_bytes())
    state = saved_state(driver)
    assert "Priya" in driver.html
    canaries = (
        "canary-path",
        "canary-instance",
        "canary-name",
        "canary-screen",
        "canary-supposed",
        hostile_capture.CANARY,
        "Priya",
        "user-case-differs",
    )
    assert [] == [c for c in canaries if c.casefold() in state.casefold()]


@pytest.mark.parametrize("part", ["widget", "result", "capture_upload"])
def test_the_text_in_place_of_a_widget_says_nothing(part: str) -> None:
    """A widget's repr is what a saved notebook shows without its widgets."""
    assert "Run this cell to open the page." == repr(getattr(judged().view, part))


# --- errors ---


def test_an_expected_error_is_a_sentence_on_the_page() -> None:
    """And nothing else changes."""
    driver = Driver()
    driver.enter(driver.view.users, "users", "file")
    driver.click(driver.view.users, "read")
    assert "Enter the path of the saved list first." in text_of(driver.view.alert.html)


def test_the_next_action_clears_the_error() -> None:
    """An old error beside a new verdict would mislead."""
    driver = Driver()
    driver.enter(driver.view.users, "users", "file")
    driver.click(driver.view.users, "read")
    driver.enter(driver.view.users, "users", "none")
    assert "" == driver.view.alert.html


def failed(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> str:
    """The alert after a fault of our own, with the faults that it counted taken away again."""

    def broken(_: object) -> None:
        secret = "s3cr3t-in-a-local"  # noqa: F841 - must not show
        raise error

    monkeypatch.setattr(guided.GuidedModel, "find_cause", broken)
    driver = Driver()
    driver.click(driver.view.find, "find")
    widgets.Boundary.unexpected.clear()
    return driver.view.alert.html


def test_a_fault_of_our_own_shows_its_kind_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for a bug report."""
    html = failed(monkeypatch, KeyError("s3cr3t-in-a-message"))
    assert (True, True) == ("KeyError" in html, "in broken" in html)


def test_a_fault_of_our_own_shows_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the message nor a local variable."""
    assert "s3cr3t-in-a" not in failed(monkeypatch, KeyError("s3cr3t-in-a-message"))


def test_an_interrupted_kernel_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stop button of the notebook ends a long question to AWS."""
    assert "Stopped before the end" in failed(monkeypatch, KeyboardInterrupt())


# --- uploads ---


def test_a_file_in_pieces_arrives_whole() -> None:
    """Piece by piece, each acknowledged with the number of bytes so far."""
    got: list[tuple[str, bytes]] = []
    driver = Driver()
    upload = driver.view.capture_upload
    upload._taken = lambda name, file: got.append((name, file.read()))
    driver.drop(upload, "a.har", b"0123456789", piece=4)
    assert ([("a.har", b"0123456789")], [0, 4, 8, 10, 10]) == (got, [m["taken"] for m in driver.sent])


def begun(content: bytes = b"0123456789") -> tuple[Driver, widgets.Upload]:
    """A transfer whose first four bytes have arrived."""
    driver = Driver()
    upload = driver.view.capture_upload
    driver.message(upload, {"upload": "u", "begin": "a.har", "size": len(content)})
    driver.message(upload, {"upload": "u", "piece": 0}, (content[:4],))
    return driver, upload


def test_a_cancelled_transfer_leaves_no_file() -> None:
    """It is closed, and a temporary file that is closed is gone."""
    driver, upload = begun()
    file = upload._file
    driver.message(upload, {"upload": "u", "cancel": True})
    assert (True, None) == (file is not None and file.closed, upload._file)


def test_a_transfer_that_is_done_leaves_no_file() -> None:
    """Also when what arrived is no recording."""
    driver = Driver()
    driver.drop(driver.view.capture_upload, "a.har", b"no recording")
    assert None is driver.view.capture_upload._file


def test_a_temporary_file_is_only_its_owners() -> None:
    """Others on a shared server cannot read the credentials in it."""
    _, upload = begun()
    assert upload._file is not None
    mode = os.fstat(upload._file.fileno()).st_mode
    upload._drop()
    assert 0o600 == mode & 0o777


def test_pieces_in_disorder_are_refused() -> None:
    """A part of the file would be missing."""
    driver, upload = begun()
    driver.message(upload, {"upload": "u", "piece": 8}, (b"89",))
    assert "arrived in disorder" in driver.sent[-1]["failed"]


def test_an_early_end_is_refused() -> None:
    """Half a recording is not judged as a whole one."""
    driver, upload = begun()
    driver.message(upload, {"upload": "u", "end": True})
    assert "incomplete" in driver.sent[-1]["failed"]


def test_a_second_file_ends_the_first() -> None:
    """Two views of one page do not mix their files."""
    driver, upload = begun()
    driver.message(upload, {"upload": "v", "begin": "b.har", "size": 4})
    driver.message(upload, {"upload": "u", "piece": 4}, (b"4567",))
    upload._drop()
    assert "another file was begun" in driver.sent[-1]["failed"]


@pytest.mark.parametrize("size", [0, -1, 5 << 30, "12", None])
def test_an_impossible_size_is_refused(size: object) -> None:
    """Nothing is opened for it."""
    driver = Driver()
    driver.message(driver.view.capture_upload, {"upload": "u", "begin": "a.har", "size": size})
    assert ("failed" in driver.sent[-1], None) == (True, driver.view.capture_upload._file)


def test_a_full_disk_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person can do something about it."""
    driver, upload = begun()

    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(upload, "_file", Full())
    driver.message(upload, {"upload": "u", "piece": 4}, (b"4567",))
    assert "cannot be kept on the server (No space left on device)" in driver.sent[-1]["failed"]
