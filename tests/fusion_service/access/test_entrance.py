# SPDX-License-Identifier: Apache-2.0
"""Guessing: it slows down, by account and by address, and is written down."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from fusion_service.access.entrance import Clocks, Entrance, Given, Granted, Refused, Why
from fusion_service.access.making import By, Shown, Wanted, add_person
from fusion_service.access.one_time_code import STEP_S, code_at
from fusion_service.access.secret_text import hash_of
from fusion_service.store.access import Credentials
from fusion_service.store.sqlite.access.keeper import AccessFile

PASSWORD = "a long password"  # noqa: S105 - of somebody in a test
START_MS = 1_800_000_000_000
LITTLE_WORK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""What is kept of a password says how much work it takes; here a hundred are compared."""


@dataclass
class Gate:
    """An entrance whose clock is turned by hand."""

    keeper: AccessFile
    folder: Path
    shown: Shown
    now_s: float = 0.0

    def __post_init__(self) -> None:
        clocks = Clocks(lambda: START_MS + int(self.now_s * 1000), lambda: self.now_s)
        self.entrance = Entrance(self.keeper, clocks, self.folder)

    def code(self) -> str:
        assert self.shown.totp is not None
        return code_at(self.shown.totp, (START_MS // 1000 + int(self.now_s)) // STEP_S)

    def guess(self, *, login: str = "duty", peer: str = "10.0.0.1") -> Granted | Refused:
        return self.entrance.log_in(Given(login, "guess", "000000", peer))

    def come(self, peer: str) -> Granted | Refused:
        return self.entrance.log_in(Given("duty", PASSWORD, self.code(), peer))


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with AccessFile(tmp_path / "fusion.sqlite", size_mib_max=64) as keeper:
        wanted = Wanted("duty", "officer", "police")
        shown = add_person(keeper, wanted, PASSWORD, By("root", START_MS))
        recovery = tuple(map(hash_of, shown.recovery))
        kept = Credentials(LITTLE_WORK.hash(PASSWORD), shown.totp, recovery)
        keeper.give_credentials(shown.person_id, kept)
        yield Gate(keeper, tmp_path, shown)


def waits(found: Granted | Refused) -> float:
    assert isinstance(found, Refused)
    return found.wait_s


def test_each_guess_past_a_few_doubles_the_wait_of_the_account_from_whatever_address(
    gate: Gate,
) -> None:
    for number in range(5):
        assert waits(gate.guess(peer=f"10.0.0.{number}")) == 0.0
    waited = []
    for number in range(8):
        gate.guess(peer=f"10.0.1.{number}")
        waited.append(waits(gate.guess(peer="10.0.2.1")))
        gate.now_s += waited[-1]
    assert waited == [1, 2, 4, 8, 16, 32, 60, 60]
    gate.guess(peer="10.0.3.1")
    found = gate.come("10.0.4.1")  # its owner waits too, and gets in after
    assert waits(found) == 60.0
    gate.now_s += 60
    assert isinstance(gate.come("10.0.4.1"), Granted)
    assert gate.guess(peer="10.0.4.2") == Refused(Why.WRONG)  # forgiven


def test_an_address_that_tries_many_accounts_waits_and_others_do_not(gate: Gate) -> None:
    for number in range(6):
        assert gate.guess(login=f"somebody-{number}") == Refused(Why.WRONG)
    assert waits(gate.guess(login="another")) == 1.0
    assert isinstance(gate.come("10.0.0.2"), Granted)


def test_guesses_are_written_down_strangers_apart_from_accounts(gate: Gate) -> None:
    gate.guess()
    gate.guess(login="nobody-here", peer="10.9.9.9")
    for _ in range(20):
        gate.guess(peer="10.0.0.3")
    lines = (gate.folder / "security-refused.log").read_text().splitlines()
    assert 2 < len(lines) < 10  # a flood writes no more than it is listened to
    assert "10.9.9.9" in lines[1]
    assert not any("nobody-here" in line or "guess" in line for line in lines)
    entries = gate.keeper.entries(before_id=2**53, limit=100)
    refused = [one for one in entries if one.outcome == "refused"]
    assert {one.actor for one in refused} == {gate.shown.person_id}
    assert {one.retention for one in refused} == {"alarm"}
    assert {text.content for one in refused for text in one.texts} == {"10.0.0.1", "10.0.0.3"}


def test_a_wrong_part_is_refused_as_any_other(gate: Gate) -> None:
    tries = [
        ("duty", PASSWORD, "000000"),
        ("duty", "wrong password", gate.code()),
        ("nobody", PASSWORD, gate.code()),
        ("", "", ""),
        ("duty", PASSWORD + "x" * 300, gate.code()),
    ]
    for number, (login, password, code) in enumerate(tries):
        found = gate.entrance.log_in(Given(login, password, code, f"10.0.5.{number}"))
        assert found == Refused(Why.WRONG), (login, code)


def test_a_guessed_key_waits_and_a_right_one_never(gate: Gate) -> None:
    refused = [gate.entrance.by_key(f"pck_{number}", "10.0.0.9") for number in range(7)]
    assert refused[:6] == [Refused(Why.WRONG)] * 6
    assert refused[6] == Refused(Why.WAIT, 1.0)


def test_sessions_of_one_person_are_bounded(gate: Gate) -> None:
    secrets = []
    for _ in range(22):
        gate.now_s += STEP_S
        found = gate.come("10.0.0.1")
        assert isinstance(found, Granted)
        secrets.append(found.secret)
    known = [gate.entrance.by_session(secret) is not None for secret in secrets]
    assert known == [False, False, *[True] * 20]


def test_a_duty_outlives_twelve_hours_of_use_and_not_two_of_none(gate: Gate) -> None:
    found = gate.come("10.0.0.1")
    assert isinstance(found, Granted)
    for _ in range(12):
        gate.now_s += 3600
        assert gate.entrance.by_session(found.secret) is not None
    gate.now_s += 3601
    assert gate.entrance.by_session(found.secret) is None
    again = gate.come("10.0.0.1")
    assert isinstance(again, Granted)
    gate.now_s += 7201
    assert gate.entrance.by_session(again.secret) is None
    gate.now_s -= 7201
    assert gate.entrance.by_session(again.secret) is None  # over for good
