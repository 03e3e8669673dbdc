"""Are the attributes that AWS reads there, under their exact names, with values that AWS takes?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connect_saml_nb.aws.arn import arn_owner, is_provider, is_role
from connect_saml_nb.idp.products import Topic
from connect_saml_nb.matching import passes_sts, refused_characters
from connect_saml_nb.model.finding import Actor, Severity
from connect_saml_nb.model.saml import (
    ATTRIBUTES,
    PRINCIPAL_TAG,
    ROLE,
    ROLE_SESSION_NAME,
    SESSION_DURATION,
    SOURCE_IDENTITY,
    Attribute,
)
from connect_saml_nb.model.signin import AwsMessage, Outcome, RolePair
from connect_saml_nb.model.text import Phrase, joined, quoted, text
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.rules.facts import (
    CONNECT_SAML,
    IAM_ASSERTIONS,
    IAM_TROUBLESHOOT,
    SESSION_TAGS,
    STS_SAML,
    attribute,
    last_evidence,
    message_evidence,
    named,
    names_setting,
    said_evidence,
    says,
    was_accepted,
)
from connect_saml_nb.rules.rule import (
    PASSED,
    Answer,
    Found,
    Requirement,
    Skipped,
    idp_admin,
    rule,
)

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import RuleContext


def near_misses(context: RuleContext, name: str) -> tuple[Attribute, ...]:
    """Attributes that were most likely meant to be `name`: other letter case, namespace, scheme, or a trailing slash."""
    wanted = name.removeprefix(ATTRIBUTES).casefold()
    assertion = context.sign_in.assertion
    found = [a for a in (assertion.attributes if assertion else ()) if a.name != name]
    return tuple(a for a in found if _last_part(a.name) == wanted or _last_part(a.friendly_name) == wanted)


def _last_part(name: str) -> str:
    return re.split(r"[/#]", name.strip().rstrip("/"))[-1].casefold()


def _misnamed(context: RuleContext, name: str) -> Phrase:
    near = near_misses(context, name)
    if not near:
        return ""
    found = joined(" and ", (text("{} ({})", quoted(a.name), _difference(a, name)) for a in near[:3]))
    return text(" There is {}: the name must be exactly {}, including capital letters.", found, quoted(name))


#: The China documents print this namespace (docs.amazonaws.cn), perhaps by automatic rewriting.
_CHINA = "http://www.amazonaws.cn/SAML/Attributes/"


def _difference(found: Attribute, wanted: str) -> str:
    """How an attribute's name differs from the one that AWS reads, in words."""
    name, last = found.name, wanted.removeprefix(ATTRIBUTES)
    if _last_part(name) != last.casefold():
        return "only its friendly name is right"
    if name.startswith(_CHINA):
        return "the namespace is the one of AWS in China"
    folded, target = name.strip().casefold(), wanted.casefold()
    ways = (
        ("white space around it", name.strip() == wanted),
        ("without the namespace", name == last),
        ("another letter case", folded == target),
        ("a slash at its end", name == wanted + "/"),
        ("http in place of https", name == wanted.replace("https://", "http://", 1)),
        ("without the namespace, in another letter case", folded == last.casefold()),
    )
    return next((words for words, fits in ways if fits), "another namespace")


@names_setting(Topic.ROLE, Topic.ASSIGNMENT)
@rule(
    verdict=Verdict.ROLE_MISSING,
    remedy=[
        idp_admin(
            "send the attribute {} (exact letter case) with the value 'ROLE-ARN,SAML-PROVIDER-ARN'. If it is configured, check that the person is assigned to the application or group from which the value comes: an unassigned person gets no value.",
            ROLE,
        )
    ],
    docs=IAM_TROUBLESHOOT,
    needs=[Requirement.ASSERTION],
)
def role_missing(context: RuleContext) -> Answer:
    """Is there an attribute named exactly https://aws.amazon.com/SAML/Attributes/Role with a value?

    Attribute names are compared in letter case; an application without mappings or an unassigned person sends none.
    """
    found = attribute(context, ROLE)
    if found and found.values:
        return PASSED
    what = "The Role attribute has no value." if found else "The assertion has no Role attribute."
    empty = context.sign_in.assertion is not None and not context.sign_in.assertion.attributes
    none = " It has no attribute at all: the application has no attribute mappings." if empty else ""
    return Found(text("{}{}{}", what, none, _misnamed(context, ROLE)), message_evidence(context, "Role absent"))


