# SPDX-License-Identifier: Apache-2.0
"""Every way out, tried by a twin of a running sensor and by a free process.

The same witnesses see both.
"""

import pytest

from edge_agent.confinement.kernel import namespaces
from privacy_audit.exits import classes
from privacy_audit.exits.attacks.table import EXIT_CLASSES
from privacy_audit.finding import Finding, Verdict
from privacy_audit.target.box import AuditedBox

ROOT = namespaces.may_separate()
needs_root = pytest.mark.skipif(
    not ROOT, reason="without root the twin cannot be compared with the sensor"
)
NAMED = {
    "sockets",
    "DNS",
    "connect",
    "files and /proc",
    "shared memory",
    "exec",
    "ptrace and vm access",
    "io_uring",
    "descriptor passing",
    "splice",
    "the channel",
    "other architectures' calls",
    "threads older than the lock",
    "new threads and processes",
    "signals and timers",
    "keyrings",
    "namespaces",
    "resource tricks",
    "mappings, descriptors and calls before the lock",
}


@pytest.fixture(scope="module")
def findings(audited: AuditedBox) -> dict[str, Finding]:
    return {finding.name: finding for finding in classes.look(audited)}


@needs_root
def test_the_twin_has_the_running_sensors_filters_and_still_counts(
    findings: dict[str, Finding],
) -> None:
    twin = findings["the twin is the sensor"]
    assert (twin.verdict, f"counted {classes.FRAMES} frames" in twin.detail) == (
        Verdict.PROVEN,
        True,
    ), twin.detail


@needs_root
@pytest.mark.parametrize("name", sorted(NAMED | set(EXIT_CLASSES)))
def test_every_class_is_refused_and_each_of_its_attacks_works_without_the_wall(
    findings: dict[str, Finding], name: str
) -> None:
    finding = findings[name]
    assert finding.verdict is Verdict.TWIN, finding.detail
    assert finding.attacks == finding.refused == finding.controls > 0


@needs_root
def test_there_are_at_least_ninety_distinct_attacks(findings: dict[str, Finding]) -> None:
    assert sum(finding.attacks for finding in findings.values()) >= 90


def test_no_attack_stands_twice_in_a_class() -> None:
    for attacks in EXIT_CLASSES.values():
        names = [attack.name for attack in attacks]
        assert sorted(names) == sorted(set(names))


def test_a_secret_is_planted_for_every_attack_that_only_tells() -> None:
    told = [attack for attacks in EXIT_CLASSES.values() for attack in attacks]
    assert [
        attack.name
        for attack in told
        if (attack.sign.name == "TOLD") != (attack.secret is not None)
    ] == []
