"""Is the recording itself good enough to judge?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from connect_saml_nb.aws.urls import UrlKind
from connect_saml_nb.model.finding import Actor, EvidencePlace, Severity
from connect_saml_nb.model.saml import Binding, MessageState
from connect_saml_nb.model.signin import AwsMessage, FlowRole, Network, Outcome
from connect_saml_nb.model.text import Phrase, bare, joined, quoted, text, verbatim
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.rules.facts import (
    HAR_HELP,
    IAM_ASSERTIONS,
    NETWORK,
    last_evidence,
    message_evidence,
    not_onboarded,
    shown,
)
from connect_saml_nb.rules.rule import (
    PASSED,
    Answer,
    Found,
    Requirement,
    Skipped,
    connect_admin,
    evidence_at,
    person,
    rule,
)
from connect_saml_nb.signin import classify_entry

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import RuleContext

RECORD_AGAIN = [
    person(
        "record again in a private window: open the browser's developer tools on the Network tab before clicking the sign-in tile, switch on Preserve log (Firefox: Persist Logs), sign in until the error page appears, wait until it has loaded, and export the HAR from that same tab. If Connect opens in a new tab or pop-up, record in that one."
    )
]


@rule(
    verdict=Verdict.CAPTURE_INCOMPLETE,
    remedy=RECORD_AGAIN,
    docs=HAR_HELP,
)
def capture_incomplete(context: RuleContext) -> Answer:
    """Does the recording hold AWS's answer to the sign-in?

    A recording that ends at the identity provider, was saved while AWS had not answered, or was made in another tab
    cannot show the cause.
    """
    sign_in = context.sign_in
    if sign_in.embedded_in:
        return Found(
            text(
                "Connect is embedded in a page of {}, and its sign-in ran in another window that this recording does not hold.",
                quoted(sign_in.embedded_in),
            ),
            last_evidence(context, "Connect in a frame"),
            remedy=[
                person(
                    "record the window in which the sign-in itself runs (the pop-up or the identity provider's tab)."
                ),
                person("allow third-party cookies for Connect's hosts, and pop-ups of the embedding page."),
                connect_admin("add the embedding page's origin to the instance's approved origins."),
                *RECORD_AGAIN,
            ],
        )
    messages: dict[Outcome, Phrase] = {
        Outcome.NOT_ANSWERED: "The recording stops before AWS answered the sign-in.",
        Outcome.IDP_STOPPED: "The recording ends at the identity provider: no SAML response was posted to AWS in it. "
        "Either it was stopped too early, or the sign-in went on in another tab.",
        Outcome.PASTED: "Only the SAML response was given, so what AWS and Connect answered is not known.",
    }
    message = messages.get(sign_in.outcome)
    if message is None and _lacks_response(context):
        stopped = (
            "Connect found no user"
            if not_onboarded(context)
            else "The sign-in stopped where Connect looks for the user"
        )
        message = text("{}, and the recording holds no SAML response that would say whom it looked for.", stopped)
    return Found(message, _stop_evidence(context)) if message else PASSED


def _lacks_response(context: RuleContext) -> bool:
    """Whether Connect looked for a user, and what was posted to AWS is not in the recording, not even its request."""
    sign_in = context.sign_in
    looked = not_onboarded(context) or (sign_in.outcome is Outcome.FEDERATE_STOPPED and sign_in.expects_message)
    return looked and sign_in.message is None and not (sign_in.expects_message and sign_in.posted_at)


def _stop_evidence(context: RuleContext) -> tuple[EvidencePlace, ...]:
    steps = context.sign_in.steps
    if not steps:
        return ()
    entry = steps[-1].entry
    status = text("status {}", entry.status) if entry.status else "no answer recorded"
    return (evidence_at(entry.index, "response.status", text("the last page of this sign-in: {}", status)),)


@rule(
    id="capture-damaged",
    title="A part of the capture could not be read",
    remedy={
        Actor.PERSON: "what could be read was judged; if the verdict is not clear, export the HAR again and send the whole file."
    },
    docs=HAR_HELP,
    severity=Severity.WARNING,
)
def capture_damaged(context: RuleContext) -> Answer:
    """Was the whole file readable?

    Exports are cut off by mail systems and ticket tools, and some exporters write entries that are none.
    """
    return Found(verbatim(context.capture.problem)) if context.capture.problem else PASSED


_PSEUDONYMS = " Its names, accounts and addresses are made up: compare it only with user lists that were redacted together with it."


@rule(
    id="capture-redacted",
    title="The recording was redacted",
    remedy={
        Actor.CONNECT_ADMIN: "there is nothing to do unless a signature or an encrypted assertion is in question; in that case diagnose the original recording where it was made."
    },
    docs=HAR_HELP,
    severity=Severity.INFO,
)
def capture_redacted(context: RuleContext) -> Answer:
    """Is the recording the original, not a redacted one?

    `connect-saml redact` takes out all that could be used again, signatures among it, and notes what the diagnosis of the
    original was.
    """
    stated = next((s for s in context.capture.stated if s.sign_in == context.sign_in.number), None)
    if stated is None:
        return PASSED
    rested = (
        text(" On the original, {} could be checked.", joined(", ", map(bare, stated.removed)))
        if stated.removed
        else ""
    )
    names = _PSEUDONYMS if stated.pseudonyms else ""
    return Found(
        text(
            "The file states that the verdict on the original was {}; this was not verified.{}{}",
            bare(stated.verdict),
            rested,
            names,
        )
    )


@rule(
    id="response-repaired",
    title="The SAML response had to be repaired to be read",
    remedy={
        Actor.CONNECT_ADMIN: "there is nothing to do if the values look right; otherwise get the HAR file as the browser exported it, not a copy that went through email or an editor."
    },
    docs=HAR_HELP,
    severity=Severity.INFO,
    needs=[Requirement.MESSAGE],
)
def response_repaired(context: RuleContext) -> Answer:
    """Was the SAML response read as it stands?

    Browsers, mail programs and editors turn `+` into space, break lines, or encode twice.
    """
    message = context.sign_in.message
    notes = message.notes if message else ()
    return Found(shown(" ".join(notes)), message_evidence(context, "as recorded")) if notes else PASSED


_SKEW = timedelta(minutes=2)


@rule(
    id="clock-differs",
    title="The browser's clock and AWS's clock differ",
    remedy={Actor.PERSON: "synchronize the computer's clock with network time. Times here are judged by AWS's clock."},
    docs=HAR_HELP,
    severity=Severity.WARNING,
    needs=[Requirement.POST],
)
def clock_differs(context: RuleContext) -> Answer:
    """Do the browser's and AWS's clock agree within two minutes?

    HAR times are the computer's own; AWS's are in its `Date` header.
    """
    moment = context.sign_in.posted_at
    posts = [s.entry for s in context.sign_in.steps if s.role in {FlowRole.AWS_POST, FlowRole.ROLE_POST}]
    started = posts[-1].started if posts else None
    if moment is None or started is None or not moment.second:
        return Skipped("The recording does not hold both clocks.")
    took = timedelta(milliseconds=max(0.0, min(posts[-1].time_ms or 0.0, 3_600_000.0)))
    early, late = moment.time - started - took, started - moment.time - timedelta(seconds=1)
    worst = max(early, late)
    if worst <= _SKEW:
        return PASSED
    direction = "behind" if early > late else "ahead of"
    return Found(
        text("The browser's clock is {} {} AWS's.", _minutes(worst), direction),
        (evidence_at(posts[-1].index, "response.headers.Date", moment.time.isoformat()),),
    )


def _minutes(span: timedelta) -> Phrase:
    minutes = round(span.total_seconds() / 60)
    return text("{} minutes", minutes) if minutes < 120 else text("{} hours", round(minutes / 60))  # noqa: PLR2004 -- two hours


@rule(
    verdict=Verdict.SIGN_IN_BLOCKED,
    remedy={
        Actor.PERSON: "ask the network team to allow the host, and switch off content blockers for it. Connect's hosts are listed on the page below; the sign-in also needs the AWS sign-in and console hosts."
    },
    docs=NETWORK,
)
def sign_in_blocked(context: RuleContext) -> Answer:
    """Did every request of the sign-in get an answer from the network?

    Firewalls, proxies, name servers and content blockers stop requests; the browser names the reason.
    """
    network = context.sign_in.network or _blocked_application(context)
    if network is None:
        return (
            PASSED if context.sign_in.outcome is not Outcome.NOT_ANSWERED else Skipped("AWS's answer is not recorded.")
        )
    return Found(
        text("The request to {} was stopped: {}.", quoted(network.host), shown(network.error)),
        (evidence_at(network.entry, "_error", shown(network.error)),),
    )


def _blocked_application(context: RuleContext) -> Network | None:
    """A stopped request for the files of Connect's application, where nothing shows that it ran: its page is blank.

    "*.static.connect.aws" must be allowed (Connect guide, `ccp-networking`).
    """
    if context.sign_in.outcome is not Outcome.OPENED or context.sign_in.in_use:
        return None
    for entry in context.capture.entries:
        request = classify_entry(entry)
        if request.blocking_error and request.kind is UrlKind.CONNECT_STATIC:
            return Network(entry.index, request.url.host, request.blocking_error)
    return None


@rule(
    verdict=Verdict.ASSERTION_REDACTED,
    remedy=[
        connect_admin(
            "ask for a recording in which the SAML response is kept (it expires within minutes; remove cookies and passwords instead), or for the assertion's RoleSessionName."
        ),
        *RECORD_AGAIN,
    ],
    docs=HAR_HELP,
)
def assertion_redacted(context: RuleContext) -> Answer:
    """Is the SAML response in the recording?

    Sanitisers put a placeholder in its place, and some exporters drop what was posted.
    """
    message = context.sign_in.message
    if message is None:
        if not context.sign_in.expects_message or context.sign_in.posted_at is None:
            return Skipped("No SAML response was posted in this recording.")
        if _posts_token(context):
            return Skipped("What was posted to AWS is a WS-Federation token, not a SAML response.")
        return Found(
            "A SAML response was posted to AWS, but the recording does not hold what was posted.", _post(context)
        )
    if message.state is not MessageState.REDACTED:
        return PASSED
    return Found(
        shown(message.problem or "A placeholder stands for the SAML response."),
        message_evidence(context, "placeholder"),
    )


def _posts_token(context: RuleContext) -> bool:
    posts = [s.entry.post_data for s in context.sign_in.steps if s.role in {FlowRole.AWS_POST, FlowRole.ROLE_POST}]
    return any("wresult=" in (p.text or "") or any(q.name == "wresult" for q in p.params) for p in posts if p)


def _post(context: RuleContext) -> tuple[EvidencePlace, ...]:
    first = context.sign_in.first_entry
    return (evidence_at(first, "request.postData", "nothing recorded"),) if first is not None else ()


@rule(
    verdict=Verdict.ASSERTION_DAMAGED,
    remedy={
        Actor.PERSON: "export the HAR again from the browser and send the file itself, not text copied out of it.",
        Actor.IDP_ADMIN: "if AWS itself says that the base64 is invalid, the identity provider or something in between damages the response.",
    },
    docs=HAR_HELP,
    needs=[Requirement.MESSAGE],
)
def assertion_damaged(context: RuleContext) -> Answer:
    """Can the SAML response be decoded?

    It may be cut off, changed by an editor, or be made to attack the reader (entities, bombs): such a one is not opened.
    """
    message = context.sign_in.message
    if message is None or message.state is not MessageState.DAMAGED:
        return PASSED
    return Found(
        shown(message.problem or "The SAML response cannot be decoded."), message_evidence(context, "as recorded")
    )


@rule(
    verdict=Verdict.ASSERTION_ENCRYPTED,
    remedy={
        Actor.IDP_ADMIN: "read the RoleSessionName that the application sends in the identity provider's own log or preview, and compare it letter by letter with the Connect user."
    },
    docs=IAM_ASSERTIONS,
    needs=[Requirement.MESSAGE],
)
def assertion_encrypted(context: RuleContext) -> Answer:
    """Can the assertion be read without a key?

    With assertion encryption only AWS can read the attributes; issuer, destination, status and times stay readable.
    """
    message = context.sign_in.message
    if message is None or message.state is not MessageState.ENCRYPTED:
        return PASSED
    severity = Severity.INFO if context.sign_in.outcome is Outcome.OPENED else None
    return Found(
        "The assertion is encrypted: its attributes cannot be read here.",
        message_evidence(context, "EncryptedAssertion"),
        severity=severity,
    )


@rule(
    id="response-not-posted",
    title="The post of the response is not in the recording",
    remedy=RECORD_AGAIN,
    docs=HAR_HELP,
    severity=Severity.INFO,
    needs=[Requirement.MESSAGE],
)
def response_not_posted(context: RuleContext) -> Answer:
    """Does the recording show the response being posted?

    Some exporters leave out requests that had no answer; the response is then known from the page that was to post it.
    """
    message = context.sign_in.message
    if message is None or message.binding is not Binding.FORM:
        return PASSED
    return Found(
        "The response is known only from the page that hands it to the browser.", message_evidence(context, "form")
    )


_ANSWERED = {
    Outcome.RESPONSE_STOPPED: "AWS's sign-in endpoint answered with a page and did not continue",
    Outcome.FEDERATE_STOPPED: "The federation page answered and did not continue to Connect",
    Outcome.FEDERATE_NOT_FOUND: "The federation page was not found",
    Outcome.CONNECT_STOPPED: "Connect answered with an error",
    Outcome.CONSOLE_HOME: "The sign-in landed on the AWS console",
    Outcome.CONSOLE_LOGIN: "The AWS console asked for a login",
    Outcome.REFUSED_IN_CONNECT: "Connect refused the page",
}


@rule(
    verdict=Verdict.OUTCOME_UNKNOWN,
    remedy=[person("write down or photograph the exact text of the error page."), *RECORD_AGAIN],
    docs=HAR_HELP,
)
def outcome_unknown(context: RuleContext) -> Answer:
    """Can the text of AWS's answer be read in the recording?

    Some exporters leave bodies out, and pages may be in a language whose text is not known here.
    """
    sign_in = context.sign_in
    what = _ANSWERED.get(sign_in.outcome)
    if sign_in.said is AwsMessage.BAD_REQUEST:
        return Found(text("AWS answered: {}", verbatim(sign_in.said_text)), last_evidence(context, "Bad Request"))
    if what is None:
        return PASSED
    status = text(" (status {})", sign_in.last.status) if sign_in.last else ""
    return Found(
        text("{}{}, and the recording holds no text that says why.", what, status),
        last_evidence(context, "no known text"),
    )


RULES = (
    capture_damaged,
    capture_redacted,
    outcome_unknown,
    capture_incomplete,
    sign_in_blocked,
    response_not_posted,
    response_repaired,
    clock_differs,
    assertion_redacted,
    assertion_damaged,
    assertion_encrypted,
)
