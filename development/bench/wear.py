# SPDX-License-Identifier: Apache-2.0
"""Measure what a window costs the box's card.

Bytes written to the device, all files together, by the kernel's own count.

Gate and uplink run for real on an ext4 of 4 KiB blocks in a file behind a loop device, broker and
centre beside, with windows of one second or of `--length`. The last line is one JSON object. Needs
root, for the mount.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from development.chaos.campaign import Campaign
from development.chaos.disk import no_disk
from development.testbed.program import StageError

SECTOR_BYTES = 512
WINDOWS_A_DAY = 1440
SETTLE_S = 12.0
"""For the first writes of new files, and for the file system's own clock."""


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(
        prog="python -m development.bench.wear", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--windows", type=int, default=120)
    parser.add_argument("--length", type=int, default=1, help="of a window, seconds; 60 on a box")
    parser.add_argument(
        "--mount-options",
        default="",
        help="of the disk, for instance noatime,commit=300; none is the system's own",
    )
    arguments = parser.parse_args()
    if missing := no_disk():
        print(f"wear: {missing}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="wear-") as name:
        campaign = Campaign(Path(name), seed=1)
        try:
            campaign.box.clock_wait_s = (
                0  # as on a box whose clock is right: no window waits to be dated
            )
            campaign.box.length_s = arguments.length
            if arguments.mount_options:
                campaign.box.disk.remount(arguments.mount_options)
            campaign.start()
            time.sleep(SETTLE_S)
            # The start's own files wait in memory for half a minute: they are no window's.
            campaign.box.disk.sync()
            before, committed = written(campaign.box.disk.folder), announced(campaign)
            while announced(campaign) - committed < arguments.windows:
                time.sleep(0.2)
            # What is still in memory belongs to these windows too.
            campaign.box.disk.sync()
            windows, total = (
                announced(campaign) - committed,
                written(campaign.box.disk.folder) - before,
            )
        finally:
            campaign.stop()
    figures = {
        "windows": windows,
        "window_s": arguments.length,
        "mount_options": arguments.mount_options,
        "bytes_per_window": round(total / windows),
        "mb_per_day_at_60_s": round(total / windows * WINDOWS_A_DAY / 1e6, 1),
    }
    print(json.dumps(figures))
    return 0


def announced(campaign: Campaign) -> int:
    """Return how many reports the gate has announced."""
    return sum(channel == "report" for channel in campaign.witness.announced.values())


def written(folder: Path) -> int:
    """Return the bytes written so far to the loop device under a folder.

    Field 7 of its stat file, in sectors.
    """
    command = ["findmnt", "-n", "-o", "SOURCE", str(folder)]
    device = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - the system's own
    return (
        int(Path("/sys/block", Path(device).name, "stat").read_text("ascii").split()[6])
        * SECTOR_BYTES
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StageError as error:
        print(f"measure_wear: {error}", file=sys.stderr)
        sys.exit(1)
