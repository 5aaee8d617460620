# SPDX-License-Identifier: Apache-2.0
"""Weather as KNMI's stations observe it, every ten minutes: CoverageJSON over its EDR API.

Traps: a lone Coverage where a collection is usual, nulls, a key that has expired.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from pydantic import Field

from fusion_service.context.fetch.client import Client
from fusion_service.context.formats.instants import instant_s
from fusion_service.context.formats.json_shape import Remarks, Shape, number, read_shape
from fusion_service.context.formats.units import converted
from fusion_service.context.key_file import read_key
from fusion_service.context.port import Answer, Provenance
from fusion_service.context.settled import AHEAD_S, answer_of
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import KnmiTable
from fusion_service.store.context import ContextValue, Quantity

PROVENANCE = Provenance(
    source="KNMI Data Platform, 10-minute in-situ meteorological observations",
    licence="CC-BY-4.0",
    attribution="Observations: KNMI",
    documentation="https://developer.dataplatform.knmi.nl/edr-api",
)
COLLECTION = "10-minute-in-situ-meteorological-observations"
HOUR_S, TEN_MINUTES_S = 3_600, 600
READ: dict[str, tuple[Quantity, int]] = {
    "ta": (Quantity.TEMPERATURE, TEN_MINUTES_S),
    "ff": (Quantity.WIND_SPEED, TEN_MINUTES_S),
    "gff": (Quantity.WIND_GUST, TEN_MINUTES_S),
    "dd": (Quantity.WIND_FROM, TEN_MINUTES_S),
    "rh": (Quantity.HUMIDITY, 0),
    "n": (Quantity.CLOUD_COVER, 0),
    "qg": (Quantity.RADIATION, TEN_MINUTES_S),
    "R1H": (Quantity.PRECIPITATION, HOUR_S),
}
"""KNMI's names, ours, and of how many seconds before its time a value is."""
_OCTAS = "octa"


class _Axis(Shape):
    values: list[object] = Field(default_factory=list)


class _Axes(Shape):
    t: _Axis = _Axis()


class _Domain(Shape):
    axes: _Axes = _Axes()


class _Range(Shape):
    values: list[object] = Field(default_factory=list)


class _Parameter(Shape):
    unit: object = None


class _Coverage(Shape):
    domain: _Domain = _Domain()
    ranges: dict[str, _Range] = Field(default_factory=dict)
    parameters: dict[str, _Parameter] = Field(default_factory=dict)


class _Said(_Coverage):
    type: str
    coverages: list[_Coverage] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WeatherObserved:
    """One station of KNMI."""

    settings: KnmiTable
    client: Client

    def ask(self, now_s: int) -> Answer:
        """Return what the station observed in the last one to two hours. Raises FeedError."""
        key = read_key(self.settings.key_file)
        fetched = self.client.get(self._url(now_s), {"Authorization": key})
        if fetched is None:
            return Answer((), None)
        answer = read_coverages(fetched.text(), self.settings.location, now_s)
        self.client.remember(fetched)
        return answer

    def _url(self, now_s: int) -> str:
        """Return the address, the same for an hour, so that what is unchanged is not sent again."""
        since = datetime.fromtimestamp(now_s - now_s % HOUR_S - HOUR_S, UTC)
        asked = urlencode(
            {"datetime": f"{since:%Y-%m-%dT%H:%M:%SZ}/..", "parameter-name": ",".join(READ)}
        )
        place = f"collections/{COLLECTION}/locations/{self.settings.location}"
        return f"{self.settings.url.rstrip('/')}/{place}?{asked}"


def read_coverages(body: bytes, place: str, now_s: int) -> Answer:
    """Read CoverageJSON. Raises FeedError."""
    said = read_shape(body, _Said)
    if said.type not in {"CoverageCollection", "Coverage"}:
        raise FeedError(
            f"its type is {said.type!r}, wanted CoverageCollection or Coverage",
            "see whether url and location are right",
        )
    remarks = Remarks()
    coverages = said.coverages if said.type == "CoverageCollection" else [said]
    values = [
        value
        for one in coverages
        for value in _values(one, one.parameters or said.parameters, place, now_s, remarks)
    ]
    answer = answer_of(values, remarks, fresh_s=None)
    ends = [value.valid_s + value.length_s for value in answer.values]
    return Answer(answer.values, max(ends, default=None), answer.remarks)


def _values(
    coverage: _Coverage,
    parameters: dict[str, _Parameter],
    place: str,
    now_s: int,
    remarks: Remarks,
) -> Iterator[ContextValue]:
    times = [instant_s(each) for each in coverage.domain.axes.t.values]
    for name, found in coverage.ranges.items():
        if name not in READ:
            continue
        quantity, length_s = READ[name]
        if len(found.values) != len(times):
            remarks.note(f"{name}: {len(found.values)} values at {len(times)} times")
            continue
        unit = _unit(parameters.get(name)) or (_OCTAS if name == "n" else None)
        for at_s, each in zip(times, found.values, strict=True):
            if each is None:
                continue
            amount = number(each)
            if amount is None or at_s is None or at_s > now_s + AHEAD_S:
                remarks.note(f"{name}: no number, or a time that is none or to come")
                continue
            ours = converted(amount, unit, quantity)
            if ours is None:
                remarks.note(f"{name}: its unit {unit!r} is not known")
                break
            yield ContextValue(place, quantity, at_s - length_s, at_s, ours, length_s)


def _unit(parameter: _Parameter | None) -> str | None:
    """Return how a parameter names its unit: a symbol, or one inside; None where it does not."""
    unit = None if parameter is None else parameter.unit
    symbol = unit.get("symbol") if isinstance(unit, dict) else None
    if isinstance(symbol, dict):
        symbol = symbol.get("value")
    return symbol[:20] if isinstance(symbol, str) and symbol.strip() else None
