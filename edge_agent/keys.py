# SPDX-License-Identifier: Apache-2.0
"""The box's two secrets, each 32 bytes in base64 in a file of its owner's.

The signing key, and the key of the noise.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_agent.errors import StoreError

SIGNING_KEY = "signing.key"
SIGNING_PUBLIC = "signing.pub"
NOISE_KEY = "noise.key"
_KEY_BYTES = 32


def generate(directory: Path) -> Path:
    """Make both secrets and the public half in `directory`.

    Return the path of the public half, which the centre gets.

    Raises StoreError where any of them is there already: a new key would orphan what the old one
    signed.
    """
    signing = Ed25519PrivateKey.generate()
    try:
        there = [
            name for name in (SIGNING_KEY, SIGNING_PUBLIC, NOISE_KEY) if (directory / name).exists()
        ]
        if there:
            raise StoreError(
                f"{directory}: {', '.join(there)} is there already; keep it, or name another folder"
            )
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(directory / SIGNING_KEY, signing.private_bytes_raw(), mode=0o600)
        _write(directory / NOISE_KEY, secrets.token_bytes(_KEY_BYTES), mode=0o600)
        _write(directory / SIGNING_PUBLIC, signing.public_key().public_bytes_raw(), mode=0o644)
    except OSError as error:
        raise StoreError(
            f"{directory}: {error}; choose a folder that this user may write"
        ) from error
    return directory / SIGNING_PUBLIC


def read_secret(path: Path) -> bytes:
    """Return the 32 bytes of a secret.

    Raises StoreError where the file is missing, readable by others, or holds anything else.
    """
    if path.exists():
        check_private(path)
    try:
        secret = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except (OSError, UnicodeDecodeError, binascii.Error) as error:
        raise StoreError(
            f"{path}: no usable key: {error}; run: edge-agent keygen {path.parent}"
        ) from error
    if len(secret) != _KEY_BYTES:
        raise StoreError(
            f"{path}: got {len(secret)} bytes, wanted {_KEY_BYTES}; run: edge-agent keygen in a "
            "new folder"
        )
    return secret


def check_private(path: Path) -> None:
    """Raise StoreError where a secret's file is missing, or others than its owner may use it."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; wanted a file of its owner's alone") from error
    if mode & 0o077:
        raise StoreError(f"{path}: others may read this secret; run: chmod 600 {path}")


def _write(path: Path, key: bytes, *, mode: int) -> None:
    """Write a key so that it is never, not even for a moment, readable by others."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.b64encode(key).decode("ascii") + "\n")
        file.flush()
        os.fsync(file.fileno())
