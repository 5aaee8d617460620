# SPDX-License-Identifier: Apache-2.0
"""What somebody who looks says: about how many people are in a zone, and a colour. Pure.

An estimate by sight is wide. Where they do not say how far it may be off, the truth is taken to lie
between half and twice of it in 80 of 100.
"""

from collections.abc import Mapping

from fusion_service.registry.site import CountSource
from fusion_service.sources.refusal import SourceRefusedError
from fusion_service.store.sources import Colour, SourceCount

WINDOW_S = 60
"""What they say is of the minute in which they say it."""
SPREAD = 2.0
PEOPLE_MAX = 100_000
SPREAD_MAX_PERCENT = 100


def read_person(form: Mapping[str, str], source: CountSource, now_s: int) -> SourceCount:
    """Return what a filled-in form says. Raises SourceRefusedError.

    Fields: zone, people, colour, and spread_percent, which may be empty.
    """
    zones = [counter.zone for counter in source.counters]
    zone = form.get("zone", "")
    if zone not in zones:
        wanted = f"one of {', '.join(map(str, zones))}"
        raise SourceRefusedError("zone", repr(zone[:40]), wanted)
    people = _number(form, "people", PEOPLE_MAX)
    if people is None:
        raise SourceRefusedError("people", "nothing", "about how many people you see")
    percent = _number(form, "spread_percent", SPREAD_MAX_PERCENT)
    low, high = people / SPREAD, people * SPREAD
    if percent is not None:
        low, high = people * (1 - percent / 100), people * (1 + percent / 100)
    return SourceCount(
        counter=zone,
        start_s=now_s // WINDOW_S * WINDOW_S,
        length_s=WINDOW_S,
        people=float(people),
        low=low,
        # Nobody is sure that a place is empty.
        high=max(high, 1.0),
        colour=_colour(form.get("colour", "")),
    )


def _number(form: Mapping[str, str], key: str, largest: int) -> int | None:
    text = form.get(key, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) > largest:  # noqa: PLR2004 - digits of a number that is far too large
        wanted = f"a whole number from 0 to {largest}"
        raise SourceRefusedError(key, repr(text[:40]), wanted)
    return int(text)


def _colour(text: str) -> Colour | None:
    if not text:
        return None
    try:
        return Colour(text)
    except ValueError as error:
        wanted = f"one of {', '.join(Colour)}"
        raise SourceRefusedError("colour", repr(text[:40]), wanted) from error
