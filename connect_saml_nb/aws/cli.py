"""Commands that can be pasted, for bash and for PowerShell, with the values filled in.

Documents go into a file from a single-quoted text: inside double quotes or an unquoted here-document the shell
replaces `${aws:userid}` by nothing, and the policy then allows nothing. A quoted here-document would keep it, too, but
its end must stand at the beginning of a line, and commands are shown (and copied) indented.
A value that cannot be pasted safely gives no command at all.
"""

from __future__ import annotations

import copy
import json
import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from connect_saml_nb.aws.urls import UUID
from connect_saml_nb.model.finding import Command, Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from connect_saml_nb.model import JsonObject

ACTION = "connect:GetFederationToken"
ASSUME, TAG, SOURCE = "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"
#: How `${aws:userid}` is written where a template language would replace it (CloudFormation Fn::Sub; Terraform).
TEMPLATE_NOTE = (
    "In a CloudFormation template with Fn::Sub write ${!aws:userid}, in Terraform $${aws:userid}; otherwise it is "
    "replaced."
)
_POLICY_NAME = "ConnectFederation"
_POLICY_FILE, _TRUST_FILE, _TRUST_BEFORE = "connect-federation.json", "connect-trust.json", "connect-trust-before.json"

# --- quoting -----------------------------------------------------------------------------------------------

_LONGEST = 2048
#: The AWS CLI replaces such a value by what stands there (AWS CLI user guide, "Load a parameter from a file").
_LOADED = re.compile(r"(?:file|fileb|https?)://", re.IGNORECASE)
#: PowerShell hands other characters on wrongly: 5.1 drops double quotes, and a batch file as `aws` obeys & | < > ^ %.
_POWERSHELL = re.compile(r"[A-Za-z0-9_.@+=,:/'\[\]? \\-]*[A-Za-z0-9_.@+=,:/'\[\]? -]")
_PLAIN = re.compile(r"[A-Za-z0-9_./:-]+")


@dataclass(frozen=True, slots=True)
class Step:
    """A command of `call`, which is ours and needs no quotes, and options whose values are a stranger's.

    `file` and `document` are a JSON file that it needs, written before; `saved_to` is the file that keeps its output.
    """

    call: str
    options: tuple[tuple[str, str], ...] = ()
    file: str = ""
    document: JsonObject | None = None
    saved_to: str = ""


def usable(value: str) -> bool:
    """Whether a value can stand in a command at all: one line, no option, nothing that the AWS CLI would load."""
    return 0 < len(value) <= _LONGEST and value.isprintable() and value[0] != "-" and not _LOADED.match(value)


def bash_quoted(value: str) -> str | None:
    """The value as one word of bash or any POSIX shell; None where it cannot be pasted safely."""
    return shlex.quote(value) if usable(value) else None


def powershell_quoted(value: str) -> str | None:
    """The value as one argument in PowerShell, 5.1 too; None where it cannot be pasted safely."""
    if not usable(value) or not _POWERSHELL.fullmatch(value):
        return None
    return value if _PLAIN.fullmatch(value) else "'" + value.replace("'", "''") + "'"


def commands(purpose: str, *steps: Step) -> tuple[Command, ...]:
    """The steps as one command for bash and one for PowerShell, or one for both where they are the same."""
    bash = _text(steps, bash_quoted, _bash_file, " > ")
    powershell = _text(steps, powershell_quoted, _powershell_file, " | Set-Content -Encoding ascii ")
    if bash is not None and bash == powershell:
        return (Command(Shell.ANY, purpose, bash),)
    scripts = ((Shell.BASH, bash), (Shell.POWERSHELL, powershell))
    return tuple(Command(shell, purpose, script) for shell, script in scripts if script is not None)


def _text(
    steps: Iterable[Step], quoted: Callable[[str], str | None], written: Callable[[str, JsonObject], str], saved: str
) -> str | None:
    lines: list[str] = []
    for step in steps:
        values = [(name, quoted(value)) for name, value in step.options]
        if any(value is None for _, value in values):
            return None
        if step.document is not None:
            lines.append(written(step.file, step.document))
        call = " ".join((step.call, *(f"{name} {value}" for name, value in values)))
        lines.append(f"{call}{saved}{step.saved_to}" if step.saved_to else call)
    return "\n".join(lines)


def _json(document: JsonObject) -> str:
    return json.dumps(document, indent=2)  # ASCII: the quotes that PowerShell also takes for ' are escaped in it


