# SPDX-License-Identifier: Apache-2.0
"""The token as it is carried, and the two messages of an enrolment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire_contract.codec import decode, encode
from wire_contract.errors import DecodeError
from wire_contract.messages.enrolment import VERSION, EnrolAnswer, EnrolRequest, Token

TOKEN = Token("beach", "pier-1", "A" * 32, "0" * 64)
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=32)


@given(
    names,
    names,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=32, max_size=32),
    st.text("0123456789abcdef", min_size=64, max_size=64),
)
def test_a_token_is_read_as_it_was_written(
    site: str, device: str, secret: str, fingerprint: str
) -> None:
    token = Token(site, device, secret, fingerprint)
    assert Token.parse(f" {token.text}\n") == token


@pytest.mark.parametrize(
    "text",
    [
        "",  # nothing
        TOKEN.text[:-1],  # cut short
        TOKEN.text + "0",  # too long
        TOKEN.text.replace("A", "a"),  # small letters in the secret
        TOKEN.text.replace("A", "1"),  # a digit that base32 has not
        TOKEN.text.replace("beach", "BEACH"),  # a name that is none
        TOKEN.text.replace("/", ""),  # no device
    ],
)
def test_what_is_no_token_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(DecodeError) as refused:
        Token.parse(text)
    assert not text or text not in str(refused.value)


def test_both_messages_survive_the_way_and_nothing_besides_fits() -> None:
    asked = EnrolRequest(VERSION, "A" * 32, "AAAA" * 40, "A" * 43 + "=")
    answer = EnrolAnswer(
        VERSION, "beach", "pier-1", "AAAA" * 300, "AAAA" * 200, "broker.example", 8883
    )
    assert decode(EnrolRequest, encode(asked)) == asked
    assert decode(EnrolAnswer, encode(answer)) == answer
    with pytest.raises(DecodeError):
        decode(EnrolRequest, encode(answer))
    with pytest.raises(DecodeError):
        decode(EnrolRequest, encode(asked).replace(b'"v":1', b'"v":1,"x":1'))
