# SPDX-License-Identifier: Apache-2.0
"""Stop, kill and start a gate again and again in one slot, and count what it releases of it.

Each start hears other counts. Two reports of one slot would let their reader take a difference
(were the noise the same) or a mean (were it not): one value of each number is the most that may
leave.
"""

import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from edge_agent.clock import SystemClock
from edge_agent.errors import ProcessError
from edge_agent.process_settings import SlotSettings
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.oracles.records import IMAGE_QUALITY, LINE, ZONE, Source, Values, pack
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.companion import GateBeside
from privacy_audit.target.stored_entries import StoredEntry
from privacy_audit.timing import too_slow

PART = "guessing"
NAME = "a slot released again"
SUBJECT = "a gate beside the box"
SLOT_S, AHEAD_S, INTO_S, HEARD_S = 60, 8.0, 1.3, 0.3
"""The slot begins AHEAD_S after the gate is started, which passes over the one before; it is first
stopped INTO_S after that."""
ENDS = (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM, signal.SIGTERM)


def look(box: AuditedBox, folder: Path) -> Finding:
    """Start the gate again in one slot, and say how many values of a number of it were signed."""
    folder.mkdir(mode=0o755)
    clock, config = SystemClock(), box.config
    begin_s = clock.monotonic_s() + AHEAD_S
    slots = SlotSettings(origin_s=begin_s - SLOT_S, length_s=SLOT_S, replay=False)
    rule, parameters = config.disclosure.rule, config.disclosure.parameters()
    try:
        with GateBeside(
            config, folder, slots=slots, rule=rule, parameters=parameters, starts_again=True
        ) as gate:
            if clock.monotonic_s() >= begin_s:
                return too_slow(
                    PART, NAME, Mechanism.NOISE_KEY, SUBJECT, "the gate had not started in time"
                )
            time.sleep(max(0.0, begin_s + INTO_S - clock.monotonic_s()))
            for turn, number in enumerate(ENDS):
                _speak(box, gate, count=turn)
                time.sleep(HEARD_S)
                gate.start_again(number)
            if clock.monotonic_s() >= begin_s + SLOT_S:
                return too_slow(
                    PART,
                    NAME,
                    Mechanism.NOISE_KEY,
                    SUBJECT,
                    "the slot was over before the last start",
                )
            return judge(gate.entries(), gate.likeness(box).verdict)
    except (ProcessError, subprocess.TimeoutExpired) as error:
        return _finding(Verdict.UNPROVEN, f"the gate could not be started again: {error}")


def judge(entries: list[StoredEntry], held: Verdict) -> Finding:
    """Say what was released of one slot more than once.

    held: how sure it is where nothing was.
    """
    reports = [entry.payload for entry in entries if entry.channel == "report"]
    values = Counter(
        (report["boot"], report["start"], one["id"])
        for report in reports
        for one in (*report["lines"], *report["zones"])
    )
    maximum = max(values.values(), default=0)
    detail = (
        f"{len(ENDS)} starts within one slot, stopped and killed by turns, each with other counts: "
        f"{maximum} values of a number left"
    )
    if maximum > 1:
        return _finding(Verdict.FELL, detail)
    if maximum == 0:
        return _finding(Verdict.UNPROVEN, f"{detail}; a gate that is stopped releases its slot")
    return _finding(held, detail)


def _speak(box: AuditedBox, gate: GateBeside, *, count: int) -> None:
    said: dict[Source, Values] = {
        (LINE, index): (count, count, 0, 0) for index in range(len(box.config.lines))
    }
    said |= {(ZONE, index): (count, count, 0, 0) for index in range(len(box.config.zones))}
    for sequence, (source, values) in enumerate({**said, (IMAGE_QUALITY, 0): (0, 3, 2, 0)}.items()):
        gate.write(pack(source, 1, sequence, values))


def _finding(verdict: Verdict, detail: str) -> Finding:
    return Finding(PART, NAME, Mechanism.NOISE_KEY, SUBJECT, verdict, detail)
