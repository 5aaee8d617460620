# SPDX-License-Identifier: Apache-2.0
"""What the measurement from outside sees, and that it sees each mechanism that is missing."""

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import wire_contract.messages.report
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.bpf import compile_policy, pack
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.seccomp_programs import read_filters
from edge_agent.confinement.probe import Expected, Measured, measure, require, weakest
from edge_agent.confinement.tables.policy import Role, stage_a, stage_b
from edge_agent.errors import ProcessError
from tests.edge_agent.confinement.confined import USER
from wire_contract.messages.report import Level

PROGRAM = Path(__file__).with_name("confined.py")
ROOT = namespaces.may_separate()
needs_root = pytest.mark.skipif(
    not ROOT, reason="only root can give a process a user and namespaces of its own"
)
OF_PROCESS = (
    "seccomp, both stages, on every thread",
    "no new privileges",
    "not dumpable",
    "limits of the table",
    "a fixed name of every thread",
    "no arguments and no environment in sight",
)
OF_STANDARD = (
    "a user of its own",
    "no capability",
    "own namespace mnt",
    "own namespace pid",
    "own namespace ipc",
    "own namespace uts",
    "own namespace net",
    "no writable mount but its own",
)


@contextlib.contextmanager
def confined(folder: Path, left_out: str) -> Iterator[int]:
    """Run the process until it is locked, and end it afterwards."""
    store = folder / "store"
    store.mkdir(exist_ok=True)
    if ROOT:
        namespaces.hand_over(str(store), user=USER, mode=0o700, file_mode=0o600)
    locked_out, locked_in = os.pipe()
    go_out, go_in = os.pipe()
    command = [sys.executable, "-I", PROGRAM, left_out, store, str(locked_in), str(go_out)]
    own = (
        namespaces.own_processes(Kernel())
        if ROOT and left_out != "own namespace pid"
        else contextlib.nullcontext()
    )
    with own:
        process = subprocess.Popen(command, pass_fds=(locked_in, go_out))
    for descriptor in (locked_in, go_out):
        os.close(descriptor)
    try:
        assert select.select([locked_out], [], [], 30.0)[0]
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.fail(f"ended before it was locked, with {process.wait(0.2)}")
        yield process.pid
    finally:
        os.close(locked_out)
        os.close(go_in)
        process.wait(30)


def measured(folder: Path, left_out: str = "nothing") -> Measured:
    with confined(folder, left_out) as pid:
        return measure(
            pid, Expected(Role.GATE, USER if ROOT else None, writable=(str(folder / "store"),))
        )


@needs_root
def test_a_process_with_every_mechanism_is_standard_and_lacks_nothing(tmp_path: Path) -> None:
    seen = measured(tmp_path)
    assert (seen.level, seen.missing) == (Level.STANDARD, ())
    assert {*OF_PROCESS, *OF_STANDARD} <= set(seen.evidence)


@needs_root
@pytest.mark.parametrize("mechanism", OF_STANDARD)
def test_without_one_of_roots_mechanisms_the_level_falls_to_process_and_names_it(
    tmp_path: Path, mechanism: str
) -> None:
    seen = measured(tmp_path, mechanism)
    assert seen.level is Level.PROCESS
    assert mechanism in seen.missing


@needs_root
@pytest.mark.parametrize("mechanism", OF_PROCESS)
def test_without_a_lock_of_its_own_a_process_is_unconfined_and_it_is_named(
    tmp_path: Path, mechanism: str
) -> None:
    seen = measured(tmp_path, mechanism)
    assert seen.level is Level.UNCONFINED
    assert mechanism in seen.missing


@needs_root
def test_where_no_numbers_of_its_own_are_wanted_a_proc_that_hides_will_do(tmp_path: Path) -> None:
    with confined(tmp_path, "own namespace pid") as pid:
        seen = measure(
            pid, Expected(Role.GATE, USER, writable=(str(tmp_path / "store"),), own_numbers=False)
        )
    assert seen.level is Level.STANDARD
    assert "processes of other users out of sight" in seen.evidence


