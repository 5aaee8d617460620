# SPDX-License-Identifier: Apache-2.0
"""A real TLS server in this process, whose certificate is renewed where it lies while it runs."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from fusion_service.identity.ca import authority, files, holders, installed
from fusion_service.web.server_tls import RenewedContext

HOST = "127.0.0.1"
NOW = datetime.now(UTC)


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """The folder of a server's files, good for a day and due."""
    authority.make(tmp_path / "ca", days=365, now=NOW - timedelta(days=80))
    holder = holders.broker("localhost", [HOST])
    authority.Authority(tmp_path / "ca").issue(
        holder, out=tmp_path / "server", days=90, now=NOW - timedelta(days=80)
    )
    return tmp_path / "server"


def context_of(folder: Path) -> RenewedContext:
    made = RenewedContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "broker.pem", folder / "broker.key")
    return made


def serving(
    context: ssl.SSLContext,
    then: Callable[[Callable[[], Awaitable[x509.Certificate]]], Awaitable[None]],
) -> None:
    """Run a server, and hand `then` what connects anew and says which certificate is shown."""

    async def run() -> None:
        async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        listener = await asyncio.start_server(answer, HOST, 0, ssl=context)
        port = listener.sockets[0].getsockname()[1]
        asks = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        asks.check_hostname, asks.verify_mode = False, ssl.CERT_NONE

        async def shown() -> x509.Certificate:
            _, writer = await asyncio.open_connection(HOST, port, ssl=asks)
            der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            writer.close()
            return x509.load_der_x509_certificate(der)

        async with listener:
            await then(shown)

    asyncio.run(run())


def test_a_server_shows_what_was_renewed_without_a_new_start(tmp_path: Path, server: Path) -> None:
    old = files.read_certificate(server / "broker.pem")

    async def then(shown: Callable[[], Awaitable[x509.Certificate]]) -> None:
        assert await shown() == old
        done = installed.renew_installed(
            authority.Authority(tmp_path / "ca"), server / "broker.pem", days=90, now=NOW
        )
        assert done.renewed
        assert await shown() == files.read_certificate(server / "broker.pem") != old

    serving(context_of(server), then)


def test_files_that_will_not_do_are_told_once_and_the_ones_of_before_go_on(
    tmp_path: Path, server: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = files.read_certificate(server / "broker.pem")

    async def then(shown: Callable[[], Awaitable[x509.Certificate]]) -> None:
        (server / "broker.pem").write_text("half a certif")
        assert [await shown() for _ in range(3)] == [old] * 3
        other = tmp_path / "other"
        holder = holders.broker("localhost", [HOST])
        authority.Authority(tmp_path / "ca").issue(holder, out=other, days=90, now=NOW)
        (server / "broker.pem").write_bytes(
            (other / "broker.pem").read_bytes()
        )  # its key is another
        assert await shown() == old
        (server / "broker.pem").unlink()
        assert await shown() == old

    serving(context_of(server), then)
    told = [
        record.message
        for record in caplog.records
        if "going on with the certificate of before" in record.message
    ]
    assert len(told) == 3
