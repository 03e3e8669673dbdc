"""Amazon Connect users: asked of the live instance, or read from a saved list.

`list_users`, `list_many_users` and `list_instances` ask AWS (boto3, read-only). `read_users` reads what people save:
everything that `aws connect list-users` can print, SearchUsers answers, CSV, names. `save_users` writes a list that it
reads back, `read_user_lists` reads a folder of lists too, `users_of_rows` takes rows that are in memory already.
A list never claims to be whole when something speaks against it: `Users.complete` and `Users.notes` say what.
"""

from connect_saml_nb.users.age import age_sentence
from connect_saml_nb.users.live import (
    Instance,
    aws_profiles,
    connect_client,
    connect_regions,
    list_instances,
    list_many_users,
    list_users,
)
from connect_saml_nb.users.pace import Pace
from connect_saml_nb.users.problems import HOW_TO_SAVE, UserListNote, UserListProblem
from connect_saml_nb.users.saved import read_user_lists, read_users, save_users, users_of_rows, users_text

__all__ = [
    "HOW_TO_SAVE",
    "Instance",
    "Pace",
    "UserListNote",
    "UserListProblem",
    "age_sentence",
    "aws_profiles",
    "connect_client",
    "connect_regions",
    "list_instances",
    "list_many_users",
    "list_users",
    "read_user_lists",
    "read_users",
    "save_users",
    "users_of_rows",
    "users_text",
]
