# SPDX-License-Identifier: Apache-2.0
import math
from datetime import date, datetime
from pathlib import Path

import pytest

from edge_agent.config.schema import Config, load
from edge_agent.config.site_rules import (
    HEALTH_BITS,
    capacity_bits_per_minute,
    level_min,
    may_be_open,
    mistakes,
)
from wire_contract.messages.report import Level

TODAY = date(2026, 11, 22)

BASE = """
site = "test"
device = "box"
[camera]
source = "file"
path = "street.avi"
[[lines]]
id = "door"
a = [0, 100]
b = [200, 100]
[store]
directory = "box"
[keys]
directory = "keys"
"""
ONE = "[[0, 0], [10, 0], [10, 10], [0, 10]]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "box.toml").write_text(BASE)
    return tmp_path


def config(folder: Path, *settings: str) -> Config:
    return load(folder / "box.toml", settings)


def zones(*polygons: str) -> str:
    return (
        "zones=["
        + ", ".join(f'{{id = "z{place}", polygon = {one}}}' for place, one in enumerate(polygons))
        + "]"
    )


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ((), None),  # the default, confined
        (("test_site=true",), None),  # a test site runs at any level
        (
            ("confinement.level_min=process",),
            "confinement.level_min",
        ),  # less than a real site wants
        (("confinement.level_min=unconfined",), "confinement.level_min"),  # nothing at all
        (
            ("confinement.level_min=unconfined", "test_site=true"),
            "confinement.level_min",
        ),  # not at a test site either
        (("confinement.level_min=full",), None),  # more than it wants
        (("disclosure.rule=exact",), "disclosure.rule"),  # exact counts of a real site
        (("disclosure.rule=exact", "test_site=true"), None),  # of a test site
        (("window.clock=replay",), "window.clock"),  # a replay at a real site
        (("window.clock=replay", "test_site=true"), None),  # at a test site
        (("window.clock=replay", "disclosure.rule=exact", "test_site=true"), None),  # all of it
        (
            ("window.length_s=2",),
            "disclosure.capacity_bits_per_minute_max",
        ),  # says too much a minute
        (
            ("window.length_s=2", "disclosure.capacity_bits_per_minute_max=2000"),
            None,
        ),  # with a higher cap
        ((zones(ONE, "[[10, 0], [20, 0], [20, 10], [10, 10]]"),), None),  # zones with a shared edge
        ((zones(ONE, "[[10, 10], [20, 10], [20, 20]]"),), None),  # with a shared corner
        ((zones(ONE, "[[5, 5], [15, 5], [15, 15], [5, 15]]"),), "zones.z0"),  # that overlap
        ((zones(ONE, "[[2, 2], [8, 2], [8, 8], [2, 8]]"),), "zones.z0"),  # one in the other
        (
            (zones("[[2, 2], [8, 2], [8, 8], [2, 8]]", ONE),),
            "zones.z0",
        ),  # the same, named the other way
        ((zones(ONE, ONE),), "zones.z0"),  # one twice
    ],
)
def test_what_a_box_may_do_at_its_site(
    folder: Path, settings: tuple[str, ...], key: str | None
) -> None:
    found = mistakes(config(folder, *settings), TODAY)
    assert [mistake.split(": ")[0] for mistake in found] == ([] if key is None else [key])


def test_every_pair_of_zones_that_overlap_is_named(folder: Path) -> None:
    found = mistakes(config(folder, zones(ONE, ONE, "[[40, 0], [50, 0], [50, 9]]", ONE)), TODAY)
    assert [mistake.split(";")[0] for mistake in found] == [
        "zones.z0: overlaps zone z1",
        "zones.z0: overlaps zone z3",
        "zones.z1: overlaps zone z3",
    ]


def test_every_reason_is_told_at_once(folder: Path) -> None:
    found = mistakes(
        config(
            folder,
            zones(ONE, ONE),
            "window.clock=replay",
            "window.length_s=2",
            "disclosure.rule=exact",
        ),
        TODAY,
    )
    assert {mistake.split(": ")[0] for mistake in found} >= {
        "zones.z0", "window.clock", "disclosure.capacity_bits_per_minute_max",
    }  # fmt: skip


def test_the_capacity_is_what_all_records_and_health_can_say_a_minute(folder: Path) -> None:
    line, quality = math.log2(256 * 256 + 1), math.log2(32 * 4 * 4 * 4 + 1)
    assert capacity_bits_per_minute(config(folder)) == pytest.approx(line + quality + HEALTH_BITS)
    assert capacity_bits_per_minute(config(folder, "window.length_s=10")) == pytest.approx(
        6 * (line + quality + HEALTH_BITS)
    )


