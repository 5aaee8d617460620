# SPDX-License-Identifier: Apache-2.0
import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from fusion_service.registry.site import Site
from fusion_service.sources.intake import SourceIntake
from fusion_service.sources.keys import hash_of, make_key
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.sources import SourceFile
from fusion_service.web.api import create_app
from fusion_service.web.form.instants import of_milliseconds
from fusion_service.web.sources.access import SourceAccess
from fusion_service.web.views.health import BrokerView, Condition, HealthView, StoreView
from tests.fusion_service.exercise.small_site import SITE
from tests.fusion_service.sources.shapes import (
    AXIS_MESSAGE,
    AXIS_TABLE,
    PERSON_TABLE,
    WINDOW_S,
    body,
    source,
)

WIFI_TABLE: dict[str, Any] = {
    **AXIS_TABLE,
    "id": "wifi-count",
    "technology": "wifi",
    "privacy": {
        "method": "Addresses are hashed with a salt of the day and truncated.",
        "controller": "The municipality, team crowd management",
        "legal_ground": "Public task, article 6(1)(e); DPIA of 2026-04-02",
    },
}
AXIS, STEWARD = "/v1/sources/beach/kiosk-axis", "/steward/beach/steward-a"
DRAWN: Site = replace(SITE, sources=(source(AXIS_TABLE), source(PERSON_TABLE), source(WIFI_TABLE)))
HEALTH = HealthView(
    condition=Condition.FINE,
    boot="0b0d3f0e-1111-4222-8333-444455556666",
    started_at=of_milliseconds(0),
    broker=BrokerView(state="connected", detail="", since=of_milliseconds(0)),
    store=StoreView(condition=Condition.FINE, detail=""),
    inbox_depth=0,
    inbox_max=1,
)


