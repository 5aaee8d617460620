# SPDX-License-Identifier: Apache-2.0
"""docs/PRIVACY.md against the code: how long a sensor that lies would need."""

import re
from pathlib import Path

import pytest

from edge_agent.channel import Schema
from edge_agent.config import Disclosure
from edge_agent.disclosure.rules import COARSE_MEAN_MIN
from edge_agent.site_rules import HEALTH_BITS, LINE_M_MIN, ZONE_M2_MIN

BITS = {"one bit": 1, "a number plate (28 bits)": 28, "a face template (512 bits)": 512, "a crop of 400 bytes (3,200 bits)": 3200}


def test_the_times_are_those_of_the_table_the_gate_validates_with(root: Path) -> None:
    text = (root / "docs" / "PRIVACY.md").read_text("utf-8")
    usual = Schema(lines=(255, 255), zones=(255,)).capacity_bits() + HEALTH_BITS
    cap = float(Disclosure.model_fields["capacity_bits_per_minute_max"].default)
    assert f"at {usual:.1f} bits a minute" in text
    assert f"at the default cap, {cap:g} bits a minute" in text
    rows = dict(re.findall(r"^\| (.+?) \| ([\d.,]+ s \| [\d.,]+ s) \|$", text, re.MULTILINE))
    assert rows.keys() == BITS.keys()
    for name, bits in BITS.items():
        told = [float(part.replace(" s", "").replace(",", "")) for part in rows[name].split(" | ")]
        assert told == pytest.approx([bits * 60 / usual, bits * 60 / cap], rel=0.08)


def test_the_bounds_named_are_those_in_the_code(root: Path) -> None:
    text = (root / "docs" / "PRIVACY.md").read_text("utf-8")
    assert f"a zone under {ZONE_M2_MIN:g} m2 or a line under {LINE_M_MIN:g} m" in text
    assert COARSE_MEAN_MIN == 10
    assert "ten or more people" in text
