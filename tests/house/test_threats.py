# SPDX-License-Identifier: Apache-2.0
"""docs/THREATS.md against the repository.

Every file it names exists, and every adversary is answered in full.
"""

import re
from pathlib import Path

import pytest

ADVERSARIES = (
    "A passer-by",
    "A thief of the box",
    "A hostile broker",
    "A hostile uplink",
    "A hostile sensor process, or a hostile model",
    "Two processes that work together",
    "A hostile operator of the centre",
    "A hostile installer",
    "The maker of the camera",
    "The kernel, drivers, firmware, Python, the libraries",
)
PATH = re.compile(
    r"\b(?:edge_agent|fusion_service|wire_contract|firmware_configs|tests|docs|requirements|scripts)/[\w./@-]+\w"
)


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "THREATS.md").read_text("utf-8")


def test_every_file_named_exists(text: str, root: Path) -> None:
    named = set(PATH.findall(text))
    assert len(named) > 20
    assert {name for name in named if not (root / name).exists()} == set()


def test_a_linked_file_is_the_one_that_is_named(text: str) -> None:
    links = re.findall(r"\[([\w./@-]+)\]\(([^)]+)\)", text)
    assert [(name, target) for name, target in links if target not in {f"../{name}", name}] == []


@pytest.mark.parametrize("adversary", ADVERSARIES)
def test_every_adversary_is_answered_in_full(text: str, adversary: str) -> None:
    section = text.partition(f"## {adversary}\n")[2].partition("\n## ")[0]
    assert [word for word in ("Holds:", "Shown by:", "Does not hold:") if word not in section] == []
    assert re.search(r"Shown by:\s+\[tests/", section)
