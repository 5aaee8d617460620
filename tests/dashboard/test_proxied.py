# SPDX-License-Identifier: Apache-2.0
"""The page through the shipped proxy, as a city runs it: TLS, a cookie of this host, a stream."""

from pathlib import Path

import pytest

from development.testbed.browser import Browser
from tests.dashboard.stage import Stage, log_in
from tests.fusion_service.web.test_proxy import HOST, NGINX, Proxy


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt install nginx-light")
def test_the_page_is_live_through_the_proxy_with_a_cookie_that_only_tls_carries(
    stage: Stage, tmp_path: Path
) -> None:
    guest = stage.guest("behind-the-proxy", "officer")
    rules = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
    with Proxy(tmp_path / "proxy", stage.centre.port) as proxy, Browser(rules) as browser:
        tab = browser.open("proxied")
        assert tab.goto(f"https://{HOST}:{proxy.port}/")["status"] == 200
        tab.wait("#field-login")
        log_in(tab, guest)
        tab.wait("table.zones")
        tab.wait(".link.is-live")
        tab.until("document.querySelector('.clock time').textContent.includes(':')")
        assert tab.evaluate("document.cookie") == "", "no script reads it"
        tab.goto(f"https://{HOST}:{proxy.port}/account")
        tab.wait("button[data-do=log-out]")
        tab.click("button[data-do=log-out]")
        tab.wait("#field-login")
        log = tab.log()
        assert (log.errors, log.violations) == ((), ())
