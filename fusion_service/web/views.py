# SPDX-License-Identifier: Apache-2.0
"""The only shapes that a client sees, and how they are made from rows.

Times end in `_s` (UTC seconds, of the box's windows) or `_ms` (UTC milliseconds, of the centre's
clock). Counts are null where a disclosure rule withheld them, may be negative under noise, and are
not clamped here: sums of them must stay right.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, field_validator

from fusion_service.estimate.series import LineStepRow, ZoneStepRow
from fusion_service.ledger.lost import Why
from fusion_service.ledger.status import LedgerState
from fusion_service.registry.history import Event
from fusion_service.store.set_apart import Apart
from wire_contract.messages.meta import Meta, Source
from wire_contract.quality import Validity


class View(BaseModel):
    """Base of every shape: frozen, and nothing besides what is listed."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    @classmethod
    def of(cls, row: object) -> Self:
        """Show a row of the store: each field from the attribute of the same name.

        Only what is listed here can be seen.
        """
        return cls.model_validate(row)


T = TypeVar("T", bound=View)


class Page(View, Generic[T]):
    """One page of a list.

    `next` is the value of the cursor parameter that asks for the page after; null at the end.
    """

    items: tuple[T, ...]
    next: str | None


class ProblemView(View):
    """One thing that is wrong with a request."""

    where: str
    got: str
    wanted: str


class ProblemsView(View):
    """The body of every answer that is not a success."""

    problems: tuple[ProblemView, ...]


class SiteView(View):
    """A site.

    A test site may send what a real one may not: see the levels and clocks of its windows.
    """

    site: str
    test_site: bool
    devices: int


class LineView(View):
    """Released crossings of a line in one window, and the ends of their 80 % intervals.

    Without a high end a lower bound.
    """

    line: str
    in_count: int | None
    out_count: int | None
    in_low: int | None
    in_high: int | None
    out_low: int | None
    out_high: int | None


class ZoneView(View):
    """Released occupancy of a zone in one window, and the ends of its 80 % intervals.

    Without a high end a lower bound.

    speed: 0 unknown, 1 stopped .. 4 fast. standing: 0 unknown, then quarters.
    """

    zone: str
    mean: int | None
    peak: int | None
    speed: int
    standing: int
    mean_low: int | None
    mean_high: int | None
    peak_low: int | None
    peak_high: int | None


class ImageQualityView(View):
    """How well the sensor saw: the code (0 is fine), and classes 0 to 3 of observed share, frame rate and difficulty."""

    code: int
    observed: int
    rate: int
    difficulty: int


class BoxHealthView(View):
    """How the box fared: 0 unknown, 1 good, 2 fair, 3 bad."""

    temperature: int
    disk: int
    outbox: int
    link: int


class WindowView(View):
    """One committed report.

    Release to commit is `committed_ms` less the window's end; null where a power cut hid the
    commit.

    late: it came well after its window. set_apart: why it is in no sum and no series, null where it
    is in them. superseded: for one of these reasons, that a file was replayed again. overlaps:
    null, or that a live window committed before has some of the same time, and that it is of the
    `same boot` (the box was started again in the window, or its clock set) or of an `other boot` (a
    clock that was set back meanwhile). Both are in the sums, because a box releases what it counted
    once.

    `validity` says how its counts are to be read: `counted`, `at least` (lower bounds: it was badly
    seen, or a number of it has reached the `count_max` of its line or zone), or `not counted` (the
    eye could not see, and that is not zero).
    """

    id: int
    site: str
    device: str
    stream: str
    sequence: int
    start_s: int
    length_s: int
    received_ms: int
    committed_ms: int | None
    late: bool
    superseded: bool
    set_apart: Apart | None
    overlaps: str | None
    boot: str | None
    level: str
    clock: str
    clock_quality: str
    config_sha256: str
    rule: str
    rule_parameters: tuple[int, ...]
    image_quality: ImageQualityView
    validity: Validity
    health: BoxHealthView
    lines: tuple[LineView, ...]
    zones: tuple[ZoneView, ...]


class NamedCountView(View):
    """A configured zone, the most that a window can say of it, and what it is counted with.

    `count_max_configured` is what its config says of that; null where it says nothing, and of a box
    of version 1.
    """

    id: str
    count_max: int
    count_max_configured: int | None
    source: Source


class Trust(StrEnum):
    """Where what is known of a line's errors comes from."""

    CALIBRATED = "calibrated"
    UNCALIBRATED = "uncalibrated"


class NamedLineView(NamedCountView):
    """A configured line, the most that a window can say of it, and how far its counts can be trusted.

    `calibrated` where somebody counted by hand beside it: the truth is then the count times 1 +
    bias, give or take spread (thousandths); its intervals know that already. `uncalibrated` lines
    have intervals from other scenes.
    """

    trust: Trust
    bias_permille: int | None
    spread_permille: int | None


