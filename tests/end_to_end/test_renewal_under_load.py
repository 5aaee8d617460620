# SPDX-License-Identifier: Apache-2.0
"""Broker's, centre's and boxes' certificates are renewed while boxes send a window each second.

None may come late.

The shipped broker config over real TLS, a real centre, boxes' real uplinks, and the two commands
that the timers run.
"""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from development.testbed.times import unix_ms, unix_s
from edge_agent.store.outbox import Waiting
from fusion_service.identity.ca import files
from tests.end_to_end.real_box import RealBox, command
from tests.fusion_service.box import Box
from tests.fusion_service.centre import Centre, until
from tests.fusion_service.identity.secure_broker import HOST, Identities, SecureBroker
from tests.fusion_service.identity.secure_broker import files as holder_files
from wire_contract.topics import Channel

BOXES, ROUNDS = 8, 3
LATEST_S = 10.0
"""No window may come later than this after its end."""
QUIET_S = 5.0

pytestmark = pytest.mark.campaign


class BusyBox:
    """A box that signs a window each second.

    Its files and its uplink belong to one thread, as they do to one process.
    """

    def __init__(self, folder: Path, identity: Path, port: int, signer: Box) -> None:
        self.signed, self.connected, self.signer = 0, False, signer
        self._ends = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._work = self._pool.submit(self._run, folder, identity, port)

    def close(self) -> None:
        """Send what waits, and end. Raises what went wrong in the thread."""
        self._ends.set()
        self._work.result()
        self._pool.shutdown()

    def _run(self, folder: Path, identity: Path, port: int) -> None:
        box = RealBox(
            folder,
            identity,
            port,
            place=(self.signer.site, self.signer.device),
            stream=self.signer.stream,
        )
        due_s = time.monotonic()
        while not self._ends.is_set():
            if time.monotonic() >= due_s:
                self._sign(box)
                due_s += 1.0
            box.uplink.turn(time.monotonic())
            self.connected = box.connected
        box.turn_until(lambda: box.outbox.depth() == 0)
        box.uplink.close()

    def _sign(self, box: RealBox) -> None:
        self.signed += 1
        report = self.signer.report(self.signed, start_s=int(time.time()) - 1, length_s=1)
        box.outbox.insert(
            [Waiting(self.signer.stream, self.signed, Channel.REPORT, self.signer.seal(report))]
        )


@dataclass(frozen=True)
class Figures:
    """Of all boxes: windows that came, the latest one's delay, the longest gap of one box."""

    windows: int
    latest_s: float
    longest_gap_s: float


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as kept:
        yield kept


def windows_of(centre: Centre, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query = ""
    while True:
        page = centre.get(f"/v1/devices/beach/{name}/windows?limit=500{query}")
        found += page["items"]
        if page["next"] is None:
            return sorted(found, key=lambda window: int(window["sequence"]))
        query = f"&before={page['next']}"


def measured(centre: Centre, names: list[str]) -> Figures:
    late_s, gaps_s, number = [0.0], [0.0], 0
    for name in names:
        windows = windows_of(centre, name)
        number += len(windows)
        late_s += [
            unix_ms(window["committed_at"]) / 1000 - unix_s(window["start"]) - window["length_s"]
            for window in windows
        ]
        came = sorted(unix_ms(window["committed_at"]) / 1000 for window in windows)
        gaps_s += [later - earlier for earlier, later in pairwise(came)]
    return Figures(number, max(late_s), max(gaps_s))


def test_no_window_is_late_while_all_certificates_are_renewed(
    tmp_path: Path, stack: ExitStack
) -> None:
    identities = Identities(tmp_path / "identities")
    broker = stack.enter_context(SecureBroker(identities))
    fusion = identities.client("fusion", days=90)
    trusted, certificate, key = holder_files(fusion)
    tls = f'ca = "{trusted}"\ncertificate = "{certificate}"\nkey = "{key}"'
    centre = stack.enter_context(Centre(tmp_path / "centre", broker.port, broker=tls))
    names = [f"pier-{number}" for number in range(BOXES)]
    signers = [Box("beach", name) for name in names]
    for signer in signers:
        centre.enrol(signer)
    with ExitStack() as running:
        boxes = [
            running.enter_context(
                closing(
                    BusyBox(
                        tmp_path / one.device,
                        identities.device("beach", one.device),
                        broker.port,
                        one,
                    )
                )
            )
            for one in signers
        ]
        until(lambda: all(centre.upto(box.signer) > 0 for box in boxes), "the first window of each")
        for turn in range(ROUNDS):
            before = (
                files.read_certificate(broker.folder / "broker.pem"),
                files.read_certificate(fusion / "fusion.pem"),
            )
            # Another issuing certificate makes all that are out due at once: more than any day
            # brings.
            command("ca", "issuing", "--ca", identities.ca)
            told = command(
                "ca",
                "renew-servers",
                broker.folder / "broker.pem",
                fusion / "fusion.pem",
                "--ca",
                identities.ca,
                "--broker-pid",
                broker.pid_file,
                "--broker",
                f"{HOST}:{broker.port}",
            )
            assert "broker renewed" in told
            assert "fusion renewed" in told
            after = (
                files.read_certificate(broker.folder / "broker.pem"),
                files.read_certificate(fusion / "fusion.pem"),
            )
            assert not set(before) & set(after)
            command(
                "renew",
                "--ca",
                identities.ca,
                "--broker",
                f"{HOST}:{broker.port}",
                "--days",
                30 + turn,
            )
            time.sleep(QUIET_S)
        # Whoever comes in anew shows and is shown what was renewed.
        broker.restart()
        until(
            lambda: "comes in with the certificate that is now in" in centre.log.read_text(),
            "the centre with its new certificate",
        )
        until(lambda: all(box.connected for box in boxes), "the boxes")
        time.sleep(QUIET_S)
    found = measured(centre, names)
    sys.stderr.write(
        f"{found} of {BOXES} boxes, {ROUNDS} renewals of all and a restart of the broker\n"
    )
    assert found.windows == sum(box.signed for box in boxes), (
        "each window that was signed was committed, once"
    )
    assert found.latest_s < LATEST_S
    assert found.longest_gap_s < LATEST_S
