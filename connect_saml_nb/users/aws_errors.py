"""What AWS and boto3 refuse, as sentences that name the next step."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.errors import UserListError
from connect_saml_nb.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.model import JsonObject


class Call(NamedTuple):
    """What was asked, for the sentences."""

    permission: str
    instance_id: str | None
    region: str | None
    profile: str | None

    @property
    def resource(self) -> str:
        """The ARN to put into a policy."""
        partition = "aws-us-gov" if (self.region or "").startswith("us-gov-") else "aws"
        return f"arn:{partition}:connect:{self.region}:*:instance/{self.instance_id}" if self.instance_id else "*"

    @property
    def profile_option(self) -> str:
        """` --profile NAME` for commands, where a profile was named."""
        return f" --profile {printable(self.profile)}" if self.profile else ""


@contextmanager
def aws_errors(call: Call, read: int = 0) -> Iterator[None]:
    """Turn what boto3 raises into a UserListError. The cause is dropped: it may quote what should not be shown."""
    try:
        yield
    except ImportError:
        raise UserListError("boto3 is not installed. Install it (pip install boto3), or give a saved list.") from None
    except Exception as error:
        sentence = _sentence(error, call)
        if sentence is None:
            raise
        short = f" {read:,} users were read before that; they are dropped, because a short list misleads."
        raise UserListError(sentence + (short if read else "")) from None


def _sentence(error: Exception, call: Call) -> str | None:
    """What happened and what to do, or None for an error that is not boto3's."""
    names = [kind.__name__ for kind in type(error).__mro__]
    if "ClientError" in names:
        return _refusal(error, call)
    template = next((_BOTO[name] for name in names if name in _BOTO), None)
    if template is None and isinstance(error, ValueError) and str(error).startswith("Invalid endpoint"):
        template = "The endpoint that AWS_ENDPOINT_URL or the profile names is not a URL. Correct or remove it."
    return template and template.format(profile=call.profile_option, region=call.region)


_NETWORK = (
    "Amazon Connect in {region} could not be reached. Check the network, the proxy (HTTPS_PROXY) and that the Region "
    "is one with Amazon Connect."
)
_SSO = "The AWS sign-in has expired or was never made. Run: aws sso login{profile}"
#: botocore's exceptions by name, so that botocore need not be imported here; parents come last by `__mro__`.
_BOTO = {
    "ProfileNotFound": "There is no AWS profile of that name. These are there: aws configure list-profiles",
    "NoRegionError": "No AWS Region is set. Give the Region of the Connect instance, for example us-west-2.",
    "InvalidRegionError": "That is not an AWS Region. Give the Region of the Connect instance, for example us-west-2.",
    "NoCredentialsError": "No AWS credentials were found. Sign in (aws sso login, aws configure) and name the profile.",
    "PartialCredentialsError": "The AWS credentials are incomplete. Set the access key and the secret key: "
    "aws configure{profile}",
    "CredentialRetrievalError": "AWS credentials could not be fetched as the profile says. Sign in again, then try: "
    "aws sts get-caller-identity{profile}",
    "TokenRetrievalError": _SSO,
    "SSOError": _SSO,
    "LoginError": "The AWS sign-in has expired or was never made. Run: aws login{profile}",
    "ConfigParseError": "The AWS configuration file cannot be read. Look at ~/.aws/config.",
    "ConfigNotFound": "The AWS configuration file is not where AWS_CONFIG_FILE says.",
    "InvalidConfigError": "The AWS configuration is not complete. Look at the profile in ~/.aws/config.",
    "ParamValidationError": "The instance ID has a form that Amazon Connect does not take.",
    "PaginationError": "Amazon Connect answered with the same page again. Try again.",
    "SSLError": "The encrypted connection to Amazon Connect in {region} failed. Where a proxy opens connections, set "
    "AWS_CA_BUNDLE to its certificate.",
    "ProxyConnectionError": "The proxy could not be reached. Check HTTPS_PROXY.",
    "EndpointConnectionError": _NETWORK,
    "ConnectionError": _NETWORK,
    "HTTPClientError": _NETWORK,
    "ResponseParserError": "What answered in the place of Amazon Connect in {region} was not AWS. Check the proxy or "
    "the network's sign-in page.",
    "OSError": "A command or file that the AWS settings name cannot be used. Look at the profile in ~/.aws/config.",
    "BotoCoreError": "The AWS library could not make the request. Try: aws sts get-caller-identity{profile}",
}

_THROTTLED = (
    "Amazon Connect answers too many requests at the moment (an account has 2 a second in a Region) and went on "
    "refusing after 10 repeats. Try again in some minutes."
)
_UNKNOWN_KEYS = (
    "AWS does not accept these credentials (or they are not valid in {region}). Sign in again, then try: "
    "aws sts get-caller-identity{profile}"
)
_EXPIRED = "The AWS session has expired. Sign in again (for example aws sso login{profile}) and try again."
_DENIED = (
    "AWS denies the request: the permission {permission} is missing on {resource}. Add it to the policy of the {who}."
)
_SIGNATURE = (
    "AWS rejects the signature: the secret key is wrong, or this computer's clock is. Correct it and try again."
)
_BAD_ID = (
    "Amazon Connect does not take {instance} as an instance ID. Get it with: aws connect list-instances{at}{profile}"
)
#: Error codes of the Connect service model and of AWS's common errors.
_CODES = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "UnrecognizedClientException": _UNKNOWN_KEYS,
    "InvalidClientTokenId": _UNKNOWN_KEYS,
    "MissingAuthenticationToken": _UNKNOWN_KEYS,
    "MissingAuthenticationTokenException": _UNKNOWN_KEYS,
    "IncompleteSignature": _SIGNATURE,
    "InvalidSignatureException": _SIGNATURE,
    "SignatureDoesNotMatch": _SIGNATURE,
    "ResourceNotFoundException": "There is no Connect instance {instance} in {region} for this account. Check the "
    "instance ID, the Region and the account: aws connect list-instances{at}{profile}",
    "InvalidParameterException": _BAD_ID,
    "InvalidRequestException": _BAD_ID,
    "ValidationException": _BAD_ID,
    "ThrottlingException": _THROTTLED,
    "Throttling": _THROTTLED,
    "TooManyRequestsException": _THROTTLED,
    "InternalServiceException": "Amazon Connect had an internal error. Try again in some minutes.",
    "ServiceUnavailable": "Amazon Connect is not available at the moment. Try again in some minutes.",
    "OptInRequired": "The AWS account is not set up for Amazon Connect in {region}.",
}
_SERVER_ERRORS = 500


def _refusal(error: Exception, call: Call) -> str:
    response: JsonObject = getattr(error, "response", {})
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    template = _CODES.get(code)
    if template is None and isinstance(status, int) and status >= _SERVER_ERRORS:
        template = _CODES["InternalServiceException"]
    if template is None:
        shown = code if re.fullmatch(r"[A-Za-z0-9.]{1,60}", code) else "an error without a name"
        return f"Amazon Connect answered {shown}. Check the instance ID, the Region and the credentials."
    if template is _DENIED and "explicit deny" in str(response.get("Error", {}).get("Message", "")):
        return f"AWS denies {call.permission} on {call.resource} explicitly. Ask the account's administrator for it."
    return template.format(
        permission=call.permission,
        resource=call.resource,
        instance=call.instance_id,
        region=call.region,
        at=f" --region {call.region}",
        profile=call.profile_option,
        who=f"profile {printable(call.profile)}" if call.profile else "credentials in use",
    )
