# SPDX-License-Identifier: Apache-2.0
"""Do the libraries report to their makers?

Later builds of the inference library do, from inside the process.

A build that reports is run in the sensor's place behind its first lock, and must die; and behind
the same lock with `socket` refused instead, and must live: so it was that call. The box's own build
runs as long behind the lock, and free, and must try nothing. All of them have an empty network of
their own: nothing of this reaches anybody.
"""

import mmap
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from edge_agent.config.paths import cards_directory, in_clone, weights_directory
from edge_agent.confinement.enter import Plan, write_plan
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.models.card import read_card
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.pixels.inference_run import FREE, LOCKED, OWN, READY, SPARED
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.own_code import with_own_code
from privacy_audit.timing import Wait, too_slow

PART = "telemetry"
REPORTING, OURS = "a build that reports", "the box's own build"
SUBJECT = "the inference library, run beside the box in the sensor's place"
BUILD = "onnxruntime==1.30.0"
"""What requirements/telemetry.lock names: fetched by the set-up of a clone, and by hand where there
is none."""
WATCHED_S = 45.0
"""How long a build is given to report; seen to try between 9 and 18 s."""
LIVES_ON_S = 2.0
LOADED = "what the running sensor has loaded"
MARKS = (b"events.data.microsoft.com", b"ORT_DISABLE_TELEMETRY", b"mat-debug-", b"OfflineStorage")
"""What only a build that can report holds, whatever it says of its version: where it reports to,
its switch, its log, its store."""
FIRST_TO_REPORT = (1, 29)
_VERSION = re.compile(r"onnxruntime-(\d+)\.(\d+)[^/]*\.dist-info")
_LOOK_EVERY_S = 0.05
_PATH = 5
"""The column of /proc/PID/maps that names the file."""
# It looks for these two first; where they are missing it starts a program to learn the machine's
# number, and dies of that.
_IDENTITIES = ("/etc/machine-id", "/etc/os-release")
_MAKE_IDENTITY = "tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id"
"""What systemd does at a machine's first start; a machine without it has this file from nobody."""


@dataclass(slots=True)
class _Run:
    """One build behind one wall.

    It has a process and a home, words that it said, and may have been seen with a socket.
    """

    process: subprocess.Popen[bytes]
    home: Path
    said: Path
    socket_seen: bool = False
    ended_s: float | None = None

    @property
    def ready(self) -> bool:
        """It has loaded the model."""
        return READY in self.said.read_text("utf-8", "replace")

    def left(self) -> list[str]:
        """Return the files that it has left in its home and in the place for temporary files."""
        own = [str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.is_file()]
        return own + [str(path) for path in self._debug_logs()]

    def _debug_logs(self) -> list[Path]:
        return list(Path("/tmp").glob(f"mat-debug-{self.process.pid}.log"))  # noqa: S108 - where the library puts it

    def end(self) -> None:
        """End it and what it has left outside its home."""
        self.process.kill()
        self.process.wait()
        for path in self._debug_logs():
            path.unlink(missing_ok=True)


def look(box: AuditedBox) -> list[Finding]:
    """Read what the running sensor has loaded; then run both builds and watch them."""
    return [_loaded(box), *_run_both(box)]


def _run_both(box: AuditedBox) -> list[Finding]:
    if not namespaces.may_separate():
        reason = (
            "the builds must not reach a network, and only root can give them an empty one; run "
            "the audit as root"
        )
        return [_unproven(REPORTING, reason), _unproven(OURS, reason)]
    card = read_card(cards_directory() / box.config.detector.model)
    gone = missing_identities()
    model, build = weights_directory() / card.onnx_name, None if gone else reporting_build()
    folder = box.folder / "telemetry"
    folder.mkdir(mode=0o755)
    with ExitStack() as opened:
        walls = [(OWN, FREE), (OWN, LOCKED)]
        if build is not None:
            walls += [(str(build), FREE), (str(build), LOCKED), (str(build), SPARED)]
        runs = {
            wall: opened.enter_context(_running(folder, wall[1], wall[0], model)) for wall in walls
        }
        until = runs[str(build), LOCKED] if build is not None else None
        _observe(list(runs.values()), until)
        ours = _ours(runs[OWN, FREE], runs[OWN, LOCKED])
        if gone:
            what = (
                f"{', '.join(gone)} is missing here; without it such a build starts a program and "
                "dies of that"
            )
            return [_unproven(REPORTING, f"{what}; run: {_MAKE_IDENTITY}"), ours]
        if build is None:
            reason = f"{_builds()} holds no onnxruntime of 1.29 or later; run: {how_to_fetch()}"
            return [_unproven(REPORTING, reason), ours]
        return [
            _reporting(runs[str(build), FREE], runs[str(build), LOCKED], runs[str(build), SPARED]),
            ours,
        ]


