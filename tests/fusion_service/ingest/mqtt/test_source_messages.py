# SPDX-License-Identifier: Apache-2.0
import threading

from fusion_service.ingest.examined import Received
from fusion_service.ingest.inbox import Delivery
from fusion_service.ingest.mqtt.source_messages import SourceMessages
from fusion_service.ingest.mqtt.trouble import Trouble


def said(topic: str, body: bytes = b"{}") -> Delivery:
    return Delivery(Received(topic, body, 0), 1, 1, 1)


def test_messages_go_out_in_the_order_in_which_they_came() -> None:
    waiting = SourceMessages(Trouble(lambda: 0))
    assert waiting.bring(said("pc/sources/beach/kiosk", b"1"))
    assert waiting.bring(said("pc/sources/beach/car-park", b"2"))
    taken = [waiting.next_message(0), waiting.next_message(0), waiting.next_message(0)]
    found = [one and (one.topic.site, one.topic.source, one.body) for one in taken]
    assert found == [("beach", "kiosk", b"1"), ("beach", "car-park", b"2"), None]


def test_at_the_bound_one_more_is_dropped_and_nobody_waits() -> None:
    trouble = Trouble(lambda: 0)
    waiting = SourceMessages(trouble, bound=2)
    kept = [waiting.bring(said("pc/sources/beach/kiosk")) for _ in range(3)]
    assert kept == [True, True, False]
    [sentence] = trouble.sentences()
    assert "2 messages of sources wait, so one of beach/kiosk is dropped" in sentence


def test_a_topic_that_is_nobodys_is_dropped() -> None:
    waiting = SourceMessages(Trouble(lambda: 0))
    assert waiting.are_for("pc/sources/beach/+")
    assert not waiting.are_for("pc/v1/sources/kiosk/report")
    assert not waiting.bring(said("pc/sources/beach/+"))


def test_once_closed_what_waits_is_left_to_the_broker_and_nobody_waits_for_more() -> None:
    waiting = SourceMessages(Trouble(lambda: 0))
    waiting.bring(said("pc/sources/beach/kiosk"))
    closing = threading.Timer(0.1, waiting.close)
    waiting.next_message(0)
    closing.start()
    assert waiting.next_message(60) is None
    closing.join()
    assert waiting.bring(said("pc/sources/beach/kiosk"))  # not acknowledged: it comes again
    assert waiting.next_message(0) is None
