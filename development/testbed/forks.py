# SPDX-License-Identifier: Apache-2.0
"""A centre whose libraries are loaded already: forked, and not begun from nothing.

Two thirds of what a start costs is what it imports, the same each time. One process of each run of
tests imports it once and forks; a fork takes on a session, a folder, an environment and a log as a
program gets them, and then calls the command line of `fusion-service` with the same words. What a
start itself is about (its imports, its memory, its exit on a missing library) is shown by tests
that start the program; those of end_to_end start nothing else.

It has one thread when it forks, so that no lock is held by a thread that is not in the fork.
"""

import atexit
import gc
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from development.testbed.program import STOP_S, Program, StageError, find_program

BEGUN_BY = "import sys; from development.testbed.forks import main; main(int(sys.argv[1]))"
"""Not as a module: a command line calls itself by the name of the module that was started."""
WAITING_MAX = 64
ASKED_BYTES_MAX = 1 << 20
LEFT_S = 5.0


class ForkedProgram(Program):
    """`fusion-service` with some words, in a fork of the process that has imported it."""

    def _begun(self, log: IO[bytes]) -> "Forked":
        if self.command[0] != find_program("fusion-service"):
            raise StageError(f"{self.command[0]}: only fusion-service is forked")
        return Forked(self.command[1:], Path(log.name), dict(os.environ | self.environment))


class Forked:
    """One fork, asked as a `Popen` is asked. Raises StageError where it could not be begun."""

    def __init__(self, arguments: list[str], log: Path, environment: dict[str, str]) -> None:
        asked = {
            "arguments": arguments,
            "environment": environment,
            "folder": str(Path.cwd()),
            "log": str(log.absolute()),
        }
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(_parent())
        self._line.sendall(json.dumps(asked).encode() + b"\n")
        self.returncode: int | None = None
        self.pid = self._number()

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""
        return self._ended(0.0)

    def wait(self, timeout: float) -> int:
        """Return its exit code. Raises TimeoutExpired where it has none in time."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("fusion-service", timeout)
        return code

    def terminate(self) -> None:
        """Tell it to end."""
        os.kill(self.pid, 15)

    def _ended(self, within_s: float) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], within_s)[0]:
            self.returncode = self._number()
            self._line.close()
        return self.returncode

    def _number(self) -> int:
        said = self._line.recv(32)
        if not said:
            raise StageError("the process that forks centres has ended")
        return int(said)


@cache
def _parent() -> str:
    """Start the process that forks, once, and return where it listens."""
    folder = tempfile.mkdtemp(prefix="forks-")
    address = f"{folder}/line"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(WAITING_MAX)
        process = subprocess.Popen(  # noqa: S603 - this module
            [sys.executable, "-c", BEGUN_BY, str(listener.fileno())],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            pass_fds=(listener.fileno(),),
            start_new_session=True,
        )

    def end() -> None:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        process.stdin.close()
        process.wait(STOP_S)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return address


def main(descriptor: int) -> None:
    """Import what a centre imports, and fork for whoever asks, until whoever started it is gone."""
    gc.disable()
    import fusion_service.cli  # noqa: PLC0415 - by the process that forks alone
    import fusion_service.service  # noqa: F401, PLC0415 - alike

    gc.freeze()
    if threading.active_count() != 1:
        raise StageError("a library has begun a thread: no fork of it is sound")
    listener = socket.socket(fileno=descriptor)
    while True:
        readable, _, _ = select.select([listener, sys.stdin], [], [])
        _reap()
        if sys.stdin in readable:
            break
        line, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _stand_by(line)
            return
        line.close()
    until_s = time.monotonic() + LEFT_S
    while _reap() and time.monotonic() < until_s:
        time.sleep(0.01)


def _reap() -> bool:
    """Wait for all that have ended, so that their time is counted; say whether any is left."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def _stand_by(line: socket.socket) -> None:
    """Fork a centre, and say on this line its process id and, when it has ended, its exit code."""
    with line.makefile("rb") as reader:
        asked = json.loads(reader.readline(ASKED_BYTES_MAX))
    pid = os.fork()
    if pid == 0:
        line.close()
        _become(asked["arguments"], asked["environment"], asked["folder"], asked["log"])
        return
    with line, suppress(BrokenPipeError):
        line.sendall(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        line.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _become(arguments: list[str], environment: dict[str, str], folder: str, log: str) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    said = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for descriptor, at in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(descriptor, at)
    os.close(nothing)
    os.close(said)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    sys.argv = [find_program("fusion-service"), *arguments]
    gc.enable()
    from fusion_service.cli import main as command_line  # noqa: PLC0415 - imported before the fork

    command_line()
