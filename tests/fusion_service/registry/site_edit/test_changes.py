# SPDX-License-Identifier: Apache-2.0
"""What differs between two versions, and whose history that ends."""

import copy
import tomllib
from typing import Any

from fusion_service.registry.site_edit.changes import (
    Became,
    Change,
    Ended,
    KeyChange,
    changes_between,
    histories_ended,
)
from fusion_service.registry.site_edit.drawing import Renames
from tests.fusion_service.registry.site_file.whole import WHOLE

BEFORE = tomllib.loads(WHOLE)
RENAMES = Renames({"zones": {"planks": "deck"}}, {"zones": {"deck": "planks"}})


def after() -> dict[str, Any]:
    return copy.deepcopy(BEFORE)


def test_the_same_twice_differs_in_nothing() -> None:
    assert changes_between(BEFORE, after()) == ()
    assert histories_ended(BEFORE, after(), Renames()) == ()
    assert histories_ended(None, after(), Renames()) == ()


def test_each_kind_of_change_is_told_by_its_name() -> None:
    now = after()
    now["name"] = "Pier"
    now["zones"][0] |= {"id": "planks", "capacity": 2000}
    del now["zones"][1]
    now["links"].append({"id": "new", "to": "planks"})
    now["emergency_routes"][0]["path"] = [[4.2800, 52.1172], [4.2790, 52.1172]]
    now["measures"].pop()
    assert changes_between(BEFORE, now, RENAMES) == (
        Change("site", "", Became.CHANGED, (KeyChange("name", "The pier", "Pier"),)),
        Change("zones", "planks", Became.RENAMED, (KeyChange("capacity", 3000, 2000),), "deck"),
        Change("zones", "head", Became.REMOVED),
        Change("links", "new", Became.ADDED),
        Change("emergency_routes", "lane", Became.CHANGED, (KeyChange("path", 137.0, 68.5),)),
        Change("measures", "", Became.CHANGED, (KeyChange("number", 3, 2),)),
    )


def test_a_zone_that_is_renamed_or_goes_ends_a_history_and_says_who_counts_there() -> None:
    now = after()
    now["zones"][0]["id"] = "planks"
    del now["zones"][1]
    now["links"] = []
    assert histories_ended(BEFORE, now, RENAMES) == (
        Ended("zones", "deck", "planks", ("box-1",)),
        Ended("zones", "head", "", ()),
        Ended("links", "deck-head", "", ("box-1",)),
        Ended("links", "way-in", "", ("box-2",)),
    )


def test_tables_of_any_content_can_be_compared() -> None:
    odd = [
        {"id": [], "polygon": [[1], "x", [True, 2]]},
        {"path": [["a", "b"]]},
        {"path": [[1e9, 2]]},
    ]
    found = changes_between(BEFORE, {"zones": odd, "links": odd})
    assert {one.became for one in found} >= {Became.ADDED, Became.REMOVED}
