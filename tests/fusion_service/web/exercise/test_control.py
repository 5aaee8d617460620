# SPDX-License-Identifier: Apache-2.0
"""Exercise control over HTTP: who may, what is done, and what nobody who plays is told."""

import base64
import hashlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from development.testbed.program import free_port
from fusion_service.access.making import By, Wanted, add_key
from fusion_service.config import HttpConfig
from fusion_service.exercise.control.direction import Pace
from fusion_service.exercise_service import exercise
from fusion_service.store.sqlite.access.keeper import AccessFile
from tests.fusion_service.exercise.drawn_site import SCRIPTED, START_S, read

LINES = """
[[injects]]
kind = "message"
at = "12:05"
text = "A <b>crowd</b> comes."
zone = "deck"

[[injects]]
kind = "boxes_fail"
at = "12:20"
until = "12:25"
devices = ["box-1"]
"""


@dataclass
class Played:
    """An exercise that waits after its first minute, and keys of who may what."""

    url: str
    keys: dict[str, str]

    def ask(self, role: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"}
        if role:
            headers["Authorization"] = f"Bearer {self.keys[role]}"
        content = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, content, headers, method=method)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - loopback
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def until(self, pace: str) -> dict[str, Any]:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            _, view = self.ask("admin", "GET", "/v1/exercise")
            if view["pace"] == pace:
                return dict(view)
            time.sleep(0.05)
        raise AssertionError(pace)


@pytest.fixture(scope="module", name="played")
def _played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("exercise")
    store, port, stop = folder / "exercise.sqlite", free_port(), threading.Event()
    scenario = read(SCRIPTED + LINES)
    thread = threading.Thread(
        target=exercise,
        args=(scenario, store),
        kwargs={
            "pace": Pace(60.0, is_paused=True),
            "http": HttpConfig(port=port),
            "stop": stop,
        },
    )
    thread.start()
    try:
        end = time.monotonic() + 60
        while not (folder / "local.key").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        yield Played(f"http://127.0.0.1:{port}", _keys(store))
    finally:
        stop.set()
        thread.join(30)


def _keys(store: Path) -> dict[str, str]:
    by = By("tests", time.time_ns() // 1_000_000)
    with AccessFile(store, size_mib_max=64) as keeper:
        return {
            role: add_key(keeper, Wanted(role, role, "police"), None, by)
            for role in ("viewer", "officer", "admin")
        }


def test_who_plays_is_told_nothing_of_what_is_to_come(played: Played) -> None:
    assert played.ask("", "GET", "/v1/exercise")[0] == 401
    for role in ("viewer", "officer"):
        for method, path in (
            ("GET", "/v1/exercise"),
            ("PUT", "/v1/exercise/pace"),
            ("POST", "/v1/exercise/jump"),
            ("POST", "/v1/exercise/lines/1"),
            ("POST", "/v1/exercise/end"),
        ):
            assert played.ask(role, method, path, {})[0] == 403, (role, path)
    _, found = played.ask("officer", "GET", "/v1/sites/pier/debrief")
    assert (found["knows_truth"], found["control"]) == (False, [])
    assert all(one["truth"] is None for zone in found["zones"] for one in zone["moments"])
    assert "12:20" not in json.dumps(found)


def test_the_script_is_directed_and_what_was_done_is_kept_apart(played: Played) -> None:
    status, view = played.ask("admin", "GET", "/v1/exercise")
    assert (status, view["pace"], view["speed"]) == (200, "paused", 60.0)
    assert [one["state"] for one in view["lines"]] == ["to come", "to come"]
    assert played.ask("admin", "POST", "/v1/exercise/lines/2", {"deed": "end"})[0] == 409
    assert played.ask("admin", "POST", "/v1/exercise/lines/9", {"deed": "begin"})[0] == 409
    assert (
        played.ask("admin", "PUT", "/v1/exercise/pace", {"is_paused": True, "speed": 61})[0] == 400
    )
    assert played.ask("admin", "POST", "/v1/exercise/lines/2", {"deed": "begin"})[0] == 200
    assert played.ask("admin", "POST", "/v1/exercise/jump")[0] == 200
    view = played.until("paused")
    assert view["now"] >= "2026-07-19T10:04"
    assert [one["state"] for one in view["lines"]] == ["to come", "under way"]
    assert played.ask("admin", "POST", "/v1/exercise/lines/1", {"deed": "begin"})[0] == 200
    assert played.ask("admin", "POST", "/v1/exercise/jump")[0] == 200
    told = played.ask("admin", "POST", "/v1/exercise/end")
    assert (told[0], told[1]["pace"]) == (200, "over")
    assert played.ask("admin", "POST", "/v1/exercise/jump")[0] == 409
    deeds = [one["deed"] for one in reversed(told[1]["log"])]
    assert deeds[:2] == ["line began", "jumped"]
    assert deeds[-1] == "exercise ended"
    _, log = played.ask("officer", "GET", "/v1/sites/pier/log")
    assert {one["deed"] for one in log["items"]} <= {"note", "alarm raised", "level proposed"}


def test_what_is_played_is_told_whole_once_it_is_over(played: Played) -> None:
    _, found = played.ask("officer", "GET", "/v1/sites/pier/debrief")
    assert found["exercise"] == "drill"
    assert found["knows_truth"]
    assert found["control"][-1]["deed"] == "exercise ended"
    assert found["begins"] == "2026-07-19T10:00:00Z"


def test_the_page_to_print_runs_nothing_and_its_style_is_the_one_that_is_named(
    played: Played,
) -> None:
    headers = {"Authorization": f"Bearer {played.keys['officer']}"}
    path = f"{played.url}/v1/sites/pier/debrief?format=html"
    asked = urllib.request.Request(path, headers=headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - loopback
        policy, text = answer.headers["Content-Security-Policy"], answer.read().decode()
    style = text.partition("<style>")[2].partition("</style>")[0]
    named = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{named}'" in policy
    assert "<script" not in text


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        (f"from={START_S + 600}&to={START_S + 300}", 60),
        (f"from={START_S - 8 * 86_400}&to={START_S + 300}", 7 * 86_400),
    ],
)
def test_a_debrief_is_of_a_minute_at_least_and_of_a_week_at_most_and_says_of_which(
    played: Played, query: str, seconds: int
) -> None:
    status, found = played.ask("officer", "GET", f"/v1/sites/pier/debrief?{query}")
    assert status == 200
    begins, ends = (datetime.fromisoformat(found[key]) for key in ("begins", "ends"))
    assert (ends - begins).total_seconds() == seconds


def test_a_debrief_by_another_word_is_refused(played: Played) -> None:
    assert played.ask("officer", "GET", "/v1/sites/pier/debrief?days=3")[0] == 400
