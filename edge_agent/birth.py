# SPDX-License-Identifier: Apache-2.0
"""What a box says of itself at its birth: what runs, what it counts, on which terms. Nothing here depends on the scene."""

from collections.abc import Mapping

from edge_agent.channel import Schema
from edge_agent.disclosure.gate import Origin
from edge_agent.handover import GateSettings
from edge_agent.sureness.interval import Calibration
from wire_contract import meta as wire
from wire_contract.codec import encode
from wire_contract.report import VERSION

HEALTH_MILLIBITS = 8000
"""Four health values of four classes each."""


def birth(
    origin: Origin, settings: GateSettings, *, schema: Schema, calibrations: Mapping[str, Calibration], sequence: int
) -> bytes:
    """Return the payload of this run's birth."""
    terms = origin.terms
    return encode(
        wire.Meta(
            v=VERSION, site=origin.site, device=origin.device, stream=origin.stream, sequence=sequence,
            boot=terms.boot, software=settings.software, model=settings.model, model_sha256=settings.model_sha256,
            config=terms.config, level=terms.level, clock=terms.clock, length_s=settings.slots.length_s, rule=terms.rule,
            capacity=wire.Capacity(records_millibits=round(schema.capacity_bits() * 1000), health_millibits=HEALTH_MILLIBITS),
            privacy_loss=wire.PrivacyLoss(),
            lines=tuple(
                wire.LineMeta(name, most, wire.Source.CAMERA, *((known.bias_permille, known.spread_permille) if known else ()))
                for name, most in zip(settings.line_ids, schema.lines, strict=True)
                for known in (calibrations.get(name),)
            ),
            zones=tuple(
                wire.ZoneMeta(name, most, wire.Source.CAMERA)
                for name, most in zip(settings.zone_ids, schema.zones, strict=True)
            ),
        )
    )  # fmt: skip
