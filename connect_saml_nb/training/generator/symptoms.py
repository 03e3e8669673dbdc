"""What a recording can show beside its cause: each makes one rule find something that names no verdict of its own.

Where AWS does not document whether it takes such a response, the case says that AWS refused it without a reason: no
more is claimed than AWS's documents say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.model.record import replace
from connect_saml_nb.training.generator.fault import (
    DENIED,
    INVALID,
    Stage,
    listed,
    not_onboarded,
    refused_by_aws,
    refused_by_federation,
    sign,
    sts,
)
from connect_saml_nb.training.generator.faults import global_sign_in
from connect_saml_nb.training.generator.scenario import ACCOUNTS, PRODUCTS, made_uuid
from connect_saml_nb.training.generator.spec import ATTRIBUTES, healthy

if TYPE_CHECKING:
    from random import Random

    from connect_saml_nb.training.generator.spec import Plan

_SECOND = "-Reports"


def _second_pair(plan: Plan, account: str = "") -> str:
    world = plan.world
    return f"{world.role(world.role_name + _SECOND, account)},{world.provider('', account)}"


def _refused(plan: Plan, shown: str) -> Plan:
    return refused_by_aws(plan.telling(sign=shown), INVALID)


def _works(plan: Plan, shown: str) -> Plan:
    return replace(plan.telling(sign=shown), screen="Nothing any more: today it works.")


def _unknown_user(plan: Plan, random: Random, shown: str) -> Plan:
    return not_onboarded(listed(plan).telling(user="none", sign=shown), random)


def _not_assumable(plan: Plan, random: Random, why: str, repair: str) -> Plan:
    text = sts("Not authorized to perform sts:AssumeRoleWithSAML", random, 403, "AccessDenied")
    return refused_by_aws(plan.telling(cause=why, repair=repair, sign=""), text)


def _attribute(plan: Plan, *pairs: tuple[str, str]) -> Plan:
    return plan.with_saml(more=tuple((ATTRIBUTES + name, (value,)) for name, value in pairs))


# --- the response --------------------------------------------------------------------------------------------


@sign("role-value-spaced", "response-refused", attribute="Role")
def pair_with_a_space(plan: Plan, random: Random) -> Plan:
    """A space after the comma."""
    del random
    world = plan.world
    changed = plan.with_saml(roles=(f"{world.role()}, {world.provider()}",))
    return _refused(changed, "What can be seen: there is a space between the two ARNs of the Role value.")


@sign("role-pair-mixed", "role-not-assumable", attribute="Role", stage=Stage.ROLE)
def provider_of_another_account(plan: Plan, random: Random) -> Plan:
    """Role and provider are of two accounts."""
    world = plan.world
    other = random.choice([a for a in ACCOUNTS if a != world.account])
    changed = plan.with_saml(roles=(f"{world.role()},{world.provider('', other)}",))
    why = f"the role is of account {world.account} and the provider of account {other}"
    return _not_assumable(changed, random, why, f"IdP admin: send the provider of account {world.account}.")


@sign("role-reserved", "role-not-assumable", attribute="Role", stage=Stage.ROLE)
def reserved_role(plan: Plan, random: Random) -> Plan:
    """A role of IAM Identity Center's own."""
    world = plan.world
    name = f"aws-reserved/sso.amazonaws.com/AWSReservedSSO_Agents_{random.getrandbits(64):016x}"
    changed = plan.with_saml(roles=(f"{world.role(name)},{world.provider()}",)).telling(role=world.role(name))
    why = "roles of IAM Identity Center (AWSReservedSSO_...) cannot be assumed with a response"
    return _not_assumable(changed, random, why, "AWS admin: create a role of your own for Connect.")


@sign("trust-policy-extras", "role-not-assumable", attribute="PrincipalTag", stage=Stage.ROLE)
def tags_and_no_look_at_the_account(plan: Plan, random: Random) -> Plan:
    """Session tags, and nobody asked the account."""
    changed = _attribute(plan, ("PrincipalTag:team", "blue")).without_account()
    why = "the response has a session tag, which the trust policy must allow by itself (sts:TagSession)"
    return _not_assumable(changed, random, why, "AWS admin: allow sts:TagSession in the role's trust policy.")


@sign("endpoint-in-trust-policy", "role-not-assumable", attribute="Recipient", stage=Stage.ROLE)
def regional_endpoint(plan: Plan, random: Random) -> Plan:
    """A Regional endpoint, and nobody asked the account."""
    changed = plan.at_endpoint(f"https://{plan.world.region}.{plan.world.sign_in}/saml").without_account()
    why = f"SAML:aud in the trust policy must list the endpoint in use, {changed.attempt.endpoint}"
    return _not_assumable(changed, random, why, "AWS admin: list the endpoint in SAML:aud of the trust policy.")


