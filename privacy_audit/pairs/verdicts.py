# SPDX-License-Identifier: Apache-2.0
"""From what followed what to findings: pure.

A carrier is shut where it was refused or empty and its control, the same action before a free
receiver, did carry. Inside the box whatever carries has fallen. To others on the machine a kernel
object or a file that carries has fallen; what /proc shows of a process has fallen only where /proc
hides processes, else hidepid is missing and it stays unproven; what the machine itself shows is
listed.
"""

import errno
from collections.abc import Iterable
from dataclasses import dataclass

from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.pairs.carriers import CARRIERS, OF_ACTION, Carrier, CarrierKind, kind_of
from privacy_audit.pairs.crew import OUTSIDER, SPACES
from privacy_audit.pairs.judging import Follows, bits_a_slot_max_of, following
from privacy_audit.pairs.means.sending import actions
from privacy_audit.pairs.trial import PairTrial
from privacy_audit.timing import too_slow

PART = "pairs"
TWINS = "twins: their places, users and locks are the product's own"
OTHERS = (OUTSIDER, SPACES)
NAMED_MAX = 8
MISSING = (
    "missing: /proc is mounted without hidepid=invisible, so every user of this machine sees of "
    "each process how much memory, processor time and how many threads it has"
)
_TITLES = {
    CarrierKind.OBJECT: "kernel objects and files",
    CarrierKind.VIEW: "what is shown of a process and of the machine",
}
_MECHANISMS = {
    CarrierKind.OBJECT: Mechanism.SHARED_OBJECTS,
    CarrierKind.VIEW: Mechanism.PROCESS_VIEW,
}


@dataclass(frozen=True, slots=True)
class Carried:
    """One action that one receiver could read.

    It says by which observation, of what kind, and how fast at the trial's pace.
    """

    action: str
    observation: str
    kind: CarrierKind
    bits_a_second: float
    errors: int
    tried: int

    def told(self) -> str:
        """Say it in a line."""
        return (
            f"{self.action}, seen by {self.observation}: {self.bits_a_second:.1f} bits a second in "
            "this trial"
        )


def carried(trial: PairTrial, receiver: str, *, slots: int) -> list[Carried]:
    """Return what a receiver could read of each action: its clearest observation of each kind."""
    found: dict[tuple[str, CarrierKind], Carried] = {}
    for one in followed(trial, receiver, slots=slots):
        found.setdefault((one.action, one.kind), one)
    return [one for one in found.values() if one.kind is not CarrierKind.MEANT]


def followed(trial: PairTrial, receiver: str, *, slots: int) -> list[Carried]:
    """Return all that a receiver could read of each action, the clearest observation first."""
    heard, table, found = trial.heard.get(receiver, {}), actions(), []
    for half in (0, 1):
        here, turn = (
            slice(half * slots, (half + 1) * slots),
            [index for index, one in enumerate(table) if one.turn == half],
        )
        seen = {name: series[here] for name, series in heard.items()}
        found += [
            _carried(table[turn[one.action]].name, one, trial)
            for one in following(trial.bits[here][:, turn], seen)
        ]
    return found


def _carried(action: str, one: Follows, trial: PairTrial) -> Carried:
    kind = kind_of(one.observation, trial.sender_pid)
    return Carried(
        action,
        _shown(one.observation, trial),
        kind,
        one.bits_a_slot() / trial.slot_s,
        one.errors,
        one.tried,
    )


def _shown(observation: str, trial: PairTrial) -> str:
    """Return the name of an observation without the number of the sender's process."""
    return observation.replace(f"{trial.sender_pid}/", "/proc/PID/").replace(
        f"{trial.sender_pid} ", ""
    )


def judge(
    sender: str, trial: PairTrial, control: set[str], *, hidden: bool, slots: int
) -> list[Finding]:
    """Return the findings of a sender with each of its receivers.

    control: the actions that carried without the wall.
    """
    findings = []
    for receiver in (*trial.heard, *trial.absent):
        name = f"{sender} and {receiver}"
        if receiver in trial.absent:
            findings.append(unproven(name, trial.absent[receiver]))
            continue
        got = carried(trial, receiver, slots=slots)
        findings += [
            _pair(name, receiver, kind, trial, got, control, hidden=hidden) for kind in _TITLES
        ]
    return findings


