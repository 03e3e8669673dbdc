"""What the emulated services share: limits and faults, answers over HTTP, and clients that never leave the process."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import threading
import time
import uuid
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from connect_saml_nb.model import JsonObject

#: Where an emulated client believes to send its requests.
NOWHERE = "https://practice.invalid"
LONGEST_BODY = 1 << 20
_DEFAULT_PAGE = 100


class HttpAnswer(NamedTuple):
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiError(Exception):
    """An error that an API answers with."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class TokenBucket:
    """A request limit, by default Connect's: `rate` requests a second, `burst` at once. Not for several threads."""

    rate: float = 2.0
    burst: float = 5.0
    clock: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False, repr=False)
    _last: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst
        self._last = self.clock()

    def take(self) -> bool:
        """Whether one more request is allowed now."""
        now = self.clock()
        self._tokens = min(self.burst, self._tokens + (now - self._last) * self.rate)
        self._last = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass(kw_only=True)
class Emulator(ABC):
    """A service of AWS that exists only here.

    `faults` names the error that an operation always answers with, for example `{"ListUsers": "AccessDeniedException"}`
    (any code of the AWS error list); `throttle_every` refuses every n-th request as too many; `calls` are the
    operations asked for so far, in order. `time` gives the answers' `Date` header in seconds since 1970.
    """

    faults: Mapping[str, str] = field(default_factory=dict)
    throttle_every: int = 0
    calls: list[str] = field(default_factory=list, repr=False)
    time: Callable[[], float] = field(default=time.time, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @abstractmethod
    def handle(
        self, method: str, path: str, query: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """Answer one request; never raises."""

    def fault_message(self, code: str, operation: str) -> str:
        """What a fault of this code says."""
        return f"Practice fault {code}: not authorized to perform {operation}"

    def admit(self, operation: str, bucket: TokenBucket | None = None, throttled: str = "ThrottlingException") -> None:
        """Note an operation. Raises the API's error where it is at fault or too soon."""
        with self._lock:
            self.calls.append(operation)
            if code := self.faults.get(operation):
                raise ApiError(code, self.fault_message(code, operation))
            is_limited = bucket is not None and not bucket.take()
            if is_limited or (self.throttle_every and len(self.calls) % self.throttle_every == 0):
                raise ApiError(throttled, "Rate exceeded")

    def answer(self, body: str, kind: str, status: int = 200, **headers: str) -> HttpAnswer:
        """An HTTP answer with the headers that AWS always sends."""
        always = {"Date": formatdate(self.time(), usegmt=True), "x-amzn-RequestId": str(uuid.uuid4())}
        return HttpAnswer(status, {"Content-Type": kind, **always, **headers}, body.encode())

    def intercept(self, client: Any, service: str) -> Any:  # noqa: ANN401 -- boto3 has no static types
        """The boto3 client, whose requests are answered here from now on."""
        client.meta.events.register(f"before-send.{service}", self._before_send)
        return client

    def _before_send(self, request: Any, **_: Any) -> Any:  # noqa: ANN401 -- botocore's event signature
        from botocore.awsrequest import AWSResponse  # noqa: PLC0415 -- heavy

        url, body = urlsplit(request.url), request.body or b""
        headers = {n: v.decode("latin-1") if isinstance(v, bytes) else str(v) for n, v in request.headers.items()}
        data = body.encode() if isinstance(body, str) else body
        answer = self.handle(request.method, url.path, url.query, data, headers)
        plain: Any = dict(answer.headers)  # a plain mapping will do; the stubs name botocore's own type
        return AWSResponse(request.url, answer.status, plain, _Stream(answer.body))


class _Stream:
    """The part of a urllib3 response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:  # noqa: ANN401 -- urllib3's signature
        yield self._body


def lonely_session() -> Any:  # noqa: ANN401 -- botocore has no static type for it
    """A botocore session that reads no configuration file, no profile and no credentials of this machine."""
    import botocore.session  # noqa: PLC0415 -- heavy

    nowhere = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    session = botocore.session.Session(session_vars=nowhere)
    session.set_credentials("practice", "practice")
    return session


# --- pages ---------------------------------------------------------------------------------------------------


def paged(name: str, rows: Sequence[Any], size: object, token: object, most: int) -> JsonObject:
    """The part of a list that a request asks for by size and token, and the token of the next one.

    Raises the API's error where one of them cannot be.
    """
    start = _offset(token) if token else 0
    if start > len(rows):
        raise ApiError("InvalidParameterException", "NextToken is not valid")
    stop = start + _page_size(size, most)
    page: JsonObject = {name: list(rows[start:stop])}
    return {**page, "NextToken": _token(stop)} if stop < len(rows) else page


def _page_size(size: object, most: int) -> int:
    if size is None:
        return min(_DEFAULT_PAGE, most)
    text = str(size)
    number = int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0
    if not 1 <= number <= most:
        raise ApiError("InvalidParameterException", f"MaxResults must be between 1 and {most}")
    return number


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"practice:{offset}".encode()).decode()


def _offset(token: object) -> int:
    with suppress(binascii.Error, ValueError):
        found = re.fullmatch(rb"practice:([0-9]{1,9})", base64.urlsafe_b64decode(str(token)))
        if found:
            return int(found[1])
    raise ApiError("InvalidParameterException", "NextToken is not valid")


def json_object(body: bytes) -> JsonObject:
    """A request's body. Raises the API's error where it is no JSON object."""
    with suppress(ValueError, RecursionError):
        value = json.loads(body[:LONGEST_BODY] or b"{}")
        if isinstance(value, dict):
            return value
    raise ApiError("InvalidRequestException", "The body is not a JSON object")


# --- over HTTP -----------------------------------------------------------------------------------------------


class PracticeServer:
    """Serves a practice instance or account over HTTP on 127.0.0.1: `with PracticeServer(instance) as url: ...`.

    `port` 0 takes any free one.
    """

    def __init__(self, emulator: Emulator, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"emulator": emulator})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> str:
        self._thread.start()
        return self.url

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to the emulator.

    Headers and body leave in one write: two small writes cost 40 ms a request (delayed ACK).
    """

    protocol_version = "HTTP/1.1"
    timeout = 30
    emulator: Emulator

    def _serve(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not re.fullmatch(r"[0-9]{1,7}", length) or int(length) > LONGEST_BODY:
            self.close_connection = True
            self._send(HttpAnswer(413, {}, b""))
            return
        url = urlsplit(self.path)
        body = self.rfile.read(int(length))
        self._send(self.emulator.handle(self.command, url.path, url.query, body, dict(self.headers.items())))

    do_GET = do_POST = _serve  # noqa: N815 -- http.server finds them by these names

    def _send(self, answer: HttpAnswer) -> None:
        reason = self.responses.get(answer.status, ("",))[0]
        head = [f"HTTP/1.1 {answer.status} {reason}", f"Content-Length: {len(answer.body)}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        if self.close_connection:
            head.append("Connection: close")
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Stay silent."""
