# SPDX-License-Identifier: Apache-2.0
"""From a blank box to its first committed window, by the commands that an installer types.

MTLS broker, authority, centre, box.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from development.testbed.box import box_program
from development.testbed.program import Program
from edge_agent.uplink.certificates import RENEWED
from fusion_service.identity.ca.authority import Authority
from tests.broker import free_port
from tests.fusion_service.centre import Centre, until
from tests.fusion_service.identity.secure_broker import HOST, Identities, SecureBroker, files, now

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
CLIP, MODEL = ROOT / "var" / "clips" / "vtest.avi", ROOT / "var" / "models" / "person-ssdlite.onnx"
COMMANDS_S_MAX = 60.0
WINDOW_S = 2
TEMPLATE = """
site = "@SITE@"
device = "@DEVICE@"
test_site = true
[camera]
source = "file"
path = "{street}"
fps = 7.0
[[lines]]
id = "near"
a = [560, 120]
b = [560, 420]
[window]
length_s = {window_s}
clock_wait_s = 0
[disclosure]
capacity_bits_per_minute_max = 10000
[broker]
host = "@BROKER_HOST@"
port = @BROKER_PORT@
ca_file = "tls/ca.pem"
certificate_file = "tls/device.pem"
key_file = "tls/device.key"
[store]
directory = "store"
[keys]
directory = "keys"
"""


class Site:
    """What stands before an installer comes.

    Authority, broker, centre, and the enrolment service of a roll-out day.
    """

    def __init__(
        self, folder: Path, identities: Identities, broker: SecureBroker, centre: Centre
    ) -> None:
        self.folder, self.identities, self.broker, self.centre = folder, identities, broker, centre
        self.port = free_port()
        server = folder / "server"
        self.run("fusion-service", "ca", "server", HOST, "--ca", identities.ca, "--out", server)
        command = [
            BIN / "fusion-service",
            "enrol-serve",
            "--config",
            centre.config,
            "--ca",
            identities.ca,
            "--port",
            str(self.port),
            "--certificate",
            server / "broker.pem",
            "--key",
            server / "broker.key",
            "--broker",
            f"{HOST}:{broker.port}",
        ]
        self.log = folder / "enrol.log"
        self.service = Program(command, self.log)
        self.service.start()
        self.service.wait_until(lambda: "running on" in self.service.words())

    @staticmethod
    def run(program: str, *arguments: object) -> str:
        done = subprocess.run(
            [BIN / program, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def close(self) -> None:
        self.service.stop()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    identities = Identities(tmp_path / "identities")
    trusted, certificate, key = files(identities.client("fusion"))
    tls = f'ca = "{trusted}"\ncertificate = "{certificate}"\nkey = "{key}"'
    with (
        SecureBroker(identities) as broker,
        Centre(tmp_path / "centre", broker.port, broker=tls) as centre,
    ):
        made = Site(tmp_path, identities, broker, centre)
        yield made
        made.close()


def test_a_blank_box_has_its_first_window_at_the_centre_within_a_minute_of_commands(
    tmp_path: Path, site: Site, record_property: Callable[[str, object], None]
) -> None:
    if not CLIP.exists() or not MODEL.exists():
        pytest.skip("the clip or the model is not there; run scripts/test, which fetches both")
    box, template, token = tmp_path / "box", tmp_path / "template.toml", tmp_path / "token"
    template.write_text(TEMPLATE.format(street=CLIP, window_s=WINDOW_S))
    begun_s = time.monotonic()
    token.write_text(
        site.run(
            "fusion-service",
            "enrol-token",
            "beach/pier-1",
            "--ca",
            site.identities.ca,
            "--test-site",
        )
    )
    url = f"https://{HOST}:{site.port}"
    site.run(
        "edge-agent", "enrol", url, "--token", token, "--directory", box, "--template", template
    )
    running = box_program(box / "box.toml", tmp_path / "box.log")
    running.start()
    try:
        path = "/v1/devices/beach/pier-1/windows?limit=1"
        deadline_s = begun_s + COMMANDS_S_MAX
        while not site.centre.get(path)["items"]:
            assert time.monotonic() < deadline_s, (tmp_path / "box.log").read_text()[-2000:]
            time.sleep(0.05)
        took_s = time.monotonic() - begun_s
        record_property("seconds_to_first_window", round(took_s, 1))
        sys.stderr.write(f"first committed window {took_s:.1f} s after the first command\n")
        _renewal_reaches_it(site, box)
    finally:
        running.stop()
    told = json.loads(site.run("edge-agent", "doctor", box / "box.toml", "--json"))
    lines = {one["name"]: one for one in told["subjects"]}
    assert float(lines["certificate"]["found"].split()[0]) > 59, lines
    assert lines["acknowledged"]["state"] == lines["config"]["state"] == "fine", lines


def _renewal_reaches_it(site: Site, box: Path) -> None:
    """The running box, confined as it is, keeps the certificate that was made for its key."""
    authority_ = Authority(site.identities.ca)
    [current] = [one for one in authority_.current() if one.name == "pier-1"]
    authority_.renew(current, days=60, now=now())
    site.run(
        "fusion-service",
        "renew",
        "--ca",
        site.identities.ca,
        "--broker",
        f"{HOST}:{site.broker.port}",
    )
    until(
        lambda: any((box / "store" / "outbox" / name).exists() for name in RENEWED),
        "the certificate",
    )
