# SPDX-License-Identifier: Apache-2.0
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion_service.cli import main
from tests.fusion_service.context.feed_server import FeedServer, feed_server

ENTRY = "BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Fair\r\nDTSTART:20200101T100000Z\r\nDURATION:PT2H\r\n"
FAIR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
    f"{ENTRY}RRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, server: FeedServer) -> Path:
    path = tmp_path / "fusion.toml"
    tables = [
        f'[context.{name}]\nkind = "ical"\nurl = "{server.say(f"/{name}.ics", body)}"\ndays = 2\n'
        for name, body in (("fair", FAIR), ("outage", "<html>busy</html>"))
    ]
    path.write_text('[store]\npath = "fusion.sqlite"\n' + "".join(tables))
    return path


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main([*words])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_the_feeds_of_a_config_are_listed_with_whose_they_are(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("context", "list", "--config", str(config), "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(one["feed"], one["kind"], one["gives"]) for one in listed] == [
        ("fair", "ical", ["event"]),
        ("outage", "ical", ["event"]),
    ]
    assert listed[0]["provenance"]["licence"]
    assert run("context", "list", "--config", str(config)) == 0
    assert "3600 s" in capsys.readouterr().out


def test_one_feed_is_asked_and_shown(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("context", "try", "fair", "--config", str(config)) == 0
    said = capsys.readouterr().out
    assert "Fair" in said
    assert "Events: the calendar's owner" in said
    assert not (config.parent / "fusion.sqlite").exists()  # nothing is kept
    assert run("context", "try", "fair", "--config", str(config), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["values"][0]["unit"] == "1"
    assert answer["values"][0]["length_s"] == 7_200


def test_one_that_fails_says_why_and_what_to_do(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("context", "try", "ical", "--config", str(config)) == 1  # a kind: both of them
    said = capsys.readouterr()
    assert "outage: degraded: a page for people, and not a calendar; to do: open" in said.err
    assert "Fair" in said.out


def test_a_name_that_nobody_gave_is_wrong_use(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("context", "try", "snow", "--config", str(config)) == 2
    assert "fair, outage" in capsys.readouterr().err