def _bash_file(name: str, document: JsonObject) -> str:
    return f"printf '%s\\n' {shlex.quote(_json(document))} > {name}"


def _powershell_file(name: str, document: JsonObject) -> str:
    # ASCII, because the AWS CLI refuses the byte order mark that Windows PowerShell 5.1 writes with utf8.
    quoted = _json(document).replace("'", "''")
    return f"'{quoted}' | Set-Content -Encoding ascii {name}"


# --- the permission to federate ----------------------------------------------------------------------------


def federation_policy(partition: str, region: str, account: str, instance: str) -> JsonObject:
    """The policy that AWS documents for one instance (Connect administrator guide, `configure-saml`)."""
    resource = f"arn:{partition}:connect:{region}:{account}:instance/{instance}/user/${{aws:userid}}"
    return _policy({"Effect": "Allow", "Action": ACTION, "Resource": [resource]})


def global_federation_policy(instance: str) -> JsonObject:
    """The policy that AWS documents for Global Resiliency (`integrate-idp`), good in both Regions."""
    condition = {"StringEquals": {"connect:InstanceId": instance}}
    return _policy({"Effect": "Allow", "Action": ACTION, "Resource": "*", "Condition": condition})


def _policy(*statements: JsonObject) -> JsonObject:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _policies_of(role_name: str) -> tuple[Step, Step]:
    role = (("--role-name", role_name),)
    return Step("aws iam list-role-policies", role), Step("aws iam list-attached-role-policies", role)


def put_role_policy(role_name: str, instance: str, policy: JsonObject) -> tuple[Command, ...]:
    """Commands that show a role's policies and give it one more, inline, under a name that holds the instance's ID.

    Empty for what is no instance's ID: it stands in the call without quotes.
    """
    if not UUID.fullmatch(instance):
        return ()
    call = f"aws iam put-role-policy --policy-name {_POLICY_NAME}-{instance} --policy-document file://{_POLICY_FILE}"
    step = Step(call, (("--role-name", role_name),), _POLICY_FILE, policy)
    return commands("give the role the permission, as an inline policy", *_policies_of(role_name), step)


def create_and_attach(
    role_name: str, partition: str, account: str, instance: str, policy: JsonObject
) -> tuple[Command, ...]:
    """Commands that show a role's policies, make a managed policy and attach it to the role; empty as there."""
    if not UUID.fullmatch(instance):
        return ()
    name = f"{_POLICY_NAME}-{instance}"
    make = f"aws iam create-policy --policy-name {name} --policy-document file://{_POLICY_FILE}"
    arn = f"arn:{partition}:iam::{account}:policy/{name}"
    attach = Step("aws iam attach-role-policy", (("--role-name", role_name), ("--policy-arn", arn)))
    steps = (*_policies_of(role_name), Step(make, (), _POLICY_FILE, policy), attach)
    return commands("or as a managed policy, which roles can share", *steps)


# --- the trust policy --------------------------------------------------------------------------------------


def trust_statement(provider: str, endpoints: Sequence[str], actions: Sequence[str] = (ASSUME,)) -> JsonObject:
    """A statement that lets people in whom the provider signed in, at these endpoints (`SAML:aud` is the Recipient)."""
    operator = "StringLike" if any("*" in e for e in endpoints) else "StringEquals"
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": _one_or_list(actions),
        "Condition": {operator: {"SAML:aud": _one_or_list(endpoints)}},
    }


def patched_trust(document: str, provider: str, endpoints: Sequence[str], actions: Sequence[str]) -> JsonObject | None:
    """The old trust policy (its JSON) with what is missing put in; None where it is no policy that can be read.

    A statement that lets the provider's people in is completed where that can be; else one is added. Nothing goes.
    """
    try:
        policy = copy.deepcopy(json.loads(document))
        rows = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
        policy["Statement"] = rows
        allowing = [row for row in rows if _allows(row, provider)]
        found = next(filter(_assumes, allowing), next(iter(allowing), None))
        if found is None:
            rows.append(trust_statement(provider, endpoints, actions))
        else:
            found["Action"] = _joined(found["Action"], actions)
            if not _admits(found, endpoints):
                rows.append(trust_statement(provider, endpoints, _list(found["Action"])))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return policy if isinstance(policy, dict) else None


def _allows(row: JsonObject, provider: str) -> bool:
    principal = row.get("Principal")
    named = principal.get("Federated") if isinstance(principal, dict) else None
    return row.get("Effect") == "Allow" and "Action" in row and provider in _list(named)


