# SPDX-License-Identifier: Apache-2.0
"""Score what the box counts against the truth, and write what was found into docs/ACCURACY.md.

    scripts/measure-counting street            the synthetic street: windows, totals, an asymmetric day
    scripts/measure-counting saturation        in which windows the eye says that it is full, by how wrong they were
    scripts/measure-counting released          what the default noise adds at one minute, a quarter of an hour, a day
    scripts/measure-counting clip NAME CLIP --truth gt.txt --config CONFIG [--model MODEL]... [--set KEY=VALUE]... [--tracks]
    scripts/measure-counting curve CLIP --truth gt.txt --config CONFIG --sizes 300x225,480x360,512x384

Truth is in MOTChallenge form: frame, id, left, top, width, height; frame 1 is the first. Each command replaces its own section.
"""

import argparse
import datetime as dt
import math
import sys
import warnings
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from measuring import (
    LEAD_S,
    ROOT,
    WINDOW_S,
    Event,
    by_window,
    count_street,
    film,
    needs_set_up,
    number,
    replay,
    scores,
    street_error,
    true_events,
)
from numpy.typing import NDArray

from edge_agent.config import Config, load
from edge_agent.counting.detection import Detections
from edge_agent.counting.geometry import inside
from edge_agent.counting.line import Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import Tracker, TrackerSettings
from edge_agent.noise import Bits, discrete_laplace
from tests.fakes.street import HARD, SyntheticStreet

