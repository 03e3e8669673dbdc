"""One capture in, one Diagnosis out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connect_saml_nb import har, saml, signature, urls
from connect_saml_nb.errors import CaptureError, EvidenceError, own_fault
from connect_saml_nb.io.source import label
from connect_saml_nb.matching import UserIndex, find_attributes
from connect_saml_nb.model.capture import Capture
from connect_saml_nb.model.diagnosis import Diagnosis, Relation, RuleContext, SignInDiagnosis
from connect_saml_nb.model.finding import Severity
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import MessageKind
from connect_saml_nb.model.signature import Unverified, Verification
from connect_saml_nb.model.text import Text, quoted, text, verbatim
from connect_saml_nb.model.users import MatchKind, Users
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.rules import RULES, examine, soften
from connect_saml_nb.rules.verdict import RESPONSE_CAUSES, verdict, worst
from connect_saml_nb.signin import find_sign_ins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connect_saml_nb.io.source import Input
    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.finding import Finding
    from connect_saml_nb.model.saml import SamlMessage
    from connect_saml_nb.model.signature import Metadata
    from connect_saml_nb.model.signin import SignIn
    from connect_saml_nb.signature import PrivateKey


class Directory:
    """The user lists that sign-ins are compared with, each indexed once."""

    def __init__(self, lists: Sequence[Users] = ()) -> None:
        self.lists = tuple(lists)
        self._indices: dict[int, UserIndex] = {}

    def index(self, users: Users) -> UserIndex:
        """The index over one of the lists."""
        if id(users) not in self._indices:
            self._indices[id(users)] = UserIndex(users.users)
        return self._indices[id(users)]

    def choose(self, sign_in: SignIn) -> tuple[Users | None, Relation]:
        """The list for a sign-in: its own instance's, else one of no known instance, else one that holds the name."""
        related = [(users, relation(users, sign_in)) for users in self.lists]
        for wanted in (Relation.SAME, Relation.UNKNOWN):
            for users, found in related:
                if found is wanted:
                    return users, found
        name = sign_in.role_session_name
        holding = (u for u in self.lists if name is not None and _exact(self.index(u), name))
        other = next(holding, next(iter(self.lists), None))
        return other, Relation.OTHER if other else Relation.NONE


def _exact(index: UserIndex, name: str) -> bool:
    return any(m.kind is MatchKind.EXACT for m in index.find(name))


def relation(users: Users, sign_in: SignIn) -> Relation:
    """How a list stands to the sign-in's instance, as far as both say."""
    if users.instance_id is None or sign_in.instance_id is None:
        return Relation.UNKNOWN
    if users.instance_id.casefold() != sign_in.instance_id.casefold():
        return Relation.OTHER
    # The two instances of a Global Resiliency pair have one ID in two Regions.
    differs = users.region and sign_in.region and users.region != sign_in.region
    return Relation.OTHER if differs else Relation.SAME


@dataclass(frozen=True, slots=True)
class Inputs:
    """What captures are judged with beside themselves; each is optional, and what it would tell is else not checked.

    `metadata` are the identity providers' own, from files; `keys` decrypt assertions; `now` is the time that ages are
    told from (None: the time of the diagnosis); `verify` False leaves signatures out, for speed; `notes` are sentences
    on what could not be read.
    """

    directory: Directory
    evidence: Evidence | None = None
    metadata: tuple[Metadata, ...] = ()
    keys: tuple[PrivateKey, ...] = ()
    now: datetime | None = None
    verify: bool = True
    notes: tuple[str, ...] = ()

    @property
    def time(self) -> datetime:
        """The time that ages are told from."""
        return self.now or datetime.now(UTC)


def collect_inputs(  # noqa: PLR0913 -- each is a witness, by name
    users: Users | Sequence[Users] | Directory = (),
    *,
    evidence: Evidence | None = None,
    metadata: Iterable[Metadata] = (),
    keys: Iterable[PrivateKey] = (),
    now: datetime | None = None,
    verify: bool = True,
) -> Inputs:
    """Collect what many captures are judged with, once: user lists are indexed, and IAM's copies of metadata read."""
    directory = users if isinstance(users, Directory) else Directory(_lists(users))
    copies, notes = _account_metadata(evidence)
    return Inputs(directory, evidence, (*copies, *metadata), tuple(keys), now, verify, notes)


