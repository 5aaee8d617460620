# SPDX-License-Identifier: Apache-2.0
"""Run a campaign of faults and judge what it cost.

The last line is one JSON object; 0 where nothing was lost.
"""

import argparse
import contextlib
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from development.chaos.box import LENGTH_S
from development.chaos.campaign import Campaign
from development.chaos.clock import why_not
from development.chaos.disk import no_disk
from development.chaos.judgement import judge
from development.testbed.program import StageError


def read_arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        prog="scripts/chaos", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only",
        action="append",
        metavar="KIND",
        help="only this kind of fault; may be given again",
    )
    parser.add_argument(
        "--window", type=int, default=LENGTH_S, metavar="SECONDS", help="length of a window"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="DIRECTORY", help="lay everything out here and leave it there"
    )
    parser.add_argument("--json", action="store_true", help="print the JSON line only")
    return parser.parse_args()


def main() -> int:
    """Run the campaign; 0 where nothing was lost, counted twice or altered."""
    arguments = read_arguments()
    if missing := no_disk():
        print(f"chaos: skipped: {missing}", file=sys.stderr)
        return 2
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        campaign = Campaign(folder, seed=arguments.seed)
        campaign.box.length_s = arguments.window
        if lacking := why_not():
            print(f"chaos: left out: other clocks ({lacking})", file=sys.stderr)
            campaign.kinds = {
                kind: fault for kind, fault in campaign.kinds.items() if "clock" not in kind
            }
        if unknown := set(arguments.only or ()) - campaign.kinds.keys():
            known = ", ".join(sorted(campaign.kinds))
            wrong = ", ".join(sorted(unknown))
            print(f"chaos: no such kind: {wrong}; there are: {known}", file=sys.stderr)
            campaign.stop()
            return 2
        if arguments.only:
            campaign.kinds = {kind: campaign.kinds[kind] for kind in arguments.only}
        try:
            campaign.start()
            campaign.rage(until_s=time.monotonic() + arguments.minutes * 60)
            drained_s = campaign.calm()
            verdict = {**judge(campaign), "drained_s": round(drained_s, 1), "seed": arguments.seed}
        finally:
            campaign.stop()
        if not verdict["ok"] and not arguments.keep:
            kept = Path(tempfile.mkdtemp(prefix="chaos-kept-"))
            for log in (*folder.rglob("*.log"), folder / "witness.journal"):
                shutil.copy(log, kept / "-".join(log.relative_to(folder).parts))
            print(
                f"chaos: not all is well; logs in {kept}; --keep DIRECTORY keeps every file",
                file=sys.stderr,
            )
    print(json.dumps(verdict))
    return 0 if verdict["ok"] else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StageError as error:
        print(f"chaos: {error}", file=sys.stderr)
        sys.exit(1)