@names_setting(Topic.ROLE)
@rule(
    verdict=Verdict.ROLE_MALFORMED,
    remedy={
        Actor.IDP_ADMIN: "each value of the Role attribute must be exactly one role ARN and one SAML provider ARN, joined by a comma without spaces: arn:aws:iam::ACCOUNT:role/NAME,arn:aws:iam::ACCOUNT:saml-provider/NAME. Send several roles as several values."
    },
    docs=IAM_ASSERTIONS,
    needs=[Requirement.ASSERTION],
)
def role_malformed(context: RuleContext) -> Answer:
    """Is each value of the Role attribute a pair of a role ARN and a SAML provider ARN?

    Either order is taken. Placeholders left in, a missing half, and several pairs joined in one value are refused.
    """
    found = attribute(context, ROLE)
    if not found or not found.values:
        return Skipped("There is no Role attribute.")
    bad = [v for v in found.values if not _is_pair(v)]
    if not bad:
        return PASSED
    return Found(
        text("The Role value {} is not a role ARN and a SAML provider ARN{}.", quoted(bad[0]), _fault(bad[0])),
        message_evidence(context, text("Role {}", quoted(bad[0]))),
    )


_A_ROLE, _A_PROVIDER = re.compile(r":role/"), re.compile(r":saml-provider/")
_PLACEHOLDER = re.compile(
    r"[<>{}\[\]$]|\bACCOUNT|YOUR[_-]|ROLE[_-]?NAME|PROVIDER[_-]?NAME|account[_-]?(?:id|number)", re.ASCII
)


def _fault(value: str) -> str:
    """What is wrong with a Role value, as the end of a sentence, or nothing where it has no name."""
    roles, providers = len(_A_ROLE.findall(value[:4000])), len(_A_PROVIDER.findall(value[:4000]))
    if not value.strip():
        return ": it is empty"
    if roles > 1 or providers > 1:
        return (
            ": several pairs are joined in one value, and each needs its own value (Okta joins them unless its feature "
            "SAML_SUPPORT_ARRAY_ATTRIBUTES is on)"
        )
    if roles and not providers:
        return ": the SAML provider's ARN is missing"
    if providers and not roles:
        return ": the role's ARN is missing"
    if _PLACEHOLDER.search(value[:4000]):
        return ": it still holds a placeholder of a template"
    if roles and "," not in value:
        return ": there is no comma between the two ARNs"
    return ""


def _is_pair(value: str) -> bool:
    # A role's name may itself hold a comma, so the pair is looked for from both ends.
    text = value.strip()
    for comma in (m.start() for m in re.finditer(",", text[:4000])):
        first, second = text[:comma].strip(), text[comma + 1 :].strip()
        if is_role(first) and is_provider(second):
            return True
        if is_provider(first) and is_role(second):
            return True
    return False


@rule(
    id="role-value-spaced",
    title="A Role value has white space in it",
    remedy={Actor.IDP_ADMIN: "write the two ARNs of a Role value without any space or line break."},
    docs=IAM_ASSERTIONS,
    severity=Severity.WARNING,
    needs=[Requirement.ASSERTION],
)
def role_value_spaced(context: RuleContext) -> Answer:
    """Are the two ARNs of a Role value joined without white space?"""
    found = attribute(context, ROLE)
    spaced = [v for v in (found.values if found else ()) if re.search(r"\s", v)]
    return (
        Found(text("The Role value {} has white space.", quoted(spaced[0])), message_evidence(context, "Role"))
        if spaced
        else PASSED
    )


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    verdict=Verdict.ROLE_SESSION_NAME_MISSING,
    remedy=[
        idp_admin(
            "send the attribute {} (exact letter case) with the person's Connect username as its one value.",
            ROLE_SESSION_NAME,
        )
    ],
    docs=IAM_TROUBLESHOOT,
    needs=[Requirement.ASSERTION],
    answered_by=AwsMessage.NAME_REQUIRED,
)
def role_session_name_missing(context: RuleContext) -> Answer:
    """Is there an attribute named exactly https://aws.amazon.com/SAML/Attributes/RoleSessionName?

    Its value is what Connect compares with its usernames.
    """
    found = attribute(context, ROLE_SESSION_NAME)
    if says(context, AwsMessage.NAME_REQUIRED):
        return Found(
            text("AWS says that RoleSessionName is missing.{}", _misnamed(context, ROLE_SESSION_NAME)),
            said_evidence(context),
        )
    if found and found.values:
        return PASSED
    what = "The RoleSessionName attribute has no value." if found else "The assertion has no RoleSessionName attribute."
    return Found(
        text("{}{}", what, _misnamed(context, ROLE_SESSION_NAME)), message_evidence(context, "RoleSessionName absent")
    )


