# SPDX-License-Identifier: Apache-2.0
"""What may be said of a box's pictures.

Each sentence follows from where they come from and from its level.

A network camera sends its pictures over a cable, so that of it no paper says that pictures are not
sent. A file was recorded before, so that of it none says that nothing is stored. What holds only
where the kernel holds it, is said only there.
"""

from dataclasses import dataclass
from enum import StrEnum

from edge_agent.process_settings import Source
from wire_contract.messages.report import Level

Row = tuple[str, ...]
NETWORKED = frozenset({Level.NETWORK_CAMERA, Level.NETWORK_COUNTER})
"""The levels of a box with a camera, or a counting device, on a network."""
HELD = NETWORKED | {Level.FULL, Level.STANDARD}
"""The levels at which every process has its own user, namespaces and view."""


class Origin(StrEnum):
    """Where the pictures of a box come from."""

    ATTACHED = "attached camera"
    NETWORK = "network camera"
    FILE = "video file"


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences and rows of the papers that hang on where pictures come from.

    flow: rows of where, what and where it goes on, up to the boxes around people. kept: rows of
    what, how long and set by. risks: rows of the risk and what is left of it, beyond those that
    every box has.
    """

    camera: str
    processed: str
    stored: str
    sent: str
    looks: str
    open: str
    flow: tuple[Row, ...]
    kept: tuple[Row, ...]
    risks: tuple[Row, ...] = ()
    trusted: str = "the kernel, drivers, the camera's own firmware"


_SENSOR = ("sensor process", "pictures", "boxes around people, in memory")
_IN_MEMORY = ("a picture", "until the next one; never on disk", "the code")
WORDINGS = {
    Origin.ATTACHED: Wording(
        camera="a camera attached to the box",
        processed="pictures, for milliseconds, in the box's memory; they are neither stored nor sent",
        stored="none",
        sent="none",
        looks="A camera attached to the box looks at a public place.",
        open="camera open",
        flow=(_SENSOR,),
        kept=(_IN_MEMORY,),
    ),
    Origin.NETWORK: Wording(
        camera="a network camera",
        processed=(
            "pictures, which a network camera sends to the box over a network cable that nobody at "
            "the box guards; the box looks at each for milliseconds, in its memory, and neither "
            "stores it nor passes it on"
        ),
        stored="none by the box; what the camera keeps is set at the camera",
        sent="pictures, by the camera to the box; none by the box",
        looks="A network camera looks at a public place and sends its pictures to the box, over a "
        "network cable that nobody at the box guards.",
        open="camera open",
        flow=(
            ("camera", "pictures", "to the box, over a network cable, not encrypted"),
            (
                "feeder process",
                "pictures",
                "through a pipe to the sensor process, in memory; to nobody else",
            ),
            _SENSOR,
        ),
        kept=(
            ("a picture on the box", *_IN_MEMORY[1:]),
            ("a picture in the camera", "not for the box to say", "the camera's own settings"),
        ),
        risks=(
            (
                "whoever holds the camera, its cable or a switch on the way",
                "sees the pictures; no mechanism of the box holds against them",
            ),
            (
                "a camera that records, or sends its pictures elsewhere",
                "the box cannot see it and cannot keep it from that",
            ),
            (
                "a feeder process that was taken over",
                (
                    "can speak to its one camera, and to it only so much; a firewall and the "
                    "kernel's filter hold that"
                ),
            ),
        ),
    ),
    Origin.FILE: Wording(
        camera="a video file",
        processed=(
            "the pictures of a video file that was recorded before, for milliseconds each, in the "
            "box's memory; the box stores and sends none of them, and the file stays where it lies"
        ),
        stored="the video file, which was there before; nothing more by the box",
        sent="none",
        looks="No camera is open: a video file that was recorded before is played.",
        open="file played",
        flow=(("file", "pictures, recorded before", "to the sensor process"), _SENSOR),
        kept=(
            ("a picture of the film, in memory", "until the next one", "the code"),
            ("the video file", "until somebody deletes it", "whoever recorded it"),
        ),
        trusted="the kernel, drivers",
        risks=(
            (
                "whoever can read the video file",
                "sees the pictures; the box did not make it and does not delete it",
            ),
        ),
    ),
}

_BOX = (
    "every process has its own user without privilege, own namespaces, a read-only view and "
    "default-deny system calls on every thread, measured from outside"
)
HOLDS = {
    Level.FULL: f"{_BOX}; the file system's own rules (Landlock) proven besides",
    Level.STANDARD: _BOX,
    Level.NETWORK_CAMERA: f"{_BOX}; a feeder process besides holds the connection to the one camera, behind a "
    "firewall of its own. What happens before the box, in the camera and on its cable, "
    "nothing of this holds",
    Level.NETWORK_COUNTER: f"{_BOX}; one process besides holds the connection to a counting device on the network, "
    "which no box with a camera has",
    Level.REDUCED: "less than at `standard`; for tests",
    Level.PROCESS: "default-deny system calls on every thread, measured from outside, and no more: no users "
    "and no namespaces of their own; for tests",
}
"""What the kernel holds at each level at which a box starts."""


def origin_of(source: Source) -> Origin:
    """Return where the pictures of a camera of this source come from."""
    if source.is_network:
        return Origin.NETWORK
    return Origin.FILE if source is Source.FILE else Origin.ATTACHED


def level_of(origin: Origin, least: Level) -> Level:
    """Return the level that a box is sure to have where `least` is asked of it.

    A network camera reaches its own level at most, and the next one down, of counting devices, is
    never measured of it. Without anything on a network neither is: what reaches them is `standard`.
    """
    if origin is Origin.NETWORK:
        return Level.NETWORK_CAMERA if least in HELD else least
    return Level.STANDARD if least in NETWORKED else least