class MetaView(View):
    """What a box said of itself when it started last.

    `passage_loss_permille` and `eight_hours_loss_permille` are the epsilon, in thousandths, that
    one person spends who passes within `passage_s`, or stays eight hours in a zone; null under a
    rule that is not differential privacy.
    """

    boot: str
    software: str
    model: str
    model_sha256: str
    config_sha256: str
    level: str
    clock: str
    length_s: int
    rule: str
    rule_parameters: tuple[int, ...]
    records_millibits: int
    health_millibits: int
    cap_millibits: int | None
    passage_s: int | None
    passage_loss_permille: int | None
    eight_hours_loss_permille: int | None
    lines: tuple[NamedLineView, ...]
    zones: tuple[NamedCountView, ...]


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

    at_ms: int
    event: Event
    detail: str


class CertificateDaysView(View):
    """Until when a certificate is good (ISO 8601, UTC), and whole days left, negative once over."""

    ends: str
    days_left: int


class DeviceView(View):
    """A device as it stands. `last_seen_ms` counts signed messages only.

    `level` is its last window's, before that its meta's.

    `missing` is how many sequences have not come although a later one has, over all streams;
    /v1/gaps says which. `lost_ms` and `retired_ms`: since when it counts as lost, or out of
    service; what it sends is refused. A device is a place: one box may take the place of another,
    and `history` has a line for each such change. `key` is the beginning of the SHA-256 of the key
    that counts now, and what it was called before is in `former_names`. `certificate`: what was
    handed out to it last over the broker, null where nothing was heard of that.
    """

    site: str
    device: str
    test_site: bool
    added_ms: int
    last_seen_ms: int | None
    reports: int
    late_reports: int
    missing: int
    link: LinkView
    link_ms: int | None
    lost_ms: int | None
    level: str | None
    stream: StreamView | None
    ledger: LedgerView | None
    last_window: WindowView | None
    meta: MetaView | None
    retired_ms: int | None = None
    key: str = ""
    former_names: tuple[str, ...] = ()
    history: tuple[DeviceEventView, ...] = ()
    certificate: CertificateDaysView | None = None

    @field_validator("meta", mode="before")
    @classmethod
    def _show_meta(cls, meta: object) -> object:
        return meta_view(meta) if isinstance(meta, Meta) else meta


class GapView(View):
    """Of the sequences `first` to `last` of a stream `missing` have not come although a later one has; noticed at `since_ms`.

    Where more than 64 gaps of a stream are open the last ones are told as one, of which not every
    sequence is missing.
    """

    site: str
    device: str
    stream: str
    first: int
    last: int
    missing: int
    since_ms: int


class LostView(View):
    """Of the sequences `first` to `last` of a stream `missing` are lost for good, since `since_ms` by the centre's clock.

    why: `the store was restored` from a copy that did not have them; `acknowledged before`, as the
    broker showed, by a store that is gone; `gone on by hand`; `withheld by the box`, nothing shows
    that a centre ever had them.
    """

    site: str
    device: str
    stream: str
    first: int
    last: int
    missing: int
    why: Why
    since_ms: int


class CoverageView(View):
    """What stands behind a step, so that absent is not zero.

    A window counts in the step in which it begins. `covered_s` is the length of these windows, and
    may pass the step's own where windows are longer or overlap; `observed_s_min` is how much of it
    the eye saw at least. `at_least` windows are lower bounds; `not_counted` ones are in no sum,
    because their eye could not see.
    """

    windows: int
    covered_s: int
    observed_s_min: int
    at_least: int
    not_counted: int


class LineStepView(View):
    """Crossings of one step: sums over the windows that released a count, and how many did.

    Null where none did.

    low and high are the ends of the sum's 80 % interval; without a high end the sum is a lower
    bound.
    """

    start_s: int
    end_s: int
    coverage: CoverageView
    in_windows: int
    in_sum: int | None
    in_low: float | None
    in_high: float | None
    out_windows: int
    out_sum: int | None
    out_low: float | None
    out_high: float | None


class ZoneStepView(View):
    """Occupancy of one step: mean of the windows' means, most of their mosts, and how many windows released each.

    A window weighs in the mean as much as it is long. low and high are the ends of the mean's 80 %
    interval, and the most of the mosts' ends.
    """

    start_s: int
    end_s: int
    coverage: CoverageView
    mean_windows: int
    mean: float | None
    mean_low: float | None
    mean_high: float | None
    peak_windows: int
    peak: int | None
    peak_low: int | None
    peak_high: int | None


class LineSeriesView(View):
    """A line over time. Every step is there, also those without a window."""

    site: str
    device: str
    line: str
    step_s: int
    steps: tuple[LineStepView, ...]


class ZoneSeriesView(View):
    """A zone over time. Every step is there, also those without a window."""

    site: str
    device: str
    zone: str
    step_s: int
    steps: tuple[ZoneStepView, ...]


