# SPDX-License-Identifier: Apache-2.0
"""One scene as it lies on disk: what is looked at, what is counted where, and what is true.

    video.*         a film, or
    det.txt         detections in MOTChallenge form, where there is no film
    gt.txt          the truth in MOTChallenge form, or
    counts.tsv      heads that somebody counted in some frames; with neither only codes are measured
    seqinfo.ini     frameRate, seqLength, imWidth and imHeight, as MOTChallenge has them
    scene.toml      fps, confidence_range of det.txt, [[lines]] and [[zones]] as in a box's config

Without scene.toml eighteen lines lie over the picture, always the same, and one zone is all of it.
"""

import configparser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from edge_agent.config.messages import read_tree
from edge_agent.config.sections.fields import Section
from edge_agent.config.sections.scene import Line, Zone
from edge_agent.errors import ConfigError

UPRIGHT, LEVEL, LEVEL_FROM, SLANTING = 8, 8, 3, 6
"""Into how many parts upright and level lines cut the picture, from which row on there are level
ones, and how many slant: 7 + 5 + 6 are eighteen."""
BELOW = 1.1
"""Of who stands at the lower edge the feet are below it: the zone of the whole picture goes on so
far, heights."""


class SceneFile(Section):
    """What scene.toml may say."""

    fps: Annotated[float, Field(ge=0.1, le=240)] | None = None
    confidence_range: tuple[float, float] = (0.0, 1.0)
    lines: tuple[Line, ...] = ()
    zones: tuple[Zone, ...] = ()


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What seqinfo.ini says; None where it does not."""

    fps: float | None = None
    frames: int | None = None
    width_px: int | None = None
    height_px: int | None = None


@dataclass(frozen=True, slots=True)
class SceneFolder:
    """One scene; video or detections is a path, and of truth and counts at most one."""

    name: str
    video: Path | None
    detections: Path | None
    truth: Path | None
    counts: Path | None
    sequence: SequenceInfo
    drawn: SceneFile

    @property
    def fps(self) -> float | None:
        """Return the frames a second that somebody has stated; None believes the container."""
        return self.drawn.fps or self.sequence.fps

    def laid_out(
        self, width_px: int, height_px: int, *, below: float = BELOW
    ) -> tuple[tuple[Line, ...], tuple[Zone, ...]]:
        """Return lines and zones over a picture of this size: those drawn, or always the same."""
        if self.drawn.lines or self.drawn.zones:
            return self.drawn.lines, self.drawn.zones
        return grid(width_px, height_px), (whole_picture(width_px, height_px, below=below),)


def scene_folders(data: Path) -> list[SceneFolder]:
    """Return the scenes in the folders of `data`, by name. Raises ConfigError."""
    if not data.is_dir():
        raise ConfigError(f"{data}: got no folder, wanted one with a folder for each scene")
    found = [read_scene(folder) for folder in sorted(data.iterdir()) if _looks_like_one(folder)]
    if not found:
        raise ConfigError(f"{data}: got no folder with video.* or det.txt, wanted one at least")
    return found


def read_scene(folder: Path) -> SceneFolder:
    """Read what one folder says of its scene. Raises ConfigError."""
    videos = sorted(one for one in folder.glob("video.*") if one.is_file())
    if len(videos) > 1:
        names = ", ".join(one.name for one in videos)
        raise ConfigError(f"{folder}: got {names}, wanted one film")
    detections = _file(folder / "det.txt")
    if not videos and detections is None:
        raise ConfigError(f"{folder}: got neither video.* nor det.txt, wanted one of them")
    truth, counts = _file(folder / "gt.txt"), _file(folder / "counts.tsv")
    if truth and counts:
        raise ConfigError(f"{folder}: got gt.txt and counts.tsv, wanted one truth")
    drawn = _drawn(folder / "scene.toml")
    if counts and len(drawn.zones) > 1:
        raise ConfigError(
            f"{folder}: got counts.tsv and {len(drawn.zones)} zones, wanted one zone, whose people "
            "were counted"
        )
    return SceneFolder(
        name=folder.name,
        video=videos[0] if videos else None,
        detections=None if videos else detections,
        truth=truth,
        counts=counts,
        sequence=_sequence(folder / "seqinfo.ini"),
        drawn=drawn,
    )


def grid(width_px: float, height_px: float) -> tuple[Line, ...]:
    """Lay seven upright lines, five level ones in the lower part, and six that slant."""
    width, height = float(width_px), float(height_px)
    upright = [
        Line(id=f"x{part}", a=(width * part / UPRIGHT, 0.0), b=(width * part / UPRIGHT, height))
        for part in range(1, UPRIGHT)
    ]
    level = [
        Line(id=f"y{part}", a=(0.0, height * part / LEVEL), b=(width, height * part / LEVEL))
        for part in range(LEVEL_FROM, LEVEL)
    ]
    step = width / (SLANTING + 1)
    slanting = [
        Line(id=f"lean{part}", a=(step * (part + 1), 0.0), b=(step * (part - 1), height))
        for part in range(1, SLANTING + 1)
    ]
    return (*upright, *level, *slanting)


def whole_picture(width_px: float, height_px: float, *, below: float = BELOW) -> Zone:
    """Return a zone of the whole picture, down to `below` heights of it."""
    right, end = float(width_px), below * height_px
    return Zone(id="picture", polygon=((0.0, 0.0), (right, 0.0), (right, end), (0.0, end)))


def _looks_like_one(folder: Path) -> bool:
    return folder.is_dir() and (any(folder.glob("video.*")) or (folder / "det.txt").exists())


def _file(path: Path) -> Path | None:
    return path if path.is_file() else None


def _drawn(path: Path) -> SceneFile:
    if not path.exists():
        return SceneFile()
    tree, _ = read_tree(path)
    try:
        drawn = SceneFile.model_validate(tree)
    except ValidationError as error:
        told = (
            f"{path}: {'.'.join(map(str, one['loc']))}: {one['msg']}; got {one['input']!r:.60}"
            for one in error.errors()
        )
        raise ConfigError("\n".join(told)) from error
    ids = [line.id for line in drawn.lines] + [zone.id for zone in drawn.zones]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise ConfigError(f"{path}: got {', '.join(sorted(twice))} twice, wanted each id once")
    return drawn


def _sequence(path: Path) -> SequenceInfo:
    if not path.exists():
        return SequenceInfo()
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text("utf-8-sig"), source=str(path))
        section = parser["Sequence"]
        return SequenceInfo(
            fps=section.getfloat("frameRate"),
            frames=section.getint("seqLength"),
            width_px=section.getint("imWidth"),
            height_px=section.getint("imHeight"),
        )
    except (OSError, ValueError, KeyError, configparser.Error) as error:
        raise ConfigError(
            f"{path}: {error}; wanted [Sequence] with frameRate, seqLength, imWidth, imHeight"
        ) from error
