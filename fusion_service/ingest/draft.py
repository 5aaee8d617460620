# SPDX-License-Identifier: Apache-2.0
"""A plan while it is made: what the store knows, and what this batch has added to it so far. Pure.

Each message is decided as if those before it were committed already: a message that comes twice in
one batch is known the second time.
"""

from collections import Counter, defaultdict

from fusion_service.ingest.examined import Standing, compare
from fusion_service.ledger.comparison import on_arrival
from fusion_service.store.batch import (
    STREAMS_MAX,
    Held,
    KeptCheckpoint,
    Known,
    NewCheckpoint,
    NewClaim,
    NewEntry,
    NewMeta,
    NewReport,
    NewStream,
    Place,
    Plan,
    StreamKey,
)
from fusion_service.store.rows import DeadLetter
from fusion_service.store.set_apart import Apart, apart_by_itself, apart_by_meta
from wire_contract.messages.checkpoint import Checkpoint
from wire_contract.messages.meta import Meta
from wire_contract.messages.purged import Purged
from wire_contract.messages.report import Report


class Draft:
    """What is known with the plan on top of it. Each `self._` is the plan's part of one kind."""

    def __init__(self, known: Known, now_ms: int) -> None:
        self.plan = Plan(now_ms)
        self._known = known
        self._former_keys: dict[StreamKey, int | None] = {}
        """Streams of this batch, and which former key signs in each: None for the own one."""
        self._made: Counter[int] = Counter()
        """Streams that this batch makes of each device."""
        self._entries: defaultdict[StreamKey, dict[int, Held]] = defaultdict(dict)
        self._reports: defaultdict[StreamKey, list[int]] = defaultdict(list)
        """Of each stream, where its reports stand in the plan."""
        self._metas: dict[int, tuple[Meta, tuple[str, int]]] = {}
        self._letters = set(known.letters)
        self._checkpoints: defaultdict[StreamKey, list[KeptCheckpoint]] = defaultdict(list)

    def may_sign(self, stream: StreamKey, former_key: int) -> bool:
        """Say whether a former key may sign in a stream.

        One that it signed before, or one that nobody knows.
        """
        if stream in self._former_keys:
            return self._former_keys[stream] == former_key
        return self._known.former_keys.get(stream, former_key) == former_key

    def open_stream(self, stream: StreamKey, received_ms: int, former_key: int | None) -> bool:
        """Find or make a device's stream; False where the device has its full number of streams.

        former_key: which key signs in it, where it is not the device's own. What comes in such a
        stream is not the device's last, whenever it comes. A box that got another key and kept its
        ledger goes on in its stream.
        """
        if stream in self._former_keys:
            return True
        if stream not in self._known.former_keys:
            device = stream[0]
            if self._known.devices[device].streams + self._made[device] >= STREAMS_MAX:
                return False
            self._made[device] += 1
            self.plan.streams.append(NewStream(stream, received_ms, former_key))
        elif former_key is None and self._known.former_keys[stream] is not None:
            self.plan.own_again.append(stream)
        self._former_keys[stream] = former_key
        return True

    def upto(self, place: Place) -> int:
        """Return how far the stream is that somebody names; 0 where there is none."""
        return self._known.upto.get(place, 0)

    def held(self, stream: StreamKey, sequence: int) -> Held | None:
        """Return what is disposed of under a sequence; None where nothing is."""
        if (found := self._entries[stream].get(sequence)) is not None:
            return found
        known = self._known.entries.get(stream)
        return None if known is None else known.get(sequence)

    def standing(self, stream: StreamKey, sequence: int, sha256: bytes) -> Standing:
        """Compare a signed payload's hash with what is disposed of under its sequence."""
        held = self.held(stream, sequence)
        return compare(None if held is None else held.sha256, sha256)

    def append_entry(
        self, stream: StreamKey, sequence: int, sha256: bytes, leaf: bytes, *, has_report: bool
    ) -> None:
        """Dispose of a sequence, for a report or for something else.

        leaf: the hash of its envelope as a leaf of the tree.
        """
        self._entries[stream][sequence] = Held(sha256, has_report)
        self.plan.entries.append(NewEntry(stream, sequence, sha256, leaf))

    def reject(self, stream: StreamKey, number: int = 1) -> None:
        """Count entries of a stream that are of no use; fewer, where one has become of use."""
        rejected = self.plan.rejected
        rejected[stream] = rejected.get(stream, 0) + number

    def judge(self, device_id: int, report: Report, received_ms: int) -> Apart | None:
        """Say whether a new report is in no sum, and why.

        Its names and numbers are judged only where the meta of its config is here.
        """
        known = self._known.devices[device_id]
        apart = apart_by_itself(report, received_ms=received_ms, added_ms=known.added_ms)
        meta = self._metas[device_id][0] if device_id in self._metas else known.meta
        if apart is not None or meta is None or meta.config != report.config:
            return apart
        return _by_meta(report, meta)

    def append_report(
        self,
        stream: StreamKey,
        report: Report,
        *,
        received_ms: int,
        late: bool,
        apart: Apart | None,
    ) -> None:
        """Keep a report under its entry, as its device's last where that is what it is."""
        if report.sequence not in (entries := self._entries[stream]):  # it stood as rejected
            held = self._known.entries[stream][report.sequence]
            entries[report.sequence] = Held(held.sha256, has_report=True)
        self._reports[stream].append(len(self.plan.reports))
        self.plan.reports.append(NewReport(stream, report, received_ms, late, apart))
        last = self.plan.last.get(stream[0])
        is_last = last is None or last[0] != stream or report.sequence > last[1]
        if is_last and apart is not Apart.SEQUENCE and self._former_keys[stream] is None:
            self.plan.last[stream[0]] = (stream, report.sequence)

    def keep_meta(self, stream: StreamKey, meta: Meta, *, payload: bytes, received_ms: int) -> None:
        """Keep a meta where it is its device's latest, and judge by it what came before it."""
        if self._former_keys[stream] is not None:
            return
        self.plan.metas.append(NewMeta(stream, meta.sequence, received_ms, payload))
        place = self._known.devices[stream[0]].meta_place
        if stream[0] in self._metas:
            place = self._metas[stream[0]][1]
        if place is None or place[0] != stream[1] or place[1] < meta.sequence:
            self._metas[stream[0]] = (meta, (stream[1], meta.sequence))
        for early in self._known.early.get((stream, meta.sequence), ()):
            apart = apart_by_meta(early.lines, early.zones, length_s=early.length_s, meta=meta)
            if apart is not None:
                self.plan.rejudged.append((early.id, apart))
        for place_in_plan in self._reports[stream]:
            new = self.plan.reports[place_in_plan]
            is_early = new.report.sequence > meta.sequence and new.report.config == meta.config
            if is_early and new.apart is None:
                apart = _by_meta(new.report, meta)
                self.plan.reports[place_in_plan] = new._replace(apart=apart)

    def keep_claim(
        self, stream: StreamKey, claim: Purged, *, payload: bytes, received_ms: int
    ) -> None:
        """Keep a box's word that it has purged a run."""
        self.plan.claims.append(NewClaim(stream, claim, payload, received_ms))

    def keep_letter(self, letter: DeadLetter) -> bool:
        """Keep a dead letter; False where it was there already, and only its times change."""
        key = (letter.sha256, letter.site, letter.device, letter.channel, letter.reason)
        is_new = key not in self._letters
        self._letters.add(key)
        self.plan.letters.append(letter)
        return is_new

    def keep_checkpoint(
        self, stream: StreamKey, checkpoint: Checkpoint, *, note: bytes, received_ms: int
    ) -> bool:
        """Keep a checkpoint that says something new; False where it does not."""
        size, root = checkpoint.head.size, checkpoint.head.root
        kept = (*self._known.checkpoints.get(stream, ()), *self._checkpoints[stream])
        verdict = on_arrival(kept, size, root)
        if verdict is None:
            return False
        self._checkpoints[stream].append(KeptCheckpoint(size, root, verdict))
        new = NewCheckpoint(stream, size, root, note, verdict, received_ms)
        self.plan.checkpoints.append(new)
        return True


def _by_meta(report: Report, meta: Meta) -> Apart | None:
    lines = [(line.id, line.in_count, line.out_count) for line in report.lines]
    zones = [(zone.id, zone.mean, zone.peak) for zone in report.zones]
    return apart_by_meta(lines, zones, length_s=report.length_s, meta=meta)
