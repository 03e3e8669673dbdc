"""The live instance, asked through boto3; read-only."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connect_saml_nb.errors import UserListError
from connect_saml_nb.io.source import label
from connect_saml_nb.users.aws_errors import Call, aws_errors
from connect_saml_nb.users.pace import Pace
from connect_saml_nb.users.parse import (
    NOWHERE,
    Group,
    Home,
    Kind,
    Page,
    aware,
    finished,
    home_in,
    home_of,
    since_1970,
    text_of,
)
from connect_saml_nb.users.saved import read_users, save_users

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

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


def list_users(
    instance_id: str,
    *,
    region: str | None = None,
    profile: str | None = None,
    client: Any | None = None,  # noqa: ANN401 - boto3 has no static type for a client
    progress: Callable[[int], None] | None = None,
) -> Users:
    """All users of the instance, asked of AWS with ListUsers, 1,000 a request.

    `instance_id` is the ID or the ARN (which also tells the Region). `region`, `profile`: as in boto3; `client`: a
    ready boto3 Connect client. `progress` is called with the number of users so far. `retrieved` is AWS's own time of
    the first answer. Requests leave at the pace that Connect's quota allows (`users.Pace`), and throttled ones are
    repeated up to 10 times. Raises UserListError, with the next step, where
    the list cannot be had whole: a short list is never returned.
    """
    asked = _asked(instance_id, region)
    call = Call("connect:ListUsers", asked.instance_id, asked.region, profile)
    with aws_errors(call):
        connect = client or _client(asked.region, profile)
        call = call._replace(region=connect.meta.region_name)
        answers = iter(
            connect.get_paginator("list_users").paginate(
                InstanceId=asked.instance_id, PaginationConfig={"PageSize": 1000}
            )
        )
    page, retrieved = Page(Kind.LIST), None
    while True:
        with aws_errors(call, len(page.users)):
            answer = next(answers, None)
        if answer is None:
            return _live(call, asked, page, retrieved)
        retrieved = retrieved or _answered(answer)
        for row in answer.get("UserSummaryList", ()):
            page.add(row)
        if progress is not None:
            progress(len(page.users))


def _live(call: Call, asked: Home, page: Page, retrieved: datetime | None) -> Users:
    users = dict.fromkeys(page.users)
    account = next((home.account for home in map(home_of, users) if home.account), asked.account)
    group = Group(users, len(page.users))
    home = Home(call.instance_id, call.region, account)
    name = f"ListUsers of instance {call.instance_id} in {call.region}"
    return finished(home, group, [page], name, retrieved, ())


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
    """
    client = lru_cache(maxsize=None)(_client)
    path = Path(folder)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserListError(f"{label(path)} could not be made: {error.strerror}.") from None
    return tuple(_kept(instance, path, region, profile, client, most_hours, progress) for instance in instances)


def _kept(  # noqa: PLR0913, PLR0917 - the options of list_users
    instance_id: str,
    folder: Path,
    region: str | None,
    profile: str | None,
    client: Callable[[str | None, str | None], Any],
    most_hours: float,
    progress: Callable[[int], None] | None,
) -> Users:
    asked = _asked(instance_id, region)
    with aws_errors(Call("connect:ListUsers", asked.instance_id, asked.region, profile)):
        connect = client(asked.region, profile)
    path = folder / f"users-{connect.meta.region_name}-{asked.instance_id}.json"
    if path.exists() and most_hours > 0:
        known = read_users(path)
        if known.complete and known.retrieved and datetime.now(UTC) - known.retrieved <= timedelta(hours=most_hours):
            return known
    users = list_users(instance_id, region=region, profile=profile, client=connect, progress=progress)
    save_users(users, path)
    return users


def _asked(instance_id: str, region: str | None) -> Home:
    """The instance that is meant, by ID or ARN."""
    text = instance_id.strip()
    found = home_in(text.partition("/agent/")[0])
    if found == NOWHERE:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", text):
            raise UserListError(
                "That is not an instance ID. It looks like aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee and stands at the end "
                "of the instance's ARN: aws connect list-instances --region REGION"
            )
        return Home(text, region)
    if region and region != found.region:
        raise UserListError(
            f"The instance's ARN is of {found.region}, but the Region given is another one. Give the ID alone, or the "
            "Region of the ARN."
        )
    return found


def _client(region: str | None, profile: str | None) -> Any:  # noqa: ANN401 - boto3 has no static type for a client
    """A Connect client that keeps within the quota, and waits out throttling where others use it up."""
    import botocore.session  # noqa: PLC0415 - heavy, and only needed for live calls

    client = connect_client(botocore.session.Session(profile=profile), region)
    Pace().follow(client)
    return client


def connect_client(session: Any, region: str | None, *, endpoint_url: str | None = None, **config: Any) -> Any:  # noqa: ANN401 - botocore has no static types
    """A boto3 Connect client of a botocore session: 10 repeats where throttled, 3 attempts where the network fails."""
    import boto3  # noqa: PLC0415 - heavy, and only needed for live calls
    from botocore.config import Config  # noqa: PLC0415

    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_timestamp)
    patient = {"retries": {"mode": "standard", "max_attempts": 10}, "connect_timeout": 10, "read_timeout": 60}
    settings = Config(**{**patient, **config})
    client = boto3.Session(botocore_session=session, region_name=region).client(
        "connect", endpoint_url=endpoint_url, config=settings
    )
    client.meta.events.register_first("needs-retry.connect", _give_up_early)
    return client


def _timestamp(value: float | str) -> datetime:
    """As botocore's parser, but in UTC and quick: its own takes half of the time for 100,000 users (botocore 1.44)."""
    from botocore.utils import parse_timestamp  # noqa: PLC0415

    return since_1970(value) if isinstance(value, int | float) else aware(parse_timestamp(value))


_NETWORK_ATTEMPTS = 3


def _give_up_early(attempts: int, caught_exception: Exception | None = None, **_: object) -> None:
    """Let a dead network be told after seconds: botocore would try it as often as a throttled request."""
    if caught_exception is not None and attempts >= _NETWORK_ATTEMPTS:
        raise caught_exception


def _answered(answer: JsonObject) -> datetime | None:
    """When AWS answered, by its own `Date` header."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to import, and only needed for live calls

    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    with suppress(TypeError, ValueError):
        return aware(parsedate_to_datetime(date))
    return None


def list_instances(
    *,
    region: str | None = None,
    profile: str | None = None,
    client: Any | None = None,  # noqa: ANN401 - boto3 has no static type for a client
) -> tuple[Instance, ...]:
    """The Connect instances of the account in one Region, asked of AWS with ListInstances. Raises UserListError."""
    call = Call("connect:ListInstances (and ds:DescribeDirectories)", None, region, profile)
    with aws_errors(call):
        connect = client or _client(region, profile)
        call = call._replace(region=connect.meta.region_name)
    with aws_errors(call):
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
