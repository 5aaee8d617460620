# SPDX-License-Identifier: Apache-2.0
"""Go past what is missing of a stream for good, and record it: inside one transaction.

A store that was put back from a copy, or lost, misses what it had acknowledged. A box sends again
what it keeps; of what it has purged it signs a claim, which is believed where the tree at its end
is shown to begin with our own. What a box of version 1 does not send again is passed where the
broker shows that it had been acknowledged, or by hand; the tree then ends there.
Why it is lost, and whether it may be passed, ledger/lost.py says.
"""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from fusion_service.ledger.gaps import Gap, noted, without
from fusion_service.ledger.lost import Why, anchors_of, may_pass, reasons_of
from fusion_service.store.batch import KeptAhead, NewClaim
from wire_contract.codec import decode
from wire_contract.errors import DecodeError
from wire_contract.merkle import Frontier
from wire_contract.messages.purged import Purged, frontier_after, frontier_of

VERSION_1 = 1
CLAIMS_WAITING_MAX, CLAIMS_REFUSED_MAX = 16, 4
"""Claims of one stream that are kept: until what lies before them came, and against our tree."""
SIGNS_MAX = 20_000
"""Streams of which the broker keeps more than we hold: two of each of ten thousand boxes."""
SETTLED_AFTER_MS = 3_600_000
"""A stream that is level so long after a restore has lost nothing by it.

Until then the broker may still bring what it kept.
"""


class Claim(StrEnum):
    """What became of a claim."""

    WAITING = "waiting"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Past:
    """Where a stream goes on: behind which entry, and with which tree, None where none is known."""

    upto: int
    tree: Frontier | None


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where a stream stands: disposed of up to `upto`, with this tree. version: its box's."""

    stream_id: int
    upto: int
    tree: Frontier | None
    version: int


