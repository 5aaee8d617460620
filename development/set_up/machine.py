# SPDX-License-Identifier: Apache-2.0
"""Look at a machine before anything is installed, and say all that it lacks, with what helps.

Rule: standard library only, and no syntax newer than 3.9; see setup.py.
"""

from __future__ import annotations

import os
import platform
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

PYTHON_OLDEST, PYTHON_NEWEST = (3, 11), (3, 13)
GLIBC_OLDEST = (2, 28)
"""Of the wheels that the locks name (manylinux_2_28)."""
PROCESSORS = ("x86_64", "aarch64")
DISK_MB = {"run": 1900, "dev": 2600}
"""The environment, Node and what the page is built with, the clip and the model, what is fetched
for them and thrown away again, and some room."""
BESIDE = ("/usr/sbin", "/usr/local/sbin", "/sbin")
"""Where Debian keeps programs that an ordinary user's path does not name."""


class Machine(NamedTuple):
    """What is there. A field is None where it cannot be told; then nothing is said of it."""

    kind: str
    """run or dev."""
    system: str
    processor: str
    bits: int
    libc: tuple[str, tuple[int, ...]] | None
    pythons: tuple[tuple[int, int], ...]
    """Versions of python3 that start, the one that runs this first; none where nothing is to be
    made with them."""
    can_make_environments: bool
    programs: frozenset[str]
    """Of those that are asked for, the ones that are found."""
    may_install: bool
    """apt-get is there, and this start may use it without a password."""
    may_write: bool
    free_mb: int | None
    fetches: bool
    """Something is still to be fetched."""
    clip_is_there: bool
    has_route: bool | None


def look(kind: str, root: Path, *, made: bool, clip_is_there: bool) -> Machine:
    """Look at this machine. made: the environment is there and whole."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *BESIDE])
    wanted = ("mosquitto", "apt-get", "dpkg-deb", "git", "nft", "ip")
    found = frozenset(name for name in wanted if shutil.which(name, path=path))
    pythons = () if made else _pythons()
    name, version = platform.libc_ver()
    return Machine(
        kind=kind,
        system=platform.system(),
        processor=platform.machine(),
        bits=8 * struct.calcsize("P"),
        libc=(name, _numbers(version)) if name else _musl(),
        pythons=pythons,
        can_make_environments=made or _can_make_environments(pythons),
        programs=found,
        may_install="apt-get" in found and privilege() is not None,
        may_write=os.access(root, os.W_OK),
        free_mb=shutil.disk_usage(root).free // 2**20,
        fetches=not made or not clip_is_there,
        clip_is_there=clip_is_there,
        has_route=_has_route(),
    )


def lacks(machine: Machine) -> list[str]:
    """Return a sentence for each thing that is missing and that the set-up cannot bring itself.

    Pure. No compiler is needed.
    """
    said = [*_system(machine), *_place(machine)]
    missing = [*_python(machine), *_programs(machine)]
    said += [sentence for sentence, _ in missing]
    packages = [package for _, packages in missing for package in packages]
    if packages:
        how = "sudo apt-get install" if "apt-get" in machine.programs else "by Debian's names:"
        said.append(f"install them at once: {how} {' '.join(packages)}")
    return said


def _system(machine: Machine) -> list[str]:
    said = []
    if machine.system != "Linux" or machine.processor not in PROCESSORS or machine.bits != 64:  # noqa: PLR2004 - what it says
        said.append(
            f"architecture: {machine.system} {machine.processor}, a Python of {machine.bits} bits; "
            f"wanted 64-bit Linux on {' or '.join(PROCESSORS)}, there are no builds of the "
            "libraries for another"
        )
    if machine.libc is not None and (machine.libc[0] != "glibc" or machine.libc[1] < GLIBC_OLDEST):
        have = f"{machine.libc[0]} {'.'.join(map(str, machine.libc[1]))}".strip()
        said.append(
            f"C library: {have}, wanted glibc {'.'.join(map(str, GLIBC_OLDEST))} or later, as "
            "Debian 10 or later has"
        )
    return said


def _place(machine: Machine) -> list[str]:
    said = []
    if not machine.clip_is_there and not {"apt-get", "dpkg-deb"} <= machine.programs:
        said.append(
            "apt-get and dpkg-deb: missing; the clip comes from a Debian package, or you put "
            "var/clips/vtest.avi there"
        )
    if not machine.may_write:
        said.append("this clone: not yours to write; give it to this user, or clone it anew")
    if machine.fetches and machine.free_mb is not None and machine.free_mb < DISK_MB[machine.kind]:
        said.append(
            f"disk: {machine.free_mb} MB free where the clone lies, wanted {DISK_MB[machine.kind]} "
            "MB; make room"
        )
    if machine.fetches and machine.has_route is False:
        said.append(
            "network: no way out of this machine but to itself, and something is to be fetched; "
            "connect it"
        )
    return said


def _python(machine: Machine) -> list[tuple[str, tuple[str, ...]]]:
    """Return what is wrong with the Python, with the packages that mend it."""
    usable = [one for one in machine.pythons if PYTHON_OLDEST <= one <= PYTHON_NEWEST]
    if machine.pythons and not usable:
        wanted = PYTHON_NEWEST if machine.pythons[0] > PYTHON_NEWEST else PYTHON_OLDEST
        name, have = f"python{_dotted(wanted)}", _dotted(machine.pythons[0])
        sentence = f"Python: {have}, wanted {_dotted(PYTHON_OLDEST)} to {_dotted(PYTHON_NEWEST)}"
        return [(sentence, (name, f"{name}-venv"))]
    if usable and not machine.can_make_environments and not machine.may_install:
        package = (
            "python3-venv"
            if usable[0] == machine.pythons[0]
            else f"python{_dotted(usable[0])}-venv"
        )
        return [(f"Python: this one cannot make environments, {package} is missing", (package,))]
    return []


def _programs(machine: Machine) -> list[tuple[str, tuple[str, ...]]]:
    """Return the programs that are missing and may not be installed here, with their packages."""
    found: list[tuple[str, tuple[str, ...]]] = []
    if "mosquitto" not in machine.programs and not machine.may_install:
        found.append(
            ("mosquitto: missing, the broker that box and centre speak over", ("mosquitto",))
        )
    if machine.kind == "dev" and "git" not in machine.programs and not machine.may_install:
        found.append(
            ("git: missing, tests of upgrades take the earlier releases from the history", ("git",))
        )
    return found


def privilege() -> list[str] | None:
    """Return the prefix that makes a command root's, None where that would take a password."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if (
        sudo
        and subprocess.run(  # noqa: S603 - a Python of this machine
            [sudo, "-n", "true"], capture_output=True, check=False, timeout=30
        ).returncode
        == 0
    ):
        return [sudo, "-n"]
    return None


