# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from development.measure.scenes.scene_folder import grid, read_scene, scene_folders, whole_picture
from edge_agent.errors import ConfigError

SEQUENCE = "[Sequence]\nname=x\nframeRate=30\nseqLength=525\nimWidth=1920\nimHeight=1080\n"
SCENE = """
fps = 7.0
[[lines]]
id = "door"
a = [10, 20]
b = [30, 40]
[[zones]]
id = "hall"
polygon = [[0, 0], [100, 0], [100, 100]]
"""


def scene(folder: Path, **files: str) -> Path:
    """Make the folder of a scene; `__` in a name stands for its dot."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_a_scene_says_what_is_looked_at_and_what_is_true(tmp_path: Path) -> None:
    path = scene(
        tmp_path / "a", video__mp4="", gt__txt="", seqinfo__ini=SEQUENCE, scene__toml=SCENE
    )
    found = read_scene(path)
    assert (found.name, found.video, found.truth, found.counts) == (
        "a",
        path / "video.mp4",
        path / "gt.txt",
        None,
    )
    assert found.fps == 7.0  # What somebody has written beats what came with the clip.
    assert (found.sequence.frames, found.sequence.width_px, found.sequence.height_px) == (
        525,
        1920,
        1080,
    )
    lines, zones = found.laid_out(1920, 1080)
    assert [line.id for line in lines] == ["door"]
    assert [zone.id for zone in zones] == ["hall"]


def test_where_nothing_is_drawn_eighteen_lines_and_one_zone_lie_over_the_picture(
    tmp_path: Path,
) -> None:
    lines, zones = read_scene(scene(tmp_path / "a", det__txt="")).laid_out(640, 480)
    assert lines == grid(640, 480)
    assert zones == (whole_picture(640, 480),)
    assert len(lines) == len({line.id for line in lines}) == 18
    assert all(0 <= x <= 640 and 0 <= y <= 480 for line in lines for x, y in (line.a, line.b))


def test_a_film_goes_before_the_detections_that_came_with_it(tmp_path: Path) -> None:
    found = read_scene(scene(tmp_path / "a", video__avi="", det__txt=""))
    assert found.video is not None
    assert found.detections is None


def test_scenes_come_by_name_and_other_folders_are_left_alone(tmp_path: Path) -> None:
    scene(tmp_path / "b", det__txt="")
    scene(tmp_path / "a", video__avi="")
    scene(tmp_path / "notes", readme__md="")
    assert [one.name for one in scene_folders(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"gt__txt": ""}, "neither video.* nor det.txt, wanted one"),  # nothing to look at
        ({"video__avi": "", "video__mp4": ""}, "video.avi, video.mp4, wanted one film"),  # two
        ({"det__txt": "", "gt__txt": "", "counts__tsv": ""}, "wanted one truth"),  # two truths
        (
            {"det__txt": "", "scene__toml": "speed = 3"},
            "scene.toml: speed: Extra inputs",
        ),  # a key that nobody reads
        ({"det__txt": "", "scene__toml": "fps = 0"}, "scene.toml: fps: "),  # no rate
        ({"det__txt": "", "scene__toml": "fps = "}, "scene.toml"),  # no TOML
        ({"det__txt": "", "seqinfo__ini": "frameRate=7"}, "seqinfo.ini: "),  # no section
        (
            {"det__txt": "", "seqinfo__ini": SEQUENCE.replace("30", "fast")},
            "wanted [Sequence] with frameRate",
        ),  # no number
        (
            {"det__txt": "", "scene__toml": SCENE + SCENE.split("fps = 7.0")[1]},
            "door, hall twice",
        ),  # one name for two
    ],
)
def test_what_is_wrong_with_a_folder_is_told(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read_scene(scene(tmp_path / "a", **files))
    assert said in str(refused.value)


def test_heads_are_of_one_zone(tmp_path: Path) -> None:
    two = SCENE + '[[zones]]\nid = "yard"\npolygon = [[0, 0], [9, 0], [9, 9]]\n'
    with pytest.raises(ConfigError, match="2 zones, wanted one zone"):
        read_scene(scene(tmp_path / "a", det__txt="", counts__tsv="", scene__toml=two))


def test_a_folder_without_scenes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no folder with video\.\* or det\.txt"):
        scene_folders(tmp_path)
    with pytest.raises(ConfigError, match="got no folder"):
        scene_folders(tmp_path / "absent")
