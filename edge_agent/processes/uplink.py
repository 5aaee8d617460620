# SPDX-License-Identifier: Apache-2.0
"""The uplink process: wiring between the outbox and the broker. It handles bytes it cannot make.

A row is published, published again if the centre stays silent, and deleted only when the centre
says it has disposed of it. Started as `python -I -m edge_agent.processes.uplink SETTINGS LOCKED
GO`: the descriptor that carries its settings, the one it closes once it is locked, and the one on
which it hears that the lock has been measured.
"""

import logging
import ssl
import sys
import time
from pathlib import Path
from random import Random

from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.UPLINK)

from edge_agent.clock import SystemClock
from edge_agent.confinement import process_exit
from edge_agent.confinement.stop import Stop
from edge_agent.errors import LinkError
from edge_agent.health import LinkClass
from edge_agent.process_settings import UplinkSettings, read_settings
from edge_agent.store.layout import NOTES_FILE
from edge_agent.store.outbox import Outbox
from edge_agent.uplink.certificates import Certificates
from edge_agent.uplink.connection import Connection
from edge_agent.uplink.heard.acceptance import Acceptance
from edge_agent.uplink.heard.listening import Listening
from edge_agent.uplink.moves import Moves
from edge_agent.uplink.notes import Notes
from edge_agent.uplink.publisher import Publisher
from edge_agent.uplink.renewal import CertificateRenewal
from edge_agent.uplink.route import Address
from edge_agent.uplink.sent.sending import Sending
from edge_agent.uplink.silence import Silence

log = logging.getLogger("edge_agent.uplink")


class Uplink:
    """Keep the link up and the outbox moving, one turn at a time."""

    def __init__(self, settings: UplinkSettings) -> None:
        self._settings = settings
        self._outbox = Outbox(Path(settings.outbox_path), bytes_max=settings.outbox_bytes_max)
        folder = Path(settings.outbox_path).parent
        self._notes = notes = Notes(folder / NOTES_FILE, SystemClock().utc_s)
        certificates = _certificates(settings, folder)
        random = Random()  # noqa: S311 - spreads retries, hides nothing
        moves = Moves(folder, notes, Address(settings.host, settings.port), random.random)
        self._silence = Silence(
            notes, site=settings.site, device=settings.device, protocol=settings.protocol
        )
        self.connection = Connection(
            lambda tls: _publisher(settings, tls),
            self._outbox.depth,
            notes=notes,
            moves=moves,
            renewal=CertificateRenewal(certificates, notes, random),
            silence=self._silence,
            random=random,
        )
        self._acceptance = Acceptance(self._outbox, notes)
        self._listening = Listening(self._outbox, notes, self._acceptance, moves.acknowledged)
        self.sending = Sending(self._outbox, notes, self._acceptance, self._silence, random)
        self._link: LinkClass | None = None

    def turn(self, now_s: float) -> None:
        """Do what is due at `now_s` (monotonic) and wait a tenth of a second at most."""
        try:
            if self.connection.turn(now_s):
                self.sending.begin_anew()
            elif self.connection.publisher is not None and self.connection.connected:
                self._exchange(self.connection.publisher, now_s)
        except LinkError as error:
            self.connection.drop(now_s, error)
        self.connection.follow(now_s)
        self._show_link(now_s)

    def drain(self, now_s: float) -> None:
        """At the end, send what waits, for at most the stated time, over the link or one last try.

        The rest stays on disk.
        """
        until_s = now_s + self._settings.drain_s
        if self.connection.publisher is None and self._outbox.depth():
            self.connection.try_now(now_s)
            self.turn(now_s)
        while (
            self.connection.publisher is not None
            and not self.sending.presence.is_offline
            and not self._acceptance.reception.holds
            and self._outbox.depth()
            and time.monotonic() < until_s
        ):
            self.turn(time.monotonic())
        if waiting := self._outbox.depth():
            log.warning(
                "%d reports wait in %s; the next run sends them",
                waiting,
                self._settings.outbox_path,
            )

    def close(self) -> None:
        """Say goodbye to the broker and close the outbox."""
        self.connection.close()
        self._notes.close()
        self._outbox.close()

    def _exchange(self, publisher: Publisher, now_s: float) -> None:
        """Hear what the centre says, and send what is due."""
        self.connection.note_up()
        under_way = len(self.sending.sent)
        noted = self._listening.listen(
            publisher.mailbox.acknowledgements(), now_s, under_way=under_way
        )
        if noted is not None:
            self.sending.note(noted, now_s)
            self._silence.end()
        self.sending.send(publisher, now_s)
        self.connection.show_renewed(now_s)

    def _show_link(self, now_s: float) -> None:
        """Leave the link's class in the outbox file when it changes.

        The gate puts it in the health.
        """
        link = LinkClass.DISCONNECTED
        if self.connection.connected:
            recent = self.connection.attempts.were_recent(now_s)
            link = LinkClass.RECONNECTED if recent else LinkClass.CONNECTED
        if link is not self._link:
            self._outbox.set_link(int(link))
            self._link = link


def _publisher(settings: UplinkSettings, tls: ssl.SSLContext | None) -> Publisher:
    return Publisher(
        site=settings.site,
        device=settings.device,
        boot=settings.boot,
        protocol=settings.protocol,
        tls=tls,
    )


def _certificates(settings: UplinkSettings, folder: Path) -> Certificates | None:
    """Return what a box under TLS may show. Raises LinkError where its files will not do."""
    if not (settings.ca_path and settings.certificate_path and settings.key_path):
        return None
    return Certificates(
        ca_path=settings.ca_path,
        certificate_path=settings.certificate_path,
        key_path=settings.key_path,
        folder=folder,
    )


def main(descriptor: int, locked_fd: int, go_fd: int) -> None:
    """Run until SIGTERM."""
    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    stop = Stop()
    settings = read_settings(UplinkSettings, descriptor)
    uplink = Uplink(settings)
    # Python loads this codec when it first resolves a name; after the lock no library can be
    # loaded.
    settings.host.encode("idna")
    lock.close(Role.UPLINK)
    if lock.wait_for_go(locked_fd, go_fd):
        while not stop.heard():
            uplink.turn(time.monotonic())
        uplink.drain(time.monotonic())
    uplink.close()
    process_exit.exit_now(process_exit.DONE_EXIT)


if __name__ == "__main__":
    process_exit.run(main, *map(int, sys.argv[1:4]), log=log)
