"""Practice cases: a recording with what belongs to it, made on the spot, and the answer that follows from its making.

A case follows from verdict (or rule), level and seed alone, byte for byte, within one release. Nobody and nothing in it
exists, and no rule of the toolkit is asked while it is made.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.training.generator import build, signing
from connect_saml_nb.training.generator.faults import faults
from connect_saml_nb.training.generator.lessons import VerdictTexts, lesson_topics, verdict_texts
from connect_saml_nb.users import read_users

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from connect_saml_nb.evidence import RawAnswer as AwsAnswer
    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.signature import Metadata
    from connect_saml_nb.model.users import Users
    from connect_saml_nb.training.generator.build import MadeCase

LEVELS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Something that shows the cause.

    `entry` is an entry's position in the file's `log.entries`, from 0 as everywhere in the toolkit (None for the list
    of users or the account); `where` says in words what to look at there; `value` is what stands there.
    """

    entry: int | None
    where: str
    value: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A cause (`name` is a verdict) or a fix (`name` is its sentence) that is wrong here, and why, for this case."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is true of a case, from how it was made.

    `verdict` is the capture's, `rule` the rule that shows the cause (its own where verdict and rule are the same), and
    `cause` says it in a sentence. `entries` are all positions that count as the right entry, `attribute` the SAML
    attribute or element to point at (`""` where there is none), `username` the Connect user that was meant (`""` for
    none), `pointers` the same to read. `wrong` are the tempting causes; `fix` the right fix, `wrong_fixes` others.
    Level 3: `next` is the fault that shows when this one is gone; `earlier` what stopped an attempt before this one,
    and hid it; each is a sentence or `""`, with its verdict.
    """

    verdict: str
    rule: str
    cause: str
    entries: tuple[int, ...]
    attribute: str
    username: str
    pointers: tuple[Pointer, ...]
    wrong: tuple[Choice, ...]
    fix: str
    wrong_fixes: tuple[Choice, ...]
    hints: tuple[str, ...]
    next: str = ""
    next_verdict: str = ""
    earlier: str = ""
    earlier_verdict: str = ""


@dataclass(frozen=True, slots=True)
class PracticeCase:
    """A case as the trainee gets it; `answer` is for the trainer.

    `id` names it without telling the cause. `capture` is a HAR's bytes, `capture_name` what to call the file;
    `users_file` the saved answer of ListUsers (None where nobody saved one), `account` the answers of the AWS account
    (empty where nobody asked), `metadata_file` the identity provider's metadata. `background` says who could not do
    what and when, `screen` what the person saw; the recording began at `when` (UTC). `notes` are sentences on what is
    missing from it (no signatures without the extra `verify`).

    What gives the answer away, or could be taken for a secret, is not in the repr.
    """

    id: str
    level: int
    seed: int
    person: str
    when: datetime
    screen: str
    background: str
    capture_name: str
    capture: bytes = field(repr=False)
    users_file: bytes | None = field(repr=False)
    account: tuple[AwsAnswer, ...] = field(repr=False)
    metadata_file: bytes | None = field(repr=False)
    answer: Answer = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def report(self) -> str:
        """Who could not do what and when, and what the screen showed, in sentences."""
        return f"{self.background} What the screen showed: {self.screen}"

    @property
    def users(self) -> Users | None:
        """The list of Connect users, or None where nobody saved one."""
        return read_users(self.users_file, name="users.json") if self.users_file is not None else None

    @property
    def evidence(self) -> Evidence | None:
        """The evidence from the AWS account, or None where nobody asked."""
        from connect_saml_nb.evidence import read_answers  # noqa: PLC0415 -- only where it is wanted

        return read_answers(self.account, "practice account") if self.account else None

    @property
    def metadata(self) -> tuple[Metadata, ...]:
        """The identity provider's metadata, of which signatures are compared with the certificates."""
        from connect_saml_nb.signature import read_metadata  # noqa: PLC0415 -- the extra `verify`

        return read_metadata(self.metadata_file) if self.metadata_file and signing.available() else ()

    def collect_inputs(self) -> dict[str, Any]:
        """Everything beside the capture: `diagnose(case.capture, **case.collect_inputs())`."""
        users = self.users
        return {"users": (users,) if users else (), "evidence": self.evidence, "metadata": self.metadata}


@cache
def verdicts() -> tuple[str, ...]:
    """Every verdict of which cases are made."""
    return tuple(dict.fromkeys(f.verdict for f in faults() if f.rule == f.verdict))


@cache
def rules() -> tuple[str, ...]:
    """Every rule (docs/RULES.md) of which cases are made, verdicts' own included."""
    return tuple(dict.fromkeys(f.rule for f in faults() if f.rule not in _NO_RULE))


#: Verdicts that no rule of their own supports.
_NO_RULE = frozenset({"signed-in", "no-sign-in"})


def topics() -> Mapping[str, tuple[str, ...]]:
    """The topics of a lesson path, each with its verdicts, in the order to learn them."""
    return lesson_topics()


def title(verdict: str) -> str:
    """What a verdict says, in a few words. Raises ConnectSamlError for what is no verdict of `verdicts()`."""
    _known(verdict, verdicts(), "verdict")
    return verdict_texts(verdict).title


