# SPDX-License-Identifier: Apache-2.0
"""One TOML file a device, one frozen tree.

Read here, checked here, explained here; nobody else opens it.

Paths in the file are relative to the file's own folder. `load` raises ConfigError with one line for
each mistake.
"""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from edge_agent.channel import Schema
from edge_agent.config import checks
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
from edge_agent.config.geometry import to_seen_ground
from edge_agent.config.messages import explain, read_tree
from edge_agent.config.privacy_loss import Counted
from edge_agent.config.sections.broker import Broker, Keys, Store
from edge_agent.config.sections.camera import Camera, View
from edge_agent.config.sections.detector import Detector
from edge_agent.config.sections.disclosure import OFFSET_S_MAX, Disclosure, Window
from edge_agent.config.sections.fields import Name, Section
from edge_agent.config.sections.purpose import Commission, Confinement, Purpose
from edge_agent.config.sections.scene import GroundPlane, Line, Mask, PersonHeight, Zone
from edge_agent.errors import ConfigError
from wire_contract.messages.report import LINES_MAX, ZONES_MAX, Rule

_TLS_FILES = ("ca_file", "certificate_file", "key_file")


class Config(Section):
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
    commission: Commission = Commission()
    broker: Broker = Broker()
    store: Store
    keys: Keys

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        counted = self.counted()
        mistakes = [
            *checks.counts_nothing(self.lines, self.zones),
            *checks.budget_out_of_range(self.disclosure, counted),
            *checks.ids_given_twice(self.lines, self.zones),
            *checks.points_outside_the_view(self.view, self.lines, self.zones, self.masks),
            *checks.clock_unfit_for_camera(self.window, self.camera),
            *checks.heights_that_tell_no_scale(self.person_heights),
        ]
        if mistakes:
            raise ValueError("\n".join(mistakes))
        if self.disclosure.passage_epsilon is not None:
            # From here on nobody asks where the epsilon of a number comes from. The model is frozen
            # for all but its own making.
            epsilon = checks.epsilon_of_a_number(self.disclosure, counted)
            found = self.disclosure.model_copy(update={"epsilon": epsilon})
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
        """Return the largest count of each line each way in a window, and what it follows from."""
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
        """Return the largest count of each zone in a window, and what it follows from."""
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
        """Return the width of the frame that lines and zones are given in.

        Where nothing tells it, one that is hardly too small.
        """
        if self.view is not None:
            return float(self.view.frame_width_px)
        columns = [point[0] for line in self.lines for point in (line.a, line.b)]
        columns += [point[0] for zone in self.zones for point in zone.polygon]
        return max(float(self.camera.width_px or WIDTH_PX_UNKNOWN), *columns)

    def release_offset_s(self) -> int:
        """Return how long after its end a window is released.

        The config says it; else it follows from the box's name, and is at most a third of the
        window.
        """
        if self.window.release_offset_s is not None:
            return self.window.release_offset_s
        number = int.from_bytes(hashlib.sha256(f"{self.site}/{self.device}".encode()).digest()[:8])
        return number % (min(OFFSET_S_MAX, self.window.length_s // 3) + 1)

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

        It is of all settings, defaults included, in one canonical form.

        Where files lie on this machine is left out, and where an installer's page was: two boxes
        with the same settings have the same hash.
        """
        tree = self.model_dump(
            mode="json", exclude={"store": {"directory"}, "keys": True, "commission": True}
        )
        for section, key in (
            ("camera", "path"),
            ("camera", "credentials_file"),
            *(("broker", name) for name in _TLS_FILES),
        ):
            tree[section].pop(key)
        return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()


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
