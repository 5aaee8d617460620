# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from pathlib import Path

from development.fakes.messages import BOOT, STREAM
from edge_agent.channel import Schema
from edge_agent.disclosure.interval.interval import Calibration
from edge_agent.disclosure.meta import meta_payload
from edge_agent.disclosure.window import Provenance, Sender
from edge_agent.process_settings import StatedSettings
from tests.edge_agent.processes.test_gate import settings
from wire_contract.codec import decode
from wire_contract.messages.meta import Capacity, Meta, PrivacyLoss, Source
from wire_contract.messages.report import Clock, Level, Rule, RuleName

SENDER = Sender(
    "beach",
    "pier-1",
    STREAM,
    Provenance(BOOT, "c" * 64, Level.PROCESS, Clock.LIVE, Rule(RuleName.EXACT, ())),
)

STATED = StatedSettings(60, 6_000, 960_000, (None, 255), (255,))


def test_the_birth_says_what_runs_how_much_it_could_say_and_what_a_tally_said_of_a_line(
    tmp_path: Path,
) -> None:
    box = replace(
        settings(tmp_path), line_ids=("north", "south"), zone_ids=("sand",), stated=STATED
    )
    schema = Schema(lines=(255, 255), zones=(255,))
    payload = meta_payload(
        SENDER, box, schema=schema, calibrations={"north": Calibration(200, 10)}, sequence=7
    )
    meta = decode(Meta, payload)
    assert (meta.site, meta.stream, meta.sequence, meta.model, meta.length_s) == (
        "beach",
        STREAM,
        7,
        "person-ssdlite",
        10,
    )
    assert meta.capacity == Capacity(
        records_millibits=63_645, health_millibits=8_000, cap_millibits=1_000_000
    )
    assert meta.privacy_loss == PrivacyLoss(60, 6_000, 960_000)
    assert [(line.count_max_configured, line.source) for line in meta.lines] == [
        (None, Source.CAMERA),
        (255, Source.CAMERA),
    ]
    assert meta.zones[0].count_max_configured == 255
    assert [(line.id, line.bias_permille, line.spread_permille) for line in meta.lines] == [
        ("north", 200, 10),
        ("south", None, None),
    ]
    assert [(zone.id, zone.count_max) for zone in meta.zones] == [("sand", 255)]
