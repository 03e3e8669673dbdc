"""The guided notebook: from a recording of a failed sign-in to its cause and the fix, in three steps.

`GuidedModel` holds the state and decides, without widgets; `GuidedView` shows it; `show()` puts both on the page.
"""

from __future__ import annotations

import os
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import IPython.display

from connect_saml_nb import har
from connect_saml_nb.apps import _cards, _page, _recording, _result, _screen
from connect_saml_nb.diagnosis import Directory, diagnose, unreadable
from connect_saml_nb.errors import CaptureError, ConnectSamlError, UserListError
from connect_saml_nb.practice.samples import Sample, practice_users
from connect_saml_nb.practice.samples import samples as bundled_samples
from connect_saml_nb.users import list_users, read_user_lists
from connect_saml_nb.verdict import rank

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connect_saml_nb.model import Capture, Diagnosis, Judgement, Users

_MOST_CAPTURES = 100
_LOOKS_SHOWN = 5


class Intake(StrEnum):
    """Where the recording comes from."""

    OWN = "own"
    PATH = "path"
    SAMPLE = "sample"


class UsersFrom(StrEnum):
    """Where the list of Connect users comes from."""

    PRACTICE = "practice"
    NONE = "none"
    AWS = "aws"
    FILE = "file"


# --- the model ---------------------------------------------------------------------------------------------


