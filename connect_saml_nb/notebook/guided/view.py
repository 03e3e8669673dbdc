"""The guided notebook: from a recording of a failed sign-in to its cause and the fix, in three steps.

`GuidedModel` holds the state and decides, without widgets; `GuidedView` shows it; `show()` puts both on the page.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

import IPython.display

from connect_saml_nb.notebook import components, result, users_panel, widgets
from connect_saml_nb.notebook.aws_account import Account
from connect_saml_nb.notebook.guided import case_pack, error_text, next_steps, recording_help
from connect_saml_nb.notebook.guided.model import GuidedModel, Intake, More, UsersFrom

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.samples import Sample

__all__ = ["Account", "GuidedModel", "GuidedView", "Intake", "More", "UsersFrom", "show"]

# --- the view ----------------------------------------------------------------------------------------------

_HEAD = """
<p>What does the screen say? That alone narrows it down. Then three steps: give a <strong>recording</strong> of the
failed sign-in (a HAR file from the browser), say where the <strong>Connect users</strong> are, and read the
<strong>cause</strong> and what to do. You need not know SAML.</p>
<p class="cs-quiet">The recording is read on the machine on which this notebook runs and is sent nowhere. AWS is asked
only when you click for it, and only for lists of instances and users. A recording holds live credentials: treat
it like a password. What is shown here is not saved with the notebook.</p>
"""
_WORDS = """
<dl class="cs-remedy">
<dt>Identity provider (IdP)</dt><dd>The company’s sign-in service, such as Entra ID, Okta, Ping, AD FS or IAM Identity
Center. It tells AWS who the person is.</dd>
<dt>SAML response, assertion</dt><dd>The signed form in which it tells that. The browser carries it to AWS.</dd>
<dt>RoleSessionName</dt><dd>The name in it that AWS looks for among the Connect usernames: letter for letter.</dd>
<dt>Role</dt><dd>The AWS role that the person gets; it must be allowed to open Connect
(connect:GetFederationToken).</dd>
<dt>Relay state</dt><dd>The address, sent along, that says which Connect instance to open.</dd></dl>
"""
_INTAKES = {
    Intake.OWN: ("My recording", "A HAR file on my computer (also .har.gz or .zip), or a copied SAML response."),
    Intake.PATH: ("A file on the server", "A recording that is already on the machine on which this notebook runs."),
    Intake.SAMPLE: ("An example", "Made-up captures with known causes: to see what this page does."),
}
_CAPTURE_WORDS = {
    "invite": "Drop the HAR file here, or",
    "choose": "Choose a file…",
    "several": "yes",
    "accept": ".har,.zhar,.gz,.zip,.json,.txt,.xml",
    "pasteLabel": "Or paste a SAML response (XML, base64 or SAMLResponse=…)",
    "pasteName": "pasted text",
}
_USERS_WORDS = {
    "invite": "Drop the saved list here, or",
    "choose": "Choose a file…",
    "accept": ".json,.csv,.txt,.gz",
}
_METADATA_WORDS = {
    "invite": "Drop the metadata here, or",
    "choose": "Choose a file…",
    "accept": ".xml,.txt",
    "pasteLabel": "Or paste the XML",
    "pasteName": "pasted metadata",
}
_ONE_CAPTURE = {key: words for key, words in _CAPTURE_WORDS.items() if key != "several"}
_GOOD_WORDS = _ONE_CAPTURE | {"invite": "Drop a recording of a sign-in that works here, or"}
_AGAIN_WORDS = _ONE_CAPTURE | {"invite": "Drop the recording of the new sign-in here, or"}


class GuidedView:
    """The page: panels and uploads. Each handler calls the model once; `refresh` shows what it says."""

    def __init__(self, model: GuidedModel) -> None:
        self.model = model
        self.boundary = widgets.Boundary(self._alert)
        self.head = widgets.Panel(self.boundary)
        said = self._then(model.set_screen)
        self.screen = widgets.Panel(
            self.boundary,
            actions={"screen": said, "explain": lambda _: self.screen.goto("screen"), "forget": said},
            fields={"screen": said, "known": said},
        )
        self.capture = widgets.Panel(
            self.boundary,
            actions={"find": self._find},
            fields={
                "intake": self._then(model.choose_intake),
                "sample": self._then(model.choose_sample),
                "path": self._then(model.set_path),
            },
        )
        self.capture_upload = widgets.Upload(self.boundary, self._received, _CAPTURE_WORDS)
        self.users = widgets.Panel(
            self.boundary,
            actions={
                "list": lambda _: self._list(),
                "ask": lambda _: self._ask(),
                "read": self._then(lambda _: model.read_users()),
            },
            fields={
                "users": self._then(model.choose_users),
                "users_path": self._then(model.set_users_path),
                "instance": self._then(model.account.set_instance),
                "alias": self._then(model.account.choose_instance),
                "region": self._then(model.account.set_region),
                "profile": self._then(model.account.set_profile),
            },
        )
        self.users_upload = widgets.Upload(self.boundary, self._received_users, _USERS_WORDS)
        self.find = widgets.Panel(self.boundary, actions={"find": self._find})
        self.alert = widgets.Panel(self.boundary)
        self.result = widgets.Panel(self.boundary, actions={"pick": self._pick})
        self.more = widgets.Panel(
            self.boundary,
            actions={
                "good_sample": self._then(lambda _: model.use_good_sample()),
                "pack": self._downloading(model.case_pack),
                "redacted": self._downloading(model.redacted_recording),
                "ask_account": lambda _: self._ask_account(),
                "read_evidence": self._judging(model.read_evidence),
                "read_key": self._judging(model.read_key),
                "forget_given": self._judging(model.forget_given),
            },
            fields={
                "more": self._then(model.choose_more),
                "name": self._then(lambda text: model.suppose(name=text)),
                "added": self._then(lambda text: model.suppose(added=text)),
                "removed": self._then(lambda text: model.suppose(removed=text)),
                "profile": self._then(model.account.set_profile),
                "region": self._then(model.account.set_region),
                "evidence_path": self._then(model.set_evidence_path),
                "key_path": self._then(model.set_key_path),
                **{part: self._then(partial(model.choose_contents, part)) for part in case_pack.PARTS},
            },
        )
        self.metadata_upload = widgets.Upload(self.boundary, self._received_metadata, _METADATA_WORDS)
        self.good_upload = widgets.Upload(self.boundary, self._received_good, _GOOD_WORDS)
        self.compared = widgets.Panel(self.boundary)
        self.again_upload = widgets.Upload(self.boundary, self._received_again, _AGAIN_WORDS)
        self.widget = widgets.Page(
            [
                self.head,
                self.screen,
                self.capture,
                self.capture_upload,
                self.users,
                self.users_upload,
                self.find,
                self.alert,
                self.result,
                self.more,
                self.metadata_upload,
                self.good_upload,
                self.compared,
                self.again_upload,
            ]
        )
        self.refresh()

    def close(self) -> None:
        """Take the page away, in the browser too."""
        for part in (*self.widget.children, self.widget):
            part.close()

    # Handlers.

    def _then(self, do: Callable[[str], object]) -> Callable[[str], None]:
        return widgets.following(do, self.refresh)

    def _find(self, _: str) -> None:
        self._then(lambda _: self.model.find_cause())("")
        self.result.goto("verdict")

    def _received(self, name: str, file: BinaryIO) -> None:
        is_added = self.capture_upload.is_added
        self._then(lambda _: self.model.receive_capture(name, file, is_added=is_added))("")
        self.result.goto("verdict")

    def _received_users(self, name: str, file: BinaryIO) -> None:
        self._then(lambda _: self.model.receive_users(name, file))("")

    def _list(self) -> None:
        self._progress("AWS is being asked for the instances …")
        self._then(lambda _: self.model.list_instances())("")

    def _ask(self) -> None:
        self._progress("AWS is being asked for the users …")
        self._then(lambda _: self.model.ask_aws(self._counted))("")

    def _counted(self, count: int) -> None:
        self._progress(f"AWS is answering: {count:,} users so far …")

    def _progress(self, words: str) -> None:
        self.users.show(users_panel.users_html(self.model, words))

    def _judging(self, do: Callable[[], object]) -> Callable[[str], None]:
        """Make a handler for what can change the verdict."""
        return self._then(lambda _: do())

    def _ask_account(self) -> None:
        self._asking("The AWS account is being asked …")
        self._judging(
            lambda: self.model.ask_account(lambda what: self._asking(f"The AWS account is being asked: {what} …"))
        )("")

    def _asking(self, words: str) -> None:
        self.more.show(next_steps.more_html(self.model, words))

    def _received_metadata(self, name: str, file: BinaryIO) -> None:
        self._judging(lambda: self.model.receive_metadata(name, file))("")

    def _received_good(self, name: str, file: BinaryIO) -> None:
        self._then(lambda _: self.model.receive_good(name, file))("")
        self.compared.goto("comparison")

    def _received_again(self, name: str, file: BinaryIO) -> None:
        self._then(lambda _: self.model.receive_again(name, file))("")
        self.result.goto("recheck")

    def _downloading(self, make: Callable[[], tuple[str, bytes]]) -> Callable[[str], None]:
        return lambda _: self.more.download(*make())

    def _pick(self, place: str) -> None:
        self._then(self.model.pick)(place)
        self.result.goto("verdict")

    def _alert(self, html: str) -> None:
        self.alert.show(f'<div role="alert" data-at="alert" tabindex="-1">{html}</div>' if html else "")
        if html:
            self.alert.goto("alert")

    # What the panels show.

    def refresh(self) -> None:
        """Show what the model says."""
        model = self.model
        self.head.show(_HEAD + components.folded("Words used here", _WORDS))
        self.screen.show(self._screen_html())
        self.capture.show(self._capture_html())
        _show_if(self.capture_upload, model.intake is Intake.OWN)
        self.users.show(users_panel.users_html(model))
        _show_if(self.users_upload, model.users_from is UsersFrom.FILE)
        self.find.show(self._find_html())
        self.result.show(next_steps.recheck_html(model.recheck) + result.result(model.diagnoses, model.chosen))
        self.more.show(next_steps.more_html(model))
        is_judged = model.sign_in_diagnosis is not None
        compared = model.comparison if is_judged and model.more is More.COMPARE else None
        self.compared.show(widgets.said(next_steps.comparison_html(compared)) if compared else "")
        _show_if(self.metadata_upload, is_judged and model.more is More.EVIDENCE)
        _show_if(self.good_upload, is_judged and model.more is More.COMPARE)
        _show_if(self.again_upload, is_judged and model.more is More.AGAIN)

    def _screen_html(self) -> str:
        model = self.model
        known = [("", "— choose a text or what happened —"), *((t, t) for t in error_text.known_texts())]
        box = widgets.entry("Type or paste it here", "screen", model.screen, "Access denied …", enter="explain")
        chosen = model.screen if model.screen in error_text.known_texts() else ""
        fields = box + widgets.menu("Or choose it", "known", known, chosen)
        again = widgets.button("Clear", "forget") if model.screen else ""
        told = widgets.said(error_text.advice_html(model.advice))
        return f'<h2>What does the screen say?</h2><div class="cs-fields">{fields}</div>{again}{told}'

    def _capture_html(self) -> str:
        model = self.model
        intakes = [i for i in Intake if i is not Intake.SAMPLE or model.samples]
        options = [(i.value, *_INTAKES[i]) for i in intakes]
        html = "<h2>1 · The recording</h2>" + widgets.choice("Where is it?", "intake", options, model.intake)
        if model.intake is Intake.SAMPLE and model.sample:
            names = [(s.name, s.title) for s in model.samples]
            html += widgets.menu("Example", "sample", names, model.sample.name)
            html += _message_line(model.sample)
        if model.intake is Intake.PATH:
            html += widgets.entry("Path of the recording", "path", model.path, "recordings/saml.har", enter="find")
            html += self._files_html()
        if model.intake is Intake.OWN and model.received:
            html += widgets.said(f"<p>✔ {components.value(model.received)} is here. Another one takes its place.</p>")
        html += self._readiness_html()
        if model.intake is not Intake.SAMPLE:
            html += components.folded("How to make a good recording", recording_help.help_html())
        return html

    def _files_html(self) -> str:
        files = self.model.server_files
        options = [("", "— choose —"), *((path, path) for path in files)]
        chosen = self.model.path if self.model.path in files else ""
        return widgets.menu("Or choose one that lies there", "path", options, chosen) if files else ""

    def _readiness_html(self) -> str:
        shown = [recording_help.readiness_html(*each) for each in self.model.first_looks]
        return widgets.said("".join(shown)) if shown and not self.model.is_sample else ""

    def _find_html(self) -> str:
        blockers = components.items(map(components.esc, self.model.blockers))
        missing = f"<p>Still missing:</p>{blockers}" if blockers else ""
        return "<h2>3 · The cause</h2>" + widgets.button("Find the cause", "find", main=True) + widgets.said(missing)


def _show_if(widget: widgets.Upload, is_shown: bool) -> None:  # noqa: FBT001 - reads as a sentence
    widget.layout.display = "" if is_shown else "none"


def _message_line(sample: Sample) -> str:
    """What the person saw on the screen."""
    said = f"On the screen: ‘{components.esc(sample.message)}’" if sample.message else "The person signed in."
    return f'<p class="cs-quiet">{said}</p>'


#: What AWS answered, kept while the kernel runs: running the cell again does not ask again.
_ACCOUNT = Account()


_SHOWN: list[GuidedView] = []


def show() -> None:
    """Show the guided page in the notebook; an earlier one is closed, and with it goes the recording that it held."""
    while _SHOWN:
        _SHOWN.pop().close()
    _SHOWN.append(GuidedView(GuidedModel(account=_ACCOUNT)))
    display = cast("Callable[[object], None]", IPython.display.display)
    display(_SHOWN[0].widget)
