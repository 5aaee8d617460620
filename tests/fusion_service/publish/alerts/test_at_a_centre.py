# SPDX-License-Identifier: Apache-2.0
"""A running centre tells a webhook of a declared level, and says itself while it cannot."""

import json
from pathlib import Path
from typing import Any

from fusion_service.publish.alerts.webhook import signature_of
from tests.broker import Broker
from tests.fusion_service.access.people import Browser
from tests.fusion_service.centre import ReadyCentre, until
from tests.fusion_service.publish.alerts.test_outlets import Receiver
from tests.fusion_service.shift.test_running import SITE, change


def test_a_declared_level_is_told_with_the_signature_of_the_configs_secret(tmp_path: Path) -> None:
    (tmp_path / "beach.toml").write_text(SITE, "utf-8")
    secret = tmp_path / "secret"
    secret.write_text("between us\n")
    receiver = Receiver([500])  # tried again after a second
    with Broker(tmp_path / "broker") as broker, receiver.running() as url:
        webhook = f'[webhook]\nurl = "{url}"\nsecret_file = "{secret}"\n'
        with ReadyCentre(tmp_path / "centre", broker.port, ingest=webhook) as centre:
            centre.draw(tmp_path / "beach.toml")
            admin = Browser(centre, key=centre.key_header()["Authorization"].split()[1])
            given = {"level": "red", "reason": "a storm"}
            assert change(admin, "PUT", "/zones/deck/level", 0, **given).status == 200

            def outlet() -> dict[str, Any]:
                found: dict[str, Any] = admin.get("/v1/health").said["outlets"][0]
                return found

            until(lambda: outlet()["condition"] == "degraded", "the word that it fails")
            failing = outlet()
            until(lambda: len(receiver.got) > 1, "the message")
            until(lambda: outlet()["condition"] == "fine", "the word that it is told")
            metrics = admin.get("/metrics").text
    assert failing["name"] == "webhook"
    assert failing["waiting"] >= 1  # the alarm of it comes soon after
    assert failing["detail"] == "got status 500, wanted 2xx"
    assert failing["since"] >= failing["oldest_at"]
    assert 'fusion_outlet_fine{outlet="webhook"} 1.0' in metrics
    assert 'fusion_alarms_raised{span="ten minutes"} 1.0' in metrics
    headers, body = receiver.got[0]
    said = json.loads(body)
    assert (said["event"], said["about"], said["level"]) == ("level declared", "deck", "red")
    assert headers["Signature"] == signature_of(b"between us", headers["Timestamp"], body)
    assert b"storm" not in body
