# SPDX-License-Identifier: Apache-2.0
"""Run one long step of the set-up, seen from outside.

That it lives, how long it took, and its last words where it fails.

Rule: standard library only, and no syntax newer than 3.9; see setup.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "var" / "setup"
"""Temporary files, and what pip has fetched so far: a set-up that was stopped goes on from
there."""

PLAIN_LINE_EVERY_S = 20
SHOWN_LINES, SHOWN_COLUMNS = 10, 160


class SetupError(Exception):
    """What is missing or went wrong, and the command that helps."""


class StepError(SetupError):
    """A program that the set-up started did not succeed."""


def step(
    title: str,
    command: list[str],
    *,
    limit_s: float,
    advice: str = "",
    cwd: Path = ROOT,
    environment: dict[str, str] | None = None,
    descriptors: tuple[int, ...] = (),
) -> None:
    """Run a program quietly, showing that it lives.

    Raise StepError with its last lines where it fails.
    """
    log_path, progress = WORK / "log", Progress(title)
    with log_path.open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 - every command is written in setup.py
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=descriptors,
        )
        try:
            while child.poll() is None and time.monotonic() - progress.started_s < limit_s:
                progress.tick((last_lines(log_path) or [""])[-1])
                time.sleep(0.1)
            finished = child.poll() is not None
        finally:
            end(child)
    if finished and child.returncode == 0:
        progress.end("done")
        return
    progress.end("failed")
    reason = f"ended with {child.returncode}" if finished else f"was not done after {limit_s:.0f} s"
    shown = "\n".join(f"    {line[:SHOWN_COLUMNS]}" for line in last_lines(log_path)[-SHOWN_LINES:])
    raise StepError(
        f"{title}: {Path(command[0]).name} {reason}. Its last lines:\n{shown}\n{advice}".rstrip()
    )


def end(child: subprocess.Popen[bytes]) -> None:
    """End a program that is still at work."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def last_lines(log: Path) -> list[str]:
    """Return the lines at the end of a program's output, empty ones left out."""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 8192))
        text = file.read().decode(errors="replace")
    return [line.strip() for line in text.replace("\r", "\n").splitlines() if line.strip()]


class Progress:
    """One line that changes in a terminal; elsewhere a plain line now and then.

    A step under 0.3 s is not mentioned.
    """

    SPINNER = "|/-\\"

    def __init__(self, title: str) -> None:
        self.title = title
        self.started_s = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._told_s = float("-inf")

    def tick(self, detail: str) -> None:
        """Show that the step goes on, with what its program said last."""
        seconds = time.monotonic() - self.started_s
        if seconds < 0.3:  # noqa: PLR2004 - see the class
            return
        if self._terminal:
            sign = self.SPINNER[int(seconds * 8) % len(self.SPINNER)]
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\033[K{f'{sign} {self.title} {seconds:.0f} s  {detail}'[:width]}")
            self._told_s = seconds
        elif seconds - self._told_s >= PLAIN_LINE_EVERY_S:
            sys.stderr.write(
                f"{self.title} ..."
                + (f" {seconds:.0f} s  {detail}\n" if self._told_s >= 0 else "\n")
            )
            self._told_s = seconds
        sys.stderr.flush()

    def end(self, word: str) -> None:
        """Close the line."""
        if self._told_s >= 0 or word != "done":
            start = "\r\033[K" if self._terminal else ""
            sys.stderr.write(
                f"{start}{self.title}: {word} in {time.monotonic() - self.started_s:.1f} s\n"
            )
