# SPDX-License-Identifier: Apache-2.0
"""The editor as an installer has it open, on a site where nobody counts."""

import pytest

from development.testbed.browser import Tab
from tests.dashboard.stage import Stage

SIZE = (1280, 800)


@pytest.fixture(scope="session", name="editor")
def _editor(stage: Stage) -> Tab:
    tab = stage.browser.open("editor", SIZE)
    guest = stage.guest("draws-1", "installer", organisation="municipality")
    stage.enter(tab, guest, "/editor?site=harbour")
    tab.wait(".editor-ground .drawn-zone", within_s=30)
    return tab
