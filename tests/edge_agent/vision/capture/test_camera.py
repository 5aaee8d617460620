# SPDX-License-Identifier: Apache-2.0


from typing import TYPE_CHECKING

from edge_agent.vision.capture.v4l2_camera import V4l2Camera
from tests.edge_agent.vision.capture.by_hand import (
    PARAMETERS,
    HandCapture,
    MakeVideo,
    file_camera,
    plain,
)

if TYPE_CHECKING:
    from edge_agent.vision.capture.camera import Camera


def test_both_cameras_keep_the_protocol(make_video: MakeVideo) -> None:
    capture = HandCapture()
    cameras: list[Camera] = [
        file_camera(make_video([plain(10)], 5.0)),
        V4l2Camera(PARAMETERS, loss_after_s=5.0, open_capture=lambda _: capture),
    ]
    capture.give(plain(10))
    for camera in cameras:
        with camera:
            frame = camera.read(5.0)
            assert frame is not None
            assert frame.image.shape == (camera.frame_height_px, camera.frame_width_px, 3)
            assert (camera.captured, camera.skipped, camera.ended) == (1, 0, False)
            capture.release()
        camera.close()
