# SPDX-License-Identifier: Apache-2.0
"""Sites and devices as they stand."""

from datetime import UTC, datetime
from enum import StrEnum

from pydantic import AliasChoices, Field, field_validator

from fusion_service.ledger.status import LedgerState
from fusion_service.registry.history import DeviceEvent
from fusion_service.web.form.instants import MillisecondsOut, SecondsOut, of_seconds
from fusion_service.web.views.base import View
from fusion_service.web.views.meta import MetaView, meta_view
from fusion_service.web.views.windows import WindowView
from wire_contract.messages.meta import Meta


class SiteView(View):
    """A site.

    A test site may send what a real one may not: see the levels and clocks of its windows.
    """

    site: str
    test_site: bool
    devices: int


class StreamView(View):
    """The stream that a device used last.

    Disposed of up to and with `upto`, of which `rejected` were of no use.

    `root` is that of the tree over as much; null where the stream began before trees were kept.
    """

    stream: str
    upto: int
    rejected: int
    root: str | None


class LedgerView(View):
    """Whether the centre holds exactly what the box logged, as its signed checkpoints say.

    state: `complete` up to entry `size`; `missing` from entry `first` on; `differs` among the
    entries `first` to `last`; `fork`, two roots signed for the first `last` entries; `broken
    history`, a new ledger that does not begin where the one before it ended; `lost at the centre`,
    entries among `first` to `last` that a centre had and lost, and that the box keeps no longer;
    `withheld by the box`, the same where nothing shows that a centre had them; `unknown`, no
    checkpoint to compare with. `held` counts entries without a gap. `checkpoint` is the newest, as
    the box signed it.
    """

    state: LedgerState
    stream: str
    size: int
    held: int
    first: int | None
    last: int | None
    detail: str
    checkpoint: str | None


class LinkView(StrEnum):
    """What the broker last said of a device's connection. A hint: nobody signs it."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class DeviceEventView(View):
    """One line of a device's history: what became of it and when, by the centre's clock."""

    at: MillisecondsOut = Field(validation_alias=AliasChoices("at", "at_ms"))
    event: DeviceEvent
    detail: str


class CertificateDaysView(View):
    """Until when a certificate is good, and whole days left, negative once over."""

    ends: SecondsOut
    days_left: int


class DeviceView(View):
    """A device as it stands. `last_seen_at` counts signed messages only.

    `level` is its last window's, before that its meta's.

    `missing` is how many sequences have not come although a later one has, over all streams;
    /v1/gaps says which. `lost_at` and `retired_at`: since when it counts as lost, or out of
    service; what it sends is refused. A device is a place: one box may take the place of another,
    and `history` has a line for each such change. `key` is the beginning of the SHA-256 of the key
    that counts now, and what it was called before is in `former_names`. `certificate`: what was
    handed out to it last over the broker, null where nothing was heard of that.
    """

    site: str
    device: str
    test_site: bool
    added_at: MillisecondsOut = Field(validation_alias=AliasChoices("added_at", "added_ms"))
    last_seen_at: MillisecondsOut | None = Field(
        validation_alias=AliasChoices("last_seen_at", "last_seen_ms")
    )
    reports: int
    late_reports: int
    missing: int
    link: LinkView
    link_at: MillisecondsOut | None = Field(validation_alias=AliasChoices("link_at", "link_ms"))
    lost_at: MillisecondsOut | None = Field(validation_alias=AliasChoices("lost_at", "lost_ms"))
    level: str | None
    stream: StreamView | None
    ledger: LedgerView | None
    last_window: WindowView | None
    meta: MetaView | None
    retired_at: MillisecondsOut | None = Field(
        default=None, validation_alias=AliasChoices("retired_at", "retired_ms")
    )
    key: str = ""
    former_names: tuple[str, ...] = ()
    history: tuple[DeviceEventView, ...] = ()
    certificate: CertificateDaysView | None = None

    @field_validator("meta", mode="before")
    @classmethod
    def _show_meta(cls, meta: object) -> object:
        return meta_view(meta) if isinstance(meta, Meta) else meta


def certificate_days_view(ends_s: int | None) -> CertificateDaysView | None:
    """Show when a certificate ends (unix seconds)."""
    if ends_s is None:
        return None
    ends = of_seconds(ends_s)
    return CertificateDaysView(ends=ends, days_left=(ends - datetime.now(UTC)).days)
