# SPDX-License-Identifier: Apache-2.0
"""A right to enrol: good once, for a while, and kept as a hash."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fusion_service.errors import IdentityError
from fusion_service.identity.tokens import TOKENS, Tokens

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def made(tokens: Tokens, *, test_site: bool = False) -> str:
    return tokens.make("beach", "pier-1", test_site=test_site, good_for=DAY, now=NOW)


def test_a_token_is_redeemed_once(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    secret = made(tokens, test_site=True)
    entry = tokens.redeem(secret, now=NOW)
    assert (entry.site, entry.device, entry.test_site) == ("beach", "pier-1", True)
    with pytest.raises(IdentityError, match="used before"):
        Tokens(tmp_path).redeem(secret, now=NOW)


def test_a_token_ends(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    first, second = made(tokens), made(tokens)
    assert tokens.redeem(first, now=NOW + DAY - timedelta(seconds=1)).device == "pier-1"
    with pytest.raises(IdentityError, match="its time is over"):
        tokens.redeem(second, now=NOW + DAY)


def test_a_guess_is_unknown(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    made(tokens)
    with pytest.raises(IdentityError, match="unknown here"):
        tokens.redeem("A" * 32, now=NOW)


def test_the_file_holds_no_secret_and_is_its_owners(tmp_path: Path) -> None:
    secret = made(Tokens(tmp_path))
    assert secret not in (tmp_path / TOKENS).read_text()
    assert (tmp_path / TOKENS).stat().st_mode & 0o777 == 0o600


def test_of_many_who_come_with_one_token_one_gets_in(tmp_path: Path) -> None:
    secret = made(Tokens(tmp_path))

    def attempt(_: int) -> bool:
        try:
            Tokens(tmp_path).redeem(secret, now=NOW)
        except IdentityError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(24))) == 1


@pytest.mark.parametrize("line", ["{", '{"event": "made"}', '{"event": "lent"}'])
def test_a_file_that_is_none_stops_everything(tmp_path: Path, line: str) -> None:
    secret = made(Tokens(tmp_path))
    with (tmp_path / TOKENS).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(IdentityError, match=f"{TOKENS}:2"):
        Tokens(tmp_path).redeem(secret, now=NOW)
