# SPDX-License-Identifier: Apache-2.0
"""What the API says of a zone at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from fusion_service.estimate.levels import level_of
from fusion_service.estimate.observation import (
    NUMBERS,
    Basis,
    SensorCondition,
    ZoneCondition,
    ZoneEstimate,
)
from fusion_service.registry.site import Site, TrustClass, Zone
from fusion_service.store.estimates import EstimateRow
from fusion_service.web.form.instants import (
    MillisecondsOut,
    SecondsOut,
    of_milliseconds,
    of_seconds,
)
from fusion_service.web.views.base import View


@dataclass(frozen=True, slots=True)
class WhoCounts:
    """What a site's file says of a device or a source: whose word it is, and its colour.

    privacy_colour: red where a source of others follows what people carry, green where not; None of
    a box.
    """

    trust: TrustClass
    privacy_colour: str | None


Counting = Mapping[str, WhoCounts]
"""Who counts at a site, by the name of its device or source."""
NOBODY: Counting = MappingProxyType({})


def who_counts(site: Site) -> Counting:
    """Return who counts at a site, by the name that a sensor's begins with."""
    boxes = {one.device: WhoCounts(one.trust, None) for one in site.placements}
    others = {one.id: WhoCounts(one.trust, one.privacy_colour) for one in site.sources}
    return {**boxes, **others}


class ContributionView(View):
    """What one sensor gave to a zone's number.

    trust: box, or counter or person of others, null where the site's file names it no more;
    privacy_colour: red where a source of others follows what people carry, green where not, null of
    a box. weight is its share, 0 to 1; age_s how long ago its newest window ended, null where there
    is none; since: since when it is in this condition.
    """

    sensor: str
    trust: TrustClass | None
    privacy_colour: str | None
    weight: float
    age_s: int | None
    condition: SensorCondition
    since: SecondsOut | None


class ZoneNumbersView(View):
    """How many people are in a zone at one moment, and how sure that is.

    low and high: 50, 80 and 95 of 100 times the truth lies between them. density is people a square
    metre of usable area, trend people a minute. level is proposed by the thresholds of the site's
    file, null where the file names no such zone; a person declares it. known_at: when this was
    worked out, by the centre's clock. counted_at: when the newest window that is in it ended, of
    whoever looks here where nobody gave anything; null where nobody ever counted here.
    """

    zone: str
    at: SecondsOut
    known_at: MillisecondsOut
    counted_at: SecondsOut | None = None
    people: float
    low_50: float
    high_50: float
    low_80: float
    high_80: float
    low_95: float
    high_95: float
    density: float
    trend: float
    basis: Basis
    condition: ZoneCondition
    level: str | None

    @classmethod
    def of_row(cls, row: EstimateRow, zone: Zone | None) -> Self:
        """Show an estimate."""
        return cls.model_validate(_parts(row, zone))


class ZoneEstimateView(ZoneNumbersView):
    """The same with who counted, and how each of them fares."""

    contributions: tuple[ContributionView, ...]

    @classmethod
    def of_row(cls, row: EstimateRow, zone: Zone | None, counting: Counting = NOBODY) -> Self:
        """Show an estimate, and of who counted what the site's file says."""
        contributions = tuple(
            ContributionView(
                sensor=one.sensor,
                trust=None if who is None else who.trust,
                privacy_colour=None if who is None else who.privacy_colour,
                weight=round(one.weight, 4),
                age_s=one.age_s,
                condition=one.condition,
                since=None if one.since_s is None else of_seconds(one.since_s),
            )
            for one in row.estimate.contributions
            for who in (counting.get(one.sensor.partition("/")[0]),)
        )
        return cls.model_validate({**_parts(row, zone), "contributions": contributions})


class SiteNowView(View):
    """The newest of every zone of a site. known_at is null where nothing was worked out yet."""

    site: str
    known_at: MillisecondsOut | None
    zones: tuple[ZoneEstimateView, ...]


class SitesNowView(View):
    """The newest of every zone of every site."""

    sites: tuple[SiteNowView, ...]


class EstimateSeriesView(View):
    """A zone's numbers over time, one for each moment that was worked out.

    known_by: as it was known then; null is as it is known now. `next` is the `from` of the next
    part where there were more than one answer holds.
    """

    site: str
    zone: str
    known_by: MillisecondsOut | None
    estimates: tuple[ZoneEstimateView, ...]
    next: SecondsOut | None


class MomentView(View):
    """Every zone as it was at a moment; a zone of which nothing was worked out then is not there.

    known_by: as it was known then; null is as it is known now.
    """

    site: str
    at: SecondsOut
    known_by: MillisecondsOut | None
    zones: tuple[ZoneEstimateView, ...]


def counted_s(estimate: ZoneEstimate) -> int | None:
    """Return when the newest window that is in an estimate ended, unix seconds."""
    gave = [one for one in estimate.contributions if one.weight > 0]
    ages = [one.age_s for one in gave or estimate.contributions if one.age_s is not None]
    return estimate.at_s - min(ages) if ages else None


def _parts(row: EstimateRow, zone: Zone | None) -> dict[str, object]:
    estimate = row.estimate
    level = None if zone is None else level_of(zone, estimate.people, estimate.density)
    return {
        "zone": estimate.zone,
        "at": of_seconds(estimate.at_s),
        "known_at": of_milliseconds(row.known_ms),
        "counted_at": None if (newest_s := counted_s(estimate)) is None else of_seconds(newest_s),
        **{name: round(getattr(estimate, name), 3) for name in NUMBERS},
        "basis": estimate.basis,
        "condition": estimate.condition,
        "level": None if level is None else level.name.lower(),
    }
