# SPDX-License-Identifier: Apache-2.0
"""What `doctor` says of a camera: what each word of its state means, and what to do. Pure.

The words come from exit codes, so nothing of what a camera has sent can stand in a sentence; the
place comes from the config.
"""

from edge_agent.errors import CameraFault
from edge_agent.processes.camera_state import CameraState

SAYS = {
    CameraState.OPENING: ("is being opened", ""),
    CameraState.OPEN: ("is open", ""),
    CameraState.RESTING: ("is shut: its hours have not come, or its last day is over", ""),
    CameraState.ENDED: (
        "its process ended by a fault of its own",
        "read the box's log; it is started again by itself",
    ),
}
FAULTS = {
    CameraFault.LOST: (
        "gave no more pictures",
        "look at the cable, the camera's power and the camera",
    ),
    CameraFault.MISSING: (
        "is not there",
        "look at the cable; ls /dev/video* for an attached camera; or correct camera.path",
    ),
    CameraFault.NOT_A_CAMERA: (
        "is no camera or video file",
        "correct camera.path: v4l2-ctl --list-devices names the cameras",
    ),
    CameraFault.NO_PERMISSION: (
        "may not be opened by the box's user",
        "look at its group and mode: ls -l",
    ),
    CameraFault.BUSY: ("is held by another program", "find it with fuser -v, and end it"),
    CameraFault.OTHER_MODE: (
        "offers other pictures than the config wants",
        "correct width, height, rate or fourcc of camera",
    ),
    CameraFault.NOT_DECODED: (
        "sends no video that can be decoded",
        "correct camera.source or camera.url_path; play it elsewhere",
    ),
    CameraFault.UNREACHABLE: ("has no way to it", "look at the cable, the network and camera.host"),
    CameraFault.REFUSED: (
        "refuses the connection",
        "correct camera.port, or turn the stream on in the camera",
    ),
    CameraFault.NO_ANSWER: (
        "does not answer",
        "is it on, and are camera.host and camera.port right?",
    ),
    CameraFault.NO_ENTRY: (
        "refuses the user or the password, or wants them",
        "correct camera.credentials_file",
    ),
    CameraFault.NO_SUCH_PATH: ("knows no such stream", "correct camera.url_path"),
    CameraFault.REDIRECTED: (
        "sends on to another place",
        "put the stream's own address into camera",
    ),
    CameraFault.UDP_ONLY: (
        "offers its stream over UDP only",
        "turn RTSP over TCP on in the camera",
    ),
    CameraFault.OTHER_ANSWER: (
        "answers with something else than a stream",
        "read the box's log, and the camera's own pages",
    ),
    CameraFault.CREDENTIALS: (
        "its credentials cannot be read",
        "wanted one line, user:password, in camera.credentials_file",
    ),
}
