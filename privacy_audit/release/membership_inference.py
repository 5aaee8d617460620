# SPDX-License-Identifier: Apache-2.0
"""Guess from what is released whether one person was there, and draw the noise again from its key.

1,000 quiet nights, each with one person or none, go through the gate's own disclosure. Attackers
who know the law of the noise and guess as well as can be done must not gain more than epsilon
allows over guessing; an attacker who looks at everything but the counts must gain nothing. All of
it is seeded: each audit of the same code sees the same nights. Then the noise itself: what the
running box and a gate beside it released must be what key and name of each number give, and what
another key does not give.
"""

import base64
import hashlib
import json
import math
import random
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.channel import Kind
from edge_agent.clock import Slots, SystemClock, aligned_origin_s
from edge_agent.config.schema import Config
from edge_agent.disclosure.gate import Gate
from edge_agent.disclosure.window import Provenance, Sender
from edge_agent.keys import NOISE_KEY
from edge_agent.process_settings import SlotSettings
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.gate import restarts
from privacy_audit.oracles import caps, noise
from privacy_audit.oracles.binomial import interval
from privacy_audit.oracles.records import LINE, ZONE, Source, Values, pack
from privacy_audit.release import composition, side_channel
from privacy_audit.target.box import AuditedBox, until
from privacy_audit.target.companion import Entry, GateBeside, Likeness, other_filters, read_entries
from privacy_audit.timing import too_slow
from wire_contract.messages.report import Clock, Health, Level, Rule, RuleName

PART = "guessing"
SEED = 20_261_124
NIGHTS, SIDE_NIGHTS, WINDOWS = 2_000, 1_000, 6
LIVE_SLOTS, LIVE_SLOT_S, SPEAK_AT_S, GRACE_S = 16, 1, 0.1, 0.8
CONFIDENCE, MARGIN = 0.999, 0.06
"""Of the interval of what an attacker gains; how far its upper end may lie above what epsilon
allows."""
CONTROL_NIGHTS, CONTROL_MIN = 100, 0.49
"""Nights without the noise, and what the attacker who knows when to look must gain on them."""
CLASSIFIER_SIGMAS = 4.0
SEPARATION_MIN = 0.0005
NUMBERS_MIN, NUMBERS_WITHIN_S = 20, 40.0
"""How many numbers of the running box are looked at, and how long they are waited for."""
WINDOWS_WAITED = 2
"""Of long windows: two have told enough where a box has a line or a zone."""
OTHER_KEYS = 200
_STREAM, _BOOT = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
_RUN = "0" * 31 + "3"
_EYE_AWAY, _EYE_THERE = (0, 3, 2, 0), (0, 3, 2, 1)
_CODE = "the box's own disclosure code, in the audit"
_GATE = "a gate beside the box"
_BOX = "the running gate"


@dataclass(frozen=True, slots=True)
class Night:
    """One night as it was and as it was released. at: the window in which somebody may have been.

    Slot: which number changed.
    """

    present: bool
    at: int
    place: int
    released: tuple[dict[str, Any], ...]
    features: side_channel.Features
    exact: side_channel.Features


def look(box: AuditedBox) -> list[Finding]:
    """Guess over the nights, and draw the noise of a gate beside the box and of the running one again."""
    folder = box.folder / "guessing"
    folder.mkdir(mode=0o755)
    with ThreadPoolExecutor(2) as threads:
        beside = threads.submit(run_live, box, folder, slots=LIVE_SLOTS)
        again = threads.submit(restarts.look, box, folder / "again")
        found = [*_guesses(box.config), *composition.look(box.config), *_side_fields(box.config)]
        live = beside.result()
    return [*found, again.result(), _time_of_release(box, folder, live), *_noise(box, live)]


# --- nights -------------------------------------------------------------------------------------


