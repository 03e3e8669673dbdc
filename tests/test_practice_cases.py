"""Practice cases: the toolkit's verdict is the answer, the same case comes again, and nothing gives the answer away."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

import jsonschema
import pytest
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier

from connect_saml_nb import training
from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.signature import read_key
from connect_saml_nb.training import PracticeCase, new_case, rules, topics, verdicts
from connect_saml_nb.training.generator import signing

pytestmark = pytest.mark.slow

ROOT = Path(training.__file__).resolve().parents[2]
SCHEMA = json.loads((Path(__file__).parent / "data" / "practice" / "har-1.2.schema.json").read_text("utf-8"))
NO_RULE = {"signed-in", "no-sign-in"}
SIGNS = tuple(rule for rule in rules() if rule not in verdicts())


@cache
def case(verdict: str | None, level: int = 1, seed: int = 0, rule: str | None = None) -> PracticeCase:
    """A case, made once."""
    return new_case(verdict, level=level, seed=seed, rule=rule)


def told(made: PracticeCase) -> tuple[str | None, bool]:
    """The toolkit's verdict, and whether the answer's rule found something."""
    diagnosis = diagnose(made.capture, **made.collect_inputs())
    found = {finding.rule for sign_in_diagnosis in diagnosis.sign_ins for finding in sign_in_diagnosis.findings}
    return diagnosis.verdict, made.answer.rule in found | NO_RULE


def seed_of(name: str, level: int) -> int:
    """A seed for each case of the sample, so that they differ in everything."""
    return int.from_bytes(hashlib.sha256(f"{name} {level}".encode()).digest()[:4])


# --- the answer is true --------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("verdict", verdicts())
def test_the_toolkit_gives_the_answer_s_verdict(verdict: str, level: int) -> None:
    """The answer comes from how the case was made, the verdict from the rules."""
    assert (verdict, True) == told(case(verdict, level, seed_of(verdict, level)))


@pytest.mark.parametrize("rule", SIGNS)
def test_the_rule_of_a_case_finds_something(rule: str) -> None:
    """Rules that name no verdict of their own have cases, too."""
    made = case(None, 1 + seed_of(rule, 0) % 3, seed_of(rule, 0), rule)
    assert ((made.answer.verdict, True), rule) == (told(made), made.answer.rule)


def test_every_verdict_of_the_contract_has_cases() -> None:
    """Nothing that the toolkit can say is left out of the training."""
    table = (ROOT / "docs" / "contract.md").read_text("utf-8").partition("### 1a")[0]
    rows = (line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    contract = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)}
    assert contract == set(verdicts())


def test_every_verdict_has_a_place_on_the_lesson_path() -> None:
    """Each verdict belongs to exactly one topic."""
    listed = [verdict for names in topics().values() for verdict in names]
    assert sorted(listed) == sorted(verdicts())


def test_making_cases_shares_no_decision_with_the_rules() -> None:
    """An answer that the rules had given would prove nothing."""
    deciding = ("diagnosis", "rules", "matching", "signin", "compare", "aws.urls", "aws.messages", "idp.errors")
    folder = ROOT / "connect_saml_nb" / "training"
    files = [*(folder / "generator").glob("*.py"), *(folder / f"{n}.py" for n in ("cases", "pack", "worksheet"))]
    named = {
        name
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
        for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    }
    imported = {name.removeprefix("connect_saml_nb.") for name in named}
    assert set() == {name for name in imported if name.startswith(deciding)}


# --- the answer's parts --------------------------------------------------------------------------------------

SAMPLE = [(verdict, 1 + number % 3) for number, verdict in enumerate(verdicts())]


@pytest.mark.parametrize(("verdict", "level"), SAMPLE)
def test_an_answer_s_texts_are_whole(verdict: str, level: int) -> None:
    """Each placeholder is filled, each tempting cause is another verdict, and there are three hints."""
    answer = case(verdict, level, 5).answer
    text = json.dumps(asdict(answer)).replace("${aws:userid}", "")
    wrong = {choice.name for choice in answer.wrong}
    assert ([], 3) == (re.findall(r"\$\w+", text), len(answer.hints))
    assert wrong <= set(verdicts()) - {verdict}
    assert len(answer.wrong_fixes) >= 1


@pytest.mark.parametrize(("verdict", "level"), SAMPLE)
def test_the_entries_of_an_answer_are_those_of_the_sign_in(verdict: str, level: int) -> None:
    """They are in the file, and what they point at is no other request's."""
    made = case(verdict, level, 6)
    urls = [entry["request"]["url"] for entry in json.loads(made.capture)["log"]["entries"]]
    pointed = [urls[number] for number in made.answer.entries]
    assert pointed
    assert [] == [url for url in pointed if "/assets/" in url or url.endswith("favicon.ico")]


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("verdict", ["user-case-differs", "user-missing", "role-session-name-invalid"])
def test_the_pointer_to_an_attribute_shows_what_the_entry_holds(verdict: str, level: int) -> None:
    """What is said to stand in the posted response does stand there."""
    made = case(verdict, level, 7)
    pointer = next(p for p in made.answer.pointers if p.where == "RoleSessionName" and p.entry is not None)
    first = pointer.value.partition(" and ")[0]
    assert first in _texts(posted(made, pointer.entry))


