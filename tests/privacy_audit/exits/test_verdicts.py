# SPDX-License-Identifier: Apache-2.0
import errno
import struct
from dataclasses import replace

import pytest

from edge_agent.confinement.kernel.bpf import compile_policy, pack
from edge_agent.confinement.tables.policy import Role, stage_a, stage_b
from privacy_audit.exits.attacks.attack import Sign
from privacy_audit.exits.verdicts import (
    NO_ANSWER,
    OLDER_THREADS,
    SPARED,
    Attempt,
    ExitTrial,
    Tried,
    compare,
    judge,
    spare,
)
from privacy_audit.finding import Mechanism, Verdict

WORKED, REFUSED = Attempt(0, (str(Sign.FILES),), told=False), Attempt(errno.EPERM, (), told=False)
GOOD = Tried(
    "files", "open", str(Sign.FILES), by_secret=False, free=WORKED, locked=REFUSED, early=None
)
PRODUCTION = tuple(
    pack(compile_policy(policy, "x86_64"))
    for policy in (stage_a(Role.SENSOR), stage_b(Role.SENSOR, channel_fd=8))
)
TWINS = tuple(spare(program).hex() for program in PRODUCTION)


def verdict(*tried: Tried, difference: str = "") -> tuple[Verdict, Mechanism]:
    (_, finding) = judge(ExitTrial(tried, 3, (TWINS,)), difference, frames_wanted=3)
    return finding.verdict, finding.mechanism


def test_refused_with_a_control_is_proven_on_the_twin() -> None:
    assert verdict(GOOD) == (Verdict.TWIN, Mechanism.SECCOMP)


@pytest.mark.parametrize(
    "locked",
    [
        WORKED,
        replace(WORKED, errno=errno.EPERM),  # told that it was refused, and yet something was seen
        Attempt(
            errno.EPERM, (str(Sign.SYSTEM),), told=False
        ),  # seen elsewhere than where the attack would show
        Attempt(0, (), told=True),
    ],
)
def test_any_sign_from_the_lock_is_a_fall(locked: Attempt) -> None:
    assert verdict(replace(GOOD, locked=locked)) == (Verdict.FELL, Mechanism.SECCOMP)
    assert verdict(replace(GOOD, early=locked)) == (Verdict.FELL, Mechanism.SECCOMP)


def test_an_older_thread_that_gets_out_names_the_missing_synchronisation() -> None:
    assert verdict(replace(GOOD, exit_class=OLDER_THREADS, locked=WORKED)) == (
        Verdict.FELL,
        Mechanism.TSYNC,
    )


def test_where_the_first_thread_gets_out_too_it_is_the_filter() -> None:
    both = (replace(GOOD, exit_class=OLDER_THREADS, locked=WORKED), replace(GOOD, locked=WORKED))
    findings = judge(ExitTrial(both, 3, (TWINS,)), "", frames_wanted=3)
    assert {finding.mechanism for finding in findings} == {Mechanism.SECCOMP}


def test_a_refusal_without_a_working_control_proves_nothing() -> None:
    assert verdict(replace(GOOD, free=Attempt(errno.EINVAL, (), told=False)))[0] is Verdict.UNPROVEN


def test_a_control_that_works_by_another_sign_is_none() -> None:
    assert (
        verdict(replace(GOOD, free=Attempt(0, (str(Sign.STATUS),), told=False)))[0]
        is Verdict.UNPROVEN
    )


def test_what_this_kernel_does_not_have_neither_counts_nor_harms() -> None:
    absent = replace(GOOD, name="other", free=Attempt(errno.ENOSYS, (), told=False))
    _, finding = judge(ExitTrial((GOOD, absent), 3, (TWINS,)), "", frames_wanted=3)
    assert (finding.verdict, finding.attacks, finding.refused, finding.controls) == (
        Verdict.TWIN,
        1,
        1,
        1,
    )
    assert verdict(absent)[0] is Verdict.UNPROVEN


def test_what_was_not_tried_in_the_lock_is_not_called_refused() -> None:
    spared = replace(GOOD, exit_class="other architectures' calls", free=SPARED, locked=SPARED)
    assert verdict(spared)[0] is Verdict.UNPROVEN


def test_a_twin_that_ends_has_shown_nothing() -> None:
    assert (
        verdict(
            replace(GOOD, locked=Attempt(NO_ANSWER, (str(Sign.LIFE), str(Sign.FILES)), told=False))
        )[0]
        is Verdict.UNPROVEN
    )


def test_a_twin_that_cannot_count_any_more_is_not_the_sensor() -> None:
    twin, _ = judge(ExitTrial((GOOD,), 2, (TWINS,)), "", frames_wanted=3)
    assert twin.verdict is Verdict.UNPROVEN


def test_the_twins_programs_must_be_the_sensors_but_for_the_kill() -> None:
    trial = ExitTrial((GOOD,), 3, (TWINS, TWINS))
    assert (
        compare(trial, [PRODUCTION, (b"\x06\0\0\0\0\0\xff\x7f", *PRODUCTION)]) == ""
    )  # one more from whoever started it
    assert compare(trial, [PRODUCTION, PRODUCTION[:1]]) == "differ"
    assert compare(replace(trial, filters=(TWINS, TWINS[:1])), [PRODUCTION]) == "differ"
    # Another channel than the sensor's is another program.
    other = pack(compile_policy(stage_b(Role.SENSOR, channel_fd=9), "x86_64"))
    assert compare(trial, [(PRODUCTION[0], other)]) == "differ"
    assert verdict(GOOD, difference="differ")[0] is Verdict.UNPROVEN
    assert judge(trial, "differ", frames_wanted=3)[0].verdict is Verdict.FELL


def test_what_could_not_be_compared_is_unproven() -> None:
    reason = compare(ExitTrial((GOOD,), 3, ()), [PRODUCTION])
    assert "as root" in reason
    assert compare(ExitTrial((GOOD,), 3, (TWINS,)), None) == reason
    assert verdict(GOOD, difference=reason)[0] is Verdict.UNPROVEN


def test_sparing_changes_the_refusal_and_nothing_else() -> None:
    for program in PRODUCTION:
        changed = [
            (before, after)
            for before, after in zip(
                struct.iter_unpack("<HBBI", program),
                struct.iter_unpack("<HBBI", spare(program)),
                strict=True,
            )
            if before != after
        ]
        assert changed
        assert set(changed) == {((0x06, 0, 0, 0x80000000), (0x06, 0, 0, 0x00050001))}
