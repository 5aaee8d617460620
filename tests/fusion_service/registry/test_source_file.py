# SPDX-License-Identifier: Apache-2.0
"""The sources of a site's file: what is read, what is told, and docs/SOURCES.md against it."""

import re
from pathlib import Path

import pytest

from fusion_service.registry.site import TrustClass
from fusion_service.registry.site_file.reading import examine
from fusion_service.registry.source import PrivacyClass, Step, Technology, parse_path
from fusion_service.registry.source_file import SourceTable
from tests.fusion_service.registry.site_file.test_document import keys

DOCUMENT = (Path(__file__).parents[3] / "docs" / "SOURCES.md").read_text("utf-8")
SITE = """\
id = "beach"

[[zones]]
id = "middle"
polygon = [[4.280, 52.110], [4.282, 52.110], [4.282, 52.111], [4.280, 52.111]]

[[zones]]
id = "pier"
polygon = [[4.283, 52.110], [4.285, 52.110], [4.285, 52.111], [4.283, 52.111]]

[[links]]
id = "middle-pier"
from = "middle"
to = "pier"

"""
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
AXIS, XOVIS = EXAMPLES
PERSON = """\
[[sources]]
id = "steward-a"
kind = "person"
technology = "person"
provenance = "Stewards of the organiser"
licence = "Agreement with the organiser"

[[sources.counters]]
zone = "pier"
at_zone = "pier"
"""


def told(text: str) -> str:
    return "\n".join(str(one) for one in examine(text.encode()).mistakes)


def test_every_key_is_documented_and_every_documented_key_exists() -> None:
    documented = re.findall(r"^\| `([a-z_0-9\[\].]+)` \|", DOCUMENT, re.MULTILINE)
    assert len(documented) == len(set(documented))
    assert set(documented) == set(keys(SourceTable))


def test_every_technology_is_documented() -> None:
    (line,) = re.findall(r"^\| `technology` \| (.*) \|$", DOCUMENT, re.MULTILINE)
    assert set(re.split(r", | or ", line)) == set(Technology)


def test_the_examples_of_the_document_have_no_mistake() -> None:
    assert told(SITE + AXIS + XOVIS + PERSON) == ""


def test_a_source_stands_among_the_placements_and_is_never_a_box() -> None:
    site = examine((SITE + AXIS + PERSON).encode()).site
    assert site is not None
    trusts = {one.device: one.trust for one in site.placements}
    assert trusts == {"kiosk-axis": TrustClass.COUNTER, "steward-a": TrustClass.PERSON}
    axis = site.source("kiosk-axis")
    assert axis is not None
    assert axis.privacy_class is PrivacyClass.ANONYMOUS
    assert site.source("nobody") is None


@pytest.mark.parametrize("technology", ["wifi", "bluetooth", "gps"])
def test_what_follows_people_is_refused_unless_all_three_are_declared(technology: str) -> None:
    follows = AXIS.replace('"camera"', f'"{technology}"')
    assert "declare them in [sources.privacy], or leave the source out" in told(SITE + follows)
    privacy = '\n[sources.privacy]\nmethod = "hashed"\ncontroller = "the city"\n'
    assert "sources[0].privacy.legal_ground" in told(SITE + follows + privacy)
    declared = f'{privacy}legal_ground = "public task"\n'
    site = examine((SITE + follows + declared).encode()).site
    assert site is not None
    source = site.source("kiosk-axis")
    assert source is not None
    assert source.privacy_class is PrivacyClass.FOLLOWS_DEVICES


MISTAKES = [
    # What of a good source is replaced; what is told.
    (AXIS, ('"json"', '"xml"'), 'got \'xml\', wanted "json", "csv" or "person"'),
    (AXIS, ('technology = "camera"\n', ""), "sources[0].technology (source kiosk-axis): got noth"),
    (AXIS, ('provenance = "', 'origin = "'), "sources[0].provenance (source kiosk-axis): got noth"),
    (AXIS, ('"pier"', '"peer"'), "'peer', wanted the id of one of the 2 zones"),
    (
        AXIS,
        ('kind = "json"', 'kind = "json"\ntrust = "box"'),
        "only what signs its reports is a bo",
    ),
    (AXIS, ('line = "door"', 'zone = "door"'), "mapping.people (source kiosk-axis): got nothing"),
    (AXIS, ('.utcFrom"', '.."'), "mapping.time (source kiosk-axis): got"),
    (AXIS, ("until =", "low ="), "wanted one of until and length_s"),
    (XOVIS, ("counts[name=fw]", "counts[]"), "[] only where rows has it"),
    (XOVIS, ('= "line-0" }', '= "line-9" }'), "wanted a name of a counter: line-0"),
    (XOVIS, ('"unix_ms"', '"unix"'), 'wanted "iso", "unix_s", "unix_ms" or "compact"'),
    (XOVIS, ("time_format =", "time_zone ="), "wanted a time zone such as Europe/Amsterdam"),
    (PERSON, ('zone = "pier"\nat', 'line = "pier"\nat'), "a person estimates zones"),
    (PERSON, ('"person"\ntech', '"json"\ntech'), "write [sources.mapping]"),
]


@pytest.mark.parametrize(("good", "change", "said"), MISTAKES, ids=[row[2] for row in MISTAKES])
def test_a_mistake_is_told(good: str, change: tuple[str, str], said: str) -> None:
    assert change[0] in good
    assert said in told(SITE + good.replace(*change, 1))


def test_a_path_is_read_step_by_step() -> None:
    assert parse_path('a.b[]."c.d"[name=fw].value') == (
        Step("a"),
        Step("b"),
        Step(None),
        Step("c.d"),
        Step(None, "name", "fw"),
        Step("value"),
    )
    assert parse_path("") == ()


@pytest.mark.parametrize("text", ["a..b", "a[", "a]b", "a[x]", ".", "a.", ".".join("a" * 17)])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="step"):
        parse_path(text)