def posted(made: PracticeCase, entry: int) -> bytes:
    """The XML that an entry posts."""
    text = json.loads(made.capture)["log"]["entries"][entry]["request"]["postData"]["text"]
    return base64.b64decode(parse_qs(text)["SAMLResponse"][0])


def _texts(xml: bytes) -> list[str]:
    return [element.text or "" for element in etree.fromstring(xml).iter("{*}AttributeValue")]


def test_the_user_of_an_answer_is_in_the_list() -> None:
    """A trainee can find it there."""
    made = case("user-near-miss", 2, 8)
    assert made.answer.username in {user.username for user in made.users.users}


def test_the_second_fault_of_level_three_is_told() -> None:
    """It is another verdict, which the first one hides, or an attempt before that hid this one."""
    hiding, last = case("audience-wrong", 3, 1).answer, case("user-missing", 3, 1).answer
    assert hiding.next_verdict in {"user-case-differs", "user-near-miss", "user-missing", "federation-denied"}
    assert (bool(hiding.next), hiding.earlier) == (True, "")
    assert (last.next, bool(last.earlier)) == ("", True)


# --- the same again ------------------------------------------------------------------------------------------

_DIGEST = """
import hashlib, sys
from connect_saml_nb.training import new_case
made = hashlib.sha256()
for verdict, level in (("signature-invalid", 2), ("assertion-encrypted", 3), ("user-case-differs", 1), (None, 2)):
    case = new_case(verdict, level=level, seed=11)
    made.update(repr((case, case.capture, case.users_file, case.account, case.metadata_file, case.answer)).encode())
print(made.hexdigest())
"""


