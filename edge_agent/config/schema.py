# SPDX-License-Identifier: Apache-2.0
"""One TOML file a device, one frozen tree.

Read here, checked here, explained here; nobody else opens it.

Paths in the file are relative to the file's own folder. `load` raises ConfigError with one line for
each mistake.
"""

import hashlib
import ipaddress
import json
import math
import re
import tomllib
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from edge_agent.channel import Schema
from edge_agent.config.calibration_file import calibration_file, read_calibration
from edge_agent.config.caps import (
    DENSITY_MAX_PER_M2,
    FLOW_MAX_PER_M_S,
    WIDTH_PX_UNKNOWN,
    Basis,
    Cap,
    Ground,
    area_m2,
    cap_of,
    ground_of_heights,
    length_m,
)
from edge_agent.config.geometry import Polygon, area, area_mistake, to_seen_ground
from edge_agent.config.messages import explain, read_tree
from edge_agent.config.privacy_loss import EPSILON_MIN, PASSAGE_S, Counted, epsilon_of, passage
from edge_agent.errors import ConfigError
from edge_agent.process_settings import Source
from wire_contract.messages.report import LINES_MAX, ZONES_MAX, Clock, Level, Rule, RuleName

Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
EPSILON_MAX = 10.0
CountMax = Annotated[int, Field(ge=1, le=65_535)]
Coordinate = Annotated[float, Field(ge=-10_000, le=100_000, allow_inf_nan=False)]
Corner = tuple[Coordinate, Coordinate]
Text = Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


def _in_folder_of_config(path: Path, info: ValidationInfo) -> Path:
    folder = info.context
    try:
        return (folder / path).resolve() if isinstance(folder, Path) else path
    except (
        OSError,
        RuntimeError,
        ValueError,
    ) as error:  # a link to itself, a name too long, a character that no name has
        raise ValueError(
            f"got {str(path)[:60]!r}, which leads nowhere: {error}; correct the path"
        ) from error


FilePath = Annotated[Path, AfterValidator(_in_folder_of_config)]
OFFSET_S_MAX = 20
"""No window is released later than so long after its end for the sake of others."""
LABEL_MAX = 63
"""Characters between two points of a host name."""
_TLS_FILES = ("ca_file", "certificate_file", "key_file")
_SECRET_WORD = re.compile(r"(?i)pass|pwd|user|login|token|secret|auth|key")


def _numeric_address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError as error:
        raise ValueError(
            "a numeric address, such as 192.0.2.20: the box looks no name up for a camera"
        ) from error


def _of_labels(host: str) -> str:
    """Refuse a name that no look-up takes: RFC 1035, section 2.3.4."""
    if ":" not in host and any(
        not 1 <= len(label) <= LABEL_MAX for label in host.removesuffix(".").split(".")
    ):
        raise ValueError(
            f"got {host[:60]!r}, wanted a host name: 1 to {LABEL_MAX} characters between two points"
        )
    return host


def _without_credentials(url_path: str) -> str:
    if _SECRET_WORD.search(url_path.partition("?")[2]):
        raise ValueError(
            "a path without credentials; they belong into the file that credentials_file names"
        )
    return url_path


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Camera(_Section):
    """The eye: a regular file, an attached V4L2 camera, or one network camera, whose address is a number."""

    source: Source
    path: FilePath | None = None
    host: Annotated[str, Field(max_length=64), AfterValidator(_numeric_address)] | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    url_path: Annotated[
        str,
        Field(pattern=r"^/[A-Za-z0-9._~/?&=%+,:-]{0,255}$"),
        AfterValidator(_without_credentials),
    ] = "/"
    credentials_file: FilePath | None = None
    fps: Annotated[float, Field(ge=0.1, le=240)] | None = None
    width_px: Annotated[int, Field(ge=64, le=7680)] | None = None
    height_px: Annotated[int, Field(ge=64, le=4320)] | None = None
    fourcc: Annotated[str, Field(pattern="^[A-Z0-9]{4}$")] | None = None
    loss_after_s: Annotated[float, Field(ge=1, le=300)] = 10.0

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.source is not Source.V4L2 and (self.width_px or self.height_px or self.fourcc):
            raise ValueError(
                "width_px, height_px and fourcc are for a v4l2 camera; a file or network camera "
                "has its own"
            )
        if self.source.is_network:
            if self.path is not None or self.host is None or self.port is None:
                raise ValueError(f"a camera of source {self.source} has host and port, and no path")
            if self.source is Source.HTTP and self.fps is None:
                raise ValueError("fps: missing; a stream over HTTP does not tell its rate")
        elif (
            self.path is None
            or self.host
            or self.port
            or self.url_path != "/"
            or self.credentials_file
        ):
            raise ValueError(
                f"a camera of source {self.source} has a path; host, port, url_path and "
                "credentials_file are for rtsp, http"
            )
        return self

    @property
    def local_path(self) -> Path:
        """Return the path of a file or an attached camera."""
        assert self.path is not None  # noqa: S101 - checked above for every source that has one
        return self.path


