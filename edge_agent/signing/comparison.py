# SPDX-License-Identifier: Apache-2.0
"""What the centre holds of the ledger in use, as the uplink left it, and its root against ours.

Where the roots differ the centre holds something else than was signed here, and somebody is told
between which entries.
"""

import logging
import math
from dataclasses import dataclass

from edge_agent.clock import Clock
from edge_agent.errors import StoreError
from edge_agent.signing.stores import Stores
from edge_agent.store.heard import Heard, heard_of
from edge_agent.store.ledger import Ledger

BUSY_S = 2.0
"""So long after an acknowledgement more are expected."""
NOTE_ROOT_EVERY = 16
"""Entries between two of the centre's roots that are noted in the ledger as being ours; one that is
not is noted at once."""
log = logging.getLogger("edge_agent.gate")


@dataclass(frozen=True, slots=True)
class Holding:
    """What the centre holds now.

    acknowledged: the highest entry that it ever acknowledged. heard: what it holds where that is
    less. top: above which entry the live windows go on; while the centre gets again what it has
    lost, they go on above the highest that it holds.
    """

    acknowledged: int
    heard: Heard
    top: int


class HoldingReader:
    """How far the centre is, whether its roots are ours, and when its word last changed."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._ledger, self._outbox, self._clock = stores.ledger, stores.outbox, clock
        self.comparison = RootComparison(stores.ledger)
        self._known: tuple[int, int | None] = (0, None)
        self._changed_s = -math.inf

    def look(self) -> Holding:
        """Read what the centre holds, and hold its root against ours.

        Raises StoreError, damaged, where it holds more than the ledger.
        """
        said, last = self._outbox.acknowledged(self._ledger.stream), self._ledger.size()
        if said.upto > last:
            raise StoreError(
                f"the centre holds entry {said.upto} of {self._ledger.stream}, the ledger ends at "
                f"{last}",
                damaged=True,
            )
        heard = heard_of(self._outbox, self._ledger.stream)
        if (said.upto, heard.upto) != self._known:
            self._known, self._changed_s = (said.upto, heard.upto), self._clock.monotonic_s()
        self.comparison.hear(said.upto, said.root)
        top = said.upto if heard.upto is None else max(said.upto, min(heard.held, last))
        return Holding(said.upto, heard, top)

    def is_recent(self) -> bool:
        """Say whether its word changed a moment ago, so that more is to be expected."""
        return self._clock.monotonic_s() - self._changed_s < BUSY_S


class RootComparison:
    """What the centre's roots said of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._compared = 0
        self._agreed: tuple[int, str] | None = None

    def hear(self, upto: int, root: str | None) -> None:
        """Look at once whether the centre's root (hex) over the first `upto` entries is ours.

        One that is, is noted with a later commit, which costs nothing more.
        """
        if root is None or not self._is_news(upto):
            return
        if self._ledger.tree(upto).root.hex() == root:
            self._compared, self._agreed = upto, (upto, root)
            return
        self.note_agreed()
        self.compare(upto, root)

    def compare(self, upto: int, root: str | None) -> None:
        """Note whether the centre's root is ours.

        Where it differs say so, and between which entries.
        """
        if root is None or not self._is_news(upto):
            return
        self._compared = upto
        if not self._ledger.compare(upto, root):
            agreed, differs = self._ledger.compared()
            log.error(
                "the centre holds something else than this ledger between entries %d and %d; run "
                "edge-agent ledger verify",
                agreed + 1,
                differs or upto,
            )

    def note_if_due(self) -> None:
        """Note the last root that agreed, where the one noted before is long past."""
        if self._compared - self._ledger.compared()[0] >= NOTE_ROOT_EVERY:
            self.note_agreed()

    def note_agreed(self) -> None:
        """Note the last root that agreed."""
        if self._agreed is not None:
            self._ledger.compare(*self._agreed)
            self._agreed = None

    def _is_news(self, upto: int) -> bool:
        return 0 < upto <= self._ledger.size() and upto != self._compared
