# SPDX-License-Identifier: Apache-2.0
"""A mapping of a file that is kept through the lock.

Writing to it needs no call, so the lock must refuse to close over it.

Run by `look` in a process of its own, with the production lock or without it as the control:
`python -I -m privacy_audit.pairs.means.kept CASE locked|free FILE LOCKED ORDERS ANSWERS`, the last
four being descriptors.
"""

import contextlib
import ctypes
import mmap
import os
import select
import subprocess
import sys
from pathlib import Path

from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.pairs.means.hands import PAGE, Hands, MeetingPlaces

NAME = "a mapping that is kept through the lock"
SUBJECT = "the production lock, in processes of its own"
CASES = {"shared and written": 3, "shared and read, of a file opened for writing": 1}
"""What may be done to the mapping before the lock: PROT_READ and PROT_WRITE."""
LOOT = b"loot"
DONE = b"done".ljust(64, b".")
NOT_LOCKED_EXIT = 5
WITHIN_S = 60.0


def look(folder: Path, part: str) -> Finding:
    """Try each case, locked and free."""
    started = {
        (case, wall): _start(folder, case, wall) for case in CASES for wall in ("free", "locked")
    }
    got = {key: _outcome(*one) for key, one in started.items()}
    faults = [
        f"{case}: its file was written to behind the lock"
        for case in CASES
        if got[case, "locked"][0]
    ]
    faults += [
        f"{case}: the lock closed over it" for case in CASES if got[case, "locked"] == (False, 0)
    ]
    controls = sum(got[case, "free"][0] for case in CASES)
    odd = [case for case in CASES if got[case, "locked"][1] not in (0, NOT_LOCKED_EXIT)]
    if faults:
        verdict, detail = Verdict.FELL, "; ".join(faults)
    elif controls < len(CASES) or odd:
        verdict, detail = (
            Verdict.UNPROVEN,
            (
                f"{controls} of {len(CASES)} controls wrote to their file; ended oddly: "
                f"{odd or 'none'}"
            ),
        )
    else:
        verdict, detail = (
            Verdict.TWIN,
            "the lock refuses to close over a mapping that is shared and could be written",
        )
    held = len(CASES) - len({fault.partition(":")[0] for fault in faults})
    return Finding(
        part, NAME, Mechanism.SHARED_OBJECTS, SUBJECT, verdict, detail, len(CASES), held, controls
    )


def _start(
    folder: Path, case: str, wall: str
) -> tuple[Path, subprocess.Popen[bytes], int, tuple[int, ...]]:
    file = folder / f"kept {case} {wall}"
    file.write_bytes(bytes(PAGE))
    loot = os.open(file, os.O_RDWR)
    answers_out, answers_in = os.pipe2(os.O_DIRECT)
    locked_out, locked_in = os.pipe()
    orders_out, orders_in = os.pipe()
    handed = (loot, locked_in, orders_out, answers_in)
    command = [
        sys.executable,
        "-I",
        "-m",
        "privacy_audit.pairs.means.kept",
        case,
        wall,
        *map(str, handed),
    ]
    process = subprocess.Popen(  # noqa: S603 - our own module
        command,
        pass_fds=handed,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    for descriptor in handed:
        os.close(descriptor)
    return file, process, answers_out, (answers_out, locked_out, orders_in)


def _outcome(
    file: Path, process: subprocess.Popen[bytes], answers: int, opened: tuple[int, ...]
) -> tuple[bool, int]:
    """Return whether its file was written to, and its exit code.

    0 where it lived to say that it was done.
    """
    said = os.read(answers, 64) if select.select([answers], [], [], WITHIN_S)[0] else b""
    if said:
        process.kill()
    code = process.wait(WITHIN_S)
    for descriptor in opened:
        os.close(descriptor)
    return file.read_bytes()[: len(LOOT)] == LOOT, 0 if said else code


def main(case: str, wall: str, loot: int, locked_fd: int, orders_fd: int, answers_fd: int) -> None:
    """Map the file, be locked, make the mapping writable, write to it, hold still."""
    if wall == "locked":
        lock.begin(Role.SENSOR)
    hands = Hands(MeetingPlaces("", "", "", "", -1, -1, -1, -1, 0))
    at = hands.call("mmap", None, PAGE, CASES[case], mmap.MAP_SHARED, loot, 0)
    os.close(loot)
    if wall == "locked":
        camera, _ = os.pipe()
        lock.close_sensor(
            channel_fd=answers_fd, locked_fd=locked_fd, go_fd=orders_fd, camera=camera, device=False
        )
    with contextlib.suppress(OSError):
        hands.call("mprotect", at, PAGE, 3)
    # Where it may still not be written to, this ends the process.
    ctypes.memmove(at, LOOT, len(LOOT))
    os.write(answers_fd, DONE)
    os.read(orders_fd, 1)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:7]))
    except ProcessError:
        sys.exit(NOT_LOCKED_EXIT)
