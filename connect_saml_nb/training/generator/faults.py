"""The faults that stop a sign-in, in the order of the way through AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.model.record import replace
from connect_saml_nb.training.generator.aws_answers import federation_policy
from connect_saml_nb.training.generator.fault import (
    DENIED,
    EXPIRED_SESSION,
    INVALID,
    UNKNOWN,
    Stage,
    fault,
    listed,
    not_onboarded,
    refused_by_aws,
    refused_by_federation,
    sent,
    sts,
)
from connect_saml_nb.training.generator.scenario import made_uuid
from connect_saml_nb.training.generator.spec import ATTRIBUTES, AUTHN_FAILED, RESPONDER

if TYPE_CHECKING:
    from random import Random

    from connect_saml_nb.training.generator.spec import Plan

_NAME, _ROLE = "RoleSessionName", "Role"


def _capitals(name: str, random: Random) -> str:
    """The name in other capital letters."""
    local, _, domain = name.partition("@")
    forms = (local.title() + "@" + domain, name.upper(), local.upper() + "@" + domain, local + "@" + domain.title())
    return random.choice(forms)


# --- Connect users -------------------------------------------------------------------------------------------


@fault("user-case-differs", Stage.USER, attribute=_NAME, silent=True)
def name_in_capitals(plan: Plan, random: Random) -> Plan:
    """The identity provider sends capital letters."""
    name = plan.world.person.username
    return not_onboarded(sent(listed(plan, name), _capitals(name, random)), random)


@fault("user-case-differs", Stage.USER, attribute=_NAME, silent=True)
def user_in_capitals(plan: Plan, random: Random) -> Plan:
    """The Connect user was created with capital letters."""
    name = plan.world.person.username
    return not_onboarded(listed(plan, _capitals(name, random)), random)


@fault("duplicate-profiles", Stage.USER, attribute=_NAME, silent=True)
def two_users_in_other_letters(plan: Plan, random: Random) -> Plan:
    """Two Connect users, neither of them exact."""
    name = plan.world.person.username
    local, _, domain = name.partition("@")
    twins = (local.title() + "@" + domain, name.upper())
    return not_onboarded(listed(plan, *twins).telling(twins=" and ".join(twins)), random)


@fault("duplicate-profiles", Stage.USER, attribute=_NAME, silent=True)
def exact_user_and_a_twin(plan: Plan, random: Random) -> Plan:
    """The exact user and one in other letters."""
    name = plan.world.person.username
    twins = (name, _capitals(name, random))
    return not_onboarded(listed(plan, *twins).telling(twins=" and ".join(twins)), random)


@fault("user-near-miss", Stage.USER, attribute=_NAME, silent=True)
def old_domain(plan: Plan, random: Random) -> Plan:
    """The company's domain was renamed."""
    name = plan.world.person.username
    other = name.partition("@")[0] + "@" + random.choice(("old-", "group-")) + plan.world.domain
    return not_onboarded(listed(plan, other), random)


@fault("user-near-miss", Stage.USER, attribute=_NAME, silent=True)
def user_without_domain(plan: Plan, random: Random) -> Plan:
    """The Connect user is the short name, the response has the email."""
    return not_onboarded(listed(plan, plan.world.person.username.partition("@")[0]), random)


@fault("user-near-miss", Stage.USER, attribute=_NAME, silent=True)
def name_without_domain(plan: Plan, random: Random) -> Plan:
    """The response has the short name, the Connect user is the email."""
    name = plan.world.person.username
    return not_onboarded(sent(listed(plan, name), name.partition("@")[0]), random)


@fault("user-near-miss", Stage.USER, attribute=_NAME, silent=True)
def user_misspelt(plan: Plan, random: Random) -> Plan:
    """One letter of the Connect user's name is missing."""
    local, _, domain = plan.world.person.username.partition("@")
    at = random.randrange(3, len(local) - 1)
    return not_onboarded(listed(plan, local[:at] + local[at + 1 :] + "@" + domain), random)


@fault("user-name-impossible", Stage.USER, attribute=_NAME, silent=True)
def tag_in_the_name(plan: Plan, random: Random) -> Plan:
    """The name has a +tag, which no Connect username can have."""
    local, _, domain = plan.world.person.username.partition("@")
    name = f"{local}+{random.choice(('cc', 'connect', 'agent'))}@{domain}"
    return not_onboarded(sent(listed(plan, plan.world.person.username), name), random)


@fault("user-name-impossible", Stage.USER, attribute=_NAME, silent=True)
def domain_without_a_dot(plan: Plan, random: Random) -> Plan:
    """The name has an @ and is no email."""
    local = plan.world.person.username.partition("@")[0]
    return not_onboarded(sent(listed(plan), f"{local}@{plan.world.company}").telling(user="none"), random)


