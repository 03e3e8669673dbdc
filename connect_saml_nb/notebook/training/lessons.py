"""The lesson path: short texts, each slide with one of the toolkit's own pictures or tables of a made-up case.

Facts are AWS's: Amazon Connect administrator guide (`configure-saml`, `troubleshoot-saml`), IAM user guide
(`id_roles_providers_create_saml_assertions`, `troubleshoot_saml`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.notebook.guided import recording_help
from connect_saml_nb.notebook.sign_in import (
    attribute_table,
    causes_table,
    matches_table,
    picture,
    steps_table,
    times,
    verdict_card,
)
from connect_saml_nb.notebook.training.case_panels import account_html, response_html, users_table
from connect_saml_nb.notebook.training.grading import Part
from connect_saml_nb.training import new_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.training import PracticeCase

_SEED = 11
#: What the first lessons ask, before attributes and users were explained.
_FIRST = (Part.CAUSE, Part.ENTRY, Part.FIX)


class Example(NamedTuple):
    """A made-up case that a slide shows, with its diagnosis."""

    case: PracticeCase
    diagnosis: Diagnosis
    sign_in_diagnosis: SignInDiagnosis


@lru_cache(maxsize=12)
def example(verdict: str) -> Example:
    """The example of a verdict: the same for everybody."""
    case = new_case(verdict, seed=_SEED)
    diagnosis = diagnose(case.capture, **case.collect_inputs())
    return Example(case, diagnosis, diagnosis.sign_ins[-1])


@dataclass(frozen=True, slots=True)
class Slide:
    """One thought: a title, a text in HTML, and a picture or table of an example, or none."""

    title: str
    text: str
    verdict: str = ""
    figure: Callable[[Example], str] | None = None

    def html(self) -> str:
        """The slide below its title."""
        return self.text + str(self.figure(example(self.verdict)) if self.figure else "")


@dataclass(frozen=True, slots=True)
class Lesson:
    """One step of the path: slides, the verdicts of which its exercises are made, and what they ask."""

    title: str
    slides: tuple[Slide, ...]
    verdicts: tuple[str, ...]
    least_level: int = 1
    asked: tuple[Part, ...] = tuple(Part)


def _picture(shown: Example) -> str:
    return picture(shown.sign_in_diagnosis)


def _response(shown: Example) -> str:
    return response_html(shown.sign_in_diagnosis.sign_in)


def _two_lists(shown: Example) -> str:
    return f"{users_table(shown.case.users)}{matches_table(shown.sign_in_diagnosis)}"


LESSONS = (
    Lesson(
        "What happens in a SAML sign-in",
        (
            Slide(
                "Four parties, one letter",
                "<p>The <strong>person</strong> clicks a tile. The <strong>identity provider</strong> (Entra ID, …)"
                " checks who it is, and writes a signed letter: the <strong>SAML response</strong>. The"
                " <strong>browser</strong> carries it to <strong>AWS</strong>, which opens the letter and sends the"
                " browser on to <strong>Amazon Connect</strong>.</p><p>Nothing goes directly from the identity provider"
                " to AWS. The browser carries everything, so a recording of the browser shows everything.</p>"
                "<p>In the picture each arrow is one request, from top to bottom. The number is the request’s place in"
                " the recording: its <strong>entry</strong>; numbers in between are requests that belong to something"
                " else. <strong>GET</strong> asks for a page, <strong>POST</strong> sends something. The answer is a"
                " number, too: 200 a page came, 302 go on to another page, 4xx refused.</p>",
                "signed-in",
                _picture,
            ),
            Slide(
                "Five gates",
                "<ol><li>The identity provider agrees to make a response.</li><li>AWS accepts the response: it is for"
                " AWS, in time, and signed by a provider that AWS knows.</li><li>The response names a"
                " <strong>role</strong> that it may take.</li><li>The role may open Connect, and Connect finds a user"
                " with exactly the name in the response.</li><li>Connect lets this user see the page.</li></ol>"
                "<p>The first closed gate stops the sign-in. What lies behind it is not tried, so <strong>find where it"
                " stopped</strong> before you ask why.</p>",
                "user-missing",
                _picture,
            ),
            Slide(
                "What the screen says",
                "<p>Two texts look alike and mean different gates:</p><ul><li>‘Access denied. Your account has been"
                " authenticated, but has <strong>not been onboarded</strong> to this application’: no Connect user was"
                " found.</li><li>‘Access denied, Please contact your <strong>AWS account administrator</strong>’: the"
                " role may not open Connect.</li></ul><p>Below is what the toolkit says of the sign-in that you just"
                " saw: the cause, who does what, and what it rests on.</p>",
                "user-missing",
                lambda shown: verdict_card(shown.sign_in_diagnosis),
            ),
        ),
        ("signed-in", "user-missing", "idp-error", "sign-in-blocked", "federation-denied"),
        asked=_FIRST,
    ),
    Lesson(
        "Recording a capture",
        (
            Slide(
                "A recording is a HAR file",
                "<p>The browser’s developer tools can write down every request into a HAR file. Start before the click"
                " on the tile, keep the log over page changes, stop after the error is on the screen.</p>"
                "<p>The file holds live credentials: treat it like a password.</p>",
                "signed-in",
                lambda _: recording_help.recording_help(),
            ),
            Slide(
                "Is everything in it?",
                "<p>Look for three things: the <strong>POST</strong> to <code>signin.aws.amazon.com</code> with the"
                " response in it, AWS’s <strong>answer</strong>, and the <strong>last page</strong>. Begun too late,"
                " stopped too early, another tab, or cleaned by a tool: then one is missing, and no tool can tell what"
                " was in it.</p>",
                "signed-in",
                lambda shown: steps_table(shown.sign_in_diagnosis),
            ),
        ),
        ("capture-incomplete", "no-sign-in", "assertion-redacted", "assertion-damaged"),
        asked=_FIRST,
    ),
    Lesson(
        "Reading an assertion",
        (
            Slide(
                "Two attributes that AWS needs",
                "<p>The response holds an <strong>assertion</strong>: statements about the person. AWS needs two"
                " attributes, under exactly these names: <strong>Role</strong> (the ARNs of a role and of a SAML"
                " provider, with a comma between) and <strong>RoleSessionName</strong> (the Connect username).</p>",
                "user-case-differs",
                _response,
            ),
            Slide(
                "For whom, and to where",
                "<p><strong>Audience</strong>: whom the response is for. AWS wants <code>urn:amazon:webservices</code>."
                " <strong>Recipient</strong> and <strong>Destination</strong>: the address that it is posted to."
                " <strong>RelayState</strong> travels beside it, and says where AWS should go next. Compare letter by"
                " letter: a missing ‘s’ is enough.</p><p>How the toolkit shows it: every attribute with what its rules"
                " say.</p>",
                "audience-wrong",
                lambda shown: attribute_table(shown.sign_in_diagnosis),
            ),
        ),
        (
            *("role-missing", "role-malformed", "role-session-name-missing", "role-session-name-invalid"),
            *("audience-wrong", "recipient-wrong", "destination-wrong", "source-identity-invalid"),
            *("session-duration-invalid", "session-tags-refused"),
        ),
        asked=(*_FIRST, Part.ATTRIBUTE),
    ),
    Lesson(
        "Matching names",
        (
            Slide(
                "Letter for letter",
                "<p>Connect looks for a user whose username equals <strong>RoleSessionName</strong> exactly. Capital"
                " letters count. A name that is only similar is not found.</p><p>So lay the two side by side: the name"
                " in the response, and the list of Connect users.</p>",
                "user-case-differs",
                _two_lists,
            ),
            Slide(
                "Three causes of ‘not onboarded’",
                "<p>AWS names three: the names differ, there is no such user, or the person has two profiles. Before"
                " you choose one, make sure that the list is <strong>whole</strong>, and of the very"
                " <strong>instance</strong> that the sign-in went to.</p>",
                "duplicate-profiles",
                lambda shown: causes_table(shown.sign_in_diagnosis),
            ),
        ),
        (
            *("user-case-differs", "user-missing", "user-near-miss", "user-name-impossible", "duplicate-profiles"),
            *("user-exists-but-refused", "user-not-checked", "wrong-instance", "not-saml-instance"),
        ),
    ),
    Lesson(
        "Permissions",
        (
            Slide(
                "Two policies, two questions",
                "<p>The role’s <strong>trust policy</strong> says who may take the role: the SAML provider, with"
                " <code>sts:AssumeRoleWithSAML</code>. Its <strong>permission policy</strong> says what the role may"
                " do: for Connect, <code>connect:GetFederationToken</code> on the instance’s ARN with"
                " <code>/user/${aws:userid}</code> at its end.</p>",
                "federation-denied",
                lambda shown: account_html(shown.case.evidence),
            ),
            Slide(
                "Where each one stops",
                "<p>Not allowed to take the role: AWS’s sign-in page refuses, at the POST. Not allowed to open Connect:"
                " the page <code>/connect/federate/</code> refuses. Signed in and refused afterwards: the security"
                " profile inside Connect.</p>",
                "federation-denied",
                _picture,
            ),
        ),
        ("federation-denied", "role-not-assumable", "role-not-chosen", "not-authorized-in-connect", "provider-missing"),
    ),
    Lesson(
        "Sessions",
        (
            Slide(
                "A letter with a date",
                "<p>An assertion is valid for minutes: from <strong>NotBefore</strong> to"
                " <strong>NotOnOrAfter</strong>. AWS compares with its own clock. A page that stood open too long, or"
                " an identity provider’s clock that is wrong, is enough.</p>",
                "assertion-expired",
                lambda shown: times(shown.sign_in_diagnosis),
            ),
            Slide(
                "A session that is over",
                "<p>Connect’s own session ends, too; a bookmark of Connect then finds none, and no SAML response is in"
                " the recording. And without a <strong>RelayState</strong>, AWS does not know that Connect is wanted:"
                " its console opens.</p>",
                "relay-state-missing",
                _picture,
            ),
        ),
        (
            "session-expired",
            "assertion-expired",
            "assertion-not-yet-valid",
            "relay-state-missing",
            "relay-state-invalid",
        ),
    ),
    Lesson(
        "The tricky ones",
        (
            Slide(
                "What hides what",
                "<p>From here on there are distractors: other requests, several attempts, odd things that do no harm,"
                " and sometimes a second fault behind the first. Name what stopped the <strong>last</strong>"
                " attempt.</p>",
                "replica-not-ready",
                _picture,
            ),
            Slide(
                "What a recording cannot tell",
                "<p>A signature is checked against the identity provider’s metadata, not by eye. An encrypted assertion"
                " shows no name. And sometimes AWS refuses and says nothing: then <strong>‘not known’ is the right"
                " answer</strong>, with the next place to look, such as CloudTrail.</p>",
                "response-refused",
                lambda shown: verdict_card(shown.sign_in_diagnosis),
            ),
        ),
        (
            *("signature-invalid", "issuer-mismatch", "response-refused", "assertion-encrypted", "outcome-unknown"),
            "replica-not-ready",
        ),
        least_level=2,
    ),
)
