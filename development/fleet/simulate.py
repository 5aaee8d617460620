# SPDX-License-Identifier: Apache-2.0
"""A fleet of boxes out of one process: signed reports, as many connections as boxes, over mTLS.

By itself it starts a broker with the shipped config and a centre, for load and soak. With --broker
it joins a broker and a centre that run already, to give the map something to show: --authority
names the folder of their root, --enrol-into the centre's store. The same seed gives the same boxes
and the same counts. The last line is one JSON object.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

from development.fleet.boxes import Fleet, fleet_digest, make_boxes
from development.fleet.enrolled import SITE, address_of, centre_of, enrol
from development.fleet.identity import BrokerAddress
from development.testbed.broker import ShippedBroker
from development.testbed.identities import Identities
from development.testbed.program import StageError, cpu_s, rss_mb

RAMP_S = 300.0
SETTLE_S = 30.0


def read_arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        prog="scripts/simulate", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--boxes", type=int, default=100)
    parser.add_argument(
        "--rate",
        type=float,
        help="reports a second, all boxes together; one a box and minute if left out",
    )
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="how long, once all are connected"
    )
    parser.add_argument(
        "--ramp",
        type=float,
        help="seconds over which they connect; at most 300 for 10,000 if left out",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--site", default=SITE)
    parser.add_argument("--broker", metavar="HOST:PORT", help="a broker that runs already")
    parser.add_argument(
        "--authority",
        type=Path,
        metavar="FOLDER",
        help="its root, as fusion-service ca init made it",
    )
    parser.add_argument(
        "--enrol-into",
        type=Path,
        metavar="STORE",
        help="the store of the centre that is to know the boxes",
    )
    arguments = parser.parse_args()
    if bool(arguments.broker) != bool(arguments.authority):
        parser.error(
            "--broker and --authority go together: the boxes' certificates are made by that root"
        )
    return arguments


def main() -> int:
    """Run the fleet; 0 where every report that was sent has been acknowledged by the centre."""
    try:
        figures = run(read_arguments())
    except StageError as error:
        print(f"simulate: {error}", file=sys.stderr)
        return 1
    print(json.dumps(figures))
    return 0 if figures["unacknowledged"] == 0 else 1


def run(arguments: argparse.Namespace) -> dict[str, float | str]:
    """Connect every box, let them report, and return the figures."""
    boxes = make_boxes(arguments.boxes, site=arguments.site, seed=arguments.seed, checkpoints=True)
    rate = arguments.rate or arguments.boxes / 60.0
    ramp_s = arguments.ramp
    if ramp_s is None:
        ramp_s = min(RAMP_S, RAMP_S * arguments.boxes / 10_000)
    with contextlib.ExitStack() as stage:
        service = None
        if arguments.broker:
            host, _, port = arguments.broker.rpartition(":")
            authority = arguments.authority
            broker = BrokerAddress(host, int(port), authority / "ca.pem")
            if arguments.enrol_into:
                enrol(arguments.enrol_into, boxes)
        else:
            folder = Path(stage.enter_context(tempfile.TemporaryDirectory(prefix="simulate-")))
            identities = Identities(folder)
            running = stage.enter_context(ShippedBroker(identities))
            broker, authority = address_of(running, identities), identities.ca
            client = identities.client("fusion")
            service = stage.enter_context(centre_of(folder / "centre", running, client, boxes))
            service.wait_until_connected()
        fleet = stage.enter_context(contextlib.closing(Fleet(boxes, broker, authority)))
        begun_s = time.monotonic()
        fleet.connect(ramp_s=ramp_s, tick=lambda: None)
        connected_s = time.monotonic() - begun_s
        print(
            f"{len(boxes)} boxes ({fleet_digest(boxes)}) connected in {connected_s:.1f} s",
            file=sys.stderr,
        )
        before_s = cpu_s(service.pid) if service else 0.0
        begun_s = time.monotonic()
        report(fleet, rate=rate, seconds=arguments.seconds)
        lasted_s = time.monotonic() - begun_s
        settle(fleet)
        waits_s = sorted(fleet.delays_s) or [float("nan")]
        return {
            "boxes": len(boxes),
            "connect_s": round(connected_s, 1),
            "sent": fleet.sent,
            "acknowledged": fleet.acknowledged,
            "unacknowledged": sum(len(box.waiting) for box in boxes),
            "lost_connections": fleet.lost_connections,
            "reports_per_s": round(fleet.sent / lasted_s, 1),
            # From the first byte sent to the centre's signed-off acknowledgement: an upper bound of
            # release to commit.
            "p50_ms": round(1000 * waits_s[len(waits_s) // 2], 1),
            "p99_ms": round(1000 * waits_s[int(0.99 * (len(waits_s) - 1))], 1),
            "centre_core_share": round(
                (cpu_s(service.pid) - before_s) / (time.monotonic() - begun_s), 3
            )
            if service
            else -1.0,
            "centre_rss_mb": round(rss_mb(service.pid), 1) if service else -1.0,
            "seed": arguments.seed,
        }


def report(fleet: Fleet, *, rate: float, seconds: float) -> None:
    """Let the boxes report in turn, evenly in time, for so long; what is lost connects again."""
    begun_s = told_s = time.monotonic()
    turn = 0
    while time.monotonic() - begun_s < seconds:
        while turn < rate * (time.monotonic() - begun_s):
            fleet.send(fleet.boxes[turn % len(fleet.boxes)])
            turn += 1
        fleet.turn(0.005)
        if time.monotonic() - told_s > 1.0:
            told_s = time.monotonic()
            fleet.reconnect()


def settle(fleet: Fleet) -> None:
    """Wait until the centre has acknowledged everything, or long enough."""
    until_s = time.monotonic() + SETTLE_S
    while time.monotonic() < until_s and any(box.waiting for box in fleet.boxes):
        fleet.turn(0.05)
        fleet.reconnect()


if __name__ == "__main__":
    sys.exit(main())
