# SPDX-License-Identifier: Apache-2.0
"""The noise, drawn a second time.

It goes from the key and the name of a number to what must have been added to it.

Written from docs/REPORT_FORMAT.md's rule and Canonne, Kamath and Steinke 2020 in the audit's own
words; the gate's sampler has no part in it. Bits are HMAC-SHA256(key, context LF block number),
block after block, most significant bit first.
"""

import hashlib
import hmac
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

LAPLACE, ROUNDING = "discrete_laplace", "random_rounding"
_UNIT = 1000


@dataclass(frozen=True, slots=True)
class Number:
    """Which number the noise is for: stream and boot, and what is counted where and when.

    What it counts is LINE or ZONE; then come its place in the config, its name and its window.

    drawn_ms is when the window began by the box's monotonic clock, milliseconds. run (hex) is the
    gate's run that drew the noise and id the line or zone by its configured name; without a run the
    noise was drawn by the first version of the name.
    """

    stream: str
    boot: str
    kind: str
    index: int
    name: str
    drawn_ms: int
    id: str = ""
    run: str | None = None

    @property
    def context(self) -> bytes:
        """The name under which its noise is drawn."""
        if self.run is not None:
            words = (
                "2",
                self.stream,
                self.boot,
                self.run,
                self.kind,
                self.id,
                self.name,
                str(self.drawn_ms),
            )
            return " ".join(words).encode("ascii")
        older = (self.stream, self.boot, self.kind, self.index, self.name, self.drawn_ms)
        return " ".join(map(str, older)).encode("ascii")


def released(value: int, rule: str, parameter: int, key: bytes, number: Number) -> int:
    """Return what the rule lets out in place of a value."""
    bits = _bits(key, number.context)
    if rule == LAPLACE:
        return value + _laplace(bits, parameter)
    over = value % parameter
    return value - over + (parameter if _below(bits, parameter) < over else 0)


def noise(epsilon_thousandths: int, key: bytes, number: Number) -> int:
    """Return the two-sided geometric noise of a number."""
    return _laplace(_bits(key, number.context), epsilon_thousandths)


def _bits(key: bytes, context: bytes) -> Iterator[int]:
    for block in itertools.count():
        digest = hmac.new(
            key, context + b"\n" + str(block).encode("ascii"), hashlib.sha256
        ).digest()
        for byte in digest:
            yield from (byte >> place & 1 for place in range(7, -1, -1))


def _below(bits: Iterator[int], bound: int) -> int:
    while True:
        drawn = 0
        for _ in range((bound - 1).bit_length()):
            drawn = 2 * drawn + next(bits)
        if drawn < bound:
            return drawn


def _survives(bits: Iterator[int], numerator: int, denominator: int) -> bool:
    """Be true with chance exp(-numerator/denominator): an alternating series, term by term."""
    for term in itertools.count(1):
        if _below(bits, denominator * term) >= numerator:
            return term % 2 == 1
    raise AssertionError  # itertools.count does not end


def _laplace(bits: Iterator[int], step: int) -> int:
    while True:
        rest = _below(bits, _UNIT)
        if not _survives(bits, rest, _UNIT):
            continue
        wholes = 0
        while _survives(bits, 1, 1):
            wholes += 1
        size, sign = (rest + _UNIT * wholes) // step, next(bits)
        if size or not sign:
            return -size if sign else size
