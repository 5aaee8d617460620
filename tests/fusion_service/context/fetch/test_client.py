# SPDX-License-Identifier: Apache-2.0
import gzip
import socket
import ssl
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fusion_service.context.fetch.client import REMEMBERED_MAX, Client, Fetched, Limits
from fusion_service.context.fetch.deadline import Deadline
from fusion_service.context.fetch.inflate import pieces
from fusion_service.context.trouble import FeedError
from tests.fusion_service.context.feed_server import FeedServer, feed_server

SMALL = Limits(body_bytes_max=1_000, unpacked_bytes_max=5_000)
SHORT = replace(SMALL, silence_s=0.3, total_s=0.6)
"""For tests of the times alone: on a slow machine an answer takes longer."""


def text_of(client: Client, url: str) -> bytes:
    fetched = client.get(url)
    assert fetched is not None
    return fetched.text()


def test_what_was_read_is_not_asked_for_again(server: FeedServer) -> None:
    url, client = server.say("/a", b"one", etag='"1"'), Client()
    first = client.get(url)
    assert first is not None
    client.remember(first)
    assert client.get(url) is None
    assert server.asked[1][1]["If-None-Match"] == '"1"'
    server.say("/a", b"two", etag='"2"')
    assert text_of(client, url) == b"two"


def test_an_answer_that_was_of_no_use_is_sent_again(server: FeedServer) -> None:
    url, client = server.say("/a", b"half of i", etag='"1"'), Client()
    client.get(url)
    assert client.get(url) is not None


def test_the_time_of_a_change_is_told_back(server: FeedServer) -> None:
    at = "Mon, 30 Nov 2026 09:00:00 GMT"
    url, client = server.say("/a", b"one", headers={"Last-Modified": at}), Client()
    fetched = client.get(url)
    assert fetched is not None
    client.remember(fetched)
    client.get(url)
    assert server.asked[1][1]["If-Modified-Since"] == at
    client.forget(url)
    client.get(url)
    assert "If-Modified-Since" not in server.asked[2][1]


def test_what_is_remembered_is_bounded() -> None:
    client = Client()
    for number in range(REMEMBERED_MAX + 5):
        address = f"https://x.example/{number}"
        client.remember(Fetched(address, b"", 1, validators=(("If-None-Match", '"1"'),)))
    assert len(client._known) == REMEMBERED_MAX
    assert "https://x.example/4" not in client._known


def test_we_say_who_we_are_and_that_we_take_gzip(server: FeedServer) -> None:
    url = server.say_packed("/a", b"packed")
    assert text_of(Client(), url) == b"packed"
    assert "people-count" in server.asked[0][1]["User-Agent"]
    assert server.asked[0][1]["Accept-Encoding"] == "gzip"


def test_a_file_that_is_gzip_sent_as_gzip_is_unpacked_twice(server: FeedServer) -> None:
    url = server.say_packed("/a.gz", gzip.compress(b"twice"))
    assert text_of(Client(), url) == b"twice"


def test_a_gzip_of_several_members_is_one_file(server: FeedServer) -> None:
    url = server.say("/a.gz", gzip.compress(b"one, ") + gzip.compress(b"two") + b"\0" * 9)
    assert text_of(Client(), url) == b"one, two"


@pytest.mark.parametrize(
    ("reply", "why", "to_do"),
    [
        ({"status": 404}, "answers 404", "correct the address"),
        ({"status": 401}, "answers 401", "key"),
        ({"status": 403}, "answers 403", "key"),
        ({"status": 500}, "answers 500", "by itself"),
        ({"status": 429}, "answers 429", "every_s"),
        ({"status": 206, "body": b"part"}, "answers 206", "documentation"),
        ({"body": b"x" * 1_001}, "more than 1000 bytes", "address"),
        ({"body": b"0123456789", "cut": 4}, "6 bytes came of 10", "by itself"),
        ({"headers": {"Content-Encoding": "br"}}, "answers in br", "tell"),
    ],
)
def test_an_answer_that_is_none_is_named(
    server: FeedServer, reply: dict[str, object], why: str, to_do: str
) -> None:
    url = server.say("/a", **reply)
    with pytest.raises(FeedError) as caught:
        Client(SMALL).get(url)
    assert why in caught.value.why
    assert to_do in caught.value.to_do


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (gzip.compress(b"\0" * 5_001), "more than 5000 bytes unpacked"),  # a bomb
        (gzip.compress(b"a whole sentence")[:-6], "ends in the middle"),
        (b"\x1f\x8b" + b"nonsense", "gzip is damaged"),
        (gzip.compress(gzip.compress(gzip.compress(b"x"))), "packed more than"),
    ],
)
def test_a_gzip_that_is_none_or_a_bomb_is_named(
    server: FeedServer, packed: bytes, why: str
) -> None:
    fetched = Client(SMALL).get(server.say("/a", packed))
    assert fetched is not None
    with pytest.raises(FeedError, match=why):
        fetched.text()