@sign("subject-unusual", "role-not-assumable", attribute="NameID", stage=Stage.ROLE)
def subject_without_a_name(plan: Plan, random: Random) -> Plan:
    """No NameID."""
    changed = plan.with_saml(name_id=None)
    return _not_assumable(changed, random, "the response has no NameID", "IdP admin: send a NameID (subject).")


@sign("role-not-in-response", "response-refused", attribute="Role")
def role_of_an_older_page(plan: Plan, random: Random) -> Plan:
    """The chosen role is not in the response."""
    role = plan.world.role("Former-" + plan.world.role_name)
    pairs = (*(plan.attempt.saml.roles or ()), _second_pair(plan))
    changed = plan.with_saml(roles=pairs).with_attempt(chooses=role)
    text = sts("SAML Assertion doesn't contain the requested Role and Metadata in the attributes", random)
    return refused_by_aws(
        changed.telling(sign=f"What can be seen: {role} was chosen, and is not in the response."), text
    )


@sign("role-account-other", "federation-denied", attribute="Role", stage=Stage.PERMISSION)
def role_of_another_account(plan: Plan, random: Random) -> Plan:
    """The person chose the role of another account."""
    other = random.choice([a for a in ACCOUNTS if a != plan.world.account])
    pair = _second_pair(plan, other)
    changed = plan.with_saml(roles=(*(plan.attempt.saml.roles or ()), pair)).with_attempt(
        chooses=pair.partition(",")[0]
    )
    changed = changed.without_account().telling(role=pair.partition(",")[0], policy="not known here")
    shown = f"The role that was chosen is of account {other}, and the instance is of account {plan.world.account}."
    return refused_by_federation(changed.telling(sign=shown), DENIED)


@sign("several-roles", "signed-in", points=("opened",), attribute="Role")
def right_role_chosen(plan: Plan, random: Random) -> Plan:
    """Several roles, and the right one was chosen."""
    del random
    changed = plan.with_saml(roles=(*(plan.attempt.saml.roles or ()), _second_pair(plan)))
    return _works(changed.with_attempt(chooses=plan.world.role()), "The response offers two roles.")


@sign("attribute-misnamed", "signed-in", points=("opened",), attribute="SessionDuration")
def misnamed_duration(plan: Plan, random: Random) -> Plan:
    """SessionDuration under almost its name."""
    name = random.choice(("sessionDuration", "sessionduration"))
    return _works(_attribute(plan, (name, "28800")), f"The attribute {name} does nothing: it is not SessionDuration.")


@sign("attribute-repeated", "signed-in", points=("opened",))
def repeated_attribute(plan: Plan, random: Random) -> Plan:
    """One attribute for each of its values."""
    groups = tuple(("https://schemas.example/groups", (f"group-{n}",)) for n in range(random.randrange(2, 5)))
    return _works(plan.with_saml(more=groups), "The attribute for groups stands there more than once.")


@sign("session-shortened", "signed-in", points=("opened",), attribute="SessionNotOnOrAfter")
def shorter_at_the_provider(plan: Plan, random: Random) -> Plan:
    """The identity provider's session ends before SessionDuration."""
    ends = random.choice((1800.0, 3600.0))
    changed = _attribute(plan, ("SessionDuration", "28800")).with_saml(session_ends=ends)
    return _works(changed, "SessionDuration says 8 hours, and SessionNotOnOrAfter comes sooner; the lesser counts.")


@sign("session-tags-unusual", "response-refused", attribute="TransitiveTagKeys")
def key_without_a_tag(plan: Plan, random: Random) -> Plan:
    """A transitive key of which there is no tag."""
    del random
    changed = _attribute(plan, ("PrincipalTag:team", "blue"), ("TransitiveTagKeys", "department"))
    return _refused(changed, "What can be seen: TransitiveTagKeys names a key of which there is no session tag.")


@sign("session-duration-long", "response-refused", attribute="SessionDuration")
def longer_than_the_role_s_maximum(plan: Plan, random: Random) -> Plan:
    """SessionDuration is longer than the role's maximum."""
    del random
    changed = _attribute(plan, ("SessionDuration", "28800")).with_account(max_duration=3600)
    return _refused(changed, "What can be seen: SessionDuration is 28800, and the role's maximum is 3600.")


@sign("response-requested", "user-missing", attribute="InResponseTo", stage=Stage.USER)
def started_by_a_request(plan: Plan, random: Random) -> Plan:
    """The response answers a request."""
    changed = plan.with_saml(in_response_to="_" + made_uuid(random))
    return _unknown_user(changed, random, "The sign-in was started by a request, which Connect does not document.")