@fault("user-missing", Stage.USER, attribute=_NAME, silent=True)
def never_created(plan: Plan, random: Random) -> Plan:
    """Nobody created the Connect user."""
    return not_onboarded(listed(plan).telling(user="none"), random)


@fault("user-missing", Stage.USER, attribute=_NAME, silent=True)
def another_identity(plan: Plan, random: Random) -> Plan:
    """The identity provider sends something of its own, an employee number."""
    name = f"E{random.randrange(100_000, 999_999)}"
    return not_onboarded(sent(listed(plan, plan.world.person.username), name).telling(user="none"), random)


@fault("user-exists-but-refused", Stage.USER, attribute=_NAME)
def created_afterwards(plan: Plan, random: Random) -> Plan:
    """The Connect user was created after the recording."""
    name = plan.world.person.username
    return not_onboarded(listed(plan, name).with_list(changed_later=name), random)


@fault("user-exists-but-refused", Stage.USER, attribute=_NAME)
def refused_for_another_reason(plan: Plan, random: Random) -> Plan:
    """The Connect user is there, and nothing in the recording says why it was refused."""
    return not_onboarded(listed(plan, plan.world.person.username), random)


@fault("user-not-checked", Stage.USER, attribute=_NAME)
def no_list(plan: Plan, random: Random) -> Plan:
    """No list of users was saved."""
    return not_onboarded(plan.with_list(given=False).telling(user="unknown"), random)


@fault("user-not-checked", Stage.USER, attribute=_NAME)
def first_page_only(plan: Plan, random: Random) -> Plan:
    """Only the first page of the users was saved."""
    return not_onboarded(listed(plan).with_list(complete=False).telling(user="unknown"), random)


@fault("user-not-checked", Stage.USER, attribute=_NAME)
def list_of_another_instance(plan: Plan, random: Random) -> Plan:
    """The list is another instance's, and does not hold the name."""
    changed = listed(plan).with_list(instance=plan.world.other_instance)
    return not_onboarded(changed.telling(user="unknown", other_instance=plan.world.other_instance), random)


@fault("wrong-instance", Stage.USER, points=("post", "answer"), attribute="RelayState", silent=True)
def test_instance(plan: Plan, random: Random) -> Plan:
    """The relay state leads to another instance than the one that has the user."""
    world = plan.world
    changed = listed(plan, world.person.username).with_list(instance=world.other_instance)
    return not_onboarded(changed.telling(other_instance=world.other_instance, other_region=world.region), random)


@fault("wrong-instance", Stage.USER, points=("post", "answer"), attribute="RelayState", silent=True)
def instance_in_another_region(plan: Plan, random: Random) -> Plan:
    """The user is in an instance of another Region."""
    world = plan.world
    region = random.choice([r for r in ("us-east-1", "eu-west-2", "ap-southeast-2") if r != world.region])
    changed = listed(plan, world.person.username).with_list(instance=world.other_instance, region=region)
    return not_onboarded(changed.telling(other_instance=world.other_instance, other_region=region), random)


@fault("wrong-instance", Stage.RELAY, points=("post", "answer"), attribute="RelayState", silent=True)
def relay_state_of_a_deleted_instance(plan: Plan, random: Random) -> Plan:
    """The relay state leads to an instance that is not there; the users' instance is another."""
    world = plan.world
    relay = world.federate(made_uuid(random))
    changed = listed(plan, world.person.username).with_attempt(end="not-found", relay_state=relay)
    told = changed.telling(relay=relay, other_instance=world.instance, other_region=world.region)
    return replace(told.telling(instance=relay.rpartition("/")[2]), screen="Not Found")


@fault("not-saml-instance", Stage.USER, points=("answer",), attribute=_NAME)
def connect_managed(plan: Plan, random: Random) -> Plan:
    """The instance keeps its own users and passwords."""
    kind = random.choice(("CONNECT_MANAGED", "EXISTING_DIRECTORY"))
    changed = listed(plan, plan.world.person.username).with_account(management=kind)
    return not_onboarded(changed.telling(management=kind), random)


# --- Global Resiliency ---------------------------------------------------------------------------------------


