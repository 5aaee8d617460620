# SPDX-License-Identifier: Apache-2.0
"""Machines of their own for a trial: a disk over this one's, a network, a systemd."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from development.trials.day import ADDRESSES

BLOCK_S, BOOT_S, GONE_S = 900.0, 60.0, 10.0
INSTALLED = "installed"
HOSTS = f"127.0.0.1 localhost\n{ADDRESSES['centre']} centre.example broker.example\n"


SYSTEMD, TARGET = Path("/lib/systemd/systemd"), "first-day.target"


NOT_TO_START = ("systemd-", "dbus", "getty", "console-", "modprobe", "kmod")


@contextlib.contextmanager
def network() -> Iterator[dict[str, str]]:
    """Make a namespace for each machine and a bridge between them; return their names."""
    hub = f"first-day-{os.getpid()}"
    names = {name: f"{hub}-{name}" for name in ADDRESSES}
    try:
        for each in (hub, *names.values()):
            ip("netns", "add", each)
            ip("-n", each, "link", "set", "lo", "up")
        ip("-n", hub, "link", "add", "bridge", "type", "bridge")
        ip("-n", hub, "link", "set", "bridge", "up")
        for name, namespace in names.items():
            ip(
                "-n",
                hub,
                "link",
                "add",
                name,
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                namespace,
            )
            ip("-n", hub, "link", "set", name, "master", "bridge", "up")
            ip("-n", namespace, "address", "add", f"{ADDRESSES[name]}/24", "dev", "eth0")
            ip("-n", namespace, "link", "set", "eth0", "up")
        yield names
    finally:
        for each in (hub, *names.values()):
            subprocess.run(["ip", "netns", "del", each], check=False, capture_output=True)  # noqa: S603, S607 - ours


def ip(*words: str) -> None:
    """Change the network. Raises CalledProcessError where that cannot be."""
    subprocess.run(["ip", *words], check=True, stdin=subprocess.DEVNULL)  # noqa: S603, S607 - our own words


def control_groups() -> Path | None:
    """Return where cgroup2 is mounted."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    return next((Path(mount[1]) for mount in mounts if mount[2] == "cgroup2"), None)


