# SPDX-License-Identifier: Apache-2.0
"""Run fusion over a scene as the centre does, and compare what it said with the truth.

The picture goes forward once a minute and at each window's end. A window's estimate is that for the
window's end, as it was known 60 s later: by then its reports have come. What comes later still goes
back in time (mark, return_to), which changes no number that was read before.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from development.bench.fusion.liars import lies_since
from development.bench.fusion.observed import observations_of
from development.bench.fusion.scene import Liar, Scene, Truth
from fusion_service.estimate.fusion import Fusion
from fusion_service.estimate.observation import Observation, Sensor, SensorCondition, ZoneEstimate
from fusion_service.estimate.sensors import is_direct, sensors_of
from wire_contract.quality import Validity

READ_AFTER_S = 60
STEP_S = 60
BUSY = 10.0
NAMED = frozenset({SensorCondition.CONFLICTING, SensorCondition.STUCK})


@dataclass(slots=True)
class Errors:
    """Sums of absolute errors and how many there were."""

    total: float = 0.0
    number: int = 0

    def note(self, error: float) -> None:
        """Put one error in."""
        self.total += abs(error)
        self.number += 1

    @property
    def mean(self) -> float:
        """The mean absolute error."""
        return self.total / self.number if self.number else math.nan


@dataclass(slots=True)
class Score:
    """What was found of one scene or of several."""

    fused: float = 0.0
    mean_counter: float = 0.0
    best_counter: float = 0.0
    uncounted_error: float = 0.0
    uncounted_people: float = 0.0
    integration: float = 0.0
    fused_of_integrated: float = 0.0
    busy: list[int] = field(default_factory=lambda: [0, 0])
    quiet: list[int] = field(default_factory=lambda: [0, 0])
    liar_minutes: list[float] = field(default_factory=list)
    false_flags: list[str] = field(default_factory=list)
    sensor_days: float = 0.0
    lines: list[str] = field(default_factory=list)

    def join(self, other: "Score") -> None:
        """Put another scene's findings beside these; each scene weighs as its people do."""
        for name in ("fused", "mean_counter", "best_counter", "uncounted_error",
                     "uncounted_people", "integration", "fused_of_integrated",
                     "sensor_days"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.busy = [self.busy[0] + other.busy[0], self.busy[1] + other.busy[1]]
        self.quiet = [self.quiet[0] + other.quiet[0], self.quiet[1] + other.quiet[1]]
        self.liar_minutes += other.liar_minutes
        self.false_flags += other.false_flags

    def figures(self) -> dict[str, float | None]:
        """Return what the bars are about; None where nothing was to be measured."""
        minutes = sorted(self.liar_minutes)
        return {
            "mae_ratio_mean_counter": _ratio(self.fused, self.mean_counter),
            "mae_ratio_best_counter": _ratio(self.fused, self.best_counter),
            "mae_share_uncounted": _ratio(self.uncounted_error, self.uncounted_people),
            "cover80_busy": _ratio(*self.busy),
            "cover80_quiet": _ratio(*self.quiet),
            "liar_minutes_median": _finite(minutes[len(minutes) // 2]) if minutes else None,
            "false_flags_30_days": _ratio(len(self.false_flags) * 14.0 * 30.0, self.sensor_days),
            "mae_ratio_integration": _ratio(self.fused_of_integrated, self.integration),
        }


@dataclass(slots=True)
class Run:
    """What fusion said over a scene: estimates by zone and moment, and since when who is named."""

    read: dict[tuple[str, int], ZoneEstimate]
    named: dict[str, list[int]]
    observations: dict[str, list[Observation]]
    at_start: int
    at_end: int


def run_scene(scene: Scene) -> Run:
    """Let fusion see a scene's reports as they come."""
    site = scene.site
    sensors = sensors_of(site)
    fusion = Fusion(site, sensors)
    wanted = sorted({one.start_s + one.length_s for one in scene.truth})
    kept: dict[str, list[Observation]] = defaultdict(list)
    arrivals = [(one.received_s, one.report) for one in scene.reports]
    times = [one[0] for one in arrivals]
    found = Run(
        {}, defaultdict(list), kept, wanted[0] if wanted else 0, wanted[-1] if wanted else 0
    )
    place = 0
    pending: list[Observation] = []
    was: dict[str, SensorCondition] = {}
    for at_s in wanted:
        upto = bisect_right(times, at_s + READ_AFTER_S)
        for _, report in arrivals[place:upto]:
            for observation in observations_of(report):
                pending.append(observation)
                kept[observation.sensor].append(observation)
        place = upto
        ready = [one for one in pending if one.start_s + one.length_s <= at_s]
        pending = [one for one in pending if one.start_s + one.length_s > at_s]
        for estimate in fusion.advance(at_s, ready):
            found.read[estimate.zone, at_s] = estimate
        for one in fusion.health(at_s):
            if one.condition in NAMED and was.get(one.sensor) not in NAMED:
                found.named[one.sensor].append(at_s + READ_AFTER_S)
            was[one.sensor] = one.condition
    return found


def score(scene: Scene) -> Score:
    """Return what came of a scene."""
    run = run_scene(scene)
    site = scene.site
    sensors = sensors_of(site)
    direct: dict[str, list[Sensor]] = defaultdict(list)
    for one in sensors:
        if is_direct(one) and one.counter.at_zone is not None:
            direct[one.counter.at_zone].append(one)
    truths: dict[str, list[Truth]] = defaultdict(list)
    for truth in scene.truth:
        truths[truth.zone].append(truth)
    liars = scene.liars if scene.liars is not None else liars_of(direct, truths, run)
    found = Score()
    for zone in site.zones:
        if zone.id in truths:
            _zone(found, run, truths[zone.id], direct[zone.id], {one.sensor for one in liars})
    _integrate(found, scene, run, truths)
    _names(found, scene, run, liars, len(sensors))
    return found


def _zone(
    found: Score, run: Run, truths: list[Truth], sensors: list[Sensor], liars: set[str]
) -> None:
    """Compare one zone's estimates with the truth, and with each honest direct counter."""
    honest = [one for one in sensors if one.id not in liars]
    values = {one.id: _by_window(run.observations.get(one.id, [])) for one in honest}
    fused, counters = Errors(), {one.id: Errors() for one in honest}
    for truth in truths:
        estimate = run.read[truth.zone, truth.start_s + truth.length_s]
        side = found.busy if truth.people >= BUSY else found.quiet
        side[0] += estimate.low_80 <= truth.people <= estimate.high_80
        side[1] += 1
        if not sensors:
            found.uncounted_error += abs(estimate.people - truth.people)
            found.uncounted_people += truth.people
            continue
        spoke = False
        for one in honest:
            said = _said(values[one.id], truth)
            if said is not None:
                counters[one.id].note(said / (one.counter.share or 1.0) - truth.people)
                spoke = True
        if spoke:
            fused.note(estimate.people - truth.people)
    means = [one.mean for one in counters.values() if one.number]
    if means:
        found.fused += fused.mean * fused.number
        found.mean_counter += sum(means) / len(means) * fused.number
        found.best_counter += min(means) * fused.number
        found.lines.append(
            f"{truths[0].zone}: fused {fused.mean:.2f}, counters "
            + " ".join(f"{one:.2f}" for one in means)
        )


def _by_window(observations: Iterable[Observation]) -> list[tuple[int, int, float]]:
    return sorted(
        (one.start_s, one.start_s + one.length_s, one.count)
        for one in observations
        if one.count is not None and one.validity is Validity.COUNTED
    )


def _said(windows: Sequence[tuple[int, int, float]], truth: Truth) -> float | None:
    """Return what a counter said of a window: its windows that overlap it, by how long they do."""
    start, end = truth.start_s, truth.start_s + truth.length_s
    place = bisect_right(windows, (end, 0, 0.0))
    total = weight = 0.0
    for begin, finish, count in reversed(windows[max(place - 1000, 0) : place]):
        if finish <= start:
            break
        both = min(finish, end) - max(begin, start)
        if both > 0:
            total, weight = total + both * count, weight + both
    return total / weight if weight >= 0.5 * truth.length_s else None


def _integrate(found: Score, scene: Scene, run: Run, truths: Mapping[str, list[Truth]]) -> None:
    """Compare with adding up in minus out, from the truth of the first window on, never under 0."""
    site = scene.site
    for zone_id, rows in truths.items():
        links = [link for link in site.links if zone_id in {link.from_zone, link.to_zone}]
        lines = []
        for one in sensors_of(site):
            link = next((at for at in links if at.id == one.counter.at_link), None)
            if one.counter.line is not None and link is not None:
                lines.append((one, 1.0 if _goes_in(one, zone_id, link.to_zone) else -1.0))
        if len({one.counter.at_link for one, _ in lines}) < len(links) or not lines:
            continue
        net: dict[int, float] = defaultdict(float)
        for one, sign in lines:
            for observation in run.observations.get(one.id, []):
                end = observation.start_s + observation.length_s
                net[end] += sign * (observation.net or 0.0)
        people, place = rows[0].people, 0
        ends = sorted(net)
        error = fused = 0.0
        for truth in rows[1:]:
            end = truth.start_s + truth.length_s
            while place < len(ends) and ends[place] <= end:
                people = max(people + net[ends[place]], 0.0)
                place += 1
            error += abs(people - truth.people)
            fused += abs(run.read[zone_id, end].people - truth.people)
        found.integration += error
        found.fused_of_integrated += fused


def _goes_in(sensor: Sensor, zone_id: str, to_zone: str | None) -> bool:
    toward = sensor.counter.in_toward
    if toward is not None:
        return toward == zone_id
    return to_zone is not None and to_zone != zone_id


def _names(found: Score, scene: Scene, run: Run, liars: Sequence[Liar], sensors: int) -> None:
    """Note how long each liar went unnamed, and who was named without lying."""
    since = {one.sensor: one.start_s for one in liars}
    for one in liars:
        after = [at for at in run.named.get(one.sensor, []) if at >= one.start_s]
        found.liar_minutes.append((after[0] - one.start_s) / 60.0 if after else math.inf)
        found.lines.append(f"{one.sensor} {one.how}: named after {found.liar_minutes[-1]:.0f} min")
    for sensor, times in run.named.items():
        early = [at for at in times if at < since.get(sensor, at + 1)]
        found.false_flags += [f"{scene.name} {sensor} at {at}" for at in early]
    found.sensor_days += (sensors - len(liars)) * (run.at_end - run.at_start) / 86_400.0


def liars_of(
    direct: Mapping[str, Sequence[Sensor]], truths: Mapping[str, list[Truth]], run: Run
) -> list[Liar]:
    """Say which direct counters lie, by the truth."""
    found = []
    for zone, sensors in direct.items():
        for one in sensors:
            windows = _by_window(run.observations.get(one.id, []))
            share = one.counter.share or 1.0
            pairs = [
                (truth.start_s, said / share, truth.people)
                for truth in sorted(truths.get(zone, []), key=lambda at: at.start_s)
                if (said := _said(windows, truth)) is not None
            ]
            since = lies_since(pairs, share)
            if since is not None:
                found.append(Liar(one.id, since, "by the truth"))
    return found


def _ratio(over: float, under: float) -> float | None:
    return round(over / under, 4) if under else None


def _finite(value: float) -> float | None:
    return round(value, 1) if math.isfinite(value) else None
