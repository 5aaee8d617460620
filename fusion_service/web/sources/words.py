# SPDX-License-Identifier: Apache-2.0
"""The words of the stewards' page, Dutch and English."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """All that the page says in one language. `{}` is filled in."""

    language: str
    other: str
    other_name: str
    title: str
    intro: str
    key: str
    zone: str
    people: str
    spread: str
    colour: str
    colours: tuple[tuple[str, str], ...]
    send: str
    kept: str
    wrong_key: str
    wait: str
    mistake: str
    no_source: str
    exercise: str
    privacy: str


NL = Words(
    language="nl",
    other="en",
    other_name="English",
    title="Hoe druk is het?",
    intro="Kies het vak waar je staat en schat hoeveel mensen er zijn.",
    key="Sleutel van deze telling",
    zone="Vak",
    people="Ongeveer hoeveel mensen",
    spread="Hoeveel procent kan het ernaast zitten (mag leeg)",
    colour="Hoe druk vind je het",
    colours=(
        ("green", "Groen: rustig"),
        ("yellow", "Geel: druk"),
        ("orange", "Oranje: erg druk"),
        ("red", "Rood: te druk"),
    ),
    send="Verstuur",
    kept="Dank je. Bewaard: {people} mensen in {zone}.",
    wrong_key="Die sleutel past niet. Vraag hem aan wie je de telling gaf.",
    wait="Te vaak geprobeerd. Wacht {} seconden.",
    mistake="Dit klopt nog niet: {}",
    no_source="Deze telling staat niet in de tekening van het gebied. Meld het de regiekamer.",
    exercise="OEFENING: {}",
    privacy="Schat alleen aantallen. Schrijf niets over wie je ziet.",
)
EN = Words(
    language="en",
    other="nl",
    other_name="Nederlands",
    title="How busy is it?",
    intro="Choose the zone where you stand, and estimate how many people are there.",
    key="Key of this count",
    zone="Zone",
    people="About how many people",
    spread="By how many percent it may be off (may be empty)",
    colour="How busy you find it",
    colours=(
        ("green", "Green: quiet"),
        ("yellow", "Yellow: busy"),
        ("orange", "Orange: very busy"),
        ("red", "Red: too busy"),
    ),
    send="Send",
    kept="Thank you. Kept: {people} people in {zone}.",
    wrong_key="That key does not fit. Ask whoever gave you this count.",
    wait="Tried too often. Wait {} seconds.",
    mistake="This is not right yet: {}",
    no_source="This count is not in the site's drawing. Tell the control room.",
    exercise="EXERCISE: {}",
    privacy="Estimate numbers only. Write nothing about whom you see.",
)


def words_of(asked: str, accepted: str) -> Words:
    """Return the words of the language that is asked for, else of what a browser would like."""
    for said in (asked, accepted.strip().lower()):
        if said.startswith("en"):
            return EN
        if said.startswith("nl"):
            return NL
    return NL
