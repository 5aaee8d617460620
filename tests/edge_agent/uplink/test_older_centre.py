# SPDX-License-Identifier: Apache-2.0
"""A box before a centre that reads version 1 only, over a real broker.

What it rejects, what is held, and how the wait ends.
"""

import time
from dataclasses import replace
from pathlib import Path

from development.fakes.acknowledger import STORE, Acknowledger
from development.fakes.messages import BOOT, REPORT, STREAM, Signer
from edge_agent.backoff import ASK_AGAIN
from edge_agent.processes.uplink import Uplink
from edge_agent.store.outbox import Outbox, Waiting
from edge_agent.uplink.heard.reception import REJECTED_MAX
from tests.broker import Broker
from tests.edge_agent.processes.test_uplink import notes, settings, turn_until
from tests.wire_contract.test_golden import golden
from wire_contract.codec import encode, join
from wire_contract.messages.acknowledgement import Acknowledgement, AcknowledgementV1
from wire_contract.messages.state import Link, State
from wire_contract.topics import CENTRE_STATE, Channel, DeviceTopic

SIGNER = Signer()
NEW = [SIGNER.seal(Channel.REPORT, replace(REPORT, sequence=sequence)) for sequence in range(1, 21)]


def fill(folder: Path, sequences: range) -> Outbox:
    box = Outbox(folder / "outbox.db", bytes_max=2**20)
    box.insert(
        Waiting(STREAM, sequence, Channel.REPORT, NEW[sequence - 1]) for sequence in sequences
    )
    return box


def answer_old(centre: Acknowledger, upto: int, rejected: int) -> None:
    """Say what a centre of version 1 says."""
    said = AcknowledgementV1(1, STREAM, upto, rejected)
    centre.say(DeviceTopic("beach", "pier-1", Channel.ACK).text, encode(said))


def turn_for(uplink: Uplink, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        uplink.turn(time.monotonic())


def test_at_most_eight_reports_are_rejected_the_rest_is_held_and_goes_once_the_centre_reads_it(
    tmp_path: Path, broker: Broker
) -> None:
    box = fill(tmp_path, range(1, 21))
    with Acknowledger(broker.host, broker.port) as centre:
        uplink = Uplink(settings(tmp_path, broker))
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == REJECTED_MAX)
        answer_old(centre, 3, 3)
        turn_until(uplink, lambda: box.depth() == 17)
        turn_for(uplink, 0.5)
        assert set(centre.on(Channel.REPORT)) == set(NEW[:8])
        answer_old(centre, 8, 8)
        turn_until(uplink, lambda: "rejected" in notes(tmp_path))
        assert (
            "version 1 of the wire only: it could use none of the last 8"
            in notes(tmp_path)["rejected"]
        )
        uplink.close()
        # Not more after a restart either: it asks with one that the centre has rejected.
        uplink = Uplink(settings(tmp_path, broker))
        before = len(centre.on(Channel.REPORT))
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) > before)
        turn_for(uplink, 0.5)
        assert set(centre.on(Channel.REPORT)) == set(NEW[:8])
        assert box.depth() == 12
        centre.acknowledge("beach", "pier-1", STREAM, upto=8)
        turn_until(uplink, lambda: set(centre.on(Channel.REPORT)) == set(NEW))
        centre.acknowledge("beach", "pier-1", STREAM, upto=20)
        turn_until(uplink, lambda: box.depth() == 0)
        assert notes(tmp_path) == {}
        uplink.close()


def test_a_centre_that_comes_back_is_asked_at_once_with_what_it_has_rejected(
    tmp_path: Path, broker: Broker
) -> None:
    fill(tmp_path, range(1, 12))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == REJECTED_MAX)
        answer_old(centre, 8, 8)
        turn_until(uplink, lambda: "rejected" in notes(tmp_path))
        turn_for(uplink, 0.5)
        assert len(centre.on(Channel.REPORT)) == REJECTED_MAX
        centre.say(CENTRE_STATE, encode(State(1, BOOT, Link.OFFLINE)))
        turn_until(uplink, lambda: "centre" in notes(tmp_path))
        centre.say(CENTRE_STATE, encode(State(1, BOOT, Link.ONLINE)))
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == REJECTED_MAX + 1)
        assert centre.on(Channel.REPORT)[-1] == NEW[7]
    uplink.close()


def test_what_was_signed_in_version_1_goes_as_it_is_and_holds_nothing_back(
    tmp_path: Path, broker: Broker
) -> None:
    old = [
        join(payload, SIGNER.key.sign(b"people-count/report/v1\n" + payload))
        for payload in (
            golden("report.v1").replace(b'"sequence":7', b'"sequence":%d' % sequence)
            for sequence in range(1, 13)
        )
    ]
    box = Outbox(tmp_path / "outbox.db", bytes_max=2**20)
    box.insert(
        Waiting(STREAM, sequence, Channel.REPORT, envelope)
        for sequence, envelope in enumerate(old, 1)
    )
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == len(old))
        assert set(centre.on(Channel.REPORT)) == set(old)
        answer_old(centre, 12, 0)
        turn_until(uplink, lambda: box.depth() == 0)
        assert notes(tmp_path) == {}
    uplink.close()


def answer(centre: Acknowledger, upto: int, rejected: int) -> None:
    said = Acknowledgement(2, STREAM, upto, rejected, None, STORE, upto)
    centre.say(DeviceTopic("beach", "pier-1", Channel.ACK).text, encode(said))


def test_a_centre_that_reads_and_rejects_all_is_tried_with_one_now_and_then(
    tmp_path: Path, broker: Broker
) -> None:
    fill(tmp_path, range(1, 1))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(
            uplink,
            lambda: uplink.connection.connected,
        )
        answer(centre, 0, 0)
        box = fill(tmp_path, range(1, 9))
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == REJECTED_MAX)
        answer(centre, 8, 8)
        turn_until(uplink, lambda: "dead-letters says why" in notes(tmp_path).get("rejected", ""))
        box.insert(
            Waiting(STREAM, sequence, Channel.REPORT, NEW[sequence - 1])
            for sequence in range(9, 21)
        )
        turn_for(uplink, 0.5)
        assert len(centre.on(Channel.REPORT)) == REJECTED_MAX
        for rejected in (9, 10):
            uplink.turn(time.monotonic() + ASK_AGAIN.max_s)
            turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == rejected)  # noqa: B023 - waited for here
            answer(centre, rejected, rejected)
            turn_until(uplink, lambda: box.depth() == 20 - rejected)  # noqa: B023 - waited for here
        turn_for(uplink, 0.5)
        assert set(centre.on(Channel.REPORT)) == set(NEW[:10])
        uplink.turn(time.monotonic() + 3 * ASK_AGAIN.max_s)
        turn_until(uplink, lambda: NEW[10] in centre.on(Channel.REPORT))
        answer(centre, 11, 10)
        turn_until(uplink, lambda: set(centre.on(Channel.REPORT)) == set(NEW))
        assert "rejected" not in notes(tmp_path)
    uplink.close()
