# SPDX-License-Identifier: Apache-2.0
"""Play a street video through the box, a real broker and the centre, and show what came of it.

Everything runs on this machine, on loopback, and writes only under var/demo. The box and the centre
are started as a city would start them; what is shown comes from the centre's public API. The
demonstration is marked as a test site, so its rule may be `exact`.
"""

import argparse
import contextlib
import shutil
import signal
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.live import Live

from development.demo import boulevard, page
from development.demo.film import FilmError, of_example, of_video
from development.demo.picture import Progress, in_words, picture
from development.demo.result import closing, fused, result, truth
from development.demo.stage import CLIP, CONFIG, EXAMPLES, STAGE, Demonstration, clear, playing
from development.demo.sums import Names
from development.testbed.program import StageError, free_port
from edge_agent.config.schema import load

REFRESH_S = 0.25
console = Console()


def main() -> int:
    """Run the demonstration; 0 done, 1 failed, 2 wrong use."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--fast", action="store_true", help="follow the file's own time, as fast as the machine can"
    )
    parser.add_argument(
        "--video",
        type=Path,
        metavar="FILE",
        help="another video; its true counts are then not known",
    )
    parser.add_argument(
        "--line",
        metavar="AX,AY,BX,BY",
        help="with --video: the line to count at, pixels of its picture; down the middle if not "
        "given",
    )
    parser.add_argument("--keep", action="store_true", help="leave the stores and logs in var/demo")
    parser.add_argument(
        "--boulevard",
        action="store_true",
        help="no video: a hot Sunday on the shipped site, fourteen synthetic boxes, every zone "
        "fused; a day in twelve minutes, with --fast in about one",
    )
    parser.add_argument(
        "--stay", action="store_true", help="leave the page up at the end, also without a terminal"
    )
    arguments = parser.parse_args()
    if arguments.boulevard and arguments.video is not None:
        parser.error("--boulevard has no --video")
    if arguments.line is not None and arguments.video is None:
        parser.error("--line is for --video FILE")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if arguments.boulevard:
            boulevard.run(fast=arguments.fast, keep=arguments.keep, stays=arguments.stay)
            return 0
        run(
            fast=arguments.fast,
            video=arguments.video,
            line=arguments.line,
            keep=arguments.keep,
            stays=arguments.stay,
        )
    except (StageError, FilmError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run(*, fast: bool, video: Path | None, line: str | None, keep: bool, stays: bool) -> None:
    """Set the stage, play the video, show the tables, clear the stage."""
    if video is not None and not video.is_file():
        raise FilmError(f"{video}: no such file; give --video a video file")
    port = free_port()
    played = (
        of_example(EXAMPLES / "vtest.toml", CLIP, broker_port=port, fast=fast)
        if video is None
        else of_video(video, line, broker_port=port, fast=fast)
    )
    clear()
    with playing(played, port) as shown:
        where = page.address(shown.url, shown.guest)
        console.print(where, soft_wrap=True, highlight=False)
        config = load(CONFIG)
        names = Names(
            tuple(line.id for line in config.lines), tuple(zone.id for zone in config.zones)
        )
        show_windows(shown, Progress(played.film.seconds, fast=fast), names, fast=fast)
        windows = shown.windows()
        console.print(result(windows, names, None if video else truth()))
        console.print(fused(shown.fused()), soft_wrap=True, highlight=False)
        console.print(closing(windows, shown.device(), keep=keep), soft_wrap=True, highlight=False)
        page.stay(where, asked=stays)
    if not keep:
        shutil.rmtree(STAGE)


def show_windows(
    demonstration: Demonstration, progress: Progress, names: Names, *, fast: bool
) -> None:
    """Show the windows as they are committed, until the box has ended."""
    shown = 0
    live = (
        Live(console=console, refresh_per_second=4)
        if console.is_terminal
        else contextlib.nullcontext()
    )
    with live:
        while demonstration.is_playing():
            windows = demonstration.windows()
            if isinstance(live, Live):
                live.update(picture(windows, demonstration, progress, names, fast=fast))
            elif len(windows) > shown:
                far = progress.words(windows)
                console.print(
                    f"window {len(windows)} committed: {in_words(windows[-1])}; {far}",
                    soft_wrap=True,
                    highlight=False,
                )
                shown = len(windows)
            time.sleep(REFRESH_S)


if __name__ == "__main__":
    sys.exit(main())
