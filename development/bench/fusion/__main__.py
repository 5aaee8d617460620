# SPDX-License-Identifier: Apache-2.0
"""Measure fusion against people who walk: simulated here, or in scenes that others have made.

The last line is one JSON object.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from development.bench.fusion.boxes import simulate
from development.bench.fusion.scene import Scene, read_scene, write_scene
from development.bench.fusion.scoring import Score, score
from development.bench.fusion.worlds import QUIET, WORLDS, World

QUIET_SEED = 7_000


def main(words: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 done, whatever the figures. words: None are those of the command."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench fusion", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--scenes", type=Path, help="folder of scenes, a folder each, or one scene")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--worlds", help="names of worlds, with commas between them")
    parser.add_argument("--quiet-days", type=int, default=30, help="days in which nobody lies")
    parser.add_argument("--write", type=Path, help="write the simulator's scenes here, and end")
    parser.add_argument("--json", action="store_true", help="print the JSON line only")
    arguments = parser.parse_args(words)
    scenes = _scenes(arguments)
    if arguments.write is not None:
        for scene in scenes:
            write_scene(scene, arguments.write / scene.name)
        return 0
    whole = Score()
    for scene in scenes:
        found = score(scene)
        whole.join(found)
        if not arguments.json:
            _tell(scene.name, found)
    sys.stdout.write(json.dumps(whole.figures()) + "\n")
    return 0


def _scenes(arguments: argparse.Namespace) -> Iterator[Scene]:
    if arguments.scenes is not None:
        folder: Path = arguments.scenes
        single = (folder / "site.toml").exists()
        folders = [folder] if single else sorted(one for one in folder.iterdir() if one.is_dir())
        yield from map(read_scene, folders)
        return
    worlds: tuple[World, ...] = WORLDS
    if arguments.worlds:
        names = arguments.worlds.split(",")
        worlds = tuple(one for one in WORLDS if one.name in names)
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        yield simulate(worlds[seed % len(worlds)], seed, lie=True)
    for day in range(arguments.quiet_days):
        yield simulate(QUIET, QUIET_SEED + day, lie=False)


def _tell(name: str, found: Score) -> None:
    sys.stdout.write(f"{name}: {json.dumps(found.figures())}\n")
    for line in (*found.lines, *(f"false flag: {one}" for one in found.false_flags)):
        sys.stdout.write(f"    {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
