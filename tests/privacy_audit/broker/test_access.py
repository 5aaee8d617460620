# SPDX-License-Identifier: Apache-2.0
"""The table of attempts at the shipped broker.

What it says of a broker that lets others in is in test_liars.py.
"""

from privacy_audit.broker import access
from privacy_audit.finding import Mechanism, Verdict
from privacy_audit.target.box import AuditedBox


def test_at_the_shipped_broker_no_box_speaks_for_another(audited: AuditedBox) -> None:
    findings = access.look(audited)
    assert {finding.mechanism for finding in findings} == {Mechanism.ACL}
    assert {finding.verdict for finding in findings} == {Verdict.TWIN}
    assert sum(finding.attacks for finding in findings) > 50
    assert all(finding.refused == finding.attacks and finding.controls for finding in findings)
