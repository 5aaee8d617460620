# SPDX-License-Identifier: Apache-2.0
"""Say why an attached camera cannot be opened, by what the kernel answers (V4L2)."""

import errno
import fcntl
import os
import stat
import struct
from pathlib import Path

from edge_agent.errors import CameraError, CameraFault

# linux/videodev2.h, for the structures of 64-bit machines.
_QUERY_CAPABILITIES, _GET_FORMAT, _SET_FORMAT = 0x80685600, 0xC0D05604, 0xC0D05605
_CAPABILITY_BYTES, _FORMAT_BYTES = 104, 208
_CAPABILITIES_AT, _DEVICE_CAPABILITIES_AT = 84, 88
_VIDEO_CAPTURE, _CAPTURES_MANY_PLANES, _DEVICE_CAPABILITIES = 0x1, 0x1000, 0x80000000
_BUFFER_OF_CAPTURE = 1
_FAULTS = {
    errno.ENOENT: (
        CameraFault.MISSING,
        "it is not there; look at the cable, and at which devices there are: ls /dev/video*",
    ),
    errno.ENODEV: (CameraFault.MISSING, "its camera is gone; look at the cable"),
    errno.ENXIO: (CameraFault.MISSING, "its camera is gone; look at the cable"),
    errno.EACCES: (
        CameraFault.NO_PERMISSION,
        "this user may not open it; look at its group and mode: ls -l",
    ),
    errno.EPERM: (
        CameraFault.NO_PERMISSION,
        "this machine lets nobody here open it; look at the device rules of its container",
    ),
    errno.EBUSY: (
        CameraFault.BUSY,
        "another program has the camera; find it with fuser -v, and end it",
    ),
    errno.ENOTTY: (
        CameraFault.NOT_A_CAMERA,
        "it is no camera; wanted a V4L2 device: v4l2-ctl --list-devices",
    ),
}


def probe_device(device: Path) -> None:
    """Open the device, ask what it is, and close it again.

    Raises CameraError, named by what is wrong with it.
    """
    try:
        if not stat.S_ISCHR(device.stat().st_mode):
            raise CameraError(
                f"{device}: not a character device, wanted a camera; correct the config",
                fault=CameraFault.NOT_A_CAMERA,
            )
        descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _fault(device, error) from error
    try:
        _check_capabilities(device, descriptor)
    except OSError as error:
        raise _fault(device, error) from error
    finally:
        os.close(descriptor)


def _check_capabilities(device: Path, descriptor: int) -> None:
    """Raise CameraError where the device takes no pictures, and OSError where it says no."""
    answer = bytearray(_CAPABILITY_BYTES)
    fcntl.ioctl(descriptor, _QUERY_CAPABILITIES, answer)
    [whole] = struct.unpack_from("=I", answer, _CAPABILITIES_AT)
    at = _DEVICE_CAPABILITIES_AT if whole & _DEVICE_CAPABILITIES else _CAPABILITIES_AT
    [can] = struct.unpack_from("=I", answer, at)
    if not can & (_VIDEO_CAPTURE | _CAPTURES_MANY_PLANES):
        raise CameraError(
            f"{device}: takes no pictures (a camera often has a second device for other things); "
            "name its first one: v4l2-ctl --list-devices",
            fault=CameraFault.NOT_A_CAMERA,
        )
    if can & _VIDEO_CAPTURE:
        _set_mode_again(descriptor)


def _set_mode_again(descriptor: int) -> None:
    """Set the mode that is set already; raise OSError where another program streams.

    Drivers differ in what else they refuse here, and may give pictures all the same.
    """
    mode = bytearray(_FORMAT_BYTES)
    struct.pack_into("=I", mode, 0, _BUFFER_OF_CAPTURE)
    try:
        fcntl.ioctl(descriptor, _GET_FORMAT, mode)
        fcntl.ioctl(descriptor, _SET_FORMAT, mode)
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise


def _fault(device: Path, error: OSError) -> CameraError:
    fault, what = _FAULTS.get(
        error.errno or 0, (CameraFault.NOT_A_CAMERA, f"{error.strerror}; is it a camera?")
    )
    return CameraError(f"{device}: {what}", fault=fault)