def nights(
    config: Config, source: Source, *, count: int, seed: int, exact: bool = False
) -> list[Night]:
    """Let one person or none cross a line, or stand in a zone for one window, in each of so many nights.

    exact: let the numbers out as they are, for the control.
    """
    rng = random.Random(seed)  # noqa: S311 - seeded, so that every audit sees the same nights
    gate, health = _gate(config, exact=exact), Health(temperature=1, disk=1, outbox=1, link=1)
    found = []
    for night in range(count):
        present, at, place = rng.random() < 0.5, rng.randrange(WINDOWS), rng.randrange(2)  # noqa: PLR2004 - a fair coin
        windows = []
        features: side_channel.Features = {}
        for window in range(WINDOWS):
            there = present and window == at
            said = _said(config, source if there else None, place)
            started_ns = time.perf_counter_ns()
            body = gate.disclose(
                said,
                at_ms=(night * WINDOWS + window) * config.window.length_s * 1000,
                health=health,
            )
            took_ns = time.perf_counter_ns() - started_ns
            windows.append(json.loads(body))
            if window == at:
                features = side_channel.of_window(windows[-1], len(body)) | {"time": took_ns}
        plain = {"difficulty": 1 if present else 0}
        found.append(Night(present, at, place, tuple(windows), features, plain))
    return found


def _gate(config: Config, *, exact: bool) -> Gate:
    rule = (
        Rule(RuleName.EXACT, ())
        if exact
        else Rule(config.disclosure.rule, config.disclosure.parameters())
    )
    provenance = Provenance(
        boot=_BOOT, config=config.sha256(), level=Level.PROCESS, clock=Clock.LIVE,
        rule=rule,
    )  # fmt: skip
    return Gate(
        Sender(config.site, config.device, _STREAM, provenance),
        schema=config.record_schema(),
        line_ids=tuple(line.id for line in config.lines),
        zone_ids=tuple(zone.id for zone in config.zones),
        noise_key=hashlib.sha256(b"the nights of the audit").digest(),
        run=_RUN,
        class_epsilon=config.disclosure.class_epsilon_thousandths(),
    )


def _said(config: Config, source: Source | None, place: int) -> dict[tuple[Kind, int], Values]:
    """Return a window's records: nobody, or one person at `source`.

    On a line `place` says which way.
    """
    said: dict[tuple[Kind, int], Values] = {
        (Kind.LINE, index): (0, 0, 0, 0) for index in range(len(config.lines))
    }
    said |= {(Kind.ZONE, index): (0, 0, 0, 0) for index in range(len(config.zones))}
    said[Kind.IMAGE_QUALITY, 0] = _EYE_THERE if source else _EYE_AWAY
    if source:
        kind, index = Kind(source[0]), source[1]
        said[kind, index] = (1, 1, 3, 2) if kind is Kind.ZONE else (1 - place, place, 0, 0)
    return said


# --- guessing presence --------------------------------------------------------------------------


def _guesses(config: Config) -> list[Finding]:
    scenes: list[tuple[str, Source, int]] = []
    if config.lines:
        scenes.append(("one crossing in a night", (LINE, 0), 1))
    if config.zones:
        scenes.append(("one stay of one window in a night", (ZONE, 0), 2))
    return [
        mark(
            config, name, source, spent, nights(config, source, count=NIGHTS, seed=SEED + source[0])
        )
        for name, source, spent in scenes
    ]


