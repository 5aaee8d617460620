# SPDX-License-Identifier: Apache-2.0
"""Windows taken together: one eye, one count of each line and zone, and its 80 % interval, from what was released of each.

The interval comes from those of the windows and the known scale of the noise in each, as the centre
adds up windows (fusion_service/estimate/intervals.py): noise is each number's own and adds as
squares; what a box counts wrong, windows of one place share, so it adds in full, and so do the
middles. Where a window said nothing the whole is a lower bound.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from edge_agent.disclosure.interval.interval import TAIL, Ends, noise_law
from wire_contract.messages.report import ImageQuality, LineCount, Rule, RuleName, ZoneCount
from wire_contract.quality import QualityCode, Validity, validity

Z80 = 1.2816
"""Half the width of the 80 % interval of a normal law, standard deviations."""
NOISY = (RuleName.DISCRETE_LAPLACE, RuleName.RANDOM_ROUNDING)
"""The rules whose noise is each number's own; what the others take away is no smaller for many
windows together."""
_OBSERVED_PERCENT = (0, 50, 80, 95)
"""The lower ends of the classes of eye.observed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A number as released, its ends, and how many windows it was made of.

    None where it was withheld or nothing was said.
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


def eye_of(eyes: Sequence[ImageQuality], windows: Sequence[int]) -> ImageQuality:
    """Say no better of the whole than what holds for its counts.

    Numbers where all had numbers, else lower bounds, else nothing.

    The code is the one that held longest of those that were not fine; the observed share takes each
    at the lower end of its class.
    """
    every = [eye for eye, number in zip(eyes, windows, strict=True) for _ in range(number)]
    seen = [eye for eye in every if validity(eye.code, eye.observed) is not Validity.NOT_COUNTED]
    codes = Counter(eye.code for eye in seen or every if eye.code != QualityCode.FINE)
    percent = sum(_OBSERVED_PERCENT[eye.observed] for eye in seen) / len(every)
    return replace(
        every[-1],
        code=codes.most_common(1)[0][0] if codes else int(QualityCode.FINE),
        observed=sum(percent >= edge for edge in _OBSERVED_PERCENT[1:]),
        rate=min(eye.rate for eye in every),
        difficulty=_common(eye.difficulty for eye in every),
    )


def lines_of(
    each: Sequence[Sequence[LineCount]], windows: Sequence[int], rule: Rule
) -> tuple[LineCount, ...]:
    """Make one count of each line that said something.

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


def zones_of(
    each: Sequence[Sequence[ZoneCount]], windows: Sequence[int], rule: Rule
) -> tuple[ZoneCount, ...]:
    """Make one count of each zone that said something.

    Speed and standing stay where all windows say the same.
    """
    found = []
    for first, counts in _named(each):
        mean = averaged(
            _parts(counts, windows, lambda one: (one.mean, (one.mean_low, one.mean_high))), rule
        )
        peak = highest(
            _parts(counts, windows, lambda one: (one.peak, (one.peak_low, one.peak_high))), rule
        )
        said = [count for count in counts if count is not None]
        speed, standing = _common(one.speed for one in said), _common(one.standing for one in said)
        found.append(
            ZoneCount(first.id, mean.value, peak.value, speed, standing, *mean.ends, *peak.ends)
        )
    return tuple(found)


def _named(each: Sequence[Sequence[C]]) -> Iterator[tuple[C, list[C | None]]]:
    """Yield each line or zone as first named, and what each window said of it."""
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
    taken = [(None, NOTHING) if count is None else number(count) for count in counts]
    return [Part(value, ends, each) for (value, ends), each in zip(taken, windows, strict=True)]


def _common(classes: Iterable[int]) -> int:
    """Return the class that all share, or 0, not stated."""
    every = set(classes)
    return every.pop() if len(every) == 1 else 0


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A part that said something.

    Its share in the whole, and its own noise's variance as a multiple of one window's.
    """

    value: int
    low: int
    high: int | None
    weight: float
    noises: float


def summed(parts: Sequence[Part], rule: Rule) -> Part:
    """Add up counts: the sum of what was released is kept to the last one."""
    weighed = [
        _Weighed(value, low, part.ends[1], 1.0, part.windows) for part, value, low in _said(parts)
    ]
    windows = sum(part.windows for part in parts)
    if not weighed:
        return Part(None, (None, None), windows)
    return Part(
        sum(one.value for one in weighed),
        _ends(weighed, rule, whole=_whole(parts), share=1.0),
        windows,
    )


def averaged(parts: Sequence[Part], rule: Rule) -> Part:
    """Average over the time in which something was said, to the nearest whole number.

    The low end holds for all of the time: where nothing was said it takes nobody to have been
    there.
    """
    windows, said = (
        sum(part.windows for part in parts),
        sum(part.windows for part, _, _ in _said(parts)),
    )
    if not said:
        return Part(None, (None, None), windows)
    weighed = [
        _Weighed(value, low, part.ends[1], part.windows / said, 1.0 / part.windows)
        for part, value, low in _said(parts)
    ]
    value = round(sum(one.weight * one.value for one in weighed))
    return Part(value, _ends(weighed, rule, whole=_whole(parts), share=said / windows), windows)


def highest(parts: Sequence[Part], rule: Rule) -> Part:
    """Take the largest.

    The largest of many noises is larger than one: the low end makes room for that.
    """
    windows, said = sum(part.windows for part in parts), list(_said(parts))
    if not said:
        return Part(None, (None, None), windows)
    part, value, low = max(said, key=lambda one: one[1])
    further = _largest_noise(rule, windows) - _largest_noise(rule, part.windows)
    high = max(one.ends[1] or 0 for one in parts) if _whole(parts) else None
    return Part(value, (low - further, high), windows)


def _said(parts: Sequence[Part]) -> Iterable[tuple[Part, int, int]]:
    for part in parts:
        if part.value is not None and part.ends[0] is not None:
            yield part, part.value, part.ends[0]


def _whole(parts: Sequence[Part]) -> bool:
    return all(part.value is not None and part.ends[1] is not None for part in parts)


def _ends(parts: Sequence[_Weighed], rule: Rule, *, whole: bool, share: float) -> Ends:
    own = math.sqrt(Z80**2 * _variance(rule) * sum(one.weight**2 * one.noises for one in parts))
    if whole:
        reaches = [((one.low if one.high is None else one.high) - one.low) / 2.0 for one in parts]
        middle = sum(
            one.weight * (one.low + reach) for one, reach in zip(parts, reaches, strict=True)
        )
        half = math.hypot(own, _shared(parts, reaches, rule))
        return round(middle - half), round(middle + half)
    value = sum(one.weight * one.value for one in parts)
    low = value - math.hypot(
        own, _shared(parts, [float(max(one.value - one.low, 0)) for one in parts], rule)
    )
    return math.floor(min(low, low * share)), None


def _shared(parts: Sequence[_Weighed], reaches: Sequence[float], rule: Rule) -> float:
    """Return how far intervals reach to one side besides the rule's noise, all together."""
    noise = Z80**2 * _variance(rule)
    return sum(
        one.weight * math.sqrt(max(reach**2 - noise * one.noises, 0.0))
        for one, reach in zip(parts, reaches, strict=True)
    )


def _variance(rule: Rule) -> float:
    """Return the variance of what the rule adds to one number."""
    if rule.name not in NOISY:
        return 0.0
    return sum(chance * noise**2 for noise, chance in noise_law(rule, 0).items())


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
