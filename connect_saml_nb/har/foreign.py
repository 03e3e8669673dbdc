"""What people give in place of a capture, told by how it begins."""

from __future__ import annotations

import re

from connect_saml_nb.errors import CaptureError

_FOREIGN_MAGIC = {
    b"%PDF": "This is a PDF, not a HAR: give the exported .har file itself.",
    b"\x89PNG": "This is a picture, not a HAR: give the exported .har file itself.",
    b"\xff\xd8\xff": "This is a picture, not a HAR: give the exported .har file itself.",
    b"\x0a\x0d\x0d\x0a": "This is a network packet capture, not a HAR: export a HAR from the browser's Network tab.",
    b"\xd4\xc3\xb2\xa1": "This is a network packet capture, not a HAR: export a HAR from the browser's Network tab.",
    b"\xd0\xcf\x11\xe0": "This is an Office document, not a HAR: give the exported .har file itself.",
    b"bplist": "This is a property list or web archive, not a HAR: export a HAR from the Network tab.",
    b"SQLite": "This is a database, not a HAR: export a HAR from the browser's developer tools.",
    b"PK\x03\x04": "This is a zip inside another packed file: unpack the outer one first.",
    b"7z\xbc\xaf": "This is a 7z archive, which is not read here: unpack it first.",
    b"Rar!": "This is a RAR archive, which is not read here: unpack it first.",
    b"BZh": "This is packed with bzip2, which is not read here: unpack it first.",
    b"\xfd7zXZ": "This is packed with xz, which is not read here: unpack it first.",
    b"\x28\xb5\x2f\xfd": "This is packed with zstd, which is not read here: unpack it first.",
    b"\x1f\x8b": "This is packed with gzip twice: unpack it first.",
}
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|meta|script|div|form)\b", re.IGNORECASE | re.DOTALL
)
NEITHER = (
    "This is neither a HAR nor a SAML response: give the .har file that the browser's Network tab exports, "
    "or paste the whole SAMLResponse value."
)


def refuse_foreign(head: bytes) -> None:
    """Raise CaptureError, with what to do, for what is known not to be a HAR."""
    if not head:
        raise CaptureError("This file is empty: export the HAR again, and wait until it is saved.")
    for magic, sentence in _FOREIGN_MAGIC.items():
        if head.startswith(magic):
            raise CaptureError(sentence)
    if _HTML.match(head):
        raise CaptureError(
            "This is an HTML page, not a HAR: in the developer tools' Network tab choose Export HAR (Save all as HAR)."
        )
    if head.startswith((b"<charles-session", b"<?xml")) and re.search(rb"<(?:charles-session|log)\b", head):
        raise CaptureError("This is a network log in XML, not a HAR: export it as HTTP Archive (.har).")
