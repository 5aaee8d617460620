# SPDX-License-Identifier: Apache-2.0
"""All that the papers of a site are made of, as one frozen value."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fusion_service.dossier.papers import Fault, Finding, judge_papers
from fusion_service.dossier.sensors import Sensor, live_of, sensors_of
from fusion_service.dossier.words.kinds import Kind, kind_of_source
from fusion_service.registry.registry import Registry
from fusion_service.registry.site import CountSource, Site
from fusion_service.store.rows import DeviceRow
from fusion_service.store.site_plans import SitePlan


@dataclass(frozen=True, slots=True)
class Kept:
    """How many days the centre keeps what; text_days: of its logs, by the class of the text."""

    report_days: int
    estimate_days: int
    context_days: int
    forecast_days: int
    dead_letter_days: int
    text_days: tuple[tuple[str, int], ...]
    security_log_bytes: int


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the centre, and to whom it speaks. A contact is None where nobody is named.

    feeds: the kinds of what it asks of others, as its config names them.
    """

    contact_name: str | None
    contact_email: str | None
    kept: Kept
    is_public: bool
    is_on_broker: bool
    tells_a_program: bool
    tells_by_mail: bool
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A site as its file draws it, its boxes as they last spoke, and what is wrong with papers."""

    site: Site
    version: int
    plan_sha256: str
    made: datetime
    operator: Operator
    sensors: tuple[Sensor, ...]
    findings: tuple[Finding, ...]

    @property
    def controllers(self) -> tuple[str | None, ...]:
        """Who answers for a box, by name; None last, where a box has no paper that says."""
        named = {one.paper.controller for one in self.sensors if one.paper is not None}
        unnamed = any(one.paper is None for one in self.sensors) or not named
        return (*sorted(named), *((None,) if unnamed else ()))

    def of(self, controller: str | None) -> tuple[Sensor, ...]:
        """Return the boxes for which somebody answers."""
        return tuple(
            one
            for one in self.sensors
            if (None if one.paper is None else one.paper.controller) == controller
        )

    def kinds(self) -> tuple[tuple[Kind, tuple[Sensor, ...], tuple[CountSource, ...]], ...]:
        """Return each kind of source that is there, with its boxes and its sources of others."""
        found = []
        for kind in Kind:
            boxes = tuple(one for one in self.sensors if one.kind is kind)
            others = tuple(one for one in self.site.sources if kind_of_source(one) is kind)
            if boxes or others:
                found.append((kind, boxes, others))
        return tuple(found)


def collect(
    site: Site,
    plan: SitePlan,
    *,
    rows: Sequence[DeviceRow],
    registry: Registry,
    files: Mapping[str, bytes],
    operator: Operator,
    now: datetime,
) -> Dossier:
    """Join a site's file, its boxes and their papers. Days are those of the site's time zone."""
    made = now.astimezone(ZoneInfo(site.time_zone))
    live = {row.device: live_of(row) for row in rows if row.retired_ms is None}
    judged = judge_papers(files, site=site.id, registry=registry, live=live, today=made.date())
    sensors = sensors_of(site, rows, judged.papers)
    drawn = tuple(
        Finding(one.device, "", Fault.DRAWN, why) for one in sensors if (why := one.drawn_otherwise)
    )
    return Dossier(
        site=site,
        version=plan.version,
        plan_sha256=hashlib.sha256(plan.content.encode("utf-8")).hexdigest(),
        made=made,
        operator=operator,
        sensors=sensors,
        findings=(*judged.findings, *drawn),
    )
