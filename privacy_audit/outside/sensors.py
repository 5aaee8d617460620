# SPDX-License-Identifier: Apache-2.0
"""Two questions to sensors beside the box.

Are masked areas painted over, and does one look before it is let?

Each gets a film of a street on which one person walks to and fro across the line and through the
zone, drawn for this. With a mask over that way nobody may be counted; without it somebody must be:
that is the control. Both sensors, locked and not yet told to begin, are watched: the place in the
film's file at which they read must not move, and their channel must stay empty.
"""

import fcntl
import math
import os
import struct
import termios
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_agent.clock import SystemClock, aligned_origin_s
from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.config.schema import Config
from edge_agent.config.sections.scene import Line, Mask, Zone
from edge_agent.process_settings import SlotSettings
from edge_agent.processes.launch import begin_run, card_of, sensor_settings
from privacy_audit import timing
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.oracles.records import IMAGE_QUALITY, LAYOUT, RECORD_BYTES, pack
from privacy_audit.target import synthetic_clip
from privacy_audit.target.box import AuditedBox, until
from privacy_audit.target.companion import GateBeside
from privacy_audit.target.locked_process import LockedProcess, sensor_process
from wire_contract.messages.report import Clock

PART = "masks"
_SUBJECT = (
    "sensors beside the box: its program, its model, its settings, on a street drawn for this"
)
FPS, SECONDS, TALL_PX = 5.0, 16, 120.0
WALK_FROM_PX, WALK_TO_PX, FOOT_PX = 110.0, 210.0, 215.0
MASKED = ((60.0, 60.0), (262.0, 60.0), (262.0, 239.0), (60.0, 239.0))
"""Corners of the mask: all of the way, and nothing of what lies to both sides of it."""
STILL_S, ENDS_WITHIN_S = 1.0, 120.0
RECORDS_MAX = 512
_CROSSES_S = 4.0
OPENED_BYTES_MAX = 3 * synthetic_clip.WIDTH_PX * synthetic_clip.HEIGHT_PX * 3 // 2
"""Half a frame more than a frame takes: to open a film its reader must find its first frame, and
has no use for a second."""


@dataclass(frozen=True, slots=True)
class SensorRun:
    """What one sensor did before it was let begin, and what it counted after.

    read is how far it had read in the film when it was locked, moved how much further by the end of
    the wait; both are None where its descriptors are not ours to see. before_go is what it had
    written by then, bytes. listened: it waited for the word.
    """

    read: int | None
    moved: int | None
    before_go: int
    counted: int
    windows: int
    ended: bool
    listened: bool


def look(box: AuditedBox) -> list[Finding]:
    """Run a sensor with the mask and one without.

    Raises ProcessError where one does not lock itself.
    """
    folder = box.folder / "sensors"
    folder.mkdir(mode=0o755)
    film = folder / "film.avi"
    pictures = [
        synthetic_clip.street([_walker(index / FPS)]) for index in range(round(SECONDS * FPS))
    ]
    # Not packed, so that whoever has read the first frame has read far into the file.
    synthetic_clip.write(film, pictures, frames=len(pictures), fps=FPS, level=0)
    with ThreadPoolExecutor(3) as threads:
        gate = threads.submit(_gate_before_go, box, folder / "gate")
        masked, bare = threads.map(
            lambda masks: run_sensor(box.config, folder, film, masks), ((Mask(polygon=MASKED),), ())
        )
        return [_masks(masked, bare), _before_go((masked, bare)), gate.result()]


def _walker(at_s: float) -> synthetic_clip.Walker:
    """Return where the one person is: to and fro, a way in _CROSSES_S."""
    phase = at_s / _CROSSES_S % 2.0
    place = phase if phase < 1.0 else 2.0 - phase
    x = WALK_FROM_PX + place * (WALK_TO_PX - WALK_FROM_PX)
    return synthetic_clip.Walker((x, FOOT_PX), TALL_PX, math.sin(2 * math.pi * at_s / 1.1), 1)


