# SPDX-License-Identifier: Apache-2.0
"""Weather of the days to come, hour by hour, from Open-Meteo.

Asked for in UTC and as numbers of seconds: local hours are said twice in autumn and once not at all
in spring. Traps: a unit that changes, nulls at the end, columns of other lengths.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from pydantic import Field

from fusion_service.context.fetch.client import Client
from fusion_service.context.formats.instants import instant_s, unix_s
from fusion_service.context.formats.json_shape import Remarks, Shape, number, read_shape
from fusion_service.context.formats.units import converted
from fusion_service.context.port import Answer, Provenance
from fusion_service.context.settled import answer_of
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import OpenMeteoTable
from fusion_service.store.context import ContextValue, Quantity

PROVENANCE = Provenance(
    source="Open-Meteo forecast",
    licence="CC-BY-4.0",
    attribution="Weather data by Open-Meteo.com",
    documentation="https://open-meteo.com/en/docs",
)
HOUR_S, DAY_S = 3_600, 86_400
READ: dict[str, tuple[Quantity, int]] = {
    "temperature_2m": (Quantity.TEMPERATURE, 0),
    "apparent_temperature": (Quantity.APPARENT_TEMPERATURE, 0),
    "precipitation": (Quantity.PRECIPITATION, HOUR_S),
    "precipitation_probability": (Quantity.PRECIPITATION_CHANCE, HOUR_S),
    "cloud_cover": (Quantity.CLOUD_COVER, 0),
    "wind_speed_10m": (Quantity.WIND_SPEED, 0),
    "wind_gusts_10m": (Quantity.WIND_GUST, HOUR_S),
    "shortwave_radiation": (Quantity.RADIATION, HOUR_S),
}
"""Its names, ours, and of how many seconds before its time a value is."""


class _Said(Shape):
    hourly: dict[str, list[object]]
    hourly_units: dict[str, object] = Field(default_factory=dict)
    utc_offset_seconds: object = 0


@dataclass(frozen=True, slots=True)
class WeatherForecast:
    """The forecast at one position."""

    settings: OpenMeteoTable
    client: Client

    def ask(self, now_s: int) -> Answer:
        """Return the forecast from today on. Raises FeedError."""
        fetched = self.client.get(self._url())
        if fetched is None:
            return Answer((), now_s, is_same=True)
        answer = read_forecast(fetched.text(), self._place, now_s)
        self.client.remember(fetched)
        return answer

    @property
    def _place(self) -> str:
        return f"{self.settings.latitude:.4f},{self.settings.longitude:.4f}"

    def _url(self) -> str:
        asked = {
            "latitude": f"{self.settings.latitude:.4f}",
            "longitude": f"{self.settings.longitude:.4f}",
            "hourly": ",".join(READ),
            "forecast_days": self.settings.days,
            "timeformat": "unixtime",
            "timezone": "GMT",
            "wind_speed_unit": "ms",
        }
        return f"{self.settings.url}?{urlencode(asked)}"


def read_forecast(body: bytes, place: str, now_s: int) -> Answer:
    """Read a forecast as of now. Raises FeedError."""
    said = read_shape(body, _Said)
    times = [_time_s(each, said.utc_offset_seconds) for each in said.hourly.get("time", [])]
    if not any(times):
        raise FeedError(
            "hourly.time: no hour in UTC in it", "see whether timezone=GMT is still understood"
        )
    remarks = Remarks()
    if absent := [name for name in READ if name not in said.hourly]:
        remarks.note(f"not said: {', '.join(absent)}")
    values = [
        value
        for name, (quantity, length_s) in READ.items()
        if name in said.hourly
        for value in _column(
            said, name, times, ContextValue(place, quantity, 0, now_s, 0.0, length_s), remarks
        )
    ]
    if not values:
        raise FeedError(
            "no hour of any quantity could be read: " + "; ".join(remarks.told()),
            "see whether the source has changed its format",
        )
    return answer_of(values, remarks, fresh_s=now_s)


def _column(
    said: _Said, name: str, times: list[int | None], like: ContextValue, remarks: Remarks
) -> Iterator[ContextValue]:
    """Yield the values of one quantity; like: all but its time and amount."""
    column, unit = said.hourly[name], said.hourly_units.get(name)
    if len(column) != len(times):
        remarks.note(f"{name}: {len(column)} values for {len(times)} hours")
        return
    for at_s, each in zip(times, column, strict=True):
        if each is None or at_s is None:
            continue
        amount = number(each)
        if amount is None:
            remarks.note(f"{name}: no number")
            continue
        ours = converted(amount, unit if isinstance(unit, str) else None, like.quantity)
        if ours is None:
            remarks.note(f"{name}: its unit {unit!r} is not known")
            return
        yield ContextValue(
            like.place, like.quantity, at_s - like.length_s, like.issued_s, ours, like.length_s
        )


def _time_s(found: object, offset_s: object) -> int | None:
    """Return UTC seconds; a local time without zone only where the answer says it is UTC."""
    if isinstance(found, str):
        return instant_s(found) or (instant_s(f"{found}Z") if offset_s == 0 else None)
    return unix_s(number(found))
