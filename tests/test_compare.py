"""Two sign-ins compared: the first difference shown is the one that explains the verdict, and none shows a secret."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import build
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect_saml_nb import __main__ as command_line
from connect_saml_nb.compare import Weight, compare
from connect_saml_nb.diagnosis import diagnose, unreadable
from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import ROLE, ROLE_SESSION_NAME, Attribute, MessageState, SubjectConfirmation
from connect_saml_nb.model.signin import AwsMessage, Moment, Network, Outcome
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.render import comparison as shown
from connect_saml_nb.rules import RULES, examine
from connect_saml_nb.rules.verdict import verdict, worst

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.compare import Comparison

CAPTURES = Path(__file__).parent / "data" / "captures"
NAMES = sorted(path.stem for path in CAPTURES.glob("*.har"))
INSTANCE = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
PEOPLE = ("maria.garcia", "nora.quinn", "rita.ode", "nils.holm", "jo.ann", "priya.nair", "Lee.Chen", "LEE.CHEN")
SUCCESS = "firefox-samlp-success"
#: Recorded fault -> the aspects that explain it, in the order in which they are shown.
EXPLAINED = {
    "firefox-samlp-case": ("Connect user", "RoleSessionName: letter case"),
    "firefox-samlp-missing": ("Connect user",),
    "firefox-samlp-no_permission": ("Role taken",),
    "firefox-samlp-no_relaystate": ("RelayState",),
    "firefox-samlp-rsn_space": ("RoleSessionName: characters",),
    "firefox-samlp-two_roles": ("Connect user",),
    "firefox-pysaml2-two_roles": ("Connect user",),
    "firefox-samlp-wrong_audience": ("Audience",),
    "firefox-samlp-wrong_recipient": ("Recipient",),
    "firefox-pysaml2-expired_assertion": ("Time of the post",),
    "firefox-samlp-two_users": ("Connect user",),
    "firefox-samlp-success": (),
    "firefox-samlp-encrypted": (),
}
#: The passwords, cookies and tokens of the recordings, and the beginnings of what they posted.
SECRETS = ("correct-horse", "connect-1", "sess-1", "PHNhbWxw", "SAMLResponse=", "<samlp:", "-----BEGIN")
FORMS: dict[str, Callable[[Comparison], str]] = {
    "text": lambda c: shown.comparison_text(c, width=80),
    "json": shown.comparison_json,
    "markdown": shown.comparison_markdown,
}


@cache
def recorded(name: str) -> Diagnosis:
    """A recorded capture, judged with a list of everybody's users."""
    users = tuple(User(f"{person}@corp.example", f"id-{person}") for person in PEOPLE)
    listed = Users("users.json", users, complete=True, instance_id=INSTANCE, region="us-west-2")
    return diagnose(CAPTURES / f"{name}.har", listed)


def judged(*, listed: Users | None = None, **changes: Any) -> SignInDiagnosis:
    """A sign-in made by hand, with the verdict that the rules give it."""
    case = build.rule_context(listed=listed, **changes)
    findings, passed, not_checked = examine(case, RULES)
    return SignInDiagnosis(
        sign_in=case.sign_in,
        verdict=verdict(case, frozenset(f.verdict for f in findings if f.verdict)),
        summary="how it was",
        matches=case.candidates,
        findings=findings,
        passed=passed,
        not_checked=not_checked,
        relation=case.relation,
        case_variants=case.case_variants,
    )


def diagnosis(*sign_in_diagnoses: SignInDiagnosis, name: str = "a.har") -> Diagnosis:
    """A capture of these sign-ins."""
    found = worst(j.verdict for j in sign_in_diagnoses) or "no-sign-in"
    return Diagnosis(name=name, creator="Firefox 153", problem=None, verdict=found, sign_ins=sign_in_diagnoses)


GOOD = diagnosis(judged())


def against_good(**changes: Any) -> Comparison:
    """The good sign-in and one with something changed."""
    return compare(GOOD, diagnosis(judged(**changes)))


def first(comparison: Comparison) -> tuple[str, str, str]:
    """The verdict, the first difference's aspect and its weight."""
    difference = comparison.differences[0]
    return comparison.bad.verdict or "", difference.aspect, difference.weight.value


def named(*pairs: tuple[str, str]) -> Any:
    """An assertion with these attributes."""
    return build.assertion(attributes=tuple(Attribute(name, (value,)) for name, value in pairs))


def confirmed(recipient: str) -> tuple[SubjectConfirmation, ...]:
    """A subject confirmation for this Recipient."""
    return tuple(replace(c, recipient=recipient) for c in build.assertion().confirmations)


