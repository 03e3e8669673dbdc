"""Make practice cases over all verdicts, rules, levels and many seeds; let the toolkit judge each.

    python benchmarks/practice.py [CASES]

Prints every case in which the toolkit's verdict is not the answer, or the answer's rule found nothing; then the
figures. Exit status 1 if there was one.
"""

from __future__ import annotations

import sys
import time
from itertools import count, islice
from typing import TYPE_CHECKING

from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.training import LEVELS, PracticeCase, new_case, rules, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_RULE = {"signed-in", "no-sign-in"}


def arguments() -> Iterator[dict[str, object]]:
    """Verdicts and rules in turn, each at every level, with ever new seeds."""
    signs = [{"rule": rule} for rule in rules() if rule not in verdicts()]
    for seed in count():
        for level in LEVELS:
            yield from ({"verdict": verdict, "level": level, "seed": seed} for verdict in verdicts())
            yield from ({**sign, "level": level, "seed": seed} for sign in signs)


def disagreement(case: PracticeCase) -> str:
    """What the toolkit says where that is not the answer, or `""`."""
    diagnosis = diagnose(case.capture, **case.collect_inputs())
    found = {
        finding.rule for sign_in_diagnosis in diagnosis.sign_ins for finding in sign_in_diagnosis.findings
    } | NO_RULE
    if diagnosis.verdict != case.answer.verdict:
        return f"{diagnosis.verdict} in place of {case.answer.verdict}"
    return "" if case.answer.rule in found else f"{case.answer.rule} found nothing"


def main() -> int:
    """Make and judge."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    making = judging = 0.0
    wrong = 0
    for options in islice(arguments(), wanted):
        began = time.perf_counter()
        case = new_case(**options)
        made = time.perf_counter()
        difference = disagreement(case)
        making, judging = making + made - began, judging + time.perf_counter() - made
        if difference:
            wrong += 1
            print(options, difference)
    print(f"{wanted:,} cases, {wanted - wrong:,} agree; making {making:.1f} s, judging {judging:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
