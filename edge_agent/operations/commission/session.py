# SPDX-License-Identifier: Apache-2.0
"""One session: two locked processes, the bound between them, and an end that comes by itself.

The only wiring of this room. Order: the store is held; both processes are started, locked and
measured; the ledger says that the session begins; only then is the first frame read. At the end
nothing sees any more before the ledger says so.
"""

import json
import logging
import os
import secrets
import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge_agent.config.schema import Config
from edge_agent.confinement.kernel.seccomp_programs import Filters
from edge_agent.confinement.probe import Measured
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ConfigError, ProcessError
from edge_agent.operations.commission import on_the_spot
from edge_agent.operations.commission.bounded_reader import BoundedReader
from edge_agent.operations.commission.entries import Entries
from edge_agent.operations.commission.help.asking import ASK_BYTES_MAX, Asked, read_asked
from edge_agent.operations.commission.help.guide import Guide
from edge_agent.operations.commission.page.certificate import SessionCertificate
from edge_agent.operations.commission.places import (
    page_place,
    surveyor_place,
    surveyor_settings,
)
from edge_agent.operations.commission.record import RECORD_BYTES, bits_per_second
from edge_agent.operations.commission.settings import PageSettings
from edge_agent.processes.launch import Run
from edge_agent.processes.supervision.admission import hold_to_config
from edge_agent.processes.supervision.child import Child
from edge_agent.store.layout import FILES

LOOK_EACH_S = 1.0
"""How often a session looks for a process of the box that publishes beside it."""
LINGER_S = 3.0
"""How long the page stays after the end, so that a phone hears of it."""
_POLL_S = 0.2
_ROOM = "edge_agent.operations.commission"
log = logging.getLogger("edge_agent.commission")


