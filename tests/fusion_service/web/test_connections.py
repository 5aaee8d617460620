# SPDX-License-Identifier: Apache-2.0
"""Slow and half-open peers, over real sockets: others are answered all the same."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from fusion_service.web import connections
from fusion_service.web.connections import Connections, peer_of, protocol
from tests.fusion_service.centre import until
from tests.fusion_service.test_tls import Authority
from tests.patience import patient

HALF_OPEN = 1_000
ANSWERED_WITHIN_S = 1.0
ASKED = b"GET /few HTTP/1.1\r\nhost: centre\r\nconnection: close\r\n\r\n"
LARGE = 8 * 1024 * 1024


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/few")
    def get_few() -> Response:
        return Response(b"few")

    @app.get("/much")
    def get_much() -> Response:
        return Response(bytes(LARGE))

    @app.post("/body")
    async def post_body(request: Request) -> Response:
        return Response(str(len(await request.body())))

    return app


@contextmanager
def serving(bounds: Connections, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, int]]:
    """Serve on a port of all loopback addresses."""
    settings = uvicorn.Config(
        application(),
        http=protocol(bounds, tls),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(settings)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            until(lambda: server.started, "the server")
            yield listener.getsockname()
        finally:
            server.should_exit = True
            thread.join()


def answered(at: tuple[str, int], source: str, context: ssl.SSLContext | None = None) -> bytes:
    """Ask as somebody else, and return all that comes."""
    with (
        socket.create_connection(at, 10.0, source_address=(source, 0)) as plain,
        ExitStack() as stack,
    ):
        link = (
            stack.enter_context(context.wrap_socket(plain, server_hostname="127.0.0.1"))
            if context
            else plain
        )
        link.sendall(ASKED)
        found = b""
        while piece := link.recv(65_536):
            found += piece
        return found


def half_open(at: tuple[str, int], addresses: int, *, said: bytes, stack: ExitStack) -> None:
    """Open connections that never ask a whole question, from so many addresses."""
    for number in range(HALF_OPEN):
        source = f"127.{2 + number % addresses}.0.1"
        link = stack.enter_context(socket.create_connection(at, 10.0, source_address=(source, 0)))
        with suppress(ConnectionError):
            link.sendall(said)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*authority.issue("centre"))
    return server, ssl.create_default_context(cafile=str(authority.ca))


@pytest.mark.parametrize("addresses", [2, 250])
@pytest.mark.parametrize("kind", ["plain", "half a head", "tls"])
def test_a_thousand_half_open_requests_keep_nobody_out(
    addresses: int, kind: str, secure: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server, client = secure if kind == "tls" else (None, None)
    bounds = Connections()
    with serving(bounds, server) as at, ExitStack() as stack:
        half_open(
            at,
            addresses,
            said=b"GET /few HTTP/1.1\r\nhost:" if kind == "half a head" else b"",
            stack=stack,
        )
        slowest_s = 0.0
        for number in range(20):
            begun_s = time.monotonic()
            assert answered(at, f"127.254.0.{1 + number}", client).endswith(b"few")
            slowest_s = max(slowest_s, time.monotonic() - begun_s)
        # The bar is for an idle machine: beside other work all takes as much longer as there are
        # more programs than processors.
        assert slowest_s < patient(ANSWERED_WITHIN_S)
        assert len(bounds) <= bounds.connections_max


def test_who_never_ends_a_request_is_let_go() -> None:
    with serving(Connections(request_s=0.3)) as at, socket.create_connection(at, 10.0) as link:
        link.sendall(b"POST /body HTTP/1.1\r\nhost: centre\r\ncontent-length: 10\r\n\r\n12345")
        assert link.recv(1) == b""


def test_who_does_not_read_the_answer_makes_room_for_others() -> None:
    bounds = Connections(connections_max=4, per_address_max=4)
    with serving(bounds) as at, ExitStack() as stack:
        for number in range(4):
            link = stack.enter_context(
                socket.create_connection(at, 10.0, source_address=(f"127.9.0.{1 + number}", 0))
            )
            link.sendall(ASKED.replace(b"few", b"much"))
        until(
            lambda: all(one.stage is connections.Stage.STUCK for one in list(bounds._open)),
            "the readers that do not read",
        )
        assert answered(at, "127.254.0.1").endswith(b"few")
        assert len(bounds) <= 4


def test_one_address_cannot_push_out_another() -> None:
    bounds = Connections(connections_max=8, per_address_max=4)
    with serving(bounds) as at, ExitStack() as stack:
        patient = stack.enter_context(
            socket.create_connection(at, 10.0, source_address=("127.7.0.1", 0))
        )
        for _ in range(20):
            stack.enter_context(socket.create_connection(at, 10.0, source_address=("127.8.0.1", 0)))
        until(lambda: len(bounds) == 5, "the bound of an address")
        patient.sendall(ASKED)
        assert patient.recv(65_536).startswith(b"HTTP/1.1 200")


def test_a_connection_is_used_again_and_again() -> None:
    with serving(Connections()) as at, socket.create_connection(at, 10.0) as link:
        for _ in range(3):
            link.sendall(ASKED.replace(b"connection: close\r\n", b""))
            found = link.recv(65_536)
            while not found.endswith(b"few"):
                found += link.recv(65_536)


def test_a_request_that_is_too_large_is_told_so() -> None:
    body = bytes(connections.REQUEST_BYTES_MAX)
    with serving(Connections()) as at, socket.create_connection(at, 10.0) as link:
        link.sendall(
            b"POST /body HTTP/1.1\r\nhost: centre\r\ncontent-length: %d\r\n\r\n" % len(body)
        )
        with suppress(ConnectionError):
            link.sendall(body)
        assert link.recv(65_536).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),  # a household's network is one peer
        ("::ffff:192.0.2.7", "192.0.2.7"),  # the same address on a socket of both families
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),  # a socket without a name
    ],
)
def test_a_peer_is_an_address_or_its_network(address: str, peer: str) -> None:
    assert peer_of(address) == peer
