# SPDX-License-Identifier: Apache-2.0
"""What a blank box and the centre say to each other once, over HTTPS, before the box first runs.

And the one message by which its certificate is renewed later, over the broker. The token is carried
to the box by hand. It names the box, proves that it may enrol, once, and holds the fingerprint of
the one root that the box is to believe. Keys are made on the box and never leave it; what travels
is their public halves. Binary values are DER or raw bytes in base64.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from wire_contract.errors import DecodeError
from wire_contract.messages.report import NAME
from wire_contract.vocabulary import Choice, Integer, Message, Word

VERSION = 1
CHAIN_VERSION = 2
"""What a box asks with that can check a chain; it reads the same answer."""
SECRET = Word("[A-Z2-7]{32}")
"""160 random bits in base32: nothing that two people could read differently."""
FINGERPRINT = Word("[0-9a-f]{64}")
HOST = Word("[A-Za-z0-9.:-]{1,253}")
DER = Word("[A-Za-z0-9+/]{16,2800}={0,2}")
PUBLIC_KEY = Word("[A-Za-z0-9+/]{43}=")
PORT = Integer(1, 65_535)
_TOKEN = re.compile(r"([a-z0-9-]{1,32})/([a-z0-9-]{1,32}):([A-Z2-7]{32}):([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """The right to enrol one box, once, as SITE/DEVICE:SECRET:FINGERPRINT.

    fingerprint: the SHA-256 of the root, DER, hex.
    """

    site: str
    device: str
    secret: str
    fingerprint: str

    @property
    def text(self) -> str:
        """The token as it is carried."""
        return f"{self.site}/{self.device}:{self.secret}:{self.fingerprint}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a token. Raises DecodeError, which repeats nothing of it."""
        found = _TOKEN.fullmatch(text.strip())
        if found is None:
            raise DecodeError(
                f"token: got {len(text.strip())} characters that are none, wanted "
                "SITE/DEVICE:SECRET:FINGERPRINT"
            )
        return cls(*found.groups())


@dataclass(frozen=True, slots=True)
class EnrolRequest(Message):
    """The box's request for its certificates.

    secret: that of its token. Besides it a certificate request for its TLS key, and the key that
    its reports are checked with.
    """

    v: Annotated[int, Integer(VERSION, CHAIN_VERSION)]
    secret: Annotated[str, SECRET]
    request: Annotated[str, DER]
    signing_key: Annotated[str, PUBLIC_KEY]


class Why(StrEnum):
    """Why a token that is known is refused. Whoever sends one that is not known hears nothing."""

    USED = "used"
    OVER = "over"
    FAILED = "failed"
    """The token was good, and is used up; what went wrong then stands in the centre's log."""


@dataclass(frozen=True, slots=True)
class EnrolRefusal(Message):
    """Why whoever holds a token's secret is refused."""

    v: Annotated[int, Integer(VERSION, VERSION)]
    why: Annotated[str, Choice(Why)]


@dataclass(frozen=True, slots=True)
class EnrolAnswer(Message):
    """What the box gets: who it is, its certificate, the root, and where the broker is."""

    v: Annotated[int, Integer(VERSION, VERSION)]
    site: Annotated[str, NAME]
    device: Annotated[str, NAME]
    certificate: Annotated[str, DER]
    root: Annotated[str, DER]
    broker_host: Annotated[str, HOST]
    broker_port: Annotated[int, PORT]


@dataclass(frozen=True, slots=True)
class Renewal(Message):
    """A certificate for the key that the box has, which takes the place of the one before.

    What proves it is its own signature.
    """

    v: Annotated[int, Integer(VERSION, VERSION)]
    certificate: Annotated[str, DER]
