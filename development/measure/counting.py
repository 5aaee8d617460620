# SPDX-License-Identifier: Apache-2.0
"""Score what the box counts against the truth, and write what was found into docs/ACCURACY.md.

    scripts/measure-counting street            the synthetic street: windows, totals, an asymmetric day
    scripts/measure-counting saturation        in which windows the eye says that it is full, by how wrong they were
    scripts/measure-counting released          what the default noise adds at one minute, a quarter of an hour, a day
    scripts/measure-counting clip NAME CLIP --truth gt.txt [--config CONFIG | --line ID=AX,AY,BX,BY ...] [--model MODEL]...
        [--set KEY=VALUE]... [--fps F] [--tracks] [--frame-size WxH, where CLIP is a det.txt]
    scripts/measure-counting lines DATA        dozens of lines over labelled scenes, beside the peers; DATA holds the scenes
    scripts/measure-counting conditions DATA   the clip of the demonstration at 10, 5 and 3 frames/s, in the dark, in rain, in glare
    scripts/measure-counting intervals DATA [--table]  how often the 80 % intervals hold, on scenes that are not in their table
    scripts/measure-counting day               what counting holds in memory through 24 hours of a street
    scripts/measure-counting curve CLIP --truth gt.txt --config CONFIG --sizes 300x225,480x360,480x360+1 (and one tile a frame)

Truth is in MOTChallenge form: frame, id, left, top, width, height; frame 1 is the first. Each
command replaces its own section.
"""

import argparse
import math
import sys
import tempfile
import warnings
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from development.fakes.street import HARD, SyntheticStreet
from development.measure import conditions, intervals
from development.measure import lines as lines_table
from development.measure.mot import read_mot
from development.measure.replay import frame_size
from development.measure.scoring import (
    LEAD_S,
    WINDOW_S,
    Event,
    by_window,
    count_street,
    film,
    needs_set_up,
    number,
    read_truth,
    replay,
    scores,
    street_error,
    true_events,
    write_section,
)
from edge_agent.config.schema import Config, load
from edge_agent.counting.detection import Detections
from edge_agent.counting.geometry import inside
from edge_agent.counting.line import Crossing, Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import Tracker, TrackerSettings
from edge_agent.counting.window import Window
from edge_agent.disclosure.interval.interval import Quantity, interval
from edge_agent.disclosure.noise import Bits, discrete_laplace
from edge_agent.vision.capture.file_camera import FileCamera
from wire_contract.messages.report import Rule, RuleName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DAY_PEOPLE = 20_000
DRAWS = 200_000
EXACT = Rule(RuleName.EXACT, ())
OBSERVED_MIN = 0.9
CORNER = np.array([0.5, 1.0])
"""From the foot of a box to its upper left corner, in widths and heights."""
EVERYWHERE = ((-1e5, -1e5), (1e5, -1e5), (1e5, 1e5), (-1e5, 1e5))
DAY_CROWD, DAY_FILM_S = 10, 600.0
OVERLAP_MIN = 0.5
WRONG_FROM, RIGHT_UNTIL = 0.2, 0.1
FULL_SHARE, FULL_WINDOWS, FULL_SEEDS = 0.5, 4, (51, 52, 53)
FULL_CROWDS = {
    (640, 480): (40, 80, 120, 160),
    (768, 576): (60, 130, 180, 240),
    (1280, 720): (100, 160, 220, 300),
}


# --- the synthetic street


def street() -> str:
    """Score the hard street at 10 to 200 people and an asymmetric day."""
    rows, errors = [], []
    for people in (10, 30, 100, 200):
        error = count = true = 0
        for seed in (11, 12) if people < 100 else (11,):  # noqa: PLR2004 - a crowd is a sample in itself
            filmed = film(people, seed, seconds=112.0)
            one, two, three = street_error(count_street(filmed)[0], filmed)
            error, count, true = error + one, count + two, true + three
        errors.append(100 * error / true)
        rows.append(
            f"| {people} | {true} | {100 * error / true:.1f} | {100 * (count - true) / true:+.1f} |"
        )
    slope = float(np.polyfit(np.log2([10, 30, 100, 200]), errors, 1)[0])
    return "\n".join(
        [
            (
                "Hard street, 1280 x 720, 10 frames/s, seeds 11 and (under 100) 12, one setting; "
                "windows of 10 s, both directions."
            ),
            "",
            "| people at once | true crossings | window error, % | total, % |",
            "|---|---|---|---|",
            *rows,
            "",
            f"Slope of the window error: {slope:.1f} points for each doubling of the flow.",
            "",
            asymmetric_day(),
        ]
    )


