# SPDX-License-Identifier: Apache-2.0
"""Start a program, see that it is ready, end it, and have its last words where it failed."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol, Self

HOST = "127.0.0.1"
PORTS = range(12_000, 32_000)
"""Below those that the kernel hands to whoever calls out. One of the kernel's own choice may go to
another program's next connection before its server has bound it."""
WAIT_S = 60.0
POLL_S, POLL_S_MAX, POLL_GROWS = 0.02, 0.25, 1.3
"""How long to rest before asking again: longer each time, up to a quarter of a second. To ask a
centre twenty times a second costs it and us as much as what is waited for."""
STOP_S = 60.0
WORDS = 12
TICKS_HZ = os.sysconf("SC_CLK_TCK")
_SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


class StageError(Exception):
    """A program is missing, failed, or did not come up; the sentence says which, and its words."""


class Process(Protocol):
    """What is asked of a process that was begun: what a `Popen` has."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""

    def wait(self, timeout: float) -> int:
        """Return its exit code. Raises TimeoutExpired where it has none in time."""

    def terminate(self) -> None:
        """Tell it to end."""


class Program:
    """One program: its command, its words in a file, and its process while it runs.

    It has a session of its own, so that a Ctrl-C reaches it through whoever started it.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.command, self.log = list(map(str, command)), log
        self.environment = dict(environment or {})
        self._process: Process | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its process id. Raises StageError where it was not started."""
        if self._process is None:
            raise StageError(f"{self.command[0]}: was not started")
        return self._process.pid

    def start(self) -> None:
        """Start it; what it says is added to its file."""
        with self.log.open("ab") as log:
            self._process = self._begun(log)

    def _begun(self, log: IO[bytes]) -> "Process":
        return subprocess.Popen(  # noqa: S603 - ours, or found by find_program
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **self.environment},
            start_new_session=True,
        )

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""
        return None if self._process is None else self._process.poll()

    def wait(self, within_s: float = STOP_S) -> int:
        """Wait for its end and return its exit code. Raises StageError where it does not end."""
        if self._process is None:
            raise StageError(f"{self.command[0]}: was not started")
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired as error:
            raise StageError(
                f"{self.command[0]}: did not end within {within_s:.0f} s; {self.last_words()}"
            ) from error

    def wait_until(self, is_ready: Callable[[], bool], within_s: float = WAIT_S) -> None:
        """Wait until it is ready.

        Raises StageError with its last words where it ends before, or takes too long.
        """
        until_s, rest_s = time.monotonic() + within_s, POLL_S
        while not is_ready():
            if (code := self.poll()) is not None:
                raise StageError(f"{self.command[0]}: ended with {code}; {self.last_words()}")
            if time.monotonic() > until_s:
                raise StageError(
                    f"{self.command[0]}: not ready in {within_s:.0f} s; {self.last_words()}"
                )
            time.sleep(rest_s)
            rest_s = min(POLL_S_MAX, POLL_GROWS * rest_s)

    def stop(self) -> int | None:
        """End it as a service manager would; return its exit code, None where it did not run."""
        if self._process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            return self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            return self.kill()
        finally:
            self._process = None

    def kill(self) -> int | None:
        """End it, and what it started, without a chance to save anything."""
        if (process := self._process) is None:
            return None
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        self._process = None
        return process.wait(STOP_S)

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def words(self) -> str:
        """Return all that it said."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def last_words(self) -> str:
        """Return the end of what it said, for an error's sentence."""
        said = "\n".join(self.words().splitlines()[-WORDS:])
        return f"its last words in {self.log}:\n{said}" if said else "it said nothing"


def find_program(name: str) -> str:
    """Return the path of a program: one of ours beside this Python, or the system's.

    Raises StageError with what to do where it is missing.
    """
    found = shutil.which(name, path=f"{Path(sys.executable).parent}:{_SYSTEM_PATH}")
    if found is None:
        raise StageError(
            f"{name}: not found; run python3 scripts/setup.py dev, or: sudo apt-get install {name}"
        )
    return found


def call(name: str, *arguments: str | Path) -> str:
    """Run a program, found by its name, to its end and return what it printed.

    Raises StageError where it fails.
    """
    return finished([find_program(name), *arguments])


def finished(command: Sequence[str | Path]) -> str:
    """Run a command to its end and return what it printed. Raises StageError where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode != 0:
        words = " ".join(map(str, command))
        raise StageError(f"{words}: ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port


def listens(port: int) -> bool:
    """Say whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def until(holds: Callable[[], bool], what: str, within_s: float = WAIT_S) -> None:
    """Wait until something holds. Raises StageError where it does not in time."""
    until_s, rest_s = time.monotonic() + within_s, POLL_S
    while not holds():
        if time.monotonic() > until_s:
            raise StageError(f"waited {within_s:.0f} s for {what}")
        time.sleep(rest_s)
        rest_s = min(POLL_S_MAX, POLL_GROWS * rest_s)


def cpu_s(pid: int) -> float:
    """Return the processor time of a process and its threads, user and system, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_HZ


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process, MB."""
    rows = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return int(next(row for row in rows if row.startswith("VmRSS")).split()[1]) / 1024
