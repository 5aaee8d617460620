# SPDX-License-Identifier: Apache-2.0
"""Slow down whoever is refused again and again. Pure: the time comes in.

Rule 1: a few refusals cost nothing, then each one doubles the wait of its peer, up to a minute.
Rule 2: so many peers are remembered and no more; the one that has been quiet longest is forgotten.
This spares the machine and the log. What keeps a guesser out is the length of what is guessed.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

FREE = 5
"""Refusals of a peer without a wait: boxes behind one address, and mistakes, share them."""
WAIT_S, WAIT_MAX_S = 1.0, 60.0
FORGET_S = 900.0
PEERS_MAX = 4096


@dataclass(frozen=True, slots=True)
class _Peer:
    times: int
    last_s: float
    until_s: float


@dataclass(slots=True)
class Refusals:
    """What peers were refused; times are monotonic seconds."""

    peers_max: int = PEERS_MAX
    _peers: OrderedDict[str, _Peer] = field(default_factory=OrderedDict)

    def wait_s(self, peer: str, now_s: float) -> float:
        """Return how long a peer has to wait before it is listened to; 0 where it need not."""
        known = self._peers.get(peer)
        return 0.0 if known is None else max(0.0, known.until_s - now_s)

    def note(self, peer: str, now_s: float) -> None:
        """Note that a peer was refused."""
        before = self._peers.pop(peer, None)
        times = 1 if before is None or now_s - before.last_s > FORGET_S else before.times + 1
        # Doubling past the longest wait would only make a number too large to hold.
        wait_s = 0.0 if times <= FREE else min(WAIT_MAX_S, WAIT_S * 2 ** min(times - FREE - 1, 16))
        self._peers[peer] = _Peer(times, now_s, now_s + wait_s)
        while len(self._peers) > self.peers_max:
            self._peers.popitem(last=False)

    def forgive(self, peer: str) -> None:
        """Forget a peer: it came with what was wanted."""
        self._peers.pop(peer, None)

    def __len__(self) -> int:
        return len(self._peers)