def diagnose(  # noqa: PLR0913 -- each is a witness, by name
    capture: Capture | Input,
    users: Users | Sequence[Users] | Directory = (),
    *,
    evidence: Evidence | None = None,
    metadata: Iterable[Metadata] = (),
    keys: Iterable[PrivateKey] = (),
    now: datetime | None = None,
    verify: bool = True,
) -> Diagnosis:
    """Diagnose one capture: every sign-in in it, each with one verdict.

    `capture` is a Capture or anything that `har.read_capture` takes. `users` are lists of Connect users, each for the
    instance in its ARNs; without one the users are not checked. `evidence` is what the AWS account says
    (`evidence.read_folder`), `metadata` the identity providers' (`signature.read_metadata`), `keys` decrypt assertions
    (`signature.read_key`). `now` is the time that ages are told from; `verify` False leaves signatures out.

    Raises CaptureError where the input is no capture.
    """
    read = capture if isinstance(capture, Capture) else har.read_capture(capture)
    inputs = collect_inputs(users, evidence=evidence, metadata=metadata, keys=keys, now=now, verify=verify)
    return diagnose_with(read, inputs)


def diagnose_with(capture: Capture, inputs: Inputs) -> Diagnosis:
    """Diagnose a capture that was read, with `collect_inputs` that were collected once for many."""
    messages = signature.prepared(saml.find_messages(capture), inputs.metadata, inputs.keys)
    sign_ins = find_sign_ins(capture, messages)
    sign_in_diagnoses = tuple(judge(capture, s, sign_ins, inputs) for s in sign_ins)
    return Diagnosis(
        name=capture.name,
        creator=capture.creator,
        problem=capture.problem,
        verdict=worst(j.verdict for j in sign_in_diagnoses) or Verdict.NO_SIGN_IN,
        sign_ins=sign_in_diagnoses,
        users=inputs.directory.lists,
        note=None if sign_in_diagnoses else what_is_there(capture, messages),
        capture=capture,
        messages=messages,
    )


def _lists(users: Users | Sequence[Users]) -> tuple[Users, ...]:
    return (users,) if isinstance(users, Users) else tuple(users)


def diagnose_all(
    source: Input,
    users: Users | Sequence[Users] | Directory | Inputs = (),
    *,
    name: str | None = None,
    now: datetime | None = None,
) -> Iterator[Diagnosis]:
    """Diagnose every capture in one input (an archive can hold several). What cannot be read is a Diagnosis too.

    Its `verdict` is then None and its `problem` says in a sentence what is wrong and what to do. `users` may be all
    `collect_inputs`, which then hold `now`.
    """
    told = users if isinstance(users, Inputs) else collect_inputs(users, now=now)
    try:
        for read in har.read_captures(source, name=name):
            if isinstance(read, har.Unreadable):
                yield unreadable(read.name, read.problem)
            else:
                yield _safely(read, told)
    except CaptureError as error:
        yield unreadable(name or label(source), error.problem)


def _safely(capture: Capture, inputs: Inputs) -> Diagnosis:
    """Diagnose; a fault of our own costs this capture only, and shows nothing of it."""
    try:
        return diagnose_with(capture, inputs)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the other captures go on
        return unreadable(capture.name, own_fault(error))


def unreadable(name: str, problem: str) -> Diagnosis:
    """Give the diagnosis of an input that is no capture."""
    return Diagnosis(name=name, creator="", problem=problem, verdict=None, sign_ins=())


# --- one sign-in -------------------------------------------------------------------------------------------


def judge(capture: Capture, sign_in: SignIn, sign_ins: Sequence[SignIn], inputs: Inputs) -> SignInDiagnosis:
    """Ask every rule about one of a capture's `sign_ins`, and give it its verdict."""
    context = rule_context(capture, sign_in, sign_ins, inputs)
    findings, passed, not_checked = examine(context, RULES)
    supported = frozenset(f.verdict for f in findings if f.verdict)
    decided = verdict(context, supported)
    weighed = sorted((_weigh(context, f, decided) for f in findings), key=lambda f: _order(f, decided))
    return SignInDiagnosis(
        sign_in=sign_in,
        verdict=decided,
        summary=_summary(context, decided, weighed),
        matches=context.candidates,
        findings=tuple(weighed),
        passed=passed,
        not_checked=not_checked,
        relation=context.relation,
        case_variants=context.case_variants,
        users=context.users,
    )


