# SPDX-License-Identifier: Apache-2.0
"""The uplink process: wiring between the outbox and the broker. It handles bytes it cannot make.

A row is published, published again if the centre stays silent, and deleted only when the centre
says it has disposed of it. Started as `python -I -m edge_agent.processes.uplink SETTINGS LOCKED
GO`: the descriptor that carries its settings, the one it closes once it is locked, and the one on
which it hears that the lock has been measured.
"""

import logging
import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random

from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.UPLINK)

from edge_agent.backoff import Backoff
from edge_agent.clock import SystemClock
from edge_agent.confinement import process_exit
from edge_agent.confinement.stop import Stop
from edge_agent.errors import LinkError
from edge_agent.health import LinkClass
from edge_agent.process_settings import UplinkSettings, read_settings
from edge_agent.store.heard import heard_of, keep_heard
from edge_agent.store.outbox import Acknowledged, Outbox, Waiting
from edge_agent.uplink.certificates import Certificates
from edge_agent.uplink.hearing import STEP_BACK_S, Hearing
from edge_agent.uplink.moves import Moves
from edge_agent.uplink.notes import NOTES_FILE, Notes, Subject
from edge_agent.uplink.publisher import Heard, Publisher
from edge_agent.uplink.rate_limit import Pace
from edge_agent.uplink.reception import REJECTED_MAX
from edge_agent.uplink.route import Address
from wire_contract.codec import version_of
from wire_contract.messages.acknowledgement import VERSION_1, Answer
from wire_contract.messages.checkpoint import is_checkpoint_stream
from wire_contract.messages.state import Link
from wire_contract.topics import Channel

TURN_S = 0.1
IN_HAND_MAX = 128
"""Rows looked at together; the gate keeps fewer in flight."""
RATE_HZ, BURST = 400.0, 64
"""How fast a backlog drains: a fleet that comes back must not bury its centre."""
RECONNECT = Backoff(base_s=2.0, most_s=8.0)
"""Short enough that what waits is sent within ten seconds of a broker's return; at random, so that
a fleet comes over seconds."""
TOLD_FIRST, TOLD_EVERY = 8, 64
"""The first failures in a row are told each, then one in so many: a broker may be away for days."""
RESEND = Backoff(base_s=10.0, most_s=300.0)
TOGETHER_S, HURRY = 0.1, 32
"""How long a word of the centre waits for the next, so that one commit notes both; not while so
much is under way."""
RECENT_S = 600.0
"""A reconnection this recent still shows in the health."""
SILENT_AFTER = 2
"""A report sent so often without a word from the centre is told."""
RETURN_WITHIN_S = 1.0
"""Once the centre is back each box begins at a moment of its own within so much time."""
KNOCK_S = 300.0
"""While the centre says that it is offline one report goes out so often, in case what it said is
out of date."""
RETRY = Backoff(base_s=60.0, most_s=900.0)
"""How often a box that holds asks whether the centre can use now what it could not."""
STREAMS_MAX = 64
"""Streams of which it is remembered who spoke last; a box makes one with each new ledger."""
SHOW_WITHIN_S = 600.0
"""A renewed certificate is shown within so much time, at a moment of this box's own."""
log = logging.getLogger("edge_agent.uplink")


