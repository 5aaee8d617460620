# SPDX-License-Identifier: Apache-2.0
"""What a centre makes of the word of another one."""

from collections import deque

import pytest

from fusion_service.ingest.mqtt.other_centres import ANSWER_AGAIN_MS, OTHERS_MAX, OtherCentres
from wire_contract.codec import encode
from wire_contract.messages.state import Link, State

OWN, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def word(boot: str, link: Link) -> bytes:
    return encode(State(1, boot, link))


@pytest.mark.parametrize("boot", [OWN, OTHER])
@pytest.mark.parametrize("retained", [True, False])
def test_an_offline_of_anybody_is_answered_at_once(boot: str, *, retained: bool) -> None:
    centres = OtherCentres(OWN)
    assert centres.hear(word(boot, Link.OFFLINE), retained=retained, now_ms=0)
    assert centres.hear(word(boot, Link.OFFLINE), retained=retained, now_ms=1)
    assert centres.alive == ()


def test_the_own_word_is_no_other_centre() -> None:
    centres = OtherCentres(OWN)
    assert not centres.hear(word(OWN, Link.ONLINE), retained=False, now_ms=0)
    assert centres.alive == ()


def test_what_was_retained_shows_nobody_alive_and_is_replaced() -> None:
    centres = OtherCentres(OWN)
    assert centres.hear(word(OTHER, Link.ONLINE), retained=True, now_ms=0)
    assert centres.alive == ()


def test_another_centre_is_named_until_it_goes() -> None:
    centres = OtherCentres(OWN)
    centres.hear(word(OTHER, Link.ONLINE), retained=False, now_ms=0)
    assert centres.alive == (OTHER,)
    assert centres.hear(word(OTHER, Link.OFFLINE), retained=False, now_ms=1)
    assert centres.alive == ()


def test_what_cannot_be_read_is_answered_but_not_without_end() -> None:
    centres = OtherCentres(OWN)
    answered = [
        centres.hear(b"{", retained=False, now_ms=now_ms)
        for now_ms in range(0, ANSWER_AGAIN_MS, 100)
    ]
    assert answered == [True] + [False] * (len(answered) - 1)


def test_only_so_many_are_told_apart() -> None:
    centres = OtherCentres(OWN)
    for number in range(3 * OTHERS_MAX):
        centres.hear(
            word(f"22222222-2222-4222-8222-{number:012d}", Link.ONLINE),
            retained=False,
            now_ms=number,
        )
    assert len(centres.alive) == OTHERS_MAX


@pytest.mark.parametrize("number", [2, 3, 5])
@pytest.mark.parametrize("delay_ms", [1, 400, 3_000])
def test_centres_that_come_at_once_all_notice_one_another_and_fall_silent(
    number: int, delay_ms: int
) -> None:
    boots = [f"22222222-2222-4222-8222-{place:012d}" for place in range(number)]
    centres = {boot: OtherCentres(boot) for boot in boots}
    on_the_way, said = deque((0, boot) for boot in boots), 0
    while on_the_way and said < 1_000:
        now_ms, speaker = on_the_way.popleft()
        said += 1
        for boot in boots:
            if boot != speaker and centres[boot].hear(
                word(speaker, Link.ONLINE), retained=False, now_ms=now_ms + delay_ms
            ):
                on_the_way.append((now_ms + delay_ms, boot))
    assert all(len(centre.alive) == number - 1 for centre in centres.values())
    assert said <= 4 * number