# --- what explains the verdict ---


@pytest.mark.parametrize("name", NAMES)
def test_what_explains_a_recorded_fault(name: str) -> None:
    """A healthy sign-in against each fault: exactly its cause is called the explanation."""
    compared = compare(recorded(SUCCESS), recorded(name))
    assert EXPLAINED[name] == tuple(d.aspect for d in compared.differences if d.explains)


@pytest.mark.parametrize("name", [n for n in NAMES if EXPLAINED[n]])
def test_the_explanation_comes_first(name: str) -> None:
    """A stressed admin reads the first lines only."""
    assert EXPLAINED[name][0] == compare(recorded(SUCCESS), recorded(name)).differences[0].aspect


LATE = Moment(build.NOW + timedelta(minutes=20), "AWS's clock (Date header)", second=True)
ELSEWHERE = "https://us-west-2.console.aws.amazon.com/connect/federate/11111111-bbbb-cccc-dddd-eeeeeeeeeeee"
DENIED = build.ARNS.replace("role/Agent", "role/Other")
LOWER_CASE = ROLE_SESSION_NAME.replace("Attributes", "attributes")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"said": AwsMessage.NOT_ONBOARDED, "listed": build.users(build.NAME.title())},
            ("user-case-differs", "Connect user", "explains"),
        ),
        (
            {"said": AwsMessage.NOT_ONBOARDED, "listed": build.users("jane.doe")},
            ("user-near-miss", "Connect user", "explains"),
        ),
        (
            {"said": AwsMessage.NOT_ONBOARDED, "listed": build.users("bob")},
            ("user-missing", "Connect user", "explains"),
        ),
        (
            {
                "said": AwsMessage.NOT_ONBOARDED,
                "listed": build.users(build.NAME),
                "relay_state": ELSEWHERE,
                "instance_id": "11111111-bbbb-cccc-dddd-eeeeeeeeeeee",
            },
            ("wrong-instance", "Connect instance", "explains"),
        ),
        (
            {"said": AwsMessage.FEDERATION_DENIED, "message": build.message(assertions=(named((ROLE, DENIED)),))},
            ("federation-denied", "Role taken", "explains"),
        ),
        ({"outcome": Outcome.CONSOLE_HOME, "relay_state": None}, ("relay-state-missing", "RelayState", "explains")),
        ({"outcome": Outcome.ROLE_CHOICE}, ("role-not-chosen", "Role choice page", "explains")),
        (
            {"said": AwsMessage.INVALID_RESPONSE, "assertion": named((ROLE_SESSION_NAME, build.NAME))},
            ("role-missing", "AWS attributes", "explains"),
        ),
        (
            {"said": AwsMessage.INVALID_RESPONSE, "assertion": named((ROLE, "Agent"), (ROLE_SESSION_NAME, build.NAME))},
            ("role-malformed", "Roles offered", "explains"),
        ),
        (
            {"said": AwsMessage.NAME_REQUIRED, "assertion": named((ROLE, build.ARNS), (LOWER_CASE, build.NAME))},
            ("role-session-name-missing", "AWS attributes", "explains"),
        ),
        (
            {"said": AwsMessage.NAME_INVALID, "assertion": build.assertion(name="Bob Roe")},
            ("role-session-name-invalid", "RoleSessionName: characters", "explains"),
        ),
        ({"said": AwsMessage.EXPIRED, "posted_at": LATE}, ("assertion-expired", "Time of the post", "explains")),
        (
            {"said": AwsMessage.INVALID_RESPONSE, "assertion": build.assertion(audiences=("urn:other",))},
            ("audience-wrong", "Audience", "explains"),
        ),
        (
            {
                "said": AwsMessage.INVALID_RESPONSE,
                "assertion": build.assertion(confirmations=confirmed("https://x.example")),
            },
            ("recipient-wrong", "Recipient", "explains"),
        ),
        (
            {
                "said": AwsMessage.INVALID_RESPONSE,
                "message": build.message(response=replace(build.message().response, destination="https://x.example")),
            },
            ("destination-wrong", "Destination", "explains"),
        ),
        (
            {"said": AwsMessage.ISSUER, "assertion": build.assertion(issuer="https://new.example")},
            ("issuer-mismatch", "Identity provider (issuer)", "explains"),
        ),
        (
            {"outcome": Outcome.BLOCKED, "network": Network(2, "signin.aws.amazon.com", "net::ERR_BLOCKED_BY_CLIENT")},
            ("sign-in-blocked", "Network", "explains"),
        ),
        (
            {"said": AwsMessage.INVALID_RESPONSE, "assertion": build.assertion(issuer="https://new.example")},
            ("response-refused", "Identity provider (issuer)", "possible"),
        ),
        (
            {
                "said": AwsMessage.NOT_AUTHORIZED,
                "message": build.message(assertions=(named((ROLE, DENIED), (ROLE_SESSION_NAME, build.NAME)),)),
            },
            ("role-not-assumable", "Role taken", "possible"),
        ),
        ({"message": None, "relay_state": None, "roles": ()}, ("signed-in", "SAML response", "differs")),
    ],
    ids=lambda v: v[0] if isinstance(v, tuple) else "",
)
def test_the_first_difference_of_each_verdict(changes: dict[str, Any], expected: tuple[str, str, str]) -> None:
    """The first difference is what the verdict is about."""
    assert expected == first(against_good(**changes))


