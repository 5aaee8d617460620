# SPDX-License-Identifier: Apache-2.0
"""Measure what the default noise adds, at one minute, a quarter of an hour and a day."""

import math

import numpy as np

from edge_agent.disclosure.noise import Bits, discrete_laplace

DRAWS = 200_000


def released(epsilon: float = 1.0) -> str:
    """Draw the default noise as the gate does, and compare its variance with the closed form."""
    share = math.exp(-epsilon)
    closed = 2.0 * share / (1.0 - share) ** 2
    bits = Bits(b"a measurement, not a key" + bytes(8), "measure-counting")
    drawn = np.array(
        [discrete_laplace(bits, epsilon_thousandths=round(1000 * epsilon)) for _ in range(DRAWS)],
        np.float64,
    )
    rows = []
    for name, windows in (("1 minute", 1), ("15 minutes", 15), ("1 day", 1440)):
        sums = drawn[: len(drawn) // windows * windows].reshape(-1, windows).sum(axis=1)
        added, wanted = float((sums**2).mean()), windows * closed
        # A day has few sums in the sample: its variance is that of its independent windows.
        added = added if len(sums) >= 5000 else windows * float((drawn**2).mean())  # noqa: PLR2004 - enough for 5 %
        rows.append(
            f"| {name} | 0 | {math.sqrt(added):.2f} | {added:.2f} | {wanted:.2f} | "
            f"{100 * (added / wanted - 1):+.1f} |"
        )
    return "\n".join(
        [
            (
                "Windows of one minute under the default rule (discrete Laplace, epsilon "
                f"{epsilon:g}); {DRAWS} draws."
            ),
            "The exact count has no added error; as released each direction of a line has:",
            "",
            (
                "| sum over | exact: added | released: added standard deviation | variance | "
                "closed form | difference, % |"
            ),
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )
