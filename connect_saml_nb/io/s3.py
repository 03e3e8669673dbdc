"""Objects in S3: listed and read with the person's own AWS settings."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from connect_saml_nb.aws import session
from connect_saml_nb.aws.errors import SIGNED_OUT, AwsError, AwsProblem, aws_error
from connect_saml_nb.errors import CaptureError, ConnectSamlError
from connect_saml_nb.io.data import CHUNK, Data, spool
from connect_saml_nb.io.discover import S3, InputFile
from connect_saml_nb.io.problems import S3Problem
from connect_saml_nb.io.source import label

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRIES = 3


def objects(url: str) -> Iterator[InputFile]:
    """The objects below an `s3://bucket/prefix`, page by page.

    Raises ConnectSamlError with a sentence where they cannot be listed to the end.
    """
    bucket, prefix = _parts(url)
    with _errors(url):
        for page in client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", ()):
                if not item["Key"].endswith("/"):
                    yield InputFile(f"{S3}{bucket}/{item['Key']}", item["Size"], f"{item['Size']}-{item['ETag']}")


def data_of(url: str) -> Data:
    """An object's bytes; a large one is mapped from a nameless temporary file.

    Raises CaptureError where this object cannot be read, ConnectSamlError where none can.
    """
    bucket, key = _parts(url)
    with _errors(url):
        for _ in range(_TRIES - 1):
            with suppress(*_broken_off()):
                return _object(bucket, key)
        return _object(bucket, key)


def _object(bucket: str, key: str) -> Data:
    return spool(client().get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK))


def _parts(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix(S3).partition("/")
    if not bucket:
        raise ConnectSamlError(S3Problem.NO_BUCKET_NAMED())
    return bucket, key


@lru_cache(maxsize=1)
def client() -> Any:  # noqa: ANN401 -- boto3 makes its clients' classes when they are asked for
    """The client of this process; `client.cache_clear` lets the next one take new credentials."""
    return session.client(session.session(), "s3", attempts=5, read_timeout=30)


def _broken_off() -> tuple[type[Exception], ...]:
    """What the SDK raises where an answer ends before its end; it repeats requests, but not the reading of a body."""
    from botocore.exceptions import (  # noqa: PLC0415 -- slow to import, and only S3 needs it
        IncompleteReadError,
        ReadTimeoutError,
        ResponseStreamingError,
    )

    return IncompleteReadError, ReadTimeoutError, ResponseStreamingError


#: What ends a whole run, and what one object: error codes of the S3 API reference.
_NO_BUCKET = frozenset({"NoSuchBucket", "AllAccessDisabled"})
_NO_OBJECT = frozenset({"NoSuchKey", "404"})


@contextmanager
def _errors(url: str) -> Iterator[None]:
    """Put what the SDK raises into a sentence."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # noqa: PLC0415

    shown = label(url)
    try:
        yield
    except _broken_off():
        raise CaptureError(S3Problem.BROKE_OFF(url=shown, tries=_TRIES)) from None
    except HTTPClientError as error:
        raise ConnectSamlError(S3Problem.NOT_REACHED(code=type(error).__name__)) from None
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error, shown) from None


def _refusal(error: Exception, shown: str) -> ConnectSamlError:
    problem, code, answered = aws_error(error) or AwsError(AwsProblem.SDK, type(error).__name__)
    if problem in SIGNED_OUT or problem is AwsProblem.UNKNOWN_KEYS:
        client.cache_clear()  # a process that lives on takes the new credentials
        return ConnectSamlError(S3Problem.SIGNED_OUT(url=shown, code=code))
    if code in _NO_BUCKET:
        return ConnectSamlError(S3Problem.NO_BUCKET(url=shown, code=code))
    if code in _NO_OBJECT:
        return CaptureError(S3Problem.NO_OBJECT(url=shown))
    if not answered:
        return CaptureError(S3Problem.NOT_READ(url=shown, code=code))
    refused = S3Problem.DENIED if problem in {AwsProblem.DENIED, AwsProblem.DENIED_EXPLICITLY} else S3Problem.REFUSED
    return CaptureError(refused(url=shown, code=code))
