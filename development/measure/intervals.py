# SPDX-License-Identifier: Apache-2.0
"""Make the table of errors anew from clips and streets, and measure how often intervals hold.

Each real clip is held out once: the table of that turn knows nothing of it, by whichever detector
it was looked at. Streets and squares of the measuring seeds are in no table, and of the crowded
square and the level line no table has any. The command is `scripts/measure-counting intervals`.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from development.fakes.street import Flaws, SyntheticStreet
from development.measure.clips.mot import read_mot
from development.measure.clips.truth import Truth, read_truth
from development.measure.interval_table import (
    BETWEEN_SCENES,
    KNOTS,
    LabelledScene,
    Sample,
    between_scenes_permille,
    coverage,
    fit,
    samples,
)
from development.measure.scoring import true_events
from development.measure.streets.square import (
    FPS,
    HEIGHT_PX,
    WIDTH_PX,
    Square,
    any_square,
    crowded_square,
    level_line,
)
from edge_agent.config.schema import load
from edge_agent.counting.detection import Detections
from edge_agent.counting.geometry import inside
from edge_agent.counting.line import Line
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.zone import Zone
from edge_agent.disclosure.interval.interval import Quantity, Table
from edge_agent.models.card import read_card
from edge_agent.processes.launch import detector_settings
from edge_agent.vision.assembly import fit_detector
from edge_agent.vision.capture.file_camera import FileCamera
from wire_contract.messages.report import Rule, RuleName

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "firmware_configs" / "examples" / "vtest.toml"
TABLE = ROOT / "edge_agent" / "disclosure" / "interval" / "error_table.py"
REAL_WINDOWS_S = (5.0, 10.0, 20.0)
STREET_WINDOWS_S = (10.0, 30.0)
STREET_PEOPLE = (1, 3, 10, 20, 40, 100)
STREET_FPS, STREET_S = 10.0, 60.0
CALIBRATING_SEEDS, MEASURING_SEEDS = range(1, 3), range(101, 103)
SQUARE_WINDOWS_S = (10.0, 20.0)
CALIBRATING_SQUARES, MEASURING_SQUARES = range(1, 61), range(901, 931)
"""Each seed draws a square of another kind."""
FLAWS = (
    Flaws(
        time_jitter_s=0.02,
        missed_share=0.15,
        box_jitter_heights=0.03,
        low_share=0.15,
        people_hide_people=True,
    ),
    Flaws(
        time_jitter_s=0.03,
        missed_share=0.30,
        box_jitter_heights=0.05,
        low_share=0.25,
        people_hide_people=True,
    ),
)
LAPLACE, EXACT = Rule(RuleName.DISCRETE_LAPLACE, (1000,)), Rule(RuleName.EXACT, ())
Frames = list[tuple[float, Detections]]


@dataclass(frozen=True, slots=True)
class Clip:
    """A labelled clip; people above top_px are not in its truth."""

    name: str
    folder: Path
    fps: float
    frames: int
    size_px: tuple[float, float]
    top_px: float = 0.0

    def labelled(self, frames: Frames, settings: TrackerSettings) -> LabelledScene:
        """Return it as looked at by one detector."""
        lines, zones = grid(*self.size_px, top_px=self.top_px)
        truth = read_truth(self.folder / "gt.txt", lines, zones, fps=self.fps, frames=self.frames)
        return LabelledScene(
            self.name, frames, truth, lines, zones, settings, self.fps, self.size_px[0]
        )


def grid(
    width_px: float, height_px: float, *, top_px: float = 0.0
) -> tuple[tuple[Line, ...], tuple[Zone, ...]]:
    """Lay eight lines and three zones over a frame, below `top_px`."""
    upright = [
        Line(f"x{part}", (width_px * part / 6, top_px), (width_px * part / 6, height_px))
        for part in range(1, 6)
    ]
    level = [
        Line(f"y{part}", (0.0, height_px * part / 6), (width_px, height_px * part / 6))
        for part in range(3, 6)
    ]
    middle = width_px / 2
    areas = {"all": (0.0, width_px), "left": (0.0, middle), "right": (middle, width_px)}
    zones = [
        Zone(name, ((a, top_px), (b, top_px), (b, height_px), (a, height_px)))
        for name, (a, b) in areas.items()
    ]
    return (*upright, *level), tuple(zones)


def detected(
    video: Path, fps: float, model: str = "person-ssdlite"
) -> tuple[Frames, TrackerSettings]:
    """Look at a video with a model, as its card recommends."""
    frames: Frames = []
    with FileCamera(video, fps=fps, paced=False, loss_after_s=60.0) as camera:
        size = {"width_px": camera.frame_width_px, "height_px": camera.frame_height_px}
        _, detector, thresholds = fit_detector(
            detector_settings(load(CONFIG, (f"detector.model={model}",))), **size
        )
        while (frame := camera.read(60.0)) is not None:
            frames.append((frame.captured_s, detector.detect(frame)))
    return frames, thresholds


def published(path: Path, fps: float, frames: int) -> tuple[Frames, TrackerSettings]:
    """Take detections that came with a clip."""
    return list(read_mot(path, fps=fps, frames=frames).steps()), TrackerSettings()


def models_at_hand() -> Iterator[str]:
    """Yield the detectors whose weights are here: each counts other people wrong."""
    for card in sorted(path.parent for path in (ROOT / "models").glob("*/model.toml")):
        if (ROOT / "var" / "models" / read_card(card).onnx_name).exists():
            yield card.name


def real_clips(data: Path) -> Iterator[LabelledScene]:
    """Yield each labelled clip under `data`, by each detector that we have for it."""
    clips = (
        (
            Clip("vtest", data / "video" / "vtest", 7.0, 795, (768.0, 576.0), top_px=150.0),
            ROOT / "var" / "clips" / "vtest.avi",
        ),
        (
            Clip("stadtmitte", data / "video" / "tud-stadtmitte", 25.0, 179, (640.0, 480.0)),
            data / "video" / "tud-stadtmitte" / "TUD-Stadtmitte.mp4",
        ),
        *(
            (Clip(name, data / "tracks" / name, 30.0, count, (1920.0, 1080.0)), None)
            for name, count in (("ADL-Rundle-6", 525), ("Venice-2", 600))
        ),
    )
    for clip, video in clips:
        if video is not None:
            for model in models_at_hand():
                yield clip.labelled(*detected(video, clip.fps, model))
        yield clip.labelled(*published(clip.folder / "det.txt", clip.fps, clip.frames))


def streets(seeds: Sequence[int]) -> Iterator[LabelledScene]:
    """Yield synthetic streets of every density and flaw."""
    lines = tuple(
        Line(f"x{part}", (192.0 * part, 0.0), (192.0 * part, 576.0)) for part in (1, 2, 3)
    )
    zones = (
        Zone("part", ((100.0, 100.0), (500.0, 100.0), (500.0, 576.0), (100.0, 576.0))),
        *grid(768.0, 576.0)[1][:1],
    )
    for seed in seeds:
        for people in STREET_PEOPLE:
            for number, flaws in enumerate(FLAWS):
                street = SyntheticStreet.busy(seed * 1000 + people, people=people, seconds=STREET_S)
                frames = street.frames(STREET_FPS, flaws, seed=seed)
                truth = Truth(
                    tuple(
                        tuple(
                            (one.at_s, one.direction == "in")
                            for one in street.crossings(line.a, line.b)
                        )
                        for line in lines
                    ),
                    tuple(np.array(street.people_inside(zone.polygon, frames)) for zone in zones),
                )
                seen = [
                    (frame.at_s, Detections(frame.boxes, frame.confidences)) for frame in frames
                ]
                yield LabelledScene(
                    f"street-{people}-{number}",
                    seen,
                    truth,
                    lines,
                    zones,
                    TrackerSettings(),
                    STREET_FPS,
                    street.width_px,
                )


def labelled_square(square: Square, name: str, *, seed: int) -> LabelledScene:
    """Look at a square: its lines, all of it and its left half."""
    lines = square.lines
    zones = tuple(
        Zone(id_, ((0.0, 0.0), (right, 0.0), (right, 1.1 * HEIGHT_PX), (0.0, 1.1 * HEIGHT_PX)))
        for id_, right in (("all", float(WIDTH_PX)), ("left", WIDTH_PX / 2.0))
    )
    frames, rows = list(square.frames(seed)), square.truth()
    feet = np.column_stack([rows[:, 2] + rows[:, 4] / 2.0, rows[:, 3] + rows[:, 5]])
    numbers = rows[:, 0].astype(np.int64) - 1
    people = tuple(
        np.bincount(numbers[inside(feet, np.array(zone.polygon))], minlength=len(frames))
        for zone in zones
    )
    crossings = tuple(
        tuple((one.at_s, one.direction == "in") for one in true_events(rows, line, FPS))
        for line in lines
    )
    settings = TrackerSettings()
    truth = Truth(crossings, people)
    return LabelledScene(name, frames, truth, lines, zones, settings, FPS, float(WIDTH_PX))


def squares(seeds: Sequence[int]) -> Iterator[LabelledScene]:
    """Yield a square of another kind for each seed."""
    for seed in seeds:
        yield labelled_square(any_square(seed), f"square-{seed}", seed=seed)


def plain_squares(seeds: Sequence[int]) -> Iterator[LabelledScene]:
    """Yield the crowded square and the level line that other programs measure with."""
    for seed in seeds:
        for square in (crowded_square(seed), level_line(seed)):
            yield labelled_square(square, square.name, seed=seed)


def measured(known: Sequence[Sample], table: Table) -> dict[str, dict[str, float]]:
    """Say how often intervals hold, exact and as released, for all and for each quantity."""
    groups = {
        "all": known,
        "zones": [one for one in known if one.quantity is not Quantity.LINE],
        **{str(one): [each for each in known if each.quantity is one] for one in Quantity},
    }
    return {
        f"{name} {word}": asdict(coverage(group, table, rule))
        for name, group in groups.items()
        for word, rule in (("exact", EXACT), ("released", LAPLACE))
    }


def write(table: Table) -> None:
    """Write the table as the module that the gate imports."""
    rows = []
    for quantity, classes in table.items():
        rows.append(f'    "{quantity}": (')
        for number, row in enumerate(classes):
            rows.append(f"        # class {number}" if number else "        # all classes")
            rows.append('        _rows("""')
            rows += [
                line for errors in row for line in textwrap.wrap(" ".join(map(str, errors)), 100)
            ]
            rows.append('"""),')
        rows.append("    ),")
    TABLE.write_text(
        HEAD.format(knots=KNOTS, between=round(1000 * BETWEEN_SCENES[Quantity.LINE]))
        + "\n".join(rows)
        + "\n}  # fmt: skip\n"
    )


