"""Amazon Resource Names: one parser for all that the package reads and compares."""

from __future__ import annotations

import re
from typing import NamedTuple

# IAM user guide, "IAM identifiers": arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE; IAM's own have no Region.
_ARN = re.compile(r"arn:([a-z-]{1,20}):([a-z0-9-]{1,40}):([a-z0-9-]{0,40}):(\d{12}):(.{1,700})", re.ASCII)
# IAM and AWS STS quotas: the characters of a role's path and name, and of a provider's name.
_ROLE = re.compile(r"role/[\w+=,.@/-]{1,576}", re.ASCII)
_PROVIDER = re.compile(r"saml-provider/[\w.-]{1,128}", re.ASCII)
# Connect's service model: InstanceId up to 100, AgentResourceId up to 256 characters.
_INSTANCE = re.compile(r"instance/([A-Za-z0-9-]{1,100})(?:/agent/([^/\s]{1,256}))?", re.ASCII)


class Arn(NamedTuple):
    """The parts of an ARN. `account` has 12 digits; `region` is `""` in IAM's."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @property
    def owner(self) -> tuple[str, str]:
        """Partition and account."""
        return self.partition, self.account

    @property
    def name(self) -> str:
        """What stands after the last slash: a role's name without its path."""
        return self.resource.rpartition("/")[2]

    @property
    def is_role(self) -> bool:
        """Whether it is an IAM role's."""
        return self._is_in_iam and _ROLE.fullmatch(self.resource) is not None

    @property
    def is_provider(self) -> bool:
        """Whether it is a SAML provider's."""
        return self._is_in_iam and _PROVIDER.fullmatch(self.resource) is not None

    @property
    def _is_in_iam(self) -> bool:
        return self.service == "iam" and not self.region and self.partition.startswith("aws")

    @property
    def instance_id(self) -> str:
        """The ID of the Connect instance that it names or that its user belongs to, or `""`."""
        return self._in_connect[0]

    @property
    def user_id(self) -> str:
        """The ID of the Connect user that it names, or `""`."""
        return self._in_connect[1]

    @property
    def _in_connect(self) -> tuple[str, str]:
        found = _INSTANCE.fullmatch(self.resource) if self.service == "connect" and self.region else None
        return (found[1], found[2] or "") if found else ("", "")


def arn_of(text: str | None) -> Arn | None:
    """The parts of an ARN; None where the text is anything else. Letter case counts, white space is not removed.

    >>> arn_of("arn:aws:iam::111122223333:role/team/ConnectAgents").name
    'ConnectAgents'
    """
    found = _ARN.fullmatch(text or "")
    return Arn(*found.groups()) if found else None


def arn_owner(text: str | None) -> tuple[str, str] | None:
    """Partition and account of an ARN, or None where the text is no ARN."""
    found = arn_of(text)
    return found.owner if found else None


def is_role(text: str | None) -> bool:
    """Whether a text is the ARN of an IAM role."""
    found = arn_of(text)
    return found is not None and found.is_role


def is_provider(text: str | None) -> bool:
    """Whether a text is the ARN of a SAML provider."""
    found = arn_of(text)
    return found is not None and found.is_provider