@names_setting(Topic.ROLE_SESSION_NAME)
@rule(
    verdict=Verdict.ROLE_SESSION_NAME_INVALID,
    remedy={
        Actor.IDP_ADMIN: "map RoleSessionName to an attribute without spaces or special characters (the mail address or sign-in name, not the display name), one value, 2 to 64 characters.",
        Actor.CONNECT_ADMIN: "the Connect username must then be exactly that value.",
    },
    docs=IAM_TROUBLESHOOT,
)
def role_session_name_invalid(context: RuleContext) -> Answer:
    """Is the RoleSessionName one value of 2 to 64 characters out of a-z A-Z 0-9 _ + = , . @ -?

    Spaces, apostrophes, accents, backslashes and the #EXT# of guest accounts are refused.
    """
    found = attribute(context, ROLE_SESSION_NAME)
    value = found.values[0] if found and found.values else None
    if says(context, AwsMessage.NAME_INVALID):
        return Found(text("AWS refuses the RoleSessionName{}{}.", named(value), _why(value)), said_evidence(context))
    if found is None or value is None:
        return Skipped("The recording holds no readable RoleSessionName.")
    detail = message_evidence(context, text("RoleSessionName {}", quoted(value)))
    count = sum(len(a.values) for a in _all_named(context, ROLE_SESSION_NAME))
    if count > 1:
        return Found(text("RoleSessionName has {} values; AWS expects exactly one.", count), detail)
    if passes_sts(value):
        return PASSED
    return Found(text("AWS refuses the RoleSessionName {}{}.", quoted(value), _why(value)), detail)


def _all_named(context: RuleContext, name: str) -> tuple[Attribute, ...]:
    assertion = context.sign_in.assertion
    return tuple(a for a in (assertion.attributes if assertion else ()) if a.name == name)


def _why(name: str | None) -> Phrase:
    """What breaks AWS's pattern, as the end of a sentence."""
    if name is None:
        return ""
    bad = refused_characters(name)
    if bad:
        return text(": {} cannot be in it", joined(" and ", (_character(c) for c in bad[:4])))
    return text(": it has {} characters, and must have 2 to 64", len(name)) if not passes_sts(name) else ""


def _character(character: str) -> Phrase:
    return "a space" if character == " " else text("the character {}", quoted(character))


@rule(
    verdict=Verdict.SOURCE_IDENTITY_INVALID,
    remedy={
        Actor.IDP_ADMIN: "send a SourceIdentity of 2 to 64 of the characters a-z A-Z 0-9 _ + = , . @ - that does not begin with 'aws:', or none at all: Connect does not need it."
    },
    docs=IAM_TROUBLESHOOT,
    needs=[Requirement.ASSERTION],
    answered_by=AwsMessage.SOURCE_IDENTITY,
)
def source_identity_invalid(context: RuleContext) -> Answer:
    """Is the SourceIdentity, if there is one, a value that AWS takes?"""
    found = attribute(context, SOURCE_IDENTITY)
    value = found.values[0] if found and found.values else None
    if says(context, AwsMessage.SOURCE_IDENTITY):
        return Found(text("AWS refuses the SourceIdentity{}.", named(value)), said_evidence(context))
    if found is None:
        return PASSED
    good = len(found.values) == 1 and value and passes_sts(value) and not value.casefold().startswith("aws:")
    return (
        PASSED
        if good
        else Found(
            text("AWS does not accept the SourceIdentity {}.", quoted(value)),
            message_evidence(context, "SourceIdentity"),
        )
    )


