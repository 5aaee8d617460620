# SPDX-License-Identifier: Apache-2.0
"""What tests of more than one room use."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.broker import Broker

# A busy machine is no fault of the code: properties are judged by what they find, not by how long
# they look. No example is kept on disk: each run stands alone, beside others, and in a clone that
# its user may not write to. A property that states no number of its own is tried on so many
# examples every day, and on twenty times as many by scripts/campaign.
settings.register_profile(
    "patient",
    max_examples=50,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("patient"), max_examples=1_000)
settings.load_profile("patient")


def pytest_collection(session: pytest.Session) -> None:  # noqa: ARG001 - the hook's own name
    """Look for no garbage while tests are loaded: what is loaded stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Set apart what is loaded by now: no later collection of garbage goes over it again."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Collect what a file's tests have dropped before the next file begins.

    What they left open is said when it is collected, as an error of the test that happens to run
    then: so it is one of theirs.
    """
    yield
    gc.collect()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running broker, for this test alone."""
    with Broker(tmp_path / "broker") as running:
        yield running
