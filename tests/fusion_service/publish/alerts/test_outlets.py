# SPDX-License-Identifier: Apache-2.0
"""Outlets are told once, in order, again after a failure, and of nothing that names somebody."""

import hmac
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fusion_service.ledger.shift_log import Deed, ShiftDraft
from fusion_service.publish.alerts.mail import Mail
from fusion_service.publish.alerts.message import Message
from fusion_service.publish.alerts.outlets import (
    BEFORE,
    TRIES_MAX,
    WAITING_MAX,
    OutletError,
    OutletState,
    Teller,
)
from fusion_service.publish.alerts.webhook import Webhook, signature_of
from fusion_service.registry.site import Level
from fusion_service.shift.causes import Cause, Kind
from fusion_service.shift.desk import Actor, Desk, Refusal
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from tests.edge_agent.operations.models.https_server import certificate

WHO = Actor("p1", "Zelden-Gehoord", "police")
ALARM = Cause(Kind.LEVEL, "deck", Level.ORANGE)
SECRET = b"between us"


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    with ShiftFile(tmp_path / "fusion.sqlite", size_mib_max=64) as keeper:
        keeper.outlet("webhook")
        yield Desk(keeper, lambda: 1_800_000_000_000)


@dataclass
class Receiver:
    """A real HTTP server that answers with these statuses, and then with 204."""

    statuses: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def running(self) -> Iterator[str]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/told?of=beach"
        finally:
            server.shutdown()
            server.server_close()


def declare(desk: Desk) -> None:
    done = desk.declare("beach", "deck", Level.RED, f"said {WHO.name}", who=WHO, seen=0)
    assert not isinstance(done, Refusal)


def test_a_webhook_is_signed_and_names_nobody(desk: Desk) -> None:
    receiver = Receiver()
    with receiver.running() as url:
        teller = Teller(desk, Webhook(url, SECRET, now_s=lambda: 1_800_000_001.5))
        desk.raise_alarm("beach", ALARM)
        declare(desk)
        desk.note("beach", f"{WHO.name} is here", who=WHO)
        assert not teller.turn(lambda _s: False)
    assert [json.loads(body)["event"] for _, body in receiver.got] == [
        Deed.RAISED,
        Deed.DECLARED,
    ]
    headers, body = receiver.got[0]
    assert headers["Timestamp"] == "1800000001"
    assert hmac.compare_digest(headers["Signature"], signature_of(SECRET, "1800000001", body))
    assert json.loads(body) == {
        "id": 1,
        "at": "2027-01-15T08:00:00Z",
        "site": "beach",
        "event": "alarm raised",
        "kind": "level proposed",
        "about": "deck",
        "level": "orange",
        "severity": 2,
        "exercise": False,
    }
    assert all(WHO.name.encode() not in body for _, body in receiver.got)


def test_what_fails_is_tried_again_later_and_later_and_a_restart_goes_on(desk: Desk) -> None:
    receiver, waits = Receiver([500, 302]), list[float]()

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return False

    with receiver.running() as url:
        desk.raise_alarm("beach", ALARM)
        for _ in range(2):
            Teller(desk, Webhook(url, SECRET)).turn(wait)
        assert (desk.keeper.outlet("webhook").upto, waits) == (0, [1.0, 2.0])
        Teller(Desk(desk.keeper, desk.now_ms), Webhook(url, SECRET)).turn(wait)
    assert len(receiver.got) == 3
    assert len({headers["Idempotency-Key"] for headers, _ in receiver.got}) == 1
    assert desk.keeper.outlet("webhook").upto == 1


def test_what_is_never_taken_is_passed_over_and_the_log_says_so(desk: Desk) -> None:
    with Receiver([500] * TRIES_MAX).running() as url:
        teller = Teller(desk, Webhook(url, SECRET))
        desk.raise_alarm("beach", ALARM)
        for _ in range(TRIES_MAX):
            teller.turn(lambda _s: False)
    row = desk.keeper.outlet("webhook")
    assert (row.upto >= 1, row.fault) == (True, "127.0.0.1: got status 500, wanted 2xx")
    assert [one.deed for one in desk.keeper.after(1, limit=10)] == [Deed.SKIPPED]


