# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from privacy_audit.finding import Finding, Mechanism, Verdict
from tests.privacy_audit.findings import LEDGER, RULES, SOCKETS, SWAP, USER, result


def test_what_a_machine_gets_is_one_line_with_the_promised_keys() -> None:
    line = json.dumps(result(SOCKETS, USER, SWAP, RULES, LEDGER).as_json())
    assert "\n" not in line
    told = json.loads(line)
    promised = {
        "classes",
        "attacks",
        "refused",
        "controls",
        "unproven",
        "fell",
        "ledger",
        "capacity_bits_per_window",
        "level",
        "root",
    }
    assert promised <= set(told)
    assert told["classes"] == {"sockets": "proven on a twin only"}
    assert (told["attacks"], told["refused"], told["controls"]) == (41, 41, 12), (
        "distinct ways out; other parts count their own"
    )
    assert told["unproven"] == ["pictures at rest: swap: no swap <here> to search"]
    assert told["fell"] == ["ACL"]
    assert told["ledger"] == "complete"


def test_what_was_not_looked_at_is_not_said_to_be_good() -> None:
    told = result(SOCKETS).as_json()
    assert (told["level"], told["ledger"]) == (None, None)


def test_a_ledger_that_differs_says_how() -> None:
    lost = Finding(
        "ledger",
        "broker and ledger",
        Mechanism.LEDGER_ENTRY,
        "the box",
        Verdict.FELL,
        "sequence 7 is not in the ledger",
    )
    assert result(LEDGER, lost).ledger == "fell: sequence 7 is not in the ledger"


def test_bytes_that_cannot_be_told_from_anothers_say_nothing_of_the_ledger() -> None:
    shared = Finding(
        "trail",
        "bytes of the uplink's user",
        Mechanism.LEDGER_ENTRY,
        "the box",
        Verdict.UNPROVEN,
        "another box",
    )
    assert result(LEDGER, shared).ledger == "complete"
    assert result(shared).ledger is None


def test_of_two_findings_about_one_class_the_worse_counts() -> None:
    worse = Finding(
        "exit classes", "sockets", Mechanism.SECCOMP, "a twin", Verdict.FELL, "one opened"
    )
    assert result(worse, SOCKETS).classes == {"sockets": "fell"}


@pytest.mark.parametrize(
    ("verdict", "mechanism", "level"),
    [
        (Verdict.PROVEN, Mechanism.UID, "standard"),
        (Verdict.UNPROVEN, Mechanism.UID, "process"),
        (Verdict.FELL, Mechanism.UID, "process"),  # filters still hold
        (Verdict.FELL, Mechanism.SECCOMP, "unconfined"),
    ],
)
def test_the_level_is_what_the_processes_were_seen_to_have(
    verdict: Verdict, mechanism: Mechanism, level: str
) -> None:
    found = Finding(
        "processes", "sensor: something", mechanism, "the running production process", verdict, ""
    )
    assert result(USER, found).level == level
