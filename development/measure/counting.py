# SPDX-License-Identifier: Apache-2.0
"""Score what the box counts against the truth, and write what was found into docs/ACCURACY.md.

Each verb writes its own section:

    street      the synthetic street: windows, totals, an asymmetric day
    saturation  which windows the box calls saturated, by how wrong they were
    released    what the default noise adds at one minute, a quarter of an hour, a day
    clip NAME CLIP --truth gt.txt [--config CONFIG | --line ID=AX,AY,BX,BY ...]
                a labelled clip; more: [--model MODEL]... [--set KEY=VALUE]... [--fps F]
                [--tracks] [--frame-size WxH, where CLIP is a det.txt]
    lines DATA  dozens of lines over labelled scenes, beside the peers; DATA holds the scenes
    conditions DATA
                the clip of the demonstration at 10, 5 and 3 frames/s, dark, in rain, in glare
    intervals DATA [--table]
                how often the 80 % intervals hold, on scenes that are not in their table
    day         what counting holds in memory through 24 hours of a street
    scenes DATA [--model NAME]... [--json] [--window-s N] [--settled-s N] [--cache FOLDER]
                any folder of scenes, DATA/NAME/{video.* or det.txt, gt.txt or counts.tsv,
                seqinfo.ini, scene.toml}, as a box counts them that has been there for an hour;
                with --json the last lines are one object a scene and model, and no page is written
    curve CLIP --truth gt.txt --config CONFIG --sizes 300x225,480x360,480x360+1
                accuracy against processor time; +1 is one tile a frame

Truth is in MOTChallenge form: frame, id, left, top, width, height; frame 1 is the first.
"""

import argparse
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from development.measure import lines as lines_table
from development.measure.clips import conditions
from development.measure.clips.clip import clips, curve
from development.measure.held_intervals import held_intervals
from development.measure.scenes import table as scenes_table
from development.measure.scenes.box import SCORED_S, SETTLED_S, Course
from development.measure.scenes.peers import best_peer
from development.measure.scoring import (
    CONFIG,
    WINDOW_S,
    needs_set_up,
    write_section,
)
from development.measure.streets.day import day
from development.measure.streets.released import released
from development.measure.streets.saturation import saturation
from development.measure.streets.street import street
from edge_agent.config.schema import load
from edge_agent.errors import EdgeAgentError

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> int:
    """Read the command, measure, write its section, print it."""
    arguments = _parser().parse_args()
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
        "scenes": partial(_scenes, arguments),
    }
    try:
        text = made[arguments.verb]()
    except EdgeAgentError as error:
        sys.exit(str(error))
    if arguments.verb == "scenes" and arguments.json:
        print(text)
        return 0
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
        "scenes": "Scenes",
    }.get(arguments.verb)
    write_section(
        section or f"Clip {arguments.name}", f"scripts/measure-counting {' '.join(shown)}", text
    )
    print(text)
    return 0


def _scenes(arguments: argparse.Namespace) -> str:
    """Measure a folder of scenes; return the table, and the objects where they are asked for."""
    course = Course(arguments.window_s, arguments.settled_s, arguments.scored_s)
    measured = scenes_table.told(
        scenes_table.measure_all(
            arguments.data,
            arguments.model or [load(CONFIG).detector.model],
            course,
            compare=best_peer,
            cache=arguments.cache,
        )
    )
    shown = [scenes_table.table(measured)]
    return "\n".join(shown + ([scenes_table.objects(measured)] if arguments.json else []))


def _parser() -> argparse.ArgumentParser:
    """Return the command line: a verb for each section, and its options."""
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
    _add_scenes(verbs.add_parser("scenes"))
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
    return parser


def _add_scenes(parser: argparse.ArgumentParser) -> None:
    """Add the options of `scenes`."""
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", action="append", help="again for each; without, the default's")
    parser.add_argument("--json", action="store_true", help="objects last, and no page is written")
    parser.add_argument("--window-s", type=int, default=round(WINDOW_S), help="of the box")
    parser.add_argument(
        "--settled-s", type=float, default=SETTLED_S, help="how long the box has been there before"
    )
    parser.add_argument("--scored-s", type=float, default=SCORED_S, help="scored after that")
    parser.add_argument("--cache", type=Path, help="keep here what a model saw")


if __name__ == "__main__":
    sys.exit(main())
