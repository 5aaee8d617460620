# SPDX-License-Identifier: Apache-2.0
"""Pairs of real processes: without the wall every carrier of the table carries.

Behind it none does, and refusals are refusals.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.tables.policy import Role
from privacy_audit.finding import Finding, Verdict
from privacy_audit.pairs import look, others, verdicts
from privacy_audit.pairs.carriers import CARRIERS, OF_ACTION, CarrierKind
from privacy_audit.pairs.crew import OUTSIDER
from privacy_audit.pairs.disk import folder_on_disk
from privacy_audit.pairs.means import kept
from privacy_audit.pairs.means.sending import actions
from privacy_audit.pairs.trial import PAIRS, SETTLE_S, SLOTS, PairTrial, run

pytestmark = pytest.mark.skipif(
    not namespaces.may_separate(),
    reason="only root gives processes the users and namespaces of a box's",
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that other users may enter, which those of pytest are not."""
    with tempfile.TemporaryDirectory(dir=folder_on_disk()) as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture(scope="module")
def control(folder: Path) -> set[str]:
    carries = look.carried_without(folder)
    assert isinstance(carries, set), carries
    return carries


@pytest.fixture(scope="module")
def trial(folder: Path) -> PairTrial:
    return run(folder / "walled", Role.SENSOR, PAIRS[Role.SENSOR], walled=True)


@pytest.fixture(scope="module")
def findings(trial: PairTrial, control: set[str]) -> dict[str, Finding]:
    found = verdicts.judge("sensor", trial, control, hidden=others.hides_processes(), slots=SLOTS)
    return {finding.name: finding for finding in found}


def test_without_the_wall_every_carrier_of_the_table_carries(control: set[str]) -> None:
    assert sorted(set(OF_ACTION) - control) == []


def test_each_of_several_receivers_sees_by_every_look_what_one_alone_would_see(
    folder: Path,
) -> None:
    # Who asks for a page without waiting brings it into memory; who wakes a waiter leaves none for
    # the next.
    receivers = (Role.UPLINK, Role.GATE)
    only = frozenset(
        carrier.action
        for carrier in CARRIERS
        if carrier.kind is not CarrierKind.VIEW and carrier.looks
    )
    trial = run(
        folder / "several", Role.SENSOR, receivers, walled=False, settle_s=4 * SETTLE_S, only=only
    )
    wanted = {
        (carrier.action, look)
        for carrier in CARRIERS
        if carrier.action in only
        for look in carrier.looks
    }
    of_the_gate = {(action, look) for action, look in wanted if look.startswith("record pipe")}
    unseen = {}
    for receiver in map(str, receivers):
        read = {
            (one.action, one.observation) for one in verdicts.followed(trial, receiver, slots=SLOTS)
        }
        unseen[receiver] = sorted(
            wanted - read - (set() if receiver == str(Role.GATE) else of_the_gate)
        )
    assert unseen == {str(receiver): [] for receiver in receivers}


def test_behind_the_wall_nothing_carries_inside_the_box(findings: dict[str, Finding]) -> None:
    inside = [
        finding
        for name, finding in findings.items()
        if name.startswith(("sensor and uplink", "sensor and gate", "sensor and feeder"))
    ]
    assert len(inside) == 6
    assert [
        (finding.name, finding.detail) for finding in inside if finding.verdict is not Verdict.TWIN
    ] == []
    assert all(finding.attacks == finding.refused == finding.controls > 0 for finding in inside)


def test_no_kernel_object_and_no_file_carries_to_anyone_on_the_machine(
    findings: dict[str, Finding],
) -> None:
    fallen = [
        (finding.name, finding.detail)
        for finding in findings.values()
        if finding.verdict is Verdict.FELL
    ]
    assert fallen == []


def test_what_is_refused_to_the_sensor_is_refused_by_its_filter(trial: PairTrial) -> None:
    refused = {
        action.name for action, failed in zip(actions(), trial.refused, strict=True) if failed
    }
    assert {
        "futex: FUTEX_WAKE",
        "futex: FUTEX_WAIT",
        "flock",
        "the signal mask",
        "nice",
        "threads that begin",
    } <= refused
    assert set(trial.ended) == {action.name for action in actions() if action.ends_by}


def test_another_user_looked_at_more_than_the_list(trial: PairTrial) -> None:
    assert len(trial.heard[OUTSIDER]) > 500


def test_the_lock_refuses_to_close_over_a_mapping_that_could_be_written(folder: Path) -> None:
    finding = kept.look(folder, "pairs")
    assert (finding.verdict, finding.attacks, finding.controls) == (Verdict.TWIN, 2, 2), (
        finding.detail
    )
