"""Step 2 of a page: where the Connect users are, and what is there of them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb.errors import UserListError
from connect_saml_nb.notebook.widgets import clean_path
from connect_saml_nb.render.html import Markup, render
from connect_saml_nb.samples import practice_users
from connect_saml_nb.users import read_user_lists

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.model.users import Users
    from connect_saml_nb.notebook.aws_account import Account
    from connect_saml_nb.notebook.widgets import View


class UsersFrom(StrEnum):
    """Where the list of Connect users comes from."""

    PRACTICE = "practice"
    NONE = "none"
    AWS = "aws"
    FILE = "file"


UPLOAD_WORDS = {"invite": "Drop the saved list here, or", "choose": "Choose a file…", "accept": ".json,.csv,.txt,.gz"}


class UsersModel:
    """The part of a page's model that knows the Connect users."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.users_path = ""
        self.saved: tuple[Users, ...] = ()
        self._users_from = {True: UsersFrom.PRACTICE, False: UsersFrom.NONE}

    @property
    def is_sample(self) -> bool:
        """Whether bundled examples are looked at."""
        raise NotImplementedError

    @property
    def users_sources(self) -> tuple[UsersFrom, ...]:
        """The sources that fit: practice users belong to the samples and never judge a real person."""
        return tuple(s for s in UsersFrom if s is not UsersFrom.PRACTICE or self.is_sample)

    @property
    def users_from(self) -> UsersFrom:
        """The chosen source of users: remembered apart for samples and for real captures."""
        return self._users_from[self.is_sample]

    @property
    def lists(self) -> tuple[Users, ...]:
        """The lists of users that sign-ins are compared with."""
        if self.users_from is UsersFrom.PRACTICE:
            return (practice_users(),)
        return {UsersFrom.AWS: self.account.lists, UsersFrom.FILE: self.saved}.get(self.users_from, ())

    @property
    def users_blocker(self) -> str:
        """What is missing of the users before anything can begin, as a sentence; empty where nothing is."""
        missing = {
            UsersFrom.AWS: "Step 2: click ‘Ask AWS for the users’, or choose to go on without a list.",
            UsersFrom.FILE: "Step 2: give the saved list of users, or choose to go on without a list.",
        }
        return "" if self.lists else missing.get(self.users_from, "")

    def choose_users(self, source: UsersFrom) -> None:
        """Choose where the users come from. Raises UserListError where AWS's settings cannot be read."""
        self._users_from[self.is_sample] = source
        self.users_changed()
        if source is UsersFrom.AWS:
            self.account.look_at_settings()

    def users_changed(self) -> None:
        """Follow another source or another list."""

    def set_users_path(self, path: str) -> None:
        """Name a saved list on the server, or a folder of them: one for each instance."""
        self.users_path = clean_path(path)

    def read_users(self) -> None:
        """Read the saved lists on the server. Raises UserListError."""
        if not self.users_path:
            raise UserListError("Enter the path of the saved list first.")
        self.save_users(read_user_lists(self.users_path))

    def receive_users(self, name: str, file: BinaryIO) -> None:
        """Take a saved list that was dropped or chosen. Raises UserListError."""
        self.save_users(read_user_lists(file, name=name))

    def save_users(self, lists: tuple[Users, ...]) -> None:
        """Compare with these lists from now on."""
        self.saved = lists
        self.choose_users(UsersFrom.FILE)

    def ask_aws(self, progress: Callable[[int], None] | None = None) -> None:
        """Ask AWS for the users of the chosen instance. Raises UserListError."""
        self.account.list_users(progress)


def users_panel(model: UsersModel, progress: str = "") -> Markup:
    """Where the users are, and each list that is there; `progress` while AWS is being asked."""
    return render("guided/users.html", model=model, progress=progress)


def users_fields(view: View, model: UsersModel) -> dict[str, Callable[[str], None]]:
    """What the panel's fields do."""
    account = model.account
    return {
        "users": view.read(UsersFrom, model.choose_users),
        "users_path": view.follow(model.set_users_path),
        "instance": view.follow(account.set_instance),
        "alias": view.follow(account.choose_instance),
        "region": view.follow(account.set_region),
        "profile": view.follow(account.set_profile),
    }
