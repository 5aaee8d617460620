# SPDX-License-Identifier: Apache-2.0
"""The street's own config, audited where its box does not run.

What it becomes, and that nothing is replaced in silence.
"""

import hashlib
from pathlib import Path

import pytest

from edge_agent.config.schema import load
from privacy_audit.target import testbed
from privacy_audit.target.named_config import name_config

STREET = """
site = "beach"
device = "pier-1"
[camera]
source = "v4l2"
path = "/dev/video0"
[[lines]]
id = "north"
a = [640, 100]
b = [640, 700]
[window]
length_s = 900
release_offset_s = 12
[broker]
host = "broker.example"
port = 8883
ca_file = "ca.pem"
certificate_file = "box.pem"
key_file = "box.key"
[store]
directory = "store"
[keys]
directory = "keys"
"""
NETWORK = 'source = "http"\nhost = "192.0.2.7"\nport = 8080\nurl_path = "/stream"\nfps = 10'


@pytest.mark.parametrize(
    "camera", ['source = "v4l2"\npath = "/dev/video0"', NETWORK], ids=("attached", "network")
)
def test_a_street_is_audited_with_its_own_lines_and_rule_and_the_rest_is_told(
    tmp_path: Path, camera: str
) -> None:
    path = tmp_path / "pier-1.toml"
    path.write_text(STREET.replace('source = "v4l2"\npath = "/dev/video0"', camera))
    named = load(path)
    over = (
        *testbed._in_the_audits_folder(tmp_path / "audit"),
        *testbed._fitting(named),
        "broker.port=40123",
    )
    audited = load(path, over)
    told = name_config(path, named, audited)
    assert (audited.lines, audited.disclosure.rule, audited.detector) == (
        named.lines,
        named.disclosure.rule,
        named.detector,
    )
    assert audited.view is not None
    assert (audited.view.frame_width_px, audited.view.frame_height_px) == (640, 700), (
        "the frame that the lines were drawn in"
    )
    assert (audited.window.length_s, told.window_s) == (60, 900)
    assert told.file_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert told.config_sha256 == named.sha256() != audited.sha256()
    assert told.network_camera is (camera == NETWORK)
    replaced = {one.key: (one.named, one.audited) for one in told.replaced}
    assert replaced["broker.port"] == ("8883", "40123")
    assert replaced["camera.source"] == (named.camera.source, "file")
    assert {"window.length_s", "store.directory", "keys.directory"} <= set(replaced)
    assert not any(
        key.startswith(("lines", "zones", "detector", "site", "device")) for key in replaced
    )


def test_a_config_that_ran_as_it_was_named_has_nothing_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pier-1.toml"
    path.write_text(STREET)
    assert name_config(path, load(path), load(path)).replaced == ()


def test_as_much_may_be_said_in_a_shortened_window_as_in_the_long_one(tmp_path: Path) -> None:
    path = tmp_path / "pier-1.toml"
    path.write_text(STREET)
    named = load(path)
    audited = load(path, (*testbed._in_the_audits_folder(tmp_path), *testbed._fitting(named)))
    bits = [
        one.disclosure.capacity_bits_per_minute_max * one.window.length_s
        for one in (named, audited)
    ]
    assert bits[0] == pytest.approx(bits[1])
