# SPDX-License-Identifier: Apache-2.0
"""Tell a program over HTTPS, signed: whoever has the secret knows that this centre said it.

Headers: `Timestamp` (unix s) and `Signature`, `v1=` with the HMAC-SHA-256 of timestamp, a point and
the body, in hex; `Idempotency-Key` is the entry, so that what comes twice counts once. Redirects
are not followed.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from fusion_service.publish.alerts.message import Message
from fusion_service.publish.alerts.outlets import OutletError

SEND_S = 10.0
OK_MIN, OK_END = 200, 300


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address. secret: what both sides have."""

    url: str
    secret: bytes
    severity_min: int = 1
    name: str = "webhook"
    now_s: Callable[[], float] = time.time

    def send(self, message: Message) -> None:
        """Send a message. Raises OutletError where it is not taken."""
        parts, body, at = urlsplit(self.url), message.body(), str(int(self.now_s()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f'"{message.entry}"',
            "Timestamp": at,
            "Signature": signature_of(self.secret, at, body),
        }
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = make(parts.hostname or "", parts.port, timeout=SEND_S)
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        try:
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            kind = type(error).__name__
            raise OutletError(f"{parts.hostname}: {kind}: {error}", kind=kind) from error
        finally:
            connection.close()
        if not OK_MIN <= status < OK_END:
            kind = f"got status {status}, wanted 2xx"
            raise OutletError(f"{parts.hostname}: {kind}", kind=kind)


def signature_of(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return what a receiver compares with."""
    signed = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"
