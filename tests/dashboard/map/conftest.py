# SPDX-License-Identifier: Apache-2.0
"""The map as an officer has it open; nothing may go wrong in it."""

from collections.abc import Iterator

import pytest

from development.testbed.browser import Tab
from tests.dashboard.stage import ORGANISATION, SITE, Stage

SIZE = (1000, 700)
"""Small: all of it is drawn by the processor."""
READY = "[data-ready=yes]"


@pytest.fixture(scope="module", name="opened")
def _opened(stage: Stage, request: pytest.FixtureRequest) -> Iterator[Tab]:
    """Closed after each file: as long as it is open, it draws whatever comes."""
    name = f"map-{request.path.stem.replace('_', '-')}"
    tab = stage.browser.open(name, SIZE)
    guest = stage.guest(name, "officer", organisation=ORGANISATION)
    stage.enter(tab, guest, f"/map?site={SITE}")
    tab.wait(READY, within_s=60)
    yield tab
    tab.close()


@pytest.fixture(name="tab")
def _tab(stage: Stage, opened: Tab) -> Tab:
    """Go there anew where another test has left it."""
    if opened.evaluate("location.pathname") != "/map":
        opened.goto(f"{stage.url}/map?site={SITE}")
    opened.wait(READY, within_s=60)
    return opened


def press(tab: Tab, key: str) -> None:
    """Press a key with the focus on the map."""
    tab.evaluate("document.querySelector('.map-canvas').focus()")
    tab.press(key)
