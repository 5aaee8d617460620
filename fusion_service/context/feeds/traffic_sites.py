# SPDX-License-Identifier: Apache-2.0
"""What the indices of NDW's measuring sites mean: its measurement site table, DATEX II."""

from collections.abc import Iterator
from dataclasses import dataclass

from fusion_service.context.formats.xml_trees import Tree, trees
from fusion_service.context.trouble import FeedError
from fusion_service.store.context import Quantity

BICYCLES = frozenset({"bicycle", "pedalcycle"})
ANY = "anyvehicle"
FLOW, SPEED = "trafficflow", "trafficspeed"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one index is: flow or speed, on which lane, of which vehicles.

    vehicles is empty for a class by length.
    """

    kind: str
    lane: str
    vehicles: str


@dataclass(frozen=True, slots=True)
class MeasuringSite:
    """A site: its version, and what its indices mean."""

    version: str
    indices: dict[str, Measured]

    def amounts(self, found: dict[str, float]) -> Iterator[tuple[Quantity, float]]:
        """Yield the sums over lanes that are whole.

        A lane of which nothing is known leaves the sum out: what is left would be too low.
        """
        for quantity, wanted in (
            (Quantity.VEHICLE_FLOW, self._flows(is_bicycle=False)),
            (Quantity.BICYCLE_FLOW, self._flows(is_bicycle=True)),
        ):
            if wanted and all(index in found for index in wanted):
                yield quantity, sum(found[index] for index in wanted)
        speeds = [
            (found[index], self._flow_beside(one, found))
            for index, one in self.indices.items()
            if one.kind == SPEED and one.vehicles == ANY and index in found
        ]
        total = sum(flow for _, flow in speeds)
        if total > 0:
            yield Quantity.VEHICLE_SPEED, sum(speed * flow for speed, flow in speeds) / total

    def _flows(self, *, is_bicycle: bool) -> list[str]:
        """Return the indices whose sum is the flow: of each lane that of all, or of its classes."""
        lanes: dict[str, dict[str, str]] = {}
        for index, one in self.indices.items():
            if one.kind == FLOW and (one.vehicles in BICYCLES) == is_bicycle:
                lanes.setdefault(one.lane, {})[index] = one.vehicles
        return [
            index
            for each in lanes.values()
            for index, vehicles in each.items()
            if ANY not in each.values() or vehicles == ANY
        ]

    def _flow_beside(self, speed: Measured, found: dict[str, float]) -> float:
        """Return the flow that a speed is the mean of; where none is said, as much as any other."""
        for index, one in self.indices.items():
            if one == Measured(FLOW, speed.lane, speed.vehicles):
                return found.get(index, 0.0)
        return 1.0


def read_sites(pieces: Iterator[bytes], wanted: frozenset[str]) -> dict[str, MeasuringSite]:
    """Return what the indices of the wanted sites mean. Raises FeedError where none is there."""

    def is_ours(name: str, attributes: dict[str, str]) -> bool:
        return name != "measurementSiteRecord" or attributes.get("id") in wanted

    found = {
        tree.attributes.get("id", ""): MeasuringSite(
            tree.attributes.get("version", ""), dict(_indices(tree))
        )
        for tree in trees(pieces, frozenset({"measurementSiteRecord"}), is_ours)
    }
    if not found:
        raise FeedError(
            f"none of {len(wanted)} sites is in it", "correct the sites' ids in fusion.toml"
        )
    return found


def _indices(record: Tree) -> Iterator[tuple[str, Measured]]:
    for one in record.every("measurementSpecificCharacteristics"):
        inner = one.first("measurementSpecificCharacteristics")
        if inner is None:
            continue
        vehicles = inner.below("specificVehicleCharacteristics", "vehicleType").lower()
        yield (
            one.attributes.get("index", ""),
            Measured(
                inner.below("specificMeasurementValueType").lower(),
                inner.below("specificLane").lower(),
                vehicles,
            ),
        )
