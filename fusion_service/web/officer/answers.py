# SPDX-License-Identifier: Apache-2.0
"""Work out what an officer is told of a box, from the store and from what was brought in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from fusion_service.audits.bringing import shown
from fusion_service.audits.judging import Verify
from fusion_service.errors import QueryError
from fusion_service.store.audit.port import AuditRow, Audits
from fusion_service.store.port import Archive
from fusion_service.store.rows import DeviceRow, GapRow, LostRow
from fusion_service.web.form.instants import of_milliseconds
from fusion_service.web.officer.fields import fields
from fusion_service.web.officer.views import (
    AuditView,
    InsideView,
    KeptView,
    LossView,
    OfficerBoxView,
    OfficerLedgerView,
    OfficerRowView,
    OfficerSiteView,
    RefusedView,
    SentView,
    audit_view,
)
from fusion_service.web.views.devices import (
    DeviceEventView,
    LinkView,
    certificate_days_view,
)
from fusion_service.web.views.losses import GapView
from fusion_service.web.views.meta import MetaView, meta_view

SHOWN_MAX = 64
"""Gaps and losses of a box; /v1/gaps and /v1/lost have them all."""
PAGE = 500


@dataclass(frozen=True)
class OfficerSources:
    """What an officer's answers are made of.

    auditors: whose signature counts, by name. public_sites: where anybody may read. certificates:
    until when each box's certificate is good (unix seconds).
    """

    archive: Archive
    audits: Audits
    auditors: Callable[[], dict[str, Verify]]
    auditor_names: tuple[str, ...]
    public_sites: frozenset[str]
    kept: KeptView
    certificates: Callable[[], Mapping[tuple[str, str], int]]
    now_ms: Callable[[], int]

    @cached_property
    def verifiers(self) -> dict[str, Verify]:
        """Whose signature counts, made ready at the first file."""
        return self.auditors()

    def site(self, name: str, *, in_public: bool) -> OfficerSiteView:
        """Return the boxes of a site."""
        audits = {row.device: row for row in self.audits.of_site(name)}
        rows = self._devices(name)
        return OfficerSiteView(
            site=name,
            is_public=name in self.public_sites,
            auditors=() if in_public else self.auditor_names,
            boxes=tuple(
                _row_view(row, _audit_of(audits.get(row.device), row, in_public=in_public))
                for row in rows
            ),
        )

    def box(self, site: str, device: str, *, in_public: bool) -> OfficerBoxView:
        """Return one box. Raises QueryError where it is not known."""
        row = self.archive.device(site, device)
        if row is None:
            raise QueryError(f"{site}/{device}")
        sent = self.audits.sent(site, device)
        lost = self._lost(site, device)
        ledger = row.ledger
        return OfficerBoxView(
            site=site,
            device=device,
            test_site=row.test_site,
            is_public=site in self.public_sites,
            lost_at=_instant(row.lost_ms),
            retired_at=_instant(row.retired_ms),
            level=row.level,
            meta=_meta_of(row, in_public=in_public),
            fields=fields(),
            ledger=None
            if ledger is None
            else OfficerLedgerView(
                state=ledger.state, size=ledger.size, first=ledger.first, last=ledger.last
            ),
            sent=SentView(
                reports=sent.reports,
                late=row.late_reports,
                others=sent.others,
                checkpoints=sent.checkpoints,
                missing=row.missing,
            ),
            losses=tuple(LossView.of(one) for one in lost),
            kept=self.kept,
            audit=_audit_of(self.audits.newest(site, device), row, in_public=in_public),
            inside=None if in_public else self._inside(row),
        )

    def _inside(self, row: DeviceRow) -> InsideView:
        place = row.site, row.device
        sent = self.audits.sent(*place)
        gaps = self.archive.gaps(after=(*place, "", 0), limit=SHOWN_MAX)
        return InsideView(
            last_seen_at=_instant(row.last_seen_ms),
            link=LinkView(row.link),
            key=row.key,
            certificate=certificate_days_view(self.certificates().get(place)),
            refused=tuple(RefusedView.of(one) for one in sent.refused),
            gaps=tuple(GapView.of(one) for one in gaps if _is_of(one, place)),
            history=tuple(DeviceEventView.of(one) for one in row.history),
            auditors=self.auditor_names,
        )

    def _lost(self, site: str, device: str) -> list[LostRow]:
        rows = self.archive.lost(after=(site, device, "", 0), limit=SHOWN_MAX)
        return [one for one in rows if _is_of(one, (site, device))]

    def _devices(self, site: str) -> list[DeviceRow]:
        found: list[DeviceRow] = []
        after = site, ""
        while True:
            page = self.archive.devices(after=after, limit=PAGE)
            found += [row for row in page if row.site == site]
            if len(page) < PAGE or page[-1].site != site:
                return found
            after = page[-1].site, page[-1].device


def _row_view(row: DeviceRow, audit: AuditView | None) -> OfficerRowView:
    meta = row.meta
    return OfficerRowView(
        device=row.device,
        retired=row.retired_ms is not None,
        level=row.level,
        rule=None if meta is None else meta.rule.name,
        passage_loss_permille=None if meta is None else meta.privacy_loss.passage_permille,
        ledger=None if row.ledger is None else row.ledger.state,
        missing=row.missing,
        audit=audit,
    )


def _audit_of(kept: AuditRow | None, live: DeviceRow, *, in_public: bool) -> AuditView | None:
    return None if kept is None else audit_view(shown(kept, live), is_public=in_public)


def _meta_of(row: DeviceRow, *, in_public: bool) -> MetaView | None:
    if row.meta is None:
        return None
    view = meta_view(row.meta)
    return view.model_copy(update={"boot": ""}) if in_public else view


def _is_of(row: GapRow | LostRow, place: tuple[str, str]) -> bool:
    return (row.site, row.device) == place


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else of_milliseconds(ms)
