# SPDX-License-Identifier: Apache-2.0
"""The wall, as the kernel and another process see it. Most of it is root's to try."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_agent.config.sections.purpose import Commission
from edge_agent.confinement.enter import enter
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.operations.commission import on_the_spot
from edge_agent.operations.commission.page.certificate import SessionCertificate, make_certificate
from edge_agent.operations.commission.places import page_place
from edge_agent.operations.commission.settings import PageSettings
from edge_agent.processes.supervision.child import Child
from wire_contract.messages.report import Level

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may open a session; run as root")
NOBODY = 65534
_NAMED = """import ctypes, sys, time
ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)
held = open(sys.argv[2])
print(1, flush=True)
time.sleep(60)"""


@pytest.fixture
def certificate(tmp_path: Path) -> SessionCertificate:
    return make_certificate(tmp_path, "127.0.0.1", name="quay/door-3")


def _as_nobody(do: Callable[[], None]) -> str:
    """Do something in a process of a user without rights; return what it was told."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        try:
            do()
            said = "done"
        except ProcessError as error:
            said = str(error)
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.wait()
    return said


@ROOT
def test_who_is_not_root_is_refused_by_us_and_by_the_kernel(
    certificate: SessionCertificate,
) -> None:
    assert "only root of the box" in _as_nobody(on_the_spot.require_on_the_spot)
    # And where nobody of ours asks: what puts a process into its place cannot.
    plan = page_place(certificate, listening_fd=9).plan
    assert "Operation not permitted" in _as_nobody(lambda: enter(plan))


def test_a_shell_from_afar_is_told_to_come() -> None:
    assert on_the_spot.remote_of(["python", "bash", "sshd-session", "sshd", "systemd"])
    assert on_the_spot.remote_of(["python", "bash", "login", "systemd"]) is None
    assert on_the_spot.ancestors(os.getpid())[-1] != ""


def test_a_process_of_the_box_that_holds_its_store_is_seen_by_the_file(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").touch()
    (tmp_path / "other.db").touch()
    with subprocess.Popen(
        [sys.executable, "-c", _NAMED, "pc-uplink", str(tmp_path / "outbox.db")],
        stdout=subprocess.PIPE,
    ) as uplink:
        assert uplink.stdout is not None
        uplink.stdout.readline()
        try:
            assert on_the_spot.publishing([tmp_path / "outbox.db"]) == ("uplink",)
            assert on_the_spot.publishing([tmp_path / "other.db"]) == ()
        finally:
            uplink.kill()


@pytest.mark.parametrize("listen", ["0.0.0.0:8443", "8.8.8.8:8443", "127.0.0.1:443", "::1", "x:1"])
def test_the_page_is_nowhere_but_on_the_box_its_hotspot_or_its_cable(listen: str) -> None:
    assert Commission(listen="192.168.4.1:8443").address == ("192.168.4.1", 8443)
    with pytest.raises(ValueError, match="listen"):
        Commission(listen=listen)


class Shown:
    """A page process, locked, measured and let begin; and who answers it."""

    def __init__(self, certificate: SessionCertificate) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        asks, page_asks = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
        page_hears, answers = os.pipe2(os.O_CLOEXEC)
        self.url = f"https://127.0.0.1:{listening.getsockname()[1]}/known/"
        self.child = Child(Role.PAGE)
        self.child.module = "edge_agent.operations.commission.page.page_server"
        number = listening.fileno()
        settings = PageSettings(
            number, page_asks, page_hears, str(certificate.certificate), str(certificate.key),
            "known", time.monotonic() + 60,
        )  # fmt: skip
        place = page_place(certificate, listening_fd=number)
        self.child.start(settings, place, number, page_asks, page_hears)
        for descriptor in (page_asks, page_hears):
            os.close(descriptor)
        listening.close()
        while (measured := self.child.measured()) is None:
            assert self.child.ended() is None
            time.sleep(0.05)
        self.measured = measured
        self.child.go()
        self._asks, self._answers = asks, answers
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while asked := os.read(self._asks, 4096):
            os.write(self._answers, len(asked).to_bytes(4, "big") + asked)

    def get(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with urllib.request.urlopen(  # noqa: S310 - our own page
                self.url + path, body, context=context, timeout=20
            ) as one:
                return one.status, one.read()
        except urllib.error.HTTPError as error:
            return error.code, b""


@pytest.fixture
def shown(certificate: SessionCertificate) -> Iterator[Shown]:
    page = Shown(certificate)
    yield page
    page.child.stop(within_s=5.0)


@ROOT
def test_the_page_is_locked_in_and_holds_nothing_of_the_box(shown: Shown, blank: Path) -> None:
    assert shown.measured.level is Level.STANDARD, shown.measured.missing
    assert shown.get("")[0] == 200
    assert json.loads(shown.get("state")[1]) == {"do": "state"}
    assert shown.get("ask", b'{"do":"finish"}')[1] == b'{"do":"finish"}'
    assert shown.get("../")[0] == 404
    assert shown.child.process is not None
    pid = shown.child.process.pid
    assert pid in on_the_spot.open_sessions()
    seen = Path(f"/proc/{pid}/root")
    for path in (blank, blank.parent / "store", blank.parent / "keys", Path("/dev/video0")):
        assert not Path(f"{seen}{path}").exists()
    held = [str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()]
    kinds = {one.partition(":")[0] for one in held}
    assert kinds <= {"/dev/null", "pipe", "socket", "anon_inode"}
    # It has a network without a cable, and the socket that it was given is of another.
    assert Path(f"/proc/{pid}/net/route").read_text().count("\n") <= 1
    assert Path(f"/proc/{pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


@ROOT
def test_who_floods_the_page_takes_it_from_nobody(shown: Shown) -> None:
    host, port = "127.0.0.1", int(shown.url.split(":")[2].split("/")[0])
    open_ones = [socket.create_connection((host, port)) for _ in range(20)]
    open_ones[3].sendall(b"\x16\x03\x01" + b"x" * 3000)
    assert shown.get("state")[0] == 200
    for one in open_ones:
        one.close()


def test_a_session_is_refused_for_longer_than_half_an_hour() -> None:
    from edge_agent.operations.commission.session import Session  # noqa: PLC0415

    with pytest.raises(ProcessError, match="at most 30"):
        Session(None, None, None, None, minutes=31, certificate=None)  # type: ignore[arg-type]  # it looks at the minutes first
