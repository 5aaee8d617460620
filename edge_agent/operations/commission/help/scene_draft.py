# SPDX-License-Identifier: Apache-2.0
"""What is drawn so far: lines, zones, masks and taped points, as shares of the picture. Pure.

What comes from a page is checked here, once: names, counts and places within their bounds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_agent.errors import ConfigError

Place = tuple[float, float]
LINES_MAX, ZONES_MAX, MASKS_MAX, CORNERS_MAX, TAPED_MAX = 8, 8, 16, 16, 12
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")


@dataclass(frozen=True, slots=True)
class Taped:
    """Somebody stood on a mark: where they showed, and where the tape says that it lies.

    right_m is None where only the distance was measured.
    """

    place: Place
    right_m: float | None
    away_m: float


@dataclass(slots=True)
class SceneDraft:
    """What is drawn so far; in the order of drawing."""

    lines: dict[str, tuple[Place, Place]] = field(default_factory=dict)
    zones: dict[str, tuple[Place, ...]] = field(default_factory=dict)
    masks: list[tuple[Place, ...]] = field(default_factory=list)
    taped: list[Taped] = field(default_factory=list)
    walked: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of lines that were walked across: how often in and out."""

    def draw_line(self, name: str, a: Place, b: Place) -> None:
        """Draw a line, or draw it anew. Raises ConfigError."""
        _named(name, self.lines, LINES_MAX)
        if abs(a[0] - b[0]) + abs(a[1] - b[1]) < 1 / 60:
            raise ConfigError("a line needs two ends that lie apart")
        self.lines[name] = (a, b)
        self.walked.pop(name, None)

    def turn_line(self, name: str) -> None:
        """Let in be out. Raises ConfigError."""
        if name not in self.lines:
            raise ConfigError("there is no such line")
        a, b = self.lines[name]
        self.draw_line(name, b, a)

    def draw_zone(self, name: str, corners: tuple[Place, ...]) -> None:
        """Draw a zone, or draw it anew. Raises ConfigError."""
        _named(name, self.zones, ZONES_MAX)
        self.zones[name] = _cornered(corners)

    def draw_mask(self, corners: tuple[Place, ...]) -> None:
        """Blank an area. Raises ConfigError."""
        if len(self.masks) >= MASKS_MAX:
            raise ConfigError(f"{MASKS_MAX} masks are all that fit")
        self.masks.append(_cornered(corners))

    def tape(self, taped: Taped) -> None:
        """Note a taped point. Raises ConfigError."""
        if len(self.taped) >= TAPED_MAX:
            raise ConfigError(f"{TAPED_MAX} taped points are all that fit")
        self.taped.append(taped)

    def remove(self, name: str) -> None:
        """Take a line or zone away, the last `mask`, or all `taped` points. Raises ConfigError."""
        if name in self.lines:
            del self.lines[name]
            self.walked.pop(name, None)
        elif name in self.zones:
            del self.zones[name]
        elif name == "mask" and self.masks:
            self.masks.pop()
        elif name == "taped":
            self.taped.clear()
        else:
            raise ConfigError("there is no line or zone of this name")


def _named(name: str, known: Mapping[str, object], limit: int) -> None:
    if not _NAME.fullmatch(name) or name in ("mask", "taped"):
        raise ConfigError("a name has small letters, digits and hyphens, 24 at most")
    if name not in known and len(known) >= limit:
        raise ConfigError(f"{limit} are all that fit")


def _cornered(corners: tuple[Place, ...]) -> tuple[Place, ...]:
    if not 3 <= len(corners) <= CORNERS_MAX:  # noqa: PLR2004 - a triangle
        raise ConfigError(f"an area needs 3 to {CORNERS_MAX} corners")
    return corners