def global_sign_in(plan: Plan, text: str, account: str = "") -> Plan:
    """The response goes to the global sign-in endpoint, which answers with a text (domain 1.5)."""
    world = plan.world
    base = f"https://{world.instance}.{world.region}.sign-in.connect.aws/saml"
    endpoint = (
        f"{base}?&instanceId={world.instance}&accountId={account or world.account}&role={world.role_name}"
        f"&idp={world.provider_name}&destination=%2Fccp-v2"
    )
    changed = plan.at_endpoint(endpoint).with_attempt(relay_state=None)
    changed = replace(changed, account=replace(changed.account, replica="us-west-2", trusted_endpoints=(base + "*",)))
    return refused_by_aws(changed.telling(endpoint=base), text)


@fault("replica-not-ready", Stage.USER, attribute=_NAME)
def user_in_one_region(plan: Plan, random: Random) -> Plan:
    """The user is in the instance, and not in its replica."""
    del random
    changed = global_sign_in(listed(plan, plan.world.person.username), "UserNotOnboardedException")
    return changed.telling(cause="the user is not in both instances under exactly this name")


@fault("replica-not-ready", Stage.USER, attribute=_NAME)
def no_traffic_distribution_group(plan: Plan, random: Random) -> Plan:
    """The user is in no traffic distribution group."""
    del random
    changed = global_sign_in(listed(plan, plan.world.person.username), "ResourceNotFoundException")
    return changed.telling(cause="the user is in no traffic distribution group")


# --- the federation permission -------------------------------------------------------------------------------


def _denied(plan: Plan, random: Random) -> Plan:
    text = DENIED
    if random.random() < 0.3:  # noqa: PLR2004
        world = plan.world
        text += (
            f" User: arn:{world.partition}:sts::{world.account}:assumed-role/{world.role_name}/"
            f"{plan.values['sent']} is not authorized to perform: connect:GetFederationToken"
        )
    return refused_by_federation(plan, text)


@fault("federation-denied", Stage.PERMISSION, attribute=_ROLE)
def no_permission(plan: Plan, random: Random) -> Plan:
    """The role has no permission for Connect at all."""
    policy = federation_policy("arn:aws:s3:::practice-bucket/*", "s3:GetObject")
    return _denied(plan.with_account(policy=policy).telling(policy="s3:GetObject only"), random)


@fault("federation-denied", Stage.PERMISSION, attribute=_ROLE)
def permission_for_another_instance(plan: Plan, random: Random) -> Plan:
    """The policy names another instance."""
    resource = f"{plan.world.instance_arn(plan.world.other_instance)}/user/${{aws:userid}}"
    return _denied(plan.with_account(policy=federation_policy(resource)).telling(policy=resource), random)


@fault("federation-denied", Stage.PERMISSION, attribute=_ROLE)
def permission_spoilt_by_the_shell(plan: Plan, random: Random) -> Plan:
    """The shell made nothing of ${aws:userid} (domain 5.3)."""
    resource = f"{plan.world.instance_arn()}/user/"
    return _denied(plan.with_account(policy=federation_policy(resource)).telling(policy=resource), random)


@fault("federation-denied", Stage.PERMISSION, attribute=_ROLE)
def permission_of_sts(plan: Plan, random: Random) -> Plan:
    """The policy allows STS's action of the same name."""
    resource = f"{plan.world.instance_arn()}/user/${{aws:userid}}"
    policy = federation_policy(resource, "sts:GetFederationToken")
    return _denied(plan.with_account(policy=policy).telling(policy="sts:GetFederationToken"), random)


# --- the relay state -----------------------------------------------------------------------------------------


def _console(plan: Plan, relay_state: str | None) -> Plan:
    changed = plan.with_attempt(end="console-home", relay_state=relay_state)
    screen = "No error: the home page of the AWS console opened instead of Connect."
    return replace(changed.telling(relay=relay_state or "nothing"), screen=screen)


@fault("relay-state-missing", Stage.RELAY, attribute="RelayState", silent=True)
def no_relay_state(plan: Plan, random: Random) -> Plan:
    """The form has no RelayState, or an empty one."""
    return _console(plan, random.choice((None, "")))


@fault("relay-state-invalid", Stage.RELAY, attribute="RelayState", silent=True)
def relay_state_elsewhere(plan: Plan, random: Random) -> Plan:
    """The relay state is no federate URL."""
    return _console(plan, random.choice(("https://console.aws.amazon.com/", "connect", plan.world.instance_arn())))


@fault("relay-state-invalid", Stage.RELAY, attribute="RelayState", silent=True)
def relay_state_with_an_arn(plan: Plan, random: Random) -> Plan:
    """The whole ARN stands where the instance's ID should."""
    del random
    relay = f"{plan.world.console}/connect/federate/{plan.world.instance_arn()}"
    changed = plan.with_attempt(end="not-found", relay_state=relay)
    return replace(changed.telling(relay=relay), screen="Not Found")


