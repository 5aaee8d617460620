# SPDX-License-Identifier: Apache-2.0
"""How the counts of a window are to be read, by its image quality: alike on box and centre."""

from enum import IntEnum, StrEnum

OBSERVED_ALL = 3
"""The class of `image_quality.observed` from which a window was seen as good as whole."""


class QualityCode(IntEnum):
    """How well a sensor could see in one window. The numbers travel; the words are for people."""

    FINE = 0
    DARK = 1
    BLOCKED = 2
    BLURRED = 3
    MOVED = 4
    FROZEN = 5
    OVEREXPOSED = 6
    SATURATED = 7
    CAMERA_LOST = 8
    RAIN = 9
    UNFAMILIAR = 10
    """The detector misses many of the people here, by the box's own judgement of the hours before;
    never decided by one person. Read as a lower bound."""
    COMMISSIONING = 11
    """The box is being set up: its lines, zones and masks are not settled."""
    SENSOR_BLOCKED = 12
    """A sensor that is no camera (radar, thermal, beam) is covered or looks at nothing that it
    could count."""
    SENSOR_LOST = 13
    """Such a sensor stopped speaking in this window."""
    DROPPED = 30
    """Said by the gate: these windows' counts were dropped because the box had no space left."""
    SILENT = 31
    """Set by the gate, never by the sensor: the window had no record of the image quality."""


class Validity(StrEnum):
    """How a window's counts are to be read."""

    COUNTED = "counted"
    """Ordinary numbers, each with its interval."""
    AT_LEAST = "at least"
    """Lower bounds: so many were counted, and more may have been there. The interval has no high
    end."""
    NOT_COUNTED = "not counted"
    """No numbers: the sensor saw nothing that could be counted. This is not zero."""


_LOWER_BOUND = frozenset(
    {
        QualityCode.DARK,
        QualityCode.BLURRED,
        QualityCode.OVEREXPOSED,
        QualityCode.RAIN,
        QualityCode.SATURATED,
        QualityCode.CAMERA_LOST,
        QualityCode.SENSOR_LOST,
        QualityCode.UNFAMILIAR,
        QualityCode.SILENT,
    }
)
"""Badly seen, so that some were missed; too many to tell apart; counted until the sensor was lost;
missed by a detector that does not know the scene; nobody said how well. Not counted are a blocked
sensor, as a blocked camera is, and a box being set up: it counts at lines that may yet move."""


def validity(code: int, observed: int) -> Validity:
    """Judge a window by its image quality's code and observed share.

    A code that this release does not know counts for nothing.
    """
    if code in _LOWER_BOUND:
        return Validity.AT_LEAST
    if code != QualityCode.FINE:
        return Validity.NOT_COUNTED
    return Validity.COUNTED if observed >= OBSERVED_ALL else Validity.AT_LEAST
