# SPDX-License-Identifier: Apache-2.0
"""What a box says of itself at its birth: what runs, what it counts, on which terms.

Nothing here depends on the scene.
"""

from collections.abc import Mapping
from itertools import zip_longest

from edge_agent.channel import Schema
from edge_agent.disclosure.interval.interval import Calibration
from edge_agent.disclosure.window import Origin
from edge_agent.process_settings import GateSettings
from wire_contract.codec import encode
from wire_contract.messages import meta as wire
from wire_contract.messages.report import VERSION

HEALTH_MILLIBITS = 8000
"""Four health values of four classes each."""


def birth(
    origin: Origin,
    settings: GateSettings,
    *,
    schema: Schema,
    calibrations: Mapping[str, Calibration],
    sequence: int,
) -> bytes:
    """Return the payload of this run's birth."""
    terms, stated = origin.terms, settings.stated
    return encode(
        wire.Meta(
            v=VERSION,
            site=origin.site,
            device=origin.device,
            stream=origin.stream,
            sequence=sequence,
            boot=terms.boot,
            software=settings.software,
            model=settings.model,
            model_sha256=settings.model_sha256,
            config=terms.config,
            level=terms.level,
            clock=terms.clock,
            length_s=settings.slots.length_s,
            rule=terms.rule,
            capacity=wire.Capacity(
                records_millibits=round(schema.capacity_bits() * 1000),
                health_millibits=HEALTH_MILLIBITS,
                cap_millibits=round(settings.capacity_bits_per_minute_max * 1000),
            ),
            privacy_loss=wire.PrivacyLoss(
                stated.passage_s, stated.passage_permille, stated.eight_hours_permille
            ),
            lines=tuple(
                wire.LineMeta(
                    name, most, wire.Source.CAMERA, *_calibrated(calibrations.get(name)), configured
                )
                for name, most, configured in zip_longest(
                    settings.line_ids, schema.lines, stated.line_max_configured
                )
            ),
            zones=tuple(
                wire.ZoneMeta(name, most, wire.Source.CAMERA, configured)
                for name, most, configured in zip_longest(
                    settings.zone_ids, schema.zones, stated.zone_max_configured
                )
            ),
        )
    )


def _calibrated(known: Calibration | None) -> tuple[int | None, int | None]:
    return (None, None) if known is None else (known.bias_permille, known.spread_permille)
