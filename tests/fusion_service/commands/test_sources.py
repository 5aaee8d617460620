# SPDX-License-Identifier: Apache-2.0
"""The verbs of counters of others, and a running centre that lets one in."""

import base64
import json
import re
import time
from pathlib import Path

import httpx
import pytest

from development.testbed.verbs import ended_verb as run
from fusion_service.sources.keys import hash_of
from fusion_service.store.sqlite.sources import SourceFile
from tests.broker import Broker
from tests.fusion_service.centre import ReadyCentre, until

DRAWN = """
id = "beach"

[[zones]]
id = "square"
polygon = [[4.280, 52.110], [4.282, 52.110], [4.282, 52.111], [4.280, 52.111]]
capacity = 2000

[[sources]]
id = "car-park"
kind = "json"
technology = "tickets"
provenance = "The car park's operator"
licence = "Agreement of 2026-05-01"

[[sources.counters]]
zone = "all"
at_zone = "square"
share = 1.0

[sources.mapping]
rows = "rows[]"
time = "rows[].at"
time_format = "unix_s"
length_s = 60
people = "rows[].people"
"""


@pytest.fixture(name="config")
def _config(tmp_path: Path) -> Path:
    path = tmp_path / "fusion.toml"
    path.write_text('[store]\npath = "fusion.sqlite"\n')
    return path


def test_a_key_is_shown_once_and_kept_as_a_hash(config: Path) -> None:
    done = run("source", "add", "beach", "kiosk-axis", "--config", config)
    assert done.returncode == 0, done.stderr
    key = done.stdout.strip()
    assert len(base64.b32decode(key)) == 20
    assert "/steward/beach/kiosk-axis" in done.stderr
    assert all(key.encode() not in one.read_bytes() for one in config.parent.iterdir())
    with SourceFile(config.parent / "fusion.sqlite", size_mib_max=64) as sources:
        assert sources.key_of("beach", "kiosk-axis") == hash_of(key)


def test_sources_are_listed_and_retired(config: Path) -> None:
    run("source", "add", "beach", "kiosk-axis", "--config", config)
    first = run("source", "retire", "beach", "kiosk-axis", "--config", config)
    assert first.stdout == "beach/kiosk-axis is retired\n"
    again = run("source", "retire", "beach", "kiosk-axis", "--config", config)
    assert again.stdout == "beach/kiosk-axis was retired already\n"
    (row,) = json.loads(run("source", "list", "--config", config, "--json").stdout)
    assert (row["site"], row["name"], row["refused"]) == ("beach", "kiosk-axis", 0)
    assert row["retired_ms"] is not None
    assert re.search("beach/kiosk-axis.*retired", run("source", "list", "--config", config).stdout)


def test_who_is_not_known_is_not_retired(config: Path) -> None:
    done = run("source", "retire", "beach", "nobody", "--config", config)
    assert (done.returncode, done.stdout) == (1, "")
    assert "fusion-service source add beach nobody" in done.stderr


def test_what_was_done_stands_in_the_security_log_without_the_key(config: Path) -> None:
    key = run("source", "add", "beach", "kiosk-axis", "--config", config).stdout.strip()
    text = (config.parent / "security.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    told = [(one["action"], one["object"], one["result"]) for one in lines]
    assert told == [
        ("source add", "beach kiosk-axis", "begun"),
        ("source add", "beach kiosk-axis", "done"),
    ]
    assert key not in text


def test_a_running_centre_lets_a_source_in_and_its_word_into_the_picture(
    tmp_path: Path, broker: Broker
) -> None:
    with ReadyCentre(tmp_path / "centre", broker.port) as centre:
        drawn = tmp_path / "beach.toml"
        drawn.write_text(DRAWN)
        assert run("site", "import", drawn, "--config", centre.config).returncode == 0
        key = run("source", "add", "beach", "car-park", "--config", centre.config).stdout.strip()
        now_s = int(time.time()) // 60 * 60
        rows = [{"at": now_s - 60 * number, "people": 700} for number in range(1, 10)]
        # Twice what one connection was allowed before there were sources.
        message = json.dumps({"rows": rows, "filling": "x" * 130_000})
        answer = httpx.post(
            f"{centre.url}/v1/sources/beach/car-park",
            content=message,
            headers={"Authorization": f"Bearer {key}"},
        )
        assert (answer.status_code, answer.json()["new"]) == (200, 9)

        def is_shown() -> bool:
            zones = centre.get("/v1/sites/beach/latest").get("zones", [])
            sensors = [one["sensor"] for zone in zones for one in zone["contributions"]]
            return "car-park/zone/all" in sensors

        until(is_shown, "the word of the source in the picture")
