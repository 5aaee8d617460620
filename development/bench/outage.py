# SPDX-License-Identifier: Apache-2.0
"""Measure how a box comes back after days without a broker.

What is lost, how soon a live window is there, how fast it drains.

The gate's own code closes the windows of the outage into a store, on a clock that is turned; then
the real gate, uplink, broker and centre run on it. The windows of the outage are of 60 s, the live
ones of 1 s. The last line is one JSON object. Needs root, for the mount.
"""

import argparse
import contextlib
import json
import random
import sqlite3
import sys
import tempfile
import time
import uuid
from dataclasses import replace
from pathlib import Path

from development.chaos.box import COUNT_MAX
from development.chaos.campaign import Campaign
from development.chaos.disk import no_disk
from development.chaos.link import LinkState
from development.testbed.program import StageError
from edge_agent.channel import Kind, Record, pack
from edge_agent.process_settings import SlotSettings
from edge_agent.processes.gate import GateProcess
from edge_agent.signing.open_slots import GRACE_S

WINDOW_S = 60
LIVE_S = 4.0
DRAIN_S = 300.0


class TurnedClock:
    """A clock that is turned by hand, so many seconds behind the machine's."""

    def __init__(self, behind_s: float) -> None:
        self._monotonic_s, self._utc_s = 0.0, float((time.time() - behind_s) // WINDOW_S * WINDOW_S)

    def monotonic_s(self) -> float:
        """Return seconds since it was made."""
        return self._monotonic_s

    def utc_s(self) -> float:
        """Return UTC as turned."""
        return self._utc_s

    def synchronised(self) -> bool:
        """Say yes."""
        return True

    def turn(self, seconds: float) -> None:
        """Go forward."""
        self._monotonic_s += seconds
        self._utc_s += seconds


def close_windows(campaign: Campaign, number: int) -> dict[int, int]:
    """Close so many windows into the box's store while nobody takes them.

    Return each one's number and count.
    """
    # Its clock is not that of this boot, so it was another.
    slots = SlotSettings(0.0, WINDOW_S, replay=False)
    settings = replace(campaign.box.gate_settings(), boot=str(uuid.uuid4()), slots=slots)
    clock, source = TurnedClock((number + 2) * WINDOW_S), random.Random(1)  # noqa: S311 - counts to be recognised, no secret
    gate = GateProcess(settings, clock)
    gate.sign_meta()
    emitted = {}
    for slot in range(number):
        emitted[slot + 1] = count = source.randint(0, 1000)
        for kind, values in (
            (Kind.LINE, (slot + 1, count, 0, 0)),
            (Kind.IMAGE_QUALITY, (0, 3, 3, 0)),
        ):
            gate.read_record(
                pack(Record(kind, 0, slot, 2 * slot + (kind is Kind.IMAGE_QUALITY), values))
            )
        clock.turn(WINDOW_S + (GRACE_S if slot == 0 else 0.0))
        gate.tick()
    gate.close()
    return emitted


def measure(campaign: Campaign, hours: float) -> dict[str, object]:
    """Let the outage happen, and watch it end."""
    number = round(hours * 3600 / WINDOW_S)
    assert number <= COUNT_MAX  # noqa: S101 - the window's number travels as its count
    campaign.box.clock_wait_s = 0
    emitted = close_windows(campaign, number)
    campaign.link.become(LinkState.CUT)
    campaign.start()
    time.sleep(LIVE_S)
    campaign.link.become(LinkState.FINE)
    until_s = time.monotonic() + DRAIN_S
    while len(of_outage(campaign.store)) < number and time.monotonic() < until_s:
        time.sleep(0.2)
    found = of_outage(campaign.store)
    with contextlib.closing(
        sqlite3.connect(f"file:{campaign.store}?mode=ro", uri=True)
    ) as connection:
        online_ms = connection.execute("SELECT link_ms FROM device").fetchone()[0]
        live_ms = connection.execute(
            "SELECT MIN(committed_ms) FROM report r JOIN batch b ON b.id = r.batch_id WHERE "
            "r.length_s < ?",
            (WINDOW_S,),
        ).fetchone()[0]
    done_ms = max(committed for _, _, committed in found)
    return {
        "windows": number,
        "lost": len(emitted.keys() - {one for one, _, _ in found}),
        "twice": len(found) - len({one for one, _, _ in found}),
        "sums_equal": sum(emitted.values()) == sum(count for _, count, _ in found),
        "live_after_s": round((live_ms - online_ms) / 1000, 2),
        "drained_s": round((done_ms - online_ms) / 1000, 1),
        "windows_per_s": round(number / ((done_ms - online_ms) / 1000)),
    }


def of_outage(store: Path) -> list[tuple[int, int, int]]:
    """Return number, count and commit time (ms) of each window of the outage at the centre."""
    query = (
        "SELECT l.in_count, l.out_count, b.committed_ms FROM report r JOIN line_count l ON "
        "l.report_id = r.id JOIN batch b ON b.id = r.batch_id WHERE r.length_s = ? AND "
        "b.committed_ms IS NOT NULL"
    )
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        return connection.execute(query, (WINDOW_S,)).fetchall()


def main() -> int:
    """Run the measurement; 0 where nothing was lost."""
    parser = argparse.ArgumentParser(
        prog="python -m development.bench.outage", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--hours", type=float, default=72.0)
    arguments = parser.parse_args()
    if missing := no_disk():
        print(f"outage: {missing}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="outage-") as name:
        campaign = Campaign(Path(name), seed=1)
        try:
            figures = measure(campaign, arguments.hours)
        finally:
            campaign.stop()
    print(json.dumps(figures))
    return 0 if figures["lost"] == 0 and figures["twice"] == 0 and figures["sums_equal"] else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StageError as error:
        print(f"measure_outage: {error}", file=sys.stderr)
        sys.exit(1)
