# SPDX-License-Identifier: Apache-2.0
"""Sign payloads and commit them to the ledger. The only room that holds the signing key."""

import logging
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_agent.clock import Clock
from edge_agent.store.ledger import Ledger, LedgerEntry
from edge_agent.store.release_mark import Released, mark
from wire_contract.codec import join, signed_bytes
from wire_contract.messages.checkpoint import Checkpoint, sign_checkpoint
from wire_contract.topics import Channel

log = logging.getLogger("edge_agent.gate")


class Signer:
    """The key, and the ledger that everything signed goes into before it can be published."""

    def __init__(
        self,
        key: bytes,
        ledger: Ledger,
        clock: Clock,
        released: Callable[[], Released | None],
    ) -> None:
        """key: 32 bytes. released: up to when has been, noted in the commit that makes it so."""
        self._key = Ed25519PrivateKey.from_private_bytes(key)
        self._ledger, self._clock, self._released = ledger, clock, released

    def next_sequence(self) -> int:
        """Return the number of the next entry."""
        return self._ledger.size() + 1

    def entry(self, channel: Channel, sequence: int, payload: bytes) -> LedgerEntry:
        """Return a payload, signed, as an entry of the ledger."""
        envelope = join(payload, self._key.sign(signed_bytes(channel, payload)))
        signed_utc_ms = round(self._clock.utc_s() * 1000)
        return LedgerEntry(
            sequence, channel, None, signed_utc_ms, envelope, dated=self._clock.synchronised()
        )

    def commit(self, *entries: LedgerEntry) -> None:
        """Commit entries to the ledger, all or none, and with them up to when is released."""
        released = self._released()
        with self._ledger.transaction():
            if released is not None:
                mark(self._ledger, released)
            self._ledger.append(*entries)

    def announce(self, *entries: LedgerEntry) -> None:
        """Say what has been committed to the ledger.

        Never before, because a full disk refuses the commit itself.
        """
        for entry in entries:
            log.info(
                "%s %d of %s is in the ledger", entry.channel, entry.sequence, self._ledger.stream
            )

    def checkpoint(self, checkpoint: Checkpoint) -> bytes:
        """Return a signed checkpoint."""
        public = self._key.public_key().public_bytes_raw()
        return sign_checkpoint(checkpoint, public, self._key.sign)
