# SPDX-License-Identifier: Apache-2.0
"""Planted mistakes: each is named with its line, its key, what was found, wanted and to be done."""

from dataclasses import dataclass

import pytest

from fusion_service.registry.site_file.mistakes import Mistake
from fusion_service.registry.site_file.reading import examine
from tests.fusion_service.registry.site_file.whole import WHOLE


@dataclass(frozen=True)
class Planted:
    """A text of WHOLE and what takes its place; then what is to be said of it."""

    before: str
    after: str
    key: str
    got: str
    wanted: str
    remedy: str


PLANTED = {
    "a word for a number": Planted(
        "usable_m2 = 3000", 'usable_m2 = "3000,5"', "zones[0].usable_m2", "'3000,5'",
        "square metres", "write it as a number, with a point and without quotes: 3000.5",
    ),
    "an unknown key": Planted(
        "capacity = 3000", "capacty = 3000", "zones[0].capacty", "unknown key", "capacity",
        "write capacity",
    ),
    "no polygon": Planted(
        "polygon = [[4.2780, 52.1170], [4.2790, 52.1170], [4.2790, 52.1175], [4.2780, 52.1175]]",
        "", "zones[1].polygon", "nothing", "3 to 500 corners", "write polygon = ...",
    ),
    "a name that is none": Planted(
        'id = "head"\npolygon', 'id = "Pier Head"\npolygon', "zones[1].id", "'Pier Head'",
        "1 to 32 of a-z 0-9 -", 'write "pier-head"',
    ),
    "latitude first": Planted(
        "[4.2800, 52.1175]", "[52.1175, 4.2800]", "zones[0].polygon[2]", "[52.1175, 4.28]",
        "[longitude, latitude]", "longitude stands first: write [4.28, 52.1175]",
    ),
    "metres of the Dutch grid": Planted(
        "position = [4.2795, 52.1172]", "position = [79128, 459354]", "devices[0].position",
        "[79128, 459354]", "in degrees", "metres of the Dutch grid, EPSG:28992; write [4.279",
    ),
    "metres of another grid": Planted(
        "position = [4.2795, 52.1172]", "position = [587000, 5775000]", "devices[0].position",
        "[587000, 5775000]", "in degrees", "give it in degrees of WGS84, longitude first",
    ),
    "a position far away": Planted(
        "path = [[4.2791, 52.1172], [4.2789, 52.1172]]",
        "path = [[4.2791, 52.1172], [4.7789, 52.1172]]", "links[0].path[1]", "[4.7789, 52.1172]",
        "at most 20 km from the middle of the site", "km away; look it up again",
    ),
    "a ring that crosses itself": Planted(
        "[4.2800, 52.1175], [4.2790, 52.1175]]\nusable",
        "[4.2790, 52.1175], [4.2800, 52.1175]]\nusable",
        "zones[0].polygon", "crosses itself", "corners in order", "put the corners in order",
    ),
    "a ring without area": Planted(
        "[4.2790, 52.1170], [4.2790, 52.1175], [4.2780, 52.1175]]",
        "[4.2790, 52.1170], [4.2780, 52.1170]]", "zones[1].polygon", "2 different corners",
        "three or more", "draw the zone as an area",
    ),
    "zones that overlap": Planted(
        "polygon = [[4.2780, 52.1170], [4.2790, 52.1170], [4.2790, 52.1175]",
        "polygon = [[4.2780, 52.1170], [4.2794, 52.1170], [4.2790, 52.1175]", "zones[1].polygon",
        "m2 in common with zone deck", "side by side", "move the border",
    ),
    "more usable than there is": Planted(
        "usable_m2 = 3000", "usable_m2 = 9000", "zones[0].usable_m2", "9,000 m2",
        "at most the polygon's area, 3,811 m2", "leave it out",
    ),
    "more people than fit": Planted(
        "capacity = 3000", "capacity = 30000", "zones[0].capacity",
        "30,000 people on 3,000 usable m2", "at most 18,000, 6 people a m2", "lower it",
    ),
    "thresholds that fall": Planted(
        "orange = { people = 1500", "orange = { people = 900", "zones[0].thresholds.orange.people",
        "orange from 900", "more than yellow's 1,000", "raise orange or lower yellow",
    ),
    "thresholds that contradict": Planted(
        "red = { people = 2500 }", "red = { density = 0.4 }", "zones[0].thresholds.red.density",
        "red from 0.4", "more than orange's 0.8", "raise red or lower orange",
    ),
    "thresholds that contradict across": Planted(
        "yellow = { people = 1000, density = 0.5 }", "yellow = { people = 2450 }",
        "zones[0].thresholds.orange.people", "orange from 1,500", "more than yellow's 2,450",
        "raise orange or lower yellow",
    ),
    "a threshold that says nothing": Planted(
        "red = { people = 2500 }", "red = {}", "zones[0].thresholds.red",
        "neither people nor density", "people, density or both", "say one of them",
    ),
    "a level beyond the capacity": Planted(
        "red = { people = 2500 }", "red = { people = 3500 }", "zones[0].thresholds.red.people",
        "3,500 people", "at most the capacity, 3,000", "raise capacity",
    ),
    "one id twice": Planted(
        'id = "head"\npolygon', 'id = "deck"\npolygon', "zones[1].id",
        "'deck' again, as zones[0] has it", "an id of its own", "rename one of the two",
    ),
    "a link to nowhere": Planted(
        'to = "head"', 'to = "haed"', "links[0].to", "'haed'", "one of the 2 zones",
        'write "head"',
    ),
    "a link without zones": Planted(
        'id = "way-in"\nto = "deck"', 'id = "way-in"', "links[1]", "neither from nor to",
        "one end at least is a zone", "name the zone",
    ),
    "a link to itself": Planted(
        'to = "head"', 'to = "deck"', "links[0].to", "both 'deck'", "two different ends",
        "leave one out where it leads outside",
    ),
    "a counter of line and zone": Planted(
        'zone = "ground"', 'zone = "ground"\nline = "other"', "devices[0].counters[0]",
        "both line and zone", "exactly one of the two", "name the device's line or its zone",
    ),
    "a counter that looks at nothing": Planted(
        'zone = "ground"\nat_zone = "deck"', 'zone = "ground"', "devices[0].counters[0]",
        "neither at_zone nor at_link", "exactly one of the two", "that it looks at",
    ),
    "in toward another zone": Planted(
        'at_link = "way-in"\nin_toward = "deck"', 'at_link = "way-in"\nin_toward = "head"',
        "devices[1].counters[0].in_toward", "'head'", "an end of link way-in: deck",
        "name the zone that whoever is counted in goes to",
    ),
    "no direction between two zones": Planted(
        'in_toward = "head"\n', "", "devices[0].counters[1].in_toward", "nothing",
        "deck or head", "say to which of the two zones",
    ),
    "shares over one": Planted(
        "share = 0.8\n",
        'share = 0.8\n\n[[devices.counters]]\nzone = "rest"\nat_zone = "deck"\nshare = 0.4\n',
        "devices[0].counters[1].share", "1.20 of zone deck", "at most 1 together",
        "lower the shares",
    ),
    "a zone at a link": Planted(
        'zone = "ground"\nat_zone = "deck"', 'zone = "ground"\nat_link = "way-in"',
        "devices[0].counters[0].at_link", "a zone at a link", "at_zone", "by a line",
    ),
    "a device twice": Planted(
        'id = "box-2"', 'id = "box-1"', "devices[1].id", "'box-1' again, as devices[0] has it",
        "each device once", "into one table",
    ),
    "one line twice": Planted(
        'zone = "ground"\nat_zone = "deck"\nshare = 0.8',
        'line = "way"\nat_link = "deck-head"\nin_toward = "head"',
        "devices[0].counters[1].line", "line 'way' again", "each line and zone once", "keep one",
    ),
    "an effect on a zone that is none": Planted(
        "effect = { deck = -0.3 }", "effect = { dekc = -0.3 }", "measures[1].effect.dekc",
        "'dekc'", "one of the 2 zones", 'write "deck"',
    ),
    "an effect of more than all": Planted(
        "effect = { deck = -0.3 }", "effect = { deck = -30 }", "measures[1].effect.deck", "-30",
        "a share from -1 to 5", "",
    ),
    "a closed link that is none": Planted(
        'closes = ["deck-head"]', 'closes = ["deck-haed"]', "measures[1].closes[0]",
        "'deck-haed'", "one of the 2 links", 'write "deck-head"',
    ),
    "a time zone that is none": Planted(
        "Europe/Amsterdam", "Europe/Amsterdm", "time_zone", "'Europe/Amsterdm'",
        "IANA", 'write "Europe/Amsterdam"',
    ),
    "a measure without organisation": Planted(
        'organisation = "municipality"\n', "", "measures[0].organisation", "nothing",
        "1 to 100 characters", "write organisation = ...",
    ),
    "a measure of no level": Planted(
        'level = "orange"', 'level = "amber"', "measures[1].level", "'amber'",
        '"green", "yellow", "orange" or "red"', "change it",
    ),
    "a level without measures": Planted(
        'level = "red"', 'level = "orange"', "measures", "no measure at red",
        "one or more at yellow, orange and red", 'add [[measures]] with level = "red"',
    ),
    "a measure in no zone": Planted(
        'zones = ["deck"]', 'zones = ["dekc"]', "measures[0].zones[0]", "'dekc'",
        "one of the 2 zones", 'write "deck"',
    ),
    "another format": Planted(
        "format = 1", "format = 2", "format", "2", "1: the one format that this release reads",
        "change it",
    ),
    "a table once that is many": Planted(
        "[[emergency_routes]]", "[emergency_routes]", "emergency_routes", "table of 4",
        "[[emergency_routes]]", "with two brackets",
    ),
}  # fmt: skip