def _assumes(row: JsonObject) -> bool:
    return any(fnmatchcase(ASSUME.casefold(), action.casefold()) for action in _list(row["Action"]))


def _admits(row: JsonObject, endpoints: Sequence[str]) -> bool:
    """Add the endpoints to the statement's SAML:aud; False where its condition cannot hold them.

    A statement without that condition takes every endpoint.
    """
    held = [(o, keys, k) for o, keys in row.get("Condition", {}).items() for k in keys if k.casefold() == "saml:aud"]
    if not held or not endpoints:
        return True
    operator, keys, key = held[0]
    wanted = "StringLike" if any("*" in e for e in endpoints) else ("StringEquals", "StringLike")
    if len(held) > 1 or not operator.startswith(wanted):
        return False
    keys[key] = _joined(keys[key], endpoints)
    return True


def _list(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else [value] if isinstance(value, str) else []


def _joined(value: object, more: Sequence[str]) -> list[str] | str:
    return _one_or_list(tuple(dict.fromkeys((*_list(value), *more))))


def _one_or_list(values: Sequence[str]) -> list[str] | str:
    return values[0] if len(values) == 1 else list(values)


def show_trust(role_name: str) -> tuple[Command, ...]:
    """The command that shows the role with its trust policy."""
    return commands("show the role, its ID and its trust policy", _role(role_name))


def _role(role_name: str) -> Step:
    return Step("aws iam get-role", (("--role-name", role_name),))


def update_trust(role_name: str, document: JsonObject) -> tuple[Command, ...]:
    """Commands that keep the role's trust policy in a file and replace it by one that was made from it."""
    shown = "--query Role.AssumeRolePolicyDocument --output json"
    keep = Step(f"aws iam get-role {shown}", (("--role-name", role_name),), saved_to=_TRUST_BEFORE)
    call = f"aws iam update-assume-role-policy --policy-document file://{_TRUST_FILE}"
    change = Step(call, (("--role-name", role_name),), _TRUST_FILE, document)
    return commands(f"keep the trust policy in {_TRUST_BEFORE}, then add what was missing", keep, change)


# --- users and looks ---------------------------------------------------------------------------------------

#: The pattern that the Connect API names for a username (`CreateUser`).
_USERNAME = re.compile(r"[A-Za-z0-9_.@][A-Za-z0-9_.@-]{0,99}")
_USER = (
    "--identity-info 'FirstName=FIRST,LastName=LAST' --phone-config PhoneType=SOFT_PHONE "
    "--security-profile-ids SECURITY-PROFILE-ID --routing-profile-id ROUTING-PROFILE-ID"
)


def create_user(instance: str, region: str, username: str) -> tuple[Command, ...]:
    """The commands that look for a user and make it in a SAML instance, which takes neither a password nor an Email.

    Empty for a name that no Connect user can have, nor the look's query hold.
    """
    if not _USERNAME.fullmatch(username):
        return ()
    where = (("--region", region), ("--instance-id", instance))
    look = Step("aws connect list-users", (*where, ("--query", f"UserSummaryList[?Username=='{username}']")))
    make = Step(f"aws connect create-user {_USER}", (*where, ("--username", username)))
    return commands("make sure that there is no such user, then create it (fill in the words in capitals)", look, make)


def list_providers() -> tuple[Command, ...]:
    """The command that lists the account's SAML providers."""
    return commands("list the SAML providers of the account", Step("aws iam list-saml-providers"))


def update_provider(provider: str) -> tuple[Command, ...]:
    """The commands that keep IAM's copy of the metadata and give IAM the identity provider's current metadata."""
    arn = (("--saml-provider-arn", provider),)
    shown = "--query SAMLMetadataDocument --output text"
    keep = Step(f"aws iam get-saml-provider {shown}", arn, saved_to="metadata-before.xml")
    change = Step("aws iam update-saml-provider --saml-metadata-document file://CURRENT-METADATA.xml", arn)
    return commands("keep the old metadata, then give IAM the current one (the file that you downloaded)", keep, change)


def describe_instance(instance: str, region: str) -> tuple[Command, ...]:
    """The command that shows an instance: its identity management, status and replication."""
    options = (("--region", region), ("--instance-id", instance))
    return commands("show the instance", Step("aws connect describe-instance", options))


def list_instances(region: str) -> tuple[Command, ...]:
    """The command that lists the Connect instances of a Region."""
    return commands(
        "list the Connect instances of the Region", Step("aws connect list-instances", (("--region", region),))
    )
