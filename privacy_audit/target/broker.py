# SPDX-License-Identifier: Apache-2.0
"""A broker exactly as firmware_configs/broker ships it, on loopback.

Its identities are of an authority made for the occasion.

Only the placeholders and the listener's address are filled in. Where the audit itself is to listen,
its observer is added to a copy of the access list with a line that lets it hear and say nothing;
what is tested of the list is tested without that line. Identities are issued by the authority's own
code, as `fusion-service ca` does it; a program started for each would take longer than the rest.
"""

import os
import pwd
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from edge_agent.config.paths import broker_directory
from edge_agent.errors import ProcessError
from fusion_service.errors import IdentityError
from fusion_service.identity import lifetimes
from fusion_service.identity.ca import authority, holders
from privacy_audit.target.box import Access, BrokerCapture, DeliveredMessage, until

HOST = "127.0.0.1"
PORTS = range(12_000, 32_000)
OBSERVER = "audit"
LISTENER = "listener 8883\n"
START_S = 20.0
STOP_S = 10.0
CALL_S_MAX = 600.0
"""A second on a quiet machine; so long only where it is far too busy."""
_SYSTEM_PATH = f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/usr/local/sbin"


def find_program(name: str) -> str:
    """Return the path of a program: one of ours beside this Python, or the system's.

    Raises ProcessError saying how to get it.
    """
    found = shutil.which(name, path=f"{sys.prefix}/bin:{_SYSTEM_PATH}")
    if found is None:
        advice = (
            "run: apt-get install mosquitto"
            if name == "mosquitto"
            else "install the extras [sensor,fusion] of this project"
        )
        raise ProcessError(f"{name}: not found beside this Python or on PATH; {advice}")
    return found


def call(name: str, *arguments: str) -> str:
    """Run a program to its end and return what it printed.

    Raises ProcessError with its own words where it fails.
    """
    command = [find_program(name), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - found above
            command, capture_output=True, text=True, check=False, timeout=CALL_S_MAX
        )
    except subprocess.TimeoutExpired as error:
        raise ProcessError(
            f"{name} {' '.join(arguments[:3])}: not done within {CALL_S_MAX:.0f} s"
        ) from error
    if done.returncode != 0:
        raise ProcessError(
            f"{name} {' '.join(arguments[:3])}: ended with {done.returncode}: "
            f"{done.stderr.strip()[-400:]}"
        )
    return done.stdout


def free_port() -> int:
    """Return a free loopback port below those that the kernel hands to whoever calls out.

    A port of the kernel's own choice may go to another program's next connection before its server
    has bound it.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port


class Identities:
    """An authority in a folder, and one folder for each holder of a certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ca = folder, folder / "ca"
        with _refused_as_ours():
            authority.make(self.ca, days=lifetimes.ROOT_DAYS, now=_now())

    def server(self) -> Path:
        """Issue the broker its certificate; return its folder."""
        return self._issue("broker", holders.broker("localhost", [HOST]), lifetimes.SERVER_DAYS)

    def server_elsewhere(self, host: str) -> Path:
        """Issue a broker on another machine its certificate; return its folder."""
        return self._issue(host, holders.broker(host, []), lifetimes.SERVER_DAYS)

    def client(self, name: str) -> Path:
        """Issue a program beside the broker its certificate."""
        return self._issue(name, holders.client(name), lifetimes.CLIENT_DAYS)

    def device(self, site: str, name: str) -> Path:
        """Issue a box its certificate."""
        return self._issue(f"{site}.{name}", holders.device(site, name), lifetimes.DEVICE_DAYS)

    def _issue(self, folder: str, holder: holders.Holder, days: int) -> Path:
        out = self.folder / folder
        with _refused_as_ours():
            authority.Authority(self.ca).issue(holder, out=out, days=days, now=_now())
        return out


@contextmanager
def _refused_as_ours() -> Iterator[None]:
    """Raise what the authority refuses as ProcessError."""
    try:
        yield
    except IdentityError as error:
        raise ProcessError(f"identities of the audit: {error}") from error


def _now() -> datetime:
    return datetime.now(UTC)


def access(port: int, folder: Path) -> Access:
    """Return how the holder of this folder comes in."""
    [key] = folder.glob("*.key")
    return Access(HOST, port, folder / "ca.pem", key.with_suffix(".pem"), key)


def tls(holder: Access) -> ssl.SSLContext:
    """Return what a holder shows in TLS 1.3."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(holder.ca_file)
    context.load_cert_chain(holder.certificate_file, holder.key_file)
    return context


class AuditBroker:
    """One mosquitto with the shipped files.

    Started by root it gives root up, so its folder belongs to its own user.
    """

    def __init__(self, identity: Path, *, observer: bool, further: str = "") -> None:
        """further: lines behind the shipped access list, for a witness of the audit's own."""
        self.port = free_port()
        self._identity, self._observer, self._further = identity, observer, further
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        program = find_program("mosquitto")
        self._folder = Path(tempfile.mkdtemp(prefix="people-count-audit-broker-"))
        self._lay_out(self._folder)
        with (self._folder / "log").open("wb") as log:
            command = [program, "-c", str(self._folder / "mosquitto.conf")]
            self._process = subprocess.Popen(  # noqa: S603 - found above
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        if (
            not until(lambda: " running\n" in self._words() or self._ended(), within_s=START_S)
            or self._ended()
        ):
            words = self._words()[-400:]
            self.__exit__()
            raise ProcessError(
                f"mosquitto: did not start with the files of {broker_directory()}: {words}"
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_S)
            self._process.kill()
            self._process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _lay_out(self, folder: Path) -> None:
        shipped = broker_directory()
        text = (shipped / "mosquitto.conf").read_text("utf-8")
        if text.count(LISTENER) != 1:
            raise ProcessError(
                f"{shipped}/mosquitto.conf: has no single line {LISTENER.strip()!r}; the audit "
                "fills in its own address there"
            )
        text = text.replace("@DIRECTORY@", str(folder)).replace("@STATE@", str(folder))
        (folder / "mosquitto.conf").write_text(
            text.replace(LISTENER, f"listener {self.port} {HOST}\n"), "utf-8"
        )
        hears = f"\nuser {OBSERVER}\ntopic read pc/v1/#\n" if self._observer else ""
        (folder / "acl").write_text(
            (shipped / "acl").read_text("utf-8") + hears + self._further, "utf-8"
        )
        for path in self._identity.iterdir():
            shutil.copy(path, folder / path.name)
        if os.geteuid() == 0:
            with suppress(KeyError):
                user = pwd.getpwnam("mosquitto")
                for path in (folder, *folder.iterdir()):
                    os.chown(path, user.pw_uid, user.pw_gid)

    def _words(self) -> str:
        return (self._folder / "log").read_text("utf-8", "replace") if self._folder else ""

    def _ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None


class Observer:
    """Whoever hears everything at the broker and keeps it."""

    def __init__(self, holder: Access, capture: BrokerCapture) -> None:
        self._capture = capture
        self._granted = False
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self._client.tls_set_context(tls(holder))
        self._client.on_connect = lambda client, *_: client.subscribe("pc/v1/#", qos=1)
        self._client.on_subscribe = lambda *_: setattr(self, "_granted", True)
        self._client.on_message = self._on_message
        self._client.connect(holder.host, holder.port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        if not until(lambda: self._granted, within_s=START_S):
            self._client.loop_stop()
            raise ProcessError(
                f"broker: did not let the audit's observer listen within {START_S:.0f} s"
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        self._capture.append_message(
            DeliveredMessage(
                message.topic, bytes(message.payload), message.qos, message.retain, time.monotonic()
            )
        )