def test_where_the_cause_is_open_nothing_is_called_the_explanation() -> None:
    """A verdict that leaves the cause open is not explained by what happens to differ."""
    compared = against_good(said=AwsMessage.INVALID_RESPONSE, assertion=build.assertion(issuer="https://new.example"))
    assert [] == [d for d in compared.differences if d.explains]


def test_both_failed_alike_explains_nothing() -> None:
    """Two wrong audiences differ, and neither explains the other."""
    one, two = (
        diagnosis(judged(said=AwsMessage.INVALID_RESPONSE, assertion=build.assertion(audiences=(a,))))
        for a in ("urn:a", "urn:b")
    )
    weights = {d.aspect: d.weight for d in compare(one, two).differences}
    assert {"Audience": Weight.DIFFERS} == weights


def test_nothing_that_differs_explains_it() -> None:
    """The same person and response, refused today: the cause is outside of the recordings, and that is said."""
    notes = against_good(said=AwsMessage.FEDERATION_DENIED, assertion=build.assertion(id="_b")).notes
    assert [True] == [n.startswith("Nothing that differs between the two explains federation-denied") for n in notes]


# --- people ---


def test_two_people_have_two_names_as_expected() -> None:
    """Another person's name is no fault."""
    compared = against_good(assertion=build.assertion(name="bob.roe@corp.example", name_id="bob"))
    assert {"RoleSessionName": Weight.EXPECTED, "NameID": Weight.EXPECTED} == {
        d.aspect: d.weight for d in compared.differences
    }


@pytest.mark.parametrize(
    ("name", "aspects"),
    [
        ("Bob.Roe@corp.example", {"RoleSessionName: letter case"}),
        ("bob.roe", {"RoleSessionName: form"}),
        ("bob.roe@other.example", {"RoleSessionName: domain"}),
        ("bob roe@corp.example", {"RoleSessionName: characters"}),
        ("CORP\\bob", {"RoleSessionName: form", "RoleSessionName: letter case", "RoleSessionName: characters"}),
    ],
)
def test_two_people_whose_names_have_another_shape(name: str, aspects: set[str]) -> None:
    """How the names are written is told, whoever they are."""
    compared = against_good(assertion=build.assertion(name=name))
    assert aspects == {d.aspect for d in compared.differences if d.aspect.startswith("RoleSessionName:")}


def test_one_person_written_in_two_ways() -> None:
    """Not two people: the name itself differs."""
    compared = against_good(assertion=build.assertion(name=build.NAME.upper()))
    difference = next(d for d in compared.differences if d.aspect == "RoleSessionName")
    assert (Weight.DIFFERS, "one person" in difference.sentence) == (difference.weight, True)


# --- attributes ---


def test_a_misnamed_attribute_is_named_with_its_right_name() -> None:
    """The near miss is told letter for letter."""
    compared = against_good(
        said=AwsMessage.NAME_REQUIRED, assertion=named((ROLE, build.ARNS), (LOWER_CASE, build.NAME))
    )
    assert f"{LOWER_CASE} must be exactly {ROLE_SESSION_NAME}." in compared.differences[0].sentence


def test_values_of_other_attributes_are_not_shown() -> None:
    """What AWS does not need is nobody's business."""
    held = build.assertion()
    other = replace(held, attributes=(*held.attributes, Attribute("salary", ("12345",))))
    assert "12345" not in shown.comparison_json(against_good(assertion=other))