def asymmetric_day() -> str:
    """Let people come all morning and go all evening.

    Return the error of the occupancy at the peak.
    """
    parts = []
    for leftwards, seed in ((1.0, 21), (0.0, 22)):
        filmed = film(60, seed, seconds=152.0, leftwards=leftwards)
        counts = by_window(count_street(filmed)[0], filmed.windows, WINDOW_S, LEAD_S).sum(axis=0)
        true = by_window(filmed.true, filmed.windows, WINDOW_S, LEAD_S).sum(axis=0)
        parts.append((int(counts[0] - counts[1]), int(true[0] - true[1])))
    (entered, came), (left, went) = parts
    scale = DAY_PEOPLE / came
    peak = 100 * (entered - came) / came
    rest = scale * ((entered - came) + (left - went))
    return (
        f"Asymmetric day, 60 people at once: a sample of {came} in, then {-went} out; scaled "
        f"to {DAY_PEOPLE} in, then out,"
        f" occupancy is off by {peak:+.2f} % at the peak and by {rest:+.0f} people at the end."
    )


@dataclass(frozen=True, slots=True)
class Crowd:
    """One street to judge the eye on.

    A seed, how many people at a time, and the size of its picture, pixels.
    """

    seed: int
    people: int
    width_px: int
    height_px: int


def saturation() -> str:
    """Say in how many windows of streets not used to choose the bounds the eye called itself full, by how wrong they were."""
    crowds = [
        Crowd(seed, people, *size)
        for seed in FULL_SEEDS
        for size, crowd in FULL_CROWDS.items()
        for people in crowd
    ]
    with Pool() as pool:
        judged = [window for windows in pool.imap_unordered(judge, crowds) for window in windows]
    wrong = [full for error, full in judged if error > WRONG_FROM]
    right = [full for error, full in judged if error < RIGHT_UNTIL]
    sizes = ", ".join(
        f"{width_px} x {height_px} ({'/'.join(map(str, crowd))} people)"
        for (width_px, height_px), crowd in FULL_CROWDS.items()
    )
    return "\n".join(
        [
            (
                f"Hard streets of {sizes}; seeds {', '.join(map(str, FULL_SEEDS))}, none of which "
                "the bounds were chosen on;"
            ),
            (
                f"{len(judged)} windows of 10 s. A window is flagged where the eye is full in at "
                "least half of its frames."
            ),
            "",
            "| windows whose error is | how many | flagged | % |",
            "|---|---|---|---|",
            (
                f"| over 20 % | {len(wrong)} | {sum(wrong)} | "
                f"{100 * sum(wrong) / max(1, len(wrong)):.1f} |"
            ),
            (
                f"| under 10 % | {len(right)} | {sum(right)} | "
                f"{100 * sum(right) / max(1, len(right)):.1f} |"
            ),
        ]
    )


def judge(crowd: Crowd) -> list[tuple[float, bool]]:
    """Count one street; return for each window its relative error and whether it is flagged."""
    line = Line("middle", (crowd.width_px / 2, -60.0), (crowd.width_px / 2, crowd.height_px + 80.0))
    seconds = LEAD_S + FULL_WINDOWS * WINDOW_S + 3.0
    made = SyntheticStreet.busy(
        crowd.seed,
        people=crowd.people,
        seconds=seconds,
        width_px=crowd.width_px,
        height_px=crowd.height_px,
    )
    scene = Scene((line,), (), settings=TrackerSettings())
    crossings: list[Crossing] = []
    full: list[tuple[float, bool]] = []
    for frame in made.stream(10.0, HARD, seed=crowd.seed):
        counts = scene.observe_frame(Detections(frame.boxes, frame.confidences), frame.at_s)
        crossings += counts.crossings
        full.append((frame.at_s, counts.saturated))
    found = [Event(one.crossed_s, str(one.direction)) for one in (*crossings, *scene.finish())]
    true = [Event(one.at_s, one.direction) for one in made.crossings(line.a, line.b)]
    counted, truth = (by_window(events, FULL_WINDOWS, WINDOW_S, LEAD_S) for events in (found, true))
    judged = []
    for window in range(FULL_WINDOWS):
        begin_s = LEAD_S + WINDOW_S * window
        share = np.mean([each for at_s, each in full if begin_s <= at_s < begin_s + WINDOW_S])
        error = np.abs(counted[window] - truth[window]).sum() / max(1, truth[window].sum())
        judged.append((float(error), bool(share >= FULL_SHARE)))
    return judged


