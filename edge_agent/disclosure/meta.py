# SPDX-License-Identifier: Apache-2.0
"""Build the meta message: what runs on the box, what it counts, under which settings.

It is sent once at each start. Nothing in it depends on the scene.
"""

from collections.abc import Mapping
from itertools import zip_longest

from edge_agent.channel import Schema
from edge_agent.disclosure.interval.interval import Calibration
from edge_agent.disclosure.window import Sender
from edge_agent.process_settings import GateSettings
from wire_contract.codec import encode
from wire_contract.messages import meta as wire
from wire_contract.messages.report import VERSION

CAMERA = wire.Source.CAMERA
HEALTH_MILLIBITS = 8000
"""Four health values of four classes each."""


def meta_payload(
    sender: Sender,
    settings: GateSettings,
    *,
    schema: Schema,
    calibrations: Mapping[str, Calibration],
    sequence: int,
) -> bytes:
    """Return the payload of this run's meta message."""
    provenance, stated = sender.provenance, settings.stated
    lines = zip_longest(settings.line_ids, schema.lines, stated.line_max_configured)
    zones = zip_longest(settings.zone_ids, schema.zones, stated.zone_max_configured)
    return encode(
        wire.Meta(
            v=VERSION,
            site=sender.site,
            device=sender.device,
            stream=sender.stream,
            sequence=sequence,
            boot=provenance.boot,
            software=settings.software,
            model=settings.model,
            model_sha256=settings.model_sha256,
            config=provenance.config,
            level=provenance.level,
            clock=provenance.clock,
            length_s=settings.slots.length_s,
            rule=provenance.rule,
            capacity=wire.Capacity(
                records_millibits=round(schema.capacity_bits() * 1000),
                health_millibits=HEALTH_MILLIBITS,
                cap_millibits=round(settings.capacity_bits_per_minute_max * 1000),
            ),
            privacy_loss=wire.PrivacyLoss(
                stated.passage_s, stated.passage_permille, stated.eight_hours_permille
            ),
            lines=tuple(
                wire.LineMeta(name, largest, CAMERA, *_calibrated(calibrations.get(name)), own)
                for name, largest, own in lines
            ),
            zones=tuple(wire.ZoneMeta(name, largest, CAMERA, own) for name, largest, own in zones),
        )
    )


def _calibrated(found: Calibration | None) -> tuple[int | None, int | None]:
    return (None, None) if found is None else (found.bias_permille, found.spread_permille)
