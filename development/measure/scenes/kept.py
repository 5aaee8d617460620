# SPDX-License-Identifier: Apache-2.0
"""Keep what a model saw of a film for the next command, where somebody has named a folder for it.

What is kept is found by what it depends on: the film's bytes, the model's card, what is drawn, and
what is known of a frame. With another of any of them it is looked at anew; not with other code.
"""

import hashlib
import pickle
import tempfile
from dataclasses import fields
from pathlib import Path

from development.measure.scenes.film import SeenFilm, look
from development.measure.scenes.scene_folder import SceneFolder
from edge_agent.config.paths import cards_directory
from edge_agent.vision.pipeline import FrameDetections


def looked_at_before(scene: SceneFolder, model: str, folder: Path) -> SeenFilm:
    """Return what was kept of this film and model, or look now, and keep it."""
    if scene.video is None:
        return look(scene, model)
    path = folder / f"{scene.name}-{model}-{_key(scene, scene.video, model)}.pickle"
    if path.exists():
        kept = pickle.loads(path.read_bytes())  # noqa: S301 - see above
        if isinstance(kept, SeenFilm):
            return kept
    film = look(scene, model)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        pickle.dump(film, file)
    Path(file.name).replace(path)
    return film


def _key(scene: SceneFolder, video: Path, model: str) -> str:
    """Return a word for film, model, rate, what is drawn, and the form of a frame."""
    digest = hashlib.sha256()
    with video.open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    digest.update((cards_directory() / model / "model.toml").read_bytes())
    form = [(field.name, str(field.type)) for field in fields(FrameDetections)]
    digest.update(f"{scene.fps} {scene.drawn} {form}".encode())
    return digest.hexdigest()[:16]
