# SPDX-License-Identifier: Apache-2.0
"""What goes into the store and what comes out of it, as frozen values."""

from dataclasses import dataclass

from fusion_service.ledger.lost import Why
from fusion_service.ledger.status import LedgerRow
from fusion_service.registry.history import EventRow
from fusion_service.store.set_apart import Apart
from wire_contract.messages.meta import Meta
from wire_contract.messages.report import Health, ImageQuality
from wire_contract.quality import Validity, validity

HEAD_BYTES = 64
"""What is kept of a message whose sender is not known: enough to see what it was, too little to
store anything in."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that came to nothing. `payload` is kept only where the signature held."""

    site: str
    device: str
    channel: str
    reason: str
    detail: str
    sha256: bytes
    length: int
    head: bytes
    payload: bytes | None
    received_ms: int


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """An authentic dead letter as it came, and when it came first."""

    id: int
    site: str
    device: str
    channel: str
    payload: bytes
    first_ms: int


@dataclass(frozen=True, slots=True)
class StreamState:
    """What the centre tells a box.

    Its stream is disposed of up to and with `upto`, and `rejected` of it were of no use.

    root is that of our tree over as much, hex; None where there is no tree. held is the highest
    sequence that is disposed of.
    """

    site: str
    device: str
    stream: str
    upto: int
    rejected: int
    root: str | None
    held: int


@dataclass(frozen=True, slots=True)
class Compared:
    """How far a stream's checkpoints were compared with our tree.

    And how many of those kept contradict it.
    """

    size: int
    contradicted: int


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site and how many devices it has."""

    site: str
    test_site: bool
    devices: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """Released crossings of one line in one window.

    None was withheld. low and high are the ends of the 80 % interval.
    """

    line: str
    in_count: int | None
    out_count: int | None
    in_low: int | None
    in_high: int | None
    out_low: int | None
    out_high: int | None


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """Released occupancy of one zone in one window.

    None was withheld. low and high are the ends of the 80 % interval.
    """

    zone: str
    mean: int | None
    peak: int | None
    speed: int
    standing: int
    mean_low: int | None
    mean_high: int | None
    peak_low: int | None
    peak_high: int | None


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One committed report.

    Times in ms are the centre's own; `committed_ms` is None where a power cut fell between.

    set_apart: why it is in no sum, None where it is in them; superseded: because the file was
    replayed again. boot: None of a report from before version 6 of the store. overlaps: one
    committed before has some of the same time, and is of the `same boot` (the box was started again
    in the window, or its clock set) or of an `other boot`. at_cap: one of its numbers has reached
    the most that its window could say; such numbers come here without a high end.
    """

    id: int
    site: str
    device: str
    stream: str
    sequence: int
    start_s: int
    length_s: int
    received_ms: int
    committed_ms: int | None
    late: bool
    superseded: bool
    boot: str | None
    set_apart: Apart | None
    overlaps: str | None
    level: str
    clock: str
    clock_quality: str
    config_sha256: str
    rule: str
    rule_parameters: tuple[int, ...]
    image_quality: ImageQuality
    health: Health
    lines: tuple[LineRow, ...]
    zones: tuple[ZoneRow, ...]
    at_cap: bool = False

    @property
    def validity(self) -> Validity:
        """How its counts are to be read.

        By what its sensor said of itself; as lower bounds too where a number is one.
        """
        judged = validity(self.image_quality.code, self.image_quality.observed)
        return (
            Validity.AT_LEAST
            if judged is Validity.COUNTED and (self.at_cap or self._is_open)
            else judged
        )

    @property
    def _is_open(self) -> bool:
        ends = [
            ends
            for line in self.lines
            for ends in ((line.in_low, line.in_high), (line.out_low, line.out_high))
        ]
        ends += [
            ends
            for zone in self.zones
            for ends in ((zone.mean_low, zone.mean_high), (zone.peak_low, zone.peak_high))
        ]
        return any(low is not None and high is None for low, high in ends)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device as it stands.

    Who, since when, what is missing, its link, its last stream, its ledger, last window, meta.

    key is the beginning of the SHA-256 of its public key, hex. former_names are SITE/DEVICE, those
    that it has not left first.
    """

    id: int
    site: str
    device: str
    test_site: bool
    added_ms: int
    last_seen_ms: int | None
    reports: int
    late_reports: int
    missing: int
    link: str
    link_ms: int | None
    lost_ms: int | None
    stream: StreamState | None
    ledger: LedgerRow | None
    last_window: WindowRow | None
    meta: Meta | None
    retired_ms: int | None
    key: str
    former_names: tuple[str, ...]
    history: tuple[EventRow, ...]

    @property
    def level(self) -> str | None:
        """Its last window's level, before that its meta's."""
        said = self.last_window or self.meta
        return None if said is None else said.level


@dataclass(frozen=True, slots=True)
class GapRow:
    """Of the sequences first..last of a stream `missing` have not come.

    Noticed at `since_ms`, the centre's clock.
    """

    site: str
    device: str
    stream: str
    first: int
    last: int
    missing: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class LostRow:
    """Of the sequences first..last of a stream `missing` are lost for good, since when, and why."""

    site: str
    device: str
    stream: str
    first: int
    last: int
    missing: int
    why: Why
    since_ms: int


@dataclass(frozen=True, slots=True)
class Behind:
    """How many streams the broker kept more of than is here; of them, those of strangers."""

    streams: int
    strangers: int


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """A dead letter without anything of its content."""

    id: int
    authentic: bool
    site: str
    device: str
    channel: str
    reason: str
    detail: str
    sha256: str
    length: int
    times: int
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """How many messages of a channel ended so, since the store was made."""

    channel: str
    outcome: str
    total: int


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """Counts of the store besides the outcomes."""

    devices: int
    late_reports: int
    repeated_windows: int
    set_apart: tuple[tuple[Apart, int], ...]
    missing: int
    gaps: int
    oldest_gap_ms: int | None
    lost: tuple[tuple[Why, int], ...]
    dead_letters_authentic: int
    dead_letters_unverified: int
    dead_letters_dropped: int
    dead_letters_replayed: int
