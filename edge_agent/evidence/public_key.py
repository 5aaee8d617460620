# SPDX-License-Identifier: Apache-2.0
"""The public half of a box's signing key, as a second party has it."""

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge_agent.errors import StoreError

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """32 raw bytes of an Ed25519 key."""

    raw: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read `signing.pub`: base64 on one line. Raises StoreError where it is anything else."""
        try:
            raw = base64.b64decode(path.read_text("ascii").strip(), validate=True)
        except (OSError, UnicodeDecodeError, binascii.Error) as error:
            raise StoreError(
                f"{path}: no usable public key: {error}; name the signing.pub of edge-agent keygen"
            ) from error
        if len(raw) != _KEY_BYTES:
            raise StoreError(
                f"{path}: got {len(raw)} bytes, wanted {_KEY_BYTES}; name the signing.pub of "
                "edge-agent keygen"
            )
        return cls(raw)

    def verify(self, signed: bytes, signature: bytes) -> bool:
        """Say whether this key signed these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, signed)
        except InvalidSignature:
            return False
        return True
