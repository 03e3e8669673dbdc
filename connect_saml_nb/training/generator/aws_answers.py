"""What the AWS account of a plan answers to read-only questions, as `connect-saml evidence collect` keeps it."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connect_saml_nb.evidence import RawAnswer
from connect_saml_nb.training.generator import signing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from connect_saml_nb.training.generator.spec import Account, Plan

Json = dict[str, Any]
ROLE_ID = "AROAPRACTICEROLE00001"
_METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"


def metadata(entity_id: str, key: str) -> str:
    """The identity provider's metadata, with the certificate of one key where the extra is there."""
    certificate = base64.b64encode(signing.certificate(key)).decode() if signing.available() else ""
    use = (
        '<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>'
        f"{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        if certificate
        else ""
    )
    return (
        f'<EntityDescriptor xmlns="{_METADATA}" entityID="{entity_id}"><IDPSSODescriptor '
        f'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{use}<SingleSignOnService '
        'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/sso"/>'
        "</IDPSSODescriptor></EntityDescriptor>"
    )


def answers(plan: Plan, posted_at: datetime) -> tuple[RawAnswer, ...]:
    """AWS's answers, all of the time half an hour after the sign-in."""
    time = posted_at.replace(microsecond=0) + timedelta(minutes=30)
    found = _Answers(plan, plan.account, time)
    return tuple(found.all())


class _Answers:
    def __init__(self, plan: Plan, account: Account, time: datetime) -> None:
        self.plan, self.world, self.account, self.time = plan, plan.world, account, time

    def all(self) -> Iterator[RawAnswer]:
        world = self.world
        yield self._answer("sts:GetCallerIdentity", {"Account": world.account})
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
            yield self._answer("connect:DescribeUser", body, self.world.region, UserId=user["Id"])

    def _answer(self, operation: str, body: Json, region: str = "", **parameters: object) -> RawAnswer:
        return RawAnswer(operation, body, parameters, region, self.time)

    def _instance(self) -> RawAnswer:
        world, account = self.world, self.account
        row = {
            "Id": world.instance,
            "Arn": world.instance_arn(),
            "IdentityManagementType": account.management,
            "InstanceAlias": f"{world.company}-example",
            "InstanceStatus": account.status,
            "InstanceAccessUrl": world.connect,
        }
        body: Json = {"Instance": row}
        if account.replica:
            body["ReplicationConfiguration"] = {
                "SourceRegion": world.region,
                "GlobalSignInEndpoint": f"https://{world.instance}.{world.region}.sign-in.connect.aws/saml",
                "ReplicationStatusSummaryList": [
                    {"Region": account.replica, "ReplicationStatus": "INSTANCE_REPLICATION_COMPLETE"}
                ],
            }
        return self._answer("connect:DescribeInstance", body, world.region, InstanceId=world.instance)

    def _instances(self) -> RawAnswer:
        world = self.world
        ids = [world.instance, *(i for i, region in self.account.other_instances if region == world.region)]
        rows = [
            {
                "Id": each,
                "Arn": world.instance_arn(each),
                "InstanceAlias": f"{world.company}-example{'' if each == world.instance else '-test'}",
                "IdentityManagementType": self.account.management if each == world.instance else "SAML",
                "InstanceStatus": "ACTIVE",
            }
            for each in ids
        ]
        return self._answer("connect:ListInstances", {"InstanceSummaryList": rows}, world.region)

    def _role(self) -> Iterator[RawAnswer]:
        world, account = self.world, self.account
        if account.role_missing:
            yield RawAnswer(
                "iam:GetRole",
                {},
                {"RoleName": world.role_name},
                "",
                self.time,
                "NoSuchEntity",
                f"AWS says that there is no role {world.role_name}.",
            )
            return
        name = account.real_role or world.role_name
        row: Json = {
            "Arn": world.role(name),
            "RoleName": name,
            "RoleId": ROLE_ID,
            "MaxSessionDuration": account.max_duration,
            "AssumeRolePolicyDocument": self._trust(),
        }
        if account.boundary:
            row["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": account.boundary,
            }
        yield self._answer("iam:GetRole", {"Role": row}, RoleName=world.role_name)

    def _trust(self) -> Json:
        world, account = self.world, self.account
        endpoint = self.plan.attempt.saml.recipient or world.endpoint
        trusted = account.trusted_endpoints if account.trusted_endpoints is not None else (endpoint,)
        operator = "StringLike" if any("*" in each for each in trusted) else "StringEquals"
        conditions: Json = {operator: {"SAML:aud": list(trusted)}} if trusted else {}
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": account.trusted_provider or world.provider()},
            "Action": list(account.trusted_actions),
            **({"Condition": conditions} if conditions else {}),
        }
        return {"Version": "2012-10-17", "Statement": [statement]}

    def _policies(self) -> Iterator[RawAnswer]:
        if self.account.role_missing:
            return
        name = {"RoleName": self.world.role_name}
        yield self._answer("iam:ListAttachedRolePolicies", {"AttachedPolicies": []}, **name)
        yield self._answer("iam:ListRolePolicies", {"PolicyNames": ["ConnectFederation"]}, **name)
        body = {**name, "PolicyName": "ConnectFederation", "PolicyDocument": self._policy()}
        yield self._answer("iam:GetRolePolicy", body, PolicyName="ConnectFederation", **name)

    def _policy(self) -> Json:
        if self.account.policy is not None:
            return dict(self.account.policy)
        return federation_policy(f"{self.world.instance_arn()}/user/${{aws:userid}}")

    def _provider(self) -> Iterator[RawAnswer]:
        world, account = self.world, self.account
        arns = account.providers if account.providers is not None else (world.provider(),)
        rows = [{"Arn": arn, "ValidUntil": account.valid_until} for arn in arns]
        yield self._answer("iam:ListSAMLProviders", {"SAMLProviderList": rows})
        if world.provider() in arns:
            body = {
                "SAMLProviderUUID": account.provider_id or world.provider_id,
                "SAMLMetadataDocument": metadata(account.entity_id or world.product.issuer, account.signing_key),
                "CreateDate": "2024-01-05T00:00:00+00:00",
                "ValidUntil": account.valid_until,
                **({"AssertionEncryptionMode": account.encryption} if account.encryption else {}),
            }
            yield self._answer("iam:GetSAMLProvider", body, SAMLProviderArn=world.provider())


def federation_policy(resource: str, action: str = "connect:GetFederationToken", effect: str = "Allow") -> Json:
    """A policy that allows the federation, as AWS documents it (Connect guide, `configure-saml`)."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Statement1", "Effect": effect, "Action": action, "Resource": [resource]}],
    }
