# SPDX-License-Identifier: Apache-2.0
"""docs/EXERCISES.md against what is read: its keys, its kinds and its example."""

import re
from pathlib import Path

from fusion_service.exercise.scenario import InjectKind
from fusion_service.exercise.scenario_file import read_scenario
from fusion_service.exercise.scenario_tables import NEEDS, ScenarioTable
from tests.fusion_service.exercise.small_site import SITE
from tests.fusion_service.registry.site_file.test_document import keys

DOCUMENT = (Path(__file__).parents[3] / "docs" / "EXERCISES.md").read_text("utf-8")


def test_every_key_and_kind_is_documented_and_every_documented_one_exists() -> None:
    first = re.findall(r"^\| `([a-z_\[\].]+)` \| [^|]* \|$", DOCUMENT, re.MULTILINE)
    # Lists are told from tables by the document's reader, not by this.
    assert {key.replace("[]", "") for key in first} == set(keys(ScenarioTable))


def test_what_each_kind_needs_is_documented() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| ([^|]*) \| [^|]* \|$", DOCUMENT, re.MULTILINE)
    said = {InjectKind(kind): frozenset(needs.split(", ")) for kind, needs in rows}
    assert said == {kind: needed for kind, (needed, _) in NEEDS.items()}


def test_the_examples_are_scenarios_without_a_mistake() -> None:
    examples = re.findall(r"^```toml\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    read = [read_scenario(example.encode(), "example", SITE, "") for example in examples]
    assert [one.name for one in read] == ["small-drill", "sunday-again"]
    assert [one.recorded is not None for one in read] == [False, True]
