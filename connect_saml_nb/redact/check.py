"""The redactor's own check: what it wrote is read again, searched for every secret, and diagnosed again."""

from __future__ import annotations

import html
import json
import re
import zlib
from base64 import b64decode
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from connect_saml_nb.io.unpack import inflate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.redact.secrets import Secrets

Json = Any
#: Rules that rest on what redaction removes: signatures, digests, encrypted data, and certificates under pseudonyms.
RESTS_ON_REMOVED = frozenset(
    {
        *("signature-invalid", "signature-missing", "signature-wrapped", "certificate-expired", "metadata-outdated"),
        *("algorithm-old", "assertion-encrypted", "response-encrypted", "certificate-weak", "issuer-mismatch"),
    }
)
TELLS_REDACTION = "capture-redacted"
_DEEP = 4
_VIEWS = 2000  # of one string
_LARGEST = 8 << 20

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_ESCAPES = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)


# --- secrets -----------------------------------------------------------------------------------------------


def leak(text: str, secrets: Secrets) -> str | None:
    """Where a secret still stands in a redacted HAR, as words without it; None where none does."""
    kind = secrets.find(text)
    if kind:
        return f"{kind} in the file"
    places: dict[str, str] = {}
    for place, held in _strings(json.loads(text)):
        places.setdefault(held, place)
    return next(filter(None, (_leak(held, place, secrets) for held, place in places.items())), None)


def _leak(held: str, place: str, secrets: Secrets) -> str | None:
    seen = "\0".join(views(held))
    kind = secrets.find(seen) if len(seen) > len(held) else None  # the text itself was looked at
    return f"{kind} in {place}" if kind else None


def _strings(document: Json) -> Iterator[tuple[str, str]]:
    """Every string of the document, names too, and where it stands."""
    waiting: list[tuple[str, Json]] = [("the HAR", document)]
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, str):
            yield place, node
        elif isinstance(node, dict):
            for key, value in node.items():
                yield place, key
                waiting.append((f"{place}.{key}"[-80:] if place != "the HAR" else key, value))
        elif isinstance(node, list):
            waiting.extend((f"{place}[{i}]"[-80:], value) for i, value in enumerate(node))


def views(text: str) -> Iterator[str]:
    """The text as it is and every way that it can be decoded, encodings inside encodings too."""
    seen: set[str] = set()
    waiting = [(text, 0)]
    while waiting and len(seen) < _VIEWS:
        view, depth = waiting.pop()
        if view in seen:
            continue
        seen.add(view)
        yield view
        if depth < _DEEP:
            waiting.extend((decoded, depth + 1) for decoded in _decoded(view) if decoded != view)


def _decoded(text: str) -> Iterator[str]:
    if "%" in text:
        yield unquote_plus(text, errors="replace")
    elif "+" in text:
        yield text.replace("+", " ")
    if "&" in text:
        yield html.unescape(text)
    if "\\" in text:
        yield _ESCAPES.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else m[3], text)
    if "\n" in text or " " in text:
        bare = "".join(text.split())
        if _BASE64.fullmatch(bare.rstrip("=")):
            yield bare
    for run in _BASE64.findall(text):
        yield from _from_base64(run)
    for run in _HEX.findall(text):
        yield from _from_bytes(bytes.fromhex(run))


def _from_base64(run: str) -> Iterator[str]:
    plain = run.translate(str.maketrans("-_", "+/"))
    for offset in range(4):
        piece = plain[offset:]
        piece = piece[: len(piece) // 4 * 4] if len(piece) % 4 == 1 else piece + "=" * (-len(piece) % 4)
        yield from _from_bytes(b64decode(piece), whole=not offset)


def _from_bytes(data: bytes, *, whole: bool = True) -> Iterator[str]:
    for bits in (-zlib.MAX_WBITS, zlib.MAX_WBITS, zlib.MAX_WBITS | 16) if whole else ():
        inflated = inflate(data, bits, _LARGEST)
        if inflated:
            yield inflated.decode("utf-8", "replace")
    if _is_text(data[:64]):
        yield data.decode("utf-8", "replace")


def _is_text(start: bytes) -> bool:
    return sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in start) > len(start) // 2  # noqa: PLR2004 -- ASCII


# --- diagnosis ---------------------------------------------------------------------------------------------


def difference(before: Diagnosis, after: Diagnosis, alias: Callable[[str], str]) -> str | None:
    """What the two diagnoses disagree on, in words; None where they agree but for pseudonyms and removed signatures."""
    if len(before.sign_ins) != len(after.sign_ins):
        return f"{len(before.sign_ins)} sign-ins became {len(after.sign_ins)}"
    for one, other in zip(before.sign_ins, after.sign_ins, strict=True):
        told = _differs(one, other, alias)
        if told:
            return f"sign-in {one.sign_in.number}: {told}"
    return None


def _differs(one: SignInDiagnosis, other: SignInDiagnosis, alias: Callable[[str], str]) -> str | None:
    if one.verdict != other.verdict and not _rested_on_removed(one):
        return f"the verdict {one.verdict} became {other.verdict}"
    steps = [sorted((m.kind, name(m.user.username)) for m in j.matches) for j, name in ((one, alias), (other, str))]
    if steps[0] != steps[1]:
        return "the Connect users that match are others"
    before, after = _outcomes(one), _outcomes(other)
    changed = sorted(r for r in before.keys() | after.keys() if before.get(r) != after.get(r) and not _may(r, after))
    if changed:
        rule = changed[0]
        return f"the rule {rule} was {before.get(rule, 'not there')} and is {after.get(rule, 'not there')}"
    return None


def _rested_on_removed(diagnosis: SignInDiagnosis) -> bool:
    return any(f.verdict == diagnosis.verdict and f.rule in RESTS_ON_REMOVED for f in diagnosis.findings)


def _may(rule: str, after: dict[str, str]) -> bool:
    return rule == TELLS_REDACTION or (rule in RESTS_ON_REMOVED and after.get(rule) == "not checked")


def _outcomes(diagnosis: SignInDiagnosis) -> dict[str, str]:
    found = {f.rule: f"found ({f.severity.value})" for f in diagnosis.findings}
    return {
        **{n.rule: "not checked" for n in diagnosis.not_checked},
        **dict.fromkeys(diagnosis.passed, "passed"),
        **found,
    }
