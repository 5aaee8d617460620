# SPDX-License-Identifier: Apache-2.0
"""Cases from the field.

Run where their folder lies beside the clone; what each came from has a test of our own elsewhere.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from development.testbed.verbs import ended_box_verb
from edge_agent.keys import generate
from tests.broker import Broker
from tests.fusion_service.centre import Centre, until

ROOT = Path(__file__).parents[2]
CASES = ROOT.parent / "shared" / "cases"
CLIP = ROOT / "var" / "clips" / "vtest.avi"
PROGRAM = Path(sys.executable).with_name("edge-agent")
SETTINGS = ("--set", f"camera.path={CLIP}")
Fetch = Callable[[str], Path]


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    """Return what brings one case into a folder of the test's own, with keys in it."""

    def bring(name: str) -> Path:
        if not (CASES / name).is_dir():
            pytest.skip(
                f"../shared/cases/{name} is absent; it lies beside the clone where these tests "
                "were first asked for"
            )
        if not CLIP.exists():
            pytest.skip("var/clips/vtest.avi is absent; run scripts/test, which unpacks it")
        folder = tmp_path / "case" / name
        folder.mkdir(parents=True)
        for file in (CASES / name).iterdir():
            shutil.copyfile(file, folder / file.name)
        for keys in (folder / "keys", folder.parent / "keys"):
            generate(keys)
        return folder

    return bring


def run(*arguments: str | Path) -> tuple[int, str]:
    """Run the box's command; return its exit code and all that it said. It says no stack."""
    # A check begins nothing: it needs no program of its own.
    done = (
        ended_box_verb(*arguments)
        if arguments[0] == "check"
        else subprocess.run(
            [PROGRAM, *arguments], capture_output=True, text=True, timeout=300, check=False
        )
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    return done.returncode, said


def test_config_bom(fetch: Fetch) -> None:
    case = fetch("config-bom")
    code, said = run("check", case / "bom.toml", *SETTINGS)
    assert (code, "not TOML" in said) == (0, False)
    code, said = run("check", case / "latin1.toml", *SETTINGS)
    assert (code, "line 1: the byte 0xe9 is not UTF-8" in said) == (1, True)
    code, said = run("check", case / "utf16.toml", *SETTINGS)
    assert (code, "line 1: saved as UTF-16" in said) == (1, True)


@pytest.mark.parametrize(
    ("name", "told"), [("mask.toml", "crosses itself"), ("line.toml", "encloses nothing")]
)
def test_mask_crosses_itself(fetch: Fetch, name: str, told: str) -> None:
    code, said = run("check", fetch("mask-crosses-itself") / name, *SETTINGS)
    assert code == 1
    assert f"masks[0]: polygon {told}" in said


def test_line_outside_without_view(fetch: Fetch) -> None:
    case = fetch("line-outside-without-view")
    for size, command in {
        "1280 x 720": ("check", case / "v4l2.toml"),
        "768 x 576": ("check", case / "file.toml", *SETTINGS),
    }.items():
        code, said = run(*command)
        assert (code, f"lines.near: lies outside the picture, {size}" in said) == (1, True)
    code, said = run("replay", CLIP, "--config", case / "file.toml")
    assert (code, "lines.near: lies outside the picture, 768 x 576" in said) == (1, True)
    code, said = run("run", case / "file.toml", *SETTINGS)
    assert (code, "lines.near: lies outside the picture, 768 x 576" in said) == (1, True)


def test_check_passes_unreadable_video(fetch: Fetch) -> None:
    case = fetch("check-passes-unreadable-video")
    code, said = run("check", case / "c.toml")
    assert (code, "film.avi: not one frame can be decoded" in said) == (1, True)


@pytest.mark.campaign
def test_view_other_shape(fetch: Fetch) -> None:
    case, told = (
        fetch("view-other-shape"),
        "view: 768 x 1366 has another shape than the camera's 768 x 576",
    )
    code, said = run("check", case / "portrait.toml", *SETTINGS)
    assert (code, told in said) == (1, True)
    short = case / "short.avi"
    cut(CLIP, short, frames=20)
    code, said = run("replay", short, "--config", case / "portrait.toml", "--window-s", "60")
    assert (code, told in said) == (0, True)


def cut(source: Path, path: Path, *, frames: int) -> None:
    """Write the first frames of a video into another."""
    import cv2  # noqa: PLC0415 - only this test looks at pictures

    reader = cv2.VideoCapture(str(source))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (768, 576))
    for _ in range(frames):
        writer.write(reader.read()[1])
    writer.release()
    reader.release()


@pytest.mark.parametrize(
    "place",
    [
        "afile",
        pytest.param("/proc/x", marks=pytest.mark.campaign),
        pytest.param("loop", marks=pytest.mark.campaign),
    ],
)
def test_store_directory_traceback(fetch: Fetch, place: str) -> None:
    case = fetch("store-directory-traceback")
    (case / "loop").symlink_to(case / "loop")
    settings = (*SETTINGS, "--set", f"store.directory={place}")
    for verb in ("check", "run"):
        code, said = run(verb, case / "c.toml", *settings)
        assert (code, "store.directory: " in said or f"{place}: " in said) == (1, True)
    code, said = run("doctor", case / "c.toml", *settings)
    assert code == 1
    assert "after the box has run once" not in said


@pytest.fixture
def case_broker(tmp_path: Path) -> Broker:
    return Broker(tmp_path / "broker")


def test_centre_stops_with_broker(fetch: Fetch, tmp_path: Path, case_broker: Broker) -> None:
    fetch("centre-stops-with-broker")
    with case_broker as broker, Centre(tmp_path / "centre", broker.port) as centre:
        until(lambda: centre.get("/v1/health")["condition"] == "fine", "the connection")
        broker.stop()
        assert centre.stop() == 0
        assert "Traceback" not in centre.log.read_text()


@pytest.mark.campaign
def test_second_centre_silences_the_fleet(fetch: Fetch, tmp_path: Path) -> None:
    case = fetch("second-centre-silences-the-fleet")
    if os.geteuid() == 0:
        (case / "mosquitto.conf").write_text(f"{(case / 'mosquitto.conf').read_text()}user root\n")
    (case / ".venv").symlink_to(Path(sys.executable).parents[1])
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    shell = ["/bin/sh", "repro.sh"]
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        shell, cwd=case, capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    assert '"link":"online"' in done.stdout
    assert '"condition":"fine"' in done.stdout
    assert "another centre is on this broker" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir())
