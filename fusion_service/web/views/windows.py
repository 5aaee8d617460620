# SPDX-License-Identifier: Apache-2.0
"""A window as a client may see it, with its counts and what stands behind them."""

from pydantic import AliasChoices, Field

from fusion_service.store.set_apart import Apart
from fusion_service.web.form.instants import MillisecondsOut, SecondsOut
from fusion_service.web.views.base import View
from wire_contract.quality import Validity


class LineView(View):
    """Released crossings of a line in one window, and the ends of their 80 % intervals.

    Without a high end a lower bound.
    """

    line: str
    in_count: int | None
    out_count: int | None
    in_low: int | None
    in_high: int | None
    out_low: int | None
    out_high: int | None


class ZoneView(View):
    """Released occupancy of a zone in one window, and the ends of its 80 % intervals.

    Without a high end a lower bound.

    speed: 0 unknown, 1 stopped .. 4 fast. standing: 0 unknown, then quarters.
    """

    zone: str
    mean: int | None
    peak: int | None
    speed: int
    standing: int
    mean_low: int | None
    mean_high: int | None
    peak_low: int | None
    peak_high: int | None


class ImageQualityView(View):
    """How well the sensor saw.

    The code (0 is fine), and classes 0 to 3 of observed share, frame rate and difficulty.
    """

    code: int
    observed: int
    rate: int
    difficulty: int


class BoxHealthView(View):
    """How the box fared: 0 unknown, 1 good, 2 fair, 3 bad."""

    temperature: int
    disk: int
    outbox: int
    link: int


class WindowView(View):
    """One committed report.

    Release to commit is `committed_at` less the window's end; null where a power cut hid the
    commit.

    late: it came well after its window. set_apart: why it is in no sum and no series, null where it
    is in them. superseded: for one of these reasons, that a file was replayed again. overlaps:
    null, or that a live window committed before has some of the same time, and that it is of the
    `same boot` (the box was started again in the window, or its clock set) or of an `other boot` (a
    clock that was set back meanwhile). Both are in the sums, because a box releases what it counted
    once.

    `validity` says how its counts are to be read: `counted`, `at least` (lower bounds: it was badly
    seen, or a number of it has reached the `count_max` of its line or zone), or `not counted` (the
    sensor could not see, and that is not zero).
    """

    id: int
    site: str
    device: str
    stream: str
    sequence: int
    start: SecondsOut = Field(validation_alias=AliasChoices("start", "start_s"))
    length_s: int
    received_at: MillisecondsOut = Field(
        validation_alias=AliasChoices("received_at", "received_ms")
    )
    committed_at: MillisecondsOut | None = Field(
        validation_alias=AliasChoices("committed_at", "committed_ms")
    )
    late: bool
    superseded: bool
    set_apart: Apart | None
    overlaps: str | None
    boot: str | None
    level: str
    clock: str
    clock_quality: str
    config_sha256: str
    rule: str
    rule_parameters: tuple[int, ...]
    image_quality: ImageQualityView
    validity: Validity
    health: BoxHealthView
    lines: tuple[LineView, ...]
    zones: tuple[ZoneView, ...]
