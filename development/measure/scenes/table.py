# SPDX-License-Identifier: Apache-2.0
"""Measure any folder of scenes with any models, beside the peers: one table, and objects.

The command is `scripts/measure-counting scenes DATA [--model NAME]... [--json]`.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from development.measure.scenes import scene_folder
from development.measure.scenes.box import BoxRun, Course
from development.measure.scenes.figures import (
    Figures,
    codes,
    figures,
    line_intervals,
    share_held,
    zone_intervals,
)
from development.measure.scenes.film import SeenFilm, look, view_of, watched_quality
from development.measure.scenes.kept import looked_at_before
from development.measure.scenes.scene_folder import SceneFolder
from development.measure.scenes.truth import SceneTruth, truth_of
from edge_agent.counting.line import Line
from edge_agent.counting.zone import Zone
from edge_agent.vision.quality.monitor import WindowQuality

NOTHING = Figures(None, None, None)
Compare = Callable[[SeenFilm, Sequence[Line], Sequence[Zone], SceneTruth], Figures]
"""Counts a film with the peers, and returns the best figure of each column."""


@dataclass(frozen=True, slots=True)
class MeasuredScene:
    """One scene by one model: the keys of its object, in this order; None cannot be had.

    cover80: which share of the 80 % intervals held, of those stated after an hour. codes: word of
    the image quality to share of these windows. cpu_ms: processor ms a frame, of looking and
    counting. peer: the best peer's, column by column.
    """

    scene: str
    model: str
    input: str
    f1: float | None
    window_error_pct: float | None
    mae: float | None
    cover80_lines: float | None
    cover80_zones: float | None
    codes: dict[str, float]
    cpu_ms: float
    peer_f1: float | None
    peer_mae: float | None


def measure_all(
    data: Path,
    models: Sequence[str],
    course: Course,
    *,
    compare: Compare | None,
    cache: Path | None,
) -> Iterator[MeasuredScene]:
    """Measure each scene with each model; detections that came with a clip once.

    Without `compare` there are no peers; cache keeps what a model saw for the next command. Raises
    ConfigError, CameraError and ModelError.
    """
    for scene in scene_folder.scene_folders(data):
        qualities = watched_quality(scene, window_s=course.window_s)
        for model in models if scene.video else models[:1]:
            film = look(scene, model) if cache is None else looked_at_before(scene, model, cache)
            yield _measure(scene, film, qualities, course, compare)


def _measure(
    scene: SceneFolder,
    film: SeenFilm,
    qualities: Sequence[WindowQuality],
    course: Course,
    compare: Compare | None,
) -> MeasuredScene:
    lines, zones = drawn(scene, film)
    truth = truth_of(scene, film, lines, zones)
    view = view_of(*scene.laid_out(film.width_px, film.height_px))
    counted = BoxRun(film, qualities, view, course).run()
    ours = figures(counted.events, counted.people, truth)
    best = compare(film, lines, zones, truth) if compare is not None else NOTHING
    return MeasuredScene(
        scene=scene.name,
        model=film.model,
        input=film.input,
        f1=_rounded(ours.f1),
        window_error_pct=_rounded(ours.window_error_pct, 2),
        mae=_rounded(ours.mae),
        cover80_lines=_rounded(share_held(line_intervals(counted.windows, truth))),
        cover80_zones=_rounded(share_held(zone_intervals(counted.windows, truth))),
        codes=codes(counted.windows),
        cpu_ms=round(film.look_ms + counted.count_ms, 2),
        peer_f1=_rounded(best.f1),
        peer_mae=_rounded(best.mae),
    )


def drawn(scene: SceneFolder, film: SeenFilm) -> tuple[tuple[Line, ...], tuple[Zone, ...]]:
    """Return the lines and zones of a scene as counting knows them."""
    lines, zones = scene.laid_out(film.width_px, film.height_px)
    return (
        tuple(Line(line.id, line.a, line.b) for line in lines),
        tuple(Zone(zone.id, zone.polygon) for zone in zones),
    )


def table(measured: Sequence[MeasuredScene]) -> str:
    """Return a row for each scene and model."""
    head = (
        "| scene | model | input | F1 | best peer | window error, % | MAE | best peer | "
        "lines hold, % | zones hold, % | image quality | CPU ms a frame |"
    )
    rows = [
        f"| {one.scene} | {one.model} | {one.input} | {_cell(one.f1, 3)} | "
        f"{_cell(one.peer_f1, 3)} | {_cell(one.window_error_pct, 1)} | "
        f"{_cell(one.mae, 2)} | {_cell(one.peer_mae, 2)} | "
        f"{_percent(one.cover80_lines)} | {_percent(one.cover80_zones)} | "
        f"{', '.join(f'{word} {100 * share:.0f} %' for word, share in one.codes.items())} | "
        f"{one.cpu_ms:.1f} |"
        for one in measured
    ]
    return "\n".join(
        [
            (
                "Each film is played again and again; intervals and image quality are those of the "
                "windows after an hour, the rest is"
            ),
            (
                "once through. Of the peers (`trackers` ByteTrack, OC-SORT and SORT, supervision's "
                "`LineZone` and `PolygonZone`) the best"
            ),
            "is taken, column by column.",
            "",
            head,
            "|---" * (head.count("|") - 1) + "|",
            *rows,
        ]
    )


def objects(measured: Sequence[MeasuredScene]) -> str:
    """Return one JSON object a line."""
    return "\n".join(json.dumps(asdict(one)) for one in measured)


def told(measured: Iterator[MeasuredScene]) -> list[MeasuredScene]:
    """Return all of them, and tell of each as it comes."""
    found = []
    for one in measured:
        sys.stderr.write(f"{one.scene}, {one.model}: F1 {_cell(one.f1, 3)}, {one.codes}\n")
        found.append(one)
    return found


def _rounded(figure: float | None, digits: int = 4) -> float | None:
    return None if figure is None else round(figure, digits)


def _cell(figure: float | None, digits: int) -> str:
    return "-" if figure is None else f"{figure:.{digits}f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f}"
