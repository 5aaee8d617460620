# SPDX-License-Identifier: Apache-2.0
"""docs/PRIVACY.md against the code: how long a sensor that lies would need."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_agent.channel import Schema
from edge_agent.config.sections.disclosure import Disclosure
from edge_agent.config.site_rules import HEALTH_BITS, LINE_M_MIN, ZONE_M2_MIN

BITS = {
    "one bit": 1,
    "a number plate (28 bits)": 28,
    "a face template (512 bits)": 512,
    "a crop of 400 bytes (3,200 bits)": 3200,
}


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


def fields(node: Any, schema: Any, prefix: str = "") -> Iterator[str]:
    """Yield every field of a published schema as the page writes it: `rule.name`, `lines[].in`."""
    if "$ref" in node:
        yield from fields(schema["$defs"][node["$ref"].split("/")[-1]], schema, prefix)
    elif "properties" in node:
        for name, child in node["properties"].items():
            yield from fields(child, schema, f"{prefix}.{name}" if prefix else name)
    elif "properties" in node.get("items", {}) or "$ref" in node.get("items", {}):
        yield from fields(node["items"], schema, f"{prefix}[]")
    else:
        yield prefix


def test_the_table_of_what_leaves_holds_every_field_of_a_report_and_no_other(root: Path) -> None:
    schema = json.loads((root / "docs" / "schema" / "report.v2.json").read_text("utf-8"))
    section = (
        (root / "docs" / "PRIVACY.md")
        .read_text("utf-8")
        .partition("## What leaves")[2]
        .partition("\n## ")[0]
    )
    named = [
        name
        for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", row)
    ]
    assert sorted(named) == sorted(fields(schema, schema))


def test_the_audits_place_is_marked(root: Path) -> None:
    text = (root / "docs" / "PRIVACY.md").read_text("utf-8")
    assert [text.count(f"<!-- audit output: {end}") for end in ("begin", "end")] == [1, 1]


def test_the_bounds_named_are_those_in_the_code(root: Path) -> None:
    text = (root / "docs" / "PRIVACY.md").read_text("utf-8")
    assert f"a zone under {ZONE_M2_MIN:g} m2 or a line under {LINE_M_MIN:g} m" in text
