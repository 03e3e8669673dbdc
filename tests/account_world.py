"""A practice account in which the good sign-in of build.py works, with one thing changed for a test."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from build import ENDPOINT, INSTANCE, NAME, NOW, sign_in
from hypothesis import strategies as st

from connect_saml_nb.evidence import RawAnswer, collect, plan, read_answers
from connect_saml_nb.model.users import User
from connect_saml_nb.training.emulator.account import PracticeAccount, PracticeProvider, PracticeRole
from connect_saml_nb.training.emulator.connect import PracticeInstance

if TYPE_CHECKING:
    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.signin import SignIn

ACCOUNT = "111122223333"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/Agent"
PROVIDER_ARN = f"arn:aws:iam::{ACCOUNT}:saml-provider/Corp"
ROLE_ID = "AROAPRACTICEROLE00001"
HOME = f"arn:aws:connect:us-west-2:{ACCOUNT}:instance/{INSTANCE}"
USER_RESOURCE = f"{HOME}/user/{ROLE_ID}:{NAME}"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/ConnectFederation"
OTHER_INSTANCE = "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee"


def trust(**changes: Any) -> dict[str, Any]:
    """A trust policy that lets the provider in, with the statement's elements changed."""
    good = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER_ARN},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": ENDPOINT}},
    }
    kept = {key: value for key, value in {**good, **changes}.items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [kept]}


def federation(resource: str | list[str] | None = None, **changes: Any) -> dict[str, Any]:
    """A policy that allows the federation, as AWS documents it."""
    good = {
        "Effect": "Allow",
        "Action": "connect:GetFederationToken",
        "Resource": resource or f"{HOME}/user/${{aws:userid}}",
    }
    return {"Version": "2012-10-17", "Statement": [{**good, **changes}]}


def saml_event(**changes: Any) -> dict[str, Any]:
    """CloudTrail's record of the good assertion, with secrets in it as AWS has them."""
    asked = {"sAMLAssertionID": "_a", "roleSessionName": NAME, "roleArn": ROLE_ARN, "principalArn": PROVIDER_ARN}
    good = {
        "eventID": "e1",
        "eventName": "AssumeRoleWithSAML",
        "eventSource": "sts.amazonaws.com",
        "eventTime": (NOW + timedelta(seconds=1)).isoformat(),
        "awsRegion": "us-east-1",
        "requestID": "r1",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "Secret-Agent/1",
        "userIdentity": {"type": "SAMLUser", "principalId": "x:jane", "userName": "jane", "accessKeyId": "ASIASECRET1"},
        "requestParameters": {**asked, "principalTags": {"CostCenter": "secret-tag"}},
        "responseElements": {
            "credentials": {"accessKeyId": "ASIASECRET2", "sessionToken": "secret-token"},
            "assumedRoleUser": {
                "assumedRoleId": f"{ROLE_ID}:{NAME}",
                "arn": "arn:aws:sts::111122223333:assumed-role/A/j",
            },
            "audience": ENDPOINT,
        },
    }
    return {**good, **changes}


def connect_event(**changes: Any) -> dict[str, Any]:
    """CloudTrail's record of Connect's federation."""
    good = {
        "eventID": "e2",
        "eventName": "GetFederationToken",
        "eventSource": "connect.amazonaws.com",
        "eventTime": (NOW + timedelta(seconds=2)).isoformat(),
        "awsRegion": "us-west-2",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"{ROLE_ID}:{NAME}",
            "accessKeyId": "ASIASECRET3",
            "sessionContext": {"sessionIssuer": {"arn": ROLE_ARN, "principalId": ROLE_ID}},
        },
        "requestParameters": {"InstanceId": INSTANCE},
    }
    return {**good, **changes}


def instance(**changes: Any) -> PracticeInstance:
    """The practice instance of build.py's sign-in."""
    people = (User(NAME), User("Jane.Doe@corp.example"), User("joe@corp.example"))
    return PracticeInstance(**{"users": people, "region": "us-west-2", **changes})


def account(**changes: Any) -> PracticeAccount:
    """An account in which the sign-in works; `role` changes fields of the role, `provider` of the provider."""
    role = {"name": "Agent", "trust": trust(), "role_id": ROLE_ID, **changes.pop("role", {})}
    provider = {"name": "Corp", **changes.pop("provider", {})}
    good: dict[str, Any] = {
        "instances": (instance(),),
        "roles": (PracticeRole(**{"attached": (MANAGED,), "inline": {"Extra": federation()}, **role}),),
        "providers": (PracticeProvider(**provider),),
        "policies": {MANAGED: federation()},
        "simulations": {"*": {"EvalDecision": "allowed"}},
        "events": (saml_event(), connect_event()),
        "time": NOW.timestamp,
    }
    return PracticeAccount(**{**good, **changes})


def answers(
    given: PracticeAccount, *parts: str, signed_in: SignIn | None = None, **settings: Any
) -> tuple[RawAnswer, ...]:
    """What the account answers about the good sign-in."""
    settings = {"client": given.client, "sleep": lambda _: None, "now": NOW, **settings}
    return collect(plan([signed_in or sign_in()]), *([parts] if parts else []), **settings)


