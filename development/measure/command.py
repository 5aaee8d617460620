# SPDX-License-Identifier: Apache-2.0
"""`edge-agent replay`: the box's command line finds this verb by its entry point."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.commands.options import AsJson, Settings, misuse, need
from edge_agent.errors import ConfigError
from wire_contract.programs.extras import Extra

_NO_SCENE_SETTINGS = (
    "detector.input_width_px=none", "detector.input_height_px=none", "detector.keep_aspect=none",
    "detector.confidence_min=none", "detector.confidence_high=none",
)  # fmt: skip
"""Another model than the scene's is looked through as its own card recommends."""


def replay(
    config: Annotated[
        Path, typer.Option("--config", metavar="CONFIG", help="The TOML file with lines and zones.")
    ],
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A video file.")] = None,
    as_json: AsJson = False,
    crossings: Annotated[
        bool, typer.Option("--crossings", help="Also print each crossing.")
    ] = False,
    occupancy: Annotated[
        bool,
        typer.Option("--occupancy", help="Also print the people in each zone, frame by frame."),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Another model, as its card recommends."),
    ] = None,
    window_s: Annotated[
        int | None, typer.Option("--window-s", min=1, max=86_400, help="Window length, seconds.")
    ] = None,
    detections: Annotated[
        Path | None,
        typer.Option("--detections", metavar="DET.txt", help="MOT detections, no FILE."),
    ] = None,
    fps: Annotated[
        float | None, typer.Option("--fps", min=0.1, max=240.0, help="Frames a second of DET.txt.")
    ] = None,
    size: Annotated[
        str | None,
        typer.Option("--frame-size", metavar="WxH", help="Frame size of DET.txt, pixels."),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option("--frames", min=1, help="Frames of DET.txt, empty ones at the end too."),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option("--confidence-range", metavar="LOW,HIGH", help="What 0 and 1 are in DET.txt."),
    ] = None,
    settings: Settings = None,
) -> None:
    """Count over a file as fast as possible and print exact counts.

    A development tool: it publishes nothing.
    """
    need(Extra.SENSOR)
    from development.measure.clips.mot import confidence_range, read_mot
    from development.measure.replay import Output, frame_size, replay_detections, replay_file
    from edge_agent.config.schema import load

    if (file is None) == (detections is None):
        misuse("give either FILE or --detections DET.txt")
    loaded = load(config, tuple(settings or ()))
    if model and model != loaded.detector.model:
        loaded = load(config, (f"detector.model={model}", *_NO_SCENE_SETTINGS, *(settings or ())))
    output = Output(
        crossings=crossings,
        occupancy=occupancy,
        window_s=window_s or loaded.window.length_s,
        as_json=as_json,
    )
    if detections is None and file is not None:
        replay_file(loaded, file, output, sys.stdout)
    elif detections is not None:
        if fps is None or size is None:
            misuse("--detections needs --fps F and --frame-size WxH")
        try:
            width_px, height_px = frame_size(size)
            mapped = confidence_range(scale or "0,1")
        except ConfigError as error:
            misuse(str(error))
        found = read_mot(detections, fps=fps, frames=frames, confidence_range=mapped)
        replay_detections(loaded, found, output, sys.stdout, width_px=width_px, height_px=height_px)
