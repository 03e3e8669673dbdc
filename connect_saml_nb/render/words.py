"""Words and lines that several forms of a report share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.idp.products import product_of
from connect_saml_nb.model.finding import Action, MissingInput
from connect_saml_nb.model.record import replace
from connect_saml_nb.text import escape_control_characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect_saml_nb.facts import SignInFacts
    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.diagnosis import Diagnosis
    from connect_saml_nb.model.signin import Step
    from connect_saml_nb.model.users import Users

NOT_GIVEN = "Connect users were not checked: no list was given (--users FILE, or --instance-id ID --region REGION)"


def plain(text: object) -> str:
    """A stranger's text on one line, inert: what does not print is shown as its code point."""
    return escape_control_characters("" if text is None else str(text))


def remedy_lines(actions: Iterable[Action]) -> tuple[str, ...]:
    """What to do, one line for each action, beginning with who does it."""
    return tuple(str(replace(action, text=action.text.capitalized())) for action in actions)


def clock(time: datetime | None, form: str = "%Y-%m-%d %H:%M:%S UTC") -> str:
    """A time for people, or a dash."""
    return time.astimezone(UTC).strftime(form) if time else "–"


def users_line(users: Sequence[Users]) -> str:
    """What the sign-ins were compared with, as a sentence."""
    if not users:
        return NOT_GIVEN
    return "; ".join(_list_line(each) for each in users)


def _list_line(users: Users) -> str:
    where = " ".join(filter(None, (users.instance_id, users.region)))
    of = f" of instance {where}" if where else ""
    whole = "complete" if users.complete else "INCOMPLETE: nobody can be called missing"
    count = f"{len(users):,} Connect user{'' if len(users) == 1 else 's'}"
    return plain(f"{count}{of} from {users.source} ({whole})")


def list_notes(diagnosis: Diagnosis) -> tuple[str, ...]:
    """What a reader should know of the user lists: their age against the capture, and their own notes."""
    if not diagnosis.users:
        return ()
    from connect_saml_nb.users import age_sentence  # noqa: PLC0415 -- loaded already where there is a list

    captured = next((j.sign_in.started for j in diagnosis.sign_ins if j.sign_in.started), None)
    notes = [n for each in diagnosis.users for n in (age_sentence(each, captured), *each.notes) if n]
    return tuple(map(plain, notes))


def fact_rows(facts: SignInFacts) -> tuple[tuple[str, str], ...]:
    """Name and value of what is known about a sign-in; what is not known is left out."""
    product = product_of(facts.issuer or "")
    instance = " ".join(filter(None, (facts.instance_id, f"({facts.region})" if facts.region else None)))
    rows = (
        ("RoleSessionName", facts.role_session_name),
        ("NameID", facts.name_id),
        ("Issuer", f"{facts.issuer} ({product})" if product else facts.issuer),
        *(("Role", role) for role in facts.role_values[:5]),
        ("Chosen role", facts.chosen_role),
        ("Provider", facts.provider),
        ("Posted to", facts.posted_to),
        ("Posted at", f"{clock(facts.posted_at.time)} by {facts.posted_at.clock}" if facts.posted_at else None),
        ("Relay state", facts.relay_state),
        ("Instance", instance),
        ("Landed on", facts.landed_on),
        ("AWS showed", facts.aws_message),
    )
    return tuple((name, plain(value)) for name, value in rows if value)


def step_row(step: Step) -> tuple[str, str, str, str, str, str]:
    """Entry number, time, method, status, what it is, masked URL."""
    entry = step.entry
    return (
        str(entry.index),
        clock(entry.started, "%H:%M:%S"),
        plain(entry.method)[:8],
        str(entry.status or "–"),
        step.role.value,
        plain(_short(entry)),
    )


def _short(entry: Entry) -> str:
    parts = urls.split(entry.url)
    return parts.host + urls.without_parameters(parts.path) if parts.host else "(no address)"


#: What a person can give so that more is checked, in words for the command line.
HOW_TO_CHECK = {
    MissingInput.USERS: "With the Connect users (--users FILE, or --instance-id ID --region REGION)",
    MissingInput.ACCOUNT: (
        "With evidence from the AWS account (connect-saml evidence collect CAPTURE --output DIR, then --evidence DIR)"
    ),
    MissingInput.ANSWER: "Evidence that the AWS account did not give",
    MissingInput.METADATA: "With the identity provider's metadata (--metadata FILE)",
    MissingInput.KEY: "With the key that decrypts the assertion (--decrypt-key FILE)",
    MissingInput.EXTRA: "With the extra 'verify' (pip install 'connect-saml-nb[verify]')",
    MissingInput.RECORDING: "Not applicable or not visible in this recording",
}
