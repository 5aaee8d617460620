# SPDX-License-Identifier: Apache-2.0
"""Does the uplink speak to anyone but its broker?

Stand in the broker's place with the wrong papers, and listen.

Uplinks beside the box, the same program with the same settings, view and filters, find impostors
where their broker should be: at their first connection, and at those that follow one to the right
broker, which is played here too. An impostor counts as believed where its handshake was completed,
or a single byte came through it: in TLS 1.3 a client that trusts nobody says neither.
"""

import socket
import sqlite3
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.processes.launch import begin_run, uplink_place, uplink_settings
from privacy_audit import timing
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.outside import mqtt_bytes
from privacy_audit.outside.impostor_papers import RIGHT, make_papers
from privacy_audit.target.box import AuditedBox, until
from privacy_audit.target.broker import HOST, access
from privacy_audit.target.locked_process import LockedProcess

PART = "impostors"
_SUBJECT = "uplinks beside the box: its program, its settings, its view"
SPEAKS_WITHIN_S = 75.0
"""An uplink that was refused tries again within 2, 4, 8 s and so on; a busy machine takes
longer."""
STILL_S = 0.7
_WAIT_S = 5.0
_CHUNK = 65_536
_WELCOME = {4: b"\x20\x02\x00\x00", 5: b"\x20\x03\x00\x00\x00"}


@dataclass(slots=True)
class Turn:
    """One connection that an uplink has opened.

    To whom, whether it completed the handshake, and what it then said.
    """

    who: str
    met: bool = False
    shook_hands: bool = False
    said: bytes = b""
    ended: threading.Event = field(default_factory=threading.Event)


