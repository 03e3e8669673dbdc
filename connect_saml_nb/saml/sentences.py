"""What is said of a SAML message: the repairs that it needed, why it cannot be read, what is odd in it."""

from __future__ import annotations

from enum import Enum

#: The bounds that the sentences name.
MAX_TEXT = 4_000_000  # characters of one field: MAX_XML in base64, percent-encoded
MAX_XML = 2 * 1024 * 1024  # bytes; AWS takes 100,000 base64 characters (IAM and STS quotas)
MAX_DEPTH = 100
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 200  # of one element
MAX_MESSAGES = 50  # of one entry
MAX_FIELDS = 50


class Repair(Enum):
    """What was put right before a message could be read."""

    NOT_DEFLATED = "The message is not deflated, as the redirect binding wants it; it was read all the same."
    DEFLATED = "The message is deflated, which the POST binding does not do; it was inflated."
    TWICE = "The message was base64-encoded twice."
    RAW = "The field holds XML itself rather than base64."
    PLUS_AS_SPACE = (
        "The message's `+` signs were not percent-encoded, or had become spaces; they were read as `+`. A "
        "receiver may refuse such a message."
    )
    SPACES = "The base64 text had spaces in it; they were taken out."
    AROUND = "White space stood around the base64 text; it was left out."
    LINES = "The base64 text was broken into lines; they were joined."
    URL_SAFE = "The base64 text uses the URL-safe alphabet (`-` and `_`)."
    PADDING = "The base64 text's padding (`=` at its end) was missing or wrong; it was put right."
    PERCENT = "The message was percent-encoded more than once."
    ENTITY = "HTML escapes (such as `&#x2b;`) were left in the message; they were decoded."
    QUOTED_PRINTABLE = "The message had gone through a mail program's quoted-printable encoding; it was undone."
    INVISIBLE = "Invisible characters (a byte order mark, zero-width spaces) stood in the message; they were left out."
    ESCAPE = "Backslash escapes of a script were left in the message; they were decoded."
    QUOTES = "Quotation marks stood around the message; they were left out."
    LEADING = "White space stood before the XML declaration; it was left out."
    AS_UTF8 = "The XML declares an encoding that it is not written in; it was read as UTF-8."

    @property
    def is_unsure(self) -> bool:
        """Whether the XML may differ from what was sent; the other repairs change the text around it only."""
        return self in _UNSURE


_UNSURE = frozenset(
    {
        *(Repair.RAW, Repair.PLUS_AS_SPACE, Repair.SPACES, Repair.ENTITY, Repair.QUOTED_PRINTABLE, Repair.INVISIBLE),
        Repair.ESCAPE,
    }
)