class Uplink:
    """Keep the link up and the outbox moving, one turn at a time."""

    def __init__(self, settings: UplinkSettings) -> None:
        self._settings = settings
        self._outbox = Outbox(Path(settings.outbox_path), bytes_max=settings.outbox_bytes_max)
        folder = Path(settings.outbox_path).parent
        self._notes = Notes(folder / NOTES_FILE, SystemClock())
        self._certificates: Certificates | None = None
        if settings.ca_path and settings.certificate_path and settings.key_path:
            self._certificates = Certificates(
                ca_path=settings.ca_path,
                certificate_path=settings.certificate_path,
                key_path=settings.key_path,
                folder=folder,
            )
        self._random = Random()  # noqa: S311 - spreads retries, hides nothing
        self._moves = Moves(
            folder, self._notes, Address(settings.host, settings.port), self._random.random
        )
        self._publisher: Publisher | None = None
        self._failures = 0
        self._answered = False
        """The centre has acknowledged something in this connection."""
        self._fruitless = 0
        """Connections in a row in which it has not."""
        self._try_at_s = 0.0
        self._lost_at_s: float | None = None
        self._show_at_s: float | None = None
        self._link: LinkClass | None = None
        self._changes = -1
        self._sent: dict[tuple[str, int], tuple[int, float]] = {}
        self._next_resend_s = 0.0
        self._held = False
        self._is_alone = False
        """In this connection nobody has said yet that there is a centre."""
        self._begin_at_s = 0.0
        self._pace = Pace(rate_hz=RATE_HZ, burst=BURST)
        self._heard: list[Heard] = []
        self._heard_s = 0.0
        self._hearings: dict[str, Hearing] = {}
        self._behind: dict[str, str] = {}
        self._reception = self._notes.reception()
        self._is_read = False
        """In this connection, and since the centre came back, it has shown that it reads what this
        box writes."""
        self._retries, self._retry_at_s = 0, 0.0

    def turn(self, now_s: float) -> None:
        """Do what is due at `now_s` (monotonic) and wait at most TURN_S."""
        try:
            if self._publisher is None:
                self._connect(now_s)
            else:
                self._publisher.turn(TURN_S)
                if self._publisher.connected:
                    self._hear(self._publisher, now_s)
                    if self._may_send(self._publisher, now_s):
                        self._send(self._publisher, now_s)
                    self._show_renewed(self._publisher, now_s)
        except LinkError as error:
            self._drop(now_s, error)
        self._follow(now_s)
        self._show_link(now_s)

    def drain(self, now_s: float) -> None:
        """At the end, send what waits, for at most the stated time, over the link or one last try.

        The rest stays on disk.
        """
        until_s = now_s + self._settings.drain_s
        if self._publisher is None and self._outbox.depth():
            self._try_at_s = now_s
            self.turn(now_s)
        while (
            self._publisher is not None
            and not self._held
            and not self._reception.holds
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
        if self._publisher is not None:
            self._publisher.close()
        self._notes.close()
        self._outbox.close()

    # --- the connection -------------------------------------------------------------------------

    def _connect(self, now_s: float) -> None:
        if now_s < self._try_at_s:
            time.sleep(min(TURN_S, self._try_at_s - now_s))
            return
        settings, certificates = self._settings, self._certificates
        tls = certificates.context() if certificates is not None else None
        publisher = Publisher(
            site=settings.site,
            device=settings.device,
            boot=settings.boot,
            protocol=settings.protocol,
            tls=tls,
        )
        publisher.connect(self._moves.address.host, self._moves.address.port)
        self._publisher, self._sent, self._changes, self._answered = publisher, {}, -1, False
        # What the centre said is said again to each connection, where it still holds.
        self._held, self._begin_at_s, self._is_alone = False, 0.0, False
        self._is_read, self._retries, self._retry_at_s = False, 0, 0.0

    def _follow(self, now_s: float) -> None:
        """Go to another broker where a signed config leads there, and back where that was a mistake."""
        publisher = self._publisher
        connected = publisher is not None and publisher.connected
        if publisher is not None and (envelope := publisher.signed_config()) is not None:
            self._moves.heard(envelope)
        online = publisher is not None and publisher.centre is Link.ONLINE
        if self._moves.turn(now_s, connected=connected, online=online, waiting=self._outbox.depth):
            if publisher is not None:
                publisher.close()
            self._publisher, self._try_at_s, self._failures = None, now_s, 0

    def _drop(self, now_s: float, error: LinkError) -> None:
        """Throw the connection away and set when to try again."""
        self._moves.failed(str(error))
        wait_s = RECONNECT.wait_s(self._failures, self._random)
        if self._failures < TOLD_FIRST or self._failures % TOLD_EVERY == 0:
            log.warning("%s; %d waiting, next try in %.1f s", error, self._outbox.depth(), wait_s)
        self._notes.say(Subject.LINK, str(error))
        if self._moves.on_trial:
            pass
        elif self._publisher is not None and not self._publisher.welcomed:
            # It answered, and let nobody in: with this certificate it may never do.
            self._show_another()
        elif self._publisher is not None and not self._answered and self._outbox.depth():
            self._fruitless += 1
            if self._fruitless > SILENT_AFTER:
                self._tell_silence(
                    "the broker lets this box in, ends the connection, as it does with two of one "
                    "name, and nothing is acknowledged by the centre"
                )
        if self._publisher is not None:
            self._publisher.drop()
        self._publisher, self._try_at_s = None, now_s + wait_s
        self._failures += 1
        self._lost_at_s = now_s

    def _show_another(self) -> None:
        shown = self._certificates.shown if self._certificates is not None else None
        if self._certificates is not None and self._certificates.refused():
            text = (
                f"{shown}: the broker lets nobody in with this certificate; trying "
                f"{self._certificates.shown}"
            )
            self._notes.say(Subject.CERTIFICATE, text)
            log.warning("%s", text)

    def _show_renewed(self, publisher: Publisher, now_s: float) -> None:
        """Take in a renewed certificate, and come in with it at a moment of this box's own, while the old one is still good."""
        if self._certificates is not None and (der := publisher.certificate()) is not None:
            try:
                if self._certificates.take(der):
                    self._show_at_s = now_s + self._random.uniform(0.0, SHOW_WITHIN_S)
                    self._notes.say(Subject.CERTIFICATE, None)
                    log.info(
                        "a renewed certificate has come; it is shown from the next connection on"
                    )
            except LinkError as error:
                self._notes.say(Subject.CERTIFICATE, str(error))
                log.error("%s; going on with the one before", error)  # noqa: TRY400 - a stack would bury it
        if self._show_at_s is not None and now_s >= self._show_at_s:
            self._show_at_s = None
            publisher.close()
            self._publisher, self._try_at_s = None, now_s

    # --- what goes and comes --------------------------------------------------------------------

    def _hear(self, publisher: Publisher, now_s: float) -> None:
        """Note what the centre says, in as few commits as it takes: each wears the card.

        A checkpoint and the entries it covers are acknowledged one after the other, so while little
        is under way the first word waits a moment for the second.
        """
        if self._failures:
            log.info("connected again after %d failures", self._failures)
            self._failures = 0
        self._notes.say(Subject.LINK, None)
        # The broker also keeps what was said to a box that hung here before.
        new = [one for one in publisher.acknowledgements() if self._outbox.knows(one.answer.stream)]
        if new and not self._heard:
            self._heard_s = now_s
        self._heard += new
        if not self._heard or (len(self._sent) < HURRY and now_s - self._heard_s < TOGETHER_S):
            return
        with self._outbox.transaction():
            for answer, retained in self._heard:
                if not retained:
                    self._moves.acknowledged()
                self._judge(answer, now_s, retained=retained)
                self._take_in(answer, now_s, retained=retained)
        self._tell_centres(now_s)
        upto = {answer.stream: answer.upto for answer, _ in self._heard}
        self._sent = {key: sent for key, sent in self._sent.items() if key[1] > upto.get(key[0], 0)}
        self._heard = []
        self._answered, self._fruitless = True, 0
        if self._notes.say(Subject.SILENT, None):
            log.info("the centre acknowledges again")
        self._next_resend_s = now_s

    def _judge(self, answer: Answer, now_s: float, *, retained: bool) -> None:
        """Keep what an answer says of how the centre takes what this box sends, before what it covers is deleted."""
        if is_checkpoint_stream(answer.stream):
            return
        before, covered = (
            self._reception,
            self._later_under(answer) if answer.v == VERSION_1 else [],
        )
        now = before.heard(answer, covered=len(covered))
        for row in covered:
            log.warning(
                "the centre could not use %s %d: it answers in version 1 of the wire",
                row.channel,
                row.sequence,
            )
            now = replace(now, channel=row.channel, sample=row.envelope)
        self._is_read = self._is_read or (answer.v != VERSION_1 and not retained)
        if now == before:
            return
        # What only counts on is kept when the next rejection is; a row for each acknowledgement
        # would wear the card.
        if (now.rejected, now.unread, now.stream) != (
            before.rejected,
            before.unread,
            before.stream,
        ):
            self._notes.keep(now)
        self._reception = now
        if self._notes.say(Subject.REJECTED, now.words):
            log.warning("%s", now.words or "the centre can use what this box sends again")
            self._changes, self._retries, self._retry_at_s = -1, 0, now_s + RETRY.base_s

    def _take_in(self, answer: Answer, now_s: float, *, retained: bool) -> None:
        """Note how far the centre is, and where that is less than it was, whether to believe it."""
        stream, mark = answer.stream, self._outbox.acknowledged(answer.stream).upto
        said = Acknowledged(answer.upto, answer.rejected, answer.root)
        if is_checkpoint_stream(stream):
            self._outbox.acknowledge(stream, said)
            return
        before = self._hearings.pop(stream, None) or Hearing(heard_of(self._outbox, stream))
        now = self._hearings[stream] = before.after(
            answer, mark=mark, now_s=now_s, retained=retained
        )
        if len(self._hearings) > STREAMS_MAX:
            del self._hearings[next(iter(self._hearings))]
        if now.doubt_s is not None and before.doubt_s is None:
            # Whoever has answered so once is asked again, so that a second answer comes soon.
            again_s = now_s + STEP_BACK_S
            self._sent = {
                key: (times, min(due_s, again_s)) for key, (times, due_s) in self._sent.items()
            }
        if answer.upto >= mark or now.heard != before.heard:
            self._outbox.acknowledge(stream, said)
        if now.heard != before.heard:
            keep_heard(self._outbox, stream, now.heard)
            self._tell_behind(stream, now, max(mark, answer.upto))

    def _tell_behind(self, stream: str, now: Hearing, mark: int) -> None:
        """Say that the centre has lost what it had, or that it has all of it again."""
        text, store = None, now.heard.store
        if now.heard.upto is not None:
            who = f"store {store}" if store else "a centre of version 1 of the wire"
            again = "what is still here is sent again"
            if not store:
                again += (
                    ", and nothing can be said of what is here no longer: upgrade fusion-service"
                )
            text = (
                f"the centre acknowledged {mark} entries of {stream} once, and holds fewer now "
                f"({who}): its store was put back from a copy, or lost; {again}"
            )
        self._behind.pop(stream, None)
        if text is not None:
            self._behind[stream] = text
        if self._notes.say(Subject.BEHIND, next(iter(self._behind.values()), None)):
            log.warning("%s", text or "the centre holds again all that it ever acknowledged")

    def _tell_centres(self, now_s: float) -> None:
        two = next((one for one in self._hearings.values() if one.alternates(now_s)), None)
        text = None
        if two is not None:
            text = (
                f"two centres answer, with the stores {two.heard.store} and {two.other}: the one "
                "that holds more is believed; end the other, or give it a broker of its own"
            )
        if self._notes.say(Subject.CENTRES, text) and text is not None:
            log.warning("%s", text)

    def _later_under(self, answer: Answer) -> list[Waiting]:
        waiting = self._outbox.waiting(limit=IN_HAND_MAX)
        return [
            row
            for row in waiting
            if _is_later(row) and row.stream == answer.stream and row.sequence <= answer.upto
        ]

    def _may_send(self, publisher: Publisher, now_s: float) -> bool:
        """Hold while the centre says that it is offline.

        What is sent then only piles up at the broker.
        """
        offline = publisher.centre is Link.OFFLINE
        self._notes.say(
            Subject.CENTRE, "the centre is offline, so reports wait here" if offline else None
        )
        if offline != self._held:
            self._held = offline
            log.info("the centre is %s", "offline; reports wait" if offline else "back")
            self._begin_at_s = now_s + (
                KNOCK_S if offline else self._random.uniform(0.0, RETURN_WITHIN_S)
            )
            self._next_resend_s = self._begin_at_s
            # It may be another one now.
            self._is_read, self._retries, self._retry_at_s = False, 0, 0.0
        if publisher.centre is None:
            self._is_alone = True
        elif self._is_alone and not offline:
            # The centre came after us: where the broker keeps nothing for it, it has not heard what
            # was sent before.
            self._is_alone, self._sent, self._changes = False, {}, -1
        if now_s < self._begin_at_s:
            return False
        if offline:
            self._begin_at_s = now_s + KNOCK_S
        return True

    def _send(self, publisher: Publisher, now_s: float) -> None:
        """Publish what is new in the outbox, and again what the centre has been silent on for long."""
        if self._reception.holds:
            self._ask_again(publisher, now_s)
        changes = self._outbox.changes()
        if changes == self._changes and now_s < self._next_resend_s:
            return
        self._changes = changes
        waiting = self._outbox.waiting(limit=IN_HAND_MAX)
        keys = {_key(row) for row in waiting}
        # What the gate has taken back is sent no more until it comes again.
        self._sent = {key: sent for key, sent in self._sent.items() if key in keys}
        due = [row for row in waiting if now_s >= self._sent.get(_key(row), (0, 0.0))[1]]
        due = self._let_through(due)
        allowed = 1 if self._held else self._pace.take(len(due), now_s)
        unheard = next(
            (row for row in due if self._sent.get(_key(row), (0, 0.0))[0] >= SILENT_AFTER), None
        )
        if unheard is not None and not self._held:
            self._tell_silence(
                f"{unheard.channel} {unheard.sequence} was taken by the broker and not "
                "acknowledged by the centre"
            )
        for row in _newest_first(due)[:allowed]:
            times = self._sent.get(_key(row), (0, 0.0))[0]
            publisher.publish(Channel(row.channel), row.envelope)
            self._sent[_key(row)] = (times + 1, now_s + RESEND.ceiling_s(times))
        resend_s = min(
            (again_s for _, again_s in self._sent.values()), default=now_s + RESEND.base_s
        )
        self._next_resend_s = now_s if allowed < len(due) else resend_s

    def _let_through(self, due: list[Waiting]) -> list[Waiting]:
        """Leave out what must wait until the centre has shown that it can use it.

        All but the oldest few.
        """
        if self._is_read and not self._reception.rejected:
            return due
        later = [row for row in self._outbox.waiting(limit=IN_HAND_MAX) if _is_later(row)]
        left_out = {_key(row) for row in later[self._reception.room :]}
        return [row for row in due if _key(row) not in left_out]

    def _ask_again(self, publisher: Publisher, now_s: float) -> None:
        """Now and then look whether the centre can use now what it could not.

        Of one that reads version 1 only: by a message that it has rejected, so that nothing more
        is. Of another: by one more.
        """
        if now_s < self._retry_at_s:
            return
        self._retry_at_s = now_s + RETRY.ceiling_s(self._retries)
        self._retries += 1
        rejected = self._reception
        if rejected.unread and rejected.sample:
            publisher.publish(Channel(rejected.channel), rejected.sample)
        else:
            self._reception, self._changes = replace(rejected, rejected=REJECTED_MAX - 1), -1

    def _tell_silence(self, what: str) -> None:
        """Name what looks like success and is none."""
        deaf = (
            ""
            if self._settings.protocol == "5"
            else "; MQTT 3.1.1 does not say when an access list drops what is published"
        )
        text = (
            f"{what}{deaf}; does the centre run, does it know "
            f"{self._settings.site}/{self._settings.device} with this key, and is the certificate "
            "that box's?"
        )
        if self._notes.say(Subject.SILENT, text):
            log.warning("%s", text)

    def _show_link(self, now_s: float) -> None:
        """Leave the link's class in the outbox file when it changes.

        The gate puts it in the health.
        """
        link = LinkClass.DISCONNECTED
        if self._publisher is not None and self._publisher.connected:
            recent = self._lost_at_s is not None and now_s - self._lost_at_s < RECENT_S
            link = LinkClass.RECONNECTED if recent else LinkClass.CONNECTED
        if link is not self._link:
            self._outbox.set_link(link)
            self._link = link


def _key(row: Waiting) -> tuple[str, int]:
    return row.stream, row.sequence


def _is_later(row: Waiting) -> bool:
    """Say whether a row is of a version of the wire that a centre of version 1 cannot read."""
    return (version_of(row.envelope) or VERSION_1) > VERSION_1


def _newest_first(due: list[Waiting]) -> list[Waiting]:
    """Put the report that was signed last before the others, which keep their order.

    It is the one that is looked for.
    """
    reports = [row for row in due if row.channel == Channel.REPORT]
    if not reports:
        return due
    newest = reports[-1]
    return [newest, *(row for row in due if row is not newest)]


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