class DeadLetterView(View):
    """A message that came to nothing; nothing of its content but what was wrong with it."""

    id: int
    authentic: bool
    site: str
    device: str
    channel: str
    reason: str
    detail: str
    sha256: str
    length: int
    times: int
    first_ms: int
    last_ms: int


class OutcomeView(View):
    """How many messages of a channel ended so, since the store was made."""

    channel: str
    outcome: str
    total: int


class SetApartView(View):
    """How many committed reports are in no sum for a reason, since the store was made."""

    reason: Apart
    total: int


class OutcomesView(View):
    """Every outcome that has happened.

    Of the accepted reports `late_reports` came late, `repeated_windows` have some of the time of
    one that was there already, and `set_apart` are in no sum.
    """

    outcomes: tuple[OutcomeView, ...]
    late_reports: int
    repeated_windows: int
    set_apart: tuple[SetApartView, ...]
    dead_letters_dropped: int
    dead_letters_replayed: int


class Condition(StrEnum):
    """Whether the centre does all that it is there for."""

    FINE = "fine"
    DEGRADED = "degraded"


class BrokerView(View):
    """How the centre stands with the broker: connecting, connected or refused, why, and since when."""

    state: str
    detail: str
    since_ms: int


class StoreView(View):
    """Whether the store takes what comes.

    While it fails nothing is acknowledged and the boxes keep their reports.
    """

    condition: Condition
    detail: str


class CertificateView(CertificateDaysView):
    """A certificate on which the link hangs, and whose it is: centre, broker, issuing or root."""

    name: str


class HealthView(View):
    """How the centre fares. Degraded is not down: what was committed is served in any case."""

    condition: Condition
    boot: str
    started_ms: int
    broker: BrokerView
    store: StoreView
    inbox_depth: int
    inbox_max: int
    certificates: tuple[CertificateView, ...] = ()


def certificate_days_view(ends_s: int | None) -> CertificateDaysView | None:
    """Show when a certificate ends (unix seconds)."""
    if ends_s is None:
        return None
    ends = datetime.fromtimestamp(ends_s, UTC)
    return CertificateDaysView(ends=ends.isoformat(), days_left=(ends - datetime.now(UTC)).days)


def meta_view(meta: Meta) -> MetaView:
    """Show a meta."""
    return MetaView(
        boot=meta.boot,
        software=meta.software,
        model=meta.model,
        model_sha256=meta.model_sha256,
        config_sha256=meta.config,
        level=meta.level,
        clock=meta.clock,
        length_s=meta.length_s,
        rule=meta.rule.name,
        rule_parameters=meta.rule.parameters,
        records_millibits=meta.capacity.records_millibits,
        health_millibits=meta.capacity.health_millibits,
        cap_millibits=meta.capacity.cap_millibits,
        passage_s=meta.privacy_loss.passage_s,
        passage_loss_permille=meta.privacy_loss.passage_permille,
        eight_hours_loss_permille=meta.privacy_loss.eight_hours_permille,
        lines=tuple(
            NamedLineView(
                id=line.id,
                count_max=line.count_max,
                count_max_configured=line.count_max_configured,
                source=line.source,
                trust=Trust.UNCALIBRATED if line.spread_permille is None else Trust.CALIBRATED,
                bias_permille=line.bias_permille,
                spread_permille=line.spread_permille,
            )
            for line in meta.lines
        ),
        zones=tuple(
            NamedCountView(
                id=zone.id,
                count_max=zone.count_max,
                count_max_configured=zone.count_max_configured,
                source=zone.source,
            )
            for zone in meta.zones
        ),
    )


def line_step_view(row: LineStepRow, start_s: int, end_s: int) -> LineStepView:
    """Show a step of a line's series."""
    (in_low, in_high), (out_low, out_high) = row.entered.ends(), row.left.ends()
    return LineStepView(
        start_s=start_s,
        end_s=end_s,
        coverage=CoverageView.of(row.coverage),
        in_windows=row.entered.windows,
        in_sum=row.entered.total,
        in_low=_rounded(in_low),
        in_high=_rounded(in_high),
        out_windows=row.left.windows,
        out_sum=row.left.total,
        out_low=_rounded(out_low),
        out_high=_rounded(out_high),
    )


def zone_step_view(row: ZoneStepRow, start_s: int, end_s: int) -> ZoneStepView:
    """Show a step of a zone's series."""
    seconds, (low, high) = max(row.means.weight, 1.0), row.means.ends()
    return ZoneStepView(
        start_s=start_s,
        end_s=end_s,
        coverage=CoverageView.of(row.coverage),
        mean_windows=row.means.windows,
        mean=_rounded(row.means.total, seconds),
        mean_low=_rounded(low, seconds),
        mean_high=_rounded(high, seconds),
        peak_windows=row.peak_windows,
        peak=row.peak,
        peak_low=row.peak_low,
        peak_high=row.peak_high,
    )


def _rounded(total: float | None, parts: float = 1.0) -> float | None:
    return None if total is None else round(total / parts, 3)
