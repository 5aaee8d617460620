# SPDX-License-Identifier: Apache-2.0
"""The only room that sees pixels.

What comes in is a camera or a file, what goes out is Detections. The libraries used here read their
switches from the environment when they load, and one of them would otherwise speak to the network.
So the switches are set here, before any module of this room can import them.
"""

import os

# Containers and raw streams only. Left out are the formats that name other files or addresses
# (playlists, concatenations, image sequences, session descriptions): a regular file that holds such
# a text must not make the decoder open anything else.
_CONTAINERS = "avi,mov,matroska,mpegts,mpeg,h264,hevc,m4v,mjpeg"

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = (
    f"protocol_whitelist;file|format_whitelist;{_CONTAINERS}"
)
# The decoder and OpenCV complain on stderr about every damaged packet; stderr is a leak and is not
# where an error is told.
os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
os.environ["OPENCV_LOG_LEVEL"] = "SILENT"