def evidence(given: PracticeAccount | None = None, *parts: str, **settings: Any) -> Evidence:
    """Evidence of the account about the good sign-in."""
    return read_answers(answers(given or account(), *parts, **settings), "practice account")


# --- evidence of single answers, without a client ----------------------------------------------------------


def given(*held: RawAnswer) -> Evidence:
    """Evidence of just these answers, in the sign-in's own account unless it is said otherwise."""
    return read_answers((RawAnswer("sts:GetCallerIdentity", {"Account": ACCOUNT}), *held), "saved answers")


def missing(operation: str, region: str = "", **parameters: str) -> RawAnswer:
    """AWS says that it is not there."""
    code = "ResourceNotFoundException" if operation.startswith("connect:") else "NoSuchEntity"
    return RawAnswer(operation, {}, parameters, region, error=code, problem="AWS says that it is not there.")


def refused(operation: str) -> RawAnswer:
    """AWS denies the question."""
    return RawAnswer(operation, {}, error="AccessDenied", problem=f"The permission {operation} is missing.")


def get_role(document: object = None, **changes: Any) -> RawAnswer:
    """The role Agent."""
    row = {"Arn": ROLE_ARN, "RoleName": "Agent", "RoleId": ROLE_ID, "MaxSessionDuration": 3600}
    row |= {"AssumeRolePolicyDocument": trust() if document is None else document, **changes}
    return RawAnswer("iam:GetRole", {"Role": row})


def policies(*documents: object, whole: bool = True) -> tuple[RawAnswer, ...]:
    """The role's inline policies, all of them unless said otherwise."""
    names = [f"P{number}" for number, _ in enumerate(documents)]
    told = {"RoleName": "Agent"}
    read = [
        RawAnswer("iam:GetRolePolicy", {"PolicyName": name, "PolicyDocument": document}, told)
        for name, document in zip(names, documents, strict=True)
    ]
    lists = (
        RawAnswer("iam:ListRolePolicies", {"PolicyNames": names}, told),
        RawAnswer("iam:ListAttachedRolePolicies", {"AttachedPolicies": []}, told),
    )
    return (*read, *(lists if whole else ()))


def get_provider(**changes: Any) -> RawAnswer:
    """The provider Corp."""
    body = {"SAMLProviderUUID": "SAMLSPCORP", "SAMLMetadataDocument": "<x/>", "ValidUntil": "2126-01-05T00:00:00Z"}
    return RawAnswer("iam:GetSAMLProvider", {**body, **changes}, {"SAMLProviderArn": PROVIDER_ARN})


def list_providers(*arns: str) -> RawAnswer:
    """The account's providers."""
    return RawAnswer("iam:ListSAMLProviders", {"SAMLProviderList": [{"Arn": arn} for arn in arns]})


def described(**changes: Any) -> RawAnswer:
    """The sign-in's instance."""
    row = {"Id": INSTANCE, "Arn": HOME, "IdentityManagementType": "SAML", "InstanceStatus": "ACTIVE"}
    more = {key: changes.pop(key) for key in ("ReplicationConfiguration",) if key in changes}
    return RawAnswer("connect:DescribeInstance", {"Instance": {**row, **changes}, **more}, region="us-west-2")


def listed(region: str, *ids: str) -> RawAnswer:
    """All instances of a Region."""
    rows = [
        {
            "Id": each,
            "Arn": f"arn:aws:connect:{region}:{ACCOUNT}:instance/{each}",
            "InstanceAlias": "corp",
            "IdentityManagementType": "SAML",
        }
        for each in ids
    ]
    return RawAnswer("connect:ListInstances", {"InstanceSummaryList": rows}, region=region)


def simulated(user: str, home: str = "", **changes: Any) -> tuple[RawAnswer, ...]:
    """AWS's simulation of the resource with the user and, where given, of the instance alone."""
    pairs = [(USER_RESOURCE, user), *([(HOME, home)] if home else [])]
    return tuple(
        RawAnswer(
            "iam:SimulatePrincipalPolicy",
            {
                "EvaluationResults": [
                    {
                        "EvalActionName": "connect:GetFederationToken",
                        "EvalResourceName": resource,
                        "EvalDecision": decision,
                        **changes,
                    }
                ]
            },
            {"PolicySourceArn": ROLE_ARN},
        )
        for resource, decision in pairs
    )


def looked_up(*events: dict[str, Any]) -> RawAnswer:
    """CloudTrail's events."""
    return RawAnswer("cloudtrail:LookupEvents", {"Records": list(events)})


def described_user(username: str, first: str, last: str) -> RawAnswer:
    """A Connect user."""
    info = {"FirstName": first, "LastName": last}
    return RawAnswer("connect:DescribeUser", {"User": {"Id": username, "Username": username, "IdentityInfo": info}})


# --- anything ----------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(ROLE_ARN) | st.just(HOME),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def mutated(value: Any, draw: Any, depth: int = 0) -> Any:
    """A real answer with some values replaced by anything."""
    if depth and draw(st.integers(0, 9)) == 0:
        return draw(JSON)
    if isinstance(value, dict):
        return {key: mutated(inner, draw, depth + 1) for key, inner in value.items()}
    return [mutated(inner, draw, depth + 1) for inner in value] if isinstance(value, list) else value
