# SPDX-License-Identifier: Apache-2.0
"""What the supervisor hands to each child: plain values, checked once when the config was read.

They travel as JSON on an inherited descriptor, so the children load no settings library. Units and
ranges are those of the config.
"""

import json
import os
from dataclasses import asdict, dataclass, fields, is_dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Point = tuple[float, float]
T = TypeVar("T")


class Source(StrEnum):
    """Where frames come from."""

    FILE = "file"
    V4L2 = "v4l2"
    RTSP = "rtsp"
    HTTP = "http"

    @property
    def is_network(self) -> bool:
        """Whether frames come over a network, through a feeder."""
        return self in (Source.RTSP, Source.HTTP)


V4L2_DEFAULTS = (1280, 720, 15.0, "MJPG")
"""The mode of an attached camera where the config names none: width and height in pixels, frames a
second, pixel format."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """One attached camera, one regular file, or a feeder's pipe.

    paced plays a file in its own time; otherwise it is read as fast as possible. path is empty, and
    feed_fd set, behind a feeder.
    """

    source: Source
    path: str
    fps: float | None
    width_px: int | None
    height_px: int | None
    fourcc: str | None
    loss_after_s: float
    paced: bool
    feed_fd: int | None = None


@dataclass(frozen=True, slots=True)
class FeederSettings:
    """All that the feeder process needs. host is a numeric address.

    Of the credentials only the file's path travels.
    """

    feed_fd: int
    source: Source
    host: str
    port: int
    url_path: str
    credentials_path: str | None
    fps: float | None
    loss_after_s: float


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Which model, and how it looks at this scene; None takes what the model's card recommends."""

    model: str
    cards_directory: str
    weights_directory: str
    input_width_px: int | None
    input_height_px: int | None
    keep_aspect: bool | None
    confidence_min: float | None
    confidence_high: float | None
    overlap_max: float
    threads: int
    provider: str
    full_look_s: float = 0.0
    crop: bool = False
    tiles_each: int = 0
    rate_min_hz: float = 5.0


@dataclass(frozen=True, slots=True)
class LineSettings:
    """A line from a to b in pixels of the reference frame.

    count_max: the largest number of crossings that a window can say each way.
    """

    id: str
    a: Point
    b: Point
    count_max: int


@dataclass(frozen=True, slots=True)
class ZoneSettings:
    """A zone in pixels of the reference frame, and the most people a window can say."""

    id: str
    polygon: tuple[Point, ...]
    count_max: int


@dataclass(frozen=True, slots=True)
class GroundSettings:
    """Four points of the reference frame and where on the ground they lie, metres."""

    pixels: tuple[Point, ...]
    metres: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """What is counted where.

    Coordinates are pixels of a frame of the stated size, or of the camera's own where it is None.
    """

    frame_width_px: int | None
    frame_height_px: int | None
    lines: tuple[LineSettings, ...]
    zones: tuple[ZoneSettings, ...]
    masks: tuple[tuple[Point, ...], ...]
    ground: GroundSettings | None
    person_heights: tuple[Point, ...] = ()
    """Two of (row of the foot, height), pixels of the reference frame, or none."""


@dataclass(frozen=True, slots=True)
class SlotSettings:
    """The common origin and the window length.

    The origin is in monotonic seconds; 0 of the file under a replay clock.
    """

    origin_s: float
    length_s: int
    replay: bool


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """All that the sensor process needs."""

    channel_fd: int
    camera: CameraSettings
    detector: DetectorSettings
    view: ViewSettings
    slots: SlotSettings
    tallied: bool = False
    """Whether a tally says what the detector misses here: then the box does not judge it."""


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """What a tally said of a line, thousandths.

    How far the truth lies from the count, and how sure that is.
    """

    bias_permille: int
    spread_permille: int


@dataclass(frozen=True, slots=True)
class StatedSettings:
    """What the meta says of the config besides.

    Losses are null under a rule that is not differential privacy.
    """

    passage_s: int | None = None
    passage_permille: int | None = None
    eight_hours_permille: int | None = None
    line_max_configured: tuple[int | None, ...] = ()
    zone_max_configured: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class GateSettings:
    """All that the gate process needs. Keys are paths; their bytes never travel."""

    channel_fd: int
    site: str
    device: str
    boot: str
    config_sha256: str
    software: str
    model: str
    model_sha256: str
    slots: SlotSettings
    replay_epoch_s: int
    release_offset_s: int
    clock_wait_s: int
    line_ids: tuple[str, ...]
    line_max: tuple[int, ...]
    line_calibrations: tuple[CalibrationSettings | None, ...]
    zone_ids: tuple[str, ...]
    zone_max: tuple[int, ...]
    rule: str
    rule_parameters: tuple[int, ...]
    class_epsilon: int
    """Thousandths; 0 where no class leaves under the rule."""
    capacity_bits_per_minute_max: float
    store_directory: str
    store_bytes_max: int
    payload_days: int
    outbox_path: str
    signing_key_path: str
    noise_key_path: str
    stated: StatedSettings = StatedSettings()


@dataclass(frozen=True, slots=True)
class UplinkSettings:
    """All that the uplink process needs."""

    site: str
    device: str
    boot: str
    outbox_path: str
    outbox_bytes_max: int
    drain_s: float
    host: str
    port: int
    protocol: str
    ca_path: str | None
    certificate_path: str | None
    key_path: str | None


def write_settings(settings: object) -> int:
    """Put settings on a pipe and return the end to inherit.

    They are a few kB and fit in the pipe's buffer.
    """
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as pipe:
        json.dump(asdict(settings), pipe)  # type: ignore[call-overload]  # every caller hands one of the classes above
    os.set_inheritable(reading, True)  # noqa: FBT003 - the standard library's own signature
    return reading


def read_settings(kind: type[T], descriptor: int) -> T:
    """Read the settings that the supervisor left on `descriptor`, and close it."""
    with os.fdopen(descriptor) as pipe:
        return _load(kind, json.load(pipe))  # type: ignore[no-any-return]  # _load builds what it is asked for


def _load(kind: Any, value: Any) -> Any:  # noqa: ANN401 - walks annotations of any form
    """Build `kind` from JSON.

    Dataclasses from objects, tuples from arrays, enumerations from their words.
    """
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(
            **{field.name: _load(hints[field.name], value[field.name]) for field in fields(kind)}
        )  # type: ignore[operator]  # a class
    if get_origin(kind) in (Union, UnionType):
        return (
            None
            if value is None
            else _load(next(arm for arm in get_args(kind) if arm is not type(None)), value)
        )
    if get_origin(kind) is tuple:
        arms = get_args(kind)
        kinds = arms[:1] * len(value) if arms[-1] is Ellipsis else arms
        return tuple(_load(arm, element) for arm, element in zip(kinds, value, strict=True))
    return kind(value)