def test_at_the_cap_a_config_passes_and_a_hair_beyond_it_does_not(folder: Path) -> None:
    bits = capacity_bits_per_minute(config(folder))
    for cap, refused in ((bits + 1e-6, False), (bits - 1e-6, True)):
        assert (
            bool(
                mistakes(config(folder, f"disclosure.capacity_bits_per_minute_max={cap!r}"), TODAY)
            )
            is refused
        )


HUNDRED_A_METRE = (
    "ground_plane={pixels = [[0, 0], [100, 0], [100, 100], [0, 100]], metres = [[0, 0], [1, 0], "
    "[1, 1], [0, 1]]}"
)


@pytest.mark.parametrize(("lines", "areas"), [(6, 0), (5, 1), (4, 2), (2, 3), (1, 4), (0, 5)])
def test_under_the_default_cap_runs_what_ran_under_the_one_before_with_caps_of_255(
    folder: Path, lines: int, areas: int
) -> None:
    """Lines of 50 m and zones of 2,000 m2.

    In the numbers that fitted under 128 bits a minute when every count ended at 255.
    """
    ends = ", ".join(
        f'{{id = "l{each}", a = [{each}, 0], b = [{each}, 5000]}}' for each in range(lines)
    )
    squares = [(each * 5000, (each + 1) * 5000) for each in range(areas)]
    drawn = zones(
        *(
            f"[[{left}, 0], [{right}, 0], [{right}, 4000], [{left}, 4000]]"
            for left, right in squares
        )
    )
    known = config(folder, f"lines=[{ends}]", drawn, HUNDRED_A_METRE)
    assert {cap.physical for cap in known.line_caps()} <= {4200}
    assert {cap.physical for cap in known.zone_caps()} <= {12_000}
    assert mistakes(known, TODAY) == ()
    old = config(
        folder,
        f"lines=[{ends}]".replace("}", ", count_max = 255}"),
        drawn.replace("]]}", "]], count_max = 255}"),
    )
    assert 100.0 < capacity_bits_per_minute(old) <= 128.0


def test_beyond_the_cap_the_message_says_both_figures_and_what_to_do(folder: Path) -> None:
    (said,) = mistakes(config(folder, "disclosure.capacity_bits_per_minute_max=20"), TODAY)
    assert "got 20" in said
    assert f"{capacity_bits_per_minute(config(folder)):.1f} bits a minute" in said
    assert "lengthen window.length_s" in said


LIVE = ('camera={source = "v4l2", path = "/dev/video0"}', "window.length_s=60")
PURPOSE = (
    'purpose={controller = "the city", purpose = "crowd safety", legal_basis = "public '
    'task", dpia_reference = "DPIA-1",'
    ' contact = "privacy desk", end_date = 2027-09-30}'
)
# A picture of 10 pixels a metre, seen from straight above.
GROUND = (
    "ground_plane={pixels = [[0, 0], [400, 0], [400, 300], [0, 300]], metres = [[0, 0], [40, 0], "
    "[40, 30], [0, 30]]}"
)


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        ((PURPOSE, GROUND), []),  # all that is asked of a live camera
        ((GROUND,), ["purpose"]),  # nobody said what for
        ((PURPOSE,), ["ground_plane"]),  # nobody knows how large anything is
        (("test_site=true",), []),  # a test site is asked none of it
        (
            (PURPOSE, GROUND, zones("[[0, 0], [60, 0], [60, 60], [0, 60]]")),
            ["zones.z0"],
        ),  # 36 square metres
        ((PURPOSE, GROUND, zones("[[0, 0], [80, 0], [80, 80], [0, 80]]")), []),  # 64 square metres
        (
            (PURPOSE, GROUND, 'lines=[{id = "door", a = [0, 0], b = [20, 0]}]'),
            ["lines.door"],
        ),  # 2 metres: somebody's door
        (
            (PURPOSE.replace("2027", "2025"), GROUND),
            ["purpose.end_date"],
        ),  # the decision has run out
    ],
)
def test_what_a_live_camera_at_a_real_site_needs(
    folder: Path, settings: tuple[str, ...], keys: list[str]
) -> None:
    assert [
        mistake.split(": ")[0] for mistake in mistakes(config(folder, *LIVE, *settings), TODAY)
    ] == keys


