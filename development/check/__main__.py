# SPDX-License-Identifier: Apache-2.0
"""Run every check and every test; with arguments, every check and what pytest makes of them.

Coverage is judged where all tests ran. The packages are compiled before: the tests start some
thousand processes, and one that is locked in can keep nothing of what it compiles.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from development.check.lanes import COVERED_MIN, JUDGED, LANES, Lane

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
LOGS = ROOT / "var"
SLOWEST = "--durations=15"
CHECKS = {
    "format": ("ruff", "format", "--check"),
    "lint": ("ruff", "check"),
    "contracts": ("lint-imports",),
    "types": ("mypy",),
}
PACKAGES = ("edge_agent", "fusion_service", "privacy_audit", "wire_contract", "development")
COMPILE = ("python", "-m", "compileall", "-q", "-j", "0", *PACKAGES)
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}
_COVERED = ("coverage", "run", "-m", "pytest")
_PLAIN = ("python", "-m", "pytest")
GIVES_WAY = ("nice", "-n", "10")
"""For what only computes: it fills the processors while others wait, and holds up none of them."""


class Running:
    """A command that runs beside others; its words are shown when it has ended.

    gives_way: the others come before it.
    """

    def __init__(self, name: str, command: Sequence[str], *, gives_way: bool = False) -> None:
        self.name, self._begun_s = name, time.monotonic()
        self.took_s = self.cpu_s = 0.0
        """How long it ran, and the processor time of it and of all that it waited for."""
        self._code = -1
        self._log = LOGS / f"checked-{name}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - below
                [*(GIVES_WAY if gives_way else ()), *started(command)],
                cwd=ROOT,
                env=ENVIRONMENT,
                stdout=log,
                stderr=log,
            )
        # Each is waited for by itself, so that its time ends with it and not with another's.
        self._waiting = threading.Thread(target=self._wait, daemon=True)
        self._waiting.start()

    def _wait(self) -> None:
        _, status, used = os.wait4(self._process.pid, 0)
        self.took_s = time.monotonic() - self._begun_s
        self.cpu_s = used.ru_utime + used.ru_stime
        self._code = self._process.returncode = os.waitstatus_to_exitcode(status)

    def ended_well(self) -> bool:
        """Wait for its end, show its words, and say whether all was well."""
        self._waiting.join()
        print(f"== {self.name}: {self.took_s:.0f} s, {self.cpu_s:.0f} s of CPU")
        print(self._log.read_text("utf-8", "replace"))
        return self._code == 0


def main(asked: Sequence[str]) -> int:
    """Run everything; 0 where all is well, 1 where anything is not."""
    LOGS.mkdir(exist_ok=True)
    ran_well(COMPILE)
    found = dict[str, bool]()
    for name in ("format", "lint"):
        print(f"== {name}", flush=True)
        found[name] = ran_well(CHECKS[name])
    # These two take a while and hold for no test; they run beside the first of them.
    beside = {name: Running(name, CHECKS[name], gives_way=True) for name in ("contracts", "types")}
    if asked:
        found["tests"] = ran_well((*_PLAIN, *asked))
    else:
        found["tests"] = tests_ran_well()
    found |= {name: running.ended_well() for name, running in beside.items()}
    if not asked:
        found |= {f"coverage-of-{name}": is_covered(files) for name, files in JUDGED.items()}
    passed = [name for name, well in found.items() if well]
    print(f"== passed: {' '.join(passed) or 'none'}")
    if failed := [name for name, well in found.items() if not well]:
        print(f"== FAILED: {' '.join(failed)}")
    return 1 if failed else 0


def tests_ran_well() -> bool:
    """Run all lanes beside each other, and say whether every test passed."""
    ran_well(("coverage", "erase"))
    lanes = [Running(lane.name, command_of(lane), gives_way=lane.only_computes) for lane in LANES]
    ended = [lane.ended_well() for lane in lanes]
    print("== lanes, the longest first: seconds, of CPU")
    for lane in sorted(lanes, key=lambda one: -one.took_s):
        print(f"{lane.name:12} {lane.took_s:5.0f} {lane.cpu_s:5.0f}")
    wall_s, cpu_s = max(one.took_s for one in lanes), sum(one.cpu_s for one in lanes)
    busy = cpu_s / wall_s / (os.cpu_count() or 1)
    print(f"{'all':12} {wall_s:5.0f} {cpu_s:5.0f}, {busy:.0%} of the processors")
    return all(ended)


def command_of(lane: Lane) -> tuple[str, ...]:
    """Return what runs a lane."""
    return (*(_COVERED if lane.is_judged else _PLAIN), SLOWEST, *lane.arguments(ROOT))


def is_covered(files: str) -> bool:
    """Say whether enough of these files was run, and show the missing lines where it was not."""
    share = ("--format=total", f"--include={files}", f"--fail-under={COVERED_MIN}")
    if ran_well(("coverage", "report", *share)):
        return True
    ran_well(("coverage", "report", "--show-missing", f"--include={files}"))
    return False


def ran_well(command: Sequence[str]) -> bool:
    """Run a tool to its end, its words where ours go."""
    done = subprocess.run(started(command), cwd=ROOT, env=ENVIRONMENT, check=False)  # noqa: S603 - below
    return done.returncode == 0


def started(command: Sequence[str]) -> list[str]:
    """Return a command of this environment's tools."""
    return [str(BIN / command[0]), *command[1:]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
