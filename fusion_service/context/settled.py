# SPDX-License-Identifier: Apache-2.0
"""What every answer must be: each thing said once, within bounds, and not too much. Pure."""

from collections.abc import Iterable

from fusion_service.context.formats.json_shape import Remarks
from fusion_service.context.formats.units import is_plausible
from fusion_service.context.port import VALUES_MAX, Answer
from fusion_service.store.context import ContextValue, Quality

AHEAD_S = 600
"""How far a source's clock may be ahead of ours."""
_KEY = tuple[str, str, int]


def answer_of(
    said: Iterable[ContextValue], remarks: Remarks, *, fresh_s: int | None, is_all: bool = False
) -> Answer:
    """Return an answer of what was said, in the order of time.

    What is said twice is kept once; where the two differ the last is kept, and is suspect.
    """
    kept: dict[_KEY, ContextValue] = {}
    for value in said:
        if not is_plausible(value.amount, value.quantity):
            remarks.note(f"{value.place}: {value.quantity} of {value.amount:g} cannot be")
            continue
        key = (value.place, value.quantity.value, value.valid_s)
        before = kept.get(key)
        if before is not None and before != value:
            remarks.note(f"{value.place}: {value.quantity} is said twice, and differs")
            kept[key] = _suspect(value)
        elif before is None and len(kept) >= VALUES_MAX:
            remarks.note(f"more than {VALUES_MAX} values: the rest is left out")
        else:
            kept[key] = value
    ordered = sorted(kept.values(), key=lambda one: (one.valid_s, one.place, one.quantity))
    return Answer(tuple(ordered), fresh_s, remarks.told(), is_all)


def is_of_now(valid_s: int | None, now_s: int, stale_after_s: int) -> bool:
    """Say whether a moment is neither too long ago nor in a future that nobody can have seen."""
    return valid_s is not None and now_s - stale_after_s <= valid_s <= now_s + AHEAD_S


def _suspect(value: ContextValue) -> ContextValue:
    return ContextValue(
        value.place,
        value.quantity,
        value.valid_s,
        value.issued_s,
        value.amount,
        value.length_s,
        Quality.SUSPECT,
        value.note,
    )
