# SPDX-License-Identifier: Apache-2.0
"""A real systemd as first process of its own numbers, on a machine that it can only read.

It sees this machine's files read-only; it may write to a folder of the test, to memory, and to a
control group of its own. So no unit of the machine can do anything to it, and those that clean or
fill folders are masked besides.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

SYSTEMD = Path("/lib/systemd/systemd")
TARGET = "people-count-test.target"
NOT_TO_START = ("systemd-", "dbus", "getty", "console-", "modprobe", "kmod")
PROGRAM = Path(__file__)
CLONE = PROGRAM.parents[2]


def missing() -> str | None:
    """Return why no systemd can be booted here, None where it can."""
    if os.geteuid() != 0:
        return "only root can boot a systemd"
    tools = [
        name
        for name in ("systemctl", "unshare", "nsenter", "systemd-sysusers")
        if shutil.which(name) is None
    ]
    if tools or not SYSTEMD.exists():
        return f"systemd is not installed: {tools or SYSTEMD}"
    return None if control_groups() else "there is no unified control group hierarchy"


def control_groups() -> Path | None:
    """Return where cgroup2 is mounted."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    return next((Path(mount[1]) for mount in mounts if mount[2] == "cgroup2"), None)


class Booted:
    """One boot.

    Units lie in `folder`/units; `folder` is the only place on disk that it may write to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        groups = control_groups()
        assert groups is not None
        self._group = groups / f"people-count-test-{os.getpid()}"
        self._group.mkdir(exist_ok=True)
        command = [
            "unshare",
            "--pid",
            "--mount",
            "--ipc",
            "--uts",
            "--cgroup",
            "--fork",
            "--kill-child",
            sys.executable,
            PROGRAM,
        ]
        with (folder / "systemd.log").open("w") as log:
            self._unshare = subprocess.Popen(
                [*command, folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: (self._group / "cgroup.procs").write_text(str(os.getpid())),  # noqa: PLW1509 - no threads here
            )

    def __enter__(self) -> Self:
        until_s = time.monotonic() + 30
        while time.monotonic() < until_s and self._unshare.poll() is None:
            with contextlib.suppress(StopIteration, ValueError, OSError, subprocess.TimeoutExpired):
                if self.systemctl("is-system-running", check=False, limit_s=5).stdout.strip() in {
                    "running",
                    "degraded",
                }:
                    return self
            time.sleep(0.2)
        self.end()
        raise AssertionError(
            f"systemd did not come up: {(self.folder / 'systemd.log').read_text()}"
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def pid(self) -> int:
        """Return its number as this machine sees it."""
        children = (
            Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
            .read_text("ascii")
            .split()
        )
        return int(children[0]) if children else next(iter(()))

    def systemctl(
        self, *words: str, check: bool = True, limit_s: float = 200
    ) -> subprocess.CompletedProcess[str]:
        """Run systemctl inside."""
        return self.call("systemctl", "--no-pager", *words, check=check, limit_s=limit_s)

    def call(
        self, *words: str, check: bool = True, limit_s: float = 200
    ) -> subprocess.CompletedProcess[str]:
        """Run a program inside."""
        enter = ["nsenter", "-t", str(self.pid()), "-m", "-p", "-i", "-u", "-C", *words]
        return subprocess.run(
            enter,
            check=check,
            capture_output=True,
            text=True,
            timeout=limit_s,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def show(self, unit: str, name: str) -> str:
        """Return one property of a unit."""
        return self.systemctl("show", "--value", "-p", name, unit).stdout.strip()

    def pid_of(self, unit: str) -> int:
        """Return the main process of a unit, numbered as this machine sees it."""
        inside = self.show(unit, "MainPID")
        for status in Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                row = next(
                    line for line in status.read_text().splitlines() if line.startswith("NSpid")
                )
                numbers = row.split()[1:]
                if len(numbers) > 1 and numbers[1] == inside and self._is_inside(int(numbers[0])):
                    return int(numbers[0])
        raise AssertionError(f"{unit}: no process {inside} inside")

    def _is_inside(self, pid: int) -> bool:
        return (
            Path(f"/proc/{pid}/ns/pid").readlink() == Path(f"/proc/{self.pid()}/ns/pid").readlink()
        )

    def end(self) -> None:
        """End it and all that it started."""
        with contextlib.suppress(StopIteration, OSError):
            os.kill(self.pid(), 9)
        self._unshare.wait(30)
        for group in sorted(self._group.rglob("*/"), reverse=True):
            with contextlib.suppress(OSError):
                group.rmdir()
        with contextlib.suppress(OSError):
            self._group.rmdir()


def mount(*words: str | Path) -> None:
    subprocess.run(["/bin/mount", *words], check=True, stdin=subprocess.DEVNULL)


def mounts() -> Iterator[str]:
    for line in Path("/proc/self/mountinfo").read_text("utf-8").splitlines():
        yield line.split()[4].encode().decode("unicode_escape")


def cover(place: Path, *, keep: tuple[Path, ...]) -> None:
    """Lay an empty folder in memory over `place`; what is to be kept of it shows through."""
    kept = [path for path in keep if place in path.parents]
    for number, path in enumerate(kept):
        Path(f"/run/kept-{number}").mkdir()
        mount("--bind", path, f"/run/kept-{number}")
    mount("-t", "tmpfs", "tmpfs", place)
    for number, path in enumerate(kept):
        path.mkdir(parents=True, exist_ok=True)
        mount("--move", f"/run/kept-{number}", path)
        Path(f"/run/kept-{number}").rmdir()


def close_the_machine(folder: Path) -> None:
    """Make every mount but the test's read-only, and give it devices of its own."""
    devices = {
        name: Path("/dev", name) for name in ("null", "zero", "full", "random", "urandom", "tty")
    }
    private = Path("/run/dev")
    private.mkdir()
    for name, device in devices.items():
        (private / name).touch()
        mount("--bind", device, private / name)
    for name in ("shm", "mqueue", "pts", "hugepages"):
        (private / name).mkdir()
    mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", private / "pts")
    (private / "ptmx").symlink_to("pts/ptmx")
    subprocess.run(["/bin/umount", "-l", "/sys/fs/cgroup"], check=True)
    for path in sorted(set(mounts())):
        if path not in {str(folder), "/run"} and not path.startswith(
            ("/proc", "/dev", "/run/", f"{folder}/")
        ):
            subprocess.run(
                ["/bin/mount", "-o", "remount,bind,ro", path], check=False, capture_output=True
            )
    mount("--rbind", private, "/dev")