@pytest.mark.parametrize("source", ["rtsp", "http"])
@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ((), True),  # nobody gets a network camera by a default
        (("confinement.level_min=standard",), True),  # more than it can reach
        (("confinement.level_min=network-camera",), False),  # decided, and said
        (("confinement.level_min=reduced",), False),  # less is wanted
        (("test_site=true",), False),  # a test site
    ],
)
def test_a_network_camera_is_a_decision_that_the_config_says(
    folder: Path, source: str, settings: tuple[str, ...], *, refused: bool
) -> None:
    camera = f'camera={{source = "{source}", host = "192.0.2.20", port = 554, fps = 10}}'
    found = [
        mistake
        for mistake in mistakes(config(folder, camera, PURPOSE, GROUND, *settings), TODAY)
        if "level_min" in mistake
    ]
    assert [mistake.split(": ")[0] for mistake in found] == (
        ["confinement.level_min"] if refused else []
    )
    assert all("a cable that nobody here guards" in mistake for mistake in found)


def test_the_last_day_still_counts(folder: Path) -> None:
    assert mistakes(config(folder, *LIVE, PURPOSE, GROUND), date(2027, 9, 30)) == ()
    assert len(mistakes(config(folder, *LIVE, PURPOSE, GROUND), date(2027, 10, 1))) == 1


@pytest.mark.parametrize(
    ("settings", "level"),
    [
        ((), Level.STANDARD),  # a real site
        (("test_site=true",), Level.PROCESS),  # a test site
        (("confinement.level_min=full",), Level.FULL),  # as the config says
    ],
)
def test_the_least_level_is_the_sites_or_the_configs(
    folder: Path, settings: tuple[str, ...], level: Level
) -> None:
    assert level_min(config(folder, *settings)) is level


@pytest.mark.parametrize(
    ("hours", "clock", "state"),
    [
        ("08:00-22:00", "07:59", "shut"),  # before
        ("08:00-22:00", "08:00", "open"),  # at the first minute
        ("08:00-22:00", "22:00", "open"),  # in the last minute
        ("08:00-22:00", "22:01", "shut"),  # after
        ("22:00-04:00", "23:30", "open"),  # over midnight, before it
        ("22:00-04:00", "03:30", "open"),  # and after it
        ("22:00-04:00", "12:00", "shut"),  # at noon
    ],
)
def test_a_camera_is_open_in_its_hours_only(
    folder: Path, hours: str, clock: str, state: str
) -> None:
    box = config(folder, PURPOSE.replace("end_date", f'active_hours = "{hours}", end_date'))
    assert may_be_open(box, datetime.fromisoformat(f"2026-11-22T{clock}:30")) is (state == "open")


def test_after_its_last_day_a_camera_stays_shut(folder: Path) -> None:
    box = config(folder, PURPOSE)
    assert may_be_open(box, datetime.fromisoformat("2027-09-30T23:58:00"))
    assert not may_be_open(box, datetime.fromisoformat("2027-10-01T00:00:00"))


def test_what_is_drawn_above_the_horizon_of_the_ground_is_named(folder: Path) -> None:
    # A road that narrows upwards: its sides meet 200 rows above the upper two points.
    narrowing = "ground_plane={pixels = [[250, 300], [350, 300], [500, 500], [100, 500]], "
    narrowing += "metres = [[0, 20], [10, 20], [10, 0], [0, 0]]}"
    live = ('camera={source = "v4l2", path = "/dev/video0"}', narrowing)
    above = 'lines=[{id = "door", a = [100, 100], b = [500, 400]}]'
    below = 'lines=[{id = "door", a = [100, 400], b = [500, 400]}]'
    told = [one for one in mistakes(config(folder, *live, above), TODAY) if "horizon" in one]
    assert [one.split(";")[0] for one in told] == [
        (
            "lines.door: the point (100, 100) lies above the horizon of ground_plane, where no "
            "ground is"
        )
    ]
    assert not [one for one in mistakes(config(folder, *live, below), TODAY) if "horizon" in one]


def test_ground_points_in_two_orders_are_named(folder: Path) -> None:
    crossed = (
        "ground_plane={pixels = [[0, 0], [600, 0], [600, 400], [0, 400]], metres = [[0, 0], [6, "
        "4], [6, 0], [0, 4]]}"
    )
    told = mistakes(
        config(folder, 'camera={source = "v4l2", path = "/dev/video0"}', crossed), TODAY
    )
    assert any("ground_plane: pixels and metres go round in another order" in one for one in told)
