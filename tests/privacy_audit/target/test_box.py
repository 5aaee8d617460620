# SPDX-License-Identifier: Apache-2.0
import os
import threading
import time

from privacy_audit.target import box
from privacy_audit.target.box import BrokerCapture, DeliveredMessage, processes_of, until


def message(number: int) -> DeliveredMessage:
    return DeliveredMessage(
        f"pc/v1/beach/pier-1/{number}", b"payload", 1, retained=False, received_s=time.monotonic()
    )


def test_a_capture_keeps_everything_in_order_and_wakes_who_waits() -> None:
    capture = BrokerCapture()

    def speak() -> None:
        for number in range(3):
            capture.append_message(message(number))

    speaker = threading.Thread(target=speak)
    speaker.start()
    assert capture.wait_for(lambda messages: len(messages) == 3, within_s=5)
    speaker.join()
    assert [each.topic[-1] for each in capture.messages()] == ["0", "1", "2"]
    assert not capture.wait_for(lambda messages: len(messages) > 3, within_s=0.05)


def test_a_capture_that_is_full_says_so_and_keeps_what_it_has() -> None:
    capture = BrokerCapture()
    first = message(0)
    for _ in range(box.MESSAGES_MAX):
        capture.append_message(first)
    assert not capture.overflowed
    capture.append_message(message(1))
    assert capture.overflowed
    assert len(capture.messages()) == box.MESSAGES_MAX


def test_what_never_holds_is_waited_for_no_longer_than_said() -> None:
    began_s = time.monotonic()
    assert not until(lambda: False, within_s=0.1, every_s=0.01)
    assert 0.1 <= time.monotonic() - began_s < 5
    assert until(lambda: True, within_s=0)


def test_a_process_without_a_boxs_children_has_none() -> None:
    assert processes_of(os.getpid()) == {}
