# SPDX-License-Identifier: Apache-2.0
"""Be a lying sensor: flood and fuzz the gate over its channel, and say as much as it lets through.

Gates run beside the box, programs, schema, user, view and filters as the box's own. Some hear more
than 100,000 records that break the contract; whatever they took would stand in their reports, which
say all under the rule `exact`. Another runs by the clock and hears one message a slot, any of all
that a slot can say, and every try to say more; what comes out is read back.
"""

import math
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from edge_agent.clock import Slots, SystemClock, aligned_origin_s
from edge_agent.config.schema import Config
from edge_agent.errors import ProcessError
from edge_agent.process_settings import SlotSettings
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.gate.differences import Differences, Said, by_start, differences
from privacy_audit.oracles import caps
from privacy_audit.oracles.records import (
    COUNTED_CODES,
    IMAGE_QUALITY,
    Mutants,
    ReaderState,
    RecordRules,
    pack,
)
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.companion import GateBeside, LockLikeness, other_filters
from privacy_audit.timing import too_slow

PART = "flood"
SEED = 20_261_124
GATES, ROUNDS, MUTANTS_A_ROUND = 4, 105, 240
"""100,800 mutants; several gates, because each waits for its disk most of the time. None reads on
in a slot after 256 refusals."""
LIVE_SLOTS = 6
LIVE_SLOT_S = 1
SPEAK_AT_S = 0.1
GRACE_S = 0.7
_PRINTED = re.compile(r"capacity: ([0-9.]+) bits a window")
_SUBJECT = "a gate beside the box: its programs, its lines and zones, its user and view"


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What became of the mutants.

    How many were sent, in how many slots something else was released than was said by the rules.

    late: what the gate had not done when the time was over.
    """

    sent: int
    rounds: int
    wrong: tuple[str, ...]
    likeness: LockLikeness
    late: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Throughput:
    """What came through in the best of slots, in bits, beside the bounds printed and signed.

    wrong, late: what should not have come through, and what had not in time.
    """

    bits: float
    printed_bits: float
    signed_bits: float
    slots: int
    wrong: tuple[str, ...]
    late: tuple[str, ...] = ()


def look(box: AuditedBox) -> list[Finding]:
    """Flood gates, and measure what another lets through."""
    return lie(box, rounds=ROUNDS)


def lie(box: AuditedBox, *, rounds: int) -> list[Finding]:
    """Flood each gate with so many rounds of mutants, and measure what another lets through.

    Raises ProcessError.
    """
    folder = box.folder / "flood"
    folder.mkdir(mode=0o755)
    law = law_of(box.config)
    with ThreadPoolExecutor(GATES + 1) as threads:
        saying = threads.submit(say_all, box.config, folder / "say")
        fuzzing = [
            threads.submit(
                fuzz, box, law, folder / f"fuzz-{number}", seed=SEED + number, rounds=rounds
            )
            for number in range(GATES)
        ]
        fuzzed = _together([one.result() for one in fuzzing])
        return [
            *_fuzz_findings(fuzzed),
            _throughput_finding(saying.result(), law, likeness=fuzzed.likeness),
        ]


def law_of(config: Config) -> RecordRules:
    """Return the law of a config's records."""
    return RecordRules(caps.line_count_maxima(config), caps.zone_count_maxima(config))


