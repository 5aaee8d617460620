# SPDX-License-Identifier: Apache-2.0
"""Combine windows: one image quality, one count of each line and zone, and its 80 % interval.

Only released numbers come in. Intervals add up by the law that the centre uses too
(wire_contract/intervals.py). Where a window has no number the whole is a lower bound.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from edge_agent.disclosure.interval.interval import TAIL, Ends, noise_law
from wire_contract.intervals import Z80, Addend, add_up
from wire_contract.messages.report import ImageQuality, LineCount, Rule, RuleName, ZoneCount
from wire_contract.quality import QualityCode, Validity, validity

NOISY = (RuleName.DISCRETE_LAPLACE, RuleName.RANDOM_ROUNDING)
"""The rules whose noise is each number's own; what the others take away is no smaller for many
windows together."""
_OBSERVED_PERCENT = (0, 50, 80, 95)
"""The lower ends of the classes of image_quality.observed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A number as released, its ends, and how many windows it stands for.

    None where it was withheld, or where the window has none.
    """

    value: int | None
    ends: Ends
    windows: int


NOTHING: Ends = (None, None)


class _Named(Protocol):
    @property
    def id(self) -> str:
        """The line or zone."""


C = TypeVar("C", bound=_Named)


def combine_quality(qualities: Sequence[ImageQuality], windows: Sequence[int]) -> ImageQuality:
    """Claim no more for the whole than what holds for its counts.

    Numbers where every window has numbers, else lower bounds, else nothing. The code is the one
    that held longest of those that were not fine. The observed share takes each window at the lower
    end of its class.
    """
    every = [
        quality for quality, number in zip(qualities, windows, strict=True) for _ in range(number)
    ]
    counted = [
        quality
        for quality in every
        if validity(quality.code, quality.observed) is not Validity.NOT_COUNTED
    ]
    codes = Counter(
        quality.code for quality in counted or every if quality.code != QualityCode.FINE
    )
    percent = sum(_OBSERVED_PERCENT[quality.observed] for quality in counted) / len(every)
    return replace(
        every[-1],
        code=codes.most_common(1)[0][0] if codes else int(QualityCode.FINE),
        observed=sum(percent >= edge for edge in _OBSERVED_PERCENT[1:]),
        rate=min(quality.rate for quality in every),
        difficulty=_common(quality.difficulty for quality in every),
    )


def combine_lines(
    each: Sequence[Sequence[LineCount]], windows: Sequence[int], rule: Rule
) -> tuple[LineCount, ...]:
    """Make one count of each line that any window has.

    Raises FieldError where a sum leaves its range.
    """
    found = []
    for first, counts in _named(each):
        entered = summed(
            _parts(counts, windows, lambda one: (one.in_count, (one.in_low, one.in_high))), rule
        )
        left = summed(
            _parts(counts, windows, lambda one: (one.out_count, (one.out_low, one.out_high))), rule
        )
        found.append(LineCount(first.id, entered.value, left.value, *entered.ends, *left.ends))
    return tuple(found)


def combine_zones(
    each: Sequence[Sequence[ZoneCount]], windows: Sequence[int], rule: Rule
) -> tuple[ZoneCount, ...]:
    """Make one count of each zone that any window has.

    Speed and standing stay where all windows have the same class.
    """
    found = []
    for first, counts in _named(each):
        mean = averaged(
            _parts(counts, windows, lambda one: (one.mean, (one.mean_low, one.mean_high))), rule
        )
        peak = highest(
            _parts(counts, windows, lambda one: (one.peak, (one.peak_low, one.peak_high))), rule
        )
        known = [count for count in counts if count is not None]
        speed = _common(one.speed for one in known)
        standing = _common(one.standing for one in known)
        found.append(
            ZoneCount(first.id, mean.value, peak.value, speed, standing, *mean.ends, *peak.ends)
        )
    return tuple(found)


def _named(each: Sequence[Sequence[C]]) -> Iterator[tuple[C, list[C | None]]]:
    """Yield each line or zone as first named, and its count in each window."""
    firsts: dict[str, C] = {}
    for counts in each:
        for count in counts:
            firsts.setdefault(count.id, count)
    for name, first in firsts.items():
        yield (
            first,
            [next((count for count in counts if count.id == name), None) for counts in each],
        )


def _parts(
    counts: Sequence[C | None],
    windows: Sequence[int],
    number: Callable[[C], tuple[int | None, Ends]],
) -> list[Part]:
    numbers = [(None, NOTHING) if count is None else number(count) for count in counts]
    return [Part(value, ends, each) for (value, ends), each in zip(numbers, windows, strict=True)]


def _common(classes: Iterable[int]) -> int:
    """Return the class that all share, or 0, not stated."""
    every = set(classes)
    return every.pop() if len(every) == 1 else 0


def summed(parts: Sequence[Part], rule: Rule) -> Part:
    """Add up counts: the sum of what was released is kept to the last one."""
    windows, square = sum(part.windows for part in parts), _noise_square(rule)
    addends = [
        Addend(value, low, part.ends[1], weight=1.0, noise_square=square * part.windows)
        for part, value, low in _present(parts)
    ]
    if not addends:
        return Part(None, NOTHING, windows)
    ends = _ends(addends, is_whole=_is_whole(parts), share=1.0)
    return Part(sum(one.value for one in addends), ends, windows)


def averaged(parts: Sequence[Part], rule: Rule) -> Part:
    """Average over the time that has numbers, to the nearest whole number.

    The low end holds for all of the time: where there is no number, nobody is taken to have been
    there.
    """
    windows, square = sum(part.windows for part in parts), _noise_square(rule)
    counted = sum(part.windows for part, _, _ in _present(parts))
    if not counted:
        return Part(None, NOTHING, windows)
    addends = [
        Addend(
            value,
            low,
            part.ends[1],
            weight=part.windows / counted,
            noise_square=square * (1.0 / part.windows),
        )
        for part, value, low in _present(parts)
    ]
    value = round(sum(one.weight * one.value for one in addends))
    ends = _ends(addends, is_whole=_is_whole(parts), share=counted / windows)
    return Part(value, ends, windows)


def highest(parts: Sequence[Part], rule: Rule) -> Part:
    """Return the largest.

    The largest of many noises is larger than one: the low end makes room for that.
    """
    windows, present = sum(part.windows for part in parts), list(_present(parts))
    if not present:
        return Part(None, NOTHING, windows)
    part, value, low = max(present, key=lambda one: one[1])
    further = _largest_noise(rule, windows) - _largest_noise(rule, part.windows)
    high = max(one.ends[1] or 0 for one in parts) if _is_whole(parts) else None
    return Part(value, (low - further, high), windows)


def _present(parts: Sequence[Part]) -> Iterable[tuple[Part, int, int]]:
    """Yield the parts that have a number, with the number and its low end."""
    for part in parts:
        if part.value is not None and part.ends[0] is not None:
            yield part, part.value, part.ends[0]


def _is_whole(parts: Sequence[Part]) -> bool:
    return all(part.value is not None and part.ends[1] is not None for part in parts)


def _ends(addends: Sequence[Addend], *, is_whole: bool, share: float) -> Ends:
    """Round the ends of the whole; share is the part of the time that has numbers."""
    whole = add_up(addends)
    if is_whole:
        low, high = whole.ends()
        return round(low), round(high)
    low = whole.low_end()
    return math.floor(min(low, low * share)), None


def _noise_square(rule: Rule) -> float:
    """Return how far the rule's noise reaches, squared, by the law that single intervals take.

    That law leaves out noise that is rarer than NOISE_TAIL, so this is a ten-thousandth less than
    the closed form of the wire contract.
    """
    if rule.name not in NOISY:
        return 0.0
    return Z80**2 * sum(chance * noise**2 for noise, chance in noise_law(rule, 0).items())


def _largest_noise(rule: Rule, windows: int) -> int:
    """Return what the largest of so many noises stays at or under in 90 of 100 cases."""
    if rule.name not in NOISY:
        return 0
    up_to = 0.0
    for noise, chance in sorted(noise_law(rule, 0).items()):
        up_to += chance
        if up_to**windows >= 1.0 - TAIL:
            return noise
    return max(noise_law(rule, 0))