PAGE = ROOT / "docs" / "ACCURACY.md"
TRUTH_COLUMNS = 6
DAY_PEOPLE = 20_000
DRAWS = 200_000
OVERLAP_MIN = 0.5
WRONG_FROM, RIGHT_UNTIL = 0.2, 0.1
FULL_SHARE, FULL_WINDOWS, FULL_SEEDS = 0.5, 4, (51, 52, 53)
FULL_CROWDS = {(640, 480): (40, 80, 120, 160), (768, 576): (60, 130, 180, 240), (1280, 720): (100, 160, 220, 300)}


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
        rows.append(f"| {people} | {true} | {100 * error / true:.1f} | {100 * (count - true) / true:+.1f} |")
    slope = float(np.polyfit(np.log2([10, 30, 100, 200]), errors, 1)[0])
    return "\n".join(
        [
            "Hard street, 1280 x 720, 10 frames/s, seeds 11 and (under 100) 12, one setting; windows of 10 s, both directions.",
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
    """Let people come all morning and go all evening; return the error of the occupancy at the peak."""
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
        f"Asymmetric day, 60 people at once: a sample of {came} in, then {-went} out; scaled to {DAY_PEOPLE} in, then out,"
        f" occupancy is off by {peak:+.2f} % at the peak and by {rest:+.0f} people at the end."
    )


@dataclass(frozen=True, slots=True)
class Crowd:
    """One street to judge the eye on: a seed, how many people at a time, and the size of its picture, pixels."""

    seed: int
    people: int
    width_px: int
    height_px: int


def saturation() -> str:
    """Say in how many windows of streets not used to choose the bounds the eye called itself full, by how wrong they were."""
    crowds = [Crowd(seed, people, *size) for seed in FULL_SEEDS for size, crowd in FULL_CROWDS.items() for people in crowd]
    with Pool() as pool:
        judged = [window for windows in pool.imap_unordered(judge, crowds) for window in windows]
    wrong = [full for error, full in judged if error > WRONG_FROM]
    right = [full for error, full in judged if error < RIGHT_UNTIL]
    sizes = ", ".join(
        f"{width_px} x {height_px} ({'/'.join(map(str, crowd))} people)" for (width_px, height_px), crowd in FULL_CROWDS.items()
    )
    return "\n".join(
        [
            f"Hard streets of {sizes}; seeds {', '.join(map(str, FULL_SEEDS))}, none of which the bounds were chosen on;",
            f"{len(judged)} windows of 10 s. A window is flagged where the eye is full in at least half of its frames.",
            "",
            "| windows whose error is | how many | flagged | % |",
            "|---|---|---|---|",
            f"| over 20 % | {len(wrong)} | {sum(wrong)} | {100 * sum(wrong) / max(1, len(wrong)):.1f} |",
            f"| under 10 % | {len(right)} | {sum(right)} | {100 * sum(right) / max(1, len(right)):.1f} |",
        ]
    )


def judge(crowd: Crowd) -> list[tuple[float, bool]]:
    """Count one street; return for each window its relative error and whether it is flagged."""
    line = Line("middle", (crowd.width_px / 2, -60.0), (crowd.width_px / 2, crowd.height_px + 80.0))
    seconds = LEAD_S + FULL_WINDOWS * WINDOW_S + 3.0
    made = SyntheticStreet.busy(
        crowd.seed, people=crowd.people, seconds=seconds, width_px=crowd.width_px, height_px=crowd.height_px
    )
    scene, crossings, full = Scene((line,), (), settings=TrackerSettings()), [], []
    for frame in made.stream(10.0, HARD, seed=crowd.seed):
        moment = scene.update(Detections(frame.boxes, frame.confidences), frame.at_s)
        crossings += moment.crossings
        full.append((frame.at_s, moment.saturated))
    found = [Event(one.crossed_s, str(one.direction)) for one in (*crossings, *scene.finish())]
    true = [Event(one.at_s, one.direction) for one in made.crossings(line.a, line.b)]
    counts, truth = (by_window(events, FULL_WINDOWS, WINDOW_S, LEAD_S) for events in (found, true))
    judged = []
    for window in range(FULL_WINDOWS):
        begin_s = LEAD_S + WINDOW_S * window
        share = np.mean([each for at_s, each in full if begin_s <= at_s < begin_s + WINDOW_S])
        error = np.abs(counts[window] - truth[window]).sum() / max(1, truth[window].sum())
        judged.append((float(error), bool(share >= FULL_SHARE)))
    return judged


# --- what the noise adds


def released(epsilon: float = 1.0) -> str:
    """Draw the default noise as the gate does, and compare the variance it adds with the closed form."""
    share = math.exp(-epsilon)
    closed = 2.0 * share / (1.0 - share) ** 2
    bits = Bits(b"a measurement, not a key" + bytes(8), "measure-counting")
    drawn = np.array([discrete_laplace(bits, epsilon_thousandths=round(1000 * epsilon)) for _ in range(DRAWS)], np.float64)
    rows = []
    for name, windows in (("1 minute", 1), ("15 minutes", 15), ("1 day", 1440)):
        sums = drawn[: len(drawn) // windows * windows].reshape(-1, windows).sum(axis=1)
        added, wanted = float((sums**2).mean()), windows * closed
        # A day has few sums in the sample: its variance is that of its independent windows.
        added = added if len(sums) >= 5000 else windows * float((drawn**2).mean())  # noqa: PLR2004 - enough for 5 %
        rows.append(f"| {name} | 0 | {math.sqrt(added):.2f} | {added:.2f} | {wanted:.2f} | {100 * (added / wanted - 1):+.1f} |")
    return "\n".join(
        [
            f"Windows of one minute under the default rule (discrete Laplace, epsilon {epsilon:g}); {DRAWS} draws.",
            "The exact count has no added error; as released each direction of a line has:",
            "",
            "| sum over | exact: added | released: added standard deviation | variance | closed form | difference, % |",
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )


# --- a clip with truth


def read_truth(path: Path) -> NDArray[np.float64]:
    """Return MOT truth, (N, 6), without rows that are marked as not to be counted."""
    rows = np.loadtxt(path, delimiter=",")
    counted = rows[:, 6] != 0 if rows.shape[1] > TRUTH_COLUMNS else np.ones(len(rows), np.bool_)
    return np.asarray(rows[counted, :TRUTH_COLUMNS])


def clip(config: Config, path: str, truth: NDArray[np.float64], fps: float, arguments: tuple[str, ...]) -> list[str]:
    """Replay one clip once and return the cells of its row; see HEADER."""
    lines = replay(path, *arguments, "--crossings", "--occupancy", "--window-s", str(round(WINDOW_S)))
    summary, frames = lines[-1], round(number(lines[-1], "frames"))
    cells = []
    for line in config.lines:
        true = true_events(truth, Line(line.id, line.a, line.b), fps)
        found = [Event(number(each, "t_s"), str(each["direction"])) for each in lines if each.get("line") == line.id]
        windows = math.ceil(frames / fps / WINDOW_S)
        off = np.abs(by_window(found, windows, WINDOW_S) - by_window(true, windows, WINDOW_S)).sum(axis=1).mean()
        score = scores(found, true)
        cells.append(f"{line.id}: {score['precision']:.2f} / {score['recall']:.2f} / {score['f1']:.3f}, {off:.2f} a window")
    for zone in config.zones:
        feet = np.column_stack([truth[:, 2] + truth[:, 4] / 2, truth[:, 3] + truth[:, 5]])
        here = truth[inside(feet, np.array(zone.polygon, np.float64)), 0].astype(int) - 1
        true_people = np.bincount(here[here < frames], minlength=frames)
        people = [_zone(each, zone.id) for each in lines if "t_s" in each and "zones" in each]
        cells.append(f"{zone.id}: {np.abs(np.array(people) - true_people[: len(people)]).mean():.2f}")
    covered = coverage(lines, config, truth, fps)
    cells.append("not stated" if covered is None else f"{100 * covered:.0f} %")
    cells.append(f"{1000 * number(summary, 'cpu_s') / frames:.1f}")
    return cells


def coverage(lines: list[dict[str, object]], config: Config, truth: NDArray[np.float64], fps: float) -> float | None:
    """Return the share of true window counts that lie in their interval, None where replay states no interval.

    The interval of a window is `interval_in` and `interval_out` of a line, [low, high].
    """
    hits = total = 0
    for line in config.lines:
        true = true_events(truth, Line(line.id, line.a, line.b), fps)
        for each in lines:
            stated = each.get("lines")
            said = stated.get(line.id) if isinstance(stated, dict) else None
            if said is None or "interval_in" not in said:
                continue
            counts = by_window(true, 1, number(each, "length_s"), number(each, "start_s"))[0]
            for count, (low, high) in zip(counts, (said["interval_in"], said["interval_out"]), strict=True):
                hits, total = hits + (low <= count <= high), total + 1
    return hits / total if total else None


def _zone(line: dict[str, object], name: str) -> float:
    zones = line["zones"]
    return float(zones[name]) if isinstance(zones, dict) else 0.0


def tracks(config: Config, path: str, truth: NDArray[np.float64]) -> str:
    """Track one clip in this process and return MOTA and IDF1 by motmetrics, in the first zone of the config."""
    import motmetrics  # noqa: PLC0415 - heavy, and only here

    from edge_agent.sensor_process import open_detector  # noqa: PLC0415 - sets the runtime's switches
    from edge_agent.supervisor import detector_settings  # noqa: PLC0415 - the same
    from edge_agent.vision.camera import FileCamera  # noqa: PLC0415 - the same

    detector, thresholds = open_detector(detector_settings(config))
    tracker, scored = Tracker(thresholds), motmetrics.MOTAccumulator(auto_id=True)
    polygon = np.array(config.zones[0].polygon, np.float64)
    with FileCamera(Path(path), fps=config.camera.fps, paced=False, loss_after_s=60.0) as camera:
        number_ = 0
        while (frame := camera.read(60.0)) is not None:
            number_ += 1
            found = tracker.update(detector.detect(frame), frame.captured_s)
            there = found.confirmed & found.seen & inside(found.feet, polygon)
            ours = np.column_stack([found.feet - [1, 0] * found.sizes / 2 - [0, 1] * found.sizes, found.sizes])[there]
            people = truth[truth[:, 0] == number_]
            people = people[inside(np.column_stack([people[:, 2] + people[:, 4] / 2, people[:, 3] + people[:, 5]]), polygon)]
            apart = motmetrics.distances.iou_matrix(people[:, 2:6], ours, max_iou=1.0 - OVERLAP_MIN)
            scored.update(people[:, 1].astype(int), found.ids[there], apart)
    table = motmetrics.metrics.create().compute(scored, metrics=["mota", "idf1", "num_switches"], name="clip")
    row = table.loc["clip"]
    return f"MOTA {row['mota']:.3f}, IDF1 {row['idf1']:.3f}, {int(row['num_switches'])} switches (IoU {OVERLAP_MIN:g})"


HEADER = "precision / recall / F1 of each line, and its error | occupancy MAE | intervals cover | CPU ms a frame"


def clips(arguments: argparse.Namespace) -> str:
    """Score one clip with each model."""
    truth = read_truth(arguments.truth)
    rows, scored = [], []
    for model in arguments.model or [None]:
        chosen = (f"detector.model={model}",) if model else ()
        config = load(arguments.config, (*chosen, *arguments.set))
        fps = config.camera.fps or arguments.fps
        more = [word for each in arguments.set for word in ("--set", each)]
        cells = clip(
            config, arguments.clip, truth, fps, ("--config", str(arguments.config), *(("--model", model) if model else ()), *more)
        )
        rows.append(f"| {model or config.detector.model} | " + " | ".join(cells) + " |")
        if arguments.tracks:
            scored.append(f"{model or config.detector.model}: {tracks(config, arguments.clip, truth)}.")
    names = [f"line {line.id} (P / R / F1, error)" for line in config.lines] + [f"zone {zone.id} MAE" for zone in config.zones]
    head = f"| model | {' | '.join(names)} | intervals cover | CPU ms a frame |"
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *rows, *([""] if scored else []), *scored])


def curve(arguments: argparse.Namespace) -> str:
    """Score one clip at several input sizes: what accuracy costs."""
    truth, rows = read_truth(arguments.truth), []
    for size in arguments.sizes.split(","):
        width, height = size.split("x")
        chosen = (f"detector.input_width_px={width}", f"detector.input_height_px={height}", *arguments.set)
        config = load(arguments.config, chosen)
        more = [word for each in chosen for word in ("--set", each)]
        cells = clip(config, arguments.clip, truth, config.camera.fps or arguments.fps, ("--config", str(arguments.config), *more))
        rows.append(f"| {size} | " + " | ".join(cells) + " |")
    names = [f"line {line.id} (P / R / F1, error)" for line in config.lines] + [f"zone {zone.id} MAE" for zone in config.zones]
    head = f"| input | {' | '.join(names)} | intervals cover | CPU ms a frame |"
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *rows])