class Centre:
    """The API with counters of others, its clocks in a test's hands."""

    def __init__(self, folder: Path, *, exercise: str | None = None) -> None:
        path = folder / "fusion.sqlite"
        self.now_ms, self.monotonic_s = (WINDOW_S + 100) * 1000, 0.0
        self.folder, self.keeper = folder, SourceFile(path, size_mib_max=64)
        self.keys = {}
        for name in ("kiosk-axis", "steward-a", "wifi-count"):
            self.keys[name] = make_key()
            self.keeper.add("beach", name, hash_of(self.keys[name]), 1)
        self.intake = SourceIntake(
            self.keeper, lambda site: DRAWN if site == "beach" else None, lambda: self.now_ms
        )
        access = SourceAccess(
            self.intake, folder, lambda: self.monotonic_s, b"s" * 32, exercise=exercise
        )
        self.app = create_app(Reader(path), lambda: HEALTH, exercise=exercise, others=access)
        self.cookies = httpx.Cookies()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=("192.0.2.1", 5000))
            async with httpx.AsyncClient(
                transport=transport, base_url="https://centre", cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(asking())

    def push(self, message: object, *, key: str | None = None, path: str = AXIS) -> httpx.Response:
        key = self.keys["kiosk-axis"] if key is None else key
        headers = {"Authorization": f"Bearer {key}"}
        return self.ask("POST", path, content=body(message), headers=headers)

    def fill_in(self, **fields: str) -> httpx.Response:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", STEWARD, content=urlencode(fields), headers=headers)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    yield made
    made.keeper.close()


def said(centre: Centre) -> list[tuple[str, float | None, float | None]]:
    return [
        (row.count.counter, row.count.people, row.count.entered)
        for row in centre.keeper.counts_after(0, limit=10)
    ]


# --- machines


def test_what_a_machine_pushes_is_kept_before_it_is_answered(centre: Centre) -> None:
    answer = centre.push(AXIS_MESSAGE)
    assert answer.status_code == 200
    assert answer.json() == {"new": 1, "revised": 0, "repeated": 0, "unknown": []}
    assert said(centre) == [("door", None, 12.0)]


def test_the_same_time_again_is_a_repetition_or_a_revision(centre: Centre) -> None:
    centre.push(AXIS_MESSAGE)
    assert centre.push(AXIS_MESSAGE).json()["repeated"] == 1
    changed = json.loads(json.dumps(AXIS_MESSAGE).replace('"count": 12', '"count": 13'))
    assert centre.push(changed).json()["revised"] == 1
    assert said(centre) == [("door", None, 13.0)]


@pytest.mark.parametrize("key", ["", "AAAA", "é" * 40, "A" * 10_000])
def test_without_its_key_nothing_is_taken_and_nothing_is_told(centre: Centre, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}".encode()}
    answers = [
        centre.ask("POST", path, content=body(AXIS_MESSAGE), headers=headers)
        for path in (AXIS, "/v1/sources/beach/nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    problems = [answer.json()["problems"] for answer in answers]
    assert problems[0] == problems[1]
    assert said(centre) == []


def test_the_key_of_another_source_does_not_fit(centre: Centre) -> None:
    assert centre.push(AXIS_MESSAGE, key=centre.keys["steward-a"]).status_code == 401


def test_who_is_retired_is_let_in_no_more(centre: Centre) -> None:
    centre.keeper.retire("beach", "kiosk-axis", 5)
    assert centre.push(AXIS_MESSAGE).status_code == 401


def test_who_guesses_waits_longer_and_longer_and_stands_in_the_log(centre: Centre) -> None:
    codes = [centre.push(AXIS_MESSAGE, key="AAAA").status_code for _ in range(8)]
    assert codes == [401] * 6 + [429] * 2
    waiting = centre.push(AXIS_MESSAGE)
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (429, "1")
    centre.monotonic_s = 2.0
    assert centre.push(AXIS_MESSAGE).status_code == 200
    lines = (centre.folder / "security-refused.log").read_text().splitlines()
    told = [(line["action"], line["object"], line["origin"]) for line in map(json.loads, lines)]
    assert told == [("source key", "beach/kiosk-axis", "192.0.2.1")] * 6


def test_another_source_behind_the_same_address_does_not_wait(centre: Centre) -> None:
    for _ in range(8):
        centre.push(AXIS_MESSAGE, key="AAAA", path="/v1/sources/beach/wifi-count")
    assert centre.push(AXIS_MESSAGE).status_code == 200


def test_a_message_of_no_use_is_refused_by_name_and_counted(centre: Centre) -> None:
    answer = centre.push({"data": {"measurements": [{"kind": "people-counts"}]}})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["problems"] == [
        {"where": "row 1, time", "got": "nothing", "wanted": "a time, iso"}
    ]
    rows = {row.name: row for row in centre.keeper.sources(after=("", ""), limit=10)}
    assert rows["kiosk-axis"].refused == 1
    assert rows["kiosk-axis"].last_refusal == "row 1, time: got nothing, wanted a time, iso"


def test_a_message_of_more_than_256_kib_is_refused(centre: Centre) -> None:
    answer = centre.push(" " * 262_144)
    assert answer.status_code == 413


def test_a_source_that_is_not_in_the_sites_file_is_told_what_to_do(centre: Centre) -> None:
    key = make_key()
    centre.keeper.add("beach", "undrawn", hash_of(key), 1)
    answer = centre.push(AXIS_MESSAGE, key=key, path="/v1/sources/beach/undrawn")
    assert answer.status_code == 400
    assert "add [[sources]] to it and import it" in answer.json()["detail"]


def test_sources_are_shown_as_what_they_are_and_red_where_they_follow_people(
    centre: Centre,
) -> None:
    items = {one["source"]: one for one in centre.ask("GET", "/v1/sources").json()["items"]}
    shown = {name: (one["trust"], one["privacy_colour"]) for name, one in items.items()}
    assert shown == {
        "kiosk-axis": ("counter", "green"),
        "steward-a": ("person", "green"),
        "wifi-count": ("counter", "red"),
    }
    assert items["wifi-count"]["privacy"]["legal_ground"].startswith("Public task")
    assert centre.keys["wifi-count"] not in json.dumps(items)


# --- people


def test_a_steward_fills_in_the_page_and_is_kept_with_a_wide_interval(centre: Centre) -> None:
    page = centre.ask("GET", STEWARD)
    assert page.status_code == 200
    assert 'name="key"' in page.text
    answer = centre.fill_in(
        key=centre.keys["steward-a"], zone="pier", people="120", colour="orange"
    )
    assert answer.status_code == 200
    assert "Bewaard: 120 mensen in pier" in answer.text
    (row,) = centre.keeper.counts_after(0, limit=10)
    assert (row.count.people, row.count.low, row.count.high) == (120.0, 60.0, 240.0)
    assert (row.count.colour, row.count.start_s) == ("orange", WINDOW_S + 60)


def test_the_key_is_typed_once_a_shift_and_no_longer(centre: Centre) -> None:
    first = centre.fill_in(key=centre.keys["steward-a"], zone="pier", people="10")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" in cookie
    assert centre.keys["steward-a"] not in cookie
    assert 'name="key"' not in centre.ask("GET", STEWARD).text
    centre.now_ms += 60_000
    assert centre.fill_in(zone="pier", people="11").status_code == 200
    centre.now_ms += 11 * 3_600_000
    assert centre.fill_in(zone="pier", people="12").status_code == 403


def test_a_cookie_is_good_no_more_once_the_key_is_another_or_gone(centre: Centre) -> None:
    centre.fill_in(key=centre.keys["steward-a"], zone="pier", people="10")
    centre.keeper.add("beach", "steward-a", hash_of(make_key()), 2)
    assert centre.fill_in(zone="pier", people="11").status_code == 403
    centre.keeper.retire("beach", "steward-a", 3)
    assert centre.fill_in(zone="pier", people="11").status_code == 403


def test_a_mistake_is_told_and_what_was_typed_is_escaped(centre: Centre) -> None:
    answer = centre.fill_in(
        key=centre.keys["steward-a"], zone="<script>alert(1)</script>", people="5"
    )
    assert answer.status_code == 400
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    many = centre.fill_in(zone="pier", people="a lot")
    assert many.status_code == 400
    assert "wanted a whole number from 0 to 100000" in many.text


def test_the_page_runs_no_script_and_loads_nothing_from_elsewhere(centre: Centre) -> None:
    page = centre.ask("GET", STEWARD)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "http://" not in page.text
    assert centre.ask("GET", "/steward/style.css").headers["content-type"].startswith("text/css")


def test_the_page_speaks_dutch_and_english(centre: Centre) -> None:
    assert '<html lang="nl">' in centre.ask("GET", STEWARD).text
    assert '<html lang="en">' in centre.ask("GET", f"{STEWARD}?lang=en").text
    english = centre.ask("GET", STEWARD, headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert "How busy is it?" in english.text


def test_a_page_of_nobody_says_so(centre: Centre) -> None:
    answer = centre.ask("GET", "/steward/beach/nobody")
    assert answer.status_code == 404
    assert "<form" not in answer.text


def test_a_person_does_not_push_and_a_machine_fills_in_nothing(centre: Centre) -> None:
    pushed = centre.push(
        AXIS_MESSAGE, key=centre.keys["steward-a"], path="/v1/sources/beach/steward-a"
    )
    assert pushed.status_code == 400
    filled = centre.ask(
        "POST",
        "/steward/beach/kiosk-axis",
        content=urlencode({"key": centre.keys["kiosk-axis"], "zone": "pier", "people": "3"}),
    )
    assert filled.status_code == 404
    assert said(centre) == []


def test_the_page_of_an_exercise_says_that_it_is_one(tmp_path: Path) -> None:
    centre = Centre(tmp_path, exercise="hot-sunday")
    page = centre.ask("GET", STEWARD)
    assert "OEFENING: hot-sunday" in page.text
    assert page.headers["Exercise"] == "hot-sunday"
    centre.keeper.close()
