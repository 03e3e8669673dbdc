"""What there is to ask about sign-ins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connect_saml_nb.aws.arn import is_provider, is_role
from connect_saml_nb.aws.urls import endpoint_region
from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from connect_saml_nb.model.signin import SignIn

_INSTANCE_ID = re.compile(r"[A-Za-z0-9-]{1,100}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}", re.ASCII)
_NAME = re.compile(r"[\w.@+=,\\-]{1,100}", re.ASCII)
MOST_ASKS = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """What one sign-in gives to ask about; `""` or None where it does not say, or says something malformed."""

    role: str = ""
    provider: str = ""
    instance_id: str = ""
    region: str = ""
    endpoint_region: str = ""
    name: str = ""
    assertion_id: str = ""
    time: datetime | None = None


def plan(sign_ins: Iterable[SignIn], *, instance_id: str | None = None, region: str | None = None) -> tuple[Ask, ...]:
    """What there is to ask about these sign-ins, at most 20 of them; `instance_id` and `region` fill what they lack.

    Only values of AWS's own form are asked about: what a capture holds is not trusted.

    >>> plan([], region="us-west-2")
    ()
    """
    asks = (ask for sign_in in sign_ins for ask in _asks(sign_in))
    filled = (_filled(ask, instance_id or "", region or "") for ask in asks)
    return tuple(dict.fromkeys(filled))[:MOST_ASKS]


def _filled(ask: Ask, instance_id: str, region: str) -> Ask:
    return replace(
        ask,
        instance_id=ask.instance_id or _fit(_INSTANCE_ID, instance_id),
        region=ask.region or _fit(_REGION, region),
    )


def _asks(sign_in: SignIn) -> Iterator[Ask]:
    assertion, moment = sign_in.assertion, sign_in.posted_at
    common = Ask(
        instance_id=_fit(_INSTANCE_ID, sign_in.instance_id),
        region=_fit(_REGION, sign_in.region),
        endpoint_region=_fit(_REGION, endpoint_region(sign_in.posted_to)),
        name=_fit(_NAME, sign_in.role_session_name),
        assertion_id=assertion.id[:200] if assertion and assertion.id.isprintable() else "",
        time=moment.time if moment else sign_in.started,
    )
    pairs = [p for p in sign_in.roles if sign_in.chosen_role in {None, p.role}] or list(sign_in.roles)
    for pair in pairs:
        yield replace(common, role=_role(pair.role), provider=_provider(pair.provider))
    if not pairs:
        yield replace(common, role=_role(sign_in.chosen_role))


def _role(arn: str | None) -> str:
    return arn if arn and is_role(arn) else ""


def _provider(arn: str | None) -> str:
    return arn if arn and is_provider(arn) else ""


def _fit(pattern: re.Pattern[str], value: str | None) -> str:
    return value if value and pattern.fullmatch(value) else ""
