# SPDX-License-Identifier: Apache-2.0
"""What the demonstration plays: the example's street, or a video of somebody's own."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from edge_agent.config.inside_frame import hold_against
from edge_agent.errors import EdgeAgentError
from edge_agent.process_settings import LineSettings, Point, ViewSettings
from edge_agent.processes.video_file import Film, look_at

EXAMPLE_FPS = 7.0
"""The example's config says why it is not the container's."""
_NUMBER = r"\s*(\d+(?:\.\d+)?)\s*"
_LINE = re.compile(",".join([_NUMBER] * 4))


@dataclass(frozen=True, slots=True)
class Played:
    """A config's text, the film it plays, the name of its device, and its site's file if any."""

    config: str
    film: Film
    device: str
    site: Path | None = None


class FilmError(Exception):
    """The video or the line cannot be used; the sentence says what to do."""


def of_example(example: Path, clip: Path, *, broker_port: int, fast: bool) -> Played:
    """Return the example's config, with its store and keys on the demonstration's stage."""
    text = example.read_text("utf-8")
    for was, is_now in (
        ('"../../var/clips/vtest.avi"', json.dumps(str(clip))),
        ('"../../var/box"', '"box"'),
        ('"../../var/keys"', '"keys"'),
        ("[window]", f"[window]\nclock = {_clock(fast=fast)}"),
    ):
        if text.count(was) != 1:
            raise FilmError(f"{example}: wanted {was} once; put the file back as it was")
        text = text.replace(was, is_now)
    config = f"{text}\n[broker]\nport = {broker_port}\n"
    drawn = example.with_suffix(".site.toml")
    return Played(config, _film(clip, EXAMPLE_FPS), "vtest", drawn)


def of_video(video: Path, line: str | None, *, broker_port: int, fast: bool) -> Played:
    """Return a config for a video: the line given or one down its middle, a zone of all of it."""
    film = _film(video, None)
    width, height = film.width_px, film.height_px
    a, b = (
        _ends(line) if line is not None else ((width / 2, height * 0.1), (width / 2, height * 0.9))
    )
    view = ViewSettings(width, height, (LineSettings("line", a, b, 255),), (), (), None)
    drawn = hold_against(view, width_px=width, height_px=height)
    if drawn.mistakes or drawn.warnings:
        raise FilmError(
            f"--line: {'; '.join((*drawn.mistakes, *drawn.warnings))}; {video} is {width} x "
            f"{height}"
        )
    return Played(
        f"""site = "demo"
device = "video"
test_site = true
[camera]
source = "file"
path = {json.dumps(str(video.resolve()), ensure_ascii=False)}
[view]
frame_width_px = {width}
frame_height_px = {height}
[[lines]]
id = "line"
a = [{a[0]:g}, {a[1]:g}]
b = [{b[0]:g}, {b[1]:g}]
[[zones]]
id = "picture"
polygon = [[0, 0], [{width}, 0], [{width}, {height}], [0, {height}]]
[window]
length_s = 10
clock = {_clock(fast=fast)}
clock_wait_s = 0
[disclosure]
rule = "exact"
capacity_bits_per_minute_max = 512
[store]
directory = "box"
[keys]
directory = "keys"
[broker]
port = {broker_port}
""",
        film,
        "video",
    )


def _clock(*, fast: bool) -> str:
    return '"replay"' if fast else '"live"'


def _film(path: Path, fps: float | None) -> Film:
    try:
        return look_at(path, fps=fps)
    except EdgeAgentError as error:
        raise FilmError(str(error)) from error


def _ends(line: str) -> tuple[Point, Point]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise FilmError(
            f"--line: got {line[:60]!r}, wanted four numbers in pixels of the video: AX,AY,BX,BY"
        )
    ax, ay, bx, by = map(float, found.groups())
    if abs(ax - bx) + abs(ay - by) < 1:
        raise FilmError(f"--line: got {line[:60]!r}, whose two ends are one point; wanted a line")
    return (ax, ay), (bx, by)
