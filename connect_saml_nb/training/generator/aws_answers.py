"""What the AWS account of a spec answers to read-only questions, as `connect-saml evidence collect` keeps it."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connect_saml_nb.evidence import RawAnswer
from connect_saml_nb.training.generator import signing
from connect_saml_nb.training.html import render_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from connect_saml_nb.training.generator.spec import AccountSpec, Spec

Json = dict[str, Any]
ROLE_ID = "AROAPRACTICEROLE00001"


def metadata(entity_id: str, key: str) -> str:
    """The identity provider's metadata, with the certificate of one key where the extra is there."""
    certificate = base64.b64encode(signing.certificate(key)).decode() if signing.available() else ""
    return render_line("metadata.xml", entity_id=entity_id, certificate=certificate)


def answers(spec: Spec, posted_at: datetime) -> tuple[RawAnswer, ...]:
    """AWS's answers, all of the time half an hour after the sign-in."""
    time = posted_at.replace(microsecond=0) + timedelta(minutes=30)
    found = _Answers(spec, spec.account, time)
    return tuple(found.all())


class _Answers:
    def __init__(self, spec: Spec, account: AccountSpec, time: datetime) -> None:
        self.spec, self.scenario, self.account, self.time = spec, spec.scenario, account, time

    def all(self) -> Iterator[RawAnswer]:
        scenario = self.scenario
        yield self._answer("sts:GetCallerIdentity", {"Account": scenario.account})
        yield self._instance()
        yield self._instances()
        yield from self._role()
        yield from self._policies()
        yield from self._provider()
        yield from self._people()

    def _people(self) -> Iterator[RawAnswer]:
        for number, (username, first, last) in enumerate(self.account.people):
            user = {"Id": f"practice-user-{number}", "Username": username}
            body = {"User": {**user, "IdentityInfo": {"FirstName": first, "LastName": last}}}
            yield self._answer("connect:DescribeUser", body, self.scenario.region, UserId=user["Id"])

    def _answer(self, operation: str, body: Json, region: str = "", **parameters: object) -> RawAnswer:
        return RawAnswer(operation, body, parameters, region, self.time)

    def _instance(self) -> RawAnswer:
        scenario, account = self.scenario, self.account
        row = {
            "Id": scenario.instance,
            "Arn": scenario.instance_arn(),
            "IdentityManagementType": account.management,
            "InstanceAlias": f"{scenario.company}-example",
            "InstanceStatus": account.status,
            "InstanceAccessUrl": scenario.connect,
        }
        body: Json = {"Instance": row}
        if account.replica:
            body["ReplicationConfiguration"] = {
                "SourceRegion": scenario.region,
                "GlobalSignInEndpoint": f"https://{scenario.instance}.{scenario.region}.sign-in.connect.aws/saml",
                "ReplicationStatusSummaryList": [
                    {"Region": account.replica, "ReplicationStatus": "INSTANCE_REPLICATION_COMPLETE"}
                ],
            }
        return self._answer("connect:DescribeInstance", body, scenario.region, InstanceId=scenario.instance)

    def _instances(self) -> RawAnswer:
        scenario = self.scenario
        row = {
            "Id": scenario.instance,
            "Arn": scenario.instance_arn(),
            "InstanceAlias": f"{scenario.company}-example",
            "IdentityManagementType": self.account.management,
            "InstanceStatus": "ACTIVE",
        }
        return self._answer("connect:ListInstances", {"InstanceSummaryList": [row]}, scenario.region)

    def _role(self) -> Iterator[RawAnswer]:
        scenario, account = self.scenario, self.account
        if account.role_missing:
            yield RawAnswer(
                "iam:GetRole",
                {},
                {"RoleName": scenario.role_name},
                "",
                self.time,
                "NoSuchEntity",
                f"AWS says that there is no role {scenario.role_name}.",
            )
            return
        name = account.real_role or scenario.role_name
        row: Json = {
            "Arn": scenario.role(name),
            "RoleName": name,
            "RoleId": ROLE_ID,
            "MaxSessionDuration": account.max_duration,
            "AssumeRolePolicyDocument": self._trust(),
        }
        yield self._answer("iam:GetRole", {"Role": row}, RoleName=scenario.role_name)

    def _trust(self) -> Json:
        scenario, account = self.scenario, self.account
        endpoint = self.spec.attempt.saml.recipient or scenario.endpoint
        trusted = account.trusted_endpoints if account.trusted_endpoints is not None else (endpoint,)
        operator = "StringLike" if any("*" in each for each in trusted) else "StringEquals"
        conditions: Json = {operator: {"SAML:aud": list(trusted)}} if trusted else {}
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": account.trusted_provider or scenario.provider()},
            "Action": list(account.trusted_actions),
            **({"Condition": conditions} if conditions else {}),
        }
        return {"Version": "2012-10-17", "Statement": [statement]}

    def _policies(self) -> Iterator[RawAnswer]:
        if self.account.role_missing:
            return
        name = {"RoleName": self.scenario.role_name}
        yield self._answer("iam:ListAttachedRolePolicies", {"AttachedPolicies": []}, **name)
        yield self._answer("iam:ListRolePolicies", {"PolicyNames": ["ConnectFederation"]}, **name)
        body = {**name, "PolicyName": "ConnectFederation", "PolicyDocument": self._policy()}
        yield self._answer("iam:GetRolePolicy", body, PolicyName="ConnectFederation", **name)

    def _policy(self) -> Json:
        """The policy of AWS's documents (Connect guide, `configure-saml`), or the fault's."""
        documented = {
            "action": "connect:GetFederationToken",
            "resource": f"{self.scenario.instance_arn()}/user/${{aws:userid}}",
        }
        policy = {**documented, **self.account.policy}
        statement = {
            "Sid": "Statement1",
            "Effect": "Allow",
            "Action": policy["action"],
            "Resource": [policy["resource"]],
        }
        return {"Version": "2012-10-17", "Statement": [statement]}

    def _provider(self) -> Iterator[RawAnswer]:
        scenario, account = self.scenario, self.account
        arns = account.providers if account.providers is not None else (scenario.provider(),)
        rows = [{"Arn": arn, "ValidUntil": account.valid_until} for arn in arns]
        yield self._answer("iam:ListSAMLProviders", {"SAMLProviderList": rows})
        if scenario.provider() in arns:
            body = {
                "SAMLProviderUUID": account.provider_id or scenario.provider_id,
                "SAMLMetadataDocument": metadata(account.entity_id or scenario.product.issuer, account.signing_key),
                "CreateDate": "2024-01-05T00:00:00+00:00",
                "ValidUntil": account.valid_until,
                **({"AssertionEncryptionMode": account.encryption} if account.encryption else {}),
            }
            yield self._answer("iam:GetSAMLProvider", body, SAMLProviderArn=scenario.provider())
