# SPDX-License-Identifier: Apache-2.0
"""How early levels were proposed and declared, and how often wrongly. Pure.

An *episode* is a span in which a zone had reached a level, by the numbers as they are known now. A
span of a proposal or declaration belongs to it where it stands while the episode does; its lead is
how long before the episode it began, and below zero where it came after.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fusion_service.registry.site import Level
from fusion_service.season.figures import (
    LEAST_OF_COVERAGE,
    Figure,
    Unit,
    median_of,
    number_of,
    share_of,
)
from fusion_service.season.numbers import LEVELS, ZonePast
from fusion_service.season.record import Record
from fusion_service.season.spans import (
    AHEAD_S,
    Change,
    Span,
    comes_within,
    first_reaching,
    spells,
)


@dataclass(frozen=True, slots=True)
class Leads:
    """What spans of one level came to, over all zones.

    leads: seconds of each episode that had one; episodes: how many there were; judged: spans of a
    time in which somebody counted; false: those of them in or soon after which nothing came.
    """

    leads: tuple[int, ...]
    episodes: int
    judged: int
    false: int

    @property
    def before(self) -> int:
        """How many episodes had a span that began before they did, or with them."""
        return sum(one >= 0 for one in self.leads)


def leads_of(
    changes: Mapping[str, Sequence[Change]],
    zones: Sequence[ZonePast],
    level: Level,
    within: Span,
) -> Leads:
    """Return what the spans at a level or above came to."""
    leads: list[int] = []
    episodes = judged = false = 0
    for zone in zones:
        reached = zone.reached[level]
        stood = spells(changes.get(zone.zone, ()), level, within)
        episodes += len(reached)
        leads += [
            episode[0] - first[0]
            for episode in reached
            if (first := first_reaching(stood, episode)) is not None
        ]
        # What is said an hour before the end of the period cannot be judged within it.
        known = [one for one in stood if zone.is_known((one[0], min(one[1], within[1])))]
        judged += len(known)
        false += sum(not comes_within(reached, one) for one in known)
    return Leads(tuple(leads), episodes, judged, false)


def level_figures(record: Record, zones: Sequence[ZonePast]) -> Iterator[Figure]:
    """Yield the figures of each level: proposed, by forecast, declared."""
    for level in LEVELS:
        of = level.name.lower()
        proposed = leads_of(record.proposed, zones, level, record.within)
        declared = leads_of(record.declared, zones, level, record.within)
        yield number_of("reached", proposed.episodes, len(zones), of=of)
        yield number_of(
            "proposed", _spans(record.proposed, level, record.within), len(zones), of=of
        )
        yield share_of("proposed_before", proposed.before, proposed.episodes, of=of)
        yield median_of("proposed_lead", proposed.leads, of=of)
        yield share_of("proposed_falsely", proposed.false, proposed.judged, of=of)
        foretold, missed_by = _foretold(record.proposed, zones, level, record.within)
        yield median_of("forecast_lead", foretold, of=of)
        yield median_of("forecast_off_by", missed_by, of=of)
        yield number_of(
            "declared", _spans(record.declared, level, record.within), len(zones), of=of
        )
        yield share_of("declared_before", declared.before, declared.episodes, of=of)
        yield median_of("declared_lead", declared.leads, of=of)
        yield share_of("declared_falsely", declared.false, declared.judged, of=of)
        answers, unasked, spans = _answers(record, level)
        yield median_of("declared_after_proposed", answers, of=of)
        yield share_of("declared_unasked", unasked, spans, of=of)


def _spans(changes: Mapping[str, Sequence[Change]], level: Level, within: Span) -> int:
    return sum(len(spells(one, level, within)) for one in changes.values())


def _foretold(
    changes: Mapping[str, Sequence[Change]],
    zones: Sequence[ZonePast],
    level: Level,
    within: Span,
) -> tuple[list[int], list[int]]:
    """Return the leads of proposals that a forecast made, and by how much their moment was off."""
    leads: list[int] = []
    missed_by: list[int] = []
    for zone in zones:
        said = changes.get(zone.zone, ())
        for span in spells(said, level, within):
            made = next((one for one in said if one.at_s == span[0]), None)
            if made is None or not made.by_forecast:
                continue
            came = next(
                (one for one in zone.reached[level] if span[0] <= one[0] < span[1] + AHEAD_S), None
            )
            if came is not None:
                leads.append(came[0] - span[0])
                if made.expected_s is not None and made.level is level:
                    missed_by.append(abs(came[0] - made.expected_s))
    return leads, missed_by


def _answers(record: Record, level: Level) -> tuple[list[int], int, int]:
    """Return how long after a proposal each level was declared, how many without, and of how many.

    One that was declared before it was proposed has a time below zero.
    """
    answers: list[int] = []
    unasked = spans = 0
    for zone, changes in record.declared.items():
        proposed = spells(record.proposed.get(zone, ()), level, record.within)
        for span in spells(changes, level, record.within):
            spans += 1
            asked = first_reaching(proposed, span)
            if asked is None:
                unasked += 1
            else:
                answers.append(span[0] - asked[0])
    return answers, unasked, spans


def coverage_figure(looks: Sequence[tuple[float, float | None, float | None]]) -> Figure:
    """Return how often what somebody saw lay in the 80 % interval of before: people, low, high."""
    known = [
        (people, low, high) for people, low, high in looks if low is not None and high is not None
    ]
    held = sum(low <= people <= high for people, low, high in known)
    return share_of("looks_covered", held, len(known), least=LEAST_OF_COVERAGE)


def zones_figure(zones: Sequence[ZonePast]) -> Figure:
    """Return the share of the zones in which somebody counted at all."""
    counted = sum(bool(one.counted) for one in zones)
    return Figure("zones_counted", "", float(counted), Unit.NUMBER, len(zones), 0)
