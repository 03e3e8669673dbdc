"""A small S3 that the real boto3 client talks to over HTTP: ListObjectsV2, page by page, and GetObject."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable

#: The answers of the S3 API reference, "Error responses".
_STATUS = {"AccessDenied": 403, "ExpiredToken": 400, "NoSuchBucket": 404, "NoSuchKey": 404, "SlowDown": 503}


@dataclass
class PracticeS3:
    """One bucket, `tickets`. `page` is how many keys a listing gives; `fault` may name the error for a key or `""`.

    `cut` are keys whose answers end before their end, each as many times as it says. `gets` are the keys fetched.
    """

    objects: dict[str, bytes]
    page: int = 1000
    fault: Callable[[str], str | None] = lambda _: None
    cut: dict[str, int] = field(default_factory=dict)
    gets: list[str] = field(default_factory=list)
    pages: int = 0
    url: str = ""

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"s3": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def listing(self, query: dict[str, list[str]]) -> bytes:
        """One page of keys."""
        self.pages += 1
        prefix, after = query.get("prefix", [""])[0], query.get("continuation-token", [""])[0]
        keys = sorted(k for k in self.objects if k.startswith(prefix) and k > after)
        shown, more = keys[: self.page], len(keys) > self.page
        rows = "".join(
            f"<Contents><Key>{escape(quote(k))}</Key><Size>{len(self.objects[k])}</Size><ETag>&quot;{hash(self.objects[k])}&quot;</ETag>"
            "<LastModified>2026-11-24T03:00:00.000Z</LastModified></Contents>"
            for k in shown
        )
        token = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if more else ""
        head = f"<EncodingType>url</EncodingType><IsTruncated>{str(more).lower()}</IsTruncated>{token}"
        return f"<ListBucketResult>{head}{rows}</ListBucketResult>".encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    s3: PracticeS3

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        code = "NoSuchBucket" if bucket != "tickets" else self.s3.fault(key)
        if code is None and key and key not in self.s3.objects:
            code = "NoSuchKey"
        if code:
            body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
            self._send(_STATUS[code], body, len(body))
        elif key:
            self._object(key)
        else:
            body = self.s3.listing(parse_qs(url.query))
            self._send(200, body, len(body))

    def _object(self, key: str) -> None:
        body = self.s3.objects[key]
        self.s3.gets.append(key)
        left = self.s3.cut.get(key, 0)
        self.s3.cut[key] = left - 1
        self._send(200, body[: len(body) // 2] if left > 0 else body, len(body))
        self.close_connection = left > 0

    def _send(self, status: int, body: bytes, length: int) -> None:
        head = f"HTTP/1.1 {status} x\r\nContent-Length: {length}\r\nContent-Type: application/xml\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class's name
        """Stay silent."""
