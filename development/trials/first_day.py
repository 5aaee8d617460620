# SPDX-License-Identifier: Apache-2.0
"""Follow "The first day" of docs/OPERATIONS.md word for word.

Its blocks, in order, each on the machine that it is marked for.

Each machine has a systemd, a disk (an overlay, gone afterwards) and a network of its own. The
script itself does three things that the text calls a person's: it installs the software, it lays a
film where the text wants one, and it carries files by hand. A block that fails, or that does not
come to say what it is marked with, ends the day. `--list` prints the steps and runs none.
"""

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from development.release.build_wheel import build as build_wheel

ROOT = Path(__file__).resolve().parents[2]
TEXT = ROOT / "docs" / "OPERATIONS.md"
FILM, FRAMES = ROOT / "var" / "clips" / "vtest.avi", 150
ADDRESSES = {
    "centre": "192.0.2.10",
    "pier-1": "192.0.2.21",
    "pier-2": "192.0.2.22",
    "spare": "192.0.2.23",
}
"""Of the block that is set aside for documents (RFC 5737); it leads nowhere from here."""
HOSTS = f"127.0.0.1 localhost\n{ADDRESSES['centre']} centre.example broker.example\n"
BLOCK_S, UNTIL_S, BOOT_S, GONE_S = 900.0, 120.0, 60.0, 10.0
INSTALLED = "installed"
SYSTEMD, TARGET = Path("/lib/systemd/systemd"), "first-day.target"
NOT_TO_START = ("systemd-", "dbus", "getty", "console-", "modprobe", "kmod")
_STEP = re.compile(r"^<!-- first-day: (.+?) -->\n(?:```sh\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
_CARRY = re.compile(r"carry (\S+) (\S+) to (\S+) (\S+)")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines to be typed on some machines; until.

    What they must come to say, all of it, typed again meanwhile.
    """

    machines: tuple[str, ...]
    lines: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Carry:
    """A file that a person carries."""

    source: str
    path: str
    target: str
    to: str


def steps(text: str) -> list[Block | Carry]:
    """Return the steps of the text in order.

    Raises ValueError at a mark that says nothing that can be done.
    """
    found: list[Block | Carry] = []
    for mark, lines in _STEP.findall(text):
        if carry := _CARRY.fullmatch(mark):
            found.append(Carry(*carry.groups()))
            continue
        where, _, until = mark.partition(", until: ")
        machines = tuple(where.split(", "))
        if not lines or not set(machines) <= set(ADDRESSES):
            raise ValueError(
                f"first-day: {mark}: wanted a block of sh below, and machines of "
                f"{', '.join(ADDRESSES)}"
            )
        found.append(Block(machines, lines, until))
    return found


def main() -> int:
    """Do the day; 0 where every step did what the text says."""
    parser = argparse.ArgumentParser(
        prog="scripts/first-day", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--list", action="store_true", help="print the steps")
    parser.add_argument("--boot", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.boot:
        boot(given.boot[0], Path(given.boot[1]))
    day = steps(TEXT.read_text("utf-8"))
    if given.list:
        print(*day, sep="\n")
        return 0
    if why := missing():
        print(f"first-day: {why}", file=sys.stderr)
        return 1
    begun_s = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="first-day-") as name,
        network() as names,
        contextlib.ExitStack() as running,
    ):
        Path(name).chmod(0o755)
        install(Path(name) / INSTALLED)
        machines = {
            each: running.enter_context(Machine(each, Path(name) / each, names[each]))
            for each in ADDRESSES
        }
        for number, step in enumerate(day, start=1):
            took_s = -time.monotonic()
            if not do(step, machines):
                print(f"first-day: step {number} of {len(day)} failed", file=sys.stderr)
                return 1
            print(f"--- step {number} of {len(day)}: {took_s + time.monotonic():.0f} s", flush=True)
    print(
        f"the first day: {len(day)} steps, {time.monotonic() - begun_s:.0f} s, nothing beside the "
        "text"
    )
    return 0


def do(step: Block | Carry, machines: dict[str, "Machine"]) -> bool:
    """Take one step; say what was typed and what was answered."""
    if isinstance(step, Carry):
        content = machines[step.source].call("cat", step.path).stdout
        machines[step.target].call("sh", "-c", f"umask 077; cat > {step.to}", given=content)
        print(f"(carried {step.path} from {step.source} to {step.target} {step.to})")
        return bool(content)
    for name in step.machines:
        print("".join(f"{name}# {line}\n" for line in step.lines.splitlines()), end="", flush=True)
        end_s = time.monotonic() + (UNTIL_S if step.until else 0.0)
        while True:
            done = machines[name].type(step.lines)
            said = done.stdout + done.stderr
            fine = done.returncode == 0 and all(word in said for word in _wanted(step.until))
            if fine or time.monotonic() >= end_s:
                break
            time.sleep(1.0)
        print(said, end="", flush=True)
        if not fine:
            print(
                f"first-day: {name}: exit code {done.returncode}, wanted {step.until!r}; "
                f"{machines[name].why()}",
                file=sys.stderr,
            )
            return False
    return True


def _wanted(until: str) -> list[str]:
    """Return what must be said: names of boxes each for itself, anything else as it stands."""
    return until.split() if "/" in until else [until]


def missing() -> str:
    """Say what this machine lacks; empty where the day can begin."""
    if os.geteuid() != 0:
        return "needs root, for machines of its own"
    tools = [
        name
        for name in ("ip", "unshare", "nsenter", "systemctl", "mosquitto")
        if shutil.which(name) is None
    ]
    if tools or not SYSTEMD.exists() or not Path("/lib/systemd/system/mosquitto.service").exists():
        return (
            f"wanted {', '.join(tools) or 'systemd and the mosquitto of the distribution'}: apt "
            "install iproute2 systemd mosquitto"
        )
    if control_groups() is None:
        return "there is no unified control group hierarchy"
    if not FILM.exists():
        return f"{FILM} is not there; run scripts/test once, which fetches it"
    return (
        ""
        if python()
        else "wanted a Python outside of homes, of the version of .venv: apt install python3"
    )


def python() -> Path | None:
    """Return a Python that a service may see: not in a home."""
    for path in (Path(sys.executable).resolve(), Path("/usr/bin/python3").resolve()):
        if (
            path.exists()
            and path.name.endswith(f"3.{sys.version_info.minor}")
            and path.parts[1] not in {"root", "home"}
        ):
            return path
    return None


def cut_film(target: Path) -> None:
    """Write the beginning of the demonstration's film."""
    import cv2  # noqa: PLC0415 - half a second that --list does not need

    source = cv2.VideoCapture(str(FILM))
    size = (int(source.get(cv2.CAP_PROP_FRAME_WIDTH)), int(source.get(cv2.CAP_PROP_FRAME_HEIGHT)))
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"MJPG"), 7.0, size)
    for _ in range(FRAMES):
        writer.write(source.read()[1])
    writer.release()