class View(_Section):
    """The frame in which lines, zones and ground points were drawn.

    Left out, it is the camera's own.
    """

    frame_width_px: Annotated[int, Field(ge=64, le=7680)]
    frame_height_px: Annotated[int, Field(ge=64, le=4320)]


class Line(_Section):
    """A line to count at, from A to B.

    What a tally said of it comes from the file that `edge-agent calibrate` writes.
    """

    id: Name
    a: Corner
    b: Corner
    count_max: CountMax | None = None
    bias_permille: Annotated[int, Field(ge=-900, le=3000)] | None = None
    spread_permille: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if math.dist(self.a, self.b) < 1:
            raise ValueError("a and b are the same point; a line needs two")
        if (self.bias_permille is None) != (self.spread_permille is None):
            raise ValueError("bias_permille and spread_permille go together; give both or neither")
        return self


class Zone(_Section):
    """An area whose occupancy is counted."""

    id: Name
    polygon: Annotated[tuple[Corner, ...], Field(min_length=3, max_length=32)]
    count_max: CountMax | None = None

    @model_validator(mode="after")
    def _is_anarea(self) -> Self:
        if mistake := area_mistake(self.polygon):
            raise ValueError(mistake)
        return self


class Mask(_Section):
    """An area blanked before the model sees it: a door, a window, a terrace."""

    polygon: Annotated[tuple[Corner, ...], Field(min_length=3, max_length=32)]

    @model_validator(mode="after")
    def _is_an_area(self) -> Self:
        if mistake := area_mistake(self.polygon):
            raise ValueError(f"{mistake}: what it leaves out would be looked at")
        return self


class GroundPlane(_Section):
    """Four points in the picture and where they lie on the ground, as measured by tape."""

    pixels: Annotated[tuple[Corner, ...], Field(min_length=4, max_length=4)]
    metres: Annotated[tuple[Corner, ...], Field(min_length=4, max_length=4)]

    @model_validator(mode="after")
    def _spans_a_plane(self) -> Self:
        for name, points in (("pixels", self.pixels), ("metres", self.metres)):
            if any(abs(area(three)) < 0.01 for three in combinations(points, 3)):  # noqa: PLR2004 - a sliver of a hundredth
                raise ValueError(
                    f"three of the four {name} lie on one straight line; measure points that span "
                    "the place"
                )
        return self


class PersonHeight(_Section):
    """How tall a person was in the picture, and at which row she stood."""

    row_px: Annotated[float, Field(ge=0, le=4320)]
    height_px: Annotated[float, Field(ge=4, le=4320)]


class Detector(_Section):
    """How the model looks at this scene. What is left out, the model's card recommends."""

    model: Name = "person-ssdlite"
    input_width_px: Annotated[int, Field(ge=96, le=1920)] | None = None
    input_height_px: Annotated[int, Field(ge=96, le=1920)] | None = None
    keep_aspect: bool | None = None
    confidence_min: Annotated[float, Field(ge=0.01, le=0.95)] | None = None
    confidence_high: Annotated[float, Field(ge=0.01, le=0.95)] | None = None
    overlap_max: Annotated[float, Field(ge=0.1, le=0.9)] = 0.5
    threads: Annotated[int, Field(ge=1, le=16)] = 1
    provider: Annotated[str, Field(pattern="^[A-Za-z]+ExecutionProvider$")] = "CPUExecutionProvider"
    full_look_s: Annotated[float, Field(ge=0, le=60)] = 4.0
    crop: bool = False
    tiles_each: Annotated[int, Field(ge=0, le=4)] = 0
    rate_min_hz: Annotated[float, Field(ge=1, le=60)] = 5.0

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.input_width_px is None) != (self.input_height_px is None):
            raise ValueError("input_width_px and input_height_px go together; give both or neither")
        if (
            self.confidence_min is not None
            and self.confidence_high is not None
            and self.confidence_min > self.confidence_high
        ):
            raise ValueError(
                "confidence_min is above confidence_high; weak detections lie below strong ones"
            )
        return self