# --- what the noise adds


def released(epsilon: float = 1.0) -> str:
    """Draw the default noise as the gate does, and compare the variance it adds with the closed form."""
    share = math.exp(-epsilon)
    closed = 2.0 * share / (1.0 - share) ** 2
    bits = Bits(b"a measurement, not a key" + bytes(8), "measure-counting")
    drawn = np.array(
        [discrete_laplace(bits, epsilon_thousandths=round(1000 * epsilon)) for _ in range(DRAWS)],
        np.float64,
    )
    rows = []
    for name, windows in (("1 minute", 1), ("15 minutes", 15), ("1 day", 1440)):
        sums = drawn[: len(drawn) // windows * windows].reshape(-1, windows).sum(axis=1)
        added, wanted = float((sums**2).mean()), windows * closed
        # A day has few sums in the sample: its variance is that of its independent windows.
        added = added if len(sums) >= 5000 else windows * float((drawn**2).mean())  # noqa: PLR2004 - enough for 5 %
        rows.append(
            f"| {name} | 0 | {math.sqrt(added):.2f} | {added:.2f} | {wanted:.2f} | "
            f"{100 * (added / wanted - 1):+.1f} |"
        )
    return "\n".join(
        [
            (
                "Windows of one minute under the default rule (discrete Laplace, epsilon "
                f"{epsilon:g}); {DRAWS} draws."
            ),
            "The exact count has no added error; as released each direction of a line has:",
            "",
            (
                "| sum over | exact: added | released: added standard deviation | variance | "
                "closed form | difference, % |"
            ),
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )


# --- a clip with truth


def clip(
    config: Config,
    looked_at: tuple[str, ...],
    truth: NDArray[np.float64],
    fps: float,
    arguments: tuple[str, ...],
) -> list[str]:
    """Replay one clip once and return the cells of its row; see HEADER."""
    lines = replay(
        *looked_at, *arguments, "--crossings", "--occupancy", "--window-s", str(round(WINDOW_S))
    )
    summary, frames = lines[-1], round(number(lines[-1], "frames"))
    cells = []
    for line in config.lines:
        true = true_events(truth, Line(line.id, line.a, line.b), fps)
        found = [
            Event(number(each, "t_s"), str(each["direction"]))
            for each in lines
            if each.get("line") == line.id
        ]
        windows = math.ceil(frames / fps / WINDOW_S)
        off = (
            np.abs(by_window(found, windows, WINDOW_S) - by_window(true, windows, WINDOW_S))
            .sum(axis=1)
            .mean()
        )
        score = scores(found, true)
        cells.append(
            f"{line.id}: {score['precision']:.2f} / {score['recall']:.2f} / {score['f1']:.3f}, "
            f"{off:.2f} a window"
        )
    for zone in config.zones:
        feet = np.column_stack([truth[:, 2] + truth[:, 4] / 2, truth[:, 3] + truth[:, 5]])
        here = truth[inside(feet, np.array(zone.polygon, np.float64)), 0].astype(int) - 1
        true_people = np.bincount(here[here < frames], minlength=frames)
        people = [_zone(each, zone.id) for each in lines if "t_s" in each and "zones" in each]
        cells.append(
            f"{zone.id}: {np.abs(np.array(people) - true_people[: len(people)]).mean():.2f}"
        )
    covered = coverage(lines, config, truth, fps)
    cells.append("not stated" if covered is None else f"{100 * covered:.0f} %")
    cells.append(f"{1000 * number(summary, 'cpu_s') / frames:.1f}")
    return cells


def coverage(
    lines: list[dict[str, object]], config: Config, truth: NDArray[np.float64], fps: float
) -> float | None:
    """Return the share of true window counts that lie in the 80 % interval of the exact count.

    None where there was no window.
    """
    hits = total = 0
    for line in config.lines:
        true = true_events(truth, Line(line.id, line.a, line.b), fps)
        for each in lines:
            stated = each.get("lines")
            said = stated.get(line.id) if isinstance(stated, dict) else None
            if said is None or number(each, "observed_s") < OBSERVED_MIN * number(each, "length_s"):
                continue
            counts = by_window(true, 1, number(each, "length_s"), number(each, "start_s"))[0]
            for count, name in zip(counts, ("in", "out"), strict=True):
                low, high = interval(said[name], Quantity.LINE, EXACT)
                hits, total = hits + (low <= count <= high), total + 1
    return hits / total if total else None


def _zone(line: dict[str, object], name: str) -> float:
    zones = line["zones"]
    return float(zones[name]) if isinstance(zones, dict) else 0.0


def tracks(
    config: Config, arguments: argparse.Namespace, truth: NDArray[np.float64], fps: float
) -> str:
    """Track one clip in this process and return MOTA and IDF1 by motmetrics, in the first zone of the config or everywhere."""
    import motmetrics  # noqa: PLC0415 - heavy, and only here

    path = Path(arguments.clip)
    if arguments.frame_size is None:
        looked, thresholds = intervals.detected(path, fps, config.detector.model)
        frames: Iterable[tuple[float, Detections]] = looked
    else:
        frames, thresholds = read_mot(path, fps=fps).steps(), TrackerSettings()
    tracker, scored = Tracker(thresholds), motmetrics.MOTAccumulator(auto_id=True)
    polygon = np.array(config.zones[0].polygon if config.zones else EVERYWHERE, np.float64)
    for number_, (now_s, detections) in enumerate(frames, start=1):
        found = tracker.track_frame(detections, now_s)
        there = found.confirmed & found.seen & inside(found.feet, polygon)
        ours = np.column_stack([found.feet - found.sizes * CORNER, found.sizes])[there]
        people = truth[truth[:, 0] == number_]
        people = people[
            inside(
                np.column_stack([people[:, 2] + people[:, 4] / 2, people[:, 3] + people[:, 5]]),
                polygon,
            )
        ]
        scored.update(people[:, 1].astype(int), found.ids[there], _apart(people[:, 2:6], ours))
    table = motmetrics.metrics.create().compute(
        scored, metrics=["mota", "idf1", "num_switches"], name="clip"
    )
    row = table.loc["clip"]
    return (
        f"MOTA {row['mota']:.3f}, IDF1 {row['idf1']:.3f}, {int(row['num_switches'])} switches (IoU "
        f"{OVERLAP_MIN:g})"
    )


def _apart(people: NDArray[np.float64], ours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 - IoU of boxes left, top, width, height, (N, M), NaN below OVERLAP_MIN.

    Motmetrics' own needs numpy 1.
    """
    low = np.maximum(people[:, None, :2], ours[None, :, :2])
    high = np.minimum(
        people[:, None, :2] + people[:, None, 2:], ours[None, :, :2] + ours[None, :, 2:]
    )
    common = np.prod(np.maximum(high - low, 0.0), axis=2)
    overlap = common / (
        np.prod(people[:, 2:], axis=1)[:, None] + np.prod(ours[:, 2:], axis=1)[None, :] - common
    )
    return np.where(overlap >= OVERLAP_MIN, 1.0 - overlap, np.nan)


HEADER = (
    "precision / recall / F1 of each line, and its error | occupancy MAE | intervals hold | CPU ms "
    "a frame"
)


def clips(arguments: argparse.Namespace) -> str:
    """Score one clip with each model, or a file of detections."""
    truth = read_truth(arguments.truth)
    rows, scored = [], []
    with tempfile.TemporaryDirectory(prefix="measure-counting-") as folder:
        path = arguments.config or _bare_config(Path(folder), arguments)
        for model in arguments.model or [None]:
            chosen = (f"detector.model={model}",) if model else ()
            config = load(path, (*chosen, *arguments.set))
            fps = arguments.fps or config.camera.fps or _rate(arguments.clip)
            words = ["--config", str(path), *(("--model", model) if model else ())]
            words += [word for each in arguments.set for word in ("--set", each)]
            cells = clip(config, _looked_at(arguments, fps), truth, fps, tuple(words))
            name = "as published" if arguments.frame_size else model or config.detector.model
            rows.append(f"| {name} | " + " | ".join(cells) + " |")
            if arguments.tracks:
                scored.append(f"{name}: {tracks(config, arguments, truth, fps)}.")
    names = [f"line {line.id} (P / R / F1, error)" for line in config.lines] + [
        f"zone {zone.id} MAE" for zone in config.zones
    ]
    head = f"| model | {' | '.join(names)} | intervals hold | CPU ms a frame |"
    return "\n".join(
        [head, "|---" * (head.count("|") - 1) + "|", *rows, *([""] if scored else []), *scored]
    )


def _looked_at(arguments: argparse.Namespace, fps: float) -> tuple[str, ...]:
    """Return how replay is told what to look at."""
    if arguments.frame_size is None:
        return (arguments.clip,)
    return "--detections", arguments.clip, "--fps", str(fps), "--frame-size", arguments.frame_size


def _rate(path: str) -> float:
    """Return what the container says, frames a second."""
    with FileCamera(Path(path), fps=None, paced=False, loss_after_s=60.0) as camera:
        return camera.fps


def _bare_config(folder: Path, arguments: argparse.Namespace) -> Path:
    """Write a config that says nothing but lines at the quarters of the picture and all of it as a zone, or the lines given."""
    if arguments.frame_size:
        width, height = frame_size(arguments.frame_size)
    else:
        with FileCamera(
            Path(arguments.clip), fps=arguments.fps, paced=False, loss_after_s=60.0
        ) as camera:
            width, height = camera.frame_width_px, camera.frame_height_px
    given = arguments.line or [
        f"x{part}={width * part // 4},0,{width * part // 4},{height}" for part in (1, 2, 3)
    ]
    rows = [
        'site = "measured"\ndevice = "clip"\ntest_site = true',
        f'[camera]\nsource = "file"\npath = "{Path(arguments.clip).resolve()}"',
        *([f"fps = {arguments.fps}"] if arguments.fps else []),
        f"[view]\nframe_width_px = {width}\nframe_height_px = {height}",
    ]
    for each in given:
        name, _, ends = each.partition("=")
        ax, ay, bx, by = ends.split(",")
        rows.append(f'[[lines]]\nid = "{name}"\na = [{ax}, {ay}]\nb = [{bx}, {by}]')
    rows.append(
        f'[[zones]]\nid = "all"\npolygon = [[0, 0], [{width}, 0], [{width}, {height}], [0, '
        f"{height}]]"
    )
    rows.append('[store]\ndirectory = "store"\n[keys]\ndirectory = "keys"')
    path = folder / "bare.toml"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def curve(arguments: argparse.Namespace) -> str:
    """Score one clip at several input sizes, with tiles where a size ends in +N.

    What accuracy costs.
    """
    truth, rows = read_truth(arguments.truth), []
    for size in arguments.sizes.split(","):
        sides, _, tiles = size.partition("+")
        width, height = sides.split("x")
        chosen = (
            f"detector.input_width_px={width}",
            f"detector.input_height_px={height}",
            *arguments.set,
        )
        chosen += (f"detector.tiles_each={tiles}",) if tiles else ()
        config = load(arguments.config, chosen)
        more = [word for each in chosen for word in ("--set", each)]
        fps = arguments.fps or config.camera.fps or _rate(arguments.clip)
        cells = clip(
            config, (arguments.clip,), truth, fps, ("--config", str(arguments.config), *more)
        )
        rows.append(
            f"| {sides}{f' and {tiles} tile a frame' if tiles else ''} | "
            + " | ".join(cells)
            + " |"
        )
    names = [f"line {line.id} (P / R / F1, error)" for line in config.lines] + [
        f"zone {zone.id} MAE" for zone in config.zones
    ]
    head = f"| input | {' | '.join(names)} | intervals hold | CPU ms a frame |"
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *rows])


# --- how sure, and how long


def held_intervals(data: Path, *, write_table: bool) -> str:
    """Hold each real clip out of the table in turn, and streets of other seeds.

    Say how often the intervals hold.
    """
    shown, found_table, between = intervals.measure(data)
    if write_table:
        intervals.write(found_table, between)
    rows = [
        f"| {name} | "
        f"{' | '.join(_coverage(found[f'all {word}']) for word in ('exact', 'released'))} |"
        for name, found in shown.items()
    ]
    held = intervals.held_out(shown)
    return "\n".join(
        [
            (
                "80 % intervals of lines, mean and most people; each real clip is held out of the "
                "table that it is measured with, by"
            ),
            (
                "whatever detector it was looked at, and the streets are of other seeds. Released: "
                "under the default rule."
            ),
            "",
            "| scene | exact: hold | of | mean width | released: hold | of | mean width |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            "Real clips together: "
            + ", ".join(
                f"{word} {100 * share:.1f} % (mean of clips {100 * mean:.1f} %)"
                for word, (share, mean) in held.items()
            )
            + ". Standard deviation of truth over count from scene to scene: "
            f"{between / 10:.1f} %.",
        ]
    )


def _coverage(found: dict[str, float]) -> str:
    return f"{100 * found['share']:.1f} % | {found['intervals']:.0f} | {found['width']:.1f}"


def day() -> str:
    """Let DAY_FILM_S of a street pass again and again until 24 hours are full, and read what this process holds each hour."""
    street_of_day = SyntheticStreet.busy(31, people=DAY_CROWD, seconds=DAY_FILM_S)
    frames = [
        (frame.at_s, Detections(frame.boxes, frame.confidences))
        for frame in street_of_day.stream(10.0, HARD, seed=31)
    ]
    a, b = (384.0, 0.0), (384.0, 576.0)
    scene, window = (
        Scene((Line("middle", a, b),), (), settings=TrackerSettings()),
        Window(lines=1, zones=0, frame_s=0.1),
    )
    held_kb, crossings, closed = [], 0, 0
    for turn in range(round(24 * 3600 / DAY_FILM_S)):
        for at_s, detections in frames:
            now_s = turn * DAY_FILM_S + at_s
            while now_s >= 60 * (closed + 1):
                crossings += sum(line.in_count + line.out_count for line in window.close().lines)
                scene.difficulty.close_window()
                scene.begin_window()
                closed += 1
            counts = scene.observe_frame(detections, now_s)
            window.add_frame(
                now_s, counts.crossings, counts.occupancies, saturated=counts.saturated
            )
        if (turn + 1) * DAY_FILM_S % 3600 == 0:
            held_kb.append(_held_kb())
    first, last = held_kb[0], held_kb[-1]
    return (
        f"{DAY_CROWD} people at a time, 10 frames/s, 24 hours of its time: {closed} windows, "
        f"{crossings} crossings.\n"
        f"The process holds {first / 1024:.1f} MB after the first hour, "
        f"{max(held_kb) / 1024:.1f} MB at most,"
        f" {last / 1024:.1f} MB at the end: {100 * (last - first) / first:+.2f} %. "
        f"{scene.capacity} slots for tracks, no more."
    )


def _held_kb() -> int:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


# --- the command


def main() -> int:
    """Read the command, measure, write its section, print it."""
    parser = argparse.ArgumentParser(
        prog="scripts/measure-counting",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("street")
    verbs.add_parser("saturation")
    verbs.add_parser("released")
    verbs.add_parser("day")
    for verb in ("lines", "conditions", "intervals"):
        one = verbs.add_parser(verb)
        one.add_argument("data", type=Path)
        if verb == "intervals":
            one.add_argument(
                "--table",
                action="store_true",
                help="make edge_agent/disclosure/interval/error_table.py anew too",
            )
        if verb == "conditions":
            one.add_argument("names", nargs="*", help="some of them; all where none is named")
    for verb in ("clip", "curve"):
        one = verbs.add_parser(verb)
        if verb == "clip":
            one.add_argument("name")
            one.add_argument("--model", action="append")
            one.add_argument("--tracks", action="store_true", help="MOTA and IDF1 too")
            one.add_argument(
                "--line",
                action="append",
                metavar="ID=AX,AY,BX,BY",
                help="a line, where there is no --config",
            )
            one.add_argument(
                "--frame-size",
                metavar="WxH",
                help="CLIP is a file of detections, of frames of this size",
            )
        else:
            one.add_argument("--sizes", required=True)
        one.add_argument("clip")
        one.add_argument("--truth", type=Path, required=True)
        one.add_argument("--config", type=Path, required=verb == "curve")
        one.add_argument(
            "--fps", type=float, help="where neither config nor container say it right"
        )
        one.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    needs_set_up()
    warnings.filterwarnings("ignore")
    made: dict[str, Callable[[], str]] = {
        "street": street,
        "saturation": saturation,
        "released": released,
        "intervals": lambda: held_intervals(arguments.data, write_table=arguments.table),
        "day": day,
        "lines": lambda: lines_table.table(lines_table.scenes(arguments.data)),
        "conditions": lambda: conditions.table(
            arguments.data / "video" / "vtest" / "gt.txt", arguments.names
        ),
        "clip": partial(clips, arguments),
        "curve": partial(curve, arguments),
    }
    text = made[arguments.verb]()
    # What lies outside this clone is of use to nobody but by its name.
    shown = [Path(word).name if word.startswith(("/", "..")) else word for word in sys.argv[1:]]
    section = {
        "street": "Synthetic street",
        "saturation": "Saturation",
        "released": "As released",
        "intervals": "Intervals",
        "day": "A day's memory",
        "lines": "Dozens of lines",
        "conditions": "Bad conditions",
        "curve": "Error against processor time",
    }.get(arguments.verb)
    write_section(
        section or f"Clip {arguments.name}", f"scripts/measure-counting {' '.join(shown)}", text
    )
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