def new_case(verdict: str | None = None, *, level: int = 1, seed: int = 0, rule: str | None = None) -> PracticeCase:
    """Make a case: of this verdict, or in which this rule finds something, or of any verdict where none is named.

    Level 1 has one clear fault; 2 adds what distracts; 3 has two faults, of which one hides the other (where nothing
    can hide, more that only looks like a fault). The same arguments give the same case, whatever was made before.
    Raises ConnectSamlError, with the names, where there is no such verdict, rule or level, and where a case about
    signatures is asked for without the extra `verify`.
    """
    if level not in LEVELS:
        raise ConnectSamlError(f"There is no level {level}: the levels are 1, 2 and 3.")
    if verdict is not None:
        _known(verdict, verdicts(), "verdict")
    if rule is not None:
        _known(rule, rules(), "rule")
    random = Random(f"connect_saml_nb practice {verdict} {rule} {level} {seed}")  # noqa: S311 -- it is to be repeatable
    chosen = verdict if verdict or rule else random.choice(build.able(verdicts()))
    return _case(build.make(chosen, rule, level, random), level, seed)


def _known(name: str, names: tuple[str, ...], what: str) -> None:
    if name not in names:
        raise ConnectSamlError(f"There is no practice case of the {what} {name[:60]!r}. There are: {', '.join(names)}.")


def _case(made: MadeCase, level: int, seed: int) -> PracticeCase:
    texts = verdict_texts(made.fault.verdict)
    digest = hashlib.sha256(made.capture).hexdigest()
    return PracticeCase(
        id=f"case-{digest[:6]}",
        level=level,
        seed=seed,
        person=made.spec.scenario.person.full,
        when=made.spec.scenario.started,
        screen=made.spec.screen,
        background=_background(made),
        capture_name="saml.har",
        capture=made.capture,
        users_file=made.users,
        account=made.account,
        metadata_file=made.metadata,
        answer=_answer(made, texts),
        notes=() if signing.available() else (signing.MISSING,),
    )


def _background(made: MadeCase) -> str:
    scenario = made.spec.scenario
    when = f"{scenario.started:%d %B %Y at %H:%M} UTC"
    return f"{scenario.person.full} of {scenario.company.title()} could not use Amazon Connect on {when}."


def _answer(made: MadeCase, texts: VerdictTexts) -> Answer:
    values, found = made.spec.values, made.fault
    return Answer(
        verdict=found.verdict,
        rule=found.rule,
        cause=" ".join(filter(None, (texts.filled(texts.cause, values), values.get("symptom", "")))),
        entries=_entries(made),
        attribute=found.attribute,
        username=_username(made),
        pointers=_pointers(made),
        wrong=_wrong(made, texts),
        fix=texts.filled(texts.fix, values),
        wrong_fixes=tuple(Choice(texts.filled(n, values), texts.filled(w, values)) for n, w in texts.wrong_fixes),
        hints=tuple(texts.filled(hint, values) for hint in texts.hints),
        next=_next(made),
        next_verdict=made.hidden.verdict if made.hidden else "",
        earlier=f"An attempt before it was stopped by something else: {title(made.earlier)}." if made.earlier else "",
        earlier_verdict=made.earlier,
    )


def _username(made: MadeCase) -> str:
    user = made.spec.values.get("user", "")
    return user if made.fault.attribute == "RoleSessionName" and user not in {"", "none", "unknown"} else ""


def _wrong(made: MadeCase, texts: VerdictTexts) -> tuple[Choice, ...]:
    """The tempting causes: the case's own second fault first, then those of the lesson."""
    found = {}
    if made.hidden:
        found[made.hidden.verdict] = f"It is true, and comes later: it shows when this is mended. {_next(made)}"
    if made.earlier:
        found[made.earlier] = "It stopped the attempt before. The last attempt got further, and ended otherwise."
    found |= {name: texts.filled(why, made.spec.values) for name, why in texts.wrong if name not in found}
    return tuple(Choice(name, why) for name, why in found.items())


#: Where the texts' values have what stands in an attribute or element.
_VALUES = {
    "RoleSessionName": "sent",
    "Audience": "audience",
    "Recipient": "recipient",
    "Destination": "destination",
    "RelayState": "relay",
    "SourceIdentity": "value",
    "SessionDuration": "value",
    "PrincipalTag": "value",
    "Issuer": "issuer",
}


def _entries(made: MadeCase) -> tuple[int, ...]:
    """The entries that show it: first those to point at, then others that hold the same response."""
    points = [*made.fault.points]
    points += ["first-post", "form"] if made.fault.attribute and "post" in points else []
    return tuple(dict.fromkeys(made.marks[p] for p in points if p in made.marks))


def _pointers(made: MadeCase) -> tuple[Pointer, ...]:
    found = made.fault
    marked = dict.fromkeys(made.marks[p] for p in found.points if p in made.marks)
    pointers = [Pointer(n, "the request to", made.addresses[n]) for n in marked]
    if found.attribute:
        value = made.spec.values.get(_VALUES.get(found.attribute, ""), "")
        pointers.append(Pointer(made.marks.get("post"), found.attribute, value))
    if _username(made):
        pointers.append(Pointer(None, "the list of Connect users", _username(made)))
    return tuple(pointers)


def _next(made: MadeCase) -> str:
    if made.hidden is None:
        return ""
    texts = verdict_texts(made.hidden.verdict)
    return texts.filled(texts.cause, made.spec.values)
