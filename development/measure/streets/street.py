# SPDX-License-Identifier: Apache-2.0
"""Score the synthetic street: windows and totals at 10 to 200 people, and an asymmetric day."""

import numpy as np

from development.measure.scoring import (
    LEAD_S,
    WINDOW_S,
    by_window,
    count_street,
    film,
    street_error,
)

DAY_PEOPLE = 20_000


def street() -> str:
    """Score the hard street at 10 to 200 people and an asymmetric day."""
    rows, errors = [], []
    for people in (10, 30, 100, 200):
        error = count = true = 0
        for seed in (11, 12) if people < 100 else (11,):  # noqa: PLR2004 - a crowd is a sample in itself
            filmed = film(people, seed, seconds=112.0)
            one, two, three = street_error(count_street(filmed)[0], filmed)
            error, count, true = error + one, count + two, true + three
        errors.append(100 * error / true)
        rows.append(
            f"| {people} | {true} | {100 * error / true:.1f} | {100 * (count - true) / true:+.1f} |"
        )
    slope = float(np.polyfit(np.log2([10, 30, 100, 200]), errors, 1)[0])
    return "\n".join(
        [
            (
                "Hard street, 1280 x 720, 10 frames/s, seeds 11 and (under 100) 12, one setting; "
                "windows of 10 s, both directions."
            ),
            "",
            "| people at once | true crossings | window error, % | total, % |",
            "|---|---|---|---|",
            *rows,
            "",
            f"Slope of the window error: {slope:.1f} points for each doubling of the flow.",
            "",
            asymmetric_day(),
        ]
    )


def asymmetric_day() -> str:
    """Let people come all morning and go all evening; return the error of occupancy at the peak."""
    parts = []
    for leftwards, seed in ((1.0, 21), (0.0, 22)):
        filmed = film(60, seed, seconds=152.0, leftwards=leftwards)
        counts = by_window(count_street(filmed)[0], filmed.windows, WINDOW_S, LEAD_S).sum(axis=0)
        true = by_window(filmed.true, filmed.windows, WINDOW_S, LEAD_S).sum(axis=0)
        parts.append((int(counts[0] - counts[1]), int(true[0] - true[1])))
    (entered, came), (left, went) = parts
    scale = DAY_PEOPLE / came
    peak = 100 * (entered - came) / came
    rest = scale * ((entered - came) + (left - went))
    return (
        f"Asymmetric day, 60 people at once: a sample of {came} in, then {-went} out; scaled "
        f"to {DAY_PEOPLE} in, then out,"
        f" occupancy is off by {peak:+.2f} % at the peak and by {rest:+.0f} people at the end."
    )