@fault("relay-state-invalid", Stage.RELAY, attribute="RelayState", silent=True)
def relay_state_of_no_instance(plan: Plan, random: Random) -> Plan:
    """The instance's ID in the relay state is of no instance, and nothing tells the right one."""
    relay = plan.world.federate(made_uuid(random))
    changed = plan.with_attempt(end="not-found", relay_state=relay).with_list(given=False)
    return replace(changed.without_account().telling(relay=relay), screen="Not Found")


# --- the role ------------------------------------------------------------------------------------------------


def _not_authorized(plan: Plan, random: Random, why: str, repair: str) -> Plan:
    text = sts("Not authorized to perform sts:AssumeRoleWithSAML", random, 403, "AccessDenied")
    return refused_by_aws(plan.telling(cause=why, repair=repair), text)


@fault("role-not-assumable", Stage.ROLE, attribute="Recipient")
def endpoint_not_trusted(plan: Plan, random: Random) -> Plan:
    """The trust policy lists another endpoint."""
    world = plan.world
    other = "https://" + ("us-east-1.signin.aws.amazon.com" if "east-1" not in world.endpoint else world.sign_in)
    changed = plan.with_account(trusted_endpoints=(f"{other}/saml",))
    repair = f"AWS admin: add {world.endpoint} to SAML:aud in the trust policy of {world.role_name}."
    return _not_authorized(changed, random, f"the trust policy lists {other}/saml only", repair)


@fault("role-not-assumable", Stage.ROLE, attribute=_ROLE)
def role_in_other_letters(plan: Plan, random: Random) -> Plan:
    """IAM spells the role's name in other letters."""
    real = plan.world.role_name.swapcase()
    why = f"the role in IAM is {plan.world.role(real)}"
    repair = f"IdP admin: write the role as IAM does, {plan.world.role(real)}: names compare exactly."
    return _not_authorized(plan.with_account(real_role=real), random, why, repair)


@fault("role-not-assumable", Stage.ROLE, attribute=_ROLE)
def role_does_not_exist(plan: Plan, random: Random) -> Plan:
    """IAM has no such role."""
    repair = f"IdP admin: name a role that exists. AWS admin: or create {plan.world.role_name}."
    return _not_authorized(plan.with_account(role_missing=True), random, "IAM has no role of this name", repair)


@fault("role-not-assumable", Stage.ROLE, attribute=_ROLE)
def another_provider_trusted(plan: Plan, random: Random) -> Plan:
    """The trust policy names another provider."""
    other = plan.world.provider(plan.world.provider_name + "-old")
    why = f"the trust policy lets in {other} only"
    repair = f"AWS admin: name {plan.world.provider()} as principal in the trust policy of {plan.world.role_name}."
    return _not_authorized(plan.with_account(trusted_provider=other), random, why, repair)


@fault("role-not-assumable", Stage.ROLE, attribute="PrincipalTag")
def tags_not_allowed(plan: Plan, random: Random) -> Plan:
    """The response has session tags, the trust policy does not allow sts:TagSession."""
    changed = plan.with_saml(more=((ATTRIBUTES + "PrincipalTag:team", ("blue",)),))
    changed = changed.with_account(trusted_actions=("sts:AssumeRoleWithSAML",))
    repair = (
        f"AWS admin: allow sts:TagSession in the trust policy of {plan.world.role_name}. IdP admin: or send no tags."
    )
    return _not_authorized(changed, random, "the trust policy does not allow sts:TagSession", repair)


@fault("role-not-assumable", Stage.ROLE, attribute="NameID")
def no_name_id(plan: Plan, random: Random) -> Plan:
    """The subject has no NameID."""
    repair = "IdP admin: send a NameID (subject)."
    return _not_authorized(plan.with_saml(name_id=None), random, "the response has no NameID", repair)


@fault("role-not-chosen", Stage.ROLE, points=("post",), attribute=_ROLE, silent=True)
def stopped_at_the_choice(plan: Plan, random: Random) -> Plan:
    """Several roles, and none was chosen."""
    del random
    world = plan.world
    second = f"{world.role(world.role_name + '-Admins')},{world.provider()}"
    changed = plan.with_saml(roles=(*(plan.attempt.saml.roles or ()), second)).with_attempt(end="role-choice")
    return replace(changed, screen="AWS asked: 'Select a role'.")


# --- the response --------------------------------------------------------------------------------------------


def _either(plan: Plan, random: Random, text: str) -> Plan:
    """AWS names the fault, or only says that the response is invalid."""
    return refused_by_aws(plan, text if random.random() < 0.5 else INVALID)  # noqa: PLR2004


