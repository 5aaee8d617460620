# SPDX-License-Identifier: Apache-2.0
"""Measure the map: its weight, how soon it is there, its frames, and what it keeps in memory.

Three stages, one after the other: the shipped exercise at twelve times the pace of a clock, so that
ten minutes are two hours of updates; a site of five hundred zones, whose map turns beside a bare
scene of the same columns; a real box in real time, of whose windows the way from the commit to the
table is timed. Everything shares this machine's processor. The last line is one JSON object.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from development.bench import page
from development.bench.map.exercise import first_look, script_kb, soak
from development.bench.map.frames import frame_ratio
from development.testbed.browser import WEBGL, Browser
from development.testbed.exercise import Exercise
from development.testbed.program import StageError

CONFIGS = Path(__file__).resolve().parents[3] / "firmware_configs"
SCENARIO = CONFIGS / "scenarios" / "hot-sunday.toml"
SITE = CONFIGS / "sites" / "scheveningen.toml"
PACE = 12
SOAK_MINUTES, WINDOWS = 10.0, 12
QUICK_SOAK_MINUTES, QUICK_WINDOWS = 1.0, 6


def main() -> int:
    """Run the measurement; 0 done, whatever the figures; 1 where a stage could not be set."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench map", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--soak-minutes", type=float, default=SOAK_MINUTES, help="at 12 times")
    parser.add_argument("--windows", type=int, default=WINDOWS, help="of ten seconds, timed")
    parser.add_argument("--zones", type=int, default=500, help="of the site whose map turns")
    parser.add_argument("--quick", action="store_true", help="a minute of soak, and few windows")
    parser.add_argument("--json", action="store_true", help="print the JSON line only")
    given = parser.parse_args()
    soak_minutes = QUICK_SOAK_MINUTES if given.quick else given.soak_minutes
    windows = QUICK_WINDOWS if given.quick else given.windows
    try:
        with tempfile.TemporaryDirectory(prefix="bench-map-") as folder:
            figures = run(
                Path(folder), soak_minutes=soak_minutes, windows=windows, zones=given.zones
            )
    except StageError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if not given.json:
        for name, value in figures.items():
            print(f"{name:>24}  {value}")
    print(json.dumps(figures))
    return 0


def run(folder: Path, *, soak_minutes: float, windows: int, zones: int) -> dict[str, Any]:
    """Set each stage in turn, and return the figures."""
    for name in ("exercise", "many", "box"):
        (folder / name).mkdir()
    with Browser(*WEBGL) as browser:
        frames = frame_ratio(folder / "many", browser, zones=zones)
        _tell("frames", frames)
        with Exercise(folder / "exercise", SCENARIO, SITE, speed=PACE) as exercise:
            exercise.wait_until_it_answers()
            first = first_look(browser, exercise)
            _tell("first look", first)
            heap_growth_pct = soak(browser, exercise, minutes=soak_minutes)
        _tell("heap", heap_growth_pct)
    timed = page.measure(folder / "box", windows=windows)
    return {
        "js_gzip_kb": script_kb(),
        "foreign_requests": first.foreign_requests,
        "axe_violations": first.axe_violations,
        "table_ms": first.table_ms,
        "map_ms": first.map_ms,
        "commit_to_cell_p95_ms": timed["commit_to_cell_p95_ms"],
        "frame_ratio": frames["frame_ratio"],
        "heap_growth_pct": heap_growth_pct,
        "map_frames": frames["map_frames"],
        "bare_frames": frames["bare_frames"],
        "soak_minutes": soak_minutes,
        "zones": zones,
    }


def _tell(stage: str, found: object) -> None:
    """Say what is known so far: the whole takes a quarter of an hour."""
    print(f"bench: {stage}: {found}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
