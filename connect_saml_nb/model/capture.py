"""A capture: its entries, their headers and bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from connect_saml_nb.model.record import Record

if TYPE_CHECKING:
    from datetime import datetime


class Header(Record, frozen=True):
    """One HTTP header as recorded."""

    hidden = ("value",)
    name: str
    value: str


class Param(Record, frozen=True):
    """One field of a recorded form, exactly as the exporter wrote it (some percent-encode values, some decode)."""

    hidden = ("value",)
    name: str
    value: str


class PostData(Record, frozen=True):
    """What was posted. `text` is None where the exporter kept none; `lost` then says why in a few words.

    `lost_bytes` is how many bytes were sent then, 0 where it is not known.
    """

    hidden = ("text", "params")
    mime_type: str
    text: str | None
    params: tuple[Param, ...]
    lost: str = ""
    lost_bytes: int = 0


class Body(Record, frozen=True):
    """A response body as text (decoded from base64 and gzip/deflate where needed), or why there is none."""

    hidden = ("text",)
    text: str | None
    lost: str = ""


class EntryParts(Protocol):
    """The parts of an entry that are read from the file only when asked for. Never raises on content."""

    def request_headers(self) -> tuple[Header, ...]:
        """Request headers in the file's order."""
        ...

    def response_headers(self) -> tuple[Header, ...]:
        """Response headers in the file's order."""
        ...

    def post_data(self) -> PostData | None:
        """What was posted, or None."""
        ...

    def body(self) -> Body:
        """The response body as text."""
        ...

    def body_may_hold(self, *words: str) -> bool:
        """False only if the body surely holds none of the words."""
        ...


class Entry(Record, frozen=True):
    """One request and its response.

    `index` is the position in the file's `log.entries`; `started` the client's clock; `status` 0 where there was no
    answer (also for -1 and other negative numbers); `location` the redirect's target as recorded (it may be relative);
    `error` the browser's own name for a network error (`net::ERR_…`, `NS_ERROR_…`), else `""`;
    `resource_type` what the exporter says (`document`, `xhr`, …) in lower case, else `""`.
    """

    hidden = ("url", "location", "parts")
    index: int
    started: datetime | None
    method: str
    url: str
    status: int
    mime_type: str
    location: str
    time_ms: float | None
    error: str
    resource_type: str
    parts: EntryParts

    def __eq__(self, other: object) -> bool:
        """Whether two entries say the same, wherever their parts are read from."""
        return isinstance(other, Entry) and self._key() == other._key()

    def __hash__(self) -> int:
        """A hash of what is compared."""
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name != "parts")

    @property
    def request_headers(self) -> tuple[Header, ...]:
        """Request headers in the file's order."""
        return self.parts.request_headers()

    @property
    def response_headers(self) -> tuple[Header, ...]:
        """Response headers in the file's order."""
        return self.parts.response_headers()

    @property
    def post_data(self) -> PostData | None:
        """What the request posted, or None where the request had no body."""
        return self.parts.post_data()

    @property
    def body(self) -> Body:
        """The response body."""
        return self.parts.body()

    def response_header(self, name: str) -> str | None:
        """The first response header called `name` (letter case ignored), or None."""
        wanted = name.casefold()
        return next((h.value for h in self.response_headers if h.name.casefold() == wanted), None)

    def body_may_hold(self, *words: str) -> bool:
        """False only if the body surely holds none of the ASCII `words`; cheap, and exact in letter case."""
        return self.parts.body_may_hold(*words)


class RedactionNote(Record, frozen=True):
    """What a redacted capture says of one sign-in of its original, without proof.

    `verdict` is the one on the original, `removed` the rules whose answer rested on what redaction removed;
    `pseudonyms` says that names, accounts and addresses are made-up ones.
    """

    sign_in: int
    verdict: str
    removed: tuple[str, ...] = ()
    pseudonyms: bool = False


class Capture(Record, frozen=True):
    """A capture, its entries in the order of time (of the file where times are absent or equal).

    `name` is what the person calls it; `creator` the exporter and its version; `problem` a sentence where something is
    wrong with the file though entries could be read (cut off, entries left out), else None; `stated` what a capture
    that connect_saml_nb redacted says of its original.
    """

    hidden = ("entries",)
    name: str
    creator: str
    browser: str
    entries: tuple[Entry, ...]
    problem: str | None = None
    stated: tuple[RedactionNote, ...] = ()