def planted(*mistakes: Planted) -> str:
    text = WHOLE
    for one in mistakes:
        assert one.before in text, one
        text = text.replace(one.before, one.after, 1)
    return text


def mistakes_in(text: str) -> tuple[Mistake, ...]:
    examined = examine(text.encode())
    assert (examined.site is None) == bool(examined.mistakes)
    return examined.mistakes


def test_the_site_without_mistakes_has_none() -> None:
    assert mistakes_in(WHOLE) == ()
    assert len(PLANTED) >= 25


@pytest.mark.parametrize("name", PLANTED)
def test_a_mistake_is_named_with_key_got_wanted_and_remedy(name: str) -> None:
    one = PLANTED[name]
    (mistake,) = (each for each in mistakes_in(planted(one)) if each.key == one.key)
    assert one.got in mistake.got
    assert one.wanted in mistake.wanted
    assert one.remedy in mistake.remedy
    assert str(mistake).count("; ") >= 1


@pytest.mark.parametrize("name", PLANTED)
def test_a_mistake_is_told_alone(name: str) -> None:
    # What only follows from it would hide it; but who names a zone that is gone is told too.
    keys = [each.key for each in mistakes_in(planted(PLANTED[name]))]
    assert keys == [PLANTED[name].key, *FOLLOWS.get(name, [])]


