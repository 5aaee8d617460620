# SPDX-License-Identifier: Apache-2.0
"""Public transport at groups of stops near a zone: what comes, how late, how full. GTFS-Realtime.

A feed of a whole country is read in a second, because only what names one of our stops is looked
into. Traps: a delay below zero, a vehicle that was last heard of long ago, an occupancy above 100,
a stop that is said twice. Source: https://gtfs.org/documentation/realtime/reference
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fusion_service.context.fetch.client import Client, Limits
from fusion_service.context.formats.json_shape import Remarks, refuse_page
from fusion_service.context.formats.protobuf import Message
from fusion_service.context.port import Answer, Provenance
from fusion_service.context.settled import answer_of, is_of_now
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import GtfsRealtimeTable
from fusion_service.store.context import ContextValue, Quality, Quantity

PROVENANCE = Provenance(
    source="OVapi, GTFS-Realtime of the Netherlands, out of NDOV",
    licence="CC0-1.0",
    attribution="Public transport: OVapi / NDOV Loket",
    documentation="https://gtfs.ovapi.nl/README",
)
LIMITS = Limits(body_bytes_max=32 * 2**20, unpacked_bytes_max=96 * 2**20, total_s=45.0)
AHEAD_S = 1_800
"""Arrivals of the next half hour are counted: what comes while people still walk to the stop."""
FULL_DATASET = 0
SKIPPED, NO_DATA = 1, 2
CANCELED, DELETED = 3, 7
SHARES = {0: 0.0, 1: 0.2, 2: 0.5, 3: 0.8, 4: 0.95, 5: 1.0, 6: 1.0}
"""How full a vehicle is by GTFS's words: empty, many seats, few seats, standing room, crushed,
full, not accepting. The two others say nothing of it."""
_TO_DO = "see whether the address gives GTFS-Realtime"


@dataclass(slots=True)
class _Group:
    """What is heard of one group of stops."""

    delays_s: list[int] = field(default_factory=list)
    arrivals: int = 0
    skipped: int = 0
    shares: list[float] = field(default_factory=list)
    is_over: bool = False
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class Transit:
    """The stops of one feed, in groups."""

    settings: GtfsRealtimeTable
    client: Client

    def ask(self, now_s: int) -> Answer:
        """Return what is known of each group now. Raises FeedError."""
        urls = (
            self.settings.trip_updates_url,
            self.settings.vehicle_positions_url,
            self.settings.alerts_url,
        )
        fetched = [self.client.get(url) if url else None for url in urls]
        # One that is new needs the others too: what is unchanged is asked for again, whole.
        if not any(fetched):
            return Answer((), None)
        for number, url in enumerate(urls):
            if url and fetched[number] is None:
                self.client.forget(url)
                fetched[number] = self.client.get(url)
        trips, vehicles, alerts = (None if one is None else one.text() for one in fetched)
        reading = TransitReading(self.settings.stops, now_s, self.settings.stale_after_s)
        for body, read in (
            (trips, reading.read_trip),
            (vehicles, reading.read_vehicle),
            (alerts, reading.read_alert),
        ):
            if body is not None:
                for entity in reading.entities(body):
                    read(entity)
        answer = reading.answer(
            has_trips=trips is not None,
            has_vehicles=vehicles is not None,
            has_alerts=alerts is not None,
        )
        for one in fetched:
            if one is not None:
                self.client.remember(one)
        return answer


def given_by(table: GtfsRealtimeTable) -> tuple[Quantity, ...]:
    """Return what the addresses of a table give."""
    given: tuple[Quantity, ...] = ()
    if table.trip_updates_url:
        given += (
            Quantity.TRANSIT_ARRIVALS,
            Quantity.TRANSIT_DELAY,
            Quantity.TRANSIT_SKIPPED,
        )
    if table.vehicle_positions_url:
        given += (Quantity.TRANSIT_OCCUPANCY,)
    if table.alerts_url:
        given += (Quantity.TRANSIT_ALERTS,)
    return given


class TransitReading:
    """Reads messages of one moment into groups of stops."""

    def __init__(self, stops: dict[str, tuple[str, ...]], now_s: int, stale_after_s: int) -> None:
        self._now_s, self._stale_after_s = now_s, stale_after_s
        self._groups = {name: _Group() for name in stops}
        self._by_stop: dict[str, list[_Group]] = {}
        for name, ids in stops.items():
            for stop in ids:
                self._by_stop.setdefault(stop, []).append(self._groups[name])
        # The longest first: an id may be the beginning of another.
        longest = sorted(self._by_stop, key=len, reverse=True)
        self._names_ours = re.compile(b"|".join(re.escape(one.encode()) for one in longest))
        self._issued_s: list[int] = []
        self._seen: set[tuple[str, str]] = set()
        self._remarks = Remarks()

    def entities(self, body: bytes) -> Iterator[Message]:
        """Yield each entity of a feed message that names a stop of ours. Raises FeedError."""
        refuse_page(body, "GTFS-Realtime")
        message = Message(body)
        header = message.message(1)
        version = None if header is None else header.text(1)
        if header is None or version is None or not version.startswith(("1.", "2.")):
            raise FeedError(f"its version is {version!r}, wanted 1.0 or 2.0", _TO_DO)
        if (header.integer(2) or FULL_DATASET) != FULL_DATASET:
            raise FeedError("it says only what has changed, wanted a whole dataset", _TO_DO)
        issued_s = header.integer(3)
        if not is_of_now(issued_s, self._now_s, self._stale_after_s):
            raise FeedError(
                f"it is of {issued_s}, older than {self._stale_after_s} s or to come",
                "nothing: its source stands still, and it is asked again by itself",
            )
        assert issued_s is not None  # noqa: S101 - of now
        self._issued_s.append(issued_s)
        for number, value in message.fields():
            if number == 2 and isinstance(value, bytes) and self._names_ours.search(value):  # noqa: PLR2004 - FeedMessage.entity
                entity = Message(value)
                if not entity.integer(2):  # FeedEntity.is_deleted
                    yield entity

    def read_trip(self, entity: Message) -> None:
        """Read when one trip comes to stops of ours."""
        update = entity.message(3)
        if update is None:
            return
        trip = update.message(1) or Message(b"")
        is_cancelled = trip.integer(4) in {CANCELED, DELETED}
        for stop in update.messages(2):
            stop_id = stop.text(4) or ""
            for group in self._by_stop.get(stop_id, ()):
                key = (entity.text(1) or "", f"{stop_id}/{stop.integer(1)}")
                if key in self._seen:
                    self._remarks.note("a trip comes twice to the same stop")
                    continue
                self._seen.add(key)
                self._read_stop(stop, group, is_cancelled=is_cancelled)

    def _read_stop(self, stop: Message, group: _Group, *, is_cancelled: bool) -> None:
        if is_cancelled or stop.integer(5) == SKIPPED:
            group.skipped += 1
            return
        event = stop.message(2) or stop.message(3)  # what only departs has no arrival
        if event is None or stop.integer(5) == NO_DATA:
            return
        at_s, delay_s = event.integer(2), event.integer(1)
        if at_s is None or not self._now_s <= at_s < self._now_s + AHEAD_S:
            return
        group.arrivals += 1
        if delay_s is not None:
            group.delays_s.append(delay_s)

    def read_vehicle(self, entity: Message) -> None:
        """Read how full a vehicle is that is at a stop of ours, or comes to it next."""
        vehicle = entity.message(4)
        if vehicle is None:
            return
        groups = self._by_stop.get(vehicle.text(7) or "", ())
        if not groups:
            return
        heard_s = vehicle.integer(5)
        if heard_s is not None and not is_of_now(heard_s, self._now_s, self._stale_after_s):
            self._remarks.note("a vehicle that was last heard of too long ago")
            return
        percent = vehicle.integer(10)
        share = SHARES.get(vehicle.integer(9) or 0) if vehicle.integer(9) is not None else None
        if percent is not None and percent >= 0:
            share = percent / 100
        if share is None:
            return
        for group in groups:
            group.is_over = group.is_over or share > 1
            group.shares.append(min(share, 1.0))

    def read_alert(self, entity: Message) -> None:
        """Read a warning that is in force and names a stop of ours."""
        alert = entity.message(5)
        if alert is None:
            return
        periods = [(one.integer(1), one.integer(2)) for one in alert.messages(1)]
        if periods and not any(
            (begin or 0) <= self._now_s < (end or self._now_s + 1) for begin, end in periods
        ):
            return
        stops = {informed.text(5) or "" for informed in alert.messages(5)}
        met = [group for stop in stops for group in self._by_stop.get(stop, ())]
        for group in {id(one): one for one in met}.values():
            group.alerts += 1

    def answer(self, *, has_trips: bool, has_vehicles: bool, has_alerts: bool) -> Answer:
        """Return what is known of each group, of the kinds that were read."""
        issued_s = min(self._issued_s)
        values = []
        for name, group in self._groups.items():
            found: list[tuple[Quantity, float | None]] = []
            if has_trips:
                found += [
                    (Quantity.TRANSIT_ARRIVALS, float(group.arrivals)),
                    (Quantity.TRANSIT_DELAY, _mean(group.delays_s)),
                    (Quantity.TRANSIT_SKIPPED, float(group.skipped)),
                ]
            if has_vehicles:
                found.append((Quantity.TRANSIT_OCCUPANCY, _mean(group.shares)))
            if has_alerts:
                found.append((Quantity.TRANSIT_ALERTS, float(group.alerts)))
            for quantity, amount in found:
                is_over = quantity is Quantity.TRANSIT_OCCUPANCY and group.is_over
                quality = Quality.SUSPECT if is_over else Quality.GOOD
                if amount is not None:
                    values.append(
                        ContextValue(name, quantity, issued_s, issued_s, amount, quality=quality)
                    )
        return answer_of(values, self._remarks, fresh_s=issued_s)


def _mean(found: list[int] | list[float]) -> float | None:
    return sum(found) / len(found) if found else None
