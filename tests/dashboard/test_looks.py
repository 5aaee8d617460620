# SPDX-License-Identifier: Apache-2.0
"""Every page on every screen: for everybody who looks, in both languages, by day and by night."""

from urllib.parse import urlsplit

import pytest

from development.testbed.browser import DESKTOP, PHONE, Scheme, Tab
from fusion_service.web.page.routes import POLICY
from tests.dashboard.stage import SITE, Stage
from tests.dashboard.words import dictionary

PAGES = {
    f"/?site={SITE}": "table.zones",
    f"/wall?site={SITE}": ".wall-zone",
    f"/zones/deck?site={SITE}": ".chart",
    f"/alarms?site={SITE}": ".alarms",
    f"/shift?site={SITE}": ".shift-page",
    f"/boxes?site={SITE}": "table.list",
    f"/boxes/{SITE}/pier-1": "article.box",
    "/fleet": ".fleet-box",
    f"/officer/{SITE}": ".officer-list",
    f"/officer/{SITE}/pier-1": "article.officer",
    "/account": "button[data-do=log-out]",
}
NARROW = (320, 640)
LOOKS: dict[str, tuple[tuple[tuple[int, int], Scheme], ...]] = {
    "nl": ((DESKTOP, "light"), (PHONE, "dark")),
    "en": ((DESKTOP, "dark"), (PHONE, "light")),
}
"""No page is of another colour in another language: each screen is seen by day and by night."""


def show(stage: Stage, tab: Tab, path: str, language: str) -> None:
    """Go to a page in a language; one that is there already is told the language by its button."""
    button = f"[data-do=language][data-value={language}]"
    if tab.evaluate("location.pathname + location.search") == path and tab.count(button) == 1:
        tab.click(button)
        tab.wait(f"html[lang={language}]")
    else:
        tab.evaluate(f"localStorage.setItem('language', '{language}')")
        tab.goto(stage.url + path)
    tab.wait(PAGES[path])


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_axe_finds_nothing_by_day_or_night_on_a_desk_or_a_telephone(
    stage: Stage, officer: Tab, path: str, language: str
) -> None:
    show(stage, officer, path, language)
    assert officer.evaluate("document.documentElement.lang") == language
    for size, scheme in LOOKS[language]:
        officer.look(size, scheme)
        assert officer.axe() == [], (scheme, size)
    officer.look(DESKTOP, "light")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_at_320_pixels_which_is_400_percent_of_a_desk(
    stage: Stage, officer: Tab, path: str
) -> None:
    officer.look(NARROW, "light")
    for language in ("nl", "en"):
        show(stage, officer, path, language)
        wide = officer.evaluate("document.documentElement.scrollWidth")
        assert wide <= NARROW[0], officer.evaluate(
            "[...document.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > "
            "321).map((e) => e.outerHTML.slice(0, 80)).slice(0, 5)"
        )
    officer.look(DESKTOP, "light")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_log_in_is_for_everybody_too(stage: Stage, language: str) -> None:
    tab = stage.browser.open("log-in", PHONE, locale=f"{language}-NL")
    for path, field in (("/", "#field-login"), ("/wall", "#field-key")):
        tab.goto(stage.url + path)
        tab.wait(field)
        assert tab.evaluate("document.documentElement.lang") == language
        tab.look(NARROW, "light")
        assert tab.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
        tab.look(PHONE, "dark")
        assert tab.axe() == []
        tab.look(PHONE, "light")
        assert tab.axe() == []
    tab.close()


def test_a_keyboard_reaches_everything_and_shows_where_it_is(stage: Stage, officer: Tab) -> None:
    show(stage, officer, f"/?site={SITE}", "nl")
    reached = []
    for _ in range(14):
        officer.press("Tab")
        reached.append(officer.evaluate("document.activeElement.textContent"))
    for words in ("Naar de vakken", "Kastjes", "Account", "English"):
        assert words in reached, reached
    officer.evaluate("document.querySelector('[data-do=language]').focus()")
    assert officer.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    officer.press("Enter")
    officer.wait("html[lang=en]")
    assert officer.text("#zones-title") == "Zones, worst first"
    assert officer.evaluate("document.activeElement.dataset.do") == "language", "focus stays"


def test_numbers_and_times_are_as_the_language_writes_them(stage: Stage, officer: Tab) -> None:
    written = "document.querySelector('tr[data-zone=deck] .basis').textContent"
    show(stage, officer, f"/?site={SITE}", "nl")
    assert "," in officer.evaluate(written)
    show(stage, officer, f"/?site={SITE}", "en")
    assert "." in officer.evaluate(written)


def test_each_page_has_the_policy_and_nothing_foreign_was_ever_asked_for(
    stage: Stage, officer: Tab
) -> None:
    titles = set()
    for path, shown in PAGES.items():
        headers = officer.goto(stage.url + path)["headers"]
        assert headers["content-security-policy"] == POLICY, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        officer.wait(shown)
        titles.add(officer.evaluate("document.title"))
    assert len(titles) == len(PAGES), "each page has a title of its own"
    log = officer.log()
    assert {urlsplit(one).netloc for one in log.requests} == {urlsplit(stage.url).netloc}
    assert (log.errors, log.violations) == ((), ())
    assert officer.count("[style]") == 0


def test_no_word_of_the_other_language_is_left(stage: Stage, officer: Tab) -> None:
    dictionaries = {language: set(dictionary(language).values()) for language in ("nl", "en")}
    for path in PAGES:
        for language, other in (("nl", "en"), ("en", "nl")):
            strangers = dictionaries[other] - dictionaries[language] - {"Nederlands", "English"}
            show(stage, officer, path, language)
            texts = officer.evaluate(
                "(() => { const walker = document.createTreeWalker(document.body, 4); const all = "
                "[]; while (walker.nextNode()) all.push(walker.currentNode.data.trim()); return "
                "all; })()"
            )
            assert set(texts) & strangers == set(), path
