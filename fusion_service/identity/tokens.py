# SPDX-License-Identifier: Apache-2.0
"""Rights to enrol: made for one box, short-lived, used once.

Only their hashes are kept, one JSON line an event, only added to.
"""

import base64
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from fusion_service.errors import IdentityError
from fusion_service.private_file import give_to_folder_owner, keep_private
from wire_contract.messages.enrolment import Why

TOKENS = "tokens.jsonl"
SECRET_BYTES = 20
"""160 random bits: at a million guesses a second one token is found in some 10^34 years."""
BYTES_MAX = 16 * 1024 * 1024
"""Some 80,000 tokens."""


class TokenEvent(StrEnum):
    """What became of a token."""

    MADE = "made"
    USED = "used"


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One line: whose token, the SHA-256 of its secret (hex), and its end (unix seconds).

    replaces: the box that enrols with it takes the place of the one that has its name.
    """

    event: TokenEvent
    site: str
    device: str
    test_site: bool
    sha256: str
    ends_s: int
    replaces: bool = False


class TokenRefusedError(IdentityError):
    """A token is refused.

    `why` may be told only to who has proven that they hold it, and is None for everyone else.
    """

    def __init__(self, message: str, why: Why | None) -> None:
        super().__init__(message)
        self.why = why


class Tokens:
    """The file in an authority's folder, readable by its owner only."""

    def __init__(self, authority: Path) -> None:
        self._path = authority / TOKENS

    def make(
        self,
        site: str,
        device: str,
        *,
        test_site: bool,
        good_for: timedelta,
        now: datetime,
        replaces: bool = False,
    ) -> str:
        """Return the secret of a new token; it is kept nowhere.

        An older token of the same box stays good until its own end.
        """
        secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")
        with self._held():
            ends_s = int((now + good_for).timestamp())
            self._add(
                TokenLine(
                    TokenEvent.MADE, site, device, test_site, _sha256(secret), ends_s, replaces
                )
            )
        return secret

    def redeem(self, secret: str, *, now: datetime) -> TokenLine:
        """Use a token up, on the disk before anything is given for it.

        Raises TokenRefusedError where it is unknown, used or over.
        """
        wanted = _sha256(secret)
        with self._held():
            known = [
                entry for entry in self._entries() if secrets.compare_digest(entry.sha256, wanted)
            ]
            if not known:
                raise TokenRefusedError(
                    "token: unknown here; make one with fusion-service enrol-token", None
                )
            made = known[0]
            whose = f"token of {made.site}/{made.device}"
            if any(entry.event is TokenEvent.USED for entry in known):
                once = "was used before, and a token is good once"
                raise TokenRefusedError(
                    f"{whose}: {once}; make another with fusion-service enrol-token", Why.USED
                )
            if now.timestamp() >= made.ends_s:
                over = "its time is over; make another with fusion-service enrol-token"
                raise TokenRefusedError(f"{whose}: {over}", Why.OVER)
            self._add(replace(made, event=TokenEvent.USED))
        return made

    @contextmanager
    def _held(self) -> Iterator[None]:
        keep_private(self._path, error=IdentityError)
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise IdentityError(
                f"{self._path}: {error.strerror}; name the folder that fusion-service ca init made"
            ) from error
        with os.fdopen(descriptor) as file:
            give_to_folder_owner(file.fileno(), self._path.parent)
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _add(self, entry: TokenLine) -> None:
        with self._path.open("a", encoding="ascii") as file:
            file.write(json.dumps(asdict(entry), sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _entries(self) -> list[TokenLine]:
        if self._path.stat().st_size > BYTES_MAX:
            raise IdentityError(
                f"{self._path}: is over {BYTES_MAX} bytes; move it away, no token in it is needed "
                "once used or over"
            )
        entries = []
        for number, line in enumerate(self._path.read_text("ascii").splitlines(), start=1):
            try:
                raw = json.loads(line)
                entries.append(TokenLine(**{**raw, "event": TokenEvent(raw["event"])}))
            except (ValueError, TypeError, KeyError) as error:
                raise IdentityError(
                    f"{self._path}:{number}: is no line of tokens: {error}; delete the line"
                ) from error
        return entries


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()
