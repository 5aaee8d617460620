# SPDX-License-Identifier: Apache-2.0
"""Bytes that the kernel counts, and messages that explain them or do not."""

from pathlib import Path

from privacy_audit.finding import Verdict
from privacy_audit.release import sent_bytes
from privacy_audit.release.byte_accounting import TcpConnection, UserTraffic
from privacy_audit.target.box import DeliveredMessage
from tests.privacy_audit.bare_box import bare_box


def sent(
    *, connection_bytes: int, user_bytes: int, packets: int, explained: int, port: int = 8883
) -> sent_bytes.Sent:
    connection = TcpConnection((b"here", 40_000), (b"there", port), 2, 65_103, connection_bytes, 0)
    return sent_bytes.Sent(
        (connection,), UserTraffic(packets, user_bytes + 52 * packets), explained, 5
    )


def test_bytes_that_no_message_explains_fall(tmp_path: Path) -> None:
    box = bare_box(tmp_path, "broker.port=8883")
    fine = sent(connection_bytes=9_000, user_bytes=9_000, packets=50, explained=7_000)
    more = sent(connection_bytes=19_000, user_bytes=19_000, packets=50, explained=7_000)
    away = sent(connection_bytes=9_000, user_bytes=9_000, packets=50, explained=7_000, port=443)
    assert sent_bytes.bytes_of_connection(box, fine).verdict is Verdict.PROVEN
    assert sent_bytes.bytes_of_connection(box, more).verdict is Verdict.FELL
    assert sent_bytes.bytes_of_connection(box, away).verdict is Verdict.FELL


def test_bytes_beside_the_connection_fall() -> None:
    before = sent(connection_bytes=1_000, user_bytes=1_000, packets=10, explained=1_000)
    after = sent(connection_bytes=3_000, user_bytes=3_000, packets=30, explained=3_000)
    beside = sent(connection_bytes=3_000, user_bytes=6_000, packets=40, explained=3_000)
    assert sent_bytes.bytes_of_user(before, after, "").verdict is Verdict.PROVEN
    assert sent_bytes.bytes_of_user(before, beside, "").verdict is Verdict.FELL
    nothing = sent_bytes.bytes_of_user(before, before, "")
    assert (nothing.verdict, nothing.timed) == (Verdict.UNPROVEN, True), (
        "where nothing was sent nothing was shown"
    )


def test_what_a_message_costs_on_the_wire_is_counted_once_a_message() -> None:
    messages = [
        DeliveredMessage("pc/v1/a/b/report", bytes(500), 1, retained=False, received_s=1.0)
    ] * 3
    more = [
        *messages,
        DeliveredMessage("pc/v1/a/b/ack", bytes(200), 1, retained=False, received_s=1.0),
    ]
    few, many = (
        sent_bytes.explained_bytes(one, "pc/v1/a/b/", seconds=10.0) for one in (messages, more)
    )
    assert few[1] == many[1] == 3
    assert 3 * (16 + 500) < few[0] < 3 * (16 + 500 + 60) + 60
    assert many[0] - few[0] < 40
