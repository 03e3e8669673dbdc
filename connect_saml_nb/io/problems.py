"""What can be wrong with an input before anybody looks at what it holds."""

from __future__ import annotations

from connect_saml_nb.errors import ProblemCode


class InputProblem(ProblemCode):
    """An input cannot be opened, or not unpacked."""

    NOT_AN_INPUT = "This is no capture: give a path, bytes or a file opened for reading."
    TEXT_FOR_A_PATH = "This is text, not the path of a file: give the text as bytes, or save it to a file first."
    NO_FILE = "There is no file {path}: check the path."
    FOLDER = "{path} is a folder: give one capture in it."
    NOT_ALLOWED = "{path} may not be read (permission denied): check who owns it."
    NOT_OPENED = "{path} cannot be opened ({reason})."
    NOT_BINARY = "{name} cannot be read: open it for reading in binary mode."
    TOO_LARGE = "The input is larger than {gib} GiB: record the sign-in alone and export again."
    NO_ROOM = "There is no room to unpack the input: free some in {folder}, or set TMPDIR."
    GROWS = "The packed file grows to more than {ratio} times its size, which no recording does: it is refused."
    DAMAGED = "The packed file is damaged: nothing in it can be unpacked. Get a fresh copy of it."
    ZIP_TOO_MANY = "The zip has too many members: put only the captures into it."
    ZIP_DAMAGED = "The zip is damaged or cut off: get a fresh copy of it, or unpack it first."
    ZIP_PASSWORD = "The zip is protected with a password: unpack it first."  # noqa: S105 - a sentence
    FOLDER_NOT_READ = "{path} cannot be read ({reason}): check who owns it."
    FILE_NOT_READ = "{path} cannot be read ({reason})."
    LINK_NOT_FOLLOWED = "{path} is a link that is not followed: name its target."
    NOT_A_FILE = "{path} is no file: save what it holds to a file, and name that."
    NOT_WRITTEN = "{path} could not be written: {reason}."
    NO_EXTRA = "{name} needs an extra: pip install 'connect-saml-nb[{extra}]'."


class S3Problem(ProblemCode):
    """An object in S3 cannot be listed or read."""

    NO_BUCKET_NAMED = "That is no place in S3: write s3://BUCKET/PREFIX."
    BROKE_OFF = "{url} broke off {tries} times on the way from S3."
    NOT_REACHED = "S3 could not be reached ({code}): check the network."
    NOT_READ = "{url} could not be read ({code})."
    SIGNED_OUT = "AWS refused the credentials at {url} ({code}): sign in again (for example aws sso login), then go on."
    NO_BUCKET = "S3 answered {code} to {url}: check the bucket's name."
    NO_OBJECT = "There is no {url} in S3: was it removed?"
    DENIED = "S3 answered {code} to {url}: it takes s3:GetObject and s3:ListBucket."
    REFUSED = "S3 answered {code} to {url}: try again later."


def reason_of(error: Exception) -> str:
    """What the system says of an OSError, in its own words; ValueError is a NUL in a path, or the like."""
    return getattr(error, "strerror", None) or "not a usable path"