def _loaded(box: AuditedBox) -> Finding:
    """Search every file that the running sensor has mapped for a reporting build's marks."""
    pid = box.pids.get(Role.SENSOR)
    try:
        files = _mapped(pid)
        seen = {path: marks(Path(f"/proc/{pid}/root{path}")) for path in files}
    except OSError as error:
        return _unproven(
            LOADED, f"its memory map is not ours to read: {error}; run the audit as root"
        )
    inference = [path for path in files if "/onnxruntime/" in path]
    told = sorted({found for path in inference for found in _versions(Path(path).parents[2])})
    versions = ", ".join(".".join(map(str, one)) for one in told) or "of no stated version"
    detail = f"{len(files)} libraries, onnxruntime {versions}"
    build = reporting_build()
    control = sum(bool(marks(path)) for path in build.rglob("*.so*")) if build is not None else 0
    if can := {path: found for path, found in seen.items() if found}:
        path, found = next(iter(can.items()))
        what = f"{detail}: telemetry-capable: {Path(path).name} holds {found[0].decode()}"
        return _finding(LOADED, Verdict.FELL, what, control)
    if not inference:
        return _unproven(LOADED, f"{detail}: the inference library is not among them")
    if any(version >= FIRST_TO_REPORT for version in told):
        what = f"{detail}: telemetry-capable by its version, wanted one below 1.29"
        return _finding(LOADED, Verdict.FELL, what, control)
    what = f"{detail}: none can report to its maker, by what it holds"
    return _finding(LOADED, Verdict.PROVEN, what, control, refused=control)


def _mapped(pid: int | None) -> list[str]:
    """Return the paths of the libraries that a process has mapped. Raises OSError."""
    rows = (
        row.split(maxsplit=5) for row in Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines()
    )
    paths = {row[_PATH] for row in rows if len(row) > _PATH}
    return sorted(path for path in paths if path.startswith("/") and ".so" in path)


