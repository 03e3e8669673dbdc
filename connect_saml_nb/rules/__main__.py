"""Writes docs/RULES.md: every rule, found by the message on the screen.

python -m connect_saml_nb.rules [--output PATH | --check PATH]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from connect_saml_nb import rules as package
from connect_saml_nb.model.finding import Remedy
from connect_saml_nb.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connect_saml_nb.rules import Rule

_USERS = (
    *("user-case-differs", "duplicate-profiles", "user-near-miss", "user-name-impossible", "user-missing"),
    *("user-exists-but-refused", "user-not-checked", "wrong-instance", "not-saml-instance"),
)
_RESPONSE = (
    *("role-missing", "role-malformed", "role-session-name-missing", "role-session-name-invalid", "audience-wrong"),
    *("recipient-wrong", "destination-wrong", "assertion-expired", "assertion-not-yet-valid", "idp-error"),
    *("provider-missing", "issuer-mismatch", "signature-invalid", "source-identity-invalid"),
    *("session-duration-invalid", "session-tags-refused", "response-refused"),
)

#: What a person sees, and the rules that can say why. The texts are AWS's own: Amazon Connect administrator guide,
#: "Troubleshoot SAML" and "Global resiliency"; IAM user guide, "Troubleshoot SAML federation with IAM".
MESSAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Access denied. Your account has been authenticated, but has not been onboarded to this application.",
        _USERS,
    ),
    ("Access denied, Please contact your AWS account administrator for assistance.", ("federation-denied",)),
    ("Session expired", ("session-expired", "session-ended-early", "authorize-loop")),
    ("Bad Request. The request was not valid and could not be processed.", ("bad-request",)),
    ("UserNotOnboardedException", (*_USERS, "replica-not-ready")),
    ("ResourceNotFoundException", ("replica-not-ready",)),
    ("Your request included an invalid SAML response. To logout, click here.", _RESPONSE),
    ("RoleSessionName is required in AuthnResponse", ("role-session-name-missing",)),
    ("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}", ("role-session-name-invalid",)),
    (
        "Not authorized to perform sts:AssumeRoleWithSAML",
        (
            *("role-not-assumable", "role-reserved", "role-pair-mixed", "endpoint-in-trust-policy"),
            *("trust-policy-extras", "subject-unusual", "partitions-differ"),
        ),
    ),
    ("Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64}", ("source-identity-invalid",)),
    ("Response signature invalid", ("signature-invalid",)),
    ("Issuer not present in specified provider", ("issuer-mismatch",)),
    ("Specified provider doesn't exist", ("provider-missing",)),
    ("Response does not contain the required audience", ("audience-wrong",)),
    ("Responses must contain SubjectConfirmatonData with a Recipient", ("recipient-wrong",)),
    ("AuthnResponse received with invalid destination", ("destination-wrong",)),
    ("Token must be redeemed within 5 minutes of issuance", ("assertion-expired",)),
    ("Response has expired", ("assertion-expired",)),
    ("Requested DurationSeconds exceeds MaxSessionDuration", ("session-duration-invalid",)),
    ("PackedPolicyTooLarge", ("session-tags-refused", "session-tags-unusual")),
    (
        "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
        ("role-not-in-response", "response-refused"),
    ),
    ("Invalid base64 SAMLResponse", ("response-refused", "assertion-damaged")),
    ("RegionDisabledException", ("response-refused",)),
    ("MalformedPolicyDocument", ("response-refused",)),
    ("IDPRejectedClaim", ("idp-error",)),
)
#: What a person sees where no message says why.
PLACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("The AWS console opens instead of Connect", ("relay-state-missing", "relay-state-invalid")),
    ("Not found", ("relay-state-invalid", "wrong-instance")),
    ("AWS's page 'Select a role' is the last", ("role-not-chosen", "several-roles")),
    ("The AWS console asks for a login", ("console-asks-login", "session-expired")),
    ("An error page of the identity provider", ("idp-error",)),
    ("The identity provider asks for a second factor, and the recording ends", ("idp-waits", "capture-incomplete")),
    ("Connect opens, and then refuses a page", ("not-authorized-in-connect",)),
    ("Connect opens, and the session soon ends", ("session-ended-early", "session-expired")),
    ("Connect in a page of one's own stays blank or loads again and again", ("authorize-loop", "capture-incomplete")),
    ("A page that does not load", ("sign-in-blocked", "browser-unsupported")),
)


def document() -> str:
    """The text of docs/RULES.md."""
    return "\n".join((*_head(), *(line for rule in RULES for line in _section(rule)))).rstrip() + "\n"


def _head() -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "<!-- Generated by `python -m connect_saml_nb.rules --output docs/RULES.md`: change the rules, not this file. -->"
    yield ""
    yield (
        f"Each sign-in is asked {len(RULES)} questions. A rule has *found* something, has *passed*, or was *not checked* "
        "(it lacked what it needs, and says so). Of what was found, the most specific cause becomes the sign-in's verdict."
    )
    yield from ("", "## By the message on the screen", "")
    yield from _table("message", [(f"`{text}`", rules) for text, rules in MESSAGES])
    yield from ("", "Without a message:", "")
    yield from _table("what happens", PLACES)
    yield from ("", "## By what is asked", "")
    yield from _table("question", [(question, [rule.id for rule in rules]) for question, rules in families()])
    yield from ("", "[FAULTS.md](FAULTS.md) lists every known fault with the rule that answers it.", "")


def families() -> list[tuple[str, tuple[Rule, ...]]]:
    """Each family of rules, in the rules' order, with the question that it asks: its module's first line."""
    modules = [m for m in vars(package).values() if isinstance(m, ModuleType) and hasattr(m, "RULES")]
    modules = [m for m in modules if not m.__name__.endswith("__main__")]  # this one, where it was imported
    modules.sort(key=lambda module: RULES.index(module.RULES[0]))
    return [((module.__doc__ or "").partition("\n")[0], module.RULES) for module in modules]


def _table(first: str, rows: Iterable[tuple[str, Sequence[str]]]) -> Iterator[str]:
    yield f"| {first} | rules |"
    yield "|---|---|"
    for text, rules in rows:
        yield f"| {text} | {_links(rules)} |"


def _links(rules: Iterable[str]) -> str:
    return ", ".join(f"[{name}](#{name})" for name in rules)


def _section(rule: Rule) -> Iterator[str]:
    needs = ", ".join(need.value for need in rule.needs) or "nothing but the capture"
    yield from (
        f"## {rule.id}",
        "",
        f"**{rule.title}.**",
        "",
        rule.question,
        "",
        *([rule.about, ""] if rule.about else []),
    )
    yield f"* Verdict: {f'`{rule.verdict}`' if rule.verdict else 'none of its own'}"
    yield f"* Severity: {rule.severity.value}"
    yield f"* Needs: {needs}"
    yield f"* Remedy: {Remedy(rule.remedy)}"
    yield f"* More: <{rule.docs}>"
    yield ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document, or say by exit status 1 that a file is not up to date."""
    parser = argparse.ArgumentParser(prog="python -m connect_saml_nb.rules", description="Writes docs/RULES.md.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--output", type=Path, help="write to this file instead of the screen")
    way.add_argument("--check", type=Path, metavar="PATH", help="exit with 1 if this file is not up to date")
    options = parser.parse_args(arguments)
    text = document()
    if options.check:
        fresh = options.check.is_file() and options.check.read_text("utf-8") == text
        if not fresh:
            sys.stderr.write(f"{options.check} is not up to date: run .venv/bin/python docs/generate.py\n")
        return 0 if fresh else 1
    if options.output:
        options.output.write_text(text, "utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
