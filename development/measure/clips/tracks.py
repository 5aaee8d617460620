# SPDX-License-Identifier: Apache-2.0
"""Score the tracks of a clip: MOTA and IDF1, by motmetrics."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from development.measure import intervals
from development.measure.clips.mot import read_mot
from edge_agent.config.schema import Config
from edge_agent.counting.geometry import inside
from edge_agent.counting.tracker import Tracker, TrackerSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_agent.counting.detection import Detections

CORNER = np.array([0.5, 1.0])
"""From the foot of a box to its upper left corner, in widths and heights."""
EVERYWHERE = ((-1e5, -1e5), (1e5, -1e5), (1e5, 1e5), (-1e5, 1e5))
OVERLAP_MIN = 0.5


def tracks(
    config: Config, arguments: argparse.Namespace, truth: NDArray[np.float64], fps: float
) -> str:
    """Return MOTA and IDF1 of one clip by motmetrics, in the config's first zone or everywhere."""
    import motmetrics  # noqa: PLC0415 - heavy, and only here

    path = Path(arguments.clip)
    if arguments.frame_size is None:
        looked, thresholds = intervals.detected(path, fps, config.detector.model)
        frames: Iterable[tuple[float, Detections]] = looked
    else:
        frames, thresholds = read_mot(path, fps=fps).steps(), TrackerSettings()
    tracker, scored = Tracker(thresholds), motmetrics.MOTAccumulator(auto_id=True)
    polygon = np.array(config.zones[0].polygon if config.zones else EVERYWHERE, np.float64)
    for number_, (now_s, detections) in enumerate(frames, start=1):
        found = tracker.track_frame(detections, now_s)
        there = found.confirmed & found.seen & inside(found.feet, polygon)
        ours = np.column_stack([found.feet - found.sizes * CORNER, found.sizes])[there]
        people = truth[truth[:, 0] == number_]
        people = people[
            inside(
                np.column_stack([people[:, 2] + people[:, 4] / 2, people[:, 3] + people[:, 5]]),
                polygon,
            )
        ]
        scored.update(people[:, 1].astype(int), found.ids[there], _apart(people[:, 2:6], ours))
    table = motmetrics.metrics.create().compute(
        scored, metrics=["mota", "idf1", "num_switches"], name="clip"
    )
    row = table.loc["clip"]
    return (
        f"MOTA {row['mota']:.3f}, IDF1 {row['idf1']:.3f}, {int(row['num_switches'])} switches (IoU "
        f"{OVERLAP_MIN:g})"
    )


def _apart(people: NDArray[np.float64], ours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 - IoU of boxes left, top, width, height, (N, M), NaN below OVERLAP_MIN.

    The one of motmetrics needs numpy 1.
    """
    low = np.maximum(people[:, None, :2], ours[None, :, :2])
    high = np.minimum(
        people[:, None, :2] + people[:, None, 2:], ours[None, :, :2] + ours[None, :, 2:]
    )
    common = np.prod(np.maximum(high - low, 0.0), axis=2)
    overlap = common / (
        np.prod(people[:, 2:], axis=1)[:, None] + np.prod(ours[:, 2:], axis=1)[None, :] - common
    )
    return np.where(overlap >= OVERLAP_MIN, 1.0 - overlap, np.nan)
