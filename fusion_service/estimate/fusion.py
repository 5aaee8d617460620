# SPDX-License-Identifier: Apache-2.0
"""Many counters, one number a zone, and how sure it is. Pure: the clock is an argument.

Each window goes three ways: into the comparison of counters with each other, into the flow where it
is of a line, and into the filter of its zone where it is of a direct counter. docs/ESTIMATE.md says
why each of them is as it is.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from fusion_service.estimate.counters.bias import settle
from fusion_service.estimate.counters.comparison import Comparison, Peers
from fusion_service.estimate.counters.conflict import DOUBTED, LEVEL_S, NAMED
from fusion_service.estimate.counters.reading import GROUPS, sampling_at_once, sampling_variance
from fusion_service.estimate.counters.sensor_state import Health, SensorMark, SensorState
from fusion_service.estimate.memory import recall, remember
from fusion_service.estimate.observation import Observation, Sensor, ZoneEstimate
from fusion_service.estimate.sensors import is_direct, neighbours_of, zones_of
from fusion_service.estimate.standing import put_back, standing_of
from fusion_service.estimate.state_space import Reading
from fusion_service.estimate.zones.estimates import counts, estimate_of
from fusion_service.estimate.zones.flow import Rates, flows_of, shared_stay
from fusion_service.estimate.zones.guess import guess_of
from fusion_service.estimate.zones.usual import Calendar, hour_of_days
from fusion_service.estimate.zones.zone_state import COLD_SD, PEOPLE_MIN, Guess, ZoneMark, ZoneState
from fusion_service.registry.site import Site
from wire_contract.quality import Validity

SHARE_UNSAID_SD = 0.5
"""How far a share may be from 1 where nobody said it, as a logarithm."""
SHARE_SD = 0.15
"""How far a stated share may be from the part of the people that is seen, for each part unseen."""
LEARNS_AT_MOST_S = 7200
"""From a longer step nothing is learnt of what is usual: too much of it is guessed."""
PAIR = 2
BIAS_PEOPLE_MIN = 3.0
"""From how many expected people on a window tells of a bias."""
ROUNDING = 1.0 / 12.0
"""Variance of a mean that was rounded to whole people."""
HOURLY_CHANGE = 0.12
"""Variance of how much a zone's logarithm changes in an hour: what a long window blurs."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What changes from window to window, at one moment."""

    at_s: int
    activity: float
    rates: dict[str, float]
    zones: tuple[ZoneMark, ...]
    sensors: tuple[SensorMark, ...]


