"""What is known about one sign-in, listed once: every surface shows these values, none reads them again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from connect_saml_nb import urls

if TYPE_CHECKING:
    from datetime import datetime

    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.signin import Moment, SignIn
    from connect_saml_nb.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """The facts of one sign-in; None where something is not known. URLs are masked.

    `provider` is the SAML provider of the chosen role, or the one that all offered roles share; `issuer` the
    assertion's, or the response's where no assertion can be read; `role_values` are the roles with what stands in
    place of one that is no ARN; `landed_on` the last page of AWS or Connect.
    """

    verdict: Verdict
    summary: str
    started: datetime | None
    issuer: str | None
    name_id: str | None
    role_session_name: str | None
    roles: tuple[str, ...]
    role_values: tuple[str, ...]
    chosen_role: str | None
    provider: str | None
    posted_to: str | None
    posted_at: Moment | None
    relay_state: str | None
    instance_id: str | None
    region: str | None
    landed_on: str | None
    outcome: str
    aws_message: str | None

    def values(self) -> dict[str, Any]:
        """The facts by their names, in order."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def sign_in_facts(diagnosis: SignInDiagnosis) -> SignInFacts:
    """Collect the facts of a judged sign-in.

    >>> sign_in_facts(diagnose("saml.har").sign_ins[0]).role_session_name
    'jane.doe@example.com'
    """
    sign_in = diagnosis.sign_in
    assertion = sign_in.assertion
    return SignInFacts(
        verdict=diagnosis.verdict,
        summary=str(diagnosis.summary),
        started=sign_in.started,
        issuer=issuer_of(sign_in),
        name_id=assertion.name_id if assertion else None,
        role_session_name=sign_in.role_session_name,
        roles=tuple(pair.role for pair in sign_in.roles if pair.role),
        role_values=tuple(pair.role or pair.value for pair in sign_in.roles),
        chosen_role=sign_in.chosen_role,
        provider=provider_of(sign_in),
        posted_to=urls.mask(sign_in.posted_to) or None,
        posted_at=sign_in.posted_at,
        relay_state=urls.mask(sign_in.relay_state),
        instance_id=sign_in.instance_id,
        region=sign_in.region,
        landed_on=urls.mask(sign_in.last.url) if sign_in.last else None,
        outcome=sign_in.outcome.value,
        aws_message=sign_in.said_text,
    )


def issuer_of(sign_in: SignIn) -> str | None:
    """Who issued the assertion; where it is encrypted or missing, who issued the response."""
    response = sign_in.message.response if sign_in.message else None
    return (sign_in.assertion.issuer if sign_in.assertion else None) or (response.issuer if response else None)


def provider_of(sign_in: SignIn) -> str | None:
    """The SAML provider of the chosen role, or the one that all offered roles share."""
    pairs = [pair for pair in sign_in.roles if pair.role == sign_in.chosen_role] or sign_in.roles
    providers = {pair.provider for pair in pairs if pair.provider}
    return providers.pop() if len(providers) == 1 else None