class Window(_Section):
    """How time is cut, and when a window is released."""

    length_s: Annotated[int, Field(ge=2, le=3600)] = 60
    release_offset_s: Annotated[int, Field(ge=0, le=OFFSET_S_MAX)] | None = None
    clock: Clock = Clock.LIVE
    clock_wait_s: Annotated[int, Field(ge=0, le=86_400)] = 900
    replay_epoch_s: Annotated[int, Field(ge=0, le=2**40)] = 946_684_800
    """Midnight of 2000-01-01 UTC: a replayed window is seen to be one."""


class Disclosure(_Section):
    """The rule every count passes before it is stored, and the cap on what a lying sensor could say."""

    rule: RuleName = RuleName.DISCRETE_LAPLACE
    epsilon: Annotated[float, Field(ge=EPSILON_MIN, le=EPSILON_MAX, allow_inf_nan=False)] = 1.0
    passage_epsilon: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] | None = None
    passage_s: Annotated[int, Field(ge=1, le=3600)] = PASSAGE_S
    class_epsilon: (
        Annotated[float, Field(ge=EPSILON_MIN, le=EPSILON_MAX, allow_inf_nan=False)] | None
    ) = None
    base: Annotated[int, Field(ge=2, le=100)] = 3
    minimum: Annotated[int, Field(ge=2, le=1000)] = 10
    edges: Annotated[
        tuple[Annotated[int, Field(ge=0, le=10_000)], ...], Field(min_length=2, max_length=32)
    ] = (
        0,
        5,
        10,
        20,
        50,
        100,
    )
    capacity_bits_per_minute_max: Annotated[float, Field(gt=0, le=100_000)] = 180.0

    @model_validator(mode="after")
    def _edges_rise(self) -> Self:
        if self.edges[0] != 0 or any(
            low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)
        ):
            raise ValueError("edges must begin with 0 and rise")
        return self

    @model_validator(mode="after")
    def _one_budget(self) -> Self:
        if self.passage_epsilon is None:
            return self
        if self.rule is not RuleName.DISCRETE_LAPLACE:
            raise ValueError(
                f"passage_epsilon belongs to discrete_laplace, got rule {self.rule}; leave one of "
                "the two out"
            )
        if "epsilon" in self.model_fields_set:
            raise ValueError(
                "epsilon and passage_epsilon are both given; give one, the other follows"
            )
        return self

    @model_validator(mode="after")
    def _classes_by_their_rule(self) -> Self:
        if self.class_epsilon is not None and self.rule is not RuleName.DISCRETE_LAPLACE:
            raise ValueError(
                f"class_epsilon belongs to discrete_laplace, got rule {self.rule}; leave it out: "
                "no class leaves under random_rounding, suppress_below or buckets, and every "
                "class as it is under exact"
            )
        return self

    def class_epsilon_thousandths(self) -> int:
        """Return what each class costs that leaves in a window.

        0 where none leaves, or under exact all as they are.
        """
        return round((self.class_epsilon or 0.0) * 1000)

    def parameters(self) -> tuple[int, ...]:
        """Return the rule's parameters as they travel in the report."""
        return {
            RuleName.DISCRETE_LAPLACE: (round(self.epsilon * 1000),),
            RuleName.RANDOM_ROUNDING: (self.base,),
            RuleName.SUPPRESS_BELOW: (self.minimum,),
            RuleName.BUCKETS: self.edges,
            RuleName.EXACT: (),
        }[self.rule]


class Protocol(StrEnum):
    """The MQTT version spoken to the broker."""

    V5 = "5"
    V311 = "3.1.1"


