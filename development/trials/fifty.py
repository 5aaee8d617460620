# SPDX-License-Identifier: Apache-2.0
"""Repeat tests, alone and beside load, and say how often they failed.

The first failure's words are kept.

Each run is a pytest of its own, so that nothing is carried from one to the next. The load is
processes that compute; they end with this, however it ends.
"""

import argparse
import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORDS = ROOT / "var" / "fifty"
TIMES, LOAD = 50, 8
RUN_S_MAX = 1800
PR_SET_PDEATHSIG = 1


def main() -> int:
    """Run both rounds; 0 where every run passed, 1 where one failed, 2 for wrong use."""
    parser = argparse.ArgumentParser(
        prog="scripts/fifty", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("tests", nargs="+", help="what pytest is to run, options too (after --)")
    parser.add_argument(
        "--times", type=int, default=TIMES, help=f"runs of each round, {TIMES} by default"
    )
    parser.add_argument(
        "--load",
        type=int,
        default=LOAD,
        help=f"processes that compute beside the second round, {LOAD} by default",
    )
    parser.add_argument("--only", choices=("alone", "loaded"), help="one round alone")
    asked = parser.parse_args()
    WORDS.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name, beside in (("alone", 0), ("loaded", asked.load)):
        if asked.only in (None, name):
            failed += repeat(name, asked.tests, times=asked.times, beside=beside)
    return 1 if failed else 0


def repeat(name: str, tests: list[str], *, times: int, beside: int) -> int:
    """Run the tests so many times beside so many processes.

    Print a line, and return how many runs failed.
    """
    busy = [
        multiprocessing.get_context("spawn").Process(target=compute, daemon=True)
        for _ in range(beside)
    ]
    for one in busy:
        one.start()
    seconds, failed = [], 0
    try:
        for number in range(1, times + 1):
            begun_s = time.monotonic()
            code, words = run(tests)
            seconds.append(time.monotonic() - begun_s)
            if code != 0:
                failed += 1
                kept = WORDS / f"{name}-{number}.log"
                kept.write_text(words)
                print(
                    f"{name}: run {number} failed with {code}: {kept.relative_to(ROOT)}", flush=True
                )
    finally:
        for one in busy:
            one.terminate()
            one.join()
    print(
        f"{name}: {times} runs beside {beside}, {failed} failed, {min(seconds):.1f} to "
        f"{max(seconds):.1f} s",
        flush=True,
    )
    return failed


def run(tests: list[str]) -> tuple[int, str]:
    """Run pytest once; a skip is no failure, nothing collected is one."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(  # noqa: S603 - pytest, with what was asked for
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_S_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return -1, f"not done within {RUN_S_MAX} s\n{error.stdout!s}"
    return done.returncode, done.stdout


def compute() -> None:
    """Keep a processor busy until whoever started this has gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        return
    while True:
        sum(range(100_000))


if __name__ == "__main__":
    sys.exit(main())