def test_gigabytes_in_a_megabyte_are_given_up_early() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 60_000_000))
    begun = time.process_time()
    with pytest.raises(FeedError, match="unpacked"):
        list(pieces(bomb, bytes_max=200_000))
    assert time.process_time() - begun < 0.5


def test_a_server_that_says_nothing_is_left() -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    with silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        # A busy machine may take long to see the silence, and must not meet the other bound first.
        with pytest.raises(FeedError, match="timed out"):
            Client(replace(SHORT, total_s=30.0)).get(url)
    with pytest.raises(FeedError, match="no answer"):
        Client(SHORT).get(url)  # nobody listens there any more


def test_a_server_that_drips_is_left_when_the_time_is_over(server: FeedServer) -> None:
    url = server.say("/a", b"x" * 100, drip_s=0.05)
    begun = time.monotonic()
    with pytest.raises(FeedError, match=r"no whole answer came in 0\.6 s"):
        Client(SHORT).get(url)
    assert time.monotonic() - begun < 10


def test_a_redirect_is_followed_on_the_same_host_only(server: FeedServer) -> None:
    server.say("/new", b"here")
    url = server.say("/old", status=302, headers={"Location": "/new"})
    assert text_of(Client(), url) == b"here"
    with feed_server() as other:
        away = server.say("/away", status=301, headers={"Location": other.say("/a", b"there")})
        with pytest.raises(FeedError, match="another host"):
            Client().get(away, {"Authorization": "secret"})
        assert other.asked == []
    loop = server.say("/loop", status=307, headers={"Location": "/loop"})
    with pytest.raises(FeedError, match="redirects more than 3 times"):
        Client().get(loop)
    nowhere = server.say("/file", status=302, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(FeedError, match="no address"):
        Client().get(nowhere)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://me:" + "secret@example.org/",
        "https:///nothing",
        "https://[::1",
    ],
)
def test_what_is_no_address_is_not_asked(url: str) -> None:
    with pytest.raises(FeedError) as caught:
        Client().get(url)
    assert "secret" not in str(caught.value)


def test_a_server_may_ask_to_be_left_alone(server: FeedServer) -> None:
    date = {"Date": "Mon, 30 Nov 2026 09:00:00 GMT"}
    for said, wait_s in (("120", 120), ("9" * 30, 86_400), ("soon", 0)):
        url = server.say("/a", status=503, headers={"Retry-After": said} | date)
        with pytest.raises(FeedError) as caught:
            Client().get(url)
        assert caught.value.wait_s == wait_s


def self_signed(folder: Path) -> Path:
    """Return a file with a key and a certificate of 127.0.0.1 that nobody else signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.now(UTC) - timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return path


def test_over_tls_only_a_certificate_that_is_believed_is_answered(tmp_path: Path) -> None:
    pem = self_signed(tmp_path)
    with feed_server(certificate=pem) as server:
        url = server.say("/a", b"secretly", drip_s=0.001).replace("http:", "https:")
        with pytest.raises(FeedError) as caught:
            Client().get(url)
        assert "certificate is not believed" in caught.value.why
        assert server.asked == []
        believing = Client(tls=ssl.create_default_context(cafile=str(pem)))
        assert text_of(believing, url) == b"secretly"
        server.say("/a", b"x" * 100, drip_s=0.05)
        with pytest.raises(FeedError, match=r"no whole answer came in 0\.6 s"):
            Client(SHORT, believing.tls).get(url)


def test_what_is_being_asked_is_cut_off_at_the_end_and_nothing_is_asked_any_more(
    server: FeedServer,
) -> None:
    url, client = server.say("/a", b"x" * 100, drip_s=0.2), Client()

    def end_while_it_drips() -> None:
        while not server.asked:
            time.sleep(0.01)
        client.end()

    threading.Thread(target=end_while_it_drips, daemon=True).start()
    begun_s = time.monotonic()
    with pytest.raises(FeedError):
        client.get(url)
    assert time.monotonic() - begun_s < 10
    with pytest.raises(FeedError, match="the centre ends"):
        client.get(url)
    assert len(server.asked) == 1


def test_an_end_that_comes_before_there_is_a_socket_ends_it_too(server: FeedServer) -> None:
    url, ended = server.say("/a", b"x" * 100, drip_s=0.2), Deadline(time.monotonic() + 60)
    ended.cut()
    begun_s = time.monotonic()
    with pytest.raises(OSError, match=r".*"), ended.kept(is_direct=True) as opener:  # noqa: SIM117
        with opener.open(url, timeout=60) as answer:
            answer.read()
    assert time.monotonic() - begun_s < 10
