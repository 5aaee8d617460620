# SPDX-License-Identifier: Apache-2.0
"""What the centre relies on of whatever keeps sites' files, held by every store behind the port.

A second store is one line in `STORES`.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fusion_service.store.site_plans import Kept, SitePlan, SitePlans
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.writer import Writer

Opening = Callable[[Path], SitePlans]


def sqlite(folder: Path) -> SitePlans:
    path = folder / "fusion.sqlite"
    Writer(path, size_mib_max=64, dead_letters_max=10).close()
    return SqliteSitePlans(path, size_mib_max=64)


STORES: tuple[Opening, ...] = (sqlite,)


@pytest.fixture(name="plans", params=STORES, ids=lambda opening: opening.__name__)
def _plans(request: pytest.FixtureRequest, tmp_path: Path) -> SitePlans:
    opened: SitePlans = request.param(tmp_path)
    return opened


def test_an_empty_store_has_no_site(plans: SitePlans) -> None:
    assert plans.plan("beach") is None
    assert plans.in_force() == []
    assert plans.versions("beach", before=9, limit=9) == []


def test_each_new_content_is_a_version_and_the_last_is_in_force(plans: SitePlans) -> None:
    assert plans.keep("beach", "one", now_ms=1) == Kept(1, is_new=True)
    assert plans.keep("beach", "zwei ü", now_ms=2) == Kept(2, is_new=True)
    assert plans.keep("pier", "other", now_ms=3) == Kept(1, is_new=True)
    assert plans.plan("beach") == SitePlan("beach", 2, "zwei ü", 2)
    assert plans.plan("beach", 1) == SitePlan("beach", 1, "one", 1)
    assert plans.plan("beach", 3) is None
    assert [(row.site, row.version, row.size) for row in plans.in_force()] == [
        ("beach", 2, 7),
        ("pier", 1, 5),
    ]
    assert [row.version for row in plans.versions("beach", before=9, limit=9)] == [2, 1]
    assert [row.version for row in plans.versions("beach", before=2, limit=9)] == [1]
    assert [row.version for row in plans.versions("beach", before=9, limit=1)] == [2]


def test_the_same_content_makes_no_version_but_one_of_before_does(plans: SitePlans) -> None:
    plans.keep("beach", "one", now_ms=1)
    assert plans.keep("beach", "one", now_ms=2) == Kept(1, is_new=False)
    plans.keep("beach", "two", now_ms=3)
    assert plans.keep("beach", "one", now_ms=4) == Kept(3, is_new=True)


def test_a_file_is_kept_only_over_the_version_that_is_expected(plans: SitePlans) -> None:
    assert plans.keep("beach", "one", now_ms=1, expected=1) is None
    assert plans.keep("beach", "one", now_ms=1, expected=0) == Kept(1, is_new=True)
    assert plans.keep("beach", "two", now_ms=2, expected=0) is None
    assert plans.keep("beach", "one", now_ms=2, expected=0) is None
    assert plans.keep("beach", "two", now_ms=2, expected=1) == Kept(2, is_new=True)


def test_of_many_who_knew_one_version_one_changes_it(plans: SitePlans) -> None:
    plans.keep("beach", "one", now_ms=1)
    with ThreadPoolExecutor(8) as threads:
        kept = list(
            threads.map(lambda n: plans.keep("beach", f"by {n}", now_ms=n, expected=1), range(8))
        )
    assert kept.count(Kept(2, is_new=True)) == 1
    assert kept.count(None) == 7