_SHORTEST, _LONGEST = 900, 43_200


@names_setting(Topic.SESSION_DURATION)
@rule(
    verdict=Verdict.SESSION_DURATION_INVALID,
    remedy={
        Actor.IDP_ADMIN: "send one SessionDuration of 900 to 43200 seconds, or none (one hour is then the default)."
    },
    docs=IAM_ASSERTIONS,
    needs=[Requirement.ASSERTION],
    answered_by=AwsMessage.DURATION,
)
def session_duration_invalid(context: RuleContext) -> Answer:
    """Is the SessionDuration, if there is one, a number of seconds between 900 and 43,200?"""
    found = attribute(context, SESSION_DURATION)
    value = found.values[0] if found and found.values else None
    if says(context, AwsMessage.DURATION):
        return Found(
            text("AWS refuses the SessionDuration{}: the role's maximum is shorter.", named(value)),
            said_evidence(context),
        )
    if found is None:
        return PASSED
    number = int(value) if value and re.fullmatch(r"[0-9]{1,9}", value.strip()) else None
    if len(found.values) == 1 and number is not None and _SHORTEST <= number <= _LONGEST:
        return PASSED
    return Found(
        text("The SessionDuration {} is not a number of seconds from 900 to 43200.", quoted(value)),
        message_evidence(context, "SessionDuration"),
    )


_MOST_TAGS, _LONGEST_KEY, _LONGEST_TAG = 50, 128, 256


@rule(
    verdict=Verdict.SESSION_TAGS_REFUSED,
    remedy={
        Actor.IDP_ADMIN: "send at most 50 PrincipalTag attributes, keys of at most 128 and values of at most 256 characters, or none: Connect does not need them."
    },
    docs=IAM_ASSERTIONS,
    needs=[Requirement.ASSERTION],
    answered_by=AwsMessage.TAGS,
)
def session_tags_refused(context: RuleContext) -> Answer:
    """Are the session tags (PrincipalTag attributes) within AWS's limits?"""
    if says(context, AwsMessage.TAGS):
        return Found("AWS says that the session tags are too large.", said_evidence(context))
    assertion = context.sign_in.assertion
    tags = [a for a in (assertion.attributes if assertion else ()) if a.name.startswith(PRINCIPAL_TAG)]
    large = [
        a
        for a in tags
        if len(a.name) - len(PRINCIPAL_TAG) > _LONGEST_KEY or any(len(v) > _LONGEST_TAG for v in a.values)
    ]
    if len(tags) <= _MOST_TAGS and not large:
        return PASSED
    what = (
        text("{} session tags, more than 50", len(tags))
        if len(tags) > _MOST_TAGS
        else text("the session tag {}, too long", quoted(large[0].name))
    )
    return Found(text("The assertion holds {}.", what), message_evidence(context, "PrincipalTag"))


@rule(
    verdict=Verdict.ROLE_NOT_CHOSEN,
    remedy={
        Actor.PERSON: "choose the role for Connect and click Sign in.",
        Actor.IDP_ADMIN: "send only the role for Connect; then AWS does not ask.",
    },
    docs=CONNECT_SAML,
)
def role_not_chosen(context: RuleContext) -> Answer:
    """Was a role chosen where several were offered?

    With more than one role in the response AWS shows a page to choose from, and nothing goes on until one is chosen.
    """
    sign_in = context.sign_in
    if sign_in.outcome is Outcome.ROLE_CHOICE:
        names = joined(", ", (quoted(p.role) for p in sign_in.roles if p.role))
        return Found(
            text("AWS asked which role to take, and none was chosen{}.", text(": {}", names) if names else ""),
            last_evidence(context, "role choice page"),
        )
    return PASSED if was_accepted(context) else Skipped("The sign-in did not reach the choice of a role.")


