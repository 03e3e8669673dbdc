"""Why evidence cannot be collected or read, and why AWS gave no answer to one question."""

from __future__ import annotations

from connect_saml_nb.errors import ProblemCode


class EvidenceProblem(ProblemCode):
    """Evidence that cannot be collected, read or written at all."""

    NO_SUCH_PART = "There is no part {part}. The parts are: {parts}."
    MALFORMED = "That is no {what}: {value}."
    NO_ANSWER = (
        "{folder} holds no answer of AWS that evidence can be read from. Make such a folder with: "
        "connect-saml evidence collect CAPTURE --output DIR.{note}"
    )
    TOO_MANY_ANSWERS = "{folder} holds more than {most:,} answers, which no sign-in needs."
    FOLDER_NOT_READ = "The evidence folder {folder} cannot be read: {reason}."
    TOO_MANY_FILES = (
        "{folder} holds {count:,} files; a folder of evidence has at most {most}. Give the folder that holds nothing "
        "but the saved answers."
    )
    NOT_EMPTY = "{folder} is not empty. Name a new folder, so that old and new answers stay apart."


class AnswerProblem(ProblemCode):
    """A question that AWS did not answer, or that was not asked."""

    NOT_ASKED = "{operation} was not asked: {reason}."
    SAVED_REFUSAL = "The saved output of {operation} says {code}."
    MALFORMED = "A value in the recording is of a form that {operation} does not take."
    NOT_REACHED = "{operation} could not be asked in {region}: check the network, the proxy and the Region."
    DENIED = "AWS denies the request: the permission {operation} is missing on {resource}.{needs}{how}"
    DENIED_EXPLICITLY = (
        "AWS denies {operation} on {resource} explicitly: ask the account's administrator for it.{needs}"
    )
    THROTTLED = "AWS went on answering {operation} with 'too many requests' in {region}. Try again later."
    UNKNOWN_KEYS = "AWS does not accept these credentials in {region}, or the Region is not switched on."
    OTHER = "AWS answered {operation} in {region} with {code}."


class SkipReason(ProblemCode):
    """Why a question was not asked, as the end of `AnswerProblem.NOT_ASKED`."""

    NO_INSTANCE = "the recording names no instance and Region (give --instance-id, --region)"
    NO_ROLE = "the recording names no role of the right form"
    NO_PROVIDER = "the recording names no provider of the right form"
    NO_USER = "the recording does not name instance, Region and RoleSessionName"
    NOT_ALL_NAMED = "the recording does not name role, instance, Region and RoleSessionName"
    ROLE_NOT_READ = "the role itself could not be read (iam:GetRole)"
    ROLE_ID_NOT_READ = "the role itself could not be read (iam:GetRole), so its ID is not known"
    NO_TIME = "the recording has no time to look at"
    TOO_OLD = "the recording is older than the {days} days that it keeps"


class LeftOutReason(ProblemCode):
    """Why a file of a folder, or a part of it, is no evidence, as the end of a note."""

    TOO_LARGE = "it is no plain file, or too large."
    TOO_MANY_PARTS = "it has more parts than any answer of AWS."
    NO_JSON = "it is no JSON (save answers with --output json)."
    END_NO_JSON = "its end is no JSON."
    EMPTY = "it is empty."
    NO_OBJECT = "what it holds is not a whole answer (was it saved with --query?)."
    USER_LIST = "it is a list of Connect users; give it with --users."
    NOT_RECOGNISED = "it is not recognised as an answer that evidence is read from (was it saved with --query?)."
    OTHER_VERSION = "it was written by another version of connect_saml_nb, or is something else of it."