def test_an_unreadable_assertion_is_not_compared_and_said_so() -> None:
    """Unknown is neither equal nor different."""
    encrypted = build.message(state=MessageState.ENCRYPTED, assertions=())
    compared = against_good(message=encrypted)
    reasons = {n.aspect: n.reason for n in compared.not_compared}
    assert ("in BAD: the assertion is encrypted", True) == (
        reasons["Audience"],
        "BAD has no readable assertion: only what stands outside of it was compared." in compared.notes,
    )


# --- which sign-in ---


def test_the_last_good_and_the_worst_bad_sign_in_are_taken() -> None:
    """One recording with both compares them."""
    both = recorded("firefox-samlp-two_users")
    compared = compare(both, both)
    taken = [s.sign_in_diagnosis.sign_in.number for s in (compared.good, compared.bad) if s.sign_in_diagnosis]
    assert (
        [2, 1],
        ("GOOD and BAD are one recording: sign-in 2 is compared with sign-in 1 of it.",),
    ) == (taken, compared.notes)


def test_of_several_good_sign_ins_the_last_is_taken() -> None:
    """The one nearest to now."""
    good = diagnosis(judged(number=1), judged(number=2), judged(number=3, outcome=Outcome.ROLE_CHOICE))
    side = compare(good, GOOD).good
    assert side.sign_in_diagnosis is not None
    assert 2 == side.sign_in_diagnosis.sign_in.number


def test_of_equally_bad_sign_ins_the_last_is_taken() -> None:
    """As for a capture's verdict."""
    bad = diagnosis(*(replace(judged(outcome=Outcome.ROLE_CHOICE, number=n)) for n in (1, 2)), judged(number=3))
    side = compare(GOOD, bad).bad
    assert side.sign_in_diagnosis is not None
    assert 2 == side.sign_in_diagnosis.sign_in.number


@pytest.mark.parametrize("name", NAMES)
def test_the_same_capture_twice_differs_in_nothing(name: str) -> None:
    """Identical input gives no difference, unless it holds a good and a bad sign-in."""
    same = recorded(name)
    expected = [] if len(same.sign_ins) == 1 else ["Connect user"]
    assert expected == [d.aspect for d in compare(same, same).differences if d.weight is not Weight.EXPECTED][:1]


def test_the_same_assertion_in_two_recordings_is_said() -> None:
    """Another export of one sign-in tells nothing new about the response."""
    assert any("the same assertion" in note for note in against_good(outcome=Outcome.CONSOLE_HOME).notes)


def test_a_good_one_that_is_none_is_said() -> None:
    """The words GOOD and BAD are the person's, the verdicts ours."""
    notes = compare(recorded("firefox-samlp-case"), recorded("firefox-samlp-wrong_audience")).notes
    assert notes[0].startswith("GOOD holds no sign-in that reached Connect; its last one is compared")


def test_swapped_captures_are_noticed() -> None:
    """An easy mistake."""
    notes = compare(recorded("firefox-samlp-case"), recorded(SUCCESS)).notes
    assert "GOOD did not reach Connect, and BAD did: are the two swapped?" in notes


def test_what_cannot_be_read_is_a_note() -> None:
    """Never an exception."""
    compared = compare(recorded(SUCCESS), unreadable("b.har", "It is empty. Export it again."))
    assert ("BAD could not be read, so nothing was compared. It is empty. Export it again.",) == compared.notes


# --- shown ---


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_no_form_shows_a_secret(form: str, name: str) -> None:
    """In neither order."""
    texts = [FORMS[form](compare(*pair)) for pair in _orders(name)]
    assert [] == [secret for secret in SECRETS for text in texts if secret in text]


def _orders(name: str) -> list[tuple[Diagnosis, Diagnosis]]:
    one, other = recorded(SUCCESS), recorded(name)
    return [(one, other), (other, one)]


@pytest.mark.parametrize("form", FORMS)
def test_addresses_are_masked(form: str) -> None:
    """Every address of the response and the way shows its query's names only."""
    address = "https://us-west-2.console.aws.amazon.com/connect?token=s3cr3t&destination=https%3A%2F%2Fx.example%2F%3Fa%3Ds3cr3t#s3cr3t"
    held = build.message(
        target=address,
        response=replace(build.message().response, destination=address),
        assertions=(build.assertion(confirmations=confirmed(address)),),
    )
    text = FORMS[form](
        against_good(said=AwsMessage.INVALID_RESPONSE, message=held, relay_state=address, posted_to=address)
    )
    assert (True, False) == ("token=…" in text.replace("\n          ", ""), "s3cr3t" in text)