def marks(path: Path) -> list[bytes]:
    """Return the marks of a reporting build that a file holds. Raises OSError."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return [mark for mark in MARKS if content.find(mark) >= 0]


def _versions(packages: Path) -> list[tuple[int, ...]]:
    return [
        tuple(map(int, found.groups()))
        for path in packages.glob("onnxruntime-*.dist-info")
        if (found := _VERSION.match(path.name))
    ]


def reporting_build() -> Path | None:
    """Return the folder with a build that reports, as the set-up fetches it.

    It is None where it is not there.
    """
    return _builds() if (_builds() / "onnxruntime").is_dir() else None


def missing_identities() -> list[str]:
    """Return which of the files that a reporting build looks for first are not on this machine."""
    return [
        path for path in _IDENTITIES if not Path(path).is_file() or not Path(path).stat().st_size
    ]


def how_to_fetch() -> str:
    """Return the command that brings such a build, which this machine has."""
    if in_clone():
        return "python3 scripts/setup.py run"
    return " ".join(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(_builds()), BUILD]
    )


def _builds() -> Path:
    return weights_directory().parent / "telemetry"


def _observe(runs: list[_Run], until: _Run | None) -> None:
    """Look for sockets, note who ends when, and stop soon after `until` has ended."""
    started_s, wait = time.monotonic(), Wait(WATCHED_S)
    while not wait.over():
        for run in runs:
            if run.ended_s is None and run.process.poll() is not None:
                run.ended_s = time.monotonic() - started_s
                if run is until:
                    wait = Wait(LIVES_ON_S)
            run.socket_seen = run.socket_seen or _has_socket(run.process.pid)
        time.sleep(_LOOK_EVERY_S)


def _has_socket(pid: int) -> bool:
    with suppress(OSError):
        return any(
            str(entry.readlink()).startswith("socket:")
            for entry in Path(f"/proc/{pid}/fd").iterdir()
        )
    return False


def _reporting(free: _Run, locked: _Run, spared: _Run) -> Finding:
    """The build that reports: killed behind the wall, and by the call that makes a socket."""
    left = free.left()
    controls = int(bool(left) or free.socket_seen)
    if locked.socket_seen:
        return _finding(REPORTING, Verdict.FELL, "it had a socket behind the lock", controls)
    if not controls:
        what = (
            f"free, it left no file and made no socket within {WATCHED_S:.0f} s: nothing to be "
            "stopped"
        )
        return (
            _unproven(REPORTING, what)
            if free.process.poll() is not None
            else _too_slow(REPORTING, what)
        )
    if locked.process.poll() is None:
        return _too_slow(
            REPORTING, "behind the lock it had not come to its first socket when the wait was over"
        )
    if locked.process.poll() != -signal.SIGSYS or not locked.ready:
        return _unproven(
            REPORTING,
            f"behind the lock it ended with {locked.process.poll()}, wanted it killed at a call",
        )
    if spared.process.poll() is not None:
        return _unproven(
            REPORTING,
            "killed, but with the call for a socket refused it ended too, with "
            f"{spared.process.poll()}",
        )
    detail = (
        f"killed at a socket {locked.ended_s or 0:.0f} s after its start; with that call refused "
        f"it lives; free, it left {len(left)} files: "
        f"{', '.join(Path(name).name for name in left[:3])}"
    )
    return _finding(REPORTING, Verdict.TWIN, detail, controls, refused=1)


def _ours(free: _Run, locked: _Run) -> Finding:
    """Run the build of the box: free without a file or a socket, then alive behind the lock.

    Both take as long.
    """
    if any(not run.ready and run.process.poll() is None for run in (free, locked)):
        return _too_slow(OURS, "it had not loaded the model when the wait was over")
    if not free.ready or not locked.ready:
        return _unproven(
            OURS,
            f"it did not load the model: {free.said.read_text('utf-8', 'replace').strip()[-120:]}",
        )
    left = free.left()
    if left or free.socket_seen or locked.socket_seen:
        seen = [*left[:3], *(["a socket"] if free.socket_seen or locked.socket_seen else [])]
        return _finding(OURS, Verdict.FELL, f"it makes {', '.join(seen)}", 0)
    if locked.process.poll() is not None:
        return _finding(
            OURS,
            Verdict.FELL,
            f"behind the lock it ended with {locked.process.poll()}: it tries what no sensor does",
            0,
        )
    version = free.said.read_text("utf-8", "replace").partition(READY)[2].split()[0]
    return _finding(
        OURS,
        Verdict.TWIN,
        f"onnxruntime {version} without the switch: no file, no socket, not killed",
        0,
    )


@contextmanager
def _running(folder: Path, wall: str, build: str, model: Path) -> Iterator[_Run]:
    """Start one build behind one wall.

    Free is outside the sensor's place too, with a home that it may write to.
    """
    name = f"{'own' if build == OWN else 'reporting'}-{wall}"
    home, said = folder / name, folder / f"{name}.log"
    home.mkdir()
    arguments = [wall, build, str(model), str(WATCHED_S + LIVES_ON_S)]
    with said.open("wb") as words:
        if wall == FREE:
            command = [sys.executable, "-I", "-m", "privacy_audit.pixels.inference_run", *arguments]
            environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
            process = subprocess.Popen(  # noqa: S603 - our own module
                command,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                env=environment,
                cwd=home,
            )
        else:
            process = _in_place(
                arguments,
                words.fileno(),
                (str(model), *(() if build == OWN else (build,)), *_IDENTITIES),
            )
    run = _Run(process, home, said)
    try:
        yield run
    finally:
        run.end()


def _in_place(arguments: list[str], words: int, reads: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Start it as the supervisor starts a sensor."""
    user = User(visible_files.SENSOR_UID, visible_files.SENSOR_UID)
    view = with_own_code(visible_files.sensor_view(reads=reads, camera_device=None))
    plan = write_plan(Plan(view, user, network=False, umask=0o077))
    command = [
        sys.executable,
        "-I",
        "-m",
        "edge_agent.confinement.enter",
        str(plan),
        "privacy_audit.pixels.inference_run",
        *arguments,
    ]
    with namespaces.own_processes(Kernel()):
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, pass_fds=(plan,), stdin=subprocess.DEVNULL, stdout=words, stderr=words
        )
    os.close(plan)
    return process


def _finding(name: str, verdict: Verdict, detail: str, controls: int, refused: int = 0) -> Finding:
    return Finding(
        PART, name, Mechanism.TELEMETRY, SUBJECT, verdict, detail, controls, refused, controls
    )


def _too_slow(name: str, what: str) -> Finding:
    return too_slow(PART, name, Mechanism.TELEMETRY, SUBJECT, what)


def _unproven(name: str, reason: str) -> Finding:
    return _finding(name, Verdict.UNPROVEN, reason, 0)
