# SPDX-License-Identifier: Apache-2.0
"""What carried is judged by who could read it, and what of."""

import numpy as np
import pytest

from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.pairs.carriers import CARRIERS
from privacy_audit.pairs.crew import OUTSIDER
from privacy_audit.pairs.means.sending import actions
from privacy_audit.pairs.trial import PairTrial, halves
from privacy_audit.pairs.verdicts import judge, machine

SLOTS, PID = 96, 4711
NAMES = [action.name for action in actions()]
ALL = {carrier.action for carrier in CARRIERS}
ENDED = tuple(action.name for action in actions() if action.ends_by)
OBJECTS, VIEW = "kernel objects and files", "what is shown of a process and of the machine"


def trial(
    receiver: str, shown: dict[str, str], *, ended: tuple[str, ...] = ENDED, absent: str = ""
) -> PairTrial:
    """A trial in which a receiver saw these observations follow these actions."""
    bits = (
        np.random.default_rng(5).integers(0, 2, (2 * SLOTS, len(NAMES))) * halves(SLOTS)
    ).astype(bool)
    seen = {name: bits[:, NAMES.index(action)] * 8.0 for name, action in shown.items()}
    heard = {} if absent else {receiver: seen}
    return PairTrial(
        bits, (0,) * len(NAMES), ended, heard, PID, 0.02, {receiver: absent} if absent else {}
    )


def judged(one: PairTrial, *, hidden: bool = False, control: set[str] = ALL) -> dict[str, Finding]:
    return {
        finding.name: finding
        for finding in judge("sensor", one, control, hidden=hidden, slots=SLOTS)
    }


@pytest.mark.parametrize("receiver", ["uplink", "gate", OUTSIDER])
def test_where_nothing_follows_every_carrier_counts_as_tried_refused_and_controlled(
    receiver: str,
) -> None:
    for finding in judged(trial(receiver, {})).values():
        assert (finding.verdict, finding.attacks) == (Verdict.TWIN, finding.refused)
        assert finding.attacks == finding.controls > 0


def test_an_object_that_carries_has_fallen_whoever_reads_it_and_is_named_with_its_rate() -> None:
    for receiver in ("uplink", OUTSIDER):
        finding = judged(trial(receiver, {"woken: FUTEX_WAKE": "futex: FUTEX_WAKE"}))[
            f"sensor and {receiver}: {OBJECTS}"
        ]
        assert (finding.verdict, finding.mechanism) == (Verdict.FELL, Mechanism.SHARED_OBJECTS)
        assert "futex: FUTEX_WAKE, seen by woken: FUTEX_WAKE: 50.0 bits a second" in finding.detail
        assert finding.refused == finding.attacks - 1


def test_what_is_shown_of_a_process_inside_the_box_has_fallen() -> None:
    finding = judged(trial("uplink", {f"{PID}/statm 0 0": "size of memory"}))[
        f"sensor and uplink: {VIEW}"
    ]
    assert (finding.verdict, finding.mechanism) == (Verdict.FELL, Mechanism.PROCESS_VIEW)
    assert "/proc/PID/statm" in finding.detail


def test_to_other_users_it_is_missing_without_hidepid_and_has_fallen_with_it() -> None:
    shown = trial(OUTSIDER, {f"{PID}/statm 0 0": "size of memory"})
    name = f"sensor and {OUTSIDER}: {VIEW}"
    assert judged(shown)[name].verdict is Verdict.UNPROVEN
    assert judged(shown)[name].detail.startswith("missing: ")
    assert judged(shown, hidden=True)[name].verdict is Verdict.FELL


def test_a_counter_of_the_machine_has_fallen_inside_the_box_and_is_listed_outside() -> None:
    shown = {"/proc/vmstat pgmajfault 1": "a page of a cold file"}
    assert judged(trial("uplink", shown))[f"sensor and uplink: {VIEW}"].verdict is Verdict.FELL
    outside = trial(OUTSIDER, shown)
    assert {finding.verdict for finding in judged(outside).values()} == {Verdict.TWIN}
    assert [one.observation for _, one in machine([("sensor", outside)], slots=SLOTS)] == [
        "/proc/vmstat pgmajfault 1"
    ]


def test_a_call_made_without_an_idea_that_carries_has_fallen_too() -> None:
    found = judged(trial("gate", {"record pipe: size": "call: fcntl"}))[
        f"sensor and gate: {OBJECTS}"
    ]
    assert (found.verdict, "call: fcntl" in found.detail) == (Verdict.FELL, True)


def test_the_record_pipe_itself_is_the_channel_that_is_meant() -> None:
    found = judged(trial("gate", {"record pipe: bytes in it": "context switches"}))
    assert {finding.verdict for finding in found.values()} == {Verdict.TWIN}


def test_a_filter_that_does_not_stop_a_call_has_fallen_though_nobody_made_it() -> None:
    found = judged(trial("uplink", {}, ended=ENDED[1:]))[f"sensor and uplink: {OBJECTS}"]
    assert (found.verdict, ENDED[0] in found.detail) == (Verdict.FELL, True)


def test_a_carrier_without_a_control_is_unproven_and_named() -> None:
    found = judged(trial("uplink", {}), control=ALL - {"flock"})[f"sensor and uplink: {OBJECTS}"]
    assert (found.verdict, "flock" in found.detail) == (Verdict.UNPROVEN, True)


def test_a_receiver_that_did_not_come_up_is_unproven_with_its_reason() -> None:
    [found] = judged(trial("gate", {}, absent="not locked within 60 s")).values()
    assert (found.verdict, found.detail) == (Verdict.UNPROVEN, "not locked within 60 s")