class Fusion:
    """All zones and sensors of one version of a site.

    It has more than ten attributes: zones, sensors, and how they hang together, looked up once.
    """

    def __init__(
        self,
        site: Site,
        sensors: Sequence[Sensor],
        memory: bytes | None = None,
        *,
        from_s: int | None = None,
    ) -> None:
        """memory: what was learnt. Where it is of the moment from_s, things stand as they did."""
        self._calendar = Calendar(site.time_zone)
        known = {zone.id for zone in site.zones}
        self.sensors = {
            one.id: SensorState(one, _known(zones_of(one, site.links), known), is_direct(one))
            for one in sensors
        }
        self.sensors = {key: one for key, one in self.sensors.items() if one.zones}
        self.rates = Rates()
        flows = flows_of(site, [one.sensor for one in self.sensors.values()])
        self._looks_at: dict[str, list[SensorState]] = {zone.id: [] for zone in site.zones}
        for one in self.sensors.values():
            for zone in one.zones:
                self._looks_at[zone].append(one)
        self.zones = {zone.id: ZoneState(zone, flows[zone.id]) for zone in site.zones}
        self.activity = 0.05
        """People a place of capacity, over the counted zones of the site."""
        self._hour, self._activity = 0.0, self.activity
        """What stood for the step before."""
        self.at_s = 0
        self.learnt_to_s = 0
        """Up to when was learnt what is usual: going back does not learn it twice."""
        self._comparison = Comparison(
            {key: one.track for key, one in self.sensors.items()}, self._peers(site)
        )
        kept = recall(memory, self.zones, self.sensors) if memory is not None else None
        if kept is not None:
            self.learnt_to_s, self.activity, standing = kept
            if self.learnt_to_s == from_s:
                self._go_on_from(standing)

    def advance(self, at_s: int, observations: Sequence[Observation]) -> list[ZoneEstimate]:
        """Move to a moment, take in windows that ended by then, and return every zone.

        at_s: unix seconds, never before the last one. Windows of unknown sensors are passed over,
        and so are those that end later.
        """
        known = [
            one
            for one in observations
            if one.sensor in self.sensors and one.start_s + one.length_s <= at_s
        ]
        known.sort(key=_end)
        for end_s, windows in groupby(known, key=_end):
            self._take_in(max(end_s, self.at_s), list(windows))
        self._go_on(at_s)
        for one in self.sensors.values():
            one.judge(at_s)
        hour = self._calendar.hour_of_week(at_s)
        return [
            estimate_of(zone, at_s, hour, self._looks_at[key], self._doubt(zone, at_s))
            for key, zone in self.zones.items()
        ]

    @property
    def size(self) -> int:
        """How large a mark is: zones and sensors, one at least."""
        return len(self.zones) + len(self.sensors) or 1

    def mark(self) -> Mark:
        """Return a point to go back to."""
        return Mark(
            self.at_s,
            self.activity,
            dict(self.rates.each),
            tuple(one.mark() for one in self.zones.values()),
            tuple(one.mark() for one in self.sensors.values()),
        )

    def return_to(self, mark: Mark) -> None:
        """Go back, to advance again with a window that came late; what is usual stays learnt."""
        self.at_s, self.activity = mark.at_s, mark.activity
        self.rates.each = dict(mark.rates)
        for zone, of_zone in zip(self.zones.values(), mark.zones, strict=True):
            zone.return_to(of_zone)
        for sensor, of_sensor in zip(self.sensors.values(), mark.sensors, strict=True):
            sensor.return_to(of_sensor)

    def memory(self) -> bytes:
        """Return all that was learnt, for a restart."""
        standing = standing_of(self.zones, self.sensors, self.rates.each, self._activity)
        return remember(self.at_s, self.activity, self.zones, self.sensors, standing)

    def _go_on_from(self, standing: object) -> None:
        """Have all stand as it did at the moment of what was learnt."""
        before = put_back(standing, self.zones, self.sensors, self.rates.each)
        self.at_s = self.learnt_to_s
        self._hour = self._calendar.hour_of_week(self.at_s)
        self._activity = self.activity if before is None else before

    def health(self, at_s: int) -> list[Health]:
        """Return how each sensor fares at a moment."""
        for one in self.sensors.values():
            one.judge(at_s)
        return [one.health() for one in self.sensors.values()]

    def _peers(self, site: Site) -> dict[str, Peers]:
        near = neighbours_of(site)
        found = {}
        for one in self.sensors.values():
            here = set(one.zones)
            around = here.union(*(near[zone] for zone in here))
            others = {
                other.sensor.id: other
                for zone in sorted(around)
                for other in self._looks_at[zone]
                if other is not one
            }
            found[one.sensor.id] = Peers(
                one.is_direct,
                tuple(
                    key
                    for key, other in others.items()
                    if one.is_direct and other.is_direct and other.zones == one.zones
                ),
                tuple(others),
            )
        return found

    def _go_on(self, at_s: int) -> None:
        """Bring each zone to a moment."""
        if at_s < self.at_s:
            return
        hour = self._calendar.hour_of_week(at_s)
        stay = shared_stay(zone.flow for zone in self.zones.values())
        self._forget_silent_lines(at_s)
        elapsed = at_s - max(self.learnt_to_s, self.at_s)
        for key, zone in self.zones.items():
            is_counted = any(one.is_direct and counts(one, at_s) for one in self._looks_at[key])
            arrivals = zone.flow.arrivals(self.rates)
            if is_counted:
                # As far as an hour is not known, the rate itself stands in for what is usual, so
                # that nothing moves by that.
                own = max(zone.filter.rate, PEOPLE_MIN)
                was = zone.usual.expect(self._hour, zone.stand_in(own, self._activity))
                zone.guess = Guess(was, COLD_SD, by_flow=False)
                usual = zone.usual.expect(hour, zone.stand_in(own, self.activity))
                guess = Guess(usual, COLD_SD, by_flow=False)
                if 0 < elapsed < LEARNS_AT_MOST_S and zone.at_s is not None:
                    self._learn(zone, hour, elapsed, arrivals)
            else:
                usual = zone.usual.expect(hour, zone.shared(self.activity))
                guess = guess_of(zone, hour, usual, arrivals, stay)
            zone.advance(at_s, guess, is_counted=is_counted)
        self._hour, self._activity = hour, self.activity
        self._learn_activity(at_s)
        self.learnt_to_s = max(self.learnt_to_s, at_s)
        self.at_s = at_s

    def _learn(
        self, zone: ZoneState, hour: float, elapsed: int, arrivals: tuple[float, int] | None
    ) -> None:
        people = zone.filter.people
        zone.usual.learn(hour, people, elapsed, zone.zone.capacity * self.activity)
        if arrivals is not None:
            zone.flow.learn(people, arrivals[0], elapsed)

    def _learn_activity(self, at_s: int) -> None:
        people = places = 0.0
        for key, zone in self.zones.items():
            if any(one.is_direct and counts(one, at_s) for one in self._looks_at[key]):
                people += zone.filter.people
                places += zone.zone.capacity * math.exp(zone.usual.level)
        if places > 0.0:
            self.activity = people / places

    def _forget_silent_lines(self, at_s: int) -> None:
        for key, one in self.sensors.items():
            if not one.is_direct and not counts(one, at_s):
                self.rates.forget(key)

    def _take_in(self, at_s: int, windows: list[Observation]) -> None:
        """Take in windows that ended together: compare them first, then believe them."""
        # Of a moment just before: an hour's window belongs to the hour that it ends.
        self._comparison.hour = hour_of_days(self._calendar.hour_of_week(at_s - 1))
        for window in windows:
            self.sensors[window.sensor].hear(window)
        compared = [
            (one.sensor, one.length_s)
            for one in windows
            if one.validity is Validity.COUNTED and self._follow(one, at_s)
        ]
        self._comparison.compare(compared, at_s)
        self._go_on(at_s)
        for window in windows:
            sensor = self.sensors[window.sensor]
            if window.validity is Validity.NOT_COUNTED or not sensor.is_believed():
                continue
            if sensor.is_direct:
                self._count(sensor, window)
            elif window.count is not None:
                self._cross(sensor, window)

    def _follow(self, window: Observation, at_s: int) -> bool:
        """Smooth a window into its sensor's level. Say whether it can be compared."""
        sensor = self.sensors[window.sensor]
        if window.count is None:
            return _follow_withheld(sensor, window)
        value, own = sensor.noise.split(window, learns=True)
        scale = _share(sensor) if sensor.is_direct else float(window.length_s)
        expected = self._comparison.expected(window.sensor, at_s)
        if expected is not None:
            expected *= scale
        rule = 0.0 if window.low is None or window.high is None else own
        sensor.track.hear_repeat(window.count, expected, rule)
        if sensor.is_direct:
            sensor.turnover.hear(value, own)
            scatter = 0.0
            stay_s = sensor.turnover.stay_s(window.length_s)
            lasts = 2.0 * stay_s * (1.0 - scale) / max(window.length_s, LEVEL_S)
            sensor.track.unseen = GROUPS * (1.0 - scale) / scale * min(lasts, 1.0)
        else:
            scatter = 1.5 * max(value, 1.0)
        variance = (own + ROUNDING + scatter) / (scale * scale)
        end_s = window.start_s + window.length_s
        sensor.track.hear(value / scale, variance, end_s, window.length_s)
        return True

    def _cross(self, sensor: SensorState, window: Observation) -> None:
        """Take in who crossed a line; a lower bound never lowers the rate."""
        assert window.count is not None  # noqa: S101 - asked before
        value, _ = sensor.noise.split(window, learns=False)
        rate = value / window.length_s
        key = sensor.sensor.id
        if window.validity is Validity.AT_LEAST and rate < self.rates.each.get(key, 0.0):
            return
        self.rates.hear(key, rate, window.length_s)

    def _count(self, sensor: SensorState, window: Observation) -> None:
        """Take in what a direct counter says of its zone."""
        zone = self.zones[sensor.zones[0]]
        share = _share(sensor)
        scale = share * math.exp(sensor.bias.value)
        people = zone.filter.people
        if window.count is None:
            _count_withheld(zone, sensor, scale, window)
            return
        value, own = sensor.noise.split(window, learns=False)
        stay_s = sensor.turnover.stay_s(window.length_s)
        zone.learn_stay(stay_s / math.sqrt(share))
        blur = (scale * people) ** 2 * HOURLY_CHANGE * window.length_s / 7200.0
        variance = own + ROUNDING + blur
        variance += sampling_variance(people, share, stay_s, window.length_s)
        if sensor.track.doubt > DOUBTED:
            variance /= (1.05 - sensor.track.doubt) ** 2
        sensor.variance = variance / (share * share)
        reading = Reading(sensor.sensor.id, value, scale, variance)
        if window.validity is Validity.AT_LEAST:
            if value > scale * people:
                zone.observe(reading)
            return
        squared = zone.observe(reading)
        sensor.nis += 0.02 * (squared - sensor.nis)
        unseen = SHARE_UNSAID_SD if sensor.sensor.counter.share is None else SHARE_SD * (1 - share)
        self._learn_bias(zone, sensor, reading, window.length_s, unseen)

    def _learn_bias(
        self, zone: ZoneState, sensor: SensorState, reading: Reading, length_s: int, unseen: float
    ) -> None:
        """Learn by how much a counter differs from its zone's estimate."""
        sensor.bias.prior = sensor.noise.bias_sd**2 + unseen * unseen
        expected = zone.filter.people * reading.scale / math.exp(sensor.bias.value)
        doubt = max(sensor.track.doubt, sensor.track.pair_sum / NAMED)
        if expected > BIAS_PEOPLE_MIN and doubt <= DOUBTED:
            variance = reading.variance / (expected * expected)
            sensor.bias.learn(reading.value / expected, variance, length_s)
        others = [
            one.bias
            for one in self._looks_at[zone.zone.id]
            if one.is_direct and one.is_believed() and one.end_s is not None
        ]
        zone.bias_variance = settle(others)

    def _doubt(self, zone: ZoneState, at_s: int) -> float:
        """Return what counters of a zone that contradict each other add to its variance."""
        levels = [
            one.track.level
            for one in self._looks_at[zone.zone.id]
            if one.is_direct and one.is_fresh(at_s) and one.track.pair_sum > NAMED * DOUBTED
        ]
        if len(levels) < PAIR:
            return 0.0
        return ((max(levels) - min(levels)) / 2.0) ** 2


