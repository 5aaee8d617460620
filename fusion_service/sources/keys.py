# SPDX-License-Identifier: Apache-2.0
"""Keys by which a source is let in: made once, shown once, kept as a hash."""

import base64
import hashlib
import secrets

KEY_BYTES = 20
"""160 random bits: nobody guesses them, so a plain hash is enough to keep."""
KEY_TEXT_MAX = 64
NOBODY = hashlib.sha256(b"no source").digest()


def make_key() -> str:
    """Return a new key: 32 letters and digits that are told apart on paper."""
    return base64.b32encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


def hash_of(key: str) -> bytes:
    """Return what is kept of a key. In a typed one spaces, dashes and case do not count."""
    plain = "".join(key.split()).replace("-", "").upper()
    return hashlib.sha256(plain.encode("utf-8")).digest()


def fits(key: str, kept: bytes | None) -> bool:
    """Say whether a key is the one that is kept; as slow for a source that is not known."""
    same = secrets.compare_digest(hash_of(key[:KEY_TEXT_MAX]), NOBODY if kept is None else kept)
    return same and kept is not None
