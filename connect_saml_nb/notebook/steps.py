"""The requests of a sign-in, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb import urls
from connect_saml_nb.model.signin import FlowRole

if TYPE_CHECKING:
    from datetime import datetime

    from connect_saml_nb.model.capture import Entry

#: What each role means.
EXPLAINED = {
    FlowRole.IDP_PAGE: "the company’s sign-in page",
    FlowRole.IDP_RESPONSE: "the identity provider hands the SAML response to the browser",
    FlowRole.BROKER_POST: "the response goes to another application first",
    FlowRole.AWS_POST: "the browser posts the response to AWS",
    FlowRole.ROLE_POST: "the person chose a role",
    FlowRole.AWS_PAGE: "a page of AWS’s sign-in",
    FlowRole.CONSOLE_LOGIN: "the AWS console asks for a login",
    FlowRole.FEDERATE: "AWS looks for the Connect user",
    FlowRole.CONSOLE: "the AWS console",
    FlowRole.CONNECT: "Amazon Connect itself",
    FlowRole.CONNECT_REQUEST: "a request of a Connect page",
}


class Field(NamedTuple):
    """A posted field: of the relay state its address, of everything else, which can be secret, only the length."""

    name: str
    length: int
    address: str | None


class PostedFields(NamedTuple):
    """What a request posted, and why a part of it is not recorded."""

    fields: tuple[Field, ...]
    lost: str


def posted_fields(entry: Entry) -> PostedFields | None:
    """What a request posted; None where it posted nothing that is known."""
    posted = entry.post_data
    if posted is None:
        return None
    pairs = [(p.name, p.value) for p in posted.params]
    if not pairs and posted.text and "form-urlencoded" in posted.mime_type:
        pairs = list(urls.split(f"https://form/?{posted.text}").parameters)
    fields = tuple(_field(name, text) for name, text in pairs)
    return PostedFields(fields, posted.lost or "") if fields or posted.lost else None


def _field(name: str, text: str) -> Field:
    return Field(name, len(text), urls.unquoted(text) if name == "RelayState" else None)


def clock_time(time: datetime | None) -> str:
    """A time of day, to the millisecond."""
    return f"{time:%H:%M:%S}.{time.microsecond // 1000:03d}" if time else "—"
