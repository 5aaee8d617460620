# SPDX-License-Identifier: Apache-2.0
"""Try every attack twice before one witness: by a free process and by a locked twin.

The free process is the control. The twin is one of the sensor, behind its walls.

Started by classes as a process of its own with one thread, because it forks: `python -I -m
privacy_audit.exits.trial PLAN`, PLAN being a descriptor. It says one JSON object, the ExitTrial.
"""

import json
import os
import platform
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path

from edge_agent.confinement.enter import Plan, read_plan, write_plan
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.seccomp_programs import read_filters
from edge_agent.process_settings import read_settings, write_settings
from privacy_audit.exits.attacker import DONE, HERE, NEXT, ORDER, RECORD, attack_until_told
from privacy_audit.exits.attacks.attack import Attack, Sign
from privacy_audit.exits.attacks.resources import SECRET_BYTES, Resources, shared_name
from privacy_audit.exits.attacks.table import OTHER_ARCHITECTURES, attacks_for
from privacy_audit.exits.channels import HIGH, Ours, Set, means
from privacy_audit.exits.observer import Look, OutsideWitness
from privacy_audit.exits.settings import TrialSettings, TwinSettings
from privacy_audit.exits.verdicts import NO_ANSWER, SPARED, Attempt, ExitTrial, Tried
from privacy_audit.timing import Wait

ANSWER_WITHIN_S = 10.0
TWIN_WITHIN_S = 120.0
VICTIM_WITHIN_S = 5.0
LOOK_EVERY_S = 0.1
_AGAIN = 2
_PRIVATE = 1 << 18 | 1 << 14
_OWN_SPACES = 0x20000 | 0x4000000 | 0x8000000
_SUBREAPER = 36
_Wanted = tuple[int, str, Attack]
"""An attack with its number in the table and the name of its class."""


class Attacker:
    """One attacking process as the trial deals with it."""

    def __init__(self, pid: int, given: Set, *, root: bool) -> None:
        self.pid = pid
        self._ours: Ours = given.ours
        self.witness = OutsideWitness(pid, given.ours, root=root)
        self._last: Look | None = None

    def wait_until_here(self, within_s: float) -> None:
        """Wait for its first word, and for its victim to know its secret. Raises RuntimeError."""
        raw = self._hear(HERE, NEXT, within_s)
        if raw is None:
            raise RuntimeError(
                f"attacker {self.pid}: no word within {within_s:.0f} s, wanted it ready to attack"
            )
        self.witness.take_servers()
        secret_at, _ = struct.unpack_from("<QI", raw, 10)
        self.witness.meet_victim(secret_at)
        wait = Wait(VICTIM_WITHIN_S)
        while (
            self.witness.victims_secret()[SECRET_BYTES : SECRET_BYTES + 5] != b"ready"
            and not wait.over()
        ):
            time.sleep(0.002)

    def tries(self, index: int, attack: Attack) -> Attempt:
        """Have it try one attack and see what has changed."""
        # It has held still since the last look.
        before = self._last or self.witness.look()
        os.write(self._ours.orders, ORDER.pack(index))
        # A secret told back is no sign that a look would show.
        seen = before.get(attack.sign)
        raw = self._hear(
            DONE,
            index,
            ANSWER_WITHIN_S,
            unless=lambda: self.witness.look().get(attack.sign) != seen,
        )
        self._last = after = self.witness.look()
        failed, told = NO_ANSWER, False
        if raw is not None:
            _, _, failed, length, learned = RECORD.unpack(raw)
            told = (
                attack.secret is not None and learned[:length] in self._ours.secrets[attack.secret]
            )
        return Attempt(failed, _differing(before, after), told)

    def surely_tries(self, index: int, attack: Attack) -> Attempt:
        """Have it try one attack, and again where something else changed than the attack is for.

        The signs of the whole system are also changed by others on this machine; what an attack
        does it does again.
        """
        seen = self.tries(index, attack)
        for _ in range(_AGAIN):
            if seen.told or not seen.signs or {str(attack.sign), str(Sign.LIFE)} & set(seen.signs):
                break
            again = self.tries(index, attack)
            seen = Attempt(
                again.errno,
                tuple(sign for sign in again.signs if sign in (*seen.signs, str(attack.sign))),
                again.told,
            )
        return seen

    def go_on(self) -> None:
        """Let it go on to the next stage of its life."""
        self._last = None
        os.write(self._ours.orders, ORDER.pack(NEXT))

    def hear_end(self, within_s: float) -> int | None:
        """Return the last number it says: how many frames it still counted."""
        raw = self._hear(b"seen", NEXT, within_s)
        return None if raw is None else RECORD.unpack(raw)[2]

    def _hear(
        self, word: bytes, index: int, within_s: float, unless: Callable[[], bool] | None = None
    ) -> bytes | None:
        """Return the record that was waited for; whatever else comes is taken note of.

        It is None at the end of time or life.
        """
        wait = Wait(within_s)
        while not wait.over():
            if select.select([self._ours.channel], [], [], LOOK_EVERY_S)[0]:
                raw = os.read(self._ours.channel, 8192)
                if len(raw) == RECORD.size and RECORD.unpack(raw)[:2] == (word, index):
                    return raw
                self.witness.hear_odd(raw)
            elif (unless is not None and unless()) or self.witness.look()[Sign.LIFE] is not None:
                return None
        return None


