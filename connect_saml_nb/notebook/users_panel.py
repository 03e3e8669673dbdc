"""Step 2 as HTML: where the Connect users are, and what is there of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from connect_saml_nb.notebook import widgets
from connect_saml_nb.notebook.components import esc, folded, items, notice, row, table, value, when
from connect_saml_nb.notebook.guided.model import UsersFrom

if TYPE_CHECKING:
    from connect_saml_nb.model.users import Users
    from connect_saml_nb.notebook.aws_account import Account
    from connect_saml_nb.users import Instance

_SOURCES = {
    UsersFrom.PRACTICE: ("Practice users", "Made up; they belong to the examples."),
    UsersFrom.NONE: ("No list", "Everything but the person’s name in Connect is checked."),
    UsersFrom.AWS: ("Ask AWS", "Lists the instance’s users with your AWS credentials (connect:ListUsers, read-only)."),
    UsersFrom.FILE: ("A saved list", "The output of ‘aws connect list-users’, or a CSV file with usernames."),
}


class HasUsers(Protocol):
    """What step 2 shows of a page's model."""

    account: Account
    users_path: str

    @property
    def users_from(self) -> UsersFrom:
        """The chosen source."""
        ...

    @property
    def users_sources(self) -> tuple[UsersFrom, ...]:
        """The sources to choose from."""
        ...

    @property
    def lists(self) -> tuple[Users, ...]:
        """The lists that are there."""
        ...


def users_html(model: HasUsers, progress: str = "") -> str:
    """Where the users are, and each list that is there; `progress` while AWS is being asked."""
    options = [(s.value, *_SOURCES[s]) for s in model.users_sources]
    html = '<h2 data-at="users" tabindex="-1">2 · The Connect users</h2>' + widgets.choice(
        "Where are they?", "users", options, model.users_from
    )
    if model.users_from is UsersFrom.AWS:
        html += _aws_html(model.account)
    if model.users_from is UsersFrom.FILE:
        html += widgets.entry(
            "Path of a list on the server", "users_path", model.users_path, "users.json", enter="read"
        )
        html += widgets.button("Read this list", "read")
    lists = "".join(f"<p>{_list_line(users, model.account)}</p>" for users in model.lists)
    html += widgets.said(f"<p>{esc(progress)}</p>" if progress else lists)
    return html + (calls_html(model.account) if model.users_from is UsersFrom.AWS else "")


def _aws_html(account: Account) -> str:
    hint = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
    fields = where_html(account) + widgets.entry("Instance ID or ARN", "instance", account.instance_id, hint)
    listed = widgets.button("List my instances", "list") + " "
    asked = widgets.button("Ask AWS again" if account.asked_before else "Ask AWS for the users", "ask")
    hint = "Nothing is asked before you click. If the Region is not in the menu, give the instance’s ARN."
    quiet = f'<p class="cs-quiet">{hint}</p>'
    return f'<div class="cs-fields">{fields}</div>{_instances_html(account)}{listed}{asked}{quiet}'


def where_html(account: Account) -> str:
    """With which profile and in which Region AWS is asked."""
    profiles = [("", "default"), *((name, name) for name in account.profiles if name != "default")]
    regions = [("", "as in your AWS settings"), *((name, name) for name in account.regions)]
    return widgets.menu("AWS profile", "profile", _with(profiles, account.profile), account.profile) + widgets.menu(
        "Region", "region", _with(regions, account.region), account.region
    )


def _with(options: list[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
    """The options, and what is chosen among them."""
    return options if chosen in dict(options) else [*options, (chosen, chosen)]


def _instances_html(account: Account) -> str:
    if account.instances is None:
        return ""
    if not account.instances:
        return notice("AWS lists no Amazon Connect instance here: choose another Region or profile.")
    options = [("", "— choose —"), *((i.id, _instance_name(i)) for i in account.instances)]
    chosen = account.chosen
    menu = widgets.menu("Instance, by its alias", "alias", options, chosen.id if chosen else "")
    if chosen and chosen.management_type and chosen.management_type != "SAML":
        menu += notice(
            f"This instance does not use SAML but {chosen.management_type}: nobody can sign in to it this way."
        )
    return menu


def _instance_name(instance: Instance) -> str:
    return f"{instance.alias or 'without alias'} ({instance.id}, {instance.management_type or 'type not told'})"


def calls_html(account: Account) -> str:
    """Every question that was put to AWS, and what came of it."""
    if not account.calls:
        return '<p class="cs-quiet">Questions put to AWS so far: none.</p>'
    rows = [
        row((when(c.at), f"<code>{esc(c.operation)}</code>", value(c.about), value(c.profile), esc(c.answer)))
        for c in account.calls
    ]
    head = ("When", "What", "About", "Profile", "Answer")
    return folded(f"Questions put to AWS so far: {len(rows)}", table(head, rows, "Questions put to AWS"))


def _list_line(users: Users, account: Account) -> str:
    """What a list of users holds, in one line."""
    whole = "the whole list" if users.complete else "<strong>not the whole list</strong>"
    where = f", instance {value(users.instance_id)}" if users.instance_id else ", instance not named"
    region = f" in {esc(users.region)}" if users.region else ""
    made = f", as of {when(users.retrieved)}" if users.retrieved else ""
    age = f" (asked {account.age(users)})" if account.age(users) else ""
    notes = items(map(esc, users.notes))
    return f"✔ {value(users.source)}: {len(users):,} users, {whole}{where}{region}{made}{age}.{notes}"