def test_the_same_arguments_give_the_same_bytes_in_another_process() -> None:
    """A whole room gets the same cases: keys, signatures and encryption too."""
    digests = {
        subprocess.run(  # noqa: S603 -- this Python, our own words
            [sys.executable, "-c", _DIGEST],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_cases_made_before_change_nothing() -> None:
    """A trainer can make one case of a session alone."""
    first = new_case("user-missing", level=2, seed=3)
    new_case("federation-denied", level=3, seed=9)
    again = new_case("user-missing", level=2, seed=3)
    assert first == again


def test_other_seeds_give_other_cases() -> None:
    """Endless variation: people, companies, Regions."""
    captures = {new_case("user-missing", seed=seed).capture for seed in range(20)}
    assert len(captures) == 20


# --- nothing gives it away -----------------------------------------------------------------------------------


def test_a_case_s_repr_and_id_tell_nothing() -> None:
    """A notebook shows a value's repr without being asked."""
    made = case("federation-denied", 2, 4)
    shown = repr(made)
    assert [] == [word for word in ("federation", "GetFederationToken", "SAMLResponse", "made-up") if word in shown]


def test_a_made_up_secret_says_that_it_is_made_up() -> None:
    """Nobody should take a practice file for a leak."""
    logs = [json.loads(new_case("signed-in", seed=seed).capture)["log"] for seed in range(8)]
    cookies = {c["value"] for log in logs for entry in log["entries"] for c in entry["request"]["cookies"]}
    assert cookies
    assert [] == [value for value in cookies if not value.startswith("made-up-")]


def test_hosts_are_of_nobody() -> None:
    """Companies are under `.example`; the others are AWS's, Connect's with `-example`, or a product's."""
    hosts = set()
    for seed in range(30):
        log = json.loads(new_case(seed=seed, level=2).capture)["log"]
        hosts |= {entry["request"]["url"].split("/")[2] for entry in log["entries"]}
    known = re.compile(
        r".*\.example|.*-example\.(my\.connect\.aws|awsapps\.com|okta\.com|onelogin\.com)|.*\.aws\.amazon\.com"
        r"|(signin|console)\.amazonaws-us-gov\.com|.*\.sign-in\.connect\.aws|login\.microsoftonline\.com"
        r"|accounts\.google\.com|us-east-1\.signin\.aws|portal\.sso\.us-east-1\.amazonaws\.com"
    )
    assert [] == [host for host in hosts if not known.fullmatch(host)]


# --- software of others --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verdict", "level"), SAMPLE)
def test_a_capture_is_a_har_of_version_1_2(verdict: str, level: int) -> None:
    """By a schema written from the format's text, in which nothing unknown may stand."""
    problems = jsonschema.Draft202012Validator(SCHEMA).iter_errors(json.loads(case(verdict, level, 5).capture))
    assert [] == [(list(p.absolute_path)[-3:], p.message[:100]) for p in problems]


@pytest.mark.parametrize("manner", ["firefox", "chromium", "safari"])
def test_each_browser_s_manner_comes(manner: str) -> None:
    """Trainees meet the file of every browser."""
    names = {"Firefox": "firefox", "WebInspector": "chromium", "WebKit Web Inspector": "safari"}
    creators = (json.loads(new_case(seed=s, level=2).capture)["log"]["creator"]["name"] for s in range(40))
    assert manner in {names[name] for name in creators}


@pytest.mark.parametrize("seed", range(20))
def test_a_response_is_truly_signed(seed: int) -> None:
    """The library signxml verifies each signature with the certificate of the practice key."""
    made = new_case("user-case-differs", seed=seed)
    root = etree.fromstring(posted(made, next(p.entry for p in made.answer.pointers if p.entry is not None)))
    signatures = root.findall(".//{http://www.w3.org/2000/09/xmldsig#}Signature")
    for signature in signatures:
        _verify(signature.getparent())
    assert signatures


def _verify(element: etree._Element) -> None:
    config = SignatureConfiguration(location="./", expect_references=1)
    XMLVerifier().verify(etree.tostring(element), x509_cert=_pem(), expect_config=config)


def _pem() -> str:
    body = base64.encodebytes(signing.certificate("good")).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


def test_an_encrypted_assertion_can_be_read_with_the_practice_key() -> None:
    """The encryption is real: with the key the verdict is about the user."""
    made = case("assertion-encrypted", 1, 2)
    key = read_key(signing.private_pem("decryption"))
    assert "user-exists-but-refused" == diagnose(made.capture, **made.collect_inputs(), keys=[key]).verdict


# --- without the extra ---------------------------------------------------------------------------------------


def test_without_the_extra_cases_are_unsigned_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop without it can practise all but signatures."""
    monkeypatch.setattr(signing, "available", lambda: False)
    made = [new_case(verdict, seed=2, level=2) for verdict in verdicts() if verdict != "signature-invalid"]
    answered = [(c.answer.verdict, diagnose(c.capture, **c.collect_inputs(), verify=False).verdict) for c in made]
    assert [] == [pair for pair in answered if pair[0] != pair[1]]
    assert {(signing.MISSING,)} == {c.notes for c in made}


def test_without_the_extra_a_case_about_signatures_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a sentence that says what to install."""
    monkeypatch.setattr(signing, "available", lambda: False)
    with pytest.raises(ConnectSamlError, match="connect-saml-nb\\[verify\\]"):
        new_case("signature-invalid")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"verdict": "user-mising"}, "user-missing"),
        ({"level": 4}, "1, 2 and 3"),
        ({"rule": "no-rule"}, "clock-differs"),
        ({"verdict": "signed-in", "rule": "user-missing"}, "There is no practice case"),
    ],
)
def test_what_is_not_there_is_refused_with_the_names(arguments: dict[str, object], words: str) -> None:
    """One sentence, with what there is."""
    with pytest.raises(ConnectSamlError, match=words):
        new_case(**arguments)