def run_sensor(config: Config, folder: Path, film: Path, masks: tuple[Mask, ...]) -> SensorRun:
    """Run a sensor on the film with these masks, and watch it before and after it is let begin."""
    scene = _scene(config, film, masks)
    reading, writing = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
    settings = sensor_settings(scene, begin_run(scene), channel_fd=writing, feed_fd=None)
    reads = (
        str(cards_directory() / scene.detector.model),
        str(weights_directory() / card_of(scene).onnx_name),
    )
    try:
        with _ended(
            sensor_process(scene, settings, reads, folder / f"sensor-{len(masks)}.log")
        ) as sensor:
            os.close(writing)
            sensor.wait_locked()
            before = _place(sensor.process.pid, film)
            time.sleep(STILL_S)
            after, waiting = _place(sensor.process.pid, film), _bytes_in(reading)
            listened = sensor.go()
            counted, windows = _count(reading)
            ended = until(lambda: not sensor.running(), within_s=ENDS_WITHIN_S)
    finally:
        os.close(reading)
    return SensorRun(
        before,
        None if before is None or after is None else after - before,
        waiting,
        counted,
        windows,
        ended,
        listened,
    )


def _scene(config: Config, film: Path, masks: tuple[Mask, ...]) -> Config:
    """Return the box's config before the drawn street, with one line, one zone and these masks.

    Nothing else of it is changed.
    """
    line = Line(id="across", a=(160, 0), b=(160, 239), count_max=255)
    zone = Zone(
        id="around", polygon=((100, 100), (220, 100), (220, 239), (100, 239)), count_max=255
    )
    camera = config.camera.model_copy(update={"path": film, "fps": FPS})
    window = config.window.model_copy(update={"clock": Clock.REPLAY, "length_s": 4})
    changed = {
        "lines": (line,),
        "zones": (zone,),
        "masks": masks,
        "view": None,
        "ground_plane": None,
        "person_heights": (),
    }
    return config.model_copy(update={**changed, "camera": camera, "window": window})


@contextmanager
def _ended(process: LockedProcess) -> Iterator[LockedProcess]:
    try:
        yield process
    finally:
        process.end()


def _count(reading: int) -> tuple[int, int]:
    """Read the records of a sensor until it ends.

    Return all that it counted, and in how many windows it said its image quality.
    """
    counted = windows = 0
    for _ in range(RECORDS_MAX):
        raw = os.read(reading, RECORD_BYTES)
        if len(raw) < RECORD_BYTES:
            break
        _, kind, _, _, _, first, second, *_ = LAYOUT.unpack_from(raw)
        windows += kind == IMAGE_QUALITY
        counted += 0 if kind == IMAGE_QUALITY else first + second
    return counted, windows


def _place(pid: int, film: Path) -> int | None:
    """Return at which byte of the film a process reads; None where it is not ours to see."""
    try:
        numbers = [
            entry.name
            for entry in Path(f"/proc/{pid}/fd").iterdir()
            if str(entry.readlink()) == str(film.resolve())
        ]
        [number] = numbers
        rows = Path(f"/proc/{pid}/fdinfo/{number}").read_text("ascii").splitlines()
        return next(int(row.split()[1]) for row in rows if row.startswith("pos:"))
    except (OSError, ValueError):
        return None


def _bytes_in(pipe: int) -> int:
    return int(struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0])


