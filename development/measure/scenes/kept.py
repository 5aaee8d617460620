# SPDX-License-Identifier: Apache-2.0
"""Keep what a model saw of a film for the next command, where somebody has named a folder for it.

What is kept is found by all that it depends on: the film's bytes, the model's card, and what is
known of a frame. Another of any of them is looked at anew.
"""

import hashlib
import pickle
import tempfile
from dataclasses import fields
from pathlib import Path

from development.measure.scenes.film import Film, look
from development.measure.scenes.scene_folder import SceneFolder
from edge_agent.config.paths import cards_directory
from edge_agent.vision.pipeline import FrameDetections


def looked_at_before(scene: SceneFolder, model: str, folder: Path) -> Film:
    """Return what was kept of this film and model, or look now, and keep it."""
    if scene.video is None:
        return look(scene, model)
    path = folder / f"{scene.name}-{model}-{_key(scene.video, model, scene.fps)}.pickle"
    if path.exists():
        kept = pickle.loads(path.read_bytes())  # noqa: S301 - see above
        if isinstance(kept, Film):
            return kept
    film = look(scene, model)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        pickle.dump(film, file)
    Path(file.name).replace(path)
    return film


def _key(video: Path, model: str, fps: float | None) -> str:
    """Return what the film, the model, the rate and the form of a frame have in common."""
    digest = hashlib.sha256()
    with video.open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    digest.update((cards_directory() / model / "model.toml").read_bytes())
    form = [(field.name, str(field.type)) for field in fields(FrameDetections)]
    digest.update(f"{fps} {form}".encode())
    return digest.hexdigest()[:16]