def version_of(python: str) -> str | None:
    """Return 3.11 and the like, None where there is no such Python or it does not start."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run(  # noqa: S603 - a Python of this machine
            [python, "-I", "-c", code], capture_output=True, check=True, text=True, timeout=30
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def best_python() -> tuple[str, str]:
    """Return a Python in the supported range, and the Debian package with its venv."""
    usable = [one for one in _pythons() if PYTHON_OLDEST <= one <= PYTHON_NEWEST]
    version = usable[0]
    package = (
        "python3-venv" if version == sys.version_info[:2] else f"python{_dotted(version)}-venv"
    )
    return _command(version), package


def can_make_environments(python: str) -> bool:
    """Say whether venv and ensurepip are there.

    Debian and Ubuntu split the latter off, and `import venv` alone succeeds.
    """
    return (
        subprocess.run(  # noqa: S603 - a Python of this machine
            [python, "-I", "-c", "import ensurepip, venv"], capture_output=True, check=False
        ).returncode
        == 0
    )


def _command(version: tuple[int, int]) -> str:
    return (
        sys.executable
        if version == sys.version_info[:2]
        else str(shutil.which(f"python{_dotted(version)}"))
    )


def _pythons() -> tuple[tuple[int, int], ...]:
    own = (int(platform.python_version_tuple()[0]), int(platform.python_version_tuple()[1]))
    others = [(3, minor) for minor in range(PYTHON_NEWEST[1], PYTHON_OLDEST[1] - 1, -1)]
    return (own, *(one for one in others if one != own and version_of(f"python{_dotted(one)}")))


def _can_make_environments(pythons: tuple[tuple[int, int], ...]) -> bool:
    usable = [one for one in pythons if PYTHON_OLDEST <= one <= PYTHON_NEWEST]
    return bool(usable) and can_make_environments(_command(usable[0]))


def _has_route() -> bool | None:
    """Say whether the kernel knows a way to other machines, loopback apart."""
    try:
        rows = Path("/proc/net/route").read_text().splitlines()[1:]
    except OSError:
        return None
    newer = Path("/proc/net/ipv6_route")  # not there where a kernel speaks the older one only
    rows += (
        [row for row in newer.read_text().splitlines() if not row.endswith(" lo")]
        if newer.exists()
        else []
    )
    return bool(rows)


def _musl() -> tuple[str, tuple[int, ...]] | None:
    return ("musl", ()) if any(Path("/lib").glob("ld-musl-*")) else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
