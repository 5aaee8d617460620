# SPDX-License-Identifier: Apache-2.0
"""A process confined like the gate, but for the one mechanism that it is told to leave out.

Usage: confined.py LEAVE_OUT STORE LOCKED GO. It takes the production code's own steps; what is left
out is not called, or called with less. As no root it leaves out whatever only root can do.
"""

import mmap
import os
import resource
import sys
import threading

from edge_agent.confinement import appearance, lock
from edge_agent.confinement.kernel import landlock, namespaces
from edge_agent.confinement.kernel.bpf import compile_policy, pack
from edge_agent.confinement.kernel.calls import PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, Kernel
from edge_agent.confinement.kernel.namespaces import User, View
from edge_agent.confinement.kernel.seccomp import SECCOMP_SET_MODE_FILTER, _FilterProgram, install
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import (
    PR_SET_NAME,
    Policy,
    Role,
    Verdict,
    stage_a,
    stage_b,
)

USER = User(visible_files.GATE_UID, visible_files.GATE_UID, (visible_files.OUTBOX_GID,))
SPACES = {
    "own namespace mnt": namespaces.NEW_MOUNTS,
    "own namespace uts": namespaces.NEW_UTS,
    "own namespace ipc": namespaces.NEW_IPC,
    "own namespace net": namespaces.NEW_NETWORK,
}


def main(left_out: str, store: str, locked_fd: int, go_fd: int) -> None:
    kernel = Kernel()
    view = visible_files.gate_view(store=store, keys=())
    if namespaces.may_separate():
        surround(kernel, view, left_out)
    if left_out != "no new privileges":
        kernel.demand("test", "prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        readable = namespaces.existing((*view.readable, "/proc"))
        devices = namespaces.existing(view.devices)
        if (
            left_out != "own namespace mnt"
        ):  # else the store's folder is one that its user cannot reach
            landlock.restrict(
                kernel, readable=readable, writable=(store,), devices=devices, network=False
            )
    waiting = threading.Event()
    if left_out == "TSYNC":
        threading.Thread(target=waiting.wait, daemon=True).start()
    # Made before the lock, and kept to the end.
    shared = None
    if left_out in (
        "no shared writable memory but its own",
        "shared memory that one call makes writable",
    ):
        may_write_now = left_out == "no shared writable memory but its own"
        shared = mmap.mmap(
            -1, 4096, prot=mmap.PROT_READ | (mmap.PROT_WRITE if may_write_now else 0)
        )
    elif left_out == "memory merged with that of others":
        merged = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        merged.madvise(mmap.MADV_MERGEABLE)
    close(kernel, left_out)
    lock.wait_for_go(locked_fd, go_fd)
    if shared is not None:
        shared.close()


def surround(kernel: Kernel, view: View, left_out: str) -> None:
    spaces = sum(flag for name, flag in SPACES.items() if name != left_out)
    kernel.demand("test", "unshare", spaces)
    if left_out == "no writable mount but its own":
        view = View(view.readable, (*view.writable, "/dev/shm"), view.secrets, view.devices)  # noqa: S108 - the very place
    if left_out != "own namespace mnt":
        namespaces.enter_view(kernel, view, USER)
    if left_out == "no capability":
        # The user changes, what he may do stays.
        kernel.demand("test", "prctl", 8, 1, 0, 0, 0)
    if left_out not in ("a user of its own", "no new privileges"):
        if left_out == "no capability":
            os.setgroups(USER.groups)
            os.setresgid(USER.gid, USER.gid, USER.gid)
            os.setresuid(USER.uid, USER.uid, USER.uid)
        else:
            namespaces.become(kernel, USER)


def close(kernel: Kernel, left_out: str) -> None:
    if left_out != "not dumpable":
        kernel.demand("test", "prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    else:
        # Becoming another user has switched it off already.
        kernel.demand("test", "prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
    appear(kernel, left_out)
    if left_out != "limits of the table":
        lock.limit(Role.GATE)
    else:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    first, second = stage_a(Role.GATE), stage_b(Role.GATE)
    if left_out == "filters of every thread are those of the tables":
        second = Policy("open", (), Verdict.ALLOW)
    for policy in (first, second):
        if left_out == "seccomp, both stages, on every thread" and policy is second:
            continue
        program = compile_policy(policy, kernel.machine)
        if left_out == "TSYNC":
            kernel.demand(
                "test",
                "seccomp",
                SECCOMP_SET_MODE_FILTER,
                0,
                _FilterProgram(len(program), pack(program)),
            )
        elif left_out == "no new privileges":
            kernel.demand(
                "test",
                "seccomp",
                SECCOMP_SET_MODE_FILTER,
                1,
                _FilterProgram(len(program), pack(program)),
            )
        else:
            install(kernel, program)


def appear(kernel: Kernel, left_out: str) -> None:
    """Be seen as a gate is; without one of the two, as one that took on the other only."""
    if left_out != "no arguments and no environment in sight":
        appearance.take_on(kernel, Role.GATE)
    name = "python3" if left_out == "a fixed name of every thread" else appearance.word(Role.GATE)
    kernel.demand("test", "prctl", PR_SET_NAME, name.encode(), 0, 0, 0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
