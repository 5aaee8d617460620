# SPDX-License-Identifier: Apache-2.0
"""The measurement of the running processes; what it says of processes that are not locked is in test_liars.py."""

import os

import pytest

from edge_agent.audit import processes
from edge_agent.audit.box import AuditedBox
from edge_agent.audit.finding import Mechanism, Verdict

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can prove all of it; run as root")
MEASURED = {
    Mechanism.SECCOMP, Mechanism.TSYNC, Mechanism.UID, Mechanism.NAMESPACES, Mechanism.MOUNT_VIEW, Mechanism.DUMPABLE,
    Mechanism.RLIMITS, Mechanism.DESCRIPTORS,
}  # fmt: skip


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
