# SPDX-License-Identifier: Apache-2.0
"""TOTP by the vectors of its RFC."""

import pytest

from fusion_service.access.one_time_code import STEP_S, code_at, enrolment_address, matching_step

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("time_s", "code"),  # RFC 6238, appendix B, SHA-1
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_vectors_of_the_rfc(time_s: int, code: str) -> None:
    assert code_at(SECRET, time_s // STEP_S, digits=8) == code
    assert code_at(SECRET, time_s // STEP_S) == code[2:]


def test_half_a_minute_off_counts_and_more_does_not() -> None:
    now_s = 1_800_000_000
    step = now_s // STEP_S
    counted = [
        matching_step(SECRET, code_at(SECRET, step + off), now_s=now_s, after_step=0)
        for off in (-2, -1, 0, 1, 2)
    ]
    assert counted == [None, step - 1, step, step + 1, None]


def test_a_code_of_a_step_that_was_used_counts_no_more() -> None:
    now_s = 1_800_000_000
    step = now_s // STEP_S
    for off in (-1, 0):
        code = code_at(SECRET, step + off)
        assert matching_step(SECRET, code, now_s=now_s, after_step=step) is None
    assert matching_step(SECRET, "", now_s=now_s, after_step=0) is None
    assert matching_step(SECRET, "é" * 6, now_s=now_s, after_step=0) is None


def test_an_app_reads_the_address() -> None:
    assert enrolment_address(SECRET, login="duty 1", issuer="people-count") == (
        "otpauth://totp/people-count:duty%201?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=people-count"
    )
