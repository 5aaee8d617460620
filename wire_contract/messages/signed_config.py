# SPDX-License-Identifier: Apache-2.0
"""A signed config: the authority tells one box where its broker is from now on.

It travels retained on the box's `certificate` topic, as an envelope: payload, line feed, signature.
A box of before looks there for a renewed certificate, finds none that it can read, and goes on.

The signature is ECDSA on P-256 with SHA-256, 64 bytes (r and s), by the key of `signer`: a
certificate for signing configs and for nothing else (`PURPOSE`), under `issuer` or the root itself.
Rule: a serial number only rises, and a box takes each once.
"""

from dataclasses import dataclass
from typing import Annotated

from wire_contract.messages.enrolment import DER, HOST, PORT
from wire_contract.messages.report import NAME
from wire_contract.vocabulary import Integer, Message

VERSION = 2
"""The second kind of message on this topic; the first is `enrolment.Renewal`."""
PURPOSE = "2.25.121034961307457015044238379993918071796"
"""The extended key usage of who signs configs. Under 2.25 a UUID is an object identifier: ITU-T
X.667."""
TIME_S_MAX = 2**40
SERIAL_MAX = 2**53 - 1


@dataclass(frozen=True, slots=True)
class SignedConfig(Message):
    """Where a box finds its broker, for how long it may accept this, and who says so.

    From and to in unix seconds; who says so as DER in base64.
    """

    v: Annotated[int, Integer(VERSION, VERSION)]
    site: Annotated[str, NAME]
    device: Annotated[str, NAME]
    serial: Annotated[int, Integer(1, SERIAL_MAX)]
    host: Annotated[str, HOST]
    port: Annotated[int, PORT]
    begins_s: Annotated[int, Integer(0, TIME_S_MAX)]
    ends_s: Annotated[int, Integer(0, TIME_S_MAX)]
    signer: Annotated[str, DER]
    issuer: Annotated[str | None, DER]
