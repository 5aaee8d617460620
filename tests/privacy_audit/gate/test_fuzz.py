# SPDX-License-Identifier: Apache-2.0
"""Real gates, locked as the box's, with a liar at the other end of the channel."""

import os
from pathlib import Path

import pytest

from edge_agent.confinement.tables.policy import Role
from privacy_audit.finding import Mechanism, Verdict
from privacy_audit.gate import fuzz
from privacy_audit.oracles.records import RecordRules
from privacy_audit.target.companion import LockLikeness
from tests.privacy_audit.bare_box import bare_box


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_good_gate_takes_no_mutant_and_says_no_more_than_its_bound(folder: Path) -> None:
    mutants, throughput = fuzz.lie(bare_box(folder), rounds=6)
    # Without a box beside it nobody can say that its filters are the box's.
    assert (mutants.verdict, throughput.verdict) == (Verdict.UNPROVEN, Verdict.UNPROVEN)
    assert mutants.attacks == mutants.refused == fuzz.GATES * 6 * fuzz.MUTANTS_A_ROUND
    assert "0 accepted" in mutants.detail
    assert "bound printed 47.6, signed 47.645, recomputed 47.645" in throughput.detail


def test_a_gate_that_takes_more_than_the_law_allows_falls(folder: Path) -> None:
    stricter = RecordRules((200,), (200,))  # The gate's own tables go to 255.
    seen = fuzz.fuzz(bare_box(folder), stricter, folder / "fuzz", seed=1, rounds=1)
    [finding] = fuzz._fuzz_findings(seen)
    assert (finding.verdict, finding.mechanism) == (Verdict.FELL, Mechanism.GATE_SCHEMA)
    assert finding.refused < finding.attacks


def test_records_that_come_too_late_make_nothing_fall(folder: Path) -> None:
    # Half a second after a slot's end the gate has closed it: whoever speaks then is heard as if
    # nobody had spoken.
    late = fuzz.say_all(bare_box(folder).config, folder / "late", speak_at_s=fuzz.LIVE_SLOT_S + 0.6)
    assert late.wrong == ()
    assert len(late.late) == fuzz.LIVE_SLOTS
    finding = fuzz._throughput_finding(
        late, fuzz.law_of(bare_box(folder).config), likeness=LockLikeness.SAME
    )
    assert (finding.verdict, finding.timed) == (Verdict.UNPROVEN, True)


def test_a_gate_with_other_filters_than_the_box_falls_as_seccomp(folder: Path) -> None:
    box = bare_box(folder, filters={Role.GATE: {1: (b"another program",)}})
    found = fuzz.lie(box, rounds=2)
    fallen = [finding for finding in found if finding.verdict is Verdict.FELL]
    if os.geteuid() == 0:
        assert [finding.mechanism for finding in fallen] == [Mechanism.SECCOMP]
        return
    # The kernel hands filters out to root alone: what nobody has compared is neither the same nor
    # different.
    assert not fallen
    assert {finding.verdict for finding in found} == {Verdict.UNPROVEN}
    assert all("run the audit as root" in finding.detail for finding in found)