def _differing(before: Look, after: Look) -> tuple[str, ...]:
    return tuple(str(sign) for sign in before if before[sign] != after[sign])


def run(settings: TrialSettings) -> ExitTrial:
    """Try everything and return what came of it."""
    folder, root = Path(settings.folder), namespaces.may_separate()
    Kernel().call("prctl", _SUBREAPER, 1, 0, 0, 0)
    table = attacks_for(platform.machine())
    wanted = [
        (index, name, attack)
        for index, (name, attack) in enumerate(table)
        if not settings.only or name in settings.only
    ]
    plan = read_plan(settings.plan)
    with means(folder / "locked", owner=settings.owner) as given:
        # It loads the model while the controls run.
        twin = _start_twin(plan, settings, given)
        try:
            # These first: where the kernel knows no such call, trying it would end the twin.
            foreign = [one for one in wanted if one[1] == OTHER_ARCHITECTURES]
            free = _controls(folder, foreign, root=root)
            harmless = [
                one for one in wanted if one[0] not in free or free[one[0]].errno != NO_ANSWER
            ]
            attacker = Attacker(twin.pid, given, root=root)
            attacker.wait_until_here(TWIN_WITHIN_S)
            early = _attempts(attacker, [one for one in harmless if one[2].early])
            attacker.go_on()
            # The twin loads its model meanwhile.
            free |= _controls(folder, [one for one in wanted if one[0] not in free], root=root)
            attacker.wait_until_here(TWIN_WITHIN_S)
            filters = read_filters(twin.pid)
            locked = _attempts(attacker, harmless)
            attacker.go_on()
            frames = attacker.hear_end(TWIN_WITHIN_S)
        finally:
            _end_orphans(but=twin.pid)
            twin.kill()
            twin.wait()
            attacker.witness.close()
    return ExitTrial(
        tuple(
            _tried(name, attack, free[index], locked.get(index, SPARED), early.get(index))
            for index, name, attack in wanted
        ),
        frames or 0,
        tuple(tuple(one.hex() for one in thread) for thread in (filters or {}).values()),
    )


def _controls(folder: Path, wanted: list[_Wanted], *, root: bool) -> dict[int, Attempt]:
    return {
        index: _control(folder / f"free-{index}", index, attack, root=root)
        for index, _, attack in wanted
    }


