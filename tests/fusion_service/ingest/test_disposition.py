# SPDX-License-Identifier: Apache-2.0
"""What a batch comes to, by values alone: no store, no clock. Messages are signed and examined."""

from dataclasses import replace

from fusion_service.ingest.admission import examine
from fusion_service.ingest.disposition import answers_to, decide
from fusion_service.ingest.examined import Examined, Outcome, Received
from fusion_service.ingest.question import asked_of
from fusion_service.registry.registry import Device, Registry, public_key
from fusion_service.store.batch import STREAMS_MAX, Applied, Held, Known, KnownDevice, Moved
from fusion_service.store.rows import StreamState
from fusion_service.store.set_apart import Apart
from tests.fusion_service.box import START_S, Box
from wire_contract.codec import encode
from wire_contract.messages.report import Level
from wire_contract.messages.state import Link, State
from wire_contract.topics import Channel

NOW_MS = START_S * 1000
DEVICE = 7
EMPTY = Known({DEVICE: KnownDevice(0, 0, None, None)}, {}, {}, {}, {}, frozenset(), {})


def batch(box: Box, *messages: tuple[Channel, bytes]) -> list[tuple[Received, Examined]]:
    known = Registry.of(
        [Device(DEVICE, box.site, box.device, public_key(box.public_key), test_site=True)]
    )
    found = []
    for channel, payload in messages:
        received = Received(box.topic(channel), payload, NOW_MS)
        found.append((received, examine(received, known, late_after_s=10**9)))
    return found


def report(box: Box, sequence: int, *, length_s: int = 60) -> tuple[Channel, bytes]:
    made = box.report(sequence, start_s=START_S, length_s=length_s, level=Level.STANDARD)
    return Channel.REPORT, box.seal(made)


def test_a_report_is_planned_under_its_stream_which_is_made() -> None:
    box = Box()
    decision = decide(batch(box, report(box, 1)), EMPTY, NOW_MS)
    plan = decision.plan
    assert [one.stream for one in plan.streams] == [(DEVICE, box.stream)]
    assert [(one.sequence, new.report.sequence) for one, new in zip(
        plan.entries, plan.reports, strict=True
    )] == [(1, 1)]  # fmt: skip
    assert plan.outcomes == {(Channel.REPORT, Outcome.ACCEPTED): 1}
    assert plan.last == {DEVICE: ((DEVICE, box.stream), 1)}
    assert [one.version for one in plan.moving] == [2]


def test_what_comes_twice_in_one_batch_is_known_the_second_time() -> None:
    box = Box()
    twice = batch(box, report(box, 1), report(box, 1), report(box, 1, length_s=30))
    plan = decide(twice, EMPTY, NOW_MS).plan
    assert len(plan.entries) == 1
    assert plan.outcomes == {
        (Channel.REPORT, Outcome.ACCEPTED): 1,
        (Channel.REPORT, Outcome.DUPLICATE): 1,
        (Channel.REPORT, Outcome.UNUSABLE): 1,
    }
    assert (len(plan.letters), plan.rejected) == (1, {(DEVICE, box.stream): 1})


def test_what_the_store_holds_is_a_duplicate_and_nothing_is_written_of_it() -> None:
    box = Box()
    messages = batch(box, report(box, 1))
    (entry,) = asked_of(messages).entries[DEVICE, box.stream]
    held = {(DEVICE, box.stream): {1: Held(entry.sha256, has_report=True)}}
    known = Known(EMPTY.devices, dict.fromkeys(held), held, {}, {}, frozenset(), {})
    plan = decide(messages, known, NOW_MS).plan
    assert plan.outcomes == {(Channel.REPORT, Outcome.DUPLICATE): 1}
    assert (plan.entries, plan.reports, plan.streams) == ([], [], [])
    assert len(plan.moving) == 1, "it is acknowledged all the same"


def test_one_stream_more_than_a_device_may_have_is_refused_by_name() -> None:
    box, other = Box(), Box()
    known = Known(
        {DEVICE: KnownDevice(0, STREAMS_MAX - 1, None, None)}, {}, {}, {}, {}, frozenset(), {}
    )
    first = report(box, 1)
    box.stream = other.stream
    plan = decide(batch(box, first, report(box, 1)), known, NOW_MS).plan
    assert len(plan.streams) == 1
    assert [letter.detail for letter in plan.letters] == ["stream: one more than a device may have"]


def test_reports_that_come_before_their_meta_in_a_batch_are_judged_by_it() -> None:
    box = Box()
    early = report(box, 2)
    meta = box.meta(1)
    unknown = replace(meta, lines=())
    messages = batch(box, early, (Channel.META, box.seal(unknown, Channel.META)), report(box, 3))
    plan = decide(messages, EMPTY, NOW_MS).plan
    assert [new.apart for new in plan.reports] == [Apart.NAME] * 2


def test_who_came_online_is_told_of_its_streams_before_what_is_acknowledged() -> None:
    box = Box()
    online = encode(State(1, box.boot, Link.ONLINE))
    decision = decide(batch(box, (Channel.STATE, online), report(box, 1)), EMPTY, NOW_MS)
    assert decision.plan.online == [DEVICE]

    def state(stream: str) -> StreamState:
        return StreamState("old-site", "old-name", stream, 1, 0, None, 1)

    applied = Applied(
        (Moved(state(box.stream), 2, None),),
        {DEVICE: [(state("another"), 1), (state(box.stream), 2)]},
        1,
    )
    said = answers_to(decision, applied)
    assert [(one.stream.stream, one.versions) for one in said] == [
        ("another", (1,)),
        (box.stream, (2,)),
    ]
    assert {(one.stream.site, one.stream.device) for one in said} == {(box.site, box.device)}