@needs_root
def test_a_proc_that_shows_everybody_is_seen() -> None:
    process = subprocess.Popen([sys.executable, "-I", "-c", "input()"], stdin=subprocess.PIPE)
    seen = measure(process.pid, Expected(Role.GATE, USER, own_numbers=False))
    process.communicate(b"\n")
    assert "processes of other users out of sight" in seen.missing


@needs_root
def test_a_thread_that_the_lock_left_out_is_seen(tmp_path: Path) -> None:
    seen = measured(tmp_path, "TSYNC")
    assert seen.level is Level.UNCONFINED
    assert "seccomp, both stages, on every thread" in seen.missing


@needs_root
def test_a_filter_that_is_not_ours_is_seen_though_their_number_is_right(tmp_path: Path) -> None:
    with confined(tmp_path, "nothing") as pid:
        if read_filters(pid) is None:
            pytest.skip("this kernel does not hand out filters")
    seen = measured(tmp_path, "filters of every thread are those of the tables")
    assert seen.level is Level.UNCONFINED
    assert seen.missing == ("filters of every thread are those of the tables",)


@needs_root
@pytest.mark.parametrize(
    "left_out",
    [
        "no shared writable memory but its own",
        "shared memory that one call makes writable",
        "memory merged with that of others",
    ],
)
def test_shared_memory_from_before_the_lock_is_seen(tmp_path: Path, left_out: str) -> None:
    if left_out == "memory merged with that of others" and not Path("/sys/kernel/mm/ksm").exists():
        pytest.skip("this kernel merges no pages")
    seen = measured(tmp_path, left_out)
    assert seen.level is Level.UNCONFINED
    assert seen.missing == ("no shared writable memory but its own",)


@needs_root
def test_the_filters_come_back_byte_for_byte_from_every_thread(tmp_path: Path) -> None:
    with confined(tmp_path, "nothing") as pid:
        dumped = read_filters(pid)
        if dumped is None:
            pytest.skip("this kernel does not hand out filters")
        wanted = tuple(
            pack(compile_policy(policy, os.uname().machine))
            for policy in (stage_a(Role.GATE), stage_b(Role.GATE))
        )
        assert {filters[-2:] for filters in dumped.values()} == {wanted}
        assert set(dumped) == {int(path.name) for path in Path(f"/proc/{pid}/task").iterdir()}


@pytest.mark.skipif(ROOT, reason="as root the level is higher")
def test_without_root_a_locked_process_is_process(tmp_path: Path) -> None:
    seen = measured(tmp_path)
    assert seen.level is Level.PROCESS
    assert set(OF_PROCESS) <= set(seen.evidence)


def test_a_process_that_never_locked_itself_is_unconfined() -> None:
    process = subprocess.Popen([sys.executable, "-I", "-c", "input()"], stdin=subprocess.PIPE)
    seen = measure(process.pid, Expected(Role.SENSOR, None))
    process.communicate()
    assert seen.level is Level.UNCONFINED


def test_a_process_that_has_gone_is_an_error_that_says_so() -> None:
    process = subprocess.Popen([sys.executable, "-I", "-c", ""])
    process.wait()
    with pytest.raises(ProcessError, match="ended before it could be measured"):
        measure(process.pid, Expected(Role.SENSOR, None))


def test_the_words_of_the_level_are_those_of_the_report() -> None:
    assert [level.value for level in Level] == [
        level.value for level in wire_contract.messages.report.Level
    ]


@pytest.mark.parametrize(
    ("level", "minimum", "enough"),
    [
        ("standard", "process", True),
        ("process", "process", True),
        ("full", "standard", True),
        ("process", "standard", False),
        ("unconfined", "process", False),
        ("unconfined", "unconfined", False),
        ("network-camera", "network-camera", True),
        ("network-camera", "standard", False),
    ],
)
def test_a_level_below_the_minimum_is_refused(level: str, minimum: str, enough: bool) -> None:  # noqa: FBT001 - a column
    with (
        contextlib.nullcontext()
        if enough
        else pytest.raises(ProcessError, match=f"level {level}.*{minimum} or better")
    ):
        require(level, minimum, missing=("a user of its own",))


def test_the_weakest_of_several_levels() -> None:
    assert weakest((Level.STANDARD, Level.PROCESS, Level.FULL)) is Level.PROCESS
