# SPDX-License-Identifier: Apache-2.0
"""Load the centre with signed reports over a real mTLS broker, and beside it a bare subscriber.

How many, how late, at what cost.

Broker, load and centre share this machine's cores. The bare subscriber is paho-mqtt counting
messages and nothing else, under the same load in the same run. What a signature check costs is
measured here too and taken out of the comparison, because no centre that checks can do without it.
The last line is one JSON object.
"""

import argparse
import contextlib
import json
import signal
import sqlite3
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from development.fleet.boxes import IN_FLIGHT_MAX, Box, Fleet, make_boxes
from development.fleet.enrolled import SITE, address_of, centre_of
from development.testbed.broker import ShippedBroker
from development.testbed.identities import Identities
from development.testbed.program import Program, cpu_s, rss_mb
from fusion_service.registry.registry import public_key
from wire_contract.codec import signed_bytes, split
from wire_contract.topics import Channel

SETTLE_S = 30.0
CHECKS = 2_000
BARE_SHARE = 0.25
"""How much of the time the bare subscriber gets, before the centre gets all of it."""
MARK_EVERY_S = 0.2
Signed = Sequence[tuple[Box, int, bytes]]
"""A box, the sequence of its report, and the report as it travels."""


def main() -> int:
    """Run the benchmark; 0 done, whatever the figures."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench ingest", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--boxes", type=int, default=100)
    parser.add_argument(
        "--rate", type=float, default=3_200.0, help="reports a second offered, all boxes together"
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print the JSON line only")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as folder:
        figures = run(
            Path(folder),
            boxes=arguments.boxes,
            rate=arguments.rate,
            seconds=arguments.seconds,
            seed=arguments.seed,
        )
    if not arguments.json:
        for name, value in figures.items():
            print(f"{name:>28}  {value}")
    print(json.dumps(figures))
    return 0


def run(folder: Path, *, boxes: int, rate: float, seconds: float, seed: int) -> dict[str, float]:
    """Set the stage, load the bare subscriber, then the centre, and return the figures."""
    fleet_boxes = make_boxes(boxes, site=SITE, seed=seed, checkpoints=False)
    signed = sign(fleet_boxes, round(rate * seconds))
    check_s = check_cost(signed)
    marks_mb: list[float] = []
    identities = Identities(folder)
    client = identities.client("fusion")
    with (
        ShippedBroker(identities) as broker,
        contextlib.closing(
            Fleet(fleet_boxes, address_of(broker, identities), identities.ca)
        ) as fleet,
    ):
        with bare_subscriber(folder, broker.port, client) as bare:
            fleet.connect(ramp_s=2.0, tick=lambda: None)
            before_s = cpu_s(bare.pid)
            heard = offer(
                fleet,
                signed,
                rate=rate,
                seconds=seconds * BARE_SHARE,
                tick=lambda: None,
                hold_back=False,
            )
            time.sleep(1.0)
            bare_s = (cpu_s(bare.pid) - before_s) / heard
        for box in fleet_boxes:
            box.waiting.clear()
        with centre_of(folder / "centre", broker, client, fleet_boxes) as service:
            service.wait_until_connected()
            before_s = cpu_s(service.pid)
            sent = offer(
                fleet,
                signed,
                rate=rate,
                seconds=seconds,
                tick=lambda: marks_mb.append(rss_mb(service.pid)),
                hold_back=True,
            )
            settle(fleet)
            service_s = (cpu_s(service.pid) - before_s) / sent
    delays_ms, span_s = delays(service.store)
    quarter = len(marks_mb) // 4
    return {
        "reports_per_s": round(len(delays_ms) / span_s, 1),
        "p99_ms": delays_ms[int(0.99 * (len(delays_ms) - 1))],
        "cpu_ratio": round((service_s - check_s) / bare_s, 2),
        # From the second quarter of the time to the last: the first is the service filling its
        # buffers.
        "rss_growth_mb": round(
            statistics.median(marks_mb[-quarter:])
            - statistics.median(marks_mb[quarter : 2 * quarter]),
            1,
        ),
        "p50_ms": statistics.median(delays_ms),
        "offered": sent,
        "committed": len(delays_ms),
        "unacknowledged": sum(len(box.waiting) for box in fleet_boxes),
        "service_us": round(service_s * 1e6, 1),
        "signature_check_us": round(check_s * 1e6, 1),
        "bare_us": round(bare_s * 1e6, 1),
        "boxes": boxes,
    }


def sign(boxes: Sequence[Box], count: int) -> Signed:
    """Sign all reports before the clock runs.

    The load is the broker's and the centre's, not the signer's.
    """
    return [
        (box, *box.writing.next()[:2])
        for number in range(count)
        for box in [boxes[number % len(boxes)]]
    ]


def check_cost(signed: Signed) -> float:
    """Return the processor time of one signature check, as the centre makes it, seconds."""
    parted = [
        (public_key(box.identity.public_key), *split(envelope))
        for box, _, envelope in signed[:CHECKS]
    ]
    begun_s = time.process_time()
    for key, payload, signature in parted:
        key.verify(signed_bytes(Channel.REPORT, payload), signature)
    return (time.process_time() - begun_s) / len(parted)


def offer(
    fleet: Fleet,
    signed: Signed,
    *,
    rate: float,
    seconds: float,
    tick: Callable[[], None],
    hold_back: bool,
) -> int:
    """Send at `rate` for `seconds` and return how many.

    With hold_back a box waits while too many of its reports do.
    """
    begun_s = told_s = time.monotonic()
    sent = 0
    while time.monotonic() - begun_s < seconds and sent < len(signed):
        due = min(len(signed), round(rate * (time.monotonic() - begun_s)))
        while sent < due:
            box, sequence, envelope = signed[sent]
            if hold_back and len(box.waiting) >= IN_FLIGHT_MAX:
                break
            fleet.put(box, sequence, envelope, None)
            sent += 1
            if sent % IN_FLIGHT_MAX == 0:
                fleet.turn(0.0)
        fleet.turn(0.002)
        if time.monotonic() - told_s > MARK_EVERY_S:
            told_s = time.monotonic()
            tick()
    return sent


def settle(fleet: Fleet) -> None:
    """Wait until nothing waits any more, or long enough."""
    until_s = time.monotonic() + SETTLE_S
    while time.monotonic() < until_s and any(box.waiting for box in fleet.boxes):
        fleet.turn(0.05)


def delays(store: Path) -> tuple[list[int], float]:
    """Return each report's time to commit, ms, sorted, and the seconds that all took."""
    query = (
        "SELECT b.committed_ms - r.received_ms, b.committed_ms FROM report r JOIN batch b ON b.id "
        "= r.batch_id"
    )
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        rows = connection.execute(query).fetchall()
    times_ms = [row[1] for row in rows]
    return sorted(row[0] for row in rows), (max(times_ms) - min(times_ms)) / 1000


@contextlib.contextmanager
def bare_subscriber(folder: Path, port: int, client: Path) -> Iterator[Program]:
    """Run a subscriber that does nothing with what it hears."""
    command = [sys.executable, "-m", "development.bench.ingest", "--bare", str(port), str(client)]
    with Program(command, folder / "bare.log") as running:
        time.sleep(1.5)
        yield running


def be_bare(port: int, client: Path) -> None:
    """Receive and acknowledge every report, until a signal comes."""
    subscriber = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="fusion", protocol=mqtt.MQTTv5)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(client / "ca.pem")
    context.load_cert_chain(client / "fusion.pem", client / "fusion.key")
    subscriber.tls_set_context(context)
    subscriber.on_message = lambda *_: None
    subscriber.on_connect = lambda client, *_: client.subscribe("pc/v1/+/+/report", qos=1)
    subscriber.connect("127.0.0.1", port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    subscriber.loop_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        be_bare(int(sys.argv[2]), Path(sys.argv[3]))
    sys.exit(main())