class Purpose(_Section):
    """Why there is a camera. A box needs it before it may open a live camera at a real site."""

    controller: Text
    purpose: Text
    legal_basis: Text
    dpia_reference: Text
    contact: Text
    active_hours: Annotated[
        str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")
    ] = "00:00-23:59"
    end_date: date
    place: Text | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    page_url: (
        Annotated[
            str, Field(pattern=r"^https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/-]*)?$", max_length=200)
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _is_open_for_a_while(self) -> Self:
        begin, end = self.active_hours.split("-")
        if begin == end:
            raise ValueError(
                f"active_hours: got {self.active_hours}, which is one minute a day; the whole day "
                "is 00:00-23:59"
            )
        return self


class Confinement(_Section):
    """The least that the kernel must hold.

    Left out, `standard` at a real site and `process` at a test site.
    """

    level_min: Level | None = None


class Broker(_Section):
    """The broker of the centre.

    TLS where its files are named; away from this machine TLS is required.
    """

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$"), AfterValidator(_of_labels)] = (
        "127.0.0.1"
    )
    port: Annotated[int, Field(ge=1, le=65_535)] = 1883
    protocol: Protocol = Protocol.V5
    ca_file: FilePath | None = None
    certificate_file: FilePath | None = None
    key_file: FilePath | None = None

    @model_validator(mode="after")
    def _tls_away_from_home(self) -> Self:
        named = [self.ca_file, self.certificate_file, self.key_file]
        if any(named) and not all(named):
            raise ValueError(
                "ca_file, certificate_file and key_file go together; give all three or none"
            )
        if not any(named) and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(
                f"host {self.host} is another machine; give ca_file, certificate_file and key_file "
                "for TLS"
            )
        return self


class Store(_Section):
    """Where the box keeps what waits and what has gone."""

    directory: FilePath
    bytes_max: Annotated[int, Field(ge=262_144, le=2**32)] = 67_108_864
    payload_days: Annotated[int, Field(ge=1, le=3650)] = 14


class Keys(_Section):
    """The folder that `edge-agent keygen` filled."""

    directory: FilePath


class Config(_Section):
    """One device."""

    site: Name
    device: Name
    test_site: bool = False
    camera: Camera
    view: View | None = None
    lines: Annotated[tuple[Line, ...], Field(max_length=LINES_MAX)] = ()
    zones: Annotated[tuple[Zone, ...], Field(max_length=ZONES_MAX)] = ()
    masks: Annotated[tuple[Mask, ...], Field(max_length=32)] = ()
    ground_plane: GroundPlane | None = None
    person_heights: Annotated[tuple[PersonHeight, ...], Field(max_length=2)] = ()
    detector: Detector = Detector()
    window: Window = Window()
    disclosure: Disclosure = Disclosure()
    purpose: Purpose | None = None
    confinement: Confinement = Confinement()
    broker: Broker = Broker()
    store: Store
    keys: Keys

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        mistakes = [mistake for check in _CHECKS for mistake in check(self)]
        if mistakes:
            raise ValueError("\n".join(mistakes))
        if self.disclosure.passage_epsilon is not None:
            # From here on nobody asks where the epsilon of a number comes from. The model is frozen
            # for all but its own making.
            found = self.disclosure.model_copy(update={"epsilon": epsilon_of_a_number(self)})
            object.__setattr__(self, "disclosure", found)
        return self

    def counted(self) -> Counted:
        """Return what the box counts, for what one person spends."""
        return Counted(
            len(self.lines),
            len(self.zones),
            self.window.length_s,
            self.disclosure.class_epsilon or 0.0,
        )

    def record_schema(self) -> Schema:
        """Return what a record of this box may say."""
        lines, zones = self.line_caps(), self.zone_caps()
        return Schema(
            lines=tuple(cap.count_max for cap in lines), zones=tuple(cap.count_max for cap in zones)
        )

    def line_caps(self) -> tuple[Cap, ...]:
        """Return the most that a window can say of each line each way, and what that follows from."""
        (basis, ground), rule = self._ground(), self._rule()
        each = FLOW_MAX_PER_M_S * self.window.length_s
        return tuple(
            cap_of(
                ground and length_m(line.a, line.b, ground),
                each,
                basis,
                rule=rule,
                configured=line.count_max,
            )
            for line in self.lines
        )

    def zone_caps(self) -> tuple[Cap, ...]:
        """Return the most that a window can say of each zone, and what that follows from."""
        (basis, ground), rule = self._ground(), self._rule()
        return tuple(
            cap_of(
                ground and area_m2(zone.polygon, ground),
                DENSITY_MAX_PER_M2,
                basis,
                rule=rule,
                configured=zone.count_max,
            )
            for zone in self.zones
        )

    def _rule(self) -> Rule:
        return Rule(self.disclosure.rule, self.disclosure.parameters())

    def _ground(self) -> tuple[Basis, Ground | None]:
        """Return the map to the ground: as measured, or as two people tell it."""
        if self.ground_plane is not None:
            return Basis.GROUND_PLANE, to_seen_ground(
                self.ground_plane.pixels, self.ground_plane.metres
            )
        if self.person_heights:
            one, other = ((each.row_px, each.height_px) for each in self.person_heights)
            return Basis.PERSON_HEIGHTS, ground_of_heights(one, other, width_px=self._width_px())
        return Basis.NOTHING, None

    def _width_px(self) -> float:
        """Return the width of the frame in which all is drawn.

        Where nothing tells it, one that is hardly too small.
        """
        if self.view is not None:
            return float(self.view.frame_width_px)
        drawn = [point[0] for line in self.lines for point in (line.a, line.b)]
        drawn += [point[0] for zone in self.zones for point in zone.polygon]
        return max(float(self.camera.width_px or WIDTH_PX_UNKNOWN), *drawn)

    def release_offset_s(self) -> int:
        """Return how long after its end a window is released.

        As stated, or by the box's name, at most a third of the window.
        """
        if self.window.release_offset_s is not None:
            return self.window.release_offset_s
        drawn = int.from_bytes(hashlib.sha256(f"{self.site}/{self.device}".encode()).digest()[:8])
        return drawn % (min(OFFSET_S_MAX, self.window.length_s // 3) + 1)

    def scene_sha256(self, line: Line) -> str:
        """Return the hash of all that a line's count hangs on besides the people.

        A tally holds for this and for nothing else.
        """
        parts = {"camera", "view", "masks", "detector"}
        seen = self.model_dump(
            mode="json",
            include=parts,
            exclude={"camera": {"path", "loss_after_s"}, "detector": {"threads"}},
        )
        ends = line.model_dump(mode="json", include={"a", "b"})
        return hashlib.sha256(json.dumps([seen, ends], sort_keys=True).encode()).hexdigest()

    def sha256(self) -> str:
        """Return the hash that every report carries.

        Of all settings, defaults included, in one canonical form.

        Where files lie on this machine is left out: two boxes with the same settings have the same
        hash.
        """
        tree = self.model_dump(mode="json", exclude={"store": {"directory"}, "keys": True})
        for section, key in (
            ("camera", "path"),
            ("camera", "credentials_file"),
            *(("broker", name) for name in _TLS_FILES),
        ):
            tree[section].pop(key)
        return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()


def epsilon_of_a_number(config: Config) -> float:
    """Return what is left for each number of the budget of a passage."""
    disclosure = config.disclosure
    return epsilon_of(disclosure.passage_epsilon or 0.0, config.counted(), disclosure.passage_s)


def _budget_is_enough(config: Config) -> list[str]:
    if config.disclosure.passage_epsilon is None:
        return []
    each, numbers = (
        epsilon_of_a_number(config),
        passage(config.counted(), config.disclosure.passage_s).numbers,
    )
    budget = config.disclosure.passage_epsilon
    got = (
        f"disclosure.passage_epsilon: got {budget:g}, so {each:g} for each of the {numbers} "
        "numbers of a passage"
    )
    if each < EPSILON_MIN:
        change = (
            "raise it, lengthen window.length_s, shorten disclosure.passage_s, drop a line or "
            "zone, or leave class_epsilon out"
        )
        return [f"{got}, wanted {EPSILON_MIN:g} or more: under it a number is all noise; {change}"]
    return [f"{got}, wanted {EPSILON_MAX:g} or less; lower it"] if each > EPSILON_MAX else []


def _counts_something(config: Config) -> list[str]:
    return (
        []
        if config.lines or config.zones
        else ["lines, zones: got none of either, wanted at least one line or zone"]
    )


def _ids_differ(config: Config) -> list[str]:
    ids = [line.id for line in config.lines] + [zone.id for zone in config.zones]
    return [
        f"lines, zones: the id {name!r} is given twice; ids must differ"
        for name in sorted({i for i in ids if ids.count(i) > 1})
    ]


def _drawn_in_the_frame(config: Config) -> list[str]:
    if config.view is None:
        return []
    width, height = config.view.frame_width_px, config.view.frame_height_px
    drawn: list[tuple[str, Polygon]] = [
        (f"lines.{line.id}", (line.a, line.b)) for line in config.lines
    ]
    drawn += [(f"zones.{zone.id}", zone.polygon) for zone in config.zones]
    drawn += [(f"masks[{index}]", mask.polygon) for index, mask in enumerate(config.masks)]
    return [
        f"{name}: the point {point} lies outside the frame of view, {width} x {height}"
        for name, points in drawn
        for point in points
        if not (0 <= point[0] <= width and 0 <= point[1] <= height)
    ]


def _clock_fits_source(config: Config) -> list[str]:
    if config.window.clock is Clock.REPLAY and config.camera.source is not Source.FILE:
        return ["window.clock: got replay with a live camera; replay is for a file"]
    if (
        config.window.clock is Clock.LIVE
        and (config.window.release_offset_s or 0) + 1 >= config.window.length_s
    ):
        return [
            (
                f"window.release_offset_s: got {config.window.release_offset_s}, wanted less than "
                "window.length_s - 1"
            )
        ]
    return []


def _heights_fit_together(config: Config) -> list[str]:
    if not config.person_heights:
        return []
    if len(config.person_heights) == 1:
        return ["person_heights: got one, wanted two people at two places, or none"]
    upper, lower = sorted(config.person_heights, key=lambda one: one.row_px)
    if lower.row_px - upper.row_px < 1 or lower.height_px <= upper.height_px:
        return [
            (
                "person_heights: wanted two rows, and at the lower one (the larger row_px) the "
                "taller person"
            )
        ]
    return []


_CHECKS: tuple[Callable[[Config], list[str]], ...] = (
    _counts_something,
    _budget_is_enough,
    _ids_differ,
    _drawn_in_the_frame,
    _clock_fits_source,
    _heights_fit_together,
)


def load(path: Path, settings: tuple[str, ...] = ()) -> Config:
    """Read the config at `path`, with each `KEY=VALUE` of `settings` laid over it.

    VALUE is as in TOML; a bare word is a word, and `none` takes the default. Raises ConfigError:
    one line for each mistake, with the file, the key, what was found and what is allowed.
    """
    tree, text = read_tree(path)
    for setting in settings:
        _lay_over(tree, setting)
    set_keys = frozenset(setting.partition("=")[0].split(".")[0].strip() for setting in settings)
    config = _checked(path, tree, text, set_keys)
    return (
        _checked(path, tree, text, set_keys)
        if _lay_calibration(config, tree, calibration_file(path))
        else config
    )


def _checked(path: Path, tree: dict[str, Any], text: str, set_keys: frozenset[str]) -> Config:
    try:
        return Config.model_validate(tree, context=path.resolve().parent)
    except ValidationError as error:
        told = (
            line
            for mistake in error.errors()
            for line in explain(path, text, mistake, set_keys=set_keys)
        )
        raise ConfigError("\n".join(told)) from error


def _lay_calibration(config: Config, tree: dict[str, Any], path: Path) -> bool:
    """Lay what tallies said of each line over `tree`; say whether there was any.

    It holds for the scene it was made in.
    """
    if not path.exists():
        return False
    known = read_calibration(path)
    for line, entry in zip(config.lines, tree.get("lines", ()), strict=True):
        if line.id not in known:
            continue
        found = known[line.id]
        if line.bias_permille is not None:
            raise ConfigError(
                f"{path}: lines.{line.id}: the config has a bias_permille too; remove it there, or "
                "delete this file"
            )
        if found.scene_sha256 != config.scene_sha256(line):
            raise ConfigError(
                f"{path}: lines.{line.id}: made before the line, the view, the masks, the camera "
                "or the detector was changed; delete this file and run edge-agent calibrate again"
            )
        entry.update(bias_permille=found.bias_permille, spread_permille=found.spread_permille)
    return True


def _lay_over(tree: dict[str, Any], setting: str) -> None:
    key, equals, text = setting.partition("=")
    if not equals:
        raise ConfigError(f"setting {setting!r}: wanted KEY=VALUE, as in broker.port=1884")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text
    *sections, last = key.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"setting {setting!r}: {section} is no section")
    if text == "none":
        tree.pop(last, None)
    else:
        tree[last] = value
