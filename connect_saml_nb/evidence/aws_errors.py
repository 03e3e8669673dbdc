"""What AWS and boto3 refuse, as sentences that name the missing IAM action or the next step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.evidence.raw import PART_OF, object_of, text_of

if TYPE_CHECKING:
    from connect_saml_nb.model import JsonObject


class Problem(NamedTuple):
    """Why a question has no answer: AWS's code (or boto3's name for it), a sentence, and whether to ask on at all."""

    code: str
    sentence: str
    fatal: bool = False


#: Actions that an operation needs besides its own (Service Authorization Reference, "Dependent actions").
DEPENDENTS = {
    "connect:ListInstances": ("ds:DescribeDirectories",),
    "connect:DescribeInstance": ("ds:DescribeDirectories",),
    "connect:SearchUsers": ("connect:DescribeUser", "connect:ListUserProficiencies"),
}
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_THROTTLED = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"})
_FATAL = {
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired"),
        "The AWS session has expired. Sign in again (for example aws sso login) and try again.",
    ),
    **dict.fromkeys(
        ("IncompleteSignature", "InvalidSignatureException", "SignatureDoesNotMatch"),
        "AWS rejects the signature: the secret key is wrong, or this computer's clock is. Correct it and try again.",
    ),
}
#: AWS answers so in a Region that the account has not switched on, too: other Regions may answer.
_UNKNOWN_KEYS = frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"})
_SSO = "The AWS sign-in has expired or was never made. Run: aws sso login (with --profile, where you use one)."
_BOTO_FATAL = {
    "ProfileNotFound": "There is no AWS profile of that name. These are there: aws configure list-profiles",
    "NoCredentialsError": "No AWS credentials were found. Sign in (aws sso login, aws configure) and name the profile.",
    "PartialCredentialsError": "The AWS credentials are incomplete. Set both keys: aws configure",
    "CredentialRetrievalError": "The profile's AWS credentials could not be fetched. Try: aws sts get-caller-identity",
    "TokenRetrievalError": _SSO,
    "SSOError": _SSO,
    "LoginError": "The AWS sign-in has expired or was never made. Run: aws login",
    "ConfigParseError": "The AWS configuration file cannot be read. Look at ~/.aws/config.",
    "ConfigNotFound": "The AWS configuration file is not where AWS_CONFIG_FILE says.",
    "InvalidConfigError": "The AWS configuration is not complete. Look at the profile in ~/.aws/config.",
    "ProxyConnectionError": "The proxy could not be reached. Check HTTPS_PROXY.",
}


def problem_of(error: Exception, operation: str, region: str, resource: str) -> Problem | None:
    """What an exception of boto3 means for the question, or None for one that is not boto3's."""
    names = [kind.__name__ for kind in type(error).__mro__]
    if "ClientError" in names:
        return _refused(error, operation, region, resource)
    fatal = next((_BOTO_FATAL[name] for name in names if name in _BOTO_FATAL), None)
    if fatal:
        return Problem(names[0], fatal, fatal=True)
    if not {"BotoCoreError", "HTTPClientError"} & set(names):
        return None
    if names[0] == "ParamValidationError":
        return Problem(names[0], f"A value in the recording is of a form that {operation} does not take.")
    return Problem(
        names[0], f"{operation} could not be asked in {region}: check the network, the proxy and the Region."
    )


def _refused(error: Exception, operation: str, region: str, resource: str) -> Problem:
    response: JsonObject = object_of(getattr(error, "response", {}))
    told = object_of(response.get("Error"))
    code = text_of(told.get("Code"))
    if not re.fullmatch(r"[A-Za-z0-9.]{1,60}", code):
        code = "an error without a name"
    if code in _FATAL:
        return Problem(code, _FATAL[code], fatal=True)
    if code in _DENIED:
        return Problem(code, _denied(operation, resource, explicit="explicit deny" in text_of(told.get("Message"))))
    if code in _THROTTLED:
        return Problem(
            code, f"AWS went on answering {operation} with 'too many requests' in {region}. Try again later."
        )
    if code in _UNKNOWN_KEYS:
        return Problem(code, f"AWS does not accept these credentials in {region}, or the Region is not switched on.")
    return Problem(code, f"AWS answered {operation} in {region} with {code}.")


def _denied(operation: str, resource: str, *, explicit: bool) -> str:
    also = DEPENDENTS.get(operation)
    needs = f" It also needs {' and '.join(also)}." if also else ""
    part = PART_OF.get(operation)
    how = f" connect-saml permissions {part} prints the policy." if part else ""
    if explicit:
        return f"AWS denies {operation} on {resource} explicitly: ask the account's administrator for it.{needs}"
    return f"AWS denies the request: the permission {operation} is missing on {resource}.{needs}{how}"