class GuidedModel:
    """What the person chose, what was read, and what came of it. No widgets, no AWS call before `ask_aws`."""

    def __init__(
        self, samples: Sequence[Sample] | None = None, *, ask_users: Callable[..., Users] = list_users
    ) -> None:
        self.samples = _bundled() if samples is None else tuple(samples)
        self.intake = Intake.OWN
        self.sample = self.samples[0] if self.samples else None
        self.path = ""
        self.users_path = ""
        self.screen = ""
        self.instance_id, self.region, self.profile = "", "", ""
        self.saved: tuple[Users, ...] = ()
        self.live: tuple[Users, ...] = ()
        self.diagnoses: tuple[Diagnosis, ...] = ()
        self.chosen = (0, 0)
        self._ask_users = ask_users
        self._users_from = {True: UsersFrom.PRACTICE, False: UsersFrom.NONE}
        self._suggested, self._received = "", ""
        self._own: tuple[Capture | har.Unreadable, ...] = ()
        self._captures: tuple[Capture | har.Unreadable, ...] = ()
        self._looked: tuple[Diagnosis, ...] = ()
        self._directory = Directory()

    # What there is to choose from, and what stands in the way.

    @property
    def users_sources(self) -> tuple[UsersFrom, ...]:
        """The sources that fit: practice users belong to the samples and never judge a real person."""
        return tuple(s for s in UsersFrom if s is not UsersFrom.PRACTICE or self.is_sample)

    @property
    def users_from(self) -> UsersFrom:
        """The chosen source of users: remembered apart for samples and for real captures."""
        return self._users_from[self.is_sample]

    @property
    def received(self) -> str:
        """What the dropped, chosen or pasted recording is called; empty where there is none yet."""
        return self._received if self._own else ""

    @property
    def is_sample(self) -> bool:
        """Whether a bundled example is looked at."""
        return self.intake is Intake.SAMPLE

    @property
    def blockers(self) -> tuple[str, ...]:
        """What is missing before the cause can be looked for, as sentences."""
        return tuple(filter(None, (self._capture_blocker(), self._users_blocker())))

    def _capture_blocker(self) -> str:
        if self.intake is Intake.OWN and not self._own:
            return "Step 1: drop or choose the recording, or paste a SAML response."
        if self.intake is Intake.PATH and not self.path:
            return "Step 1: enter the path of the recording."
        return "" if not self.is_sample or self.sample else "Step 1: there are no bundled examples here."

    def _users_blocker(self) -> str:
        without = "or choose to go on without a list."
        if self.users_from is UsersFrom.AWS and not self.live:
            return f"Step 2: click ‘Ask AWS for the users’, {without}"
        if self.users_from is UsersFrom.FILE and not self.saved:
            return f"Step 2: give the saved list of users, {without}"
        return ""

    @property
    def aws_blockers(self) -> tuple[str, ...]:
        """What is missing before AWS can be asked, as sentences."""
        missing = "Enter the instance ID. It stands in the recording’s relay state, and in the Amazon Connect console."
        return () if self.instance_id else (missing,)

    @property
    def lists(self) -> tuple[Users, ...]:
        """The lists of users that sign-ins are compared with."""
        if self.users_from is UsersFrom.PRACTICE:
            return (practice_users(),)
        return {UsersFrom.AWS: self.live, UsersFrom.FILE: self.saved}.get(self.users_from, ())

    # Step 0: what the screen says.

    def set_screen(self, text: str) -> None:
        """Take what the screen says: typed, pasted or chosen."""
        self.screen = text.strip()

    @property
    def advice(self) -> _screen.Advice | None:
        """What that means and what can be the cause; None where nothing was said."""
        return _screen.advice(self.screen)

    # Step 1: the recording.

    def choose_intake(self, intake: str) -> None:
        """Choose where the recording comes from."""
        self.intake = Intake(intake)
        self._forget_result()

    def choose_sample(self, key: str) -> None:
        """Choose a bundled sample."""
        self.sample = next(s for s in self.samples if s.name == key)
        self._forget_result()

    def set_path(self, path: str) -> None:
        """Name the recording on the server; quotes around it and `~` are understood."""
        if _path(path) != self.path:
            self.path = _path(path)
            self._forget_result()

    def receive_capture(self, name: str, file: BinaryIO) -> None:
        """Take a recording that was dropped, chosen or pasted, and look for the cause at once."""
        self.intake = Intake.OWN
        self._own, self._received = _read(file, name), name
        self.find_cause()
        self._looked = self.diagnoses or tuple(_diagnosed(capture, Directory()) for capture in self._own)

    def _forget_result(self) -> None:
        self.diagnoses, self._captures = (), ()
        self.chosen = (0, 0)

    @property
    def first_looks(self) -> tuple[tuple[Diagnosis, Judgement | None], ...]:
        """What a look at the recordings shows before any list of users is there: each with its worst sign-in."""
        return tuple((d, _worst_of(d)) for d in (self.diagnoses or self._looked)[:_LOOKS_SHOWN])

    # Step 2: the users.

    def choose_users(self, source: str) -> None:
        """Choose where the users come from; a verdict that is shown follows at once."""
        self._users_from[self.is_sample] = UsersFrom(source)
        self._judge()

    def set_users_path(self, path: str) -> None:
        """Name a saved list on the server."""
        self.users_path = _path(path)

    def read_users(self) -> None:
        """Read the saved list on the server. Raises UserListError."""
        if not self.users_path:
            raise UserListError("Enter the path of the saved list first.")
        self._save(read_user_lists(self.users_path))

    def receive_users(self, name: str, file: BinaryIO) -> None:
        """Take a saved list that was dropped or chosen. Raises UserListError."""
        self._save(read_user_lists(file, name=name))

    def _save(self, lists: tuple[Users, ...]) -> None:
        self.saved = lists
        self.choose_users(UsersFrom.FILE)

    def set_instance(self, instance_id: str) -> None:
        """Name the Connect instance by its ID or ARN."""
        self.instance_id = instance_id.strip()

    def set_region(self, region: str) -> None:
        """Name the instance's Region; empty for the one in the AWS settings."""
        self.region = region.strip()

    def set_profile(self, profile: str) -> None:
        """Name the profile in the AWS settings; empty for the default one."""
        self.profile = profile.strip()

    def ask_aws(self, progress: Callable[[int], None] | None = None) -> None:
        """List the instance's users: the only call to AWS that this page makes. Raises UserListError."""
        if self.aws_blockers:
            raise UserListError(self.aws_blockers[0])
        where = {"region": self.region or None, "profile": self.profile or None}
        self.live = (self._ask_users(self.instance_id, progress=progress, **where),)
        self._judge()

    # Step 3: the cause.

    def find_cause(self) -> None:
        """Read the recording and diagnose it; nothing happens while something is missing."""
        if self.blockers:
            self._forget_result()
            return
        if self.intake is Intake.OWN:
            self._captures = self._own
        elif self.sample is not None and self.is_sample:
            self._captures = _read(self.sample.path)
        else:
            self._captures = _read(self.path)
        self.chosen = (0, 0)
        self._judge(choose=True)

    def _judge(self, *, choose: bool = False) -> None:
        """Diagnose what was read with the users that are there."""
        if not self._captures:
            return
        if self._directory.lists != self.lists:
            self._directory = Directory(self.lists)
        self.diagnoses = tuple(_diagnosed(capture, self._directory) for capture in self._captures)
        if choose:
            self.chosen = _worst(self.diagnoses)
        self._suggest_instance()

    def _suggest_instance(self) -> None:
        """Fill in the instance that the recording names, unless the person entered one."""
        named = next((j.sign_in for d in self.diagnoses for j in d.judgements if j.sign_in.instance_id), None)
        if named is not None and self.instance_id in {"", self._suggested}:
            self.instance_id = self._suggested = named.instance_id or ""
            self.region = named.region or ""

    def pick(self, place: str) -> None:
        """Choose the sign-in to look at: `CAPTURE:SIGN-IN`, both counted from 0."""
        capture, _, sign_in = place.partition(":")
        wanted = (int(capture), int(sign_in))
        if wanted[1] < max(1, len(self.diagnoses[wanted[0]].judgements)):
            self.chosen = wanted


