# SPDX-License-Identifier: Apache-2.0
"""Run a verb of the centre's command line, or of the box's, in this process.

It is all that a program of its own would do but start, which takes thirty times as long.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

from development.testbed.program import StageError
from edge_agent.cli import main as box_main
from fusion_service.cli import main as centre_main


def ended_verb(*arguments: object, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a verb of the centre to its end; return what it printed and its exit code.

    typed: what it reads from stdin, where it reads.
    """
    return _ended(centre_main, arguments, typed)


def ended_box_verb(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a verb of the box to its end; return what it printed and its exit code.

    None that locks a process, or goes on until it is ended, is for this.
    """
    return _ended(box_main, arguments, "")


def _ended(
    main: Callable[[list[str]], None], arguments: tuple[object, ...], typed: str
) -> subprocess.CompletedProcess[str]:
    words, said, told = [str(one) for one in arguments], StringIO(), StringIO()
    code = 0
    with _read_from(typed), redirect_stdout(said), redirect_stderr(told):
        try:
            main(words)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return subprocess.CompletedProcess(words, code, said.getvalue(), told.getvalue())


def run_verb(*arguments: object) -> str:
    """Run a verb to its end and return what it printed. Raises StageError where it fails."""
    done = ended_verb(*arguments)
    if done.returncode:
        words = " ".join(done.args)
        raise StageError(f"fusion-service {words}: ended with {done.returncode}: {done.stderr}")
    return done.stdout


@contextmanager
def _read_from(typed: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, StringIO(typed)
    try:
        yield
    finally:
        sys.stdin = before
