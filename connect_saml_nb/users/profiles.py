"""What the AWS settings of this machine offer to choose from: profiles and Regions. Nothing is sent to AWS."""

from __future__ import annotations

from connect_saml_nb.users.aws_errors import Call, aws_errors

_PARTITIONS = ("aws", "aws-us-gov")


def aws_profiles() -> tuple[str, ...]:
    """The names of the profiles in the AWS settings. Raises UserListError where the settings cannot be read."""
    with aws_errors(Call("the AWS settings", None, None, None)):
        import botocore.session  # noqa: PLC0415 - heavy, and only needed for live calls

        return tuple(sorted(botocore.session.Session().available_profiles))


def connect_regions() -> tuple[str, ...]:
    """The Regions of Amazon Connect that the AWS library knows; newer ones can be missing. Raises UserListError."""
    with aws_errors(Call("the AWS settings", None, None, None)):
        import botocore.session  # noqa: PLC0415 - heavy, and only needed for live calls

        session = botocore.session.Session()
        return tuple(r for name in _PARTITIONS for r in sorted(session.get_available_regions("connect", name)))
