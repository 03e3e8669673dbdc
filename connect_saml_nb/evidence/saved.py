"""A folder of saved answers: our own, or plain AWS CLI output under any file names."""

from __future__ import annotations

import json
import os
import re
import shlex
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from connect_saml_nb.aws.times import time_of
from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.evidence.problems import AnswerProblem, EvidenceProblem, LeftOutReason
from connect_saml_nb.evidence.raw import CALLER, RawAnswer, kebab, object_of, rows_of, text_of, word_of
from connect_saml_nb.evidence.read import read_answers
from connect_saml_nb.io.json_values import JsonDamagedError, JsonReader
from connect_saml_nb.io.problems import reason_of
from connect_saml_nb.io.source import label, side_file
from connect_saml_nb.io.write import replace_file, write_errors
from connect_saml_nb.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from connect_saml_nb.model import JsonObject
    from connect_saml_nb.model.account import Evidence

OWN_KEY = "connect-saml-nb"
SCHEMA = "connect-saml-nb/evidence/1"
MOST_FILES = 5000
MOST_BYTES = 128 << 20  # of all files together
_MOST_FILE_BYTES = 32 << 20
_MOST_ANSWERS = 10_000
_MOST_BRACKETS = 2_000_000  # each opens an object many times its size
_MOST_DOCUMENTS = 1000
_MOST_NOTES = 20


def read_folder(folder: str | os.PathLike[str]) -> Evidence:
    """Read evidence from a folder of saved AWS answers; each JSON file is recognised by its shape, whatever its name.

    Files that are no AWS answer are named in `notes`. Raises EvidenceError where the folder cannot be read or holds no
    answer at all.

    >>> read_folder("evidence/").accounts  # doctest: +SKIP
    ('111122223333',)
    """
    path = Path(folder)
    answers: list[RawAnswer] = []
    notes: list[str] = []
    room = MOST_BYTES
    for name in _names(path):
        raw = side_file(path, name)
        if raw is None or len(raw) > min(room, _MOST_FILE_BYTES):
            notes.append(f"{label(name)} is left out: {LeftOutReason.TOO_LARGE()}")
            continue
        room -= len(raw)
        found, why = _answers(raw, label(name), _written(path / name))
        answers += found
        notes += [f"{label(name)} is left out: {why}"] if why else []
    if not answers:
        note = f" {notes[0]}" if notes else ""
        raise EvidenceError(EvidenceProblem.NO_ANSWER(folder=label(path), note=note))
    if len(answers) > _MOST_ANSWERS:
        raise EvidenceError(EvidenceProblem.TOO_MANY_ANSWERS(folder=label(path), most=_MOST_ANSWERS))
    more = [f"{len(notes) - _MOST_NOTES:,} more files are left out."] if len(notes) > _MOST_NOTES else []
    return read_answers(answers, label(path.resolve().name), (*notes[:_MOST_NOTES], *more))


def _names(path: Path) -> list[str]:
    try:
        names = sorted(entry.name for entry in os.scandir(path) if not entry.name.startswith("."))
    except (OSError, ValueError) as error:
        raise EvidenceError(EvidenceProblem.FOLDER_NOT_READ(folder=label(path), reason=reason_of(error))) from None
    names = [name for name in names if name != _README]
    if len(names) > MOST_FILES:
        raise EvidenceError(EvidenceProblem.TOO_MANY_FILES(folder=label(path), count=len(names), most=MOST_FILES))
    return names


