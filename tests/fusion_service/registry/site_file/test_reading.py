# SPDX-License-Identifier: Apache-2.0
"""What a site's file comes to, and what is filled in where it says nothing."""

import time
import tomllib
from math import cos, pi, sin
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_service.errors import SiteError
from fusion_service.registry.site import Counter, Level, TrustClass
from fusion_service.registry.site_file.reading import examine, read_site
from fusion_service.registry.site_file.tables import SiteTable
from fusion_service.registry.site_file.writing import written
from fusion_service.registry.site_file.zone_rules import zone_mistakes
from tests.fusion_service.registry.site_file.whole import WHOLE

ROOT = Path(__file__).parents[4]
SMALLEST = b"""\
id = "pier"

[[zones]]
id = "deck"
polygon = [[4.2790, 52.1170], [4.2800, 52.1170], [4.2800, 52.1175], [4.2790, 52.1175]]

[[devices]]
id = "box-1"
counters = [{ zone = "ground", at_zone = "deck" }]
"""


def test_the_smallest_site_has_all_that_others_need() -> None:
    site = read_site(SMALLEST)
    (zone,) = site.zones
    assert (site.name, site.time_zone, zone.name) == ("pier", "Europe/Amsterdam", "deck")
    assert zone.usable_m2 == pytest.approx(3811, abs=1)
    assert zone.capacity == round(zone.usable_m2 * 3.57)
    assert [(one.level, one.people, one.density) for one in zone.thresholds] == [
        (Level.YELLOW, None, 1.08),
        (Level.ORANGE, None, 2.0),
        (Level.RED, None, 3.57),
    ]
    (placement,) = site.placements
    assert placement.trust is TrustClass.BOX
    assert placement.counters == (Counter(None, "ground", "deck", None, None, None),)


def test_a_zone_that_holds_few_is_red_when_it_is_full() -> None:
    text = SMALLEST.decode().replace('id = "deck"', 'id = "deck"\ncapacity = 2000')
    (zone,) = read_site(text.encode()).zones
    people = [round(one.density * zone.usable_m2, -1) for one in zone.thresholds if one.density]
    assert people == [1000, 1500, 2000]


def test_the_whole_site_is_read_as_it_stands() -> None:
    site = read_site(WHOLE.encode())
    deck_head, way_in = site.links
    assert (deck_head.length_m, deck_head.width_m) == (14.0, 8.0)
    assert (way_in.from_zone, way_in.to_zone, way_in.length_m) == (None, "deck", 10.0)
    assert site.zone("deck").thresholds[0].people == 1000
    assert [one.zones for one in site.measures] == [("deck",), (), ()]


def test_a_link_that_is_not_drawn_goes_from_middle_to_middle() -> None:
    text = WHOLE.replace("path = [[4.2791, 52.1172], [4.2789, 52.1172]]\nlength_m = 14.0\n", "")
    link = read_site(text.encode()).links[0]
    assert len(link.path) == 2
    assert link.length_m == pytest.approx(68.5, abs=0.5)


def test_a_site_may_lie_anywhere_until_it_says_its_time_zone() -> None:
    far = SMALLEST.decode().replace("[4.2", "[174.2").replace(" 52.1", " -36.8")
    assert len(read_site(far.encode()).zones) == 1
    with pytest.raises(SiteError, match="in Europe, as time_zone says"):
        read_site(b'time_zone = "Europe/Amsterdam"\n' + far.encode())
    auckland = b'time_zone = "Pacific/Auckland"\n' + far.encode()
    assert read_site(auckland).time_zone == "Pacific/Auckland"
    turned = SMALLEST.decode().replace("[4.2790, 52.1170]", "[52.1170, 4.2790]")
    with pytest.raises(SiteError, match="longitude stands first"):
        read_site(turned.encode())


def test_rings_that_are_too_intricate_are_told_and_not_looked_at_for_hours() -> None:
    def star(name: str, east: float) -> dict[str, object]:
        corners = [
            (4.28 + east + 0.001 * size * cos(turn), 52.11 + 0.0006 * size * sin(turn))
            for number in range(100)
            for turn, size in [(number * pi / 50, 1 + number % 2)]
        ]
        return {"id": name, "polygon": corners}

    stars = [star(f"s{number}", number * 1e-4) for number in range(3)]
    table = SiteTable.model_validate({"id": "x", "zones": stars})
    overlapping = list(zone_mistakes(table, []))
    assert [one.place for one in overlapping] == [("zones", n, "polygon") for n in (1, 2, 2)]
    *_, last = zone_mistakes(table, [], pairs_max=1_000)
    assert "simplify the rings" in last.remedy


def test_a_ring_may_be_closed() -> None:
    ring = "[4.2790, 52.1175]]\nusable"
    closed = WHOLE.replace(ring, "[4.2790, 52.1175], [4.2790, 52.1170]]\nusable")
    assert closed != WHOLE
    assert read_site(closed.encode()).zones == read_site(WHOLE.encode()).zones


def test_a_source_of_others_is_placed_and_never_a_box() -> None:
    source = """
[[sources]]
id = "steward-1"
kind = "person"
technology = "person"
provenance = "The stewards of the pier."
licence = "for this site alone"
counters = [{ zone = "x", at_zone = "head" }]
"""
    placed = read_site((WHOLE + source).encode()).placements[-1]
    assert (placed.device, placed.trust is TrustClass.BOX) == ("steward-1", False)
    lying = source.replace('"steward-1"', '"steward-1"\ntrust = "box"')
    with pytest.raises(SiteError, match=r"sources\[0\].trust"):
        read_site((WHOLE + lying).encode())


def test_several_devices_may_see_one_zone() -> None:
    more = "".join(
        f'\n[[devices]]\nid = "more-{number}"\n'
        'counters = [{ zone = "g", at_zone = "deck", share = 0.9 }]\n'
        for number in range(3)
    )
    assert len(read_site((WHOLE + more).encode()).placements) == 6


@pytest.mark.parametrize("name", ["whole", "shipped"])
def test_what_is_written_is_read_again(name: str) -> None:
    path = ROOT / "firmware_configs" / "sites" / "scheveningen.toml"
    text = WHOLE if name == "whole" else path.read_text("utf-8")
    again = written(tomllib.loads(text))
    assert tomllib.loads(again) == tomllib.loads(text)
    assert read_site(again.encode()) == read_site(text.encode())
    assert max(map(len, again.splitlines())) <= 120


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8),
        st.recursive(
            st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12)
            | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=5,
    )
)  # fmt: skip
def test_any_tree_is_written_as_toml_and_told_about(tree: dict[str, object]) -> None:
    text = written(tree)
    assert tomllib.loads(text) == tree
    assert examine(text.encode()).mistakes


def test_a_thousand_zones_are_read_in_seconds() -> None:
    zones = [
        f'[[zones]]\nid = "z{number}"\npolygon = [[{x:.5f}, {y:.5f}], [{x + 0.0008:.5f}, {y:.5f}], '
        f"[{x + 0.0008:.5f}, {y + 0.0004:.5f}], [{x:.5f}, {y + 0.0004:.5f}]]\n"
        for number in range(1_000)
        for x, y in [(4.2 + 0.001 * (number % 40), 52.1 + 0.0005 * (number // 40))]
    ]
    began = time.process_time()
    assert len(read_site(('id = "large"\n' + "".join(zones)).encode()).zones) == 1_000
    assert time.process_time() - began < 10
