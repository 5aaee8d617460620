# SPDX-License-Identifier: Apache-2.0
"""What a demonstration says of its page, and for how long it leaves it up."""

import re
from pathlib import Path

import pytest

from development.demo.page import LOGIN, ROLE, address, stay
from development.testbed.guests import let_in, screen_key

URL = "http://127.0.0.1:31999"


def test_the_address_and_a_log_in_that_the_centre_made_fit_a_terminal(tmp_path: Path) -> None:
    config = tmp_path / "fusion.toml"
    config.write_text('[store]\npath = "fusion.sqlite"\n')
    guest = let_in(config, LOGIN, ROLE, language="en")
    told = address(URL, guest)
    assert f"{URL}/ " in told
    assert guest.password in told
    assert len(guest.codes) == 8
    assert all(told.count(code) == 1 for code in guest.codes[:4])
    assert max(map(len, told.splitlines())) <= 100
    assert re.fullmatch(r"pck_\S+", screen_key(config, "wall"))


def test_without_a_terminal_the_page_goes_unless_it_is_asked_to_stay(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stay("where", asked=False)
    assert capsys.readouterr().out == "The page is gone with its centre; --stay keeps both.\n"
