# SPDX-License-Identifier: Apache-2.0
"""Plain words: short sentences, no word that B1 does not have, and both languages whole.

A level of language is no measure, and a reader of B1 was not asked. What is held are the signs of
it: length of sentences and of words, and words that offices like and others do not.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser

import pytest

from fusion_service.web.public_page.words.en import EN
from fusion_service.web.public_page.words.nl import NL
from fusion_service.web.public_page.words.wording import PublicWords
from tests.fusion_service.web.public_page.town import SITE, Town
from tests.fusion_service.web.test_api import ask

AVERAGE_MAX, LONGEST_MAX, LETTERS_MAX = 15, 20, 15
HARD = {
    "nl": "aangaande aanvang aantreffen additioneel algoritme alsmede alvorens anonimiseren "
    "betreffende betrouwbaarheidsinterval bezettingsgraad bijgevolg capaciteit conform "
    "continueren coverage daadwerkelijk dataset dichtheid dien dienen doch doeltreffend "
    "drempelwaarde echter eenieder effectueren evenwel fluctuatie frequentie fusie geaggregeerd "
    "geenszins gelieve gemiddelde genereren gerealiseerd heden hetgeen hieromtrent historisch "
    "implementeren inclusief indicatief indien informeren ingevolge initieel inzake interval "
    "jegens kwantiel kwantitatief marge methodiek middels mits modelmatig monitoren naar "
    "aanleiding nagenoeg nauwkeurigheid niettemin omtrent onderhavige onverminderd "
    "onzekerheid optimaliseren parameter percentage populatie privacy procentueel prognose "
    "publicatie raming realiseren rechtens reeds relevant representatief respectievelijk "
    "schaalniveau significant statistisch teneinde tevens thans tolerantie toonaangevend "
    "transparantie trend uiterlijk validatie variabele verifiëren verkrijgen verschaffen "
    "verstrekken vertraging vigerend voornoemd voorspelling voorts waarschijnlijkheid "
    "waarneming zodoende zone zulks",
    "en": "accordingly accuracy additional aggregate algorithm anonymise approximately ascertain "
    "assistance capacity commence concerning confidence consequently coverage cumulative "
    "dataset deemed density disclosure endeavour estimation facilitate fluctuation forthwith "
    "furthermore granularity hence hereby hereinafter historical implement indicative initial "
    "interval margin methodology metric monitor moreover nevertheless notwithstanding numerous "
    "obtain occupancy parameter percentage percentile population prior privacy probability "
    "pursuant quantile quantitative regarding representative respectively significant "
    "statistical subsequent sufficient terminate thereby threshold tolerance transparency "
    "trend uncertainty utilise validate variable verify whereas whilst zone",
}


class Blocks(HTMLParser):
    """The text of a page, block by block: a heading and a list's entry are one each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[str] = [""]
        self.feed(html)

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"p", "li", "h1", "h2", "h3", "h4", "summary", "a"}:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        self.blocks[-1] += data


def sentences(html: str) -> Iterator[list[str]]:
    """Yield the words of each sentence; numbers and times are one word each."""
    for block in Blocks(html).blocks:
        for sentence in re.split(r"(?<=[.?!:])\s+", block):
            words = re.findall(r"[\w'.:-]+", sentence)
            if words:
                yield words


@pytest.fixture(name="pages", scope="module")
def _pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return every page in each language: with all numbers, and with none."""
    found = {"nl": "", "en": ""}
    for is_full in (True, False):
        folder = tmp_path_factory.mktemp("words")
        with Town(folder, name="Strand", is_forecast_told=is_full, exercise="storm") as town:
            if is_full:
                town.fill()
            for language in found:
                for path in (f"/public/{SITE}", f"/public/{SITE}/embed", "/public/elsewhere"):
                    html = ask(town.app, path, {"language": language}).text
                    found[language] += html[html.index("<main") :]
    return found


@pytest.mark.parametrize("language", ["nl", "en"])
def test_sentences_are_short(pages: dict[str, str], language: str) -> None:
    lengths = [len(words) for words in sentences(pages[language])]
    long = [len(words) for words in sentences(pages[language]) if len(words) > 4]
    assert sum(long) / len(long) <= AVERAGE_MAX, "without the short lines of hours"
    assert max(lengths) <= LONGEST_MAX


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_hard_word_is_in_it_and_no_word_is_very_long(
    pages: dict[str, str], language: str
) -> None:
    text = " ".join(" ".join(words) for words in sentences(pages[language])).lower()
    words = {one for one in re.findall(r"[^\W\d_]+", text) if one not in {"script", "window"}}
    hard = {*HARD[language].split()} - {"naar"}
    assert words & hard == set()
    assert {one for one in words if len(one) > LETTERS_MAX} == set()


def test_both_languages_say_all_and_fill_in_the_same() -> None:
    names = re.compile(r"\{(\w+)\}")
    for field in fields(PublicWords):
        dutch, english = getattr(NL, field.name), getattr(EN, field.name)
        assert type(dutch) is type(english)
        assert len(dutch) > 0
        assert len(english) > 0
        if isinstance(dutch, str):
            assert set(names.findall(dutch)) == set(names.findall(english)), field.name
        else:
            assert len(dutch) == len(english), field.name
