# SPDX-License-Identifier: Apache-2.0
"""Keys that are a box's own, and such that are not."""

import hashlib
import secrets

from privacy_audit.outside.own_keys import Made, faults


def made(
    how: str, *, signing: bytes | None = None, noise: bytes | None = None, public: bytes = b""
) -> Made:
    keys = {
        "signing key": signing or secrets.token_bytes(32),
        "noise key": noise or secrets.token_bytes(32),
    }
    return Made(how, keys, {"the public half": public or secrets.token_bytes(32)})


def test_keys_drawn_by_chance_are_their_own() -> None:
    assert faults([made(str(number)) for number in range(12)]) == []


def test_one_key_for_two_boxes_is_named() -> None:
    same = secrets.token_bytes(32)
    assert faults([made("one", noise=same), made("two", noise=same)]) == [
        "one noise key for two boxes: one; two"
    ]


def test_keys_that_differ_in_few_bits_only_are_named() -> None:
    same = secrets.token_bytes(24)
    [fault] = faults(
        [
            made("one", noise=same + secrets.token_bytes(8)),
            made("two", noise=same + secrets.token_bytes(8)),
        ]
    )
    assert "differ in too few bits" in fault


def test_a_key_that_follows_from_what_others_know_is_named() -> None:
    public = secrets.token_bytes(32)
    assert faults([made("one", noise=hashlib.sha256(public).digest(), public=public)]) == [
        "the noise key of one follows from the public half"
    ]


def test_a_key_with_a_pattern_is_named() -> None:
    assert any("not drawn by chance" in fault for fault in faults([made("one", noise=b"ab" * 16)]))
