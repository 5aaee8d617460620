# SPDX-License-Identifier: Apache-2.0
"""The exercise of the pictures is the shipped one, up to the picture, and can be played."""

from development.pictures.__main__ import BYTES_MAX, FOLDER, PICTURES, SCENARIO, SITE, afternoon
from fusion_service.exercise.scenario_file import read_scenario
from fusion_service.registry.site_file.reading import read_site


def test_the_afternoon_is_a_scenario_with_its_faults_and_its_crowd() -> None:
    text = afternoon(SCENARIO.read_text("utf-8"))
    for words in ("boxes_fail", "crowd_arrives", "uplink_fails", 'at = "15:20"', 'at = "15:15"'):
        assert words in text
    assert "camera_dark" not in text, "it is of the evening"
    drawn = SITE.read_bytes()
    scenario = read_scenario(text.encode(), "afternoon", read_site(drawn), drawn.decode())
    assert scenario.site.id == "scheveningen"


def test_each_picture_is_there_and_small_enough_for_a_readme() -> None:
    made = {path.stem: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(made) == {picture.name for picture in PICTURES}, "scripts/pictures"
    assert max(made.values()) < BYTES_MAX
