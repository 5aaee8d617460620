# SPDX-License-Identifier: Apache-2.0
"""What the centre knows of boxes' certificates, from what a real authority hands out."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from fusion_service.identity.ca import authority, holders
from fusion_service.ingest.mqtt.box_certificates import BoxCertificates
from wire_contract.codec import encode
from wire_contract.messages.enrolment import Renewal
from wire_contract.topics import Channel, DeviceTopic

BOX, OTHER = ("beach", "pier-1"), ("beach", "pier-2")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The message by which a box is handed its certificate."""
    folder = tmp_path_factory.mktemp("authority")
    authority.make(folder / "ca", days=365, now=NOW)
    authority.Authority(folder / "ca").issue(
        holders.device(*BOX), out=folder / "box", days=5, now=NOW
    )
    return message(folder / "box" / "device.pem")


def message(path: Path) -> bytes:
    der = x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
    return encode(Renewal(1, base64.b64encode(der).decode("ascii")))


def topic(box: tuple[str, str], channel: Channel = Channel.CERTIFICATE) -> str:
    return DeviceTopic(*box, channel).text


def test_what_was_handed_out_says_until_when_it_is_good(handed: bytes) -> None:
    known = BoxCertificates()
    known.hear(topic(BOX), handed)
    assert known.ends_s() == {BOX: int(NOW.timestamp()) + 5 * 86_400}


def test_what_was_taken_back_is_known_no_more(handed: bytes) -> None:
    known = BoxCertificates()
    known.hear(topic(BOX), handed)
    known.hear(topic(BOX), b"")
    assert known.ends_s() == {}


@pytest.mark.parametrize(
    ("where", "payload"),
    [
        (topic(OTHER), None),  # another box's certificate
        (topic(BOX, Channel.ACK), None),
        ("pc/v1/fusion/state", None),
        (topic(BOX), b"{}"),
        (topic(BOX), b'{"certificate":"QUFBQUFBQUFBQUFBQUFBQQ==","v":1}'),
        (topic(BOX), b'{"config":"of a later release","v":1}'),
        (topic(BOX), b"\xff" * 9_000),
    ],
)
def test_anything_else_changes_nothing(handed: bytes, where: str, payload: bytes | None) -> None:
    known = BoxCertificates()
    known.hear(topic(BOX), handed)
    before = known.ends_s()
    known.hear(where, handed if payload is None else payload)
    assert known.ends_s() == before


def test_at_the_bound_the_one_heard_of_longest_ago_is_forgotten(tmp_path: Path) -> None:
    authority.make(tmp_path / "ca", days=365, now=NOW)
    known, messages = BoxCertificates(boxes_max=2), {}
    for number in range(3):
        box = "beach", f"pier-{number}"
        authority.Authority(tmp_path / "ca").issue(
            holders.device(*box), out=tmp_path / box[1], days=5, now=NOW
        )
        messages[box] = message(tmp_path / box[1] / "device.pem")
    first, second, third = messages
    for box in (first, second, first, third):
        known.hear(topic(box), messages[box])
    assert set(known.ends_s()) == {first, third}
