# SPDX-License-Identifier: Apache-2.0
"""How full car parks are, by the Dutch standard for parking data (SPDP 2).

Traps, each seen in the national index: most addresses answer 401 or 404, numbers come as texts, a
car park stands still for months, vacant spaces exceed the capacity, or are below zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fusion_service.context.fetch.client import Client
from fusion_service.context.formats.instants import unix_s
from fusion_service.context.formats.json_shape import Remarks, Shape, number, read_shape
from fusion_service.context.port import Answer, Provenance
from fusion_service.context.settled import answer_of, is_of_now
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import SpdpTable
from fusion_service.store.context import ContextValue, Quality, Quantity

PROVENANCE = Provenance(
    source="National Parking Register, open parking data (SPDP), RDW",
    licence="CC0-1.0",
    attribution="Parking: RDW / National Parking Register",
    documentation="https://npropendata.rdw.nl/parkingdata/v2/",
)


class _Status(Shape):
    open: object = None
    full: object = None
    parkingCapacity: object = None  # noqa: N815 - the standard's own name
    vacantSpaces: object = None  # noqa: N815 - the same
    lastUpdated: object = None  # noqa: N815 - the same


class _Dynamic(Shape):
    facilityActualStatus: _Status  # noqa: N815 - the standard's own name


class _Said(Shape):
    parkingFacilityDynamicInformation: _Dynamic  # noqa: N815 - the same


@dataclass(frozen=True, slots=True)
class Parking:
    """The car parks of one table."""

    settings: SpdpTable
    client: Client

    def ask(self, now_s: int) -> Answer:
        """Return how full each car park is; one that fails is left out, and told.

        Raises FeedError where none can be read.
        """
        remarks, values, troubles = Remarks(), list[ContextValue](), list[FeedError]()
        unchanged = 0
        for place, uuid in self.settings.facilities.items():
            url = f"{self.settings.url.rstrip('/')}/dynamic/{uuid}"
            try:
                fetched = self.client.get(url)
                if fetched is None:
                    unchanged += 1
                    continue
                values += read_facility(
                    fetched.text(), place, now_s, self.settings.stale_after_s, remarks
                )
                self.client.remember(fetched)
            except FeedError as error:
                troubles.append(error)
                remarks.note(f"{place}: {error.why}")
        if troubles and len(troubles) == len(self.settings.facilities):
            raise FeedError(
                f"none of {len(troubles)} car parks can be read; the last: {troubles[-1].why}",
                troubles[-1].to_do,
                wait_s=max(one.wait_s for one in troubles),
            )
        fresh_s = max((value.issued_s for value in values), default=None)
        return answer_of(values, remarks, fresh_s=fresh_s)


def read_facility(
    body: bytes, place: str, now_s: int, stale_after_s: int, remarks: Remarks
) -> Iterator[ContextValue]:
    """Yield what one car park says. Raises FeedError where that is nothing."""
    said = read_shape(body, _Said).parkingFacilityDynamicInformation.facilityActualStatus
    at_s = unix_s(number(said.lastUpdated))
    if at_s is None or not is_of_now(at_s, now_s, stale_after_s):
        raise FeedError(
            f"its newest number is of {at_s}, older than {stale_after_s} s or to come",
            "nothing: the car park stands still, and it is asked again by itself",
        )
    capacity, vacant = number(said.parkingCapacity), number(said.vacantSpaces)
    if vacant is None:
        raise FeedError(
            "it says no number of vacant spaces", "see whether this car park counts at all"
        )
    is_full = any(said.full == yes for yes in (True, "true", "True", "1"))
    within = vacant >= 0 and (capacity is None or vacant <= capacity)
    quality = Quality.GOOD if within and not (is_full and vacant > 0) else Quality.SUSPECT
    if quality is Quality.SUSPECT:
        remarks.note(f"{place}: {vacant:g} vacant of {capacity}, full is {is_full}")
    bounded = max(0.0, vacant if capacity is None else min(vacant, capacity))
    yield ContextValue(place, Quantity.PARKING_VACANT, at_s, at_s, bounded, quality=quality)
    if capacity is not None and capacity > 0:
        share = 1 - bounded / capacity
        yield ContextValue(place, Quantity.PARKING_OCCUPANCY, at_s, at_s, share, quality=quality)
