"""Commands that can be pasted: right, and nothing that a stranger chose breaks out of them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import textwrap
from typing import TYPE_CHECKING

import pytest
from account_world import HOME, PROVIDER_ARN, federation, get_role, given, trust
from build import ENDPOINT, INSTANCE
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from connect_saml_nb.aws import cli
from connect_saml_nb.model.finding import Command, Shell

if TYPE_CHECKING:
    from pathlib import Path

BASH = shutil.which("bash") or "bash"
DASH = shutil.which("dash")
POLICY = cli.federation_policy("aws", "us-west-2", "111122223333", INSTANCE)
HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "a; touch pwned",
    "a' ; touch pwned; '",
    'a" ; touch pwned; "',
    "a\ntouch pwned",
    "a\rtouch pwned",
    "--endpoint-url=https://evil.example",
    "-x",
    "file:///etc/passwd",
    "FILEB://secret",
    "https://evil.example/x",
    "a & calc",
    "a | calc",
    "a\u2019; calc; \u2018",
    "%PATH%",
    "a\u202eb",
    "",
]


def ran(text: str, folder: Path, shell: str = BASH) -> list[list[str]]:
    """What the commands in the text were given, by running them with an `aws` that writes down its arguments."""
    log = folder / "log.json"
    tool = folder / "aws"
    tool.write_text(
        '#!/bin/sh\nfor each in "$@"; do printf "%s\\0" "$each"; done >> log.json; printf "\\1" >> log.json\n'
    )
    tool.chmod(0o700)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    subprocess.run([shell, "-c", text], cwd=folder, env=environment, check=True, timeout=20)  # noqa: S603 # our own text
    runs = log.read_text().split("\x01")[:-1]
    return [run.split("\0")[:-1] for run in runs]


def for_bash(commands: tuple[Command, ...]) -> str:
    """The script for bash among them."""
    return next(str(command) for command in commands if command.shell is not Shell.POWERSHELL)


def for_powershell(commands: tuple[Command, ...]) -> str:
    """The script for PowerShell among them."""
    return next(str(command) for command in commands if command.shell is not Shell.BASH)


# --- the policy --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", [BASH, *([DASH] if DASH else [])])
def test_the_pasted_policy_keeps_the_variable(shell: str, tmp_path: Path) -> None:
    """The file that the shell writes is the policy that AWS documents, `${aws:userid}` included."""
    ran(for_bash(cli.put_role_policy("Agent", INSTANCE, POLICY)), tmp_path, shell)
    assert json.loads((tmp_path / "connect-federation.json").read_text()) == federation(
        [f"{HOME}/user/${{aws:userid}}"]
    )


@pytest.mark.parametrize("shell", [BASH, *([DASH] if DASH else [])])
def test_a_policy_that_was_copied_with_its_indentation_is_the_same(shell: str, tmp_path: Path) -> None:
    """Reports show commands indented, and people mark whole lines."""
    text = textwrap.indent(for_bash(cli.put_role_policy("Agent", INSTANCE, POLICY)), "    ")
    ran(text, tmp_path, shell)
    assert json.loads((tmp_path / "connect-federation.json").read_text()) == federation(
        [f"{HOME}/user/${{aws:userid}}"]
    )


TRAPS = {
    "double quotes": 'printf "%s" "{}" > policy.json'.format(json.dumps(POLICY).replace('"', '\\"')),
    "here-document": f"cat > policy.json <<EOF\n{json.dumps(POLICY)}\nEOF",
}


@pytest.mark.parametrize("trap", TRAPS)
def test_the_trap_is_real_in_bash(trap: str, tmp_path: Path) -> None:
    """In double quotes or an unquoted here-document the variable is gone without a word."""
    ran(f"{TRAPS[trap]}\naws", tmp_path)
    assert json.loads((tmp_path / "policy.json").read_text()) == federation([f"{HOME}/user/"])


@pytest.mark.parametrize("shell", [BASH, *([DASH] if DASH else [])])
def test_no_shell_keeps_the_variable_in_an_unquoted_here_document(shell: str, tmp_path: Path) -> None:
    """Dash says "Bad substitution", writes an empty file, and goes on to the next command all the same."""
    ran(f"{TRAPS['here-document']}\naws", tmp_path, shell)
    assert "aws:userid" not in (tmp_path / "policy.json").read_text()


def test_the_inline_policy_is_put_by_name_and_file(tmp_path: Path) -> None:
    """The flags are the AWS CLI's, and the role is a name."""
    assert ran(for_bash(cli.put_role_policy("Agent", INSTANCE, POLICY)), tmp_path)[2:] == [
        [
            *("iam", "put-role-policy", "--policy-name", f"ConnectFederation-{INSTANCE}"),
            *("--policy-document", "file://connect-federation.json", "--role-name", "Agent"),
        ]
    ]


