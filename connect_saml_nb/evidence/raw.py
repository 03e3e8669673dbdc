"""Raw answers of AWS, with the question that each one answers, and what may be kept of them."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from connect_saml_nb.aws.times import time_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connect_saml_nb.model import JsonObject

#: The parts of evidence, each of which can be asked alone, with the operations that answer it.
OPERATIONS: dict[str, tuple[str, ...]] = {
    "instance": ("connect:DescribeInstance",),
    "instances": ("connect:ListInstances",),
    "role": ("iam:GetRole",),
    "policies": (
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:GetRolePolicy",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
    ),
    "simulation": ("iam:SimulatePrincipalPolicy",),
    "provider": ("iam:GetSAMLProvider",),
    "providers": ("iam:ListSAMLProviders",),
    "users": ("connect:SearchUsers", "connect:DescribeUser"),
    "cloudtrail": ("cloudtrail:LookupEvents",),
}
PARTS = tuple(OPERATIONS)
CALLER = "sts:GetCallerIdentity"
PART_OF = {operation: part for part, operations in OPERATIONS.items() for operation in operations}

#: Error of an answer that was not asked for; its `problem` says why.
NOT_ASKED = "NotAsked"
#: Errors by which AWS says that the thing is not there (IAM; Connect): evidence in themselves.
MISSING = frozenset({"NoSuchEntity", "NoSuchEntityException", "ResourceNotFoundException"})


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One answer as boto3 or the AWS CLI gives it.

    `operation` is service and operation (`iam:GetRole`), `parameters` what was asked, as far as known. Where AWS
    refused, `body` is empty, `error` AWS's code and `problem` a sentence. `name` is the file that it came from.
    """

    operation: str
    body: JsonObject = field(repr=False)
    parameters: Mapping[str, object] = field(default_factory=dict, repr=False)
    region: str = ""
    time: datetime | None = None
    error: str = ""
    problem: str = ""
    name: str = field(default="", compare=False)


_LONGEST = 4096


def text_of(value: object) -> str:
    """A text of a foreign answer, clipped and without lone surrogates; `""` for anything else."""
    return value[:_LONGEST].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def word_of(value: object) -> str:
    """A word of AWS's (a Region, a status, a decision); `""` for anything else, so that it can stand in a sentence."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def object_of(value: object) -> JsonObject:
    """A JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def rows_of(value: object, most: int = 10_000) -> list[JsonObject]:
    """The objects in a JSON list, at most `most`."""
    return [row for row in value[:most] if isinstance(row, dict)] if isinstance(value, list) else []


def texts_of(value: object, most: int = 1000) -> tuple[str, ...]:
    """The texts of a JSON list, or of one text (a policy writes either)."""
    found = value if isinstance(value, list) else [value]
    return tuple(text_of(v) for v in found[:most] if isinstance(v, str))


def plain(value: object) -> object:
    """What boto3 gave as JSON values: times as ISO 8601 in UTC, no metadata of the request."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items() if k != "ResponseMetadata"}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, datetime):
        time = time_of(value)
        return time.isoformat() if time else None
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


_WORD_ENDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def kebab(operation: str) -> str:
    """`GetSAMLProvider` as the AWS CLI writes it: `get-saml-provider`."""
    return _WORD_ENDS.sub("-", operation).lower()


# --- CloudTrail --------------------------------------------------------------------------------------------

#: What is kept of an event. All else is left out: credentials, access key IDs, IP addresses, user agents, tags.
_EVENT = (
    *("eventID", "eventName", "eventSource", "eventTime", "awsRegion", "errorCode", "errorMessage"),
    *("requestID", "recipientAccountId"),
)
_IDENTITY = ("type", "principalId", "userName", "identityProvider", "accountId")
_PARAMETERS = (
    *("sAMLAssertionID", "roleSessionName", "roleArn", "principalArn", "durationSeconds", "sourceIdentity"),
    *("instanceId", "InstanceId"),
)
_ELEMENTS = ("issuer", "subject", "subjectType", "audience", "nameQualifier")
_SOURCES = {"AssumeRoleWithSAML": "sts.amazonaws.com", "GetFederationToken": "connect.amazonaws.com"}


def event_of(row: JsonObject) -> JsonObject:
    """The event itself: LookupEvents has it as JSON text inside, an event history file as it is."""
    inner = row.get("CloudTrailEvent")
    if isinstance(inner, str):
        with suppress(ValueError, RecursionError):
            return object_of(json.loads(inner))
        return {}
    return row if "eventSource" in row else {}


def is_sign_in_event(event: JsonObject) -> bool:
    """Whether it is one of the two events that tell of a sign-in; STS has its own GetFederationToken."""
    source = _SOURCES.get(text_of(event.get("eventName")))
    return source is not None and event.get("eventSource") == source


def trimmed_event(event: JsonObject) -> JsonObject:
    """The event with nothing but what evidence needs."""
    identity, elements = object_of(event.get("userIdentity")), object_of(event.get("responseElements"))
    issuer = object_of(object_of(identity.get("sessionContext")).get("sessionIssuer"))
    assumed = object_of(elements.get("assumedRoleUser"))
    trimmed = {
        **_some(event, _EVENT),
        "userIdentity": {
            **_some(identity, _IDENTITY),
            "sessionContext": {"sessionIssuer": _some(issuer, ("arn", "principalId"))},
        },
        "requestParameters": _some(object_of(event.get("requestParameters")), _PARAMETERS),
        "responseElements": {**_some(elements, _ELEMENTS), "assumedRoleUser": _some(assumed, ("assumedRoleId", "arn"))},
    }
    return {name: value for name, value in trimmed.items() if value}


def _some(found: JsonObject, names: tuple[str, ...]) -> JsonObject:
    return {name: found[name] for name in names if isinstance(found.get(name), str | int)}
