# SPDX-License-Identifier: Apache-2.0
"""Draw noise exactly, in whole numbers. Pure.

Random bits follow from a secret key and the number's name: the two always give the same bits, and
without the key nobody tells them from chance.
"""

import hashlib
import hmac

EPSILON_UNIT = 1000
"""Epsilon travels as a whole number of thousandths."""


class Bits:
    """Random bits from a key and the name of a number: HMAC-SHA256 in counter mode."""

    def __init__(self, key: bytes, name: str) -> None:
        self._key, self._name = key, name.encode("ascii")
        self._block, self._pool, self._left = 0, 0, 0

    def bits(self, count: int) -> int:
        """Return the next `count` bits as a whole number."""
        while self._left < count:
            block = hmac.digest(self._key, self._name + b"\n%d" % self._block, hashlib.sha256)
            self._pool = (self._pool << 256) | int.from_bytes(block, "big")
            self._block, self._left = self._block + 1, self._left + 256
        self._left -= count
        drawn = self._pool >> self._left
        self._pool &= (1 << self._left) - 1
        return drawn

    def below(self, bound: int) -> int:
        """Return a whole number drawn evenly from 0..bound-1, by rejection."""
        width = (bound - 1).bit_length()
        while True:
            drawn = self.bits(width)
            if drawn < bound:
                return drawn


def discrete_laplace(bits: Bits, *, epsilon_thousandths: int) -> int:
    """Draw from the two-sided geometric law P(x) ~ exp(-epsilon |x|), exactly.

    Source: Canonne, Kamath and Steinke 2020, algorithms 1 and 2, with scale t/s =
    1000/epsilon_thousandths.
    """
    scale, step = EPSILON_UNIT, epsilon_thousandths
    while True:
        remainder = bits.below(scale)
        if not _with_chance_exp(bits, remainder, scale):
            continue
        quotient = 0
        while _with_chance_exp(bits, 1, 1):
            quotient += 1
        size = (remainder + scale * quotient) // step
        negative = bits.bits(1)
        if negative and size == 0:
            continue
        return -size if negative else size


def randomised_response(bits: Bits, value: int, *, classes: int, epsilon_thousandths: int) -> int:
    """Draw one of the classes 0..classes-1, exactly, in whole numbers only.

    `value` comes with chance e^epsilon / (e^epsilon + classes - 1), the others evenly: a class is
    tried evenly, and accepted where it is `value`, or else with chance exp(-epsilon). Source:
    Warner 1965; for more than two classes Kairouz, Bonawitz and Ramage 2016 (k-RR).
    """
    whole, rest = divmod(epsilon_thousandths, EPSILON_UNIT)
    while True:
        tried = bits.below(classes)
        if tried == value or (
            all(_with_chance_exp(bits, 1, 1) for _ in range(whole))
            and _with_chance_exp(bits, rest, EPSILON_UNIT)
        ):
            return tried


def _with_chance_exp(bits: Bits, numerator: int, denominator: int) -> bool:
    """Say yes with chance exp(-numerator/denominator), the fraction from 0 to 1.

    Source: von Neumann 1951.
    """
    turn = 1
    while bits.below(denominator * turn) < numerator:
        turn += 1
    return turn % 2 == 1