@fault("assertion-expired", Stage.RESPONSE, attribute="NotOnOrAfter", silent=True)
def redeemed_late(plan: Plan, random: Random) -> Plan:
    """The browser posted the response more than five minutes after it was made."""
    minutes = random.randrange(7, 30)
    text = sts("Token must be redeemed within 5 minutes of issuance", random, 400, "ExpiredTokenException")
    return refused_by_aws(plan.with_attempt(waits=minutes * 60.0).telling(late=f"{minutes} minutes"), text)


@fault("assertion-expired", Stage.RESPONSE, attribute="NotOnOrAfter", silent=True)
def short_lived(plan: Plan, random: Random) -> Plan:
    """The identity provider gives the response a minute."""
    changed = plan.with_saml(lives=60.0).with_attempt(waits=float(random.randrange(90, 200)))
    text = sts("Response has expired", random, 400, "ExpiredTokenException")
    return _either(changed.telling(late="more than a minute"), random, text)


@fault("assertion-not-yet-valid", Stage.RESPONSE, attribute="NotBefore", silent=True)
def provider_clock_ahead(plan: Plan, random: Random) -> Plan:
    """The identity provider's clock is ahead."""
    ahead = float(random.randrange(6, 40) * 60)
    changed = plan.with_saml(issued=ahead, lives=3600.0).telling(early=f"{ahead / 60:.0f} minutes")
    return refused_by_aws(changed, INVALID)


@fault("audience-wrong", Stage.RESPONSE, attribute="Audience", silent=True)
def audience_of_another_application(plan: Plan, random: Random) -> Plan:
    """The audience is another application's."""
    audience = random.choice((f"https://{plan.world.domain}/sp", "urn:amazon:webservice", "amazon-connect"))
    changed = plan.with_saml(audience=audience).telling(audience=audience)
    return _either(changed, random, "Response does not contain the required audience.")


@fault("recipient-wrong", Stage.RESPONSE, attribute="Recipient", silent=True)
def recipient_elsewhere(plan: Plan, random: Random) -> Plan:
    """The recipient is not the endpoint that the response went to."""
    del random
    recipient = f"https://sp.{plan.world.domain}/saml/acs"
    return refused_by_aws(plan.with_saml(recipient=recipient).telling(recipient=recipient), INVALID)


@fault("recipient-wrong", Stage.RESPONSE, attribute="Recipient", silent=True)
def no_recipient(plan: Plan, random: Random) -> Plan:
    """There is no recipient."""
    text = "Responses must contain SubjectConfirmatonData with a Recipient and NotOnOrAfter"
    return _either(plan.with_saml(recipient=None).telling(recipient="nothing"), random, text)


@fault("destination-wrong", Stage.RESPONSE, attribute="Destination", silent=True)
def destination_elsewhere(plan: Plan, random: Random) -> Plan:
    """The destination is not the endpoint that the response went to."""
    destination = f"https://sp.{plan.world.domain}/saml/acs"
    changed = plan.with_saml(destination=destination).telling(destination=destination)
    return _either(changed, random, "AuthnResponse received with invalid destination")


_SIGNATURE = "Response signature invalid"


@fault("signature-invalid", Stage.RESPONSE, attribute="Signature", signed=True)
def certificate_rotated(plan: Plan, random: Random) -> Plan:
    """The identity provider signs with a new key, and IAM has the old certificate."""
    changed = replace(plan.with_saml(signed="other").with_account(), metadata_key="good")
    return _either(changed, random, sts(_SIGNATURE, random))


@fault("signature-invalid", Stage.RESPONSE, attribute="Signature", signed=True)
def changed_after_signing(plan: Plan, random: Random) -> Plan:
    """Something between the identity provider and AWS changed the response."""
    name = plan.attempt.saml.names[0] if plan.attempt.saml.names else plan.world.person.username
    changed = (
        plan.with_saml(signed="broken").with_account(signing_key="good").telling(sent=name[0].swapcase() + name[1:])
    )
    return _either(changed, random, sts(_SIGNATURE, random))


@fault("issuer-mismatch", Stage.RESPONSE, attribute="Issuer")
def metadata_of_another_application(plan: Plan, random: Random) -> Plan:
    """The provider in IAM was made from other metadata."""
    entity = f"https://login.{plan.world.domain}/old-entity"
    changed = plan.with_account(entity_id=entity).telling(entity=entity, issuer=plan.world.product.issuer)
    text = (
        "Failed to assume role: Issuer not present in specified provider (service: AWSOpenIdDiscoveryService; status "
        "code: 400; error code: AuthSamlInvalidSamlResponseException)"
    )
    del random
    return refused_by_aws(changed, text)