# --- the page


def write(section: str, command: str, text: str) -> None:
    """Put a section into the page, in place of the one of that name."""
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    today = dt.datetime.now(dt.UTC).date().isoformat()
    body = f"{begin}\n## {section}\n`{command}`, {today}.\n\n{text}\n{end}\n"
    page = PAGE.read_text("utf-8")
    if begin in page:
        before, after = page.split(begin)[0], page.split(f"{end}\n")[1]
        PAGE.write_text(before + body + after, "utf-8")
    else:
        PAGE.write_text(f"{page.rstrip()}\n\n{body}", "utf-8")


def main() -> int:
    """Read the command, measure, write its section, print it."""
    parser = argparse.ArgumentParser(
        prog="scripts/measure-counting", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("street")
    verbs.add_parser("saturation")
    verbs.add_parser("released")
    for verb in ("clip", "curve"):
        one = verbs.add_parser(verb)
        if verb == "clip":
            one.add_argument("name")
            one.add_argument("--model", action="append")
            one.add_argument("--tracks", action="store_true")
        else:
            one.add_argument("--sizes", required=True)
        one.add_argument("clip")
        one.add_argument("--truth", type=Path, required=True)
        one.add_argument("--config", type=Path, required=True)
        one.add_argument("--fps", type=float, default=25.0, help="where the config does not say")
        one.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    needs_set_up()
    warnings.filterwarnings("ignore")
    made = {
        "street": street,
        "saturation": saturation,
        "released": released,
        "clip": partial(clips, arguments),
        "curve": partial(curve, arguments),
    }
    text = made[arguments.verb]()
    shown = [Path(word).name if word.startswith("/") else word for word in sys.argv[1:]]
    section = {
        "street": "Synthetic street",
        "saturation": "Saturation",
        "released": "As released",
        "curve": "Error against processor time",
    }.get(arguments.verb)
    write(section or f"Clip {arguments.name}", f"scripts/measure-counting {' '.join(shown)}", text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
