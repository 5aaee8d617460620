# SPDX-License-Identifier: Apache-2.0
"""The unit files: filled from a config, and clean and closed by systemd's own measure."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edge_agent.confinement.tables import visible_files
from edge_agent.errors import ConfigError
from edge_agent.processes.systemd.unit_files import write_units

CLONE = Path(__file__).parents[4]
EXAMPLE = CLONE / "firmware_configs" / "examples" / "vtest.toml"
ANALYZE = shutil.which("systemd-analyze")
EXPOSURE_MAX = {"sensor": 1.0, "gate": 1.5, "uplink": 1.5}
needs_systemd = pytest.mark.skipif(
    ANALYZE is None, reason="systemd-analyze is not installed: apt install systemd"
)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    write_units(EXAMPLE, tmp_path)
    return tmp_path


def exposure(unit: Path) -> float:
    command = [str(ANALYZE), "security", "--offline=true", "--no-pager", str(unit)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found, said
    return float(found.group(1))


@needs_systemd
@pytest.mark.parametrize("role", EXPOSURE_MAX)
def test_a_process_is_as_little_exposed_as_it_must_be(units: Path, role: str) -> None:
    assert exposure(units / f"people-count-{role}.service") <= EXPOSURE_MAX[role]


@needs_systemd
def test_the_measure_sees_a_wall_that_is_taken_out(units: Path) -> None:
    sensor = units / "people-count-sensor.service"
    sensor.write_text(sensor.read_text().replace("PrivateNetwork=yes", "PrivateNetwork=no"))
    assert exposure(sensor) > exposure(units / "people-count-gate.service")


@needs_systemd
def test_systemd_finds_no_fault_in_the_units(units: Path) -> None:
    files = sorted(
        path
        for path in units.iterdir()
        if path.suffix in {".service", ".socket", ".target", ".path"}
    )
    command = [str(ANALYZE), "verify", "--man=no", *map(str, files)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_no_placeholder_is_left(units: Path) -> None:
    left = {path.name: re.findall(r"@[A-Z_]+@", path.read_text()) for path in units.iterdir()}
    assert {name for name, found in left.items() if found} == set()


def test_the_users_are_those_that_the_processes_are_measured_against(units: Path) -> None:
    rows = re.findall(
        r"^[ug] (\S+)\s+(\d+)", (units / "people-count.sysusers").read_text(), re.MULTILINE
    )
    assert dict(rows) == {
        "people-count-sensor": str(visible_files.SENSOR_UID),
        "people-count-gate": str(visible_files.GATE_UID),
        "people-count-uplink": str(visible_files.UPLINK_UID),
        "people-count-outbox": str(visible_files.OUTBOX_GID),
    }


def test_a_camera_is_the_one_device_of_the_sensor_and_tls_files_are_credentials(
    tmp_path: Path,
) -> None:
    config = tmp_path / "box.toml"
    text = EXAMPLE.read_text().replace(
        'source = "file"\npath = "../../var/clips/vtest.avi"\nfps = 7.0',
        'source = "v4l2"\npath = "/dev/video7"\n# ',
    )
    config.write_text(
        text + '\n[broker]\nca_file = "ca.pem"\ncertificate_file = "a.pem"\nkey_file = "a.key"\n'
    )
    write_units(config, tmp_path / "units")
    sensor, uplink = (
        (tmp_path / "units" / f"people-count-{role}.service").read_text()
        for role in ("sensor", "uplink")
    )
    assert "PrivateDevices=no\nDevicePolicy=closed\nDeviceAllow=/dev/video7 rw\n" in sensor
    assert f"LoadCredential=device.key:{tmp_path}/a.key\n" in uplink
    assert "LoadCredential" not in sensor


def test_a_path_that_systemd_would_read_otherwise_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "a %h folder"
    folder.mkdir()
    config = folder / "box.toml"
    config.write_text(EXAMPLE.read_text())
    with pytest.raises(ConfigError, match="only letters, digits"):
        write_units(config, tmp_path / "units")
