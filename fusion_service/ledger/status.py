# SPDX-License-Identifier: Apache-2.0
"""What the centre can say of a box's ledger.

Whether it holds exactly what the box logged, and if not, where that begins. Pure.

A stream's checkpoints were compared with the centre's own tree when both were there; what they came
to is read here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from wire_contract.messages.checkpoint import Checkpoint

RUNS_NAMED = 3


class CheckpointVerdict(StrEnum):
    """What became of one checkpoint."""

    PENDING = "pending"
    """The centre does not hold all that it covers yet."""
    AGREES = "agrees"
    DIFFERS = "differs"
    """Our tree of that size has another root."""
    FORK = "fork"
    """The box has signed another root for this size, or one that cannot be an earlier state of what
    it signed later."""
    UNKNOWN = "unknown"
    """The stream began before this store kept trees: nothing to compare with."""


class LedgerState(StrEnum):
    """How a device's ledger stands, worst first."""

    FORK = "fork"
    BROKEN_HISTORY = "broken history"
    DIFFERS = "differs"
    WITHHELD = "withheld by the box"
    """The box keeps entries no longer that nothing shows a centre to have had."""
    MISSING = "missing"
    LOST = "lost at the centre"
    """A centre had them and lost them, and the box keeps them no longer."""
    UNKNOWN = "unknown"
    """No checkpoint yet, or nothing to compare it with."""
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """One kept checkpoint of a stream and what became of it."""

    checkpoint: Checkpoint
    verdict: CheckpointVerdict
    note: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """Of the entries first..last `missing` are lost for good, and why.

    withheld: not by a centre.
    """

    first: int
    last: int
    missing: int
    why: str
    withheld: bool


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream of a device: what is held of it, and its checkpoints by size.

    The roots that others name are checked by the caller.

    former_key: which key signed it, where that is not the device's own; each box has a history of
    its own. follows_root is our own root of the stream before, at the size at which this one says
    that it ended; None where we have none. lost is what is missing for good; refused, a run that
    the box says it has purged, and before which its tree is not ours.
    """

    uuid: str
    upto: int
    checkpoints: tuple[CheckpointRow, ...]
    follows_root: bytes | None
    lost: tuple[Lost, ...] = ()
    refused: tuple[int, int] | None = None
    former_key: int | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A device's ledger as it stands. size: entries of the newest checkpoint; held.

    Entries without a gap at the centre.

    first..last are the entries among which the first missing or differing one lies; None where
    there is none.
    """

    state: LedgerState
    stream: str
    size: int
    held: int
    first: int | None
    last: int | None
    detail: str
    note: bytes | None

    @property
    def checkpoint(self) -> str | None:
        """The newest checkpoint, as the box signed it."""
        return None if self.note is None else self.note.decode()


def ledger_of(streams: Sequence[StreamRow]) -> LedgerRow | None:
    """Say how a device's ledger stands, over all of its streams; None without any.

    They are in the order in which they were first heard.

    A box that was replaced is no part of the history of the one that hangs there now. What it kept
    to itself may come or not, and /v1/gaps lists it; only what it signed and cannot be true counts
    on.
    """
    boxes = {
        stream.former_key: [one for one in streams if one.former_key == stream.former_key]
        for stream in streams
    }
    now = boxes.pop(None, [])
    found = [
        row for row in (_of_one_box(before) for before in boxes.values()) if row.state in _NOT_TRUE
    ]
    if now:
        found.insert(0, _of_one_box(now))
    elif not found and boxes:
        found = [_of_one_box(list(boxes.values())[-1])]
    return min(found, key=lambda row: list(LedgerState).index(row.state), default=None)


_NOT_TRUE = (LedgerState.FORK, LedgerState.BROKEN_HISTORY, LedgerState.DIFFERS)


def _of_one_box(streams: Sequence[StreamRow]) -> LedgerRow:
    # An empty store may hear of a ledger that was closed after the one that follows it.
    followed = {
        one.checkpoint.follows.stream
        for each in streams
        for one in each.checkpoints[-1:]
        if one.checkpoint.follows
    }
    streams = sorted(streams, key=lambda stream: stream.uuid not in followed)
    rows = [_linked(streams, place) for place in range(len(streams))]
    order = list(LedgerState)
    # An older stream counts only for what is known to be wrong with it: the last one says how the
    # box fares now.
    wrong = [row for row in rows[:-1] if order.index(row.state) <= order.index(LedgerState.LOST)]
    return min([rows[-1], *wrong], key=lambda row: order.index(row.state))