class MessageFault(Enum):
    """Why a message cannot be read."""

    EMPTY = (
        "The field {} is there, but it is empty. Record the sign-in again, and export the capture without a tool "
        "that removes secrets."
    )
    PLACEHOLDER = (
        "The field {} is there, but a placeholder stands in place of the message: a tool has made the capture "
        "safe to share. Use the original capture, or record the sign-in again."
    )
    ENCRYPTED = (
        "The assertion is encrypted for its receiver, so its attributes cannot be read without the receiver's "
        "private key. Give that key, or have the identity provider send one unencrypted assertion for the test."
    )
    NOT_BASE64 = (
        "The SAML message has characters that base64 does not know, so it cannot be decoded. Record the sign-in "
        "again, and do not edit the capture."
    )
    BASE64_CUT = (
        "The SAML message's base64 text is cut off. Record the sign-in again, and export the capture without "
        "shortening it."
    )
    JOINED = (
        "The SAML message's base64 text has padding (`=`) in its middle: several texts were joined. Record the "
        "sign-in again, and do not edit the capture."
    )
    NO_XML = (
        "The SAML message can be decoded from base64, but what comes out is not XML. Record the sign-in again, "
        "and do not edit the capture."
    )
    NO_INFLATE = (
        "The SAML message cannot be inflated: its compressed data is damaged. Record the sign-in again, and do "
        "not edit the capture."
    )
    BOMB = (
        f"The SAML message inflates to more than {MAX_XML // 1024 // 1024} MiB: it was refused as unsafe. "
        "Check where the capture comes from."
    )
    TEXT_TOO_LONG = (
        f"The SAML message's field is longer than {MAX_TEXT:,} characters: it was not read. Check where the capture "
        "comes from."
    )
    EXHAUSTED = "The SAML message is too large or too deep for this computer's memory: it was not read."
    TOO_LARGE = (
        f"The SAML message is larger than {MAX_XML // 1024 // 1024} MiB: it was not read. Check the capture's origin."
    )
    CUT_OFF = (
        "The SAML message is cut off: its XML ends before it is complete. Record the sign-in again, and export "
        "the capture without shortening it."
    )
    NOT_XML = (
        "The SAML message is not well-formed XML (line {}, column {}). Record the sign-in again; if it stays so, "
        "the identity provider writes broken XML."
    )
    UNBOUND = (
        "The SAML message's XML uses a namespace prefix that it does not declare. Take the whole message, not an "
        "extract of it."
    )
    DTD = (
        "The SAML message's XML has a document type declaration (DTD), which SAML forbids: it was refused as "
        "unsafe. Check where the message comes from."
    )
    EXTERNAL = (
        "The SAML message's XML refers to an external document, which SAML forbids: it was refused as unsafe. "
        "Check where the message comes from."
    )
    ENTITIES = (
        "The SAML message's XML declares or uses entities, which SAML forbids: it was refused as unsafe. "
        "Check where the message comes from."
    )
    ENCODING = (
        "The SAML message's XML declares a text encoding that cannot be read. The identity provider should write UTF-8."
    )
    TOO_DEEP = (
        f"The SAML message's XML is nested deeper than {MAX_DEPTH} elements: it was refused as unsafe. Check where the "
        "message comes from."
    )
    TOO_MANY_ELEMENTS = (
        f"The SAML message's XML has more than {MAX_ELEMENTS:,} elements: it was refused as unsafe. "
        "Check where the message comes from."
    )
    TOO_MANY_ATTRIBUTES = (
        f"The SAML message's XML has an element with more than {MAX_ATTRIBUTES} attributes: it was refused as unsafe. "
        "Check where the message comes from."
    )
    XML_EXHAUSTED = "The SAML message's XML is too large or too deep for this computer's memory: it was not read."


class Note(Enum):
    """What is odd in a message that was read."""

    PARTLY_ENCRYPTED = (
        "Beside the assertion that was read, {} more are encrypted: those cannot be read without the key."
    )
    FROM_PARAMS = "The posted text could not be read; the message was taken from the same post's params."
    TOO_MANY = f"The entry has more than {MAX_MESSAGES} SAML messages; the rest was not read."
    WRONG_NAME = "The field is called {!r}; receivers look for {!r}."
    CLIPPED = "The field {!r} is longer than {:,} characters; it was clipped."
    TOO_MANY_FIELDS = f"The form has more than {MAX_FIELDS} other fields; the rest was left out."
    FOLDED = (
        "The request that carried the message was not a POST: the exporter keeps only the last request of a "
        "redirect chain (as WebKit does), so where the message was posted is not recorded."
    )
    NOT_SAML = "The XML's root element is {}: that is no SAML message."
    MISPLACED = (
        "An {} stands inside {}, where none belongs: it was not read. A forged message (signature wrapping) can "
        "look like this."
    )
    REPEATED_ID = "The ID {} stands {} times in the document; IDs must be unique."
    ENCRYPTED_NAME_ID = "The name ID is encrypted: it cannot be read without the key."
    SEVERAL = "There are {} {} elements where one belongs; the first was read."
    ENCRYPTED_ATTRIBUTES = "{} attribute(s) are encrypted: they cannot be read without the key."
    REPEATED_ATTRIBUTE = "The attribute {} stands {} times."
    NAMELESS_ATTRIBUTE = "An attribute has no name."
    NIL_VALUE = "A value of the attribute {} is marked as nil: it has no value."
    ELEMENTS_IN_VALUE = "A value of the attribute {} has elements inside; their text was joined."
    COMMENT = "{} has a comment inside it; the text around the comment was joined."
    NO_TIME = "{} is no time that can be read: {!r}."
    NO_TIME_ZONE = "{} has no time zone; it was read as UTC."
