# SPDX-License-Identifier: Apache-2.0
"""How many alarms there were, how many were false, and how soon somebody looked. Pure."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence

from fusion_service.registry.site import Level
from fusion_service.season.figures import (
    Figure,
    longest,
    median_of,
    nine_of_ten,
    number_of,
    rate_of,
    share_of,
    total_s,
)
from fusion_service.season.numbers import ZonePast
from fusion_service.season.record import Asked, PastAlarm, Record
from fusion_service.season.spans import Span, comes_within
from fusion_service.shift.causes import CRITICAL, NOTICE, WARNING, Kind
from fusion_service.shift.state import FLOOD_BEGINS

SHIFT_S = 8 * 3_600
"""A duty. Counted from midnight, local time."""
TEN_MINUTES_S = 600
WARNED_S = 3 * 3_600
"""As far ahead a warning looks: see estimation/forecasting/warned.py."""
SEVERITIES = {NOTICE: "notice", WARNING: "warning", CRITICAL: "critical"}


def alarm_figures(record: Record, zones: Sequence[ZonePast]) -> Iterator[Figure]:
    """Yield the figures of alarms."""
    alarms = [one for one in record.alarms.values() if one.kind is not Kind.FLOOD]
    raised = [one.raised_s for one in alarms]
    begins, ends = record.within
    yield number_of("alarms", len(alarms), len(alarms))
    for kind, number in sorted(Counter(one.kind for one in alarms).items()):
        yield number_of("alarms_of_kind", number, len(alarms), of=kind)
    yield rate_of("alarms_per_shift", len(alarms), (ends - begins) / SHIFT_S)
    yield number_of("alarms_per_shift_peak", _fullest(raised, begins), len(alarms))
    yield rate_of("alarms_per_ten_minutes", len(alarms), (ends - begins) / TEN_MINUTES_S)
    peak, crowded = crowding(raised)
    yield number_of("alarms_per_ten_minutes_peak", peak, len(alarms))
    yield number_of("alarms_in_a_flood", crowded, len(alarms))
    yield from _floods(record)
    yield from _false(alarms, zones)
    yield from _answers(record, alarms)
    yield number_of("shifts_taken_over", record.taken_over, record.taken_over)
    for outlet, entries in sorted(record.skipped.items()):
        yield number_of("messages_passed_over", entries, entries, of=outlet)


def crowding(raised: Sequence[int]) -> tuple[int, int]:
    """Return the peak of alarms within ten minutes, and how many were one of more than ten so."""
    lately: deque[int] = deque()
    peak, crowded = 0, set[int]()
    for place, at_s in enumerate(raised):
        lately.append(place)
        while at_s - raised[lately[0]] >= TEN_MINUTES_S:
            lately.popleft()
        peak = max(peak, len(lately))
        if len(lately) > FLOOD_BEGINS:
            crowded.update(lately)
    return peak, len(crowded)


def _fullest(raised: Sequence[int], begins: int) -> int:
    shifts = Counter((at_s - begins) // SHIFT_S for at_s in raised)
    return max(shifts.values(), default=0)


def _floods(record: Record) -> Iterator[Figure]:
    floods = [
        (one.ended_s or record.within[1]) - one.raised_s
        for one in record.alarms.values()
        if one.kind is Kind.FLOOD
    ]
    yield number_of("floods", len(floods), len(floods))
    yield total_s("floods_together", floods)


def _false(alarms: Sequence[PastAlarm], zones: Sequence[ZonePast]) -> Iterator[Figure]:
    """Yield how many alarms of a proposed level were of a crowd that never came."""
    known = {one.zone: one for one in zones}
    judged: list[tuple[PastAlarm, bool]] = []
    for alarm in alarms:
        zone = known.get(alarm.about)
        if alarm.kind is not Kind.LEVEL or zone is None or alarm.level is Level.GREEN:
            continue
        span: Span = (alarm.raised_s, max(alarm.ended_s or alarm.raised_s, alarm.raised_s + 1))
        if zone.is_known(span):
            judged.append((alarm, not comes_within(zone.reached[alarm.level], span)))
    yield from _warned(alarms, zones)
    yield share_of("alarms_false", sum(false for _, false in judged), len(judged))
    for level in (Level.YELLOW, Level.ORANGE, Level.RED):
        of_level = [false for alarm, false in judged if alarm.level is level]
        yield share_of("alarms_false_of_level", sum(of_level), len(of_level), of=level.name.lower())


def _warned(alarms: Sequence[PastAlarm], zones: Sequence[ZonePast]) -> Iterator[Figure]:
    """Yield how many warnings of a level that may come were of one that came at no zone.

    A warning is the site's: it names the likeliest zone, and goes on where another one takes over.
    """
    judged = false = 0
    for alarm in alarms:
        span: Span = (alarm.raised_s, max(alarm.ended_s or alarm.raised_s, alarm.raised_s + 1))
        if alarm.kind is Kind.COMING and any(zone.is_known(span) for zone in zones):
            judged += 1
            false += not any(
                comes_within(zone.reached[alarm.level], span, ahead_s=WARNED_S) for zone in zones
            )
    yield share_of("warnings_false", false, judged)


def _answers(record: Record, alarms: Sequence[PastAlarm]) -> Iterator[Figure]:
    """Yield how soon somebody acknowledged, by how soon they were to."""
    asked: dict[int, list[Asked]] = {one: [] for one in SEVERITIES}
    for alarm in alarms:
        for one in alarm.asked:
            asked[one.severity].append(one)
    for severity, name in SEVERITIES.items():
        waits = [one.answered_s - one.at_s for one in asked[severity] if one.answered_s is not None]
        yield share_of("acknowledged", len(waits), len(asked[severity]), of=name)
        yield median_of("time_to_acknowledge", waits, of=name)
        yield nine_of_ten("time_to_acknowledge_nine_of_ten", waits, of=name)
        yield longest("time_to_acknowledge_longest", waits, of=name)
    unanswered = [one for one in alarms if all(each.answered_s is None for each in one.asked)]
    decided = sum(_is_decided(one, record) for one in unanswered)
    yield number_of("never_acknowledged", len(unanswered), len(alarms))
    yield number_of("never_acknowledged_but_decided", decided, len(unanswered))
    yield number_of("shelved", sum(bool(one.times_shelved) for one in alarms), len(alarms))


def _is_decided(alarm: PastAlarm, record: Record) -> bool:
    """Say whether somebody declared a level of its zone while it stood: they had seen it."""
    until_s = record.within[1] if alarm.ended_s is None else alarm.ended_s
    said = record.declared.get(alarm.about, ())
    return any(alarm.raised_s <= one.at_s <= until_s for one in said)
