# SPDX-License-Identifier: Apache-2.0
"""One-time codes of an app on a phone: TOTP, RFC 6238, with HMAC-SHA-1 as every app knows it. Pure.

A code counts once: whoever takes one says of which step it was, and no step before or at it counts
again.
"""

import base64
import hashlib
import hmac
import struct
from urllib.parse import quote

STEP_S, DIGITS = 30, 6
DRIFT_STEPS = 1
"""A phone's clock half a minute off, either way: RFC 6238, section 5.2."""
SECRET_BYTES = 20
"""As long as the hash's own output: RFC 4226, section 4, R6."""


def code_at(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of a step: RFC 4226, section 5.3."""
    digest = hmac.digest(secret, struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 0x0F
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return str((number & 0x7FFFFFFF) % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, *, now_s: int, after_step: int) -> int | None:
    """Return of which step a code is; None where of none that still counts."""
    now = now_s // STEP_S
    found, given = None, code.encode("utf-8", "replace")
    for step in range(max(0, now - DRIFT_STEPS), now + DRIFT_STEPS + 1):
        # Every step is compared, so that time says nothing of which.
        is_same = hmac.compare_digest(code_at(secret, step).encode(), given)
        if is_same and step > after_step:
            found = step
    return found


def enrolment_address(secret: bytes, *, login: str, issuer: str) -> str:
    """Return what an app reads: otpauth://, with the secret in it."""
    text = base64.b32encode(secret).decode("ascii")
    return f"otpauth://totp/{quote(issuer)}:{quote(login)}?secret={text}&issuer={quote(issuer)}"