def _masks(masked: SensorRun, bare: SensorRun) -> Finding:
    name = "a person behind a mask"
    detail = f"one person walks {SECONDS} s across a line and through a zone, all of it masked"
    figures = (1, int(masked.counted == 0), int(bare.counted > 0))
    if masked.counted:
        what = (
            f"{detail}: counted {masked.counted} times behind the mask: it was not painted before "
            "the model looked"
        )
        return _finding(name, Mechanism.MASKS, Verdict.FELL, what, figures)
    if not (masked.ended and bare.ended and masked.windows):
        return _finding(
            name,
            Mechanism.MASKS,
            Verdict.UNPROVEN,
            f"{detail}; the film did not end in time; the machine may be too busy",
            figures,
        )
    if not bare.counted:
        return _finding(
            name,
            Mechanism.MASKS,
            Verdict.UNPROVEN,
            f"{detail}; without the mask nobody was counted either",
            figures,
        )
    what = f"{detail}: counted 0 times in {masked.windows} windows; without the mask {bare.counted}"
    return _finding(name, Mechanism.MASKS, Verdict.TWIN, what, figures)


def _before_go(seen: tuple[SensorRun, ...]) -> Finding:
    name = "a sensor that has not been let begin"
    early = [
        one
        for one in seen
        if one.before_go or one.moved or (one.read or 0) > OPENED_BYTES_MAX or not one.listened
    ]
    figures = (len(seen), len(seen) - len(early), sum(one.windows > 0 for one in seen))
    if early:
        read = max((one.read or 0) + (one.moved or 0) for one in early)
        wrote = max(one.before_go for one in early)
        what = (
            f"had read {read:,} bytes of the film, where opening it takes {OPENED_BYTES_MAX:,} at "
            f"most, and written {wrote}"
        )
        return _finding(
            name,
            Mechanism.BEFORE_GO,
            Verdict.FELL,
            f"before it was measured and told to begin it {what}",
            figures,
        )
    if any(one.moved is None for one in seen):
        what = "where it reads in its file is not ours to see; run the audit as root"
        return _finding(name, Mechanism.BEFORE_GO, Verdict.UNPROVEN, what, figures)
    what = (
        f"{len(seen)} locked sensors had read no further than opening takes, and read and wrote "
        f"nothing within {STILL_S:g} s"
    )
    what += "; told to begin, they did"
    return _finding(name, Mechanism.BEFORE_GO, Verdict.TWIN, what, figures)


def _gate_before_go(box: AuditedBox, folder: Path) -> Finding:
    """A record that waits at a locked gate stays there until the gate is let begin."""
    name = "a gate that has not been let begin"
    folder.mkdir(mode=0o755)
    origin_s = aligned_origin_s(SystemClock(), 1)
    gate = GateBeside(
        box.config,
        folder,
        slots=SlotSettings(origin_s=origin_s, length_s=1, replay=False),
        rule="exact",
        parameters=(),
    )
    waiting: list[int] = []

    def before_go(channel_fd: int) -> None:
        os.write(channel_fd, pack((IMAGE_QUALITY, 0), 0, 0, (0, 0, 0, 0)))
        time.sleep(STILL_S)
        waiting.append(_bytes_in(channel_fd))

    gate.before_go = before_go
    with gate:
        took = until(lambda: _bytes_in(gate.channel_fd) == 0, within_s=ENDS_WITHIN_S)
    figures = (1, int(waiting == [RECORD_BYTES]), int(took))
    if waiting != [RECORD_BYTES]:
        what = "it took a record before it was measured and told to begin"
        return _finding(name, Mechanism.BEFORE_GO, Verdict.FELL, what, figures)
    if not took:
        what = f"told to begin, it took no record in time; {timing.TOO_BUSY}"
        return _finding(name, Mechanism.BEFORE_GO, Verdict.UNPROVEN, what, figures)
    what = f"a record waited {STILL_S:g} s at a locked gate; told to begin, it took it"
    return _finding(name, Mechanism.BEFORE_GO, Verdict.TWIN, what, figures)


def _finding(
    name: str, mechanism: Mechanism, verdict: Verdict, detail: str, figures: tuple[int, int, int]
) -> Finding:
    return Finding(
        PART,
        name,
        mechanism,
        _SUBJECT,
        verdict,
        detail,
        *figures,
        timed=timing.ran_out(verdict, detail),
    )
