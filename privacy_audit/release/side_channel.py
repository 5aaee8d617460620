# SPDX-License-Identifier: Apache-2.0
"""An attacker who looks at everything of a report but its counts.

Can it tell a quiet window from one with one person?

It learns on one half of the nights how often each value of each field goes with a person, and is
marked on the other half.
"""

import itertools
import math
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

Features = dict[str, int]
COUNTS = ("in", "out", "mean", "peak")
_STEPS = 10
"""A field measured on a fine scale (a time) is looked at in so many equal parts."""
_FINE = 32
"""A field with more different values than this is measured on a fine scale."""
_SHUFFLES = 4_000


def of_window(window: dict[str, Any], body_bytes: int) -> Features:
    """Return every field of a disclosed window but its counts and intervals, and its length.

    The length is less what the digits of those take.

    The intervals follow the released counts, which `interval_faults` sees to, and so does the whole
    length: neither tells more.
    """
    counts = [
        one[name]
        for one in (*window["lines"], *window["zones"])
        for name in one
        if name.partition("_")[0] in COUNTS
    ]
    fields = {
        f"image quality {name}": int(value) for name, value in window["image_quality"].items()
    }
    fields |= {f"health {name}": int(value) for name, value in window["health"].items()}
    for zone in window["zones"]:
        fields |= {f"{zone['id']} {name}": int(zone[name]) for name in ("speed", "standing")}
    digits = sum(len("null" if count is None else str(count)) for count in counts)
    return fields | {
        "lines said": len(window["lines"]),
        "zones said": len(window["zones"]),
        "length": body_bytes - digits,
    }


def interval_faults(windows: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Return how many intervals there were, and how many differ from another of the same inputs.

    The inputs are the released number and the image quality.

    An interval that is made of what is released, and of nothing else, never does.
    """
    known: dict[tuple[object, ...], tuple[object, object]] = {}
    seen = faults = 0
    for window in windows:
        quality = tuple(sorted(window["image_quality"].items()))
        for one in (*window["lines"], *window["zones"]):
            for name in COUNTS:
                if name in one:
                    key, ends = (
                        (one["id"], name, one[name], quality),
                        (one[f"{name}_low"], one[f"{name}_high"]),
                    )
                    seen += 1
                    faults += known.setdefault(key, ends) != ends
    return seen, faults


def accuracy(features: Sequence[Features], present: Sequence[bool]) -> float:
    """Return how often the attacker is right on the second half, having learned on the first.

    Chance is about a half.
    """
    half = len(features) // 2
    coarse = _coarse(features)
    weights = _learn(coarse[:half], present[:half])
    guesses = [sum(weights.get(field, 0.0) for field in one.items()) > 0.0 for one in coarse[half:]]
    return sum(guess == truth for guess, truth in zip(guesses, present[half:], strict=True)) / len(
        guesses
    )


def separation(values: Sequence[float], present: Sequence[bool], *, seed: int) -> float:
    """Return how likely chance alone parts the means of two groups as far as these.

    This is a permutation test.
    """
    rng = random.Random(seed)  # noqa: S311 - which shuffles are looked at hides nothing
    seen, labels = _apart(values, present), list(present)
    as_far = 0
    for _ in range(_SHUFFLES):
        rng.shuffle(labels)
        as_far += _apart(values, labels) >= seen - 1e-12
    return (as_far + 1) / (_SHUFFLES + 1)


def _apart(values: Sequence[float], present: Sequence[bool]) -> float:
    groups = (
        [value for value, one in zip(values, present, strict=True) if one is group]
        for group in (True, False)
    )
    means = [sum(group) / max(1, len(group)) for group in groups]
    return abs(means[0] - means[1])


def _coarse(features: Sequence[Features]) -> list[Features]:
    steps = {}
    for name in features[0]:
        values = sorted(one[name] for one in features)
        if len(set(values)) > _FINE:
            steps[name] = [values[len(values) * step // _STEPS] for step in range(1, _STEPS)]
    return [
        {
            name: sum(value >= edge for edge in steps[name]) if name in steps else value
            for name, value in one.items()
        }
        for one in features
    ]


def _learn(features: Sequence[Features], present: Sequence[bool]) -> dict[tuple[str, int], float]:
    """Return how far each value of each field speaks for a person, in log odds.

    Each value is counted once more than it was seen.
    """
    seen = {
        group: Counter(
            itertools.chain.from_iterable(
                one.items() for one, is_in in zip(features, present, strict=True) if is_in is group
            )
        )
        for group in (True, False)
    }
    maximum = {group: sum(one is group for one in present) + 2 for group in (True, False)}
    return {
        field: math.log((seen[True][field] + 1) / maximum[True])
        - math.log((seen[False][field] + 1) / maximum[False])
        for field in seen[True] | seen[False]
    }
