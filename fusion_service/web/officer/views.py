# SPDX-License-Identifier: Apache-2.0
"""What an officer sees of a box; and what of it anybody may, where a city wants that.

Rule: whatever stands outside of `inside` may be public. No count of people is here at all.
"""

from pydantic import AliasChoices, Field

from fusion_service.audits.bringing import Shown
from fusion_service.audits.judging import Changed
from fusion_service.ledger.lost import Why
from fusion_service.ledger.status import LedgerState
from fusion_service.web.form.instants import MillisecondsOut, of_milliseconds
from fusion_service.web.officer.fields import FieldView
from fusion_service.web.views.base import View
from fusion_service.web.views.devices import CertificateDaysView, DeviceEventView, LinkView
from fusion_service.web.views.losses import GapView
from fusion_service.web.views.meta import MetaView


class AuditView(View):
    """The newest audit that was brought in: what was tried, what held, and what no longer counts.

    auditor: whose signature it has, by the name that fusion.toml gives the key. level: as measured
    from outside; null where it was not. running: the box of the street was looked at; else one that
    the audit started from its config, with the settings in `replaced` changed. unproven: what could
    not be looked at; the first `unexpected` of them should have been. fell: mechanisms that did not
    hold. changed: what of the box is another since; then it proves nothing of today.
    """

    serial: str
    auditor: str
    began_at: MillisecondsOut
    imported_at: MillisecondsOut
    level: str | None
    as_root: bool
    running: bool
    network_camera: bool
    replaced: tuple[str, ...]
    attacks: int
    refused: int
    controls: int
    classes: int
    fell: tuple[str, ...]
    unproven: tuple[str, ...]
    unexpected: int
    ledger: str | None
    capacity_bits: float | None
    changed: tuple[Changed, ...]


class SentView(View):
    """How many messages of each kind the centre has: windows, others, signed heads of the ledger.

    late: windows that came late. missing: sequences that have not come although a later one has.
    """

    reports: int
    late: int
    others: int
    checkpoints: int
    missing: int


class OfficerLedgerView(View):
    """Whether the centre holds exactly what the box logged, or the first difference.

    As in /v1/devices: `size` entries are compared, the difference lies in `first` to `last`.
    """

    state: LedgerState
    size: int
    first: int | None
    last: int | None


class LossView(View):
    """Messages that are lost for good, and why."""

    missing: int
    why: Why
    since: MillisecondsOut = Field(validation_alias=AliasChoices("since", "since_ms"))


class KeptView(View):
    """For how many days the centre keeps what a box sent; hashes of it stay."""

    report_days: int
    estimate_days: int
    dead_letter_days: int


class RefusedView(View):
    """Messages under the box's name that came to nothing. authentic: the box had signed them."""

    channel: str
    authentic: bool
    times: int


class InsideView(View):
    """What only whoever may look at boxes sees."""

    last_seen_at: MillisecondsOut | None
    link: LinkView
    key: str
    certificate: CertificateDaysView | None
    refused: tuple[RefusedView, ...]
    gaps: tuple[GapView, ...]
    history: tuple[DeviceEventView, ...]
    auditors: tuple[str, ...]


class OfficerBoxView(View):
    """One box as an officer asks of it. meta: null until it has spoken; inside: null in public."""

    site: str
    device: str
    test_site: bool
    is_public: bool
    lost_at: MillisecondsOut | None
    retired_at: MillisecondsOut | None
    level: str | None
    meta: MetaView | None
    fields: tuple[FieldView, ...]
    ledger: OfficerLedgerView | None
    sent: SentView
    losses: tuple[LossView, ...]
    kept: KeptView
    audit: AuditView | None
    inside: InsideView | None


class OfficerRowView(View):
    """A box in the list of its site. rule: null until it has spoken."""

    device: str
    retired: bool
    level: str | None
    rule: str | None
    passage_loss_permille: int | None
    ledger: LedgerState | None
    missing: int
    audit: AuditView | None


class OfficerSiteView(View):
    """The boxes of a site, by name. auditors: whose signatures count; none are named in public."""

    site: str
    is_public: bool
    auditors: tuple[str, ...]
    boxes: tuple[OfficerRowView, ...]


def audit_view(shown: Shown, *, is_public: bool) -> AuditView:
    """Show an audit; in public no detail of a machine."""
    audit = shown.audit
    odd = tuple(f"{one}: " for one in audit.unexpected)
    ordered = sorted(audit.unproven, key=lambda one: not one.startswith(odd))
    unproven = map(_without_detail, ordered) if is_public else ordered
    return AuditView(
        serial=audit.serial,
        auditor=shown.auditor,
        began_at=of_milliseconds(audit.began_ms),
        imported_at=of_milliseconds(shown.imported_ms),
        level=audit.level,
        as_root=audit.as_root,
        running=audit.running,
        network_camera=audit.network_camera,
        replaced=() if is_public else audit.replaced,
        attacks=audit.attacks,
        refused=audit.refused,
        controls=audit.controls,
        classes=audit.classes,
        fell=audit.fell,
        unproven=tuple(unproven),
        unexpected=len(audit.unexpected),
        ledger=None if audit.ledger is None else audit.ledger.partition(":")[0],
        capacity_bits=audit.capacity_bits,
        changed=shown.changed,
    )


def _without_detail(unproven: str) -> str:
    """Return part and what of `part: what: why`."""
    return ": ".join(unproven.split(": ")[:2])
