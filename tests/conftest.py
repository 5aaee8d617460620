# SPDX-License-Identifier: Apache-2.0
"""What tests of more than one room use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running broker, for this test alone."""
    with Broker(tmp_path / "broker") as running:
        yield running
