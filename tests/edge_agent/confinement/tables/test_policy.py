# SPDX-License-Identifier: Apache-2.0
import pytest

from edge_agent.confinement.tables.policy import (
    NEVER,
    NOT_EVEN_THE_SUPERVISOR,
    SOCKETS,
    Role,
    Verdict,
    stage_a,
    stage_b,
    supervisor,
    twin,
    unknown_names,
)

ROLES = list(Role)


def test_every_name_in_the_tables_is_a_system_call() -> None:
    assert unknown_names() == set()


@pytest.mark.parametrize("role", ROLES)
def test_what_is_never_legitimate_is_allowed_in_no_stage(role: Role) -> None:
    for policy in (stage_a(role), stage_b(role, channel_fd=3, camera_fd=4)):
        assert [
            call.name
            for call in policy.calls
            if call.name in NEVER and call.verdict is not Verdict.KILL
        ] == []


@pytest.mark.parametrize("role", [Role.SENSOR, Role.GATE])
def test_sensor_and_gate_have_no_socket_in_any_stage(role: Role) -> None:
    for policy in (stage_a(role), stage_b(role)):
        verdicts = {call.name: call.verdict for call in policy.calls}
        assert {verdicts[name] for name in SOCKETS.split()} == {Verdict.KILL}


@pytest.mark.parametrize("role", ROLES)
def test_no_name_stands_twice_in_a_table(role: Role) -> None:
    # The program takes the first; a second one would be read and mean nothing.
    for policy in (stage_a(role), stage_b(role, channel_fd=3, camera_fd=4)):
        names = [call.name for call in policy.calls]
        assert sorted(name for name in set(names) if names.count(name) > 1) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_twin_differs_in_nothing_but_kill(role: Role) -> None:
    real = stage_b(role, channel_fd=3)
    spared = twin(real)
    assert [call.name for call in spared.calls] == [call.name for call in real.calls]
    assert [call.when for call in spared.calls] == [call.when for call in real.calls]
    for one, other in zip(real.calls, spared.calls, strict=True):
        assert other.verdict is (Verdict.EPERM if one.verdict is Verdict.KILL else one.verdict)
        assert other.otherwise is (
            Verdict.EPERM if one.otherwise is Verdict.KILL else one.otherwise
        )


def test_the_supervisors_table_leaves_it_what_it_needs_to_confine_the_others() -> None:
    needed = (
        "fork vfork clone clone3 execve mount umount2 pivot_root unshare setns setresuid setgroups "
        "ptrace socket prctl seccomp"
    )
    policy = supervisor()
    assert {call.name for call in policy.calls} & set(needed.split()) == set()
    assert {call.verdict for call in policy.calls} == {Verdict.KILL}
    assert policy.otherwise is Verdict.ALLOW


@pytest.mark.parametrize("role", ROLES)
def test_what_the_supervisor_may_not_its_children_may_not(role: Role) -> None:
    for policy in (
        stage_a(role),
        stage_b(role, channel_fd=3, camera_fd=4, reads=(5,), socket_fd=6),
    ):
        verdicts = {call.name: call.verdict for call in policy.calls}
        assert [
            name
            for name in NOT_EVEN_THE_SUPERVISOR
            if verdicts.get(name, policy.otherwise) is Verdict.ALLOW
        ] == []


def test_nothing_is_ever_logged() -> None:
    assert {verdict.name for verdict in Verdict} == {"ALLOW", "EPERM", "ENOSYS", "KILL"}
