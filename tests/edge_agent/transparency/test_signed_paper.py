# SPDX-License-Identifier: Apache-2.0
"""The signed paper of a box: what it says is what its gate will say, and its own key signs it."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge_agent import __version__
from edge_agent.config.schema import Config, load
from edge_agent.errors import StoreError
from edge_agent.keys import SIGNING_KEY, generate
from edge_agent.processes.launch import begin_run, gate_settings
from edge_agent.transparency.facts import gather
from edge_agent.transparency.signed_paper import export_paper
from fusion_service.registry.registry import read_public_key
from tests.edge_agent.transparency.test_papers import CAMERAS, EXAMPLE, PURPOSE
from wire_contract.messages.report import Level, Rule
from wire_contract.programs.box_paper import DEGREES, Pictures, read_paper

PROGRAM = Path(sys.executable).with_name("edge-agent")
NOW_S = 1_800_000_000
PLACE = "latitude = 52.117\nlongitude = 4.279\n"


def written(folder: Path) -> Path:
    """Write a config with a purpose, and keys beside it; return its path."""
    rows = "".join(
        f"{name} = {value}\n" if name == "end_date" else f'{name} = "{value}"\n'
        for name, value in PURPOSE.items()
    )
    path = folder / "box.toml"
    text = EXAMPLE.read_text().replace("../../var/keys", str(folder / "keys"))
    path.write_text(f"{text}[purpose]\n{rows}{PLACE}")
    generate(folder / "keys")
    return path


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(written(tmp_path))


def test_the_paper_says_what_the_gate_will_say(config: Config, tmp_path: Path) -> None:
    export_paper(config, tmp_path / "paper", software=__version__, made_s=NOW_S)
    sealed = read_paper((tmp_path / "paper").read_bytes())
    said, gate = sealed.paper, gate_settings(config, begin_run(config), channel_fd=-1)
    assert (said.config, said.model_sha256) == (gate.config_sha256, gate.model_sha256)
    assert (said.model, said.software) == (gate.model, gate.software)
    assert said.rule == Rule(gate.rule, gate.rule_parameters)
    assert (said.lines, said.zones, said.length_s) == (gate.line_ids, gate.zone_ids, 10)
    assert (said.payload_days, said.made_s) == (gate.payload_days, NOW_S)
    assert (said.controller, said.place) == (PURPOSE["controller"], PURPOSE["place"])
    assert (said.latitude, said.longitude) == (round(52.117 * DEGREES), round(4.279 * DEGREES))
    key = Ed25519PublicKey.from_public_bytes(read_public_key(tmp_path / "keys" / "signing.pub"))
    key.verify(sealed.signature, sealed.signed)


@pytest.mark.parametrize(
    ("camera", "pictures"),
    [
        ("file", Pictures.FILE),
        ("v4l2", Pictures.ATTACHED),
        ("rtsp", Pictures.NETWORK),
        ("http", Pictures.NETWORK),
    ],
)
def test_pictures_and_level_are_those_of_the_other_papers(
    tmp_path: Path, camera: str, pictures: Pictures
) -> None:
    config = load(written(tmp_path), (CAMERAS[camera], "confinement.level_min=standard"))
    export_paper(config, tmp_path / "paper", software=__version__, made_s=NOW_S)
    said = read_paper((tmp_path / "paper").read_bytes()).paper
    assert (said.pictures, said.level) == (pictures, gather(config).level)
    assert (said.level is Level.NETWORK_CAMERA) is (pictures is Pictures.NETWORK)


def test_without_its_key_a_box_has_no_signed_paper(config: Config, tmp_path: Path) -> None:
    (tmp_path / "keys" / SIGNING_KEY).unlink()
    with pytest.raises(StoreError, match="keygen"):
        export_paper(config, tmp_path / "paper", software=__version__, made_s=NOW_S)
    assert not (tmp_path / "paper").exists()


def test_the_verb_writes_the_one_file_and_no_other(tmp_path: Path) -> None:
    path = written(tmp_path)
    command = [PROGRAM, "register", path, "--export", tmp_path / "pier-1.paper"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path / 'pier-1.paper'}\n"
    assert read_paper((tmp_path / "pier-1.paper").read_bytes()).paper.device == "vtest"
    assert not (tmp_path / "register").exists()


def test_a_folder_that_cannot_be_written_is_named(config: Config, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none/paper: No such file"):
        export_paper(config, tmp_path / "none" / "paper", software=__version__, made_s=NOW_S)
