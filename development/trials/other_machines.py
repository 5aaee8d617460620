#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Try demonstration, suite and audit on clean machines.

A Debian 13 gets a clone, a Debian 12 the wheel alone.

Each machine is a folder that debootstrap fills once under /var/tmp and that stays; what a lane
changes lies in a layer above it and is gone with the lane. Processes see that folder as the whole
machine (pivot_root), have a table of processes of their own, and share the kernel and the network.
Nothing is started by systemd there.

    scripts/other-machines                              all lanes: two hours or more
    scripts/other-machines --lane debian-13-user        one lane
    scripts/other-machines --part demo --part audit     these parts of each lane
    scripts/other-machines --part suite -- tests/house  of the suite only these tests
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from development.release.build_wheel import build as build_wheel

ROOT = Path(__file__).resolve().parents[2]
MACHINES = Path("/var/tmp/people-count-machines")  # noqa: S108 - a folder that stays over a restart, and nobody's else
LOGS = ROOT / "var" / "other-machines"
PACKAGES = "ca-certificates,python3,python3-venv"
"""Beside the smallest Debian there is: what README asks for. The rest is what the set-up itself has
to bring or to ask for."""
ASKED_FOR = "mosquitto git iproute2 nftables"
"""What the set-up tells an ordinary user to have installed; as root it installs what it needs."""
USER = 1500
PART_S_MAX = 3 * 3600
AUTHORITIES = Path("/usr/local/share/ca-certificates")
PASSED_ON = ("PIP_CERT", "PIP_DEFAULT_TIMEOUT", "http_proxy", "https_proxy", "no_proxy")
"""How this machine reaches its package index."""
HOME, CLONE, WHEELS = "/home/person", "/home/person/people-count", "/home/person/wheels"
ENTER = """
set -eu
tree=$1 layer=$2
shift 2
mkdir "$layer/above" "$layer/work" "$layer/root"
mount -t overlay -o "lowerdir=$tree,upperdir=$layer/above,workdir=$layer/work" overlay "$layer/root"
cd "$layer/root"
mount -t proc proc proc
mount --rbind /dev dev
mount --rbind /sys sys
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -m 1777 "$layer/disk"
mount --bind "$layer/disk" var/tmp
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/before
mount --bind "$FROM" mnt
pivot_root . run/before
cd /
umount -l run/before
exec "$@"
"""


@dataclass(frozen=True)
class Lane:
    """One machine, who works on it, and what they have of us: a clone, or the wheel."""

    name: str
    suite: str
    is_root: bool
    has_clone: bool

    @property
    def tree(self) -> Path:
        """The clean machine below."""
        return MACHINES / self.suite


LANES = (
    Lane("debian-13-root", "trixie", is_root=True, has_clone=True),
    Lane("debian-13-user", "trixie", is_root=False, has_clone=True),
    Lane("debian-12-root", "bookworm", is_root=True, has_clone=False),
    Lane("debian-12-user", "bookworm", is_root=False, has_clone=False),
)
PARTS = ("setup", "model", "demo", "suite", "audit", "extras")
FIRST = ("setup", "model")
"""What the others stand on."""
IDENTITY = (
    "[ ! -w /etc ] || [ -s /etc/machine-id ] || tr -d - < /proc/sys/kernel/random/uuid > "
    "/etc/machine-id"
)
"""What the audit asks the owner of such a machine for. The suite runs before it, without."""
CLONE_STEPS = {
    "setup": f"cd {CLONE} && python3 scripts/setup.py dev",
    "demo": f"cd {CLONE} && scripts/demo --fast",
    "suite": f"cd {CLONE} && scripts/test",
    "audit": f"{IDENTITY}; cd {CLONE} && .venv/bin/edge-agent audit",
}
VENV = f"{HOME}/venv"
# The wheel has no demonstration. Ours plays on the wheel's programs, its example and its libraries:
# no other line of ours is there.
WHEEL_STEPS = {
    "setup": f"""python3 -m venv {VENV} && \
        {VENV}/bin/pip install -q "$(ls {WHEELS}/*.whl)[sensor,fusion,model,audit,register]" """,
    "model": f"""{VENV}/bin/edge-agent model fetch person-ssdlite &&
        {VENV}/bin/python -m pip install -q --no-deps \
        --target /var/lib/people-count/telemetry onnxruntime==1.30.0""",
    "demo": f"""mkdir -p {HOME}/demo/firmware_configs {HOME}/demo/var/clips && cd {HOME}/demo &&
        cp -r /mnt/development . && cp /mnt/vtest.avi var/clips &&
        ln -s {VENV}/share/people-count/examples firmware_configs/examples && ln -s {VENV} .venv &&
        .venv/bin/python -m development.demo --fast""",
    "audit": f"{IDENTITY}; {VENV}/bin/edge-agent audit",
    "extras": f"""for extra in sensor fusion model audit register; do
        python3 -m venv {HOME}/only-$extra && \
            {HOME}/only-$extra/bin/pip install -q "$(ls {WHEELS}/*.whl)[$extra]" || exit 1
        {HOME}/only-$extra/bin/python /mnt/development/trials/verbs.py || exit 1
        done""",
}
UNPROVEN_EXIT = 3
"""An audit of an ordinary user ends with it: what only root can see is unproven there, and says so.
Nothing fell."""


