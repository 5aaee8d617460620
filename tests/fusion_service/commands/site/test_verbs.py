# SPDX-License-Identifier: Apache-2.0
"""The verbs of a site: what they say, what they write, and with which exit code."""

import json
import re
from pathlib import Path

import pytest

from development.testbed.verbs import ended_verb as run
from fusion_service.registry.site_file.reading import read_site
from tests.fusion_service.registry.site_file.whole import WHOLE
from tests.fusion_service.site_import.drawn_by_another import SIX, six_zones
from tests.fusion_service.site_import.test_buildings import block

ROOT = Path(__file__).parents[4]


@pytest.fixture(name="config")
def _config(tmp_path: Path) -> Path:
    path = tmp_path / "fusion.toml"
    path.write_text('[store]\npath = "fusion.sqlite"\n')
    return path


@pytest.fixture(name="whole")
def _whole(tmp_path: Path) -> Path:
    path = tmp_path / "pier.toml"
    path.write_text(WHOLE)
    return path


def test_the_shipped_site_has_no_mistake_and_nothing_odd() -> None:
    shipped = ROOT / "firmware_configs" / "sites" / "scheveningen.toml"
    done = run("site", "check", shipped)
    assert (done.returncode, done.stderr) == (0, "")
    assert "8 zones, 12 links, 3 emergency routes, 14 devices" in done.stdout


def test_every_mistake_is_told_at_once(whole: Path) -> None:
    text = WHOLE.replace("capacity = 3000", "capacity = 30000").replace('to = "head"', 'to = "x"')
    whole.write_text(text)
    done = run("site", "check", whole)
    assert (done.returncode, done.stdout) == (1, "")
    first, *mistakes = done.stderr.splitlines()
    assert first == "fusion-service: 2 mistakes"
    assert [re.sub(": got.*", "", one) for one in mistakes] == [
        f"{whole}: line 12: zones[0].capacity (zone deck)",
        f"{whole}: line 26: links[0].to (link deck-head)",
    ]


def test_what_is_odd_is_said_and_is_no_mistake(whole: Path) -> None:
    whole.write_text(WHOLE.replace('at_link = "way-in"\nin_toward', 'at_zone = "deck"\nin_toward'))
    done = run("site", "check", whole)
    assert done.returncode == 0
    assert "link way-in: no line lies across it" in done.stderr


def test_a_file_is_a_version_once_and_is_shown_and_listed(whole: Path, config: Path) -> None:
    imported = ("site", "import", whole, "--config", config)
    assert "pier: version 1 is in force now: 2 zones" in run(*imported).stdout
    assert "pier: version 1 is in force already" in run(*imported).stdout
    whole.write_text(WHOLE.replace("The pier", "Pier"))
    assert "pier: version 2 is in force now" in run(*imported).stdout
    assert run("site", "show", "pier", "--config", config).stdout == whole.read_text()
    before = run("site", "show", "pier", "--version", "1", "--config", config)
    assert before.stdout == WHOLE
    listed = json.loads(run("site", "list", "--config", config, "--json").stdout)
    assert [(one["site"], one["version"]) for one in listed] == [("pier", 2)]
    table = run("site", "list", "--site", "pier", "--config", config).stdout
    assert "version" in table
    unknown = run("site", "show", "none", "--config", config)
    assert (unknown.returncode, "no such site" in unknown.stderr) == (1, True)
    log = [json.loads(one) for one in (config.parent / "security.log").read_text().splitlines()]
    assert {(one["action"], one["object"]) for one in log} == {("site import", str(whole))}


def test_a_file_with_a_mistake_changes_nothing(whole: Path, config: Path) -> None:
    whole.write_text(WHOLE.replace('to = "head"', 'to = "x"'))
    done = run("site", "import", whole, "--config", config)
    assert (done.returncode, done.stdout) == (1, "")
    assert not (config.parent / "fusion.sqlite").exists()


def test_one_command_takes_six_zones_of_the_dutch_grid_to_a_site_in_force(
    tmp_path: Path, config: Path
) -> None:
    drawing = six_zones(tmp_path / "six.gpkg")
    done = run("site", "import", drawing, "--site", "beach", "--config", config)
    assert done.returncode == 0, done.stderr
    assert "beach: version 1 is in force now: 6 zones" in done.stdout
    assert f"{drawing}: new: vak-1, vak-2" in done.stderr
    site = read_site(run("site", "show", "beach", "--config", config).stdout.encode())
    assert [zone.name for zone in site.zones] == list(SIX)


def test_a_drawing_goes_into_the_file_in_force_and_the_rest_of_it_stays(
    tmp_path: Path, config: Path
) -> None:
    drawing, out = six_zones(tmp_path / "six.gpkg"), tmp_path / "beach.toml"
    command = ("site", "import", drawing, "--site", "beach", "--config", config, "--out", out)
    assert run(*command).returncode == 0
    text = out.read_text().replace('id = "vak-2"', 'id = "vak-2"\ncapacity = 777')
    out.write_text(text + '\n[[devices]]\nid = "box-1"\n')
    assert "version 2" in run("site", "import", out, "--config", config).stdout
    # The drawing says nothing that is new, and so neither does the file.
    again = run(*command)
    assert "version 3" not in again.stdout or read_site(out.read_bytes()).zones[1].capacity == 777
    site = read_site(run("site", "show", "beach", "--config", config).stdout.encode())
    assert site.zones[1].capacity == 777
    assert [one.device for one in site.placements] == ["box-1"]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("six.gpkg", (), "wanted to know of which site; say --site or --into"),
        ("absent.toml", (), "cannot be read"),
        ("six.shp", ("--site", "x"), "got a file that ends on '.shp'"),
        ("pier.toml", ("--site", "other"), "got site 'pier', wanted 'other'"),
        ("six.gpkg", ("--site", "Big Beach"), "got 'Big Beach'"),
        ("six.gpkg", ("--site", "x", "--layer", "none"), "got layer 'none'"),
    ],
)
def test_what_cannot_be_brought_in_is_named(
    tmp_path: Path, config: Path, whole: Path, name: str, options: tuple[str, ...], said: str
) -> None:
    assert whole.exists()
    six_zones(tmp_path / "six.gpkg")
    done = run("site", "import", tmp_path / name, "--config", config, *options)
    assert done.returncode == 1
    assert said in done.stderr
    assert str(tmp_path / name) in done.stderr or name.endswith(".shp")


def test_buildings_are_written_for_the_map_and_what_is_none_is_refused(tmp_path: Path) -> None:
    given, out = tmp_path / "block.city.json", tmp_path / "buildings.geojson"
    given.write_text(json.dumps(block(12.0)), "utf-8")
    done = run("site", "buildings", given, "--out", out)
    assert (done.returncode, done.stdout) == (0, f"{out}: 1 buildings, 1 KiB\n"), done.stderr
    assert json.loads(out.read_text("utf-8"))["features"][0]["properties"] == {"h": 12.0}
    given.write_text("{}", "utf-8")
    refused = run("site", "buildings", given, "--out", out)
    assert refused.returncode == 1
    assert str(given) in refused.stderr
