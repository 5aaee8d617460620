# SPDX-License-Identifier: Apache-2.0
"""Does the supervisor see a process that is not locked in, and does it act?

Give it some, and see whom it lets begin.

The supervisor is the box's own, with the box's config. In place of a process it starts another
program of the audit's, which locks itself as it should but for one thing. It must refuse: no byte
to begin, and an end that says what is missing. The control is the same program with nothing left
out, which must be let begin. Run by itself as `python -I -m privacy_audit.outside.supervision
CONFIG SETTING..`, this module is that supervisor.
"""

import logging
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from edge_agent.config.schema import load
from edge_agent.confinement import lock
from edge_agent.confinement.kernel.filter_reader import FilterReader
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import EdgeAgentError
from edge_agent.processes.launch import Place
from edge_agent.processes.supervision.child import Child
from edge_agent.processes.supervision.supervisor import Supervisor
from privacy_audit import timing
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.outside.loose.ways import BEGAN_EXIT, ROLES, TIGHT, WAYS
from privacy_audit.target.box import AuditedBox, is_root, until
from privacy_audit.target.own_code import with_own_code

PART = "the supervisor"
_SUBJECT = (
    "the box's own supervisor, run beside it with processes of the audit's in place of its own"
)
DECIDES_WITHIN_S = 60.0
SIDE_BY_SIDE = 3
_IN_FILTERS = "another-filter"
"""Only where the kernel hands filters out can anybody see that one is another."""
_IN_MEMORY = "shared-memory"
"""The kernel shows the memory of a process that must not be dumped to root alone."""
_LOOSE = "loose "
"""How the supervisor calls what stands for a process."""


@dataclass(frozen=True, slots=True)
class Case:
    """How each of the three is, in the order of ROLES."""

    ways: tuple[str, str, str]

    @property
    def name(self) -> str:
        """Its folder's name, from which the processes read how they are to be."""
        return ".".join(self.ways)

    @property
    def loose(self) -> Role | None:
        """The one that is not locked in as it should be; None in the control."""
        return next(
            (role for role, way in zip(ROLES, self.ways, strict=True) if way != TIGHT), None
        )

    @property
    def words(self) -> str:
        """What is wrong with it, in words."""
        return next(
            (
                f"a {role} with {way.replace('-', ' ')}"
                for role, way in zip(ROLES, self.ways, strict=True)
                if way != TIGHT
            ),
            TIGHT,
        )


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """How a case ended: whom the supervisor let begin, how it ended, and its last words."""

    case: Case
    began: frozenset[Role]
    ended: bool
    words: str


CONTROL = Case((TIGHT, TIGHT, TIGHT))
CASES = (
    *(Case((way, TIGHT, TIGHT)) for way in WAYS if way != TIGHT),
    *(Case((TIGHT, way, TIGHT)) for way in ("no-filter", "unlimited")),
    *(Case((TIGHT, TIGHT, way)) for way in ("no-filter", "first-filter-only")),
)


def look(box: AuditedBox) -> list[Finding]:
    """Run each case, and the control."""
    folder = box.folder / "supervision"
    folder.mkdir(mode=0o755)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        outcomes = list(threads.map(partial(run, box, folder), (CONTROL, *CASES)))
    unseen = (
        *(() if any(box.filters.values()) else (_IN_FILTERS,)),
        *(() if is_root() else (_IN_MEMORY,)),
    )
    return [judge(outcomes[0], outcomes[1:], unseen=unseen)]


