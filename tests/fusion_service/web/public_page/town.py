# SPDX-License-Identifier: Apache-2.0
"""A town that tells the public all it may: numbers, what comes, and how good that was."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Self

from fastapi import FastAPI

from fusion_service.estimate.observation import ZoneEstimate
from fusion_service.store.estimates import EstimateRow
from fusion_service.store.forecast.kept import Made, Places, Said, ScoreRow
from fusion_service.store.forecast.steps import HOUR_S, packed
from fusion_service.store.sqlite.estimates import EstimateFile, EstimateReader
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web.page.built import read_built, read_public_shell
from fusion_service.web.page.routes import add_page
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.picture.public import PublicNumbers
from fusion_service.web.picture.sources import Drawings, PictureSources, PublicRules
from fusion_service.web.public_page.facts import FactSources
from fusion_service.web.public_page.page import Links
from fusion_service.web.public_page.routes import PublicPages, add_public_pages
from fusion_service.web.public_page.shell import UNBUILT
from fusion_service.web.public_page.statement import Answering
from tests.fusion_service.web.picture.drawn import AT_S, estimate

SITE, MIB = "town", 64
NOW_S = AT_S + 600
"""2026-06-21, ten past two in the afternoon there."""
RULES = PublicRules(delay_s=600, round_to=50)
MARKUP = '<img src=x onerror="window.hurt=1">'
SCRIPT = "<script>window.hurt=1</script>"
TURNED = "\u202egnp.evil\u202c"
FILLED = "$body {time} &amp;"
SITE_NAME, ZONE_NAME = f"{MARKUP} {FILLED}", f"{SCRIPT} {TURNED}"
NAMES = {"pier": "Pier", "quay": "Kade", "dune": ZONE_NAME}
PEOPLE = {"pier": 180.0, "quay": 1_400.0}
"""What is counted now; of the dune nobody knows."""
HOURS = 22


def drawn(name: str = SITE_NAME) -> str:
    """Return the town's file."""
    parts = [
        f'format = 1\nid = "{SITE}"\nname = {json.dumps(name)}\ntime_zone = "Europe/Amsterdam"'
    ]
    for number, (zone, said) in enumerate(NAMES.items()):
        south = 52.11 + number / 500
        parts.append(
            f'[[zones]]\nid = "{zone}"\nname = {json.dumps(said)}\ncapacity = 4000\n'
            f"polygon = [[4.28, {south}], [4.282, {south}], [4.282, {south + 0.001}], "
            f"[4.28, {south + 0.001}]]\n[zones.thresholds]\nyellow = {{ people = 500 }}\n"
            "orange = { people = 1200 }\nred = { people = 3000 }"
        )
    return "\n".join(parts)


class Town:
    """A store of it, and the public pages over it. `now_s` is what its clock says."""

    def __init__(
        self,
        folder: Path,
        *,
        rules: PublicRules | None = RULES,
        is_forecast_told: bool = True,
        embed: Sequence[str] = (),
        links: Links = Links(),  # noqa: B008 - frozen
        answering: Answering = Answering(),  # noqa: B008 - frozen
        exercise: str | None = None,
        name: str = SITE_NAME,
    ) -> None:
        self.now_s, self.path = NOW_S, folder / "fusion.sqlite"
        Writer(self.path, size_mib_max=MIB, dead_letters_max=10).close()
        plans = SqliteSitePlans(self.path, size_mib_max=MIB)
        plans.keep(SITE, drawn(name), now_ms=1)
        self.estimates = EstimateFile(self.path, size_mib_max=MIB)
        self.forecasts = ForecastFile(self.path, size_mib_max=MIB)
        self.reader = EstimateReader(self.path)
        sources = PictureSources(self.reader, Drawings(plans), rules, lambda: self.now_s * 1000)
        self.live = LivePicture(sources)
        facts = None
        if rules is not None:
            numbers = PublicNumbers(sources, self.live, rules)
            facts = FactSources(numbers, self.forecasts, is_forecast_told, sources.now_ms)
        self.app = FastAPI(openapi_url=None)
        shell = read_public_shell() or UNBUILT
        made = PublicPages(shell, facts, links, tuple(embed), answering, exercise)
        add_public_pages(self.app, made)
        add_page(self.app, read_built())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with closing(self.estimates), self.forecasts:
            pass

    def count(self, at_s: int = AT_S, people: dict[str, float] | None = None) -> None:
        """Have counted so many at a moment, and ten minutes later, so that the first is told."""
        wanted = PEOPLE if people is None else people
        self.know([estimate(zone, at_s, many) for zone, many in wanted.items()])
        self.know([estimate(zone, at_s + RULES.delay_s, 10.0) for zone in wanted])

    def know(self, rows: Sequence[ZoneEstimate]) -> None:
        """Keep estimates."""
        known_ms = max(row.at_s for row in rows) * 1000
        self.estimates.keep([EstimateRow(SITE, known_ms, row) for row in rows], in_place=True)
        self.reader.tell(SITE)
        self.live.refresh(SITE)

    def foresee(self, made_s: int = AT_S - 600, scale: float = 1.0) -> None:
        """Say what comes: hour by hour, another crowd in each place."""
        origin_s = made_s // HOUR_S * HOUR_S
        made = Made(SITE, HOUR_S, origin_s, made_s * 1000, None)
        self.forecasts.keep_made(
            made, [said(zone, people * scale) for zone, people in {**PEOPLE, "dune": 900.0}.items()]
        )

    def score(self, days: dict[str, float], horizon_s: int = 3 * HOUR_S) -> None:
        """Have scored days: the share of what came that was between the two numbers."""
        self.forecasts.keep_scores([scored(day, share, horizon_s) for day, share in days.items()])

    def fill(self) -> Self:
        """Have counted, foreseen and scored, as on an ordinary day."""
        self.count()
        self.foresee()
        days = {f"2026-06-{day:02}": 0.8 for day in range(1, 20)}
        for horizon_s in (3 * HOUR_S, 24 * HOUR_S):
            self.score({**days, "2026-06-20": 0.83}, horizon_s)
        return self


def said(zone: str, people: float) -> Said:
    """Say of a zone what comes: up towards the evening, and half of it by night."""
    numbers = []
    for hour in range(HOURS):
        middle = people * (0.5 + (hour % 12) / 8)
        numbers += [middle * 0.8, middle, middle * 1.25, middle]
    return Said(f"zone/{zone}", by_ratio=True, said=packed(numbers))


def scored(day: str, share: float, horizon_s: int) -> ScoreRow:
    """Return the score of a day."""
    row = ScoreRow(SITE, day, Places.ZONES, horizon_s, 48, 12.5, 4.0, share, 0.2, 1, 1, 0, 7_200, 1)
    return replace(row, scored_ms=AT_S * 1000)