def mark(config: Config, name: str, source: Source, spent: int, seen: Sequence[Night]) -> Finding:
    """Mark two attackers on the same nights; `spent` is how many numbers one person changes by one.

    The verdict follows from the interval of what each gains: it falls where even the lower end is
    more than epsilon allows, and holds where the upper end is at most `MARGIN` more, since the best
    attacker gains just what is allowed. On nights without the noise the first attacker must
    succeed.
    """
    plain = nights(config, source, count=CONTROL_NIGHTS, seed=SEED, exact=True)
    epsilon = config.disclosure.epsilon
    odds = _odds_of(source, epsilon)
    attackers: dict[str, Callable[[Night], bool]] = {
        "who knows when to look": lambda night: odds(night, night.at, night.place) > 1.0,
        "who knows the habits only": lambda night: (
            sum(odds(night, at, place) for at in range(WINDOWS) for place in range(2))
            > 2.0 * WINDOWS
        ),
    }
    gains = {who: _gain(guess, seen) for who, guess in attackers.items()}
    control = _gain(attackers["who knows when to look"], plain).share
    allowed = math.exp(spent * epsilon) / (1.0 + math.exp(spent * epsilon)) - 0.5
    said = ", ".join(f"{who} gains {gain.said()}" for who, gain in gains.items())
    detail = (
        f"{len(seen):,} nights, half of them with one person: over guessing, an attacker {said}"
    )
    detail += f"; without the noise the first gains {control:+.3f}"
    if config.disclosure.rule != noise.LAPLACE:
        detail += (
            f"; the rule {config.disclosure.rule} is not differential privacy and promises no bound"
        )
        return _finding(name, _CODE, Verdict.UNPROVEN, detail)
    detail += (
        f"; epsilon {spent} x {epsilon:g} allows {allowed:.3f}, and {MARGIN:g} more would be "
        "noticed"
    )
    if max(gain.low for gain in gains.values()) > allowed:
        return _finding(name, _CODE, Verdict.FELL, detail)
    if max(gain.high for gain in gains.values()) > allowed + MARGIN or control < CONTROL_MIN:
        return _finding(name, _CODE, Verdict.UNPROVEN, f"{detail}; too few nights to tell")
    return _finding(name, _CODE, Verdict.TWIN, detail)


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much an attacker is right more often than half of the time, and the 99.9 % interval of that."""

    share: float
    low: float
    high: float

    def said(self) -> str:
        """Say it in figures."""
        return f"{self.share:+.3f} (99.9 % interval {self.low:+.3f} to {self.high:+.3f})"


def _gain(guess: Callable[[Night], bool], seen: Sequence[Night]) -> Gain:
    right = sum(guess(night) == night.present for night in seen)
    low, high = interval(right, len(seen), confidence=CONFIDENCE)
    return Gain(right / len(seen) - 0.5, low - 0.5, high - 0.5)


def _odds_of(source: Source, epsilon: float) -> Callable[[Night, int, int], float]:
    """Return what turns a window's released numbers into the odds of a person.

    The best that can be done, for who knows the law.
    """
    kind, index = source

    def odds(night: Night, at: int, place: int) -> float:
        window = night.released[at]
        if kind == LINE:
            line = window["lines"][index]
            numbers = [line["out"] if place else line["in"]]
        else:
            numbers = [window["zones"][index]["mean"], window["zones"][index]["peak"]]
        told = [0 if number is None else number for number in numbers]
        return math.exp(epsilon * sum(abs(number) - abs(number - 1) for number in told))

    return odds


# --- everything but the counts ------------------------------------------------------------------


def _side_fields(config: Config) -> list[Finding]:
    source = (ZONE, 0) if config.zones else (LINE, 0)
    seen = nights(config, source, count=SIDE_NIGHTS, seed=SEED)
    present = [night.present for night in seen]
    right = side_channel.accuracy([night.features for night in seen], present)
    control = side_channel.accuracy([night.exact for night in seen], present)
    bound = 0.5 + CLASSIFIER_SIGMAS * math.sqrt(0.25 / (len(seen) // 2))
    detail = (
        f"{len(seen[0].features)} fields beside the counts (eye, difficulty, speed, standing, "
        f"health, length, time of disclosing): right in {right:.3f} of {len(seen) // 2} windows it "
        f"had not learned from, chance stays under {bound:.3f}; given the sensor's own difficulty, "
        f"which does not leave, the same attacker is right in {control:.3f}"
    )
    if control <= bound:
        return [
            _finding(
                "side fields",
                _CODE,
                Verdict.UNPROVEN,
                f"the attacker cannot learn what is plain: {detail}",
            )
        ]
    if (epsilon := config.disclosure.class_epsilon) is not None:
        # One person may change difficulty, and the speed and standing of a zone; each leaves for
        # its own epsilon.
        classes = 1 + 2 * min(1, len(config.zones))
        bound += 1.0 / (1.0 + math.exp(-classes * epsilon)) - 0.5
        detail += f"; {classes} classes at epsilon {epsilon:g} each allow {bound:.3f}"
    verdict = Verdict.FELL if right > bound and config.disclosure.rule != "exact" else Verdict.TWIN
    return [_finding("side fields", _CODE, verdict, detail), _intervals(seen)]


def _intervals(seen: list[Night]) -> Finding:
    """The interval of a count is made of what is released, never of what was counted."""
    count, faults = side_channel.interval_faults(
        [window for night in seen for window in night.released]
    )
    detail = (
        f"{count:,} intervals follow from the released number and the released eye; {faults} do not"
    )
    return _finding(
        "intervals", _CODE, Verdict.FELL if faults or not count else Verdict.TWIN, detail
    )


# --- a gate by the clock ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Live:
    """What a gate beside the box released by the clock. said is by window start (UTC seconds).

    Present likewise.
    """

    said: dict[int, dict[Source, Values]]
    present: dict[int, bool]
    entries: list[Entry]
    key: bytes
    likeness: Likeness


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
            records = _said(
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


def _time_of_release(box: AuditedBox, folder: Path, live: Live) -> Finding:
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
        return _too_slow("time of release", _GATE, what)
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
    return _finding("time of release", _GATE, verdict, f"{detail}; {live.likeness.value}")


# --- the noise and its key ----------------------------------------------------------------------


def _noise(box: AuditedBox, live: Live) -> list[Finding]:
    """Draw the noise again: of a gate whose input is known, and of the running one, whose input must come out possible."""
    rule = str(box.config.disclosure.rule)
    if rule not in {noise.LAPLACE, noise.ROUNDING}:
        what = f"the rule {rule} draws no noise; there is no key to look at"
        return [_finding("noise and its key", _BOX, Verdict.UNPROVEN, what)]
    found = other_filters(PART, live.likeness)
    found.append(known_input(box.config, live))
    if rule == noise.LAPLACE:
        found.append(running_box(box))
    return found


def known_input(config: Config, live: Live) -> Finding:
    """Compare what a gate beside the box released with what key, name and input give."""
    rule, parameter = str(config.disclosure.rule), config.disclosure.parameters()[0]
    reports = [
        entry
        for entry in live.entries
        if entry.channel == "report" and entry.payload["start"] in live.said
    ]
    told = [
        (number, value, live.said[entry.payload["start"]])
        for entry in reports
        for number, value in numbers_of(config, entry)
    ]
    other = secrets.token_bytes(32)

    def fits(key: bytes) -> int:
        return sum(
            noise.released(_exact(said, number), rule, parameter, key, number) == value
            for number, value, said in told
        )

    own, others = fits(live.key), fits(other)
    detail = (
        f"{own} of {len(told)} numbers are what key, name and input give; another key gives "
        f"{others}"
    )
    if not told:
        return _too_slow("noise of known counts", _GATE, "nothing was released in time")
    if own < len(told) or (rule == noise.LAPLACE and others == len(told)):
        return _finding("noise of known counts", _GATE, Verdict.FELL, detail)
    return _finding(
        "noise of known counts", _GATE, live.likeness.verdict, f"{detail}; {live.likeness.value}"
    )


def running_box(box: AuditedBox) -> Finding:
    """Take the noise off what the running box released.

    Under its own key every count comes out possible.
    """
    config, store = box.config, box.config.store.directory
    name, parameter = "noise of the running box", config.disclosure.parameters()[0]
    within_s = (
        max(NUMBERS_WITHIN_S, WINDOWS_WAITED * config.window.length_s) if box.started else 0.0
    )
    try:
        key = base64.b64decode((config.keys.directory / NOISE_KEY).read_text("ascii"))
        until(lambda: len(_released(config, store)) >= NUMBERS_MIN, within_s=within_s, every_s=1.0)
        told = _released(config, store)
    except OSError as error:
        return _finding(
            name,
            _BOX,
            Verdict.UNPROVEN,
            f"its key or its ledger cannot be read: {error}; run the audit as root",
        )
    possible = _possible(config, told, key, parameter)
    others = [
        _possible(config, told, secrets.token_bytes(32), parameter) for _ in range(OTHER_KEYS)
    ]
    as_good = sum(one == len(told) for one in others)
    detail = (
        f"without the noise that its key gives, {possible} of {len(told)} released numbers are "
        "possible counts"
    )
    detail += f"; {as_good} of {OTHER_KEYS} other keys would do as well"
    if possible < len(told):
        return _finding(name, _BOX, Verdict.FELL, detail)
    if as_good > OTHER_KEYS // 20:
        return _too_slow(name, _BOX, f"{detail}: too few numbers to tell")
    return _finding(name, _BOX, Verdict.PROVEN, detail)


def _released(config: Config, store: Path) -> list[tuple[noise.Number, int]]:
    """Return what the box has released under this config, newest last."""
    reports = [
        entry
        for entry in read_entries(store)
        if entry.channel == "report" and entry.payload["config"] == config.sha256()
    ]
    return [pair for entry in reports[-NUMBERS_MIN * 5 :] for pair in numbers_of(config, entry)]


def _possible(
    config: Config, told: Sequence[tuple[noise.Number, int]], key: bytes, parameter: int
) -> int:
    most = {
        ("LINE", index): count_max for index, count_max in enumerate(caps.most_of_lines(config))
    }
    most |= {
        ("ZONE", index): count_max for index, count_max in enumerate(caps.most_of_zones(config))
    }
    return sum(
        0 <= value - noise.noise(parameter, key, number) <= most[number.kind, number.index]
        for number, value in told
    )


def numbers_of(config: Config, entry: Entry) -> list[tuple[noise.Number, int]]:
    """Return every released number of a report under the name by which its noise is drawn.

    None of one that has no such name.
    """
    report, drawn_ms = entry.payload, entry.drawn_ms
    if drawn_ms is None:
        return []
    places = {("LINE", line.id): index for index, line in enumerate(config.lines)}
    places |= {("ZONE", zone.id): index for index, zone in enumerate(config.zones)}
    rows = [("LINE", one, name) for one in report["lines"] for name in ("in", "out")]
    rows += [
        ("ZONE", one, name)
        for one in report["zones"]
        for name in ("mean", "peak" if "peak" in one else "most")
    ]
    return [
        (
            noise.Number(
                report["stream"],
                report["boot"],
                kind,
                places[kind, one["id"]],
                drawn_as(name),
                drawn_ms,
                one["id"],
                entry.drawn_run,
            ),
            one[name],
        )
        for kind, one, name in rows
        if one[name] is not None
    ]


def drawn_as(name: str) -> str:
    """Return under which name a number's noise is drawn: that of version 1 of the wire."""
    return "most" if name == "peak" else name


def _exact(said: dict[Source, Values], number: noise.Number) -> int:
    source = (LINE if number.kind == "LINE" else ZONE, number.index)
    return said[source][1 if number.name in {"out", "most"} else 0]


def _too_slow(name: str, subject: str, what: str) -> Finding:
    return too_slow(PART, name, Mechanism.NOISE_KEY, subject, what)


def _finding(name: str, subject: str, verdict: Verdict, detail: str) -> Finding:
    """Return a finding; a guess is a measurement, not an attempt that something refused, so nothing is counted as refused."""
    return Finding(PART, name, Mechanism.NOISE_KEY, subject, verdict, detail)
