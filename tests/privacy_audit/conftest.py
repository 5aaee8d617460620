# SPDX-License-Identifier: Apache-2.0
"""A copy of the source for audits of lies, and a box for the parts to look at."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from privacy_audit.target.box import AuditedBox, processes_of
from privacy_audit.target.testbed import CLIP_S, stage
from tests.privacy_audit.copied import Copied


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    return Copied(tmp_path_factory.mktemp("copied"))


@pytest.fixture
def copied(environment: Copied) -> Copied:
    """The source as it is in this clone, to be changed."""
    environment.renew()
    return environment


ASKING = pytest.StashKey[set[Path]]()
"""The files of tests that ask for the kept box."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the files that ask for the kept box before the others of this folder."""
    asking = {
        item.path
        for item in items
        if isinstance(item, pytest.Function) and "audited" in item.fixturenames
    }
    config.stash[ASKING] = asking
    ours = [at for at, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    ordered = sorted((items[at] for at in ours), key=lambda item: item.path not in asking)
    for at, item in zip(ours, ordered, strict=True):
        items[at] = item


class Kept:
    """One running box for several files of tests.

    Another is begun before its film might end, and where a busy machine had one of its processes
    begun anew. It works for as long as it runs, so it is ended after the last of them.
    """

    KEPT_S = CLIP_S / 3

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders, self._opened, self._end_s = folders, ExitStack(), -1.0
        self._box: AuditedBox | None = None

    def box(self) -> AuditedBox:
        if self._box is not None and processes_of(self._box.supervisor_pid) != self._box.pids:
            self.end()
        if self._box is None or time.monotonic() > self._end_s:
            self.end()
            self._box = self._opened.enter_context(stage(None, (), self._folders.mktemp("audited")))
            self._end_s = time.monotonic() + self.KEPT_S
        return self._box

    def pytest_runtest_teardown(self, nextitem: pytest.Item | None) -> None:
        if nextitem is None or nextitem.path not in nextitem.config.stash[ASKING]:
            self.end()

    def end(self) -> None:
        self._opened.close()
        self._box = None


@pytest.fixture(scope="session")
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    one = Kept(tmp_path_factory)
    request.config.pluginmanager.register(one)
    yield one
    one.end()


@pytest.fixture(scope="module")
def audited(kept: Kept) -> AuditedBox:
    """A box of the audit's own, running, with its broker, its centre and its clip."""
    return kept.box()