@fault("provider-missing", Stage.RESPONSE, attribute=_ROLE)
def provider_deleted(plan: Plan, random: Random) -> Plan:
    """The provider does not exist."""
    other = plan.world.provider(plan.world.provider_name + "-2025")
    changed = plan.with_account(providers=(other,)).telling(cause=f"IAM has {other} only")
    return _either(changed, random, "Specified provider doesn't exist.")


@fault("role-missing", Stage.RESPONSE, attribute=_ROLE, silent=True)
def no_role(plan: Plan, random: Random) -> Plan:
    """There is no Role attribute, or it is empty: nobody assigned a role to the person."""
    return refused_by_aws(plan.with_saml(roles=random.choice((None, ()))), INVALID)


@fault("role-missing", Stage.RESPONSE, attribute=_ROLE, silent=True)
def role_attribute_misnamed(plan: Plan, random: Random) -> Plan:
    """The attribute is called something else."""
    name = random.choice((ATTRIBUTES + "role", "Role", ATTRIBUTES.replace("https", "http") + "Role"))
    return refused_by_aws(plan.with_saml(role_attribute=name).telling(misnamed=name), INVALID)


@fault("role-malformed", Stage.RESPONSE, attribute=_ROLE, silent=True)
def half_a_pair(plan: Plan, random: Random) -> Plan:
    """The value is a role, or a provider, alone."""
    value = random.choice((plan.world.role(), plan.world.provider(), plan.world.role_name))
    return refused_by_aws(plan.with_saml(roles=(value,)).telling(value=value), INVALID)


@fault("role-malformed", Stage.RESPONSE, attribute=_ROLE)
def two_pairs_in_one_value(plan: Plan, random: Random) -> Plan:
    """Two pairs are joined into one value."""
    del random
    world = plan.world
    value = f"{world.role()},{world.provider()},{world.role(world.role_name + '-2')},{world.provider()}"
    return refused_by_aws(plan.with_saml(roles=(value,)).telling(value=value), INVALID)


@fault("role-session-name-missing", Stage.RESPONSE, attribute=_NAME, silent=True)
def no_name(plan: Plan, random: Random) -> Plan:
    """There is no RoleSessionName."""
    changed = plan.with_saml(names=None).telling(sent="nothing")
    return _either(changed, random, sts("RoleSessionName is required in AuthnResponse", random))


@fault("role-session-name-missing", Stage.RESPONSE, attribute=_NAME, silent=True)
def name_attribute_misnamed(plan: Plan, random: Random) -> Plan:
    """The attribute is called something else."""
    name = random.choice((ATTRIBUTES + "roleSessionName", "RoleSessionName", ATTRIBUTES + "RoleSession"))
    changed = plan.with_saml(name_attribute=name).telling(misnamed=name)
    return _either(changed, random, sts("RoleSessionName is required in AuthnResponse", random))


_PATTERN = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"


@fault("role-session-name-invalid", Stage.RESPONSE, attribute=_NAME, silent=True)
def forbidden_letters(plan: Plan, random: Random) -> Plan:
    """The name has letters that STS does not take."""
    person, domain = plan.world.person, plan.world.domain
    name = random.choice(
        (
            person.full,
            f"{person.first.lower()}.o'{person.last.lower()}@{domain}",
            f"{person.first.lower()}_{plan.world.company}.example#EXT#@{domain}",
            f"{person.first.lower()}.müller@{domain}",
            f"{plan.world.company.upper()}\\{person.last.lower()}",
            f" {person.username}",
        )
    )
    return _either(sent(plan, name), random, sts(_PATTERN, random))


@fault("role-session-name-invalid", Stage.RESPONSE, attribute=_NAME, silent=True)
def name_too_long(plan: Plan, random: Random) -> Plan:
    """The name has more than 64 letters."""
    name = "-".join((plan.world.person.username.partition("@")[0], *["customer-service"] * 4)) + "@" + plan.world.domain
    return _either(sent(plan, name), random, sts(_PATTERN, random))


@fault("role-session-name-invalid", Stage.RESPONSE, attribute=_NAME, silent=True)
def two_names(plan: Plan, random: Random) -> Plan:
    """The attribute has two values."""
    name = plan.world.person.username
    del random
    values = (name, name.partition("@")[0])
    return refused_by_aws(plan.with_saml(names=values).telling(sent=" and ".join(values)), INVALID)


