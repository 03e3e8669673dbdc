"""Feed mutated bytes to one entrance of the package: `fuzz.py TARGET [SECONDS]`. See README.md beside this file."""

# ruff: noqa: INP001 -- a command, no package

from __future__ import annotations

import gzip
import io
import json
import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

with atheris.instrument_imports(include=["connect_saml_nb"]):
    from connect_saml_nb import har, saml
    from connect_saml_nb.diagnosis import diagnose
    from connect_saml_nb.errors import ConnectSamlError
    from connect_saml_nb.redact import redact_har
    from connect_saml_nb.saml.rewrite import rewrite_field, rewrite_xml
    from connect_saml_nb.users import read_user_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TESTS = Path(__file__).resolve().parent.parent / "tests"
LONGEST = 100_000  # bytes of one input
_OUTPUT = Path(tempfile.mkdtemp(prefix="fuzz-")) / "out.har"


def capture(data: bytes) -> None:
    """Read, and look at every part."""
    for read in har.read_captures(data):
        for entry in () if isinstance(read, har.Unreadable) else read.entries:
            _ = entry.request_headers, entry.response_headers, entry.post_data, entry.body.text


def message(data: bytes) -> None:
    """Read XML as a message, and write it again as it is: the two must say the same."""
    first = saml.read_message(data)
    again = rewrite_xml(data, lambda _, text: text)
    if again is not None:
        second = saml.read_message(again)
        assert (first.kind, first.state, first.assertions) == (second.kind, second.state, second.assertions)  # noqa: S101 -- this is a test


def field(data: bytes) -> None:
    """Rewrite a form's field: it must be read to the same state and to the same problem."""
    text = data.decode("utf-8", "replace")
    for deflated in (False, True):
        rewrite_field("SAMLResponse", text, lambda _, value: value, deflated=deflated)
        rewrite_field("wresult", text, lambda _, __: "x", deflated=deflated)


def users(data: bytes) -> None:
    """Read a list of users."""
    read_user_lists(data)


def archive(data: bytes) -> None:
    """Read the bytes as they are, as a gzip's content, and as a zip's member."""
    for read in har.read_captures(data):
        del read
    for read in har.read_captures(gzip.compress(data, 1)):
        del read
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("a.har", data)
    for read in har.read_captures(packed.getvalue()):
        del read


def redact(data: bytes) -> None:
    """Redact: a file that passed the redactor's own check, or a sentence and no file."""
    diagnose(data)
    _OUTPUT.unlink(missing_ok=True)
    try:
        written = redact_har(data, _OUTPUT, pseudonyms=len(data) % 2 == 1)
    except ConnectSamlError:
        assert not _OUTPUT.exists()  # noqa: S101 -- this is a test
        raise
    assert har.read_capture(written[0].path).stated or not diagnose(data).sign_ins  # noqa: S101 -- this is a test


def stated(data: bytes) -> None:
    """Read the bytes as the note of a redacted capture: words of the known form, or nothing."""
    with suppress(ValueError, RecursionError):
        note = {"schema": har.REDACTION_SCHEMA, "stated": json.loads(data)}
        read = har.read_capture(json.dumps({"log": {"entries": [{}], har.REDACTION_FIELD: note}}).encode())
        assert all(name.isascii() and name.islower() for s in read.stated for name in (s.verdict, *s.removed))  # noqa: S101 -- this is a test


TARGETS: dict[str, Callable[[bytes], None]] = {
    "capture": capture,
    "saml": message,
    "field": field,
    "users": users,
    "archive": archive,
    "redact": redact,
    "stated": stated,
}
_SEEDS = {"saml": "saml/*.xml", "field": "saml/*.xml", "users": "users/*"}


def _seeds(target: str) -> Iterable[bytes]:
    for path in sorted((TESTS / "data").glob(_SEEDS.get(target, "[ch]a*/**/*.har*"))):
        if path.is_file() and path.stat().st_size <= LONGEST:
            yield path.read_bytes()


def _one(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        with suppress(ConnectSamlError):
            target(data)

    return run


def main() -> None:
    """Run the target that the command line names."""
    name, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "60"  # noqa: PLR2004 -- the command line
    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for number, seed in enumerate(_seeds(name)):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=30", "-rss_limit_mb=2000"]
    options.append(f"-artifact_prefix={corpus}/")
    atheris.Setup([sys.argv[0], *options, str(corpus)], _one(TARGETS[name]))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