def _bundled() -> tuple[Sample, ...]:
    """The samples that come with the package; none where they were left out."""
    try:
        return bundled_samples()
    except ConnectSamlError:
        return ()


def _path(text: str) -> str:
    """A path as people paste it: without quotes and spaces around it, `~` understood."""
    bare = text.strip().strip("\"'").strip()
    return os.path.expanduser(bare) if bare.startswith("~") else bare  # noqa: PTH111 - an impossible path must not raise


def _read(source: BinaryIO | Path | str, name: str | None = None) -> tuple[Capture | har.Unreadable, ...]:
    """Read every capture in an input, or say why there is none."""
    try:
        found = tuple(islice(har.read_captures(source, name=name), _MOST_CAPTURES + 1))
    except CaptureError as error:
        called = name or Path(str(source)).name
        return (har.Unreadable(called, str(error)),)
    if len(found) <= _MOST_CAPTURES:
        return found
    rest = har.Unreadable("the rest", f"Only the first {_MOST_CAPTURES} captures of this archive are shown here.")
    return (*found[:_MOST_CAPTURES], rest)


def _diagnosed(capture: Capture | har.Unreadable, directory: Directory) -> Diagnosis:
    if isinstance(capture, har.Unreadable):
        return unreadable(capture.name, capture.problem)
    return diagnose(capture, directory)


def _worst_of(diagnosis: Diagnosis) -> Judgement | None:
    return max(diagnosis.judgements, key=lambda j: rank(j.verdict), default=None)


def _worst(diagnoses: Sequence[Diagnosis]) -> tuple[int, int]:
    """The place of the sign-in to look at first: the worst, the last of equals."""
    places = [(rank(j.verdict), at, n) for at, d in enumerate(diagnoses) for n, j in enumerate(d.judgements)]
    return max(places)[1:] if places else (0, 0)


# --- the view ----------------------------------------------------------------------------------------------

