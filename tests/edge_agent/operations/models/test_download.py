# SPDX-License-Identifier: Apache-2.0
import hashlib
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.errors import ModelError
from edge_agent.operations.models.download import ATTEMPTS_MAX, Network, Wanted, download
from tests.edge_agent.operations.models.https_server import (
    Answer,
    HttpsServer,
    cut_after,
    ranges,
    saying,
    served,
    whole,
)

ROOT = Path(__file__).parents[4]
CONTENT = bytes(range(256)) * 1000
ALONE = Network(proxies={}, silence_s=5.0, pause_s=0.0)
OTHER = CONTENT[:-1] + b"!"


def wanted(url: str, content: bytes = CONTENT) -> Wanted:
    sha256 = hashlib.sha256(content).hexdigest()
    return Wanted(url, len(content), sha256, "fetch it elsewhere, then run edge-agent model add")


def fetched(server: HttpsServer, folder: Path, said: list[str] | None = None) -> bytes:
    progress = (said if said is not None else []).append
    return download(
        wanted(server.url),
        folder / "x.part",
        progress=progress,
        network=server.network(),
    )


def test_a_file_comes_whole(tmp_path: Path) -> None:
    with served(tmp_path, whole(CONTENT)) as server:
        assert fetched(server, tmp_path) == CONTENT
    assert "range" not in server.requests[0]
    assert server.requests[0]["accept-encoding"] == "identity"


def test_after_a_cut_only_the_rest_is_asked_for(tmp_path: Path) -> None:
    said: list[str] = []
    with served(
        tmp_path, cut_after(CONTENT, 100_000), cut_after(CONTENT, 60_000), ranges(CONTENT)
    ) as server:
        assert fetched(server, tmp_path, said) == CONTENT
    asked = [request.get("range") for request in server.requests]
    assert asked == [None, "bytes=100000-", "bytes=160000-"]
    assert len(said) == 2
    assert "100000 bytes; asking again for the rest" in said[0]


def test_what_a_run_before_has_kept_is_gone_on_from(tmp_path: Path) -> None:
    (tmp_path / "x.part").write_bytes(CONTENT[:1234])
    with served(tmp_path, ranges(CONTENT)) as server:
        assert fetched(server, tmp_path) == CONTENT
    assert server.requests[0]["range"] == "bytes=1234-"


def test_a_server_that_cannot_go_on_begins_again(tmp_path: Path) -> None:
    with served(tmp_path, cut_after(CONTENT, 100_000), whole(CONTENT)) as server:
        assert fetched(server, tmp_path) == CONTENT
    assert len(server.requests) == 2


def test_a_server_that_sends_another_part_is_asked_for_all_of_it(tmp_path: Path) -> None:
    another = saying("206 Partial Content", CONTENT[:50], Content_Range="bytes 0-49/256000")
    (tmp_path / "x.part").write_bytes(CONTENT[:1234])
    with served(tmp_path, another, ranges(CONTENT)) as server:
        assert fetched(server, tmp_path) == CONTENT
    assert "range" not in server.requests[1]


def test_a_beginning_that_is_no_beginning_of_it_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "x.part").write_bytes(OTHER[::-1])
    with (
        served(tmp_path, ranges(CONTENT)) as server,
        pytest.raises(ModelError, match=r"its sha256 is .*, not .* of the card"),
    ):
        fetched(server, tmp_path)
    assert not (tmp_path / "x.part").exists()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (whole(OTHER), "its sha256 is"),  # other bytes of the same size
        (whole(CONTENT + b"!"), "it has 256001 bytes"),  # another size, said at once
        (
            saying("200 OK", CONTENT + b"!" * 100_000),
            "more than 256000 bytes come",
        ),  # more without end, and no word of it
        (saying("404 Not Found", Content_Length=0), "it answers 404 Not Found"),  # no such file
        (saying("403 Forbidden", Content_Length=0), "it answers 403 Forbidden"),  # not for us
        (
            saying("302 Found", Location="http://127.0.0.1/model.onnx", Content_Length=0),
            "wanted an https address",
        ),  # in the clear
        (
            saying("302 Found", Location="file:///etc/hostname", Content_Length=0),
            "url 'file:///etc/hostname' is not allowed",
        ),  # out of this machine
        (saying("200 OK", b"", Content_Length="many"), "it has many bytes"),  # no number
    ],
)
def test_an_answer_that_is_another_is_refused_at_once(
    tmp_path: Path, answer: Answer, said: str
) -> None:
    with served(tmp_path, answer) as server, pytest.raises(ModelError, match=said):
        fetched(server, tmp_path)
    assert len(server.requests) == 1
    assert sum(path.stat().st_size for path in tmp_path.glob("*.part")) <= len(CONTENT)


def test_a_redirect_to_https_is_followed(tmp_path: Path) -> None:
    def there(connection: ssl.SSLSocket, fields: dict[str, str]) -> None:
        location = f"https://{fields['host']}/elsewhere.onnx"
        saying("302 Found", Location=location, Content_Length=0)(connection, fields)

    with served(tmp_path, there, whole(CONTENT)) as server:
        assert fetched(server, tmp_path) == CONTENT