def fuzz(box: AuditedBox, law: RecordRules, folder: Path, *, seed: int, rounds: int) -> Fuzzed:
    """Send mutants between the good records of each slot, and compare what is released.

    It must be the good ones. Raises ProcessError.
    """
    folder.mkdir()
    rng = random.Random(seed)  # noqa: S311 - seeded, so that a finding can be shown again
    canaries = [_canary(law, rng) for _ in range(rounds + 1)]
    mutants = Mutants(law, rng)
    sent = taken_rounds = 0
    slots = SlotSettings(origin_s=0.0, length_s=1, replay=True)
    with GateBeside(box.config, folder, slots=slots, rule="exact", parameters=()) as gate:
        likeness = gate.likeness(box)
        wrong: list[str] = []
        late = [] if _speak(gate, 0, canaries[0]) else ["the gate stopped reading"]
        for slot in range(1, rounds + 1):
            moment = ReaderState(slot - 1, slot, canaries[slot], len(canaries[slot]))
            taken = sum(1 for _ in takewhile(gate.write, mutants.draw(moment, MUTANTS_A_ROUND)))
            sent += taken
            if late or taken < MUTANTS_A_ROUND or not _speak(gate, slot, canaries[slot]):
                # A gate that has refused too much in one slot waits for the next; ours were counted
                # to stay below that.
                (late if gate.running() else wrong).append(
                    f"after {sent} records the gate read no more"
                )
                break
            taken_rounds = slot
        gate.end_channel()
        if not gate.wait_ended():
            late.append("the gate did not end with its channel")
        entries = gate.entries()
    said = dict(enumerate(canaries[: taken_rounds + 1]))
    found = differences(box.config, said, by_start(entries), first=0, length_s=1, in_time=not late)
    return Fuzzed(sent, taken_rounds, (*wrong, *found.wrong), likeness, (*late, *found.late))


def say_all(config: Config, folder: Path, *, speak_at_s: float = SPEAK_AT_S) -> Throughput:
    """Fill every value of each slot, try to say more, and read back what was released.

    Raises ProcessError.

    speak_at_s: how long after its begin a slot is spoken for.
    """
    folder.mkdir()
    law, rng = law_of(config), random.Random(SEED)  # noqa: S311 - seeded, as above
    clock = SystemClock()
    origin_s = aligned_origin_s(clock, LIVE_SLOT_S)
    slots, said, ahead = Slots(origin_s, LIVE_SLOT_S), {}, {}
    settings = SlotSettings(origin_s=origin_s, length_s=LIVE_SLOT_S, replay=False)
    with GateBeside(config, folder, slots=settings, rule="exact", parameters=()) as gate:
        first = slots.at(clock.monotonic_s()) + 1
        for slot in range(first, first + LIVE_SLOTS):
            time.sleep(max(0.0, slots.start_s(slot) + speak_at_s - clock.monotonic_s()))
            said[slot] = _counted(_canary(law, rng), rng)
            _speak(gate, slot, said[slot])
            ahead[slot + 1] = _try_more(gate, slot, said[slot], law, rng)
        time.sleep(max(0.0, slots.end_s(first + LIVE_SLOTS - 1) + GRACE_S - clock.monotonic_s()))
        entries, words = gate.entries(), gate.words()
    offset_s = round(origin_s + clock.utc_s() - clock.monotonic_s())
    released = {
        (start - offset_s) // LIVE_SLOT_S: found for start, found in by_start(entries).items()
    }
    heard = {slot: released.get(slot, []) for slot in said}
    found = differences(config, said, heard, first=0, length_s=1, in_time=False, ahead=ahead)
    printed = _PRINTED.search(words)
    meta = next((entry.payload for entry in entries if entry.channel == "meta"), None)
    if meta is None:
        raise ProcessError(f"a gate beside the box: signed nothing; its last words: {words[-400:]}")
    return Throughput(
        bits=_bits_a_slot(law) if found == Differences((), ()) else math.nan,
        printed_bits=float(printed.group(1)) if printed else math.nan,
        signed_bits=meta["capacity"]["records_millibits"] / 1000.0,
        slots=len(said),
        wrong=found.wrong,
        late=found.late,
    )


def _counted(said: Said, rng: random.Random) -> Said:
    """Return what is said, with a code of image quality under which the gate keeps the counts."""
    quality = (rng.choice(COUNTED_CODES), *said[IMAGE_QUALITY, 0][1:])
    return {**said, (IMAGE_QUALITY, 0): quality}


def _bits_a_slot(law: RecordRules) -> float:
    """Return how much came through where each slot was read back as it was sent.

    Its message was drawn evenly from so many; only silence was left out.
    """
    quality = (len(COUNTED_CODES), *law.alphabets()[IMAGE_QUALITY, 0][1:])
    sizes = law.alphabets() | {(IMAGE_QUALITY, 0): quality}
    return math.log2(math.prod(math.prod(each) for each in sizes.values()))


