# SPDX-License-Identifier: Apache-2.0
"""Scenes from the folder to the object, without peers, whose libraries are not in this clone."""

import json
from pathlib import Path

import numpy as np
import pytest

from development.fakes.street import SyntheticStreet
from development.fakes.views import STREET, write_scene
from development.measure.scenes.box import BoxRun, Course
from development.measure.scenes.film import (
    FINE,
    PUBLISHED,
    SeenFilm,
    look,
    view_of,
    watched_quality,
)
from development.measure.scenes.kept import looked_at_before
from development.measure.scenes.scene_folder import read_scene
from development.measure.scenes.table import MeasuredScene, drawn, measure_all, objects, table
from development.measure.scenes.truth import truth_of
from edge_agent.config.paths import weights_directory
from edge_agent.errors import ConfigError
from wire_contract.quality import QualityCode

FPS, SECONDS = 10.0, 24.0
KEYS = [
    "scene", "model", "input", "f1", "window_error_pct", "mae", "cover80_lines", "cover80_zones",
    "codes", "cpu_ms", "peer_f1", "peer_mae",
]  # fmt: skip
QUICK = Course(10, settled_s=30.0, scored_s=60.0)


def rows_of(street: SyntheticStreet) -> tuple[str, str]:
    """Return what an excellent detector says of a street, and its truth, in MOTChallenge form."""
    det, gt = [], []
    frames = zip(street.frames(FPS), _truth(street), strict=True)
    for number, (frame, true) in enumerate(frames, start=1):
        det += [
            f"{number},-1,{a:.2f},{b:.2f},{c - a:.2f},{d - b:.2f},{sure:.3f},-1,-1,-1"
            for (a, b, c, d), sure in zip(
                frame.boxes.tolist(), frame.confidences.tolist(), strict=True
            )
        ]
        gt += [
            f"{number},{person},{x - 0.2 * tall:.2f},{y - tall:.2f},{0.4 * tall:.2f},{tall:.2f},1"
            for person, x, y, tall in true
        ]
    return "\n".join(det) + "\n", "\n".join(gt) + "\n"


