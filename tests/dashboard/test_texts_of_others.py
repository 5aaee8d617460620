# SPDX-License-Identifier: Apache-2.0
"""Texts of others are text: markup, addresses and turned letters do nothing, in a real browser."""

import pytest

from development.testbed.browser import Tab
from tests.dashboard.stage import (
    LINK,
    MARKUP,
    ORGANISATION,
    SCRIPT,
    SITE,
    SITE_NAME,
    TURNED,
    ZONE_NAME,
    Stage,
)

SHOWN = {"\u202e": "\ufffd", "\u202c": "\ufffd"}


def as_shown(text: str) -> str:
    """Return a text as the page may show it: every letter, and no turn of direction."""
    return text.translate(str.maketrans(SHOWN))


@pytest.mark.parametrize(
    ("path", "where", "text"),
    [
        ("/", "h1", SITE_NAME),  # a site's name
        ("/", "tr[data-zone=deck] .name", ZONE_NAME),  # a zone's name in the table
        ("/zones/deck", "#zone-title", ZONE_NAME),
        ("/zones/deck", ".routes", LINK),  # an emergency route's name
        ("/zones/deck", ".checklist", MARKUP),  # what was agreed
        ("/zones/deck", ".measure-by", SCRIPT),  # and who does it
        ("/boxes", "table.list tbody", ZONE_NAME),  # beside the box that looks at it
        ("/wall", "h1", SITE_NAME),  # on a wall
        ("/wall", "li[data-zone=deck] h2", ZONE_NAME),
        ("/account", "dl", ORGANISATION),  # whose somebody is
    ],
)
def test_a_text_of_others_is_shown_as_it_is_and_does_nothing(
    stage: Stage, officer: Tab, path: str, where: str, text: str
) -> None:
    if officer.evaluate("location.pathname") != path:
        officer.goto(f"{stage.url}{path}?site={SITE}")
    officer.wait(where)
    officer.wait(".link.is-live")  # the site's own name has come
    officer.until("document.querySelector('main').textContent.length > 100")
    assert as_shown(text) in officer.text(where)
    assert officer.evaluate("window.hurt ?? null") is None
    assert officer.count("img, iframe, object, main script, [onerror], a[href^='javascript:']") == 0
    assert TURNED not in officer.evaluate("document.body.textContent + document.title")
    log = officer.log()
    assert (log.errors, log.violations) == ((), ())


def test_the_api_gives_them_as_they_are_and_only_the_page_decides(stage: Stage) -> None:
    drawn = stage.centre.get(f"/v1/sites/{SITE}")
    assert (drawn["name"], drawn["zones"][0]["name"]) == (SITE_NAME, ZONE_NAME)