def _attempts(attacker: Attacker, wanted: list[_Wanted]) -> dict[int, Attempt]:
    return {index: attacker.surely_tries(index, attack) for index, _, attack in wanted}


def _tried(
    exit_class: str, attack: Attack, free: Attempt, locked: Attempt, early: Attempt | None
) -> Tried:
    by_secret = attack.secret is not None
    return Tried(exit_class, attack.name, str(attack.sign), by_secret, free, locked, early)


def _start_twin(plan: Plan, settings: TrialSettings, given: Set) -> subprocess.Popen[bytes]:
    """Start the twin as the supervisor starts a sensor, in a group of its own."""
    own = TwinSettings(settings.sensor, given.theirs, settings.numbers, settings.frames)
    handed = (write_plan(plan), write_settings(own))
    command = [
        sys.executable,
        "-I",
        "-m",
        "edge_agent.confinement.enter",
        str(handed[0]),
        "privacy_audit.exits.twin",
        str(handed[1]),
    ]
    with namespaces.own_processes(Kernel()) if plan.user else nullcontext():
        twin = subprocess.Popen(  # noqa: S603 - our own module
            command,
            pass_fds=(*handed, *given.inherited()),
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
    for descriptor in handed:
        os.close(descriptor)
    return twin


def _control(folder: Path, index: int, attack: Attack, *, root: bool) -> Attempt:
    """Run one attack in a free process made for it alone, and end all that it has made."""
    with means(folder, owner=os.getuid()) as given, _forked(given, attack, root=root) as pid:
        attacker = Attacker(pid, given, root=root)
        try:
            attacker.wait_until_here(ANSWER_WITHIN_S)
            return attacker.tries(index, attack)
        except RuntimeError:
            return Attempt(NO_ANSWER, (), told=False)
        finally:
            attacker.witness.close()
            attacker.witness.end_victim()
            Path(shared_name(folder)).unlink(missing_ok=True)


@contextmanager
def _forked(given: Set, attack: Attack, *, root: bool) -> Iterator[int]:
    pid = os.fork()
    if pid == 0:
        _be_free(given, attack, root=root)
    try:
        yield pid
    finally:
        _end_family(pid)


def _be_free(given: Set, attack: Attack, *, root: bool) -> None:
    """Be the control: nothing holds it back but what its user may.

    What can be changed for all it changes in a copy of its own.
    """
    try:
        os.setpgid(0, 0)
        for descriptor in (0, 1, 2):
            os.dup2(given.words, descriptor)
        os.closerange(3, HIGH)
        if root:
            kernel = Kernel()
            kernel.call("unshare", _OWN_SPACES)
            kernel.call("mount", None, b"/", None, _PRIVATE, None)
            # The folder once more, as it lies in this copy of the mounts.
            again = os.open(given.ours.folder, os.O_RDONLY)
            os.dup2(again, given.theirs.folder)
            os.close(again)
        resources = Resources(given.theirs)
        if attack.prepare is not None:
            attack.prepare(resources)
        attack_until_told(resources)
    except (OSError, RuntimeError) as error:
        os.write(2, f"{attack.name}: {error}".encode())
    os._exit(1)


def _end_family(pid: int) -> None:
    """Kill an attacker and all that it has started.

    Orphans come to us, so nothing is missed, and nothing of it stays behind.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _end_orphans(but: int) -> None:
    """Kill and reap what has become ours.

    Victims that an attack put into another group, brothers, grandchildren.
    """
    mine = Path(f"/proc/self/task/{os.getpid()}/children")
    while orphans := [int(child) for child in mine.read_text("ascii").split() if int(child) != but]:
        for orphan in orphans:
            with suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(orphan, 0)


def main(descriptor: int) -> None:
    """Run the trial that is described on the descriptor and say what came of it."""
    sys.stdout.write(json.dumps(asdict(run(read_settings(TrialSettings, descriptor)))))


if __name__ == "__main__":
    main(int(sys.argv[1]))
