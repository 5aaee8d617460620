# SPDX-License-Identifier: Apache-2.0
"""Run a sender and its receivers in step.

The one shows its bits, then the other looks, then the witness writes down what it saw.

In step, so that a busy machine makes it slower and never less sure. The receivers have their turn
one after another, so that none looks at what another has used up or left behind: who asks for a
page without waiting leaves it where the next one finds it. Behind the wall, with the product's own
places and locks, or without, as the control. The bits are drawn here and told to nobody but the
sender.
"""

import json
import os
import secrets
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_agent.confinement.kernel.seccomp_programs import read_filters
from edge_agent.confinement.tables.policy import Role
from edge_agent.confinement.tables.syscalls import table
from edge_agent.errors import ProcessError
from privacy_audit.oracles.filters import ALLOW, ARCHITECTURES, NOTHING, Filter, strictest
from privacy_audit.pairs.crew import OUTSIDER, SPACES, Crew, Side
from privacy_audit.pairs.judging import Series
from privacy_audit.pairs.means.sending import actions
from privacy_audit.pairs.meeting import feeders_camera, meeting_places
from privacy_audit.pairs.side import (
    ACT,
    LOOK,
    RECORD_BYTES,
    TELL,
)

SLOTS = 96
"""Of each of the two halves of a trial."""
SETTLE_S = 0.004
"""What a waiting thread of a receiver needs to have been woken, on a machine that has time."""
PAIRS: dict[Role, tuple[Role | str, ...]] = {
    Role.SENSOR: (Role.UPLINK, Role.GATE, Role.FEEDER, OUTSIDER, SPACES),
    Role.FEEDER: (Role.UPLINK, OUTSIDER, SPACES),
}
"""Who could tell something, and who could want it. What the feeder tells the sensor are pictures:
the channel that is meant."""


@dataclass(frozen=True, slots=True)
class PairTrial:
    """One run of a sender with its receivers.

    bits: slots x actions. refused: the errno of each action, 0 where it was never refused.

    ended: the actions of which the sender's filter does not allow the call. heard: of each receiver
    a series over the slots for each observation, NaN where nothing was to be seen. slot_s: the mean
    length of a showing, in which one receiver could be told a bit of each action. absent: receivers
    that did not come up, with why.
    """

    bits: NDArray[np.bool_]
    refused: tuple[int, ...]
    ended: tuple[str, ...]
    heard: dict[str, dict[str, Series]]
    sender_pid: int
    slot_s: float
    absent: dict[str, str]


def run(
    folder: Path,
    sender: Role,
    receivers: tuple[Role | str, ...],
    *,
    walled: bool,
    reads: tuple[str, ...] = (),
    slots: int = SLOTS,
    settle_s: float = SETTLE_S,
    only: frozenset[str] | None = None,
) -> PairTrial:
    """Run a sender with its receivers, behind the wall or without. Raises ProcessError, OSError.

    folder: one that everyone may enter. reads: what the production sensor sees besides the
    software, so that a twin sees it too. only: the actions that are told bits, all where it is
    None; a half of the trial without any is left out.
    """
    with started(folder, sender, receivers, walled=walled, reads=reads) as (
        sending,
        hearing,
        absent,
    ):
        ended = _ended_by(sending) if walled else ()
        began_s = time.monotonic()
        bits = _drawn(slots, only)
        heard = _in_step(sending, hearing, bits, settle_s)
        slot_s = (time.monotonic() - began_s) / (len(bits) * max(1, len(hearing)))
        return PairTrial(
            bits.astype(np.bool_),
            _refused(sending),
            ended,
            heard,
            sending.process.pid,
            slot_s,
            absent,
        )