_HEAD = """
<p>What does the screen say? That alone narrows it down. Then three steps: give a <strong>recording</strong> of the
failed sign-in (a HAR file from the browser), say where the <strong>Connect users</strong> are, and read the
<strong>cause</strong> and what to do. You need not know SAML.</p>
<p class="cs-quiet">The recording is read on the machine on which this notebook runs and is sent nowhere. AWS is asked
only when you click ‘Ask AWS for the users’, and only for the list of users. A recording holds live credentials: treat
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
_SOURCES = {
    UsersFrom.PRACTICE: ("Practice users", "Made up; they belong to the examples."),
    UsersFrom.NONE: ("No list", "Everything but the person’s name in Connect is checked."),
    UsersFrom.AWS: ("Ask AWS", "Lists the instance’s users with your AWS credentials (connect:ListUsers, read-only)."),
    UsersFrom.FILE: ("A saved list", "The output of ‘aws connect list-users’, or a CSV file with usernames."),
}
_CAPTURE_WORDS = {
    "invite": "Drop the HAR file here, or",
    "choose": "Choose a file…",
    "accept": ".har,.gz,.zip,.json,.txt,.xml",
    "pasteLabel": "Or paste a SAML response (XML, base64 or SAMLResponse=…)",
    "pasteName": "pasted text",
}
_USERS_WORDS = {
    "invite": "Drop the saved list here, or",
    "choose": "Choose a file…",
    "accept": ".json,.csv,.txt,.gz",
}


class GuidedView:
    """The page: five panels and two uploads. Each handler calls the model once; `refresh` shows what it says."""

    def __init__(self, model: GuidedModel) -> None:
        self.model = model
        self.boundary = _page.Boundary(self._alert)
        self.head = _page.Panel(self.boundary)
        said = self._then(model.set_screen)
        self.screen = _page.Panel(
            self.boundary,
            actions={"screen": said, "explain": lambda _: self.screen.goto("screen"), "forget": said},
            fields={"screen": said, "known": said},
        )
        self.capture = _page.Panel(
            self.boundary,
            actions={"find": self._find},
            fields={
                "intake": self._then(model.choose_intake),
                "sample": self._then(model.choose_sample),
                "path": self._then(model.set_path),
            },
        )
        self.capture_upload = _page.Upload(self.boundary, self._received, _CAPTURE_WORDS)
        self.users = _page.Panel(
            self.boundary,
            actions={"ask": lambda _: self._ask(), "read": self._then(lambda _: model.read_users())},
            fields={
                "users": self._then(model.choose_users),
                "users_path": self._then(model.set_users_path),
                "instance": self._then(model.set_instance),
                "region": self._then(model.set_region),
                "profile": self._then(model.set_profile),
            },
        )
        self.users_upload = _page.Upload(self.boundary, self._received_users, _USERS_WORDS)
        self.find = _page.Panel(self.boundary, actions={"find": self._find})
        self.alert = _page.Panel(self.boundary)
        self.result = _page.Panel(self.boundary, actions={"pick": self._pick})
        self.widget = _page.Page(
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
            ]
        )
        self.refresh()

    # Handlers.

    def _then(self, do: Callable[[str], object]) -> Callable[[str], None]:
        """Make a handler: the model does it, and the page follows whatever came of it."""

        def handle(text: str) -> None:
            try:
                do(text)
            finally:
                self.refresh()

        return handle

    def _find(self, _: str) -> None:
        self._then(lambda _: self.model.find_cause())("")
        self.result.goto("verdict")

    def _received(self, name: str, file: BinaryIO) -> None:
        self._then(lambda _: self.model.receive_capture(name, file))("")
        self.result.goto("verdict")

    def _received_users(self, name: str, file: BinaryIO) -> None:
        self._then(lambda _: self.model.receive_users(name, file))("")

    def _ask(self) -> None:
        self.users.show(self._users_html("AWS is being asked …"))
        self._then(lambda _: self.model.ask_aws(self._progress))("")

    def _progress(self, count: int) -> None:
        self.users.show(self._users_html(f"AWS is answering: {count:,} users so far …"))

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
        self.head.show(_HEAD + _cards.folded("Words used here", _WORDS))
        self.screen.show(self._screen_html())
        self.capture.show(self._capture_html())
        _show_if(self.capture_upload, model.intake is Intake.OWN)
        self.users.show(self._users_html())
        _show_if(self.users_upload, model.users_from is UsersFrom.FILE)
        self.find.show(self._find_html())
        self.result.show(_result.result(model.diagnoses, model.chosen))

    def _screen_html(self) -> str:
        model = self.model
        known = [("", "— choose a text or what happened —"), *((t, t) for t in _screen.known_texts())]
        box = _page.entry("Type or paste it here", "screen", model.screen, "Access denied …", enter="explain")
        chosen = model.screen if model.screen in _screen.known_texts() else ""
        fields = box + _page.menu("Or choose it", "known", known, chosen)
        again = _page.button("Clear", "forget") if model.screen else ""
        told = _page.said(_screen.advice_html(model.advice))
        return f'<h2>What does the screen say?</h2><div class="cs-fields">{fields}</div>{again}{told}'

    def _capture_html(self) -> str:
        model = self.model
        intakes = [i for i in Intake if i is not Intake.SAMPLE or model.samples]
        options = [(i.value, *_INTAKES[i]) for i in intakes]
        html = "<h2>1 · The recording</h2>" + _page.choice("Where is it?", "intake", options, model.intake)
        if model.intake is Intake.SAMPLE and model.sample:
            names = [(s.name, s.title) for s in model.samples]
            html += _page.menu("Example", "sample", names, model.sample.name)
            html += _message_line(model.sample)
        if model.intake is Intake.PATH:
            html += _page.entry("Path of the recording", "path", model.path, "recordings/saml.har", enter="find")
        if model.intake is Intake.OWN and model.received:
            html += _page.said(f"<p>✔ {_cards.value(model.received)} is here. Another one takes its place.</p>")
        html += self._readiness_html()
        if model.intake is not Intake.SAMPLE:
            html += _cards.folded("How to make a good recording", _recording.help_html())
        return html

    def _readiness_html(self) -> str:
        shown = [_recording.readiness_html(*each) for each in self.model.first_looks]
        return _page.said("".join(shown)) if shown and not self.model.is_sample else ""

    def _users_html(self, progress: str = "") -> str:
        model = self.model
        options = [(s.value, *_SOURCES[s]) for s in model.users_sources]
        html = "<h2>2 · The Connect users</h2>" + _page.choice("Where are they?", "users", options, model.users_from)
        if model.users_from is UsersFrom.AWS:
            html += self._aws_html()
        if model.users_from is UsersFrom.FILE:
            path = _page.entry(
                "Path of a list on the server", "users_path", model.users_path, "users.json", enter="read"
            )
            html += path + _page.button("Read this list", "read")
        lists = "".join(f"<p>{_list_line(users)}</p>" for users in model.lists)
        return html + _page.said(f"<p>{_cards.esc(progress)}</p>" if progress else lists)

    def _aws_html(self) -> str:
        model = self.model
        return (
            '<div class="cs-fields">'
            + _page.entry("Instance ID or ARN", "instance", model.instance_id, "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
            + _page.entry("Region", "region", model.region, "as in your AWS settings")
            + _page.entry("AWS profile", "profile", model.profile, "default")
            + "</div>"
            + _page.button("Ask AWS again" if model.live else "Ask AWS for the users", "ask")
        )

    def _find_html(self) -> str:
        blockers = _cards.items(map(_cards.esc, self.model.blockers))
        missing = f"<p>Still missing:</p>{blockers}" if blockers else ""
        return "<h2>3 · The cause</h2>" + _page.button("Find the cause", "find", main=True) + _page.said(missing)


def _show_if(widget: _page.Upload, is_shown: bool) -> None:  # noqa: FBT001 - reads as a sentence
    widget.layout.display = "" if is_shown else "none"


def _message_line(sample: Sample) -> str:
    """What the person saw on the screen."""
    said = f"On the screen: ‘{_cards.esc(sample.message)}’" if sample.message else "The person signed in."
    return f'<p class="cs-quiet">{said}</p>'


def _list_line(users: Users) -> str:
    """What a list of users holds, in one line."""
    whole = "the whole list" if users.complete else "<strong>not the whole list</strong>"
    where = f", instance {_cards.value(users.instance_id)}" if users.instance_id else ", instance not named"
    region = f" in {_cards.esc(users.region)}" if users.region else ""
    made = f", as of {_cards.when(users.retrieved)}" if users.retrieved else ""
    notes = _cards.items(map(_cards.esc, users.notes))
    return f"✔ {_cards.value(users.source)}: {len(users):,} users, {whole}{where}{region}{made}.{notes}"


def show() -> None:
    """Show the guided page in the notebook."""
    display = cast("Callable[[object], None]", IPython.display.display)
    display(GuidedView(GuidedModel()).widget)
