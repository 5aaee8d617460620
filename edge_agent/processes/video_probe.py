# SPDX-License-Identifier: Apache-2.0
"""Open a video file as the sensor would, and say what it is.

A process of its own, started by `edge_agent.processes.video_file`, because a damaged file may crash
or stall its decoder. It takes both stages of the sensor's lock, so that its first frame is read
where the sensor's is: with no network, nothing to write to, and one way out, a record of 64 bytes
without anything of the picture. Why a file cannot be opened is told on stdout before the lock.
Started as `python -I -m edge_agent.processes.video_probe PATH FPS CHANNEL`; FPS is `none` where the
file's own rate holds.
"""

import os
import struct
import sys

from edge_agent.confinement import lock, process_exit
from edge_agent.confinement.tables.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.SENSOR)

from pathlib import Path

from edge_agent.errors import CameraError, CameraFault
from edge_agent.vision.capture.file_camera import FileCamera

FIRST_FRAME_S = 20.0
RECORD = struct.Struct(">B3xIIdQ36x")
"""64 bytes: whether a frame came; width and height, pixels; frames a second; frames stated."""


def main(path: str, fps: str, channel: str) -> None:
    """Say what the file at `path` is."""
    channel_fd = int(channel)
    try:
        camera = FileCamera(
            Path(path),
            fps=None if fps == "none" else float(fps),
            paced=False,
            loss_after_s=FIRST_FRAME_S,
        )
    except CameraError as error:
        print(error, flush=True)  # noqa: T201 - its answer, for the process that asked
        process_exit.exit_now(CameraFault.LOST)
    # Nobody measures this process from outside, so both ends of the hand-shake are its own.
    (_, locked_fd), (go_fd, _) = os.pipe(), os.pipe()
    lock.close_sensor(
        channel_fd=channel_fd, locked_fd=locked_fd, go_fd=go_fd, camera=path, device=False
    )
    try:
        came = camera.read(FIRST_FRAME_S) is not None
    except CameraError:
        came = False
    size = (camera.frame_width_px, camera.frame_height_px)
    os.write(channel_fd, RECORD.pack(came, *size, camera.fps, camera.frames_stated))
    process_exit.exit_now(process_exit.DONE_EXIT)


if __name__ == "__main__":
    main(*sys.argv[1:4])
