"""The guided page's state and decisions, without widgets."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from connect_saml_nb import har
from connect_saml_nb.compare import compare
from connect_saml_nb.diagnosis import Directory, collect_inputs, diagnose_with, unreadable
from connect_saml_nb.errors import CaptureError, ConnectSamlError, UserListError
from connect_saml_nb.evidence import plan
from connect_saml_nb.model.diagnosis import Relation
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.notebook.aws_account import Account
from connect_saml_nb.notebook.guided import case_pack as case
from connect_saml_nb.notebook.guided import error_text
from connect_saml_nb.notebook.guided.evidence import ExtraInputs
from connect_saml_nb.notebook.guided.recheck import Recheck, recheck_capture, recheck_list
from connect_saml_nb.notebook.guided.what_if import Supposed, Supposition, suppose
from connect_saml_nb.notebook.users_panel import UsersFrom, UsersModel
from connect_saml_nb.notebook.widgets import clean_path
from connect_saml_nb.samples import Sample
from connect_saml_nb.samples import samples as bundled_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connect_saml_nb.compare import Comparison
    from connect_saml_nb.diagnosis import Inputs
    from connect_saml_nb.evidence import Ask
    from connect_saml_nb.model.capture import Capture
    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.users import Users

_MOST_CAPTURES = 100
_LOOKS_SHOWN = 5
_FILES_SHOWN = 200
_ENDINGS = (".har", ".har.gz", ".zhar", ".zip")


class Intake(StrEnum):
    """Where the recording comes from."""

    OWN = "own"
    PATH = "path"
    SAMPLE = "sample"


class More(StrEnum):
    """What can be done with a verdict."""

    WHAT_IF = "what-if"
    EVIDENCE = "evidence"
    COMPARE = "compare"
    AGAIN = "again"
    HAND_OVER = "hand-over"


# --- the model ---------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """A sign-in among all: the capture, and its sign-in, both counted from 0."""

    capture: int
    sign_in: int

    @classmethod
    def read(cls, text: str) -> Place:
        """The place that a button's value names: `CAPTURE:SIGN-IN`."""
        return cls(*map(int, text.split(":")))


