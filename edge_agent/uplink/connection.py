# SPDX-License-Identifier: Apache-2.0
"""Keep the connection to the broker up: opened, dropped, opened again, led to another broker."""

import logging
import ssl
import time
from collections.abc import Callable
from random import Random

from edge_agent.backoff import RECONNECT
from edge_agent.errors import LinkError
from edge_agent.uplink.moves import Moves
from edge_agent.uplink.notes import Notes, NoteSubject
from edge_agent.uplink.publisher import Publisher
from edge_agent.uplink.renewal import CertificateRenewal
from edge_agent.uplink.silence import Silence
from wire_contract.messages.state import Link

TURN_S = 0.1
TOLD_FIRST, TOLD_EVERY = 8, 64
"""The first failures in a row are told each, then one in so many: a broker may be away for days."""
RECENT_S = 600.0
"""A reconnection this recent still shows in the health."""
log = logging.getLogger("edge_agent.uplink")


class Attempts:
    """The failures in a row, and when the next attempt is due (monotonic)."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.failures = 0
        self.try_at_s = 0.0
        self._lost_at_s: float | None = None

    def fail(self, now_s: float) -> tuple[float, bool]:
        """Count a failure; return how long to wait now, and whether it is one to be told."""
        wait_s = RECONNECT.wait_s(self.failures, self._random)
        is_told = self.failures < TOLD_FIRST or self.failures % TOLD_EVERY == 0
        self.try_at_s, self._lost_at_s = now_s + wait_s, now_s
        self.failures += 1
        return wait_s, is_told

    def were_recent(self, now_s: float) -> bool:
        """Say whether the last one was a moment ago."""
        return self._lost_at_s is not None and now_s - self._lost_at_s < RECENT_S


class Connection:
    """The one connection of the uplink, or the wait for the next."""

    def __init__(
        self,
        open_publisher: Callable[[ssl.SSLContext | None], Publisher],
        waiting: Callable[[], int],
        *,
        notes: Notes,
        moves: Moves,
        renewal: CertificateRenewal,
        silence: Silence,
        random: Random,
    ) -> None:
        """waiting: how many reports wait in the outbox."""
        self._open, self._waiting, self._notes = open_publisher, waiting, notes
        self._moves, self._renewal, self._silence = moves, renewal, silence
        self.attempts = Attempts(random)
        self.publisher: Publisher | None = None

    def turn(self, now_s: float) -> bool:
        """Open the connection where it is due, or move its bytes, for at most TURN_S.

        Return whether it was opened now. Raises LinkError where it fails.
        """
        if self.publisher is not None:
            self.publisher.turn(TURN_S)
            return False
        if now_s < self.attempts.try_at_s:
            time.sleep(min(TURN_S, self.attempts.try_at_s - now_s))
            return False
        tls = self._renewal.context()
        publisher = self._open(tls)
        publisher.connect(self._moves.address.host, self._moves.address.port)
        self.publisher = publisher
        self._silence.begin_connection()
        return True

    @property
    def connected(self) -> bool:
        """Whether the broker has let us in and answered."""
        return self.publisher is not None and self.publisher.connected

    def note_up(self) -> None:
        """Say that the connection is up."""
        if self.attempts.failures:
            log.info("connected again after %d failures", self.attempts.failures)
            self.attempts.failures = 0
        self._notes.say(NoteSubject.LINK, None)

    def try_now(self, now_s: float) -> None:
        """Let the next attempt be due now."""
        self.attempts.try_at_s = now_s

    def drop(self, now_s: float, error: LinkError) -> None:
        """Throw the connection away and set when to try again."""
        self._moves.failed(str(error))
        wait_s, is_told = self.attempts.fail(now_s)
        if is_told:
            log.warning("%s; %d waiting, next try in %.1f s", error, self._waiting(), wait_s)
        self._notes.say(NoteSubject.LINK, str(error))
        if self._moves.on_trial:
            pass
        elif self.publisher is not None and not self.publisher.welcomed:
            # It answered, and let nobody in: with this certificate it may never do.
            self._renewal.show_another()
        elif self.publisher is not None:
            self._silence.end_connection(waits=self._waiting() > 0)
        if self.publisher is not None:
            self.publisher.drop()
        self.publisher = None

    def show_renewed(self, now_s: float) -> None:
        """Close the connection where a renewed certificate is to be shown now."""
        publisher = self.publisher
        if publisher is not None and self._renewal.turn(publisher.mailbox.certificate(), now_s):
            publisher.close()
            self.publisher = None
            self.try_now(now_s)

    def follow(self, now_s: float) -> None:
        """Go to another broker where a signed config leads there.

        And back, where that was a mistake.
        """
        publisher = self.publisher
        if publisher is not None and (envelope := publisher.mailbox.signed_config()) is not None:
            self._moves.heard(envelope)
        online = publisher is not None and publisher.mailbox.centre is Link.ONLINE
        connected = self.connected
        if self._moves.turn(now_s, connected=connected, online=online, waiting=self._waiting):
            if publisher is not None:
                publisher.close()
            self.publisher, self.attempts.failures = None, 0
            self.try_now(now_s)

    def close(self) -> None:
        """Say goodbye to the broker."""
        if self.publisher is not None:
            self.publisher.close()
