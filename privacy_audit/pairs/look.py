# SPDX-License-Identifier: Apache-2.0
"""Two processes that work together: start them, judge them, and look at the running ones."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.pairs import others, verdicts
from privacy_audit.pairs.carriers import OF_ACTION
from privacy_audit.pairs.disk import folder_on_disk
from privacy_audit.pairs.means import kept
from privacy_audit.pairs.trial import PAIRS, SETTLE_S, SLOTS, PairTrial, run
from privacy_audit.pairs.verdicts import PART, TWINS
from privacy_audit.target.box import AuditedBox

CONTROL_TRIES = 3
"""On a busy machine a control may miss what is shown for a moment only; it is shown again, longer
and without the others."""
AT_ONCE = 2
"""Trials. The control, whose sender changes most of what the whole machine counts, comes once the
first of the others is over."""
NOT_ROOT = (
    "only root gives twins the users and namespaces of the box's processes; run the audit as root"
)


def look(box: AuditedBox) -> list[Finding]:
    """Try every pair, and look at what the running processes show to others."""
    if not namespaces.may_separate():
        return [
            Finding(PART, "all of it", Mechanism.SHARED_OBJECTS, TWINS, Verdict.UNPROVEN, NOT_ROOT),
            *others.look(box),
        ]
    with (
        tempfile.TemporaryDirectory(prefix="people-count-pairs-", dir=folder_on_disk()) as made,
        ThreadPoolExecutor(AT_ONCE) as trying,
    ):
        folder = Path(made)
        folder.chmod(0o755)
        walled = {role: trying.submit(attempt, folder / role, role, PAIRS[role]) for role in PAIRS}
        control = trying.submit(carried_without, folder)
        mapping = kept.look(folder, PART)
        carries = control.result()
        findings = []
        for role, one in walled.items():
            findings += _judged(role, one.result(), carries)
    return [*findings, mapping, *others.look(box)]


def attempt(folder: Path, sender: Role, receivers: tuple[Role | str, ...]) -> PairTrial | str:
    """Run a sender and its receivers behind the wall; return why, where that did not come about."""
    try:
        return run(folder, sender, receivers, walled=True)
    except (ProcessError, OSError) as error:
        return str(error)


def carried_without(folder: Path) -> set[str] | str:
    """Return the actions that carry where nothing is locked in, and those this kernel lacks."""
    carries: set[str] = set()
    try:
        for tries in range(CONTROL_TRIES):
            only = frozenset(OF_ACTION) - carries if tries else None
            settle_s = SETTLE_S * 4**tries
            trial = run(
                folder / f"free-{tries}",
                Role.SENSOR,
                (Role.GATE,),
                walled=False,
                settle_s=settle_s,
                only=only,
            )
            carries |= verdicts.controls(trial, slots=SLOTS) | verdicts.absent_here(trial)
            if verdicts.all_listed(carries):
                break
    except (ProcessError, OSError) as error:
        return carries or str(error)
    return carries


def _judged(role: Role, trial: PairTrial | str, carries: set[str] | str) -> list[Finding]:
    reason = trial if isinstance(trial, str) else carries if isinstance(carries, str) else ""
    if isinstance(trial, str) or isinstance(carries, str):
        return [verdicts.unproven(f"{role} and {receiver}", reason) for receiver in PAIRS[role]]
    return verdicts.judge(str(role), trial, carries, hidden=others.hides_processes(), slots=SLOTS)
