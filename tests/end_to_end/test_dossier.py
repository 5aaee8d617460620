# SPDX-License-Identifier: Apache-2.0
"""A live site: gates of real configs speak over a real broker, and their papers are joined.

A camera, a network camera, and a radar of somebody else that the site's file draws.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from edge_agent.clock import SystemClock
from edge_agent.config.schema import load
from edge_agent.keys import SIGNING_PUBLIC, generate
from edge_agent.processes.gate import GateProcess
from edge_agent.processes.launch import begin_run, gate_settings, lay_out_store, uplink_settings
from edge_agent.processes.uplink import Uplink
from fusion_service.dossier.words.gaps import GAP
from fusion_service.dossier.words.wording import WEAK, level_sentence
from tests.broker import Broker
from tests.edge_agent.transparency.test_papers import CAMERAS, EXAMPLE, PURPOSE
from tests.edge_agent.transparency.test_signed_paper import PROGRAM as EDGE_AGENT
from tests.fusion_service.centre import Centre, until
from tests.fusion_service.commands.dossier.test_verb import run
from tests.fusion_service.dossier.site import DRAWN
from tests.fusion_service.dossier.test_documents import told
from wire_contract.messages.report import Level


class LiveBox:
    """A box of a real config: its gate signs, its uplink sends, its command makes its paper."""

    def __init__(self, folder: Path, broker: Broker, device: str, camera: str) -> None:
        folder.mkdir()
        self.folder, self.device = folder, device
        self.path = folder / "box.toml"
        rows = "".join(
            f"{name} = {value}\n" if name == "end_date" else f'{name} = "{value}"\n'
            for name, value in PURPOSE.items()
        )
        text = EXAMPLE.read_text().replace('site = "demo"', 'site = "beach"')
        text = text.replace('device = "vtest"', f'device = "{device}"')
        text = text.replace("../../var/keys", "keys").replace("../../var/box", "store")
        self.path.write_text(f"{text}[purpose]\n{rows}")
        self.settings = [
            CAMERAS[camera],
            "test_site=false",
            "disclosure.rule=discrete_laplace",
            "disclosure.epsilon=1",
            f"broker.port={broker.port}",
            f"confinement.level_min={'standard' if camera == 'v4l2' else 'network-camera'}",
        ]
        generate(folder / "keys")
        self.config = load(self.path, tuple(self.settings))

    @contextmanager
    def speaking(self, level: Level) -> Iterator[Uplink]:
        """Sign a meta at a level, and let the uplink send it."""
        lay_out_store(self.config, separate=False)
        begun = begin_run(self.config)
        settings = gate_settings(self.config, begun, channel_fd=-1)
        self.model_sha256 = settings.model_sha256
        gate = GateProcess(settings, SystemClock())
        uplink = Uplink(uplink_settings(self.config, begun))
        try:
            gate.say_level(level)
            gate.sign_meta()
            gate.release()
            yield uplink
        finally:
            gate.close()
            uplink.close()

    def export(self, path: Path) -> None:
        """Write its paper as somebody at the box does."""
        given = [part for setting in self.settings for part in ("--set", setting)]
        command = [EDGE_AGENT, "register", self.path, "--export", path, *given]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def has_heard(centre: Centre, box: LiveBox, uplink: Uplink) -> bool:
    """Let the uplink do what is due, and say whether the centre has what it sent."""
    uplink.turn(time.monotonic())
    return centre.get(f"/v1/devices/beach/{box.device}")["level"] is not None


@pytest.fixture(name="centre")
def _centre(tmp_path: Path, broker: Broker) -> Iterator[Centre]:
    with Centre(tmp_path / "centre", broker.port) as centre:
        drawn = tmp_path / "beach.toml"
        drawn.write_text(DRAWN)
        centre.draw(drawn)
        centre.wait_until_connected()
        yield centre


def test_the_papers_of_a_live_site_say_what_its_boxes_say(
    tmp_path: Path, broker: Broker, centre: Centre
) -> None:
    camera = LiveBox(tmp_path / "camera", broker, "camera", "v4l2")
    network = LiveBox(tmp_path / "network", broker, "network", "rtsp")
    levels = {"camera": Level.STANDARD, "network": Level.NETWORK_CAMERA}
    papers = tmp_path / "papers"
    papers.mkdir()
    for box in (camera, network):
        centre.add_device(f"beach/{box.device}", box.folder / "keys" / SIGNING_PUBLIC)
        box.export(papers / f"{box.device}.paper")
        with box.speaking(levels[box.device]) as uplink:
            until(partial(has_heard, centre, box, uplink), f"the meta of {box.device}")
    out = tmp_path / "out"
    done = run("dossier", "beach", "--config", centre.config, "--out", out, "--papers", papers)
    assert (done.returncode, done.stderr) == (0, "")

    summary = json.loads((out / "dossier.json").read_text("utf-8"))
    boxes = {one["device"]: one for one in summary["boxes"]}
    for box in (camera, network):
        said = boxes[box.device]
        assert (said["config_sha256"], said["level"]) == (
            box.config.sha256(),
            levels[box.device],
        )
        assert said["model_sha256"] == box.model_sha256
    page, signs = ((out / name).read_text("utf-8") for name in ("dossier.html", "borden.html"))
    words = told(page)
    held = {level for level in Level if level_sentence(level) in words}
    assert held == set(levels.values())
    assert WEAK not in words
    sheets = {part.partition('"')[0]: told(part) for part in signs.split('<section id="')[1:]}
    assert "niet verstuurd" in sheets["bord-camera"]
    assert "netwerkkabel" not in sheets["bord-camera"]
    assert "netwerkkabel" in sheets["bord-netwerkcamera"]
    assert "niet verstuurd" not in sheets["bord-netwerkcamera"]
    radar = sheets["bord-teller-van-een-ander-radar"]
    assert "radar" in radar
    assert "camera" not in radar
    algorithms = json.loads((out / "algoritmeregister.json").read_text("utf-8"))["algorithms"]
    assert algorithms[0]["organization"] == PURPOSE["controller"]
    assert camera.model_sha256 in algorithms[0]["methods_and_models"]
    assert GAP in algorithms[0]["proportionality"]