def judge(
    control: CaseOutcome, outcomes: list[CaseOutcome], *, unseen: tuple[str, ...] = ()
) -> Finding:
    """Return the finding of all cases but those whose ways nobody here can see."""
    looked = [one for one in outcomes if not set(unseen) & set(one.case.ways)]
    wrong = [f"it let {one.case.words} begin" for one in looked if one.case.loose in one.began]
    silent = [one.case.words for one in looked if one.case.loose not in one.began and not one.ended]
    detail = f"{len(looked)} boxes one of whose processes was not locked in as it should be"
    if unseen:
        detail += f"; not seen without root: {', '.join(way.replace('-', ' ') for way in unseen)}"
    figures = (len(looked), len(looked) - len(wrong), len(control.began))
    if wrong:
        return _finding(
            Verdict.FELL,
            f"{detail}: the supervisor is blind or does not act: {wrong[0]} ({len(wrong)} such)",
            figures,
        )
    if control.began != frozenset(ROLES):
        what = (
            f"of the control, which is locked in as it should be, it let {len(control.began)} of 3 "
            f"begin: {control.words[-200:]}"
        )
        return _finding(Verdict.UNPROVEN, f"{detail}; {what}; {timing.TOO_BUSY}", figures)
    if silent:
        return _finding(
            Verdict.UNPROVEN,
            f"{detail}; with {silent[0]} it had not decided in time; the machine may be too busy",
            figures,
        )
    return _finding(
        Verdict.TWIN,
        f"{detail}: each refused, the box ended and said so; the same locked in well was let begin",
        figures,
    )


def run(box: AuditedBox, folder: Path, case: Case) -> CaseOutcome:
    """Run a supervisor with processes like these until it has decided."""
    own = folder / case.name
    own.mkdir(mode=0o755)
    film, log = own / "film.avi", own / "supervisor.log"
    film.write_bytes(b"no film: nobody is to look at it")
    film.chmod(0o644)
    settings = (
        *box.settings,
        "camera.source=file",
        f"camera.path={film}",
        f"store.directory={own / 'store'}",
    )
    settings += () if is_root() else ("confinement.level_min=process",)
    command = [
        sys.executable,
        "-I",
        "-m",
        "privacy_audit.outside.supervision",
        str(box.config_path),
        *settings,
    ]
    with log.open("wb") as words:
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=words, stderr=words)  # noqa: S603 - our own module
    wanted = frozenset(ROLES) if case.loose is None else frozenset({case.loose})
    try:
        until(
            lambda: running.poll() is not None or wanted <= _began(log), within_s=DECIDES_WITHIN_S
        )
        ended = running.poll() is not None
    finally:
        running.terminate()
        with suppress(subprocess.TimeoutExpired):
            running.wait(DECIDES_WITHIN_S)
        running.kill()
        running.wait()
    return CaseOutcome(case, _began(log), ended, log.read_text("utf-8", "replace"))


def _began(log: Path) -> frozenset[Role]:
    text = log.read_text("utf-8", "replace")
    return frozenset(
        role
        for role in ROLES
        if f"{_LOOSE}{role} ended with exit code {BEGAN_EXIT}\n" in text.replace(";", "\n")
    )


def _finding(verdict: Verdict, detail: str, figures: tuple[int, int, int]) -> Finding:
    return Finding(
        PART,
        "processes that are not locked in",
        Mechanism.SUPERVISOR,
        _SUBJECT,
        verdict,
        detail,
        *figures,
        timed=timing.ran_out(verdict, detail),
    )


class _StandIn(Child):
    """In the place of a process of the box, one of the audit's."""

    def __init__(self, role: Role) -> None:
        super().__init__(role)
        self.name, self.module = f"{_LOOSE}{role}", f"privacy_audit.outside.loose.{role}"

    def start(self, settings: object, place: Place, *inherited: int) -> None:
        shown = replace(place.plan, view=with_own_code(place.plan.view))
        super().start(settings, replace(place, plan=shown), *inherited)


def main(config_path: str, *settings: str) -> None:
    """Be the box's supervisor, as `edge-agent run` is, with other programs for its processes."""
    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    config, reader = load(Path(config_path), settings), FilterReader()
    try:
        lock.close_supervisor()
        Supervisor(config, read_filters=reader.read, child=_StandIn).run(stopping)
    finally:
        reader.close()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except EdgeAgentError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
