# SPDX-License-Identifier: Apache-2.0
"""A copy of the source for audits of lies, and a box for the parts to look at."""

import pytest

from tests.edge_agent.audit.copied import Copied


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    return Copied(tmp_path_factory.mktemp("copied"))


@pytest.fixture
def copied(environment: Copied) -> Copied:
    """The source as it is in this clone, to be changed."""
    environment.renew()
    return environment
