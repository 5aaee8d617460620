# SPDX-License-Identifier: Apache-2.0
"""Measure the rate and the errors of tracking and counting, ours and the peers'."""

import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from development.bench.peers import PEERS, Peer, PeerScene, as_theirs
from development.measure.scoring import (
    STREET_FPS,
    STREET_LINE,
    STREET_ZONE,
    Event,
    Filmed,
    count_street,
    film,
    street_error,
    street_scene,
)
from edge_agent.counting.detection import Detections
from edge_agent.counting.tracker import TrackerSettings

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 9


def tracking_fps(filmed: Filmed) -> dict[str, float]:
    """Return frames a second of processor time for tracking, one line and one zone.

    Ours, ByteTrack, SORT.

    Turn by turn, the best of REPEATS: what else runs on the machine only ever slows one down.
    """
    frames = [Detections(frame.boxes, frame.confidences) for frame in filmed.frames]
    theirs = list(as_theirs(frames))

    def ours() -> None:
        scene = street_scene()
        for frame, detections in zip(filmed.frames, frames, strict=True):
            scene.observe_frame(detections, frame.at_s)

    def peer(setting: Peer) -> None:
        scene = PeerScene(
            setting,
            STREET_LINE,
            STREET_ZONE,
            fps=STREET_FPS,
            confidence=TrackerSettings().confidence_high,
        )
        for detections in theirs:
            scene.observe_frame(detections)

    runs: dict[str, Callable[[], None]] = {
        "ours": ours,
        "ByteTrack": partial(peer, PEERS[0]),
        "SORT": partial(peer, PEERS[3]),
    }
    best_s = dict.fromkeys(runs, np.inf)
    for _ in range(REPEATS):
        for name, run in runs.items():
            begun_s = time.process_time()
            run()
            best_s[name] = min(best_s[name], time.process_time() - begun_s)
    return {name: round(len(frames) / seconds) for name, seconds in best_s.items()}


def counting(people: int, *, seeds: int, seconds: float) -> dict[str, dict[str, float]]:
    """Return for ours and each peer the error of windows and of the total, % of the true total."""
    sums: dict[str, list[int]] = {}
    for seed in range(1, seeds + 1):
        filmed = film(people, seed, seconds=seconds)
        found = {
            "ours": count_street(filmed)[0],
            **{peer.name: peer_events(filmed, peer) for peer in PEERS},
        }
        for name, events in found.items():
            before = sums.setdefault(name, [0, 0, 0])
            sums[name] = [
                one + other for one, other in zip(before, street_error(events, filmed), strict=True)
            ]
    return {
        name: {
            "window_error_percent": round(100 * error / true, 1),
            "total_percent": round(100 * (count - true) / true, 1),
        }
        for name, (error, count, true) in sums.items()
    }


def peer_events(filmed: Filmed, peer: Peer) -> list[Event]:
    """Return what a peer counts on a street, each at the time of its frame."""
    scene = PeerScene(
        peer, STREET_LINE, STREET_ZONE, fps=STREET_FPS, confidence=TrackerSettings().confidence_high
    )
    events: list[Event] = []
    theirs = as_theirs([Detections(frame.boxes, frame.confidences) for frame in filmed.frames])
    for frame, detections in zip(filmed.frames, theirs, strict=True):
        entered, left, _ = scene.observe_frame(detections)
        events += [Event(frame.at_s, "in")] * entered + [Event(frame.at_s, "out")] * left
    return events
