# SPDX-License-Identifier: Apache-2.0
"""Pull boxes, have one lie and kill the centre, and hold its picture against one without faults.

By the clock on the wall, with windows of a minute. The last line is one JSON object; 0 where every
bar was held.
"""

import argparse
import contextlib
import json
import sys
import tempfile
from pathlib import Path

from development.testbed.program import StageError
from development.trials.picture.campaign import Campaign
from development.trials.picture.judgement import in_words
from fusion_service.exercise.scenario import Scenario
from fusion_service.exercise.scenario_file import read_scenario
from fusion_service.registry.site_file.reading import read_site

SHIPPED = Path(__file__).resolve().parents[3] / "firmware_configs"
SITE, SCENARIO = SHIPPED / "sites/scheveningen.toml", SHIPPED / "scenarios/hot-sunday.toml"


def shipped_scenario() -> Scenario:
    """Read the shipped day at the shipped site."""
    raw = SITE.read_bytes()
    text = raw.decode("utf-8")
    return read_scenario(SCENARIO.read_bytes(), str(SCENARIO), read_site(raw), text)


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(
        prog="scripts/picture-faults", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=int, default=12, help="live, after the past is signed")
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="leave stores and logs here")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="picture-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        campaign = Campaign(
            folder, shipped_scenario(), seed=arguments.seed, minutes=arguments.minutes
        )
        verdict = campaign.run()
    print(in_words(verdict, verdict.bars))
    print(json.dumps(verdict.as_json()))
    return 0 if all(verdict.bars.values()) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StageError as error:
        print(f"picture-faults: {error}", file=sys.stderr)
        sys.exit(1)