@sign("response-too-large", "response-refused", attribute="Response")
def too_many_groups(plan: Plan, random: Random) -> Plan:
    """More than 100,000 characters."""
    groups = tuple(f"CN=Practice Group {n:05},OU=Groups,O={plan.world.company}" for n in range(1600))
    del random
    changed = plan.with_saml(more=(("https://schemas.example/groups", groups),))
    return _refused(changed, "What can be seen: the response has more than 100,000 characters.")


@sign("name-id-format-unusual", "response-refused", attribute="NameID")
def unusual_name_id(plan: Plan, random: Random) -> Plan:
    """A name ID of a format that AWS does not name."""
    del random
    changed = plan.with_saml(name_id_format="urn:example:practice:nameid-format:badge")
    return _refused(changed, "What can be seen: AWS's documents do not name this format of the name ID.")


@sign("assertion-unusual", "response-refused", attribute="NameID")
def comment_in_the_name_id(plan: Plan, random: Random) -> Plan:
    """A comment inside a value."""
    del random
    return _refused(plan.with_saml(comment=True), "What can be seen: there is a comment inside the name ID.")


# --- signatures ----------------------------------------------------------------------------------------------


@sign("signature-missing", "response-refused", attribute="Signature", signed=True)
def not_signed(plan: Plan, random: Random) -> Plan:
    """No signature."""
    del random
    return _refused(plan.with_saml(signed="none").with_account(), "What can be seen: the response is not signed.")


@sign("signature-wrapped", "signature-invalid", attribute="Signature", signed=True)
def wrapped(plan: Plan, random: Random) -> Plan:
    """A second, unsigned assertion before the signed one."""
    changed = plan.with_saml(signed="wrapped").signed_by("assertion").with_account()
    shown = "There are two assertions, and only one of them is signed: somebody may have put the other one in."
    return refused_by_aws(changed.telling(sign=shown), sts("Response signature invalid", random))


@sign("certificate-expired", "response-refused", attribute="X509Certificate", signed=True)
def signed_with_an_expired_certificate(plan: Plan, random: Random) -> Plan:
    """The certificate had expired."""
    del random
    changed = plan.with_saml(signed="expired").with_account(signing_key="expired")
    return _refused(changed, "What can be seen: the certificate that signed had expired.")


@sign("metadata-outdated", "signature-invalid", attribute="X509Certificate", signed=True)
def metadata_in_iam_outdated(plan: Plan, random: Random) -> Plan:
    """IAM has the old certificate, the identity provider's own metadata the new one."""
    changed = replace(plan.with_saml(signed="other").with_account(), metadata_key="other")
    shown = "The identity provider's own metadata have the new certificate, IAM's copy has the old one."
    return refused_by_aws(changed.telling(sign=shown), sts("Response signature invalid", random))


@sign("algorithm-old", "response-refused", attribute="SignatureMethod", signed=True)
def signed_with_sha1(plan: Plan, random: Random) -> Plan:
    """SHA-1."""
    del random
    changed = plan.with_saml(algorithm="sha1").with_account()
    return _refused(changed, "What can be seen: the signature is made with SHA-1.")


# --- endpoints and Regions -----------------------------------------------------------------------------------


@sign("regions-differ", "signed-in", points=("opened",), attribute="Destination")
def endpoint_of_another_region(plan: Plan, random: Random) -> Plan:
    """The Regional endpoint is not the instance's Region's."""
    world = plan.world
    if world.partition != "aws":  # the console's address in GovCloud names no Region
        world = replace(world, partition="aws", region="eu-central-1", audience="urn:amazon:webservices")
    changed = replace(healthy(world), manner=plan.manner, noise=plan.noise)
    other = random.choice(("eu-west-1", "us-east-2", "ap-south-1"))
    changed = changed.at_endpoint(f"https://{other}.signin.aws.amazon.com/saml")
    return _works(changed, "The endpoint is of another Region than the instance.")


@sign("partitions-differ", "response-refused", attribute="Destination")
def endpoint_of_another_partition(plan: Plan, random: Random) -> Plan:
    """The endpoint is of GovCloud, the role is not, or the other way round."""
    del random
    ours = plan.world.partition == "aws"
    host = "signin.amazonaws-us-gov.com" if ours else "signin.aws.amazon.com"
    return _refused(
        plan.at_endpoint(f"https://{host}/saml"), "What can be seen: endpoint and role are of two partitions."
    )


