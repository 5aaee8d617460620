# SPDX-License-Identifier: Apache-2.0
"""The public page in a real browser: for everybody, on every screen, alive, and in a frame."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from development.testbed.browser import DESKTOP, PHONE, Scheme, Tab
from tests.dashboard.keyboard import go_to
from tests.dashboard.public.conftest import Shore
from tests.fusion_service.web.picture.drawn import AT_S
from tests.fusion_service.web.public_page.town import SITE, SITE_NAME, ZONE_NAME

WHOLE, SMALL, STATEMENT = f"/public/{SITE}", f"/public/{SITE}/embed", "/accessibility"
NARROW = (320, 640)
SPACED = (
    "(() => { const sheet = new CSSStyleSheet(); sheet.replaceSync('* { line-height: 1.5 "
    "!important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { "
    "margin-bottom: 2em !important }'); document.adoptedStyleSheets = [sheet]; })()"
)
"""Success criterion 1.4.12 of WCAG 2.1."""
WIDE = "document.documentElement.scrollWidth"
READ_ROLES = {"heading", "StaticText", "link"}


def read_aloud(tab: Tab) -> list[str]:
    """Return what a screen reader comes to, from the top: by the browser's own tree."""
    nodes = {one["id"]: one for one in tab.tree()}

    def below(node: dict[str, object]) -> Iterator[str]:
        if not node["ignored"] and node["role"] in READ_ROLES:
            yield f"{node['role']}: {node['name']}"
            if node["role"] != "heading":
                return
        if node["role"] == "heading":
            return
        for child in node["children"]:  # type: ignore[attr-defined]  # of the browser's JSON
            if child in nodes:
                yield from below(nodes[child])

    root = next(one for one in nodes.values() if not one["parent"])
    return list(below(root))


def place_of(said: str, lines: list[str]) -> int:
    """Return where something is read."""
    found = [number for number, line in enumerate(lines) if said in line]
    assert found, (said, lines)
    return found[0]


def test_a_screen_reader_is_told_how_busy_at_three_how_sure_and_how_often_wrong(
    shore: Shore, citizen: Tab
) -> None:
    for language, wanted in {
        "nl": (
            "heading: Hoe druk is het?",
            "heading: Hoe druk is het nu?",
            "heading: Hoe druk wordt het?",
            "heading: Kade",
            "15:00: vrij druk, 800 tot 1.350 mensen",
            "heading: Hoe zeker zijn wij?",
            "In 8 van de 10 keer ligt het aantal mensen daartussen.",
            "heading: Hoe vaak hadden wij het fout?",
            "Gisteren was dat 17 van de 100 keer.",
        ),
        "en": (
            "heading: How busy is it?",
            "heading: How busy is it now?",
            "heading: How busy will it be?",
            "heading: Kade",
            "15:00: fairly busy, 800 to 1,350 people",
            "heading: How sure are we?",
            "In 8 of 10 times the number of people lies between them.",
            "heading: How often were we wrong?",
            "Yesterday this was 17 of 100 times.",
        ),
    }.items():
        citizen.goto(f"{shore.url}{WHOLE}?language={language}")
        lines = read_aloud(citizen)
        whole = "".join(line.removeprefix("StaticText:") for line in lines).replace(" ", "")
        quay, at_three = whole[whole.index("heading:Kade") :], wanted[4]
        assert quay[quay.index("15:00") :].startswith(at_three.replace(" ", ""))
        places = [place_of(one, lines) for one in wanted if one is not at_three]
        assert places == sorted(places), lines
        assert places[3] < place_of("800", lines) < places[4]


@pytest.mark.parametrize("path", [WHOLE, SMALL, STATEMENT])
def test_axe_finds_nothing_on_any_screen_in_either_language(
    shore: Shore, citizen: Tab, path: str
) -> None:
    looks: dict[str, tuple[tuple[int, int], Scheme]] = {
        "nl": (PHONE, "dark"),
        "en": (DESKTOP, "light"),
    }
    for language, (size, scheme) in looks.items():
        citizen.look(size, scheme)
        headers = citizen.goto(f"{shore.url}{path}?language={language}")["headers"]
        assert "content-security-policy" in headers
        assert citizen.axe() == [], (language, scheme)
    citizen.look(DESKTOP, "light")


