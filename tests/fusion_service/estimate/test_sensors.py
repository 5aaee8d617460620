# SPDX-License-Identifier: Apache-2.0
"""Who counts on a site and where each of them looks."""

from fusion_service.estimate.sensors import is_direct, neighbours_of, sensors_of, zones_of
from tests.fusion_service.estimate.sites import direct, line, site_of

SITE = site_of(
    ("a", "b", "c"),
    (direct("d", "a"), line("l", "ab")),
    (("ab", "a", "b"), ("out", "c", None)),
)


def test_sensors_are_named_by_device_and_line_or_zone() -> None:
    assert [one.id for one in sensors_of(SITE)] == ["d/zone/a", "l/line/a"]
    assert [is_direct(one) for one in sensors_of(SITE)] == [True, False]


def test_a_line_at_a_link_looks_at_both_ends() -> None:
    assert [zones_of(one, SITE.links) for one in sensors_of(SITE)] == [("a",), ("a", "b")]


def test_neighbours_are_where_links_lead() -> None:
    assert neighbours_of(SITE) == {"a": {"b"}, "b": {"a"}, "c": frozenset()}
