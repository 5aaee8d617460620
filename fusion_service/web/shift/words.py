# SPDX-License-Identifier: Apache-2.0
"""The words of the situation report, Dutch and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["nl", "en"]


@dataclass(frozen=True, slots=True)
class ReportWords:
    """All that the page says in one language. `{}` is filled in."""

    language: Language
    title: str
    at: str
    level: str
    levels: tuple[str, str, str, str]
    zones: str
    zone: str
    people: str
    declared: str
    proposed: str
    straddles: str
    service: str
    safety: str
    safeties: Mapping[str, str]
    routes: str
    route: str
    clearance: str
    alarms: str
    kinds: Mapping[str, str]
    rates: str
    since: str
    state: str
    new: str
    acknowledged: str
    shelved: str
    measures: str
    done: str
    open: str
    days: str
    day: str
    worst: str
    bases: Mapping[str, str]
    log: str
    deeds: Mapping[str, str]
    nothing: str
    left_off: str
    note: str
    exercise: str


NL = ReportWords(
    language="nl",
    title="Situatierapport {}",
    at="Stand van {}",
    level="Afgekondigd niveau: {}",
    levels=("groen", "geel", "oranje", "rood"),
    zones="Vakken",
    zone="Vak",
    people="Mensen (80 %)",
    declared="Afgekondigd",
    proposed="Voorgesteld",
    straddles="{}, kan {} zijn",
    service="Doorloop",
    safety="Dichtheid",
    safeties={
        "free": "vrij",
        "slowed": "trager",
        "contact": "contact",
        "forces": "drukkrachten",
    },
    routes="Calamiteitenroutes",
    route="Route",
    clearance="Vrij in",
    alarms="Open alarmen",
    kinds={
        "level proposed": "niveau voorgesteld",
        "level coming": "niveau verwacht",
        "level declared": "niveau afgekondigd",
        "density": "te dicht",
        "emergency route": "calamiteitenroute",
        "boxes silent": "kastjes stil",
        "feed down": "bron weg",
        "broker away": "broker weg",
        "flood of alarms": "te veel alarmen",
    },
    rates="Alarmen: {} in tien minuten, {} in acht uur.",
    since="Sinds",
    state="Stand",
    new="nieuw",
    acknowledged="gezien",
    shelved="weggelegd tot {}",
    measures="Maatregelen",
    done="gedaan",
    open="open",
    days="Vooruitblik, zeven dagen",
    day="Dag",
    worst="Drukste vak",
    bases={
        "forecast": "verwachting",
        "same weekday of weeks before": "zelfde weekdag, weken ervoor",
        "nothing known": "niets bekend",
    },
    log="Laatste uit het logboek",
    deeds={
        "alarm raised": "alarm",
        "alarm acknowledged": "alarm gezien",
        "level declared": "niveau afgekondigd",
        "measure done": "maatregel gedaan",
        "measure taken back": "maatregel teruggenomen",
        "note": "notitie",
        "handed over": "overgedragen",
        "taken over": "overgenomen",
    },
    nothing="niets",
    left_off="{} regels passen niet op deze bladzijde.",
    note="Een niveau wordt voorgesteld door de tellingen en afgekondigd door een mens. Doorloop "
    "(Fruin, A tot F) zegt hoe vrij men loopt; dichtheid zegt wat drukte met een lichaam doet.",
    exercise="OEFENING: {}",
)
EN = ReportWords(
    language="en",
    title="Situation report {}",
    at="As of {}",
    level="Declared level: {}",
    levels=("green", "yellow", "orange", "red"),
    zones="Zones",
    zone="Zone",
    people="People (80 %)",
    declared="Declared",
    proposed="Proposed",
    straddles="{}, may be {}",
    service="Service",
    safety="Density",
    safeties={"free": "free", "slowed": "slowed", "contact": "contact", "forces": "forces"},
    routes="Emergency routes",
    route="Route",
    clearance="Clear in",
    alarms="Open alarms",
    kinds={},
    rates="Alarms: {} in ten minutes, {} in eight hours.",
    since="Since",
    state="State",
    new="new",
    acknowledged="seen",
    shelved="shelved until {}",
    measures="Measures",
    done="done",
    open="open",
    days="Outlook, seven days",
    day="Day",
    worst="Fullest zone",
    bases={},
    log="Newest of the log",
    deeds={},
    nothing="nothing",
    left_off="{} rows do not fit on this page.",
    note="A level is proposed by what is counted and declared by a person. Service (Fruin, A to F) "
    "says how freely people walk; density says what a crowd does to a body.",
    exercise="EXERCISE: {}",
)
WORDS: Mapping[str, ReportWords] = {"nl": NL, "en": EN}