class Losses:
    """What is missing for good, of any stream."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def keep_claim(self, stream_id: int, new: NewClaim) -> None:
        """Keep that a box has purged a run, until the stream reaches it. The oldest goes first."""
        claim = new.claim
        run = (stream_id, claim.sequence, claim.first, claim.last)
        row = (*run, new.payload, Claim.WAITING, new.received_ms)
        self._execute("INSERT OR IGNORE INTO claim VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self._trim(stream_id, Claim.WAITING, CLAIMS_WAITING_MAX)

    def past(self, place: Standpoint, *, now_ms: int, by_hand: bool = False) -> Past | None:
        """Go past the first thing that is missing, where that may be; record what is lost by it."""
        found = self._past_claimed(place, now_ms)
        if found is None and (by_hand or place.version == VERSION_1):
            found = self._past_gap(place, now_ms, by_hand=by_hand)
        return found

    def take_out(self, stream_id: int, came: list[int]) -> None:
        """Take out of the record what has come after all."""
        select = (
            "SELECT first, last, missing, since_ms, why FROM lost WHERE stream_id = ? AND first <= "
            "? AND last >= ?"
        )
        delete = "DELETE FROM lost WHERE stream_id = ? AND first = ?"
        for sequence in came:
            for *gap, why in self._execute(select, (stream_id, sequence, sequence)).fetchall():
                self._execute(delete, (stream_id, gap[0]))
                self._record(stream_id, without(Gap(*gap), sequence), why)

    def note_ahead(self, ahead: KeptAhead) -> None:
        """Note an acknowledgement that the broker kept, and that goes beyond what is here."""
        self._execute(
            "INSERT INTO sign SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE (SELECT count(*) FROM sign) < "
            "?7 ON CONFLICT DO UPDATE SET upto = ?4, store = ?5, seen_ms = ?6 WHERE upto < ?4",
            (*ahead.place, ahead.upto, ahead.store, ahead.seen_ms, SIGNS_MAX),
        )

    def forget_refused(self, stream_id: int) -> None:
        """Drop the claims that contradicted our tree: who goes on by hand has seen them."""
        delete = "DELETE FROM claim WHERE stream_id = ? AND verdict = ?"
        self._execute(delete, (stream_id, Claim.DIFFERS))

    def _past_claimed(self, place: Standpoint, now_ms: int) -> Past | None:
        """Take the newest claim that begins where the stream stands, and fits our tree there."""
        query = (
            "SELECT sequence, payload FROM claim WHERE stream_id = ? AND first = ? AND verdict = ? "
            "ORDER BY sequence DESC"
        )
        here = (place.stream_id, place.upto + 1, Claim.WAITING)
        for sequence, payload in self._execute(query, here).fetchall():
            claim = decode(Purged, payload)
            try:
                tree = self._tree_after(place, claim)
            except DecodeError:
                update = "UPDATE claim SET verdict = ? WHERE stream_id = ? AND sequence = ?"
                self._execute(update, (Claim.DIFFERS, place.stream_id, sequence))
                self._trim(place.stream_id, Claim.DIFFERS, CLAIMS_REFUSED_MAX)
                continue
            if tree is not None:
                self._anchor(place.stream_id, tree, after=place.upto)
            self._lose(place.stream_id, claim.first, claim.last, now_ms, None)
            return Past(claim.last, tree)
        return None

    def _tree_after(self, place: Standpoint, claim: Purged) -> Frontier | None:
        """Return our tree after a claimed run; None where we have none before it.

        Raises DecodeError where it cannot be ours.
        """
        if place.tree is None:
            frontier_of(claim)
            return None
        tree = frontier_after(claim, place.tree.root)
        query = "SELECT substr(hashes, 1, 32) FROM entry WHERE stream_id = ? AND sequence = ?"
        row = self._execute(query, (place.stream_id, claim.last)).fetchone()
        if row is not None and claim.last & 1 and bytes(row[0]) != tree.hashes[-1]:
            raise DecodeError(f"purged: entry {claim.last} is here, and is not the run's last")
        return tree

    def _anchor(self, stream_id: int, tree: Frontier, *, after: int) -> None:
        """Keep what no entry of ours can give: the hashes of subtrees that end in the run."""
        for end, level, one in anchors_of(tree, after=after):
            self._execute(
                "INSERT OR REPLACE INTO anchor VALUES (?, ?, ?, ?)", (stream_id, end, level, one)
            )

    def _past_gap(self, place: Standpoint, now_ms: int, *, by_hand: bool) -> Past | None:
        """Go past the first gap: by hand, or where it was acknowledged and is not young."""
        query = "SELECT min(sequence) FROM entry WHERE stream_id = ? AND sequence > ?"
        after = self._execute(query, (place.stream_id, place.upto)).fetchone()[0]
        if after is None:
            return None
        last = int(after) - 1
        if not by_hand:
            gap = self._execute(
                "SELECT min(since_ms) FROM gap WHERE stream_id = ? AND first <= ?",
                (place.stream_id, last),
            )
            age_ms = now_ms - (gap.fetchone()[0] or now_ms)
            acknowledged = self._acknowledged(place.stream_id)
            if not may_pass(last, acknowledged=acknowledged, age_ms=age_ms):
                return None
        self._lose(
            place.stream_id,
            place.upto + 1,
            last,
            now_ms,
            Why.BY_HAND if by_hand else Why.ACKNOWLEDGED,
        )
        return Past(last, None)

    def _acknowledged(self, stream_id: int) -> int:
        """Return how far the broker showed a stream to have been acknowledged; else 0."""
        query = (
            "SELECT max(g.upto) FROM stream s JOIN device d ON d.id = s.device_id JOIN sign g ON "
            "g.site = d.site AND g.device = d.name AND g.stream = s.uuid WHERE s.id = ?"
        )
        return self._execute(query, (stream_id,)).fetchone()[0] or 0

    def _lose(self, stream_id: int, first: int, last: int, now_ms: int, why: Why | None) -> None:
        """Record what of a run is not here, and why; else by what shows that we had it."""
        query = (
            "SELECT sequence FROM entry WHERE stream_id = ? AND sequence BETWEEN ? AND ? ORDER BY "
            "sequence"
        )
        held = [row[0] for row in self._execute(query, (stream_id, first, last))]
        gaps = noted((), first - 1, [*held, last + 1], now_ms)
        if why is not None:
            reasons = [(gap, why) for gap in gaps]
        else:
            is_restored, known = self._is_restored(stream_id), self._acknowledged(stream_id)
            reasons = list(reasons_of(gaps, is_restored=is_restored, acknowledged=known))
        for gap, reason in reasons:
            self._record(stream_id, [gap], reason)
        self._cut_gaps(stream_id, last)
        delete = "DELETE FROM claim WHERE stream_id = ? AND first <= ? AND verdict = ?"
        self._execute(delete, (stream_id, last, Claim.WAITING))

    def _is_restored(self, stream_id: int) -> bool:
        """Say whether the store was put back, and a stream has not been level since."""
        query = "SELECT restores < (SELECT count(*) FROM restored) FROM stream WHERE id = ?"
        return bool(self._execute(query, (stream_id,)).fetchone()[0])

    def _record(self, stream_id: int, gaps: list[Gap], why: str) -> None:
        for gap in gaps:
            row = (stream_id, gap.first, gap.last, gap.missing, why, gap.since_ms)
            self._execute("INSERT OR REPLACE INTO lost VALUES (?, ?, ?, ?, ?, ?)", row)

    def _cut_gaps(self, stream_id: int, last: int) -> None:
        """Take out of the gaps what lies up to `last`: it is missing no more, but lost."""
        query = "SELECT first, last, missing, since_ms FROM gap WHERE stream_id = ? AND first <= ?"
        delete = "DELETE FROM gap WHERE stream_id = ? AND first = ?"
        count = "SELECT count(*) FROM entry WHERE stream_id = ? AND sequence BETWEEN ? AND ?"
        for row in self._execute(query, (stream_id, last)).fetchall():
            gap = Gap(*row)
            self._execute(delete, (stream_id, gap.first))
            if gap.last > last:
                held = self._execute(count, (stream_id, last + 1, gap.last)).fetchone()[0]
                left = (stream_id, last + 1, gap.last, gap.last - last - held, gap.since_ms)
                self._execute("INSERT INTO gap VALUES (?, ?, ?, ?, ?)", left)

    def _trim(self, stream_id: int, verdict: Claim, kept_max: int) -> None:
        self._execute(
            "DELETE FROM claim WHERE stream_id = ?1 AND verdict = ?2 AND sequence <= (SELECT "
            "sequence FROM claim WHERE stream_id = ?1 AND verdict = ?2 ORDER BY sequence DESC "
            "LIMIT 1 OFFSET ?3)",
            (stream_id, verdict, kept_max),
        )
