"""Are the attributes that AWS reads there, under their exact names, with values that AWS takes?"""

from __future__ import annotations

import re

from connect_saml_nb.model import (
    ATTRIBUTES,
    PRINCIPAL_TAG,
    ROLE,
    ROLE_SESSION_NAME,
    SESSION_DURATION,
    SOURCE_IDENTITY,
    Attribute,
    Case,
    Outcome,
    Said,
    Severity,
)
from connect_saml_nb.rules._facts import (
    CONNECT_SAML,
    IAM_ASSERTIONS,
    IAM_TROUBLESHOOT,
    attribute,
    last_evidence,
    message_evidence,
    quoted,
    said_evidence,
    says,
    was_accepted,
)
from connect_saml_nb.rules._rule import PASSED, Answer, Found, Need, Skipped, rule

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_PROVIDER_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:saml-provider/[\w.-]+", re.ASCII)
#: What STS takes as a role session name and as a source identity (IAM user guide, troubleshoot_saml).
STS_NAME = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}")
_STS_CHARACTER = re.compile(r"[a-zA-Z_0-9+=,.@-]")


def near_misses(case: Case, name: str) -> tuple[Attribute, ...]:
    """Attributes that were most likely meant to be `name`: other letter case, namespace, scheme, or a trailing slash."""
    wanted = name.removeprefix(ATTRIBUTES).casefold()
    assertion = case.sign_in.assertion
    found = [a for a in (assertion.attributes if assertion else ()) if a.name != name]
    return tuple(a for a in found if _last_part(a.name) == wanted or _last_part(a.friendly_name) == wanted)


def _last_part(name: str) -> str:
    return re.split(r"[/#]", name.strip().rstrip("/"))[-1].casefold()


def _misnamed(case: Case, name: str) -> str:
    near = near_misses(case, name)
    if not near:
        return ""
    return f" There is {' and '.join(quoted(a.name) for a in near[:3])}: the name must be exactly {quoted(name)}, in the same letter case."


@rule(
    id="role-missing",
    title="The Role attribute is missing",
    remedy=f"IdP admin: send the attribute {ROLE} (exact letter case) with the value 'ROLE-ARN,SAML-PROVIDER-ARN'. If it is configured, check that the person is assigned to the application or group from which the value comes: an unassigned person gets no value.",
    docs=IAM_TROUBLESHOOT,
    needs=[Need.ASSERTION],
)
def role_missing(case: Case) -> Answer:
    """Is there an attribute named exactly https://aws.amazon.com/SAML/Attributes/Role with a value?

    Attribute names are compared in letter case; an application without mappings or an unassigned person sends none.
    """
    found = attribute(case, ROLE)
    if found and found.values:
        return PASSED
    what = "The Role attribute has no value." if found else "The assertion has no Role attribute."
    return Found(what + _misnamed(case, ROLE), message_evidence(case, "Role absent"))


@rule(
    id="role-malformed",
    title="A Role value is not a role ARN and a provider ARN",
    remedy="IdP admin: each value of the Role attribute must be exactly one role ARN and one SAML provider ARN, joined by a comma without spaces: arn:aws:iam::ACCOUNT:role/NAME,arn:aws:iam::ACCOUNT:saml-provider/NAME. Several roles are several values.",
    docs=IAM_ASSERTIONS,
    needs=[Need.ASSERTION],
)
def role_malformed(case: Case) -> Answer:
    """Is each value of the Role attribute a pair of a role ARN and a SAML provider ARN?

    Either order is taken. Placeholders left in, a missing half, and several pairs joined in one value are refused.
    """
    found = attribute(case, ROLE)
    if not found or not found.values:
        return Skipped("There is no Role attribute.")
    bad = [v for v in found.values if not _is_pair(v)]
    if not bad:
        return PASSED
    return Found(
        f"The Role value {quoted(bad[0])} is not a role ARN and a SAML provider ARN.",
        message_evidence(case, f"Role {quoted(bad[0])}"),
    )


def _is_pair(value: str) -> bool:
    # A role's name may itself hold a comma, so the pair is looked for from both ends.
    text = value.strip()
    for comma in (m.start() for m in re.finditer(",", text[:4000])):
        first, second = text[:comma].strip(), text[comma + 1 :].strip()
        if _ROLE_ARN.fullmatch(first) and _PROVIDER_ARN.fullmatch(second):
            return True
        if _PROVIDER_ARN.fullmatch(first) and _ROLE_ARN.fullmatch(second):
            return True
    return False


