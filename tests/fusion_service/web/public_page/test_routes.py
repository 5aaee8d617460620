# SPDX-License-Identifier: Apache-2.0
"""The public pages as they are served: their words, their policy, and what they never say."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion_service.web.page.routes import POLICY
from fusion_service.web.public_page.page import Links
from fusion_service.web.public_page.statement import Answering
from tests.fusion_service.web.picture.drawn import AT_S
from tests.fusion_service.web.public_page.test_markup import Read
from tests.fusion_service.web.public_page.town import (
    NOW_S,
    SITE,
    SITE_NAME,
    TURNED,
    ZONE_NAME,
    Town,
)
from tests.fusion_service.web.test_api import ask

WHOLE, SMALL = f"/public/{SITE}", f"/public/{SITE}/embed"
OURS = set(
    "html head meta title link script body header a main h1 h2 h3 h4 p span strong bdi "  # noqa: SIM905 - a list of words
    "section ul ol li time svg rect div details summary noscript".split()
)
CITY = "https://city.example:8443"


@pytest.fixture(name="town", scope="module")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Town(tmp_path_factory.mktemp("town"), embed=[CITY]) as town:
        yield town.fill()


def page(town: Town, path: str = WHOLE, language: str = "nl") -> str:
    answer = ask(town.app, path, {"language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_it_says_how_busy_it_is_and_will_be_how_sure_and_how_often_wrong(town: Town) -> None:
    dutch, english = Read(page(town)).text, Read(page(town, language="en")).text
    for said in (
        "Deze cijfers zijn van 14:00 uur. Wij laten cijfers 10 minuten later zien.",
        "Pier: rustig, tussen 100 en 250 mensen.",
        "Kade: druk, tussen 1.100 en 1.700 mensen.",
        "15:00: vrij druk, 800 tot 1.350 mensen",
        "In 8 van de 10 keer ligt het aantal mensen daartussen.",
        "Drie uur van tevoren. Gisteren was dat 17 van de 100 keer.",
        "De laatste 30 dagen was dat 20 van de 100 keer. Van die 30 dagen kennen wij er 20.",
        "Wij krijgen geen foto's en geen video's.",
    ):
        assert said in dutch
    for said in (
        "Kade: busy, between 1,100 and 1,700 people.",
        "15:00: fairly busy, 800 to 1,350 people",
        "In 8 of 10 times the number of people lies between them.",
        "Three hours before. Yesterday this was 17 of 100 times.",
    ):
        assert said in english
    assert 'datetime="2026-06-21T15:00:00+02:00"' in page(town)


def test_no_number_of_it_is_finer_than_the_rules(town: Town) -> None:
    text = Read(page(town)).text
    people = [int(one.replace(".", "")) for one in re.findall(r"[\d.]+(?= (?:tot|mensen))", text)]
    assert len(people) > 60
    assert {one % 50 for one in people} == {0}


def test_texts_of_others_are_text_in_every_place(town: Town) -> None:
    for path in (WHOLE, SMALL):
        html = page(town, path)
        read = Read(html)
        assert {tag for tag, _ in read.tags} <= OURS, path
        assert SITE_NAME in read.text
        assert ZONE_NAME.replace("\u202e", "\ufffd").replace("\u202c", "\ufffd") in read.text
        assert TURNED not in html
        assert [one for _, one in read.tags if {"style", "onerror"} & set(one)] == []
        assert sum(tag == "script" for tag, _ in read.tags) <= 1


def test_the_policy_is_the_pages_own_and_only_the_small_one_goes_into_a_frame(town: Town) -> None:
    whole, small = ask(town.app, WHOLE), ask(town.app, SMALL)
    assert whole.headers["Content-Security-Policy"] == POLICY
    assert small.headers["Content-Security-Policy"] == POLICY.replace(
        "frame-ancestors 'none'", f"frame-ancestors {CITY}"
    )
    assert ask(town.app, "/accessibility").headers["Content-Security-Policy"] == POLICY
    assert ask(town.app, "/").headers["Content-Security-Policy"] == POLICY
    for answer in (whole, small):
        assert "set-cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "max-age=60"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_who_may_frame_it_is_nobody_unless_the_config_says_so(tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        town.count()
        assert ask(town.app, SMALL).headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [
        (WHOLE, "en-GB,en;q=0.9,nl;q=0.8", "en"),
        (WHOLE, "fr, nl;q=0.5", "nl"),
        (WHOLE, "fr", "nl"),
        (f"{WHOLE}?language=en", "nl", "en"),
        (f"{WHOLE}?language=xx&fbclid=1", "en", "en"),  # what a link picks up on its way
    ],
)
def test_a_language_is_asked_for_by_the_address_or_the_browser(
    town: Town, address: str, accepted: str, language: str
) -> None:
    answer = ask(town.app, address, headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in answer.text
    assert "Accept-Language" in answer.headers["Vary"]


def test_it_is_sent_packed_and_is_the_same(town: Town) -> None:
    plain = ask(town.app, WHOLE, headers={"Accept-Encoding": "identity"})
    packed = ask(town.app, WHOLE, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.text == plain.text
    assert len(gzip.compress(plain.content)) < 20_000


def test_a_minute_long_everybody_gets_what_was_written_once(tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        town.count()
        first = page(town)
        town.count(AT_S + 300, {"pier": 2_000.0})
        assert page(town) == first
        town.now_s = NOW_S + 60
        town.count(AT_S + 360, {"pier": 2_000.0})
        assert "14:06" in page(town)


def test_what_is_not_known_or_not_told_is_said(tmp_path: Path) -> None:
    with Town(tmp_path, is_forecast_told=False) as town:
        text = Read(page(town)).text
        assert "Wij hebben nu geen cijfers." in text
        assert text.count("De gemeente laat hier niet zien hoe druk het wordt.") == 2
        assert "Er is hier nog geen link naar het register van sensoren." in text
        assert "tot" not in text


def test_links_lead_where_the_config_says(tmp_path: Path) -> None:
    links = Links("https://city.example/papers?a=1&b=2", "https://city.example/register")
    with Town(tmp_path, links=links, exercise="storm") as town:
        read = Read(page(town))
        addresses = [one["href"] for tag, one in read.tags if tag == "a"]
        assert addresses == [
            "#main",
            f"{WHOLE}?language=en",
            links.dossier,
            links.register,
            f"/v1/public/{SITE}",
            "/accessibility?language=nl",
        ]
        assert "OEFENING. Deze cijfers zijn niet echt." in read.text


def test_what_is_not_there_is_told_in_plain_words(town: Town) -> None:
    answer = ask(town.app, "/public/elsewhere", {"language": "nl"})
    assert answer.status_code == 404
    assert "Deze pagina bestaat niet." in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_of_a_site_is_there_where_the_public_is_told_nothing(tmp_path: Path) -> None:
    with Town(tmp_path, rules=None) as town:
        for path in (WHOLE, SMALL):
            assert ask(town.app, path).status_code == 404
        assert ask(town.app, "/accessibility").status_code == 200


def test_the_statement_says_what_nobody_has_filled_in(town: Town) -> None:
    dutch = Read(ask(town.app, "/accessibility", {"language": "nl"}).text).text
    english = Read(ask(town.app, "/accessibility", {"language": "en"}).text).text
    assert dutch.count("nog in te vullen") == 7
    assert english.count("still to be filled in") == 7
    for heading in ("Nalevingsstatus", "Opstelling", "Feedback", "Handhavingsprocedure"):
        assert heading in dutch


def test_the_statement_says_who_answers_and_nothing_is_open_then(tmp_path: Path) -> None:
    answering = Answering(
        "Gemeente <b>Voorbeeld</b>",
        "toegankelijk@voorbeeld.example",
        "14 070",
        "C",
        "2026-11-30",
        "https://city.example/report",
    )
    with Town(tmp_path, answering=answering) as town:
        html = ask(town.app, "/accessibility", {"language": "nl"}).text
        text = Read(html).text
        assert "nog in te vullen" not in text
        assert "Gemeente <b>Voorbeeld</b>" in text
        assert "C - eerste maatregelen genomen" in text
        assert 'href="mailto:toegankelijk@voorbeeld.example"' in html
