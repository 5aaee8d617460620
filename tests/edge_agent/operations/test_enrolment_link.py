# SPDX-License-Identifier: Apache-2.0
"""What keeps a box from being enrolled is said by what was seen.

Real TLS with real certificates on loopback.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from edge_agent.errors import LinkError
from edge_agent.operations.enrolment_link import Centre
from fusion_service.identity.ca import authority, holders
from fusion_service.identity.ca.authority import Authority

HOST = "127.0.0.1"
NOW = datetime.now(UTC)


class Answer(BaseHTTPRequestHandler):
    """Say that a token is refused, or to wait, as the server has it; its last word stays."""

    def do_GET(self) -> None:
        self.send_error(404)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        said: list[tuple[int, str | None]] = self.server.say  # type: ignore[attr-defined]
        status, wait = said.pop(0) if len(said) > 1 else said[0]
        self.send_response(status)
        if wait is not None:
            self.send_header("Retry-After", wait)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def service(folder: Path, *say: tuple[int, str | None]) -> Iterator[int]:
    """Serve with the certificate in a folder; return the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "broker.pem", folder / "broker.key")
    with HTTPServer((HOST, 0), Answer) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that leaves in the hand-shake is expected
        server.say = list(say) or [(200, None)]  # type: ignore[attr-defined]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    authority.make(tmp_path / "ca", days=1000, now=NOW)
    return tmp_path / "ca"


def server(ca: Path, out: Path, *hosts: str, at: datetime = NOW) -> Path:
    Authority(ca).issue(holders.broker(hosts[0], hosts[1:]), out=out, days=30, now=at)
    return out


def told(ca: Path, port: int, host: str = HOST) -> str:
    """Send a token to a port, trusting this authority's root; return why nothing came of it."""
    centre = Centre(host, port)
    with suppress(LinkError):  # as an enrolment begins: with whoever answers
        centre.get("/v1/root", or_none=True)
    centre.trust(authority.root_certificate(ca))
    with pytest.raises(LinkError) as refused:
        centre.post("/v1/enrol", b"{}")
    return str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_name_that_the_certificate_has_not_is_told_with_those_it_has(
    tmp_path: Path, ca: Path, host: str
) -> None:
    with service(server(ca, tmp_path / "out", "centre.example", "192.0.2.7")) as port:
        text = told(ca, port, host)
    assert f"its certificate is for centre.example, 192.0.2.7, not for {host}" in text
    assert f"fusion-service ca server ... --address {host}" in text
    assert "clock" not in text


@pytest.mark.parametrize("at", [NOW - timedelta(days=31), NOW + timedelta(days=2)])
def test_dates_that_do_not_fit_are_told_beside_the_clock_of_the_box(
    tmp_path: Path, ca: Path, at: datetime
) -> None:
    with service(server(ca, tmp_path / "out", HOST, at=at)) as port:
        text = told(ca, port)
    assert f"to {at + timedelta(days=30):%Y-%m-%d}" in text
    assert "this box's clock says" in text
    assert "fusion-service ca renew-servers" in text


def test_a_certificate_of_another_root_is_told_as_that(tmp_path: Path, ca: Path) -> None:
    authority.make(tmp_path / "other", days=1000, now=NOW)
    with service(server(tmp_path / "other", tmp_path / "out", HOST)) as port:
        text = told(ca, port)
    assert "is not of the root that the token names" in text
    assert "clock" not in text


def test_a_chain_that_is_not_whole_is_told(tmp_path: Path, ca: Path) -> None:
    out = server(ca, tmp_path / "out", HOST)
    [first, *_] = (out / "broker.pem").read_text().split("-----END CERTIFICATE-----\n")
    (out / "broker.pem").write_text(f"{first}-----END CERTIFICATE-----\n")
    with service(out) as port:
        assert "its chain is not whole" in told(ca, port)


def test_what_speaks_no_tls_nothing_and_an_unknown_name_are_told_apart(ca: Path) -> None:
    with socket.create_server((HOST, 0)) as plain:
        port = plain.getsockname()[1]

        def answer() -> None:
            for _ in range(2):
                connection, _ = plain.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert "no TLS 1.3 with what answers there" in told(ca, port)
        thread.join()
    assert "nothing listens there; does fusion-service enrol-serve run there, with --host" in told(
        ca, port
    )
    assert "this name is not found" in told(ca, port, "centre.invalid")


def test_who_is_asked_to_wait_waits_and_asks_again(
    tmp_path: Path, ca: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with service(server(ca, tmp_path / "out", HOST), (429, "1"), (429, "0"), (403, None)) as port:
        assert "refuses this token" in told(ca, port)
    assert capsys.readouterr().err.count("waiting 1 s") == 2


@pytest.mark.parametrize("asks", ["3000", None, "soon", "-1", "9" * 400])
def test_who_is_asked_to_wait_for_long_is_told_until_when(
    tmp_path: Path, ca: Path, asks: str | None
) -> None:
    wait_s = {"3000": 3000, "9" * 400: 3600}.get(asks or "", 60)
    with service(server(ca, tmp_path / "out", HOST), (429, asks)) as port:
        centre = Centre(HOST, port, wait_max_s=30.0)
        centre.trust(authority.root_certificate(ca))
        with pytest.raises(
            LinkError, match=rf"listens again in {wait_s} s, at \d\d:\d\d:\d\d UTC: try again then"
        ):
            centre.post("/v1/enrol", b"{}")
