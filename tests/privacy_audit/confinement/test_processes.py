# SPDX-License-Identifier: Apache-2.0
"""The measurement of the running processes.

What it says of processes that are not locked is in test_liars.py.
"""

import os
import signal
from pathlib import Path

import pytest

from edge_agent.confinement.tables.policy import Role
from privacy_audit.confinement import processes
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.target.box import AuditedBox, processes_of

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can prove all of it; run as root"
)
MEASURED = {
    Mechanism.SECCOMP,
    Mechanism.TSYNC,
    Mechanism.UID,
    Mechanism.NAMESPACES,
    Mechanism.MOUNT_VIEW,
    Mechanism.DUMPABLE,
    Mechanism.RLIMITS,
    Mechanism.DESCRIPTORS,
}


def test_of_a_box_as_it_ships_everything_is_proven(audited: AuditedBox) -> None:
    findings = processes.look(audited)
    assert {finding.verdict for finding in findings} == {Verdict.PROVEN}
    for role in processes.wanted(audited):
        own = {finding.mechanism for finding in findings if finding.name.startswith(f"{role}: ")}
        assert own == MEASURED


def test_what_was_tried_has_its_control(audited: AuditedBox) -> None:
    tried = [finding for finding in processes.look(audited) if finding.attacks]
    assert {finding.mechanism for finding in tried} == {Mechanism.MOUNT_VIEW, Mechanism.DUMPABLE}
    assert all(0 < finding.controls <= finding.attacks == finding.refused for finding in tried)


@pytest.mark.parametrize(("role", "mb_max"), [(Role.GATE, 25.0), (Role.UPLINK, 40.0)])
def test_what_decides_and_what_sends_stay_small_in_their_confinement(
    audited: AuditedBox, role: Role, mb_max: float
) -> None:
    rows = (
        Path(f"/proc/{processes_of(audited.supervisor_pid)[role]}/smaps_rollup")
        .read_text("ascii")
        .splitlines()
    )
    pss_mb = next(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1000
    print(f"the {role}: {pss_mb:.1f} MB PSS")  # noqa: T201 - the figure, for pytest -s
    assert pss_mb < mb_max


@pytest.mark.parametrize("role", [Role.SENSOR, Role.GATE])
def test_a_process_that_is_begun_anew_is_waited_for_and_none_of_it_falls(
    audited: AuditedBox, role: Role
) -> None:
    """Its filters were dumped from the one before it: that they are the same is not proven."""
    killed = processes_of(audited.supervisor_pid)[role]
    os.kill(killed, signal.SIGKILL)
    found: list[Finding] = []
    while processes_of(audited.supervisor_pid).get(role, killed) == killed or not found:
        found = processes.look(audited)
        assert [one for one in found if one.verdict is Verdict.FELL] == []
    assert {
        finding.name: finding.verdict
        for finding in processes.look(audited)
        if finding.name.startswith(f"{role}: ") and finding.verdict is not Verdict.PROVEN
    } == dict.fromkeys((f"{role}: seccomp filters", f"{role}: every thread"), Verdict.UNPROVEN)