def test_a_redirect_in_a_circle_ends(tmp_path: Path) -> None:
    def round_and_round(connection: ssl.SSLSocket, fields: dict[str, str]) -> None:
        location = f"https://{fields['host']}/{len(server.requests)}"
        saying("302 Found", Location=location, Content_Length=0)(connection, fields)

    with (
        served(tmp_path, round_and_round) as server,
        pytest.raises(ModelError, match=r"it answers 302"),
    ):
        fetched(server, tmp_path)
    assert len(server.requests) < 10


@pytest.mark.parametrize(
    "answer",
    [
        cut_after(CONTENT, 0),  # it hangs up before the first byte
        saying("503 Service Unavailable", Content_Length=0),  # it has no time
        saying("200 OK", CONTENT[:1000], Content_Length=256_000),  # it lies about the length
    ],
)
def test_a_server_that_never_sends_all_of_it_is_left_after_some_attempts(
    tmp_path: Path, answer: Answer
) -> None:
    with (
        served(tmp_path, answer) as server,
        pytest.raises(ModelError, match=rf"after {ATTEMPTS_MAX} attempts.*model add"),
    ):
        fetched(server, tmp_path)
    assert len(server.requests) == ATTEMPTS_MAX


def test_a_server_that_says_nothing_is_left(tmp_path: Path) -> None:
    release = threading.Event()

    def silent(connection: ssl.SSLSocket, _: dict[str, str]) -> None:
        release.wait(0.3)
        connection.close()

    with (
        served(tmp_path, silent) as server,
        pytest.raises(ModelError, match=rf"after {ATTEMPTS_MAX} attempts; 0 bytes"),
    ):
        download(
            wanted(server.url),
            tmp_path / "x.part",
            progress=lambda _: None,
            network=server.network(silence_s=0.1),
        )


def test_a_server_that_drips_is_left_when_the_time_is_over(tmp_path: Path) -> None:
    def dripping(connection: ssl.SSLSocket, fields: dict[str, str]) -> None:
        cut_after(CONTENT, 100)(connection, fields)
        for _ in range(100):
            connection.sendall(b"!")
            time.sleep(0.02)

    with (
        served(tmp_path, dripping) as server,
        pytest.raises(ModelError, match="bytes have come, and the time is over"),
    ):
        download(
            wanted(server.url),
            tmp_path / "x.part",
            progress=lambda _: None,
            network=server.network(total_s=0.5),
        )
    assert len(server.requests) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with (
        served(tmp_path, whole(CONTENT)) as server,
        pytest.raises(ModelError, match="its certificate is not believed: self-signed"),
    ):
        download(wanted(server.url), tmp_path / "x.part", progress=lambda _: None, network=ALONE)
    assert server.requests == []


def test_an_address_where_nobody_is_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ModelError, match=r"no connection: .*refused"):
        download(
            wanted(f"https://127.0.0.1:{port}/x"),
            tmp_path / "x.part",
            progress=lambda _: None,
            network=ALONE,
        )


def tunnel(proxy: socket.socket, asked: list[bytes]) -> Callable[[], None]:
    """Return a proxy that joins the one connection it gets to where it asks for."""

    def run() -> None:
        client, _ = proxy.accept()
        with client:
            asked.append(client.recv(4096))
            host, port = asked[0].split()[1].split(b":")
            with socket.create_connection((host.decode(), int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=copy, args=(server, client))
                back.start()
                copy(client, server)
                back.join()

    return run


def copy(source: socket.socket, target: socket.socket) -> None:
    """Hand on what comes until it ends."""
    while said := source.recv(65_536):
        target.sendall(said)
    target.shutdown(socket.SHUT_WR)


FETCH = """
import ssl, sys
from pathlib import Path
from edge_agent.operations.models.download import Network, Wanted, download
url, size, sha256, ca, part = sys.argv[1:]
network = Network(ssl.create_default_context(cafile=ca), pause_s=0.0)
wanted = Wanted(url, int(size), sha256, "no other way")
sys.stdout.buffer.write(download(wanted, Path(part), progress=print, network=network))
"""


def test_the_proxy_of_the_environment_is_gone_through(tmp_path: Path) -> None:
    asked: list[bytes] = []
    with (
        socket.create_server(("127.0.0.1", 0)) as proxy,
        served(tmp_path, whole(CONTENT)) as server,
    ):
        joining = threading.Thread(target=tunnel(proxy, asked))
        joining.start()
        sha256 = wanted(server.url).sha256
        arguments = [server.url, str(len(CONTENT)), sha256, str(server.ca), str(tmp_path / "part")]
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, "-c", FETCH, *arguments],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "https_proxy": address, "no_proxy": ""},
            timeout=60,
        )
        joining.join()
    assert done.stdout == CONTENT
    assert asked[0].startswith(b"CONNECT 127.0.0.1:")