def boot(folder: Path) -> None:
    """Lay out the view of the new systemd, make sure that it holds, and become it."""
    mount("--make-rprivate", "/")
    mount("--bind", folder, folder)
    mount("-t", "tmpfs", "tmpfs", "/run")
    close_the_machine(folder)
    for place in ("/tmp", "/var/tmp"):  # noqa: S108 - systemd makes folders there; it gets empty ones of its own
        cover(Path(place), keep=(folder, CLONE, Path(sys.prefix), Path(sys.base_prefix)))
    mount("-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")
    mount("-t", "proc", "proc", "/proc")
    for name in ("passwd", "group"):
        mount("--bind", folder / "etc" / name, Path("/etc", name))
    for place in ("/etc", "/var", "/usr", "/home"):
        try:
            Path(place, "people-count-probe").touch()
        except OSError:
            continue
        sys.exit(f"{place} could be written; wanted a machine that can only be read")
    units = Path("/run/systemd/system")
    units.mkdir(parents=True)
    for unit in Path("/lib/systemd/system").iterdir():
        if unit.name.startswith(NOT_TO_START) and unit.is_file():
            (units / unit.name).symlink_to("/dev/null")
    (units / TARGET).write_text("[Unit]\nDefaultDependencies=no\n")
    shutil.copytree(folder / "units", units, dirs_exist_ok=True)
    # As it is on a machine: what systemd mounts while it starts a process, such as credentials, the
    # process sees.
    mount("--make-rshared", "/")
    keep_journal(folder)
    os.execve(  # noqa: S606 - the program under test
        SYSTEMD,
        [str(SYSTEMD), "--system", f"--unit={TARGET}", "--log-target=journal"],
        {"container": "people-count-test"},
    )


def keep_journal(folder: Path) -> None:
    """Write what systemd says to systemd.log, in place of its journal."""
    where = Path("/run/systemd/journal")
    where.mkdir(parents=True)
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal,
        (folder / "systemd.log").open("ab", buffering=0) as log,
    ):
        journal.bind(str(where / "socket"))
        if os.fork() == 0:
            while True:
                fields = journal.recv(65_536).split(b"\n")
                log.write(
                    b"".join(field[8:] + b"\n" for field in fields if field.startswith(b"MESSAGE="))
                )


if __name__ == "__main__":
    boot(Path(sys.argv[1]))