def test_a_failure_is_told_with_since_when_and_what_waits_and_no_host(tmp_path: Path) -> None:
    now_ms, path = [1_800_000_000_000], tmp_path / "fusion.sqlite"
    with ShiftFile(path, size_mib_max=64) as keeper, Receiver([500, 500]).running() as url:
        desk = Desk(keeper, lambda: now_ms[0])
        teller = Teller(desk, Webhook(url, SECRET))
        assert teller.state() == OutletState("webhook")
        desk.raise_alarm("beach", ALARM)
        now_ms[0] += 5_000
        teller.turn(lambda _s: False)
        declare(desk)
        desk.note("beach", "a note is told to nobody", who=WHO)
        now_ms[0] += 60_000
        teller.turn(lambda _s: False)
        why, since_ms, said_ms = "got status 500, wanted 2xx", now_ms[0] - 60_000, 5_000
        failing = OutletState("webhook", why, since_ms, 2, since_ms - said_ms)
        assert teller.state() == failing
        # After a restart it fails since what waits first, because nobody knows better.
        again = Teller(Desk(keeper, lambda: now_ms[0]), Webhook(url, SECRET))
        assert again.state() == replace(failing, fault=BEFORE, since_ms=failing.oldest_ms)
        again.turn(lambda _s: False)
        assert again.state() == OutletState("webhook")


def test_what_waits_is_bounded(desk: Desk) -> None:
    note = ShiftDraft(desk.now_ms(), "beach", WHO.id, Deed.NOTED, "police")
    desk.keeper.append([note] * (WAITING_MAX + 20))
    again = Desk(desk.keeper, desk.now_ms)
    teller = Teller(again, Webhook("http://127.0.0.1:9/nobody", SECRET))
    assert teller.turn(lambda _s: False)  # so many at once, and more wait
    skipped = desk.keeper.after(WAITING_MAX + 20, limit=10)
    assert [(one.deed, one.number("entries")) for one in skipped] == [(Deed.SKIPPED, 20)]


def test_in_a_flood_only_what_is_critical_is_told(desk: Desk) -> None:
    receiver = Receiver()
    with receiver.running() as url:
        desk.raise_alarm("beach", Cause(Kind.FLOOD))
        desk.raise_alarm("beach", ALARM)
        desk.raise_alarm("beach", Cause(Kind.DENSITY, "deck", Level.RED))
        Teller(desk, Webhook(url, SECRET)).turn(lambda _s: False)
    kinds = [json.loads(body)["kind"] for _, body in receiver.got]
    assert kinds == [Kind.FLOOD, Kind.DENSITY]


@dataclass
class MailServer:
    """As much of a mail server as a client needs: EHLO, STARTTLS, and a message."""

    context: ssl.SSLContext
    offers_tls: bool = True
    lines: list[str] = field(default_factory=list)
    mail: bytes = b""

    def serve(self, listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            self._talk(peer)

    def _talk(self, peer: socket.socket) -> None:
        peer.sendall(b"220 here\r\n")
        stream = peer.makefile("rwb", buffering=0)
        while line := stream.readline():
            word = line.decode().strip()
            self.lines.append(word)
            verb = word.upper().partition(" ")[0]
            if verb == "EHLO":
                more = b"250-STARTTLS\r\n" if self.offers_tls else b""
                stream.write(b"250-here\r\n" + more + b"250 8BITMIME\r\n")
            elif verb == "STARTTLS":
                stream.write(b"220 go\r\n")
                self._in_tls(peer)
                return
            elif verb == "QUIT":
                stream.write(b"221 bye\r\n")
                return
            else:
                stream.write(b"250 fine\r\n")

    def _in_tls(self, peer: socket.socket) -> None:
        with self.context.wrap_socket(peer, server_side=True) as inner:
            stream = inner.makefile("rwb", buffering=0)
            self.offers_tls = False
            while line := stream.readline():
                word = line.decode().strip()
                self.lines.append(f"tls {word}")
                if word.upper() == "DATA":
                    stream.write(b"354 go\r\n")
                    while (line := stream.readline()) not in {b".\r\n", b""}:
                        self.mail += line
                stream.write(b"221 bye\r\n" if word.upper() == "QUIT" else b"250 fine\r\n")
                if word.upper() == "QUIT":
                    return


MESSAGE = Message(7, 1_800_000_000_000, "beach", Deed.RAISED, "density", "deck", "red", 3)


def sent(server: MailServer, ca: Path, **more: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        mail = Mail("127.0.0.1", port, "c@x.example", ("desk@x.example",), ca=str(ca), **more)
        try:
            mail.send(MESSAGE)
        finally:
            thread.join(10)


def test_a_mail_goes_over_tls_and_nothing_is_said_before_it(tmp_path: Path) -> None:
    key, ca = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca, key)
    server = MailServer(context)
    sent(server, ca)
    assert all(word.startswith(("tls ", "ehlo", "STARTTLS")) for word in server.lines)
    mail = message_from_bytes(server.mail)
    assert mail["Subject"] == "beach: alarm raised density deck red"
    assert mail["To"] == "desk@x.example"


def test_without_tls_no_mail_goes(tmp_path: Path) -> None:
    key, ca = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca, key)
    server = MailServer(context, offers_tls=False)
    with pytest.raises(OutletError):
        sent(server, ca)
    assert server.mail == b""