def _pair(
    name: str,
    receiver: str,
    kind: CarrierKind,
    trial: PairTrial,
    got: list[Carried],
    control: set[str],
    *,
    hidden: bool,
) -> Finding:
    outside = receiver in OTHERS
    kinds = {kind, CarrierKind.MACHINE} if kind is CarrierKind.VIEW and not outside else {kind}
    rows = [carrier for carrier in CARRIERS if carrier.kind in kinds]
    tried = [carrier for carrier in rows if carrier.action in control]
    without = [carrier.action for carrier in rows if carrier.action not in control]
    through = [one for one in got if one.kind in kinds]
    title = f"{name}: {_TITLES[kind]}"
    if through and not (outside and kind is CarrierKind.VIEW and not hidden):
        verdict, detail = Verdict.FELL, f"carries: {_named(through)}"
    elif loose := _loose(trial, kinds):
        verdict = Verdict.FELL
        detail = f"the sender's filter does not stop it from making {', '.join(loose)}"
    elif through:
        verdict, detail = Verdict.UNPROVEN, f"{MISSING}: {_named(through)}"
    elif without:
        what = f"no control carried for: {', '.join(without[:NAMED_MAX])}"
        return too_slow(PART, title, _MECHANISMS[kind], TWINS, what)
    else:
        verdict, detail = Verdict.TWIN, _shut(trial, receiver, tried, kinds)
    refused = max(0, len(tried) - len({one.action for one in through}))
    counts = (len(tried), refused, len(tried))
    return Finding(PART, title, _MECHANISMS[kind], TWINS, verdict, detail, *counts)


def _loose(trial: PairTrial, kinds: set[CarrierKind]) -> list[str]:
    """Return the actions of these kinds that the sender's filter should end, and does not."""
    return [
        one.name
        for one in actions()
        if one.ends_by and one.name not in trial.ended and OF_ACTION[one.name].kind in kinds
    ]


def _named(through: list[Carried]) -> str:
    """Name what came through, the fastest first."""
    fastest = sorted(through, key=lambda one: -one.bits_a_second)[:NAMED_MAX]
    more = f"; and {len(through) - NAMED_MAX} more" if len(through) > NAMED_MAX else ""
    return f"{'; '.join(one.told() for one in fastest)}{more}"


def _shut(trial: PairTrial, receiver: str, tried: list[Carrier], kinds: set[CarrierKind]) -> str:
    """Say how many were refused, and how little the others can have told."""
    numbers = {action.name: index for index, action in enumerate(actions())}
    refused = [
        one for one in tried if trial.refused[numbers[one.action]] or one.action in trial.ended
    ]
    empty = [one for one in tried if one not in refused]
    said = (
        f"{len(tried)} carriers tried: {len(refused)} refused to the sender, {len(empty)} empty to "
        "the receiver"
    )
    if not empty:
        return said
    maximum = max(_bound(trial, one.action, receiver, numbers, kinds) for one in empty)
    return f"{said}, which then told at most {maximum / trial.slot_s:.2f} bits a second (95 %)"


def _bound(
    trial: PairTrial, action: str, receiver: str, numbers: dict[str, int], kinds: set[CarrierKind]
) -> float:
    number, half = numbers[action], actions()[numbers[action]].turn
    slots = len(trial.bits) // 2
    here = slice(half * slots, (half + 1) * slots)
    seen = {
        name: one[here]
        for name, one in trial.heard[receiver].items()
        if kind_of(name, trial.sender_pid) in kinds
    }
    return bits_a_slot_max_of(trial.bits[here, number], seen)


def controls(trial: PairTrial, *, slots: int) -> set[str]:
    """Return the actions that carried without the wall, by each of their observations here."""
    carries: set[str] = set()
    for receiver, heard in trial.heard.items():
        read = {
            (one.action, one.observation)
            for one in followed(trial, receiver, slots=slots)
            if one.kind is not CarrierKind.MEANT
        }
        has = {_shown(name, trial) for name in heard}
        for action in {action for action, _ in read}:
            looks = OF_ACTION[action].looks if action in OF_ACTION else ()
            if all((action, look) in read for look in looks if look in has):
                carries.add(action)
    return carries


def absent_here(trial: PairTrial) -> set[str]:
    """Return the actions that this kernel does not have: not refused, but not there to refuse."""
    no_such = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENODEV}
    return {
        action.name
        for action, failed in zip(actions(), trial.refused, strict=True)
        if failed in no_such
    }


def all_listed(carries: set[str]) -> bool:
    """Say whether every carrier of the table is among these."""
    return set(OF_ACTION) <= carries


def unproven(name: str, reason: str) -> Finding:
    """Return the finding of a pair that could not be tried."""
    return Finding(
        PART, f"{name}: all of it", Mechanism.SHARED_OBJECTS, TWINS, Verdict.UNPROVEN, reason
    )


def machine(trials: Iterable[tuple[str, PairTrial]], *, slots: int) -> list[tuple[str, Carried]]:
    """Return what the machine's own counters told others of each sender, fastest first."""
    found = [
        (f"{sender} and {receiver}", one)
        for sender, trial in trials
        for receiver in trial.heard
        if receiver in OTHERS
        for one in carried(trial, receiver, slots=slots)
        if one.kind is CarrierKind.MACHINE
    ]
    return sorted(found, key=lambda pair: -pair[1].bits_a_second)
