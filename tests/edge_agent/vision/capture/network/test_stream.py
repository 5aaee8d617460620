# SPDX-License-Identifier: Apache-2.0
"""Streams of our own cameras over loopback, opened by the real decoder."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.errors import CameraError
from edge_agent.vision.capture.network.stream import StreamAddress, open_stream
from tests.broker import free_port

PROGRAM = Path(__file__).parents[5] / "development" / "fakes" / "network_camera.py"
WIDTH_PX, HEIGHT_PX, FRAMES = 160, 128, 12
WORD = "us er:p/w:%d"
Start = Callable[..., int]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve frames, each brighter than the one before."""
    path = tmp_path_factory.mktemp("video") / "video.avi"
    target = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (WIDTH_PX, HEIGHT_PX)
    )
    for index in range(FRAMES):
        target.write(np.full((HEIGHT_PX, WIDTH_PX, 3), 20 * index, np.uint8))
    target.release()
    return path


@pytest.fixture
def start(video: Path) -> Iterator[Start]:
    running = []

    def one(kind: str, *more: str) -> int:
        port = free_port()
        command = [
            sys.executable,
            PROGRAM,
            kind,
            "127.0.0.1",
            str(port),
            video,
            "20",
            str(FRAMES),
            *more,
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return port

    yield one
    for process in running:
        process.kill()
        process.communicate()


def sockets() -> set[str]:
    """Return the connections that this process has open."""
    links = (path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink())
    return {str(link) for link in links if str(link).startswith("socket:")}


@pytest.mark.parametrize("kind", ["http", "rtsp"])
def test_every_frame_of_a_stream_comes_in_order_over_one_connection(
    start: Start, kind: str
) -> None:
    port = start(kind)
    before = sockets()
    capture, hello = open_stream(
        StreamAddress(kind, "127.0.0.1", port, "/stream"), fps=20.0, timeout_s=5.0
    )
    assert len(sockets() - before) == 1
    assert (hello.width_px, hello.height_px, hello.fps) == (WIDTH_PX, HEIGHT_PX, 20.0)
    shades = []
    while True:
        ok, image = capture.read()
        if not ok:
            break
        shades.append(round(float(image.mean())))
    capture.release()
    assert len(shades) >= FRAMES - 2
    assert all(one < other for one, other in pairwise(shades))


@pytest.mark.parametrize("kind", ["http", "rtsp"])
def test_credentials_open_what_is_closed_without_them(start: Start, kind: str) -> None:
    port = start(kind, WORD)
    capture, _ = open_stream(
        StreamAddress(kind, "127.0.0.1", port, "/", WORD), fps=20.0, timeout_s=5.0
    )
    assert capture.read()[0]
    capture.release()
    for word in (None, "us er:wrong"):
        address = StreamAddress(kind, "127.0.0.1", port, "/", word)
        with pytest.raises(
            CameraError, match=r"no stream: it (wants a user|refuses the user)"
        ) as told:
            open_stream(address, fps=20.0, timeout_s=5.0)
        assert "wrong" not in str(told.value)
        assert "wrong" not in repr(address)


def test_the_rate_is_the_streams_own_where_nobody_says_another(start: Start) -> None:
    capture, hello = open_stream(
        StreamAddress("rtsp", "127.0.0.1", start("rtsp"), "/"), fps=None, timeout_s=5.0
    )
    capture.release()
    assert hello.fps == 20.0


def test_nobody_there_is_told_without_the_path() -> None:
    with pytest.raises(
        CameraError, match=r"http camera at 127\.0\.0\.1 port \d+: no stream"
    ) as told:
        open_stream(
            StreamAddress("http", "127.0.0.1", free_port(), "/hidden"), fps=20.0, timeout_s=2.0
        )
    assert "hidden" not in str(told.value)


@pytest.mark.parametrize("place", ["file:{video}", "http://127.0.0.1:{port}/"])
def test_a_camera_that_leads_elsewhere_is_followed_to_no_file(
    start: Start, video: Path, place: str
) -> None:
    # Another address is what the firewall refuses; a file is what the list of protocols does.
    there = place.format(video=video, port=start("http"))
    answer = f"HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n".encode()
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            guest, _ = door.accept()
            guest.recv(4096)
            guest.sendall(answer)
            guest.close()

        serving = threading.Thread(target=serve)
        serving.start()
        address = StreamAddress("http", "127.0.0.1", door.getsockname()[1], "/")
        if place.startswith("file"):
            with pytest.raises(CameraError, match="no stream"):
                open_stream(address, fps=20.0, timeout_s=3.0)
        else:
            capture, _ = open_stream(address, fps=20.0, timeout_s=3.0)
            assert capture.read()[0]
            capture.release()
        serving.join()


def test_a_stream_that_falls_silent_ends_within_its_time(video: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        picture = cv2.imencode(".jpg", np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8))[1].tobytes()
        part = (
            b"--frame\r\nContent-Type: image/jpeg\r\n"
            + f"Content-Length: {len(picture)}\r\n\r\n".encode()
            + picture
            + b"\r\n"
        )
        guests = []

        def serve() -> None:
            guest, _ = door.accept()
            guest.recv(4096)
            guest.sendall(
                b"HTTP/1.1 200 OK\r\n"
                b"Content-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n" + part * 3
            )
            guests.append(guest)

        serving = threading.Thread(target=serve)
        serving.start()
        capture, _ = open_stream(
            StreamAddress("http", "127.0.0.1", door.getsockname()[1], "/"), fps=20.0, timeout_s=1.0
        )
        assert video.exists()
        assert 0 < sum(capture.read()[0] for _ in range(5)) <= 3
        capture.release()
        serving.join()
        guests[0].close()


def test_the_switches_of_the_decoder_are_as_before_afterwards() -> None:
    before = os.environ.get("OPENCV_FFMPEG_CAPTURE_OPTIONS")
    with pytest.raises(CameraError):
        open_stream(StreamAddress("rtsp", "127.0.0.1", free_port(), "/"), fps=20.0, timeout_s=1.0)
    assert os.environ.get("OPENCV_FFMPEG_CAPTURE_OPTIONS") == before


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (StreamAddress("rtsp", "192.0.2.1", 554, "/a?b=c"), "rtsp://192.0.2.1:554/a?b=c"),
        (StreamAddress("http", "2001:db8::1", 80, "/"), "http://[2001:db8::1]:80/"),
        (
            StreamAddress("http", "192.0.2.1", 80, "/", "a@b:c:/d"),
            "http:/" + "/a%40b:c%3A%2Fd@192.0.2.1:80/",
        ),
    ],
)
def test_the_address_is_written_so_that_nothing_in_it_is_mistaken(
    address: StreamAddress, url: str
) -> None:
    assert address.url() == url