class Machine:
    """One machine: an overlay over this disk, a network namespace, and a systemd as process 1."""

    def __init__(self, name: str, folder: Path, namespace: str) -> None:
        self.name, self.folder = name, folder
        folder.mkdir()
        self._group = (
            control_groups() or Path()
        ) / namespace  # there is one, or the day had not begun
        self._group.mkdir()
        unshare = [
            "unshare",
            "--pid",
            "--mount",
            "--ipc",
            "--uts",
            "--cgroup",
            "--fork",
            "--kill-child",
        ]
        command = [
            "ip",
            "netns",
            "exec",
            namespace,
            *unshare,
            sys.executable,
            "-m",
            "development.trials.first_day",
            "--boot",
            name,
            str(folder),
        ]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: (self._group / "cgroup.procs").write_text(str(os.getpid())),  # noqa: PLW1509 - no threads
            )

    def __enter__(self) -> Self:
        end_s = time.monotonic() + BOOT_S
        while time.monotonic() < end_s and self._process.poll() is None:
            with contextlib.suppress(LookupError, OSError, ValueError):
                if self.call("systemctl", "is-system-running").stdout.strip() in {
                    b"running",
                    b"degraded",
                }:
                    return self
            time.sleep(0.2)
        raise SystemExit(
            f"first-day: {self.name} did not boot: "
            f"{(self.folder / 'log').read_text('utf-8', 'replace')[-2000:]}"
        )

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # and, by --kill-child, the systemd and all below it
        self._process.wait(30)
        end_s = time.monotonic() + GONE_S
        while self._group.exists() and time.monotonic() < end_s:
            groups = [path for path in self._group.rglob("*") if path.is_dir()]
            for group in (*sorted(groups, reverse=True), self._group):
                with contextlib.suppress(OSError):  # a process in it is still ending
                    group.rmdir()
            time.sleep(0.1)

    def type(self, lines: str) -> subprocess.CompletedProcess[str]:
        """Type lines as root; the first that fails ends them."""
        done = self.call("bash", "-euo", "pipefail", "-c", lines)
        return subprocess.CompletedProcess(
            done.args,
            done.returncode,
            *(each.decode("utf-8", "replace") for each in (done.stdout, done.stderr)),
        )

    def call(self, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a program on this machine."""
        enter = [
            "nsenter",
            "-t",
            str(self._pid()),
            "-m",
            "-p",
            "-i",
            "-u",
            "-C",
            "-n",
            "-r",
            "-w",
            *words,
        ]
        environment = {
            "PATH": "/opt/people-count/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/",
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
        }
        return subprocess.run(  # noqa: S603 - ours
            enter, check=False, capture_output=True, input=given, timeout=BLOCK_S, env=environment
        )

    def why(self) -> str:
        """Return which units failed, and what they said."""
        failed = self.call("systemctl", "--failed", "--no-legend", "--plain").stdout.decode()
        return (
            f"failed units: {failed or 'none'}\n"
            f"{self.call('sh', '-c', 'cat /var/log/first-day.log').stdout.decode()[-3000:]}"
        )

    def _pid(self) -> int:
        """Return the number of its first process, as this machine counts.

        Raises LookupError before there is one.
        """
        begun = self._process.pid
        children = Path(f"/proc/{begun}/task/{begun}/children").read_text("ascii").split()
        if (
            not children
            or Path(f"/proc/{children[0]}/comm").read_text("ascii").strip() != "systemd"
        ):
            raise LookupError(self.name)
        return int(children[0])


def boot(name: str, folder: Path) -> None:
    """Lay out the disk of a machine, and become its systemd.

    Runs as the first process of its own numbers.
    """
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "tmpfs", folder)
    up, work, root = (folder / each for each in ("up", "work", "root"))
    for each in (up, work, root):
        each.mkdir()
    mount("-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={up},workdir={work}", root)
    installed = folder.parent / INSTALLED
    (root / "opt" / "people-count").mkdir(parents=True)
    mount("--bind", "-o", "ro", installed / "opt" / "people-count", root / "opt" / "people-count")
    shutil.copytree(installed / "var", root / "var", dirs_exist_ok=True)
    mount("-t", "proc", "proc", root / "proc")
    for place, mode in (("run", "755"), ("tmp", "1777"), ("dev", "755")):
        mount("-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", root / place)
    lay_devices(root / "dev")
    mount("--rbind", "/sys", root / "sys")
    mount("-t", "cgroup2", "cgroup2", root / "sys" / "fs" / "cgroup")
    lay_files(root, name)
    (root / "old").mkdir()
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "old"], check=True)  # noqa: S607 - as it is found
    mount("--make-rshared", "/")
    subprocess.run(["umount", "-l", "/old"], check=True)  # noqa: S607 - the same
    arguments = [str(SYSTEMD), "--system", f"--unit={TARGET}", "--log-target=console"]
    os.execve(SYSTEMD, arguments, {"container": "first-day", "PATH": "/usr/sbin:/usr/bin"})  # noqa: S606 - no shell


def lay_devices(place: Path) -> None:
    """Make the devices of a machine, none of them this machine's own."""
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        (place / name).touch()
        mount("--bind", f"/dev/{name}", place / name)
    for name in ("pts", "shm"):
        (place / name).mkdir()
    mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", place / "pts")
    mount("-t", "tmpfs", "tmpfs", place / "shm")
    (place / "ptmx").symlink_to("pts/ptmx")


def lay_files(root: Path, name: str) -> None:
    """Give the machine its name, and its systemd nothing of this one's to start."""
    (root / "etc" / "hostname").write_text(f"{name}\n")
    (root / "etc" / "hosts").write_text(HOSTS)
    units = root / "etc" / "systemd" / "system"
    for wants in units.glob("*.wants"):
        shutil.rmtree(wants)
    for unit in (root / "lib" / "systemd" / "system").iterdir():
        if unit.name.startswith(NOT_TO_START) and unit.is_file():
            (units / unit.name).unlink(missing_ok=True)
            (units / unit.name).symlink_to("/dev/null")
    (units / TARGET).write_text("[Unit]\nDefaultDependencies=no\n")


def mount(*words: str | Path) -> None:
    """Mount something. Raises CalledProcessError where that cannot be."""
    subprocess.run(["mount", *words], check=True, stdin=subprocess.DEVNULL)  # noqa: S603, S607 - our own words
