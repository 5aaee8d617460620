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
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from development.release.build_wheel import build as build_wheel
from development.trials.day import ADDRESSES, Block, Carry, _wanted, steps
from development.trials.machines import (
    INSTALLED,
    SYSTEMD,
    Machine,
    boot,
    control_groups,
    network,
)

ROOT = Path(__file__).resolve().parents[2]
TEXT = ROOT / "docs" / "OPERATIONS.md"
FILM, FRAMES = ROOT / "var" / "clips" / "vtest.avi", 150
UNTIL_S = 120.0


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


if __name__ == "__main__":
    sys.exit(main())