# --- machines


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


def install(folder: Path) -> None:
    """Lay out, as a disk, what "Installing" leaves behind.

    A wheel of this clone in /opt/people-count, its packages, a model.
    """
    opt, own = folder / "opt" / "people-count", python() or Path()
    packages = opt / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    installed = next(Path(each) for each in sys.path if each.endswith("site-packages"))
    shutil.copytree(
        installed,
        packages,
        symlinks=True,
        ignore=shutil.ignore_patterns("__editable__*", "*.pth", "__pycache__"),
    )
    (opt / "bin").mkdir()
    (opt / "bin" / "python").symlink_to(own)
    (opt / "pyvenv.cfg").write_text(f"home = {own.parent}\nversion = 3.{sys.version_info.minor}\n")
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(build_wheel(Path(name))) as wheel:
        wheel.extractall(packages)
    (data,) = packages.glob("people_count-*.data")
    shutil.move(data / "data" / "share", opt / "share")
    for program, package in (("fusion-service", "fusion_service"), ("edge-agent", "edge_agent")):
        path = opt / "bin" / program
        path.write_text(f"#!/opt/people-count/bin/python\nfrom {package}.cli import main\nmain()\n")
        path.chmod(0o755)
    shutil.copytree(ROOT / "var" / "models", folder / "var" / "lib" / "people-count" / "models")
    cut_film(folder / "var" / "lib" / "people-count" / "film.avi")
    for each in (folder, *folder.rglob("*")):
        if each.is_dir() and not each.is_symlink():
            each.chmod(0o755)


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


if __name__ == "__main__":
    sys.exit(main())
