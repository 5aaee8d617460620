# SPDX-License-Identifier: Apache-2.0
"""Reading filters for a process that has one itself, and what such a process may then still do."""

import os
import subprocess
import sys

import pytest

from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.bpf import compile_policy, pack
from edge_agent.confinement.kernel.filter_reader import FilterReader
from edge_agent.confinement.kernel.seccomp_programs import read_filters
from edge_agent.confinement.tables.policy import Role, stage_a, stage_b, supervisor

needs_root = pytest.mark.skipif(
    not namespaces.may_separate(), reason="only root may read another's filters"
)
SLEEPER = """
import sys
from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role
lock.begin(Role.GATE)
lock.close(Role.GATE)
print("locked", flush=True)
sys.stdin.read()
"""
# What the supervisor does with its children, in one process: lock itself, start one, measure it.
MEASURING = f"""
import subprocess, sys
from edge_agent.confinement import lock
from edge_agent.confinement.kernel.filter_reader import FilterReader
from edge_agent.confinement.kernel.seccomp_programs import read_filters
from edge_agent.confinement.probe import Expected, measure
from edge_agent.confinement.tables.policy import Role
reader = FilterReader()
lock.close_supervisor()
pipe = subprocess.PIPE
child = subprocess.Popen([sys.executable, "-I", "-c", {SLEEPER!r}], stdin=pipe, stdout=pipe)
child.stdout.readline()
[dumped] = reader.read(child.pid).values()
print(len(dumped), read_filters(child.pid) is None)
seen = measure(child.pid, Expected(Role.GATE, None), reader.read)
print(seen.level, "filters of every thread are those of the tables" in seen.evidence)
print("seccomp, both stages, on every thread" in seen.evidence)
child.communicate()
reader.close()
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False, timeout=120
    )


@needs_root
def test_it_reads_what_can_be_read_without_a_filter() -> None:
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", SLEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()
    reader = FilterReader()
    try:
        direct = read_filters(child.pid)
        if direct is None:
            pytest.skip("this kernel does not hand out filters")
        assert reader.read(child.pid) == direct
        child.communicate()
        with pytest.raises(ProcessLookupError):
            reader.read(child.pid)
        # It goes on after a question that had no answer.
        assert reader.read(os.getpid()) == {
            int(thread): ()
            for thread in os.listdir("/proc/self/task")  # noqa: PTH208 - names
        }
    finally:
        reader.close()


@needs_root
def test_a_locked_supervisor_measures_its_children_down_to_the_filters_bytes() -> None:
    done = run(MEASURING)
    assert done.stderr == ""
    # Three filters: the supervisor's own, which is inherited, and the two stages.
    if done.stdout.startswith("3 False"):
        pytest.skip("this kernel hands filters to anyone")
    assert done.stdout.splitlines() == ["3 True", "process True", "True"]


@needs_root
def test_what_a_child_inherits_is_the_supervisors_table() -> None:
    code = MEASURING.replace(
        "print(len(dumped)",
        "sys.stdout.buffer.write(b''.join(dumped))\nsys.exit()\nprint(len(dumped)",
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, check=False, timeout=120
    )
    machine = os.uname().machine
    wanted = (supervisor(), stage_a(Role.GATE), stage_b(Role.GATE))
    assert done.stdout == b"".join(pack(compile_policy(policy, machine)) for policy in wanted)


def test_it_ends_when_nobody_asks_any_more() -> None:
    reader = FilterReader()
    process = reader._process
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0
    reader.close()
