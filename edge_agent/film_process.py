# SPDX-License-Identifier: Apache-2.0
"""Open a video file as the sensor would, decode its first frame, and say what it is: one JSON object on stdout.

A process of its own, started by `edge_agent.film`, because a damaged file may crash or stall its decoder. It takes the sensor's
first lock before any library, so a hostile file finds no network, and is held to a little memory and time.
Started as `python -I -m edge_agent.film_process PATH FPS`; FPS is `none` where the file's own rate holds.
"""

import json
import resource
import sys

from edge_agent.confinement import lock
from edge_agent.confinement.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.SENSOR)

from pathlib import Path

from edge_agent.errors import CameraError
from edge_agent.vision.camera import FileCamera

FIRST_FRAME_S = 20.0
MEMORY_BYTES_MAX = 2 * 2**30


def look(path: Path, fps: float | None) -> dict[str, float | int | str]:
    """Return what a video file is, or why it is none."""
    try:
        with FileCamera(path, fps=fps, paced=False, loss_after_s=FIRST_FRAME_S) as camera:
            camera.read(FIRST_FRAME_S)
            return {
                "width_px": camera.frame_width_px,
                "height_px": camera.frame_height_px,
                "fps": camera.fps,
                "frames": camera.frames_stated,
            }
    except CameraError as error:
        return {"fault": str(error)}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    print(json.dumps(look(Path(sys.argv[1]), None if sys.argv[2] == "none" else float(sys.argv[2]))))  # noqa: T201 - its answer