def test_it_holds_with_more_contrast_in_forced_colours_and_on_paper(
    shore: Shore, citizen: Tab
) -> None:
    citizen.goto(f"{shore.url}{WHOLE}?language=nl")
    citizen.media(contrast="more")
    assert citizen.axe() == []
    citizen.media(contrast=None, forcedColors="active")
    assert citizen.axe() == []
    citizen.media(forcedColors=None, media="print")
    assert citizen.evaluate("getComputedStyle(document.querySelector('header')).display") == "none"
    assert "15:00" in citizen.text("main")
    citizen.media(media=None)


@pytest.mark.parametrize("path", [WHOLE, SMALL, STATEMENT])
def test_nothing_scrolls_sideways_at_400_percent_nor_with_more_space_in_the_text(
    shore: Shore, citizen: Tab, path: str
) -> None:
    citizen.look(NARROW, "light")
    for language in ("nl", "en"):
        citizen.goto(f"{shore.url}{path}?language={language}")
        assert citizen.evaluate(WIDE) <= NARROW[0]
        citizen.evaluate(SPACED)
        assert citizen.evaluate(WIDE) <= NARROW[0], "spaced"
    citizen.look(DESKTOP, "light")


def test_a_keyboard_reaches_all_and_opens_tomorrow(shore: Shore, citizen: Tab) -> None:
    citizen.goto(f"{shore.url}{WHOLE}?language=nl")
    go_to(citizen, "Naar de cijfers")
    go_to(citizen, "English")
    go_to(citizen, "Morgen")
    assert citizen.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    citizen.press("Enter")
    assert citizen.count("details[open]") == 1
    go_to(citizen, "Deze cijfers voor computers")
    small = (
        "[...document.querySelectorAll('main a, header a:not(.skip), summary')].filter((e) => "
        "e.getBoundingClientRect().height < 24).length"
    )
    assert citizen.evaluate(small) == 0, "targets are 24 pixels high at least"


def test_it_is_kept_up_to_date_where_it_is_and_a_text_of_others_stays_text(
    shore: Shore, citizen: Tab
) -> None:
    citizen.goto(f"{shore.url}{WHOLE}?language=nl")
    citizen.evaluate("document.querySelector('details').open = true")
    citizen.evaluate("document.querySelector('summary').focus()")
    assert "van 14:00 uur" in citizen.text("section .when")
    shore.town.now_s += 60
    shore.town.count(AT_S + 60, {"pier": 2_000.0, "dune": 100.0})
    citizen.evaluate("void dispatchEvent(new Event('online'))")
    citizen.until("document.querySelector('section .when').textContent.includes('14:01')")
    said = citizen.text(".places")
    assert "1.600 en 2.400" in said
    assert ZONE_NAME.replace("\u202e", "\ufffd").replace("\u202c", "\ufffd") in said
    assert SITE_NAME in citizen.text("h1")
    assert citizen.count("details[open]") == 1
    assert citizen.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert citizen.evaluate("window.hurt ?? null") is None
    assert citizen.count("img, iframe, object, main script, [onerror], [style]") == 0


def test_a_line_that_is_cut_is_told_and_heals(shore: Shore, citizen: Tab) -> None:
    citizen.goto(f"{shore.url}{WHOLE}?language=nl")
    assert citizen.text("#lost") == ""
    citizen.go_offline(is_offline=True)
    citizen.until("document.querySelector('#lost').textContent.includes('geen verbinding')")
    citizen.go_offline(is_offline=False)
    citizen.until("document.querySelector('#lost').textContent === ''")


def test_it_asks_nobody_else_and_keeps_nothing(shore: Shore, citizen: Tab) -> None:
    log = citizen.log()
    assert {urlsplit(one).netloc for one in log.requests} == {urlsplit(shore.url).netloc}
    assert (log.errors, log.violations) == ((), ())
    kept = "document.cookie + localStorage.length + sessionStorage.length"
    assert citizen.evaluate(kept) == "00"


def test_the_example_of_another_origin_shows_it_in_a_frame_and_a_stranger_does_not(
    shore: Shore, citizen: Tab
) -> None:
    citizen.goto(shore.city)
    citizen.until("document.querySelector('iframe').contentDocument === null")
    assert citizen.inside("location.origin") == shore.url
    assert "Pier" in citizen.inside("document.querySelector('main').textContent")
    assert citizen.inside("document.cookie + localStorage.length") == "0"
    assert citizen.inside("document.querySelector('a').target") == "_blank"
    assert citizen.log().violations == ()
    citizen.goto(shore.stranger)
    citizen.until("document.querySelector('iframe').contentDocument === null")
    assert citizen.inside("document.querySelector('main')?.textContent ?? ''").strip() == ""
    assert any("frame-ancestors" in one for one in citizen.log().violations)
