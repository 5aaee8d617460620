# SPDX-License-Identifier: Apache-2.0
"""What the centre relies on of whatever keeps signed audits, held by every store behind the port.

A second store is one line in `STORES`.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service.store.audit.port import AuditRow, Audits, Refused, Sent
from fusion_service.store.port import Store
from fusion_service.store.sqlite.audit.keeper import SqliteAudits
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.audits.kept_box import KeptBox

Opening = Callable[[Path], tuple[Store, Audits]]


def sqlite(folder: Path) -> tuple[Store, Audits]:
    path = folder / "fusion.sqlite"
    return Writer(path, size_mib_max=64, dead_letters_max=10), SqliteAudits(path, size_mib_max=64)


STORES: tuple[Opening, ...] = (sqlite,)
ROW = AuditRow("beach", "pier-1", 1_000, 2_000, "fg", "person-1", b"signed")


@pytest.fixture(name="opened", params=STORES, ids=lambda opening: opening.__name__)
def _opened(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Store, Audits]:
    store, audits = request.param(tmp_path)
    for number, device in enumerate(("pier-1", "pier-2")):
        store.add_device("beach", device, bytes([number]) * 32, test_site=False, added_ms=1)
    return store, audits


def test_a_box_without_an_audit_has_none(opened: tuple[Store, Audits]) -> None:
    _, audits = opened
    assert audits.newest("beach", "pier-1") is None
    assert audits.newest("beach", "pier-9") is None
    assert audits.of_site("beach") == []
    assert audits.sent("beach", "pier-9") == Sent(0, 0, 0, ())


def test_the_newest_is_the_one_and_an_older_is_not_kept(opened: tuple[Store, Audits]) -> None:
    _, audits = opened
    assert audits.keep(ROW)
    assert not audits.keep(ROW)
    assert not audits.keep(replace(ROW, began_ms=999))
    newer, other = replace(ROW, began_ms=1_001, content=b"2"), replace(ROW, device="pier-2")
    assert audits.keep(newer)
    assert audits.keep(other)
    assert not audits.keep(replace(ROW, device="pier-9"))
    assert audits.newest("beach", "pier-1") == newer
    assert audits.of_site("beach") == [newer, other]
    assert audits.of_site("harbour") == []


def test_of_many_at_once_one_is_kept(opened: tuple[Store, Audits]) -> None:
    _, audits = opened
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(audits.keep, [ROW] * 8)) == [False] * 7 + [True]


def test_a_box_that_is_called_something_else_keeps_its_audit(
    opened: tuple[Store, Audits],
) -> None:
    store, audits = opened
    audits.keep(ROW)
    with store.transaction() as transaction:
        transaction.devices.rename(("beach", "pier-1"), ("beach", "quay-1"), 5_000)
    assert audits.newest("beach", "quay-1") == replace(ROW, device="quay-1")
    assert audits.newest("beach", "pier-1") is None


def test_what_a_box_sent_is_counted_by_kind(tmp_path: Path) -> None:
    box = KeptBox(tmp_path / "fusion.sqlite")
    box.speak()
    found = box.audits.sent("beach", "pier-1")
    assert (found.reports, found.others, found.checkpoints) == (2, 1, 0)
    assert found.refused == (Refused("report", authentic=False, times=1),)
