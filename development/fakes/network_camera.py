# SPDX-License-Identifier: Apache-2.0
"""A network camera that we own: it plays a video file over and over.

It speaks MJPEG over HTTP, or RTP/JPEG inside RTSP over TCP.

Usage: network_camera.py http|rtsp HOST PORT VIDEO FPS FRAMES [USER:PASSWORD]

Each connection gets the video from its beginning and, where FRAMES is not 0, ends after so many. It
says `ready` on standard output. Sources: RFC 2326 (RTSP, interleaved), RFC 3550 (RTP), RFC 2435
(RTP/JPEG), RFC 2046 (multipart), RFC 7617 (basic authentication).
"""

import base64
import itertools
import socketserver
import struct
import sys
import time
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import cv2

BOUNDARY = "frame"
PACKET_BYTES = 1400
REQUEST_LINES_MAX = 64
TIMEOUT_S = 60
QUANTISED, SIZED, SCAN = 0xDB, 0xC0, 0xDA
TYPE_OF_SAMPLING = {0x21: 0, 0x22: 1}
"""JPEG's sampling of the first component to RFC 2435's type: 4:2:2 and 4:2:0."""


@dataclass(frozen=True)
class Play:
    """What is played, and to whom."""

    video: str
    fps: float
    frames: int
    credentials: str | None

    def pictures(self) -> Iterator[bytes]:
        """Yield JPEG pictures at the camera's rate."""
        started_s, count = time.monotonic(), 0
        while True:
            source = cv2.VideoCapture(self.video)
            while True:
                ok, image = source.read()
                if not ok:
                    break
                if self.frames and count == self.frames:
                    source.release()
                    return
                time.sleep(max(0.0, started_s + count / self.fps - time.monotonic()))
                yield cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
                count += 1
            source.release()

    def admits(self, headers: dict[str, str]) -> bool:
        """Say whether a request may see anything."""
        if self.credentials is None:
            return True
        return (
            headers.get("authorization")
            == "Basic " + base64.b64encode(self.credentials.encode()).decode()
        )


class Handler(socketserver.StreamRequestHandler):
    """One connection."""

    timeout = TIMEOUT_S
    server: "Camera"

    def request_lines(self) -> tuple[str, dict[str, str]]:
        """Return a request's first line and its headers, names in lower case; empty at the end."""
        first = self.rfile.readline(4096).decode("latin-1").strip()
        headers = {}
        for _ in range(REQUEST_LINES_MAX):
            name, colon, value = self.rfile.readline(4096).decode("latin-1").strip().partition(":")
            if not colon:
                break
            headers[name.lower()] = value.strip()
        return first, headers

    def handle(self) -> None:
        try:
            self.converse()
        except OSError:
            return

    @abstractmethod
    def converse(self) -> None:
        """Speak with the viewer until one of the two has had enough."""


class Http(Handler):
    """MJPEG as multipart/x-mixed-replace."""

    def converse(self) -> None:
        _, headers = self.request_lines()
        if not self.server.play.admits(headers):
            self.wfile.write(
                b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic "
                b'realm="camera"\r\nContent-Length: 0\r\n\r\n'
            )
            return
        kind = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
        self.wfile.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode()
        )
        for picture in self.server.play.pictures():
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
            head += f"Content-Length: {len(picture)}\r\n\r\n"
            self.wfile.write(head.encode() + picture + b"\r\n")


class Rtsp(Handler):
    """RTP/JPEG inside the RTSP connection; a wish for datagrams is refused."""

    def converse(self) -> None:
        while True:
            first, headers = self.request_lines()
            if not first:
                return
            method = first.split()[0]
            if method != "OPTIONS" and not self.server.play.admits(headers):
                self.answer(
                    headers, "401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"\r\n'
                )
            elif method == "DESCRIBE":
                rate = f"a=framerate:{self.server.play.fps:g}"
                text = (
                    "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=c\r\nt=0 0\r\nm=video 0 RTP/AVP "
                    f"26\r\n{rate}\r\n"
                )
                self.answer(
                    headers,
                    "200 OK",
                    f"Content-Type: application/sdp\r\nContent-Length: {len(text)}\r\n",
                    text,
                )
            elif method == "SETUP" and "TCP" not in headers.get("transport", ""):
                self.answer(headers, "461 Unsupported Transport", "")
            elif method == "SETUP":
                self.answer(
                    headers,
                    "200 OK",
                    "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1;timeout=60\r\n",
                )
            else:
                self.answer(
                    headers,
                    "200 OK",
                    "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\nSession: 1;timeout=60\r\n",
                )
                if method == "PLAY":
                    self.play()
                    return

    def answer(self, headers: dict[str, str], status: str, more: str, body: str = "") -> None:
        self.wfile.write(
            f"RTSP/1.0 {status}\r\nCSeq: {headers.get('cseq', '0')}\r\n{more}\r\n{body}".encode()
        )

    def play(self) -> None:
        sequence = itertools.count()
        for index, picture in enumerate(self.server.play.pictures()):
            stamp = round(index / self.server.play.fps * 90_000) & 0xFFFFFFFF
            for packet in packets(picture, stamp, sequence):
                self.wfile.write(struct.pack(">cBH", b"$", 0, len(packet)) + packet)


def packets(picture: bytes, stamp: int, sequence: Iterator[int]) -> Iterator[bytes]:
    """Yield the RTP packets of a JPEG with standard Huffman tables, its quantisers along."""
    tables, kind, width_px, height_px, scan = b"", 0, 0, 0, b""
    at = 2
    while not scan:
        marker, length = picture[at + 1], int.from_bytes(picture[at + 2 : at + 4], "big")
        body = picture[at + 4 : at + 2 + length]
        if marker == QUANTISED:
            tables += b"".join(body[start + 1 : start + 65] for start in range(0, len(body), 65))
        elif marker == SIZED:
            height_px, width_px = struct.unpack(">HH", body[1:5])
            kind = TYPE_OF_SAMPLING[body[7]]
        elif marker == SCAN:
            scan = picture[at + 2 + length : -2]
        at += 2 + length
    offset = 0
    while offset < len(scan):
        part = scan[offset : offset + PACKET_BYTES]
        last = offset + len(part) == len(scan)
        rtp = struct.pack(">BBHII", 0x80, 26 | 0x80 * last, next(sequence) & 0xFFFF, stamp, 0x1234)
        jpeg = struct.pack(">IBBBB", offset, kind, 255, width_px // 8, height_px // 8)
        quantisers = struct.pack(">BBH", 0, 0, len(tables)) + tables if offset == 0 else b""
        yield rtp + jpeg + quantisers + part
        offset += len(part)


class Camera(socketserver.ThreadingTCPServer):
    """The camera: a thread a viewer."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, kind: str, host: str, port: int, play: Play) -> None:
        self.play = play
        super().__init__((host, port), {"http": Http, "rtsp": Rtsp}[kind])


if __name__ == "__main__":
    kind, host, port, video, fps, frames, *credentials = sys.argv[1:]
    with Camera(
        kind,
        host,
        int(port),
        Play(video, float(fps), int(frames), credentials[0] if credentials else None),
    ) as camera:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        camera.serve_forever()