FOLLOWS = {"a name that is none": ["links[0].to"], "one id twice": ["links[0].to"]}
TOGETHER = [
    "a word for a number",
    "latitude first",
    "a ring without area",
    "a link to nowhere",
    "a link without zones",
    "metres of the Dutch grid",
    "a counter of line and zone",
    "a device twice",
    "a time zone that is none",
    "a measure in no zone",
    "another format",
]


def test_many_mistakes_are_told_at_once() -> None:
    # Values of another kind, and what is wrong between the values that can be read.
    found = [each.key for each in mistakes_in(planted(*(PLANTED[name] for name in TOGETHER)))]
    assert sorted(found) == sorted(PLANTED[name].key for name in TOGETHER)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a word for a number", 11),
        ("thresholds that fall", 16),
        ("a link to nowhere", 26),
        ("a link without zones", 31),
        ("shares over one", 56),
        ("in toward another zone", 64),
        ("a measure in no zone", 70),
    ],
)
def test_a_mistake_says_its_line(name: str, line: int) -> None:
    (mistake,) = mistakes_in(planted(PLANTED[name]))
    assert mistake.line == line
    assert (
        str(mistake).startswith(f"line {line}: {PLANTED[name].key} (")
        or name == "a measure in no zone"
    )


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"id = pier", 'a word stands in quotes: "pier"'),
        (b"\xff\xfei\x00d\x00", "UTF-16"),
        (b"#" * (4 * 1024 * 1024 + 1), "more than 4194304 bytes"),
        (b"", "nothing, wanted"),
        (b'id = "x"\nzones = 3', "1 to 1000 tables [[zones]]"),
        (b'id = "x"\nzones = [1]', "zones[0]"),
        (b'id = "x"\nzones = []', "zones"),
        (
            b'id = "x"\n[[zones]]\nid = "a"\npolygon = [[nan, 1], [2, 3], [4, 5]]',
            "zones[0].polygon",
        ),
        (b'id = "x"\nsources = [1]\n[[zones]]\nid = 3', "sources[0]"),
    ],
)
def test_whatever_the_file_holds_it_is_told(raw: bytes, said: str) -> None:
    assert said in "\n".join(map(str, examine(raw).mistakes))
