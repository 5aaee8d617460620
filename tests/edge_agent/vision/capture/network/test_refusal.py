# SPDX-License-Identifier: Apache-2.0
"""Cameras that say no, each in its own way, over real sockets.

What is told, and how soon after the refusal.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from edge_agent.errors import CameraError, CameraFault
from edge_agent.vision.capture.network.refusal import diagnose
from edge_agent.vision.capture.network.stream import StreamAddress, open_stream
from tests.broker import free_port

WORD, PATH = "viewer:s3cret", "/hidden/channel?id=7"
TOLD_WITHIN_S = 1.0
"""After the refusal, however long the box would wait for a stream."""
TIMEOUT_S = 20.0
Answer = Callable[[str, dict[str, str]], bytes | None]
"""What is answered to a method with these headers; None: the connection is ended."""


def http(status: str, *more: str, body: str = "") -> Answer:
    head = "\r\n".join((f"HTTP/1.1 {status}", *more, f"Content-Length: {len(body)}", "", body))
    return lambda _method, _headers: head.encode()


def rtsp(status: str, *more: str, at: str = "", body: str = "") -> Answer:
    """Answer `at`, or everything, with this status, and all else as a camera that is content."""
    sdp = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=c\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\n"

    def answer(method: str, headers: dict[str, str]) -> bytes:
        said = (status, more, body)
        if at and method != at:
            said = ("200 OK", (), "")
            if method == "DESCRIBE":
                said = ("200 OK", ("Content-Type: application/sdp",), sdp)
        lines = (
            f"RTSP/1.0 {said[0]}",
            f"CSeq: {headers.get('cseq', '1')}",
            *said[1],
            f"Content-Length: {len(said[2])}",
            "",
            said[2],
        )
        return "\r\n".join(lines).encode()

    return answer


class Door:
    """A server on loopback; knows when it last answered."""

    def __init__(self, answer: Answer, *, mute: bool = False) -> None:
        self._answer, self._mute = answer, mute
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._guests: list[socket.socket] = []
        self.port: int = self._listening.getsockname()[1]
        self.answered_s = 0.0
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def _serve(self) -> None:
        while True:
            try:
                guest, _ = self._listening.accept()
            except OSError:
                return
            self._guests.append(guest)
            threading.Thread(target=self._converse, args=(guest,), daemon=True).start()

    def _converse(self, guest: socket.socket) -> None:
        with guest, guest.makefile("rb") as heard:
            while line := heard.readline().decode():
                headers = {}
                while more := heard.readline().decode().strip():
                    name, _, value = more.partition(":")
                    headers[name.lower()] = value.strip()
                if self._mute:
                    continue
                said = self._answer(line.split()[0], headers)
                self.answered_s = time.monotonic()
                if said is None:
                    return
                guest.sendall(said)
                if said.startswith(b"HTTP"):
                    return

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        # Only then: a thread that is about to accept would else do it for the next door, whose
        # socket gets the same number, and answer its guest.
        self._serving.join()
        self._listening.close()
        for guest in self._guests:
            with suppress(OSError):
                guest.shutdown(socket.SHUT_RDWR)


@contextmanager
def door(answer: Answer, *, mute: bool = False) -> Iterator[Door]:
    one = Door(answer, mute=mute)
    try:
        yield one
    finally:
        one.close()


def patience_s() -> float:
    """Return how long may be waited.

    On a machine whose processors are shared, so many times as long.
    """
    return TOLD_WITHIN_S * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def told(
    kind: str, port: int, word: str | None = WORD, timeout_s: float = TIMEOUT_S
) -> CameraError:
    with pytest.raises(CameraError) as error:
        open_stream(
            StreamAddress(kind, "127.0.0.1", port, PATH, word), fps=10.0, timeout_s=timeout_s
        )
    said = str(error.value)
    assert said.startswith(f"{kind} camera at 127.0.0.1 port {port}: no stream: ")
    for secret in ("viewer", "s3cret", "hidden", "id=7"):
        assert secret not in said
    return error.value


BASIC, DIGEST = 'WWW-Authenticate: Basic realm="c"', 'WWW-Authenticate: Digest realm="c", nonce="1"'
REFUSALS = {
    "http wrong word": (
        "http",
        http("401 Unauthorized", BASIC),
        CameraFault.NO_ENTRY,
        "refuses the user or the password",
    ),
    "http wrong word, digest": (
        "http",
        http("401 Unauthorized", DIGEST),
        CameraFault.NO_ENTRY,
        "refuses the user",
    ),
    "http forbidden": ("http", http("403 Forbidden"), CameraFault.NO_ENTRY, "403"),
    "http wrong path": (
        "http",
        http("404 Not Found"),
        CameraFault.NO_SUCH_PATH,
        "correct camera.url_path",
    ),
    "http path that is gone": ("http", http("410 Gone"), CameraFault.NO_SUCH_PATH, "410"),
    "http to a safe page": (
        "http",
        http("301 Moved", "Location: https://127.0.0.1/"),
        CameraFault.REDIRECTED,
        "another place",
    ),
    "http to nobody": (
        "http",
        http("302 Found", "Location: http://127.0.0.1:1/"),
        CameraFault.REDIRECTED,
        "another place",
    ),
    "http round and round": (
        "http",
        http("307 Again", "Location: /again"),
        CameraFault.REDIRECTED,
        "another place",
    ),
    "http page": (
        "http",
        http("200 OK", "Content-Type: text/html", body="<html>"),
        CameraFault.NOT_DECODED,
        "text/html",
    ),
    "http too many": (
        "http",
        http("503 Service Unavailable"),
        CameraFault.OTHER_ANSWER,
        "answers GET with 503",
    ),
    "rtsp wrong word": (
        "rtsp",
        rtsp("401 Unauthorized", BASIC),
        CameraFault.NO_ENTRY,
        "refuses the user or the password",
    ),
    "rtsp wrong word, digest": (
        "rtsp",
        rtsp("401 Unauthorized", DIGEST, at="DESCRIBE"),
        CameraFault.NO_ENTRY,
        "refuses",
    ),
    "rtsp wrong path": (
        "rtsp",
        rtsp("404 Not Found", at="DESCRIBE"),
        CameraFault.NO_SUCH_PATH,
        "correct camera.url_path",
    ),
    "rtsp elsewhere": (
        "rtsp",
        rtsp("302 Moved", "Location: rtsp://127.0.0.1:1/x", at="DESCRIBE"),
        CameraFault.REDIRECTED,
        "another place",
    ),
    "rtsp elsewhere for good": (
        "rtsp",
        rtsp("301 Moved", "Location: rtsp://192.0.2.1/x", at="DESCRIBE"),
        CameraFault.REDIRECTED,
        "another place",
    ),
    "rtsp UDP only": (
        "rtsp",
        rtsp("461 Unsupported Transport", at="SETUP"),
        CameraFault.UDP_ONLY,
        "wanted TCP",
    ),
    "rtsp UDP all the same": (
        "rtsp",
        rtsp(
            "200 OK", "Transport: RTP/AVP;unicast;client_port=5000-5001", "Session: 1", at="SETUP"
        ),
        CameraFault.UDP_ONLY,
        "wanted TCP",
    ),
    "rtsp too many": (
        "rtsp",
        rtsp("453 Not Enough Bandwidth", at="SETUP"),
        CameraFault.OTHER_ANSWER,
        "answers SETUP with 453",
    ),
    "rtsp hangs up": (
        "rtsp",
        lambda _method, _headers: None,
        CameraFault.OTHER_ANSWER,
        "without a word",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_each_refusal_is_named_within_a_second_and_says_nothing_secret(name: str) -> None:
    kind, answer, fault, words = REFUSALS[name]
    with door(answer) as camera:
        error = told(kind, camera.port)
        took_s = time.monotonic() - camera.answered_s
    assert (error.fault, words in str(error)) == (fault, True), error
    assert took_s < patience_s()


@pytest.mark.parametrize("kind", ["http", "rtsp"])
def test_a_camera_that_wants_a_word_where_none_is_named_says_which_key_to_set(kind: str) -> None:
    answer = http("401 Unauthorized", BASIC) if kind == "http" else rtsp("401 Unauthorized", BASIC)
    with door(answer) as camera:
        error = told(kind, camera.port, word=None)
    assert error.fault is CameraFault.NO_ENTRY
    assert "name a file with them: camera.credentials_file" in str(error)


@pytest.mark.parametrize("kind", ["http", "rtsp"])
def test_a_port_where_nobody_listens_is_told_at_once(kind: str) -> None:
    begun_s = time.monotonic()
    error = told(kind, free_port())
    assert (error.fault, "nobody listens at this port" in str(error)) == (CameraFault.REFUSED, True)
    assert time.monotonic() - begun_s < patience_s()


@pytest.mark.parametrize("kind", ["http", "rtsp"])
def test_a_camera_that_takes_the_connection_and_says_nothing_is_told_after_its_time(
    kind: str,
) -> None:
    with door(http("200 OK"), mute=True) as camera:
        error = told(kind, camera.port, timeout_s=1.0)
    assert (error.fault, "takes the connection and says nothing within 1 s" in str(error)) == (
        CameraFault.NO_ANSWER,
        True,
    )


def test_what_a_camera_calls_its_pictures_comes_through_as_one_word_of_a_fixed_form_only() -> None:
    for said, shown in (
        ("Image/PNG; name=secret", "image/png"),
        ("/ets/x", ""),
        ("a" * 90 + "/b", ""),
    ):
        fault, sentence = diagnose(
            [f"header='Content-Type: {said}'", "http_code=200"],
            kind="http", peer="192.0.2.1:80", known=False, within_s=1.0, in_time=True,
        )  # fmt: skip
        assert fault is CameraFault.NOT_DECODED
        assert (shown or "not with a video") in sentence
        assert "secret" not in sentence
