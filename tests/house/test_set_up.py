# SPDX-License-Identifier: Apache-2.0
"""The set-up looks before it installs, and says all that a machine lacks at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from development.set_up import machine


def good(**change: Any) -> machine.Machine:
    """Return a machine that lacks nothing, or a change of it."""
    found = machine.Machine(
        kind="dev",
        system="Linux",
        processor="x86_64",
        bits=64,
        libc=("glibc", (2, 36)),
        pythons=((3, 11),),
        can_make_environments=True,
        programs=frozenset({"mosquitto", "apt-get", "dpkg-deb", "git", "nft", "ip"}),
        may_install=False,
        may_write=True,
        free_mb=10_000,
        fetches=True,
        clip_is_there=False,
        has_route=True,
    )
    return found._replace(**change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"processor": "armv7l", "bits": 32},
            ["architecture: Linux armv7l, a Python of 32 bits"],
        ),  # a Raspberry Pi OS of 32 bits
        ({"bits": 32}, ["a Python of 32 bits"]),  # a 32-bit Python on a 64-bit kernel
        ({"processor": "riscv64"}, ["architecture: Linux riscv64"]),
        ({"system": "Darwin"}, ["architecture: Darwin"]),
        ({"libc": ("glibc", (2, 27))}, ["C library: glibc 2.27, wanted glibc 2.28"]),
        ({"libc": ("musl", ())}, ["C library: musl, wanted glibc 2.28"]),
        ({"libc": None}, []),  # nothing is said of what cannot be told
        (
            {"pythons": ((3, 9),)},
            ["Python: 3.9, wanted 3.11 to 3.13", "apt-get install python3.11 python3.11-venv"],
        ),
        (
            {"pythons": ((3, 14),)},
            ["Python: 3.14, wanted", "apt-get install python3.13 python3.13-venv"],
        ),
        ({"pythons": ((3, 14), (3, 12))}, []),  # another one that does
        (
            {"can_make_environments": False},
            ["python3-venv is missing", "apt-get install python3-venv"],
        ),
        (
            {"can_make_environments": False, "may_install": True},
            [],
        ),  # it is installed by the set-up
        (
            {"programs": frozenset({"apt-get", "dpkg-deb"})},
            ["mosquitto: missing", "git: missing", "install mosquitto git"],
        ),
        ({"programs": frozenset({"apt-get", "dpkg-deb"}), "may_install": True}, []),
        (
            {"programs": frozenset({"apt-get", "dpkg-deb"}), "kind": "run"},
            ["mosquitto: missing", "install mosquitto"],
        ),
        ({"programs": frozenset({"mosquitto", "git"})}, ["apt-get and dpkg-deb: missing"]),
        ({"programs": frozenset({"mosquitto", "git"}), "clip_is_there": True}, []),
        ({"may_write": False}, ["this clone: not yours to write"]),
        ({"free_mb": 500}, ["disk: 500 MB free where the clone lies, wanted 2600 MB"]),
        ({"free_mb": 500, "fetches": False}, []),  # all is there
        ({"has_route": False}, ["network: no way out"]),
        ({"has_route": None}, []),
    ],
)
def test_each_thing_that_is_missing_is_said(change: dict[str, Any], said: list[str]) -> None:
    found = machine.lacks(good(**change))
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


def test_all_that_is_missing_is_said_at_once_and_one_command_installs_what_packages_mend() -> None:
    worst = good(
        processor="i686",
        bits=32,
        libc=("glibc", (2, 24)),
        pythons=((3, 7),),
        programs=frozenset(),
        may_write=False,
        free_mb=1,
        has_route=False,
    )
    said = machine.lacks(worst)
    assert [sentence.partition(":")[0] for sentence in said] == [
        "architecture",
        "C library",
        "apt-get and dpkg-deb",
        "this clone",
        "disk",
        "network",
        "Python",
        "mosquitto",
        "git",
        "install them at once",
    ]
    assert said[-1].endswith("by Debian's names: python3.11 python3.11-venv mosquitto git")


def test_the_set_up_stops_before_it_installs_where_several_things_are_missing(
    root: Path, tmp_path: Path
) -> None:
    """A real start: Python alone on the path, no network, broker and git hidden."""
    clone = tmp_path / "clone"
    for each in ("scripts", "development", "requirements"):
        shutil.copytree(root / each, clone / each, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", clone)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(sys.executable)
    setup = [str(programs / "python3"), "-B", str(clone / "scripts" / "setup.py"), "dev"]
    beside = sorted({os.path.realpath(place) for place in machine.BESIDE if Path(place).is_dir()})
    hide = "".join(f"/bin/mount -t tmpfs tmpfs {place} && " for place in beside) + 'exec "$@"'
    owner = [] if os.geteuid() == 0 else ["--map-root-user"]
    elsewhere = [
        shutil.which("unshare") or "unshare",
        *owner,
        "--mount",
        "--net",
        "/bin/sh",
        "-c",
        hide,
        "sh",
    ]
    if subprocess.run([*elsewhere, "/bin/true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this user may not make namespaces of their own")
    done = subprocess.run(
        [*elsewhere, *setup],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PATH": str(programs)},
    )
    assert done.returncode == 1, done.stdout + done.stderr
    first, *missing = done.stderr.splitlines()
    assert first == "set-up: nothing was installed yet; this machine lacks:"
    begins = [line.split(". ", 1)[1].partition(":")[0] for line in missing]
    assert begins == ["apt-get and dpkg-deb", "network", "mosquitto", "git", "install them at once"]
    assert sorted(path.name for path in clone.iterdir()) == [
        "development",
        "pyproject.toml",
        "requirements",
        "scripts",
    ]
