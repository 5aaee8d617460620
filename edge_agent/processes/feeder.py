# SPDX-License-Identifier: Apache-2.0
"""The feeder process of a box with a network camera.

Holds the one connection to it, and pushes its frames one way to the sensor.

It knows no record, store or key of the box, and counts nothing. One thread takes every frame from
the stream, another writes the newest to the pipe: a sensor that is slow costs frames, never a
backlog. A lost stream, or a sensor that has gone, ends the process with the exit code of a lost
camera, and the supervisor starts another. Started as `python -I -m edge_agent.processes.feeder
SETTINGS LOCKED GO`: the descriptor that carries its settings, the one it closes once it is locked,
and the one on which it hears that the lock has been measured.
"""

import logging
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.FEEDER)

import numpy as np

from edge_agent.confinement import process_exit
from edge_agent.confinement.stop import Stop
from edge_agent.errors import CameraError, CameraFault
from edge_agent.process_settings import FeederSettings, read_settings
from edge_agent.vision.capture.bgr import as_bgr
from edge_agent.vision.capture.camera import Capture
from edge_agent.vision.capture.feed import Head, Hello
from edge_agent.vision.capture.network.stream import StreamAddress, open_stream

LOOK_S = 0.25
"""How long anything here waits before it looks whether it is to end."""
CREDENTIALS_BYTES_MAX = 512
log = logging.getLogger("edge_agent.feeder")


class Feeder:
    """Take frames from a stream and push the newest into a pipe."""

    def __init__(self, capture: Capture, hello: Hello, feed_fd: int, where: str) -> None:
        """Start the thread that reads frames; it reads none before `run`.

        feed_fd must not block.
        """
        self._capture, self._hello, self._feed_fd, self._where = capture, hello, feed_fd, where
        self._changed = threading.Condition()
        self._started = threading.Event()
        self._newest: tuple[Head, memoryview] | None = None
        self._lost: str | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._read_all, name="stream", daemon=True)
        self._thread.start()

    def run(self, stopped: Callable[[], bool]) -> None:
        """Feed until a signal.

        Raises CameraError where the stream is lost or nobody reads any more.
        """
        try:
            self._push(memoryview(self._hello.pack()), stopped)
            self._started.set()
            while not stopped():
                with self._changed:
                    self._changed.wait_for(
                        lambda: self._newest is not None or self._lost is not None, LOOK_S
                    )
                    newest, self._newest = self._newest, None
                    lost = self._lost
                if newest is not None:
                    head, image = newest
                    self._push(memoryview(head.pack(self._hello)), stopped)
                    self._push(image, stopped)
                elif lost is not None:
                    raise CameraError(lost)
        finally:
            self._stopping = True
            self._started.set()

    def _push(self, rest: memoryview, stopped: Callable[[], bool]) -> None:
        """Write all of it, as fast as the pipe takes it."""
        while rest and not stopped():
            if not select.select([], [self._feed_fd], [], LOOK_S)[1]:
                continue
            try:
                rest = rest[os.write(self._feed_fd, rest) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as error:
                raise CameraError(
                    f"{self._where}: the sensor has ended; nobody looks at the stream"
                ) from error

    def _read_all(self) -> None:
        self._started.wait()
        why = f"{self._where}: the decoder failed; the camera sends something that it should not"
        try:
            self._read_until_lost()
        except CameraError as error:
            why = str(error)
        finally:
            # Whatever ended this thread, the other must hear of it.
            with self._changed:
                self._lost = why
                self._changed.notify_all()

    def _read_until_lost(self) -> None:
        index, hello = 0, self._hello
        while not self._stopping:
            ok, image = self._capture.read()
            if not ok:
                raise CameraError(
                    f"{self._where}: the stream is lost; look at the cable and the camera"
                )
            bgr = as_bgr(
                image, width_px=hello.width_px, height_px=hello.height_px, where=self._where
            )
            with self._changed:
                self._newest = (
                    Head(index, time.monotonic_ns()),
                    np.ascontiguousarray(bgr).data.cast("B"),
                )
                self._changed.notify_all()
            index += 1


def read_credentials(path: str | None) -> str | None:
    """Return `user:password` of the file's one line, None where no file is named.

    Raises CameraError, without a word of it.
    """
    if path is None:
        return None
    try:
        text = Path(path).read_bytes()[: CREDENTIALS_BYTES_MAX + 1].decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CameraError(
            f"{path}: cannot be read as text; wanted one line, user:password",
            fault=CameraFault.CREDENTIALS,
        ) from error
    if len(text) > CREDENTIALS_BYTES_MAX or ":" not in text or not text.isprintable():
        raise CameraError(
            f"{path}: wanted one line, user:password, of at most {CREDENTIALS_BYTES_MAX} bytes",
            fault=CameraFault.CREDENTIALS,
        )
    return text


def main(descriptor: int, locked_fd: int, go_fd: int) -> None:
    """Connect, lock, and feed the sensor until the stream is lost or SIGTERM."""
    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    stop = Stop()
    settings = read_settings(FeederSettings, descriptor)
    address = StreamAddress(
        settings.source,
        settings.host,
        settings.port,
        settings.url_path,
        read_credentials(settings.credentials_path),
    )
    capture, hello = open_stream(address, fps=settings.fps, timeout_s=settings.loss_after_s)
    log.info(
        "stream open: %s, %d x %d at %g frames/s",
        address,
        hello.width_px,
        hello.height_px,
        hello.fps,
    )
    os.set_blocking(settings.feed_fd, False)
    feeder = Feeder(capture, hello, settings.feed_fd, str(address))
    lock.close_feeder(
        feed_fd=settings.feed_fd, locked_fd=locked_fd, go_fd=go_fd, stop_fd=stop.descriptor
    )
    if lock.wait_for_go(locked_fd, go_fd):
        feeder.run(stop.heard)
    # The capture is not let go of at a return: that would join its threads.
    process_exit.exit_now(process_exit.DONE_EXIT)


if __name__ == "__main__":
    process_exit.run(main, *map(int, sys.argv[1:4]), log=log)
