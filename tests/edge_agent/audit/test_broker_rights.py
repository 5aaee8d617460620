# SPDX-License-Identifier: Apache-2.0
"""The table of attempts at the shipped broker; what it says of a broker that lets others in is in test_liars.py."""

from edge_agent.audit import broker_rights
from edge_agent.audit.box import AuditedBox
from edge_agent.audit.finding import Mechanism, Verdict


def test_at_the_shipped_broker_no_box_speaks_for_another(audited: AuditedBox) -> None:
    findings = broker_rights.look(audited)
    assert {finding.mechanism for finding in findings} == {Mechanism.ACL}
    assert {finding.verdict for finding in findings} == {Verdict.TWIN}
    assert sum(finding.attacks for finding in findings) > 50
    assert all(finding.refused == finding.attacks and finding.controls for finding in findings)
