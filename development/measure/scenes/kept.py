# SPDX-License-Identifier: Apache-2.0
"""Keep what a model saw of a film for the next command, where somebody has named a folder for it.

What is kept is found by all that it depends on: the film's bytes, the model's, and how it is looked
at. Another of any of them is looked at anew.
"""

import hashlib
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from development.measure.scenes.film import Film, look
from development.measure.scenes.scene_folder import SceneFolder
from edge_agent.config.paths import cards_directory
from edge_agent.counting.detection import Detections
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.vision.pipeline import FrameDetections


def looked_at_before(scene: SceneFolder, model: str, folder: Path) -> Film:
    """Return what was kept of this film and model, or look now, and keep it."""
    if scene.video is None:
        return look(scene, model)
    path = folder / f"{scene.name}-{model}-{_key(scene.video, model, scene.fps)}.npz"
    if path.exists():
        return _read(path)
    film = look(scene, model)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".npz", delete=False) as file:
        _write(Path(file.name), film)
    Path(file.name).replace(path)
    return film


def _key(video: Path, model: str, fps: float | None) -> str:
    digest = hashlib.sha256()
    with video.open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    digest.update((cards_directory() / model / "model.toml").read_bytes())
    digest.update(str(fps).encode())
    return digest.hexdigest()[:16]


def _write(path: Path, film: Film) -> None:
    counts = [len(seen.detections) for seen in film.frames]
    said = {
        "fps": film.fps,
        "width_px": film.width_px,
        "height_px": film.height_px,
        "thresholds": asdict(film.thresholds),
        "model": film.model,
        "input": film.input,
        "look_ms": film.look_ms,
    }
    np.savez_compressed(
        path,
        said=np.array(json.dumps(said)),
        counts=np.array(counts, np.int64),
        captured_s=np.array([seen.captured_s for seen in film.frames]),
        inferred=np.array([seen.inferred for seen in film.frames]),
        boxes=np.concatenate([seen.detections.boxes for seen in film.frames]),
        confidences=np.concatenate([seen.detections.confidences for seen in film.frames]),
    )


def _read(path: Path) -> Film:
    with np.load(path) as kept:
        said = json.loads(str(kept["said"]))
        ends = np.cumsum(kept["counts"])[:-1]
        boxes, sure = np.split(kept["boxes"], ends), np.split(kept["confidences"], ends)
        frames = tuple(
            FrameDetections(float(at_s), Detections(*each), inferred=bool(inferred))
            for at_s, inferred, *each in zip(
                kept["captured_s"], kept["inferred"], boxes, sure, strict=True
            )
        )
    return Film(frames, **{**said, "thresholds": TrackerSettings(**said["thresholds"])})
