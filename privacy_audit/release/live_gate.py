# SPDX-License-Identifier: Apache-2.0
"""A gate beside the box that goes by the clock: when it signs must not tell who was there."""

import random
import time
from dataclasses import dataclass
from pathlib import Path

from edge_agent.clock import Slots, SystemClock, aligned_origin_s
from edge_agent.process_settings import SlotSettings
from privacy_audit.finding import Finding, Verdict
from privacy_audit.oracles.records import LINE, ZONE, Source, Values, pack
from privacy_audit.release import side_channel
from privacy_audit.release.membership_findings import finding_of, unproven_in_time
from privacy_audit.release.nights import (
    SEED,
    records_of,
)
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.companion import GateBeside, LockLikeness
from privacy_audit.target.stored_entries import StoredEntry

LIVE_SLOTS, LIVE_SLOT_S, SPEAK_AT_S, GRACE_S = 16, 1, 0.1, 0.8
SEPARATION_MIN = 0.0005
GATE = "a gate beside the box"


@dataclass(frozen=True, slots=True)
class Live:
    """What a gate beside the box released by the clock.

    said, present: by window start (UTC seconds).
    """

    said: dict[int, dict[Source, Values]]
    present: dict[int, bool]
    entries: list[StoredEntry]
    key: bytes
    likeness: LockLikeness


def run_live(box: AuditedBox, folder: Path, *, slots: int, seed: int = SEED + 7) -> Live:
    """Let one person or none be there in each of so many slots of a gate that goes by the clock.

    Raises ProcessError.
    """
    config, clock = box.config, SystemClock()
    rng = random.Random(seed)  # noqa: S311 - seeded, so that every audit sees the same nights
    people = [number < slots // 2 for number in range(slots)]
    rng.shuffle(people)
    origin_s = aligned_origin_s(clock, LIVE_SLOT_S)
    times, said, present = Slots(origin_s, LIVE_SLOT_S), {}, {}
    settings = SlotSettings(origin_s=origin_s, length_s=LIVE_SLOT_S, replay=False)
    rule, parameters = config.disclosure.rule, config.disclosure.parameters()
    with GateBeside(config, folder, slots=settings, rule=rule, parameters=parameters) as gate:
        first = times.at(clock.monotonic_s()) + 1
        offset_s = round(origin_s + clock.utc_s() - clock.monotonic_s())
        for slot, there in enumerate(people, first):
            time.sleep(max(0.0, times.start_s(slot) + SPEAK_AT_S - clock.monotonic_s()))
            records = records_of(
                config, ((ZONE, 0) if config.zones else (LINE, 0)) if there else None, 0
            )
            for number, ((kind, index), values) in enumerate(records.items()):
                gate.write(pack((int(kind), index), slot, number, values))
            start_s = offset_s + slot * LIVE_SLOT_S
            said[start_s], present[start_s] = (
                {(int(kind), index): values for (kind, index), values in records.items()},
                there,
            )
        time.sleep(max(0.0, times.end_s(first + slots - 1) + GRACE_S - clock.monotonic_s()))
        return Live(said, present, gate.entries(), gate.noise_key(), gate.likeness(box))


def time_of_release(box: AuditedBox, folder: Path, live: Live) -> Finding:
    """Look at the times once, and once more where they differ.

    Chance parts them twice in four million audits.
    """
    found = _release_times(live)
    if found.verdict is not Verdict.FELL:
        return found
    again = folder / "once-more"
    again.mkdir(mode=0o755)
    return _release_times(run_live(box, again, slots=LIVE_SLOTS, seed=SEED + 8))


def _release_times(live: Live) -> Finding:
    """Compare when windows with a person were signed with when those without were."""
    signed = {
        entry.payload["start"]: entry.signed_utc_ms - 1000 * (entry.payload["start"] + LIVE_SLOT_S)
        for entry in live.entries
        if entry.channel == "report"
    }
    starts = [start for start in live.present if start in signed]
    if len(starts) < len(live.present):
        what = f"{len(starts)} of {len(live.present)} windows were released in time"
        return unproven_in_time("time of release", GATE, what)
    chance = side_channel.separation(
        [signed[start] for start in starts], [live.present[start] for start in starts], seed=SEED
    )
    times = sorted(signed[start] for start in starts)
    detail = (
        f"{len(starts)} windows of {LIVE_SLOT_S} s, half of them with a person, were signed "
        f"{times[0]}..{times[-1]} ms after their end; chance parts the two halves as far in "
        f"{chance:.3f} of all cases (falls under {SEPARATION_MIN})"
    )
    verdict = Verdict.FELL if chance < SEPARATION_MIN else live.likeness.verdict
    return finding_of("time of release", GATE, verdict, f"{detail}; {live.likeness.value}")
