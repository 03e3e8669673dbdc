"""The guided notebook: from a recording of a failed sign-in to its cause and the fix, in three steps.

`GuidedModel` holds the state and decides, without widgets; `GuidedView` shows it; `show()` puts both on the page.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb.notebook import sign_in, users_panel, widgets
from connect_saml_nb.notebook.aws_account import Account
from connect_saml_nb.notebook.guided import case_pack, error_text, next_steps, recording_help
from connect_saml_nb.notebook.guided.model import GuidedModel, Intake, More, Place
from connect_saml_nb.notebook.users_panel import UsersFrom
from connect_saml_nb.render.html import Markup, render

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Account", "GuidedModel", "GuidedView", "Intake", "More", "UsersFrom", "show"]

_ONE_CAPTURE = {
    "choose": "Choose a file…",
    "accept": ".har,.zhar,.gz,.zip,.json,.txt,.xml",
    "pasteLabel": "Or paste a SAML response (XML, base64 or SAMLResponse=…)",
    "pasteName": "pasted text",
}
_CAPTURE_WORDS = _ONE_CAPTURE | {"invite": "Drop the HAR file here, or", "several": "yes"}
_GOOD_WORDS = _ONE_CAPTURE | {"invite": "Drop a recording of a sign-in that works here, or"}
_AGAIN_WORDS = _ONE_CAPTURE | {"invite": "Drop the recording of the new sign-in here, or"}
_METADATA_WORDS = {
    "invite": "Drop the metadata here, or",
    "choose": "Choose a file…",
    "accept": ".xml,.txt",
    "pasteLabel": "Or paste the XML",
    "pasteName": "pasted metadata",
}


class GuidedView(widgets.View):
    """The page: panels and uploads. Each handler calls the model once; `refresh` shows what it says."""

    def __init__(self, model: GuidedModel) -> None:
        super().__init__()
        self.model = model
        follow, click, read, boundary = self.follow, self.click, self.read, self.boundary
        find = click(model.find_cause, "result/verdict")
        self.head = widgets.Panel(boundary)
        self.screen = widgets.Panel(
            boundary,
            actions={
                "screen": follow(model.set_screen),
                "forget": click(model.forget_screen),
                "explain": widgets.press(lambda: self.screen.goto("screen")),
            },
            fields={"screen": follow(model.set_screen), "known": follow(model.set_screen)},
        )
        self.capture = widgets.Panel(
            boundary,
            actions={"find": find},
            fields={
                "intake": read(Intake, model.choose_intake),
                "sample": follow(model.choose_sample),
                "path": follow(model.set_path),
            },
        )
        self.capture_upload = widgets.Upload(boundary, follow(self._receive, "result/verdict"), _CAPTURE_WORDS)
        self.users = widgets.Panel(
            boundary,
            actions={
                "list": click(self._list_instances),
                "ask": click(self._list_users),
                "read": click(model.read_users),
            },
            fields=users_panel.users_fields(self, model),
        )
        self.users_upload = widgets.Upload(boundary, follow(model.receive_users), users_panel.UPLOAD_WORDS)
        self.find = widgets.Panel(boundary, actions={"find": find})
        self.result = widgets.Panel(boundary, actions={"pick": read(Place.read, model.pick, "result/verdict")})
        self.more = widgets.Panel(
            boundary,
            actions={
                "good_sample": click(model.use_good_sample),
                "pack": self._download(model.case_pack),
                "redacted": self._download(model.redacted_recording),
                "ask_account": click(self._ask_account),
                "read_evidence": click(model.read_evidence),
                "read_key": click(model.read_key),
                "forget_extra": click(model.forget_extra),
            },
            fields={
                "more": read(More, model.choose_more),
                "name": follow(lambda text: model.suppose(name=text)),
                "added": follow(lambda text: model.suppose(added=text)),
                "removed": follow(lambda text: model.suppose(removed=text)),
                "profile": follow(model.account.set_profile),
                "region": follow(model.account.set_region),
                "evidence_path": follow(model.set_evidence_path),
                "key_path": follow(model.set_key_path),
                **{part: read(widgets.is_true, partial(model.choose_contents, part)) for part in case_pack.PARTS},
            },
        )
        self.metadata_upload = widgets.Upload(boundary, follow(model.receive_metadata), _METADATA_WORDS)
        self.good_upload = widgets.Upload(boundary, follow(model.receive_good, "compared/comparison"), _GOOD_WORDS)
        self.compared = widgets.Panel(boundary)
        self.again_upload = widgets.Upload(boundary, follow(model.receive_again, "result/recheck"), _AGAIN_WORDS)
        self.lay_out(
            *(self.head, self.screen, self.capture, self.capture_upload, self.users, self.users_upload, self.find),
            *(self.alert, self.result, self.more, self.metadata_upload, self.good_upload, self.compared),
            self.again_upload,
        )

    # Handlers.

    def _receive(self, name: str, file: BinaryIO) -> None:
        self.model.receive_capture(name, file, is_added=self.capture_upload.is_added)

    def _list_instances(self) -> None:
        self._show_users("AWS is being asked for the instances …")
        self.model.account.list_instances()

    def _list_users(self) -> None:
        self._show_users("AWS is being asked for the users …")
        self.model.ask_aws(lambda count: self._show_users(f"AWS is answering: {count:,} users so far …"))

    def _show_users(self, progress: str = "") -> None:
        self.users.show(users_panel.users_panel(self.model, progress))

    def _ask_account(self) -> None:
        self._show_more("The AWS account is being asked …")
        self.model.ask_account(lambda what: self._show_more(f"The AWS account is being asked: {what} …"))

    def _show_more(self, progress: str = "") -> None:
        self.more.show(next_steps.next_steps(self.model, progress))

    def _download(self, make: Callable[[], tuple[str, bytes]]) -> Callable[[str], object]:
        return widgets.press(lambda: self.more.download(*make()))

    # What the panels show.

    def refresh(self) -> None:
        """Show what the model says."""
        model = self.model
        self.head.show_of((), lambda: render("guided/head.html"))
        self.screen.show_of((model.screen,), self._screen)
        self.capture.show(self._capture())
        self._show_users()
        self.find.show(render("guided/find.html", model=model))
        self.result.show_of((model.diagnoses, model.chosen, model.recheck), self._result)
        self._show_more()
        is_judged = model.sign_in_diagnosis is not None
        is_compared = is_judged and model.more is More.COMPARE
        self.compared.show(next_steps.comparison_panel(model.comparison if is_compared else None))
        widgets.show_if(self.capture_upload, is_shown=model.intake is Intake.OWN)
        widgets.show_if(self.users_upload, is_shown=model.users_from is UsersFrom.FILE)
        widgets.show_if(self.metadata_upload, is_shown=is_judged and model.more is More.EVIDENCE)
        widgets.show_if(self.good_upload, is_shown=is_compared)
        widgets.show_if(self.again_upload, is_shown=is_judged and model.more is More.AGAIN)

    def _screen(self) -> Markup:
        known = error_text.known_texts()
        return render("guided/screen.html", model=self.model, advice=self.model.advice, known=known)

    def _result(self) -> Markup:
        recheck = next_steps.recheck_card(self.model.recheck)
        return recheck + sign_in.result(self.model.diagnoses, self.model.chosen)

    def _capture(self) -> Markup:
        model = self.model
        return render(
            "guided/capture.html",
            model=model,
            samples=[(sample.name, sample.title) for sample in model.samples],
            first_looks=[recording_help.first_look(*each) for each in model.first_looks],
            signs=recording_help.SIGNS,
            heads=recording_help.HEADS,
            recording_help=recording_help.recording_help(),
        )


#: What AWS answered, kept while the kernel runs: running the cell again does not ask again.
_ACCOUNT = Account()


def show() -> None:
    """Show the guided page in the notebook; an earlier one is closed, and with it goes the recording that it held."""
    widgets.show_view(GuidedView, lambda: GuidedModel(account=_ACCOUNT))
