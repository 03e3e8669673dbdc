"""The live instance, asked through boto3; read-only."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connect_saml_nb.aws import session as aws
from connect_saml_nb.aws.errors import Request, aws_error
from connect_saml_nb.errors import Problem, UserListError
from connect_saml_nb.io.problems import reason_of
from connect_saml_nb.io.source import label
from connect_saml_nb.users.pace import Pace
from connect_saml_nb.users.parse import (
    NOWHERE,
    Group,
    InstanceRef,
    PageKind,
    UserPage,
    finished,
    home_in,
    home_of,
    text_of,
)
from connect_saml_nb.users.problems import UserListProblem
from connect_saml_nb.users.saved import read_users, save_users

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from connect_saml_nb.model import JsonObject
    from connect_saml_nb.model.users import Users


@dataclass(frozen=True, slots=True)
class Instance:
    """One Connect instance as ListInstances gives it; its management type is SAML, CONNECT_MANAGED or the like."""

    id: str
    arn: str
    alias: str
    management_type: str
    status: str
    region: str
    access_url: str


@contextmanager
def _aws_errors(request: Request, read: int = 0) -> Iterator[None]:
    """Turn what boto3 raises into a UserListError. The cause is dropped: it may quote what should not be shown."""
    try:
        yield
    except Exception as error:
        found = aws_error(error)
        if found is None:
            raise
        problem = request.problem(found)
        short = f" {read:,} users were read before that; they are dropped, because a short list misleads."
        raise UserListError(Problem(problem.code, problem + short) if read else problem) from None


def list_users(
    instance_id: str,
    *,
    region: str | None = None,
    profile: str | None = None,
    client: Any | None = None,  # noqa: ANN401 - boto3 has no static type for a client
    progress: Callable[[int], None] | None = None,
) -> Users:
    """All users of the instance, asked of AWS with ListUsers, 1,000 a request.

    `instance_id` is the ID or the ARN (which also names the Region). `region`, `profile`: as in boto3; `client`: a
    ready boto3 Connect client. `progress` is called with the number of users so far. `retrieved` is AWS's own time of
    the first answer. Requests leave at the pace that Connect's quota allows (`users.Pace`), and throttled ones are
    repeated up to 10 times. Raises UserListError, with the next step, where
    the list cannot be had whole: a short list is never returned.

    >>> users = list_users("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", region="us-west-2")  # doctest: +SKIP
    >>> len(users), users.complete  # doctest: +SKIP
    (148, True)
    """
    home = _home(instance_id, region)
    request = Request("connect:ListUsers", home.instance_id, home.region, profile)
    with _aws_errors(request):
        connect = client or _client(home.region, profile)
        request = request._replace(region=connect.meta.region_name)
        pages = connect.get_paginator("list_users").paginate(
            InstanceId=home.instance_id, PaginationConfig={"PageSize": 1000}
        )
    answers, page, retrieved = iter(pages), UserPage(PageKind.LIST), None
    while True:
        with _aws_errors(request, len(page.users)):
            answer = next(answers, None)
        if answer is None:
            return _list_of(page, home._replace(region=request.region), retrieved)
        retrieved = retrieved or aws.answered_at(answer)
        for row in answer.get("UserSummaryList", ()):
            page.add(row)
        if progress is not None:
            progress(len(page.users))


def _list_of(page: UserPage, home: InstanceRef, retrieved: datetime | None) -> Users:
    users = dict.fromkeys(page.users)
    account = next((found.account for found in map(home_of, users) if found.account), home.account)
    name = f"ListUsers of instance {home.instance_id} in {home.region}"
    group = Group(users, len(page.users))
    return finished(home._replace(account=account), group, [page], name, retrieved, ())


def list_many_users(  # noqa: PLR0913 - the options of list_users
    instances: Iterable[str],
    folder: str | os.PathLike[str],
    *,
    region: str | None = None,
    profile: str | None = None,
    most_hours: float = 0,
    progress: Callable[[int], None] | None = None,
) -> tuple[Users, ...]:
    """The users of several instances, each asked once, kept in `folder` as one saved list each, only its owner's.

    `instances` are IDs or ARNs. A list that is there already, complete and at most `most_hours` old, is taken as it is.
    One pace is kept for all instances of a Region. `read_user_lists` reads the folder. Raises UserListError as
    `list_users`; the lists that were had until then are kept.

    >>> list_many_users(["aaaaaaaa-…", "bbbbbbbb-…"], "lists/", region="us-west-2", most_hours=24)  # doctest: +SKIP
    """
    client = lru_cache(maxsize=None)(_client)
    path = Path(folder)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserListError(UserListProblem.FOLDER_NOT_MADE(path=label(path), reason=reason_of(error))) from None
    lists: list[Users] = []
    for instance in instances:
        home = _home(instance, region)
        with _aws_errors(Request("connect:ListUsers", home.instance_id, home.region, profile)):
            connect = client(home.region, profile)
        file = path / f"users-{connect.meta.region_name}-{home.instance_id}.json"
        users = _recent(file, most_hours)
        if users is None:
            users = list_users(instance, region=region, profile=profile, client=connect, progress=progress)
            save_users(users, file)
        lists.append(users)
    return tuple(lists)


def _recent(file: Path, most_hours: float) -> Users | None:
    """The list in a file, if it is complete and not older than that."""
    if most_hours <= 0 or not file.exists():
        return None
    users = read_users(file)
    if users.complete and users.retrieved and datetime.now(UTC) - users.retrieved <= timedelta(hours=most_hours):
        return users
    return None


def _home(instance_id: str, region: str | None) -> InstanceRef:
    """The instance that is meant, by ID or ARN."""
    text = instance_id.strip()
    home = home_in(text.partition("/agent/")[0])
    if home == NOWHERE:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", text):
            raise UserListError(UserListProblem.NOT_AN_INSTANCE_ID())
        return InstanceRef(text, region)
    if region and region != home.region:
        raise UserListError(UserListProblem.OTHER_REGION(region=home.region))
    return home


def _client(region: str | None, profile: str | None) -> Any:  # noqa: ANN401 - boto3 has no static type for a client
    """A Connect client that keeps within the quota, and waits out throttling where others use it up."""
    client = connect_client(aws.session(profile), region)
    Pace().follow(client)
    return client


def connect_client(session: Any, region: str | None, *, endpoint_url: str | None = None, **config: Any) -> Any:  # noqa: ANN401 - botocore has no static types
    """A boto3 Connect client of a botocore session: 10 repeats where throttled, 3 attempts where the network fails.

    `config` are options of `botocore.config.Config`. Nothing is sent.

    >>> connect_client(aws.session(), "us-west-2").meta.region_name
    'us-west-2'
    """
    client = aws.client(session, "connect", region, attempts=10, endpoint_url=endpoint_url, **config)
    client.meta.events.register_first("needs-retry.connect", _give_up_early)
    return client


_NETWORK_ATTEMPTS = 3


def _give_up_early(attempts: int, caught_exception: Exception | None = None, **_: object) -> None:
    """Report a dead network after seconds: botocore would try it as often as a throttled request."""
    if caught_exception is not None and attempts >= _NETWORK_ATTEMPTS:
        raise caught_exception


def list_instances(
    *,
    region: str | None = None,
    profile: str | None = None,
    client: Any | None = None,  # noqa: ANN401 - boto3 has no static type for a client
) -> tuple[Instance, ...]:
    """The Connect instances of the account in one Region, asked of AWS with ListInstances. Raises UserListError.

    >>> [instance.alias for instance in list_instances(region="us-west-2")]  # doctest: +SKIP
    ['support', 'sales']
    """
    request = Request("connect:ListInstances (and ds:DescribeDirectories)", None, region, profile)
    with _aws_errors(request):
        connect = client or _client(region, profile)
        request = request._replace(region=connect.meta.region_name)
    with _aws_errors(request):
        answers = list(connect.get_paginator("list_instances").paginate())
    rows = chain.from_iterable(answer.get("InstanceSummaryList", ()) for answer in answers)
    return tuple(_instance(row, connect.meta.region_name) for row in rows)


def _instance(row: JsonObject, region: str) -> Instance:
    return Instance(
        id=text_of(row.get("Id")),
        arn=text_of(row.get("Arn")),
        alias=text_of(row.get("InstanceAlias")),
        management_type=text_of(row.get("IdentityManagementType")),
        status=text_of(row.get("InstanceStatus")),
        region=region,
        access_url=text_of(row.get("InstanceAccessUrl")),
    )


def aws_profiles() -> tuple[str, ...]:
    """The names of the profiles in the AWS settings. Raises UserListError where the settings cannot be read.

    >>> aws_profiles()  # doctest: +SKIP
    ('default', 'work')
    """
    with _aws_errors(Request()):
        return aws.profiles()


def connect_regions() -> tuple[str, ...]:
    """The Regions of Amazon Connect that the AWS library knows; newer ones can be missing. Raises UserListError.

    >>> "us-west-2" in connect_regions()
    True
    """
    with _aws_errors(Request()):
        return aws.regions("connect")
