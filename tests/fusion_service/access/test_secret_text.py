# SPDX-License-Identifier: Apache-2.0
"""A log-in of nobody is compared as anybody's is, and with nothing that a password could be."""

from argon2 import extract_parameters

from fusion_service.access.secret_text import hash_password, is_password, nobodys_password


def test_nobodys_password_takes_the_same_work_and_lets_nobody_in() -> None:
    kept = hash_password("correct horse battery")
    assert extract_parameters(nobodys_password()) == extract_parameters(kept)
    assert len(nobodys_password()) == len(kept)
    assert nobodys_password() == nobodys_password()
    assert is_password("correct horse battery", kept)
    assert not is_password("correct horse battery", None)
    assert not is_password("", None)
