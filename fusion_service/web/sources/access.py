# SPDX-License-Identifier: Apache-2.0
"""Who may say something as a source, and how those are slowed down who may not.

Rule 1: a key that does not fit says nothing of whether the source exists. Rule 2: an address that
is refused again and again as one source waits, longer each time; another source behind the same
address does not. Rule 3: each refusal of a key stands in the security log.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import Request

from fusion_service.access.refusals import Refusals
from fusion_service.security_log import REFUSED, Act, Result, record
from fusion_service.sources.intake import SourceIntake
from fusion_service.web.connections import peer_of


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """What the routes of sources need.

    log_folder: where the security log lies. monotonic_s: a clock that only goes on. secret: signs
    the cookies of stewards, and is another after each start.
    """

    intake: SourceIntake
    log_folder: Path
    monotonic_s: Callable[[], float]
    secret: bytes
    exercise: str | None = None
    refusals: Refusals = field(default_factory=Refusals)

    def wait_s(self, request: Request, site: str, name: str) -> int:
        """Return how long whoever asks has to wait, whole seconds; 0 where they need not."""
        return math.ceil(self.refusals.wait_s(_asker(request, site, name), self.monotonic_s()))

    def admits(self, request: Request, site: str, name: str, key: str) -> bool:
        """Say whether a key fits, and note where it does not. Raises StoreError."""
        asker = _asker(request, site, name)
        if self.intake.knows(site, name, key):
            self.refusals.forgive(asker)
            return True
        self.refusals.note(asker, self.monotonic_s())
        peer = asker.partition(" ")[0]
        act = Act(
            "source key",
            f"{site}/{name}",
            Result.REFUSED,
            peer,
            "whoever holds no key",
            request.url.path,
        )
        record(act, (self.log_folder,), name=REFUSED)
        return False


def _asker(request: Request, site: str, name: str) -> str:
    peer = peer_of(request.client.host if request.client is not None else "")
    return f"{peer} {site}/{name}"


async def read_body(request: Request, bytes_max: int) -> bytes | None:
    """Return the body of a request; None where it is larger than it may be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            return None
    return bytes(body)