def test_a_managed_policy_is_made_and_then_attached(tmp_path: Path) -> None:
    """attach-role-policy takes what create-policy made."""
    commands = cli.create_and_attach("Agent", "aws", "111122223333", INSTANCE, POLICY)
    *_, made, attached = ran(for_bash(commands), tmp_path)
    assert (made[:2], attached) == (
        ["iam", "create-policy"],
        [
            *("iam", "attach-role-policy", "--role-name", "Agent"),
            *("--policy-arn", f"arn:aws:iam::111122223333:policy/ConnectFederation-{INSTANCE}"),
        ],
    )


def test_the_global_policy_holds_in_both_regions() -> None:
    """It names the instance by a condition, and no Region."""
    condition = {"StringEquals": {"connect:InstanceId": INSTANCE}}
    assert cli.global_federation_policy(INSTANCE) == federation("*", Condition=condition)


WRITTEN = re.compile(r"^'(.*)' \| Set-Content -Encoding ascii [a-z-]+\.json$", re.DOTALL | re.MULTILINE)


def test_powershell_writes_the_policy_from_a_single_quoted_text() -> None:
    """In which nothing is replaced; ASCII, because the AWS CLI refuses a byte order mark."""
    found = WRITTEN.search(for_powershell(cli.put_role_policy("Agent", INSTANCE, POLICY)))
    assert found is not None
    assert json.loads(found[1]) == POLICY


# --- the trust policy --------------------------------------------------------------------------------------

REGIONAL = "https://us-west-2.signin.aws.amazon.com/saml"


def old(document: dict) -> str:
    """The document as the evidence keeps it."""
    policy = given(get_role(document)).roles[0].trust
    return policy.document if policy else ""


@pytest.mark.parametrize(
    ("before", "endpoints", "actions", "after"),
    [
        (
            trust(),
            (REGIONAL,),
            (),
            trust(Condition={"StringEquals": {"SAML:aud": [ENDPOINT, REGIONAL]}}),
        ),
        (trust(), (), ("sts:TagSession",), trust(Action=["sts:AssumeRoleWithSAML", "sts:TagSession"])),
        (
            trust(Condition={"StringLike": {"saml:aud": ["https://eu*"]}, "Bool": {"x": "true"}}),
            (ENDPOINT,),
            (),
            trust(Condition={"StringLike": {"saml:aud": ["https://eu*", ENDPOINT]}, "Bool": {"x": "true"}}),
        ),
        (trust(Condition=None), (ENDPOINT,), (), trust(Condition=None)),
    ],
)
def test_the_old_trust_policy_is_completed(before: dict, endpoints: tuple, actions: tuple, after: dict) -> None:
    """What is missing is put in, and nothing is taken out."""
    assert cli.patched_trust(old(before), PROVIDER_ARN, endpoints, actions) == after


def test_a_provider_that_is_not_trusted_gets_a_statement_of_its_own() -> None:
    """Those that are there stay."""
    before = trust(Principal={"Federated": PROVIDER_ARN + "Old"})
    new = cli.trust_statement(PROVIDER_ARN, (ENDPOINT,))
    patched = cli.patched_trust(old(before), PROVIDER_ARN, (ENDPOINT,), ("sts:AssumeRoleWithSAML",))
    assert patched == {**before, "Statement": [*before["Statement"], new]}