HEAD = '''# SPDX-License-Identifier: Apache-2.0
"""What counting gets wrong, from windows whose truth is known.

Made by `scripts/measure-counting intervals DATA --table`.

By quantity and difficulty class (first all classes, for where the class is not stated), for each
count of KNOTS twenty equally likely errors (truth less count) in hundredths of a person,
rising.
"""

KNOTS = {knots}
BETWEEN_SCENES_PERMILLE = {between}
"""Standard deviation of truth over count at a line, in a scene that is not in the table: what a
tally at the line itself takes away."""


def _rows(text: str) -> tuple[tuple[int, ...], ...]:
    found = tuple(map(int, text.split()))
    each = len(found) // len(KNOTS)
    return tuple(found[at : at + each] for at in range(0, len(found), each))


ERRORS_PERCENT = {{
'''


DRAWN = {
    "crowded square": "crowded-square",
    "level line": "level-line",
    "squares of 30 kinds": "square-",
    "streets": "street-",
    **{f"streets of {people}": f"street-{people}-" for people in STREET_PEOPLE},
}
"""What the clips of each row that was drawn begin with."""
Shown = dict[str, dict[str, dict[str, float]]]
"""By scene, and by quantity and rule: what asdict() makes of a Coverage."""


def measure(data: Path) -> tuple[Shown, Table, int]:
    """Return how often intervals hold on each scene without it in the table, and the whole table.

    The third is between_scenes_permille.
    """
    real = list(_windows_of(real_clips(data), REAL_WINDOWS_S))
    known, apart = (
        [
            *_windows_of(streets(seeds), STREET_WINDOWS_S),
            *_windows_of(squares(kinds), SQUARE_WINDOWS_S),
        ]
        for seeds, kinds in (
            (CALIBRATING_SEEDS, CALIBRATING_SQUARES),
            (MEASURING_SEEDS, MEASURING_SQUARES),
        )
    )
    apart += _windows_of(plain_squares(MEASURING_SEEDS), SQUARE_WINDOWS_S)
    clips = frozenset(one.clip for one in real)
    shown: Shown = {}
    for clip in sorted(clips):
        table = fit([one for one in real if one.clip != clip] + known, real=clips)
        shown[clip] = measured([one for one in real if one.clip == clip], table)
    table = fit(real + known, real=clips)
    for name, beginning in DRAWN.items():
        shown[name] = measured([one for one in apart if one.clip.startswith(beginning)], table)
    return shown, table, between_scenes_permille(real + known)


def _windows_of(scenes: Iterator[LabelledScene], windows_s: Sequence[float]) -> Iterator[Sample]:
    for labelled in scenes:
        for window_s in windows_s:
            yield from samples(labelled, window_s)


def held_out(shown: Shown) -> dict[str, tuple[float, float]]:
    """Return for each rule which share of the real clips' intervals holds, and the clips' mean."""
    real = [found for name, found in shown.items() if name not in DRAWN]
    shares = {}
    for word in ("exact", "released"):
        turn = [found[f"all {word}"] for found in real]
        hits, intervals = (
            sum(values)
            for values in (
                [one["share"] * one["intervals"] for one in turn],
                [one["intervals"] for one in turn],
            )
        )
        shares[word] = hits / intervals, sum(one["share"] for one in turn) / len(turn)
    return shares