@rule(
    id="several-roles",
    title="The response offers several roles",
    remedy={Actor.IDP_ADMIN: "send only the role for Connect; AWS recommends one role for federation."},
    docs=CONNECT_SAML,
    severity=Severity.INFO,
    needs=[Requirement.ASSERTION],
)
def several_roles(context: RuleContext) -> Answer:
    """Does the response offer exactly one role?

    With several the person has to choose, and can choose the wrong one.
    """
    roles = [p.role for p in context.sign_in.roles if p.role]
    if len(roles) <= 1:
        return PASSED
    chosen = text("; {} was chosen", quoted(context.sign_in.chosen_role)) if context.sign_in.chosen_role else ""
    return Found(text("The response offers {} roles{}.", len(roles), chosen), message_evidence(context, "Role"))


# --- what AWS advises, or reads otherwise than was meant ----------------------------------------------------

_OPTIONAL = ("SessionDuration", "SourceIdentity", "TransitiveTagKeys")


@rule(
    id="attribute-misnamed",
    title="An attribute has almost the name that AWS reads",
    remedy={
        Actor.IDP_ADMIN: "write the attribute's name exactly as AWS does (namespace https://aws.amazon.com/SAML/Attributes/, letter case), or leave the attribute out: Connect does not need it."
    },
    docs=IAM_ASSERTIONS,
    severity=Severity.INFO,
    needs=[Requirement.ASSERTION],
)
def attribute_misnamed(context: RuleContext) -> Answer:
    """Do the optional attributes have exactly the names that AWS reads?

    SessionDuration, SourceIdentity and TransitiveTagKeys under another name do not do what was meant.
    """
    for short in _OPTIONAL:
        if attribute(context, ATTRIBUTES + short) is None and near_misses(context, ATTRIBUTES + short):
            return Found(
                text("AWS does not read {} under this name.{}", short, _misnamed(context, ATTRIBUTES + short)),
                message_evidence(context, short),
            )
    return PASSED


@rule(
    id="attribute-repeated",
    title="An attribute appears in the assertion more than once",
    remedy={
        Actor.IDP_ADMIN: "send each attribute once, and several roles as several values of one attribute. AWS expects one claim for each of its context keys."
    },
    docs=IAM_ASSERTIONS,
    severity=Severity.WARNING,
    needs=[Requirement.ASSERTION],
)
def attribute_repeated(context: RuleContext) -> Answer:
    """Does each attribute name appear in the assertion only once?

    "Include only one claim per AWS context key." Some identity providers repeat an attribute for each of its values.
    """
    assertion = context.sign_in.assertion
    names = [a.name for a in (assertion.attributes if assertion else ())]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if not repeated:
        return PASSED
    first = next((name for name in repeated if name.startswith(ATTRIBUTES)), repeated[0])
    harmless = not first.startswith(ATTRIBUTES) or was_accepted(context)
    return Found(
        text("The attribute {} appears in the assertion {} times.", quoted(first), names.count(first)),
        message_evidence(context, quoted(first)),
        severity=Severity.INFO if harmless else None,
    )


@names_setting(Topic.ROLE)
@rule(
    id="role-pair-mixed",
    title="A role and its SAML provider are in different accounts",
    remedy={
        Actor.IDP_ADMIN: "send the SAML provider of the same AWS account (and partition) as the role.",
        Actor.AWS_ADMIN: "create the SAML provider in the role's account if it does not exist there.",
    },
    docs=IAM_ASSERTIONS,
    severity=Severity.WARNING,
    needs=[Requirement.ASSERTION],
)
def role_pair_mixed(context: RuleContext) -> Answer:
    """Are the role and the SAML provider of each pair in the same account and partition?

    Both stand in the account that the person signs in to.
    """
    pairs = [p for p in context.sign_in.roles if arn_owner(p.role) and arn_owner(p.provider)]
    if not pairs:
        return Skipped("There is no Role value with a role ARN and a provider ARN.")
    mixed = [p for p in pairs if arn_owner(p.role) != arn_owner(p.provider)]
    if not mixed or was_accepted(context):
        return PASSED
    return Found(
        text(
            "The role {} is in another account or partition than the provider {}.",
            quoted(mixed[0].role),
            quoted(mixed[0].provider),
        ),
        message_evidence(context, text("Role {}", quoted(mixed[0].value))),
    )