class GuidedModel(UsersModel):
    """What the person chose, what was read, and what came of it. No widgets, no AWS call before `ask_aws`."""

    def __init__(self, samples: Sequence[Sample] | None = None, *, account: Account | None = None) -> None:
        super().__init__(account or Account())
        self.samples = _bundled() if samples is None else tuple(samples)
        self.intake = Intake.OWN
        self.sample = self.samples[0] if self.samples else None
        self.path = ""
        self.screen = ""
        self.extra = ExtraInputs()
        self.evidence_path, self.key_path = "", ""
        self.diagnoses: tuple[Diagnosis, ...] = ()
        self.more = More.WHAT_IF
        self.good: Diagnosis | None = None
        self.recheck: Recheck | None = None
        self.supposition = Supposition()
        self.supposed: Supposed | None = None
        self.contents = case.Contents()
        self.chosen = Place(0, 0)
        self._suggested, self._received = "", ""
        self._own: tuple[Capture | har.Unreadable, ...] = ()
        self._captures: tuple[Capture | har.Unreadable, ...] = ()
        self._looked: tuple[Diagnosis, ...] = ()
        self._directory = Directory()

    # What there is to choose from, and what stands in the way.

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
        return tuple(filter(None, (self._capture_blocker(), self.users_blocker)))

    def _capture_blocker(self) -> str:
        if self.intake is Intake.OWN and not self._own:
            return "Step 1: drop or choose the recording, or paste a SAML response."
        if self.intake is Intake.PATH and not self.path:
            return "Step 1: enter the path of the recording."
        return "" if not self.is_sample or self.sample else "Step 1: there are no bundled examples here."

    @property
    def aws_blockers(self) -> tuple[str, ...]:
        """What is missing before AWS can be asked, as sentences."""
        missing = "Enter the instance ID. It stands in the recording’s relay state, and in the Amazon Connect console."
        return () if self.account.instance_id else (missing,)

    # Step 0: what the screen says.

    def set_screen(self, text: str) -> None:
        """Take what the screen says: typed, pasted or chosen."""
        self.screen = text.strip()

    def forget_screen(self) -> None:
        """Say nothing of the screen."""
        self.screen = ""

    @property
    def advice(self) -> error_text.Advice | None:
        """What that means and what can be the cause; None where nothing was said."""
        return error_text.advice(self.screen)

    # Step 1: the recording.

    def choose_intake(self, intake: Intake) -> None:
        """Choose where the recording comes from."""
        self.intake = intake
        self._forget_result()

    def choose_sample(self, key: str) -> None:
        """Choose a bundled sample."""
        self.sample = next(s for s in self.samples if s.name == key)
        self._forget_result()

    def set_path(self, path: str) -> None:
        """Name the recording on the server; quotes around it and `~` are understood."""
        if clean_path(path) != self.path:
            self.path = clean_path(path)
            self._forget_result()

    @property
    def server_files(self) -> tuple[str, ...]:
        """The recordings in the folder of the path (the notebook's own at first), the newest first."""
        return _recordings_beside(Path(self.path))

    def receive_capture(self, name: str, file: BinaryIO, *, is_added: bool = False) -> None:
        """Take a recording that was dropped, chosen or pasted, and look for the cause at once.

        `is_added` says that it belongs to the ones before it: several were given at once.
        """
        self.intake = Intake.OWN
        before = self._own if is_added else ()
        self._own, self._received = before + _read(file, name), f"{self._received}, {name}" if before else name
        self.find_cause()
        self._looked = self.diagnoses or tuple(_diagnosed(capture, collect_inputs()) for capture in self._own)

    def _forget_result(self) -> None:
        self.diagnoses, self._captures = (), ()
        self.chosen = Place(0, 0)
        self._forget_more()

    @property
    def first_looks(self) -> tuple[tuple[Diagnosis, SignInDiagnosis | None], ...]:
        """What a look at the recordings shows before any list of users is there: each with its worst sign-in."""
        return tuple((d, _worst_of(d)) for d in (self.diagnoses or self._looked)[:_LOOKS_SHOWN])

    # Step 2: the users.

    def users_changed(self) -> None:
        """Judge again with the users that are there now; a verdict that is shown follows at once."""
        self.recheck = None
        self._judge()

    def save_users(self, lists: tuple[Users, ...]) -> None:
        """Compare with these lists from now on, and say what that changed."""
        before = self.sign_in_diagnosis if self.saved and self.users_from is UsersFrom.FILE else None
        super().save_users(lists)
        self._note_change(before, "the list that was given now")

    def _note_change(self, before: SignInDiagnosis | None, what: str) -> None:
        """Say what a newer list changed, where an older one was there."""
        if before is not None and self.sign_in_diagnosis is not None and before.relation is not Relation.NONE:
            self.recheck = recheck_list(before, self.sign_in_diagnosis, what)

    def ask_aws(self, progress: Callable[[int], None] | None = None) -> None:
        """Ask AWS for the users of the chosen instance. Raises UserListError."""
        if self.aws_blockers:
            raise UserListError(self.aws_blockers[0])
        before = self.sign_in_diagnosis
        super().ask_aws(progress)
        self._judge()
        self._note_change(before, "the list that AWS gave now")

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
        self.chosen = Place(0, 0)
        self._forget_more()
        self._judge(choose=True)

    def _judge(self, *, choose: bool = False) -> None:
        """Diagnose what was read with the users that are there."""
        if not self._captures:
            return
        inputs = self._inputs()
        self.diagnoses = tuple(_diagnosed(capture, inputs) for capture in self._captures)
        if choose:
            self.chosen = _worst(self.diagnoses)
        self._suggest_instance()

    def _inputs(self) -> Inputs:
        """All that there is to judge with; the users are indexed once."""
        if self._directory.lists != self.lists:
            self._directory = Directory(self.lists)
        extra = self.extra
        return collect_inputs(self._directory, evidence=extra.evidence, metadata=extra.metadata, keys=extra.keys)

    def _suggest_instance(self) -> None:
        """Fill in the instance that the recording names, unless the person entered one."""
        named = next((j.sign_in for d in self.diagnoses for j in d.sign_ins if j.sign_in.instance_id), None)
        if named is not None and self.account.instance_id in {"", self._suggested}:
            self.account.instance_id = self._suggested = named.instance_id or ""
            self.account.region = named.region or ""

    def pick(self, place: Place) -> None:
        """Choose the sign-in to look at."""
        if place != self.chosen and place.sign_in < max(1, len(self.diagnoses[place.capture].sign_ins)):
            self.chosen = place
            self._forget_more()

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The diagnosis of the capture that is shown."""
        return self.diagnoses[self.chosen[0]] if self.diagnoses else None

    @property
    def sign_in_diagnosis(self) -> SignInDiagnosis | None:
        """The sign-in that is shown."""
        sign_in_diagnoses = self.diagnosis.sign_ins if self.diagnosis else ()
        return sign_in_diagnoses[self.chosen[1]] if sign_in_diagnoses else None

    # Step 4: and then?

    def choose_more(self, more: More) -> None:
        """Choose what to do with the verdict."""
        self.more = more
        if more is More.EVIDENCE:
            self.account.look_at_settings()

    # Step 4: more to judge with.

    @property
    def asks(self) -> tuple[Ask, ...]:
        """What there is to ask the AWS account about the sign-in that is shown."""
        if self.sign_in_diagnosis is None:
            return ()
        return plan([self.sign_in_diagnosis.sign_in], instance_id=self.account.instance_id, region=self.account.region)

    def ask_account(self, progress: Callable[[str], None] | None = None) -> None:
        """Ask the AWS account about the sign-in that is shown. Raises EvidenceError."""
        self._use(replace(self.extra, evidence=self.account.collect_evidence(self.asks, progress)))

    def set_evidence_path(self, path: str) -> None:
        """Name a folder with the account's answers on the server."""
        self.evidence_path = clean_path(path)

    def read_evidence(self) -> None:
        """Read that folder. Raises EvidenceError."""
        self._use(self.extra.with_folder(self.evidence_path))

    def receive_metadata(self, name: str, file: BinaryIO) -> None:
        """Take an identity provider's metadata. Raises EvidenceError."""
        self._use(self.extra.with_metadata(name, file))

    def set_key_path(self, path: str) -> None:
        """Name the private key's file on the server."""
        self.key_path = clean_path(path)

    def read_key(self) -> None:
        """Use that key. Raises EvidenceError."""
        self._use(self.extra.with_key(self.key_path))

    def forget_extra(self) -> None:
        """Judge without all of these again."""
        self._use(ExtraInputs())

    def _use(self, extra: ExtraInputs) -> None:
        self.extra = extra
        self._judge()

    # Step 4: the other things.

    def _forget_more(self) -> None:
        self.good, self.recheck, self.supposed = None, None, None
        self.supposition, self.contents = Supposition(), case.Contents()

    def receive_good(self, name: str, file: BinaryIO | Path) -> None:
        """Take a recording of a sign-in that works, to be compared with the one shown."""
        self.good = self._first_diagnosis(_read(file, name))

    def use_good_sample(self) -> None:
        """Compare with the example that works."""
        works = next((s for s in self.samples if s.verdicts == ("signed-in",)), None)
        if works is None:
            raise CaptureError("There is no bundled example of a sign-in that works.")
        self.receive_good(works.path.name, works.path)

    @property
    def comparison(self) -> Comparison | None:
        """What differs between the sign-in shown and the other one; None where one of them is not there."""
        if self.good is None or self.diagnosis is None:
            return None
        shown = replace(self.diagnosis, sign_ins=(self.sign_in_diagnosis,) if self.sign_in_diagnosis else ())
        works = self.sign_in_diagnosis is not None and self.sign_in_diagnosis.verdict is Verdict.SIGNED_IN
        swapped = works and self.good.verdict is not Verdict.SIGNED_IN
        return compare(shown, self.good) if swapped else compare(self.good, shown)

    def receive_again(self, name: str, file: BinaryIO) -> None:
        """Take a second recording, made after the fix, and say whether the cause is fixed."""
        if self.sign_in_diagnosis is None:
            raise CaptureError("Find the cause in the first recording before you check again.")
        second = self._first_diagnosis(_read(file, name))
        self.recheck = recheck_capture(self.sign_in_diagnosis, second)

    def _first_diagnosis(self, captures: tuple[Capture | har.Unreadable, ...]) -> Diagnosis:
        return _diagnosed(captures[0], self._inputs())

    def suppose(self, **changes: str) -> None:
        """Try another name or other users: the verdict that is shown stays, the hypothetical one follows at once."""
        self.supposition = replace(self.supposition, **changes)
        if self.sign_in_diagnosis is not None and self.diagnosis is not None:
            self.supposed = suppose(self.sign_in_diagnosis, self.diagnosis, self.supposition)

    def choose_contents(self, part: str, is_wanted: bool) -> None:  # noqa: FBT001 - what a checkbox says
        """Say whether the case pack should have a part of `Contents`."""
        self.contents = replace(self.contents, **{part: is_wanted})

    def case_pack(self) -> tuple[str, bytes]:
        """Give a zip for a ticket: its name and its bytes.

        Raises ConnectSamlError where nothing was judged yet, or the recording cannot be redacted safely.
        """
        if self.diagnosis is None:
            raise CaptureError("Find the cause first: there is nothing to hand over yet.")
        return case.name_of(self.diagnosis, self.contents), case.packed(self.diagnosis, self.contents)

    def redacted_recording(self) -> tuple[str, bytes]:
        """Give the recording without its secrets: its name and its bytes. Raises as `case_pack` does."""
        if self.diagnosis is None or self.diagnosis.capture is None:
            raise CaptureError("Find the cause first: there is no recording that could be redacted.")
        return case.redacted_recording(self.diagnosis, self.contents)