def main() -> int:
    """Run the lanes; 0 where all parts are green, 1 where one is not, 2 wrong use."""
    parser = argparse.ArgumentParser(
        prog="scripts/other-machines", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--lane", action="append", choices=[lane.name for lane in LANES], help="may be given again"
    )
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="may be given again; setup comes before each"
    )
    parser.add_argument(
        "tests", nargs="*", help="after --: what pytest runs in place of the whole suite"
    )
    asked = parser.parse_args()
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        print(
            "other-machines: needs root and debootstrap; run as root: apt-get install debootstrap",
            file=sys.stderr,
        )
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    ends = []
    for lane in LANES:
        if asked.lane is None or lane.name in asked.lane:
            make(lane)
            ends += run(lane, tuple(asked.part or PARTS), asked.tests)
    for lane_name, part, code, seconds in ends:
        print(
            f"{lane_name:16} {part:6} {'green' if code == 0 else f'RED {code}':8} {seconds:6.0f} s"
        )
    return 1 if not ends or any(code for _, _, code, _ in ends) else 0


def make(lane: Lane) -> None:
    """Make the clean machine where it is not there: whole, or not at all."""
    if lane.tree.exists():
        return
    MACHINES.mkdir(parents=True, exist_ok=True)
    half = MACHINES / f"{lane.suite}.half"
    shutil.rmtree(half, ignore_errors=True)
    print(f"{lane.name}: making a clean {lane.suite}", file=sys.stderr)
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", lane.suite, str(half)]
    with (LOGS / f"{lane.suite}.log").open("wb") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log)  # noqa: S603 - written above
    # No service starts by itself: this is no machine with an init.
    (half / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (half / "usr/sbin/policy-rc.d").chmod(0o755)
    half.rename(lane.tree)


def run(lane: Lane, parts: tuple[str, ...], tests: list[str]) -> list[tuple[str, str, int, float]]:
    """Run the parts of a lane on one layer, in order; return exit code and seconds of each."""
    steps = CLONE_STEPS if lane.has_clone else WHEEL_STEPS
    ends = []
    with tempfile.TemporaryDirectory(prefix="layer-", dir=MACHINES) as folder:
        bring(lane, Path(folder, "from"))
        names = [name for name in PARTS if name in steps and (name in FIRST or name in parts)]
        Path(folder, "layer").mkdir()
        script = [begin(lane)]
        for name in names:
            words = f"{steps[name]} {shlex.join(tests)}" if name == "suite" else steps[name]
            script.append(part(lane, name, words))
        Path(folder, "from", "lane.sh").write_text("\n".join(script))
        log = LOGS / f"{lane.name}.log"
        with log.open("wb") as sink:
            begun_s = time.monotonic()
            code = inside(lane, Path(folder), sink)
        told = Path(folder, "from", "ends")
        for row in told.read_text().splitlines() if told.exists() else []:
            name, ended, seconds = row.split()
            expected = UNPROVEN_EXIT if name == "audit" and not lane.is_root else 0
            ends.append(
                (lane.name, name, 0 if int(ended) in (0, expected) else int(ended), float(seconds))
            )
        if len(ends) < len(names):
            ends.append((lane.name, "lane", code or 1, time.monotonic() - begun_s))
    print(f"{lane.name}: {log.relative_to(ROOT)}", file=sys.stderr)
    return ends


def bring(lane: Lane, folder: Path) -> None:
    """Lay out what the machine gets from this one.

    Scripts, this machine's own authorities, and a clone or the wheel.
    """
    folder.mkdir()
    shutil.copytree(
        ROOT / "development", folder / "development", ignore=shutil.ignore_patterns("__pycache__")
    )
    if AUTHORITIES.is_dir():
        shutil.copytree(AUTHORITIES, folder / "authorities")
    quiet = ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder / "clone")]
    subprocess.run(quiet, check=True)  # noqa: S603 - git as found
    if not lane.has_clone:
        (folder / "wheels").mkdir()
        build_wheel(folder / "wheels")
        shutil.rmtree(folder / "clone")
        shutil.copy(ROOT / "var" / "clips" / "vtest.avi", folder)


