# SPDX-License-Identifier: Apache-2.0
"""A box's outbox, key and uplink in the test's own process, and the commands beside it."""

import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from development.fakes.messages import BOOT, STREAM
from development.testbed.verbs import ended_verb
from edge_agent.process_settings import UplinkSettings
from edge_agent.processes.uplink import Uplink
from edge_agent.store.outbox import Outbox, Waiting
from tests.fusion_service.box import Box
from tests.fusion_service.centre import PROGRAM
from tests.fusion_service.identity.secure_broker import HOST, A, files
from wire_contract.topics import Channel


class RealBox:
    """A box's outbox, its signing key and its uplink, turned by the test."""

    def __init__(
        self,
        folder: Path,
        identity: Path,
        port: int,
        *,
        place: tuple[str, str] = A,
        stream: str = STREAM,
    ) -> None:
        folder.mkdir()
        self.folder, self.signer, self._sequence, self._ahead_s = (
            folder,
            Box(*place, stream=stream),
            0,
            0.0,
        )
        self.outbox = Outbox(folder / "outbox.db", bytes_max=2**20)
        trusted, certificate, key = map(str, files(identity))
        self.settings = UplinkSettings(
            site=place[0],
            device=place[1],
            boot=BOOT,
            outbox_path=str(folder / "outbox.db"),
            outbox_bytes_max=2**20,
            drain_s=5.0,
            host=HOST,
            port=port,
            protocol="5",
            ca_path=trusted,
            certificate_path=certificate,
            key_path=key,
        )
        self.uplink = Uplink(self.settings)

    def sign(self) -> None:
        self._sequence += 1
        self.outbox.insert(
            [
                Waiting(
                    self.signer.stream,
                    self._sequence,
                    Channel.REPORT,
                    self.signer.envelope(self._sequence),
                )
            ]
        )

    def turn_until(
        self, done: Callable[[], bool], within_s: float = 60.0, *, later_s: float = 0.0
    ) -> None:
        """Turn the uplink, its clock from now on `later_s` further ahead of ours.

        It may jump, and never goes back.
        """
        self._ahead_s += later_s
        deadline_s = time.monotonic() + within_s
        while not done():
            assert time.monotonic() < deadline_s, "the uplink did not get there in time"
            self.uplink.turn(time.monotonic() + self._ahead_s)

    def delivers(self) -> None:
        """Sign a report and have the centre acknowledge it."""
        self.sign()
        self.turn_until(lambda: self.outbox.depth() == 0)

    @property
    def shows(self) -> str:
        assert self.uplink.connection._renewal._certificates is not None
        return self.uplink.connection._renewal._certificates.shown.name

    @property
    def connected(self) -> bool:
        return self.uplink.connection.connected


def command(*arguments: object, code: int = 0) -> str:
    done = ended_verb(*arguments)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def as_program(*arguments: object, code: int = 0) -> str:
    """Run a verb as a program, which leaves nothing open when it fails."""
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def while_turning(box: RealBox, run: Callable[[], str]) -> str:
    """Run a command while the box does all that it can to come back."""
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(run)
        while not told.done():
            box.uplink.turn(time.monotonic())
        return told.result()


def while_delivering(box: RealBox, run: Callable[[], str]) -> tuple[str, float]:
    """Run a command while the box signs report after report.

    Return what it said, and the longest wait for an acknowledgement.
    """
    longest_s = 0.0
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(run)
        after = 10  # reports more, so that what comes of the command is seen too
        while after:
            begun_s = time.monotonic()
            box.delivers()
            longest_s = max(longest_s, time.monotonic() - begun_s)
            after -= told.done()
        return told.result(), longest_s
