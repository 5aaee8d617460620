# SPDX-License-Identifier: Apache-2.0
"""Put dead letters through admission again.

After an upgrade the centre may understand what it could not before.

Only an authentic letter has its payload, so only such a one can be judged again. What came of an
unknown device or under a wrong signature was never acknowledged: the box still has it, and sends it
again.
"""

from collections import Counter
from collections.abc import Sequence

from fusion_service.ingest.admission import examine
from fusion_service.ingest.disposition import former_key_of, stream_of
from fusion_service.ingest.draft import Draft
from fusion_service.ingest.examined import (
    Examined,
    Good,
    GoodCheckpoint,
    GoodMeta,
    GoodPurged,
    GoodReport,
    Outcome,
    Received,
    Standing,
)
from fusion_service.ingest.question import asked_of
from fusion_service.registry.registry import Registry
from fusion_service.store.batch import HeardDevice, Known, Moving, Plan, StreamKey
from fusion_service.store.port import Store
from fusion_service.store.rows import KeptLetter
from wire_contract.merkle import leaf_hash
from wire_contract.topics import Channel, DeviceTopic

LETTERS_MAX = 200
"""Letters in one commit: a running service waits for it, a tenth of a second at most."""

Letters = Sequence[tuple[KeptLetter, Received, Examined]]
"""Each letter, the message that it holds, and what admission says of that now."""


def replay(store: Store, *, late_after_s: int, now_ms: int) -> Counter[Outcome]:
    """Judge every authentic dead letter again, the oldest first; return how many ended how.

    One that ends as accepted or as duplicate is deleted; what is still of no use stays. Raises
    StoreError where the store fails; what was committed until then stays.
    """
    ended: Counter[Outcome] = Counter()
    registry, after_id = store.registry(), 0
    while True:
        with store.transaction() as transaction:
            kept = transaction.authentic_letters(after_id=after_id, limit=LETTERS_MAX)
            letters = [_read(letter, registry, late_after_s) for letter in kept]
            known = transaction.load(asked_of([(message, found) for _, message, found in letters]))
            plan, outcomes = decide_again(letters, known, now_ms)
            applied = transaction.apply(plan)
        ended += outcomes
        if applied.batch_id is not None:
            store.stamp(applied.batch_id, now_ms)
        if not letters:
            return ended
        after_id = letters[-1][0].id


def decide_again(letters: Letters, known: Known, now_ms: int) -> tuple[Plan, Counter[Outcome]]:
    """Decide what becomes of dead letters; return the plan, and how many ended how."""
    draft, outcomes = Draft(known, now_ms), Counter[Outcome]()
    moving: dict[StreamKey, None] = {}
    for letter, received, examined in letters:
        outcome = _decide_letter(draft, moving, received, examined)
        outcomes[outcome] += 1
        if outcome is not Outcome.UNUSABLE:
            draft.plan.ended_letters.append((letter.id, outcome is Outcome.ACCEPTED))
    draft.plan.moving += [Moving(stream, None, is_compared=False) for stream in moving]
    return draft.plan, outcomes


def _read(
    letter: KeptLetter, registry: Registry, late_after_s: int
) -> tuple[KeptLetter, Received, Examined]:
    topic = DeviceTopic(letter.site, letter.device, Channel(letter.channel))
    received = Received(topic.text, letter.payload, letter.first_ms)
    return letter, received, examine(received, registry, late_after_s=late_after_s)


def _decide_letter(
    draft: Draft, moving: dict[StreamKey, None], received: Received, examined: Examined
) -> Outcome:
    if not isinstance(examined, Good | GoodCheckpoint):
        return Outcome.UNUSABLE
    former_key, uuid = former_key_of(examined), stream_of(examined)
    assert uuid is not None  # noqa: S101 - what can be read names its stream
    stream = (examined.device.id, uuid)
    if former_key is not None and not draft.may_sign(stream, former_key):
        return Outcome.UNUSABLE
    if not draft.open_stream(stream, draft.plan.now_ms, former_key):
        return Outcome.UNUSABLE
    moving[stream] = None
    if isinstance(examined, Good):
        return _keep(draft, received, examined, stream)
    is_new = draft.keep_checkpoint(
        stream, examined.checkpoint, note=received.payload, received_ms=received.received_ms
    )
    return Outcome.ACCEPTED if is_new else Outcome.DUPLICATE


def _keep(draft: Draft, received: Received, examined: Good, stream: StreamKey) -> Outcome:
    """Commit what a letter holds.

    Under the sequence that stands for it as rejected, or under one that is free.
    """
    sequence, received_ms = examined.message.sequence, received.received_ms
    standing = draft.standing(stream, sequence, examined.sha256)
    if standing is Standing.FORK:
        return Outcome.UNUSABLE
    if standing is Standing.NEW:
        leaf, is_report = leaf_hash(received.payload), isinstance(examined, GoodReport)
        draft.append_entry(stream, sequence, examined.sha256, leaf, has_report=is_report)
    elif (held := draft.held(stream, sequence)) is not None and held.has_report:
        return Outcome.DUPLICATE
    else:
        draft.reject(stream, -1)
    if isinstance(examined, GoodPurged):
        payload = examined.payload
        draft.keep_claim(stream, examined.purged, payload=payload, received_ms=received_ms)
        return Outcome.ACCEPTED
    if isinstance(examined, GoodMeta):
        payload = examined.payload
        draft.keep_meta(stream, examined.meta, payload=payload, received_ms=received_ms)
        return Outcome.ACCEPTED
    apart = draft.judge(stream[0], examined.report, received_ms)
    draft.append_report(
        stream, examined.report, received_ms=received_ms, late=examined.late, apart=apart
    )
    before = draft.plan.heard.get(stream[0], HeardDevice(0, 0, received_ms))
    draft.plan.heard[stream[0]] = HeardDevice(
        before.reports + 1, before.late + examined.late, max(before.at_ms, received_ms)
    )
    return Outcome.ACCEPTED
