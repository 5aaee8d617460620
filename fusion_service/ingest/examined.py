# SPDX-License-Identifier: Apache-2.0
"""What a received message turned out to be, as frozen values: admission says it of each."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fusion_service.registry.registry import Device, FormerKey
from fusion_service.store.rows import HEAD_BYTES, DeadLetter
from wire_contract.messages.acknowledgement import Answer
from wire_contract.messages.checkpoint import Checkpoint
from wire_contract.messages.meta import Meta
from wire_contract.messages.purged import Purged
from wire_contract.messages.report import Report
from wire_contract.messages.state import State
from wire_contract.topics import Channel

NO_CHANNEL = "none"
"""Stands for the channel of a message whose topic cannot be read."""


class Outcome(StrEnum):
    """How a message ended. Closed: there is no other way to end."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    """Disposed of before: sent again, or a retained message seen again. Acknowledged quietly."""
    UNKNOWN_DEVICE = "unknown-device"
    LOST_DEVICE = "lost-device"
    """Enrolled, and since reported lost: whoever holds it may hold its key."""
    RETIRED_DEVICE = "retired-device"
    """Taken out of service; what it signed before is kept, what it still sends is not taken."""
    REPLACED_DEVICE = "replaced-device"
    """Signed by the box that hung there before, for a time or in a stream in which its key holds no
    more."""
    CLEARED = "cleared"
    """Nothing: what the broker retained under a device's name was taken back."""
    FORGED = "forged"
    """The signature does not belong to these bytes and this device."""
    MALFORMED = "malformed"
    """The topic or the envelope cannot be read."""
    UNUSABLE = "unusable"
    """Authentic, but not something that can be committed."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came, and the centre's clock when it came."""

    topic: str
    payload: bytes
    received_ms: int
    retained: bool = False
    """The broker kept it from before; only of acknowledgements is that told."""


@dataclass(frozen=True, slots=True)
class GoodReport:
    """An authentic, valid, allowed report.

    Whether it is new, only the store knows. version: in which to answer, here and below.
    """

    device: Device
    report: Report
    sha256: bytes
    late: bool
    version: int
    former: FormerKey | None = None
    """The key of a box that was replaced, where that signed it; here and below."""

    @property
    def message(self) -> Report:
        """What was signed."""
        return self.report


@dataclass(frozen=True, slots=True)
class GoodMeta:
    """An authentic, valid, allowed meta. Whether it is new, only the store knows."""

    device: Device
    meta: Meta
    payload: bytes
    sha256: bytes
    version: int
    former: FormerKey | None = None

    @property
    def message(self) -> Meta:
        """What was signed."""
        return self.meta


@dataclass(frozen=True, slots=True)
class GoodPurged:
    """An authentic, valid word of a box that it has purged a run.

    Only the store knows if it fits.
    """

    device: Device
    purged: Purged
    payload: bytes
    sha256: bytes
    version: int
    former: FormerKey | None = None

    @property
    def message(self) -> Purged:
        """What was signed."""
        return self.purged


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An acknowledgement that a centre gave before, kept by the broker.

    Not signed: who may write there, the broker decides.
    """

    site: str
    device: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class GoodCheckpoint:
    """An authentic head of a device's ledger.

    Whether it is new, and what our own tree says of it, only the store knows.
    """

    device: Device
    checkpoint: Checkpoint
    sha256: bytes
    former: FormerKey | None = None


@dataclass(frozen=True, slots=True)
class GoodState:
    """A readable state of a known device. Not signed: a hint.

    holds: False of what the broker retained under a name that the device has left.
    """

    device: Device
    state: State
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Unusable:
    """Authentic, but of no use.

    `place` is its stream and sequence; where its bytes do not say them it cannot be acknowledged.
    """

    device: Device
    channel: Channel
    place: tuple[str, int] | None
    sha256: bytes
    detail: str
    version: int | None
    """None of a checkpoint, which has no version of its own."""
    former: FormerKey | None = None


@dataclass(frozen=True, slots=True)
class Unverified:
    """Nobody known signed this.

    Only a trace of it is kept, and `detail` repeats nothing of its content.
    """

    outcome: Outcome
    site: str
    device: str
    channel: str
    detail: str


Good = GoodReport | GoodMeta | GoodPurged
Examined = Good | GoodCheckpoint | GoodState | KeptAnswer | Unusable | Unverified
Batch = Iterable[tuple[Received, Examined]]
"""Messages in the order in which they came, each as admission found it."""


class Standing(StrEnum):
    """What the store already holds under a sequence, compared with what came."""

    NEW = "new"
    SAME = "same"
    FORK = "fork"
    """Two different signed payloads under one sequence: a copied key or a broken ledger."""


def compare(known: bytes | None, sha256: bytes) -> Standing:
    """Compare a signed payload's hash with the one that is held under its sequence, if any."""
    if known is None:
        return Standing.NEW
    return Standing.SAME if known == sha256 else Standing.FORK


def dead_letter(received: Received, verdict: Unusable | Unverified) -> DeadLetter:
    """Say what is kept of a message that came to nothing.

    All of it only where its signature held.
    """
    if isinstance(verdict, Unusable):
        site, device, reason, kept = (
            verdict.device.site,
            verdict.device.name,
            Outcome.UNUSABLE,
            received.payload,
        )
    else:
        site, device, reason, kept = verdict.site, verdict.device, verdict.outcome, None
    return DeadLetter(
        site=site,
        device=device,
        channel=verdict.channel,
        reason=reason,
        detail=verdict.detail,
        sha256=hashlib.sha256(received.payload).digest(),
        length=len(received.payload),
        head=received.payload[:HEAD_BYTES],
        payload=kept,
        received_ms=received.received_ms,
    )