def _linked(streams: Sequence[StreamRow], place: int) -> LedgerRow:
    """Judge one stream together with what it says of the one before it."""
    stream = streams[place]
    row = _alone(stream)
    if place == 0 or not stream.checkpoints or row.state is LedgerState.FORK:
        return row
    fault = _history_fault(stream, streams[place - 1])
    if fault is None:
        return row
    return LedgerRow(
        LedgerState.BROKEN_HISTORY, stream.uuid, row.size, row.held, None, None, fault, row.note
    )


def _history_fault(stream: StreamRow, before: StreamRow) -> str | None:
    follows = stream.checkpoints[-1].checkpoint.follows
    if follows is None:
        return (
            f"a new ledger without the signed end of {before.uuid}, of which {before.upto} entries "
            "are here"
        )
    if follows.stream != before.uuid:
        return f"a new ledger after {follows.stream}, wanted {before.uuid}"
    signed = max((row.checkpoint.head.size for row in before.checkpoints), default=0)
    if max(before.upto, signed) > follows.size:
        return (
            f"the end of {before.uuid} was signed at entry {follows.size}, but it went on to "
            f"{max(before.upto, signed)}"
        )
    if stream.follows_root is not None and stream.follows_root != follows.root:
        return f"the end of {before.uuid} was signed with another root than what is here"
    if before.upto < follows.size:
        return f"entries {before.upto + 1} to {follows.size} of {before.uuid} have not come"
    return None


def _alone(stream: StreamRow) -> LedgerRow:
    """Judge one stream by itself."""
    rows = stream.checkpoints
    agreed = max(
        (row.checkpoint.head.size for row in rows if row.verdict is CheckpointVerdict.AGREES),
        default=0,
    )
    newest = rows[-1] if rows else None
    size, note = (0, None) if newest is None else (newest.checkpoint.head.size, newest.note)

    def said(state: LedgerState, first: int | None, last: int | None, detail: str) -> LedgerRow:
        return LedgerRow(state, stream.uuid, size, stream.upto, first, last, detail, note)

    fork = next((row for row in rows if row.verdict is CheckpointVerdict.FORK), None)
    if fork is not None:
        at = fork.checkpoint.head.size
        return said(LedgerState.FORK, None, at, f"two roots are signed for the first {at} entries")
    differs = next((row for row in rows if row.verdict is CheckpointVerdict.DIFFERS), None)
    if differs is not None:
        last = differs.checkpoint.head.size
        return said(
            LedgerState.DIFFERS,
            agreed + 1,
            last,
            f"entries up to {agreed} agree, those up to {last} do not",
        )
    if stream.refused is not None:
        first, last = stream.refused
        detail = (
            f"the box keeps entries {first} to {last} no longer, and its tree before them is not "
            "the one here"
        )
        return said(LedgerState.DIFFERS, first, last, detail)
    return _of_what_came(stream, newest, said)


def _of_what_came(
    stream: StreamRow,
    newest: CheckpointRow | None,
    said: Callable[[LedgerState, int | None, int | None, str], LedgerRow],
) -> LedgerRow:
    """Judge a stream that nothing contradicts: by what is missing, for now or for good."""
    size = 0 if newest is None else newest.checkpoint.head.size
    withheld = [one for one in stream.lost if one.withheld]
    if withheld:
        return said(LedgerState.WITHHELD, withheld[0].first, withheld[-1].last, _words(withheld))
    if (
        newest is not None
        and newest.verdict is not CheckpointVerdict.UNKNOWN
        and size > stream.upto
    ):
        return said(
            LedgerState.MISSING,
            stream.upto + 1,
            size,
            f"entry {stream.upto + 1} has not come; the box logged {size}",
        )
    if stream.lost:
        return said(
            LedgerState.LOST, stream.lost[0].first, stream.lost[-1].last, _words(stream.lost)
        )
    if newest is None:
        return said(LedgerState.UNKNOWN, None, None, "no checkpoint has come")
    if newest.verdict is CheckpointVerdict.UNKNOWN:
        return said(
            LedgerState.UNKNOWN, None, None, "the stream began before this store kept trees"
        )
    return said(LedgerState.COMPLETE, None, None, f"exactly the {size} entries that the box logged")


def _words(lost: Sequence[Lost]) -> str:
    """Say what is lost and why, the first few runs by name."""
    runs = [
        f"entries {one.first} to {one.last}"
        + (f" ({one.missing} of them)" if one.missing <= one.last - one.first else "")
        for one in lost[:RUNS_NAMED]
    ]
    more = f" and {len(lost) - RUNS_NAMED} runs more" if len(lost) > RUNS_NAMED else ""
    return f"{', '.join(runs)}{more} are lost: {', '.join(dict.fromkeys(one.why for one in lost))}"
