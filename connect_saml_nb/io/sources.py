"""Opens inputs: paths, bytes and streams, and unpacks what is packed. Only this module touches the disk.

Big inputs are mapped, not read. What has to be unpacked goes to a temporary file that only its owner can read and that
has no name, so nothing stays behind.
"""

from __future__ import annotations

import mmap
import os
import stat
import tempfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from connect_saml_nb.errors import CaptureError, ConnectSamlError
from connect_saml_nb.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Data: TypeAlias = bytes | mmap.mmap
Input: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | mmap.mmap | BinaryIO

#: Inputs from this size on (bytes) are mapped instead of read.
MMAP_FROM = 4 << 20
#: The most bytes that an input may have, packed or unpacked.
INPUT_LIMIT = 4 << 30
#: Unpacked bytes for each packed one; judged from `RATIO_FREE` unpacked bytes on. Recorded HARs stay below 60.
RATIO_LIMIT = 200
RATIO_FREE = 64 << 20
#: The most bytes of a body that stands in a file of its own beside the capture or in its zip.
SIDECAR_LIMIT = 64 << 20
#: The most parts of a gzip.
GZIP_PART_LIMIT = 10_000
_CHUNK = 1 << 20
_GZIP_CHUNK = 16 << 10
_NAME_LENGTH = 200
_PATH_LENGTH = 1024
#: What unpacking raises on damaged input.
UNPACK_ERRORS = (zlib.error, EOFError, OSError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Source:
    """An opened input: what a person calls it, its bytes, and the folder where its side files may stand."""

    name: str
    data: Data = field(repr=False)
    path: Path | None = field(repr=False, default=None)
    state: tuple[int, int, int, int] | None = field(repr=False, default=None)

    def unchanged(self) -> bool:
        """False where a mapped file was written to after it was opened: reading on could then end the process."""
        if self.path is None or self.state is None:
            return True
        try:
            now = _state(self.path.stat())
        except (OSError, ValueError):
            return True  # removed: the mapping keeps the bytes
        return now == self.state or now[:2] != self.state[:2]  # another file under its name leaves the mapping alone


def _state(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def label(name: object) -> str:
    """A file's or member's name as one short printable line."""
    text = str(name).encode("utf-8", "replace").decode()
    shown = printable(text, None)
    return shown if len(shown) <= _NAME_LENGTH else "…" + shown[1 - _NAME_LENGTH :]


def open_source(source: Input, name: str | None = None) -> Source:
    """Open a path, bytes or an open binary file.

    Raises CaptureError with a sentence where it cannot be opened or is too large.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Source(label(name or "capture"), bytes(source))
    if isinstance(source, mmap.mmap):
        return Source(label(name or "capture"), source)
    if isinstance(source, (str, os.PathLike)):
        return _open_path(source, name)
    if callable(getattr(source, "read", None)):
        return _open_stream(source, name)
    raise CaptureError("This is no capture: give a path, bytes or a file opened for reading.")


def _open_path(source: str | os.PathLike[str], name: str | None) -> Source:
    given = os.fspath(source)
    if isinstance(source, str) and _is_text(given):
        raise CaptureError("This is text, not the path of a file: give the text as bytes, or save it to a file first.")
    shown = label(given)
    try:
        return _map_path(Path(given), name)
    except FileNotFoundError:
        raise CaptureError(f"There is no file {shown}: check the path.") from None
    except IsADirectoryError:
        raise CaptureError(f"{shown} is a folder: give one capture in it.") from None
    except PermissionError:
        raise CaptureError(f"{shown} may not be read (permission denied): check who owns it.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable path"
        raise CaptureError(f"{shown} cannot be opened ({reason}).") from None


def _is_text(given: str) -> bool:
    """True for a paste given in place of a path, which must not be shown in a message."""
    return (
        "\n" in given or "SAMLResponse=" in given or given.lstrip().startswith(("<", "{")) or len(given) > _PATH_LENGTH
    )


def _map_path(path: Path, name: str | None) -> Source:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        called = label(name or path.name)
        if not stat.S_ISREG(status.st_mode):  # a pipe or device
            return Source(called, spool(pieces_of(file)))
        if status.st_size > INPUT_LIMIT:
            raise _too_large()
        if status.st_size < MMAP_FROM:
            return Source(called, file.read(MMAP_FROM), path)
        return Source(called, _mapped(file.fileno()), path, _state(status))


def _mapped(descriptor: int) -> mmap.mmap:
    """A file's bytes without a copy; on Linux all pages are mapped at once, as all will be read."""
    if hasattr(mmap, "MAP_POPULATE"):
        return mmap.mmap(descriptor, 0, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE, prot=mmap.PROT_READ)
    return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)


def _open_stream(file: BinaryIO, name: str | None) -> Source:
    own = getattr(file, "name", None)
    called = label(name or (os.path.basename(own) if isinstance(own, str) else "") or "capture")  # noqa: PTH119 - a label, no path
    try:
        return Source(called, spool(pieces_of(file)))
    except (OSError, ValueError, UnicodeError):
        raise CaptureError(f"{called} cannot be read: open it for reading in binary mode.") from None


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    """A file's bytes, a piece at a time."""
    while piece := file.read(_CHUNK):
        yield piece.encode("utf-8", "replace") if isinstance(piece, str) else piece


def _too_large() -> CaptureError:
    return CaptureError(f"The input is larger than {INPUT_LIMIT >> 30} GiB: record the sign-in alone and export again.")


def spool(pieces: Iterable[bytes], packed: int | None = None) -> Data:
    """Gather pieces: in memory while they are few, else mapped from a nameless temporary file.

    `packed` is their size before unpacking. Raises CaptureError beyond `INPUT_LIMIT` and `RATIO_LIMIT`.
    """
    import tempfile  # noqa: PLC0415 - few inputs need it, and start-up should feel instant

    total = 0
    with tempfile.SpooledTemporaryFile(max_size=MMAP_FROM) as file:
        for piece in pieces:
            total += len(piece)
            _check_size(total, packed)
            try:
                file.write(piece)
            except OSError:
                raise _no_room(tempfile.gettempdir()) from None
        if total <= MMAP_FROM:
            file.seek(0)
            return file.read()
        file.flush()
        return _mapped(file.fileno())


#: How the sentence begins where a full disk is in the way, and no fault of the input.
NO_ROOM = "There is no room to unpack the input"


def _no_room(folder: str) -> CaptureError:
    return CaptureError(f"{NO_ROOM}: free some in {folder}, or set TMPDIR.")


def _check_size(total: int, packed: int | None) -> None:
    if total > INPUT_LIMIT:
        raise _too_large()
    if packed is not None and total > RATIO_FREE and total > packed * RATIO_LIMIT:
        raise CaptureError(
            f"The packed file grows to more than {RATIO_LIMIT} times its size, which no recording does: it is refused."
        )


def unpack(pieces: Iterator[bytes], packed: int) -> tuple[Data, bool]:
    """What comes out of a packed input, and whether it is whole (False: it is damaged or cut off after that).

    Raises CaptureError where nothing comes out or it is too large.
    """
    whole = True

    def until_damage() -> Iterator[bytes]:
        nonlocal whole
        try:
            yield from pieces
        except UNPACK_ERRORS:
            whole = False

    data = spool(until_damage(), packed)
    if not whole and not data:
        raise CaptureError("The packed file is damaged: nothing in it can be unpacked. Get a fresh copy of it.")
    return data, whole


def gunzip(data: Data) -> tuple[Data, bool]:
    """What a gzip or a zlib stream holds, and whether it is whole."""
    return unpack(_gunzip(data), len(data))


def _gunzip(data: Data) -> Iterator[bytes]:
    view, position = memoryview(data), 0
    for _ in range(GZIP_PART_LIMIT):
        engine = zlib.decompressobj(wbits=47)  # RFC 1952, a chain of parts; or one of RFC 1950
        while not engine.eof:
            if position >= len(view):
                raise EOFError
            piece = view[position : position + _GZIP_CHUNK]
            yield engine.decompress(piece, _CHUNK)
            position += len(piece) - len(engine.unconsumed_tail) - len(engine.unused_data)
        if bytes(view[position : position + 2]) != b"\x1f\x8b":
            return


def inflate(data: bytes, wbits: int, limit: int) -> bytes | None:
    """Inflated bytes; None where they are no such data, cut off, or more than `limit`."""
    engine = zlib.decompressobj(wbits=wbits)
    try:
        out = engine.decompress(data, limit)
    except zlib.error:
        return None
    return out if engine.eof else None


def side_file(folder: Path, name: str) -> bytes | None:
    """A file of that plain name in that very folder, or None: no other folder, no link, nothing large."""
    if name in {"", ".", ".."} or any(c in name for c in '/\\:\0<>"|?*') or len(name) > _NAME_LENGTH:
        return None
    path = folder / name
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if path.is_symlink():
            return None
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - Path.open cannot refuse links
            status = os.fstat(file.fileno())
            return file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= SIDECAR_LIMIT else None
    except (OSError, ValueError):
        return None


def write_private(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file that appears whole or not at all and that only its owner may read.

    Raises ConnectSamlError with a sentence where it cannot be written.
    """
    target = Path(path)
    try:
        replace_file(target, text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise ConnectSamlError(f"{label(target)} could not be written: {reason}.") from None


def replace_file(target: Path, data: bytes) -> None:
    """Put a file in place whole or not at all, for its owner only. Raises OSError and ValueError."""
    with new_file(target) as file:
        file.write(data)


@contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """A file to write that stands under its name once it is whole and on the disk, for its owner only.

    Raises OSError and ValueError.
    """
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:50]}.")  # mode 0600
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


# --- many inputs: folders and S3 ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """One of many inputs: a path or an `s3://` URL, its bytes, and what changes when it is written anew.

    `problem` is a sentence where it cannot be looked into.
    """

    name: str
    size: int = 0
    state: str = ""
    problem: str = ""


def files_in(folder: str) -> Iterator[Place]:
    """The regular files of a folder and of those in it; links to folders are not followed.

    What may not be looked into is a Place with its problem; pipes and devices are passed over.
    """
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield Place(folder, problem=f"{label(folder)} cannot be read ({_reason(error)}): check who owns it.")
            continue
        for entry in entries:
            if _is_file(entry):
                yield place_of(entry.path)
            elif entry.is_symlink():
                yield Place(entry.path, problem=f"{label(entry.path)} is a link that is not followed: name its target.")
        waiting += [entry.path for entry in reversed(entries) if entry.is_dir(follow_symlinks=False)]


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file or a link to one; a link to itself is none, and raises here (ELOOP)."""
    with suppress(OSError):
        return entry.is_file()
    return False


def place_of(path: str) -> Place:
    """A file as one of many inputs. What is opened only when somebody writes to it is none of them."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a path as text, many times over
    except (OSError, ValueError) as error:
        return Place(path, problem=f"{label(path)} cannot be read ({_reason(error)}).")
    if not stat.S_ISREG(status.st_mode):
        return Place(path, problem=f"{label(path)} is no file: save what it holds to a file, and name that.")
    return Place(path, status.st_size, f"{status.st_size}-{status.st_mtime_ns}")


def is_there(name: str) -> bool:
    """Whether there is a file, or an object in S3, of exactly this name. Raises ConnectSamlError as `s3_objects`."""
    if name.startswith(S3):
        return any(place.name == name for place in s3_objects(name))
    return os.path.exists(name)  # noqa: PTH110 - a path as text


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "not a usable path"


S3 = "s3://"
# What S3 and the AWS SDK say where no further request can succeed before somebody signs in again.
_SIGNED_OUT = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidToken",
        "TokenRefreshRequired",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
        "SSOTokenLoadError",
        "SSOError",
        "ProfileNotFound",
    }
)


def s3_objects(url: str) -> Iterator[Place]:
    """The objects below an `s3://bucket/prefix`, page by page.

    Raises ConnectSamlError with a sentence where they cannot be listed to the end.
    """
    bucket, prefix = _s3_parts(url)
    with _s3_errors(url):
        pages = _s3_client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", ()):
                if not item["Key"].endswith("/"):
                    yield Place(f"{S3}{bucket}/{item['Key']}", item["Size"], f"{item['Size']}-{item['ETag']}")


def s3_data(url: str) -> Data:
    """An object's bytes; a large one is mapped from a nameless temporary file.

    Raises CaptureError where this object cannot be read, ConnectSamlError where none can.
    """
    bucket, key = _s3_parts(url)
    with _s3_errors(url):
        for _ in range(_S3_TRIES - 1):
            with suppress(*_broken_off()):
                return _s3_object(bucket, key)
        return _s3_object(bucket, key)


_S3_TRIES = 3


def _s3_object(bucket: str, key: str) -> Data:
    body = _s3_client().get_object(Bucket=bucket, Key=key)["Body"]
    return spool(body.iter_chunks(_CHUNK))


def _broken_off() -> tuple[type[Exception], ...]:
    """What the SDK raises where an answer ends before its end; it repeats requests, but not the reading of a body."""
    from botocore.exceptions import (  # noqa: PLC0415 -- slow to import, and only S3 needs it
        IncompleteReadError,
        ReadTimeoutError,
        ResponseStreamingError,
    )

    return IncompleteReadError, ReadTimeoutError, ResponseStreamingError


def _s3_parts(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix(S3).partition("/")
    if not bucket:
        raise ConnectSamlError("That is no place in S3: write s3://BUCKET/PREFIX.")
    return bucket, key


@lru_cache(maxsize=1)
def _s3_client() -> Any:  # noqa: ANN401 -- boto3 makes its clients' classes when they are asked for
    import boto3  # noqa: PLC0415 -- slow to import, and only S3 needs it
    from botocore.config import Config  # noqa: PLC0415

    retries: Any = {"mode": "standard", "max_attempts": 5}
    return boto3.session.Session().client("s3", config=Config(retries=retries, connect_timeout=10, read_timeout=30))


@contextmanager
def _s3_errors(url: str) -> Iterator[None]:
    """Put what the SDK raises into a sentence."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # noqa: PLC0415

    shown = label(url)
    try:
        yield
    except ClientError as error:
        raise _s3_refusal(shown, label(error.response.get("Error", {}).get("Code", "unknown error"))) from None
    except _broken_off():
        raise CaptureError(f"{shown} broke off {_S3_TRIES} times on the way from S3.") from None
    except HTTPClientError as error:
        raise ConnectSamlError(f"S3 could not be reached ({type(error).__name__}): check the network.") from None
    except BotoCoreError as error:
        if type(error).__name__ in _SIGNED_OUT:
            raise _signed_out(shown, type(error).__name__) from None
        raise CaptureError(f"{shown} could not be read ({type(error).__name__}).") from None


def _s3_refusal(shown: str, code: str) -> ConnectSamlError:
    if code in _SIGNED_OUT:
        return _signed_out(shown, code)
    if code in {"NoSuchBucket", "AllAccessDisabled"}:
        return ConnectSamlError(f"S3 answered {code} to {shown}: check the bucket's name.")
    if code in {"NoSuchKey", "404"}:
        return CaptureError(f"There is no {shown} in S3: was it removed?")
    if code in {"AccessDenied", "403"}:
        return CaptureError(f"S3 answered {code} to {shown}: it takes s3:GetObject and s3:ListBucket.")
    return CaptureError(f"S3 answered {code} to {shown}: try again later.")


def _signed_out(shown: str, code: str) -> ConnectSamlError:
    _s3_client.cache_clear()  # a process that lives on takes the new credentials
    return ConnectSamlError(
        f"AWS refused the credentials at {shown} ({code}): sign in again (for example aws sso login), then go on."
    )
