# SPDX-License-Identifier: Apache-2.0
"""A broker exactly as `firmware_configs/broker` says, and clients to try it with.

Identities are of a real authority.

Rule: a refusal is judged by what others heard, not by what the attacker was told.
"""

import os
import pwd
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from fusion_service.identity.ca import authority, holders
from tests.broker import free_port

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "firmware_configs" / "broker"
LISTENER = "listener 8883\n"
RUNNING = " running\n"
HOST = "127.0.0.1"
WAIT_S = 60.0
A, B = ("beach", "pier-1"), ("beach", "pier-2")


def now() -> datetime:
    return datetime.now(UTC)


def until(holds: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline_s, f"waited {WAIT_S} s for {what}"
        time.sleep(0.01)


class Identities:
    """An authority in a folder, and one folder for each holder."""

    def __init__(self, folder: Path, make: Callable[..., object] = authority.make) -> None:
        self.folder, self.ca = folder, folder / "ca"
        make(self.ca, days=365, now=now())

    @property
    def authority(self) -> authority.Authority:
        """The authority as it is now: commands change it."""
        return authority.Authority(self.ca)

    def device(self, site: str, name: str, *, at: datetime | None = None, out: str = "") -> Path:
        """Issue a box's certificate; return its folder."""
        folder = self.folder / (out or f"{site}.{name}")
        self.authority.issue(
            holders.device(site, name), out=folder, days=authority.DEVICE_DAYS, now=at or now()
        )
        return folder

    def client(self, name: str, *, at: datetime | None = None, days: int = 1) -> Path:
        self.authority.issue(
            holders.client(name), out=self.folder / name, days=days, now=at or now()
        )
        return self.folder / name


def files(folder: Path) -> tuple[Path, Path, Path]:
    """Return the authority, the certificate and the key of a holder's folder."""
    [key] = folder.glob("*.key")
    return folder / "ca.pem", key.with_suffix(".pem"), key


def context(folder: Path, *, ca: Path | None = None) -> ssl.SSLContext:
    """Return what a holder shows in TLS."""
    trusted, certificate, key = files(folder)
    made = anonymous(ca or trusted)
    made.load_cert_chain(certificate, key)
    return made


def anonymous(ca: Path) -> ssl.SSLContext:
    """Return a TLS client without a certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(ca)
    return made


class SecureBroker:
    """One mosquitto with the shipped config and access list.

    Only the two placeholders and the listener's address are filled in.

    Started by root it gives root up, as in the field, and so its folder belongs to its own user.
    """

    def __init__(self, identities: Identities) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="people-count-broker-"))
        self._log = self.folder / "log"
        self._identities = identities
        self._process: subprocess.Popen[bytes] | None = None
        identities.authority.issue(
            holders.broker("localhost", [HOST]), out=self.folder, days=1, now=now()
        )
        text = (TEMPLATES / "mosquitto.conf").read_text()
        assert text.count(LISTENER) == 1
        text = text.replace("@DIRECTORY@", str(self.folder)).replace("@STATE@", str(self.folder))
        (self.folder / "mosquitto.conf").write_text(
            text.replace(LISTENER, f"listener {self.port} {HOST}\n")
        )
        shutil.copy(TEMPLATES / "acl", self.folder / "acl")
        self._own()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def start(self) -> None:
        program = shutil.which(
            "mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
        )
        assert program is not None, "these tests need mosquitto: apt install mosquitto"
        starts = self.log.count(RUNNING) if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", self.folder / "mosquitto.conf"], stdout=log, stderr=log
            )
        until(lambda: self.log.count(RUNNING) > starts or self._process_ended(), "the broker")
        assert not self._process_ended(), self.log

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(WAIT_S)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def reload(self) -> None:
        """Tell it to read its files again, and wait until it has."""
        assert self._process is not None
        before = self.log.count("Reloading config")
        self._process.send_signal(signal.SIGHUP)
        until(lambda: self.log.count("Reloading config") > before, "the reload")

    @property
    def pid_file(self) -> Path:
        return self.folder / "mosquitto.pid"

    def take_revocation_list(self) -> None:
        shutil.copy(self._identities.ca / "crl.pem", self.folder / "crl.pem")
        self._own()

    def _own(self) -> None:
        if os.geteuid() == 0:
            user = pwd.getpwnam("mosquitto")
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, user.pw_uid, user.pw_gid)

    def _process_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None


class Peer:
    """A client over TLS that remembers what it heard and what it was told."""

    def __init__(
        self,
        port: int,
        tls: ssl.SSLContext,
        *,
        protocol: int = mqtt.MQTTv5,
        client_id: str = "",
        user: str | None = None,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.losses = 0
        self._told: dict[int, str] = {}
        self._granted = threading.Event()
        self._entered = threading.Event()
        # A lost connection stays lost, so that a test sees it.
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=protocol,
            reconnect_on_failure=False,
        )
        self._client.tls_set_context(tls)
        self._client.on_connect = lambda *_: self._entered.set()
        self._client.on_subscribe = lambda *_: self._granted.set()
        self._client.on_message = lambda _c, _u, message: self.heard.append(
            (message.topic, bytes(message.payload))
        )
        self._client.on_publish = self._on_publish
        self._client.on_disconnect = self._on_disconnect
        if user is not None:
            self._client.username_pw_set(user, "any")
        if will is not None:
            self._client.will_set(*will, qos=1)
        self._client.connect(HOST, port)
        self._client.loop_start()
        assert self._entered.wait(WAIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def hear(self, *filters: str) -> None:
        """Subscribe; returns once the broker has answered."""
        for each in filters:
            self._granted.clear()
            self._client.subscribe(each, qos=1)
            assert self._granted.wait(WAIT_S)

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> str:
        """Publish; return what the broker's PUBACK says."""
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        until(lambda: sent.mid in self._told, f"the answer to {topic}")
        return self._told.pop(sent.mid)

    def send(self, topic: str, payload: bytes) -> None:
        """Publish without waiting for an answer."""
        self._client.publish(topic, payload, qos=1)

    def wait_for(self, topic: str, payload: bytes) -> None:
        until(lambda: (topic, payload) in self.heard, f"{payload!r} on {topic}; heard {self.heard}")

    def vanish(self) -> None:
        """End the connection as a power cut would."""
        connection = self._client.socket()
        assert connection is not None
        self._client.loop_stop()
        connection.close()

    def _on_publish(
        self, _client: Any, _user: Any, mid: int, reason: Any, _properties: Any
    ) -> None:
        self._told[mid] = str(reason)

    def _on_disconnect(self, *_: Any) -> None:
        self.losses += 1


def enter(
    port: int,
    tls: ssl.SSLContext,
    *,
    session: ssl.SSLSession | None = None,
    keep: list[ssl.SSLSession] | None = None,
) -> str:
    """Try to come in, and say `welcome`, `welcome again` (by a TLS session of before) or why not.

    In TLS 1.3 a client learns that its certificate is refused only after the handshake, so this
    waits for the CONNACK. `keep` takes the TLS session for a later try.
    """
    connect = b"\x00\x04MQTT\x04\x02\x00\x1e" + struct.pack("!H", 5) + b"probe"
    try:
        with (
            socket.create_connection((HOST, port), WAIT_S) as plain,
            tls.wrap_socket(plain, server_hostname=HOST, session=session) as secure,
        ):
            if secure.version() == "TLSv1.3":
                _read_first_word(secure)
            secure.sendall(bytes([0x10, len(connect)]) + connect)
            answer = secure.recv(4)
            if keep is not None and secure.session is not None:
                keep.append(secure.session)
            if answer != b"\x20\x02\x00\x00":
                return f"answer {answer!r}"
            return "welcome again" if secure.session_reused else "welcome"
    except (ssl.SSLError, ConnectionError) as error:
        return str(error)


def _read_first_word(secure: ssl.SSLSocket) -> None:
    """Read what a server says after the handshake.

    Tickets to whom it accepts, an alert to whom not.

    Whoever writes first may find the connection gone, and the reason with it.
    """
    assert select.select([secure], [], [], WAIT_S)[0]
    secure.settimeout(0)
    with suppress(ssl.SSLWantReadError):
        secure.recv(1)
    secure.settimeout(WAIT_S)
