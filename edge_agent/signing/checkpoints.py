# SPDX-License-Identifier: Apache-2.0
"""Put into the outbox what the ledger holds, and over all of it one signed head: the checkpoint.

Both are read back from the ledger and not taken from memory: what a failing disk or a sudden end
kept from the outbox goes there at the next turn, and an entry that a power cut could take is in no
checkpoint.
"""

from collections.abc import Iterable

from edge_agent.process_settings import GateSettings
from edge_agent.signing.signature import Signer
from edge_agent.signing.stores import IN_FLIGHT_MAX, Stores
from edge_agent.store.ledger import LedgerEntry
from edge_agent.store.outbox import Acknowledged, Outbox, Waiting
from wire_contract.messages.checkpoint import Checkpoint, checkpoint_stream
from wire_contract.topics import Channel


class OutboxFiller:
    """How far the outbox has been filled from the ledger in use."""

    def __init__(self, settings: GateSettings, stores: Stores, signer: Signer) -> None:
        self._site, self._device = settings.site, settings.device
        self._ledger, self._outbox, self._signer = stores.ledger, stores.outbox, signer
        self._filled = 0
        self._checkpointed = 0

    def fill(self) -> None:
        """Put in, in one commit, what was not put there yet, and the head over all of it.

        What the centre has acknowledged does not go again; where the outbox was lost, the last root
        that it named says how far that is.
        """
        size, stream = self._ledger.size(), self._ledger.stream
        done = max(self._filled, self._outbox.acknowledged(stream).upto, self._ledger.compared()[0])
        note = self._checkpoint(size)
        if done >= size and note is None:
            return
        entries = self._ledger.after(done, limit=2 * IN_FLIGHT_MAX)
        with self._outbox.transaction():
            put_out(self._outbox, stream, entries)
            if note is not None:
                self._outbox.insert(
                    [Waiting(checkpoint_stream(stream), size, Channel.CHECKPOINT, note)]
                )
                # Each says all that those before it said.
                self._outbox.acknowledge(checkpoint_stream(stream), Acknowledged(size - 1, 0))
        self._filled, self._checkpointed = entries[-1].sequence if entries else done, size

    def fill_anew(self) -> None:
        """Forget how far the outbox was filled: what was taken back and has not come goes again."""
        self._filled = 0

    def forget_followed(self) -> None:
        """Take out the last checkpoint of the ledger that this one follows.

        It says nothing that ours do not: they carry its end.
        """
        if (follows := self._ledger.follows) is not None:
            self._outbox.acknowledge(
                checkpoint_stream(follows.stream), Acknowledged(follows.size, 0)
            )

    def _checkpoint(self, size: int) -> bytes | None:
        """Sign the head of what is on disk, where it has grown.

        Only the newest checkpoint waits in the outbox.
        """
        acknowledged = self._outbox.acknowledged(checkpoint_stream(self._ledger.stream)).upto
        if size in {0, self._checkpointed} or acknowledged >= size:
            return None
        head, follows = self._ledger.head(), self._ledger.follows
        return self._signer.checkpoint(Checkpoint(self._site, self._device, head, follows))


def put_out(outbox: Outbox, stream: str, entries: Iterable[LedgerEntry]) -> None:
    """Put entries of a stream into the outbox, as the ledger holds them."""
    outbox.insert(
        Waiting(stream, entry.sequence, entry.channel, entry.envelope) for entry in entries
    )