@pytest.mark.parametrize("name", NAMES)
def test_the_text_fits_a_terminal(name: str) -> None:
    """At most 80 columns, but for links and commands, which must stay whole."""
    compared = compare(recorded(SUCCESS), recorded(name))
    main = compared.bad.sign_in_diagnosis.main_finding if compared.bad.sign_in_diagnosis else None
    whole = [main.docs, *(line for c in main.remedy.commands for line in str(c).split("\n"))] if main else []
    wide = [line.strip() for line in shown.comparison_text(compared).splitlines() if len(line) > 80]
    assert [] == [line for line in wide if line not in map(str.strip, whole)]


def test_json_has_every_key() -> None:
    """Other people's tools read it."""
    document = json.loads(shown.comparison_json(compare(recorded(SUCCESS), recorded("firefox-samlp-case"))))
    assert (
        ["schema", "good", "bad", "notes", "differences", "same", "not_compared", "remedy", "docs"],
        ["capture", "creator", "problem", "verdict", "summary", "sign_in", "sign_ins", "started"],
        ["aspect", "good", "bad", "weight", "explains", "sentence"],
    ) == (list(document), list(document["bad"]), list(document["differences"][0]))


def test_the_text_says_the_cause_before_the_rest() -> None:
    """Cause, what to do, then the rest."""
    text = shown.comparison_text(compare(recorded(SUCCESS), recorded("firefox-samlp-wrong_audience")))
    order = [text.index(part) for part in ("BAD  ✗", "What explains", "What to do", "What came of it", "The same in")]
    assert sorted(order) == order


_HOSTILE = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["\x1b[31m", "<script>alert(1)</script>", "|pipe`", "\u202eevil", "http://[::1", "x" * 5000, "@", "\\", "'"]
)


@settings(max_examples=60, deadline=None)
@given(_HOSTILE, _HOSTILE, _HOSTILE)
def test_hostile_values_are_inert_in_every_form(name: str, issuer: str, relay: str) -> None:
    """Neither a control character nor markup gets through, whatever stands in the response."""
    held = build.assertion(name=name, issuer=issuer, audiences=(relay,), name_id_format=issuer)
    held = replace(held, attributes=(*held.attributes, Attribute(issuer, (relay,))))
    compared = against_good(said=AwsMessage.INVALID_RESPONSE, assertion=held, relay_state=relay, posted_to=issuer)
    text, markdown = (FORMS[form](compared) for form in ("text", "markdown"))
    assert (True, False) == (all(c.isprintable() or c == "\n" for c in text), "<script" in markdown)


# --- command line ---


def _run(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    status = command_line.main(arguments)
    out, err = capsysbinary.readouterr()
    return status, out.decode(), err.decode()


@pytest.mark.parametrize(
    ("good", "bad", "status"),
    [
        (SUCCESS, "firefox-samlp-wrong_audience", 1),
        (SUCCESS, "firefox-samlp-missing", 3),  # without a list nobody can be called missing
        (SUCCESS, "firefox-samlp-encrypted", 0),
        ("firefox-samlp-wrong_audience", SUCCESS, 3),
    ],
)
def test_exit_status(good: str, bad: str, status: int, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """1 where BAD has a named fault, 0 where both signed in, else 3."""
    paths = [str(CAPTURES / f"{name}.har") for name in (good, bad)]
    assert status == _run(capsysbinary, "compare", *paths, "--format", "json")[0]


def test_the_command_writes_each_format(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Text unless asked otherwise."""
    paths = [str(CAPTURES / f"{name}.har") for name in (SUCCESS, "firefox-samlp-case")]
    starts = [_run(capsysbinary, "compare", *paths, *f)[1][:4] for f in ([], ["--format", "markdown"])]
    assert ["GOOD", "# fi"] == starts


def test_standard_input_cannot_be_both(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """It can be read only once."""
    with pytest.raises(SystemExit) as ended:
        command_line.main(["compare", "-", "-"])
    assert (2, b"") == (ended.value.code, capsysbinary.readouterr().out)


def test_comparing_loads_nothing_heavy() -> None:
    """As diagnosing: no pandas, no AWS client, no notebook."""
    code = (
        "import sys, connect_saml_nb.render.sequence; from connect_saml_nb.__main__ import main; "
        f"main(['compare', {str(CAPTURES / SUCCESS)!r} + '.har', {str(CAPTURES / 'firefox-samlp-case')!r} + '.har']); "
        "heavy = {'pandas', 'numpy', 'boto3', 'botocore', 'IPython', 'ipywidgets', 'jinja2', 'lxml', 'signxml'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=CAPTURES.parents[2])  # noqa: S603 # our own
    assert "[]" == run.stderr.decode().strip()