@fault("source-identity-invalid", Stage.RESPONSE, attribute="SourceIdentity", silent=True)
def source_identity_with_a_space(plan: Plan, random: Random) -> Plan:
    """SourceIdentity breaks STS's pattern."""
    value = random.choice((plan.world.person.full, "aws:" + plan.world.person.first))
    text = sts('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"', random)
    changed = plan.with_saml(more=((ATTRIBUTES + "SourceIdentity", (value,)),)).telling(value=value)
    return _either(changed, random, text)


@fault("session-duration-invalid", Stage.RESPONSE, attribute="SessionDuration", silent=True)
def duration_out_of_bounds(plan: Plan, random: Random) -> Plan:
    """SessionDuration is not 900 to 43200 seconds."""
    value = random.choice(("60", "86400", "8h"))
    changed = plan.with_saml(more=((ATTRIBUTES + "SessionDuration", (value,)),)).telling(value=value)
    return refused_by_aws(changed, INVALID)


@fault("session-tags-refused", Stage.RESPONSE, attribute="PrincipalTag", silent=True)
def too_many_tags(plan: Plan, random: Random) -> Plan:
    """More than 50 session tags."""
    count = random.randrange(51, 60)
    tags = tuple((f"{ATTRIBUTES}PrincipalTag:group{n:02}", ("member",)) for n in range(count))
    return _either(plan.with_saml(more=tags).telling(value=f"{count} tags"), random, "PackedPolicyTooLarge")


@fault("response-refused", Stage.RESPONSE, attribute="Response")
def refused_without_a_reason(plan: Plan, random: Random) -> Plan:
    """AWS says that the response is invalid, and nothing in it is wrong."""
    del random
    return refused_by_aws(plan, INVALID)


@fault("assertion-encrypted", Stage.RESPONSE, attribute="EncryptedAssertion", alone=True)
def encrypted(plan: Plan, random: Random) -> Plan:
    """The assertion is encrypted, and Connect finds no user."""
    return not_onboarded(plan.with_saml(encrypted=True).telling(sent="unknown"), random)


@fault("assertion-redacted", Stage.RESPONSE, attribute="SAMLResponse", alone=True)
def redacted(plan: Plan, random: Random) -> Plan:
    """Somebody took the response out of the file."""
    placeholder = random.choice(("[REDACTED]", "REDACTED", "AUTH_ed8a3aab", ""))
    return not_onboarded(plan.with_saml(replaced_by=placeholder).telling(sent="unknown"), random)


@fault("assertion-damaged", Stage.RESPONSE, attribute="SAMLResponse", alone=True)
def cut_off(plan: Plan, random: Random) -> Plan:
    """Half of the response is missing."""
    return not_onboarded(plan.with_saml(cut_at=random.randrange(600, 1200)).telling(sent="unknown"), random)


# --- before AWS ----------------------------------------------------------------------------------------------

_NOT_ASSIGNED = (
    "AADSTS50105: Your administrator has configured the application Amazon Connect to block users unless they are "
    "specifically granted access."
)
_PROVIDER_TEXTS = {
    "Microsoft Entra ID": (
        _NOT_ASSIGNED,
        "AADSTS700016: Application with identifier 'practice' was not found in the directory.",
    ),
    "Okta": ("403 App Not Assigned",),
    "AD FS": (
        "An error occurred. Contact your administrator. Activity ID: 00000000-0000-0000-0000-000000000000 MSIS7012",
    ),
}


@fault("idp-error", Stage.PROVIDER, points=("answer",), attribute="")
def refused_by_the_provider(plan: Plan, random: Random) -> Plan:
    """The identity provider does not let the person use the application."""
    texts = _PROVIDER_TEXTS.get(plan.world.product.name)
    if texts is None:
        return status_not_success(plan, random)
    text = random.choice(texts)
    return replace(plan.with_attempt(end="at-provider", text=text), screen=text)


@fault("idp-error", Stage.PROVIDER, attribute="StatusCode", silent=True)
def status_not_success(plan: Plan, random: Random) -> Plan:
    """The identity provider posts a response that says no."""
    del random
    changed = plan.with_saml(status=(RESPONDER, AUTHN_FAILED), status_message="The user is not assigned.")
    return refused_by_aws(changed.telling(sent="nothing"), INVALID)


@fault("sign-in-blocked", Stage.POST, points=("answer",))
def post_blocked(plan: Plan, random: Random) -> Plan:
    """The network stops the post to AWS."""
    error = random.choice(("name", "refused", "certificate", "reset", "blocked"))
    return replace(
        plan.with_attempt(end="silent", error=error), screen="The browser showed: This site can't be reached."
    )


