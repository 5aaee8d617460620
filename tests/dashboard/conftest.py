# SPDX-License-Identifier: Apache-2.0
"""One centre and one browser for all tests of the page; without a browser they skip."""

from collections.abc import Iterator
from functools import partial

import pytest

from development.set_up.page import BUILT
from development.testbed.browser import WEBGL, Browser, Tab, lacking
from tests.broker import Broker
from tests.dashboard.relay import Relay
from tests.dashboard.stage import DRAWN, OFFICER, ORGANISATION, OTHER, SITE, Feed, Stage
from tests.fusion_service.box import Box
from tests.fusion_service.centre import Centre, ReadyCentre, until
from tests.fusion_service.wire import Wire


def _is_committed(centre: Centre, feed: Feed) -> bool:
    return centre.upto(feed.box) == feed.sequence


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    if lack := lacking():
        pytest.skip(lack)
    if not (BUILT / "index.html").exists():
        pytest.skip("the page is not built: python3 scripts/setup.py dev")
    folder = tmp_path_factory.mktemp("stage")
    with Broker(folder / "broker") as broker:
        centre = ReadyCentre(folder / "centre", broker.port, ingest=OFFICER)
        box = Box(SITE)
        centre.enrol(box)
        with (
            centre,
            Wire(broker.port) as wire,
            Relay(centre.port) as relay,
            Browser(*WEBGL) as browser,
        ):
            centre.wait_until_connected()
            feed = Feed(wire, box)
            feed.begin(30)
            until(partial(_is_committed, centre, feed), "the past")
            made = Stage(centre, relay, browser, feed)
            # Drawn after its past has come, a site begins with it.
            (folder / "site.toml").write_text(DRAWN, "utf-8")
            centre.draw(folder / "site.toml")
            (folder / "other.toml").write_text(OTHER, "utf-8")
            centre.draw(folder / "other.toml")
            made.wait_until_known()
            yield made


@pytest.fixture(scope="session")
def officer(stage: Stage) -> Tab:
    """The page as an officer has it all day; nothing may go wrong in it."""
    tab = stage.browser.open("officer")
    stage.enter(tab, stage.guest("duty-1", "officer", organisation=ORGANISATION))
    tab.wait("table.zones")
    return tab
