# SPDX-License-Identifier: Apache-2.0
"""A store with a drawn site and estimates, and the API over it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fusion_service.estimate.observation import (
    Basis,
    Contribution,
    SensorCondition,
    ZoneCondition,
    ZoneEstimate,
)
from fusion_service.store.estimates import EstimateRow
from fusion_service.store.sqlite.estimates import EstimateFile, EstimateReader
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web.api import create_app
from fusion_service.web.picture.live import Bounds, LivePicture
from fusion_service.web.picture.sources import Drawings, PictureSources, PublicRules
from tests.fusion_service.web.test_api import HEALTH, ask

SHIPPED = Path(__file__).parents[4] / "firmware_configs/sites/scheveningen.toml"
AT_S = 1_782_043_200
"""2026-06-21T12:00:00Z."""
SITE_MIB = 64


class Drawn:
    """A centre with one site, drawn by the shipped file."""

    def __init__(
        self,
        folder: Path,
        *,
        public: PublicRules | None = None,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    ) -> None:
        self.path = folder / "fusion.sqlite"
        Writer(self.path, size_mib_max=SITE_MIB, dead_letters_max=10).close()
        self.plans = SqliteSitePlans(self.path, size_mib_max=SITE_MIB)
        self.plans.keep("scheveningen", SHIPPED.read_text("utf-8"), now_ms=1)
        self.file = EstimateFile(self.path, size_mib_max=SITE_MIB)
        self.reader = EstimateReader(self.path)
        self.sources = PictureSources(self.reader, Drawings(self.plans), public)
        self.site = self.sources.drawings.site("scheveningen")
        self.zones = [zone.id for zone in self.site.zones]
        self.live = LivePicture(self.sources, bounds=bounds)
        self.app = create_app(Reader(self.path), lambda: HEALTH, live=self.live)

    def know(self, known_ms: int, rows: Iterable[ZoneEstimate], *, in_place: bool = True) -> None:
        """Keep estimates, and tell who listens."""
        kept = [EstimateRow("scheveningen", known_ms, row) for row in rows]
        self.file.keep(kept, in_place=in_place)
        self.reader.tell("scheveningen")

    def get(self, path: str, status: int = 200, **query: object) -> Any:
        answer = ask(self.app, path, {key.rstrip("_"): str(value) for key, value in query.items()})
        assert answer.status_code == status, answer.text
        return answer.json()


def estimate(zone: str, at_s: int = AT_S, people: float = 100.0) -> ZoneEstimate:
    return ZoneEstimate(
        zone=zone,
        at_s=at_s,
        people=people,
        low_50=people * 0.9,
        high_50=people * 1.1,
        low_80=people * 0.8,
        high_80=people * 1.2,
        low_95=people * 0.7,
        high_95=people * 1.3,
        density=people / 1_000,
        trend=1.5,
        basis=Basis.COUNTED,
        condition=ZoneCondition.FINE,
        contributions=(
            Contribution("pier-1/line/door", 0.75, 12, SensorCondition.FINE, None),
            Contribution("pier-2/zone/deck", 0.25, None, SensorCondition.SILENT, at_s - 600),
        ),
    )
