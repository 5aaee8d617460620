# SPDX-License-Identifier: Apache-2.0
"""A copy of the source for audits of lies, and a box for the parts to look at."""

from collections.abc import Iterator

import pytest

from edge_agent.audit.box import AuditedBox
from edge_agent.audit.stage import stage
from tests.edge_agent.audit.copied import Copied


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    return Copied(tmp_path_factory.mktemp("copied"))


@pytest.fixture
def copied(environment: Copied) -> Copied:
    """The source as it is in this clone, to be changed."""
    environment.renew()
    return environment


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditedBox]:
    """A box of the audit's own, running, with its broker, its centre and its clip."""
    folder = tmp_path_factory.mktemp("audited")
    with stage(None, (), folder) as box:
        yield box