@sign("partition-without-connect", "response-refused", attribute="Destination")
def endpoint_in_china(plan: Plan, random: Random) -> Plan:
    """AWS lists no Connect in AWS China."""
    del random
    arns = tuple(pair.replace(f"arn:{plan.world.partition}:", "arn:aws-cn:") for pair in plan.attempt.saml.roles or ())
    changed = plan.at_endpoint("https://signin.amazonaws.cn/saml").with_saml(roles=arns).without_account()
    return _refused(changed, "What can be seen: the sign-in goes to AWS China, for which AWS lists no Amazon Connect.")


@sign("provider-id-differs", "response-refused", attribute="Destination")
def endpoint_of_a_deleted_provider(plan: Plan, random: Random) -> Plan:
    """The provider was created anew, the endpoint is the old one's."""
    new = "SAMLSP" + "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
    endpoint = f"https://{plan.world.sign_in}/saml/acs/{plan.world.provider_id}"
    changed = plan.at_endpoint(endpoint).with_account(provider_id=new)
    return _refused(changed, "What can be seen: the ID in the endpoint is not the provider's in IAM.")


@sign("provider-encryption-required", "response-refused", attribute="Destination")
def encryption_required(plan: Plan, random: Random) -> Plan:
    """The provider takes encrypted assertions only."""
    del random
    changed = plan.at_endpoint(f"https://{plan.world.sign_in}/saml").with_account(encryption="Required")
    return _refused(changed, "What can be seen: the provider in IAM requires encrypted assertions.")


@sign("provider-metadata-expired", "response-refused", attribute="Issuer")
def expired_metadata(plan: Plan, random: Random) -> Plan:
    """The provider's metadata had expired."""
    until = f"2025-{random.randrange(1, 13):02}-01T00:00:00+00:00"
    changed = plan.with_account(valid_until=until)
    return _refused(changed, f"What can be seen: the provider's metadata were valid until {until[:10]}.")


@sign("global-sign-in-query", "replica-not-ready", attribute="Role", stage=Stage.USER)
def query_of_another_account(plan: Plan, random: Random) -> Plan:
    """The query of the global sign-in URL names another account."""
    other = random.choice([a for a in ACCOUNTS if a != plan.world.account])
    changed = global_sign_in(listed(plan, plan.world.person.username), "UserNotOnboardedException", account=other)
    return changed.telling(sign=f"The query names account {other}, the Role attribute account {plan.world.account}.")


@sign("global-sign-in-unused", "signed-in", points=("opened",))
def pair_past_its_endpoint(plan: Plan, random: Random) -> Plan:
    """One of a pair of instances, without the global endpoint."""
    del random
    changed = plan.with_attempt(end="opened-of-a-pair").without_account()
    return _works(changed, "The instance is one of a pair, and the sign-in went past the pair's global endpoint.")


@sign("replication-differs", "signed-in", points=("opened",))
def replicated_past_its_endpoint(plan: Plan, random: Random) -> Plan:
    """DescribeInstance shows a replica, the sign-in does not use the global endpoint."""
    other = random.choice([r for r in ("us-west-2", "us-east-1") if r != plan.world.region])
    return _works(
        plan.with_account(replica=other), f"The instance has a replica in {other}; agents fail over only with it."
    )


@sign("instance-not-active", "user-exists-but-refused", stage=Stage.USER)
def creation_failed(plan: Plan, random: Random) -> Plan:
    """The instance is not active."""
    status = random.choice(("CREATION_FAILED", "CREATION_IN_PROGRESS"))
    changed = listed(plan, plan.world.person.username).with_account(status=status)
    return not_onboarded(changed.telling(sign=f"The account says that the instance is {status}."), random)


@sign("users-same-person", "user-near-miss", attribute="RoleSessionName", stage=Stage.USER)
def one_person_twice(plan: Plan, random: Random) -> Plan:
    """Two Connect users of one name."""
    person, domain = plan.world.person, plan.world.domain
    first, second = (f"{person.username.partition('@')[0]}@{d}-{domain}" for d in ("old", "group"))
    people = tuple((name, person.first, person.last) for name in (first, second))
    changed = listed(plan, first, second).with_account(people=people)
    shown = f"'{first}' and '{second}' bear the same name, {person.full}."
    return not_onboarded(changed.telling(sign=shown), random)


# --- the relay state, the console, the session ---------------------------------------------------------------


@sign("relay-state-destination", "user-missing", attribute="RelayState", stage=Stage.USER)
def destination_outside(plan: Plan, random: Random) -> Plan:
    """The destination is on another site."""
    relay = f"{plan.world.federate()}?destination=https%3A%2F%2Fdesk.{plan.world.domain}%2Fagent"
    return _unknown_user(plan.with_attempt(relay_state=relay), random, "The relay state leads out of Connect.")


