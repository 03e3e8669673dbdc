"""The parts of an entry, read from the capture's bytes when asked for: headers, what was posted, the body."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from connect_saml_nb.har.bodies import (
    Files,
    body_of,
    decoded_text,
    file_name,
    holds,
    is_base64,
    side_file,
    slice_may_hold,
    unbase64,
)
from connect_saml_nb.har.problems import LostPart
from connect_saml_nb.har.raw_json import (
    LONG,
    Json,
    header_value,
    headers_of,
    lenient_loads,
    member,
    number_of,
    one_line,
    pairs_of,
    text_of,
)
from connect_saml_nb.model.capture import Body, Header, Param, PostData

if TYPE_CHECKING:
    from connect_saml_nb.io.source import Source

_KEPT_SLICE = 4 << 20


class CaptureFile:
    """What the parts of one capture's entries share."""

    def __init__(self, opened: Source, files: Files) -> None:
        self.opened, self.files = opened, files
        self._last: tuple[memoryview, Json] | None = None

    def reopen(self, slice_: memoryview) -> Json:
        """The fields of an entry that strict reading refused; the last one is kept at hand."""
        last = self._last
        if last is not None and last[0] is slice_:
            return last[1]
        node = lenient_loads(bytes(slice_))
        if len(slice_) <= _KEPT_SLICE:
            self._last = slice_, node
        return node


class Parts:
    """An entry's parts, read from the capture's bytes when asked for."""

    __slots__ = ("_home", "_node", "_slice")

    def __init__(self, home: CaptureFile, node: Json, slice_: memoryview | None) -> None:
        self._home, self._node, self._slice = home, node, slice_

    def _open(self, part: str) -> Json:
        node = self._node if self._slice is None else self._home.reopen(self._slice)
        return member(node, part)

    def request_headers(self) -> tuple[Header, ...]:
        """Request headers in the file's order."""
        return headers_of(member(self._open("request"), "headers")) if self._home.opened.unchanged() else ()

    def response_headers(self) -> tuple[Header, ...]:
        """Response headers in the file's order."""
        return headers_of(member(self._open("response"), "headers")) if self._home.opened.unchanged() else ()

    def post_data(self) -> PostData | None:
        """What was posted, or None."""
        if not self._home.opened.unchanged():
            return PostData("", None, (), LostPart.FILE_CHANGED())
        return _post_data(self._open("request"), self._home.files)

    def body(self) -> Body:
        """The response body as text."""
        if not self._home.opened.unchanged():
            return Body(None, LostPart.FILE_CHANGED())
        return body_of(self._open("response"), self._home.files)

    def body_may_hold(self, *words: str) -> bool:
        """False only if the body surely holds none of the words."""
        if not self._home.opened.unchanged():
            return True
        response = self._open("response") if self._slice is None else None
        content = getattr(response, "content", None)
        if content is None or not len(content.text):
            return holds(self.body(), words)
        return slice_may_hold(response, content, words)


def _params(value: Json) -> tuple[Param, ...]:
    return tuple(
        Param(name, _param_value(content, item)) for name, content, item in pairs_of(value) if name or text_of(content)
    )


def _param_value(value: Json, item: Json) -> str:
    """A field's value; Charles 4 base64-encodes single ones and says so in `encoding`."""
    text = text_of(value)
    raw = unbase64(text) if is_base64(member(item, "encoding")) else None
    with suppress(UnicodeDecodeError):
        decoded = raw.decode() if raw is not None else text
        return text if decoded.lstrip().startswith("<") and "saml" in text_of(member(item, "name")).lower() else decoded
    return text


def _post_data(request: Json, files: Files) -> PostData | None:
    data = member(request, "postData")
    if data is None and member(request, "method") == "GET" and member(request, "_content") is None:
        return None  # nearly every page; its headers need not be read for a length
    if isinstance(data, (str, list)):
        data = {"text" if isinstance(data, str) else "params": data}
    text = _post_text(data, files) or _post_text(member(request, "_content"), files)  # _content: HTTP Toolkit
    body_fields = member(data, "text")
    params = _params(member(data, "params")) or _params(body_fields if isinstance(body_fields, (dict, list)) else None)
    lost, sent = ("", 0) if text or params else _post_lost(request, data)
    if not text and not params and not lost:
        return None
    return PostData(one_line(text_of(member(data, "mimeType")), LONG), text or None, params, lost, sent)


def _post_text(data: Json, files: Files) -> str:
    """Posted text. `encoding` is no HAR 1.2, but Charles, Reqable and martian write it; `_file` is Playwright's."""
    text = text_of(member(data, "text"))
    if not text:
        raw = side_file(data, files)
    elif is_base64(member(data, "encoding")):
        raw = unbase64(text)
    else:
        return text
    return text if raw is None else decoded_text(raw, text_of(member(data, "mimeType")), "").text or ""


def _post_lost(request: Json, data: Json) -> tuple[str, int]:
    """Why a request that sent something shows nothing, and how many bytes it sent, as far as known.

    Chromium 61 dropped what a redirect answered, others say so.
    """
    if file_name(data):
        return LostPart.OTHER_FILE(), 0
    comment = text_of(member(request, "_requestBodyStatus")) or text_of(member(data, "comment"))
    sent = (
        number_of(header_value(headers_of(member(request, "headers")), "content-length"))
        or number_of(member(request, "bodySize"))
        or 0
    )
    if sent > 0:
        return LostPart.POST_NOT_RECORDED(count=int(sent)), int(sent)
    return (LostPart.POST_LEFT_OUT() if comment.strip() else ""), 0