@rule(
    id="role-reserved",
    title="The role is reserved for IAM Identity Center",
    remedy={
        Actor.AWS_ADMIN: "create a separate role for Connect whose trust policy names the SAML provider.",
        Actor.IDP_ADMIN: "send that role in place of AWSReservedSSO_…; in IAM Identity Center add a SAML application for Connect, not a permission set.",
    },
    docs=STS_SAML,
    severity=Severity.WARNING,
    needs=[Requirement.ASSERTION],
)
def role_reserved(context: RuleContext) -> Answer:
    """Is the role one that a response may assume?

    "AssumeRoleWithSAML will not work on AWS IAM Identity Center managed roles. These roles' names start with
    AWSReservedSSO_."
    """
    names = [p.role for p in context.sign_in.roles if p.role and "/AWSReservedSSO_" in p.role]
    if not names or was_accepted(context):
        return PASSED
    return Found(
        text("The role {} belongs to IAM Identity Center.", quoted(names[0])), message_evidence(context, "Role")
    )


@rule(
    id="role-not-in-response",
    title="The chosen role is not in the response",
    remedy={
        Actor.PERSON: "start again from the identity provider's tile and choose one of the roles that the page shows.",
        Actor.IDP_ADMIN: "if a role is missing there, send its pair in the Role attribute.",
    },
    docs=STS_SAML,
    severity=Severity.WARNING,
    needs=[Requirement.ASSERTION],
)
def role_not_in_response(context: RuleContext) -> Answer:
    """Does the response hold the pair of the role that was chosen?

    "SAML Assertion doesn't contain the requested Role and Metadata in the attributes": a page of an older response, or a
    changed form.
    """
    if says(context, AwsMessage.ROLE_NOT_IN_RESPONSE):
        return Found("AWS says that the response does not hold the role that was asked for.", said_evidence(context))
    chosen = context.sign_in.chosen_role
    if chosen is None or chosen in {p.role for p in context.sign_in.roles}:
        return PASSED
    return Found(
        text("The chosen role {} is not among the roles of the response.", quoted(chosen)),
        message_evidence(context, "roleIndex"),
    )


@rule(
    id="role-account-other",
    title="The role is in another account than the instance",
    remedy={
        Actor.PERSON: "start again and choose the role in the account of the Connect instance.",
        Actor.IDP_ADMIN: "send only that account's role to the users of this application.",
    },
    docs=CONNECT_SAML,
    severity=Severity.WARNING,
    needs=[Requirement.ASSERTION],
)
def role_account_other(context: RuleContext) -> Answer:
    """Is the role that was assumed in the account that owns the instance?

    In all of AWS's examples the role and the instance belong to one account. The instance's account is known from the ARNs
    in the list of users.
    """
    account = context.users.account if context.users else None
    taken = arn_owner(_taken_role(context))
    if account is None or taken is None:
        return Skipped("The account of the instance or the role that was assumed is not known.")
    if taken[1] == account or context.sign_in.outcome is Outcome.OPENED:
        return PASSED
    return Found(
        text("The role is in account {}, the instance in account {}.", taken[1], account),
        message_evidence(context, "Role"),
    )


def _taken_role(context: RuleContext) -> str | None:
    roles: list[RolePair] = [p for p in context.sign_in.roles if p.role]
    return context.sign_in.chosen_role or (roles[0].role if len(roles) == 1 else None)


@names_setting(Topic.SESSION_DURATION)
@rule(
    id="session-shortened",
    title="The session will be shorter than configured",
    remedy={
        Actor.IDP_ADMIN: "make SessionNotOnOrAfter (the session's length at the identity provider) at least as long as SessionDuration; AWS takes the shorter of the two."
    },
    docs=STS_SAML,
    severity=Severity.INFO,
    needs=[Requirement.ASSERTION],
)
def session_shortened(context: RuleContext) -> Answer:
    """Does the identity provider's session last as long as the SessionDuration that it sends?

    "Your role session lasts for the duration that you specify, or until the time specified in the SAML authentication
    response's SessionNotOnOrAfter value, whichever is shorter."
    """
    assertion = context.sign_in.assertion
    if assertion is None or assertion.session_not_on_or_after is None or assertion.issued is None:
        return PASSED
    lasts = (assertion.session_not_on_or_after - assertion.issued).total_seconds()
    wanted = _seconds(context) or _DEFAULT_SESSION
    if lasts >= wanted or (_seconds(context) is None and lasts >= _SHORTEST):
        return PASSED
    return Found(
        text(
            "SessionNotOnOrAfter ends the session after {} seconds, before the {} that are configured.",
            f"{lasts:,.0f}",
            f"{wanted:,}",
        ),
        message_evidence(context, "SessionNotOnOrAfter"),
    )


