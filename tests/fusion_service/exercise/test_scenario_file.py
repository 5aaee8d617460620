# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fusion_service.errors import ConfigError
from fusion_service.exercise.scenario import InjectKind, Scenario
from fusion_service.exercise.scenario_file import NEEDS, read_scenario, site_named
from fusion_service.registry.site_file.reading import read_site
from tests.fusion_service.exercise.small_site import SITE, large_site

SHIPPED = Path(__file__).parents[3] / "firmware_configs" / "scenarios"
ARRIVALS = f"[{', '.join(['0.1'] * 24)}]"
WHOLE = f"""\
format = 1
name = "drill"
date = 2026-07-19
begins = "08:00"
hours = 10

[roles]
main-gate = "gate 1"
show = "pier"

[[profiles]]
zone = "every"
arrivals = {ARRIVALS}

[[profiles]]
zone = "show"
arrivals = {ARRIVALS}
stay_min = 90

[[injects]]
kind = "gate_closes"
at = "14:30"
until = "15:00"
link = "main-gate"
"""


def read(text: str) -> Scenario:
    return read_scenario(text.encode(), "drill.toml", SITE, "")


def at(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M")


def test_times_are_local_and_become_utc() -> None:
    scenario = read(WHOLE)
    assert at(scenario.start_s) == "2026-07-19 06:00"
    assert scenario.length_s == 36_000
    (inject,) = scenario.injects
    assert (at(inject.at_s), at(inject.until_s)) == (
        "2026-07-19 12:30",
        "2026-07-19 13:00",
    )


def test_a_role_is_what_it_stands_for_at_this_site() -> None:
    scenario = read(WHOLE)
    assert scenario.injects[0].links == ("west-gate",)
    assert {zone: one.stay_min for zone, one in scenario.profiles.items()} == {
        "harbour": 45.0,
        "middle": 45.0,
        "pier": 90.0,
    }


def test_a_time_before_the_beginning_is_on_the_next_day() -> None:
    night = WHOLE.replace('"08:00"', '"20:00"').replace('"14:30"', '"23:30"')
    scenario = read(night.replace('"15:00"', '"00:30"'))
    (inject,) = scenario.injects
    assert inject.until_s - inject.at_s == 3600


def test_without_an_end_an_inject_holds_until_the_scenario_ends() -> None:
    scenario = read(WHOLE.replace('until = "15:00"\n', ""))
    assert scenario.injects[0].until_s == scenario.end_s


def test_a_scenario_may_name_its_site_and_need_not() -> None:
    assert site_named(WHOLE.encode(), "drill.toml") is None
    assert site_named(b'site = "beach.toml"\n', "drill.toml") == "beach.toml"


MISTAKES = [
    # What is changed; what the message must say.
    (("format = 1", "format = 2"), "format: got '2', wanted 1 (line 1)"),
    (('name = "drill"', 'name = "Drill!"'), "name: got 'Drill!', wanted 1 to 32 of a-z 0-9 -"),
    (("date = 2026-07-19", 'date = "Sunday"'), "date: got 'Sunday', wanted a day such as"),
    (('"08:00"', '"8 o\'clock"'), 'wanted a local time such as "14:30" (line 4)'),
    (("hours = 10", "hours = 200"), "hours: got '200', wanted a number above 0 to 168"),
    (("hours = 10", "hourz = 10"), "hourz: got an unknown key 'hourz', wanted one of format, "),
    (('"gate 1"', '"gate 3"'), "roles.main-gate: got 'gate 3', wanted"),
    (('"pier"', '"piers"'), "roles.show: got 'piers', wanted an id of site beach"),
    (("0.1, 0.1]", "0.1]"), "profiles[0].arrivals: got"),
    (('zone = "every"', 'zone = "middle"'), "wanted a profile for harbour; or one with zone"),
    (('zone = "show"', 'zone = "east"'), "profiles[1].zone: got 'east', wanted a role of [roles]"),
    (("stay_min = 90", "stay_min = 0"), "profiles[1].stay_min: got '0', wanted a number from 1"),
    (('"gate_closes"', '"gate_opens"'), "injects[0].kind: got 'gate_opens', wanted gate_closes"),
    (('"14:30"', '"06:30"'), "injects[0].at: got '06:30', wanted a time of the scenario: 10 hours"),
    (('link = "main-gate"', 'link = "side"'), "injects[0].link: got 'side', wanted a role"),
    (('link = "main-gate"', 'zone = "show"'), "injects[0].link: got nothing, wanted link, which"),
    (('link = "main-gate"', 'link = "middle-pier"'), "`gate 1` to `gate 2`"),
    (('"main-gate"\n', '"main-gate"\nfactor = 2.0\n'), "factor: got a key that does nothing"),
    (("[[profiles]]", "[[profile]]"), "profiles: got nothing, wanted"),
    (("hours = 10", "hours = 1,5"), "line 5: not TOML"),
]


@pytest.mark.parametrize(("change", "said"), MISTAKES, ids=[said for _, said in MISTAKES])
def test_a_mistake_is_told_with_key_found_and_wanted(change: tuple[str, str], said: str) -> None:
    assert change[0] in WHOLE
    with pytest.raises(ConfigError) as told:
        read(WHOLE.replace(*change))
    assert said in str(told.value)
    assert str(told.value).startswith("drill.toml: ")


def test_every_mistake_is_told_at_once() -> None:
    wrong = WHOLE.replace('"gate 1"', '"gate 9"').replace('"14:30"', '"07:00"')
    with pytest.raises(ConfigError) as told:
        read(wrong)
    assert len(str(told.value).splitlines()) == 3  # the role, who uses it, and the time


@pytest.mark.parametrize("name", ["hot-sunday", "sudden-gate-closure"])
def test_the_shipped_scenarios_fit_a_site_of_eight_zones_and_fourteen_boxes(name: str) -> None:
    raw = (SHIPPED / f"{name}.toml").read_bytes()
    scenario = read_scenario(raw, name, large_site(), "")
    assert scenario.name == name
    assert scenario.injects
    assert site_named(raw, name) is None


def test_every_kind_says_what_it_needs() -> None:
    assert set(NEEDS) == set(InjectKind)


@pytest.mark.parametrize("name", ["hot-sunday", "sudden-gate-closure"])
def test_the_shipped_scenarios_fit_the_shipped_site(name: str) -> None:
    site = (SHIPPED.parent / "sites" / "scheveningen.toml").read_bytes()
    raw = (SHIPPED / f"{name}.toml").read_bytes()
    assert read_scenario(raw, name, read_site(site), site.decode()).site.id == "scheveningen"