class Door:
    """A port at which the one and then the other listens: each turn takes one connection."""

    def __init__(self, papers: dict[str, ssl.SSLContext | None], order: tuple[str, ...]) -> None:
        """Papers None: no TLS at all. order: who answers each connection, one after the other."""
        self._papers, self._listener = papers, socket.create_server((HOST, 0))
        self.turns = [Turn(who) for who in order]
        self.port: int = self._listener.getsockname()[1]
        self._stopped = False
        self._thread = threading.Thread(target=self._serve, daemon=True, name="impostor")

    def open(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def knocked(self) -> bool:
        """Say whether anybody waits to be answered, or was."""
        self._listener.settimeout(0.0)
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Stop listening."""
        self._stopped = True
        # A thread that is about to accept would else do it on whatever gets this socket's number.
        if self._thread.is_alive():
            self._thread.join(_WAIT_S)
        self._listener.close()

    def _serve(self) -> None:
        self._listener.settimeout(0.2)
        for turn in self.turns:
            while not turn.met and not self._stopped:
                with suppress(TimeoutError, OSError):
                    caller, _ = self._listener.accept()
                    turn.met = True
                    with suppress(OSError), caller:
                        caller.settimeout(_WAIT_S)
                        self._answer(caller, turn)
            turn.ended.set()

    def _answer(self, caller: socket.socket, turn: Turn) -> None:
        context = self._papers[turn.who]
        if context is None:
            # Without TLS the first bytes of an honest uplink are its half of a handshake, and no
            # more comes.
            said = caller.recv(_CHUNK)
            turn.said = b"" if said[:2] == b"\x16\x03" else said
            return
        with context.wrap_socket(caller, server_side=True) as one:
            turn.shook_hands = True
            if turn.who == RIGHT:
                _play_broker(one, turn)
            else:
                turn.said = one.recv(_CHUNK)


def _play_broker(one: ssl.SSLSocket, turn: Turn) -> None:
    """Answer as a broker does until the uplink has been greeted and has said that it is there.

    Then let it fall.
    """
    held, version, greeted = b"", 5, False
    end_s = time.monotonic() + _WAIT_S
    while not greeted and time.monotonic() < end_s:
        held += (raw := one.recv(_CHUNK))
        turn.said += raw
        if not raw:
            return
        end = 0
        for packet, end in mqtt_bytes.packets(held):  # noqa: B007 - where the last one ends
            if packet.kind == mqtt_bytes.CONNECT:
                version = mqtt_bytes.protocol_of(packet)
                one.sendall(_WELCOME[version])
            elif packet.kind == mqtt_bytes.SUBSCRIBE:
                empty = b"\0" if version == 5 else b""  # noqa: PLR2004 - the version of MQTT
                body = packet.body[:2] + empty + b"\1\1\1"
                one.sendall(bytes([0x90, len(body)]) + body)
            elif packet.kind == mqtt_bytes.PUBLISH:
                number = mqtt_bytes.published(packet, version).number
                one.sendall(b"\x40\x02" + number.to_bytes(2, "big"))
                greeted = True
        held = held[end:]
    # It hears the answer in its next turn, and then counts as connected.
    time.sleep(STILL_S)


def look(box: AuditedBox) -> list[Finding]:
    """Let three uplinks meet every impostor, first and in between.

    Raises ProcessError where one does not lock itself.
    """
    if box.config.broker.ca_file is None and not box.started:
        return [
            _finding(
                "the broker's certificate",
                Verdict.UNPROVEN,
                "this box speaks without TLS, to a broker on its own machine",
            )
        ]
    folder = box.folder / "impostors"
    folder.mkdir(mode=0o755)
    papers, identities = make_papers(folder, box)
    doors = [Door(papers, order) for order in _orders(papers)]
    with ThreadPoolExecutor(len(doors)) as threads:
        early = list(
            threads.map(
                lambda pair: _meet(box, folder / f"uplink-{pair[0]}", identities, pair[1]),
                enumerate(doors),
            )
        )
    return _judged([turn for door in doors for turn in door.turns], early)


def _orders(papers: dict[str, ssl.SSLContext | None]) -> list[tuple[str, ...]]:
    """Deal the impostors out: each uplink meets some first and some after its own broker."""
    names = [name for name in papers if name != RIGHT]
    thirds = [names[start::3] for start in range(3)]
    return [(*(who for name in third for who in (name, RIGHT)), third[0]) for third in thirds]


def _judged(turns: list[Turn], early: list[bool]) -> list[Finding]:
    impostors = [turn for turn in turns if turn.who != RIGHT]
    right = [turn for turn in turns if turn.who == RIGHT and turn.shook_hands and turn.said]
    met = any(turn.met for turn in turns)
    return [_of_certificates(impostors, right), _of_beginning(early, len(right), met=met)]


def _of_certificates(impostors: list[Turn], right: list[Turn]) -> Finding:
    """Say whether an uplink spoke to anyone but the right broker."""
    believed = sorted({turn.who for turn in impostors if turn.shook_hands or turn.said})
    missed = sorted({turn.who for turn in impostors} - {turn.who for turn in impostors if turn.met})
    refused = sum(not (turn.shook_hands or turn.said) for turn in impostors)
    figures = (len(impostors), refused, len(right))
    detail = (
        f"{len({turn.who for turn in impostors})} impostors, at the first connection and after one "
        "to the right broker"
    )
    name = "the broker's certificate"
    if believed:
        what = f"{detail}: the uplink spoke to {'; '.join(believed)}"
        return _finding(name, Verdict.FELL, what, *figures)
    if missed or not right:
        what = (
            f"no connection in time for {', '.join(missed)}"
            if missed
            else "the control, the right broker, was not spoken to either"
        )
        what = f"{detail}; {what}; the machine may be too busy"
        return _finding(name, Verdict.UNPROVEN, what, *figures)
    what = (
        f"{detail}: not a byte came through one; the right broker was spoken to {len(right)} times"
    )
    return _finding(name, Verdict.TWIN, what, *figures)


def _of_beginning(early: list[bool], right: int, *, met: bool) -> Finding:
    """Say whether an uplink waited for the word. met: one connected to somebody after it."""
    if any(early):
        verdict = Verdict.FELL
        what = "an uplink opened a connection before it was measured and told to begin"
    elif met:
        verdict = Verdict.TWIN
        what = (
            f"{len(early)} locked uplinks opened no connection within {STILL_S} s; told to begin, "
            "they did"
        )
    else:
        verdict = Verdict.UNPROVEN
        what = f"told to begin, none connected in time; {timing.TOO_BUSY}"
    name, counts = "an uplink that has not been let begin", (len(early), early.count(False), right)
    timed = timing.ran_out(verdict, what)
    return Finding(PART, name, Mechanism.BEFORE_GO, _SUBJECT, verdict, what, *counts, timed=timed)


def _meet(box: AuditedBox, folder: Path, identities: Path, door: Door) -> bool:
    """Start an uplink whose broker is behind this door, and wait until each has had its turn.

    Say whether it knocked too early.
    """
    folder.mkdir(mode=0o755)
    own = access(door.port, identities)
    broker = box.config.broker.model_copy(
        update={
            "host": HOST,
            "port": door.port,
            "ca_file": own.ca_file,
            "certificate_file": own.certificate_file,
            "key_file": own.key_file,
        }
    )
    config = box.config.model_copy(
        update={
            "broker": broker,
            "store": box.config.store.model_copy(update={"directory": folder / "store"}),
        }
    )
    separate = namespaces.may_separate()
    _outbox(box, folder / "store", separate=separate)
    place = uplink_place(config, separate=separate)
    with ExitStack() as opened:
        opened.callback(door.close)
        uplink = LockedProcess(
            Role.UPLINK,
            uplink_settings(config, begin_run(config)),
            place.plan,
            folder / "uplink.log",
        )
        opened.callback(uplink.end)
        uplink.wait_locked()
        time.sleep(STILL_S)
        early = door.knocked()
        door.open()
        uplink.go()
        until(
            lambda: door.turns[-1].ended.is_set() or not uplink.running(), within_s=SPEAKS_WITHIN_S
        )
    return early


def _outbox(box: AuditedBox, store: Path, *, separate: bool) -> None:
    """Make an outbox with what the box's own holds, so that the uplink has something to say."""
    folder = store / "outbox"
    folder.mkdir(parents=True)
    theirs = box.config.store.directory / "outbox" / "outbox.db"
    try:
        with (
            closing(sqlite3.connect(f"{theirs.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(folder / "outbox.db")) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise OSError(f"{theirs}: {error}; run the audit as root") from error
    if separate:
        namespaces.hand_over(
            str(store),
            user=User(visible_files.GATE_UID, visible_files.GATE_UID),
            mode=0o711,
            file_mode=0o600,
        )
        namespaces.hand_over(
            str(folder),
            user=User(visible_files.GATE_UID, visible_files.OUTBOX_GID),
            mode=0o2770,
            file_mode=0o660,
        )


# --- papers -------------------------------------------------------------------------------------


def _finding(
    name: str, verdict: Verdict, detail: str, tried: int = 0, refused: int = 0, controls: int = 0
) -> Finding:
    return Finding(
        PART,
        name,
        Mechanism.CERTIFICATES,
        _SUBJECT,
        verdict,
        detail,
        tried,
        refused,
        controls,
        timed=timing.ran_out(verdict, detail),
    )
