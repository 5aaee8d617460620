# SPDX-License-Identifier: Apache-2.0
"""The Dutch grid by another hand: the approximation of Schreutelkamp and Strang van Hees.

Benaderingsformules voor de transformatie tussen RD- en WGS84-kaartcoördinaten, Geodesia 2001-2:
within a quarter of a metre of the official transformation.
"""

_RPQ = {
    (0, 1): 190094.945,
    (1, 1): -11832.228,
    (2, 1): -114.221,
    (0, 3): -32.391,
    (1, 0): -0.705,
    (3, 1): -2.340,
    (1, 3): -0.608,
    (0, 2): -0.008,
    (2, 3): 0.148,
}
_SPQ = {
    (1, 0): 309056.544,
    (0, 2): 3638.893,
    (2, 0): 73.077,
    (1, 2): -157.984,
    (3, 0): 59.788,
    (0, 1): 0.433,
    (2, 2): -6.439,
    (1, 1): -0.032,
    (0, 4): 0.092,
    (1, 4): -0.054,
}


def to_dutch_grid(longitude: float, latitude: float) -> tuple[float, float]:
    """Return x and y, metres."""
    north = 0.36 * (latitude - 52.15517440)
    east = 0.36 * (longitude - 5.38720621)
    x = 155_000 + sum(value * north**p * east**q for (p, q), value in _RPQ.items())
    y = 463_000 + sum(value * north**p * east**q for (p, q), value in _SPQ.items())
    return x, y
