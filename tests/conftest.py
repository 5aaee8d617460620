# SPDX-License-Identifier: Apache-2.0
"""What tests of more than one room use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.broker import Broker

# A busy machine is no fault of the code: properties are judged by what they find, not by how long they look.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running broker, for this test alone."""
    with Broker(tmp_path / "broker") as running:
        yield running
