# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from edge_agent.confinement.kernel.seccomp_programs import read_filters
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.process_settings import SlotSettings
from privacy_audit.finding import Verdict
from privacy_audit.oracles.records import IMAGE_QUALITY, LINE, ZONE, pack
from privacy_audit.target.box import is_root
from privacy_audit.target.companion import GateBeside, LockLikeness, other_filters
from tests.privacy_audit.bare_box import bare_box

SLOTS = SlotSettings(origin_s=0.0, length_s=60, replay=True)


def test_a_gate_beside_the_box_signs_what_it_is_told_and_ends_with_its_channel(
    tmp_path: Path,
) -> None:
    box = bare_box(tmp_path)
    with GateBeside(box.config, tmp_path, slots=SLOTS, rule="exact", parameters=()) as gate:
        for slot in (0, 1):
            for sequence, (source, values) in enumerate(
                {
                    (LINE, 0): (3 + slot, 1, 0, 0),
                    (ZONE, 0): (2, 4, 1, 1),
                    (IMAGE_QUALITY, 0): (0, 3, 1, 0),
                }.items()
            ):
                assert gate.write(pack(source, slot, sequence, values))
        gate.end_channel()
        assert gate.wait_ended()
        entries = gate.entries()
    assert [entry.channel for entry in entries] == ["meta", "report", "report"]
    assert [entry.payload["lines"][0]["in"] for entry in entries[1:]] == [3, 4]
    assert not gate.running()


@pytest.mark.skipif(not is_root(), reason="the kernel shows filters to root only")
def test_two_gates_of_one_config_are_locked_alike(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    config = bare_box(tmp_path).config
    with GateBeside(config, one, slots=SLOTS, rule="exact", parameters=()) as gate:
        box = bare_box(
            tmp_path, filters={Role.GATE: read_filters(gate.pid)}, pids={Role.GATE: gate.pid}
        )
        with GateBeside(config, other, slots=SLOTS, rule="exact", parameters=()) as twin:
            assert twin.likeness(box) is LockLikeness.SAME
            unlike = bare_box(
                tmp_path,
                filters={Role.GATE: {1: (b"no such program",)}},
                pids={Role.GATE: gate.pid},
            )
            assert twin.likeness(unlike) is LockLikeness.OTHER
            assert twin.likeness(bare_box(tmp_path)) is LockLikeness.UNSEEN
    assert LockLikeness.UNSEEN.verdict is Verdict.UNPROVEN
    assert [finding.verdict for finding in other_filters("a part", LockLikeness.OTHER)] == [
        Verdict.FELL
    ]
    assert other_filters("a part", LockLikeness.SAME) == []


def test_a_gate_that_does_not_start_is_an_error_with_its_own_words(tmp_path: Path) -> None:
    with (
        pytest.raises(ProcessError, match="not a rule"),
        GateBeside(
            bare_box(tmp_path).config, tmp_path, slots=SLOTS, rule="not a rule", parameters=()
        ),
    ):
        pass
