# SPDX-License-Identifier: Apache-2.0
"""What a box of an exercise signs and sends: its key, its ledger, and what waits for its link.

What it writes is what the wire's contract lets a box write, so the centre cannot tell.
"""

import uuid
from collections import deque
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fusion_service.ingest.examined import Received
from wire_contract.codec import encode, seal
from wire_contract.merkle import EMPTY, leaf_hash
from wire_contract.messages.checkpoint import Checkpoint, Head, sign_checkpoint
from wire_contract.topics import Channel, DeviceTopic
from wire_contract.vocabulary import Message

CHECKPOINT_MINUTES = 15
RELEASE_S = (2, 18)
"""A box sends a window so long after its end: each its own, as the offset of a real one."""
WAITING_MAX = 100_000
"""Messages that a box keeps while its link is down; a week of minutes is a tenth of it."""
COUNT_MAX = 65_535
SOFTWARE, MODEL = "0.1", "exercise"


class Sender:
    """One device's key, the ledger of what it signs with the tree over it, and what waits."""

    def __init__(self, site: str, device: str, chance: Random) -> None:
        self.site, self.device = site, device
        self._key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        self.stream, self.boot = (
            str(uuid.UUID(bytes=chance.randbytes(16), version=4)) for _ in range(2)
        )
        self._tree, self._sequence = EMPTY, 0
        self._waiting: deque[tuple[Channel, bytes]] = deque(maxlen=WAITING_MAX)

    @property
    def public_key(self) -> bytes:
        """The key under which the device is enrolled, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    @property
    def waits(self) -> bool:
        """Whether something is signed that is not sent."""
        return bool(self._waiting)

    def next_sequence(self) -> int:
        """Return the number of the next entry."""
        self._sequence += 1
        return self._sequence

    def append(self, message: Message, channel: Channel) -> None:
        """Sign an entry; it waits to be sent."""
        envelope = seal(channel, encode(message), self._key.sign)
        self._tree = self._tree.append(leaf_hash(envelope))
        self._waiting.append((channel, envelope))

    def append_checkpoint(self) -> None:
        """Sign how far the ledger is; it waits to be sent."""
        head = Head(self.stream, self._sequence, self._tree.root)
        checkpoint = Checkpoint(self.site, self.device, head, None)
        note = sign_checkpoint(checkpoint, self.public_key, self._key.sign)
        self._waiting.append((Channel.CHECKPOINT, note))

    def send(self, at_ms: int) -> list[Received]:
        """Return all that waits, as it comes in at a time."""
        sent = [
            Received(DeviceTopic(self.site, self.device, channel).text, envelope, at_ms)
            for channel, envelope in self._waiting
        ]
        self._waiting.clear()
        return sent
