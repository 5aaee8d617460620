# SPDX-License-Identifier: Apache-2.0
"""From what was seen of each attack to a verdict on its class. Pure.

An attack counts only where its control worked, by the same sign and before the same witness. Any
sign at all that the locked twin has changed something is a fall, whatever errno it was told.
"""

import errno
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from privacy_audit.exits.attacks.attack import Sign
from privacy_audit.exits.attacks.table import OTHER_ARCHITECTURES
from privacy_audit.finding import Finding, Mechanism, Verdict

PART = "exit classes"
TWIN = "a twin of the running sensor: its place, libraries, model and filters"
NO_ANSWER = -1
NO_SUCH_THING_HERE = frozenset(
    {
        errno.ENOSYS,
        errno.EAFNOSUPPORT,
        errno.EPROTONOSUPPORT,
        errno.ESOCKTNOSUPPORT,
        errno.EOPNOTSUPP,
        errno.ENODEV,
        errno.ENOPROTOOPT,
    }
)
NAMED_MAX = 5
_RETURN, _KILL, _EPERM = 0x06, 0x80000000, 0x00050001
_STEP = struct.Struct("<HBBI")
_NOT_READ = (
    "the filters of the running sensor or of the twin could not be read: run the audit as root, on "
    "a kernel with CONFIG_CHECKPOINT_RESTORE"
)
OLDER_THREADS = "threads older than the lock"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt: its errno and the signs that were seen.

    The errno is 0 for none, NO_ANSWER where there was no answer.
    """

    errno: int
    signs: tuple[str, ...]
    told: bool


SPARED = Attempt(NO_ANSWER, (), told=False)
"""Not tried in the lock, because the kernel has no such call and would end whoever tries."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One attack: free as the control, behind both stages, and behind the first alone.

    The last is tried only where the control was refused too.
    """

    exit_class: str
    name: str
    sign: str
    by_secret: bool
    free: Attempt
    locked: Attempt
    early: Attempt | None

    @property
    def works(self) -> bool:
        """The control did it."""
        return self.free.told if self.by_secret else self.sign in self.free.signs

    @property
    def absent(self) -> bool:
        """This kernel has no such thing: not refused, but not there to be refused."""
        ended = self.exit_class == OTHER_ARCHITECTURES and self.free.errno == NO_ANSWER
        return not self.works and (ended or self.free.errno in NO_SUCH_THING_HERE)

    @property
    def got_out(self) -> bool:
        """Something was seen of it in the lock."""
        return any(
            seen.told or (seen.signs and Sign.LIFE not in seen.signs)
            for seen in (self.locked, self.early)
            if seen is not None
        )

    @property
    def ended_the_twin(self) -> bool:
        """The twin did not live to answer, so it was not shown what the attack would have done."""
        return not self.absent and any(
            seen.errno == NO_ANSWER for seen in (self.locked, self.early) if seen is not None
        )


@dataclass(frozen=True, slots=True)
class ExitTrial:
    """All attempts, the frames the twin counted afterwards, and its filters.

    The filters are the programs of each of its threads, in hex.
    """

    tried: tuple[Tried, ...]
    frames: int
    filters: tuple[tuple[str, ...], ...]


def spare(program: bytes) -> bytes:
    """Return a program with every answer KILL made an EPERM: what a twin must have."""
    steps = (_STEP.unpack_from(program, at) for at in range(0, len(program), _STEP.size))
    return b"".join(
        _STEP.pack(code, yes, no, _EPERM if code == _RETURN and k == _KILL else k)
        for code, yes, no, k in steps
    )


def compare(trial: ExitTrial, production: Iterable[tuple[bytes, ...]] | None) -> str:
    """Return why the twin's filters are not known to be the sensor's but for the refusal.

    Empty where they are.

    production are the programs of each thread of the running sensor, None where they could not be
    read. The last two of each are compared: what lies before them was laid on whoever started
    either.
    """
    if production is None or not trial.filters:
        return _NOT_READ
    wanted = {tuple(map(spare, programs[-2:])) for programs in production}
    got = {tuple(bytes.fromhex(program) for program in programs[-2:]) for programs in trial.filters}
    return "" if len(wanted) == 1 and wanted == got else "differ"


def judge(trial: ExitTrial, difference: str, *, frames_wanted: int) -> list[Finding]:
    """Return one finding a class, and one for the twin itself."""
    classes = dict.fromkeys(tried.exit_class for tried in trial.tried)
    of = {name: [one for one in trial.tried if one.exit_class == name] for name in classes}
    return [
        _twin(trial, difference, frames_wanted),
        *(_class(name, tried, difference, _mechanism(name, trial)) for name, tried in of.items()),
    ]


def _mechanism(name: str, trial: ExitTrial) -> Mechanism:
    """Say what holds a class.

    Where only an older thread gets out, the filters were not brought to every thread.
    """
    others = any(one.got_out for one in trial.tried if one.exit_class != OLDER_THREADS)
    return Mechanism.TSYNC if name == OLDER_THREADS and not others else Mechanism.SECCOMP


def _twin(trial: ExitTrial, difference: str, frames_wanted: int) -> Finding:
    """Say whether what was attacked is the sensor but for the refusal.

    It must also have been able to do its work afterwards.
    """
    threads = len(trial.filters)
    if difference == "differ":
        verdict, detail = (
            Verdict.FELL,
            "its filters are not those of the running sensor, or not the same on every thread",
        )
    elif difference:
        verdict, detail = Verdict.UNPROVEN, difference
    elif trial.frames < frames_wanted:
        verdict, detail = (
            Verdict.UNPROVEN,
            f"after the attacks it counted {trial.frames} frames, wanted {frames_wanted}",
        )
    else:
        lengths = " and ".join(str(len(program) // 16) for program in trial.filters[0][-2:])
        verdict = Verdict.PROVEN
        detail = (
            f"filters of {lengths} instructions on all {threads} threads, the running sensor's but "
            f"for KILL; counted {trial.frames} frames afterwards"
        )
    return Finding(
        PART,
        "the twin is the sensor",
        Mechanism.SECCOMP,
        "a twin beside the running production process",
        verdict,
        detail,
    )


def _class(name: str, tried: list[Tried], difference: str, mechanism: Mechanism) -> Finding:
    present = [one for one in tried if not one.absent]
    out = [one for one in tried if one.got_out]
    without = [one for one in present if not one.works]
    ended = [one for one in present if one.ended_the_twin]
    figures = f"{len(present)} ways tried"
    refused_too = len([one for one in tried if one.absent and one.locked != SPARED])
    if refused_too:
        figures += f"; {refused_too} that this kernel does not have were refused too"
    if out:
        verdict, detail = Verdict.FELL, "; ".join(_story(one) for one in out[:NAMED_MAX])
    elif difference:
        reason = "the twin's filters are not the sensor's" if difference == "differ" else difference
        verdict, detail = Verdict.UNPROVEN, f"{figures}, all refused, but {reason}"
    elif ended:
        verdict, detail = (
            Verdict.UNPROVEN,
            f"the twin ended at: {', '.join(one.name for one in ended[:NAMED_MAX])}",
        )
    elif without or not present:
        names = (
            ", ".join(f"{one.name} ({_errno(one.free.errno)})" for one in without[:NAMED_MAX])
            or "every one of its ways"
        )
        verdict, detail = Verdict.UNPROVEN, f"no control worked for: {names}"
    else:
        verdict, detail = Verdict.TWIN, figures
    refused = len([one for one in present if not one.got_out])
    return Finding(
        PART,
        name,
        mechanism,
        TWIN,
        verdict,
        detail,
        len(present),
        refused,
        len([one for one in present if one.works]),
    )


def _story(one: Tried) -> str:
    """Say what was seen of an attack that got out."""
    for seen, when in ((one.early, "while libraries load"), (one.locked, "after the lock")):
        if seen is not None and (seen.told or seen.signs):
            return (
                f"{one.name}, {when}: "
                f"{'a planted secret told back' if seen.told else ', '.join(seen.signs)}"
            )
    return one.name


def _errno(number: int) -> str:
    return "no answer" if number == NO_ANSWER else errno.errorcode.get(number, "no sign seen")