@fault("sign-in-blocked", Stage.POST, points=("answer",))
def connect_blocked(plan: Plan, random: Random) -> Plan:
    """The network stops Connect's pages."""
    error = random.choice(("name", "refused", "certificate"))
    changed = plan.with_attempt(end="blocked-connect", error=error)
    return replace(changed, screen="The browser showed: This site can't be reached.")


@fault("capture-incomplete", Stage.POST, points=("answer",), proven_by_users=True)
def saved_too_early(plan: Plan, random: Random) -> Plan:
    """The recording was saved before AWS answered."""
    end = random.choice(("silent", "after-post"))
    return replace(plan.with_attempt(end=end), screen="The person remembers an error, and did not write it down.")


@fault("capture-incomplete", Stage.PROVIDER, points=("answer",))
def ends_at_the_provider(plan: Plan, random: Random) -> Plan:
    """The recording ends at the identity provider; the rest is in another tab."""
    del random
    changed = plan.with_attempt(end="at-provider", text="Approve the sign-in on your phone")
    return replace(changed, screen="An error page in another tab.")


@fault("capture-incomplete", Stage.PROVIDER, points=("answer",), alone=True)
def embedded_panel(plan: Plan, random: Random) -> Plan:
    """Connect in a frame of another page; the sign-in is in another window."""
    del random
    return replace(plan.with_attempt(end="embedded"), screen="The panel in the agent desktop stays empty.")


@fault("no-sign-in", Stage.PROVIDER, points=("answer",), attribute="")
def another_application(plan: Plan, random: Random) -> Plan:
    """A sign-in to something else."""
    del random
    acs = f"https://tickets.{plan.world.domain}/saml/acs"
    changed = plan.with_saml(roles=None, names=None, destination=acs, recipient=acs, audience=acs)
    changed = changed.with_attempt(end="other-application", endpoint=acs, relay_state=None)
    return replace(changed, screen="The person opened the wrong tile.")


@fault("no-sign-in", Stage.PROVIDER, points=("answer",), attribute="")
def ws_federation_only(plan: Plan, random: Random) -> Plan:
    """A WS-Federation sign-in to a hub."""
    del random
    changed = plan.with_attempt(end="ws-federation", endpoint=f"https://hub.{plan.world.domain}/wsfed")
    return replace(changed, screen="The person cannot get to Connect from the hub.")


@fault("no-sign-in", Stage.PROVIDER, points=("answer",), attribute="")
def wrong_tab(plan: Plan, random: Random) -> Plan:
    """The recording was made in another tab."""
    del random
    return replace(plan.with_attempt(end="wrong-tab"), screen="An error page in another tab.")


# --- in Connect ----------------------------------------------------------------------------------------------


@fault("session-expired", Stage.PROVIDER, points=("answer",), alone=True)
def opened_by_bookmark(plan: Plan, random: Random) -> Plan:
    """The person opened Connect's address directly."""
    text = random.choice(EXPIRED_SESSION)
    return replace(plan.with_attempt(end="direct", text=text), screen=text)


@fault("session-expired", Stage.CONNECT, points=("answer",), alone=True)
def left_open(plan: Plan, random: Random) -> Plan:
    """Connect was left open until its session ended."""
    text = random.choice(EXPIRED_SESSION)
    return replace(plan.with_attempt(end="idle", text=text), screen=text)


@fault("not-authorized-in-connect", Stage.CONNECT, points=("answer",))
def page_not_allowed(plan: Plan, random: Random) -> Plan:
    """Connect opens, and one of its pages does not."""
    path = random.choice(("/users", "/real-time-metrics", "/contact-flows", "/security-profiles"))
    text = "You do not have permission to see this page."
    return replace(plan.with_attempt(end="connect-refuses", text=text, location=path), screen=text)


# --- not known -----------------------------------------------------------------------------------------------


@fault("outcome-unknown", Stage.RESPONSE, points=("answer",))
def unknown_text_at_sign_in(plan: Plan, random: Random) -> Plan:
    """AWS's sign-in endpoint answers with a page that says nothing."""
    return refused_by_aws(plan, random.choice(UNKNOWN))


@fault("outcome-unknown", Stage.CONNECT, points=("answer",), alone=True)
def connect_answers_500(plan: Plan, random: Random) -> Plan:
    """Connect itself fails."""
    text = random.choice(UNKNOWN)
    return replace(plan.with_attempt(end="connect-stops", text=text), screen=text)


@fault("signed-in", Stage.CONNECT, points=("opened",), attribute=_NAME, alone=True)
def nothing_wrong(plan: Plan, random: Random) -> Plan:
    """All is well."""
    del random
    return replace(plan, screen="Nothing any more: today it works.")
