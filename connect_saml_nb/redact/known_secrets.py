"""The credentials of a capture, read from the capture itself: so that the check need not believe the redactor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from connect_saml_nb import saml, urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connect_saml_nb.model.capture import Capture, Entry
    from connect_saml_nb.redact.secrets import Secrets

_CREDENTIAL = re.compile(
    r"cookie|auth|token|secret|passw|pwd|passcode|otp|csrf|session|credential|api-?key|signature|\bcode|\bsid\b",
    re.IGNORECASE,
)
_CRYPTOGRAPHIC = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:Signature|Digest|Cipher)Value[^<>]{0,500}>([^<]{8,})<")
_MOST = 1000


def note_credentials(capture: Capture, secrets: Secrets) -> None:
    """Remember cookies, Authorization headers, fields named like credentials, and what signs or is encrypted."""
    for entry in capture.entries:
        for value in _held(entry):
            secrets.mark(value, "a credential")
    for message in saml.find_messages(capture):
        for found in _CRYPTOGRAPHIC.findall(message.xml or b"")[:_MOST]:
            value = "".join(found.decode("ascii", "replace").split())
            if "REMOVED" not in value:
                secrets.mark(value, "a signature or encrypted data")


def _held(entry: Entry) -> Iterator[str]:
    for header in (*entry.request_headers, *entry.response_headers):
        name = header.name.casefold()
        if name in {"cookie", "set-cookie"}:
            yield from (pair.partition("=")[2].strip() for pair in re.split(r"[;\n]", header.value))
        elif name.endswith("authorization"):
            yield header.value.rpartition(" ")[2]
    post = entry.post_data
    pairs = [(p.name, unquote(p.value)) for p in post.params[:_MOST]] if post else []
    if post and post.text:
        pairs += _pairs(post.text[:100_000])
    for url in (entry.url, entry.location or ""):
        pairs += [*urls.split(url).parameters, *_pairs(url.partition("#")[2])]
    yield from (value for name, value in pairs if _CREDENTIAL.search(name) and not _is_address(value))


def _is_address(value: str) -> bool:
    return "/" in value[:1] or "://" in value[:20] or value.startswith("arn:")


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    try:
        return parse_qsl(text, max_num_fields=_MOST)
    except ValueError:  # more than that
        return []
