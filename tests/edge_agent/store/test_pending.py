# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from pathlib import Path

import pytest

from development.fakes.messages import BOOT
from edge_agent.errors import StoreError
from edge_agent.store.pending import Pending
from edge_agent.store.pending_window import PendingWindow
from wire_contract.messages.report import ClockQuality

SIZE = 262_144


def window(
    window_id: int, *, quality: str = "synchronised", monotonic_s: float = 0.0, body: bytes = b"{}"
) -> PendingWindow:
    return PendingWindow(
        window_id, 1, BOOT, quality, monotonic_s, 1_750_000_000 + window_id, 60, body
    )


def test_the_window_closed_last_comes_first_and_survives_a_restart(tmp_path: Path) -> None:
    pending = Pending(tmp_path / "pending.db", bytes_max=SIZE)
    pending.append(window(window_id) for window_id in (900, 5, 77))
    pending.close()
    again = Pending(tmp_path / "pending.db", bytes_max=SIZE)
    assert [one.id for one in again.newest(9, boot=BOOT, undated_until_s=0.0)] == [77, 5, 900]
    again.remove(again.newest(2, boot=BOOT, undated_until_s=0.0))
    assert [one.id for one in again.walk()] == [900]


def test_a_window_added_twice_waits_once(tmp_path: Path) -> None:
    pending = Pending(tmp_path / "pending.db", bytes_max=SIZE)
    pending.append([window(1)])
    pending.append([window(1)])
    assert [one.id for one in pending.walk()] == [1]


def test_an_undated_window_of_this_boot_is_passed_over_until_it_has_waited(tmp_path: Path) -> None:
    pending = Pending(tmp_path / "pending.db", bytes_max=SIZE)
    pending.append([window(1), window(2, quality="unsynchronised", monotonic_s=50.0)])
    early = pending.newest(1, boot=BOOT, undated_until_s=49.0)
    late = pending.newest(1, boot=BOOT, undated_until_s=50.0)
    other_boot = pending.newest(1, boot="another", undated_until_s=49.0)
    assert [one.id for one in (*early, *late, *other_boot)] == [1, 2, 2]


def test_a_full_file_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    pending = Pending(tmp_path / "pending.db", bytes_max=32_768)
    kept = 0
    refused = ""
    while not refused and kept < 1000:
        try:
            pending.append([window(kept, body=b"x" * 400)])
            kept += 1
        except StoreError as error:
            refused = str(error)
    assert "pending.db" in refused
    assert "full" in refused
    assert "free space" in refused
    assert 20 < kept < 100
    assert len(list(pending.walk())) == kept
    pending.remove(pending.newest(1, boot=BOOT, undated_until_s=0.0))
    assert len(list(pending.walk())) == kept - 1


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    Pending(tmp_path / "pending.db", bytes_max=SIZE)
    assert (tmp_path / "pending.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"not a database at all" * 100])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pending.db").write_bytes(content)
    with pytest.raises(StoreError, match=r"pending\.db"):
        Pending(tmp_path / "pending.db", bytes_max=SIZE)


def test_what_was_put_in_comes_out_unaltered_whatever_kind_of_word_or_number_it_was(
    tmp_path: Path,
) -> None:
    pending = Pending(tmp_path / "pending.db", bytes_max=SIZE)
    pending.append(
        [
            replace(window(1), quality=ClockQuality.STEPPED),
            replace(window(2), start_monotonic_s=0.1 + 0.2),
        ]
    )
    assert pending.remove_altered() == ()
    pending.change("UPDATE pending SET start_s = start_s + 1 WHERE id = 2")
    assert [one.id for one in pending.remove_altered()] == [2]
    assert [one.id for one in pending.walk()] == [1]


def test_one_window_stands_for_several_in_the_place_of_the_first(tmp_path: Path) -> None:
    pending = Pending(tmp_path / "pending.db", bytes_max=SIZE)
    windows = [window(number) for number in range(1, 6)]
    pending.append(windows)
    pending.replace(windows[1:4], replace(windows[1], length_s=180, body=b"[]"))
    assert [(one.id, one.length_s) for one in pending.walk()] == [(1, 60), (2, 180), (5, 60)]
    assert pending.remove_altered() == ()
