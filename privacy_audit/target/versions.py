# SPDX-License-Identifier: Apache-2.0
"""What exactly was audited: versions, and hashes that another can make anew from the same files."""

import hashlib
import os
import platform
import ssl
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from edge_agent import __version__
from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.errors import EdgeAgentError
from edge_agent.models.added import file_sha256
from edge_agent.models.card import read_card
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.broker import find_program

PACKAGES = (
    "onnxruntime",
    "opencv_python_headless",
    "numpy",
    "cryptography",
    "paho_mqtt",
    "pydantic",
)
_SOURCE = Path(__file__).resolve().parents[2]
BOX = ("edge_agent", "wire_contract")
"""What a box runs."""
BLOCK_BYTES = 1 << 20


def versions(box: AuditedBox) -> dict[str, str]:
    """Return what ran, by name. Hashes are SHA-256."""
    found = {
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "system": _system(),
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "mosquitto": _mosquitto(),
        "edge-agent": __version__,
        **{name.replace("_", "-"): _package(name) for name in PACKAGES},
        "code": code_sha256(*BOX),
        "code of this audit": code_sha256("privacy_audit"),
        "config": box.config.sha256(),
        "config file": _file_sha256(box.config_path),
    }
    card = read_card(cards_directory() / box.config.detector.model)
    weights = weights_directory() / card.onnx_name
    found[f"model {card.name}"] = _file_sha256(weights)
    found["model as its card says"] = file_sha256(card, weights)
    return found


def code_sha256(*packages: str) -> str:
    """Return one hash over packages.

    For every file its path, a zero, its bytes' hash, in order of their paths.
    """
    digest = hashlib.sha256()
    files = [path for package in packages for path in (_SOURCE / package).rglob("*.py")]
    for path in sorted(files):
        digest.update(
            str(path.relative_to(_SOURCE)).encode()
            + b"\0"
            + hashlib.sha256(path.read_bytes()).digest()
        )
    return digest.hexdigest()


def _package(name: str) -> str:
    for folder in sys.path:
        for found in Path(folder or os.curdir).glob(f"{name}-*.dist-info"):
            return found.name.removeprefix(f"{name}-").removesuffix(".dist-info")
    return "not found"


def _mosquitto() -> str:
    with suppress(EdgeAgentError, subprocess.SubprocessError, OSError):
        # It has no option that only says its version; the first line of its help does.
        told = subprocess.run(  # noqa: S603 - found above
            [find_program("mosquitto"), "-h"],
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
        return told.stdout.partition("\n")[0].removeprefix("mosquitto version ")
    return "not found"


def _system() -> str:
    with suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
    return "unknown"


def _file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return digest.hexdigest()
