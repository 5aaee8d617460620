# SPDX-License-Identifier: Apache-2.0
"""What a box says of itself, as a client may see it."""

from enum import StrEnum

from fusion_service.web.views.base import View
from wire_contract.messages.meta import LineMeta, Meta, Source


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
    """A configured line: the most that a window can say of it, and how far to trust it.

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
        lines=tuple(map(_line_view, meta.lines)),
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


def _line_view(line: LineMeta) -> NamedLineView:
    return NamedLineView(
        id=line.id,
        count_max=line.count_max,
        count_max_configured=line.count_max_configured,
        source=line.source,
        trust=Trust.UNCALIBRATED if line.spread_permille is None else Trust.CALIBRATED,
        bias_permille=line.bias_permille,
        spread_permille=line.spread_permille,
    )
