# SPDX-License-Identifier: Apache-2.0
"""Say what of a recording could not be had, in one sentence for whoever brought the file."""

from dataclasses import dataclass

from edge_agent.vision.capture.recording.opening import Container

MISSING_SHARE_MIN = 0.01
UNSEEN_S_MIN = 1.0
"""A container's number of frames is often worked out from its length: less is rounding."""


@dataclass(frozen=True, slots=True)
class Played:
    """How a recording played: images that came, places in between that could not be decoded.

    last_s is when the last frame was, and unseen_s the time in holes before it; both in seconds of
    the container's time.
    """

    decoded: int
    failed: int
    last_s: float
    unseen_s: float


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What is missing of a recording; `sentence` is empty where nothing is.

    ends_early says that it broke off: what came after its last frame was not seen.
    """

    sentence: str
    ends_early: bool


COMPLETE = Shortfall("", ends_early=False)


def shortfall(container: Container, played: Played, where: str) -> Shortfall:
    """Compare what came with what the container says there is."""
    frame_s = 1.0 / container.fps
    stated, length_s = container.frames, container.length_s
    cut_s = max(0.0, length_s - played.last_s - frame_s)
    few = stated - played.decoded > max(1.0, MISSING_SHARE_MIN * stated)
    at_least_s = max(UNSEEN_S_MIN, MISSING_SHARE_MIN * length_s)
    ends_early = few and cut_s > max(at_least_s, 2 * frame_s)
    has_holes = few and played.unseen_s + cut_s > at_least_s
    if not (ends_early or has_holes or played.failed):
        return COMPLETE
    came = f"{played.decoded} frames came, the last at {played.last_s:.1f} s"
    if stated:
        came += f"; wanted the {stated} frames and {length_s:.1f} s that its container says"
    parts = f"; parts in between that cannot be decoded: {played.failed}" if played.failed else ""
    what = "breaks off" if ends_early else "is damaged"
    return Shortfall(f"{where}: {what}: {came}{parts}; copy it anew", ends_early)