@sign("console-asks-login", "outcome-unknown", points=("answer",))
def console_login(plan: Plan, random: Random) -> Plan:
    """AWS's session did not get to the federation page."""
    del random
    changed = plan.with_attempt(end="console-login", text="Sign in to the console")
    shown = "What can be seen: the AWS console asked for a login, so AWS's session did not get to the federation page."
    return replace(changed.telling(sign=shown), screen="The AWS console asked for a login.")


@sign("session-ended-early", "session-expired", points=("answer",), stage=Stage.CONNECT)
def ended_early(plan: Plan, random: Random) -> Plan:
    """The session ended after some minutes."""
    minutes = random.randrange(11, 60)
    changed = plan.with_attempt(end="idle", text="Session expired", idle=minutes * 60.0)
    return replace(changed.telling(sign=f"It lasted some {minutes} minutes."), screen="Session expired")


@sign("authorize-loop", "capture-incomplete", points=("answer",))
def loop_in_a_frame(plan: Plan, random: Random) -> Plan:
    """Connect in a frame asks again and again."""
    del random
    changed = plan.with_attempt(end="embedded").telling(sign="Connect asks /auth/authorize again and again.")
    return replace(changed, screen="The panel in the agent desktop stays empty.")


@sign("bad-request", "outcome-unknown", points=("answer",))
def text_of_the_time_before(plan: Plan, random: Random) -> Plan:
    """The text that AWS documented until 2023."""
    del random
    text = "Bad Request. The request was not valid and could not be processed."
    return refused_by_federation(plan.telling(sign="AWS documented this text until March 2023."), text)


@sign("browser-unsupported", "signed-in", points=("opened",))
def safari(plan: Plan, random: Random) -> Plan:
    """Connect's documents do not name Safari."""
    del random
    return replace(_works(plan, "AWS's list of browsers for Connect does not name Safari."), manner="safari")


@sign("idp-waits", "capture-incomplete", points=("answer",))
def second_factor(plan: Plan, random: Random) -> Plan:
    """Entra asks for a second factor."""
    tenant = made_uuid(random)
    entra = replace(PRODUCTS[0], start=f"/{tenant}/saml2")
    changed = replace(plan, world=replace(plan.world, product=entra))
    text = "AADSTS50076: Due to a configuration change, you must use multi-factor authentication."
    changed = changed.with_attempt(end="at-provider", text=text).telling(sign="Entra asked for a second factor.")
    return replace(changed, screen="The page asked for a code.")


# --- the file ------------------------------------------------------------------------------------------------


@sign("response-not-posted", "capture-incomplete", points=("form",))
def form_only(plan: Plan, random: Random) -> Plan:
    """The page that posts the response is there, the post is not."""
    del random
    changed = plan.with_attempt(end="form-only").telling(sign="The response is in the page, its post is not recorded.")
    return replace(changed, manner="firefox", screen="The person remembers an error, and did not write it down.")


@sign("response-repaired", "user-missing", points=("post", "answer"), stage=Stage.USER)
def plus_became_space(plan: Plan, random: Random) -> Plan:
    """A tool turned every + into a space."""
    changed = _unknown_user(plan, random, "A tool has turned every + of the response into a space.")
    return replace(changed, plus_lost=True)


@sign("capture-damaged", "user-missing", points=("post", "answer"), stage=Stage.USER)
def file_cut_off(plan: Plan, random: Random) -> Plan:
    """The end of the file is missing."""
    changed = _unknown_user(plan, random, "The end of the file is missing, after everything that matters.")
    return replace(changed, file_cut=True)


@sign("user-changed-later", "user-exists-but-refused", attribute="RoleSessionName", stage=Stage.USER)
def changed_after_the_recording(plan: Plan, random: Random) -> Plan:
    """The user was changed after the recording."""
    name = plan.world.person.username
    changed = listed(plan, name).with_list(changed_later=name).telling(sign="The user was changed after the recording.")
    return not_onboarded(changed, random)


@sign("clock-differs", "user-missing", points=("post", "answer"), stage=Stage.USER)
def wrong_clock(plan: Plan, random: Random) -> Plan:
    """The computer's clock is wrong."""
    minutes = random.choice((-90, -35, -12, 11, 47, 180))
    shown = f"The computer's clock is some {abs(minutes)} minutes {'ahead' if minutes < 0 else 'behind'}."
    changed = replace(plan, ahead=minutes * 60.0, manner=random.choice(("firefox", "chromium")))
    return _unknown_user(changed, random, shown)
