# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fusion_service.errors import ConfigError
from fusion_service.exercise.scenario import InjectKind, Scenario
from fusion_service.exercise.scenario_file import read_scenario, site_named
from fusion_service.exercise.scenario_tables import NEEDS
from fusion_service.registry.site_file.reading import read_site
from tests.fusion_service.exercise.drawn_site import SCRIPTED
from tests.fusion_service.exercise.drawn_site import SITE as DRAWN
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


WHOLE_RECORDED = """\
format = 1
name = "again"
date = 2026-07-26
recorded = "copy.sqlite"
day = 2026-07-19
from = "20:00"
to = "02:00"

[[injects]]
kind = "counter_lies"
at = "23:00"
devices = ["box-1"]
factor = 3.0
"""


def test_a_recorded_day_has_its_own_times_and_is_moved_to_the_date() -> None:
    scenario = read(WHOLE_RECORDED)
    assert scenario.recorded is not None
    assert scenario.recorded.file == Path("copy.sqlite")
    assert at(scenario.recorded.from_s) == "2026-07-19 18:00"
    assert at(scenario.start_s) == "2026-07-26 18:00"
    assert scenario.length_s == 6 * 3600
    assert scenario.profiles == {}
    assert at(scenario.injects[0].at_s) == "2026-07-26 21:00"


def test_the_same_time_again_is_a_whole_day() -> None:
    assert read(WHOLE_RECORDED.replace('"02:00"', '"20:00"')).length_s == 24 * 3600


OF_A_CROWD = {
    "gate_closes": 'link = "gate 1"',
    "link_closes": 'link = "harbour-middle"',
    "tram_rerouted": 'zone = "pier"\nfactor = 0.5',
    "crowd_arrives": 'zone = "pier"\npeople = 100\nuntil = "23:30"',
}


@pytest.mark.parametrize("kind", OF_A_CROWD)
def test_what_needs_a_crowd_is_refused_by_name_of_a_recorded_day(kind: str) -> None:
    inject = f'\n[[injects]]\nkind = "{kind}"\nat = "23:00"\n{OF_A_CROWD[kind]}\n'
    with pytest.raises(ConfigError) as told:
        read(WHOLE_RECORDED + inject)
    assert f"injects[1].kind: got '{kind}', wanted boxes_fail or uplink_fails" in str(told.value)
    assert "nobody is drawn who could go elsewhere" in str(told.value)


MISTAKES_OF_RECORDED = [
    # What is changed; what the message must say.
    (("day = 2026-07-19\n", ""), "day: got nothing, wanted day, which a recorded day needs"),
    (('to = "02:00"\n', ""), "to: got nothing, wanted to, which a recorded day needs"),
    (('from = "20:00"', "hours = 3"), "from: got nothing, wanted from, which a recorded day"),
    (('from = "20:00"', 'from = "8"'), "from: got '8', wanted a local time such as"),
    (('to = "02:00"', 'to = "02:00"\nhours = 6'), "hours: got a key that does nothing, wanted no"),
    (('recorded = "copy.sqlite"\n', ""), "profiles: got nothing, wanted how people come"),
    (('"23:00"', '"12:00"'), "injects[0].at: got '12:00', wanted a time of the scenario: 6 hours"),
]


@pytest.mark.parametrize(
    ("change", "said"), MISTAKES_OF_RECORDED, ids=[said for _, said in MISTAKES_OF_RECORDED]
)
def test_a_mistake_of_a_recorded_day_is_told(change: tuple[str, str], said: str) -> None:
    assert change[0] in WHOLE_RECORDED
    with pytest.raises(ConfigError) as told:
        read(WHOLE_RECORDED.replace(*change))
    assert said in str(told.value)


def test_the_times_of_a_recorded_day_do_nothing_in_a_scripted_one() -> None:
    with pytest.raises(ConfigError, match="to: got a key that does nothing, wanted to only beside"):
        read(WHOLE.replace("hours = 10", 'hours = 10\nto = "18:00"'))


SCRIPTED_DAY = SCRIPTED.replace("hours = 1\n", "hours = 10\n")
SAYS = '\n[[injects]]\nkind = "person_says"\nat = "14:30"\nzone = "head"\npeople = 40\n'


def test_a_person_says_something_once() -> None:
    scenario = read_scenario((SCRIPTED_DAY + SAYS).encode(), "drill.toml", DRAWN, "")
    (inject,) = scenario.injects
    assert (inject.zones, inject.people, inject.until_s - inject.at_s) == (("head",), 40, 60)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"head"', '"deck"'), "wanted a zone that a source of kind person looks at: head, or add"),
        (("people = 40", ""), "people: got nothing, wanted people, which person_says needs"),
        (("people = 40", 'people = 40\nuntil = "15:00"'), "until: got a key that does nothing"),
    ],
    ids=["nobody looks", "how many", "no end"],
)
def test_a_mistake_of_what_a_person_says_is_told(change: tuple[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as told:
        read_scenario((SCRIPTED_DAY + SAYS.replace(*change)).encode(), "drill.toml", DRAWN, "")
    assert said in str(told.value)
