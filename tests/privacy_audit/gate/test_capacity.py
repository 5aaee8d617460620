# SPDX-License-Identifier: Apache-2.0
import math
from itertools import product
from pathlib import Path

import pytest

from edge_agent.config.schema import load
from privacy_audit.finding import Verdict
from privacy_audit.gate import capacity
from privacy_audit.target.box import AuditedBox

CONFIG = """
site = "beach"
device = "pier-1"
test_site = true
[camera]
source = "file"
path = "a.avi"
[[lines]]
id = "line"
a = [0, 0]
b = [0, 9]
count_max = 2
[[zones]]
id = "zone"
polygon = [[0, 0], [9, 0], [9, 9]]
count_max = 1
[store]
directory = "box"
[keys]
directory = "keys"
"""


def test_the_bound_is_the_logarithm_of_all_that_one_window_can_say(tmp_path: Path) -> None:
    path = tmp_path / "box.toml"
    path.write_text(CONFIG)
    # Each said in full, silence included; counted, not computed.
    line = [None, *product(range(3), range(3))]
    zone = [None, *product(range(2), range(2), range(5), range(5))]
    quality = [None, *product(range(32), range(4), range(4), range(4))]
    windows = len(line) * len(zone) * len(quality)
    assert capacity.bits_per_window(load(path)) == pytest.approx(math.log2(windows))


def test_a_meta_message_with_other_caps_is_named(tmp_path: Path) -> None:
    path = tmp_path / "box.toml"
    path.write_text(CONFIG)
    signed = b'{"lines":[{"id":"line","count_max":%d}],"zones":[{"id":"zone","count_max":1}]}'
    assert capacity.other_caps(load(path), signed % 2) == []
    [said] = capacity.other_caps(load(path), signed % 255)
    assert said.startswith("lines.line: count_max 255 is signed, and 2 is")


def test_of_a_box_as_it_ships_bound_reader_and_cap_hold(audited: AuditedBox) -> None:
    findings = {finding.name: finding for finding in capacity.look(audited)}
    assert {name: finding.verdict for name, finding in findings.items()} == {
        "the bound": Verdict.PROVEN,
        "what the reader takes": Verdict.TWIN,
        "a box above its cap": Verdict.PROVEN,
        "a gate above its cap": Verdict.PROVEN,
    }
    tried = [finding for finding in findings.values() if finding.attacks]
    assert [(finding.attacks, finding.refused, finding.controls) for finding in tried] == [
        (1, 1, 1),
        (1, 1, 1),
    ]
