# SPDX-License-Identifier: Apache-2.0
"""The uplink process: wiring between the outbox and the broker. It handles bytes it cannot make.

A row is published, published again if the centre stays silent, and deleted only when the centre says it has disposed of it.
Started as `python -I -m edge_agent.uplink_process SETTINGS LOCKED GO`: the descriptor that carries its settings, the one it closes
once it is locked, and the one on which it hears that the lock has been measured.
"""

import logging
import signal
import sys
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from edge_agent.confinement import lock
from edge_agent.confinement.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.UPLINK)

from edge_agent.errors import EdgeAgentError, LinkError
from edge_agent.handover import UplinkSettings, read_settings
from edge_agent.health import LinkClass
from edge_agent.outbox import Acknowledged, Outbox
from edge_agent.uplink.backoff import Backoff
from edge_agent.uplink.publisher import Publisher
from edge_agent.uplink.tls import client_context
from wire_contract.topics import Channel

if TYPE_CHECKING:
    from wire_contract.acknowledgement import Acknowledgement

TURN_S = 0.1
IN_HAND_MAX = 128
"""Rows looked at together; the gate keeps fewer in flight."""
RECONNECT = Backoff(base_s=0.5, most_s=60.0)
RESEND = Backoff(base_s=10.0, most_s=300.0)
TOGETHER_S, HURRY = 0.1, 32
"""How long a word of the centre waits for the next, so that one commit notes both; not while so much is under way."""
RECENT_S = 600.0
"""A reconnection this recent still shows in the health."""
log = logging.getLogger("edge_agent.uplink")


class Uplink:
    """Keep the link up and the outbox moving, one turn at a time."""

    def __init__(self, settings: UplinkSettings) -> None:
        self._settings = settings
        self._outbox = Outbox(Path(settings.outbox_path), bytes_max=settings.outbox_bytes_max)
        self._tls = None
        if settings.ca_path and settings.certificate_path and settings.key_path:
            self._tls = client_context(
                ca_path=settings.ca_path, certificate_path=settings.certificate_path, key_path=settings.key_path
            )
        self._random = Random()  # noqa: S311 - spreads retries, hides nothing
        self._publisher: Publisher | None = None
        self._failures = 0
        self._try_at_s = 0.0
        self._lost_at_s: float | None = None
        self._link: LinkClass | None = None
        self._changes = -1
        self._sent: dict[tuple[str, int], tuple[int, float]] = {}
        self._next_resend_s = 0.0
        self._heard: list[Acknowledgement] = []
        self._heard_s = 0.0

    def turn(self, now_s: float) -> None:
        """Do what is due at `now_s` (monotonic) and wait at most TURN_S."""
        try:
            if self._publisher is None:
                self._connect(now_s)
            else:
                self._publisher.turn(TURN_S)
                if self._publisher.connected:
                    self._hear(self._publisher, now_s)
                    self._send(self._publisher, now_s)
        except LinkError as error:
            self._drop(now_s, error)
        self._show_link(now_s)

    def drain(self, now_s: float) -> None:
        """At the end, keep sending while the link is up and rows wait, for at most the stated time; the rest waits on disk."""
        until_s = now_s + self._settings.drain_s
        while self._publisher is not None and self._publisher.connected and self._outbox.depth() and time.monotonic() < until_s:
            self.turn(time.monotonic())
        if waiting := self._outbox.depth():
            log.warning("%d reports wait in %s; the next run sends them", waiting, self._settings.outbox_path)

    def close(self) -> None:
        """Say goodbye to the broker and close the outbox."""
        if self._publisher is not None:
            self._publisher.close()
        self._outbox.close()

    def _connect(self, now_s: float) -> None:
        if now_s < self._try_at_s:
            time.sleep(min(TURN_S, self._try_at_s - now_s))
            return
        settings = self._settings
        publisher = Publisher(
            site=settings.site, device=settings.device, boot=settings.boot, protocol=settings.protocol, tls=self._tls
        )
        publisher.connect(settings.host, settings.port)
        self._publisher, self._sent, self._changes = publisher, {}, -1

    def _drop(self, now_s: float, error: LinkError) -> None:
        """Throw the connection away and set when to try again."""
        wait_s = RECONNECT.wait_s(self._failures, self._random)
        log.warning("%s; %d waiting, next try in %.1f s", error, self._outbox.depth(), wait_s)
        self._publisher, self._try_at_s = None, now_s + wait_s
        self._failures += 1
        self._lost_at_s = now_s

    def _hear(self, publisher: Publisher, now_s: float) -> None:
        """Note what the centre says, in as few commits as it takes: each wears the card.

        A checkpoint and the entries it covers are acknowledged one after the other, so while little is under way the first word
        waits a moment for the second.
        """
        if self._failures:
            log.info("connected again after %d failures", self._failures)
            self._failures = 0
        new = publisher.acknowledgements()
        if new and not self._heard:
            self._heard_s = now_s
        self._heard += new
        if not self._heard or (len(self._sent) < HURRY and now_s - self._heard_s < TOGETHER_S):
            return
        with self._outbox.transaction():
            for heard in self._heard:
                self._outbox.acknowledge(heard.stream, Acknowledged(heard.upto, heard.rejected, heard.root))
        upto = {heard.stream: heard.upto for heard in self._heard}
        self._sent = {key: sent for key, sent in self._sent.items() if key[1] > upto.get(key[0], 0)}
        self._heard = []

    def _send(self, publisher: Publisher, now_s: float) -> None:
        """Publish what is new in the outbox, and again what the centre has been silent on for long."""
        changes = self._outbox.changes()
        if changes == self._changes and now_s < self._next_resend_s:
            return
        self._changes = changes
        for row in self._outbox.waiting(limit=IN_HAND_MAX):
            times, again_s = self._sent.get((row.stream, row.sequence), (0, 0.0))
            if now_s >= again_s:
                publisher.publish(Channel(row.channel), row.envelope)
                self._sent[row.stream, row.sequence] = (times + 1, now_s + RESEND.ceiling_s(times))
        self._next_resend_s = min((again_s for _, again_s in self._sent.values()), default=now_s + RESEND.base_s)

    def _show_link(self, now_s: float) -> None:
        """Leave the link's class in the outbox file when it changes; the gate puts it in the health."""
        link = LinkClass.DISCONNECTED
        if self._publisher is not None and self._publisher.connected:
            recent = self._lost_at_s is not None and now_s - self._lost_at_s < RECENT_S
            link = LinkClass.RECONNECTED if recent else LinkClass.CONNECTED
        if link is not self._link:
            self._outbox.set_link(link)
            self._link = link


def main(descriptor: int, locked_fd: int, go_fd: int) -> None:
    """Run until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr)
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = read_settings(UplinkSettings, descriptor)
    uplink = Uplink(settings)
    # Python loads this codec when it first resolves a name; after the lock no library can be loaded.
    settings.host.encode("idna")
    lock.close(Role.UPLINK)
    if lock.wait_for_go(locked_fd, go_fd):
        while not stopping:
            uplink.turn(time.monotonic())
        uplink.drain(time.monotonic())
    uplink.close()


if __name__ == "__main__":
    try:
        main(*map(int, sys.argv[1:4]))
    except EdgeAgentError as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence is the story; a stack would bury it
        sys.exit(1)