def _bundled() -> tuple[Sample, ...]:
    """The samples that come with the package; none where they were left out."""
    try:
        return bundled_samples()
    except ConnectSamlError:
        return ()


def _recordings_beside(path: Path) -> tuple[str, ...]:
    """The recordings in a folder, or beside a file, the newest first; none where it cannot be looked into."""
    try:
        folder = path if path.is_dir() else path.parent
        found = [p for p in folder.iterdir() if p.name.lower().endswith(_ENDINGS) and p.is_file()]
        newest = sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)
    except (OSError, ValueError):
        return ()
    return tuple(str(p) for p in newest[:_FILES_SHOWN])


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


def _diagnosed(capture: Capture | har.Unreadable, inputs: Inputs) -> Diagnosis:
    if isinstance(capture, har.Unreadable):
        return unreadable(capture.name, capture.problem)
    return diagnose_with(capture, inputs)


def _worst_of(diagnosis: Diagnosis) -> SignInDiagnosis | None:
    return max(diagnosis.sign_ins, key=lambda j: j.verdict.rank, default=None)


def _worst(diagnoses: Sequence[Diagnosis]) -> Place:
    """The place of the sign-in to look at first: the worst, the last of equals."""
    places = [(j.verdict.rank, at, n) for at, d in enumerate(diagnoses) for n, j in enumerate(d.sign_ins)]
    return Place(*max(places)[1:]) if places else Place(0, 0)
