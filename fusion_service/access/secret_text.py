# SPDX-License-Identifier: Apache-2.0
"""Secrets: how keys, passwords and recovery codes are made, and what is kept of each.

A key is 256 random bits, so its plain SHA-256 is enough to keep; a password is a person's choice
and is kept as argon2id, with the first of the settings that RFC 9106, section 4, recommends for
little memory.
"""

import base64
import hashlib
import hmac
import secrets
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

KEY_MARK = "pck_"
"""By this a scanner of published code finds a key that was published by mistake."""
KEY_BYTES, KEY_TEXT_MAX = 32, 64
PASSWORD_MIN, PASSWORD_MAX = 12, 256
"""Length counts and nothing else: NIST SP 800-63B, section 5.1.1.2, asks for 8 beside a second
factor."""
RECOVERY_CODES, RECOVERY_BYTES = 8, 10
_HASHER = PasswordHasher(
    time_cost=3, memory_cost=64 * 1024, parallelism=4, hash_len=32, salt_len=16, type=Type.ID
)


def new_key() -> str:
    """Return a new key."""
    return KEY_MARK + secrets.token_urlsafe(KEY_BYTES)


def new_session() -> str:
    """Return the secret of a session, for a cookie."""
    return secrets.token_urlsafe(KEY_BYTES)


def new_password() -> str:
    """Return a password that is written down and sealed: 100 bits, read aloud without doubt."""
    text = base64.b32encode(secrets.token_bytes(15)).decode("ascii").lower()
    return "-".join(text[place : place + 4] for place in range(0, 20, 4))


def new_recovery_codes() -> tuple[str, ...]:
    """Return codes for whoever has lost their phone, each good once."""
    return tuple(
        base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode("ascii").lower()
        for _ in range(RECOVERY_CODES)
    )


def hash_of(secret: str) -> bytes:
    """Return what is kept of a key, a session or a recovery code."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def is_same(one: bytes, other: bytes) -> bool:
    """Compare in a time that says nothing."""
    return hmac.compare_digest(one, other)


def page_token_of(session: str) -> str:
    """Return the token that a page puts beside its session's cookie, against forged requests.

    It follows from the session's secret, which no page can read.
    """
    return hmac.digest(session.encode("utf-8"), b"page token", "sha256").hex()


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _HASHER.hash(password)


@cache
def nobodys_password() -> str:
    """Return what a password is compared with where there is no such person: it takes as long.

    Its hash is nobody's: bytes by chance, that no password was made into. So no start waits for it.
    """
    made = _HASHER.hash_len, _HASHER.salt_len
    digest, salt = (
        base64.b64encode(secrets.token_bytes(each)).rstrip(b"=").decode() for each in made
    )
    settings = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${settings}${salt}${digest}"


def is_password(password: str, kept: str | None) -> bool:
    """Say whether a password is the one that is kept; as slow where none is."""
    try:
        return _HASHER.verify(kept or nobodys_password(), password[:PASSWORD_MAX]) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def password_fault(password: str) -> str | None:
    """Return what is wrong with a new password; None where nothing is."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        return f"got {len(password)} characters, wanted {PASSWORD_MIN} to {PASSWORD_MAX}"
    return None
