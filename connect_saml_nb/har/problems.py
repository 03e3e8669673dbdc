"""Why an input is no capture, what is wrong with one that is, and why a part of an entry is not there."""

from __future__ import annotations

from connect_saml_nb.errors import ProblemCode
from connect_saml_nb.io.sniff import FileKind

_GIVE_THE_HAR = "give the exported .har file itself."
_EXPORT_AGAIN = "export it again, and wait until it is saved."


class CaptureProblem(ProblemCode):
    """An input that is no capture, or not the one that was asked for."""

    EMPTY = "This file is empty: export the HAR again, and wait until it is saved."
    SEVERAL = "{name} holds {count} captures: read them with read_captures."
    FIDDLER_ARCHIVE = "This is a Fiddler archive (.saz): in Fiddler, export the sessions as HTTPArchive v1.2."
    PLAYWRIGHT_TRACE = "This is a Playwright trace, not a HAR: record with record_har_path instead."
    NONE_IN_ZIP = "There is no .har in this zip: put the exported HAR into it, or give the HAR itself."
    ZIP_IN_ZIP = "It is a zip inside a zip: unpack the outer one first."
    # --- other files
    PDF = "This is a PDF, not a HAR: " + _GIVE_THE_HAR
    PICTURE = "This is a picture, not a HAR: " + _GIVE_THE_HAR
    PACKETS = "This is a network packet capture, not a HAR: export a HAR from the browser's Network tab."
    OFFICE = "This is an Office document, not a HAR: " + _GIVE_THE_HAR
    PROPERTY_LIST = "This is a property list or web archive, not a HAR: export a HAR from the Network tab."
    SQLITE = "This is a database, not a HAR: export a HAR from the browser's developer tools."
    ZIP_IN_PACKED = "This is a zip inside another packed file: unpack the outer one first."
    SEVEN_ZIP = "This is a 7z archive, which is not read here: unpack it first."
    RAR = "This is a RAR archive, which is not read here: unpack it first."
    BZIP2 = "This is packed with bzip2, which is not read here: unpack it first."
    XZ = "This is packed with xz, which is not read here: unpack it first."
    ZSTD = "This is packed with zstd, which is not read here: unpack it first."
    GZIP_TWICE = "This is packed with gzip twice: unpack it first."
    HTML = "This is an HTML page, not a HAR: in the developer tools' Network tab choose Export HAR (Save all as HAR)."
    XML_LOG = "This is a network log in XML, not a HAR: export it as HTTP Archive (.har)."
    USER_LIST = "This is a list of Connect users, not a capture: give it as the users and a HAR as the capture."
    NETLOG = "This is a Chrome NetLog, not a HAR: export a HAR from the Network tab of the developer tools."
    NOTEBOOK = "This is a Jupyter notebook, not a HAR: " + _GIVE_THE_HAR
    CLOUDTRAIL = "This looks like a CloudTrail log, not a HAR: " + _GIVE_THE_HAR
    POSTMAN = "This looks like a Postman collection, not a HAR: export a HAR from the browser's developer tools."
    OTHER_JSON = "This is JSON, but no HAR (it has no log.entries): export a HAR from the browser's Network tab."
    NEITHER = (
        "This is neither a HAR nor a SAML response: give the .har file that the browser's Network tab exports, "
        "or paste the whole SAMLResponse value."
    )
    # --- a damaged HAR
    CUT_BEFORE_ENTRIES = "This HAR is cut off before its first entry: " + _EXPORT_AGAIN
    CUT_IN_FIRST_ENTRY = "This HAR is cut off before its first entry ends: " + _EXPORT_AGAIN


#: What people give in place of a capture, by how it begins. What is still packed was packed twice.
FOREIGN = {
    FileKind.EMPTY: CaptureProblem.EMPTY,
    FileKind.PDF: CaptureProblem.PDF,
    FileKind.PICTURE: CaptureProblem.PICTURE,
    FileKind.PACKETS: CaptureProblem.PACKETS,
    FileKind.OFFICE: CaptureProblem.OFFICE,
    FileKind.PROPERTY_LIST: CaptureProblem.PROPERTY_LIST,
    FileKind.SQLITE: CaptureProblem.SQLITE,
    FileKind.ZIP: CaptureProblem.ZIP_IN_PACKED,
    FileKind.GZIP: CaptureProblem.GZIP_TWICE,
    FileKind.SEVEN_ZIP: CaptureProblem.SEVEN_ZIP,
    FileKind.RAR: CaptureProblem.RAR,
    FileKind.BZIP2: CaptureProblem.BZIP2,
    FileKind.XZ: CaptureProblem.XZ,
    FileKind.ZSTD: CaptureProblem.ZSTD,
    FileKind.HTML: CaptureProblem.HTML,
}


class CaptureNote(ProblemCode):
    """What is wrong with a capture though entries could be read."""

    PACKED_DAMAGED = "The packed file is damaged or cut off."
    TOO_MANY_ENTRIES = "The file holds more than {most:,} entries: only the first {most:,} were read."
    CUT_OFF = "The file is {how} {where}: {whole} read, what follows is lost."
    TEXT_AFTER = "There is more text after the end of the HAR; it was ignored."
    ENTRY_LEFT_OUT = "1 of {total} entries was left out because it cannot be read (entry {first})."
    ENTRIES_LEFT_OUT = (
        "{count} of {total} entries were left out because they cannot be read (the first is entry {first})."
    )
    NO_ENTRIES = "The recording holds no entries: open the Network tab before signing in, then export."


class LostPart(ProblemCode):
    """Why a body, or what was posted, is not there."""

    BINARY = "it is binary data"
    NOT_RECORDED = "the recording does not hold it"
    TOO_LARGE = "it is larger than {mib} MiB"
    OTHER_FILE = "it stands in a separate file that is not here"
    GZIP_DAMAGED = "it is packed with gzip and damaged or too large"
    STILL_PACKED = "it is still packed with {packing}, which is not read here"
    FILE_CHANGED = "the file was changed after it was opened; read it again"
    POST_NOT_RECORDED = "{count} bytes were sent, but the recording does not hold them"
    POST_LEFT_OUT = "the exporter left it out"
