# SPDX-License-Identifier: Apache-2.0
"""One commit in values: what a batch asks, what the store knows, what is written, what is answered.

`Asked` goes in and `Known` comes out; `Plan` goes in and `Applied` comes out. Between the two the
batch is decided (ingest/disposition.py) by values alone. A stream is named by its device and its
uuid, whether it is there already or is made by the plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fusion_service.ledger.status import CheckpointVerdict
from fusion_service.store.rows import Compared, DeadLetter, StreamState
from fusion_service.store.set_apart import Apart, Named
from wire_contract.messages.meta import Meta
from wire_contract.messages.purged import Purged
from wire_contract.messages.report import Report
from wire_contract.messages.state import State

STREAMS_MAX = 256
"""Streams of one device. A box makes one with each new ledger; more is a fault or worse, and would
let rows grow without end."""

StreamKey = tuple[int, str]
"""A device's row and a stream's uuid."""
Place = tuple[str, str, str]
"""Site, device and stream, as a message names them."""
LetterKey = tuple[bytes, str, str, str, str]
"""What makes a dead letter one: SHA-256 of the message, site, device, channel and reason."""


class AskedEntry(NamedTuple):
    """One signed message under its sequence. sha256: of what was signed; payload: as it came."""

    sequence: int
    sha256: bytes
    payload: bytes


@dataclass(slots=True)
class Asked:
    """What a batch asks of the store before it is decided. Filled by one hand, then read."""

    entries: dict[StreamKey, list[AskedEntry]] = field(default_factory=dict)
    """Each stream that is named, in the order of the messages, and what came under its numbers."""
    checkpoints: dict[StreamKey, list[bytes]] = field(default_factory=dict)
    """Streams of which checkpoints came, and those as they came."""
    metas: list[tuple[StreamKey, int, str]] = field(default_factory=list)
    """Stream, sequence and config of each meta: reports may have come before it."""
    payloads: list[bytes] = field(default_factory=list)
    """Messages that will be dead letters whatever the store knows."""
    places: list[Place] = field(default_factory=list)
    """Streams of which the broker kept an acknowledgement."""


class Held(NamedTuple):
    """What is disposed of under a sequence."""

    sha256: bytes
    has_report: bool


class KeptCheckpoint(NamedTuple):
    """A checkpoint of a stream that is there already."""

    size: int
    root: bytes
    verdict: CheckpointVerdict


class EarlyReport(NamedTuple):
    """A report that was committed before the meta of its config came: its names and numbers."""

    id: int
    length_s: int
    lines: tuple[Named, ...]
    zones: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device of the batch. meta: the one kept, None where it cannot be read or has not come.

    meta_place is its stream and sequence; streams, how many the device has.
    """

    added_ms: int
    streams: int
    meta: Meta | None
    meta_place: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of what was asked. What is not there is in no mapping."""

    devices: Mapping[int, KnownDevice]
    former_keys: Mapping[StreamKey, int | None]
    """Every asked stream that is there, and which former key signs in it: None for the own one."""
    entries: Mapping[StreamKey, Mapping[int, Held]]
    early: Mapping[tuple[StreamKey, int], Sequence[EarlyReport]]
    """By stream and sequence of a meta."""
    checkpoints: Mapping[StreamKey, Sequence[KeptCheckpoint]]
    letters: frozenset[LetterKey]
    """Of the messages that are, or may turn out to be, of no use."""
    upto: Mapping[Place, int]


class NewEntry(NamedTuple):
    """A sequence that is disposed of now. leaf: the hash of its envelope as a leaf of the tree."""

    stream: StreamKey
    sequence: int
    sha256: bytes
    leaf: bytes


class NewReport(NamedTuple):
    """A report under its entry, which the same plan makes or which is there as rejected."""

    stream: StreamKey
    report: Report
    received_ms: int
    late: bool
    apart: Apart | None


class NewStream(NamedTuple):
    """A stream to be made. former_key: which key signs in it, None for the device's own."""

    stream: StreamKey
    received_ms: int
    former_key: int | None


class NewMeta(NamedTuple):
    """A meta, to be kept where it is its device's latest.

    Within a stream the sequence says what is later; a new stream follows a new ledger, so it is
    later than any other.
    """

    stream: StreamKey
    sequence: int
    received_ms: int
    payload: bytes


class NewClaim(NamedTuple):
    """A box's word that it has purged a run; the stream takes it up where it fits."""

    stream: StreamKey
    claim: Purged
    payload: bytes
    received_ms: int


class NewCheckpoint(NamedTuple):
    """A checkpoint that says something new: pending, or a fork."""

    stream: StreamKey
    size: int
    root: bytes
    note: bytes
    verdict: CheckpointVerdict
    received_ms: int


class KeptAhead(NamedTuple):
    """An acknowledgement that the broker kept and that goes beyond what is here."""

    place: Place
    upto: int
    store: str
    seen_ms: int


class HeardDevice(NamedTuple):
    """A device that was heard by its signature, and when.

    Its new reports, and how many of them came late.
    """

    reports: int
    late: int
    at_ms: int


class Moving(NamedTuple):
    """A stream to move on. version: of the wire, in which its box spoke, None where it did not.

    is_compared: a checkpoint came, so that its comparison is to be answered whatever is new.
    """

    stream: StreamKey
    version: int | None
    is_compared: bool


@dataclass(slots=True)
class Plan:
    """What one commit writes. Made by one hand, and not changed once it is applied.

    Every mapping and list is in the order in which its messages came.
    """

    now_ms: int
    streams: list[NewStream] = field(default_factory=list)
    own_again: list[StreamKey] = field(default_factory=list)
    """Streams in which the device's own key signs from now on."""
    entries: list[NewEntry] = field(default_factory=list)
    reports: list[NewReport] = field(default_factory=list)
    last: dict[int, tuple[StreamKey, int]] = field(default_factory=dict)
    """Of each device, stream and sequence of what it signed last in this batch."""
    rejudged: list[tuple[int, Apart]] = field(default_factory=list)
    """Reports of before that a late meta sets apart."""
    metas: list[NewMeta] = field(default_factory=list)
    claims: list[NewClaim] = field(default_factory=list)
    rejected: dict[StreamKey, int] = field(default_factory=dict)
    """How many more, or fewer, entries of a stream are of no use."""
    checkpoints: list[NewCheckpoint] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    ended_letters: list[tuple[int, bool]] = field(default_factory=list)
    """Dead letters that are none any more, and whether each has become of use."""
    links: dict[int, tuple[State, int]] = field(default_factory=dict)
    """What the broker says of a device's connection, and when. Nobody signs it: it is a hint."""
    left_names: dict[int, int] = field(default_factory=dict)
    """Devices that were heard under their own name, and when: they have left those of before."""
    ahead: list[KeptAhead] = field(default_factory=list)
    outcomes: dict[tuple[str, str], int] = field(default_factory=dict)
    """How many messages of a channel ended how."""
    heard: dict[int, HeardDevice] = field(default_factory=dict)
    moving: list[Moving] = field(default_factory=list)
    online: list[int] = field(default_factory=list)
    """Devices of which every stream is to be told."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a stream is after the commit, and in which version of the wire to say so.

    compared: how far its checkpoints were compared, where that is news or was asked.
    """

    state: StreamState
    version: int
    compared: Compared | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What the commit answers. moved: in the order of the plan's `moving`.

    online: of each device that the plan names, its streams, the one heard last at the end.
    batch_id: of the reports, None where there was none.
    """

    moved: tuple[Moved, ...]
    online: Mapping[int, Sequence[tuple[StreamState, int]]]
    batch_id: int | None