@rule(
    id="role-value-spaced",
    title="A Role value has white space in it",
    remedy="IdP admin: write the two ARNs of a Role value without any space or line break.",
    docs=IAM_ASSERTIONS,
    severity=Severity.WARNING,
    needs=[Need.ASSERTION],
    verdict=False,
)
def role_value_spaced(case: Case) -> Answer:
    """Are the two ARNs of a Role value joined without white space?"""
    found = attribute(case, ROLE)
    spaced = [v for v in (found.values if found else ()) if re.search(r"\s", v)]
    return (
        Found(f"The Role value {quoted(spaced[0])} has white space.", message_evidence(case, "Role"))
        if spaced
        else PASSED
    )


@rule(
    id="role-session-name-missing",
    title="The RoleSessionName attribute is missing",
    remedy=f"IdP admin: send the attribute {ROLE_SESSION_NAME} (exact letter case) with the person's Connect username as its one value.",
    docs=IAM_TROUBLESHOOT,
    needs=[Need.ASSERTION],
)
def role_session_name_missing(case: Case) -> Answer:
    """Is there an attribute named exactly https://aws.amazon.com/SAML/Attributes/RoleSessionName?

    Its value is what Connect compares with its usernames.
    """
    found = attribute(case, ROLE_SESSION_NAME)
    if says(case, Said.NAME_REQUIRED):
        return Found(
            f"AWS says that RoleSessionName is missing.{_misnamed(case, ROLE_SESSION_NAME)}", said_evidence(case)
        )
    if found and found.values:
        return PASSED
    what = "The RoleSessionName attribute has no value." if found else "The assertion has no RoleSessionName attribute."
    return Found(what + _misnamed(case, ROLE_SESSION_NAME), message_evidence(case, "RoleSessionName absent"))


@rule(
    id="role-session-name-invalid",
    title="AWS does not take the RoleSessionName",
    remedy="IdP admin: map RoleSessionName to an attribute without spaces or special characters (the mail address or sign-in name, not the display name), one value, 2 to 64 characters. Connect admin: the Connect username must then be exactly that value.",
    docs=IAM_TROUBLESHOOT,
)
def role_session_name_invalid(case: Case) -> Answer:
    """Is the RoleSessionName one value of 2 to 64 characters out of a-z A-Z 0-9 _ + = , . @ -?

    Spaces, apostrophes, accents, backslashes and the #EXT# of guest accounts are refused.
    """
    found = attribute(case, ROLE_SESSION_NAME)
    value = found.values[0] if found and found.values else None
    if says(case, Said.NAME_INVALID):
        return Found(f"AWS refuses the RoleSessionName {quoted(value)}{_why(value)}.", said_evidence(case))
    if found is None or value is None:
        return Skipped("The recording holds no readable RoleSessionName.")
    detail = message_evidence(case, f"RoleSessionName {quoted(value)}")
    if len(found.values) > 1:
        return Found(f"RoleSessionName has {len(found.values)} values; AWS wants exactly one.", detail)
    if STS_NAME.fullmatch(value):
        return PASSED
    return Found(f"AWS refuses the RoleSessionName {quoted(value)}{_why(value)}.", detail)


def _why(name: str | None) -> str:
    """What breaks AWS's pattern, as the end of a sentence."""
    if name is None:
        return ""
    bad = sorted({c for c in name if not _STS_CHARACTER.fullmatch(c)})
    if bad:
        return f": {' and '.join(_character(c) for c in bad[:4])} cannot be in it"
    return f": it has {len(name)} characters, and must have 2 to 64" if not STS_NAME.fullmatch(name) else ""


def _character(character: str) -> str:
    return "a space" if character == " " else f"the character {quoted(character)}"


@rule(
    id="source-identity-invalid",
    title="AWS does not take the SourceIdentity",
    remedy="IdP admin: send a SourceIdentity of 2 to 64 characters out of a-z A-Z 0-9 _ + = , . @ - that does not begin with 'aws:', or none at all: Connect does not need it.",
    docs=IAM_TROUBLESHOOT,
    needs=[Need.ASSERTION],
)
def source_identity_invalid(case: Case) -> Answer:
    """Is the SourceIdentity, if there is one, a value that AWS takes?"""
    found = attribute(case, SOURCE_IDENTITY)
    value = found.values[0] if found and found.values else None
    if says(case, Said.SOURCE_IDENTITY):
        return Found(f"AWS refuses the SourceIdentity {quoted(value)}.", said_evidence(case))
    if found is None:
        return PASSED
    good = len(found.values) == 1 and value and STS_NAME.fullmatch(value) and not value.casefold().startswith("aws:")
    return (
        PASSED
        if good
        else Found(
            f"The SourceIdentity {quoted(value)} is not one that AWS takes.", message_evidence(case, "SourceIdentity")
        )
    )


