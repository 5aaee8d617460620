# SPDX-License-Identifier: Apache-2.0
"""The two FIFOs between a unit's process and whoever admits it: one says locked, one says go.

And what systemd and the kernel say of that process, never what it says of itself.
"""

import contextlib
import errno
import os
import select
import subprocess
import time
from pathlib import Path

from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.processes.supervision.admission import not_locked

ENDS_WITHIN_S = 10.0
POLL_S = 0.1


def make_doors(folder: Path, *, uid: int) -> None:
    """Make the two FIFOs of a hand-shake.

    The role's user may write the one and read the other, and nobody else but root any.
    """
    for name, mode in (("locked", 0o200), ("go", 0o400)):
        path = folder / name
        path.unlink(missing_ok=True)
        os.mkfifo(path, mode)
        os.chown(path, uid, uid)


def open_to_a_reader(path: Path, until_s: float, pid: int) -> int:
    """Open a FIFO for writing once process `pid` reads it.

    Raises ProcessError where it does not in time.
    """
    while time.monotonic() < until_s and is_alive(pid):
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            time.sleep(POLL_S)
    raise ProcessError(
        f"{path}: nobody waits there; its own lines above say why the process did not get so far"
    )


def wait_locked(role: Role, locked_fd: int, until_s: float) -> None:
    """Wait until a process has locked itself or ended.

    A sensor that does neither may hang in its camera: it is ended.
    """
    waiting = select.poll()
    waiting.register(locked_fd, select.POLLHUP)
    if waiting.poll(1000 * max(0.0, until_s - time.monotonic())):
        return
    if role is Role.SENSOR:
        command = ["/usr/bin/systemctl", "kill", "--signal=KILL", "people-count-sensor.service"]
        subprocess.run(command, check=False, timeout=30)  # noqa: S603 - systemd's own program
        waiting.poll(1000 * ENDS_WITHIN_S)
    raise not_locked(str(role))


def number_of(path: Path, pid: int) -> int | None:
    """Return the descriptor under which a process has a file open, None where it has not.

    Whatever the file is called in the process's own view.
    """
    wanted = path.stat()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(entry.stat(), wanted):
                return int(entry.name)
    return None


def is_alive(pid: int) -> bool:
    """Say whether a process is there and has not ended."""
    with contextlib.suppress(OSError):
        return (
            Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
            not in "ZX"
        )
    return False


def main_pid(unit: str) -> int:
    """Return the unit's main process as systemd knows it, never as the process says.

    0 where it has none, or has no more.
    """
    command = ["/usr/bin/systemctl", "show", "--value", "-p", "MainPID", unit]
    shown = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)  # noqa: S603 - systemd's own program
    return int(shown.stdout.strip() or 0)