def _canary(law: RecordRules, rng: random.Random) -> Said:
    """Draw what is said in a slot by the rules: something of every source."""
    return {source: law.drawn(rng, source) for source in law.alphabets()}


def _speak(gate: GateBeside, slot: int, said: Said) -> bool:
    """Say a slot's records as a sensor that starts anew does: from sequence 0."""
    return all(
        gate.write(pack(source, slot, number, values))
        for number, (source, values) in enumerate(said.items())
    )


def _try_more(
    gate: GateBeside, slot: int, said: Said, law: RecordRules, rng: random.Random
) -> Said:
    """Try to say more than one record a source: again, for the slot to come, for the one before.

    Return what was said.
    """
    sequence, more = len(said), {}
    for source, values in said.items():
        other = law.drawn(rng, source, but=values)
        for further in (slot, slot + 1, slot - 1):
            gate.write(pack(source, further, sequence, other))
            sequence += 1
        more[source] = other
    return more


def _together(all_fuzzed: list[Fuzzed]) -> Fuzzed:
    likeness = max(
        (one.likeness for one in all_fuzzed),
        key=[LockLikeness.SAME, LockLikeness.UNSEEN, LockLikeness.OTHER].index,
    )
    wrong = tuple(what for one in all_fuzzed for what in one.wrong)
    late = tuple(what for one in all_fuzzed for what in one.late)
    return Fuzzed(
        sum(one.sent for one in all_fuzzed),
        sum(one.rounds for one in all_fuzzed),
        wrong,
        likeness,
        late,
    )


def _fuzz_findings(fuzzed: Fuzzed) -> list[Finding]:
    name, detail = "mutated records", f"{fuzzed.sent:,} mutated records over {fuzzed.rounds} slots"
    if fuzzed.wrong:
        what = f"{detail}: {fuzzed.wrong[0]} ({len(fuzzed.wrong)} such)"
        return [_finding(name, Verdict.FELL, what, fuzzed, max(0, fuzzed.sent - len(fuzzed.wrong)))]
    if fuzzed.late:
        what = f"{detail}: {fuzzed.late[0]} ({len(fuzzed.late)} such)"
        return [
            *other_filters(PART, fuzzed.likeness),
            too_slow(PART, name, Mechanism.GATE_SCHEMA, _SUBJECT, what),
        ]
    detail += f": 0 accepted, every good one taken; {fuzzed.likeness.value}"
    held = _finding(name, fuzzed.likeness.verdict, detail, fuzzed, fuzzed.sent)
    return [*other_filters(PART, fuzzed.likeness), held]


def _throughput_finding(seen: Throughput, law: RecordRules, *, likeness: LockLikeness) -> Finding:
    wanted = law.bits_a_slot()
    name, detail = (
        "throughput of a lying sensor",
        f"{seen.bits:.3f} bits a slot came through in each of {seen.slots} slots",
    )
    detail += (
        f", bound printed {seen.printed_bits:.1f}, signed {seen.signed_bits:.3f}, recomputed "
        f"{wanted:.3f}"
    )
    if seen.wrong:
        return _finding(name, Verdict.FELL, f"{seen.wrong[0]} ({len(seen.wrong)} such)")
    if seen.late:
        return too_slow(
            PART, name, Mechanism.GATE_SCHEMA, _SUBJECT, f"{seen.late[0]} ({len(seen.late)} such)"
        )
    # The bound is printed to a tenth of a bit, and signed to a thousandth.
    honest = (
        seen.bits <= min(seen.printed_bits + 0.051, seen.signed_bits + 0.0011)
        and abs(seen.signed_bits - wanted) < 0.0011  # noqa: PLR2004 - the same thousandth
    )
    return _finding(
        name, likeness.verdict if honest else Verdict.FELL, f"{detail}; {likeness.value}"
    )


def _finding(
    name: str, verdict: Verdict, detail: str, fuzzed: Fuzzed | None = None, refused: int = 0
) -> Finding:
    sent, controls = (fuzzed.sent, fuzzed.rounds) if fuzzed else (0, 0)
    return Finding(
        PART, name, Mechanism.GATE_SCHEMA, _SUBJECT, verdict, detail, sent, refused, controls
    )
