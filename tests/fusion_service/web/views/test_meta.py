# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

from fusion_service.web.views.meta import Trust, meta_view
from tests.fusion_service.box import Box
from wire_contract.messages.meta import LineMeta, Source


def test_a_line_that_somebody_counted_at_is_trusted_by_what_was_found() -> None:
    meta = replace(
        Box().meta(1),
        lines=(LineMeta("door", 255, Source.CAMERA, 31, 22), LineMeta("gate", 255, Source.CAMERA)),
    )
    door, gate = meta_view(meta).lines
    assert (door.trust, door.bias_permille, door.spread_permille) == (Trust.CALIBRATED, 31, 22)
    assert (gate.trust, gate.bias_permille, gate.spread_permille) == (
        Trust.UNCALIBRATED,
        None,
        None,
    )
