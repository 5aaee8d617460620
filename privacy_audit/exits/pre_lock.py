# SPDX-License-Identifier: Apache-2.0
"""What is made before the lock must be of no use after it.

The production lock is on trial, in processes of its own.

A mapping of a file that is shared and may be written is a way out that needs no call, so the lock
must refuse to close over it. What is left open must be closed by the lock. What no sensor ever
calls must end the process, while libraries load as after.
"""

import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import ProcessError
from privacy_audit.exits.pre_lock_attacker import CASES, LOCKED, NOT_LOCKED_EXIT, RECORD
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.timing import Wait

PART = "exit classes"
NAME = "mappings, descriptors and calls before the lock"
SUBJECT = "the production lock, in processes of its own"
_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.5
_NO_SUCH_CODE = -signal.SIGSEGV
_REFUSES = {"a shared mapping of a file"}
_CLOSES = {"a file left open", "a socket left open"}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What an outsider saw of one attempt.

    locked: it would have been let begin. code: its exit code, None while it lives. file, sent: what
    got out by a file, and by a socket. held: what it still held.
    """

    locked: bool
    code: int | None
    file: bytes
    sent: bytes
    held: frozenset[str]


def look(folder: Path) -> list[Finding]:
    """Try every case, free and locked."""
    started = [
        (case, wall, _Bird(folder, case, wall)) for case in CASES for wall in ("free", "locked")
    ]
    seen = {(case, wall): bird.outcome() for case, wall, bird in started}
    faults, controls, absent = [], 0, 0
    for case in CASES:
        free, locked = seen[case, "free"], seen[case, "locked"]
        if free.code == _NO_SUCH_CODE:
            absent += 1
            continue
        controls += _got_out(case, free)
        fault = _fault(case, locked)
        if fault:
            faults.append(f"{case}: {fault}")
    tried = len(CASES) - absent
    if faults:
        verdict, detail = Verdict.FELL, "; ".join(faults)
    elif controls < tried:
        verdict, detail = (
            Verdict.UNPROVEN,
            f"{tried - controls} of {tried} did not work without the lock either",
        )
    else:
        verdict, detail = (
            Verdict.TWIN,
            (
                "the lock refuses to close over a shared mapping, closes what is left open, kills "
                "the rest"
            ),
        )
    return [
        Finding(
            PART,
            NAME,
            Mechanism.SECCOMP,
            SUBJECT,
            verdict,
            detail,
            tried,
            tried - len(faults),
            controls,
        )
    ]


def _got_out(case: str, seen: _Outcome) -> bool:
    """Say whether the control did what the attack is for.

    Without the lock all of them live and go on.
    """
    if case in _REFUSES | {"a file left open"}:
        return seen.file == RECORD
    if case == "a socket left open":
        return seen.sent == RECORD
    return (seen.locked and seen.code is None) or (
        case == "a program while libraries load" and seen.code == 0
    )


def _fault(case: str, seen: _Outcome) -> str:
    """Return in what the lock fell short, empty where it held."""
    if RECORD in (seen.file, seen.sent):
        return "it got out"
    if case in _REFUSES:
        return "" if not seen.locked and seen.code == NOT_LOCKED_EXIT else "the lock closed over it"
    if case in _CLOSES:
        return "" if not seen.held else f"still held: {', '.join(sorted(seen.held))}"
    return (
        ""
        if seen.code == -signal.SIGSYS
        else f"ended with {seen.code}, wanted it killed at the call"
    )


class _Bird:
    """One attacker, and the other ends of what it was given."""

    def __init__(self, folder: Path, case: str, wall: str) -> None:
        self._file = folder / f"{case} {wall}"
        self._file.write_bytes(bytes(64))
        self._loot = os.open(self._file, os.O_RDWR)
        self._told, channel = os.pipe2(os.O_DIRECT)
        self._closed, locked_fd = os.pipe()
        self._tap, tap = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        numbers = (channel, locked_fd, self._loot, tap.fileno())
        command = [
            sys.executable,
            "-I",
            "-m",
            "privacy_audit.exits.pre_lock_attacker",
            case,
            wall,
            *map(str, numbers),
        ]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            pass_fds=numbers,
            process_group=0,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for descriptor in (channel, locked_fd):
            os.close(descriptor)
        tap.close()

    def outcome(self) -> _Outcome:
        """Wait until it has tried or ended, look, and end it."""
        said: list[bytes] = []
        wait = Wait(_WITHIN_S)
        while RECORD not in said and not wait.over():
            if not select.select([self._told], [], [], _LOOK_EVERY_S)[0]:
                continue
            raw = os.read(self._told, 4096)
            if not raw:
                break
            said.append(raw)
        if wait.over():
            raise ProcessError(
                "a process that attacks before the lock: neither tried nor ended in time"
            )
        held = self._held()
        ended = RECORD not in said
        if not ended:
            self._process.kill()
        code = self._process.wait(_WITHIN_S)
        # A process that it has made goes on in its group.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        sent = (
            self._tap.recv(4096, socket.MSG_DONTWAIT)
            if select.select([self._tap], [], [], 0)[0]
            else b""
        )
        outcome = _Outcome(
            LOCKED in said, code if ended else None, self._file.read_bytes(), sent, held
        )
        for descriptor in (self._told, self._closed, self._loot):
            os.close(descriptor)
        self._tap.close()
        return outcome

    def _held(self) -> frozenset[str]:
        found = set()
        with suppress(OSError):
            for entry in Path(f"/proc/{self._process.pid}/fd").iterdir():
                target = str(entry.readlink())
                if target.startswith("socket:") or target == str(self._file):
                    found.add(target)
        return frozenset(found)
