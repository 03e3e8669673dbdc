"""What was named -> the items to work on, one after the other: nothing is read here but lists of names."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from connect_saml_nb.bulk import archives
from connect_saml_nb.bulk.problems import ItemProblem
from connect_saml_nb.errors import CaptureError
from connect_saml_nb.io import s3
from connect_saml_nb.io.archive import Archive
from connect_saml_nb.io.discover import S3, InputFile, files_in, input_file
from connect_saml_nb.io.source import label, open_source
from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Callable, Iterable, Iterator


Named: TypeAlias = str | os.PathLike[str]


class ItemKind(StrEnum):
    """How an item is read."""

    FILE = "file"
    ZIP = "member of a zip"
    TAR = "member of a tar"
    BYTES = "bytes"
    S3 = "object in S3"


@dataclass(frozen=True, slots=True)
class Item:
    """One unit of work, mostly one capture. `source` and `member` as in `Result`, but as they are.

    `offset` is where a member begins; `state` changes when the file is written anew. `problem` is a sentence where
    there is nothing to work on.
    """

    source: str
    member: str = ""
    kind: ItemKind = ItemKind.FILE
    size: int = 0
    state: str = ""
    offset: int = 0
    data: bytes = field(default=b"", repr=False)
    problem: str = ""

    @property
    def key(self) -> str:
        """What names this item in every run."""
        return f"{self.place}\n{_stored(self.member)}\n{self.offset}" if self.member else self.place

    @property
    def place(self) -> str:
        """What names its file or object in every run; the keys of all that is in it begin with this."""
        return _stored(self.source)


def _stored(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


@dataclass(slots=True)
class LeftOut:
    """Files of folders and archives that by their names are no captures: how many of each ending."""

    endings: dict[str, int] = field(default_factory=dict)

    def add(self, name: str) -> None:
        """Count one."""
        ending = os.path.splitext(name)[1].lower()[:12] or "no ending"  # noqa: PTH122 - a name, no path
        self.endings[ending] = self.endings.get(ending, 0) + 1

    @property
    def count(self) -> int:
        """How many files."""
        return sum(self.endings.values())


def items_of(named: Named | Iterable[Named], left_out: LeftOut | None = None) -> Iterator[Item]:
    """Every item in files, patterns, folders, archives, mails and `s3://` prefixes, each once.

    Of folders, archives and prefixes only what is named as a capture, an archive or a mail is taken; the rest is
    counted in `left_out`.
    """
    out = LeftOut() if left_out is None else left_out
    seen: set[str] = set()
    for source in _texts(named):
        found = False
        for item in _items(source, out):
            found = True
            if item.key not in seen:
                seen.add(item.key)
                yield item
        if not found:
            yield Item(source, problem=ItemProblem.NONE_IN_SOURCE(source=label(source)))


def items_at(source: str) -> Iterator[Item]:
    """The items in one file or object, whose name is taken as it is: no pattern, no prefix."""
    files = s3.objects(source) if source.startswith(S3) else iter([input_file(source)])
    for file in files:
        if file.name == source:
            yield from _parts(file, LeftOut())
            return


def _texts(named: Named | Iterable[Named]) -> list[str]:
    return [os.fspath(each) for each in ([named] if isinstance(named, (str, os.PathLike)) else named)]


def _items(source: str, out: LeftOut) -> Iterator[Item]:
    for file in _files(source, out):
        yield from _parts(file, out)


def _files(source: str, out: LeftOut) -> Iterator[InputFile]:
    if source.startswith(S3):
        return _wanted(s3.objects(source), out, source)
    if os.path.isdir(source):  # noqa: PTH112 - a path as text
        return _wanted(files_in(source), out, "")
    if not os.path.exists(source) and glob.has_magic(source):  # noqa: PTH110 - as above
        return _matching(source, out)
    return iter([input_file(source)])


def _wanted(files: Iterator[InputFile], out: LeftOut, named: str) -> Iterator[InputFile]:
    for file in files:
        if file.problem or file.name == named or archives.is_wanted(file.name):
            yield file
        else:
            out.add(file.name)


def _matching(pattern: str, out: LeftOut) -> Iterator[InputFile]:
    found = False
    for path in glob.iglob(pattern, recursive=True):  # noqa: PTH207 - a pattern may start at the root
        found = True
        if os.path.isdir(path):  # noqa: PTH112 - a path as text
            if not pattern.rstrip("/").endswith("**"):
                yield from _wanted(files_in(path), out, "")
        else:
            yield input_file(path)
    if not found:
        yield InputFile(pattern, problem=ItemProblem.NO_MATCH(pattern=label(pattern)))


# --- archives ----------------------------------------------------------------------------------------------

_SIDE_FILE = re.compile(r"(?:.*/)?[0-9a-f]{40}\.[\w-]{1,20}")  # Playwright's, named by their content's SHA-1


def _parts(file: InputFile, out: LeftOut) -> Iterator[Item]:
    """The items in a file or object, each member under a name of its own."""
    names = archives.MemberNames()
    for item in _parts_as_named(file, out):
        yield replace(item, member=names.own(item.member)) if item.member else item


def _parts_as_named(file: InputFile, out: LeftOut) -> Iterator[Item]:
    if file.problem:
        yield Item(file.name, problem=file.problem)
        return
    in_s3 = file.name.startswith(S3)
    whole = Item(file.name, kind=ItemKind.S3 if in_s3 else ItemKind.FILE, size=file.size, state=file.state)
    name = file.name.lower()
    if in_s3:  # the worker that fetches an archive looks into it
        yield whole
    elif name.endswith(".zip"):
        yield from _zip_parts(whole, out)
    elif name.endswith(".tar"):
        yield from _tar_parts(whole, out)
    elif archives.is_packed_tar(name):
        yield from _packed_tar_parts(whole, out)
    else:
        yield whole


def _zip_parts(whole: Item, out: LeftOut) -> Iterator[Item]:
    """The members of a zip of several captures; one with few, or with side files, is read as one."""
    try:
        members = Archive(open_source(Path(whole.source)).data).members()
    except CaptureError:
        yield whole  # reading it says what is wrong
        return
    wanted = [m for m in members if archives.is_wanted(m.filename)]
    if len(wanted) <= 1 or any(_SIDE_FILE.fullmatch(m.filename) for m in members):
        yield whole
        return
    for member in members:
        if not archives.is_wanted(member.filename):
            out.add(member.filename)
            continue
        yield Item(
            whole.source, member.filename, ItemKind.ZIP, member.file_size, whole.state, offset=member.header_offset
        )


def _tar_parts(whole: Item, out: LeftOut) -> Iterator[Item]:
    try:
        with open(whole.source, "rb") as file:  # noqa: PTH123 - a path as text
            for member in archives.tar_members(file):
                if archives.is_wanted(member.name):
                    yield Item(
                        whole.source, member.name, ItemKind.TAR, member.size, whole.state, offset=member.offset_data
                    )
                else:
                    out.add(member.name)
    except (OSError, CaptureError) as error:
        yield Item(whole.source, "(the rest)", size=whole.size, problem=_damage(error))


def _damage(error: Exception) -> str:
    return error.problem if isinstance(error, CaptureError) else ItemProblem.ARCHIVE_DAMAGED()


def _packed_tar_parts(whole: Item, out: LeftOut) -> Iterator[Item]:
    """The members of a packed tar: it can only be unpacked from its start, so it is done once, here."""
    try:
        with archives.unpacked(whole.source, whole.size) as (tar, stream):
            for member in archives.each_member(tar):
                if not archives.is_wanted(member.name):
                    out.add(member.name)
                    continue
                yield _bytes_item(whole, member, archives.member_bytes(tar, member, stream))
    except (*archives.DAMAGE, CaptureError) as error:
        yield Item(whole.source, "(the rest)", size=whole.size, problem=_damage(error))


def _bytes_item(whole: Item, member: tarfile.TarInfo, data: bytes | None) -> Item:
    item = Item(whole.source, member.name, ItemKind.BYTES, member.size, whole.state, offset=member.offset_data)
    return replace(item, problem=archives.too_large()) if data is None else replace(item, data=data)


def count(named: Named | Iterable[Named], is_wanted: Callable[[Item], bool] = lambda _: True) -> int | None:
    """How many items there are, where that is known without unpacking anything, otherwise None.

    Raises ConnectSamlError where S3 cannot be listed.
    """
    out, seen, total = LeftOut(), set[str](), 0
    for source in _texts(named):
        for file in _files(source, out):
            if archives.is_packed_tar(file.name) and not file.name.startswith(S3):
                return None
            for item in _parts(file, out):
                total += item.key not in seen and is_wanted(item)
                seen.add(item.key)
    return total