def rule_context(capture: Capture, sign_in: SignIn, sign_ins: Sequence[SignIn], inputs: Inputs) -> RuleContext:
    """Collect the facts about one sign-in."""
    directory = inputs.directory
    users, related = directory.choose(sign_in)
    name = sign_in.role_session_name
    index = directory.index(users) if users is not None and name is not None else None
    candidates = index.find(name) if index and name is not None else ()
    exact = any(m.kind is MatchKind.EXACT for m in candidates)
    return RuleContext(
        capture=capture,
        sign_in=sign_in,
        others=tuple(s for s in sign_ins if s is not sign_in),
        users=users,
        relation=related,
        candidates=candidates,
        case_variants=index.case_variants(name) if index and name is not None else (),
        other_names=find_attributes(index, sign_in.assertion) if index and sign_in.assertion and not exact else (),
        now=inputs.time,
        verification=_verification(sign_in, inputs),
        evidence=inputs.evidence,
    )


def _verification(sign_in: SignIn, inputs: Inputs) -> Verification:
    if not inputs.verify:
        return Verification(reason=Unverified.LEFT_OUT())
    return signature.verification_of(sign_in, inputs.metadata)


def _account_metadata(evidence: Evidence | None) -> tuple[list[Metadata], tuple[str, ...]]:
    """The metadata that IAM holds, and why some of it could not be read. It is content, never the path of a file."""
    found: list[Metadata] = []
    notes: list[str] = []
    for provider in evidence.providers if evidence else ():
        if provider.metadata:
            try:
                data = provider.metadata.encode("utf-8", "replace")
                found += signature.read_metadata(data, name=provider.arn or None, from_account=True)
            except EvidenceError as error:
                notes.append(str(error))
    return found, tuple(notes)


def _weigh(context: RuleContext, finding: Finding, decided: str) -> Finding:
    """Make less of what did not stop this sign-in."""
    if finding.verdict == decided:
        return finding
    if finding.verdict and finding.verdict.is_open:
        return replace(finding, severity=Severity.INFO)
    if decided is Verdict.SIGNED_IN or (context.sign_in.accepted and finding.verdict in RESPONSE_CAUSES):
        return soften(finding)
    return finding


_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def _order(finding: Finding, decided: str) -> tuple[bool, int]:
    return (finding.verdict != decided, _SEVERITIES.index(finding.severity))


def _summary(context: RuleContext, decided: str, findings: Sequence[Finding]) -> Text:
    main = next((f for f in findings if f.verdict == decided), None)
    if main:
        return main.message
    name = context.sign_in.role_session_name
    if decided is Verdict.SIGNED_IN:
        return text("{} signed in and reached Connect.", quoted(name)) if name else text("The sign-in reached Connect.")
    if context.sign_in.said_text:
        return text("AWS says: {}", verbatim(context.sign_in.said_text))
    ended = context.sign_in.outcome.value
    return text("{}, and the recording does not say why.", ended).capitalized()


# --- a capture without a sign-in ---------------------------------------------------------------------------

_MANY = 3


def what_is_there(capture: Capture, messages: Sequence[SamlMessage]) -> str:
    """Say what a capture holds that has no sign-in to Connect."""
    responses = {urls.split(m.target).host for m in messages if m.kind is MessageKind.RESPONSE} - {""}
    federations = [m for m in messages if m.kind is MessageKind.WS_FEDERATION]
    requests = [m for m in messages if m.kind is MessageKind.AUTHN_REQUEST]
    if responses:
        return f"It holds a SAML sign-in to another application ({_names(responses)}), none to AWS."
    if federations:
        hosts = {urls.split(m.target).host for m in federations} - {""}
        return f"It holds a WS-Federation sign-in only ({_names(hosts)}): Amazon Connect takes SAML 2.0."
    if requests:
        return "It holds a SAML request to an identity provider, and no response to AWS."
    hosts = {urls.split(e.url).host for e in capture.entries} - {""}
    if not hosts:
        return "It has no requests: was the recording running when the page was opened?"
    count = len(capture.entries)
    what = f"{count:,} requests" if count != 1 else "one request"
    return f"It holds {what} ({_names(hosts)}) and nothing of a SAML sign-in: was it recorded in another tab?"


def _names(hosts: set[str]) -> str:
    shown = sorted(hosts)[:_MANY]
    more = f" and {len(hosts) - _MANY} more" if len(hosts) > _MANY else ""
    return ", ".join(host[:100] for host in shown) + more
