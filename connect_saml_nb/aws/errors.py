"""What AWS and boto3 answer in place of a result: one table from their names to what it means and what to do.

The texts of AWS are never repeated: they name roles, sessions and accounts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.errors import ProblemCode
from connect_saml_nb.text import printable

if TYPE_CHECKING:
    from connect_saml_nb.errors import Problem
    from connect_saml_nb.model import JsonObject


class AwsProblem(ProblemCode):
    """Why a request to AWS has no result. The sentences are those of Amazon Connect; other services have some more."""

    NO_SDK = "boto3 is not installed. Install it (pip install boto3), or give {instead}."
    # --- the settings and the sign-in of this computer
    NO_PROFILE = "There is no AWS profile of that name. These are there: aws configure list-profiles"
    NO_REGION = "No AWS Region is set. Give the Region of the Connect instance, for example us-west-2."
    NOT_A_REGION = "That is not an AWS Region. Give the Region of the Connect instance, for example us-west-2."
    NO_CREDENTIALS = "No AWS credentials were found. Sign in (aws sso login, aws configure) and name the profile."
    PARTIAL_CREDENTIALS = (
        "The AWS credentials are incomplete. Set the access key and the secret key: aws configure{profile}"
    )
    CREDENTIALS_NOT_FETCHED = (
        "AWS credentials could not be fetched as the profile says. Sign in again, then try: "
        "aws sts get-caller-identity{profile}"
    )
    SSO_EXPIRED = "The AWS sign-in has expired or was never made. Run: aws sso login{profile}"
    LOGIN_EXPIRED = "The AWS sign-in has expired or was never made. Run: aws login{profile}"
    CONFIG_NOT_READABLE = "The AWS configuration file cannot be read. Look at ~/.aws/config."
    CONFIG_NOT_FOUND = "The AWS configuration file is not where AWS_CONFIG_FILE says."
    CONFIG_INCOMPLETE = "The AWS configuration is not complete. Look at the profile in ~/.aws/config."
    CONFIG_NAMES_UNUSABLE = (
        "A command or file that the AWS settings name cannot be used. Look at the profile in ~/.aws/config."
    )
    ENDPOINT_NOT_A_URL = "The endpoint that AWS_ENDPOINT_URL or the profile names is not a URL. Correct or remove it."
    # --- on the way
    PROXY = "The proxy could not be reached. Check HTTPS_PROXY."
    TLS = (
        "The encrypted connection to Amazon Connect in {region} failed. Where a proxy opens connections, set "
        "AWS_CA_BUNDLE to its certificate."
    )
    NETWORK = (
        "Amazon Connect in {region} could not be reached. Check the network, the proxy (HTTPS_PROXY) and that the "
        "Region is one with Amazon Connect."
    )
    NOT_AWS = (
        "What answered in the place of Amazon Connect in {region} was not AWS. Check the proxy or the network's "
        "sign-in page."
    )
    PARAMETER = "The instance ID has a form that Amazon Connect does not take."
    SAME_PAGE = "Amazon Connect answered with the same page again. Try again."
    SDK = "The AWS library could not make the request. Try: aws sts get-caller-identity{profile}"
    # --- what AWS answered
    EXPIRED = "The AWS session has expired. Sign in again (for example aws sso login{profile}) and try again."
    UNKNOWN_KEYS = (
        "AWS does not accept these credentials (or they are not valid in {region}). Sign in again, then try: "
        "aws sts get-caller-identity{profile}"
    )
    SIGNATURE = (
        "AWS rejects the signature: the secret key is wrong, or this computer's clock is. Correct it and try again."
    )
    DENIED = (
        "AWS denies the request: the permission {permission} is missing on {resource}. Add it to the policy of the "
        "{who}."
    )
    DENIED_EXPLICITLY = "AWS denies {permission} on {resource} explicitly. Ask the account's administrator for it."
    NOT_FOUND = (
        "There is no Connect instance {instance} in {region} for this account. Check the instance ID, the Region and "
        "the account: aws connect list-instances{at}{profile}"
    )
    BAD_PARAMETER = (
        "Amazon Connect does not take {instance} as an instance ID. Get it with: "
        "aws connect list-instances{at}{profile}"
    )
    THROTTLED = (
        "Amazon Connect answers too many requests at the moment (an account has 2 a second in a Region) and went on "
        "refusing after 10 repeats. Try again in some minutes."
    )
    INTERNAL = "Amazon Connect had an internal error. Try again in some minutes."
    UNAVAILABLE = "Amazon Connect is not available at the moment. Try again in some minutes."
    NOT_OPTED_IN = "The AWS account is not set up for Amazon Connect in {region}."
    OTHER = "Amazon Connect answered {code}. Check the instance ID, the Region and the credentials."


#: botocore's exceptions by name, so that botocore need not be imported here; parents come last by `__mro__`.
_SDK_ERRORS = {
    "ProfileNotFound": AwsProblem.NO_PROFILE,
    "NoRegionError": AwsProblem.NO_REGION,
    "InvalidRegionError": AwsProblem.NOT_A_REGION,
    "NoCredentialsError": AwsProblem.NO_CREDENTIALS,
    "PartialCredentialsError": AwsProblem.PARTIAL_CREDENTIALS,
    "CredentialRetrievalError": AwsProblem.CREDENTIALS_NOT_FETCHED,
    "TokenRetrievalError": AwsProblem.SSO_EXPIRED,
    "SSOError": AwsProblem.SSO_EXPIRED,
    "LoginError": AwsProblem.LOGIN_EXPIRED,
    "ConfigParseError": AwsProblem.CONFIG_NOT_READABLE,
    "ConfigNotFound": AwsProblem.CONFIG_NOT_FOUND,
    "InvalidConfigError": AwsProblem.CONFIG_INCOMPLETE,
    "ParamValidationError": AwsProblem.PARAMETER,
    "PaginationError": AwsProblem.SAME_PAGE,
    "SSLError": AwsProblem.TLS,
    "ProxyConnectionError": AwsProblem.PROXY,
    "EndpointConnectionError": AwsProblem.NETWORK,
    "ConnectionError": AwsProblem.NETWORK,
    "HTTPClientError": AwsProblem.NETWORK,
    "ResponseParserError": AwsProblem.NOT_AWS,
    "OSError": AwsProblem.CONFIG_NAMES_UNUSABLE,
    "BotoCoreError": AwsProblem.SDK,
}
#: Error codes of AWS's common errors and of the service models of Connect, IAM, CloudTrail and S3.
_CODES = {
    code: problem
    for problem, codes in {
        AwsProblem.EXPIRED: "ExpiredToken ExpiredTokenException RequestExpired InvalidToken TokenRefreshRequired",
        AwsProblem.UNKNOWN_KEYS: "UnrecognizedClientException InvalidClientTokenId InvalidAccessKeyId AuthFailure"
        " MissingAuthenticationToken MissingAuthenticationTokenException",
        AwsProblem.SIGNATURE: "IncompleteSignature InvalidSignatureException SignatureDoesNotMatch",
        AwsProblem.DENIED: "AccessDenied AccessDeniedException UnauthorizedOperation 403",
        AwsProblem.NOT_FOUND: "ResourceNotFoundException",
        AwsProblem.BAD_PARAMETER: "InvalidParameterException InvalidRequestException ValidationException",
        AwsProblem.THROTTLED: "ThrottlingException Throttling TooManyRequestsException RequestLimitExceeded",
        AwsProblem.INTERNAL: "InternalServiceException",
        AwsProblem.UNAVAILABLE: "ServiceUnavailable",
        AwsProblem.NOT_OPTED_IN: "OptInRequired",
    }.items()
    for code in codes.split()
}
#: Nothing can be asked of AWS before a person did something about this.
SIGNED_OUT = frozenset(
    {
        *(AwsProblem.NO_PROFILE, AwsProblem.NO_CREDENTIALS, AwsProblem.PARTIAL_CREDENTIALS),
        *(AwsProblem.CREDENTIALS_NOT_FETCHED, AwsProblem.SSO_EXPIRED, AwsProblem.LOGIN_EXPIRED),
        *(AwsProblem.EXPIRED, AwsProblem.SIGNATURE),
    }
)
_SERVER_ERRORS = 500
_CODE = re.compile(r"[A-Za-z0-9.]{1,60}")


class AwsError(NamedTuple):
    """What an exception means, AWS's code for it (or boto3's name), fit to be shown, and whether AWS answered."""

    kind: AwsProblem
    code: str
    answered: bool = False


class Request(NamedTuple):
    """What was asked, for the sentences."""

    permission: str = ""
    instance_id: str | None = None
    region: str | None = None
    profile: str | None = None

    @property
    def resource(self) -> str:
        """The ARN to put into a policy."""
        partition = "aws-us-gov" if (self.region or "").startswith("us-gov-") else "aws"
        return f"arn:{partition}:connect:{self.region}:*:instance/{self.instance_id}" if self.instance_id else "*"

    def problem(self, error: AwsError, instead: str = "a saved list") -> Problem:
        """What happened to this request, and what to do; `instead` is what does without asking AWS."""
        return error.kind(
            code=error.code,
            permission=self.permission,
            resource=self.resource,
            instance=self.instance_id,
            region=self.region,
            at=f" --region {self.region}",
            profile=f" --profile {printable(self.profile)}" if self.profile else "",
            who=f"profile {printable(self.profile)}" if self.profile else "credentials in use",
            instead=instead,
        )


def aws_error(error: Exception) -> AwsError | None:
    """What an exception of boto3 means, or None for one that is not boto3's.

    >>> from botocore.exceptions import NoCredentialsError
    >>> aws_error(NoCredentialsError()).kind is AwsProblem.NO_CREDENTIALS
    True
    """
    names = [kind.__name__ for kind in type(error).__mro__]
    if "ClientError" in names:
        return _answer(getattr(error, "response", None) or {})
    if isinstance(error, ImportError):
        return AwsError(AwsProblem.NO_SDK, names[0])
    problem = next((_SDK_ERRORS[name] for name in names if name in _SDK_ERRORS), None)
    if problem is None and isinstance(error, ValueError) and str(error).startswith("Invalid endpoint"):
        problem = AwsProblem.ENDPOINT_NOT_A_URL  # botocore has no class for it (1.44, `EndpointCreator`)
    return AwsError(problem, names[0]) if problem else None


def _answer(response: JsonObject) -> AwsError:
    details = response.get("Error", {})
    code = str(details.get("Code", ""))
    problem = _CODES.get(code)
    if problem is AwsProblem.DENIED and "explicit deny" in str(details.get("Message", "")):  # IAM's own words
        problem = AwsProblem.DENIED_EXPLICITLY
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if problem is None and isinstance(status, int) and status >= _SERVER_ERRORS:
        problem = AwsProblem.INTERNAL
    return AwsError(
        problem or AwsProblem.OTHER, code if _CODE.fullmatch(code) else "an error without a name", answered=True
    )