_SHORTEST, _LONGEST = 900, 43_200


@rule(
    id="session-duration-invalid",
    title="AWS does not take the SessionDuration",
    remedy="IdP admin: send one SessionDuration of 900 to 43200 seconds, or none (one hour is then the default).",
    docs=IAM_ASSERTIONS,
    needs=[Need.ASSERTION],
)
def session_duration_invalid(case: Case) -> Answer:
    """Is the SessionDuration, if there is one, a number of seconds between 900 and 43,200?"""
    found = attribute(case, SESSION_DURATION)
    value = found.values[0] if found and found.values else None
    if says(case, Said.DURATION):
        return Found(
            f"AWS refuses the SessionDuration {quoted(value)}: the role's maximum is shorter.", said_evidence(case)
        )
    if found is None:
        return PASSED
    number = int(value) if value and re.fullmatch(r"[0-9]{1,9}", value.strip()) else None
    if len(found.values) == 1 and number is not None and _SHORTEST <= number <= _LONGEST:
        return PASSED
    return Found(
        f"The SessionDuration {quoted(value)} is not one number of seconds from 900 to 43200.",
        message_evidence(case, "SessionDuration"),
    )


_MOST_TAGS, _LONGEST_KEY, _LONGEST_TAG = 50, 128, 256


@rule(
    id="session-tags-refused",
    title="AWS refuses the session tags",
    remedy="IdP admin: send at most 50 PrincipalTag attributes, keys of at most 128 and values of at most 256 characters, or none: Connect does not need them.",
    docs=IAM_ASSERTIONS,
    needs=[Need.ASSERTION],
)
def session_tags_refused(case: Case) -> Answer:
    """Are the session tags (PrincipalTag attributes) within AWS's limits?"""
    if says(case, Said.TAGS):
        return Found("AWS says that the session tags are too large.", said_evidence(case))
    assertion = case.sign_in.assertion
    tags = [a for a in (assertion.attributes if assertion else ()) if a.name.startswith(PRINCIPAL_TAG)]
    large = [
        a
        for a in tags
        if len(a.name) - len(PRINCIPAL_TAG) > _LONGEST_KEY or any(len(v) > _LONGEST_TAG for v in a.values)
    ]
    if len(tags) <= _MOST_TAGS and not large:
        return PASSED
    what = (
        f"{len(tags)} session tags, more than 50"
        if len(tags) > _MOST_TAGS
        else f"the session tag {quoted(large[0].name)}, too long"
    )
    return Found(f"The assertion holds {what}.", message_evidence(case, "PrincipalTag"))


@rule(
    id="role-not-chosen",
    title="The sign-in ends on the role choice page",
    remedy="The person: choose the role for Connect and click Sign in. IdP admin: send only the one role that is for Connect; then AWS does not ask.",
    docs=CONNECT_SAML,
)
def role_not_chosen(case: Case) -> Answer:
    """Was a role chosen where several were offered?

    With more than one role in the response AWS shows a page to choose from, and nothing goes on until one is chosen.
    """
    sign_in = case.sign_in
    if sign_in.outcome is Outcome.ROLE_CHOICE:
        names = ", ".join(quoted(p.role) for p in sign_in.roles if p.role)
        return Found(
            f"AWS asked which role to take, and none was chosen{f': {names}' if names else ''}.",
            last_evidence(case, "role choice page"),
        )
    return PASSED if was_accepted(case) else Skipped("AWS did not get as far as choosing a role.")


@rule(
    id="several-roles",
    title="The response offers several roles",
    remedy="IdP admin: send only the role that is for Connect. AWS advises one role for federation.",
    docs=CONNECT_SAML,
    severity=Severity.INFO,
    needs=[Need.ASSERTION],
    verdict=False,
)
def several_roles(case: Case) -> Answer:
    """Does the response offer exactly one role?

    With several the person has to choose, and can choose the wrong one.
    """
    roles = [p.role for p in case.sign_in.roles if p.role]
    if len(roles) <= 1:
        return PASSED
    chosen = f"; {quoted(case.sign_in.chosen_role)} was chosen" if case.sign_in.chosen_role else ""
    return Found(f"The response offers {len(roles)} roles{chosen}.", message_evidence(case, "Role"))


RULES = (
    role_missing,
    role_malformed,
    role_value_spaced,
    role_session_name_missing,
    role_session_name_invalid,
    source_identity_invalid,
    session_duration_invalid,
    session_tags_refused,
    several_roles,
    role_not_chosen,
)
