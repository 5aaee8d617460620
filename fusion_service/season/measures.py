# SPDX-License-Identifier: Apache-2.0
"""Which agreed measures were done, and how long after they were asked for. Pure.

A measure is asked for in a zone from the moment at which a level is declared there that it belongs
to, until green is declared. It was done where its last tick within that time says so.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fusion_service.registry.site import Level, Measure, Site
from fusion_service.season.figures import Figure, median_of, nine_of_ten, share_of
from fusion_service.season.record import Record, Tick
from fusion_service.season.spans import Span, spells
from fusion_service.shift.measures import measure_id


@dataclass(frozen=True, slots=True)
class Asking:
    """A measure that was asked for: where, by whom it is done, and how long that took.

    took_s: None where it was not done; 0 where it was done before it was asked for.
    """

    zone: str
    measure: Measure
    took_s: int | None


def askings_of(site: Site, record: Record) -> list[Asking]:
    """Return every measure that was asked for in the period, by the measures of a site's file."""
    found: list[Asking] = []
    for zone in site.zones:
        changes = record.declared.get(zone.id, ())
        for alert in spells(changes, Level.YELLOW, record.within):
            for measure in site.measures:
                if measure.level is Level.GREEN or (measure.zones and zone.id not in measure.zones):
                    continue
                asked = [
                    one
                    for one in spells(changes, measure.level, record.within)
                    if alert[0] <= one[0] < alert[1]
                ]
                if asked:
                    took_s = _took_s(record.ticks, zone.id, measure, alert, asked[0])
                    found.append(Asking(zone.id, measure, took_s))
    return found


def measure_figures(site: Site, record: Record) -> Iterator[Figure]:
    """Yield how many measures were done and how soon, of all and of each organisation."""
    askings = askings_of(site, record)
    by_organisation: dict[str, list[Asking]] = defaultdict(list)
    for one in askings:
        by_organisation[one.measure.organisation].append(one)
    yield from _figures(askings, "")
    for organisation, theirs in sorted(by_organisation.items()):
        yield from _figures(theirs, organisation)


def _figures(askings: Sequence[Asking], of: str) -> Iterator[Figure]:
    took = [one.took_s for one in askings if one.took_s is not None]
    yield share_of("measures_done", len(took), len(askings), of=of)
    yield median_of("time_to_a_measure", took, of=of)
    yield nine_of_ten("time_to_a_measure_nine_of_ten", took, of=of)


def _took_s(
    ticks: Sequence[Tick], zone: str, measure: Measure, alert: Span, asked: Span
) -> int | None:
    name = measure_id(measure)
    said = [
        one
        for one in ticks
        if (one.zone, one.measure) == (zone, name) and alert[0] <= one.at_s < alert[1]
    ]
    if not said or not said[-1].is_done:
        return None
    return max(said[-1].at_s - asked[0], 0)
