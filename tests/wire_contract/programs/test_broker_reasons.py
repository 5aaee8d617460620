# SPDX-License-Identifier: Apache-2.0
"""What is said of a broker's refusals."""

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from wire_contract.programs.broker_reasons import comes_again, in_words


def reasons() -> list[str]:
    """Return every refusal that the client library may report of a connection, by its name."""
    found = set()
    for number in range(128, 163):
        for packet in (
            PacketTypes.CONNACK,
            PacketTypes.PUBACK,
            PacketTypes.DISCONNECT,
            PacketTypes.SUBACK,
        ):
            try:
                found.add(str(ReasonCode(packet, identifier=number)))  # type: ignore[no-untyped-call]  # paho types most, not this
            except (AssertionError, KeyError, ValueError):
                continue
    return sorted(found)


@pytest.mark.parametrize("reason", reasons())
def test_every_refusal_is_a_sentence_without_the_bare_library_word_for_a_lost_connection(
    reason: str,
) -> None:
    words = in_words(reason, client_id="beach.pier-1")
    assert "Unspecified" not in words
    assert "{" not in words
    assert len(words) > len(reason)


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("Unspecified error", "see that it runs"),  # the connection broke
        (
            "Session taken over",
            "another client came with the same client id (fusion)",
        ),  # a second one of the name
        ("Packet too large", "raise max_packet_size"),  # a broker for small things
        ("Quota exceeded", "max_queued_messages"),  # full
        ("Not authorized", "access list"),  # the acl
        ("Bad user name or password", "password file"),  # the password
        ("Server shutting down", "start it again"),  # planned
    ],
)
def test_what_people_meet_has_its_remedy(reason: str, remedy: str) -> None:
    assert remedy in in_words(reason, client_id="fusion")


def test_what_ends_with_a_restart_is_told_from_what_comes_again() -> None:
    assert [
        comes_again(reason)
        for reason in ("Unspecified error", "Server shutting down", "Packet too large")
    ] == [
        False,
        False,
        True,
    ]
