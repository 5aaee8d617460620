# SPDX-License-Identifier: Apache-2.0
"""The parts that follow a running box, on one.

A whole one, with broker and centre, as the audit starts it.
"""

import shutil
from pathlib import Path

import pytest

from privacy_audit.finding import Verdict
from privacy_audit.pixels import residue_scan
from privacy_audit.pixels.pixel_patterns import imprint_of, planted
from privacy_audit.release import noise_redrawn, reconciliation
from privacy_audit.target.box import AuditedBox, is_root

OF_OTHERS = {"shared memory and folders for all", "logs in files"}

pytestmark = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None,
    reason="needs mosquitto",
)


def test_what_left_is_in_the_ledger_at_the_broker_and_at_the_centre(audited: AuditedBox) -> None:
    found = {finding.name: finding for finding in reconciliation.look(audited)}
    assert [found[name].verdict for name in ("ledger and broker", "ledger and centre")] == [
        Verdict.PROVEN
    ] * 2
    # Another box on this machine has the same user for its uplink; what that user sends is then
    # nobody's in particular.
    counted = found["bytes of the uplink's user"]
    assert counted.verdict in {Verdict.PROVEN, Verdict.UNPROVEN}, counted.detail
    if is_root():
        assert found["bytes of the connection"].verdict is Verdict.PROVEN, found[
            "bytes of the connection"
        ].detail


def test_the_noise_of_what_left_comes_from_the_key_of_the_box(audited: AuditedBox) -> None:
    assert noise_redrawn.running_box(audited).verdict in {Verdict.PROVEN, Verdict.UNPROVEN}


def test_the_marker_that_the_camera_saw_is_not_found_in_the_places_listed(
    audited: AuditedBox,
) -> None:
    for finding in residue_scan.look(audited):
        assert finding.verdict is not Verdict.FELL, finding.detail


@pytest.mark.skipif(not is_root(), reason="the memory of the sensor is closed to others")
def test_a_box_that_keeps_a_picture_falls(audited: AuditedBox) -> None:
    assert audited.marker is not None
    leak = Path(audited.config.store.directory) / "outbox" / "kept"
    leak.write_bytes(planted(audited.marker)["zlib"])
    try:
        # What others write too was searched above, and is most of the work.
        places = [one for one in residue_scan.places_of(audited) if one.name not in OF_OTHERS]
        found = [residue_scan.look_in(one, imprint_of(audited.marker)) for one in places]
    finally:
        leak.unlink()
    assert len(places) > len(OF_OTHERS)
    fallen = [finding.name for finding in found if finding.verdict is Verdict.FELL]
    assert fallen == ["files that the box can write"]
