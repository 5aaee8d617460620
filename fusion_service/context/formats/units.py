# SPDX-License-Identifier: Apache-2.0
"""Turn what a source says in its own unit into ours, and refuse what cannot be. Pure.

A source that changes its unit is understood or refused: never believed in the unit of before.
"""

from fusion_service.store.context import Quantity, Unit

FAHRENHEIT_ZERO, KELVIN_ZERO = -32.0 / 1.8, -273.15
_CONVERSIONS: dict[Unit, dict[str, tuple[float, float]]] = {
    Unit.CELSIUS: {
        "°c": (1.0, 0.0),
        "cel": (1.0, 0.0),
        "degc": (1.0, 0.0),
        "degree celsius": (1.0, 0.0),
        "degrees celsius": (1.0, 0.0),
        "k": (1.0, KELVIN_ZERO),
        "°f": (1.0 / 1.8, FAHRENHEIT_ZERO),
    },
    Unit.METRES_A_SECOND: {
        "m/s": (1.0, 0.0),
        "m s-1": (1.0, 0.0),
        "m.s-1": (1.0, 0.0),
        "km/h": (1.0 / 3.6, 0.0),
        "mp/h": (0.44704, 0.0),
        "mph": (0.44704, 0.0),
        "kn": (0.514444, 0.0),
        "kt": (0.514444, 0.0),
    },
    Unit.MILLIMETRES: {
        "mm": (1.0, 0.0),
        "cm": (10.0, 0.0),
        "inch": (25.4, 0.0),
        "kg m-2": (1.0, 0.0),
        "kg/m²": (1.0, 0.0),
    },
    Unit.WATTS_A_SQUARE_METRE: {"w/m²": (1.0, 0.0), "w/m2": (1.0, 0.0), "w m-2": (1.0, 0.0)},
    Unit.PERCENT: {"%": (1.0, 0.0), "1": (100.0, 0.0), "octa": (12.5, 0.0), "okta": (12.5, 0.0)},
    Unit.DEGREES: {"°": (1.0, 0.0), "deg": (1.0, 0.0), "degree": (1.0, 0.0), "degrees": (1.0, 0.0)},
}
"""By our unit and how a source writes its own: what to multiply by, and what to add then."""
BOUNDS: dict[Quantity, tuple[float, float]] = {
    Quantity.TEMPERATURE: (-60.0, 60.0),
    Quantity.APPARENT_TEMPERATURE: (-80.0, 80.0),
    Quantity.WIND_SPEED: (0.0, 100.0),
    Quantity.WIND_GUST: (0.0, 150.0),
    Quantity.WIND_FROM: (0.0, 360.0),
    Quantity.PRECIPITATION: (0.0, 300.0),
    Quantity.PRECIPITATION_CHANCE: (0.0, 100.0),
    Quantity.CLOUD_COVER: (0.0, 112.5),
    Quantity.HUMIDITY: (0.0, 110.0),
    Quantity.RADIATION: (-20.0, 1_600.0),
    Quantity.TRANSIT_DELAY: (-7_200.0, 86_400.0),
    Quantity.VEHICLE_FLOW: (0.0, 100_000.0),
    Quantity.VEHICLE_SPEED: (0.0, 300.0),
    Quantity.BICYCLE_FLOW: (0.0, 100_000.0),
}
"""Beyond them a number is a code for nothing (-1, -9999), or of another unit. A sky that cannot be
seen is nine octas."""


def converted(amount: float, said: str | None, quantity: Quantity) -> float | None:
    """Return an amount in a quantity's unit; None where its unit is not known.

    said: how the source names its unit; None where it does not, and its documentation holds.
    """
    if said is None:
        return amount
    found = _CONVERSIONS.get(quantity.unit, {}).get(said.strip().lower())
    return None if found is None else amount * found[0] + found[1]


def is_plausible(amount: float, quantity: Quantity) -> bool:
    """Say whether an amount is within the bounds of its quantity."""
    low, high = BOUNDS.get(quantity, (float("-inf"), float("inf")))
    return low <= amount <= high