def _written(path: Path) -> datetime | None:
    with suppress(OSError, ValueError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return None


# --- one file ----------------------------------------------------------------------------------------------


def _answers(raw: bytes, name: str, written: datetime | None) -> tuple[list[RawAnswer], str]:
    """The answers in a file, and why it (or a part of it) is left out, or `""`."""
    text = _text(raw)
    refusals = [_cli_refusal(found, name, written) for found in _CLI_ERROR.finditer(text[:_ERROR_PART])]
    if refusals:
        return refusals, ""
    documents, why = _documents(text)
    answers: list[RawAnswer] = []
    for document in documents:
        answer = _answer(document, name, written)
        if isinstance(answer, RawAnswer):
            answers.append(answer)
        else:
            why = why or answer
    return answers, why


def _text(raw: bytes) -> str:
    # Windows PowerShell 5.1's `>` writes UTF-16 with a byte order mark.
    return raw.decode(json.detect_encoding(raw), "replace").removeprefix("\ufeff")


def _documents(text: str) -> tuple[list[object], str]:
    """The JSON documents in a file: one, several one after the other (`>>`), or a list of them."""
    if text.count("{") + text.count("[") > _MOST_BRACKETS:
        return [], LeftOutReason.TOO_MANY_PARTS()
    documents: list[object] = []
    try:
        for document in islice(JsonReader(text).documents(), _MOST_DOCUMENTS):
            documents += document if isinstance(document, list) else [document]
    except JsonDamagedError:
        return documents, LeftOutReason.END_NO_JSON() if documents else LeftOutReason.NO_JSON()
    return documents, "" if documents else LeftOutReason.EMPTY()


_ERROR_PART = 4000
#: How the AWS CLI prints an error (botocore's ClientError), where it was saved with `2>&1`.
_CLI_ERROR = re.compile(
    r"An error occurred \((?P<code>\w{1,60})\) when calling the (?P<operation>[A-Za-z]{1,60}) operation"
    r"(?: \([^)\n]{0,80}\))?: (?P<message>[^\n]{0,1000})"
)
_NAMED = (
    ("RoleName", re.compile(r"The role with name ([\w+=,.@-]{1,64}) cannot be found")),
    ("SAMLProviderArn", re.compile(r"(arn:[a-z-]{1,20}:iam::\d{12}:saml-provider/[\w.-]{1,128})")),
)


def _cli_refusal(found: re.Match[str], name: str, written: datetime | None) -> RawAnswer:
    operation, code = _SERVICE_OF.get(found["operation"], found["operation"]), found["code"]
    named = ((key, pattern.search(found["message"])) for key, pattern in _NAMED)
    parameters = {key: name[1] for key, name in named if name}
    problem = AnswerProblem.SAVED_REFUSAL(operation=operation, code=code)
    return RawAnswer(operation, {}, parameters, time=written, error=code, problem=problem, name=name)


def _answer(document: object, name: str, written: datetime | None) -> RawAnswer | str:
    """The document as an answer, or a sentence's end that says why it is none."""
    if not isinstance(document, dict):
        return LeftOutReason.NO_OBJECT()
    own = object_of(document.get(OWN_KEY))
    if own:
        return _own(document, own, name)
    operation = next((operation for operation, fits in _SHAPES if fits(document)), "")
    if operation:
        return RawAnswer(operation, document, time=written, name=name)
    if "UserSummaryList" in document:
        return LeftOutReason.USER_LIST()
    return LeftOutReason.NOT_RECOGNISED()


def _own(document: JsonObject, own: JsonObject, name: str) -> RawAnswer | str:
    operation = text_of(own.get("operation"))
    if own.get("schema") != SCHEMA or operation not in _KNOWN:
        return LeftOutReason.OTHER_VERSION()
    return RawAnswer(
        operation=operation,
        body={key: value for key, value in document.items() if key != OWN_KEY},
        parameters=object_of(own.get("parameters")),
        region=word_of(own.get("region")),
        time=time_of(own.get("time")),
        error=text_of(own.get("error")),
        problem=printable(text_of(own.get("problem")), 500),
        name=name,
    )


def _has(*keys: str) -> Callable[[JsonObject], bool]:
    return lambda document: all(key in document for key in keys)


def _objects(key: str, *inner: str) -> Callable[[JsonObject], bool]:
    """Whether under `key` is a list, empty or of objects that have the inner keys."""
    return lambda document: (
        isinstance(document.get(key), list)
        and all(all(name in row for name in inner) for row in rows_of(document.get(key), 5))
    )


def _object(key: str, *inner: str) -> Callable[[JsonObject], bool]:
    return lambda document: all(name in object_of(document.get(key)) for name in inner) and key in document


#: What each answer looks like (service models of botocore 1.44); the first that fits.
_SHAPES: tuple[tuple[str, Callable[[JsonObject], bool]], ...] = (
    ("connect:ListInstances", _objects("InstanceSummaryList", "Id")),
    ("connect:DescribeInstance", _object("Instance", "IdentityManagementType")),
    ("iam:GetRole", _object("Role", "RoleId", "Arn")),
    ("iam:GetRolePolicy", _has("RoleName", "PolicyName", "PolicyDocument")),
    ("iam:ListAttachedRolePolicies", _objects("AttachedPolicies", "PolicyArn")),
    ("iam:ListRolePolicies", _objects("PolicyNames")),
    ("iam:GetPolicyVersion", _object("PolicyVersion", "VersionId")),
    ("iam:GetPolicy", _object("Policy", "DefaultVersionId", "Arn")),
    ("iam:GetSAMLProvider", _has("SAMLMetadataDocument")),
    ("iam:ListSAMLProviders", _objects("SAMLProviderList", "Arn")),
    ("iam:SimulatePrincipalPolicy", _objects("EvaluationResults", "EvalActionName")),
    ("connect:DescribeUser", _object("User", "Username", "Id")),
    ("connect:SearchUsers", _objects("Users", "Username", "Id")),
    ("cloudtrail:LookupEvents", _objects("Events", "EventName")),
    ("cloudtrail:LookupEvents", _objects("Records", "eventSource")),  # the event history's and a trail's own files
    (CALLER, _has("Account", "UserId", "Arn")),
)
_KNOWN = frozenset(operation for operation, _ in _SHAPES)
_SERVICE_OF = {operation.partition(":")[2]: operation for operation in _KNOWN}


# --- writing -----------------------------------------------------------------------------------------------

_README = "README.txt"


def write_folder(answers: Sequence[RawAnswer], folder: str | os.PathLike[str]) -> None:
    """Save raw answers as files that `read_folder` reads back equal; only their owner may read them.

    The folder is made; one that holds anything is refused, because old and new answers would mix. Raises
    EvidenceError where it cannot be written.

    >>> write_folder(collect(asks), "evidence/")  # doctest: +SKIP
    """
    path = Path(folder)
    with write_errors(path, EvidenceError):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise EvidenceError(EvidenceProblem.NOT_EMPTY(folder=label(path)))
        names = [_file_name(number, answer) for number, answer in enumerate(answers, 1)]
        for name, answer in zip(names, answers, strict=True):
            replace_file(path / name, _bytes(answer))
        replace_file(path / _README, _readme(zip(names, answers, strict=True)).encode())


def _file_name(number: int, answer: RawAnswer) -> str:
    service, _, operation = answer.operation.partition(":")
    return f"{number:03}-{service}-{kebab(operation)}.json"


def _bytes(answer: RawAnswer) -> bytes:
    own = {
        "schema": SCHEMA,
        "operation": answer.operation,
        "parameters": dict(answer.parameters),
        "region": answer.region,
        "time": answer.time and answer.time.isoformat(),
        "error": answer.error,
        "problem": answer.problem,
    }
    return (json.dumps({**answer.body, OWN_KEY: own}, indent=1) + "\n").encode("ascii")


_ABOUT = """\
Evidence from an AWS account for the diagnosis of Amazon Connect SAML sign-ins, written by connect-saml.
Use it with: connect-saml diagnose CAPTURE --evidence THIS-FOLDER

It holds answers to read-only questions, and no credential. Left out were: who asked (but for the account number), and
of CloudTrail's events all but the two kinds that tell of a sign-in (AssumeRoleWithSAML of STS, GetFederationToken of
Connect), without access keys, session tokens, IP addresses, user agents and session tags.
It names people (usernames, first and last names, name IDs), roles, policies and account numbers: treat it as internal.

Each file, and the command that gives the same answer:
"""


def _readme(files: Iterable[tuple[str, RawAnswer]]) -> str:
    return _ABOUT + "".join(f"\n{name}\n    {_command(answer)}\n{_problem_line(answer)}" for name, answer in files)


def _problem_line(answer: RawAnswer) -> str:
    return f"    {answer.problem}\n" if answer.problem else ""


def _command(answer: RawAnswer) -> str:
    service, _, operation = answer.operation.partition(":")
    region = f" --region {shlex.quote(answer.region)}" if answer.region and service not in {"iam", "sts"} else ""
    return f"aws {service} {kebab(operation)}{region}{''.join(_options(answer))}"


def _options(answer: RawAnswer) -> Iterator[str]:
    if answer.operation == "cloudtrail:LookupEvents":
        name = text_of(answer.parameters.get("EventName"))
        yield f" --lookup-attributes AttributeKey=EventName,AttributeValue={shlex.quote(name)}"
    for key, value in answer.parameters.items():
        if answer.operation == "cloudtrail:LookupEvents" and key == "EventName":
            continue
        shown = value if isinstance(value, str) else json.dumps(value)
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            yield f" --{kebab(key)} {' '.join(shlex.quote(v) for v in value)}"
        else:
            yield f" --{kebab(key)} {shlex.quote(shown)}"