class Session:
    """One session, from its start to its end.

    More than ten attributes: the ends of three pipes and a socket, and those who hold the others.
    """

    def __init__(
        self,
        config: Config,
        run: Run,
        entries: Entries,
        guide: Guide,
        *,
        minutes: float,
        certificate: SessionCertificate,
        read_filters: Callable[[int], Filters | None] | None = None,
    ) -> None:
        """Open pipes and the page's socket; nothing is started. Raises ProcessError."""
        if not 0 < minutes <= on_the_spot.MINUTES_MAX:
            raise ProcessError(
                f"commission: got {minutes:g} minutes, wanted at most {on_the_spot.MINUTES_MAX}"
            )
        self._config, self._run, self._entries, self.guide = config, run, entries, guide
        self._read_filters, self._certificate = read_filters, certificate
        self.until_s = time.monotonic() + 60.0 * minutes
        self.reader = BoundedReader()
        self.token = secrets.token_urlsafe(12)
        self._surveys, self._surveyor_end = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
        self._asks, self._page_asks = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
        self._page_hears, self._answers = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._answers, False)
        self._listening = _listen(config.commission.address)
        self._surveyor = _child(Role.SURVEYOR, "surveyor")
        self._page = _child(Role.PAGE, "page.page_server")
        self._looked_s = 0.0

    @property
    def url(self) -> str:
        """Return where the page is, with the token that opens it."""
        host, port = self._listening.getsockname()[:2]
        return f"https://{host}:{port}/{self.token}/"

    def open(self) -> Measured:
        """Start both, measure both, write the begin, and let both begin. Raises ProcessError."""
        self._start()
        measured = [
            self._measured(self._surveyor, self.until_s), self._measured(self._page, self.until_s)
        ]  # fmt: skip
        self._entries.begin(measured[0])
        log.info(
            "commission: begun; at most %.0f bits a second leave the process that sees, for %.0f "
            "s, which is %.0f kB in all",
            bits_per_second(), self.left_s(), bits_per_second() * self.left_s() / 8000,
        )  # fmt: skip
        self._surveyor.go()
        self._page.go()
        return measured[0]

    def _start(self) -> None:
        config, page_fds = self._config, (self._page_asks, self._page_hears)
        self._surveyor.start(
            surveyor_settings(
                config, self._run, channel_fd=self._surveyor_end, until_s=self.until_s
            ),
            surveyor_place(config, channel_fd=self._surveyor_end),
            self._surveyor_end,
        )
        listening_fd = self._listening.fileno()
        settings = PageSettings(
            listening_fd=listening_fd,
            ask_fd=page_fds[0],
            answer_fd=page_fds[1],
            certificate_path=str(self._certificate.certificate),
            key_path=str(self._certificate.key),
            token=self.token,
            until_s=self.until_s + LINGER_S,
        )
        place = page_place(self._certificate, listening_fd=listening_fd)
        self._page.start(settings, place, listening_fd, *page_fds)
        # Where one of them ends, its pipe does.
        for descriptor in (self._surveyor_end, *page_fds):
            os.close(descriptor)

    def _measured(self, child: Child, until_s: float) -> Measured:
        """Return what a child's lock was measured to be. Raises ProcessError where it ends."""
        while time.monotonic() < until_s:
            if (measured := child.measured(self._read_filters)) is not None:
                hold_to_config(child.name, measured, self._config, log)
                return measured
            if (code := child.ended()) is not None:
                raise ProcessError(
                    f"{child.name}: ended with exit code {code} before it was locked; its own "
                    "lines above say why"
                )
            time.sleep(_POLL_S)
        raise ProcessError(f"{child.name}: not locked before the session was over")

    def left_s(self) -> float:
        """Return for how long the session may go on."""
        return max(0.0, self.until_s - time.monotonic())

    def run(self, terminal: Callable[[str], Asked | None], show: Callable[[], None]) -> bool:
        """Guide until what is drawn is finished (True), or until the session is over (False).

        terminal: reads a line of standard input. show: is called after each of those.
        Raises ProcessError where something of the box publishes.
        """
        descriptors = {self._surveys, self._asks, sys.stdin.fileno()}
        while self.left_s() > 0.0 and not self.guide.is_finished:
            readable = select.select(list(descriptors), [], [], _POLL_S)[0]
            if self._surveys in readable and not self._hear_surveyor():
                descriptors.discard(self._surveys)
            if self._asks in readable and not self._hear_page():
                descriptors.discard(self._asks)
            if sys.stdin.fileno() in readable:
                line = sys.stdin.readline()
                if line == "":
                    descriptors.discard(sys.stdin.fileno())
                elif self._hear_terminal(terminal, line):
                    return False
                show()
            self._entries.turn()
            self._look_around()
        return self.guide.is_finished

    def _hear_terminal(self, terminal: Callable[[str], Asked | None], line: str) -> bool:
        """Do what was typed; say whether it was to leave."""
        asked = terminal(line)
        if asked is not None:
            self.guide.ask(asked, time.monotonic())
        return asked is not None and asked.do == "leave"

    def _hear_surveyor(self) -> bool:
        raw = os.read(self._surveys, RECORD_BYTES)
        if raw == b"":
            log.info("commission: the camera has ended; what it showed is kept")
            return False
        survey = self.reader.admit(raw, time.monotonic())
        if survey is not None:
            self.guide.observe(survey, time.monotonic())
        return True

    def _hear_page(self) -> bool:
        """Answer one question of the page; an answer that it does not take ends it."""
        raw = os.read(self._asks, ASK_BYTES_MAX + 1)
        if raw == b"":
            return False
        try:
            asked = read_asked(raw)
        except ConfigError as error:
            log.info("commission: the page asked what cannot be asked: %s", error)
        else:
            if asked.do != "state":
                self.guide.ask(asked, time.monotonic())
        state = self.state()
        with suppress(BlockingIOError, BrokenPipeError):
            if os.write(self._answers, len(state).to_bytes(4, "big") + state) == len(state) + 4:
                return True
        self._page.stop(within_s=1.0)
        return False

    def state(self) -> bytes:
        """Return what an installer is told, as JSON."""
        return self.guide.state(
            left_s=self.left_s(),
            bits_per_second=bits_per_second(),
            dropped=self.reader.dropped + self.reader.refused,
        )

    def told(self) -> dict[str, object]:
        """Return the same, read."""
        return dict(json.loads(self.state()))

    def _look_around(self) -> None:
        """Raise ProcessError where a process of the box holds its store: then it may publish."""
        now_s = time.monotonic()
        if now_s - self._looked_s < LOOK_EACH_S:
            return
        self._looked_s = now_s
        require_quiet(self._config)

    def close(self) -> None:
        """End both processes, what sees first, and write the end into the ledger."""
        self._surveyor.stop(within_s=2.0)
        with suppress(OSError):
            os.close(self._surveys)
        until_s = time.monotonic() + LINGER_S
        while self._page.ended() is None and time.monotonic() < until_s and self.guide.is_finished:
            if select.select([self._asks], [], [], _POLL_S)[0] and not self._hear_page():
                break
        self._page.stop(within_s=2.0)
        for descriptor in (self._asks, self._answers):
            os.close(descriptor)
        self._listening.close()
        if self._surveyor.seen is not None:
            self._entries.end()


def require_quiet(config: Config) -> None:
    """Raise ProcessError where a process of the box has its store open."""
    folder = config.store.directory
    if found := on_the_spot.publishing(folder / name for name in FILES):
        raise ProcessError(
            f"commission: {', '.join(found)} of this box runs; stop the box first: a box that "
            "publishes is not set up"
        )


def _listen(address: tuple[str, int]) -> socket.socket:
    host, port = address
    try:
        return socket.create_server((host, port), family=socket.AF_INET, backlog=8)
    except OSError as error:
        raise ProcessError(
            f"commission.listen: {host}:{port}: {error}; name an address of this box that is free"
        ) from error


def _child(role: Role, module: str) -> Child:
    child = Child(role)
    child.module = f"{_ROOM}.{module}"
    return child


def session_folder() -> Path:
    """Return where the session's certificate may lie: in memory where the machine has that."""
    return Path("/run") if Path("/run").is_dir() else Path("/tmp")  # noqa: S108 - the folder made in it is private
