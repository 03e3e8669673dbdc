"""Every error of boto3 and AWS means one thing, whoever asks."""

from __future__ import annotations

import pytest
from botocore import exceptions

from connect_saml_nb.aws.errors import AwsError, AwsProblem, Request, aws_error


def refusal(code: str, message: str = "", status: int = 400) -> exceptions.ClientError:
    """What boto3 raises where AWS refuses."""
    metadata = {"HTTPStatusCode": status}
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "X")  # type: ignore[typeddict-item] # as much as is read


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (refusal("AccessDenied"), AwsProblem.DENIED),
        (refusal("AccessDenied", "... with an explicit deny in a policy"), AwsProblem.DENIED_EXPLICITLY),
        (refusal("ExpiredToken"), AwsProblem.EXPIRED),
        (refusal("SomethingNew"), AwsProblem.OTHER),
        (refusal("SomethingNew", status=503), AwsProblem.INTERNAL),
        (exceptions.NoCredentialsError(), AwsProblem.NO_CREDENTIALS),
        (exceptions.UnauthorizedSSOTokenError(), AwsProblem.SSO_EXPIRED),
        (exceptions.ReadTimeoutError(endpoint_url="x"), AwsProblem.NETWORK),
        (exceptions.EventStreamError({}, "X"), AwsProblem.OTHER),
        (ImportError("boto3"), AwsProblem.NO_SDK),
    ],
)
def test_an_error_has_one_meaning(error: Exception, problem: AwsProblem) -> None:
    """By AWS's code, or by the class of boto3 and its parents."""
    found = aws_error(error)
    assert found is not None
    assert problem is found.kind


def test_an_error_of_somebody_else_has_none() -> None:
    """It goes on its way."""
    assert aws_error(KeyError("x")) is None


def test_a_code_that_is_no_code_is_not_repeated() -> None:
    """It could hold anything."""
    assert AwsError(AwsProblem.OTHER, "an error without a name", answered=True) == aws_error(refusal("a\nb"))


def test_a_sentence_names_what_was_asked() -> None:
    """The permission, the resource, and whose policy lacks it."""
    request = Request("connect:ListUsers", "1234", "us-gov-west-1", "work")
    assert (
        "AWS denies the request: the permission connect:ListUsers is missing on "
        "arn:aws-us-gov:connect:us-gov-west-1:*:instance/1234. Add it to the policy of the profile work."
    ) == request.problem(AwsError(AwsProblem.DENIED, "AccessDenied"))