def begin(lane: Lane) -> str:
    """Return the words that make the machine ready for whoever works on it, as its owner would."""
    what = "clone" if lane.has_clone else "wheels"
    where = CLONE if lane.has_clone else WHEELS
    apt = "DEBIAN_FRONTEND=noninteractive apt-get"
    lines = [
        "set -eu",
        "umask 022",
        "mkdir -p /usr/local/share/ca-certificates",
        "[ ! -d /mnt/authorities ] || cp -r /mnt/authorities/. /usr/local/share/ca-certificates",
        "update-ca-certificates >/dev/null 2>&1",
        f"{apt} -q update >/dev/null",
        f"useradd --create-home --home-dir {HOME} --uid {USER} --shell /bin/sh person",
        f"cp -r /mnt/{what} {where}",
    ]
    if not lane.is_root:
        # What it must refuse to go on without, it says: then the machine's owner installs that.
        lines.append(f"chown -R person {HOME}")
        if lane.has_clone:
            lines.append(
                f"if {as_person(f'cd {CLONE} && python3 scripts/setup.py dev')}; then exit 9; fi"
            )
        else:
            # An owner's part of an installation: the folder for models, which `model fetch` asks
            # for.
            lines.append("install -d -o person /var/lib/people-count")
    if not (lane.is_root and lane.has_clone):
        lines.append(f"{apt} -qy install --no-install-recommends {ASKED_FOR} >/dev/null")
    # Not `( ) || exit`: within that the shell forgets -e.
    return "\n".join(["(", *lines, ")", "[ $? -eq 0 ] || exit 8"])


def part(lane: Lane, name: str, words: str) -> str:
    """Return the words that run one part and write down how it ended."""
    run_it = as_person(words) if not lane.is_root else f"/bin/sh -c {shlex.quote(words)}"
    return "\n".join(
        [
            f'echo "=== {lane.name} {name}"; begun=$(date +%s)',
            f"timeout {PART_S_MAX} {run_it}; code=$?",
            f'echo "{name} $code $(( $(date +%s) - begun ))" >> /mnt/ends',
        ]
    )


def as_person(words: str) -> str:
    """Return the words as the ordinary user says them, without root's groups and environment."""
    become = (
        f"setpriv --reuid={USER} --regid={USER} --clear-groups env HOME={HOME} USER=person "
        "LOGNAME=person"
    )
    return f"{become} /bin/sh -c {shlex.quote(words)}"


def inside(lane: Lane, folder: Path, log: IO[bytes]) -> int:
    """Run the lane's script with the machine as its whole file system.

    All its processes end with it.
    """
    command = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "--pid",
        "--fork",
        "--kill-child",
        "/bin/sh",
        "-c",
        ENTER,
        "sh",
    ]
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "FROM": str(folder / "from"),
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
    }
    arguments = [str(lane.tree), str(folder / "layer"), "/bin/sh", "/mnt/lane.sh"]
    return subprocess.run(  # noqa: S603 - written above
        [*command, *arguments], env=environment, stdout=log, stderr=log, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
