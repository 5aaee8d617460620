# SPDX-License-Identifier: Apache-2.0
"""Put dead letters through admission again.

After an upgrade the centre may understand what it could not before.

Only an authentic letter has its payload, so only such a one can be judged again. What came of an
unknown device or under a wrong signature was never acknowledged: the box still has it, and sends it
again.
"""

from collections import Counter

from fusion_service.ingest.admission import (
    Good,
    GoodCheckpoint,
    GoodMeta,
    GoodPurged,
    Outcome,
    Received,
    Standing,
    compare,
    examine,
)
from fusion_service.registry.registry import Registry
from fusion_service.store.rows import KeptLetter
from fusion_service.store.sqlite.batch import Transaction
from fusion_service.store.sqlite.writer import Writer
from wire_contract.merkle import leaf_hash
from wire_contract.topics import Channel, DeviceTopic

LETTERS_MAX = 200
"""Letters in one commit: a running service waits for it, a tenth of a second at most."""


def replay(store: Writer, *, late_after_s: int, now_ms: int) -> Counter[Outcome]:
    """Judge every authentic dead letter again, the oldest first; return how many ended how.

    One that ends as accepted or as duplicate is deleted; what is still of no use stays. Raises
    StoreError where the store fails; what was committed until then stays.
    """
    ended: Counter[Outcome] = Counter()
    registry, after_id = store.registry(), 0
    while True:
        with store.transaction() as transaction:
            letters = transaction.authentic_letters(after_id=after_id, limit=LETTERS_MAX)
            for letter in letters:
                outcome = _judge_again(
                    transaction, letter, registry, late_after_s=late_after_s, now_ms=now_ms
                )
                ended[outcome] += 1
                if outcome is not Outcome.UNUSABLE:
                    transaction.end_letter(letter.id, replayed=outcome is Outcome.ACCEPTED)
        if transaction.batch_id is not None:
            store.stamp(transaction.batch_id, now_ms)
        if not letters:
            return ended
        after_id = letters[-1].id


def _judge_again(
    transaction: Transaction,
    letter: KeptLetter,
    registry: Registry,
    *,
    late_after_s: int,
    now_ms: int,
) -> Outcome:
    topic = DeviceTopic(letter.site, letter.device, Channel(letter.channel))
    received = Received(topic.text, letter.payload, letter.first_ms)
    verdict = examine(received, registry, late_after_s=late_after_s)
    if not isinstance(verdict, Good | GoodCheckpoint):
        return Outcome.UNUSABLE
    uuid = (
        verdict.checkpoint.head.stream
        if isinstance(verdict, GoodCheckpoint)
        else verdict.message.stream
    )
    former_key = None if verdict.former is None else verdict.former.id
    if former_key is not None and not transaction.devices.is_stream_of(
        verdict.device.id, uuid, former_key
    ):
        return Outcome.UNUSABLE
    stream_id = transaction.stream(verdict.device.id, uuid, now_ms, former_key=former_key)
    if stream_id is None:
        return Outcome.UNUSABLE
    if isinstance(verdict, GoodCheckpoint):
        is_new = transaction.add_checkpoint(
            stream_id, verdict.checkpoint, note=letter.payload, received_ms=letter.first_ms
        )
        outcome = Outcome.ACCEPTED if is_new else Outcome.DUPLICATE
    else:
        outcome = _keep(transaction, received, verdict, stream_id)
    transaction.advance(stream_id, now_ms)
    transaction.compare(stream_id, asked=False)
    return outcome


def _keep(transaction: Transaction, received: Received, verdict: Good, stream_id: int) -> Outcome:
    """Commit what a letter holds.

    Under the sequence that stands for it as rejected, or under one that is free.
    """
    standing = compare(transaction.sha256_of(stream_id, verdict.message.sequence), verdict.sha256)
    if standing is Standing.FORK:
        return Outcome.UNUSABLE
    if standing is Standing.NEW:
        transaction.add_rejected(
            stream_id,
            verdict.message.sequence,
            sha256=verdict.sha256,
            leaf=leaf_hash(received.payload),
        )
        transaction.write_out()
    if isinstance(verdict, GoodPurged):
        transaction.redeem_claim(
            stream_id, verdict.purged, payload=verdict.payload, received_ms=received.received_ms
        )
        return Outcome.ACCEPTED
    if isinstance(verdict, GoodMeta):
        transaction.redeem_meta(
            verdict.device.id,
            stream_id,
            verdict.meta,
            payload=verdict.payload,
            received_ms=received.received_ms,
        )
        return Outcome.ACCEPTED
    device_id, received_ms = verdict.device.id, received.received_ms
    apart = transaction.judge(device_id, verdict.report, received_ms)
    is_new = transaction.redeem_report(
        device_id,
        stream_id,
        verdict.report,
        received_ms=received_ms,
        late=verdict.late,
        apart=apart,
    )
    if is_new:
        transaction.saw(
            verdict.device.id, reports=1, late=int(verdict.late), received_ms=received.received_ms
        )
        transaction.count_late(int(verdict.late))
    return Outcome.ACCEPTED if is_new else Outcome.DUPLICATE