def _follow_withheld(sensor: SensorState, window: Observation) -> bool:
    """Smooth a window whose count is less than a number: half of it, give or take its reach."""
    if window.withheld_below is None:
        return False
    scale = _share(sensor) if sensor.is_direct else float(window.length_s)
    value, variance = (window.withheld_below - 1) / 2.0, window.withheld_below**2 / 12.0
    if sensor.is_direct:
        sensor.turnover.hear(value, 0.0)
    end_s = window.start_s + window.length_s
    sensor.track.hear(value / scale, variance / (scale * scale), end_s, window.length_s)
    return True


def _count_withheld(
    zone: ZoneState, sensor: SensorState, scale: float, window: Observation
) -> None:
    """Take in that fewer than so many were seen: it lowers what is expected to be more."""
    limit = window.withheld_below
    if limit is None or window.validity is Validity.AT_LEAST:
        return
    share = _share(sensor)
    stay_s = sensor.turnover.stay_s(window.length_s)
    if scale * zone.filter.people <= limit / 2.0:
        # No fewer than nobody was seen: so few say no more.
        return
    filtered = sampling_variance(zone.filter.people, share, stay_s, window.length_s)
    at_once = sampling_at_once(zone.filter.people, share)
    variance = ROUNDING + min(filtered, at_once)
    weight = min(at_once / filtered, 1.0) if filtered > 0.0 else 1.0
    reading = Reading(sensor.sensor.id, limit - 0.5, scale, variance)
    zone.filter.observe_below(reading, weight)


def _share(sensor: SensorState) -> float:
    share = sensor.sensor.counter.share
    return 1.0 if share is None else min(max(share, 0.01), 1.0)


def _known(zones: Iterable[str], known: set[str]) -> tuple[str, ...]:
    return tuple(zone for zone in zones if zone in known)


def _end(window: Observation) -> int:
    return window.start_s + window.length_s