_DEFAULT_SESSION = 3_600


def _seconds(context: RuleContext) -> int | None:
    found = attribute(context, SESSION_DURATION)
    value = found.values[0].strip() if found and found.values else ""
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else None


@rule(
    id="session-tags-unusual",
    title="AWS reads the session tags differently",
    remedy={
        Actor.IDP_ADMIN: "send each session tag as one PrincipalTag attribute with one value, and list in TransitiveTagKeys only keys of such tags. Connect needs no session tags."
    },
    docs=SESSION_TAGS,
    severity=Severity.INFO,
    needs=[Requirement.ASSERTION],
)
def session_tags_unusual(context: RuleContext) -> Answer:
    """Does each session tag have one value, and is each transitive key the key of a tag?"""
    assertion = context.sign_in.assertion
    tags = [a for a in (assertion.attributes if assertion else ()) if a.name.startswith(PRINCIPAL_TAG)]
    several = next((a for a in tags if len(a.values) != 1), None)
    if several:
        return Found(
            text(
                "The session tag {} has {} values.",
                quoted(several.name.removeprefix(PRINCIPAL_TAG)),
                len(several.values),
            ),
            message_evidence(context, "PrincipalTag"),
        )
    transitive = attribute(context, ATTRIBUTES + "TransitiveTagKeys")
    keys = {a.name.removeprefix(PRINCIPAL_TAG).casefold() for a in tags}
    unknown = [v for v in (transitive.values if transitive else ()) if v.strip().casefold() not in keys]
    if not unknown:
        return PASSED
    return Found(
        text("TransitiveTagKeys names {}, and no session tag has this key.", quoted(unknown[0])),
        message_evidence(context, "TransitiveTagKeys"),
    )


@rule(
    id="trust-policy-extras",
    title="The response needs more than sts:AssumeRoleWithSAML",
    remedy={
        Actor.AWS_ADMIN: "allow sts:TagSession for session tags and sts:SetSourceIdentity for a source identity in the role's trust policy, to the same SAML provider.",
        Actor.IDP_ADMIN: "or leave these attributes out; Connect does not need them.",
    },
    docs=IAM_TROUBLESHOOT,
    severity=Severity.INFO,
    needs=[Requirement.ASSERTION],
)
def trust_policy_extras(context: RuleContext) -> Answer:
    """Does the response hold what the role's trust policy must allow by itself?

    Session tags need sts:TagSession and a source identity needs sts:SetSourceIdentity; without them AWS answers "Not
    authorized to perform sts:AssumeRoleWithSAML". A response that AWS took had what it needs.
    """
    assertion = context.sign_in.assertion
    names = [a.name for a in (assertion.attributes if assertion else ())]
    needed = ["sts:TagSession"] if any(n.startswith(PRINCIPAL_TAG) for n in names) else []
    needed += ["sts:SetSourceIdentity"] if SOURCE_IDENTITY in names else []
    if not needed or was_accepted(context):
        return PASSED
    return Found(
        text("With these attributes the role's trust policy must also allow {}.", joined(" and ", needed)),
        message_evidence(context, joined(", ", needed)),
    )


RULES = (
    role_missing,
    role_malformed,
    role_value_spaced,
    role_pair_mixed,
    role_reserved,
    role_session_name_missing,
    role_session_name_invalid,
    source_identity_invalid,
    session_duration_invalid,
    session_tags_refused,
    several_roles,
    role_not_chosen,
    role_not_in_response,
    role_account_other,
    attribute_misnamed,
    attribute_repeated,
    session_shortened,
    session_tags_unusual,
    trust_policy_extras,
)