def _truth(street: SyntheticStreet) -> list[list[tuple[int, float, float, float]]]:
    frames = []
    for number in range(round(street.seconds * FPS)):
        now_s = number / FPS
        frames.append(
            [
                (
                    row,
                    float(np.interp(now_s, person.times_s, person.feet[:, 0])),
                    float(np.interp(now_s, person.times_s, person.feet[:, 1])),
                    float(np.interp(now_s, person.times_s, person.heights)),
                )
                for row, person in enumerate(street.people)
                if person.times_s[0] <= now_s <= person.times_s[-1]
            ]
        )
    return frames


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one scene of detections and their truth."""
    data = tmp_path_factory.mktemp("data")
    folder = data / "street"
    folder.mkdir()
    det, gt = rows_of(SyntheticStreet.busy(4, people=5, seconds=SECONDS))
    (folder / "det.txt").write_text(det)
    (folder / "gt.txt").write_text(gt)
    (folder / "seqinfo.ini").write_text(
        f"[Sequence]\nframeRate={FPS:g}\nseqLength={round(SECONDS * FPS)}\nimWidth=768\n"
        "imHeight=576\n"
    )
    return data


@pytest.fixture(scope="module")
def measured(data: Path) -> MeasuredScene:
    (one,) = measure_all(data, ["person-ssdlite", "yolox-nano"], QUICK, compare=None, cache=None)
    return one


def test_an_object_has_these_keys_in_this_order(measured: MeasuredScene) -> None:
    (line,) = objects([measured]).splitlines()
    said = json.loads(line)
    assert list(said) == KEYS
    assert (said["scene"], said["model"], said["input"]) == ("street", PUBLISHED, "det.txt")
    assert (said["peer_f1"], said["peer_mae"]) == (None, None)


def test_of_an_excellent_detector_the_figures_are_good(measured: MeasuredScene) -> None:
    assert measured.f1 is not None
    assert measured.f1 > 0.93
    assert measured.mae is not None
    assert measured.mae < 0.6
    assert measured.window_error_pct is not None
    assert measured.window_error_pct < 20.0
    assert measured.codes == {"fine": 1.0}
    assert measured.cover80_lines is not None
    assert measured.cover80_lines > 0.6
    assert measured.cover80_zones is not None
    assert 0.0 < measured.cpu_ms < 100.0


def test_the_table_has_a_row_for_each_scene_and_model(measured: MeasuredScene) -> None:
    row = table([measured]).splitlines()[-1]
    assert row.startswith("| street | published | det.txt | ")
    assert "| - |" in row  # no peers


def test_no_crossing_arises_where_the_film_begins_anew(data: Path) -> None:
    """Windows as long as the film are all alike, but for what the place has taught the box."""
    scene = read_scene(data / "street")
    film = look(scene, "person-ssdlite")
    lines, zones = drawn(scene, film)
    course = Course(round(SECONDS), settled_s=0.0, scored_s=5 * SECONDS)
    counted = BoxRun(film, (FINE,), view_of(*scene.laid_out(768, 576)), course).run()
    truth = truth_of(scene, film, lines, zones)
    sums = [
        sum((line.in_count or 0) + (line.out_count or 0) for line in window.released.lines)
        for window in counted.windows
    ]
    assert len(sums) == 5
    assert len(set(sums[1:])) == 1
    assert sums[1] <= sums[0] + 1
    assert sum(map(len, counted.events)) == sums[0]
    window = counted.windows[3]
    true = [truth.crossings(row, window.begin_s, window.end_s) for row in range(len(lines))]
    assert sum(map(sum, true)) == sum(map(len, truth.events or ()))


def test_the_box_is_scored_only_after_its_hour(data: Path) -> None:
    scene = read_scene(data / "street")
    film = look(scene, "person-ssdlite")
    counted = BoxRun(film, (FINE,), view_of(*scene.laid_out(768, 576)), QUICK).run()
    assert [(window.begin_s, window.end_s) for window in counted.windows] == [
        (begin_s, begin_s + 10.0) for begin_s in (30.0, 40.0, 50.0, 60.0, 70.0, 80.0)
    ]
    assert {window.released.image_quality.code for window in counted.windows} == {QualityCode.FINE}
    assert counted.people.shape == (1, round(SECONDS * FPS))


def test_heads_of_some_frames_give_an_error_and_intervals_but_no_f1(
    data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "street"
    folder.mkdir()
    for name in ("det.txt", "seqinfo.ini"):
        (folder / name).write_text((data / "street" / name).read_text())
    (folder / "counts.tsv").write_text("frame\tpeople\n100\t5\n150\t5\n")
    (one,) = measure_all(tmp_path, ["person-ssdlite"], QUICK, compare=None, cache=None)
    assert (one.f1, one.window_error_pct, one.cover80_lines) == (None, None, None)
    assert one.mae is not None
    assert one.mae <= 1.0
    assert one.cover80_zones is not None
    (folder / "counts.tsv").write_text("100\t5\n240\t5\n")
    with pytest.raises(ConfigError, match="frame 240, wanted one of the film's 240"):
        list(measure_all(tmp_path, ["person-ssdlite"], QUICK, compare=None, cache=None))


def test_without_truth_codes_are_measured_and_nothing_else(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "street"
    folder.mkdir()
    for name in ("det.txt", "seqinfo.ini"):
        (folder / name).write_text((data / "street" / name).read_text())
    (one,) = measure_all(tmp_path, ["person-ssdlite"], QUICK, compare=None, cache=None)
    assert (one.f1, one.mae, one.cover80_lines, one.cover80_zones) == (None, None, None, None)
    assert one.codes == {"fine": 1.0}


def test_detections_without_a_rate_are_refused(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "street"
    folder.mkdir()
    (folder / "det.txt").write_text((data / "street" / "det.txt").read_text())
    with pytest.raises(ConfigError, match=r"wanted seqinfo\.ini with frameRate"):
        look(read_scene(folder), "person-ssdlite")


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (weights_directory() / "person-ssdlite.onnx").exists():
        pytest.skip("person-ssdlite is absent: run edge-agent model fetch person-ssdlite")
    folder = tmp_path_factory.mktemp("filmed") / "drawn"
    write_scene(folder, STREET, 3, seconds=8.0, fps=5.0)
    return folder


def test_a_film_is_looked_at_as_a_box_does_and_kept_where_one_asks(
    filmed: Path, tmp_path: Path
) -> None:
    scene = read_scene(filmed)
    film = looked_at_before(scene, "person-ssdlite", tmp_path / "kept")
    assert isinstance(film, SeenFilm)
    assert (len(film.frames), film.width_px, film.height_px) == (40, 768, 576)
    assert film.input == "480x360"
    assert film.look_ms > 0
    assert any(len(seen.detections) for seen in film.frames)
    again = looked_at_before(scene, "person-ssdlite", tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 1
    assert (again.thresholds, again.input, again.look_ms) == (
        film.thresholds,
        film.input,
        film.look_ms,
    )
    for one, other in zip(film.frames, again.frames, strict=True):
        assert one.captured_s == other.captured_s
        np.testing.assert_array_equal(one.detections.boxes, other.detections.boxes)
        np.testing.assert_array_equal(one.detections.confidences, other.detections.confidences)


def test_a_drawn_street_by_day_is_a_fine_picture(filmed: Path) -> None:
    found = watched_quality(read_scene(filmed), window_s=60)
    assert len(found) >= 4
    assert {one.quality.name for one in found} == {"FINE"}