@contextmanager
def started(
    folder: Path,
    sender: Role,
    receivers: tuple[Role | str, ...],
    *,
    walled: bool,
    reads: tuple[str, ...] = (),
) -> Iterator[tuple[Side, dict[str, Side], dict[str, str]]]:
    """Start a sender and its receivers and wait until all are locked.

    Give them, and who did not come up, with why.
    """
    with ExitStack() as opened:
        places = opened.enter_context(
            meeting_places(folder, receivers=len(receivers), showings=2 * SLOTS)
        )
        crew = Crew(
            opened, places, opened.enter_context(feeders_camera()), walled=walled, reads=reads
        )
        sending = crew.start(sender, sends=True)
        hearing = {
            str(name): crew.start(name, sends=False, senders=(sending.process.pid,))
            for name in receivers
        }
        sending.wait_locked()
        absent = {}
        for name, side in list(hearing.items()):
            try:
                side.wait_locked()
            except ProcessError as error:
                absent[name] = str(error)
                del hearing[name]
        yield sending, hearing, absent


def _drawn(slots: int, only: frozenset[str] | None) -> NDArray[np.uint8]:
    """Draw the bits: slots x actions, 0 where it is not an action's turn or it is not tried."""
    tried = np.array([only is None or action.name in only for action in actions()], np.uint8)
    drawn = np.frombuffer(secrets.token_bytes(2 * slots * len(tried)), np.uint8) & 1
    return np.asarray(drawn.reshape(2 * slots, -1) * halves(slots) * tried, np.uint8)


def _in_step(
    sender: Side, receivers: dict[str, Side], bits: NDArray[np.uint8], settle_s: float
) -> dict[str, dict[str, Series]]:
    """Show every slot to one receiver after another; return what each saw."""
    tried = np.repeat([half.any() for half in np.split(bits, 2)], len(bits) // 2)
    heard = {}
    for turn, (name, side) in enumerate(receivers.items()):
        last: dict[str, float] = {}
        rows: list[dict[str, float]] = []
        for slot in range(len(bits)):
            if tried[slot]:
                showing = turn * len(bits) + slot
                sender.order(ACT, showing, np.packbits(bits[slot], bitorder="little").tobytes())
                sender.hear(RECORD_BYTES)
                time.sleep(settle_s)
                last = _looked(side, showing, last)
            rows.append(last if tried[slot] else {})
        heard[name] = _as_series(rows)
    return heard


def _looked(side: Side, showing: int, before: dict[str, float]) -> dict[str, float]:
    """Let a receiver look; return all that it sees, of which it tells what has changed."""
    side.order(LOOK, showing)
    changed, gone = json.loads(side.hear(struct.unpack("<I", side.hear(4))[0]))
    kept = {key: value for key, value in before.items() if key not in gone} if gone else before
    return {**kept, **changed}


def halves(slots: int) -> NDArray[np.uint8]:
    """Return slots x actions: 1 where an action's turn is."""
    turns = np.array([action.turn for action in actions()], np.uint8)
    return np.vstack([np.tile(turns == half, (slots, 1)) for half in (0, 1)]).astype(np.uint8)


def _as_series(rows: list[dict[str, float]]) -> dict[str, Series]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, np.nan) for row in rows], np.float64) for name in names}


def _refused(side: Side) -> tuple[int, ...]:
    side.order(TELL, 0)
    return tuple(side.hear(RECORD_BYTES)[1 : 1 + len(actions())])


def _ended_by(side: Side) -> tuple[str, ...]:
    """Return the actions whose call the sender's filters refuse, or end it at.

    The filters that the kernel holds for it are run.
    """
    machine = os.uname().machine
    programs = next(iter((read_filters(side.process.pid) or {}).values()), ())
    filters, numbers = [Filter(program) for program in programs], table(machine)
    ended = []
    for action in actions():
        if action.ends_by and filters:
            answers = [
                one.says(ARCHITECTURES[machine], numbers[action.ends_by], NOTHING)
                for one in filters
            ]
            if strictest(answers) != ALLOW:
                ended.append(action.name)
    return tuple(ended)
