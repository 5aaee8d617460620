# SPDX-License-Identifier: Apache-2.0
"""To which broker the uplink goes: where its config says, or where a signed config has led it.

Pure.

Rule 1: an address is kept only once the centre has acknowledged something over it. Rule 2: until
then the one before is a failure away. Rule 3: nothing is given up for a trial but time: what waits,
waits in the outbox. Rule 4: an address that is kept and falls silent for long is left for a moment,
now and then: a newer signed config may wait at the one before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from edge_agent.backoff import TRY_BROKER

TRIAL_S = 120.0
"""Within so much time the centre must be there, and then acknowledge what is sent."""
SPREAD_S = 60.0
"""A fleet does not go all at once: each box at a moment of its own; at once where it has no link to
lose."""
HURRY_S = 5.0
"""A link that is gone, or on which the centre is offline, for so long is none to lose."""
HURRIED_S = 60.0
"""After a trial that failed, where there is no link to lose; TRY_BROKER where there is one."""
SILENT_S = 3600.0
"""So long without a link, and the address of before is asked."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is."""

    host: str
    port: int

    @property
    def text(self) -> str:
        """The address as people write it."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Move:
    """What a signed config says that was admitted.

    Where to go, until when (unix seconds) that may begin.
    """

    serial: int
    address: Address
    ends_s: int


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """How the connection stands: let in and heard; the centre says that it is there.

    Something waits to be acknowledged.
    """

    connected: bool
    online: bool
    waits: bool


class Step(StrEnum):
    """What has just become of the way to the broker."""

    TRIES = "tries"
    KEEPS = "keeps"
    RETURNS = "returns"


@dataclass(slots=True)
class BrokerOffer:
    """A move that waits for its trial, or is on it, and when that may begin (monotonic).

    hurry_at_s: from when at once, where there is no link to lose. failures: trials so far that
    failed.
    """

    move: Move
    begin_at_s: float
    hurry_at_s: float
    failures: int = 0


@dataclass(slots=True)
class BrokerTrial:
    """An address of which nothing is known yet, and until when it is tried (monotonic).

    waits_since_s: since when something waits there to be acknowledged.
    """

    address: Address
    until_s: float
    waits_since_s: float | None = None


class Route:
    """The address to go to now. Every time is monotonic, but `utc_s`."""

    def __init__(self, configured: Address, kept: Move | None, draw: Callable[[], float]) -> None:
        """Begin where was kept, or where the config says; `draw` gives a number from 0 to 1."""
        self.kept = kept
        self._configured, self._draw = configured, draw
        self._home = configured if kept is None else kept.address
        self._trial: BrokerTrial | None = None
        self._offer: BrokerOffer | None = None
        self._gone_since_s: float | None = None

    @property
    def address(self) -> Address:
        """Where to connect."""
        return self._home if self._trial is None else self._trial.address

    @property
    def offered(self) -> Move | None:
        """What waits for its trial, or is on it."""
        return None if self._offer is None else self._offer.move

    @property
    def on_trial(self) -> bool:
        """Whether the address is one of which nothing is known yet."""
        return self._trial is not None

    def offer(self, move: Move, now_s: float) -> bool:
        """Take in a signed config; False for one that is known or older than what is."""
        known = max(
            one.serial
            for one in (self.kept, self.offered, Move(0, self._home, 0))
            if one is not None
        )
        if move.serial <= known:
            return False
        self._trial = None
        self._offer = BrokerOffer(
            move, begin_at_s=now_s + self._draw() * SPREAD_S, hurry_at_s=now_s
        )
        return True

    def acknowledged(self) -> Step | None:
        """Note that the centre has acknowledged something over this address.

        Anew, and not as the broker kept it.
        """
        if self._trial is None:
            return None
        if self._offer is not None and self._trial.address == self._offer.move.address:
            self.kept, self._offer = self._offer.move, None
        self._home, self._trial = self._trial.address, None
        return Step.KEEPS

    def step(self, now_s: float, utc_s: float, seen: ConnectionState) -> Step | None:
        """Say where to go now: another address is tried, or a trial is over. None: stay."""
        if self._trial is not None:
            return self._judge(self._trial, now_s, seen)
        if seen.connected and seen.online:
            self._gone_since_s = None
        elif self._gone_since_s is None:
            self._gone_since_s = now_s
        gone_s = 0.0 if self._gone_since_s is None else now_s - self._gone_since_s
        offer = self._offer
        if offer is not None and offer.move.address == self._home:
            # It is there already; a number that was taken is not taken again.
            self.kept, self._offer = offer.move, None
            return Step.KEEPS
        if offer is not None and utc_s < offer.move.ends_s:
            if now_s >= offer.begin_at_s or (gone_s >= HURRY_S and now_s >= offer.hurry_at_s):
                return self._try(offer.move.address, now_s)
        elif gone_s >= SILENT_S and (other := self._other()) != self._home:
            return self._try(other, now_s)
        return None

    def _other(self) -> Address:
        """Return the address that is not home, of the two that are known to have been one."""
        return (
            self._configured
            if self._home != self._configured or self.kept is None
            else self.kept.address
        )

    def _judge(self, trial: BrokerTrial, now_s: float, seen: ConnectionState) -> Step | None:
        there = seen.connected and seen.online
        if not there:
            trial.waits_since_s = None
        elif not seen.waits:
            # Nothing to be acknowledged yet: the next window decides.
            trial.waits_since_s, trial.until_s = None, now_s + TRIAL_S
        elif trial.waits_since_s is None:
            trial.waits_since_s, trial.until_s = now_s, now_s + TRIAL_S
        if now_s < trial.until_s:
            return None
        self._trial = None
        if (offer := self._offer) is not None:
            offer.begin_at_s = now_s + TRY_BROKER.ceiling_s(offer.failures)
            offer.hurry_at_s = now_s + HURRIED_S
            offer.failures += 1
        # What was kept gets as long as at first, before the other is asked again.
        self._gone_since_s = now_s
        return Step.RETURNS

    def _try(self, address: Address, now_s: float) -> Step:
        self._trial = BrokerTrial(address, until_s=now_s + TRIAL_S)
        return Step.TRIES