@drawn(st.recursive(st.none() | st.booleans() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
@settings(max_examples=25, deadline=None)
def test_any_json_for_a_policy_is_none_or_a_policy(document: object) -> None:
    """A trust policy from a stranger's folder never raises."""
    patched = cli.patched_trust(json.dumps({"Statement": document}), PROVIDER_ARN, (ENDPOINT,), ())
    assert patched is None or "Statement" in patched


def test_the_old_trust_policy_is_kept_in_a_file(tmp_path: Path) -> None:
    """Before it is replaced: what the first call says goes into the file."""
    kept, changed = ran(for_bash(cli.update_trust("Agent", trust())), tmp_path)
    assert ("get-role", "update-assume-role-policy", True) == (
        kept[1],
        changed[1],
        (tmp_path / "connect-trust-before.json").exists(),
    )


# --- users -------------------------------------------------------------------------------------------------


def test_a_user_is_created_without_password_and_email(tmp_path: Path) -> None:
    """A SAML instance refuses both."""
    _, run = ran(for_bash(cli.create_user(INSTANCE, "us-west-2", "jane.doe@corp.example")), tmp_path)
    names = {run[i]: run[i + 1] for i in range(2, len(run), 2)}
    assert names == {
        "--identity-info": "FirstName=FIRST,LastName=LAST",
        "--phone-config": "PhoneType=SOFT_PHONE",
        "--security-profile-ids": "SECURITY-PROFILE-ID",
        "--routing-profile-id": "ROUTING-PROFILE-ID",
        "--region": "us-west-2",
        "--instance-id": INSTANCE,
        "--username": "jane.doe@corp.example",
    }


# --- hostile values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_value_does_nothing_in_bash(name: str, tmp_path: Path) -> None:
    """It arrives as it is, or there is no command."""
    commands = [c for c in cli.create_user(INSTANCE, "us-west-2", name) if c.shell is not Shell.POWERSHELL]
    arrived = [run[-1] for command in commands for run in ran(command.script, tmp_path)]
    assert (arrived in ([], [name]), (tmp_path / "pwned").exists()) == (True, False)


@pytest.mark.parametrize(
    "name", ["-x", "--profile=evil", "file:///etc/passwd", "FILEB://secret", "https://evil.example", ""]
)
def test_a_value_that_the_aws_cli_would_obey_gives_no_command(name: str) -> None:
    """An option, or a file whose content it would send."""
    assert cli.create_user(INSTANCE, "us-west-2", name) == ()


@drawn(st.text(max_size=60))
@settings(max_examples=25, deadline=None)
def test_any_text_is_one_word_of_bash_or_none(value: str) -> None:
    """Read back by the real bash."""
    quoted = cli.bash_quoted(value)
    if quoted is not None:
        text = f"printf '%s' {quoted}"
        run = subprocess.run([BASH, "-c", text], capture_output=True, check=True, timeout=20)  # noqa: S603 # what is tested
        assert run.stdout.decode() == value


#: What ends a single-quoted text in PowerShell (about_Quoting_Rules: the typographic ones count too).
QUOTES = "'\u2018\u2019\u201a\u201b"


def powershell_read(word: str) -> str | None:
    """A word as PowerShell's parser reads it, or None where it is more than one word or not plain."""
    if not word.startswith("'"):
        return word if re.fullmatch(r"[A-Za-z0-9_./:][A-Za-z0-9_./:-]*", word) else None
    inner, out, at = word[1:-1], [], 0
    while at < len(inner):
        if inner[at] in QUOTES:
            if inner[at + 1 : at + 2] not in QUOTES or not inner[at + 1 : at + 2]:
                return None
            at += 1
        out.append(inner[at])
        at += 1
    return "".join(out) if word.endswith("'") and len(word) > 1 else None


@drawn(st.text(max_size=60) | st.text(alphabet="ab'\u2018\u2019\u201b\"$`;&|%@-", max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_text_is_one_word_of_powershell_or_none(value: str) -> None:
    """By the rules of its documentation; PowerShell itself is not on every machine."""
    quoted = cli.powershell_quoted(value)
    assert quoted is None or powershell_read(quoted) == value


@pytest.mark.parametrize("value", ['say "x"', "a&b", "a|b", "a>b", "a^b", "%PATH%", "a\u2019b", "end\\"])
def test_what_powershell_hands_on_wrongly_gives_no_word(value: str) -> None:
    """5.1 drops double quotes, a batch file obeys the rest, a backslash would swallow the quote after it."""
    assert cli.powershell_quoted(value) is None


def test_a_quote_is_doubled_in_powershell() -> None:
    """As its documentation says."""
    assert cli.powershell_quoted("o'brien") == "'o''brien'"


@drawn(st.text(max_size=80) | st.text(alphabet="a'\u2018\u2019\"$`\\\n", max_size=12))
@settings(max_examples=25, deadline=None)
def test_no_document_breaks_out_of_its_quotes(value: str) -> None:
    """A recipient or provider of any form arrives as it is: in the real bash, and by PowerShell's rules."""
    document = {"Statement": [cli.trust_statement(value, (value, "$(touch pwned)"))]}
    commands = cli.update_trust("Agent", document)
    _, writes, document_on = for_bash(commands).partition("printf")
    written = writes + document_on.replace("> connect-trust.json", "").rpartition("\naws iam")[0]
    run = subprocess.run([BASH, "-c", written], capture_output=True, check=True, timeout=20)  # noqa: S603 # what is tested
    found = WRITTEN.search(for_powershell(commands))
    assert found is not None
    assert (json.loads(run.stdout), json.loads(str(powershell_read(f"'{found[1]}'")))) == (document, document)


@pytest.mark.parametrize(
    ("commands", "arguments"),
    [
        (cli.list_providers(), ["iam", "list-saml-providers"]),
        (cli.show_trust("Agent"), ["iam", "get-role", "--role-name", "Agent"]),
        (cli.list_instances("us-west-2"), ["connect", "list-instances", "--region", "us-west-2"]),
        (
            cli.describe_instance(INSTANCE, "us-west-2"),
            ["connect", "describe-instance", "--region", "us-west-2", "--instance-id", INSTANCE],
        ),
    ],
)
def test_a_look_is_one_command_for_both_shells(
    commands: tuple[Command, ...], arguments: list[str], tmp_path: Path
) -> None:
    """Nothing in it needs other quotes."""
    (command,) = commands
    assert (command.shell, ran(command.script, tmp_path)) == (Shell.ANY, [arguments])
